/** Apps that send people to the site for their approval. */

import { createHash } from 'node:crypto';

export const REDIRECT = 'https://app.example/callback';
export const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';

/** A client that people sign in with: public, for posts, one https redirect, unless told otherwise. */
export const newApp = ( { site }, draft = {} ) =>
	site.rest( 'POST', '/clients', {
		name: 'Reader',
		type: 'public',
		mode: 'restricted',
		grant_types: [ 'authorization_code' ],
		bundles: [ 'content:read', 'content:write' ],
		redirect_uris: [ REDIRECT ],
		...draft,
	} );

/** The address to which an app sends people. */
export function authorizeUrl( { site }, app, changes = {} ) {
	const url = new URL( `${ site.rest_root }app-connect/v1/authorize` );
	const parameters = {
		response_type: 'code',
		client_id: app.client_id,
		redirect_uri: app.redirect_uris[ 0 ],
		scope: 'profile content:read content:write',
		state: 'xyz',
		code_challenge: createHash( 'sha256' ).update( VERIFIER ).digest( 'base64url' ),
		code_challenge_method: 'S256',
		...changes,
	};
	for ( const [ name, value ] of Object.entries( parameters ) ) {
		if ( value !== null ) {
			url.searchParams.set( name, value );
		}
	}
	return url.href;
}

/** Opens the consent page of a new app, in the page of the test or in another; returns the app. */
export async function openConsent( t, draft = {}, changes = {}, page = t.page ) {
	const app = await newApp( t, draft );
	await page.goto( authorizeUrl( t, app, changes ) );
	await page.locator( '#app-connect-consent' ).waitFor();
	return app;
}

/** A window of its own in which the admin is logged in: the app's host is nowhere, so the way there ends with an error. */
export async function visitor( t, options = {} ) {
	const page = await t.stranger( options );
	await page.context().addCookies( await t.context.cookies() );
	return page;
}

/** An app that sends people here to log out. */
export const leavingApp = ( t, draft = {} ) => newApp( t, { post_logout_redirect_uris: [ 'https://app.example/bye' ], ...draft } );

/** The address to which it sends them. */
export function logoutUrl( { site }, app, changes = {} ) {
	const url = new URL( `${ site.rest_root }app-connect/v1/logout` );
	for ( const [ name, value ] of Object.entries( { client_id: app.client_id, post_logout_redirect_uri: 'https://app.example/bye', state: 'xyz', ...changes } ) ) {
		url.searchParams.set( name, value );
	}
	return url.href;
}

/** The address to which the browser is sent in the end, and what it says of where it comes from. */
export async function arrival( page, redirect = REDIRECT ) {
	const request = await page.waitForRequest( ( each ) => each.url().startsWith( redirect ) );
	return { url: new URL( request.url() ), referer: request.headers().referer };
}
