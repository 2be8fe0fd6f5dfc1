<?php
/**
 * Cleans up as cron does until nothing is left or the seconds of the first argument are over. Prints how many
 * milliseconds each batch took.
 */

$took = array();
$end  = microtime( true ) + (float) $args[0];
foreach ( AppConnect\WP\Storage\Cleanup::batches() as $seconds ) {
	$took[] = 1000 * $seconds;
	if ( microtime( true ) >= $end ) {
		break;
	}
}
echo json_encode( $took );
