--TEST--
php/stubs/app_connect.stub.php has every name and type of the extension, and says what each is for
--DESCRIPTION--
When it fails: php/stubs/generate.
--EXTENSIONS--
app_connect
--FILE--
<?php
require __DIR__ . '/support.inc';
use function AppConnect\Tests\{execute, root, signatures};

// The stubs declare the same names, so they are read where the extension is not.
$code = 'require getenv( "STUB" ); require getenv( "SUPPORT" ); $u = array(); echo json_encode( array( AppConnect\Tests\signatures( $u ), $u ) );';
[ $exit, $output, $errors ] = execute( array( PHP_BINARY, '-n', '-r', $code ), '', array( 'STUB' => root() . '/php/stubs/app_connect.stub.php', 'SUPPORT' => __DIR__ . '/support.inc' ) );
if ( 0 !== $exit ) {
	die( "exit $exit: $output$errors" );
}
[ $stubs, $undocumented ] = json_decode( $output, true );
$extension                = signatures();
foreach ( array_diff( $extension, $stubs ) as $line ) {
	echo "not in the stubs: $line\n";
}
foreach ( array_diff( $stubs, $extension ) as $line ) {
	echo "not in the extension: $line\n";
}
foreach ( $undocumented as $name ) {
	echo "without a comment: $name\n";
}
echo count( $extension ) > 30 ? 'compared' : 'too few', "\n";
?>
--EXPECT--
compared
