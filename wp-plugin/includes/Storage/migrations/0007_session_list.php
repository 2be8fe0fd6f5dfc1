<?php
/**
 * Migration 7: the list of sessions. One index has those that nobody ended in the order of the list, the other finds an address.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Storage;

return static function (): void {
	$grants = Database::table( 'grants' );
	foreach ( array( 'unrevoked' => 'revoked_at, id', 'last_ip' => 'last_ip' ) as $name => $columns ) {
		if ( ! Database::rows( "SHOW INDEX FROM $grants WHERE Key_name = '$name'" ) ) {
			Database::write( "ALTER TABLE $grants ADD KEY $name ($columns)" );
		}
	}
};
