<?php
/**
 * Settings → Security.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\ConfigurationException;
use AppConnect\Server;
use AppConnect\WP\Messages;
use AppConnect\WP\Plugin;

/**
 * How guessing is slowed down, how long it is remembered, whose word about addresses is believed, where people may be sent back to, and which rights
 * count as taking over the site.
 */
final class Settings_Security implements Settings_Tab, Settings_Below {

	/**
	 * Its name for people.
	 */
	public static function title(): string {
		return __( 'Security', 'app-connect' );
	}

	/**
	 * The settings in what was sent.
	 *
	 * @param array<string, mixed> $typed What was sent.
	 * @return array<string, mixed>
	 */
	public static function read( array $typed ): array {
		return array(
			'limits_per_client'   => Settings_Input::number( $typed, 'limits_per_client' ),
			'limits_per_address'  => Settings_Input::number( $typed, 'limits_per_address' ),
			'limits_window'       => Settings_Input::number( $typed, 'limits_window' ),
			'activity_retention'  => Settings_Input::number( $typed, 'activity_retention' ),
			'trusted_proxies'     => Settings_Input::lines( $typed, 'trusted_proxies' ),
			'localhost_redirects' => isset( $typed['localhost_redirects'] ),
			'takeover'            => Settings_Input::lines( $typed, 'takeover' ),
		);
	}

	/**
	 * Prints the fields.
	 *
	 * @param Settings_Form $form What they hold.
	 */
	public static function render( Settings_Form $form ): void {
		self::render_limits( $form );
		self::render_activity( $form );
		self::render_proxies( $form );
		self::render_redirects( $form );
		self::render_takeover( $form );
	}

	/**
	 * Prints the secret's line.
	 *
	 * @param Settings_Form $form What the settings are.
	 */
	public static function render_below( Settings_Form $form ): void {
		Settings_Secret::render();
	}

	/**
	 * Prints the limits on wrong secrets.
	 *
	 * @param Settings_Form $form What they hold.
	 */
	private static function render_limits( Settings_Form $form ): void {
		$rules = Server::setting_rules();
		$after = __( 'wrong secrets', 'app-connect' );
		printf(
			'<h2>%s</h2><p>%s</p><table class="form-table" role="presentation">',
			esc_html__( 'Guessing', 'app-connect' ),
			esc_html__( 'Anyone who sends too many wrong secrets has to wait. Only wrong ones are counted.', 'app-connect' )
		);
		Settings_Form::open_row( __( 'One client, from one address', 'app-connect' ), 'limits_per_client' );
		$form->render_number(
			'limits_per_client',
			sprintf(
				/* translators: %s: a number. */
				__( 'Stops guessing of one client’s secret, and holds up nobody else. Usual is %s.', 'app-connect' ),
				number_format_i18n( $rules['limits_per_client']['default'] )
			),
			$after
		);
		Settings_Form::close_row();
		Settings_Form::open_row( __( 'All clients, from one address', 'app-connect' ), 'limits_per_address' );
		$form->render_number(
			'limits_per_address',
			sprintf(
				/* translators: %s: a number. */
				__( 'Stops guessing at many clients from one place. Raise it where many apps share one address, as in an office or a data centre. Usual is %s.', 'app-connect' ),
				number_format_i18n( $rules['limits_per_address']['default'] )
			),
			$after
		);
		Settings_Form::close_row();
		Settings_Form::open_row( __( 'Counted over', 'app-connect' ), 'limits_window' );
		$form->render_span(
			'limits_window',
			sprintf(
				/* translators: 1: the shortest span of time, 2: the longest, 3: the default. */
				__( 'After this time counting starts anew, and those who had to wait may try again. From %1$s to %2$s; usual is %3$s.', 'app-connect' ),
				human_time_diff( 0, $rules['limits_window']['min'] ),
				human_time_diff( 0, $rules['limits_window']['max'] ),
				human_time_diff( 0, $rules['limits_window']['default'] )
			)
		);
		Settings_Form::close_row();
		echo '</table>';
	}

