/**
 * Relying parties: what signs people in with WordPress, and is told no more than an issuer, a client and its secret. Each is
 * given an answer that is not meant for it, too, and lets nobody in.
 */

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { freePort, place, startApache } from './support/apache.mjs';
import { answer, decide, logIn } from './support/person.mjs';
import { test } from './support/runner.mjs';
import { start } from './support/spawn.mjs';

/** A client that learns who somebody is and nothing else. */
const newRelyingParty = ( world, redirectUri, more = {} ) =>
	world.ask( 'client', { name: 'Members', type: 'confidential', mode: 'login_only', grant_types: [ 'authorization_code' ], redirect_uris: [ redirectUri ], ...more } );

/** An address of the authorization endpoint with another value of a parameter. */
function instead( address, name, value ) {
	const url = new URL( address );
	assert.ok( url.searchParams.has( name ), `${ name } in ${ address }` );
	url.searchParams.set( name, value );
	return url.href;
}

/** The program with the crate, told of an issuer. */
async function startCrate( world, issuer = world.site.issuer ) {
	const redirectUri = `http://127.0.0.1:${ await freePort() }/callback`;
	const client = await newRelyingParty( world, redirectUri );
	const app = start( 'openidconnect_crate', { issuer, client_id: client.client_id, client_secret: client.secret, redirect_uri: redirectUri } );
	return { app, client };
}

test( 'the openidconnect crate signs somebody in by an issuer and a client alone', async ( world ) => {
	const { app, client } = await startCrate( world );
	try {
		await answer( await world.window(), await app.next(), world.site.person );
		const { id, person } = await app.next();
		assert.deepEqual( [ id.iss, id.aud, id.azp ], [ world.site.issuer, [ client.client_id ], client.client_id ] );
		assert.ok( Math.abs( id.auth_time - Date.now() / 1000 ) < 300 );
		assert.equal( person.sub, id.sub );
		assert.equal( person.name, world.site.person.name );
		assert.equal( person.preferred_username, world.site.person.user );
		assert.match( person.email, /@/ );
	} finally {
		app.stop();
	}
} );

test( 'the openidconnect crate takes no ID token with another nonce', async ( world ) => {
	const { app } = await startCrate( world );
	try {
		await answer( await world.window(), instead( await app.next(), 'nonce', 'of-somebody-else' ), world.site.person );
		await assert.rejects( app.next(), /nonce/i );
	} finally {
		app.stop();
	}
} );

test( 'the openidconnect crate believes no metadata of another issuer', async ( world ) => {
	const { app } = await startCrate( world, `${ world.site.issuer }/` );
	try {
		await assert.rejects( app.next(), /issuer/i );
	} finally {
		app.stop();
	}
} );

test( 'the openidconnect crate is told that the person cancelled', async ( world ) => {
	const { app } = await startCrate( world );
	try {
		await answer( await world.window(), await app.next(), world.site.person, 'deny' );
		assert.deepEqual( await app.next(), { error: 'access_denied' } );
	} finally {
		app.stop();
	}
} );

/** Runs a test with httpd in front of a page that only those see who signed in. */
async function withHttpd( world, body, issuer = world.site.issuer ) {
	const at = place( await freePort() );
	const client = await newRelyingParty( world, at.redirectUri, { post_logout_redirect_uris: [ at.bye ], backchannel_logout_uri: at.backchannelLogoutUri } );
	const httpd = await startApache( at, issuer, client );
	try {
		await body( { at, client, page: await world.window() } );
	} catch ( error ) {
		error.message += `\nhttpd said: ${ httpd.said() }`;
		throw error;
	} finally {
		await httpd.stop();
	}
}

/** What the members' page says. */
const told = async ( page ) => Object.fromEntries( await page.locator( 'dd' ).evaluateAll( ( all ) => all.map( ( each ) => [ each.id, each.textContent ] ) ) );

/** The address that the module sends a browser to, which has not followed it: with the module's state in its cookies. */
async function sentTo( page, address ) {
	const response = await page.context().request.get( address, { maxRedirects: 0 } );
	assert.equal( response.status(), 302 );
	return response.headers().location;
}

/** Nobody has been let in: what stands there is the module's complaint, and the page asks again. */
async function nobodyIsIn( { page, at }, { site } ) {
	assert.ok( page.url().startsWith( at.redirectUri ), page.url() );
	assert.equal( await page.locator( '#user' ).count(), 0 );
	assert.ok( ( await sentTo( page, at.page ) ).startsWith( site.rest_root ) );
}

