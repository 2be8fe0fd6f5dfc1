<?php
/**
 * Plugin Name:       App Connect
 * Description:       Turns this site into an OAuth 2.1 provider: apps get tokens, and tokens can do exactly what you allowed.
 * Version:           0.1.0
 * Requires at least: 6.8
 * Requires PHP:      8.1
 * License:           GPL-2.0-or-later
 * License URI:       https://www.gnu.org/licenses/gpl-2.0.html
 * Text Domain:       app-connect
 * Domain Path:       /languages
 *
 * @package AppConnect
 */

namespace AppConnect\WP;

if ( ! defined( 'ABSPATH' ) ) {
	exit;
}

const VERSION     = '0.1.0';
const PLUGIN_FILE = __FILE__;

require __DIR__ . '/includes/autoload.php';

Plugin::boot();
