<?php
/**
 * The settings of a site.
 *
 * @package AppConnect
 */

namespace AppConnect\WP;

use AppConnect\Server;
use AppConnect\WP\Health\Site_Secret;
use AppConnect\WP\Storage\Database;
use AppConnect\WP\Storage\Unavailable;

/**
 * Reads the option `app_connect_settings`, whatever is in it, and changes it. Out-of-range numbers become the nearest that
 * can serve; the ranges are the protocol's (`AppConnect\Server::setting_rules()`).
 */
final class Settings {

	/**
	 * The option. Autoloaded: the door reads it.
	 */
	public const OPTION = 'app_connect_settings';

	/**
	 * The formats of access tokens, the first until an administrator chooses.
	 */
	public const TOKEN_FORMATS = array( 'opaque', 'jwt' );

	/**
	 * Where the issuer can be, the first until an administrator chooses.
	 */
	public const ISSUER_PLACES = array( 'site', 'rest' );

	/**
	 * How often a change is tried again when somebody else changed the option at the same time.
	 */
	private const TRIES = 50;

	/**
	 * The largest that the option may become, in bytes: every request of the site loads it.
	 */
	private const MAX_BYTES = 4096;

	/**
	 * What `AppConnect\Server` is built from.
	 *
	 * @return array<string, mixed>
	 */
	public static function server_config(): array {
		$settings = self::all();
		$values   = new Settings_Values( $settings );
		return array(
			'site'                        => array(
				'home'        => (string) get_option( 'home' ),
				'rest_prefix' => rest_get_url_prefix(),
				'permalinks'  => (string) get_option( 'permalink_structure' ),
			),
			'enabled'                     => $values->is( 'enabled' ),
			'known_site'                  => is_string( $settings['known_site'] ?? null ) ? $settings['known_site'] : null,
			'issuer'                      => self::issuer(),
			'issuer_place'                => $values->word( 'issuer_place', self::ISSUER_PLACES ),
			'role_claims'                 => $values->is( 'role_claims' ),
			'methods'                     => $values->methods(),
			'access_token_format'         => $values->word( 'access_token_format', self::TOKEN_FORMATS ),
			'access_token_lifetime'       => $values->number( 'access_token_lifetime' ),
			'authorization_code_lifetime' => $values->number( 'authorization_code_lifetime' ),
			'refresh_token_lifetime'      => $values->number( 'refresh_token_lifetime' ),
			'session_lifetime'            => $values->number( 'session_lifetime' ),
			'limits'                      => array(
				'per_client'  => $values->number( 'limits_per_client' ),
				'per_address' => $values->number( 'limits_per_address' ),
				'window'      => $values->number( 'limits_window' ),
			),
			'signing'                     => array(
				'key_type' => $values->key_type(),
				'rotation' => $values->number( 'key_rotation' ),
			),
			'site_secret'                 => Site_Secret::material(),
			'takeover'                    => $values->strings( 'takeover' ),
			'trusted_proxies'             => $values->strings( 'trusted_proxies' ),
			'localhost_redirects'         => $values->is( 'localhost_redirects' ),
			'bundles'                     => Hooks::bundles(),
			'insecure_http'               => 'local' === wp_get_environment_type(),
		);
	}

	/**
	 * The name for this site that wp-config.php chooses, null if it leaves that to its address.
	 */
	public static function issuer(): ?string {
		$issuer = defined( 'APP_CONNECT_ISSUER' ) ? constant( 'APP_CONNECT_ISSUER' ) : null;
		return is_string( $issuer ) && '' !== $issuer ? $issuer : null;
	}

	/**
	 * Each grant type's switch, and the epoch that its tokens must have. Default: as the protocol says for each type.
	 *
	 * @return array<string, array{enabled: bool, epoch: int}>
	 */
	public static function methods(): array {
		return self::values()->methods();
	}

	/**
	 * The settings that administrators change.
	 *
	 * @return array{enabled: bool, door: bool, grant_types: array<string, bool>, access_token_format: string, issuer_place: string, role_claims: bool, logout_ends_sign_ins: bool, key_type: string, key_rotation: int, access_token_lifetime: int, authorization_code_lifetime: int, limits_per_address: int, limits_per_client: int, limits_window: int, refresh_token_lifetime: int, session_lifetime: int, activity_retention: int, localhost_redirects: bool, trusted_proxies: list<string>, takeover: list<string>, remove_data_on_uninstall: bool}
	 */
	public static function view(): array {
		return self::view_in( self::all() );
	}

	/**
	 * Whether requests are answered at the door, as far as the settings say. Default yes.
	 */
	public static function door(): bool {
		return self::values()->is( 'door' );
	}

	/**
	 * Whether access tokens are signed, as far as clients leave that to the site. Default no.
	 */
	public static function signs(): bool {
		return self::values()->word( 'access_token_format', self::TOKEN_FORMATS ) !== self::TOKEN_FORMATS[0];
	}

	/**
	 * Whether apps that see a profile are told the person's roles.
	 */
	public static function tells_roles(): bool {
		return self::values()->is( 'role_claims' );
	}

	/**
	 * Whether logging out of WordPress also signs people out of the apps that they signed in to there.
	 */
	public static function logout_ends_sign_ins(): bool {
		return self::values()->is( 'logout_ends_sign_ins' );
	}

