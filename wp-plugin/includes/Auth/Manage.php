<?php
/**
 * Who may manage clients and settings.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Auth;

/**
 * The capability of our screens and of their REST routes.
 */
final class Manage {

	/**
	 * The capability. Nobody is given it: it stands for a right that administrators have.
	 */
	public const CAPABILITY = 'app_connect_manage';

	/**
	 * Maps the capability to `manage_options`, and for a request with a token of ours to nobody: an app must never widen
	 * its own client, whatever its user may do.
	 *
	 * Hooked to `map_meta_cap` at 10, so that the token's own limits (`Capabilities`) have the last word.
	 *
	 * @param string[]|mixed $caps Primitive capabilities that the user must have.
	 * @param string         $cap  The capability asked for.
	 * @return string[]|mixed
	 */
	public static function map_capability( $caps, $cap ) {
		if ( self::CAPABILITY !== $cap ) {
			return $caps;
		}
		return array( Bearer::is_ours() ? 'do_not_allow' : 'manage_options' );
	}
}
