/**
 * A native app with oauth4webapi: a public client with PKCE.
 *
 * Discovery documents are a later issue, so the server's metadata is written down here.
 */

import { comparison, readConfig, say, waitForAnswer } from '../support/app.mjs';
import { load } from '../support/packages.mjs';

const oauth = await load( 'oauth4webapi' );
const config = await readConfig();
const server = {
	issuer: config.issuer,
	authorization_endpoint: config.authorization_endpoint,
	token_endpoint: config.token_endpoint,
	userinfo_endpoint: config.userinfo_endpoint,
	revocation_endpoint: config.revocation_endpoint,
	code_challenge_methods_supported: [ 'S256' ],
	authorization_response_iss_parameter_supported: true,
};
const client = { client_id: config.client_id, token_endpoint_auth_method: 'none' };
const loopback = { [ oauth.allowInsecureRequests ]: true };

const listener = await waitForAnswer( '/callback' );
const verifier = oauth.generateRandomCodeVerifier();
const state = oauth.generateRandomState();
const url = new URL( server.authorization_endpoint );
url.search = new URLSearchParams( {
	...Object.fromEntries( url.searchParams ),
	response_type: 'code',
	client_id: client.client_id,
	redirect_uri: listener.redirectUri,
	scope: config.scope,
	state,
	code_challenge: await oauth.calculatePKCECodeChallenge( verifier ),
	code_challenge_method: 'S256',
} );
say( url.href );

try {
	// Checks `iss` and `state`, and that no parameter is there twice.
	const answer = oauth.validateAuthResponse( server, client, await listener.answer, state );
	const tokens = await oauth.processAuthorizationCodeResponse(
		server,
		client,
		await oauth.authorizationCodeGrantRequest( server, client, oauth.None(), answer, listener.redirectUri, verifier, loopback )
	);
	const claims = await oauth.processUserInfoResponse(
		server,
		client,
		oauth.skipSubjectCheck,
		await oauth.userInfoRequest( server, client, tokens.access_token, loopback )
	);
	const get = async ( address, { access_token } = tokens ) => {
		const response = await oauth.protectedResourceRequest( access_token, 'GET', new URL( address ), undefined, undefined, loopback );
		return response.json();
	};
	const me = await get( config.me );
	const posts = await get( `${ config.posts }?status=any&author=${ me.id }` );
	const next = await oauth.processRefreshTokenResponse(
		server,
		client,
		await oauth.refreshTokenGrantRequest( server, client, oauth.None(), tokens.refresh_token, loopback )
	);
	const refreshed = comparison( tokens, next, await get( config.me, next ) );
	await oauth.processRevocationResponse( await oauth.revocationRequest( server, client, oauth.None(), next.access_token, loopback ) );
	const after = await fetch( config.me, { headers: { Authorization: `Bearer ${ next.access_token }` } } );
	say( { scope: tokens.scope, expires_in: tokens.expires_in, claims, me, posts, refreshed, after_revocation: after.status } );
} catch ( error ) {
	if ( ! ( error instanceof oauth.AuthorizationResponseError ) ) {
		throw error;
	}
	say( { error: error.error } );
}
