<?php
/**
 * Whether apps find what they look up before they ask for anything.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Health;

use AppConnect\ConfigurationException;
use AppConnect\WP\Admin\Settings_Screen;
use AppConnect\WP\Plugin;
use AppConnect\WP\Settings;

/**
 * Looks up every document of this site as an app does, from the site itself, and says of each that is not as it should be
 * what is there instead and what to do.
 */
final class Discovery {

	/**
	 * Runs the test, for the Site Health screen.
	 */
	public const TEST_ROUTE = '/site-health/discovery';

	/**
	 * Registers the route.
	 *
	 * Hooked to `rest_api_init`.
	 */
	public static function register(): void {
		register_rest_route(
			Bearer_Probe::REST_NAMESPACE,
			self::TEST_ROUTE,
			array(
				'methods'             => 'GET',
				'callback'            => static fn(): array => Site_Health::result( 'discovery' ),
				'permission_callback' => static fn(): bool => current_user_can( 'view_site_health_checks' ),
				'show_in_index'       => false,
			)
		);
	}

	/**
	 * Looks everything up, and judges what it found.
	 *
	 * @return array{label: string, status?: string, description: string}
	 */
	public static function test(): array {
		try {
			$documents = Plugin::server()->documents();
			$probe     = new Discovery_Probe();
		} catch ( ConfigurationException $unusable ) {
			return array(
				'label'       => __( 'Apps cannot find this site as it is configured', 'app-connect' ),
				'status'      => 'critical',
				'description' => $unusable->getMessage(),
			);
		}
		if ( ! $probe->is_served() ) {
			return array(
				'label'       => __( 'App Connect is not answering apps now', 'app-connect' ),
				'status'      => 'recommended',
				'description' => __( 'It is switched off under App Connect → Settings, or waits there for an answer from you. Until then apps do not find this site.', 'app-connect' ),
			);
		}
		if ( ! self::is_where_it_was_chosen() ) {
			return array(
				'label'       => __( 'Apps know this site by another issuer than you chose', 'app-connect' ),
				'status'      => 'critical',
				'description' => self::paragraph( __( 'The issuer was to be the address of the REST routes. While the permalinks are plain, that address has a question mark, which no issuer can have; so it is the address of the site. Apps that were set up before do not find this site any more. Choose another structure under Settings → Permalinks, or, if no app was set up yet, choose the address of the site as the issuer.', 'app-connect' ) ) . self::to_settings(),
			);
		}
		$findings = array();
		foreach ( $documents as $document ) {
			$finding = $probe->look_up( (string) $document['endpoint'], (string) $document['address'] );
			if ( null !== $finding ) {
				$findings[] = $finding + $document;
			}
		}
		return self::judge( $findings, Neighbours::found() );
	}

	/**
	 * What the findings mean.
	 *
	 * @param list<array{address: string, own: bool, cause: string, text: string}> $findings   What is not as it should be.
	 * @param list<string>                                                         $neighbours Who else answers there, by name.
	 * @return array{label: string, status?: string, description: string}
	 */
	private static function judge( array $findings, array $neighbours ): array {
		$own     = array_filter( $findings, static fn ( array $finding ): bool => $finding['own'] );
		$unasked = array_filter( $findings, static fn ( array $finding ): bool => Discovery_Probe::UNREACHABLE === $finding['cause'] );
		if ( array() === $findings ) {
			return array() === $neighbours || ! self::is_at_site() ? array(
				'label'       => __( 'Apps find this site', 'app-connect' ),
				'description' => __( 'Everything that they look up below /.well-known/ is where it should be, and as it should be.', 'app-connect' ),
			) : array(
				'label'       => __( 'Another plugin lets people sign in with this site, too', 'app-connect' ),
				'status'      => 'recommended',
				'description' => self::paragraph( self::rivals( $neighbours ) ) . self::paragraph( __( 'App Connect answers first, so apps of the other plugin may not find it any more. Deactivate the one that you do not need. If you need both, let the issuer of App Connect be the address of its REST routes; then /.well-known is left to the other one.', 'app-connect' ) ) . self::to_settings(),
			);
		}
		if ( count( $unasked ) === count( $findings ) ) {
			return array(
				'label'       => __( 'Whether apps find this site is unknown', 'app-connect' ),
				'status'      => 'recommended',
				'description' => self::paragraph( __( 'This site could not look it up itself:', 'app-connect' ) ) . self::listed( $findings ),
			);
		}
		$advice = Discovery_Advice::on( $findings, array() === $neighbours ? '' : self::rivals( $neighbours ) );
		return array() === array_diff_key( $own, $unasked ) ? array(
			'label'       => __( 'Some apps may not find this site', 'app-connect' ),
			'status'      => 'recommended',
			'description' => self::paragraph( __( 'What an app looks up first is there. But some apps look elsewhere, and find something else:', 'app-connect' ) ) . self::listed( $findings ) . $advice . self::to_settings(),
		) : array(
			'label'       => __( 'Apps do not find this site, so nobody can sign in to them with it', 'app-connect' ),
			'status'      => 'critical',
			'description' => self::paragraph( __( 'Apps look up what they have to know of this site at fixed addresses. What they find there:', 'app-connect' ) ) . self::listed( $findings ) . $advice . self::to_settings(),
		);
	}

	/**
	 * Whether the issuer is where an administrator wants it, as far as wp-config.php leaves that to them.
	 */
	private static function is_where_it_was_chosen(): bool {
		return null !== Settings::issuer() || ( array_column( Plugin::server()->issuers(), 'current', 'place' )[ Settings::view()['issuer_place'] ] ?? true );
	}

	/**
	 * Whether the documents are where others may have theirs.
	 */
	private static function is_at_site(): bool {
		return array_column( Plugin::server()->issuers(), 'current', 'place' )['site'] ?? true;
	}

	/**
	 * Who else answers, in a sentence.
	 *
	 * @param list<string> $neighbours By name.
	 */
	private static function rivals( array $neighbours ): string {
		/* translators: %s: names of plugins. */
		return sprintf( __( 'Others on this site answer at the same addresses: %s.', 'app-connect' ), implode( ', ', $neighbours ) );
	}

	/**
	 * What is wrong, address by address.
	 *
	 * @param list<array{address: string, text: string}> $findings What is not as it should be.
	 * @return string HTML.
	 */
	private static function listed( array $findings ): string {
		$items = array_map(
			static fn ( array $finding ): string => sprintf( '<li><code style="overflow-wrap:anywhere">%s</code>: %s</li>', esc_html( $finding['address'] ), esc_html( $finding['text'] ) ),
			$findings
		);
		return '<ul class="ul-disc">' . implode( '', $items ) . '</ul>';
	}

	/**
	 * The way to the setting.
	 *
	 * @return string HTML.
	 */
	private static function to_settings(): string {
		return sprintf( '<p><a href="%s">%s</a></p>', esc_url( Settings_Screen::url( 'openid' ) ), esc_html__( 'App Connect → Settings → OpenID Connect', 'app-connect' ) );
	}

	/**
	 * A paragraph.
	 *
	 * @param string $text Plain text.
	 * @return string HTML.
	 */
	private static function paragraph( string $text ): string {
		return '<p>' . esc_html( $text ) . '</p>';
	}
}
