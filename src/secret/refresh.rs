//! Refresh tokens: a chain per session, of which only the digest of the present link is stored.
//!
//! A refresh token is an opaque token like the others whose 43 characters are the session's handle (11) and a value (32,
//! more than 190 bits). The next value is HMAC-SHA-256 of handle and value under a key of that session. So a link that was
//! used before is recognised without a row for it, the same link has the same successor however often it is presented, and
//! neither a stolen link nor a copy of the database leads to the present one.

use std::cell::Cell;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::entropy::{Entropy, EntropyError};
use crate::model::grant::HANDLE_LENGTH;
use crate::secret::Secret;
use crate::secret::base62;
use crate::secret::token::{RANDOM_LENGTH, Recognised, TokenDigest, TokenKind, assemble, random_part, recognise};

/// Bytes of a key, and of an HMAC-SHA-256.
const KEY_LENGTH: usize = 32;
/// How far back a link is recognised: more than a year of one refresh an hour.
const FARTHEST: i64 = 10_000;

/// The key of a session's chain. It is stored beside the session: alone it opens nothing.
#[derive(Clone)]
pub struct ChainKey(Secret<Vec<u8>>);

impl ChainKey {
    /// A fresh key.
    ///
    /// # Errors
    /// [`EntropyError`] when there are no random bytes.
    pub fn new(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        let mut bytes = vec![0; KEY_LENGTH];
        entropy.fill(&mut bytes)?;
        Ok(Self(Secret::new(bytes)))
    }
}

impl fmt::Debug for ChainKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}

impl Serialize for ChainKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&URL_SAFE_NO_PAD.encode(self.0.expose()))
    }
}

impl<'de> Deserialize<'de> for ChainKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        match URL_SAFE_NO_PAD.decode(text.as_bytes()) {
            Ok(bytes) if bytes.len() == KEY_LENGTH => Ok(Self(Secret::new(bytes))),
            _ => Err(serde::de::Error::custom("not 32 bytes in base64url")),
        }
    }
}

/// A refresh token.
#[derive(Clone, Debug)]
pub struct RefreshToken {
    /// For the client.
    pub text: Secret<String>,
    /// For the store.
    pub digest: TokenDigest,
}

impl RefreshToken {
    /// Reads what a client presents; `None` for anything that is no refresh token.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        (recognise(text.as_bytes()) == Recognised::Ours(TokenKind::Refresh)).then(|| Self::of(text.to_owned()))
    }

    /// The first link of a session's chain.
    ///
    /// # Errors
    /// [`EntropyError`] when there are no random bytes.
    pub fn first(handle: &str, entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        Self::link(handle, entropy)
    }

    /// The handle of the session that it names.
    #[must_use]
    pub fn handle(&self) -> &str {
        random_part(self.text.expose()).split_at_checked(HANDLE_LENGTH).unwrap_or_default().0
    }

    /// The link that comes after this one.
    ///
    /// # Errors
    /// None for keys of the documented length; the signature is the alphabet's.
    pub fn successor(&self, key: &ChainKey) -> Result<Self, EntropyError> {
        let stream = Stream { key, link: random_part(self.text.expose()), block: Cell::new(0) };
        Self::link(self.handle(), &stream)
    }

    fn link(handle: &str, entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        let mut random = Zeroizing::new(handle.to_owned());
        base62::push_random(&mut random, RANDOM_LENGTH.saturating_sub(handle.len()), entropy)?;
        Ok(Self::of(assemble(TokenKind::Refresh, &random)))
    }

    fn of(text: String) -> Self {
        let digest = TokenDigest::of(text.as_bytes());
        Self { text: Secret::new(text), digest }
    }
}

/// What follows from a link: HMAC-SHA-256 in counter mode (NIST SP 800-108 §4.1).
struct Stream<'a> {
    key: &'a ChainKey,
    link: &'a str,
    block: Cell<u32>,
}

impl Entropy for Stream<'_> {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        for chunk in buffer.chunks_mut(KEY_LENGTH) {
            let block = self.block.get();
            self.block.set(block.checked_add(1).ok_or(EntropyError)?);
            let mut mac = Hmac::<Sha256>::new_from_slice(self.key.0.expose()).map_err(|_| EntropyError)?;
            mac.update(&block.to_be_bytes());
            mac.update(b"app-connect/1/refresh-chain\0");
            mac.update(self.link.as_bytes());
            let bytes = Zeroizing::new(<[u8; KEY_LENGTH]>::from(mac.finalize().into_bytes()));
            for (to, from) in chunk.iter_mut().zip(bytes.iter()) {
                *to = *from;
            }
        }
        Ok(())
    }
}

/// Where a presented token stands in a session's chain.
#[derive(Debug)]
pub enum Place {
    /// It is the present one. Its successor comes next.
    Present(RefreshToken),
    /// It is the one before. Its successor is the present one.
    Before(RefreshToken),
    /// It was used longer ago.
    Ancestor,
    /// It never was one of this chain.
    Stranger,
}

/// Finds the place of a token in a chain of which `present` is the digest after `generation` rotations.
///
/// # Errors
/// See [`RefreshToken::successor`].
pub fn place(
    presented: &RefreshToken,
    key: &ChainKey,
    present: &TokenDigest,
    generation: i64,
) -> Result<Place, EntropyError> {
    let mut link = presented.successor(key)?;
    if presented.digest.matches(present) {
        return Ok(Place::Present(link));
    }
    if link.digest.matches(present) {
        return Ok(Place::Before(link));
    }
    for _ in 1..generation.min(FARTHEST) {
        link = link.successor(key)?;
        if link.digest.matches(present) {
            return Ok(Place::Ancestor);
        }
    }
    Ok(Place::Stranger)
}
