<?php
/**
 * The signing keys.
 *
 * @package AppConnect
 *
 * @var AppConnect\WP\Admin\Signing_Key_List|null $list    The keys with the secret that seals them; null if they are not known.
 * @var list<AppConnect\WP\Admin\Signing_Key>     $keys    The keys that are shown.
 * @var list<AppConnect\WP\Admin\Signing_Key>     $older   Those that are folded up.
 * @var string                                    $jwks    The address of the JWKS.
 * @var string[]                                  $refusal Why something was not done, or is not known.
 */

namespace AppConnect\WP\Admin;

defined( 'ABSPATH' ) || exit;
?>
<div class="wrap app-connect app-connect-keys">
	<h1 class="wp-heading-inline"><?php esc_html_e( 'Signing Keys', 'app-connect' ); ?></h1>
	<?php if ( $list?->seals() ) : ?>
		<?php if ( null !== $list->signing() ) : ?>
			<a href="<?php echo esc_url( Signing_Keys_Screen::url( array( 'action' => 'rotate' ) ) ); ?>" class="page-title-action"><?php esc_html_e( 'Rotate Now', 'app-connect' ); ?></a>
		<?php endif; ?>
		<a href="<?php echo esc_url( Signing_Keys_Screen::url( array( 'action' => 'import' ) ) ); ?>" class="page-title-action"><?php esc_html_e( 'Import Key', 'app-connect' ); ?></a>
	<?php endif; ?>
	<hr class="wp-header-end">
	<?php
	if ( array() === $refusal ) {
		Signing_Keys_Notices::render();
	}
	Client_Notices::render_errors( $refusal );
	?>
	<p class="app-connect-intro"><?php esc_html_e( 'You need this screen only if other systems check this site’s tokens by themselves (JWT): the keys are made, changed and retired without you.', 'app-connect' ); ?></p>
	<?php
	if ( null !== $list ) {
		Settings_Secret::render_trouble( $list );
	}
	?>
	<div class="postbox app-connect-facts">
		<div class="inside">
			<dl>
				<div>
					<dt><?php esc_html_e( 'Address of the JWKS, with the public keys', 'app-connect' ); ?></dt>
					<dd><?php Settings_Form::render_copy( 'app-connect-jwks', $jwks, __( 'address of the JWKS', 'app-connect' ) ); ?></dd>
				</div>
				<?php if ( null !== $list ) : ?>
					<div>
						<dt><?php esc_html_e( 'Next rotation', 'app-connect' ); ?></dt>
						<dd>
							<?php
							if ( null === $list->next_rotation() ) {
								esc_html_e( 'None as long as there is no key', 'app-connect' );
							} elseif ( $list->next_rotation() <= time() ) {
								esc_html_e( 'Due: with the next token, or within a day', 'app-connect' );
							} else {
								echo Signing_Key::moment( $list->next_rotation() ); // phpcs:ignore WordPress.Security.EscapeOutput -- It is HTML, escaped.
							}
							?>
						</dd>
					</div>
					<div>
						<dt><?php esc_html_e( 'New keys', 'app-connect' ); ?></dt>
						<dd><?php echo esc_html( Signing_Key::kind_of( $list->key_type() ) ); ?> · <a href="<?php echo esc_url( Settings_Screen::url( 'tokens' ) ); ?>"><?php esc_html_e( 'Change', 'app-connect' ); ?></a></dd>
					</div>
					<?php if ( $list->seals() ) : ?>
						<div>
							<dt><?php esc_html_e( 'Private halves are sealed with', 'app-connect' ); ?></dt>
							<dd><?php echo 'good' === $list->secret() ? '<code dir="ltr">AC_TOKEN_SECRET</code>' : esc_html__( 'Keys and salts of wp-config.php', 'app-connect' ); ?></dd>
						</div>
					<?php endif; ?>
				<?php endif; ?>
			</dl>
		</div>
	</div>
	<?php if ( null !== $list && array() === $keys ) : ?>
		<div class="app-connect-first-run">
			<h2><?php esc_html_e( 'There is no key yet', 'app-connect' ); ?></h2>
			<p><?php esc_html_e( 'A key is made when the first token is signed, or when somebody looks at the JWKS. As long as all access tokens are opaque, none is needed.', 'app-connect' ); ?></p>
			<?php if ( $list->seals() ) : ?>
				<form method="post" action="<?php echo esc_url( Signing_Keys_Screen::url() ); ?>">
					<?php wp_nonce_field( Signing_Keys_Screen::nonce( 'maintain' ), '_wpnonce', false ); ?>
					<p><button type="submit" class="button button-primary" name="app_connect_do" value="maintain"><?php esc_html_e( 'Make the key now', 'app-connect' ); ?></button></p>
				</form>
			<?php endif; ?>
		</div>
	<?php elseif ( null !== $list ) : ?>
		<h2><?php esc_html_e( 'Keys', 'app-connect' ); ?></h2>
		<ol class="app-connect-timeline">
			<?php
			foreach ( $keys as $key ) {
				require __DIR__ . '/key.php';
			}
			?>
		</ol>
		<?php if ( array() !== $older ) : ?>
			<details class="app-connect-older">
				<summary>
					<?php
					/* translators: %s: a number of keys. */
					echo esc_html( sprintf( _n( '%s older key', '%s older keys', count( $older ), 'app-connect' ), number_format_i18n( count( $older ) ) ) );
					?>
				</summary>
				<ol class="app-connect-timeline">
					<?php
					foreach ( $older as $key ) {
						require __DIR__ . '/key.php';
					}
					?>
				</ol>
			</details>
		<?php endif; ?>
	<?php endif; ?>
</div>
