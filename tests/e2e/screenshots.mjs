#!/usr/bin/env node
/**
 * Pictures every screen in every state, on a desktop, from right to left, and on a phone, into var/screenshots. Says of
 * each that scrolls sideways on a phone, or in which axe finds something serious, and ends with 1 then.
 *
 *     node tests/e2e/screenshots.mjs [WORD…]     all, or those whose name contains one of the words
 */

import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DESKTOP, launch, logIn, openWindow, PHONE } from './support/browser.mjs';
import { openLab, Site } from './support/lab.mjs';
import { Session, violations } from './support/session.mjs';
import { STATES } from './states.mjs';

const OUT = fileURLToPath( new URL( '../../var/screenshots/', import.meta.url ) );
const LOOKS = {
	desktop: { viewport: DESKTOP },
	rtl: { viewport: DESKTOP, rtl: true },
	phone: { viewport: PHONE },
};

const words = process.argv.slice( 2 );
const wanted = ( name ) => ! words.length || words.some( ( word ) => name.includes( word ) );
const lab = openLab();
const [ site, browser ] = await Promise.all( [ Site.up( lab, 'e2e71' ), launch() ] );
mkdirSync( OUT, { recursive: true } );
let faults = 0;

for ( const [ look, options ] of Object.entries( LOOKS ) ) {
	const chosen = Object.entries( STATES ).filter( ( [ state ] ) => wanted( `${ state }-${ look }` ) );
	if ( ! chosen.length ) {
		continue;
	}
	const context = await openWindow( browser, site, options );
	const page = await context.newPage();
	await logIn( page, site );
	const world = { browser, context, site, page, js: true };
	for ( const [ state, prepare ] of chosen ) {
		const name = `${ state }-${ look }`;
		await site.reset();
		const session = await Session.open( world );
		const wrong = [];
		try {
			await session.page.setViewportSize( options.viewport );
			await prepare( session );
			const width = await session.page.evaluate( () => document.scrollingElement.scrollWidth );
			if ( width > options.viewport.width ) {
				wrong.push( `is ${ width } px wide` );
			}
			await session.page.screenshot( { path: `${ OUT }${ name }.png`, fullPage: true } );
			wrong.push( ...( await violations( session.page ) ) );
		} catch ( error ) {
			wrong.push( String( error.stack ?? error ) );
		}
		await session.close( ! wrong.length );
		faults += wrong.length ? 1 : 0;
		console.log( wrong.length ? `${ name }\n    ${ wrong.join( '\n    ' ) }` : name );
	}
	await context.close();
}

await site.reset();
await browser.close();
lab.close();
process.exitCode = faults ? 1 : 0;
