//! Client secrets (RFC 6749 §2.3.1).
//!
//! A generated secret has more than 256 bits, so its SHA-256 is as safe as a slow hash and costs microseconds; a secret
//! that a person chose is hashed with Argon2id. Which of the two applies is read from the *presented* secret alone
//! (generated ones carry a checksum), so the time of a refusal never tells whether a client exists or how it is stored.

use std::fmt;

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::entropy::{Entropy, EntropyError};
use crate::secret::Secret;
use crate::secret::base62::{self, CHECKSUM_LENGTH};
use crate::secret::token::TokenDigest;

const RANDOM_LENGTH: usize = 43;
const ID_LENGTH: usize = 22;
/// OWASP's second choice: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const SALT_LENGTH: usize = 16;
const HASH_LENGTH: usize = 32;

/// The longest secret that is looked at, in bytes.
pub const MAX_LENGTH: usize = 1024;

/// A stored secret: `sha256:` and a digest, or `argon2id:`, salt and hash in base64.
///
/// The parameters of Argon2id are this file's, never the row's: a planted row cannot make a check expensive.
#[derive(Clone, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct SecretHash(String);

impl fmt::Debug for SecretHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SecretHash([redacted])")
    }
}

impl<'de> Deserialize<'de> for SecretHash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.starts_with("sha256:") || text.starts_with("argon2id:") {
            Ok(Self(text))
        } else {
            Err(serde::de::Error::custom("not a secret hash"))
        }
    }
}

/// Makes a secret of 43 random characters and a checksum.
///
/// # Errors
/// [`EntropyError`] when there are no random bytes.
pub fn generate(entropy: &dyn Entropy) -> Result<Secret<String>, EntropyError> {
    let mut text = String::with_capacity(64);
    base62::push_random(&mut text, RANDOM_LENGTH, entropy)?;
    let checksum = base62::checksum(&text);
    text.push_str(&checksum);
    Ok(Secret::new(text))
}

/// Makes a client identifier: 22 random characters. Letters and digits only, since libraries disagree on how Basic
/// encodes anything else.
///
/// # Errors
/// [`EntropyError`] when there are no random bytes.
pub fn generate_client_id(entropy: &dyn Entropy) -> Result<String, EntropyError> {
    let mut text = String::with_capacity(ID_LENGTH);
    base62::push_random(&mut text, ID_LENGTH, entropy)?;
    Ok(text)
}

/// Hashes a secret for storage.
///
/// # Errors
/// [`EntropyError`] when there are no random bytes for a salt, or no memory for the hash.
pub fn hash(secret: &str, entropy: &dyn Entropy) -> Result<SecretHash, EntropyError> {
    if is_generated(secret) {
        return Ok(SecretHash(format!("sha256:{}", TokenDigest::of(secret.as_bytes()).as_str())));
    }
    let mut salt = [0_u8; SALT_LENGTH];
    entropy.fill(&mut salt)?;
    let hash = argon2id(secret, &salt).ok_or(EntropyError)?;
    Ok(SecretHash(format!("argon2id:{}:{}", STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash.as_slice()))))
}

/// Whether `presented` is one of the secrets in `stored`. The work done depends on `presented` alone, unless two secrets
/// are stored (during the overlap of a change).
pub fn verify<'a>(presented: &str, stored: impl IntoIterator<Item = &'a SecretHash>) -> bool {
    let stored = stored.into_iter();
    if is_generated(presented) {
        let digest = TokenDigest::of(presented.as_bytes());
        return stored
            .filter_map(|hash| hash.0.strip_prefix("sha256:"))
            .fold(false, |found, other| found | equal(digest.as_str().as_bytes(), other.as_bytes()));
    }
    let mut chosen = stored.filter_map(|hash| salted(&hash.0)).peekable();
    if chosen.peek().is_none() {
        // An unknown client, or one with a generated secret, costs the same as a wrong secret.
        let _ = argon2id(presented, &[0; SALT_LENGTH]);
        return false;
    }
    chosen.fold(false, |found, (salt, hash)| {
        found | argon2id(presented, &salt).is_some_and(|computed| equal(computed.as_slice(), &hash))
    })
}

/// Whether Argon2id gives the reference implementation's answer (`argon2 -id -t 2 -k 19456 -p 1 -l 32`).
#[must_use]
pub fn known_answer() -> bool {
    let reference = STANDARD_NO_PAD.decode("K13EBUiG7JV+9ZxztmHFTdb7J0WQsnj2V8bZaqyPptE").unwrap_or_default();
    argon2id("password", b"somesaltsomesalt").is_some_and(|computed| equal(computed.as_slice(), &reference))
}

/// Whether `secret` has the form of a generated one. Any other costs a slow hash to check.
#[must_use]
pub fn is_generated(secret: &str) -> bool {
    secret.len() == RANDOM_LENGTH.saturating_add(CHECKSUM_LENGTH)
        && base62::is_base62(secret)
        && secret.split_at_checked(RANDOM_LENGTH).is_some_and(|(body, sum)| base62::checksum(body) == sum)
}

fn salted(text: &str) -> Option<([u8; SALT_LENGTH], Vec<u8>)> {
    let (salt, hash) = text.strip_prefix("argon2id:")?.split_once(':')?;
    let salt = STANDARD_NO_PAD.decode(salt).ok()?.try_into().ok()?;
    let hash = STANDARD_NO_PAD.decode(hash).ok()?;
    (hash.len() == HASH_LENGTH).then_some((salt, hash))
}

fn argon2id(secret: &str, salt: &[u8; SALT_LENGTH]) -> Option<Zeroizing<[u8; HASH_LENGTH]>> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, Some(HASH_LENGTH)).ok()?;
    let mut output = Zeroizing::new([0_u8; HASH_LENGTH]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(secret.as_bytes(), salt, output.as_mut())
        .ok()?;
    Some(output)
}

fn equal(one: &[u8], other: &[u8]) -> bool {
    subtle::ConstantTimeEq::ct_eq(one, other).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sevens;

    impl Entropy for Sevens {
        fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
            buffer.fill(7);
            Ok(())
        }
    }

    #[test]
    fn a_generated_secret_is_kept_as_a_digest_and_a_chosen_one_as_argon2id() {
        let generated = generate(&Sevens).unwrap();
        let stored = hash(generated.expose(), &Sevens).unwrap();
        assert!(stored.0.starts_with("sha256:"));
        assert!(verify(generated.expose(), [&stored]));

        let stored = hash("a'b\\c\"d", &Sevens).unwrap();
        assert!(stored.0.starts_with("argon2id:"));
        assert!(verify("a'b\\c\"d", [&stored]));
        assert!(!verify("a'b\\c\"e", [&stored]));
    }

    #[test]
    fn ca_07_nothing_matches_nothing() {
        let empty = SecretHash("sha256:".into());
        let hollow = SecretHash("argon2id::".into());
        for presented in ["", "0", "null", "sha256:", "argon2id::"] {
            assert!(!verify(presented, []), "{presented:?}");
            assert!(!verify(presented, [&empty]), "{presented:?}");
            assert!(!verify(presented, [&hollow]), "{presented:?}");
        }
    }

    #[test]
    fn sc_06_the_cost_is_never_the_rows() {
        let greedy = SecretHash("argon2id:$argon2id$v=19$m=4194304,t=9,p=1$AAAA$AAAA".into());
        assert!(!verify("x", [&greedy]));
    }

    #[test]
    fn rfc_9106_argon2id_gives_the_reference_answer() {
        assert!(known_answer());
    }
}
