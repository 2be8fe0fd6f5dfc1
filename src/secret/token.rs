//! Opaque tokens: `oauth_ac_`, a kind, 43 random characters, six of checksum.
//!
//! The pattern `oauth_ac_[arcp][0-9A-Za-z]{49}` is published so that secret scanners recognise a leak. 43 characters of
//! 62 are more than 256 bits. Only the SHA-256 of the whole string is stored.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::entropy::{Entropy, EntropyError};
use crate::secret::Secret;
use crate::secret::base62::{self, CHECKSUM_LENGTH};

/// What all our tokens begin with.
pub const PREFIX: &str = "oauth_ac_";
/// The longest signed token that is looked at, in bytes: twice what servers take in a header field.
pub const MAX_SIGNED: usize = 16_384;
/// Characters between the kind and the checksum.
pub const RANDOM_LENGTH: usize = 43;

/// A SHA-256 digest as 43 characters of base64url, the form in which it is stored and looked up.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct TokenDigest(String);

impl TokenDigest {
    /// The digest of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(Sha256::digest(bytes)))
    }

    /// The 43 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Compares in time that does not depend on where the digests differ.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        subtle::ConstantTimeEq::ct_eq(self.0.as_bytes(), other.0.as_bytes()).into()
    }
}

impl<'de> Deserialize<'de> for TokenDigest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let shaped = text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if shaped { Ok(Self(text)) } else { Err(serde::de::Error::custom("not a base64url SHA-256 digest")) }
    }
}

/// What a token is for. The kind is checked before any query.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TokenKind {
    /// `a`: an access token.
    Access,
    /// `c`: an authorization code.
    Code,
    /// `p`: a personal access token.
    Personal,
    /// `r`: a refresh token.
    Refresh,
}

impl TokenKind {
    const ALL: [Self; 4] = [Self::Access, Self::Code, Self::Personal, Self::Refresh];

    const fn letter(self) -> char {
        match self {
            Self::Access => 'a',
            Self::Code => 'c',
            Self::Personal => 'p',
            Self::Refresh => 'r',
        }
    }
}

/// A fresh token: the text for the client, once, and the digest for the store.
pub struct Minted {
    /// The whole token.
    pub text: Secret<String>,
    /// Its digest.
    pub digest: TokenDigest,
}

impl fmt::Debug for Minted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Minted").field("digest", &self.digest).finish_non_exhaustive()
    }
}

/// Makes a token.
///
/// # Errors
/// [`EntropyError`] when there are no random bytes.
pub fn mint(kind: TokenKind, entropy: &dyn Entropy) -> Result<Minted, EntropyError> {
    let mut random = zeroize::Zeroizing::new(String::with_capacity(RANDOM_LENGTH));
    base62::push_random(&mut random, RANDOM_LENGTH, entropy)?;
    let text = assemble(kind, &random);
    let digest = TokenDigest::of(text.as_bytes());
    Ok(Minted { text: Secret::new(text), digest })
}

/// The token of which `random` is the part that nobody can guess.
pub(super) fn assemble(kind: TokenKind, random: &str) -> String {
    let mut text = String::with_capacity(64);
    text.push_str(PREFIX);
    text.push(kind.letter());
    text.push_str(random);
    let checksum = base62::checksum(&text);
    text.push_str(&checksum);
    text
}

/// The part of a well-formed token that nobody can guess; empty for anything else.
pub(super) fn random_part(token: &str) -> &str {
    let start = PREFIX.len().saturating_add(1);
    token.get(start..start.saturating_add(RANDOM_LENGTH)).unwrap_or_default()
}

/// What a string that may be one of our tokens turned out to be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Recognised {
    /// It does not begin with our prefix.
    Foreign,
    /// It begins like ours and is none: a typing error, a truncation, or a guess.
    Malformed,
    /// A well-formed token of this kind; whether it exists is another question.
    Ours(TokenKind),
    /// It has the shape of a signed token (RFC 7515 §7.1): an access token of ours, or somebody else's.
    Signed,
}

