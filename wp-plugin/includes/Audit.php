<?php
/**
 * What administrators did, and what became of people's tokens.
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
	 * @param int|null             $blog The site of the network where it was done; null for the current one.
	 */
	public static function tell( string $kind, array $more = array(), ?int $blog = null ): void {
		Flow_Runner::tell(
			array(
				'kind'    => $kind,
				'audited' => true,
				'user'    => get_current_user_id(),
			) + $more,
			$blog
		);
	}

	/**
	 * Where the request came from, seen through proxies that the site trusts. What was done is done: with settings that
	 * cannot serve, it is told all the same.
	 */
	public static function address(): ?string {
		$connection = Plugin::snapshot()->connection();
		try {
			return Plugin::server()->client_address( $connection );
		} catch ( \Throwable $failure ) {
			Flow_Runner::log( $failure );
			return $connection['address'];
		}
	}
}
