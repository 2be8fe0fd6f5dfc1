--TEST--
The life of signing keys by hand: made, taking turns, brought along, revoked; a new secret, a lost one, and none
--EXTENSIONS--
app_connect
openssl
--FILE--
<?php
require __DIR__ . '/support.inc';
use AppConnect\Flow;
use AppConnect\Server;
use AppConnect\Tests\Memory;
use function AppConnect\Tests\{attempt, bearer, body, decode, draft, drive, new_key, public_key, request, server, signing, summary};
use const AppConnect\Tests\NOW;

const DAY = 86400;

$secrets = static fn( ?string $current, ?string $previous = null, array $salts = array() ) => array(
	'site_secret' => array(
		'current'  => null === $current ? null : base64_encode( $current ),
		'previous' => null === $previous ? null : base64_encode( $previous ),
		'salts'    => array_map( 'base64_encode', $salts ),
	),
);
$first  = 'a secret of thirty-two bytes, at least';
$second = 'another secret of at least that length';
$server = server( signing() );
$host   = new Memory();
[ $id, $secret ] = $host->register( $server, draft() );
$grant  = request( 'grant_type=client_credentials', array( 'authorization' => 'Basic ' . base64_encode( "$id:$secret" ) ) );

// Keys get the names A, B, C in the order in which they are seen.
$names  = array();
$letter = static function ( string $kid ) use ( &$names ): string {
	return $names[ $kid ] ??= chr( ord( 'A' ) + count( $names ) );
};
// Answers a flow, and tells what it asked, what changed, and what happened.
$run = static function ( Flow $flow ) use ( $host, $letter ): array {
	while ( null !== ( $need = $flow->need() ) ) {
		$answer = $host->fulfil( $need['name'], $need['args'] );
		if ( 'find_signing_keys' === $need['name'] ) {
			echo "  {$need['stage']}: which keys? ", $need['args']['which'], ': ', count( $answer['keys'] ), "\n";
		}
		if ( 'change_keys' === $need['name'] ) {
			foreach ( $need['args']['changes'] as $change ) {
				$what = current( $change );
				if ( isset( $what['id'] ) ) {
					$what = array( 'key' => $letter( $host->keys[ $what['id'] ]['kid'] ) ) + array_diff_key( $what, array( 'id' => 0 ) );
				}
				if ( isset( $what['kid'] ) ) {
					$public = json_decode( $what['public'], true );
					$what   = array( 'key' => $letter( $what['kid'] ), 'public' => $public['kid'] === $what['kid'] && ! isset( $public['d'] ), 'sealed' => str_starts_with( $what['sealed'], 'ac1.' ) ) + $what;
					unset( $what['kid'] );
				}
				if ( array_key_exists( 'to', $what ) && 'vault' === key( $change ) ) {
					$what = array( 'from' => null === $what['from'] ? null : '…', 'to' => '…' );
				}
				echo '  ', key( $change ), ' ', json_encode( $what, JSON_UNESCAPED_UNICODE ), "\n";
			}
			echo "  {$need['stage']}: $answer\n";
		}
		$flow->answer( $answer );
	}
	foreach ( $flow->events() as $event ) {
		if ( 'token_issued' !== $event['kind'] ) {
			ksort( $event );
			echo '  event ', json_encode( isset( $event['kid'] ) ? array( 'kid' => $letter( $event['kid'] ) ) + $event : $event ), "\n";
		}
	}
	return $flow->response();
};
$signed = static function ( ?array $response ) use ( $letter ): void {
	$token = 200 === $response['status'] ? body( $response )['access_token'] : null;
	echo '  ', null === $token ? summary( $response ) : 'signed by ' . $letter( json_decode( decode( strstr( $token, '.', true ) ), true )['kid'] ), "\n";
};
$show = static function ( ?array $response ) use ( $letter, $host ): void {
	if ( 200 !== $response['status'] ) {
		echo '  ', summary( $response ), "\n";
		return;
	}
	$body = body( $response );
	$when = static fn( ?int $time ) => null === $time ? '-' : sprintf( '%+d', $time - NOW );
	foreach ( $body['keys'] as $key ) {
		if ( 'retired' === $key['state'] ) {
			$retired[] = $letter( $key['kid'] );
			continue;
		}
		$kept = array_column( $host->keys, 'sealed', 'kid' )[ $key['kid'] ];
		echo '  ', $letter( $key['kid'] ), " {$key['type']} {$key['algorithm']} {$key['state']}: made ", $when( $key['created_at'] ), ', signs ', $when( $key['activated_at'] ), ', retired ', $when( $key['retired_at'] ), ', leaves ', $when( $key['leaves_at'] ), ', revoked ', $when( $key['revoked_at'] ), null === $kept ? ', erased' : '', "\n";
	}
	echo isset( $retired ) ? '  retired: ' . implode( ' ', $retired ) . "\n" : '';
	echo "  secret: {$body['secret']['state']}, signs with {$body['key_type']}, next turn ", $when( $body['next_rotation'] ), "\n";
};
$published = static function ( Server $server, int $now ) use ( $host, $letter ): void {
	$keys = array_column( body( drive( $server->handle( 'jwks', request( '', array( 'method' => 'GET' ) ), $now ), $host ) )['keys'], 'kid' );
	echo '  published: ', implode( ' ', array_map( $letter, $keys ) ), "\n";
};
$alive = static function ( string $token, Server $server, int $now ) use ( $host ): string {
	return summary( drive( $server->authenticate( bearer( $token ), $now ), $host ) );
};

