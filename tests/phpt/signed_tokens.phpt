--TEST--
RFC 7515, 9068: what we sign OpenSSL and libsodium verify, what they sign we verify, and nothing that is forged
--EXTENSIONS--
app_connect
openssl
sodium
--FILE--
<?php
require __DIR__ . '/support.inc';
use AppConnect\Tests\Memory;
use function AppConnect\Tests\{attempt, bearer, body, claims, decode, draft, drive, encode, expected, new_key, public_key, request, server, signing, summary};
use const AppConnect\Tests\NOW;

$pem_of = static fn( string $tag, string $der ) => "-----BEGIN $tag-----\n" . chunk_split( base64_encode( $der ), 64, "\n" ) . "-----END $tag-----\n";
// SEQUENCE of two INTEGERs, as OpenSSL has a signature on a curve (RFC 3279 section 2.2.3), from 64 bytes and back.
$integer = static fn( string $bytes ) => "\x02" . chr( strlen( $bytes ) ) . $bytes;
$number  = static function ( string $bytes ) use ( $integer ): string {
	$bytes = ltrim( $bytes, "\0" );
	return $integer( '' === $bytes || ord( $bytes[0] ) > 127 ? "\0$bytes" : $bytes );
};
$to_der   = static function ( string $raw ) use ( $number ): string {
	$both = $number( substr( $raw, 0, 32 ) ) . $number( substr( $raw, 32 ) );
	return "\x30" . chr( strlen( $both ) ) . $both;
};
$from_der = static function ( string $der ): string {
	$first  = substr( $der, 4, ord( $der[3] ) );
	$second = substr( $der, 6 + strlen( $first ) );
	return implode( array_map( static fn( $part ) => str_pad( ltrim( $part, "\0" ), 32, "\0", STR_PAD_LEFT ), array( $first, $second ) ) );
};

openssl_pkey_export( openssl_pkey_new( array( 'private_key_bits' => 2048 ) ), $rsa );
$curve   = new_key();
$pair    = sodium_crypto_sign_keypair();
$private = sodium_crypto_sign_secretkey( $pair );
$public  = sodium_crypto_sign_publickey( $pair );
$numbers = openssl_pkey_get_details( openssl_pkey_get_private( $rsa ) );
$name    = static fn( array $key ) => array( 'kid' => encode( hash( 'sha256', json_encode( $key ), true ) ) ) + $key;
$point   = openssl_pkey_get_details( openssl_pkey_get_private( $curve ) )['key'];

// Private key, public one as a JWK, and what others sign and verify with.
$sorts = array(
	'RS256' => array(
		'pem'    => $rsa,
		'jwk'    => $name( array( 'e' => encode( $numbers['rsa']['e'] ), 'kty' => 'RSA', 'n' => encode( $numbers['rsa']['n'] ) ) ),
		'sign'   => static function ( string $message ) use ( $rsa ): string {
			openssl_sign( $message, $signature, $rsa, OPENSSL_ALGO_SHA256 );
			return $signature;
		},
		'verify' => static fn( string $message, string $signature ) => 1 === openssl_verify( $message, $signature, $numbers['key'], OPENSSL_ALGO_SHA256 ),
	),
	'ES256' => array(
		'pem'    => $curve,
		'jwk'    => public_key( $curve ),
		'sign'   => static function ( string $message ) use ( $curve, $from_der ): string {
			openssl_sign( $message, $signature, $curve, OPENSSL_ALGO_SHA256 );
			return $from_der( $signature );
		},
		'verify' => static fn( string $message, string $signature ) => 64 === strlen( $signature ) && 1 === openssl_verify( $message, $to_der( $signature ), $point, OPENSSL_ALGO_SHA256 ),
	),
	'EdDSA' => array(
		// RFC 8410 section 7: PKCS#8 of the seed.
		'pem'    => $pem_of( 'PRIVATE KEY', hex2bin( '302e020100300506032b657004220420' ) . substr( $private, 0, 32 ) ),
		'jwk'    => $name( array( 'crv' => 'Ed25519', 'kty' => 'OKP', 'x' => encode( $public ) ) ),
		'sign'   => static fn( string $message ) => sodium_crypto_sign_detached( $message, $private ),
		'verify' => static fn( string $message, string $signature ) => sodium_crypto_sign_verify_detached( $signature, $message, $public ),
	),
);
$jwks   = json_encode( array( 'keys' => array_column( $sorts, 'jwk' ) ) );
$parts  = static fn( string $token ) => array( substr( $token, 0, strrpos( $token, '.' ) ), decode( substr( $token, strrpos( $token, '.' ) + 1 ) ) );
$made   = static fn( array $header, array|string $claims ) => encode( json_encode( $header ) ) . '.' . encode( is_array( $claims ) ? json_encode( $claims ) : $claims );
$taken  = static fn( string $token, array $expected = array(), int $now = NOW ) => null === AppConnect\verify_jwt( $token, $GLOBALS['jwks'], expected( $expected ), $now ) ? 'refused' : 'TAKEN';

