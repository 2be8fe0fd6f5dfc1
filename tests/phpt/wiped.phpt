--TEST--
SC-10: of a sealed key, memory holds what the parsed key needs and nothing else, and nothing at all when it is not kept any more
--DESCRIPTION--
The test opens what is sealed by itself, as the design describes it, and looks for the numbers of the private key in the memory
of another process: big-endian as they stand in PKCS#8, and little-endian as AWS-LC computes with them (RSA twice: once as it
was read, once of fixed width). What the site's secret leads to is looked for as well. The secret itself is there: PHP has it.
--EXTENSIONS--
app_connect
openssl
--FILE--
<?php
require __DIR__ . '/support.inc';
use function AppConnect\Tests\{decode, php};

const SECRET = 'a secret of thirty-two bytes, at least';

/** How often each needle stands in what a process can write to. */
$count = static function ( int $pid, array $needles ): array {
	$found  = array_fill_keys( array_keys( $needles ), 0 );
	$memory = fopen( "/proc/$pid/mem", 'rb' );
	foreach ( file( "/proc/$pid/maps" ) as $line ) {
		if ( ! preg_match( '/^([0-9a-f]+)-([0-9a-f]+) rw/', $line, $range ) || 0 !== fseek( $memory, hexdec( $range[1] ) ) ) {
			continue;
		}
		$left = hexdec( $range[2] ) - hexdec( $range[1] );
		$text = '';
		while ( $left > 0 && false !== ( $part = @fread( $memory, min( $left, 8192 ) ) ) && '' !== $part ) {
			$text .= $part;
			$left -= strlen( $part );
		}
		foreach ( $needles as $name => $needle ) {
			$found[ $name ] += substr_count( $text, $needle );
		}
	}
	return $found;
};

/** Opens an envelope: the key that opened it, and what was inside. */
$open = static function ( string $material, string $name, array $place, string $envelope ): array {
	[ $version, $id, $sealed ] = explode( '.', $envelope );
	$key                       = hash_hkdf( 'sha256', $material, 32, "app-connect/1/$name", $place[0] );
	if ( 'ac1' !== $version || hash_hkdf( 'sha256', $material, 4, "app-connect/1/$name/id", $place[0] ) !== decode( $id ) ) {
		throw new LogicException( 'another key sealed this' );
	}
	$sealed = decode( $sealed );
	$value  = openssl_decrypt( substr( $sealed, 12, -16 ), 'aes-256-gcm', $key, OPENSSL_RAW_DATA, substr( $sealed, 0, 12 ), substr( $sealed, -16 ), 'app-connect/1|' . implode( '|', $place ) );
	return array( $key, $value );
};

/** What is looked for. */
$needles = static function ( string $type, string $vault, array $row ) use ( $open ): array {
	[ $site, $envelope ] = explode( '.', $vault, 2 );
	[ $kek, $dek ]       = $open( SECRET, 'kek', array( $site, 'kek' ), $envelope );
	[ $key, $pkcs8 ]     = $open( $dek, 'signing-keys', array( $site, 'signing-keys', $row['kid'] ), $row['sealed'] );
	$derived             = array( 'the key that seals the data key' => $kek, 'the data key' => $dek, 'the key that seals keys' => $key );
	if ( 'ed25519' === $type ) {
		// Its private key is a text of bytes, and the same in PKCS#8 and elsewhere.
		return $derived + array( 'the seed' => substr( $pkcs8, 16, 32 ) );
	}
	$pem     = "-----BEGIN PRIVATE KEY-----\n" . chunk_split( base64_encode( $pkcs8 ), 64, "\n" ) . "-----END PRIVATE KEY-----\n";
	$details = openssl_pkey_get_details( openssl_pkey_get_private( $pem ) );
	$private = 'ec-p256' === $type ? array( 'd' => $details['ec']['d'] ) : array_diff_key( $details['rsa'], array( 'n' => 0, 'e' => 0 ) );
	foreach ( $private as $name => $number ) {
		$derived[ "$name in PKCS#8" ] = substr( $number, -24 );
		$derived[ "$name in use" ]    = substr( strrev( $number ), 0, 24 );
	}
	return $derived;
};

$file = tempnam( sys_get_temp_dir(), 'keys' );
foreach ( array( 'ec-p256', 'ed25519', 'rsa-2048' ) as $type ) {
	echo "$type\n";
	$wanted = null;
	foreach ( array( 'make', 'hold' ) as $role ) {
		$process = proc_open( array( ...php(), __DIR__ . '/wiped.inc', $role, $type, $file ), array( array( 'pipe', 'r' ), array( 'pipe', 'w' ) ), $pipes );
		while ( false !== ( $said = fgets( $pipes[1] ) ) ) {
			$wanted ??= $needles( $type, ...array_map( static fn( $stored ) => is_array( $stored ) ? $stored[1] : $stored, unserialize( file_get_contents( $file ) ) ) );
			$found    = $count( proc_get_status( $process )['pid'], array( 'secret' => SECRET ) + $wanted );
			echo '  ', rtrim( $said ), ': ', $found['secret'] > 0 ? '' : 'nothing could be read; ';
			unset( $found['secret'] );
			$kept = array_filter( $found );
			echo json_encode( $kept ?: new stdClass() ), "\n";
			fwrite( $pipes[0], "\n" );
		}
		proc_close( $process );
	}
}
unlink( $file );
?>
--EXPECT--
ec-p256
  made: {}
  has not signed yet: {}
  has signed, and waits for the store: {"d in use":1}
  has answered: {"d in use":1}
  has signed with twenty others: {}
ed25519
  made: {}
  has not signed yet: {}
  has signed, and waits for the store: {"the seed":1}
  has answered: {"the seed":1}
  has signed with twenty others: {}
rsa-2048
  made: {}
  has not signed yet: {}
  has signed, and waits for the store: {"d in use":2,"p in use":2,"q in use":2,"dmp1 in use":2,"dmq1 in use":2,"iqmp in use":1}
  has answered: {"d in use":2,"p in use":2,"q in use":2,"dmp1 in use":2,"dmq1 in use":2,"iqmp in use":1}
  has signed with twenty others: {}
