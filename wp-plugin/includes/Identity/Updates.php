<?php
/**
 * When users last changed.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Identity;

use WP_User;

/**
 * Notes when a profile was saved: WordPress does not, and apps that keep a copy ask for it (the claim `updated_at`).
 */
final class Updates {

	/**
	 * The user meta that holds the time: users belong to all sites of a network.
	 */
	public const META = '_app_connect_updated_at';

	/**
	 * After a profile was saved.
	 *
	 * Hooked to `profile_update`.
	 *
	 * @param int $user_id The user.
	 */
	public static function note( $user_id ): void {
		update_user_meta( (int) $user_id, self::META, time() );
	}

	/**
	 * When a user last changed: when it was registered, if nothing later is known.
	 *
	 * @param WP_User $user The user.
	 * @return int|null In Unix seconds; null if WordPress does not know either.
	 */
	public static function last( WP_User $user ): ?int {
		$noted      = get_user_meta( $user->ID, self::META, true );
		$registered = strtotime( "$user->user_registered UTC" );
		return is_numeric( $noted ) ? (int) $noted : ( false === $registered || $registered <= 0 ? null : $registered );
	}
}
