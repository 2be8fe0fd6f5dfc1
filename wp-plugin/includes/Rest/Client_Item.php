<?php
/**
 * A client as the REST API shows it.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Rest;

use AppConnect\WP\Flow_Runner;
use AppConnect\WP\Plugin;
use AppConnect\WP\Settings;

/**
 * From a row to an item, and the schema of both items and drafts. No item tells a secret or its hash.
 */
final class Client_Item {

	/**
	 * The statuses of clients.
	 */
	public const STATUSES = array( 'active', 'disabled' );

	/**
	 * The formats of access tokens that a client may have, the site's first.
	 */
	public const FORMATS = array( 'default', ...Settings::TOKEN_FORMATS );

	/**
	 * The item of a client.
	 *
	 * @param array<string, mixed> $stored As `Storage\Clients::stored()` has it.
	 * @return array<string, mixed>
	 */
	public static function of( array $stored ): array {
		$fields   = self::described( $stored );
		$previous = isset( $stored['prev_secret_hash'] ) ? (int) $stored['prev_until'] : 0;
		return array(
			'id'                    => (int) $stored['id'],
			'client_id'             => $stored['client_id'],
			'name'                  => $stored['name'],
			'description'           => $fields['description'],
			'logo_uri'              => $fields['logo_uri'],
			'type'                  => $stored['type'],
			'grant_types'           => $fields['grant_types'],
			'auth_methods'          => $fields['auth_methods'],
			'access_token_format'   => $fields['access_token_format'],
			'mode'                  => $stored['mode'],
			'capabilities'          => $fields['capabilities'],
			'bundles'               => $fields['bundles'],
			'takeover'              => $fields['takeover'],
			'account'               => $fields['account'],
			'routes'                => $fields['routes'],
			'service_user_id'       => isset( $stored['service_user_id'] ) ? (int) $stored['service_user_id'] : null,
			'redirect_uris'         => $fields['redirect_uris'],
			'post_logout_redirect_uris' => $fields['post_logout_redirect_uris'],
			'backchannel_logout_uri' => $fields['backchannel_logout_uri'],
			'require_pkce'          => $fields['require_pkce'],
			'consent'               => $fields['consent'],
			'first_party'           => $fields['first_party'],
			'resource_server'       => $fields['resource_server'],
			'trusted'               => $fields['trusted'],
			'verified'              => $fields['verified'],
			'status'                => $stored['status'],
			'created'               => self::date_time( (int) $stored['created_at'] ),
			'last_used'             => isset( $stored['last_used_day'] ) ? gmdate( 'Y-m-d', (int) $stored['last_used_day'] * DAY_IN_SECONDS ) : null,
			'previous_secret_until' => $previous > time() ? self::date_time( $previous ) : null,
			'revision'              => (int) $stored['revision'],
		);
	}

	/**
	 * The schema of an item.
	 *
	 * @return array<string, mixed>
	 */
	public static function schema(): array {
		$readonly   = static fn ( string $description, $type, array $more = array() ): array => array(
			'description' => $description,
			'type'        => $type,
			'readonly'    => true,
		) + $more;
		$properties = array(
			'id'                    => $readonly( __( 'Row number of the client.', 'app-connect' ), 'integer' ),
			'client_id'             => $readonly( __( 'Client ID: what the app presents.', 'app-connect' ), 'string' ),
			...array_diff_key( self::draft_schema(), array( 'confirm' => true ) ),
			'status'                => array(
				'description' => __( 'Whether the client is in use.', 'app-connect' ),
				'type'        => 'string',
				'enum'        => self::STATUSES,
			),
			'created'               => $readonly( __( 'When it was registered, in UTC.', 'app-connect' ), 'string', array( 'format' => 'date-time' ) ),
			'last_used'             => $readonly( __( 'The day on which a token of it was used last, in UTC.', 'app-connect' ), array( 'string', 'null' ) ),
			'previous_secret_until' => $readonly( __( 'Until when the former secret goes on working, in UTC.', 'app-connect' ), array( 'string', 'null' ), array( 'format' => 'date-time' ) ),
			'revision'              => $readonly( __( 'Moves with every change.', 'app-connect' ), 'integer' ),
			'client_secret'         => $readonly( __( 'The secret: only in the answer to the request that made it.', 'app-connect' ), array( 'string', 'null' ) ),
			'ceiling'               => $readonly( __( 'What a change did to what the client may do at most: same, narrower, wider or different. Only in the answer to it.', 'app-connect' ), 'string' ),
			'ends'                  => $readonly( __( 'What a change ended. Only in the answer to it.', 'app-connect' ), 'array', array( 'items' => array( 'type' => 'string' ) ) ),
		);
		return array(
			'$schema'    => 'http://json-schema.org/draft-04/schema#',
			'title'      => 'app-connect-client',
			'type'       => 'object',
			'properties' => $properties,
		);
	}

