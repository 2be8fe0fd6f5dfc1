<?php
/**
 * Which sessions the address of the tokens screen asks for.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\Server;
use AppConnect\WP\Storage\Session_Filter;

/**
 * A search and filters, read from an address or from a form that repeats them. What is none of the known words counts as
 * not asked.
 */
final class Tokens_Query {

	/**
	 * Access modes.
	 */
	public const MODES = array( 'full', 'restricted', 'login_only' );

	/**
	 * Ages: days, and whether they count from the sign-in or from the last use.
	 */
	public const AGES = array(
		'created_7'  => array( 7, false ),
		'created_30' => array( 30, false ),
		'created_90' => array( 90, false ),
		'unused_7'   => array( 7, true ),
		'unused_30'  => array( 30, true ),
	);

	/**
	 * The longest search, in characters: more than any name has.
	 */
	private const LONGEST = 200;

	/**
	 * What the search found, once it was asked.
	 *
	 * @var array{clients: list<int>, subjects: list<int>, address: string, more: bool}|null
	 */
	private ?array $found = null;

	/**
	 * A query.
	 *
	 * @param string $search What is searched for.
	 * @param int    $client The client's row; 0 for any.
	 * @param string $method The grant type; empty for any.
	 * @param string $mode   One of MODES; empty for any.
	 * @param string $age    A key of AGES; empty for any.
	 */
	private function __construct(
		public readonly string $search,
		public readonly int $client,
		public readonly string $method,
		public readonly string $mode,
		public readonly string $age
	) {}

	/**
	 * The query in what was sent.
	 *
	 * @param array<string, mixed> $sent `$_GET` or `$_POST`.
	 */
	public static function of( array $sent ): self {
		$word = static function ( string $name, array $known ) use ( $sent ): string {
			$value = Client_Request::text( $sent[ $name ] ?? '' );
			return in_array( $value, $known, true ) ? $value : '';
		};
		return new self(
			mb_substr( trim( str_replace( "\0", '', Client_Request::text( $sent['s'] ?? '' ) ) ), 0, self::LONGEST ),
			Client_Request::number( $sent['client'] ?? '' ),
			$word( 'method', self::methods() ),
			$word( 'mode', self::MODES ),
			$word( 'age', array_keys( self::AGES ) )
		);
	}

	/**
	 * The grant types that begin sessions.
	 *
	 * @return list<string>
	 */
	public static function methods(): array {
		$begin = array_filter( Server::grant_types(), static fn ( array $type ): bool => ! $type['refreshes'] );
		return array_values( array_column( $begin, 'name' ) );
	}

	/**
	 * The query as arguments of an address, or fields of a form.
	 *
	 * @return array<string, string|int>
	 */
	public function args(): array {
		return array_filter(
			array(
				's'      => $this->search,
				'client' => $this->client,
				'method' => $this->method,
				'mode'   => $this->mode,
				'age'    => $this->age,
			)
		);
	}

	/**
	 * Whether all sessions are asked for.
	 */
	public function is_everything(): bool {
		return array() === $this->args();
	}

	/**
	 * The sessions that it asks for.
	 *
	 * @param int|null $newest The newest that is meant; null for any.
	 * @throws \AppConnect\WP\Storage\Unavailable When it is not known what the search finds.
	 */
	public function filter( ?int $newest = null ): Session_Filter {
		list( $days, $unused ) = self::AGES[ $this->age ] ?? array( 0, false );
		$before                = 0 === $days ? null : time() - $days * DAY_IN_SECONDS;
		if ( '' !== $this->search ) {
			$this->found ??= Session_Filter::find( $this->search );
		}
		return new Session_Filter(
			client: 0 === $this->client ? null : $this->client,
			methods: '' === $this->method ? null : array( $this->method ),
			mode: '' === $this->mode ? null : $this->mode,
			created_before: $unused ? null : $before,
			unused_since: $unused ? $before : null,
			newest: $newest,
			found: $this->found
		);
	}

	/**
	 * Whether more people or apps match the search than were looked at. Known once filter() was asked.
	 */
	public function is_too_wide(): bool {
		return $this->found['more'] ?? false;
	}
}
