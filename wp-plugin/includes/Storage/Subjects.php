<?php
/**
 * Subjects: users as apps know them.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Storage;

use AppConnect\WP\Flow_Runner;

/**
 * Stores subjects, and ends a user's tokens: one UPDATE, whatever their number.
 *
 * Each site of a network has its own subjects, while users and passwords are the network's.
 */
final class Subjects {

	/**
	 * Gives a user a subject if it has none. Inside a transaction.
	 *
	 * @param int    $user The user.
	 * @param string $sub  The identifier to give it: it stays the user's for ever.
	 * @throws Unavailable When that is not known.
	 */
	public static function ensure( int $user, string $sub ): void {
		Database::write(
			'INSERT IGNORE INTO ' . Database::table( 'subjects' ) . ' (user_id, sub, epoch) VALUES (%d, %s, 0)',
			array( $user, $sub )
		);
	}

	/**
	 * The row of a user's subject, null if no app has ever known the user.
	 *
	 * @param int $user The user.
	 * @throws Unavailable When that is not known.
	 */
	public static function row_of( int $user ): ?int {
		$row = Database::row( 'SELECT id FROM ' . Database::table( 'subjects' ) . ' WHERE user_id = %d', array( $user ) );
		return null === $row ? null : (int) $row['id'];
	}

	/**
	 * Ends every token of a user on one site.
	 *
	 * @param int      $user The user.
	 * @param int|null $blog A site of the network; null for the current one.
	 * @throws Unavailable When that is not known.
	 */
	public static function end_tokens( int $user, ?int $blog = null ): void {
		Database::write(
			'UPDATE ' . Database::table( 'subjects', $blog ) . ' SET epoch = epoch + 1 WHERE user_id = %d',
			array( $user )
		);
	}

	/**
	 * Ends every token of a user that goes, and parts it from its identifier, which nobody else gets. What it approved is
	 * forgotten once that is done.
	 *
	 * @param int      $user The user.
	 * @param int|null $blog A site of the network; null for the current one.
	 * @throws Unavailable When that is not known.
	 */
	public static function forget( int $user, ?int $blog = null ): void {
		$subjects = Database::table( 'subjects', $blog );
		$subject  = Database::row( "SELECT id FROM $subjects WHERE user_id = %d", array( $user ) )['id'] ?? null;
		Database::write( "UPDATE $subjects SET epoch = epoch + 1, user_id = NULL WHERE user_id = %d", array( $user ) );
		if ( null !== $subject ) {
			Consents::forget_subject( (int) $subject, $blog );
		}
	}

	/**
	 * After a user was deleted from a site that is no network.
	 *
	 * @param int $user_id The user.
	 */
	public static function on_deleted_user( $user_id ): void {
		self::everywhere( array( self::class, 'forget' ), (int) $user_id );
	}

	/**
	 * Before a user is deleted from the network: afterwards nobody knows which sites it had.
	 *
	 * @param int $user_id The user.
	 */
	public static function on_network_user_deletion( $user_id ): void {
		self::everywhere( array( self::class, 'forget' ), (int) $user_id );
	}

	/**
	 * When a user leaves a site of the network. It may come back, so it keeps its identifier.
	 *
	 * @param int $user_id The user.
	 * @param int $blog_id The site.
	 */
	public static function on_leaving_site( $user_id, $blog_id ): void {
		self::on_blog( array( self::class, 'end_tokens' ), (int) $user_id, (int) $blog_id );
	}

	/**
	 * After a profile was saved: whoever knew the old password may hold tokens.
	 *
	 * @param int      $user_id  The user.
	 * @param \WP_User $old_user The user as it was.
	 */
	public static function on_profile_update( $user_id, $old_user ): void {
		$user = get_userdata( (int) $user_id );
		if ( $user && $user->user_pass !== $old_user->user_pass ) {
			self::everywhere( array( self::class, 'end_tokens' ), (int) $user_id );
		}
	}

	/**
	 * After a password was reset.
	 *
	 * @param \WP_User $user The user.
	 */
	public static function on_password_reset( $user ): void {
		self::everywhere( array( self::class, 'end_tokens' ), (int) $user->ID );
	}

	/**
	 * After a password was set. WordPress sets the same one again at a login whose hash is out of date: that is no change.
	 *
	 * @param string        $password The new password.
	 * @param int           $user_id  The user.
	 * @param \WP_User|null $old_user The user as it was.
	 */
	public static function on_password_set( #[\SensitiveParameter] $password, $user_id, $old_user = null ): void {
		$same = $old_user instanceof \WP_User && wp_check_password( $password, $old_user->user_pass );
		if ( ! $same ) {
			self::everywhere( array( self::class, 'end_tokens' ), (int) $user_id );
		}
	}

	/**
	 * Before WordPress answers the button "Log Out Everywhere" of a profile: apps are elsewhere too. Core tells nobody of it,
	 * so it is asked what core asks.
	 */
	public static function on_log_out_everywhere(): void {
		$user_id = isset( $_POST['user_id'] ) && is_scalar( $_POST['user_id'] ) ? (int) $_POST['user_id'] : 0;
		$nonce   = isset( $_POST['nonce'] ) && is_string( $_POST['nonce'] ) ? sanitize_key( $_POST['nonce'] ) : '';
		if ( $user_id > 0 && current_user_can( 'edit_user', $user_id ) && wp_verify_nonce( $nonce, "update-user_$user_id" ) ) {
			self::everywhere( array( self::class, 'end_tokens' ), $user_id );
		}
	}

	/**
	 * Does something with a user on every site where it may have a subject.
	 *
	 * @param callable(int, int|null): void $act  What to do.
	 * @param int                           $user The user.
	 */
	private static function everywhere( callable $act, int $user ): void {
		foreach ( self::blogs_of( $user ) as $blog ) {
			self::on_blog( $act, $user, $blog );
		}
	}

	/**
	 * Does something with a user on one site. A failure cannot stop what WordPress has done already: it is logged.
	 *
	 * @param callable(int, int|null): void $act  What to do.
	 * @param int                           $user The user.
	 * @param int|null                      $blog The site.
	 */
	private static function on_blog( callable $act, int $user, ?int $blog ): void {
		try {
			$act( $user, $blog );
		} catch ( Unavailable $failure ) {
			// 1146: the plugin was never active on that site, so it has no tables.
			if ( 1146 !== $failure->getCode() ) {
				Flow_Runner::log( $failure );
			}
		}
	}

	/**
	 * The sites where a user may have a subject. A super admin acts on sites that it is no member of.
	 *
	 * @param int $user The user.
	 * @return list<int|null>
	 */
	private static function blogs_of( int $user ): array {
		if ( ! is_multisite() ) {
			return array( null );
		}
		if ( is_super_admin( $user ) ) {
			return array_map( 'intval', get_sites( array( 'fields' => 'ids', 'number' => 0 ) ) );
		}
		$blogs = array_map( 'intval', array_keys( get_blogs_of_user( $user, true ) ) );
		return array_values( array_unique( array( ...$blogs, get_current_blog_id() ) ) );
	}
}
