--TEST--
SC-11: eight children of one process mint 10,000 tokens each, and no two are equal; nor are their keys, and the nonces of their signatures
--DESCRIPTION--
AWS-LC has a generator of its own, for keys and for signatures on curves. Two signatures with one nonce tell the private key, and
two tokens with one signature part would be those: r is a function of the nonce alone.
--EXTENSIONS--
app_connect
openssl
pcntl
--FILE--
<?php
require __DIR__ . '/support.inc';
use AppConnect\Tests\Memory;
use function AppConnect\Tests\{body, claims, decode, draft, drive, new_key, request, server, signing};
use const AppConnect\Tests\NOW;

const CHILDREN   = 8;
const TOKENS     = 10000;
const SIGNATURES = 2000;
const KEYS       = 20;

$server          = server();
$host            = new Memory();
[ $id, $secret ] = $host->register( $server, draft() );
$request         = request( "grant_type=client_credentials&client_id=$id&client_secret=$secret" );
$signs           = server( signing() );
$pem             = new_key();
$cpu             = static function (): float {
	$used = getrusage();
	return ( $used['ru_utime.tv_sec'] + $used['ru_stime.tv_sec'] ) * 1e3 + ( $used['ru_utime.tv_usec'] + $used['ru_stime.tv_usec'] ) / 1e3;
};
// r of a signature with always the same key over always the same message.
$nonce = static fn() => substr( decode( substr( strrchr( AppConnect\sign_jwt( claims(), $pem ), '.' ), 1 ) ), 0, 32 );
// The names of two new keys, and the values that seal them.
$make = static function () use ( $signs ): array {
	$fresh = new Memory();
	drive( $signs->signing_keys( 'maintain', array(), NOW ), $fresh );
	return array( $fresh->vault, ...array_column( $fresh->keys, 'kid' ), ...array_column( $fresh->keys, 'sealed' ) );
};

// Whatever a generator keeps in memory is there before the fork, and one flow is under way.
$all    = array();
$nonces = array();
$keys   = $make();
for ( $i = 0; $i < 100; $i++ ) {
	$all[]    = body( drive( $server->handle( 'token', $request, NOW ), $host ) )['access_token'];
	$all[]    = body( drive( $signs->handle( 'token', $request, NOW ), $host ) )['access_token'];
	$nonces[] = $nonce();
}
$begun = $server->handle( 'token', $request, NOW );
$begun->need();

$files = array();
$pids  = array();
for ( $child = 0; $child < CHILDREN; $child++ ) {
	$files[ $child ] = tempnam( sys_get_temp_dir(), 'fork' );
	$pid             = pcntl_fork();
	if ( 0 === $pid ) {
		$since   = $cpu();
		$seen    = array( $nonce() );
		$first   = $cpu() - $since;
		$tokens  = array( body( drive( $begun, $host ) )['access_token'] );
		$made    = array();
		for ( $i = 1; $i < TOKENS; $i++ ) {
			$tokens[]     = body( drive( $server->handle( 'token', $request, NOW ), $host ) )['access_token'];
			$host->tokens = array();
		}
		for ( $i = 1; $i < SIGNATURES; $i++ ) {
			$seen[] = $nonce();
		}
		for ( $i = 0; $i < KEYS; $i++ ) {
			array_push( $made, ...$make() );
		}
		for ( $i = 0; $i < 100; $i++ ) {
			$tokens[] = body( drive( $signs->handle( 'token', $request, NOW ), $host ) )['access_token'];
		}
		// Identifiers and secrets of clients come from the same place.
		$new      = $server->draft_client( draft(), array() );
		$tokens[] = $new['client_id'];
		$tokens[] = $new['secret'];
		file_put_contents( $files[ $child ], serialize( array( $tokens, $seen, $made, $first ) ) );
		exit( 0 );
	}
	$pids[] = $pid;
}
foreach ( $pids as $pid ) {
	pcntl_waitpid( $pid, $status );
	if ( 0 !== $status ) {
		echo "a child ended with $status\n";
	}
}
$firsts = array();
foreach ( $files as $file ) {
	[ $tokens, $seen, $made, $firsts[] ] = unserialize( file_get_contents( $file ) );
	unlink( $file );
	array_push( $all, ...$tokens );
	array_push( $nonces, ...$seen );
	array_push( $keys, ...$made );
}
echo 'tokens: ', count( $all ), ' ', count( array_unique( $all ) ), "\n";
echo 'nonces: ', count( $nonces ), ' ', count( array_unique( $nonces ) ), "\n";
echo 'keys, and what seals them: ', count( $keys ), ' ', count( array_unique( $keys ) ), "\n";
// AWS-LC's own source of entropy would cost 20 ms of CPU here.
echo 'the first signature of a child: ', min( $firsts ) < 10 ? 'at once' : implode( ' ', $firsts ) . ' ms', "\n";
?>
--EXPECT--
tokens: 81016 81016
nonces: 16100 16100
keys, and what seals them: 805 805
the first signature of a child: at once
