<?php
/**
 * The page that asks a person whether an app may use their account.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Consent;

use AppConnect\WP\Bundles;
use AppConnect\WP\Plugin;
use WP_User;

/**
 * Puts what the protocol is about to grant into words. It shows what it was given, and decides nothing.
 */
final class Consent_Page {

	/**
	 * The person.
	 *
	 * @var WP_User
	 */
	public readonly WP_User $user;

	/**
	 * Bundles whose capabilities the person has none of, and which are for more than looking at things.
	 *
	 * @var list<string>
	 */
	private array $impossible = array();

	/**
	 * Bundles of which something remains.
	 *
	 * @var list<string>
	 */
	private array $possible = array();

	/**
	 * @param array<string, mixed> $args The arguments of the need `approve`.
	 */
	private function __construct( private readonly array $args ) {
		$this->user = new WP_User( (int) $args['user'] );
		$known      = array_column( Plugin::server()->bundles(), null, 'name' );
		foreach ( $args['bundles'] as $bundle ) {
			$definition = $known[ $bundle['name'] ] ?? array();
			$whole      = array() !== $bundle['lacks'] && ! array_diff( $definition['capabilities'] ?? array(), $bundle['lacks'] );
			if ( $whole && array_filter( $definition['routes'] ?? array(), static fn ( string $route ): bool => ! str_starts_with( $route, 'GET ' ) ) ) {
				$this->impossible[] = $bundle['name'];
			} else {
				$this->possible[] = $bundle['name'];
			}
		}
	}

	/**
	 * Shows the page.
	 *
	 * @param array<string, mixed> $args The arguments of the need `approve`.
	 */
	public static function show( array $args ): void {
		Page::speak_the_language_of( (int) $args['user'] );
		$page = new self( $args );
		Page::show( 200, $page->title(), 'consent', array( $page, 'render' ) );
	}

	/**
	 * Prints what is on the page.
	 */
	public function render(): void {
		$page = $this;
		require dirname( __DIR__, 2 ) . '/templates/consent/approve.php';
	}

	/**
	 * The title of the document.
	 */
	public function title(): string {
		return 'login_only' === $this->args['mode'] ? __( 'Sign in to an app', 'app-connect' ) : __( 'Approve an app', 'app-connect' );
	}

	/**
	 * What the app wants. HTML.
	 */
	public function headline(): string {
		$sentence = 'login_only' === $this->args['mode']
			/* translators: 1: name of an app, 2: name of the site. */
			? __( '%1$s wants to sign you in with your account on %2$s', 'app-connect' )
			/* translators: 1: name of an app, 2: name of the site. */
			: __( '%1$s wants to use your account on %2$s', 'app-connect' );
		return sprintf( esc_html( $sentence ), Sentences::strong( $this->args['client']['name'] ), Sentences::isolated( Sentences::site() ) );
	}

	/**
	 * The address of the app's logo, empty for none.
	 */
	public function logo(): string {
		return esc_url( (string) $this->args['client']['logo_uri'], array( 'https', 'http' ) );
	}

	/**
	 * Whether an administrator has marked the app as verified.
	 */
	public function is_verified(): bool {
		return (bool) $this->args['client']['verified'];
	}

	/**
	 * Where the answer goes. HTML.
	 */
	public function destination(): string {
		return Sentences::destination( $this->args['redirect']['kind'], $this->args['redirect']['name'] );
	}

	/**
	 * What the person is called.
	 */
	public function name(): string {
		// Core stores entities.
		$name = trim( wp_specialchars_decode( $this->user->display_name, ENT_QUOTES ) );
		return '' === $name ? $this->user->user_login : $name;
	}

	/**
	 * What the app will be able to do.
	 *
	 * @return list<array{title: string, note: string}>
	 */
	public function can(): array {
		return Abilities::of( array( 'bundles' => $this->possible ) + $this->args );
	}

	/**
	 * Single rights that the app will have beside.
	 *
	 * @return list<string>
	 */
	public function single_rights(): array {
		$held = array_filter( $this->args['capabilities'], static fn ( array $capability ): bool => $capability['held'] );
		return Abilities::rights( array_column( $held, 'name' ) );
	}

	/**
	 * What the app will not be able to do, because this person cannot.
	 *
	 * @return list<string>
	 */
	public function cannot(): array {
		$lacking = array();
		foreach ( $this->args['bundles'] as $bundle ) {
			if ( in_array( $bundle['name'], $this->possible, true ) ) {
				array_push( $lacking, ...$bundle['lacks'] );
			}
		}
		foreach ( $this->args['capabilities'] as $capability ) {
			if ( ! $capability['held'] ) {
				$lacking[] = $capability['name'];
			}
		}
		return array(
			...array_map( array( Bundles::class, 'title' ), $this->impossible ),
			...Abilities::rights( array_unique( $lacking ) ),
			// Of an app that may do all that its people can, nobody expects what they cannot.
			...( $this->args['all'] ? array() : Abilities::takeover( $this->args['takeover_lacking'] ) ),
		);
	}

	/**
	 * The rights to take over the site that the app gets.
	 *
	 * @return list<string>
	 */
	public function takeover(): array {
		return Abilities::takeover( $this->args['takeover'] );
	}

	/**
	 * Whether the app may change how this person logs in.
	 */
	public function reaches_account(): bool {
		return (bool) $this->args['account'];
	}

	/**
	 * The addresses of the REST API that the app may use, null for all.
	 *
	 * @return list<string>|null
	 */
	public function routes(): ?array {
		return $this->args['routes'];
	}

	/**
	 * Whether an approval will be remembered.
	 */
	public function is_remembered(): bool {
		return (bool) $this->args['remember'];
	}

	/**
	 * The nonce of exactly this page.
	 */
	public function nonce(): string {
		return Decision::nonce( (string) $this->args['digest'] );
	}
}
