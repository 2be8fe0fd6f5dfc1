<?php
/**
 * Authorization codes: one approval each, spent once.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Storage;

/**
 * Answers the needs `find_code`, `spend_code` and `store_code`. The code itself is stored nowhere, only its digest.
 */
final class Codes {

	/**
	 * The kind of these rows.
	 */
	private const KIND = 'code';

	/**
	 * Looks up a code with all that decides whether it is worth anything: one query.
	 *
	 * @param array{digest: string} $args The code's digest.
	 * @return array<string, mixed>|null The protocol's `CodeRow`; null for an unknown code.
	 * @throws Unavailable When that is not known.
	 */
	public static function find( array $args ): ?array {
		$row = Database::row( self::find_sql(), array( $args['digest'] ) );
		return null === $row ? null : Rows::nest( $row );
	}

	/**
	 * Stores a code, the subject and the policy that it needs, and the consent that is remembered with it.
	 *
	 * @param array<string, mixed> $args The protocol's `StoreCode`.
	 * @return string `stored`.
	 * @throws Unavailable When nothing was stored, or that is not known.
	 */
	public static function store( array $args ): string {
		Database::transaction(
			static function () use ( $args ): void {
				Subjects::ensure( $args['user'], $args['sub'] );
				if ( isset( $args['policy']['new'] ) ) {
					Policies::ensure( $args['policy']['new'] );
				}
				self::insert( $args );
				if ( isset( $args['sign_in'] ) ) {
					Sign_Ins::remember( $args );
				}
				if ( isset( $args['consent'] ) ) {
					Consents::remember( $args );
				}
			}
		);
		return 'stored';
	}

	/**
	 * Spends a code that buys nothing.
	 *
	 * @param array{digest: string, now: int} $args The code's digest, and the time.
	 * @return string `now`, or `already` if it was spent before.
	 * @throws Unavailable When that is not known.
	 */
	public static function spend( array $args ): string {
		return self::take( $args['digest'], $args['now'] ) ? 'now' : 'already';
	}

	/**
	 * Spends a code. Whether that was so is true only once the transaction around it has committed, if there is one.
	 *
	 * @param string $digest The code's digest.
	 * @param int    $now    The time.
	 * @return bool Whether this call did it.
	 * @throws Unavailable When that is not known.
	 */
	public static function take( string $digest, int $now ): bool {
		return 1 === Database::write(
			'UPDATE ' . Database::table( 'codes' ) . ' SET consumed_at = %d WHERE digest = %s AND kind = %s AND consumed_at IS NULL',
			array( $now, $digest, self::KIND )
		);
	}

	/**
	 * Notes what a spent code bought, so that a replay ends it. Inside a transaction, in which it was spent: on another
	 * connection it is not, and nothing is noted.
	 *
	 * @param string $digest The code's digest.
	 * @param int    $grant  The grant.
	 * @throws Unavailable When it was not noted.
	 */
	public static function settle( string $digest, int $grant ): void {
		$noted = Database::write(
			'UPDATE ' . Database::table( 'codes' ) . ' SET grant_id = %d
				WHERE digest = %s AND kind = %s AND consumed_at IS NOT NULL AND grant_id IS NULL',
			array( $grant, $digest, self::KIND )
		);
		if ( 1 !== $noted ) {
			throw new Unavailable( 'a code that was spent is gone' );
		}
	}

	/**
	 * The query of find(), with one placeholder for the digest.
	 */
	private static function find_sql(): string {
		global $wpdb;
		$codes    = Database::table( 'codes' );
		$subjects = Database::table( 'subjects' );
		$policies = Database::table( 'policies' );
		$sign_ins = Database::table( 'sign_ins' );
		return "SELECT c.digest, c.client_pk AS client, u.ID AS user, s.epoch AS subject_epoch, p.id AS `policy.id`, p.body AS `policy.body`,
				c.payload, c.expires_at, c.consumed_at, c.grant_id AS `grant`, i.ended_at AS signed_out_at
			FROM $codes c
			JOIN $subjects s ON s.id = c.subject_pk
			JOIN $policies p ON p.id = c.policy_id
			LEFT JOIN $wpdb->users u ON u.ID = s.user_id
			LEFT JOIN $sign_ins i ON i.sid = c.sid
			WHERE c.digest = %s AND c.kind = '" . self::KIND . "'";
	}

	/**
	 * Adds the row of a code. Inside a transaction.
	 *
	 * @param array<string, mixed> $args The protocol's `StoreCode`.
	 * @throws Unavailable When it was not added.
	 */
	private static function insert( array $args ): void {
		list( $by, $policy ) = Policies::by( $args['policy'] );
		Database::insert(
			'INSERT INTO ' . Database::table( 'codes' ) . ' (digest, kind, client_pk, subject_pk, policy_id, payload, sid, expires_at)
				SELECT %s, %s, %d, s.id, p.id, %s, NULLIF(%s, \'\'), %d
				FROM ' . Database::table( 'subjects' ) . ' s, ' . Database::table( 'policies' ) . " p WHERE s.user_id = %d AND $by",
			array(
				$args['code']['digest'],
				self::KIND,
				$args['client'],
				$args['code']['payload'],
				(string) ( $args['sign_in']['sid'] ?? '' ),
				$args['code']['expires_at'],
				$args['user'],
				$policy,
			)
		);
	}
}
