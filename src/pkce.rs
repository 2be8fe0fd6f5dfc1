//! Proof Key for Code Exchange (RFC 7636), with `S256` alone: `plain` shows whoever sees the request what the proof is.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The one `code_challenge_method`, byte for byte (RFC 7636 §4.3).
pub const METHOD: &str = "S256";

/// A SHA-256 digest is 43 characters of base64url.
const CHALLENGE_LENGTH: usize = 43;
/// RFC 7636 §4.1.
const VERIFIER_LENGTHS: std::ops::RangeInclusive<usize> = 43..=128;

/// A `code_challenge`: what a code is bound to until it is paid out.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct CodeChallenge(String);

/// Why the challenge of an authorization request is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PkceError {
    /// Not 43 characters of base64url, or padded.
    #[error("code_challenge is not 43 characters of base64url without padding (RFC 7636 section 4.2)")]
    Challenge,
    /// Another method, none (which means `plain`), or a method without a challenge.
    #[error("code_challenge_method must be S256, together with code_challenge")]
    Method,
    /// The client has to send a challenge and sent none.
    #[error("code_challenge is missing: this client has to use PKCE with S256 (RFC 7636)")]
    Required,
}

/// Why the verifier of a token request is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum VerifierError {
    /// Not 43 to 128 unreserved characters.
    #[error("code_verifier is not 43 to 128 characters of A-Z a-z 0-9 - . _ ~ (RFC 7636 section 4.1)")]
    Malformed,
    /// The code was asked for with a challenge.
    #[error("code_verifier is missing")]
    Missing,
    /// The code was asked for without a challenge: somebody may have taken it out (RFC 9700 §2.1.1).
    #[error("code_verifier was sent, but the authorization request had no code_challenge")]
    Unexpected,
    /// It is not what the challenge was made of.
    #[error("code_verifier does not match code_challenge")]
    Wrong,
}

impl CodeChallenge {
    /// What an authorization request asks for; `None` if it uses no PKCE and need not.
    ///
    /// # Errors
    /// [`PkceError`], for `invalid_request` (RFC 7636 §4.4.1).
    pub fn requested(challenge: Option<&str>, method: Option<&str>, required: bool) -> Result<Option<Self>, PkceError> {
        match (challenge, method) {
            (Some(challenge), method) => Self::parse(challenge, method).map(Some),
            (None, _) if required => Err(PkceError::Required),
            (None, Some(_)) => Err(PkceError::Method),
            (None, None) => Ok(None),
        }
    }

    /// Reads `code_challenge` with its `code_challenge_method`.
    ///
    /// # Errors
    /// [`PkceError`], for `invalid_request` (RFC 7636 §4.4.1).
    pub fn parse(challenge: &str, method: Option<&str>) -> Result<Self, PkceError> {
        if method != Some(METHOD) {
            return Err(PkceError::Method);
        }
        let shaped = challenge.len() == CHALLENGE_LENGTH
            && challenge.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if shaped { Ok(Self(challenge.to_owned())) } else { Err(PkceError::Challenge) }
    }

    /// Compares the proof of a token request (RFC 7636 §4.6), in time that does not depend on where it differs.
    ///
    /// # Errors
    /// [`VerifierError`], for `invalid_grant`.
    pub fn verify(&self, verifier: &str) -> Result<(), VerifierError> {
        if !VERIFIER_LENGTHS.contains(&verifier.len()) || !verifier.bytes().all(is_unreserved) {
            return Err(VerifierError::Malformed);
        }
        if challenge_of(verifier).as_bytes().ct_eq(self.0.as_bytes()).into() {
            Ok(())
        } else {
            Err(VerifierError::Wrong)
        }
    }
}

/// Judges the `code_verifier` of a token request against what the code was asked for with.
///
/// # Errors
/// [`VerifierError`], for `invalid_grant`.
pub fn prove(challenge: Option<&CodeChallenge>, verifier: Option<&str>) -> Result<(), VerifierError> {
    match (challenge, verifier) {
        (Some(challenge), Some(verifier)) => challenge.verify(verifier),
        (Some(_), None) => Err(VerifierError::Missing),
        (None, Some(_)) => Err(VerifierError::Unexpected),
        (None, None) => Ok(()),
    }
}

/// `BASE64URL-ENCODE(SHA256(ASCII(code_verifier)))` (RFC 7636 §4.2).
#[must_use]
pub fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

/// RFC 3986 §2.3.
const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

impl<'de> Deserialize<'de> for CodeChallenge {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?, Some(METHOD)).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_7636_appendix_b() {
        let challenge = CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", Some("S256")).unwrap();
        assert_eq!(challenge.verify("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), Ok(()));
        assert_eq!(challenge.verify("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl"), Err(VerifierError::Wrong));
    }
}
