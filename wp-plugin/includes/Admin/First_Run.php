<?php
/**
 * From "is it working?" to the first client.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\WP\Health\Bearer_Probe;
use AppConnect\WP\Health\Extension;
use AppConnect\WP\Health\Site_Health;

/**
 * What the clients screen shows while there is no client, or while there can be none.
 */
final class First_Run implements View {

	/**
	 * A panel.
	 *
	 * @param string $problem Why clients cannot be made, beside what the checks find; empty for none.
	 */
	public function __construct( private readonly string $problem = '' ) {}

	/**
	 * Prints the panel while the extension is not ready.
	 */
	public static function render_setup(): void {
		( new self() )->render();
	}

	/**
	 * The title of the document.
	 */
	public function title(): string {
		return __( 'Clients', 'app-connect' );
	}

	/**
	 * Prints the panel.
	 */
	public function render(): void {
		$checks = $this->checks();
		$ready  = ! in_array( 'bad', array_column( $checks, 'state' ), true );
		require dirname( __DIR__, 2 ) . '/templates/clients/first-run.php';
	}

	/**
	 * What was checked. Those with a `probe` are checked by the browser: the address of a Site Health test.
	 *
	 * @return list<array{state: string, title: string, text: string, html?: string, probe?: string}> `state` is ok, note, bad or unknown;
	 *         `html` is escaped.
	 */
	private function checks(): array {
		$checks = array( self::extension() );
		if ( ! Extension::ready() ) {
			return $checks;
		}
		if ( '' !== $this->problem ) {
			$checks[] = array(
				'state' => 'bad',
				'title' => __( 'This site’s address or settings cannot serve', 'app-connect' ),
				'text'  => $this->problem,
			);
			return $checks;
		}
		return array_values( array_filter( array( ...$checks, self::tables(), self::https(), self::bearer(), self::secret() ) ) );
	}

	/**
	 * Whether the extension is there.
	 *
	 * @return array{state: string, title: string, text: string}
	 */
	private static function extension(): array {
		return Extension::ready()
			? array(
				'state' => 'ok',
				'title' => __( 'The PHP extension is loaded', 'app-connect' ),
				/* translators: %d: the number of a contract. */
				'text'  => sprintf( __( 'It speaks contract %d, as this version of the plugin does.', 'app-connect' ), Extension::ABI ),
			)
			: array(
				'state' => 'bad',
				'title' => __( 'The PHP extension is missing or does not match', 'app-connect' ),
				// The notice that is on every screen then has the commands.
				'text'  => __( 'The message above says what to type on the server.', 'app-connect' ),
			);
	}

	/**
	 * Whether the tables answer.
	 *
	 * @return array{state: string, title: string, text: string}
	 */
	private static function tables(): array {
		$answer = Api::send( 'GET', '/clients', array( 'per_page' => 1 ) );
		return is_wp_error( $answer )
			? array(
				'state' => 'bad',
				'title' => __( 'The database tables do not answer', 'app-connect' ),
				'text'  => $answer->get_error_message(),
			)
			: array(
				'state' => 'ok',
				'title' => __( 'The database tables are there', 'app-connect' ),
				'text'  => __( 'Clients and tokens have tables of their own.', 'app-connect' ),
			);
	}

	/**
	 * Whether tokens travel encrypted.
	 *
	 * @return array{state: string, title: string, text: string}
	 */
	private static function https(): array {
		return 'https' === wp_parse_url( (string) get_option( 'home' ), PHP_URL_SCHEME )
			? array(
				'state' => 'ok',
				'title' => __( 'This site uses HTTPS', 'app-connect' ),
				'text'  => __( 'Secrets and tokens travel encrypted.', 'app-connect' ),
			)
			: array(
				'state' => 'note',
				'title' => __( 'This site does not use HTTPS', 'app-connect' ),
				'text'  => __( 'That is fine for trying things out on your own computer. On the internet everybody on the way could read secrets and tokens: install a certificate first, and change the site’s address under Settings → General.', 'app-connect' ),
			);
	}

	/**
	 * Whether tokens arrive. That takes a request of this site to itself, so the browser asks for it.
	 *
	 * @return array{state: string, title: string, text: string, html: string, probe: string}|null Null for those who may not ask.
	 */
	private static function bearer(): ?array {
		return current_user_can( 'view_site_health_checks' )
			? array(
				'state' => 'unknown',
				'title' => __( 'Do tokens arrive at this site?', 'app-connect' ),
				'text'  => __( 'Some servers remove the header that carries the token.', 'app-connect' ),
				'html'  => sprintf( '<p class="hide-if-js"><a href="%s">%s</a></p>', esc_url( admin_url( 'site-health.php' ) ), esc_html__( 'Look under Tools → Site Health.', 'app-connect' ) ),
				'probe' => '/' . Bearer_Probe::REST_NAMESPACE . Bearer_Probe::TEST_ROUTE,
			)
			: null;
	}

	/**
	 * Whether wp-config.php has its secret.
	 *
	 * @return array{state: string, title: string, text: string, html?: string}
	 */
	private static function secret(): array {
		$found = Site_Health::result( 'secret' );
		if ( 'good' === $found['status'] ) {
			return array(
				'state' => 'ok',
				'title' => $found['label'],
				'text'  => wp_strip_all_tags( $found['description'] ),
			);
		}
		return array(
			'state' => 'note',
			'title' => $found['label'],
			'text'  => __( 'What App Connect stores is protected best by a secret that is not in the database. This can wait, but not for long.', 'app-connect' ),
			'html'  => sprintf( '<p><a href="%s">%s</a></p>', esc_url( Settings_Screen::url( 'security' ) ), esc_html__( 'Copy a line for wp-config.php under Settings → Security', 'app-connect' ) ),
		);
	}
}