echo "nothing yet\n";
$show( $run( $server->signing_keys( 'list', array(), NOW ) ) );
echo "the first token\n";
$response = $run( $server->handle( 'token', $grant, NOW ) );
$signed( $response );
$early = body( $response )['access_token'];
$show( $run( $server->signing_keys( 'list', array(), NOW ) ) );
$published( $server, NOW );
echo "the second: nothing to do\n";
$signed( $run( $server->handle( 'token', $grant, NOW ) ) );
echo "a longer lifetime\n";
$signed( $run( server( array( 'access_token_lifetime' => DAY ) + signing() )->handle( 'token', $grant, NOW ) ) );

echo "an administrator lets them take turns\n";
$show( $run( $server->signing_keys( 'rotate', array( 'user' => 1 ), NOW + 100 ) ) );
$published( $server, NOW + 100 );
$signed( $run( $server->handle( 'token', $grant, NOW + 101 ) ) );
echo '  what A signed: ', $alive( $early, $server, NOW + 101 ), "\n";
echo "when all that A signed has expired\n";
$published( $server, NOW + 100 + DAY + 299 );
$published( $server, NOW + 100 + DAY + 300 );
echo "ninety days later, in passing\n";
$signed( $run( $server->handle( 'token', $grant, NOW + 100 + 90 * DAY ) ) );

$now = NOW + 100 * DAY;
echo "a key is brought along, to come next\n";
$pem = new_key();
$show( $run( $server->signing_keys( 'import', array( 'pem' => $pem, 'use' => 'next', 'user' => 1 ), $now ) ) );
echo '  its name: ', $letter( public_key( $pem )['kid'] ), "\n";
echo "the same again, and others\n";
openssl_pkey_export( openssl_pkey_new( array( 'private_key_bits' => 2048 ) ), $rsa );
openssl_pkey_export( openssl_pkey_get_private( $pem ), $encrypted, 'passphrase' );
$texts = array(
	'the same'  => $pem,
	'of RSA'    => $rsa,
	'encrypted' => $encrypted,
	'public'    => openssl_pkey_get_details( openssl_pkey_get_private( $pem ) )['key'],
	'no text'   => null,
	'no key'    => "\xff\0",
	'2 MB'      => str_repeat( "-----BEGIN PRIVATE KEY-----\n", 75000 ),
);
foreach ( $texts as $what => $text ) {
	echo "  $what:\n  ";
	$show( drive( $server->signing_keys( 'import', array( 'pem' => $text, 'use' => 'now' ), $now ), $host ) );
}
echo "another one, at once\n";
$show( $run( $server->signing_keys( 'import', array( 'pem' => new_key(), 'use' => 'now', 'user' => 1 ), $now + 1 ) ) );
$response = $run( $server->handle( 'token', $grant, $now + 2 ) );
$signed( $response );
$token = body( $response )['access_token'];

