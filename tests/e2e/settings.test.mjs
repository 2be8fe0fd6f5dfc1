/** App Connect → Settings: every tab, every control. */

import assert from 'node:assert/strict';
import { test } from './support/runner.mjs';

const SAVED = '.notice-success:not(.inline)';
const save = ( t ) => t.follow( t.page.locator( '#submit' ) );

/** Saves what must be refused; returns the text beside a field. */
async function refused( t, field ) {
	await save( t );
	const { page } = t;
	assert.equal( await page.locator( SAVED ).count(), 0 );
	assert.match( await page.title(), /Error/ );
	const input = page.locator( `[name="${ field }"]` );
	assert.equal( await input.getAttribute( 'aria-invalid' ), 'true' );
	const texts = [];
	for ( const id of ( await input.getAttribute( 'aria-describedby' ) ).split( ' ' ) ) {
		assert.equal( await page.locator( `[id="${ id }"]` ).count(), 1, `aria-describedby names ${ id }` );
		texts.push( await page.locator( `[id="${ id }"]` ).innerText() );
	}
	const link = page.locator( `.notice-error a[href="#${ await input.getAttribute( 'id' ) }"]` ).first();
	await link.click();
	if ( t.js ) {
		assert.equal( await page.evaluate( () => document.activeElement.name ), field, 'the summary leads to the field' );
	}
	await t.axe();
	return texts.join( '\n' );
}

async function copy( t, selector ) {
	const button = t.page.locator( `[data-app-connect-copy="${ selector }"]` );
	if ( ! t.js ) {
		assert.equal( await button.isVisible(), false, 'no button without what makes it work' );
		return;
	}
	await button.click();
	const text = await t.page.locator( selector ).innerText();
	await t.until( async () => ( await t.page.evaluate( () => navigator.clipboard.readText() ) ) === text, `${ selector } is in the clipboard` );
}

test( 'the tabs lead to each other', async ( t ) => {
	await t.settings();
	for ( const tab of [ 'grants', 'tokens', 'openid', 'security', 'basic' ] ) {
		await t.follow( t.page.locator( `.nav-tab[href*="tab=${ tab }"]` ) );
		assert.equal( await t.page.locator( '.nav-tab[aria-current="page"]' ).getAttribute( 'href' ), t.page.url() );
		await t.axe();
	}
} );

test( 'a visit to the menu is a visit to the first tab', async ( t ) => {
	await t.clients();
	await t.follow( t.page.locator( '#adminmenu a[href="admin.php?page=app-connect-settings"]' ) );
	assert.match( await t.page.locator( '.nav-tab-active' ).innerText(), /Basic/ );
} );

test( 'the API is switched off and on', async ( t ) => {
	const client = await t.site.client();
	const token = await t.site.token( client );
	await t.settings( 'basic' );
	await t.page.uncheck( '[name=enabled]' );
	await save( t );
	assert.equal( await t.page.locator( SAVED ).count(), 1 );
	assert.equal( await t.page.isChecked( '[name=enabled]' ), false );
	assert.equal( await t.site.get( 'wp/v2/posts', token ), 503 );
	assert.equal( ( await t.site.askToken( client.client_id, client.client_secret ) ).status, 503 );
	await t.page.check( '[name=enabled]' );
	await save( t );
	assert.equal( await t.site.get( 'wp/v2/posts', token ), 200 );
} );

test( 'door and uninstall are switches', async ( t ) => {
	for ( const name of [ 'door', 'remove_data_on_uninstall' ] ) {
		await t.settings( 'basic' );
		const before = await t.page.isChecked( `[name=${ name }]` );
		await t.page.setChecked( `[name=${ name }]`, ! before );
		await save( t );
		await t.settings( 'basic' );
		assert.equal( await t.page.isChecked( `[name=${ name }]` ), ! before, name );
		assert.equal( ( await t.site.rest( 'GET', '/settings' ) )[ name ], ! before );
	}
} );

