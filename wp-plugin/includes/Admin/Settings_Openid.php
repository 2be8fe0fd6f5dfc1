<?php
/**
 * Settings → OpenID Connect.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\WP\Settings;

/**
 * By which name apps know the site in which people sign in, what they are told of them, and when that ends.
 */
final class Settings_Openid implements Settings_Tab, Settings_Below {

	/**
	 * Its name for people.
	 */
	public static function title(): string {
		return __( 'OpenID Connect', 'app-connect' );
	}

	/**
	 * The settings in what was sent.
	 *
	 * @param array<string, mixed> $typed What was sent.
	 * @return array<string, mixed>
	 */
	public static function read( array $typed ): array {
		$read = array(
			'role_claims'          => isset( $typed['role_claims'] ),
			'logout_ends_sign_ins' => isset( $typed['logout_ends_sign_ins'] ),
		);
		// Of radio buttons none may be pressed; then nothing is to be changed.
		return isset( $typed['issuer_place'] ) ? $read + array( 'issuer_place' => Settings_Input::text( $typed, 'issuer_place' ) ) : $read;
	}

	/**
	 * Prints the fields.
	 *
	 * @param Settings_Form $form What they hold.
	 */
	public static function render( Settings_Form $form ): void {
		printf(
			'<p>%s</p><table class="form-table" role="presentation">',
			esc_html__( 'With OpenID Connect people sign in to other apps and websites with their account here.', 'app-connect' )
		);
		self::render_issuer( $form );
		Settings_Form::open_row( __( 'Roles', 'app-connect' ) );
		$form->render_switch(
			'role_claims',
			__( 'Tell apps the roles of the people who sign in', 'app-connect' ),
			__( 'Apps then learn what roles a person has on this site, as “editor”, and can decide by them what the person may do there. Off, they learn nothing of it.', 'app-connect' )
		);
		Settings_Form::close_row();
		Settings_Form::open_row( __( 'Log-out', 'app-connect' ) );
		$form->render_switch(
			'logout_ends_sign_ins',
			__( 'Logging out of WordPress also signs people out of the apps that they signed in to there', 'app-connect' ),
			__( 'What is meant are the sign-ins that began in the session that ends, so that whoever logs out at a shared computer leaves nothing open. Off, they go on until they expire or the person ends them on their profile.', 'app-connect' )
		);
		Settings_Form::close_row();
		echo '</table>';
	}

	/**
	 * Prints what an app is set up with.
	 *
	 * @param Settings_Form $form What the settings are.
	 */
	public static function render_below( Settings_Form $form ): void {
		$current = self::current( $form );
		if ( null === $current ) {
			return;
		}
		printf(
			'<h2>%s</h2><p>%s</p><table class="form-table app-connect-addresses" role="presentation">',
			esc_html__( 'For apps in which people sign in', 'app-connect' ),
			esc_html__( 'Most apps ask for one of these, a client ID and a secret, and find out the rest by themselves.', 'app-connect' )
		);
		$title = __( 'Issuer', 'app-connect' );
		Settings_Form::open_row( $title );
		Settings_Form::render_copy( 'app-connect-issuer', $current['issuer'], $title );
		printf( '<p class="description">%s</p>', esc_html__( 'The name by which apps know this site, letter by letter.', 'app-connect' ) );
		Settings_Form::close_row();
		$title = Settings_Basic::endpoint_title( 'openid_configuration' );
		Settings_Form::open_row( $title );
		Settings_Form::render_copy( 'app-connect-configuration', $current['configuration'], $title );
		printf(
			'<p class="description">%s <a href="%s">%s</a></p>',
			esc_html__( 'Where apps look up all that they have to know: the endpoints, the keys and what they may ask for.', 'app-connect' ),
			esc_url( admin_url( 'site-health.php' ) ),
			esc_html__( 'Site Health says whether it is found there.', 'app-connect' )
		);
		Settings_Form::close_row();
		echo '</table>';
		Claims_Preview::render( get_current_user_id() );
	}

	/**
	 * What the issuer is.
	 *
	 * @param Settings_Form $form What the settings are.
	 * @return array{place: string, issuer: string, configuration: string, current: bool}|null Null if the site cannot serve.
	 */
	public static function current( Settings_Form $form ): ?array {
		return array_values( array_filter( (array) $form->setting( 'issuers' ), static fn ( array $choice ): bool => $choice['current'] ) )[0] ?? null;
	}

	/**
	 * Prints where the issuer can be.
	 *
	 * @param Settings_Form $form What it holds.
	 */
	private static function render_issuer( Settings_Form $form ): void {
		$title = __( 'Issuer', 'app-connect' );
		Settings_Form::open_row( $title );
		if ( null !== Settings::issuer() ) {
			printf(
				'<p>%s</p>',
				esc_html(
					sprintf(
						/* translators: %s: the name of a PHP constant. */
						__( 'This is decided by %s in wp-config.php and cannot be changed here.', 'app-connect' ),
						Settings_Basic::ISSUER
					)
				)
			);
			Settings_Form::close_row();
			return;
		}
		$choices = array_column( (array) $form->setting( 'issuers' ), null, 'place' );
		$cannot  = array_filter( $choices, static fn ( array $choice ): bool => null === $choice['issuer'] );
		printf( '<fieldset id="%s" tabindex="-1"><legend class="screen-reader-text">%s</legend>', esc_attr( Field_Errors::id( 'issuer_place' ) ), esc_html( $title ) );
		$form->render_choices(
			'issuer_place',
			array(
				'site' => __( 'The web server has to leave this address to WordPress, and no other plugin may answer it:', 'app-connect' ),
				'rest' => isset( $cannot['rest'] )
					? __( 'Not possible while the permalinks of this site are plain: its REST routes have a question mark then.', 'app-connect' )
					: __( 'For hosts that keep /.well-known to themselves, and beside another plugin that answers there, which is left alone then. Apps look it up here, which always reaches WordPress:', 'app-connect' ),
			),
			array(
				'site' => __( 'The address of this site (recommended)', 'app-connect' ),
				'rest' => __( 'The address of its REST routes', 'app-connect' ),
			),
			array_column( $choices, 'configuration', 'place' ),
			array_keys( $cannot )
		);
		printf(
			'</fieldset><p class="description">%s</p>',
			esc_html__( 'Choose before apps are set up: to them, another issuer is another site. You will be asked first.', 'app-connect' )
		);
		Settings_Form::close_row();
	}
}
