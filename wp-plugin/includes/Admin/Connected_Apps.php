<?php
/**
 * "Connected apps" on a profile.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\ConfigurationException;
use AppConnect\WP\Flow_Runner;
use AppConnect\WP\Refusal;
use AppConnect\WP\Storage\Unavailable;

/**
 * Shows which apps a user has let in, to the user and to whoever may edit that user. Its buttons stand inside the form of
 * the profile and belong to one of their own, which is printed behind it: so they work without JavaScript, and saving the
 * profile sends nothing of ours.
 */
final class Connected_Apps {

	/**
	 * The section's id, to which an answer leads back.
	 */
	public const SECTION = 'app-connect-apps';

	/**
	 * The id of the form that the buttons belong to.
	 */
	public const FORM = 'app-connect-apps-form';

	/**
	 * What admin-post.php calls its action.
	 */
	public const ACTION = 'app_connect_apps';

	/**
	 * The user whose profile it is; 0 while none was shown.
	 *
	 * @var int
	 */
	private static int $user = 0;

	/**
	 * Prints the section.
	 *
	 * Hooked to `show_user_profile` and `edit_user_profile`.
	 *
	 * @param \WP_User|mixed $user The user whose profile it is.
	 */
	public static function render( $user ): void {
		if ( ! $user instanceof \WP_User || ! current_user_can( 'edit_user', $user->ID ) ) {
			return;
		}
		$own     = get_current_user_id() === $user->ID;
		$person  = $user->display_name;
		$refusal = '';
		$apps    = array();
		// Each site of a network has its own apps; what spans them belongs to none.
		$elsewhere = is_network_admin() || is_user_admin();
		if ( ! $elsewhere ) {
			try {
				$apps = Connected_App::of_user( $user->ID );
			} catch ( Unavailable | ConfigurationException $failure ) {
				Flow_Runner::log( $failure );
				$refusal = Refusal::unavailable()->get_error_message();
			}
		}
		if ( $apps ) {
			self::$user = $user->ID;
		}
		$notices = '' === $refusal && ! $elsewhere ? Connected_Apps_Notices::asked( $apps, $own ) : array();
		require dirname( __DIR__, 2 ) . '/templates/profile/connected-apps.php';
	}

	/**
	 * Prints the form that the buttons belong to.
	 *
	 * Hooked to `admin_footer`.
	 */
	public static function render_form(): void {
		if ( 0 === self::$user ) {
			return;
		}
		printf(
			'<form method="post" action="%s" id="%s"><input type="hidden" name="action" value="%s"><input type="hidden" name="user_id" value="%d"><input type="hidden" name="_wpnonce" value="%s"></form>',
			esc_url( admin_url( 'admin-post.php' ) ),
			esc_attr( self::FORM ),
			esc_attr( self::ACTION ),
			(int) self::$user,
			esc_attr( wp_create_nonce( self::nonce( self::$user ) ) )
		);
	}

	/**
	 * What the nonce of the form is for.
	 *
	 * @param int $user The user whose profile it is.
	 */
	public static function nonce( int $user ): string {
		return self::ACTION . '_' . $user;
	}

	/**
	 * A button of the form.
	 *
	 * @param string $name  What it does.
	 * @param int    $value To what.
	 * @param string $label What stands on it.
	 * @param string $about What it is about, for those who hear it without its surroundings.
	 */
	public static function button( string $name, int $value, string $label, string $about = '' ): string {
		return sprintf(
			'<button type="submit" class="button app-connect-delete" form="%s" name="%s" value="%d">%s%s</button>',
			esc_attr( self::FORM ),
			esc_attr( $name ),
			$value,
			esc_html( $label ),
			'' === $about ? '' : '<span class="screen-reader-text">: ' . Markup::name( $about ) . '</span>'
		);
	}

	/**
	 * A time as an attribute and as words: the day.
	 *
	 * @param int|string|null $time Seconds; null for never.
	 */
	public static function day( $time ): string {
		return Markup::day( null === $time ? null : gmdate( 'Y-m-d\TH:i:s\Z', (int) $time ) );
	}

	/**
	 * The same with the time of day.
	 *
	 * @param int|string $time Seconds.
	 */
	public static function moment( $time ): string {
		return Markup::moment( gmdate( 'Y-m-d\TH:i:s\Z', (int) $time ) );
	}
}
