<?php
/**
 * The REST routes of clients.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Rest;

use AppConnect\WP\Client_Registry;
use AppConnect\WP\Refusal;
use AppConnect\WP\Storage\Client_List;
use AppConnect\WP\Storage\Clients;
use WP_Error;
use WP_REST_Request;
use WP_REST_Response;

/**
 * `/clients`: list, read, register, change, delete.
 */
class Clients_Controller extends Controller {

	/**
	 * The path.
	 *
	 * @var string
	 */
	protected $rest_base = 'clients';

	/**
	 * The path of one client.
	 */
	protected const ONE = '/(?P<id>[\d]+)';

	/**
	 * The parameter that is no change by itself.
	 */
	private const CONFIRM = 'confirm';

	/**
	 * Registers the routes.
	 */
	public function register_routes() {
		$this->route(
			'/' . $this->rest_base,
			array(
				\WP_REST_Server::READABLE  => array( 'get_items', $this->get_collection_params() ),
				\WP_REST_Server::CREATABLE => array( 'create_item', $this->create_params() ),
			)
		);
		$this->route(
			'/' . $this->rest_base . self::ONE,
			array(
				\WP_REST_Server::READABLE  => array( 'get_item', self::id_param() ),
				\WP_REST_Server::EDITABLE  => array( 'update_item', $this->update_params() ),
				\WP_REST_Server::DELETABLE => array( 'delete_item', self::id_param() + self::force_param() ),
			)
		);
	}

	/**
	 * A page of the list.
	 *
	 * @param WP_REST_Request $request The request.
	 * @return WP_REST_Response|WP_Error
	 */
	public function get_items( $request ) {
		$page     = Client_List::page(
			array(
				'search'   => (string) $request['search'],
				'status'   => $request['status'],
				'orderby'  => $request['orderby'],
				'order'    => $request['order'],
				'page'     => $request['page'],
				'per_page' => $request['per_page'],
			)
		);
		$response = new WP_REST_Response( array_map( array( Client_Item::class, 'of' ), $page['rows'] ) );
		$response->header( 'X-WP-Total', (string) $page['total'] );
		$response->header( 'X-WP-TotalPages', (string) (int) ceil( $page['total'] / $request['per_page'] ) );
		return $response;
	}

	/**
	 * One client.
	 *
	 * @param WP_REST_Request $request The request.
	 * @return WP_REST_Response|WP_Error
	 */
	public function get_item( $request ) {
		$stored = Clients::stored( $request['id'] );
		return null === $stored ? Refusal::no_client() : $this->prepare_item_for_response( $stored, $request );
	}

	/**
	 * Registers a client. The answer alone tells its secret.
	 *
	 * @param WP_REST_Request $request The request.
	 * @return WP_REST_Response|WP_Error
	 */
	public function create_item( $request ) {
		$made = Client_Registry::create( $this->draft( $request ) );
		if ( $made instanceof WP_Error ) {
			return $made;
		}
		$response = self::once( Client_Item::of( $made['stored'] ) + array( 'client_secret' => $made['secret'] ), 201 );
		$response->header( 'Location', rest_url( "$this->namespace/$this->rest_base/{$made['id']}" ) );
		return $response;
	}

	/**
	 * Changes a client: what it is, whether it is on, or both in one write.
	 *
	 * @param WP_REST_Request $request The request.
	 * @return WP_REST_Response|WP_Error
	 */
	public function update_item( $request ) {
		$draft    = $this->draft( $request );
		$revision = isset( $request['revision'] ) ? (int) $request['revision'] : null;
		if ( isset( $request['status'] ) && ! array_diff_key( $draft, array( self::CONFIRM => true ) ) ) {
			// A client can be switched off even if it could not be saved as it is.
			$done = Client_Registry::switch( $request['id'], $request['status'], $revision );
		} else {
			$done = Client_Registry::revise( $request['id'], $draft, $request['status'], $revision );
		}
		if ( $done instanceof WP_Error ) {
			return $done;
		}
		$item = Client_Item::of( $done['stored'] ) + array_intersect_key( $done, array_flip( array( 'ceiling', 'ends' ) ) ) + array(
			'ceiling' => 'same',
			'ends'    => array(),
		);
		return isset( $done['secret'] ) ? self::once( $item + array( 'client_secret' => $done['secret'] ) ) : new WP_REST_Response( $item );
	}

