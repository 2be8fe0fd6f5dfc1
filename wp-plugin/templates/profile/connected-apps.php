<?php
/**
 * "Connected apps" on a profile.
 *
 * @package AppConnect
 *
 * @var list<AppConnect\WP\Admin\Connected_App>       $apps      The apps, by name.
 * @var bool                                          $own       Whether the reader is whose profile it is.
 * @var string                                        $person    What that person is called.
 * @var bool                                          $elsewhere Whether this is no site's screen, so that there are no apps.
 * @var string                                        $refusal   Why the apps are not known; empty if they are.
 * @var array{}|array{type: string, text: string}     $notices   What was done.
 */

namespace AppConnect\WP\Admin;

defined( 'ABSPATH' ) || exit;
?>
<section class="app-connect app-connect-apps" id="<?php echo esc_attr( Connected_Apps::SECTION ); ?>" aria-labelledby="app-connect-apps-title">
	<h2 id="app-connect-apps-title"><?php esc_html_e( 'Connected apps', 'app-connect' ); ?></h2>
	<?php
	if ( $notices ) {
		wp_admin_notice(
			esc_html( $notices['text'] ),
			array(
				'type'               => $notices['type'],
				'additional_classes' => array( 'inline' ),
				'attributes'         => array( 'role' => 'error' === $notices['type'] ? 'alert' : 'status' ),
			)
		);
	}
	if ( '' !== $refusal ) {
		wp_admin_notice( esc_html( $refusal ), array( 'type' => 'error', 'additional_classes' => array( 'inline' ), 'attributes' => array( 'role' => 'alert' ) ) );
	}
	?>
	<p>
		<?php
		if ( $elsewhere ) {
			esc_html_e( 'Apps are connected to one site at a time. They are listed on the profile in the dashboard of each site.', 'app-connect' );
		} elseif ( '' === $refusal && ! $apps && $own ) {
			esc_html_e( 'No app has access to your account on this site.', 'app-connect' );
		} elseif ( '' === $refusal && ! $apps ) {
			/* translators: %s: name of a person. */
			printf( esc_html__( 'No app has access to the account of %s on this site.', 'app-connect' ), Markup::name( $person ) ); // phpcs:ignore WordPress.Security.EscapeOutput -- Markup escapes.
		} elseif ( $apps && $own ) {
			esc_html_e( 'These apps may use your account on this site, because you have approved them. Revoke what you do not use or do not know.', 'app-connect' );
		} elseif ( $apps ) {
			/* translators: %s: name of a person. */
			printf( esc_html__( 'These apps may use the account of %s on this site.', 'app-connect' ), Markup::name( $person ) ); // phpcs:ignore WordPress.Security.EscapeOutput -- Markup escapes.
		}
		?>
	</p>
	<?php if ( $apps ) : ?>
		<table class="widefat striped app-connect-apps-table">
			<thead>
				<tr>
					<th scope="col"><?php esc_html_e( 'App', 'app-connect' ); ?></th>
					<th scope="col"><?php esc_html_e( 'What it may do', 'app-connect' ); ?></th>
					<th scope="col"><?php esc_html_e( 'Since', 'app-connect' ); ?></th>
					<th scope="col"><?php esc_html_e( 'Last used', 'app-connect' ); ?></th>
					<th scope="col"><span class="screen-reader-text"><?php esc_html_e( 'Revoke', 'app-connect' ); ?></span></th>
				</tr>
			</thead>
			<tbody>
				<?php foreach ( $apps as $app ) : ?>
					<?php require __DIR__ . '/connected-app.php'; ?>
				<?php endforeach; ?>
			</tbody>
		</table>
		<?php if ( Connected_App::MOST <= array_sum( array_map( static fn ( Connected_App $app ): int => count( $app->sessions ), $apps ) ) ) : ?>
			<p class="description">
				<?php
				/* translators: %s: a number. */
				echo esc_html( sprintf( __( 'Only the newest %s sign-ins are listed. Revoking an app ends all of its sign-ins.', 'app-connect' ), number_format_i18n( Connected_App::MOST ) ) );
				?>
			</p>
		<?php endif; ?>
		<p class="app-connect-apps-all">
			<?php echo Connected_Apps::button( 'revoke_all', 1, __( 'Revoke all', 'app-connect' ), __( 'Connected apps', 'app-connect' ) ); // phpcs:ignore WordPress.Security.EscapeOutput -- It escapes. ?>
			<span class="description">
				<?php
				echo esc_html(
					$own
						? __( 'Revoking signs the app out at once, and it has to ask for your approval before it can come back.', 'app-connect' )
						: __( 'Revoking signs the app out at once, and it has to ask for approval before it can come back.', 'app-connect' )
				);
				?>
			</span>
		</p>
	<?php endif; ?>
</section>
