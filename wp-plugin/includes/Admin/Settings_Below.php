<?php
/**
 * What a tab of the settings can have below its form.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

/**
 * A tab that also says something that is not sent.
 */
interface Settings_Below {

	/**
	 * Prints what is to know but not to send.
	 *
	 * @param Settings_Form $form What the settings are.
	 */
	public static function render_below( Settings_Form $form ): void;
}
