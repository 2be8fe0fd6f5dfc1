//! Public keys and sets of them.

#![no_main]

use app_connect::jose::jwk::{Jwk, KeySet};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// What may be published (RFC 7518 §6): nothing of a private key.
const PUBLIC: &[&str] = &["alg", "crv", "e", "kid", "kty", "n", "use", "x", "y"];

fuzz_target!(|text: &[u8]| {
    if let Ok(key) = Jwk::parse(text) {
        check(&key);
    }
    if let Ok(set) = KeySet::parse(text) {
        let printed = set.to_value();
        let keys = printed["keys"].as_array().unwrap();
        assert!(keys.len() <= 64);
        for (place, key) in keys.iter().enumerate() {
            let kid = key["kid"].as_str().unwrap();
            check(set.find(kid).unwrap());
            assert!(keys[..place].iter().all(|other| other["kid"] != kid));
        }
        assert_eq!(KeySet::parse(printed.to_string().as_bytes()).unwrap().to_value(), printed);
        assert_eq!(KeySet::kept(text).unwrap().to_value(), printed);
    }
});

/// A key that was read is public, can verify, and is read again as it is printed.
fn check(key: &Jwk) {
    let printed = key.to_value();
    let members = printed.as_object().unwrap();
    assert!(members.keys().all(|name| PUBLIC.contains(&name.as_str())));
    assert!(members.values().all(Value::is_string));
    assert!(!key.kid.is_empty() && printed["kid"] == key.kid && printed["alg"] == key.algorithm.name());

    let again = Jwk::parse(printed.to_string().as_bytes()).unwrap();
    assert_eq!((again.to_value(), &again.key, again.kid), (printed.clone(), &key.key, key.kid.clone()));
    assert_eq!(again.key.thumbprint(), key.key.thumbprint());

    let wrapped = key.algorithm.decoding_key(&key.key).unwrap();
    let verifier = key.algorithm.verifier(&wrapped).unwrap();
    assert!(verifier.verify_sig(b"message", b"no signature").is_err());
}
