<?php
/**
 * Migration 1: policies, clients, subjects, grants, tokens, limits, events.
 *
 * Digests are base64url SHA-256: 43 ASCII characters, compared byte by byte. Times are UTC seconds. `_pk` is a row number.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Storage;

return static function (): void {
	$digest = "CHAR(43) CHARACTER SET ascii COLLATE ascii_bin";
	$ascii  = 'CHARACTER SET ascii COLLATE ascii_bin';
	$end    = 'ENGINE=InnoDB DEFAULT CHARSET=utf8mb4';

	$tables = array(
		// Immutable, deduplicated by content.
		'policies' => "
			id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
			digest $digest NOT NULL,
			body MEDIUMTEXT NOT NULL,
			PRIMARY KEY (id),
			UNIQUE KEY digest (digest)",

		// policy_id is the ceiling K; digest is of client_id.
		'clients'  => "
			id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
			digest $digest NOT NULL,
			client_id VARCHAR(2048) $ascii NOT NULL,
			name VARCHAR(255) NOT NULL,
			type VARCHAR(16) $ascii NOT NULL,
			status VARCHAR(16) $ascii NOT NULL,
			mode VARCHAR(16) $ascii NOT NULL,
			epoch BIGINT UNSIGNED NOT NULL DEFAULT 0,
			service_user_id BIGINT UNSIGNED NULL,
			policy_id BIGINT UNSIGNED NOT NULL,
			secret_hash VARCHAR(255) $ascii NULL,
			prev_secret_hash VARCHAR(255) $ascii NULL,
			prev_until BIGINT UNSIGNED NULL,
			first_party TINYINT UNSIGNED NOT NULL DEFAULT 0,
			config MEDIUMTEXT NOT NULL,
			created_at BIGINT UNSIGNED NOT NULL,
			last_used_day BIGINT UNSIGNED NULL,
			PRIMARY KEY (id),
			UNIQUE KEY digest (digest),
			KEY status (status, id),
			KEY name (name(100))",

		// The user deleted: user_id NULL, epoch + 1. `sub` is never used again.
		'subjects' => "
			id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
			user_id BIGINT UNSIGNED NULL,
			sub CHAR(22) $ascii NOT NULL,
			epoch BIGINT UNSIGNED NOT NULL DEFAULT 0,
			PRIMARY KEY (id),
			UNIQUE KEY user_id (user_id),
			UNIQUE KEY sub (sub)",

		// One approval or session: the family that tokens belong to. policy_id is G, ceiling_id was K when G was decided.
		'grants'   => "
			id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
			handle CHAR(11) $ascii NOT NULL,
			client_pk BIGINT UNSIGNED NOT NULL,
			subject_pk BIGINT UNSIGNED NOT NULL,
			method VARCHAR(64) $ascii NOT NULL,
			policy_id BIGINT UNSIGNED NOT NULL,
			ceiling_id BIGINT UNSIGNED NOT NULL,
			scope TEXT NOT NULL,
			resource TEXT NULL,
			sid CHAR(22) $ascii NULL,
			auth_time BIGINT UNSIGNED NULL,
			client_epoch BIGINT UNSIGNED NOT NULL,
			subject_epoch BIGINT UNSIGNED NOT NULL,
			method_epoch BIGINT UNSIGNED NOT NULL,
			refresh_digest $digest NULL,
			generation BIGINT UNSIGNED NOT NULL DEFAULT 0,
			used_generation BIGINT UNSIGNED NOT NULL DEFAULT 0,
			rotated_at BIGINT UNSIGNED NULL,
			idle_expires_at BIGINT UNSIGNED NULL,
			expires_at BIGINT UNSIGNED NULL,
			revoked_at BIGINT UNSIGNED NULL,
			revoked_why VARCHAR(32) $ascii NULL,
			created_at BIGINT UNSIGNED NOT NULL,
			last_used_at BIGINT UNSIGNED NULL,
			last_ip VARCHAR(45) $ascii NULL,
			PRIMARY KEY (id),
			UNIQUE KEY handle (handle),
			KEY subject_client (subject_pk, client_pk),
			KEY client_method (client_pk, method, id),
			KEY idle_expires_at (idle_expires_at)",

		// policy_id is T, the snapshot. The token itself is stored nowhere.
		'tokens'   => "
			id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
			digest $digest NOT NULL,
			grant_id BIGINT UNSIGNED NOT NULL,
			policy_id BIGINT UNSIGNED NOT NULL,
			key_id BIGINT UNSIGNED NULL,
			scope TEXT NOT NULL,
			issued_at BIGINT UNSIGNED NOT NULL,
			expires_at BIGINT UNSIGNED NOT NULL,
			revoked_at BIGINT UNSIGNED NULL,
			secret TEXT NULL,
			PRIMARY KEY (id),
			UNIQUE KEY digest (digest),
			KEY grant_id (grant_id),
			KEY expires_at (expires_at)",

		// Failures only; a row of an older window starts again at one.
		'limits'   => "
			bucket $digest NOT NULL,
			window_start BIGINT UNSIGNED NOT NULL,
			hits BIGINT UNSIGNED NOT NULL,
			PRIMARY KEY (bucket),
			KEY window_start (window_start)",

		// The audit log.
		'events'   => "
			id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
			at BIGINT UNSIGNED NOT NULL,
			kind VARCHAR(64) $ascii NOT NULL,
			client_pk BIGINT UNSIGNED NULL,
			user_id BIGINT UNSIGNED NULL,
			grant_id BIGINT UNSIGNED NULL,
			ip VARCHAR(45) NULL,
			data TEXT NULL,
			PRIMARY KEY (id),
			KEY at (at),
			KEY client_at (client_pk, at),
			KEY user_at (user_id, at)",
	);

	foreach ( $tables as $name => $columns ) {
		Database::write( 'CREATE TABLE IF NOT EXISTS ' . Database::table( $name ) . " ($columns\n) $end" );
	}
};
