--TEST--
RFC 6749 section 4.4 and RFC 7009 by hand: needs, answers, responses, events
--EXTENSIONS--
app_connect
--FILE--
<?php
require __DIR__ . '/support.inc';
use function AppConnect\Tests\{bearer, body, draft, request, server};
use const AppConnect\Tests\NOW;

$server         = server();
$host           = new AppConnect\Tests\Memory();
[ $id, $secret ] = $host->register( $server, draft() );
echo 'client: ', preg_match( '/^[0-9A-Za-z]{22}$/D', $id ), ' secret: ', preg_match( '/^[0-9A-Za-z]{49}$/D', $secret ), "\n";

// The order of members means nothing.
$sorted = static function ( array $members ): array {
	ksort( $members );
	return $members;
};
// Drives a flow and tells what it asked.
$drive = static function ( AppConnect\Flow $flow ) use ( $host, $sorted ): ?array {
	while ( null !== ( $need = $flow->need() ) ) {
		echo '  ', $need['name'], ' (', $need['stage'], '): ', implode( ' ', array_keys( $sorted( $need['args'] ) ) ), "\n";
		$flow->answer( $host->fulfil( $need['name'], $need['args'] ) );
	}
	foreach ( $flow->events() as $event ) {
		echo '  event ', json_encode( $sorted( $event ) ), "\n";
	}
	return $flow->response();
};
$headers = static function ( array $response ): void {
	foreach ( $response['headers'] as [ $name, $value ] ) {
		echo "  $name: $value\n";
	}
};
$basic = array( 'authorization' => 'Basic ' . base64_encode( "$id:$secret" ) );

echo "first token\n";
$response = $drive( $server->handle( 'token', request( 'grant_type=client_credentials', $basic ), NOW ) );
$headers( $response );
$body  = body( $response );
$token = $body['access_token'];
echo '  ', preg_match( '/^oauth_ac_a[0-9A-Za-z]{49}$/D', $token ), ' ', json_encode( array_diff_key( $sorted( $body ), array( 'access_token' => 1 ) ), JSON_UNESCAPED_SLASHES ), "\n";
echo '  the store has the digest: ', var_export( isset( $host->tokens[ AppConnect\digest_token( $token ) ] ), true ), ', and no secret: ';
$stored = serialize( $host );
echo var_export( ! str_contains( $stored, $token ) && ! str_contains( $stored, $secret ), true ), "\n";

echo "second token, credentials in the body\n";
$response = $drive( $server->handle( 'token', request( "grant_type=client_credentials&client_id=$id&client_secret=$secret&scope=wp" ), NOW ) );
echo '  ', $response['status'], ' ', count( $host->grants ), ' grant, ', count( $host->tokens ), " tokens\n";

echo "bearer\n";
$flow = $server->authenticate( bearer( $token ), NOW + 1 );
var_dump( $drive( $flow ) );
$principal = $flow->principal();
echo '  ', $principal->user_id(), ' ', $principal->client_id() === $id ? 'client' : 'another client', ' ', $principal->scope(), "\n";
echo '  ', var_export( $principal->judge( 'GET', '/wp/v2/posts' ), true ), ' ', $principal->judge( 'GET', '/wp/v2/users' )['status'], ' ', $principal->refusal()['status'], "\n";
echo '  permits: ', json_encode( array( $principal->permits( array( 'edit_posts' ) ), $principal->permits( array( 'edit_posts', 'delete_posts' ) ), $principal->permits( array() ), $principal->permits( array( 'do_not_allow' ) ) ) ), "\n";
echo '  permits what is no capability: ', json_encode( array( $principal->permits( array( 'read', 7 ) ), $principal->permits( array( null ) ), $principal->permits( array( "\xff" ) ), $principal->permits( array( array() ) ) ) ), "\n";
echo '  judges what is no text: ', $principal->judge( "\xff", '/wp/v2/posts' )['status'], ' ', $principal->judge( 'GET', "/wp/v2/posts\xff" )['status'], ' ', $principal->judge( 'GET', "\xff" )['status'], ' ', $principal->judge( 'GET', "/wp/v2/posts\0" )['status'], ' ', $principal->judge( '', '' )['status'], "\n";
echo '  retains: ', json_encode( array( $principal->retains( 'edit_posts' ), $principal->retains( 'manage_options' ), $principal->retains( "edit_posts\0" ) ) ), "\n";
echo '  narrows: ', json_encode( $principal->narrows() ), ' account: ', json_encode( array( $principal->may_change_account( 7 ), $principal->may_change_account( 8 ), $principal->may_change_account( -1 ) ) ), "\n";

echo "wrong secret\n";
$response = $drive( $server->handle( 'token', request( "grant_type=client_credentials&client_id=$id&client_secret=wrong" ), NOW ) );
$headers( $response );
echo '  ', $response['body'], "\n";

echo "revoke\n";
$response = $drive( $server->handle( 'revoke', request( "token=$token", $basic ), NOW + 2 ) );
echo '  ', json_encode( array( $response['status'], $response['body'] ) ), "\n";
$response = $drive( $server->authenticate( bearer( $token ), NOW + 3 ) );
$headers( $response );
echo '  ', $response['status'], ' ', $response['body'], "\n";
?>
--EXPECT--
client: 1 secret: 1
first token
  find_client (early): buckets digest window_start
  find_standing_grant (early): ceiling client client_epoch method_epoch subject_epoch user
  issue (early): grant now spends token
  event {"audited":false,"client":1,"kind":"token_issued","method":"client_credentials","user":7}
  Cache-Control: no-store
  Pragma: no-cache
  Content-Type: application/json
  1 {"expires_in":3600,"granted_rest_routes":["GET /wp-json/wp/v2/posts","POST /wp-json/wp/v2/posts"],"scope":"wp","token_type":"Bearer"}
  the store has the digest: true, and no secret: true
second token, credentials in the body
  find_client (early): buckets digest window_start
  find_standing_grant (early): ceiling client client_epoch method_epoch subject_epoch user
  issue (early): grant now spends token
  event {"audited":false,"client":1,"kind":"token_issued","method":"client_credentials","user":7}
  200 1 grant, 2 tokens
bearer
  find_access_token (early): digest
  touch_grant (early): address client generation grant now
NULL
  7 client wp
  NULL 403 403
  permits: [true,false,false,false]
  permits what is no capability: [false,false,false,false]
  judges what is no text: 403 403 403 403 403
  retains: [true,false,false]
  narrows: true account: [false,false,false]
wrong secret
  find_client (early): buckets digest window_start
  count_failure (early): buckets window_start
  event {"address":"192.0.2.7","audited":true,"cause":"wrong_secret","client":1,"kind":"client_authentication_failed"}
  Cache-Control: no-store
  Pragma: no-cache
  Content-Type: application/json
  WWW-Authenticate: Basic realm="App Connect", charset="UTF-8"
  {"error":"invalid_client","error_description":"Invalid Client: the client ID or its secret is wrong"}
revoke
  find_client (early): buckets digest window_start
  find_access_token (early): digest
  revoke_token (early): digest now
  event {"audited":true,"client":1,"grant":1,"kind":"token_revoked"}
  [200,""]
  find_access_token (early): digest
  Cache-Control: no-store
  Pragma: no-cache
  Content-Type: application/json
  WWW-Authenticate: Bearer realm="App Connect", error="invalid_token", error_description="the access token is invalid or was revoked"
  401 {"error":"invalid_token","error_description":"the access token is invalid or was revoked"}
