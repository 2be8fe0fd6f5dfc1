<?php
/**
 * Our administrators' routes, registered for those who ask for them.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Rest;

use AppConnect\WP\Health\Extension;

/**
 * The list of controllers. Their parameters take longer to describe than a token takes to check, and every other REST
 * request of the site would pay for it.
 */
final class Controllers {

	/**
	 * Every controller.
	 */
	private const ALL = array(
		Client_Secrets_Controller::class,
		Client_Tokens_Controller::class,
		Clients_Controller::class,
		Service_Users_Controller::class,
		Settings_Controller::class,
	);

	/**
	 * The server that has them.
	 *
	 * @var \WP_REST_Server|null
	 */
	private static ?\WP_REST_Server $server = null;

	/**
	 * Registers all of them before the first request for one of our routes is matched.
	 *
	 * Hooked to `rest_pre_dispatch` before everything else.
	 *
	 * @param mixed            $result  What answers the request, null for its handler.
	 * @param \WP_REST_Server  $server  The server.
	 * @param \WP_REST_Request $request The request.
	 * @return mixed The same.
	 */
	public static function register_for( $result, $server, $request ) {
		if ( null === $result && self::$server !== $server && Extension::is_our_route( (string) $request->get_route() ) ) {
			self::$server = $server;
			foreach ( self::ALL as $controller ) {
				( new $controller() )->register_routes();
			}
		}
		return $result;
	}
}
