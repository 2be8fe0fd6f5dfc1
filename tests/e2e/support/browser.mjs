/** Chromium, logged in and watched. */

import { chromium } from './modules.mjs';

const FLAGS = [
	'--no-sandbox',
	'--disable-gpu',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
];
export const DESKTOP = { width: 1280, height: 900 };
export const PHONE = { width: 360, height: 740 };
/** How long to wait for what must happen, in milliseconds. */
export const PATIENCE = 20_000;

/** A headless Chromium; Playwright gives it a fresh profile and deletes that in the end. */
export const launch = () =>
	chromium.launch( { executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args: FLAGS } );

/** A fresh window at a site: with JavaScript or without, left to right or not, and nobody logged in. */
export async function openWindow( browser, site, { js = true, viewport = DESKTOP, rtl = false } = {} ) {
	const context = await browser.newContext( {
		javaScriptEnabled: js,
		viewport,
		baseURL: site.url,
		reducedMotion: 'reduce',
		extraHTTPHeaders: rtl ? { 'X-Test-Direction': 'rtl' } : {},
	} );
	context.setDefaultTimeout( PATIENCE );
	await context.grantPermissions( [ 'clipboard-read', 'clipboard-write' ], { origin: site.url } );
	return context;
}

/** Logs the site's admin in as a person does. */
export async function logIn( page, site, { user, password } = site.admin ) {
	await page.goto( '/wp-login.php' );
	// Core's script moves the focus a moment after the page has come: away from what is being typed, or pressed.
	if ( await page.locator( 'body.js' ).count() ) {
		await page.waitForFunction( () => [ 'user_login', 'user_pass' ].includes( document.activeElement?.id ) );
	}
	await page.fill( '#user_login', user );
	await page.fill( '#user_pass', password );
	// Not by a click: some of those sent no form, for a reason that is not known yet.
	await page.press( '#user_pass', 'Enter' );
	await page.waitForURL( /\/wp-admin\// );
}

/** Notes what goes wrong in a page: exceptions, errors on the console, failed requests to our site. */
export function watch( page, site ) {
	const faults = [];
	page.on( 'pageerror', ( error ) => faults.push( `exception in the page: ${ error.message }` ) );
	page.on( 'console', ( message ) => {
		// A refused REST request is the test's subject, not a fault of the page.
		if ( message.type() === 'error' && ! message.text().startsWith( 'Failed to load resource' ) ) {
			faults.push( `console: ${ message.text() }` );
		}
	} );
	page.on( 'response', ( response ) => {
		if ( response.status() >= 500 || ( response.status() === 404 && response.url().includes( '/plugins/app-connect/' ) ) ) {
			faults.push( `${ response.status() } ${ response.url() }` );
		}
	} );
	page.on( 'requestfailed', ( request ) => {
		if ( ! request.url().startsWith( site.url ) ) {
			faults.push( `a request left the site: ${ request.url() }` );
		}
	} );
	return faults;
}
