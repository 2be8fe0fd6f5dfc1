<?php
/**
 * The user that the app acts as.
 *
 * @package AppConnect
 *
 * @var AppConnect\WP\Admin\Client_Form  $form   The form.
 * @var AppConnect\WP\Admin\Field_Errors $errors What is wrong with it.
 */

namespace AppConnect\WP\Admin;

defined( 'ABSPATH' ) || exit;
?>
<div class="postbox" data-app-connect-when="grant_types:<?php echo esc_attr( implode( '|', Client_Choices::acting_as_service_user() ) ); ?>">
	<div class="postbox-header"><h2><?php esc_html_e( 'Who it acts as', 'app-connect' ); ?></h2></div>
	<div class="inside">
		<fieldset id="app-connect-service-user-id" tabindex="-1"<?php $errors->attributes( 'service_user_id' ); ?>>
			<legend class="app-connect-legend"><?php esc_html_e( 'As which user does the app work?', 'app-connect' ); ?></legend>
			<p class="description" id="app-connect-service-user-id-help">
				<?php esc_html_e( 'What the app creates or changes is done in this user’s name, and it can never do more than this user. A user made for the app, with a role that just suffices, is best.', 'app-connect' ); ?>
				<?php if ( current_user_can( 'create_users' ) ) : ?>
					<a href="<?php echo esc_url( admin_url( 'user-new.php' ) ); ?>" target="_blank" rel="noopener"><?php esc_html_e( 'Add a user', 'app-connect' ); ?><span class="screen-reader-text"> <?php esc_html_e( '(opens in a new tab)', 'app-connect' ); ?></span></a>
				<?php endif; ?>
				<span class="app-connect-only"><?php esc_html_e( 'Only for apps that get tokens with their own ID and secret.', 'app-connect' ); ?></span>
			</p>
			<?php $errors->show( 'service_user_id' ); ?>
			<div class="app-connect-search">
				<label for="app-connect-service-user-search"><?php esc_html_e( 'Search users by name, login or e-mail address', 'app-connect' ); ?></label>
				<input type="search" id="app-connect-service-user-search" name="service_user_search" autocomplete="off" spellcheck="false" dir="auto" value="<?php Markup::put_value( $form->text( 'service_user_search' ) ); ?>">
				<input type="hidden" name="service_user_searched" value="<?php Markup::put_value( $form->text( 'service_user_search' ) ); ?>">
				<button type="submit" class="button" name="app_connect_do" value="find_user" formaction="<?php echo esc_url( $form->address() . '#app-connect-service-user-id' ); ?>" formnovalidate data-app-connect-find-user><?php esc_html_e( 'Search users', 'app-connect' ); ?></button>
			</div>
			<div class="app-connect-users" id="app-connect-users">
				<?php $form->users()->render(); ?>
			</div>
		</fieldset>
	</div>
</div>
