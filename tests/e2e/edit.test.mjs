/** Edit Client, a new secret, and the questions before something ends. */

import assert from 'node:assert/strict';
import { chooseUser, leaveSecret, readSecret, refusedAt, saveButton, unfold } from './support/client_form.mjs';
import { test } from './support/runner.mjs';

const edit = ( t, { id } ) => t.clients( `&action=edit&client=${ id }` );
const notice = ( t ) => t.page.locator( '.notice-success' ).innerText();
const answerYes = ( t ) => t.follow( t.page.locator( '.app-connect-confirm button[name=app_connect_do]' ) );
const cancel = ( t ) => t.follow( t.page.locator( '.app-connect-confirm a.button' ) );

test( 'the form shows what is stored', async ( t ) => {
	const { page, site } = t;
	const client = await site.client( { name: 'Shown', description: 'As stored', bundles: [ 'media:read' ], logo_uri: 'https://example.com/logo.png' } );
	await page.route( 'https://example.com/**', ( route ) => route.fulfill( { status: 200, contentType: 'image/svg+xml', body: '<svg xmlns="http://www.w3.org/2000/svg"/>' } ) );
	await edit( t, client );
	assert.equal( await page.inputValue( '[name=name]' ), 'Shown' );
	assert.equal( await page.inputValue( '[name=description]' ), 'As stored' );
	assert.equal( await page.inputValue( '[name=routes]' ), 'GET /wp-json/wp/v2/posts' );
	assert.equal( await page.inputValue( '[name=logo_uri]' ), 'https://example.com/logo.png' );
	assert.ok( await page.isChecked( '[name="bundles[]"][value="media:read"]' ) );
	assert.ok( await page.isChecked( '[name="capabilities[]"][value=edit_posts]' ) );
	assert.match( await page.locator( '.app-connect-facts' ).innerText(), new RegExp( client.client_id ) );
	if ( t.js ) {
		await page.click( '[data-app-connect-copy="#app-connect-client-id"]' );
		await t.until( async () => ( await page.evaluate( () => navigator.clipboard.readText() ) ) === client.client_id, 'the client ID is in the clipboard' );
	}
	await t.axe();
} );

test( 'what is saved unchanged stays as it was', async ( t ) => {
	const { page, site } = t;
	const client = await site.client( { bundles: [ 'media:read' ], takeover: [], routes: [ 'GET /wp-json/wp/v2/posts', 'GET /wp-json/wp/v2/posts/*' ] } );
	const token = await site.token( client );
	await edit( t, client );
	await t.follow( saveButton( page ) );
	assert.match( await notice( t ), /saved/ );
	const { revision, last_used: used, ...after } = await site.rest( 'GET', `/clients/${ client.id }` );
	assert.deepEqual( after, Object.fromEntries( Object.keys( after ).map( ( key ) => [ key, client[ key ] ] ) ) );
	assert.equal( await site.get( 'wp/v2/posts', token ), 200 );
} );

test( 'narrower holds at once, wider with the next token, and both are said', async ( t ) => {
	const { page, site } = t;
	const client = await site.client( { routes: [ 'GET /wp-json/wp/v2/posts', 'GET /wp-json/wp/v2/pages' ] } );
	const token = await site.token( client );
	assert.equal( await site.get( 'wp/v2/pages', token ), 200 );
	await edit( t, client );
	await page.fill( '[name=routes]', 'GET /wp-json/wp/v2/posts' );
	await t.follow( saveButton( page ) );
	const narrower = await notice( t );
	assert.equal( await site.get( 'wp/v2/pages', token ), 403 );
	await t.axe();
	await page.fill( '[name=routes]', 'GET /wp-json/wp/v2/posts\nGET /wp-json/wp/v2/categories' );
	await t.follow( saveButton( page ) );
	const wider = await notice( t );
	assert.equal( await site.get( 'wp/v2/categories', token ), 403 );
	assert.equal( await site.get( 'wp/v2/categories', await site.token( client ) ), 200 );
	await page.fill( '[name=description]', 'Only words.' );
	await t.follow( saveButton( page ) );
	const same = await notice( t );
	assert.ok( narrower.length > same.length && wider.length > same.length && narrower !== wider, [ narrower, wider, same ].join( ' | ' ) );
} );

