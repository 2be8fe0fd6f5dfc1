<?php
/**
 * An answer on its way to an app.
 *
 * @package AppConnect
 *
 * @var string                                                     $client The app's name.
 * @var array{action: string, fields: list<array{string, string}>} $form   The form.
 */

namespace AppConnect\WP\Consent;

defined( 'ABSPATH' ) || exit;

// The protocol found this address registered. esc_url() would take private schemes away, and alter others.
$action = htmlspecialchars( $form['action'], ENT_QUOTES | ENT_SUBSTITUTE | ENT_HTML5, 'UTF-8' );
?>
<form method="post" action="<?php echo $action; // phpcs:ignore WordPress.Security.EscapeOutput -- Escaped above. ?>" class="app-connect-box" id="app-connect-form-post" accept-charset="utf-8">
	<?php foreach ( $form['fields'] as list( $name, $value ) ) : ?>
		<input type="hidden" name="<?php echo esc_attr( $name ); ?>" value="<?php echo htmlspecialchars( $value, ENT_QUOTES | ENT_SUBSTITUTE | ENT_HTML5, 'UTF-8' ); // phpcs:ignore WordPress.Security.EscapeOutput -- esc_attr() would leave what looks like an entity. ?>">
	<?php endforeach; ?>
	<h2>
		<?php
		/* translators: %s: name of an app. */
		printf( esc_html__( 'Back to %s', 'app-connect' ), Sentences::strong( $client ) ); // phpcs:ignore WordPress.Security.EscapeOutput -- Sentences escapes.
		?>
	</h2>
	<p><?php esc_html_e( 'You are being sent back to the app. If nothing happens, press the button.', 'app-connect' ); ?></p>
	<p class="app-connect-buttons"><button type="submit" class="button button-primary button-large"><?php esc_html_e( 'Continue', 'app-connect' ); ?></button></p>
</form>
<script>document.getElementById( 'app-connect-form-post' ).submit();</script>
