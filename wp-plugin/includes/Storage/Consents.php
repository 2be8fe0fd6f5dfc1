<?php
/**
 * Consents: what people have approved, so that they are not asked again for the same.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Storage;

/**
 * Answers the need `find_consent`, and remembers approvals for `store_code`.
 */
final class Consents {

	/**
	 * Looks up what a user has approved for a client, and the epoch of the user's subject: one query.
	 *
	 * @param array{client: int, user: int} $args Whose, and for whom.
	 * @return array{epoch: string|int, consent: array{policy: string, expires_at: string|null}|null} The protocol's `FoundConsent`.
	 * @throws Unavailable When that is not known.
	 */
	public static function find( array $args ): array {
		$row = Database::row(
			'SELECT s.epoch, p.body AS policy, c.expires_at
				FROM ' . Database::table( 'subjects' ) . ' s
				LEFT JOIN ' . Database::table( 'consents' ) . ' c ON c.subject_pk = s.id AND c.client_pk = %d
				LEFT JOIN ' . Database::table( 'policies' ) . ' p ON p.id = c.policy_id
				WHERE s.user_id = %d',
			array( $args['client'], $args['user'] )
		);
		return array(
			'epoch'   => $row['epoch'] ?? 0,
			'consent' => isset( $row['policy'] ) ? array_diff_key( $row, array( 'epoch' => true ) ) : null,
		);
	}

	/**
	 * Remembers an approval in place of the one before. Inside a transaction, after subject and policy were stored.
	 *
	 * @param array<string, mixed> $args The protocol's `StoreCode`, with a consent.
	 * @throws Unavailable When it was not remembered.
	 */
	public static function remember( array $args ): void {
		list( $by, $policy ) = Policies::by( $args['policy'] );
		Database::write(
			'INSERT INTO ' . Database::table( 'consents' ) . ' (subject_pk, client_pk, policy_id, scope, granted_at, expires_at)
				SELECT s.id, %d, p.id, %s, %d, NULLIF(%d, 0)
				FROM ' . Database::table( 'subjects' ) . ' s, ' . Database::table( 'policies' ) . " p WHERE s.user_id = %d AND $by
				ON DUPLICATE KEY UPDATE policy_id = VALUES(policy_id), scope = VALUES(scope), granted_at = VALUES(granted_at),
					expires_at = VALUES(expires_at)",
			array(
				$args['client'],
				$args['consent']['scope'],
				$args['now'],
				(int) ( $args['consent']['expires_at'] ?? 0 ),
				$args['user'],
				$policy,
			)
		);
	}

	/**
	 * Forgets what a subject has approved, and the codes that it has not spent. Spent ones stay, so that a replay is known.
	 *
	 * @param int      $subject The subject's row.
	 * @param int|null $blog    A site of the network; null for the current one.
	 * @return int How many approvals there were to forget.
	 * @throws Unavailable When that is not known.
	 */
	public static function forget_subject( int $subject, ?int $blog ): int {
		$forgotten = Database::write( 'DELETE FROM ' . Database::table( 'consents', $blog ) . ' WHERE subject_pk = %d', array( $subject ) );
		Database::write( 'DELETE FROM ' . Database::table( 'codes', $blog ) . ' WHERE subject_pk = %d AND consumed_at IS NULL', array( $subject ) );
		return $forgotten;
	}

	/**
	 * What a subject has approved and will not be asked for again.
	 *
	 * @param int $subject The subject's row.
	 * @param int $limit   At most so many.
	 * @return list<array{client: string, scope: string, policy: string, granted_at: string}> The newest first.
	 * @throws Unavailable When that is not known.
	 */
	public static function of_subject( int $subject, int $limit ): array {
		return Database::rows(
			'SELECT a.client_pk AS client, a.scope, p.body AS policy, a.granted_at
				FROM ' . Database::table( 'consents' ) . ' a
				JOIN ' . Database::table( 'policies' ) . ' p ON p.id = a.policy_id
				WHERE a.subject_pk = %d AND COALESCE(a.expires_at, %d) > %d ORDER BY a.id DESC LIMIT %d',
			array( $subject, time() + 1, time(), $limit )
		);
	}

	/**
	 * Forgets what a subject has approved for one client, and the codes that it has not spent: the app must ask again.
	 *
	 * @param int $subject The subject's row.
	 * @param int $client  The client's row.
	 * @return bool Whether there was an approval to forget.
	 * @throws Unavailable When that is not known.
	 */
	public static function forget( int $subject, int $client ): bool {
		$which = ' WHERE subject_pk = %d AND client_pk = %d';
		return Database::transaction(
			static function () use ( $which, $subject, $client ): bool {
				$forgot = Database::write( 'DELETE FROM ' . Database::table( 'consents' ) . $which, array( $subject, $client ) );
				Database::write( 'DELETE FROM ' . Database::table( 'codes' ) . "$which AND consumed_at IS NULL", array( $subject, $client ) );
				return $forgot > 0;
			}
		);
	}
}
