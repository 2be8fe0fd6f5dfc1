<?php
/**
 * A conditional write that somebody else was quicker with.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Storage;

/**
 * Leaves a transaction, which is rolled back: what was written before it counts no more.
 */
final class Conflict extends \RuntimeException {}
