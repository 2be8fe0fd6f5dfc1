<?php
/**
 * The table of clients.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\WP\Messages;

/**
 * Core's list table over `GET /clients`.
 */
final class Clients_Table extends \WP_List_Table {

	/**
	 * What can be sorted by: columns and whether the first click sorts downwards.
	 */
	private const SORTABLE = array(
		'name'      => false,
		'type'      => false,
		'mode'      => false,
		'created'   => true,
		'last_used' => true,
		'status'    => false,
	);

	/**
	 * Why there is no list.
	 *
	 * @var string
	 */
	private string $refusal = '';

	/**
	 * How many clients there are, by status; '' is all.
	 *
	 * @var array<string, int|null>
	 */
	private static array $totals = array();

	/**
	 * An empty table.
	 */
	public function __construct() {
		parent::__construct(
			array(
				'singular' => 'client',
				'plural'   => 'clients',
			)
		);
	}

	/**
	 * Reads the page that the address asks for.
	 */
	public function prepare_items(): void {
		$per_page = min( 100, $this->get_items_per_page( List_View::PER_PAGE ) );
		$query    = array_filter(
			array(
				'search'   => $this->search(),
				'status'   => $this->status(),
				'orderby'  => $this->asked( 'orderby', array_keys( self::SORTABLE ) ),
				'order'    => $this->asked( 'order', array( 'asc', 'desc' ) ),
				'page'     => $this->get_pagenum(),
				'per_page' => $per_page,
			),
			static fn ( $value ): bool => '' !== $value
		);
		$answer   = Api::send( 'GET', '/clients', $query );
		if ( is_wp_error( $answer ) ) {
			$this->refusal = $answer->get_error_message();
			$this->items   = array();
			return;
		}
		$this->items = (array) $answer->get_data();
		$this->set_pagination_args(
			array(
				'total_items' => (int) ( $answer->get_headers()['X-WP-Total'] ?? 0 ),
				'per_page'    => $per_page,
			)
		);
	}

	/**
	 * How many clients there are, as long as this request lasts.
	 *
	 * @param string $status Only those of a status; empty for all.
	 * @return int|null Null when that is not known.
	 */
	public static function total( string $status = '' ): ?int {
		if ( ! array_key_exists( $status, self::$totals ) ) {
			$answer = Api::send( 'GET', '/clients', array( 'per_page' => 1 ) + array_filter( array( 'status' => $status ) ) );

			self::$totals[ $status ] = is_wp_error( $answer ) ? null : (int) ( $answer->get_headers()['X-WP-Total'] ?? 0 );
		}
		return self::$totals[ $status ];
	}

	/**
	 * What is searched for.
	 */
	public function search(): string {
		return trim( Client_Request::text( $_GET['s'] ?? '' ) ); // phpcs:ignore WordPress.Security -- A search changes nothing; text() sanitizes.
	}

	/**
	 * The status that is listed; empty for all.
	 */
	public function status(): string {
		return $this->asked( 'status', array( 'active', 'disabled' ) );
	}

	/**
	 * Why there is no list; empty when there is one.
	 */
	public function refusal(): string {
		return $this->refusal;
	}

	/**
	 * The columns.
	 *
	 * @return array<string, string>
	 */
	public function get_columns() {
		return array(
			'cb'        => '<input type="checkbox">',
			'name'      => __( 'Name', 'app-connect' ),
			'client_id' => __( 'Client ID', 'app-connect' ),
			'type'      => __( 'Type', 'app-connect' ),
			'grants'    => __( 'Gets tokens by', 'app-connect' ),
			'mode'      => __( 'Access', 'app-connect' ),
			'created'   => __( 'Created', 'app-connect' ),
			'last_used' => __( 'Last used', 'app-connect' ),
			'status'    => __( 'Status', 'app-connect' ),
		);
	}