test( 'mod auth openidc shows its page to who signs in with WordPress', ( world ) =>
	withHttpd( world, async ( { at, page } ) => {
		await page.goto( at.page );
		await logIn( page, world.site.person );
		await decide( page, 'approve' );
		await page.waitForURL( at.page );
		const { user, ...known } = await told( page );
		assert.deepEqual( known, { login: world.site.person.user, email: known.email, issuer: world.site.issuer } );
		assert.match( known.email, /@/ );
		assert.match( user, /^[A-Za-z0-9]{22}$/ );
		assert.match( await page.textContent( 'h1' ), new RegExp( world.site.person.name ) );
		await page.goto( at.page );
		assert.equal( ( await told( page ) ).user, user, 'a session of its own' );
		// Another browser is another person.
		const stranger = await world.window();
		await stranger.goto( at.page );
		assert.ok( stranger.url().startsWith( world.site.url ), stranger.url() );
	} )
);

test( 'mod auth openidc sends somebody back who is signed in already without a question', ( world ) =>
	withHttpd( world, async ( { at, page } ) => {
		await page.goto( at.page );
		await logIn( page, world.site.person );
		await decide( page, 'approve' );
		await page.waitForURL( at.page );
		const { user } = await told( page );
		await page.context().clearCookies( { name: 'mod_auth_openidc_session' } );
		await page.goto( at.page );
		assert.equal( page.url(), at.page );
		assert.equal( ( await told( page ) ).user, user, 'the same subject' );
	} )
);

test( 'mod auth openidc logs somebody out of WordPress who says yes there', ( world ) =>
	withHttpd( world, async ( { at, page } ) => {
		await page.goto( at.page );
		await logIn( page, world.site.person );
		await decide( page, 'approve' );
		await page.waitForURL( at.page );
		await page.goto( at.logout( at.bye ) );
		assert.match( await page.textContent( '#app-connect-logout' ), /Members asks you to log out here, too/ );
		await decide( page, 'approve' );
		await page.waitForURL( at.bye );
		await page.goto( at.page );
		assert.ok( await page.locator( '#loginform' ).isVisible(), 'neither there nor here' );
	} )
);

test( 'mod auth openidc lets go of somebody who logs out of WordPress', ( world ) =>
	withHttpd( world, async ( { at, page } ) => {
		await page.goto( at.page );
		await logIn( page, world.site.person );
		await decide( page, 'approve' );
		await page.waitForURL( at.page );
		assert.ok( ( await told( page ) ).user );
		await page.goto( `${ world.site.rest_root }app-connect/v1/logout` );
		await decide( page, 'approve' );
		await page.waitForSelector( '#app-connect-logged-out' );
		await world.ask( 'cron' );
		await page.goto( at.page );
		assert.ok( await page.locator( '#loginform' ).isVisible(), page.url() );
	} )
);

test( 'mod auth openidc shows nothing to who cancels', ( world ) =>
	withHttpd( world, async ( { at, page } ) => {
		await page.goto( at.page );
		await logIn( page, world.site.person );
		await decide( page, 'deny' );
		// Version 2.4.12 takes an error with an `iss` (RFC 9207) for a sign-in that somebody else began, and says so; in it lets nobody.
		assert.equal( new URL( page.url() ).searchParams.get( 'error' ), 'access_denied' );
		await nobodyIsIn( { at, page }, world );
	} )
);

test( 'mod auth openidc takes no ID token with another nonce', ( world ) =>
	withHttpd( world, async ( { at, page } ) => {
		await answer( page, instead( await sentTo( page, at.page ), 'nonce', 'of-somebody-else' ), world.site.person );
		await nobodyIsIn( { at, page }, world );
	} )
);

test( 'mod auth openidc takes no answer of another issuer', async ( world ) => {
	const metadata = await ( await fetch( `${ world.site.issuer }/.well-known/openid-configuration` ) ).json();
	const other = createServer( ( { url }, response ) => {
		const found = url === '/.well-known/openid-configuration';
		response.writeHead( found ? 200 : 404, { 'Content-Type': 'application/json' } ).end( JSON.stringify( { ...metadata, issuer: issuer() } ) );
	} );
	const issuer = () => `http://127.0.0.1:${ other.address().port }`;
	await new Promise( ( resolve ) => other.listen( 0, '127.0.0.1', resolve ) );
	try {
		await withHttpd(
			world,
			async ( { at, page } ) => {
				await answer( page, await sentTo( page, at.page ), world.site.person );
				await nobodyIsIn( { at, page }, world );
			},
			issuer()
		);
	} finally {
		other.close();
		other.closeAllConnections();
	}
} );
