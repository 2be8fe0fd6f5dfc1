/** Add Client: from the first-run panel to a token that works, and every field on the way. */

import assert from 'node:assert/strict';
import { chooseUser, fillIn, leaveSecret, readSecret, refusedAt, saveButton, searchUsers, unfold } from './support/client_form.mjs';
import { test } from './support/runner.mjs';

const ADD = '&action=new';

test( 'from the first run to a token that works', async ( t ) => {
	const { page, site } = t;
	await site.user( 'backend-bot', 'editor', { display_name: 'Backend Bot' } );
	await t.clients();
	assert.match( await t.text(), /PHP extension is loaded/ );
	if ( t.js ) {
		// The browser asks whether a token arrives.
		await page.locator( '.app-connect-check-ok[data-app-connect-probe]' ).waitFor();
	}
	await t.axe();
	await t.follow( page.locator( '.app-connect-first-run a.button-hero' ) );
	await fillIn( t, { login: 'backend-bot' } );
	await t.axe();
	const made = await t.follow( saveButton( page ) );
	assert.equal( made.status(), 200 );
	assert.match( made.headers()[ 'cache-control' ], /no-store/ );
	const secret = await readSecret( page );
	await t.axe();

	const token = await site.token( secret );
	assert.equal( await site.get( 'wp/v2/posts', token ), 200 );
	assert.equal( await site.get( 'wp/v2/users', token ), 403 );
	assert.ok( secret.command.includes( secret.client_id ) && secret.command.includes( secret.client_secret ) );

	await leaveSecret( t );
	assert.match( page.url(), /page=app-connect$|page=app-connect&/ );
	assert.match( await t.text(), /Backend/ );
	assert.equal( ( await page.content() ).includes( secret.client_secret ), false );
}, { everywhere: true } );

test( 'the command beside the secret gets a token', async ( t ) => {
	const { page, site } = t;
	await site.serviceUser();
	await t.clients( ADD );
	await fillIn( t, { login: 'backend-bot' } );
	await t.follow( saveButton( page ) );
	const { command } = await readSecret( page );
	const { execFile } = await import( 'node:child_process' );
	const output = await new Promise( ( resolve, reject ) =>
		execFile( 'sh', [ '-c', `${ command } --silent` ], ( error, stdout ) => ( error ? reject( error ) : resolve( stdout ) ) )
	);
	assert.ok( JSON.parse( output ).access_token );
} );

test( 'the secret is shown once', async ( t ) => {
	const { page, site } = t;
	await site.serviceUser();
	await t.clients( ADD );
	await fillIn( t, { login: 'backend-bot' } );
	await t.follow( saveButton( page ) );
	const { client_id: id, client_secret: secret } = await readSecret( page );

	if ( t.js ) {
		for ( const [ field, value ] of [ [ 'client-id', id ], [ 'secret', secret ] ] ) {
			await page.click( `[data-app-connect-copy="#app-connect-${ field }"]` );
			await t.until( async () => ( await page.evaluate( () => navigator.clipboard.readText() ) ) === value, `${ field } is in the clipboard` );
		}
		await page.click( '[data-app-connect-copy="#app-connect-command"]' );
		await t.until( async () => ( await page.evaluate( () => navigator.clipboard.readText() ) ).startsWith( 'curl ' ), 'the command is in the clipboard' );
	} else {
		assert.equal( await page.locator( '[data-app-connect-copy]:visible' ).count(), 0 );
	}

	// The gate.
	const here = page.url();
	await page.click( '.app-connect-secret button[type=submit]' );
	assert.equal( page.url(), here );
	assert.equal( await page.locator( '#app-connect-saved:invalid' ).count(), 1 );
	if ( t.js ) {
		const asked = page.waitForEvent( 'dialog' );
		const left = page.goto( '/wp-admin/index.php' ).catch( () => {} );
		const dialog = await asked;
		assert.equal( dialog.type(), 'beforeunload' );
		await dialog.dismiss();
		await left;
		assert.equal( await page.inputValue( '#app-connect-secret' ), secret, 'still here' );
	}
	await leaveSecret( t );

	// Gone: by the back button, by sending the form again, in the list, in the form, in the database.
	for ( const address of [ '', `&s=${ id }`, `&action=edit&client=${ await idOf( site, id ) }`, `&action=secret&client=${ await idOf( site, id ) }` ] ) {
		await t.clients( address );
		assert.equal( ( await page.content() ).includes( secret ), false, address );
	}
	const tables = [ 'app_connect_clients', 'app_connect_events', 'options', 'usermeta' ];
	for ( const table of tables ) {
		assert.equal( JSON.stringify( await site.sql( `SELECT * FROM wp_${ table }` ) ).includes( secret ), false, table );
	}
} );

