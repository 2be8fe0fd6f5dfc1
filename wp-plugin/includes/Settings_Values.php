<?php
/**
 * What is in the option of the settings.
 *
 * @package AppConnect
 */

namespace AppConnect\WP;

use AppConnect\Server;

/**
 * Reads settings that are at hand, whatever somebody else has put there. What is missing has its default.
 */
final class Settings_Values {

	/**
	 * The type of signing keys until an administrator chooses: what every client can verify.
	 */
	private const KEY_TYPE = 'rsa-2048';

	/**
	 * The switches, and how they stand until an administrator says otherwise: localhost is where developers work, the door is
	 * faster, roles are nobody's business, and who logs out means it.
	 */
	private const SWITCHES = array(
		'door'                     => true,
		'enabled'                  => true,
		'localhost_redirects'      => true,
		'logout_ends_sign_ins'     => true,
		'remove_data_on_uninstall' => false,
		'role_claims'              => false,
	);

	/**
	 * Values.
	 *
	 * @param array<string, mixed> $settings The option's value.
	 */
	public function __construct( private readonly array $settings ) {}

	/**
	 * Each grant type's switch, and the epoch that its tokens must have. Default: as the protocol says for each type.
	 *
	 * @return array<string, array{enabled: bool, epoch: int}>
	 */
	public function methods(): array {
		$stored  = (array) ( $this->settings['methods'] ?? array() );
		$methods = array();
		foreach ( Server::grant_types() as $type ) {
			$own                      = (array) ( $stored[ $type['name'] ] ?? array() );
			$methods[ $type['name'] ] = array(
				'enabled' => (bool) ( $own['enabled'] ?? $type['enabled'] ),
				'epoch'   => (int) ( $own['epoch'] ?? 0 ),
			);
		}
		return $methods;
	}

	/**
	 * A switch.
	 *
	 * @param string $name One of SWITCHES.
	 */
	public function is( string $name ): bool {
		return (bool) ( $this->settings[ $name ] ?? self::SWITCHES[ $name ] );
	}

	/**
	 * A number, or the nearest to it that can serve.
	 *
	 * @param string $name One of Settings::rules().
	 */
	public function number( string $name ): int {
		$rule  = Settings::rules()[ $name ];
		$value = str_starts_with( $name, 'limits_' )
			? ( (array) ( $this->settings['limits'] ?? array() ) )[ substr( $name, strlen( 'limits_' ) ) ] ?? null
			: $this->settings[ $name ] ?? null;
		return max( $rule['min'], min( $rule['max'], (int) ( $value ?? $rule['default'] ) ) );
	}

	/**
	 * One of several words, the first unless it is another.
	 *
	 * @param string       $name  The setting.
	 * @param list<string> $words The words.
	 */
	public function word( string $name, array $words ): string {
		$word = $this->settings[ $name ] ?? null;
		return in_array( $word, $words, true ) ? $word : $words[0];
	}

	/**
	 * The type of signing keys.
	 */
	public function key_type(): string {
		$type = $this->settings['key_type'] ?? null;
		return null !== $type && in_array( $type, array_column( Server::key_types(), 'name' ), true ) ? $type : self::KEY_TYPE;
	}

	/**
	 * A list.
	 *
	 * @param string $name The setting.
	 * @return list<string>
	 */
	public function strings( string $name ): array {
		return array_values( array_filter( (array) ( $this->settings[ $name ] ?? array() ), 'is_string' ) );
	}
}
