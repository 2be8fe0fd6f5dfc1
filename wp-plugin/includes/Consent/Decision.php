<?php
/**
 * The button that a person pressed on the consent page.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Consent;

use AppConnect\WP\Plugin;

/**
 * Believes a button only if it was pressed on this site, by the person and in the session that the page was made for, and if
 * what it would approve is what the page showed.
 */
final class Decision {

	/**
	 * The field of the buttons, and their values.
	 */
	public const FIELD   = 'app_connect_do';
	public const APPROVE = 'approve';
	public const DENY    = 'deny';
	public const SWITCH  = 'switch';

	/**
	 * The button that was pressed.
	 *
	 * @param string $digest What the page must have been made for: a digest of all that it shows and grants.
	 * @return string|null One of the values; null if none was pressed, so that the page is to be shown.
	 * @throws Stale When the button cannot be believed.
	 */
	public static function made( string $digest ): ?string {
		// phpcs:disable WordPress.Security.NonceVerification, WordPress.Security.ValidatedSanitizedInput -- Verified below, and compared with what is known.
		if ( isset( $_GET[ self::FIELD ] ) ) {
			// A link cannot press a button.
			throw new Stale();
		}
		if ( 'POST' !== Plugin::snapshot()->method() || ! isset( $_POST[ self::FIELD ] ) ) {
			return null;
		}
		$button = $_POST[ self::FIELD ];
		$nonce  = $_POST['_wpnonce'] ?? null;
		// phpcs:enable
		if (
			! in_array( $button, array( self::APPROVE, self::DENY, self::SWITCH ), true )
			|| ! self::is_from_here()
			|| ! is_string( $nonce )
			|| false === wp_verify_nonce( $nonce, self::nonce_action( $digest ) )
		) {
			throw new Stale();
		}
		return $button;
	}

	/**
	 * The nonce that a page must carry. WordPress binds it to the user and to the session.
	 *
	 * @param string $digest What the page is made for.
	 */
	public static function nonce( string $digest ): string {
		return (string) wp_create_nonce( self::nonce_action( $digest ) );
	}

	/**
	 * Whether nothing says that the form was sent from another site. Browsers say where from in one header or another; the
	 * nonce stands where they say nothing.
	 */
	private static function is_from_here(): bool {
		// phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- Compared with what is known.
		$relation = $_SERVER['HTTP_SEC_FETCH_SITE'] ?? null;
		if ( null !== $relation ) {
			return 'same-origin' === $relation;
		}
		$origin = Plugin::snapshot()->origin();
		return null === $origin || self::origin_of( site_url( '', 'login' ) ) === $origin;
	}

	/**
	 * The origin of an address, as browsers write it.
	 *
	 * @param string $address The address.
	 */
	private static function origin_of( string $address ): string {
		$parts = wp_parse_url( $address );
		$port  = isset( $parts['port'] ) ? ':' . $parts['port'] : '';
		return strtolower( $parts['scheme'] . '://' . $parts['host'] ) . $port;
	}

	/**
	 * The action of the nonce.
	 *
	 * @param string $digest What the page is made for.
	 */
	private static function nonce_action( string $digest ): string {
		return "app_connect_approve_$digest";
	}
}
