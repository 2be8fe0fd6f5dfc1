<?php
/**
 * Sessions: grants that refresh tokens keep going.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Storage;

use AppConnect\WP\Settings;

/**
 * Answers the need `find_session`, and rotates refresh tokens for `issue`. A refresh token is stored nowhere, only the digest
 * of the present one.
 */
final class Sessions {

	/**
	 * Rows per statement: a thousand lock nothing for long.
	 */
	private const BATCH = 1000;

	/**
	 * Looks up a session with all that decides whether it is alive: one query.
	 *
	 * @param array{handle: string} $args The session's handle.
	 * @return array<string, mixed>|null The protocol's `SessionRow`; null for an unknown one.
	 * @throws Unavailable When that is not known.
	 */
	public static function find( array $args ): ?array {
		$row = Database::row( self::find_sql(), array( $args['handle'] ) );
		if ( null === $row ) {
			return null;
		}
		Settings::expect_current( $row );
		return Rows::nest( $row );
	}

	/**
	 * The query of find(), with one placeholder for the handle.
	 */
	public static function find_sql(): string {
		global $wpdb;
		$grants   = Database::table( 'grants' );
		$subjects = Database::table( 'subjects' );
		$policies = Database::table( 'policies' );
		return 'SELECT ' . Settings::current_sql() . ', g.handle, g.client_pk AS client, p.id AS `policy.id`, p.body AS `policy.body`,
				g.scope, g.resource, g.auth_time, g.sid, g.created_at, g.idle_expires_at, ' . Grants::COLUMNS . ", u.ID AS `subject.user`, s.sub AS `subject.sub`,
				s.epoch AS `subject.epoch`, g.refresh_digest AS `chain.digest`, g.refresh_key AS `chain.key`,
				g.refresh_epoch AS `chain.epoch`, g.generation AS `chain.generation`, g.rotated_at AS `chain.rotated_at`
			FROM $grants g
			JOIN $subjects s ON s.id = g.subject_pk
			JOIN $policies p ON p.id = g.policy_id
			LEFT JOIN $wpdb->users u ON u.ID = s.user_id
			WHERE g.handle = %s AND g.refresh_digest IS NOT NULL";
	}

	/**
	 * Puts the next refresh token in the place of the present one. Whether that was so is true only once the transaction
	 * around it has committed.
	 *
	 * @param array{grant: int, from: string, to: string, idle_expires_at: int} $step The protocol's `Rotation`.
	 * @param int                                                               $now  The time.
	 * @return bool Whether this call did it; false when the token was not the present one any more, or the session has ended.
	 * @throws Unavailable When that is not known.
	 */
	public static function rotate( array $step, int $now ): bool {
		return 1 === Database::write(
			'UPDATE ' . Database::table( 'grants' ) . ' SET refresh_digest = %s, generation = generation + 1, rotated_at = %d, idle_expires_at = %d
				WHERE id = %d AND refresh_digest = %s AND revoked_at IS NULL',
			array( $step['to'], $now, $step['idle_expires_at'], $step['grant'], $step['from'] )
		);
	}

	/**
	 * Makes an end of a client's refresh tokens, in batches. Its access tokens go on until they end by themselves.
	 *
	 * @param int    $client The client's row.
	 * @param string $method The grant type that refreshes.
	 * @throws Unavailable When some are left.
	 */
	public static function end( int $client, string $method ): void {
		$grants = Database::table( 'grants' );
		do {
			$ids = Database::rows( "SELECT id FROM $grants WHERE client_pk = %d AND refresh_method = %s AND refresh_digest IS NOT NULL LIMIT " . self::BATCH, array( $client, $method ) );
			if ( $ids ) {
				$marks = implode( ', ', array_fill( 0, count( $ids ), '%d' ) );
				Database::write( "UPDATE $grants SET refresh_digest = NULL, refresh_key = NULL WHERE id IN ($marks)", array_column( $ids, 'id' ) );
			}
		} while ( count( $ids ) === self::BATCH );
	}
}
