--TEST--
A flow used in the wrong order, or answered with what is no answer
--EXTENSIONS--
app_connect
--FILE--
<?php
require __DIR__ . '/support.inc';
use AppConnect\Tests\Memory;
use function AppConnect\Tests\{app, attempt, bearer, body, draft, drive, exchange, refresh, request, server, signing, summary, visit};
use const AppConnect\Tests\NOW;

$server          = server();
$host            = new Memory();
[ $id, $secret ] = $host->register( $server, draft() );
$request         = request( "grant_type=client_credentials&client_id=$id&client_secret=$secret" );
$open            = static fn() => $server->handle( 'token', $request, NOW );

echo "before the first need\n";
$flow = $open();
echo '  answer: ', attempt( static fn() => $flow->answer( null ) ), "\n";
echo '  unavailable: ', attempt( static fn() => $flow->unavailable() ), "\n";
echo '  response: ', attempt( static fn() => $flow->response() ), "\n";
echo '  principal: ', attempt( static fn() => $server->authenticate( bearer( 'x' ), NOW )->principal() ), "\n";
echo '  events: ', attempt( static fn() => $flow->events() ), "\n";

echo "with a need open\n";
echo '  the same again: ', var_export( $flow->need() === $flow->need(), true ), "\n";
echo '  response: ', attempt( static fn() => $flow->response() ), "\n";
echo '  answer: ', attempt( static fn() => $flow->answer( array( 'client' => null, 'failures' => array() ) ) ), "\n";
echo '  a second answer: ', attempt( static fn() => $flow->answer( null ) ), "\n";
echo '  unavailable after it: ', attempt( static fn() => $flow->unavailable() ), "\n";
echo '  response before going on: ', attempt( static fn() => $flow->response() ), "\n";
echo '  goes on with: ', $flow->need()['name'], "\n";
$flow->answer( null );

echo "at its end\n";
echo '  need: ', attempt( static fn() => $flow->need() ), ' ', attempt( static fn() => $flow->need() ), "\n";
echo '  answer: ', attempt( static fn() => $flow->answer( null ) ), "\n";
echo '  response: ', attempt( static fn() => summary( $flow->response() ) ), "\n";
echo '  the same again: ', var_export( $flow->response() === $flow->response(), true ), "\n";
echo '  principal of a response: ', attempt( static fn() => $flow->principal() ), "\n";
echo '  events, once: ', count( $flow->events() ), ' ', count( $flow->events() ), "\n";

echo "answers that are none\n";
$self    = array();
$self[0] = &$self;
$answers = array(
	'null'            => null,
	'bool'            => true,
	'int'             => 7,
	'float'           => 1.5,
	'NAN'             => NAN,
	'-INF'            => -INF,
	'string'          => 'stored',
	'invalid UTF-8'   => "\xff",
	'empty array'     => array(),
	'list'            => array( 1, 2 ),
	'other members'   => array( 'x' => 1 ),
	'object'          => new stdClass(),
	'client object'   => (object) array( 'client' => null, 'failures' => array() ),
	'closure'         => static fn() => null,
	'resource'        => STDERR,
	'a flow'          => $open(),
	'itself'          => $self,
	'object inside'   => array( 'client' => new stdClass(), 'failures' => array() ),
	'NAN inside'      => array( 'client' => null, 'failures' => array( array( 'bucket' => str_repeat( 'a', 43 ), 'hits' => NAN ) ) ),
	'no failures'     => array( 'client' => null ),
	'2 MB'            => str_repeat( 'x', 1 << 21 ),
);
foreach ( $answers as $name => $answer ) {
	$flow = $open();
	$flow->need();
	$flow->answer( $answer );
	$seen[ ( null === $flow->need() ? '' : 'goes on: ' ) . summary( $flow->response() ) ][] = $name;
}
foreach ( $seen as $outcome => $names ) {
	echo "  $outcome\n    ", implode( ', ', $names ), "\n";
}

