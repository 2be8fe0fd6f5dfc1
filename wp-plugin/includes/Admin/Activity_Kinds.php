<?php
/**
 * What kinds of events there are.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

/**
 * Groups the kinds of the audit log, and says each in a sentence. A kind that is new here is shown by its name.
 */
final class Activity_Kinds {

	/**
	 * The kinds by group, each with its severity: a key of severities().
	 */
	private const GROUPS = array(
		'approvals' => array(
			'consent_granted' => 'approved',
			'consent_denied'  => 'declined',
			'consent_revoked' => 'ended',
		),
		'failures'  => array(
			'client_authentication_failed' => 'refused',
			'user_authentication_failed'   => 'refused',
			'rate_limited'                 => 'warning',
			'host_fault'                   => 'warning',
			'logout_undelivered'           => 'warning',
		),
		'changes'   => array(
			'client_created'        => 'change',
			'client_updated'        => 'change',
			'client_secret_changed' => 'change',
			'client_enabled'        => 'change',
			'client_disabled'       => 'change',
			'client_deleted'        => 'change',
			'settings_changed'      => 'change',
			'site_moved'            => 'change',
			'site_copied'           => 'change',
		),
		'ended'     => array(
			'token_revoked'       => 'ended',
			'token_reused'        => 'warning',
			'session_ended'       => 'ended',
			'sessions_ended'      => 'ended',
			'client_tokens_ended' => 'ended',
			'user_tokens_ended'   => 'ended',
		),
		'keys'      => array(
			'key_rotated'         => 'change',
			'key_imported'        => 'change',
			'key_revoked'         => 'ended',
			'secret_rewrapped'    => 'change',
			'keys_started_afresh' => 'warning',
		),
	);

	/**
	 * The kinds beside all changes that a user causes: with nobody signed in, a script did it.
	 */
	private const BY_USERS = array( 'client_tokens_ended', 'consent_revoked', 'key_imported', 'key_revoked', 'keys_started_afresh', 'session_ended', 'sessions_ended', 'user_tokens_ended' );

	/**
	 * The kinds that a person can choose among, in words, by the title of their group. The first of a group are all of it.
	 *
	 * @return array<string, array<string, string>>
	 */
	public static function choices(): array {
		$choices = array();
		foreach ( self::group_titles() as $group => list( $title, $all ) ) {
			$choices[ $title ] = array( $group => $all );
			foreach ( array_keys( self::GROUPS[ $group ] ) as $kind ) {
				$choices[ $title ][ $kind ] = self::sentence( $kind );
			}
		}
		return $choices;
	}

	/**
	 * The kinds that a choice stands for.
	 *
	 * @param string $choice A group, or a kind; one that is new here is one too.
	 * @return list<string> None if it can be neither.
	 */
	public static function chosen( string $choice ): array {
		if ( isset( self::GROUPS[ $choice ] ) ) {
			return array_keys( self::GROUPS[ $choice ] );
		}
		return 1 === preg_match( '/^[a-z_]{1,64}$/D', $choice ) ? array( $choice ) : array();
	}

	/**
	 * What happened, in a sentence.
	 *
	 * @param string $kind The kind.
	 */
	public static function sentence( string $kind ): string {
		return self::sentences()[ $kind ] ?? $kind;
	}

	/**
	 * How an event is to be taken.
	 *
	 * @param string $kind The kind.
	 * @return string A key of severities().
	 */
	public static function severity( string $kind ): string {
		return array_merge( ...array_values( self::GROUPS ) )[ $kind ] ?? 'other';
	}

	/**
	 * The severities, in a word each.
	 *
	 * @return array<string, string>
	 */
	public static function severities(): array {
		return array(
			'approved' => __( 'Approved', 'app-connect' ),
			'change'   => __( 'Change', 'app-connect' ),
			'declined' => __( 'Declined', 'app-connect' ),
			'ended'    => __( 'Ended', 'app-connect' ),
			'other'    => __( 'Other', 'app-connect' ),
			'refused'  => __( 'Refused', 'app-connect' ),
			'warning'  => __( 'Warning', 'app-connect' ),
		);
	}

