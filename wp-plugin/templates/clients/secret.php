<?php
/**
 * A client's secret, shown once.
 *
 * @package AppConnect
 *
 * @var array<string, mixed> $client  The client, with its `client_secret`.
 * @var string[]             $codes   What was done.
 * @var AppConnect\WP\Admin\Developer_Facts $facts What its developer needs to know beside.
 * @var string               $command A command that gets a token; empty for none.
 */

namespace AppConnect\WP\Admin;

defined( 'ABSPATH' ) || exit;
?>
<div class="wrap app-connect">
	<h1>
		<?php
		/* translators: %s: the name of a client. */
		echo wp_kses( sprintf( __( 'Save the Secret of “%s”', 'app-connect' ), Markup::name( (string) $client['name'] ) ), array( 'bdi' => array() ) );
		?>
	</h1>
	<hr class="wp-header-end">
	<?php Client_Notices::render( $codes ); ?>
	<div class="postbox app-connect-secret" data-app-connect-secret>
		<div class="inside">
			<div class="notice notice-warning inline"><p><strong><?php esc_html_e( 'The secret is shown now and never again.', 'app-connect' ); ?></strong> <?php esc_html_e( 'Copy it to where the app reads its passwords before you go on. If it gets lost, you can only make a new one.', 'app-connect' ); ?></p></div>
			<table class="form-table" role="presentation">
				<tr>
					<th scope="row"><label for="app-connect-client-id"><?php esc_html_e( 'Client ID', 'app-connect' ); ?></label></th>
					<td>
						<div class="app-connect-copy">
							<input type="text" readonly autocomplete="off" spellcheck="false" dir="ltr" class="regular-text code" id="app-connect-client-id" value="<?php echo esc_attr( $client['client_id'] ); ?>">
							<?php echo Markup::copy_button( 'app-connect-client-id', __( 'Copy client ID', 'app-connect' ) ); // phpcs:ignore WordPress.Security.EscapeOutput -- Markup escapes. ?>
						</div>
					</td>
				</tr>
				<tr>
					<th scope="row"><label for="app-connect-secret"><?php esc_html_e( 'Client secret', 'app-connect' ); ?></label></th>
					<td>
						<div class="app-connect-copy">
							<input type="text" readonly autocomplete="off" spellcheck="false" dir="ltr" class="regular-text code" id="app-connect-secret" value="<?php echo esc_attr( $client['client_secret'] ); ?>">
							<?php echo Markup::copy_button( 'app-connect-secret', __( 'Copy client secret', 'app-connect' ) ); // phpcs:ignore WordPress.Security.EscapeOutput -- Markup escapes. ?>
						</div>
						<?php if ( is_string( $client['previous_secret_until'] ?? null ) ) : ?>
							<p class="description">
								<?php
								/* translators: %s: date and time. */
								echo wp_kses( sprintf( __( 'The old secret works until %s.', 'app-connect' ), Markup::moment( $client['previous_secret_until'] ) ), array( 'time' => array( 'datetime' => array() ) ) );
								?>
							</p>
						<?php endif; ?>
					</td>
				</tr>
				<?php
				if ( $facts->any() ) {
					$facts->render_rows();
				}
				?>
				<?php if ( '' !== $command ) : ?>
					<tr>
						<th scope="row"><?php esc_html_e( 'Try it', 'app-connect' ); ?></th>
						<td>
							<div class="app-connect-copy">
								<code class="app-connect-command" id="app-connect-command" dir="ltr"><?php echo esc_html( $command ); ?></code>
								<?php echo Markup::copy_button( 'app-connect-command', __( 'Copy command', 'app-connect' ) ); // phpcs:ignore WordPress.Security.EscapeOutput -- Markup escapes. ?>
							</div>
							<p class="description"><?php esc_html_e( 'Typed into a terminal, this gets a token. It contains the secret: do not keep it in scripts.', 'app-connect' ); ?></p>
						</td>
					</tr>
				<?php endif; ?>
			</table>
			<form method="get" action="<?php echo esc_url( admin_url( 'admin.php' ) ); ?>">
				<input type="hidden" name="page" value="<?php echo esc_attr( Menu::CLIENTS ); ?>">
				<p><label for="app-connect-saved"><input type="checkbox" id="app-connect-saved" required> <?php esc_html_e( 'I have saved the secret', 'app-connect' ); ?></label></p>
				<p class="submit"><button type="submit" class="button button-primary"><?php esc_html_e( 'Continue', 'app-connect' ); ?></button></p>
			</form>
		</div>
	</div>
</div>
