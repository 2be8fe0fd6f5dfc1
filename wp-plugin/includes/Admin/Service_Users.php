<?php
/**
 * Users that a client may act as.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\WP\Identity\Users;
use AppConnect\WP\Plugin;

/**
 * Shows the chosen user and the results of a search as radio buttons.
 */
final class Service_Users {

	/**
	 * The size of a picture, in pixels.
	 */
	private const AVATAR = 32;

	/**
	 * A choice of users.
	 *
	 * @param int|null    $chosen The user that is chosen.
	 * @param string|null $search What was searched for; null when nothing was, empty for anybody.
	 */
	public function __construct( private readonly ?int $chosen, private readonly ?string $search ) {}

	/**
	 * Prints the radio buttons.
	 */
	public function render(): void {
		self::row( 0, __( 'Nobody', 'app-connect' ), '', array(), null === $this->chosen );
		if ( null !== $this->chosen ) {
			$this->render_chosen( $this->chosen );
		}
		if ( null === $this->search ) {
			return;
		}
		$found = Api::data( Api::send( 'GET', '/service-users', array( 'search' => trim( $this->search ) ) ) );
		if ( is_wp_error( $found ) ) {
			printf( '<p class="app-connect-users-message">%s</p>', esc_html( $found->get_error_message() ) );
			return;
		}
		$found = array_filter( $found, fn ( array $user ): bool => (int) $user['id'] !== $this->chosen );
		if ( array() === $found ) {
			printf( '<p class="app-connect-users-message">%s</p>', esc_html__( 'No other user found whom you may edit. Search for a part of a name, login or e-mail address.', 'app-connect' ) );
		}
		foreach ( $found as $user ) {
			self::row( (int) $user['id'], (string) $user['name'], self::describe( (string) $user['login'], (array) $user['roles'] ), (array) $user['takeover'], false );
		}
	}

	/**
	 * The names of roles, for the script that shows results of a search.
	 *
	 * @return array<string, string>
	 */
	public static function role_names(): array {
		return array_map( 'translate_user_role', wp_roles()->get_names() );
	}

	/**
	 * Prints the user that is chosen, whatever became of it.
	 *
	 * @param int $id The user.
	 */
	private function render_chosen( int $id ): void {
		$user = get_userdata( $id );
		if ( false === $user ) {
			/* translators: %d: a number. */
			self::row( $id, sprintf( __( 'User %d, who was deleted', 'app-connect' ), $id ), '', array(), true );
			return;
		}
		$held = Users::held_capabilities(
			array(
				'user'         => $id,
				'capabilities' => Plugin::server()->takeover(),
			)
		);
		self::row( $id, $user->display_name, self::describe( $user->user_login, $user->roles ), $held, true );
	}

	/**
	 * A user's login and roles.
	 *
	 * @param string   $login The login.
	 * @param string[] $roles The roles.
	 */
	private static function describe( string $login, array $roles ): string {
		$names = array_values( array_intersect_key( self::role_names(), array_flip( $roles ) ) );
		return $login . ' · ' . ( array() === $names ? __( 'No role on this site', 'app-connect' ) : implode( ', ', $names ) );
	}

	/**
	 * Prints a user. admin.js makes the same of a result of a search.
	 *
	 * @param int      $id       The user; 0 for nobody.
	 * @param string   $name     The name.
	 * @param string   $details  Login and roles.
	 * @param string[] $takeover Takeover rights that the user holds.
	 * @param bool     $checked  Whether it is chosen.
	 */
	private static function row( int $id, string $name, string $details, array $takeover, bool $checked ): void {
		printf(
			'<label class="app-connect-user"><input type="radio" name="service_user_id" value="%s"%s>%s<span class="app-connect-user-text"><strong><bdi>%s</bdi></strong>',
			0 === $id ? '' : esc_attr( (string) $id ),
			checked( $checked, true, false ),
			0 === $id ? '' : (string) get_avatar( $id, self::AVATAR, '', '', array( 'extra_attr' => 'aria-hidden="true"' ) ),
			esc_html( $name )
		);
		if ( '' !== $details ) {
			printf( '<span class="description"><bdi>%s</bdi></span>', esc_html( $details ) );
		}
		if ( array() !== $takeover ) {
			list( $class, $words ) = self::warning( $takeover );
			printf( '<span class="%s">%s</span>', esc_attr( $class ), esc_html( $words ) );
		}
		echo '</span></label>';
	}

	/**
	 * What to say beside a user who holds takeover rights.
	 *
	 * @param string[] $takeover The rights.
	 * @return array{string, string} A class and a sentence.
	 */
	private static function warning( array $takeover ): array {
		$words = self::warnings();
		return in_array( 'manage_options', $takeover, true )
			? array( 'app-connect-warning', $words['administrator'] )
			: array( 'description', sprintf( $words['some'], implode( ', ', $takeover ) ) );
	}

	/**
	 * The sentences beside users who hold takeover rights.
	 *
	 * @return array{administrator: string, some: string}
	 */
	public static function warnings(): array {
		return array(
			'administrator' => __( 'Warning: this user manages the whole site, and whoever steals the app’s secret could do so too. Better make a user for this app, with a role that just suffices.', 'app-connect' ),
			/* translators: %s: a list of capabilities. */
			'some'          => __( 'Has rights that can take over the site: %s. The app gets them only with full access, or if you tick them above.', 'app-connect' ),
		);
	}
}
