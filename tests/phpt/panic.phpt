--TEST--
SC-07: a panic is an \Error, stderr says where and nothing else, and the worker goes on
--DESCRIPTION--
Needs a build with the feature debug-panic, which tests/phpt/run makes, as PANIC_SO.
--EXTENSIONS--
app_connect
--FILE--
<?php
require __DIR__ . '/support.inc';
use function AppConnect\Tests\{execute, php};

$code = <<<'PHP'
require getenv( 'SUPPORT' );
use function AppConnect\Tests\{draft, drive, request, server, summary};
use const AppConnect\Tests\NOW;
$server          = server();
$host            = new AppConnect\Tests\Memory();
[ $id, $secret ] = $host->register( $server, draft() );
$request         = request( "grant_type=client_credentials&client_id=$id&client_secret=$secret" );
$open            = $server->handle( 'token', $request, NOW );
$open->need();
$pid = getmypid();
foreach ( array( 'oauth_ac_aSECRET', "SECRET\xff\0\r\n%s%n", str_repeat( 'SECRET', 100000 ), '' ) as $payload ) {
	try {
		AppConnect\debug_panic( $payload );
		echo "no panic\n";
	} catch ( Exception $exception ) {
		echo "an Exception: plugins that catch those would go on\n";
	} catch ( Error $error ) {
		echo $error::class, ' ', $error instanceof Error ? 'Error' : '', "\n";
	}
}
for ( $i = 0; $i < 1000; $i++ ) {
	try {
		AppConnect\debug_panic( 'SECRET' );
	} catch ( Error ) {
	}
}
echo getmypid() === $pid ? 'the same process' : 'another process', "\n";
echo summary( drive( $server->handle( 'token', $request, NOW ), $host ) ), ' ', summary( drive( $open, $host ) ), "\n";
echo json_encode( AppConnect\self_test() ), "\n";
PHP;
$panic = getenv( 'PANIC_SO' );
if ( ! is_file( $panic ) ) {
	die( "no PANIC_SO\n" );
}
[ $exit, $output, $errors ] = execute( array( ...php( $panic ), '-r', $code ), '', array( 'SUPPORT' => __DIR__ . '/support.inc', 'RUST_BACKTRACE' => 'full' ) );
echo "exit $exit\n$output";
$lines = explode( "\n", trim( $errors ) );
echo count( $lines ), " lines on stderr:\n", implode( "\n", array_unique( $lines ) ), "\n";
echo 'release: ', var_export( function_exists( 'AppConnect\debug_panic' ), true ), "\n";
?>
--EXPECTF--
exit 0
Error Error
Error Error
Error Error
Error Error
the same process
200 200
[]
1004 lines on stderr:
app_connect: panic at functions.rs:%d
release: false
