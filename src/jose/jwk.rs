//! Public keys as JSON (RFC 7517), their names (RFC 7638), and sets of them.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use serde_json::{Map, Value, json};

use super::kept::Kept;
use super::strict_json;
use super::{ALGORITHMS, KeyError, SigningAlgorithm};
use crate::secret::token::TokenDigest;

/// Bytes of a coordinate on P-256, and of an Ed25519 key.
pub const COORDINATE: usize = 32;
/// The largest set that is read, in bytes, and in keys.
const MAX_SET: usize = 65_536;
const MAX_KEYS: usize = 64;

thread_local! {
    static KEPT: RefCell<Kept<KeySet, Vec<u8>>> = const { RefCell::new(Kept::new()) };
}

/// What a verifier needs: nothing of the private key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PublicKey {
    /// `kty` RSA: modulus and exponent, big-endian without leading zeros.
    Rsa {
        /// The modulus.
        n: Vec<u8>,
        /// The exponent.
        e: Vec<u8>,
    },
    /// `kty` EC, `crv` P-256: a point, each coordinate 32 bytes.
    P256 {
        /// The x coordinate.
        x: Vec<u8>,
        /// The y coordinate.
        y: Vec<u8>,
    },
    /// `kty` OKP, `crv` Ed25519.
    Ed25519 {
        /// The 32 bytes of RFC 8032.
        x: Vec<u8>,
    },
}

impl PublicKey {
    /// The members that every key of this sort has, in the order of RFC 7638 §3.2.
    fn required(&self) -> Map<String, Value> {
        let text = |bytes: &[u8]| json!(URL_SAFE_NO_PAD.encode(bytes));
        let members = match self {
            Self::Rsa { n, e } => vec![("e", text(e)), ("kty", json!("RSA")), ("n", text(n))],
            Self::P256 { x, y } => {
                vec![("crv", json!("P-256")), ("kty", json!("EC")), ("x", text(x)), ("y", text(y))]
            }
            Self::Ed25519 { x } => vec![("crv", json!("Ed25519")), ("kty", json!("OKP")), ("x", text(x))],
        };
        members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// Its name: the thumbprint of RFC 7638 with SHA-256.
    #[must_use]
    pub fn thumbprint(&self) -> TokenDigest {
        TokenDigest::of(Value::Object(self.required()).to_string().as_bytes())
    }

    fn read(members: &Map<String, Value>) -> Option<Self> {
        let bytes = |name: &str| URL_SAFE_NO_PAD.decode(members.get(name)?.as_str()?).ok();
        let coordinate = |name: &str| bytes(name).filter(|bytes| bytes.len() == COORDINATE);
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        Some(match (text("kty")?, text("crv")) {
            ("RSA", _) => Self::Rsa { n: bytes("n")?, e: bytes("e")? },
            ("EC", Some("P-256")) => Self::P256 { x: coordinate("x")?, y: coordinate("y")? },
            ("OKP", Some("Ed25519")) => Self::Ed25519 { x: coordinate("x")? },
            _ => return None,
        })
    }
}

/// A public key for signatures, with its name and its one algorithm.
#[derive(Clone)]
pub struct Jwk {
    /// Its name.
    pub kid: String,
    /// The one algorithm that it verifies (RFC 8725 §3.1).
    pub algorithm: &'static dyn SigningAlgorithm,
    /// The key.
    pub key: PublicKey,
    wrapped: OnceCell<DecodingKey>,
}

impl std::fmt::Debug for Jwk {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Jwk")
            .field("kid", &self.kid)
            .field("alg", &self.algorithm.name())
            .finish_non_exhaustive()
    }
}

impl Jwk {
    /// A key under its thumbprint.
    #[must_use]
    pub fn new(algorithm: &'static dyn SigningAlgorithm, key: PublicKey) -> Self {
        Self { kid: key.thumbprint().as_str().to_owned(), algorithm, key, wrapped: OnceCell::new() }
    }

    /// In the wrapping of `jsonwebtoken`, made once.
    ///
    /// # Errors
    /// As [`SigningAlgorithm::decoding_key`].
    pub(super) fn wrapped(&self) -> Result<&DecodingKey, KeyError> {
        if let Some(wrapped) = self.wrapped.get() {
            return Ok(wrapped);
        }
        let wrapped = self.algorithm.decoding_key(&self.key)?;
        Ok(self.wrapped.get_or_init(|| wrapped))
    }

