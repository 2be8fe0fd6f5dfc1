<?php
/**
 * What is alive, as SQL: the protocol's rule for a token and a session, for those who count and list them.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Storage;

use AppConnect\Server;
use AppConnect\WP\Settings;

/**
 * Conditions on a grant g, its client c, its subject s and a token t. Each comes with the values of its placeholders.
 *
 * They are for people who look: whether a token opens anything is decided by the protocol, from the row itself.
 */
final class Liveness {

	/**
	 * The client, the subject and the user of a grant g: what follows its table in a FROM clause.
	 */
	public static function joins(): string {
		return 'JOIN ' . Database::table( 'clients' ) . ' c ON c.id = g.client_pk ' . self::people();
	}

	/**
	 * The condition that nothing has ended a grant.
	 *
	 * @return array{string, list<int|string>}
	 */
	public static function grant(): array {
		list( $own, $values )    = self::own();
		list( $around, $others ) = self::around();
		return array( "$own AND $around", array( ...$values, ...$others ) );
	}

	/**
	 * The condition that a grant is a live session: nothing has ended it, and it has a live token or can refresh one. Of the
	 * grant's own table alone, so that a list reads it in the order of its rows and asks the other tables about each.
	 *
	 * @param string           $more   A further condition, on the grant's client c.
	 * @param list<int|string> $values Its values.
	 * @return array{string, list<int|string>}
	 */
	public static function session( string $more = '1 = 1', array $values = array() ): array {
		list( $own, $first )      = self::own();
		list( $around, $second )  = self::around();
		list( $worth, $third )    = self::worth( self::refreshable( self::names() ) );

		$clients = Database::table( 'clients' );
		$people  = self::people();
		return array(
			"$own AND 1 = (SELECT COUNT(*) FROM $clients c $people WHERE c.id = g.client_pk AND $around AND $more) AND $worth",
			array( ...$first, ...$second, ...$values, ...$third ),
		);
	}

	/**
	 * The condition that a live grant is still worth something: that it can be refreshed, or has a live token. Not with EXISTS:
	 * MariaDB would read all tokens of the site instead of one of each grant.
	 *
	 * @param array{string, list<int|string>} $refreshable When it can be refreshed.
	 * @return array{string, list<int|string>}
	 */
	public static function worth( array $refreshable ): array {
		list( $goes_on, $values ) = $refreshable;
		list( $token, $more )     = self::token();

		$tokens = Database::table( 'tokens' );
		return array(
			"($goes_on OR (SELECT t.id FROM $tokens t WHERE t.grant_id = g.id AND $token LIMIT 1) IS NOT NULL)",
			array( ...$values, ...$more ),
		);
	}

	/**
	 * The condition that a token of a live grant is alive: also, that the key which signed it is not known to others. Not with
	 * EXISTS, as above; there are hardly ever such keys.
	 *
	 * @return array{string, list<int|string>}
	 */
	public static function token(): array {
		$keys = Database::table( 'keys' );
		return array(
			"t.revoked_at IS NULL AND t.expires_at > %d AND COALESCE(t.key_id, 0) NOT IN (SELECT k.id FROM $keys k WHERE k.compromised_at IS NOT NULL)",
			array( time() ),
		);
	}

	/**
	 * The condition that a grant can be refreshed by a grant type that is on and has not been off since.
	 *
	 * @param list<string> $methods The grant types asked about.
	 * @return array{string, list<int|string>}
	 */
	public static function refreshable( array $methods ): array {
		$any  = array();
		$args = array( time() );
		foreach ( Settings::methods() as $name => $state ) {
			if ( $state['enabled'] && in_array( $name, $methods, true ) ) {
				$any[] = '(g.refresh_method = %s AND g.refresh_epoch = %d)';
				array_push( $args, $name, $state['epoch'] );
			}
		}
		return $any
			? array( '(g.refresh_digest IS NOT NULL AND g.idle_expires_at > %d AND (' . implode( ' OR ', $any ) . '))', $args )
			: array( '1 = 0', array() );
	}

	/**
	 * The condition that a column has, or has not, one of some values.
	 *
	 * @param string           $column The column.
	 * @param string           $mark   The placeholder of its values.
	 * @param list<int|string> $values The values.
	 * @param string           $is     `IN` or `NOT IN`.
	 * @return array{string, list<int|string>}
	 */
	public static function among( string $column, string $mark, array $values, string $is = 'IN' ): array {
		$marks = implode( ', ', array_fill( 0, count( $values ), $mark ) );
		return $values ? array( "$column $is ($marks)", $values ) : array( 'IN' === $is ? '1 = 0' : '1 = 1', array() );
	}

	/**
	 * The names of all grant types.
	 *
	 * @return list<string>
	 */
	public static function names(): array {
		return array_keys( Settings::methods() );
	}

	/**
	 * The names of the grant types with which people sign in: their tokens act as a person, not as a client's service user.
	 *
	 * @return list<string>
	 */
	public static function peoples(): array {
		return array_column( array_filter( Server::grant_types(), static fn ( array $type ): bool => ! $type['service_user'] ), 'name' );
	}

	/**
	 * The subject and the user of a grant g.
	 */
	private static function people(): string {
		global $wpdb;
		return 'JOIN ' . Database::table( 'subjects' ) . " s ON s.id = g.subject_pk JOIN $wpdb->users u ON u.ID = s.user_id";
	}

	/**
	 * What the grant's own row says of its life.
	 *
	 * @return array{string, list<int|string>}
	 */
	private static function own(): array {
		$now = time();
		return array( 'g.revoked_at IS NULL AND COALESCE(g.expires_at, %d) > %d', array( $now + 1, $now ) );
	}

	/**
	 * What client, subject and settings say of a grant's life: its type is on and has not been off since, and a grant for a
	 * service user acts as the one that its client has now.
	 *
	 * @return array{string, list<int|string>}
	 */
	private static function around(): array {
		$states = Settings::methods();
		$any    = array();
		$args   = array();
		foreach ( Server::grant_types() as $type ) {
			$state = $states[ $type['name'] ];
			if ( $state['enabled'] ) {
				$any[] = '(g.method = %s AND g.method_epoch = %d' . ( $type['service_user'] ? ' AND s.user_id = c.service_user_id)' : ')' );
				array_push( $args, $type['name'], $state['epoch'] );
			}
		}
		$type = $any ? '(' . implode( ' OR ', $any ) . ')' : '1 = 0';
		return array( "$type AND c.status = 'active' AND g.client_epoch = c.epoch AND g.subject_epoch = s.epoch", $args );
	}
}
