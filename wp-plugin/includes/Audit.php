<?php
/**
 * What administrators did.
 *
 * @package AppConnect
 */

namespace AppConnect\WP;

/**
 * Tells the audit log and listeners who did what, and from where. Identifiers and names of fields, never secrets.
 */
final class Audit {

	/**
	 * Tells of one act of the current user.
	 *
	 * @param string               $kind What was done.
	 * @param array<string, mixed> $more To what, and what else.
	 */
	public static function tell( string $kind, array $more = array() ): void {
		Flow_Runner::tell(
			array(
				'kind'    => $kind,
				'audited' => true,
				'user'    => get_current_user_id(),
				'address' => self::address(),
			) + $more
		);
	}

	/**
	 * Where the request came from, seen through proxies that the site trusts. What was done is done: with settings that
	 * cannot serve, it is told all the same.
	 */
	private static function address(): ?string {
		$connection = Plugin::snapshot()->connection();
		try {
			return Plugin::server()->client_address( $connection );
		} catch ( \Throwable $failure ) {
			Flow_Runner::log( $failure );
			return $connection['address'];
		}
	}
}
