<?php
/**
 * What can be chosen in the client form.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\Server;
use AppConnect\WP\Bundles;
use AppConnect\WP\Messages;
use AppConnect\WP\Plugin;
use AppConnect\WP\Settings;

/**
 * Lists the choices, each with words for people. What there is to choose, the protocol server says.
 *
 * A choice is `{name, label, help, when, note}`: `when` is the condition under which it applies (see admin.js), and `note`
 * says the same in words, for pages without JavaScript.
 */
final class Client_Choices {

	/**
	 * Client types.
	 *
	 * @return list<array{name: string, label: string, help: string, when: string, note: string}>
	 */
	public static function types(): array {
		return array(
			self::choice( 'type', 'confidential', __( 'It runs where only you can look: a server, a scheduled job, another website. It gets a secret.', 'app-connect' ) ),
			self::choice( 'type', 'public', __( 'It runs on other people’s phones, computers or browsers, where nothing stays secret. It gets no secret.', 'app-connect' ) ),
		);
	}

	/**
	 * Access modes.
	 *
	 * @return list<array{name: string, label: string, help: string, when: string, note: string}>
	 */
	public static function modes(): array {
		return array(
			self::choice( 'mode', 'restricted', __( 'Only what you choose below. Right for nearly every app.', 'app-connect' ) ),
			self::choice( 'mode', 'full', __( 'All that its user may do, on the routes below, with everything that plugins add later. If the user may manage the site, so may the app.', 'app-connect' ) ),
			self::choice( 'mode', 'login_only', __( 'It may learn who somebody is, and do nothing else.', 'app-connect' ) ),
		);
	}

	/**
	 * Grant types with which an app begins.
	 *
	 * @return list<array{name: string, label: string, help: string, when: string, note: string}>
	 */
	public static function grant_types(): array {
		$choices = array();
		foreach ( Server::grant_types() as $type ) {
			if ( ! self::goes_on( $type ) && ! $type['trusted'] ) {
				$choices[] = self::grant_type(
					$type,
					$type['service_user']
						? __( 'The app shows its ID and secret, nobody has to log in. It acts as the user that you choose below.', 'app-connect' )
						: __( 'The app sends people here. They log in, see what it wants, and approve it; it then acts as the person who did.', 'app-connect' )
				);
			}
		}
		return $choices;
	}

	/**
	 * Grant types with which an app begins that is trusted with people's passwords.
	 *
	 * @return list<array{name: string, label: string, help: string, when: string, note: string}>
	 */
	public static function trusting(): array {
		return array_map(
			static fn ( array $type ): array => self::grant_type( $type, __( 'People type their user name and password into the app, which then acts as them. They do not see what it gets.', 'app-connect' ) ),
			array_values( array_filter( Server::grant_types(), static fn ( array $type ): bool => $type['trusted'] ) )
		);
	}

	/**
	 * Grant types with which people stay signed in. They apply beside one with which people sign in.
	 *
	 * @return list<array{name: string, label: string, help: string, when: string, note: string}>
	 */
	public static function staying(): array {
		$settings = Settings::view();
		$choices  = array();
		foreach ( array_filter( Server::grant_types(), array( self::class, 'goes_on' ) ) as $type ) {
			$choice = self::grant_type(
				$type,
				sprintf(
					/* translators: 1: a span of time, 2: a longer one. */
					__( 'When its access token has expired, the app fetches a new one while nobody is there. People sign in again once they have not used it for %1$s, and after %2$s at the latest. Without this they sign in again whenever the access token has expired.', 'app-connect' ),
					human_time_diff( 0, $settings['refresh_token_lifetime'] ),
					human_time_diff( 0, $settings['session_lifetime'] )
				)
			);

			$choice['when'] .= ' grant_types:' . implode( '|', self::signing_in() );
			$choices[]       = $choice;
		}
		return $choices;
	}

	/**
	 * The names of grant types that act as a service user.
	 *
	 * @return list<string>
	 */
	public static function acting_as_service_user(): array {
		return array_column( array_filter( Server::grant_types(), static fn ( array $type ): bool => $type['service_user'] ), 'name' );
	}

	/**
	 * The names of grant types for which people are sent here and back.
	 *
	 * @return list<string>
	 */
	public static function redirecting(): array {
		return array_column( array_filter( Server::grant_types(), static fn ( array $type ): bool => $type['redirects'] ), 'name' );
	}

	/**
	 * The names of grant types with which people sign in.
	 *
	 * @return list<string>
	 */
	public static function signing_in(): array {
		return array_column( array_filter( Server::grant_types(), static fn ( array $type ): bool => ! $type['service_user'] && ! $type['refreshes'] ), 'name' );
	}

	/**
	 * The names of grant types that go on with what people began.
	 *
	 * @return list<string>
	 */
	public static function continuing(): array {
		return array_column( array_filter( Server::grant_types(), array( self::class, 'goes_on' ) ), 'name' );
	}

	/**
	 * When people are asked again.
	 *
	 * @return list<array{name: string, label: string, help: string, when: string, note: string}>
	 */
	public static function consents(): array {
		return array(
			self::choice( 'consent', 'remember', __( 'Right for nearly every app. Without https in its redirect URI, a public app is asked about every time all the same: any other app could pretend to be it.', 'app-connect' ) ),
			self::choice( 'consent', 'always', __( 'Also somebody who approved it a minute ago sees the consent page.', 'app-connect' ) ),
		);
	}

