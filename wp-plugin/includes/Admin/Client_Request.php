<?php
/**
 * The client form as it was sent.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

/**
 * Reads the fields of the client form. What was typed is kept as it was typed: judging it is not our part, and the form
 * shows it again.
 */
final class Client_Request {

	/**
	 * Fields that are one text.
	 */
	private const TEXTS = array( 'name', 'description', 'logo_uri', 'type', 'redirect_uris', 'post_logout_redirect_uris', 'backchannel_logout_uri', 'consent', 'access_token_format', 'mode', 'routes', 'more_capabilities', 'service_user_search', 'service_user_searched', 'client_id' );

	/**
	 * Those of them that are lists, a line each.
	 */
	private const LINES = array( 'redirect_uris', 'post_logout_redirect_uris', 'routes' );

	/**
	 * Fields that are lists of check-boxes.
	 */
	private const LISTS = array( 'grant_types', 'auth_methods', 'bundles', 'capabilities', 'takeover' );

	/**
	 * Fields that are one check-box.
	 */
	private const SWITCHES = array( 'account', 'first_party', 'require_pkce', 'resource_server', 'trusted', 'verified' );

	/**
	 * What a new form holds.
	 *
	 * @return array<string, mixed>
	 */
	public static function blank(): array {
		return array_fill_keys( self::TEXTS, '' )
			+ array_fill_keys( self::LISTS, array() )
			+ array_fill_keys( self::SWITCHES, false )
			+ array(
				'service_user_id' => null,
				'revision'        => 0,
				'searches'        => false,
			);
	}

	/**
	 * What the form of an existing client holds.
	 *
	 * @param array<string, mixed> $item The client, from the REST API.
	 * @return array<string, mixed>
	 */
	public static function of_item( array $item ): array {
		$lines = array_map( static fn ( string $field ): string => implode( "\n", (array) $item[ $field ] ), self::LINES );
		return array_combine( self::LINES, $lines ) + array_intersect_key( $item, self::blank() ) + self::blank();
	}

	/**
	 * What was typed.
	 *
	 * @return array<string, mixed>
	 */
	public static function typed(): array {
		// phpcs:disable WordPress.Security.NonceVerification -- checked before anything is done with it.
		$values = self::blank();
		foreach ( self::TEXTS as $name ) {
			$values[ $name ] = self::text( $_POST[ $name ] ?? '' );
		}
		foreach ( self::LISTS as $name ) {
			$values[ $name ] = array_map( array( self::class, 'text' ), array_values( (array) ( $_POST[ $name ] ?? array() ) ) );
		}
		foreach ( self::SWITCHES as $name ) {
			$values[ $name ] = '' !== self::text( $_POST[ $name ] ?? '' );
		}
		$user = absint( self::text( $_POST['service_user_id'] ?? '' ) );

		// Where the box was not to be seen, nobody unticked it.
		$values['require_pkce']    = $values['require_pkce'] || '' === self::text( $_POST['require_pkce_shown'] ?? '' );
		$values['service_user_id'] = 0 === $user ? null : $user;
		$values['revision']        = absint( self::text( $_POST['revision'] ?? '' ) );
		// The enter key in the search field presses the form's first button, which saves: not with a search that was not done.
		$values['searches'] = 'find_user' === self::text( $_POST['app_connect_do'] ?? '' ) || $values['service_user_search'] !== $values['service_user_searched'];
		// phpcs:enable
		return $values;
	}

	/**
	 * What the REST API is asked to make of it.
	 *
	 * @param array<string, mixed> $values What was typed.
	 * @return array<string, mixed>
	 */
	public static function draft( array $values ): array {
		$draft = array_diff_key( $values, array_flip( array( 'client_id', 'more_capabilities', 'revision', 'searches', 'service_user_search', 'service_user_searched' ) ) );
		foreach ( self::LINES as $name ) {
			$draft[ $name ] = self::lines( $values[ $name ] );
		}
		foreach ( array( 'access_token_format', 'consent' ) as $name ) {
			if ( '' === $values[ $name ] ) {
				unset( $draft[ $name ] );
			}
		}
		$draft['capabilities'] = array_values( array_unique( array( ...$values['capabilities'], ...array_filter( self::lines( $values['more_capabilities'] ) ) ) ) );
		// phpcs:ignore WordPress.Security.NonceVerification -- checked before anything is done with it.
		$draft['confirm'] = array_map( array( self::class, 'text' ), array_values( (array) ( $_POST['confirm'] ?? array() ) ) );
		return $draft;
	}

	/**
	 * One text that was sent.
	 *
	 * @param mixed $value What PHP has of it, with WordPress' slashes.
	 */
	public static function text( $value ): string {
		return is_scalar( $value ) ? str_replace( "\r\n", "\n", self::utf8( wp_unslash( (string) $value ) ) ) : '';
	}

	/**
	 * A text in which what is no UTF-8 has become U+FFFD. Core’s wp_check_invalid_utf8() does that in newer versions; in older ones it answers
	 * false and complains.
	 *
	 * @param string $text The text.
	 */
	public static function utf8( string $text ): string {
		return htmlspecialchars_decode( htmlspecialchars( $text, ENT_NOQUOTES | ENT_SUBSTITUTE, 'UTF-8' ), ENT_NOQUOTES );
	}

	/**
	 * One number that was sent: a row, or how many. 0 for what is none; core's absint() would take the minus off.
	 *
	 * @param mixed $value What PHP has of it, with WordPress' slashes.
	 */
	public static function number( $value ): int {
		$text = self::text( $value );
		return ctype_digit( $text ) ? (int) $text : 0;
	}

	/**
	 * The lines of a text, empty ones among them, so that their numbers are those in the form.
	 *
	 * @param string $text The text.
	 * @return list<string>
	 */
	private static function lines( string $text ): array {
		return '' === trim( $text ) ? array() : array_map( 'trim', explode( "\n", $text ) );
	}
}
