<?php
/**
 * What the protocol may ask of WordPress, and who answers.
 *
 * @package AppConnect
 */

namespace AppConnect\WP;

use AppConnect\WP\Identity\Passwords;
use AppConnect\WP\Identity\Users;
use AppConnect\WP\Storage\Clients;
use AppConnect\WP\Storage\Codes;
use AppConnect\WP\Storage\Consents;
use AppConnect\WP\Storage\Grants;
use AppConnect\WP\Storage\Limits;
use AppConnect\WP\Storage\Sessions;
use AppConnect\WP\Storage\Sign_Ins;
use AppConnect\WP\Storage\Signing_Keys;
use AppConnect\WP\Storage\Subjects;
use AppConnect\WP\Storage\Tokens;

/**
 * The registry of needs: one line each.
 */
final class Host {

	/**
	 * Who answers each need that `AppConnect\Server::needs()` names: a function of the need's arguments.
	 */
	public const NEEDS = array(
		'authenticate'        => array( Passwords::class, 'authenticate' ),
		'change_keys'         => array( Signing_Keys::class, 'change' ),
		'claim_logout'        => array( Sign_Ins::class, 'claim' ),
		'claims'              => array( Users::class, 'claims' ),
		'count_failure'       => array( Limits::class, 'count_failure' ),
		'find_access_token'   => array( Tokens::class, 'find' ),
		'find_client'         => array( Clients::class, 'find' ),
		'find_code'           => array( Codes::class, 'find' ),
		'find_consent'        => array( Consents::class, 'find' ),
		'find_ended_sign_ins' => array( Sign_Ins::class, 'find_ended' ),
		'find_failures'       => array( Limits::class, 'find' ),
		'find_session'        => array( Sessions::class, 'find' ),
		'find_signing_keys'   => array( Signing_Keys::class, 'find' ),
		'find_standing_grant' => array( Grants::class, 'find_standing' ),
		'find_subject'        => array( Subjects::class, 'find' ),
		'held_capabilities'   => array( Users::class, 'held_capabilities' ),
		'issue'               => array( Tokens::class, 'issue' ),
		'revoke_grant'        => array( Grants::class, 'revoke_one' ),
		'revoke_token'        => array( Tokens::class, 'revoke' ),
		'send_logout_token'   => array( Logouts::class, 'send' ),
		'settle_logout'       => array( Sign_Ins::class, 'settle' ),
		'spend_code'          => array( Codes::class, 'spend' ),
		'store_code'          => array( Codes::class, 'store' ),
		'touch_grant'         => array( Grants::class, 'touch' ),
	);

	/**
	 * What it means when a plugin ends the whole request in the middle of a need. Of any other need it means nothing.
	 */
	public const CUT_SHORT = array(
		// A second factor that shows its own page, a lockout that says so and exits: nobody was let in.
		'authenticate' => null,
	);

	/**
	 * Answers one need.
	 *
	 * @param string               $name The need.
	 * @param array<string, mixed> $args Its arguments.
	 * @return mixed The answer, in the shape that the need documents.
	 * @throws Storage\Unavailable When storage could not be read, or a write could not be proven.
	 */
	public static function fulfil( string $name, #[\SensitiveParameter] array $args ) {
		return call_user_func( self::NEEDS[ $name ], $args );
	}
}
