<?php
/**
 * One signing key in words.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\Server;
use AppConnect\WP\Messages;

/**
 * What it is, what it does at this stage of its life, and since and until when.
 */
final class Signing_Key {

	/**
	 * The stages of a key's life in which it has something to lose, and those after them, in order.
	 */
	private const STATES = array( 'next', 'active', 'retiring', 'retired', 'revoked' );

	/**
	 * A key.
	 *
	 * @param array<string, mixed> $key           As the protocol lists it.
	 * @param int|null             $next_rotation When the keys rotate by themselves.
	 * @param string               $wanted        The kind of key that the settings ask for.
	 */
	public function __construct( private readonly array $key, private readonly ?int $next_rotation, private readonly string $wanted ) {}

	/**
	 * Its ID.
	 */
	public function kid(): string {
		return (string) $this->key['kid'];
	}

	/**
	 * The beginning of its ID, where a whole one would be in the way.
	 */
	public function short(): string {
		return substr( $this->kid(), 0, 8 ) . '…';
	}

	/**
	 * The stage of its life.
	 */
	public function state(): string {
		return (string) $this->key['state'];
	}

	/**
	 * Its place among keys of other stages; a stage that is new here comes last. What is past stands together, by time.
	 */
	public function place(): int {
		$place = array_search( $this->state(), self::STATES, true );
		return min( false === $place ? count( self::STATES ) : $place, (int) array_search( 'retired', self::STATES, true ) );
	}

	/**
	 * Whether it has ended, and is kept for the record.
	 */
	public function is_past(): bool {
		return in_array( $this->state(), array( 'retired', 'revoked' ), true );
	}

	/**
	 * Whether it is of the algorithm that the settings ask for.
	 */
	public function is_wanted(): bool {
		$algorithms = array_column( Server::key_types(), 'algorithm', 'name' );
		return ( $algorithms[ $this->wanted ] ?? null ) === ( $this->key['algorithm'] ?? '' );
	}

	/**
	 * Its algorithm and size.
	 */
	public function kind(): string {
		return self::kind_of( (string) $this->key['type'], (string) $this->key['algorithm'] );
	}

	/**
	 * An algorithm and a size.
	 *
	 * @param string      $type      The kind of key.
	 * @param string|null $algorithm Its algorithm; null for the one of the kind.
	 */
	public static function kind_of( string $type, ?string $algorithm = null ): string {
		$algorithm ??= (string) ( array_column( Server::key_types(), 'algorithm', 'name' )[ $type ] ?? '' );
		/* translators: 1: name of an algorithm, as RS256. 2: kind and size of a key, as RSA 2048. */
		return sprintf( _x( '%1$s, %2$s', 'algorithm and key', 'app-connect' ), $algorithm, Short_Labels::of( 'key_type', $type ) );
	}

	/**
	 * What its stage means, in a sentence.
	 */
	public function meaning(): string {
		return match ( $this->state() ) {
			'next'     => __( 'Signs nothing yet. It stands in the JWKS already, so that other systems know it when its turn comes.', 'app-connect' ),
			'active'   => __( 'Signs every token that is signed.', 'app-connect' ),
			'retiring' => __( 'Signs nothing any more, and its private half is gone. It stays in the JWKS until the last token that it signed has expired.', 'app-connect' ),
			'retired'  => $this->has_signed()
				? __( 'Every token that it signed has expired, and it has left the JWKS.', 'app-connect' )
				: __( 'Has never signed anything: another key took its place.', 'app-connect' ),
			'revoked'  => __( 'Every token that it signed is refused here, and it has left the JWKS.', 'app-connect' ),
			default    => '',
		};
	}

	/**
	 * What happened to it when, and what will: words, and seconds since 1970.
	 *
	 * @return list<array{string, int}>
	 */
	public function dates(): array {
		$at    = fn ( string $name ): int => (int) ( $this->key[ $name ] ?? 0 );
		// A rotation that is overdue comes with the next token.
		$turn  = $this->is_wanted() && (int) $this->next_rotation > time() ? (int) $this->next_rotation : 0;
		$began = $this->has_signed()
			? array( __( 'Signed from', 'app-connect' ), $at( 'activated_at' ) )
			: array( __( 'Published from', 'app-connect' ), $at( 'created_at' ) );
		$ended = array( $this->has_signed() ? __( 'Signed until', 'app-connect' ) : __( 'Replaced', 'app-connect' ), $at( 'retired_at' ) );
		$dates = match ( $this->state() ) {
			'next'     => array(
				array( __( 'Published since', 'app-connect' ), $at( 'created_at' ) ),
				array( __( 'Signs from', 'app-connect' ), $turn ),
			),
			'active'   => array(
				array( __( 'Signs since', 'app-connect' ), $at( 'activated_at' ) ),
				array( __( 'Signs until', 'app-connect' ), $turn ),
			),
			'retiring' => array( $began, $ended, array( __( 'Leaves the JWKS', 'app-connect' ), $at( 'leaves_at' ) ) ),
			'revoked'  => array( $began, array( __( 'Revoked', 'app-connect' ), $at( 'revoked_at' ) ) ),
			default    => array( $began, $ended ),
		};
		return array_values( array_filter( $dates, static fn ( array $date ): bool => 0 < $date[1] ) );
	}

	/**
	 * Whether it has ever been the one that signs.
	 */
	private function has_signed(): bool {
		return isset( $this->key['activated_at'] );
	}

	/**
	 * Since when it has been in the JWKS, in seconds since 1970.
	 */
	public function published_at(): int {
		return (int) ( $this->key['created_at'] ?? 0 );
	}

	/**
	 * Its public half as a JWK.
	 */
	public function jwk(): string {
		return (string) wp_json_encode( $this->key['public'] ?? array(), JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES );
	}

	/**
	 * Its state, in words, as HTML.
	 */
	public function badge(): string {
		return sprintf(
			'<span class="app-connect-status app-connect-key-%s">%s</span>',
			esc_attr( sanitize_html_class( $this->state() ) ),
			esc_html( Messages::label( 'key_state', $this->state() ) )
		);
	}

	/**
	 * A moment with how far away it is, as HTML.
	 *
	 * @param int $time Seconds since 1970.
	 */
	public static function moment( int $time ): string {
		$away = human_time_diff( $time );
		return sprintf(
			'%s <span class="app-connect-away">(%s)</span>',
			Connected_Apps::moment( $time ),
			esc_html(
				$time > time()
					/* translators: %s: a span of time. */
					? sprintf( __( 'in %s', 'app-connect' ), $away )
					/* translators: %s: a span of time. */
					: sprintf( __( '%s ago', 'app-connect' ), $away )
			)
		);
	}
}
