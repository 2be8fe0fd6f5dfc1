<?php
/**
 * The question before a setting ends tokens.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\Server;
use AppConnect\WP\Messages;

/**
 * Says what would end, and sends the same form again with the answer yes.
 */
final class Settings_Confirm {

	/**
	 * Prints the question in place of the form.
	 *
	 * @param string        $url   The tab's address.
	 * @param string        $tab   The tab.
	 * @param Settings_Form $form  What was sent.
	 * @param list<string>  $codes What has to be confirmed.
	 */
	public static function render( string $url, string $tab, Settings_Form $form, array $codes ): void {
		printf( '<form method="post" action="%s" class="app-connect-confirm">', esc_url( $url ) );
		$form->render_hidden( $tab );
		self::repeat( $form->typed() );
		printf(
			'<div class="notice notice-warning inline" role="alert" tabindex="-1" autofocus><h2>%s</h2>',
			esc_html__( 'This ends live tokens', 'app-connect' )
		);
		foreach ( $codes as $code ) {
			Settings_Form::hidden( 'confirm[]', $code );
			printf( '<p>%s</p>', esc_html( Messages::confirmation( $code ) ) );
		}
		echo '<ul class="ul-disc">';
		foreach ( self::switched_off( $form ) as $name => $live ) {
			printf( '<li><strong>%s</strong>: %s</li>', esc_html( Messages::label( 'grant', $name ) ), esc_html( Live_Text::of( $live ) ) );
		}
		printf(
			'</ul><p>%s</p></div>',
			esc_html__( 'Apps that use these tokens are refused from their next request on, and get no new ones in this way until you switch the grant type on again.', 'app-connect' )
		);
		printf(
			'<p class="submit"><button type="submit" class="button button-primary app-connect-danger">%s</button> <a class="button" href="%s">%s</a></p></form>',
			esc_html__( 'Switch off and end these tokens', 'app-connect' ),
			esc_url( $url ),
			esc_html__( 'Cancel, change nothing', 'app-connect' )
		);
	}

	/**
	 * The grant types that would be switched off and have something that lives.
	 *
	 * @param Settings_Form $form What was sent.
	 * @return array<string, array<string, mixed>> Live counts by name.
	 */
	private static function switched_off( Settings_Form $form ): array {
		$wanted = Settings_Grants::read( $form->typed() )['grant_types'];
		$now    = (array) $form->setting( 'grant_types' );
		$live   = (array) $form->setting( 'live' );
		$ending = array();
		foreach ( Server::grant_types() as $type ) {
			$name   = (string) $type['name'];
			$counts = (array) ( $live[ $name ] ?? array() );
			if ( ! empty( $now[ $name ] ) && ! $wanted[ $name ] && 0 < (int) ( $counts['tokens'] ?? 0 ) + (int) ( $counts['sessions'] ?? 0 ) ) {
				$ending[ $name ] = $counts;
			}
		}
		return $ending;
	}

	/**
	 * Prints the fields that were sent, to be sent again.
	 *
	 * @param array<string, mixed> $typed What was sent.
	 */
	private static function repeat( array $typed ): void {
		foreach ( array_keys( (array) ( $typed['grant_types'] ?? array() ) ) as $name ) {
			Settings_Form::hidden( "grant_types[$name]", '1' );
		}
	}
}
