/** Who is signed in with which app: "Connected apps" on a profile, and App Connect → Tokens. */

import assert from 'node:assert/strict';
import { logIn, PHONE } from './support/browser.mjs';
import { authorizeUrl, visitor } from './support/consent.mjs';
import { test } from './support/runner.mjs';
import { moreSessions, refresh, signIn, stayingApp } from './support/sessions.mjs';

const apps = ( t ) => t.page.locator( '#app-connect-apps' );
const rows = ( t ) => t.page.locator( '.app-connect-sessions tbody tr:not(.no-items)' );
const profile = ( t, query = '' ) => t.page.goto( query ? `/wp-admin/user-edit.php?${ query }` : '/wp-admin/profile.php' );

/** axe on our section alone: the rest of a profile is core's. */
async function axe( t ) {
	await t.page.evaluate( () => {
		const section = document.querySelector( '#app-connect-apps' );
		document.querySelector( '#wpbody-content' ).replaceChildren( section );
	} ).catch( () => {} );
	await t.axe( 'connected apps' );
}

test( 'an app is revoked on the profile, and has to ask again', async ( t ) => {
	const { page, site } = t;
	const app = await stayingApp( t, { name: 'Reader', verified: true } );
	const session = await signIn( t, app );
	const second = await signIn( t, app );
	assert.equal( await site.get( 'wp/v2/posts', session.access_token ), 200 );
	await profile( t );
	const row = apps( t ).locator( 'tbody tr' );
	assert.equal( await row.count(), 1 );
	assert.match( await row.innerText(), /Reader[^]*Verified[^]*See your profile[^]*Read posts[^]*2 sign-ins/ );
	await t.follow( row.locator( 'button[name=revoke_app]' ) );
	assert.match( page.url(), /profile\.php[^?]*#app-connect-apps$|profile\.php\?app_connect_done/ );
	assert.match( await apps( t ).locator( '.notice-success' ).innerText(), /no access to your account any more[^]*2 sign-ins ended, with 2 access tokens/ );
	assert.match( await apps( t ).innerText(), /No app has access to your account/ );
	assert.equal( await site.get( 'wp/v2/posts', session.access_token ), 401 );
	assert.equal( await refresh( t, app, second.refresh_token ), 'invalid_grant' );
	const again = await visitor( t );
	await again.goto( authorizeUrl( t, app ) );
	assert.equal( await again.locator( 'button[value=approve]' ).count(), 1, 'it asks again' );
} );

test( 'one sign-in ends, and the others go on', async ( t ) => {
	const { site } = t;
	const app = await stayingApp( t );
	const [ first, second ] = [ await signIn( t, app ), await signIn( t, app ) ];
	await profile( t );
	await apps( t ).locator( 'summary' ).click();
	// The newest stands first.
	await t.follow( apps( t ).locator( 'button[name=end_session]' ).first() );
	assert.match( await apps( t ).locator( '.notice-success' ).innerText(), /1 sign-in ended, with 1 access token/ );
	assert.match( await apps( t ).innerText(), /1 sign-in\b/ );
	assert.deepEqual( [ await site.get( 'wp/v2/posts', first.access_token ), await site.get( 'wp/v2/posts', second.access_token ) ], [ 200, 401 ] );
} );

test( 'all apps are revoked with the keyboard', async ( t ) => {
	const { page, site } = t;
	const tokens = [];
	for ( const name of [ 'Alpha', 'Beta' ] ) {
		tokens.push( ( await signIn( t, await stayingApp( t, { name } ) ) ).access_token );
	}
	await profile( t );
	await apps( t ).locator( 'button[name=revoke_app]' ).last().focus();
	await page.keyboard.press( 'Tab' );
	assert.equal( await page.evaluate( () => document.activeElement.name ), 'revoke_all' );
	await Promise.all( [ page.waitForURL( /app-connect-apps/ ), page.keyboard.press( 'Enter' ) ] );
	await apps( t ).locator( '.notice-success' ).waitFor();
	assert.match( await apps( t ).innerText(), /No app has access to your account any more[^]*2 sign-ins ended/ );
	assert.deepEqual( await Promise.all( tokens.map( ( token ) => site.get( 'wp/v2/posts', token ) ) ), [ 401, 401 ] );
} );

test( 'Enter in a field of the profile saves the profile and revokes nothing', async ( t ) => {
	const { page, site } = t;
	const { access_token: token } = await signIn( t, await stayingApp( t ) );
	await profile( t );
	await page.fill( '#first_name', 'Ada' );
	await Promise.all( [ page.waitForURL( /updated=1|profile\.php$/ ), page.press( '#first_name', 'Enter' ) ] );
	await page.waitForLoadState( 'domcontentloaded' );
	assert.equal( await page.inputValue( '#first_name' ), 'Ada' );
	assert.equal( await site.get( 'wp/v2/posts', token ), 200 );
	await page.fill( '#first_name', '' );
	await t.follow( page.locator( '#submit' ) );
} );

test( 'an administrator revokes for somebody else, who sees the own apps only', async ( t ) => {
	const app = await stayingApp( t );
	await signIn( t, app );
	const ines = await t.site.user( 'ines', 'subscriber', { display_name: 'Inés', user_pass: 'a long password of hers' } );
	await moreSessions( t, app, 2, ines );
	const page = await t.stranger();
	await logIn( page, t.site, { user: 'ines', password: 'a long password of hers' } );
	await page.goto( '/wp-admin/profile.php' );
	assert.match( await page.locator( '#app-connect-apps' ).innerText(), /2 sign-ins/ );
	await profile( t, `user_id=${ ines }` );
	assert.match( await apps( t ).innerText(), /account of Inés[^]*See the profile/ );
	await t.follow( apps( t ).locator( 'button[name=revoke_app]' ) );
	assert.match( await apps( t ).locator( '.notice-success' ).innerText(), /this account[^]*2 sign-ins ended/ );
	await page.reload();
	assert.match( await page.locator( '#app-connect-apps' ).innerText(), /No app has access to your account/ );
	await profile( t );
	assert.match( await apps( t ).innerText(), /1 sign-in\b/ );
} );

test( 'on a phone each app is a card', async ( t ) => {
	const { page } = t;
	await signIn( t, await stayingApp( t, { name: 'The reader with the long name that somebody gave it once' } ) );
	await page.setViewportSize( PHONE );
	await profile( t );
	const table = await apps( t ).locator( 'table' ).boundingBox();
	assert.ok( table.width <= PHONE.width, `${ table.width }` );
	assert.equal( await apps( t ).locator( 'button[name=revoke_app]' ).isVisible(), true );
	await axe( t );
} );

/** An app in which the admin is signed in once, and Inés three times. */
async function crowd( t ) {
	const app = await stayingApp( t, { name: 'Reader' } );
	const session = await signIn( t, app );
	const ines = await t.site.user( 'ines', 'editor', { display_name: 'Inés' } );
	await moreSessions( t, app, 3, ines );
	return { app, session, ines };
}

test( 'a session is revoked after a question', async ( t ) => {
	const { page, site } = t;
	const { app, session } = await crowd( t );
	await t.tokens();
	assert.equal( await rows( t ).count(), 4 );
	const row = rows( t ).last();
	assert.match( await row.innerText(), /Reader[^]*admin[^]*Authorization code[^]*Restricted[^]*if it is not used/ );
	await row.locator( 'summary' ).click();
	assert.match( await row.innerText(), /Read posts/ );
	await t.axe();
	await row.hover();
	await t.follow( row.locator( '.row-actions .revoke a' ) );
	assert.match( await t.text(), /Revoke Session\b[^]*Reader[^]*admin[^]*1 session with 1 access token\b/ );
	assert.equal( await site.get( 'wp/v2/posts', session.access_token ), 200, 'only asked' );
	await t.axe();
	await t.follow( page.locator( '.app-connect-confirm a.button' ) );
	await rows( t ).last().hover();
	await t.follow( rows( t ).last().locator( '.row-actions .revoke a' ) );
	await t.follow( page.locator( '.app-connect-confirm button[name=app_connect_do]' ) );
	assert.match( await page.locator( '.notice-success' ).innerText(), /1 session revoked, with 1 access token\./ );
	assert.equal( await rows( t ).count(), 3 );
	assert.equal( await site.get( 'wp/v2/posts', session.access_token ), 401 );
	assert.equal( await refresh( t, app, session.refresh_token ), 'invalid_grant' );
	assert.match( await t.text(), /Tokens/, 'the administrator is still logged in' );
} );

test( 'several are revoked after one question', async ( t ) => {
	const { page } = t;
	await crowd( t );
	await t.tokens();
	const bulk = async ( select, button ) => {
		for ( const box of ( await page.locator( '[name="session[]"]' ).all() ).slice( 0, 3 ) ) {
			await box.check();
		}
		await page.selectOption( select, 'revoke' );
		await t.follow( page.locator( button ) );
	};
	await bulk( '#bulk-action-selector-top', '#doaction' );
	if ( t.js ) {
		// Core shows the lower ones with JavaScript only.
		await t.follow( page.locator( '.app-connect-confirm a.button' ) );
		await bulk( '#bulk-action-selector-bottom', '#doaction2' );
	}
	assert.match( await page.locator( '.app-connect-concerned' ).innerText(), /Reader[^]*Inés[^]*3[^]*3 sessions with 3 access tokens/ );
	await t.follow( page.locator( '.app-connect-confirm button[name=app_connect_do]' ) );
	assert.match( await page.locator( '.notice-success' ).innerText(), /3 sessions revoked, with 3 access tokens\./ );
	assert.equal( await rows( t ).count(), 1 );
} );

test( 'a bulk action needs a session', async ( t ) => {
	const { page } = t;
	await crowd( t );
	await t.tokens();
	await page.selectOption( '#bulk-action-selector-top', 'revoke' );
	await t.follow( page.locator( '#doaction' ) );
	assert.match( await page.locator( '.notice-error' ).innerText(), /at least one/ );
	assert.equal( await rows( t ).count(), 4 );
}, { js: false } );

test( 'filters and a search find sessions, and all that match are revoked', async ( t ) => {
	const { page, site } = t;
	const { app, session } = await crowd( t );
	const own = await site.client( { name: 'Importer' } );
	const token = await site.token( own );
	await t.tokens();
	assert.equal( await rows( t ).count(), 5 );
	const choose = async ( filters ) => {
		await t.tokens();
		for ( const [ name, value ] of Object.entries( filters ) ) {
			await page.selectOption( `#app-connect-filter-${ name }`, value );
		}
		await t.follow( page.locator( '#app-connect-filter' ) );
		assert.doesNotMatch( page.url(), /_wp_http_referer|_wpnonce/ );
		return rows( t ).count();
	};
	assert.equal( await choose( { client: String( app.id ) } ), 4 );
	assert.equal( await choose( { method: 'client_credentials' } ), 1 );
	assert.match( await rows( t ).innerText(), /Importer[^]*Backend Bot[^]*Service user/ );
	assert.equal( await choose( { mode: 'full' } ), 0 );
	assert.match( await t.text(), /No live session matches/ );
	await site.sql( 'UPDATE wp_app_connect_grants SET created_at = created_at - 40 * 86400 ORDER BY id DESC LIMIT 2' );
	assert.equal( await choose( { age: 'created_30', mode: 'restricted' } ), 2 );
	await t.tokens();
	await page.fill( '#app-connect-sessions-search-input', 'inés' );
	await t.follow( page.locator( '#search-submit' ) );
	assert.equal( await rows( t ).count(), 3 );
	assert.match( await page.locator( '.subtitle' ).innerText(), /inés/ );
	await t.axe();
	await t.follow( page.locator( '#app-connect-revoke-all' ) );
	assert.match( await t.text(), /all sessions that match: Search: inés[^]*3 sessions with 3 access tokens/ );
	await t.follow( page.locator( '.app-connect-confirm button[name=app_connect_do]' ) );
	assert.match( await page.locator( '.notice-success' ).innerText(), /3 sessions revoked/ );
	assert.equal( await page.inputValue( '#app-connect-sessions-search-input' ), 'inés', 'the search is still there' );
	assert.deepEqual( [ await site.get( 'wp/v2/posts', session.access_token ), await site.get( 'wp/v2/posts', token ) ], [ 200, 200 ] );
	for ( const address of [ 'user-edit.php', 'profile.php' ] ) {
		await t.tokens();
		await t.follow( rows( t ).locator( `.column-user a[href*="${ address }"]` ).first() );
		assert.ok( page.url().includes( address ) );
		await page.waitForLoadState( 'load' ); // Core's script for profiles fails where one is left sooner.
	}
	await t.tokens();
	await t.follow( rows( t ).locator( '.row-title' ).first() );
	assert.match( page.url(), /action=edit/ );
} );

test( 'sessions go over pages', async ( t ) => {
	const { page } = t;
	const app = await stayingApp( t );
	await signIn( t, app );
	await moreSessions( t, app, 44 );
	await t.tokens( `&client=${ app.id }` );
	const go = ( button ) => t.follow( page.locator( `.tablenav.top .${ button }` ) );
	assert.equal( await rows( t ).count(), 20 );
	await go( 'next-page' );
	assert.match( page.url(), /client=\d+[^]*paged=2|paged=2[^]*client=\d+/ );
	await go( 'last-page' );
	assert.equal( await rows( t ).count(), 5 );
	await go( 'prev-page' );
	await go( 'first-page' );
	assert.equal( await rows( t ).count(), 20 );
	await page.fill( '#current-page-selector', '3' );
	await Promise.all( [ page.waitForURL( /paged=3/ ), page.press( '#current-page-selector', 'Enter' ) ] );
	await page.waitForLoadState( 'domcontentloaded' );
	assert.equal( await rows( t ).count(), 5 );
} );

test( 'the screen option of sessions sets how many', async ( t ) => {
	const { page, site } = t;
	const app = await stayingApp( t );
	await signIn( t, app );
	await moreSessions( t, app, 9 );
	await t.tokens();
	await page.click( '#show-settings-link' );
	await page.fill( '#app_connect_sessions_per_page', '5' );
	await t.follow( page.locator( '#screen-options-apply' ) );
	assert.equal( await rows( t ).count(), 5 );
	await site.sql( "DELETE FROM wp_usermeta WHERE meta_key = 'app_connect_sessions_per_page'" );
}, { js: true } );

test( 'one box ticks all sessions', async ( t ) => {
	const { page } = t;
	await crowd( t );
	await t.tokens();
	await page.check( '#cb-select-all-1' );
	assert.equal( await page.locator( '[name="session[]"]:checked' ).count(), 4 );
	await page.uncheck( '#cb-select-all-2' );
	assert.equal( await page.locator( '[name="session[]"]:checked' ).count(), 0 );
}, { js: true } );

test( 'what is left can be gone on with', async ( t ) => {
	await crowd( t );
	await t.tokens( '&notice=revoked&count=9000&tokens=10001&left=4' );
	assert.match( await t.page.locator( '.notice-warning' ).innerText(), /9,000 sessions revoked, with more than 10,000 access tokens\.[^]*4 are left/ );
	await t.follow( t.page.locator( '.notice-warning a' ) );
	assert.match( await t.text(), /every session of this site[^]*4 sessions with 4 access tokens/ );
} );

test( 'on a phone sessions unfold, and the filters are there', async ( t ) => {
	const { page } = t;
	await crowd( t );
	await page.setViewportSize( PHONE );
	await t.tokens();
	assert.ok( ( await page.evaluate( () => document.scrollingElement.scrollWidth ) ) <= PHONE.width );
	assert.equal( await page.locator( '#app-connect-filter-client' ).isVisible(), true );
	assert.equal( await page.locator( '#app-connect-revoke-all' ).isVisible(), true );
	assert.equal( await rows( t ).first().locator( '.app-connect-narrow' ).isVisible(), true, 'whose it is, before it is unfolded' );
	await rows( t ).first().locator( '.toggle-row' ).click();
	assert.equal( await rows( t ).first().locator( '.column-ends' ).isVisible(), true );
	assert.ok( ( await page.evaluate( () => document.scrollingElement.scrollWidth ) ) <= PHONE.width );
	await t.axe();
}, { js: true } );

test( 'the help of the tokens opens', async ( t ) => {
	await t.tokens();
	await t.help( [ 'sessions', 'revoke', 'search' ], [ 'page=app-connect-settings' ] );
	await t.follow( t.page.locator( '.contextual-help-sidebar a[href$="page=app-connect"]' ) );
	assert.match( t.page.url(), /page=app-connect$/ );
}, { js: true } );

test( 'an empty list of sessions says so', async ( t ) => {
	await t.clients();
	await t.follow( t.page.locator( '#adminmenu a[href="admin.php?page=app-connect-tokens"]' ) );
	assert.match( await t.text(), /No app is signed in/ );
	assert.equal( await t.page.locator( '#app-connect-revoke-all' ).count(), 0 );
	await t.axe();
} );
