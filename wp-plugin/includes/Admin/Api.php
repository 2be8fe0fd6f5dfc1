<?php
/**
 * Our own REST API, asked from wp-admin.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

/**
 * Sends the requests that the screens stand for, so that screens, scripts and tests go through the same checks.
 */
final class Api {

	/**
	 * Where our routes are.
	 */
	public const REST_NAMESPACE = '/app-connect/v1';

	/**
	 * Sends a request as the current user.
	 *
	 * @param string               $method The HTTP method.
	 * @param string               $route  The route, without the namespace.
	 * @param array<string, mixed> $params Its parameters.
	 * @return \WP_REST_Response|\WP_Error The answer, or what was refused.
	 */
	public static function send( string $method, string $route, #[\SensitiveParameter] array $params = array() ) {
		$request = new \WP_REST_Request( $method, self::REST_NAMESPACE . $route );
		if ( 'POST' === $method ) {
			$request->set_body_params( $params );
		} else {
			$request->set_query_params( $params );
		}
		$response = rest_do_request( $request );
		return $response->is_error() ? $response->as_error() : $response;
	}

	/**
	 * One client.
	 *
	 * @param int $id Its number.
	 * @return array<string, mixed>|\WP_Error
	 */
	public static function client( int $id ) {
		return self::data( self::send( 'GET', "/clients/$id" ) );
	}

	/**
	 * How many tokens and sessions of a client live.
	 *
	 * @param int $id Its number.
	 * @return array{tokens: int, sessions: int, more: bool}|\WP_Error
	 */
	public static function live( int $id ) {
		return self::data( self::send( 'GET', "/clients/$id/tokens" ) );
	}

	/**
	 * The data of an answer.
	 *
	 * @param \WP_REST_Response|\WP_Error $answer The answer.
	 * @return array<string, mixed>|\WP_Error
	 */
	public static function data( $answer ) {
		return is_wp_error( $answer ) ? $answer : (array) $answer->get_data();
	}
}
