<?php
/**
 * Whether the extension is there, and what happens while it is not.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Health;

use AppConnect\WP\Http\Emitter;
use AppConnect\WP\Plugin;
use AppConnect\WP\Rest\Protocol_Routes;
use AppConnect\WP\Settings;

/**
 * Without the extension nothing of ours can be decided, so nothing of ours is half done: our endpoints and requests
 * with our tokens get a 503, everything else works as if the plugin were not there, and the administrator is told what
 * to type.
 */
final class Extension {

	/**
	 * The contract between the extension and this plugin that both must speak.
	 */
	public const ABI = 7;

	/**
	 * What every token of ours starts with that is not signed: this, and the type of those that are, is all that PHP knows about
	 * tokens, and only for this case.
	 */
	private const TOKEN_PREFIX = 'oauth_ac_';

	/**
	 * The type of signed access tokens (RFC 9068 §2.1).
	 */
	private const TOKEN_TYPE = 'at+jwt';

	/**
	 * Our part of the REST API.
	 */
	private const ROUTES = '/app-connect/';

	/**
	 * Seconds after which a client may try again: an administrator has to act, so not soon.
	 */
	private const RETRY_AFTER = 120;

	/**
	 * Whether the extension is loaded and speaks our contract.
	 *
	 * @return bool
	 */
	public static function ready(): bool {
		return self::ABI === self::abi();
	}

	/**
	 * Whether the request's Authorization header holds what looks like a token of ours.
	 *
	 * For the cases in which there is nobody to ask: in doubt yes, since the price is a 503 and not someone's data.
	 *
	 * @return bool
	 */
	public static function sees_our_token(): bool {
		$header = (string) Plugin::snapshot()->to_array()['authorization'];
		return str_contains( $header, self::TOKEN_PREFIX ) || self::holds_signed_token( $header );
	}

	/**
	 * Whether a REST route belongs to us. WordPress matches routes in any case.
	 *
	 * @param string $route The route.
	 * @return bool
	 */
	public static function is_our_route( string $route ): bool {
		return 0 === stripos( '/' . ltrim( $route, '/' ) . '/', self::ROUTES );
	}

	/**
	 * Answers 503 to REST requests for our endpoints and to those that carry a token of ours.
	 *
	 * Hooked to `parse_request` at 9 while the extension is not ready.
	 *
	 * @param \WP $wp WordPress' view of the request.
	 */
	public static function refuse( $wp ): void {
		$route = $wp->query_vars['rest_route'] ?? '';
		if ( ! is_string( $route ) || '' === $route ) {
			return;
		}
		$is_ours = self::is_our_route( $route );
		if ( ! $is_ours && ! self::sees_our_token() ) {
			return;
		}
		if ( ! defined( 'DONOTCACHEPAGE' ) ) {
			define( 'DONOTCACHEPAGE', true ); // phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals -- The caches' name for it.
		}
		Emitter::emit(
			array(
				'status'  => 503,
				'headers' => array(
					array( 'Content-Type', 'application/json' ),
					array( 'Cache-Control', 'no-store' ),
					array( 'Pragma', 'no-cache' ),
					array( 'Vary', 'Authorization' ),
					array( 'Retry-After', (string) self::RETRY_AFTER ),
				),
				'body'    => (string) wp_json_encode( self::body( $is_ours ) ),
			)
		);
		exit;
	}

	/**
	 * Tells administrators, on every screen, that the extension is missing.
	 *
	 * Hooked to `admin_notices` and `network_admin_notices` while the extension is not ready.
	 */
	public static function notice(): void {
		if ( ! current_user_can( 'activate_plugins' ) ) {
			return;
		}
		printf(
			'<div class="notice notice-error app-connect-extension"><p><strong>%s</strong> %s</p>%s</div>',
			esc_html( self::problem() ),
			esc_html__( 'App Connect refuses every token until this is repaired; the rest of the site is not affected.', 'app-connect' ),
			self::remedy() // phpcs:ignore WordPress.Security.EscapeOutput -- remedy() escapes.
		);
	}

	/**
	 * What is wrong, in a sentence.
	 *
	 * @return string Plain text; empty when nothing is.
	 */
	public static function problem(): string {
		if ( self::ready() ) {
			return '';
		}
		$abi = self::abi();
		return null === $abi
			/* translators: %s: a version of PHP. */
			? sprintf( __( 'The PHP extension app_connect is not loaded by PHP %s.', 'app-connect' ), PHP_VERSION )
			: sprintf(
				/* translators: 1: the contract number that the plugin needs, 2: the one that the extension has. */
				__( 'The PHP extension app_connect does not match this version of the plugin: the plugin needs contract %1$d, the extension speaks %2$s.', 'app-connect' ),
				self::ABI,
				is_scalar( $abi ) ? (string) $abi : gettype( $abi )
			);
	}

	/**
	 * What to type, for the PHP that runs this request.
	 *
	 * @return string HTML, escaped.
	 */
	public static function remedy(): string {
		return sprintf(
			'<p>%s</p><pre style="white-space:pre-wrap;overflow-wrap:anywhere"><code>%s</code></pre><p>%s</p>',
			esc_html__( 'In the App Connect source directory on the server, as root:', 'app-connect' ),
			esc_html( implode( "\n", self::commands() ) ),
			esc_html(
				sprintf(
					/* translators: 1: PHP's version, 2: thread safety, 3: the name of the server interface, 4: a directory. */
					__( 'This PHP is %1$s, %2$s, %3$s. It reads its settings from %4$s.', 'app-connect' ),
					PHP_VERSION,
					( PHP_ZTS ? 'ZTS' : 'NTS' ) . ( PHP_DEBUG ? ' debug' : '' ),
					PHP_SAPI,
					self::settings()
				)
			)
		);
	}

