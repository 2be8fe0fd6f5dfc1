<?php
/**
 * Installs WordPress without WP-CLI. lab.py runs it through templates/run.php, which leaves loading WordPress to this
 * file; $args[0] is the phase, $args[1] a JSON object {wp_load, url, title, user, password, email, permalinks, activate}.
 *
 * - install:   tables, the admin, addresses and permalinks of a site
 * - network:   makes the installed site the first of a network (MULTISITE is not defined yet)
 * - configure: a network's permalinks, and the plugin; prints the site's addresses as JSON
 */

/**
 * Ends the script when WordPress answered with an error.
 *
 * @param mixed  $result What WordPress returned.
 * @param string $doing  What was tried.
 */
function lab_must( $result, string $doing ): void {
	if ( is_wp_error( $result ) ) {
		file_put_contents( 'php://stderr', "$doing failed: " . implode( '; ', array_map( 'wp_strip_all_tags', $result->get_error_messages() ) ) . "\n" );
		exit( 1 );
	}
}

function lab_set_permalinks( string $structure ): void {
	global $wp_rewrite;
	$wp_rewrite->init();
	$wp_rewrite->set_permalink_structure( $structure );
	$wp_rewrite->flush_rules( false );
}

function lab_install( array $want ): void {
	// Otherwise wp_install() asks its own address, where nobody answers yet, whether permalinks work.
	$skip = static fn() => '/';
	add_filter( 'pre_option_permalink_structure', $skip );
	wp_install( $want['title'], $want['user'], $want['email'], false, '', $want['password'] );
	remove_filter( 'pre_option_permalink_structure', $skip );
	update_option( 'siteurl', $want['url'] );
	update_option( 'home', $want['url'] );
	lab_set_permalinks( $want['permalinks'] );
}

function lab_network( array $want ): void {
	global $wpdb;
	foreach ( $wpdb->tables( 'ms_global' ) as $table => $prefixed ) {
		$wpdb->$table = $prefixed;
	}
	install_network();
	$parts  = parse_url( $want['url'] );
	$domain = $parts['host'] . ( isset( $parts['port'] ) ? ':' . $parts['port'] : '' );
	lab_must(
		populate_network( 1, $domain, $want['email'], $want['title'], ( $parts['path'] ?? '' ) . '/', false ),
		'Making the network'
	);
}

function lab_configure( array $want ): void {
	if ( is_multisite() ) {
		lab_set_permalinks( $want['permalinks'] );
	}
	$plugin = 'app-connect/app-connect.php';
	$active = $want['activate'] && is_file( WP_PLUGIN_DIR . '/' . $plugin );
	if ( $active ) {
		wp_set_current_user( get_user_by( 'login', $want['user'] )->ID );
		lab_must( activate_plugin( $plugin, '', is_multisite() ), 'Activating App Connect' );
	}
	echo json_encode(
		array(
			'rest_root' => get_rest_url(),
			'issuer'    => untrailingslashit( get_option( 'home' ) ),
			'active'    => $active,
		),
		JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES
	);
}

list( $lab_phase, $lab_want ) = array( $args[0], json_decode( $args[1], true, 8, JSON_THROW_ON_ERROR ) );
if ( ! in_array( $lab_phase, array( 'install', 'network', 'configure' ), true ) ) {
	file_put_contents( 'php://stderr', "install.php knows no phase '$lab_phase'.\n" );
	exit( 1 );
}
if ( 'configure' !== $lab_phase ) {
	define( 'WP_INSTALLING', true );
	/** No mail to the admin of a test site. */
	function wp_new_blog_notification() {}
}
require $lab_want['wp_load']; // In the global scope, as WordPress expects.
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
require_once ABSPATH . 'wp-admin/includes/plugin.php';
( "lab_$lab_phase" )( $lab_want );
