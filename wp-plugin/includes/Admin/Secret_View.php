<?php
/**
 * A client's secret, shown once.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

/**
 * Shows a secret in the answer to the request that made it. It is stored nowhere and never shown again.
 */
final class Secret_View implements View {

	/**
	 * A view.
	 *
	 * @param array<string, mixed> $client The client, with its `client_secret`.
	 * @param string[]             $codes  What Client_Notices says about the request.
	 */
	public function __construct( #[\SensitiveParameter] private readonly array $client, private readonly array $codes ) {
		header( 'Cache-Control: no-store' );
		header( 'Referrer-Policy: no-referrer' );
	}

	/**
	 * The title of the document.
	 */
	public function title(): string {
		/* translators: %s: the name of a client. */
		return sprintf( __( 'Save the Secret of “%s”', 'app-connect' ), Markup::isolated( (string) $this->client['name'] ) );
	}

	/**
	 * Prints the secret.
	 */
	public function render(): void {
		$client  = $this->client;
		$codes   = $this->codes;
		$facts   = new Developer_Facts( $client );
		$command = $this->command();
		require dirname( __DIR__, 2 ) . '/templates/clients/secret.php';
	}

	/**
	 * A command that gets a token.
	 *
	 * @return string Empty when none of the client's grant types can be tried like that.
	 */
	private function command(): string {
		$grants = array_intersect( (array) $this->client['grant_types'], Client_Choices::acting_as_service_user() );
		return array() === $grants ? '' : sprintf(
			'curl -u %s -d grant_type=%s %s',
			escapeshellarg( $this->client['client_id'] . ':' . $this->client['client_secret'] ),
			current( $grants ),
			escapeshellarg( rest_url( ltrim( Api::REST_NAMESPACE, '/' ) . '/token' ) )
		);
	}
}
