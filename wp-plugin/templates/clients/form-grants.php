<?php
/**
 * How the app gets tokens.
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
	<div class="postbox-header"><h2><?php esc_html_e( 'How it gets tokens', 'app-connect' ); ?></h2></div>
	<div class="inside">
		<fieldset id="app-connect-grant-types" tabindex="-1"<?php $errors->attributes( 'grant_types', false ); ?>>
			<legend class="app-connect-legend"><?php esc_html_e( 'Which ways may it use? With none of them it gets no token.', 'app-connect' ); ?></legend>
			<?php
			$errors->show( 'grant_types' );
			$form->choices( 'grant_types', Client_Choices::grant_types(), false );
			?>
			<p class="description" data-app-connect-if-none hidden><?php esc_html_e( 'There is none yet for this kind of app with this access.', 'app-connect' ); ?></p>
		</fieldset>
		<details<?php echo $errors->has( 'trusted' ) || $form->has( 'trusted' ) ? ' open' : ''; ?>>
			<summary><?php esc_html_e( 'It asks people for their password itself (not recommended)', 'app-connect' ); ?></summary>
			<?php $form->choices( 'grant_types', Client_Choices::trusting(), false ); ?>
			<div class="app-connect-choice" data-app-connect-when="grant_types:<?php echo esc_attr( implode( '|', array_column( Client_Choices::trusting(), 'name' ) ) ); ?>">
				<?php
				$form->box(
					'trusted',
					__( 'I trust this app with passwords', 'app-connect' ),
					__( 'You run it yourself, or know well who does.', 'app-connect' ),
					__( 'It sees every password that is typed into it, and can do with it what it likes, on this site and wherever else people use the same one.', 'app-connect' ),
					__( 'Needed for the grant type above.', 'app-connect' )
				);
				?>
			</div>
		</details>
		<fieldset data-app-connect-when="grant_types:<?php echo esc_attr( implode( '|', Client_Choices::signing_in() ) ); ?>">
			<legend class="app-connect-legend"><?php esc_html_e( 'Stay signed in', 'app-connect' ); ?></legend>
			<?php $form->choices( 'grant_types', Client_Choices::staying(), false ); ?>
		</fieldset>
		<details data-app-connect-when="type:confidential" data-app-connect-disable<?php echo $errors->has( 'resource_server' ) || $form->has( 'resource_server' ) ? ' open' : ''; ?>>
			<summary><?php esc_html_e( 'Tokens of other apps are sent to it (rarely needed)', 'app-connect' ); ?></summary>
			<div class="app-connect-choice">
				<?php
				$form->box(
					'resource_server',
					__( 'Let it ask what any access token is worth (resource server)', 'app-connect' ),
					__( 'For an API of your own that takes the tokens of this site. At /introspect it learns of every app’s access tokens whether they are valid, for whom, and for what. Without this it is told of its own tokens only.', 'app-connect' ),
					'',
					__( 'Only for confidential apps.', 'app-connect' )
				);
				?>
			</div>
		</details>
		<details<?php echo $errors->has( 'access_token_format' ) || $form->has( 'access_token_format', 'jwt' ) || $form->has( 'access_token_format', 'opaque' ) ? ' open' : ''; ?>>
			<summary><?php esc_html_e( 'The form of its access tokens (rarely needed)', 'app-connect' ); ?></summary>
			<fieldset id="app-connect-access-token-format" tabindex="-1"<?php $errors->attributes( 'access_token_format', false ); ?>>
				<legend class="screen-reader-text"><?php esc_html_e( 'The form of its access tokens', 'app-connect' ); ?></legend>
				<?php
				$errors->show( 'access_token_format' );
				$form->choices( 'access_token_format', Client_Choices::access_token_formats(), true );
				Token_Formats::render_obstacle();
				?>
			</fieldset>
		</details>
		<details<?php echo $errors->has( 'auth_methods' ) ? ' open' : ''; ?>>
			<summary><?php esc_html_e( 'How it proves who it is (rarely needed)', 'app-connect' ); ?></summary>
			<fieldset id="app-connect-auth-methods" tabindex="-1"<?php $errors->attributes( 'auth_methods' ); ?>>
				<legend class="screen-reader-text"><?php esc_html_e( 'How it proves who it is', 'app-connect' ); ?></legend>
				<p class="description" id="app-connect-auth-methods-help"><?php esc_html_e( 'Tick one to accept only that. With none ticked, all that fit the kind of app are accepted.', 'app-connect' ); ?></p>
				<?php
				$errors->show( 'auth_methods' );
				$form->choices( 'auth_methods', Client_Choices::auth_methods(), false );
				?>
			</fieldset>
		</details>
	</div>
</div>
