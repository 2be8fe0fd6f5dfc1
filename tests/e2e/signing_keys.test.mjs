/** App Connect → Signing Keys: what signs, and what is done about it. */

import assert from 'node:assert/strict';
import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import { logIn, PHONE } from './support/browser.mjs';
import { keys, kidOf, past, pem, published, signedApp, signerOf } from './support/keys.mjs';
import { test } from './support/runner.mjs';

const line = ( t ) => t.page.locator( '.app-connect-key' );
const ofState = ( t, state ) => t.page.locator( `.app-connect-key-is-${ state }` );
const done = ( t ) => t.page.locator( '.notice-success' );
const answerYes = ( t ) => t.follow( t.page.locator( '.app-connect-confirm button[name=app_connect_do]' ) );
const cancel = ( t ) => t.follow( t.page.locator( '.app-connect-confirm a.button' ) );
const action = ( t, name ) => t.follow( t.page.locator( `.page-title-action[href*="action=${ name }"]` ) );
const token = ( t, app ) => t.site.token( app );

/** The thumbprint of RFC 7638, which is a key's ID. */
function thumbprint( text ) {
	const { crv, e, kty, n, x, y } = createPublicKey( createPrivateKey( text ) ).export( { format: 'jwk' } );
	const members = { RSA: { e, kty, n }, EC: { crv, kty, x, y }, OKP: { crv, kty, x } }[ kty ];
	return createHash( 'sha256' ).update( JSON.stringify( members ) ).digest( 'base64url' );
}

/** Does something while wp-config.php has other constants. */
async function withConstants( t, values, what ) {
	await t.site.constants( values );
	try {
		await what();
	} finally {
		await t.site.constants( { AC_TOKEN_SECRET: 'e2e0'.repeat( 16 ), AC_TOKEN_SECRET_PREVIOUS: null } );
	}
}

/** Every test begins with the same secret. */
const keyTest = ( name, body, options ) => test( name, ( t ) => withConstants( t, { AC_TOKEN_SECRET: 'e2e0'.repeat( 16 ) }, () => body( t ) ), options );

keyTest( 'a site without keys says when one is made, and makes it', async ( t ) => {
	await t.clients();
	await t.follow( t.page.locator( '#adminmenu a[href="admin.php?page=app-connect-keys"]' ) );
	assert.match( await t.text(), /You need this screen only if[^]*There is no key yet[^]*when the first token is signed/ );
	assert.equal( await t.page.locator( '.page-title-action[href*=rotate]' ).count(), 0 );
	await t.axe();
	await t.follow( t.page.locator( 'button[value=maintain]' ) );
	assert.match( await done( t ).innerText(), /The keys are made/ );
	assert.equal( await line( t ).count(), 2 );
	assert.match( await ofState( t, 'next' ).innerText(), /Next[^]*RS256, RSA 2048[^]*Signs nothing yet[^]*Published since[^]*Signs from[^]*in 3 months/ );
	assert.match( await ofState( t, 'active' ).innerText(), /Active[^]*Signs every token[^]*Signs since[^]*Signs until/ );
	assert.match( await t.page.locator( '.app-connect-facts' ).innerText(), /Next rotation[^]*in 3 months[^]*AC_TOKEN_SECRET/ );
	const list = await keys( t );
	assert.deepEqual( ( await published( t ) ).sort(), [ kidOf( list, 'active' ), kidOf( list, 'next' ) ].sort() );
	await t.axe();
	await t.follow( t.page.locator( '.app-connect-facts a' ) );
	assert.match( t.page.url(), /tab=tokens/ );
} );

keyTest( 'the first signed token makes the keys', async ( t ) => {
	const app = await signedApp( t );
	const first = await token( t, app );
	assert.equal( await t.site.get( 'wp/v2/posts', first ), 200 );
	await t.keys();
	assert.equal( await ofState( t, 'active' ).locator( '.app-connect-kid' ).innerText(), signerOf( first ) );
} );

