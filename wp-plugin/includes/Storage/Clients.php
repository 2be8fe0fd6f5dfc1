<?php
/**
 * Clients: looked up on every token request, changed by administrators.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Storage;

use AppConnect\WP\Flow_Runner;
use AppConnect\WP\Hooks;
use AppConnect\WP\Plugin;
use AppConnect\WP\Settings;

/**
 * Answers the need `find_client`, and registers, switches and ends clients.
 */
final class Clients {

	/**
	 * Looks up a client, its ceiling, its service user, and the failures counted against it: one query, and the same
	 * one whether the client exists or not.
	 *
	 * @param array{digest: string, buckets: list<string>, window_start: int} $args What to look up.
	 * @return array{client: array<string, mixed>|null, failures: list<array{bucket: string, hits: string}>} The protocol's `FoundClient`.
	 * @throws Unavailable When that is not known.
	 */
	public static function find( array $args ): array {
		$buckets = array();
		foreach ( $args['buckets'] as $bucket ) {
			array_push( $buckets, $bucket, $args['window_start'] );
		}
		$row = (array) Database::row( self::find_sql( count( $args['buckets'] ) ), array( ...$buckets, $args['digest'] ) );
		Settings::expect_current( $row );
		$found    = Rows::nest( $row );
		$failures = array_filter( $found['failures'] ?? array(), static fn ( array $failure ): bool => null !== $failure['bucket'] );
		$client   = isset( $found['id'] ) ? $found : null;
		if ( null !== $client && ! isset( $client['service_user']['user'] ) ) {
			$client['service_user'] = null;
		}
		unset( $client['failures'] );
		return array(
			'client'   => $client,
			'failures' => array_values( $failures ),
		);
	}

	/**
	 * The query of find(), with placeholders for each bucket and its window, and for the digest.
	 *
	 * @param int $buckets The number of buckets.
	 */
	public static function find_sql( int $buckets ): string {
		global $wpdb;
		$clients  = Database::table( 'clients' );
		$policies = Database::table( 'policies' );
		$subjects = Database::table( 'subjects' );
		$limits   = Database::table( 'limits' );
		$columns  = '';
		$joins    = '';
		for ( $i = 0; $i < $buckets; $i++ ) {
			$columns .= ", l$i.bucket AS `failures.$i.bucket`, l$i.hits AS `failures.$i.hits`";
			$joins   .= " LEFT JOIN $limits l$i ON l$i.bucket = %s AND l$i.window_start >= %d";
		}
		return 'SELECT ' . Settings::current_sql() . ", c.id, c.client_id, c.type, c.status, c.mode, c.epoch, c.secret_hash, c.prev_secret_hash, c.prev_until,
				c.config, p.id AS `policy.id`, p.body AS `policy.body`, u.ID AS `service_user.user`,
				COALESCE(s.epoch, 0) AS `service_user.epoch`$columns
			FROM (SELECT 1 AS one) q$joins
			LEFT JOIN $clients c ON c.digest = %s
			LEFT JOIN $policies p ON p.id = c.policy_id
			LEFT JOIN $wpdb->users u ON u.ID = c.service_user_id
			LEFT JOIN $subjects s ON s.user_id = u.ID";
	}

	/**
	 * Registers a client.
	 *
	 * @param array<string, mixed> $draft What `AppConnect\Server::draft_client()` reads: name, type, grant_types, mode, routes, service_user_id, …
	 * @return array{id: int, client_id: string, secret: string|null}|\WP_Error The secret is told here and never again; null
	 *         if the client has none or chose it. Errors: `app_connect_invalid_client` with data
	 *         `['status' => 400, 'errors' => list<array{field: string, code: string, detail: string, line?: int}>]`,
	 *         `app_connect_service_user` (the current user may not edit that user, or it does not exist) and
	 *         `app_connect_unavailable` (nothing was stored).
	 * @throws \AppConnect\ConfigurationException When the site's settings cannot serve.
	 */
	public static function register( #[\SensitiveParameter] array $draft ) {
		$user    = $draft['service_user_id'] ?? null;
		$refusal = null === $user ? null : self::service_user_error( (int) $user );
		if ( null !== $refusal ) {
			return $refusal;
		}
		$made = Plugin::server()->draft_client( $draft );
		if ( ! empty( $made['errors'] ) ) {
			return new \WP_Error(
				'app_connect_invalid_client',
				__( 'The client cannot be registered as described.', 'app-connect' ),
				array(
					'status' => 400,
					'errors' => $made['errors'],
				)
			);
		}
		try {
			$id = Database::transaction( static fn (): int => self::insert( $made['row'], $made['policy'] ) );
		} catch ( Unavailable $failure ) {
			return new \WP_Error(
				'app_connect_unavailable',
				__( 'The database did not store the client. Please try again.', 'app-connect' ),
				array( 'status' => 503 )
			);
		}
		try {
			Hooks::client_created( $id );
		} catch ( \Throwable $failure ) {
			// The secret is told once: a listener must not lose it.
			Flow_Runner::log( $failure );
		}
		return array(
			'id'        => $id,
			'client_id' => $made['client_id'],
			'secret'    => $made['secret'] ?? null,
		);
	}

