<?php
/**
 * WordPress' own login, on the way to the consent page.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Consent;

use AppConnect\WP\Plugin;
use WP_Error;

/**
 * Fulfils the need `log_in`: shows the login page and has it lead back to the same request. Passwords, second factors and
 * lockouts are WordPress' business and its plugins'.
 */
final class Login {

	/**
	 * The longest address that a browser is sent to: some servers take little more.
	 */
	private const MAX_URL = 4000;

	/**
	 * The parameter that carries a name for the login form.
	 */
	private const HINT = 'app_connect_hint';

	/**
	 * The longest name that is filled in, in bytes.
	 */
	private const MAX_HINT = 200;

	/**
	 * Sends the visitor to the login page. With a request that would not fit into its address, this page becomes the login
	 * page: then it returns, for wp-login.php to go on.
	 *
	 * @param array{fresh: bool, hint: string|null, resume: string} $args Whether somebody who is logged in must do so again; who the app expects; what to come back to.
	 */
	public static function ask( array $args ): void {
		$back = Handover::url( $args['resume'] );
		$url  = wp_login_url( $back, $args['fresh'] );
		if ( null !== $args['hint'] && strlen( $args['hint'] ) <= self::MAX_HINT ) {
			$url = add_query_arg( self::HINT, rawurlencode( $args['hint'] ), $url );
		}
		if ( strlen( $url ) <= self::MAX_URL ) {
			Page::redirect( $url );
		}
		if ( 'POST' === Plugin::snapshot()->method() ) {
			// Or the login page takes this form for its own.
			Page::redirect( $back );
		}
		add_filter( 'login_display_language_dropdown', '__return_false' );
		$_REQUEST['redirect_to'] = $back;
		if ( $args['fresh'] ) {
			$_REQUEST['reauth'] = '1';
		}
	}

	/**
	 * Filters where a login leads: back to the request that asked for it, wherever plugins send other people.
	 *
	 * Hooked to `login_redirect` at PHP_INT_MAX.
	 *
	 * @param string|mixed $redirect_to Where it leads so far.
	 * @param string|mixed $requested   Where the login form said.
	 * @return string|mixed
	 */
	public static function keep_address( $redirect_to, $requested = '' ) {
		if ( ! is_string( $requested ) || ! Handover::is_url( $requested ) ) {
			return $redirect_to;
		}
		add_filter( 'allowed_redirect_hosts', array( self::class, 'allow_login_host' ) );
		return $requested;
	}

	/**
	 * Filters the hosts that wp_safe_redirect() leads to: wp-login.php may be on another host than the home page.
	 *
	 * @param string[] $hosts The hosts.
	 * @return string[]
	 */
	public static function allow_login_host( $hosts ) {
		$hosts[] = (string) wp_parse_url( Handover::url( '' ), PHP_URL_HOST );
		return $hosts;
	}

	/**
	 * Filters the messages of the login page: says why it is shown.
	 *
	 * @param WP_Error|mixed $errors      The messages.
	 * @param string|mixed   $redirect_to Where the login leads.
	 * @return WP_Error|mixed
	 */
	public static function explain( $errors, $redirect_to = '' ) {
		if ( $errors instanceof WP_Error && ! $errors->has_errors() && is_string( $redirect_to ) && Handover::is_url( $redirect_to ) ) {
			$errors->add( 'app_connect', esc_html__( 'An app asks for access with your account. Please log in first: on the next page you decide about it.', 'app-connect' ), 'message' );
		}
		return $errors;
	}

	/**
	 * Fills in the name that the app expects, on the way to a request only.
	 *
	 * Hooked to `login_form_login`.
	 */
	public static function fill_in_hint(): void {
		// phpcs:disable WordPress.Security.NonceVerification, WordPress.Security.ValidatedSanitizedInput -- It is shown in a form, escaped there, and nothing else.
		$hint = $_GET[ self::HINT ] ?? null;
		$back = $_GET['redirect_to'] ?? null;
		// phpcs:enable
		if ( is_string( $hint ) && strlen( $hint ) <= self::MAX_HINT && is_string( $back ) && Handover::is_url( $back ) ) {
			// What wp-login.php shows in the field of the name.
			$GLOBALS['user_login'] = sanitize_text_field( wp_unslash( $hint ) ); // phpcs:ignore WordPress.WP.GlobalVariablesOverride
		}
	}
}
