<?php
/**
 * The question before something is done to signing keys.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

/**
 * Says of each key what would become of it, and what that means for apps and for other systems.
 */
final class Signing_Keys_Confirm implements View {

	/**
	 * What can be asked.
	 */
	public const ACTIONS = array( 'rotate', 'revoke', 'start_afresh' );

	/**
	 * A question.
	 *
	 * @param string                                       $action One of ACTIONS.
	 * @param string                                       $kid    The key that it is about.
	 * @param list<array{key: Signing_Key, fate: string}> $rows   The keys, and what would become of them.
	 * @param list<string>                                 $words  What it means, as paragraphs.
	 */
	private function __construct( private readonly string $action, private readonly string $kid, private readonly array $rows, private readonly array $words ) {}

	/**
	 * The question, or the keys if there is nothing to ask.
	 *
	 * @param string $action One of ACTIONS.
	 * @param string $kid    The key to revoke.
	 */
	public static function ask( string $action, string $kid ): View {
		$list = Signing_Key_List::read();
		if ( null === $list ) {
			return new Signing_Keys_View();
		}
		return match ( $action ) {
			'rotate'       => self::rotate( $list ),
			'revoke'       => self::revoke( $list, $kid ),
			'start_afresh' => self::start_afresh( $list ),
		};
	}

	/**
	 * The title of the document.
	 */
	public function title(): string {
		return match ( $this->action ) {
			'rotate'       => __( 'Rotate Keys', 'app-connect' ),
			'revoke'       => __( 'Revoke Key', 'app-connect' ),
			'start_afresh' => __( 'Start Afresh', 'app-connect' ),
		};
	}

	/**
	 * Prints the question.
	 */
	public function render(): void {
		$title  = $this->title();
		$action = $this->action;
		$kid    = $this->kid;
		$rows   = $this->rows;
		$words  = $this->words;
		$button = match ( $action ) {
			'rotate'       => __( 'Rotate now', 'app-connect' ),
			'revoke'       => __( 'Revoke this key', 'app-connect' ),
			'start_afresh' => __( 'Start afresh', 'app-connect' ),
		};
		require dirname( __DIR__, 2 ) . '/templates/signing-keys/confirm.php';
	}

	/**
	 * Before the next key signs.
	 *
	 * @param Signing_Key_List $list The keys.
	 */
	private static function rotate( Signing_Key_List $list ): View {
		$signing = $list->signing();
		$next    = $list->next();
		if ( null === $signing || ! $list->seals() ) {
			return new Signing_Keys_View( '' === $list->obstacle() ? __( 'There is no key yet that could be rotated.', 'app-connect' ) : $list->obstacle() );
		}
		$rows = array( self::row( $signing, __( 'Signs no more. Its private half is erased; its public half stays in the JWKS until the last token that it signed has expired.', 'app-connect' ) ) );
		if ( null !== $next ) {
			array_unshift( $rows, self::row( $next, __( 'Signs from now on.', 'app-connect' ) ) );
		}
		$words = array( __( 'Nothing breaks: tokens that were signed by the present key stay valid until they expire, here and elsewhere. A new key is made and published, which waits for the rotation after this one.', 'app-connect' ) );
		if ( null !== $next && $next->published_at() > time() - DAY_IN_SECONDS ) {
			/* translators: %s: a span of time. */
			$words[] = sprintf( __( 'The next key has been in the JWKS for only %s. A system that keeps a copy of the JWKS may not know it yet, and refuses new tokens until it fetches the JWKS again; good libraries do so when they meet a key that they do not know. If nothing is urgent, wait a day.', 'app-connect' ), human_time_diff( $next->published_at() ) );
		}
		return new self( 'rotate', $signing->kid(), $rows, $words );
	}

	/**
	 * Before a key is given up.
	 *
	 * @param Signing_Key_List $list The keys.
	 * @param string           $kid  The key.
	 */
	private static function revoke( Signing_Key_List $list, string $kid ): View {
		$key = $list->find( $kid );
		if ( null === $key || $key->is_past() ) {
			return new Signing_Keys_View( __( 'There is nothing left to revoke: this key is in use no more.', 'app-connect' ) );
		}
		$words = array( __( 'This is for emergencies: for a key whose private half somebody else may have. To change keys as a routine, rotate them; then nothing ends.', 'app-connect' ) );
		if ( 'next' === $key->state() ) {
			$rows    = array( self::row( $key, __( 'It has signed nothing, so no token ends. It leaves the JWKS at once, and another key takes its place.', 'app-connect' ) ) );
			$words[] = __( 'A system that keeps a copy of the JWKS trusts the key until it fetches the JWKS again.', 'app-connect' );
			return new self( 'revoke', $kid, $rows, $words );
		}
		$rows = array( self::row( $key, __( 'Every token that it signed ends at once on this site, and it leaves the JWKS.', 'app-connect' ) ) );
		$next = $list->next();
		if ( 'active' === $key->state() && null !== $next && $list->seals() ) {
			$rows[] = self::row( $next, __( 'Signs from now on.', 'app-connect' ) );
		}
		if ( ! $list->seals() ) {
			// A key can be ended even if none can be made in its place.
			$words[] = $list->obstacle();
		}
		$words[] = __( 'Apps get new tokens as they always do, with their refresh tokens or with their ID and secret; nobody has to sign in again because of this.', 'app-connect' );
		$words[] = __( 'Other systems notice when they fetch the JWKS again: until then they accept what the key signed. Tell those who run them.', 'app-connect' );
		return new self( 'revoke', $kid, $rows, $words );
	}

	/**
	 * Before everything that nobody can open any more is given up.
	 *
	 * @param Signing_Key_List $list The keys.
	 */
	private static function start_afresh( Signing_Key_List $list ): View {
		if ( 'lost' !== $list->secret() ) {
			return new Signing_Keys_View( __( 'The keys can be opened, so there is nothing to start afresh.', 'app-connect' ) );
		}
		$rows = array();
		foreach ( $list->keys() as $key ) {
			if ( 'active' === $key->state() ) {
				$rows[] = self::row( $key, __( 'Signs no more. Its public half stays in the JWKS until the last token that it signed has expired.', 'app-connect' ) );
			} elseif ( 'next' === $key->state() ) {
				$rows[] = self::row( $key, __( 'Never signs anything. It leaves the JWKS.', 'app-connect' ) );
			}
		}
		return new self(
			'start_afresh',
			'',
			$rows,
			array(
				__( 'Do this only if the former secret is gone for good. If you can find it, in a backup of wp-config.php for example, cancel, and put it into AC_TOKEN_SECRET_PREVIOUS: then nothing is lost.', 'app-connect' ),
				__( 'What was sealed with the former secret is thrown away and cannot be brought back, not even if the secret turns up later. New keys are made and sealed with the present secret. Tokens that the old keys signed stay valid until they expire, and nobody has to sign in again.', 'app-connect' ),
				__( 'The new keys have not been in the JWKS before. A system that keeps a copy of it refuses new tokens until it fetches it again.', 'app-connect' ),
			)
		);
	}

	/**
	 * A key, and what would become of it.
	 *
	 * @param Signing_Key $key  The key.
	 * @param string      $fate Plain text.
	 * @return array{key: Signing_Key, fate: string}
	 */
	private static function row( Signing_Key $key, string $fate ): array {
		return array(
			'key'  => $key,
			'fate' => $fate,
		);
	}
}
