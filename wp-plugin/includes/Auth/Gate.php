<?php
/**
 * The gate: which routes a token opens.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Auth;

use AppConnect\Principal;
use AppConnect\WP\Rest\Errors;
use WP_Error;
use WP_REST_Request;
use WP_REST_Response;

/**
 * Judges every request that the REST server dispatches: what the client sent, members of a batch, embeds, and what a
 * plugin dispatches inside. The method and route are those of the request object, so no spelling of the address and no
 * override slips past.
 *
 * A request without a principal or refusal passes untouched.
 */
final class Gate {

	/**
	 * The denials of requests that got as far as their handler.
	 *
	 * @var \WeakMap<WP_REST_Request, WP_REST_Response>|null
	 */
	private static ?\WeakMap $denied = null;

	/**
	 * The first verdict, and its repetition.
	 *
	 * Hooked to `rest_pre_dispatch` at -1000, before anybody answers, and at PHP_INT_MAX, since others may have replaced
	 * our answer or changed the request. A denial is a response: on a WP_Error the batch endpoint is fatal.
	 *
	 * @param mixed           $result  What answers the request, null for its handler.
	 * @param \WP_REST_Server $server  Unused.
	 * @param WP_REST_Request $request The request.
	 * @return mixed The same, or the denial.
	 */
	public static function before_dispatch( $result, $server, $request ) {
		return self::denial( $request ) ?? $result;
	}

	/**
	 * The second verdict, on the handler that the request reached.
	 *
	 * Hooked to `rest_request_before_callbacks` at PHP_INT_MAX. Only a WP_Error keeps the server from calling the
	 * handler here; `after_callbacks()` puts the response in its place.
	 *
	 * @param mixed           $response What answers the request so far.
	 * @param array           $handler  The handler.
	 * @param WP_REST_Request $request  The request.
	 * @return mixed The same, or an error.
	 */
	public static function before_callbacks( $response, $handler, $request ) {
		$denial = self::denial( $request ) ?? self::account_denial( $handler, $request );
		if ( null === $denial ) {
			return $response;
		}
		self::$denied           ??= new \WeakMap();
		self::$denied[ $request ] = $denial;
		return new WP_Error( 'app_connect_denied', '', array( 'status' => $denial->get_status() ) );
	}

	/**
	 * Puts the denial where the error was, so that it looks as the first verdict would have.
	 *
	 * Hooked to `rest_request_after_callbacks` at PHP_INT_MAX.
	 *
	 * @param mixed           $response The answer so far.
	 * @param array           $handler  Unused.
	 * @param WP_REST_Request $request  The request.
	 * @return mixed The same, or the denial.
	 */
	public static function after_callbacks( $response, $handler, $request ) {
		return self::$denied[ $request ] ?? $response;
	}

	/**
	 * Hides from core which route a denied request had reached: for the Allow header it would call the route's permission
	 * callbacks, and a denied route runs nothing.
	 *
	 * Hooked to `rest_post_dispatch` before everything else.
	 *
	 * @param mixed           $response The answer.
	 * @param \WP_REST_Server $server   Unused.
	 * @param WP_REST_Request $request  The request.
	 * @return mixed The same.
	 */
	public static function after_dispatch( $response, $server, $request ) {
		if ( $response instanceof WP_REST_Response && isset( self::$denied[ $request ] ) ) {
			$response->set_matched_route( '' );
		}
		return $response;
	}

	/**
	 * The verdict on a request.
	 *
	 * @param WP_REST_Request $request The request.
	 * @return WP_REST_Response|null Null when it may go on.
	 */
	private static function denial( WP_REST_Request $request ): ?WP_REST_Response {
		$refusal = Bearer::refusal();
		if ( null !== $refusal ) {
			return Errors::refusal( $refusal, $request );
		}
		$denial = Bearer::principal()?->judge( (string) $request->get_method(), (string) $request->get_route() );
		return null === $denial ? null : Errors::refusal( $denial, $request );
	}

	/**
	 * The verdict on a handler that could change an account, under whatever route somebody registered it.
	 *
	 * @param array           $handler The handler.
	 * @param WP_REST_Request $request The request.
	 * @return WP_REST_Response|null Null when it may go on.
	 */
	private static function account_denial( $handler, WP_REST_Request $request ): ?WP_REST_Response {
		$principal = Bearer::principal();
		if ( null === $principal || ! self::changes_account( $principal, $handler['callback'] ?? null, $request ) ) {
			return null;
		}
		return Errors::refusal( $principal->refusal(), $request );
	}

	/**
	 * Whether a handler is one of core's that would change an account which the token must not change.
	 *
	 * @param Principal       $principal Who the request is.
	 * @param mixed           $callback  The handler's callback.
	 * @param WP_REST_Request $request   The request.
	 * @return bool
	 */
	private static function changes_account( Principal $principal, $callback, WP_REST_Request $request ): bool {
		if ( ! is_array( $callback ) || ! isset( $callback[0], $callback[1] ) ) {
			return false;
		}
		list( $controller, $method ) = $callback;
		if ( $controller instanceof \WP_REST_Application_Passwords_Controller ) {
			return ! $principal->may_change_account( $principal->user_id() );
		}
		if ( ! $controller instanceof \WP_REST_Users_Controller || ! in_array( $method, array( 'update_item', 'update_current_item' ), true ) ) {
			return false;
		}
		$user_id = 'update_current_item' === $method ? get_current_user_id() : (int) $request['id'];
		return ! $principal->may_change_account( $user_id ) && Account::would_change( $request, $user_id );
	}
}
