/**
 * Signed tokens in the hands of others: libraries that verify them, the sample resource server through the life of a key, and
 * forgeries, which neither the site nor the verifier of the extension takes.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { json } from 'node:stream/consumers';
import { createRemoteJWKSet, jwtVerify } from './support/jose.mjs';
import { compact, forgeries } from './support/forgeries.mjs';
import { load } from './support/packages.mjs';
import { LANGUAGES, startResourceServer } from './support/resource_server.mjs';
import { test } from './support/runner.mjs';
import { PYTHON, path } from './support/spawn.mjs';
import { ask, audienceOf, endpoint, isActive, keys, newClient, publishedKeys, read, serviceToken, use } from './support/tokens.mjs';

const oauth = await load( 'oauth4webapi' );

const ALGORITHMS = { 'rsa-2048': 'RS256', 'rsa-3072': 'RS256', 'rsa-4096': 'RS256', 'ec-p256': 'ES256', ed25519: 'EdDSA' };
const CALLBACK = 'http://127.0.0.1/callback';
const STAYS = { grant_types: [ 'authorization_code', 'refresh_token', 'client_credentials' ], redirect_uris: [ CALLBACK ] };

/** A token that a person approved, with its refresh token. */
const approved = ( world, client, scope ) => world.ask( 'approve', { client_id: client.client_id, secret: client.secret, redirect_uri: CALLBACK, scope } );

// Verifiers

/** What each library says of tokens: `{ header, claims }`, or `{ error }`. All find the keys by themselves. */
const VERIFIERS = {
	jose: async ( world, tokens ) => {
		const metadata = await oauthMetadata( world );
		const found = createRemoteJWKSet( new URL( metadata.jwks_uri ) );
		const one = async ( token ) => {
			const { protectedHeader, payload } = await jwtVerify( token, found, {
				issuer: world.site.issuer,
				audience: audienceOf( world ),
				typ: 'at+jwt',
				algorithms: Object.values( ALGORITHMS ),
				requiredClaims: [ 'sub', 'exp', 'iat', 'jti', 'client_id', 'scope' ],
			} );
			return { header: protectedHeader, claims: payload };
		};
		return Promise.all( tokens.map( ( token ) => one( token ).catch( ( error ) => ( { error: String( error ) } ) ) ) );
	},
	oauth4webapi: async ( world, tokens ) => {
		const metadata = await oauthMetadata( world );
		const one = async ( token ) => {
			const request = new Request( 'https://api.example/', { headers: { Authorization: `Bearer ${ token }` } } );
			const claims = await oauth.validateJwtAccessToken( metadata, request, audienceOf( world ), {
				[ oauth.allowInsecureRequests ]: true,
				signingAlgorithms: Object.values( ALGORITHMS ),
			} );
			return { header: read( token ).header, claims };
		};
		return Promise.all( tokens.map( ( token ) => one( token ).catch( ( error ) => ( { error: String( error ) } ) ) ) );
	},
	pyjwt: inPython,
	joserfc: inPython,
};

/** The site's metadata, as oauth4webapi finds and checks it. */
async function oauthMetadata( { site } ) {
	const issuer = new URL( site.issuer );
	const response = await oauth.discoveryRequest( issuer, { algorithm: 'oauth2', [ oauth.allowInsecureRequests ]: true } );
	// An address without a path becomes one with a slash in a URL; the site's own has none.
	assert.equal( ( await response.clone().json() ).issuer, site.issuer );
	return response.json();
}

async function inPython( world, tokens, library ) {
	const verifier = spawn( PYTHON, [ path( '../clients/verify_tokens.py' ) ], { stdio: [ 'pipe', 'pipe', 'inherit' ] } );
	verifier.stdin.end( JSON.stringify( { library, issuer: world.site.issuer, audience: audienceOf( world ), tokens } ) );
	return json( verifier.stdout );
}

