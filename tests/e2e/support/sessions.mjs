/** Sessions: apps in which somebody is signed in. */

import assert from 'node:assert/strict';
import { arrival, authorizeUrl, newApp, REDIRECT, VERIFIER, visitor } from './consent.mjs';

/** An app whose people stay signed in, unless told otherwise. */
export const stayingApp = ( t, draft = {} ) => newApp( t, { grant_types: [ 'authorization_code', 'refresh_token' ], ...draft } );

/** Signs the admin in to an app, with an approval in a window of its own; returns the token answer. */
export async function signIn( t, app, changes = {} ) {
	const page = await visitor( t );
	const arrived = arrival( page );
	// Who has approved before is sent on at once, to a host that is nowhere.
	await page.goto( authorizeUrl( t, app, changes ) ).catch( () => {} );
	const approve = page.locator( 'button[value=approve]' );
	if ( await approve.count() ) {
		await approve.click();
	}
	const { url } = await arrived;
	await page.close();
	const form = { grant_type: 'authorization_code', code: url.searchParams.get( 'code' ), redirect_uri: REDIRECT, code_verifier: VERIFIER };
	const headers = app.client_secret ? { Authorization: `Basic ${ Buffer.from( `${ app.client_id }:${ app.client_secret }` ).toString( 'base64' ) }` } : {};
	const answer = await fetch( `${ t.site.rest_root }app-connect/v1/token`, {
		method: 'POST',
		headers,
		body: new URLSearchParams( app.client_secret ? form : { ...form, client_id: app.client_id } ),
	} );
	const body = await answer.json();
	assert.equal( answer.status, 200, JSON.stringify( body ) );
	return body;
}

/** What a refresh is answered. */
export async function refresh( t, app, token ) {
	const answer = await fetch( `${ t.site.rest_root }app-connect/v1/token`, {
		method: 'POST',
		body: new URLSearchParams( { grant_type: 'refresh_token', refresh_token: token, client_id: app.client_id } ),
	} );
	return ( await answer.json() ).error ?? answer.status;
}

/** Many more sessions like the newest one of an app, a day older each, of another user if one is named, as rows. */
export async function moreSessions( { site }, app, count, user = null ) {
	if ( user ) {
		await site.sql( `INSERT IGNORE INTO wp_app_connect_subjects (user_id, sub) VALUES (${ user }, LPAD(${ user }, 22, 'x'))` );
	}
	const subject = user ? `(SELECT id FROM wp_app_connect_subjects WHERE user_id = ${ user })` : 'g.subject_pk';
	const handle = `SHA2(CONCAT_WS('/', ${ user ?? 0 }, ${ app.id }, seq), 256)`;
	await site.sql(
		`INSERT INTO wp_app_connect_grants (handle, client_pk, subject_pk, method, policy_id, ceiling_id, scope, client_epoch, subject_epoch, method_epoch,
				refresh_method, refresh_digest, refresh_key, refresh_epoch, idle_expires_at, expires_at, created_at, last_used_at, last_ip)
			SELECT LEFT(${ handle }, 11), g.client_pk, ${ subject }, g.method, g.policy_id, g.ceiling_id, g.scope, g.client_epoch, 0, g.method_epoch,
				g.refresh_method, LEFT(SHA2(${ handle }, 256), 43), g.refresh_key, g.refresh_epoch, g.idle_expires_at, g.expires_at, g.created_at - seq * 86400,
				IF(seq % 3, g.created_at - seq * 3600, NULL), IF(seq % 3, CONCAT('203.0.113.', seq % 250), NULL)
			FROM wp_app_connect_grants g, seq_1_to_${ count } WHERE g.client_pk = ${ app.id } AND g.id = (SELECT MAX(id) FROM wp_app_connect_grants WHERE client_pk = ${ app.id })`
	);
	await site.sql(
		`INSERT INTO wp_app_connect_tokens (digest, grant_id, policy_id, scope, issued_at, expires_at)
			SELECT LEFT(SHA2(CONCAT('t', g.id), 256), 43), g.id, g.policy_id, g.scope, g.created_at, UNIX_TIMESTAMP() + 3600
			FROM wp_app_connect_grants g WHERE g.client_pk = ${ app.id } AND NOT EXISTS (SELECT 1 FROM wp_app_connect_tokens t WHERE t.grant_id = g.id)`
	);
}
