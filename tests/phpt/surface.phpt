--TEST--
The extension has exactly the documented names, with their types
--DESCRIPTION--
What stands here is what PHP code may rely on: a change is a change of the contract, and moves AppConnect\ABI.
--EXTENSIONS--
app_connect
--FILE--
<?php
require __DIR__ . '/support.inc';
use function AppConnect\Tests\server;

$extension = new ReflectionExtension( 'app_connect' );

$signature = static function ( ReflectionFunctionAbstract $function ): string {
	$parameters = array_map(
		static fn( ReflectionParameter $p ) => $p->getType() . ' $' . $p->getName() . ( $p->isOptional() ? ' = ' . json_encode( $p->getDefaultValue() ) : '' ),
		$function->getParameters()
	);
	return $function->getName() . '(' . implode( ', ', $parameters ) . ')' . ( $function->hasReturnType() ? ': ' . $function->getReturnType() : '' );
};

echo $extension->getName(), ' ', preg_match( '/^\d+\.\d+\.\d+$/D', $extension->getVersion() ) ? 'x.y.z' : 'no version', "\n";
foreach ( $extension->getConstants() as $name => $value ) {
	echo "const $name = ", var_export( $value, true ), "\n";
}
// The debug build has a function more, which must not be in a release.
foreach ( $extension->getFunctions() as $function ) {
	echo 'function ', $signature( $function ), "\n";
}
$classes = $extension->getClasses();
ksort( $classes );
foreach ( $classes as $class ) {
	echo $class->isFinal() ? 'final ' : '', 'class ', $class->getName();
	echo $class->getParentClass() ? ' extends ' . $class->getParentClass()->getName() : '', "\n";
	$methods = array();
	foreach ( $class->getMethods() as $method ) {
		if ( $method->class === $class->getName() && ! $method->isConstructor() ) {
			$methods[] = ( $method->isStatic() ? 'static ' : '' ) . $signature( $method );
		}
	}
	sort( $methods );
	foreach ( $methods as $method ) {
		echo "    $method\n";
	}
}
echo implode( ' ', AppConnect\Server::needs() ), "\n";
foreach ( AppConnect\Server::endpoints() as $endpoint ) {
	echo "{$endpoint['name']} {$endpoint['path']} ", null === $endpoint['well_known'] ? '' : "({$endpoint['well_known']}) ", implode( ',', $endpoint['methods'] ), $endpoint['cors'] ? ' cors' : '', ': ', implode( ' ', array_column( $endpoint['parameters'], 'name' ) ) ?: 'no parameters', "\n";
}
foreach ( AppConnect\Server::grant_types() as $grant ) {
	echo $grant['name'], ' ', json_encode( $grant ), "\n";
}
foreach ( AppConnect\Server::client_auth_methods() as $method ) {
	echo $method['name'], ' ', $method['client_type'], "\n";
}
foreach ( AppConnect\Server::key_types() as $type ) {
	echo $type['name'], ' ', $type['algorithm'], ' ', json_encode( $type['bits'] ), "\n";
}
foreach ( AppConnect\Server::setting_rules() as $name => $rule ) {
	echo $name, ' ', json_encode( $rule ), "\n";
}
echo implode( ' ', array_column( server()->bundles(), 'name' ) ), "\n";
echo AppConnect\Server::challenge(), "\n";
?>
--EXPECT--
app_connect x.y.z
const AppConnect\ABI = 7
function AppConnect\digest_token(string $token): string
function AppConnect\self_test(): array
function AppConnect\sign_jwt(array $claims, string $pem, ?string $typ = null): string
function AppConnect\verify_jwt(string $token, string $jwks, array $expected, int $now): ?array
class AppConnect\ConfigurationException extends Exception
final class AppConnect\Flow
    answer(mixed $value): void
    events(): mixed
    need(): ?array
    principal(): ?AppConnect\Principal
    response(): ?array
    unavailable(): void
final class AppConnect\Principal
    client_id(): string
    identify(string $what): AppConnect\Flow
    judge(string $method, string $route): ?array
    may_change_account(int $user_id): bool
    narrows(): bool
    permits(array $primitives): bool
    refusal(): array
    retained(array $capabilities): array
    retains(string $capability): bool
    scope(): string
    user_id(): int
