<?php
/**
 * Sign-ins at apps, and their ends.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Storage;

/**
 * Answers the needs `claim_logout`, `find_ended_sign_ins` and `settle_logout`, stores sign-ins for `store_code`, and ends them
 * with the browser's session or with all that a user has. An ended one is the note that its app is to be told.
 */
final class Sign_Ins {

	/**
	 * Why grants end.
	 */
	private const LOGGED_OUT = 'logged_out';

	/**
	 * Remembers a sign-in, or that it was used again. Inside a transaction.
	 *
	 * @param array<string, mixed> $args The protocol's `StoreCode`.
	 * @throws Unavailable When that is not known.
	 */
	public static function remember( array $args ): void {
		$sign_in = $args['sign_in'];
		Database::write(
			'INSERT INTO ' . Database::table( 'sign_ins' ) . ' (sid, session, client_pk, subject_pk, created_at, expires_at)
				SELECT %s, %s, %d, s.id, %d, %d FROM ' . Database::table( 'subjects' ) . ' s WHERE s.user_id = %d
				ON DUPLICATE KEY UPDATE expires_at = VALUES(expires_at)',
			array( $sign_in['sid'], $sign_in['session'], $args['client'], $args['now'], $sign_in['expires_at'], $args['user'] )
		);
	}

	/**
	 * Ends what was signed in to by way of a session, and every grant that came of it and was not to outlive it: all of it or
	 * nothing.
	 *
	 * @param string $session The digest of the session's token.
	 * @param int    $now     The time.
	 * @return int How many sign-ins ended.
	 * @throws Unavailable When that is not known.
	 */
	public static function end_session( string $session, int $now ): int {
		return self::end( 'session = %s', $session, $now );
	}

	/**
	 * The same for all that a user has on a site, whose tokens end by other means.
	 *
	 * @param int      $user The user.
	 * @param int      $now  The time.
	 * @param int|null $blog A site of the network; null for the current one.
	 * @return int How many sign-ins ended.
	 * @throws Unavailable When that is not known.
	 */
	public static function end_user( int $user, int $now, ?int $blog = null ): int {
		$subjects = Database::table( 'subjects', $blog );
		return self::end( "subject_pk = (SELECT id FROM $subjects WHERE user_id = %d)", $user, $now, $blog );
	}

	/**
	 * Finds sign-ins that ended, of which apps are to be told by now.
	 *
	 * @param array{now: int, limit: int} $args The time, and how many at most.
	 * @return list<array<string, string|null>> The protocol's `EndedSignIn`s.
	 * @throws Unavailable When that is not known.
	 */
	public static function find_ended( array $args ): array {
		return Database::rows(
			'SELECT i.id, i.sid, s.sub, c.id AS client, c.client_id, c.status, c.config, i.attempts
				FROM ' . Database::table( 'sign_ins' ) . ' i
				JOIN ' . Database::table( 'clients' ) . ' c ON c.id = i.client_pk
				JOIN ' . Database::table( 'subjects' ) . ' s ON s.id = i.subject_pk
				WHERE i.due_at <= %d ORDER BY i.due_at LIMIT %d',
			array( $args['now'], $args['limit'] )
		);
	}

	/**
	 * Takes one of them, if nobody else did.
	 *
	 * @param array{sign_in: int, attempts: int, again: int|null} $args The row, how often it had been tried, and when it is tried again.
	 * @return string `now`, or `already` if somebody else did.
	 * @throws Unavailable When that is not known.
	 */
	public static function claim( array $args ): string {
		$won = Database::write(
			'UPDATE ' . Database::table( 'sign_ins' ) . ' SET attempts = attempts + 1, due_at = NULLIF(%d, 0)
				WHERE id = %d AND attempts = %d AND due_at IS NOT NULL',
			array( (int) $args['again'], $args['sign_in'], $args['attempts'] )
		);
		return 1 === $won ? 'now' : 'already';
	}

	/**
	 * Notes that there is nothing to tell any more.
	 *
	 * @param array{sign_in: int} $args The row.
	 * @throws Unavailable When that is not known.
	 */
	public static function settle( array $args ): void {
		Database::write( 'UPDATE ' . Database::table( 'sign_ins' ) . ' SET due_at = NULL WHERE id = %d', array( $args['sign_in'] ) );
	}

	/**
	 * When the next app is to be told; null for never.
	 *
	 * @throws Unavailable When that is not known.
	 */
	public static function next_due(): ?int {
		$due = Database::row( 'SELECT MIN(due_at) AS due FROM ' . Database::table( 'sign_ins' ) . ' WHERE due_at IS NOT NULL' )['due'] ?? null;
		return null === $due ? null : (int) $due;
	}

	/**
	 * Ends sign-ins.
	 *
	 * @param string     $which A condition with one placeholder.
	 * @param int|string $value Its value.
	 * @param int        $now   The time.
	 * @param int|null   $blog  A site of the network; null for the current one.
	 * @return int How many ended.
	 * @throws Unavailable When that is not known.
	 */
	private static function end( string $which, $value, int $now, ?int $blog = null ): int {
		$sign_ins = Database::table( 'sign_ins', $blog );
		$grants   = Database::table( 'grants', $blog );
		return Database::transaction(
			static function () use ( $which, $value, $now, $sign_ins, $grants ): int {
				// First, so that a code that is exchanged meanwhile waits, and then finds that it is over.
				$ended = Database::write( "UPDATE $sign_ins SET ended_at = %d, due_at = %d WHERE $which AND ended_at IS NULL", array( $now, $now, $value ) );
				if ( $ended > 0 ) {
					Database::write(
						"UPDATE $grants SET revoked_at = %d, revoked_why = %s
							WHERE sid IN (SELECT sid FROM $sign_ins WHERE $which) AND refresh_digest IS NULL AND revoked_at IS NULL",
						array( $now, self::LOGGED_OUT, $value )
					);
				}
				return $ended;
			}
		);
	}
}
