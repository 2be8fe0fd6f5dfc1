/** Every screen in every state: what brings a page there. For screenshots and for axe. */

import { happen, many } from './support/activity.mjs';
import { authorizeUrl, leavingApp, logoutUrl, newApp, openConsent, visitor } from './support/consent.mjs';
import { keys, kidOf, past, pem, signedApp } from './support/keys.mjs';
import { moreSessions, signIn, stayingApp } from './support/sessions.mjs';
import { chooseUser, fillIn, saveButton, searchUsers, unfold } from './support/client_form.mjs';

const LONG = 'The importer that brings the warehouse’s articles, prices and pictures into the shop every night';

/** A client with a token that lives. */
async function living( { site }, draft = {} ) {
	const client = await site.client( draft );
	await site.token( client );
	return client;
}

/** A site as it looks after a year. */
async function crowded( { site } ) {
	await site.crowd( 40 );
	await living( { site }, { name: LONG, description: 'Run by the agency. Ask Ines before you touch it: the shop opens at seven.', logo_uri: `${ site.url }/wp-admin/images/w-logo-blue.png` } );
	await site.rest( 'POST', '/clients', { name: 'Phone app', type: 'public', mode: 'login_only', grant_types: [] } );
	const stopped = await site.client( { name: 'Old importer' } );
	await site.rest( 'POST', `/clients/${ stopped.id }`, { status: 'disabled' } );
}

const question = ( action ) => async ( t ) => {
	const { id } = await living( t, { name: LONG } );
	await t.clients( `&action=${ action }&client=${ id }` );
};

const several = ( action ) => async ( t ) => {
	const clients = [ await living( t, { name: 'Alpha' } ), await living( t, { name: LONG } ), await t.site.client( { name: 'Gamma' } ) ];
	await t.clients( `&action=${ action }${ clients.map( ( { id } ) => `&client[]=${ id }` ).join( '' ) }` );
};

const saved = async ( t, tab ) => {
	await t.settings( tab );
	await t.follow( t.page.locator( '#submit' ) );
};

/** Does something while people may do less than an app asks for. */
async function lacking( { site }, action ) {
	await site.fixture( 'lacks', `add_filter( 'user_has_cap', static fn ( $all ) => array_diff_key( $all, array_flip( array( 'edit_others_posts', 'delete_others_posts', 'upload_files', 'manage_options' ) ) ), 99 );` );
	try {
		await action();
	} finally {
		await site.fixture( 'lacks', null );
	}
}

/** An account with apps as they come: verified and used, dangerous, approved only. */
async function connected( t ) {
	const reader = await stayingApp( t, { name: LONG, verified: true, logo_uri: `${ t.site.url }/wp-admin/images/w-logo-blue.png` } );
	await t.site.get( 'wp/v2/posts', ( await signIn( t, reader ) ).access_token );
	await moreSessions( t, reader, 3 );
	const mighty = await stayingApp( t, { name: 'Site manager', type: 'confidential', mode: 'full', bundles: [], takeover: [ 'manage_options' ], account: true } );
	await signIn( t, mighty, { scope: 'wp' } );
	const gone = await stayingApp( t, { name: 'Phone app' } );
	await signIn( t, gone );
	await t.site.sql( `UPDATE wp_app_connect_grants SET revoked_at = 1 WHERE client_pk = ${ gone.id }` );
	return { reader, mighty };
}

/** Sessions of several apps and people. */
async function busy( t ) {
	const { reader, mighty } = await connected( t );
	const editor = await t.site.user( 'ines', 'editor', { display_name: 'Inés de la Cruz y Fernández' } );
	await moreSessions( t, reader, 30, editor );
	await moreSessions( t, mighty, 2 );
	await living( t, { name: 'Warehouse importer' } );
	return reader;
}