	/**
	 * Switches a client off and ends its tokens for good.
	 *
	 * @param int $id The client.
	 * @return bool Whether it was on.
	 * @throws Unavailable When that is not known.
	 */
	public static function disable( int $id ): bool {
		return 1 === Database::write(
			'UPDATE ' . Database::table( 'clients' ) . " SET status = 'disabled', epoch = epoch + 1 WHERE id = %d AND status = 'active'",
			array( $id )
		);
	}

	/**
	 * Switches a client on again. Its former tokens stay ended.
	 *
	 * @param int $id The client.
	 * @return bool Whether it was off.
	 * @throws Unavailable When that is not known.
	 */
	public static function enable( int $id ): bool {
		return 1 === Database::write(
			'UPDATE ' . Database::table( 'clients' ) . " SET status = 'active' WHERE id = %d AND status = 'disabled'",
			array( $id )
		);
	}

	/**
	 * Ends every token of a client, which stays as it is.
	 *
	 * @param int $id The client.
	 * @return bool Whether it exists.
	 * @throws Unavailable When that is not known.
	 */
	public static function end_tokens( int $id ): bool {
		return 1 === Database::write(
			'UPDATE ' . Database::table( 'clients' ) . ' SET epoch = epoch + 1 WHERE id = %d',
			array( $id )
		);
	}

	/**
	 * Deletes a client. Its tokens end with its row; what they leave is removed in batches.
	 *
	 * @param int $id The client.
	 * @return bool Whether it existed.
	 * @throws Unavailable When that is not known.
	 */
	public static function delete( int $id ): bool {
		$deleted = 1 === Database::write( 'DELETE FROM ' . Database::table( 'clients' ) . ' WHERE id = %d', array( $id ) );
		Cleanup::after_client( $id );
		return $deleted;
	}

	/**
	 * Why the current user may not make a client act as some user; null if it may. WP-CLI and scripts act for the one who
	 * owns the server.
	 *
	 * @param int $user The service user.
	 */
	private static function service_user_error( int $user ): ?\WP_Error {
		$is_console = ( defined( 'WP_CLI' ) && WP_CLI ) || 'cli' === PHP_SAPI;
		if ( get_userdata( $user ) && ( $is_console || current_user_can( 'edit_user', $user ) ) ) {
			return null;
		}
		return new \WP_Error(
			'app_connect_service_user',
			__( 'You cannot let a client act as this user.', 'app-connect' ),
			array(
				'status' => 403,
				'errors' => array( array( 'field' => 'service_user_id' ) ),
			)
		);
	}

	/**
	 * Adds the row of a client, and its ceiling. Inside a transaction.
	 *
	 * @param array<string, mixed>                $row    As `draft_client()` made it.
	 * @param array{digest: string, body: string} $policy The ceiling.
	 * @return int The row's number.
	 * @throws Unavailable When it was not added.
	 */
	private static function insert( array $row, array $policy ): int {
		Policies::ensure( $policy );
		return Database::insert(
			'INSERT INTO ' . Database::table( 'clients' ) . ' (digest, client_id, name, type, status, mode, service_user_id,
					secret_hash, config, created_at, policy_id)
				SELECT %s, %s, %s, %s, %s, %s, NULLIF(%d, 0), NULLIF(%s, \'\'), %s, %d, p.id
				FROM ' . Database::table( 'policies' ) . ' p WHERE p.digest = %s',
			array(
				$row['digest'],
				$row['client_id'],
				$row['name'],
				$row['type'],
				$row['status'],
				$row['mode'],
				(int) ( $row['service_user_id'] ?? 0 ),
				(string) ( $row['secret_hash'] ?? '' ),
				$row['config'],
				time(),
				$policy['digest'],
			)
		);
	}
}
