<?php
/**
 * What the screen of the signing keys does.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\WP\Auth\Manage;
use AppConnect\WP\Messages;
use AppConnect\WP\Signing_Keys;

/**
 * Answers the POST requests of the screen: with a redirect, or with a view when there is more to say. What happens to the
 * keys is the protocol's to decide.
 */
final class Signing_Keys_Actions {

	/**
	 * What is said of what was done.
	 */
	private const DONE = array(
		'maintain'     => 'made',
		'seal'         => 'sealed',
		'rotate'       => 'rotated',
		'revoke'       => 'revoked',
		'start_afresh' => 'afresh',
	);

	/**
	 * When an imported key begins to sign.
	 */
	public const USES = array( 'next', 'now' );

	/**
	 * Does what was sent.
	 */
	public static function handle(): View {
		if ( ! current_user_can( Manage::CAPABILITY ) ) {
			wp_die( esc_html__( 'Sorry, you are not allowed to manage signing keys.', 'app-connect' ), 403 );
		}
		// phpcs:disable WordPress.Security -- It names the nonce that is checked at once; text() sanitizes.
		$do = Client_Request::text( $_POST['app_connect_do'] ?? '' );
		check_admin_referer( Signing_Keys_Screen::nonce( $do ) );
		$kid = Client_Request::text( $_POST['kid'] ?? '' );
		// phpcs:enable
		return match ( $do ) {
			'import'                   => self::import(),
			'maintain', 'start_afresh' => self::change( $do ),
			'seal'                     => self::change( 'maintain', array(), $do ),
			'revoke'                   => self::change( $do, array( 'kid' => $kid ) ),
			'rotate'                   => self::rotate( $kid ),
			default                    => wp_die( esc_html__( 'This form does not belong to this screen.', 'app-connect' ), 400 ),
		};
	}

	/**
	 * Has the next key sign, unless that has happened since the question was asked: of two who answer it at once, or of one
	 * who answers it twice, only the first rotates.
	 *
	 * @param string $kid The key that signed when the question was asked.
	 */
	private static function rotate( string $kid ): View {
		$list = Signing_Key_List::read();
		return null !== $list && $list->signing()?->kid() !== $kid
			? new Signing_Keys_View( __( 'The keys were changed since you were asked. Nothing was done: look at them as they are now, and decide again.', 'app-connect' ) )
			: self::change( 'rotate' );
	}

	/**
	 * Changes the keys, and goes back to them.
	 *
	 * @param string               $action What the protocol does.
	 * @param array<string, mixed> $args   What it needs to know for that.
	 * @param string|null          $for    What somebody wanted: a key of DONE; null for just that.
	 */
	private static function change( string $action, array $args = array(), ?string $for = null ): View {
		$answer = Signing_Keys::run( $action, $args );
		if ( 200 === $answer['status'] ) {
			self::leave( self::DONE[ $for ?? $action ] );
		}
		return new Signing_Keys_View( self::refusal( $answer ) );
	}

	/**
	 * Imports a key. What was pasted is sent to the protocol, and goes nowhere else: into no page and no log.
	 */
	private static function import(): View {
		// phpcs:disable WordPress.Security -- handle() checked the nonce. A key is judged byte by byte as it was pasted.
		$use    = Client_Request::text( $_POST['use'] ?? '' );
		$use    = in_array( $use, self::USES, true ) ? $use : self::USES[0];
		$first  = null === Signing_Key_List::read()?->signing();
		$answer = Signing_Keys::run(
			'import',
			array(
				'pem' => is_string( $_POST['pem'] ?? null ) ? wp_unslash( $_POST['pem'] ) : '',
				'use' => $use,
			)
		);
		// phpcs:enable
		if ( 200 === $answer['status'] ) {
			self::leave( $first ? 'imported_now' : "imported_$use" );
		}
		return new Signing_Keys_Import( $use, 422 === $answer['status'] ? self::of_pem( $answer['body'] ) : Field_Errors::sentence( self::refusal( $answer ) ) );
	}

	/**
	 * What is wrong with a key that was pasted, in words.
	 *
	 * @param array<string, mixed> $body As the protocol names it.
	 */
	private static function of_pem( array $body ): Field_Errors {
		$error = array(
			'field' => 'pem',
			'code'  => (string) ( $body['error'] ?? '' ),
		);
		return Field_Errors::from(
			new \WP_Error(
				'app_connect_invalid_key',
				__( 'This key was not imported.', 'app-connect' ),
				array( 'errors' => array( $error + array( 'message' => Messages::field( $error ) ) ) )
			)
		);
	}

	/**
	 * Why nothing was changed, in words.
	 *
	 * @param array{status: int, body: array<string, mixed>} $answer What the protocol said.
	 */
	private static function refusal( array $answer ): string {
		switch ( $answer['body']['error'] ?? '' ) {
			case 'conflict':
				return __( 'Somebody else changed the keys at the same moment. Nothing was done: look at them as they are now, and decide again.', 'app-connect' );
			case 'unknown_key':
				return __( 'There is no such key. Nothing was done.', 'app-connect' );
			case 'not_lost':
				return __( 'The keys can be opened again, so there is nothing to start afresh. Nothing was done.', 'app-connect' );
		}
		$obstacle = Signing_Key_List::read()?->obstacle() ?? '';
		return '' === $obstacle
			? __( 'The database did not answer as it should, so it is not certain what was done. Look at the keys and try again.', 'app-connect' )
			/* translators: %s: why no key can be stored, as a sentence. */
			: sprintf( __( 'Nothing was done. %s', 'app-connect' ), $obstacle );
	}

	/**
	 * Ends the request with a redirect that a reload does not repeat.
	 *
	 * @param string $notice What is said there.
	 */
	private static function leave( string $notice ): never {
		Menu::redirect( Signing_Keys_Screen::url( array( 'notice' => $notice ) ) );
	}
}
