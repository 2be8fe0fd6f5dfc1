<?php
/**
 * Our tests on the Site Health screen.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Health;

use AppConnect\ConfigurationException;
use AppConnect\Server;
use AppConnect\WP\Bundles;
use AppConnect\WP\Flow_Runner;
use AppConnect\WP\Settings;
use AppConnect\WP\Storage\Cleanup;

/**
 * Says what is wrong in words that an administrator can act on. Nothing here repairs anything.
 *
 * A test is a method that returns the label, a description and a status; `result()` gives it core's shape.
 */
final class Site_Health {

	/**
	 * The tests that run while the screen is made: method and title.
	 */
	private const DIRECT = array(
		'bundles'      => 'App Connect: bundles',
		'cleanup'      => 'App Connect: cleanup',
		'extension'    => 'App Connect: PHP extension',
		'filters'      => 'App Connect: late callbacks',
		'passwords'    => 'App Connect: passwords',
		'secret'       => 'App Connect: secret',
		'signing_keys' => 'App Connect: signing keys',
	);

	/**
	 * Adds our tests.
	 *
	 * Hooked to `site_status_tests`.
	 *
	 * @param array{direct: array, async: array}|mixed $tests Core's tests.
	 * @return array{direct: array, async: array}|mixed
	 */
	public static function tests( $tests ) {
		$direct = Extension::ready() ? self::DIRECT : array_diff_key( self::DIRECT, array_flip( array( 'bundles', 'passwords', 'signing_keys' ) ) );
		foreach ( $direct as $name => $title ) {
			$tests['direct'][ "app_connect_$name" ] = array(
				'label' => $title,
				'test'  => static fn(): array => self::result( $name ),
			);
		}
		if ( ! Extension::ready() ) {
			return $tests;
		}
		$tests['async']['app_connect_bearer'] = array(
			'label'             => 'App Connect: Bearer',
			'test'              => rest_url( Bearer_Probe::REST_NAMESPACE . Bearer_Probe::TEST_ROUTE ),
			'has_rest'          => true,
			'async_direct_test' => static fn(): array => self::result( 'bearer' ),
		);
		$tests['async']['app_connect_discovery'] = array(
			'label'             => 'App Connect: discovery',
			'test'              => rest_url( Bearer_Probe::REST_NAMESPACE . Discovery::TEST_ROUTE ),
			'has_rest'          => true,
			'async_direct_test' => static fn(): array => self::result( 'discovery' ),
		);
		return $tests;
	}

	/**
	 * Runs one test.
	 *
	 * @param string $name The test: a key of DIRECT, or `bearer` or `discovery`.
	 * @return array{label: string, status: string, badge: array{label: string, color: string}, description: string, actions: string, test: string}
	 */
	public static function result( string $name ): array {
		$found = match ( $name ) {
			'bearer'       => Bearer_Probe::test(),
			'bundles'      => self::bundles(),
			'cleanup'      => self::cleanup(),
			'discovery'    => Discovery::test(),
			'extension'    => self::extension(),
			'filters'      => self::filters(),
			'passwords'    => self::passwords(),
			'secret'       => self::secret(),
			'signing_keys' => Sealing::test(),
		};
		return array(
			'label'       => $found['label'],
			'status'      => $found['status'] ?? 'good',
			'badge'       => array(
				'label' => __( 'Security', 'app-connect' ),
				'color' => 'blue',
			),
			'description' => str_starts_with( $found['description'], '<' ) ? $found['description'] : '<p>' . esc_html( $found['description'] ) . '</p>',
			'actions'     => '',
			'test'        => "app_connect_$name",
		);
	}

	/**
	 * Lines to copy.
	 *
	 * @param string $lines Plain text.
	 * @return string HTML.
	 */
	public static function code( string $lines ): string {
		return sprintf( '<pre style="white-space:pre-wrap;overflow-wrap:anywhere"><code>%s</code></pre>', esc_html( $lines ) );
	}

	/**
	 * Whether the extension is loaded, speaks our contract, and computes what is known.
	 *
	 * @return array{label: string, status?: string, description: string}
	 */
	private static function extension(): array {
		if ( ! Extension::ready() ) {
			return array(
				'label'       => __( 'The App Connect extension is not usable', 'app-connect' ),
				'status'      => 'critical',
				'description' => '<p>' . esc_html( Extension::problem() ) . '</p>' . Extension::remedy(),
			);
		}
		try {
			$failed = \AppConnect\self_test();
		} catch ( \Throwable $failure ) {
			$failed = array( get_class( $failure ) );
		}
		if ( array() !== $failed ) {
			return array(
				'label'       => __( 'The App Connect extension computes wrong results', 'app-connect' ),
				'status'      => 'critical',
				/* translators: %s: a list of names. */
				'description' => sprintf( __( 'Build the extension again on this machine and restart PHP. These known answers came out wrong: %s.', 'app-connect' ), implode( ', ', array_map( 'strval', (array) $failed ) ) ),
			);
		}
		return array(
			'label'       => __( 'The App Connect extension works', 'app-connect' ),
			'description' => __( 'It is loaded, matches the plugin, and its self-test gives the known answers.', 'app-connect' ),
		);
	}