echo "every need of every flow, answered with nonsense or not at all\n";
$token  = body( drive( $open(), $host ) )['access_token'];
$full   = new Memory();
[ $full_id, $full_secret ] = $full->register( $server, draft( array( 'mode' => 'full' ) ) );
// People: one approves, one is not signed in, a code is exchanged, comes again too late, comes with a wrong verifier.
$people   = new Memory();
$app      = $people->register( $server, app() )[0];
$trusted  = $people->register( $server, app( array( 'grant_types' => array( 'password' ), 'trusted' => true ) ) )[0];
$handover = $server->handover( visit( $app ) );
$sign_in  = static fn() => $server->attend( 'authorize', $handover, visit( $app ), NOW );
$asked_once        = unserialize( serialize( $people ) );
$exchange          = exchange( $app, drive( $sign_in(), $people ) );
$wrong             = array( 'body' => str_replace( 'dBjft', 'xxxxx', $exchange['body'] ) ) + $exchange;
$exchanged         = unserialize( serialize( $people ) );
$answer            = body( drive( $server->handle( 'token', $exchange, NOW ), $exchanged ) );
$signed_in         = $server->authenticate( bearer( $answer['access_token'] ), NOW );
drive( $signed_in, $exchanged );
$nobody            = unserialize( serialize( $asked_once ) );
$nobody->signed_in = false;
// Signed tokens: the first one makes the keys, and somebody manages them.
$signs       = server( signing() );
$managed     = unserialize( serialize( $people ) );
$hosted_keys = static fn( string $action ) => static fn() => $signs->signing_keys( $action, array( 'kid' => end( $managed->keys )['kid'] ), NOW );
drive( $signs->signing_keys( 'maintain', array(), NOW ), $managed );
// A log-out, and an app that is told of it.
$logs_out = static fn() => $signs->attend( 'logout', '', request( '', array( 'method' => 'GET' ) ), NOW );
drive( $signs->attend( 'authorize', $signs->handover( visit( $app ) ), visit( $app ), NOW ), $managed );
$logged_out = unserialize( serialize( $managed ) );
drive( $logs_out(), $logged_out );
$flows  = array(
	array( $managed, $logs_out ),
	array( $logged_out, static fn() => $signs->deliver_logouts( NOW ) ),
	array( $asked_once, $sign_in ),
	array( $nobody, $sign_in ),
	array( $people, static fn() => $server->handle( 'token', $exchange, NOW ) ),
	array( $people, static fn() => $server->handle( 'token', $wrong, NOW ) ),
	array( $exchanged, static fn() => $server->handle( 'token', $exchange, NOW + 60 ) ),
	array( $exchanged, static fn() => $server->handle( 'token', refresh( $app, $answer ), NOW ) ),
	array( $exchanged, static fn() => $signed_in->principal()->identify( 'userinfo' ) ),
	array( $people, static fn() => $server->handle( 'token', request( "grant_type=password&username=ann&password=correct+horse&client_id=$trusted" ), NOW ) ),
	array( $people, static fn() => $server->handle( 'token', request( "grant_type=password&username=ann&password=wrong&client_id=$trusted" ), NOW ) ),
	array( $host, static fn() => $server->handle( 'token', $request, NOW ) ),
	array( $full, static fn() => $server->handle( 'token', request( "grant_type=client_credentials&client_id=$full_id&client_secret=$full_secret" ), NOW ) ),
	array( $host, static fn() => $server->handle( 'token', request( "grant_type=client_credentials&client_id=$id&client_secret=wrong" ), NOW ) ),
	array( $host, static fn() => $server->handle( 'revoke', request( "client_id=$id&client_secret=$secret&token=$token" ), NOW ) ),
	array( $host, static fn() => $server->authenticate( bearer( $token ), NOW ) ),
	array( $people, static fn() => $signs->handle( 'token', $exchange, NOW ) ),
	array( $managed, static fn() => $signs->handle( 'token', $exchange, NOW ) ),
	array( $people, static fn() => $signs->handle( 'jwks', request( '', array( 'method' => 'GET' ) ), NOW ) ),
	array( $managed, $hosted_keys( 'list' ) ),
	array( $managed, $hosted_keys( 'rotate' ) ),
	array( $managed, $hosted_keys( 'revoke' ) ),
);
$faults = array(
	'unavailable' => static fn( AppConnect\Flow $flow ) => $flow->unavailable(),
	'object'      => static fn( AppConnect\Flow $flow ) => $flow->answer( new stdClass() ),
	'a word'      => static fn( AppConnect\Flow $flow ) => $flow->answer( 'nonsense' ),
);
foreach ( $faults as $fault => $fail ) {
	$outcomes = array();
	foreach ( $flows as [ $memory, $begin ] ) {
		for ( $failing = 0; ; $failing++ ) {
			$world = unserialize( serialize( $memory ) );
			$flow  = $begin();
			for ( $n = 0; null !== ( $need = $flow->need() ); $n++ ) {
				if ( $n === $failing ) {
					$asked = $need['name'];
					$fail( $flow );
				} else {
					$flow->answer( $world->fulfil( $need['name'], $need['args'] ) );
				}
			}
			if ( $n <= $failing ) {
				break;
			}
			$outcomes[ $asked ][ $flow->response()['status'] ?? 'goes on' ] = true;
		}
	}
	ksort( $outcomes );
	echo "  $fault\n";
	foreach ( $outcomes as $asked => $statuses ) {
		echo "    $asked: ", implode( ' ', array_keys( $statuses ) ), "\n";
	}
	foreach ( array_diff( AppConnect\Server::needs(), array_keys( $outcomes ) ) as $missed ) {
		echo "    never asked: $missed\n";
	}
}
?>
--EXPECT--
before the first need
  answer: AppConnect\ConfigurationException: no need is open
  unavailable: AppConnect\ConfigurationException: no need is open
  response: AppConnect\ConfigurationException: the open need was not answered
  principal: AppConnect\ConfigurationException: the open need was not answered
  events: []
