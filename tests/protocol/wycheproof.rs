//! Project Wycheproof's vectors, for what signed and sealed values rest on. Case JW-23 of the threat model.
//!
//! Signatures go the way that a token's do: the public key as a JWK into our reader, and its algorithm's verifier. The sets
//! have no compact serializations; what those of Wycheproof's own JWS set are about is in `rfc8725_verifier`. Of the ciphers
//! and key derivation the primitives are asked that the vault uses.

use app_connect::jose::jwk::Jwk;
use app_connect::jose::{KeyError, find};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use serde_json::{Value, json};
use wycheproof::TestResult::{Acceptable, Invalid, Valid};
use wycheproof::{TestResult, aead, ecdsa, eddsa, hkdf, rsa_pkcs1_verify};

use crate::support::vectors::encode;

/// What became of the cases of a set, counted: a set that is empty, or is not what it was, is no pass.
#[derive(Debug, Default, Eq, PartialEq)]
struct Count {
    accepted: usize,
    refused: usize,
    /// What the set calls valid, or lets everybody decide, and is refused here; each set says why.
    stricter: usize,
}

impl Count {
    fn add(&mut self, result: TestResult, accepted: bool, strict: bool, case: &str) {
        let counted = match (result, accepted) {
            (Valid, true) => &mut self.accepted,
            (Invalid, false) => &mut self.refused,
            (Valid | Acceptable, false) if strict => &mut self.stricter,
            _ => panic!("{case}: {result:?}, and accepted: {accepted}"),
        };
        *counted = counted.saturating_add(1);
    }
}

/// Whether a key that is read from a JWK takes a signature; `Err` when it is no key here.
fn verifies(jwk: &Value, algorithm: &str, message: &[u8], signature: &[u8]) -> Result<bool, KeyError> {
    let key = Jwk::parse(jwk.to_string().as_bytes())?;
    assert_eq!(key.algorithm.name(), algorithm);
    let verifier = key.algorithm.verifier(&key.algorithm.decoding_key(&key.key)?)?;
    Ok(verifier.verify_sig(message, signature).is_ok())
}

fn rsa(set: rsa_pkcs1_verify::TestName) -> Count {
    let mut count = Count::default();
    for group in rsa_pkcs1_verify::TestSet::load(set).unwrap().test_groups {
        let without_zeros =
            |number: &[u8]| encode(number.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<u8>>());
        let jwk = json!({"kty": "RSA", "n": without_zeros(&group.key.n), "e": without_zeros(&group.key.e), "kid": "w"});
        let small = group.key.e.iter().skip_while(|byte| **byte == 0).count() < 3;
        for test in group.tests {
            let case = format!("{set:?} {} {}", test.tc_id, test.comment);
            let accepted = verifies(&jwk, "RS256", &test.msg, &test.sig);
            if small {
                assert_eq!(accepted, Err(KeyError::Weak), "{case}");
            }
            // Stricter: an exponent below 65537 makes a weak key, whatever it signs; and a DigestInfo without its NULL, which
            // everybody may decide about, is another encoding than that of RFC 8017 §9.2.
            let strict = small || test.flags == [rsa_pkcs1_verify::TestFlag::MissingNull];
            count.add(test.result, accepted == Ok(true), strict, &case);
        }
    }
    count
}

#[test]
fn jw_23_rs256_with_2048_bits() {
    let count = rsa(rsa_pkcs1_verify::TestName::Rsa2048Sha256);
    assert_eq!(count, Count { accepted: 7, refused: 249, stricter: 3 });
}

#[test]
fn jw_23_rs256_with_3072_bits() {
    let count = rsa(rsa_pkcs1_verify::TestName::Rsa3072Sha256);
    assert_eq!(count, Count { accepted: 7, refused: 250, stricter: 2 });
}

#[test]
fn jw_23_rs256_with_4096_bits() {
    let count = rsa(rsa_pkcs1_verify::TestName::Rsa4096Sha256);
    assert_eq!(count, Count { accepted: 7, refused: 250, stricter: 1 });
}

#[test]
fn jw_23_rs256_with_8192_bits() {
    let count = rsa(rsa_pkcs1_verify::TestName::Rsa8192Sha256);
    assert_eq!(count, Count { accepted: 7, refused: 250, stricter: 1 });
}

