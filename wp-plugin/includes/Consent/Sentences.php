<?php
/**
 * What people read on the way from an app to their approval.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Consent;

use AppConnect\WP\Settings;

/**
 * Sentences by key. A key that is new here gets a sentence that is true of any.
 */
final class Sentences {

	/**
	 * The name of the site, as plain text.
	 */
	public static function site(): string {
		$name = wp_specialchars_decode( (string) get_option( 'blogname' ), ENT_QUOTES );
		return '' === trim( $name ) ? (string) wp_parse_url( home_url(), PHP_URL_HOST ) : $name;
	}

	/**
	 * Somebody's words among ours, which may be written in any direction. HTML.
	 *
	 * @param string $text The words, as plain text: esc_html() would take what looks like an entity for one.
	 */
	public static function isolated( string $text ): string {
		return '<bdi>' . htmlspecialchars( $text, ENT_QUOTES | ENT_SUBSTITUTE | ENT_HTML5, 'UTF-8' ) . '</bdi>';
	}

	/**
	 * The same, for what matters. HTML.
	 *
	 * @param string $text The words.
	 */
	public static function strong( string $text ): string {
		return '<strong>' . self::isolated( $text ) . '</strong>';
	}

	/**
	 * Where an answer goes. HTML.
	 *
	 * @param string $kind What it is: `web`, `loopback` or `app`.
	 * @param string $name The host, the host with its port, or the scheme.
	 */
	public static function destination( string $kind, string $name ): string {
		$sentences = array(
			/* translators: %s: what an app's private addresses begin with, as com.example.app. */
			'app'      => __( 'You will be sent to the app %s on this device.', 'app-connect' ),
			/* translators: %s: an address of this device, as 127.0.0.1:8080. */
			'loopback' => __( 'You will be sent to an app on this device (%s).', 'app-connect' ),
			/* translators: %s: host name of a web app. */
			'web'      => __( 'You will be sent to %s.', 'app-connect' ),
		);
		return sprintf( esc_html( $sentences[ $kind ] ?? $sentences['web'] ), '<strong><bdi dir="ltr">' . esc_html( $name ) . '</bdi></strong>' );
	}

	/**
	 * What identity scopes tell of a person, or are for; the most telling last.
	 *
	 * @param string[] $names The scopes.
	 * @param bool     $own   Whether that person reads it.
	 * @return list<array{title: string, note: string}>
	 */
	public static function identity( array $names, bool $own = true ): array {
		$sentences = $own ? array(
			'openid'         => array( __( 'Recognise you when you come back', 'app-connect' ), __( 'It gets an identifier that is yours on this site.', 'app-connect' ) ),
			'profile'        => array( __( 'See your profile', 'app-connect' ), Settings::tells_roles() ? __( 'Your names, picture, website and language, and your roles on this site.', 'app-connect' ) : __( 'Your names, picture, website and language.', 'app-connect' ) ),
			'email'          => array( __( 'See your e-mail address', 'app-connect' ), '' ),
			'offline_access' => array( __( 'Keep its access while you are away', 'app-connect' ), '' ),
		) : array(
			'openid'         => array( __( 'Recognise this user who comes back', 'app-connect' ), __( 'It gets an identifier that is this user’s on this site.', 'app-connect' ) ),
			'profile'        => array( __( 'See the profile', 'app-connect' ), Settings::tells_roles() ? __( 'Names, picture, website and language, and the roles on this site.', 'app-connect' ) : __( 'Names, picture, website and language.', 'app-connect' ) ),
			'email'          => array( __( 'See the e-mail address', 'app-connect' ), '' ),
			'offline_access' => array( __( 'Keep its access while this user is away', 'app-connect' ), '' ),
		);
		$ordered = array( ...array_intersect( array_keys( $sentences ), $names ), ...array_diff( $names, array_keys( $sentences ) ) );
		return array_map(
			static function ( string $name ) use ( $sentences ): array {
				list( $title, $note ) = $sentences[ $name ] ?? array( $name, '' );
				return compact( 'title', 'note' );
			},
			$ordered
		);
	}

	/**
	 * What a capability is for.
	 *
	 * @param string $name The capability.
	 */
	public static function capability( string $name ): string {
		/* translators: %s: name of a capability. */
		return self::capabilities()[ $name ] ?? sprintf( __( 'Use the right “%s”', 'app-connect' ), $name );
	}

