<?php
/**
 * The REST routes of the protocol's endpoints.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Rest;

use AppConnect\Server;
use AppConnect\WP\Flow_Runner;
use AppConnect\WP\Http\Door;
use AppConnect\WP\Http\Emitter;
use AppConnect\WP\Plugin;

/**
 * Twins of the door: they tell the REST index what there is, and answer what did not come through the door — a spelling
 * that is not canonical, a site that closed the door, a plugin's own rest_do_request().
 *
 * The outer request is answered from its own bytes, like at the door, and the REST server's ideas of methods, envelopes,
 * JSONP and errors do not touch it.
 */
final class Protocol_Routes {

	/**
	 * The namespace of our routes.
	 */
	public const REST_NAMESPACE = 'app-connect/v1';

	/**
	 * Every method: which are right is the protocol's to say.
	 */
	private const METHODS = 'GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS';

	/**
	 * The request that the client sent, as opposed to those that plugins make of it.
	 *
	 * @var \WP_REST_Request|null
	 */
	private static ?\WP_REST_Request $outer = null;

	/**
	 * What the outer request is answered with, once that is known.
	 *
	 * @var array{status: int, headers: list<array{string, string}>, body: string}|null
	 */
	private static ?array $answer = null;

	/**
	 * Registers one route for each endpoint. WordPress takes a path for a pattern and shows it in its index as it is: a dot in it
	 * is any character to it, which callback() refuses.
	 */
	public static function register(): void {
		foreach ( self::endpoints() as $endpoint ) {
			register_rest_route(
				self::REST_NAMESPACE,
				$endpoint['path'],
				array(
					array(
						'methods'             => self::METHODS,
						'callback'            => static fn ( \WP_REST_Request $request ) => self::callback( $endpoint['name'], $request ),
						// Clients prove who they are to the protocol, not to WordPress.
						'permission_callback' => '__return_true',
						'args'                => array(),
						'show_in_index'       => true,
						'description'         => $endpoint['description'],
					),
					'schema' => static fn () => self::schema( $endpoint ),
				)
			);
		}
	}

	/**
	 * Filters the exposed CORS headers, to learn which request came from the client: only WP_REST_Server::serve_request()
	 * applies this filter, once, before it authenticates or dispatches anything.
	 *
	 * @param string[]              $headers The headers.
	 * @param \WP_REST_Request|null $request The request.
	 * @return string[] The same.
	 */
	public static function note_outer( $headers, $request = null ) {
		if ( null === self::$outer && $request instanceof \WP_REST_Request ) {
			self::$outer = $request;
		}
		return $headers;
	}

	/**
	 * Filters the result of a dispatch before anything else does: answers the outer request if it is ours.
	 *
	 * @param mixed            $result  The result so far.
	 * @param \WP_REST_Server  $server  The server.
	 * @param \WP_REST_Request $request The request.
	 * @return mixed
	 */
	public static function answer_outer( $result, $server, $request ) {
		return self::settle( $request ) ? self::as_rest_response( self::$answer ) : $result;
	}

	/**
	 * Filters whether a response has been served, after everything else: sends ours, whatever became of it on the way.
	 *
	 * @param bool              $served  Whether it has.
	 * @param \WP_HTTP_Response $result  The response.
	 * @param \WP_REST_Request  $request The request.
	 * @return bool
	 */
	public static function serve_outer( $served, $result, $request ) {
		if ( $served || ! self::settle( $request ) ) {
			return $served;
		}
		Emitter::emit( self::$answer );
		return true;
	}

	/**
	 * Filters whether WordPress shall parse the request: a path that is ours with a route in its body is refused here,
	 * before WordPress can find the two at odds in its own way.
	 *
	 * @param bool $parse Whether to go on.
	 * @return bool
	 */
	public static function refuse_routed_body( $parse ) {
		// phpcs:ignore WordPress.Security.NonceVerification -- Only whether it is there.
		if ( isset( $_POST['rest_route'] ) && defined( 'WP_USE_THEMES' ) ) {
			$endpoint = Door::located();
			if ( null !== $endpoint ) {
				Door::answer( $endpoint, true );
			}
		}
		return $parse;
	}

	/**
	 * Filters whether core looks for an application password: not where Basic carries a client's secret.
	 *
	 * @param bool $is_api_request Whether it does.
	 * @return bool
	 */
	public static function spare_client_secrets( $is_api_request ) {
		$route = $GLOBALS['wp']->query_vars['rest_route'] ?? null;
		$ours  = is_string( $route ) ? self::endpoint_of( untrailingslashit( $route ) ) : null;
		return $is_api_request && null === ( $ours ?? Door::located() );
	}

