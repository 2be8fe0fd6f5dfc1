/** Which buttons, links and fields our screens showed, and which of them somebody used. */

/** In the page: tells `appConnectSeen` and `appConnectUsed` about controls by a name that survives a reload. */
function observe() {
	const query = () => new URLSearchParams( location.search );
	const page = () => query().get( 'page' ) ?? '';
	/** What a control belongs to: the help of a page, a tab of the settings, the activity, a view of the clients, a question. */
	const place = ( element ) => {
		if ( element.closest( '#screen-meta, #screen-meta-links' ) ) {
			return `${ page() } help`;
		}
		if ( element.closest( '.nav-tab-wrapper' ) ) {
			return 'settings';
		}
		if ( page() === 'app-connect-settings' ) {
			return `settings ${ document.querySelector( '.app-connect-confirm' ) ? 'question' : query().get( 'tab' ) ?? 'basic' }`;
		}
		if ( page() === 'app-connect-tokens' ) {
			return `tokens ${ document.querySelector( '.app-connect-confirm' ) ? 'question' : 'list' }`;
		}
		if ( page() === 'app-connect-keys' ) {
			return `keys ${ document.querySelector( '.app-connect-import' ) ? 'import' : document.querySelector( '.app-connect-confirm' ) ? 'question' : 'list' }`;
		}
		if ( document.querySelector( '.app-connect-confirm' ) ) {
			return `question ${ query().get( 'action' ) }`;
		}
		return [ 'activity', 'list', 'first-run', 'secret', 'form' ].find( ( name ) => document.querySelector( `.app-connect-${ name }` ) ) ?? 'elsewhere';
	};
	const selector = 'a[href], button, input:not([type=hidden], [readonly]), select, textarea, summary';
	const content = '#wpbody-content';
	const many = [ 'client[]', 'session[]', 'service_user_id', 'capabilities[]', 'takeover[]' ]; // One is as good as another.
	const nameOf = ( element ) => {
		const kind = element.type === 'submit' || element.tagName === 'BUTTON' ? 'button' : element.tagName.toLowerCase();
		if ( element.name && kind !== 'button' ) {
			const pick = [ 'radio', 'checkbox' ].includes( element.type ) && ! many.includes( element.name );
			return `${ kind } ${ element.name }${ pick ? `=${ element.value }` : '' }`;
		}
		if ( element.dataset.appConnectCopy ) {
			return `button that copies ${ element.dataset.appConnectCopy.replace( /(kid|jwk)-.*/, '$1' ).replace( /\d+/, '' ) }`;
		}
		if ( element.id && ! /\d/.test( element.id ) ) {
			return `${ kind } #${ element.id }`;
		}
		if ( element.tagName === 'A' ) {
			if ( element.closest( '.app-connect-errors' ) ) {
				return 'a to a field with an error';
			}
			if ( element.getAttribute( 'href' ).startsWith( '#' ) ) {
				return `a ${ element.hash }`;
			}
			const to = new URL( element.href );
			if ( to.searchParams.has( 'orderby' ) && element.closest( 'th' ) ) {
				return `a that sorts by ${ to.searchParams.get( 'orderby' ) }`;
			}
			const query = [ 'page', 'action', 'tab', 'status' ].map( ( key ) => to.searchParams.get( key ) ?? '' );
			return to.origin === location.origin ? `a ${ to.pathname.split( '/' ).pop() } ${ query.join( ' ' ) }`.trim() : `a ${ to.href }`;
		}
		return `${ kind } ${ ( element.value || element.textContent ).replaceAll( /\s+|\([^)]*\)/g, ' ' ).trim().replace( /: \S{8}…$/, '' ).slice( 0, 40 ) }`;
	};
	const key = ( element ) => `${ place( element ) }: ${ nameOf( element ) }`;
	const ours = ( element ) =>
		page().startsWith( 'app-connect' ) &&
		element.closest( content ) &&
		! element.closest( '#screen-options-wrap, #screen-options-link-wrap, .notice-dismiss, .hide-if-js, [aria-hidden=true]' );
	const tell = () => {
		const seen = [ ...document.querySelectorAll( `${ content } :is(${ selector })` ) ].filter( ours ).map( key );
		window.appConnectSeen( [ ...new Set( seen ) ] );
	};
	const used = ( event ) => {
		const element = event.target.closest?.( selector ) ?? event.target.closest?.( 'label' )?.control;
		if ( element && ours( element ) ) {
			tell();
			window.appConnectUsed( key( element ) );
		}
	};
	document.addEventListener( 'DOMContentLoaded', tell );
	for ( const type of [ 'click', 'input', 'change' ] ) {
		document.addEventListener( type, used, true );
	}
}

export class Controls {
	#seen = new Set();
	#used = new Set();

	/** Watches every page of a window that runs JavaScript. */
	static async watch( context ) {
		const controls = new Controls();
		await context.exposeFunction( 'appConnectSeen', ( keys ) => keys.forEach( ( key ) => controls.#seen.add( key ) ) );
		await context.exposeFunction( 'appConnectUsed', ( key ) => controls.#used.add( key ) );
		await context.addInitScript( observe );
		return controls;
	}

	/** The controls that no test used, as a fault, or null. */
	unused() {
		const left = [ ...this.#seen ].filter( ( name ) => ! this.#used.has( name ) ).sort();
		return left.length ? `nobody used:\n${ left.join( '\n' ) }` : null;
	}
}
