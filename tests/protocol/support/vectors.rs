//! What `tests/vectors/` has, and keys to sign forgeries with.

use app_connect::jose::import::read_pem;
use app_connect::jose::jwk::{Jwk, KeySet};
use app_connect::jose::{ALGORITHMS, KeyPair, SigningAlgorithm};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

pub fn rfc7515() -> Value {
    serde_json::from_str(include_str!("../../vectors/jose/rfc7515.json")).unwrap()
}

pub fn rfc7517() -> Value {
    serde_json::from_str(include_str!("../../vectors/jose/rfc7517.json")).unwrap()
}

pub fn rfc7520() -> Value {
    serde_json::from_str(include_str!("../../vectors/jose/rfc7520.json")).unwrap()
}

pub fn moved() -> Value {
    serde_json::from_str(include_str!("../../vectors/jose/moved.json")).unwrap()
}

pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub fn decode(text: impl AsRef<[u8]>) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

/// The key in a vector, which need not have a name.
pub fn key(vector: &Value) -> Option<Jwk> {
    let mut members: Map<String, Value> = vector.as_object().unwrap().clone();
    members.entry("kid").or_insert_with(|| json!("nameless"));
    Jwk::from_members(&members).ok()
}

/// A private key, and its public one under its name.
pub struct Signer {
    pub pair: Box<dyn KeyPair>,
    pub jwk: Jwk,
}

impl Signer {
    pub fn of(pem: &str) -> Self {
        let (algorithm, pair) = read_pem(pem.as_bytes()).unwrap();
        let jwk = Jwk::new(algorithm, pair.public());
        Self { pair, jwk }
    }

    /// One for each algorithm.
    pub fn all() -> Vec<Self> {
        let signers: Vec<Self> = [
            include_str!("../../vectors/pem/ec-p256-pkcs8.pem"),
            include_str!("../../vectors/pem/ed25519-v1.pem"),
            include_str!("../../vectors/pem/rsa-2048-pkcs8.pem"),
        ]
        .map(Self::of)
        .into();
        let names = |algorithms: &[&dyn SigningAlgorithm]| algorithms.iter().map(|one| one.name()).collect::<Vec<_>>();
        let signing: Vec<_> = signers.iter().map(|signer| signer.jwk.algorithm).collect();
        assert_eq!(names(&signing), names(ALGORITHMS), "another algorithm wants a key here");
        signers
    }

    /// Another key of the same algorithm.
    pub fn another(&self) -> Self {
        let types = self.jwk.algorithm.key_types();
        let pair = self.jwk.algorithm.generate(types.first().unwrap()).unwrap();
        let jwk = Jwk::new(self.jwk.algorithm, pair.public());
        Self { pair, jwk }
    }

    /// The text of the public key as OpenSSL writes it.
    pub fn public_pem(&self) -> &'static str {
        match self.jwk.algorithm.name() {
            "ES256" => include_str!("../../vectors/pem/public-ec.pem"),
            "EdDSA" => include_str!("../../vectors/pem/public-ed25519.pem"),
            _ => include_str!("../../vectors/pem/public-rsa.pem"),
        }
    }

    pub fn name(&self) -> &'static str {
        self.jwk.algorithm.name()
    }

    pub fn key_set(&self) -> KeySet {
        KeySet::new([self.jwk.clone()])
    }

    /// Signs what stands before the last dot, whatever it is.
    pub fn signed(&self, message: &str) -> String {
        format!("{message}.{}", encode(self.pair.sign(message.as_bytes()).unwrap()))
    }

    /// Signs a header and a payload, whatever they are.
    pub fn token(&self, header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
        self.signed(&format!("{}.{}", encode(header), encode(payload)))
    }
}

/// A text with one bit of its bytes flipped, at each place in turn.
pub fn flipped(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..bytes.len()).flat_map(move |place| {
        (0..8).map(move |bit| {
            let mut other = bytes.to_vec();
            other[place] ^= 1_u8 << bit;
            other
        })
    })
}
