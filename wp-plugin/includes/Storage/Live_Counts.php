<?php
/**
 * How many tokens and sessions live: what an administrator is told before ending them.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Storage;

/**
 * Counts what lives, and stops counting where a person stops caring: a million tokens cost no more than ten thousand.
 */
final class Live_Counts {

	/**
	 * How far we count.
	 */
	public const MOST = 10000;

	/**
	 * What lives of some clients.
	 *
	 * @param list<int> $clients Their rows.
	 * @return array{tokens: int, sessions: int, more: bool}
	 * @throws Unavailable When that is not known.
	 */
	public static function of_clients( array $clients ): array {
		return self::sum( self::count( Liveness::among( 'g.client_pk', '%d', $clients ), Liveness::refreshable( Liveness::names() ) ) );
	}

	/**
	 * What lives of some grant types: what they made, and sessions that one of them keeps going.
	 *
	 * @param list<string> $methods Their names.
	 * @return array{tokens: int, sessions: int, more: bool}
	 * @throws Unavailable When that is not known.
	 */
	public static function of_methods( array $methods ): array {
		$made = Liveness::among( 'g.method', '%s', $methods );
		list( $goes_on, $args ) = Liveness::refreshable( $methods );
		list( $not_made, $own ) = Liveness::among( 'g.method', '%s', $methods, 'NOT IN' );

		$kept = self::grants( "$goes_on AND $not_made", array( ...$args, ...$own ) );
		return self::sum( self::count( $made, Liveness::refreshable( Liveness::names() ) ), array( 0, $kept ) );
	}

	/**
	 * Counts tokens, and sessions: grants that have a live token or can refresh one.
	 *
	 * @param array{string, list<int|string>} $which     What selects grants, as SQL, and its values.
	 * @param array{string, list<int|string>} $refreshes What selects those that can be refreshed.
	 * @return array{int, int}
	 * @throws Unavailable When that is not known.
	 */
	private static function count( array $which, array $refreshes ): array {
		list( $selected, $values ) = $which;
		list( $worth, $args )      = Liveness::worth( $refreshes );
		list( $token, $now )       = Liveness::token();

		return array(
			self::grants( $selected, $values, 'JOIN ' . Database::table( 'tokens' ) . " t ON t.grant_id = g.id AND $token", $now ),
			self::grants( "$selected AND $worth", array( ...$values, ...$args ) ),
		);
	}

	/**
	 * Counts rows of grants that are alive.
	 *
	 * @param string           $selected What selects them, as SQL.
	 * @param list<int|string> $values   Its values.
	 * @param string           $join     A further table.
	 * @param list<int|string> $joined   The values of the join.
	 * @throws Unavailable When that is not known.
	 */
	private static function grants( string $selected, array $values, string $join = '', array $joined = array() ): int {
		list( $alive, $args ) = Liveness::grant();
		return self::bounded(
			Database::table( 'grants' ) . ' g ' . Liveness::joins() . " $join WHERE $selected AND $alive",
			array( ...$joined, ...$values, ...$args )
		);
	}

	/**
	 * Adds counts up, and says whether there are more than we count.
	 *
	 * @param array{int, int} ...$counts Tokens and sessions each.
	 * @return array{tokens: int, sessions: int, more: bool}
	 */
	private static function sum( array ...$counts ): array {
		$tokens   = array_sum( array_column( $counts, 0 ) );
		$sessions = array_sum( array_column( $counts, 1 ) );
		return array(
			'tokens'   => min( $tokens, self::MOST ),
			'sessions' => min( $sessions, self::MOST ),
			'more'     => max( $tokens, $sessions ) > self::MOST,
		);
	}

	/**
	 * How many rows there are, at most one more than we count.
	 *
	 * @param string           $from A FROM clause and what follows.
	 * @param list<int|string> $args Its values.
	 * @throws Unavailable When that is not known.
	 */
	private static function bounded( string $from, array $args ): int {
		$row = Database::row( "SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM $from LIMIT " . ( self::MOST + 1 ) . ') counted', $args );
		return (int) ( $row['n'] ?? 0 );
	}
}