test( 'the addresses are those that answer', async ( t ) => {
	const { client_id: id, client_secret: secret } = await t.site.client();
	await t.settings( 'basic' );
	assert.equal( await t.page.locator( '#app-connect-issuer' ).innerText(), t.site.issuer );
	const endpoint = await t.page.locator( '#app-connect-endpoint-token' ).innerText();
	// People whose app did not say who it is are told so.
	assert.equal( ( await fetch( await t.page.locator( '#app-connect-endpoint-authorize' ).innerText() ) ).status, 400 );
	const answer = await fetch( endpoint, {
		method: 'POST',
		headers: { Authorization: `Basic ${ Buffer.from( `${ id }:${ secret }` ).toString( 'base64' ) }` },
		body: new URLSearchParams( { grant_type: 'client_credentials' } ),
	} );
	assert.equal( answer.status, 200 );
	for ( const where of [ 'well-known', 'endpoint' ] ) {
		const address = await t.page.locator( `#app-connect-${ where }-metadata` ).innerText();
		assert.equal( ( await ( await fetch( address ) ).json() ).issuer, t.site.issuer );
		await copy( t, `#app-connect-${ where }-metadata` );
	}
	for ( const name of [ 'issuer', 'endpoint-authorize', 'endpoint-introspect', 'endpoint-jwks', 'endpoint-logout', 'endpoint-token', 'endpoint-revoke' ] ) {
		await copy( t, `#app-connect-${ name }` );
	}
} );

test( 'the issuer moves under the REST routes and back after a question', async ( t ) => {
	const { page } = t;
	const told = async () => [ await page.locator( '#app-connect-issuer' ).innerText(), await page.locator( '#app-connect-configuration' ).innerText() ];
	const routes = `${ t.site.url }/wp-json/app-connect/v1`;
	const ask = async ( place ) => {
		await page.check( `[name=issuer_place][value=${ place }]` );
		await save( t );
		assert.match( await page.title(), /Please confirm/ );
		assert.match( await page.locator( '.app-connect-confirm' ).innerText(), /refuse its sign-ins[^]*Issuer now[^]*Issuer then/ );
	};
	await t.settings( 'openid' );
	assert.ok( await page.isChecked( '[name=issuer_place][value=site]' ) );
	assert.deepEqual( await told(), [ t.site.issuer, `${ t.site.issuer }/.well-known/openid-configuration` ] );
	await ask( 'rest' );
	await t.axe();
	await t.follow( page.locator( '.app-connect-confirm a.button' ) );
	assert.deepEqual( await told(), [ t.site.issuer, `${ t.site.issuer }/.well-known/openid-configuration` ], 'cancelled' );
	for ( const [ place, issuer ] of [ [ 'rest', routes ], [ 'site', t.site.issuer ] ] ) {
		// What else was changed is saved with the answer.
		await page.setChecked( '[name=role_claims]', 'rest' === place );
		await ask( place );
		await t.follow( page.locator( '.app-connect-confirm button' ) );
		assert.equal( await page.locator( SAVED ).count(), 1 );
		assert.ok( await page.isChecked( `[name=issuer_place][value=${ place }]` ) );
		assert.deepEqual( await told(), [ issuer, `${ issuer }/.well-known/openid-configuration` ] );
		assert.equal( ( await ( await fetch( ( await told() )[ 1 ] ) ).json() ).issuer, issuer );
		const { issuer_place: stored, role_claims: roles, logout_ends_sign_ins: ends } = await t.site.rest( 'GET', '/settings' );
		assert.deepEqual( [ stored, roles, ends ], [ place, 'rest' === place, true ] );
		await t.settings( 'basic' );
		assert.match( await page.locator( 'tr', { has: page.locator( '#app-connect-issuer' ) } ).innerText(), 'rest' === place ? /REST routes/ : /Site Address/ );
		await t.settings( 'openid' );
	}
	for ( const name of [ 'issuer', 'configuration' ] ) {
		await copy( t, `#app-connect-${ name }` );
	}
	// Only where it leads: that screen goes on asking when the test is over.
	await page.route( '**/site-health.php', ( route ) => route.fulfill( { contentType: 'text/html', body: '<title>Site Health</title>' } ), { times: 1 } );
	await t.follow( page.locator( '.app-connect-settings-after a[href$="site-health.php"]' ) );
	assert.equal( await page.title(), 'Site Health' );
} );