for ( const [ type, alg ] of Object.entries( ALGORITHMS ) ) {
	test( `others verify tokens signed with ${ type }`, async ( world ) => {
		await world.ask( 'reset_keys' );
		await world.ask( 'settings', { key_type: type } );
		const service = await newClient( world );
		const app = await newClient( world, STAYS );
		const started = Math.floor( Date.now() / 1000 );
		const tokens = [
			await serviceToken( world, service ),
			await serviceToken( world, service ),
			( await approved( world, app, 'content:read openid profile offline_access' ) ).access_token,
		];
		const [ active ] = ( await keys( world, 'list' ) ).filter( ( { state } ) => state === 'active' );
		assert.deepEqual( [ active.algorithm, active.type ], [ alg, type ] );
		const subjects = await Promise.all( tokens.map( async ( token ) => JSON.parse( ( await use( world, token ) ).body ).sub ) );
		for ( const [ library, verify ] of Object.entries( VERIFIERS ) ) {
			const told = await verify( world, tokens, library );
			told.forEach( ( { header, claims, error }, number ) => {
				assert.equal( error, undefined, `${ library } refuses: ${ error }` );
				const person = number === 2;
				assert.deepEqual( header, { typ: 'at+jwt', alg, kid: active.kid } );
				const { iat, exp, jti, auth_time: signedIn, ...rest } = claims;
				assert.deepEqual( rest, {
					iss: world.site.issuer,
					aud: audienceOf( world ),
					sub: subjects[ number ],
					client_id: ( person ? app : service ).client_id,
					scope: person ? 'content:read offline_access openid profile' : 'content:read',
				} );
				assert.equal( exp - iat, 3600 );
				assert.ok( iat >= started && iat <= Date.now() / 1000, 'issued now' );
				assert.match( jti, /^[\w-]{22,}$/ );
				assert.equal( signedIn !== undefined, person, 'auth_time is of people' );
				assert.ok( ! person || ( signedIn <= iat && signedIn > iat - 600 ) );
			} );
			assert.equal( new Set( told.map( ( { claims } ) => claims.jti ) ).size, tokens.length, 'each has a name of its own' );
			const [ changed ] = await verify( world, [ `${ tokens[ 0 ].slice( 0, -8 ) }AAAAAAAA` ], library );
			assert.ok( changed.error, `${ library } verifies indeed` );
		}
	} );
}

// The sample

