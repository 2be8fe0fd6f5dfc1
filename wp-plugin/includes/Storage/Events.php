<?php
/**
 * The audit log: one row per security event, none per token.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Storage;

use AppConnect\WP\Audit;

/**
 * Writes the audit log.
 */
final class Events {

	/**
	 * Records an event if the protocol says that it belongs in the log. Events hold identifiers and causes, no secrets.
	 *
	 * What an event does not say is added: the address of this request, and whose grant it is about.
	 *
	 * @param array<string, mixed> $event As `Flow::events()` has it; `owner` is the user whose tokens it is about.
	 * @param int|null             $blog  A site of the network; null for the current one.
	 * @throws Unavailable When it was not recorded.
	 */
	public static function record( array $event, ?int $blog = null ): void {
		if ( empty( $event['audited'] ) ) {
			return;
		}
		$rest  = array_diff_key( $event, array_flip( array( 'kind', 'audited', 'client', 'user', 'grant', 'address' ) ) );
		$grant = (int) ( $event['grant'] ?? 0 );
		Database::insert(
			'INSERT INTO ' . Database::table( 'events', $blog ) . " (at, kind, client_pk, user_id, owner_id, grant_id, ip, data)
				VALUES (%d, %s, NULLIF(%d, 0), NULLIF(%d, 0), NULLIF(%d, 0), NULLIF(%d, 0), NULLIF(%s, ''), NULLIF(%s, ''))",
			array(
				time(),
				$event['kind'],
				(int) ( $event['client'] ?? 0 ),
				(int) ( $event['user'] ?? 0 ),
				(int) ( $event['owner'] ?? self::owner( $grant, $blog ) ),
				$grant,
				(string) ( $event['address'] ?? Audit::address() ),
				$rest ? (string) wp_json_encode( $rest ) : '',
			)
		);
	}

	/**
	 * The user as whom the tokens of a grant act.
	 *
	 * @param int      $grant The grant's row; 0 for none.
	 * @param int|null $blog  A site of the network; null for the current one.
	 * @return int 0 if there is none.
	 * @throws Unavailable When that is not known.
	 */
	private static function owner( int $grant, ?int $blog ): int {
		if ( 0 === $grant ) {
			return 0;
		}
		$row = Database::row(
			'SELECT s.user_id FROM ' . Database::table( 'grants', $blog ) . ' g
				JOIN ' . Database::table( 'subjects', $blog ) . ' s ON s.id = g.subject_pk WHERE g.id = %d',
			array( $grant )
		);
		return (int) ( $row['user_id'] ?? 0 );
	}
}