	/**
	 * What went wrong, and what to do.
	 *
	 * @param string      $code   What went wrong.
	 * @param string|null $client The app's name, if it is known.
	 * @return array{title: string, text: string, advice: string} Title and advice are plain text, the text is HTML.
	 */
	public static function error( string $code, ?string $client ): array {
		$site    = self::isolated( self::site() );
		$app     = null === $client ? esc_html__( 'The app', 'app-connect' ) : self::strong( $client );
		$again   = __( 'Go back to the app and try again. If that does not help, tell the people who make the app.', 'app-connect' );
		$wait    = __( 'Wait a moment, then go back to the app and try again.', 'app-connect' );
		$makers  = __( 'You cannot repair this yourself. Tell the people who make the app.', 'app-connect' );
		$broken  = __( 'This link is not complete', 'app-connect' );
		$fill_in = static fn ( string $sentence ): string => str_replace( array( '{app}', '{site}' ), array( $app, $site ), esc_html( $sentence ) );
		/* translators: Keep {app} and {site}: they become the names of the app and of the site. */
		$errors = array(
			'client_missing'    => array( $broken, __( 'It does not say which app sent you to {site}.', 'app-connect' ), $makers ),
			'client_unknown'    => array( __( 'This app is not known here', 'app-connect' ), __( 'The app that sent you is not registered at {site}, or it has been switched off.', 'app-connect' ), $again ),
			'insecure'          => array( __( 'This connection is not safe', 'app-connect' ), __( '{site} lets apps in over encrypted connections only, and this one is not encrypted.', 'app-connect' ), $makers ),
			'logout_hint'       => array( __( 'You have not been logged out', 'app-connect' ), __( 'The app that sent you to log out of {site} could not show that it means you.', 'app-connect' ), __( 'To log out of this site, open it and log out there.', 'app-connect' ) ),
			'malformed'         => array( __( 'This link cannot be read', 'app-connect' ), __( 'Something in it is damaged or does not belong there.', 'app-connect' ), $again ),
			'redirect_mismatch' => array( __( 'This app is not set up right', 'app-connect' ), __( '{app} wants you to be sent to an address that is not registered for it. To protect you, {site} does not send you there.', 'app-connect' ), $makers ),
			'redirect_missing'  => array( $broken, __( '{app} does not say where you are to be sent afterwards.', 'app-connect' ), $makers ),
			'stale'             => array( __( 'This page was out of date', 'app-connect' ), __( 'The page was too old, or it was made for somebody else, or something has changed meanwhile. Nothing was approved.', 'app-connect' ), __( 'Load the page again, and decide anew.', 'app-connect' ) ),
			'switched_off'      => array( __( 'Apps are not let in at the moment', 'app-connect' ), __( 'The administrators of {site} have switched off access for apps.', 'app-connect' ), __( 'Try again later, or ask the administrators of the site.', 'app-connect' ) ),
			'unavailable'       => array( __( 'This does not work just now', 'app-connect' ), __( '{site} is too busy, or it is being repaired.', 'app-connect' ), $wait ),
		);
		list( $title, $text, $advice ) = $errors[ $code ] ?? array( __( 'Something went wrong', 'app-connect' ), __( '{site} could not answer this. Nothing was approved.', 'app-connect' ), $wait );
		$text                          = $fill_in( $text );
		return compact( 'title', 'text', 'advice' );
	}

	/**
	 * What core's capabilities are for, apart from takeover rights.
	 *
	 * @return array<string, string>
	 */
	private static function capabilities(): array {
		return array(
			'delete_others_pages'    => __( 'Delete pages of other people', 'app-connect' ),
			'delete_others_posts'    => __( 'Delete posts of other people', 'app-connect' ),
			'delete_pages'           => __( 'Delete pages', 'app-connect' ),
			'delete_posts'           => __( 'Delete posts', 'app-connect' ),
			'delete_private_pages'   => __( 'Delete private pages', 'app-connect' ),
			'delete_private_posts'   => __( 'Delete private posts', 'app-connect' ),
			'delete_published_pages' => __( 'Delete published pages', 'app-connect' ),
			'delete_published_posts' => __( 'Delete published posts', 'app-connect' ),
			'edit_dashboard'         => __( 'Change the dashboard', 'app-connect' ),
			'edit_others_pages'      => __( 'Change pages of other people', 'app-connect' ),
			'edit_others_posts'      => __( 'Change posts of other people', 'app-connect' ),
			'edit_pages'             => __( 'Write pages', 'app-connect' ),
			'edit_posts'             => __( 'Write posts', 'app-connect' ),
			'edit_private_pages'     => __( 'Change private pages', 'app-connect' ),
			'edit_private_posts'     => __( 'Change private posts', 'app-connect' ),
			'edit_published_pages'   => __( 'Change published pages', 'app-connect' ),
			'edit_published_posts'   => __( 'Change published posts', 'app-connect' ),
			'edit_theme_options'     => __( 'Change menus, widgets and the look of the site', 'app-connect' ),
			'list_users'             => __( 'See all users of the site', 'app-connect' ),
			'manage_categories'      => __( 'Change categories and tags', 'app-connect' ),
			'manage_links'           => __( 'Change links', 'app-connect' ),
			'moderate_comments'      => __( 'See, approve and change comments', 'app-connect' ),
			'publish_pages'          => __( 'Publish pages', 'app-connect' ),
			'publish_posts'          => __( 'Publish posts', 'app-connect' ),
			'read'                   => __( 'See what the site shows to those who are signed in', 'app-connect' ),
			'read_private_pages'     => __( 'Read private pages', 'app-connect' ),
			'read_private_posts'     => __( 'Read private posts', 'app-connect' ),
			'upload_files'           => __( 'Upload files', 'app-connect' ),
		);
	}
}