	/**
	 * The commands that build, install and load the extension.
	 *
	 * @return list<string>
	 */
	public static function commands(): array {
		$minor = PHP_MAJOR_VERSION . '.' . PHP_MINOR_VERSION;
		$scan  = self::scan_directory();
		$line  = 'extension=app_connect.so';
		return array(
			sprintf( 'PHP=$(command -v php%1$s || command -v php) PHP_CONFIG=$(command -v php-config%1$s || command -v php-config) cargo build --release', $minor ),
			sprintf( 'install -m 644 target/release/libapp_connect.so %s', escapeshellarg( rtrim( (string) ini_get( 'extension_dir' ), '/' ) . '/app_connect.so' ) ),
			null === $scan
				? sprintf( 'echo %s >> %s', escapeshellarg( $line ), escapeshellarg( self::settings() ) )
				: sprintf( 'echo %s > %s', escapeshellarg( $line ), escapeshellarg( $scan . '/30-app_connect.ini' ) ),
			self::restart( $minor ),
		);
	}

	/**
	 * Whether a text holds what says of itself that it is an access token of this site. Nothing is verified.
	 *
	 * @param string $text The text.
	 * @return bool
	 */
	private static function holds_signed_token( string $text ): bool {
		$named   = Settings::issuer();
		$issuers = null === $named ? array( untrailingslashit( (string) get_option( 'home' ) ), rest_url( Protocol_Routes::REST_NAMESPACE ) ) : array( $named );
		preg_match_all( '/(?<![\w-])(eyJ[\w-]++)\.(eyJ[\w-]++)\./', $text, $found, PREG_SET_ORDER );
		foreach ( $found as list( , $head, $claims ) ) {
			if ( self::TOKEN_TYPE === ( self::part( $head )['typ'] ?? null ) && in_array( self::part( $claims )['iss'] ?? null, $issuers, true ) ) {
				return true;
			}
		}
		return false;
	}

	/**
	 * One part of a signed token.
	 *
	 * @param string $text As it is sent.
	 * @return array<mixed>
	 */
	private static function part( string $text ): array {
		// phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions.obfuscation_base64_decode -- It is how such tokens are written.
		$part = json_decode( (string) base64_decode( strtr( $text, '-_', '+/' ) ), true, 8 );
		return is_array( $part ) ? $part : array();
	}

	/**
	 * The number of the contract that the loaded extension speaks.
	 *
	 * @return mixed Null when there is no extension.
	 */
	private static function abi() {
		return defined( 'AppConnect\\ABI' ) ? constant( 'AppConnect\\ABI' ) : null;
	}

	/**
	 * The command that makes this server interface read its settings again.
	 *
	 * @param string $minor PHP's version, major and minor.
	 * @return string
	 */
	private static function restart( string $minor ): string {
		return match ( PHP_SAPI ) {
			'fpm-fcgi'       => "systemctl restart php$minor-fpm",
			'apache2handler' => 'systemctl restart apache2',
			default          => __( '# then restart the server that runs PHP', 'app-connect' ),
		};
	}

	/**
	 * The directory from which the running PHP reads additional settings.
	 *
	 * @return string|null Null when it reads none.
	 */
	private static function scan_directory(): ?string {
		$scanned = explode( ',', (string) php_ini_scanned_files() );
		if ( '' !== trim( $scanned[0] ) ) {
			return dirname( trim( $scanned[0] ) );
		}
		$directories = getenv( 'PHP_INI_SCAN_DIR' );
		if ( false === $directories ) {
			$directories = PHP_CONFIG_FILE_SCAN_DIR;
		}
		// An empty part of the list stands for the directory that was built in.
		foreach ( array_reverse( explode( PATH_SEPARATOR, $directories ) ) as $directory ) {
			$directory = '' === $directory ? PHP_CONFIG_FILE_SCAN_DIR : $directory;
			if ( '' !== $directory ) {
				return rtrim( $directory, '/' );
			}
		}
		return null;
	}

	/**
	 * Where the running PHP reads its settings, to show and to write to.
	 *
	 * @return string A directory, or a file when there is no directory.
	 */
	private static function settings(): string {
		$loaded = php_ini_loaded_file();
		return self::scan_directory() ?? ( false === $loaded ? PHP_CONFIG_FILE_PATH . '/php.ini' : $loaded );
	}

	/**
	 * The body of a refusal.
	 *
	 * @param bool $is_ours Whether the request was for one of our endpoints, whose errors look as OAuth wants them.
	 * @return array<string, mixed>
	 */
	private static function body( bool $is_ours ): array {
		$description = 'App Connect cannot answer: its PHP extension is missing or does not match';
		return $is_ours
			? array(
				'error'             => 'temporarily_unavailable',
				'error_description' => $description,
			)
			: array(
				'code'    => 'temporarily_unavailable',
				'message' => $description,
				'data'    => array( 'status' => 503 ),
			);
	}
}
