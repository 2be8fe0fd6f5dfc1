<?php
/**
 * The only way to our tables.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Storage;

/**
 * Runs prepared statements on one proven connection.
 *
 * `$wpdb` reconnects silently and runs a lost statement again, which loses a transaction's first half and makes
 * affected-row counts lie. So every unit of work notes the connection's identity and believes nothing once it changed.
 */
final class Database {

	/**
	 * How often a unit of work is tried when it meets others' locks.
	 */
	private const TRIES = 3;

	/**
	 * Seconds to wait for a lock inside a transaction; the server's default of 50 would outlive the client.
	 */
	private const LOCK_WAIT = 2;

	/**
	 * The identity of the connection that the running unit of work began on; null outside one.
	 *
	 * @var int|null
	 */
	private static ?int $connection = null;

	/**
	 * The full name of one of our tables.
	 *
	 * @param string   $name Its short name.
	 * @param int|null $blog A site of the network; null for the current one.
	 */
	public static function table( string $name, ?int $blog = null ): string {
		global $wpdb;
		return ( null === $blog ? $wpdb->prefix : $wpdb->get_blog_prefix( $blog ) ) . 'app_connect_' . $name;
	}

	/**
	 * The first row of a query, null if there is none. Columns are text, as the database delivers them.
	 *
	 * @param string            $sql  A statement with placeholders.
	 * @param list<int|string>  $args Their values.
	 * @return array<string, string|null>|null
	 * @throws Unavailable When the answer cannot be trusted.
	 */
	public static function row( string $sql, array $args = array() ): ?array {
		return self::rows( $sql, $args )[0] ?? null;
	}

	/**
	 * All rows of a query.
	 *
	 * @param string           $sql  A statement with placeholders.
	 * @param list<int|string> $args Their values.
	 * @return list<array<string, string|null>>
	 * @throws Unavailable When the answer cannot be trusted.
	 */
	public static function rows( string $sql, array $args = array() ): array {
		return self::unit( static fn (): array => self::execute( $sql, $args )['rows'] );
	}

	/**
	 * Runs one statement that writes.
	 *
	 * @param string           $sql  A statement with placeholders.
	 * @param list<int|string> $args Their values.
	 * @return int How many rows it changed. Inside a transaction that is true only once the transaction has committed.
	 * @throws Unavailable When that is not known.
	 */
	public static function write( string $sql, array $args = array() ): int {
		return self::unit( static fn (): int => self::execute( $sql, $args )['changed'] );
	}

	/**
	 * Runs one statement that adds a row, and returns the row's number.
	 *
	 * @param string           $sql  An INSERT with placeholders.
	 * @param list<int|string> $args Their values.
	 * @throws Unavailable When it added none, or that is not known.
	 */
	public static function insert( string $sql, array $args ): int {
		return self::unit(
			static function () use ( $sql, $args ): int {
				$done = self::execute( $sql, $args );
				if ( 1 !== $done['changed'] ) {
					throw new Unavailable( 'a row that must exist does not' );
				}
				return $done['insert_id'];
			}
		);
	}

	/**
	 * Runs several writes that are stored together or not at all. The callback must have no other effect: it runs
	 * again when it meets others' locks.
	 *
	 * @template T
	 * @param callable(): T $work The writes. No read inside decides anything.
	 * @return T What it returns.
	 * @throws Unavailable When nothing was stored, or that is not known.
	 */
	public static function transaction( callable $work ) {
		return self::unit(
			static function () use ( $work ) {
				$wait = self::lock_wait( self::LOCK_WAIT );
				self::execute( 'START TRANSACTION' );
				try {
					$result = $work();
					self::execute( 'COMMIT' );
					return $result;
				} catch ( \Throwable $failure ) {
					self::quietly( 'ROLLBACK' );
					throw $failure;
				} finally {
					self::lock_wait( $wait );
				}
			}
		);
	}