with a need open
  the same again: true
  response: AppConnect\ConfigurationException: the open need was not answered
  answer: null
  a second answer: AppConnect\ConfigurationException: no need is open
  unavailable after it: AppConnect\ConfigurationException: no need is open
  response before going on: AppConnect\ConfigurationException: the open need was not answered
  goes on with: count_failure
at its end
  need: null null
  answer: AppConnect\ConfigurationException: no need is open
  response: "401 invalid_client: Invalid Client: the client ID or its secret is wrong"
  the same again: true
  principal of a response: null
  events, once: 1 0
answers that are none
  500 server_error: the server cannot answer
    null, bool, int, float, NAN, -INF, string, invalid UTF-8, empty array, list, other members, object, client object, closure, resource, a flow, itself, object inside, NAN inside, no failures, 2 MB
every need of every flow, answered with nonsense or not at all
  unavailable
    approve: 303
    authenticate: 503
    change_keys: 503
    claim_logout: 503
    claims: 503
    confirm_logout: 503
    count_failure: 503
    find_access_token: 503
    find_client: 503
    find_code: 503
    find_consent: 303
    find_ended_sign_ins: 503
    find_failures: 503
    find_session: 503
    find_signing_keys: 503
    find_standing_grant: 503
    find_subject: 503
    find_visitor: 503 303
    held_capabilities: 303 503
    issue: 503
    log_in: 303
    log_out: 503
    revoke_grant: 503
    revoke_token: 503
    send_logout_token: 503
    settle_logout: 503
    spend_code: 503
    store_code: 303
    touch_grant: goes on
  object
    approve: 303
    authenticate: 500
    change_keys: 500
    claim_logout: 500
    claims: 500
    confirm_logout: 500
    count_failure: 500
    find_access_token: 500
    find_client: 500
    find_code: 500
    find_consent: 303
    find_ended_sign_ins: 500
    find_failures: 500
    find_session: 500
    find_signing_keys: 500
    find_standing_grant: 500
    find_subject: 500
    find_visitor: 500 303
    held_capabilities: 303 500
    issue: 500
    log_in: 303
    log_out: 500
    revoke_grant: 500
    revoke_token: 500
    send_logout_token: 500
    settle_logout: 500
    spend_code: 500
    store_code: 303
    touch_grant: goes on
  a word
    approve: 303
    authenticate: 500
    change_keys: 500
    claim_logout: 500
    claims: 500
    confirm_logout: 500
    count_failure: 500
    find_access_token: 500
    find_client: 500
    find_code: 500
    find_consent: 303
    find_ended_sign_ins: 500
    find_failures: 500
    find_session: 500
    find_signing_keys: 500
    find_standing_grant: 500
    find_subject: 200
    find_visitor: 500 303
    held_capabilities: 303 500
    issue: 500
    log_in: 303
    log_out: 500
    revoke_grant: 500
    revoke_token: 500
    send_logout_token: 500
    settle_logout: 500
    spend_code: 500
    store_code: 303
    touch_grant: goes on
