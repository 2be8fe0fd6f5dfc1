<?php
/**
 * What administrators do to clients.
 *
 * @package AppConnect
 */

namespace AppConnect\WP;

use AppConnect\Server;
use AppConnect\WP\Identity\Users;
use AppConnect\WP\Storage\Clients;
use AppConnect\WP\Storage\Grants;
use AppConnect\WP\Storage\Live_Counts;
use AppConnect\WP\Storage\Unavailable;
use WP_Error;

/**
 * The one way in for scripts, the REST API and, through it, the screens: the protocol judges, storage stores, the audit
 * log and listeners are told. Who may do it, the caller has asked.
 *
 * A change begins with what was read and is stored only if nobody changed it since.
 */
final class Client_Registry {

	/**
	 * Registers a client.
	 *
	 * @param array<string, mixed> $draft What `AppConnect\Server::draft_client()` reads.
	 * @return array{id: int, client_id: string, secret: string|null, stored: array<string, mixed>}|WP_Error The secret is
	 *         told here and never again; null if the client has none or chose it. `stored` is as `Clients::stored()`.
	 *         Errors: see `Refusal`.
	 * @throws Unavailable                        When nothing was stored.
	 * @throws \AppConnect\ConfigurationException When the site's settings cannot serve.
	 */
	public static function create( #[\SensitiveParameter] array $draft ) {
		$user = isset( $draft['service_user_id'] ) ? (int) $draft['service_user_id'] : null;
		if ( null !== $user && ! self::may_bind( $user ) ) {
			return Refusal::service_user();
		}
		$made    = Plugin::server()->draft_client( $draft, self::held( $user ) );
		$refusal = self::refusal( $made, array() );
		if ( null !== $refusal ) {
			return $refusal;
		}
		$now = time();
		$id  = Clients::insert( $made['row'], $made['policy'], $now );
		if ( null === $id ) {
			return Refusal::client_exists();
		}
		Audit::tell( 'client_created', array( 'client' => $id ) );
		return array(
			'id'        => $id,
			'client_id' => $made['client_id'],
			'secret'    => $made['secret'] ?? null,
			'stored'    => self::as_stored(
				array(
					'id'            => $id,
					'created_at'    => $now,
					'last_used_day' => null,
					'revision'      => 0,
				),
				$made
			),
		);
	}

	/**
	 * Changes a client.
	 *
	 * @param int                  $id       The client.
	 * @param array<string, mixed> $changes  Fields of its draft, and `confirm`.
	 * @param string|null          $status   A new status, if it changes too.
	 * @param int|null             $revision The revision that was edited; null for whatever it is now.
	 * @return array{stored: array<string, mixed>, ceiling: string, ends: list<string>, secret: string|null}|WP_Error
	 * @throws Unavailable                        When nothing was stored.
	 * @throws \AppConnect\ConfigurationException When the site's settings cannot serve, or the row cannot be read.
	 */
	public static function revise( int $id, array $changes, ?string $status = null, ?int $revision = null ) {
		$stored = self::read( $id, $revision );
		if ( $stored instanceof WP_Error ) {
			return $stored;
		}
		$before = Plugin::server()->describe_client( $stored );
		$draft  = $changes + $before;
		$user   = isset( $draft['service_user_id'] ) ? (int) $draft['service_user_id'] : null;
		$former = isset( $stored['service_user_id'] ) ? (int) $stored['service_user_id'] : null;
		// A user who is bound already stays bound, whoever takes something away from the client or describes it anew.
		if ( null !== $user && $user !== $former && ! self::may_bind( $user ) ) {
			return Refusal::service_user();
		}
		$made    = Plugin::server()->revise_client( $stored, $draft, self::held( $user ) );
		$refusal = self::refusal( $made, array( $id ) );
		if ( null !== $refusal ) {
			return $refusal;
		}
		if ( $made['empowers'] && ! self::may_empower( $user ) ) {
			return Refusal::service_user();
		}
		$status                ??= $stored['status'];
		$disables                = 'disabled' === $status && $status !== $stored['status'];
		$made['row']['status']   = $status;
		$methods                 = self::acting_as_service_user( $draft['grant_types'] );
		$rebound                 = $user !== $former;

		// Whatever is dead now and would live after the write: what an earlier change did not get round to.
		Grants::revoke( $id, array_values( array_diff( $draft['grant_types'], $before['grant_types'] ) ), 'client_changed' );
		Grants::revoke( $id, $rebound ? $methods : array(), 'client_changed', $former );
		if ( ! Clients::update( $stored, $made['row'], $made['policy'], $made['ends_all'] || $disables ) ) {
			return self::lost( $id );
		}
		try {
			// Whatever the write has killed, so that another change does not revive it.
			Grants::revoke( $id, array_values( array_diff( $before['grant_types'], $draft['grant_types'] ) ), 'client_changed' );
			Grants::revoke( $id, $rebound ? $methods : array(), 'client_changed', $user );
		} catch ( Unavailable $failure ) {
			Flow_Runner::log( $failure );
		}
		Audit::tell(
			'client_updated',
			array(
				'client'  => $id,
				'fields'  => self::differences( $before, $draft, $status !== $stored['status'] ),
				'ceiling' => $made['ceiling'],
				'ends'    => $made['ends'],
			)
		);
		return array(
			'stored'  => self::as_stored( $stored, $made ),
			'ceiling' => $made['ceiling'],
			'ends'    => $made['ends'],
			'secret'  => $made['secret'] ?? null,
		);
	}

