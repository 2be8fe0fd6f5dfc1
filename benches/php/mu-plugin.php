<?php
/**
 * The plugins that App Connect is measured against, each a few lines, and what a request asks to be told.
 *
 * X-Bench-Plugin   one of the plugins below
 * X-Bench-Bare     App Connect is not active for this request
 * X-Bench-Door     `closed`: the REST routes answer what the door would
 * X-Bench-Count    the log line tells how many statements ran, and which
 * X-Bench-Lookup   the log line tells how long the look-up of the token took
 */

/**
 * Adds a callback to `determine_current_user`, under a clock if X-Bench-Profile asks for one.
 *
 * @param string   $name     Its name in the log line.
 * @param callable $callback What it is.
 */
function bench_clock( string $name, callable $callback ): void {
	if ( ! isset( $_SERVER['HTTP_X_BENCH_PROFILE'] ) ) {
		add_filter( 'determine_current_user', $callback );
		return;
	}
	add_filter(
		'determine_current_user',
		static function ( $user_id ) use ( $name, $callback ) {
			$since = getrusage();
			$found = $callback( $user_id );

			$GLOBALS['bench']['note'][ $name ] = bench_cpu( $since, getrusage() );
			return $found;
		}
	);
}

if ( isset( $_SERVER['HTTP_X_BENCH_BARE'] ) ) {
	add_filter( 'option_active_plugins', static fn( $plugins ) => array_diff( $plugins, array( 'app-connect/app-connect.php' ) ) );
}

if ( 'closed' === ( $_SERVER['HTTP_X_BENCH_DOOR'] ?? '' ) ) {
	define( 'APP_CONNECT_DOOR', false );
}

switch ( $_SERVER['HTTP_X_BENCH_PLUGIN'] ?? '' ) {
	case 'user':
		// The user, from nowhere: what any authentication costs at least.
		if ( isset( $_SERVER['HTTP_X_BENCH_PROFILE'] ) ) {
			// What reading the user takes: WordPress would do it a little later.
			bench_clock( 'user', static fn() => get_userdata( (int) $_SERVER['HTTP_X_BENCH_USER'] ) );
		}
		add_filter( 'determine_current_user', static fn() => (int) $_SERVER['HTTP_X_BENCH_USER'] );
		break;

	case 'select':
		// The least that a bearer plugin with tokens in a table can do: one digest, one SELECT by a unique key.
		bench_clock(
			'select',
			static function ( $user_id ) {
				global $wpdb;
				if ( ! str_starts_with( $_SERVER['HTTP_AUTHORIZATION'] ?? '', 'Bearer ' ) ) {
					return $user_id;
				}
				$token  = substr( $_SERVER['HTTP_AUTHORIZATION'], 7 );
				$digest = rtrim( strtr( base64_encode( hash( 'sha256', $token, true ) ), '+/', '-_' ), '=' );
				$found  = $wpdb->get_var( $wpdb->prepare( 'SELECT user_id FROM wp_bench_tokens WHERE digest = %s AND expires_at > %d', $digest, time() ) );
				return $found ? (int) $found : $user_id;
			}
		);
		break;

	case 'floor':
		// As far as the door, and out again.
		add_action( 'plugins_loaded', static fn() => exit( '[]' ), PHP_INT_MAX );
		break;

	case 'route':
		// A trivial REST route.
		add_action(
			'rest_api_init',
			static function (): void {
				register_rest_route(
					'bench/v1',
					'/nothing',
					array(
						'methods'             => 'POST',
						'callback'            => static fn() => new WP_REST_Response( array() ),
						'permission_callback' => '__return_true',
					)
				);
			}
		);
		break;

	case 'page':
		// A page in wp-admin without anything on it.
		add_action( 'admin_menu', static fn() => add_menu_page( 'Bench', 'Bench', 'manage_options', 'bench', static fn() => print( '<div class="wrap"><h1>Bench</h1></div>' ) ) );
		break;
}

if ( isset( $_SERVER['HTTP_X_BENCH_COUNT'] ) ) {
	// `queries`: what goes through $wpdb. `questions`: what the server heard in this session, ours by whatever way.
	$GLOBALS['bench']['note']['queries'] = array();
	add_filter(
		'query',
		static function ( $query ) {
			$GLOBALS['bench']['note']['queries'][] = preg_replace( '/\s+/', ' ', $query );
			return $query;
		}
	);
	$GLOBALS['bench']['questions'] = static fn(): int => (int) mysqli_fetch_row( mysqli_query( $GLOBALS['wpdb']->dbh, "SHOW SESSION STATUS LIKE 'Questions'" ) )[1];
	$GLOBALS['bench']['asked']     = $GLOBALS['bench']['questions']();
	register_shutdown_function(
		static function (): void {
			$GLOBALS['bench']['note']['questions'] = $GLOBALS['bench']['questions']() - $GLOBALS['bench']['asked'] - 1;
		}
	);
}

if ( isset( $_SERVER['HTTP_X_BENCH_LOOKUP'] ) ) {
	define( 'SAVEQUERIES', true );
	register_shutdown_function(
		static function (): void {
			foreach ( $GLOBALS['wpdb']->queries as $query ) {
				if ( str_contains( $query[0], 'app_connect_tokens' ) && str_starts_with( $query[0], 'SELECT' ) ) {
					$GLOBALS['bench']['note']['lookup'] = $query[1] * 1e6;
				}
			}
		}
	);
}
