/** The app: three views, one of which is shown. Whoever reloads the page is signed out: the tokens are in memory alone. */

import { authorizationUrl, redeem, SignInError, takeAnswer } from './oauth.js';

const SENTENCES = {
	access_denied: 'You did not give this app access. Nothing was shared; you can try again whenever you like.',
	state: 'This answer belongs to another attempt to sign in, so it was not used. Please sign in again.',
	issuer: 'This answer comes from another site than the one you chose, so it was not used. Please sign in again.',
	network: 'The site could not be reached. Check your connection, then try again.',
	expired: 'Your access has ended. Sign in again to go on.',
};
const STATUSES = { publish: 'Published', draft: 'Draft', private: 'Private', pending: 'Pending review', future: 'Scheduled' };
const POSTS = 20;

const $ = ( id ) => document.getElementById( id );
let config;
let session = null;

/** Shows one view, and leads the keyboard and the screen reader to its heading. */
function show( view, { focus = true } = {} ) {
	[ 'welcome', 'waiting', 'posts' ].forEach( ( name ) => ( $( name ).hidden = name !== view ) );
	if ( focus ) {
		$( view ).querySelector( 'h1' ).focus();
	}
}

/** Says what went wrong, above the button to sign in. */
function complain( error ) {
	const own = error instanceof SignInError;
	if ( ! own ) {
		console.error( error );
	}
	session = null;
	$( 'problem' ).textContent = own
		? SENTENCES[ error.code ] ?? `The site refused: ${ error.message || error.code }`
		: 'Something went wrong in this app. Please try again.';
	$( 'problem' ).hidden = false;
	show( 'welcome', { focus: false } );
	$( 'problem' ).focus();
}

/** Does something that may go wrong. */
const attempt = ( action ) => action().catch( complain );

/** A waiting view with what is going on. */
function wait( doing ) {
	$( 'doing' ).textContent = doing;
	show( 'waiting' );
}

/** A title as text: WordPress sends HTML. Nothing in a parsed document runs. */
const plain = ( html ) => new DOMParser().parseFromString( html, 'text/html' ).body.textContent;

function line( { title, status, date, link } ) {
	const item = $( 'post' ).content.cloneNode( true );
	const heading = item.querySelector( 'a' );
	heading.textContent = plain( title.rendered ) || '(no title)';
	if ( status === 'publish' && /^https?:/.test( link ) ) {
		heading.href = link;
	}
	const day = new Date( date );
	item.querySelector( 'time' ).dateTime = date;
	item.querySelector( 'time' ).textContent = day.toLocaleDateString( undefined, { dateStyle: 'medium' } );
	item.querySelector( '.status' ).textContent = STATUSES[ status ] ?? status;
	item.querySelector( '.status' ).dataset.status = status;
	return item;
}

/** Asks who the person is, then for what they wrote. */
async function showPosts() {
	wait( 'Fetching your posts …' );
	const { body: me } = await session.get( 'app-connect/v1/me' );
	const { body: posts, headers } = await session.get( 'wp/v2/posts', {
		author: me.id,
		status: 'any',
		per_page: POSTS,
		_fields: 'title,status,date,link',
	} );
	const name = me.name || me.preferred_username || 'you';
	const total = Number( headers.get( 'X-WP-Total' ) ) || posts.length;
	$( 'initial' ).textContent = [ ...name ][ 0 ].toUpperCase();
	$( 'name' ).textContent = name;
	$( 'count' ).textContent = total > posts.length ? `The latest ${ posts.length } of your ${ total } posts` : `${ total } ${ total === 1 ? 'post' : 'posts' }`;
	$( 'list' ).replaceChildren( ...posts.map( line ) );
	$( 'none' ).hidden = posts.length > 0;
	$( 'scope' ).textContent = session.scope;
	$( 'problem' ).hidden = true;
	show( 'posts' );
}

async function signOut() {
	const ended = session;
	session = null;
	$( 'list' ).replaceChildren();
	$( 'problem' ).hidden = true;
	show( 'welcome' );
	await ended.end();
}

async function start() {
	const answer = takeAnswer();
	const response = await fetch( 'config.json' );
	if ( ! response.ok ) {
		throw new SignInError( 'config', 'config.json is missing; config.example.json shows what belongs into it.' );
	}
	config = await response.json();
	document.querySelectorAll( '.site' ).forEach( ( element ) => ( element.textContent = config.name ) );
	$( 'sign-in' ).addEventListener( 'click', () =>
		attempt( async () => {
			const url = await authorizationUrl( config );
			wait( `Opening ${ config.name } …` );
			location.assign( url );
		} )
	);
	$( 'update' ).addEventListener( 'click', () => attempt( showPosts ) );
	$( 'sign-out' ).addEventListener( 'click', () => attempt( signOut ) );
	// Back from the site with the browser's button: the page may come from its memory, still waiting.
	addEventListener( 'pageshow', ( { persisted } ) => persisted && ! session && show( 'welcome' ) );
	if ( ! answer ) {
		show( 'welcome', { focus: false } );
		return;
	}
	wait( 'Signing you in …' );
	session = await redeem( config, answer );
	await showPosts();
}

attempt( start );
