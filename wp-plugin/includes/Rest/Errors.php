<?php
/**
 * What the protocol refuses, in the words of WordPress' REST API.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Rest;

use AppConnect\Server;
use AppConnect\WP\Auth\Bearer;
use AppConnect\WP\Health\Extension;
use WP_Error;
use WP_REST_Request;
use WP_REST_Response;

/**
 * Shapes refusals, and finishes every answer to a request that carries a token.
 *
 * On core's and other plugins' routes an error is `{code, message, data}`, on ours `{error, error_description}`; both
 * say the same to a client in `WWW-Authenticate`.
 */
final class Errors {

	/**
	 * The protocol's refusal of a request, for `rest_authentication_errors`.
	 *
	 * @param array{status: int, headers: list<array{string, string}>, body: string} $refusal As a flow answers.
	 * @return WP_Error
	 */
	public static function from_response( array $refusal ): WP_Error {
		$oauth = self::oauth( $refusal['body'] );
		return new WP_Error( $oauth['error'], $oauth['error_description'], array( 'status' => $refusal['status'] ) );
	}

	/**
	 * The protocol's refusal of a request, as a response: what the gate puts in place of a route's answer.
	 *
	 * @param array{status: int, headers: list<array{string, string}>, body: string} $refusal As a flow or a principal says it.
	 * @param WP_REST_Request                                                        $request The request refused.
	 * @return WP_REST_Response
	 */
	public static function refusal( array $refusal, WP_REST_Request $request ): WP_REST_Response {
		$oauth    = self::oauth( $refusal['body'] );
		$response = new WP_REST_Response(
			self::is_ours( $request )
				? $oauth
				: array(
					'code'    => $oauth['error'],
					'message' => $oauth['error_description'],
					'data'    => array( 'status' => $refusal['status'] ),
				),
			$refusal['status']
		);
		self::add_headers( $response, $refusal['headers'] );
		return $response;
	}

	/**
	 * Finishes an answer: shape and challenge of a refusal, and a status that no envelope hides.
	 *
	 * Hooked to `rest_post_dispatch` at PHP_INT_MAX. It also sees members of a batch and embedded answers.
	 *
	 * @param WP_REST_Response|mixed $response The answer.
	 * @param \WP_REST_Server        $server   The server.
	 * @param WP_REST_Request        $request  The request.
	 * @return WP_REST_Response|mixed
	 */
	public static function finish( $response, $server, $request ) {
		if ( ! $response instanceof \WP_HTTP_Response ) {
			return $response;
		}
		$status  = $response->get_status();
		$refusal = Bearer::refusal();
		if ( null !== $refusal && $refusal['status'] === $status ) {
			if ( self::is_ours( $request ) ) {
				$response->set_data( self::oauth( $refusal['body'] ) );
			}
			self::add_headers( $response, $refusal['headers'] );
		} elseif ( ( 401 === $status && Bearer::is_ours() ) || ( in_array( $status, array( 401, 403 ), true ) && self::is_ours( $request ) ) ) {
			self::challenge( $response );
		}
		if ( Bearer::is_ours() && in_array( $status, array( 400, 401, 403 ), true ) && ! $server->is_dispatching() ) {
			// WP_REST_Server looks here next: an envelope would turn the error into HTTP 200.
			unset( $_GET['_envelope'] );
		}
		return $response;
	}

	/**
	 * Lets scripts of other origins read the challenge.
	 *
	 * Hooked to `rest_exposed_cors_headers`.
	 *
	 * @param string[]|mixed $headers Names of headers.
	 * @return string[]
	 */
	public static function expose_challenge( $headers ): array {
		return array_values( array_unique( array_merge( (array) $headers, array( 'WWW-Authenticate' ) ) ) );
	}

	/**
	 * Asks WordPress to send its no-cache headers, which it otherwise sends to logged-in users only.
	 *
	 * Hooked to `rest_send_nocache_headers` at PHP_INT_MAX.
	 *
	 * @param bool|mixed $send Whether it will.
	 * @return bool|mixed
	 */
	public static function send_nocache_headers( $send ) {
		return Bearer::is_ours() ? true : $send;
	}

