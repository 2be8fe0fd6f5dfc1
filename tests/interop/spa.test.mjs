/** The demo's single-page app (docs/examples/spa), on another origin than WordPress, walked as a person walks it. */

import assert from 'node:assert/strict';
import { axeSource } from '../e2e/support/modules.mjs';
import { DESKTOP, PHONE } from '../e2e/support/browser.mjs';
import { decide, logIn } from './support/person.mjs';
import { test } from './support/runner.mjs';

const PICTURES = new URL( '../../var/screenshots/', import.meta.url ).pathname;

/** The app in a fresh window. `asked` are the requests to the token endpoint, `faults` what went wrong in the page. */
async function open( world, options ) {
	const page = await world.window( options );
	const app = { page, asked: [], faults: [] };
	page.on( 'request', ( request ) => request.method() === 'POST' && request.url().endsWith( '/token' ) && app.asked.push( request ) );
	page.on( 'pageerror', ( error ) => app.faults.push( error.message ) );
	await page.goto( world.site.spa );
	await page.locator( '#sign-in' ).waitFor();
	return app;
}

/** From "Sign in" to the consent page. */
async function ask( world, { page } ) {
	await page.click( '#sign-in' );
	await logIn( page, world.site.person );
	await page.locator( 'button[name="app_connect_do"]' ).first().waitFor();
}

/** From "Sign in" to the list of posts; the token. */
async function signIn( world, app ) {
	await ask( world, app );
	const [ response ] = await Promise.all( [
		app.page.waitForResponse( ( each ) => each.request().method() === 'POST' && each.url().endsWith( '/token' ) ),
		decide( app.page, 'approve' ),
	] );
	await app.page.locator( '#posts' ).waitFor();
	return ( await response.json() ).access_token;
}

/** Presses "Update"; returns when the list is there again. */
async function update( { page } ) {
	const [ response ] = await Promise.all( [
		page.waitForResponse( ( each ) => each.status() === 200 && each.url().includes( 'wp/v2/posts' ) ),
		page.click( '#update' ),
	] );
	await page.locator( '#posts' ).waitFor();
	return response;
}

/** What the app asked the token endpoint for, each as the form that it sent. */
const forms = ( { asked } ) => asked.map( ( request ) => Object.fromEntries( new URLSearchParams( request.postData() ) ) );

const titles = ( { page } ) => page.locator( '#list .title' ).allInnerTexts();
const kept = ( { page } ) => page.evaluate( () => ( { ...localStorage, ...sessionStorage } ) );
const problem = async ( { page } ) => {
	await page.locator( '#problem' ).waitFor();
	return page.locator( '#problem' ).innerText();
};
const meStatus = async ( { site }, token ) =>
	( await fetch( `${ site.rest_root }app-connect/v1/me`, { headers: { Authorization: `Bearer ${ token }` } } ) ).status;

test( 'a person signs in and sees their own posts', async ( world ) => {
	const app = await open( world );
	await signIn( world, app );
	assert.equal( await app.page.locator( '#name' ).innerText(), world.site.person.name );
	assert.deepEqual( await titles( app ), [
		'The lighthouse keeper’s radio',
		'Rye bread, third attempt',
		'Why I keep a paper map',
		'Notes from a slow train',
	] );
	assert.deepEqual( await app.page.locator( '.status' ).allInnerTexts(), [ 'Draft', 'Private', 'Published', 'Published' ] );
	assert.equal( app.page.url(), world.site.spa, 'the code is out of the address' );
	assert.deepEqual( await kept( app ), {}, 'nothing is left in the browser' );
	assert.deepEqual( app.faults, [] );
	await app.page.reload();
	await app.page.locator( '#sign-in' ).waitFor();
} );

test( 'signing out ends the token at the site', async ( world ) => {
	const app = await open( world );
	const token = await signIn( world, app );
	assert.equal( await meStatus( world, token ), 200 );
	await Promise.all( [ app.page.waitForResponse( ( each ) => each.url().endsWith( '/revoke' ) ), app.page.click( '#sign-out' ) ] );
	assert.equal( await meStatus( world, token ), 401 );
	assert.deepEqual( await titles( app ), [] );
	assert.equal( await app.page.locator( '#sign-in' ).isVisible(), true );
} );

