//! JSON Web Tokens (RFC 7519): made, and looked at.

use std::rc::Rc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Header;
use serde::Serialize;
use serde_json::{Map, Value};

use super::jws::Compact;
use super::kept::{self, Place};
use super::{KeyError, KeyPair, SigningAlgorithm, strict_json};
use crate::secret::Secret;

/// What signs: a private key under its name.
pub struct SigningKey {
    kid: String,
    algorithm: &'static dyn SigningAlgorithm,
    /// Where the pair is kept.
    place: Place,
    pair: Rc<dyn KeyPair>,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SigningKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl SigningKey {
    /// The key of that name that is kept in a place, or else the PKCS#8 document that `open` answers. The place has to follow
    /// from all that decides which key this is, and who may open it.
    ///
    /// # Errors
    /// What `open` answers; [`KeyError`] for what is no key of the algorithm.
    pub fn kept<E: From<KeyError>>(
        kid: &str,
        algorithm: &'static dyn SigningAlgorithm,
        place: Place,
        open: impl FnOnce() -> Result<Secret<Vec<u8>>, E>,
    ) -> Result<Self, E> {
        let pair = kept::pair(&place, || Ok::<_, E>(Rc::from(algorithm.read(open()?.expose())?)))?;
        Ok(Self { kid: kid.to_owned(), algorithm, place, pair })
    }

    /// A key pair under its thumbprint.
    ///
    /// # Errors
    /// [`KeyError::Failed`].
    pub fn of(algorithm: &'static dyn SigningAlgorithm, pair: &dyn KeyPair) -> Result<Self, KeyError> {
        let kid = pair.public().thumbprint();
        let place = kept::place([algorithm.name().as_bytes(), kid.as_str().as_bytes()]);
        Self::kept(kid.as_str(), algorithm, place, || pair.pkcs8())
    }

    /// The left half of a text's digest, by which a token that this key signs names the text (OpenID Connect Core §3.1.3.6).
    #[must_use]
    pub fn half_hash(&self, text: &str) -> String {
        let digest = self.algorithm.hash(text.as_bytes());
        URL_SAFE_NO_PAD.encode(digest.get(..digest.len() / 2).unwrap_or_default())
    }

    /// A signed token of the type `typ` (RFC 8725 §3.11).
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn sign(&self, typ: &str, claims: &impl Serialize) -> Result<String, KeyError> {
        kept::install();
        let mut header = Header::new(self.algorithm.id());
        header.typ = Some(typ.to_owned());
        header.kid = Some(self.kid.clone());
        let key = kept::handle(self.algorithm, &self.place, &self.pair);
        jsonwebtoken::encode(&header, claims, &key).map_err(|_| KeyError::Failed)
    }
}

/// Whether a token says that `issuer` made it. Anybody can say that: it tells whose business a token is, never whether it
/// is any good.
#[must_use]
pub fn names_issuer(token: &[u8], issuer: &str) -> bool {
    let claims = Compact::split(token).and_then(|token| claims(&token));
    claims.is_some_and(|claims| claims.get("iss").is_some_and(|named| named == issuer))
}

/// For whom a token says that it is, if that is one. Not verified either.
#[must_use]
pub fn stated_audience(token: &[u8]) -> Option<String> {
    Some(claims(&Compact::split(token)?)?.get("aud")?.as_str()?.to_owned())
}

/// The claims of a token, whoever made them up.
pub(super) fn claims(token: &Compact<'_>) -> Option<Map<String, Value>> {
    strict_json::object(&token.payload()?)
}
