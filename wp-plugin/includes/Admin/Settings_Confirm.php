<?php
/**
 * The question before a setting ends tokens, or makes this another site to apps.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\Server;
use AppConnect\WP\Messages;

/**
 * Says what that means, and sends the same form again with the answer yes.
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
			esc_html( self::words( $codes )['title'] )
		);
		foreach ( $codes as $code ) {
			Settings_Form::hidden( 'confirm[]', $code );
			printf( '<p>%s</p>', esc_html( Messages::confirmation( $code ) ) );
			match ( $code ) {
				'grant_types_off' => self::render_ended( $form ),
				'issuer_changed'  => self::render_issuers( $form ),
				default           => null,
			};
		}
		printf(
			'</div><p class="submit"><button type="submit" class="button button-primary app-connect-danger">%s</button> <a class="button" href="%s">%s</a></p></form>',
			esc_html( self::words( $codes )['yes'] ),
			esc_url( $url ),
			esc_html__( 'Cancel, change nothing', 'app-connect' )
		);
	}

	/**
	 * What is asked, and the answer yes, in words.
	 *
	 * @param list<string> $codes What has to be confirmed.
	 * @return array{title: string, yes: string}
	 */
	private static function words( array $codes ): array {
		return match ( $codes ) {
			array( 'grant_types_off' ) => array(
				'title' => __( 'This ends live tokens', 'app-connect' ),
				'yes'   => __( 'Switch off and end these tokens', 'app-connect' ),
			),
			array( 'issuer_changed' )  => array(
				'title' => __( 'To apps, this will be another site', 'app-connect' ),
				'yes'   => __( 'Change the issuer', 'app-connect' ),
			),
			default                    => array(
				'title' => __( 'This cannot be undone', 'app-connect' ),
				'yes'   => __( 'Save all the same', 'app-connect' ),
			),
		};
	}

	/**
	 * Prints what ends with the grant types.
	 *
	 * @param Settings_Form $form What was sent.
	 */
	private static function render_ended( Settings_Form $form ): void {
		echo '<ul class="ul-disc">';
		foreach ( self::switched_off( $form ) as $name => $live ) {
			printf( '<li><strong>%s</strong>: %s</li>', esc_html( Messages::label( 'grant', $name ) ), esc_html( Live_Text::of( $live ) ) );
		}
		printf(
			'</ul><p>%s</p>',
			esc_html__( 'Apps that use these tokens are refused from their next request on, and get no new ones in this way until you switch the grant type on again.', 'app-connect' )
		);
	}

	/**
	 * Prints the issuer as it is and as it would be.
	 *
	 * @param Settings_Form $form What was sent.
	 */
	private static function render_issuers( Settings_Form $form ): void {
		$wanted  = Settings_Openid::read( $form->typed() )['issuer_place'] ?? '';
		$choices = array_column( (array) $form->setting( 'issuers' ), 'issuer', 'place' );
		printf(
			'<ul class="ul-disc"><li>%s <code dir="ltr">%s</code></li><li>%s <code dir="ltr">%s</code></li></ul><p>%s</p>',
			esc_html__( 'Issuer now:', 'app-connect' ),
			esc_html( Settings_Openid::current( $form )['issuer'] ?? '' ),
			esc_html__( 'Issuer then:', 'app-connect' ),
			esc_html( (string) ( $choices[ $wanted ] ?? '' ) ),
			esc_html__( 'Tokens that apps have by now go on working on this site. Other systems that check signed tokens (JWT) by themselves accept either those of before or those of after, as they are set up. You can change the issuer back: what was set up for it works again then.', 'app-connect' )
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
		foreach ( array( 'issuer_place', 'role_claims', 'logout_ends_sign_ins' ) as $name ) {
			if ( isset( $typed[ $name ] ) ) {
				Settings_Form::hidden( $name, Settings_Input::text( $typed, $name ) );
			}
		}
		foreach ( array_keys( (array) ( $typed['grant_types'] ?? array() ) ) as $name ) {
			Settings_Form::hidden( "grant_types[$name]", '1' );
		}
	}
}
