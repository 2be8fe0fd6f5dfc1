<?php
/**
 * Grants: the approval or session that tokens belong to.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Storage;

/**
 * Answers the needs `find_standing_grant`, `revoke_grant` and `touch_grant`, and stores grants for `issue`.
 */
final class Grants {

	/**
	 * The protocol's `GrantColumns`, of a table named g.
	 */
	public const COLUMNS = 'g.id AS `grant.id`, g.method AS `grant.method`, g.client_epoch AS `grant.client_epoch`,
				g.subject_epoch AS `grant.subject_epoch`, g.method_epoch AS `grant.method_epoch`, g.revoked_at AS `grant.revoked_at`,
				g.expires_at AS `grant.expires_at`, g.last_used_at AS `grant.last_used_at`, g.used_generation AS `grant.used_generation`';

	/**
	 * Rows per statement: a thousand lock nothing for long.
	 */
	public const BATCH = 1000;

	/**
	 * Looks up the grant that a client's own tokens share, if it was decided under what holds now.
	 *
	 * @param array{client: int, ceiling: int, client_epoch: int, method_epoch: int, user: int, subject_epoch: int} $args What holds now.
	 * @return array{id: string, policy: array{id: string, body: string}}|null
	 * @throws Unavailable When that is not known.
	 */
	public static function find_standing( array $args ): ?array {
		$row = Database::row(
			self::find_standing_sql(),
			array(
				$args['client'],
				$args['ceiling'],
				$args['client_epoch'],
				$args['method_epoch'],
				$args['subject_epoch'],
				$args['user'],
			)
		);
		return null === $row ? null : Rows::nest( $row );
	}

	/**
	 * The query of find_standing(), with placeholders for client, ceiling, the three epochs and the user.
	 */
	public static function find_standing_sql(): string {
		$grants   = Database::table( 'grants' );
		$subjects = Database::table( 'subjects' );
		$policies = Database::table( 'policies' );
		return "SELECT g.id, p.id AS `policy.id`, p.body AS `policy.body`
			FROM $grants g
			JOIN $subjects s ON s.id = g.subject_pk
			JOIN $policies p ON p.id = g.policy_id
			WHERE g.client_pk = %d AND g.method = 'client_credentials' AND g.ceiling_id = %d AND g.client_epoch = %d
				AND g.method_epoch = %d AND g.subject_epoch = %d AND s.user_id = %d AND g.revoked_at IS NULL
			ORDER BY g.id DESC LIMIT 1";
	}

