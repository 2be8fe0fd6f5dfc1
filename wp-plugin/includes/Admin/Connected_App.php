<?php
/**
 * An app that is connected to somebody's account.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\WP\Consent\Abilities;
use AppConnect\WP\Flow_Runner;
use AppConnect\WP\Plugin;
use AppConnect\WP\Rest\Client_Item;
use AppConnect\WP\Storage\Clients;
use AppConnect\WP\Storage\Consents;
use AppConnect\WP\Storage\Liveness;
use AppConnect\WP\Storage\Session_Filter;
use AppConnect\WP\Storage\Session_List;
use AppConnect\WP\Storage\Subjects;

/**
 * A client with the live sessions that a user has with it, and with what the user has approved for it.
 */
final class Connected_App {

	/**
	 * Sessions, and approvals, that a profile shows at most.
	 */
	public const MOST = 200;

	/**
	 * An app.
	 *
	 * @param array<string, mixed>             $item     The client, as `Rest\Client_Item` has it.
	 * @param list<array<string, string|null>> $sessions Its sessions, the newest first, as `Storage\Session_List::page()` has them.
	 * @param array<string, string>|null       $consent  The approval that is remembered, as `Storage\Consents` has it.
	 * @param array<string, mixed>             $summary  What it may do, as `Consent\Abilities` reads it.
	 */
	private function __construct(
		public readonly array $item,
		public readonly array $sessions,
		private readonly ?array $consent,
		private readonly array $summary
	) {}

	/**
	 * The apps that are connected to a user's account, by name. Apps that act as the user on their own behalf are none.
	 *
	 * @param int $user The user.
	 * @return list<self>
	 * @throws \AppConnect\WP\Storage\Unavailable When that is not known.
	 * @throws \AppConnect\ConfigurationException When the site's settings cannot serve.
	 */
	public static function of_user( int $user ): array {
		$subject = Subjects::row_of( $user );
		if ( null === $subject ) {
			return array();
		}
		$sessions = array();
		foreach ( Session_List::page( new Session_Filter( subject: $subject, methods: Liveness::peoples() ), self::MOST ) as $session ) {
			$sessions[ (int) $session['client'] ][] = $session;
		}
		$consents = array_column( Consents::of_subject( $subject, self::MOST ), null, 'client' );
		$clients  = Clients::several( array_values( array_unique( array( ...array_keys( $sessions ), ...array_keys( $consents ) ) ) ) );
		$apps     = array();
		foreach ( $clients as $id => $stored ) {
			$own    = $sessions[ $id ] ?? array();
			$apps[] = new self( Client_Item::of( $stored ), $own, $consents[ $id ] ?? null, self::summary( $stored, $own ? $own : array( $consents[ $id ] ) ) );
		}
		return $apps;
	}

	/**
	 * The client's row.
	 */
	public function id(): int {
		return (int) $this->item['id'];
	}

	/**
	 * What the app is called.
	 */
	public function name(): string {
		return (string) $this->item['name'];
	}

	/**
	 * Whether its user approved it, and need not do so again for the same.
	 */
	public function is_remembered(): bool {
		return null !== $this->consent;
	}

	/**
	 * When it was approved, or somebody first signed in of whom something is left; seconds.
	 */
	public function since(): int {
		return min( array_map( 'intval', array( ...array_column( $this->sessions, 'created_at' ), ...( $this->consent ? array( $this->consent['granted_at'] ) : array() ) ) ) );
	}

	/**
	 * The session that was used last, null if none was used.
	 *
	 * @return array<string, string|null>|null
	 */
	public function last_used(): ?array {
		$used = array_filter( $this->sessions, static fn ( array $session ): bool => null !== $session['last_used_at'] );
		usort( $used, static fn ( array $a, array $b ): int => (int) $b['last_used_at'] <=> (int) $a['last_used_at'] );
		return $used[0] ?? null;
	}

	/**
	 * What the app may do, apart from what is dangerous.
	 *
	 * @param bool $own Whether its user reads it.
	 * @return list<string>
	 */
	public function can( bool $own ): array {
		return array( ...array_column( Abilities::of( $this->summary, $own ), 'title' ), ...Abilities::rights( $this->summary['capabilities'] ) );
	}

	/**
	 * The rights to take over the site that it has.
	 *
	 * @return list<string>
	 */
	public function takeover(): array {
		return Abilities::takeover( $this->summary['takeover'] );
	}

	/**
	 * Whether it may change how its user logs in.
	 */
	public function reaches_account(): bool {
		return (bool) $this->summary['account'];
	}

	/**
	 * What several grants of one client give together. One that the protocol cannot read gives nothing.
	 *
	 * @param array<string, string|null>       $stored The client.
	 * @param list<array<string, string|null>> $grants Sessions or an approval.
	 * @return array<string, mixed>
	 */
	private static function summary( array $stored, array $grants ): array {
		$kinds = array_unique( array_map( static fn ( array $grant ): array => array( $grant['policy'], $grant['scope'] ), $grants ), SORT_REGULAR );
		return Abilities::together(
			array_filter(
				array_map(
					static function ( array $kind ) use ( $stored ): ?array {
						try {
							return Plugin::server()->describe_grant( (string) $kind[0], (string) $stored['policy'], (string) $kind[1] );
						} catch ( \Throwable $failure ) {
							Flow_Runner::log( $failure );
							return null;
						}
					},
					$kinds
				)
			)
		);
	}
}
