/** Add Client, for an app in which people sign in. */

import assert from 'node:assert/strict';
import { leaveSecret, refusedAt, saveButton } from './support/client_form.mjs';
import { test } from './support/runner.mjs';

const ADD = '&action=new';
const CALLBACK = 'https://app.example.com/callback';

/** Each text with a button that copies it, below `What the app has to be set up with` or beside the secret: by its id. */
async function readFacts( t ) {
	const { page } = t;
	const facts = {};
	for ( const text of await page.locator( '.form-table .app-connect-copy code[id]:visible' ).all() ) {
		const id = await text.getAttribute( 'id' );
		facts[ id.replace( 'app-connect-', '' ) ] = await text.innerText();
		if ( t.js ) {
			await page.click( `[data-app-connect-copy="#${ id }"]` );
			await t.until( async () => ( await page.evaluate( () => navigator.clipboard.readText() ) ) === ( await text.innerText() ), `${ id } is in the clipboard` );
		}
	}
	return facts;
}

/** What a developer is told leads to the consent page. */
async function assertFacts( t, facts, client ) {
	assert.deepEqual( client.redirect_uris, Object.keys( facts ).filter( ( name ) => name.startsWith( 'redirect-uri-' ) ).map( ( name ) => facts[ name ] ) );
	assert.match( facts[ 'endpoint-token' ], /app-connect\/v1\/token$/ );
	assert.ok( facts.example.startsWith( facts[ 'endpoint-authorize' ] ) );
	assert.equal( new URL( facts.example ).searchParams.get( 'client_id' ), client.client_id );
	const answer = await fetch( facts.example, { redirect: 'manual' } );
	assert.equal( answer.status, 303 );
	assert.match( answer.headers.get( 'location' ), /wp-login\.php\?action=app_connect_authorize/ );
}

test( 'a browser app takes a name, its kind and a redirect URI', async ( t ) => {
	const { page, site } = t;
	await t.clients();
	await t.follow( page.locator( '.app-connect-first-run a.button-hero' ) );
	await page.fill( '[name=name]', 'Single page' );
	await page.check( '[name=type][value=public]' );
	await page.fill( '[name=redirect_uris]', CALLBACK );
	await t.axe();
	await t.follow( saveButton( page ) );
	assert.match( page.url(), /action=edit/ );
	assert.match( await page.locator( '.notice-success' ).innerText(), /Client added/ );
	const [ client ] = await site.rest( 'GET', '/clients' );
	assert.deepEqual(
		[ client.type, client.mode, client.grant_types, client.bundles, client.redirect_uris, client.require_pkce, client.consent, client.service_user_id ],
		[ 'public', 'restricted', [ 'authorization_code', 'refresh_token' ], [ 'content:read' ], [ CALLBACK ], true, 'remember', null ]
	);
	await assertFacts( t, await readFacts( t ), client );
	await t.axe();
	// At the next visit the facts are folded up.
	await t.clients( `&action=edit&client=${ client.id }` );
	assert.equal( await page.locator( '#app-connect-example' ).isVisible(), false );
	await page.click( '.app-connect-developer summary' );
	assert.equal( await page.locator( '#app-connect-example' ).isVisible(), true );
}, { everywhere: true } );

test( 'a web app with everything that people notice', async ( t ) => {
	const { page, site } = t;
	await t.clients( ADD );
	await page.fill( '[name=name]', 'Members' );
	await page.fill( '[name=redirect_uris]', `${ CALLBACK }\n\nhttp://127.0.0.1/cb` );
	await page.check( '[name=consent][value=remember]' );
	await page.check( '[name=consent][value=always]' );
	await page.check( '[name=first_party]' );
	await page.check( '[name=verified]' );
	await page.uncheck( '[name=require_pkce]' );
	await page.locator( 'summary', { hasText: 'Tokens of other apps are sent to it' } ).click();
	await page.check( '[name=resource_server]' );
	await page.locator( 'summary', { hasText: 'Logging out' } ).click();
	await page.fill( '[name=post_logout_redirect_uris]', 'https://app.example.com/bye\nhttps://app.example.com/seen/you' );
	await page.fill( '[name=backchannel_logout_uri]', 'https://app.example.com/logout' );
	await t.follow( saveButton( page ) );
	const [ client ] = await site.rest( 'GET', '/clients' );
	assert.deepEqual( [ client.post_logout_redirect_uris, client.backchannel_logout_uri ], [ [ 'https://app.example.com/bye', 'https://app.example.com/seen/you' ], 'https://app.example.com/logout' ] );
	assert.deepEqual(
		[ client.redirect_uris, client.consent, client.first_party, client.resource_server, client.verified, client.require_pkce ],
		[ [ CALLBACK, 'http://127.0.0.1/cb' ], 'always', true, true, true, false ]
	);
	assert.equal( await page.inputValue( '#app-connect-client-id' ), client.client_id );
	assert.ok( await page.inputValue( '#app-connect-secret' ) );
	await assertFacts( t, await readFacts( t ), client );
	await t.axe();
	await leaveSecret( t );
	await t.clients( `&action=edit&client=${ client.id }` );
	for ( const [ field, ticked ] of [ [ 'first_party', true ], [ 'resource_server', true ], [ 'verified', true ], [ 'require_pkce', false ], [ 'consent][value=always', true ] ] ) {
		assert.equal( await page.isChecked( `[name=${ field }]` ), ticked, field );
	}
} );

