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
		return self::count( 'g.client_pk', '%d', $clients, array_keys( Settings::methods() ) );
	}

	/**
	 * What lives of some grant types.
	 *
	 * @param list<string> $methods Their names.
	 * @return array{tokens: int, sessions: int, more: bool}
	 * @throws Unavailable When that is not known.
	 */
	public static function of_methods( array $methods ): array {
		return self::count( 'g.method', '%s', $methods, $methods );
	}

	/**
	 * Counts tokens, and sessions: grants that have a live token or can refresh one.
	 *
	 * @param string           $column  What selects grants.
	 * @param string           $mark    The placeholder of its values.
	 * @param list<int|string> $values  Its values.
	 * @param list<string>     $methods The grant types that can be among them.
	 * @return array{tokens: int, sessions: int, more: bool}
	 * @throws Unavailable When that is not known.
	 */
	private static function count( string $column, string $mark, array $values, array $methods ): array {
		list( $alive, $args ) = self::alive( $methods );
		if ( ! $values || '' === $alive ) {
			return array(
				'tokens'   => 0,
				'sessions' => 0,
				'more'     => false,
			);
		}
		global $wpdb;
		$now    = time();
		$marks  = implode( ', ', array_fill( 0, count( $values ), $mark ) );
		$from   = Database::table( 'grants' ) . ' g
			JOIN ' . Database::table( 'clients' ) . ' c ON c.id = g.client_pk
			JOIN ' . Database::table( 'subjects' ) . " s ON s.id = g.subject_pk
			JOIN $wpdb->users u ON u.ID = s.user_id";
		$where  = "$column IN ($marks) AND g.revoked_at IS NULL AND ($alive) AND c.status = 'active' AND g.client_epoch = c.epoch
			AND g.subject_epoch = s.epoch AND COALESCE(g.expires_at, %d) > %d";
		$args   = array( ...$values, ...$args, $now + 1, $now );
		$tokens = Database::table( 'tokens' );
		$lives  = 't.grant_id = g.id AND t.revoked_at IS NULL AND t.expires_at > %d';

		$tokens_found   = self::bounded( "$from JOIN $tokens t ON $lives WHERE $where", array( $now, ...$args ) );
		$sessions_found = self::bounded(
			"$from WHERE $where AND (EXISTS (SELECT 1 FROM $tokens t WHERE $lives)
				OR (g.refresh_digest IS NOT NULL AND COALESCE(g.idle_expires_at, %d) > %d))",
			array( ...$args, $now, $now + 1, $now )
		);
		return array(
			'tokens'   => min( $tokens_found, self::MOST ),
			'sessions' => min( $sessions_found, self::MOST ),
			'more'     => max( $tokens_found, $sessions_found ) > self::MOST,
		);
	}

	/**
	 * The condition that a grant's type is on and has not been off since, and that a grant for a service user acts as the
	 * one that its client has now.
	 *
	 * @param list<string> $methods The grant types asked about.
	 * @return array{string, list<int|string>} SQL, empty when none is on, and its values.
	 */
	private static function alive( array $methods ): array {
		$states = Settings::methods();
		$any    = array();
		$args   = array();
		foreach ( Server::grant_types() as $type ) {
			$state = $states[ $type['name'] ];
			if ( $state['enabled'] && in_array( $type['name'], $methods, true ) ) {
				$any[] = '(g.method = %s AND g.method_epoch = %d' . ( $type['service_user'] ? ' AND s.user_id = c.service_user_id)' : ')' );
				array_push( $args, $type['name'], $state['epoch'] );
			}
		}
		return array( implode( ' OR ', $any ), $args );
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