	/**
	 * Marks the connection of the running transaction. Where `$wpdb` connects anew in the middle of one, the statement that it
	 * was to send would be stored by itself, before we know: one that has this condition is not.
	 *
	 * @return string A condition that holds on this connection alone.
	 * @throws Unavailable When there is none.
	 */
	public static function mark(): string {
		if ( 0 === self::$connection ) {
			return '1 = 1'; // No connection, and none to lose.
		}
		$mark = bin2hex( random_bytes( 8 ) );
		self::execute( "SET @app_connect = '$mark'" );
		return "@app_connect = '$mark'";
	}

	/**
	 * Runs work on one connection, and again when it meets others' locks.
	 *
	 * @template T
	 * @param callable(): T $work The work.
	 * @return T What it returns.
	 * @throws Unavailable When the connection changed under it, or the last try met a lock.
	 */
	private static function unit( callable $work ) {
		if ( null !== self::$connection ) {
			return $work();
		}
		return Guard::run(
			static function () use ( $work ) {
				global $wpdb;
				if ( method_exists( $wpdb, 'send_reads_to_masters' ) ) {
					$wpdb->send_reads_to_masters();
				}
				for ( $try = 1; ; $try++ ) {
					try {
						self::$connection = self::identity();
						return $work();
					} catch ( Unavailable $failure ) {
						if ( $try >= self::TRIES || ! $failure->is_conflict() ) {
							throw $failure;
						}
					} finally {
						self::$connection = null;
					}
				}
			}
		);
	}

	/**
	 * Runs one statement and proves that the connection is still the one that the unit of work began on.
	 *
	 * @param string           $sql  A statement with placeholders.
	 * @param list<int|string> $args Their values.
	 * @return array{rows: list<array<string, string|null>>, changed: int, insert_id: int} As Connection::query().
	 * @throws Unavailable On any error, and when the connection changed.
	 */
	private static function execute( string $sql, array $args = array() ): array {
		global $wpdb;
		// phpcs:ignore WordPress.DB -- This is where statements are prepared, and our tables are never cached.
		$done = Connection::query( $args ? $wpdb->prepare( $sql, $args ) : $sql );
		if ( self::identity() !== self::$connection ) {
			throw new Unavailable( 'the connection changed' );
		}
		return $done;
	}

	/**
	 * Runs a statement whose failure changes nothing any more.
	 *
	 * @param string $sql The statement.
	 */
	private static function quietly( string $sql ): void {
		try {
			Connection::query( $sql );
		} catch ( Unavailable $lost ) {
			// With the connection went the transaction.
			unset( $lost );
		}
	}

	/**
	 * Sets how long this connection waits for locks, where the server has such a setting.
	 *
	 * @param int|null $seconds The time; null does nothing.
	 * @return int|null What it was.
	 */
	private static function lock_wait( ?int $seconds ): ?int {
		global $wpdb;
		if ( null === $seconds || ! $wpdb->dbh instanceof \mysqli ) {
			return null;
		}
		try {
			$before = Connection::query( 'SELECT @@innodb_lock_wait_timeout AS seconds' )['rows'][0]['seconds'] ?? null;
			Connection::query( "SET SESSION innodb_lock_wait_timeout = $seconds" );
			return is_numeric( $before ) ? (int) $before : null;
		} catch ( Unavailable $lost ) {
			return null;
		}
	}

	/**
	 * Which connection `$wpdb` uses now.
	 *
	 * @throws Unavailable When it uses none.
	 */
	private static function identity(): int {
		global $wpdb;
		try {
			if ( $wpdb->dbh instanceof \mysqli ) {
				return (int) mysqli_thread_id( $wpdb->dbh );
			}
		} catch ( \Error $closed ) {
			throw new Unavailable( 'the connection is closed' );
		}
		// A drop-in with handles of its own. One that is no MySQL answers nothing, and cannot lose a connection.
		$wpdb_result = array( $wpdb->last_result, $wpdb->insert_id, $wpdb->rows_affected );
		$identity    = (int) $wpdb->get_var( 'SELECT CONNECTION_ID()' ); // phpcs:ignore WordPress.DB -- A constant.
		list( $wpdb->last_result, $wpdb->insert_id, $wpdb->rows_affected ) = $wpdb_result;
		return $identity;
	}
}
