<?php
/**
 * The audit log.
 *
 * @package AppConnect
 *
 * @var AppConnect\WP\Admin\Activity_Query $query    What is asked for.
 * @var AppConnect\WP\Admin\Activity_Table $table    The table.
 * @var string[]                           $refusals Why there is no list, or no file.
 */

namespace AppConnect\WP\Admin;

defined( 'ABSPATH' ) || exit;
?>
<div class="wrap app-connect app-connect-activity">
	<h1 class="wp-heading-inline"><?php esc_html_e( 'Activity', 'app-connect' ); ?></h1>
	<hr class="wp-header-end">
	<?php Client_Notices::render_errors( $refusals ); ?>
	<form method="get" action="<?php echo esc_url( admin_url( 'admin.php' ) ); ?>">
		<input type="hidden" name="page" value="<?php echo esc_attr( Activity_Screen::PAGE ); ?>">
		<h2 class="screen-reader-text"><?php esc_html_e( 'Filters and events', 'app-connect' ); ?></h2>
		<?php $table->display(); ?>
	</form>
	<?php if ( $table->has_events() ) : ?>
		<form method="post" action="<?php echo esc_url( Activity_Screen::url( $query->args() ) ); ?>" class="app-connect-export">
			<?php wp_nonce_field( 'app_connect_export', '_wpnonce', false ); ?>
			<?php foreach ( $query->args() as $name => $value ) : ?>
				<input type="hidden" name="<?php echo esc_attr( $name ); ?>" value="<?php Markup::put_value( $value ); ?>">
			<?php endforeach; ?>
			<button type="submit" class="button" name="app_connect_do" value="export" aria-describedby="app-connect-export-help"><?php esc_html_e( 'Download as CSV', 'app-connect' ); ?></button>
			<span id="app-connect-export-help" class="description">
				<?php
				echo esc_html(
					sprintf(
						$query->is_filtered()
							/* translators: %s: a number. */
							? __( 'All events that these filters leave, up to %s, for a spreadsheet.', 'app-connect' )
							/* translators: %s: a number. */
							: __( 'All events, up to %s, for a spreadsheet.', 'app-connect' ),
						number_format_i18n( Activity_Export::MOST )
					)
				);
				?>
			</span>
		</form>
	<?php endif; ?>
</div>
