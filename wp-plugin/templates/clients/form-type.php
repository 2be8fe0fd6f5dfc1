<?php
/**
 * What kind of app it is.
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
	<div class="postbox-header"><h2><?php esc_html_e( 'What kind of app', 'app-connect' ); ?></h2></div>
	<div class="inside">
		<fieldset id="app-connect-type" tabindex="-1"<?php $errors->attributes( 'type', false ); ?>>
			<legend class="app-connect-legend"><?php esc_html_e( 'Where does the app run?', 'app-connect' ); ?></legend>
			<?php
			$errors->show( 'type' );
			$form->choices( 'type', Client_Choices::types(), true );
			?>
		</fieldset>
	</div>
</div>
