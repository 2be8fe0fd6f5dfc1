<?php
/**
 * What a profile says after an app was revoked.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

/**
 * Turns the arguments of the address into sentences. What they claim of apps is said only if the profile shows it too.
 */
final class Connected_Apps_Notices {

	/**
	 * The argument that says what was done.
	 */
	public const CODE = 'app_connect_done';

	/**
	 * The argument with the app that was revoked.
	 */
	public const APP = 'app_connect_app';

	/**
	 * The argument with the number of sessions that ended.
	 */
	public const SESSIONS = 'app_connect_sessions';

	/**
	 * The argument with the number of tokens that ended with them.
	 */
	public const TOKENS = 'app_connect_tokens';

	/**
	 * Keeps them out of the address that is shown and reloaded.
	 *
	 * Hooked to `removable_query_args`.
	 *
	 * @param string[]|mixed $names Query arguments that are for once.
	 * @return string[]|mixed
	 */
	public static function removable( $names ) {
		if ( is_array( $names ) ) {
			array_push( $names, self::CODE, self::APP, self::SESSIONS, self::TOKENS );
		}
		return $names;
	}

	/**
	 * What the address says was done.
	 *
	 * @param list<Connected_App> $apps The apps that are connected now.
	 * @param bool                $own  Whether the reader is whose profile it is.
	 * @return array{}|array{type: string, text: string} The type as wp_get_admin_notice() has it, and plain text.
	 */
	public static function asked( array $apps, bool $own ): array {
		$number = static fn ( string $name ): int => Client_Request::number( $_GET[ $name ] ?? '' ); // phpcs:ignore WordPress.Security -- A number.
		$ids    = array_map( static fn ( Connected_App $app ): int => $app->id(), $apps );
		$ended  = self::ended( $number( self::SESSIONS ), $number( self::TOKENS ) );
		switch ( Client_Request::text( $_GET[ self::CODE ] ?? '' ) ) { // phpcs:ignore WordPress.Security -- Only known words count.
			case 'unavailable':
				return array(
					'type' => 'error',
					'text' => __( 'The database did not answer as it should, so nothing is certain to have ended. Please look at the list below and try again.', 'app-connect' ),
				);
			case 'left':
				return array(
					'type' => 'warning',
					'text' => $ended . ' ' . __( 'There were too many for one go: press the button again to end the others.', 'app-connect' ),
				);
			case 'end_session':
				return array(
					'type' => 'success',
					'text' => $ended . ' ' . __( 'An approval that is remembered stays: to take it back as well, revoke the app.', 'app-connect' ),
				);
			case 'revoke_app':
				return in_array( $number( self::APP ), $ids, true ) ? array() : array(
					'type' => 'success',
					'text' => ( $own
						? __( 'The app has no access to your account any more. If it wants to come back, it has to ask you.', 'app-connect' )
						: __( 'The app has no access to this account any more. If it wants to come back, it has to ask.', 'app-connect' ) ) . ' ' . $ended,
				);
			case 'revoke_all':
				return array() !== $ids ? array() : array(
					'type' => 'success',
					'text' => ( $own
						? __( 'No app has access to your account any more. Each that wants to come back has to ask you.', 'app-connect' )
						: __( 'No app has access to this account any more. Each that wants to come back has to ask.', 'app-connect' ) ) . ' ' . $ended,
				);
		}
		return array();
	}

	/**
	 * What ended, in words.
	 *
	 * @param int $sessions How many sessions.
	 * @param int $tokens   How many tokens with them.
	 */
	private static function ended( int $sessions, int $tokens ): string {
		if ( 0 === $sessions ) {
			return __( 'No sign-in was left to end.', 'app-connect' );
		}
		/* translators: %s: a number of sign-ins. */
		$words = sprintf( _n( '%s sign-in ended', '%s sign-ins ended', $sessions, 'app-connect' ), number_format_i18n( $sessions ) );
		/* translators: 1: how many sign-ins ended, 2: a number of tokens. */
		return sprintf( _n( '%1$s, with %2$s access token.', '%1$s, with %2$s access tokens.', $tokens, 'app-connect' ), $words, number_format_i18n( $tokens ) );
	}
}
