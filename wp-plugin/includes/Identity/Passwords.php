<?php
/**
 * People who show their password to an app.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Identity;

use AppConnect\WP\Storage\Database;
use AppConnect\WP\Storage\Guard;
use AppConnect\WP\Storage\Unavailable;
use WP_User;

/**
 * Answers the need `authenticate` with all that WordPress and its plugins have against a login.
 */
final class Passwords {

	/**
	 * Whether a hash was computed that takes as long as those that WordPress makes today.
	 *
	 * @var bool
	 */
	private static bool $hashed = false;

	/**
	 * Lets somebody in, or does not. Both take the same time.
	 *
	 * @param array{username: string, password: string} $args User name or e-mail address, and password.
	 * @return array{user: int, epoch: int}|null Who; null if somebody has something against it.
	 * @throws Unavailable When that is not known.
	 */
	public static function authenticate( #[\SensitiveParameter] array $args ): ?array {
		return Guard::run(
			static function () use ( $args ): ?array {
				// Core compares passwords as its login form sends them: with slashes.
				$password = wp_slash( $args['password'] );
				$user     = self::ask_everybody( $args['username'], $password );
				return null === $user ? null : self::current( $user, $password );
			}
		);
	}

	/**
	 * Goes the way of a login: lockouts count it, second factors may refuse it, and nobody gets a cookie.
	 *
	 * @param string $username User name or e-mail address.
	 * @param string $password The password, with slashes.
	 * @throws Unavailable When that is not known.
	 */
	private static function ask_everybody( string $username, #[\SensitiveParameter] string $password ): ?WP_User {
		// To those who judge logins by machines in their own way, this is one, also where no REST server runs.
		defined( 'REST_REQUEST' ) || define( 'REST_REQUEST', true );
		add_filter( 'send_auth_cookies', '__return_false', PHP_INT_MAX );
		add_filter( 'check_password', array( self::class, 'note_hash' ), PHP_INT_MAX, 3 );
		self::$hashed = false;

		$failures = self::database_failures();
		// Whatever a plugin prints is not for the client, also when it flushes it or ends the request.
		ob_start( static fn (): string => '' );
		try {
			/** This action is documented in wp-includes/user.php */
			do_action_ref_array( 'wp_authenticate', array( &$username, &$password ) );
			$user = wp_authenticate( $username, $password );
			if ( $user instanceof WP_User && 0 < $user->ID ) {
				/** This action is documented in wp-includes/user.php */
				do_action( 'wp_login', $user->user_login, $user );
			}
		} catch ( Unavailable $died ) {
			// A plugin may refuse by wp_die(), which is how a lost database ends, too.
			$user = null;
			Database::row( 'SELECT 1 AS one' );
		} finally {
			ob_end_clean();
			remove_filter( 'check_password', array( self::class, 'note_hash' ), PHP_INT_MAX );
			remove_filter( 'send_auth_cookies', '__return_false', PHP_INT_MAX );
		}
		// WordPress takes a user that it could not read for one that does not exist or may do nothing, and would remember that.
		if ( self::database_failures() !== $failures ) {
			wp_cache_delete( $user->ID ?? 0, 'user_meta' );
			throw new Unavailable( 'a user could not be read' );
		}
		if ( $user instanceof WP_User && 0 < $user->ID ) {
			return $user;
		}
		Database::row( 'SELECT 1 AS one' );
		if ( ! self::$hashed ) {
			wp_hash_password( $password );
		}
		return null;
	}

	/**
	 * Filters whether a password is right, to learn that it was looked at.
	 *
	 * @param bool   $check    Whether it is.
	 * @param string $password The password.
	 * @param string $hash     The hash that it was compared with.
	 * @return bool The same.
	 */
	public static function note_hash( $check, #[\SensitiveParameter] $password, $hash ) {
		self::$hashed = self::$hashed || ! wp_password_needs_rehash( (string) $hash );
		return $check;
	}

	/**
	 * The user as it is in the database at one moment, if the password is good at that moment: a change of password ends what
	 * began before it.
	 *
	 * @param WP_User $user     The user whom everybody let in.
	 * @param string  $password The password, with slashes.
	 * @return array{user: int, epoch: int}|null
	 * @throws Unavailable When that is not known.
	 */
	private static function current( WP_User $user, #[\SensitiveParameter] string $password ): ?array {
		global $wpdb;
		$row = Database::row(
			"SELECT u.user_pass, COALESCE(s.epoch, 0) AS epoch FROM $wpdb->users u
				LEFT JOIN " . Database::table( 'subjects' ) . ' s ON s.user_id = u.ID WHERE u.ID = %d',
			array( $user->ID )
		);
		if ( null === $row ) {
			return null;
		}
		// Core makes a hash anew at a login when it is out of date.
		$same = hash_equals( (string) $user->user_pass, (string) $row['user_pass'] ) || wp_check_password( trim( $password ), (string) $row['user_pass'], $user->ID );
		return $same ? array(
			'user'  => $user->ID,
			'epoch' => (int) $row['epoch'],
		) : null;
	}

	/**
	 * How many statements of WordPress have failed, those that it does not show included.
	 */
	private static function database_failures(): int {
		return count( (array) ( $GLOBALS['EZSQL_ERROR'] ?? array() ) );
	}
}