echo "it is revoked\n";
$kid = array_search( 'F', $names, true );
echo '  before: ', $alive( $token, $server, $now + 3 ), "\n";
$show( $run( $server->signing_keys( 'revoke', array( 'kid' => $kid, 'user' => 1 ), $now + 3 ) ) );
echo '  after: ', $alive( $token, $server, $now + 3 ), "\n";
$published( $server, $now + 3 );
echo "and again, and what is no key\n";
foreach ( array( $kid, '', "\xff", str_repeat( 'a', 43 ), null ) as $wrong ) {
	$show( drive( $server->signing_keys( 'revoke', array( 'kid' => $wrong ), $now + 3 ), $host ) );
}

echo "an RSA key instead\n";
$other = server( signing( 'rsa-2048' ) );
$show( $run( $other->signing_keys( 'maintain', array(), $now + 4 ) ) );
$signed( $run( $other->handle( 'token', $grant, $now + 4 ) ) );

echo "another secret, and the former one beside it\n";
$rewrapped = server( $secrets( $second, $first ) + signing( 'rsa-2048' ) );
$before    = $host->vault;
$signed( $run( $rewrapped->handle( 'token', $grant, $now + 5 ) ) );
echo '  ', $before === $host->vault ? 'the same' : 'wrapped again', ", and without the former one\n";
$signed( $run( server( $secrets( $second ) + signing( 'rsa-2048' ) )->handle( 'token', $grant, $now + 5 ) ) );
echo "only the former one\n";
$signed( $run( $other->handle( 'token', $grant, $now + 6 ) ) );
$show( $run( $other->signing_keys( 'list', array(), $now + 6 ) ) );
$published( $other, $now + 6 );
foreach ( array( 'rotate', 'maintain', 'import' ) as $action ) {
	$show( drive( $other->signing_keys( $action, array( 'pem' => $rsa, 'use' => 'now' ), $now + 6 ), $host ) );
}
echo "a key can be revoked even so\n";
$active = array_values( array_filter( $host->keys, static fn( $row ) => 'RS256' === $row['slot'] ) )[0]['kid'];
$show( $run( $other->signing_keys( 'revoke', array( 'kid' => $active ), $now + 6 ) ) );
echo "one starts afresh\n";
$show( $run( $other->signing_keys( 'start_afresh', array( 'user' => 1 ), $now + 7 ) ) );
$signed( $run( $other->handle( 'token', $grant, $now + 8 ) ) );
echo "which is not possible where nothing is lost\n";
$show( $run( $other->signing_keys( 'start_afresh', array( 'user' => 1 ), $now + 9 ) ) );

