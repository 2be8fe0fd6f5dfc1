<?php
/**
 * The REST route that finds service users.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Rest;

use AppConnect\WP\Client_Registry;
use WP_REST_Request;
use WP_REST_Response;
use WP_User;

/**
 * `/service-users`: users whom the current user may edit, and so let a client act as.
 */
final class Service_Users_Controller extends Controller {

	/**
	 * How many are found at most.
	 */
	private const MOST = 20;

	/**
	 * Users read at a time, and how often, when many of them are not to be edited.
	 */
	private const PAGE  = 100;
	private const PAGES = 5;

	/**
	 * Registers the route.
	 */
	public function register_routes() {
		$this->route(
			'/service-users',
			array( \WP_REST_Server::READABLE => array( 'get_items', $this->get_collection_params() ) )
		);
	}

	/**
	 * The users found.
	 *
	 * @param WP_REST_Request $request The request.
	 * @return WP_REST_Response
	 */
	public function get_items( $request ) {
		return new WP_REST_Response( array_map( array( self::class, 'item' ), self::editable( trim( (string) $request['search'] ) ) ) );
	}

	/**
	 * The parameters of a search.
	 *
	 * @return array<string, array<string, mixed>>
	 */
	public function get_collection_params() {
		return array(
			'search' => array(
				'description' => __( 'A part of the name, login or e-mail address.', 'app-connect' ),
				'type'        => 'string',
				'maxLength'   => 100,
				'default'     => '',
			),
		);
	}

	/**
	 * The schema of a user.
	 *
	 * @return array<string, mixed>
	 */
	public function get_item_schema() {
		$readonly = static fn ( string $description, string $type = 'string' ): array => array(
			'description' => $description,
			'type'        => $type,
			'readonly'    => true,
		);
		return array(
			'$schema'    => 'http://json-schema.org/draft-04/schema#',
			'title'      => 'app-connect-service-user',
			'type'       => 'object',
			'properties' => array(
				'id'       => $readonly( __( 'ID of the user.', 'app-connect' ), 'integer' ),
				'name'     => $readonly( __( 'Display name.', 'app-connect' ) ),
				'login'    => $readonly( __( 'Login.', 'app-connect' ) ),
				'email'    => $readonly( __( 'E-mail address.', 'app-connect' ) ),
				'roles'    => self::strings( __( 'Roles.', 'app-connect' ) ) + array( 'readonly' => true ),
				'takeover' => self::strings( __( 'Takeover rights that the user holds.', 'app-connect' ) ) + array( 'readonly' => true ),
			),
		);
	}

	/**
	 * The first users that match and may be edited.
	 *
	 * @param string $search What to look for; empty for all.
	 * @return list<WP_User>
	 */
	private static function editable( string $search ): array {
		$found = array();
		$query = array(
			'number'  => self::PAGE,
			'orderby' => 'display_name',
		);
		if ( '' !== $search ) {
			$query['search']         = '*' . $search . '*';
			$query['search_columns'] = array( 'user_login', 'user_email', 'display_name' );
		}
		if ( ! current_user_can( 'edit_users' ) ) {
			// On a network only oneself.
			$query['include'] = array( get_current_user_id() );
		}
		for ( $page = 1; $page <= self::PAGES; $page++ ) {
			$users = get_users( array( 'paged' => $page ) + $query );
			foreach ( $users as $user ) {
				if ( current_user_can( 'edit_user', $user->ID ) ) {
					$found[] = $user;
				}
			}
			if ( count( $found ) >= self::MOST || count( $users ) < self::PAGE ) {
				break;
			}
		}
		return array_slice( $found, 0, self::MOST );
	}

	/**
	 * A user as the API shows it.
	 *
	 * @param WP_User $user The user.
	 * @return array<string, mixed>
	 */
	private static function item( WP_User $user ): array {
		return array(
			'id'       => $user->ID,
			'name'     => $user->display_name,
			'login'    => $user->user_login,
			'email'    => $user->user_email,
			'roles'    => array_values( $user->roles ),
			'takeover' => Client_Registry::held( $user->ID ),
		);
	}
}
