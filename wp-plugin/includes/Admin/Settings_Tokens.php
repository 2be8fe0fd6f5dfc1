<?php
/**
 * Settings → Tokens.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\Server;

/**
 * How long tokens live, and how long people stay signed in with them.
 */
final class Settings_Tokens implements Settings_Tab {

	/**
	 * Its name for people.
	 */
	public static function title(): string {
		return __( 'Tokens', 'app-connect' );
	}

	/**
	 * The settings in what was sent.
	 *
	 * @param array<string, mixed> $typed What was sent.
	 * @return array<string, mixed>
	 */
	public static function read( array $typed ): array {
		return array(
			'access_token_lifetime'       => Settings_Input::number( $typed, 'access_token_lifetime' ),
			'refresh_token_lifetime'      => Settings_Input::number( $typed, 'refresh_token_lifetime' ),
			'session_lifetime'            => Settings_Input::number( $typed, 'session_lifetime' ),
			'authorization_code_lifetime' => Settings_Input::number( $typed, 'authorization_code_lifetime' ),
		);
	}

	/**
	 * Prints the fields.
	 *
	 * @param Settings_Form $form What they hold.
	 */
	public static function render( Settings_Form $form ): void {
		echo '<table class="form-table" role="presentation">';
		self::render_lifetime(
			$form,
			'access_token_lifetime',
			__( 'Lifetime of an access token', 'app-connect' ),
			/* translators: 1: the shortest span of time, 2: the longest, 3: the default. */
			__( 'From %1$s to %2$s; usual is %3$s. Shorter is safer: a stolen token is of use for less time. Longer means fewer requests: an app asks for a new token less often.', 'app-connect' ),
			__( 'A change holds for tokens that are given out from then on. Those that apps already have keep the lifetime they came with.', 'app-connect' )
		);
		self::render_lifetime(
			$form,
			'refresh_token_lifetime',
			__( 'Lifetime of a refresh token', 'app-connect' ),
			/* translators: 1: the shortest span of time, 2: the longest, 3: the default. */
			__( 'How long an app stays signed in without being used. From %1$s to %2$s; usual is %3$s.', 'app-connect' ),
			__( 'Each time the app fetches a new access token, it gets a new refresh token too, and this time begins anew.', 'app-connect' )
		);
		self::render_lifetime(
			$form,
			'session_lifetime',
			__( 'Lifetime of a session', 'app-connect' ),
			/* translators: 1: the shortest span of time, 2: the longest, 3: the default. */
			__( 'How long an app stays signed in at most, however much it is used: then the person signs in again. From %1$s to %2$s; usual is %3$s.', 'app-connect' ),
			__( 'A change holds for people who sign in from then on.', 'app-connect' )
		);
		self::render_lifetime(
			$form,
			'authorization_code_lifetime',
			__( 'Lifetime of an authorization code', 'app-connect' ),
			/* translators: 1: the shortest span of time, 2: the longest, 3: the default. */
			__( 'How long an app has to fetch its token after a person approved it. From %1$s to %2$s; usual is %3$s.', 'app-connect' ),
			__( 'Make it longer only if apps on slow connections come too late. A code works once, and only for the app that asked for it.', 'app-connect' )
		);
		echo '</table>';
	}

	/**
	 * Prints a lifetime.
	 *
	 * @param Settings_Form $form  What it holds.
	 * @param string        $name  The setting.
	 * @param string        $title What it is the lifetime of.
	 * @param string        $help  What it means, with places for the shortest, the longest and the usual.
	 * @param string        $more  What else there is to know.
	 */
	private static function render_lifetime( Settings_Form $form, string $name, string $title, string $help, string $more ): void {
		$rule = Server::setting_rules()[ $name ];
		Settings_Form::open_row( $title, $name );
		$form->render_span( $name, sprintf( $help, human_time_diff( 0, $rule['min'] ), human_time_diff( 0, $rule['max'] ), human_time_diff( 0, $rule['default'] ) ) );
		printf( '<p class="description">%s</p>', esc_html( $more ) );
		Settings_Form::close_row();
	}
}