echo "no secret, a short one, salts, and salts that are none\n";
$salts = array_map( static fn( $n ) => str_repeat( "salt $n ", 9 ), range( 1, 8 ) );
$kinds = array(
	'none'                  => $secrets( null ),
	'short'                 => $secrets( 'short' ),
	'salts'                 => $secrets( null, null, $salts ),
	'seven of them'         => $secrets( null, null, array_slice( $salts, 1 ) ),
	'two of them the same'  => $secrets( null, null, array( $salts[1] ) + $salts ),
	'those of the sample'   => $secrets( null, null, array_fill( 0, 8, 'put your unique phrase here' ) ),
	'short beside salts'    => $secrets( 'short', null, $salts ),
);
foreach ( $kinds as $what => $site_secret ) {
	$server          = server( $site_secret + signing( 'ec-p256' ) );
	$fresh           = new Memory();
	$fresh->clients  = $host->clients;
	$fresh->policies = $host->policies;
	$answer          = drive( $server->handle( 'token', $grant, NOW ), $fresh );
	$state           = body( drive( $server->signing_keys( 'list', array(), NOW ), $fresh ) )['secret']['state'];
	echo "  $what: ", summary( $answer ), ", $state\n";
}
echo "two first tokens at once, and two who let keys take turns\n";
$race = static function ( array $flows ) use ( $letter ): array {
	$fresh           = new Memory();
	$fresh->clients  = $GLOBALS['host']->clients;
	$fresh->policies = $GLOBALS['host']->policies;
	$answers         = array();
	// Each goes on until it changes something, then one after the other.
	foreach ( array( 'change_keys', null ) as $until ) {
		foreach ( $flows as $flow ) {
			while ( null !== ( $need = $flow->need() ) && $need['name'] !== $until ) {
				$answer = $fresh->fulfil( $need['name'], $need['args'] );
				if ( 'change_keys' === $need['name'] ) {
					$answers[] = $answer;
				}
				$flow->answer( $answer );
			}
		}
	}
	$slots = array_filter( array_column( $fresh->keys, 'slot' ) );
	echo '  ', implode( ' ', $answers ), '; keys: ', count( $fresh->keys ), ', places: ', implode( ' ', $slots ), "\n";
	return array_map( static fn( $flow ) => $flow->response(), $flows );
};
$server    = server( signing() );
$responses = $race( array( $server->handle( 'token', $grant, NOW ), $server->handle( 'token', $grant, NOW ) ) );
$kids      = array_map( static fn( $response ) => json_decode( decode( strstr( body( $response )['access_token'], '.', true ) ) )->kid, $responses );
echo '  ', count( array_unique( $kids ) ), " key signed\n";
foreach ( $race( array( $server->signing_keys( 'rotate', array(), NOW ), $server->signing_keys( 'rotate', array(), NOW ) ) ) as $response ) {
	echo '  ', summary( $response ), "\n";
}

echo "what nothing of this is\n";
foreach ( array( 'List', '', "\xff", 'list ' ) as $action ) {
	echo '  ', attempt( static fn() => $other->signing_keys( $action, array(), NOW ) ), "\n";
}
?>
--EXPECT--
nothing yet
  early: which keys? all: 0
  secret: good, signs with ec-p256, next turn -
the first token
  early: which keys? slots: 0
  vault {"from":null,"to":"…"}
  add {"key":"A","public":true,"sealed":true,"slot":"ES256","type":"ec-p256","alg":"ES256","activated_at":1749945600}
  add {"key":"B","public":true,"sealed":true,"slot":"ES256.next","type":"ec-p256","alg":"ES256","activated_at":null}
  early: done
  early: which keys? slots: 2
  extend {"key":"A","longest":3600}
  early: done
  event {"kid":"A","algorithm":"ES256","audited":true,"kind":"key_rotated","user":null,"why":"first"}
  signed by A
  early: which keys? all: 2
  B ec-p256 ES256 next: made +0, signs -, retired -, leaves -, revoked -
  A ec-p256 ES256 active: made +0, signs +0, retired -, leaves -, revoked -
  secret: good, signs with ec-p256, next turn +7776000
  published: B A
the second: nothing to do
  early: which keys? slots: 2
  signed by A
a longer lifetime
  early: which keys? slots: 2
  extend {"key":"A","longest":86400}
  early: done
  signed by A
an administrator lets them take turns
  early: which keys? all: 2
  retire {"key":"A","from":"ES256"}
  promote {"key":"B","from":"ES256.next","to":"ES256"}
  add {"key":"C","public":true,"sealed":true,"slot":"ES256.next","type":"ec-p256","alg":"ES256","activated_at":null}
  early: done
  early: which keys? all: 3
  event {"kid":"B","algorithm":"ES256","audited":true,"kind":"key_rotated","user":1,"why":"administrator"}
  C ec-p256 ES256 next: made +100, signs -, retired -, leaves -, revoked -
  B ec-p256 ES256 active: made +0, signs +100, retired -, leaves -, revoked -
  A ec-p256 ES256 retiring: made +0, signs +0, retired +100, leaves +86800, revoked -, erased
  secret: good, signs with ec-p256, next turn +7776100
  published: C B A
  early: which keys? slots: 2
  extend {"key":"B","longest":3600}
  early: done
  signed by B
  what A signed: null
