<?php
/**
 * Subjects: users as apps know them.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Storage;

use AppConnect\WP\Audit;
use AppConnect\WP\Flow_Runner;
use AppConnect\WP\Logouts;

/**
 * Answers the need `find_subject`, stores subjects, and ends a user's tokens: one UPDATE, whatever their number.
 *
 * Each site of a network has its own subjects, while users and passwords are the network's.
 */
final class Subjects {

	/**
	 * Why a user's tokens ended: a new password, set by whom the old one or an administrator's right let in.
	 */
	private const PASSWORD_CHANGED = 'password_changed';

	/**
	 * The same, by a link that came by e-mail.
	 */
	private const PASSWORD_RESET = 'password_reset';

	/**
	 * The user whose password is being reset; 0 for nobody.
	 *
	 * @var int
	 */
	private static int $resetting = 0;

	/**
	 * The hash of the password before the last change that was told of, by user.
	 *
	 * @var array<int, string>
	 */
	private static array $told = array();

	/**
	 * By which identifier apps know a user. One that no app has known yet is given one.
	 *
	 * @param array{user: int, sub: string} $args The user, and the identifier to give it if it has none.
	 * @return string The identifier that it has.
	 * @throws Unavailable When that is not known.
	 */
	public static function find( array $args ): string {
		$sub = self::sub_of( $args['user'] );
		if ( null === $sub ) {
			self::ensure( $args['user'], $args['sub'] );
			// Not the one that was proposed: somebody else may have been quicker.
			$sub = self::sub_of( $args['user'] );
		}
		return $sub ?? throw new Unavailable( 'a row that must exist does not' );
	}

	/**
	 * Gives a user a subject if it has none.
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
	 * @return bool Whether it has a subject there, and so could have tokens.
	 * @throws Unavailable When that is not known.
	 */
	public static function end_tokens( int $user, ?int $blog = null ): bool {
		$ended = Database::write(
			'UPDATE ' . Database::table( 'subjects', $blog ) . ' SET epoch = epoch + 1 WHERE user_id = %d',
			array( $user )
		);
		if ( $ended > 0 ) {
			self::end_sign_ins( $user, $blog );
		}
		return $ended > 0;
	}

	/**
	 * Ends every token of a user that goes, and parts it from its identifier, which nobody else gets. What it approved is
	 * forgotten once that is done.
	 *
	 * @param int      $user The user.
	 * @param int|null $blog A site of the network; null for the current one.
	 * @return bool Whether it had a subject there, and so could have tokens.
	 * @throws Unavailable When that is not known.
	 */
	public static function forget( int $user, ?int $blog = null ): bool {
		$subjects = Database::table( 'subjects', $blog );
		$subject  = Database::row( "SELECT id FROM $subjects WHERE user_id = %d", array( $user ) )['id'] ?? null;
		self::end_sign_ins( $user, $blog );
		$ended    = Database::write( "UPDATE $subjects SET epoch = epoch + 1, user_id = NULL WHERE user_id = %d", array( $user ) );
		try {
			if ( null !== $subject ) {
				Consents::forget_subject( (int) $subject, $blog );
			}
		} catch ( Unavailable $failure ) {
			// What the subject approved is nobody's by now.
			Flow_Runner::log( $failure );
		}
		return 0 < $ended;
	}

	/**
	 * After a user was deleted from a site that is no network. On a network WordPress says the same of one that has only left
	 * a site, of which we know already.
	 *
	 * @param int $user_id The user.
	 */
	public static function on_deleted_user( $user_id ): void {
		if ( ! is_multisite() || ! get_userdata( (int) $user_id ) ) {
			self::everywhere( array( self::class, 'forget' ), (int) $user_id, 'user_deleted' );
		}
	}

	/**
	 * Before a user is deleted from the network: afterwards nobody knows which sites it had.
	 *
	 * @param int $user_id The user.
	 */
	public static function on_network_user_deletion( $user_id ): void {
		self::everywhere( array( self::class, 'forget' ), (int) $user_id, 'user_deleted' );
	}

