<?php
/**
 * The settings of a site.
 *
 * @package AppConnect
 */

namespace AppConnect\WP;

use AppConnect\Server;
use AppConnect\WP\Storage\Database;
use AppConnect\WP\Storage\Unavailable;

/**
 * Reads the option `app_connect_settings`, whatever is in it, and changes its switches.
 */
final class Settings {

	/**
	 * The option. Autoloaded: the door reads it.
	 */
	public const OPTION = 'app_connect_settings';

	/**
	 * How often a change is tried again when somebody else changed the option at the same time.
	 */
	private const TRIES = 50;

	/**
	 * What `AppConnect\Server` is built from. Out-of-range settings become the nearest that can serve.
	 *
	 * @return array<string, mixed>
	 */
	public static function server_config(): array {
		return array(
			'site'                  => array(
				'home'        => (string) get_option( 'home' ),
				'rest_prefix' => rest_get_url_prefix(),
				'permalinks'  => (string) get_option( 'permalink_structure' ),
			),
			'methods'               => self::methods(),
			'access_token_lifetime' => self::access_token_lifetime(),
			'limits'                => self::limits(),
			'takeover'              => self::takeover(),
			'insecure_http'         => 'local' === wp_get_environment_type(),
		);
	}

	/**
	 * Each grant type's switch, and the epoch that its tokens must have. Default: as the protocol says for each type.
	 *
	 * @return array<string, array{enabled: bool, epoch: int}>
	 */
	public static function methods(): array {
		return self::methods_in( self::all() );
	}

	/**
	 * methods() of settings that are at hand.
	 *
	 * @param array<string, mixed> $settings The option's value.
	 * @return array<string, array{enabled: bool, epoch: int}>
	 */
	private static function methods_in( array $settings ): array {
		$stored  = (array) ( $settings['methods'] ?? array() );
		$methods = array();
		foreach ( Server::grant_types() as $type ) {
			$own                      = (array) ( $stored[ $type['name'] ] ?? array() );
			$methods[ $type['name'] ] = array(
				'enabled' => (bool) ( $own['enabled'] ?? $type['enabled'] ),
				'epoch'   => (int) ( $own['epoch'] ?? 0 ),
			);
		}
		return $methods;
	}

	/**
	 * Lifetime of an access token in seconds, 60 to 86400. Default 3600: what clients expect.
	 */
	public static function access_token_lifetime(): int {
		return self::between( self::all()['access_token_lifetime'] ?? 3600, 60, DAY_IN_SECONDS );
	}

	/**
	 * How many failed attempts are answered in a window of seconds: by one client from one address (default 10), from one
	 * address (default 50), in 60 to 86400 seconds (default 600).
	 *
	 * @return array{per_client: int, per_address: int, window: int}
	 */
	public static function limits(): array {
		$stored = (array) ( self::all()['limits'] ?? array() );
		return array(
			'per_client'  => self::between( $stored['per_client'] ?? 10, 1, PHP_INT_MAX ),
			'per_address' => self::between( $stored['per_address'] ?? 50, 1, PHP_INT_MAX ),
			'window'      => self::between( $stored['window'] ?? 600, 60, DAY_IN_SECONDS ),
		);
	}

	/**
	 * Capabilities that this site treats like an administrator's, beside the built-in list. Default none.
	 *
	 * @return list<string>
	 */
	public static function takeover(): array {
		return array_values( array_filter( (array) ( self::all()['takeover'] ?? array() ), 'is_string' ) );
	}

	/**
	 * Whether deleting the plugin deletes clients, grants and settings too. Default no: a mistaken click loses nothing.
	 */
	public static function remove_data_on_uninstall(): bool {
		return ! empty( self::all()['remove_data_on_uninstall'] );
	}