const idOf = async ( site, clientId ) => ( await site.sql( `SELECT id FROM wp_app_connect_clients WHERE client_id = '${ clientId }'` ) )[ 0 ].id;

test( 'a reload of the secret view makes no second client and shows no secret', async ( t ) => {
	const { page, site } = t;
	await site.serviceUser();
	await t.clients( ADD );
	await fillIn( t, { login: 'backend-bot' } );
	await t.follow( saveButton( page ) );
	const { client_secret: secret } = await readSecret( page );
	page.on( 'dialog', ( dialog ) => dialog.accept() );
	await page.reload();
	assert.equal( ( await page.content() ).includes( secret ), false );
	// Core's script takes the POST out of the history; without it the browser sends the form again.
	assert.match( await t.text(), t.js ? /Add Client/ : /already sent/ );
	assert.equal( ( await site.sql( 'SELECT id FROM wp_app_connect_clients' ) ).length, 1 );
	await t.axe();
	if ( t.js ) {
		await page.goBack();
		assert.equal( ( await page.content() ).includes( secret ), false );
	}
} );

test( 'each bad line of the allowlist is named and what was typed stays', async ( t ) => {
	const { page, site } = t;
	await site.serviceUser();
	const routes = 'GET /wp-json/wp/v2/posts\nFETCH /wp-json/wp/v2/posts\n\nGET wp-json/wp/v2/pages\nGET /wp-json/wp/v2/*/x';
	await t.clients( ADD );
	await fillIn( t, { login: 'backend-bot', routes, name: 'Kept <b>name</b>', description: '"Kept" & <i>description</i>' } );
	await page.check( '[name="bundles[]"][value="content:read"]' );
	await unfold( page, '[name=more_capabilities]' );
	await page.fill( '[name=more_capabilities]', 'read_private_posts' );
	const said = await refusedAt( t, saveButton( page ), 'routes' );
	for ( const [ line, bad ] of [ [ 1, false ], [ 2, true ], [ 4, true ], [ 5, true ] ] ) {
		assert.equal( new RegExp( `Line ${ line }\\b` ).test( said ), bad, `line ${ line } of: ${ said }` );
	}
	await t.axe();
	assert.equal( await page.inputValue( '[name=routes]' ), routes );
	assert.equal( await page.inputValue( '[name=name]' ), 'Kept <b>name</b>' );
	assert.equal( await page.inputValue( '[name=description]' ), '"Kept" & <i>description</i>' );
	assert.equal( await page.inputValue( '[name=more_capabilities]' ), 'read_private_posts' );
	assert.ok( await page.isChecked( '[name="bundles[]"][value="content:read"]' ) );
	assert.ok( await page.isChecked( '[name="capabilities[]"][value=publish_posts]' ) );
	assert.match( await page.locator( '.app-connect-user:has(:checked)' ).innerText(), /Backend Bot/ );
	assert.deepEqual( await site.sql( 'SELECT id FROM wp_app_connect_clients' ), [] );
	await page.fill( '[name=routes]', 'GET /wp-json/wp/v2/posts' );
	await t.follow( saveButton( page ) );
	await site.token( await readSecret( page ) );
} );

