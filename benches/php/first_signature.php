<?php
/**
 * What a process pays once: its first signatures, and making keys. Prints JSON: name → milliseconds of CPU.
 *
 *   first TYPE PEM       the first signature, and the second; then the first of a child, and its second
 *   opened TYPE PEM      the same by OpenSSL, which parses the key for it
 *   token TYPE STORE     the first signed token, with a sealed key out of the store that the file holds, and the second
 *   keys TYPE COUNT      so many keys, each by itself
 *   store TYPE FILE      makes that file
 */

declare( strict_types=1 );

require __DIR__ . '/memory.php';

( static function ( string $what, string $type, string $value ): void {
	$cpu  = static function (): float {
		$used = getrusage();
		return ( $used['ru_utime.tv_sec'] + $used['ru_stime.tv_sec'] ) * 1e3 + ( $used['ru_utime.tv_usec'] + $used['ru_stime.tv_usec'] ) / 1e3;
	};
	$time = static function ( callable $call ) use ( $cpu ): float {
		$since = $cpu();
		$call();
		return $cpu() - $since;
	};
	$now  = time();
	if ( 'first' === $what || 'opened' === $what ) {
		$pem  = file_get_contents( $value );
		$key  = null;
		$sign = 'first' === $what
			? static fn() => AppConnect\sign_jwt( array(), $pem )
			: static function () use ( &$key, $pem ): void {
				$key ??= openssl_pkey_get_private( $pem );
				openssl_sign( 'message', $signature, $key, OPENSSL_ALGO_SHA256 );
			};
		$took = array( 'first' => $time( $sign ), 'second' => $time( $sign ) );
	} elseif ( 'token' === $what ) {
		$memory                           = new Memory( $type );
		[ $memory->vault, $memory->keys ] = unserialize( file_get_contents( $value ) );
		$took                             = array( 'first' => $time( static fn() => $memory->ask_token( $now ) ), 'second' => $time( static fn() => $memory->ask_token( $now ) ) );
	} elseif ( 'keys' === $what ) {
		$memory = new Memory( $type );
		$memory->signing_keys( 'maintain', $now );
		$took = array();
		for ( $n = (int) $value; $n > 0; --$n ) {
			$took[] = $time( static fn() => $memory->signing_keys( 'rotate', $now ) );
		}
	} else {
		$memory = new Memory( $type );
		$memory->ask_token( $now );
		file_put_contents( $value, serialize( array( $memory->vault, $memory->keys ) ) );
		$took = array();
	}
	echo json_encode( $took );
} )( ...$args );
