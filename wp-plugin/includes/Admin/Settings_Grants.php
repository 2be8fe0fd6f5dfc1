<?php
/**
 * Settings → Grant Types.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\Server;
use AppConnect\WP\Messages;

/**
 * A switch for every grant type that the protocol knows.
 */
final class Settings_Grants implements Settings_Tab {

	/**
	 * Its name for people.
	 */
	public static function title(): string {
		return __( 'Grant Types', 'app-connect' );
	}

	/**
	 * The settings in what was sent.
	 *
	 * @param array<string, mixed> $typed What was sent.
	 * @return array<string, mixed>
	 */
	public static function read( array $typed ): array {
		$sent  = (array) ( $typed['grant_types'] ?? array() );
		$types = array();
		foreach ( Server::grant_types() as $type ) {
			$types[ $type['name'] ] = isset( $sent[ $type['name'] ] );
		}
		return array( 'grant_types' => $types );
	}

	/**
	 * Prints the fields.
	 *
	 * @param Settings_Form $form What they hold.
	 */
	public static function render( Settings_Form $form ): void {
		printf(
			'<p>%s</p><table class="form-table" role="presentation">',
			esc_html__( 'A grant type is a way for an app to get a token. An app can use those that are switched on here and on its client.', 'app-connect' )
		);
		$live = (array) $form->setting( 'live' );
		foreach ( Server::grant_types() as $type ) {
			$name  = (string) $type['name'];
			$title = Messages::label( 'grant', $name );
			Settings_Form::open_row( $title );
			printf( '<fieldset><legend class="screen-reader-text">%s</legend>', esc_html( $title ) );
			$form->render_switch( 'grant_types', __( 'Apps may use it', 'app-connect' ), self::meaning( $name ), $name );
			if ( $type['trusted'] ) {
				printf( '<p class="description"><span class="app-connect-caution">%s</span></p>', esc_html__( 'Not safe, and not part of OAuth any more (RFC 9700): the app sees the password itself, and so does whoever breaks into it. Second factors cannot be asked for, so whoever has one is refused. Leave it off unless an old app knows no other way.', 'app-connect' ) );
			}
			echo '</fieldset>';
			/* translators: %s: as “3 live tokens and 2 sessions”. */
			printf( '<p class="description app-connect-live">%s</p>', esc_html( sprintf( __( 'At this moment: %s.', 'app-connect' ), Live_Text::of( (array) ( $live[ $name ] ?? array() ) ) ) ) );
			Settings_Form::close_row();
		}
		echo '</table>';
		printf( '<p>%s</p>', esc_html__( 'Switching a grant type off ends every token that was got with it. You will be asked first.', 'app-connect' ) );
	}

	/**
	 * What a grant type is for.
	 *
	 * @param string $name The grant type.
	 */
	private static function meaning( string $name ): string {
		return match ( $name ) {
			'authorization_code' => __( 'A person uses an app (on the web, on a phone, on a computer), logs in here, and approves what it wants. It then acts as that person, within what was approved.', 'app-connect' ),
			'client_credentials' => __( 'A service without a person at the keyboard (a cron job, an importer, another server) proves who it is with its own ID and secret. It acts as the service user that you choose for its client.', 'app-connect' ),
			'password'           => __( 'A person types user name and password into the app itself, which sends them here and acts as that person. Only for apps that are marked as trusted with passwords. Plugins that limit logins count these too.', 'app-connect' ),
			'refresh_token'      => __( 'People who signed in to an app stay signed in: when its access token has expired, the app gets another one with its refresh token, which changes at every use. How long that goes on is set under Settings → Tokens. Switched off, people sign in again when the access token that their app has by then expires.', 'app-connect' ),
			default              => '',
		};
	}
}
