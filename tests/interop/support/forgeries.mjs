/**
 * Tokens that are no good, each for one reason: an attacker's, made with jose, PyJWT and joserfc where these can make them,
 * and put together by hand where they refuse to.
 *
 * The test has brought the signing key along itself, so there are also tokens that the site's own key has signed and that are
 * wrong nevertheless: what a mere look at the signature would let pass.
 */

import { spawn } from 'node:child_process';
import { constants, createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { json } from 'node:stream/consumers';
import { load } from './packages.mjs';
import { PYTHON, path } from './spawn.mjs';

const jose = await load( 'jose' );

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

const encode = ( part ) => Buffer.from( typeof part === 'string' || Buffer.isBuffer( part ) ? part : JSON.stringify( part ) ).toString( 'base64url' );

const SIGNERS = {
	RS256: ( message, key ) => sign( 'sha256', message, key ),
	RS384: ( message, key ) => sign( 'sha384', message, key ),
	PS256: ( message, key ) => sign( 'sha256', message, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } ),
	HS256: ( message, key ) => createHmac( 'sha256', key ).update( message ).digest(),
};

/** A token of a header and a payload as they are, signed as RS256 unless told otherwise. */
export function compact( header, payload, key, algorithm = 'RS256' ) {
	const message = `${ encode( header ) }.${ encode( payload ) }`;
	return `${ message }.${ SIGNERS[ algorithm ]( Buffer.from( message ), key ).toString( 'base64url' ) }`;
}

/** A text of base64url with each single bit changed in turn, in about `number` places of it. */
function* flipped( token, number ) {
	const step = Math.max( 1, Math.floor( token.length / number ) );
	for ( let place = 0; place < token.length; place += step ) {
		const value = ALPHABET.indexOf( token[ place ] );
		for ( let bit = 1; value >= 0 && bit < 64; bit <<= 1 ) {
			yield token.slice( 0, place ) + ALPHABET[ value ^ bit ] + token.slice( place + 1 );
		}
	}
}

/** JSON text with a member that comes twice, the second time as told. */
const twice = ( value, name, again ) => `${ JSON.stringify( value ).slice( 0, -1 ) },${ JSON.stringify( name ) }:${ JSON.stringify( again ) }}`;

/** What the Python libraries make. */
async function fromPython( about ) {
	const forger = spawn( PYTHON, [ path( '../clients/forge.py' ) ], { stdio: [ 'pipe', 'pipe', 'inherit' ] } );
	forger.stdin.end( JSON.stringify( about ) );
	return json( forger.stdout );
}

/**
 * The forgeries: `{ case, name, token }` each.
 *
 * @param {Object} about
 * @param {Object} about.header   The header of a token of the site.
 * @param {Object} about.claims   Its claims.
 * @param {Object} about.jwk      The site's public key.
 * @param {Object} about.key      The private key of the same (a KeyObject, RSA).
 * @param {string} about.good     That token.
 * @param {string} about.listener An address where nobody may ever ask.
 * @param {number} about.leeway   By how many seconds the verifier may be lenient.
 * @param {number} about.now      The time that the verifier goes by.
 */
