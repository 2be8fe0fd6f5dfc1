<?php
/**
 * Prints as many tokens as the first argument says, each with its digest, for rows that a bench stores itself.
 */

declare( strict_types=1 );

require __DIR__ . '/memory.php';

$memory = new Memory();
for ( $left = (int) $args[0]; $left > 0; --$left ) {
	$token = $memory->ask_token( time() );
	echo $token, ' ', AppConnect\digest_token( $token ), "\n";
}
