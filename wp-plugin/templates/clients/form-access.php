<?php
/**
 * What the app may do.
 *
 * @package AppConnect
 *
 * @var AppConnect\WP\Admin\Client_Form  $form   The form.
 * @var AppConnect\WP\Admin\Field_Errors $errors What is wrong with it.
 */

namespace AppConnect\WP\Admin;

defined( 'ABSPATH' ) || exit;
?>
<?php
$prefix       = '/' . rest_get_url_prefix();
$capabilities = Client_Choices::capabilities( $form->chosen( 'capabilities' ) );
$rights       = Client_Choices::takeover( $form->chosen( 'takeover' ) );
?>
<div class="postbox">
	<div class="postbox-header"><h2><?php esc_html_e( 'What it may do', 'app-connect' ); ?></h2></div>
	<div class="inside">
		<fieldset id="app-connect-mode" tabindex="-1"<?php $errors->attributes( 'mode', false ); ?>>
			<legend class="app-connect-legend"><?php esc_html_e( 'How much may it do?', 'app-connect' ); ?></legend>
			<?php
			$errors->show( 'mode' );
			$form->choices( 'mode', Client_Choices::modes(), true );
			?>
		</fieldset>

		<fieldset id="app-connect-bundles" tabindex="-1" data-app-connect-when="mode:restricted"<?php $errors->attributes( 'bundles' ); ?>>
			<legend class="app-connect-legend"><?php esc_html_e( 'Ready-made permissions', 'app-connect' ); ?></legend>
			<p class="description" id="app-connect-bundles-help">
				<?php esc_html_e( 'Each brings the routes and rights that belong together.', 'app-connect' ); ?>
				<span class="app-connect-only"><?php esc_html_e( 'Only for restricted access.', 'app-connect' ); ?></span>
			</p>
			<?php $errors->show( 'bundles' ); ?>
			<?php
			foreach ( Client_Choices::bundles() as $bundle ) :
				$box = Field_Errors::id( 'bundles_' . str_replace( ':', '-', $bundle['name'] ) );
				?>
				<div class="app-connect-choice app-connect-bundle">
					<label for="<?php echo esc_attr( $box ); ?>"><input type="checkbox" id="<?php echo esc_attr( $box ); ?>" name="bundles[]" value="<?php echo esc_attr( $bundle['name'] ); ?>"<?php checked( $form->has( 'bundles', $bundle['name'] ) ); ?>> <span><?php echo esc_html( $bundle['title'] ); ?></span></label>
					<details>
						<summary>
							<?php
							/* translators: Hidden from sight after "What it contains". %s: the title of a bundle of permissions. */
							echo wp_kses( sprintf( __( 'What it contains<span class="screen-reader-text">: %s</span>', 'app-connect' ), esc_html( $bundle['title'] ) ), array( 'span' => array( 'class' => array() ) ) );
							?>
						</summary>
						<p><?php esc_html_e( 'Routes:', 'app-connect' ); ?></p>
						<ul class="app-connect-codes" dir="ltr">
							<?php foreach ( $bundle['routes'] as $route ) : ?>
								<li><code><?php echo esc_html( str_replace( ' /', " $prefix/", $route ) ); ?></code></li>
							<?php endforeach; ?>
						</ul>
						<?php if ( array() !== $bundle['capabilities'] ) : ?>
							<p><?php esc_html_e( 'Rights, as far as its user has them:', 'app-connect' ); ?></p>
							<ul class="app-connect-codes" dir="ltr">
								<?php foreach ( $bundle['capabilities'] as $capability ) : ?>
									<li><code><?php echo esc_html( $capability ); ?></code></li>
								<?php endforeach; ?>
							</ul>
						<?php endif; ?>
					</details>
				</div>
			<?php endforeach; ?>
		</fieldset>

		<div class="app-connect-field" data-app-connect-when="mode:restricted|full">
			<label class="app-connect-legend" for="app-connect-routes"><?php esc_html_e( 'Allowed REST routes', 'app-connect' ); ?></label>
			<div class="description" id="app-connect-routes-help">
				<p>
					<?php esc_html_e( 'One line for each: a method and a path. A star at the end stands for everything below.', 'app-connect' ); ?>
					<code dir="ltr">GET <?php echo esc_html( $prefix ); ?>/wp/v2/posts</code>
					<code dir="ltr">GET <?php echo esc_html( $prefix ); ?>/wp/v2/posts/*</code>
				</p>
				<p data-app-connect-when="mode:restricted"><?php esc_html_e( 'Restricted access: these are added to the routes of the permissions ticked above. With neither, the app could call nothing.', 'app-connect' ); ?></p>
				<p data-app-connect-when="mode:full"><?php esc_html_e( 'Full access: the app may call only what is listed here, or everything if nothing is. An app that acts as a user of its own needs a list.', 'app-connect' ); ?></p>
			</div>
			<?php $errors->show( 'routes' ); ?>
			<textarea id="app-connect-routes" name="routes" class="large-text code app-connect-lines" rows="8" dir="ltr" spellcheck="false" autocapitalize="off" autocomplete="off" wrap="off"<?php $errors->attributes( 'routes' ); ?>><?php echo "\n" . esc_textarea( $form->text( 'routes' ) ); ?></textarea>
			<span class="app-connect-only"><?php esc_html_e( 'Only for restricted and full access.', 'app-connect' ); ?></span>
		</div>

		<details class="app-connect-field" data-app-connect-when="mode:restricted"<?php echo $errors->has( 'capabilities' ) || array() !== $form->chosen( 'capabilities' ) || '' !== $form->text( 'more_capabilities' ) ? ' open' : ''; ?>>
			<summary>
				<?php esc_html_e( 'Single rights', 'app-connect' ); ?>
				<span class="app-connect-count" data-app-connect-count="capabilities[]"></span>
			</summary>
			<fieldset id="app-connect-capabilities" tabindex="-1"<?php $errors->attributes( 'capabilities' ); ?>>
				<legend class="screen-reader-text"><?php esc_html_e( 'Single rights', 'app-connect' ); ?></legend>
				<p class="description" id="app-connect-capabilities-help">
					<?php esc_html_e( 'What WordPress calls capabilities. The app has a right only while its user has it too. Reading what is public needs none.', 'app-connect' ); ?>
					<span class="app-connect-only"><?php esc_html_e( 'Only for restricted access.', 'app-connect' ); ?></span>
				</p>
				<?php $errors->show( 'capabilities' ); ?>
				<p class="hide-if-no-js">
					<label for="app-connect-capabilities-filter"><?php esc_html_e( 'Show only rights with', 'app-connect' ); ?></label>
					<input type="search" id="app-connect-capabilities-filter" data-app-connect-filter="#app-connect-capabilities-list" autocomplete="off" spellcheck="false">
				</p>
				<ul class="app-connect-boxes" id="app-connect-capabilities-list">
					<?php foreach ( $capabilities as $name ) : ?>
						<li><label><input type="checkbox" name="capabilities[]" value="<?php Markup::put_value( $name ); ?>"<?php checked( $form->has( 'capabilities', $name ) ); ?>> <code><?php echo esc_html( $name ); ?></code></label></li>
					<?php endforeach; ?>
				</ul>
				<p><label for="app-connect-more-capabilities"><?php esc_html_e( 'Others, one a line:', 'app-connect' ); ?></label></p>
				<textarea id="app-connect-more-capabilities" name="more_capabilities" class="regular-text code" rows="2" dir="ltr" spellcheck="false" autocapitalize="off" autocomplete="off"><?php echo "\n" . esc_textarea( $form->text( 'more_capabilities' ) ); ?></textarea>
			</fieldset>
		</details>

		<div class="app-connect-takeover" data-app-connect-when="mode:restricted">
			<h3><span class="dashicons dashicons-warning" aria-hidden="true"></span> <?php esc_html_e( 'Rights that can take over the site', 'app-connect' ); ?></h3>
			<p id="app-connect-takeover-help">
				<?php esc_html_e( 'With any of these, an app, or a thief of its secret, can make itself an administrator or run its own code here. Hardly any app needs one.', 'app-connect' ); ?>
				<span class="app-connect-only"><?php esc_html_e( 'Only for restricted access.', 'app-connect' ); ?></span>
			</p>
			<details<?php echo $errors->has( 'takeover' ) || array() !== $form->chosen( 'takeover' ) ? ' open' : ''; ?>>
				<summary>
					<?php
					/* translators: %s: a number. */
					echo esc_html( sprintf( __( 'Show the %s rights', 'app-connect' ), number_format_i18n( count( $rights ) ) ) );
					?>
					<span class="app-connect-count" data-app-connect-count="takeover[]"></span>
				</summary>
				<fieldset id="app-connect-takeover" tabindex="-1"<?php $errors->attributes( 'takeover' ); ?>>
					<legend class="screen-reader-text"><?php esc_html_e( 'Rights that can take over the site', 'app-connect' ); ?></legend>
					<?php $errors->show( 'takeover' ); ?>
					<ul class="app-connect-boxes app-connect-boxes-wide">
						<?php foreach ( $rights as $name => $meaning ) : ?>
							<li><label><input type="checkbox" name="takeover[]" value="<?php Markup::put_value( $name ); ?>"<?php checked( $form->has( 'takeover', $name ) ); ?>> <span><code><?php echo esc_html( $name ); ?></code> <span class="description"><?php echo esc_html( $name === $meaning ? '' : $meaning ); ?></span></span></label></li>
						<?php endforeach; ?>
					</ul>
				</fieldset>
			</details>
		</div>

		<fieldset id="app-connect-account" tabindex="-1" data-app-connect-when="mode:full">
			<legend class="app-connect-legend"><?php esc_html_e( 'The account', 'app-connect' ); ?></legend>
			<?php $errors->show( 'account' ); ?>
			<label for="app-connect-account-box"><input type="checkbox" id="app-connect-account-box" name="account" value="1" aria-describedby="app-connect-account-help"<?php checked( $form->has( 'account' ) ); ?>> <span><?php esc_html_e( 'It may change the account of the user it acts as', 'app-connect' ); ?></span></label>
			<p class="description" id="app-connect-account-help">
				<?php esc_html_e( 'Password, e-mail address, login name, roles and application passwords. Whoever has the app’s token could lock the user out for good: leave it off unless the app is made for that.', 'app-connect' ); ?>
				<span class="app-connect-only"><?php esc_html_e( 'Only for full access.', 'app-connect' ); ?></span>
			</p>
		</fieldset>

		<p class="app-connect-nothing hide-if-no-js" data-app-connect-when="mode:login_only"><?php esc_html_e( 'Nothing else to choose: a token of this app says who somebody is, and opens no other route.', 'app-connect' ); ?></p>
	</div>
</div>
