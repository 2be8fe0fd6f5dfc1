/** The sample resource servers of docs/examples/resource-server, run as they stand there. */

import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { PYTHON, path } from './spawn.mjs';

const SAMPLE = path( '../../../docs/examples/resource-server' );
const COPY = path( '../../../var/interop/resource-server' );
const MODULES = path( '../../../var/tools/interop/node_modules' );

const PROGRAMS = { node: [ process.execPath, 'server.mjs' ], python: [ PYTHON, 'server.py' ] };

export const LANGUAGES = Object.keys( PROGRAMS );

/** The sample's files beside the packages that its package.json asks for. */
export function copySample() {
	rmSync( COPY, { recursive: true, force: true } );
	mkdirSync( COPY, { recursive: true } );
	cpSync( SAMPLE, COPY, { recursive: true } );
	symlinkSync( MODULES, `${ COPY }/node_modules` );
	return COPY;
}

/** Starts one: `get( token )` asks it for its notes, `stop()` ends it. */
export async function startResourceServer( language, environment ) {
	const directory = copySample();
	const [ program, file ] = PROGRAMS[ language ];
	const server = spawn( program, [ file ], { cwd: directory, env: { PATH: process.env.PATH, PORT: '0', ...environment }, stdio: [ 'ignore', 'pipe', 'pipe' ] } );
	let complaint = '';
	server.stderr.on( 'data', ( text ) => ( complaint += text ) );
	const ended = new Promise( ( resolve ) => server.on( 'close', resolve ) );
	const { value } = await createInterface( { input: server.stdout } )[ Symbol.asyncIterator ]().next();
	if ( ! value ) {
		throw new Error( `${ file } ended with ${ await ended }: ${ complaint }` );
	}
	const address = `${ /http:\S+/.exec( value )[ 0 ] }/notes`;
	return {
		address,
		get: async ( token, headers = token === undefined ? {} : { Authorization: `Bearer ${ token }` } ) => {
			const response = await fetch( address, { headers } );
			return { status: response.status, challenge: response.headers.get( 'www-authenticate' ), headers: response.headers, body: await response.json() };
		},
		stop: () => {
			server.kill();
			return ended;
		},
	};
}
