<?php
/**
 * Migration 3: what administrators need. A revision makes edits of a client compare-and-set; an index finds the live
 * grants of one grant type.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Storage;

return static function (): void {
	$clients = Database::table( 'clients' );
	if ( ! Database::rows( "SHOW COLUMNS FROM $clients LIKE 'revision'" ) ) {
		Database::write( "ALTER TABLE $clients ADD COLUMN revision BIGINT UNSIGNED NOT NULL DEFAULT 0" );
	}
	$grants = Database::table( 'grants' );
	if ( ! Database::rows( "SHOW INDEX FROM $grants WHERE Key_name = 'method'" ) ) {
		Database::write( "ALTER TABLE $grants ADD KEY method (method, method_epoch, revoked_at)" );
	}
};
