<?php
/**
 * What our pages on wp-login.php have in common.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Consent;

use AppConnect\WP\Http\Emitter;

use const AppConnect\WP\PLUGIN_FILE;
use const AppConnect\WP\VERSION;

/**
 * Prints pages in the look of the login page, which nobody can frame, cache or read from elsewhere.
 */
final class Page {

	/**
	 * No script of another host may press our buttons, and nothing may be put around them. `form-action` is left out:
	 * browsers apply it to the redirect that follows, which leads to the app.
	 */
	private const POLICY = "frame-ancestors 'none'; base-uri 'none'; object-src 'none'; frame-src 'none'; connect-src 'self'; script-src 'self' 'unsafe-inline'";

	/**
	 * Prints a page.
	 *
	 * @param int                         $status  The status.
	 * @param string                      $title   The title, as plain text.
	 * @param string                      $kind    What kind of page it is, for its class.
	 * @param callable(): void            $body    Prints what is on it.
	 * @param list<array{string, string}> $headers More headers, from the protocol.
	 */
	public static function show( int $status, string $title, string $kind, callable $body, array $headers = array() ): void {
		self::guard();
		foreach ( $headers as list( $name, $value ) ) {
			header( "$name: $value" );
		}
		// WordPress says which type its pages have, and after the headers: see Emitter.
		header( 'Content-Type: ' . get_bloginfo( 'html_type' ) . '; charset=' . get_bloginfo( 'charset' ) );
		status_header( $status );

		// It would lead to an address without the request.
		add_filter( 'login_display_language_dropdown', '__return_false' );
		add_filter( 'login_body_class', static fn ( array $classes ): array => array( ...$classes, 'app-connect-page', "app-connect-$kind" ) );
		add_action( 'login_enqueue_scripts', array( self::class, 'enqueue' ) );
		login_header( esc_html( $title ) );
		$body();
		login_footer();
	}

	/**
	 * Sends the browser elsewhere on this site, and ends the request.
	 *
	 * @param string $url Where to.
	 * @return never
	 */
	public static function redirect( string $url ): void {
		self::guard();
		wp_redirect( $url, 303, 'App Connect' ); // phpcs:ignore WordPress.Security.SafeRedirect -- Made by site_url() and wp_login_url().
		exit;
	}

	/**
	 * Loads our style sheet, and has the page tell other sites nothing about its address.
	 *
	 * Hooked to `login_enqueue_scripts`.
	 */
	public static function enqueue(): void {
		wp_enqueue_style( 'app-connect-consent', plugins_url( 'assets/consent.css', PLUGIN_FILE ), array( 'login' ), VERSION );
		remove_action( 'login_head', 'wp_strict_cross_origin_referrer' );
		add_action( 'login_head', array( self::class, 'print_referrer_policy' ) );
	}

	/**
	 * Lets the page tell this site, and nobody else, where a form came from: firewalls want that of wp-login.php.
	 */
	public static function print_referrer_policy(): void {
		echo '<meta name="referrer" content="same-origin">' . "\n";
	}

	/**
	 * Speaks the person's language, unless they chose another one on the login page.
	 *
	 * @param int $user The person.
	 */
	public static function speak_the_language_of( int $user ): void {
		// phpcs:ignore WordPress.Security.NonceVerification -- Only whether they are there.
		if ( ! isset( $_GET['wp_lang'] ) && ! isset( $_COOKIE['wp_lang'] ) && switch_to_user_locale( $user ) ) {
			// Core asks for the direction of its style sheets once, before.
			wp_styles()->text_direction = is_rtl() ? 'rtl' : 'ltr';
		}
	}

	/**
	 * Sends the headers that guard a page, in place of what others have set.
	 */
	private static function guard(): void {
		if ( headers_sent() ) {
			return;
		}
		Emitter::remove_cors_headers();
		header( 'Cache-Control: no-store' );
		header( 'Content-Security-Policy: ' . self::POLICY );
		header( 'Referrer-Policy: no-referrer' );
		header( 'X-Content-Type-Options: nosniff' );
		header( 'X-Frame-Options: DENY' );
	}
}
