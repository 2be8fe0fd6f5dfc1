<?php
/**
 * The REST route of the settings.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Rest;

use AppConnect\ConfigurationException;
use AppConnect\Server;
use AppConnect\WP\Audit;
use AppConnect\WP\Http\Door;
use AppConnect\WP\Plugin;
use AppConnect\WP\Refusal;
use AppConnect\WP\Settings;
use AppConnect\WP\Signing_Keys;
use AppConnect\WP\Storage\Live_Counts;
use WP_Error;
use WP_REST_Request;
use WP_REST_Response;

/**
 * `/settings`: read, and change some of them.
 */
final class Settings_Controller extends Controller {

	/**
	 * The settings that the protocol judges, beside its numbers.
	 */
	private const LISTS = array( 'trusted_proxies', 'takeover' );

	/**
	 * What to confirm before grant types go off that have live tokens.
	 */
	private const GRANT_TYPES_OFF = 'grant_types_off';

	/**
	 * What to confirm before apps have to know the site by another name.
	 */
	private const ISSUER_CHANGED = 'issuer_changed';

	/**
	 * The settings that say which keys there must be.
	 */
	private const KEYS = array( 'access_token_format', 'key_type' );

	/**
	 * Registers the route.
	 */
	public function register_routes() {
		$this->route(
			'/settings',
			array(
				\WP_REST_Server::READABLE => array( 'get_item', array() ),
				\WP_REST_Server::EDITABLE => array( 'update_item', $this->params() ),
			)
		);
	}

	/**
	 * The settings, and what lives by each grant type.
	 *
	 * @param WP_REST_Request $request The request.
	 * @return WP_REST_Response
	 */
	public function get_item( $request ) {
		$live = array();
		foreach ( array_column( Server::grant_types(), 'name' ) as $method ) {
			$live[ $method ] = Live_Counts::of_methods( array( $method ) );
		}
		$settings         = Settings::view();
		$settings['door'] = Door::is_open();
		return new WP_REST_Response(
			$settings + array(
				'issuer'  => self::issuer(),
				'issuers' => self::issuers(),
				'live'    => $live,
			)
		);
	}

	/**
	 * Changes some settings.
	 *
	 * @param WP_REST_Request $request The request.
	 * @return WP_REST_Response|WP_Error
	 */
	public function update_item( $request ) {
		$changes = array();
		foreach ( array_keys( Settings::view() ) as $name ) {
			if ( $request->has_param( $name ) ) {
				$changes[ $name ] = $request[ $name ];
			}
		}
		$judged = array_flip( array( ...array_keys( Settings::rules() ), ...self::LISTS ) );
		$chosen = self::chosen_issuer( $changes['issuer_place'] ?? null );
		$errors = Server::check_settings( array_intersect_key( $changes, $judged ) );
		if ( null !== $chosen && null === $chosen['issuer'] ) {
			$errors[] = self::unsuitable_issuer();
		}
		if ( $errors ) {
			return Refusal::settings( $errors );
		}
		$ended   = self::going_off( (array) ( $changes['grant_types'] ?? array() ) );
		$live    = Live_Counts::of_methods( $ended );
		$confirm = array_keys(
			array_filter(
				array(
					self::GRANT_TYPES_OFF => $live['tokens'] + $live['sessions'] > 0,
					self::ISSUER_CHANGED  => null !== $chosen && ! $chosen['current'],
				)
			)
		);
		if ( array_diff( $confirm, (array) $request['confirm'] ) ) {
			return Refusal::unconfirmed( $confirm, $live );
		}
		$different = Settings::apply( $changes );
		if ( null === $different ) {
			return Refusal::settings( self::too_many( $changes ) );
		}
		if ( $different ) {
			Audit::tell( 'settings_changed', array( 'fields' => $different ) + ( $ended ? array( 'grant_types_off' => $ended ) : array() ) );
		}
		$kept = array_intersect( self::KEYS, $different ) ? Signing_Keys::run( 'maintain' ) : null;
		// While nothing is signed, keys can wait.
		return null === $kept || 200 === $kept['status'] || ! Settings::signs() ? $this->get_item( $request ) : Refusal::signing_keys( $kept['body'] );
	}

