/** A web application with openid-client: a confidential client whose secret goes into HTTP Basic, form-encoded as RFC 6749 §2.3.1 asks. */

import { comparison, readConfig, say, waitForAnswer } from '../support/app.mjs';
import { load } from '../support/packages.mjs';

const client = await load( 'openid-client' );
const config = await readConfig();
const listener = await waitForAnswer( '/callback', Number( new URL( config.redirect_uri ).port ) );
const web = new client.Configuration(
	{
		issuer: config.issuer,
		authorization_endpoint: config.authorization_endpoint,
		token_endpoint: config.token_endpoint,
		userinfo_endpoint: config.userinfo_endpoint,
		revocation_endpoint: config.revocation_endpoint,
		code_challenge_methods_supported: [ 'S256' ],
		authorization_response_iss_parameter_supported: true,
	},
	config.client_id,
	{},
	client.ClientSecretBasic( config.client_secret )
);
client.allowInsecureRequests( web );

const verifier = client.randomPKCECodeVerifier();
const state = client.randomState();
const url = client.buildAuthorizationUrl( web, {
	redirect_uri: config.redirect_uri,
	scope: config.scope,
	state,
	code_challenge: await client.calculatePKCECodeChallenge( verifier ),
	code_challenge_method: 'S256',
} );
say( url.href );

try {
	const tokens = await client.authorizationCodeGrant( web, await listener.answer, { pkceCodeVerifier: verifier, expectedState: state } );
	const claims = await client.fetchUserInfo( web, tokens.access_token, client.skipSubjectCheck );
	const get = async ( address, { access_token } = tokens ) => ( await client.fetchProtectedResource( web, access_token, new URL( address ), 'GET' ) ).json();
	const me = await get( config.me );
	const posts = await get( `${ config.posts }?status=any&author=${ me.id }` );
	const next = await client.refreshTokenGrant( web, tokens.refresh_token );
	const refreshed = comparison( tokens, next, await get( config.me, next ) );
	// With the refresh token ends all that came of the approval (RFC 7009 §2.1).
	await client.tokenRevocation( web, next.refresh_token );
	const after = await fetch( config.me, { headers: { Authorization: `Bearer ${ next.access_token }` } } );
	say( { scope: tokens.scope, expires_in: tokens.expires_in, claims, me, posts, refreshed, after_revocation: after.status } );
} catch ( error ) {
	if ( ! ( error instanceof client.AuthorizationResponseError ) ) {
		throw error;
	}
	say( { error: error.error } );
}