	/**
	 * Sends the headers that keep an answer to a token out of every cache, and those by which scripts of any origin may read
	 * our routes without cookies, after everybody else has sent theirs.
	 *
	 * Hooked to `rest_pre_serve_request` at PHP_INT_MAX.
	 *
	 * @param bool|mixed      $served  Whether somebody served the request.
	 * @param mixed           $result  Unused.
	 * @param WP_REST_Request $request The request.
	 * @return bool|mixed The same.
	 */
	public static function send_headers( $served, $result, $request ) {
		if ( headers_sent() ) {
			return $served;
		}
		if ( Bearer::is_ours() ) {
			header( 'Cache-Control: no-store, private' );
			header( 'Vary: Authorization', false );
		}
		if ( self::is_ours( $request ) ) {
			header_remove( 'Access-Control-Allow-Credentials' );
			if ( '' !== get_http_origin() ) {
				// Core names the origin that asked. Without cookies it may be any, and a cache has nothing to mix up.
				header( 'Access-Control-Allow-Origin: *' );
			}
		}
		return $served;
	}

	/**
	 * Whether a request is for our part of the REST API.
	 *
	 * @param WP_REST_Request $request The request.
	 * @return bool
	 */
	private static function is_ours( WP_REST_Request $request ): bool {
		return Extension::is_our_route( (string) $request->get_route() );
	}

	/**
	 * Adds a challenge to a response that has none of ours.
	 *
	 * @param \WP_HTTP_Response $response The response, 401 or 403.
	 */
	private static function challenge( \WP_HTTP_Response $response ): void {
		$principal = Bearer::principal();
		$present   = (string) ( array_change_key_case( $response->get_headers() )['www-authenticate'] ?? '' );
		if ( 0 === stripos( $present, 'Bearer ' ) ) {
			return;
		}
		self::add_headers(
			$response,
			403 === $response->get_status() && null !== $principal
				? $principal->refusal()['headers']
				: array( array( 'WWW-Authenticate', Server::challenge() ) )
		);
	}

	/**
	 * Adds headers to a response. A challenge that another plugin has set stays beside ours.
	 *
	 * @param \WP_HTTP_Response             $response The response.
	 * @param list<array{string, string}>  $headers  Names and values.
	 */
	private static function add_headers( \WP_HTTP_Response $response, array $headers ): void {
		foreach ( $headers as list( $name, $value ) ) {
			if ( 0 === strcasecmp( 'Content-Type', $name ) ) {
				continue;
			}
			if ( 0 === strcasecmp( 'WWW-Authenticate', $name ) ) {
				list( $name, $value ) = self::beside_others( $response, $value );
			}
			$response->header( $name, $value );
		}
	}

	/**
	 * Our challenge, followed by those that others have set: on the response, or with header().
	 *
	 * @param \WP_HTTP_Response $response The response.
	 * @param string            $value    Our challenge.
	 * @return array{string, string} The header's name as it is spelled on the response, and its value.
	 */
	private static function beside_others( \WP_HTTP_Response $response, string $value ): array {
		foreach ( $response->get_headers() as $name => $before ) {
			if ( 0 === strcasecmp( 'WWW-Authenticate', $name ) ) {
				return array( $name, str_contains( $before, $value ) ? $before : "$value, $before" );
			}
		}
		foreach ( headers_list() as $header ) {
			if ( 0 === stripos( $header, 'WWW-Authenticate:' ) ) {
				$value .= ', ' . trim( (string) substr( $header, strlen( 'WWW-Authenticate:' ) ) );
			}
		}
		return array( 'WWW-Authenticate', $value );
	}

	/**
	 * The body of an OAuth error.
	 *
	 * @param string $body JSON from the protocol.
	 * @return array{error: string, error_description: string}
	 */
	private static function oauth( string $body ): array {
		return (array) json_decode( $body, true ) + array(
			'error'             => 'server_error',
			'error_description' => '',
		);
	}
}
