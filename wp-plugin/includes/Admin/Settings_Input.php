<?php
/**
 * What the forms of the settings send.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

/**
 * Reads texts, lines and spans of time out of what was sent, whatever shape it has. Nothing is judged here.
 */
final class Settings_Input {

	/**
	 * The units of time by their seconds, largest first.
	 */
	private const UNITS = array( DAY_IN_SECONDS, HOUR_IN_SECONDS, MINUTE_IN_SECONDS, 1 );

	/**
	 * The largest number that is told from larger ones: it is out of every range, and times a unit still a number.
	 */
	private const MAX_NUMBER = 999999999;

	/**
	 * The lines of a text in what was sent. Empty ones stay, so that an error names the line that a person sees.
	 *
	 * @param array<string, mixed> $typed What was sent.
	 * @param string               $name  Its name.
	 * @return list<string>
	 */
	public static function lines( array $typed, string $name ): array {
		$text  = rtrim( self::text( $typed, $name ) );
		$lines = '' === $text ? array() : preg_split( '/\R/', $text );
		return array_map( 'trim', false === $lines ? array() : $lines );
	}

	/**
	 * A number in what was sent, times its unit if it has one. What is no number is one that no range has.
	 *
	 * @param array<string, mixed> $typed What was sent.
	 * @param string               $name  Its name.
	 */
	public static function number( array $typed, string $name ): int {
		$text = trim( self::text( $typed, $name ) );
		if ( 1 !== preg_match( '/^[0-9]+$/D', $text ) ) {
			return -1;
		}
		$unit = (int) self::text( $typed, $name . '_unit' );
		return (int) min( self::MAX_NUMBER, (float) $text ) * ( in_array( $unit, self::UNITS, true ) ? $unit : 1 );
	}

	/**
	 * A text in what was sent, without what is no UTF-8.
	 *
	 * @param array<string, mixed> $typed What was sent.
	 * @param string               $name  Its name.
	 */
	public static function text( array $typed, string $name ): string {
		$value = $typed[ $name ] ?? '';
		return is_string( $value ) ? Client_Request::utf8( $value ) : '';
	}

	/**
	 * A list of texts in what was sent.
	 *
	 * @param array<string, mixed> $typed What was sent.
	 * @param string               $name  Its name.
	 * @return list<string>
	 */
	public static function texts( array $typed, string $name ): array {
		return array_values( array_filter( (array) ( $typed[ $name ] ?? array() ), 'is_string' ) );
	}

	/**
	 * The largest unit that divides a span.
	 *
	 * @param int $seconds The span.
	 */
	public static function unit_of( int $seconds ): int {
		foreach ( self::UNITS as $unit ) {
			if ( 0 === $seconds % $unit ) {
				return $unit;
			}
		}
		return 1;
	}
}
