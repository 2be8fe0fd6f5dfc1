/** Signed access tokens of the site, and what they are asked for. */

import { decodeJwt, decodeProtectedHeader } from './jose.mjs';

/** Whom a token is for that was asked for without a `resource`: the REST API. */
export const audienceOf = ( { site } ) => site.rest_root;

export const endpoint = ( { site }, name ) => `${ site.rest_root }app-connect/v1/${ name }`;

/** A client whose access tokens are JWTs; `draft` says what is different. */
export const newClient = async ( world, draft = {} ) => {
	const made = await world.ask( 'client', {
		name: 'Reader of notes',
		type: 'confidential',
		mode: 'restricted',
		grant_types: [ 'client_credentials' ],
		access_token_format: 'jwt',
		bundles: [ 'content:read' ],
		capabilities: [ 'edit_posts' ],
		routes: [ 'GET /wp-json/wp/v2/posts' ],
		...draft,
	} );
	return { ...draft, ...made };
};

/** The answer of the token endpoint to a client that proves who it is. */
export async function ask( world, client, form ) {
	const body = new URLSearchParams( { client_id: client.client_id, client_secret: client.secret, ...form } );
	const response = await fetch( endpoint( world, 'token' ), { method: 'POST', body } );
	const told = await response.json();
	if ( response.status !== 200 ) {
		throw new Error( `${ response.status } ${ JSON.stringify( told ) }` );
	}
	return told;
}

/** An access token of a client on its own. */
export const serviceToken = async ( world, client, scope = 'content:read' ) => ( await ask( world, client, { grant_type: 'client_credentials', scope } ) ).access_token;

/** What a token says of itself. */
export const read = ( token ) => ( { header: decodeProtectedHeader( token ), claims: decodeJwt( token ) } );

/** What the site answers to a request with a token: status and body. */
export async function use( world, token, name = 'me' ) {
	const response = await fetch( endpoint( world, name ), { headers: { Authorization: `Bearer ${ token }` } } );
	return { status: response.status, challenge: response.headers.get( 'www-authenticate' ), body: await response.text() };
}

/** Whether the site says that a token is active (RFC 7662). */
export async function isActive( world, client, token ) {
	const body = new URLSearchParams( { client_id: client.client_id, client_secret: client.secret, token } );
	return ( await ( await fetch( endpoint( world, 'introspect' ), { method: 'POST', body } ) ).json() ).active;
}

/** The site's published keys, found as a stranger finds them. */
export async function publishedKeys( { site } ) {
	const { origin, pathname } = new URL( site.issuer );
	const metadata = await ( await fetch( `${ origin }/.well-known/oauth-authorization-server${ pathname.replace( /\/$/, '' ) }` ) ).json();
	return ( await fetch( metadata.jwks_uri ) ).json();
}

/** Does something to the signing keys, which must succeed: the list of keys afterwards. */
export async function keys( world, action, args = {} ) {
	const { status, body } = await world.ask( 'keys', action, args );
	if ( status !== 200 ) {
		throw new Error( `${ action }: ${ status } ${ JSON.stringify( body ) }` );
	}
	return body.keys;
}
