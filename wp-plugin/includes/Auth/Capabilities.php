<?php
/**
 * What the user of a token may do: never more than the user, never more than the token.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Auth;

use AppConnect\Principal;
use WP_User;

/**
 * Narrows WordPress' answers about capabilities to what the request's token carries.
 *
 * Three locks, because each has a way round it. `map_meta_cap` decides for everyone, super admins included, and for
 * requirements that are empty ("my own profile"). `user_has_cap` holds when another plugin's `map_meta_cap` runs after
 * ours. The narrowed `allcaps` and `roles` of the user object hold for code that reads them without asking.
 *
 * Only the user that the token acts for and whoever is the current user are narrowed; questions about other users
 * ("may the author of this post …?") are answered as ever.
 */
final class Capabilities {

	/**
	 * What remains, by capability: a request asks thousands of times about the same hundred names.
	 *
	 * @var array<string, bool>
	 */
	private static array $retained = array();

	/**
	 * Which requirements the token covers, by their number and their capabilities, a line each.
	 *
	 * @var array<string, bool>
	 */
	private static array $covered = array();

	/**
	 * Whether map_meta_cap() is to answer as if there were no token.
	 *
	 * @var bool
	 */
	private static bool $suspended = false;

	/**
	 * The first lock: refuses a requirement that the token does not cover.
	 *
	 * Hooked to `map_meta_cap` at PHP_INT_MAX.
	 *
	 * @param string[]|mixed $caps    Primitive capabilities that the user must have.
	 * @param string         $cap     The capability asked for.
	 * @param int|string     $user_id The user asked about.
	 * @return string[]|mixed The same, or only `do_not_allow`.
	 */
	public static function require_grant( $caps, $cap, $user_id ) {
		$principal = Bearer::principal();
		if ( null === $principal || self::$suspended || ! self::concerns( $principal, (int) $user_id ) ) {
			return $caps;
		}
		$required = array_map( 'strval', array_values( (array) $caps ) );
		$key      = count( $required ) . implode( "\n", $required );
		$covered  = self::$covered[ $key ] ??= self::covers( $principal, $required );
		return $covered ? $caps : array( 'do_not_allow' );
	}

	/**
	 * The second lock: takes what the token does not carry from what the user has. WP_User::has_cap() looks at the required
	 * capabilities and no others.
	 *
	 * Hooked to `user_has_cap` at PHP_INT_MAX.
	 *
	 * @param bool[]|mixed $allcaps What the user has, by capability.
	 * @param string[]     $caps    Primitive capabilities that the user must have.
	 * @param array        $args    Unused.
	 * @param WP_User      $user    The user asked about.
	 * @return bool[]|mixed What remains.
	 */
	public static function retain_granted( $allcaps, $caps, $args, $user ) {
		$principal = Bearer::principal();
		if ( null === $principal || ! $user instanceof WP_User || ! self::concerns( $principal, $user->ID ) ) {
			return $allcaps;
		}
		foreach ( (array) $caps as $cap ) {
			if ( ! empty( $allcaps[ $cap ] ) && ! self::retains( $principal, (string) $cap ) ) {
				unset( $allcaps[ $cap ] );
			}
		}
		return $allcaps;
	}

	/**
	 * The third lock: narrows the current user's object, whoever that is now.
	 *
	 * `caps` stays as it is: `WP_User::add_cap()` would store what it finds there.
	 * Hooked to `set_current_user` before everything else (kses decides there) and to `switch_blog` after everything
	 * else (core loads the other site's capabilities into the object).
	 */
	public static function narrow_current_user(): void {
		// Another site of a network may have other roles.
		self::$retained = array();
		self::$covered  = array();
		$principal = Bearer::principal();
		$user      = $GLOBALS['current_user'] ?? null;
		if ( null === $principal || ! $user instanceof WP_User || ! $principal->narrows() ) {
			return;
		}
		$user->allcaps = self::retained( $principal, (array) $user->allcaps );
		$user->roles   = array_values(
			array_filter(
				(array) $user->roles,
				static fn( $role ): bool => self::retains( $principal, (string) $role )
			)
		);
	}

