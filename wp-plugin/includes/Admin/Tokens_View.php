<?php
/**
 * The list of sessions.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

/**
 * The list with its search, filters and notices.
 */
final class Tokens_View implements View {

	/**
	 * The screen option with the number of sessions a page.
	 */
	public const PER_PAGE = 'app_connect_sessions_per_page';

	/**
	 * The table.
	 *
	 * @var Tokens_Table
	 */
	private Tokens_Table $table;

	/**
	 * Reads the page of the list.
	 *
	 * @param Tokens_Query $query   What is asked for.
	 * @param string       $refusal Why something else is not shown; empty when the list was asked for.
	 */
	public function __construct( private readonly Tokens_Query $query, private readonly string $refusal = '' ) {
		add_screen_option(
			'per_page',
			array(
				'label'   => __( 'Sessions per page:', 'app-connect' ),
				'default' => 20,
				'option'  => self::PER_PAGE,
			)
		);
		// The links of the list lead to lists, not to what could not be shown.
		$_SERVER['REQUEST_URI'] = remove_query_arg( array( 'action', 'action2', 'session' ) );

		$this->table = new Tokens_Table( $query );
		$this->table->prepare_items();
	}

	/**
	 * The title of the document.
	 */
	public function title(): string {
		return __( 'Tokens', 'app-connect' );
	}

	/**
	 * Prints the list.
	 */
	public function render(): void {
		$query   = $this->query;
		$table   = $this->table;
		$refusal = array_filter( array( $this->refusal, $table->refusal() ) );
		$hints   = $table->hints();
		require dirname( __DIR__, 2 ) . '/templates/tokens/list.php';
	}
}
