<?php
/**
 * The list of sessions.
 *
 * @package AppConnect
 *
 * @var AppConnect\WP\Admin\Tokens_Query $query   What is asked for.
 * @var AppConnect\WP\Admin\Tokens_Table $table   The table.
 * @var string[]                         $refusal Why something else is not shown.
 * @var string[]                         $hints   What the list does not show.
 */

namespace AppConnect\WP\Admin;

defined( 'ABSPATH' ) || exit;
?>
<div class="wrap app-connect">
	<h1 class="wp-heading-inline"><?php esc_html_e( 'Tokens', 'app-connect' ); ?></h1>
	<?php if ( '' !== $query->search ) : ?>
		<span class="subtitle">
			<?php
			/* translators: %s: what is searched for. */
			echo wp_kses( sprintf( __( 'Search results for: %s', 'app-connect' ), '<strong>' . Markup::name( $query->search ) . '</strong>' ), array( 'strong' => array(), 'bdi' => array() ) );
			?>
		</span>
	<?php endif; ?>
	<hr class="wp-header-end">
	<?php
	Tokens_Notices::render( $query );
	Client_Notices::render_errors( $refusal );
	?>
	<p class="app-connect-intro"><?php esc_html_e( 'Apps that are signed in: each line is one session, with all its tokens.', 'app-connect' ); ?></p>
	<?php foreach ( $hints as $hint ) : ?>
		<p class="app-connect-hint"><span class="dashicons dashicons-info" aria-hidden="true"></span> <?php echo esc_html( $hint ); ?></p>
	<?php endforeach; ?>
	<form method="get" action="<?php echo esc_url( admin_url( 'admin.php' ) ); ?>" class="app-connect-list app-connect-sessions">
		<input type="hidden" name="page" value="<?php echo esc_attr( Tokens_Screen::PAGE ); ?>">
		<p class="search-box">
			<label class="screen-reader-text" for="app-connect-sessions-search-input"><?php esc_html_e( 'Search sessions', 'app-connect' ); ?></label>
			<input type="search" id="app-connect-sessions-search-input" name="s" value="<?php Markup::put_value( $query->search ); ?>">
			<?php submit_button( __( 'Search sessions', 'app-connect' ), '', 'filter_action', false, array( 'id' => 'search-submit' ) ); ?>
		</p>
		<?php $table->display(); ?>
	</form>
</div>
