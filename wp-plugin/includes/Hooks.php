<?php
/**
 * The public hooks: each is applied here and nowhere else.
 *
 * @package AppConnect
 */

namespace AppConnect\WP;

/**
 * Tells other plugins what happened, and asks them what they add. Only identifiers are told, never secrets.
 *
 * A token request is answered at `plugins_loaded`: add your callbacks before.
 */
final class Hooks {

	/**
	 * How deep the claims of other plugins may nest.
	 */
	private const CLAIM_DEPTH = 8;

	/**
	 * What app_connect_scopes answered, once it was asked; per site of a network.
	 *
	 * @var array<int, array<string, array{title: mixed, capabilities: list<string>, routes: list<string>}>>
	 */
	private static array $scopes = array();

	/**
	 * The bundles that other plugins add, for `AppConnect\Server`, which judges them.
	 *
	 * @return list<array{name: string, capabilities: list<string>, routes: list<string>}>
	 */
	public static function bundles(): array {
		$bundles = array();
		foreach ( self::scopes() as $name => $scope ) {
			$bundles[] = array(
				'name'         => (string) $name,
				'capabilities' => $scope['capabilities'],
				'routes'       => $scope['routes'],
			);
		}
		return $bundles;
	}

	/**
	 * What people read of a bundle that another plugin added. Not before `init`, where there are no translations.
	 *
	 * @param string $name The bundle.
	 * @return string|null Plain text; null if no plugin gave it a title.
	 */
	public static function scope_title( string $name ): ?string {
		$title = self::scopes()[ $name ]['title'] ?? null;
		if ( $title instanceof \Closure ) {
			$title = self::quietly( $title, null );
		}
		$title = is_string( $title ) && mb_check_encoding( $title, 'UTF-8' ) ? wp_strip_all_tags( $title, true ) : '';
		return '' === $title ? null : $title;
	}

	/**
	 * The claims that other plugins add to a user's.
	 *
	 * @param int $user_id The user.
	 * @return array<string, mixed> Plain data.
	 */
	public static function claims( int $user_id ): array {
		$claims = self::quietly(
			/**
			 * Filters what is told of a user to apps that may see the profile, beside what WordPress knows.
			 *
			 * A claim of the protocol's own, as `sub` or `email`, cannot be replaced.
			 *
			 * @since 0.1.0
			 *
			 * @param array<string, mixed> $claims  Claims by name: texts, numbers, booleans, or arrays of these.
			 * @param int                  $user_id The user.
			 */
			static fn () => apply_filters( 'app_connect_claims', array(), $user_id ),
			array()
		);
		// Objects become what JSON shows of them, text becomes UTF-8; a claim has a name.
		$plain = is_array( $claims ) ? json_decode( (string) wp_json_encode( $claims, 0, self::CLAIM_DEPTH ), true ) : null;
		return array_filter( is_array( $plain ) ? $plain : array(), 'is_string', ARRAY_FILTER_USE_KEY );
	}

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
			case 'session_ended':
				/**
				 * Fires after a client revoked a token, and after a person or an administrator ended a session: once for each
				 * where they ended 100 at most, not at all where they ended more.
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

			case 'token_reused':
				/**
				 * Fires after a code came back that had been spent: somebody else may have read it, so its tokens have ended.
				 *
				 * @since 0.1.0
				 *
				 * @param array $event {
				 *     Whose tokens ended.
				 *
				 *     @type int $client The client's row number.
				 *     @type int $grant  The row number of the grant that the code had bought.
				 * }
				 */
				do_action( 'app_connect_token_reused', self::only( $event, array( 'client', 'grant' ) ) );
				break;

