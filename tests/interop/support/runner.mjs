/** A test is `test( name, body )`; its body gets a World. A line a test: PASS or FAIL and `file::name`. */

import { execFile } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { launch, openWindow } from '../../e2e/support/browser.mjs';

const FAILURES = fileURLToPath( new URL( '../../../var/results/interop', import.meta.url ) );
const SITE = fileURLToPath( new URL( '../site.py', import.meta.url ) );
const SECONDS = 60;

const tests = [];
let file = '';

/** Declares a test. */
export function test( name, body ) {
	tests.push( { id: `${ file }::${ name.replaceAll( /[^A-Za-z0-9]+/g, '_' ) }`, body } );
}

/** Loads files of tests, in order. */
export async function load( urls ) {
	for ( const url of urls ) {
		file = basename( url, '.test.mjs' );
		await import( url );
	}
}

const ask = async ( ...words ) => ( await promisify( execFile )( '/usr/bin/python3', [ SITE, ...words ] ) ).stdout;

/** What a test gets: the site as site.py describes it, and windows in which nobody is logged in. */
class World {
	#browser;
	#windows = [];

	constructor( browser, site ) {
		this.#browser = browser;
		this.site = site;
	}

	/** Something that ../site.py does: its words, its arguments as values. What it answers, if it does. */
	async ask( ...words ) {
		const told = await ask( ...words.map( ( word ) => ( typeof word === 'string' ? word : JSON.stringify( word ) ) ) );
		return told.trim() ? JSON.parse( told ) : null;
	}

	/** A fresh window, with cookies of its own. */
	async window( options ) {
		const context = await openWindow( this.#browser, this.site, options );
		this.#windows.push( context );
		return context.newPage();
	}

	async close( picture ) {
		const pages = this.#windows.flatMap( ( context ) => context.pages() );
		if ( picture && pages.length ) {
			await pages.at( -1 ).screenshot( { path: picture, fullPage: true } ).catch( () => {} );
		}
		await Promise.all( this.#windows.map( ( context ) => context.close() ) );
		return pages.map( ( page ) => page.url() );
	}
}

function withDeadline( promise ) {
	let timer;
	const late = new Promise( ( _, reject ) => {
		timer = setTimeout( () => reject( new Error( `took longer than ${ SECONDS } s` ) ), SECONDS * 1000 );
	} );
	return Promise.race( [ promise, late ] ).finally( () => clearTimeout( timer ) );
}

/** Runs the tests whose id contains one of the words; returns how many failed. */
export async function run( words ) {
	rmSync( FAILURES, { recursive: true, force: true } );
	mkdirSync( FAILURES, { recursive: true } );
	const [ site, browser ] = await Promise.all( [ ask( 'up' ).then( JSON.parse ), launch() ] );
	let failed = 0;
	const said = new Set();
	for ( const { id, body } of tests.filter( ( each ) => ! words.length || words.some( ( word ) => each.id.includes( word ) ) ) ) {
		const started = Date.now();
		await ask( 'forget' );
		const world = new World( browser, site );
		let fault = null;
		try {
			await withDeadline( body( world ) );
		} catch ( error ) {
			fault = String( error.stack ?? error );
		}
		const pages = await world.close( fault && `${ FAILURES }/${ id.replaceAll( ':', '.' ) }.png` );
		const messages = ( await ask( 'messages' ) ).split( '\n' ).filter( ( line ) => line && ! said.has( line ) );
		messages.forEach( ( line ) => said.add( line ) );
		if ( messages.length ) {
			fault ??= `PHP complained: ${ messages.slice( 0, 3 ).join( '\n' ) }`;
		}
		failed += fault ? 1 : 0;
		console.log( `${ fault ? 'FAIL' : 'PASS' } ${ id }\n     ${ ( ( Date.now() - started ) / 1000 ).toFixed( 1 ) } s` );
		if ( fault ) {
			console.log( [ fault, ...pages.map( ( url ) => `at ${ url }` ) ].join( '\n' ).replaceAll( /^/gm, '     ' ) );
		}
	}
	await browser.close();
	return failed;
}
