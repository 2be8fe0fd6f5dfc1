/**
 * A web application with openid-client, which knows the issuer and a client alone, and verifies ID tokens by the JWKS that it
 * finds: a confidential client whose secret goes into HTTP Basic, form-encoded as RFC 6749 §2.3.1 asks.
 */

import { comparison, readConfig, say, waitForAnswer } from '../support/app.mjs';
import { load } from '../support/packages.mjs';

const client = await load( 'openid-client' );
const config = await readConfig();
const listener = await waitForAnswer( '/callback', Number( new URL( config.redirect_uri ).port ) );
const web = await client.discovery( new URL( config.issuer ), config.client_id, {}, client.ClientSecretBasic( config.client_secret ), {
	execute: [ client.allowInsecureRequests, client.enableNonRepudiationChecks ],
} );

const verifier = client.randomPKCECodeVerifier();
const state = client.randomState();
const nonce = client.randomNonce();
const url = client.buildAuthorizationUrl( web, {
	redirect_uri: config.redirect_uri,
	scope: config.scope,
	state,
	nonce,
	code_challenge: await client.calculatePKCECodeChallenge( verifier ),
	code_challenge_method: 'S256',
	max_age: '300',
} );
say( url.href );

try {
	const tokens = await client.authorizationCodeGrant( web, await listener.answer, {
		pkceCodeVerifier: verifier,
		expectedState: state,
		expectedNonce: nonce,
		idTokenExpected: true,
		maxAge: 300,
	} );
	const id = tokens.claims();
	const claims = await client.fetchUserInfo( web, tokens.access_token, id.sub );
	const get = async ( address, { access_token } = tokens ) => ( await client.fetchProtectedResource( web, access_token, new URL( address ), 'GET' ) ).json();
	const me = await get( config.me );
	const posts = await get( `${ config.posts }?status=any&author=${ me.id }` );
	const next = await client.refreshTokenGrant( web, tokens.refresh_token );
	const same = next.claims();
	const refreshed = comparison( tokens, next, await get( config.me, next ) );
	// With the refresh token ends all that came of the approval (RFC 7009 §2.1).
	await client.tokenRevocation( web, next.refresh_token );
	const after = await fetch( config.me, { headers: { Authorization: `Bearer ${ next.access_token }` } } );
	say( { scope: tokens.scope, expires_in: tokens.expires_in, claims, id, same, me, posts, refreshed, after_revocation: after.status } );
} catch ( error ) {
	if ( ! ( error instanceof client.AuthorizationResponseError ) ) {
		throw error;
	}
	say( { error: error.error } );
}