test( 'a bad line in an edit keeps what was typed', async ( t ) => {
	const { page, site } = t;
	const client = await site.client();
	await edit( t, client );
	await page.fill( '[name=name]', 'Renamed' );
	await page.fill( '[name=routes]', 'GET /wp-json/wp/v2/posts\nno line at all' );
	assert.match( await refusedAt( t, saveButton( page ), 'routes' ), /Line 2/ );
	await t.axe();
	assert.equal( await page.inputValue( '[name=name]' ), 'Renamed' );
	assert.equal( ( await site.rest( 'GET', `/clients/${ client.id }` ) ).name, 'Backend' );
	await page.fill( '[name=routes]', 'GET /wp-json/wp/v2/posts' );
	await t.follow( saveButton( page ) );
	assert.equal( ( await site.rest( 'GET', `/clients/${ client.id }` ) ).name, 'Renamed' );
} );

test( 'a bad redirect URI in an edit keeps what was typed', async ( t ) => {
	const { page, site } = t;
	const client = await site.rest( 'POST', '/clients', {
		name: 'Phone app',
		type: 'public',
		mode: 'login_only',
		grant_types: [ 'authorization_code' ],
		redirect_uris: [ 'com.example.app:/cb', 'http://127.0.0.1/cb' ],
		consent: 'always',
		verified: true,
	} );
	await edit( t, client );
	assert.equal( await page.inputValue( '[name=redirect_uris]' ), 'com.example.app:/cb\nhttp://127.0.0.1/cb' );
	assert.ok( await page.isChecked( '[name=consent][value=always]' ) );
	assert.ok( await page.isChecked( '[name=verified]' ) );
	const typed = 'com.example.app:/cb\nexampleapp:/cb\n\nhttp://192.168.0.7/cb';
	await page.fill( '[name=redirect_uris]', typed );
	await page.check( '[name=consent][value=remember]' );
	const said = await refusedAt( t, saveButton( page ), 'redirect_uris' );
	for ( const [ line, bad ] of [ [ 1, false ], [ 2, true ], [ 3, false ], [ 4, true ] ] ) {
		assert.equal( new RegExp( `Line ${ line }\\b` ).test( said ), bad, `line ${ line } of: ${ said }` );
	}
	await t.axe();
	assert.equal( await page.inputValue( '[name=redirect_uris]' ), typed );
	assert.ok( await page.isChecked( '[name=consent][value=remember]' ) );
	await page.fill( '[name=redirect_uris]', 'com.example.app:/cb' );
	await t.follow( saveButton( page ) );
	assert.match( await notice( t ), /saved/ );
	const { redirect_uris: uris, consent, verified } = await site.rest( 'GET', `/clients/${ client.id }` );
	assert.deepEqual( { uris, consent, verified }, { uris: [ 'com.example.app:/cb' ], consent: 'remember', verified: true } );
} );

test( 'what somebody else saved meanwhile is not lost in silence', async ( t ) => {
	const { page, site } = t;
	const client = await site.client();
	await edit( t, client );
	await site.rest( 'POST', `/clients/${ client.id }`, { name: 'Theirs' } );
	await page.fill( '[name=name]', 'Mine' );
	await t.follow( saveButton( page ) );
	assert.match( await t.text(), /[Ss]omebody else/ );
	assert.equal( await page.inputValue( '[name=name]' ), 'Mine' );
	assert.equal( ( await site.rest( 'GET', `/clients/${ client.id }` ) ).name, 'Theirs' );
	await t.axe();
	await t.follow( saveButton( page ) );
	assert.equal( ( await site.rest( 'GET', `/clients/${ client.id }` ) ).name, 'Mine' );
} );

test( 'another service user ends tokens after a question', async ( t ) => {
	const { page, site } = t;
	const client = await site.client();
	const token = await site.token( client );
	await site.user( 'second-bot', 'author' );
	await edit( t, client );
	await chooseUser( t, 'second-bot' );
	await t.follow( saveButton( page ) );
	const box = page.locator( '[name="confirm[]"][value=service_user_changed]' );
	assert.match( await page.locator( '.app-connect-question' ).innerText(), /1 live token/ );
	assert.equal( await site.get( 'wp/v2/posts', token ), 200 );
	await t.axe();
	await box.check();
	await t.follow( page.locator( '.app-connect-question button' ) );
	await notice( t );
	assert.equal( await site.get( 'wp/v2/posts', token ), 401 );
	await site.token( client );
} );

