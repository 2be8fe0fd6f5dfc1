<?php
/**
 * A request that could not be answered.
 *
 * @package AppConnect
 *
 * @var array{title: string, text: string, advice: string} $said   What people read.
 * @var string                                             $code   What went wrong.
 * @var string                                             $detail What developers read.
 * @var string|null                                        $again  Where the page can be loaded again.
 */

namespace AppConnect\WP\Consent;

defined( 'ABSPATH' ) || exit;
?>
<div class="app-connect-box" id="app-connect-error" data-app-connect-code="<?php echo esc_attr( $code ); ?>">
	<h2><?php echo esc_html( $said['title'] ); ?></h2>
	<p><?php echo $said['text']; // phpcs:ignore WordPress.Security.EscapeOutput -- Sentences escapes. ?></p>
	<p><?php echo esc_html( $said['advice'] ); ?></p>
	<?php if ( null !== $again ) : ?>
		<p><a class="button button-primary button-large" href="<?php echo esc_url( $again ); ?>"><?php esc_html_e( 'Load the page again', 'app-connect' ); ?></a></p>
	<?php endif; ?>
	<?php if ( '' !== $detail ) : ?>
		<p class="app-connect-detail"><?php esc_html_e( 'For the app’s developer:', 'app-connect' ); ?> <code dir="ltr"><?php echo esc_html( "$code: $detail" ); ?></code></p>
	<?php endif; ?>
</div>
