<?php
/**
 * A form of settings.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

/**
 * Prints fields in the look of core's settings screens. A field shows what was typed, or else what is set.
 */
final class Settings_Form {

	/**
	 * What is wrong.
	 *
	 * @var Field_Errors
	 */
	private readonly Field_Errors $errors;

	/**
	 * A form.
	 *
	 * @param array<string, mixed>      $settings The settings as they are now.
	 * @param array<string, mixed>|null $typed    What was sent, without slashes; null for a fresh form.
	 * @param Field_Errors|null         $errors   What is wrong with it.
	 */
	public function __construct( private readonly array $settings, private readonly ?array $typed = null, ?Field_Errors $errors = null ) {
		$this->errors = $errors ?? Field_Errors::none();
	}

	/**
	 * A setting as it is now.
	 *
	 * @param string $name Its name.
	 * @return mixed
	 */
	public function setting( string $name ) {
		return $this->settings[ $name ] ?? null;
	}

	/**
	 * What was sent.
	 *
	 * @return array<string, mixed>
	 */
	public function typed(): array {
		return $this->typed ?? array();
	}

	/**
	 * Prints what is wrong.
	 */
	public function render_errors(): void {
		$this->errors->summary();
	}

	/**
	 * Prints what every form of the settings sends along: among it what it shows, to be compared with what comes back.
	 *
	 * @param string $tab The tab.
	 */
	public function render_hidden( string $tab ): void {
		wp_nonce_field( 'app_connect_save' );
		self::hidden( 'app_connect_do', 'save' );
		self::hidden( 'tab', $tab );
		self::hidden(
			'shown',
			null === $this->typed
				? (string) wp_json_encode( array_diff_key( $this->settings, array_flip( array( 'issuers', 'live' ) ) ) )
				: Settings_Input::text( $this->typed, 'shown' )
		);
	}

	/**
	 * Prints a hidden field.
	 *
	 * @param string $name  Its name.
	 * @param string $value Its value.
	 */
	public static function hidden( string $name, string $value ): void {
		printf( '<input type="hidden" name="%s" value="%s">', esc_attr( $name ), esc_attr( $value ) );
	}

	/**
	 * Prints a switch.
	 *
	 * @param string      $name   The setting.
	 * @param string      $label  What it says when it is on.
	 * @param string      $help   What that means, as plain text.
	 * @param string|null $member Its member, when the setting is a set of switches.
	 * @param bool        $fixed  Whether it cannot be changed here.
	 */
	public function render_switch( string $name, string $label, string $help, ?string $member = null, bool $fixed = false ): void {
		$id     = Field_Errors::id( null === $member ? $name : "{$name}_$member" );
		$source = $fixed ? $this->settings : $this->typed ?? $this->settings;
		$value  = null === $member ? $source[ $name ] ?? '' : $source[ $name ][ $member ] ?? '';
		printf(
			'<label for="%1$s" class="app-connect-switch"><input type="checkbox" id="%1$s" name="%2$s" value="1" aria-describedby="%1$s-help"%3$s%4$s> <span>%5$s</span></label>',
			esc_attr( $id ),
			esc_attr( null === $member ? $name : "{$name}[$member]" ),
			checked( ! empty( $value ), true, false ),
			disabled( $fixed, true, false ),
			esc_html( $label )
		);
		$this->errors->show( null === $member ? $name : "{$name}_$member" );
		self::render_help( $id, $help );
	}

	/**
	 * Prints radio buttons.
	 *
	 * @param string                     $name      The setting.
	 * @param array<string, string>      $choices   What each means, as plain text, by its name.
	 * @param array<string, string>      $labels    What each is called.
	 * @param array<string, string|null> $addresses The address that goes with a choice.
	 * @param list<string>               $cannot    The choices that cannot be made.
	 */
	public function render_choices( string $name, array $choices, array $labels, array $addresses = array(), array $cannot = array() ): void {
		$id     = Field_Errors::id( $name );
		$chosen = $this->text( $name );
		foreach ( $choices as $choice => $help ) {
			printf(
				'<label for="%1$s-%2$s" class="app-connect-switch"><input type="radio" id="%1$s-%2$s" name="%3$s" value="%2$s" aria-describedby="%1$s-%2$s-help"%4$s%5$s> <span>%6$s</span></label>',
				esc_attr( $id ),
				esc_attr( $choice ),
				esc_attr( $name ),
				checked( $choice, $chosen, false ),
				disabled( in_array( $choice, $cannot, true ), true, false ),
				esc_html( $labels[ $choice ] )
			);
			self::render_help( "$id-$choice", $help, $addresses[ $choice ] ?? '' );
		}
		$this->errors->show( $name );
	}

	/**
	 * Prints a list to choose from.
	 *
	 * @param string                $name   The setting.
	 * @param array<string, string> $labels What each choice is called, by its name.
	 * @param string                $help   What it means, as plain text.
	 */
	public function render_select( string $name, array $labels, string $help ): void {
		$id     = Field_Errors::id( $name );
		$chosen = $this->text( $name );
		printf( '<select id="%s" name="%s"', esc_attr( $id ), esc_attr( $name ) );
		$this->errors->attributes( $name );
		echo '>';
		foreach ( $labels as $choice => $label ) {
			printf( '<option value="%s"%s>%s</option>', esc_attr( $choice ), selected( $choice, $chosen, false ), esc_html( $label ) );
		}
		echo '</select>';
		$this->errors->show( $name );
		self::render_help( $id, $help );
	}

