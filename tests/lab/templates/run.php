<?php
/**
 * Loads WordPress on the command line as if a browser had asked for the URL, then runs a script.
 *
 * Usage: php run.php WP_LOAD URL USER SCRIPT [ARGUMENT…]; the script sees $args. WP_LOAD or USER may be empty.
 */

( static function ( array $argv ): void {
	[ , $wp_load, $url, $user, $script ] = $argv;
	$GLOBALS['args']      = array_slice( $argv, 5 );
	$parts                = parse_url( $url );
	$port                 = $parts['port'] ?? ( 'https' === $parts['scheme'] ? 443 : 80 );
	$_SERVER['HTTP_HOST'] = $parts['host'] . ( isset( $parts['port'] ) ? ':' . $parts['port'] : '' );
	$path                 = $parts['path'] ?? '/';

	$_SERVER['SERVER_NAME']     = $parts['host'];
	$_SERVER['SERVER_PORT']     = (string) $port;
	$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
	$_SERVER['SERVER_SOFTWARE'] = 'nginx';
	$_SERVER['REMOTE_ADDR']     = '127.0.0.1';
	$_SERVER['REQUEST_METHOD']  = 'GET';
	$_SERVER['REQUEST_URI']     = $path . ( isset( $parts['query'] ) ? '?' . $parts['query'] : '' );
	$_SERVER['QUERY_STRING']    = $parts['query'] ?? '';
	$_SERVER['SCRIPT_NAME']     = rtrim( $path, '/' ) . '/index.php';
	$_SERVER['PHP_SELF']        = $_SERVER['SCRIPT_NAME'];
	if ( 'https' === $parts['scheme'] ) {
		$_SERVER['HTTPS'] = 'on';
	}

	// An error belongs on stderr, not in an HTML page.
	ini_set( 'display_errors', 'stderr' );
	define( 'WP_DISABLE_FATAL_ERROR_HANDLER', true );
	$GLOBALS['lab'] = array(
		'wp_load' => $wp_load,
		'user'    => $user,
		'script'  => $script,
	);
} )( $argv );

if ( '' !== $lab['wp_load'] ) {
	require $lab['wp_load'];
	ini_set( 'display_errors', 'stderr' ); // WordPress has switched it off (WP_DEBUG_DISPLAY).
	if ( '' !== $lab['user'] ) {
		$lab['found'] = get_user_by( ctype_digit( $lab['user'] ) ? 'id' : 'login', $lab['user'] );
		if ( ! $lab['found'] ) {
			file_put_contents( 'php://stderr', "There is no user {$lab['user']} on this site.\n" );
			exit( 1 );
		}
		wp_set_current_user( $lab['found']->ID );
	}
}

require $lab['script'];
