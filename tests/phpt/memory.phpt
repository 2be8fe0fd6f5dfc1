--TEST--
SC-09: 100,000 calls of every export leave the process as large as it was
--DESCRIPTION--
What takes long (Argon2id 13 ms, and making keys) is called less often. The valgrind loop finds what is too small to see here.
--EXTENSIONS--
app_connect
--FILE--
<?php
require __DIR__ . '/support.inc';
use AppConnect\Tests\Memory;
use function AppConnect\Tests\{app, bearer, claims, config, draft, drive, exchange, expected, new_key, public_key, request, server, signing, stored, visit};
use const AppConnect\Tests\NOW;

$server          = server();
$host            = new Memory();
[ $id, $secret ] = $host->register( $server, draft() );
$request         = request( "grant_type=client_credentials&client_id=$id&client_secret=$secret" );
$token           = json_decode( drive( $server->handle( 'token', $request, NOW ), $host )['body'] )->access_token;
$signed_in       = $server->authenticate( bearer( $token ), NOW );
drive( $signed_in, $host );
$principal = $signed_in->principal();
$app       = $host->register( $server, app() )[0];
$visit     = visit( $app );
$handover  = $server->handover( $visit );
$redirect  = drive( $server->attend( 'authorize', $handover, $visit, NOW ), $host );
$exchange  = exchange( $app, $redirect );
$codes     = $host->codes;
$config    = config();
$draft     = draft();
$stored    = stored( $server, $draft );
$bearer    = bearer( $token );
$found     = $host->fulfil( 'find_client', $server->handle( 'token', $request, NOW )->need()['args'] );
$chosen    = draft( array( 'secret' => 'a secret that a person chose' ) );
// What is signed, by a key on P-256: RSA takes thirty times as long for the same.
$signs     = server( signing() );
$signed    = json_decode( drive( $signs->handle( 'token', $request, NOW ), $host )['body'] )->access_token;
$keys      = $host->keys;
$pem       = new_key();
$claims    = claims();
$jwt       = AppConnect\sign_jwt( $claims, $pem, 'at+jwt' );
$jwks      = json_encode( array( 'keys' => array( public_key( $pem ) ) ) );
$expected  = expected();
$manage    = static function ( string $action, array $args = array() ) use ( $signs, $host, $keys ) {
	$host->keys = $keys;
	drive( $signs->signing_keys( $action, $args, NOW ), $host );
	$host->keys = $keys;
};
$quietly   = static function ( callable $call ): void {
	try {
		$call();
	} catch ( Throwable ) {
	}
};

