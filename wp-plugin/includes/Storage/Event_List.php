<?php
/**
 * The audit log, a page at a time.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Storage;

/**
 * Filters and pages, the newest first. A page is found by its place, the time and number of an event, so that the
 * millionth page costs what the first does. Every query follows one index; what a further filter leaves of that is looked
 * for among so many events as a person waits for, and the rest by the next page.
 */
final class Event_List {

	/**
	 * How many events of one index are looked at for a page when there are further filters.
	 */
	public const LOOKED_AT = 10000;

	/**
	 * How many events of a client are looked at to find the one that says that it was deleted, which is its last or nearly so.
	 */
	private const LAST_WORDS = 50;

	/**
	 * One page.
	 *
	 * @param array{kinds: list<string>, clients: list<int>, users: list<int>, address: string, since: int} $filter What to list; what is empty or 0 filters nothing. A user is one who did something, or whose tokens it was about.
	 * @param array{at: int, id: int}|null                                                                  $from   The place next to which the page lies; null for the newest.
	 * @param bool                                                                                          $newer  Whether it lies on the newer side of the place.
	 * @param int                                                                                           $limit  How many events it has at most.
	 * @return array{rows: list<array<string, string|null>>, newer: array{at: int, id: int}|null, older: array{at: int, id: int}|null, partial: bool}
	 *         The events, newest first, and the places next to which the neighbouring pages lie; `partial` if the page ended
	 *         before it was full, because it looked at as many as it may.
	 * @throws Unavailable When that is not known.
	 */
	public static function page( array $filter, ?array $from, bool $newer, int $limit ): array {
		list( $indexed, $rest ) = self::conditions( $filter );

		$within  = self::within( $filter['since'], $from, $newer );
		$order   = $newer ? 'ASC' : 'DESC';
		$places  = self::places( $indexed, $rest, $within, $order, $limit + 1 );
		$horizon = $rest[0] ? self::horizon( $indexed, $within, $order ) : null;
		if ( null !== $horizon ) {
			$places = array_values( array_filter( $places, static fn ( array $place ): bool => self::compare( $place, $horizon ) * ( $newer ? 1 : -1 ) <= 0 ) );
		}
		$more = count( $places ) > $limit;
		if ( $newer && ! $more && null === $horizon ) {
			// What is left there is less than a page: that is the newest one.
			return self::page( $filter, null, false, $limit );
		}
		$places = array_slice( $places, 0, $limit );
		$onward = $more ? end( $places ) : $horizon;
		$back   = null === $from ? null : ( $places[0] ?? $from );
		return array(
			'rows'    => self::rows( $places ),
			'newer'   => $newer ? $onward : $back,
			'older'   => $newer ? $back : $onward,
			'partial' => ! $more && null !== $horizon,
		);
	}

	/**
	 * What is known of clients that are gone: their names, from the events of their deletion.
	 *
	 * @param list<int> $clients Their rows.
	 * @return array<int, array{name: string, client_id: string}> By row; those of which nothing is known are missing.
	 * @throws Unavailable When the database fails.
	 */
	public static function gone( array $clients ): array {
		$events = Database::table( 'events' );
		$last   = self::LAST_WORDS;
		$known  = array();
		foreach ( array_chunk( $clients, 50 ) as $some ) {
			$each = array_map(
				static fn ( int $number ): string => "SELECT client_pk, data FROM (SELECT client_pk, kind, data FROM $events WHERE client_pk = %d ORDER BY at DESC, id DESC LIMIT $last) e$number WHERE kind = 'client_deleted'",
				array_keys( $some )
			);
			foreach ( Database::rows( implode( ' UNION ALL ', $each ), $some ) as $row ) {
				$data = json_decode( (string) $row['data'], true );
				if ( is_string( $data['name'] ?? null ) && is_string( $data['client_id'] ?? null ) ) {
					$known[ (int) $row['client_pk'] ] = array(
						'name'      => $data['name'],
						'client_id' => $data['client_id'],
					);
				}
			}
		}
		return $known;
	}

