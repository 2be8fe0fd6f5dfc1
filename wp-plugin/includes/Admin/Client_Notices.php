<?php
/**
 * What the clients screen says after something was done.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\WP\Messages;

/**
 * Turns the codes in the address into sentences.
 */
final class Client_Notices {

	/**
	 * Consequences of a change, which are the protocol's: `AppConnect\Server::revise_client()` names them.
	 */
	private const CONSEQUENCES = array( 'narrower', 'wider', 'different', 'type_changed', 'service_user_changed', 'grant_types_removed' );

	/**
	 * Prints what the address says.
	 */
	public static function render_asked(): void {
		// phpcs:ignore WordPress.Security -- A number; text() sanitizes.
		$count = absint( Client_Request::text( $_GET['count'] ?? '' ) );
		self::render( self::codes(), max( 1, $count ) );
	}

	/**
	 * Whether the address says something.
	 *
	 * @param string $code Its code.
	 */
	public static function asked( string $code ): bool {
		return in_array( $code, self::codes(), true );
	}

	/**
	 * The codes in the address.
	 *
	 * @return string[]
	 */
	private static function codes(): array {
		// phpcs:ignore WordPress.Security -- Only known words count; text() sanitizes.
		return explode( ',', Client_Request::text( $_GET['notice'] ?? '' ) );
	}

	/**
	 * Prints the sentences of some codes.
	 *
	 * @param string[] $codes The codes; unknown ones say nothing.
	 * @param int      $count How many clients were concerned.
	 */
	public static function render( array $codes, int $count = 1 ): void {
		$done = array_filter( array_map( static fn ( string $code ): string => self::done( $code, $count ), $codes ) );
		if ( array() === $done ) {
			return;
		}
		$consequences = array_map( array( Messages::class, 'consequence' ), array_intersect( $codes, self::CONSEQUENCES ) );
		printf(
			'<div class="notice notice-success is-dismissible" role="status"><p><strong>%s</strong></p>',
			esc_html( implode( ' ', $done ) )
		);
		foreach ( array_filter( $consequences ) as $consequence ) {
			printf( '<p>%s</p>', esc_html( $consequence ) );
		}
		echo '</div>';
	}

	/**
	 * Prints a refusal.
	 *
	 * @param string[] $messages Sentences.
	 */
	public static function render_errors( array $messages ): void {
		$messages = array_filter( $messages );
		if ( array() === $messages ) {
			return;
		}
		echo '<div class="notice notice-error app-connect-errors" role="alert" tabindex="-1" autofocus>';
		foreach ( $messages as $message ) {
			printf( '<p>%s</p>', esc_html( $message ) );
		}
		echo '</div>';
	}

	/**
	 * What was done.
	 *
	 * @param string $code  Its code.
	 * @param int    $count To how many clients.
	 * @return string Empty for a code that says nothing by itself.
	 */
	private static function done( string $code, int $count ): string {
		switch ( $code ) {
			case 'site_moved':
				return __( 'App Connect goes on at the new address.', 'app-connect' );
			case 'site_copied':
				return __( 'All tokens and sessions that came along have ended. App Connect starts afresh here.', 'app-connect' );
			case 'created':
				return __( 'Client added.', 'app-connect' );
			case 'updated':
				return __( 'Client saved.', 'app-connect' );
			case 'secret':
				return __( 'New secret made.', 'app-connect' );
			case 'disable':
				/* translators: %s: a number of clients. */
				return sprintf( _n( '%s client disabled. Its tokens have ended.', '%s clients disabled. Their tokens have ended.', $count, 'app-connect' ), number_format_i18n( $count ) );
			case 'enable':
				/* translators: %s: a number of clients. */
				return sprintf( _n( '%s client enabled. It can ask for new tokens.', '%s clients enabled. They can ask for new tokens.', $count, 'app-connect' ), number_format_i18n( $count ) );
			case 'delete':
				/* translators: %s: a number of clients. */
				return sprintf( _n( '%s client deleted.', '%s clients deleted.', $count, 'app-connect' ), number_format_i18n( $count ) );
			case 'end_tokens':
				/* translators: %s: a number of clients. */
				return sprintf( _n( 'All tokens of %s client ended.', 'All tokens of %s clients ended.', $count, 'app-connect' ), number_format_i18n( $count ) );
		}
		return '';
	}
}
