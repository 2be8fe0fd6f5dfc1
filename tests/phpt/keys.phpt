--TEST--
An array key that is no UTF-8, or holds a NUL, is refused like any other unknown one
--EXTENSIONS--
app_connect
--FILE--
<?php
require __DIR__ . '/support.inc';
use function AppConnect\Tests\{attempt, bearer, body, config, draft, drive, request, server, summary};
use const AppConnect\Tests\NOW;

$server          = server();
$host            = new AppConnect\Tests\Memory();
[ $id, $secret ] = $host->register( $server, draft() );
$form            = "grant_type=client_credentials&client_id=$id&client_secret=$secret";
$token           = body( drive( $server->handle( 'token', request( $form ), NOW ), $host ) )['access_token'];
$flow            = $server->authenticate( bearer( $token ), NOW );
drive( $flow, $host );
$principal = $flow->principal();

foreach ( array( 'no UTF-8' => "\xff", 'NUL' => "a\0b" ) as $name => $key ) {
	echo "$name\n";
	// Which class it is, not its words.
	$class = static fn( callable $call ) => explode( ':', attempt( $call ) )[0];
	echo '  config: ', $class( fn() => server( array( $key => 1 ) ) ), "\n";
	echo '  config.methods: ', $class( fn() => new AppConnect\Server( config( array( 'methods' => array( $key => 1 ) ) ) ) ), "\n";
	$drafted = attempt( fn() => isset( $server->draft_client( draft( array( $key => 1 ) ), array() )['errors'] ) );
	echo '  draft: ', 'true' === $drafted ? 'errors' : explode( ':', $drafted )[0], "\n";
	echo '  permits: ', $class( fn() => $principal->permits( array( $key => 'manage_options' ) ) ), "\n";
	echo '  request: ', summary( drive( $server->handle( 'token', request( $form, array( $key => 1 ) ), NOW ), $host ) ), "\n";

	$flow = $server->handle( 'token', request( $form ), NOW );
	$flow->need();
	echo '  answer: ', attempt( static fn() => $flow->answer( array( $key => 1 ) ) ), "\n";
	echo '  then: ', attempt( static fn() => $flow->need() ), ' ', attempt( static fn() => summary( $flow->response() ) ), "\n";
}
?>
--EXPECT--
no UTF-8
  config: AppConnect\ConfigurationException
  config.methods: AppConnect\ConfigurationException
  draft: AppConnect\ConfigurationException
  permits: false
  request: 200
  answer: null
  then: null "500 server_error: the server cannot answer"
NUL
  config: AppConnect\ConfigurationException
  config.methods: AppConnect\ConfigurationException
  draft: errors
  permits: false
  request: 200
  answer: null
  then: null "500 server_error: the server cannot answer"