when all that A signed has expired
  published: C B A
  published: C B
ninety days later, in passing
  early: which keys? slots: 2
  retire {"key":"B","from":"ES256"}
  promote {"key":"C","from":"ES256.next","to":"ES256"}
  add {"key":"D","public":true,"sealed":true,"slot":"ES256.next","type":"ec-p256","alg":"ES256","activated_at":null}
  early: done
  early: which keys? slots: 2
  extend {"key":"C","longest":3600}
  early: done
  event {"kid":"C","algorithm":"ES256","audited":true,"kind":"key_rotated","user":null,"why":"scheduled"}
  signed by C
a key is brought along, to come next
  early: which keys? all: 4
  retire {"key":"D","from":"ES256.next"}
  add {"key":"E","public":true,"sealed":true,"slot":"ES256.next","type":"ec-p256","alg":"ES256","activated_at":null}
  early: done
  early: which keys? all: 5
  early: which keys? all: 5
  event {"kid":"E","algorithm":"ES256","audited":true,"kind":"key_imported","user":1}
  E ec-p256 ES256 next: made +8640000, signs -, retired -, leaves -, revoked -
  C ec-p256 ES256 active: made +100, signs +7776100, retired -, leaves -, revoked -
  retired: D B A
  secret: good, signs with ec-p256, next turn +15552100
  its name: E
the same again, and others
  the same:
    422 exists: this key is or was here already
  of RSA:
    422 other_type: this site signs with another kind of key, or a stronger one
  encrypted:
    422 encrypted: the key is encrypted: remove its passphrase first
  public:
    422 public: this is a public key or a certificate: the private key is needed
  no text:
    422 malformed: this is not one private key in PEM
  no key:
    422 malformed: this is not one private key in PEM
  2 MB:
    422 malformed: this is not one private key in PEM
another one, at once
  early: which keys? all: 5
  retire {"key":"C","from":"ES256"}
  add {"key":"F","public":true,"sealed":true,"slot":"ES256","type":"ec-p256","alg":"ES256","activated_at":1758585601}
  early: done
  early: which keys? all: 6
  early: which keys? all: 6
  event {"kid":"F","algorithm":"ES256","audited":true,"kind":"key_imported","user":1}
  event {"kid":"F","algorithm":"ES256","audited":true,"kind":"key_rotated","user":1,"why":"imported"}
  F ec-p256 ES256 active: made +8640001, signs +8640001, retired -, leaves -, revoked -
  E ec-p256 ES256 next: made +8640000, signs -, retired -, leaves -, revoked -
  C ec-p256 ES256 retiring: made +100, signs +7776100, retired +8640001, leaves +8643901, revoked -, erased
  retired: D B A
  secret: good, signs with ec-p256, next turn +16416001
  early: which keys? slots: 2
  extend {"key":"F","longest":3600}
  early: done
  signed by F
it is revoked
  before: null
  early: which keys? all: 6
  revoke {"key":"F"}
  early: done
  early: which keys? all: 6
  promote {"key":"E","from":"ES256.next","to":"ES256"}
  add {"key":"G","public":true,"sealed":true,"slot":"ES256.next","type":"ec-p256","alg":"ES256","activated_at":null}
  early: done
  early: which keys? all: 7
  early: which keys? all: 7
  event {"kid":"F","algorithm":"ES256","audited":true,"kind":"key_revoked","user":1}
  event {"kid":"E","algorithm":"ES256","audited":true,"kind":"key_rotated","user":1,"why":"revoked"}
  G ec-p256 ES256 next: made +8640003, signs -, retired -, leaves -, revoked -
  F ec-p256 ES256 revoked: made +8640001, signs +8640001, retired +8640003, leaves -, revoked +8640003, erased
  E ec-p256 ES256 active: made +8640000, signs +8640003, retired -, leaves -, revoked -
  C ec-p256 ES256 retiring: made +100, signs +7776100, retired +8640001, leaves +8643901, revoked -, erased
  retired: D B A
  secret: good, signs with ec-p256, next turn +16416003
  after: 401 invalid_token: the access token is invalid or was revoked
  published: G E C
