<?php
/**
 * The REST route of a client's tokens.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Rest;

use AppConnect\WP\Client_Registry;
use AppConnect\WP\Refusal;
use AppConnect\WP\Storage\Clients;
use AppConnect\WP\Storage\Live_Counts;
use WP_Error;
use WP_REST_Request;
use WP_REST_Response;

/**
 * `/clients/{id}/tokens`: how many live, and the end of them all.
 */
final class Client_Tokens_Controller extends Controller {

	/**
	 * Registers the route.
	 */
	public function register_routes() {
		$this->route(
			'/clients/(?P<id>[\d]+)/tokens',
			array(
				\WP_REST_Server::READABLE  => array( 'get_item', self::id_param() ),
				\WP_REST_Server::DELETABLE => array( 'delete_item', self::id_param() ),
			)
		);
	}

	/**
	 * How many live.
	 *
	 * @param WP_REST_Request $request The request.
	 * @return WP_REST_Response|WP_Error
	 */
	public function get_item( $request ) {
		return null === Clients::stored( $request['id'] )
			? Refusal::no_client()
			: new WP_REST_Response( Live_Counts::of_clients( array( $request['id'] ) ) );
	}

	/**
	 * Ends them all.
	 *
	 * @param WP_REST_Request $request The request.
	 * @return WP_REST_Response|WP_Error
	 */
	public function delete_item( $request ) {
		$ended = Client_Registry::end_tokens( $request['id'] );
		return $ended instanceof WP_Error ? $ended : new WP_REST_Response( array( 'ended' => $ended ) );
	}

	/**
	 * The schema of the counts.
	 *
	 * @return array<string, mixed>
	 */
	public function get_item_schema() {
		return array(
			'$schema'    => 'http://json-schema.org/draft-04/schema#',
			'title'      => 'app-connect-tokens',
			'type'       => 'object',
			'properties' => self::counts(),
		);
	}
}
