/**
 * Signing in with a WordPress site that runs App Connect, and staying signed in: the authorization code grant with PKCE
 * (RFC 6749 §4.1, RFC 7636) and refresh tokens (RFC 6749 §6) for an app that lives in the browser and so can keep no secret.
 *
 * `config` is config.json: `issuer`, `rest` (the REST API's address with its slash), `client_id` and `scope`.
 */

const ATTEMPT = 'sign-in';

/** What went wrong: `code` is the site's `error`, or one of `state`, `issuer`, `network`, `answer`, `expired`. */
export class SignInError extends Error {
	constructor( code, message ) {
		super( message );
		this.name = 'SignInError';
		this.code = code;
	}
}

/** Where the site sends the person back to: this page, as the client has it registered. */
export const redirectUri = () => new URL( '.', location.href ).href;

/** The address of one of the site's endpoints, also where the REST API is `/?rest_route=/`. */
const endpoint = ( config, name ) => new URL( `${ config.rest }app-connect/v1/${ name }` );

const base64url = ( bytes ) =>
	btoa( String.fromCharCode( ...new Uint8Array( bytes ) ) ).replace( /\+/g, '-' ).replace( /\//g, '_' ).replace( /=+$/, '' );

/** 256 random bits that fit into an address. */
const secret = () => base64url( crypto.getRandomValues( new Uint8Array( 32 ) ) );

/** RFC 7636 §4.2. */
const challenge = async ( verifier ) => base64url( await crypto.subtle.digest( 'SHA-256', new TextEncoder().encode( verifier ) ) );

/**
 * The address at which the person logs in and approves (RFC 6749 §4.1.1).
 *
 * `state` tells on the way back that it was this window that asked. The verifier stays here, so a code that somebody else
 * got hold of is worth nothing. Both belong to this window, and to one attempt.
 */
export async function authorizationUrl( config ) {
	const attempt = { state: secret(), verifier: secret() };
	sessionStorage.setItem( ATTEMPT, JSON.stringify( attempt ) );
	const url = endpoint( config, 'authorize' );
	const parameters = {
		response_type: 'code',
		client_id: config.client_id,
		redirect_uri: redirectUri(),
		scope: config.scope,
		state: attempt.state,
		code_challenge: await challenge( attempt.verifier ),
		code_challenge_method: 'S256',
	};
	Object.entries( parameters ).forEach( ( [ name, value ] ) => url.searchParams.set( name, value ) );
	return url.href;
}

/**
 * Takes the site's answer out of this page's address, so that no reload sends it again and no history keeps it.
 *
 * @return {URLSearchParams|null} Null when the address holds none.
 */
export function takeAnswer() {
	const answer = new URLSearchParams( location.search );
	if ( ! answer.has( 'code' ) && ! answer.has( 'error' ) ) {
		return null;
	}
	history.replaceState( null, '', redirectUri() );
	return answer;
}

/** The session that an answer is worth (RFC 6749 §4.1.2 to §4.1.4). Throws a SignInError. */
export async function redeem( config, answer ) {
	const attempt = JSON.parse( sessionStorage.getItem( ATTEMPT ) );
	sessionStorage.removeItem( ATTEMPT );
	// Before anything in the answer is believed, an error included.
	if ( ! attempt || answer.get( 'state' ) !== attempt.state ) {
		throw new SignInError( 'state', 'The answer belongs to another attempt.' );
	}
	// RFC 9207: an answer of another server, which might be after our code.
	if ( answer.get( 'iss' ) !== config.issuer ) {
		throw new SignInError( 'issuer', 'The answer comes from another server.' );
	}
	if ( answer.has( 'error' ) ) {
		throw new SignInError( answer.get( 'error' ), answer.get( 'error_description' ) ?? '' );
	}
	const tokens = await requestTokens( config, {
		grant_type: 'authorization_code',
		code: answer.get( 'code' ),
		redirect_uri: redirectUri(),
		code_verifier: attempt.verifier,
	} );
	return new Session( config, tokens );
}

/** Requests with an access token. When that has ended, the refresh token gets the next one, and nobody notices. */
class Session {
	#config;
	#tokens = {};
	#until = 0;
	#refreshing = null;

	constructor( config, tokens ) {
		this.#config = config;
		this.#keep( tokens );
	}

	/** What was granted. */
	get scope() {
		return this.#tokens.scope ?? this.#config.scope;
	}

	/** A request to the REST API: `{ body, headers }`. Throws a SignInError. */
	async get( path, parameters = {} ) {
		const url = new URL( this.#config.rest + path );
		Object.entries( parameters ).forEach( ( [ name, value ] ) => url.searchParams.set( name, value ) );
		const send = () => ask( url, { headers: { Authorization: `Bearer ${ this.#tokens.access_token }` } } );
		if ( Date.now() >= this.#until ) {
			await this.#refresh();
		}
		let answer = await send();
		if ( answer.status === 401 ) {
			await this.#refresh();
			answer = await send();
		}
		const { status, body, headers } = answer;
		if ( status !== 200 ) {
			throw new SignInError( status === 401 ? 'expired' : 'answer', body?.message ?? `The site answered with status ${ status }.` );
		}
		return { body, headers };
	}

	/** Ends the session at the site too (RFC 7009): with a refresh token go all tokens that came of the same approval. */
	end() {
		const token = this.#tokens.refresh_token ?? this.#tokens.access_token;
		return post( endpoint( this.#config, 'revoke' ), { client_id: this.#config.client_id, token } );
	}

	/** RFC 6749 §6. A refresh token is for one use, so requests that need one at the same time share what comes of it. */
	#refresh() {
		const refresh = async () => {
			const { refresh_token } = this.#tokens;
			if ( ! refresh_token ) {
				throw new SignInError( 'expired', 'There is no refresh token.' );
			}
			this.#keep( await requestTokens( this.#config, { grant_type: 'refresh_token', refresh_token } ) );
		};
		this.#refreshing ??= refresh()
			.catch( ( error ) => {
				throw error.code === 'invalid_grant' ? new SignInError( 'expired', error.message ) : error;
			} )
			.finally( () => ( this.#refreshing = null ) );
		return this.#refreshing;
	}

	/** The new refresh token takes the place of the one that was used. */
	#keep( tokens ) {
		this.#tokens = { ...this.#tokens, ...tokens };
		this.#until = Date.now() + tokens.expires_in * 1000;
	}
}

/** What the token endpoint answers, if that is a token. Throws a SignInError. */
async function requestTokens( config, form ) {
	const { status, body } = await post( endpoint( config, 'token' ), { client_id: config.client_id, ...form } );
	if ( status !== 200 || body?.token_type?.toLowerCase() !== 'bearer' ) {
		throw new SignInError( body?.error ?? 'answer', body?.error_description ?? `The site answered with status ${ status }.` );
	}
	return body;
}

const post = ( url, form ) => ask( url, { method: 'POST', body: new URLSearchParams( form ) } );

async function ask( url, options ) {
	let response;
	try {
		// No cookie goes along: the token alone says who asks.
		response = await fetch( url, { credentials: 'omit', cache: 'no-store', ...options } );
	} catch {
		throw new SignInError( 'network', 'The site could not be reached.' );
	}
	return { status: response.status, headers: response.headers, body: await response.json().catch( () => null ) };
}
