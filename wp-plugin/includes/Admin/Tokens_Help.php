<?php
/**
 * Help on sessions and tokens.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

/**
 * The help tabs of the tokens screen.
 */
final class Tokens_Help {

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
				esc_url( Menu::clients_url() ),
				esc_html__( 'Clients', 'app-connect' ),
				esc_url( Settings_Screen::url( 'tokens' ) ),
				esc_html__( 'Settings', 'app-connect' )
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
			'sessions' => array(
				__( 'Sessions', 'app-connect' ),
				__( 'A session is one sign-in of an app: for a person who approved it, or for the service user as which it acts on its own. Its access tokens belong to it, and so does its refresh token, with which the app stays signed in.', 'app-connect' ),
				__( 'The list has the sessions that are alive: that have a live access token, or can get one. The newest come first. When a session was used, and from which address, is noted once a day.', 'app-connect' ),
				__( 'Tokens themselves are shown nowhere: this site keeps fingerprints of them only.', 'app-connect' ),
			),
			'revoke'   => array(
				__( 'Revoking', 'app-connect' ),
				__( 'A revoked session is over with the next request: its access tokens are refused, and it cannot be refreshed. You are asked first, and told what would end.', 'app-connect' ),
				__( 'Approvals stay as they are. An app whose approval is remembered can begin a new session when its user comes back, without asking again; to take back an approval, revoke the app on the profile of the user, under Connected apps.', 'app-connect' ),
				__( 'An app that acts on its own gets a new token with its ID and secret. To keep an app out, disable its client.', 'app-connect' ),
				__( 'Nobody is logged out of WordPress by this, you neither: sessions of a browser are not sessions of an app.', 'app-connect' ),
			),
			'search'   => array(
				__( 'Finding', 'app-connect' ),
				__( 'Search for a part of a login, a name or an e-mail address, for a part of the name of an app or the beginning of its client ID, or for the beginning of an IP address.', 'app-connect' ),
				__( 'Search and filters go together, and “Revoke all that match” means just what they list, also what stands on further pages.', 'app-connect' ),
			),
		);
	}
}
