<?php
/**
 * The plugin's two shared objects: the request as it came in, and the protocol server of the current site.
 *
 * @package AppConnect
 */

namespace AppConnect\WP;

use AppConnect\Server;
use AppConnect\WP\Http\Snapshot;

/**
 * Boots the plugin and holds what lives as long as the request.
 */
final class Plugin {

	/**
	 * The request's bytes, taken before WordPress adds slashes.
	 *
	 * @var Snapshot|null
	 */
	private static ?Snapshot $snapshot = null;

	/**
	 * One server per site of a network, by blog id.
	 *
	 * @var array<int, Server>
	 */
	private static array $servers = array();

	/**
	 * Takes the snapshot and registers every hook. Called once, when the main plugin file loads.
	 */
	public static function boot(): void {
		self::$snapshot = Snapshot::capture();
		require __DIR__ . '/hooks.php';
	}

	/**
	 * The request as it came in, whatever WordPress and plugins did to the superglobals since.
	 */
	public static function snapshot(): Snapshot {
		return self::$snapshot ??= Snapshot::capture();
	}

	/**
	 * The protocol server of the current site, built from its settings once per request.
	 *
	 * @throws \AppConnect\ConfigurationException When the site's address or settings cannot serve.
	 * @throws \Error                             When the extension is missing: ask Health\Extension::ready() first.
	 */
	public static function server(): Server {
		return self::$servers[ get_current_blog_id() ] ??= new Server( Settings::server_config() );
	}

	/**
	 * Forgets the servers, so that the next one is built from the settings as they are now.
	 */
	public static function forget_servers(): void {
		self::$servers = array();
	}
}
