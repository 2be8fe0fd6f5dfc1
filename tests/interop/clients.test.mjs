/**
 * Client libraries as their registries have them: each through login and consent in a browser, code,
 * token, REST call, refresh, REST call, revocation.
 */

import assert from 'node:assert/strict';
import { answer } from './support/person.mjs';
import { test } from './support/runner.mjs';
import { APPS, start } from './support/spawn.mjs';

const SCOPE = 'content:read offline_access openid profile';

/** What an app must know of the site. */
function config( { site }, name ) {
	const client = site.clients[ APPS[ name ].client ];
	const endpoint = ( which ) => `${ site.rest_root }app-connect/v1/${ which }`;
	return {
		issuer: site.issuer,
		authorization_endpoint: endpoint( 'authorize' ),
		token_endpoint: endpoint( 'token' ),
		revocation_endpoint: endpoint( 'revoke' ),
		userinfo_endpoint: endpoint( 'userinfo' ),
		me: endpoint( 'me' ),
		posts: `${ site.rest_root }wp/v2/posts`,
		client_id: client.id,
		client_secret: client.secret,
		redirect_uri: client.redirect_uri,
		scope: SCOPE,
	};
}

/** One round of an app with a person who presses a button; what the app says in the end. */
async function round( world, name, button ) {
	const app = start( name, config( world, name ) );
	try {
		const page = await world.window();
		await answer( page, await app.next(), world.site.person, button );
		return await app.next();
	} finally {
		app.stop();
	}
}

for ( const name of Object.keys( APPS ) ) {
	test( `${ name } gets a token and the persons own posts`, async ( world ) => {
		const { person } = world.site;
		const got = await round( world, name, 'approve' );
		assert.equal( got.scope.split( ' ' ).sort().join( ' ' ), SCOPE );
		assert.equal( got.expires_in, 3600 );
		assert.deepEqual( got.refreshed, { access: true, refresh: true, scope: got.scope, expires_in: 3600, me: got.me }, 'both tokens are others, and the new one works' );
		assert.equal( got.me.name, person.name );
		assert.equal( got.me.preferred_username, person.user );
		assert.deepEqual( [ ...new Set( got.posts.map( ( post ) => post.author ) ) ], [ got.me.id ] );
		assert.deepEqual( got.posts.map( ( post ) => post.status ).sort(), [ 'draft', 'private', 'publish', 'publish' ] );
		if ( got.claims ) {
			assert.equal( got.claims.sub, got.me.sub );
			assert.equal( got.claims.name, person.name );
		}
		if ( got.id ) {
			const { sub, aud, auth_time: signedIn } = got.id;
			assert.deepEqual( [ sub, aud ], [ got.me.sub, world.site.clients[ APPS[ name ].client ].id ], 'the ID token is of this person, for this app' );
			assert.ok( Math.abs( signedIn - Date.now() / 1000 ) < 300 );
			assert.deepEqual( [ got.same.sub, got.same.auth_time, got.same.nonce ], [ sub, signedIn, undefined ], 'of the same sign-in, a refresh later' );
		}
		assert.equal( got.after_revocation, 401 );
	} );

	test( `${ name } is told that the person cancelled`, async ( world ) => {
		assert.deepEqual( await round( world, name, 'deny' ), { error: 'access_denied' } );
	} );
}
