<?php
/**
 * The form of a client.
 *
 * @package AppConnect
 *
 * @var AppConnect\WP\Admin\Client_Form  $form   The form.
 * @var AppConnect\WP\Admin\Field_Errors $errors What is wrong with it.
 * @var array<string, mixed>|null        $client The client as stored; null for a new one.
 */

namespace AppConnect\WP\Admin;

defined( 'ABSPATH' ) || exit;

$does = $form->does();
?>
<div class="wrap app-connect">
	<h1 class="wp-heading-inline">
		<?php
		echo null === $client
			? esc_html__( 'Add Client', 'app-connect' )
			/* translators: %s: the name of a client. */
			: wp_kses( sprintf( __( 'Edit Client “%s”', 'app-connect' ), Markup::name( (string) $client['name'] ) ), array( 'bdi' => array() ) );
		?>
	</h1>
	<?php if ( null !== $client ) : ?>
		<a href="<?php echo esc_url( Menu::clients_url( array( 'action' => 'new' ) ) ); ?>" class="page-title-action"><?php esc_html_e( 'Add Client', 'app-connect' ); ?></a>
	<?php endif; ?>
	<hr class="wp-header-end">
	<?php
	if ( ! $errors->any() && array() === $form->unconfirmed() ) {
		Client_Notices::render_asked();
	}
	?>
	<form method="post" action="<?php echo esc_url( $form->address() ); ?>" class="app-connect-form" novalidate>
		<?php wp_nonce_field( 'app_connect_' . $does ); ?>
		<?php /* The first button is the one that the enter key presses. */ ?>
		<button type="submit" name="app_connect_do" value="<?php echo esc_attr( $does ); ?>" class="screen-reader-text" tabindex="-1" aria-hidden="true"><?php esc_html_e( 'Save', 'app-connect' ); ?></button>
		<?php if ( null === $client ) : ?>
			<input type="hidden" name="client_id" value="<?php Markup::put_value( $form->text( 'client_id' ) ); ?>">
		<?php else : ?>
			<input type="hidden" name="revision" value="<?php echo esc_attr( $form->text( 'revision' ) ); ?>">
		<?php endif; ?>
		<?php
		$errors->summary();
		$form->part( 'question' );
		if ( null !== $client ) {
			require __DIR__ . '/form-facts.php';
		}
		$form->part( 'app' );
		$form->part( 'type' );
		$form->part( 'grants' );
		$form->part( 'people' );
		$form->part( 'access' );
		$form->part( 'user' );
		?>
		<p class="submit">
			<button type="submit" name="app_connect_do" value="<?php echo esc_attr( $does ); ?>" class="button button-primary button-large"><?php echo esc_html( null === $client ? __( 'Add client', 'app-connect' ) : __( 'Save changes', 'app-connect' ) ); ?></button>
			<a class="button button-large" href="<?php echo esc_url( Menu::clients_url() ); ?>"><?php esc_html_e( 'Cancel', 'app-connect' ); ?></a>
		</p>
	</form>
</div>
