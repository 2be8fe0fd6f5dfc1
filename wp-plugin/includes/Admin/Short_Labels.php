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
			'grant' => array(
				'authorization_code' => __( 'Authorization code', 'app-connect' ),
				'client_credentials' => __( 'Client credentials', 'app-connect' ),
				'password'           => __( 'Password', 'app-connect' ),
				'refresh_token'      => __( 'Refresh token', 'app-connect' ),
			),
			'mode'  => array(
				'full'       => __( 'Full', 'app-connect' ),
				'login_only' => __( 'Login only', 'app-connect' ),
				'restricted' => __( 'Restricted', 'app-connect' ),
			),
			'type'  => array(
				'confidential' => __( 'Confidential', 'app-connect' ),
				'public'       => __( 'Public', 'app-connect' ),
			),
		);
		return $labels[ $kind ][ $name ] ?? Messages::label( $kind, $name );
	}
}
