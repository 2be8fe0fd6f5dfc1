/** Starts one of the apps in ../clients and speaks with it: JSON on standard input, then a line of JSON twice. */

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The path of something that is named relative to this directory. */
export const path = ( relative ) => fileURLToPath( new URL( relative, import.meta.url ) );
const TOOLS = '../../../var/tools/interop/';

/** The Python that has the libraries of requirements.txt. */
export const PYTHON = path( `${ TOOLS }python/bin/python` );

export const APPS = {
	oauth4webapi: { client: 'native', command: [ process.execPath, path( '../clients/oauth4webapi.mjs' ) ] },
	openid_client: { client: 'web', command: [ process.execPath, path( '../clients/openid_client.mjs' ) ] },
	requests_oauthlib: { client: 'web', command: [ PYTHON, path( '../clients/requests_oauthlib_web.py' ) ] },
	oauth2_crate: { client: 'native', command: [ path( `${ TOOLS }target/debug/oauth2-crate` ) ] },
};

/** Those that only sign people in, and are told no more than an issuer, a client and its secret. */
export const RELYING_PARTIES = {
	openidconnect_crate: { command: [ path( `${ TOOLS }target/debug/openidconnect-crate` ) ] },
};

/** Starts an app: `next()` is a promise of what it says next, and rejects when the app ends instead. */
export function start( name, config ) {
	const [ program, ...args ] = ( APPS[ name ] ?? RELYING_PARTIES[ name ] ).command;
	const app = spawn( program, args, { stdio: [ 'pipe', 'pipe', 'pipe' ] } );
	let complaint = '';
	app.stderr.on( 'data', ( text ) => ( complaint += text ) );
	app.stdin.on( 'error', () => {} ); // It ended at once; `next` tells why.
	app.stdin.end( JSON.stringify( config ) );
	const lines = createInterface( { input: app.stdout } )[ Symbol.asyncIterator ]();
	const ended = new Promise( ( resolve ) => app.on( 'close', resolve ) );
	return {
		next: async () => {
			const { value, done } = await lines.next();
			if ( done ) {
				throw new Error( `${ name } ended with ${ await ended }: ${ complaint }` );
			}
			return JSON.parse( value );
		},
		stop: () => app.kill(),
	};
}
