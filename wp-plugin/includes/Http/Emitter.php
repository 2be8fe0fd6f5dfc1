<?php
/**
 * Sends protocol answers exactly as the protocol wrote them.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Http;

use AppConnect\WP\Plugin;

/**
 * Writes a response to the client, the same one at the door and behind the REST server.
 */
final class Emitter {

	/**
	 * Headers that PHP, WordPress' REST server or another plugin may have set for a page that this is not. CORS headers
	 * are the protocol's own: one that came from elsewhere could let a browser read a token.
	 */
	private const FOREIGN = array(
		'Allow',
		'Cache-Control',
		'Content-Disposition',
		'Content-Encoding',
		'Content-Length',
		'ETag',
		'Expires',
		'Last-Modified',
		'Link',
		'Location',
		'Pragma',
		'Retry-After',
		'Set-Cookie',
		'WWW-Authenticate',
		'X-Pingback',
		'X-Powered-By',
		'X-Robots-Tag',
	);

	/**
	 * Sends a response and closes it; nothing printed before or after it reaches the client.
	 *
	 * @param array{status: int, headers: list<array{string, string}>, body: string} $response As `AppConnect\Flow::response()` has it.
	 * @param string|null                                                            $method   The request's own method, null for the snapshot's: HEAD gets no body.
	 * @param bool                                                                   $keep_cookies Whether cookies that WordPress has set go with it.
	 */
	public static function emit( array $response, ?string $method = null, bool $keep_cookies = false ): void {
		$method ??= Plugin::snapshot()->method();
		while ( ob_get_level() > 0 && ob_end_clean() ) {
			continue;
		}
		if ( ! headers_sent() ) {
			self::remove_foreign_headers( $keep_cookies );
			// Core has sent some of the same for its own pages.
			array_map( 'header_remove', array_unique( array_column( $response['headers'], 0 ) ) );
			foreach ( $response['headers'] as list( $name, $value ) ) {
				header( "$name: $value", false );
			}
			// After the headers: PHP makes any status a 401 when it sees WWW-Authenticate.
			self::set_status( $response['status'] );
		}
		if ( 'HEAD' !== $method ) {
			echo $response['body']; // phpcs:ignore WordPress.Security.EscapeOutput -- JSON, written by the protocol.
		}
		self::close();
	}

	/**
	 * Removes headers that would let scripts of other sites read the answer.
	 */
	public static function remove_cors_headers(): void {
		foreach ( headers_list() as $header ) {
			if ( 0 === stripos( $header, 'Access-Control-' ) ) {
				header_remove( strstr( $header, ':', true ) );
			}
		}
	}

	/**
	 * Sets the status line as a whole: http_response_code() would leave the text of one that is set already.
	 *
	 * @param int $status The status.
	 */
	private static function set_status( int $status ): void {
		header( sprintf( '%s %d %s', wp_get_server_protocol(), $status, get_status_header_desc( $status ) ), true, $status );
	}

	/**
	 * Removes what others have set.
	 *
	 * @param bool $keep_cookies Whether cookies stay.
	 */
	private static function remove_foreign_headers( bool $keep_cookies ): void {
		foreach ( array_diff( self::FOREIGN, $keep_cookies ? array( 'Set-Cookie' ) : array() ) as $name ) {
			header_remove( $name );
		}
		header_remove( 'Content-Type' );
		// An answer without a body has no type, and PHP's own would be text/html.
		ini_set( 'default_mimetype', '' ); // phpcs:ignore WordPress.PHP.IniSet.Risky -- For this answer alone.
		self::remove_cors_headers();
	}

	/**
	 * Hands the answer to the client and swallows whatever shutdown hooks print.
	 */
	private static function close(): void {
		flush();
		if ( function_exists( 'fastcgi_finish_request' ) ) {
			fastcgi_finish_request();
		} elseif ( function_exists( 'litespeed_finish_request' ) ) {
			litespeed_finish_request();
		}
		ob_start( static fn (): string => '' );
	}
}
