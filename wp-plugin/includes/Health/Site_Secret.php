<?php
/**
 * The secrets in wp-config.php.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Health;

/**
 * Reads what keys can be derived from, says whether AC_TOKEN_SECRET is set and long enough, and makes a line that sets it. The
 * secret itself is never shown.
 */
final class Site_Secret {

	/**
	 * The constant.
	 */
	public const NAME = 'AC_TOKEN_SECRET';

	/**
	 * The constant with the secret of before, until what it protects is protected by the new one.
	 */
	public const PREVIOUS = 'AC_TOKEN_SECRET_PREVIOUS';

	/**
	 * The shortest that protects anything, in bytes.
	 */
	public const MIN_BYTES = 32;

	/**
	 * WordPress' own secrets. Only as constants: those that wp_salt() makes up are in the database, with what they would protect.
	 */
	private const SALTS = array( 'AUTH_KEY', 'SECURE_AUTH_KEY', 'LOGGED_IN_KEY', 'NONCE_KEY', 'AUTH_SALT', 'SECURE_AUTH_SALT', 'LOGGED_IN_SALT', 'NONCE_SALT' );

	/**
	 * What is there, in base64, for the protocol, which judges it.
	 *
	 * @return array{current: string|null, previous: string|null, salts: list<string>} Salts only if there are all of them.
	 */
	public static function material(): array {
		$salts = array_filter( array_map( array( self::class, 'constant' ), self::SALTS ), 'is_string' );
		return array(
			'current'  => self::encoded( self::NAME ),
			'previous' => self::encoded( self::PREVIOUS ),
			'salts'    => count( self::SALTS ) === count( $salts ) ? array_map( 'base64_encode', $salts ) : array(),
		);
	}

	/**
	 * Whether it is set at all.
	 */
	public static function is_set(): bool {
		return null !== self::constant( self::NAME );
	}

	/**
	 * Whether keys can be derived from it.
	 */
	public static function is_good(): bool {
		$secret = self::constant( self::NAME );
		return is_string( $secret ) && strlen( $secret ) >= self::MIN_BYTES;
	}

	/**
	 * A line for wp-config.php, made anew at each call and stored nowhere.
	 */
	public static function fresh_line(): string {
		return sprintf( "define( '%s', '%s' );", self::NAME, bin2hex( random_bytes( self::MIN_BYTES ) ) );
	}

	/**
	 * The text of a constant in base64. One that is no text is there, and worth nothing.
	 *
	 * @param string $name The constant.
	 * @return string|null Null for none.
	 */
	private static function encoded( string $name ): ?string {
		$value = self::constant( $name );
		// phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions.obfuscation_base64_encode -- It may be any bytes.
		return null === $value ? null : base64_encode( is_string( $value ) ? $value : '' );
	}

	/**
	 * What a constant holds.
	 *
	 * @param string $name The constant.
	 * @return mixed Null for nothing.
	 */
	private static function constant( string $name ) {
		return defined( $name ) ? constant( $name ) : null;
	}
}
