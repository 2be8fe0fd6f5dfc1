<?php

/**
 * The extension app_connect, for editors and analysers. Written by php/stubs/generate from the documentation in src/php.
 *
 * phpcs:ignoreFile
 */

namespace AppConnect {
    /**
     * The version of the contract between extension and plugin. It moves with every change that either must know.
     */
    const ABI = 7;

    /**
     * A configuration that cannot serve, or a call in the wrong order. Never thrown for anything that a client sends.
     */
    class ConfigurationException extends \Exception {
    }

    /**
     * A request that pauses at each need until the host has answered it.
     */
    final class Flow {
        /**
         * Made by Server alone.
         */
        private function __construct() {}

        /**
         * Answers the open need. A value that cannot cross the border counts as a malformed answer: 500, never a guess.
         *
         * @param mixed $value
         * @return void
         */
        public function answer(mixed $value): void {}

        /**
         * What happened, each as `kind`, its members, and `audited`; handed over once.
         *
         * @return mixed
         */
        public function events(): mixed {}

        /**
         * The open need as `name`, `stage` (`early`, `loaded` or `interactive`) and `args`; null once the flow has finished.
         *
         * @return array|null
         */
        public function need(): ?array {}

        /**
         * The principal of a request with a live token, else null.
         *
         * @return \AppConnect\Principal|null
         */
        public function principal(): ?\AppConnect\Principal {}

        /**
         * The response as `status`, `headers` (pairs) and `body`, with a `page` (`code`, `detail`, `client`) if the host writes the
         * body, which posts its `form` (`action`, `fields` as pairs) if it has one; null if the request is anonymous or has a principal.
         *
         * @return array|null
         */
        public function response(): ?array {}

        /**
         * Tells that the open need could not be fulfilled, or that a write could not be proven: 503.
         *
         * @return void
         */
        public function unavailable(): void {}
    }

    /**
     * The user that a request with a live token acts for, and what the token lets it do. Immutable.
     */
    final class Principal {
        /**
         * Made by Server alone.
         */
        private function __construct() {}

        /**
         * The client's identifier.
         *
         * @return string
         */
        public function client_id(): string {}

        /**
         * Answers who it is: `me` (every token) or `userinfo` (`openid`).
         *
         * @param string $what
         * @return \AppConnect\Flow
         */
        public function identify(string $what): \AppConnect\Flow {}

        /**
         * The refusal (`status`, `headers`, `body`) of a request as WordPress dispatches it, or null if it may go on.
         *
         * @param string $method
         * @param string $route
         * @return array|null
         */
        public function judge(string $method, string $route): ?array {}

        /**
         * Whether password, e-mail, login or roles of this user may be changed.
         *
         * @param int $user_id
         * @return bool
         */
        public function may_change_account(int $user_id): bool {}

        /**
         * Whether any capability can be lost.
         *
         * @return bool
         */
        public function narrows(): bool {}

        /**
         * Whether what `map_meta_cap` requires is allowed. An empty list is allowed only with all capabilities.
         *
         * @param array $primitives
         * @return bool
         */
        public function permits(array $primitives): bool {}

        /**
         * The refusal to give when WordPress itself must not go on: 403 `insufficient_scope`.
         *
         * @return array
         */
        public function refusal(): array {}

        /**
         * Those of several capabilities that remain to the user, should it have them.
         *
         * @param array $capabilities
         * @return array
         */
        public function retained(array $capabilities): array {}

        /**
         * Whether one capability remains to the user, should it have it.
         *
         * @param string $capability
         * @return bool
         */
        public function retains(string $capability): bool {}

        /**
         * The token's scope, separated by spaces.
         *
         * @return string
         */
        public function scope(): string {}

        /**
         * The WordPress user's ID.
         *
         * @return int
         */
        public function user_id(): int {}
    }

    /**
     * One site's OAuth server: configuration in, flows out. It does no I/O of its own.
     */
    final class Server {
        /**
         * Takes `site` (`home`, `rest_prefix`, `permalinks`), `methods` (grant type → `enabled`, `epoch`), and optionally
         * `enabled`, `known_site`, `issuer`, `issuer_place` (`site` or `rest`), `role_claims`, `access_token_format` (`opaque` or `jwt`), `signing` (`key_type`, `rotation` in seconds),
         * `site_secret` (`current`, `previous`, `salts`: base64), `access_token_lifetime`, `authorization_code_lifetime`, `bundles` (`name`, `capabilities`,
         * `routes`), `limits` (`per_client`, `per_address`, `window`), `localhost_redirects`, `takeover`, `trusted_proxies`,
         * `insecure_http`.
         *
         * @param array $config
         */
        public function __construct(array $config) {}

