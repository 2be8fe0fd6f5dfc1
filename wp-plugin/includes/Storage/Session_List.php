<?php
/**
 * The list of live sessions.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Storage;

/**
 * Pages, counts and names sessions. Nothing here reads further than a person looks: counts stop where Live_Counts stops.
 */
final class Session_List {

	/**
	 * One page, the newest first.
	 *
	 * @param Session_Filter $filter Which.
	 * @param int            $limit  At most so many.
	 * @param int            $skip   After so many.
	 * @return list<array<string, string|null>> Rows with `id`, `client`, `name` and `mode` of the client, `user`, `method`, `scope`,
	 *         `policy` and `ceiling` (as `AppConnect\Server::describe_grant()` reads them), `created_at`, `last_used_at`, `last_ip`,
	 *         `refreshes` (whether it can be refreshed), `idle_expires_at`, `expires_at`, and `token_expires_at` of its newest token.
	 * @throws Unavailable When that is not known.
	 */
	public static function page( Session_Filter $filter, int $limit, int $skip = 0 ): array {
		list( $where, $args )   = $filter->sql();
		list( $goes_on, $more ) = Liveness::refreshable( Liveness::names() );
		list( $token, $now )    = Liveness::token();

		$grants   = Database::table( 'grants' );
		$policies = Database::table( 'policies' );
		$tokens   = Database::table( 'tokens' );
		return Database::rows(
			"SELECT g.id, g.client_pk AS client, c.name, c.mode, s.user_id AS user, g.method, g.scope, p.body AS policy, cp.body AS ceiling,
					g.created_at, g.last_used_at, g.last_ip, $goes_on AS refreshes, g.idle_expires_at, g.expires_at,
					(SELECT t.expires_at FROM $tokens t WHERE t.grant_id = g.id AND $token ORDER BY t.id DESC LIMIT 1) AS token_expires_at
				FROM (SELECT g.id FROM $grants g WHERE $where ORDER BY g.id DESC LIMIT %d OFFSET %d) listed
				JOIN $grants g ON g.id = listed.id " . Liveness::joins() . "
				JOIN $policies p ON p.id = g.policy_id
				JOIN $policies cp ON cp.id = c.policy_id
				ORDER BY g.id DESC",
			array( ...$more, ...$now, ...$args, $limit, $skip )
		);
	}

	/**
	 * How many sessions there are, at most one more than we count.
	 *
	 * @param Session_Filter $filter Which.
	 * @throws Unavailable When that is not known.
	 */
	public static function count( Session_Filter $filter ): int {
		list( $some, $args ) = self::some( $filter );
		return (int) ( Database::row( "SELECT COUNT(*) AS n FROM ($some) counted", $args )['n'] ?? 0 );
	}

	/**
	 * How many live access tokens sessions have, at most one more than we count.
	 *
	 * @param Session_Filter $filter Which.
	 * @throws Unavailable When that is not known.
	 */
	public static function count_tokens( Session_Filter $filter ): int {
		list( $some, $args ) = self::some( $filter );
		list( $token, $now ) = Liveness::token();

		$tokens = Database::table( 'tokens' );
		return (int) ( Database::row(
			"SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM ($some) live JOIN $tokens t ON t.grant_id = live.id AND $token LIMIT " . ( Live_Counts::MOST + 1 ) . ') counted',
			array( ...$args, ...$now )
		)['n'] ?? 0 );
	}

	/**
	 * Whose sessions they are: of those that count() counts, how many each user has with each client.
	 *
	 * @param Session_Filter $filter Which.
	 * @return list<array{client: string, name: string, user: string, sessions: string}> By the client's name.
	 * @throws Unavailable When that is not known.
	 */
	public static function whose( Session_Filter $filter ): array {
		list( $some, $args ) = self::some( $filter );
		return Database::rows(
			"SELECT g.client_pk AS client, c.name, s.user_id AS user, COUNT(*) AS sessions
				FROM ($some) live JOIN " . Database::table( 'grants' ) . ' g ON g.id = live.id ' . Liveness::joins() . '
				GROUP BY g.client_pk, c.name, s.user_id ORDER BY c.name, g.client_pk, s.user_id',
			$args
		);
	}

	/**
	 * The rows of some sessions, the newest first: what one statement ends.
	 *
	 * @param Session_Filter $filter Which.
	 * @param int            $limit  At most so many.
	 * @return list<array{id: string, client: string, user: string|null}>
	 * @throws Unavailable When that is not known.
	 */
	public static function batch( Session_Filter $filter, int $limit ): array {
		list( $where, $args ) = $filter->sql();

		$grants   = Database::table( 'grants' );
		$subjects = Database::table( 'subjects' );
		return Database::rows(
			"SELECT g.id, g.client_pk AS client, s.user_id AS user
				FROM (SELECT g.id FROM $grants g WHERE $where ORDER BY g.id DESC LIMIT %d) listed
				JOIN $grants g ON g.id = listed.id JOIN $subjects s ON s.id = g.subject_pk ORDER BY g.id DESC",
			array( ...$args, $limit )
		);
	}

	/**
	 * The newest session's row, 0 if there is none.
	 *
	 * @throws Unavailable When that is not known.
	 */
	public static function newest(): int {
		return (int) ( Database::row( 'SELECT MAX(id) AS id FROM ' . Database::table( 'grants' ) )['id'] ?? 0 );
	}

	/**
	 * A query for the rows of sessions, at most one more than we count.
	 *
	 * @param Session_Filter $filter Which.
	 * @return array{string, list<int|string>} SQL, and its values.
	 */
	private static function some( Session_Filter $filter ): array {
		list( $where, $args ) = $filter->sql();
		return array( 'SELECT g.id FROM ' . Database::table( 'grants' ) . " g WHERE $where LIMIT " . ( Live_Counts::MOST + 1 ), $args );
	}
}