	/**
	 * The conditions of a filter: those of which each selects by an index of its own, and the one on what these find.
	 *
	 * @param array{kinds: list<string>, clients: list<int>, users: list<int>, address: string, since: int} $filter What to list.
	 * @return array{list<array{string, list<int|string>}>, array{string, list<int|string>}} SQL with its values each; empty SQL is no condition.
	 */
	private static function conditions( array $filter ): array {
		$columns = array_filter(
			array(
				'ip'        => '' === $filter['address'] ? array() : array( $filter['address'] ),
				'client_pk' => $filter['clients'],
				'kind'      => $filter['kinds'],
			)
		);
		$indexed = array();
		foreach ( $filter['users'] as $user ) {
			array_push( $indexed, array( 'user_id = %d', array( $user ) ), array( 'owner_id = %d', array( $user ) ) );
		}
		if ( array() === $indexed && array() !== $columns ) {
			$column = array_key_first( $columns );
			foreach ( array_shift( $columns ) as $value ) {
				$indexed[] = array( $column . ( is_int( $value ) ? ' = %d' : ' = %s' ), array( $value ) );
			}
		}
		$rest = array();
		$args = array();
		foreach ( $columns as $column => $values ) {
			$rest[] = "e.$column IN (" . implode( ', ', array_fill( 0, count( $values ), is_int( $values[0] ) ? '%d' : '%s' ) ) . ')';
			array_push( $args, ...$values );
		}
		return array( $indexed ? $indexed : array( array( '', array() ) ), array( implode( ' AND ', $rest ), $args ) );
	}

	/**
	 * The condition that an event lies in a span of time and on one side of a place.
	 *
	 * @param int                          $since The beginning of the span; 0 for none.
	 * @param array{at: int, id: int}|null $from  The place; null for none.
	 * @param bool                         $newer Whether on its newer side.
	 * @return array{string, list<int>} SQL, and its values.
	 */
	private static function within( int $since, ?array $from, bool $newer ): array {
		$all  = array();
		$args = array();
		if ( $since > 0 ) {
			$all[]  = 'at >= %d';
			$args[] = $since;
		}
		if ( null !== $from ) {
			// In a form that an index on the time answers.
			$all[] = $newer ? 'at >= %d AND (at > %d OR id > %d)' : 'at <= %d AND (at < %d OR id < %d)';
			array_push( $args, $from['at'], $from['at'], $from['id'] );
		}
		return array( implode( ' AND ', $all ), $args );
	}

