<?php
/**
 * How people sign in to the app.
 *
 * @package AppConnect
 *
 * @var AppConnect\WP\Admin\Client_Form  $form   The form.
 * @var AppConnect\WP\Admin\Field_Errors $errors What is wrong with it.
 */

namespace AppConnect\WP\Admin;

defined( 'ABSPATH' ) || exit;
?>
<div class="postbox" data-app-connect-when="grant_types:<?php echo esc_attr( implode( '|', Client_Choices::redirecting() ) ); ?>">
	<div class="postbox-header"><h2><?php esc_html_e( 'How people sign in', 'app-connect' ); ?></h2></div>
	<div class="inside">
		<div class="app-connect-field">
			<label class="app-connect-legend" for="app-connect-redirect-uris"><?php esc_html_e( 'Redirect URIs', 'app-connect' ); ?></label>
			<div class="description" id="app-connect-redirect-uris-help">
				<p><?php esc_html_e( 'Where people come back to after they have approved the app: one address a line, letter by letter as the app sends it. Whoever wrote the app knows them.', 'app-connect' ); ?> <span class="app-connect-only"><?php esc_html_e( 'All in this box is only for apps that get tokens by an authorization code.', 'app-connect' ); ?></span></p>
				<ul class="app-connect-kinds">
					<li><code dir="ltr">https://app.example.com/callback</code> <span><?php esc_html_e( 'an app on the web', 'app-connect' ); ?></span></li>
					<li><code dir="ltr">http://127.0.0.1/callback</code> <span><?php esc_html_e( 'a program on the person’s computer, on any port', 'app-connect' ); ?></span></li>
					<li><code dir="ltr">com.example.app:/callback</code> <span><?php esc_html_e( 'an app on a phone', 'app-connect' ); ?></span></li>
				</ul>
			</div>
			<?php $errors->show( 'redirect_uris' ); ?>
			<textarea id="app-connect-redirect-uris" name="redirect_uris" class="large-text code app-connect-lines" rows="3" dir="ltr" spellcheck="false" autocapitalize="off" autocomplete="off" wrap="off"<?php $errors->attributes( 'redirect_uris' ); ?>><?php echo "\n" . esc_textarea( $form->text( 'redirect_uris' ) ); ?></textarea>
		</div>

		<fieldset id="app-connect-consent" tabindex="-1"<?php $errors->attributes( 'consent', false ); ?>>
			<legend class="app-connect-legend"><?php esc_html_e( 'When are people asked to approve it?', 'app-connect' ); ?></legend>
			<?php
			$errors->show( 'consent' );
			$form->choices( 'consent', Client_Choices::consents(), true );
			?>
			<div class="app-connect-choice" data-app-connect-when="type:confidential" data-app-connect-disable>
				<?php
				$form->box(
					'first_party',
					__( 'Skip the consent page: our own app', 'app-connect' ),
					__( 'People log in and are not asked.', 'app-connect' ),
					__( 'They do not see what the app gets, and cannot refuse. Tick this only for an app that you run yourself.', 'app-connect' ),
					__( 'Only for confidential apps.', 'app-connect' )
				);
				?>
			</div>
		</fieldset>

		<fieldset>
			<legend class="app-connect-legend"><?php esc_html_e( 'What people see', 'app-connect' ); ?></legend>
			<div class="app-connect-choice">
				<?php
				$form->box(
					'verified',
					__( 'Show as verified on the consent page', 'app-connect' ),
					__( 'This site vouches for it: you know who runs the app, and that its name and logo are its own.', 'app-connect' )
				);
				?>
			</div>
		</fieldset>

		<details class="app-connect-field"<?php echo '' !== $form->text( 'post_logout_redirect_uris' ) . $form->text( 'backchannel_logout_uri' ) || $errors->has( 'post_logout_redirect_uris' ) || $errors->has( 'backchannel_logout_uri' ) ? ' open' : ''; ?>>
			<summary><?php esc_html_e( 'Logging out (if the app asks for it)', 'app-connect' ); ?></summary>
			<p class="description"><?php esc_html_e( 'For apps that use this site to sign people in (OpenID Connect). Leave both empty if the app does not ask for them.', 'app-connect' ); ?></p>
			<p><label for="app-connect-post-logout-redirect-uris"><?php esc_html_e( 'Addresses after a logout', 'app-connect' ); ?></label></p>
			<p class="description" id="app-connect-post-logout-redirect-uris-help"><?php esc_html_e( 'Where the app may send people whom it has logged out here: one address a line, letter by letter. The app calls them post_logout_redirect_uri.', 'app-connect' ); ?></p>
			<?php $errors->show( 'post_logout_redirect_uris' ); ?>
			<textarea id="app-connect-post-logout-redirect-uris" name="post_logout_redirect_uris" class="large-text code app-connect-lines" rows="2" dir="ltr" spellcheck="false" autocapitalize="off" autocomplete="off" wrap="off"<?php $errors->attributes( 'post_logout_redirect_uris' ); ?>><?php echo "\n" . esc_textarea( $form->text( 'post_logout_redirect_uris' ) ); ?></textarea>
			<p><label for="app-connect-backchannel-logout-uri"><?php esc_html_e( 'Address for logouts', 'app-connect' ); ?></label></p>
			<p class="description" id="app-connect-backchannel-logout-uri-help"><?php esc_html_e( 'Where this site tells the app that somebody has logged out here, so that the app logs them out, too. The app calls it backchannel_logout_uri.', 'app-connect' ); ?></p>
			<?php $errors->show( 'backchannel_logout_uri' ); ?>
			<input type="url" id="app-connect-backchannel-logout-uri" name="backchannel_logout_uri" class="large-text code" dir="ltr" spellcheck="false" autocomplete="off" value="<?php echo esc_attr( $form->text( 'backchannel_logout_uri' ) ); ?>"<?php $errors->attributes( 'backchannel_logout_uri' ); ?>>
		</details>

		<fieldset>
			<legend class="app-connect-legend"><?php esc_html_e( 'PKCE', 'app-connect' ); ?></legend>
			<div class="app-connect-choice" data-app-connect-when="type:confidential" data-app-connect-disable>
				<input type="hidden" name="require_pkce_shown" value="1">
				<?php
				$form->box(
					'require_pkce',
					__( 'Require PKCE (S256)', 'app-connect' ),
					__( 'The app proves that it is the one that asked.', 'app-connect' ),
					__( 'Untick this only for an old app that cannot do it: then a code that somebody catches on the way can be used in a login that is not theirs.', 'app-connect' ),
					__( 'Cannot be unticked for public apps.', 'app-connect' )
				);
				?>
			</div>
			<p class="description hide-if-no-js" data-app-connect-when="type:public"><?php esc_html_e( 'A public app always has to use PKCE (S256): there is nothing to choose.', 'app-connect' ); ?></p>
		</fieldset>
	</div>
</div>