	/**
	 * Adds a grant, and the subject and the policy that it needs, unless its sign-in has ended. Inside a transaction.
	 *
	 * @param array<string, mixed> $grant The protocol's `NewGrant`.
	 * @param int                  $now   The time.
	 * @return int Its row.
	 * @throws Unavailable When it was not added.
	 */
	public static function insert( array $grant, int $now ): int {
		Subjects::ensure( $grant['user'], $grant['sub'] );
		$policies = Database::table( 'policies' );
		$sign_ins = Database::table( 'sign_ins' );
		$sid      = (string) $grant['sid'];
		if ( isset( $grant['policy']['new'] ) ) {
			Policies::ensure( $grant['policy']['new'] );
		}
		list( $by, $policy ) = Policies::by( $grant['policy'] );
		return Database::insert(
			'INSERT INTO ' . Database::table( 'grants' ) . ' (handle, client_pk, subject_pk, method, policy_id, ceiling_id, scope, resource,
					auth_time, sid, client_epoch, subject_epoch, method_epoch, idle_expires_at, expires_at, refresh_method, refresh_digest, refresh_key, refresh_epoch, created_at)
				SELECT %s, %d, s.id, %s, p.id, %d, %s, NULLIF(%s, \'\'), NULLIF(%d, 0), NULLIF(%s, \'\'), %d, %d, %d, NULLIF(%d, 0), NULLIF(%d, 0),
					NULLIF(%s, \'\'), NULLIF(%s, \'\'), NULLIF(%s, \'\'), %d, %d
				FROM ' . Database::table( 'subjects' ) . " s, $policies p
				WHERE s.user_id = %d AND $by AND (%s = '' OR EXISTS (SELECT 1 FROM $sign_ins i WHERE i.sid = %s AND i.ended_at IS NULL))",
			array(
				$grant['handle'],
				$grant['client'],
				$grant['method'],
				$grant['ceiling'],
				$grant['scope'],
				(string) $grant['resource'],
				(int) $grant['auth_time'],
				$sid,
				$grant['client_epoch'],
				$grant['subject_epoch'],
				$grant['method_epoch'],
				(int) $grant['idle_expires_at'],
				(int) $grant['expires_at'],
				(string) ( $grant['session']['method'] ?? '' ),
				(string) ( $grant['session']['digest'] ?? '' ),
				(string) ( $grant['session']['key'] ?? '' ),
				(int) ( $grant['session']['epoch'] ?? 0 ),
				$now,
				$grant['user'],
				$policy,
				$sid,
				$sid,
			)
		);
	}

	/**
	 * Revokes one grant, and with it every token that belongs to it.
	 *
	 * @param array{grant: int, why: string, now: int} $args Which, the cause in a word of the protocol, and the time.
	 * @throws Unavailable When that is not known.
	 */
	public static function revoke_one( array $args ): void {
		Database::write(
			'UPDATE ' . Database::table( 'grants' ) . ' SET revoked_at = %d, revoked_why = %s WHERE id = %d AND revoked_at IS NULL',
			array( $args['now'], $args['why'], $args['grant'] )
		);
	}

	/**
	 * Revokes some grants, and with them every token that belongs to one: one statement. Not more than a batch.
	 *
	 * @param list<int> $ids Their rows.
	 * @param string    $why The cause, a word of ours.
	 * @return int How many of them it was that ended now.
	 * @throws Unavailable When that is not known.
	 */
	public static function revoke_some( array $ids, string $why ): int {
		list( $which, $args ) = Liveness::among( 'id', '%d', $ids );
		return Database::write(
			'UPDATE ' . Database::table( 'grants' ) . " SET revoked_at = %d, revoked_why = %s WHERE $which AND revoked_at IS NULL",
			array( time(), $why, ...$args )
		);
	}

	/**
	 * Revokes grants of a client by type, in batches, and what that type refreshes. They are dead already by what the client says now; this keeps them
	 * dead, whatever the client says later.
	 *
	 * @param int          $client  The client's row.
	 * @param list<string> $methods The grant types.
	 * @param string       $why     The cause, a word of ours.
	 * @param int|null     $spared  The user whose grants are left alone.
	 * @throws Unavailable When not all were revoked.
	 */
	public static function revoke( int $client, array $methods, string $why, ?int $spared = null ): void {
		$grants   = Database::table( 'grants' );
		$subjects = Database::table( 'subjects' );
		foreach ( $methods as $method ) {
			do {
				$ids = Database::rows(
					"SELECT g.id FROM $grants g JOIN $subjects s ON s.id = g.subject_pk
						WHERE g.client_pk = %d AND g.method = %s AND g.revoked_at IS NULL AND COALESCE(s.user_id, 0) <> %d LIMIT " . self::BATCH,
					array( $client, $method, $spared ?? -1 )
				);
				if ( $ids ) {
					self::revoke_some( array_column( $ids, 'id' ), $why );
				}
			} while ( count( $ids ) === self::BATCH );
			Sessions::end( $client, $method );
		}
	}

	/**
	 * Notes that a grant and its client were used. The protocol asks at most once a day and once a refresh.
	 *
	 * @param array{grant: int, client: int, now: int, address: string|null, generation: int} $args Which, when, from where, and how often
	 *                                                                                         it had been refreshed.
	 * @throws Unavailable When that is not known.
	 */
	public static function touch( array $args ): void {
		$day = intdiv( $args['now'], DAY_IN_SECONDS );
		Database::write(
			'UPDATE ' . Database::table( 'grants' ) . ' g JOIN ' . Database::table( 'clients' ) . " c ON c.id = g.client_pk
				SET g.last_used_at = %d, g.last_ip = NULLIF(%s, ''), g.used_generation = GREATEST(g.used_generation, %d),
					c.last_used_day = GREATEST(COALESCE(c.last_used_day, 0), %d)
				WHERE g.id = %d AND c.id = %d",
			array( $args['now'], (string) $args['address'], $args['generation'], $day, $args['grant'], $args['client'] )
		);
	}
}