test( 'bad addresses for logging out are named where they are typed', async ( t ) => {
	const { page } = t;
	await t.clients( ADD );
	await page.fill( '[name=name]', 'Kept' );
	await page.fill( '[name=redirect_uris]', CALLBACK );
	await page.locator( 'summary', { hasText: 'Logging out' } ).click();
	await page.fill( '[name=post_logout_redirect_uris]', 'http://app.example.com/bye' );
	await page.evaluate( () => document.querySelector( '[name=backchannel_logout_uri]' ).type = 'text' );
	await page.fill( '[name=backchannel_logout_uri]', 'https://app.example.com/#logout' );
	const said = await refusedAt( t, saveButton( page ), 'post_logout_redirect_uris' );
	assert.match( said, /Line 1 of “Addresses after a logout”/ );
	assert.ok( await page.locator( '#app-connect-backchannel-logout-uri-error' ).isVisible(), 'the part is open' );
	assert.equal( await page.inputValue( '[name=backchannel_logout_uri]' ), 'https://app.example.com/#logout' );
	await t.axe();
} );

test( 'each bad redirect URI is named and what was typed stays', async ( t ) => {
	const { page, site } = t;
	const typed = [ CALLBACK, 'http://app.example.com/cb', '', 'https://*.example.com/cb', 'https://app.example.com/cb#top', CALLBACK, 'myapp:/cb' ].join( '\n' );
	await t.clients( ADD );
	await page.fill( '[name=name]', 'Kept' );
	await page.check( '[name=type][value=public]' );
	await page.fill( '[name=redirect_uris]', typed );
	await page.check( '[name=verified]' );
	const said = await refusedAt( t, saveButton( page ), 'redirect_uris' );
	for ( let line = 1; line <= 7; line++ ) {
		assert.equal( new RegExp( `Line ${ line } of “Redirect URIs”: \\w+` ).test( said ), ! [ 1, 3 ].includes( line ), `line ${ line } of: ${ said }` );
	}
	if ( t.js ) {
		await page.locator( '.app-connect-errors a', { hasText: 'Line 4' } ).click();
		assert.equal( await page.evaluate( () => document.activeElement.value.slice( document.activeElement.selectionStart, document.activeElement.selectionEnd ) ), 'https://*.example.com/cb' );
	}
	await t.axe();
	assert.equal( await page.inputValue( '[name=redirect_uris]' ), typed );
	assert.equal( await page.inputValue( '[name=name]' ), 'Kept' );
	assert.ok( await page.isChecked( '[name=verified]' ) );
	assert.deepEqual( await site.sql( 'SELECT id FROM wp_app_connect_clients' ), [] );
	await page.fill( '[name=redirect_uris]', CALLBACK );
	await t.follow( saveButton( page ) );
	assert.match( page.url(), /action=edit/ );
} );

test( 'an app asks for passwords only if it is trusted with them', async ( t ) => {
	const { page, site } = t;
	const password = page.locator( '[name="grant_types[]"][value=password]' );
	const trusted = page.locator( '[name=trusted]' );
	await t.clients( ADD );
	await page.fill( '[name=name]', 'Old phone app' );
	await page.check( '[name=type][value=public]' );
	await page.uncheck( '[name="grant_types[]"][value=authorization_code]' );
	assert.equal( await password.isVisible(), false, 'nobody comes upon it by chance' );
	await page.locator( 'summary', { hasText: 'It asks people for their password itself' } ).click();
	await password.check();
	assert.match( await t.text(), /It sees every password that is typed into it/ );
	const said = await refusedAt( t, saveButton( page ), 'trusted' );
	assert.match( said, /Only an app that you trust with passwords/ );
	await t.axe();
	assert.ok( await trusted.isVisible() && await password.isChecked() );
	await trusted.check();
	assert.ok( await page.locator( '[name="grant_types[]"][value=refresh_token]' ).isEnabled(), 'and people stay signed in' );
	await t.follow( saveButton( page ) );
	const [ client ] = await site.rest( 'GET', '/clients' );
	assert.deepEqual( [ client.grant_types, client.trusted ], [ [ 'password', 'refresh_token' ], true ] );
	await t.clients( `&action=edit&client=${ client.id }` );
	assert.ok( await trusted.isVisible() && await trusted.isChecked() );
} );

