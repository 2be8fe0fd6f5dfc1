<?php
/**
 * What the screen of the signing keys says after something was done.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

/**
 * Turns the code in the address into a sentence.
 */
final class Signing_Keys_Notices {

	/**
	 * Prints what the address says.
	 */
	public static function render(): void {
		// phpcs:ignore WordPress.Security -- Only known words count; text() sanitizes.
		$sentence = self::sentences()[ Client_Request::text( $_GET['notice'] ?? '' ) ] ?? null;
		if ( null !== $sentence ) {
			printf( '<div class="notice notice-success is-dismissible" role="status"><p><strong>%s</strong> %s</p></div>', esc_html( $sentence[0] ), esc_html( $sentence[1] ) );
		}
	}

	/**
	 * What was done, and what that means.
	 *
	 * @return array<string, array{string, string}>
	 */
	private static function sentences(): array {
		return array(
			'made'          => array( __( 'The keys are made.', 'app-connect' ), __( 'One is ready to sign, and the next one is published.', 'app-connect' ) ),
			'sealed'        => array( __( 'Everything is sealed with the present secret.', 'app-connect' ), __( 'Take the line of AC_TOKEN_SECRET_PREVIOUS out of wp-config.php.', 'app-connect' ) ),
			'rotated'       => array( __( 'The keys were rotated.', 'app-connect' ), __( 'Tokens that the former key signed stay valid until they expire.', 'app-connect' ) ),
			'imported_next' => array( __( 'The key was imported.', 'app-connect' ), __( 'It is published now, and signs from the next rotation on.', 'app-connect' ) ),
			'imported_now'  => array( __( 'The key was imported.', 'app-connect' ), __( 'It signs from now on. Tokens that another key signed stay valid until they expire.', 'app-connect' ) ),
			'revoked'       => array( __( 'The key was revoked.', 'app-connect' ), __( 'What it signed is refused here from now on. Other systems notice when they fetch the JWKS again.', 'app-connect' ) ),
			'afresh'        => array( __( 'Started afresh.', 'app-connect' ), __( 'New keys are made and sealed with the present secret.', 'app-connect' ) ),
		);
	}
}