	/**
	 * When a user leaves a site of the network. It may come back, so it keeps its identifier.
	 *
	 * @param int $user_id The user.
	 * @param int $blog_id The site.
	 */
	public static function on_leaving_site( $user_id, $blog_id ): void {
		self::on_blog( array( self::class, 'end_tokens' ), (int) $user_id, (int) $blog_id, 'left_site' );
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
			self::on_new_password( (int) $user_id, $old_user->user_pass, self::PASSWORD_CHANGED );
		}
	}

	/**
	 * Before a password is reset: setting it is part of that.
	 *
	 * @param \WP_User $user The user.
	 */
	public static function on_password_reset_begun( $user ): void {
		self::$resetting = (int) $user->ID;
	}

	/**
	 * After a password was reset.
	 *
	 * @param \WP_User $user The user as it was.
	 */
	public static function on_password_reset( $user ): void {
		self::$resetting = 0;
		self::on_new_password( (int) $user->ID, $user->user_pass, self::PASSWORD_RESET );
	}

	/**
	 * When a password is set: just before, or after. WordPress sets the same one again at a login whose hash is out of date:
	 * that is no change.
	 *
	 * @param string        $password The new password.
	 * @param int           $user_id  The user.
	 * @param \WP_User|null $old_user The user as it was.
	 */
	public static function on_password_set( #[\SensitiveParameter] $password, $user_id, $old_user = null ): void {
		$same = $old_user instanceof \WP_User && wp_check_password( $password, $old_user->user_pass );
		if ( ! $same ) {
			$why = self::$resetting === (int) $user_id ? self::PASSWORD_RESET : self::PASSWORD_CHANGED;
			self::on_new_password( (int) $user_id, $old_user instanceof \WP_User ? $old_user->user_pass : '', $why );
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
			self::everywhere( array( self::class, 'end_tokens' ), $user_id, 'logged_out_everywhere' );
		}
	}

	/**
	 * Ends what a user was signed in to on one site. That apps are told is less than that tokens end: a failure stops nothing.
	 *
	 * @param int      $user The user.
	 * @param int|null $blog A site of the network; null for the current one.
	 */
	private static function end_sign_ins( int $user, ?int $blog ): void {
		try {
			if ( Sign_Ins::end_user( $user, time(), $blog ) > 0 && ( null === $blog || get_current_blog_id() === $blog ) ) {
				// Another site of the network finds it due when its own cron runs.
				Logouts::announce();
			}
		} catch ( Unavailable $failure ) {
			Flow_Runner::log( $failure );
		}
	}

	/**
	 * The identifier of a user's subject, null if no app has ever known the user.
	 *
	 * @param int $user The user.
	 * @throws Unavailable When that is not known.
	 */
	private static function sub_of( int $user ): ?string {
		return Database::row( 'SELECT sub FROM ' . Database::table( 'subjects' ) . ' WHERE user_id = %d', array( $user ) )['sub'] ?? null;
	}

	/**
	 * Ends every token of a user with a new password. WordPress has several hooks for one change: all of them end tokens, for
	 * none comes after all that may go wrong, and the first one tells of it. What they have in common is the former hash.
	 *
	 * @param int    $user   The user.
	 * @param string $former The hash of the former password; empty if it is not known.
	 * @param string $why    Why, for the audit log.
	 */
	private static function on_new_password( int $user, #[\SensitiveParameter] string $former, string $why ): void {
		$known = '' !== $former && ( self::$told[ $user ] ?? '' ) === $former;
		self::everywhere( array( self::class, 'end_tokens' ), $user, $known ? null : $why );
		self::$told[ $user ] = $former;
	}

	/**
	 * Does something with a user on every site where it may have a subject.
	 *
	 * @param callable(int, int|null): bool $act  What to do.
	 * @param int                           $user The user.
	 * @param string|null                   $why  Why, for the audit log; null if it was told already.
	 */
	private static function everywhere( callable $act, int $user, ?string $why ): void {
		foreach ( self::blogs_of( $user ) as $blog ) {
			self::on_blog( $act, $user, $blog, $why );
		}
	}

	/**
	 * Does something with a user on one site, and tells of it if that ended anything. A failure cannot stop what WordPress has
	 * done already: it is logged.
	 *
	 * @param callable(int, int|null): bool $act  What to do; says whether the user has a subject there.
	 * @param int                           $user The user.
	 * @param int|null                      $blog The site.
	 * @param string|null                   $why  Why, for the audit log; null if it was told already.
	 */
	private static function on_blog( callable $act, int $user, ?int $blog, ?string $why ): void {
		try {
			if ( $act( $user, $blog ) && null !== $why ) {
				Audit::tell(
					'user_tokens_ended',
					array(
						'owner' => $user,
						'why'   => $why,
					),
					$blog
				);
			}
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
