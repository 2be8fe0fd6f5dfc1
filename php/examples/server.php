<?php
/**
 * A complete OAuth 2.0 server without WordPress: client credentials, revocation, and a resource that they guard.
 *
 *   php -d extension=app_connect php/examples/server.php client       registers a client; prints its identifier and secret
 *   php -d extension=app_connect -S 127.0.0.1:8000 php/examples/server.php
 *
 *   curl -u ID:SECRET -d grant_type=client_credentials http://127.0.0.1:8000/api/app-connect/v1/token
 *   curl -H 'Authorization: Bearer TOKEN' http://127.0.0.1:8000/api/notes
 *   curl -u ID:SECRET -d token=TOKEN http://127.0.0.1:8000/api/app-connect/v1/revoke
 *
 * With a secret of 32 bytes or more in APP_CONNECT_EXAMPLE_SECRET its tokens are signed, for others to read (RFC 9068):
 *
 *   curl http://127.0.0.1:8000/.well-known/oauth-authorization-server
 *   curl http://127.0.0.1:8000/api/app-connect/v1/jwks
 *   php -d extension=app_connect php/examples/server.php rotate       lets the next key sign; prints how the keys stand
 *
 * What is honest about it: every need of these endpoints is answered, nothing of the protocol is decided here, and no
 * secret is stored but sealed. What is not: the store is one JSON file (APP_CONNECT_EXAMPLE_STATE, else in the temporary directory),
 * read, locked and rewritten whole by each request. That keeps "both or neither" and is as slow as it sounds; use a
 * database with transactions and a unique key on each digest. There is one user, and she may do everything.
 */

declare( strict_types=1 );

use AppConnect\Flow;
use AppConnect\Server;

const USER  = 1;
const NOTES = array( 'Buy milk', 'Rotate keys' );

/** The tables, held under an exclusive lock until the object goes. */
final class Store {
	private string $file;
	/** @var resource */
	private $lock;
	public array $rows = array( 'policies' => array(), 'clients' => array(), 'subjects' => array(), 'grants' => array(), 'tokens' => array(), 'limits' => array(), 'keys' => array(), 'vault' => null );

	public function __construct() {
		$this->file = getenv( 'APP_CONNECT_EXAMPLE_STATE' ) ?: sys_get_temp_dir() . '/app-connect-example.json';
		umask( 0077 );
		$this->lock = fopen( "$this->file.lock", 'c' );
		if ( ! $this->lock || ! flock( $this->lock, LOCK_EX ) ) {
			throw new RuntimeException( 'the store cannot be locked' );
		}
		if ( is_file( $this->file ) ) {
			$this->rows = json_decode( file_get_contents( $this->file ), true, 16, JSON_THROW_ON_ERROR ) + $this->rows;
		}
	}

	/** Writes everything or nothing: a reader sees the old file until the new one is whole. */
	public function commit(): void {
		$text = json_encode( $this->rows, JSON_THROW_ON_ERROR );
		if ( strlen( $text ) !== file_put_contents( "$this->file.new", $text ) || ! rename( "$this->file.new", $this->file ) ) {
			throw new RuntimeException( 'the store cannot be written' );
		}
	}

	public function insert( string $table, array $row ): int {
		$id                          = count( $this->rows[ $table ] ) + 1;
		$this->rows[ $table ][ $id ] = $row;
		return $id;
	}

	/** The number of a policy, stored once for equal content. */
	public function policy( array $reference ): int {
		if ( isset( $reference['known'] ) ) {
			return $reference['known'];
		}
		$id = array_search( $reference['new']['body'], $this->rows['policies'], true );
		if ( false === $id ) {
			$id                            = count( $this->rows['policies'] ) + 1;
			$this->rows['policies'][ $id ] = $reference['new']['body'];
		}
		return $id;
	}
}

/** Answers what flows need: a method for each, named like it, with the arguments and the answer of src/need.rs. */
final class Host {
	public function __construct( private Store $store ) {}

