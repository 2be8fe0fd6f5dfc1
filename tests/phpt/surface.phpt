--TEST--
The extension has exactly the documented names, with their types
--DESCRIPTION--
What stands here is what PHP code may rely on: a change is a change of the contract, and moves AppConnect\ABI.
--EXTENSIONS--
app_connect
--FILE--
<?php
$extension = new ReflectionExtension( 'app_connect' );

$signature = static function ( ReflectionFunctionAbstract $function ): string {
	$parameters = array_map(
		static fn( ReflectionParameter $p ) => ( $p->isOptional() ? '?' : '' ) . $p->getType() . ' $' . $p->getName(),
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
	echo "{$endpoint['name']} {$endpoint['path']} ", implode( ',', $endpoint['methods'] ), ': ', implode( ' ', array_column( $endpoint['parameters'], 'name' ) ), "\n";
}
foreach ( AppConnect\Server::grant_types() as $grant ) {
	echo $grant['name'], ' ', var_export( $grant['enabled'], true ), "\n";
}
echo AppConnect\Server::challenge(), "\n";
?>
--EXPECT--
app_connect x.y.z
const AppConnect\ABI = 1
function AppConnect\digest_token(string $token): string
function AppConnect\self_test(): array
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
    judge(string $method, string $route): ?array
    may_change_account(int $user_id): bool
    narrows(): bool
    permits(array $primitives): bool
    refusal(): array
    retains(string $capability): bool
    scope(): string
    user_id(): int
final class AppConnect\Server
    authenticate(array $request, int $now): AppConnect\Flow
    draft_client(array $draft): array
    handle(string $endpoint, array $request, int $now): AppConnect\Flow
    issuer(): string
    locate(array $request): ?string
    rest_url(string $route): string
    static challenge(): string
    static endpoints(): mixed
    static grant_types(): mixed
    static needs(): array
    takeover(): array
count_failure find_access_token find_client find_standing_grant held_capabilities issue revoke_token touch_grant
revoke /revoke POST: client_id client_secret token token_type_hint
token /token POST: client_id client_secret grant_type scope
client_credentials true
Bearer realm="App Connect"
