/**
 * What the screens of App Connect do better with JavaScript. All of them work without it.
 */
( function ( wp ) {
	'use strict';

	const { __ } = wp.i18n;
	const speak = wp.a11y.speak;

	/**
	 * Finds elements.
	 *
	 * @param {string}             selector A CSS selector.
	 * @param {Document | Element} root     Where.
	 * @return {Element[]} The elements.
	 */
	const all = ( selector, root = document ) => [ ...root.querySelectorAll( selector ) ];

	/**
	 * Buttons that copy the text of an element: `data-app-connect-copy` is its selector.
	 */
	function copyButtons() {
		document.addEventListener( 'click', async ( event ) => {
			const button = event.target.closest( '[data-app-connect-copy]' );
			if ( ! button ) {
				return;
			}
			const source = document.querySelector( button.dataset.appConnectCopy );
			const done = await copy( source );
			const words = done ? __( 'Copied.', 'app-connect' ) : __( 'Could not copy. The text is selected: press Ctrl+C or ⌘C.', 'app-connect' );
			speak( words, 'assertive' );
			if ( done ) {
				answer( button );
			}
		} );
	}

	/**
	 * Shows for a while that a button has done its work.
	 *
	 * @param {Element} button A button that begins with its label, or an icon.
	 */
	function answer( button ) {
		const label = button.firstChild;
		const icon = button.querySelector( '.dashicons' );
		button.dataset.label ??= label.textContent;
		button.dataset.name ??= button.getAttribute( 'aria-label' );
		const show = ( done ) => {
			if ( icon ) {
				icon.classList.toggle( 'dashicons-yes', done );
				icon.classList.toggle( 'dashicons-admin-page', ! done );
			} else {
				label.textContent = done ? __( 'Copied.', 'app-connect' ) : button.dataset.label;
				// What is seen is what it is called.
				button.setAttribute( 'aria-label', done ? label.textContent : button.dataset.name );
			}
		};
		show( true );
		window.clearTimeout( button.timer );
		button.timer = window.setTimeout( show, 3000, false );
	}

	/**
	 * Copies the text of an element, and leaves it selected if that cannot be done.
	 *
	 * @param {Element} source The element.
	 * @return {Promise<boolean>} Whether it was copied.
	 */
	async function copy( source ) {
		const isField = 'value' in source;
		const text = isField ? source.value : source.textContent;
		try {
			await window.navigator.clipboard.writeText( text );
			return true;
		} catch ( error ) {
			// There is no clipboard without HTTPS, but there is the old way.
			if ( isField ) {
				source.focus();
				source.select();
			} else {
				window.getSelection().selectAllChildren( source );
			}
			return document.execCommand( 'copy' );
		}
	}

	/**
	 * Moves the focus to what went wrong, and from each error to its field and line.
	 */
	function errors() {
		document.querySelector( '.app-connect [autofocus]' )?.focus();
		all( '.app-connect-errors a[href^="#"]' ).forEach( ( link ) => {
			link.addEventListener( 'click', ( event ) => {
				const field = document.getElementById( link.hash.slice( 1 ) );
				if ( ! field ) {
					return;
				}
				event.preventDefault();
				reveal( field );
				field.focus();
				field.scrollIntoView( { block: 'center' } );
				const line = Number( link.dataset.appConnectLine || /^\D*(\d+):/.exec( link.textContent )?.[ 1 ] || 0 );
				if ( line && field.matches( 'textarea' ) ) {
					selectLine( field, line );
				}
			} );
		} );
	}

	/**
	 * Opens what a field is folded into.
	 *
	 * @param {Element} field The field.
	 */
	function reveal( field ) {
		for ( let fold = field.closest( 'details' ); fold; fold = fold.parentElement.closest( 'details' ) ) {
			fold.open = true;
		}
	}

	/**
	 * Selects a line of a text.
	 *
	 * @param {HTMLTextAreaElement} field The text.
	 * @param {number}              line  The line, from 1.
	 */
	function selectLine( field, line ) {
		const before = field.value.split( '\n' ).slice( 0, line - 1 );
		const start = before.reduce( ( sum, text ) => sum + text.length + 1, 0 );
		const end = field.value.indexOf( '\n', start );
		field.setSelectionRange( start, end < 0 ? field.value.length : end );
		field.scrollTop = ( line - 2 ) * parseFloat( window.getComputedStyle( field ).lineHeight );
	}

	/**
	 * Asks before a secret is left that nobody said to have saved.
	 */
	function secret() {
		const saved = document.querySelector( '[data-app-connect-secret]' ) && document.getElementById( 'app-connect-saved' );
		if ( ! saved ) {
			return;
		}
		window.addEventListener( 'beforeunload', ( event ) => {
			if ( ! saved.checked ) {
				event.preventDefault();
				event.returnValue = true;
			}
		} );
	}

	/**
	 * Checks that take a request of the site to itself: `data-app-connect-probe` is a Site Health route.
	 */
	function probes() {
		const states = {
			good: [ 'ok', __( 'In order', 'app-connect' ) ],
			recommended: [ 'note', __( 'Worth a look', 'app-connect' ) ],
			critical: [ 'bad', __( 'Must be repaired', 'app-connect' ) ],
		};
		all( '[data-app-connect-probe]' ).forEach( async ( check ) => {
			const say = ( part, words ) => ( check.querySelector( `[data-app-connect-${ part }]` ).textContent = words );
			say( 'state', __( 'Checking…', 'app-connect' ) );
			try {
				const result = await wp.apiFetch( { path: check.dataset.appConnectProbe } );
				const [ state, words ] = states[ result.status ] || states.recommended;
				check.className = `app-connect-check app-connect-check-${ state }`;
				say( 'state', words );
				say( 'title', result.label );
				// The description is HTML of ours, with commands in it: only its text is shown.
				say( 'text', new DOMParser().parseFromString( result.description, 'text/html' ).body.textContent );
				speak( `${ result.label }: ${ words }` );
			} catch ( error ) {
				say( 'state', __( 'Could not be checked. Look under Tools → Site Health.', 'app-connect' ) );
			}
		} );
	}

	wp.domReady( () => {
		copyButtons();
		errors();
		secret();
		probes();
	} );
} )( window.wp );