	/**
	 * Gives a client another secret.
	 *
	 * @param int      $id       The client.
	 * @param int      $overlap  Seconds for which the former one goes on working; with none, every token ends.
	 * @param int|null $revision The revision that was seen; null for whatever it is now.
	 * @return array{stored: array<string, mixed>, secret: string}|WP_Error
	 * @throws Unavailable                        When nothing was stored.
	 * @throws \AppConnect\ConfigurationException When the row cannot be read.
	 */
	public static function renew_secret( int $id, int $overlap, ?int $revision = null ) {
		$stored = self::read( $id, $revision );
		if ( $stored instanceof WP_Error ) {
			return $stored;
		}
		$made    = Plugin::server()->renew_secret( $stored, $overlap, time() );
		$refusal = self::refusal( $made, array( $id ) );
		if ( null !== $refusal ) {
			return $refusal;
		}
		if ( $made['empowers'] && ! self::may_empower( isset( $stored['service_user_id'] ) ? (int) $stored['service_user_id'] : null ) ) {
			return Refusal::service_user();
		}
		if ( ! Clients::replace_secret( $stored, $made ) ) {
			return self::lost( $id );
		}
		Audit::tell(
			'client_secret_changed',
			array(
				'client'  => $id,
				'overlap' => $overlap,
			)
		);
		return array(
			'stored' => array(
				'prev_secret_hash' => $made['keep_previous'] ? $stored['secret_hash'] : null,
				'prev_until'       => $made['prev_until'],
				'secret_hash'      => $made['secret_hash'],
				'revision'         => (int) $stored['revision'] + 1,
			) + $stored,
			'secret' => $made['secret'],
		);
	}

	/**
	 * Switches a client on or off. Off ends its tokens for good.
	 *
	 * @param int      $id       The client.
	 * @param string   $status   `active` or `disabled`.
	 * @param int|null $revision The revision that was seen; null for whatever it is now.
	 * @return array{stored: array<string, mixed>}|WP_Error
	 * @throws Unavailable When that is not known.
	 */
	public static function switch( int $id, string $status, ?int $revision = null ) {
		$done   = 'disabled' === $status ? Clients::disable( $id, $revision ) : Clients::enable( $id, $revision );
		$stored = Clients::stored( $id );
		if ( $done ) {
			Audit::tell( 'disabled' === $status ? 'client_disabled' : 'client_enabled', array( 'client' => $id ) );
		} elseif ( null !== $stored && ( $status !== $stored['status'] || ( null !== $revision && (int) $stored['revision'] !== $revision ) ) ) {
			return Refusal::conflict();
		}
		return null === $stored ? Refusal::no_client() : array( 'stored' => $stored );
	}

	/**
	 * Ends every token of a client, which stays as it is.
	 *
	 * @param int $id The client.
	 * @return array{tokens: int, sessions: int, more: bool}|WP_Error How many lived.
	 * @throws Unavailable When that is not known.
	 */
	public static function end_tokens( int $id ) {
		$live = Live_Counts::of_clients( array( $id ) );
		if ( ! Clients::end_tokens( $id ) ) {
			return Refusal::no_client();
		}
		Audit::tell( 'client_tokens_ended', array( 'client' => $id ) + $live );
		return $live;
	}

	/**
	 * Deletes a client, and with it everything that it can do.
	 *
	 * @param int $id The client.
	 * @return array{stored: array<string, mixed>}|WP_Error What it was.
	 * @throws Unavailable When that is not known.
	 */
	public static function delete( int $id ) {
		$stored = Clients::stored( $id );
		if ( null === $stored || ! Clients::delete( $id ) ) {
			return Refusal::no_client();
		}
		Audit::tell(
			'client_deleted',
			array(
				'client'    => $id,
				'client_id' => $stored['client_id'],
				'name'      => $stored['name'],
			)
		);
		return array( 'stored' => $stored );
	}

