<?php
/**
 * The table of events.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\WP\Flow_Runner;
use AppConnect\WP\Storage\Event_List;
use AppConnect\WP\Storage\Unavailable;

/**
 * Core's list table over the audit log. Its pages have no numbers: nobody counts a million events to show twenty.
 */
final class Activity_Table extends \WP_List_Table {

	/**
	 * Why there is no list.
	 *
	 * @var string
	 */
	private string $refusal = '';

	/**
	 * The places of the neighbouring pages, and whether this one ended before it was full.
	 *
	 * @var array{newer: array{at: int, id: int}|null, older: array{at: int, id: int}|null, partial: bool}
	 */
	private array $around = array(
		'newer'   => null,
		'older'   => null,
		'partial' => false,
	);

	/**
	 * An empty table.
	 *
	 * @param Activity_Query $query What is asked for.
	 */
	public function __construct( private readonly Activity_Query $query ) {
		parent::__construct(
			array(
				'singular' => 'event',
				'plural'   => 'events',
			)
		);
	}

	/**
	 * Reads the page that the address asks for.
	 */
	public function prepare_items(): void {
		$this->items = array();
		if ( $this->query->problems() ) {
			return;
		}
		// phpcs:disable WordPress.Security -- They only choose what is shown; place() sanitizes.
		$newer = Activity_Query::place( $_GET['after'] ?? '' );
		$older = Activity_Query::place( $_GET['before'] ?? '' );
		// phpcs:enable
		try {
			$page        = Event_List::page( $this->query->filter(), $newer ?? $older, null !== $newer, min( 100, $this->get_items_per_page( Activity_View::PER_PAGE ) ) );
			$this->items = Activity_Event::of( $page['rows'] );

			$this->around = array_diff_key( $page, array( 'rows' => null ) );
		} catch ( Unavailable $failure ) {
			Flow_Runner::log( $failure );
			$this->refusal = self::unavailable();
		}
	}

	/**
	 * The sentence for a database that fails.
	 */
	public static function unavailable(): string {
		return __( 'The activity could not be read: the database did not answer. Please try again.', 'app-connect' );
	}

	/**
	 * Why there is no list; empty when there is one.
	 */
	public function refusal(): string {
		return $this->refusal;
	}

	/**
	 * Whether there are events, here or farther on.
	 */
	public function has_events(): bool {
		return $this->has_items() || $this->around['partial'];
	}

	/**
	 * The columns.
	 *
	 * @return array<string, string>
	 */
	public function get_columns() {
		return array(
			'when'    => __( 'When', 'app-connect' ),
			'what'    => __( 'What happened', 'app-connect' ),
			'app'     => __( 'App', 'app-connect' ),
			'user'    => __( 'User', 'app-connect' ),
			'address' => __( 'Address', 'app-connect' ),
		);
	}

	/**
	 * Says that there is nothing.
	 */
	public function no_items() {
		if ( '' !== $this->refusal || $this->query->problems() ) {
			esc_html_e( 'Nothing is shown.', 'app-connect' );
		} elseif ( $this->around['partial'] ) {
			esc_html_e( 'Nothing up to here. There may be older events.', 'app-connect' );
		} elseif ( $this->query->is_filtered() ) {
			printf(
				'<p>%s</p><p><a class="button" href="%s">%s</a></p>',
				esc_html__( 'No event is like that.', 'app-connect' ),
				esc_url( Activity_Screen::url() ),
				esc_html__( 'Show all activity', 'app-connect' )
			);
		} else {
			esc_html_e( 'Nothing has happened yet. When somebody adds a client, an app is refused, or a person approves one, you will see it here.', 'app-connect' );
		}
	}

	/**
	 * The column with which a row begins on a phone.
	 */
	protected function get_default_primary_column_name() {
		return 'what';
	}

	/**
	 * Prints what stands above or below the table: core's own has a nonce for bulk actions, of which there are none.
	 *
	 * @param string $which `top` or `bottom`.
	 */
	protected function display_tablenav( $which ) {
		printf( '<div class="tablenav %s">', esc_attr( $which ) );
		if ( 'top' === $which ) {
			Activity_Filters::render( $this->query );
		}
		$this->pagination( $which );
		echo '<br class="clear"></div>';
	}

