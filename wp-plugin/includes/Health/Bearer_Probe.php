<?php
/**
 * Whether a Bearer header arrives at PHP.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Health;

/**
 * Sends this site a request with a token that nobody has, to a route that says nothing.
 *
 * If the header arrives, the token is refused before the route is reached; if a server on the way strips the header, the
 * route answers. So what is tested is the way that real tokens go.
 */
final class Bearer_Probe {

	/**
	 * The namespace of the two routes.
	 */
	public const REST_NAMESPACE = 'app-connect/v1';

	/**
	 * Runs the test, for the Site Health screen.
	 */
	public const TEST_ROUTE = '/site-health/bearer';

	/**
	 * What the test asks.
	 */
	private const PROBE_ROUTE = '/site-health/probe';

	/**
	 * A token that is nobody's and looks like nobody's.
	 */
	private const TOKEN = 'site-health-probe';

	/**
	 * Seconds to wait for ourselves.
	 */
	private const TIMEOUT = 10;

	/**
	 * Registers the routes.
	 *
	 * Hooked to `rest_api_init`.
	 */
	public static function register(): void {
		register_rest_route(
			self::REST_NAMESPACE,
			self::TEST_ROUTE,
			array(
				'methods'             => 'GET',
				'callback'            => static fn(): array => Site_Health::result( 'bearer' ),
				'permission_callback' => static fn(): bool => current_user_can( 'view_site_health_checks' ),
				'show_in_index'       => false,
			)
		);
		register_rest_route(
			self::REST_NAMESPACE,
			self::PROBE_ROUTE,
			array(
				'methods'             => 'GET',
				'callback'            => static fn(): \WP_REST_Response => new \WP_REST_Response( null, 204 ),
				'permission_callback' => '__return_true',
				'show_in_index'       => false,
			)
		);
	}

	/**
	 * Asks, and judges the answer.
	 *
	 * @return array{label: string, status?: string, description: string}
	 */
	public static function test(): array {
		$answer = wp_remote_get(
			rest_url( self::REST_NAMESPACE . self::PROBE_ROUTE ),
			array(
				'headers'     => array( 'Authorization' => 'Bearer ' . self::TOKEN ),
				'timeout'     => self::TIMEOUT,
				'redirection' => 0,
				'cookies'     => array(),
				/** This filter is documented in wp-includes/class-wp-http-streams.php */
				'sslverify'   => apply_filters( 'https_local_ssl_verify', false ),
			)
		);
		if ( is_wp_error( $answer ) ) {
			return self::unknown( $answer->get_error_message() );
		}
		$status    = (int) wp_remote_retrieve_response_code( $answer );
		$challenge = implode( ', ', (array) wp_remote_retrieve_header( $answer, 'www-authenticate' ) );
		if ( 401 === $status && 0 === stripos( $challenge, 'Bearer' ) ) {
			return array(
				'label'       => __( 'Bearer tokens arrive at this site', 'app-connect' ),
				'description' => __( 'A request of this site to itself brought its Authorization header along.', 'app-connect' ),
			);
		}
		if ( 204 !== $status ) {
			/* translators: %d: an HTTP status code. */
			return self::unknown( sprintf( __( 'the answer was HTTP %d', 'app-connect' ), $status ) );
		}
		return array(
			'label'       => __( 'Bearer tokens do not arrive at this site', 'app-connect' ),
			'status'      => 'critical',
			'description' => sprintf(
				'<p>%s</p><pre style="white-space:pre-wrap;overflow-wrap:anywhere"><code>%s</code></pre>',
				esc_html__( 'The web server or a proxy removes the Authorization header, so no app can use a token. With Apache, add this to the .htaccess file above the WordPress block; with others, pass HTTP_AUTHORIZATION on to PHP:', 'app-connect' ),
				esc_html( 'SetEnvIf Authorization "(.*)" HTTP_AUTHORIZATION=$1' )
			),
		);
	}

	/**
	 * The result when the site could not reach itself.
	 *
	 * @param string $reason Why.
	 * @return array{label: string, status: string, description: string}
	 */
	private static function unknown( string $reason ): array {
		return array(
			'label'       => __( 'Whether Bearer tokens arrive is unknown', 'app-connect' ),
			'status'      => 'recommended',
			/* translators: %s: a reason. */
			'description' => sprintf( __( 'This site could not send itself a request: %s.', 'app-connect' ), $reason ),
		);
	}
}
