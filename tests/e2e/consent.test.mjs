/** The consent page: from an app's link to the app's own page, with a mouse and with keys. */

import assert from 'node:assert/strict';
import { PHONE } from './support/browser.mjs';
import { arrival, authorizeUrl, newApp, openConsent, visitor } from './support/consent.mjs';
import { test } from './support/runner.mjs';

const button = ( page, value ) => page.locator( `button[name=app_connect_do][value=${ value }]` );

/** Logs somebody in where the login page is shown. */
async function typePassword( { js }, page, login, password ) {
	if ( js ) {
		// Core moves the focus a moment after the page is there, and what is typed meanwhile with it.
		await page.waitForFunction( () => document.activeElement?.id.startsWith( 'user_' ) );
	}
	await page.fill( '#user_login', login );
	await page.fill( '#user_pass', password );
	await page.click( '#wp-submit' );
}

/** Somebody who can log in. */
async function person( { site }, role = 'author' ) {
	await site.user( 'jane', role, { user_pass: 'correct horse', display_name: 'Jane Doe' } );
	return [ 'jane', 'correct horse' ];
}

test( 'a person walks from the link in an app through the login to the app', async ( t ) => {
	const app = await newApp( t );
	const somebody = await person( t );
	const page = await t.stranger();
	await page.goto( authorizeUrl( t, app, { state: 'ü & <b>' } ) );
	assert.match( await page.locator( '#login-message, .message' ).first().innerText(), /An app asks for access/ );
	await typePassword( t, page, ...somebody );
	await page.locator( '#app-connect-consent' ).waitFor();
	const said = await page.locator( '#app-connect-consent' ).innerText();
	for ( const each of [ 'Reader wants to use your account', 'Signed in as Jane Doe (jane)', 'You will be sent to app.example.', 'Read posts', 'have not verified', 'Change posts of other people' ] ) {
		assert.ok( said.includes( each ), `${ each } in ${ said }` );
	}
	const arrived = arrival( page );
	await button( page, 'approve' ).click();
	const { url, referer } = await arrived;
	assert.equal( url.searchParams.get( 'state' ), 'ü & <b>' );
	assert.equal( url.searchParams.get( 'iss' ), t.site.issuer );
	assert.match( url.searchParams.get( 'code' ), /^oauth_ac_c/ );
	assert.ok( ! referer, referer );

	// The second time nobody is asked.
	const again = arrival( page );
	await page.goto( authorizeUrl( t, app ) ).catch( () => {} );
	assert.ok( ( await again ).url.searchParams.get( 'code' ) );
}, { everywhere: true } );

test( 'cancel tells the app', async ( t ) => {
	const page = await visitor( t );
	await openConsent( t, {}, {}, page );
	const arrived = arrival( page );
	await button( page, 'deny' ).click();
	const { url } = await arrived;
	assert.deepEqual( [ url.searchParams.get( 'error' ), url.searchParams.get( 'state' ), url.searchParams.get( 'code' ) ], [ 'access_denied', 'xyz', null ] );
	assert.equal( ( await t.site.sql( 'SELECT COUNT(*) AS n FROM wp_app_connect_codes' ) )[ 0 ].n, '0' );
} );

test( 'keys alone lead through the page, in the order in which it reads', async ( t ) => {
	const page = await visitor( t );
	await openConsent( t, {}, {}, page );
	const walked = [];
	await page.locator( 'body' ).focus();
	for ( let press = 0; press < 12 && walked.at( -1 ) !== 'deny'; press++ ) {
		await page.keyboard.press( 'Tab' );
		const at = page.locator( ':focus' );
		walked.push( await at.evaluate( ( { tagName, value } ) => value || tagName ) );
		if ( ! [ 'A' ].includes( walked.at( -1 ) ) ) {
			const seen = await at.evaluate( ( element ) => {
				const { outlineStyle, boxShadow } = getComputedStyle( element );
				return outlineStyle !== 'none' || boxShadow !== 'none';
			} );
			assert.ok( seen, `the focus is seen on ${ walked.at( -1 ) }` );
		}
	}
	assert.deepEqual( walked.filter( ( at ) => at !== 'A' ), [ 'switch', 'SUMMARY', 'approve', 'deny' ] );
	await page.locator( 'summary' ).focus();
	await page.keyboard.press( 'Enter' );
	assert.ok( await page.locator( '.app-connect-routes' ).isVisible() );
	const arrived = arrival( page );
	await button( page, 'approve' ).focus();
	await page.keyboard.press( 'Space' );
	assert.ok( ( await arrived ).url.searchParams.get( 'code' ) );
} );

