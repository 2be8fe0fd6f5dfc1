<?php
/**
 * Help on signing keys.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

/**
 * The help tabs of the screen.
 */
final class Signing_Keys_Help {

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
				esc_url( Settings_Screen::url( 'tokens' ) ),
				esc_html__( 'Format of tokens and kind of keys', 'app-connect' ),
				esc_url( Settings_Screen::url( 'security' ) ),
				esc_html__( 'The site’s secret', 'app-connect' )
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
			'keys'      => array(
				__( 'Signing keys', 'app-connect' ),
				__( 'A signing key has two halves. With the private one this site signs; with the public one anybody can check that this site has signed. The public halves are in the JWKS, at an address that everybody may read; the private halves are in the database, sealed with the site’s secret, and are never shown.', 'app-connect' ),
				__( 'Keys are needed for access tokens that are JWTs. Opaque ones, which are usual, are not signed.', 'app-connect' ),
			),
			'life'      => array(
				__( 'The life of a key', 'app-connect' ),
				__( 'A key is published before it signs (next), so that other systems know it by then. Then it signs (active). After the next rotation it signs no more, but stays published until the last token that it signed has expired (retiring). Then it is kept for the record (retired).', 'app-connect' ),
				__( 'All that happens by itself, as often as Settings → Tokens says. A rotation breaks nothing; rotate by hand when somebody leaves who could copy the database and wp-config.php, for example.', 'app-connect' ),
			),
			'import'    => array(
				__( 'Importing', 'app-connect' ),
				__( 'Import a key to keep one that other systems know already, from another server of yours for example. A key that is made here has never been anywhere else, and is better.', 'app-connect' ),
				__( 'The key must be of the kind that Settings → Tokens asks for, RSA keys at least as long, and must not be protected by a passphrase.', 'app-connect' ),
			),
			'emergency' => array(
				__( 'In an emergency', 'app-connect' ),
				__( 'If somebody else may have the private half of a key, revoke the key: what it signed is refused here at once, and it leaves the JWKS. Apps get new tokens by themselves. Other systems accept the old ones until they fetch the JWKS again, or until the tokens expire.', 'app-connect' ),
				__( 'If somebody may have both the database and wp-config.php, change AC_TOKEN_SECRET too: put the present one into AC_TOKEN_SECRET_PREVIOUS until everything is sealed anew.', 'app-connect' ),
			),
			'secret'    => array(
				__( 'The site’s secret', 'app-connect' ),
				__( 'Private halves are sealed with AC_TOKEN_SECRET of wp-config.php, so that nobody can read them from a copy of the database. Without that constant the keys and salts of wp-config.php serve, if all eight are there and differ.', 'app-connect' ),
				__( 'To change the secret, set AC_TOKEN_SECRET to a new one and AC_TOKEN_SECRET_PREVIOUS to the former. This screen then has a button that seals everything anew; the next token that is signed does so too. Then take AC_TOKEN_SECRET_PREVIOUS out.', 'app-connect' ),
				__( 'If the former secret is gone, nothing can be signed. Then start afresh: new keys are made, and what was sealed with the former secret is given up.', 'app-connect' ),
			),
		);
	}
}
