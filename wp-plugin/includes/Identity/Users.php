<?php
/**
 * What WordPress knows of its users.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Identity;

/**
 * Answers the need `held_capabilities`.
 */
final class Users {

	/**
	 * Which of some capabilities a user holds now, by everything that WordPress and its plugins say.
	 *
	 * @param array{user: int, capabilities: list<string>} $args The user, and primitive capabilities.
	 * @return list<string> The subset held.
	 */
	public static function held_capabilities( array $args ): array {
		return array_values(
			array_filter(
				$args['capabilities'],
				static fn ( string $capability ): bool => user_can( $args['user'], $capability )
			)
		);
	}
}
