//! RS256: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 §3.3). Every verifier knows it.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::error::KeyRejected;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaPublicKeyComponents,
};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind, EncodingKey};
use sha2::{Digest, Sha256};

use super::jwk::PublicKey;
use super::{KeyError, KeyPair, KeyType, Place, SigningAlgorithm};
use crate::secret::Secret;

/// See the module.
pub struct Rs256;

/// The kind of key that every verifier is quick with.
pub const USUAL: KeyType = KeyType { name: "rsa-2048", bits: Some(2048) };
const KEY_TYPES: &[KeyType] =
    &[USUAL, KeyType { name: "rsa-3072", bits: Some(3072) }, KeyType { name: "rsa-4096", bits: Some(4096) }];
/// The smallest public exponent (NIST SP 800-56B §6.2), and bytes of the smallest and the largest modulus.
const MIN_EXPONENT: u64 = 65_537;
const MODULUS: std::ops::RangeInclusive<usize> = 256..=1024;

impl SigningAlgorithm for Rs256 {
    fn name(&self) -> &'static str {
        "RS256"
    }

    fn id(&self) -> Algorithm {
        Algorithm::RS256
    }

    fn key_types(&self) -> &'static [KeyType] {
        KEY_TYPES
    }

    fn hash(&self, text: &[u8]) -> Vec<u8> {
        Sha256::digest(text).to_vec()
    }

    fn generate(&self, key_type: &KeyType) -> Result<Box<dyn KeyPair>, KeyError> {
        let size = match key_type.bits {
            Some(4096) => KeySize::Rsa4096,
            Some(3072) => KeySize::Rsa3072,
            _ => KeySize::Rsa2048,
        };
        Pair::checked(RsaKeyPair::generate(size).map_err(|_| KeyError::Failed)?)
    }

    fn read(&self, der: &[u8]) -> Result<Box<dyn KeyPair>, KeyError> {
        Pair::checked(
            RsaKeyPair::from_pkcs8(der)
                .or_else(|first| RsaKeyPair::from_der(der).map_err(|second| worse(first, second)))?,
        )
    }

    fn encoding_key(&self, place: &Place) -> EncodingKey {
        EncodingKey::from_rsa_der(place)
    }

    fn decoding_key(&self, key: &PublicKey) -> Result<DecodingKey, KeyError> {
        let PublicKey::Rsa { n, e } = key else {
            return Err(KeyError::Unsupported);
        };
        check(n, e)?;
        Ok(DecodingKey::from_rsa_raw_components(n, e))
    }

    fn verifier(&self, key: &DecodingKey) -> Result<ParsedPublicKey, KeyError> {
        let DecodingKeyKind::RsaModulusExponent { n, e } = key.kind() else {
            return Err(KeyError::Unsupported);
        };
        let components = RsaPublicKeyComponents { n, e };
        components.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256).map_err(|_| KeyError::Unsupported)
    }
}

/// Whether a public key is worth anything.
fn check(n: &[u8], e: &[u8]) -> Result<(), KeyError> {
    // A leading zero octet is no encoding of RFC 7518 §6.3.1.
    if n.first().is_none_or(|first| *first == 0) || e.first().is_none_or(|first| *first == 0) || e.len() > 8 {
        return Err(KeyError::Unsupported);
    }
    let exponent = e.iter().fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
    let odd = n.last().is_some_and(|last| last & 1 == 1);
    // A modulus of 2041 to 2047 bits has 256 bytes too.
    let full = n.first().is_some_and(|first| n.len() > *MODULUS.start() || *first >= 0x80);
    if !MODULUS.contains(&n.len()) || !full || !odd || exponent < MIN_EXPONENT || exponent & 1 == 0 {
        return Err(KeyError::Weak);
    }
    Ok(())
}

/// Why neither form could be read: that a key is too small is worth more than that it is not in the other form.
fn worse(first: KeyRejected, second: KeyRejected) -> KeyError {
    let small = [first, second].iter().any(|rejected| rejected.to_string() == "TooSmall");
    if small { KeyError::Weak } else { KeyError::Unsupported }
}

struct Pair {
    pair: RsaKeyPair,
    key_type: &'static KeyType,
}

impl Pair {
    fn checked(pair: RsaKeyPair) -> Result<Box<dyn KeyPair>, KeyError> {
        let key = pair.public_key();
        check(key.modulus().big_endian_without_leading_zero(), key.exponent().big_endian_without_leading_zero())?;
        let bits = pair.public_modulus_len().checked_mul(8);
        let key_type = KEY_TYPES.iter().find(|key_type| key_type.bits == bits).ok_or(KeyError::Unsupported)?;
        Ok(Box::new(Self { pair, key_type }))
    }
}

impl KeyPair for Pair {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| KeyError::Failed)?;
        Ok(signature)
    }

    fn public(&self) -> PublicKey {
        let key = self.pair.public_key();
        PublicKey::Rsa {
            n: key.modulus().big_endian_without_leading_zero().to_vec(),
            e: key.exponent().big_endian_without_leading_zero().to_vec(),
        }
    }

    fn key_type(&self) -> &'static KeyType {
        self.key_type
    }

    fn pkcs8(&self) -> Result<Secret<Vec<u8>>, KeyError> {
        let document: Pkcs8V1Der<'_> = self.pair.as_der().map_err(|_| KeyError::Failed)?;
        Ok(Secret::new(document.as_ref().to_vec()))
    }
}