test( 'a grant type that is taken away ends its tokens after a question', async ( t ) => {
	const { page, site } = t;
	const client = await site.client();
	const token = await site.token( client );
	await edit( t, client );
	await page.uncheck( '[name="grant_types[]"][value=client_credentials]' );
	await t.follow( saveButton( page ) );
	await page.check( '[name="confirm[]"][value=grant_types_removed]' );
	await t.follow( page.locator( '.app-connect-question button' ) );
	assert.equal( await site.get( 'wp/v2/posts', token ), 401 );
	assert.equal( ( await site.askToken( client.client_id, client.client_secret ) ).status, 400 );
} );

test( 'another type ends everything after a question, and back again makes a secret', async ( t ) => {
	const { page, site } = t;
	const client = await site.client();
	const token = await site.token( client );
	await edit( t, client );
	await page.uncheck( '[name="grant_types[]"][value=client_credentials]' );
	await page.check( '[name=type][value=public]' );
	await t.follow( saveButton( page ) );
	for ( const code of await page.locator( '[name="confirm[]"]' ).all() ) {
		await code.check();
	}
	await t.follow( page.locator( '.app-connect-question button' ) );
	assert.equal( await site.get( 'wp/v2/posts', token ), 401 );
	await page.check( '[name=type][value=confidential]' );
	await page.check( '[name="grant_types[]"][value=client_credentials]' );
	await chooseUser( t, 'backend-bot' );
	await t.follow( saveButton( page ) );
	await page.check( '[name="confirm[]"][value=type_changed]' );
	await t.follow( page.locator( '.app-connect-question button' ) );
	const { client_id: id, client_secret: secret } = await readSecret( page );
	assert.equal( id, client.client_id );
	assert.equal( ( await site.askToken( id, client.client_secret ) ).status, 401, 'the secret from before' );
	await site.token( { client_id: id, client_secret: secret } );
	await leaveSecret( t );
} );

test( 'a takeover right of an administrator is asked about at an edit too', async ( t ) => {
	const { page, site } = t;
	const client = await site.client();
	await edit( t, client );
	await unfold( page, '#app-connect-takeover' );
	await page.check( '[name="takeover[]"][value=manage_options]' );
	await chooseUser( t, site.admin.user );
	await t.follow( saveButton( page ) );
	assert.equal( await page.locator( '[name="confirm[]"][value=service_user_takeover]' ).count(), 1 );
	assert.deepEqual( ( await site.rest( 'GET', `/clients/${ client.id }` ) ).takeover, [] );
	await t.axe();
} );

// A new secret.

test( 'a new secret without overlap ends everything', async ( t ) => {
	const { page, site } = t;
	const client = await site.client();
	const token = await site.token( client );
	await edit( t, client );
	await t.follow( page.locator( '.app-connect-actions a[href*="action=secret"]' ) );
	assert.match( await page.locator( '[name=overlap] option[value="0"]' ).innerText(), /1 live token/ );
	await t.axe();
	const made = await answerYes( t );
	assert.match( made.headers()[ 'cache-control' ], /no-store/ );
	const fresh = await readSecret( page );
	await t.axe();
	assert.notEqual( fresh.client_secret, client.client_secret );
	assert.equal( await site.get( 'wp/v2/posts', token ), 401 );
	assert.equal( ( await site.askToken( client.client_id, client.client_secret ) ).status, 401 );
	await site.token( fresh );
	page.on( 'dialog', ( dialog ) => dialog.accept() );
	await page.reload();
	assert.equal( ( await page.content() ).includes( fresh.client_secret ), false );
	await site.token( fresh );
} );

