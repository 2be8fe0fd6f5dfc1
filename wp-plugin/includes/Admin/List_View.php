<?php
/**
 * The list of clients.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

/**
 * The list with its search, views and notices.
 */
final class List_View implements View {

	/**
	 * The screen option with the number of clients a page.
	 */
	public const PER_PAGE = 'app_connect_clients_per_page';

	/**
	 * The table.
	 *
	 * @var Clients_Table
	 */
	private Clients_Table $table;

	/**
	 * Reads the page of the list.
	 *
	 * @param string $refusal Why something else is not shown; empty when the list was asked for.
	 */
	public function __construct( private readonly string $refusal = '' ) {
		add_screen_option(
			'per_page',
			array(
				'label'   => __( 'Clients per page:', 'app-connect' ),
				'default' => 20,
				'option'  => self::PER_PAGE,
			)
		);
		if ( '' !== $refusal ) {
			// The links of the list lead to lists, not to what could not be shown.
			$_SERVER['REQUEST_URI'] = remove_query_arg( array( 'action', 'action2', 'client' ) );
		}
		$this->table = new Clients_Table();
		$this->table->prepare_items();
	}

	/**
	 * Accepts the screen option.
	 *
	 * Hooked to `set_screen_option_app_connect_clients_per_page`, and to that of the activity.
	 *
	 * @param mixed  $keep   What others decided.
	 * @param string $option The option.
	 * @param mixed  $value  What was typed.
	 */
	public static function accept_per_page( $keep, $option, $value ): int {
		return max( 1, min( 100, (int) $value ) );
	}

	/**
	 * The title of the document.
	 */
	public function title(): string {
		return __( 'Clients', 'app-connect' );
	}

	/**
	 * Prints the list.
	 */
	public function render(): void {
		$search  = $this->table->search();
		$status  = $this->table->status();
		$refusal = array_filter( array( $this->refusal, $this->table->refusal() ) );
		$table   = $this->table;
		require __DIR__ . '/../../templates/clients/list.php';
	}
}