for ( const language of LANGUAGES ) {
	test( `the sample resource server in ${ language } answers as RFC 6750 says`, async ( world ) => {
		await world.ask( 'reset_keys' );
		const client = await newClient( world );
		const server = await startResourceServer( language, { SITE: world.site.issuer } );
		try {
			const token = await serviceToken( world, client );
			const good = await server.get( token );
			assert.equal( good.status, 200, JSON.stringify( good.body ) );
			assert.equal( good.body.sub, read( token ).claims.sub );
			assert.equal( good.body.client_id, client.client_id );
			assert.equal( good.headers.get( 'cache-control' ), 'no-store' );

			for ( const headers of [ {}, { Authorization: 'Basic eDp5' } ] ) {
				const nobody = await server.get( undefined, headers );
				assert.deepEqual( [ nobody.status, nobody.challenge ], [ 401, 'Bearer realm="Notes"' ] );
			}
			for ( const headers of [ { Authorization: 'Bearer' }, { Authorization: `Bearer ${ token } x` }, { Authorization: `Bearer "${ token }"` } ] ) {
				const malformed = await server.get( undefined, headers );
				assert.deepEqual( [ malformed.status, malformed.body.error ], [ 400, 'invalid_request' ] );
				assert.match( malformed.challenge, /^Bearer realm="Notes", error="invalid_request", error_description="[ !#-[\]-~]+"$/ );
			}
			const narrow = await server.get( await serviceToken( world, client, 'wp' ) );
			assert.deepEqual( [ narrow.status, narrow.body.error ], [ 403, 'insufficient_scope' ] );
			assert.match( narrow.challenge, /^Bearer realm="Notes", error="insufficient_scope", .*scope="content:read"$/ );
			const opaque = await serviceToken( world, await newClient( world, { access_token_format: 'opaque' } ) );
			assert.match( opaque, /^oauth_ac_a/ );
			for ( const bad of [ opaque, 'x', `${ token.slice( 0, -8 ) }AAAAAAAA`, token.split( '.' ).slice( 0, 2 ).join( '.' ) ] ) {
				const refused = await server.get( bad );
				assert.deepEqual( [ refused.status, refused.body.error ], [ 401, 'invalid_token' ] );
				assert.match( refused.challenge, /^Bearer realm="Notes", error="invalid_token", error_description="[ !#-[\]-~]+"$/ );
			}
			const inTheAddress = await fetch( `${ server.address }?access_token=${ token }` );
			assert.equal( inTheAddress.status, 401, 'a token in the address is none' );
		} finally {
			await server.stop();
		}
	} );

	test( `the sample resource server in ${ language } does not blame the token when the site is away`, async ( world ) => {
		await world.ask( 'reset_keys' );
		const token = await serviceToken( world, await newClient( world ) );
		const nobody = await closedPort();
		const server = await startResourceServer( language, { SITE: nobody, AUDIENCE: audienceOf( world ) } );
		try {
			const away = await server.get( token );
			assert.deepEqual( [ away.status, away.body.error, away.challenge ], [ 503, 'temporarily_unavailable', null ] );
			assert.ok( Number( away.headers.get( 'retry-after' ) ) > 0 );
			assert.equal( ( await server.get() ).status, 401, 'without a token nobody has to be asked' );
		} finally {
			await server.stop();
		}
	} );

	test( `the sample resource server in ${ language } goes along with rotation and refresh and emergency revocation`, async ( world ) => {
		await world.ask( 'reset_keys' );
		const app = await newClient( world, STAYS );
		const session = await approved( world, app, 'content:read openid offline_access' );
		// One keeps the keys as it does in production, one asks for them each time: it stands for all that come later.
		const keeping = await startResourceServer( language, { SITE: world.site.issuer } );
		const asking = await startResourceServer( language, { SITE: world.site.issuer, KEEP_KEYS: '0.001' } );
		const both = async ( token ) => [ ( await keeping.get( token ) ).status, ( await asking.get( token ) ).status ];
		try {
			const first = session.access_token;
			assert.deepEqual( await both( first ), [ 200, 200 ] );
			const before = await publishedKeys( world );

			await keys( world, 'rotate' );
			const refreshed = await ask( world, app, { grant_type: 'refresh_token', refresh_token: session.refresh_token } );
			const second = refreshed.access_token;
			assert.notEqual( read( second ).header.kid, read( first ).header.kid );
			assert.equal( read( second ).claims.sub, read( first ).claims.sub );
			assert.ok( before.keys.some( ( { kid } ) => kid === read( second ).header.kid ), 'the key was published before it signed' );
			assert.deepEqual( await both( second ), [ 200, 200 ], 'nobody had to fetch anything' );
			assert.deepEqual( await both( first ), [ 200, 200 ], 'what the former key signed goes on' );
			assert.deepEqual( [ ( await use( world, first ) ).status, ( await use( world, second ) ).status ], [ 200, 200 ] );

			// One token is revoked: it ends at the site, and elsewhere when its time is over.
			const third = await serviceToken( world, app );
			await fetch( endpoint( world, 'revoke' ), { method: 'POST', body: new URLSearchParams( { client_id: app.client_id, client_secret: app.secret, token: third } ) } );
			assert.deepEqual( [ ( await use( world, third ) ).status, await isActive( world, app, third ) ], [ 401, false ] );
			assert.deepEqual( await both( third ), [ 200, 200 ], 'a verifier that asks nobody learns of nothing' );

			// The key is known to others: it is out of the published keys at once, and so are its tokens.
			await keys( world, 'revoke', { kid: read( second ).header.kid } );
			assert.ok( ! ( await publishedKeys( world ) ).keys.some( ( { kid } ) => kid === read( second ).header.kid ) );
			assert.deepEqual( [ ( await use( world, second ) ).status, await isActive( world, app, second ) ], [ 401, false ] );
			assert.deepEqual( [ ( await use( world, first ) ).status, await isActive( world, app, first ) ], [ 200, true ], 'another key signed it' );
			assert.deepEqual( await both( second ), [ 200, 401 ], 'where keys are kept, until they are fetched again' );
			assert.deepEqual( await both( first ), [ 200, 200 ] );

			// The session itself goes on, with a key that was published long before.
			const renewed = ( await ask( world, app, { grant_type: 'refresh_token', refresh_token: refreshed.refresh_token } ) ).access_token;
			assert.equal( new Set( [ first, second, renewed ].map( ( token ) => read( token ).header.kid ) ).size, 3 );
			assert.equal( ( await asking.get( renewed ) ).status, 200 );
			assert.equal( ( await use( world, renewed ) ).status, 200 );
		} finally {
			await Promise.all( [ keeping.stop(), asking.stop() ] );
		}
	} );
}

