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
	 * What the actions of wp-login.php begin with; the endpoint's name follows.
	 */
	private const ACTION = 'app_connect_';

	/**
	 * The endpoint where apps ask for access.
	 */
	public const AUTHORIZE = 'authorize';

	/**
	 * The endpoint where apps send people to log out.
	 */
	public const LOGOUT = 'logout';

	/**
	 * The parameter that carries the request.
	 */
	private const PARAMETER = 'app_connect';

	/**
	 * The response that sends a browser with the current request to wp-login.php. After a POST it goes on with GET.
	 *
	 * @param string $endpoint The endpoint that it is for.
	 * @return array{status: int, headers: list<array{string, string}>, body: string}
	 */
	public static function response( string $endpoint ): array {
		return array(
			'status'  => 303,
			'headers' => array(
				array( 'Location', self::url( Plugin::server()->handover( Plugin::snapshot()->to_array() ), $endpoint ) ),
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
	 * @param string $endpoint The endpoint that it is for.
	 */
	public static function url( string $handover, string $endpoint = self::AUTHORIZE ): string {
		return site_url( 'wp-login.php?action=' . self::ACTION . $endpoint . '&' . self::PARAMETER . "=$handover", 'login' );
	}

	/**
	 * Whether an address is one of url() where an app asks for access.
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
