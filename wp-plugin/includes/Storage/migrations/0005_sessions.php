<?php
/**
 * Migration 5: refresh tokens. A session's chain has a key; a token knows which refresh it came of.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Storage;

return static function (): void {
	$columns = array(
		// The key is 32 bytes in base64url. refresh_method is the grant type that refreshes, refresh_epoch its epoch.
		'grants' => array(
			'refresh_method' => 'VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL',
			'refresh_key'    => 'CHAR(43) CHARACTER SET ascii COLLATE ascii_bin NULL',
			'refresh_epoch'  => 'BIGINT UNSIGNED NOT NULL DEFAULT 0',
		),
		'tokens' => array( 'generation' => 'BIGINT UNSIGNED NOT NULL DEFAULT 0' ),
	);
	foreach ( $columns as $name => $added ) {
		$table = Database::table( $name );
		foreach ( $added as $column => $type ) {
			if ( ! Database::rows( "SHOW COLUMNS FROM $table LIKE '$column'" ) ) {
				Database::write( "ALTER TABLE $table ADD COLUMN $column $type" );
			}
		}
	}
	$grants = Database::table( 'grants' );
	if ( ! Database::rows( "SHOW INDEX FROM $grants WHERE Key_name = 'refresh_method'" ) ) {
		Database::write( "ALTER TABLE $grants ADD KEY refresh_method (refresh_method, refresh_epoch, revoked_at)" );
	}
};
