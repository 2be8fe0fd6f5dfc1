<?php
/**
 * Who else answers where App Connect does.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Health;

use AppConnect\Server;

/**
 * Looks for other code of this site that serves the documents that apps look up: plugins that are known for it, rewrite
 * rules, and callbacks of the hooks at which a request can be answered. It reads, and runs nothing of theirs.
 */
final class Neighbours {

	/**
	 * Plugins that serve such documents: their name by their directory.
	 */
	private const KNOWN = array(
		'miniorange-oauth-20-server' => 'miniOrange OAuth Server',
		'oauth2-provider'            => 'WP OAuth Server',
		'openid-connect-server'      => 'OpenID Connect Server',
		'wp-openid-connect-server'   => 'OpenID Connect Server',
	);

	/**
	 * The hooks at which others answer a request that is for no page.
	 */
	private const HOOKS = array( 'do_parse_request', 'init', 'muplugins_loaded', 'parse_request', 'plugins_loaded', 'pre_handle_404', 'request', 'send_headers', 'template_include', 'template_redirect', 'wp', 'wp_loaded' );

	/**
	 * The largest file that is read, in bytes: such a plugin's own, not a library.
	 */
	private const MAX_FILE = 262144;

	/**
	 * Everybody who was found, by name.
	 *
	 * @return list<string>
	 */
	public static function found(): array {
		$names = array_filter( array_column( Server::endpoints(), 'well_known' ) );
		return array_values( array_unique( array( ...self::known(), ...self::callbacks( $names ), ...self::rules( $names ) ) ) );
	}

	/**
	 * Plugins that are known for it.
	 *
	 * @return list<string>
	 */
	private static function known(): array {
		$active = array( ...(array) get_option( 'active_plugins', array() ), ...array_keys( is_multisite() ? (array) get_site_option( 'active_sitewide_plugins', array() ) : array() ) );
		return array_values( array_intersect_key( self::KNOWN, array_flip( array_map( static fn ( $file ): string => dirname( (string) $file ), $active ) ) ) );
	}

	/**
	 * Rewrite rules for these names.
	 *
	 * @param list<string> $names The names below `/.well-known/`.
	 * @return list<string>
	 */
	private static function rules( array $names ): array {
		$found = array();
		foreach ( array_keys( (array) get_option( 'rewrite_rules', array() ) ) as $rule ) {
			if ( self::mentions( stripslashes( (string) $rule ), $names ) ) {
				/* translators: %s: a rewrite rule. */
				$found[] = sprintf( __( 'the rewrite rule %s', 'app-connect' ), $rule );
			}
		}
		return $found;
	}

	/**
	 * Where callbacks come from whose file has one of these names.
	 *
	 * @param list<string> $names The names below `/.well-known/`.
	 * @return list<string>
	 */
	private static function callbacks( array $names ): array {
		$files = array();
		foreach ( self::HOOKS as $hook ) {
			foreach ( ( $GLOBALS['wp_filter'][ $hook ] ?? null )?->callbacks ?? array() as $callbacks ) {
				foreach ( $callbacks as $callback ) {
					$files[ self::file_of( $callback['function'] ) ] = true;
				}
			}
		}
		$found = array();
		foreach ( array_keys( $files ) as $file ) {
			if ( self::is_theirs( (string) $file ) && self::mentions( (string) file_get_contents( (string) $file, false, null, 0, self::MAX_FILE ), $names ) ) { // phpcs:ignore WordPress.WP.AlternativeFunctions.file_get_contents_file_get_contents -- Not a remote file.
				$found[] = self::owner( (string) $file );
			}
		}
		return $found;
	}

	/**
	 * Whether a text has one of these names.
	 *
	 * @param string       $text  The text.
	 * @param list<string> $names The names.
	 */
	private static function mentions( string $text, array $names ): bool {
		foreach ( $names as $name ) {
			if ( str_contains( $text, $name ) ) {
				return true;
			}
		}
		return false;
	}

	/**
	 * The file that a callback is in, empty for none.
	 *
	 * @param mixed $callback The callback.
	 */
	private static function file_of( $callback ): string {
		try {
			if ( is_array( $callback ) ) {
				$code = new \ReflectionMethod( $callback[0], $callback[1] );
			} elseif ( is_object( $callback ) && ! $callback instanceof \Closure ) {
				$code = new \ReflectionMethod( $callback, '__invoke' );
			} else {
				$code = is_string( $callback ) && str_contains( $callback, '::' ) ? new \ReflectionMethod( ...explode( '::', $callback, 2 ) ) : new \ReflectionFunction( $callback );
			}
		} catch ( \Throwable $unknown ) {
			// Somebody else's callback may be anything.
			return '';
		}
		return (string) $code->getFileName();
	}

	/**
	 * Whether a file is neither core's nor ours.
	 *
	 * @param string $file The file.
	 */
	private static function is_theirs( string $file ): bool {
		$file = wp_normalize_path( $file );
		return '' !== $file && is_readable( $file )
			&& ! str_starts_with( $file, wp_normalize_path( ABSPATH . WPINC ) . '/' )
			&& ! str_starts_with( $file, wp_normalize_path( ABSPATH . 'wp-admin' ) . '/' )
			&& ! str_starts_with( $file, wp_normalize_path( dirname( __DIR__, 2 ) ) . '/' );
	}

	/**
	 * Who a file belongs to: a plugin by its name, or the file itself.
	 *
	 * @param string $file The file.
	 */
	private static function owner( string $file ): string {
		$parts     = explode( '/', plugin_basename( $file ) );
		$directory = $parts[0];
		if ( isset( self::KNOWN[ $directory ] ) ) {
			return self::KNOWN[ $directory ];
		}
		require_once ABSPATH . 'wp-admin/includes/plugin.php';
		foreach ( count( $parts ) > 1 ? get_plugins( "/$directory" ) : array() as $plugin ) {
			return (string) $plugin['Name'];
		}
		return str_starts_with( wp_normalize_path( $file ), wp_normalize_path( WP_CONTENT_DIR ) . '/' )
			? substr( wp_normalize_path( $file ), strlen( wp_normalize_path( WP_CONTENT_DIR ) ) + 1 )
			: basename( $file );
	}
}
