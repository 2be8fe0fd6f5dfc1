//! JSON Web Signatures in the compact serialization (RFC 7515 §7.1): taken apart, and verified by one key.
//!
//! What is signed can be anything. That it is a token, of a certain type and for somebody, is [`super::verify`]'s.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::jwk::Jwk;
use super::{kept, strict_json};
use crate::secret::token::is_compact;

/// Members of a header that would take the choice of key or algorithm from us, or change what is signed. RFC 7515 §4 lets
/// a verifier pass over those that it does not know; these it knows, and refuses.
const REFUSED: &[&str] = &["b64", "crit", "enc", "jku", "jwk", "x5c", "x5u", "zip"];

/// Why a signature is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum JwsError {
    /// It names another algorithm than its key has, or none that there is.
    #[error("the algorithm is not the key's")]
    Algorithm,
    /// Its header has a member that is refused.
    #[error("the header has a member that is refused")]
    Header,
    /// It is no signature in the compact serialization.
    #[error("it is no signature in the compact serialization")]
    Malformed,
    /// It is wrong.
    #[error("the signature is wrong")]
    Signature,
}

/// Verifies a signature by one key, whatever name the header has for it, and answers what was signed.
///
/// # Errors
/// [`JwsError`], the first reason found.
pub fn verify(text: &[u8], key: &Jwk) -> Result<Vec<u8>, JwsError> {
    let signed = Compact::split(text).ok_or(JwsError::Malformed)?;
    signed.check(key)?;
    signed.payload().ok_or(JwsError::Malformed)
}

/// A signature in its three parts, of which nothing has been verified yet.
pub(super) struct Compact<'a> {
    /// The header, read.
    pub header: Map<String, Value>,
    message: &'a str,
    payload: &'a str,
    signature: &'a str,
}

impl<'a> Compact<'a> {
    /// Takes it apart: `None` unless it is three parts of base64url without padding, the first a JSON object.
    pub fn split(text: &'a [u8]) -> Option<Self> {
        if !is_compact(text) {
            return None;
        }
        let text = std::str::from_utf8(text).ok()?;
        let (message, signature) = text.rsplit_once('.')?;
        let (header, payload) = message.split_once('.')?;
        let header = strict_json::object(&URL_SAFE_NO_PAD.decode(header).ok()?)?;
        Some(Self { header, message, payload, signature })
    }

    /// Whether that key signed it, by the algorithm of the key.
    pub fn check(&self, key: &Jwk) -> Result<(), JwsError> {
        if REFUSED.iter().any(|name| self.header.contains_key(*name)) {
            return Err(JwsError::Header);
        }
        // The key decides which algorithm it is, the header only repeats it (RFC 8725 §3.1).
        if self.header.get("alg").and_then(Value::as_str) != Some(key.algorithm.name()) {
            return Err(JwsError::Algorithm);
        }
        kept::install();
        let right = key.wrapped().is_ok_and(|wrapped| {
            let message = self.message.as_bytes();
            jsonwebtoken::crypto::verify(self.signature, message, wrapped, key.algorithm.id()).unwrap_or(false)
        });
        if right { Ok(()) } else { Err(JwsError::Signature) }
    }

    /// What is signed, whoever made it up.
    pub fn payload(&self) -> Option<Vec<u8>> {
        URL_SAFE_NO_PAD.decode(self.payload).ok()
    }
}