	/**
	 * Prints the links to the pages around this one.
	 *
	 * @param string $which `top` or `bottom`.
	 */
	protected function pagination( $which ) {
		if ( null === $this->around['newer'] && null === $this->around['older'] ) {
			return;
		}
		$links = array(
			array( null === $this->around['newer'] ? null : array(), self::signed( '«', __( 'Newest', 'app-connect' ) ) ),
			array( self::at( 'after', $this->around['newer'] ), self::signed( '‹', __( 'Newer', 'app-connect' ) ) ),
			array( self::at( 'before', $this->around['older'] ), self::signed( '', __( 'Older', 'app-connect' ), '›' ) ),
		);
		echo '<div class="tablenav-pages app-connect-pages">';
		if ( $this->around['partial'] && 'bottom' === $which ) {
			printf(
				'<p>%s</p>',
				/* translators: %s: a number of events. */
				esc_html( sprintf( __( 'These filters leave little: %s events were looked at for this page. “Older” goes on from there.', 'app-connect' ), number_format_i18n( Event_List::LOOKED_AT ) ) )
			);
		}
		printf( '<nav aria-label="%s">', esc_attr( 'top' === $which ? __( 'Pages of events, above the list', 'app-connect' ) : __( 'Pages of events, below the list', 'app-connect' ) ) );
		foreach ( $links as list( $args, $text ) ) {
			// phpcs:disable WordPress.Security.EscapeOutput -- $text is HTML, escaped.
			if ( null === $args ) {
				printf( '<span class="button disabled" aria-disabled="true">%s</span> ', $text );
			} else {
				printf( '<a class="button" href="%s">%s</a> ', esc_url( Activity_Screen::url( $this->query->args() + $args ) ), $text );
			}
			// phpcs:enable
		}
		echo '</nav></div>';
	}

	/**
	 * When it happened: how long ago, and exactly.
	 *
	 * @param Activity_Event $item The event.
	 */
	protected function column_when( Activity_Event $item ): string {
		$exact = (string) wp_date( __( 'Y/m/d H:i:s', 'app-connect' ), $item->at() );
		/* translators: %s: a span of time. */
		$ago = sprintf( __( '%s ago', 'app-connect' ), human_time_diff( $item->at() ) );
		return sprintf(
			'<time datetime="%s" title="%s">%s<br><span class="app-connect-exact">%s</span></time>',
			esc_attr( gmdate( 'Y-m-d\TH:i:s\Z', $item->at() ) ),
			esc_attr( (string) wp_date( 'Y-m-d H:i:s P', $item->at() ) ),
			esc_html( $ago ),
			esc_html( $exact )
		);
	}

	/**
	 * What happened.
	 *
	 * @param Activity_Event $item The event.
	 */
	protected function column_what( Activity_Event $item ): string {
		$severity = Activity_Kinds::severity( $item->kind() );
		$html     = sprintf(
			'<span class="app-connect-severity app-connect-severity-%s">%s</span> <strong>%s</strong>',
			esc_attr( $severity ),
			esc_html( Activity_Kinds::severities()[ $severity ] ),
			esc_html( Activity_Kinds::sentence( $item->kind() ) )
		);
		foreach ( $item->details() as $sentence ) {
			$html .= '<p class="app-connect-excerpt">' . Markup::name( $sentence ) . '</p>';
		}
		return $html;
	}

	/**
	 * The app, with a link to its client.
	 *
	 * @param Activity_Event $item The event.
	 */
	protected function column_app( Activity_Event $item ): string {
		$app = $item->app();
		if ( null === $app ) {
			return self::none( __( 'No app', 'app-connect' ) );
		}
		if ( $app['exists'] ) {
			return sprintf( '<a href="%s">%s</a>', esc_url( Clients_Table::url( 'edit', $app ) ), Markup::name( $app['name'] ) );
		}
		return '' === $app['client_id'] ? esc_html( $app['name'] ) : sprintf(
			'%s %s<br><code dir="ltr">%s</code>',
			Markup::name( $app['name'] ),
			esc_html__( '(deleted)', 'app-connect' ),
			esc_html( $app['client_id'] )
		);
	}

