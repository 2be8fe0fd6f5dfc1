<?php
/**
 * An app wants a person to log out; the person does, or does not.
 *
 * @package AppConnect
 *
 * @var AppConnect\WP\Consent\Logout_Page $page What is asked.
 */

namespace AppConnect\WP\Consent;

defined( 'ABSPATH' ) || exit;

$site  = Sentences::isolated( Sentences::site() );
$name  = $page->name();
$login = $page->user->user_login;
?>
<form method="post" action="<?php echo esc_url( Handover::url( Handover::received(), Handover::LOGOUT ) ); ?>" class="app-connect-box" id="app-connect-logout">
	<input type="hidden" name="_wpnonce" value="<?php echo esc_attr( $page->nonce() ); ?>">
	<h2>
		<?php
		/* translators: %s: name of the site. */
		printf( esc_html__( 'Log out of %s?', 'app-connect' ), $site ); // phpcs:ignore WordPress.Security.EscapeOutput -- Sentences escapes.
		?>
	</h2>
	<div class="app-connect-person">
		<?php echo get_avatar( $page->user->ID, 40, '', '', array( 'class' => 'app-connect-avatar' ) ); ?>
		<p>
			<?php
			/* translators: %s: name of a person. */
			printf( esc_html__( 'Signed in as %s', 'app-connect' ), Sentences::strong( $name ) ); // phpcs:ignore WordPress.Security.EscapeOutput -- Sentences escapes.
			if ( $name !== $login ) {
				echo ' <span class="app-connect-login">(' . Sentences::isolated( $login ) . ')</span>'; // phpcs:ignore WordPress.Security.EscapeOutput -- Sentences escapes.
			}
			?>
		</p>
	</div>
	<p>
		<?php
		if ( null === $page->client ) {
			esc_html_e( 'An app asks you to log out here, too.', 'app-connect' );
		} else {
			/* translators: %s: name of an app. */
			printf( esc_html__( '%s asks you to log out here, too.', 'app-connect' ), Sentences::strong( $page->client ) ); // phpcs:ignore WordPress.Security.EscapeOutput -- Sentences escapes.
		}
		echo ' ';
		esc_html_e( 'Other apps that you signed in to from this browser are told to log you out.', 'app-connect' );
		?>
	</p>
	<?php if ( null !== $page->redirect ) : ?>
		<div class="app-connect-terms"><p class="app-connect-destination"><?php echo Sentences::destination( $page->redirect['kind'], $page->redirect['name'] ); // phpcs:ignore WordPress.Security.EscapeOutput -- Sentences escapes. ?></p></div>
	<?php endif; ?>
	<p class="app-connect-buttons">
		<button type="submit" class="button button-primary button-large" name="<?php echo esc_attr( Decision::FIELD ); ?>" value="<?php echo esc_attr( Decision::APPROVE ); ?>"><?php esc_html_e( 'Log out', 'app-connect' ); ?></button>
		<button type="submit" class="button button-large" name="<?php echo esc_attr( Decision::FIELD ); ?>" value="<?php echo esc_attr( Decision::DENY ); ?>"><?php esc_html_e( 'Stay logged in', 'app-connect' ); ?></button>
	</p>
</form>
