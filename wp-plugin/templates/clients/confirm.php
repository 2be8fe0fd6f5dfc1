<?php
/**
 * The question before something is done to clients.
 *
 * @package AppConnect
 *
 * @var string                                                                                         $action  What is asked.
 * @var bool                                                                                           $ends    Whether it ends tokens.
 * @var list<array{client: array<string, mixed>, live: array{tokens?: int, sessions?: int, more?: bool}}> $rows    The clients.
 * @var array{tokens: int, sessions: int, more: bool}                                                  $total   All together.
 * @var string[]                                                                                       $refusal What went wrong before.
 * @var string                                                                                         $title   The question.
 * @var string                                                                                         $meaning What it means.
 * @var string                                                                                         $button  The answer yes.
 */

namespace AppConnect\WP\Admin;

defined( 'ABSPATH' ) || exit;
?>
<div class="wrap app-connect">
	<h1><?php echo esc_html( $title ); ?></h1>
	<hr class="wp-header-end">
	<?php Client_Notices::render_errors( $refusal ); ?>
	<form method="post" action="<?php echo esc_url( Menu::clients_url( array( 'action' => $action ) ) ); ?>" class="app-connect-confirm">
		<?php wp_nonce_field( 'app_connect_' . $action ); ?>
		<p><?php echo esc_html( $meaning ); ?></p>
		<table class="widefat striped app-connect-concerned">
			<thead>
				<tr>
					<th scope="col"><?php esc_html_e( 'Client', 'app-connect' ); ?></th>
					<th scope="col"><?php echo esc_html( $ends ? __( 'What ends', 'app-connect' ) : __( 'What lives', 'app-connect' ) ); ?></th>
				</tr>
			</thead>
			<tbody>
				<?php foreach ( $rows as $row ) : ?>
					<tr>
						<th scope="row">
							<input type="hidden" name="client[]" value="<?php echo (int) $row['client']['id']; ?>">
							<?php echo Markup::logo( (string) $row['client']['logo_uri'] ) . '<strong>' . Markup::name( (string) $row['client']['name'] ) . '</strong>'; // phpcs:ignore WordPress.Security.EscapeOutput -- Markup escapes. ?>
							<br><code dir="ltr"><?php echo esc_html( $row['client']['client_id'] ); ?></code>
						</th>
						<td><?php echo esc_html( Live_Text::of( $row['live'] ) ); ?></td>
					</tr>
				<?php endforeach; ?>
			</tbody>
			<?php if ( 1 < count( $rows ) ) : ?>
				<tfoot>
					<tr>
						<th scope="row"><?php esc_html_e( 'In all', 'app-connect' ); ?></th>
						<td><strong><?php echo esc_html( Live_Text::of( $total ) ); ?></strong></td>
					</tr>
				</tfoot>
			<?php endif; ?>
		</table>
		<p class="submit">
			<button type="submit" class="button button-primary<?php echo $ends ? ' app-connect-danger' : ''; ?>" name="app_connect_do" value="<?php echo esc_attr( $action ); ?>"><?php echo esc_html( $button ); ?></button>
			<a class="button" href="<?php echo esc_url( Menu::clients_url() ); ?>"><?php esc_html_e( 'Cancel', 'app-connect' ); ?></a>
		</p>
	</form>
</div>
