//! Private keys that administrators bring along, in PEM (RFC 7468).

use std::cell::RefCell;
use std::rc::Rc;

use sha2::{Digest, Sha256};
use zeroize::Zeroize;

use super::jwt::SigningKey;
use super::kept::Kept;
use super::{ALGORITHMS, KeyError, KeyPair, SigningAlgorithm};

/// The longest text, in bytes: an RSA key of 4096 bits takes about 3,300.
const MAX_PEM: usize = 16_384;

thread_local! {
    static KEPT: RefCell<Kept<SigningKey>> = const { RefCell::new(Kept::new()) };
}

/// Why a text is not taken. It is said to an administrator, and never with any of the text.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ImportError {
    /// It is encrypted.
    #[error("the key is encrypted: remove its passphrase first")]
    Encrypted,
    /// There is no PEM block in it, or more than one key.
    #[error("this is not one private key in PEM")]
    Malformed,
    /// It is a public key or a certificate.
    #[error("this is a public key or a certificate: the private key is needed")]
    Public,
    /// Another kind of key, or a damaged one.
    #[error("neither an RSA key of 2048, 3072 or 4096 bits, nor a P-256 or Ed25519 key")]
    Unsupported,
    /// It protects nothing.
    #[error("the key is too weak: RSA keys have at least 2048 bits and the exponent 65537")]
    Weak,
}

impl ImportError {
    /// A key for the sentence that people read.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Encrypted => "encrypted",
            Self::Malformed => "malformed",
            Self::Public => "public",
            Self::Unsupported => "unsupported",
            Self::Weak => "weak",
        }
    }
}

impl From<KeyError> for ImportError {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Weak => Self::Weak,
            KeyError::Failed | KeyError::Unsupported => Self::Unsupported,
        }
    }
}

/// Reads the one private key in a PEM text, and tells the algorithm that it is for.
///
/// # Errors
/// [`ImportError`].
pub fn read_pem(text: &[u8]) -> Result<(&'static dyn SigningAlgorithm, Box<dyn KeyPair>), ImportError> {
    if text.len() > MAX_PEM {
        return Err(ImportError::Malformed);
    }
    let blocks = pem::parse_many(text).map_err(|_| ImportError::Malformed)?;
    let read = only_key(&blocks).and_then(|block| read_der(block.contents()));
    for block in blocks {
        block.into_contents().zeroize();
    }
    read
}

fn only_key(blocks: &[pem::Pem]) -> Result<&pem::Pem, ImportError> {
    let encrypted = |block: &pem::Pem| {
        block.tag().starts_with("ENCRYPTED ")
            || block.headers().iter().any(|(name, _)| name == "DEK-Info" || name == "Proc-Type")
    };
    let mut keys = Vec::new();
    for block in blocks {
        if encrypted(block) {
            return Err(ImportError::Encrypted);
        }
        match block.tag() {
            "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" => keys.push(block),
            // What openssl writes before a key on a curve.
            "EC PARAMETERS" => {}
            "CERTIFICATE" | "PUBLIC KEY" | "RSA PUBLIC KEY" => return Err(ImportError::Public),
            _ => return Err(ImportError::Malformed),
        }
    }
    match keys.as_slice() {
        [key] => Ok(key),
        _ => Err(ImportError::Malformed),
    }
}

/// The signing key in a PEM text, kept for the next time.
///
/// # Errors
/// [`ImportError`].
pub fn signing_key(text: &[u8]) -> Result<Rc<SigningKey>, ImportError> {
    let parse = || {
        let (algorithm, pair) = read_pem(text)?;
        Ok::<_, ImportError>(Rc::new(SigningKey::of(algorithm, pair.as_ref())?))
    };
    let digest: [u8; 32] = Sha256::digest(text).into();
    KEPT.with_borrow_mut(|kept| kept.get(&digest, parse))
}

fn read_der(der: &[u8]) -> Result<(&'static dyn SigningAlgorithm, Box<dyn KeyPair>), ImportError> {
    let mut why = ImportError::Unsupported;
    for algorithm in ALGORITHMS {
        match algorithm.read(der) {
            Ok(pair) => return Ok((*algorithm, pair)),
            Err(KeyError::Weak) => why = ImportError::Weak,
            Err(_) => {}
        }
    }
    Err(why)
}
