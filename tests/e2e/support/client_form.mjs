/** The client form as a person fills it in. */

import assert from 'node:assert/strict';

export const BACKEND = {
	name: 'Backend',
	description: 'Reads and writes posts every night.',
	routes: 'GET /wp-json/wp/v2/posts\nPOST /wp-json/wp/v2/posts\nGET /wp-json/wp/v2/posts/*',
	capabilities: [ 'edit_posts', 'publish_posts', 'edit_published_posts' ],
	bundles: [],
};

/** The button at the end of the form. */
export const saveButton = ( page ) => page.locator( '.app-connect-form p.submit button[name=app_connect_do]' );

/** Opens what is folded up around an element. */
export async function unfold( page, selector ) {
	const details = page.locator( 'details', { has: page.locator( selector ) } ).first();
	if ( ( await details.count() ) && ( await details.getAttribute( 'open' ) ) === null ) {
		await details.locator( 'summary' ).first().click();
	}
}

/** Searches for service users; returns their names as shown. */
export async function searchUsers( t, text ) {
	const { page } = t;
	const button = page.locator( 'button[value=find_user]' );
	await page.fill( '[name=service_user_search]', text );
	if ( t.js ) {
		const [ answer ] = await Promise.all( [ page.waitForResponse( ( response ) => response.url().includes( 'service-users' ) ), button.click() ] );
		assert.equal( answer.status(), 200 );
		await page.waitForFunction( () => ! document.querySelector( 'button[value=find_user][aria-disabled]' ) );
	} else {
		assert.equal( ( await t.follow( button ) ).status(), 200 );
	}
	return page.locator( '#app-connect-users .app-connect-user strong' ).allInnerTexts();
}

/** Chooses a service user by a search for the login. */
export async function chooseUser( t, login ) {
	await searchUsers( t, login );
	await t.page.locator( '#app-connect-users .app-connect-user', { hasText: `${ login } ·` } ).locator( 'input' ).check();
}

/** Fills in the demo's backend client, or a variation of it. */
export async function fillIn( t, { login, ...changes } = {} ) {
	const { page } = t;
	const draft = { ...BACKEND, ...changes };
	await page.fill( '[name=name]', draft.name );
	await page.fill( '[name=description]', draft.description );
	await page.check( '[name=type][value=confidential]' );
	await page.uncheck( '[name="grant_types[]"][value=authorization_code]' );
	await page.check( '[name="grant_types[]"][value=client_credentials]' );
	await page.check( '[name=mode][value=restricted]' );
	for ( const box of await page.locator( '[name="bundles[]"]' ).all() ) {
		await box.setChecked( draft.bundles.includes( await box.getAttribute( 'value' ) ) );
	}
	await page.fill( '[name=routes]', draft.routes );
	await unfold( page, '#app-connect-capabilities' );
	for ( const capability of draft.capabilities ) {
		await page.check( `[name="capabilities[]"][value=${ capability }]` );
	}
	if ( login ) {
		await chooseUser( t, login );
	}
}

/** What the secret view shows: `{client_id, client_secret, command}`. */
export async function readSecret( page ) {
	return {
		client_id: await page.inputValue( '#app-connect-client-id' ),
		client_secret: await page.inputValue( '#app-connect-secret' ),
		command: await page.locator( '#app-connect-command' ).innerText(),
	};
}

/** Leaves the secret view as it wants to be left. */
export async function leaveSecret( t ) {
	await t.page.check( '#app-connect-saved' );
	await t.follow( t.page.locator( '.app-connect-secret button[type=submit]' ) );
}

/** Sends a form that must be refused; returns what is said beside the field. */
export async function refusedAt( t, button, field ) {
	const { page } = t;
	await t.follow( button );
	assert.match( await page.title(), /^Error/ );
	const input = page.locator( `#app-connect-${ field.replaceAll( '_', '-' ) }` );
	assert.equal( await input.getAttribute( 'aria-invalid' ), 'true' );
	for ( const id of ( await input.getAttribute( 'aria-describedby' ) ).split( ' ' ) ) {
		assert.equal( await page.locator( `[id="${ id }"]` ).count(), 1, `aria-describedby of ${ field } names ${ id }` );
	}
	await page.locator( `.app-connect-errors a[href="#${ await input.getAttribute( 'id' ) }"]` ).first().click();
	if ( t.js ) {
		assert.equal( await page.evaluate( () => document.activeElement.id ), await input.getAttribute( 'id' ), 'the summary leads to the field' );
	}
	return page.locator( `[id="${ await input.getAttribute( 'id' ) }-error"]` ).innerText();
}
