/** The list of clients: its rows, sorting, search, pages, views, bulk actions. */

import assert from 'node:assert/strict';
import { test } from './support/runner.mjs';

const names = ( t ) => t.page.locator( '.app-connect-list .row-title' ).allInnerTexts();

async function three( site ) {
	const clients = [];
	for ( const name of [ 'Alpha', 'Beta', 'Gamma' ] ) {
		clients.push( await site.client( { name, description: `About ${ name }` } ) );
	}
	await site.rest( 'POST', `/clients/${ clients[ 1 ].id }`, { status: 'disabled' } );
	return clients;
}

test( 'a row tells what a client is', async ( t ) => {
	const { page, site } = t;
	const client = await site.client( { description: 'Reads posts.' } );
	await t.clients();
	assert.match( await page.locator( '.app-connect-list tbody tr .column-last_used' ).innerText(), /Never/ );
	await site.get( 'wp/v2/posts', await site.token( client ) );
	await t.clients();
	const row = page.locator( '.app-connect-list tbody tr' );
	const text = await row.innerText();
	for ( const word of [ 'Backend', 'Reads posts.', client.client_id, 'Active' ] ) {
		assert.ok( text.includes( word ), `${ word } in ${ text }` );
	}
	assert.doesNotMatch( await row.locator( '.column-last_used' ).innerText(), /Never/ );
	for ( const column of [ 'type', 'grants', 'mode', 'created', 'status' ] ) {
		assert.ok( ( await row.locator( `.column-${ column }` ).innerText() ).length > 2, column );
	}
	assert.equal( await page.locator( '.app-connect-list' ).innerText().then( ( all ) => /client_credentials|login_only/.test( all ) ), false, 'words, not names' );
	if ( t.js ) {
		await row.locator( '[data-app-connect-copy]' ).click();
		await t.until( async () => ( await page.evaluate( () => navigator.clipboard.readText() ) ) === client.client_id, 'the client ID is in the clipboard' );
	}
	await t.axe();
} );

test( 'each action of a row leads to its question', async ( t ) => {
	const { page, site } = t;
	const [ , disabled ] = await three( site );
	for ( const action of [ 'edit', 'secret', 'end_tokens', 'disable', 'delete' ] ) {
		await t.clients();
		const row = page.locator( 'tbody tr', { hasText: 'Alpha' } );
		await row.hover();
		await t.follow( row.locator( `.row-actions .${ action } a` ) );
		assert.match( page.url(), new RegExp( `action=${ action }` ) );
		assert.match( await page.locator( '.app-connect' ).innerHTML(), /Alpha/ );
	}
	await t.clients();
	await t.follow( page.locator( 'tbody tr', { hasText: 'Alpha' } ).locator( '.row-title' ) );
	assert.match( page.url(), /action=edit/ );
	await t.clients();
	const row = page.locator( 'tbody tr', { hasText: 'Beta' } );
	await row.hover();
	assert.equal( await row.locator( '.row-actions .disable' ).count(), 0 );
	await t.follow( row.locator( '.row-actions .enable a' ) );
	assert.match( page.url(), new RegExp( `action=enable.*client=${ disabled.id }` ) );
} );

test( 'columns sort in both directions', async ( t ) => {
	const { page, site } = t;
	await three( site );
	await t.clients();
	for ( const column of [ 'type', 'mode', 'status', 'created', 'last_used', 'name' ] ) {
		await t.follow( page.locator( `thead th#${ column } a` ) );
		assert.match( page.url(), new RegExp( `orderby=${ column }` ) );
		assert.match( await page.locator( `thead th#${ column }` ).getAttribute( 'aria-sort' ), /ascending|descending/ );
		assert.equal( ( await names( t ) ).length, 3 );
	}
	assert.deepEqual( await names( t ), [ 'Alpha', 'Beta', 'Gamma' ] );
	await t.follow( page.locator( 'thead th#name a' ) );
	assert.deepEqual( await names( t ), [ 'Gamma', 'Beta', 'Alpha' ] );
	await t.follow( page.locator( 'tfoot th.column-name a' ) );
	assert.deepEqual( await names( t ), [ 'Alpha', 'Beta', 'Gamma' ] );
} );

test( 'search finds names and client IDs, and says when there is nothing', async ( t ) => {
	const { page, site } = t;
	const [ , , gamma ] = await three( site );
	await t.clients();
	const search = async ( text ) => {
		await page.fill( '.search-box input[type=search]', text );
		await t.follow( page.locator( '#search-submit' ) );
		assert.equal( await page.inputValue( '.search-box input[type=search]' ), text );
		return names( t );
	};
	assert.deepEqual( await search( 'alp' ), [ 'Alpha' ] );
	assert.match( await page.locator( '.subtitle' ).innerText(), /alp/ );
	assert.deepEqual( await search( gamma.client_id ), [ 'Gamma' ] );
	assert.deepEqual( await search( '<i>"nothing"</i>' ), [] );
	assert.match( await t.text(), /No client has this/ );
	assert.match( await t.text(), /<i>"nothing"<\/i>/ );
	await t.axe();
	assert.equal( ( await search( '' ) ).length, 3 );
} );

