<?php
/**
 * Why something is not done, for scripts, the REST API and screens alike.
 *
 * @package AppConnect
 */

namespace AppConnect\WP;

use WP_Error;

/**
 * Makes the errors that administrators meet, each with its status.
 */
final class Refusal {

	/**
	 * Fields of a client that cannot be stored.
	 *
	 * @param list<array{field: string, line?: int|null, code: string, detail?: string}> $errors As the protocol names them.
	 */
	public static function client( array $errors ): WP_Error {
		return self::fields( 'app_connect_invalid_client', __( 'The client cannot be saved as described.', 'app-connect' ), $errors );
	}

	/**
	 * Settings that cannot be stored.
	 *
	 * @param list<array{field: string, line?: int|null, code: string, detail?: string}> $errors As the protocol names them.
	 */
	public static function settings( array $errors ): WP_Error {
		return self::fields( 'app_connect_invalid_settings', __( 'The settings cannot be saved as filled in.', 'app-connect' ), $errors );
	}

	/**
	 * A service user that the current user may not edit, or that does not exist.
	 */
	public static function service_user(): WP_Error {
		return self::fields(
			'app_connect_service_user',
			__( 'You cannot let a client act as this user.', 'app-connect' ),
			array(
				array(
					'field'  => 'service_user_id',
					'line'   => null,
					'code'   => 'not_editable',
					'detail' => 'no such user, or not one that you may edit',
				),
			),
			403
		);
	}

	/**
	 * Consequences that nobody has confirmed yet.
	 *
	 * @param list<string>                                  $codes What to confirm.
	 * @param array{tokens: int, sessions: int, more: bool} $live  What lives and may end.
	 */
	public static function unconfirmed( array $codes, array $live ): WP_Error {
		return new WP_Error(
			'app_connect_unconfirmed',
			__( 'Nothing was changed yet: please confirm what this change brings.', 'app-connect' ),
			array(
				'status'  => 409,
				'confirm' => $codes,
				'live'    => $live,
			)
		);
	}

	/**
	 * An edit of what somebody else changed meanwhile.
	 */
	public static function conflict(): WP_Error {
		return new WP_Error(
			'app_connect_conflict',
			__( 'Somebody else changed this client in the meantime. Please reload it and try again.', 'app-connect' ),
			array( 'status' => 409 )
		);
	}

	/**
	 * A client identifier that is taken.
	 */
	public static function client_exists(): WP_Error {
		return new WP_Error(
			'app_connect_client_exists',
			__( 'There is a client with this ID already.', 'app-connect' ),
			array( 'status' => 409 )
		);
	}

	/**
	 * A client that does not exist.
	 */
	public static function no_client(): WP_Error {
		return new WP_Error( 'app_connect_no_client', __( 'There is no such client.', 'app-connect' ), array( 'status' => 404 ) );
	}

	/**
	 * Settings that are saved, and keys that are not as they say yet.
	 *
	 * @param array<string, mixed> $answer Why, as the protocol says it.
	 */
	public static function signing_keys( array $answer ): WP_Error {
		return new WP_Error(
			'app_connect_signing_keys',
			__( 'The settings are saved, but the keys that sign tokens could not be made to fit them. App Connect → Signing Keys says what is in the way. It is tried again every day.', 'app-connect' ),
			array(
				'status' => 503,
				'detail' => (string) ( $answer['error_description'] ?? $answer['error'] ?? '' ),
			)
		);
	}

	/**
	 * Storage that failed.
	 */
	public static function unavailable(): WP_Error {
		return new WP_Error(
			'app_connect_unavailable',
			__( 'The database did not answer as it should. Please try again.', 'app-connect' ),
			array( 'status' => 503 )
		);
	}

	/**
	 * Fields and what is wrong with them, in people's words.
	 *
	 * @param string                                                                     $code    The error.
	 * @param string                                                                     $message Its sentence.
	 * @param list<array{field: string, line?: int|null, code: string, detail?: string}> $errors  As the protocol names them.
	 * @param int                                                                        $status  The status.
	 */
	private static function fields( string $code, string $message, array $errors, int $status = 400 ): WP_Error {
		$params = array();
		foreach ( $errors as $i => $error ) {
			$errors[ $i ]['message']     = Messages::field( $error );
			$params[ $error['field'] ] ??= $errors[ $i ]['message'];
		}
		return new WP_Error(
			$code,
			$message,
			array(
				'status' => $status,
				'errors' => $errors,
				'params' => $params,
			)
		);
	}
}
