<?php
/**
 * What the tokens screen says after sessions were revoked.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\WP\Storage\Live_Counts;

/**
 * Turns the numbers in the address into sentences.
 */
final class Tokens_Notices {

	/**
	 * Prints what the address says.
	 *
	 * @param Tokens_Query $query What is listed.
	 */
	public static function render( Tokens_Query $query ): void {
		// phpcs:disable WordPress.Security -- Only a known word and numbers count.
		if ( 'revoked' !== Client_Request::text( $_GET['notice'] ?? '' ) ) {
			return;
		}
		$left = Client_Request::number( $_GET['left'] ?? '' );
		printf(
			'<div class="notice notice-%s is-dismissible" role="status"><p><strong>%s</strong></p>',
			0 === $left ? 'success' : 'warning',
			esc_html( self::ended( Client_Request::number( $_GET['count'] ?? '' ), Client_Request::number( $_GET['tokens'] ?? '' ) ) )
		);
		// phpcs:enable
		if ( 0 !== $left ) {
			printf(
				'<p>%s <a href="%s">%s</a></p>',
				esc_html( self::left( $left ) ),
				esc_url( Tokens_Screen::url( array( 'action' => 'revoke_all' ) + $query->args() ) ),
				esc_html__( 'Go on', 'app-connect' )
			);
		}
		echo '</div>';
	}

	/**
	 * What ended, in words.
	 *
	 * @param int $sessions How many sessions.
	 * @param int $tokens   How many tokens with them.
	 */
	private static function ended( int $sessions, int $tokens ): string {
		if ( 0 === $sessions ) {
			return __( 'These sessions had ended already.', 'app-connect' );
		}
		/* translators: %s: a number of sessions. */
		$words = sprintf( _n( '%s session revoked', '%s sessions revoked', $sessions, 'app-connect' ), number_format_i18n( $sessions ) );
		if ( $tokens > Live_Counts::MOST ) {
			/* translators: 1: how many sessions were revoked, 2: a number of tokens. */
			return sprintf( __( '%1$s, with more than %2$s access tokens.', 'app-connect' ), $words, number_format_i18n( Live_Counts::MOST ) );
		}
		/* translators: 1: how many sessions were revoked, 2: a number of tokens. */
		return sprintf( _n( '%1$s, with %2$s access token.', '%1$s, with %2$s access tokens.', $tokens, 'app-connect' ), $words, number_format_i18n( $tokens ) );
	}

	/**
	 * What is left, in words.
	 *
	 * @param int $sessions How many sessions, at most one more than we count.
	 */
	private static function left( int $sessions ): string {
		return $sessions > Live_Counts::MOST
			/* translators: %s: a number of sessions. */
			? sprintf( __( 'There were too many for one go: more than %s are left.', 'app-connect' ), number_format_i18n( Live_Counts::MOST ) )
			/* translators: %s: a number of sessions. */
			: sprintf( _n( 'There were too many for one go: %s is left.', 'There were too many for one go: %s are left.', $sessions, 'app-connect' ), number_format_i18n( $sessions ) );
	}
}
