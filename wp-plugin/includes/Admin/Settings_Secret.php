<?php
/**
 * The secret in wp-config.php.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

/**
 * Shows the line that sets AC_TOKEN_SECRET, made anew at every view and stored nowhere, or says that it is set. The
 * secret itself is never shown.
 */
final class Settings_Secret {

	/**
	 * The constant.
	 */
	private const NAME = 'AC_TOKEN_SECRET';

	/**
	 * The shortest that protects anything, in bytes.
	 */
	private const MIN_BYTES = 32;

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
					self::NAME
				)
			)
		);
		$secret = defined( self::NAME ) ? constant( self::NAME ) : null;
		if ( null === $secret ) {
			self::notice( 'info', __( 'It is not set.', 'app-connect' ) );
			self::render_line( __( 'Copy this line into wp-config.php, above the line that says “That’s all, stop editing!”:', 'app-connect' ) );
			return;
		}
		if ( is_string( $secret ) && strlen( $secret ) >= self::MIN_BYTES ) {
			/* translators: %d: a number of bytes. */
			self::notice( 'success', sprintf( __( 'It is set, and long enough (at least %d bytes). Keep a copy of it in a safe place, apart from copies of the database.', 'app-connect' ), self::MIN_BYTES ) );
			return;
		}
		/* translators: %d: a number of bytes. */
		self::notice( 'error', sprintf( __( 'It is set, but it is no text of at least %d bytes, and so too weak to protect anything.', 'app-connect' ), self::MIN_BYTES ) );
		self::render_line( __( 'Replace its line in wp-config.php by this one:', 'app-connect' ) );
	}

	/**
	 * Prints a fresh line to copy.
	 *
	 * @param string $where What to do with it.
	 */
	private static function render_line( string $where ): void {
		printf( '<p>%s</p>', esc_html( $where ) );
		Settings_Form::render_copy( 'app-connect-secret-line', sprintf( "define( '%s', '%s' );", self::NAME, bin2hex( random_bytes( self::MIN_BYTES ) ) ), self::NAME );
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
