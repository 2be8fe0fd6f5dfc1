<?php
/**
 * What is wrong with a form that was sent.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

/**
 * Tells each field its errors, and lists all of them at the top of the form.
 *
 * The field `logo_uri` has the id `app-connect-logo-uri`, its description `app-connect-logo-uri-help`, and its errors
 * `app-connect-logo-uri-error`.
 */
final class Field_Errors {

	/**
	 * The fields in the order of the form.
	 */
	private const ORDER = array( 'name', 'description', 'logo_uri', 'type', 'grant_types', 'trusted', 'resource_server', 'auth_methods', 'access_token_format', 'redirect_uris', 'require_pkce', 'consent', 'first_party', 'verified', 'post_logout_redirect_uris', 'backchannel_logout_uri', 'mode', 'bundles', 'routes', 'capabilities', 'takeover', 'account', 'service_user_id' );

	/**
	 * Wraps errors.
	 *
	 * @param list<array{field: string, line?: int|null, message: string}> $fields  What is wrong with fields.
	 * @param string                                                       $message What is wrong as a whole.
	 */
	private function __construct( private readonly array $fields = array(), private readonly string $message = '' ) {}

	/**
	 * No errors.
	 */
	public static function none(): self {
		return new self();
	}

	/**
	 * The errors in a refusal of our REST API.
	 *
	 * @param \WP_Error $refusal The refusal.
	 */
	public static function from( \WP_Error $refusal ): self {
		$data   = (array) $refusal->get_error_data();
		$fields = array_values( array_filter( (array) ( $data['errors'] ?? array() ), 'is_array' ) );
		if ( array() === $fields ) {
			// What the route's schema refused.
			foreach ( (array) ( $data['params'] ?? array() ) as $field => $message ) {
				$fields[] = array(
					'field'   => (string) $field,
					'message' => (string) $message,
				);
			}
		}
		foreach ( $fields as $index => $error ) {
			$fields[ $index ]['message'] ??= $refusal->get_error_message();
		}
		$place = static fn ( array $error ) => array_search( $error['field'], self::ORDER, true );
		usort( $fields, static fn ( array $one, array $other ): int => $place( $one ) <=> $place( $other ) );
		return new self( $fields, $refusal->get_error_message() );
	}

	/**
	 * Only a sentence.
	 *
	 * @param string $message The sentence.
	 */
	public static function sentence( string $message ): self {
		return new self( array(), $message );
	}

	/**
	 * Whether there are any.
	 */
	public function any(): bool {
		return '' !== $this->message || array() !== $this->fields;
	}

	/**
	 * Whether a field has one.
	 *
	 * @param string $field The field.
	 */
	public function has( string $field ): bool {
		return array() !== $this->of( $field );
	}

	/**
	 * Prints the attributes that tie a field to its description and errors.
	 *
	 * @param string $field       The field.
	 * @param bool   $description Whether it has a description.
	 */
	public function attributes( string $field, bool $description = true ): void {
		$ids = array();
		if ( $this->has( $field ) ) {
			$ids[] = self::id( $field ) . '-error';
			echo ' aria-invalid="true"';
		}
		if ( $description ) {
			$ids[] = self::id( $field ) . '-help';
		}
		if ( array() !== $ids ) {
			printf( ' aria-describedby="%s"', esc_attr( implode( ' ', $ids ) ) );
		}
	}

	/**
	 * Prints what is wrong with a field.
	 *
	 * @param string $field The field.
	 */
	public function show( string $field ): void {
		if ( ! $this->has( $field ) ) {
			return;
		}
		printf( '<ul class="app-connect-field-error" id="%s-error">', esc_attr( self::id( $field ) ) );
		foreach ( $this->of( $field ) as $error ) {
			printf( '<li>%s</li>', esc_html( $error['message'] ) );
		}
		echo '</ul>';
	}

	/**
	 * Prints all errors, each with a link to its field.
	 */
	public function summary(): void {
		if ( ! $this->any() ) {
			return;
		}
		echo '<div class="notice notice-error inline app-connect-errors" role="alert" tabindex="-1" autofocus>';
		printf( '<p><strong>%s</strong></p>', esc_html( $this->message ) );
		if ( array() !== $this->fields ) {
			echo '<ul>';
			foreach ( $this->fields as $error ) {
				printf(
					'<li><a href="#%1$s" data-app-connect-line="%2$d">%3$s</a></li>',
					esc_attr( self::id( $error['field'] ) ),
					(int) ( $error['line'] ?? 0 ),
					esc_html( $error['message'] )
				);
			}
			echo '</ul>';
		}
		echo '</div>';
	}

	/**
	 * A field's id.
	 *
	 * @param string $field The field.
	 */
	public static function id( string $field ): string {
		return 'app-connect-' . str_replace( '_', '-', sanitize_key( $field ) );
	}

	/**
	 * The errors of a field.
	 *
	 * @param string $field The field.
	 * @return list<array{field: string, line?: int|null, message: string}>
	 */
	private function of( string $field ): array {
		return array_values( array_filter( $this->fields, static fn ( array $error ): bool => $field === $error['field'] ) );
	}
}
