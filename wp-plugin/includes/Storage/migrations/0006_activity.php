<?php
/**
 * Migration 6: the audit log can be searched. An event knows whose tokens it is about, beside who caused it, and is found
 * by that, by its kind and by the address it came from, however many there are.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Storage;

return static function (): void {
	$events  = Database::table( 'events' );
	$changes = array();
	if ( ! Database::rows( "SHOW COLUMNS FROM $events LIKE 'owner_id'" ) ) {
		$changes[] = 'ADD COLUMN owner_id BIGINT UNSIGNED NULL';
	}
	foreach ( array( 'kind_at' => 'kind, at', 'owner_at' => 'owner_id, at', 'ip_at' => 'ip, at' ) as $name => $columns ) {
		if ( ! Database::rows( "SHOW INDEX FROM $events WHERE Key_name = '$name'" ) ) {
			$changes[] = "ADD KEY $name ($columns)";
		}
	}
	if ( $changes ) {
		// One statement: a large table is gone through once.
		Database::write( "ALTER TABLE $events " . implode( ', ', $changes ) );
	}
};