foreach ( $sorts as $algorithm => $sort ) {
	echo "$algorithm\n";
	$token                  = AppConnect\sign_jwt( claims(), $sort['pem'], 'at+jwt' );
	[ $message, $signature ] = $parts( $token );
	$header                 = json_decode( decode( strstr( $token, '.', true ) ), true );
	ksort( $header );
	echo '  header: ', json_encode( array( 'kid' => $header['kid'] === $sort['jwk']['kid'] ? 'thumbprint' : 'another' ) + $header ), "\n";
	echo '  theirs verifies ours: ', json_encode( array( $sort['verify']( $message, $signature ), $sort['verify']( "$message ", $signature ) ) ), "\n";
	echo '  ours verifies ours: ', json_encode( AppConnect\verify_jwt( $token, $jwks, expected(), NOW ) === claims() ), "\n";
	$head     = array( 'alg' => $algorithm, 'typ' => 'at+jwt', 'kid' => $sort['jwk']['kid'] );
	$complete = static fn( string $message ) => "$message." . encode( $sort['sign']( $message ) );
	echo '  ours verifies theirs: ', json_encode( AppConnect\verify_jwt( $complete( $made( $head, claims() ) ), $jwks, expected(), NOW ) === claims() ), "\n";

	// Whatever one changes.
	for ( $place = 0, $survived = 0; $place < strlen( $token ); $place++ ) {
		$other           = $token;
		$other[ $place ] = 'A' === $token[ $place ] ? 'B' : 'A';
		$survived       += 'TAKEN' === $taken( $other ) ? 1 : 0;
		$survived       += 'TAKEN' === $taken( substr( $token, 0, $place ) ) ? 1 : 0;
	}
	echo "  with one character changed, or cut off: $survived taken\n";
	$length  = strlen( $signature );
	$forged  = array(
		'nothing'                        => $token,
		'no signature'                   => "$message.",
		'a signature of zeros'           => "$message." . encode( str_repeat( "\0", $length ) ),
		'a byte more'                    => "$message." . encode( "$signature\0" ),
		'padding'                        => "$token=",
		'a line feed'                    => "$token\n",
		'a space before it'              => " $token",
		'a fourth part'                  => "$token.",
		'the signature of another'       => "$message." . encode( $sort['sign']( 'another' ) ),
		'"none"'                         => $made( array( 'alg' => 'none' ) + $head, claims() ) . '.',
		'"None", with a signature'       => $complete( $made( array( 'alg' => 'None' ) + $head, claims() ) ),
		'HS256 with the public key'      => ( static function () use ( $made, $head, $numbers ) {
			$message = $made( array( 'alg' => 'HS256' ) + $head, claims() );
			return "$message." . encode( hash_hmac( 'sha256', $message, $numbers['key'], true ) );
		} )(),
		'a longer hash'                  => $complete( $made( array( 'alg' => strtr( $algorithm, array( '256' => '512' ) ) . ( 'EdDSA' === $algorithm ? '2' : '' ) ) + $head, claims() ) ),
		'the name of another key'        => $complete( $made( array( 'kid' => $sorts[ 'RS256' === $algorithm ? 'ES256' : 'RS256' ]['jwk']['kid'] ) + $head, claims() ) ),
		'no name'                        => $complete( $made( array( 'kid' => null ) + $head, claims() ) ),
		'another type'                   => $complete( $made( array( 'typ' => 'JWT' ) + $head, claims() ) ),
		'a key of its own'               => $complete( $made( $head + array( 'jwk' => $sort['jwk'] ), claims() ) ),
		'an address of keys'             => $complete( $made( $head + array( 'jku' => 'https://evil.example' ), claims() ) ),
		'something critical'             => $complete( $made( $head + array( 'crit' => array( 'exp' ) ), claims() ) ),
		'an unencoded payload'           => $complete( $made( $head + array( 'b64' => false ), claims() ) ),
		'a claim twice'                  => $complete( $made( $head, substr( json_encode( claims() ), 0, -1 ) . ',"sub":"bob"}' ) ),
		'no claims but a list'           => $complete( $made( $head, '[]' ) ),
		'another issuer'                 => $complete( $made( $head, claims( array( 'iss' => 'https://example.org/' ) ) ) ),
		'another audience'               => $complete( $made( $head, claims( array( 'aud' => array( 'https://other.example' ) ) ) ) ),
		'no client'                      => $complete( $made( $head, claims( array( 'client_id' => null ) ) ) ),
		'an end that is text'            => $complete( $made( $head, claims( array( 'exp' => (string) ( NOW + 60 ) ) ) ) ),
		'its end'                        => $complete( $made( $head, claims( array( 'exp' => NOW - 30 ) ) ) ),
		'a beginning to come'            => $complete( $made( $head, claims( array( 'nbf' => NOW + 31 ) ) ) ),
		'16 KiB'                         => $complete( $made( $head, claims( array( 'more' => str_repeat( 'x', 16384 ) ) ) ) ),
		'an audience among others'       => $complete( $made( $head, claims( array( 'aud' => array( 'a', 'https://api.example' ) ) ) ) ),
		'an end within the leeway'       => $complete( $made( $head, claims( array( 'exp' => NOW - 29 ) ) ) ),
	);
	if ( 'ES256' === $algorithm ) {
		$forged['a signature in DER'] = "$message." . encode( $to_der( $signature ) );
	}
	foreach ( $forged as $how => $other ) {
		$results[ $taken( $other ) ][ $how ][] = $algorithm;
	}
	// Where it is expected for something else.
	foreach ( array( array( 'type' => 'JWT' ), array( 'audience' => 'https://example.org' ), array( 'algorithms' => array( 'none' ) ), array( 'algorithms' => array() ) ) as $expected ) {
		$results[ $taken( $token, $expected ) ][ 'for ' . json_encode( $expected, JSON_UNESCAPED_SLASHES ) ][] = $algorithm;
	}
	$results[ $taken( $token, array(), NOW + 3630 ) ]['after its end'][] = $algorithm;
}
foreach ( $results as $outcome => $all ) {
	echo "$outcome\n";
	foreach ( $all as $how => $algorithms ) {
		echo "  $how: ", implode( ' ', $algorithms ), "\n";
	}
}

