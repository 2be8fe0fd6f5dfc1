<?php
/**
 * The question before a client gets a new secret.
 *
 * @package AppConnect
 *
 * @var array<string, mixed>                                               $client   The client.
 * @var string                                                             $refusal  Why the last answer was not followed.
 * @var array{tokens: int, sessions: int, more: bool}|\WP_Error            $live     How much lives.
 * @var array<int, string>                                                 $overlaps How long the old secret can work on: seconds and words.
 */

namespace AppConnect\WP\Admin;

defined( 'ABSPATH' ) || exit;
?>
<div class="wrap app-connect">
	<h1>
		<?php
		/* translators: %s: the name of a client. */
		echo wp_kses( sprintf( __( 'New Secret for “%s”', 'app-connect' ), Markup::name( (string) $client['name'] ) ), array( 'bdi' => array() ) );
		?>
	</h1>
	<hr class="wp-header-end">
	<?php
	Client_Notices::render_errors( array( $refusal, is_wp_error( $live ) ? $live->get_error_message() : '' ) );
	if ( 'confidential' !== $client['type'] ) :
		?>
		<p><?php esc_html_e( 'This client is public: it has no secret, because it could not keep one.', 'app-connect' ); ?></p>
		<p><a class="button" href="<?php echo esc_url( Menu::clients_url() ); ?>"><?php esc_html_e( 'Back to the list', 'app-connect' ); ?></a></p>
	<?php else : ?>
		<form method="post" action="<?php echo esc_url( Clients_Table::url( 'secret', $client ) ); ?>" class="app-connect-confirm">
			<?php wp_nonce_field( 'app_connect_secret' ); ?>
			<input type="hidden" name="revision" value="<?php echo (int) $client['revision']; ?>">
			<p><?php esc_html_e( 'The app needs the new secret before it can get its next token. The secret is shown once, on the next page.', 'app-connect' ); ?></p>
			<?php if ( is_string( $client['previous_secret_until'] ?? null ) ) : ?>
				<p>
					<?php
					/* translators: %s: date and time. */
					echo wp_kses( sprintf( __( 'The secret before the present one works until %s. With a new secret it works no more.', 'app-connect' ), Markup::moment( $client['previous_secret_until'] ) ), array( 'time' => array( 'datetime' => array() ) ) );
					?>
				</p>
			<?php endif; ?>
			<table class="form-table" role="presentation">
				<tr>
					<th scope="row"><label for="app-connect-overlap"><?php esc_html_e( 'The old secret', 'app-connect' ); ?></label></th>
					<td>
						<select name="overlap" id="app-connect-overlap" aria-describedby="app-connect-overlap-help">
							<option value="0">
								<?php
								/* translators: %s: numbers of tokens and sessions. */
								echo esc_html( is_wp_error( $live ) ? __( 'Stop it at once and end all tokens', 'app-connect' ) : sprintf( __( 'Stop it at once: this ends %s', 'app-connect' ), Live_Text::of( $live ) ) );
								?>
							</option>
							<?php foreach ( $overlaps as $seconds => $label ) : ?>
								<option value="<?php echo (int) $seconds; ?>"><?php echo esc_html( $label ); ?></option>
							<?php endforeach; ?>
						</select>
						<p class="description" id="app-connect-overlap-help"><?php esc_html_e( 'Stop it at once if somebody else may know it. To change it as a routine, keep it working until the app has the new one: then nothing ends.', 'app-connect' ); ?></p>
					</td>
				</tr>
			</table>
			<p class="submit">
				<button type="submit" class="button button-primary" name="app_connect_do" value="secret"><?php esc_html_e( 'Make a new secret', 'app-connect' ); ?></button>
				<a class="button" href="<?php echo esc_url( Menu::clients_url() ); ?>"><?php esc_html_e( 'Cancel', 'app-connect' ); ?></a>
			</p>
		</form>
	<?php endif; ?>
</div>
