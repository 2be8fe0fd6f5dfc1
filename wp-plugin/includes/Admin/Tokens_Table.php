<?php
/**
 * The table of sessions.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\WP\Flow_Runner;
use AppConnect\WP\Refusal;
use AppConnect\WP\Storage\Client_List;
use AppConnect\WP\Storage\Live_Counts;
use AppConnect\WP\Storage\Session_Filter;
use AppConnect\WP\Storage\Session_List;
use AppConnect\WP\Storage\Unavailable;

/**
 * Core's list table over live sessions, the newest first. What stands in a cell is Token_Cells'.
 */
final class Tokens_Table extends \WP_List_Table {

	/**
	 * Why there is no list.
	 *
	 * @var string
	 */
	private string $refusal = '';

	/**
	 * How many sessions match, at most one more than we count.
	 *
	 * @var int
	 */
	private int $total = 0;

	/**
	 * The clients to choose from: names by row.
	 *
	 * @var array<int, string>
	 */
	private array $clients = array();

	/**
	 * An empty table.
	 *
	 * @param Tokens_Query $query What is asked for.
	 */
	public function __construct( private readonly Tokens_Query $query ) {
		parent::__construct(
			array(
				'singular' => 'session',
				'plural'   => 'sessions',
			)
		);
	}

	/**
	 * Reads the page that the address asks for.
	 */
	public function prepare_items(): void {
		$per_page    = min( 100, $this->get_items_per_page( Tokens_View::PER_PAGE ) );
		$this->items = array();
		try {
			$filter        = $this->query->filter();
			$this->clients = Client_List::names( $this->query->client );
			$this->total   = Session_List::count( $filter );
			$this->set_pagination_args(
				array(
					'total_items' => min( $this->total, Live_Counts::MOST ),
					'per_page'    => $per_page,
				)
			);
			$this->items = Session_List::page( $filter, $per_page, ( $this->get_pagenum() - 1 ) * $per_page );
			cache_users( array_map( 'intval', array_column( $this->items, 'user' ) ) );
		} catch ( Unavailable $failure ) {
			Flow_Runner::log( $failure );
			$this->refusal = Refusal::unavailable()->get_error_message();
		}
	}

	/**
	 * Why there is no list; empty when there is one.
	 */
	public function refusal(): string {
		return $this->refusal;
	}

	/**
	 * What the list does not show.
	 *
	 * @return list<string>
	 */
	public function hints(): array {
		$hints = array();
		if ( $this->total > Live_Counts::MOST ) {
			/* translators: %s: a number. */
			$hints[] = sprintf( __( 'There are more than %s sessions here. The list ends there: search or filter to see older ones.', 'app-connect' ), number_format_i18n( Live_Counts::MOST ) );
		}
		if ( $this->query->is_too_wide() ) {
			/* translators: %s: a number. */
			$hints[] = sprintf( __( 'More than %s people or apps match this search, and only so many were looked at. Search for more of the name.', 'app-connect' ), number_format_i18n( Session_Filter::MOST_FOUND ) );
		}
		return $hints;
	}

	/**
	 * The columns.
	 *
	 * @return array<string, string>
	 */
	public function get_columns() {
		return array(
			'cb'        => '<input type="checkbox">',
			'app'       => __( 'App', 'app-connect' ),
			'user'      => __( 'User', 'app-connect' ),
			'method'    => __( 'How', 'app-connect' ),
			'access'    => __( 'Access', 'app-connect' ),
			'created'   => __( 'Signed in', 'app-connect' ),
			'last_used' => __( 'Last used', 'app-connect' ),
			'ends'      => __( 'Ends', 'app-connect' ),
		);
	}

	/**
	 * Says that there is nothing.
	 */
	public function no_items() {
		if ( '' !== $this->refusal ) {
			esc_html_e( 'It is not known which sessions there are.', 'app-connect' );
			return;
		}
		echo esc_html(
			$this->query->is_everything()
				? __( 'No app is signed in. A session appears here when an app gets a token.', 'app-connect' )
				: __( 'No live session matches.', 'app-connect' )
		);
	}

	/**
	 * What can be done to several sessions.
	 *
	 * @return array<string, string>
	 */
	protected function get_bulk_actions() {
		return array( 'revoke' => __( 'Revoke', 'app-connect' ) );
	}

	/**
	 * The column with which a row begins on a phone.
	 */
	protected function get_default_primary_column_name() {
		return 'app';
	}

	/**
	 * The filters, and the way to revoke all that match.
	 *
	 * @param string $which `top` or `bottom`.
	 */
	protected function extra_tablenav( $which ) {
		if ( 'top' !== $which ) {
			return;
		}
		echo '<div class="alignleft actions app-connect-filters">';
		Tokens_Filters::render( $this->query, $this->clients );
		submit_button( __( 'Filter', 'app-connect' ), '', 'filter_action', false, array( 'id' => 'app-connect-filter' ) );
		if ( $this->total > 0 ) {
			printf(
				' <a class="button app-connect-delete" id="app-connect-revoke-all" href="%s">%s</a>',
				esc_url( Tokens_Screen::url( array( 'action' => 'revoke_all' ) + $this->query->args() ) ),
				esc_html( $this->query->is_everything() ? __( 'Revoke all…', 'app-connect' ) : __( 'Revoke all that match…', 'app-connect' ) )
			);
		}
		echo '</div>';
	}

	/**
	 * A row's check-box.
	 *
	 * @param array<string, string|null> $item The session.
	 */
	protected function column_cb( $item ) {
		return sprintf(
			'<input type="checkbox" name="session[]" id="cb-select-%1$d" value="%1$d"><label for="cb-select-%1$d"><span class="screen-reader-text">%2$s</span></label>',
			(int) $item['id'],
			/* translators: %s: name of an app and of a person. */
			sprintf( esc_html__( 'Select %s', 'app-connect' ), Token_Cells::about( $item ) )
		);
	}

	/**
	 * Any other cell.
	 *
	 * @param array<string, string|null> $item The session.
	 * @param string                     $name The column.
	 */
	protected function column_default( $item, $name ) {
		return match ( $name ) {
			'app'       => Token_Cells::app( $item ),
			'user'      => Token_Cells::user( $item ),
			'method'    => esc_html( Short_Labels::of( 'grant', (string) $item['method'] ) ),
			'access'    => Token_Cells::access( $item ),
			'created'   => Connected_Apps::moment( (int) $item['created_at'] ),
			'last_used' => Token_Cells::last_used( $item ),
			'ends'      => Token_Cells::ends( $item ),
		};
	}

	/**
	 * What can be done to one session.
	 *
	 * @param array<string, string|null> $item    The session.
	 * @param string                     $name    The column.
	 * @param string                     $primary The primary column.
	 */
	protected function handle_row_actions( $item, $name, $primary ) {
		return $name !== $primary ? '' : $this->row_actions(
			array(
				'revoke' => sprintf(
					'<a href="%s" class="submitdelete">%s<span class="screen-reader-text">: %s</span></a>',
					esc_url( Tokens_Screen::url( array( 'action' => 'revoke', 'session' => (int) $item['id'] ) + $this->query->args() ) ),
					esc_html__( 'Revoke', 'app-connect' ),
					Token_Cells::about( $item )
				),
			)
		);
	}
}
