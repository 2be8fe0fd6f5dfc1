<?php
/**
 * Loads classes when they are first named: AppConnect\WP\Http\Door is Http/Door.php.
 *
 * @package AppConnect
 */

namespace AppConnect\WP;

spl_autoload_register(
	static function ( string $name ): void {
		$prefix = __NAMESPACE__ . '\\';
		if ( ! str_starts_with( $name, $prefix ) ) {
			return;
		}
		// Asking is_file() first costs more than the include, twenty times a request. What is not there stays undefined.
		// phpcs:ignore WordPress.PHP.NoSilencedErrors
		@include __DIR__ . '/' . str_replace( '\\', '/', substr( $name, strlen( $prefix ) ) ) . '.php';
	}
);
