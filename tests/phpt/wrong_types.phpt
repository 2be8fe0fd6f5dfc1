--TEST--
SC-08: every export with every wrong value answers, or throws TypeError or ConfigurationException
--DESCRIPTION--
The exports are read from the extension, so that a new one fails here until it is listed. A panic would be an \Error, an
abort the end of the process.
--EXTENSIONS--
app_connect
--FILE--
<?php
require __DIR__ . '/support.inc';
use AppConnect\Tests\Memory;
use function AppConnect\Tests\{app, bearer, claims, config, draft, drive, expected, new_key, public_key, request, server, signing, stored, visit};
use const AppConnect\Tests\NOW;

enum Suit: string {
	case Hearts = 'H';
}

$self       = array( 'x' => 1 );
$self['me'] = &$self;
$closed     = fopen( 'php://memory', 'r' );
fclose( $closed );
$values = array(
	'null'               => null,
	'true'               => true,
	'false'              => false,
	'zero'               => 0,
	'minus one'          => -1,
	'largest int'        => PHP_INT_MAX,
	'smallest int'       => PHP_INT_MIN,
	'float'              => 1.5,
	'whole float'        => 1e3,
	'NAN'                => NAN,
	'INF'                => INF,
	'empty string'       => '',
	'numeric string'     => '5',
	'almost numeric'     => '5abc',
	'invalid UTF-8'      => "\xff\xc0\xed\xa0\x80",
	'NUL'                => "a\0b",
	'2 MB string'        => str_repeat( 'a', 1 << 21 ),
	'2 MB of 0xFF'       => str_repeat( "\xff", 1 << 21 ),
	'empty array'        => array(),
	'list'               => array( 1, 'two', null, array() ),
	'sparse list'        => array( 5 => 'a', -1 => 'b' ),
	'nested array'       => array( 'a' => array( 'b' => array( 'c' => 1.5 ) ) ),
	'invalid UTF-8 value' => array( 'method' => "\xff", 'name' => "\xff" ),
	'NUL value'          => array( 'method' => "\0", 'name' => "\0" ),
	'array of an object' => array( 'name' => new stdClass() ),
	'array of NAN'       => array( 'name' => NAN ),
	'array of a resource' => array( 'name' => STDERR ),
	'2 MB array'         => array_fill( 0, 1 << 17, 'x' ),
	'self-referencing'   => $self,
	'object'             => new stdClass(),
	'array object'       => new ArrayObject( array( 'method' => 'POST' ) ),
	'closure'            => static fn() => 'POST',
	'generator'          => ( static fn() => yield 1 )(),
	'stringable'         => new class() {
		public function __toString(): string {
			return 'token';
		}
	},
	'enum'               => Suit::Hearts,
	'resource'           => STDERR,
	'closed resource'    => $closed,
);

$server          = server( signing() );
$stored          = stored( $server, draft() );
$host            = new Memory();
[ $id, $secret ] = $host->register( $server, draft() );
$token_request   = request( "grant_type=client_credentials&client_id=$id&client_secret=$secret" );
$token           = json_decode( drive( $server->handle( 'token', $token_request, NOW ), $host )['body'] )->access_token;
$signed_in       = $server->authenticate( bearer( $token ), NOW );
drive( $signed_in, $host );
$visit = visit( $host->register( $server, app() )[0] );
$pem   = new_key();
$jwks  = json_encode( array( 'keys' => array( public_key( $pem ) ) ) );

// Arguments that are right, for each export.
$right = array(
	'AppConnect\digest_token'                  => array( 'x' ),
	'AppConnect\self_test'                     => array(),
	'AppConnect\sign_jwt'                      => array( claims(), $pem, 'at+jwt' ),
	'AppConnect\verify_jwt'                    => array( AppConnect\sign_jwt( claims(), $pem, 'at+jwt' ), $jwks, expected(), NOW ),
	'AppConnect\Flow::answer'                  => array( null ),
	'AppConnect\Flow::events'                  => array(),
	'AppConnect\Flow::need'                    => array(),
	'AppConnect\Flow::principal'               => array(),
	'AppConnect\Flow::response'                => array(),
	'AppConnect\Flow::unavailable'             => array(),
	'AppConnect\Principal::client_id'          => array(),
	'AppConnect\Principal::identify'           => array( 'me' ),
	'AppConnect\Principal::judge'              => array( 'GET', '/wp/v2/posts' ),
	'AppConnect\Principal::may_change_account' => array( 7 ),
	'AppConnect\Principal::narrows'            => array(),
	'AppConnect\Principal::permits'            => array( array( 'read' ) ),
	'AppConnect\Principal::refusal'            => array(),
	'AppConnect\Principal::retained'           => array( array( 'read' ) ),
	'AppConnect\Principal::retains'            => array( 'read' ),
	'AppConnect\Principal::scope'              => array(),
	'AppConnect\Principal::user_id'            => array(),
	'AppConnect\Server::__construct'           => array( config() ),
	'AppConnect\Server::authenticate'          => array( bearer( $token ), NOW ),
	'AppConnect\Server::attend'                => array( 'authorize', $server->handover( $visit ), $visit, NOW ),
	'AppConnect\Server::bundles'               => array(),
	'AppConnect\Server::challenge'             => array(),
	'AppConnect\Server::check_settings'        => array( array( 'takeover' => array( 'a b' ) ) ),
	'AppConnect\Server::client_address'        => array( request( '' ) ),
	'AppConnect\Server::client_auth_methods'   => array(),
	'AppConnect\Server::deliver_logouts'       => array( NOW ),
	'AppConnect\Server::describe_client'       => array( $stored ),
	'AppConnect\Server::describe_grant'        => array( $stored['policy'], $stored['policy'], 'wp openid' ),
	'AppConnect\Server::draft_client'          => array( draft(), array( 'edit_users' ) ),
	'AppConnect\Server::endpoints'             => array(),
	'AppConnect\Server::grant_types'           => array(),
	'AppConnect\Server::handle'                => array( 'token', $token_request, NOW ),
	'AppConnect\Server::handover'              => array( $visit ),
	'AppConnect\Server::has_moved'             => array(),
	'AppConnect\Server::documents'             => array(),
	'AppConnect\Server::issuers'               => array(),
	'AppConnect\Server::issuer'                => array(),
	'AppConnect\Server::key_types'             => array(),
	'AppConnect\Server::locate'                => array( $token_request ),
	'AppConnect\Server::needs'                 => array(),
	'AppConnect\Server::new_client_id'         => array(),
	'AppConnect\Server::preview_claims'        => array( 7, NOW ),
	'AppConnect\Server::renew_secret'          => array( $stored, 3600, NOW ),
	'AppConnect\Server::rest_url'              => array( '/app-connect/v1/token' ),
	'AppConnect\Server::revise_client'         => array( $stored, draft(), array() ),
	'AppConnect\Server::setting_rules'         => array(),
	'AppConnect\Server::signing_keys'          => array( 'maintain', array( 'user' => 7 ), NOW ),
	'AppConnect\Server::site_digest'           => array(),
	'AppConnect\Server::takeover'              => array(),
);

