<?php
/**
 * What apps learn about somebody.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\WP\Consent\Sentences;
use AppConnect\WP\Flow_Runner;
use AppConnect\WP\Plugin;
use AppConnect\WP\Storage\Guard;

/**
 * Shows an administrator their own claims as the protocol would tell them, by the scope that an app has to ask for.
 */
final class Claims_Preview {

	/**
	 * Prints it.
	 *
	 * @param int $user Whose they are: who reads it.
	 */
	public static function render( int $user ): void {
		$told = self::told( $user );
		printf(
			'<h2 id="app-connect-claims">%s</h2><p>%s</p>',
			esc_html__( 'What apps learn about you', 'app-connect' ),
			esc_html__( 'An app learns what belongs to the scopes that it asks for and that a person approves. These are the answers about you, as they are now.', 'app-connect' )
		);
		if ( null === $told ) {
			printf( '<p>%s</p>', esc_html__( 'They cannot be shown at the moment: the database did not answer.', 'app-connect' ) );
			return;
		}
		printf(
			'<table class="widefat striped app-connect-claims" aria-labelledby="app-connect-claims"><thead><tr><th scope="col">%s</th><th scope="col">%s</th><th scope="col">%s</th></tr></thead><tbody>',
			esc_html__( 'Scope', 'app-connect' ),
			esc_html__( 'Claim', 'app-connect' ),
			esc_html__( 'Value', 'app-connect' )
		);
		self::render_scope( 'openid', array( 'sub' => null ) );
		foreach ( $told as $scope => $claims ) {
			self::render_scope( (string) $scope, $claims );
		}
		echo '</tbody></table>';
	}

	/**
	 * The claims by scope, null if they cannot be read.
	 *
	 * @param int $user Whose.
	 * @return array<string, array<string, mixed>>|null
	 */
	private static function told( int $user ): ?array {
		try {
			$response = Guard::run( static fn () => Flow_Runner::run( Plugin::server()->preview_claims( $user, time() ) )?->response() );
		} catch ( \Throwable $failure ) {
			Flow_Runner::log( $failure );
			return null;
		}
		$told = 200 === ( $response['status'] ?? 0 ) ? json_decode( $response['body'], true ) : null;
		return is_array( $told ) ? $told : null;
	}

	/**
	 * Prints the rows of a scope.
	 *
	 * @param string               $scope  The scope.
	 * @param array<string, mixed> $claims Its claims; null for one whose value every person has for themselves.
	 */
	private static function render_scope( string $scope, array $claims ): void {
		$first = true;
		foreach ( $claims as $name => $value ) {
			echo '<tr>';
			if ( $first ) {
				printf(
					'<th scope="rowgroup" rowspan="%d"><code dir="ltr">%s</code><br>%s</th>',
					count( $claims ),
					esc_html( $scope ),
					esc_html( Sentences::identity( array( $scope ) )[0]['title'] )
				);
				$first = false;
			}
			printf( '<td><code dir="ltr">%s</code></td><td>%s</td></tr>', esc_html( (string) $name ), self::value( (string) $name, $value ) ); // phpcs:ignore WordPress.Security.EscapeOutput -- value() escapes.
		}
	}

	/**
	 * A value as people read it. HTML.
	 *
	 * @param string $name  The claim.
	 * @param mixed  $value Its value.
	 */
	private static function value( string $name, $value ): string {
		if ( null === $value ) {
			return esc_html__( 'An identifier that is yours in every app and tells nothing else', 'app-connect' );
		}
		if ( 'updated_at' === $name && is_int( $value ) ) {
			return esc_html( wp_date( get_option( 'date_format' ) . ' ' . get_option( 'time_format' ), $value ) );
		}
		return '<bdi>' . esc_html( is_string( $value ) ? $value : (string) wp_json_encode( $value, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE ) ) . '</bdi>';
	}
}