			case 'key_rotated':
				/**
				 * Fires after another key began to sign tokens. Those who keep a copy of the public keys fetch it anew.
				 *
				 * @since 0.1.0
				 *
				 * @param array $event {
				 *     Which.
				 *
				 *     @type string $kid       The key's identifier, as in the key set.
				 *     @type string $algorithm What it signs with, as `RS256`.
				 *     @type string $why       `first`, `scheduled`, `administrator`, `imported` or `revoked`.
				 *     @type int    $user      The user who caused it, 0 for nobody.
				 * }
				 */
				do_action( 'app_connect_key_rotated', array( 'user' => (int) ( $event['user'] ?? 0 ) ) + self::only( $event, array( 'kid', 'algorithm', 'why' ) ) );
				break;

			case 'consent_granted':
				/**
				 * Fires after a person approved an app.
				 *
				 * @since 0.1.0
				 *
				 * @param array $event {
				 *     Who approved what.
				 *
				 *     @type int    $client The client's row number.
				 *     @type int    $user   The person.
				 *     @type string $scope  What was approved, separated by spaces.
				 * }
				 */
				do_action( 'app_connect_consent_granted', self::only( $event, array( 'client', 'user', 'scope' ) ) );
				break;

			case 'consent_denied':
				/**
				 * Fires after a person refused an app.
				 *
				 * @since 0.1.0
				 *
				 * @param array $event {
				 *     Who refused whom.
				 *
				 *     @type int $client The client's row number.
				 *     @type int $user   The person.
				 * }
				 */
				do_action( 'app_connect_consent_denied', self::only( $event, array( 'client', 'user' ) ) );
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
	 * The scopes that other plugins add, in their documented shape.
	 *
	 * @return array<string, array{title: mixed, capabilities: list<string>, routes: list<string>}>
	 */
	private static function scopes(): array {
		$blog = get_current_blog_id();
		if ( isset( self::$scopes[ $blog ] ) ) {
			return self::$scopes[ $blog ];
		}
		// A callback that asks for the server gets one without these bundles.
		self::$scopes[ $blog ] = array();
		$scopes                = self::quietly(
			/**
			 * Filters the scopes that apps can ask for beside those of App Connect: each a bundle of capabilities and routes.
			 *
			 * One that cannot be is left out: a name that is taken or is no scope, a takeover right among its capabilities,
			 * a route that is no pattern.
			 *
			 * @since 0.1.0
			 *
			 * @param array $scopes {
			 *     Scopes by name, as `shop:read`.
			 *
			 *     @type array ...$0 {
			 *         One scope.
			 *
			 *         @type string|\Closure $title        What people read when they are asked to approve; a closure that
			 *                                             returns it if it is translated, for which it is too early here.
			 *         @type string[]        $capabilities Primitive capabilities, beside `read`.
			 *         @type string[]        $routes       Patterns as in an allowlist: `GET /shop/v1/orders/*`.
			 *     }
			 * }
			 */
			static fn () => apply_filters( 'app_connect_scopes', array() ),
			array()
		);
		foreach ( is_array( $scopes ) ? $scopes : array() as $name => $scope ) {
			if ( is_array( $scope ) && mb_check_encoding( (string) $name, 'UTF-8' ) ) {
				self::$scopes[ $blog ][ $name ] = array(
					'title'        => $scope['title'] ?? null,
					'capabilities' => self::texts( $scope['capabilities'] ?? array() ),
					'routes'       => self::texts( $scope['routes'] ?? array() ),
				);
			}
		}
		return self::$scopes[ $blog ];
	}

	/**
	 * Asks others. Whoever fails or prints cannot break the answer.
	 *
	 * @param callable(): mixed $ask       Asks them.
	 * @param mixed             $otherwise The answer when it fails.
	 * @return mixed
	 */
	private static function quietly( callable $ask, $otherwise ) {
		ob_start();
		try {
			return $ask();
		} catch ( \Throwable $failure ) {
			Flow_Runner::log( $failure );
			return $otherwise;
		} finally {
			ob_end_clean();
		}
	}

	/**
	 * The texts of a list.
	 *
	 * @param mixed $values The list.
	 * @return list<string>
	 */
	private static function texts( $values ): array {
		return array_values( array_filter( (array) $values, static fn ( $value ): bool => is_string( $value ) && mb_check_encoding( $value, 'UTF-8' ) ) );
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
