<?php
/**
 * Whether the database server answers at all.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Storage;

/**
 * Asks the server something trivial and waits a moment, once per request, before our first statement.
 *
 * A server that hangs, unlike one that is gone, answers no statement with an error: mysqli waits for it as long as PHP
 * lets it, and a handful of such requests hold every worker. WordPress connects without a read timeout, and mysqli takes
 * none afterwards, but it can wait for an asynchronous statement for a limited time.
 */
final class Heartbeat {

	/**
	 * How long to wait, in microseconds: so that a refusal leaves within a second.
	 */
	private const PATIENCE = 800000;

	/**
	 * Whether it was asked in this request.
	 *
	 * @var bool
	 */
	private static bool $heard = false;

	/**
	 * Returns at once if the server answers.
	 *
	 * @throws Unavailable When it does not. The connection can carry no further statement then, so whatever is asked of
	 *                     it afterwards fails at once.
	 */
	public static function expect(): void {
		global $wpdb;
		if ( self::$heard || ! $wpdb->dbh instanceof \mysqli || ! function_exists( 'mysqli_poll' ) ) {
			return;
		}
		self::$heard = true;
		try {
			// phpcs:disable WordPress.DB.RestrictedFunctions -- wpdb has no way to wait for a limited time.
			if ( false === mysqli_query( $wpdb->dbh, 'DO 1', MYSQLI_ASYNC ) ) {
				// Lost, not hanging: our first statement finds out.
				return;
			}
			$read   = array( $wpdb->dbh );
			$error  = array( $wpdb->dbh );
			$reject = array();
			if ( 0 === mysqli_poll( $read, $error, $reject, 0, self::PATIENCE ) ) {
				throw new Unavailable( 'the server does not answer' );
			}
			mysqli_reap_async_query( $wpdb->dbh );
			// phpcs:enable
		} catch ( \Error $closed ) {
			// The handle is closed: our first statement finds out.
			return;
		}
	}
}
