<?php
/**
 * What has to be confirmed before the form is saved.
 *
 * @package AppConnect
 *
 * @var AppConnect\WP\Admin\Client_Form  $form   The form.
 * @var AppConnect\WP\Admin\Field_Errors $errors What is wrong with it.
 */

namespace AppConnect\WP\Admin;

defined( 'ABSPATH' ) || exit;
?>
<?php if ( array() !== $form->unconfirmed() ) : ?>
	<div class="notice notice-warning inline app-connect-question" role="alert" tabindex="-1" autofocus>
		<h2><?php esc_html_e( 'Nothing is saved yet: please confirm', 'app-connect' ); ?></h2>
		<?php if ( array() !== $form->live() && 'update' === $form->does() ) : ?>
			<p>
				<?php
				/* translators: %s: numbers of tokens and sessions. */
				echo esc_html( sprintf( __( 'This client now has %s.', 'app-connect' ), Live_Text::of( $form->live() ) ) );
				?>
			</p>
		<?php endif; ?>
		<?php foreach ( $form->unconfirmed() as $index => $code ) : ?>
			<p><label for="app-connect-confirm-<?php echo (int) $index; ?>"><input type="checkbox" id="app-connect-confirm-<?php echo (int) $index; ?>" name="confirm[]" value="<?php echo esc_attr( $code ); ?>"> <?php echo esc_html( \AppConnect\WP\Messages::confirmation( $code ) ); ?></label></p>
		<?php endforeach; ?>
		<p><button type="submit" name="app_connect_do" value="<?php echo esc_attr( $form->does() ); ?>" class="button button-primary"><?php esc_html_e( 'Confirm and save', 'app-connect' ); ?></button></p>
	</div>
<?php endif; ?>
