<?php
/**
 * Migration 4: people approve apps. Codes are what an approval is paid with; consents are approvals that are remembered.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Storage;

return static function (): void {
	$digest = 'CHAR(43) CHARACTER SET ascii COLLATE ascii_bin';
	$ascii  = 'CHARACTER SET ascii COLLATE ascii_bin';
	$end    = 'ENGINE=InnoDB DEFAULT CHARSET=utf8mb4';

	$tables = array(
		// policy_id is G. grant_id is what the code bought. A spent row stays for a day, so that a replay is known as one.
		'codes'    => "
			digest $digest NOT NULL,
			kind VARCHAR(16) $ascii NOT NULL,
			client_pk BIGINT UNSIGNED NOT NULL,
			subject_pk BIGINT UNSIGNED NOT NULL,
			policy_id BIGINT UNSIGNED NOT NULL,
			grant_id BIGINT UNSIGNED NULL,
			payload MEDIUMTEXT NOT NULL,
			expires_at BIGINT UNSIGNED NOT NULL,
			consumed_at BIGINT UNSIGNED NULL,
			PRIMARY KEY (digest),
			KEY expires_at (expires_at),
			KEY client_pk (client_pk),
			KEY subject_pk (subject_pk)",

		// policy_id is the G that was approved last.
		'consents' => "
			id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
			subject_pk BIGINT UNSIGNED NOT NULL,
			client_pk BIGINT UNSIGNED NOT NULL,
			policy_id BIGINT UNSIGNED NOT NULL,
			scope TEXT NOT NULL,
			granted_at BIGINT UNSIGNED NOT NULL,
			expires_at BIGINT UNSIGNED NULL,
			PRIMARY KEY (id),
			UNIQUE KEY subject_client (subject_pk, client_pk),
			KEY client_pk (client_pk),
			KEY expires_at (expires_at)",
	);
	foreach ( $tables as $name => $columns ) {
		Database::write( 'CREATE TABLE IF NOT EXISTS ' . Database::table( $name ) . " ($columns\n) $end" );
	}

	// The mark is part of what the protocol reads: it stands in `config`.
	$clients = Database::table( 'clients' );
	if ( Database::rows( "SHOW COLUMNS FROM $clients LIKE 'first_party'" ) ) {
		Database::write( "ALTER TABLE $clients DROP COLUMN first_party" );
	}
};
