<?php
/**
 * From the flat rows of a join to the nested answers that the protocol reads.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Storage;

/**
 * Shapes rows.
 */
final class Rows {

	/**
	 * Nests columns by the dots in their names: `client.id` becomes `['client' => ['id' => …]]`.
	 *
	 * @param array<string, string|null> $row One row.
	 * @return array<string, mixed>
	 */
	public static function nest( array $row ): array {
		$nested = array();
		foreach ( $row as $name => $value ) {
			$place = &$nested;
			foreach ( explode( '.', $name ) as $part ) {
				$place = &$place[ $part ];
			}
			$place = $value;
			unset( $place );
		}
		return $nested;
	}
}
