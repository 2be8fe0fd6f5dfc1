<?php
/**
 * A button that was not pressed on the page as it is now.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Consent;

/**
 * Thrown for a form that is old, was made for another person, session or request, or comes from another site.
 */
final class Stale extends \RuntimeException {}
