<?php
/**
 * What people read in place of the protocol's words.
 *
 * @package AppConnect
 */

namespace AppConnect\WP;

/**
 * Sentences by key. A key that is new here gets a sentence that is true of any.
 */
final class Messages {

	/**
	 * The numbers that are spans of time, in seconds.
	 */
	private const SPANS = array( 'access_token_lifetime', 'activity_retention', 'authorization_code_lifetime', 'key_rotation', 'limits_window', 'refresh_token_lifetime', 'session_lifetime' );

	/**
	 * What is wrong with a field.
	 *
	 * @param array{field: string, line?: int|null, code: string, detail?: string} $error As the protocol names it.
	 */
	public static function field( array $error ): string {
		$sentence = self::field_sentence( $error['field'], $error['code'] );
		if ( empty( $error['line'] ) ) {
			return $sentence;
		}
		/* translators: 1: number of a line, 2: name of a field with several lines, 3: what is wrong with the line. */
		return sprintf( __( 'Line %1$d of “%2$s”: %3$s', 'app-connect' ), $error['line'], self::label( 'lines', $error['field'] ), $sentence );
	}

	/**
	 * What a person says yes to.
	 *
	 * @param string $code The consequence.
	 */
	public static function confirmation( string $code ): string {
		$sentences = array(
			'grant_types_off'       => __( 'Tokens that were made by the grant types you switch off end at once, and do not come back.', 'app-connect' ),
			'grant_types_removed'   => __( 'Tokens that were made by the grant types you take away end at once, and do not come back.', 'app-connect' ),
			'issuer_changed'        => __( 'Apps know this site by its issuer. Those in which people sign in with this site refuse its sign-ins from now on, until whoever runs them sets them up with the new issuer; and they may take everybody for a new person then.', 'app-connect' ),
			'service_user_changed'  => __( 'Tokens that act as the former service user end at once.', 'app-connect' ),
			'service_user_takeover' => __( 'The service user can take over this site, and this client gets that power: whoever holds its secret is as good as an administrator.', 'app-connect' ),
			'type_changed'          => __( 'All tokens of this client end at once. A confidential client gets a new secret; a public client loses the one it has.', 'app-connect' ),
		);
		return $sentences[ $code ] ?? __( 'This change has a consequence that cannot be undone.', 'app-connect' );
	}

	/**
	 * What a saved change means for tokens.
	 *
	 * @param string $code What became of the client's ceiling, or what ended.
	 */
	public static function consequence( string $code ): string {
		$sentences = array(
			'same'                  => __( 'What the client may do stays the same.', 'app-connect' ),
			'narrower'              => __( 'The client may do less now: that holds from the next request on, also for tokens that it has already.', 'app-connect' ),
			'wider'                 => __( 'The client may do more now: on its own behalf with its next token, on behalf of people once they have approved it again.', 'app-connect' ),
			'different'             => __( 'The client may do less in some respects, which holds from the next request on, and more in others: on its own behalf with its next token, on behalf of people once they have approved it again.', 'app-connect' ),
			'grant_types_removed'   => __( 'Tokens of the grant types that you took away have ended.', 'app-connect' ),
			'service_user_changed'  => __( 'Tokens that acted as the former service user have ended.', 'app-connect' ),
			'service_user_takeover' => __( 'The client acts as a user who can take over this site.', 'app-connect' ),
			'type_changed'          => __( 'All tokens of the client have ended, because its type changed.', 'app-connect' ),
		);
		return $sentences[ $code ] ?? __( 'Some tokens of the client may have ended.', 'app-connect' );
	}

