<?php
/**
 * Which sessions somebody looks at, or ends.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Storage;

/**
 * A condition on live sessions. What is null selects nothing by itself; what is given must all hold.
 */
final class Session_Filter {

	/**
	 * How many users, and how many clients, a search may find: beyond that it is no search.
	 */
	public const MOST_FOUND = 200;

	/**
	 * A condition.
	 *
	 * @param int|null          $client         The client's row.
	 * @param int|null          $subject        The subject's row.
	 * @param list<string>|null $methods        The grant types that began them.
	 * @param string|null       $mode           The client's access mode.
	 * @param int|null          $created_before Begun before this time.
	 * @param int|null          $unused_since   Not used since this time.
	 * @param int|null          $newest         The newest session that is meant: none that began after somebody was asked.
	 * @param list<int>|null    $ids            Their rows.
	 * @param array{clients: list<int>, subjects: list<int>, address: string}|null $found What a search found: sessions of one of
	 *                                          these clients or subjects, or last used from an address that begins like this.
	 */
	public function __construct(
		public readonly ?int $client = null,
		public readonly ?int $subject = null,
		public readonly ?array $methods = null,
		public readonly ?string $mode = null,
		public readonly ?int $created_before = null,
		public readonly ?int $unused_since = null,
		public readonly ?int $newest = null,
		public readonly ?array $ids = null,
		public readonly ?array $found = null
	) {}

	/**
	 * The same, for sessions that are older than a row.
	 *
	 * @param int $id The row.
	 */
	public function older_than( int $id ): self {
		return new self( $this->client, $this->subject, $this->methods, $this->mode, $this->created_before, $this->unused_since, $id - 1, $this->ids, $this->found );
	}

	/**
	 * The condition on a grant g, as SQL with its values.
	 *
	 * @return array{string, list<int|string>}
	 */
	public function sql(): array {
		$all  = array();
		$args = array();
		foreach (
			array(
				'g.client_pk = %d'                           => $this->client,
				'g.subject_pk = %d'                          => $this->subject,
				'g.created_at < %d'                          => $this->created_before,
				'COALESCE(g.last_used_at, g.created_at) < %d' => $this->unused_since,
				'g.id <= %d'                                 => $this->newest,
			) as $condition => $value
		) {
			if ( null !== $value ) {
				$all[]  = $condition;
				$args[] = $value;
			}
		}
		foreach ( array( array( 'g.method', '%s', $this->methods ), array( 'g.id', '%d', $this->ids ) ) as list( $column, $mark, $values ) ) {
			if ( null !== $values ) {
				list( $all[], $more ) = Liveness::among( $column, $mark, $values );
				array_push( $args, ...$more );
			}
		}
		if ( null !== $this->found ) {
			list( $all[], $more ) = $this->found_sql( $this->found );
			array_push( $args, ...$more );
		}
		list( $all[], $more ) = null === $this->mode ? Liveness::session() : Liveness::session( 'c.mode = %s', array( $this->mode ) );
		return array( implode( ' AND ', $all ), array( ...$args, ...$more ) );
	}

	/**
	 * Looks for users and clients, for `found`.
	 *
	 * @param string $term A part of a login, e-mail address or name of a user, or of a client's name, or the beginning of a
	 *                     client ID or of an address.
	 * @return array{clients: list<int>, subjects: list<int>, address: string, more: bool} `more` if there are too many: then some
	 *         are missing.
	 * @throws Unavailable When that is not known.
	 */
	public static function find( string $term ): array {
		global $wpdb;
		$like = $wpdb->esc_like( $term );
		// The column of identifiers is ASCII and does not compare with anything else.
		$is_ascii = mb_check_encoding( $term, 'ASCII' );
		$most     = self::MOST_FOUND + 1;
		$clients  = Database::rows(
			'SELECT c.id FROM ' . Database::table( 'clients' ) . ' c WHERE c.name LIKE %s' . ( $is_ascii ? ' OR c.client_id LIKE %s' : '' ) . " ORDER BY c.id LIMIT $most",
			array( "%$like%", ...( $is_ascii ? array( "$like%" ) : array() ) )
		);
		$subjects = Database::rows(
			'SELECT s.id FROM ' . Database::table( 'subjects' ) . " s JOIN $wpdb->users u ON u.ID = s.user_id
				WHERE u.user_login LIKE %s OR u.user_email LIKE %s OR u.display_name LIKE %s ORDER BY s.id LIMIT $most",
			array_fill( 0, 3, "%$like%" )
		);
		$ids      = static fn ( array $rows ): array => array_map( 'intval', array_slice( array_column( $rows, 'id' ), 0, self::MOST_FOUND ) );
		return array(
			'clients'  => $ids( $clients ),
			'subjects' => $ids( $subjects ),
			'address'  => preg_match( '/^(?=.*[0-9])[0-9a-f.:]{2,45}$/iD', $term ) ? strtolower( $term ) : '',
			'more'     => max( count( $clients ), count( $subjects ) ) > self::MOST_FOUND,
		);
	}

	/**
	 * The condition that a session is among those that a search found.
	 *
	 * @param array{clients: list<int>, subjects: list<int>, address: string} $found What it found.
	 * @return array{string, list<int|string>}
	 */
	private function found_sql( array $found ): array {
		global $wpdb;
		list( $client, $clients )   = Liveness::among( 'g.client_pk', '%d', $found['clients'] );
		list( $subject, $subjects ) = Liveness::among( 'g.subject_pk', '%d', $found['subjects'] );

		$any = array_values( array_diff( array( $client, $subject ), array( '1 = 0' ) ) );
		if ( '' !== $found['address'] ) {
			$any[]      = 'g.last_ip LIKE %s';
			$subjects[] = $wpdb->esc_like( $found['address'] ) . '%';
		}
		return $any ? array( '(' . implode( ' OR ', $any ) . ')', array( ...$clients, ...$subjects ) ) : array( '1 = 0', array() );
	}
}
