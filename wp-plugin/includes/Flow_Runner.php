<?php
/**
 * The loop between the protocol, which asks, and WordPress, which answers.
 *
 * @package AppConnect
 */

namespace AppConnect\WP;

use AppConnect\Flow;
use AppConnect\WP\Storage\Unavailable;

/**
 * Drives flows. Nothing that goes wrong in one leaves this class as an exception.
 */
final class Flow_Runner {

	/**
	 * Drives a flow to its end, as far as that takes no person, and tells the world what happened in it.
	 *
	 * Emits nothing itself. Storage that fails is part of the flow (its response is a 503).
	 *
	 * @param Flow $flow The flow.
	 * @return Flow|null The same flow, finished, or waiting for a person; null if it crashed, which is logged already: answer with `crashed()`.
	 */
	public static function run( Flow $flow ): ?Flow {
		return self::drive( $flow, true );
	}

	/**
	 * Drives a flow for as long as the stage of the WordPress request allows. What takes a person is never answered here.
	 *
	 * @param Flow $flow   The flow.
	 * @param bool $loaded Whether every plugin has loaded, so that needs of the stage `loaded` can be answered.
	 * @return Flow|null The same flow: finished, or waiting (then `need()` is not null). Null if it crashed.
	 */
	public static function drive( Flow $flow, bool $loaded ): ?Flow {
		try {
			while ( null !== ( $need = $flow->need() ) ) {
				if ( 'interactive' === $need['stage'] || ( 'loaded' === $need['stage'] && ! $loaded ) ) {
					return $flow;
				}
				try {
					$answer = Host::fulfil( $need['name'], $need['args'] );
				} catch ( Unavailable $cause ) {
					self::log( $cause );
					$flow->unavailable();
					continue;
				}
				$flow->answer( $answer );
			}
			$events = $flow->events();
		} catch ( \Throwable $failure ) {
			self::log( $failure );
			return null;
		}
		foreach ( $events as $event ) {
			self::tell( $event );
		}
		return $flow;
	}

	/**
	 * The answer for a request whose flow crashed: it says nothing of the cause.
	 *
	 * @return array{status: int, headers: list<array{string, string}>, body: string}
	 */
	public static function crashed(): array {
		return self::opaque( 500, 'server_error', array() );
	}

	/**
	 * The answer to PHP code that asks for what takes a person with a browser.
	 *
	 * @return array{status: int, headers: list<array{string, string}>, body: string}
	 */
	public static function unattended(): array {
		return self::opaque( 400, 'invalid_request', array() );
	}

	/**
	 * The answer when storage fails where no flow can give one.
	 *
	 * @return array{status: int, headers: list<array{string, string}>, body: string}
	 */
	public static function unavailable(): array {
		return self::opaque( 503, 'temporarily_unavailable', array( array( 'Retry-After', '5' ) ) );
	}

	/**
	 * Writes the class of a failure, where it happened and a reference id to the error log; never its message, which
	 * may quote what the client sent.
	 *
	 * @param \Throwable $failure What was thrown.
	 */
	public static function log( \Throwable $failure ): void {
		$line = sprintf(
			'App Connect: %s at %s:%d, reference %s',
			$failure instanceof Unavailable ? 'storage unavailable (' . $failure->cause() . ')' : get_class( $failure ),
			basename( $failure->getFile() ),
			$failure->getLine(),
			substr( bin2hex( random_bytes( 6 ) ), 0, 12 )
		);
		// phpcs:ignore WordPress.PHP.DevelopmentFunctions.error_log_error_log -- An operator has to see it.
		error_log( $line );
	}

	/**
	 * Tells listeners and the audit log about one event, of a flow or of an administrator. A listener that fails or prints
	 * cannot change the answer.
	 *
	 * @param array<string, mixed> $event As `Flow::events()` has it.
	 * @param int|null             $blog  The site of the network whose log it belongs in; null for the current one.
	 */
	public static function tell( array $event, ?int $blog = null ): void {
		ob_start();
		try {
			Storage\Events::record( $event, $blog );
		} catch ( \Throwable $failure ) {
			self::log( $failure );
		}
		try {
			Hooks::tell( $event );
		} catch ( \Throwable $failure ) {
			self::log( $failure );
		}
		ob_end_clean();
	}

	/**
	 * An answer that needs no protocol.
	 *
	 * @param int                         $status  The status.
	 * @param string                      $error   The error code.
	 * @param list<array{string, string}> $headers More headers.
	 * @return array{status: int, headers: list<array{string, string}>, body: string}
	 */
	private static function opaque( int $status, string $error, array $headers ): array {
		return array(
			'status'  => $status,
			'headers' => array(
				array( 'Content-Type', 'application/json' ),
				array( 'Cache-Control', 'no-store' ),
				array( 'Pragma', 'no-cache' ),
				...$headers,
			),
			'body'    => sprintf( '{"error":"%s"}', $error ),
		);
	}
}
