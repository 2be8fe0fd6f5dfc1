<?php
/**
 * The filters of the activity screen.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

/**
 * Prints them, with what was typed.
 */
final class Activity_Filters {

	/**
	 * Prints the filters.
	 *
	 * @param Activity_Query $query What was typed.
	 */
	public static function render( Activity_Query $query ): void {
		echo '<div class="app-connect-filters">';
		self::render_kinds( $query->typed( 'kind' ) );
		self::render_span( $query->typed( 'span' ) );
		self::render_text( $query, 'app', __( 'App', 'app-connect' ), __( 'Name or ID', 'app-connect' ) );
		self::render_text( $query, 'who', __( 'User', 'app-connect' ), __( 'Login or e-mail', 'app-connect' ) );
		self::render_text( $query, 'address', __( 'Address', 'app-connect' ), __( 'IP address', 'app-connect' ) );
		printf( '<div class="app-connect-filter-submit"><button type="submit" class="button" id="app-connect-filter">%s</button>', esc_html__( 'Filter', 'app-connect' ) );
		if ( $query->is_filtered() ) {
			printf( ' <a class="button-link" href="%s">%s</a>', esc_url( Activity_Screen::url() ), esc_html__( 'Show all', 'app-connect' ) );
		}
		echo '</div></div>';
	}

	/**
	 * Prints the choice of kinds.
	 *
	 * @param string $chosen What was chosen.
	 */
	private static function render_kinds( string $chosen ): void {
		$choices = Activity_Kinds::choices();
		$known   = array() === $choices ? array() : array_merge( ...array_values( $choices ) );
		self::open( 'kind', __( 'What happened', 'app-connect' ) );
		printf( '<select name="kind" id="app-connect-filter-kind"><option value="">%s</option>', esc_html__( 'Everything', 'app-connect' ) );
		foreach ( $choices as $title => $options ) {
			printf( '<optgroup label="%s">', esc_attr( $title ) );
			self::render_options( $options, $chosen );
			echo '</optgroup>';
		}
		if ( '' !== $chosen && ! isset( $known[ $chosen ] ) ) {
			self::render_options( array( $chosen => $chosen ), $chosen );
		}
		echo '</select></div>';
	}

	/**
	 * Prints the choice of a span of time.
	 *
	 * @param string $chosen What was chosen.
	 */
	private static function render_span( string $chosen ): void {
		self::open( 'span', __( 'When', 'app-connect' ) );
		echo '<select name="span" id="app-connect-filter-span">';
		self::render_options(
			array(
				''      => __( 'Any time', 'app-connect' ),
				'day'   => __( 'The last 24 hours', 'app-connect' ),
				'week'  => __( 'The last 7 days', 'app-connect' ),
				'month' => __( 'The last 30 days', 'app-connect' ),
			),
			$chosen
		);
		echo '</select></div>';
	}

	/**
	 * Prints a field.
	 *
	 * @param Activity_Query $query What was typed.
	 * @param string         $name  The field.
	 * @param string         $label What it is called.
	 * @param string         $hint  What to type.
	 */
	private static function render_text( Activity_Query $query, string $name, string $label, string $hint ): void {
		self::open( $name, $label );
		printf(
			'<input type="search" name="%1$s" id="app-connect-filter-%1$s" placeholder="%2$s" autocapitalize="off" spellcheck="false"%3$s value="',
			esc_attr( $name ),
			esc_attr( $hint ),
			isset( $query->problems()[ $name ] ) ? ' aria-invalid="true"' : ''
		);
		Markup::put_value( $query->typed( $name ) );
		echo '"></div>';
	}

	/**
	 * Prints options.
	 *
	 * @param array<string, string> $options Labels by value.
	 * @param string                $chosen  The value that was chosen.
	 */
	private static function render_options( array $options, string $chosen ): void {
		foreach ( $options as $value => $label ) {
			printf( '<option value="%s"%s>%s</option>', esc_attr( (string) $value ), selected( $chosen, (string) $value, false ), esc_html( $label ) );
		}
	}

	/**
	 * Prints the beginning of a filter.
	 *
	 * @param string $name  The field.
	 * @param string $label What it is called.
	 */
	private static function open( string $name, string $label ): void {
		printf( '<div class="app-connect-filter"><label for="app-connect-filter-%s">%s</label>', esc_attr( $name ), esc_html( $label ) );
	}
}
