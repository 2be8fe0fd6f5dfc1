<?php
/**
 * Migration 9: sign-ins. What an app was signed in to by way of a browser's session ends with it, and the app is told.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Storage;

return static function (): void {
	$ascii = 'CHARACTER SET ascii COLLATE ascii_bin';

	// session is the digest of WordPress' session token. due_at is when the app is to be told next that the sign-in ended; null
	// when there is nothing to tell.
	Database::write(
		'CREATE TABLE IF NOT EXISTS ' . Database::table( 'sign_ins' ) . " (
			id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
			sid CHAR(22) $ascii NOT NULL,
			session CHAR(64) $ascii NOT NULL,
			client_pk BIGINT UNSIGNED NOT NULL,
			subject_pk BIGINT UNSIGNED NOT NULL,
			attempts BIGINT UNSIGNED NOT NULL DEFAULT 0,
			created_at BIGINT UNSIGNED NOT NULL,
			expires_at BIGINT UNSIGNED NOT NULL,
			ended_at BIGINT UNSIGNED NULL,
			due_at BIGINT UNSIGNED NULL,
			PRIMARY KEY (id),
			UNIQUE KEY sid (sid),
			KEY session (session),
			KEY client_pk (client_pk),
			KEY subject_pk (subject_pk),
			KEY due_at (due_at),
			KEY expires_at (expires_at)
		) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"
	);
	foreach ( array( 'codes', 'grants' ) as $name ) {
		$table = Database::table( $name );
		if ( ! Database::rows( "SHOW COLUMNS FROM $table LIKE 'sid'" ) ) {
			Database::write( "ALTER TABLE $table ADD COLUMN sid CHAR(22) $ascii NULL" );
		}
	}
	$grants = Database::table( 'grants' );
	if ( ! Database::rows( "SHOW INDEX FROM $grants WHERE Key_name = 'sid'" ) ) {
		Database::write( "ALTER TABLE $grants ADD KEY sid (sid)" );
	}
};