	/**
	 * Who did it, and whose tokens it was about.
	 *
	 * @param Activity_Event $item The event.
	 */
	protected function column_user( Activity_Event $item ): string {
		list( $user, $owner ) = array( $item->user(), $item->owner() );
		if ( null !== $user ) {
			$html = self::person( $user );
		} elseif ( Activity_Kinds::is_by_user( $item->kind() ) ) {
			$html = esc_html__( 'Nobody signed in', 'app-connect' );
		} else {
			$html = null === $owner ? self::none( __( 'No user', 'app-connect' ) ) : '';
		}
		if ( null !== $owner && $owner !== $user ) {
			/* translators: %s: name of a user. */
			$html .= ( '' === $html ? '' : '<br>' ) . sprintf( esc_html__( 'Tokens of %s', 'app-connect' ), self::person( $owner ) );
		}
		return $html;
	}

	/**
	 * The address that it came from.
	 *
	 * @param Activity_Event $item The event.
	 */
	protected function column_address( Activity_Event $item ): string {
		return '' === $item->address() ? self::none( __( 'Not known', 'app-connect' ) ) : sprintf( '<code dir="ltr">%s</code>', esc_html( $item->address() ) );
	}

	/**
	 * The links that fill in filters.
	 *
	 * @param Activity_Event $item    The event.
	 * @param string         $name    The column.
	 * @param string         $primary The primary column.
	 */
	protected function handle_row_actions( $item, $name, $primary ) {
		if ( $name !== $primary ) {
			return '';
		}
		list( $app, $user ) = array( $item->app(), $item->owner() ?? $item->user() );
		$links              = array();
		foreach (
			array_filter(
				array(
					'app'     => null === $app ? null : array( $app['exists'] ? $app['client_id'] : '#' . $app['id'], __( 'This app only', 'app-connect' ) ),
					'who'     => null === $user ? null : array( '' === $user['login'] ? '#' . $user['id'] : $user['login'], __( 'This user only', 'app-connect' ) ),
					'address' => '' === $item->address() ? null : array( $item->address(), __( 'This address only', 'app-connect' ) ),
				)
			) as $field => list( $value, $label )
		) {
			if ( $this->query->typed( $field ) !== $value ) {
				$links[ $field ] = sprintf( '<a href="%s">%s</a>', esc_url( Activity_Screen::url( $this->query->args( array( $field => $value ) ) ) ), esc_html( $label ) );
			}
		}
		return $this->row_actions( $links );
	}

	/**
	 * A user, with a link for those who may edit it.
	 *
	 * @param array{id: int, name: string, login: string} $person The user.
	 */
	private static function person( array $person ): string {
		$link = '' === $person['login'] ? '' : (string) get_edit_user_link( $person['id'] );
		return '' === $link ? Markup::name( $person['name'] ) : sprintf( '<a href="%s">%s</a>', esc_url( $link ), Markup::name( $person['name'] ) );
	}

	/**
	 * A label with an arrow for those who see it. HTML.
	 *
	 * @param string $before The arrow before the label.
	 * @param string $label  The label.
	 * @param string $after  The arrow behind it.
	 */
	private static function signed( string $before, string $label, string $after = '' ): string {
		return sprintf( '<span aria-hidden="true">%s</span> %s <span aria-hidden="true">%s</span>', $before, esc_html( $label ), $after );
	}

	/**
	 * The argument of an address for a place in the log.
	 *
	 * @param string                       $name  `after` or `before`.
	 * @param array{at: int, id: int}|null $place The place.
	 * @return array<string, string>|null Null without one.
	 */
	private static function at( string $name, ?array $place ): ?array {
		return null === $place ? null : array( $name => "{$place['at']}.{$place['id']}" );
	}

	/**
	 * A cell without content.
	 *
	 * @param string $meaning What that means.
	 */
	private static function none( string $meaning ): string {
		return sprintf( '<span aria-hidden="true">—</span><span class="screen-reader-text">%s</span>', esc_html( $meaning ) );
	}
}
