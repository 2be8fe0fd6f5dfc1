/** axe on every screen in every state, and none of them scrolls sideways on a phone. */

import assert from 'node:assert/strict';
import { PHONE } from './support/browser.mjs';
import { test } from './support/runner.mjs';
import { STATES } from './states.mjs';

for ( const [ name, prepare ] of Object.entries( STATES ) ) {
	test( `${ name } is accessible and fits on a phone`, async ( t ) => {
		await prepare( t );
		await t.axe( name );
		await t.page.setViewportSize( PHONE );
		const width = await t.page.evaluate( () => document.scrollingElement.scrollWidth );
		assert.ok( width <= PHONE.width, `${ name } is ${ width } px wide` );
	}, { js: true, wp: '6.8' } );
}
