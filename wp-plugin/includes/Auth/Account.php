<?php
/**
 * The user's account: what a token must not touch, guarded where it happens.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Auth;

/**
 * Guards the sinks: whatever route, plugin or inner call leads there, a token does not become a lasting credential and
 * does not take the account over.
 *
 * Without a principal every callback returns its input.
 */
final class Account {

	/**
	 * Switches Application Passwords off: one that a token made would outlive the token.
	 *
	 * Hooked to `wp_is_application_passwords_available` at PHP_INT_MAX.
	 *
	 * @param bool|mixed $available Whether they are available.
	 * @return bool|mixed
	 */
	public static function application_passwords( $available ) {
		return self::may_change_own() ? $available : false;
	}

	/**
	 * Sends no login cookie in the answer to a token, also when a plugin's login route asks for it.
	 *
	 * Hooked to `send_auth_cookies` at PHP_INT_MAX.
	 *
	 * @param bool|mixed $send Whether cookies are sent.
	 * @return bool|mixed
	 */
	public static function cookies( $send ) {
		return null === Bearer::principal() ? $send : false;
	}

	/**
	 * Empties an update that would change a user's password, e-mail, login or role; WordPress then stores nothing.
	 *
	 * Hooked to `wp_pre_insert_user_data` at PHP_INT_MAX.
	 *
	 * @param array|mixed $data     Columns of the users table.
	 * @param bool        $update   Whether a user is updated, not created.
	 * @param int|null    $user_id  The user that is updated.
	 * @param array|mixed $userdata What `wp_insert_user()` was given.
	 * @return array|mixed The same, or nothing.
	 */
	public static function user_data( $data, $update, $user_id, $userdata = array() ) {
		$principal = Bearer::principal();
		if ( null === $principal || ! $update || ! is_array( $data ) || $principal->may_change_account( (int) $user_id ) ) {
			return $data;
		}
		$user = get_userdata( (int) $user_id );
		if ( false === $user ) {
			return array();
		}
		foreach ( array( 'user_pass', 'user_email', 'user_login' ) as $column ) {
			if ( isset( $data[ $column ] ) && $data[ $column ] !== $user->data->$column ) {
				return array();
			}
		}
		// False is the users controller's way to say that it adds the roles itself; the gate has judged those.
		$role = is_array( $userdata ) ? $userdata['role'] ?? false : false;
		return false === $role || array( $role ) === array_values( $user->roles ) ? $data : array();
	}

	/**
	 * Keeps the network's list of super admins as it is.
	 *
	 * Hooked to `pre_update_site_option_site_admins` at PHP_INT_MAX.
	 *
	 * @param mixed $new The list to store.
	 * @param mixed $old The list stored.
	 * @return mixed
	 */
	public static function super_admins( $new, $old ) {
		return self::may_change_own() ? $new : $old;
	}

	/**
	 * Whether a request to the users controller would change what belongs to the account of its user.
	 *
	 * Repeating present values changes nothing: clients send back whole objects.
	 *
	 * @param \WP_REST_Request $request A request to edit a user.
	 * @param int              $user_id The user.
	 * @return bool
	 */
	public static function would_change( \WP_REST_Request $request, int $user_id ): bool {
		$user = get_userdata( $user_id );
		if ( false === $user ) {
			return false;
		}
		$roles = $request['roles'];
		return ! empty( $request['password'] )
			|| ( ! empty( $request['email'] ) && $request['email'] !== $user->user_email )
			|| ( ! empty( $request['username'] ) && $request['username'] !== $user->user_login )
			|| ( ! empty( $roles ) && ( ! is_array( $roles ) || array_diff( $roles, $user->roles ) || array_diff( $user->roles, $roles ) ) );
	}

	/**
	 * Whether the request is nobody's token, or one that may change its own user's account.
	 *
	 * @return bool
	 */
	private static function may_change_own(): bool {
		$principal = Bearer::principal();
		return null === $principal || $principal->may_change_account( $principal->user_id() );
	}
}
