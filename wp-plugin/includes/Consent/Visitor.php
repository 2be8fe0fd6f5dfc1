<?php
/**
 * Who sits in front of the browser.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Consent;

use AppConnect\WP\Logouts;
use WP_Session_Tokens;

/**
 * Answers the need `find_visitor`.
 */
final class Visitor {

	/**
	 * Who is signed in here with WordPress' cookie, and since when.
	 *
	 * Somebody whom another plugin recognises by other means has no session that a form could be bound to: they log in.
	 *
	 * @return array{user: int, auth_time: int|null, session: array{digest: string, expires_at: int}|null}|null Null for nobody.
	 */
	public static function find(): ?array {
		$user = get_current_user_id();
		if ( 0 === $user || wp_validate_auth_cookie( '', 'logged_in' ) !== $user ) {
			return null;
		}
		$session = WP_Session_Tokens::get_instance( $user )->get( wp_get_session_token() );
		$digest  = Logouts::session();
		return array(
			'user'      => $user,
			'auth_time' => isset( $session['login'] ) ? (int) $session['login'] : null,
			'session'   => null === $digest ? null : array(
				'digest'     => $digest,
				'expires_at' => (int) ( $session['expiration'] ?? time() ),
			),
		);
	}
}
