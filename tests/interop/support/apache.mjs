/** A stock relying party: Apache httpd with mod_auth_openidc and the files of docs/examples/mod-auth-openidc as they are. */

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { path } from './spawn.mjs';

const SAMPLE = path( '../../../docs/examples/mod-auth-openidc' );
const MODULES = '/usr/lib/apache2/modules';

/** What the sample needs, and a server at all. */
const NEEDED = [ 'mpm_event', 'authn_core', 'authz_core', 'authz_user', 'auth_openidc', 'dir', 'include', 'mime' ];

/** The server around the sample. Its workers are not root, so the page lies where everybody can read. */
const server = ( directory, port ) => `
${ NEEDED.map( ( name ) => `LoadModule ${ name }_module ${ MODULES }/mod_${ name }.so` ).join( '\n' ) }
ServerRoot ${ directory }
ServerName 127.0.0.1:${ port }
Listen 127.0.0.1:${ port }
User www-data
Group www-data
PidFile ${ directory }/pid
Mutex file:${ directory } default
ErrorLog "|/bin/cat"
LogLevel notice
ServerLimit 1
StartServers 1
ThreadsPerChild 8
MinSpareThreads 1
MaxSpareThreads 8
MaxRequestWorkers 8
TypesConfig /dev/null
AddType text/html .html
DocumentRoot ${ directory }/htdocs
DirectoryIndex index.html
Include ${ SAMPLE }/members.conf
`;

/** A port on which nobody listens. */
export const freePort = () =>
	new Promise( ( resolve, reject ) => {
		const probe = createServer().on( 'error', reject );
		probe.listen( 0, '127.0.0.1', () => {
			const { port } = probe.address();
			probe.close( () => resolve( port ) );
		} );
	} );

/**
 * Where such a server will be: what has to be registered, before the client that it is told of exists.
 *
 * @param {number} port Its port.
 */
export const place = ( port ) => {
	const origin = `http://127.0.0.1:${ port }`;
	const redirectUri = `${ origin }/members/signed-in`;
	return {
		port,
		origin,
		page: `${ origin }/members/`,
		redirectUri,
		/** Where the module ends its own session, and the provider's if that has an `end_session_endpoint`. */
		logout: ( returnTo ) => `${ redirectUri }?logout=${ encodeURIComponent( returnTo ) }`,
		/** Where people are sent who have logged out. */
		bye: `${ origin }/`,
		/** Where the module listens to logout tokens (OpenID Connect Back-Channel Logout §2.5). */
		backchannelLogoutUri: `${ redirectUri }?logout=backchannel`,
	};
};

/**
 * Starts one, and returns when it answers: `said()` is what it has logged, `stop()` ends it.
 *
 * @param {Object} at     See place().
 * @param {string} issuer The issuer.
 * @param {Object} client Its `client_id` and `secret`.
 */
export async function startApache( at, issuer, client ) {
	const directory = mkdtempSync( join( tmpdir(), 'app-connect-httpd-' ) );
	chmodSync( directory, 0o755 );
	cpSync( `${ SAMPLE }/htdocs`, `${ directory }/htdocs`, { recursive: true } );
	writeFileSync( `${ directory }/httpd.conf`, server( directory, at.port ) );
	const env = {
		PATH: process.env.PATH,
		ISSUER: issuer,
		CLIENT_ID: client.client_id,
		CLIENT_SECRET: client.secret,
		ORIGIN: at.origin,
		PASSPHRASE: randomBytes( 32 ).toString( 'hex' ),
	};
	const httpd = spawn( '/usr/sbin/apache2', [ '-f', `${ directory }/httpd.conf`, '-D', 'FOREGROUND' ], { env, stdio: [ 'ignore', 'pipe', 'pipe' ] } );
	const log = [];
	httpd.stderr.on( 'data', ( text ) => log.push( String( text ) ) ); // Until the configuration is read; then it logs to our pipe.
	const ended = new Promise( ( resolve ) => httpd.on( 'close', resolve ) );
	const ready = new Promise( ( resolve ) =>
		createInterface( { input: httpd.stdout } ).on( 'line', ( line ) => {
			log.push( line );
			if ( line.includes( 'resuming normal operations' ) ) {
				resolve( true );
			}
		} )
	);
	const stop = async () => {
		httpd.kill();
		await ended;
		rmSync( directory, { recursive: true, force: true } );
	};
	if ( ! ( await Promise.race( [ ready, ended.then( () => false ) ] ) ) ) {
		rmSync( directory, { recursive: true, force: true } );
		throw new Error( `httpd did not start: ${ log.join( '\n' ) }` );
	}
	return { said: () => log.join( '\n' ), stop };
}
