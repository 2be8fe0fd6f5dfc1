<?php
/**
 * Policies: immutable, one row per content.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Storage;

/**
 * Stores policies.
 */
final class Policies {

	/**
	 * Stores a policy unless it is there already. Refer to it by its digest afterwards.
	 *
	 * @param array{digest: string, body: string} $policy The policy.
	 * @throws Unavailable When that is not known.
	 */
	public static function ensure( array $policy ): void {
		Database::write(
			'INSERT IGNORE INTO ' . Database::table( 'policies' ) . ' (digest, body) VALUES (%s, %s)',
			array( $policy['digest'], $policy['body'] )
		);
	}

	/**
	 * How a statement finds a policy that a write refers to.
	 *
	 * @param array{known?: int, new?: array{digest: string, body: string}} $policy The protocol's `PolicyRef`.
	 * @return array{string, int|string} A condition on the table `p` with a placeholder, and its value.
	 */
	public static function by( array $policy ): array {
		return isset( $policy['new'] ) ? array( 'p.digest = %s', $policy['new']['digest'] ) : array( 'p.id = %d', $policy['known'] );
	}
}