export async function forgeries( { header, claims, jwk, key, good, listener, leeway, now } ) {
	const pem = key.export( { type: 'pkcs8', format: 'pem' } );
	const other = generateKeyPairSync( 'rsa', { modulusLength: 2048 } );
	const otherJwk = { ...( await jose.exportJWK( other.publicKey ) ), kid: header.kid, alg: 'RS256', use: 'sig' };
	const signed = ( change, more = {} ) => compact( { ...header, ...more }, { ...claims, ...change }, key );
	const without = ( name ) => Object.fromEntries( Object.entries( claims ).filter( ( [ each ] ) => each !== name ) );
	const [ head, payload, signature ] = good.split( '.' );
	const all = [];
	const add = ( which, name, token ) => all.push( { case: which, name, token: Buffer.from( token ) } );

	// JW-01
	add( 'JW-01', 'jose none', new jose.UnsecuredJWT( claims ).encode() );
	for ( const alg of [ 'none', 'None', 'NONE', 'nOnE' ] ) {
		add( 'JW-01', `alg ${ alg } and no signature`, `${ encode( { ...header, alg } ) }.${ payload }.` );
		add( 'JW-01', `alg ${ alg } and two parts`, `${ encode( { ...header, alg } ) }.${ payload }` );
		add( 'JW-01', `alg ${ alg } and the old signature`, `${ encode( { ...header, alg } ) }.${ payload }.${ signature }` );
	}
	add( 'JW-01', 'the right header and no signature', `${ head }.${ payload }.` );

	// JW-02
	for ( const alg of [ 'HS256', 'HS384', 'HS512' ] ) {
		for ( const [ name, secret ] of [
			[ 'JWK text', JSON.stringify( jwk ) ],
			[ 'JWK text and a newline', `${ JSON.stringify( jwk ) }\n` ],
			[ 'modulus', Buffer.from( jwk.n, 'base64url' ) ],
		] ) {
			const forged = new jose.SignJWT( claims ).setProtectedHeader( { ...header, alg } );
			add( 'JW-02', `jose ${ alg } with the ${ name }`, await forged.sign( Buffer.from( secret ) ) );
		}
	}

	// JW-03
	for ( const alg of [ 'RS384', 'RS512', 'PS256', 'PS512' ] ) {
		const forged = new jose.SignJWT( claims ).setProtectedHeader( { ...header, alg } );
		add( 'JW-03', `jose ${ alg } by the real key`, await forged.sign( await jose.importPKCS8( pem, alg ) ) );
	}
	for ( const alg of [ 'RS384', 'PS256', 'ES256', 'EdDSA', 'rs256', 'RS256 ', '', null, 1, [ 'RS256' ], undefined ] ) {
		add( 'JW-03', `a signature by RS256 that is called ${ JSON.stringify( alg ) }`, compact( { ...header, alg }, claims, key ) );
	}
	for ( const [ alg, type, options ] of [ [ 'ES256', 'ec', { namedCurve: 'P-256' } ], [ 'EdDSA', 'ed25519', {} ] ] ) {
		const forged = new jose.SignJWT( claims ).setProtectedHeader( { ...header, alg } );
		add( 'JW-03', `jose ${ alg } by a key of its own`, await forged.sign( generateKeyPairSync( type, options ).privateKey ) );
	}

	// JW-04: each part alone, and all bits of a signature's last character, some of which no decoder looks at.
	for ( const part of [ 0, 1, 2 ] ) {
		for ( const changed of flipped( good.split( '.' )[ part ], 12 ) ) {
			const parts = good.split( '.' );
			parts[ part ] = changed;
			add( 'JW-04', `a bit of part ${ part }`, parts.join( '.' ) );
		}
	}
	for ( const changed of flipped( signature.at( -1 ), 1 ) ) {
		add( 'JW-04', 'a bit of the last character', good.slice( 0, -1 ) + changed );
	}

	// JW-05
	for ( const kid of [ 'unknown', '', '../../dev/null', "' OR 1=1--", '/etc/passwd', `${ header.kid }\0`, header.kid.toLowerCase() + ' ', 'k'.repeat( 10_000 ), [ header.kid ], { kid: header.kid }, null, 0, undefined ] ) {
		add( 'JW-05', `kid ${ JSON.stringify( kid )?.slice( 0, 40 ) }`, compact( { ...header, kid }, claims, key ) );
	}

	// JW-06: signed by somebody else, and by the real key: the address must not be asked for either.
	for ( const name of [ 'jku', 'x5u' ] ) {
		for ( const [ whose, signer ] of [ [ 'their own', other.privateKey ], [ 'the real', key ] ] ) {
			add( 'JW-06', `${ name } and ${ whose } key`, compact( { ...header, [ name ]: `${ listener }/${ name }` }, claims, signer ) );
			add( 'JW-06', `${ name }, no kid and ${ whose } key`, compact( { ...header, kid: undefined, [ name ]: `${ listener }/${ name }` }, claims, signer ) );
		}
	}

	// JW-07
	for ( const embedded of [ { jwk: otherJwk }, { x5c: [ encode( 'no certificate' ) ] }, { jwk: otherJwk, kid: undefined }, { jwk: { kty: 'oct', k: encode( 'secret' ) }, alg: 'HS256' } ] ) {
		const algorithm = embedded.alg ?? 'RS256';
		add( 'JW-07', `embedded ${ Object.keys( embedded ) } and their own key`, compact( { ...header, ...embedded }, claims, algorithm === 'HS256' ? Buffer.from( 'secret' ) : other.privateKey, algorithm ) );
		add( 'JW-07', `embedded ${ Object.keys( embedded ) } and the real key`, compact( { ...header, ...embedded }, claims, key ) );
	}
	const embedding = new jose.SignJWT( claims ).setProtectedHeader( { alg: 'RS256', typ: header.typ, jwk: otherJwk } );
	add( 'JW-07', 'jose embedded jwk', await embedding.sign( other.privateKey ) );

	// JW-08
	for ( const more of [ { crit: [ 'x' ], x: 1 }, { crit: [ 'exp' ] }, { crit: [] }, { crit: 'x' }, { crit: [ 'b64' ], b64: true }, { crit: [ 'b64' ], b64: false }, { b64: false }, { b64: true } ] ) {
		add( 'JW-08', JSON.stringify( more ), signed( {}, more ) );
	}
	const crit = new jose.SignJWT( claims ).setProtectedHeader( { ...header, crit: [ 'http://example.com/x' ], 'http://example.com/x': true } );
	add( 'JW-08', 'jose crit', await crit.sign( key, { crit: { 'http://example.com/x': true } } ) );
	// RFC 7797: the payload as it is.
	const unencoded = await new jose.FlattenedSign( Buffer.from( JSON.stringify( claims ).replaceAll( '.', '' ) ) )
		.setProtectedHeader( { ...header, b64: false, crit: [ 'b64' ] } )
		.sign( key );
	add( 'JW-08', 'jose unencoded payload', `${ unencoded.protected }.${ JSON.stringify( claims ).replaceAll( '.', '' ) }.${ unencoded.signature }` );
	add( 'JW-08', 'jose detached payload', `${ unencoded.protected }..${ unencoded.signature }` );

	// JW-09
	add( 'JW-09', 'zip', signed( {}, { zip: 'DEF' } ) );
	add( 'JW-09', 'enc', signed( {}, { enc: 'A128GCM' } ) );
	const encrypted = new jose.EncryptJWT( claims ).setProtectedHeader( { alg: 'RSA-OAEP-256', enc: 'A256GCM', typ: header.typ, kid: header.kid } );
	add( 'JW-09', 'jose JWE', await encrypted.encrypt( await jose.importJWK( { kty: jwk.kty, n: jwk.n, e: jwk.e }, 'RSA-OAEP-256' ) ) );
	const direct = new jose.EncryptJWT( claims ).setProtectedHeader( { alg: 'dir', enc: 'A128CBC-HS256', typ: header.typ, kid: header.kid } );
	add( 'JW-09', 'jose JWE dir', await direct.encrypt( Buffer.from( jwk.n ).subarray( 0, 32 ) ) );
	const flat = await new jose.FlattenedSign( Buffer.from( JSON.stringify( claims ) ) ).setProtectedHeader( header ).sign( key );
	add( 'JW-09', 'jose flattened JSON', JSON.stringify( flat ) );
	const general = new jose.GeneralSign( Buffer.from( JSON.stringify( claims ) ) );
	general.addSignature( key ).setProtectedHeader( { alg: 'RS256' } ).setUnprotectedHeader( { kid: header.kid, typ: header.typ } );
	add( 'JW-09', 'jose general JSON with an unprotected header', JSON.stringify( await general.sign() ) );

	// JW-10, JW-11
	add( 'JW-10', 'expired by one second more than the leeway', signed( { exp: now - leeway - 1 } ) );
	add( 'JW-10', 'expired when it was issued', signed( { exp: claims.iat - 3600 } ) );
	add( 'JW-11', 'nbf beyond the leeway', signed( { nbf: now + leeway + 10 } ) );
	add( 'JW-11', 'nbf in an hour', signed( { nbf: now + 3600 } ) );
	add( 'JW-11', 'iat in an hour', signed( { iat: now + 3600 } ) );
	add( 'JW-11', 'iat in a thousand years', signed( { iat: now + 3e10 } ) );

	// JW-12
	for ( const name of [ 'exp', 'iat', 'nbf' ] ) {
		for ( const value of [ String( claims.exp ), '', 'soon', -1, claims[ name ] + 0.5 || 0.5, [ claims.exp ], { at: claims.exp }, null, true ] ) {
			add( 'JW-12', `${ name } ${ JSON.stringify( value ) }`, signed( { [ name ]: value } ) );
		}
		for ( const value of [ '1e99', '1e999', '-1e99', '99999999999999999999', '9223372036854775807', '1.8e10', 'NaN', 'Infinity' ] ) {
			const text = JSON.stringify( { ...claims, [ name ]: '@' } ).replace( '"@"', value );
			add( 'JW-12', `${ name } ${ value }`, compact( header, text, key ) );
		}
		if ( name !== 'nbf' ) {
			add( 'JW-12', `no ${ name }`, compact( header, without( name ), key ) );
		}
	}

	// JW-13 to JW-15
	for ( const iss of [ 'https://evil.example', `${ claims.iss }/`, claims.iss.toUpperCase(), '', [ claims.iss ], [ 'https://evil.example', claims.iss ], { 0: claims.iss }, null, 1, true ] ) {
		add( 'JW-13', `iss ${ JSON.stringify( iss ) }`, signed( { iss } ) );
	}
	add( 'JW-13', 'no iss', compact( header, without( 'iss' ), key ) );
	for ( const typ of [ 'JWT', 'at+JWT ', 'id_token', 'at', '', 'application/jwt', 'logout+jwt', null, [ header.typ ], undefined ] ) {
		add( 'JW-13', `typ ${ JSON.stringify( typ ) }`, signed( {}, { typ } ) );
	}
	for ( const aud of [ 'https://evil.example', `${ claims.aud }x`, '', [], [ 'https://evil.example' ], [ [ claims.aud ] ], [ claims.aud, 1 ], { 0: claims.aud }, null, 1 ] ) {
		add( 'JW-14', `aud ${ JSON.stringify( aud ) }`, signed( { aud } ) );
	}
	add( 'JW-14', 'no aud', compact( header, without( 'aud' ), key ) );
	for ( const sub of [ '', 1, null, [ claims.sub ], { sub: claims.sub }, true ] ) {
		add( 'JW-15', `sub ${ JSON.stringify( sub ) }`, signed( { sub } ) );
	}
	for ( const name of [ 'sub', 'jti', 'client_id' ] ) {
		add( 'JW-15', `no ${ name }`, compact( header, without( name ), key ) );
	}

	// JW-16
	for ( const [ name, again ] of [ [ 'sub', 'another' ], [ 'sub', claims.sub ], [ 'exp', now + 1e6 ], [ 'x', 1 ] ] ) {
		add( 'JW-16', `the claim ${ name } twice`, compact( header, twice( name === 'x' ? { ...claims, x: 0 } : claims, name, again ), key ) );
	}
	for ( const [ name, again ] of [ [ 'alg', 'RS256' ], [ 'alg', 'none' ], [ 'kid', header.kid ], [ 'typ', header.typ ] ] ) {
		add( 'JW-16', `the header's ${ name } twice`, compact( twice( header, name, again ), claims, key ) );
	}
	add( 'JW-16', 'a member twice, deep inside', compact( header, JSON.stringify( { ...claims, deep: '@' } ).replace( '"@"', '[{"a":{"b":1,"b":2}}]' ), key ) );
	add( 'JW-16', 'the same member in two spellings', compact( header, JSON.stringify( claims ).replace( /}$/, ',"s\\u0075b":"another"}' ), key ) );

	// JW-17
	const resigned = ( message ) => `${ message }.${ SIGNERS.RS256( Buffer.from( message ), key ).toString( 'base64url' ) }`;
	const odd = JSON.stringify( claims );
	for ( const [ name, token ] of [
		[ 'padding', `${ good }=` ],
		[ 'padding of every part', good.split( '.' ).map( ( part ) => part + '='.repeat( ( 4 - ( part.length % 4 ) ) % 4 || 1 ) ).join( '.' ) ],
		[ 'padding that was signed', resigned( `${ head }=.${ payload }=` ) ],
		[ 'base64 and not base64url', resigned( `${ Buffer.from( JSON.stringify( { ...header, x: '????' } ) ).toString( 'base64' ).replaceAll( '=', '' ) }.${ payload }` ) ],
		[ 'a space behind', `${ good } ` ],
		[ 'a newline behind', `${ good }\n` ],
		[ 'a space within', `${ head }. ${ payload }.${ signature }` ],
		[ 'a newline in a part', resigned( `${ head }.${ payload.slice( 0, 8 ) }\n${ payload.slice( 8 ) }` ) ],
		[ 'a tab in front', `\t${ good }` ],
		[ 'a null byte behind', `${ good }\0` ],
		[ 'bytes that are no text', Buffer.concat( [ Buffer.from( good ), Buffer.from( [ 0xff ] ) ] ) ],
		[ 'a byte order mark in the payload', compact( header, `\ufeff${ odd }`, key ) ],
		[ 'a byte order mark in the header', compact( `\ufeff${ JSON.stringify( header ) }`, claims, key ) ],
		[ 'a byte order mark in front', `\ufeff${ good }` ],
		[ 'something behind the payload', compact( header, `${ odd }x`, key ) ],
		[ 'two payloads', compact( header, odd + odd, key ) ],
		[ 'a null byte behind the payload', compact( header, `${ odd }\0`, key ) ],
		[ 'something behind the header', compact( `${ JSON.stringify( header ) }{}`, claims, key ) ],
		[ 'a comment in the payload', compact( header, odd.replace( '{', '{/**/' ), key ) ],
		[ 'a comma too many', compact( header, odd.replace( /}$/, ',}' ), key ) ],
		[ 'a payload that is no UTF-8', compact( header, Buffer.concat( [ Buffer.from( odd.slice( 0, -1 ) ), Buffer.from( ',"x":"\xff"}', 'latin1' ) ] ), key ) ],
		[ 'half a surrogate pair', compact( header, odd.replace( /}$/, ',"x":"\\ud800"}' ), key ) ],
		[ 'a payload that is a list', compact( header, [ claims ], key ) ],
		[ 'a payload that is a text', compact( header, JSON.stringify( odd ), key ) ],
		[ 'a header that is a list', compact( [ header ], claims, key ) ],
		[ 'bits that no decoder looks at', resigned( `${ head }.${ lastBits( odd ) }` ) ],
	] ) {
		add( 'JW-17', name, token );
	}

	// JW-18
	for ( const [ name, token ] of [
		[ 'nothing', '' ],
		[ 'a dot', '.' ],
		[ 'two dots', '..' ],
		[ 'one part', head ],
		[ 'two parts', `${ head }.${ payload }` ],
		[ 'four parts', `${ good }.${ signature }` ],
		[ 'four parts, the last empty', `${ good }.` ],
		[ 'five parts', `${ good }.${ payload }.${ signature }` ],
		[ 'an empty header', `.${ payload }.${ signature }` ],
		[ 'an empty payload', resigned( `${ head }.` ) ],
		[ 'a megabyte', `${ head }.${ payload }.${ 'A'.repeat( 1 << 20 ) }` ],
		[ 'a megabyte of payload that was signed', signed( { x: 'x'.repeat( 1 << 20 ) } ) ],
		[ 'a megabyte of header', signed( {}, { x: 'x'.repeat( 1 << 20 ) } ) ],
		[ 'a megabyte of dots', '.'.repeat( 1 << 20 ) ],
		[ 'a hundred thousand levels', compact( header, JSON.stringify( { ...claims, x: '@' } ).replace( '"@"', '['.repeat( 100_000 ) + ']'.repeat( 100_000 ) ), key ) ],
		[ 'five thousand levels', compact( header, JSON.stringify( { ...claims, x: '@' } ).replace( '"@"', '['.repeat( 5_000 ) + ']'.repeat( 5_000 ) ), key ) ],
		[ 'five thousand levels of header', compact( JSON.stringify( { ...header, x: '@' } ).replace( '"@"', '['.repeat( 5_000 ) + ']'.repeat( 5_000 ) ), claims, key ) ],
	] ) {
		add( 'JW-18', name, token );
	}

	const python = await fromPython( { header, claims, jwk, pem, now } );
	python.forEach( ( { case: which, name, token } ) => add( which, name, token ) );
	return all;
}

/** A JSON text in base64url, with a bit set that is beyond its last byte. */
function lastBits( text ) {
	// A space more or less is the same JSON.
	const part = encode( text.length % 3 ? text : `${ text } ` );
	return part.slice( 0, -1 ) + ALPHABET[ ALPHABET.indexOf( part.at( -1 ) ) | 1 ];
}
