<?php
/**
 * What is at the address of a document.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Health;

use AppConnect\WP\Flow_Runner;
use AppConnect\WP\Plugin;
use WP_Error;

/**
 * Fetches documents as an app does, and compares each with what the protocol answers, which says what is right. Nothing is
 * compared but the two answers.
 */
final class Discovery_Probe {

	/**
	 * The site could not ask itself.
	 */
	public const UNREACHABLE = 'unreachable';

	/**
	 * The web server answers without WordPress.
	 */
	public const SERVER = 'server';

	/**
	 * Something on this site answers that is not App Connect.
	 */
	public const OTHER = 'other';

	/**
	 * The document is right, and a header that comes with it is not.
	 */
	public const HEADERS = 'headers';

	/**
	 * Seconds to wait for one answer, and for all of them.
	 */
	private const TIMEOUT = 5;
	private const BUDGET  = 15;

	/**
	 * The headers that decide whether an app can read a document.
	 */
	private const HEADERS_READ = array( 'Content-Type', 'Access-Control-Allow-Origin' );

	/**
	 * The longest text of somebody else's that is shown.
	 */
	private const MAX_SHOWN = 200;

	/**
	 * What the protocol answers, by endpoint.
	 *
	 * @var array<string, array{status: int, headers: array<string, string>, body: string}>
	 */
	private array $expected = array();

	/**
	 * When the time is up.
	 *
	 * @var float
	 */
	private float $until;

	/**
	 * Asks the protocol for what is right.
	 *
	 * @throws \AppConnect\ConfigurationException When the site's address or settings cannot serve.
	 */
	public function __construct() {
		$this->until = microtime( true ) + self::BUDGET;
		foreach ( array_unique( array_column( Plugin::server()->documents(), 'endpoint' ) ) as $endpoint ) {
			$answer                      = Flow_Runner::run( Plugin::server()->handle( $endpoint, self::request(), time() ) )?->response();
			$this->expected[ $endpoint ] = array(
				'status'  => (int) ( $answer['status'] ?? 500 ),
				'headers' => array_column( (array) ( $answer['headers'] ?? array() ), 1, 0 ),
				'body'    => (string) ( $answer['body'] ?? '' ),
			);
		}
	}

	/**
	 * Whether there is anything to be found.
	 */
	public function is_served(): bool {
		return array( 200 ) === array_values( array_unique( array_column( $this->expected, 'status' ) ) );
	}

	/**
	 * Looks a document up.
	 *
	 * @param string $endpoint Which.
	 * @param string $address  Where.
	 * @return array{cause: string, text: string}|null Null if it is as it should be.
	 */
	public function look_up( string $endpoint, string $address ): ?array {
		$answer = $this->fetch( $address );
		if ( is_wp_error( $answer ) ) {
			return self::finding( self::UNREACHABLE, $answer->get_error_message() );
		}
		$status = (int) wp_remote_retrieve_response_code( $answer );
		if ( 200 !== $status ) {
			return self::no_document( $status, $answer );
		}
		$found = json_decode( wp_remote_retrieve_body( $answer ), true );
		$right = (array) json_decode( $this->expected[ $endpoint ]['body'], true );
		return $found === $right ? self::headers( $answer, $this->expected[ $endpoint ]['headers'] ) : self::another_document( $found, $right, $answer );
	}

	/**
	 * Fetches an address, if there is time.
	 *
	 * @param string $address The address.
	 * @return array<string, mixed>|WP_Error
	 */
	private function fetch( string $address ) {
		if ( microtime( true ) >= $this->until ) {
			return new WP_Error( 'app_connect_late', __( 'not asked, because the others took so long', 'app-connect' ) );
		}
		return wp_remote_get(
			$address,
			array(
				// What a cache has may be minutes old.
				'headers'             => array( 'Cache-Control' => 'no-cache' ),
				'timeout'             => self::TIMEOUT,
				'redirection'         => 0,
				'cookies'             => array(),
				'limit_response_size' => 65536,
				/** This filter is documented in wp-includes/class-wp-http-streams.php */
				'sslverify'           => apply_filters( 'https_local_ssl_verify', false ),
			)
		);
	}