	/**
	 * Whether the protocol takes the bundles that other plugins add.
	 *
	 * @return array{label: string, status?: string, description: string}
	 */
	private static function bundles(): array {
		try {
			$refused = Bundles::refused();
		} catch ( \Throwable $failure ) {
			Flow_Runner::log( $failure );
			return array(
				'label'       => __( 'App Connect cannot serve as this site is set up', 'app-connect' ),
				'status'      => 'critical',
				'description' => $failure instanceof ConfigurationException ? $failure->getMessage() : __( 'The error log of the site says more.', 'app-connect' ),
			);
		}
		if ( array() === $refused ) {
			return array(
				'label'       => __( 'App Connect offers every bundle of permissions', 'app-connect' ),
				'description' => __( 'Its own, and all that other plugins add by app_connect_scopes.', 'app-connect' ),
			);
		}
		return array(
			'label'       => __( 'App Connect leaves out bundles of permissions of other plugins', 'app-connect' ),
			'status'      => 'recommended',
			'description' => sprintf(
				'<p>%s</p><ul><li><code>%s</code></li></ul>',
				esc_html__( 'A plugin adds these by app_connect_scopes. Each has a name that is taken or cannot be a scope, a takeover right among its capabilities, or a route that is no pattern:', 'app-connect' ),
				implode( '</code></li><li><code>', array_map( 'esc_html', $refused ) )
			),
		);
	}

	/**
	 * Whether callbacks of our hooks were added too late for requests that are answered at `plugins_loaded`.
	 *
	 * @return array{label: string, status?: string, description: string}
	 */
	private static function filters(): array {
		$late = Late_Callbacks::found();
		if ( array() === $late ) {
			return array(
				'label'       => __( 'All App Connect callbacks were added in time', 'app-connect' ),
				'description' => __( 'Token requests are answered at plugins_loaded; every callback was there by then.', 'app-connect' ),
			);
		}
		return array(
			'label'       => __( 'Some App Connect callbacks are added too late', 'app-connect' ),
			'status'      => 'recommended',
			'description' => sprintf(
				'<p>%s</p><ul><li>%s</li></ul>',
				esc_html__( 'Token requests are answered at plugins_loaded, before these callbacks exist. Add them when their plugin loads:', 'app-connect' ),
				implode( '</li><li>', array_map( 'esc_html', $late ) )
			),
		);
	}

	/**
	 * Whether apps may ask people for their passwords.
	 *
	 * @return array{label: string, status?: string, description: string}
	 */
	private static function passwords(): array {
		$methods = Settings::methods();
		$on      = array_filter( Server::grant_types(), static fn ( array $type ): bool => $type['trusted'] && $methods[ $type['name'] ]['enabled'] );
		if ( array() === $on ) {
			return array(
				'label'       => __( 'App Connect lets no app ask for passwords', 'app-connect' ),
				'description' => __( 'People type their password on this site only.', 'app-connect' ),
			);
		}
		return array(
			'label'       => __( 'Apps may ask people for their password', 'app-connect' ),
			'status'      => 'recommended',
			'description' => __( 'The grant type “Password” is on. The best practice for OAuth (RFC 9700) forbids it: apps see the passwords of the people who use them, and a second factor cannot be asked for. Let those apps use the authorization code, and switch the grant type off under App Connect → Settings → Grant Types.', 'app-connect' ),
		);
	}

	/**
	 * Whether wp-config.php has a secret from which keys can be derived.
	 *
	 * @return array{label: string, status?: string, description: string}
	 */
	private static function secret(): array {
		if ( Site_Secret::is_good() ) {
			return array(
				'label'       => __( 'App Connect has its secret', 'app-connect' ),
				'description' => __( 'AC_TOKEN_SECRET is defined and long enough.', 'app-connect' ),
			);
		}
		return array(
			'label'       => Site_Secret::is_set()
				? __( 'AC_TOKEN_SECRET is too short', 'app-connect' )
				: __( 'AC_TOKEN_SECRET is not defined', 'app-connect' ),
			'status'      => 'recommended',
			'description' => sprintf(
				'<p>%s</p>%s',
				esc_html__( 'What App Connect stores is protected best by a secret that is not in the database. Add this line, made just now for you, to wp-config.php:', 'app-connect' ),
				self::code( Site_Secret::fresh_line() )
			),
		);
	}

	/**
	 * Whether expired rows are cleaned up.
	 *
	 * @return array{label: string, status?: string, description: string}
	 */
	private static function cleanup(): array {
		if ( false !== wp_next_scheduled( Cleanup::HOOK ) ) {
			return array(
				'label'       => __( 'App Connect cleans up after itself', 'app-connect' ),
				'description' => __( 'The removal of expired tokens is scheduled.', 'app-connect' ),
			);
		}
		return array(
			'label'       => __( 'App Connect does not clean up', 'app-connect' ),
			'status'      => 'recommended',
			'description' => __( 'The removal of expired tokens is not scheduled. Deactivate and activate App Connect to schedule it; nothing else is lost by that.', 'app-connect' ),
		);
	}
}