	/**
	 * What a word of the protocol is called.
	 *
	 * @param string $kind `mode`, `type`, `grant`, `consent`, `status`, `auth_method`, `access_token_format`, `key_state`, `key_type`, `key_use`, or `lines` for a field with several lines.
	 * @param string $name The word.
	 */
	public static function label( string $kind, string $name ): string {
		$labels = array(
			'access_token_format' => array(
				'default' => __( 'As the site has it (recommended)', 'app-connect' ),
				'jwt'     => __( 'JWT: other systems can check it by themselves', 'app-connect' ),
				'opaque'  => __( 'Opaque: only this site can tell what it is worth', 'app-connect' ),
			),
			'auth_method'         => array(
				'client_secret_basic' => __( 'Secret in the Authorization header (recommended)', 'app-connect' ),
				'client_secret_post'  => __( 'Secret in the request body', 'app-connect' ),
				'none'                => __( 'No secret', 'app-connect' ),
			),
			'grant'               => array(
				'authorization_code' => __( 'Authorization code (people sign in and approve)', 'app-connect' ),
				'client_credentials' => __( 'Client credentials (the app acts on its own)', 'app-connect' ),
				'password'           => __( 'Password (the app asks people for their password)', 'app-connect' ),
				'refresh_token'      => __( 'Refresh token (people stay signed in)', 'app-connect' ),
			),
			'consent'             => array(
				'always'   => __( 'Ask every time', 'app-connect' ),
				'remember' => __( 'Ask again only when the app wants more', 'app-connect' ),
			),
			'key_state'           => array(
				'active'   => __( 'Active', 'app-connect' ),
				'next'     => __( 'Next', 'app-connect' ),
				'retired'  => __( 'Retired', 'app-connect' ),
				'retiring' => __( 'Retiring', 'app-connect' ),
				'revoked'  => __( 'Revoked', 'app-connect' ),
			),
			'key_type'            => array(
				'ec-p256'  => __( 'ES256, P-256', 'app-connect' ),
				'ed25519'  => __( 'EdDSA, Ed25519', 'app-connect' ),
				'rsa-2048' => __( 'RS256, RSA 2048 (recommended)', 'app-connect' ),
				'rsa-3072' => __( 'RS256, RSA 3072', 'app-connect' ),
				'rsa-4096' => __( 'RS256, RSA 4096', 'app-connect' ),
			),
			'key_use'             => array(
				'next' => __( 'Publish it now, sign with it from the next rotation on (recommended)', 'app-connect' ),
				'now'  => __( 'Sign with it at once', 'app-connect' ),
			),
			'lines'               => array(
				'post_logout_redirect_uris' => __( 'Addresses after a logout', 'app-connect' ),
				'redirect_uris'   => __( 'Redirect URIs', 'app-connect' ),
				'routes'          => __( 'Allowed REST routes', 'app-connect' ),
				'takeover'        => __( 'Further takeover rights', 'app-connect' ),
				'trusted_proxies' => __( 'Trusted proxies', 'app-connect' ),
			),
			'mode'                => array(
				'full'       => __( 'Full access', 'app-connect' ),
				'login_only' => __( 'Login only', 'app-connect' ),
				'restricted' => __( 'Restricted access', 'app-connect' ),
			),
			'status'              => array(
				'active'   => __( 'Active', 'app-connect' ),
				'disabled' => __( 'Disabled', 'app-connect' ),
			),
			'type'                => array(
				'confidential' => __( 'Confidential (a server that keeps a secret)', 'app-connect' ),
				'public'       => __( 'Public (a browser or phone app, without a secret)', 'app-connect' ),
			),
		);
		return $labels[ $kind ][ $name ] ?? $name;
	}

	/**
	 * How things are with the site's secret, in so far as that is not good.
	 *
	 * @param string $state As the protocol names it.
	 */
	public static function secret( string $state ): string {
		$sentences = array(
			'lost'  => __( 'The site’s secret is another than the one with which the signing keys were sealed. Nobody can open them, so no token can be signed.', 'app-connect' ),
			'salts' => __( 'Signing keys are sealed with the keys and salts of wp-config.php, because AC_TOKEN_SECRET is not set. That works until somebody changes those, to log everybody out for example: then no token can be signed any more. With a secret of its own that cannot happen; what is sealed is sealed anew by itself.', 'app-connect' ),
			'unset' => __( 'This site has no secret with which signing keys could be sealed: AC_TOKEN_SECRET is not set. Without it no token can be signed.', 'app-connect' ),
			'weak'  => __( 'AC_TOKEN_SECRET is set, but it is no text of at least 32 bytes, and so too weak to protect anything. Without a better one no token can be signed.', 'app-connect' ),
		);
		return $sentences[ $state ] ?? __( 'The site’s secret cannot be used, so no token can be signed.', 'app-connect' );
	}

	/**
	 * What a takeover right allows.
	 *
	 * @param string $name Its name.
	 */
	public static function takeover( string $name ): string {
		/* translators: %s: name of a capability. */
		return self::takeover_rights()[ $name ] ?? sprintf( __( 'Do what this site counts among takeover rights: %s.', 'app-connect' ), $name );
	}

