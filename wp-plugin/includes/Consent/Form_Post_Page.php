<?php
/**
 * The page that takes an answer to an app in a form, where the app asked for that.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Consent;

/**
 * Posts what the protocol says to where it says. Nobody reads the page but who has no JavaScript: they press its button.
 */
final class Form_Post_Page {

	/**
	 * Shows the page.
	 *
	 * @param array{status: int, headers: list<array{string, string}>, page: array{client: string|null, form: array{action: string, fields: list<array{string, string}>}}} $response The protocol's answer.
	 */
	public static function show( array $response ): void {
		$page = $response['page'];
		Page::show(
			$response['status'],
			__( 'Back to the app', 'app-connect' ),
			'form-post',
			static fn () => self::render( (string) $page['client'], $page['form'] ),
			$response['headers']
		);
	}

	/**
	 * Prints what is on the page.
	 *
	 * @param string                                                     $client The app's name.
	 * @param array{action: string, fields: list<array{string, string}>} $form   The form.
	 */
	private static function render( string $client, array $form ): void {
		require dirname( __DIR__, 2 ) . '/templates/consent/form-post.php';
	}
}