	/**
	 * Switches a grant type on or off for this site. Off ends all tokens that it made, and on again revives none: switch
	 * and epoch change in one write, which the next request of every worker sees.
	 *
	 * @param string $name The grant type.
	 * @param bool   $on   Whether it may be used.
	 * @throws Unavailable When nothing was changed.
	 */
	public static function switch_method( string $name, bool $on ): void {
		self::change(
			static function ( array $settings ) use ( $name, $on ): array {
				$now = self::methods_in( $settings )[ $name ] ?? array(
					'enabled' => false,
					'epoch'   => 0,
				);
				if ( $now['enabled'] && ! $on ) {
					++$now['epoch'];
				}
				$now['enabled']               = $on;
				$settings['methods'][ $name ] = $now;
				return $settings;
			}
		);
	}

	/**
	 * Changes the option by compare-and-set, so that two administrators at once lose neither's change.
	 *
	 * @param callable(array<string, mixed>): array<string, mixed> $change From the settings as stored to those to store.
	 * @throws Unavailable When nothing was changed.
	 */
	public static function change( callable $change ): void {
		global $wpdb;
		// Not add_option(): it overwrites what somebody else added in the meantime.
		Database::write(
			"INSERT IGNORE INTO $wpdb->options (option_name, option_value, autoload) VALUES (%s, %s, 'on')",
			array( self::OPTION, maybe_serialize( array() ) )
		);
		for ( $try = 0; $try < self::TRIES; $try++ ) {
			$old = (string) ( Database::row( "SELECT option_value FROM $wpdb->options WHERE option_name = %s", array( self::OPTION ) )['option_value'] ?? '' );
			// From the row itself: what is cached may be older.
			$settings = maybe_unserialize( $old );
			$new      = (string) maybe_serialize( $change( is_array( $settings ) ? $settings : array() ) );
			if ( $old === $new ) {
				return;
			}
			$won = Database::write(
				"UPDATE $wpdb->options SET option_value = %s WHERE option_name = %s AND option_value = %s",
				array( $new, self::OPTION, $old )
			);
			if ( 1 === $won ) {
				self::forget();
				return;
			}
		}
		throw new Unavailable( 'the settings kept changing' );
	}

	/**
	 * The part of a query that reads the option as stored, as the column `settings`: for expect_current().
	 */
	public static function current_sql(): string {
		global $wpdb;
		return "(SELECT option_value FROM $wpdb->options WHERE option_name = '" . self::OPTION . "') AS settings";
	}

	/**
	 * Refuses to go on with settings that a stale object cache supplied: a late reader on another server may have put
	 * back what was deleted, and a grant type that was switched off would live on.
	 *
	 * @param array<string, string|null> $row A row with the column of current_sql(), which is taken out.
	 * @throws Unavailable When the request was built from other settings. The next one is not.
	 */
	public static function expect_current( array &$row ): void {
		$stored = $row['settings'] ?? null;
		unset( $row['settings'] );
		if ( ! wp_using_ext_object_cache() ) {
			return;
		}
		// Both are the option's serialized text.
		$cached = wp_load_alloptions()[ self::OPTION ] ?? null;
		if ( is_string( $cached ) && $cached !== (string) $stored ) {
			self::forget();
			throw new Unavailable( 'the object cache held old settings' );
		}
	}

	/**
	 * The option as stored.
	 *
	 * @return array<string, mixed>
	 */
	private static function all(): array {
		$stored = get_option( self::OPTION, array() );
		return is_array( $stored ) ? $stored : array();
	}

	/**
	 * Forgets what was cached of the option, here and in an object cache.
	 */
	private static function forget(): void {
		wp_cache_delete( self::OPTION, 'options' );
		wp_cache_delete( 'alloptions', 'options' );
		wp_cache_delete( 'notoptions', 'options' );
		Plugin::forget_servers();
	}

	/**
	 * An integer within bounds.
	 *
	 * @param mixed $value   What was stored.
	 * @param int   $lowest  The lowest that can serve.
	 * @param int   $highest The highest that can serve.
	 */
	private static function between( $value, int $lowest, int $highest ): int {
		return max( $lowest, min( $highest, (int) $value ) );
	}
}
