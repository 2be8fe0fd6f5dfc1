<?php
/**
 * App Connect → Activity.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\WP\Auth\Manage;

/**
 * Shows the audit log, or sends it as a file. Nothing changes here.
 */
final class Activity_Screen {

	/**
	 * The slug of the screen.
	 */
	public const PAGE = 'app-connect-activity';

	/**
	 * What is shown.
	 *
	 * @var View|null
	 */
	private static ?View $view = null;

	/**
	 * Chooses what is shown, or sends the file.
	 *
	 * Hooked to `load-app-connect_page_app-connect-activity`.
	 */
	public static function load(): void {
		Activity_Help::add();
		$failure = '';
		if ( 'POST' === ( $_SERVER['REQUEST_METHOD'] ?? '' ) ) {
			if ( ! current_user_can( Manage::CAPABILITY ) ) {
				wp_die( esc_html__( 'Sorry, you are not allowed to see the activity.', 'app-connect' ), 403 );
			}
			check_admin_referer( 'app_connect_export' );
			$query   = Activity_Query::of( $_POST );
			$failure = Activity_Export::send( $query );
		} else {
			$query = Activity_Query::of( $_GET ); // phpcs:ignore WordPress.Security.NonceVerification -- Filters change nothing.
		}
		self::$view = new Activity_View( $query, $failure );

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
		// Core's add_query_arg() does not encode.
		return add_query_arg( array_map( 'rawurlencode', array( 'page' => self::PAGE ) + $args ), admin_url( 'admin.php' ) );
	}
}
