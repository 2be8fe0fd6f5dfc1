//! RFC 7515, in the compact serialization and by the algorithms that we have: its own examples.

use app_connect::jose::import::read_pem;
use app_connect::jose::jws::{JwsError, verify};
use serde_json::Value;

use crate::support::vectors::{Signer, decode, encode, flipped, key, moved, rfc7515};

/// The payload of appendices A.1 to A.3.
const PAYLOAD: &[u8] = b"{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";

fn token(vectors: &Value, appendix: &str) -> String {
    vectors[appendix]["token"].as_str().unwrap().to_owned()
}

#[test]
fn a_2_rs256_is_verified_and_made_anew() {
    let vectors = rfc7515();
    let token = token(&vectors, "A.2");
    assert_eq!(verify(token.as_bytes(), &key(&vectors["A.2"]["key"]).unwrap()), Ok(PAYLOAD.to_vec()));

    let (algorithm, pair) = read_pem(vectors["A.2"]["pem"].as_str().unwrap().as_bytes()).unwrap();
    let (message, signature) = token.rsplit_once('.').unwrap();
    assert_eq!(algorithm.name(), "RS256");
    assert_eq!(encode(pair.sign(message.as_bytes()).unwrap()), signature, "PKCS #1 v1.5 is the same each time");
}

#[test]
fn a_3_es256_is_verified() {
    let vectors = rfc7515();
    let key = key(&vectors["A.3"]["key"]).unwrap();
    assert_eq!(key.algorithm.name(), "ES256");
    assert_eq!(verify(token(&vectors, "A.3").as_bytes(), &key), Ok(PAYLOAD.to_vec()));
}

#[test]
fn a_2_and_a_3_every_bit_of_a_signature_matters() {
    let vectors = rfc7515();
    for appendix in ["A.2", "A.3"] {
        let key = key(&vectors[appendix]["key"]).unwrap();
        let token = token(&vectors, appendix);
        let (message, signature) = token.rsplit_once('.').unwrap();
        for other in flipped(&decode(signature)) {
            let other = format!("{message}.{}", encode(other));
            assert_eq!(verify(other.as_bytes(), &key), Err(JwsError::Signature), "{appendix}");
        }
    }
}

#[test]
fn a_1_and_a_4_hs256_and_es512_have_no_keys_here_and_no_key_takes_them() {
    let vectors = rfc7515();
    for appendix in ["A.1", "A.4"] {
        assert!(key(&vectors[appendix]["key"]).is_none(), "{appendix}");
        for ours in ["A.2", "A.3"] {
            let ours = key(&vectors[ours]["key"]).unwrap();
            assert_eq!(verify(token(&vectors, appendix).as_bytes(), &ours), Err(JwsError::Algorithm), "{appendix}");
        }
    }
}

#[test]
fn a_5_and_e_nothing_is_unsecured_and_nothing_critical_is_passed_over() {
    let vectors = rfc7515();
    let (unsecured, critical) = (token(&vectors, "A.5"), token(&vectors, "E"));
    for ours in ["A.2", "A.3"] {
        let ours = key(&vectors[ours]["key"]).unwrap();
        assert_eq!(verify(unsecured.as_bytes(), &ours), Err(JwsError::Malformed));
        assert_eq!(verify(critical.as_bytes(), &ours), Err(JwsError::Malformed));
        // With anything in place of the empty signature.
        assert_eq!(verify(format!("{unsecured}AA").as_bytes(), &ours), Err(JwsError::Algorithm));
        assert_eq!(verify(format!("{critical}AA").as_bytes(), &ours), Err(JwsError::Header));
    }
}

#[test]
fn a_6_and_a_7_the_json_serializations_are_none_of_ours() {
    let vectors = rfc7515();
    for appendix in ["A.6", "A.7"] {
        let text = vectors[appendix]["json"].as_str().unwrap();
        assert!(serde_json::from_str::<Value>(text).is_ok(), "{appendix}");
        for ours in ["A.2", "A.3"] {
            let ours = key(&vectors[ours]["key"]).unwrap();
            assert_eq!(verify(text.as_bytes(), &ours), Err(JwsError::Malformed), "{appendix}");
        }
    }
}

#[test]
fn s4_members_that_nobody_knows_are_passed_over_and_the_payload_can_be_anything() {
    for signer in Signer::all() {
        let header = format!(r#"{{"alg":"{}","http://example.com/x":{{"a":[1]}},"cty":"text"}}"#, signer.name());
        for payload in [b"\0\xff not JSON".as_slice(), b"{}", &[7; 9000]] {
            assert_eq!(verify(signer.token(&header, payload).as_bytes(), &signer.jwk), Ok(payload.to_vec()));
        }
    }
}

#[test]
fn s5_2_another_key_of_the_same_algorithm_is_another_signature() {
    for signer in Signer::all() {
        let token = signer.token(format!(r#"{{"alg":"{}"}}"#, signer.name()), "payload");
        assert_eq!(verify(token.as_bytes(), &signer.another().jwk), Err(JwsError::Signature), "{}", signer.name());
    }
}

#[test]
fn a_key_that_was_kept_is_not_taken_for_one_of_the_same_bytes() {
    let vectors = moved();
    let token = vectors["token"].as_str().unwrap();
    let [own, other] = ["key", "moved"].map(|name| key(&vectors[name]).unwrap());
    assert_eq!(verify(token.as_bytes(), &own), Ok(b"payload".to_vec()));
    assert_eq!(verify(token.as_bytes(), &other), Err(JwsError::Signature));
}
