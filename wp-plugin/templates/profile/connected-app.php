<?php
/**
 * The row of a connected app.
 *
 * @package AppConnect
 *
 * @var AppConnect\WP\Admin\Connected_App $app The app.
 * @var bool                              $own Whether the reader is whose profile it is.
 */

namespace AppConnect\WP\Admin;

use AppConnect\WP\Consent\Abilities;

defined( 'ABSPATH' ) || exit;

$can      = $app->can( $own );
$takeover = $app->takeover();
$last     = $app->last_used();
$number   = count( $app->sessions );

// phpcs:disable WordPress.Security.EscapeOutput -- Markup and Connected_Apps escape.
?>
<tr>
	<th scope="row" data-colname="<?php esc_attr_e( 'App', 'app-connect' ); ?>">
		<?php echo Markup::logo( (string) $app->item['logo_uri'] ); ?>
		<strong><?php echo Markup::name( $app->name() ); ?></strong>
		<?php if ( $app->item['verified'] ) : ?>
			<span class="app-connect-apps-verified"><span class="dashicons dashicons-yes-alt" aria-hidden="true"></span> <?php esc_html_e( 'Verified', 'app-connect' ); ?></span>
		<?php endif; ?>
		<?php if ( 'active' !== $app->item['status'] ) : ?>
			<span class="app-connect-apps-state"><?php esc_html_e( 'Switched off by the administrators', 'app-connect' ); ?></span>
		<?php elseif ( 0 === $number ) : ?>
			<span class="app-connect-apps-state"><?php esc_html_e( 'Approved, not signed in', 'app-connect' ); ?></span>
		<?php endif; ?>
	</th>
	<td data-colname="<?php esc_attr_e( 'What it may do', 'app-connect' ); ?>">
		<?php if ( $can ) : ?>
			<ul>
				<?php foreach ( $can as $ability ) : ?>
					<li><bdi><?php echo esc_html( $ability ); ?></bdi></li>
				<?php endforeach; ?>
			</ul>
		<?php elseif ( ! $takeover ) : ?>
			<?php esc_html_e( 'Nothing but to sign in', 'app-connect' ); ?>
		<?php endif; ?>
		<?php if ( $takeover || $app->reaches_account() ) : ?>
			<div class="app-connect-apps-danger">
				<strong><span class="dashicons dashicons-warning" aria-hidden="true"></span> <?php esc_html_e( 'Dangerous', 'app-connect' ); ?></strong>
				<?php if ( $takeover ) : ?>
					<details>
						<summary>
							<?php
							/* translators: %s: a number of rights. */
							echo esc_html( sprintf( _n( 'It has %s right that can take over the whole site', 'It has %s rights that can take over the whole site', count( $takeover ), 'app-connect' ), number_format_i18n( count( $takeover ) ) ) );
							?>
						</summary>
						<ul>
							<?php foreach ( $takeover as $right ) : ?>
								<li><bdi><?php echo esc_html( $right ); ?></bdi></li>
							<?php endforeach; ?>
						</ul>
					</details>
				<?php endif; ?>
				<?php if ( $app->reaches_account() ) : ?>
					<p><?php echo esc_html( Abilities::account( $own ) ); ?></p>
				<?php endif; ?>
			</div>
		<?php endif; ?>
		<?php if ( $number ) : ?>
			<details>
				<summary>
					<?php
					/* translators: %s: a number of sign-ins. */
					echo esc_html( sprintf( _n( '%s sign-in', '%s sign-ins', $number, 'app-connect' ), number_format_i18n( $number ) ) );
					?>
				</summary>
				<ul class="app-connect-apps-sessions">
					<?php foreach ( $app->sessions as $session ) : ?>
						<li>
							<span>
								<?php
								$begun = Connected_Apps::moment( (int) $session['created_at'] );
								/* translators: %s: a date and a time. */
								printf( esc_html__( 'Signed in on %s.', 'app-connect' ), $begun );
								echo ' ';
								if ( null === $session['last_used_at'] ) {
									esc_html_e( 'Not used yet.', 'app-connect' );
								} elseif ( null === $session['last_ip'] ) {
									/* translators: %s: a day. */
									printf( esc_html__( 'Last used on %s.', 'app-connect' ), Connected_Apps::day( $session['last_used_at'] ) );
								} else {
									/* translators: 1: a day, 2: an IP address. */
									printf( esc_html__( 'Last used on %1$s from %2$s.', 'app-connect' ), Connected_Apps::day( $session['last_used_at'] ), '<bdi dir="ltr">' . esc_html( $session['last_ip'] ) . '</bdi>' );
								}
								?>
							</span>
							<?php echo Connected_Apps::button( 'end_session', (int) $session['id'], __( 'End', 'app-connect' ), $app->name() . ', ' . wp_strip_all_tags( $begun ) ); ?>
						</li>
					<?php endforeach; ?>
				</ul>
			</details>
		<?php endif; ?>
	</td>
	<td data-colname="<?php esc_attr_e( 'Since', 'app-connect' ); ?>"><?php echo Connected_Apps::day( $app->since() ); ?></td>
	<td data-colname="<?php esc_attr_e( 'Last used', 'app-connect' ); ?>">
		<?php
		if ( $number ) {
			echo Connected_Apps::day( $last['last_used_at'] ?? null );
		} else {
			printf( '<span aria-hidden="true">—</span><span class="screen-reader-text">%s</span>', esc_html__( 'Not signed in', 'app-connect' ) );
		}
		if ( isset( $last['last_ip'] ) ) {
			echo '<br><bdi dir="ltr">' . esc_html( $last['last_ip'] ) . '</bdi>';
		}
		?>
	</td>
	<td class="app-connect-apps-revoke"><?php echo Connected_Apps::button( 'revoke_app', $app->id(), __( 'Revoke', 'app-connect' ), $app->name() ); ?></td>
</tr>