echo "sets that are none\n";
$token = AppConnect\sign_jwt( claims(), $curve, 'at+jwt' );
$key   = public_key( $curve );
$sets  = array(
	'empty'              => '',
	'no JSON'            => "\xff",
	'no list'            => '{"keys":{}}',
	'a name twice'       => json_encode( array( 'keys' => array( $key, $key ) ) ),
	'for encryption'     => json_encode( array( 'keys' => array( array( 'use' => 'enc' ) + $key ) ) ),
	'a point elsewhere'  => json_encode( array( 'keys' => array( array( 'y' => $key['x'] ) + $key ) ) ),
	'a secret'           => json_encode( array( 'keys' => array( array( 'kty' => 'oct', 'k' => 'AA', 'alg' => 'HS256', 'kid' => $key['kid'] ) ) ) ),
	'65 KiB'             => json_encode( array( 'keys' => array( $key ), 'more' => str_repeat( 'x', 65536 ) ) ),
	'another key first'  => json_encode( array( 'keys' => array( array( 'kid' => 'another' ) + $key, array( 'kty' => 'unheard of' ), $key ) ) ),
);
foreach ( $sets as $what => $set ) {
	echo "  $what: ", null === AppConnect\verify_jwt( $token, $set, expected(), NOW ) ? 'refused' : 'taken', "\n";
}

echo "keys that cannot sign\n";
openssl_pkey_export( openssl_pkey_new( array( 'private_key_bits' => 1024 ) ), $short );
openssl_pkey_export( openssl_pkey_new( array( 'private_key_type' => OPENSSL_KEYTYPE_EC, 'curve_name' => 'secp384r1' ) ), $larger );
openssl_pkey_export( openssl_pkey_get_private( $rsa ), $encrypted, 'passphrase' );
foreach ( array( 'none' => '', 'garbage' => "\xff\0", '1024 bits' => $short, 'another curve' => $larger, 'encrypted' => $encrypted, 'public' => $numbers['key'], 'two' => $curve . $rsa ) as $what => $pem ) {
	echo "  $what: ", attempt( static fn() => AppConnect\sign_jwt( claims(), $pem ) ), "\n";
}
echo "claims and types that are none\n";
foreach ( array( array( array( 'a' ) ), array( array( 'a' => "\xff" ) ), array( array( 'a' => NAN ) ), array( array(), '' ), array( array(), "\xff" ) ) as $wrong ) {
	echo '  ', attempt( static fn() => AppConnect\sign_jwt( $wrong[0], $curve, $wrong[1] ?? null ) ), "\n";
}
echo '  of no type: ', decode( strstr( AppConnect\sign_jwt( array(), $curve ), '.', true ) ) === json_encode( array( 'typ' => 'JWT', 'alg' => 'ES256', 'kid' => $key['kid'] ) ) ? 'JWT' : 'another', "\n";

