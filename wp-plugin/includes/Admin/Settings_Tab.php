<?php
/**
 * What every tab of the settings has.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

/**
 * One tab: its fields, and how they are read.
 */
interface Settings_Tab {

	/**
	 * Its name for people.
	 */
	public static function title(): string;

	/**
	 * The settings in what was sent, as `app-connect/v1/settings` wants them.
	 *
	 * @param array<string, mixed> $typed What was sent, without slashes.
	 * @return array<string, mixed>
	 */
	public static function read( array $typed ): array;

	/**
	 * Prints the fields.
	 *
	 * @param Settings_Form $form What they hold.
	 */
	public static function render( Settings_Form $form ): void;
}
