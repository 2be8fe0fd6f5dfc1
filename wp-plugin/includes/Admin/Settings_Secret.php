<?php
/**
 * The secret in wp-config.php.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\WP\Health\Site_Secret;

/**
 * Shows the line that sets AC_TOKEN_SECRET, made anew at every view and stored nowhere, or says that it is set. The
 * secret itself is never shown.
 */
final class Settings_Secret {

	/**
	 * Prints the section.
	 */
	public static function render(): void {
		printf(
			'<h2>%s</h2><p>%s</p>',
			esc_html__( 'The site’s secret', 'app-connect' ),
			esc_html(
				sprintf(
					/* translators: %s: the name of a PHP constant. */
					__( 'The constant %s will seal what nobody may read from a copy of the database, signing keys first of all. The tokens of this version are stored as digests and do not need it yet; once it is set, you are ready.', 'app-connect' ),
					Site_Secret::NAME
				)
			)
		);
		if ( ! Site_Secret::is_set() ) {
			self::notice( 'info', __( 'It is not set.', 'app-connect' ) );
			self::render_line( __( 'Copy this line into wp-config.php, above the line that says “That’s all, stop editing!”:', 'app-connect' ) );
			return;
		}
		if ( Site_Secret::is_good() ) {
			/* translators: %d: a number of bytes. */
			self::notice( 'success', sprintf( __( 'It is set, and long enough (at least %d bytes). Keep a copy of it in a safe place, apart from copies of the database.', 'app-connect' ), Site_Secret::MIN_BYTES ) );
			return;
		}
		/* translators: %d: a number of bytes. */
		self::notice( 'error', sprintf( __( 'It is set, but it is no text of at least %d bytes, and so too weak to protect anything.', 'app-connect' ), Site_Secret::MIN_BYTES ) );
		self::render_line( __( 'Replace its line in wp-config.php by this one:', 'app-connect' ) );
	}

	/**
	 * Prints a fresh line to copy.
	 *
	 * @param string $where What to do with it.
	 */
	private static function render_line( string $where ): void {
		printf( '<p>%s</p>', esc_html( $where ) );
		Settings_Form::render_copy( 'app-connect-secret-line', Site_Secret::fresh_line(), Site_Secret::NAME );
		printf( '<p class="description">%s</p>', esc_html__( 'The line was made for you just now and is stored nowhere. At the next view of this page there is another one; any of them will do, as long as you keep to one.', 'app-connect' ) );
	}

	/**
	 * Prints how things are.
	 *
	 * @param string $type    As in core's notices.
	 * @param string $message Plain text.
	 */
	private static function notice( string $type, string $message ): void {
		wp_admin_notice(
			esc_html( $message ),
			array(
				'type'               => $type,
				'additional_classes' => array( 'inline' ),
			)
		);
	}
}