echo "an access token of the server\n";
foreach ( array( 'rsa-2048', 'ec-p256', 'ed25519' ) as $type ) {
	$server          = server( signing( $type ) );
	$host            = new Memory();
	[ $id, $secret ] = $host->register( $server, draft() );
	$basic           = array( 'authorization' => 'Basic ' . base64_encode( "$id:$secret" ) );
	$answer          = body( drive( $server->handle( 'token', request( 'grant_type=client_credentials', $basic ), NOW ), $host ) );
	$published       = drive( $server->handle( 'jwks', request( '', array( 'method' => 'GET' ) ), NOW ), $host )['body'];
	$keys            = array_column( json_decode( $published, true )['keys'], null, 'kid' );
	[ $head ]        = explode( '.', $answer['access_token'] );
	$jwk             = $keys[ json_decode( decode( $head ), true )['kid'] ];
	// An independent verifier has nothing but the published key.
	$length = static fn( string $body ) => strlen( $body ) < 128 ? chr( strlen( $body ) ) : "\x82" . pack( 'n', strlen( $body ) );
	$tlv    = static fn( int $tag, string $body ) => chr( $tag ) . $length( $body ) . $body;
	$der    = match ( $jwk['kty'] ) {
		'RSA' => $tlv( 0x30, hex2bin( '300d06092a864886f70d0101010500' ) . $tlv( 3, "\0" . $tlv( 0x30, $tlv( 2, "\0" . decode( $jwk['n'] ) ) . $tlv( 2, decode( $jwk['e'] ) ) ) ) ),
		'EC'  => $tlv( 0x30, hex2bin( '301306072a8648ce3d020106082a8648ce3d030107' ) . $tlv( 3, "\0\x04" . decode( $jwk['x'] ) . decode( $jwk['y'] ) ) ),
		'OKP' => decode( $jwk['x'] ),
	};
	[ $message, $signature ] = $parts( $answer['access_token'] );
	$good = match ( $jwk['kty'] ) {
		'RSA' => openssl_verify( $message, $signature, $pem_of( 'PUBLIC KEY', $der ), OPENSSL_ALGO_SHA256 ),
		'EC'  => openssl_verify( $message, $to_der( $signature ), $pem_of( 'PUBLIC KEY', $der ), OPENSSL_ALGO_SHA256 ),
		'OKP' => (int) sodium_crypto_sign_verify_detached( $signature, $message, $der ),
	};
	$expected = array( 'issuer' => $server->issuer(), 'audience' => $server->rest_url( '/' ), 'type' => 'at+jwt' );
	$claims   = AppConnect\verify_jwt( $answer['access_token'], $published, $expected, NOW );
	$own      = array( 'sub' => $claims['sub'] === $id, 'client_id' => $claims['client_id'] === $id, 'jti' => preg_match( '/^[0-9A-Za-z]{22}$/D', $claims['jti'] ) );
	ksort( $claims );
	echo "  $type: ", count( $keys ), " keys, $good, ", json_encode( $own + $claims, JSON_UNESCAPED_SLASHES ), "\n";
	$flow = $server->authenticate( bearer( $answer['access_token'] ), NOW );
	drive( $flow, $host );
	echo '    here it is good for user ', $flow->principal()->user_id(), ', and with its signature changed for nobody: ';
	echo summary( drive( $server->authenticate( bearer( substr( $answer['access_token'], 0, -2 ) . 'AA' ), NOW ), $host ) ), "\n";
}
?>
--EXPECT--
RS256
  header: {"kid":"thumbprint","alg":"RS256","typ":"at+jwt"}
  theirs verifies ours: [true,false]
  ours verifies ours: true
  ours verifies theirs: true
  with one character changed, or cut off: 0 taken
ES256
  header: {"kid":"thumbprint","alg":"ES256","typ":"at+jwt"}
  theirs verifies ours: [true,false]
  ours verifies ours: true
  ours verifies theirs: true
  with one character changed, or cut off: 0 taken