test( 'a form without anything in it says what is missing', async ( t ) => {
	const { page } = t;
	const missing = async ( ...fields ) => {
		await t.follow( saveButton( page ) );
		assert.match( await page.title(), /^Error/ );
		const links = await page.locator( '.app-connect-errors a' ).evaluateAll( ( all ) => all.map( ( { hash } ) => hash.replace( '#app-connect-', '' ) ) );
		assert.deepEqual( links, fields );
		for ( const field of fields ) {
			assert.equal( await page.getAttribute( `#app-connect-${ field }`, 'aria-invalid' ), 'true', field );
		}
		await t.axe();
	};
	await t.clients( ADD );
	await missing( 'name', 'redirect-uris' );
	await page.uncheck( '[name="grant_types[]"][value=authorization_code]' );
	await page.check( '[name="grant_types[]"][value=client_credentials]' );
	await page.uncheck( '[name="bundles[]"][value="content:read"]' );
	await missing( 'name', 'routes', 'service-user-id' );
} );

test( 'a logo is an https address', async ( t ) => {
	const { page, site } = t;
	await site.serviceUser();
	await t.clients( ADD );
	await fillIn( t, { login: 'backend-bot' } );
	await page.fill( '[name=logo_uri]', 'javascript:alert(1)' );
	await refusedAt( t, saveButton( page ), 'logo_uri' );
	assert.equal( await page.inputValue( '[name=logo_uri]' ), 'javascript:alert(1)' );
	assert.equal( await page.locator( 'img[src^="javascript"]' ).count(), 0 );
	await page.fill( '[name=logo_uri]', `${ site.url }/wp-admin/images/w-logo-blue.png` );
	await t.follow( saveButton( page ) );
	await leaveSecret( t );
	assert.equal( await page.locator( '.app-connect-logo' ).evaluate( async ( image ) => {
		await image.decode();
		return image.naturalWidth > 0;
	} ), true );
} );

test( 'a picture comes from the media library', async ( t ) => {
	const { page, site } = t;
	await site.eval( `
		$file = wp_upload_bits( 'logo.png', null, file_get_contents( ABSPATH . 'wp-admin/images/w-logo-blue.png' ) );
		$id   = wp_insert_attachment( array( 'post_mime_type' => 'image/png', 'post_title' => 'logo' ), $file['file'] );
		return $id;` );
	await t.clients( ADD );
	await page.click( '[data-app-connect-media]' );
	await page.click( '.media-modal .media-menu-item:has-text("Media Library")' ).catch( () => {} );
	await page.locator( '.media-modal li.attachment' ).first().click();
	await page.click( '.media-modal .media-button-select' );
	assert.match( await page.inputValue( '[name=logo_uri]' ), /logo.*\.png$/ );
	await page.locator( '#app-connect-logo-preview img' ).waitFor();
}, { js: true } );