        /**
         * Runs a request to an endpoint where its person is: `handover` as `handover()` made it, and the request that brought it.
         *
         * @param string $endpoint
         * @param string $handover
         * @param array $request
         * @param int $now
         * @return \AppConnect\Flow
         */
        public function attend(string $endpoint, string $handover, array $request, int $now): \AppConnect\Flow {}

        /**
         * Finds out who a REST request is, from its bearer token.
         *
         * @param array $request
         * @param int $now
         * @return \AppConnect\Flow
         */
        public function authenticate(array $request, int $now): \AppConnect\Flow {}

        /**
         * The bundles of the site: `name`, `capabilities`, `routes` (without the REST prefix), sorted by name.
         *
         * @return mixed
         */
        public function bundles(): mixed {}

        /**
         * The value of `WWW-Authenticate` for a request without a token (RFC 6750 section 3).
         *
         * @return string
         */
        public static function challenge(): string {}

        /**
         * What is wrong with settings that were filled in (those of `setting_rules()`, `takeover`, `trusted_proxies`): each
         * as `field`, `line`, `code`, `detail`.
         *
         * @param array $settings
         * @return mixed
         */
        public static function check_settings(array $settings): mixed {}

        /**
         * The address that a request came from, behind the proxies that the site trusts; null if it has none.
         *
         * @param array $request
         * @return string|null
         */
        public function client_address(array $request): ?string {}

        /**
         * The client authentication methods: `name`, and the `client_type` that each is for.
         *
         * @return mixed
         */
        public static function client_auth_methods(): mixed {}

        /**
         * Tells apps that sign-ins ended, as many as one run takes. Answers how many it `found`: none when nothing is due.
         *
         * @param int $now
         * @return \AppConnect\Flow
         */
        public function deliver_logouts(int $now): \AppConnect\Flow {}

        /**
         * The draft that would make a stored client.
         *
         * @param array $stored
         * @return mixed
         */
        public function describe_client(array $stored): mixed {}

        /**
         * What a grant gives now, in the units that people are told it in: its policy as far as its client's ceiling goes (both
         * as stored), and its scope. Answers `all`, `bundles` (names), `capabilities`, `identity`, `routes` (null for all),
         * `takeover`, `account`.
         *
         * @param string $policy
         * @param string $ceiling
         * @param string $scope
         * @return mixed
         */
        public function describe_grant(string $policy, string $ceiling, string $scope): mixed {}

        /**
         * Where apps look for documents: `endpoint`, `address`, `own` (whether it is the one that OpenID Connect asks of the
         * issuer).
         *
         * @return mixed
         */
        public function documents(): mixed {}

        /**
         * Judges a new client. `held` are the takeover rights that its service user holds. Answers `errors` (`field`, `line`,
         * `code`, `detail`), or `unconfirmed` (codes), or `client_id`, `secret`, `row`, `policy`.
         *
         * @param array $draft
         * @param array $held
         * @return array
         */
        public function draft_client(array $draft, array $held): array {}

        /**
         * The protocol endpoints: `name`, `path`, `well_known` (the name below `/.well-known/`, or null), `methods`, `cors` (whether scripts of any origin may call it), `description`,
         * `parameters`.
         *
         * @return mixed
         */
        public static function endpoints(): mixed {}

        /**
         * The grant types: `name`, `enabled` until an administrator says otherwise, `service_user` (whether its tokens act as
         * the client's), `redirects` (whether people are sent to the site and back), `refreshes`
         * (whether it keeps going what others made), `trusted` (whether it is only for clients that are trusted with passwords), and the `client_types` and `modes` that it is for.
         *
         * @return mixed
         */
        public static function grant_types(): mixed {}

        /**
         * Runs an endpoint on a request at a time in Unix seconds.
         *
         * @param string $endpoint
         * @param array $request
         * @param int $now
         * @return \AppConnect\Flow
         */
        public function handle(string $endpoint, array $request, int $now): \AppConnect\Flow {}

        /**
         * The parameters of a request for people as one value for the address of the login screen.
         *
         * @param array $request
         * @return string
         */
        public function handover(array $request): string {}

        /**
         * Whether this is another site than `known_site` says: it moved, or it is a copy. Until somebody says which, nothing is
         * issued and no token is taken.
         *
         * @return bool
         */
        public function has_moved(): bool {}

        /**
         * The issuer identifier.
         *
         * @return string
         */
        public function issuer(): string {}

