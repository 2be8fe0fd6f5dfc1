<?php
/**
 * Logs the administrator in and prints the cookies and the nonce of the REST API.
 */

$user    = get_user_by( 'login', $args[0] )->ID;
$end     = time() + DAY_IN_SECONDS;
$session = WP_Session_Tokens::get_instance( $user )->create( $end );
$cookies = array(
	AUTH_COOKIE      => wp_generate_auth_cookie( $user, $end, 'auth', $session ),
	LOGGED_IN_COOKIE => wp_generate_auth_cookie( $user, $end, 'logged_in', $session ),
);

// The nonce is bound to the session of the cookie.
$_COOKIE = $cookies;
wp_set_current_user( $user );
echo wp_json_encode(
	array(
		'cookies' => implode( '; ', array_map( static fn( $name, $value ) => "$name=" . rawurlencode( $value ), array_keys( $cookies ), $cookies ) ),
		'nonce'   => wp_create_nonce( 'wp_rest' ),
	)
);
