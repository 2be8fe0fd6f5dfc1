--TEST--
php/examples/server.php serves: token, resource, outside the allowlist, revocation, limits
--EXTENSIONS--
app_connect
--FILE--
<?php
require __DIR__ . '/support.inc';
use function AppConnect\Tests\{execute, php, root};

$state = tempnam( sys_get_temp_dir(), 'state' );
unlink( $state );
$environment = array( 'APP_CONNECT_EXAMPLE_STATE' => $state );
$script      = root() . '/php/examples/server.php';

[ $exit, $output, $errors ] = execute( array( ...php(), $script, 'client' ), '', $environment );
[ $id, $secret ]            = explode( "\n", trim( $output ) ) + array( 1 => '' );
echo "client: exit $exit, ", strlen( $id ), ' ', strlen( $secret ), $errors, "\n";
echo 'usage: exit ', execute( array( ...php(), $script ), '', $environment )[0], "\n";

// The first free port of a few; the server says in its log whether it got it.
$log = tempnam( sys_get_temp_dir(), 'log' );
for ( $port = 18431, $ready = false; ! $ready && $port < 18461; $port++ ) {
	$process = proc_open( array( ...php(), '-S', "127.0.0.1:$port", $script ), array( array( 'file', '/dev/null', 'r' ), array( 'file', $log, 'w' ), array( 'file', $log, 'w' ) ), $pipes, null, $environment + getenv() );
	for ( $i = 0; $i < 500 && ! $ready; $i++ ) {
		usleep( 10000 );
		$ready = str_contains( file_get_contents( $log ), 'started' );
		if ( ! proc_get_status( $process )['running'] ) {
			$ready = false;
			proc_close( $process );
			continue 2;
		}
	}
	$address = "http://127.0.0.1:$port/api";
}
register_shutdown_function(
	static function () use ( $process, $state, $log ): void {
		proc_terminate( $process );
		proc_close( $process );
		array_map( 'unlink', array_filter( array( $state, "$state.lock", $log ), 'is_file' ) );
	}
);

$http  = static function ( string $method, string $path, array $headers = array(), string $body = '' ) use ( $address ): array {
	$headers[] = 'Content-Type: application/x-www-form-urlencoded';
	$context   = stream_context_create( array( 'http' => array( 'method' => $method, 'header' => $headers, 'content' => $body, 'ignore_errors' => true, 'timeout' => 10 ) ) );
	$text      = file_get_contents( $address . $path, false, $context );
	preg_match( '/ (\d{3})/', $http_response_header[0], $status );
	return array( (int) $status[1], $text, $http_response_header );
};
$show  = static function ( string $what, array $response ): void {
	$challenge = preg_grep( '/^WWW-Authenticate/i', $response[2] );
	echo "$what: $response[0] $response[1]", $challenge ? ' ' . reset( $challenge ) : '', "\n";
};
$basic = 'Authorization: Basic ' . base64_encode( "$id:$secret" );

[ $status, $text ] = $http( 'POST', '/app-connect/v1/token', array( $basic ), 'grant_type=client_credentials' );
$body              = json_decode( $text, true );
$bearer            = "Authorization: Bearer {$body['access_token']}";
ksort( $body );
echo "token: $status ", json_encode( array_diff_key( $body, array( 'access_token' => 1 ) ), JSON_UNESCAPED_SLASHES ), "\n";
$show( 'resource', $http( 'GET', '/notes', array( $bearer ) ) );
$show( 'in the allowlist, but nothing there', $http( 'GET', '/notes/9', array( $bearer ) ) );
$show( 'outside the allowlist', $http( 'GET', '/settings', array( $bearer ) ) );
$show( 'another method', $http( 'DELETE', '/notes', array( $bearer ) ) );
$show( 'no token', $http( 'GET', '/notes' ) );
$show( 'a token in the address', $http( 'GET', "/notes?access_token={$body['access_token']}" ) );
$show( 'GET', $http( 'GET', '/app-connect/v1/token' ) );
$show( 'a page', $http( 'GET', "/app-connect/v1/authorize?client_id=$id&response_type=code" ) );
$show( 'revoke', $http( 'POST', '/app-connect/v1/revoke', array( $basic ), "token={$body['access_token']}" ) );
$show( 'revoke again', $http( 'POST', '/app-connect/v1/revoke', array( $basic ), "token={$body['access_token']}" ) );
$show( 'resource', $http( 'GET', '/notes', array( $bearer ) ) );
$wrong = 'Authorization: Basic ' . base64_encode( "$id:wrong" );
for ( $i = 0; $i < 11; $i++ ) {
	$statuses[] = $http( 'POST', '/app-connect/v1/token', array( $wrong ), 'grant_type=client_credentials' )[0];
}
echo 'wrong secrets: ', implode( ' ', $statuses ), "\n";
$stored = file_get_contents( $state );
echo 'stored in plain: ', var_export( str_contains( $stored, $body['access_token'] ) || str_contains( $stored, $secret ), true ), "\n";
echo 'logged in plain: ', var_export( str_contains( file_get_contents( $log ), $secret ), true ), "\n";
?>
--EXPECT--
client: exit 0, 22 49
usage: exit 2
token: 200 {"expires_in":3600,"granted_rest_routes":["GET /api/notes","GET /api/notes/*"],"scope":"wp","token_type":"Bearer"}
resource: 200 {"user":1,"notes":["Buy milk","Rotate keys"]}
in the allowlist, but nothing there: 404 {"error":"not_found"}
outside the allowlist: 403 {"error":"insufficient_scope","error_description":"Forbidden Request: the token does not allow this request"} WWW-Authenticate: Bearer realm="App Connect", error="insufficient_scope", error_description="Forbidden Request: the token does not allow this request", scope="wp"
another method: 403 {"error":"insufficient_scope","error_description":"Forbidden Request: the token does not allow this request"} WWW-Authenticate: Bearer realm="App Connect", error="insufficient_scope", error_description="Forbidden Request: the token does not allow this request", scope="wp"
no token: 401 {"error":"unauthorized"} WWW-Authenticate: Bearer realm="App Connect"
a token in the address: 400 {"error":"invalid_request","error_description":"access tokens are not accepted in the address"} WWW-Authenticate: Bearer realm="App Connect", error="invalid_request", error_description="access tokens are not accepted in the address"
GET: 405 {"error":"invalid_request","error_description":"this endpoint accepts POST only"}
a page: 400 the parameter redirect_uri is missing
revoke: 200 
revoke again: 200 
resource: 401 {"error":"invalid_token","error_description":"the access token is invalid or was revoked"} WWW-Authenticate: Bearer realm="App Connect", error="invalid_token", error_description="the access token is invalid or was revoked"
wrong secrets: 401 401 401 401 401 401 401 401 401 401 429
stored in plain: false
logged in plain: false
