<?php
/**
 * The style sheets and scripts of our screens.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use const AppConnect\WP\PLUGIN_FILE;
use const AppConnect\WP\VERSION;

/**
 * Loads them on our screens only.
 */
final class Assets {

	/**
	 * The handle of what all screens share.
	 */
	private const SHARED = 'app-connect-admin';

	/**
	 * The handle of what the client form has of its own.
	 */
	private const CLIENT_FORM = 'app-connect-client-form';

	/**
	 * The handle of what lists of sessions have of their own.
	 */
	private const SESSIONS = 'app-connect-sessions';

	/**
	 * The handle of what the activity screen has of its own.
	 */
	private const ACTIVITY = 'app-connect-activity';

	/**
	 * The handle of what the screen of the signing keys has of its own.
	 */
	private const KEYS = 'app-connect-signing-keys';

	/**
	 * Loads what all screens share.
	 *
	 * Hooked to `admin_enqueue_scripts`.
	 *
	 * @param string $hook What core names the screen.
	 */
	public static function enqueue( $hook ): void {
		$sessions = in_array( $hook, array( 'profile.php', 'user-edit.php', Menu::TOKENS_HOOK ), true );
		if ( ! $sessions && ! in_array( $hook, array( Menu::CLIENTS_HOOK, Menu::ACTIVITY_HOOK, Menu::KEYS_HOOK, Menu::SETTINGS_HOOK ), true ) ) {
			return;
		}
		wp_enqueue_style( self::SHARED, plugins_url( 'assets/admin.css', PLUGIN_FILE ), array( 'dashicons' ), VERSION );
		if ( $sessions ) {
			wp_enqueue_style( self::SESSIONS, plugins_url( 'assets/sessions.css', PLUGIN_FILE ), array( self::SHARED ), VERSION );
		}
		if ( $sessions && Menu::TOKENS_HOOK !== $hook ) {
			return; // A profile has nothing of ours to do with JavaScript.
		}
		wp_enqueue_script( self::SHARED, plugins_url( 'assets/admin.js', PLUGIN_FILE ), array( 'wp-a11y', 'wp-api-fetch', 'wp-dom-ready', 'wp-i18n' ), VERSION, true );
		wp_set_script_translations( self::SHARED, 'app-connect' );
		if ( Menu::ACTIVITY_HOOK === $hook ) {
			wp_enqueue_style( self::ACTIVITY, plugins_url( 'assets/activity.css', PLUGIN_FILE ), array( self::SHARED ), VERSION );
		}
		if ( Menu::KEYS_HOOK === $hook ) {
			wp_enqueue_style( self::KEYS, plugins_url( 'assets/signing-keys.css', PLUGIN_FILE ), array( self::SHARED ), VERSION );
		}
	}

	/**
	 * Loads what the client form needs.
	 */
	public static function enqueue_client_form(): void {
		if ( current_user_can( 'upload_files' ) ) {
			wp_enqueue_media();
		}
		wp_enqueue_style( self::CLIENT_FORM, plugins_url( 'assets/client-form.css', PLUGIN_FILE ), array( self::SHARED ), VERSION );
		wp_enqueue_script( self::CLIENT_FORM, plugins_url( 'assets/client-form.js', PLUGIN_FILE ), array( self::SHARED, 'wp-html-entities' ), VERSION, true );
		wp_set_script_translations( self::CLIENT_FORM, 'app-connect' );
		wp_add_inline_script(
			self::CLIENT_FORM,
			'window.appConnectClientForm = ' . wp_json_encode(
				array(
					'roles'    => Service_Users::role_names(),
					'takeover' => Service_Users::warnings(),
				),
				JSON_HEX_TAG | JSON_HEX_AMP
			) . ';',
			'before'
		);
	}
}
