<?php
/**
 * The question before something is done to signing keys.
 *
 * @package AppConnect
 *
 * @var string                                                             $title  The question.
 * @var string                                                             $action What is asked.
 * @var string                                                             $kid    The key that it is about.
 * @var list<array{key: AppConnect\WP\Admin\Signing_Key, fate: string}>   $rows   The keys, and what would become of them.
 * @var list<string>                                                       $words  What it means.
 * @var string                                                             $button The answer yes.
 */

namespace AppConnect\WP\Admin;

defined( 'ABSPATH' ) || exit;
?>
<div class="wrap app-connect app-connect-keys">
	<h1><?php echo esc_html( $title ); ?></h1>
	<hr class="wp-header-end">
	<form method="post" action="<?php echo esc_url( Signing_Keys_Screen::url() ); ?>" class="app-connect-confirm">
		<?php wp_nonce_field( Signing_Keys_Screen::nonce( $action ), '_wpnonce', false ); ?>
		<input type="hidden" name="kid" value="<?php echo esc_attr( $kid ); ?>">
		<?php foreach ( $words as $paragraph ) : ?>
			<p><?php echo esc_html( $paragraph ); ?></p>
		<?php endforeach; ?>
		<?php if ( array() !== $rows ) : ?>
			<table class="widefat striped app-connect-concerned">
				<thead>
					<tr>
						<th scope="col"><?php esc_html_e( 'Key', 'app-connect' ); ?></th>
						<th scope="col"><?php esc_html_e( 'What becomes of it', 'app-connect' ); ?></th>
					</tr>
				</thead>
				<tbody>
					<?php foreach ( $rows as $row ) : ?>
						<tr>
							<th scope="row">
								<?php echo $row['key']->badge(); // phpcs:ignore WordPress.Security.EscapeOutput -- It is HTML, escaped. ?>
								<?php echo esc_html( $row['key']->kind() ); ?>
								<br><code dir="ltr"><?php echo esc_html( $row['key']->kid() ); ?></code>
							</th>
							<td><?php echo esc_html( $row['fate'] ); ?></td>
						</tr>
					<?php endforeach; ?>
				</tbody>
			</table>
		<?php endif; ?>
		<p class="submit">
			<button type="submit" class="button button-primary<?php echo 'rotate' === $action ? '' : ' app-connect-danger'; ?>" name="app_connect_do" value="<?php echo esc_attr( $action ); ?>"><?php echo esc_html( $button ); ?></button>
			<a class="button" href="<?php echo esc_url( Signing_Keys_Screen::url() ); ?>"><?php esc_html_e( 'Cancel', 'app-connect' ); ?></a>
		</p>
	</form>
</div>
