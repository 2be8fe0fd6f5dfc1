<?php
/**
 * What else is known of an event.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\WP\Bundles;

/**
 * Puts the data of an event into sentences. Data that is new here is shown by its name.
 */
final class Activity_Details {

	/**
	 * What has a column of its own.
	 */
	private const ELSEWHERE = array( 'owner', 'name', 'client_id' );

	/**
	 * How much of a text that is new here is shown, in characters.
	 */
	private const EXCERPT = 200;

	/**
	 * The details of an event.
	 *
	 * @param string      $kind The kind.
	 * @param string|null $json Its data, as stored.
	 * @return list<string> Sentences, as plain text.
	 */
	public static function of( string $kind, ?string $json ): array {
		$data      = json_decode( (string) $json, true );
		$data      = is_array( $data ) ? $data : array();
		$sentences = array();
		if ( 'token_reused' === $kind ) {
			$sentences[] = __( 'A code or refresh token works once. Somebody else may have got hold of it, so everything that it led to was ended.', 'app-connect' );
		}
		if ( isset( $data['tokens'] ) || isset( $data['sessions'] ) ) {
			/* translators: %s: numbers of tokens and sessions. */
			$sentences[] = sprintf( __( 'Ended: %s.', 'app-connect' ), Live_Text::of( self::counts( $data ) ) );
			unset( $data['tokens'], $data['sessions'], $data['more'] );
		}
		foreach ( array_diff_key( $data, array_flip( self::ELSEWHERE ) ) as $name => $value ) {
			array_push( $sentences, ...self::sentences( (string) $name, $value ) );
		}
		return $sentences;
	}

	/**
	 * The sentences of one piece of data.
	 *
	 * @param string $name  Its name.
	 * @param mixed  $value Its value, of any shape.
	 * @return list<string>
	 */
	private static function sentences( string $name, $value ): array {
		$words = array_values( array_filter( (array) $value, 'is_string' ) );
		$word  = (string) ( $words[0] ?? '' );
		if ( '' === $word && in_array( $name, array( 'algorithm', 'cause', 'ceiling', 'kid', 'need', 'scope', 'why' ), true ) ) {
			return array();
		}
		switch ( $name ) {
			case 'cause':
				return array( self::cause( $word ) );
			case 'why':
				return array( self::reason( $word ) );
			case 'ceiling':
				return self::ceiling( $word );
			case 'ends':
				return array_map( array( self::class, 'end' ), $words );
			case 'overlap':
				return array( self::overlap( is_int( $value ) ? $value : 0 ) );
			case 'fields':
				/* translators: %s: names of what was changed, separated by commas. */
				return self::listed( __( 'Changed: %s.', 'app-connect' ), array_map( array( Activity_Fields::class, 'title' ), $words ) );
			case 'grant_types_off':
				/* translators: %s: names of grant types, separated by commas. */
				return self::listed( __( 'Switched off, with the tokens that they made: %s.', 'app-connect' ), array_map( static fn ( string $type ): string => Short_Labels::of( 'grant', $type ), $words ) );
			case 'kid':
				/* translators: %s: identifier of a key. */
				return array( sprintf( __( 'Key: %s.', 'app-connect' ), $word ) );
			case 'algorithm':
				/* translators: %s: name of an algorithm. */
				return array( sprintf( __( 'Algorithm: %s.', 'app-connect' ), $word ) );
			case 'scope':
				/* translators: %s: what an app may do, separated by semicolons. */
				return self::listed( __( 'It may: %s.', 'app-connect' ), array_map( array( self::class, 'scope' ), preg_split( '/\s+/', $word, -1, PREG_SPLIT_NO_EMPTY ) ?: array() ), '; ' );
			case 'need':
				/* translators: %s: the name of a function of the plugin. */
				return array( sprintf( __( 'The plugin gave a wrong answer to “%s”. Please report this.', 'app-connect' ), $word ) );
		}
		$text = is_scalar( $value ) ? (string) $value : (string) wp_json_encode( $value );
		return array( $name . ': ' . ( mb_strlen( $text ) > self::EXCERPT ? mb_substr( $text, 0, self::EXCERPT - 1 ) . '…' : $text ) );
	}

	/**
	 * A sentence with a list in it, or none.
	 *
	 * @param string   $sentence  The sentence.
	 * @param string[] $words     The list.
	 * @param string   $separator What stands between two of them; empty for a comma.
	 * @return list<string>
	 */
	private static function listed( string $sentence, array $words, string $separator = '' ): array {
		return array() === $words ? array() : array( sprintf( $sentence, implode( '' === $separator ? wp_get_list_item_separator() : $separator, $words ) ) );
	}

	/**
	 * The counts in some data.
	 *
	 * @param array<string, mixed> $data The data.
	 * @return array{tokens: int, sessions: int, more: bool}
	 */
	private static function counts( array $data ): array {
		$number = static fn ( string $name ): int => is_int( $data[ $name ] ?? null ) ? max( 0, $data[ $name ] ) : 0;
		return array(
			'tokens'   => $number( 'tokens' ),
			'sessions' => $number( 'sessions' ),
			'more'     => ! empty( $data['more'] ),
		);
	}

