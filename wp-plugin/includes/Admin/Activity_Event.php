<?php
/**
 * One event of the audit log.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\WP\Storage\Event_List;

/**
 * Who, what, when, from where: the same on the screen and in the file. Plain text.
 */
final class Activity_Event {

	/**
	 * An event.
	 *
	 * @param array<string, string|null>                               $row  As `Storage\Event_List::page()` has it.
	 * @param array<int, array{name: string, client_id: string}> $gone As `Storage\Event_List::gone()` has it.
	 */
	private function __construct( private readonly array $row, private readonly array $gone ) {}

	/**
	 * Events with all that is known of clients that are gone.
	 *
	 * @param list<array<string, string|null>> $rows As `Storage\Event_List::page()` has them.
	 * @return list<self>
	 * @throws \AppConnect\WP\Storage\Unavailable When the database fails.
	 */
	public static function of( array $rows ): array {
		$nameless = array_filter( $rows, static fn ( array $row ): bool => null !== $row['client_pk'] && null === $row['client_id'] );
		$gone     = Event_List::gone( array_values( array_unique( array_map( 'intval', array_column( $nameless, 'client_pk' ) ) ) ) );
		return array_map( static fn ( array $row ): self => new self( $row, $gone ), $rows );
	}

	/**
	 * When it happened, in seconds since 1970.
	 */
	public function at(): int {
		return (int) $this->row['at'];
	}

	/**
	 * Its number.
	 */
	public function id(): int {
		return (int) $this->row['id'];
	}

	/**
	 * Its kind.
	 */
	public function kind(): string {
		return (string) $this->row['kind'];
	}

	/**
	 * What else is known.
	 *
	 * @return list<string> Sentences.
	 */
	public function details(): array {
		return Activity_Details::of( $this->kind(), $this->row['data'] );
	}

	/**
	 * The app.
	 *
	 * @return array{id: int, name: string, client_id: string, exists: bool}|null Null without one. A deleted app of which nothing is known has no client ID.
	 */
	public function app(): ?array {
		$id = (int) ( $this->row['client_pk'] ?? 0 );
		if ( 0 === $id ) {
			return null;
		}
		$exists = null !== $this->row['client_id'];
		$known  = $this->gone[ $id ] ?? array();
		/* translators: %d: a number. */
		$nameless = sprintf( __( 'Deleted app #%d', 'app-connect' ), $id );
		return array(
			'id'        => $id,
			'name'      => $exists ? (string) $this->row['client_name'] : $known['name'] ?? $nameless,
			'client_id' => $exists ? (string) $this->row['client_id'] : $known['client_id'] ?? '',
			'exists'    => $exists,
		);
	}

	/**
	 * The user who did it.
	 *
	 * @return array{id: int, name: string, login: string}|null Null if it was none. A deleted user has no login.
	 */
	public function user(): ?array {
		return self::person( (int) ( $this->row['user_id'] ?? 0 ), $this->row['user_login'], $this->row['user_name'] );
	}

	/**
	 * The user whose tokens it was about.
	 *
	 * @return array{id: int, name: string, login: string}|null Null if it was about none's.
	 */
	public function owner(): ?array {
		return self::person( (int) ( $this->row['owner_id'] ?? 0 ), $this->row['owner_login'], $this->row['owner_name'] );
	}

	/**
	 * The address that it came from; empty if that is not known.
	 */
	public function address(): string {
		return (string) $this->row['ip'];
	}

	/**
	 * A user.
	 *
	 * @param int         $id    The number; 0 for nobody.
	 * @param string|null $login The login name; null if the user is gone.
	 * @param string|null $name  The name that is shown.
	 * @return array{id: int, name: string, login: string}|null
	 */
	private static function person( int $id, ?string $login, ?string $name ): ?array {
		if ( 0 === $id ) {
			return null;
		}
		/* translators: %d: a number. */
		$nameless = sprintf( __( 'Deleted user #%d', 'app-connect' ), $id );
		return array(
			'id'    => $id,
			'name'  => null === $login ? $nameless : ( '' === trim( (string) $name ) ? $login : (string) $name ),
			'login' => (string) $login,
		);
	}
}
