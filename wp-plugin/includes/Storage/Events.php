<?php
/**
 * The audit log: one row per security event, none per token.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Storage;

/**
 * Writes the audit log.
 */
final class Events {

	/**
	 * Records an event if the protocol says that it belongs in the log. Events hold identifiers and causes, no secrets.
	 *
	 * @param array<string, mixed> $event As `Flow::events()` has it.
	 * @throws Unavailable When it was not recorded.
	 */
	public static function record( array $event ): void {
		if ( empty( $event['audited'] ) ) {
			return;
		}
		$rest = array_diff_key( $event, array_flip( array( 'kind', 'audited', 'client', 'user', 'grant', 'address' ) ) );
		Database::insert(
			'INSERT INTO ' . Database::table( 'events' ) . " (at, kind, client_pk, user_id, grant_id, ip, data)
				VALUES (%d, %s, NULLIF(%d, 0), NULLIF(%d, 0), NULLIF(%d, 0), NULLIF(%s, ''), NULLIF(%s, ''))",
			array(
				time(),
				$event['kind'],
				(int) ( $event['client'] ?? 0 ),
				(int) ( $event['user'] ?? 0 ),
				(int) ( $event['grant'] ?? 0 ),
				(string) ( $event['address'] ?? '' ),
				$rest ? (string) wp_json_encode( $rest ) : '',
			)
		);
	}
}
