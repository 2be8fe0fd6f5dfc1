<?php
/**
 * The form that imports a signing key.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\WP\Messages;

/**
 * A field for the key, and when it begins to sign. The field is empty at every view: what was pasted is never shown again.
 */
final class Signing_Keys_Import implements View {

	/**
	 * Why no key can be imported; empty if one can.
	 *
	 * @var string
	 */
	private readonly string $obstacle;

	/**
	 * A form.
	 *
	 * @param string            $use    One of Signing_Keys_Actions::USES.
	 * @param Field_Errors|null $errors What is wrong with what was sent.
	 */
	public function __construct( private readonly string $use = Signing_Keys_Actions::USES[0], private readonly ?Field_Errors $errors = null ) {
		$this->obstacle = Signing_Key_List::read()?->obstacle() ?? '';
	}

	/**
	 * The title of the document.
	 */
	public function title(): string {
		$title = __( 'Import Key', 'app-connect' );
		/* translators: %s: the title of a screen. */
		return null === $this->errors ? $title : sprintf( __( 'Error: %s', 'app-connect' ), $title );
	}

	/**
	 * Prints the form.
	 */
	public function render(): void {
		$chosen   = $this->use;
		$errors   = $this->errors ?? Field_Errors::none();
		$obstacle = $this->obstacle;
		$uses     = array(
			'next' => __( 'Systems that keep a copy of the JWKS know it by then. Nothing breaks.', 'app-connect' ),
			'now'  => __( 'A system that keeps a copy of the JWKS refuses new tokens until it fetches it again. The key that signs at present signs no more; tokens that it signed stay valid until they expire.', 'app-connect' ),
		);
		$labels   = array_combine( array_keys( $uses ), array_map( static fn ( string $use ): string => Messages::label( 'key_use', $use ), array_keys( $uses ) ) );
		require dirname( __DIR__, 2 ) . '/templates/signing-keys/import.php';
	}
}
