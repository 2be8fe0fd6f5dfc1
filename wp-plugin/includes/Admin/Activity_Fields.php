<?php
/**
 * What can be changed, in words.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

/**
 * The names of the fields of clients, and of settings, as the audit log shows them.
 */
final class Activity_Fields {

	/**
	 * What a field is called. One that is new here is shown by its name.
	 *
	 * @param string $name The field, or the setting.
	 */
	public static function title( string $name ): string {
		return self::titles()[ $name ] ?? $name;
	}

	/**
	 * The names.
	 *
	 * @return array<string, string>
	 */
	private static function titles(): array {
		return array(
			'access_token_format'         => __( 'format of access tokens', 'app-connect' ),
			'access_token_lifetime'       => __( 'lifetime of access tokens', 'app-connect' ),
			'account'                     => __( 'access to the account', 'app-connect' ),
			'activity_retention'          => __( 'how long activity is kept', 'app-connect' ),
			'auth_methods'                => __( 'how the secret is shown', 'app-connect' ),
			'authorization_code_lifetime' => __( 'lifetime of authorization codes', 'app-connect' ),
			'backchannel_logout_uri'      => __( 'address for logouts', 'app-connect' ),
			'bundles'                     => __( 'bundles', 'app-connect' ),
			'capabilities'                => __( 'capabilities', 'app-connect' ),
			'consent'                     => __( 'when people are asked', 'app-connect' ),
			'description'                 => __( 'description', 'app-connect' ),
			'door'                        => __( 'answering token requests early', 'app-connect' ),
			'enabled'                     => __( 'access for apps', 'app-connect' ),
			'first_party'                 => __( 'skipping the consent page', 'app-connect' ),
			'grant_types'                 => __( 'grant types', 'app-connect' ),
			'key_rotation'                => __( 'how long a signing key is used', 'app-connect' ),
			'key_type'                    => __( 'type of signing keys', 'app-connect' ),
			'limits_per_address'          => __( 'wrong secrets per address', 'app-connect' ),
			'limits_per_client'           => __( 'wrong secrets per client', 'app-connect' ),
			'limits_window'               => __( 'time over which wrong secrets are counted', 'app-connect' ),
			'localhost_redirects'         => __( 'redirects to localhost', 'app-connect' ),
			'logo_uri'                    => __( 'logo', 'app-connect' ),
			'mode'                        => __( 'access', 'app-connect' ),
			'name'                        => __( 'name', 'app-connect' ),
			'post_logout_redirect_uris'   => __( 'addresses after a logout', 'app-connect' ),
			'redirect_uris'               => __( 'redirect URIs', 'app-connect' ),
			'refresh_token_lifetime'      => __( 'lifetime of refresh tokens', 'app-connect' ),
			'remove_data_on_uninstall'    => __( 'deleting data with the plugin', 'app-connect' ),
			'require_pkce'                => __( 'PKCE', 'app-connect' ),
			'resource_server'             => __( 'looking at tokens', 'app-connect' ),
			'routes'                      => __( 'allowed routes', 'app-connect' ),
			'service_user_id'             => __( 'service user', 'app-connect' ),
			'session_lifetime'            => __( 'lifetime of sessions', 'app-connect' ),
			'status'                      => __( 'status', 'app-connect' ),
			'takeover'                    => __( 'takeover rights', 'app-connect' ),
			'trusted_proxies'             => __( 'trusted proxies', 'app-connect' ),
			'type'                        => __( 'type', 'app-connect' ),
			'verified'                    => __( 'verified', 'app-connect' ),
		);
	}
}
