<?php
/**
 * The REST routes that tell an app who its token acts for.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Rest;

use AppConnect\Server;
use AppConnect\WP\Auth\Bearer;
use AppConnect\WP\Flow_Runner;
use WP_REST_Response;

/**
 * `/me`, and `/userinfo` (OpenID Connect Core §5.3) with its alias: ordinary routes, because the claims are WordPress'.
 *
 * They tell of a token, not of a login: without one there is nothing to tell, whoever the cookie is.
 */
final class Identity_Controller {

	/**
	 * The routes: path, what is identified there, and the methods.
	 */
	private const ROUTES = array(
		array( '/me', 'me', 'GET' ),
		array( '/me/userinfo', 'userinfo', 'GET, POST' ),
		array( '/userinfo', 'userinfo', 'GET, POST' ),
	);

	/**
	 * Registers the routes.
	 *
	 * Hooked to `rest_api_init`.
	 */
	public static function register(): void {
		foreach ( self::ROUTES as list( $path, $what, $methods ) ) {
			register_rest_route(
				Protocol_Routes::REST_NAMESPACE,
				$path,
				array(
					array(
						'methods'             => $methods,
						'callback'            => static fn (): WP_REST_Response => self::answer( $what ),
						// A token is all that it takes, and the answer says so to those who have none.
						'permission_callback' => '__return_true',
						'args'                => array(),
						'show_in_index'       => true,
					),
					'schema' => static fn (): array => self::schema( $what ),
				)
			);
		}
	}

	/**
	 * Who the request's token acts for, as far as the token may tell.
	 *
	 * @param string $what `me` or `userinfo`.
	 */
	private static function answer( string $what ): WP_REST_Response {
		$principal = Bearer::principal();
		if ( null === $principal ) {
			$response = new WP_REST_Response( null, 401 );
			$response->header( 'WWW-Authenticate', Server::challenge() );
			$response->header( 'Cache-Control', 'no-store' );
			$response->header( 'Pragma', 'no-cache' );
			return $response;
		}
		try {
			$flow = Flow_Runner::run( $principal->identify( $what ) );
		} catch ( \Throwable $failure ) {
			Flow_Runner::log( $failure );
			$flow = null;
		}
		return self::response( $flow?->response() ?? Flow_Runner::crashed() );
	}

	/**
	 * An answer of the protocol, for the REST server to send.
	 *
	 * @param array{status: int, headers: list<array{string, string}>, body: string} $answer The answer.
	 */
	private static function response( array $answer ): WP_REST_Response {
		// An array outside, which the REST server can filter by `_fields`; inside, an object without members stays one.
		$response = new WP_REST_Response( (array) json_decode( $answer['body'] ), $answer['status'] );
		foreach ( $answer['headers'] as list( $name, $value ) ) {
			$response->header( $name, $value );
		}
		return $response;
	}

	/**
	 * What is answered, for the REST index.
	 *
	 * @param string $what `me` or `userinfo`.
	 * @return array<string, mixed>
	 */
	private static function schema( string $what ): array {
		return array(
			'$schema'     => 'http://json-schema.org/draft-04/schema#',
			'title'       => "app-connect-$what",
			'description' => 'me' === $what
				? __( 'Who the token acts for.', 'app-connect' )
				: __( 'The claims of OpenID Connect about who the token acts for.', 'app-connect' ),
			'type'        => 'object',
			'properties'  => array(
				'sub' => array(
					'description' => __( 'The user, by a name that is never given to anybody else.', 'app-connect' ),
					'type'        => 'string',
					'readonly'    => true,
				),
			),
		);
	}
}
