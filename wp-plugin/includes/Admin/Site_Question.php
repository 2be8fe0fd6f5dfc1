<?php
/**
 * The question what happened to the site, once its address has changed.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\WP\Auth\Manage;
use AppConnect\WP\Flow_Runner;
use AppConnect\WP\Site_Address;
use AppConnect\WP\Storage\Unavailable;

/**
 * Asks on every screen of those who can answer, and takes the answer.
 */
final class Site_Question {

	/**
	 * The action of admin-post.php, and of its nonce.
	 */
	public const ACTION = 'app_connect_site';

	/**
	 * Asks.
	 *
	 * Hooked to `admin_notices`.
	 */
	public static function ask(): void {
		if ( ! current_user_can( Manage::CAPABILITY ) || ! Site_Address::has_changed() ) {
			return;
		}
		?>
		<div class="notice notice-error" id="app-connect-site-question">
			<p><strong><?php esc_html_e( 'App Connect has stopped: the address of this site has changed.', 'app-connect' ); ?></strong>
			<?php
			/* translators: %s: the address of the site. */
			echo esc_html( sprintf( __( 'It is now %s. Until you say what happened, apps get no tokens, and the tokens that they have are not taken.', 'app-connect' ), (string) get_option( 'home' ) ) );
			?>
			</p>
			<form method="post" action="<?php echo esc_url( admin_url( 'admin-post.php' ) ); ?>">
				<input type="hidden" name="action" value="<?php echo esc_attr( self::ACTION ); ?>">
				<?php wp_nonce_field( self::ACTION ); ?>
				<p>
					<button type="submit" class="button" name="happened" value="moved" aria-describedby="app-connect-site-moved"><?php esc_html_e( 'The site has moved', 'app-connect' ); ?></button>
					<span id="app-connect-site-moved"><?php esc_html_e( 'Its old address is gone. Everything goes on as it was.', 'app-connect' ); ?></span>
				</p>
				<p>
					<button type="submit" class="button" name="happened" value="copied" aria-describedby="app-connect-site-copied"><?php esc_html_e( 'This is a copy', 'app-connect' ); ?></button>
					<span id="app-connect-site-copied"><?php esc_html_e( 'The original is still there: a test site, for example. All tokens and sessions that came along end here, and only here. Clients and their secrets stay.', 'app-connect' ); ?></span>
				</p>
			</form>
		</div>
		<?php
	}

	/**
	 * Takes the answer.
	 *
	 * Hooked to `admin_post_app_connect_site`.
	 */
	public static function answer(): void {
		if ( ! current_user_can( Manage::CAPABILITY ) ) {
			wp_die( esc_html__( 'You are not allowed to manage App Connect.', 'app-connect' ), '', array( 'response' => 403 ) );
		}
		check_admin_referer( self::ACTION );
		$happened = Client_Request::text( $_POST['happened'] ?? '' ); // phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- It does, and only two words count.
		try {
			match ( $happened ) {
				'moved'  => Site_Address::moved(),
				'copied' => Site_Address::copied(),
				default  => null,
			};
		} catch ( Unavailable $failure ) {
			Flow_Runner::log( $failure );
			wp_die( esc_html__( 'The database could not be written to, so App Connect has not started again. Go back and try once more.', 'app-connect' ), '', array( 'response' => 503, 'back_link' => true ) );
		}
		Menu::redirect( Menu::clients_url( in_array( $happened, array( 'moved', 'copied' ), true ) ? array( 'notice' => "site_$happened" ) : array() ) );
	}
}
