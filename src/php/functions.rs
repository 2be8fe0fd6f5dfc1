//! Plain functions, for those who want only the primitives.

#![expect(clippy::needless_pass_by_value, reason = "ext-php-rs hands binary slices over by value")]

use ext_php_rs::binary_slice::BinarySlice;
use ext_php_rs::boxed::ZBox;
use ext_php_rs::prelude::*;
use ext_php_rs::types::ZendHashTable;

use super::convert;
use super::entropy::SystemEntropy;
use super::keys;
use crate::jose;
use crate::secret::client_secret;
use crate::secret::token::{Recognised, TokenDigest, TokenKind, mint, recognise};

/// Adds the functions to the module.
pub fn register(module: ModuleBuilder) -> ModuleBuilder {
    let module = module
        .function(wrap_function!(digest_token))
        .function(wrap_function!(self_test))
        .function(wrap_function!(sign_jwt))
        .function(wrap_function!(verify_jwt));
    #[cfg(feature = "debug-panic")]
    let module = module.function(wrap_function!(debug_panic)).function(wrap_function!(debug_panicking_flow));
    module
}

/// SHA-256 of a token's exact bytes as 43 characters of base64url: what is stored instead of the token.
#[php_function]
#[php(name = "AppConnect\\digest_token")]
pub fn digest_token(token: BinarySlice<u8>) -> String {
    TokenDigest::of(&token).as_str().to_owned()
}

/// Signs claims with a private key in PEM: RS256, ES256 or `EdDSA`, as the key is. `typ` is the token's type (RFC 8725
/// section 3.11), `JWT` if null; `kid` the key's thumbprint (RFC 7638). Throws a `ConfigurationException` for a key that cannot
/// sign, and for claims that are a list.
#[php_function]
#[php(name = "AppConnect\\sign_jwt")]
pub fn sign_jwt(claims: &ZendHashTable, pem: BinarySlice<u8>, typ: Option<BinarySlice<u8>>) -> PhpResult<String> {
    keys::signed(claims, &pem, typ.as_deref().map_or(b"JWT".as_slice(), |typ| typ))
}

/// Verifies a signed token by the keys of a JWKS (JSON text) at a time in Unix seconds, and answers its claims; null if it is
/// not what is `expected`: `issuer`, `audience`, `type` (`at+jwt` for an access token), and optionally `leeway` (seconds, 30,
/// at most 60) and `algorithms` (values of `alg`). The algorithm is the key's. Nothing is fetched. Throws a `ConfigurationException` for a malformed `expected`.
#[php_function]
#[php(name = "AppConnect\\verify_jwt")]
pub fn verify_jwt(
    token: BinarySlice<u8>,
    jwks: BinarySlice<u8>,
    expected: &ZendHashTable,
    now: i64,
) -> PhpResult<Option<ZBox<ZendHashTable>>> {
    let claims = keys::claims(&token, &jwks, expected, now)?;
    Ok(claims.map(|claims| convert::object(&claims)).transpose()?)
}

/// Known answers of every primitive that tokens rest on. Answers the names of those that failed: none when all is well.
#[php_function]
#[php(name = "AppConnect\\self_test")]
pub fn self_test() -> Vec<&'static str> {
    let entropy = SystemEntropy;
    let tests: [(&'static str, bool); 5] = [
        ("sha256", TokenDigest::of(b"abc").as_str() == "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"),
        ("entropy", {
            let (one, two) = (mint(TokenKind::Access, &entropy), mint(TokenKind::Access, &entropy));
            one.is_ok_and(|one| two.is_ok_and(|two| one.digest != two.digest))
        }),
        ("token", {
            let token = mint(TokenKind::Access, &entropy);
            token.is_ok_and(|token| recognise(token.text.expose().as_bytes()) == Recognised::Ours(TokenKind::Access))
        }),
        ("argon2id", client_secret::known_answer()),
        ("jws", jose::known_answer()),
    ];
    tests.into_iter().filter(|(_, passed)| !passed).map(|(name, _)| name).collect()
}

/// Panics, so that a test can see that nothing of it reaches a client.
#[cfg(feature = "debug-panic")]
#[php_function]
#[php(name = "AppConnect\\debug_panic")]
pub fn debug_panic(message: BinarySlice<u8>) {
    let message = String::from_utf8_lossy(&message);
    std::panic::panic_any(message.into_owned());
}

/// A flow that panics when it is first run.
#[cfg(feature = "debug-panic")]
#[php_function]
#[php(name = "AppConnect\\debug_panicking_flow")]
pub fn debug_panicking_flow() -> super::flow::PhpFlow {
    super::flow::PhpFlow::responding(crate::flow::Flow::new(|_| async {
        std::panic::panic_any("what a client sent");
    }))
}
