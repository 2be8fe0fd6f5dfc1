//! RFC 7638: the name of a key follows from the key.

use app_connect::secret::token::TokenDigest;
use serde_json::{Value, json};

use crate::support::vectors::{Signer, key, rfc7517};

/// §3.1: the second key of RFC 7517 appendix A.1.
const THUMBPRINT: &str = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";

fn example() -> Value {
    rfc7517()["A.1"]["keys"][1].clone()
}

#[test]
fn s3_1_the_example_has_the_thumbprint_of_the_example() {
    assert_eq!(key(&example()).unwrap().key.thumbprint().as_str(), THUMBPRINT);
}

#[test]
fn s3_2_only_the_required_members_count_and_neither_their_order_nor_the_name() {
    let vector = example();
    let other = json!({
        "x5c": ["whatever"], "n": vector["n"], "kid": "another", "use": "sig", "kty": "RSA", "key_ops": ["verify"],
        "e": vector["e"],
    });
    assert_eq!(key(&other).unwrap().key.thumbprint().as_str(), THUMBPRINT);
}

#[test]
fn s3_3_the_members_of_each_type_stand_in_lexicographic_order_without_whitespace() {
    for signer in Signer::all() {
        let jwk = signer.jwk.to_value();
        let text = |name: &str| jwk[name].as_str().unwrap().to_owned();
        let hashed = match signer.name() {
            "ES256" => format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, text("x"), text("y")),
            "EdDSA" => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, text("x")),
            _ => format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, text("e"), text("n")),
        };
        assert_eq!(TokenDigest::of(hashed.as_bytes()).as_str(), text("kid"), "{}", signer.name());
    }
}