/** Somebody who issues tokens at a path of their host, and tells their metadata at some addresses. */
async function issuerAt( directory, tells ) {
	const { publicKey, privateKey } = generateKeyPairSync( 'rsa', { modulusLength: 2048 } );
	const jwk = { ...publicKey.export( { format: 'jwk' } ), kid: 'k', alg: 'RS256', use: 'sig' };
	const server = createHttpServer( ( { url }, response ) => {
		const found = tells( issuer )[ url ] ?? ( url === '/keys' ? { keys: [ jwk ] } : null );
		response.writeHead( found ? 200 : 404, { 'Content-Type': 'application/json' } ).end( JSON.stringify( found ) );
	} );
	await new Promise( ( resolve ) => server.listen( 0, '127.0.0.1', resolve ) );
	const issuer = `http://127.0.0.1:${ server.address().port }${ directory }`;
	const now = Math.floor( Date.now() / 1000 );
	const claims = { iss: issuer, aud: `${ issuer }/wp-json/`, sub: 's', client_id: 'c', jti: 'j', iat: now, exp: now + 60, scope: 'content:read' };
	return { issuer, token: compact( { typ: 'at+jwt', alg: 'RS256', kid: 'k' }, claims, privateKey ), stop: () => server.close() };
}

const WELL_KNOWN = '/.well-known/oauth-authorization-server';

for ( const language of LANGUAGES ) {
	test( `the sample resource server in ${ language } finds the metadata of RFC 8414 and believes no other issuers`, async () => {
		const about = ( issuer, whose = issuer ) => ( { issuer, jwks_uri: `${ new URL( whose ).origin }/keys` } );
		for ( const [ directory, tells, status ] of [
			[ '', ( issuer ) => ( { [ WELL_KNOWN ]: about( issuer ) } ), 200 ],
			[ '/blog', ( issuer ) => ( { [ `${ WELL_KNOWN }/blog` ]: about( issuer ) } ), 200 ],
			[ '/blog', ( issuer ) => ( { [ `/blog${ WELL_KNOWN }` ]: about( issuer ) } ), 200 ],
			[ '/blog', ( issuer ) => ( { [ WELL_KNOWN ]: about( issuer ) } ), 503 ],
			[ '', ( issuer ) => ( { [ WELL_KNOWN ]: about( 'https://evil.example', issuer ) } ), 503 ],
			[ '', ( issuer ) => ( { [ WELL_KNOWN ]: about( `${ issuer }/`, issuer ) } ), 503 ],
			[ '', () => ( {} ), 503 ],
		] ) {
			const other = await issuerAt( directory, tells );
			const server = await startResourceServer( language, { SITE: other.issuer } );
			try {
				assert.equal( ( await server.get( other.token ) ).status, status, `${ directory } ${ tells }` );
			} finally {
				await server.stop();
				other.stop();
			}
		}
	} );
}

/** An address of this computer where nobody listens. */
async function closedPort() {
	const server = createServer();
	await new Promise( ( resolve ) => server.listen( 0, '127.0.0.1', resolve ) );
	const { port } = server.address();
	await new Promise( ( resolve ) => server.close( resolve ) );
	return `http://127.0.0.1:${ port }`;
}

// Forgeries

const LEEWAY = 30;

/** A site whose signing key we know, a good token of it, and everything that is almost one. Made once. */
let workshop = null;

async function open( world ) {
	await world.ask( 'reset_keys' );
	const client = await newClient( world );
	const { privateKey: key } = generateKeyPairSync( 'rsa', { modulusLength: 2048 } );
	await keys( world, 'import', { pem: key.export( { type: 'pkcs8', format: 'pem' } ), use: 'now' } );
	const good = await serviceToken( world, client );
	const jwks = await publishedKeys( world );
	const { header, claims } = read( good );
	const jwk = jwks.keys.find( ( { kid } ) => kid === header.kid );
	assert.equal( jwk.n, key.export( { format: 'jwk' } ).n, 'the imported key signs' );
	const asked = [];
	const listener = createServer( ( socket ) => {
		asked.push( socket.remotePort );
		socket.destroy();
	} );
	await new Promise( ( resolve ) => listener.listen( 0, '127.0.0.1', resolve ) );
	listener.unref();
	await fetch( `http://127.0.0.1:${ listener.address().port }/` ).catch( () => {} );
	assert.equal( asked.splice( 0 ).length, 1, 'who asks is noticed' );
	const now = Math.floor( Date.now() / 1000 );
	const address = `http://127.0.0.1:${ listener.address().port }`;
	const all = await forgeries( { header, claims, jwk, key, good, listener: address, leeway: LEEWAY, now } );
	const expected = { issuer: world.site.issuer, audience: audienceOf( world ), type: 'at+jwt' };
	return { good, header, claims, key, jwks: JSON.stringify( jwks ), expected, now, asked, all };
}

