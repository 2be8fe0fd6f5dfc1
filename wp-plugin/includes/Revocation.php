<?php
/**
 * Sessions that people and administrators end.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP;

use AppConnect\WP\Storage\Consents;
use AppConnect\WP\Storage\Grants;
use AppConnect\WP\Storage\Live_Counts;
use AppConnect\WP\Storage\Liveness;
use AppConnect\WP\Storage\Session_Filter;
use AppConnect\WP\Storage\Session_List;
use AppConnect\WP\Storage\Subjects;
use AppConnect\WP\Storage\Unavailable;

/**
 * Ends sessions, a batch a statement, and tells the audit log and listeners what ended. A session that has ended is never
 * ended again, so that whoever presses a button twice is told the truth twice.
 *
 * Who may do it, the screens ask before.
 */
final class Revocation {

	/**
	 * Up to so many sessions, listeners are told of each.
	 */
	private const TOLD = 100;

	/**
	 * Seconds that a request may go on ending sessions. What is left then is said.
	 */
	private const TIME_BOX = 10;

	/**
	 * Ends every session of an app for a user, and forgets what the user approved for it: the app must ask again.
	 *
	 * @param int $user   The user.
	 * @param int $client The client's row.
	 * @return array{sessions: int, tokens: int, left: bool} What ended, and whether some of it is left.
	 * @throws Unavailable When that is not known. What had ended by then is told all the same.
	 */
	public static function of_app( int $user, int $client ): array {
		$subject = Subjects::row_of( $user );
		if ( null === $subject ) {
			return self::nothing();
		}
		// First what brings new sessions, then those that are there.
		if ( Consents::forget( $subject, $client ) ) {
			Audit::tell( 'consent_revoked', array( 'client' => $client, 'owner' => $user ) );
		}
		return self::run( new Session_Filter( client: $client, subject: $subject, methods: Liveness::peoples() ), 'person' );
	}

	/**
	 * The same for every app of a user. Apps that act as the user on their own behalf go on: they are the administrators'.
	 *
	 * @param int $user The user.
	 * @return array{sessions: int, tokens: int, left: bool} What ended, and whether some of it is left.
	 * @throws Unavailable When that is not known. What had ended by then is told all the same.
	 */
	public static function of_user( int $user ): array {
		$subject = Subjects::row_of( $user );
		if ( null === $subject ) {
			return self::nothing();
		}
		$forgotten = Consents::forget_subject( $subject, null );
		if ( $forgotten > 0 ) {
			Audit::tell( 'consent_revoked', array( 'owner' => $user, 'consents' => $forgotten ) );
		}
		return self::run( new Session_Filter( subject: $subject, methods: Liveness::peoples() ), 'person' );
	}

	/**
	 * Ends one session of a user, whose approval stays.
	 *
	 * @param int $user  The user.
	 * @param int $grant The session's row. One of somebody else is left alone.
	 * @return array{sessions: int, tokens: int, left: bool} What ended.
	 * @throws Unavailable When that is not known.
	 */
	public static function of_session( int $user, int $grant ): array {
		$subject = Subjects::row_of( $user );
		return null === $subject
			? self::nothing()
			: self::run( new Session_Filter( subject: $subject, methods: Liveness::peoples(), ids: array( $grant ) ), 'person' );
	}

	/**
	 * Ends sessions, the newest first, for as long as a person waits.
	 *
	 * @param Session_Filter $filter Which.
	 * @param string         $why    Who ends them, for the row: `person` or `administrator`.
	 * @return array{sessions: int, tokens: int, left: bool} What ended, tokens counted as far as Live_Counts counts, and whether
	 *         some sessions are left.
	 * @throws Unavailable When that is not known. What had ended by then is told all the same.
	 */
	public static function run( Session_Filter $filter, string $why ): array {
		$end   = microtime( true ) + self::TIME_BOX;
		$ended = array();
		$done  = self::nothing();
		try {
			do {
				$batch           = Session_List::batch( $filter, Grants::BATCH );
				$done['tokens'] += self::end( $batch, $why, $ended, $done['tokens'] );
				if ( $batch ) {
					$filter = $filter->older_than( (int) end( $batch )['id'] );
				}
				$done['left'] = count( $batch ) === Grants::BATCH;
			} while ( $done['left'] && microtime( true ) < $end );
		} finally {
			self::tell( $ended, $done['tokens'] );
		}
		$done['sessions'] = count( $ended );
		return $done;
	}

	/**
	 * Ends one batch.
	 *
	 * @param list<array{id: string, client: string, user: string|null}> $batch  The sessions.
	 * @param string                                                     $why    Who ends them.
	 * @param list<array{id: string, client: string, user: string|null}> $ended  Those that ended until now; more are added.
	 * @param int                                                        $tokens How many tokens were counted until now.
	 * @return int How many live tokens they had.
	 * @throws Unavailable When that is not known.
	 */
	private static function end( array $batch, string $why, array &$ended, int $tokens ): int {
		if ( ! $batch ) {
			return 0;
		}
		$ids   = array_map( 'intval', array_column( $batch, 'id' ) );
		$lived = $tokens > Live_Counts::MOST ? 0 : Session_List::count_tokens( new Session_Filter( ids: $ids ) );
		$won   = Grants::revoke_some( $ids, $why );
		// Somebody else may have been quicker with some of them. Which, nobody knows any more; how many is known.
		array_push( $ended, ...array_slice( $batch, 0, $won ) );
		return 0 === $won ? 0 : $lived;
	}

	/**
	 * Tells of what ended.
	 *
	 * @param list<array{id: string, client: string, user: string|null}> $ended  The sessions.
	 * @param int                                                        $tokens How many live tokens they had.
	 */
	private static function tell( array $ended, int $tokens ): void {
		if ( ! $ended ) {
			return;
		}
		$owners  = array_unique( array_column( $ended, 'user' ) );
		$clients = array_unique( array_column( $ended, 'client' ) );
		$about   = array_filter(
			array(
				'client' => 1 === count( $clients ) ? (int) $clients[0] : 0,
				'owner'  => 1 === count( $owners ) ? (int) $owners[0] : 0,
				'more'   => $tokens > Live_Counts::MOST,
			)
		);
		$tokens  = min( $tokens, Live_Counts::MOST );
		if ( 1 === count( $ended ) ) {
			Audit::tell( 'session_ended', $about + array( 'grant' => (int) $ended[0]['id'], 'tokens' => $tokens ) );
			return;
		}
		Audit::tell( 'sessions_ended', $about + array( 'sessions' => count( $ended ), 'tokens' => $tokens ) );
		foreach ( count( $ended ) > self::TOLD ? array() : $ended as $session ) {
			Flow_Runner::tell( array( 'kind' => 'token_revoked', 'client' => (int) $session['client'], 'grant' => (int) $session['id'] ) );
		}
	}

	/**
	 * What ends where there is nothing.
	 *
	 * @return array{sessions: int, tokens: int, left: bool}
	 */
	private static function nothing(): array {
		return array( 'sessions' => 0, 'tokens' => 0, 'left' => false );
	}
}
