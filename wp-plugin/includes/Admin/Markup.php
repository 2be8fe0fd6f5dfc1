<?php
/**
 * Small pieces of the screens.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\WP\Messages;

/**
 * Makes pieces of HTML, escaped.
 */
final class Markup {

	/**
	 * A client's logo, for decoration: its name stands beside it.
	 *
	 * @param string $address Where it is; nothing is shown for what is no address of the web.
	 */
	public static function logo( string $address ): string {
		$address = esc_url( $address, array( 'https', 'http' ) );
		return '' === $address ? '' : sprintf(
			'<img class="app-connect-logo" src="%s" alt="" width="32" height="32" loading="lazy" decoding="async" referrerpolicy="no-referrer">',
			$address
		);
	}

	/**
	 * A button that copies the text of an element. Shown where there is JavaScript.
	 *
	 * @param string $id    The element's id.
	 * @param string $label The button's label, as `Copy client ID`.
	 * @param bool   $small Whether there is room for an icon only.
	 */
	public static function copy_button( string $id, string $label, bool $small = false ): string {
		return sprintf(
			'<button type="button" class="%s hide-if-no-js" data-app-connect-copy="#%s" aria-label="%s">%s</button>',
			$small ? 'button-link app-connect-copy-icon' : 'button button-small',
			esc_attr( $id ),
			esc_attr( $label ),
			$small ? '<span class="dashicons dashicons-admin-page" aria-hidden="true"></span>' : esc_html__( 'Copy', 'app-connect' )
		);
	}

	/**
	 * A client's status, in words.
	 *
	 * @param string $status The status.
	 */
	public static function status( string $status ): string {
		return sprintf(
			'<span class="app-connect-status app-connect-status-%s">%s</span>',
			esc_attr( sanitize_html_class( $status ) ),
			esc_html( Messages::label( 'status', $status ) )
		);
	}

	/**
	 * Prints what was typed, as an attribute's value or as text. Core's esc_attr() and esc_html() leave entities as they find
	 * them: `&amp;` would come back as `&` with the next request.
	 *
	 * @param string $typed What was typed.
	 */
	public static function put_value( string $typed ): void {
		echo htmlspecialchars( $typed, ENT_QUOTES | ENT_SUBSTITUTE | ENT_HTML5, 'UTF-8' ); // phpcs:ignore WordPress.Security.EscapeOutput -- This is escaping.
	}

	/**
	 * A client's name, which may be written in any direction.
	 *
	 * @param string $name The name.
	 */
	public static function name( string $name ): string {
		return '<bdi>' . esc_html( $name ) . '</bdi>';
	}

	/**
	 * The same where there are no elements: in titles. Not escaped.
	 *
	 * @param string $name The name.
	 */
	public static function isolated( string $name ): string {
		return "\u{2068}$name\u{2069}";
	}

	/**
	 * A moment, as the site writes them.
	 *
	 * @param string $moment The moment in ISO 8601.
	 * @return string Empty if it is none.
	 */
	public static function moment( string $moment ): string {
		$time = strtotime( $moment );
		return false === $time ? '' : sprintf(
			'<time datetime="%s">%s</time>',
			esc_attr( $moment ),
			esc_html( (string) wp_date( get_option( 'date_format' ) . ' ' . get_option( 'time_format' ), $time ) )
		);
	}

	/**
	 * A day, as core's lists write them.
	 *
	 * @param string|null $moment The day, or a moment of it, in ISO 8601; null for never.
	 */
	public static function day( ?string $moment ): string {
		$time = null === $moment ? false : strtotime( $moment );
		return false === $time ? esc_html__( 'Never', 'app-connect' ) : sprintf(
			'<time datetime="%s">%s</time>',
			esc_attr( $moment ),
			// A day without a time is one of UTC.
			esc_html( (string) wp_date( __( 'Y/m/d', 'app-connect' ), $time, 10 === strlen( $moment ) ? new \DateTimeZone( 'UTC' ) : null ) )
		);
	}
}
