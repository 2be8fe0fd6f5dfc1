/** The activity screen: its rows, filters, pages, file, help. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { happen, many, record } from './support/activity.mjs';
import { PHONE } from './support/browser.mjs';
import { test } from './support/runner.mjs';

const rows = ( t ) => t.page.locator( '#the-list tr:not(.no-items)' );
const whats = ( t ) => t.page.locator( '#the-list .column-what strong' ).allInnerTexts();
const filter = ( t ) => t.follow( t.page.locator( '#app-connect-filter' ) );

test( 'the menu leads to the activity, between clients and settings', async ( t ) => {
	const { page } = t;
	await t.clients();
	const items = await page.locator( '#toplevel_page_app-connect .wp-submenu a' ).allInnerTexts();
	assert.deepEqual( items.map( ( item ) => item.trim() ), [ 'Clients', 'Tokens', 'Signing Keys', 'Activity', 'Settings' ] );
	await t.follow( page.locator( '#toplevel_page_app-connect .wp-submenu a', { hasText: 'Activity' } ) );
	assert.equal( await page.locator( 'h1' ).innerText(), 'Activity' );
	assert.match( await t.text(), /Nothing has happened yet/ );
	assert.equal( await page.locator( '.app-connect-export' ).count(), 0 );
	await t.axe();
} );

test( 'a row tells who, what, when and from where, and leads there', async ( t ) => {
	const { page } = t;
	const { client, user } = await happen( t );
	await t.activity();
	const row = rows( t ).first();
	const text = await row.innerText();
	for ( const words of [ '2 minutes ago', 'Warning', 'Something used up was sent again', 'Shop importer', 'Tokens of', 'Jane Doe', '203.0.113.7' ] ) {
		assert.ok( text.includes( words ), `${ words } in ${ text }` );
	}
	assert.equal( await rows( t ).count(), 20 );
	const all = await t.text();
	for ( const words of [ 'from_a_newer_version', 'Nobody signed in', 'Deleted user #998', 'Old newsreader (deleted)', 'The password was reset.', 'Changed: name, allowed routes, takeover rights.' ] ) {
		assert.ok( all.includes( words ), words );
	}
	await t.axe();
	await t.follow( row.locator( '.column-app a' ) );
	assert.match( page.url(), new RegExp( `action=edit&client=${ client }` ) );
	await t.activity();
	// Core's profile asks other hosts for languages.
	await page.route( '**/user-edit.php*', ( route ) => route.fulfill( { contentType: 'text/html', body: 'Profile' } ) );
	await t.follow( row.locator( '.column-user a' ) );
	assert.match( page.url(), new RegExp( `user-edit.php\\?user_id=${ user }` ) );
	await page.route( '**/profile.php*', ( route ) => route.fulfill( { contentType: 'text/html', body: 'Profile' } ) );
	await t.activity( '&kind=changes' );
	await t.follow( rows( t ).last().locator( '.column-user a' ) );
	assert.match( page.url(), /profile\.php/ );
} );

test( 'filters are filled in, kept and taken back', async ( t ) => {
	const { page } = t;
	await happen( t );
	await t.activity();
	await page.selectOption( '[name=kind]', 'failures' );
	await filter( t );
	assert.equal( await rows( t ).count(), 5 );
	assert.equal( await page.inputValue( '[name=kind]' ), 'failures' );
	await page.selectOption( '[name=span]', 'day' );
	await page.fill( '[name=app]', 'shop imp' );
	await filter( t );
	assert.equal( await rows( t ).count(), 3 );
	await page.fill( '[name=address]', '203.0.113.7' );
	await filter( t );
	assert.deepEqual( await whats( t ), [ 'Too many failed attempts: held off for a while', 'A person could not log in through an app' ] );
	assert.deepEqual( await Promise.all( [ 'kind', 'span', 'app', 'who', 'address' ].map( ( name ) => page.inputValue( `[name=${ name }]` ) ) ), [ 'failures', 'day', 'shop imp', '', '203.0.113.7' ] );
	await page.fill( '[name=who]', 'jane' );
	await filter( t );
	assert.match( await t.text(), /No event is like that/ );
	await t.axe();
	await t.follow( page.locator( '.no-items a' ) );
	assert.equal( await rows( t ).count(), 20 );
	await page.fill( '[name=who]', 'jane' );
	await page.press( '[name=who]', 'Enter' );
	await page.waitForURL( /who=jane/ );
	assert.equal( await rows( t ).count(), 7 );
	await t.follow( page.locator( '.app-connect-filters a', { hasText: 'Show all' } ) );
	assert.equal( await rows( t ).count(), 20 );
	await page.fill( '[name=address]', 'somewhere <b>else</b>' );
	await filter( t );
	assert.match( await page.locator( '.notice-error' ).innerText(), /not an IP address/ );
	assert.equal( await page.inputValue( '[name=address]' ), 'somewhere <b>else</b>' );
	assert.equal( await rows( t ).count(), 0 );
	await t.axe();
} );