	private function find_client( array $args ): array {
		$rows     = $this->store->rows;
		$client   = null;
		$failures = array();
		foreach ( $rows['clients'] as $id => $row ) {
			if ( $row['digest'] === $args['digest'] ) {
				$client = array(
					'id'               => $id,
					'policy'           => array( 'id' => $row['policy'], 'body' => $rows['policies'][ $row['policy'] ] ),
					'prev_secret_hash' => null,
					'prev_until'       => null,
					'service_user'     => array( 'user' => $row['service_user_id'], 'epoch' => 0 ),
				) + $row;
			}
		}
		foreach ( $args['buckets'] as $bucket ) {
			if ( ( $rows['limits'][ $bucket ]['window_start'] ?? null ) === $args['window_start'] ) {
				$failures[] = array( 'bucket' => $bucket, 'hits' => $rows['limits'][ $bucket ]['hits'] );
			}
		}
		return array( 'client' => $client, 'failures' => $failures );
	}

	private function count_failure( array $args ): void {
		foreach ( $args['buckets'] as $bucket ) {
			$row   = $this->store->rows['limits'][ $bucket ] ?? array( 'window_start' => null );
			$fresh = array( 'window_start' => $args['window_start'], 'hits' => 0 );
			$row   = $row['window_start'] === $args['window_start'] ? $row : $fresh;
			++$row['hits'];
			$this->store->rows['limits'][ $bucket ] = $row;
		}
		$this->store->commit();
	}

	private function find_standing_grant( array $args ): ?array {
		foreach ( array_reverse( $this->store->rows['grants'], true ) as $id => $grant ) {
			if ( null === $grant['revoked_at'] && array_intersect_key( $grant, $args ) == $args ) {
				return array( 'id' => $id, 'policy' => array( 'id' => $grant['policy'], 'body' => $this->store->rows['policies'][ $grant['policy'] ] ) );
			}
		}
		return null;
	}

	private function held_capabilities( array $args ): array {
		return USER === $args['user'] ? $args['capabilities'] : array();
	}

	private function issue( array $args ): string {
		$grant = $args['grant']['known'] ?? null;
		if ( null === $grant ) {
			$new   = array( 'policy' => $this->store->policy( $args['grant']['new']['policy'] ), 'revoked_at' => null, 'last_used_at' => null, 'used_generation' => 0 );
			$grant = $this->store->insert( 'grants', $new + array( 'sub' => $this->subject( $args['grant']['new'] ) ) + $args['grant']['new'] );
		}
		$token = array( 'policy' => $this->store->policy( $args['token']['policy'] ), 'grant' => $grant, 'issued_at' => $args['now'], 'revoked_at' => null ) + $args['token'];
		$this->store->rows['tokens'][ $token['digest'] ] = $token;
		$this->store->commit();
		return 'stored';
	}

	private function find_access_token( array $args ): ?array {
		$rows  = $this->store->rows;
		$token = $rows['tokens'][ $args['digest'] ] ?? null;
		if ( null === $token ) {
			return null;
		}
		$grant  = $rows['grants'][ $token['grant'] ];
		$client = $rows['clients'][ $grant['client'] ];
		return array(
			'policy'  => $rows['policies'][ $token['policy'] ],
			'grant'   => array( 'id' => $token['grant'], 'expires_at' => null ) + $grant,
			'client'  => array( 'id' => $grant['client'], 'policy' => $rows['policies'][ $client['policy'] ] ) + $client,
			'subject' => array( 'sub' => $grant['sub'], 'user' => $grant['user'], 'epoch' => 0 ),
			'key_compromised_at' => $rows['keys'][ $token['key'] ]['compromised_at'] ?? null,
		) + $token;
	}

	/** The identifier by which clients know a user: always the same. */
	private function subject( array $args ): string {
		return $this->store->rows['subjects'][ $args['user'] ] ??= $args['sub'];
	}

	private function find_subject( array $args ): string {
		$sub = $this->subject( $args );
		$this->store->commit();
		return $sub;
	}

	private function find_signing_keys( array $args ): array {
		$keys = array_filter( array_reverse( $this->store->rows['keys'] ), static fn( $row ) => 'all' === $args['which'] || null !== $row['slot'] );
		return array( 'vault' => $this->store->rows['vault'], 'keys' => array_values( $keys ) );
	}

