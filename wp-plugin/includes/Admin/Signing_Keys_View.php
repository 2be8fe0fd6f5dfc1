<?php
/**
 * The signing keys.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

/**
 * The keys in the order of their lives, what they are sealed with, and where other systems find them.
 */
final class Signing_Keys_View implements View {

	/**
	 * How many keys of the past are shown unfolded.
	 */
	private const SHOWN = 3;

	/**
	 * The keys, null if they are not known.
	 *
	 * @var Signing_Key_List|null
	 */
	private readonly ?Signing_Key_List $list;

	/**
	 * Reads the keys.
	 *
	 * @param string $refusal Why something was not done; empty when the keys were asked for.
	 */
	public function __construct( private readonly string $refusal = '' ) {
		// The links of the page lead to keys, not to what could not be shown.
		$_SERVER['REQUEST_URI'] = remove_query_arg( array( 'action', 'kid' ) );

		$this->list = Signing_Key_List::read();
	}

	/**
	 * The title of the document.
	 */
	public function title(): string {
		return __( 'Signing Keys', 'app-connect' );
	}

	/**
	 * Prints the keys.
	 */
	public function render(): void {
		$list    = $this->list;
		$jwks    = Endpoint_Address::of( 'jwks' );
		$keys    = (array) $list?->keys();
		$past    = array_filter( $keys, static fn ( Signing_Key $key ): bool => $key->is_past() );
		$older   = array_slice( $keys, count( $keys ) - max( 0, count( $past ) - self::SHOWN ) );
		$keys    = array_slice( $keys, 0, count( $keys ) - count( $older ) );
		$refusal = array_unique(
			array_filter(
				array(
					$this->refusal,
					null === $list && '' === $this->refusal ? __( 'The database did not answer as it should. Please try again.', 'app-connect' ) : '',
				)
			)
		);
		require dirname( __DIR__, 2 ) . '/templates/signing-keys/list.php';
	}
}
