<?php
/**
 * The signing keys of the site, and the secret that seals them.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\WP\Messages;
use AppConnect\WP\Signing_Keys;

/**
 * What the protocol tells of them, in the order of their lives: what comes, what is, what was.
 */
final class Signing_Key_List {

	/**
	 * The states of the secret in which private keys can be stored and used.
	 */
	private const SEALING = array( 'good', 'salts' );

	/**
	 * The keys.
	 *
	 * @var list<Signing_Key>
	 */
	private readonly array $keys;

	/**
	 * A list.
	 *
	 * @param array<string, mixed> $body As the protocol answers `list`.
	 */
	private function __construct( private readonly array $body ) {
		$keys = array_map( static fn ( array $key ): Signing_Key => new Signing_Key( $key, $body['next_rotation'] ?? null, (string) ( $body['key_type'] ?? '' ) ), array_values( (array) ( $body['keys'] ?? array() ) ) );
		// The sort is stable: keys of one state stay as they came, the newest first.
		usort( $keys, static fn ( Signing_Key $one, Signing_Key $other ): int => $one->place() <=> $other->place() );
		$this->keys = $keys;
	}

	/**
	 * The list as it is now, null if that is not known.
	 */
	public static function read(): ?self {
		$answer = Signing_Keys::run( 'list' );
		return 200 === $answer['status'] ? new self( $answer['body'] ) : null;
	}

	/**
	 * The keys.
	 *
	 * @return list<Signing_Key>
	 */
	public function keys(): array {
		return $this->keys;
	}

	/**
	 * The key that has an ID, null if there is none.
	 *
	 * @param string $kid The ID.
	 */
	public function find( string $kid ): ?Signing_Key {
		foreach ( $this->keys as $key ) {
			if ( $key->kid() === $kid ) {
				return $key;
			}
		}
		return null;
	}

	/**
	 * The key that signs now, null if there is none yet.
	 */
	public function signing(): ?Signing_Key {
		return $this->of_state( 'active' );
	}

	/**
	 * The key that signs after it.
	 */
	public function next(): ?Signing_Key {
		return $this->of_state( 'next' );
	}

	/**
	 * The kind of key that is made.
	 */
	public function key_type(): string {
		return (string) ( $this->body['key_type'] ?? '' );
	}

	/**
	 * When the keys rotate by themselves; null as long as there is none.
	 */
	public function next_rotation(): ?int {
		return isset( $this->body['next_rotation'] ) ? (int) $this->body['next_rotation'] : null;
	}

	/**
	 * The state of the site's secret: `good`, `salts`, `unset`, `weak` or `lost`.
	 */
	public function secret(): string {
		return (string) ( $this->body['secret']['state'] ?? '' );
	}

	/**
	 * Whether keys can be stored, and used for signing.
	 */
	public function seals(): bool {
		return in_array( $this->secret(), self::SEALING, true );
	}

	/**
	 * Why they cannot, as a sentence; empty if they can.
	 */
	public function obstacle(): string {
		return $this->seals() ? '' : Messages::secret( $this->secret() );
	}

	/**
	 * The first key of a state, of the kind that the settings ask for if there is one.
	 *
	 * @param string $state The state.
	 */
	private function of_state( string $state ): ?Signing_Key {
		$keys   = array_filter( $this->keys, static fn ( Signing_Key $key ): bool => $key->state() === $state );
		$wanted = array_filter( $keys, static fn ( Signing_Key $key ): bool => $key->is_wanted() );
		return current( $wanted ) ?: ( current( $keys ) ?: null );
	}
}
