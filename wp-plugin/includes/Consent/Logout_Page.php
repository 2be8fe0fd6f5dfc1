<?php
/**
 * The page that asks a person whether to log out, because an app wants it.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Consent;

use WP_User;

/**
 * Asks, and says how it ended.
 */
final class Logout_Page {

	/**
	 * @param WP_User                                  $user     Who is logged in.
	 * @param string|null                              $client   The app's name, if it said who it is.
	 * @param array{kind: string, name: string}|null   $redirect Where the person is sent then, if anywhere.
	 * @param string                                   $digest   What the page is made for.
	 */
	private function __construct(
		public readonly WP_User $user,
		public readonly ?string $client,
		public readonly ?array $redirect,
		private readonly string $digest,
	) {}

	/**
	 * Asks.
	 *
	 * @param array{client: string|null, redirect: array{kind: string, name: string}|null, user: int, digest: string} $args The arguments of the need `confirm_logout`.
	 */
	public static function ask( array $args ): void {
		Page::speak_the_language_of( (int) $args['user'] );
		$page = new self( new WP_User( (int) $args['user'] ), $args['client'], $args['redirect'], $args['digest'] );
		Page::show( 200, __( 'Log out?', 'app-connect' ), 'logout', static fn () => $page->render() );
	}

	/**
	 * Says how it ended.
	 *
	 * @param array{status: int, headers: list<array{string, string}>, page: array{code: string, client: string|null}} $response The protocol's answer.
	 */
	public static function tell( array $response ): void {
		$out   = 'logged_out' === $response['page']['code'];
		$title = $out ? __( 'You are logged out', 'app-connect' ) : __( 'You are still logged in', 'app-connect' );
		Page::show( $response['status'], $title, 'logged-out', static fn () => self::render_end( $title, $out ), $response['headers'] );
	}

	/**
	 * What the person is called.
	 */
	public function name(): string {
		$name = trim( wp_specialchars_decode( $this->user->display_name, ENT_QUOTES ) );
		return '' === $name ? $this->user->user_login : $name;
	}

	/**
	 * The nonce of exactly this page.
	 */
	public function nonce(): string {
		return Decision::nonce( $this->digest );
	}

	/**
	 * Prints the question.
	 */
	private function render(): void {
		$page = $this;
		require dirname( __DIR__, 2 ) . '/templates/consent/logout.php';
	}

	/**
	 * Prints how it ended.
	 *
	 * @param string $title In a sentence.
	 * @param bool   $out   Whether the person is logged out.
	 */
	private static function render_end( string $title, bool $out ): void {
		require dirname( __DIR__, 2 ) . '/templates/consent/logged-out.php';
	}
}
