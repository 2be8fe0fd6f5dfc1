<?php
/**
 * Deletes what App Connect stored, on every site that chose so in its settings. Others keep their clients and tokens.
 *
 * @package AppConnect
 */

namespace AppConnect\WP;

if ( ! defined( 'WP_UNINSTALL_PLUGIN' ) ) {
	exit;
}

require_once __DIR__ . '/includes/autoload.php';

foreach ( is_multisite() ? get_sites( array( 'fields' => 'ids', 'number' => 0 ) ) : array( 0 ) as $app_connect_blog ) {
	if ( $app_connect_blog ) {
		switch_to_blog( (int) $app_connect_blog );
	}
	if ( Settings::remove_data_on_uninstall() ) {
		Storage\Schema::remove();
	}
	if ( $app_connect_blog ) {
		restore_current_blog();
	}
}