	/**
	 * Says that there is nothing.
	 */
	public function no_items() {
		echo esc_html(
			'' === $this->search()
				? __( 'No clients here.', 'app-connect' )
				: __( 'No client has this in its name or client ID.', 'app-connect' )
		);
	}

	/**
	 * The columns that can be sorted by.
	 *
	 * @return array<string, array{string, bool}>
	 */
	protected function get_sortable_columns() {
		$columns = array();
		foreach ( self::SORTABLE as $name => $down ) {
			$columns[ $name ] = array( $name, $down );
		}
		// The order without a wish: the newest first.
		$columns['created'] = array( 'created', true, __( 'Created', 'app-connect' ), __( 'Table ordered by date of creation.', 'app-connect' ), 'desc' );
		return $columns;
	}

	/**
	 * What can be done to several clients.
	 *
	 * @return array<string, string>
	 */
	protected function get_bulk_actions() {
		return array(
			'disable' => __( 'Disable', 'app-connect' ),
			'delete'  => __( 'Delete', 'app-connect' ),
		);
	}

	/**
	 * The links to all, active and disabled clients.
	 *
	 * @return array<string, string>
	 */
	protected function get_views() {
		$labels = array(
			''         => __( 'All', 'app-connect' ),
			'active'   => Messages::label( 'status', 'active' ),
			'disabled' => Messages::label( 'status', 'disabled' ),
		);
		$counts = array(
			''         => (int) self::total(),
			'active'   => (int) self::total() - (int) self::total( 'disabled' ),
			'disabled' => (int) self::total( 'disabled' ),
		);
		$links  = array();
		foreach ( $labels as $status => $label ) {
			$links[ '' === $status ? 'all' : $status ] = array(
				'url'     => esc_url( Menu::clients_url( array_filter( array( 'status' => $status ) ) ) ),
				'label'   => sprintf( '%s <span class="count">(%s)</span>', esc_html( $label ), esc_html( number_format_i18n( $counts[ $status ] ) ) ),
				'current' => $status === $this->status(),
			);
		}
		return $this->get_views_links( $links );
	}

	/**
	 * The column with which a row begins on a phone.
	 */
	protected function get_default_primary_column_name() {
		return 'name';
	}

	/**
	 * A row's check-box.
	 *
	 * @param array<string, mixed> $item The client.
	 */
	protected function column_cb( $item ) {
		return sprintf(
			'<input type="checkbox" name="client[]" id="cb-select-%1$d" value="%1$d"><label for="cb-select-%1$d"><span class="screen-reader-text">%2$s</span></label>',
			(int) $item['id'],
			/* translators: %s: the name of a client. */
			sprintf( esc_html__( 'Select %s', 'app-connect' ), Markup::name( (string) $item['name'] ) )
		);
	}

	/**
	 * The name, with the logo.
	 *
	 * @param array<string, mixed> $item The client.
	 */
	protected function column_name( array $item ): string {
		return sprintf(
			'%s<strong><a class="row-title" href="%s">%s</a></strong>%s',
			Markup::logo( (string) $item['logo_uri'] ),
			esc_url( self::url( 'edit', $item ) ),
			Markup::name( (string) $item['name'] ),
			'' === $item['description'] ? '' : '<p class="app-connect-excerpt">' . Markup::name( self::excerpt( (string) $item['description'] ) ) . '</p>'
		);
	}

	/**
	 * The beginning of a description.
	 *
	 * @param string $text The description.
	 */
	private static function excerpt( string $text ): string {
		return 90 < mb_strlen( $text ) ? mb_substr( $text, 0, 89 ) . '…' : $text;
	}

	/**
	 * The client ID.
	 *
	 * @param array<string, mixed> $item The client.
	 */
	protected function column_client_id( array $item ): string {
		$id = 'app-connect-client-id-' . (int) $item['id'];
		return sprintf(
			'<div class="app-connect-copy"><code id="%1$s" dir="ltr">%2$s</code> %3$s</div>',
			esc_attr( $id ),
			esc_html( $item['client_id'] ),
			Markup::copy_button( $id, __( 'Copy client ID', 'app-connect' ), true )
		);
	}