$calls = array(
	'AppConnect\digest_token'                  => static fn() => AppConnect\digest_token( $token ),
	'AppConnect\self_test'                     => static fn() => AppConnect\self_test(),
	'AppConnect\sign_jwt'                      => static fn() => AppConnect\sign_jwt( $claims, $pem, 'at+jwt' ),
	'AppConnect\verify_jwt'                    => static fn() => AppConnect\verify_jwt( $jwt, $jwks, $expected, NOW ),
	'AppConnect\Flow::answer'                  => static function () use ( $server, $request, $found ) {
		$flow = $server->handle( 'token', $request, NOW );
		$flow->need();
		$flow->answer( $found );
		$flow->need();
	},
	'AppConnect\Flow::events'                  => static fn() => $signed_in->events(),
	'AppConnect\Flow::need'                    => static fn() => $signed_in->need(),
	'AppConnect\Flow::principal'               => static fn() => $signed_in->principal(),
	'AppConnect\Flow::response'                => static fn() => drive( $server->handle( 'token', $request, NOW ), $host ),
	'AppConnect\Flow::unavailable'             => static function () use ( $server, $request ) {
		$flow = $server->handle( 'token', $request, NOW );
		$flow->need();
		$flow->unavailable();
		$flow->need();
		$flow->response();
	},
	'AppConnect\Principal::client_id'          => static fn() => $principal->client_id(),
	'AppConnect\Principal::identify'           => static fn() => drive( $principal->identify( 'me' ), $host ),
	'AppConnect\Principal::judge'              => static fn() => $principal->judge( 'GET', '/wp/v2/users' ),
	'AppConnect\Principal::may_change_account' => static fn() => $principal->may_change_account( 7 ),
	'AppConnect\Principal::narrows'            => static fn() => $principal->narrows(),
	'AppConnect\Principal::permits'            => static fn() => $principal->permits( array( 'read', 'edit_posts' ) ),
	'AppConnect\Principal::refusal'            => static fn() => $principal->refusal(),
	'AppConnect\Principal::retained'           => static fn() => $principal->retained( array( 'read', 'edit_users' ) ),
	'AppConnect\Principal::retains'            => static fn() => $principal->retains( 'read' ),
	'AppConnect\Principal::scope'              => static fn() => $principal->scope(),
	'AppConnect\Principal::user_id'            => static fn() => $principal->user_id(),
	'AppConnect\Server::__construct'           => static fn() => new AppConnect\Server( $config ),
	'AppConnect\Server::authenticate'          => static fn() => drive( $server->authenticate( $bearer, NOW ), $host ),
	'AppConnect\Server::attend'                => static fn() => drive( $server->attend( 'authorize', $handover, $visit, NOW ), $host ),
	'AppConnect\Server::bundles'               => static fn() => $server->bundles(),
	'AppConnect\Server::challenge'             => static fn() => AppConnect\Server::challenge(),
	'AppConnect\Server::check_settings'        => static fn() => AppConnect\Server::check_settings( array( 'takeover' => array( 'a b' ) ) ),
	'AppConnect\Server::client_address'        => static fn() => $server->client_address( $request ),
	'AppConnect\Server::client_auth_methods'   => static fn() => AppConnect\Server::client_auth_methods(),
	'AppConnect\Server::deliver_logouts'       => static function () use ( $signs, $host ) {
		$host->sign_ins[1]['due'] = true;
		drive( $signs->deliver_logouts( NOW ), $host );
	},
	'AppConnect\Server::describe_client'       => static fn() => $server->describe_client( $stored ),
	'AppConnect\Server::describe_grant'        => static fn() => $server->describe_grant( $stored['policy'], $stored['policy'], 'wp openid' ),
	'AppConnect\Server::draft_client'          => static fn() => $server->draft_client( $draft, array( 'edit_users' ) ),
	'AppConnect\Server::endpoints'             => static fn() => AppConnect\Server::endpoints(),
	'AppConnect\Server::grant_types'           => static fn() => AppConnect\Server::grant_types(),
	'AppConnect\Server::handle'                => static fn() => $server->handle( 'revoke', $request, NOW ),
	'AppConnect\Server::handover'              => static fn() => $server->handover( $visit ),
	'AppConnect\Server::has_moved'             => static fn() => $server->has_moved(),
	'AppConnect\Server::documents'             => static fn() => $server->documents(),
	'AppConnect\Server::issuers'               => static fn() => $server->issuers(),
	'AppConnect\Server::issuer'                => static fn() => $server->issuer(),
	'AppConnect\Server::key_types'             => static fn() => AppConnect\Server::key_types(),
	'AppConnect\Server::locate'                => static fn() => $server->locate( $request ),
	'AppConnect\Server::needs'                 => static fn() => AppConnect\Server::needs(),
	'AppConnect\Server::new_client_id'         => static fn() => $server->new_client_id(),
	'AppConnect\Server::preview_claims'        => static fn() => drive( $server->preview_claims( 7, NOW ), $host ),
	'AppConnect\Server::renew_secret'          => static fn() => $server->renew_secret( $stored, 3600, NOW ),
	'AppConnect\Server::rest_url'              => static fn() => $server->rest_url( '/app-connect/v1/token' ),
	'AppConnect\Server::revise_client'         => static fn() => $server->revise_client( $stored, $draft, array() ),
	'AppConnect\Server::setting_rules'         => static fn() => AppConnect\Server::setting_rules(),
	'AppConnect\Server::signing_keys'          => static fn() => $manage( 'list' ),
	'AppConnect\Server::site_digest'           => static fn() => $server->site_digest(),
	'AppConnect\Server::takeover'              => static fn() => $server->takeover(),
	'a code and its exchange'                  => static function () use ( $server, $host, $exchange, $codes ) {
		$host->codes = $codes;
		drive( $server->handle( 'token', $exchange, NOW ), $host );
	},
	'a page'                                   => static fn() => drive( $server->attend( 'authorize', '-', $visit, NOW ), $host ),
	'a log-out'                                => static fn() => drive( $server->attend( 'logout', '', $request, NOW ), $host ),
	'a signed token'                           => static fn() => drive( $signs->handle( 'token', $request, NOW ), $host ),
	'a signed token shown'                     => static fn() => drive( $signs->authenticate( bearer( $signed ), NOW ), $host ),
	'the public keys'                          => static fn() => drive( $signs->handle( 'jwks', request( '', array( 'method' => 'GET' ) ), NOW ), $host ),
	'keys that take turns'                     => static fn() => $manage( 'rotate' ),
	'a key that is revoked'                    => static fn() => $manage( 'revoke', array( 'kid' => $keys[1]['kid'] ) ),
	'a key that is imported'                   => static fn() => $manage( 'import', array( 'pem' => $pem, 'use' => 'now' ) ),
	// More of them than are kept.
	'a key that is new each time'              => static fn() => AppConnect\sign_jwt( $claims, new_key(), 'at+jwt' ),
	'a set that is new each time'              => static fn() => AppConnect\verify_jwt( $jwt, $jwks . str_repeat( ' ', random_int( 0, 9999 ) ), $expected, NOW ),
	'a forged token'                           => static fn() => AppConnect\verify_jwt( substr_replace( $jwt, '00', -9, 2 ), $jwks, $expected, NOW ),
	// What is thrown, and what is refused.
	'a key that is none'                       => static fn() => $quietly( static fn() => AppConnect\sign_jwt( $claims, 'x' . random_int( 0, 99999 ), 'at+jwt' ) ),
	'an import that is refused'                => static fn() => $manage( 'import', array( 'pem' => "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n" ) ),
	'a chosen secret'                          => static fn() => $server->draft_client( $chosen, array() ),
	'a TypeError'                              => static fn() => $quietly( static fn() => AppConnect\digest_token( array() ) ),
	'a malformed configuration'                => static fn() => $quietly( static fn() => new AppConnect\Server( array( 'x' . random_int( 0, 99999 ) => 1 ) ) ),
	'no such endpoint'                         => static fn() => $quietly( static fn() => $server->handle( 'x', $request, NOW ) ),
	'a need that is not open'                  => static fn() => $quietly( static fn() => $signed_in->answer( null ) ),
	'a malformed draft'                        => static fn() => $server->draft_client( array( 'x' . random_int( 0, 99999 ) => 1 ), array() ),
	'an abandoned flow'                        => static fn() => $server->handle( 'token', $request, NOW )->need(),
);

