<?php
/**
 * The way of an authorization request from the protocol's endpoint to wp-login.php.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Consent;

use AppConnect\WP\Plugin;

/**
 * A request that a person must answer travels in an address of wp-login.php, where login, plugins for a second factor and
 * nonces work. Nothing of it is stored on the way, and what it says the protocol reads anew wherever it arrives.
 */
final class Handover {

	/**
	 * The action of wp-login.php.
	 */
	public const ACTION = 'app_connect_authorize';

	/**
	 * The parameter that carries the request.
	 */
	private const PARAMETER = 'app_connect';

	/**
	 * The response that sends a browser with the current request to wp-login.php. After a POST it goes on with GET.
	 *
	 * @return array{status: int, headers: list<array{string, string}>, body: string}
	 */
	public static function response(): array {
		return array(
			'status'  => 303,
			'headers' => array(
				array( 'Location', self::url( Plugin::server()->handover( Plugin::snapshot()->to_array() ) ) ),
				array( 'Cache-Control', 'no-store' ),
				array( 'Pragma', 'no-cache' ),
				array( 'Referrer-Policy', 'no-referrer' ),
			),
			'body'    => '',
		);
	}

	/**
	 * The address where a request is answered.
	 *
	 * @param string $handover The request, in base64url.
	 */
	public static function url( string $handover ): string {
		return site_url( 'wp-login.php?action=' . self::ACTION . '&' . self::PARAMETER . "=$handover", 'login' );
	}

	/**
	 * Whether an address is one of url().
	 *
	 * @param string $address The address.
	 */
	public static function is_url( string $address ): bool {
		return 1 === preg_match( '/[?&]' . self::PARAMETER . '=([A-Za-z0-9_-]+)$/D', $address, $found )
			&& self::url( $found[1] ) === $address;
	}

	/**
	 * The request that arrived here. What is none is the protocol's to refuse.
	 */
	public static function received(): string {
		// phpcs:ignore WordPress.Security -- It asks for nothing yet, and the protocol judges it.
		$received = $_GET[ self::PARAMETER ] ?? '';
		return is_string( $received ) && 1 === preg_match( '/^[A-Za-z0-9_-]*$/D', $received ) ? $received : '';
	}
}
