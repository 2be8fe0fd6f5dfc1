<?php
/**
 * The list of clients, a page at a time.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Storage;

/**
 * Searches, sorts and pages. Policies and configuration are read for the page alone.
 */
final class Client_List {

	/**
	 * What the list can be sorted by. Rows are numbered as they are made, so that `created` needs no index of its own.
	 */
	public const ORDERS = array(
		'created'   => 'c.id',
		'last_used' => 'c.last_used_day',
		'mode'      => 'c.mode',
		'name'      => 'c.name',
		'status'    => 'c.status',
		'type'      => 'c.type',
	);

	/**
	 * So many clients can be chosen from: beyond that people search.
	 */
	private const CHOICES = 100;

	/**
	 * One page, and how many clients there are in all.
	 *
	 * @param array{search?: string, status?: string|null, orderby: string, order: string, page: int, per_page: int} $query What to list.
	 * @return array{total: int, rows: list<array<string, string|null>>} Rows as `Clients::stored()` has them.
	 * @throws Unavailable When that is not known.
	 */
	public static function page( array $query ): array {
		$clients = Database::table( 'clients' );
		list( $where, $args ) = self::where( $query );

		$total = (int) ( Database::row( "SELECT COUNT(*) AS n FROM $clients c$where", $args )['n'] ?? 0 );
		$skip  = ( $query['page'] - 1 ) * $query['per_page'];
		if ( $skip >= $total ) {
			return array(
				'total' => $total,
				'rows'  => array(),
			);
		}
		$order = self::order( $query['orderby'], $query['order'] );
		return array(
			'total' => $total,
			'rows'  => Database::rows(
				'SELECT ' . Clients::STORED . "
				FROM (SELECT c.id FROM $clients c$where ORDER BY $order LIMIT %d OFFSET %d) listed
				JOIN $clients c ON c.id = listed.id
				JOIN " . Database::table( 'policies' ) . " p ON p.id = c.policy_id
				ORDER BY $order",
				array( ...$args, $query['per_page'], $skip )
			),
		);
	}

	/**
	 * The names of clients to choose from: of the newest that are active, and of one that is chosen already.
	 *
	 * @param int $chosen The chosen client; 0 for none.
	 * @return array<int, string> By row, sorted.
	 * @throws Unavailable When that is not known.
	 */
	public static function names( int $chosen ): array {
		$clients = Database::table( 'clients' );
		$names   = array_column( Database::rows( "SELECT c.id, c.name FROM $clients c WHERE c.status = 'active' ORDER BY c.id DESC LIMIT " . self::CHOICES ), 'name', 'id' );
		if ( 0 !== $chosen && ! isset( $names[ $chosen ] ) ) {
			$names += array_column( Database::rows( "SELECT c.id, c.name FROM $clients c WHERE c.id = %d", array( $chosen ) ), 'name', 'id' );
		}
		natcasesort( $names );
		return $names;
	}

	/**
	 * The condition of a query: a part of the name, or the beginning of the identifier.
	 *
	 * @param array{search?: string, status?: string|null} $query What to list.
	 * @return array{string, list<string>} SQL and its values.
	 */
	private static function where( array $query ): array {
		global $wpdb;
		$all  = array();
		$args = array();
		if ( '' !== ( $query['search'] ?? '' ) ) {
			$term = $wpdb->esc_like( $query['search'] );
			// The column of identifiers is ASCII and does not compare with anything else.
			$is_ascii = mb_check_encoding( $term, 'ASCII' );
			$all[]    = $is_ascii ? '(c.name LIKE %s OR c.client_id LIKE %s)' : 'c.name LIKE %s';
			array_push( $args, "%$term%", ...( $is_ascii ? array( "$term%" ) : array() ) );
		}
		if ( isset( $query['status'] ) ) {
			$all[]  = 'c.status = %s';
			$args[] = $query['status'];
		}
		return array( $all ? ' WHERE ' . implode( ' AND ', $all ) : '', $args );
	}

	/**
	 * The order of a query, with the newest first among equals. Nothing of the query itself gets into it.
	 *
	 * @param string $orderby One of the keys of ORDERS.
	 * @param string $order   `asc` or `desc`.
	 */
	private static function order( string $orderby, string $order ): string {
		$column    = self::ORDERS[ $orderby ] ?? self::ORDERS['created'];
		$direction = 'asc' === $order ? 'ASC' : 'DESC';
		return "$column $direction" . ( self::ORDERS['created'] === $column ? '' : ', c.id DESC' );
	}
}
