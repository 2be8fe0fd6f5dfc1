/** Logging out by an app, and an answer to an app in a form: as people meet them. */

import assert from 'node:assert/strict';
import { arrival, authorizeUrl, leavingApp, logoutUrl, newApp, REDIRECT, visitor } from './support/consent.mjs';
import { test } from './support/runner.mjs';
import { violations } from './support/session.mjs';

const BYE = 'https://app.example/bye';
const button = ( page, value ) => page.locator( `button[name=app_connect_do][value=${ value }]` );

/** Somebody who is logged in, in a window that can be left. */
async function somebody( t ) {
	await t.site.user( 'jane', 'author', { user_pass: 'correct horse', display_name: 'Jane Doe' } );
	const page = await t.stranger();
	await page.goto( `${ t.site.url }/wp-login.php` );
	if ( t.js ) {
		await page.waitForFunction( () => document.activeElement?.id.startsWith( 'user_' ) );
	}
	await page.fill( '#user_login', 'jane' );
	await page.fill( '#user_pass', 'correct horse' );
	await page.press( '#user_pass', 'Enter' );
	await page.waitForURL( /wp-admin/ );
	return page;
}

/** axe finds nothing serious; it needs JavaScript itself. */
const axe = async ( t, page ) => assert.deepEqual( t.js ? await violations( page ) : [], [] );

const isIn = async ( t, page ) => ( await page.request.get( `${ t.site.url }/wp-admin/profile.php`, { maxRedirects: 0 } ) ).status() === 200;

test( 'an app asks a person to log out, who does and goes back to the app', async ( t ) => {
	const page = await somebody( t );
	await page.goto( logoutUrl( t, await leavingApp( t ) ) );
	const said = await page.locator( '#app-connect-logout' ).innerText();
	for ( const each of [ 'Log out of App Connect?', 'Signed in as Jane Doe (jane)', 'Reader asks you to log out here, too.', 'You will be sent to app.example.' ] ) {
		assert.ok( said.includes( each ), `${ each } in ${ said }` );
	}
	await axe( t, page );
	assert.ok( await isIn( t, page ) );
	const arrived = arrival( page, BYE );
	await button( page, 'approve' ).click();
	const { url, referer } = await arrived;
	assert.equal( url.searchParams.get( 'state' ), 'xyz' );
	assert.ok( ! referer, referer );
	assert.equal( await isIn( t, page ), false );
}, { everywhere: true } );

test( 'who wants to stay logged in stays', async ( t ) => {
	const page = await somebody( t );
	await page.goto( logoutUrl( t, await leavingApp( t ) ) );
	await button( page, 'deny' ).click();
	await page.locator( '#app-connect-logged-out' ).waitFor();
	assert.match( await page.locator( 'h2' ).innerText(), /You are still logged in/ );
	await axe( t, page );
	assert.ok( await isIn( t, page ) );
} );

test( 'a page that names no app, and an app that cannot show whom it means', async ( t ) => {
	const page = await somebody( t );
	await page.goto( logoutUrl( t, await leavingApp( t ), { id_token_hint: 'nonsense' } ) );
	assert.match( await page.locator( '#app-connect-error' ).innerText(), /You have not been logged out/ );
	assert.ok( await isIn( t, page ) );
	await page.goto( `${ t.site.rest_root }app-connect/v1/logout` );
	assert.match( await page.locator( '#app-connect-logout' ).innerText(), /An app asks you to log out here, too/ );
	await button( page, 'approve' ).click();
	await page.locator( '#app-connect-logged-out' ).waitFor();
	assert.match( await page.locator( 'h2' ).innerText(), /You are logged out/ );
	assert.equal( await isIn( t, page ), false );
} );

test( 'an answer in a form is posted by itself, and by a button where there are no scripts', async ( t ) => {
	const app = await newApp( t );
	const page = await visitor( t );
	await page.goto( authorizeUrl( t, app, { response_mode: 'form_post', state: '"><b>&amp;é' } ) );
	const posted = page.waitForRequest( ( each ) => each.url() === REDIRECT && each.method() === 'POST' );
	posted.catch( () => {} );
	await button( page, 'approve' ).click();
	if ( ! t.js ) {
		await page.locator( '#app-connect-form-post' ).waitFor();
		await page.locator( '#app-connect-form-post button' ).click();
	}
	const request = await posted;
	assert.equal( request.method(), 'POST' );
	const fields = new URLSearchParams( request.postData() );
	assert.deepEqual( [ ...fields.keys() ], [ 'code', 'state', 'iss' ] );
	assert.match( fields.get( 'code' ), /^oauth_ac_c/ );
	assert.deepEqual( [ fields.get( 'state' ), fields.get( 'iss' ) ], [ '"><b>&amp;é', t.site.issuer ] );
}, { everywhere: true } );
