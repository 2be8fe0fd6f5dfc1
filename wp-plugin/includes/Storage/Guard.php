<?php
/**
 * Makes a lost database an exception instead of five seconds of sleep and an HTML page.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Storage;

/**
 * While guarded work runs, `$wpdb` neither reconnects behind our back, nor prints, nor logs statements, nor dies.
 */
final class Guard {

	/**
	 * How many guarded pieces of work are running inside each other.
	 *
	 * @var int
	 */
	private static int $depth = 0;

	/**
	 * Runs work with a database that fails fast.
	 *
	 * @template T
	 * @param callable(): T $work The work.
	 * @return T What it returns.
	 * @throws Unavailable When the database was lost; and whatever the work throws.
	 */
	public static function run( callable $work ) {
		if ( self::$depth > 0 ) {
			return $work();
		}
		$before = self::harden();
		++self::$depth;
		try {
			return $work();
		} finally {
			--self::$depth;
			self::restore( $before );
		}
	}

	/**
	 * For the rest of a request that has been answered: no shutdown hook may hold the worker for a lost database.
	 */
	public static function stay_fast(): void {
		self::set( 'reconnect_retries', 0 );
	}

	/**
	 * Filters all of wp_die()'s handlers: `$wpdb` dies when its server is gone.
	 *
	 * @param callable $handler The handler so far.
	 * @return callable Ours while guarded work runs.
	 */
	public static function filter_die_handler( $handler ) {
		return self::$depth > 0 ? array( self::class, 'refuse_to_die' ) : $handler;
	}

	/**
	 * The handler of wp_die() while guarded work runs.
	 *
	 * @throws Unavailable Always.
	 * @return never
	 */
	public static function refuse_to_die(): void {
		throw new Unavailable( 'the connection is lost' );
	}

	/**
	 * Sets `$wpdb` to fail fast and silently. A drop-in may lack any of these.
	 *
	 * @return array<string, mixed> How it was.
	 */
	private static function harden(): array {
		$before = array();
		foreach (
			array(
				'reconnect_retries' => 0,
				// No statement of ours in the error log.
				'suppress_errors'   => true,
				// With errors suppressed it prints nothing, and makes wpdb::bail() call wp_die() at once, before a
				// site's own db-error.php could answer a machine with HTML.
				'show_errors'       => true,
			) as $name => $value
		) {
			$before[ $name ] = self::set( $name, $value );
		}
		return $before;
	}

	/**
	 * Undoes harden().
	 *
	 * @param array<string, mixed> $before What it returned.
	 */
	private static function restore( array $before ): void {
		foreach ( $before as $name => $value ) {
			self::set( $name, $value );
		}
	}

	/**
	 * Sets a property of `$wpdb` if it has it.
	 *
	 * @param string $name  The property.
	 * @param mixed  $value Its new value.
	 * @return mixed Its old value.
	 */
	private static function set( string $name, $value ) {
		global $wpdb;
		if ( ! property_exists( $wpdb, $name ) ) {
			return null;
		}
		$before      = $wpdb->$name;
		$wpdb->$name = $value;
		return $before;
	}
}
