<?php
/**
 * Formats of access tokens, to choose from.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\WP\Settings;

/**
 * What each means, and whether this site can give it out.
 */
final class Token_Formats {

	/**
	 * What each is called where the site chooses.
	 *
	 * @return array<string, string>
	 */
	public static function labels(): array {
		return array(
			'opaque' => __( 'Opaque (recommended)', 'app-connect' ),
			'jwt'    => __( 'JWT', 'app-connect' ),
		);
	}

	/**
	 * What each means, in a sentence or two.
	 *
	 * @return array<string, string>
	 */
	public static function meanings(): array {
		return array(
			'opaque' => __( 'A random text that means nothing to anybody else. Whoever receives one asks this site what it is worth, and so a token that you end is worth nothing at once.', 'app-connect' ),
			'jwt'    => __( 'A signed text (RFC 9068) that other systems check by themselves, without asking this site. A token that you end is refused here at once, but such a system notices it only when the token expires.', 'app-connect' ),
		);
	}

	/**
	 * The format that the site has.
	 */
	public static function of_site(): string {
		return (string) ( Settings::view()['access_token_format'] ?? 'opaque' );
	}

	/**
	 * Prints why no token can be signed at present, with the next step; nothing if one can.
	 */
	public static function render_obstacle(): void {
		$list = Signing_Key_List::read();
		if ( null === $list || $list->seals() ) {
			return;
		}
		printf(
			'<p class="app-connect-obstacle"><span class="dashicons dashicons-warning" aria-hidden="true"></span> <span class="app-connect-caution">%s</span> <a href="%s">%s</a></p>',
			/* translators: %s: why no token can be signed, as sentences. */
			esc_html( sprintf( __( 'JWTs cannot be given out yet: apps that ask for one would get an error. %s', 'app-connect' ), $list->obstacle() ) ),
			esc_url( Signing_Keys_Screen::url() ),
			esc_html__( 'What to do', 'app-connect' )
		);
	}
}