	/**
	 * What each built-in takeover right means.
	 *
	 * @return array<string, string>
	 */
	private static function takeover_rights(): array {
		$network = __( 'Change how the whole network of sites works.', 'app-connect' );
		return array(
			'activate_plugins'       => __( 'Switch plugins on and off, security plugins too.', 'app-connect' ),
			'create_sites'           => __( 'Add sites to the network.', 'app-connect' ),
			'create_users'           => __( 'Create users, administrators too.', 'app-connect' ),
			'delete_plugins'         => __( 'Delete plugins with their data.', 'app-connect' ),
			'delete_sites'           => __( 'Delete whole sites of the network.', 'app-connect' ),
			'delete_themes'          => __( 'Delete themes.', 'app-connect' ),
			'delete_users'           => __( 'Delete users with all that they wrote.', 'app-connect' ),
			'edit_files'             => __( 'Change files on the server, and so run any code.', 'app-connect' ),
			'edit_plugins'           => __( 'Change the code of plugins, and so run any code on the server.', 'app-connect' ),
			'edit_themes'            => __( 'Change the code of themes, and so run any code on the server.', 'app-connect' ),
			'edit_users'             => __( 'Change other users’ passwords and e-mail addresses, and so become any of them.', 'app-connect' ),
			'export'                 => __( 'Download everything that this site holds, also what is private.', 'app-connect' ),
			'import'                 => __( 'Add content of any kind in anybody’s name.', 'app-connect' ),
			'install_plugins'        => __( 'Install plugins, and so run any code on the server.', 'app-connect' ),
			'install_themes'         => __( 'Install themes, and so run any code on the server.', 'app-connect' ),
			'manage_network'         => $network,
			'manage_network_options' => __( 'Change the settings of the whole network.', 'app-connect' ),
			'manage_network_plugins' => __( 'Switch plugins on and off for the whole network.', 'app-connect' ),
			'manage_network_themes'  => __( 'Choose which themes the sites of the network may use.', 'app-connect' ),
			'manage_network_users'   => __( 'Change any user of the network, and so become any of them.', 'app-connect' ),
			'manage_options'         => __( 'Change every setting, and so let anybody register as an administrator.', 'app-connect' ),
			'manage_sites'           => __( 'Change or archive any site of the network.', 'app-connect' ),
			'promote_users'          => __( 'Give users other roles, the administrator’s too.', 'app-connect' ),
			'remove_users'           => __( 'Take users off this site.', 'app-connect' ),
			'setup_network'          => __( 'Turn this site into a network of sites.', 'app-connect' ),
			'switch_themes'          => __( 'Change the theme, and with it the code that the site runs.', 'app-connect' ),
			'unfiltered_html'        => __( 'Publish scripts, which can then act as whoever reads them, administrators too.', 'app-connect' ),
			'unfiltered_upload'      => __( 'Upload files of any kind, also programs.', 'app-connect' ),
			'update_core'            => __( 'Update WordPress, and so replace its code.', 'app-connect' ),
			'update_plugins'         => __( 'Update plugins, and so replace their code.', 'app-connect' ),
			'update_themes'          => __( 'Update themes, and so replace their code.', 'app-connect' ),
			'upgrade_network'        => __( 'Update the databases of all sites of the network.', 'app-connect' ),
		);
	}