test( 'views list by status', async ( t ) => {
	const { page, site } = t;
	await three( site );
	await t.clients();
	const counts = await page.locator( '.subsubsub' ).innerText();
	assert.match( counts, /All \(3\)[^]*Active \(2\)[^]*Disabled \(1\)/ );
	await t.follow( page.locator( '.subsubsub .disabled a' ) );
	assert.deepEqual( await names( t ), [ 'Beta' ] );
	await t.axe();
	await t.follow( page.locator( '.subsubsub .active a' ) );
	assert.deepEqual( ( await names( t ) ).sort(), [ 'Alpha', 'Gamma' ] );
	await page.fill( '.search-box input[type=search]', 'a' );
	await t.follow( page.locator( '#search-submit' ) );
	assert.deepEqual( ( await names( t ) ).sort(), [ 'Alpha', 'Gamma' ], 'a search stays in its view' );
	await t.follow( page.locator( '.subsubsub .all a' ) );
	assert.equal( ( await names( t ) ).length, 3 );
} );

test( 'pages', async ( t ) => {
	const { page, site } = t;
	await site.crowd( 45 );
	await t.clients( '&orderby=name&order=asc' );
	assert.match( await page.locator( '.tablenav.top .displaying-num' ).innerText(), /45/ );
	const first = await names( t );
	assert.equal( first.length, 20 );
	const go = async ( button ) => {
		await t.follow( page.locator( `.tablenav.top .${ button }` ) );
		return ( await names( t ) )[ 0 ];
	};
	assert.equal( await go( 'next-page' ), 'Client 020' );
	assert.match( page.url(), /orderby=name/ );
	assert.equal( await go( 'last-page' ), 'Client 040' );
	assert.equal( ( await names( t ) ).length, 5 );
	assert.equal( await go( 'prev-page' ), 'Client 020' );
	assert.equal( await go( 'first-page' ), 'Client 000' );
	await page.fill( '#current-page-selector', '3' );
	await Promise.all( [ page.waitForURL( /paged=3/ ), page.press( '#current-page-selector', 'Enter' ) ] );
	assert.equal( ( await names( t ) )[ 0 ], 'Client 040' );
	await t.axe();
} );

test( 'the screen option sets how many', async ( t ) => {
	const { page, site } = t;
	await site.crowd( 12 );
	await t.clients();
	await page.click( '#show-settings-link' );
	await page.fill( '#app_connect_clients_per_page', '5' );
	await t.follow( page.locator( '#screen-options-apply' ) );
	assert.equal( ( await names( t ) ).length, 5 );
	await site.sql( "DELETE FROM wp_usermeta WHERE meta_key = 'app_connect_clients_per_page'" );
}, { js: true } );

/** Ticks rows and applies a bulk action. */
async function bulk( t, action, which, where = 'top' ) {
	for ( const name of which ) {
		await t.page.locator( 'tbody tr', { hasText: name } ).locator( '[name="client[]"]' ).check();
	}
	await t.page.selectOption( `#bulk-action-selector-${ where }`, action );
	return t.follow( t.page.locator( where === 'top' ? '#doaction' : '#doaction2' ) );
}

test( 'several are disabled after a question with the counts', async ( t ) => {
	const { page, site } = t;
	const [ alpha, , gamma ] = await three( site );
	const tokens = [ await site.token( alpha ), await site.token( alpha ), await site.token( gamma ) ];
	await t.clients();
	await bulk( t, 'disable', [ 'Alpha', 'Gamma' ] );
	const question = await page.locator( '.app-connect-concerned' ).innerText();
	assert.match( question, /Gamma[^]*1 live token\b/ );
	assert.match( question, /Alpha[^]*2 live tokens/ );
	assert.match( question, /In all[^]*3 live tokens/ );
	assert.equal( await site.get( 'wp/v2/posts', tokens[ 0 ] ), 200, 'only asked' );
	await t.axe();
	await t.follow( page.locator( '.app-connect-confirm a.button' ) );
	// Core shows the lower ones with JavaScript only.
	await bulk( t, 'disable', [ 'Alpha', 'Gamma' ], t.js ? 'bottom' : 'top' );
	await t.follow( page.locator( '.app-connect-confirm button[name=app_connect_do]' ) );
	assert.match( await page.locator( '.notice-success' ).innerText(), /2 clients disabled/ );
	assert.deepEqual( await Promise.all( tokens.map( ( token ) => site.get( 'wp/v2/posts', token ) ) ), [ 401, 401, 401 ] );
	assert.match( await page.locator( '.subsubsub' ).innerText(), /Disabled \(3\)/ );
} );

