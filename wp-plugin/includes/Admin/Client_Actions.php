<?php
/**
 * What the clients screen does.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\WP\Auth\Manage;

/**
 * Answers the POST requests of the clients screen: with a redirect, or with a view when there is more to say.
 */
final class Client_Actions {

	/**
	 * Does what was sent.
	 */
	public static function handle(): View {
		if ( ! current_user_can( Manage::CAPABILITY ) ) {
			wp_die( esc_html__( 'Sorry, you are not allowed to manage clients.', 'app-connect' ), 403 );
		}
		// phpcs:ignore WordPress.Security -- It names the nonce that is checked next; text() sanitizes.
		$do = Client_Request::text( $_POST['app_connect_do'] ?? '' );
		self::check_nonce( $do );
		$ids = Clients_Screen::ids();
		switch ( $do ) {
			case 'create':
				return self::save( 0 );
			case 'update':
				return self::save( $ids[0] ?? 0 );
			case 'find_user':
				return self::form( Client_Request::typed(), $ids[0] ?? 0 );
			case 'secret':
				return self::renew_secret( $ids[0] ?? 0 );
		}
		if ( isset( Confirm_View::ACTIONS[ $do ] ) ) {
			return self::act( $do, $ids );
		}
		wp_die( esc_html__( 'This form does not belong to this screen.', 'app-connect' ), 400 );
	}

	/**
	 * Ends the request, as core does, unless its nonce is good for what it does.
	 *
	 * @param string $action What it does.
	 */
	private static function check_nonce( string $action ): void {
		if ( 'find_user' === $action ) {
			// The search changes nothing. Its button sits in the form that does, and sends that form's nonce.
			$nonce = Client_Request::text( $_POST['_wpnonce'] ?? '' ); // phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- text() does.
			if ( wp_verify_nonce( $nonce, 'app_connect_create' ) || wp_verify_nonce( $nonce, 'app_connect_update' ) ) {
				return;
			}
		}
		check_admin_referer( 'app_connect_' . $action );
	}

	/**
	 * Creates or changes a client.
	 *
	 * @param int $id Its number; 0 for a new one.
	 */
	private static function save( int $id ): View {
		$typed = Client_Request::typed();
		if ( $typed['searches'] ) {
			return self::form( $typed, $id );
		}
		$draft = Client_Request::draft( $typed );
		if ( 0 !== $id ) {
			$draft['revision'] = $typed['revision'];
		} elseif ( '' !== $typed['client_id'] ) {
			$draft['client_id'] = $typed['client_id'];
		}
		$item = Api::data( Api::send( 'POST', 0 === $id ? '/clients' : "/clients/$id", $draft ) );
		if ( is_wp_error( $item ) ) {
			return self::refused( $typed, $id, $item );
		}
		$codes = 0 === $id ? array( 'created' ) : array( 'updated', (string) ( $item['ceiling'] ?? 'same' ), ...(array) ( $item['ends'] ?? array() ) );
		if ( is_string( $item['client_secret'] ?? null ) ) {
			return new Secret_View( $item, $codes );
		}
		self::leave(
			array(
				'action' => 'edit',
				'client' => (int) $item['id'],
			),
			$codes
		);
	}

	/**
	 * The form again, with what was typed and what is wrong with it.
	 *
	 * @param array<string, mixed> $typed   What was typed.
	 * @param int                  $id      The client; 0 for a new one.
	 * @param \WP_Error            $refusal What the REST API said.
	 */
	private static function refused( array $typed, int $id, \WP_Error $refusal ): View {
		switch ( $refusal->get_error_code() ) {
			case 'app_connect_unconfirmed':
				return self::form( $typed, $id, Field_Errors::none(), (array) $refusal->get_error_data() );
			case 'app_connect_client_exists':
				return self::form( $typed, $id, Field_Errors::sentence( __( 'This form was already sent: the client exists. Find it in the list; if you did not save its secret, make a new one there.', 'app-connect' ) ) );
			case 'app_connect_conflict':
				$client = Api::client( $id );
				if ( ! is_wp_error( $client ) ) {
					$typed['revision'] = (int) $client['revision'];
				}
				return self::form( $typed, $id, Field_Errors::sentence( __( 'Somebody else changed this client while you were editing it. Your entries are still here; saving again replaces the other changes.', 'app-connect' ) ) );
		}
		return self::form( $typed, $id, Field_Errors::from( $refusal ) );
	}

	/**
	 * The form with what was typed.
	 *
	 * @param array<string, mixed> $typed    What was typed.
	 * @param int                  $id       The client; 0 for a new one.
	 * @param Field_Errors|null    $errors   What is wrong with it.
	 * @param array<string, mixed> $question What must be confirmed.
	 */
	private static function form( array $typed, int $id, ?Field_Errors $errors = null, array $question = array() ): View {
		$errors ??= Field_Errors::none();
		return 0 === $id
			? new Client_Form( $typed, null, $errors, $question )
			: Clients_Screen::of_client( $id, static fn ( array $client ): View => new Client_Form( $typed, $client, $errors, $question ) );
	}

	/**
	 * Gives a client a new secret.
	 *
	 * @param int $id Its number.
	 */
	private static function renew_secret( int $id ): View {
		// phpcs:disable WordPress.Security -- handle() checked the nonce; absint() sanitizes.
		$item = Api::data(
			Api::send(
				'POST',
				"/clients/$id/secret",
				array(
					'overlap'  => absint( $_POST['overlap'] ?? 0 ),
					'revision' => absint( $_POST['revision'] ?? 0 ),
				)
			)
		);
		// phpcs:enable
		if ( ! is_wp_error( $item ) ) {
			return new Secret_View( $item, array( 'secret' ) );
		}
		$message = 'app_connect_conflict' === $item->get_error_code()
			? __( 'This client was changed meanwhile, or this form was already sent. No new secret was made; look at the client below and decide again.', 'app-connect' )
			: $item->get_error_message();
		return Clients_Screen::of_client( $id, static fn ( array $client ): View => new Secret_Form( $client, $message ) );
	}

	/**
	 * Does one thing to some clients, and asks again about those to which it could not be done.
	 *
	 * @param string    $action A key of Confirm_View::ACTIONS.
	 * @param list<int> $ids    The clients.
	 */
	private static function act( string $action, array $ids ): View {
		$failed = array();
		foreach ( $ids as $id ) {
			$answer = match ( $action ) {
				'delete'     => Api::send( 'DELETE', "/clients/$id", array( 'force' => true ) ),
				'end_tokens' => Api::send( 'DELETE', "/clients/$id/tokens" ),
				'disable'    => Api::send( 'POST', "/clients/$id", array( 'status' => 'disabled' ) ),
				'enable'     => Api::send( 'POST', "/clients/$id", array( 'status' => 'active' ) ),
			};
			if ( is_wp_error( $answer ) ) {
				$failed[ $id ] = $answer->get_error_message();
			}
		}
		if ( array() === $failed ) {
			self::leave( array( 'count' => count( $ids ) ), array( $action ) );
		}
		return Confirm_View::ask( $action, array_keys( $failed ), array_values( array_unique( $failed ) ) );
	}

	/**
	 * Ends the request with a redirect that a reload does not repeat.
	 *
	 * @param array<string, string|int> $args  Where to: arguments of the clients screen.
	 * @param list<string>              $codes What is said there.
	 */
	private static function leave( array $args, array $codes ): never {
		Menu::redirect( Menu::clients_url( $args + array( 'notice' => implode( ',', $codes ) ) ) );
	}
}