	/**
	 * The sentence of a field's error.
	 *
	 * @param string $field The field.
	 * @param string $code  The error.
	 */
	private static function field_sentence( string $field, string $code ): string {
		$sentences = array(
			'access_token_format' => array(
				'invalid' => __( 'There is no such format of access tokens.', 'app-connect' ),
			),
			'auth_methods'        => array(
				'invalid' => __( 'At least one of these methods does not fit the type of client.', 'app-connect' ),
			),
			'bundles'             => array(
				'unknown' => __( 'At least one of these bundles does not exist.', 'app-connect' ),
			),
			'capabilities'        => array(
				'invalid'  => __( 'At least one of these is not the name of a capability: names have letters, digits and underscores.', 'app-connect' ),
				'takeover' => __( 'At least one of these is a takeover right. Tick it among the takeover rights if the client must have it.', 'app-connect' ),
			),
			'client_id'           => array(
				'invalid'  => __( 'A client ID has 8 to 191 letters, digits, dots, hyphens, underscores or tildes.', 'app-connect' ),
				'new_only' => __( 'The client ID cannot be changed.', 'app-connect' ),
			),
			'description'         => array(
				'too_long' => __( 'The description is too long: at most 2,000 characters.', 'app-connect' ),
			),
			'first_party'         => array(
				'confidential_only' => __( 'A public client cannot skip the consent page: it has no secret, so any app could claim to be it.', 'app-connect' ),
			),
			'grant_types'         => array(
				'confidential_only' => __( 'A public client has no secret, so it cannot act on its own: client credentials are for confidential clients.', 'app-connect' ),
				'not_login_only'    => __( 'A client that only logs people in cannot act on its own: choose another access mode for client credentials.', 'app-connect' ),
				'unknown'           => __( 'At least one of these grant types does not exist.', 'app-connect' ),
			),
			'backchannel_logout_uri' => array(
				'invalid' => __( 'This needs an address that begins with https://, without “#”, or none.', 'app-connect' ),
			),
			'issuer_place'        => array(
				'query' => __( 'An issuer has no question mark in it, and the REST routes of this site have one because its permalinks are plain. Choose another structure under Settings → Permalinks first, or keep the site’s address.', 'app-connect' ),
			),
			'key_type'            => array(
				'invalid' => __( 'There is no such kind of key.', 'app-connect' ),
			),
			'logo_uri'            => array(
				'invalid' => __( 'The logo needs an address that begins with https://, or none.', 'app-connect' ),
			),
			'name'                => array(
				'invalid'  => __( 'The name is too long, or has characters that cannot be shown: at most 191 ordinary characters.', 'app-connect' ),
				'required' => __( 'Please give the client a name.', 'app-connect' ),
			),
			'overlap'             => array(
				'range' => __( 'The former secret can go on working for at most 30 days.', 'app-connect' ),
			),
			'pem'                 => array(
				'encrypted'   => __( 'This key is protected by a passphrase, and nobody is here to type it when a token is signed. Take the passphrase off and paste what comes out: openssl pkey -in key.pem', 'app-connect' ),
				'exists'      => __( 'This site has, or had, this key already. A key that was retired or revoked does not come back.', 'app-connect' ),
				'malformed'   => __( 'This is not one private key in PEM form. Paste all of it, from “-----BEGIN PRIVATE KEY-----” to “-----END PRIVATE KEY-----”, and nothing else.', 'app-connect' ),
				'other_type'  => __( 'This site signs with keys of another kind, or with longer ones. Choose the kind of this key under Settings → Tokens first, then import it.', 'app-connect' ),
				'public'      => __( 'This is a public key or a certificate. To sign, this site needs the private key that belongs to it.', 'app-connect' ),
				'unsupported' => __( 'This key is of a kind that is not used here, or damaged. Possible are RSA with 2048, 3072 or 4096 bits, P-256 and Ed25519.', 'app-connect' ),
				'weak'        => __( 'This key is too weak to protect anything. An RSA key needs at least 2048 bits, and the usual exponent 65537.', 'app-connect' ),
			),
			'redirect_uris'       => array(
				'absolute'     => __( 'This is no complete address. Write all of it, as in: https://app.example.com/callback', 'app-connect' ),
				'character'    => __( 'This has a character that an address cannot have: a space, a quotation mark, a backslash, “<”, “>”, or a letter beyond ASCII. Write such a letter as the app sends it: as “%” and two digits for each byte.', 'app-connect' ),
				'dot_segments' => __( 'The path has “.” or “..” as a part, also when written with “%2e”. Write the path to which that leads.', 'app-connect' ),
				'duplicate'    => __( 'This address is listed above already.', 'app-connect' ),
				'fragment'     => __( 'A redirect URI has no “#” and nothing after it.', 'app-connect' ),
				'host'         => __( 'The name of the host is missing, or is not one.', 'app-connect' ),
				'http'         => __( 'http:// is only for an app on the person’s own computer (http://127.0.0.1). Everywhere else the address begins with https.', 'app-connect' ),
				'length'       => __( 'This address is too long: at most 2,048 characters.', 'app-connect' ),
				'localhost'    => __( 'This site does not allow http://localhost: write http://127.0.0.1, or allow it under Settings → Security.', 'app-connect' ),
				'port'         => __( 'A port is a number up to 65535, without a zero before it.', 'app-connect' ),
				'required'     => __( 'Please list at least one address to which people come back: an app in which they sign in needs one.', 'app-connect' ),
				'scheme'       => __( 'Only https://, http://127.0.0.1, http://[::1], and for phone and desktop apps a scheme with a dot in it, as com.example.app:/callback, lead back to an app.', 'app-connect' ),
				'too_many'     => __( 'There are too many redirect URIs: at most 50.', 'app-connect' ),
				'userinfo'     => __( 'A redirect URI has no user name or password in it: nothing with “@” before the host.', 'app-connect' ),
				'wildcard'     => __( 'Redirect URIs are compared letter by letter, so a “*” stands for nothing. List each address.', 'app-connect' ),
			),
			'require_pkce'        => array(
				'public' => __( 'A public client cannot do without PKCE: it is what keeps its codes from others.', 'app-connect' ),
			),
			'resource_server'     => array(
				'confidential_only' => __( 'A public client cannot look at tokens: it has no secret, so anybody could claim to be it.', 'app-connect' ),
			),
			'routes'              => array(
				'required'        => __( 'Please list the REST routes that this client may call, or tick a bundle.', 'app-connect' ),
				'route_character' => __( 'The path has something that no route has: a space, “%”, “?”, “#”, “\\”, or “.” or “..” as a part.', 'app-connect' ),
				'route_length'    => __( 'The path is longer than 1024 bytes.', 'app-connect' ),
				'route_method'    => __( 'A line begins with a method: GET, POST, PUT, PATCH or DELETE.', 'app-connect' ),
				'route_relative'  => __( 'The path begins with a slash, as in: GET /wp-json/wp/v2/posts', 'app-connect' ),
				'route_shape'     => __( 'A line is a method, a space and a path, as in: GET /wp-json/wp/v2/posts', 'app-connect' ),
				'route_wildcard'  => __( 'An asterisk can only be the whole last part of the path, as in: GET /wp-json/wp/v2/posts/*', 'app-connect' ),
				'too_many'        => __( 'There are too many lines: at most 500.', 'app-connect' ),
			),
			'secret'              => array(
				'new_only' => __( 'A secret can be chosen for a new client only. Generate a new one instead.', 'app-connect' ),
				'public'   => __( 'A public client has no secret.', 'app-connect' ),
				'weak'     => __( 'A secret has 16 to 1,024 letters, digits and signs of the ASCII alphabet.', 'app-connect' ),
			),
			'service_user_id'     => array(
				'not_editable' => __( 'You cannot let a client act as this user, because you may not edit it, or it does not exist.', 'app-connect' ),
				'required'     => __( 'A client that acts on its own needs a user to act as.', 'app-connect' ),
			),
			'takeover'            => array(
				'invalid'  => __( 'This is not the name of a capability.', 'app-connect' ),
				'too_many' => __( 'There are too many lines, or they are too long.', 'app-connect' ),
				'unknown'  => __( 'At least one of these is not a takeover right.', 'app-connect' ),
			),
			'trusted'             => array(
				'required' => __( 'Only an app that you trust with passwords may ask people for theirs. Tick this box, or untick the grant type “Password”.', 'app-connect' ),
			),
			'trusted_proxies'     => array(
				'address'  => __( 'This is not an IP address or network, as 203.0.113.7 or 10.0.0.0/8.', 'app-connect' ),
				'too_many' => __( 'There are too many lines, or they are too long.', 'app-connect' ),
			),
		);
		// The same rules as for the addresses where people come back.
		$sentences['post_logout_redirect_uris'] = $sentences['redirect_uris'];
		return $sentences[ $field ][ $code ] ?? self::of_any_field( $field, $code );
	}

	/**
	 * The sentence of an error that any field can have.
	 *
	 * @param string $field The field.
	 * @param string $code  The error.
	 */
	private static function of_any_field( string $field, string $code ): string {
		$rule = 'range' === $code ? ( Settings::rules()[ $field ] ?? null ) : null;
		if ( null !== $rule && in_array( $field, self::SPANS, true ) ) {
			/* translators: 1: shortest span of time, 2: longest span of time. */
			return sprintf( __( 'Please choose a time from %1$s to %2$s.', 'app-connect' ), human_time_diff( 0, $rule['min'] ), human_time_diff( 0, $rule['max'] ) );
		}
		if ( null !== $rule ) {
			/* translators: 1: smallest number, 2: largest number. */
			return sprintf( __( 'Please choose a number from %1$s to %2$s.', 'app-connect' ), number_format_i18n( $rule['min'] ), number_format_i18n( $rule['max'] ) );
		}
		return __( 'This cannot be saved as it is.', 'app-connect' );
	}
}