    /// As it is published: public members only.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut members = self.key.required();
        members.insert("kid".to_owned(), json!(self.kid));
        members.insert("alg".to_owned(), json!(self.algorithm.name()));
        members.insert("use".to_owned(), json!("sig"));
        Value::Object(members)
    }

    /// Reads one from a JSON object. What is not for signatures, names no algorithm that it can have, or is too weak, is
    /// no key of ours; unknown members are passed over (RFC 7517 §4).
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn from_members(members: &Map<String, Value>) -> Result<Self, KeyError> {
        let text = |name: &str| match members.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str())),
            Some(_) => Err(KeyError::Unsupported),
        };
        if text("use")?.is_some_and(|usage| usage != "sig") || !may_verify(members.get("key_ops")) {
            return Err(KeyError::Unsupported);
        }
        let kid = text("kid")?.filter(|kid| !kid.is_empty()).ok_or(KeyError::Unsupported)?;
        let key = PublicKey::read(members).ok_or(KeyError::Unsupported)?;
        let named = text("alg")?;
        let mut why = KeyError::Unsupported;
        for algorithm in ALGORITHMS.iter().filter(|algorithm| named.is_none_or(|name| name == algorithm.name())) {
            match algorithm.decoding_key(&key).and_then(|wrapped| algorithm.verifier(&wrapped)) {
                Ok(_) => return Ok(Self { kid: kid.to_owned(), algorithm: *algorithm, key, wrapped: OnceCell::new() }),
                Err(KeyError::Weak) => why = KeyError::Weak,
                Err(_) => {}
            }
        }
        Err(why)
    }

    /// Reads one from JSON text, in which no member comes twice.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn parse(text: &[u8]) -> Result<Self, KeyError> {
        Self::from_members(&strict_json::object(text).ok_or(KeyError::Unsupported)?)
    }
}

/// RFC 7517 §4.3: operations that are named must include this one.
fn may_verify(operations: Option<&Value>) -> bool {
    match operations {
        None => true,
        Some(Value::Array(names)) => names.iter().any(|name| name == "verify"),
        Some(_) => false,
    }
}

/// Public keys by name (RFC 7517 §5).
#[derive(Clone, Debug, Default)]
pub struct KeySet(Vec<Jwk>);

impl KeySet {
    /// A set of keys.
    #[must_use]
    pub fn new(keys: impl IntoIterator<Item = Jwk>) -> Self {
        Self(keys.into_iter().collect())
    }

    /// Reads a set. Keys that cannot verify anything here are left out (RFC 7517 §5).
    ///
    /// # Errors
    /// [`KeyError::Unsupported`] for what is no set, is too large, or gives one name to two keys.
    pub fn parse(text: &[u8]) -> Result<Self, KeyError> {
        if text.len() > MAX_SET {
            return Err(KeyError::Unsupported);
        }
        let members = strict_json::object(text).ok_or(KeyError::Unsupported)?;
        let listed = members.get("keys").and_then(Value::as_array).ok_or(KeyError::Unsupported)?;
        if listed.len() > MAX_KEYS {
            return Err(KeyError::Unsupported);
        }
        let keys: Vec<Jwk> =
            listed.iter().filter_map(Value::as_object).filter_map(|members| Jwk::from_members(members).ok()).collect();
        let mut names: Vec<&str> = keys.iter().map(|key| key.kid.as_str()).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair.first() == pair.last()) {
            return Err(KeyError::Unsupported);
        }
        Ok(Self(keys))
    }

    /// The same, kept for the next time: sets change once in a season.
    ///
    /// # Errors
    /// As [`KeySet::parse`].
    pub fn kept(text: &[u8]) -> Result<Rc<Self>, KeyError> {
        KEPT.with_borrow_mut(|kept| kept.get(text, || Self::parse(text).map(Rc::new)))
    }

    /// The key of that name.
    #[must_use]
    pub fn find(&self, kid: &str) -> Option<&Jwk> {
        self.0.iter().find(|key| key.kid == kid)
    }

    /// As it is published.
    #[must_use]
    pub fn to_value(&self) -> Value {
        json!({ "keys": self.0.iter().map(Jwk::to_value).collect::<Vec<_>>() })
    }
}
