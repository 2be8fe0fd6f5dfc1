<?php
/**
 * Help on the settings.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

/**
 * The help tabs of the settings screen.
 */
final class Settings_Help {

	/**
	 * Adds them to the current screen.
	 */
	public static function add(): void {
		$screen = get_current_screen();
		if ( null === $screen ) {
			return;
		}
		foreach ( self::topics() as $id => $topic ) {
			$screen->add_help_tab(
				array(
					'id'      => "app-connect-help-$id",
					'title'   => $topic[0],
					'content' => '<p>' . implode( '</p><p>', array_map( 'esc_html', array_slice( $topic, 1 ) ) ) . '</p>',
				)
			);
		}
		$screen->set_help_sidebar(
			sprintf(
				'<p><strong>%s</strong></p><p><a href="%s">%s</a></p><p><a href="%s">%s</a></p>',
				esc_html__( 'See also:', 'app-connect' ),
				esc_url( admin_url( 'admin.php?page=app-connect' ) ),
				esc_html__( 'Clients', 'app-connect' ),
				esc_url( admin_url( 'site-health.php' ) ),
				esc_html__( 'Site Health', 'app-connect' )
			)
		);
	}

	/**
	 * What there is to explain: a title and paragraphs each, as plain text.
	 *
	 * @return array<string, list<string>>
	 */
	private static function topics(): array {
		return array(
			'overview' => array(
				__( 'Overview', 'app-connect' ),
				__( 'App Connect lets apps use this site’s REST API with tokens instead of passwords. Each app is a client, with an ID of its own, and a secret if it can keep one; you make clients under App Connect → Clients.', 'app-connect' ),
				__( 'What is set here holds for all clients of this site. Every change takes effect with the next request.', 'app-connect' ),
			),
			'grants'   => array(
				__( 'Grant types', 'app-connect' ),
				__( 'A grant type is a way for an app to get a token. To use one, an app needs it switched on here and on its client.', 'app-connect' ),
				__( 'Switching one off is an emergency brake: all tokens that were got with it end at once, and switching it on again brings none of them back. To stop one app only, disable its client instead.', 'app-connect' ),
			),
			'tokens'   => array(
				__( 'Tokens', 'app-connect' ),
				__( 'An access token is a key for a short time. The app sends it with every request; WordPress then acts as the token’s user, within what you allowed the client.', 'app-connect' ),
				__( 'An opaque access token is a random text, of which only this site can tell what it is worth. A JWT is a text with a signature, which any system can check with the public keys of this site, without asking; therefore it goes on accepting the token until that expires, also if you end it here. This site itself ends both kinds at once.', 'app-connect' ),
				__( 'When an access token has expired, the app asks for another one. A short lifetime limits the harm of a stolen token; a very short one makes apps ask more often.', 'app-connect' ),
				__( 'A refresh token is what an app has that keeps people signed in. It fetches the next access token while nobody is there, and changes at every use: if an old one comes again, somebody else may have it, and the session ends. A session also ends when the app was not used for too long, when it has lasted as long as you allow, and when the person changes their password.', 'app-connect' ),
				__( 'An authorization code is what an app is given when a person has approved it. It works once, for the app alone, which exchanges it for a token at once.', 'app-connect' ),
			),
			'openid'   => array(
				__( 'OpenID Connect', 'app-connect' ),
				__( 'OpenID Connect lets people sign in to other apps and websites with their account on this site. Such an app is a client with at least the scope “openid”; it is told who signed in, and what its scopes let it know of the person.', 'app-connect' ),
				__( 'Apps know this site by its issuer: an address, below which they look up its configuration at /.well-known/openid-configuration. They refuse whatever comes from another issuer, so it should stay what it is once apps are set up.', 'app-connect' ),
				__( 'Some hosts keep all that begins with /.well-known to themselves, and some plugins answer there. Then let the issuer be the address of the REST routes. Tools → Site Health says whether apps find this site, and what is in the way.', 'app-connect' ),
			),
			'security' => array(
				__( 'Security', 'app-connect' ),
				__( 'Wrong secrets are counted for each client and address, and for each address. Whoever exceeds a limit is answered with “429 Too Many Requests” and told how long to wait.', 'app-connect' ),
				__( 'Behind a proxy or load balancer, requests seem to come from it. If you list it under trusted proxies, its X-Forwarded-For header says where they came from. List only what is yours: whoever is listed there can claim any address.', 'app-connect' ),
				__( 'The site’s secret, AC_TOKEN_SECRET in wp-config.php, seals the private halves of signing keys in the database. To change it, put the former one into AC_TOKEN_SECRET_PREVIOUS until everything is sealed anew; without the former one, new keys have to be made.', 'app-connect' ),
				__( 'Takeover rights are those with which anybody could become an administrator or run code of their own: changing users, plugins, themes or options. A client gets them only one by one, by name.', 'app-connect' ),
			),
		);
	}
}
