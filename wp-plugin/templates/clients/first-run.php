<?php
/**
 * From "is it working?" to the first client.
 *
 * @package AppConnect
 *
 * @var list<array{state: string, title: string, text: string, html?: string, probe?: string}> $checks What was checked.
 * @var bool                                                                                   $ready  Whether clients can be made.
 */

namespace AppConnect\WP\Admin;

defined( 'ABSPATH' ) || exit;

$words = array(
	'ok'      => __( 'In order', 'app-connect' ),
	'note'    => __( 'Worth a look', 'app-connect' ),
	'bad'     => __( 'Must be repaired', 'app-connect' ),
	'unknown' => __( 'Not checked yet', 'app-connect' ),
);
?>
<div class="wrap app-connect">
	<h1 class="wp-heading-inline"><?php esc_html_e( 'Clients', 'app-connect' ); ?></h1>
	<hr class="wp-header-end">
	<?php Client_Notices::render_asked(); ?>
	<div class="app-connect-first-run">
		<h2><?php esc_html_e( 'Let an app use this site', 'app-connect' ); ?></h2>
		<p class="about-text"><?php esc_html_e( 'For each app you make a client here: it says what the app may do. The app gets an ID, and a secret if it can keep one, and with them tokens for the REST API. You can limit it, end its tokens and switch it off at any time.', 'app-connect' ); ?></p>
		<ul class="app-connect-checks">
			<?php foreach ( $checks as $check ) : ?>
				<li class="app-connect-check app-connect-check-<?php echo esc_attr( $check['state'] ); ?>"<?php echo isset( $check['probe'] ) ? ' data-app-connect-probe="' . esc_attr( $check['probe'] ) . '"' : ''; ?>>
					<span class="dashicons" aria-hidden="true"></span>
					<div>
						<strong data-app-connect-title><?php echo esc_html( $check['title'] ); ?></strong>
						<span class="app-connect-check-state" data-app-connect-state><?php echo esc_html( $words[ $check['state'] ] ); ?></span>
						<p data-app-connect-text><?php echo esc_html( $check['text'] ); ?></p>
						<?php echo $check['html'] ?? ''; // phpcs:ignore WordPress.Security.EscapeOutput -- Escaped where it was made. ?>
					</div>
				</li>
			<?php endforeach; ?>
		</ul>
		<?php if ( $ready ) : ?>
			<p><a class="button button-primary button-hero" href="<?php echo esc_url( Menu::clients_url( array( 'action' => 'new' ) ) ); ?>"><?php esc_html_e( 'Add your first client', 'app-connect' ); ?></a></p>
		<?php else : ?>
			<p><strong><?php esc_html_e( 'Repair what is marked, then load this page again to add your first client.', 'app-connect' ); ?></strong></p>
		<?php endif; ?>
	</div>
</div>
