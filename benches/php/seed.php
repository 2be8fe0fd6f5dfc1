<?php
/**
 * Makes the people and the clients that the bench measures, once, and prints them: for each of two access modes a user,
 * its application password, and a client that acts as it.
 */

use AppConnect\WP\Storage\Clients;

$kept = get_option( 'bench_seed' );
if ( ! $kept ) {
	$kept = array();
	foreach ( array( 'full', 'restricted' ) as $mode ) {
		$user   = wp_insert_user(
			array(
				'user_login' => "bench-$mode",
				'user_pass'  => wp_generate_password(),
				'user_email' => "bench-$mode@example.org",
				'role'       => 'editor',
			)
		);
		$client = Clients::register(
			array(
				'name'            => "Bench, $mode",
				'type'            => 'confidential',
				'mode'            => $mode,
				'grant_types'     => array( 'client_credentials' ),
				'capabilities'    => 'full' === $mode ? array() : array( 'read', 'edit_posts', 'edit_published_posts', 'publish_posts' ),
				'routes'          => array(
					'GET /wp-json/wp/v2/posts',
					'POST /wp-json/wp/v2/posts',
					'GET /wp-json/wp/v2/posts/*',
					'GET /wp-json/wp/v2/users/me',
					'GET /wp-json/wp/v2/media',
					'GET /wp-json/wp/v2/media/*',
				),
				'service_user_id' => $user,
				'confirm'         => array( 'service_user_takeover' ),
			)
		);
		if ( is_wp_error( $client ) ) {
			throw new RuntimeException( wp_json_encode( array( $client->get_error_code(), $client->get_error_data() ) ) );
		}
		list( $password ) = WP_Application_Passwords::create_new_application_password( $user, array( 'name' => 'Bench' ) );

		$kept[ $mode ] = $client + array(
			'user'     => $user,
			'login'    => "bench-$mode",
			'password' => $password,
		);
	}
	update_option( 'bench_seed', $kept, false );
}
echo wp_json_encode( $kept );
