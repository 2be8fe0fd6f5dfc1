/** Events for the activity screen, as rows: what the site would have recorded. */

const quoted = ( value ) => ( value === null ? 'NULL' : `'${ String( value ).replaceAll( '\\', '\\\\' ).replaceAll( "'", "''" ) }'` );

/** Adds events: `{ kind, ago, client, user, owner, ip, data }`, the oldest first; `ago` is in seconds. */
export function record( { site }, events ) {
	const rows = events.map( ( { kind, ago = 0, client = null, user = null, owner = null, ip = '198.51.100.20', data = null } ) =>
		`(UNIX_TIMESTAMP() - ${ ago }, ${ [ kind, client, user, owner, ip, data && JSON.stringify( data ) ].map( quoted ).join( ', ' ) })`
	);
	return site.sql( `INSERT INTO wp_app_connect_events (at, kind, client_pk, user_id, owner_id, ip, data) VALUES ${ rows.join( ', ' ) }` );
}

/** One of everything, on a site with an app, an app that is gone, a person, and a person who is gone. */
export async function happen( t ) {
	const { id: client } = await t.site.client( { name: 'Shop importer' } );
	const user = await t.site.user( 'jane', 'editor', { display_name: 'Jane Doe' } );
	await t.site.sql( 'DELETE FROM wp_app_connect_events' );
	const ip = '203.0.113.7';
	await record( t, [
		{ kind: 'site_moved', ago: 2_500_000, user: 1 },
		{ kind: 'consent_granted', ago: 2_000_000, client: 777, user, data: { scope: 'content:read content:write openid' } },
		{ kind: 'client_deleted', ago: 1_900_000, client: 777, user: 1, data: { client_id: 'Gk3pX0aQ9sLmN2vB7cRt5w', name: 'Old newsreader' } },
		{ kind: 'client_created', ago: 800_000, client, user: 1 },
		{ kind: 'client_updated', ago: 790_000, client, user: 1, data: { fields: [ 'name', 'routes', 'takeover' ], ceiling: 'narrower', ends: [ 'grant_types_removed' ] } },
		{ kind: 'settings_changed', ago: 700_000, user: 1, data: { fields: [ 'grant_types', 'activity_retention' ], grant_types_off: [ 'client_credentials' ] } },
		{ kind: 'client_secret_changed', ago: 600_000, client, user: 1, data: { overlap: 86400 } },
		{ kind: 'client_disabled', ago: 500_000, client, user: 998 },
		{ kind: 'client_enabled', ago: 490_000, client, user: null, ip: null },
		{ kind: 'client_tokens_ended', ago: 400_000, client, user: 1, data: { tokens: 12, sessions: 3, more: false } },
		{ kind: 'session_ended', ago: 300_000, client, user, owner: user, data: { owner: user } },
		{ kind: 'sessions_ended', ago: 290_000, user: 1, owner: user, data: { owner: user, tokens: 4, sessions: 2 } },
		{ kind: 'user_tokens_ended', ago: 200_000, owner: user, data: { owner: user, why: 'password_reset' } },
		{ kind: 'token_revoked', ago: 100_000, client, owner: user },
		{ kind: 'from_a_newer_version', ago: 90_000, client, data: { colour: 'blue', sizes: [ 1, 2 ] } },
		{ kind: 'host_fault', ago: 80_000, data: { need: 'find_client' } },
		{ kind: 'consent_denied', ago: 70_000, client, user },
		{ kind: 'client_authentication_failed', ago: 7_200, ip, data: { cause: 'unknown' } },
		{ kind: 'client_authentication_failed', ago: 7_100, client, ip: '2001:db8:85a3::8a2e:370:7334', data: { cause: 'wrong_secret' } },
		{ kind: 'user_authentication_failed', ago: 3_700, client, ip, data: { cause: 'wrong_password' } },
		{ kind: 'rate_limited', ago: 3_600, client, ip },
		{ kind: 'token_reused', ago: 120, client, owner: user, ip },
	] );
	return { client, user };
}

/** Many failed attempts from one address, the oldest of which was held off. */
export async function many( { site }, count ) {
	await site.sql(
		`INSERT INTO wp_app_connect_events (at, kind, ip, data)
		SELECT UNIX_TIMESTAMP() - ${ count } + seq, IF(seq = 1, 'rate_limited', 'client_authentication_failed'), '203.0.113.7', '{"cause":"unknown"}' FROM seq_1_to_${ count }`
	);
}
