<?php
/**
 * Removes what has ended, in batches that nobody notices.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Storage;

use AppConnect\WP\Flow_Runner;
use AppConnect\WP\Health\Extension;
use AppConnect\WP\Settings;
use AppConnect\WP\Site_Address;

/**
 * Runs hourly by cron, and one batch in some hundred issues, because cron dies on quiet sites.
 */
final class Cleanup {

	/**
	 * The cron event.
	 */
	public const HOOK = 'app_connect_cleanup';

	/**
	 * Rows per statement: so many lock nothing for long (docs/benchmarks.md).
	 */
	private const BATCH = 250;

	/**
	 * Seconds that a run by cron may take.
	 */
	private const TIME_BOX = 20;

	/**
	 * One issue in so many cleans up: more than is issued meanwhile.
	 */
	private const ODDS = 100;

	/**
	 * Makes sure that cron calls us.
	 */
	public static function schedule(): void {
		if ( ! wp_next_scheduled( self::HOOK ) ) {
			wp_schedule_event( time() + HOUR_IN_SECONDS, 'hourly', self::HOOK );
		}
	}

	/**
	 * Takes us off cron when the plugin is switched off.
	 */
	public static function unschedule(): void {
		wp_clear_scheduled_hook( self::HOOK );
	}

	/**
	 * Removes all that has ended, or as much as the time box allows.
	 */
	public static function run(): void {
		Site_Address::remember();
		$end = microtime( true ) + self::TIME_BOX;
		try {
			foreach ( self::batches() as $took ) {
				if ( microtime( true ) >= $end ) {
					break;
				}
			}
		} catch ( Unavailable $failure ) {
			Flow_Runner::log( $failure );
		}
	}

	/**
	 * Removes what has ended, batch by batch. After each it rests for as long, so that requests have their turn.
	 *
	 * @return \Generator<float> The seconds that each batch took.
	 * @throws Unavailable When the database fails.
	 */
	public static function batches(): \Generator {
		do {
			$since = microtime( true );
			$full  = self::batch();
			$took  = microtime( true ) - $since;
			yield $took;
			usleep( $full ? (int) ( 1e6 * $took ) : 0 );
		} while ( $full );
	}

	/**
	 * One batch, now and then: once the request is answered, where php-fpm lets us, so that nobody waits for it.
	 */
	public static function sometimes(): void {
		if ( 0 !== wp_rand( 0, self::ODDS - 1 ) ) {
			return;
		}
		if ( function_exists( 'fastcgi_finish_request' ) ) {
			register_shutdown_function( array( self::class, 'afterwards' ) );
		} else {
			self::afterwards();
		}
	}

	/**
	 * One batch. The request's work is done: a failure here is only logged.
	 */
	public static function afterwards(): void {
		if ( function_exists( 'fastcgi_finish_request' ) ) {
			fastcgi_finish_request();
		}
		try {
			self::batch();
		} catch ( Unavailable $failure ) {
			Flow_Runner::log( $failure );
		}
	}

	/**
	 * Removes at most a batch of each kind.
	 *
	 * @return bool Whether there may be more.
	 * @throws Unavailable When the database fails.
	 */
	public static function batch(): bool {
		$now  = time();
		$full = false;
		foreach (
			array(
				array( 'tokens', 'id', 'expires_at', $now ),
				// A day longer than it is worth anything: a replay is known as one, and ends what the code bought.
				array( 'codes', 'digest', 'expires_at', $now - DAY_IN_SECONDS ),
				array( 'grants', 'id', 'idle_expires_at', $now - DAY_IN_SECONDS ),
				array( 'consents', 'id', 'expires_at', $now ),
				array( 'sign_ins', 'id', 'expires_at', $now ),
				array( 'limits', 'bucket', 'window_start', $now - DAY_IN_SECONDS ),
				// Long after the last token that one of them signed.
				array( 'keys', 'id', 'retired_at', $now - YEAR_IN_SECONDS ),
				// Without the extension nobody knows how long is allowed: they stay until it is back.
				...( Extension::ready() ? array( array( 'events', 'id', 'at', $now - Settings::activity_retention() ) ) : array() ),
			) as list( $name, $key, $time, $before )
		) {
			$table = Database::table( $name );
			$keys  = Database::rows( "SELECT $key AS k FROM $table WHERE $time < %d ORDER BY $time LIMIT " . self::BATCH, array( $before ) );
			if ( 'grants' === $name ) {
				self::delete( Database::table( 'tokens' ), 'grant_id', $keys );
			}
			self::delete( $table, $key, $keys );
			$full = $full || self::BATCH === count( $keys );
		}
		return $full;
	}

	/**
	 * Removes the grants, tokens, codes, consents and sign-ins of a client that is gone, for as long as a person waits. Whatever is
	 * left is dead, and most of it goes when it expires.
	 *
	 * @param int $client The client's row.
	 */
	public static function after_client( int $client ): void {
		$end = microtime( true ) + 5;
		try {
			foreach ( array( 'grants' => 'id', 'codes' => 'digest', 'consents' => 'id', 'sign_ins' => 'id' ) as $name => $key ) {
				$table = Database::table( $name );
				do {
					$keys = Database::rows( "SELECT $key AS k FROM $table WHERE client_pk = %d LIMIT " . self::BATCH, array( $client ) );
					if ( 'grants' === $name ) {
						self::delete( Database::table( 'tokens' ), 'grant_id', $keys );
					}
					self::delete( $table, $key, $keys );
				} while ( $keys && microtime( true ) < $end );
			}
		} catch ( Unavailable $failure ) {
			Flow_Runner::log( $failure );
		}
	}

	/**
	 * Deletes rows by a key.
	 *
	 * @param string                    $table The table.
	 * @param string                    $key   The column.
	 * @param list<array{k: string|null}> $keys  Its values.
	 * @throws Unavailable When the database fails.
	 */
	private static function delete( string $table, string $key, array $keys ): void {
		if ( $keys ) {
			$marks = implode( ', ', array_fill( 0, count( $keys ), '%s' ) );
			Database::write( "DELETE FROM $table WHERE $key IN ($marks)", array_column( $keys, 'k' ) );
		}
	}
}