final class AppConnect\Server
    attend(string $endpoint, string $handover, array $request, int $now): AppConnect\Flow
    authenticate(array $request, int $now): AppConnect\Flow
    bundles(): mixed
    client_address(array $request): ?string
    deliver_logouts(int $now): AppConnect\Flow
    describe_client(array $stored): mixed
    describe_grant(string $policy, string $ceiling, string $scope): mixed
    documents(): mixed
    draft_client(array $draft, array $held): array
    handle(string $endpoint, array $request, int $now): AppConnect\Flow
    handover(array $request): string
    has_moved(): bool
    issuer(): string
    issuers(): mixed
    locate(array $request): ?string
    new_client_id(): string
    preview_claims(int $user_id, int $now): AppConnect\Flow
    renew_secret(array $stored, int $overlap, int $now): array
    rest_url(string $route): string
    revise_client(array $stored, array $draft, array $held): array
    signing_keys(string $action, array $args, int $now): AppConnect\Flow
    site_digest(): string
    static challenge(): string
    static check_settings(array $settings): mixed
    static client_auth_methods(): mixed
    static endpoints(): mixed
    static grant_types(): mixed
    static key_types(): mixed
    static needs(): array
    static setting_rules(): mixed
    takeover(): array
approve authenticate change_keys claim_logout claims confirm_logout count_failure find_access_token find_client find_code find_consent find_ended_sign_ins find_failures find_session find_signing_keys find_standing_grant find_subject find_visitor held_capabilities issue log_in log_out revoke_grant revoke_token send_logout_token settle_logout spend_code store_code touch_grant
authorize /authorize GET,POST: client_id code_challenge code_challenge_method id_token_hint login_hint max_age nonce prompt redirect_uri registration request request_uri resource response_mode response_type scope state
introspect /introspect POST cors: client_id client_secret token token_type_hint
jwks /jwks GET,HEAD cors: no parameters
logout /logout GET,POST: client_id id_token_hint post_logout_redirect_uri state
metadata /.well-known/oauth-authorization-server (oauth-authorization-server) GET,HEAD cors: no parameters
openid_configuration /.well-known/openid-configuration (openid-configuration) GET,HEAD cors: no parameters
revoke /revoke POST cors: client_id client_secret token token_type_hint
token /token POST cors: client_id client_secret code code_verifier grant_type password redirect_uri refresh_token resource scope username
authorization_code {"name":"authorization_code","enabled":true,"service_user":false,"redirects":true,"refreshes":false,"trusted":false,"client_types":["confidential","public"],"modes":["full","restricted","login_only"]}
client_credentials {"name":"client_credentials","enabled":true,"service_user":true,"redirects":false,"refreshes":false,"trusted":false,"client_types":["confidential"],"modes":["full","restricted"]}
password {"name":"password","enabled":false,"service_user":false,"redirects":false,"refreshes":false,"trusted":true,"client_types":["confidential","public"],"modes":["full","restricted","login_only"]}
refresh_token {"name":"refresh_token","enabled":true,"service_user":false,"redirects":false,"refreshes":true,"trusted":false,"client_types":["confidential","public"],"modes":["full","restricted","login_only"]}
client_secret_basic confidential
client_secret_post confidential
none public
ec-p256 ES256 null
ed25519 EdDSA null
rsa-2048 RS256 2048
rsa-3072 RS256 3072
rsa-4096 RS256 4096
access_token_lifetime {"default":3600,"min":60,"max":86400}
activity_retention {"default":2592000,"min":86400,"max":63072000}
authorization_code_lifetime {"default":120,"min":30,"max":600}
key_rotation {"default":7776000,"min":86400,"max":315360000}
limits_per_address {"default":50,"min":1,"max":100000}
limits_per_client {"default":10,"min":1,"max":100000}
limits_window {"default":600,"min":60,"max":86400}
refresh_token_lifetime {"default":2592000,"min":3600,"max":31536000}
session_lifetime {"default":31536000,"min":3600,"max":157680000}
comments:read comments:write content:read content:write media:read media:write
Bearer realm="App Connect"