	/**
	 * Finds the answer to the outer request, if that is what this is and it is ours.
	 *
	 * It is ours when WordPress routed it to an endpoint, or when its path spells one and something else (a route in the
	 * body) led WordPress elsewhere: the protocol refuses both kinds of double talk.
	 *
	 * @param \WP_REST_Request $request A request.
	 * @return bool Whether there is an answer now.
	 */
	private static function settle( \WP_REST_Request $request ): bool {
		if ( $request !== self::$outer ) {
			return false;
		}
		if ( null === self::$answer ) {
			$endpoint = Door::located() ?? self::endpoint_of( $request->get_route() );
			if ( null === $endpoint ) {
				return false;
			}
			self::$answer = Door::response( $endpoint, $request->get_route() );
		}
		return true;
	}

	/**
	 * Answers a request that a plugin made with rest_do_request().
	 *
	 * @param string           $endpoint The endpoint.
	 * @param \WP_REST_Request $request  The request.
	 * @return \WP_REST_Response|\WP_Error
	 */
	private static function callback( string $endpoint, \WP_REST_Request $request ) {
		if ( self::settle( $request ) ) {
			return self::as_rest_response( self::$answer );
		}
		if ( self::endpoint_of( $request->get_route() ) !== $endpoint ) {
			return new \WP_Error( 'rest_no_route', __( 'No route was found matching the URL and request method.', 'app-connect' ), array( 'status' => 404 ) );
		}
		try {
			$flow     = Flow_Runner::run( Plugin::server()->handle( $endpoint, self::inner_request( $request ), time() ) );
			$response = null === $flow?->need() ? $flow?->response() : Flow_Runner::unattended();
		} catch ( \Throwable $failure ) {
			Flow_Runner::log( $failure );
			$response = null;
		}
		return self::as_rest_response( $response ?? Flow_Runner::crashed() );
	}

	/**
	 * A request that never was on the wire, in the shape of one that was.
	 *
	 * @param \WP_REST_Request $request The request.
	 * @return array<string, mixed> As `Snapshot::to_array()`.
	 */
	private static function inner_request( \WP_REST_Request $request ): array {
		$query = http_build_query( $request->get_query_params(), '', '&' );
		$body  = (string) $request->get_body();
		$type  = $request->get_header( 'content_type' );
		if ( '' === $body && $request->get_body_params() ) {
			$body = http_build_query( $request->get_body_params(), '', '&' );
			$type = 'application/x-www-form-urlencoded';
		}
		return array(
			'method'          => $request->get_method(),
			'uri'             => '/' . rest_get_url_prefix() . $request->get_route() . ( '' === $query ? '' : "?$query" ),
			'query'           => $query,
			'authorization'   => $request->get_header( 'authorization' ),
			'content_type'    => $type,
			'method_override' => null,
			'if_none_match'   => $request->get_header( 'if_none_match' ),
			'origin'          => null,
			...Plugin::snapshot()->connection(),
			// It did not leave the process.
			'secure'          => true,
			'body'            => $body,
			'route'           => $request->get_route(),
		);
	}

	/**
	 * A protocol answer for PHP code.
	 *
	 * @param array{status: int, headers: list<array{string, string}>, body: string} $answer The answer.
	 */
	private static function as_rest_response( array $answer ): \WP_REST_Response {
		$response = new \WP_REST_Response( json_decode( $answer['body'], true ), $answer['status'] );
		foreach ( $answer['headers'] as list( $name, $value ) ) {
			$response->header( $name, $value, false );
		}
		return $response;
	}

	/**
	 * The endpoint that WordPress routes a path to, matched as WP_REST_Server matches.
	 *
	 * @param string $route The path, with its leading slash.
	 */
	private static function endpoint_of( string $route ): ?string {
		if ( 0 !== stripos( $route, '/' . self::REST_NAMESPACE ) ) {
			return null;
		}
		foreach ( self::endpoints() as $endpoint ) {
			if ( 1 === preg_match( '@^/' . self::REST_NAMESPACE . preg_quote( $endpoint['path'], '@' ) . '$@i', $route ) ) {
				return $endpoint['name'];
			}
		}
		return null;
	}

	/**
	 * The endpoints that clients call themselves.
	 *
	 * @return list<array<string, mixed>>
	 */
	private static function endpoints(): array {
		try {
			return Server::endpoints();
		} catch ( \Throwable $failure ) {
			// A broken extension must not take the REST server down with it.
			Flow_Runner::log( $failure );
			return array();
		}
	}

	/**
	 * The schema of an endpoint's parameters, for the REST index.
	 *
	 * @param array<string, mixed> $endpoint The endpoint.
	 * @return array<string, mixed>
	 */
	private static function schema( array $endpoint ): array {
		$properties = array();
		foreach ( $endpoint['parameters'] as $parameter ) {
			$properties[ $parameter['name'] ] = array(
				'type'        => 'string',
				'description' => $parameter['description'],
			);
		}
		return array(
			'$schema'     => 'http://json-schema.org/draft-04/schema#',
			'title'       => $endpoint['name'],
			'description' => $endpoint['description'],
			'type'        => 'object',
			'properties'  => $properties,
		);
	}
}
