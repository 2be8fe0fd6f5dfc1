<?php
/**
 * The list of clients.
 *
 * @package AppConnect
 *
 * @var AppConnect\WP\Admin\Clients_Table $table   The table.
 * @var string                            $search  What is searched for.
 * @var string                            $status  The status that is listed; empty for all.
 * @var string[]                          $refusal Why something else is not shown.
 */

namespace AppConnect\WP\Admin;

defined( 'ABSPATH' ) || exit;
?>
<div class="wrap app-connect">
	<h1 class="wp-heading-inline"><?php esc_html_e( 'Clients', 'app-connect' ); ?></h1>
	<a href="<?php echo esc_url( Menu::clients_url( array( 'action' => 'new' ) ) ); ?>" class="page-title-action"><?php esc_html_e( 'Add Client', 'app-connect' ); ?></a>
	<?php if ( '' !== $search ) : ?>
		<span class="subtitle">
			<?php
			/* translators: %s: what is searched for. */
			echo wp_kses( sprintf( __( 'Search results for: %s', 'app-connect' ), '<strong>' . Markup::name( $search ) . '</strong>' ), array( 'strong' => array(), 'bdi' => array() ) );
			?>
		</span>
	<?php endif; ?>
	<hr class="wp-header-end">
	<?php
	Client_Notices::render_asked();
	Client_Notices::render_errors( $refusal );
	$table->views();
	?>
	<form method="get" action="<?php echo esc_url( admin_url( 'admin.php' ) ); ?>" class="app-connect-list">
		<input type="hidden" name="page" value="<?php echo esc_attr( Menu::CLIENTS ); ?>">
		<?php if ( '' !== $status ) : ?>
			<input type="hidden" name="status" value="<?php echo esc_attr( $status ); ?>">
		<?php endif; ?>
		<?php
		$table->search_box( __( 'Search clients', 'app-connect' ), 'app-connect-clients' );
		$table->display();
		?>
	</form>
</div>
