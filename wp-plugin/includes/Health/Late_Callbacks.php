<?php
/**
 * Callbacks that were added after the door had opened.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Health;

/**
 * Remembers which callbacks our hooks had at `plugins_loaded` and names those that came later: on a token request, which
 * is answered then, they never run.
 */
final class Late_Callbacks {

	/**
	 * The prefix of our public hooks.
	 */
	private const PREFIX = 'app_connect_';

	/**
	 * What was there in time, as keys.
	 *
	 * @var array<string, string>|null
	 */
	private static ?array $in_time = null;

	/**
	 * Notes what is there, where Site Health may ask later. Visitors' requests are spared the search.
	 *
	 * Hooked to `plugins_loaded` at PHP_INT_MAX.
	 */
	public static function note(): void {
		if ( is_admin() || wp_doing_cron() || 'cli' === PHP_SAPI ) {
			self::$in_time = self::present();
		}
	}

	/**
	 * What came later.
	 *
	 * @return list<string> One sentence part each: the hook and its callback.
	 */
	public static function found(): array {
		return null === self::$in_time ? array() : array_values( array_diff_key( self::present(), self::$in_time ) );
	}

	/**
	 * Every callback of our public hooks, but our own.
	 *
	 * @return array<string, string> Descriptions by an identity that stays the same during the request.
	 */
	private static function present(): array {
		$present = array();
		foreach ( $GLOBALS['wp_filter'] as $name => $hook ) {
			if ( ! str_starts_with( (string) $name, self::PREFIX ) || ! $hook instanceof \WP_Hook ) {
				continue;
			}
			foreach ( $hook->callbacks as $priority => $callbacks ) {
				foreach ( $callbacks as $id => $callback ) {
					$function = self::name( $callback['function'] );
					if ( ! str_starts_with( $function, 'AppConnect\\WP\\' ) ) {
						$present[ "$name $priority $id" ] = "$name: $function";
					}
				}
			}
		}
		return $present;
	}

	/**
	 * A callback's name for people.
	 *
	 * @param mixed $callback The callback.
	 * @return string
	 */
	private static function name( $callback ): string {
		if ( $callback instanceof \Closure ) {
			$code = new \ReflectionFunction( $callback );
			return sprintf( '{closure} in %s, line %d', basename( (string) $code->getFileName() ), $code->getStartLine() );
		}
		return is_callable( $callback, true, $name ) ? (string) $name : gettype( $callback );
	}
}
