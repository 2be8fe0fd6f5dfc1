/**
 * What the client form does better with JavaScript. It works without it.
 */
( function ( wp, data ) {
	'use strict';

	const { __, _n, sprintf } = wp.i18n;
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
	 * Makes an element.
	 *
	 * @param {string} tag        Its name.
	 * @param {Object} attributes Its attributes.
	 * @param {...*}   children   Elements, and texts that are never read as HTML.
	 * @return {Element} The element.
	 */
	function make( tag, attributes, ...children ) {
		const element = document.createElement( tag );
		Object.entries( attributes ).forEach( ( [ name, value ] ) => element.setAttribute( name, value ) );
		element.append( ...children );
		return element;
	}

	/**
	 * Hides what does not apply. `data-app-connect-when` has conditions that must all hold, as `mode:full|restricted`: one
	 * of these values is chosen in that field. What has an error is never hidden.
	 *
	 * @param {HTMLFormElement} form The form.
	 */
	function conditions( form ) {
		const parts = all( '[data-app-connect-when]', form );
		const chosen = ( name ) => all( `[name="${ name }"]:checked:enabled, [name="${ name }[]"]:checked:enabled`, form ).map( ( input ) => input.value );
		const holds = ( condition ) => {
			const [ name, values ] = condition.split( ':' );
			return values.split( '|' ).some( ( value ) => chosen( name ).includes( value ) );
		};
		const update = () => {
			parts.forEach( ( part ) => {
				const applies = part.dataset.appConnectWhen.split( ' ' ).every( holds );
				part.hidden = ! applies && ! part.matches( '[aria-invalid]' ) && ! part.querySelector( '[aria-invalid]' );
				if ( 'appConnectDisable' in part.dataset ) {
					// What is ticked and hidden is not sent, and is ticked again when it is shown.
					all( 'input', part ).forEach( ( input ) => ( input.disabled = part.hidden ) );
				}
			} );
			all( '[data-app-connect-if-none]', form ).forEach( ( note ) => ( note.hidden = null !== note.parentElement.querySelector( '.app-connect-choice:not( [hidden] )' ) ) );
		};
		form.addEventListener( 'change', ( event ) => event.target.matches( '[type="radio"], [type="checkbox"]' ) && update() );
		update();
	}

	/**
	 * Says beside a folded list how many of it are ticked.
	 *
	 * @param {HTMLFormElement} form The form.
	 */
	function counts( form ) {
		all( '[data-app-connect-count]', form ).forEach( ( place ) => {
			const name = place.dataset.appConnectCount;
			const update = () => {
				const count = all( `[name="${ name }"]:checked`, form ).length;
				/* translators: %d: a number of check-boxes. */
				place.textContent = count ? sprintf( _n( '(%d ticked)', '(%d ticked)', count, 'app-connect' ), count ) : '';
			};
			form.addEventListener( 'change', ( event ) => event.target.name === name && update() );
			update();
		} );
	}

	/**
	 * Search fields that leave of a list what contains their text. What is ticked stays.
	 */
	function filters() {
		all( '[data-app-connect-filter]' ).forEach( ( field ) => {
			const items = all( 'li', document.querySelector( field.dataset.appConnectFilter ) );
			const filter = () => {
				const words = field.value.trim().toLowerCase();
				items.forEach( ( item ) => ( item.hidden = ! item.textContent.toLowerCase().includes( words ) && ! item.querySelector( ':checked' ) ) );
				const shown = items.filter( ( item ) => ! item.hidden ).length;
				/* translators: %d: a number of rights. */
				speak( sprintf( _n( '%d right shown.', '%d rights shown.', shown, 'app-connect' ), shown ) );
			};
			field.addEventListener( 'input', filter );
			field.addEventListener( 'keydown', ( event ) => 'Enter' === event.key && event.preventDefault() );
		} );
	}

	/**
	 * Searches users without a reload.
	 */
	function users() {
		const button = document.querySelector( '[data-app-connect-find-user]' );
		if ( ! button ) {
			return;
		}
		const form = button.form;
		const field = form.elements.service_user_search;
		const list = document.getElementById( 'app-connect-users' );
		let latest = 0;

		const search = async () => {
			const mine = ++latest;
			form.elements.service_user_searched.value = field.value;
			button.setAttribute( 'aria-disabled', 'true' );
			try {
				const found = await wp.apiFetch( { path: '/app-connect/v1/service-users?search=' + encodeURIComponent( field.value.trim() ) } );
				if ( mine === latest ) {
					show( list, found );
				}
			} catch ( error ) {
				if ( mine === latest ) {
					show( list, [], error.message || __( 'The search failed. Please try again.', 'app-connect' ) );
				}
			}
			if ( mine === latest ) {
				button.removeAttribute( 'aria-disabled' );
			}
		};
		let timer;
		field.addEventListener( 'input', () => {
			// What is typed here is never sent with the form, so that nothing waits for a search that was done.
			form.elements.service_user_searched.value = field.value;
			window.clearTimeout( timer );
			timer = window.setTimeout( search, 400 );
		} );
		field.addEventListener( 'keydown', ( event ) => {
			if ( 'Enter' === event.key ) {
				event.preventDefault();
				window.clearTimeout( timer );
				search();
			}
		} );
		button.addEventListener( 'click', ( event ) => {
			event.preventDefault();
			window.clearTimeout( timer );
			search();
		} );
	}

	/**
	 * Shows users that were found. What is chosen stays chosen. Service_Users makes the same in PHP.
	 *
	 * @param {Element}  list    Where.
	 * @param {Object[]} found   The users.
	 * @param {string}   message What to say instead.
	 */
	function show( list, found, message = '' ) {
		const keep = all( '.app-connect-user', list ).filter( ( row ) => ! row.querySelector( 'input' ).value || row.querySelector( ':checked' ) );
		const kept = keep.map( ( row ) => Number( row.querySelector( 'input' ).value ) );
		const others = found.filter( ( user ) => ! kept.includes( user.id ) );
		/* translators: %d: a number of users. */
		const words = message || ( others.length ? sprintf( _n( '%d user found.', '%d users found.', others.length, 'app-connect' ), others.length ) : __( 'No other user found whom you may edit. Search for a part of a name, login or e-mail address.', 'app-connect' ) );
		list.replaceChildren( ...keep, ...others.map( row ) );
		if ( ! others.length ) {
			list.append( make( 'p', { class: 'app-connect-users-message' }, words ) );
		}
		speak( words );
		pictures( list ).catch( () => {} ); // They only decorate.
	}

	/**
	 * Fetches the pictures of users that were found.
	 *
	 * @param {Element} list Where they are shown.
	 */
	async function pictures( list ) {
		const places = all( '.app-connect-picture', list );
		if ( ! places.length ) {
			return;
		}
		const ids = places.map( ( place ) => place.dataset.user ).join( ',' );
		const known = await wp.apiFetch( { path: `/wp/v2/users?include=${ ids }&per_page=${ places.length }&_fields=id,avatar_urls` } );
		places.forEach( ( place ) => {
			const addresses = known.find( ( user ) => String( user.id ) === place.dataset.user )?.avatar_urls;
			if ( addresses ) {
				place.replaceWith( make( 'img', { class: 'avatar', src: addresses[ 48 ], alt: '', width: 32, height: 32, loading: 'lazy' } ) );
			}
		} );
	}

	/**
	 * A user as a radio button.
	 *
	 * @param {Object} user The user, from the REST API.
	 * @return {Element} The row.
	 */
	function row( user ) {
		const roles = user.roles.map( ( role ) => data.roles[ role ] || role ).join( ', ' ) || __( 'No role on this site', 'app-connect' );
		const text = make(
			'span',
			{ class: 'app-connect-user-text' },
			make( 'strong', {}, make( 'bdi', {}, wp.htmlEntities.decodeEntities( user.name ) ) ),
			make( 'span', { class: 'description' }, make( 'bdi', {}, `${ user.login } · ${ roles }` ) )
		);
		if ( user.takeover.length ) {
			text.append(
				user.takeover.includes( 'manage_options' )
					? make( 'span', { class: 'app-connect-warning' }, data.takeover.administrator )
					: make( 'span', { class: 'description' }, sprintf( data.takeover.some, user.takeover.join( ', ' ) ) )
			);
		}
		const picture = make( 'span', { class: 'app-connect-picture dashicons dashicons-admin-users', 'data-user': user.id, 'aria-hidden': 'true' } );
		return make( 'label', { class: 'app-connect-user' }, make( 'input', { type: 'radio', name: 'service_user_id', value: user.id } ), picture, text );
	}

	/**
	 * Chooses a logo from the Media Library.
	 */
	function mediaLibrary() {
		const button = document.querySelector( '[data-app-connect-media]' );
		if ( ! button ) {
			return;
		}
		if ( ! wp.media ) {
			button.hidden = true;
			return;
		}
		const field = document.querySelector( button.dataset.appConnectMedia );
		const preview = document.getElementById( 'app-connect-logo-preview' );
		const update = () => {
			const address = field.value.trim();
			preview.replaceChildren();
			if ( /^https?:\/\//i.test( address ) ) {
				preview.append( make( 'img', { class: 'app-connect-logo', src: address, alt: '', width: 32, height: 32, referrerpolicy: 'no-referrer' } ) );
			}
		};
		let frame;
		button.addEventListener( 'click', () => {
			frame ??= wp
				.media( { title: __( 'Choose a logo', 'app-connect' ), library: { type: 'image' }, multiple: false } )
				.on( 'select', () => {
					const picture = frame.state().get( 'selection' ).first().toJSON();
					field.value = ( picture.sizes?.thumbnail || picture ).url;
					update();
					field.focus();
				} );
			frame.open();
		} );
		field.addEventListener( 'change', update );
		if ( ! field.matches( '[aria-invalid]' ) ) {
			update();
		}
	}

	wp.domReady( () => {
		const form = document.querySelector( '.app-connect-form' );
		if ( ! form ) {
			return;
		}
		conditions( form );
		counts( form );
		filters();
		users();
		mediaLibrary();
	} );
} )( window.wp, window.appConnectClientForm );