keyTest( 'the address of the JWKS, IDs and public keys are copied', async ( t ) => {
	const { page } = t;
	const list = await keys( t, 'maintain' );
	const kid = kidOf( list, 'active' );
	await t.keys();
	const copy = async ( id ) => {
		await page.click( `[data-app-connect-copy="#${ id }"]` );
		const text = await page.locator( `[id="${ id }"]` ).textContent();
		await t.until( async () => ( await page.evaluate( () => navigator.clipboard.readText() ) ) === text, `${ id } is in the clipboard` );
		return text;
	};
	const answer = await fetch( await copy( 'app-connect-jwks' ) );
	const { keys: jwks } = await answer.json();
	// It is cut short for the eye only.
	assert.ok( ( await page.locator( `#app-connect-kid-${ kid }` ).boundingBox() ).width < 200 );
	assert.equal( await copy( `app-connect-kid-${ kid }` ), kid );
	await ofState( t, 'active' ).locator( 'summary' ).click();
	const shown = JSON.parse( await copy( `app-connect-jwk-${ kid }` ) );
	assert.equal( shown.n, jwks.find( ( key ) => key.kid === kid ).n );
	assert.equal( shown.d, undefined );
	await t.axe();
}, { js: true } );

keyTest( 'a rotation breaks nothing', async ( t ) => {
	const app = await signedApp( t );
	const first = await token( t, app );
	const before = await keys( t );
	const [ active, next ] = [ kidOf( before, 'active' ), kidOf( before, 'next' ) ];
	await t.keys();
	await action( t, 'rotate' );
	assert.match( await t.text(), /Rotate Keys[^]*Nothing breaks[^]*in the JWKS for only[^]*Signs from now on[^]*Signs no more/ );
	assert.match( await t.page.locator( '.app-connect-concerned' ).innerText(), new RegExp( `${ next }[^]*${ active }` ) );
	await t.axe();
	assert.equal( kidOf( await keys( t ), 'active' ), active, 'only asked' );
	await cancel( t );
	assert.equal( await line( t ).count(), 2 );
	await action( t, 'rotate' );
	await answerYes( t );
	assert.match( await done( t ).innerText(), /rotated[^]*stay valid/ );
	assert.equal( await ofState( t, 'active' ).locator( '.app-connect-kid' ).innerText(), next );
	assert.match( await ofState( t, 'retiring' ).innerText(), /Signs nothing any more[^]*Leaves the JWKS[^]*in (1 hour|60 minutes|59 minutes)/ );
	assert.equal( signerOf( await token( t, app ) ), next );
	assert.equal( await t.site.get( 'wp/v2/posts', first ), 200 );
	const jwks = await published( t );
	assert.ok( jwks.includes( active ) && jwks.includes( next ) && jwks.length === 3 );
	await t.axe();
} );

keyTest( 'of two who rotate at once one does', async ( t ) => {
	await keys( t, 'maintain' );
	await t.keys( '&action=rotate' );
	await keys( t, 'rotate' );
	const before = kidOf( await keys( t ), 'active' );
	await answerYes( t );
	assert.match( await t.page.locator( '.notice-error' ).innerText(), /changed since you were asked[^]*Nothing was done/ );
	assert.equal( kidOf( await keys( t ), 'active' ), before );
	assert.equal( await line( t ).count(), 3 );
} );

keyTest( 'a key is imported, published at once, and signs after the next rotation', async ( t ) => {
	const { page } = t;
	const app = await signedApp( t );
	const first = await token( t, app );
	const text = pem( 'rsa-2048' );
	await t.keys();
	await action( t, 'import' );
	assert.ok( await page.isChecked( '[name=use][value=next]' ), 'what breaks nothing is chosen' );
	await t.axe();
	await page.fill( '[name=pem]', text );
	await answerYes( t );
	assert.match( await done( t ).innerText(), /imported[^]*next rotation/ );
	assert.equal( await ofState( t, 'next' ).locator( '.app-connect-kid' ).innerText(), thumbprint( text ) );
	assert.ok( ( await published( t ) ).includes( thumbprint( text ) ) );
	assert.equal( signerOf( await token( t, app ) ), signerOf( first ) );
	await action( t, 'rotate' );
	await answerYes( t );
	const second = await token( t, app );
	assert.equal( signerOf( second ), thumbprint( text ) );
	assert.equal( await t.site.get( 'wp/v2/posts', second ), 200 );
} );

keyTest( 'an imported key signs at once if that is wanted', async ( t ) => {
	const { page } = t;
	const app = await signedApp( t );
	const first = await token( t, app );
	const text = pem( 'rsa-3072' );
	await t.keys( '&action=import' );
	await page.fill( '[name=pem]', text );
	for ( const use of [ 'now', 'next', 'now' ] ) {
		await page.check( `[name=use][value=${ use }]` );
	}
	await answerYes( t );
	assert.match( await done( t ).innerText(), /imported[^]*signs from now on/ );
	assert.match( await ofState( t, 'active' ).innerText(), /RS256, RSA 3072/ );
	assert.equal( signerOf( await token( t, app ) ), thumbprint( text ) );
	assert.equal( await t.site.get( 'wp/v2/posts', first ), 200 );
} );

