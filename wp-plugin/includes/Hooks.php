<?php
/**
 * The public hooks: each is applied here and nowhere else.
 *
 * @package AppConnect
 */

namespace AppConnect\WP;

/**
 * Tells other plugins what happened. Only identifiers are told, never secrets.
 *
 * A token request is answered at `plugins_loaded`: add your callbacks before.
 */
final class Hooks {

	/**
	 * Passes an event of the protocol on to those who listen. Kinds that have no hook are for the audit log alone.
	 *
	 * @param array<string, mixed> $event As `AppConnect\Flow::events()` has it.
	 */
	public static function tell( array $event ): void {
		switch ( $event['kind'] ) {
			case 'token_issued':
				/**
				 * Fires after an access token was issued.
				 *
				 * @since 0.1.0
				 *
				 * @param array $event {
				 *     Who got it.
				 *
				 *     @type int    $client The client's row number.
				 *     @type int    $user   The user that the token acts for.
				 *     @type string $method The grant type, as `client_credentials`.
				 * }
				 */
				do_action( 'app_connect_token_issued', self::only( $event, array( 'client', 'user', 'method' ) ) );
				break;

			case 'token_revoked':
				/**
				 * Fires after a client revoked a token.
				 *
				 * @since 0.1.0
				 *
				 * @param array $event {
				 *     What ended.
				 *
				 *     @type int $client The client's row number.
				 *     @type int $grant  The row number of the grant that the token belonged to.
				 * }
				 */
				do_action( 'app_connect_token_revoked', self::only( $event, array( 'client', 'grant' ) ) );
				break;

			case 'client_created':
				/**
				 * Fires after a client was registered.
				 *
				 * @since 0.1.0
				 *
				 * @param array $event {
				 *     Which.
				 *
				 *     @type int $client The client's row number.
				 *     @type int $user   The user who registered it, 0 for a script.
				 * }
				 */
				do_action( 'app_connect_client_created', self::only( $event, array( 'client', 'user' ) ) );
				break;

			case 'client_updated':
			case 'client_secret_changed':
			case 'client_enabled':
			case 'client_disabled':
				/**
				 * Fires after a client was changed.
				 *
				 * @since 0.1.0
				 *
				 * @param array $event {
				 *     Which, and how.
				 *
				 *     @type string $kind   `client_updated`, `client_secret_changed`, `client_enabled` or `client_disabled`.
				 *     @type int    $client The client's row number.
				 *     @type int    $user   The user who changed it, 0 for a script.
				 * }
				 */
				do_action( 'app_connect_client_updated', self::only( $event, array( 'kind', 'client', 'user' ) ) );
				break;

			case 'client_deleted':
				/**
				 * Fires after a client was deleted.
				 *
				 * @since 0.1.0
				 *
				 * @param array $event {
				 *     Which.
				 *
				 *     @type int    $client    The row number that it had.
				 *     @type string $client_id The identifier that it had.
				 *     @type int    $user      The user who deleted it, 0 for a script.
				 * }
				 */
				do_action( 'app_connect_client_deleted', self::only( $event, array( 'client', 'client_id', 'user' ) ) );
				break;
		}
	}

	/**
	 * The documented part of an event.
	 *
	 * @param array<string, mixed> $event The event.
	 * @param list<string>         $keys  What is documented.
	 * @return array<string, mixed>
	 */
	private static function only( array $event, array $keys ): array {
		return array_intersect_key( $event, array_flip( $keys ) );
	}
}
