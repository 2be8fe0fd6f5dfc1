//! Private keys that administrators bring along.

#![no_main]

use app_connect::jose::import::{read_pem, signing_key};
use app_connect::jose::jwk::Jwk;
use libfuzzer_sys::fuzz_target;
use support::assert_signs;

fuzz_target!(|text: &[u8]| {
    let Ok((algorithm, pair)) = read_pem(text) else {
        assert!(signing_key(text).is_err());
        return;
    };
    assert!(algorithm.key_types().contains(pair.key_type()));
    let jwk = Jwk::new(algorithm, pair.public());
    // What is published of it is a key of its algorithm, and not weak.
    let published = Jwk::parse(jwk.to_value().to_string().as_bytes()).unwrap();
    assert_eq!((&published.key, published.algorithm.name()), (&jwk.key, algorithm.name()));
    assert_signs(&jwk, pair.as_ref());
    // What is stored of it is the same key.
    let stored = algorithm.read(pair.pkcs8().unwrap().expose()).unwrap();
    assert_eq!((stored.public(), stored.key_type()), (pair.public(), pair.key_type()));
    assert!(signing_key(text).is_ok());
});
