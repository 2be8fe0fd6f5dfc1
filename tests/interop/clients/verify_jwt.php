<?php
/**
 * What AppConnect\verify_jwt makes of tokens: a line of JSON each, {token (base64), jwks, expected, now}, answered by
 * {claims, milliseconds} (the quickest of five) or {thrown}; at the end {peak}, how much memory the process took, in KiB.
 */

declare( strict_types = 1 );

$peak = static fn (): int => (int) preg_replace( '/.*VmHWM:\s*(\d+).*/s', '$1', (string) file_get_contents( '/proc/self/status' ) );

while ( false !== ( $line = fgets( STDIN ) ) ) {
	$case  = json_decode( $line, true, 512, JSON_THROW_ON_ERROR );
	$token = (string) base64_decode( $case['token'], true );
	$times = array();
	try {
		for ( $time = 0; $time < 5; $time++ ) {
			$started = hrtime( true );
			$claims  = AppConnect\verify_jwt( $token, $case['jwks'], $case['expected'], $case['now'] );
			$times[] = ( hrtime( true ) - $started ) / 1e6;
		}
		$told = array(
			'claims'       => $claims,
			'milliseconds' => min( $times ),
		);
	} catch ( Throwable $thrown ) {
		$told = array( 'thrown' => get_class( $thrown ) . ': ' . $thrown->getMessage() );
	}
	echo json_encode( $told, JSON_THROW_ON_ERROR ), "\n";
}
echo json_encode( array( 'peak' => $peak() ) ), "\n";
