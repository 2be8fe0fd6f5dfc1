<?php
/**
 * The page for requests that no app can be told about.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Consent;

/**
 * Says what went wrong: to people in their words, to the app's developers in the protocol's.
 */
final class Error_Page {

	/**
	 * Shows the page.
	 *
	 * @param int                                         $status  The status.
	 * @param string                                      $code    What went wrong.
	 * @param array{detail?: string, client?: string|null} $page    What the protocol says of it.
	 * @param list<array{string, string}>                 $headers More headers, from the protocol.
	 * @param string                                      $endpoint The endpoint that the request is for.
	 */
	public static function show( int $status, string $code, array $page = array(), array $headers = array(), string $endpoint = Handover::AUTHORIZE ): void {
		$said = Sentences::error( $code, $page['client'] ?? null );
		Page::show(
			$status,
			$said['title'],
			'error',
			static fn () => self::render( $said, $code, $page['detail'] ?? '', 'stale' === $code ? Handover::url( Handover::received(), $endpoint ) : null ),
			$headers
		);
	}

	/**
	 * Prints what is on the page.
	 *
	 * @param array{title: string, text: string, advice: string} $said   What people read.
	 * @param string                                             $code   What went wrong.
	 * @param string                                             $detail What developers read.
	 * @param string|null                                        $again  Where the page can be loaded again.
	 */
	private static function render( array $said, string $code, string $detail, ?string $again ): void {
		require dirname( __DIR__, 2 ) . '/templates/consent/error.php';
	}
}
