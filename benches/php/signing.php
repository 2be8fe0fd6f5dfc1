<?php
/**
 * What signatures cost, next to OpenSSL's and libsodium's with the key kept, and with the key parsed each time. Prints JSON:
 * name → nanoseconds of CPU for one, a value for each turn.
 *
 * Each turn runs every loop once, and each loop takes about as long as the others.
 */

declare( strict_types=1 );

require __DIR__ . '/memory.php';

( static function ( int $turns ): void {
	$now    = time();
	$encode = static fn( string $bytes ) => rtrim( strtr( base64_encode( $bytes ), '+/', '-_' ), '=' );
	$decode = static fn( string $text ) => base64_decode( strtr( $text, '-_', '+/' ) );
	$claims = array(
		'iss'       => 'https://example.org',
		'sub'       => str_repeat( 's', 22 ),
		'aud'       => 'https://example.org/wp-json/',
		'exp'       => $now + 86400,
		'iat'       => $now,
		'jti'       => str_repeat( 'j', 22 ),
		'client_id' => str_repeat( 'c', 22 ),
		'scope'     => 'wp openid offline_access',
	);
	$expected = array( 'issuer' => $claims['iss'], 'audience' => $claims['aud'], 'type' => 'at+jwt', 'leeway' => 0 );
	$pem_of   = static fn( string $der ) => "-----BEGIN PRIVATE KEY-----\n" . chunk_split( base64_encode( $der ), 64, "\n" ) . "-----END PRIVATE KEY-----\n";
	// A token's message and signature.
	$split    = static fn( string $token ) => array( substr( $token, 0, strrpos( $token, '.' ) ), $decode( substr( $token, strrpos( $token, '.' ) + 1 ) ) );
	$kinds    = array(
		'rsa-2048' => array( 'private_key_bits' => 2048 ),
		'rsa-3072' => array( 'private_key_bits' => 3072 ),
		'rsa-4096' => array( 'private_key_bits' => 4096 ),
		'ec-p256'  => array( 'private_key_type' => OPENSSL_KEYTYPE_EC, 'curve_name' => 'prime256v1' ),
	);

	/** @var array<string, callable(): mixed> $benches */
	$benches = array( 'nothing' => static fn() => null );
	foreach ( $kinds as $kind => $options ) {
		$key = openssl_pkey_new( $options );
		openssl_pkey_export( $key, $pem );
		$details = openssl_pkey_get_details( $key );
		$public  = openssl_pkey_get_public( $details['key'] );
		$spki    = $details['key'];
		$token   = AppConnect\sign_jwt( $claims, $pem, 'at+jwt' );
		$kid     = json_decode( $decode( strstr( $token, '.', true ) ), true )['kid'];
		$number  = static fn( string $name ) => $encode( str_pad( $details['ec'][ $name ], 32, "\0", STR_PAD_LEFT ) );
		$jwk     = isset( $details['rsa'] )
			? array( 'kty' => 'RSA', 'n' => $encode( $details['rsa']['n'] ), 'e' => $encode( $details['rsa']['e'] ), 'alg' => 'RS256' )
			: array( 'kty' => 'EC', 'crv' => 'P-256', 'x' => $number( 'x' ), 'y' => $number( 'y' ), 'alg' => 'ES256' );
		$jwks    = json_encode( array( 'keys' => array( $jwk + array( 'kid' => $kid, 'use' => 'sig' ) ) ) );
		// OpenSSL verifies what it signed itself: on curves it has another encoding.
		[ $message ] = $split( $token );
		openssl_sign( $message, $signature, $key, OPENSSL_ALGO_SHA256 );
		if ( null === AppConnect\verify_jwt( $token, $jwks, $expected, $now ) || 1 !== openssl_verify( $message, $signature, $public, OPENSSL_ALGO_SHA256 ) ) {
			throw new LogicException( "$kind does not verify" );
		}
		$benches += array(
			"sign $kind"          => static fn() => AppConnect\sign_jwt( $claims, $pem, 'at+jwt' ),
			"php sign $kind"      => static fn() => openssl_sign( $message, $out, $key, OPENSSL_ALGO_SHA256 ),
			"parsed sign $kind"   => static fn() => openssl_sign( $message, $out, $pem, OPENSSL_ALGO_SHA256 ),
			"verify $kind"        => static fn() => AppConnect\verify_jwt( $token, $jwks, $expected, $now ),
			"php verify $kind"    => static fn() => openssl_verify( $message, $signature, $public, OPENSSL_ALGO_SHA256 ),
			"parsed verify $kind" => static fn() => openssl_verify( $message, $signature, $spki, OPENSSL_ALGO_SHA256 ),
		);
		$pems[ $kind ] = $pem;
	}
	$pair    = sodium_crypto_sign_keypair();
	$private = sodium_crypto_sign_secretkey( $pair );
	$public  = sodium_crypto_sign_publickey( $pair );
	$pem     = $pem_of( hex2bin( '302e020100300506032b657004220420' ) . substr( $private, 0, 32 ) );
	$token   = AppConnect\sign_jwt( $claims, $pem, 'at+jwt' );
	$kid     = json_decode( $decode( strstr( $token, '.', true ) ), true )['kid'];
	$jwks    = json_encode( array( 'keys' => array( array( 'kty' => 'OKP', 'crv' => 'Ed25519', 'x' => $encode( $public ), 'alg' => 'EdDSA', 'kid' => $kid, 'use' => 'sig' ) ) ) );
	[ $message, $signature ] = $split( $token );
	if ( null === AppConnect\verify_jwt( $token, $jwks, $expected, $now ) || ! sodium_crypto_sign_verify_detached( $signature, $message, $public ) ) {
		throw new LogicException( 'ed25519 does not verify' );
	}
	$benches += array(
		'sign ed25519'       => static fn() => AppConnect\sign_jwt( $claims, $pem, 'at+jwt' ),
		'php sign ed25519'   => static fn() => sodium_crypto_sign_detached( $message, $private ),
		'verify ed25519'     => static fn() => AppConnect\verify_jwt( $token, $jwks, $expected, $now ),
		'php verify ed25519' => static fn() => sodium_crypto_sign_verify_detached( $signature, $message, $public ),
	);
	$pems['ed25519'] = $pem;
	// Whole requests, with every need answered from arrays, each after its signature alone.
	foreach ( array( 'opaque', 'rsa-2048', 'ec-p256', 'ed25519' ) as $kind ) {
		if ( 'opaque' !== $kind ) {
			$benches[ "bare $kind" ] = static fn() => AppConnect\sign_jwt( array(), $pems[ $kind ] );
		}
		$memory   = new Memory( 'opaque' === $kind ? null : $kind );
		$request  = $memory->token_request();
		$issued   = $memory->ask_token( $now );
		// A memory knows the last token alone.
		$shown    = clone $memory;
		$benches += array(
			"token $kind"  => static fn() => $memory->answer( $request, $now ),
			"bearer $kind" => static fn() => $shown->check_bearer( $issued, $now ),
		);
		if ( 'rsa-2048' === $kind ) {
			$benches['jwks'] = static fn() => $memory->jwks( $now );
		}
	}

	$cpu  = static function (): float {
		$used = getrusage();
		return ( $used['ru_utime.tv_sec'] + $used['ru_stime.tv_sec'] ) * 1e9 + ( $used['ru_utime.tv_usec'] + $used['ru_stime.tv_usec'] ) * 1e3;
	};
	$time = static function ( callable $call, int $count ) use ( $cpu ): float {
		$since = $cpu();
		for ( $n = $count; $n > 0; --$n ) {
			$call();
		}
		return ( $cpu() - $since ) / $count;
	};
	// So many in a loop that it takes about ten milliseconds.
	$counts = array_map( static fn( callable $call ) => (int) max( 2, min( 20000, 10e6 / max( 1, $time( $call, 5 ) ) ) ), $benches );
	$times  = array();
	for ( $turn = 0; $turn <= $turns; ++$turn ) {
		foreach ( $benches as $name => $call ) {
			$took = $time( $call, $counts[ $name ] );
			if ( $turn > 0 ) {
				$times[ $name ][] = $took;
			}
		}
	}
	echo json_encode( $times );
} )( (int) $args[0] );
