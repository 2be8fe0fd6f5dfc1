<?php
/**
 * Plugin Name: App Connect lab
 * Description: Keeps a lab site quiet, and a checkout safe from it.
 */

// The lab blocks requests to other hosts, and WordPress would log a warning for each update check it cannot make.
add_filter(
	'pre_http_request',
	static function ( $answer, $args, $url ) {
		return preg_match( '~^https?://[^/]+/(core/version-check|(plugins|themes)/update-check)/~', $url )
			? array(
				'headers'  => array(),
				'body'     => '{"offers":[],"plugins":[],"themes":[],"no_update":[],"translations":[]}',
				'response' => array(
					'code'    => 200,
					'message' => 'OK',
				),
				'cookies'  => array(),
				'filename' => null,
			)
			: $answer;
	},
	10,
	3
);

// wp-content/plugins/app-connect may be a link into a checkout: WordPress must not delete or replace what it points to.
add_action(
	'delete_plugin',
	static function ( string $file ): void {
		if ( is_link( WP_PLUGIN_DIR . '/' . dirname( $file ) ) ) {
			wp_die( 'This plugin is a link into a checkout, so the lab does not delete it. Make the site with plugin="copy" to try that.' );
		}
	}
);
add_filter(
	'upgrader_source_selection',
	static function ( $source ) {
		return is_string( $source ) && is_link( WP_PLUGIN_DIR . '/' . basename( $source ) )
			? new WP_Error( 'lab_link', 'This plugin is a link into a checkout, so the lab does not replace it.' )
			: $source;
	}
);
