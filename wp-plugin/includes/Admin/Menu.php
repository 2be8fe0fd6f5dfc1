<?php
/**
 * The entry in wp-admin's menu.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\WP\Auth\Manage;

/**
 * Adds the screens.
 */
final class Menu {

	/**
	 * The slug of the clients screen, and of the menu.
	 */
	public const CLIENTS = 'app-connect';

	/**
	 * What core names the clients screen.
	 */
	public const CLIENTS_HOOK = 'toplevel_page_app-connect';

	/**
	 * What core names the tokens screen.
	 */
	public const TOKENS_HOOK = 'app-connect_page_app-connect-tokens';

	/**
	 * What core names the screen of the signing keys.
	 */
	public const KEYS_HOOK = 'app-connect_page_app-connect-keys';

	/**
	 * What core names the activity screen.
	 */
	public const ACTIVITY_HOOK = 'app-connect_page_app-connect-activity';

	/**
	 * What core names the settings screen: made from the menu's title, which is a name and is not translated.
	 */
	public const SETTINGS_HOOK = 'app-connect_page_app-connect-settings';

	/**
	 * Adds the menu.
	 *
	 * Hooked to `admin_menu`.
	 */
	public static function register(): void {
		add_menu_page(
			__( 'Clients', 'app-connect' ),
			'App Connect',
			Manage::CAPABILITY,
			self::CLIENTS,
			array( Clients_Screen::class, 'render' ),
			'dashicons-admin-network',
			71
		);
		add_submenu_page(
			self::CLIENTS,
			__( 'Clients', 'app-connect' ),
			__( 'Clients', 'app-connect' ),
			Manage::CAPABILITY,
			self::CLIENTS,
			array( Clients_Screen::class, 'render' )
		);
		add_submenu_page(
			self::CLIENTS,
			__( 'Tokens', 'app-connect' ),
			__( 'Tokens', 'app-connect' ),
			Manage::CAPABILITY,
			Tokens_Screen::PAGE,
			array( Tokens_Screen::class, 'render' )
		);
		add_submenu_page(
			self::CLIENTS,
			__( 'Signing Keys', 'app-connect' ),
			__( 'Signing Keys', 'app-connect' ),
			Manage::CAPABILITY,
			Signing_Keys_Screen::PAGE,
			array( Signing_Keys_Screen::class, 'render' )
		);
		add_submenu_page(
			self::CLIENTS,
			__( 'Activity', 'app-connect' ),
			__( 'Activity', 'app-connect' ),
			Manage::CAPABILITY,
			Activity_Screen::PAGE,
			array( Activity_Screen::class, 'render' )
		);
		add_submenu_page(
			self::CLIENTS,
			__( 'App Connect Settings', 'app-connect' ),
			__( 'Settings', 'app-connect' ),
			Manage::CAPABILITY,
			Settings_Screen::PAGE,
			array( Settings_Screen::class, 'render' )
		);
	}

	/**
	 * Adds the menu with the one screen that tells what is missing.
	 *
	 * Hooked to `admin_menu` while the extension is not ready. Our capability is not mapped then.
	 */
	public static function register_setup(): void {
		add_menu_page(
			__( 'App Connect', 'app-connect' ),
			'App Connect',
			'manage_options',
			self::CLIENTS,
			array( First_Run::class, 'render_setup' ),
			'dashicons-admin-network',
			71
		);
	}

	/**
	 * The address of the clients screen.
	 *
	 * @param array<string, string|int> $args Query arguments.
	 */
	public static function clients_url( array $args = array() ): string {
		return add_query_arg( array( 'page' => self::CLIENTS ) + $args, admin_url( 'admin.php' ) );
	}

	/**
	 * Leads to one of our screens after a change, and ends the request.
	 *
	 * @param string $url Its address, made by admin_url().
	 * @return never
	 */
	public static function redirect( string $url ): void {
		// Not wp_safe_redirect(): it lets nobody to wp-admin where that has another host than the home page.
		wp_redirect( $url, 303 ); // phpcs:ignore WordPress.Security.SafeRedirect -- See above.
		exit;
	}

	/**
	 * Keeps the code of a notice out of the address that is shown and reloaded.
	 *
	 * Hooked to `removable_query_args`.
	 *
	 * @param string[]|mixed $names Query arguments that are for once.
	 * @return string[]|mixed
	 */
	public static function removable_query_args( $names ) {
		$screen = function_exists( 'get_current_screen' ) ? get_current_screen() : null;
		if ( is_array( $names ) && null !== $screen && in_array( $screen->id, array( self::CLIENTS_HOOK, self::KEYS_HOOK, self::SETTINGS_HOOK, self::TOKENS_HOOK ), true ) ) {
			array_push( $names, 'notice', 'count' );
		}
		if ( is_array( $names ) && self::TOKENS_HOOK === $screen?->id ) {
			array_push( $names, 'tokens', 'left' );
		}
		return $names;
	}
}
