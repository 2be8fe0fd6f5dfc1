<?php
/**
 * App Connect → Tokens.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\ConfigurationException;
use AppConnect\WP\Auth\Manage;
use AppConnect\WP\Flow_Runner;
use AppConnect\WP\Plugin;
use AppConnect\WP\Revocation;
use AppConnect\WP\Storage\Grants;
use AppConnect\WP\Storage\Session_Filter;
use AppConnect\WP\Storage\Session_List;
use AppConnect\WP\Storage\Unavailable;

/**
 * Chooses what a request shows: the list of live sessions, or the question before some of them end. Ends them when the
 * question was answered.
 */
final class Tokens_Screen {

	/**
	 * The screen's `page` in the address.
	 */
	public const PAGE = 'app-connect-tokens';

	/**
	 * What the nonce of the question is for.
	 */
	public const NONCE = 'app_connect_revoke';

	/**
	 * What is shown.
	 *
	 * @var View|null
	 */
	private static ?View $view = null;

	/**
	 * Does what was sent, and chooses what is shown.
	 *
	 * Hooked to `load-app-connect_page_app-connect-tokens`.
	 */
	public static function load(): void {
		Tokens_Help::add();
		try {
			// What cannot serve is found out here, and not in the middle of a list.
			Plugin::server();
			self::$view = 'POST' === ( $_SERVER['REQUEST_METHOD'] ?? '' ) ? self::revoke() : self::asked();
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
	 * @param array<string, string|int> $args Query arguments.
	 */
	public static function url( array $args = array() ): string {
		// Core encodes no values.
		return add_query_arg( array( 'page' => self::PAGE ) + array_map( 'rawurlencode', array_map( 'strval', $args ) ), admin_url( 'admin.php' ) );
	}

	/**
	 * What is said when it is not known what has ended.
	 */
	public static function uncertain(): string {
		return __( 'The database did not answer as it should, so it is not certain what has ended. Look at the list and try again.', 'app-connect' );
	}

	/**
	 * What the address asks for. Nothing changes here.
	 */
	private static function asked(): View {
		// phpcs:disable WordPress.Security -- It only chooses what is shown, and every value is read as a known word or a number.
		$query  = Tokens_Query::of( $_GET );
		$action = self::action();
		if ( '' === $action && ( isset( $_GET['_wp_http_referer'] ) || isset( $_GET['filter_action'] ) ) ) {
			// The list's form adds what a list needs no more.
			Menu::redirect( self::url( $query->args() + self::paged( $query ) ) );
		}
		if ( '' === $action ) {
			return new Tokens_View( $query );
		}
		if ( 'revoke_all' === $action ) {
			return self::question( $query, null );
		}
		$ids = self::ids( $_GET );
		// phpcs:enable
		return array() === $ids ? new Tokens_View( $query, __( 'Tick at least one session first.', 'app-connect' ) ) : self::question( $query, $ids );
	}

	/**
	 * The question before sessions end, or the list if there is none to end.
	 *
	 * @param Tokens_Query   $query   What was listed.
	 * @param list<int>|null $ids     The sessions; null for all that the query asks for.
	 * @param string         $refusal What went wrong before.
	 */
	private static function question( Tokens_Query $query, ?array $ids, string $refusal = '' ): View {
		try {
			$question = Tokens_Confirm::ask( $query, $ids, $refusal );
		} catch ( Unavailable $failure ) {
			Flow_Runner::log( $failure );
			return new Tokens_View( $query, $refusal );
		}
		return $question ?? new Tokens_View( $query, '' === $refusal ? __( 'There is nothing left to revoke: these sessions have ended.', 'app-connect' ) : $refusal );
	}

	/**
	 * Ends what the question named.
	 */
	private static function revoke(): View {
		if ( ! current_user_can( Manage::CAPABILITY ) ) {
			wp_die( esc_html__( 'Sorry, you are not allowed to revoke tokens.', 'app-connect' ), 403 );
		}
		check_admin_referer( self::NONCE );
		$query  = Tokens_Query::of( $_POST );
		$ids    = self::ids( $_POST );
		$newest = Client_Request::number( $_POST['newest'] ?? '' ); // phpcs:ignore WordPress.Security -- A number.
		$do     = Client_Request::text( $_POST['app_connect_do'] ?? '' ); // phpcs:ignore WordPress.Security -- Only a known word counts.
		if ( ! in_array( $do, array( 'revoke', 'revoke_all' ), true ) || ( 'revoke_all' === $do ? 0 === $newest : array() === $ids ) ) {
			wp_die( esc_html__( 'This form does not belong to this screen.', 'app-connect' ), 400 );
		}
		try {
			$filter = 'revoke_all' === $do ? $query->filter( $newest ) : new Session_Filter( ids: $ids );
			$ended  = Revocation::run( $filter, 'administrator' );
			$left   = $ended['left'] ? Session_List::count( $filter ) : 0;
		} catch ( Unavailable $failure ) {
			Flow_Runner::log( $failure );
			return self::question( $query, 'revoke_all' === $do ? null : $ids, self::uncertain() );
		}
		Menu::redirect(
			self::url(
				$query->args() + array(
					'notice' => 'revoked',
					'count'  => $ended['sessions'],
					'tokens' => $ended['tokens'],
					'left'   => $left,
				)
			)
		);
	}

	/**
	 * The action in the address. A list's form has two of them, above and below the list, and a button that filters.
	 */
	private static function action(): string {
		// phpcs:disable WordPress.Security -- Only known words count.
		foreach ( isset( $_GET['filter_action'] ) ? array() : array( 'action', 'action2' ) as $name ) {
			$action = Client_Request::text( $_GET[ $name ] ?? '' );
			if ( in_array( $action, array( 'revoke', 'revoke_all' ), true ) ) {
				return $action;
			}
		}
		// phpcs:enable
		return '';
	}

	/**
	 * The page of the list that was asked for, unless it was one of another list: a new filter begins with the first page.
	 *
	 * @param Tokens_Query $query What is asked for.
	 * @return array<string, int>
	 */
	private static function paged( Tokens_Query $query ): array {
		// phpcs:disable WordPress.Security -- Only numbers and known words count.
		$page = Client_Request::number( $_GET['paged'] ?? '' );
		wp_parse_str( (string) wp_parse_url( Client_Request::text( $_GET['_wp_http_referer'] ?? '' ), PHP_URL_QUERY ), $before );
		// phpcs:enable
		return $page > 1 && Tokens_Query::of( wp_slash( $before ) )->args() === $query->args() ? array( 'paged' => $page ) : array();
	}

	/**
	 * The sessions that a request names: one, or several.
	 *
	 * @param array<string, mixed> $sent `$_GET` or `$_POST`.
	 * @return list<int>
	 */
	private static function ids( array $sent ): array {
		$ids = array_map( array( Client_Request::class, 'number' ), array_slice( (array) ( $sent['session'] ?? array() ), 0, Grants::BATCH ) );
		return array_values( array_unique( array_filter( $ids ) ) );
	}
}