const BAD = {
	encrypted: /passphrase[^]*openssl pkey/,
	malformed: /not one private key in PEM form/,
	public: /public key or a certificate/,
	unsupported: /of a kind that is not used here/,
	weak: /too weak[^]*2048 bits/,
	ed25519: /signs with keys of another kind[^]*Settings → Tokens/,
};

for ( const [ kind, sentence ] of Object.entries( BAD ) ) {
	keyTest( `a key that is ${ kind === 'ed25519' ? 'of another kind' : kind } is refused, and not shown again`, async ( t ) => {
		const { page } = t;
		await keys( t, 'maintain' );
		const before = await t.site.sql( 'SELECT * FROM wp_app_connect_keys' );
		const text = pem( kind );
		await t.keys( '&action=import' );
		await page.fill( '[name=pem]', text );
		await page.check( '[name=use][value=now]' );
		await answerYes( t );
		assert.match( await page.title(), /^Error: Import Key/ );
		const field = page.locator( '[name=pem]' );
		assert.equal( await field.getAttribute( 'aria-invalid' ), 'true' );
		assert.equal( await field.inputValue(), '' );
		assert.ok( await page.isChecked( '[name=use][value=now]' ), 'the choice is kept' );
		assert.match( await page.locator( '#app-connect-pem-error' ).innerText(), sentence );
		const html = await page.content();
		for ( const part of text.split( '\n' ).filter( ( each ) => each.length > 20 && ! each.startsWith( '-----' ) ) ) {
			assert.ok( ! html.includes( part ) );
		}
		await page.locator( '.app-connect-errors a' ).click();
		if ( t.js ) {
			assert.equal( await page.evaluate( () => document.activeElement.name ), 'pem' );
		}
		await t.axe();
		assert.deepEqual( await t.site.sql( 'SELECT * FROM wp_app_connect_keys' ), before );
	} );
}

keyTest( 'a key that was here does not come back', async ( t ) => {
	const { page } = t;
	const text = pem( 'rsa-2048' );
	await keys( t, 'import', { pem: text, use: 'now' } );
	await keys( t, 'revoke', { kid: thumbprint( text ) } );
	await t.keys( '&action=import' );
	await page.fill( '[name=pem]', text );
	await answerYes( t );
	assert.match( await page.locator( '#app-connect-pem-error' ).innerText(), /has, or had, this key already/ );
	await cancel( t );
	assert.equal( await ofState( t, 'revoked' ).count(), 1 );
} );

keyTest( 'what a revoked key signed ends at once, and nothing else does', async ( t ) => {
	const app = await signedApp( t );
	const other = await t.site.client( { name: 'Opaque', access_token_format: 'opaque' } );
	const [ signed, opaque ] = [ await token( t, app ), await token( t, other ) ];
	const kid = signerOf( signed );
	await t.keys();
	await t.follow( ofState( t, 'active' ).locator( '.app-connect-revoke' ) );
	assert.match( await t.text(), /Revoke Key[^]*emergencies[^]*get new tokens[^]*when they fetch the JWKS again[^]*Every token that it signed ends at once[^]*Signs from now on/ );
	assert.equal( await t.site.get( 'wp/v2/posts', signed ), 200, 'only asked' );
	await t.axe();
	await cancel( t );
	await t.follow( ofState( t, 'active' ).locator( '.app-connect-revoke' ) );
	await answerYes( t );
	assert.match( await done( t ).innerText(), /revoked[^]*refused here/ );
	assert.match( await ofState( t, 'revoked' ).innerText(), /Revoked[^]*is refused here/ );
	assert.equal( await ofState( t, 'revoked' ).locator( '.app-connect-revoke' ).count(), 0 );
	assert.deepEqual( [ await t.site.get( 'wp/v2/posts', signed ), await t.site.get( 'wp/v2/posts', opaque ) ], [ 401, 200 ] );
	assert.ok( ! ( await published( t ) ).includes( kid ) );
	const again = await token( t, app );
	assert.notEqual( signerOf( again ), kid );
	assert.equal( await t.site.get( 'wp/v2/posts', again ), 200 );
	await t.keys( `&action=revoke&kid=${ kid }` );
	assert.match( await t.page.locator( '.notice-error' ).innerText(), /nothing left to revoke/ );
} );

