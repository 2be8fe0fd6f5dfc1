<?php
/**
 * Access tokens: issued, looked up, revoked.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Storage;

use AppConnect\WP\Settings;

/**
 * Answers the needs `find_access_token`, `issue` and `revoke_token`.
 */
final class Tokens {

	/**
	 * Looks up a token with all that decides whether it is alive: one query.
	 *
	 * @param array{digest: string} $args The token's digest.
	 * @return array<string, mixed>|null The protocol's `TokenRow`; null for an unknown token.
	 * @throws Unavailable When that is not known.
	 */
	public static function find( array $args ): ?array {
		$row = Database::row( self::find_sql(), array( $args['digest'] ) );
		if ( null === $row ) {
			return null;
		}
		Settings::expect_current( $row );
		return Rows::nest( $row );
	}

	/**
	 * The query of find(), with one placeholder for the digest.
	 */
	public static function find_sql(): string {
		global $wpdb;
		$tokens   = Database::table( 'tokens' );
		$grants   = Database::table( 'grants' );
		$clients  = Database::table( 'clients' );
		$subjects = Database::table( 'subjects' );
		$policies = Database::table( 'policies' );
		$keys     = Database::table( 'keys' );
		return 'SELECT ' . Settings::current_sql() . ", t.digest, tp.body AS policy, t.scope, t.issued_at, t.expires_at, t.revoked_at, t.generation,
				k.compromised_at AS key_compromised_at,
				" . Grants::COLUMNS . ",
				c.id AS `client.id`, c.client_id AS `client.client_id`, c.status AS `client.status`, c.mode AS `client.mode`,
				c.epoch AS `client.epoch`, c.config AS `client.config`, cp.body AS `client.policy`,
				c.service_user_id AS `client.service_user_id`,
				u.ID AS `subject.user`, s.sub AS `subject.sub`, s.epoch AS `subject.epoch`
			FROM $tokens t
			JOIN $grants g ON g.id = t.grant_id
			JOIN $clients c ON c.id = g.client_pk
			JOIN $subjects s ON s.id = g.subject_pk
			JOIN $policies tp ON tp.id = t.policy_id
			JOIN $policies cp ON cp.id = c.policy_id
			LEFT JOIN $keys k ON k.id = t.key_id
			LEFT JOIN $wpdb->users u ON u.ID = s.user_id
			WHERE t.digest = %s";
	}

	/**
	 * Stores a token, with the grant and the policies that it needs, and spends what it costs: all of it or nothing.
	 *
	 * @param array{grant: array<string, mixed>, token: array<string, mixed>, spends?: array{code: string}|array{refresh: array{grant: int, from: string, to: string, idle_expires_at: int}}|null, now: int} $args The protocol's `Issue`.
	 * @return string `stored`, or `already_spent` when what it costs was spent before: then nothing was stored.
	 * @throws Unavailable When nothing was stored, or that is not known.
	 */
	public static function issue( array $args ): string {
		$costs = (array) ( $args['spends'] ?? array() );
		if ( ! $costs && isset( $args['grant']['known'], $args['token']['policy']['known'] ) ) {
			self::insert( (int) $args['grant']['known'], $args );
			$paid = true;
		} else {
			$paid = Database::transaction( static fn (): bool => self::pay_and_insert( $costs, $args ) );
		}
		Cleanup::sometimes();
		return $paid ? 'stored' : 'already_spent';
	}

	/**
	 * Revokes one token.
	 *
	 * @param array{digest: string, now: int} $args The token's digest, and the time.
	 * @return string `now`, or `already` if there was nothing left to revoke.
	 * @throws Unavailable When that is not known.
	 */
	public static function revoke( array $args ): string {
		$won = Database::write(
			'UPDATE ' . Database::table( 'tokens' ) . ' SET revoked_at = %d WHERE digest = %s AND revoked_at IS NULL',
			array( $args['now'], $args['digest'] )
		);
		return 1 === $won ? 'now' : 'already';
	}

	/**
	 * Spends what a token costs, and stores what it buys. Inside a transaction, whose first statement decides: whoever else
	 * presents the same waits for it.
	 *
	 * @param array<string, mixed> $costs The protocol's `Spend`; empty for a token that costs nothing.
	 * @param array<string, mixed> $args  The protocol's `Issue`.
	 * @return bool Whether it was stored; false, with nothing written, when what it costs was spent before.
	 * @throws Unavailable When not all of it was stored.
	 */
	private static function pay_and_insert( array $costs, array $args ): bool {
		if ( isset( $costs['code'] ) && ! Codes::take( $costs['code'], $args['now'] ) ) {
			return false;
		}
		if ( isset( $costs['refresh'] ) && ! Sessions::rotate( $costs['refresh'], $args['now'] ) ) {
			return false;
		}
		$grant = (int) ( $args['grant']['known'] ?? Grants::insert( $args['grant']['new'], $args['now'] ) );
		if ( isset( $costs['code'] ) ) {
			Codes::settle( $costs['code'], $grant );
		}
		self::insert( $grant, $args );
		return true;
	}

	/**
	 * Adds the row of a token.
	 *
	 * @param int                  $grant The grant's row.
	 * @param array<string, mixed> $args  The protocol's `Issue`.
	 * @throws Unavailable When it was not added.
	 */
	private static function insert( int $grant, array $args ): void {
		$token   = $args['token'];
		$columns = 'INSERT INTO ' . Database::table( 'tokens' ) . ' (digest, grant_id, scope, issued_at, expires_at, generation, key_id, policy_id)';
		$values  = array( $token['digest'], $grant, $token['scope'], $args['now'], $token['expires_at'], $token['generation'], (int) ( $token['key'] ?? 0 ) );
		if ( isset( $token['policy']['known'] ) ) {
			Database::insert( "$columns VALUES (%s, %d, %s, %d, %d, %d, NULLIF(%d, 0), %d)", array( ...$values, $token['policy']['known'] ) );
			return;
		}
		$policy = $token['policy']['new'];
		Policies::ensure( $policy );
		Database::insert(
			"$columns SELECT %s, %d, %s, %d, %d, %d, NULLIF(%d, 0), p.id FROM " . Database::table( 'policies' ) . ' p WHERE p.digest = %s',
			array( ...$values, $policy['digest'] )
		);
	}
}
