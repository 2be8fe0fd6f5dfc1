<?php
/**
 * What we keep in the database of a site.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Storage;

use AppConnect\WP\Identity\Updates;
use AppConnect\WP\Logouts;

/**
 * The tables and options that are ours, for those who make or remove them.
 */
final class Schema {

	/**
	 * The number of the newest migration.
	 */
	public const VERSION = 9;

	/**
	 * The option that holds the number of the last migration that ran on this site.
	 */
	public const VERSION_OPTION = 'app_connect_schema';

	/**
	 * Our tables, by short name.
	 */
	public const TABLES = array( 'clients', 'codes', 'consents', 'events', 'grants', 'keys', 'limits', 'policies', 'sign_ins', 'subjects', 'tokens' );

	/**
	 * Our options.
	 */
	public const OPTIONS = array( self::VERSION_OPTION, 'app_connect_settings', Migrations::LOCK_OPTION, Signing_Keys::VAULT_OPTION );

	/**
	 * Filters the tables that WordPress drops with a site of a network.
	 *
	 * @param string[]   $tables  Full names.
	 * @param int|string $blog_id The site that goes.
	 * @return string[]
	 */
	public static function filter_dropped_tables( $tables, $blog_id ) {
		foreach ( self::TABLES as $name ) {
			$tables[] = Database::table( $name, (int) $blog_id );
		}
		return $tables;
	}

	/**
	 * Removes everything of ours from the current site.
	 *
	 * @throws Unavailable When the database does not.
	 */
	public static function remove(): void {
		foreach ( self::TABLES as $name ) {
			Database::write( 'DROP TABLE IF EXISTS ' . Database::table( $name ) );
		}
		array_map( 'delete_option', self::OPTIONS );
		wp_clear_scheduled_hook( Cleanup::HOOK );
		wp_clear_scheduled_hook( \AppConnect\WP\Signing_Keys::HOOK );
		wp_clear_scheduled_hook( Logouts::HOOK );
		delete_metadata( 'user', 0, Updates::META, '', true );
	}
}