	/** All of the changes, or none of them. */
	private function change_keys( array $args ): string {
		$before = $this->store->rows;
		foreach ( $args['changes'] as $change ) {
			if ( ! $this->change_key( key( $change ), current( $change ), $args['now'] ) ) {
				$this->store->rows = $before;
				return 'conflict';
			}
		}
		$this->store->commit();
		return 'done';
	}

	/** One write, and whether everything was as it has to be. A database says so by affected rows and unique keys. */
	private function change_key( string $kind, array $change, int $now ): bool {
		$vault = &$this->store->rows['vault'];
		$keys  = &$this->store->rows['keys'];
		if ( 'vault' === $kind ) {
			$found = $vault === $change['from'];
			$vault = $change['to'];
			return $found;
		}
		if ( 'add' === $kind ) {
			$new = array( 'id' => count( $keys ) + 1, 'longest' => 0, 'created_at' => $now, 'retired_at' => null, 'compromised_at' => null );
			return $this->is_free( 'kid', $change['kid'] ) && $this->is_free( 'slot', $change['slot'] ) && $this->store->insert( 'keys', $new + $change );
		}
		$row    = &$keys[ $change['id'] ];
		$before = $row;
		$row    = match ( $kind ) {
			'extend'  => array( 'longest' => max( $row['longest'], $change['longest'] ) ),
			'promote' => array( 'slot' => $change['to'], 'activated_at' => $now ),
			'retire'  => array( 'slot' => null, 'sealed' => null, 'retired_at' => $now ),
			'revoke'  => array( 'slot' => null, 'sealed' => null, 'retired_at' => $row['retired_at'] ?? $now, 'compromised_at' => $now ),
		} + $row;
		return match ( $kind ) {
			'extend'            => true,
			'promote', 'retire' => $before['slot'] === $change['from'],
			'revoke'            => null === $before['compromised_at'],
		};
	}

	private function is_free( string $column, string $value ): bool {
		return ! in_array( $value, array_column( $this->store->rows['keys'], $column ), true );
	}

	private function revoke_token( array $args ): string {
		$token = &$this->store->rows['tokens'][ $args['digest'] ];
		if ( null !== $token['revoked_at'] ) {
			return 'already';
		}
		$token['revoked_at'] = $args['now'];
		$this->store->commit();
		return 'now';
	}

	private function touch_grant( array $args ): void {
		$this->store->rows['grants'][ $args['grant'] ]['last_used_at']    = $args['now'];
		$this->store->rows['grants'][ $args['grant'] ]['used_generation'] = $args['generation'];
		$this->store->commit();
	}

	/** Drives a flow to its end. What cannot be read or written is unavailable, never a guess. */
	public function run( Flow $flow ): Flow {
		while ( null !== ( $need = $flow->need() ) ) {
			try {
				$flow->answer( $this->{$need['name']}( $need['args'] ) );
			} catch ( RuntimeException $exception ) {
				error_log( $exception->getMessage() );
				$flow->unavailable();
			}
		}
		foreach ( $flow->events() as $event ) {
			error_log( json_encode( $event ) );
		}
		return $flow;
	}
}

function send( array $response ): void {
	foreach ( $response['headers'] as [ $name, $value ] ) {
		header( "$name: $value" );
	}
	// Last: PHP makes every status 401 when it sees WWW-Authenticate.
	http_response_code( $response['status'] );
	if ( isset( $response['page'] ) ) {
		// For a person: a site with more than one language would have a sentence for each code.
		header( 'Content-Type: text/plain' );
		echo $response['page']['detail'];
	}
	echo $response['body'];
}

function json( int $status, array $body ): array {
	return array( 'status' => $status, 'headers' => array( array( 'Content-Type', 'application/json' ) ), 'body' => json_encode( $body ) );
}

function server( string $home ): Server {
	return new Server(
		array(
			'site'    => array( 'home' => $home, 'rest_prefix' => 'api', 'permalinks' => '/' ),
			'methods' => array( 'client_credentials' => array( 'enabled' => true, 'epoch' => 0 ) ),
		) + signing( (string) getenv( 'APP_CONNECT_EXAMPLE_SECRET' ) )
	);
}

/** Tokens are signed where a secret can seal the keys; every verifier knows RS256, and ES256 is quicker. */
function signing( string $secret ): array {
	return '' === $secret ? array() : array(
		'access_token_format' => 'jwt',
		'signing'             => array( 'key_type' => 'ec-p256' ),
		'site_secret'         => array( 'current' => base64_encode( $secret ) ),
	);
}

