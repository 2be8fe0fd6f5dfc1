<?php
/**
 * App Connect → Signing Keys.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\ConfigurationException;
use AppConnect\WP\Plugin;

/**
 * Chooses what a request shows: the keys, the form that imports one, or a question before something is done to them.
 * Requests that change something are Signing_Keys_Actions'.
 */
final class Signing_Keys_Screen {

	/**
	 * The screen's `page` in the address.
	 */
	public const PAGE = 'app-connect-keys';

	/**
	 * What is shown.
	 *
	 * @var View|null
	 */
	private static ?View $view = null;

	/**
	 * Does what was sent, and chooses what is shown.
	 *
	 * Hooked to `load-app-connect_page_app-connect-keys`.
	 */
	public static function load(): void {
		Signing_Keys_Help::add();
		try {
			// What cannot serve is found out here, and not in the middle of a page.
			Plugin::server();
			self::$view = 'POST' === ( $_SERVER['REQUEST_METHOD'] ?? '' ) ? Signing_Keys_Actions::handle() : self::asked();
		} catch ( ConfigurationException $failure ) {
			self::$view = new First_Run( $failure->getMessage() );
		}
		$GLOBALS['title'] = self::$view->title(); // phpcs:ignore WordPress.WP.GlobalVariablesOverride -- Core takes a screen's title from there.
	}

	/**
	 * Prints it.
	 */
	public static function render(): void {
		self::$view?->render();
	}

	/**
	 * The address of the screen.
	 *
	 * @param array<string, string> $args Query arguments.
	 */
	public static function url( array $args = array() ): string {
		// Core encodes no values.
		return add_query_arg( array( 'page' => self::PAGE ) + array_map( 'rawurlencode', $args ), admin_url( 'admin.php' ) );
	}

	/**
	 * What the nonce of an action is for.
	 *
	 * @param string $action The action.
	 */
	public static function nonce( string $action ): string {
		return "app_connect_keys_$action";
	}

	/**
	 * What the address asks for. Nothing changes here.
	 */
	private static function asked(): View {
		// phpcs:disable WordPress.Security -- It only chooses what is shown; text() sanitizes.
		$action = Client_Request::text( $_GET['action'] ?? '' );
		$kid    = Client_Request::text( $_GET['kid'] ?? '' );
		// phpcs:enable
		if ( 'import' === $action ) {
			return new Signing_Keys_Import();
		}
		return in_array( $action, Signing_Keys_Confirm::ACTIONS, true ) ? Signing_Keys_Confirm::ask( $action, $kid ) : new Signing_Keys_View();
	}
}
