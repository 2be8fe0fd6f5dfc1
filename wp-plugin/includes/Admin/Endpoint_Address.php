<?php
/**
 * Where the protocol's endpoints are.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\Server;
use AppConnect\WP\Plugin;

/**
 * Addresses for people who set up apps.
 */
final class Endpoint_Address {

	/**
	 * The REST route of an endpoint, which every site has.
	 *
	 * @param string $name Its name.
	 */
	public static function of( string $name ): string {
		$paths = array_column( Server::endpoints(), 'path', 'name' );
		return Plugin::server()->rest_url( Api::REST_NAMESPACE . $paths[ $name ] );
	}

	/**
	 * Where libraries look for it that know the issuer only: between the issuer's host and its path (RFC 8414, section 3.1).
	 *
	 * @param string $name Its name.
	 * @return string Empty for an endpoint that has no such place.
	 */
	public static function well_known( string $name ): string {
		$suffix = array_column( Server::endpoints(), 'well_known', 'name' )[ $name ] ?? null;
		return null === $suffix ? '' : (string) preg_replace( '~^([a-z]+://[^/]+)(/.*)?$~D', '$1/.well-known/' . $suffix . '$2', Plugin::server()->issuer() );
	}
}