/** Registers a client that may read notes as the user. */
function register(): int {
	$store = new Store();
	$new   = server( 'http://127.0.0.1' )->draft_client(
		array(
			'name'            => 'Example',
			'type'            => 'confidential',
			'mode'            => 'restricted',
			'grant_types'     => array( 'client_credentials' ),
			'routes'          => array( 'GET /api/notes', 'GET /api/notes/*' ),
			'service_user_id' => USER,
		),
		// This service's only user holds none of WordPress' takeover rights.
		array()
	);
	if ( isset( $new['errors'] ) ) {
		fwrite( STDERR, json_encode( $new['errors'] ) . "\n" );
		return 1;
	}
	$store->insert( 'clients', array( 'policy' => $store->policy( array( 'new' => $new['policy'] ) ), 'epoch' => 0 ) + $new['row'] );
	$store->commit();
	echo "{$new['client_id']}\n{$new['secret']}\n";
	return 0;
}

/** Lets the next signing key sign from now on, and makes another next one. */
function rotate(): int {
	$host     = new Host( new Store() );
	$response = $host->run( server( 'http://127.0.0.1' )->signing_keys( 'rotate', array(), time() ) )->response();
	echo $response['body'], "\n";
	return 200 === $response['status'] ? 0 : 1;
}

/** The response to one request. */
function respond(): array {
	$path    = strstr( "{$_SERVER['REQUEST_URI']}?", '?', true );
	$route   = str_starts_with( $path, '/api/' ) ? substr( $path, 4 ) : '';
	$request = array(
		'method'          => $_SERVER['REQUEST_METHOD'],
		'uri'             => $_SERVER['REQUEST_URI'],
		'authorization'   => $_SERVER['HTTP_AUTHORIZATION'] ?? null,
		'content_type'    => $_SERVER['CONTENT_TYPE'] ?? null,
		'method_override' => $_SERVER['HTTP_X_HTTP_METHOD_OVERRIDE'] ?? null,
		'origin'          => $_SERVER['HTTP_ORIGIN'] ?? null,
		'if_none_match'   => $_SERVER['HTTP_IF_NONE_MATCH'] ?? null,
		'address'         => $_SERVER['REMOTE_ADDR'],
		'secure'          => false, // Loopback needs no TLS; anything else does.
		'body'            => file_get_contents( 'php://input', false, null, 0, 65537 ),
		'route'           => $route,
	);
	$server  = server( "http://{$_SERVER['SERVER_NAME']}:{$_SERVER['SERVER_PORT']}" );
	$host    = new Host( new Store() );

	$endpoint = $server->locate( $request );
	if ( null !== $endpoint ) {
		return $host->run( $server->handle( $endpoint, $request, time() ) )->response();
	}
	$bearer = $host->run( $server->authenticate( $request, time() ) );
	if ( null !== $bearer->response() ) {
		return $bearer->response();
	}
	$principal = $bearer->principal();
	if ( null === $principal ) {
		$challenge              = json( 401, array( 'error' => 'unauthorized' ) );
		$challenge['headers'][] = array( 'WWW-Authenticate', Server::challenge() );
		return $challenge;
	}
	return $principal->judge( $request['method'], $route ) ?? match ( $route ) {
		'/notes' => json( 200, array( 'user' => $principal->user_id(), 'notes' => NOTES ) ),
		default  => json( 404, array( 'error' => 'not_found' ) ),
	};
}

if ( 'cli' === PHP_SAPI ) {
	$status = match ( array_slice( $argv, 1 ) ) {
		array( 'client' ) => register(),
		array( 'rotate' ) => rotate(),
		default           => 2,
	};
	if ( 2 === $status ) {
		fwrite( STDERR, "usage: php server.php client | php server.php rotate | php -S 127.0.0.1:8000 server.php\n" );
	}
	exit( $status );
}
try {
	send( respond() );
} catch ( Throwable $error ) {
	// A panic is an \Error. Its text stays here: it could hold what a client sent.
	error_log( $error::class );
	send( json( 500, array( 'error' => 'server_error' ) ) );
}
