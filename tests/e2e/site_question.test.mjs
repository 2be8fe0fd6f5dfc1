/** The question what happened to a site whose address has changed. */

import assert from 'node:assert/strict';
import { test } from './support/runner.mjs';

for ( const [ button, said, lives ] of [
	[ 'The site has moved', /goes on at the new address/, true ],
	[ 'This is a copy', /All tokens and sessions that came along have ended/, false ],
] ) {
	test( `${ button.toLowerCase() } says an administrator once and is asked no more`, async ( t ) => {
		const { page, site } = t;
		const client = await site.client();
		const token = await site.token( client );
		await site.estrange();
		assert.equal( await site.get( 'wp/v2/posts', token ), 503 );
		await t.clients();
		const question = page.locator( '#app-connect-site-question' );
		assert.match( await question.innerText(), /App Connect has stopped: the address of this site has changed\.[^]*It is now http/ );
		await t.axe();
		await t.follow( question.getByRole( 'button', { name: button } ) );
		assert.match( await page.locator( '.notice-success' ).innerText(), said );
		assert.equal( await question.count(), 0 );
		assert.equal( await site.get( 'wp/v2/posts', token ), lives ? 200 : 401 );
		assert.equal( await site.get( 'wp/v2/posts', await site.token( client ) ), 200 );
	} );
}
