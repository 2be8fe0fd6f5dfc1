<?php
/**
 * Storage could not be read, or a write could not be proven.
 *
 * @package AppConnect
 */

namespace AppConnect\WP\Storage;

/**
 * The request ends with 503: nothing may be concluded from what storage did not say.
 */
final class Unavailable extends \RuntimeException {

	/**
	 * @param string $cause One of our own words for the log, never SQL or data.
	 * @param int    $errno The database's error number, 0 if there is none.
	 */
	public function __construct( private readonly string $cause, private readonly int $errno = 0 ) {
		parent::__construct( $cause, $errno );
	}

	/**
	 * The cause, for the log: it holds no data.
	 */
	public function cause(): string {
		return 0 === $this->errno ? $this->cause : "$this->cause, error $this->errno";
	}

	/**
	 * Whether another try may succeed: deadlock (1213), lock wait timeout (1205), record changed since the snapshot (1020).
	 */
	public function is_conflict(): bool {
		return in_array( $this->errno, array( 1020, 1205, 1213 ), true );
	}

	/**
	 * Whether a row with the same unique key was there already (1062).
	 */
	public function is_duplicate(): bool {
		return 1062 === $this->errno;
	}
}