	/**
	 * The grant types.
	 *
	 * @param array<string, mixed> $item The client.
	 */
	protected function column_grants( array $item ): string {
		$labels = array_map( static fn ( string $name ): string => esc_html( Short_Labels::of( 'grant', $name ) ), (array) $item['grant_types'] );
		return array() === $labels
			? sprintf( '<span aria-hidden="true">—</span><span class="screen-reader-text">%s</span>', esc_html__( 'None', 'app-connect' ) )
			: implode( '<br>', $labels );
	}

	/**
	 * When it was created.
	 *
	 * @param array<string, mixed> $item The client.
	 */
	protected function column_created( array $item ): string {
		return Markup::day( (string) $item['created'] );
	}

	/**
	 * The day on which it last got or used a token.
	 *
	 * @param array<string, mixed> $item The client.
	 */
	protected function column_last_used( array $item ): string {
		return Markup::day( $item['last_used'] );
	}

	/**
	 * The status, in words.
	 *
	 * @param array<string, mixed> $item The client.
	 */
	protected function column_status( array $item ): string {
		return Markup::status( (string) $item['status'] );
	}

	/**
	 * Columns that are a word with a label.
	 *
	 * @param array<string, mixed> $item The client.
	 * @param string               $name The column.
	 */
	protected function column_default( $item, $name ) {
		return esc_html( Short_Labels::of( $name, (string) ( $item[ $name ] ?? '' ) ) );
	}

	/**
	 * What can be done to one client.
	 *
	 * @param array<string, mixed> $item    The client.
	 * @param string               $name    The column.
	 * @param string               $primary The primary column.
	 */
	protected function handle_row_actions( $item, $name, $primary ) {
		if ( $name !== $primary ) {
			return '';
		}
		$links = array();
		foreach ( self::actions( $item ) as $action => $label ) {
			$links[ $action ] = sprintf(
				'<a href="%s"%s>%s<span class="screen-reader-text">: %s</span></a>',
				esc_url( self::url( $action, $item ) ),
				'delete' === $action ? ' class="submitdelete"' : '',
				esc_html( $label ),
				Markup::name( (string) $item['name'] )
			);
		}
		return $this->row_actions( $links );
	}

	/**
	 * The actions for a client, by name.
	 *
	 * @param array<string, mixed> $item The client.
	 * @return array<string, string>
	 */
	public static function actions( array $item ): array {
		return array_filter(
			array(
				'edit'       => __( 'Edit', 'app-connect' ),
				'secret'     => 'confidential' === $item['type'] ? __( 'New secret', 'app-connect' ) : '',
				'end_tokens' => __( 'End tokens', 'app-connect' ),
				'disable'    => 'active' === $item['status'] ? __( 'Disable', 'app-connect' ) : '',
				'enable'     => 'active' === $item['status'] ? '' : __( 'Enable', 'app-connect' ),
				'delete'     => __( 'Delete', 'app-connect' ),
			)
		);
	}

	/**
	 * The address of an action on a client.
	 *
	 * @param string               $action The action.
	 * @param array<string, mixed> $item   The client.
	 */
	public static function url( string $action, array $item ): string {
		return Menu::clients_url(
			array(
				'action' => $action,
				'client' => (int) $item['id'],
			)
		);
	}

	/**
	 * A word in the address, if it is a known one.
	 *
	 * @param string   $name  The argument.
	 * @param string[] $known What it may be.
	 */
	private function asked( string $name, array $known ): string {
		$value = Client_Request::text( $_GET[ $name ] ?? '' ); // phpcs:ignore WordPress.Security -- Only known words count.
		return in_array( $value, $known, true ) ? $value : '';
	}
}