test( 'a new secret with overlap ends nothing', async ( t ) => {
	const { page, site } = t;
	const client = await site.client();
	const token = await site.token( client );
	await t.clients( `&action=secret&client=${ client.id }` );
	await page.selectOption( '[name=overlap]', '86400' );
	await answerYes( t );
	const fresh = await readSecret( page );
	assert.match( await t.text(), /old secret works until/i );
	assert.equal( await site.get( 'wp/v2/posts', token ), 200 );
	await site.token( client );
	await site.token( fresh );
	await leaveSecret( t );
	await t.clients( `&action=secret&client=${ client.id }` );
	assert.match( await t.text(), /secret before/ );
	await edit( t, client );
	assert.match( await page.locator( '.app-connect-facts' ).innerText(), /[Oo]ld secret/ );
} );

test( 'no new secret is made by cancelling', async ( t ) => {
	const client = await t.site.client();
	await t.clients( `&action=secret&client=${ client.id }` );
	await cancel( t );
	await t.site.token( client );
} );

// Questions.

const QUESTIONS = {
	disable: { tokens: [ 401 ], request: 401 },
	delete: { tokens: [ 401 ], request: 401 },
	end_tokens: { tokens: [ 401 ], request: 200 },
};

for ( const [ action, expected ] of Object.entries( QUESTIONS ) ) {
	test( `${ action } says what ends, and does it`, async ( t ) => {
		const { page, site } = t;
		const client = await site.client();
		const token = await site.token( client );
		await edit( t, client );
		await t.follow( page.locator( `.app-connect-actions a[href*="action=${ action }"]` ) );
		assert.match( await page.locator( '.app-connect-concerned' ).innerText(), /Backend[^]*1 live token/ );
		await t.axe();
		await cancel( t );
		assert.equal( await site.get( 'wp/v2/posts', token ), 200, 'cancelled' );
		await t.clients( `&action=${ action }&client=${ client.id }` );
		assert.equal( await site.get( 'wp/v2/posts', token ), 200, 'only asked' );
		await answerYes( t );
		assert.equal( ( await site.askToken( client.client_id, client.client_secret ) ).status, expected.request );
		assert.equal( await site.get( 'wp/v2/posts', token ), 401 );
		if ( action === 'delete' ) {
			assert.deepEqual( await site.sql( 'SELECT id FROM wp_app_connect_clients' ), [] );
		} else {
			assert.match( await notice( t ), /1 client/ );
		}
	} );
}

test( 'enable lets a client ask again and revives nothing', async ( t ) => {
	const { page, site } = t;
	const client = await site.client();
	const token = await site.token( client );
	await site.rest( 'POST', `/clients/${ client.id }`, { status: 'disabled' } );
	await edit( t, client );
	assert.equal( await page.locator( '.app-connect-actions a[href*="action=disable"]' ).count(), 0 );
	await t.axe();
	await t.follow( page.locator( '.app-connect-actions a[href*="action=enable"]' ) );
	await t.axe();
	await answerYes( t );
	assert.match( await notice( t ), /enabled/ );
	assert.equal( await site.get( 'wp/v2/posts', token ), 401 );
	await site.token( client );
	await t.clients( `&action=enable&client=${ client.id }` );
	await cancel( t );
} );

test( 'a client that is gone is not found anywhere', async ( t ) => {
	await t.site.client();
	for ( const action of [ 'edit', 'secret', 'disable', 'enable', 'delete', 'end_tokens' ] ) {
		await t.clients( `&action=${ action }&client=99999999` );
		assert.equal( await t.page.locator( '.notice-error' ).count(), 1, action );
		assert.equal( await t.page.locator( '.app-connect-list' ).count(), 1, action );
	}
	await t.axe();
} );

test( 'from an edit to another new client and back to the list', async ( t ) => {
	const client = await t.site.client();
	await edit( t, client );
	await t.follow( t.page.locator( '.page-title-action' ) );
	assert.match( t.page.url(), /action=new/ );
	await edit( t, client );
	await t.follow( t.page.locator( '.app-connect-form p.submit a.button' ) );
	assert.equal( await t.page.locator( '.app-connect-list' ).count(), 1 );
} );

test( 'a service user who was deleted is said to be', async ( t ) => {
	const { site } = t;
	const client = await site.client();
	await site.eval( 'require_once ABSPATH . "wp-admin/includes/user.php"; return wp_delete_user( (int) $args[0] );', client.service_user_id );
	await edit( t, client );
	assert.match( await t.page.locator( '#app-connect-users' ).innerText(), /deleted/ );
	await t.axe();
} );
