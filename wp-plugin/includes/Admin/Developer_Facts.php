<?php
/**
 * What the developer of an app needs to know of its client.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

/**
 * Prints the addresses that an app is set up with: those of a client to which people sign in, and those with which others
 * check its access tokens.
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
		return $this->has_people() || $this->has_signed_tokens();
	}

	/**
	 * Prints them as rows of a form table.
	 */
	public function render_rows(): void {
		if ( $this->has_people() ) {
			$this->render_people();
		}
		if ( $this->has_signed_tokens() ) {
			self::render_endpoint( 'jwks', __( 'Its access tokens are JWTs. Whoever receives them checks them with the keys at this address.', 'app-connect' ) );
		}
		$title = Settings_Basic::endpoint_title( 'metadata' );
		Settings_Form::open_row( $title );
		Settings_Form::render_copy( 'app-connect-well-known-metadata', Endpoint_Address::well_known( 'metadata' ), $title );
		printf( '<p class="description">%s</p>', esc_html__( 'Many libraries find everything else there.', 'app-connect' ) );
		Settings_Form::close_row();
	}

	/**
	 * Whether people sign in to it.
	 */
	private function has_people(): bool {
		return array() !== $this->client['redirect_uris'] && array() !== array_intersect( (array) $this->client['grant_types'], Client_Choices::redirecting() );
	}

	/**
	 * Whether its access tokens are signed.
	 */
	private function has_signed_tokens(): bool {
		$format = $this->client['access_token_format'] ?? 'default';
		return 'jwt' === ( 'default' === $format ? Token_Formats::of_site() : $format );
	}

	/**
	 * Prints what brings people to it and back.
	 */
	private function render_people(): void {
		self::render_endpoint( 'authorize' );
		self::render_endpoint( 'token' );
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
		$address = Endpoint_Address::of( 'authorize' );
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
	 * Prints the address of an endpoint.
	 *
	 * @param string $name Its name.
	 * @param string $help What it is for, as plain text; empty if its name says it.
	 */
	private static function render_endpoint( string $name, string $help = '' ): void {
		$title = Settings_Basic::endpoint_title( $name );
		Settings_Form::open_row( $title );
		Settings_Form::render_copy( "app-connect-endpoint-$name", Endpoint_Address::of( $name ), $title );
		if ( '' !== $help ) {
			printf( '<p class="description">%s</p>', esc_html( $help ) );
		}
		Settings_Form::close_row();
	}
}
