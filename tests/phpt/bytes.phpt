--TEST--
TK-16, AZ-11: whatever bytes stand in whatever field of a request, a response or a need comes out
--EXTENSIONS--
app_connect
--FILE--
<?php
require __DIR__ . '/support.inc';
use function AppConnect\Tests\{bearer, body, draft, drive, request, server, summary};
use const AppConnect\Tests\NOW;

$server          = server();
$host            = new AppConnect\Tests\Memory();
[ $id, $secret ] = $host->register( $server, draft() );
$form            = "grant_type=client_credentials&client_id=$id&client_secret=$secret";
$token           = body( drive( $server->handle( 'token', request( $form ), NOW ), $host ) )['access_token'];

echo "a byte that is no UTF-8, field by field\n";
foreach ( array( 'method', 'uri', 'authorization', 'content_type', 'method_override', 'origin', 'address', 'secure', 'body', 'route' ) as $field ) {
	$bad = "\xff";
	$one = summary( drive( $server->handle( 'token', request( $form, array( $field => $bad ) ), NOW ), $host ) );
	$two = summary( drive( $server->authenticate( bearer( $token, array( $field => $bad ) ), NOW ), $host ) );
	echo "  $field: $one | $two\n";
}
echo '  query: ', summary( drive( $server->handle( 'token', request( $form, array( 'uri' => "/wp-json/app-connect/v1/token?a=\xff&\xff" ) ), NOW ), $host ) ), "\n";

echo "no value and no name of a parameter is anything but text\n";
foreach ( array( "\xff", '%ff', '%00', "\0", '%ed%a0%80', '%c0%af', 'a%fe' ) as $bad ) {
	foreach ( array( "$form&scope=$bad", "$form&$bad=1", "grant_type=$bad", "grant_type=client_credentials&client_id=$bad&client_secret=x", "grant_type=client_credentials&client_id=$id&client_secret=$bad" ) as $body ) {
		$seen[ summary( drive( $server->handle( 'token', request( $body ), NOW ), $host ) ) ] = true;
	}
	foreach ( array( "$bad:x", "$id:$bad" ) as $pair ) {
		$basic            = array( 'authorization' => 'Basic ' . base64_encode( $pair ) );
		$basic_answers[ summary( drive( $server->handle( 'token', request( 'grant_type=client_credentials', $basic ), NOW ), $host ) ) ] = true;
	}
}
echo '  ', implode( "\n  ", array_keys( $seen ) ), "\n  ", implode( "\n  ", array_keys( $basic_answers ) ), "\n";

echo "JSON\n";
$json = array( 'content_type' => 'application/json' );
foreach ( array( '{"grant_type":"\ud800"}', '{"grant_type":"a\u0000"}', "{\"grant_type\":\"\xff\"}", '{"grant_type":["a"]}', '{"grant_type":"a","grant_type":"a"}', '[]', '{', str_repeat( '[', 60000 ), 'null', '{"client_id[]":"a"}' ) as $body ) {
	echo '  ', summary( drive( $server->handle( 'token', request( $body, $json ), NOW ), $host ) ), "\n";
}

// Every field with every value, alone and in every endpoint: a table of thousands, of which only the outliers are printed.
$values = array( null, true, 1, -1, 1.5, NAN, array(), array( 'x' => array( 'y' ) ), new stdClass(), STDERR, '', ' ', "\0", "\xff", "\r\nX: y", "\xed\xa0\x80", str_repeat( 'a', 1 << 21 ), str_repeat( "\xff", 1 << 21 ), str_repeat( '%', 65536 ), str_repeat( '&', 65536 ), str_repeat( 'a=1&', 2000 ), 'POST', 'Basic', 'Basic ', 'Basic :', 'Bearer', 'bearer  ', 'Bearer oauth_ac_', 'Bearer oauth_ac_a' . str_repeat( "\xff", 49 ), 'Basic ' . base64_encode( "\xff:\xff" ), 'OAuth a="b"', '/?rest_route=%ff', '?', '[::1]', '999.1.1.1', '/app-connect/v1/me' );
$fields = array( 'method', 'uri', 'query', 'authorization', 'content_type', 'method_override', 'origin', 'address', 'secure', 'body', 'route', 'unknown', "\u{FFFD}" );
$cases  = 0;
foreach ( array( true, false ) as $complete ) {
	foreach ( $fields as $field ) {
		foreach ( $values as $index => $value ) {
			$base  = $complete ? request( $form ) : array();
			$flows = array(
				'token'  => $server->handle( 'token', array( $field => $value ) + $base, NOW ),
				'revoke' => $server->handle( 'revoke', array( $field => $value ) + ( $complete ? request( "$form&token=" . rawurlencode( 'x' ) ) : array() ), NOW ),
				'bearer' => $server->authenticate( array( $field => $value ) + ( $complete ? bearer( 'oauth_ac_a' . str_repeat( 'x', 49 ) ) : array() ), NOW ),
			);
			$located = $server->locate( array( $field => $value ) + $base );
			if ( ! in_array( $located, array( null, 'token', 'revoke' ), true ) ) {
				echo "located $located\n";
			}
			foreach ( $flows as $name => $flow ) {
				++$cases;
				$response = drive( $flow, $host );
				if ( null === $response && 'bearer' === $name ) {
					continue;
				}
				$flat = json_encode( $response );
				if ( ! in_array( $response['status'], array( 200, 400, 401, 405, 413, 429 ), true ) || false === $flat || preg_match( '/[^\x20-\x7e]/', $response['body'] . implode( array_merge( ...$response['headers'] ) ) ) ) {
					echo "$name with $field = value $index: ", $flat, "\n";
				}
			}
		}
	}
}
echo $cases > 2500 ? 'and every other combination' : $cases, "\n";
?>
--EXPECT--
a byte that is no UTF-8, field by field
  method: 405 invalid_request: this endpoint accepts POST only | null
  uri: 200 | null
  authorization: 200 | null
  content_type: 400 invalid_request: the body must be application/x-www-form-urlencoded | null
  method_override: 400 invalid_request: WordPress' request overrides are not accepted here | null
  origin: 200 | null
  address: 200 | null
  secure: 400 invalid_request: this endpoint is only served over https | 400 invalid_request: this endpoint is only served over https
  body: 400 invalid_request: a parameter is not valid UTF-8 text | null
  route: 200 | null
  query: 400 invalid_request: a parameter is not valid UTF-8 text
no value and no name of a parameter is anything but text
  400 invalid_request: a parameter is not valid UTF-8 text
  401 invalid_client: the Authorization header is malformed
JSON
  400 invalid_request: the JSON body is not an object whose values are all strings
  400 invalid_request: a parameter is not valid UTF-8 text
  400 invalid_request: the JSON body is not an object whose values are all strings
  400 invalid_request: the JSON body is not an object whose values are all strings
  400 invalid_request: a parameter is included more than once
  400 invalid_request: the JSON body is not an object whose values are all strings
  400 invalid_request: the JSON body is not an object whose values are all strings
  400 invalid_request: the JSON body is not an object whose values are all strings
  400 invalid_request: the JSON body is not an object whose values are all strings
  400 invalid_request: a parameter name is malformed
and every other combination
