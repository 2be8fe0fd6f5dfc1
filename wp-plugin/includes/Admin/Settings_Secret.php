<?php
/**
 * The secret in wp-config.php.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\WP\Health\Site_Secret;
use AppConnect\WP\Messages;

/**
 * Says how things are with AC_TOKEN_SECRET, and what to do: mostly a line to copy, made anew at every view and stored
 * nowhere. The secret itself is never shown.
 */
final class Settings_Secret {

	/**
	 * Prints the section of the settings.
	 */
	public static function render(): void {
		printf(
			'<h2>%s</h2><p>%s</p>',
			esc_html__( 'The site’s secret', 'app-connect' ),
			esc_html(
				sprintf(
					/* translators: %s: the name of a PHP constant. */
					__( 'The constant %s seals what nobody may read from a copy of the database: the private halves of signing keys. Signed access tokens (JWT) need it; opaque ones are stored as digests and work without it.', 'app-connect' ),
					Site_Secret::NAME
				)
			)
		);
		$list  = Signing_Key_List::read();
		$state = $list?->secret() ?? ( Site_Secret::is_good() ? 'good' : ( Site_Secret::is_set() ? 'weak' : 'unset' ) );
		if ( 'good' === $state ) {
			/* translators: %d: a number of bytes. */
			self::notice( 'success', sprintf( __( 'It is set, and long enough (at least %d bytes). Keep a copy of it in a safe place, apart from copies of the database.', 'app-connect' ), Site_Secret::MIN_BYTES ) );
			return;
		}
		self::render_state( $state, 0 < count( (array) $list?->keys() ) );
	}

	/**
	 * Prints what is wrong with it, above the keys; nothing if nothing is.
	 *
	 * @param Signing_Key_List $list The keys.
	 */
	public static function render_trouble( Signing_Key_List $list ): void {
		$is_good = 'good' === $list->secret();
		if ( $is_good && ! defined( Site_Secret::PREVIOUS ) ) {
			return;
		}
		echo '<div class="app-connect-secret-state">';
		if ( $is_good ) {
			self::render_former();
		} else {
			self::render_state( $list->secret(), 0 < count( $list->keys() ) );
		}
		echo '</div>';
	}

	/**
	 * Prints a state other than `good`, and the way out of it.
	 *
	 * @param string $state The state.
	 * @param bool   $keys  Whether there are keys.
	 */
	private static function render_state( string $state, bool $keys ): void {
		self::notice( 'salts' === $state || ( 'unset' === $state && ! $keys ) ? 'info' : 'error', Messages::secret( $state ) );
		switch ( $state ) {
			case 'lost':
				self::render_way_back();
				break;
			case 'weak':
				self::render_line(
					$keys
						? __( 'If it was long enough before, put back what it was. Otherwise replace its line in wp-config.php by this one:', 'app-connect' )
						: __( 'Replace its line in wp-config.php by this one:', 'app-connect' )
				);
				break;
			default:
				self::render_line( __( 'Copy this line into wp-config.php, above the line that says “That’s all, stop editing!”:', 'app-connect' ) );
		}
	}

	/**
	 * Prints how the former secret becomes superfluous. That it opens what is sealed is not to be seen otherwise.
	 */
	private static function render_former(): void {
		/* translators: %s: the name of a PHP constant. */
		self::notice( 'info', sprintf( __( 'The former secret, %s, is still in wp-config.php. Seal everything with the present one, then take that line out.', 'app-connect' ), Site_Secret::PREVIOUS ) );
		printf( '<form method="post" action="%s">', esc_url( Signing_Keys_Screen::url() ) );
		wp_nonce_field( Signing_Keys_Screen::nonce( 'seal' ), '_wpnonce', false );
		printf( '<p><button type="submit" class="button" name="app_connect_do" value="seal">%s</button></p></form>', esc_html__( 'Seal everything anew', 'app-connect' ) );
	}

	/**
	 * Prints what to do when what is sealed cannot be opened.
	 */
	private static function render_way_back(): void {
		printf( '<p>%s</p>', esc_html__( 'If you have the former secret, from a backup of wp-config.php for example, put it into this line of wp-config.php, beside the present one. Then everything can be sealed anew, and you can take the line out again:', 'app-connect' ) );
		Settings_Form::render_copy( 'app-connect-former-line', sprintf( "define( '%s', '…' );", Site_Secret::PREVIOUS ), Site_Secret::PREVIOUS );
		printf( '<p class="description">%s</p>', esc_html__( 'If there was no secret before, the keys and salts of wp-config.php were in its place: put these back as they were.', 'app-connect' ) );
		printf(
			'<p>%s <a class="button app-connect-delete" href="%s">%s</a></p>',
			esc_html__( 'If it is gone for good:', 'app-connect' ),
			esc_url( Signing_Keys_Screen::url( array( 'action' => 'start_afresh' ) ) ),
			esc_html__( 'Start afresh…', 'app-connect' )
		);
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
