<?php
/**
 * The filters of the list of sessions.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

/**
 * Four choices with labels.
 */
final class Tokens_Filters {

	/**
	 * Prints them.
	 *
	 * @param Tokens_Query       $query   What is asked for.
	 * @param array<int, string> $clients The clients to choose from.
	 */
	public static function render( Tokens_Query $query, array $clients ): void {
		$label = static fn ( string $kind ): callable => static fn ( string $name ): string => Short_Labels::of( $kind, $name );
		$named = static fn ( array $names, string $kind ): array => array_combine( $names, array_map( $label( $kind ), $names ) );
		self::choice( 'client', __( 'App', 'app-connect' ), __( 'All apps', 'app-connect' ), $clients, (string) $query->client );
		self::choice( 'method', __( 'Grant type', 'app-connect' ), __( 'All grant types', 'app-connect' ), $named( Tokens_Query::methods(), 'grant' ), $query->method );
		self::choice( 'mode', __( 'Access', 'app-connect' ), __( 'All access', 'app-connect' ), $named( Tokens_Query::MODES, 'mode' ), $query->mode );
		self::choice( 'age', __( 'Age', 'app-connect' ), __( 'Any age', 'app-connect' ), self::ages(), $query->age );
	}

	/**
	 * The query in words, for the question before all that match is revoked.
	 *
	 * @param Tokens_Query       $query   What is asked for.
	 * @param array<int, string> $clients Names of clients.
	 * @return list<string> HTML; none when everything is asked for.
	 */
	public static function in_words( Tokens_Query $query, array $clients ): array {
		$words = array();
		foreach (
			array(
				array( __( 'Search', 'app-connect' ), $query->search ),
				array( __( 'App', 'app-connect' ), 0 === $query->client ? '' : ( $clients[ $query->client ] ?? (string) $query->client ) ),
				array( __( 'Grant type', 'app-connect' ), '' === $query->method ? '' : Short_Labels::of( 'grant', $query->method ) ),
				array( __( 'Access', 'app-connect' ), '' === $query->mode ? '' : Short_Labels::of( 'mode', $query->mode ) ),
				array( __( 'Age', 'app-connect' ), self::ages()[ $query->age ] ?? '' ),
			) as list( $name, $value )
		) {
			if ( '' !== $value ) {
				/* translators: 1: name of a filter, 2: what it is set to. */
				$words[] = sprintf( esc_html__( '%1$s: %2$s', 'app-connect' ), esc_html( $name ), '<strong>' . Markup::name( $value ) . '</strong>' );
			}
		}
		return $words;
	}

	/**
	 * The ages, in words.
	 *
	 * @return array<string, string>
	 */
	private static function ages(): array {
		return array(
			'created_7'  => __( 'Signed in more than a week ago', 'app-connect' ),
			'created_30' => __( 'Signed in more than a month ago', 'app-connect' ),
			'created_90' => __( 'Signed in more than three months ago', 'app-connect' ),
			'unused_7'   => __( 'Not used for more than a week', 'app-connect' ),
			'unused_30'  => __( 'Not used for more than a month', 'app-connect' ),
		);
	}

	/**
	 * Prints one choice.
	 *
	 * @param string                    $name    Its name.
	 * @param string                    $label   What it is called.
	 * @param string                    $any     What no choice is called.
	 * @param array<string|int, string> $options What can be chosen.
	 * @param string                    $chosen  What is.
	 */
	private static function choice( string $name, string $label, string $any, array $options, string $chosen ): void {
		printf(
			'<label for="app-connect-filter-%1$s" class="screen-reader-text">%2$s</label><select name="%1$s" id="app-connect-filter-%1$s"><option value="">%3$s</option>',
			esc_attr( $name ),
			/* translators: %s: what is filtered by. */
			esc_html( sprintf( __( 'Filter by: %s', 'app-connect' ), $label ) ),
			esc_html( $any )
		);
		foreach ( $options as $value => $text ) {
			printf( '<option value="%s"%s>%s</option>', esc_attr( (string) $value ), selected( (string) $value, $chosen, false ), esc_html( $text ) );
		}
		echo '</select>';
	}
}
