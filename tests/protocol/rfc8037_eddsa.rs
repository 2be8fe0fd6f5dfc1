//! RFC 8037: `EdDSA` with Ed25519. Appendices A.1 to A.4, and that X25519 and Ed448 have no keys here.

use app_connect::jose::jws::{JwsError, verify};
use app_connect::jose::{find, known_answer};
use serde_json::{Value, json};

use crate::support::vectors::{decode, encode, flipped, key};

/// Appendix A.1: the private key; A.2: the public one.
const D: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
/// Appendix A.3.
const THUMBPRINT: &str = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
/// Appendix A.4.
const MESSAGE: &str = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
const SIGNATURE: &str = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

fn public() -> Value {
    json!({"kty": "OKP", "crv": "Ed25519", "x": X})
}

#[test]
fn a_1_and_a_2_the_public_key_follows_from_the_private_one() {
    // RFC 8410 §7: PKCS#8 of an Ed25519 key is these bytes and the key.
    let pkcs8 =
        [&[0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20], decode(D).as_slice()].concat();
    let pair = find("EdDSA").unwrap().read(&pkcs8).unwrap();
    assert_eq!(pair.public(), key(&public()).unwrap().key);
    assert_eq!(encode(pair.sign(MESSAGE.as_bytes()).unwrap()), SIGNATURE, "A.4: it is the same each time");
}

#[test]
fn a_3_the_thumbprint() {
    assert_eq!(key(&public()).unwrap().key.thumbprint().as_str(), THUMBPRINT);
}

#[test]
fn a_4_the_signature_is_verified_and_every_bit_of_it_matters() {
    let key = key(&public()).unwrap();
    let token = format!("{MESSAGE}.{SIGNATURE}");
    assert_eq!(verify(token.as_bytes(), &key), Ok(b"Example of Ed25519 signing".to_vec()));
    for other in flipped(&decode(SIGNATURE)) {
        let other = format!("{MESSAGE}.{}", encode(other));
        assert_eq!(verify(other.as_bytes(), &key), Err(JwsError::Signature));
    }
    assert!(known_answer());
}

#[test]
fn s2_a_private_key_is_read_as_its_public_one() {
    let private = json!({"kty": "OKP", "crv": "Ed25519", "d": D, "x": X, "kid": "A.1"});
    let printed = key(&private).unwrap().to_value();
    assert_eq!(printed, json!({"crv": "Ed25519", "kty": "OKP", "x": X, "kid": "A.1", "alg": "EdDSA", "use": "sig"}));
}

#[test]
fn s2_other_curves_and_other_lengths_are_no_keys_here() {
    let x25519 = "hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo";
    let ed448 = encode([7; 57]);
    for other in [
        json!({"kty": "OKP", "crv": "X25519", "x": x25519}),
        json!({"kty": "OKP", "crv": "Ed448", "x": ed448}),
        json!({"kty": "OKP", "crv": "ed25519", "x": X}),
        json!({"kty": "EC", "crv": "Ed25519", "x": X}),
        json!({"kty": "OKP", "crv": "Ed25519"}),
        json!({"kty": "OKP", "x": X}),
        json!({"kty": "OKP", "crv": "Ed25519", "x": encode([7; 31])}),
        json!({"kty": "OKP", "crv": "Ed25519", "x": encode([7; 33])}),
    ] {
        assert!(key(&other).is_none(), "{other}");
    }
}