	/**
	 * An answer that is no document at all.
	 *
	 * @param int                  $status Its status.
	 * @param array<string, mixed> $answer The answer.
	 * @return array{cause: string, text: string}
	 */
	private static function no_document( int $status, array $answer ): array {
		$place = self::shown( self::header( $answer, 'location' ) );
		if ( '' !== $place ) {
			/* translators: 1: an HTTP status code, 2: an address. */
			return self::finding( self::SERVER, sprintf( __( 'a redirect (%1$d) to %2$s, which apps do not follow', 'app-connect' ), $status, $place ) );
		}
		// WordPress names its REST API in every answer to a visitor.
		return str_contains( self::header( $answer, 'link' ), 'https://api.w.org/' )
			/* translators: %d: an HTTP status code. */
			? self::finding( self::OTHER, sprintf( __( 'HTTP %d from WordPress: a plugin or the theme has kept App Connect from answering', 'app-connect' ), $status ) )
			/* translators: %d: an HTTP status code. */
			: self::finding( self::SERVER, sprintf( __( 'HTTP %d: the web server answers by itself, or a firewall does, and WordPress is not asked', 'app-connect' ), $status ) );
	}

	/**
	 * An answer with another body than ours.
	 *
	 * @param mixed                $found  Its JSON, null if it is none.
	 * @param array<string, mixed> $right  What should be there.
	 * @param array<string, mixed> $answer The answer.
	 * @return array{cause: string, text: string}
	 */
	private static function another_document( $found, array $right, array $answer ): array {
		if ( ! is_array( $found ) || ! is_string( $found['issuer'] ?? null ) ) {
			/* translators: %s: a media type, as text/html. */
			return self::finding( self::OTHER, sprintf( __( 'something else, no such document (%s)', 'app-connect' ), self::shown( self::header( $answer, 'content-type' ) ) ) );
		}
		if ( $found['issuer'] !== $right['issuer'] ) {
			/* translators: 1: an address, 2: an address. */
			return self::finding( self::OTHER, sprintf( __( 'the document of another issuer, %1$s. That of App Connect is %2$s', 'app-connect' ), self::shown( $found['issuer'] ), (string) $right['issuer'] ) );
		}
		$address = $found['authorization_endpoint'] ?? '';
		return ( $right['authorization_endpoint'] ?? '' ) === $address
			? self::finding( self::OTHER, __( 'a document of App Connect, but not the present one: a cache keeps an older one, or a plugin changes it', 'app-connect' ) )
			/* translators: %s: an address. */
			: self::finding( self::OTHER, sprintf( __( 'a document that is not App Connect’s: it sends people to %s', 'app-connect' ), self::shown( is_string( $address ) && '' !== $address ? $address : '–' ) ) );
	}

	/**
	 * The right document, with headers of its own or not.
	 *
	 * @param array<string, mixed>  $answer The answer.
	 * @param array<string, string> $right  Those of ours.
	 * @return array{cause: string, text: string}|null
	 */
	private static function headers( array $answer, array $right ): ?array {
		foreach ( self::HEADERS_READ as $name ) {
			$found = self::header( $answer, $name );
			if ( $found !== ( $right[ $name ] ?? '' ) ) {
				return self::finding(
					self::HEADERS,
					/* translators: 1: the name of an HTTP header, 2: its value, 3: the value that it should have. */
					sprintf( __( 'the document, but with the header %1$s: %2$s instead of %3$s, so that some apps cannot read it', 'app-connect' ), $name, '' === $found ? '–' : self::shown( $found ), $right[ $name ] ?? '' )
				);
			}
		}
		return null;
	}

	/**
	 * A header, all of it.
	 *
	 * @param array<string, mixed> $answer The answer.
	 * @param string               $name   Its name.
	 */
	private static function header( array $answer, string $name ): string {
		return implode( ', ', (array) wp_remote_retrieve_header( $answer, $name ) );
	}

	/**
	 * A text of somebody else's, as far as it is shown.
	 *
	 * @param string $text The text.
	 */
	private static function shown( string $text ): string {
		return mb_strimwidth( wp_check_invalid_utf8( $text, true ), 0, self::MAX_SHOWN, '…', 'UTF-8' );
	}

	/**
	 * A finding.
	 *
	 * @param string $cause One of the constants.
	 * @param string $text  What is there, as the end of a sentence.
	 * @return array{cause: string, text: string}
	 */
	private static function finding( string $cause, string $text ): array {
		return array(
			'cause' => $cause,
			'text'  => $text,
		);
	}

	/**
	 * The request of an app that looks something up, as it would come in over TLS.
	 *
	 * @return array<string, mixed> As `Snapshot::to_array()`.
	 */
	private static function request(): array {
		return array(
			'method'          => 'GET',
			'uri'             => '/',
			'query'           => '',
			'authorization'   => null,
			'content_type'    => null,
			'method_override' => null,
			'if_none_match'   => null,
			'origin'          => null,
			'address'         => null,
			'forwarded_for'   => null,
			'secure'          => true,
			'body'            => '',
			'route'           => null,
		);
	}
}