$exports = array();
foreach ( ( new ReflectionExtension( 'app_connect' ) )->getFunctions() as $function ) {
	$exports[] = $function->getName();
}
foreach ( ( new ReflectionExtension( 'app_connect' ) )->getClasses() as $class ) {
	foreach ( $class->getMethods() as $method ) {
		if ( $method->class === $class->getName() && ( ! $method->isConstructor() || 'AppConnect\Server' === $class->getName() ) ) {
			$exports[] = "{$class->getName()}::{$method->getName()}";
		}
	}
}
foreach ( array_diff( $exports, array_keys( $calls ) ) as $export ) {
	echo "not listed here: $export\n";
}

/** Resident memory in KiB. */
$resident = static function (): int {
	preg_match( '/^VmRSS:\s+(\d+) kB$/m', file_get_contents( '/proc/self/status' ), $found );
	return (int) $found[1];
};
$repeat = static function ( callable $call, int $times ) use ( $host, $codes ): void {
	for ( $i = 0; $i < $times; $i++ ) {
		$call();
		if ( 0 === $i % 100 ) {
			$host->tokens = array_slice( $host->tokens, 0, 1 );
			$host->grants = array_slice( $host->grants, 0, 1, true );
			$host->codes  = $codes;
		}
	}
};
$seldom = array(
	'AppConnect\self_test'         => 100,
	'a chosen secret'              => 100,
	'a signed token'               => 10000,
	'the public keys'              => 10000,
	'keys that take turns'         => 10000,
	'a key that is revoked'        => 10000,
	'a key that is imported'       => 10000,
	'a key that is new each time'  => 1000,
	'a set that is new each time'  => 10000,
	'a forged token'               => 10000,
);
foreach ( $calls as $name => $call ) {
	$times = $seldom[ $name ] ?? 100000;
	$repeat( $call, intdiv( $times, 10 ) );
	// What is new in a first round alone is a page that something else touched. A leaked byte a call would be 98 KiB.
	$growths = array();
	do {
		$before = $resident();
		$repeat( $call, $times );
		$growths[] = $resident() - $before;
	} while ( end( $growths ) > 64 && count( $growths ) < 3 );
	if ( min( $growths ) > 64 ) {
		echo "$name: ", implode( ', ', $growths ), " KiB more after $times calls each\n";
	}
}
echo "done\n";
?>
--EXPECT--
done