test( 'roles and what a log-out ends are switches', async ( t ) => {
	for ( const [ name, before ] of [ [ 'role_claims', false ], [ 'logout_ends_sign_ins', true ] ] ) {
		await t.settings( 'openid' );
		assert.equal( await t.page.isChecked( `[name=${ name }]` ), before );
		await t.page.setChecked( `[name=${ name }]`, ! before );
		await save( t );
		assert.equal( await t.page.locator( SAVED ).count(), 1 );
		assert.equal( await t.page.isChecked( `[name=${ name }]` ), ! before );
		assert.equal( ( await t.site.rest( 'GET', '/settings' ) )[ name ], ! before );
	}
} );

test( 'what wp-config.php says of the issuer is not asked', async ( t ) => {
	await t.site.constants( { APP_CONNECT_ISSUER: 'https://id.example.com' } );
	try {
		await t.settings( 'openid' );
		assert.equal( await t.page.locator( '[name=issuer_place]' ).count(), 0 );
		assert.match( await t.text(), /decided by APP_CONNECT_ISSUER/ );
		assert.equal( await t.page.locator( '#app-connect-issuer' ).innerText(), 'https://id.example.com' );
		await save( t );
		assert.equal( await t.page.locator( SAVED ).count(), 1 );
	} finally {
		await t.site.constants( { APP_CONNECT_ISSUER: null } );
	}
} );

test( 'a grant type that nobody uses is switched off at once', async ( t ) => {
	await t.site.client();
	await t.settings( 'grants' );
	assert.match( await t.text(), /no live tokens/ );
	await t.page.uncheck( '[name="grant_types[client_credentials]"]' );
	await save( t );
	assert.equal( await t.page.locator( SAVED ).count(), 1 );
	assert.equal( ( await t.site.rest( 'GET', '/settings' ) ).grant_types.client_credentials, false );
} );

test( 'people are kept from signing in and let in again', async ( t ) => {
	const box = '[name="grant_types[authorization_code]"]';
	for ( const on of [ false, true ] ) {
		await t.settings( 'grants' );
		assert.match( await t.page.locator( 'tr', { has: t.page.locator( box ) } ).innerText(), /people sign in and approve[^]*acts as that person/ );
		await t.page.setChecked( box, on );
		await save( t );
		assert.equal( await t.page.locator( SAVED ).count(), 1 );
		assert.equal( ( await t.site.rest( 'GET', '/settings' ) ).grant_types.authorization_code, on );
		if ( ! on ) {
			await t.clients( '&action=new' );
			assert.match( await t.text(), /Switched off for the whole site/ );
			assert.equal( await t.page.isChecked( '[name="grant_types[]"][value=authorization_code]' ), false );
		}
	}
	await t.clients( '&action=new' );
	assert.ok( await t.page.isChecked( '[name="grant_types[]"][value=authorization_code]' ) );
	assert.doesNotMatch( await t.text(), /Switched off for the whole site/ );
} );

test( 'people stay signed in only where the site wants it', async ( t ) => {
	const box = '[name="grant_types[refresh_token]"]';
	for ( const on of [ false, true ] ) {
		await t.settings( 'grants' );
		await t.page.setChecked( box, on );
		await save( t );
		assert.equal( ( await t.site.rest( 'GET', '/settings' ) ).grant_types.refresh_token, on );
	}
} );

test( 'apps may ask for passwords once somebody has read what that means', async ( t ) => {
	const box = '[name="grant_types[password]"]';
	await t.settings( 'grants' );
	assert.equal( await t.page.isChecked( box ), false );
	assert.match( await t.page.locator( 'tr', { has: t.page.locator( box ) } ).innerText(), /Not safe[^]*RFC 9700[^]*Second factors/ );
	for ( const on of [ true, false ] ) {
		await t.page.setChecked( box, on );
		await save( t );
		assert.equal( ( await t.site.rest( 'GET', '/settings' ) ).grant_types.password, on );
		await t.settings( 'grants' );
	}
	await t.axe();
} );

