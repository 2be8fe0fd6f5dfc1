<?php
/**
 * What a call into the extension costs, next to what PHP does itself. Prints JSON: name → nanoseconds of CPU for one.
 *
 * Every loop runs several times by turns with the others, less an empty loop; the median counts.
 */

declare( strict_types=1 );

require __DIR__ . '/memory.php';

const TURNS = 11;

( static function ( int $loops ): void {
	$memory    = new Memory();
	$now       = time();
	$token     = $memory->ask_token( $now );
	$principal = $memory->check_bearer( $token, $now );
	$one       = hash( 'sha256', 'one' );
	$other     = hash( 'sha256', 'other' );
	$subject   = new class() {
		public function user_id(): int {
			return 1;
		}
	};

	// The name, how many a loop of $loops runs, and the loop.
	$benches = array(
		'empty loop'        => array( 1, static function ( int $n ): void { for ( ; $n > 0; --$n ) {} } ),
		'php call'          => array( 1, static function ( int $n ): void { for ( ; $n > 0; --$n ) { zend_version(); } } ),
		'call'              => array( 1, static function ( int $n ): void { for ( ; $n > 0; --$n ) { AppConnect\Server::challenge(); } } ),
		'php method'        => array( 1, static function ( int $n ) use ( $subject ): void { for ( ; $n > 0; --$n ) { $subject->user_id(); } } ),
		'method'            => array( 1, static function ( int $n ) use ( $principal ): void { for ( ; $n > 0; --$n ) { $principal->user_id(); } } ),
		'php digest'        => array( 1, static function ( int $n ) use ( $token ): void { for ( ; $n > 0; --$n ) { rtrim( strtr( base64_encode( hash( 'sha256', $token, true ) ), '+/', '-_' ), '=' ); } } ),
		'digest'            => array( 1, static function ( int $n ) use ( $token ): void { for ( ; $n > 0; --$n ) { AppConnect\digest_token( $token ); } } ),
		'hash_equals'       => array( 1, static function ( int $n ) use ( $one, $other ): void { for ( ; $n > 0; --$n ) { hash_equals( $one, $other ); } } ),
		'php mint'          => array( 1, static function ( int $n ): void { for ( ; $n > 0; --$n ) { rtrim( strtr( base64_encode( random_bytes( 32 ) ), '+/', '-_' ), '=' ); } } ),
		'mint'              => array( 1, static function ( int $n ) use ( $memory ): void { for ( ; $n > 0; --$n ) { $memory->server->new_client_id(); } } ),
		'judge'             => array( 1, static function ( int $n ) use ( $principal ): void { for ( ; $n > 0; --$n ) { $principal->judge( 'GET', '/wp/v2/users/me' ); } } ),
		'permits'           => array( 1, static function ( int $n ) use ( $principal ): void { for ( ; $n > 0; --$n ) { $principal->permits( array( 'edit_posts' ) ); } } ),
		'server'            => array( 10, static function ( int $n ): void { for ( ; $n > 0; --$n ) { Memory::make_server(); } } ),
		'bearer'            => array( 10, static function ( int $n ) use ( $memory, $token, $now ): void { for ( ; $n > 0; --$n ) { $memory->check_bearer( $token, $now ); } } ),
		'token'             => array( 20, static function ( int $n ) use ( $memory, $now ): void { for ( ; $n > 0; --$n ) { $memory->ask_token( $now ); } } ),
	);

	$cpu   = static function (): float {
		$used = getrusage();
		return ( $used['ru_utime.tv_sec'] + $used['ru_stime.tv_sec'] ) * 1e9 + ( $used['ru_utime.tv_usec'] + $used['ru_stime.tv_usec'] ) * 1e3;
	};
	$times = array();
	for ( $turn = 0; $turn <= TURNS; ++$turn ) {
		foreach ( $benches as $name => list( $share, $loop ) ) {
			$count = max( 1, intdiv( $loops, $share ) );
			$since = $cpu();
			$loop( $count );
			if ( $turn > 0 ) {
				$times[ $name ][] = ( $cpu() - $since ) / $count;
			}
		}
	}
	$medians = array_map(
		static function ( array $values ): float {
			sort( $values );
			return $values[ intdiv( count( $values ), 2 ) ];
		},
		$times
	);
	echo json_encode( array_map( static fn( float $value ): float => max( 0.0, $value - $medians['empty loop'] ), $medians ) );
} )( (int) $args[0] );
