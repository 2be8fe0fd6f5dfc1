<?php
/**
 * What WordPress knows of its users.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Identity;

use AppConnect\WP\Hooks;
use AppConnect\WP\Storage\Database;
use AppConnect\WP\Storage\Guard;
use AppConnect\WP\Storage\Unavailable;

/**
 * Answers the needs `claims` and `held_capabilities`.
 */
final class Users {

	/**
	 * What WordPress knows of a user, whatever of it an app may see.
	 *
	 * @param array{user: int} $args The user.
	 * @return array<string, mixed> The protocol's `UserClaims`: texts, empty where there is nothing, `updated_at`, `roles`, and the
	 *         claims of other plugins as `extra`.
	 * @throws Unavailable When there is no such user any more.
	 */
	public static function claims( array $args ): array {
		$user = self::read( $args['user'] );
		if ( null === $user ) {
			throw new Unavailable( 'the user is gone' );
		}
		// Who hides avatars from visitors hides them from apps.
		$picture = get_option( 'show_avatars' ) ? get_avatar_url( $user ) : '';
		return array_map(
			'strval',
			array(
				'login'       => $user->user_login,
				'email'       => $user->user_email,
				'name'        => $user->display_name,
				'given_name'  => $user->first_name,
				'family_name' => $user->last_name,
				'nickname'    => $user->nickname,
				'website'     => $user->user_url,
				'picture'     => $picture,
				'locale'      => get_user_locale( $user ),
				'profile'     => get_author_posts_url( $user->ID ),
				// WordPress knows no time zones of people: it shows all of them times in this one, if it has a name.
				'zoneinfo'    => get_option( 'timezone_string' ),
			)
		) + array(
			'updated_at' => Updates::last( $user ),
			'roles'      => array_values( $user->roles ),
			'extra'      => Hooks::claims( $user->ID ),
		);
	}

	/**
	 * Which of some capabilities a user holds now, by everything that WordPress and its plugins say.
	 *
	 * @param array{user: int, capabilities: list<string>} $args The user, and primitive capabilities.
	 * @return list<string> The subset held.
	 * @throws Unavailable When that is not known.
	 */
	public static function held_capabilities( array $args ): array {
		return Guard::run(
			static function () use ( $args ): array {
				$user = self::read( $args['user'] );
				if ( ! wp_roles()->roles ) {
					// No site is without; WordPress goes on without those that it could not read.
					throw new Unavailable( 'the roles could not be read' );
				}
				return null === $user ? array() : array_values(
					array_filter(
						$args['capabilities'],
						static fn ( string $capability ): bool => user_can( $user, $capability )
					)
				);
			}
		);
	}

	/**
	 * Reads a user. WordPress takes one that it could not read for one that does not exist or may do nothing, and would
	 * remember that.
	 *
	 * @param int $user_id The user.
	 * @return \WP_User|null Null if there is none.
	 * @throws Unavailable When that is not known.
	 */
	private static function read( int $user_id ): ?\WP_User {
		return Guard::run(
			static function () use ( $user_id ): ?\WP_User {
				// wpdb keeps what failed here, also what it does not show.
				$failed = count( (array) ( $GLOBALS['EZSQL_ERROR'] ?? array() ) );
				$user   = get_userdata( $user_id );
				if ( count( (array) ( $GLOBALS['EZSQL_ERROR'] ?? array() ) ) !== $failed ) {
					wp_cache_delete( $user_id, 'user_meta' );
					throw new Unavailable( 'a user could not be read' );
				}
				// After a reconnect that failed wpdb answers nothing at all, and says nothing of it.
				if ( ! $user && null !== Database::row( "SELECT ID FROM {$GLOBALS['wpdb']->users} WHERE ID = %d", array( $user_id ) ) ) {
					throw new Unavailable( 'a user could not be read' );
				}
				return $user instanceof \WP_User ? $user : null;
			}
		);
	}
}