test( 'a grant type with live tokens is switched off after a question with the count', async ( t ) => {
	const client = await t.site.client();
	const tokens = [ await t.site.token( client ), await t.site.token( client ) ];
	await t.settings( 'grants' );
	assert.match( await t.text(), /2 live tokens/ );
	const off = async () => {
		await t.page.uncheck( '[name="grant_types[client_credentials]"]' );
		await save( t );
		assert.match( await t.text(), /2 live tokens/ );
	};
	await off();
	await t.axe();
	await t.follow( t.page.locator( '.app-connect-confirm a.button' ) );
	assert.equal( await t.page.isChecked( '[name="grant_types[client_credentials]"]' ), true, 'cancelled' );
	assert.equal( await t.site.get( 'wp/v2/posts', tokens[ 0 ] ), 200 );
	await off();
	await t.follow( t.page.locator( '.app-connect-confirm button' ) );
	assert.equal( await t.page.locator( SAVED ).count(), 1 );
	assert.deepEqual( await Promise.all( tokens.map( ( token ) => t.site.get( 'wp/v2/posts', token ) ) ), [ 401, 401 ] );
	assert.equal( ( await t.site.askToken( client.client_id, client.client_secret ) ).body.error, 'unauthorized_client' );
	await t.page.check( '[name="grant_types[client_credentials]"]' );
	await save( t );
	assert.equal( await t.site.get( 'wp/v2/posts', tokens[ 0 ] ), 401, 'on again revives nothing' );
	await t.site.token( client );
} );

test( 'a lifetime has a unit and a range', async ( t ) => {
	const { page } = t;
	const client = await t.site.client();
	await t.settings( 'tokens' );
	assert.equal( await page.inputValue( '[name=access_token_lifetime]' ), '1' );
	assert.equal( await page.inputValue( '[name=access_token_lifetime_unit]' ), '3600' );
	for ( const [ count, unit, seconds ] of [ [ '90', '60', 5400 ], [ '2', '3600', 7200 ], [ '61', '1', 61 ] ] ) {
		await page.fill( '[name=access_token_lifetime]', count );
		await page.selectOption( '[name=access_token_lifetime_unit]', unit );
		await save( t );
		assert.equal( await page.locator( SAVED ).count(), 1 );
		assert.equal( await page.inputValue( '[name=access_token_lifetime]' ), count );
		assert.equal( ( await t.site.askToken( client.client_id, client.client_secret ) ).body.expires_in, seconds );
	}
	for ( const [ count, unit ] of [ [ '25', '3600' ], [ '59', '1' ] ] ) {
		await page.fill( '[name=access_token_lifetime]', count );
		await page.selectOption( '[name=access_token_lifetime_unit]', unit );
		assert.match( await refused( t, 'access_token_lifetime' ), /1 minute to 1 day/ );
		assert.equal( await page.inputValue( '[name=access_token_lifetime]' ), count );
		assert.equal( await page.inputValue( '[name=access_token_lifetime_unit]' ), unit );
	}
	assert.equal( ( await t.site.rest( 'GET', '/settings' ) ).access_token_lifetime, 61 );
} );

test( 'a code has a lifetime of its own', async ( t ) => {
	const { page } = t;
	await t.settings( 'tokens' );
	assert.equal( await page.inputValue( '[name=authorization_code_lifetime]' ), '2' );
	assert.equal( await page.inputValue( '[name=authorization_code_lifetime_unit]' ), '60' );
	await page.fill( '[name=authorization_code_lifetime]', '90' );
	await page.selectOption( '[name=authorization_code_lifetime_unit]', '1' );
	await save( t );
	const { authorization_code_lifetime: code, access_token_lifetime: token } = await t.site.rest( 'GET', '/settings' );
	assert.deepEqual( [ code, token ], [ 90, 3600 ] );
	await page.fill( '[name=authorization_code_lifetime]', '29' );
	assert.match( await refused( t, 'authorization_code_lifetime' ), /30 seconds to 10 minutes/ );
	assert.equal( await page.inputValue( '[name=authorization_code_lifetime]' ), '29' );
} );

