<?php
/**
 * What to do when apps do not find the documents.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Health;

use AppConnect\WP\Plugin;

/**
 * Lines for the web server, or another place for the issuer: what fits what was found.
 */
final class Discovery_Advice {

	/**
	 * The advice on findings.
	 *
	 * @param list<array{address: string, cause: string, own: bool}> $findings What is not as it should be.
	 * @param string                                                 $rivals   Who else answers, in a sentence; empty for nobody.
	 * @return string HTML.
	 */
	public static function on( array $findings, string $rivals ): string {
		$causes = array_column( $findings, 'cause' );
		$advice = '';
		if ( in_array( Discovery_Probe::OTHER, $causes, true ) ) {
			$advice .= self::paragraph( '' === $rivals ? __( 'Another plugin, the theme or a cache answers in the place of App Connect.', 'app-connect' ) : $rivals );
			$advice .= self::paragraph( __( 'If it is another plugin that lets people sign in with this site, deactivate the one that you do not need. If it is a cache, clear it, and let it leave out all that begins with /.well-known.', 'app-connect' ) );
		}
		if ( in_array( Discovery_Probe::HEADERS, $causes, true ) ) {
			$advice .= self::paragraph( __( 'App Connect sends these headers as they should be. Look for what changes them: a line about them in the configuration of the web server or of a CDN, or a plugin that adds headers to all answers.', 'app-connect' ) );
		}
		if ( in_array( Discovery_Probe::SERVER, $causes, true ) ) {
			$advice .= self::for_server( $findings );
		}
		return $advice . self::elsewhere( $findings );
	}

	/**
	 * Lines that lead the requests to WordPress.
	 *
	 * @param list<array{address: string, cause: string}> $findings What is not as it should be.
	 * @return string HTML.
	 */
	private static function for_server( array $findings ): string {
		$index = (string) wp_parse_url( untrailingslashit( (string) get_option( 'home' ) ), PHP_URL_PATH ) . '/index.php';
		$nginx = array();
		$other = array( 'RewriteEngine On' );
		foreach ( $findings as $finding ) {
			$path = (string) wp_parse_url( $finding['address'], PHP_URL_PATH );
			if ( Discovery_Probe::SERVER === $finding['cause'] ) {
				$nginx[] = sprintf( 'location = %s { rewrite ^ %s last; }', $path, $index );
				$other[] = sprintf( 'RewriteRule ^%s$ %s [L]', str_replace( '\\-', '-', preg_quote( ltrim( $path, '/' ) ) ), $index );
			}
		}
		return self::paragraph( __( 'Have the web server leave these addresses to WordPress. With nginx, add this to the “server” block of this host, or ask your host to:', 'app-connect' ) )
			. Site_Health::code( implode( "\n", $nginx ) )
			. self::paragraph( __( 'With Apache, add this at the top of the .htaccess file in the directory that the host name alone leads to:', 'app-connect' ) )
			. Site_Health::code( implode( "\n", $other ) );
	}

	/**
	 * Whether the issuer is better off somewhere else.
	 *
	 * @param list<array{own: bool}> $findings What is not as it should be.
	 * @return string HTML.
	 */
	private static function elsewhere( array $findings ): string {
		$rest = array_column( Plugin::server()->issuers(), null, 'place' )['rest'] ?? null;
		if ( null === $rest || $rest['current'] || ! in_array( true, array_column( $findings, 'own' ), true ) ) {
			return '';
		}
		return self::paragraph(
			null === $rest['issuer']
				? __( 'If you cannot change that: choose another permalink structure than “Plain”, then let the issuer be the address of the REST routes, which always reaches WordPress.', 'app-connect' )
				: __( 'If you cannot change that, let the issuer be the address of the REST routes, which always reaches WordPress. Apps that are set up already have to be set up anew then.', 'app-connect' )
		);
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
