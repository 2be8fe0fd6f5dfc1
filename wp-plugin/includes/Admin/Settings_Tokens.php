<?php
/**
 * Settings → Tokens.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\Server;
use AppConnect\WP\Messages;

/**
 * What access tokens look like, how long tokens live, how long people stay signed in with them, and what signs them.
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
		$read = array(
			'access_token_lifetime'       => Settings_Input::number( $typed, 'access_token_lifetime' ),
			'refresh_token_lifetime'      => Settings_Input::number( $typed, 'refresh_token_lifetime' ),
			'session_lifetime'            => Settings_Input::number( $typed, 'session_lifetime' ),
			'authorization_code_lifetime' => Settings_Input::number( $typed, 'authorization_code_lifetime' ),
			'key_rotation'                => Settings_Input::number( $typed, 'key_rotation' ),
		);
		foreach ( array( 'access_token_format', 'key_type' ) as $name ) {
			// Of radio buttons none may be pressed; then nothing is to be changed.
			if ( isset( $typed[ $name ] ) ) {
				$read[ $name ] = Settings_Input::text( $typed, $name );
			}
		}
		return $read;
	}

	/**
	 * Prints the fields.
	 *
	 * @param Settings_Form $form What they hold.
	 */
	public static function render( Settings_Form $form ): void {
		echo '<table class="form-table" role="presentation">';
		self::render_format( $form );
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
		self::render_keys( $form );
	}

	/**
	 * Prints what access tokens look like.
	 *
	 * @param Settings_Form $form What it holds.
	 */
	private static function render_format( Settings_Form $form ): void {
		$title = __( 'Format of access tokens', 'app-connect' );
		Settings_Form::open_row( $title );
		printf( '<fieldset id="%s" tabindex="-1"><legend class="screen-reader-text">%s</legend>', esc_attr( Field_Errors::id( 'access_token_format' ) ), esc_html( $title ) );
		$form->render_choices( 'access_token_format', Token_Formats::meanings(), Token_Formats::labels() );
		Token_Formats::render_obstacle();
		printf( '</fieldset><p class="description">%s</p>', esc_html__( 'A client can have its own: see “The form of its access tokens” there. A change holds for tokens that are given out from then on.', 'app-connect' ) );
		Settings_Form::close_row();
	}

	/**
	 * Prints what signs.
	 *
	 * @param Settings_Form $form What it holds.
	 */
	private static function render_keys( Settings_Form $form ): void {
		printf(
			'<h2>%s</h2><p>%s <a href="%s">%s</a></p><table class="form-table" role="presentation">',
			esc_html__( 'Signing keys', 'app-connect' ),
			esc_html__( 'JWTs are signed with a key that this site makes, publishes and changes by itself.', 'app-connect' ),
			esc_url( Signing_Keys_Screen::url() ),
			esc_html__( 'See the keys', 'app-connect' )
		);
		$types = Server::key_types();
		// What every library knows comes first.
		usort( $types, static fn ( array $one, array $other ): int => ( 'RS256' === $other['algorithm'] ) <=> ( 'RS256' === $one['algorithm'] ) );
		$names = array_column( $types, 'name' );
		Settings_Form::open_row( __( 'Kind of key', 'app-connect' ), 'key_type' );
		$form->render_select(
			'key_type',
			array_combine( $names, array_map( static fn ( string $name ): string => Messages::label( 'key_type', $name ), $names ) ),
			__( 'Every library knows RS256. The others make shorter signatures more quickly, and not every library knows them; more bits take longer to sign. A longer RSA key signs from the next rotation on; a key of another kind at once, and a system that keeps a copy of the JWKS refuses new tokens until it fetches it again.', 'app-connect' )
		);
		Settings_Form::close_row();
		self::render_lifetime(
			$form,
			'key_rotation',
			__( 'Rotate keys every', 'app-connect' ),
			/* translators: 1: the shortest span of time, 2: the longest, 3: the default. */
			__( 'How long a key signs before the next one takes its place. From %1$s to %2$s; usual is %3$s.', 'app-connect' ),
			__( 'Nothing breaks by that: each key is published before it signs, and tokens that the former one signed stay valid until they expire.', 'app-connect' )
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