	/**
	 * Ways to authenticate.
	 *
	 * @return list<array{name: string, label: string, help: string, when: string, note: string}>
	 */
	public static function auth_methods(): array {
		return array_map(
			static function ( array $method ): array {
				$choice         = self::choice( 'auth_method', $method['name'], '' );
				$choice['when'] = 'type:' . $method['client_type'];
				/* translators: %s: a client type. */
				$choice['note'] = sprintf( __( 'Only for: %s.', 'app-connect' ), Messages::label( 'type', $method['client_type'] ) );
				return $choice;
			},
			Server::client_auth_methods()
		);
	}

	/**
	 * Formats of access tokens.
	 *
	 * @return list<array{name: string, label: string, help: string, when: string, note: string}>
	 */
	public static function access_token_formats(): array {
		/* translators: %s: a format of access tokens, as JWT. */
		$help = array( 'default' => sprintf( __( 'That is at present: %s.', 'app-connect' ), Short_Labels::of( 'access_token_format', Token_Formats::of_site() ) ) ) + Token_Formats::meanings();
		return array_map( static fn ( string $name ): array => self::choice( 'access_token_format', $name, $help[ $name ] ), array_keys( $help ) );
	}

	/**
	 * Bundles, with what each contains.
	 *
	 * @return list<array{name: string, title: string, capabilities: list<string>, routes: list<string>}>
	 */
	public static function bundles(): array {
		return array_map(
			static fn ( array $bundle ): array => array( 'title' => Bundles::title( $bundle['name'] ) ) + $bundle,
			Plugin::server()->bundles()
		);
	}

	/**
	 * Capabilities that somebody on this site has, and those already chosen. Takeover rights are ticked apart.
	 *
	 * @param list<string> $chosen Those chosen.
	 * @return list<string>
	 */
	public static function capabilities( array $chosen ): array {
		$known = array();
		foreach ( wp_roles()->roles as $role ) {
			$known += (array) ( $role['capabilities'] ?? array() );
		}
		$names = array_filter(
			array_map( 'strval', array_keys( $known ) ),
			static fn ( string $name ): bool => 1 !== preg_match( '/^level_\d+$/', $name )
		);
		$names = array_unique( array( ...array_diff( $names, Plugin::server()->takeover() ), ...$chosen ) );
		sort( $names );
		return $names;
	}

	/**
	 * Takeover rights with their meaning. Those of a network are shown on networks, and where they were ticked.
	 *
	 * @param list<string> $chosen Those chosen.
	 * @return array<string, string>
	 */
	public static function takeover( array $chosen ): array {
		$rights = array();
		foreach ( array_unique( array( ...Plugin::server()->takeover(), ...$chosen ) ) as $name ) {
			$is_for_networks = 1 === preg_match( '/^manage_network|_network$|_sites$/', $name );
			if ( ! $is_for_networks || is_multisite() || in_array( $name, $chosen, true ) ) {
				$rights[ $name ] = Messages::takeover( $name );
			}
		}
		return $rights;
	}

	/**
	 * Whether a grant type keeps going what others made.
	 *
	 * @param array<string, mixed> $type The grant type, as the protocol describes it.
	 */
	private static function goes_on( array $type ): bool {
		return $type['refreshes'];
	}

	/**
	 * A grant type as a choice.
	 *
	 * @param array<string, mixed> $type The grant type, as the protocol describes it.
	 * @param string               $help What it means.
	 * @return array{name: string, label: string, help: string, when: string, note: string}
	 */
	private static function grant_type( array $type, string $help ): array {
		if ( ! Settings::methods()[ $type['name'] ]['enabled'] ) {
			$help .= ' ' . __( 'Switched off for the whole site under Settings → Grant Types.', 'app-connect' );
		}
		$choice         = self::choice( 'grant', $type['name'], $help );
		$choice['when'] = sprintf( 'type:%s mode:%s', implode( '|', $type['client_types'] ), implode( '|', $type['modes'] ) );
		$choice['note'] = sprintf(
			/* translators: 1: a list of client types, 2: a list of access modes. */
			__( 'Only for: %1$s; with: %2$s.', 'app-connect' ),
			self::labels( 'type', $type['client_types'] ),
			self::labels( 'mode', $type['modes'] )
		);
		return $choice;
	}

	/**
	 * A choice that always applies.
	 *
	 * @param string $kind What it is.
	 * @param string $name Its name.
	 * @param string $help What it means.
	 * @return array{name: string, label: string, help: string, when: string, note: string}
	 */
	private static function choice( string $kind, string $name, string $help ): array {
		return array(
			'name'  => $name,
			'label' => Messages::label( $kind, $name ),
			'help'  => $help,
			'when'  => '',
			'note'  => '',
		);
	}

	/**
	 * Some labels in a row.
	 *
	 * @param string   $kind  What they are.
	 * @param string[] $names Their names.
	 */
	private static function labels( string $kind, array $names ): string {
		return implode( ', ', array_map( static fn ( string $name ): string => Messages::label( $kind, $name ), $names ) );
	}
}
