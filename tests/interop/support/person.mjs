/** The demo's person in front of a browser. */

/** Types name and password into WordPress' login form, once its script has moved the focus there: it would steal letters. */
export async function logIn( page, { user, password } ) {
	await page.waitForFunction( () => document.activeElement?.id === 'user_login' );
	await page.fill( '#user_login', user );
	await page.fill( '#user_pass', password );
	await page.click( '#wp-submit' );
}

/** Presses a button of the consent page: `approve` or `deny`. */
export async function decide( page, button ) {
	await page.click( `button[name="app_connect_do"][value="${ button }"]` );
}

/** Opens what an app asked to open, logs in, and decides. */
export async function answer( page, url, person, button = 'approve' ) {
	await page.goto( url );
	await logIn( page, person );
	await decide( page, button );
}