/** Keys in every stage of their lives. */
async function ofAllAges( t ) {
	await t.site.token( await signedApp( t ) );
	await past( t, [ { kid: 'L3lwXFZAfHkxZsRGC9XsuDCcd', ago: 10_000_000 }, { kid: 'Nw4bQk0ZoVtXh8uE2', ago: 5_000_000, revoked: true } ] );
	await keys( t, 'rotate' );
}

/** A page as it is while wp-config.php has other constants. */
const withSecret = ( secret, prepare, before = ofAllAges ) => async ( t ) => {
	await before( t );
	await t.site.constants( { AC_TOKEN_SECRET: secret } );
	try {
		await prepare( t );
	} finally {
		await t.site.constants( { AC_TOKEN_SECRET: 'e2e0'.repeat( 16 ) } );
	}
};

const OTHER = 'another'.repeat( 8 );

/** What the screen of the keys asks. */
const keyQuestion = ( action, state = '' ) => async ( t ) => {
	await ofAllAges( t );
	await t.keys( `&action=${ action }${ state && `&kid=${ kidOf( await keys( t ), state ) }` }` );
};

/** Answers its question. */
const answered = ( ask ) => async ( t ) => {
	await ask( t );
	await t.follow( t.page.locator( '.app-connect-confirm button[name=app_connect_do]' ) );
};

const imported = ( kind ) => async ( t ) => {
	await keys( t, 'maintain' );
	await t.keys( '&action=import' );
	await t.page.fill( '[name=pem]', pem( kind ) );
	await t.page.check( '[name=use][value=now]' );
	await t.follow( t.page.locator( '.app-connect-confirm button[name=app_connect_do]' ) );
};

const end = ( t, name ) => t.follow( t.page.locator( `#app-connect-apps button[name=${ name }]` ).first() );

/** Shows in the page of the test what another window shows, without its scripts. */
async function asItWas( t, page ) {
	const html = ( await page.content() ).replaceAll( /<script\b[^]*?<\/script>/g, '' );
	await t.page.route( '**/as-it-was', ( route ) => route.fulfill( { contentType: 'text/html', body: html } ), { times: 1 } );
	await t.page.goto( '/as-it-was' );
}

