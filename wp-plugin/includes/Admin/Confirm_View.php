<?php
/**
 * The question before something is done to clients.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

/**
 * Says for each client, and in all, how many tokens and sessions would end.
 */
final class Confirm_View implements View {

	/**
	 * What can be asked, and whether it ends tokens.
	 */
	public const ACTIONS = array(
		'delete'     => true,
		'disable'    => true,
		'enable'     => false,
		'end_tokens' => true,
	);

	/**
	 * A question.
	 *
	 * @param string                                                                                    $action  A key of ACTIONS.
	 * @param list<array{client: array<string, mixed>, live: array{tokens?: int, sessions?: int, more?: bool}}> $rows    The clients.
	 * @param string[]                                                                                  $refusal What went wrong before.
	 */
	private function __construct( private readonly string $action, private readonly array $rows, private readonly array $refusal ) {}

	/**
	 * The question, or the list if there is none of these clients.
	 *
	 * @param string    $action  A key of ACTIONS.
	 * @param list<int> $ids     The clients.
	 * @param string[]  $refusal What went wrong before.
	 */
	public static function ask( string $action, array $ids, array $refusal = array() ): View {
		$rows = array();
		foreach ( $ids as $id ) {
			$client = Api::client( $id );
			if ( is_wp_error( $client ) ) {
				$refusal[] = $client->get_error_message();
				continue;
			}
			$live   = Api::live( $id );
			$rows[] = array(
				'client' => $client,
				'live'   => is_wp_error( $live ) ? array() : $live,
			);
			if ( is_wp_error( $live ) ) {
				$refusal[] = $live->get_error_message();
			}
		}
		$refusal = array_values( array_unique( $refusal ) );
		return array() === $rows ? new List_View( implode( ' ', $refusal ) ) : new self( $action, $rows, $refusal );
	}

	/**
	 * The title of the document.
	 */
	public function title(): string {
		return $this->words()[0];
	}

	/**
	 * Prints the question.
	 */
	public function render(): void {
		list( $title, $meaning, $button ) = $this->words();

		$action  = $this->action;
		$ends    = self::ACTIONS[ $action ];
		$rows    = $this->rows;
		$refusal = $this->refusal;
		$total   = Live_Text::sum( array_column( $rows, 'live' ) );
		require dirname( __DIR__, 2 ) . '/templates/clients/confirm.php';
	}

	/**
	 * The question in words.
	 *
	 * @return array{string, string, string} Title, meaning, button.
	 */
	private function words(): array {
		$count = count( $this->rows );
		return match ( $this->action ) {
			'delete'     => array(
				_n( 'Delete Client', 'Delete Clients', $count, 'app-connect' ),
				__( 'All tokens end at once, and the client ID and secret work no more. This cannot be undone.', 'app-connect' ),
				_n( 'Delete this client', 'Delete these clients', $count, 'app-connect' ),
			),
			'disable'    => array(
				_n( 'Disable Client', 'Disable Clients', $count, 'app-connect' ),
				__( 'All tokens end at once and for good. The app gets no new ones until you enable the client again; its ID, secret and settings are kept.', 'app-connect' ),
				_n( 'Disable this client', 'Disable these clients', $count, 'app-connect' ),
			),
			'enable'     => array(
				_n( 'Enable Client', 'Enable Clients', $count, 'app-connect' ),
				__( 'The app can get new tokens with its ID and secret. Tokens from before stay ended.', 'app-connect' ),
				_n( 'Enable this client', 'Enable these clients', $count, 'app-connect' ),
			),
			'end_tokens' => array(
				__( 'End All Tokens', 'app-connect' ),
				__( 'All tokens end at once. The app can get new ones with its ID and secret right away: if the secret may have been stolen, make a new secret instead.', 'app-connect' ),
				__( 'End these tokens', 'app-connect' ),
			),
		};
	}
}
