--TEST--
SC-07: a flow that panicked is poisoned; it never answers, and others go on
--EXTENSIONS--
app_connect
--FILE--
<?php
require __DIR__ . '/support.inc';
use function AppConnect\Tests\{execute, php};

$code = <<<'PHP'
require getenv( 'SUPPORT' );
use function AppConnect\Tests\{attempt, drive, request, server, summary};
use const AppConnect\Tests\NOW;
$flow = AppConnect\debug_panicking_flow();
try {
	$flow->need();
	echo "no panic\n";
} catch ( Error $error ) {
	echo $error::class, "\n";
}
foreach ( array( 'need', 'response', 'unavailable', 'events', 'principal', 'need' ) as $method ) {
	echo "$method: ", attempt( static fn() => $flow->$method() ), "\n";
}
echo 'answer: ', attempt( static fn() => $flow->answer( null ) ), "\n";
$request = request( 'grant_type=client_credentials&client_id=a&client_secret=b' );
echo summary( drive( server()->handle( 'token', $request, NOW ), new AppConnect\Tests\Memory() ) ), "\n";
PHP;
[ $exit, $output, $errors ] = execute( array( ...php( getenv( 'PANIC_SO' ) ), '-r', $code ), '', array( 'SUPPORT' => __DIR__ . '/support.inc' ) );
echo "exit $exit\n$output$errors";
?>
--EXPECTF--
exit 0
Error
need: AppConnect\ConfigurationException: the flow failed and cannot go on
response: AppConnect\ConfigurationException: the flow failed and cannot go on
unavailable: AppConnect\ConfigurationException: no need is open
events: []
principal: null
need: AppConnect\ConfigurationException: the flow failed and cannot go on
answer: AppConnect\ConfigurationException: no need is open
401 invalid_client: Invalid Client: the client ID or its secret is wrong
app_connect: panic at functions.rs:%d