test( 'several are deleted after a question with the counts', async ( t ) => {
	const { page, site } = t;
	const [ alpha ] = await three( site );
	const token = await site.token( alpha );
	await t.clients();
	await bulk( t, 'delete', [ 'Alpha', 'Beta' ] );
	assert.match( await page.locator( '.app-connect-concerned' ).innerText(), /In all[^]*1 live token\b/ );
	await t.axe();
	await t.follow( page.locator( '.app-connect-confirm button[name=app_connect_do]' ) );
	assert.match( await page.locator( '.notice-success' ).innerText(), /2 clients deleted/ );
	assert.deepEqual( await names( t ), [ 'Gamma' ] );
	assert.equal( await site.get( 'wp/v2/posts', token ), 401 );
	// The last one: back to the first-run panel.
	await bulk( t, 'delete', [ 'Gamma' ] );
	await t.follow( page.locator( '.app-connect-confirm button[name=app_connect_do]' ) );
	assert.equal( await page.locator( '.app-connect-first-run' ).count(), 1 );
	assert.match( await page.locator( '.notice-success' ).innerText(), /1 client deleted/ );
} );

test( 'a bulk action needs a client and an action', async ( t ) => {
	const { page, site } = t;
	await three( site );
	await t.clients();
	if ( t.js ) {
		// Core's common.js stops both before they are sent.
		await page.selectOption( '#bulk-action-selector-top', 'delete' );
		await page.click( '#doaction' );
		assert.equal( new URL( page.url() ).searchParams.get( 'action' ), null );
	} else {
		await bulk( t, 'delete', [] );
		assert.match( await page.locator( '.notice-error' ).innerText(), /at least one/ );
		await t.clients();
		await bulk( t, '-1', [ 'Alpha' ] );
		assert.equal( ( await names( t ) ).length, 3 );
	}
	assert.equal( ( await site.sql( 'SELECT id FROM wp_app_connect_clients' ) ).length, 3 );
} );

test( 'one box ticks all', async ( t ) => {
	const { page, site } = t;
	await three( site );
	await t.clients();
	await page.check( '#cb-select-all-1' );
	assert.equal( await page.locator( '[name="client[]"]:checked' ).count(), 3 );
	await page.uncheck( '#cb-select-all-2' );
	assert.equal( await page.locator( '[name="client[]"]:checked' ).count(), 0 );
}, { js: true } );

test( 'from the list to a new client', async ( t ) => {
	await t.site.client();
	await t.clients();
	await t.follow( t.page.locator( '.page-title-action' ) );
	assert.match( t.page.url(), /action=new/ );
} );

test( 'a notice is for once', async ( t ) => {
	const { page, site } = t;
	const client = await site.client();
	await t.clients( `&action=disable&client=${ client.id }` );
	await t.follow( page.locator( '.app-connect-confirm button[name=app_connect_do]' ) );
	assert.equal( await page.locator( '.notice-success' ).count(), 1 );
	assert.doesNotMatch( page.url(), /notice=/ );
	await page.reload();
	assert.equal( await page.locator( '.notice-success' ).count(), 0 );
}, { js: true } );

test( 'on a phone a row unfolds', async ( t ) => {
	const { page, site } = t;
	await site.client();
	await page.setViewportSize( { width: 360, height: 740 } );
	await t.clients();
	assert.ok( ( await page.evaluate( () => document.scrollingElement.scrollWidth ) ) <= 360 );
	await page.click( 'tbody .toggle-row' );
	assert.equal( await page.locator( 'tbody .column-client_id' ).isVisible(), true );
	assert.ok( ( await page.evaluate( () => document.scrollingElement.scrollWidth ) ) <= 360 );
	await t.axe();
}, { js: true } );

test( 'hostile names stay text', async ( t ) => {
	const { page, site } = t;
	const name = '"><img src=x onerror="window.pwned=1"><script>window.pwned=1</script>';
	const client = await site.client( { name, description: name } );
	for ( const address of [ '', `&s=${ encodeURIComponent( name ) }`, ...[ 'edit', 'secret', 'disable', 'delete', 'end_tokens' ].map( ( action ) => `&action=${ action }&client=${ client.id }` ) ] ) {
		await t.clients( address );
		assert.equal( await page.evaluate( () => window.pwned ), undefined, address );
		assert.equal( await page.locator( '#wpbody-content img[src=x]' ).count(), 0 );
		const shown = ( await t.text() ).includes( name ) || ( await page.locator( '[name=name]' ).count() && ( await page.inputValue( '[name=name]' ) ) === name );
		assert.ok( shown, address );
	}
} );
