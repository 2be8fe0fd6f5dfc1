//! JSON Web Tokens (RFC 7519): made, and looked at.

use jsonwebtoken::Header;
use serde::Serialize;
use serde_json::{Map, Value};

use super::jws::Compact;
use super::{KeyError, KeyPair, SigningAlgorithm, kept, strict_json};
use crate::secret::Secret;

/// What signs: a private key under its name.
pub struct SigningKey {
    kid: String,
    algorithm: &'static dyn SigningAlgorithm,
    pkcs8: Secret<Vec<u8>>,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SigningKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl SigningKey {
    /// A PKCS#8 document under a name. Whether it is a key is seen when it signs.
    #[must_use]
    pub fn new(kid: String, algorithm: &'static dyn SigningAlgorithm, pkcs8: Secret<Vec<u8>>) -> Self {
        Self { kid, algorithm, pkcs8 }
    }

    /// A key pair under its thumbprint.
    ///
    /// # Errors
    /// [`KeyError::Failed`].
    pub fn of(algorithm: &'static dyn SigningAlgorithm, pair: &dyn KeyPair) -> Result<Self, KeyError> {
        Ok(Self::new(pair.public().thumbprint().as_str().to_owned(), algorithm, pair.pkcs8()?))
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
        let key = self.algorithm.encoding_key(self.pkcs8.expose());
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

/// The claims of a token, whoever made them up.
pub(super) fn claims(token: &Compact<'_>) -> Option<Map<String, Value>> {
    strict_json::object(&token.payload()?)
}