	/**
	 * Whether users cause such events, and not apps.
	 *
	 * @param string $kind The kind.
	 */
	public static function is_by_user( string $kind ): bool {
		return isset( self::GROUPS['changes'][ $kind ] ) || in_array( $kind, self::BY_USERS, true );
	}

	/**
	 * What groups are called, and all events of one.
	 *
	 * @return array<string, array{string, string}>
	 */
	private static function group_titles(): array {
		return array(
			'failures'  => array( __( 'Failures', 'app-connect' ), __( 'All failed attempts and faults', 'app-connect' ) ),
			'ended'     => array( __( 'Ended tokens', 'app-connect' ), __( 'All ended tokens and sessions', 'app-connect' ) ),
			'approvals' => array( __( 'Approvals', 'app-connect' ), __( 'All decisions of people about apps', 'app-connect' ) ),
			'changes'   => array( __( 'Changes', 'app-connect' ), __( 'All changes by administrators', 'app-connect' ) ),
			'keys'      => array( __( 'Signing keys', 'app-connect' ), __( 'All changes of signing keys', 'app-connect' ) ),
		);
	}

	/**
	 * The sentences.
	 *
	 * @return array<string, string>
	 */
	private static function sentences(): array {
		return array(
			'client_authentication_failed' => __( 'An app could not prove who it is', 'app-connect' ),
			'client_created'               => __( 'Client added', 'app-connect' ),
			'client_deleted'               => __( 'Client deleted', 'app-connect' ),
			'client_disabled'              => __( 'Client disabled', 'app-connect' ),
			'client_enabled'               => __( 'Client enabled', 'app-connect' ),
			'client_secret_changed'        => __( 'New secret made', 'app-connect' ),
			'client_tokens_ended'          => __( 'All tokens of a client ended', 'app-connect' ),
			'client_updated'               => __( 'Client changed', 'app-connect' ),
			'consent_denied'               => __( 'A person declined an app', 'app-connect' ),
			'consent_granted'              => __( 'A person approved an app', 'app-connect' ),
			'consent_revoked'              => __( 'An approval was taken back', 'app-connect' ),
			'host_fault'                   => __( 'App Connect failed to answer an app', 'app-connect' ),
			'key_imported'                 => __( 'A signing key was brought in', 'app-connect' ),
			'key_revoked'                  => __( 'A signing key was withdrawn, with all tokens that it signed', 'app-connect' ),
			'key_rotated'                  => __( 'Another key signs tokens now', 'app-connect' ),
			'keys_started_afresh'          => __( 'Signing keys that could not be opened were given up', 'app-connect' ),
			'logout_undelivered'           => __( 'An app could not be told of a logout', 'app-connect' ),
			'rate_limited'                 => __( 'Too many failed attempts: held off for a while', 'app-connect' ),
			'secret_rewrapped'             => __( 'Another secret of wp-config.php protects the signing keys now', 'app-connect' ),
			'session_ended'                => __( 'A session ended', 'app-connect' ),
			'sessions_ended'               => __( 'Several sessions ended', 'app-connect' ),
			'settings_changed'             => __( 'Settings changed', 'app-connect' ),
			'site_copied'                  => __( 'Site confirmed to be a copy', 'app-connect' ),
			'site_moved'                   => __( 'Site confirmed to have moved', 'app-connect' ),
			'token_reused'                 => __( 'Something used up was sent again', 'app-connect' ),
			'token_revoked'                => __( 'An app gave a token back', 'app-connect' ),
			'user_authentication_failed'   => __( 'A person could not log in through an app', 'app-connect' ),
			'user_tokens_ended'            => __( 'All tokens of a user ended', 'app-connect' ),
		);
	}
}
