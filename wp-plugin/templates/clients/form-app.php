<?php
/**
 * The app: name, description, logo.
 *
 * @package AppConnect
 *
 * @var AppConnect\WP\Admin\Client_Form  $form   The form.
 * @var AppConnect\WP\Admin\Field_Errors $errors What is wrong with it.
 */

namespace AppConnect\WP\Admin;

defined( 'ABSPATH' ) || exit;
?>
<div class="postbox">
	<div class="postbox-header"><h2><?php esc_html_e( 'The app', 'app-connect' ); ?></h2></div>
	<div class="inside">
		<table class="form-table" role="presentation">
			<tr class="form-field form-required">
				<th scope="row"><label for="app-connect-name"><?php esc_html_e( 'Name', 'app-connect' ); ?> <?php echo wp_kses_post( wp_required_field_indicator() ); ?></label></th>
				<td>
					<input type="text" id="app-connect-name" name="name" class="regular-text" dir="auto" required autocomplete="off" value="<?php Markup::put_value( $form->text( 'name' ) ); ?>"<?php $errors->attributes( 'name' ); ?>>
					<?php $errors->show( 'name' ); ?>
					<p class="description" id="app-connect-name-help"><?php esc_html_e( 'What you call it. People see this name too, when the app asks for their approval.', 'app-connect' ); ?></p>
				</td>
			</tr>
			<tr>
				<th scope="row"><label for="app-connect-description"><?php esc_html_e( 'Description', 'app-connect' ); ?></label></th>
				<td>
					<textarea id="app-connect-description" name="description" class="large-text" rows="3" dir="auto"<?php $errors->attributes( 'description' ); ?>><?php echo "\n" . esc_textarea( $form->text( 'description' ) ); ?></textarea>
					<?php $errors->show( 'description' ); ?>
					<p class="description" id="app-connect-description-help"><?php esc_html_e( 'What it does and who runs it: for whoever looks at this list in a year.', 'app-connect' ); ?></p>
				</td>
			</tr>
			<tr>
				<th scope="row"><label for="app-connect-logo-uri"><?php esc_html_e( 'Logo', 'app-connect' ); ?></label></th>
				<td>
					<div class="app-connect-logo-field">
						<span id="app-connect-logo-preview"><?php echo Markup::logo( $form->logo() ); // phpcs:ignore WordPress.Security.EscapeOutput -- Markup escapes. ?></span>
						<input type="url" id="app-connect-logo-uri" name="logo_uri" class="regular-text code" dir="ltr" autocomplete="off" spellcheck="false" placeholder="https://" value="<?php Markup::put_value( $form->text( 'logo_uri' ) ); ?>"<?php $errors->attributes( 'logo_uri' ); ?>>
						<?php if ( current_user_can( 'upload_files' ) ) : ?>
							<button type="button" class="button hide-if-no-js" data-app-connect-media="#app-connect-logo-uri"><?php esc_html_e( 'Media Library', 'app-connect' ); ?></button>
						<?php endif; ?>
					</div>
					<?php $errors->show( 'logo_uri' ); ?>
					<p class="description" id="app-connect-logo-uri-help"><?php esc_html_e( 'The address of a square picture, beginning with https://. Leave it empty for none.', 'app-connect' ); ?></p>
				</td>
			</tr>
		</table>
	</div>
</div>