        /**
         * What the issuer could be: `place`, `issuer` (null where it cannot be there), `configuration` (the address of its OpenID
         * configuration), `current` (whether it is that now).
         *
         * @return mixed
         */
        public function issuers(): mixed {}

        /**
         * The kinds of signing keys: `name`, `algorithm` (the value of `alg`), `bits` (null where keys do not differ in that).
         *
         * @return mixed
         */
        public static function key_types(): mixed {}

        /**
         * The name of the endpoint that a request canonically spells, or null: then WordPress routes it.
         *
         * @param array $request
         * @return string|null
         */
        public function locate(array $request): ?string {}

        /**
         * The names of all needs that a host must answer.
         *
         * @return array
         */
        public static function needs(): array {}

        /**
         * A fresh client identifier.
         *
         * @return string
         */
        public function new_client_id(): string {}

        /**
         * What each identity scope tells apps of a user: claims by the scope's name.
         *
         * @param int $user_id
         * @param int $now
         * @return \AppConnect\Flow
         */
        public function preview_claims(int $user_id, int $now): \AppConnect\Flow {}

        /**
         * Makes another secret for a stored client; the former one works for `overlap` more seconds. Answers `errors`, or
         * `secret`, `secret_hash`, `empowers`, `keep_previous`, `prev_until`, `ends_all`.
         *
         * @param array $stored
         * @param int $overlap
         * @param int $now
         * @return array
         */
        public function renew_secret(array $stored, int $overlap, int $now): array {}

        /**
         * The address of a REST route, equal to core's `rest_url( $route )` and safe before `init`.
         *
         * @param string $route
         * @return string
         */
        public function rest_url(string $route): string {}

        /**
         * Judges a change of a stored client (`client_id`, `name`, `type`, `status`, `mode`, `service_user_id`,
         * `secret_hash`, `config`, `policy`). Answers `errors`, or `unconfirmed`, or `row`, `policy`, `ceiling`, `empowers`,
         * `ends`, `ends_all`, `ends_methods`, `secret`.
         *
         * @param array $stored
         * @param array $draft
         * @param array $held
         * @return array
         */
        public function revise_client(array $stored, array $draft, array $held): array {}

        /**
         * The numbers among the settings by name: `default`, `min`, `max`. Times are seconds.
         *
         * @return mixed
         */
        public static function setting_rules(): mixed {}

        /**
         * Does something with the site's signing keys at a time in Unix seconds, and answers how they stand: `list`,
         * `maintain`, `rotate`, `import` (`pem`, `use`: `next` or `now`), `revoke` (`kid`), `start_afresh`. Every one takes
         * `user`: who does it.
         *
         * @param string $action
         * @param array $args
         * @param int $now
         * @return \AppConnect\Flow
         */
        public function signing_keys(string $action, array $args, int $now): \AppConnect\Flow {}

        /**
         * Which site this is, for `known_site`.
         *
         * @return string
         */
        public function site_digest(): string {}

        /**
         * The takeover rights by name.
         *
         * @return array
         */
        public function takeover(): array {}
    }

    /**
     * SHA-256 of a token's exact bytes as 43 characters of base64url: what is stored instead of the token.
     *
     * @param string $token
     * @return string
     */
    function digest_token(string $token): string {}

    /**
     * Known answers of every primitive that tokens rest on. Answers the names of those that failed: none when all is well.
     *
     * @return array
     */
    function self_test(): array {}

    /**
     * Signs claims with a private key in PEM: RS256, ES256 or `EdDSA`, as the key is. `typ` is the token's type (RFC 8725
     * section 3.11), `JWT` if null; `kid` the key's thumbprint (RFC 7638). Throws a `ConfigurationException` for a key that cannot
     * sign, and for claims that are a list.
     *
     * @param array $claims
     * @param string $pem
     * @param string|null $typ
     * @return string
     */
    function sign_jwt(array $claims, string $pem, ?string $typ = null): string {}

    /**
     * Verifies a signed token by the keys of a JWKS (JSON text) at a time in Unix seconds, and answers its claims; null if it is
     * not what is `expected`: `issuer`, `audience`, `type` (`at+jwt` for an access token), and optionally `leeway` (seconds, 30,
     * at most 60) and `algorithms` (values of `alg`). The algorithm is the key's. Nothing is fetched. Throws a `ConfigurationException` for a malformed `expected`.
     *
     * @param string $token
     * @param string $jwks
     * @param array $expected
     * @param int $now
     * @return array|null
     */
    function verify_jwt(string $token, string $jwks, array $expected, int $now): ?array {}
}
