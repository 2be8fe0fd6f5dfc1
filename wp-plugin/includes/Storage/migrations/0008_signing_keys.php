<?php
/**
 * Migration 8: the keys that sign tokens. Those that are in use hold a slot, so that two first requests make one key.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Storage;

return static function (): void {
	$ascii = 'CHARACTER SET ascii COLLATE ascii_bin';

	// kid is the thumbprint, public the JWK, sealed the private key in its envelope. longest is the longest lifetime of a
	// token that it signed, in seconds.
	Database::write(
		'CREATE TABLE IF NOT EXISTS ' . Database::table( 'keys' ) . " (
			id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
			kid CHAR(43) $ascii NOT NULL,
			slot VARCHAR(32) $ascii NULL,
			type VARCHAR(16) $ascii NOT NULL,
			alg VARCHAR(16) $ascii NOT NULL,
			public TEXT NOT NULL,
			sealed TEXT NULL,
			longest BIGINT UNSIGNED NOT NULL DEFAULT 0,
			created_at BIGINT UNSIGNED NOT NULL,
			activated_at BIGINT UNSIGNED NULL,
			retired_at BIGINT UNSIGNED NULL,
			compromised_at BIGINT UNSIGNED NULL,
			PRIMARY KEY (id),
			UNIQUE KEY kid (kid),
			UNIQUE KEY slot (slot),
			KEY retired_at (retired_at)
		) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"
	);
};