test( 'how long people stay signed in has two limits', async ( t ) => {
	const { page } = t;
	const names = [ 'refresh_token_lifetime', 'session_lifetime' ];
	const shown = () => Promise.all( names.map( async ( name ) => [ await page.inputValue( `[name=${ name }]` ), await page.inputValue( `[name=${ name }_unit]` ) ] ) );
	const stored = async () => {
		const settings = await t.site.rest( 'GET', '/settings' );
		return names.map( ( name ) => settings[ name ] );
	};
	await t.settings( 'tokens' );
	assert.deepEqual( await shown(), [ [ '30', '86400' ], [ '365', '86400' ] ] );
	await page.fill( '[name=refresh_token_lifetime]', '36' );
	await page.selectOption( '[name=refresh_token_lifetime_unit]', '3600' );
	await page.fill( '[name=session_lifetime]', '90' );
	await save( t );
	assert.equal( await page.locator( SAVED ).count(), 1 );
	assert.deepEqual( await stored(), [ 36 * 3600, 90 * 86400 ] );
	assert.deepEqual( await shown(), [ [ '36', '3600' ], [ '90', '86400' ] ] );
	for ( const [ name, days, range ] of [ [ names[ 0 ], '366', /1 hour to 1 year/ ], [ names[ 1 ], '1826', /1 hour to 5 years/ ] ] ) {
		await t.settings( 'tokens' );
		await page.fill( `[name=${ name }]`, days );
		await page.selectOption( `[name=${ name }_unit]`, '86400' );
		assert.match( await refused( t, name ), range );
	}
	assert.deepEqual( await stored(), [ 36 * 3600, 90 * 86400 ] );
} );

test( 'access tokens become JWTs and opaque again', async ( t ) => {
	const { page } = t;
	const client = await t.site.client();
	for ( const [ format, shape ] of [ [ 'jwt', /^eyJ[^.]+\.[^.]+\.[^.]+$/ ], [ 'opaque', /^oauth_ac_/ ] ] ) {
		await t.settings( 'tokens' );
		assert.match( await t.text(), /Opaque \(recommended\)[^]*worth nothing at once[^]*JWT[^]*notices it only when the token expires/ );
		assert.equal( await page.locator( '.app-connect-obstacle' ).count(), 0 );
		await page.check( `[name=access_token_format][value=${ format }]` );
		await save( t );
		assert.equal( await page.locator( SAVED ).count(), 1 );
		assert.ok( await page.isChecked( `[name=access_token_format][value=${ format }]` ) );
		assert.match( await t.site.token( client ), shape );
	}
	await t.follow( page.locator( '#wpbody-content a[href$="page=app-connect-keys"]' ) );
	assert.match( await t.text(), /Signing Keys/ );
} );

test( 'keys are of the kind that is wanted, and rotate as often', async ( t ) => {
	const { page } = t;
	await t.settings( 'tokens' );
	assert.deepEqual( [ await page.inputValue( '[name=key_type]' ), await page.inputValue( '[name=key_rotation]' ), await page.inputValue( '[name=key_rotation_unit]' ) ], [ 'rsa-2048', '90', '86400' ] );
	assert.match( await page.locator( '[name=key_type] option' ).first().innerText(), /RS256, RSA 2048 \(recommended\)/ );
	await page.selectOption( '[name=key_type]', 'ec-p256' );
	await page.fill( '[name=key_rotation]', '30' );
	await save( t );
	assert.equal( await page.locator( SAVED ).count(), 1 );
	const { key_type: type, key_rotation: rotation } = await t.site.rest( 'GET', '/settings' );
	assert.deepEqual( [ type, rotation ], [ 'ec-p256', 30 * 86400 ] );
	await t.keys();
	assert.match( await page.locator( '.app-connect-facts' ).innerText(), /ES256, P-256/ );
	await t.settings( 'tokens' );
	await page.fill( '[name=key_rotation]', '23' );
	await page.selectOption( '[name=key_rotation_unit]', '3600' );
	assert.match( await refused( t, 'key_rotation' ), /1 day to 10 years/ );
	assert.deepEqual( [ await page.inputValue( '[name=key_type]' ), await page.inputValue( '[name=key_rotation]' ) ], [ 'ec-p256', '23' ] );
} );