	/**
	 * Whether a question about this user is a question about the request.
	 *
	 * The global is read as it is: asking `wp_get_current_user()` here would resolve the user inside its own resolution.
	 *
	 * @param Principal $principal Who the request is.
	 * @param int       $user_id   The user asked about; 0 for a visitor.
	 * @return bool
	 */
	private static function concerns( Principal $principal, int $user_id ): bool {
		$current = $GLOBALS['current_user'] ?? null;
		return $principal->user_id() === $user_id || ( $current instanceof WP_User && $current->ID === $user_id );
	}

	/**
	 * Whether the token covers a requirement.
	 *
	 * @param Principal    $principal Who the request is.
	 * @param list<string> $required  Primitive capabilities that the user must have.
	 * @return bool
	 */
	private static function covers( Principal $principal, array $required ): bool {
		if ( ! $principal->permits( $required ) ) {
			return false;
		}
		foreach ( $required as $cap ) {
			if ( ! self::retains( $principal, $cap ) ) {
				return false;
			}
		}
		return true;
	}

	/**
	 * The part of a user's capabilities that the token carries.
	 *
	 * @param Principal          $principal Who the request is.
	 * @param array<string,mixed> $allcaps   Capabilities and whether the user has them.
	 * @return array<string,mixed>
	 */
	private static function retained( Principal $principal, array $allcaps ): array {
		if ( ! $principal->narrows() ) {
			return $allcaps;
		}
		$asked    = array_map( 'strval', array_keys( array_diff_key( array_filter( $allcaps ), self::$retained ) ) );
		$retained = $asked ? array_flip( $principal->retained( $asked ) ) : array();
		foreach ( $asked as $cap ) {
			self::$retained[ $cap ] = isset( $retained[ $cap ] ) && self::retains_role( $principal, $cap );
		}
		foreach ( $allcaps as $cap => $granted ) {
			if ( $granted && ! self::$retained[ $cap ] ) {
				unset( $allcaps[ $cap ] );
			}
		}
		return $allcaps;
	}

	/**
	 * Whether the token carries a capability.
	 *
	 * Plugins ask `current_user_can( 'administrator' )`, so the name of a role stands for all that the role can do: a token
	 * that lacks one of its capabilities is not that role, although the name alone sounds harmless. Capabilities that this
	 * site gives to nobody (`unfiltered_upload`, say) do not count.
	 *
	 * @param Principal $principal Who the request is.
	 * @param string    $cap       A primitive capability, or the name of a role.
	 * @return bool
	 */
	private static function retains( Principal $principal, string $cap ): bool {
		return self::$retained[ $cap ] ??= $principal->retains( $cap ) && self::retains_role( $principal, $cap );
	}

	/**
	 * Whether the token carries what a role can do, if this is the name of one.
	 *
	 * @param Principal $principal Who the request is.
	 * @param string    $name      A primitive capability, or the name of a role.
	 * @return bool
	 */
	private static function retains_role( Principal $principal, string $name ): bool {
		$role = wp_roles()->role_objects[ $name ] ?? null;
		foreach ( null === $role ? array() : array_keys( array_filter( $role->capabilities ) ) as $cap ) {
			if ( ! $principal->retains( (string) $cap ) && self::is_possible( $principal, (string) $cap ) ) {
				return false;
			}
		}
		return true;
	}

	/**
	 * Whether this site lets the principal's user have a capability at all, token or not.
	 *
	 * @param Principal $principal Who the request is.
	 * @param string    $cap       A primitive capability.
	 * @return bool
	 */
	private static function is_possible( Principal $principal, string $cap ): bool {
		self::$suspended = true;
		try {
			return ! in_array( 'do_not_allow', map_meta_cap( $cap, $principal->user_id() ), true );
		} finally {
			self::$suspended = false;
		}
	}
}
