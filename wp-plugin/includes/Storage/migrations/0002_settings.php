<?php
/**
 * Migration 2: the row of the settings. Without it WordPress asks the database for a missing option on every request.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Storage;

use AppConnect\WP\Settings;

return static function (): void {
	Settings::change( static fn ( array $settings ): array => $settings );
};
