<?php
/**
 * Runs before index.php in the worker (auto_prepend_file) and measures requests that carry `X-Bench`.
 *
 * Counted is the worker's CPU time, user and system, from here to the end of the last shutdown function. A line of JSON
 * goes to BENCH_LOG afterwards, when nothing is counted any more.
 */

if ( 'fpm-fcgi' === PHP_SAPI && isset( $_SERVER['HTTP_X_BENCH'] ) ) {
	$GLOBALS['bench'] = array(
		'start' => getrusage(),
		'note'  => array(),
	);

	function bench_cpu( array $since, array $until ): int {
		return ( $until['ru_utime.tv_sec'] - $since['ru_utime.tv_sec'] + $until['ru_stime.tv_sec'] - $since['ru_stime.tv_sec'] ) * 1000000
			+ $until['ru_utime.tv_usec'] - $since['ru_utime.tv_usec'] + $until['ru_stime.tv_usec'] - $since['ru_stime.tv_usec'];
	}

	// A function that is registered while shutdown functions run is the last of them.
	register_shutdown_function(
		static function (): void {
			register_shutdown_function(
				static function (): void {
					$end  = getrusage();
					$line = array(
						'id'     => $_SERVER['HTTP_X_BENCH'],
						'cpu'    => bench_cpu( $GLOBALS['bench']['start'], $end ),
						'status' => http_response_code(),
					) + $GLOBALS['bench']['note'];
					file_put_contents( getenv( 'BENCH_LOG' ), json_encode( $line ) . "\n", FILE_APPEND );
				}
			);
		}
	);
}