	/**
	 * Whether deleting the plugin deletes clients, grants and settings too. Default no: a mistaken click loses nothing.
	 */
	public static function remove_data_on_uninstall(): bool {
		return self::values()->is( 'remove_data_on_uninstall' );
	}

	/**
	 * How long the audit log goes back, in seconds.
	 */
	public static function activity_retention(): int {
		return self::values()->number( 'activity_retention' );
	}

	/**
	 * The ranges of numbers.
	 *
	 * @return array<string, array{default: int, min: int, max: int}>
	 */
	public static function rules(): array {
		static $rules = null;
		return $rules ??= Server::setting_rules();
	}

	/**
	 * Stores changed settings, which the protocol has judged.
	 *
	 * @param array<string, mixed> $changes Some of the settings of view().
	 * @return list<string>|null The names of those that are different now; null if they would not fit into the option.
	 * @throws Unavailable When nothing was changed.
	 */
	public static function apply( array $changes ): ?array {
		$different = array();
		self::change(
			static function ( array $settings ) use ( $changes, &$different ): array {
				$new = self::changed( $settings, $changes );
				if ( strlen( (string) maybe_serialize( $new ) ) > self::MAX_BYTES ) {
					$different = null;
					return $settings;
				}
				list( $before, $after ) = array( self::view_in( $settings ), self::view_in( $new ) );
				$different              = array_values( array_filter( array_keys( $after ), static fn ( string $name ): bool => $after[ $name ] !== $before[ $name ] ) );
				return $different ? $new : $settings;
			}
		);
		return $different;
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
		self::apply( array( 'grant_types' => array( $name => $on ) ) );
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
		$added = Database::write(
			"INSERT IGNORE INTO $wpdb->options (option_name, option_value, autoload) VALUES (%s, %s, 'on')",
			array( self::OPTION, maybe_serialize( array() ) )
		);
		if ( $added > 0 ) {
			self::forget();
		}
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
		// Both are the option's serialized text. A cache that says there is none, where there is one, is old as well.
		$cached = wp_load_alloptions()[ self::OPTION ] ?? wp_cache_get( self::OPTION, 'options' );
		if ( null !== $stored && $cached !== $stored ) {
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
	 * The option as stored, to be read.
	 */
	private static function values(): Settings_Values {
		return new Settings_Values( self::all() );
	}

	/**
	 * Settings with changes. Where a grant type goes off, its epoch moves: that ends all tokens that it made, and on again
	 * revives none.
	 *
	 * @param array<string, mixed> $settings The option's value.
	 * @param array<string, mixed> $changes  Some of the settings of view().
	 * @return array<string, mixed>
	 */
	private static function changed( array $settings, array $changes ): array {
		$methods = ( new Settings_Values( $settings ) )->methods();
		foreach ( array( 'limits', 'methods' ) as $name ) {
			// Whatever somebody else has put there.
			if ( isset( $settings[ $name ] ) && ! is_array( $settings[ $name ] ) ) {
				unset( $settings[ $name ] );
			}
		}
		foreach ( array_intersect_key( (array) ( $changes['grant_types'] ?? array() ), $methods ) as $name => $on ) {
			$settings['methods'][ $name ] = array(
				'enabled' => (bool) $on,
				'epoch'   => $methods[ $name ]['epoch'] + (int) ( $methods[ $name ]['enabled'] && ! $on ),
			);
		}
		unset( $changes['grant_types'] );
		foreach ( array_intersect_key( $changes, self::view_in( $settings ) ) as $name => $value ) {
			if ( is_array( $value ) ) {
				$value = array_values( array_unique( array_filter( array_map( 'trim', $value ), 'strlen' ) ) );
			}
			if ( str_starts_with( $name, 'limits_' ) ) {
				$settings['limits'][ substr( $name, strlen( 'limits_' ) ) ] = $value;
			} else {
				$settings[ $name ] = $value;
			}
		}
		return $settings;
	}

	/**
	 * view() of settings that are at hand.
	 *
	 * @param array<string, mixed> $settings The option's value.
	 * @return array<string, mixed>
	 */
	private static function view_in( array $settings ): array {
		$values  = new Settings_Values( $settings );
		$numbers = array();
		foreach ( array_keys( self::rules() ) as $name ) {
			$numbers[ $name ] = $values->number( $name );
		}
		return array(
			'enabled'              => $values->is( 'enabled' ),
			'door'                 => $values->is( 'door' ),
			'grant_types'          => array_map( static fn ( array $method ): bool => $method['enabled'], $values->methods() ),
			'access_token_format'  => $values->word( 'access_token_format', self::TOKEN_FORMATS ),
			'issuer_place'         => $values->word( 'issuer_place', self::ISSUER_PLACES ),
			'role_claims'          => $values->is( 'role_claims' ),
			'logout_ends_sign_ins' => $values->is( 'logout_ends_sign_ins' ),
			'key_type'             => $values->key_type(),
		) + $numbers + array(
			'localhost_redirects'      => $values->is( 'localhost_redirects' ),
			'trusted_proxies'          => $values->strings( 'trusted_proxies' ),
			'takeover'                 => $values->strings( 'takeover' ),
			'remove_data_on_uninstall' => $values->is( 'remove_data_on_uninstall' ),
		);
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
}
