<?php
/**
 * How many tokens and sessions live: what an administrator is told before ending them.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Storage;

use AppConnect\Server;
use AppConnect\WP\Settings;

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
		return self::sum( self::count( self::among( 'g.client_pk', '%d', $clients ), self::refreshable( self::names() ) ) );
	}

	/**
	 * What lives of some grant types: what they made, and sessions that one of them keeps going.
	 *
	 * @param list<string> $methods Their names.
	 * @return array{tokens: int, sessions: int, more: bool}
	 * @throws Unavailable When that is not known.
	 */
	public static function of_methods( array $methods ): array {
		$made = self::among( 'g.method', '%s', $methods );
		list( $goes_on, $args ) = self::refreshable( $methods );
		list( $not_made, $own ) = self::among( 'g.method', '%s', $methods, 'NOT IN' );

		$kept = self::grants( "$goes_on AND $not_made", array( ...$args, ...$own ) );
		return self::sum( self::count( $made, self::refreshable( self::names() ) ), array( 0, $kept ) );
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
		list( $goes_on, $args )    = $refreshes;

		$tokens = Database::table( 'tokens' );
		$lives  = 't.grant_id = g.id AND t.revoked_at IS NULL AND t.expires_at > %d';
		$now    = time();
		return array(
			self::grants( $selected, $values, "JOIN $tokens t ON $lives", array( $now ) ),
			self::grants( "$selected AND (EXISTS (SELECT 1 FROM $tokens t WHERE $lives) OR $goes_on)", array( ...$values, $now, ...$args ) ),
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
		global $wpdb;
		list( $alive, $args ) = self::alive();

		$now  = time();
		$from = Database::table( 'grants' ) . ' g
			JOIN ' . Database::table( 'clients' ) . ' c ON c.id = g.client_pk
			JOIN ' . Database::table( 'subjects' ) . " s ON s.id = g.subject_pk
			JOIN $wpdb->users u ON u.ID = s.user_id $join";
		return self::bounded(
			"$from WHERE $selected AND g.revoked_at IS NULL AND $alive AND c.status = 'active' AND g.client_epoch = c.epoch
				AND g.subject_epoch = s.epoch AND COALESCE(g.expires_at, %d) > %d",
			array( ...$joined, ...$values, ...$args, $now + 1, $now )
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
	 * The condition that a grant's type is on and has not been off since, and that a grant for a service user acts as the
	 * one that its client has now.
	 *
	 * @return array{string, list<int|string>} SQL, and its values.
	 */
	private static function alive(): array {
		$states = Settings::methods();
		$any    = array();
		$args   = array();
		foreach ( Server::grant_types() as $type ) {
			$state = $states[ $type['name'] ];
			if ( $state['enabled'] ) {
				$any[] = '(g.method = %s AND g.method_epoch = %d' . ( $type['service_user'] ? ' AND s.user_id = c.service_user_id)' : ')' );
				array_push( $args, $type['name'], $state['epoch'] );
			}
		}
		return array( $any ? '(' . implode( ' OR ', $any ) . ')' : '1 = 0', $args );
	}

	/**
	 * The condition that a grant can be refreshed by a grant type that is on and has not been off since.
	 *
	 * @param list<string> $methods The grant types asked about.
	 * @return array{string, list<int|string>} SQL, and its values.
	 */
	private static function refreshable( array $methods ): array {
		$any  = array();
		$args = array( time() );
		foreach ( Settings::methods() as $name => $state ) {
			if ( $state['enabled'] && in_array( $name, $methods, true ) ) {
				$any[] = '(g.refresh_method = %s AND g.refresh_epoch = %d)';
				array_push( $args, $name, $state['epoch'] );
			}
		}
		return $any
			? array( '(g.refresh_digest IS NOT NULL AND g.idle_expires_at > %d AND (' . implode( ' OR ', $any ) . '))', $args )
			: array( '1 = 0', array() );
	}

	/**
	 * The condition that a column has, or has not, one of some values.
	 *
	 * @param string           $column The column.
	 * @param string           $mark   The placeholder of its values.
	 * @param list<int|string> $values The values.
	 * @param string           $is     `IN` or `NOT IN`.
	 * @return array{string, list<int|string>} SQL, and its values.
	 */
	private static function among( string $column, string $mark, array $values, string $is = 'IN' ): array {
		$marks = implode( ', ', array_fill( 0, count( $values ), $mark ) );
		return $values ? array( "$column $is ($marks)", $values ) : array( '1 = 0', array() );
	}

	/**
	 * The names of all grant types.
	 *
	 * @return list<string>
	 */
	private static function names(): array {
		return array_keys( Settings::methods() );
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
