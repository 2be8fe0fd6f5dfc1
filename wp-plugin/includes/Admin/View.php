<?php
/**
 * What a request to the clients screen shows.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

/**
 * Made before anything is printed, printed after.
 */
interface View {

	/**
	 * The title of the document, as plain text: what screen readers say first.
	 */
	public function title(): string;

	/**
	 * Prints the view.
	 */
	public function render(): void;
}
