/** Who sees App Connect's screens at all. */

import assert from 'node:assert/strict';
import { logIn } from './support/browser.mjs';
import { test } from './support/runner.mjs';

test( 'the admin logs in and finds App Connect in the menu', async ( t ) => {
	const page = await t.stranger();
	await page.goto( '/wp-admin/admin.php?page=app-connect' );
	assert.match( page.url(), /wp-login\.php/ );
	await logIn( page, t.site );
	await page.click( '#adminmenu a[href="admin.php?page=app-connect"]' );
	await page.waitForURL( /page=app-connect$/ );
	assert.match( await page.locator( '#wpbody-content h1' ).innerText(), /Clients|App Connect/ );
} );