test( 'localhost is a redirect URI or not', async ( t ) => {
	const { page, site } = t;
	const draft = { name: 'Tool', type: 'public', mode: 'login_only', grant_types: [ 'authorization_code' ], redirect_uris: [ 'http://localhost/cb' ] };
	await t.settings( 'security' );
	assert.ok( await page.isChecked( '[name=localhost_redirects]' ) );
	await site.rest( 'POST', '/clients', draft );
	await page.uncheck( '[name=localhost_redirects]' );
	await save( t );
	assert.equal( await page.locator( SAVED ).count(), 1 );
	assert.equal( await page.isChecked( '[name=localhost_redirects]' ), false );
	await assert.rejects( site.rest( 'POST', '/clients', draft ), /localhost/ );
	await page.check( '[name=localhost_redirects]' );
	await save( t );
	await site.rest( 'POST', '/clients', draft );
} );

test( 'limits are saved and have a range', async ( t ) => {
	const { page } = t;
	await t.settings( 'security' );
	await page.fill( '[name=limits_per_client]', '7' );
	await page.fill( '[name=limits_per_address]', '70' );
	await page.fill( '[name=limits_window]', '15' );
	await page.selectOption( '[name=limits_window_unit]', '60' );
	await save( t );
	const { limits_per_client: client, limits_per_address: address, limits_window: window } = await t.site.rest( 'GET', '/settings' );
	assert.deepEqual( [ client, address, window ], [ 7, 70, 900 ] );
	await page.fill( '[name=limits_window]', '48' );
	await page.selectOption( '[name=limits_window_unit]', '3600' );
	assert.match( await refused( t, 'limits_window' ), /1 day/ );
	assert.equal( await page.inputValue( '[name=limits_window]' ), '48' );
} );

test( 'the audit log goes back as far as is wanted', async ( t ) => {
	const { page } = t;
	const shown = () => Promise.all( [ 'activity_retention', 'activity_retention_unit' ].map( ( name ) => page.inputValue( `[name=${ name }]` ) ) );
	await t.settings( 'security' );
	assert.deepEqual( await shown(), [ '30', '86400' ] );
	await page.fill( '[name=activity_retention]', '36' );
	await page.selectOption( '[name=activity_retention_unit]', '3600' );
	await save( t );
	assert.equal( await page.locator( SAVED ).count(), 1 );
	assert.equal( ( await t.site.rest( 'GET', '/settings' ) ).activity_retention, 36 * 3600 );
	assert.deepEqual( await shown(), [ '36', '3600' ] );
	await page.fill( '[name=activity_retention]', '731' );
	await page.selectOption( '[name=activity_retention_unit]', '86400' );
	assert.match( await refused( t, 'activity_retention' ), /1 day to 2 years/ );
	assert.deepEqual( await shown(), [ '731', '86400' ] );
} );

test( 'each bad line of the proxies is named', async ( t ) => {
	const { page } = t;
	const typed = '10.0.0.0/8\nnot an address\n2001:db8::/32\n300.1.1.1\n10.0.0.0/99';
	await t.settings( 'security' );
	await page.fill( '[name=trusted_proxies]', typed );
	const said = await refused( t, 'trusted_proxies' );
	for ( const [ line, bad ] of [ [ 1, false ], [ 2, true ], [ 3, false ], [ 4, true ], [ 5, true ] ] ) {
		assert.equal( new RegExp( `Line ${ line }\\b` ).test( said ), bad, `line ${ line }: ${ said }` );
	}
	assert.equal( await page.inputValue( '[name=trusted_proxies]' ), typed );
	await page.fill( '[name=trusted_proxies]', '10.0.0.0/8\n2001:db8::/32' );
	await save( t );
	assert.deepEqual( ( await t.site.rest( 'GET', '/settings' ) ).trusted_proxies, [ '10.0.0.0/8', '2001:db8::/32' ] );
} );