/** Calls an export, and runs what it answers to its end. */
$call = static function ( string $export, array $arguments ) use ( $server, $host, $signed_in, $token_request ): void {
	[ $class, $method ] = explode( '::', $export ) + array( 1 => null );
	$answer             = match ( true ) {
		null === $method                     => $class( ...$arguments ),
		'__construct' === $method            => new $class( ...$arguments ),
		'AppConnect\Server' === $class       => $server->$method( ...$arguments ),
		'AppConnect\Principal' === $class    => $signed_in->principal()->$method( ...$arguments ),
		default                              => ( static function () use ( $server, $host, $method, $arguments, $token_request ) {
			$flow = $server->handle( 'token', $token_request, NOW );
			if ( in_array( $method, array( 'response', 'principal' ), true ) ) {
				drive( $flow, $host );
			}
			$flow->need();
			$flow->$method( ...$arguments );
			return $flow;
		} )(),
	};
	if ( $answer instanceof AppConnect\Flow ) {
		drive( $answer, $host );
	}
};

$exports = array();
foreach ( ( new ReflectionExtension( 'app_connect' ) )->getFunctions() as $function ) {
	$exports[ $function->getName() ] = $function;
}
foreach ( ( new ReflectionExtension( 'app_connect' ) )->getClasses() as $class ) {
	foreach ( $class->getMethods() as $method ) {
		if ( $method->class === $class->getName() && ( ! $method->isConstructor() || 'AppConnect\Server' === $class->getName() ) ) {
			$exports[ "{$class->getName()}::{$method->getName()}" ] = $method;
		}
	}
}
foreach ( array_merge( array_diff_key( $exports, $right ), array_diff_key( $right, $exports ) ) as $export => $_ ) {
	echo "not listed here, or not there any more: $export\n";
}

$of_type = array( 'string' => 'is_string', '?string' => static fn( $value ) => null === $value || is_string( $value ), 'int' => 'is_int', 'array' => 'is_array', 'mixed' => static fn() => true );
$cases   = 0;
foreach ( array_intersect_key( $exports, $right ) as $export => $reflection ) {
	$call( $export, $right[ $export ] );
	foreach ( $reflection->getParameters() as $position => $parameter ) {
		foreach ( $values as $name => $value ) {
			$arguments              = $right[ $export ];
			$arguments[ $position ] = $value;
			++$cases;
			$thrown = '';
			try {
				$call( $export, $arguments );
			} catch ( Throwable $error ) {
				$thrown = $error::class;
			}
			$expected = $of_type[ (string) $parameter->getType() ]( $value ) ? array( '', 'AppConnect\ConfigurationException' ) : array( 'TypeError' );
			if ( ! in_array( $thrown, $expected, true ) ) {
				echo "$export, \${$parameter->getName()}: $name → ", '' === $thrown ? 'accepted' : "$thrown: {$error->getMessage()}", "\n";
			}
		}
	}
	// One argument too few, and one too many.
	$wrong = array( array_merge( $right[ $export ], array( null ) ) );
	if ( array() !== $right[ $export ] ) {
		$wrong[] = array_slice( $right[ $export ], 1 );
	}
	foreach ( $wrong as $arguments ) {
		++$cases;
		try {
			$call( $export, $arguments );
			echo "$export accepts ", count( $arguments ), " arguments\n";
		} catch ( TypeError ) {
		}
	}
}
echo $cases > 600 ? 'all of them' : "only $cases cases", "\n";
?>
--EXPECT--
all of them
