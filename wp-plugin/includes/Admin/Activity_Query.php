<?php
/**
 * What is asked of the audit log.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

/**
 * Reads the filters of the activity screen: what was typed, which is shown again as it was, and what it stands for.
 */
final class Activity_Query {

	/**
	 * The fields of the filters.
	 */
	public const FIELDS = array( 'kind', 'span', 'app', 'who', 'address' );

	/**
	 * The spans of time to choose among, in seconds.
	 */
	private const SPANS = array(
		'day'   => DAY_IN_SECONDS,
		'week'  => WEEK_IN_SECONDS,
		'month' => MONTH_IN_SECONDS,
	);

	/**
	 * How many clients a name may stand for.
	 */
	private const CLIENTS = 20;

	/**
	 * What is wrong with what was typed, by field.
	 *
	 * @var array<string, string>
	 */
	private array $problems = array();

	/**
	 * What was typed stands for.
	 *
	 * @var array{kinds: list<string>, clients: list<int>, users: list<int>, address: string, since: int}
	 */
	private array $filter;

	/**
	 * A query.
	 *
	 * @param array<string, string> $typed By FIELDS.
	 */
	private function __construct( private readonly array $typed ) {
		$this->filter = array(
			'kinds'   => $this->kinds( $typed['kind'] ),
			'clients' => $this->clients( $typed['app'] ),
			'users'   => $this->users( $typed['who'] ),
			'address' => $this->address( $typed['address'] ),
			'since'   => isset( self::SPANS[ $typed['span'] ] ) ? time() - self::SPANS[ $typed['span'] ] : 0,
		);
	}

	/**
	 * The query of a request.
	 *
	 * @param array<string, mixed> $sent `$_GET` or `$_POST`.
	 */
	public static function of( array $sent ): self {
		$typed = array();
		foreach ( self::FIELDS as $name ) {
			$typed[ $name ] = trim( Client_Request::text( $sent[ $name ] ?? '' ) );
		}
		return new self( $typed );
	}

	/**
	 * A place in the log, as an address has it.
	 *
	 * @param mixed $value What was sent.
	 * @return array{at: int, id: int}|null Null for what is none.
	 */
	public static function place( $value ): ?array {
		return 1 === preg_match( '/^([0-9]{1,18})\.([0-9]{1,18})$/D', Client_Request::text( $value ), $parts )
			? array(
				'at' => (int) $parts[1],
				'id' => (int) $parts[2],
			)
			: null;
	}

	/**
	 * What was typed into a field.
	 *
	 * @param string $name One of FIELDS.
	 */
	public function typed( string $name ): string {
		return $this->typed[ $name ];
	}

	/**
	 * The arguments of an address that asks the same, with other fields.
	 *
	 * @param array<string, string> $other What is to be different.
	 * @return array<string, string>
	 */
	public function args( array $other = array() ): array {
		return array_filter( $other + $this->typed, static fn ( string $value ): bool => '' !== $value );
	}

	/**
	 * Whether anything is filtered.
	 */
	public function is_filtered(): bool {
		return array() !== $this->args();
	}

	/**
	 * What is wrong with what was typed, in sentences by field: then nothing is listed.
	 *
	 * @return array<string, string>
	 */
	public function problems(): array {
		return $this->problems;
	}

	/**
	 * What is asked for.
	 *
	 * @return array{kinds: list<string>, clients: list<int>, users: list<int>, address: string, since: int} As `Storage\Event_List::page()`.
	 */
	public function filter(): array {
		return $this->filter;
	}

	/**
	 * The kinds that were chosen.
	 *
	 * @param string $typed A group or a kind.
	 * @return list<string>
	 */
	private function kinds( string $typed ): array {
		$kinds = '' === $typed ? array() : Activity_Kinds::chosen( $typed );
		if ( '' !== $typed && array() === $kinds ) {
			$this->problems['kind'] = __( 'There is no such kind of event.', 'app-connect' );
		}
		return $kinds;
	}

	/**
	 * The clients that were typed.
	 *
	 * @param string $typed A part of the name, the beginning of the client ID, or `#` and a number, also of a client that is gone.
	 * @return list<int>
	 */
	private function clients( string $typed ): array {
		if ( '' === $typed ) {
			return array();
		}
		if ( 1 === preg_match( '/^#([0-9]{1,18})$/D', $typed, $parts ) ) {
			return array( (int) $parts[1] );
		}
		$answer = Api::send(
			'GET',
			'/clients',
			array(
				'search'   => $typed,
				'per_page' => self::CLIENTS + 1,
			)
		);
		if ( is_wp_error( $answer ) ) {
			$this->problems['app'] = $answer->get_error_message();
			return array();
		}
		$found = array_map( 'intval', array_column( (array) $answer->get_data(), 'id' ) );
		if ( array() === $found ) {
			$this->problems['app'] = __( 'No app has this in its name or client ID. A deleted one is found by “#” and its number.', 'app-connect' );
		} elseif ( count( $found ) > self::CLIENTS ) {
			$this->problems['app'] = __( 'Many apps have this in their name. Please type more of the name, or a client ID.', 'app-connect' );
		}
		return $found;
	}

	/**
	 * The users that were typed.
	 *
	 * @param string $typed A login, an e-mail address, or a number, also of a user who is gone.
	 * @return list<int>
	 */
	private function users( string $typed ): array {
		if ( '' === $typed ) {
			return array();
		}
		$found = array_filter( array( get_user_by( 'login', $typed ), get_user_by( 'email', $typed ) ) );
		$users = array_map( static fn ( \WP_User $user ): int => $user->ID, $found );
		if ( 1 === preg_match( '/^#?([0-9]{1,18})$/D', $typed, $parts ) ) {
			$users[] = (int) $parts[1];
		}
		if ( array() === $users ) {
			$this->problems['who'] = __( 'No user has this login name or e-mail address.', 'app-connect' );
		}
		return array_values( array_unique( $users ) );
	}

	/**
	 * The address that was typed.
	 *
	 * @param string $typed The address.
	 * @return string In the form in which addresses are stored.
	 */
	private function address( string $typed ): string {
		$packed = '' === $typed ? false : @inet_pton( $typed ); // phpcs:ignore WordPress.PHP.NoSilencedErrors -- PHP warns of what is none.
		if ( '' !== $typed && false === $packed ) {
			$this->problems['address'] = __( 'This is not an IP address, as 203.0.113.7 or 2001:db8::1.', 'app-connect' );
		}
		return false === $packed ? '' : (string) inet_ntop( $packed );
	}
}
