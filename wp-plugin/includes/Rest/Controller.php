<?php
/**
 * What our administrators' routes have in common.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Rest;

use AppConnect\WP\Auth\Manage;
use AppConnect\WP\Flow_Runner;
use AppConnect\WP\Refusal;
use AppConnect\WP\Storage\Unavailable;
use WP_Error;
use WP_REST_Request;
use WP_REST_Response;

/**
 * A controller whose every route asks for our capability, keeps out of the index, and answers failures in one way.
 */
abstract class Controller extends \WP_REST_Controller {

	/**
	 * The namespace of our routes.
	 *
	 * @var string
	 */
	protected $namespace = Protocol_Routes::REST_NAMESPACE;

	/**
	 * Whether the current user may manage clients and settings.
	 *
	 * @return true|WP_Error
	 */
	public function permissions_check() {
		return current_user_can( Manage::CAPABILITY ) ? true : new WP_Error(
			'app_connect_forbidden',
			__( 'You are not allowed to manage App Connect.', 'app-connect' ),
			array( 'status' => rest_authorization_required_code() )
		);
	}

	/**
	 * Checks a parameter: text that a database can hold, and what its schema says.
	 *
	 * @param mixed           $value   The value.
	 * @param WP_REST_Request $request The request.
	 * @param string          $param   Its name.
	 * @return true|WP_Error
	 */
	public static function validate( $value, $request, $param ) {
		if ( ! self::is_text( $value ) ) {
			/* translators: %s: name of a parameter. */
			return new WP_Error( 'rest_invalid_param', sprintf( __( '%s is not text in UTF-8.', 'app-connect' ), $param ) );
		}
		$type = $request->get_attributes()['args'][ $param ]['type'] ?? null;
		if ( 'array' === $type && ! is_array( $value ) ) {
			// Core would split it at commas and spaces.
			/* translators: %s: name of a parameter. */
			return new WP_Error( 'rest_invalid_type', sprintf( __( '%s is not a list.', 'app-connect' ), $param ) );
		}
		return rest_validate_request_arg( $value, $request, $param );
	}

	/**
	 * Registers one route.
	 *
	 * @param string                                                   $path     Its path.
	 * @param array<string, array{string, array<string, mixed>}> $handlers By methods: our method that answers, and its parameters.
	 */
	protected function route( string $path, array $handlers ): void {
		$route = array( 'schema' => array( $this, 'get_public_item_schema' ) );
		foreach ( $handlers as $methods => list( $handler, $args ) ) {
			foreach ( $args as $name => $arg ) {
				$args[ $name ]['validate_callback'] = array( self::class, 'validate' );
				$args[ $name ]['sanitize_callback'] = 'rest_sanitize_request_arg';
			}
			$route[] = array(
				'methods'             => $methods,
				'callback'            => fn ( WP_REST_Request $request ) => self::attempt( fn () => $this->$handler( $request ) ),
				'permission_callback' => array( $this, 'permissions_check' ),
				'args'                => $args,
				'show_in_index'       => false,
			);
		}
		register_rest_route( $this->namespace, $path, $route );
	}

	/**
	 * The identifier in a path, as a parameter.
	 *
	 * @return array<string, array<string, mixed>>
	 */
	protected static function id_param(): array {
		return array(
			'id' => array(
				'description' => __( 'Row number of the client.', 'app-connect' ),
				'type'        => 'integer',
			),
		);
	}

	/**
	 * The revision that was edited, as a parameter.
	 *
	 * @return array<string, array<string, mixed>>
	 */
	protected static function revision_param(): array {
		return array(
			'revision' => array(
				'description' => __( 'The revision that this change is for: it is refused if there is a newer one.', 'app-connect' ),
				'type'        => 'integer',
				'minimum'     => 0,
			),
		);
	}

	/**
	 * A list of strings, as a schema.
	 *
	 * @param string $description What it lists.
	 * @return array<string, mixed>
	 */
	protected static function strings( string $description ): array {
		return array(
			'description' => $description,
			'type'        => 'array',
			'items'       => array( 'type' => 'string' ),
		);
	}

	/**
	 * Counts of what lives, as a schema.
	 *
	 * @return array<string, array<string, mixed>>
	 */
	protected static function counts(): array {
		return array(
			'tokens'   => array(
				'description' => __( 'Live access tokens, counted up to 10,000.', 'app-connect' ),
				'type'        => 'integer',
				'readonly'    => true,
			),
			'sessions' => array(
				'description' => __( 'Live sessions, counted up to 10,000.', 'app-connect' ),
				'type'        => 'integer',
				'readonly'    => true,
			),
			'more'     => array(
				'description' => __( 'Whether there are more than were counted.', 'app-connect' ),
				'type'        => 'boolean',
				'readonly'    => true,
			),
		);
	}

	/**
	 * An answer with a secret, which nobody may keep.
	 *
	 * @param array<string, mixed> $data   The answer.
	 * @param int                  $status Its status.
	 */
	protected static function once( #[\SensitiveParameter] array $data, int $status = 200 ): WP_REST_Response {
		$response = new WP_REST_Response( $data, $status );
		$response->header( 'Cache-Control', 'no-store, private' );
		$response->header( 'Pragma', 'no-cache' );
		return $response;
	}

	/**
	 * Runs a handler. What goes wrong in it is logged, and told without its cause.
	 *
	 * @param callable(): (WP_REST_Response|WP_Error) $work The handler.
	 * @return WP_REST_Response|WP_Error
	 */
	private static function attempt( callable $work ) {
		try {
			return $work();
		} catch ( Unavailable $failure ) {
			Flow_Runner::log( $failure );
			return Refusal::unavailable();
		} catch ( \Throwable $failure ) {
			Flow_Runner::log( $failure );
			return new WP_Error(
				'app_connect_failed',
				__( 'App Connect could not do this. The error log of the site says more.', 'app-connect' ),
				array( 'status' => 500 )
			);
		}
	}

	/**
	 * Whether every string in a value is UTF-8 without NUL.
	 *
	 * @param mixed $value The value.
	 */
	private static function is_text( $value ): bool {
		if ( is_array( $value ) ) {
			foreach ( $value as $key => $item ) {
				if ( ! self::is_text( (string) $key ) || ! self::is_text( $item ) ) {
					return false;
				}
			}
			return true;
		}
		return ! is_string( $value ) || ( ! str_contains( $value, "\0" ) && mb_check_encoding( $value, 'UTF-8' ) );
	}
}