	/**
	 * Deletes a client.
	 *
	 * @param WP_REST_Request $request The request.
	 * @return WP_REST_Response|WP_Error
	 */
	public function delete_item( $request ) {
		if ( ! $request['force'] ) {
			return new WP_Error(
				'rest_trash_not_supported',
				/* translators: %s: force=true */
				sprintf( __( "Clients do not support trashing. Set '%s' to delete.", 'app-connect' ), 'force=true' ),
				array( 'status' => 501 )
			);
		}
		$done = Client_Registry::delete( $request['id'] );
		return $done instanceof WP_Error ? $done : new WP_REST_Response(
			array(
				'deleted'  => true,
				'previous' => Client_Item::of( $done['stored'] ),
			)
		);
	}

	/**
	 * A client as the API shows it.
	 *
	 * @param array<string, mixed> $item    The client as stored.
	 * @param WP_REST_Request      $request The request.
	 * @return WP_REST_Response
	 */
	public function prepare_item_for_response( $item, $request ) {
		return new WP_REST_Response( Client_Item::of( $item ) );
	}

	/**
	 * The schema of a client.
	 *
	 * @return array<string, mixed>
	 */
	public function get_item_schema() {
		$this->schema ??= Client_Item::schema();
		return $this->add_additional_fields_schema( $this->schema );
	}

	/**
	 * The parameters of the list.
	 *
	 * @return array<string, array<string, mixed>>
	 */
	public function get_collection_params() {
		return array(
			'page'     => array(
				'description' => __( 'Page of the list.', 'app-connect' ),
				'type'        => 'integer',
				'default'     => 1,
				'minimum'     => 1,
				'maximum'     => 1000000,
			),
			'per_page' => array(
				'description' => __( 'Clients on a page.', 'app-connect' ),
				'type'        => 'integer',
				'default'     => 20,
				'minimum'     => 1,
				'maximum'     => 100,
			),
			'search'   => array(
				'description' => __( 'A part of the name, or the beginning of the client ID.', 'app-connect' ),
				'type'        => 'string',
				'maxLength'   => 191,
			),
			'status'   => array(
				'description' => __( 'Only clients with this status.', 'app-connect' ),
				'type'        => 'string',
				'enum'        => Client_Item::STATUSES,
			),
			'orderby'  => array(
				'description' => __( 'What the list is sorted by.', 'app-connect' ),
				'type'        => 'string',
				'default'     => 'created',
				'enum'        => array_keys( Client_List::ORDERS ),
			),
			'order'    => array(
				'description' => __( 'Direction of the order.', 'app-connect' ),
				'type'        => 'string',
				'default'     => 'desc',
				'enum'        => array( 'asc', 'desc' ),
			),
		);
	}

	/**
	 * The parameters of a new client.
	 *
	 * @return array<string, array<string, mixed>>
	 */
	private function create_params(): array {
		$params            = Client_Item::draft_schema();
		$params['name']   += array( 'default' => '' );
		$params['type']   += array( 'default' => 'confidential' );
		$params['mode']   += array( 'default' => 'restricted' );
		$params['client_id'] = array(
			'description' => __( 'A chosen client ID; one is made without it.', 'app-connect' ),
			'type'        => 'string',
		);
		$params['secret']    = array(
			'description' => __( 'A chosen client secret; one is made without it.', 'app-connect' ),
			'type'        => 'string',
		);
		return $params;
	}

	/**
	 * The parameters of a changed client.
	 *
	 * @return array<string, array<string, mixed>>
	 */
	private function update_params(): array {
		return self::id_param() + self::revision_param() + Client_Item::draft_schema() + array(
			'status' => array(
				'description' => __( 'Whether the client is in use.', 'app-connect' ),
				'type'        => 'string',
				'enum'        => Client_Item::STATUSES,
			),
		);
	}

	/**
	 * Whether something is deleted for good, as a parameter.
	 *
	 * @return array<string, array<string, mixed>>
	 */
	private static function force_param(): array {
		return array(
			'force' => array(
				'description' => __( 'Must be true, as clients do not support trashing.', 'app-connect' ),
				'type'        => 'boolean',
				'default'     => false,
			),
		);
	}

	/**
	 * What the request says of a client.
	 *
	 * @param WP_REST_Request $request The request.
	 * @return array<string, mixed>
	 */
	private function draft( WP_REST_Request $request ): array {
		$known = $request->get_attributes()['args'];
		$draft = array();
		foreach ( array( ...array_keys( Client_Item::draft_schema() ), 'client_id', 'secret' ) as $field ) {
			if ( isset( $known[ $field ] ) && $request->has_param( $field ) ) {
				$draft[ $field ] = $request[ $field ];
			}
		}
		return $draft;
	}
}
