--TEST--
ConfigurationException says what is wrong, and where it was caused
--EXTENSIONS--
app_connect
--FILE--
<?php
require __DIR__ . '/support.inc';
use function AppConnect\Tests\{config, server};

$wrong = array(
	'nothing'        => array(),
	'no site'        => array( 'methods' => array() ),
	'unknown member' => config( array( 'acess_token_lifetime' => 60 ) ),
	'lifetime'       => config( array( 'access_token_lifetime' => 59 ) ),
	'limits'         => config( array( 'limits' => array( 'window' => 59 ) ) ),
	'home'           => config( array( 'site' => array( 'home' => 'ftp://example.org' ) + config()['site'] ) ),
	'prefix'         => config( array( 'site' => array( 'rest_prefix' => '/' ) + config()['site'] ) ),
);
foreach ( $wrong as $name => $config ) {
	try {
		new AppConnect\Server( $config );
		echo "$name: accepted\n";
	} catch ( AppConnect\ConfigurationException $exception ) {
		// Parsers word the first ones; only ours are compared.
		$message = preg_replace( '/malformed: .+/', 'malformed: …', $exception->getMessage() );
		echo "$name: $message, ", basename( $exception->getFile() ) === basename( __FILE__ ) ? 'here' : "in '{$exception->getFile()}'", "\n";
	}
}
echo $exception instanceof Exception ? 'an Exception' : '', ', thrown in ', $exception->getLine() > 0 ? 'a line' : 'no line', "\n";
try {
	throw new AppConnect\ConfigurationException( 'PHP may throw it too', 3 );
} catch ( Exception $exception ) {
	echo $exception::class, ': ', $exception->getMessage(), ' ', $exception->getCode(), "\n";
}
?>
--EXPECT--
nothing: the configuration is malformed: …, here
no site: the configuration is malformed: …, here
unknown member: the configuration is malformed: …, here
lifetime: access_token_lifetime: 59 is not between 60 and 86400, here
limits: limits_window: 59 is not between 60 and 86400, here
home: site: home is not an absolute http or https address, here
prefix: site: the REST prefix is empty, here
an Exception, thrown in a line
AppConnect\ConfigurationException: PHP may throw it too 3
