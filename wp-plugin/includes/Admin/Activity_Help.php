<?php
/**
 * Help on the activity.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\WP\Settings;

/**
 * The help tabs of the activity screen.
 */
final class Activity_Help {

	/**
	 * Adds them to the current screen.
	 */
	public static function add(): void {
		$screen = get_current_screen();
		if ( null === $screen ) {
			return;
		}
		foreach ( self::topics() as $id => $topic ) {
			$screen->add_help_tab(
				array(
					'id'      => "app-connect-help-$id",
					'title'   => $topic[0],
					'content' => '<p>' . implode( '</p><p>', array_map( 'esc_html', array_slice( $topic, 1 ) ) ) . '</p>',
				)
			);
		}
		$screen->set_help_sidebar(
			sprintf(
				'<p><strong>%s</strong></p><p><a href="%s">%s</a></p><p><a href="%s">%s</a></p>',
				esc_html__( 'See also:', 'app-connect' ),
				esc_url( Settings_Screen::url( 'security' ) ),
				esc_html__( 'Settings', 'app-connect' ),
				esc_url( admin_url( 'site-health.php' ) ),
				esc_html__( 'Site Health', 'app-connect' )
			)
		);
	}

	/**
	 * What there is to explain: a title and paragraphs each, as plain text.
	 *
	 * @return array<string, list<string>>
	 */
	private static function topics(): array {
		return array(
			'activity' => array(
				__( 'Activity', 'app-connect' ),
				__( 'Here you see what concerns the security of apps on this site: who did what, when, and from which address. The newest comes first.', 'app-connect' ),
				__( 'Tokens that are given out are not listed one by one: an app may get a new one every few minutes. Secrets, codes and tokens are never recorded.', 'app-connect' ),
				sprintf(
					/* translators: %s: a span of time. */
					__( 'Activity is kept for %s. You can change that under Settings → Security; what is older is deleted for good.', 'app-connect' ),
					human_time_diff( 0, Settings::activity_retention() )
				),
			),
			'kinds'    => array(
				__( 'What it means', 'app-connect' ),
				__( 'Refused: somebody sent a wrong secret, or none at all. A few of them are often an app that was set up wrong. Many from one address may be somebody who guesses: App Connect holds that address off for a while, and says so.', 'app-connect' ),
				__( 'Warning: look into it. When something used up was sent again, a token may have been stolen, or an app may have a bug; either way what it led to was ended.', 'app-connect' ),
				__( 'A user can stand there for two reasons: because they did it, or because it was about their tokens.', 'app-connect' ),
			),
			'filters'  => array(
				__( 'Filters and file', 'app-connect' ),
				__( 'An app is found by a part of its name or by its client ID, a user by login name, e-mail address or number. The links below a row fill in the filters for you.', 'app-connect' ),
				__( 'If filters leave very little of very much, a page may end before it is full. “Older” goes on from there.', 'app-connect' ),
				sprintf(
					/* translators: %s: a number. */
					__( 'The CSV file holds what the filters leave, up to %s events, with times in UTC. Cells that a spreadsheet would take for a formula begin with an apostrophe.', 'app-connect' ),
					number_format_i18n( Activity_Export::MOST )
				),
			),
		);
	}
}