keyTest( 'a key that has signed nothing is revoked, and another takes its place', async ( t ) => {
	const app = await signedApp( t );
	const signed = await token( t, app );
	const next = kidOf( await keys( t ), 'next' );
	await t.keys();
	await t.follow( ofState( t, 'next' ).locator( '.app-connect-revoke' ) );
	assert.match( await t.text(), /no token ends/ );
	await answerYes( t );
	assert.equal( await t.site.get( 'wp/v2/posts', signed ), 200 );
	assert.ok( ! ( await published( t ) ).includes( next ) );
	assert.notEqual( await ofState( t, 'next' ).locator( '.app-connect-kid' ).innerText(), next );
} );

keyTest( 'a secret that was lost comes back, and everything is sealed anew', async ( t ) => {
	const app = await signedApp( t );
	const signed = await token( t, app );
	await withConstants( t, { AC_TOKEN_SECRET: 'another'.repeat( 8 ) }, async () => {
		assert.equal( ( await t.site.askToken( app.client_id, app.client_secret ) ).status, 503 );
		await t.keys();
		assert.match( await t.text(), /another than the one with which[^]*AC_TOKEN_SECRET_PREVIOUS[^]*Start afresh/ );
		assert.equal( await t.page.locator( '.page-title-action' ).count(), 0, 'nothing can be stored' );
		assert.equal( ( await t.page.content() ).includes( 'another'.repeat( 8 ) ), false );
		await t.axe();
		const copyLine = async () => {
			if ( t.js ) {
				await t.page.evaluate( () => navigator.clipboard.writeText( '' ) );
				await t.page.click( '[data-app-connect-copy="#app-connect-former-line"]' );
				await t.until( async () => ( await t.page.evaluate( () => navigator.clipboard.readText() ) ).startsWith( "define( 'AC_TOKEN_SECRET_PREVIOUS'" ), 'the line is in the clipboard' );
			}
		};
		await copyLine();
		await t.settings( 'security' );
		assert.match( await t.text(), /another than the one with which[^]*AC_TOKEN_SECRET_PREVIOUS/ );
		await copyLine();
		await t.follow( t.page.locator( 'a[href*="action=start_afresh"]' ) );
		await cancel( t );
		assert.equal( await t.site.get( 'wp/v2/posts', signed ), 200, 'what was signed is as good as before' );
		await t.site.constants( { AC_TOKEN_SECRET_PREVIOUS: 'e2e0'.repeat( 16 ) } );
		await t.keys();
		assert.match( await t.text(), /former secret[^]*is still in wp-config\.php/ );
		await t.axe();
		await t.follow( t.page.locator( 'button[value=seal]' ) );
		assert.match( await done( t ).innerText(), /sealed with the present secret[^]*Take the line of AC_TOKEN_SECRET_PREVIOUS out/ );
		assert.equal( signerOf( await token( t, app ) ), signerOf( signed ) );
		await t.site.constants( { AC_TOKEN_SECRET_PREVIOUS: null } );
		assert.equal( signerOf( await token( t, app ) ), signerOf( signed ), 'sealed anew' );
		await t.keys();
		assert.equal( await t.page.locator( '.app-connect-secret-state' ).count(), 0 );
	} );
} );

keyTest( 'who has lost the secret for good starts afresh', async ( t ) => {
	const app = await signedApp( t );
	const signed = await token( t, app );
	await withConstants( t, { AC_TOKEN_SECRET: 'another'.repeat( 8 ) }, async () => {
		await t.keys();
		await t.follow( t.page.locator( 'a[href*="action=start_afresh"]' ) );
		assert.match( await t.text(), /only if the former secret is gone for good[^]*cannot be brought back[^]*Signs no more[^]*/ );
		await t.axe();
		await answerYes( t );
		assert.match( await done( t ).innerText(), /Started afresh/ );
		const again = await token( t, app );
		assert.notEqual( signerOf( again ), signerOf( signed ) );
		assert.deepEqual( [ await t.site.get( 'wp/v2/posts', again ), await t.site.get( 'wp/v2/posts', signed ) ], [ 200, 200 ] );
		await t.keys( '&action=start_afresh' );
		assert.match( await t.page.locator( '.notice-error' ).innerText(), /nothing to start afresh/ );
	} );
	// The next test finds the secret that it knows, and no keys.
	await t.site.reset();
} );

