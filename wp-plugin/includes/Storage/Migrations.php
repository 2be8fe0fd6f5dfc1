<?php
/**
 * Brings the tables of a site up to date.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Storage;

use AppConnect\WP\Flow_Runner;
use AppConnect\WP\Site_Address;

/**
 * Runs numbered migrations, each at most once at a time and harmless when it runs again: `migrations/NNNN_subject.php`
 * returns a callable that throws Unavailable when it could not finish.
 */
final class Migrations {

	/**
	 * The lock where the database has no named locks. Never autoloaded, gone after the migration.
	 */
	public const LOCK_OPTION = 'app_connect_migrating';

	/**
	 * Seconds to wait for another process that migrates.
	 */
	private const PATIENCE = 10;

	/**
	 * Seconds after which a lock row was left behind by a process that died.
	 */
	private const STALE = 300;

	/**
	 * Migrates the current site if its tables are older than this code. Never throws: until the tables are there, every
	 * request that needs them answers 503.
	 */
	public static function run_if_needed(): void {
		if ( self::version() >= Schema::VERSION ) {
			return;
		}
		try {
			self::run();
		} catch ( Unavailable $failure ) {
			Flow_Runner::log( $failure );
		}
	}

	/**
	 * Runs the migrations that the current site lacks.
	 *
	 * @throws Unavailable When one did not finish, or another process holds the lock for too long.
	 */
	public static function run(): void {
		// A table may take minutes to change, and the lock as long to wait for.
		Connection::without_limit( static fn () => self::locked( static fn () => self::run_missing() ) );
	}

	/**
	 * Runs the migrations that the current site lacks, while nobody else does.
	 *
	 * @throws Unavailable When one did not finish.
	 */
	private static function run_missing(): void {
		// The process that held the lock before may have done it; what this request cached does not tell.
		wp_cache_delete( Schema::VERSION_OPTION, 'options' );
		wp_cache_delete( 'alloptions', 'options' );
		wp_cache_delete( 'notoptions', 'options' );
		for ( $next = self::version() + 1; $next <= Schema::VERSION; $next++ ) {
			( require self::file( $next ) )();
			update_option( Schema::VERSION_OPTION, $next, true );
		}
		Site_Address::remember();
	}

	/**
	 * Gives a new site of a network its tables, if the plugin is active for the network.
	 *
	 * @param \WP_Site $site The new site.
	 */
	public static function on_new_site( $site ): void {
		$active = (array) get_site_option( 'active_sitewide_plugins', array() );
		if ( ! isset( $active[ plugin_basename( \AppConnect\WP\PLUGIN_FILE ) ] ) ) {
			return;
		}
		switch_to_blog( (int) $site->blog_id );
		self::run_if_needed();
		restore_current_blog();
	}

	/**
	 * The number of the last migration that ran here, 0 for none.
	 */
	private static function version(): int {
		return (int) get_option( Schema::VERSION_OPTION, 0 );
	}

	/**
	 * The file of a migration.
	 *
	 * @param int $number Its number.
	 */
	private static function file( int $number ): string {
		return (string) current( (array) glob( sprintf( '%s/migrations/%04d_*.php', __DIR__, $number ) ) );
	}

	/**
	 * Runs work that no other process runs for this site at the same time.
	 *
	 * @param callable(): void $work The work.
	 * @throws Unavailable When the lock was not to be had.
	 */
	private static function locked( callable $work ): void {
		global $wpdb;
		// Named locks are the server's, not the database's.
		$name = 'app_connect_' . md5( DB_NAME . '/' . $wpdb->prefix );
		try {
			$got = Database::row( 'SELECT GET_LOCK(%s, %d) AS got', array( $name, self::PATIENCE ) )['got'] ?? null;
		} catch ( Unavailable $unsupported ) {
			$got = null;
		}
		if ( '0' === $got ) {
			throw new Unavailable( 'another process migrates' );
		}
		if ( '1' !== $got ) {
			self::locked_by_row( $work );
			return;
		}
		try {
			$work();
		} finally {
			try {
				Database::rows( 'SELECT RELEASE_LOCK(%s)', array( $name ) );
			} catch ( Unavailable $lost ) {
				unset( $lost ); // The lock went with the connection.
			}
		}
	}

	/**
	 * The same with a row of wp_options, for databases without named locks.
	 *
	 * @param callable(): void $work The work.
	 * @throws Unavailable When the lock was not to be had.
	 */
	private static function locked_by_row( callable $work ): void {
		global $wpdb;
		$now = time();
		Database::write(
			"DELETE FROM $wpdb->options WHERE option_name = %s AND option_value < %d",
			array( self::LOCK_OPTION, $now - self::STALE )
		);
		$won = Database::write(
			"INSERT IGNORE INTO $wpdb->options (option_name, option_value, autoload) VALUES (%s, %d, 'off')",
			array( self::LOCK_OPTION, $now )
		);
		if ( 1 !== $won ) {
			throw new Unavailable( 'another process migrates' );
		}
		try {
			$work();
		} finally {
			Database::write( "DELETE FROM $wpdb->options WHERE option_name = %s", array( self::LOCK_OPTION ) );
		}
	}
}