	/**
	 * The schema of the settings.
	 *
	 * @return array<string, mixed>
	 */
	public function get_item_schema() {
		$grant_types = array_column( Server::grant_types(), 'name' );
		$properties  = array(
			'enabled'                     => self::is( __( 'Whether apps can get and use tokens at all.', 'app-connect' ) ),
			'door'                        => self::is( __( 'Whether requests for tokens are answered before WordPress has loaded its theme and REST server. Never true where APP_CONNECT_DOOR says no.', 'app-connect' ) ),
			'issuer'                      => array(
				'description' => __( 'Address by which apps know this site.', 'app-connect' ),
				'type'        => 'string',
				'readonly'    => true,
			),
			'issuer_place'                => self::choice( __( 'Where the issuer is: the site’s address, or the root of these REST routes. APP_CONNECT_ISSUER decides before it does. Changing it makes this another site in the eyes of apps.', 'app-connect' ), Settings::ISSUER_PLACES ),
			'issuers'                     => self::issuers_schema(),
			'role_claims'                 => self::is( __( 'Whether apps are told the roles of the people who sign in.', 'app-connect' ) ),
			'logout_ends_sign_ins'        => self::is( __( 'Whether logging out of WordPress also signs people out of the apps that they signed in to there.', 'app-connect' ) ),
			'grant_types'                 => array(
				'description'          => __( 'Grant types that may be used. Switching one off ends all tokens that it made.', 'app-connect' ),
				'type'                 => 'object',
				'properties'           => array_fill_keys( $grant_types, array( 'type' => 'boolean' ) ),
				'additionalProperties' => false,
			),
			'access_token_format'         => self::choice( __( 'Format of access tokens, for clients that have none of their own.', 'app-connect' ), Settings::TOKEN_FORMATS ),
			'key_type'                    => self::choice( __( 'Type of the key that signs tokens. Another one takes its place as soon as it has been published.', 'app-connect' ), array_column( Server::key_types(), 'name' ) ),
			'key_rotation'                => self::number( __( 'How long a key signs tokens before another takes its place, in seconds.', 'app-connect' ), 'key_rotation' ),
			'access_token_lifetime'       => self::number( __( 'Lifetime of access tokens in seconds.', 'app-connect' ), 'access_token_lifetime' ),
			'authorization_code_lifetime' => self::number( __( 'Lifetime of authorization codes in seconds.', 'app-connect' ), 'authorization_code_lifetime' ),
			'refresh_token_lifetime'      => self::number( __( 'How long an app stays signed in without being used, in seconds.', 'app-connect' ), 'refresh_token_lifetime' ),
			'session_lifetime'            => self::number( __( 'How long an app stays signed in at most, in seconds.', 'app-connect' ), 'session_lifetime' ),
			'limits_per_client'           => self::number( __( 'Failed attempts of one client from one address in a window.', 'app-connect' ), 'limits_per_client' ),
			'limits_per_address'          => self::number( __( 'Failed attempts from one address in a window.', 'app-connect' ), 'limits_per_address' ),
			'limits_window'               => self::number( __( 'Length of the window in seconds.', 'app-connect' ), 'limits_window' ),
			'activity_retention'          => self::number( __( 'How long the audit log goes back, in seconds.', 'app-connect' ), 'activity_retention' ),
			'localhost_redirects'         => self::is( __( 'Whether http://localhost is a redirect URI like http://127.0.0.1.', 'app-connect' ) ),
			'trusted_proxies'             => self::strings( __( 'Addresses and networks of proxies whose X-Forwarded-For is believed.', 'app-connect' ) ),
			'takeover'                    => self::strings( __( 'Capabilities that this site treats as takeover rights, beside the built-in ones.', 'app-connect' ) ),
			'remove_data_on_uninstall'    => self::is( __( 'Whether deleting the plugin deletes clients, tokens and settings.', 'app-connect' ) ),
			'live'                        => array(
				'description'          => __( 'What lives, by grant type.', 'app-connect' ),
				'type'                 => 'object',
				'additionalProperties' => array(
					'type'       => 'object',
					'properties' => self::counts(),
				),
				'readonly'             => true,
			),
		);
		return $this->add_additional_fields_schema(
			array(
				'$schema'    => 'http://json-schema.org/draft-04/schema#',
				'title'      => 'app-connect-settings',
				'type'       => 'object',
				'properties' => $properties,
			)
		);
	}

