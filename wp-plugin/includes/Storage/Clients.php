<?php
/**
 * Clients: looked up on every token request, changed by administrators.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Storage;

use AppConnect\WP\Client_Registry;
use AppConnect\WP\Flow_Runner;
use AppConnect\WP\Refusal;
use AppConnect\WP\Settings;

/**
 * Answers the need `find_client`, and stores what administrators decide: one conditional write each, whose affected rows
 * tell who won. Every change moves the revision.
 */
final class Clients {

	/**
	 * The columns of a client as administrators see it.
	 */
	public const STORED = 'c.id, c.client_id, c.name, c.type, c.status, c.mode, c.service_user_id, c.secret_hash, c.prev_secret_hash,
		c.prev_until, c.config, c.created_at, c.last_used_day, c.revision, p.body AS policy';

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
		return 'SELECT ' . Settings::current_sql() . ", c.id, c.client_id, c.name, c.type, c.status, c.mode, c.epoch, c.secret_hash, c.prev_secret_hash, c.prev_until,
				c.config, p.id AS `policy.id`, p.body AS `policy.body`, u.ID AS `service_user.user`,
				COALESCE(s.epoch, 0) AS `service_user.epoch`$columns
			FROM (SELECT 1 AS one) q$joins
			LEFT JOIN $clients c ON c.digest = %s
			LEFT JOIN $policies p ON p.id = c.policy_id
			LEFT JOIN $wpdb->users u ON u.ID = c.service_user_id
			LEFT JOIN $subjects s ON s.user_id = u.ID";
	}

	/**
	 * Registers a client: the entry for scripts.
	 *
	 * @param array<string, mixed> $draft What `AppConnect\Server::draft_client()` reads: name, type, grant_types, mode, routes, service_user_id, …
	 * @return array{id: int, client_id: string, secret: string|null}|\WP_Error As `Client_Registry::create()`; also
	 *         `app_connect_unavailable` when nothing was stored.
	 * @throws \AppConnect\ConfigurationException When the site's settings cannot serve.
	 */
	public static function register( #[\SensitiveParameter] array $draft ) {
		try {
			$made = Client_Registry::create( $draft );
			return is_array( $made ) ? array_diff_key( $made, array( 'stored' => true ) ) : $made;
		} catch ( Unavailable $failure ) {
			Flow_Runner::log( $failure );
			return Refusal::unavailable();
		}
	}

	/**
	 * A client as stored.
	 *
	 * @param int $id The client.
	 * @return array<string, string|null>|null Null if there is none.
	 * @throws Unavailable When that is not known.
	 */
	public static function stored( int $id ): ?array {
		return Database::row(
			'SELECT ' . self::STORED . ' FROM ' . Database::table( 'clients' ) . ' c
				JOIN ' . Database::table( 'policies' ) . ' p ON p.id = c.policy_id
				WHERE c.id = %d',
			array( $id )
		);
	}

	/**
	 * Several clients as stored.
	 *
	 * @param list<int> $ids The clients.
	 * @return array<int, array<string, string|null>> By their rows; those that are gone are missing.
	 * @throws Unavailable When that is not known.
	 */
	public static function several( array $ids ): array {
		list( $which, $args ) = Liveness::among( 'c.id', '%d', $ids );
		$rows                 = $ids ? Database::rows(
			'SELECT ' . self::STORED . ' FROM ' . Database::table( 'clients' ) . ' c
				JOIN ' . Database::table( 'policies' ) . " p ON p.id = c.policy_id
				WHERE $which ORDER BY c.name, c.id",
			$args
		) : array();
		return array_column( $rows, null, 'id' );
	}

	/**
	 * Adds a client and its ceiling.
	 *
	 * @param array<string, mixed>                $row    As `draft_client()` made it.
	 * @param array{digest: string, body: string} $policy The ceiling.
	 * @param int                                 $now    The time.
	 * @return int|null The row's number; null if the identifier is taken.
	 * @throws Unavailable When nothing was added, or that is not known.
	 */
	public static function insert( array $row, array $policy, int $now ): ?int {
		try {
			return Database::transaction( static fn (): int => self::insert_row( $row, $policy, $now ) );
		} catch ( Unavailable $failure ) {
			if ( $failure->is_duplicate() ) {
				return null;
			}
			throw $failure;
		}
	}

	/**
	 * Stores an edited client, unless somebody else changed it since it was read.
	 *
	 * @param array<string, string|null>          $stored As it was read.
	 * @param array<string, mixed>                $row    As `revise_client()` made it.
	 * @param array{digest: string, body: string} $policy The ceiling.
	 * @param bool                                $end    Whether every token ends.
	 * @return bool Whether it was stored.
	 * @throws Unavailable When that is not known.
	 */
	public static function update( array $stored, array $row, array $policy, bool $end ): bool {
		$secret = (string) ( $row['secret_hash'] ?? '' );
		// A secret that was made or removed leaves none before it.
		$keep = (string) ( $stored['secret_hash'] ?? '' ) === $secret;
		return Database::transaction(
			static function () use ( $stored, $row, $policy, $end, $secret, $keep ): bool {
				Policies::ensure( $policy );
				return 1 === Database::write(
					'UPDATE ' . Database::table( 'clients' ) . " SET name = %s, type = %s, status = %s, mode = %s,
						service_user_id = NULLIF(%d, 0), secret_hash = NULLIF(%s, ''), config = %s,
						policy_id = (SELECT p.id FROM " . Database::table( 'policies' ) . ' p WHERE p.digest = %s),
						' . ( $keep ? '' : 'prev_secret_hash = NULL, prev_until = NULL, ' ) . '
						epoch = epoch + %d, revision = revision + 1
						WHERE id = %d AND revision = %d',
					array(
						$row['name'],
						$row['type'],
						$row['status'],
						$row['mode'],
						(int) ( $row['service_user_id'] ?? 0 ),
						$secret,
						$row['config'],
						$policy['digest'],
						(int) $end,
						(int) $stored['id'],
						(int) $stored['revision'],
					)
				);
			}
		);
	}

	/**
	 * Replaces the secret of a client, unless somebody else changed the client since it was read.
	 *
	 * @param array<string, string|null>                                                                $stored As it was read.
	 * @param array{secret_hash: string, keep_previous: bool, prev_until: int|null, ends_all: bool} $new    As `renew_secret()` made it.
	 * @return bool Whether it was stored.
	 * @throws Unavailable When that is not known.
	 */
	public static function replace_secret( array $stored, array $new ): bool {
		// Columns are set from left to right: the previous secret is taken before the new one is there.
		$previous = $new['keep_previous']
			? 'prev_secret_hash = secret_hash, prev_until = %d'
			: 'prev_secret_hash = NULL, prev_until = NULLIF(%d, 0)';
		return 1 === Database::write(
			'UPDATE ' . Database::table( 'clients' ) . " SET $previous, secret_hash = %s, epoch = epoch + %d, revision = revision + 1
				WHERE id = %d AND revision = %d",
			array(
				$new['keep_previous'] ? (int) $new['prev_until'] : 0,
				$new['secret_hash'],
				(int) $new['ends_all'],
				(int) $stored['id'],
				(int) $stored['revision'],
			)
		);
	}

	/**
	 * Switches a client off and ends its tokens for good.
	 *
	 * @param int      $id       The client.
	 * @param int|null $revision The revision that it must have; null for any.
	 * @return bool Whether it was on.
	 * @throws Unavailable When that is not known.
	 */
	public static function disable( int $id, ?int $revision = null ): bool {
		return self::switch( "status = 'disabled', epoch = epoch + 1", 'active', $id, $revision );
	}

	/**
	 * Switches a client on again. Its former tokens stay ended.
	 *
	 * @param int      $id       The client.
	 * @param int|null $revision The revision that it must have; null for any.
	 * @return bool Whether it was off.
	 * @throws Unavailable When that is not known.
	 */
	public static function enable( int $id, ?int $revision = null ): bool {
		return self::switch( "status = 'active'", 'disabled', $id, $revision );
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
	 * Switches a client that has a status.
	 *
	 * @param string   $set      What is set.
	 * @param string   $from     The status that it must have.
	 * @param int      $id       The client.
	 * @param int|null $revision The revision that it must have; null for any.
	 * @return bool Whether it was switched.
	 * @throws Unavailable When that is not known.
	 */
	private static function switch( string $set, string $from, int $id, ?int $revision ): bool {
		return 1 === Database::write(
			'UPDATE ' . Database::table( 'clients' ) . " SET $set, revision = revision + 1 WHERE id = %d AND status = %s"
				. ( null === $revision ? '' : ' AND revision = %d' ),
			array( $id, $from, ...( null === $revision ? array() : array( $revision ) ) )
		);
	}

	/**
	 * Adds the row of a client, and its ceiling. Inside a transaction.
	 *
	 * @param array<string, mixed>                $row    As `draft_client()` made it.
	 * @param array{digest: string, body: string} $policy The ceiling.
	 * @param int                                 $now    The time.
	 * @return int The row's number.
	 * @throws Unavailable When it was not added.
	 */
	private static function insert_row( array $row, array $policy, int $now ): int {
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
				$now,
				$policy['digest'],
			)
		);
	}
}
