/**
 * What the apps in ../clients have in common: they read what they must know as JSON from standard input, print the address
 * to open in a browser, wait on a loopback port for the redirect, and print what they got; a line of JSON each.
 */

import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

export const readConfig = () => json( process.stdin );

export const say = ( value ) => console.log( JSON.stringify( value ) );

/** What a refresh changed, and who the new token says it is. */
export const comparison = ( before, after, me ) => ( {
	access: after.access_token !== before.access_token,
	refresh: after.refresh_token !== before.refresh_token,
	scope: after.scope,
	expires_in: after.expires_in,
	me,
} );

/** Listens on a port, by default on whatever is free: `redirectUri`, and `answer`, a promise of the address asked for. */
export function waitForAnswer( path, port = 0 ) {
	return new Promise( ( resolve, reject ) => {
		const server = createServer();
		server.on( 'error', reject );
		server.listen( port, '127.0.0.1', () => {
			const origin = `http://127.0.0.1:${ server.address().port }`;
			const answer = new Promise( ( found ) =>
				server.on( 'request', ( { url }, response ) => {
					response.writeHead( 200, { 'Content-Type': 'text/plain', Connection: 'close' } ).end( 'You can close this window.' );
					if ( url.startsWith( `${ path }?` ) ) {
						server.close();
						found( new URL( url, origin ) );
					}
				} )
			);
			resolve( { redirectUri: origin + path, answer } );
		} );
	} );
}
