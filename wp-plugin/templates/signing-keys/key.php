<?php
/**
 * One key of the timeline. Part of list.php.
 *
 * @package AppConnect
 *
 * @var AppConnect\WP\Admin\Signing_Key $key The key.
 */

namespace AppConnect\WP\Admin;

defined( 'ABSPATH' ) || exit;

$kid   = $key->kid();
$short = '<span class="screen-reader-text">: ' . esc_html( $key->short() ) . '</span>';
?>
<li class="app-connect-key app-connect-key-is-<?php echo esc_attr( sanitize_html_class( $key->state() ) ); ?>">
	<div class="app-connect-key-box">
		<h3><?php echo $key->badge(); // phpcs:ignore WordPress.Security.EscapeOutput -- It is HTML, escaped. ?> <span><?php echo esc_html( $key->kind() ); ?></span></h3>
		<p><?php echo esc_html( $key->meaning() ); ?></p>
		<dl>
			<div>
				<dt><?php esc_html_e( 'Key ID (kid)', 'app-connect' ); ?></dt>
				<dd class="app-connect-copy">
					<code id="app-connect-kid-<?php echo esc_attr( $kid ); ?>" class="app-connect-kid" dir="ltr" title="<?php echo esc_attr( $kid ); ?>"><?php echo esc_html( $kid ); ?></code>
					<?php
					/* translators: %s: the beginning of a key's ID. */
					echo Markup::copy_button( "app-connect-kid-$kid", sprintf( __( 'Copy key ID %s', 'app-connect' ), $key->short() ), true ); // phpcs:ignore WordPress.Security.EscapeOutput -- Markup escapes.
					?>
				</dd>
			</div>
			<?php foreach ( $key->dates() as list( $words, $time ) ) : ?>
				<div>
					<dt><?php echo esc_html( $words ); ?></dt>
					<dd><?php echo Signing_Key::moment( $time ); // phpcs:ignore WordPress.Security.EscapeOutput -- It is HTML, escaped. ?></dd>
				</div>
			<?php endforeach; ?>
		</dl>
		<?php if ( ! $key->is_past() ) : ?>
			<div class="app-connect-key-actions">
				<details>
					<summary><?php echo esc_html__( 'Public key', 'app-connect' ) . $short; // phpcs:ignore WordPress.Security.EscapeOutput -- Escaped above. ?></summary>
					<div class="app-connect-copy">
						<code class="app-connect-command" id="app-connect-jwk-<?php echo esc_attr( $kid ); ?>" dir="ltr"><?php Markup::put_value( $key->jwk() ); ?></code>
						<?php
						/* translators: %s: the beginning of a key's ID. */
						echo Markup::copy_button( "app-connect-jwk-$kid", sprintf( __( 'Copy public key %s', 'app-connect' ), $key->short() ) ); // phpcs:ignore WordPress.Security.EscapeOutput -- Markup escapes.
						?>
					</div>
				</details>
				<a class="app-connect-revoke" href="<?php echo esc_url( Signing_Keys_Screen::url( array( 'action' => 'revoke', 'kid' => $kid ) ) ); ?>"><?php echo esc_html__( 'Revoke…', 'app-connect' ) . $short; // phpcs:ignore WordPress.Security.EscapeOutput -- Escaped above. ?></a>
			</div>
		<?php endif; ?>
	</div>
</li>
