<?php
/**
 * Live counts in words.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

/**
 * Says how many tokens and sessions live.
 */
final class Live_Text {

	/**
	 * The counts in words, as part of a sentence.
	 *
	 * @param array{tokens?: int, sessions?: int, more?: bool} $live The counts.
	 */
	public static function of( array $live ): string {
		if ( empty( $live['tokens'] ) && empty( $live['sessions'] ) ) {
			return __( 'no live tokens', 'app-connect' );
		}
		$words = empty( $live['tokens'] ) ? self::sessions( $live ) : sprintf(
			/* translators: 1: a number of tokens with its noun, 2: a number of sessions with its noun. */
			__( '%1$s and %2$s', 'app-connect' ),
			self::tokens( $live ),
			self::sessions( $live )
		);
		return empty( $live['more'] )
			? $words
			/* translators: %s: numbers of tokens and sessions. */
			: sprintf( __( 'at least %s', 'app-connect' ), $words );
	}

	/**
	 * The number of tokens with its noun.
	 *
	 * @param array{tokens?: int} $live The counts.
	 */
	public static function tokens( array $live ): string {
		$count = (int) ( $live['tokens'] ?? 0 );
		/* translators: %s: a number. */
		return sprintf( _n( '%s live token', '%s live tokens', $count, 'app-connect' ), number_format_i18n( $count ) );
	}

	/**
	 * The number of sessions with its noun.
	 *
	 * @param array{sessions?: int} $live The counts.
	 */
	public static function sessions( array $live ): string {
		$count = (int) ( $live['sessions'] ?? 0 );
		/* translators: %s: a number. */
		return sprintf( _n( '%s session', '%s sessions', $count, 'app-connect' ), number_format_i18n( $count ) );
	}

	/**
	 * Counts of several clients together.
	 *
	 * @param list<array{tokens?: int, sessions?: int, more?: bool}> $lives The counts.
	 * @return array{tokens: int, sessions: int, more: bool}
	 */
	public static function sum( array $lives ): array {
		return array(
			'tokens'   => (int) array_sum( array_column( $lives, 'tokens' ) ),
			'sessions' => (int) array_sum( array_column( $lives, 'sessions' ) ),
			'more'     => in_array( true, array_column( $lives, 'more' ), true ),
		);
	}
}
