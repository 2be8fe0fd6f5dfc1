<?php
/**
 * The keys that sign tokens, for those who look after them.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP;

use AppConnect\WP\Storage\Guard;
use AppConnect\WP\Storage\Unavailable;

/**
 * The one way in for screens, settings and cron: the protocol decides, storage stores, the audit log and listeners are told.
 * Who may do it, the caller has asked.
 */
final class Signing_Keys {

	/**
	 * The cron event.
	 */
	public const HOOK = 'app_connect_signing_keys';

	/**
	 * Makes sure that cron calls us, once a day.
	 */
	public static function schedule(): void {
		if ( ! wp_next_scheduled( self::HOOK ) ) {
			wp_schedule_event( time() + HOUR_IN_SECONDS, 'daily', self::HOOK );
		}
	}

	/**
	 * Takes us off cron when the plugin is switched off.
	 */
	public static function unschedule(): void {
		wp_clear_scheduled_hook( self::HOOK );
	}

	/**
	 * Once a day: whatever is due. What cannot be done today is tried tomorrow, and Site Health says why.
	 */
	public static function maintain(): void {
		self::run( 'maintain' );
	}

	/**
	 * Looks after the keys: lists them, makes those that are missing, replaces, imports or revokes one.
	 *
	 * @param string               $action `list`, `maintain`, `rotate`, `import`, `revoke` or `start_afresh`.
	 * @param array<string, mixed> $args   What `AppConnect\Server::signing_keys()` reads for it; the user is the current one.
	 * @return array{status: int, body: array<string, mixed>} As the protocol answers; a failure has the body's `error`.
	 */
	public static function run( string $action, #[\SensitiveParameter] array $args = array() ): array {
		$user     = get_current_user_id();
		$response = self::settle( $action, $args + array( 'user' => $user > 0 ? $user : null ) );
		$body     = json_decode( $response['body'], true );
		return array(
			'status' => $response['status'],
			'body'   => is_array( $body ) ? $body : array(),
		);
	}

	/**
	 * Drives the protocol's flow to its response. Every failure is a response too.
	 *
	 * @param string               $action What to do.
	 * @param array<string, mixed> $args   With what.
	 * @return array{status: int, headers: list<array{string, string}>, body: string}
	 */
	private static function settle( string $action, #[\SensitiveParameter] array $args ): array {
		try {
			return Guard::run(
				static fn (): array => Flow_Runner::run( Plugin::server()->signing_keys( $action, $args, time() ) )?->response() ?? Flow_Runner::crashed()
			);
		} catch ( Unavailable $lost ) {
			Flow_Runner::log( $lost );
			return Flow_Runner::unavailable();
		} catch ( \Throwable $failure ) {
			Flow_Runner::log( $failure );
			return Flow_Runner::crashed();
		}
	}
}
