<?php
/**
 * The request as its own bytes say it.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Http;

/**
 * What the client sent, read before wp_magic_quotes() adds slashes and before plugins rewrite superglobals.
 */
final class Snapshot {

	/**
	 * The protocol refuses bodies over 64 KiB, so one byte more is enough to tell.
	 */
	private const MAX_BODY = 65537;

	/**
	 * The body, once it was asked for.
	 *
	 * @var string|null
	 */
	private ?string $body = null;

	/**
	 * @param array{method: string, uri: string, query: string, authorization: string|null, content_type: string|null, method_override: string|null, if_none_match: string|null, origin: string|null, address: string|null, forwarded_for: string|null} $head Everything but the body.
	 */
	private function __construct( private readonly array $head ) {}

	/**
	 * Reads the current request. The body is left where it is until it is needed.
	 */
	public static function capture(): self {
		return new self(
			array(
				'method'          => self::server_value( 'REQUEST_METHOD' ) ?? 'GET',
				'uri'             => self::server_value( 'REQUEST_URI' ) ?? '/',
				'query'           => self::server_value( 'QUERY_STRING' ) ?? '',
				'authorization'   => self::authorization(),
				'content_type'    => self::server_value( 'CONTENT_TYPE' ) ?? self::server_value( 'HTTP_CONTENT_TYPE' ),
				'method_override' => self::server_value( 'HTTP_X_HTTP_METHOD_OVERRIDE' ),
				'if_none_match'   => self::server_value( 'HTTP_IF_NONE_MATCH' ),
				'origin'          => self::server_value( 'HTTP_ORIGIN' ),
				'address'         => self::server_value( 'REMOTE_ADDR' ),
				'forwarded_for'   => self::server_value( 'HTTP_X_FORWARDED_FOR' ),
			)
		);
	}

	/**
	 * The request as `AppConnect\Server` reads it.
	 *
	 * @param string|null $route The REST route that WordPress resolved, with its leading slash, where that matters.
	 * @return array{method: string, uri: string, query: string, authorization: string|null, content_type: string|null, method_override: string|null, if_none_match: string|null, origin: string|null, address: string|null, forwarded_for: string|null, secure: bool, body: string, route: string|null}
	 */
	public function to_array( ?string $route = null ): array {
		return $this->head + array(
			// Asked for late: proxies' HTTPS is often told by code that loads after us.
			'secure' => is_ssl(),
			'body'   => $this->body(),
			'route'  => $route,
		);
	}

	/**
	 * The method of the request line, whatever overrides it carries.
	 */
	public function method(): string {
		return $this->head['method'];
	}

	/**
	 * Whether there is anything that could be a token. Visitors' requests are spared the search for one.
	 *
	 * @param string $route The REST route.
	 */
	public function may_carry_token( string $route ): bool {
		return null !== $this->head['authorization'] || str_contains( $this->head['uri'], 'access_token' )
			// OpenID Connect has a token in a form there.
			|| ( 'POST' === $this->head['method'] && false !== stripos( $route, '/userinfo' ) );
	}

	/**
	 * Path and query of the request line.
	 */
	public function uri(): string {
		return $this->head['uri'];
	}

	/**
	 * The origin that the browser names, null without one.
	 */
	public function origin(): ?string {
		return $this->head['origin'];
	}

	/**
	 * Where the connection came from, as its peer and as proxies say. Which of them count, the protocol decides.
	 *
	 * @return array{address: string|null, forwarded_for: string|null}
	 */
	public function connection(): array {
		return array_intersect_key( $this->head, array_flip( array( 'address', 'forwarded_for' ) ) );
	}

	/**
	 * The body, at most one byte more than the protocol accepts.
	 */
	private function body(): string {
		if ( null === $this->body ) {
			// phpcs:ignore WordPress.WP.AlternativeFunctions.file_get_contents_file_get_contents -- Not a remote file.
			$this->body = (string) file_get_contents( 'php://input', false, null, 0, self::MAX_BODY );
		}
		return $this->body;
	}

	/**
	 * The Authorization header, from wherever this server puts it; null when there is none.
	 */
	private static function authorization(): ?string {
		$found = self::server_value( 'HTTP_AUTHORIZATION' ) ?? self::server_value( 'REDIRECT_HTTP_AUTHORIZATION' );
		if ( null !== $found || ! function_exists( 'apache_request_headers' ) ) {
			return $found;
		}
		$headers = array_change_key_case( (array) apache_request_headers() );
		$value   = $headers['authorization'] ?? null;
		return is_string( $value ) && '' !== $value ? $value : null;
	}

	/**
	 * One value of `$_SERVER` as it came in: the protocol judges it, so it is not sanitized here. Empty means absent.
	 *
	 * @param string $name The key.
	 */
	private static function server_value( string $name ): ?string {
		// phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- The raw bytes are the point.
		$value = $_SERVER[ $name ] ?? null;
		return is_string( $value ) && '' !== $value ? $value : null;
	}
}
