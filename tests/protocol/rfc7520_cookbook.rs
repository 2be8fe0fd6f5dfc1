//! RFC 7520: of its recipes for signatures, that of §4.1 is ours; all others are refused.

use app_connect::jose::jws::{JwsError, verify};
use serde_json::Value;

use crate::support::vectors::{decode, key, rfc7520};

#[test]
fn s3_of_its_keys_the_rsa_key_is_one_here_and_its_private_members_are_never_printed() {
    let vectors = rfc7520();
    for (section, found) in vectors["keys"].as_object().unwrap() {
        assert_eq!(key(found).is_some(), ["3.3", "3.4"].contains(&section.as_str()), "{section}");
    }
    let [public, private] = ["3.3", "3.4"].map(|section| key(&vectors["keys"][section]).unwrap());
    assert_eq!(private.to_value(), public.to_value());
    assert_eq!(public.kid, "bilbo.baggins@hobbiton.example");
}

#[test]
fn s4_1_rs256_is_verified() {
    let vectors = rfc7520();
    let token = vectors["compact"]["4.1"].as_str().unwrap();
    let payload = verify(token.as_bytes(), &key(&vectors["keys"]["3.3"]).unwrap());
    assert_eq!(payload, Ok(decode(vectors["payload"].as_str().unwrap())));
    assert!(String::from_utf8(payload.unwrap()).unwrap().starts_with("It\u{2019}s a dangerous business, Frodo"));
}

#[test]
fn s4_2_to_s4_4_ps384_es512_and_hs256_are_other_algorithms() {
    let vectors = rfc7520();
    let key = key(&vectors["keys"]["3.3"]).unwrap();
    for section in ["4.2", "4.3", "4.4"] {
        let token = vectors["compact"][section].as_str().unwrap();
        assert_eq!(verify(token.as_bytes(), &key), Err(JwsError::Algorithm), "{section}");
    }
}

#[test]
fn s4_1_and_s4_6_to_s4_8_the_json_serializations_are_none_of_ours() {
    let vectors = rfc7520();
    let key = key(&vectors["keys"]["3.3"]).unwrap();
    let texts: Vec<&Value> = vectors["json"].as_object().unwrap().values().collect();
    assert_eq!(texts.len(), 7);
    for text in texts {
        assert_eq!(verify(text.to_string().as_bytes(), &key), Err(JwsError::Malformed), "{text}");
    }
}