test( 'a screen reader hears what is asked, under headings and in lists', async ( t ) => {
	const { page, site } = t;
	await openConsent( t, { takeover: [ 'manage_options' ], logo_uri: `${ site.url }/wp-admin/images/w-logo-blue.png` }, { scope: 'wp' } );
	assert.match( await page.title(), /^Approve an app/ );
	const tree = await page.locator( '#app-connect-consent' ).ariaSnapshot();
	for ( const each of [ 'heading "Reader wants to use your account on App Connect" [level=2]', 'region "The app will be able to"', 'region "Dangerous: think before you approve"', 'button "Approve"', 'button "Cancel"', 'button "Not you? Switch account"' ] ) {
		assert.ok( tree.includes( each ), `${ each } in ${ tree }` );
	}
	// Neither the logo nor the signs before the lines are read.
	assert.equal( /- img/.test( tree ), false, tree );
	await t.axe();
} );

test( 'somebody else signs in and meets the same request', async ( t ) => {
	const app = await newApp( t );
	const somebody = await person( t );
	const page = await t.stranger();
	await page.goto( authorizeUrl( t, app, { state: 'kept' } ) );
	await typePassword( t, page, t.site.admin.user, t.site.admin.password );
	await button( page, 'switch' ).click();
	await page.locator( '#loginform' ).waitFor();
	await typePassword( t, page, ...somebody );
	assert.match( await page.locator( '.app-connect-person' ).innerText(), /Jane Doe/ );
	const arrived = arrival( page );
	await button( page, 'approve' ).click();
	assert.equal( ( await arrived ).url.searchParams.get( 'state' ), 'kept' );
} );

test( 'an old page is refused and can be loaded again', async ( t ) => {
	const { page, site } = t;
	const app = await openConsent( t );
	await site.rest( 'POST', `/clients/${ app.id }`, { name: 'Another name' } );
	const refused = await t.follow( button( page, 'approve' ) );
	assert.equal( refused.status(), 403 );
	assert.match( await page.locator( '#app-connect-error' ).innerText(), /out of date[^]*Nothing was approved/ );
	await t.axe();
	await t.follow( page.locator( '#app-connect-error a.button' ) );
	assert.match( await page.locator( '#app-connect-consent' ).innerText(), /Another name/ );
} );

test( 'no page can frame it', async ( t ) => {
	const page = await visitor( t );
	const address = authorizeUrl( t, await newApp( t ) ).replaceAll( '&', '&amp;' );
	// Another origin, and yet the cookies go there: cookies know no ports.
	await page.route( 'http://127.0.0.1:9999/', ( route ) => route.fulfill( { contentType: 'text/html', body: `<iframe src="${ address }"></iframe>` } ) );
	await page.goto( 'http://127.0.0.1:9999/' );
	await t.until( async () => page.frames()[ 1 ] && page.frames()[ 1 ].url() !== 'about:blank', 'the frame has been answered' );
	assert.match( page.frames()[ 1 ].url(), /^chrome-error:/ );
}, { js: true } );

test( 'a logo that is not there leaves no mark, and nothing is wider than a phone', async ( t ) => {
	const { page, site } = t;
	await page.setViewportSize( PHONE );
	const missing = page.waitForResponse( '**/nowhere.png' );
	await openConsent( t, { logo_uri: `${ site.url }/nowhere.png`, name: 'x'.repeat( 191 ) } );
	assert.equal( ( await missing ).status(), 404 );
	assert.ok( ! ( await missing ).request().headers().referer );
	const { width, height } = ( await page.locator( 'img.app-connect-logo' ).boundingBox() ) ?? { width: 0, height: 0 };
	assert.ok( width * height === 0, `${ width } × ${ height }` );
	assert.ok( ( await page.evaluate( () => document.scrollingElement.scrollWidth ) ) <= PHONE.width );
}, { js: true } );
