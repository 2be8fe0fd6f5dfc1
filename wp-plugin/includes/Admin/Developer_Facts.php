<?php
/**
 * What the developer of an app needs to know of its client.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\Server;
use AppConnect\WP\Plugin;

/**
 * Prints the addresses that an app is set up with, for clients to which people sign in.
 */
final class Developer_Facts {

	/**
	 * The challenge of RFC 7636, appendix B. It suffices to look at the consent page; an app makes its own each time.
	 */
	private const EXAMPLE_CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

	/**
	 * Facts.
	 *
	 * @param array<string, mixed> $client The client, from the REST API.
	 */
	public function __construct( private readonly array $client ) {}

	/**
	 * Whether there are any to tell.
	 */
	public function any(): bool {
		return array() !== $this->client['redirect_uris'] && array() !== array_intersect( (array) $this->client['grant_types'], Client_Choices::redirecting() );
	}

	/**
	 * Prints them as rows of a form table.
	 */
	public function render_rows(): void {
		foreach ( array( 'authorize', 'token' ) as $name ) {
			$title = Settings_Basic::endpoint_title( $name );
			Settings_Form::open_row( $title );
			Settings_Form::render_copy( "app-connect-endpoint-$name", self::address( $name ), $title );
			Settings_Form::close_row();
		}
		Settings_Form::open_row( __( 'Redirect URIs', 'app-connect' ) );
		foreach ( (array) $this->client['redirect_uris'] as $index => $uri ) {
			/* translators: %d: a number, as several addresses are counted. */
			Settings_Form::render_copy( "app-connect-redirect-uri-$index", (string) $uri, sprintf( __( 'redirect URI %d', 'app-connect' ), $index + 1 ) );
		}
		Settings_Form::close_row();
		$title = __( 'Example', 'app-connect' );
		Settings_Form::open_row( $title );
		Settings_Form::render_copy( 'app-connect-example', $this->example(), $title );
		printf(
			'<p class="description">%s</p>',
			esc_html__( 'An app sends people to such an address. Open it in your browser to see what they will see. An app adds a “state” and makes a “code_challenge” of its own each time; good libraries do.', 'app-connect' )
		);
		Settings_Form::close_row();
	}

	/**
	 * An authorization request of the client (RFC 6749 §4.1.1).
	 */
	private function example(): string {
		$address = self::address( 'authorize' );
		return $address . ( str_contains( $address, '?' ) ? '&' : '?' ) . http_build_query(
			array(
				'response_type'         => 'code',
				'client_id'             => (string) $this->client['client_id'],
				'redirect_uri'          => (string) $this->client['redirect_uris'][0],
				'code_challenge'        => self::EXAMPLE_CHALLENGE,
				'code_challenge_method' => 'S256',
			),
			'',
			'&',
			PHP_QUERY_RFC3986
		);
	}

	/**
	 * The address of an endpoint.
	 *
	 * @param string $name Its name.
	 */
	private static function address( string $name ): string {
		$paths = array_column( Server::endpoints(), 'path', 'name' );
		return Plugin::server()->rest_url( Api::REST_NAMESPACE . $paths[ $name ] );
	}
}