	/**
	 * Why an attempt failed.
	 *
	 * @param string $cause As the protocol names it.
	 */
	private static function cause( string $cause ): string {
		$sentences = array(
			'disabled'              => __( 'The client is disabled.', 'app-connect' ),
			'malformed_header'      => __( 'The Authorization header could not be read.', 'app-connect' ),
			'method_not_registered' => __( 'The client does not use this way to show its secret.', 'app-connect' ),
			'mismatch'              => __( 'Two different client IDs were sent.', 'app-connect' ),
			'missing'               => __( 'No client ID was sent.', 'app-connect' ),
			'multiple'              => __( 'Credentials were sent in two ways at once.', 'app-connect' ),
			'too_many'              => __( 'There were too many failed attempts before.', 'app-connect' ),
			'unknown'               => __( 'There is no client with this ID.', 'app-connect' ),
			'wrong_secret'          => __( 'The secret was wrong.', 'app-connect' ),
		);
		/* translators: %s: name of a cause. */
		return $sentences[ $cause ] ?? sprintf( __( 'Cause: %s.', 'app-connect' ), str_replace( '_', ' ', $cause ) );
	}

	/**
	 * Why tokens ended, or keys changed.
	 *
	 * @param string $why As it was recorded.
	 */
	private static function reason( string $why ): string {
		$sentences = array(
			'administrator'         => __( 'An administrator asked for another key.', 'app-connect' ),
			'first'                 => __( 'There was no such key before.', 'app-connect' ),
			'imported'              => __( 'An administrator brought it along.', 'app-connect' ),
			'left_site'             => __( 'The user left this site.', 'app-connect' ),
			'logged_out_everywhere' => __( 'The user was logged out everywhere.', 'app-connect' ),
			'password_changed'      => __( 'The password was changed.', 'app-connect' ),
			'password_reset'        => __( 'The password was reset.', 'app-connect' ),
			'revoked'               => __( 'The key before it was withdrawn.', 'app-connect' ),
			'scheduled'             => __( 'The key before it had been used for as long as the settings say.', 'app-connect' ),
			'user_deleted'          => __( 'The user was deleted.', 'app-connect' ),
		);
		/* translators: %s: name of a reason. */
		return $sentences[ $why ] ?? sprintf( __( 'Reason: %s.', 'app-connect' ), str_replace( '_', ' ', $why ) );
	}

	/**
	 * What became of a client's ceiling.
	 *
	 * @param string $ceiling As the protocol names it.
	 * @return list<string> Nothing if it stayed as it was.
	 */
	private static function ceiling( string $ceiling ): array {
		$sentences = array(
			'different' => __( 'It may do more in some respects, and less in others.', 'app-connect' ),
			'narrower'  => __( 'It may do less than before.', 'app-connect' ),
			'wider'     => __( 'It may do more than before.', 'app-connect' ),
		);
		return isset( $sentences[ $ceiling ] ) ? array( $sentences[ $ceiling ] ) : array();
	}

	/**
	 * What a change of a client ended.
	 *
	 * @param string $end As the protocol names it.
	 */
	private static function end( string $end ): string {
		$sentences = array(
			'grant_types_removed'   => __( 'Tokens of the grant types that were taken away ended.', 'app-connect' ),
			'service_user_changed'  => __( 'Tokens that acted as the former service user ended.', 'app-connect' ),
			'service_user_takeover' => __( 'It acts as a user who can take over this site.', 'app-connect' ),
			'type_changed'          => __( 'All its tokens ended, because its type changed.', 'app-connect' ),
		);
		return $sentences[ $end ] ?? __( 'Some of its tokens ended.', 'app-connect' );
	}

	/**
	 * What became of a former secret.
	 *
	 * @param int $seconds For how long it goes on working.
	 */
	private static function overlap( int $seconds ): string {
		return 0 === $seconds
			? __( 'The former one stopped working at once, and all tokens ended.', 'app-connect' )
			/* translators: %s: a span of time. */
			: sprintf( __( 'The former one went on working for %s.', 'app-connect' ), human_time_diff( 0, $seconds ) );
	}

	/**
	 * What a scope allows.
	 *
	 * @param string $name The scope.
	 */
	private static function scope( string $name ): string {
		$titles = array(
			'email'          => __( 'see the e-mail address', 'app-connect' ),
			'offline_access' => __( 'stay signed in', 'app-connect' ),
			'openid'         => __( 'recognise the person', 'app-connect' ),
			'profile'        => __( 'see the profile', 'app-connect' ),
			'wp'             => __( 'do all that its client may', 'app-connect' ),
		);
		return $titles[ $name ] ?? Bundles::title( $name );
	}
}