test( 'further takeover rights are names of capabilities', async ( t ) => {
	const { page } = t;
	await t.settings( 'security' );
	await page.locator( 'summary' ).click();
	assert.match( await page.locator( '.app-connect-details' ).innerText(), /manage_options/ );
	await t.axe();
	await page.fill( '[name=takeover]', 'manage_woocommerce\nno capability!' );
	assert.match( await refused( t, 'takeover' ), /Line 2/ );
	await page.fill( '[name=takeover]', 'manage_woocommerce' );
	await save( t );
	assert.deepEqual( ( await t.site.rest( 'GET', '/settings' ) ).takeover, [ 'manage_woocommerce' ] );
} );

test( 'the line of AC_TOKEN_SECRET is fresh, copied, and gone once it is set', async ( t ) => {
	const line = '#app-connect-secret-line';
	try {
		await t.site.constants( { AC_TOKEN_SECRET: null } );
		await t.settings( 'security' );
		const first = await t.page.locator( line ).innerText();
		assert.match( first, /^define\( 'AC_TOKEN_SECRET', '[0-9a-f]{64}' \);$/ );
		await copy( t, line );
		await t.settings( 'security' );
		assert.notEqual( await t.page.locator( line ).innerText(), first );
		await t.site.constants( { AC_TOKEN_SECRET: 'short' } );
		await t.settings( 'security' );
		assert.match( await t.text(), /too weak/ );
		await t.axe();
	} finally {
		await t.site.constants( { AC_TOKEN_SECRET: first64() } );
	}
	await t.settings( 'security' );
	assert.equal( await t.page.locator( line ).count(), 0 );
	assert.equal( ( await t.page.content() ).includes( first64() ), false );
} );

const first64 = () => 'e2e0'.repeat( 16 );

test( 'an old form takes nothing back', async ( t ) => {
	await t.settings( 'security' );
	await t.site.rest( 'POST', '/settings', { limits_per_client: 33 } );
	await t.page.fill( '[name=limits_per_address]', '44' );
	await save( t );
	const { limits_per_client: client, limits_per_address: address } = await t.site.rest( 'GET', '/settings' );
	assert.deepEqual( [ client, address ], [ 33, 44 ] );
} );

test( 'a form whose nonce is not good saves nothing', async ( t ) => {
	await t.settings( 'tokens' );
	await t.page.locator( '#wpbody-content form [name=_wpnonce]' ).evaluate( ( field ) => ( field.value = '0123456789' ) );
	await t.page.fill( '[name=access_token_lifetime]', '2' );
	assert.equal( ( await save( t ) ).status(), 403 );
	assert.equal( ( await t.site.rest( 'GET', '/settings' ) ).access_token_lifetime, 3600 );
} );

test( 'a door that wp-config.php decides about is locked', async ( t ) => {
	try {
		await t.site.constants( { APP_CONNECT_DOOR: false } );
		await t.settings( 'basic' );
		assert.equal( await t.page.isDisabled( '[name=door]' ), true );
		assert.match( await t.text(), /APP_CONNECT_DOOR in wp-config\.php/ );
		await t.page.check( '[name=remove_data_on_uninstall]' );
		await save( t );
		assert.equal( await t.page.locator( SAVED ).count(), 1 );
	} finally {
		await t.site.constants( { APP_CONNECT_DOOR: null } );
	}
} );

test( 'help explains the settings', async ( t ) => {
	await t.settings();
	await t.help( [ 'overview', 'grants', 'tokens', 'openid', 'security' ], [ 'page=app-connect', 'site-health.php' ] );
}, { js: true } );
