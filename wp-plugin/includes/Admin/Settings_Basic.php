<?php
/**
 * Settings → Basic.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\ConfigurationException;
use AppConnect\Server;
use AppConnect\WP\Plugin;

/**
 * Whether the API answers, where, and what is left when the plugin goes.
 */
final class Settings_Basic implements Settings_Tab, Settings_Below {

	/**
	 * The constant that decides about the door before this screen does.
	 */
	private const DOOR = 'APP_CONNECT_DOOR';

	/**
	 * The constant that sets the issuer.
	 */
	public const ISSUER = 'APP_CONNECT_ISSUER';

	/**
	 * The endpoint that Settings_Openid shows.
	 */
	private const ON_ANOTHER_TAB = 'openid_configuration';

	/**
	 * Its name for people.
	 */
	public static function title(): string {
		return __( 'Basic', 'app-connect' );
	}

	/**
	 * The settings in what was sent.
	 *
	 * @param array<string, mixed> $typed What was sent.
	 * @return array<string, mixed>
	 */
	public static function read( array $typed ): array {
		$read = array(
			'enabled'                  => isset( $typed['enabled'] ),
			'remove_data_on_uninstall' => isset( $typed['remove_data_on_uninstall'] ),
		);
		return defined( self::DOOR ) ? $read : $read + array( 'door' => isset( $typed['door'] ) );
	}

	/**
	 * Prints the fields.
	 *
	 * @param Settings_Form $form What they hold.
	 */
	public static function render( Settings_Form $form ): void {
		echo '<table class="form-table" role="presentation">';
		Settings_Form::open_row( __( 'API', 'app-connect' ) );
		$form->render_switch(
			'enabled',
			__( 'Give out tokens and accept them', 'app-connect' ),
			__( 'Switched off, the endpoints below and every request with a token of App Connect are answered with “503 Service Unavailable”. Nothing is lost: clients and tokens stay, and those that have not expired by then work again once you switch it on.', 'app-connect' )
		);
		Settings_Form::close_row();
		Settings_Form::open_row( __( 'Door', 'app-connect' ) );
		self::render_door( $form );
		Settings_Form::close_row();
		Settings_Form::open_row( __( 'Uninstall', 'app-connect' ) );
		$form->render_switch(
			'remove_data_on_uninstall',
			__( 'Delete all data of App Connect when the plugin is deleted', 'app-connect' ),
			__( 'Clients, tokens and these settings go with the plugin and cannot be brought back. Deactivating it deletes nothing.', 'app-connect' )
		);
		Settings_Form::close_row();
		echo '</table>';
	}

	/**
	 * Prints the addresses that apps need.
	 *
	 * @param Settings_Form $form What the settings are.
	 */
	public static function render_below( Settings_Form $form ): void {
		try {
			Plugin::server();
		} catch ( ConfigurationException $unusable ) {
			printf(
				'<div class="notice notice-error inline"><p>%s</p></div>',
				/* translators: %s: what is wrong, in English. */
				esc_html( sprintf( __( 'Apps cannot use this site as it is configured: %s', 'app-connect' ), $unusable->getMessage() ) )
			);
			return;
		}
		printf(
			'<h2>%s</h2><p>%s</p><table class="form-table app-connect-addresses" role="presentation">',
			esc_html__( 'Addresses for apps', 'app-connect' ),
			esc_html__( 'Whoever sets up an app needs these.', 'app-connect' )
		);
		foreach ( array_reverse( Server::endpoints() ) as $endpoint ) {
			if ( self::ON_ANOTHER_TAB === $endpoint['name'] ) {
				continue;
			}
			list( $title, $help ) = self::words( (string) $endpoint['name'] );
			Settings_Form::open_row( $title );
			$well_known = Endpoint_Address::well_known( (string) $endpoint['name'] );
			if ( '' !== $well_known ) {
				Settings_Form::render_copy( 'app-connect-well-known-' . $endpoint['name'], $well_known, $title );
			}
			/* translators: %s: title of an endpoint. */
			Settings_Form::render_copy( 'app-connect-endpoint-' . $endpoint['name'], Endpoint_Address::of( (string) $endpoint['name'] ), '' === $well_known ? $title : sprintf( __( '%s, second address', 'app-connect' ), $title ) );
			printf( '<p class="description">%s</p>', esc_html( $help ) );
			Settings_Form::close_row();
		}
		$title = __( 'Issuer', 'app-connect' );
		Settings_Form::open_row( $title );
		Settings_Form::render_copy( 'app-connect-issuer', (string) $form->setting( 'issuer' ), $title );
		printf( '<p class="description">%s</p>', esc_html( self::origin( (string) $form->setting( 'issuer' ) ) ) );
		Settings_Form::close_row();
		echo '</table>';
	}

