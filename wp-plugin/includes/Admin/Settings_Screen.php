<?php
/**
 * App Connect → Settings.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\WP\Auth\Manage;

use const AppConnect\WP\PLUGIN_FILE;
use const AppConnect\WP\VERSION;

/**
 * Tabs of forms over `app-connect/v1/settings`: what they show is read there, what they save is judged there.
 */
final class Settings_Screen {

	/**
	 * The screen's `page` in the address.
	 */
	public const PAGE = 'app-connect-settings';

	/**
	 * The route that holds the settings.
	 */
	private const ROUTE = '/settings';

	/**
	 * The tabs by name. The first is shown unless another is asked for.
	 *
	 * @var array<string, class-string<Settings_Tab>>
	 */
	private const TABS = array(
		'basic'    => Settings_Basic::class,
		'grants'   => Settings_Grants::class,
		'tokens'   => Settings_Tokens::class,
		'openid'   => Settings_Openid::class,
		'security' => Settings_Security::class,
	);

	/**
	 * The form as it was sent, when it could not be saved.
	 *
	 * @var Settings_Form|null
	 */
	private static ?Settings_Form $refused = null;

	/**
	 * What must be confirmed before the form is saved, as codes.
	 *
	 * @var list<string>
	 */
	private static array $unconfirmed = array();

	/**
	 * Saves what was sent, before anything is printed.
	 *
	 * The screen's `load-` hook.
	 */
	public static function load(): void {
		Settings_Help::add();
		wp_enqueue_style( 'app-connect-settings', plugins_url( 'assets/settings.css', PLUGIN_FILE ), array(), VERSION );
		if ( 'POST' === ( $_SERVER['REQUEST_METHOD'] ?? '' ) ) {
			self::save();
		}
	}

	/**
	 * Prints the screen.
	 */
	public static function render(): void {
		echo '<div class="wrap app-connect app-connect-settings">';
		printf( '<h1>%s</h1><hr class="wp-header-end">', esc_html( self::title() ) );
		self::render_tab( self::tab() );
		echo '</div>';
	}

	/**
	 * The title of the screen.
	 */
	private static function title(): string {
		return __( 'App Connect Settings', 'app-connect' );
	}

	/**
	 * The address of a tab.
	 *
	 * @param string $tab A key of TABS.
	 */
	public static function url( string $tab = 'basic' ): string {
		return add_query_arg(
			array(
				'page' => self::PAGE,
				'tab'  => $tab,
			),
			admin_url( 'admin.php' )
		);
	}

	/**
	 * Saves the form of a tab, and goes back to the tab if that worked.
	 */
	private static function save(): void {
		if ( ! current_user_can( Manage::CAPABILITY ) ) {
			wp_die( esc_html__( 'Sorry, you are not allowed to change these settings.', 'app-connect' ), 403 );
		}
		check_admin_referer( 'app_connect_save' );
		$typed = wp_unslash( $_POST );
		if ( 'save' !== ( $typed['app_connect_do'] ?? '' ) ) {
			wp_die( esc_html__( 'This form does not belong to this screen.', 'app-connect' ), 400 );
		}
		$tab    = self::tab();
		$shown  = self::shown_before( $typed );
		$answer = Api::send( 'POST', self::ROUTE, self::changes( self::TABS[ $tab ]::read( $typed ), $shown ) + array( 'confirm' => Settings_Input::texts( $typed, 'confirm' ) ) );
		if ( ! is_wp_error( $answer ) ) {
			Menu::redirect( add_query_arg( 'notice', 'saved', self::url( $tab ) ) );
		}
		if ( 'app_connect_unconfirmed' === $answer->get_error_code() ) {
			self::$unconfirmed = Settings_Input::texts( (array) $answer->get_error_data(), 'confirm' );
		}
		$now           = self::settings();
		self::$refused = new Settings_Form( is_wp_error( $now ) ? $shown : $now, $typed, Field_Errors::from( $answer ) );
		$title = self::title();
		// Screen readers say the title first.
		$GLOBALS['title'] = array() === self::$unconfirmed // phpcs:ignore WordPress.WP.GlobalVariablesOverride -- Core takes a screen's title from there.
			/* translators: %s: the title of a screen. */
			? sprintf( __( 'Error: %s', 'app-connect' ), $title )
			/* translators: %s: the title of a screen. */
			: sprintf( __( 'Please confirm: %s', 'app-connect' ), $title );
	}