and again, and what is no key
  404 unknown_key: there is no such key, or it is revoked already
  404 unknown_key: there is no such key, or it is revoked already
  404 unknown_key: there is no such key, or it is revoked already
  404 unknown_key: there is no such key, or it is revoked already
  404 unknown_key: there is no such key, or it is revoked already
an RSA key instead
  early: which keys? all: 7
  retire {"key":"G","from":"ES256.next"}
  retire {"key":"E","from":"ES256"}
  add {"key":"H","public":true,"sealed":true,"slot":"RS256","type":"rsa-2048","alg":"RS256","activated_at":1758585604}
  add {"key":"I","public":true,"sealed":true,"slot":"RS256.next","type":"rsa-2048","alg":"RS256","activated_at":null}
  early: done
  early: which keys? all: 9
  early: which keys? all: 9
  event {"kid":"H","algorithm":"RS256","audited":true,"kind":"key_rotated","user":null,"why":"scheduled"}
  I rsa-2048 RS256 next: made +8640004, signs -, retired -, leaves -, revoked -
  H rsa-2048 RS256 active: made +8640004, signs +8640004, retired -, leaves -, revoked -
  F ec-p256 ES256 revoked: made +8640001, signs +8640001, retired +8640003, leaves -, revoked +8640003, erased
  E ec-p256 ES256 retiring: made +8640000, signs +8640003, retired +8640004, leaves +8640304, revoked -, erased
  C ec-p256 ES256 retiring: made +100, signs +7776100, retired +8640001, leaves +8643901, revoked -, erased
  retired: G D B A
  secret: good, signs with rsa-2048, next turn +16416004
  early: which keys? slots: 2
  extend {"key":"H","longest":3600}
  early: done
  signed by H
another secret, and the former one beside it
  early: which keys? slots: 2
  vault {"from":"…","to":"…"}
  early: done
  event {"audited":true,"kind":"secret_rewrapped"}
  signed by H
  wrapped again, and without the former one
  early: which keys? slots: 2
  signed by H
only the former one
  early: which keys? slots: 2
  503 temporarily_unavailable: the signing keys cannot be opened: AC_TOKEN_SECRET is not the one that sealed them
  early: which keys? all: 9
  I rsa-2048 RS256 next: made +8640004, signs -, retired -, leaves -, revoked -
  H rsa-2048 RS256 active: made +8640004, signs +8640004, retired -, leaves -, revoked -
  F ec-p256 ES256 revoked: made +8640001, signs +8640001, retired +8640003, leaves -, revoked +8640003, erased
  E ec-p256 ES256 retiring: made +8640000, signs +8640003, retired +8640004, leaves +8640304, revoked -, erased
  C ec-p256 ES256 retiring: made +100, signs +7776100, retired +8640001, leaves +8643901, revoked -, erased
  retired: G D B A
  secret: lost, signs with rsa-2048, next turn +16416004
  published: I H E C
  503 temporarily_unavailable: the signing keys cannot be opened: AC_TOKEN_SECRET is not the one that sealed them
  503 temporarily_unavailable: the signing keys cannot be opened: AC_TOKEN_SECRET is not the one that sealed them
  503 temporarily_unavailable: the signing keys cannot be opened: AC_TOKEN_SECRET is not the one that sealed them
