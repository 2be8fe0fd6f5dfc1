<?php
/**
 * Makes an app that people stay signed in to, and one approval of it, whose code the bench copies: `client_id`, `digest`; and an
 * app whose secret is guessed: `attacked`.
 *
 * The verifier is that of RFC 7636, appendix B.
 */

use AppConnect\WP\Storage\Clients;
use AppConnect\WP\Storage\Codes;
use AppConnect\WP\Storage\Database;

$user   = get_user_by( 'login', 'bench-full' )->ID;
$client = Clients::register(
	array(
		'name'          => 'Bench, people',
		'type'          => 'public',
		'mode'          => 'restricted',
		'grant_types'   => array( 'authorization_code', 'refresh_token' ),
		'bundles'       => array( 'content:read', 'content:write' ),
		'redirect_uris' => array( 'https://app.example/callback' ),
	)
);
if ( is_wp_error( $client ) ) {
	throw new RuntimeException( wp_json_encode( array( $client->get_error_code(), $client->get_error_data() ) ) );
}
$ceiling = (int) Database::row( 'SELECT policy_id FROM ' . Database::table( 'clients' ) . ' WHERE id = %d', array( $client['id'] ) )['policy_id'];
$digest  = AppConnect\digest_token( 'the approval' );
Codes::store(
	array(
		'code'    => array(
			'digest'     => $digest,
			'payload'    => (string) wp_json_encode(
				array(
					'redirect_uri'      => 'https://app.example/callback',
					'redirect_uri_sent' => true,
					'scope'             => 'offline_access openid wp',
					'challenge'         => 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
					'nonce'             => null,
					'resource'          => null,
					'auth_time'         => time(),
					'ceiling'           => $ceiling,
					'client_epoch'      => 0,
					'subject_epoch'     => 0,
					'method_epoch'      => 0,
				)
			),
			'expires_at' => time() + DAY_IN_SECONDS,
		),
		'client'  => $client['id'],
		'user'    => $user,
		'sub'     => substr( bin2hex( random_bytes( 11 ) ), 0, 22 ),
		'policy'  => array( 'known' => $ceiling ),
		'consent' => null,
		'now'     => time(),
	)
);
$server = Clients::register(
	array(
		'name'        => 'Bench, attacked',
		'type'        => 'confidential',
		'mode'        => 'login_only',
		'grant_types' => array(),
		// Chosen by a person, so it has a slow hash.
		'secret'      => wp_generate_password( 24, false ),
	)
);
echo wp_json_encode( array( 'digest' => $digest, 'attacked' => $server['client_id'] ) + $client );
