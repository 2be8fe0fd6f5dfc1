<?php
/**
 * Bundles of permissions, in words, and those that other plugins add.
 *
 * @package AppConnect
 */

namespace AppConnect\WP;

/**
 * What a bundle is called, on our screens and on the consent page alike. Which bundles there are, the protocol says: of
 * those that other plugins add (`Hooks::bundles()`) it takes the ones that harm nobody.
 */
final class Bundles {

	/**
	 * What a bundle allows, in a few words. Not before `init`, where there are no translations.
	 *
	 * @param string $name Its name.
	 */
	public static function title( string $name ): string {
		return self::built_in()[ $name ] ?? Hooks::scope_title( $name ) ?? $name;
	}

	/**
	 * The names of bundles that other plugins add and the protocol did not take.
	 *
	 * @return list<string>
	 * @throws \AppConnect\ConfigurationException When the site's settings cannot serve.
	 */
	public static function refused(): array {
		$added = array_column( Hooks::bundles(), 'name' );
		$taken = array_column( Plugin::server()->bundles(), 'name' );
		// One with the name of a built-in bundle is not that bundle.
		return array_values( array_diff( $added, array_diff( $taken, array_keys( self::built_in() ) ) ) );
	}

	/**
	 * The titles of the built-in bundles.
	 *
	 * @return array<string, string>
	 */
	private static function built_in(): array {
		return array(
			'comments:read'  => __( 'Read comments, unapproved ones too', 'app-connect' ),
			'comments:write' => __( 'Write, approve, change and delete comments', 'app-connect' ),
			'content:read'   => __( 'Read posts, pages, categories and tags', 'app-connect' ),
			'content:write'  => __( 'Write, publish and delete posts, pages, categories and tags', 'app-connect' ),
			'media:read'     => __( 'See the media library', 'app-connect' ),
			'media:write'    => __( 'Upload, change and delete files in the media library', 'app-connect' ),
		);
	}
}
