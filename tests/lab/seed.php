<?php
/**
 * Gives the demo site a backend client with a service user of its own, once. Prints the client as JSON.
 *
 * Run by the lab with WordPress loaded.
 *
 * @package AppConnect
 */

declare( strict_types = 1 );

use AppConnect\WP\Storage\Clients;

$login = 'backend-service';
$user  = get_user_by( 'login', $login );
if ( ! $user ) {
	$user_id = wp_insert_user(
		array(
			'user_login' => $login,
			'user_pass'  => wp_generate_password( 32 ),
			'user_email' => 'backend-service@example.org',
			'role'       => 'editor',
		)
	);
	if ( is_wp_error( $user_id ) ) {
		fwrite( STDERR, $user_id->get_error_message() . "\n" );
		exit( 1 );
	}
	$user = get_user_by( 'id', $user_id );
}

$routes = array(
	'GET /wp-json/wp/v2/posts',
	'GET /wp-json/wp/v2/posts/*',
	'POST /wp-json/wp/v2/posts',
);
$client = Clients::register(
	array(
		'name'            => 'Backend service',
		'description'     => 'The demo: reads and publishes posts.',
		'type'            => 'confidential',
		'mode'            => 'restricted',
		'grant_types'     => array( 'client_credentials' ),
		'capabilities'    => array( 'edit_posts', 'edit_published_posts', 'publish_posts' ),
		'routes'          => $routes,
		'service_user_id' => $user->ID,
	)
);
if ( is_wp_error( $client ) ) {
	fwrite( STDERR, wp_json_encode( array( $client->get_error_message(), $client->get_error_data() ) ) . "\n" );
	exit( 1 );
}
echo wp_json_encode(
	array(
		'id'     => $client['client_id'],
		'secret' => $client['secret'],
		'routes' => $routes,
	)
);
