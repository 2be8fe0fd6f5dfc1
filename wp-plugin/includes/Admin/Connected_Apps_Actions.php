<?php
/**
 * What the buttons of "Connected apps" do.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\WP\Flow_Runner;
use AppConnect\WP\Revocation;
use AppConnect\WP\Storage\Unavailable;

/**
 * Answers the form of a profile with a redirect back to the profile.
 */
final class Connected_Apps_Actions {

	/**
	 * What can be done, by the name of its button.
	 */
	public const BUTTONS = array( 'end_session', 'revoke_app', 'revoke_all' );

	/**
	 * Does what a button was pressed for.
	 *
	 * Hooked to `admin_post_app_connect_apps`.
	 */
	public static function handle(): void {
		if ( 'POST' !== ( $_SERVER['REQUEST_METHOD'] ?? '' ) ) {
			wp_die( esc_html__( 'This form does not belong to this screen.', 'app-connect' ), '', 405 );
		}
		// phpcs:disable WordPress.Security -- The nonce is checked next, and number() sanitizes.
		$user = Client_Request::number( $_POST['user_id'] ?? '' );
		if ( 0 === $user || ! get_userdata( $user ) || ! current_user_can( 'edit_user', $user ) ) {
			wp_die( esc_html__( 'Sorry, you are not allowed to edit this user.' ), '', 403 ); // phpcs:ignore WordPress.WP.I18n.MissingArgDomain -- Core's own sentence.
		}
		check_admin_referer( Connected_Apps::nonce( $user ) );
		foreach ( self::BUTTONS as $button ) {
			if ( isset( $_POST[ $button ] ) ) {
				self::leave( $user, self::press( $button, $user, Client_Request::number( $_POST[ $button ] ) ) );
			}
		}
		// phpcs:enable
		wp_die( esc_html__( 'This form does not belong to this screen.', 'app-connect' ), '', 400 );
	}

	/**
	 * Does one thing.
	 *
	 * @param string $button One of BUTTONS.
	 * @param int    $user   The user whose profile it is.
	 * @param int    $of     The app's or the session's row.
	 * @return array<string, string|int> What is said afterwards, as arguments of the profile's address.
	 */
	private static function press( string $button, int $user, int $of ): array {
		try {
			$ended = match ( $button ) {
				'end_session' => Revocation::of_session( $user, $of ),
				'revoke_app'  => Revocation::of_app( $user, $of ),
				'revoke_all'  => Revocation::of_user( $user ),
			};
		} catch ( Unavailable $failure ) {
			Flow_Runner::log( $failure );
			return array( Connected_Apps_Notices::CODE => 'unavailable' );
		}
		return array(
			Connected_Apps_Notices::CODE     => $ended['left'] ? 'left' : $button,
			Connected_Apps_Notices::APP      => 'revoke_app' === $button ? $of : null,
			Connected_Apps_Notices::SESSIONS => $ended['sessions'],
			Connected_Apps_Notices::TOKENS   => $ended['tokens'],
		);
	}

	/**
	 * Ends the request with a redirect to the profile, which a reload does not repeat.
	 *
	 * @param int                            $user The user whose profile it is.
	 * @param array<string, string|int|null> $args What is said there.
	 */
	private static function leave( int $user, array $args ): never {
		$profile = get_current_user_id() === $user ? admin_url( 'profile.php' ) : add_query_arg( 'user_id', $user, admin_url( 'user-edit.php' ) );
		Menu::redirect( add_query_arg( array_filter( $args, static fn ( $value ): bool => null !== $value ), $profile ) . '#' . Connected_Apps::SECTION );
	}
}
