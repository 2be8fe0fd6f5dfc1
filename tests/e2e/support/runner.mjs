/**
 * A test is `test( name, body, { js, wp, everywhere } )`; its body gets a Session. Tests run in two lanes side by side: with
 * JavaScript on the newest WordPress, without it on the oldest; with `--everywhere`, or if the test says so, in all four
 * combinations. `js` and `wp` say where alone a test has a meaning, or is worth its time. A line a test: PASS or FAIL and
 * `file::name[wp-mode]`.
 */

import { mkdirSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launch, logIn, openWindow } from './browser.mjs';
import { openLab, Site } from './lab.mjs';
import { Controls } from './controls.mjs';
import { Session } from './session.mjs';

const FAILURES = fileURLToPath( new URL( '../../../var/results/browser', import.meta.url ) );
const LANES = [
	{ name: 'e2e71', modes: [ true, false ] },
	{ name: 'e2e68', modes: [ false, true ] },
];
const SECONDS = 60;

const tests = [];
let file = '';

/** Declares a test. */
export function test( name, body, { js, wp, everywhere = false } = {} ) {
	tests.push( { id: `${ file }::${ name.replaceAll( /[^A-Za-z0-9]+/g, '_' ) }`, body, js, wp, everywhere } );
}

/** Loads files of tests, in order. */
export async function load( urls ) {
	for ( const url of urls ) {
		file = basename( url, '.test.mjs' );
		await import( url );
	}
}

function withDeadline( promise ) {
	let timer;
	const late = new Promise( ( _, reject ) => {
		timer = setTimeout( () => reject( new Error( `took longer than ${ SECONDS } s` ) ), SECONDS * 1000 );
	} );
	return Promise.race( [ promise, late ] ).finally( () => clearTimeout( timer ) );
}

/** Runs one test in a page of its own; returns what went wrong. */
async function runOne( { id, body }, world ) {
	await world.site.reset();
	const session = await Session.open( world );
	let fault = null;
	try {
		await withDeadline( body( session ) );
		session.assertCalm();
	} catch ( error ) {
		fault = `${ error.stack ?? error }\n    at ${ session.page.url() }`;
		const path = `${ FAILURES }/${ id.replaceAll( /[^\w[\]-]+/g, '.' ) }.png`;
		await session.page.screenshot( { path, fullPage: true } ).catch( () => {} );
	}
	const messages = await world.site.messages();
	if ( messages.length ) {
		fault ??= `PHP complained: ${ messages.slice( 0, 3 ).join( '\n' ) }`;
	}
	await session.close( ! fault );
	return fault;
}

/** Runs the tests whose name contains one of the words; returns how many failed. */
export async function run( words, everywhere ) {
	rmSync( FAILURES, { recursive: true, force: true } );
	mkdirSync( FAILURES, { recursive: true } );
	const lab = openLab();
	let failed = 0;
	const report = ( id, fault, started ) => {
		failed += fault ? 1 : 0;
		console.log( `${ fault ? 'FAIL' : 'PASS' } ${ id }` );
		console.log( `     ${ ( ( Date.now() - started ) / 1000 ).toFixed( 1 ) } s` );
		if ( fault ) {
			console.log( fault.replaceAll( /^/gm, '     ' ) );
		}
	};

	const lane = async ( { name, modes } ) => {
		// A browser each: windows of one browser share the clipboard.
		const [ site, browser ] = await Promise.all( [ Site.up( lab, name ), launch() ] );
		for ( const js of modes ) {
			const whole = everywhere || js === modes[ 0 ];
			const mine = tests
				.map( ( each ) => ( { ...each, id: `${ each.id }[${ site.wp }-${ js ? 'js' : 'nojs' }]` } ) )
				.filter( ( each ) => ( each.js ?? js ) === js && ( each.wp ? each.wp === site.wp : whole || each.everywhere ) );
			const chosen = mine.filter( ( { id } ) => ! words.length || words.some( ( word ) => id.includes( word ) ) );
			if ( ! chosen.length ) {
				continue;
			}
			const context = await openWindow( browser, site, { js } );
			const controls = js && chosen.length > 1 && chosen.length === mine.length && whole ? await Controls.watch( context ) : null;
			const page = await context.newPage();
			await logIn( page, site );
			await page.close();
			const world = { browser, context, site, js };
			let calm = true;
			for ( const each of chosen ) {
				const started = Date.now();
				const fault = await runOne( each, world );
				calm &&= ! fault;
				report( each.id, fault, started );
			}
			if ( controls && calm ) {
				report( `controls::every_one_was_used[${ site.wp }-js]`, controls.unused(), Date.now() );
			}
			await context.close();
		}
		await browser.close();
	};

	await Promise.all( LANES.map( lane ) );
	lab.close();
	return failed;
}