#[test]
fn jw_23_signatures_with_another_hash_are_no_rs256() {
    let mut refused = 0_usize;
    for set in [
        rsa_pkcs1_verify::TestName::Rsa2048Sha224,
        rsa_pkcs1_verify::TestName::Rsa2048Sha384,
        rsa_pkcs1_verify::TestName::Rsa2048Sha512,
        rsa_pkcs1_verify::TestName::Rsa2048Sha512_256,
        rsa_pkcs1_verify::TestName::Rsa2048Sha3_256,
    ] {
        let groups = rsa_pkcs1_verify::TestSet::load(set).unwrap().test_groups;
        for group in groups.into_iter().filter(|group| *group.key.e == [1, 0, 1]) {
            let jwk = json!({"kty": "RSA", "n": encode(&group.key.n[1..]), "e": "AQAB", "kid": "w"});
            for test in group.tests.into_iter().filter(|test| test.result == Valid) {
                assert_eq!(verifies(&jwk, "RS256", &test.msg, &test.sig), Ok(false), "{set:?} {}", test.tc_id);
                refused = refused.saturating_add(1);
            }
        }
    }
    assert_eq!(refused, 35);
}

#[test]
fn jw_23_es256() {
    let mut count = Count::default();
    for group in ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256P1363).unwrap().test_groups {
        let (x, y) = group.key.key[1..].split_at(32);
        let jwk = json!({"kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y), "kid": "w"});
        for test in group.tests {
            let accepted = verifies(&jwk, "ES256", &test.msg, &test.sig) == Ok(true);
            count.add(test.result, accepted, false, &format!("{} {}", test.tc_id, test.comment));
        }
    }
    assert_eq!(count, Count { accepted: 173, refused: 89, stricter: 0 });
}

#[test]
fn jw_23_a_signature_in_der_is_no_es256() {
    let mut refused = 0_usize;
    for group in ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256).unwrap().test_groups {
        let (x, y) = group.key.key[1..].split_at(32);
        let jwk = json!({"kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y), "kid": "w"});
        // The set has signatures whose two numbers are so small that their DER is of any length; 64 bytes is ours.
        for test in group.tests.into_iter().filter(|test| test.result == Valid) {
            assert_eq!(verifies(&jwk, "ES256", &test.msg, &test.sig), Ok(false), "{}", test.tc_id);
            refused = refused.saturating_add(1);
        }
    }
    assert!(refused > 100, "{refused}");
}

#[test]
fn jw_23_eddsa() {
    let mut count = Count::default();
    for group in eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap().test_groups {
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": encode(&*group.key.pk), "kid": "w"});
        for test in group.tests {
            let accepted = verifies(&jwk, "EdDSA", &test.msg, &test.sig) == Ok(true);
            count.add(test.result, accepted, false, &format!("{} {}", test.tc_id, test.comment));
        }
    }
    assert_eq!(count, Count { accepted: 88, refused: 63, stricter: 0 });
}

#[test]
fn the_verifiers_are_those_of_the_list() {
    // So that none of the sets above goes round an algorithm that has come since.
    let names: Vec<&str> = ["ES256", "EdDSA", "RS256"].into_iter().filter(|name| find(name).is_some()).collect();
    assert_eq!(names.len(), app_connect::jose::ALGORITHMS.len());
}

#[test]
fn sc_02_aes_256_gcm_as_the_vault_uses_it() {
    let mut count = Count::default();
    for group in aead::TestSet::load(aead::TestName::AesGcm).unwrap().test_groups {
        // The vault has keys of 256 bits and nonces of 96.
        if (group.key_size, group.nonce_size, group.tag_size) != (256, 96, 128) {
            continue;
        }
        for test in group.tests {
            let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &test.key).unwrap());
            let nonce = || Nonce::try_assume_unique_for_key(&test.nonce).unwrap();
            let mut sealed = [&test.ct[..], &test.tag[..]].concat();
            let opened = key.open_in_place(nonce(), Aad::from(&*test.aad), &mut sealed);
            let accepted = opened.is_ok_and(|opened| *opened == *test.pt);
            count.add(test.result, accepted, false, &format!("{} {}", test.tc_id, test.comment));
            if test.result == Valid {
                let mut value = test.pt.to_vec();
                key.seal_in_place_append_tag(nonce(), Aad::from(&*test.aad), &mut value).unwrap();
                assert_eq!(value, [&test.ct[..], &test.tag[..]].concat(), "{}", test.tc_id);
            }
        }
    }
    assert_eq!(count, Count { accepted: 39, refused: 27, stricter: 0 });
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

#[test]
fn sc_02_hkdf_sha_256_as_the_vault_uses_it() {
    let mut count = Count::default();
    for group in hkdf::TestSet::load(hkdf::TestName::HkdfSha256).unwrap().test_groups {
        for test in group.tests {
            let extracted = Salt::new(HKDF_SHA256, &test.salt).extract(&test.ikm);
            let mut derived = vec![0; test.size];
            let info = [&test.info[..]];
            let expanded = extracted.expand(&info, Length(test.size)).and_then(|okm| okm.fill(&mut derived));
            let accepted = expanded.is_ok() && derived == *test.okm;
            count.add(test.result, accepted, false, &format!("{} {}", test.tc_id, test.comment));
        }
    }
    assert_eq!(count, Count { accepted: 83, refused: 3, stricter: 0 });
}
