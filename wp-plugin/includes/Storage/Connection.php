<?php
/**
 * The connection to the database server.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Storage;

/**
 * Sends one statement, and waits for its answer only so long.
 *
 * `wpdb::query()` waits for a server that hangs as long as PHP lets it, and a handful of such requests hold every worker.
 * WordPress connects without a read timeout, and mysqli takes none afterwards, but it can wait for an asynchronous
 * statement for a limited time. A drop-in that replaces wpdb is asked the ordinary way: which of its servers a statement
 * goes to is its own affair.
 */
final class Connection {

	/**
	 * Seconds for a read that is the first statement of a request: so that a refusal leaves within a second.
	 */
	private const FIRST = 0.8;

	/**
	 * Seconds for every other one: the server answers, but others' locks may have to be waited for.
	 */
	private const LATER = 5.0;

	/**
	 * How long the next read may take, in seconds.
	 *
	 * @var float
	 */
	private static float $patience = self::FIRST;

	/**
	 * Runs work whose statements may take any time: migrations.
	 *
	 * @template T
	 * @param callable(): T $work The work.
	 * @return T What it returns.
	 */
	public static function without_limit( callable $work ) {
		$before         = self::$patience;
		self::$patience = INF;
		try {
			return $work();
		} finally {
			self::$patience = $before;
		}
	}

	/**
	 * Sends a statement.
	 *
	 * @param string $sql The statement, as `wpdb::prepare()` made it.
	 * @return array{rows: list<array<string, string|null>>, changed: int, insert_id: int} Rows as text; `changed` counts
	 *         the rows changed or read.
	 * @throws Unavailable On any error, and when the server takes too long. The connection can carry no further statement
	 *                     then, so whatever is asked of it afterwards fails at once.
	 */
	public static function query( string $sql ): array {
		global $wpdb;
		// phpcs:disable WordPress.DB -- This is where statements are sent, prepared by Database.
		if ( \wpdb::class !== get_class( $wpdb ) || ! $wpdb->dbh instanceof \mysqli || ! function_exists( 'mysqli_poll' ) || INF === self::$patience ) {
			$done = $wpdb->query( $sql );
			if ( false === $done || '' !== (string) $wpdb->last_error ) {
				throw new Unavailable( 'a statement failed', self::error_number() );
			}
			return array(
				'rows'      => array_map( 'get_object_vars', (array) $wpdb->last_result ),
				'changed'   => (int) $done,
				'insert_id' => (int) $wpdb->insert_id,
			);
		}
		/** This filter is documented in wp-includes/class-wpdb.php */
		$sql            = (string) apply_filters( 'query', $sql );
		$start          = microtime( true );
		$handle         = $wpdb->dbh;
		$patience       = str_starts_with( $sql, 'SELECT' ) ? self::$patience : self::LATER;
		$result         = self::wait( $handle, $sql, $start + $patience );
		self::$patience = self::LATER;
		++$wpdb->num_queries;
		if ( defined( 'SAVEQUERIES' ) && SAVEQUERIES ) {
			$wpdb->log_query( $sql, microtime( true ) - $start, $wpdb->get_caller(), $start, array() );
		}
		if ( false === $result ) {
			throw new Unavailable( 'a statement failed', self::error_number() );
		}
		$rows = $result instanceof \mysqli_result ? $result->fetch_all( MYSQLI_ASSOC ) : array();
		return array(
			'rows'      => $rows,
			'changed'   => $result instanceof \mysqli_result ? count( $rows ) : (int) mysqli_affected_rows( $handle ),
			'insert_id' => (int) mysqli_insert_id( $handle ),
		);
		// phpcs:enable
	}

	/**
	 * The database's number for what went wrong last, 0 if it has none.
	 */
	private static function error_number(): int {
		global $wpdb;
		try {
			return $wpdb->dbh instanceof \mysqli ? mysqli_errno( $wpdb->dbh ) : 0; // phpcs:ignore WordPress.DB -- wpdb keeps none.
		} catch ( \Error $closed ) {
			return 0;
		}
	}

	/**
	 * Sends a statement and waits for its answer.
	 *
	 * @param \mysqli|mixed $handle The connection, if a filter has not closed it.
	 * @param string        $sql    The statement.
	 * @param float         $end    Until when.
	 * @return \mysqli_result|bool As mysqli_query().
	 * @throws Unavailable When there was none in time.
	 */
	private static function wait( $handle, string $sql, float $end ) {
		if ( ! $handle instanceof \mysqli ) {
			throw new Unavailable( 'the connection is closed' );
		}
		// phpcs:disable WordPress.DB, WordPress.PHP.NoSilencedErrors -- See the class; a signal interrupts a poll with a warning.
		try {
			if ( false === mysqli_query( $handle, $sql, MYSQLI_ASYNC ) ) {
				return false;
			}
			do {
				$left   = max( 0, $end - microtime( true ) );
				$read   = array( $handle );
				$error  = array( $handle );
				$reject = array();
				$ready  = @mysqli_poll( $read, $error, $reject, (int) $left, (int) ( fmod( $left, 1 ) * 1e6 ) );
			} while ( ! $ready && $left > 0 );
			if ( ! $ready ) {
				throw new Unavailable( 'the server does not answer' );
			}
			return mysqli_reap_async_query( $handle );
		} catch ( \Error $closed ) {
			throw new Unavailable( 'the connection is closed' );
		}
		// phpcs:enable
	}
}
