<?php
/**
 * The question before a client gets a new secret.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

/**
 * Says what a new secret ends, and lets the old one work for a while.
 */
final class Secret_Form implements View {

	/**
	 * A question.
	 *
	 * @param array<string, mixed> $client  The client.
	 * @param string               $refusal Why the last answer was not followed; empty for none.
	 */
	public function __construct( private readonly array $client, private readonly string $refusal = '' ) {}

	/**
	 * The title of the document.
	 */
	public function title(): string {
		/* translators: %s: the name of a client. */
		return sprintf( __( 'New Secret for “%s”', 'app-connect' ), Markup::isolated( (string) $this->client['name'] ) );
	}

	/**
	 * Prints the question.
	 */
	public function render(): void {
		$client   = $this->client;
		$refusal  = $this->refusal;
		$live     = Api::live( (int) $client['id'] );
		$overlaps = array(
			HOUR_IN_SECONDS      => __( 'Keep the old secret working for 1 hour', 'app-connect' ),
			DAY_IN_SECONDS       => __( 'Keep the old secret working for 1 day', 'app-connect' ),
			WEEK_IN_SECONDS      => __( 'Keep the old secret working for 7 days', 'app-connect' ),
			30 * DAY_IN_SECONDS  => __( 'Keep the old secret working for 30 days', 'app-connect' ),
		);
		require dirname( __DIR__, 2 ) . '/templates/clients/secret-form.php';
	}
}