	/**
	 * Prints a number.
	 *
	 * @param string $name  The setting.
	 * @param string $help  What it means, as plain text.
	 * @param string $after What is counted.
	 */
	public function render_number( string $name, string $help, string $after ): void {
		echo '<span class="app-connect-span">';
		$this->render_digits( $name, null === $this->typed ? (string) (int) $this->setting( $name ) : Settings_Input::text( $this->typed, $name ) );
		printf( ' %s</span>', esc_html( $after ) );
		$this->errors->show( $name );
		self::render_help( Field_Errors::id( $name ), $help );
	}

	/**
	 * Prints a span of time with its unit.
	 *
	 * @param string $name The setting, in seconds.
	 * @param string $help What it means, as plain text.
	 */
	public function render_span( string $name, string $help ): void {
		$id      = Field_Errors::id( $name );
		$seconds = (int) $this->setting( $name );
		$unit    = Settings_Input::unit_of( $seconds );
		$digits  = (string) intdiv( $seconds, $unit );
		if ( null !== $this->typed ) {
			$unit   = (int) Settings_Input::text( $this->typed, $name . '_unit' );
			$digits = Settings_Input::text( $this->typed, $name );
		}
		echo '<span class="app-connect-span">';
		$this->render_digits( $name, $digits );
		printf(
			' <label class="screen-reader-text" for="%1$s-unit">%2$s</label><select id="%1$s-unit" name="%3$s_unit">',
			esc_attr( $id ),
			esc_html__( 'Unit', 'app-connect' ),
			esc_attr( $name )
		);
		$units = array(
			1                 => __( 'seconds', 'app-connect' ),
			MINUTE_IN_SECONDS => __( 'minutes', 'app-connect' ),
			HOUR_IN_SECONDS   => __( 'hours', 'app-connect' ),
			DAY_IN_SECONDS    => __( 'days', 'app-connect' ),
		);
		foreach ( $units as $length => $label ) {
			printf( '<option value="%d"%s>%s</option>', (int) $length, selected( $unit, $length, false ), esc_html( $label ) );
		}
		echo '</select></span>';
		$this->errors->show( $name );
		self::render_help( $id, $help );
	}

	/**
	 * Prints a list, a line each.
	 *
	 * @param string $name The setting.
	 * @param string $help What it means, as plain text.
	 */
	public function render_lines( string $name, string $help ): void {
		$text = null === $this->typed ? implode( "\n", (array) $this->setting( $name ) ) : Settings_Input::text( $this->typed, $name );
		printf(
			'<textarea class="large-text code" id="%1$s" name="%2$s" rows="%3$d" spellcheck="false" autocapitalize="off" dir="ltr"',
			esc_attr( Field_Errors::id( $name ) ),
			esc_attr( $name ),
			(int) max( 3, min( 20, substr_count( $text, "\n" ) + 2 ) )
		);
		$this->errors->attributes( $name );
		// A textarea loses the first line break.
		printf( ">\n%s</textarea>", esc_textarea( $text ) );
		$this->errors->show( $name );
		self::render_help( Field_Errors::id( $name ), $help );
	}

	/**
	 * Prints the beginning of a row.
	 *
	 * @param string $title What the row is about.
	 * @param string $name  The setting whose field the title labels; empty for none.
	 */
	public static function open_row( string $title, string $name = '' ): void {
		echo '<tr><th scope="row">';
		if ( '' === $name ) {
			echo esc_html( $title );
		} else {
			printf( '<label for="%s">%s</label>', esc_attr( Field_Errors::id( $name ) ), esc_html( $title ) );
		}
		echo '</th><td>';
	}

	/**
	 * Prints the end of a row.
	 */
	public static function close_row(): void {
		echo '</td></tr>';
	}

	/**
	 * Prints a text to copy.
	 *
	 * @param string $id    Its id.
	 * @param string $value The text.
	 * @param string $what  What it is, for the button's name.
	 */
	public static function render_copy( string $id, string $value, string $what ): void {
		printf( '<div class="app-connect-copy"><code id="%s" dir="ltr">', esc_attr( $id ) );
		// What is copied is what was meant, to the letter.
		Markup::put_value( $value );
		/* translators: %s: what is copied. */
		$label = sprintf( __( 'Copy: %s', 'app-connect' ), $what );
		printf( '</code> %s</div>', Markup::copy_button( $id, $label ) ); // phpcs:ignore WordPress.Security.EscapeOutput -- It is HTML, escaped.
	}

	/**
	 * A text as it was typed, or else as it is set.
	 *
	 * @param string $name The setting.
	 */
	private function text( string $name ): string {
		return null === $this->typed ? (string) $this->setting( $name ) : Settings_Input::text( $this->typed, $name );
	}

	/**
	 * Prints the field of a number.
	 *
	 * @param string $name   The setting.
	 * @param string $digits What it holds.
	 */
	private function render_digits( string $name, string $digits ): void {
		printf(
			'<input type="number" class="small-text" id="%s" name="%s" value="%s" min="1" step="1" required',
			esc_attr( Field_Errors::id( $name ) ),
			esc_attr( $name ),
			esc_attr( $digits )
		);
		$this->errors->attributes( $name );
		echo '>';
	}

	/**
	 * Prints what a field means.
	 *
	 * @param string $id      The field's id.
	 * @param string $help    Plain text.
	 * @param string $address An address that it ends with; empty for none.
	 */
	private static function render_help( string $id, string $help, string $address = '' ): void {
		$address = '' === $address ? '' : sprintf( ' <code class="app-connect-address" dir="ltr">%s</code>', esc_html( $address ) );
		printf( '<p class="description" id="%s-help">%s%s</p>', esc_attr( $id ), esc_html( $help ), $address ); // phpcs:ignore WordPress.Security.EscapeOutput -- The address is escaped above.
	}
}
