<?php
/**
 * The audit log on the screen.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

/**
 * The table with its filters, and the button for the file.
 */
final class Activity_View implements View {

	/**
	 * The screen option with the number of events a page.
	 */
	public const PER_PAGE = 'app_connect_activity_per_page';

	/**
	 * The table.
	 *
	 * @var Activity_Table
	 */
	private Activity_Table $table;

	/**
	 * Reads the page of the log.
	 *
	 * @param Activity_Query $query   What is asked for.
	 * @param string         $failure Why there is no file; empty when none was asked for.
	 */
	public function __construct( private readonly Activity_Query $query, private readonly string $failure = '' ) {
		add_screen_option(
			'per_page',
			array(
				'label'   => __( 'Events per page:', 'app-connect' ),
				'default' => 20,
				'option'  => self::PER_PAGE,
			)
		);
		$this->table = new Activity_Table( $query );
		$this->table->prepare_items();
	}

	/**
	 * The title of the document.
	 */
	public function title(): string {
		return __( 'Activity', 'app-connect' );
	}

	/**
	 * Prints the log.
	 */
	public function render(): void {
		$query    = $this->query;
		$table    = $this->table;
		$refusals = array_unique( array_filter( array( $this->failure, ...array_values( $query->problems() ), $table->refusal() ) ) );
		require dirname( __DIR__, 2 ) . '/templates/activity/list.php';
	}
}