	/**
	 * The places of the first events that meet all conditions.
	 *
	 * @param list<array{string, list<int|string>}> $indexed The conditions with an index.
	 * @param array{string, list<int|string>}       $rest    The one on what these find.
	 * @param array{string, list<int>}              $within  Span and side.
	 * @param string                                $order   `ASC` or `DESC`.
	 * @param int                                   $limit   How many.
	 * @return list<array{at: int, id: int}> In this order.
	 * @throws Unavailable When that is not known.
	 */
	private static function places( array $indexed, array $rest, array $within, string $order, int $limit ): array {
		$events = Database::table( 'events' );

		$most = $rest[0] ? self::LOOKED_AT : $limit;
		$each = array();
		$args = array();
		foreach ( self::selects( $indexed, $within, $order, "LIMIT $most" ) as $number => list( $sql, $values ) ) {
			// One more SELECT around each: neither a limit nor an order may stand in a part of a UNION. The filter is asked of each
			// event by its number: in a join MariaDB may begin with all that meet the filter.
			$each[] = $rest[0]
				? "SELECT at, id FROM (SELECT at, id FROM ($sql) looked$number
					WHERE 1 = (SELECT CASE WHEN {$rest[0]} THEN 1 ELSE 0 END FROM $events e WHERE e.id = looked$number.id)
					ORDER BY at $order, id $order LIMIT $limit) found$number"
				: "SELECT at, id FROM ($sql) found$number";
			array_push( $args, ...$values, ...$rest[1] );
		}
		$rows = Database::rows( implode( ' UNION ', $each ) . " ORDER BY at $order, id $order LIMIT $limit", $args );
		return array_map( static fn ( array $row ): array => array_map( 'intval', $row ), $rows );
	}

	/**
	 * The place at which looking ends: the nearest at which one of the indexes has had its share.
	 *
	 * @param list<array{string, list<int|string>}> $indexed The conditions with an index.
	 * @param array{string, list<int>}              $within  Span and side.
	 * @param string                                $order   `ASC` or `DESC`.
	 * @return array{at: int, id: int}|null Null if everything was looked at.
	 * @throws Unavailable When that is not known.
	 */
	private static function horizon( array $indexed, array $within, string $order ): ?array {
		$each = array();
		$args = array();
		foreach ( self::selects( $indexed, $within, $order, 'LIMIT 1 OFFSET ' . ( self::LOOKED_AT - 1 ) ) as $number => list( $sql, $values ) ) {
			$each[] = "SELECT at, id FROM ($sql) last$number";
			array_push( $args, ...$values );
		}
		$row = Database::row( implode( ' UNION ', $each ) . " ORDER BY at $order, id $order LIMIT 1", $args );
		return null === $row ? null : array_map( 'intval', $row );
	}

	/**
	 * A SELECT for each condition with an index. It asks for no column beyond the index: else MariaDB would rather go through
	 * all that meet the condition, from the newest, than begin in their middle.
	 *
	 * @param list<array{string, list<int|string>}> $indexed The conditions.
	 * @param array{string, list<int>}              $within  Span and side.
	 * @param string                                $order   `ASC` or `DESC`.
	 * @param string                                $limit   How many of them.
	 * @return list<array{string, list<int|string>}> SQL, and its values.
	 */
	private static function selects( array $indexed, array $within, string $order, string $limit ): array {
		$events = Database::table( 'events' );
		return array_map(
			static function ( array $condition ) use ( $within, $order, $limit, $events ): array {
				$where = implode( ' AND ', array_filter( array( $condition[0], $within[0] ) ) );
				return array(
					"SELECT at, id FROM $events" . ( '' === $where ? '' : " WHERE $where" ) . " ORDER BY at $order, id $order $limit",
					array( ...$condition[1], ...$within[1] ),
				);
			},
			$indexed
		);
	}

	/**
	 * The events at some places, with the names of clients and users that there still are.
	 *
	 * @param list<array{at: int, id: int}> $places The places.
	 * @return list<array<string, string|null>> Newest first.
	 * @throws Unavailable When that is not known.
	 */
	private static function rows( array $places ): array {
		global $wpdb;
		if ( array() === $places ) {
			return array();
		}
		$marks = implode( ', ', array_fill( 0, count( $places ), '%d' ) );
		return Database::rows(
			'SELECT e.id, e.at, e.kind, e.client_pk, e.user_id, e.owner_id, e.ip, e.data, c.client_id, c.name AS client_name,
				u.user_login, u.display_name AS user_name, o.user_login AS owner_login, o.display_name AS owner_name
			FROM ' . Database::table( 'events' ) . ' e
			LEFT JOIN ' . Database::table( 'clients' ) . " c ON c.id = e.client_pk
			LEFT JOIN $wpdb->users u ON u.ID = e.user_id
			LEFT JOIN $wpdb->users o ON o.ID = e.owner_id
			WHERE e.id IN ($marks) ORDER BY e.at DESC, e.id DESC",
			array_column( $places, 'id' )
		);
	}

	/**
	 * Which of two places is newer.
	 *
	 * @param array{at: int, id: int} $one   A place.
	 * @param array{at: int, id: int} $other Another.
	 * @return int Positive if the first is, negative if the second is, 0 if they are the same.
	 */
	private static function compare( array $one, array $other ): int {
		return array( $one['at'], $one['id'] ) <=> array( $other['at'], $other['id'] );
	}
}
