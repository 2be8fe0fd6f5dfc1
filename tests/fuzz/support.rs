//! What the targets share: a site, its keys and secrets, and random bytes that are none.

use std::cell::Cell;

use app_connect::entropy::{Entropy, EntropyError};
use app_connect::jose::import::read_pem;
use app_connect::jose::jwk::{Jwk, KeySet};
use app_connect::jose::jwt::SigningKey;
use app_connect::jose::verify::{ACCESS_TOKEN, Expectation};
use app_connect::jose::{ALGORITHMS, KeyPair};
use app_connect::time::UnixTime;

/// Who made the tokens, whom they are for, and when it is.
pub const ISSUER: &str = "https://example.test";
pub const AUDIENCE: &str = "https://example.test/wp-json/";
pub const NOW: UnixTime = UnixTime(1_800_000_000);
pub const LEEWAY: i64 = 30;

/// The claims of every genuine token in the corpus.
pub const CLAIMS: &str = include_str!("claims.json");

/// What a token must be.
pub fn expected() -> Expectation<'static> {
    Expectation { issuer: ISSUER, audience: AUDIENCE, typ: ACCESS_TOKEN, leeway: LEEWAY, algorithms: None }
}

/// The keys of the site, one for each algorithm.
pub fn pairs() -> Vec<(Jwk, Box<dyn KeyPair>)> {
    let pairs = [
        include_str!("../vectors/pem/ec-p256-pkcs8.pem"),
        include_str!("../vectors/pem/ed25519-v1.pem"),
        include_str!("../vectors/pem/rsa-2048-pkcs8.pem"),
    ]
    .map(|text| {
        let (algorithm, pair) = read_pem(text.as_bytes()).unwrap();
        (Jwk::new(algorithm, pair.public()), pair)
    });
    assert_eq!(pairs.len(), ALGORITHMS.len());
    pairs.into()
}

/// What the site publishes.
pub fn key_set() -> KeySet {
    KeySet::new(pairs().into_iter().map(|(jwk, _)| jwk))
}

/// Whether a key pair signs what its public key verifies, and nothing else.
pub fn assert_signs(jwk: &Jwk, pair: &dyn KeyPair) {
    let key = SigningKey::of(jwk.algorithm, pair).unwrap();
    let claims: serde_json::Value = serde_json::from_str(CLAIMS).unwrap();
    let token = key.sign(ACCESS_TOKEN, &claims).unwrap();
    let verify = |keys| app_connect::jose::verify::verify(token.as_bytes(), &keys, &expected(), NOW);
    assert_eq!(verify(KeySet::new([jwk.clone()])).map(serde_json::Value::Object), Ok(claims));
    assert!(verify(KeySet::default()).is_err());
}

/// The numbers from some start on: the same in every run.
pub struct Counter(pub Cell<u8>);

impl Entropy for Counter {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        for byte in buffer {
            *byte = self.0.get();
            self.0.set(self.0.get().wrapping_add(1));
        }
        Ok(())
    }
}
