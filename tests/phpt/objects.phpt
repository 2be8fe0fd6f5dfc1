--TEST--
Objects can be neither made, copied, stored nor extended, and show nothing of what they hold
--EXTENSIONS--
app_connect
--FILE--
<?php
require __DIR__ . '/support.inc';
use function AppConnect\Tests\{attempt, bearer, body, config, draft, drive, execute, php, request, server};
use const AppConnect\Tests\NOW;

$server          = server();
$host            = new AppConnect\Tests\Memory();
[ $id, $secret ] = $host->register( $server, draft() );
$open            = $server->handle( 'token', request( 'grant_type=client_credentials', array( 'authorization' => 'Basic ' . base64_encode( "$id:$secret" ) ) ), NOW );
$need            = $open->need();
$done            = $server->handle( 'token', request( "grant_type=client_credentials&client_id=$id&client_secret=$secret" ), NOW );
$token           = body( drive( $done, $host ) )['access_token'];
$signed_in       = $server->authenticate( bearer( $token ), NOW );
drive( $signed_in, $host );
$objects = array( 'server' => $server, 'open flow' => $open, 'finished flow' => $done, 'bearer' => $signed_in, 'principal' => $signed_in->principal() );

foreach ( $objects as $name => $object ) {
	echo "$name\n";
	echo '  clone: ', attempt( static fn() => clone $object ), "\n";
	echo '  serialize: ', attempt( static fn() => serialize( $object ) ), "\n";
	echo '  in an array: ', attempt( static fn() => serialize( array( $object ) ) ), "\n";
	ob_start();
	var_dump( $object );
	print_r( $object );
	var_export( $object );
	echo json_encode( $object ), implode( array_keys( (array) $object ) ), implode( get_object_vars( $object ) ), implode( get_mangled_object_vars( $object ) );
	foreach ( $object as $key => $value ) {
		echo $key, $value;
	}
	echo new ReflectionObject( $object );
	$shown = ob_get_clean();
	foreach ( array( 'token' => $token, 'secret' => $secret, 'basic' => base64_encode( "$id:$secret" ), 'client_id' => $id, 'digest' => AppConnect\digest_token( $token ), 'site' => 'example.org' ) as $what => $value ) {
		if ( str_contains( $shown, $value ) ) {
			echo "  shows the $what\n";
		}
	}
	echo '  as text: ', attempt( static fn() => (string) $object ), "\n";
	echo '  compared: ', attempt( static fn() => $object == $object ), "\n";
}

echo "made by other means\n";
foreach ( array( 'Flow', 'Principal' ) as $class ) {
	$class = "AppConnect\\$class";
	echo "  new $class: ", attempt( static fn() => new $class() ), "\n";
}
foreach ( array( 'Flow', 'Principal', 'Server' ) as $class ) {
	$class = "AppConnect\\$class";
	echo '  ', attempt( static fn() => ( new ReflectionClass( $class ) )->newInstanceWithoutConstructor() ), "\n";
	$length = strlen( $class );
	foreach ( array( 'O', 'C' ) as $kind ) {
		echo '  ', attempt( static fn() => @unserialize( "$kind:$length:\"$class\":0:{}" ) ), "\n";
	}
	[ $exit, $output ] = execute( array( ...php(), '-r', "class Heir extends $class {} echo 'extended';" ) );
	echo "  exit $exit: ", trim( explode( ' in ', $output )[0] ), "\n";
}
echo '  constructed twice: ', attempt( static fn() => $server->__construct( config( array( 'access_token_lifetime' => 60 ) ) ) ), ' ', $server->issuer(), "\n";

echo "many of them, forgotten in the middle, and a cycle\n";
for ( $i = 0; $i < 2000; $i++ ) {
	$flow = $server->handle( 'token', request( "grant_type=client_credentials&client_id=$id&client_secret=$secret" ), NOW );
	$flow->need();
	$holder       = new stdClass();
	$holder->flow = $flow;
	$holder->self = $holder;
}
unset( $server );
echo '  ', gc_collect_cycles() > 0 ? 'collected' : 'kept', ', a flow outlives its server: ', $open->need()['name'], ' ', drive( $open, $host )['status'], "\n";
?>
--EXPECT--
server
  clone: Error: Trying to clone an uncloneable object of class AppConnect\Server
  serialize: Exception: Serialization of 'AppConnect\Server' is not allowed
  in an array: Exception: Serialization of 'AppConnect\Server' is not allowed
  as text: Error: Object of class AppConnect\Server could not be converted to string
  compared: true
open flow
  clone: Error: Trying to clone an uncloneable object of class AppConnect\Flow
  serialize: Exception: Serialization of 'AppConnect\Flow' is not allowed
  in an array: Exception: Serialization of 'AppConnect\Flow' is not allowed
  as text: Error: Object of class AppConnect\Flow could not be converted to string
  compared: true
finished flow
  clone: Error: Trying to clone an uncloneable object of class AppConnect\Flow
  serialize: Exception: Serialization of 'AppConnect\Flow' is not allowed
  in an array: Exception: Serialization of 'AppConnect\Flow' is not allowed
  as text: Error: Object of class AppConnect\Flow could not be converted to string
  compared: true
bearer
  clone: Error: Trying to clone an uncloneable object of class AppConnect\Flow
  serialize: Exception: Serialization of 'AppConnect\Flow' is not allowed
  in an array: Exception: Serialization of 'AppConnect\Flow' is not allowed
  as text: Error: Object of class AppConnect\Flow could not be converted to string
  compared: true
principal
  clone: Error: Trying to clone an uncloneable object of class AppConnect\Principal
  serialize: Exception: Serialization of 'AppConnect\Principal' is not allowed
  in an array: Exception: Serialization of 'AppConnect\Principal' is not allowed
  as text: Error: Object of class AppConnect\Principal could not be converted to string
  compared: true
made by other means
  new AppConnect\Flow: Exception: You cannot instantiate this class from PHP.
  new AppConnect\Principal: Exception: You cannot instantiate this class from PHP.
  ReflectionException: Class AppConnect\Flow is an internal class marked as final that cannot be instantiated without invoking its constructor
  Exception: Unserialization of 'AppConnect\Flow' is not allowed
  Exception: Unserialization of 'AppConnect\Flow' is not allowed
  exit 255: Fatal error: Class Heir cannot extend final class AppConnect\Flow
  ReflectionException: Class AppConnect\Principal is an internal class marked as final that cannot be instantiated without invoking its constructor
  Exception: Unserialization of 'AppConnect\Principal' is not allowed
  Exception: Unserialization of 'AppConnect\Principal' is not allowed
  exit 255: Fatal error: Class Heir cannot extend final class AppConnect\Principal
  ReflectionException: Class AppConnect\Server is an internal class marked as final that cannot be instantiated without invoking its constructor
  Exception: Unserialization of 'AppConnect\Server' is not allowed
  Exception: Unserialization of 'AppConnect\Server' is not allowed
  exit 255: Fatal error: Class Heir cannot extend final class AppConnect\Server
  constructed twice: null https://example.org
many of them, forgotten in the middle, and a cycle
  collected, a flow outlives its server: find_client 200
