<?php
/**
 * The form of a client.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\WP\Plugin;
use AppConnect\WP\Settings;

/**
 * Shows what is stored or what was typed, what is wrong with it, and what has to be confirmed.
 *
 * The HTML is in templates/clients/form*.php, which know this object as `$form`.
 */
final class Client_Form implements View {

	/**
	 * The bundle that is ticked in the form of a new client.
	 */
	private const FIRST_BUNDLE = 'content:read';

	/**
	 * A form.
	 *
	 * @param array<string, mixed>      $values   What the fields hold, as Client_Request has it.
	 * @param array<string, mixed>|null $client   The client as stored; null for a new one.
	 * @param Field_Errors              $errors   What is wrong with the values.
	 * @param array<string, mixed>      $question What has to be confirmed, `{confirm: codes, live: counts}`; or nothing.
	 */
	public function __construct(
		private readonly array $values,
		private readonly ?array $client,
		private readonly Field_Errors $errors,
		private readonly array $question = array()
	) {
		Assets::enqueue_client_form();
	}

	/**
	 * The form of a new client.
	 */
	public static function blank(): self {
		$on     = array_keys( array_filter( Settings::view()['grant_types'] ) );
		$people = array_intersect( Client_Choices::redirecting(), $on );
		return new self(
			array(
				'client_id'           => Plugin::server()->new_client_id(),
				'type'                => 'confidential',
				'mode'                => 'restricted',
				// What most apps do: people sign in and stay so, and the app reads. So little is left to fill in.
				'grant_types'         => $people ? array( ...$people, ...array_intersect( Client_Choices::continuing(), $on ) ) : array(),
				'bundles'             => array( self::FIRST_BUNDLE ),
				'require_pkce'        => true,
				'consent'             => 'remember',
				'access_token_format' => 'default',
			) + Client_Request::blank(),
			null,
			Field_Errors::none()
		);
	}

	/**
	 * The form of an existing client.
	 *
	 * @param array<string, mixed> $client The client.
	 */
	public static function of_item( array $client ): self {
		return new self( Client_Request::of_item( $client ), $client, Field_Errors::none() );
	}

	/**
	 * The title of the document.
	 */
	public function title(): string {
		$title = null === $this->client
			? __( 'Add Client', 'app-connect' )
			/* translators: %s: the name of a client. */
			: sprintf( __( 'Edit Client “%s”', 'app-connect' ), Markup::isolated( (string) $this->client['name'] ) );
		/* translators: %s: the title of a screen. */
		return $this->errors->any() ? sprintf( __( 'Error: %s', 'app-connect' ), $title ) : $title;
	}

	/**
	 * Prints the form.
	 */
	public function render(): void {
		$form   = $this;
		$errors = $this->errors;
		$client = $this->client;
		require self::template( 'form' );
	}

	/**
	 * Prints a part of the form.
	 *
	 * @param string $name The part.
	 */
	public function part( string $name ): void {
		$form   = $this;
		$errors = $this->errors;
		require self::template( "form-$name" );
	}

	/**
	 * The text of a field.
	 *
	 * @param string $field The field.
	 */
	public function text( string $field ): string {
		return (string) $this->values[ $field ];
	}

	/**
	 * The logo that is shown: only what was accepted once.
	 */
	public function logo(): string {
		$logo = $this->text( 'logo_uri' );
		return $logo === ( $this->client['logo_uri'] ?? '' ) ? $logo : '';
	}

	/**
	 * What is chosen in a field with several choices.
	 *
	 * @param string $field The field.
	 * @return list<string>
	 */
	public function chosen( string $field ): array {
		return (array) $this->values[ $field ];
	}

	/**
	 * Whether a choice is made.
	 *
	 * @param string $field The field.
	 * @param string $value The choice.
	 */
	public function has( string $field, string $value = '' ): bool {
		$held = $this->values[ $field ];
		return is_array( $held ) ? in_array( $value, $held, true ) : ( is_bool( $held ) ? $held : $held === $value );
	}

