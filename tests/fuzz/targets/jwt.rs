//! The strict verifier. An input that begins with `S` is a header and, after the first newline, a payload, which are signed
//! here with a key of the site; any other is a token.

#![no_main]

use std::cell::LazyCell;

use app_connect::jose::KeyPair;
use app_connect::jose::jwk::{Jwk, KeySet};
use app_connect::jose::jws;
use app_connect::jose::jwt::names_issuer;
use app_connect::jose::verify::verify;
use app_connect::secret::token::{Recognised, recognise};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use support::{AUDIENCE, CLAIMS, ISSUER, LEEWAY, NOW, expected, key_set, pairs};

struct Site {
    keys: KeySet,
    /// The one that signs quickest.
    signer: (Jwk, Box<dyn KeyPair>),
}

thread_local! {
    static SITE: LazyCell<Site> = LazyCell::new(|| {
        let signer = pairs().into_iter().find(|(jwk, _)| jwk.algorithm.name() == "EdDSA").unwrap();
        Site { keys: key_set(), signer }
    });
}

fuzz_target!(|input: &[u8]| {
    SITE.with(|site| match input.split_first() {
        Some((b'S', rest)) => signed_here(site, rest),
        _ => arrived(site, input),
    });
});

/// Nobody but the site can sign: a token that arrives and is good has the claims of one that the site signed.
fn arrived(site: &Site, token: &[u8]) {
    if let Some(claims) = judge(site, token) {
        assert_eq!(claims, serde_json::from_str::<Value>(CLAIMS).unwrap());
    }
}

fn signed_here(site: &Site, input: &[u8]) {
    let (jwk, pair) = &site.signer;
    let split = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let (header, payload) = (&input[..split], input.get(split + 1..).unwrap_or_default());
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let signature = URL_SAFE_NO_PAD.encode(pair.sign(message.as_bytes()).unwrap());
    let token = format!("{message}.{signature}");
    if let Ok(read) = jws::verify(token.as_bytes(), jwk) {
        assert_eq!(read, payload);
    }
    if judge(site, token.as_bytes()).is_some() {
        let header: Value = serde_json::from_slice(header).unwrap();
        assert_eq!(header["alg"], "EdDSA");
        assert_eq!(header["kid"], jwk.kid);
        assert!(header["typ"].as_str().unwrap().to_ascii_lowercase().ends_with("at+jwt"));
        for refused in ["b64", "crit", "enc", "jku", "jwk", "x5c", "x5u", "zip"] {
            assert!(header.get(refused).is_none());
        }
    }
}

/// What is claimed by a token that is taken, of which everything is held against a second look.
fn judge(site: &Site, token: &[u8]) -> Option<Value> {
    let claims = Value::Object(verify(token, &site.keys, &expected(), NOW).ok()?);
    assert_eq!(recognise(token), Recognised::Signed);
    assert!(names_issuer(token, ISSUER));
    let payload = token.split(|byte| *byte == b'.').nth(1).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap(), claims);

    assert_eq!(claims["iss"], ISSUER);
    let aud = &claims["aud"];
    assert!(aud == AUDIENCE || aud.as_array().is_some_and(|some| some.iter().any(|one| one == AUDIENCE)));
    for name in ["sub", "client_id", "jti"] {
        assert!(!claims[name].as_str().unwrap().is_empty());
    }
    assert!(claims["exp"].as_i64().unwrap() + LEEWAY > NOW.0);
    assert!(claims["iat"].as_i64().unwrap() <= NOW.0 + LEEWAY);
    assert!(claims.get("nbf").is_none_or(|nbf| nbf.as_i64().unwrap() <= NOW.0 + LEEWAY));
    Some(claims)
}
