<?php
/**
 * Logouts, and the apps that are told of them.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP;

use AppConnect\WP\Storage\Guard;
use AppConnect\WP\Storage\Sign_Ins;
use AppConnect\WP\Storage\Unavailable;

/**
 * Ends what was signed in to by way of a browser's session. Apps are told by cron, so that nobody waits for them.
 */
final class Logouts {

	/**
	 * The cron event.
	 */
	public const HOOK = 'app_connect_logouts';

	/**
	 * Seconds that a run may take.
	 */
	private const TIME_BOX = 20;

	/**
	 * Seconds that an app may take for its answer.
	 */
	private const PATIENCE = 5;

	/**
	 * The digest of the session of this browser, null without one: what WordPress itself keeps of its token.
	 */
	public static function session(): ?string {
		$token = wp_get_session_token();
		return '' === $token ? null : hash( 'sha256', $token );
	}

	/**
	 * Answers the need `log_out`: ends what belongs to the session, then the session.
	 *
	 * @param array{session: string, now: int} $args The session, and the time.
	 * @throws Unavailable When it is not known what ended. The person is still logged in then.
	 */
	public static function log_out( array $args ): void {
		self::end( $args['session'], $args['now'] );
		wp_logout();
	}

	/**
	 * After a person logged out of WordPress, whoever asked for it.
	 *
	 * Hooked to `wp_logout`.
	 */
	public static function on_logout(): void {
		$session = self::session();
		if ( null === $session || ! Settings::logout_ends_sign_ins() ) {
			return;
		}
		try {
			self::end( $session, time() );
		} catch ( Unavailable $failure ) {
			// The person is logged out: that cannot be taken back.
			Flow_Runner::log( $failure );
		}
	}

	/**
	 * Answers the need `send_logout_token`. An app may be on a network of the site's own: an administrator said where it is.
	 *
	 * @param array{uri: string, logout_token: string} $args Where to, and what.
	 * @return int|null The status, null without an answer.
	 */
	public static function send( array $args ): ?int {
		$answer = wp_remote_post(
			$args['uri'],
			array(
				'timeout'     => self::PATIENCE,
				'redirection' => 0,
				// Only the status counts.
				'limit_response_size' => 1024,
				'body'        => array( 'logout_token' => $args['logout_token'] ),
				'user-agent'  => 'App Connect/' . VERSION,
			)
		);
		$status = wp_remote_retrieve_response_code( $answer );
		return is_int( $status ) && $status > 0 ? $status : null;
	}

	/**
	 * Tells apps, for as long as a run may take, and makes sure of the next one.
	 *
	 * Hooked to our cron event.
	 */
	public static function deliver(): void {
		$end = time() + self::TIME_BOX;
		try {
			do {
				$flow  = Guard::run( static fn () => Flow_Runner::run( Plugin::server()->deliver_logouts( time() ) ) );
				$found = json_decode( $flow?->response()['body'] ?? '', true )['found'] ?? 0;
			} while ( $found > 0 && time() < $end );
			$next = Guard::run( array( Sign_Ins::class, 'next_due' ) );
			if ( null !== $next ) {
				// Not at once where it failed: the next try would, too.
				wp_schedule_single_event( max( $next, time() + MINUTE_IN_SECONDS ), self::HOOK );
			}
		} catch ( \Throwable $failure ) {
			Flow_Runner::log( $failure );
		}
	}

	/**
	 * Makes sure that cron tells of what has just ended, as soon as it can.
	 */
	public static function announce(): void {
		wp_clear_scheduled_hook( self::HOOK );
		wp_schedule_single_event( time(), self::HOOK );
		// Asks for another request, and does not wait for it. Sites that run cron by themselves do so.
		if ( ! defined( 'DISABLE_WP_CRON' ) || ! DISABLE_WP_CRON ) {
			spawn_cron();
		}
	}

	/**
	 * Takes us off cron when the plugin is switched off.
	 */
	public static function unschedule(): void {
		wp_clear_scheduled_hook( self::HOOK );
	}

	/**
	 * Ends what belongs to a session.
	 *
	 * @param string $session The session's digest.
	 * @param int    $now     The time.
	 * @throws Unavailable When it is not known what ended.
	 */
	private static function end( string $session, int $now ): void {
		if ( '' !== $session && Sign_Ins::end_session( $session, $now ) > 0 ) {
			self::announce();
		}
	}
}
