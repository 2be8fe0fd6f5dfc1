<?php
/**
 * The question before sessions end.
 *
 * @package AppConnect
 *
 * @var string                            $title   The question.
 * @var AppConnect\WP\Admin\Tokens_Query  $query   What was listed.
 * @var list<int>|null                    $ids     The sessions; null for all that the query asks for.
 * @var int                               $newest  The newest session that is meant.
 * @var list<string>                      $filters The query in words, as HTML.
 * @var string                            $refusal What went wrong before.
 * @var string                            $ends    What would end, in words.
 * @var list<array{name: string, people: list<string>, others: int, sessions: int}> $apps Whose they are.
 * @var int                               $more    How many apps are not named.
 * @var string                            $button  The answer yes.
 */

namespace AppConnect\WP\Admin;

defined( 'ABSPATH' ) || exit;
?>
<div class="wrap app-connect">
	<h1><?php echo esc_html( $title ); ?></h1>
	<hr class="wp-header-end">
	<?php Client_Notices::render_errors( array( $refusal ) ); ?>
	<form method="post" action="<?php echo esc_url( Tokens_Screen::url() ); ?>" class="app-connect-confirm">
		<?php wp_nonce_field( Tokens_Screen::NONCE ); ?>
		<?php foreach ( $query->args() as $name => $value ) : ?>
			<input type="hidden" name="<?php echo esc_attr( $name ); ?>" value="<?php Markup::put_value( (string) $value ); ?>">
		<?php endforeach; ?>
		<?php if ( null === $ids ) : ?>
			<input type="hidden" name="newest" value="<?php echo (int) $newest; ?>">
		<?php endif; ?>
		<?php foreach ( (array) $ids as $id ) : ?>
			<input type="hidden" name="session[]" value="<?php echo (int) $id; ?>">
		<?php endforeach; ?>
		<?php if ( null === $ids ) : ?>
			<p>
				<?php
				echo array() === $filters
					? esc_html__( 'You are about to revoke every session of this site, those of apps that act on their own too.', 'app-connect' )
					/* translators: %s: filters and what they are set to. */
					: sprintf( esc_html__( 'You are about to revoke all sessions that match: %s', 'app-connect' ), implode( ' · ', $filters ) ); // phpcs:ignore WordPress.Security.EscapeOutput -- Tokens_Filters escapes.
				?>
			</p>
		<?php endif; ?>
		<p><?php esc_html_e( 'The apps are signed out at once. Approvals stay: an app whose approval is remembered can come back with its user, and one that acts on its own with its secret. To keep an app out, disable its client.', 'app-connect' ); ?></p>
		<table class="widefat striped app-connect-concerned">
			<thead>
				<tr>
					<th scope="col"><?php esc_html_e( 'App', 'app-connect' ); ?></th>
					<th scope="col"><?php esc_html_e( 'Users', 'app-connect' ); ?></th>
					<th scope="col"><?php esc_html_e( 'Sessions', 'app-connect' ); ?></th>
				</tr>
			</thead>
			<tbody>
				<?php foreach ( $apps as $app ) : ?>
					<tr>
						<th scope="row"><strong><?php echo Markup::name( $app['name'] ); // phpcs:ignore WordPress.Security.EscapeOutput -- Markup escapes. ?></strong></th>
						<td>
							<?php
							$people = implode( esc_html_x( ', ', 'between names', 'app-connect' ), array_map( array( Markup::class, 'name' ), $app['people'] ) );
							echo 0 === $app['others'] ? $people : sprintf( // phpcs:ignore WordPress.Security.EscapeOutput -- Markup escapes.
								/* translators: 1: names of people, 2: a number. */
								esc_html( _n( '%1$s and %2$s more', '%1$s and %2$s more', $app['others'], 'app-connect' ) ),
								$people, // phpcs:ignore WordPress.Security.EscapeOutput -- Markup escapes.
								esc_html( number_format_i18n( $app['others'] ) )
							);
							?>
						</td>
						<td><?php echo esc_html( number_format_i18n( $app['sessions'] ) ); ?></td>
					</tr>
				<?php endforeach; ?>
				<?php if ( $more ) : ?>
					<tr>
						<td colspan="3">
							<?php
							/* translators: %s: a number of apps. */
							echo esc_html( sprintf( _n( 'and %s more app', 'and %s more apps', $more, 'app-connect' ), number_format_i18n( $more ) ) );
							?>
						</td>
					</tr>
				<?php endif; ?>
			</tbody>
			<tfoot>
				<tr>
					<th scope="row"><?php esc_html_e( 'What ends', 'app-connect' ); ?></th>
					<td colspan="2"><strong><?php echo esc_html( $ends ); ?></strong></td>
				</tr>
			</tfoot>
		</table>
		<p class="submit">
			<button type="submit" class="button button-primary app-connect-danger" name="app_connect_do" value="<?php echo null === $ids ? 'revoke_all' : 'revoke'; ?>"><?php echo esc_html( $button ); ?></button>
			<a class="button" href="<?php echo esc_url( Tokens_Screen::url( $query->args() ) ); ?>"><?php esc_html_e( 'Cancel', 'app-connect' ); ?></a>
		</p>
	</form>
</div>