EdDSA
  header: {"kid":"thumbprint","alg":"EdDSA","typ":"at+jwt"}
  theirs verifies ours: [true,false]
  ours verifies ours: true
  ours verifies theirs: true
  with one character changed, or cut off: 0 taken
TAKEN
  nothing: RS256 ES256 EdDSA
  an audience among others: RS256 ES256 EdDSA
  an end within the leeway: RS256 ES256 EdDSA
refused
  no signature: RS256 ES256 EdDSA
  a signature of zeros: RS256 ES256 EdDSA
  a byte more: RS256 ES256 EdDSA
  padding: RS256 ES256 EdDSA
  a line feed: RS256 ES256 EdDSA
  a space before it: RS256 ES256 EdDSA
  a fourth part: RS256 ES256 EdDSA
  the signature of another: RS256 ES256 EdDSA
  "none": RS256 ES256 EdDSA
  "None", with a signature: RS256 ES256 EdDSA
  HS256 with the public key: RS256 ES256 EdDSA
  a longer hash: RS256 ES256 EdDSA
  the name of another key: RS256 ES256 EdDSA
  no name: RS256 ES256 EdDSA
  another type: RS256 ES256 EdDSA
  a key of its own: RS256 ES256 EdDSA
  an address of keys: RS256 ES256 EdDSA
  something critical: RS256 ES256 EdDSA
  an unencoded payload: RS256 ES256 EdDSA
  a claim twice: RS256 ES256 EdDSA
  no claims but a list: RS256 ES256 EdDSA
  another issuer: RS256 ES256 EdDSA
  another audience: RS256 ES256 EdDSA
  no client: RS256 ES256 EdDSA
  an end that is text: RS256 ES256 EdDSA
  its end: RS256 ES256 EdDSA
  a beginning to come: RS256 ES256 EdDSA
  16 KiB: RS256 ES256 EdDSA
  for {"type":"JWT"}: RS256 ES256 EdDSA
  for {"audience":"https://example.org"}: RS256 ES256 EdDSA
  for {"algorithms":["none"]}: RS256 ES256 EdDSA
  for {"algorithms":[]}: RS256 ES256 EdDSA
  after its end: RS256 ES256 EdDSA
  a signature in DER: ES256
sets that are none
  empty: refused
  no JSON: refused
  no list: refused
  a name twice: refused
  for encryption: refused
  a point elsewhere: refused
  a secret: refused
  65 KiB: refused
  another key first: taken
keys that cannot sign
  none: AppConnect\ConfigurationException: this is not one private key in PEM
  garbage: AppConnect\ConfigurationException: this is not one private key in PEM
  1024 bits: AppConnect\ConfigurationException: the key is too weak: RSA keys have at least 2048 bits and the exponent 65537
  another curve: AppConnect\ConfigurationException: neither an RSA key of 2048, 3072 or 4096 bits, nor a P-256 or Ed25519 key
  encrypted: AppConnect\ConfigurationException: the key is encrypted: remove its passphrase first
  public: AppConnect\ConfigurationException: this is a public key or a certificate: the private key is needed
  two: AppConnect\ConfigurationException: this is not one private key in PEM
claims and types that are none
  AppConnect\ConfigurationException: claims have names
  AppConnect\ConfigurationException: a string is not valid UTF-8
  AppConnect\ConfigurationException: a value is neither null, bool, int, float, string nor array
  AppConnect\ConfigurationException: the type is no text
  AppConnect\ConfigurationException: the type is no text
  of no type: JWT
an access token of the server
  rsa-2048: 2 keys, 1, {"sub":true,"client_id":true,"jti":1,"aud":"https://example.org/wp-json/","exp":1749949200,"iat":1749945600,"iss":"https://example.org","scope":"wp"}
    here it is good for user 7, and with its signature changed for nobody: 401 invalid_token: the access token is invalid or was revoked
  ec-p256: 2 keys, 1, {"sub":true,"client_id":true,"jti":1,"aud":"https://example.org/wp-json/","exp":1749949200,"iat":1749945600,"iss":"https://example.org","scope":"wp"}
    here it is good for user 7, and with its signature changed for nobody: 401 invalid_token: the access token is invalid or was revoked
  ed25519: 2 keys, 1, {"sub":true,"client_id":true,"jti":1,"aud":"https://example.org/wp-json/","exp":1749949200,"iat":1749945600,"iss":"https://example.org","scope":"wp"}
    here it is good for user 7, and with its signature changed for nobody: 401 invalid_token: the access token is invalid or was revoked
