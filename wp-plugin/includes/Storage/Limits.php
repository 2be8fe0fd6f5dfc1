<?php
/**
 * Limits on failed attempts: written on failure only.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Storage;

/**
 * Answers the needs `count_failure` and `find_failures`.
 */
final class Limits {

	/**
	 * Reads the failures that were counted in a window.
	 *
	 * @param array{buckets: list<string>, window_start: int} $args Which, and where their window starts.
	 * @return list<array{bucket: string|null, hits: string|null}> Buckets that have any.
	 * @throws Unavailable When that is not known.
	 */
	public static function find( array $args ): array {
		if ( ! $args['buckets'] ) {
			return array();
		}
		$marks = implode( ', ', array_fill( 0, count( $args['buckets'] ), '%s' ) );
		return Database::rows(
			'SELECT bucket, hits FROM ' . Database::table( 'limits' ) . " WHERE bucket IN ($marks) AND window_start >= %d",
			array( ...$args['buckets'], $args['window_start'] )
		);
	}

	/**
	 * Counts one failure in each bucket, atomically. A row of an older window starts again at one.
	 *
	 * @param array{buckets: list<string>, window_start: int} $args Which, and where their window starts.
	 * @throws Unavailable When that is not known.
	 */
	public static function count_failure( array $args ): void {
		$buckets = $args['buckets'];
		if ( ! $buckets ) {
			return;
		}
		// In one order, so that two statements do not wait for each other.
		sort( $buckets );
		$values = array();
		foreach ( $buckets as $bucket ) {
			array_push( $values, $bucket, $args['window_start'] );
		}
		// Columns are set from left to right: hits sees the window as it was.
		Database::write(
			'INSERT INTO ' . Database::table( 'limits' ) . ' (bucket, window_start, hits) VALUES '
				. implode( ', ', array_fill( 0, count( $buckets ), '(%s, %d, 1)' ) )
				. ' ON DUPLICATE KEY UPDATE hits = IF(window_start < VALUES(window_start), 1, hits + 1),
					window_start = GREATEST(window_start, VALUES(window_start))',
			$values
		);
	}
}
