<?php
/**
 * The actions of wp-login.php where people answer what apps ask of them.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Consent;

use AppConnect\Flow;
use AppConnect\WP\Flow_Runner;
use AppConnect\WP\Http\Emitter;
use AppConnect\WP\Logouts;
use AppConnect\WP\Plugin;
use AppConnect\WP\Storage\Guard;
use AppConnect\WP\Storage\Unavailable;

/**
 * Runs the request from its start, every time that a browser comes here, and answers what only a person can: who they are,
 * and whether they approve.
 */
final class Attended {

	/**
	 * An app asks for access.
	 *
	 * Hooked to `login_form_app_connect_authorize`.
	 */
	public static function authorize(): void {
		self::answer( Handover::AUTHORIZE );
	}

	/**
	 * An app sends a person to log out.
	 *
	 * Hooked to `login_form_app_connect_logout`.
	 */
	public static function log_out(): void {
		self::answer( Handover::LOGOUT );
	}

	/**
	 * Answers the request and ends it; returns only where wp-login.php is to show its login form in this place.
	 *
	 * @param string $endpoint The endpoint that it is for.
	 */
	private static function answer( string $endpoint ): void {
		try {
			list( $flow, $need ) = self::run( $endpoint );
			$response            = null === $need ? $flow?->response() : null;
		} catch ( Stale $stale ) {
			Error_Page::show( 403, 'stale', array(), array(), $endpoint );
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
		if ( 'confirm_logout' === ( $need['name'] ?? null ) ) {
			Logout_Page::ask( $need['args'] );
		} elseif ( null !== $need ) {
			Consent_Page::show( $need['args'] );
		} elseif ( null === $response ) {
			Error_Page::show( 500, 'server_error' );
		} elseif ( isset( $response['page']['form'] ) ) {
			Form_Post_Page::show( $response );
		} elseif ( isset( $response['page'] ) && 200 === $response['status'] ) {
			Logout_Page::tell( $response );
		} elseif ( isset( $response['page'] ) ) {
			Error_Page::show( $response['status'], $response['page']['code'], $response['page'], $response['headers'] );
		} else {
			// A logout takes cookies away.
			Emitter::emit( $response, keep_cookies: Handover::LOGOUT === $endpoint );
			Guard::stay_fast();
		}
		exit;
	}

	/**
	 * Drives the request's flow for as long as there is an answer to what it asks.
	 *
	 * @param string $endpoint The endpoint that it is for.
	 * @return array{Flow|null, array{name: string, args: array<string, mixed>}|null} The flow, null if it crashed, and what it waits for, null if it is finished.
	 * @throws Stale When a button cannot be believed.
	 */
	private static function run( string $endpoint ): array {
		$flow = Plugin::server()->attend( $endpoint, Handover::received(), Plugin::snapshot()->to_array(), time() );
		while ( true ) {
			$flow = Guard::run( static fn (): ?Flow => Flow_Runner::drive( $flow, true ) );
			$need = $flow?->need();
			if ( 'find_visitor' === ( $need['name'] ?? null ) ) {
				$flow->answer( Visitor::find() );
				continue;
			}
			if ( 'log_out' === ( $need['name'] ?? null ) ) {
				$flow->answer( Guard::run( static fn () => Logouts::log_out( $need['args'] ) ) );
				continue;
			}
			$button = isset( $need['args']['digest'] ) ? Decision::made( $need['args']['digest'] ) : null;
			if ( null === $button ) {
				return array( $flow, $need );
			}
			if ( Decision::SWITCH === $button && 'approve' === $need['name'] ) {
				self::switch_account();
			}
			$flow->answer( array( 'approve' === $need['name'] ? 'approved' : 'confirmed' => Decision::APPROVE === $button ) );
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