	/**
	 * What differs from what the person saw: an old form must not take back what somebody else changed meanwhile.
	 *
	 * @param array<string, mixed> $wanted The tab's settings as sent.
	 * @param array<string, mixed> $shown  The same as they were shown.
	 * @return array<string, mixed>
	 */
	private static function changes( array $wanted, array $shown ): array {
		foreach ( $wanted as $name => $value ) {
			$before = $shown[ $name ] ?? null;
			if ( is_array( $value ) && ! array_is_list( $value ) ) {
				$wanted[ $name ] = self::changes( $value, (array) $before );
				$before          = array();
			}
			if ( $wanted[ $name ] === $before ) {
				unset( $wanted[ $name ] );
			}
		}
		return $wanted;
	}

	/**
	 * What the form says that it showed.
	 *
	 * @param array<string, mixed> $typed What was sent.
	 * @return array<string, mixed>
	 */
	private static function shown_before( array $typed ): array {
		$shown = json_decode( Settings_Input::text( $typed, 'shown' ), true );
		return is_array( $shown ) ? $shown : array();
	}

	/**
	 * The tab of this request.
	 *
	 * @return string A key of TABS.
	 */
	private static function tab(): string {
		// phpcs:ignore WordPress.Security.NonceVerification -- It only chooses what is shown; save() verified what it saves.
		$asked = $_POST['tab'] ?? $_GET['tab'] ?? '';
		return is_string( $asked ) && isset( self::TABS[ $asked ] ) ? $asked : (string) array_key_first( self::TABS );
	}

	/**
	 * The settings as they are now.
	 *
	 * @return array<string, mixed>|\WP_Error
	 */
	private static function settings() {
		$settings = Api::data( Api::send( 'GET', self::ROUTE ) );
		return is_wp_error( $settings ) ? $settings : (array) json_decode( (string) wp_json_encode( $settings ), true );
	}

	/**
	 * The form that the request shows.
	 *
	 * @return Settings_Form|\WP_Error
	 */
	private static function form() {
		if ( null !== self::$refused ) {
			return self::$refused;
		}
		$settings = self::settings();
		return is_wp_error( $settings ) ? $settings : new Settings_Form( $settings );
	}

	/**
	 * Prints the tabs, and the form of one or the question that saving it raised.
	 *
	 * @param string $tab A key of TABS.
	 */
	private static function render_tab( string $tab ): void {
		$form = self::form();
		// phpcs:ignore WordPress.Security.NonceVerification -- A word in the address.
		if ( null === self::$refused && 'saved' === ( $_GET['notice'] ?? '' ) ) {
			wp_admin_notice(
				__( 'Settings saved.', 'app-connect' ),
				array(
					'type'        => 'success',
					'dismissible' => true,
					'attributes'  => array( 'role' => 'status' ),
				)
			);
		}
		printf( '<nav class="nav-tab-wrapper wp-clearfix" aria-label="%s">', esc_attr__( 'Settings', 'app-connect' ) );
		foreach ( self::TABS as $name => $class ) {
			printf(
				'<a href="%s" class="nav-tab%s"%s>%s</a>',
				esc_url( self::url( $name ) ),
				$name === $tab ? ' nav-tab-active' : '',
				$name === $tab ? ' aria-current="page"' : '',
				esc_html( $class::title() )
			);
		}
		echo '</nav>';
		if ( is_wp_error( $form ) ) {
			printf( '<div class="notice notice-error inline" role="alert"><p>%s</p></div>', esc_html( $form->get_error_message() ) );
			return;
		}
		if ( array() !== self::$unconfirmed ) {
			Settings_Confirm::render( self::url( $tab ), $tab, $form, self::$unconfirmed );
			return;
		}
		$form->render_errors();
		printf( '<form method="post" action="%s" class="app-connect-settings-form">', esc_url( self::url( $tab ) ) );
		$form->render_hidden( $tab );
		self::TABS[ $tab ]::render( $form );
		submit_button();
		echo '</form>';
		if ( is_a( self::TABS[ $tab ], Settings_Below::class, true ) ) {
			echo '<div class="app-connect-settings-after">';
			self::TABS[ $tab ]::render_below( $form );
			echo '</div>';
		}
	}
}