test( 'the links of a row fill in the filters', async ( t ) => {
	const { page } = t;
	await happen( t );
	for ( const [ name, label, value, count ] of [ [ 'who', 'This user only', 'jane', 7 ], [ 'address', 'This address only', '203.0.113.7', 4 ] ] ) {
		await t.activity();
		await rows( t ).first().hover();
		await t.follow( rows( t ).first().locator( '.row-actions a', { hasText: label } ) );
		assert.equal( await page.inputValue( `[name=${ name }]` ), value );
		assert.equal( await rows( t ).count(), count );
	}
	await rows( t ).first().hover();
	await t.follow( rows( t ).first().locator( '.row-actions a', { hasText: 'This app only' } ) );
	assert.equal( await rows( t ).count(), 3, 'on top of the filter that there was' );
	assert.equal( await rows( t ).first().locator( '.row-actions a', { hasText: 'This app only' } ).count(), 0 );
	await t.activity( '&who=admin' );
	const gone = rows( t ).filter( { hasText: 'Old newsreader' } );
	await gone.hover();
	await t.follow( gone.locator( '.row-actions a', { hasText: 'This app only' } ) );
	assert.equal( await page.inputValue( '[name=app]' ), '#777' );
} );

test( 'pages go back to the oldest and forth to the newest', async ( t ) => {
	const { page } = t;
	await many( t, 45 );
	await t.activity( '&kind=failures' );
	const go = async ( label ) => {
		await t.follow( page.locator( '.tablenav.bottom a', { hasText: label } ) );
		return rows( t ).count();
	};
	const first = await page.locator( '#the-list time' ).first().getAttribute( 'datetime' );
	assert.equal( await page.locator( '.tablenav.top [aria-disabled]' ).count(), 2 );
	assert.equal( await go( 'Older' ), 20 );
	assert.equal( await page.inputValue( '[name=kind]' ), 'failures' );
	await t.axe();
	assert.equal( await go( 'Older' ), 5 );
	assert.equal( await page.locator( '.tablenav.bottom [aria-disabled]' ).innerText().then( ( text ) => text.trim() ), 'Older ›' );
	assert.equal( await go( 'Newer' ), 20 );
	assert.equal( await go( 'Newest' ), 20 );
	assert.equal( await page.locator( '#the-list time' ).first().getAttribute( 'datetime' ), first );
	await record( t, [ { kind: 'host_fault' } ] );
	await t.follow( page.locator( '.tablenav.top a', { hasText: 'Older' } ) );
	await t.follow( page.locator( '.tablenav.top a', { hasText: 'Newer' } ) );
	assert.ok( ( await whats( t ) ).length === 20 );
} );

test( 'little of much is looked for page by page', async ( t ) => {
	const { page } = t;
	await many( t, 15_000 );
	await t.activity( '&kind=rate_limited&address=203.0.113.7' );
	assert.match( await t.text(), /10,000 events were looked at/ );
	await t.axe();
	await t.follow( page.locator( '.tablenav.bottom a', { hasText: 'Older' } ) );
	assert.equal( await rows( t ).count(), 1 );
} );

test( 'the file has what is listed', async ( t ) => {
	const { page } = t;
	await happen( t );
	await t.activity( '&address=203.0.113.7&kind=failures' );
	const [ download ] = await Promise.all( [ page.waitForEvent( 'download' ), page.click( '.app-connect-export button' ) ] );
	assert.match( download.suggestedFilename(), /^app-connect-activity-127\.0\.0\.1-\d{4}-\d\d-\d\d\.csv$/ );
	const lines = readFileSync( await download.path(), 'utf8' ).trimEnd().split( '\r\n' );
	assert.equal( lines.length, 4 );
	assert.match( lines[ 0 ], /^\uFEFF"Time \(UTC\)"/ );
	assert.match( lines[ 3 ], /"There is no client with this ID\."/ );
} );

test( 'the number of events a page', async ( t ) => {
	const { page } = t;
	await many( t, 30 );
	await t.activity();
	assert.equal( await rows( t ).count(), 20 );
	await page.click( '#show-settings-link' );
	await page.fill( '#app_connect_activity_per_page', '7' );
	await t.follow( page.locator( '#screen-options-apply' ) );
	assert.equal( await rows( t ).count(), 7 );
	await t.site.sql( "DELETE FROM wp_usermeta WHERE meta_key = 'app_connect_activity_per_page'" );
}, { js: true } );

test( 'a row unfolds on a phone', async ( t ) => {
	const { page } = t;
	await happen( t );
	await page.setViewportSize( PHONE );
	await t.activity();
	const row = rows( t ).first();
	assert.ok( await row.locator( '.column-when time' ).isVisible() );
	assert.equal( await row.locator( '.column-address' ).isVisible(), false );
	await row.locator( '.toggle-row' ).click();
	assert.ok( await row.locator( '.column-address' ).isVisible() );
}, { js: true } );

test( 'help explains', async ( t ) => {
	await t.activity();
	await t.help( [ 'activity', 'kinds', 'filters' ], [ 'page=app-connect-settings', 'site-health.php' ] );
}, { js: true } );
