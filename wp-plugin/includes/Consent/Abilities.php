<?php
/**
 * What an app may do, in words.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Consent;

use AppConnect\WP\Bundles;
use AppConnect\WP\Messages;

/**
 * The sentences in which people approve an app, and in which they read later what they approved.
 *
 * A summary is what `AppConnect\Server::describe_grant()` answers: `all`, `bundles`, `capabilities`, `identity`, `takeover`,
 * `account`.
 */
final class Abilities {

	/**
	 * What a summary gives beside single rights and dangerous ones.
	 *
	 * @param array{all: bool, bundles: string[], identity: string[]} $summary The summary.
	 * @param bool                                                    $own     Whether the reader is who approved; else it is
	 *                                                                         told of somebody else.
	 * @return list<array{title: string, note: string}>
	 */
	public static function of( array $summary, bool $own = true ): array {
		$can = Sentences::identity( $summary['identity'], $own );
		if ( $summary['all'] ) {
			$can[] = array(
				'title' => $own ? __( 'Do everything that you can do here', 'app-connect' ) : __( 'Do everything that this user can do here', 'app-connect' ),
				'note'  => __( 'Also what plugins add later. Rights to take over the site are not included; where the app gets any, they are listed below.', 'app-connect' ),
			);
		}
		foreach ( $summary['bundles'] as $name ) {
			$can[] = array(
				'title' => Bundles::title( $name ),
				'note'  => '',
			);
		}
		return $can;
	}

	/**
	 * Single rights.
	 *
	 * @param string[] $names Capabilities.
	 * @return list<string>
	 */
	public static function rights( array $names ): array {
		return array_values( array_unique( array_map( array( Sentences::class, 'capability' ), $names ) ) );
	}

	/**
	 * Rights to take over the site.
	 *
	 * @param string[] $names Their names.
	 * @return list<string>
	 */
	public static function takeover( array $names ): array {
		return array_map( static fn ( string $name ): string => Messages::takeover( $name ), array_values( $names ) );
	}

	/**
	 * That the app can change how somebody logs in.
	 *
	 * @param bool $own Whether that is the reader.
	 */
	public static function account( bool $own = true ): string {
		return $own
			? __( 'The app can take over your account: it may change your password and your e-mail address, and make application passwords.', 'app-connect' )
			: __( 'The app can take over this user’s account: it may change the password and the e-mail address, and make application passwords.', 'app-connect' );
	}

	/**
	 * What several summaries give together.
	 *
	 * @param list<array<string, mixed>> $summaries The summaries.
	 * @return array{all: bool, bundles: list<string>, capabilities: list<string>, identity: list<string>, takeover: list<string>, account: bool}
	 */
	public static function together( array $summaries ): array {
		$any  = static fn ( string $name ): bool => in_array( true, array_column( $summaries, $name ), true );
		$each = static fn ( string $name ): array => array_values( array_unique( array_merge( ...array_column( $summaries, $name ) ) ) );
		return array(
			'all'          => $any( 'all' ),
			'bundles'      => $any( 'all' ) ? array() : $each( 'bundles' ),
			'capabilities' => $any( 'all' ) ? array() : $each( 'capabilities' ),
			'identity'     => $each( 'identity' ),
			'takeover'     => $each( 'takeover' ),
			'account'      => $any( 'account' ),
		);
	}
}
