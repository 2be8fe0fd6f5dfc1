<?php
/**
 * Gives a demo site its people, posts and clients. Prints the clients that it registered as JSON.
 *
 * Run by the lab with WordPress loaded: $args[0] is a JSON object {person: {user, password, name}, redirects: {client: URI},
 * have: {client: ID} of those that are registered already}.
 *
 * @package AppConnect
 */

declare( strict_types = 1 );

use AppConnect\WP\Storage\Clients;

/**
 * Ends the script when WordPress answered with an error.
 *
 * @param mixed $result What WordPress returned.
 * @return mixed The same.
 */
function seed_must( $result ) {
	if ( is_wp_error( $result ) ) {
		file_put_contents( 'php://stderr', wp_json_encode( array( $result->get_error_message(), $result->get_error_data() ) ) . "\n" );
		exit( 1 );
	}
	return $result;
}

/**
 * A user of that login, made if needed.
 *
 * @param array<string, string> $fields As wp_insert_user() takes them.
 */
function seed_user( array $fields ): int {
	$user = get_user_by( 'login', $fields['user_login'] );
	return $user ? $user->ID : seed_must( wp_insert_user( $fields ) );
}

/**
 * What somebody has written so far; what is there already stays.
 *
 * @param int $author Who.
 */
function seed_posts( int $author ): void {
	$posts = array(
		array( 'Notes from a slow train', 'publish', '-40 days', 'Nine hours, two thermos flasks, and a window that opened.' ),
		array( 'Why I keep a paper map', 'publish', '-12 days', 'It never asks for an update, and it shows what lies beside the road.' ),
		array( 'Rye bread, third attempt', 'private', '-5 days', 'Still too dense. More water, less hope.' ),
		array( 'The lighthouse keeper’s radio', 'draft', '-1 day', 'An opening that I like, and an ending that I do not have.' ),
	);
	foreach ( $posts as list( $title, $status, $when, $text ) ) {
		$found = get_posts(
			array(
				'author'      => $author,
				'title'       => $title,
				'post_status' => $status,
			)
		);
		if ( $found ) {
			continue;
		}
		seed_must(
			wp_insert_post(
				array(
					'post_author'  => $author,
					'post_title'   => $title,
					'post_status'  => $status,
					'post_content' => "<!-- wp:paragraph -->\n<p>$text</p>\n<!-- /wp:paragraph -->",
					'post_date'    => gmdate( 'Y-m-d H:i:s', strtotime( $when ) ),
				),
				true
			)
		);
	}
}

/**
 * Gives a client that an older version of the demo registered the grant types that it has by now.
 *
 * @param string       $client_id   Its ID.
 * @param list<string> $grant_types The grant types.
 */
function seed_grant_types( string $client_id, array $grant_types ): void {
	$admins = get_users(
		array(
			'role'   => 'administrator',
			'fields' => 'ID',
		)
	);
	wp_set_current_user( (int) $admins[0] );
	$request = new WP_REST_Request( 'GET', '/app-connect/v1/clients' );
	$request->set_param( 'search', $client_id );
	foreach ( rest_do_request( $request )->get_data() as $client ) {
		if ( $client['client_id'] === $client_id && array_diff( $grant_types, $client['grant_types'] ) ) {
			$change = new WP_REST_Request( 'POST', '/app-connect/v1/clients/' . $client['id'] );
			$change->set_param( 'grant_types', $grant_types );
			seed_must( rest_do_request( $change )->as_error() );
		}
	}
	wp_set_current_user( 0 );
}

update_option( 'show_avatars', '0' ); // They are on a host that a lab must not need.

$want = json_decode( $args[0], true, 8, JSON_THROW_ON_ERROR );

$service = seed_user(
	array(
		'user_login' => 'backend-service',
		'user_pass'  => wp_generate_password( 32 ),
		'user_email' => 'backend-service@example.org',
		'role'       => 'editor',
	)
);
$person  = seed_user(
	array(
		'user_login'   => $want['person']['user'],
		'user_pass'    => $want['person']['password'],
		'user_email'   => $want['person']['user'] . '@example.org',
		'display_name' => $want['person']['name'],
		'first_name'   => strtok( $want['person']['name'], ' ' ),
		'last_name'    => strtok( '' ),
		'role'         => 'author',
	)
);
seed_posts( $person );

$reading = array(
	'GET /wp-json/wp/v2/posts',
	'GET /wp-json/wp/v2/posts/*',
);
$writing = array( 'edit_posts', 'edit_published_posts', 'publish_posts' );
$drafts  = array(
	'backend' => array(
		'name'            => 'Backend service',
		'description'     => 'The demo: reads and publishes posts.',
		'type'            => 'confidential',
		'grant_types'     => array( 'client_credentials' ),
		'capabilities'    => $writing,
		'routes'          => array( ...$reading, 'POST /wp-json/wp/v2/posts' ),
		'service_user_id' => $service,
	),
	'spa'     => array(
		'name'         => 'My posts',
		'description'  => 'The demo in the browser: lists what a person has written.',
		'type'         => 'public',
		'grant_types'  => array( 'authorization_code', 'refresh_token' ),
		'capabilities' => array( 'edit_posts' ),
		'routes'       => $reading,
	),
	'native'  => array(
		'name'         => 'Pocket reader',
		'description'  => 'The demo on a phone or a desktop: reads posts.',
		'type'         => 'public',
		'grant_types'  => array( 'authorization_code', 'refresh_token' ),
		'capabilities' => array( 'edit_posts' ),
		'routes'       => $reading,
	),
	'web'     => array(
		'name'         => 'Newsroom',
		'description'  => 'The demo on a server: reads and writes posts for the person who signed in.',
		'type'         => 'confidential',
		'grant_types'  => array( 'authorization_code', 'refresh_token' ),
		'capabilities' => $writing,
		'routes'       => array( ...$reading, 'POST /wp-json/wp/v2/posts', 'POST /wp-json/wp/v2/posts/*' ),
	),
);

foreach ( $want['have'] as $name => $client_id ) {
	seed_grant_types( $client_id, $drafts[ $name ]['grant_types'] );
}

$clients = array();
foreach ( array_diff_key( $drafts, $want['have'] ) as $name => $draft ) {
	$redirects = isset( $want['redirects'][ $name ] ) ? array( 'redirect_uris' => array( $want['redirects'][ $name ] ) ) : array();
	$client    = seed_must( Clients::register( array( 'mode' => 'restricted' ) + $draft + $redirects ) );

	$clients[ $name ] = array_filter(
		array(
			'id'           => $client['client_id'],
			'secret'       => $client['secret'],
			'redirect_uri' => $want['redirects'][ $name ] ?? null,
			'routes'       => $draft['routes'],
		)
	);
}
echo wp_json_encode( (object) $clients );
