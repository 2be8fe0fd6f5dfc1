<?php
/**
 * The secret in wp-config.php.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Health;

/**
 * Says whether AC_TOKEN_SECRET is set and long enough, and makes a line that sets it. The secret itself is never shown.
 */
final class Site_Secret {

	/**
	 * The constant.
	 */
	public const NAME = 'AC_TOKEN_SECRET';

	/**
	 * The shortest that protects anything, in bytes.
	 */
	public const MIN_BYTES = 32;

	/**
	 * Whether it is set at all.
	 */
	public static function is_set(): bool {
		return null !== self::value();
	}

	/**
	 * Whether keys can be derived from it.
	 */
	public static function is_good(): bool {
		$secret = self::value();
		return is_string( $secret ) && strlen( $secret ) >= self::MIN_BYTES;
	}

	/**
	 * A line for wp-config.php, made anew at each call and stored nowhere.
	 */
	public static function fresh_line(): string {
		return sprintf( "define( '%s', '%s' );", self::NAME, bin2hex( random_bytes( self::MIN_BYTES ) ) );
	}

	/**
	 * What is set.
	 *
	 * @return mixed Null for nothing.
	 */
	private static function value() {
		return defined( self::NAME ) ? constant( self::NAME ) : null;
	}
}