keyTest( 'a secret that is missing or too weak is said where somebody needs it', async ( t ) => {
	const { page } = t;
	const bare = { AC_TOKEN_SECRET: null, NONCE_SALT: 'put your unique phrase here', AUTH_SALT: 'put your unique phrase here' };
	const salts = await t.site.eval( 'return array( "NONCE_SALT" => NONCE_SALT, "AUTH_SALT" => AUTH_SALT );' );
	try {
		for ( const [ constants, words ] of [ [ { AC_TOKEN_SECRET: 'short' }, /too weak to protect anything/ ], [ bare, /AC_TOKEN_SECRET is not set/ ] ] ) {
			await t.site.constants( constants );
			await logIn( page, t.site );
			await t.keys();
			assert.match( await t.text(), words );
			assert.match( await page.locator( '#app-connect-secret-line' ).innerText(), /^define\( 'AC_TOKEN_SECRET', '[0-9a-f]{64}' \);$/ );
			assert.equal( await page.locator( 'button[value=maintain]' ).count(), 0 );
			if ( t.js ) {
				await page.click( '[data-app-connect-copy="#app-connect-secret-line"]' );
			}
			await t.axe();
			await t.keys( '&action=import' );
			assert.match( await page.locator( '.notice-error' ).innerText(), words );
			assert.equal( await page.locator( '[name=pem]' ).count(), 0 );
			await t.follow( page.locator( '#wpbody-content a.button' ) );
			for ( const [ open, where ] of [ [ () => t.settings( 'tokens' ), '#wpbody-content' ], [ () => t.clients( '&action=new' ), '.app-connect-form' ] ] ) {
				await open();
				const fold = page.locator( 'summary', { hasText: 'The form of its access tokens' } );
				if ( await fold.count() ) {
					await fold.click();
				}
				assert.match( await page.locator( `${ where } .app-connect-obstacle` ).innerText(), words );
				await t.follow( page.locator( `${ where } .app-connect-obstacle a` ) );
				assert.match( await t.text(), words );
			}
		}
	} finally {
		await t.site.constants( { AC_TOKEN_SECRET: 'e2e0'.repeat( 16 ), ...salts } );
		await logIn( page, t.site );
	}
} );

keyTest( 'a site that seals with its salts is told to do better', async ( t ) => {
	const app = await signedApp( t );
	await withConstants( t, { AC_TOKEN_SECRET: null }, async () => {
		const signed = await token( t, app );
		await t.keys();
		assert.match( await t.text(), /sealed with the keys and salts[^]*Keys and salts of wp-config\.php/ );
		await t.axe();
		await t.site.constants( { AC_TOKEN_SECRET: 'e2e0'.repeat( 16 ) } );
		assert.equal( signerOf( await token( t, app ) ), signerOf( signed ) );
		await t.keys();
		assert.equal( await t.page.locator( '.app-connect-secret-state' ).count(), 0 );
	} );
} );

keyTest( 'keys of long ago are folded up', async ( t ) => {
	await keys( t, 'maintain' );
	await past( t, [ 1, 2, 3, 4, 5 ].map( ( n ) => ( { kid: `past${ n }`, ago: n * 1_000_000, revoked: n === 2 } ) ) );
	await t.keys();
	assert.equal( await line( t ).filter( { visible: true } ).count(), 5 );
	await t.page.locator( '.app-connect-older > summary' ).click();
	assert.equal( await line( t ).filter( { visible: true } ).count(), 7 );
	await t.axe();
} );

keyTest( 'everything is done with the keyboard', async ( t ) => {
	const { page } = t;
	await keys( t, 'maintain' );
	const before = kidOf( await keys( t ), 'active' );
	await t.keys();
	await page.locator( '.page-title-action' ).first().focus();
	await page.keyboard.press( 'Tab' );
	assert.match( await page.evaluate( () => document.activeElement.textContent ), /Import Key/ );
	await page.keyboard.press( 'Shift+Tab' );
	await Promise.all( [ page.waitForURL( /action=rotate/ ), page.keyboard.press( 'Enter' ) ] );
	await page.locator( '.app-connect-confirm button' ).focus();
	await page.keyboard.press( 'Tab' );
	assert.equal( await page.evaluate( () => document.activeElement.textContent ), 'Cancel' );
	await page.keyboard.press( 'Shift+Tab' );
	await Promise.all( [ page.waitForURL( ( url ) => ! url.search.includes( 'action' ) ), page.keyboard.press( 'Enter' ) ] );
	await done( t ).waitFor();
	assert.notEqual( kidOf( await keys( t ), 'active' ), before );
	await t.keys( '&action=import' );
	await page.locator( '[name=pem]' ).focus();
	await page.keyboard.press( 'Tab' );
	await page.keyboard.press( 'ArrowDown' );
	assert.ok( await page.isChecked( '[name=use][value=now]' ) );
	await page.keyboard.press( 'Tab' );
	assert.equal( await page.evaluate( () => document.activeElement.value ), 'import' );
} );

