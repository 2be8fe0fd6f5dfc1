<?php
/**
 * The way from the Plugins screen to ours.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\WP\Auth\Manage;

use const AppConnect\WP\PLUGIN_FILE;

/**
 * A link beside the plugin's name, and a notice after its activation while there is no client. Nothing is stored: that
 * it was activated just now is said in the address to which core goes back.
 */
final class Settings_Welcome {

	/**
	 * The word in the address.
	 */
	private const MARK = 'app_connect_activated';

	/**
	 * Adds the link to the settings.
	 *
	 * Hooked to `plugin_action_links_…` of this plugin.
	 *
	 * @param string[]|mixed $links The links.
	 * @return string[]|mixed
	 */
	public static function action_links( $links ) {
		if ( ! is_array( $links ) || ! current_user_can( Manage::CAPABILITY ) ) {
			return $links;
		}
		return array( 'app-connect-settings' => sprintf( '<a href="%s">%s</a>', esc_url( Settings_Screen::url() ), esc_html__( 'Settings', 'app-connect' ) ) ) + $links;
	}

	/**
	 * Marks the address to which core goes after it has activated this plugin.
	 *
	 * Hooked to `wp_redirect`.
	 *
	 * @param string|mixed $location The address.
	 * @return string|mixed
	 */
	public static function mark_activation( $location ) {
		return is_string( $location ) && 0 < did_action( 'activate_' . plugin_basename( PLUGIN_FILE ) ) && 1 === preg_match( '/\bplugins\.php\?activate(-multi)?=true\b/', $location )
			? add_query_arg( self::MARK, '1', $location )
			: $location;
	}

	/**
	 * Has core take the mark out of the address that the browser keeps.
	 *
	 * Hooked to `removable_query_args`.
	 *
	 * @param string[]|mixed $names Names of parameters that are good for one view.
	 * @return string[]|mixed
	 */
	public static function removable( $names ) {
		return is_array( $names ) ? array( ...$names, self::MARK ) : $names;
	}

	/**
	 * Leads to the first client.
	 *
	 * Hooked to `admin_notices`.
	 */
	public static function notice(): void {
		// phpcs:ignore WordPress.Security.NonceVerification -- A word in the address; nothing is changed.
		if ( ! isset( $_GET[ self::MARK ] ) || 'plugins' !== get_current_screen()?->id || ! current_user_can( Manage::CAPABILITY ) || self::has_clients() ) {
			return;
		}
		wp_admin_notice(
			sprintf(
				'<strong>%s</strong> %s <a href="%s">%s</a>',
				esc_html__( 'App Connect is ready.', 'app-connect' ),
				esc_html__( 'No app can use it yet: each needs a client of its own.', 'app-connect' ),
				esc_url( admin_url( 'admin.php?page=app-connect' ) ),
				esc_html__( 'Add your first client', 'app-connect' )
			),
			array(
				'type'        => 'info',
				'dismissible' => true,
				'id'          => 'app-connect-welcome',
			)
		);
	}

	/**
	 * Whether there is a client. In doubt yes: then nothing is said.
	 */
	private static function has_clients(): bool {
		$request = new \WP_REST_Request( 'GET', '/app-connect/v1/clients' );
		$request->set_query_params( array( 'per_page' => 1 ) );
		$response = rest_do_request( $request );
		return $response->is_error() || array() !== $response->get_data();
	}
}
