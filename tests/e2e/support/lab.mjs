/** Sites of tests/lab/lab.py, through ../site.py. */

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const TABLES = [ 'clients', 'codes', 'consents', 'grants', 'tokens', 'limits', 'events', 'keys', 'subjects', 'policies' ];

/** Starts site.py; `ask( request )` is a promise of its answer, `close()` ends it. */
export function openLab() {
	const bridge = spawn( '/usr/bin/python3', [ fileURLToPath( new URL( '../site.py', import.meta.url ) ), 'serve' ], {
		stdio: [ 'pipe', 'pipe', 'inherit' ],
	} );
	const waiting = new Map();
	let last = 0;
	createInterface( { input: bridge.stdout } ).on( 'line', ( line ) => {
		const { id, value, error } = JSON.parse( line );
		const { resolve, reject } = waiting.get( id );
		waiting.delete( id );
		return error ? reject( new Error( error ) ) : resolve( value );
	} );
	bridge.on( 'exit', () => waiting.forEach( ( { reject } ) => reject( new Error( 'site.py ended' ) ) ) );
	return {
		ask: ( request ) =>
			new Promise( ( resolve, reject ) => {
				waiting.set( ++last, { resolve, reject } );
				bridge.stdin.write( JSON.stringify( { id: last, ...request } ) + '\n' );
			} ),
		close: () => bridge.stdin.end(),
	};
}

/** One site: its address, its admin, and what a test does to it behind WordPress' back. */
export class Site {
	#lab;

	constructor( lab, description ) {
		this.#lab = lab;
		Object.assign( this, description );
	}

	static async up( lab, name ) {
		return new Site( lab, await lab.ask( { do: 'up', site: name } ) );
	}

	/** Runs the body of a PHP function as the admin; `args` are in `$args`. */
	eval( code, ...args ) {
		return this.#lab.ask( { do: 'eval', site: this.name, user: this.admin.user, code, args: args.map( ( arg ) => ( typeof arg === 'string' ? arg : JSON.stringify( arg ) ) ) } );
	}

	sql( query ) {
		return this.#lab.ask( { do: 'sql', site: this.name, query } );
	}

	/** Adds a must-use plugin, or removes it without code. */
	fixture( name, code = null ) {
		return this.#lab.ask( { do: 'fixture', site: this.name, name, code } );
	}

	constants( values ) {
		return this.#lab.ask( { do: 'constants', site: this.name, values } );
	}

	/** What PHP has complained about since the last call. */
	messages() {
		return this.#lab.ask( { do: 'messages', site: this.name } );
	}

	/** Makes the site another than the one that it knows. */
	estrange() {
		return this.eval( "AppConnect\\WP\\Settings::change( static fn ( $settings ) => array( 'known_site' => 'another' ) + $settings ); return null;" );
	}

	/** No clients, no keys, no users but the admin, settings as activation makes them. */
	reset() {
		const empty = TABLES.map( ( table ) => `DELETE FROM wp_app_connect_${ table }` );
		return this.sql(
			[
				...empty,
				"DELETE FROM wp_options WHERE option_name IN ('app_connect_settings', 'app_connect_dek')",
				'DELETE FROM wp_usermeta WHERE user_id > 1',
				'DELETE FROM wp_users WHERE ID > 1',
			].join( ';' )
		);
	}

	/** A request over the plugin's own REST routes as the admin; throws unless it succeeds. */
	async rest( method, route, params = {} ) {
		const { status, data } = await this.eval(
			`$request = new WP_REST_Request( $args[0], '/app-connect/v1' . $args[1] );
			$params  = json_decode( $args[2], true );
			'GET' === $args[0] ? $request->set_query_params( $params ) : $request->set_body_params( $params );
			$response = rest_do_request( $request );
			return array( 'status' => $response->get_status(), 'data' => $response->get_data() );`,
			method,
			route,
			params
		);
		if ( status >= 400 ) {
			throw new Error( `${ method } ${ route }: ${ status } ${ JSON.stringify( data ) }` );
		}
		return data;
	}

	/** A new user's id. */
	user( login, role = 'editor', fields = {} ) {
		return this.eval(
			`return wp_insert_user( json_decode( $args[0], true ) + array( 'user_pass' => wp_generate_password() ) );`,
			{ user_login: login, user_email: `${ login }@example.com`, display_name: login, role, ...fields }
		);
	}

	/** A new client: the item with its secret. Like the demo's backend unless told otherwise. */
	async client( draft = {} ) {
		return this.rest( 'POST', '/clients', {
			name: 'Backend',
			type: 'confidential',
			mode: 'restricted',
			grant_types: [ 'client_credentials' ],
			capabilities: [ 'read', 'edit_posts', 'publish_posts' ],
			routes: [ 'GET /wp-json/wp/v2/posts' ],
			service_user_id: draft.service_user_id ?? ( await this.serviceUser() ),
			...draft,
		} );
	}

	/** The editor whom clients act as, made at the first call after a reset. */
	async serviceUser() {
		const [ found ] = await this.sql( "SELECT ID FROM wp_users WHERE user_login = 'backend-bot'" );
		return found ? Number( found.ID ) : this.user( 'backend-bot', 'editor', { display_name: 'Backend Bot' } );
	}

	/** Many clients at once, as rows: `count` copies of a client with other names and creation times. */
	async crowd( count ) {
		const { id } = await this.client( { name: 'Client 000' } );
		await this.sql(
			`INSERT INTO wp_app_connect_clients (digest, client_id, name, type, status, mode, service_user_id, policy_id, config, created_at)
			SELECT LEFT(SHA2(seq, 256), 43), CONCAT('crowd-client-', LPAD(seq, 4, '0')), CONCAT('Client ', LPAD(seq, 3, '0')), type, IF(seq % 5, 'active', 'disabled'), mode, service_user_id, policy_id, config, created_at - seq * 3600
			FROM wp_app_connect_clients, seq_1_to_${ count - 1 } WHERE id = ${ id }`
		);
	}

	/** A token of a client, asked for over HTTP. */
	async token( { client_id: id, client_secret: secret } ) {
		const answer = await this.askToken( id, secret );
		if ( answer.status !== 200 ) {
			throw new Error( `no token: ${ answer.status } ${ JSON.stringify( answer.body ) }` );
		}
		return answer.body.access_token;
	}

	/** The answer to a token request by Basic. */
	async askToken( id, secret ) {
		const response = await fetch( `${ this.rest_root }app-connect/v1/token`, {
			method: 'POST',
			headers: { Authorization: `Basic ${ Buffer.from( `${ id }:${ secret }` ).toString( 'base64' ) }` },
			body: new URLSearchParams( { grant_type: 'client_credentials' } ),
		} );
		return { status: response.status, body: await response.json() };
	}

	/** The status of a GET with a token. */
	async get( route, token ) {
		const response = await fetch( this.rest_root + route, { headers: { Authorization: `Bearer ${ token }` } } );
		await response.arrayBuffer();
		return response.status;
	}
}