	/**
	 * The parameters of a change. Ranges are the protocol's to judge, which says in one answer all that is wrong.
	 *
	 * @return array<string, array<string, mixed>>
	 */
	private function params(): array {
		$params = array();
		foreach ( $this->get_item_schema()['properties'] as $name => $property ) {
			if ( empty( $property['readonly'] ) ) {
				$params[ $name ] = array_diff_key( $property, array_flip( array( 'default', 'minimum', 'maximum' ) ) );
			}
		}
		$params['confirm'] = self::strings( __( 'Consequences that a person has confirmed.', 'app-connect' ) );
		return $params;
	}

	/**
	 * The grant types that are on and would go off.
	 *
	 * @param array<string, bool> $wanted The switches.
	 * @return list<string>
	 */
	private static function going_off( array $wanted ): array {
		return array_values(
			array_filter(
				array_keys( array_filter( Settings::view()['grant_types'] ) ),
				static fn ( string $name ): bool => isset( $wanted[ $name ] ) && ! $wanted[ $name ]
			)
		);
	}

	/**
	 * The error of lists that would make every request of the site load too much.
	 *
	 * @param array<string, mixed> $changes What was filled in.
	 * @return list<array{field: string, line: null, code: string, detail: string}>
	 */
	private static function too_many( array $changes ): array {
		return array_map(
			static fn ( string $name ): array => array(
				'field'  => $name,
				'line'   => null,
				'code'   => 'too_many',
				'detail' => 'the settings would be too large',
			),
			array_values( array_intersect( self::LISTS, array_keys( $changes ) ) )
		);
	}

	/**
	 * The issuer. With one that cannot serve an administrator still has to see the settings.
	 */
	private static function issuer(): string {
		try {
			return Plugin::server()->issuer();
		} catch ( ConfigurationException $unusable ) {
			return '';
		}
	}

	/**
	 * What the issuer could be.
	 *
	 * @return list<array{place: string, issuer: string|null, configuration: string|null, current: bool}>
	 */
	private static function issuers(): array {
		try {
			return Plugin::server()->issuers();
		} catch ( ConfigurationException $unusable ) {
			return array();
		}
	}

	/**
	 * What the issuer would be at a place, null if that is nobody's wish or cannot be known.
	 *
	 * @param string|null $place The place.
	 * @return array{place: string, issuer: string|null, configuration: string|null, current: bool}|null
	 */
	private static function chosen_issuer( ?string $place ): ?array {
		return array_column( self::issuers(), null, 'place' )[ $place ?? '' ] ?? null;
	}

	/**
	 * The error of a place where the issuer cannot be.
	 *
	 * @return array{field: string, line: null, code: string, detail: string}
	 */
	private static function unsuitable_issuer(): array {
		return array(
			'field'  => 'issuer_place',
			'line'   => null,
			'code'   => 'query',
			'detail' => 'with plain permalinks the REST routes have a query',
		);
	}

	/**
	 * What the issuer could be, as a schema.
	 *
	 * @return array<string, mixed>
	 */
	private static function issuers_schema(): array {
		return array(
			'description' => __( 'What the issuer would be at each place, and where its configuration is looked up.', 'app-connect' ),
			'type'        => 'array',
			'items'       => array(
				'type'       => 'object',
				'properties' => array(
					'place'         => array( 'type' => 'string' ),
					'issuer'        => array( 'type' => array( 'string', 'null' ) ),
					'configuration' => array( 'type' => array( 'string', 'null' ) ),
					'current'       => array( 'type' => 'boolean' ),
				),
			),
			'readonly'    => true,
		);
	}

	/**
	 * A switch, as a schema.
	 *
	 * @param string $description What it switches.
	 * @return array<string, mixed>
	 */
	private static function is( string $description ): array {
		return array(
			'description' => $description,
			'type'        => 'boolean',
		);
	}

	/**
	 * A choice, as a schema.
	 *
	 * @param string       $description What is chosen.
	 * @param list<string> $values      Among what.
	 * @return array<string, mixed>
	 */
	private static function choice( string $description, array $values ): array {
		return array(
			'description' => $description,
			'type'        => 'string',
			'enum'        => $values,
		);
	}

	/**
	 * A number, as a schema.
	 *
	 * @param string $description What it counts.
	 * @param string $name        Its name among the ranges.
	 * @return array<string, mixed>
	 */
	private static function number( string $description, string $name ): array {
		$rule = Settings::rules()[ $name ];
		return array(
			'description' => $description,
			'type'        => 'integer',
			'default'     => $rule['default'],
			'minimum'     => $rule['min'],
			'maximum'     => $rule['max'],
		);
	}
}
