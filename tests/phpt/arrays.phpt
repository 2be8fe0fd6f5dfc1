--TEST--
Arrays that no host should hand over: too deep, or in themselves
--EXTENSIONS--
app_connect
--FILE--
<?php
require __DIR__ . '/support.inc';
use function AppConnect\Tests\{attempt, config, draft, drive, request, server, summary};
use const AppConnect\Tests\NOW;

$nest = static function ( int $levels ): array {
	$array = array( 'end' => 1 );
	while ( --$levels > 0 ) {
		$array = array( 'x' => $array );
	}
	return $array;
};
$self         = array();
$self['self'] = &$self;
$list         = array();
$list[0]      = &$list;
$one          = array( 'x' => 1 );
$two          = array( 'one' => &$one );
$one['two']   = &$two;
$shared       = array( 'a' );
for ( $i = 0; $i < 40; $i++ ) {
	$shared = array( $shared );
}

$server = server();
// A flow whose first need is answered with a value.
$answered = static function ( mixed $value ) use ( $server ): string {
	$flow = $server->handle( 'token', request( 'grant_type=client_credentials&client_id=a&client_secret=b' ), NOW );
	$flow->need();
	$flow->answer( $value );
	$need = $flow->need();
	return null === $need ? summary( $flow->response() ) : $need['name'];
};

foreach ( array( '16 levels' => $nest( 16 ), '17 levels' => $nest( 17 ), '10,000 levels' => $nest( 10000 ), 'itself' => $self, 'itself as a list' => $list, 'each other' => $one, '41 lists' => $shared ) as $name => $array ) {
	echo "$name\n";
	echo '  config: ', preg_replace( '/unknown field.*/', 'unknown field …', attempt( fn() => server( $array ) ) ), "\n";
	echo '  draft:  ', preg_replace( '/unknown field.*/', 'unknown field …', attempt( fn() => $server->draft_client( $array, array() ) ) ), "\n";
	echo '  answer: ', $answered( $array ), "\n";
	echo '  request: ', summary( drive( $server->handle( 'token', $array + array( 'method' => &$array ), NOW ), new AppConnect\Tests\Memory() ) ), "\n";
}

echo "a reference counts as its value\n";
$home           = 'https://example.net';
$config         = config();
$config['site']['home'] = &$home;
echo '  ', ( new AppConnect\Server( $config ) )->issuer(), "\n";
$body    = 'grant_type=client_credentials&client_id=a&client_secret=b';
$request = request( '' );
$request['body'] = &$body;
echo '  ', $server->handle( 'token', $request, NOW )->need()['name'], "\n";
?>
--EXPECT--
16 levels
  config: AppConnect\ConfigurationException: the configuration is malformed: unknown field …
  draft:  {"errors":[{"field":"client","line":null,"code":"malformed","detail":"an unknown member, or a value of another type than documented"}]}
  answer: 500 server_error: the server cannot answer
  request: 405 invalid_request: this endpoint accepts POST only
17 levels
  config: AppConnect\ConfigurationException: the array nests too deeply
  draft:  AppConnect\ConfigurationException: the array nests too deeply
  answer: 500 server_error: the server cannot answer
  request: 405 invalid_request: this endpoint accepts POST only
10,000 levels
  config: AppConnect\ConfigurationException: the array nests too deeply
  draft:  AppConnect\ConfigurationException: the array nests too deeply
  answer: 500 server_error: the server cannot answer
  request: 405 invalid_request: this endpoint accepts POST only
itself
  config: AppConnect\ConfigurationException: the array nests too deeply
  draft:  AppConnect\ConfigurationException: the array nests too deeply
  answer: 500 server_error: the server cannot answer
  request: 405 invalid_request: this endpoint accepts POST only
itself as a list
  config: AppConnect\ConfigurationException: the array nests too deeply
  draft:  AppConnect\ConfigurationException: the array nests too deeply
  answer: 500 server_error: the server cannot answer
  request: 405 invalid_request: this endpoint accepts POST only
each other
  config: AppConnect\ConfigurationException: the array nests too deeply
  draft:  AppConnect\ConfigurationException: the array nests too deeply
  answer: 500 server_error: the server cannot answer
  request: 405 invalid_request: this endpoint accepts POST only
41 lists
  config: AppConnect\ConfigurationException: the array nests too deeply
  draft:  AppConnect\ConfigurationException: the array nests too deeply
  answer: 500 server_error: the server cannot answer
  request: 405 invalid_request: this endpoint accepts POST only
a reference counts as its value
  https://example.net
  find_client
