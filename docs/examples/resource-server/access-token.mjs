/**
 * Verifies access tokens of a WordPress site with App Connect, without asking the site about each of them (RFC 9068 §4).
 *
 * Of the site only its address is known: where its public keys are stands in its metadata (RFC 8414).
 */

import { createRemoteJWKSet, errors, jwtVerify } from 'jose';

/** What App Connect signs with. What a token says about itself never adds to this list. */
const ALGORITHMS = [ 'RS256', 'ES256', 'EdDSA' ];

/** RFC 9068 §2.2. That `exp` has not passed, jose looks itself. */
const CLAIMS = [ 'iss', 'sub', 'aud', 'exp', 'iat', 'jti', 'client_id' ];

/** How much two clocks may differ, in seconds. */
const LEEWAY = 30;

/** The token is no good. */
export class InvalidTokenError extends Error {}

/** The site's keys cannot be had now, so nobody knows what the token is worth. */
export class UnavailableError extends Error {}

/**
 * A function of a token that returns its claims, or throws one of the errors above.
 *
 * @param {string} issuer   The site's address, without a slash at its end.
 * @param {string} audience Whom the tokens must be for.
 * @param {number} keepKeys How long the keys may be kept, in seconds. Whatever is revoked with a key is accepted here until then.
 */
export function accessTokenVerifier( issuer, audience, keepKeys ) {
	let found = null;

	/** The site's key set. Looked for when the first token comes, and again if that did not work. */
	const keys = () =>
		( found ??= findKeys( issuer, keepKeys ).catch( ( error ) => {
			found = null;
			throw error;
		} ) );

	/** The key of the name that a token gives. jose keeps the keys, and asks the site again for one that it does not know. */
	async function keyOf( header, token ) {
		if ( typeof header.kid !== 'string' ) {
			throw new InvalidTokenError( 'the token does not say which key signed it' );
		}
		try {
			return await ( await keys() )( header, token );
		} catch ( error ) {
			throw error instanceof errors.JWKSNoMatchingKey ? error : new UnavailableError( `the keys of ${ issuer } cannot be had`, { cause: error } );
		}
	}

	return async ( token ) => {
		try {
			const { payload } = await jwtVerify( token, keyOf, {
				issuer,
				audience,
				algorithms: ALGORITHMS,
				typ: 'at+jwt',
				requiredClaims: CLAIMS,
				clockTolerance: LEEWAY,
			} );
			return payload;
		} catch ( error ) {
			throw error instanceof errors.JOSEError ? new InvalidTokenError( error.message ) : error;
		}
	};
}

/** The site's key set, by its metadata. */
async function findKeys( issuer, keepKeys ) {
	const { jwks_uri: uri } = await metadataOf( issuer );
	return createRemoteJWKSet( new URL( uri ), { cacheMaxAge: keepKeys * 1000 } );
}

/** RFC 8414 §3: at the root of the host; a WordPress in a directory may only be able to answer below itself. */
async function metadataOf( issuer ) {
	const name = '.well-known/oauth-authorization-server';
	const { origin, pathname } = new URL( issuer );
	for ( const address of [ `${ origin }/${ name }${ pathname.replace( /\/$/, '' ) }`, `${ issuer }/${ name }` ] ) {
		const response = await fetch( address, { signal: AbortSignal.timeout( 5000 ) } );
		const metadata = response.ok ? await response.json() : null;
		// §3.3: metadata of another issuer is none.
		if ( metadata?.issuer === issuer ) {
			return metadata;
		}
	}
	throw new Error( `${ issuer } has no metadata` );
}
