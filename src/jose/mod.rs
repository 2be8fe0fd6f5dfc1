//! JSON Web Signatures (RFC 7515, RFC 8725): one file per algorithm, and the list of them.
//!
//! `none` and the `HS*` family do not exist here, so no token can ask for them. Claims and signatures go through
//! `jsonwebtoken`, with the key pairs of [`kept`] plugged in as its signers; its own validation of claims is not used: it
//! reads the clock, and takes much for granted ([`verify`] lists what).

mod eddsa;
mod es256;
pub mod import;
pub mod jwk;
pub mod jws;
pub mod jwt;
mod kept;
mod rs256;
mod strict_json;
pub mod verify;

use aws_lc_rs::signature::ParsedPublicKey;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};

pub use self::kept::{Place, place};
use crate::jose::jwk::{Jwk, PublicKey};
use crate::jose::jws::JwsError;
use crate::secret::Secret;

/// A kind of key that an administrator can choose.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct KeyType {
    /// Its name in settings and in the database.
    pub name: &'static str,
    /// Bits of the modulus, where keys differ in that.
    pub bits: Option<usize>,
}

/// Why a key cannot be made, read or used. It never says anything about the key itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum KeyError {
    /// The library could not do it.
    #[error("the cryptographic library failed")]
    Failed,
    /// Not a key of this algorithm, or a damaged one.
    #[error("no key of a supported kind")]
    Unsupported,
    /// A key that protects nothing: too short, or with a small or even exponent.
    #[error("the key is too weak")]
    Weak,
}

/// A private key that is ready to sign.
pub trait KeyPair {
    /// The signature of a message in the encoding of RFC 7518 §3.
    ///
    /// # Errors
    /// [`KeyError::Failed`].
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError>;

    /// The public key.
    fn public(&self) -> PublicKey;

    /// What kind of key it is.
    fn key_type(&self) -> &'static KeyType;

    /// The private key as an unencrypted PKCS#8 document.
    ///
    /// # Errors
    /// [`KeyError::Failed`].
    fn pkcs8(&self) -> Result<Secret<Vec<u8>>, KeyError>;
}

/// A way to sign (RFC 7518 §3.1).
pub trait SigningAlgorithm: Sync {
    /// The value of `alg`.
    fn name(&self) -> &'static str;

    /// The same for `jsonwebtoken`.
    fn id(&self) -> Algorithm;

    /// The kinds of keys that it signs with, the usual one first.
    fn key_types(&self) -> &'static [KeyType];

    /// The digest by the hash function of its signatures (OpenID Connect Core §3.1.3.6).
    fn hash(&self, text: &[u8]) -> Vec<u8>;

    /// Makes a key.
    ///
    /// # Errors
    /// [`KeyError::Failed`].
    fn generate(&self, key_type: &KeyType) -> Result<Box<dyn KeyPair>, KeyError>;

    /// Reads a private key from DER: PKCS#8, or the algorithm's own older form. Weak keys are refused.
    ///
    /// # Errors
    /// [`KeyError`].
    fn read(&self, der: &[u8]) -> Result<Box<dyn KeyPair>, KeyError>;

    /// In the wrapping of `jsonwebtoken`: the place where a key pair is kept.
    fn encoding_key(&self, place: &Place) -> EncodingKey;

    /// A public key in the wrapping of `jsonwebtoken`, if it is one of this algorithm and strong enough.
    ///
    /// # Errors
    /// [`KeyError`].
    fn decoding_key(&self, key: &PublicKey) -> Result<DecodingKey, KeyError>;

    /// What [`SigningAlgorithm::decoding_key`] wrapped, ready to verify.
    ///
    /// # Errors
    /// [`KeyError`].
    fn verifier(&self, key: &DecodingKey) -> Result<ParsedPublicKey, KeyError>;
}

/// The algorithms, sorted by name.
pub const ALGORITHMS: &[&dyn SigningAlgorithm] = &[&es256::Es256, &eddsa::EdDsa, &rs256::Rs256];

/// The kind of key that a site has until an administrator chooses another: every verifier knows its algorithm.
pub const DEFAULT_KEY_TYPE: (&dyn SigningAlgorithm, &KeyType) = (&rs256::Rs256, &rs256::USUAL);

/// The algorithm of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static dyn SigningAlgorithm> {
    ALGORITHMS.iter().find(|algorithm| algorithm.name() == name).copied()
}

/// The kind of key of that name, and the algorithm that it is for.
#[must_use]
pub fn find_key_type(name: &str) -> Option<(&'static dyn SigningAlgorithm, &'static KeyType)> {
    ALGORITHMS.iter().find_map(|algorithm| {
        let key_type = algorithm.key_types().iter().find(|key_type| key_type.name == name)?;
        Some((*algorithm, key_type))
    })
}

/// Whether the signature of RFC 8037 appendix A.4 is right, and one of another message wrong.
#[must_use]
pub fn known_answer() -> bool {
    let Ok(x) = URL_SAFE_NO_PAD.decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo") else {
        return false;
    };
    let key = Jwk::new(&eddsa::EdDsa, PublicKey::Ed25519 { x });
    let signature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    let verify = |payload: &str| {
        let payload = URL_SAFE_NO_PAD.encode(payload);
        jws::verify(format!("eyJhbGciOiJFZERTQSJ9.{payload}.{signature}").as_bytes(), &key)
    };
    verify("Example of Ed25519 signing") == Ok(b"Example of Ed25519 signing".to_vec())
        && verify("another example") == Err(JwsError::Signature)
}

fn find_id(id: Algorithm) -> Option<&'static dyn SigningAlgorithm> {
    ALGORITHMS.iter().find(|algorithm| algorithm.id() == id).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted() {
        assert!(ALGORITHMS.is_sorted_by_key(|algorithm| algorithm.name()));
    }

    #[test]
    fn a_key_type_has_one_algorithm_and_its_own_name() {
        let mut names: Vec<&str> =
            ALGORITHMS.iter().flat_map(|algorithm| algorithm.key_types()).map(|key_type| key_type.name).collect();
        assert!(names.contains(&DEFAULT_KEY_TYPE.1.name));
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
