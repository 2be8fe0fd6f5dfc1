<?php
/**
 * What is known of a client, and what can be done to it. Part of form.php.
 *
 * @package AppConnect
 *
 * @var array<string, mixed> $client The client as stored.
 */

namespace AppConnect\WP\Admin;

defined( 'ABSPATH' ) || exit;

$live  = Api::live( (int) $client['id'] );
$facts = new Developer_Facts( $client );
?>
<div class="postbox app-connect-facts">
	<div class="inside">
		<dl>
			<div>
				<dt><?php esc_html_e( 'Client ID', 'app-connect' ); ?></dt>
				<dd class="app-connect-copy">
					<code id="app-connect-client-id" dir="ltr"><?php echo esc_html( $client['client_id'] ); ?></code>
					<?php echo Markup::copy_button( 'app-connect-client-id', __( 'Copy client ID', 'app-connect' ) ); // phpcs:ignore WordPress.Security.EscapeOutput -- Markup escapes. ?>
				</dd>
			</div>
			<div>
				<dt><?php esc_html_e( 'Status', 'app-connect' ); ?></dt>
				<dd><?php echo Markup::status( (string) $client['status'] ); // phpcs:ignore WordPress.Security.EscapeOutput -- Markup escapes. ?></dd>
			</div>
			<div>
				<dt><?php esc_html_e( 'Created', 'app-connect' ); ?></dt>
				<dd><?php echo Markup::moment( (string) $client['created'] ); // phpcs:ignore WordPress.Security.EscapeOutput -- Markup escapes. ?></dd>
			</div>
			<div>
				<dt><?php esc_html_e( 'Last used', 'app-connect' ); ?></dt>
				<dd><?php echo Markup::day( $client['last_used'] ); // phpcs:ignore WordPress.Security.EscapeOutput -- Markup escapes. ?></dd>
			</div>
			<div>
				<dt><?php esc_html_e( 'In use', 'app-connect' ); ?></dt>
				<dd><?php echo esc_html( is_wp_error( $live ) ? $live->get_error_message() : Live_Text::of( $live ) ); ?></dd>
			</div>
			<?php if ( is_string( $client['previous_secret_until'] ?? null ) ) : ?>
				<div>
					<dt><?php esc_html_e( 'Old secret works until', 'app-connect' ); ?></dt>
					<dd><?php echo Markup::moment( $client['previous_secret_until'] ); // phpcs:ignore WordPress.Security.EscapeOutput -- Markup escapes. ?></dd>
				</div>
			<?php endif; ?>
		</dl>
		<?php if ( $facts->any() ) : ?>
			<details class="app-connect-developer"<?php echo Client_Notices::asked( 'created' ) ? ' open' : ''; ?>>
				<summary><?php esc_html_e( 'What the app has to be set up with', 'app-connect' ); ?></summary>
				<table class="form-table" role="presentation">
					<?php $facts->render_rows(); ?>
				</table>
			</details>
		<?php endif; ?>
		<p class="app-connect-actions">
			<?php
			foreach ( array_diff_key( Clients_Table::actions( $client ), array( 'edit' => null ) ) as $action => $label ) {
				printf( '<a class="button%s" href="%s">%s</a> ', 'delete' === $action ? ' app-connect-delete' : '', esc_url( Clients_Table::url( $action, $client ) ), esc_html( $label ) );
			}
			?>
		</p>
	</div>
</div>