	/**
	 * Where the form is sent.
	 */
	public function address(): string {
		return null === $this->client ? Menu::clients_url( array( 'action' => 'new' ) ) : Clients_Table::url( 'edit', $this->client );
	}

	/**
	 * What sending it does: `create` or `update`.
	 */
	public function does(): string {
		return null === $this->client ? 'create' : 'update';
	}

	/**
	 * What has to be confirmed.
	 *
	 * @return list<string> Codes.
	 */
	public function unconfirmed(): array {
		return array_values( array_filter( (array) ( $this->question['confirm'] ?? array() ), 'is_string' ) );
	}

	/**
	 * How much ends if it is confirmed.
	 *
	 * @return array{tokens?: int, sessions?: int, more?: bool}
	 */
	public function live(): array {
		return (array) ( $this->question['live'] ?? array() );
	}

	/**
	 * The user that is chosen, and those that were searched for.
	 */
	public function users(): Service_Users {
		$search = $this->text( 'service_user_search' );
		return new Service_Users( $this->values['service_user_id'], '' === $search && ! $this->values['searches'] ? null : $search );
	}

	/**
	 * Prints check-boxes or radio buttons.
	 *
	 * @param string                                                                             $field   The field.
	 * @param list<array{name: string, label: string, help: string, when: string, note: string}> $choices The choices.
	 * @param bool                                                                               $one     Whether only one can be chosen.
	 */
	public function choices( string $field, array $choices, bool $one ): void {
		foreach ( $choices as $choice ) {
			$id = Field_Errors::id( $field . '_' . $choice['name'] );
			printf( '<div class="app-connect-choice"%s>', '' === $choice['when'] ? '' : ' data-app-connect-when="' . esc_attr( $choice['when'] ) . '" data-app-connect-disable' );
			printf(
				'<label for="%1$s"><input type="%2$s" id="%1$s" name="%3$s" value="%4$s"%5$s%6$s> <span>%7$s</span></label>',
				esc_attr( $id ),
				$one ? 'radio' : 'checkbox',
				esc_attr( $one ? $field : $field . '[]' ),
				esc_attr( $choice['name'] ),
				checked( $this->has( $field, $choice['name'] ), true, false ),
				'' === $choice['help'] && '' === $choice['note'] ? '' : ' aria-describedby="' . esc_attr( $id ) . '-help"',
				esc_html( $choice['label'] )
			);
			if ( '' !== $choice['help'] || '' !== $choice['note'] ) {
				printf(
					'<p class="description" id="%s-help">%s%s</p>',
					esc_attr( $id ),
					esc_html( $choice['help'] ),
					'' === $choice['note'] ? '' : ' <span class="app-connect-only">' . esc_html( $choice['note'] ) . '</span>'
				);
			}
			echo '</div>';
		}
	}

	/**
	 * Prints a check-box.
	 *
	 * @param string $field   The field.
	 * @param string $label   What it says when it is ticked.
	 * @param string $help    What that means.
	 * @param string $warning What harm it can do; empty for none.
	 * @param string $only    When it counts, for pages without JavaScript; empty for always.
	 */
	public function box( string $field, string $label, string $help, string $warning = '', string $only = '' ): void {
		printf(
			'<label for="%1$s"><input type="checkbox" id="%1$s" name="%2$s" value="1"%3$s',
			esc_attr( Field_Errors::id( $field ) ),
			esc_attr( $field ),
			checked( $this->has( $field ), true, false )
		);
		$this->errors->attributes( $field );
		printf( '> <span>%s</span></label>', esc_html( $label ) );
		$this->errors->show( $field );
		printf(
			'<p class="description" id="%s-help">%s%s%s</p>',
			esc_attr( Field_Errors::id( $field ) ),
			esc_html( $help ),
			'' === $warning ? '' : ' <span class="app-connect-caution">' . esc_html( $warning ) . '</span>',
			'' === $only ? '' : ' <span class="app-connect-only">' . esc_html( $only ) . '</span>'
		);
	}

	/**
	 * The file of a template.
	 *
	 * @param string $name Its name.
	 */
	private static function template( string $name ): string {
		return dirname( __DIR__, 2 ) . "/templates/clients/$name.php";
	}
}