test( 'an access token that ended is refreshed and nobody notices', async ( world ) => {
	const app = await open( world );
	const token = await signIn( world, app );
	await fetch( `${ world.site.rest_root }app-connect/v1/revoke`, { method: 'POST', body: new URLSearchParams( { client_id: world.site.clients.spa.id, token } ) } );
	assert.equal( await meStatus( world, token ), 401 );
	await update( app );
	assert.equal( ( await titles( app ) ).length, 4 );
	await update( app );
	assert.deepEqual( forms( app ).map( ( form ) => form.grant_type ), [ 'authorization_code', 'refresh_token' ] );
	assert.deepEqual( await kept( app ), {}, 'nothing is left in the browser' );
	assert.deepEqual( app.faults, [] );
} );

test( 'an access token that has expired is refreshed before it is used', async ( world ) => {
	const app = await open( world );
	await app.page.clock.install();
	await signIn( world, app );
	for ( let hours = 0; hours < 2; hours++ ) {
		await app.page.clock.fastForward( '01:00:01' );
		await update( app );
	}
	const sent = forms( app );
	assert.deepEqual( sent.map( ( form ) => form.grant_type ), [ 'authorization_code', 'refresh_token', 'refresh_token' ] );
	assert.notEqual( sent[ 1 ].refresh_token, sent[ 2 ].refresh_token, 'each is used once' );
} );

test( 'signing out ends what a refresh got too', async ( world ) => {
	const app = await open( world );
	await app.page.clock.install();
	const first = await signIn( world, app );
	await app.page.clock.fastForward( '01:00:01' );
	const second = ( await update( app ) ).request().headers().authorization.replace( 'Bearer ', '' );
	assert.deepEqual( [ await meStatus( world, first ), await meStatus( world, second ) ], [ 200, 200 ] );
	await Promise.all( [ app.page.waitForResponse( ( each ) => each.url().endsWith( '/revoke' ) ), app.page.click( '#sign-out' ) ] );
	assert.deepEqual( [ await meStatus( world, first ), await meStatus( world, second ) ], [ 401, 401 ] );
} );

test( 'Cancel is said plainly, and the person can try again', async ( world ) => {
	const app = await open( world );
	await ask( world, app );
	await decide( app.page, 'deny' );
	assert.match( await problem( app ), /^You did not give this app access/ );
	assert.equal( app.page.url(), world.site.spa );
	assert.deepEqual( app.asked, [] );
	await app.page.click( '#sign-in' );
	await decide( app.page, 'approve' );
	await app.page.locator( '#posts' ).waitFor();
	assert.equal( await app.page.locator( '#problem' ).isVisible(), false );
} );

test( 'an answer with another state is not used', async ( world ) => {
	const app = await open( world );
	for ( const prepare of [ async () => {}, () => ask( world, app ) ] ) {
		await prepare();
		await app.page.goto( `${ world.site.spa }?code=oauth_ac_c&state=forged&iss=${ encodeURIComponent( world.site.issuer ) }` );
		assert.match( await problem( app ), /another attempt/ );
	}
	assert.deepEqual( app.asked, [] );
	assert.deepEqual( await kept( app ), {} );
} );

test( 'an answer of another issuer is not used RFC 9207', async ( world ) => {
	const app = await open( world );
	for ( const iss of [ '&iss=https%3A%2F%2Fevil.example', '' ] ) {
		const [ request ] = await Promise.all( [
			app.page.waitForRequest( ( each ) => each.url().includes( '/authorize?' ) ),
			app.page.click( '#sign-in' ),
		] );
		await app.page.locator( '#loginform' ).waitFor();
		const state = new URL( request.url() ).searchParams.get( 'state' );
		await app.page.goto( `${ world.site.spa }?code=oauth_ac_c&state=${ encodeURIComponent( state ) }${ iss }` );
		assert.match( await problem( app ), /another site/ );
	}
	assert.deepEqual( app.asked, [] );
} );

