<?php
/**
 * Help on the clients.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

/**
 * The help tabs of the clients screen.
 */
final class Client_Help {

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
					'content' => '<p>' . implode( '</p><p>', array_slice( $topic, 1 ) ) . '</p>',
				)
			);
		}
		$screen->set_help_sidebar(
			sprintf(
				'<p><strong>%s</strong></p><p><a href="%s">%s</a></p><p><a href="%s">%s</a></p>',
				esc_html__( 'See also:', 'app-connect' ),
				esc_url( Settings_Screen::url() ),
				esc_html__( 'Settings', 'app-connect' ),
				esc_url( admin_url( 'site-health.php' ) ),
				esc_html__( 'Site Health', 'app-connect' )
			)
		);
	}

	/**
	 * What there is to explain: a title and paragraphs each, escaped.
	 *
	 * @return array<string, list<string>>
	 */
	private static function topics(): array {
		$prefix = '/' . rest_get_url_prefix();
		return array(
			'clients' => array(
				esc_html__( 'Clients', 'app-connect' ),
				esc_html__( 'A client is one app that may talk to this site: a server, a phone app, another website. Each gets an ID of its own, so that you can see when it was last used, limit it, and switch it off without touching the others.', 'app-connect' ),
				esc_html__( 'An app that works on its own shows its ID and its secret to this site and gets a token: a key for a short time. An app that people use gets one when they have logged in here and approved it. With the token it calls the REST API.', 'app-connect' ),
				esc_html__( 'A token never does more than three things allow together: the routes and rights that you give the client, and what its WordPress user may do at that moment.', 'app-connect' ),
			),
			'access'  => array(
				esc_html__( 'Access', 'app-connect' ),
				sprintf( '<strong>%s</strong> %s', esc_html__( 'Restricted:', 'app-connect' ), esc_html__( 'only what you tick and list. Right for nearly every app.', 'app-connect' ) ),
				sprintf( '<strong>%s</strong> %s', esc_html__( 'Full access:', 'app-connect' ), esc_html__( 'all that its user may do, now and later. Only for apps that you trust like that user.', 'app-connect' ) ),
				sprintf( '<strong>%s</strong> %s', esc_html__( 'Login only:', 'app-connect' ), esc_html__( 'the app learns who somebody is, and can do nothing else.', 'app-connect' ) ),
				esc_html__( 'If you allow less later, that counts from the next request on. If you allow more, it counts for tokens that are made from then on.', 'app-connect' ),
			),
			'routes'  => array(
				esc_html__( 'Allowed routes', 'app-connect' ),
				esc_html__( 'One line for each: a method (GET reads; POST, PUT and PATCH write; DELETE deletes) and a path. A star can stand for the whole end of a path:', 'app-connect' ),
				sprintf( '<code>GET %1$s/wp/v2/posts</code> — %2$s', esc_html( $prefix ), esc_html__( 'the list of posts', 'app-connect' ) ),
				sprintf( '<code>GET %1$s/wp/v2/posts/*</code> — %2$s', esc_html( $prefix ), esc_html__( 'each post and all below it, but not the list', 'app-connect' ) ),
				sprintf( '<code>POST %1$s/wp/v2/posts</code> — %2$s', esc_html( $prefix ), esc_html__( 'create posts', 'app-connect' ) ),
				esc_html__( 'Paths are compared letter by letter. What is not listed is refused.', 'app-connect' ),
			),
			'people'  => array(
				esc_html__( 'Signing in', 'app-connect' ),
				esc_html__( 'The app sends people to this site. They log in as always, see who asks for what, and approve or cancel. Then they are sent back to the app, with a code that it exchanges for a token. The app never sees a password.', 'app-connect' ),
				esc_html__( 'They are sent back only to a redirect URI that is listed, so that nobody else gets the code:', 'app-connect' ),
				sprintf( '<code>https://app.example.com/callback</code> — %s', esc_html__( 'an app on the web: the address to the letter', 'app-connect' ) ),
				sprintf( '<code>http://127.0.0.1/callback</code> — %s', esc_html__( 'a program on the person’s computer: any port, and all else to the letter', 'app-connect' ) ),
				sprintf( '<code>com.example.app:/callback</code> — %s', esc_html__( 'an app on a phone: a scheme of its own, with a dot in it', 'app-connect' ) ),
				esc_html__( 'With a refresh token an app stays signed in: it fetches its next access token by itself, until it was not used for a while. An app that asks for openid gets one only if it asks for offline_access as well.', 'app-connect' ),
				esc_html__( 'A client that people approved can be narrowed at any time. If it asks for more, they are asked again.', 'app-connect' ),
			),
			'secrets' => array(
				esc_html__( 'Secrets', 'app-connect' ),
				esc_html__( 'A secret is shown once, when it is made; this site keeps only a fingerprint of it. Store it where the app reads its passwords, never in code that others can see.', 'app-connect' ),
				esc_html__( 'If it was lost, make a new one. If it may have been stolen, replace it at once: that ends all tokens of the client. If you only want to change it now and then, let the old one work for a while, so that the app keeps running.', 'app-connect' ),
			),
		);
	}
}
