<?php
/**
 * Where App Connect's time goes: for requests with `X-Bench-Profile` every callback of App Connect, its main file and its
 * autoloader are clocked. The log line tells, by name, how often each ran and its own CPU time in microseconds, without
 * what it called that has a name here too. The clock itself takes one or two microseconds of each call.
 */

if ( isset( $_SERVER['HTTP_X_BENCH_PROFILE'] ) ) {
	( static function (): void {
		$profile = array();
		$inner   = 0;
		$clock   = static function ( string $name, callable $work ) use ( &$profile, &$inner ) {
			$outer = $inner;
			$inner = 0;
			$since = getrusage();
			try {
				return $work();
			} finally {
				$took             = bench_cpu( $since, getrusage() );
				$entry            = $profile[ $name ] ?? array( 0, 0 );
				$profile[ $name ] = array( $entry[0] + 1, $entry[1] + $took - $inner );
				$inner            = $outer + $took;
			}
		};

		$GLOBALS['bench']['note']['profile'] = &$profile;

		// Plugins are loaded right after WordPress has asked which are active.
		$since = getrusage();
		add_filter(
			'option_active_plugins',
			static function ( $plugins ) use ( &$since ) {
				$since = did_action( 'plugin_loaded' ) ? $since : getrusage();
				return $plugins;
			},
			PHP_INT_MAX
		);
		add_action(
			'plugin_loaded',
			static function ( $file ) use ( &$profile, &$since, $clock ): void {
				if ( ! str_contains( $file, 'app-connect' ) ) {
					return;
				}
				$profile['the main file'] = array( 1, bench_cpu( $since, getrusage() ) );
				foreach ( spl_autoload_functions() as $load ) {
					if ( $load instanceof Closure && str_contains( ( new ReflectionFunction( $load ) )->getFileName(), 'app-connect' ) ) {
						spl_autoload_unregister( $load );
						spl_autoload_register(
							static fn( string $name ) => str_starts_with( $name, 'AppConnect\\' )
								? $clock( 'loading other classes', static fn() => $load( $name ) )
								: null
						);
					}
				}
				foreach ( $GLOBALS['wp_filter'] as $hook => $filter ) {
					foreach ( $filter->callbacks as $priority => $callbacks ) {
						foreach ( $callbacks as $id => $callback ) {
							$function = $callback['function'];
							if ( ! is_array( $function ) || ! is_string( $function[0] ) || ! str_starts_with( $function[0], 'AppConnect\\' ) ) {
								continue;
							}
							$name = substr( strrchr( $function[0], '\\' ), 1 ) . "::$function[1] on $hook";

							$filter->callbacks[ $priority ][ $id ]['function'] = static fn( ...$args ) => $clock( $name, static fn() => $function( ...$args ) );
						}
					}
				}
			}
		);
	} )();
}
