<?php
/**
 * The form that imports a signing key.
 *
 * @package AppConnect
 *
 * @var string                           $chosen   When the key begins to sign.
 * @var array<string, string>            $uses     What can be chosen there, and what it means.
 * @var array<string, string>            $labels   The same in a word.
 * @var string                           $obstacle Why no key can be imported; empty if one can.
 * @var AppConnect\WP\Admin\Field_Errors $errors   What is wrong with what was sent.
 */

namespace AppConnect\WP\Admin;

defined( 'ABSPATH' ) || exit;
?>
<div class="wrap app-connect app-connect-keys">
	<h1><?php esc_html_e( 'Import Key', 'app-connect' ); ?></h1>
	<hr class="wp-header-end">
	<?php if ( '' !== $obstacle ) : ?>
		<?php Client_Notices::render_errors( array( $obstacle ) ); ?>
		<p><a class="button" href="<?php echo esc_url( Signing_Keys_Screen::url() ); ?>"><?php esc_html_e( 'Back to the keys', 'app-connect' ); ?></a></p>
	<?php else : ?>
		<?php $errors->summary(); ?>
		<p class="app-connect-intro"><?php esc_html_e( 'For a key that other systems know already. If there is none, import nothing: keys are made here by themselves.', 'app-connect' ); ?></p>
		<form method="post" action="<?php echo esc_url( Signing_Keys_Screen::url( array( 'action' => 'import' ) ) ); ?>" class="app-connect-confirm app-connect-import" autocomplete="off">
			<?php wp_nonce_field( Signing_Keys_Screen::nonce( 'import' ), '_wpnonce', false ); ?>
			<table class="form-table" role="presentation">
				<tr>
					<th scope="row"><label for="app-connect-pem"><?php esc_html_e( 'Private key', 'app-connect' ); ?></label></th>
					<td>
						<textarea id="app-connect-pem" name="pem" class="large-text code" rows="9" dir="ltr" spellcheck="false" autocapitalize="off" autocomplete="off" required placeholder="-----BEGIN PRIVATE KEY-----"<?php $errors->attributes( 'pem' ); ?>></textarea>
						<?php $errors->show( 'pem' ); ?>
						<p class="description" id="app-connect-pem-help"><?php esc_html_e( 'In PEM form, without a passphrase: RSA with 2048, 3072 or 4096 bits, P-256 or Ed25519. It is sealed before it is stored, and shown nowhere again, also not if something is wrong with it: then paste it once more.', 'app-connect' ); ?></p>
					</td>
				</tr>
				<tr>
					<th scope="row"><?php esc_html_e( 'When it signs', 'app-connect' ); ?></th>
					<td>
						<fieldset>
							<legend class="screen-reader-text"><?php esc_html_e( 'When it signs', 'app-connect' ); ?></legend>
							<?php foreach ( $uses as $use => $help ) : ?>
								<label for="app-connect-use-<?php echo esc_attr( $use ); ?>"><input type="radio" id="app-connect-use-<?php echo esc_attr( $use ); ?>" name="use" value="<?php echo esc_attr( $use ); ?>" aria-describedby="app-connect-use-<?php echo esc_attr( $use ); ?>-help"<?php checked( $use, $chosen ); ?>> <span><?php echo esc_html( $labels[ $use ] ); ?></span></label>
								<p class="description" id="app-connect-use-<?php echo esc_attr( $use ); ?>-help"><?php echo esc_html( $help ); ?></p>
							<?php endforeach; ?>
						</fieldset>
					</td>
				</tr>
			</table>
			<p class="submit">
				<button type="submit" class="button button-primary" name="app_connect_do" value="import"><?php esc_html_e( 'Import key', 'app-connect' ); ?></button>
				<a class="button" href="<?php echo esc_url( Signing_Keys_Screen::url() ); ?>"><?php esc_html_e( 'Cancel', 'app-connect' ); ?></a>
			</p>
		</form>
	<?php endif; ?>
</div>