a key can be revoked even so
  early: which keys? all: 9
  revoke {"key":"H"}
  early: done
  early: which keys? all: 9
  early: which keys? all: 9
  event {"kid":"H","algorithm":"RS256","audited":true,"kind":"key_revoked","user":null}
  I rsa-2048 RS256 next: made +8640004, signs -, retired -, leaves -, revoked -
  H rsa-2048 RS256 revoked: made +8640004, signs +8640004, retired +8640006, leaves -, revoked +8640006, erased
  F ec-p256 ES256 revoked: made +8640001, signs +8640001, retired +8640003, leaves -, revoked +8640003, erased
  E ec-p256 ES256 retiring: made +8640000, signs +8640003, retired +8640004, leaves +8640304, revoked -, erased
  C ec-p256 ES256 retiring: made +100, signs +7776100, retired +8640001, leaves +8643901, revoked -, erased
  retired: G D B A
  secret: lost, signs with rsa-2048, next turn -
one starts afresh
  early: which keys? all: 9
  vault {"from":"…","to":"…"}
  retire {"key":"I","from":"RS256.next"}
  early: done
  early: which keys? all: 9
  add {"key":"J","public":true,"sealed":true,"slot":"RS256","type":"rsa-2048","alg":"RS256","activated_at":1758585607}
  add {"key":"K","public":true,"sealed":true,"slot":"RS256.next","type":"rsa-2048","alg":"RS256","activated_at":null}
  early: done
  early: which keys? all: 11
  early: which keys? all: 11
  event {"audited":true,"kind":"keys_started_afresh","user":1}
  event {"kid":"J","algorithm":"RS256","audited":true,"kind":"key_rotated","user":1,"why":"administrator"}
  K rsa-2048 RS256 next: made +8640007, signs -, retired -, leaves -, revoked -
  J rsa-2048 RS256 active: made +8640007, signs +8640007, retired -, leaves -, revoked -
  H rsa-2048 RS256 revoked: made +8640004, signs +8640004, retired +8640006, leaves -, revoked +8640006, erased
  F ec-p256 ES256 revoked: made +8640001, signs +8640001, retired +8640003, leaves -, revoked +8640003, erased
  E ec-p256 ES256 retiring: made +8640000, signs +8640003, retired +8640004, leaves +8640304, revoked -, erased
  C ec-p256 ES256 retiring: made +100, signs +7776100, retired +8640001, leaves +8643901, revoked -, erased
  retired: I G D B A
  secret: good, signs with rsa-2048, next turn +16416007
  early: which keys? slots: 2
  extend {"key":"J","longest":3600}
  early: done
  signed by J
which is not possible where nothing is lost
  early: which keys? all: 11
  409 not_lost: the site's secret opens everything: there is no need to start afresh
no secret, a short one, salts, and salts that are none
  none: 503 temporarily_unavailable: AC_TOKEN_SECRET is not set in wp-config.php, unset
  short: 503 temporarily_unavailable: AC_TOKEN_SECRET in wp-config.php has fewer than 32 bytes, weak
  salts: 200, salts
  seven of them: 503 temporarily_unavailable: AC_TOKEN_SECRET is not set in wp-config.php, unset
  two of them the same: 503 temporarily_unavailable: AC_TOKEN_SECRET is not set in wp-config.php, unset
  those of the sample: 503 temporarily_unavailable: AC_TOKEN_SECRET is not set in wp-config.php, unset
  short beside salts: 503 temporarily_unavailable: AC_TOKEN_SECRET in wp-config.php has fewer than 32 bytes, weak
two first tokens at once, and two who let keys take turns
  done done conflict; keys: 2, places: ES256 ES256.next
  1 key signed
  done conflict; keys: 2, places: ES256 ES256.next
  200
  409 conflict: somebody else changed the keys at the same time
what nothing of this is
  AppConnect\ConfigurationException: no such action on signing keys
  AppConnect\ConfigurationException: no such action on signing keys
  AppConnect\ConfigurationException: no such action on signing keys
  AppConnect\ConfigurationException: no such action on signing keys
