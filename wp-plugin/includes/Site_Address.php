<?php
/**
 * Which site this is.
 *
 * @package AppConnect
 */

namespace AppConnect\WP;

use AppConnect\WP\Health\Extension;
use AppConnect\WP\Storage\Database;
use AppConnect\WP\Storage\Unavailable;

/**
 * A copied database brings the tokens of its original along. So whoever finds another address than the known one stops,
 * until an administrator says what happened.
 */
final class Site_Address {

	/**
	 * Remembers the address if none is known.
	 */
	public static function remember(): void {
		if ( ! Extension::ready() ) {
			return;
		}
		try {
			$digest = Plugin::server()->site_digest();
			Settings::change( static fn ( array $settings ): array => $settings + array( 'known_site' => $digest ) );
		} catch ( \Throwable $failure ) {
			// Next time.
			Flow_Runner::log( $failure );
		}
	}

	/**
	 * Whether the site is not where it was.
	 */
	public static function has_changed(): bool {
		try {
			return Plugin::server()->has_moved();
		} catch ( \Throwable $failure ) {
			return false;
		}
	}

	/**
	 * The site moved: everything goes on.
	 *
	 * @throws Unavailable When it does not.
	 */
	public static function moved(): void {
		self::know();
		Audit::tell( 'site_moved' );
	}

	/**
	 * The site is a copy: whatever its original gave out is worth nothing here.
	 *
	 * @throws Unavailable When that is not sure.
	 */
	public static function copied(): void {
		Database::write( 'UPDATE ' . Database::table( 'clients' ) . ' SET epoch = epoch + 1' );
		self::know();
		Audit::tell( 'site_copied' );
	}

	/**
	 * Knows the site by its present address.
	 *
	 * @throws Unavailable When it was not written down.
	 */
	private static function know(): void {
		$digest = Plugin::server()->site_digest();
		Settings::change( static fn ( array $settings ): array => array( 'known_site' => $digest ) + $settings );
	}
}