test( 'people stay signed in unless that is unticked', async ( t ) => {
	const { page, site } = t;
	const stay = page.locator( '[name="grant_types[]"][value=refresh_token]' );
	const grants = async () => ( await site.rest( 'GET', '/clients' ) )[ 0 ].grant_types;
	await t.clients( ADD );
	await page.fill( '[name=name]', 'Kiosk' );
	await page.fill( '[name=redirect_uris]', CALLBACK );
	assert.ok( await stay.isChecked() );
	assert.match( await t.text(), /have not used it for 1 month, and after 1 year at the latest/ );
	await page.uncheck( '[name="grant_types[]"][value=authorization_code]' );
	assert.equal( await stay.isEnabled(), ! t.js, 'what is hidden is not sent' );
	await page.check( '[name="grant_types[]"][value=authorization_code]' );
	await stay.uncheck();
	await t.follow( saveButton( page ) );
	await leaveSecret( t );
	assert.deepEqual( await grants(), [ 'authorization_code' ] );
	const [ { id } ] = await site.rest( 'GET', '/clients' );
	await t.clients( `&action=edit&client=${ id }` );
	assert.equal( await stay.isChecked(), false );
	await stay.check();
	await t.follow( saveButton( page ) );
	assert.deepEqual( await grants(), [ 'authorization_code', 'refresh_token' ] );
	await t.axe();
} );

test( 'what only a confidential app may do is not there for a public one, and refused', async ( t ) => {
	const { page, site } = t;
	await t.clients( ADD );
	await page.fill( '[name=name]', 'Tries' );
	await page.fill( '[name=redirect_uris]', CALLBACK );
	await page.check( '[name=first_party]' );
	await page.uncheck( '[name=require_pkce]' );
	await page.check( '[name=type][value=public]' );
	for ( const field of [ 'first_party', 'require_pkce' ] ) {
		assert.equal( await page.isVisible( `[name=${ field }]` ), ! t.js, field );
	}
	if ( t.js ) {
		// What is hidden is not sent, and comes back as it was.
		await page.check( '[name=type][value=confidential]' );
		assert.ok( await page.isChecked( '[name=first_party]' ) );
		await page.check( '[name=type][value=public]' );
		await t.axe();
	} else {
		await refusedAt( t, saveButton( page ), 'first_party' );
		assert.equal( await page.getAttribute( '[name=require_pkce]', 'aria-invalid' ), 'true' );
		await t.axe();
		assert.deepEqual( await site.sql( 'SELECT id FROM wp_app_connect_clients' ), [] );
		await page.uncheck( '[name=first_party]' );
		await page.check( '[name=require_pkce]' );
	}
	await t.follow( saveButton( page ) );
	const [ client ] = await site.rest( 'GET', '/clients' );
	assert.deepEqual( [ client.type, client.first_party, client.require_pkce ], [ 'public', false, true ] );
} );

test( 'where people do not sign in nothing is asked about them', async ( t ) => {
	const { page } = t;
	await t.clients( ADD );
	const uris = page.locator( '[name=redirect_uris]' );
	assert.equal( await uris.isVisible(), true );
	await page.fill( '[name=redirect_uris]', CALLBACK );
	await page.uncheck( '[name="grant_types[]"][value=authorization_code]' );
	assert.equal( await uris.isVisible(), ! t.js );
	assert.match( await t.text(), t.js ? /How it gets tokens/ : /only for apps that get tokens by an authorization code/ );
	await page.check( '[name="grant_types[]"][value=authorization_code]' );
	assert.equal( await uris.inputValue(), CALLBACK );
} );

test( 'a bundle of another plugin has its title', async ( t ) => {
	const { page, site } = t;
	await site.fixture( 'shop', `add_filter( 'app_connect_scopes', static fn( $scopes ) => $scopes + array( 'shop:read' => array(
		'title' => static fn() => 'Read <b>orders</b> & stock', 'capabilities' => array( 'read_shop' ), 'routes' => array( 'GET /shop/v1/orders/*' ) ) ) );` );
	try {
		await t.clients( ADD );
		const bundle = page.locator( '.app-connect-bundle', { has: page.locator( '[value="shop:read"]' ) } );
		assert.match( await bundle.innerText(), /Read orders & stock/ );
		await bundle.locator( 'summary' ).click();
		assert.match( await bundle.innerText(), /GET \/wp-json\/shop\/v1\/orders\/\*[^]*read_shop/ );
		await page.fill( '[name=name]', 'Shop app' );
		await page.fill( '[name=redirect_uris]', CALLBACK );
		await bundle.locator( 'input' ).check();
		await t.follow( saveButton( page ) );
		const [ client ] = await site.rest( 'GET', '/clients' );
		assert.deepEqual( client.bundles, [ 'content:read', 'shop:read' ] );
		await leaveSecret( t );
	} finally {
		await site.fixture( 'shop' );
	}
} );
