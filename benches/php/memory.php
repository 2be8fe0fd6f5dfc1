<?php
/**
 * A server with one client, in memory: what flows need is answered from arrays. See php/examples/server.php.
 */

declare( strict_types=1 );

use AppConnect\Flow;
use AppConnect\Server;

final class Memory {

	public Server $server;
	public string $client_id;
	public string $secret;

	/** The client's row, as `find_client` answers it. */
	private array $client;
	private array $policies = array();
	private array $grant    = array();

	/** The last token's row, as `find_access_token` answers it, and its digest. */
	private array $token = array();

	/** The signing keys by number, and the sealed data key. */
	public array $keys    = array();
	public ?string $vault = null;

	/** @param string|null $key_type What signs the tokens; null for opaque ones. */
	public function __construct( ?string $key_type = null ) {
		$this->server    = self::make_server( null === $key_type ? array() : self::signing( $key_type ) );
		$new             = $this->server->draft_client(
			array(
				'name'            => 'Bench',
				'type'            => 'confidential',
				'mode'            => 'restricted',
				'grant_types'     => array( 'client_credentials' ),
				'capabilities'    => array( 'read', 'edit_posts' ),
				'routes'          => array( 'GET /wp-json/wp/v2/users/me', 'GET /wp-json/wp/v2/posts', 'GET /wp-json/wp/v2/posts/*' ),
				'service_user_id' => 1,
			),
			array()
		);
		$this->client_id = $new['client_id'];
		$this->secret    = $new['secret'];
		$this->client    = array(
			'id'               => 1,
			'epoch'            => 0,
			'policy'           => array( 'id' => 1, 'body' => $new['policy']['body'] ),
			'prev_secret_hash' => null,
			'prev_until'       => null,
			'service_user'     => array( 'user' => 1, 'epoch' => 0 ),
		) + $new['row'];
		$this->policies  = array( 1 => $new['policy']['body'] );
	}

	public static function make_server( array $other = array() ): Server {
		return new Server(
			$other + array(
				'site'    => array( 'home' => 'http://127.0.0.1', 'rest_prefix' => 'wp-json', 'permalinks' => '/%postname%/' ),
				'methods' => array( 'client_credentials' => array( 'enabled' => true, 'epoch' => 0 ) ),
			)
		);
	}

	private static function signing( string $key_type ): array {
		return array(
			'access_token_format' => 'jwt',
			'signing'             => array( 'key_type' => $key_type ),
			'site_secret'         => array( 'current' => base64_encode( 'a secret of thirty-two bytes, at least' ) ),
		);
	}

	/** Something that is done with the signing keys. */
	public function signing_keys( string $action, int $now ): void {
		$this->run( $this->server->signing_keys( $action, array(), $now ) );
	}

	/** The published keys, as they are sent. */
	public function jwks( int $now ): string {
		return $this->run( $this->server->handle( 'jwks', $this->request( 'GET', '/app-connect/v1/jwks', null ), $now ) )->response()['body'];
	}

	/** A request as `Server` reads it. */
	public function request( string $method, string $route, ?string $authorization, string $body = '' ): array {
		return array(
			'method'          => $method,
			'uri'             => "/wp-json$route",
			'query'           => '',
			'authorization'   => $authorization,
			'content_type'    => '' === $body ? null : 'application/x-www-form-urlencoded',
			'method_override' => null,
			'origin'          => null,
			'address'         => '127.0.0.1',
			'secure'          => true,
			'body'            => $body,
			'route'           => $route,
		);
	}

	/** A request for a token. */
	public function token_request(): array {
		$basic = 'Basic ' . base64_encode( "$this->client_id:$this->secret" );
		return $this->request( 'POST', '/app-connect/v1/token', $basic, 'grant_type=client_credentials' );
	}

	/** The answer to it. */
	public function answer( array $token_request, int $now ): array {
		return $this->run( $this->server->handle( 'token', $token_request, $now ) )->response();
	}

	/** A whole request for a token. */
	public function ask_token( int $now ): string {
		return json_decode( $this->answer( $this->token_request(), $now )['body'], true )['access_token'];
	}

	/** A whole bearer check. */
	public function check_bearer( string $token, int $now ): ?AppConnect\Principal {
		return $this->run( $this->server->authenticate( $this->request( 'GET', '/wp/v2/users/me', "Bearer $token" ), $now ) )->principal();
	}

	public function run( Flow $flow ): Flow {
		while ( null !== ( $need = $flow->need() ) ) {
			$flow->answer( $this->{$need['name']}( $need['args'] ) );
		}
		$flow->events();
		return $flow;
	}

	private function find_client( array $args ): array {
		return array( 'client' => $this->client, 'failures' => array() );
	}

	private function find_standing_grant( array $args ): ?array {
		return $this->grant ? array( 'id' => 1, 'policy' => array( 'id' => $this->grant['policy'], 'body' => $this->policies[ $this->grant['policy'] ] ) ) : null;
	}

	private function held_capabilities( array $args ): array {
		return $args['capabilities'];
	}

	private function issue( array $args ): string {
		if ( isset( $args['grant']['new'] ) ) {
			$this->grant = array( 'policy' => $this->policy( $args['grant']['new']['policy'] ) ) + $args['grant']['new'];
		}
		$this->token = array(
			'policy'    => $this->policy( $args['token']['policy'] ),
			'issued_at' => $args['now'],
		) + $args['token'];
		return 'stored';
	}

	private function find_access_token( array $args ): ?array {
		return array(
			'policy'     => $this->policies[ $this->token['policy'] ],
			'grant'      => array( 'id' => 1, 'expires_at' => null, 'revoked_at' => null, 'last_used_at' => time(), 'used_generation' => 0 ) + $this->grant,
			'client'     => array( 'id' => 1, 'policy' => $this->policies[1] ) + $this->client,
			'subject'    => array( 'user' => 1, 'epoch' => 0, 'sub' => str_repeat( 's', 22 ) ),
			'revoked_at' => null,
			'key_compromised_at' => null,
		) + $this->token;
	}

	private function find_signing_keys( array $args ): array {
		$wanted = array_filter( array_reverse( $this->keys ), static fn( $row ) => 'all' === $args['which'] || null !== $row['slot'] );
		return array( 'vault' => $this->vault, 'keys' => array_values( $wanted ) );
	}

	/** Nobody else changes anything here. */
	private function change_keys( array $args ): string {
		foreach ( $args['changes'] as $change ) {
			[ $kind, $to ] = array( key( $change ), current( $change ) );
			if ( 'vault' === $kind ) {
				$this->vault = $to['to'];
				continue;
			}
			$id                = $to['id'] ?? count( $this->keys ) + 1;
			$this->keys[ $id ] = match ( $kind ) {
				'add'     => $to + array( 'id' => $id, 'longest' => 0, 'created_at' => $args['now'], 'retired_at' => null, 'compromised_at' => null ),
				'extend'  => array( 'longest' => $to['longest'] ),
				'promote' => array( 'slot' => $to['to'], 'activated_at' => $args['now'] ),
				'retire'  => array( 'slot' => null, 'sealed' => null, 'retired_at' => $args['now'] ),
			} + ( $this->keys[ $id ] ?? array() );
		}
		return 'done';
	}

	private function policy( array $reference ): int {
		if ( isset( $reference['known'] ) ) {
			return $reference['known'];
		}
		$id = array_search( $reference['new']['body'], $this->policies, true );
		if ( false === $id ) {
			$id                    = count( $this->policies ) + 1;
			$this->policies[ $id ] = $reference['new']['body'];
		}
		return $id;
	}
}
