--TEST--
php/examples/server.php serves: token, resource, outside the allowlist, revocation, limits; signed tokens and their keys
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
$log     = tempnam( sys_get_temp_dir(), 'log' );
$process = null;
$stop    = static function () use ( &$process ): void {
	if ( null !== $process ) {
		proc_terminate( $process );
		proc_close( $process );
		$process = null;
	}
};
$start   = static function ( array $environment ) use ( &$process, $stop, $log, $script ): string {
	$stop();
	for ( $port = 18431; $port < 18461; $port++ ) {
		$process = proc_open( array( ...php(), '-S', "127.0.0.1:$port", $script ), array( array( 'file', '/dev/null', 'r' ), array( 'file', $log, 'w' ), array( 'file', $log, 'w' ) ), $pipes, null, $environment + getenv() );
		for ( $i = 0; $i < 500 && proc_get_status( $process )['running']; $i++ ) {
			usleep( 10000 );
			if ( str_contains( file_get_contents( $log ), 'started' ) ) {
				return "http://127.0.0.1:$port";
			}
		}
		proc_close( $process );
		$process = null;
	}
	die( 'no port is free' );
};
$site    = $start( $environment );
$address = "$site/api";
register_shutdown_function(
	static function () use ( $stop, $state, $log ): void {
		$stop();
		array_map( 'unlink', array_filter( array( $state, "$state.lock", $log ), 'is_file' ) );
	}
);

$http  = static function ( string $method, string $path, array $headers = array(), string $body = '' ) use ( &$address ): array {
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

echo "signed tokens\n";
[ $id, $secret ] = explode( "\n", trim( execute( array( ...php(), $script, 'client' ), '', $environment )[1] ) );
$basic           = 'Authorization: Basic ' . base64_encode( "$id:$secret" );
$environment    += array( 'APP_CONNECT_EXAMPLE_SECRET' => 'a secret of thirty-two bytes, at least' );
$site            = $start( $environment );
$address         = "$site/api";
$token           = json_decode( $http( 'POST', '/app-connect/v1/token', array( $basic ), 'grant_type=client_credentials' )[1], true )['access_token'];
$bearer          = "Authorization: Bearer $token";
$show( 'resource', $http( 'GET', '/notes', array( $bearer ) ) );
$keys     = static fn() => $http( 'GET', '/app-connect/v1/jwks' );
$address  = $site;
$metadata = json_decode( $http( 'GET', '/.well-known/oauth-authorization-server' )[1], true );
echo 'metadata: ', $metadata['issuer'] === $site ? 'issuer' : 'another', ', ', str_replace( $site, '', $metadata['jwks_uri'] ), "\n";
$address  = "$site/api";
$verified = static fn( string $token, string $jwks ) => null === AppConnect\verify_jwt( $token, $jwks, array( 'issuer' => $site, 'audience' => "$site/api/", 'type' => 'at+jwt' ), time() ) ? 'refused' : 'verified';
$jwks     = $keys();
preg_match( '/^ETag: (.*)$/im', implode( "\n", $jwks[2] ), $tag );
echo 'by the published keys: ', $verified( $token, $jwks[1] ), ', of which there are ', count( json_decode( $jwks[1] )->keys ), "\n";
$show( 'the same keys again', $http( 'GET', '/app-connect/v1/jwks', array( "If-None-Match: {$tag[1]}" ) ) );
[ $exit, $output ] = execute( array( ...php(), $script, 'rotate' ), '', $environment );
echo "rotate: exit $exit, ", implode( ' ', array_column( json_decode( $output, true )['keys'], 'state' ) ), "\n";
$next = json_decode( $http( 'POST', '/app-connect/v1/token', array( $basic ), 'grant_type=client_credentials' )[1], true )['access_token'];
echo 'by the keys of before: ', $verified( $next, $jwks[1] ), ', and the former token by those of now: ', $verified( $token, $keys()[1] ), "\n";
$show( 'revoke', $http( 'POST', '/app-connect/v1/revoke', array( $basic ), "token=$token" ) );
$show( 'resource', $http( 'GET', '/notes', array( $bearer ) ) );
$stored = file_get_contents( $state );
echo 'stored in plain: ', var_export( str_contains( $stored, $token ) || ! str_contains( $stored, '"sealed":"ac1.' ) || ! str_contains( $stored, '"sealed":null' ), true ), "\n";
$site    = $start( array( 'APP_CONNECT_EXAMPLE_SECRET' => 'another secret of thirty-two bytes' ) + $environment );
$address = "$site/api";
$show( 'with another secret', $http( 'POST', '/app-connect/v1/token', array( $basic ), 'grant_type=client_credentials' ) );
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
signed tokens
resource: 200 {"user":1,"notes":["Buy milk","Rotate keys"]}
metadata: issuer, /api/app-connect/v1/jwks
by the published keys: verified, of which there are 2
the same keys again: 304 
rotate: exit 0, next active retiring
by the keys of before: verified, and the former token by those of now: verified
revoke: 200 
resource: 401 {"error":"invalid_token","error_description":"the access token is invalid or was revoked"} WWW-Authenticate: Bearer realm="App Connect", error="invalid_token", error_description="the access token is invalid or was revoked"
stored in plain: false
with another secret: 503 {"error":"temporarily_unavailable","error_description":"the signing keys cannot be opened: AC_TOKEN_SECRET is not the one that sealed them"}
