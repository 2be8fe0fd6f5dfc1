<?php
/**
 * Whether the keys that sign tokens can be sealed and opened.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Health;

use AppConnect\WP\Settings;
use AppConnect\WP\Signing_Keys;

/**
 * The test of Site Health that says which line wp-config.php lacks. What the state of the secret is, the protocol says.
 */
final class Sealing {

	/**
	 * Runs the test.
	 *
	 * @return array{label: string, status?: string, description: string}
	 */
	public static function test(): array {
		$found = Signing_Keys::run( 'list' );
		$state = $found['body']['secret']['state'] ?? null;
		if ( 200 !== $found['status'] || ! is_string( $state ) ) {
			return array(
				'label'       => __( 'App Connect cannot look at its signing keys', 'app-connect' ),
				'status'      => 'recommended',
				'description' => __( 'The database did not answer as it should. The error log of the site says more.', 'app-connect' ),
			);
		}
		if ( ! Settings::signs() && empty( $found['body']['keys'] ) ) {
			return array(
				'label'       => __( 'App Connect needs no signing keys', 'app-connect' ),
				'description' => __( 'Access tokens of this site are not signed, unless a client asks for it: they are looked up.', 'app-connect' ),
			);
		}
		return self::of_state( $state );
	}

	/**
	 * What a state of the secret means where there are keys to protect.
	 *
	 * @param string $state As the protocol names it.
	 * @return array{label: string, status?: string, description: string}
	 */
	private static function of_state( string $state ): array {
		return match ( $state ) {
			'good'  => array(
				'label'       => __( 'The App Connect signing keys are protected', 'app-connect' ),
				'description' => __( 'They are sealed with AC_TOKEN_SECRET, which is not in the database.', 'app-connect' ),
			),
			'salts' => self::problem(
				'recommended',
				__( 'The App Connect signing keys depend on WordPress’ own keys and salts', 'app-connect' ),
				__( 'Whoever renews AUTH_KEY, AUTH_SALT or another of them in wp-config.php, as is done to log everybody out, also locks App Connect out of its signing keys. Add this line, made just now for you, to wp-config.php while they are as they are. The next token seals the keys anew, and from then on the salts can change:', 'app-connect' ),
				Site_Secret::fresh_line()
			),
			'unset' => self::problem(
				'critical',
				__( 'App Connect cannot protect its signing keys', 'app-connect' ),
				__( 'Apps whose tokens are signed get none: AC_TOKEN_SECRET is not defined, and wp-config.php does not have all of WordPress’ own keys and salts as constants that differ from each other. Add this line, made just now for you, to wp-config.php:', 'app-connect' ),
				Site_Secret::fresh_line()
			),
			'weak'  => self::problem(
				'critical',
				__( 'AC_TOKEN_SECRET is too weak to protect signing keys', 'app-connect' ),
				__( 'Apps whose tokens are signed get none: AC_TOKEN_SECRET is no text of at least 32 bytes. If it was long enough before, put back what it was. If it never was, replace its line in wp-config.php by this one, made just now for you:', 'app-connect' ),
				Site_Secret::fresh_line()
			),
			default => self::problem(
				'critical',
				__( 'App Connect cannot open its signing keys', 'app-connect' ),
				__( 'Apps whose tokens are signed get none: the secret that sealed the keys is no longer in wp-config.php. It was AC_TOKEN_SECRET or, if there was none, WordPress’ own keys and salts (AUTH_KEY to NONCE_SALT). Put back what was there. If AC_TOKEN_SECRET was renewed, keep the new line and add the former value in another one; it can go once the next token has sealed the keys anew. If nobody has the former value any more, start afresh with new keys under App Connect → Signing Keys.', 'app-connect' ),
				sprintf( "define( '%s', '%s' );", Site_Secret::PREVIOUS, __( 'the former value of AC_TOKEN_SECRET', 'app-connect' ) )
			),
		};
	}

	/**
	 * What is wrong, and the line for wp-config.php.
	 *
	 * @param string $status As in Site Health.
	 * @param string $label  What is wrong.
	 * @param string $advice What to do.
	 * @param string $line   The line.
	 * @return array{label: string, status: string, description: string}
	 */
	private static function problem( string $status, string $label, string $advice, string $line ): array {
		return array(
			'label'       => $label,
			'status'      => $status,
			'description' => '<p>' . esc_html( $advice ) . '</p>' . Site_Health::code( $line ),
		);
	}
}
