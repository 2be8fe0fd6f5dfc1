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

	public function __construct() {
		$this->server    = self::make_server();
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

	public static function make_server(): Server {
		return new Server(
			array(
				'site'    => array( 'home' => 'http://127.0.0.1', 'rest_prefix' => 'wp-json', 'permalinks' => '/%postname%/' ),
				'methods' => array( 'client_credentials' => array( 'enabled' => true, 'epoch' => 0 ) ),
			)
		);
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

	/** A whole request for a token. */
	public function ask_token( int $now ): string {
		$basic = 'Basic ' . base64_encode( "$this->client_id:$this->secret" );
		$flow  = $this->run( $this->server->handle( 'token', $this->request( 'POST', '/app-connect/v1/token', $basic, 'grant_type=client_credentials' ), $now ) );
		return json_decode( $flow->response()['body'], true )['access_token'];
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
		) + $this->token;
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
