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
 * How long tokens live.
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
		return array( 'access_token_lifetime' => Settings_Input::number( $typed, 'access_token_lifetime' ) );
	}

	/**
	 * Prints the fields.
	 *
	 * @param Settings_Form $form What they hold.
	 */
	public static function render( Settings_Form $form ): void {
		$rule = Server::setting_rules()['access_token_lifetime'];
		echo '<table class="form-table" role="presentation">';
		Settings_Form::open_row( __( 'Lifetime of an access token', 'app-connect' ), 'access_token_lifetime' );
		$form->render_span(
			'access_token_lifetime',
			sprintf(
				/* translators: 1: the shortest span of time, 2: the longest, 3: the default. */
				__( 'From %1$s to %2$s; usual is %3$s. Shorter is safer: a stolen token is of use for less time. Longer means fewer requests: an app asks for a new token less often.', 'app-connect' ),
				human_time_diff( 0, $rule['min'] ),
				human_time_diff( 0, $rule['max'] ),
				human_time_diff( 0, $rule['default'] )
			)
		);
		printf( '<p class="description">%s</p>', esc_html__( 'A change holds for tokens that are given out from then on. Those that apps already have keep the lifetime they came with.', 'app-connect' ) );
		Settings_Form::close_row();
		echo '</table>';
	}
}
