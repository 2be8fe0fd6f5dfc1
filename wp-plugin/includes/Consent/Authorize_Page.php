<?php
/**
 * The action of wp-login.php where people answer an app's authorization request.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Consent;

use AppConnect\Flow;
use AppConnect\WP\Flow_Runner;
use AppConnect\WP\Http\Emitter;
use AppConnect\WP\Plugin;
use AppConnect\WP\Storage\Guard;
use AppConnect\WP\Storage\Unavailable;

/**
 * Runs the request from its start, every time that a browser comes here, and answers what only a person can: who they are,
 * and whether they approve.
 */
final class Authorize_Page {

	/**
	 * Answers the request and ends it; returns only where wp-login.php is to show its login form in this place.
	 *
	 * Hooked to `login_form_app_connect_authorize`.
	 */
	public static function answer(): void {
		try {
			list( $flow, $need ) = self::run();
			$response            = null === $need ? $flow?->response() : null;
		} catch ( Stale $stale ) {
			Error_Page::show( 403, 'stale' );
			exit;
		} catch ( Unavailable $lost ) {
			Flow_Runner::log( $lost );
			Error_Page::show( 503, 'unavailable' );
			exit;
		} catch ( \Throwable $failure ) {
			Flow_Runner::log( $failure );
			list( $need, $response ) = array( null, null );
		}
		if ( 'log_in' === ( $need['name'] ?? null ) ) {
			Login::ask( $need['args'] );
			return;
		}
		if ( null !== $need ) {
			Consent_Page::show( $need['args'] );
		} elseif ( null === $response ) {
			Error_Page::show( 500, 'server_error' );
		} elseif ( isset( $response['page']['form'] ) ) {
			Form_Post_Page::show( $response );
		} elseif ( isset( $response['page'] ) ) {
			Error_Page::show( $response['status'], $response['page']['code'], $response['page'], $response['headers'] );
		} else {
			Emitter::emit( $response );
			Guard::stay_fast();
		}
		exit;
	}

	/**
	 * Drives the request's flow for as long as there is an answer to what it asks.
	 *
	 * @return array{Flow|null, array{name: string, args: array<string, mixed>}|null} The flow, null if it crashed, and what it waits for, null if it is finished.
	 * @throws Stale When a button cannot be believed.
	 */
	private static function run(): array {
		$flow = Plugin::server()->authorize( Handover::received(), Plugin::snapshot()->to_array(), time() );
		while ( true ) {
			$flow = Guard::run( static fn (): ?Flow => Flow_Runner::drive( $flow, true ) );
			$need = $flow?->need();
			if ( 'find_visitor' === ( $need['name'] ?? null ) ) {
				$flow->answer( Visitor::find() );
				continue;
			}
			$button = 'approve' === ( $need['name'] ?? null ) ? Decision::made( $need['args']['digest'] ) : null;
			if ( null === $button ) {
				return array( $flow, $need );
			}
			if ( Decision::SWITCH === $button ) {
				self::switch_account();
			}
			$flow->answer( array( 'approved' => Decision::APPROVE === $button ) );
		}
	}

	/**
	 * Logs the visitor out, and asks the same of somebody else.
	 *
	 * @return never
	 */
	private static function switch_account(): void {
		wp_logout();
		Page::redirect( Handover::url( Handover::received() ) );
	}
}
