/**
 * A resource server: an API that takes the access tokens of a WordPress site with App Connect.
 *
 *     SITE=https://example.org node server.mjs
 *
 * AUDIENCE   whom tokens must be for; by default the site's REST API
 * PORT       of 127.0.0.1, by default 8090
 * KEEP_KEYS  for how many seconds the site's keys are kept, by default 600
 */

import { createServer } from 'node:http';
import { accessTokenVerifier, InvalidTokenError, UnavailableError } from './access-token.mjs';

const SITE = ( process.env.SITE ?? 'http://127.0.0.1:8080' ).replace( /\/$/, '' );
const verify = accessTokenVerifier( SITE, process.env.AUDIENCE ?? `${ SITE }/wp-json/`, Number( process.env.KEEP_KEYS ?? 600 ) );

/** What there is: a path, the scope that a token needs for it, and what it answers. */
const ROUTES = {
	'/notes': {
		scope: 'content:read',
		answer: ( { sub, client_id, scope } ) => ( { notes: [ 'Bread', 'Milk' ], sub, client_id, scope } ),
	},
};

/** A refusal, as RFC 6750 §3 wants it. */
class Refusal extends Error {
	constructor( status, code, message, more = {} ) {
		super( message );
		Object.assign( this, { status, code, more } );
	}

	/** Without a token there is no error to name: §3.1. */
	get challenge() {
		const described = this.code ? { error: this.code, error_description: this.message, ...this.more } : {};
		return `Bearer ${ Object.entries( { realm: 'Notes', ...described } ).map( ( [ name, value ] ) => `${ name }="${ value }"` ).join( ', ' ) }`;
	}
}

/** The token of a request: one Authorization header, and nowhere else (§2.1). */
function tokenOf( { headersDistinct } ) {
	const [ value, ...others ] = headersDistinct.authorization ?? [];
	if ( value === undefined || ! /^Bearer( |$)/i.test( value ) ) {
		throw new Refusal( 401, null, 'a token is needed' );
	}
	const found = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec( value );
	if ( ! found || others.length ) {
		throw new Refusal( 400, 'invalid_request', 'the Authorization header is malformed' );
	}
	return found[ 1 ];
}

/** The claims of a request's token, which must have a scope. */
async function authorize( request, scope ) {
	const claims = await verify( tokenOf( request ) ).catch( ( error ) => {
		// What exactly is wrong helps nobody but forgers.
		throw error instanceof InvalidTokenError ? new Refusal( 401, 'invalid_token', 'the access token is invalid or has expired' ) : error;
	} );
	if ( ! String( claims.scope ?? '' ).split( ' ' ).includes( scope ) ) {
		throw new Refusal( 403, 'insufficient_scope', 'the access token lacks a scope', { scope } );
	}
	return claims;
}

/** Status, headers and body. */
async function answer( request ) {
	const [ path ] = request.url.split( '?' );
	const route = Object.hasOwn( ROUTES, path ) ? ROUTES[ path ] : null;
	if ( ! route ) {
		return [ 404, {}, { error: 'not_found' } ];
	}
	if ( request.method !== 'GET' ) {
		return [ 405, { Allow: 'GET' }, { error: 'method_not_allowed' } ];
	}
	return [ 200, {}, route.answer( await authorize( request, route.scope ) ) ];
}

/** What is said when it did not work. */
function explain( error ) {
	if ( error instanceof Refusal ) {
		return [ error.status, { 'WWW-Authenticate': error.challenge }, error.code ? { error: error.code, error_description: error.message } : {} ];
	}
	console.error( error );
	// Not 401: the token may be good, and the app should keep it.
	return error instanceof UnavailableError ? [ 503, { 'Retry-After': '30' }, { error: 'temporarily_unavailable' } ] : [ 500, {}, { error: 'server_error' } ];
}

const server = createServer( async ( request, response ) => {
	const [ status, headers, body ] = await answer( request ).catch( explain );
	response.writeHead( status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers } ).end( JSON.stringify( body ) );
} );
server.listen( Number( process.env.PORT ?? 8090 ), '127.0.0.1', () => console.log( `Listening on http://127.0.0.1:${ server.address().port }` ) );
