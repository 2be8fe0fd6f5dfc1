<?php
/**
 * Labels for narrow columns.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\WP\Messages;

/**
 * The words of Messages::label() without their explanations.
 */
final class Short_Labels {

	/**
	 * The label of a word of the protocol.
	 *
	 * @param string $kind As Messages::label() has it.
	 * @param string $name The word.
	 */
	public static function of( string $kind, string $name ): string {
		$labels = array(
			'access_token_format' => array(
				'jwt'    => __( 'JWT', 'app-connect' ),
				'opaque' => __( 'opaque', 'app-connect' ),
			),
			'grant'               => array(
				'authorization_code' => __( 'Authorization code', 'app-connect' ),
				'client_credentials' => __( 'Client credentials', 'app-connect' ),
				'password'           => __( 'Password', 'app-connect' ),
				'refresh_token'      => __( 'Refresh token', 'app-connect' ),
			),
			'key_type'            => array(
				'ec-p256'  => 'P-256',
				'ed25519'  => 'Ed25519',
				/* translators: A kind of key with its size in bits. */
				'rsa-2048' => __( 'RSA 2048', 'app-connect' ),
				/* translators: A kind of key with its size in bits. */
				'rsa-3072' => __( 'RSA 3072', 'app-connect' ),
				/* translators: A kind of key with its size in bits. */
				'rsa-4096' => __( 'RSA 4096', 'app-connect' ),
			),
			'mode'                => array(
				'full'       => __( 'Full', 'app-connect' ),
				'login_only' => __( 'Login only', 'app-connect' ),
				'restricted' => __( 'Restricted', 'app-connect' ),
			),
			'type'                => array(
				'confidential' => __( 'Confidential', 'app-connect' ),
				'public'       => __( 'Public', 'app-connect' ),
			),
		);
		return $labels[ $kind ][ $name ] ?? Messages::label( $kind, $name );
	}
}
