<?php
/**
 * An app asks; a person approves, or does not.
 *
 * @package AppConnect
 *
 * @var AppConnect\WP\Consent\Consent_Page $page What is asked.
 */

namespace AppConnect\WP\Consent;

defined( 'ABSPATH' ) || exit;

$logo     = $page->logo();
$can      = $page->can();
$rights   = $page->single_rights();
$cannot   = $page->cannot();
$takeover = $page->takeover();
$routes   = $page->routes();
$login    = $page->user->user_login;
$name     = $page->name();
?>
<form method="post" action="<?php echo esc_url( Handover::url( Handover::received() ) ); ?>" class="app-connect-box" id="app-connect-consent">
	<input type="hidden" name="_wpnonce" value="<?php echo esc_attr( $page->nonce() ); ?>">

	<div class="app-connect-app">
		<?php if ( '' !== $logo ) : ?>
			<img class="app-connect-logo" src="<?php echo $logo; // phpcs:ignore WordPress.Security.EscapeOutput -- esc_url(). ?>" alt="" decoding="async" referrerpolicy="no-referrer">
		<?php endif; ?>
		<h2><?php echo $page->headline(); // phpcs:ignore WordPress.Security.EscapeOutput -- Sentences escapes. ?></h2>
		<?php if ( $page->is_verified() ) : ?>
			<p class="app-connect-verified"><span class="dashicons dashicons-yes-alt" aria-hidden="true"></span> <?php esc_html_e( 'Verified by the administrators of this site', 'app-connect' ); ?></p>
		<?php else : ?>
			<p class="app-connect-unverified"><?php esc_html_e( 'The administrators of this site have not verified this app. Approve it only if you trust it.', 'app-connect' ); ?></p>
		<?php endif; ?>
	</div>

	<div class="app-connect-person">
		<?php echo get_avatar( $page->user->ID, 40, '', '', array( 'class' => 'app-connect-avatar' ) ); ?>
		<div>
			<p>
				<?php
				/* translators: %s: name of a person. */
				printf( esc_html__( 'Signed in as %s', 'app-connect' ), Sentences::strong( $name ) ); // phpcs:ignore WordPress.Security.EscapeOutput -- Sentences escapes.
				if ( $name !== $login ) {
					echo ' <span class="app-connect-login">(' . Sentences::isolated( $login ) . ')</span>'; // phpcs:ignore WordPress.Security.EscapeOutput -- Sentences escapes.
				}
				?>
			</p>
			<p><button type="submit" class="button-link" name="<?php echo esc_attr( Decision::FIELD ); ?>" value="<?php echo esc_attr( Decision::SWITCH ); ?>"><?php esc_html_e( 'Not you? Switch account', 'app-connect' ); ?></button></p>
		</div>
	</div>

	<?php if ( $can || $rights ) : ?>
		<section class="app-connect-can" aria-labelledby="app-connect-can">
			<h3 id="app-connect-can"><?php esc_html_e( 'The app will be able to', 'app-connect' ); ?></h3>
			<ul>
				<?php foreach ( $can as $entry ) : ?>
					<li><bdi><?php echo esc_html( $entry['title'] ); ?></bdi><?php echo '' === $entry['note'] ? '' : '<br><small>' . esc_html( $entry['note'] ) . '</small>'; ?></li>
				<?php endforeach; ?>
				<?php foreach ( $rights as $right ) : ?>
					<li><bdi><?php echo esc_html( $right ); ?></bdi></li>
				<?php endforeach; ?>
			</ul>
		</section>
	<?php endif; ?>

	<?php if ( $takeover || $page->reaches_account() ) : ?>
		<section class="app-connect-danger" aria-labelledby="app-connect-danger">
			<h3 id="app-connect-danger"><span class="dashicons dashicons-warning" aria-hidden="true"></span> <?php esc_html_e( 'Dangerous: think before you approve', 'app-connect' ); ?></h3>
			<?php if ( $takeover ) : ?>
				<p><?php esc_html_e( 'With these rights the app can take over the whole site:', 'app-connect' ); ?></p>
				<ul>
					<?php foreach ( $takeover as $right ) : ?>
						<li><bdi><?php echo esc_html( $right ); ?></bdi></li>
					<?php endforeach; ?>
				</ul>
			<?php endif; ?>
			<?php if ( $page->reaches_account() ) : ?>
				<p><?php echo esc_html( Abilities::account() ); ?></p>
			<?php endif; ?>
		</section>
	<?php endif; ?>

	<?php if ( $cannot ) : ?>
		<section class="app-connect-cannot" aria-labelledby="app-connect-cannot">
			<h3 id="app-connect-cannot"><?php esc_html_e( 'It will not be able to', 'app-connect' ); ?></h3>
			<p><?php esc_html_e( 'The app may do this for others. Your account does not have the right, so for you it cannot:', 'app-connect' ); ?></p>
			<ul>
				<?php foreach ( $cannot as $right ) : ?>
					<li><bdi><?php echo esc_html( $right ); ?></bdi></li>
				<?php endforeach; ?>
			</ul>
		</section>
	<?php endif; ?>

	<?php if ( null !== $routes && $routes ) : ?>
		<details>
			<summary><?php esc_html_e( 'Details for developers', 'app-connect' ); ?></summary>
			<p><?php esc_html_e( 'The addresses of the REST API that it may use:', 'app-connect' ); ?></p>
			<ul class="app-connect-routes">
				<?php foreach ( $routes as $route ) : ?>
					<li><code dir="ltr"><?php echo esc_html( $route ); ?></code></li>
				<?php endforeach; ?>
			</ul>
		</details>
	<?php endif; ?>

	<div class="app-connect-terms">
		<p class="app-connect-destination"><?php echo $page->destination(); // phpcs:ignore WordPress.Security.EscapeOutput -- Sentences escapes. ?></p>
		<p>
			<?php
			echo esc_html(
				$page->is_remembered()
					? __( 'Your approval is remembered: you will not be asked again for the same.', 'app-connect' )
					: __( 'Your approval is for this time: you will be asked again.', 'app-connect' )
			);
			echo ' ';
			esc_html_e( 'You can revoke the app on your profile at any time. Changing your password ends the access of every app.', 'app-connect' );
			?>
		</p>
	</div>

	<p class="app-connect-buttons">
		<button type="submit" class="button button-primary button-large" name="<?php echo esc_attr( Decision::FIELD ); ?>" value="<?php echo esc_attr( Decision::APPROVE ); ?>"><?php esc_html_e( 'Approve', 'app-connect' ); ?></button>
		<button type="submit" class="button button-large" name="<?php echo esc_attr( Decision::FIELD ); ?>" value="<?php echo esc_attr( Decision::DENY ); ?>"><?php esc_html_e( 'Cancel', 'app-connect' ); ?></button>
	</p>
</form>
