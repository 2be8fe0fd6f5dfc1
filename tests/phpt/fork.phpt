--TEST--
SC-11: eight children of one process mint 10,000 tokens each, and no two are equal
--EXTENSIONS--
app_connect
pcntl
--FILE--
<?php
require __DIR__ . '/support.inc';
use AppConnect\Tests\Memory;
use function AppConnect\Tests\{body, draft, drive, request, server};
use const AppConnect\Tests\NOW;

const CHILDREN = 8;
const TOKENS   = 10000;

$server          = server();
$host            = new Memory();
[ $id, $secret ] = $host->register( $server, draft() );
$request         = request( "grant_type=client_credentials&client_id=$id&client_secret=$secret" );
// Whatever a generator keeps in memory is there before the fork, and one flow is under way.
$all   = array();
for ( $i = 0; $i < 100; $i++ ) {
	$all[] = body( drive( $server->handle( 'token', $request, NOW ), $host ) )['access_token'];
}
$begun = $server->handle( 'token', $request, NOW );
$begun->need();

$files = array();
$pids  = array();
for ( $child = 0; $child < CHILDREN; $child++ ) {
	$files[ $child ] = tempnam( sys_get_temp_dir(), 'fork' );
	$pid             = pcntl_fork();
	if ( 0 === $pid ) {
		$tokens = array( body( drive( $begun, $host ) )['access_token'] );
		for ( $i = 1; $i < TOKENS; $i++ ) {
			$tokens[]     = body( drive( $server->handle( 'token', $request, NOW ), $host ) )['access_token'];
			$host->tokens = array();
		}
		// Identifiers and secrets of clients come from the same place.
		$new      = $server->draft_client( draft(), array() );
		$tokens[] = $new['client_id'];
		$tokens[] = $new['secret'];
		file_put_contents( $files[ $child ], implode( "\n", $tokens ) );
		exit( 0 );
	}
	$pids[] = $pid;
}
foreach ( $pids as $pid ) {
	pcntl_waitpid( $pid, $status );
	if ( 0 !== $status ) {
		echo "a child ended with $status\n";
	}
}
foreach ( $files as $file ) {
	array_push( $all, ...explode( "\n", file_get_contents( $file ) ) );
	unlink( $file );
}
echo count( $all ), ' ', count( array_unique( $all ) ), "\n";
?>
--EXPECT--
80116 80116