	/**
	 * Prints how long the audit log goes back.
	 *
	 * @param Settings_Form $form What it holds.
	 */
	private static function render_activity( Settings_Form $form ): void {
		$rule = Server::setting_rules()['activity_retention'];
		printf( '<h2>%s</h2><table class="form-table" role="presentation">', esc_html__( 'Activity', 'app-connect' ) );
		Settings_Form::open_row( __( 'Keep activity for', 'app-connect' ), 'activity_retention' );
		$form->render_span(
			'activity_retention',
			sprintf(
				/* translators: 1: the shortest span of time, 2: the longest, 3: the default. */
				__( 'Who did what, when and from which address, as App Connect → Activity shows it. What is older is deleted for good. From %1$s to %2$s; usual is %3$s.', 'app-connect' ),
				human_time_diff( 0, $rule['min'] ),
				human_time_diff( 0, $rule['max'] ),
				human_time_diff( 0, $rule['default'] )
			)
		);
		Settings_Form::close_row();
		echo '</table>';
	}

	/**
	 * Prints the proxies.
	 *
	 * @param Settings_Form $form What they hold.
	 */
	private static function render_proxies( Settings_Form $form ): void {
		printf( '<h2>%s</h2><table class="form-table" role="presentation">', esc_html__( 'Proxies', 'app-connect' ) );
		Settings_Form::open_row( __( 'Trusted proxies', 'app-connect' ), 'trusted_proxies' );
		$form->render_lines(
			'trusted_proxies',
			__( 'Fill this in only if a proxy or load balancer of yours stands in front of this server: its addresses or networks, one per line, such as 192.0.2.10, 198.51.100.0/24 or 2001:db8::/32. Without it all requests seem to come from the proxy, and one guesser makes everybody wait. Only a proxy listed here is believed about where a request came from (X-Forwarded-For). Leave it empty if unsure.', 'app-connect' )
		);
		printf(
			'<p class="description">%s <code dir="ltr">%s</code></p>',
			esc_html__( 'Your own request reached the server from', 'app-connect' ),
			// phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- Shown as it is, escaped.
			esc_html( (string) ( $_SERVER['REMOTE_ADDR'] ?? '' ) )
		);
		Settings_Form::close_row();
		echo '</table>';
	}

	/**
	 * Prints what counts as a redirect URI.
	 *
	 * @param Settings_Form $form What it holds.
	 */
	private static function render_redirects( Settings_Form $form ): void {
		printf( '<h2>%s</h2><table class="form-table" role="presentation">', esc_html__( 'Redirect URIs', 'app-connect' ) );
		Settings_Form::open_row( __( 'Programs on the person’s computer', 'app-connect' ) );
		$form->render_switch(
			'localhost_redirects',
			__( 'Allow http://localhost redirect URIs', 'app-connect' ),
			__( 'Many developer tools use them. http://127.0.0.1 and http://[::1] always work and are better (RFC 8252): the name localhost can be made to lead elsewhere. Switched off, nobody is sent to localhost any more, also by clients that have such a redirect URI.', 'app-connect' )
		);
		Settings_Form::close_row();
		echo '</table>';
	}

	/**
	 * Prints the takeover rights.
	 *
	 * @param Settings_Form $form What they hold.
	 */
	private static function render_takeover( Settings_Form $form ): void {
		printf(
			'<h2>%s</h2><p>%s</p><table class="form-table" role="presentation">',
			esc_html__( 'Takeover rights', 'app-connect' ),
			esc_html__( 'Some rights are enough to take over the whole site. No app gets one of them unless you tick it, by name, on the app’s client.', 'app-connect' )
		);
		Settings_Form::open_row( __( 'Further takeover rights', 'app-connect' ), 'takeover' );
		$form->render_lines(
			'takeover',
			__( 'Capabilities of your plugins that are just as powerful, one per line, such as manage_woocommerce. From the moment you save, an app has them only if they are ticked on its client.', 'app-connect' )
		);
		$added = (array) $form->setting( 'takeover' );
		printf( '<details class="app-connect-details"><summary>%s</summary><ul>', esc_html__( 'These are takeover rights on every site', 'app-connect' ) );
		foreach ( array_diff( self::known(), $added ) as $right ) {
			printf( '<li><code dir="ltr">%s</code> %s</li>', esc_html( $right ), esc_html( Messages::takeover( $right ) ) );
		}
		echo '</ul></details>';
		Settings_Form::close_row();
		echo '</table>';
	}

	/**
	 * The takeover rights, those of this site among them.
	 *
	 * @return list<string> None where the site's configuration cannot serve; the tab Basic says so.
	 */
	private static function known(): array {
		try {
			return Plugin::server()->takeover();
		} catch ( ConfigurationException $unusable ) {
			return array();
		}
	}
}