test( 'a site that cannot be reached, a refused code and an ended token are said plainly', async ( world ) => {
	const app = await open( world );
	const endpoint = ( name ) => `${ world.site.rest_root }app-connect/v1/${ name }`;
	const refuse = ( status, body ) => ( route ) =>
		route.fulfill( { status, contentType: 'application/json', headers: { 'Access-Control-Allow-Origin': '*' }, body: JSON.stringify( body ) } );
	for ( const [ name, answer, sentence, times = 1 ] of [
		[ 'token', ( route ) => route.abort(), /could not be reached/ ],
		[ 'token', refuse( 400, { error: 'invalid_grant', error_description: 'the code is not valid' } ), /refused: the code is not valid/ ],
		[ 'me', refuse( 401, { error: 'invalid_token' } ), /has ended/, 2 ],
	] ) {
		await ask( world, app );
		// A preflight is the browser's own: only the request itself is answered here.
		await app.page.route( endpoint( name ), answer, { times } );
		await decide( app.page, 'approve' );
		assert.match( await problem( app ), sentence );
		await app.page.unrouteAll();
		await app.page.context().clearCookies();
	}
} );

test( 'every view fits a phone, is fit for a screen reader, and works by keyboard', async ( world ) => {
	for ( const [ look, viewport ] of Object.entries( { desktop: DESKTOP, phone: PHONE } ) ) {
		const app = await open( world, { viewport } );
		const { page } = app;
		const focused = () => page.evaluate( () => document.activeElement.textContent );
		const look_at = async ( view ) => {
			assert.ok( ( await page.evaluate( () => document.scrollingElement.scrollWidth ) ) <= viewport.width, `${ view } scrolls sideways` );
			await page.screenshot( { path: `${ PICTURES }spa-${ view }-${ look }.png`, fullPage: true } );
		};
		await look_at( 'welcome' );
		await page.keyboard.press( 'Tab' );
		assert.match( await focused(), /^Sign in with/ );
		await page.keyboard.press( 'Enter' );
		await logIn( page, world.site.person );
		await decide( page, 'deny' );
		assert.match( await problem( app ), /access/ );
		assert.match( await focused(), /^You did not give/ );
		await look_at( 'cancelled' );
		await page.click( '#sign-in' );
		await decide( page, 'approve' );
		await page.locator( '#posts' ).waitFor();
		assert.equal( await focused(), world.site.person.name );
		await look_at( 'posts' );
	}
} );

test( 'axe finds nothing in any view', async ( world ) => {
	const app = await open( world );
	// The app's policy lets in no script but its own, so axe looks at a copy without it.
	const copy = await world.window();
	const clean = async ( view ) => {
		const body = ( await app.page.content() ).replaceAll( /<script\b[^]*?<\/script>/g, '' );
		await copy.route( '**/copy', ( route ) => route.fulfill( { contentType: 'text/html', body } ), { times: 1 } );
		await copy.route( '**/style.css', async ( route ) => route.fulfill( { contentType: 'text/css', body: await ( await fetch( `${ world.site.spa }style.css` ) ).text() } ), { times: 1 } );
		for ( const colorScheme of [ 'light', 'dark' ] ) {
			await copy.emulateMedia( { colorScheme } );
			if ( colorScheme === 'light' ) {
				await copy.goto( `${ world.site.spa }copy` );
				await copy.evaluate( axeSource );
			}
			const found = await copy.evaluate( async () => ( await window.axe.run() ).violations.map( ( { id, nodes } ) => `${ id }: ${ nodes[ 0 ].html }` ) );
			assert.deepEqual( found, [], `${ view }, ${ colorScheme }` );
		}
	};
	await clean( 'welcome' );
	await ask( world, app );
	await decide( app.page, 'deny' );
	await problem( app );
	await clean( 'cancelled' );
	await app.page.click( '#sign-in' );
	await decide( app.page, 'approve' );
	await app.page.locator( '#posts' ).waitFor();
	await clean( 'posts' );
} );
