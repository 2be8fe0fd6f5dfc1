<?php
/**
 * App Connect → Clients.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\ConfigurationException;
use AppConnect\WP\Plugin;

/**
 * Chooses what a request shows: a list, a form, a question, a secret. Requests that change something are Client_Actions'.
 */
final class Clients_Screen {

	/**
	 * What is shown.
	 *
	 * @var View|null
	 */
	private static ?View $view = null;

	/**
	 * Does what was sent, and chooses what is shown.
	 *
	 * Hooked to `load-toplevel_page_app-connect`.
	 */
	public static function load(): void {
		Client_Help::add();
		try {
			// What cannot serve is found out here, and not in the middle of a form.
			Plugin::server();
			self::$view = 'POST' === ( $_SERVER['REQUEST_METHOD'] ?? '' ) ? Client_Actions::handle() : self::asked();
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
	 * The form for a client, or the list if there is no such client.
	 *
	 * @param int                                            $id Its number.
	 * @param callable(array<string, mixed> $client): View $view From the client to its view.
	 */
	public static function of_client( int $id, callable $view ): View {
		$client = Api::client( $id );
		return is_wp_error( $client ) ? new List_View( $client->get_error_message() ) : $view( $client );
	}

	/**
	 * The numbers of the clients that a request names: one, or several.
	 *
	 * @return list<int>
	 */
	public static function ids(): array {
		// phpcs:ignore WordPress.Security.NonceVerification,WordPress.Security.ValidatedSanitizedInput -- They only name what is shown; actions check the nonce.
		$ids = array_map( 'absint', array_filter( (array) ( $_REQUEST['client'] ?? array() ), 'is_scalar' ) );
		return array_values( array_unique( array_filter( $ids ) ) );
	}

	/**
	 * What the address asks for. Nothing changes here.
	 */
	private static function asked(): View {
		$action = self::action();
		$ids    = self::ids();
		if ( isset( $_GET['_wp_http_referer'] ) && ! isset( Confirm_View::ACTIONS[ $action ] ) ) {
			// The list's form adds what a list needs no more.
			// phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- wp_safe_redirect() sanitizes.
			wp_safe_redirect( remove_query_arg( array( '_wp_http_referer', '_wpnonce', 'action', 'action2', 'bulk_action' ), wp_unslash( $_SERVER['REQUEST_URI'] ?? '' ) ) );
			exit;
		}
		if ( 'new' === $action ) {
			return Client_Form::blank();
		}
		if ( 'edit' === $action || 'secret' === $action ) {
			return self::of_client(
				$ids[0] ?? 0,
				static fn ( array $client ): View => 'edit' === $action ? Client_Form::of_item( $client ) : new Secret_Form( $client )
			);
		}
		if ( isset( Confirm_View::ACTIONS[ $action ] ) ) {
			return array() === $ids ? new List_View( __( 'Tick at least one client first.', 'app-connect' ) ) : Confirm_View::ask( $action, $ids );
		}
		return 0 === Clients_Table::total() ? new First_Run() : new List_View();
	}

	/**
	 * The action in the address. A list's form has two of them, above and below the list.
	 */
	private static function action(): string {
		// phpcs:disable WordPress.Security.NonceVerification -- It only chooses what is shown.
		foreach ( array( 'action', 'action2' ) as $name ) {
			$action = Client_Request::text( $_GET[ $name ] ?? '' ); // phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- text() does.
			if ( '' !== $action && '-1' !== $action ) {
				return $action;
			}
		}
		// phpcs:enable
		return '';
	}
}