	/**
	 * The takeover rights that a user holds now.
	 *
	 * @param int|null $user The user, if there is one.
	 * @return list<string>
	 */
	public static function held( ?int $user ): array {
		return null === $user ? array() : Users::held_capabilities(
			array(
				'user'         => $user,
				'capabilities' => Plugin::server()->takeover(),
			)
		);
	}

	/**
	 * Whether the current user may make a client act as some user. WP-CLI and scripts act for the one who owns the server.
	 *
	 * @param int $user The service user.
	 */
	private static function may_bind( int $user ): bool {
		$is_console = ( defined( 'WP_CLI' ) && WP_CLI ) || 'cli' === PHP_SAPI;
		return get_userdata( $user ) && ( $is_console || current_user_can( 'edit_user', $user ) );
	}

	/**
	 * Whether the current user may give more power to whoever holds the secret of a client that acts as some user. On a
	 * network the administrator of a site could else act as a super admin who bound himself.
	 *
	 * @param int|null $user The service user.
	 */
	private static function may_empower( ?int $user ): bool {
		return null === $user || ! get_userdata( $user ) || self::may_bind( $user );
	}

	/**
	 * A client as stored, at the revision that somebody saw.
	 *
	 * @param int      $id       The client.
	 * @param int|null $revision The revision; null for any.
	 * @return array<string, string|null>|WP_Error
	 * @throws Unavailable When that is not known.
	 */
	private static function read( int $id, ?int $revision ) {
		$stored = Clients::stored( $id );
		if ( null === $stored ) {
			return Refusal::no_client();
		}
		return null !== $revision && (int) $stored['revision'] !== $revision ? Refusal::conflict() : $stored;
	}

	/**
	 * Why a conditional write changed nothing.
	 *
	 * @param int $id The client.
	 * @throws Unavailable When that is not known.
	 */
	private static function lost( int $id ): WP_Error {
		return null === Clients::stored( $id ) ? Refusal::no_client() : Refusal::conflict();
	}

	/**
	 * The protocol's refusal of a draft, if that is its answer.
	 *
	 * @param array<string, mixed> $made    The answer.
	 * @param list<int>            $clients The client, if it exists already.
	 * @throws Unavailable When it is not known what lives.
	 */
	private static function refusal( #[\SensitiveParameter] array $made, array $clients ): ?WP_Error {
		if ( ! empty( $made['errors'] ) ) {
			return Refusal::client( $made['errors'] );
		}
		if ( ! empty( $made['unconfirmed'] ) ) {
			return Refusal::unconfirmed( $made['unconfirmed'], Live_Counts::of_clients( $clients ) );
		}
		return null;
	}

	/**
	 * A client as its row is now, without reading it again: whoever made a secret must get to see it.
	 *
	 * @param array<string, mixed> $before The row before.
	 * @param array<string, mixed> $made   As the protocol made it.
	 * @return array<string, mixed>
	 */
	private static function as_stored( array $before, array $made ): array {
		$row     = $made['row'];
		$is_same = ( $before['secret_hash'] ?? null ) === ( $row['secret_hash'] ?? null );
		return array(
			'policy'           => $made['policy']['body'],
			'prev_secret_hash' => $is_same ? ( $before['prev_secret_hash'] ?? null ) : null,
			'prev_until'       => $is_same ? ( $before['prev_until'] ?? null ) : null,
			'revision'         => array_key_exists( 'policy', $before ) ? (int) $before['revision'] + 1 : 0,
		) + $row + $before;
	}

	/**
	 * The grant types among some whose tokens act as the client's service user.
	 *
	 * @param list<string> $names Grant types.
	 * @return list<string>
	 */
	private static function acting_as_service_user( array $names ): array {
		$acting = array_filter( Server::grant_types(), static fn ( array $type ): bool => $type['service_user'] );
		return array_values( array_intersect( $names, array_column( $acting, 'name' ) ) );
	}

	/**
	 * The names of the fields that a change concerns, for the audit log.
	 *
	 * @param array<string, mixed> $before What the client was.
	 * @param array<string, mixed> $after  What it is to be.
	 * @param bool                 $status Whether its status changes too.
	 * @return list<string>
	 */
	private static function differences( array $before, array $after, bool $status ): array {
		$changed = array_filter(
			array_keys( $before ),
			static fn ( string $field ): bool => is_array( $before[ $field ] )
				? array_diff( $before[ $field ], (array) $after[ $field ] ) || array_diff( (array) $after[ $field ], $before[ $field ] )
				: $before[ $field ] !== $after[ $field ]
		);
		return array( ...array_values( $changed ), ...( $status ? array( 'status' ) : array() ) );
	}
}