export const STATES = {
	'profile-apps-none': ( t ) => t.page.goto( '/wp-admin/profile.php' ),
	'profile-apps': async ( t ) => {
		await connected( t );
		await t.page.goto( '/wp-admin/profile.php' );
		await t.page.locator( '#app-connect-apps summary' ).first().click();
	},
	'profile-apps-revoked': async ( t ) => {
		await connected( t );
		await t.page.goto( '/wp-admin/profile.php' );
		await end( t, 'revoke_app' );
	},
	'profile-apps-other': async ( t ) => {
		const { reader } = await connected( t );
		const user = await t.site.user( 'ines', 'editor', { display_name: 'Inés de la Cruz y Fernández' } );
		await moreSessions( t, reader, 2, user );
		await t.page.goto( `/wp-admin/user-edit.php?user_id=${ user }` );
	},
	'tokens-empty': ( t ) => t.tokens(),
	'tokens-list': async ( t ) => {
		await busy( t );
		await t.tokens();
	},
	'tokens-nothing-found': ( t ) => t.tokens( '&s=nobody' ),
	'tokens-confirm': async ( t ) => {
		await busy( t );
		const numbers = await t.site.sql( 'SELECT id FROM wp_app_connect_grants WHERE revoked_at IS NULL LIMIT 6' );
		await t.tokens( `&action=revoke${ numbers.map( ( { id } ) => `&session[]=${ id }` ).join( '' ) }` );
	},
	'tokens-confirm-all': async ( t ) => {
		const { id } = await busy( t );
		await t.tokens( `&action=revoke_all&client=${ id }&age=created_7` );
	},
	'tokens-revoked': async ( t ) => {
		await busy( t );
		await t.tokens( '&action=revoke_all&mode=full' );
		await t.follow( t.page.locator( '.app-connect-confirm button[name=app_connect_do]' ) );
	},
	'tokens-left': async ( t ) => {
		await busy( t );
		await t.tokens( '&notice=revoked&count=9000&tokens=10001&left=10001' );
	},
	'help-tokens': async ( t ) => {
		await t.tokens();
		await t.page.click( '#contextual-help-link' );
		await t.page.locator( '#contextual-help-wrap' ).waitFor();
	},
	'keys-empty': ( t ) => t.keys(),
	'keys': async ( t ) => {
		await ofAllAges( t );
		await t.keys();
	},
	'keys-open': async ( t ) => {
		await ofAllAges( t );
		await past( t, [ 1, 2, 3 ].map( ( n ) => ( { kid: `${ n }zbLsXh8uDCcd-6MNwXF4W`, ago: ( n + 1 ) * 10_000_000 } ) ) );
		await t.keys();
		await t.page.locator( '.app-connect-key-is-active summary' ).click();
		await t.page.locator( '.app-connect-older > summary' ).click();
		await t.page.evaluate( () => window.scrollTo( 0, 0 ) );
	},
	'keys-rotate': keyQuestion( 'rotate' ),
	'keys-rotated': answered( keyQuestion( 'rotate' ) ),
	'keys-revoke': keyQuestion( 'revoke', 'active' ),
	'keys-revoke-next': keyQuestion( 'revoke', 'next' ),
	'keys-revoke-retiring': keyQuestion( 'revoke', 'retiring' ),
	'keys-revoked': answered( keyQuestion( 'revoke', 'active' ) ),
	'keys-import': ( t ) => t.keys( '&action=import' ),
	'keys-import-error': imported( 'encrypted' ),
	'keys-imported': imported( 'rsa-3072' ),
	'keys-lost': withSecret( OTHER, ( t ) => t.keys() ),
	'keys-start-afresh': withSecret( OTHER, ( t ) => t.keys( '&action=start_afresh' ) ),
	'keys-weak': withSecret( 'short', ( t ) => t.keys() ),
	'keys-weak-import': withSecret( 'short', ( t ) => t.keys( '&action=import' ) ),
	'keys-salts': withSecret( null, ( t ) => t.keys(), ( t ) => t.site.constants( { AC_TOKEN_SECRET: null } ).then( () => ofAllAges( t ) ) ),
	'keys-former': withSecret( OTHER, async ( t ) => {
		await t.site.constants( { AC_TOKEN_SECRET_PREVIOUS: 'e2e0'.repeat( 16 ) } );
		try {
			await t.keys();
		} finally {
			await t.site.constants( { AC_TOKEN_SECRET_PREVIOUS: null } );
		}
	} ),
	'keys-stale': async ( t ) => {
		await ofAllAges( t );
		await t.keys( '&action=rotate' );
		await keys( t, 'rotate' );
		await t.follow( t.page.locator( '.app-connect-confirm button[name=app_connect_do]' ) );
	},
	'keys-unavailable': async ( t ) => {
		await t.site.fixture( 'no-keys', "add_filter( 'query', static fn ( $query ) => str_contains( $query, '_app_connect_keys' ) ? \"SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1053, MESSAGE_TEXT = 'x'\" : $query );" );
		try {
			await t.keys();
		} finally {
			await t.site.fixture( 'no-keys', null );
		}
	},
	'help-keys': async ( t ) => {
		await t.keys();
		await t.page.click( '#contextual-help-link' );
		await t.page.locator( '#contextual-help-wrap' ).waitFor();
	},
	'consent': ( t ) => openConsent( t, { verified: true, logo_uri: `${ t.site.url }/wp-admin/images/w-logo-blue.png` } ),
	'consent-unverified': ( t ) => openConsent( t, { redirect_uris: [ 'http://127.0.0.1/callback' ], logo_uri: `${ t.site.url }/nowhere.png` }, { redirect_uri: 'http://127.0.0.1:51004/callback' } ),
	'consent-login-only': ( t ) => openConsent( t, { mode: 'login_only', bundles: [], redirect_uris: [ 'com.example.reader:/callback' ] }, { scope: 'openid profile email' } ),
	'consent-website': ( t ) => openConsent( t, { name: 'Members’ wiki', type: 'confidential', mode: 'login_only', bundles: [], verified: true }, { scope: 'openid profile email' } ),
	'consent-takeover': ( t ) => openConsent( t, { type: 'confidential', takeover: [ 'edit_users', 'manage_options' ] }, { scope: 'wp' } ),
	'consent-full-access': ( t ) => openConsent( t, { mode: 'full', account: true, bundles: [] }, { scope: 'wp' } ),
	'consent-lacking': async ( t ) => {
		const app = await newApp( t, { bundles: [ 'content:write', 'media:write' ], capabilities: [ 'read', 'list_users', 'edit_products' ], takeover: [ 'manage_options' ] } );
		await lacking( t, () => t.page.goto( authorizeUrl( t, app, { scope: 'wp' } ) ) );
	},
	'consent-long': async ( t ) => {
		await openConsent( t, { name: `${ LONG } ${ 'x'.repeat( 90 ) }`, bundles: [ 'comments:read', 'comments:write', 'content:read', 'content:write', 'media:read', 'media:write' ], redirect_uris: [ `https://${ 'sub.'.repeat( 20 ) }${ 'a'.repeat( 60 ) }.example/callback` ] }, { scope: 'wp openid profile email offline_access' } );
		await t.page.click( 'summary' );
	},
	'logout': async ( t ) => t.page.goto( logoutUrl( t, await leavingApp( t ) ) ),
	'logout-long': async ( t ) => t.page.goto( logoutUrl( t, await leavingApp( t, { name: `${ LONG } ${ 'x'.repeat( 90 ) }` } ) ) ),
	'logout-stays': async ( t ) => {
		await t.page.goto( logoutUrl( t, await leavingApp( t ) ) );
		await t.page.click( 'button[value=deny]' );
		await t.page.locator( '#app-connect-logged-out' ).waitFor();
	},
	'logout-done': async ( t ) => {
		const page = await t.stranger( { viewport: t.page.viewportSize() } );
		await page.goto( `${ t.site.rest_root }app-connect/v1/logout` );
		await asItWas( t, page );
	},
	'logout-error': async ( t ) => t.page.goto( logoutUrl( t, await leavingApp( t ), { id_token_hint: 'nonsense' } ) ),
	'form-post': async ( t ) => {
		const page = await visitor( t, { viewport: t.page.viewportSize(), js: false } );
		await page.goto( authorizeUrl( t, await newApp( t ), { response_mode: 'form_post', prompt: 'none' } ) );
		await asItWas( t, page );
	},
	'consent-error': ( t ) => t.page.goto( authorizeUrl( t, { client_id: 'unknown', redirect_uris: [ 'https://app.example/' ] } ) ),
	'consent-error-redirect': async ( t ) => t.page.goto( authorizeUrl( t, await newApp( t, { name: LONG } ), { redirect_uri: 'https://evil.example/' } ) ),
	'consent-login': async ( t ) => {
		const page = await t.stranger( { viewport: t.page.viewportSize() } );
		await page.goto( authorizeUrl( t, await newApp( t ), { login_hint: 'jane@example.com' } ) );
		await asItWas( t, page );
	},
	'consent-stale': async ( t ) => {
		await openConsent( t );
		await t.page.evaluate( () => {
			document.querySelector( '[name=_wpnonce]' ).value = 'old';
		} );
		await t.follow( t.page.locator( 'button[value=approve]' ) );
	},
	'activity': async ( t ) => {
		await happen( t );
		await t.activity();
	},
	'activity-empty': ( t ) => t.activity(),
	'activity-filtered': async ( t ) => {
		await happen( t );
		await t.activity( '&kind=failures&span=week&address=203.0.113.7' );
	},
	'activity-nothing-found': async ( t ) => {
		await happen( t );
		await t.activity( '&kind=host_fault&address=192.0.2.99' );
	},
	'activity-problem': async ( t ) => {
		await happen( t );
		await t.activity( '&app=no+such+app&who=nobody&address=somewhere' );
	},
	'activity-older': async ( t ) => {
		await many( t, 50 );
		await t.activity();
		await t.follow( t.page.locator( '.tablenav.bottom a', { hasText: 'Older' } ) );
	},
	'activity-partial': async ( t ) => {
		await many( t, 30_000 );
		await t.activity( '&kind=rate_limited&address=203.0.113.7' );
	},
	'help-activity': async ( t ) => {
		await t.activity();
		await t.page.click( '#contextual-help-link' );
		await t.page.locator( '#contextual-help-wrap' ).waitFor();
	},
	'list-empty': ( t ) => t.clients(),
	'list-full': async ( t ) => {
		await crowded( t );
		await t.clients();
	},
	'list-one': async ( t ) => {
		await living( t );
		await t.clients();
	},
	'list-nothing-found': async ( t ) => {
		await t.site.client();
		await t.clients( '&s=nothing+like+this' );
	},
	'list-notice': async ( t ) => {
		const { id } = await t.site.client();
		await t.clients( `&action=disable&client=${ id }` );
		await t.follow( t.page.locator( '.app-connect-confirm button[name=app_connect_do]' ) );
	},
	'list-error': async ( t ) => {
		await t.site.client();
		await t.clients( '&action=edit&client=99999999' );
	},
	'form-new': ( t ) => t.clients( '&action=new' ),
	'form-filled': async ( t ) => {
		await t.site.serviceUser();
		await t.site.user( 'backend-bot-2', 'author', { display_name: 'Backend Bot of the long name in the second office' } );
		await t.clients( '&action=new' );
		await fillIn( t, { login: 'backend-bot', name: LONG } );
		await searchUsers( t, 'b' );
	},
	'form-folds-open': async ( t ) => {
		await t.clients( '&action=new' );
		for ( const summary of await t.page.locator( '.app-connect summary:visible' ).all() ) {
			await summary.click();
		}
	},
	'form-public': async ( t ) => {
		await t.clients( '&action=new' );
		await t.page.check( '[name=type][value=public]' );
		await t.page.fill( '[name=redirect_uris]', 'https://app.example.com/callback' );
	},
	'form-passwords': async ( t ) => {
		await t.clients( '&action=new' );
		await t.page.fill( '[name=name]', 'Old phone app' );
		await t.page.check( '[name=type][value=public]' );
		await t.page.uncheck( '[name="grant_types[]"][value=authorization_code]' );
		await t.page.locator( 'summary', { hasText: 'It asks people for their password itself' } ).click();
		await t.page.check( '[name="grant_types[]"][value=password]' );
		await t.follow( saveButton( t.page ) );
	},
	'form-people-error': async ( t ) => {
		await t.clients( '&action=new' );
		await t.page.fill( '[name=name]', LONG );
		await t.page.fill( '[name=redirect_uris]', 'https://app.example.com/callback\nhttp://app.example.com/callback\nhttps://*.example.com/' );
		await t.page.check( '[name=first_party]' );
		await t.follow( saveButton( t.page ) );
	},
	'created-public': async ( t ) => {
		await t.clients( '&action=new' );
		await t.page.fill( '[name=name]', 'Phone app' );
		await t.page.check( '[name=type][value=public]' );
		await t.page.fill( '[name=redirect_uris]', 'https://app.example.com/callback\ncom.example.app:/callback' );
		await t.follow( saveButton( t.page ) );
	},
	'secret-people': async ( t ) => {
		await t.clients( '&action=new' );
		await t.page.fill( '[name=name]', LONG );
		await t.page.fill( '[name=redirect_uris]', 'https://app.example.com/callback' );
		await t.follow( saveButton( t.page ) );
	},
	'form-weak-secret': withSecret( 'short', async ( t ) => {
		await t.clients( '&action=new' );
		await t.page.locator( 'summary', { hasText: 'The form of its access tokens' } ).click();
		await t.page.check( '[name=access_token_format][value=jwt]' );
	} ),
	'form-full-access': async ( t ) => {
		await t.clients( '&action=new' );
		await t.page.check( '[name=mode][value=full]' );
	},
	'form-login-only': async ( t ) => {
		await t.clients( '&action=new' );
		await t.page.check( '[name=type][value=public]' );
		await t.page.check( '[name=mode][value=login_only]' );
	},
	'form-error': async ( t ) => {
		await t.clients( '&action=new' );
		await fillIn( t, { name: '', routes: 'GET /wp-json/wp/v2/posts\nFETCH /wp-json/wp/v2/posts\nGET wp-json/wp/v2/pages' } );
		await t.page.fill( '[name=logo_uri]', 'ftp://example.com/logo.png' );
		await t.follow( saveButton( t.page ) );
	},
	'form-confirm': async ( t ) => {
		await t.clients( '&action=new' );
		await fillIn( t, { login: t.site.admin.user } );
		await t.follow( saveButton( t.page ) );
	},
	'edit': async ( t ) => {
		const { id } = await living( t, { name: LONG, bundles: [ 'content:read', 'media:read' ] } );
		await t.clients( `&action=edit&client=${ id }` );
	},
	'edit-signed': async ( t ) => {
		const { id } = await signedApp( t, { name: LONG } );
		await t.clients( `&action=edit&client=${ id }` );
		await t.page.locator( '.app-connect-developer summary' ).click();
	},
	'edit-narrower': async ( t ) => {
		const { id } = await living( t, { routes: [ 'GET /wp-json/wp/v2/posts', 'GET /wp-json/wp/v2/pages' ] } );
		await t.clients( `&action=edit&client=${ id }` );
		await t.page.fill( '[name=routes]', 'GET /wp-json/wp/v2/posts' );
		await t.follow( saveButton( t.page ) );
	},
	'edit-confirm': async ( t ) => {
		const { id } = await living( t );
		await t.site.user( 'second-bot', 'author' );
		await t.clients( `&action=edit&client=${ id }` );
		await chooseUser( t, 'second-bot' );
		await t.follow( saveButton( t.page ) );
	},
	'edit-conflict': async ( t ) => {
		const { id } = await living( t );
		await t.clients( `&action=edit&client=${ id }` );
		await t.site.rest( 'POST', `/clients/${ id }`, { name: 'Theirs' } );
		await t.follow( saveButton( t.page ) );
	},
	'edit-takeover': async ( t ) => {
		const { id } = await living( t );
		await t.clients( `&action=edit&client=${ id }` );
		await unfold( t.page, '#app-connect-takeover' );
		await t.page.check( '[name="takeover[]"][value=manage_options]' );
	},
	'edit-disabled': async ( t ) => {
		const { id } = await t.site.client( { name: LONG } );
		await t.site.rest( 'POST', `/clients/${ id }`, { status: 'disabled' } );
		await t.clients( `&action=edit&client=${ id }` );
	},
	'secret': async ( t ) => {
		await t.site.serviceUser();
		await t.clients( '&action=new' );
		await fillIn( t, { login: 'backend-bot' } );
		await t.follow( saveButton( t.page ) );
	},
	'secret-regenerate': question( 'secret' ),
	'secret-overlap': async ( t ) => {
		const { id } = await living( t );
		await t.clients( `&action=secret&client=${ id }` );
		await t.page.selectOption( '[name=overlap]', '86400' );
		await t.follow( t.page.locator( '.app-connect-confirm button[name=app_connect_do]' ) );
	},
	'secret-public': async ( t ) => {
		const { id } = await t.site.rest( 'POST', '/clients', { name: 'Phone app', type: 'public', mode: 'login_only', grant_types: [] } );
		await t.clients( `&action=secret&client=${ id }` );
	},
	'confirm-disable': question( 'disable' ),
	'confirm-enable': question( 'enable' ),
	'confirm-delete': question( 'delete' ),
	'confirm-end-tokens': question( 'end_tokens' ),
	'confirm-delete-several': several( 'delete' ),
	'list-site-question': async ( t ) => {
		await living( t, { name: LONG } );
		await t.site.estrange();
		await t.clients();
	},
	'help-clients': async ( t ) => {
		await t.site.client();
		await t.clients();
		await t.page.click( '#contextual-help-link' );
		await t.page.locator( '#contextual-help-wrap' ).waitFor();
	},
	'settings-basic': ( t ) => t.settings( 'basic' ),
	'settings-grants': async ( t ) => {
		await living( t );
		await t.settings( 'grants' );
	},
	'settings-grants-confirm': async ( t ) => {
		await living( t );
		await t.settings( 'grants' );
		await t.page.uncheck( '[name="grant_types[client_credentials]"]' );
		await t.follow( t.page.locator( '#submit' ) );
	},
	'settings-tokens': ( t ) => t.settings( 'tokens' ),
	'settings-tokens-weak-secret': withSecret( 'short', async ( t ) => {
		await t.settings( 'tokens' );
		await t.page.check( '[name=access_token_format][value=jwt]' );
		await t.follow( t.page.locator( '#submit' ) );
	} ),
	'settings-tokens-saved': ( t ) => saved( t, 'tokens' ),
	'settings-tokens-error': async ( t ) => {
		await t.settings( 'tokens' );
		await t.page.fill( '[name=access_token_lifetime]', '25' );
		await t.follow( t.page.locator( '#submit' ) );
	},
	'settings-openid': ( t ) => t.settings( 'openid' ),
	'settings-openid-confirm': async ( t ) => {
		await t.settings( 'openid' );
		await t.page.check( '[name=issuer_place][value=rest]' );
		await t.follow( t.page.locator( '#submit' ) );
	},
	'settings-openid-constant': async ( t ) => {
		await t.site.constants( { APP_CONNECT_ISSUER: 'https://id.example.com' } );
		try {
			await t.settings( 'openid' );
		} finally {
			await t.site.constants( { APP_CONNECT_ISSUER: null } );
		}
	},
	'settings-openid-plain': async ( t ) => {
		await t.site.fixture( 'plain', "add_filter( 'option_permalink_structure', '__return_empty_string' );" );
		try {
			await t.settings( 'openid' );
		} finally {
			await t.site.fixture( 'plain', null );
		}
	},
	'settings-security': ( t ) => t.settings( 'security' ),
	'settings-security-lost': withSecret( OTHER, ( t ) => t.settings( 'security' ) ),
	'settings-security-weak': withSecret( 'short', ( t ) => t.settings( 'security' ) ),
	'settings-security-error': async ( t ) => {
		await t.settings( 'security' );
		await t.page.fill( '[name=trusted_proxies]', '10.0.0.0/8\nnot an address\n300.1.1.1' );
		await t.page.fill( '[name=takeover]', 'no capability!' );
		await t.follow( t.page.locator( '#submit' ) );
	},
	'settings-security-secret': async ( t ) => {
		await t.site.constants( { AC_TOKEN_SECRET: null } );
		try {
			await t.settings( 'security' );
		} finally {
			await t.site.constants( { AC_TOKEN_SECRET: 'e2e0'.repeat( 16 ) } );
		}
	},
	'help-settings': async ( t ) => {
		await t.settings();
		await t.page.click( '#contextual-help-link' );
		await t.page.locator( '#contextual-help-wrap' ).waitFor();
	},
};
