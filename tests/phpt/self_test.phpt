--TEST--
Every primitive gives its known answer
--EXTENSIONS--
app_connect
--FILE--
<?php
var_dump( AppConnect\self_test() );
echo AppConnect\digest_token( 'abc' ), "\n";
echo AppConnect\digest_token( '' ) === rtrim( strtr( base64_encode( hash( 'sha256', '', true ) ), '+/', '-_' ), '=' ) ? 'equal' : 'different', "\n";
foreach ( array( "\xff\xfe", "a\0b", str_repeat( "\x80", 1 << 21 ) ) as $bytes ) {
	$other = rtrim( strtr( base64_encode( hash( 'sha256', $bytes, true ) ), '+/', '-_' ), '=' );
	echo AppConnect\digest_token( $bytes ) === $other ? 'equal' : 'different', "\n";
}
?>
--EXPECT--
array(0) {
}
ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0
equal
equal
equal
equal
