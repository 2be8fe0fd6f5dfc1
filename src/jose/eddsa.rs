//! `EdDSA` with Ed25519 (RFC 8037 §3.1).

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, ParsedPublicKey};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use sha2::{Digest, Sha512};

use super::jwk::PublicKey;
use super::{KeyError, KeyPair, KeyType, Place, SigningAlgorithm};
use crate::secret::Secret;

/// See the module.
pub struct EdDsa;

const KEY_TYPE: KeyType = KeyType { name: "ed25519", bits: None };

impl SigningAlgorithm for EdDsa {
    fn name(&self) -> &'static str {
        "EdDSA"
    }

    fn id(&self) -> Algorithm {
        Algorithm::EdDSA
    }

    fn key_types(&self) -> &'static [KeyType] {
        &[KEY_TYPE]
    }

    fn hash(&self, text: &[u8]) -> Vec<u8> {
        Sha512::digest(text).to_vec()
    }

    fn generate(&self, _: &KeyType) -> Result<Box<dyn KeyPair>, KeyError> {
        Ok(Box::new(Pair(Ed25519KeyPair::generate().map_err(|_| KeyError::Failed)?)))
    }

    fn read(&self, der: &[u8]) -> Result<Box<dyn KeyPair>, KeyError> {
        // Most tools write PKCS#8 without the public key (RFC 8410 §7), which is computed then.
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map_err(|_| KeyError::Unsupported)?;
        Ok(Box::new(Pair(pair)))
    }

    fn encoding_key(&self, place: &Place) -> EncodingKey {
        EncodingKey::from_ed_der(place)
    }

    fn decoding_key(&self, key: &PublicKey) -> Result<DecodingKey, KeyError> {
        match key {
            PublicKey::Ed25519 { x } => Ok(DecodingKey::from_ed_der(x)),
            _ => Err(KeyError::Unsupported),
        }
    }

    fn verifier(&self, key: &DecodingKey) -> Result<ParsedPublicKey, KeyError> {
        let point = key.try_get_as_bytes().map_err(|_| KeyError::Unsupported)?;
        ParsedPublicKey::new(&ED25519, point).map_err(|_| KeyError::Unsupported)
    }
}

struct Pair(Ed25519KeyPair);

impl KeyPair for Pair {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let signature = self.0.try_sign(message).map_err(|_| KeyError::Failed)?;
        Ok(signature.as_ref().to_vec())
    }

    fn public(&self) -> PublicKey {
        PublicKey::Ed25519 { x: self.0.public_key().as_ref().to_vec() }
    }

    fn key_type(&self) -> &'static KeyType {
        &KEY_TYPE
    }

    fn pkcs8(&self) -> Result<Secret<Vec<u8>>, KeyError> {
        let document = self.0.to_pkcs8v1().map_err(|_| KeyError::Failed)?;
        Ok(Secret::new(document.as_ref().to_vec()))
    }
}
