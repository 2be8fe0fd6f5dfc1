/** Signing keys: those of the site, and those that somebody brings along. */

import { generateKeyPairSync } from 'node:crypto';

const PKCS8 = { type: 'pkcs8', format: 'pem' };
const kinds = {
	'rsa-2048': [ 'rsa', { modulusLength: 2048 } ],
	'rsa-3072': [ 'rsa', { modulusLength: 3072 } ],
	weak: [ 'rsa', { modulusLength: 1024 } ],
	'ec-p256': [ 'ec', { namedCurve: 'P-256' } ],
	unsupported: [ 'ec', { namedCurve: 'P-384' } ],
	ed25519: [ 'ed25519', {} ],
};

/** A new key in PEM: one of `kinds`, `encrypted`, `public`, or `malformed`. */
export function pem( kind ) {
	const pair = generateKeyPairSync( ...( kinds[ kind ] ?? kinds[ 'ec-p256' ] ) );
	switch ( kind ) {
		case 'encrypted':
			return pair.privateKey.export( { ...PKCS8, cipher: 'aes-256-cbc', passphrase: 'secret' } );
		case 'public':
			return pair.publicKey.export( { type: 'spki', format: 'pem' } );
		case 'malformed':
			return pair.privateKey.export( PKCS8 ).replace( /^-----END.*/m, '' );
	}
	return pair.privateKey.export( PKCS8 );
}

/** Does something to the keys of the site as its admin; returns the protocol's answer, which must be a good one. */
export async function keys( { site }, action = 'list', args = {} ) {
	const { status, body } = await site.eval( 'return AppConnect\\WP\\Signing_Keys::run( $args[0], json_decode( $args[1], true ) );', action, args );
	if ( status !== 200 ) {
		throw new Error( `${ action }: ${ status } ${ JSON.stringify( body ) }` );
	}
	return body;
}

/** The ID of the key in a state. */
export const kidOf = ( { keys: list }, state ) => list.find( ( key ) => key.state === state )?.kid;

/** The IDs in the JWKS, which anybody may read. */
export async function published( { site } ) {
	const answer = await fetch( `${ site.rest_root }app-connect/v1/jwks` );
	return ( await answer.json() ).keys.map( ( { kid } ) => kid );
}

/** A client that acts on its own, and whose access tokens are signed. */
export const signedApp = ( { site }, draft = {} ) => site.client( { name: 'Warehouse', access_token_format: 'jwt', ...draft } );

/** The ID of the key that signed a token. */
export const signerOf = ( token ) => JSON.parse( Buffer.from( token.split( '.' )[ 0 ], 'base64url' ) ).kid;

/** Keys of the past, as rows: `{ kid, ago, revoked }`, when they were retired in seconds. */
export async function past( { site }, keysOfThePast ) {
	for ( const { kid, ago, revoked = false } of keysOfThePast ) {
		await site.sql(
			`INSERT INTO wp_app_connect_keys (kid, slot, type, alg, public, sealed, longest, created_at, activated_at, retired_at, compromised_at)
			SELECT '${ kid.padEnd( 43, 'x' ) }', NULL, type, alg, public, NULL, 3600, UNIX_TIMESTAMP() - ${ ago } - 15552000, UNIX_TIMESTAMP() - ${ ago } - 7776000, UNIX_TIMESTAMP() - ${ ago },
				${ revoked ? `UNIX_TIMESTAMP() - ${ ago }` : 'NULL' } FROM wp_app_connect_keys ORDER BY id DESC LIMIT 1`
		);
	}
}