/** What `AppConnect\verify_jwt` makes of tokens. */
async function verifyInPhp( { jwks, expected, now }, tokens, change = {} ) {
	const extension = path( '../../../target/release/libapp_connect.so' );
	const php = spawn( 'php', [ '-n', '-d', `extension=${ extension }`, path( '../clients/verify_jwt.php' ) ], { stdio: [ 'pipe', 'pipe', 'inherit' ] } );
	const lines = [];
	createInterface( { input: php.stdout } ).on( 'line', ( line ) => lines.push( JSON.parse( line ) ) );
	const ended = new Promise( ( resolve ) => php.on( 'close', resolve ) );
	for ( const token of tokens ) {
		php.stdin.write( JSON.stringify( { token: Buffer.from( token ).toString( 'base64' ), jwks, expected: { ...expected, ...change.expected }, now: now + ( change.later ?? 0 ) } ) + '\n' );
	}
	php.stdin.end();
	assert.equal( await ended, 0 );
	const { peak } = lines.pop();
	assert.equal( lines.length, tokens.length );
	return { told: lines, peak };
}

/** What can stand in a header, and arrives there as it was sent. */
const SENDABLE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** The most that a megabyte of token may cost. */
const MILLISECONDS = 20;
const KIBIBYTES = 64 * 1024;

const CASES = {
	'JW-01': 'an unsigned token is refused',
	'JW-02': 'a public key is no secret',
	'JW-03': 'the algorithm is the one of the key',
	'JW-04': 'any changed bit is noticed',
	'JW-05': 'only a published key is found by its name',
	'JW-06': 'no address in a token is asked',
	'JW-07': 'a key that the token brings along is not used',
	'JW-08': 'what a token calls critical or unencoded is refused',
	'JW-09': 'only the compact form of a signed token is one',
	'JW-10': 'an expired token is refused',
	'JW-11': 'a token from the future is refused',
	'JW-12': 'times are whole seconds',
	'JW-13': 'issuer and type are exact',
	'JW-14': 'a token for somebody else is refused',
	'JW-15': 'what every token has must be there as a text',
	'JW-16': 'a member that comes twice is refused',
	'JW-17': 'another spelling of a token is none',
	'JW-18': 'too many or too large parts are refused quickly',
};

for ( const [ which, sentence ] of Object.entries( CASES ) ) {
	test( `${ which } ${ sentence }`, async ( world ) => {
		workshop ??= open( world );
		const shop = await workshop;
		const some = shop.all.filter( ( each ) => each.case === which );
		assert.ok( some.length > 2, 'there are such forgeries' );

		const { told, peak } = await verifyInPhp( shop, [ shop.good, ...some.map( ( { token } ) => token ) ] );
		assert.deepEqual( told.shift().claims, shop.claims, 'the token of which they are forgeries is good' );
		const taken = some.filter( ( _, number ) => told[ number ].claims !== null ).map( ( { name } ) => name );
		assert.deepEqual( taken, [], 'verify_jwt refuses' );
		const slow = some.map( ( { name }, number ) => [ name, told[ number ].milliseconds ] ).filter( ( [ , milliseconds ] ) => ! ( milliseconds < MILLISECONDS ) );
		assert.deepEqual( slow, [], 'quickly' );
		assert.ok( peak < KIBIBYTES, `and with little memory: ${ peak } KiB` );

		// What cannot stand in a header cannot come.
		const sent = some.filter( ( { token } ) => SENDABLE.test( token.toString( 'latin1' ) ) );
		for ( const { name, token } of sent ) {
			const { status, body, challenge } = await use( world, token.toString( 'latin1' ) );
			// A header beyond nginx' eight kilobytes does not reach PHP.
			assert.ok( status === 401 || status === 400, `${ name } is answered with ${ status }: ${ body.slice( 0, 200 ) }` );
			assert.ok( status === 400 || /^Bearer .*error="invalid_token"/.test( challenge ), `${ name }: ${ challenge }` );
			assert.doesNotMatch( body, /"sub"/, name );
		}
		assert.equal( ( await use( world, shop.good ) ).status, 200, 'the good one still opens' );
		assert.deepEqual( shop.asked, [], 'nobody asked the address in a token' );
	} );
}

