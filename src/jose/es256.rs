//! ES256: ECDSA on P-256 with SHA-256 (RFC 7518 §3.4).

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, ParsedPublicKey,
};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use sha2::{Digest, Sha256};

use super::jwk::{COORDINATE, PublicKey};
use super::{KeyError, KeyPair, KeyType, Place, SigningAlgorithm};
use crate::secret::Secret;

/// See the module.
pub struct Es256;

const KEY_TYPE: KeyType = KeyType { name: "ec-p256", bits: None };

impl SigningAlgorithm for Es256 {
    fn name(&self) -> &'static str {
        "ES256"
    }

    fn id(&self) -> Algorithm {
        Algorithm::ES256
    }

    fn key_types(&self) -> &'static [KeyType] {
        &[KEY_TYPE]
    }

    fn hash(&self, text: &[u8]) -> Vec<u8> {
        Sha256::digest(text).to_vec()
    }

    fn generate(&self, _: &KeyType) -> Result<Box<dyn KeyPair>, KeyError> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| KeyError::Failed)?;
        Ok(Box::new(Pair(pair)))
    }

    fn read(&self, der: &[u8]) -> Result<Box<dyn KeyPair>, KeyError> {
        let pair = EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_FIXED_SIGNING, der);
        Ok(Box::new(Pair(pair.map_err(|_| KeyError::Unsupported)?)))
    }

    fn encoding_key(&self, place: &Place) -> EncodingKey {
        EncodingKey::from_ec_der(place)
    }

    fn decoding_key(&self, key: &PublicKey) -> Result<DecodingKey, KeyError> {
        let PublicKey::P256 { x, y } = key else {
            return Err(KeyError::Unsupported);
        };
        // SEC 1 §2.3.3: an uncompressed point.
        Ok(DecodingKey::from_ec_der(&[&[4], x.as_slice(), y.as_slice()].concat()))
    }

    fn verifier(&self, key: &DecodingKey) -> Result<ParsedPublicKey, KeyError> {
        let point = key.try_get_as_bytes().map_err(|_| KeyError::Unsupported)?;
        ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).map_err(|_| KeyError::Unsupported)
    }
}

struct Pair(EcdsaKeyPair);

impl KeyPair for Pair {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let signature = self.0.sign(&SystemRandom::new(), message).map_err(|_| KeyError::Failed)?;
        Ok(signature.as_ref().to_vec())
    }

    fn public(&self) -> PublicKey {
        let point = self.0.public_key().as_ref().get(1..).unwrap_or_default();
        let (x, y) = point.split_at_checked(COORDINATE).unwrap_or_default();
        PublicKey::P256 { x: x.to_vec(), y: y.to_vec() }
    }

    fn key_type(&self) -> &'static KeyType {
        &KEY_TYPE
    }

    fn pkcs8(&self) -> Result<Secret<Vec<u8>>, KeyError> {
        let document = self.0.to_pkcs8v1().map_err(|_| KeyError::Failed)?;
        Ok(Secret::new(document.as_ref().to_vec()))
    }
}