keyTest( 'on a phone the line of keys fits, and in Hebrew it runs along the right', async ( t ) => {
	await keys( t, 'maintain' );
	await past( t, [ { kid: 'past', ago: 1_000_000 } ] );
	const address = '/wp-admin/admin.php?page=app-connect-keys';
	const page = await t.stranger( { viewport: PHONE, rtl: true } );
	await logIn( page, t.site );
	for ( const query of [ '', '&action=rotate', '&action=import' ] ) {
		await page.goto( address + query );
		await t.page.setViewportSize( PHONE );
		await t.page.goto( address + query );
		for ( const each of [ page, t.page ] ) {
			const [ width, table ] = await Promise.all( [ each.locator( 'html' ).evaluate( ( root ) => root.scrollWidth ), each.locator( '.app-connect-concerned' ).count() ] );
			assert.ok( width <= PHONE.width, `${ query } is ${ width } px wide` );
			assert.equal( table, query.includes( 'rotate' ) ? 1 : 0 );
		}
	}
	const paddings = [];
	for ( const each of [ page, t.page ] ) {
		await each.goto( address );
		paddings.push( await each.locator( '.app-connect-key' ).first().evaluate( ( item ) => [ getComputedStyle( item ).paddingLeft, getComputedStyle( item ).paddingRight ] ) );
	}
	assert.deepEqual( paddings, [ [ '0px', '20px' ], [ '20px', '0px' ] ] );
	await t.axe();
} );

keyTest( 'the help of the signing keys opens', async ( t ) => {
	await t.keys();
	await t.help( [ 'keys', 'life', 'import', 'emergency', 'secret' ], [ 'tab=tokens', 'tab=security' ] );
}, { js: true } );

keyTest( 'a client has a format of its own, and its developer is told where the keys are', async ( t ) => {
	const { page, site } = t;
	const app = await site.client( { name: 'Warehouse' } );
	const form = `&action=edit&client=${ app.id }`;
	const choose = async ( format ) => {
		await t.clients( form );
		if ( ! ( await page.locator( '[name=access_token_format]' ).first().isVisible() ) ) {
			await page.locator( 'summary', { hasText: 'The form of its access tokens' } ).click();
		}
		await page.check( `[name=access_token_format][value=${ format }]` );
		await t.follow( page.locator( '.app-connect-form p.submit button[name=app_connect_do]' ) );
		assert.match( await done( t ).innerText(), /saved/ );
		return token( t, app );
	};
	assert.match( await token( t, app ), /^oauth_ac_/ );
	await t.clients( form );
	assert.equal( await page.locator( '.app-connect-developer' ).count(), 0 );
	const signed = await choose( 'jwt' );
	assert.equal( signed.split( '.' ).length, 3 );
	assert.equal( await site.get( 'wp/v2/posts', signed ), 200 );
	assert.ok( await page.isChecked( '[name=access_token_format][value=jwt]' ) );
	await page.click( '.app-connect-developer summary' );
	const { keys: jwks } = await ( await fetch( await page.locator( '#app-connect-endpoint-jwks' ).innerText() ) ).json();
	assert.ok( jwks.some( ( { kid } ) => kid === signerOf( signed ) ) );
	const metadata = await ( await fetch( await page.locator( '#app-connect-well-known-metadata' ).innerText() ) ).json();
	assert.equal( metadata.issuer, site.issuer );
	if ( t.js ) {
		await page.click( '[data-app-connect-copy="#app-connect-endpoint-jwks"]' );
		await page.click( '[data-app-connect-copy="#app-connect-well-known-metadata"]' );
	}
	await t.axe();
	assert.match( await choose( 'opaque' ), /^oauth_ac_/ );
	await site.rest( 'POST', '/settings', { access_token_format: 'jwt' } );
	assert.match( await token( t, app ), /^oauth_ac_/ );
	await t.clients( form );
	assert.match( await page.locator( '#app-connect-access-token-format' ).innerText(), /That is at present: JWT/ );
	assert.equal( ( await choose( 'default' ) ).split( '.' ).length, 3 );
} );