test( 'bundles say what they contain and are enough for an allowlist', async ( t ) => {
	const { page, site } = t;
	await site.serviceUser();
	await t.clients( ADD );
	const boxes = page.locator( '[name="bundles[]"]' );
	const count = await boxes.count();
	assert.ok( count >= 2 );
	for ( let index = 0; index < count; index++ ) {
		await boxes.nth( index ).check();
		await page.locator( '.app-connect-bundle summary' ).nth( index ).click();
		assert.match( await page.locator( '.app-connect-bundle' ).nth( index ).innerText(), /(GET|POST) \/wp-json\/wp\/v2\// );
	}
	await t.axe();
	await fillIn( t, { login: 'backend-bot', routes: '', capabilities: [], bundles: [ 'content:read' ] } );
	await t.follow( saveButton( page ) );
	const token = await site.token( await readSecret( page ) );
	assert.equal( await site.get( 'wp/v2/pages', token ), 200 );
	assert.equal( await site.get( 'wp/v2/comments', token ), 403 );
} );

test( 'the search finds users whom the admin may edit', async ( t ) => {
	const { page, site } = t;
	await site.user( 'writer-one', 'author', { display_name: 'Wanda Writer' } );
	const hidden = await site.user( 'writer-two', 'author', { display_name: 'Walter Writer' } );
	await site.fixture( 'untouchable', `add_filter( 'map_meta_cap', static fn( $caps, $cap, $user, $args ) =>
		'edit_user' === $cap && array( ${ hidden } ) === array_map( 'intval', $args ) ? array( 'do_not_allow' ) : $caps, 10, 4 );` );
	try {
		await t.clients( ADD );
		await page.check( '[name="grant_types[]"][value=client_credentials]' );
		const names = await searchUsers( t, 'writer' );
		assert.ok( names.includes( 'Wanda Writer' ), names.join() );
		assert.ok( ! names.includes( 'Walter Writer' ), names.join() );
		await t.axe();
		await page.locator( '.app-connect-user', { hasText: 'Wanda Writer' } ).locator( 'input' ).check();
		// The choice outlives another search, and a search for nobody says so.
		await searchUsers( t, 'no such user' );
		assert.match( await page.locator( '.app-connect-user:has(:checked)' ).innerText(), /Wanda/ );
		assert.match( await page.locator( '#app-connect-users' ).innerText(), /No .*user/ );
	} finally {
		await site.fixture( 'untouchable' );
	}
} );

test( 'the enter key in the search searches', async ( t ) => {
	const { page, site } = t;
	await site.user( 'writer-one', 'author', { display_name: 'Wanda Writer' } );
	await t.clients( ADD );
	await page.check( '[name="grant_types[]"][value=client_credentials]' );
	await page.fill( '[name=name]', 'Not yet' );
	await page.fill( '[name=service_user_search]', 'wanda' );
	await page.press( '[name=service_user_search]', 'Enter' );
	await page.locator( '.app-connect-user', { hasText: 'Wanda Writer' } ).waitFor();
	assert.equal( await page.inputValue( '[name=name]' ), 'Not yet' );
	assert.deepEqual( await site.sql( 'SELECT id FROM wp_app_connect_clients' ), [] );
} );

test( 'CC-06 an administrator as service user is warned of and has to be confirmed', async ( t ) => {
	const { page, site } = t;
	await t.clients( ADD );
	await fillIn( t, { login: site.admin.user } );
	assert.match( await page.locator( '.app-connect-user:has(:checked)' ).innerText(), /Warning: this user manages the whole site/ );
	await t.follow( saveButton( page ) );
	const box = page.locator( '[name="confirm[]"][value=service_user_takeover]' );
	assert.equal( await box.count(), 1 );
	assert.deepEqual( await site.sql( 'SELECT id FROM wp_app_connect_clients' ), [], 'nothing is saved' );
	await t.axe();
	// Without the tick it is asked again, by both buttons.
	const confirm = page.locator( '.app-connect-question button' );
	await t.follow( confirm );
	assert.equal( await box.count(), 1 );
	await t.follow( saveButton( page ) );
	assert.equal( await box.count(), 1 );
	assert.deepEqual( await site.sql( 'SELECT id FROM wp_app_connect_clients' ), [] );
	await box.check();
	await t.follow( confirm );
	await site.token( await readSecret( page ) );
} );

test( 'a takeover right is ticked apart', async ( t ) => {
	const { page, site } = t;
	await site.serviceUser();
	await t.clients( ADD );
	await fillIn( t, { login: 'backend-bot' } );
	await unfold( page, '#app-connect-takeover' );
	const right = page.locator( '[name="takeover[]"][value=unfiltered_html]' );
	assert.ok( ( await right.locator( 'xpath=ancestor::label' ).innerText() ).length > 'unfiltered_html'.length + 10, 'its meaning stands beside it' );
	await right.check();
	await t.follow( saveButton( page ) );
	// An editor holds unfiltered_html, so this too is CC-06.
	await page.check( '[name="confirm[]"][value=service_user_takeover]' );
	await t.follow( page.locator( '.app-connect-question button' ) );
	const { client_id: id } = await readSecret( page );
	const [ item ] = await site.rest( 'GET', '/clients', { search: id } );
	assert.deepEqual( item.takeover, [ 'unfiltered_html' ] );
} );

test( 'a public client has no secret', async ( t ) => {
	const { page, site } = t;
	await t.clients( ADD );
	await page.fill( '[name=name]', 'Phone app' );
	await page.uncheck( '[name="grant_types[]"][value=authorization_code]' );
	await page.check( '[name=type][value=public]' );
	await page.check( '[name=mode][value=login_only]' );
	await unfold( page, '#app-connect-auth-methods' );
	await page.check( '[name="auth_methods[]"][value=none]' );
	await t.follow( saveButton( page ) );
	assert.match( page.url(), /action=edit/ );
	assert.equal( await page.locator( '#app-connect-secret' ).count(), 0 );
	assert.equal( await page.locator( '.app-connect-actions a[href*="action=secret"]' ).count(), 0 );
	const [ item ] = await site.rest( 'GET', '/clients' );
	assert.equal( item.type, 'public' );
	await t.clients( `&action=secret&client=${ item.id }` );
	assert.equal( await page.locator( 'button[name=app_connect_do]' ).count(), 0 );
	await t.axe();
	await t.follow( page.locator( '.app-connect a.button' ) );
} );

test( 'full access with its account, and a choice of authentication', async ( t ) => {
	const { page, site } = t;
	await site.serviceUser();
	await t.clients( ADD );
	await page.fill( '[name=name]', 'Everything' );
	await page.uncheck( '[name="grant_types[]"][value=authorization_code]' );
	await page.check( '[name="grant_types[]"][value=client_credentials]' );
	await page.check( '[name=mode][value=full]' );
	await page.fill( '[name=routes]', 'GET /wp-json/*' );
	await page.check( '[name=account]' );
	await unfold( page, '#app-connect-auth-methods' );
	await page.check( '[name="auth_methods[]"][value=client_secret_basic]' );
	await page.check( '[name="auth_methods[]"][value=client_secret_post]' );
	await page.uncheck( '[name="auth_methods[]"][value=client_secret_post]' );
	await chooseUser( t, 'backend-bot' );
	await t.axe();
	await t.follow( saveButton( page ) );
	// All of an editor is also unfiltered_html.
	await page.check( '[name="confirm[]"][value=service_user_takeover]' );
	await t.follow( page.locator( '.app-connect-question button' ) );
	await readSecret( page );
	const [ item ] = await site.rest( 'GET', '/clients' );
	assert.deepEqual( [ item.mode, item.account, item.auth_methods, item.routes ], [ 'full', true, [ 'client_secret_basic' ], [ 'GET /wp-json/*' ] ] );
} );

test( 'what does not apply is hidden with JavaScript and explained without', async ( t ) => {
	const { page } = t;
	await t.clients( ADD );
	const bundles = page.locator( '#app-connect-bundles' );
	await page.check( '[name=mode][value=login_only]' );
	assert.equal( await bundles.isVisible(), ! t.js );
	assert.equal( await page.locator( '.app-connect-only:visible' ).count() > 0, ! t.js );
	assert.equal( await page.locator( '[name="grant_types[]"][value=client_credentials]' ).isDisabled(), t.js );
	await t.axe();
	await page.check( '[name=mode][value=restricted]' );
	assert.equal( await bundles.isVisible(), true );
} );

test( 'the filter of rights shows what fits', async ( t ) => {
	const { page } = t;
	await t.clients( ADD );
	await unfold( page, '#app-connect-capabilities' );
	await page.fill( '#app-connect-capabilities-filter', 'publish_' );
	const shown = await page.locator( '#app-connect-capabilities-list li:visible' ).allInnerTexts();
	assert.ok( shown.length > 0 && shown.every( ( name ) => name.includes( 'publish_' ) ), shown.join() );
	await page.fill( '#app-connect-capabilities-filter', '' );
	assert.ok( ( await page.locator( '#app-connect-capabilities-list li:visible' ).count() ) > shown.length );
}, { js: true } );

test( 'a client is made by keyboard alone', async ( t ) => {
	const { page, site } = t;
	await site.serviceUser();
	await t.clients( ADD );
	/** Presses Tab until the focus is on a matching element. */
	const tabTo = async ( selector ) => {
		for ( let presses = 0; presses < 250; presses++ ) {
			await page.keyboard.press( 'Tab' );
			if ( await page.evaluate( ( wanted ) => document.activeElement.matches( wanted ), selector ) ) {
				return;
			}
		}
		assert.fail( `no way to ${ selector } by Tab` );
	};
	await page.locator( '#wpbody-content h1' ).click();
	await tabTo( '[name=name]' );
	await page.keyboard.type( 'By keyboard' );
	await tabTo( '[name=description]' );
	await page.keyboard.type( 'Made without a mouse.' );
	await tabTo( '[name=type]' );
	await page.keyboard.press( 'ArrowDown' );
	await page.keyboard.press( 'ArrowUp' );
	for ( const grant of [ 'authorization_code', 'client_credentials' ] ) {
		await tabTo( `[name="grant_types[]"][value=${ grant }]` );
		await page.keyboard.press( 'Space' );
	}
	await tabTo( '[name=mode]' );
	await tabTo( '[name="bundles[]"][value="content:read"]' );
	await page.keyboard.press( 'Space' );
	await tabTo( '[name=routes]' );
	await page.keyboard.type( 'GET /wp-json/wp/v2/posts' );
	await tabTo( 'summary' );
	await page.keyboard.press( 'Enter' );
	await tabTo( '[name="capabilities[]"]' );
	await page.keyboard.press( 'Space' );
	await page.keyboard.press( 'Space' );
	await tabTo( '[name=service_user_search]' );
	await page.keyboard.type( 'backend-bot' );
	await tabTo( 'button[value=find_user]' );
	if ( t.js ) {
		await page.keyboard.press( 'Enter' );
		await page.locator( '.app-connect-user', { hasText: 'backend-bot' } ).waitFor();
	} else {
		await Promise.all( [ page.waitForResponse( ( response ) => response.request().isNavigationRequest() ), page.keyboard.press( 'Enter' ) ] );
		await page.waitForLoadState( 'domcontentloaded' );
		await page.focus( 'button[value=find_user]' );
	}
	await tabTo( '[name=service_user_id]' );
	await page.keyboard.press( 'ArrowDown' );
	assert.match( await page.locator( '.app-connect-user:has(:checked)' ).innerText(), /backend-bot/ );
	await tabTo( '.submit button[name=app_connect_do]' );
	await Promise.all( [ page.waitForURL( /action=new/ ), page.keyboard.press( 'Enter' ) ] );
	await page.locator( '#app-connect-secret' ).waitFor();
	const secret = await readSecret( page );
	await site.token( secret );
	await tabTo( '#app-connect-saved' );
	await page.keyboard.press( 'Space' );
	await tabTo( '.app-connect-secret button[type=submit]' );
	await Promise.all( [ page.waitForURL( ( url ) => ! url.search.includes( 'action' ) ), page.keyboard.press( 'Enter' ) ] );
} );

test( 'a focus is always to be seen', async ( t ) => {
	const { page } = t;
	await t.clients( ADD );
	const bare = [];
	await page.locator( '#wpbody-content h1' ).click();
	for ( let presses = 0; presses < 40; presses++ ) {
		await page.keyboard.press( 'Tab' );
		const seen = await page.evaluate( () => {
			const { activeElement: element } = document;
			const { outlineStyle, boxShadow, borderColor } = getComputedStyle( element );
			element.blur();
			const before = getComputedStyle( element );
			const changed = outlineStyle !== before.outlineStyle || boxShadow !== before.boxShadow || borderColor !== before.borderColor;
			element.focus();
			return changed || outlineStyle !== 'none' || element.closest( '#wpbody-content' ) === null ? '' : element.outerHTML.slice( 0, 120 );
		} );
		if ( seen ) {
			bare.push( seen );
		}
	}
	assert.deepEqual( bare, [] );
}, { js: true } );

test( 'a user for the app is made in another tab', async ( t ) => {
	const { page } = t;
	await t.clients( ADD );
	await page.check( '[name="grant_types[]"][value=client_credentials]' );
	const [ tab ] = await Promise.all( [ page.waitForEvent( 'popup' ), page.click( '.app-connect-form a[href$="user-new.php"]' ) ] );
	await tab.waitForURL( /user-new\.php/ );
	await tab.close();
} );

test( 'cancelling makes nothing', async ( t ) => {
	const { page, site } = t;
	await t.clients( ADD );
	await page.fill( '[name=name]', 'Never' );
	await t.follow( page.locator( '.app-connect-form p.submit a.button' ) );
	assert.deepEqual( await site.sql( 'SELECT id FROM wp_app_connect_clients' ), [] );
} );

test( 'help explains clients', async ( t ) => {
	await t.clients( ADD );
	await t.help( [ 'clients', 'access', 'routes', 'people', 'secrets' ], [ 'page=app-connect-settings', 'site-health.php' ] );
}, { js: true } );