/// Tells what `text` is without asking the store.
#[must_use]
pub fn recognise(text: &[u8]) -> Recognised {
    let Some(rest) = text.strip_prefix(PREFIX.as_bytes()) else {
        return if is_compact(text) { Recognised::Signed } else { Recognised::Foreign };
    };
    let Ok(whole) = std::str::from_utf8(text) else {
        return Recognised::Malformed;
    };
    let well_formed = rest.len() == RANDOM_LENGTH.saturating_add(CHECKSUM_LENGTH).saturating_add(1)
        && rest.iter().all(u8::is_ascii_alphanumeric)
        && whole
            .split_at_checked(whole.len().saturating_sub(CHECKSUM_LENGTH))
            .is_some_and(|(body, sum)| base62::checksum(body) == sum);
    let kind =
        rest.first().and_then(|letter| TokenKind::ALL.into_iter().find(|kind| kind.letter() == char::from(*letter)));
    match kind {
        Some(kind) if well_formed => Recognised::Ours(kind),
        _ => Recognised::Malformed,
    }
}

/// Whether something is three parts of base64url, as a signed token is.
#[must_use]
pub fn is_compact(text: &[u8]) -> bool {
    if text.len() > MAX_SIGNED {
        return false;
    }
    let Ok(text) = std::str::from_utf8(text) else {
        return false;
    };
    let mut parts = text.split('.');
    // Every byte is looked at, whatever the ones before it were: a loop without a way out is many times as quick.
    let encoded = |part: &str| {
        let is_one = |byte| matches!(byte, b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_');
        let all = part.bytes().fold(true, |all, byte| all & is_one(byte));
        all && !part.is_empty()
    };
    parts.by_ref().take(3).filter(|part| encoded(part)).count() == 3 && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Zeros;

    impl Entropy for Zeros {
        fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
            buffer.fill(0);
            Ok(())
        }
    }

    #[test]
    fn a_minted_token_is_recognised_as_its_kind() {
        for kind in TokenKind::ALL {
            let minted = mint(kind, &Zeros).unwrap();
            assert_eq!(minted.text.expose().len(), 59);
            assert_eq!(recognise(minted.text.expose().as_bytes()), Recognised::Ours(kind));
        }
    }

    #[test]
    fn any_single_changed_character_is_noticed() {
        let text = mint(TokenKind::Access, &Zeros).unwrap().text.expose().clone();
        for place in PREFIX.len()..text.len() {
            let mut other = text.clone().into_bytes();
            other[place] = if other[place] == b'1' { b'2' } else { b'1' };
            assert_eq!(recognise(&other), Recognised::Malformed, "{place}");
        }
        assert_eq!(recognise(b"oauth_ac_"), Recognised::Malformed);
        assert_eq!(recognise(b"oauth_ac_a\xff"), Recognised::Malformed);
        assert_eq!(recognise(b"wp_token"), Recognised::Foreign);
    }

    #[test]
    fn rfc_7515_7_1_three_parts_of_base64url_are_a_signed_token() {
        let longest = format!("a.b.{}", "c".repeat(MAX_SIGNED - 4));
        for good in ["a.b.c", "-_.09.azAZ", longest.as_str()] {
            assert!(is_compact(good.as_bytes()), "{good}");
        }
        let longer = format!("{longest}c");
        let bad = [
            "",
            "a",
            "a.b",
            "a.b.",
            ".b.c",
            "a..c",
            "..",
            "a.b.c.",
            "a.b.c.d",
            "a.b.c=",
            "a.b c.d",
            "a.b.\u{e9}",
            &longer,
        ];
        for bad in bad {
            assert!(!is_compact(bad.as_bytes()), "{bad}");
        }
        assert!(!is_compact(b"a.b.\xff"));
    }

    #[test]
    fn fips_180_4_sha_256_of_abc_in_base64url() {
        assert_eq!(TokenDigest::of(b"abc").as_str(), "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
    }
}