test( 'JW-10 the leeway is thirty seconds unless told otherwise and never more than sixty', async ( world ) => {
	workshop ??= open( world );
	const shop = await workshop;
	const at = ( exp, more = {} ) => compact( shop.header, { ...shop.claims, exp, ...more }, shop.key );
	const passes = async ( token, expected = {} ) => ( await verifyInPhp( shop, [ token ], { expected } ) ).told[ 0 ].claims !== null;
	const { now } = shop;
	assert.deepEqual( [ await passes( at( now - 29 ) ), await passes( at( now - 30 ) ), await passes( at( now - 31 ) ) ], [ true, false, false ] );
	assert.deepEqual( [ await passes( at( now + 1 ), { leeway: 0 } ), await passes( at( now ), { leeway: 0 } ) ], [ true, false ] );
	assert.deepEqual( [ await passes( at( now - 59 ), { leeway: 60 } ), await passes( at( now - 60 ), { leeway: 60 } ) ], [ true, false ] );
	const much = await verifyInPhp( shop, [ at( now - 61 ) ], { expected: { leeway: 3600 } } );
	assert.ok( much.told[ 0 ].thrown || much.told[ 0 ].claims === null, 'an hour of leeway is not to be had' );
	assert.deepEqual( [ await passes( at( now + 60, { nbf: now + 30 } ) ), await passes( at( now + 60, { nbf: now + 31 } ) ) ], [ true, false ] );
	assert.deepEqual( [ await passes( at( now + 60, { iat: now + 30 } ) ), await passes( at( now + 60, { iat: now + 31 } ) ) ], [ true, false ] );
} );

test( 'JW-14 one of several audiences is enough', async ( world ) => {
	workshop ??= open( world );
	const shop = await workshop;
	const token = compact( shop.header, { ...shop.claims, aud: [ 'https://api.example', shop.claims.aud ] }, shop.key );
	assert.notEqual( ( await verifyInPhp( shop, [ token ] ) ).told[ 0 ].claims, null );
} );

test( 'JW-19 a token that the key signed and the site did not issue is refused here', async ( world ) => {
	workshop ??= open( world );
	const shop = await workshop;
	for ( const change of [ { jti: 'another' }, { scope: 'wp' }, { exp: shop.claims.exp + 3600 }, { more: 1 } ] ) {
		const token = compact( shop.header, { ...shop.claims, ...change }, shop.key );
		assert.notEqual( ( await verifyInPhp( shop, [ token ] ) ).told[ 0 ].claims, null, 'its signature is right' );
		const { status, challenge } = await use( world, token );
		assert.equal( status, 401 );
		assert.match( challenge, /error="invalid_token"/ );
	}
} );

/** What every verifier must refuse; and what the real key has signed with something that RFC 7515 §4 lets a verifier pass over. */
const CERTAIN = [ 'JW-01', 'JW-02', 'JW-03', 'JW-05', 'JW-07', 'JW-09', 'JW-10', 'JW-13', 'JW-14' ];
const TOLERABLE = /the real key$|^zip$|^enc$|^aud \[.*,1\]$/;

for ( const language of LANGUAGES ) {
	test( `the sample resource server in ${ language } refuses forgeries`, async ( world ) => {
		workshop ??= open( world );
		const shop = await workshop;
		const server = await startResourceServer( language, { SITE: world.site.issuer } );
		try {
			assert.equal( ( await server.get( shop.good ) ).status, 200 );
			const taken = [];
			for ( const { case: which, name, token } of shop.all.filter( ( each ) => CERTAIN.includes( each.case ) && ! TOLERABLE.test( each.name ) ) ) {
				const text = token.toString( 'latin1' );
				if ( SENDABLE.test( text ) && ( await server.get( text ) ).status < 400 ) {
					taken.push( `${ which } ${ name }` );
				}
			}
			assert.deepEqual( taken, [] );
		} finally {
			await server.stop();
		}
	} );
}
