<?php
/**
 * The audit log as a file.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\WP\Flow_Runner;
use AppConnect\WP\Storage\Event_List;
use AppConnect\WP\Storage\Unavailable;

/**
 * Sends what the filters leave as comma-separated values (RFC 4180), batch by batch, so that memory does not grow with it.
 */
final class Activity_Export {

	/**
	 * How many events a file has at most: a spreadsheet opens that many.
	 */
	public const MOST = 100000;

	/**
	 * How many are read at once.
	 */
	private const BATCH = 1000;

	/**
	 * Seconds that PHP may take for one batch, where it has a limit.
	 */
	private const TIME_LIMIT = 60;

	/**
	 * What a spreadsheet takes for the beginning of a formula, or of a cell that is none of ours; also in full width.
	 */
	private const FORMULA = array( '=', '+', '-', '@', "\t", "\r", "\n", '＝', '＋', '－', '＠' );

	/**
	 * Sends the file and ends the request, unless nothing can be sent.
	 *
	 * @param Activity_Query $query What is asked for.
	 * @return string Why nothing was sent; empty if that is the query's to say.
	 */
	public static function send( Activity_Query $query ): string {
		if ( $query->problems() ) {
			return '';
		}
		$filter = $query->filter();
		try {
			// What fails now can still be said on a page.
			$batch = self::batch( $filter, null, self::BATCH );
		} catch ( Unavailable $failure ) {
			Flow_Runner::log( $failure );
			return Activity_Table::unavailable();
		}
		self::begin();
		for ( $sent = 0; ; ) {
			foreach ( $batch['events'] as $event ) {
				self::put( self::cells( $event ) );
			}
			flush();
			$sent += count( $batch['events'] );
			if ( null === $batch['older'] ) {
				exit;
			}
			if ( $sent >= self::MOST ) {
				/* translators: %s: a number of events. */
				self::put_note( sprintf( __( 'This file ends here: it holds the newest %s events, and there are older ones. Choose a shorter time, or more filters, to see them.', 'app-connect' ), number_format_i18n( self::MOST ) ) );
				exit;
			}
			try {
				$batch = self::batch( $filter, $batch['older'], min( self::BATCH, self::MOST - $sent ) );
			} catch ( Unavailable $failure ) {
				Flow_Runner::log( $failure );
				self::put_note( __( 'This file is not complete: the database stopped answering. Please download it again.', 'app-connect' ) );
				exit;
			}
		}
	}

	/**
	 * Reads some events.
	 *
	 * @param array{kinds: list<string>, clients: list<int>, users: list<int>, address: string, since: int} $filter What is asked for.
	 * @param array{at: int, id: int}|null                                                                  $from   The place after which they come; null for the newest.
	 * @param int                                                                                           $limit  How many.
	 * @return array{events: list<Activity_Event>, older: array{at: int, id: int}|null} The events, and where there are more.
	 * @throws Unavailable When the database fails.
	 */
	private static function batch( array $filter, ?array $from, int $limit ): array {
		if ( function_exists( 'set_time_limit' ) ) {
			set_time_limit( self::TIME_LIMIT );
		}
		$page = Event_List::page( $filter, $from, false, $limit );
		return array(
			'events' => Activity_Event::of( $page['rows'] ),
			'older'  => $page['older'],
		);
	}

	/**
	 * Sends the headers, and the first line. The bytes before it tell a spreadsheet that this is UTF-8.
	 */
	private static function begin(): void {
		while ( ob_get_level() > 0 && ob_end_clean() ) {
			continue;
		}
		$home = wp_parse_url( home_url() );
		$name = sanitize_file_name( 'app-connect-activity-' . ( $home['host'] ?? '' ) . str_replace( '/', '-', $home['path'] ?? '' ) . wp_date( '-Y-m-d' ) . '.csv' );
		nocache_headers();
		header( 'Cache-Control: no-store, private' );
		header( 'Content-Type: text/csv; charset=utf-8' );
		header( 'Content-Disposition: attachment; filename="' . $name . '"' );
		header( 'X-Content-Type-Options: nosniff' );
		echo "\u{FEFF}"; // phpcs:ignore WordPress.Security.EscapeOutput -- The byte order mark.
		self::put(
			array(
				__( 'Time (UTC)', 'app-connect' ),
				__( 'Severity', 'app-connect' ),
				__( 'What happened', 'app-connect' ),
				__( 'Details', 'app-connect' ),
				__( 'App', 'app-connect' ),
				__( 'Client ID', 'app-connect' ),
				__( 'User', 'app-connect' ),
				__( 'User ID', 'app-connect' ),
				__( 'Tokens of', 'app-connect' ),
				__( 'Tokens of user ID', 'app-connect' ),
				__( 'Address', 'app-connect' ),
				__( 'Kind', 'app-connect' ),
				__( 'Number', 'app-connect' ),
			)
		);
	}

	/**
	 * The cells of an event.
	 *
	 * @param Activity_Event $event The event.
	 * @return list<string>
	 */
	private static function cells( Activity_Event $event ): array {
		list( $app, $user, $owner ) = array( $event->app(), $event->user(), $event->owner() );
		return array(
			gmdate( 'Y-m-d\TH:i:s\Z', $event->at() ),
			Activity_Kinds::severities()[ Activity_Kinds::severity( $event->kind() ) ],
			Activity_Kinds::sentence( $event->kind() ),
			implode( ' ', $event->details() ),
			$app['name'] ?? '',
			$app['client_id'] ?? '',
			self::login( $user ),
			(string) ( $user['id'] ?? '' ),
			self::login( $owner ),
			(string) ( $owner['id'] ?? '' ),
			$event->address(),
			$event->kind(),
			(string) $event->id(),
		);
	}

	/**
	 * How a file names a user: by the login name, which is nobody else's.
	 *
	 * @param array{id: int, name: string, login: string}|null $person The user.
	 */
	private static function login( ?array $person ): string {
		return null === $person ? '' : ( '' === $person['login'] ? $person['name'] : $person['login'] );
	}

	/**
	 * Sends a sentence in place of an event.
	 *
	 * @param string $sentence The sentence.
	 */
	private static function put_note( string $sentence ): void {
		self::put( array( '', '', $sentence ) + array_fill( 0, 13, '' ) );
	}

	/**
	 * Sends one line.
	 *
	 * @param list<string> $cells Its cells.
	 */
	private static function put( array $cells ): void {
		$quoted = array_map( static fn ( string $cell ): string => '"' . str_replace( '"', '""', self::tamed( $cell ) ) . '"', $cells );
		echo implode( ',', $quoted ) . "\r\n"; // phpcs:ignore WordPress.Security.EscapeOutput -- Escaped as RFC 4180 wants it.
	}

	/**
	 * A text that no spreadsheet takes for a formula.
	 *
	 * @param string $text The text.
	 */
	private static function tamed( string $text ): string {
		foreach ( self::FORMULA as $sign ) {
			if ( str_starts_with( $text, $sign ) ) {
				return "'$text";
			}
		}
		return $text;
	}
}
