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
		$file = __DIR__ . '/' . str_replace( '\\', '/', substr( $name, strlen( $prefix ) ) ) . '.php';
		if ( is_file( $file ) ) {
			require $file;
		}
	}
);