	/**
	 * What an administrator fills in, in the terms of `AppConnect\Server::draft_client()`, which judges it.
	 *
	 * @return array<string, array<string, mixed>>
	 */
	public static function draft_schema(): array {
		$text = static fn ( string $description, array $more = array() ): array => array(
			'description' => $description,
			'type'        => 'string',
		) + $more;
		$list = static fn ( string $description ): array => array(
			'description' => $description,
			'type'        => 'array',
			'items'       => array( 'type' => 'string' ),
		);
		$is   = static fn ( string $description ): array => array(
			'description' => $description,
			'type'        => 'boolean',
		);
		return array(
			'name'                => $text( __( 'Name, for people.', 'app-connect' ) ),
			'description'         => $text( __( 'What it is, for people.', 'app-connect' ) ),
			'logo_uri'            => $text( __( 'Address of its logo.', 'app-connect' ) ),
			'type'                => $text( __( 'Whether it can keep a secret.', 'app-connect' ), array( 'enum' => array( 'confidential', 'public' ) ) ),
			'mode'                => $text( __( 'How much of a user’s permissions it may have at all.', 'app-connect' ), array( 'enum' => array( 'full', 'restricted', 'login_only' ) ) ),
			'grant_types'         => $list( __( 'Grant types that it may use.', 'app-connect' ) ),
			'auth_methods'        => $list( __( 'How it may prove who it is; every method that fits its type if empty.', 'app-connect' ) ),
			'access_token_format' => $text( __( 'Format of its access tokens: opaque, jwt, or the site’s. Default default.', 'app-connect' ), array( 'enum' => self::FORMATS ) ),
			'capabilities'        => $list( __( 'Capabilities, for restricted access.', 'app-connect' ) ),
			'bundles'             => $list( __( 'Bundles of capabilities and routes, for restricted access.', 'app-connect' ) ),
			'takeover'            => $list( __( 'Takeover rights, for restricted access.', 'app-connect' ) ),
			'account'             => $is( __( 'Whether it may change the user’s own account.', 'app-connect' ) ),
			'routes'              => $list( __( 'REST routes that it may call, as METHOD /path.', 'app-connect' ) ),
			'service_user_id'     => array(
				'description' => __( 'The user that it acts as on its own behalf.', 'app-connect' ),
				'type'        => array( 'integer', 'null' ),
				'minimum'     => 1,
			),
			'redirect_uris'       => $list( __( 'Addresses to which people may be sent back: https, http on a loopback address with any port, or a private-use scheme with a dot in it.', 'app-connect' ) ),
			'post_logout_redirect_uris' => $list( __( 'Addresses to which people may be sent after the app has logged them out here.', 'app-connect' ) ),
			'backchannel_logout_uri' => $text( __( 'Address where the app is told that somebody who signed in to it has logged out here (OpenID Connect Back-Channel Logout).', 'app-connect' ) ),
			'require_pkce'        => $is( __( 'Whether an authorization code needs PKCE with S256; always so for public clients. Default true.', 'app-connect' ) ),
			'consent'             => $text( __( 'When people are asked again: remember (when the app wants more than they approved) or always. Default remember.', 'app-connect' ), array( 'enum' => array( 'remember', 'always' ) ) ),
			'first_party'         => $is( __( 'Whether people are not asked, because the app is the site’s own; for confidential clients. Default false.', 'app-connect' ) ),
			'resource_server'     => $is( __( 'Whether it may introspect the access tokens of other clients; for confidential clients. Default false.', 'app-connect' ) ),
			'trusted'             => $is( __( 'Whether people may type their password into it: needed for the grant type password. Default false.', 'app-connect' ) ),
			'verified'            => $is( __( 'Whether the consent page says that the site has checked the app. Default false.', 'app-connect' ) ),
			'confirm'             => $list( __( 'Consequences that a person has confirmed.', 'app-connect' ) ),
		);
	}

	/**
	 * The fields of a client. A row that the protocol cannot read is shown without them: it can still be switched off and
	 * deleted.
	 *
	 * @param array<string, mixed> $stored The row.
	 * @return array<string, mixed>
	 */
	private static function described( array $stored ): array {
		try {
			return Plugin::server()->describe_client( $stored );
		} catch ( \Throwable $failure ) {
			Flow_Runner::log( $failure );
			return array(
				'description'         => '',
				'logo_uri'            => '',
				'backchannel_logout_uri' => '',
				'access_token_format' => self::FORMATS[0],
				'account'             => false,
				'require_pkce'        => true,
				'consent'             => 'remember',
				'first_party'         => false,
				'resource_server'     => false,
				'trusted'             => false,
				'verified'            => false,
			) + array_fill_keys( array( 'grant_types', 'auth_methods', 'capabilities', 'bundles', 'takeover', 'routes', 'redirect_uris', 'post_logout_redirect_uris' ), array() );
		}
	}

	/**
	 * A time as the API writes it.
	 *
	 * @param int $time Seconds.
	 */
	private static function date_time( int $time ): string {
		return gmdate( 'Y-m-d\TH:i:s\Z', $time );
	}
}
