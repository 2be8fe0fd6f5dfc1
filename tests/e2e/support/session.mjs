/** What a test gets: a page in which the admin is logged in, the site behind it, and what tests do over and over. */

import assert from 'node:assert/strict';
import { axeSource } from './modules.mjs';
import { DESKTOP, openWindow, PATIENCE, watch } from './browser.mjs';

const CLIENTS = '/wp-admin/admin.php?page=app-connect';
const TOKENS = '/wp-admin/admin.php?page=app-connect-tokens';
const KEYS = '/wp-admin/admin.php?page=app-connect-keys';
const ACTIVITY = '/wp-admin/admin.php?page=app-connect-activity';
const SETTINGS = '/wp-admin/admin.php?page=app-connect-settings';

export class Session {
	#faults;
	#windows = [];
	#world;
	#copy;

	/**
	 * A session in the page of `world`, which sessions use one after another: what its process has compiled serves them all.
	 */
	static async open( world ) {
		const session = new Session();
		world.page ??= await world.context.newPage();
		Object.assign( session, world );
		session.#world = world;
		session.#faults = watch( session.page, world.site );
		return session;
	}

	/** Another window, in which nobody is logged in. */
	async stranger( options = {} ) {
		const context = await openWindow( this.browser, this.site, { js: this.js, ...options } );
		this.#windows.push( context );
		return context.newPage();
	}

	/** Leaves the page to the next session, or closes it if something went wrong there. */
	async close( calm = true ) {
		const { page } = this;
		await Promise.all( this.#windows.map( ( context ) => context.close() ) );
		if ( ! calm ) {
			this.#world.page = null;
			await page.close();
			return;
		}
		page.removeAllListeners();
		await page.unrouteAll();
		await page.setViewportSize( DESKTOP );
		if ( await page.locator( '#app-connect-saved:not(:checked)' ).count() ) {
			await page.check( '#app-connect-saved' ); // Or the page asks before it is left.
		}
	}

	/** Nothing went wrong in the page. */
	assertCalm() {
		assert.deepEqual( this.#faults, [] );
	}

	/** Opens the clients screen, or one of its views. */
	clients( query = '' ) {
		return this.page.goto( CLIENTS + query );
	}

	/** Opens the tokens screen, or one of its views. */
	tokens( query = '' ) {
		return this.page.goto( TOKENS + query );
	}

	/** Opens the screen of the signing keys, or one of its views. */
	keys( query = '' ) {
		return this.page.goto( KEYS + query );
	}

	/** Opens the activity screen. */
	activity( query = '' ) {
		return this.page.goto( ACTIVITY + query );
	}

	/** Opens a tab of the settings. */
	settings( tab = '' ) {
		return this.page.goto( SETTINGS + ( tab && `&tab=${ tab }` ) );
	}

	/** Presses what leads to another page, and waits for that. */
	async follow( locator ) {
		const [ response ] = await Promise.all( [
			this.page.waitForResponse( ( each ) => each.request().isNavigationRequest() && each.frame() === this.page.mainFrame() && ! [ 301, 302, 303 ].includes( each.status() ) ),
			locator.click(),
		] );
		await this.page.waitForLoadState( 'domcontentloaded' );
		return response;
	}

	/** Waits until something is so. */
	async until( condition, what ) {
		for ( const end = Date.now() + PATIENCE; ! ( await condition() ); await new Promise( setImmediate ) ) {
			assert.ok( Date.now() < end, `waited in vain: ${ what }` );
		}
	}

	/** Opens the help, each of its tabs, which have these ids, and each link beside them. */
	async help( ids, links ) {
		await this.page.click( '#contextual-help-link' );
		for ( const id of ids ) {
			await this.page.click( `#tab-link-app-connect-help-${ id } a` );
			const panel = this.page.locator( `#tab-panel-app-connect-help-${ id }` );
			await panel.waitFor();
			assert.ok( ( await panel.innerText() ).length > 40, id );
		}
		await this.axe( 'help' );
		// Core's Site Health asks other hosts at once.
		await this.page.route( '**/site-health.php', ( route ) => route.fulfill( { contentType: 'text/html', body: 'Site Health' } ) );
		for ( const link of links ) {
			await this.follow( this.page.locator( `.contextual-help-sidebar a[href*="${ link }"]` ) );
			assert.ok( this.page.url().includes( link ) );
			await this.page.goBack();
			await this.page.click( '#contextual-help-link' );
		}
	}

	/** The text of our screen. */
	text() {
		return this.page.locator( '#wpbody-content' ).innerText();
	}

	/** axe finds nothing serious in our content. */
	async axe( where = '' ) {
		const found = await violations( this.js ? this.page : await this.#still() );
		assert.deepEqual( found, [], `axe, ${ where || this.page.url() }` );
	}

	/** The page as it is without JavaScript, in a window where axe can run: the same HTML without scripts. */
	async #still() {
		const address = `${ this.site.url }/without-scripts`;
		const body = ( await this.page.content() ).replaceAll( /<script\b[^]*?<\/script>/g, '' );
		this.#copy ??= await this.stranger( { js: true } );
		await this.#copy.route( address, ( route ) => route.fulfill( { contentType: 'text/html', body } ), { times: 1 } );
		await this.#copy.goto( address );
		return this.#copy;
	}
}

/** The serious and critical violations in our content, a line each. */
export async function violations( page ) {
	await page.evaluate( axeSource );
	return page.evaluate( async () => {
		const { violations: found } = await window.axe.run(
			{ include: [ '#wpbody-content, #login' ] },
			{ resultTypes: [ 'violations' ] }
		);
		return found
			.filter( ( { impact } ) => [ 'serious', 'critical' ].includes( impact ) )
			.flatMap( ( { id, help, nodes } ) => nodes.map( ( node ) => `${ id } (${ help }): ${ node.target.join( ' ' ) } ${ node.html.slice( 0, 160 ) }` ) );
	} );
}
