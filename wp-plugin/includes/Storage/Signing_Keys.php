<?php
/**
 * The keys that sign tokens, and the data key that seals them.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Storage;

/**
 * Answers the needs `find_signing_keys` and `change_keys`. Nothing here can open what it stores.
 *
 * The data key is an option of its own, which no request but ours loads, and is read past every cache: a late reader may have
 * put back the one of before.
 */
final class Signing_Keys {

	/**
	 * The option with the sealed data key. Not autoloaded.
	 */
	public const VAULT_OPTION = 'app_connect_dek';

	/**
	 * The columns of a key, as the protocol reads them.
	 */
	private const COLUMNS = array( 'id', 'kid', 'slot', 'type', 'alg', 'public', 'sealed', 'longest', 'created_at', 'activated_at', 'retired_at', 'compromised_at' );

	/**
	 * Reads the sealed data key and the keys: one query, for every signed token waits for it.
	 *
	 * @param array{which: string} $args `slots` for those in use, `all` for all.
	 * @return array{vault: string|null, keys: list<array<string, string|null>>} The newest first.
	 * @throws Unavailable When that is not known.
	 */
	public static function find( array $args ): array {
		$rows = Database::rows( self::find_sql( 'all' === $args['which'] ), array( self::VAULT_OPTION ) );
		$keys = array_filter( $rows, static fn ( array $row ): bool => null !== $row['id'] );
		return array(
			'vault' => $rows[0]['vault'] ?? null,
			'keys'  => array_map( static fn ( array $row ): array => array_diff_key( $row, array( 'vault' => true ) ), array_values( $keys ) ),
		);
	}

	/**
	 * The query of find(), with a placeholder for the option. Without keys it has one row all the same.
	 *
	 * @param bool $all Whether it reads keys that are out of use too.
	 */
	public static function find_sql( bool $all ): string {
		global $wpdb;
		return 'SELECT o.option_value AS vault, k.' . implode( ', k.', self::COLUMNS ) . "
			FROM (SELECT 1 AS one) q
			LEFT JOIN $wpdb->options o ON o.option_name = %s
			LEFT JOIN " . Database::table( 'keys' ) . ' k ON ' . ( $all ? 'k.id > 0' : 'k.slot IS NOT NULL' ) . '
			ORDER BY k.id DESC';
	}

	/**
	 * Changes the data key and keys: all of it, or nothing if anything is not as the protocol found it.
	 *
	 * @param array{changes: list<array<string, array<string, mixed>>>, now: int} $args One change each: `vault`, `add`, `promote`,
	 *                                                                               `retire`, `revoke` or `extend`.
	 * @return string `done`, or `conflict` when somebody else was quicker: then nothing was changed.
	 * @throws Unavailable When nothing was changed, or that is not known.
	 */
	public static function change( #[\SensitiveParameter] array $args ): string {
		try {
			Database::transaction(
				static function () use ( $args ): void {
					// A key without the data key that sealed it could never be opened.
					$here = Database::mark();
					foreach ( $args['changes'] as $change ) {
						self::apply( (string) key( $change ), (array) current( $change ), (int) $args['now'], $here );
					}
				}
			);
			return 'done';
		} catch ( Conflict $lost ) {
			return 'conflict';
		} catch ( Unavailable $failure ) {
			if ( $failure->is_duplicate() ) {
				return 'conflict';
			}
			throw $failure;
		}
	}

	/**
	 * Makes one change. Inside a transaction.
	 *
	 * @param string               $kind   What it does.
	 * @param array<string, mixed> $change With what.
	 * @param int                  $now    The time.
	 * @param string               $here   The condition that this is the transaction's connection.
	 * @throws Conflict    When it found something else than it is for.
	 * @throws Unavailable When that is not known.
	 */
	private static function apply( string $kind, #[\SensitiveParameter] array $change, int $now, string $here ): void {
		$keys    = Database::table( 'keys' );
		$changed = match ( $kind ) {
			'vault'   => self::seal( $change['from'], $change['to'], $here ),
			'add'     => self::add( $change, $now, $here ),
			'promote' => Database::write(
				"UPDATE $keys SET slot = %s, activated_at = %d WHERE id = %d AND slot = %s AND $here",
				array( $change['to'], $now, $change['id'], $change['from'] )
			),
			'retire'  => Database::write(
				"UPDATE $keys SET slot = NULL, sealed = NULL, retired_at = %d WHERE id = %d AND slot = %s AND $here",
				array( $now, $change['id'], $change['from'] )
			),
			'revoke'  => Database::write(
				"UPDATE $keys SET slot = NULL, sealed = NULL, retired_at = COALESCE(retired_at, %d), compromised_at = %d
					WHERE id = %d AND compromised_at IS NULL AND $here",
				array( $now, $now, $change['id'] )
			),
			'extend'  => Database::write(
				"UPDATE $keys SET longest = %d WHERE id = %d AND longest < %d AND $here",
				array( $change['longest'], $change['id'], $change['longest'] )
			),
		};
		// Who signs for as long as the key has already is not behind anybody.
		if ( 1 !== $changed && 'extend' !== $kind ) {
			throw new Conflict();
		}
	}

	/**
	 * Stores the sealed data key.
	 *
	 * @param string|null $from What was found; null for none.
	 * @param string      $to   What is to be there.
	 * @param string      $here The condition that this is the transaction's connection.
	 * @return int How many rows it changed.
	 * @throws Unavailable When that is not known; a duplicate when there is one already.
	 */
	private static function seal( ?string $from, #[\SensitiveParameter] string $to, string $here ): int {
		global $wpdb;
		return null === $from
			? Database::write(
				"INSERT INTO $wpdb->options (option_name, option_value, autoload) SELECT %s, %s, 'off' FROM (SELECT 1 AS one) q WHERE $here",
				array( self::VAULT_OPTION, $to )
			)
			: Database::write(
				"UPDATE $wpdb->options SET option_value = %s WHERE option_name = %s AND option_value = %s AND $here",
				array( $to, self::VAULT_OPTION, $from )
			);
	}

	/**
	 * Adds a key.
	 *
	 * @param array<string, mixed> $key  The protocol's key.
	 * @param int                  $now  The time.
	 * @param string               $here The condition that this is the transaction's connection.
	 * @return int How many rows it added.
	 * @throws Unavailable When that is not known; a duplicate when there is such a key, or one in its slot.
	 */
	private static function add( #[\SensitiveParameter] array $key, int $now, string $here ): int {
		return Database::write(
			'INSERT INTO ' . Database::table( 'keys' ) . " (kid, slot, type, alg, public, sealed, longest, created_at, activated_at)
				SELECT %s, NULLIF(%s, ''), %s, %s, %s, NULLIF(%s, ''), 0, %d, NULLIF(%d, 0) FROM (SELECT 1 AS one) q WHERE $here",
			array(
				$key['kid'],
				(string) ( $key['slot'] ?? '' ),
				$key['type'],
				$key['alg'],
				$key['public'],
				(string) ( $key['sealed'] ?? '' ),
				$now,
				(int) ( $key['activated_at'] ?? 0 ),
			)
		);
	}
}
