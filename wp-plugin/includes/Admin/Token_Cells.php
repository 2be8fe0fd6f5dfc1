<?php
/**
 * The cells of the list of sessions.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\WP\Consent\Abilities;
use AppConnect\WP\Flow_Runner;
use AppConnect\WP\Plugin;
use AppConnect\WP\Storage\Liveness;

/**
 * What a session is, as HTML. A session is a row of `Storage\Session_List::page()`.
 */
final class Token_Cells {

	/**
	 * App and person, for those who hear a control without its row. HTML.
	 *
	 * @param array<string, string|null> $session The session.
	 */
	public static function about( array $session ): string {
		/* translators: 1: name of an app, 2: name of a person. */
		return sprintf( esc_html__( '%1$s, %2$s', 'app-connect' ), Markup::name( (string) $session['name'] ), Markup::name( self::person( (int) $session['user'] ) ) );
	}

	/**
	 * The app, with the way to its client; on a phone with the person too, whose column is folded there.
	 *
	 * @param array<string, string|null> $session The session.
	 */
	public static function app( array $session ): string {
		return sprintf(
			'<strong><a class="row-title" href="%s">%s</a></strong><span class="app-connect-narrow">%s</span>',
			esc_url( Menu::clients_url( array( 'action' => 'edit', 'client' => (int) $session['client'] ) ) ),
			Markup::name( (string) $session['name'] ),
			Markup::name( self::person( (int) $session['user'] ) )
		);
	}

	/**
	 * The user, with the way to the profile.
	 *
	 * @param array<string, string|null> $session The session.
	 */
	public static function user( array $session ): string {
		$id   = (int) $session['user'];
		$name = Markup::name( self::person( $id ) );
		$link = get_edit_user_link( $id );
		return ( '' === $link ? $name : sprintf( '<a href="%s">%s</a>', esc_url( $link ), $name ) ) . (
			in_array( $session['method'], Liveness::peoples(), true )
				? ''
				: '<br><span class="app-connect-note">' . esc_html__( 'Service user', 'app-connect' ) . '</span>'
		);
	}

	/**
	 * How much the app may do: the mode, the rights folded up, and what is dangerous.
	 *
	 * @param array<string, string|null> $session The session.
	 */
	public static function access( array $session ): string {
		$mode = esc_html( Short_Labels::of( 'mode', (string) $session['mode'] ) );
		try {
			$summary = Plugin::server()->describe_grant( (string) $session['policy'], (string) $session['ceiling'], (string) $session['scope'] );
		} catch ( \Throwable $failure ) {
			Flow_Runner::log( $failure );
			return $mode;
		}
		$can     = array( ...array_column( Abilities::of( $summary, false ), 'title' ), ...Abilities::rights( $summary['capabilities'] ) );
		$dangers = array( ...Abilities::takeover( $summary['takeover'] ), ...( $summary['account'] ? array( Abilities::account( false ) ) : array() ) );
		$list    = static fn ( array $all ): string => implode( '', array_map( static fn ( string $each ): string => '<li><bdi>' . esc_html( $each ) . '</bdi></li>', $all ) );
		if ( $dangers ) {
			$mode .= ' <span class="app-connect-takeover"><span class="dashicons dashicons-warning" aria-hidden="true"></span> ' . esc_html__( 'Dangerous', 'app-connect' ) . '</span>';
		}
		return $can || $dangers
			? sprintf( '%s<details><summary>%s</summary><ul>%s</ul></details>', $mode, esc_html__( 'What it may do', 'app-connect' ), $list( $can ) . $list( $dangers ) )
			: $mode;
	}

	/**
	 * When and from where it was used last.
	 *
	 * @param array<string, string|null> $session The session.
	 */
	public static function last_used( array $session ): string {
		return Connected_Apps::day( $session['last_used_at'] ) . ( null === $session['last_ip'] ? '' : '<br><bdi dir="ltr">' . esc_html( $session['last_ip'] ) . '</bdi>' );
	}

	/**
	 * When it ends by itself: sooner if it is not used, if it can be refreshed.
	 *
	 * @param array<string, string|null> $session The session.
	 */
	public static function ends( array $session ): string {
		$now  = time();
		$last = (int) $session['expires_at'];
		if ( empty( $session['refreshes'] ) ) {
			$end = (int) $session['token_expires_at'];
			/* translators: %s: a span of time. */
			return $end > $now ? esc_html( sprintf( __( 'In %s', 'app-connect' ), human_time_diff( $now, $end ) ) ) : esc_html__( 'Now', 'app-connect' );
		}
		$idle = (int) $session['idle_expires_at'];
		$text = 0 === $last || $idle < $last
			/* translators: %s: a span of time. */
			? esc_html( sprintf( __( 'In %s if it is not used', 'app-connect' ), human_time_diff( $now, $idle ) ) )
			: '';
		/* translators: %s: a day. */
		$latest = 0 === $last ? '' : sprintf( esc_html__( 'At the latest on %s', 'app-connect' ), Connected_Apps::day( $last ) );
		return implode( '<br>', array_filter( array( $text, $latest ) ) );
	}

	/**
	 * What a user is called.
	 *
	 * @param int $id The user.
	 */
	public static function person( int $id ): string {
		$user = get_userdata( $id );
		if ( ! $user ) {
			/* translators: %d: a number. */
			return sprintf( __( 'User %d, who was deleted', 'app-connect' ), $id );
		}
		return '' === trim( $user->display_name ) ? $user->user_login : $user->display_name;
	}
}
