<?php
/**
 * Who a REST request is, when it carries a token.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Auth;

use AppConnect\Principal;
use AppConnect\WP\Flow_Runner;
use AppConnect\WP\Health\Extension;
use AppConnect\WP\Http\Emitter;
use AppConnect\WP\Plugin;
use AppConnect\WP\Rest\Errors;
use AppConnect\WP\Storage\Guard;

/**
 * Resolves the bearer of a REST request once, and holds to the result.
 *
 * That a request is a REST request is known at `parse_request` and no sooner: core resolves the user before it, so
 * whatever runs on `init` sees the cookie's user or nobody, as with Application Passwords. From then on the result is
 * one of three: nobody of ours (everything passes untouched), a principal, or a refusal that nothing turns into
 * anonymous or into the cookie's user.
 *
 * The state lives as long as the request: php-fpm starts each with fresh statics.
 */
final class Bearer {

	/**
	 * The priority of core's `rest_api_loaded()`, which serves the REST API and dies.
	 */
	private const REST_API_LOADED = 10;

	/**
	 * Who the request is, if it carries a good token of ours.
	 *
	 * @var Principal|null
	 */
	private static ?Principal $principal = null;

	/**
	 * The answer to a request that carries a bad token of ours.
	 *
	 * @var array{status: int, headers: list<array{string, string}>, body: string}|null
	 */
	private static ?array $refusal = null;

	/**
	 * Whether the bearer was looked at.
	 *
	 * @var bool
	 */
	private static bool $resolved = false;

	/**
	 * Who the request is by its token.
	 *
	 * @return Principal|null Null without a good token of ours.
	 */
	public static function principal(): ?Principal {
		return self::$principal;
	}

	/**
	 * The answer to a request that carries a bad token of ours.
	 *
	 * @return array{status: int, headers: list<array{string, string}>, body: string}|null
	 */
	public static function refusal(): ?array {
		return self::$refusal;
	}

	/**
	 * Whether the request carries a token of ours, good or bad.
	 *
	 * @return bool
	 */
	public static function is_ours(): bool {
		return null !== self::$principal || null !== self::$refusal;
	}

	/**
	 * Resolves the bearer as soon as the request is known to be one for the REST API.
	 *
	 * Hooked to `parse_request` at 9, just before core serves the REST API.
	 *
	 * @param \WP $wp WordPress' view of the request.
	 */
	public static function on_parse_request( $wp ): void {
		$route = self::rest_route( $wp );
		if ( null === $route || self::$resolved ) {
			return;
		}
		self::$resolved = true;
		if ( ! Plugin::snapshot()->may_carry_token( $route ) ) {
			return;
		}
		$flow           = null;
		try {
			$flow = Flow_Runner::run( Plugin::server()->authenticate( Plugin::snapshot()->to_array( $route ), time() ) );
		} catch ( \Throwable $failure ) {
			Flow_Runner::log( $failure );
		}
		if ( null === $flow ) {
			// A broken extension must not take visitors and other plugins' tokens down with it.
			if ( Extension::is_our_route( $route ) || Extension::sees_our_token() ) {
				self::give_up();
			}
			return;
		}
		$principal = $flow->principal();
		$response  = $flow->response();
		if ( null !== $principal ) {
			self::act_as( $principal );
		} elseif ( null !== $response ) {
			self::refuse( $response );
		}
	}

	/**
	 * Answers with the resolved user when WordPress asks who the current user is.
	 *
	 * Hooked to `determine_current_user` at PHP_INT_MAX. It decides nothing itself, so it cannot recurse.
	 *
	 * @param int|false|mixed $user_id What the others found.
	 * @return int|false|mixed
	 */
	public static function determine_current_user( $user_id ) {
		if ( ! wp_is_serving_rest_request() || ! self::is_ours() ) {
			return $user_id;
		}
		return null === self::$principal ? 0 : self::$principal->user_id();
	}

	/**
	 * Tells the REST server whether the request is authenticated, whatever others say.
	 *
	 * Hooked to `rest_authentication_errors` at 0, so that core does not look at cookies and nonces, and at PHP_INT_MAX,
	 * so that nobody turns a bad token into a visitor.
	 *
	 * @param \WP_Error|true|null|mixed $result What the others found.
	 * @return \WP_Error|true|null|mixed
	 */
	public static function authentication_errors( $result ) {
		if ( null !== self::$refusal ) {
			return Errors::from_response( self::$refusal );
		}
		if ( null === self::$principal ) {
			return $result;
		}
		if ( get_current_user_id() !== self::$principal->user_id() ) {
			wp_set_current_user( self::$principal->user_id() );
		}
		return true;
	}

	/**
	 * The route of a REST request that core is about to serve.
	 *
	 * @param \WP $wp WordPress' view of the request.
	 * @return string|null As the REST server will dispatch it; null when core will not serve the REST API.
	 */
	private static function rest_route( $wp ): ?string {
		$route = $wp->query_vars['rest_route'] ?? '';
		if ( ! is_string( $route ) || empty( $route ) || self::REST_API_LOADED !== has_action( 'parse_request', 'rest_api_loaded' ) ) {
			return null;
		}
		$server = $GLOBALS['wp_rest_server'] ?? null;
		if ( $server instanceof \WP_REST_Server && $server->is_dispatching() ) {
			return null;
		}
		$route = untrailingslashit( $route );
		return '' === $route ? '/' : $route;
	}

	/**
	 * Makes the token's user the current user.
	 *
	 * The principal is stored first: `kses_init()` runs when the user is set, and has to see what the token may do. The
	 * user is set afresh even if it is the current one already, by a cookie, for the same reason.
	 *
	 * @param Principal $principal Who the request is.
	 */
	private static function act_as( Principal $principal ): void {
		try {
			// Reads the user and its capabilities into the cache, so that a lost database is seen here.
			$user = Guard::run( static fn() => get_userdata( $principal->user_id() ) );
		} catch ( \Throwable $failure ) {
			Flow_Runner::log( $failure );
			$user = false;
		}
		if ( false === $user ) {
			self::give_up();
			return;
		}
		self::$principal = $principal;
		self::keep_out_of_caches();
		$GLOBALS['current_user'] = null; // phpcs:ignore WordPress.WP.GlobalVariablesOverride -- Or wp_set_current_user() does nothing.
		wp_set_current_user( $principal->user_id() );
	}

	/**
	 * Makes the request nobody's, and remembers the answer to it.
	 *
	 * @param array{status: int, headers: list<array{string, string}>, body: string} $response The answer.
	 */
	private static function refuse( array $response ): void {
		self::$refusal = $response;
		self::keep_out_of_caches();
		if ( $response['status'] >= 500 ) {
			// Whatever WordPress did next would wait for the database that failed us.
			Guard::stay_fast();
			Emitter::emit( $response );
			exit;
		}
		wp_set_current_user( 0 );
	}

	/**
	 * Refuses a request whose token cannot be judged: it is neither good nor bad, so it must not be taken for either.
	 */
	private static function give_up(): void {
		self::refuse( Flow_Runner::unavailable() );
	}

	/**
	 * Tells page caches that read constants to leave the answer alone; `Rest\Errors` sends the headers.
	 */
	private static function keep_out_of_caches(): void {
		if ( ! defined( 'DONOTCACHEPAGE' ) ) {
			define( 'DONOTCACHEPAGE', true ); // phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals -- The caches' name for it.
		}
	}
}
