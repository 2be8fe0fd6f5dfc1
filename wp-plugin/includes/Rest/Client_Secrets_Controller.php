<?php
/**
 * The REST route of a client's secret.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Rest;

use AppConnect\WP\Client_Registry;
use WP_Error;
use WP_REST_Request;
use WP_REST_Response;

/**
 * `/clients/{id}/secret`: another secret, told once.
 */
final class Client_Secrets_Controller extends Controller {

	/**
	 * Registers the route.
	 */
	public function register_routes() {
		$this->route(
			'/clients/(?P<id>[\d]+)/secret',
			array(
				\WP_REST_Server::CREATABLE => array(
					'create_item',
					self::id_param() + self::revision_param() + array(
						'overlap' => array(
							'description' => __( 'Seconds for which the former secret goes on working. With none, every token of the client ends.', 'app-connect' ),
							'type'        => 'integer',
							'default'     => 0,
						),
					),
				),
			)
		);
	}

	/**
	 * Makes another secret. The answer alone tells it.
	 *
	 * @param WP_REST_Request $request The request.
	 * @return WP_REST_Response|WP_Error
	 */
	public function create_item( $request ) {
		$done = Client_Registry::renew_secret( $request['id'], $request['overlap'], isset( $request['revision'] ) ? (int) $request['revision'] : null );
		return $done instanceof WP_Error
			? $done
			: self::once( Client_Item::of( $done['stored'] ) + array( 'client_secret' => $done['secret'] ) );
	}

	/**
	 * The schema of the answer: a client.
	 *
	 * @return array<string, mixed>
	 */
	public function get_item_schema() {
		return $this->add_additional_fields_schema( Client_Item::schema() );
	}
}
