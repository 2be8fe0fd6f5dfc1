<?php
/**
 * The door: protocol requests are answered before WordPress sets up its theme and its REST server.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Http;

use AppConnect\Flow;
use AppConnect\WP\Consent\Handover;
use AppConnect\WP\Flow_Runner;
use AppConnect\WP\Host;
use AppConnect\WP\Plugin;
use AppConnect\WP\Rest\Protocol_Routes;
use AppConnect\WP\Settings;
use AppConnect\WP\Storage\Guard;
use AppConnect\WP\Storage\Unavailable;

/**
 * Answers at `plugins_loaded` what needs nobody else, and at `wp_loaded` what does.
 *
 * What apps look up below `.well-known/` is answered here also when the door is closed: no REST route leads there.
 *
 * Nothing here may call what is fatal before `init`: rest_url(), capabilities of custom types, switch_to_blog().
 */
final class Door {

	/**
	 * What the addresses of metadata have in common (RFC 8615).
	 */
	private const WELL_KNOWN = '/.well-known/';

	/**
	 * A flow that waits for every plugin to have loaded.
	 *
	 * @var Flow|null
	 */
	private static ?Flow $parked = null;

	/**
	 * The endpoint that the request is for.
	 *
	 * @var string
	 */
	private static string $endpoint = '';

	/**
	 * A flow that is being driven: whoever ends the request now, ends it in the middle of a need.
	 *
	 * @var Flow|null
	 */
	private static ?Flow $running = null;

	/**
	 * Whether this site answers at the door, and does not leave every request to the REST routes: the constant
	 * `APP_CONNECT_DOOR` says so, or else the setting.
	 */
	public static function is_open(): bool {
		return defined( 'APP_CONNECT_DOOR' ) ? (bool) constant( 'APP_CONNECT_DOOR' ) : Settings::door();
	}

	/**
	 * At `plugins_loaded`: answers a request that spells one of our endpoints as WordPress does itself. Does not return
	 * if it did.
	 */
	public static function enter(): void {
		// WP_USE_THEMES is index.php's: not wp-login.php, not admin-ajax.php, not a cron run.
		if ( ! defined( 'WP_USE_THEMES' ) || ! self::is_open() ) {
			return;
		}
		$endpoint = self::located();
		if ( null !== $endpoint ) {
			self::answer( $endpoint, false );
		}
	}

	/**
	 * Filters whether WordPress shall parse the request, before it does and finds no page: answers what is looked up below
	 * `.well-known/`. Does not return if it did. What is spelled as a REST route is left to it.
	 *
	 * @param bool $parse Whether to go on.
	 * @return bool
	 */
	public static function answer_well_known( $parse ) {
		$path = (string) strstr( Plugin::snapshot()->uri() . '?', '?', true );
		if ( defined( 'WP_USE_THEMES' ) && str_contains( $path, self::WELL_KNOWN ) && ! str_contains( $path, Protocol_Routes::REST_NAMESPACE . self::WELL_KNOWN ) ) {
			$endpoint = self::located();
			if ( null !== $endpoint ) {
				self::answer( $endpoint, true );
			}
		}
		return $parse;
	}

	/**
	 * At `wp_loaded`: goes on with the flow that was parked, if one was.
	 */
	public static function resume(): void {
		if ( null !== self::$parked ) {
			$flow = self::$parked;
			self::drive( static fn (): Flow => $flow, true );
		}
	}

	/**
	 * At `shutdown`, before what a plugin printed is sent: if it has ended the request in the middle of a need, the client
	 * gets an answer of the protocol all the same.
	 */
	public static function finish(): void {
		$flow          = self::$running;
		self::$running = null;
		$need          = $flow?->need();
		if ( null === $need ) {
			return;
		}
		Emitter::emit(
			array_key_exists( $need['name'], Host::CUT_SHORT )
				? self::settle(
					static function () use ( $flow, $need ): Flow {
						$flow->answer( Host::CUT_SHORT[ $need['name'] ] );
						return $flow;
					},
					true
				) ?? Flow_Runner::crashed()
				: Flow_Runner::crashed()
		);
	}

	/**
	 * The endpoint that the request's own bytes spell canonically, null for none. A site whose settings cannot serve
	 * spells none: its REST routes answer for it.
	 */
	public static function located(): ?string {
		// A canonical spelling has one of these as it is. Visitors' requests are spared the rest.
		$uri = Plugin::snapshot()->uri();
		if ( ! str_contains( $uri, Protocol_Routes::REST_NAMESPACE ) && ! str_contains( $uri, self::WELL_KNOWN ) ) {
			return null;
		}
		try {
			return Guard::run( static fn () => Plugin::server()->locate( Plugin::snapshot()->to_array() ) );
		} catch ( \Throwable $failure ) {
			return null;
		}
	}

	/**
	 * Answers the request at an endpoint and ends it, unless the flow has to wait.
	 *
	 * @param string $endpoint The endpoint.
	 * @param bool   $loaded   Whether every plugin has loaded.
	 */
	public static function answer( string $endpoint, bool $loaded ): void {
		self::$endpoint = $endpoint;
		self::drive( static fn (): Flow => Plugin::server()->handle( $endpoint, Plugin::snapshot()->to_array(), time() ), $loaded );
	}

	/**
	 * The response of an endpoint to the request, for those who send it themselves.
	 *
	 * @param string      $endpoint The endpoint.
	 * @param string|null $route    The REST route that WordPress resolved.
	 * @return array{status: int, headers: list<array{string, string}>, body: string}
	 */
	public static function response( string $endpoint, ?string $route = null ): array {
		self::$endpoint = $endpoint;
		return self::settle( static fn (): Flow => Plugin::server()->handle( $endpoint, Plugin::snapshot()->to_array( $route ), time() ), true )
			?? Flow_Runner::crashed();
	}

	/**
	 * Drives a flow and sends what it answers; parks it when it has to wait.
	 *
	 * @param callable(): Flow $begin  Makes or has the flow.
	 * @param bool             $loaded Whether every plugin has loaded.
	 */
	private static function drive( callable $begin, bool $loaded ): void {
		$response = self::settle( $begin, $loaded );
		if ( null === $response ) {
			return;
		}
		Emitter::emit( $response );
		Guard::stay_fast();
		exit;
	}

	/**
	 * Drives a flow to its response. Every failure is a response too, and so is the way to a person.
	 *
	 * @param callable(): Flow $begin  Makes or has the flow.
	 * @param bool             $loaded Whether every plugin has loaded.
	 * @return array{status: int, headers: list<array{string, string}>, body: string}|null Null when it was parked.
	 */
	private static function settle( callable $begin, bool $loaded ): ?array {
		try {
			return Guard::run(
				static function () use ( $begin, $loaded ): ?array {
					self::$running = $begin();
					try {
						$flow = Flow_Runner::drive( self::$running, $loaded );
					} finally {
						// Not run when somebody ends the request.
						self::$running = null;
					}
					$need = $flow?->need();
					if ( 'loaded' === ( $need['stage'] ?? null ) ) {
						self::$parked = $flow;
						return null;
					}
					$response = null === $need ? $flow?->response() : null;
					return null !== $need || isset( $response['page'] ) ? Handover::response( self::$endpoint ) : $response ?? Flow_Runner::crashed();
				}
			);
		} catch ( Unavailable $lost ) {
			Flow_Runner::log( $lost );
			return Flow_Runner::unavailable();
		} catch ( \Throwable $failure ) {
			Flow_Runner::log( $failure );
			return Flow_Runner::crashed();
		}
	}
}