	/**
	 * What an endpoint is called.
	 *
	 * @param string $name Its name.
	 */
	public static function endpoint_title( string $name ): string {
		return self::words( $name )[0];
	}

	/**
	 * Prints the door's switch, locked when wp-config.php has it.
	 *
	 * @param Settings_Form $form What it holds.
	 */
	private static function render_door( Settings_Form $form ): void {
		$help = __( 'Requests for tokens are answered before the theme and most of WordPress have been set up, at a fraction of the work. Switched off, they go the way of every REST request and get the same answers. Switch it off only if another plugin has to see these requests.', 'app-connect' );
		if ( defined( self::DOOR ) ) {
			$help .= ' ' . sprintf(
				/* translators: %s: the name of a PHP constant. */
				__( 'This is decided by %s in wp-config.php and cannot be changed here.', 'app-connect' ),
				self::DOOR
			);
		}
		$form->render_switch(
			'door',
			__( 'Answer requests for tokens early, at the door', 'app-connect' ),
			$help,
			null,
			defined( self::DOOR )
		);
	}

	/**
	 * An endpoint in words.
	 *
	 * @param string $name Its name.
	 * @return array{string, string} Title and meaning.
	 */
	private static function words( string $name ): array {
		return match ( $name ) {
			'authorize'  => array( __( 'Authorization endpoint', 'app-connect' ), __( 'Where an app sends people, to log in and approve it.', 'app-connect' ) ),
			'introspect' => array( __( 'Introspection endpoint', 'app-connect' ), __( 'Where a server asks what a token is worth.', 'app-connect' ) ),
			'jwks'       => array( __( 'JWKS', 'app-connect' ), __( 'The public keys with which other systems check signed tokens (JWT).', 'app-connect' ) ),
			'logout'     => array( __( 'Logout endpoint', 'app-connect' ), __( 'Where an app sends people to log out here, too.', 'app-connect' ) ),
			'metadata'   => array( __( 'Metadata', 'app-connect' ), __( 'All that a library has to know, so that it can be set up with the issuer alone (RFC 8414). It looks at the first address; the second one has the same, and serves where the web server keeps the first one to itself.', 'app-connect' ) ),
			'openid_configuration' => array( __( 'Discovery', 'app-connect' ), '' ),
			'revoke'     => array( __( 'Revocation endpoint', 'app-connect' ), __( 'Where an app gives a token back that it no longer needs.', 'app-connect' ) ),
			'token'      => array( __( 'Token endpoint', 'app-connect' ), __( 'Where an app gets its tokens.', 'app-connect' ) ),
			default      => array( $name, '' ),
		};
	}

	/**
	 * Where the issuer comes from, and what changing it does.
	 *
	 * @param string $issuer The issuer.
	 */
	private static function origin( string $issuer ): string {
		if ( defined( self::ISSUER ) && constant( self::ISSUER ) === $issuer ) {
			/* translators: %s: the name of a PHP constant. */
			return sprintf( __( 'The name by which apps know this site. It is set by %s in wp-config.php. Changing it makes this another site in the eyes of apps.', 'app-connect' ), self::ISSUER );
		}
		if ( untrailingslashit( (string) get_option( 'home' ) ) !== $issuer ) {
			return __( 'The name by which apps know this site. It is the address of its REST routes, as chosen under OpenID Connect. When the site moves to another address, it changes with it, as do the addresses above, and all have to be set anew in every app.', 'app-connect' );
		}
		if ( defined( 'WP_HOME' ) ) {
			/* translators: %s: the name of a PHP constant. */
			return sprintf( __( 'The name by which apps know this site. It is the site address, set by %s in wp-config.php. When the site moves to another address, the addresses above change with it and have to be set anew in every app.', 'app-connect' ), 'WP_HOME' );
		}
		return __( 'The name by which apps know this site. It is the Site Address of Settings → General. When the site moves to another address, the addresses above change with it and have to be set anew in every app.', 'app-connect' );
	}
}
