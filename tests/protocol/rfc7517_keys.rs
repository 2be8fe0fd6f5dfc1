//! RFC 7517: public keys and sets of them, as they are read and published. Cases JW-21 and JW-22 of the threat model.

use app_connect::jose::jwk::{Jwk, KeySet};
use app_connect::jose::{ALGORITHMS, KeyError, find};
use serde_json::{Map, Value, json};

use crate::support::vectors::{Signer, decode, encode, rfc7517};

/// What a private or symmetric key has and a public one has not (RFC 7518 §6).
const PRIVATE: &[&str] = &["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

fn parse(jwk: &Value) -> Result<Jwk, KeyError> {
    Jwk::parse(jwk.to_string().as_bytes())
}

fn parse_set(set: &Value) -> Result<KeySet, KeyError> {
    KeySet::parse(set.to_string().as_bytes())
}

/// A key with some members changed; null takes one away.
fn with(jwk: &Value, changes: &Value) -> Value {
    let mut members: Map<String, Value> = jwk.as_object().unwrap().clone();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            members.shift_remove(name)
        } else {
            members.insert(name.clone(), value.clone())
        };
    }
    Value::Object(members)
}

fn assert_public(printed: &Value) {
    for key in printed["keys"].as_array().unwrap_or(&vec![printed.clone()]) {
        let names: Vec<&str> = key.as_object().unwrap().keys().map(String::as_str).collect();
        assert!(!names.is_empty() && names.iter().all(|name| !PRIVATE.contains(name)), "{names:?}");
    }
}

#[test]
fn a_1_the_key_for_signatures_is_read_and_the_one_for_encryption_is_left_out() {
    let set = parse_set(&rfc7517()["A.1"]).unwrap();
    assert!(set.find("1").is_none(), "its use is enc");
    let key = set.find("2011-04-29").unwrap();
    assert_eq!(key.algorithm.name(), "RS256");
    assert_eq!(set.to_value()["keys"].as_array().unwrap().len(), 1);
}

#[test]
fn jw_21_a_2_private_members_are_never_printed() {
    let vectors = rfc7517();
    let (private, public) = (parse_set(&vectors["A.2"]).unwrap(), parse_set(&vectors["A.1"]).unwrap());
    assert_eq!(private.to_value(), public.to_value());
    assert_public(&private.to_value());
}

#[test]
fn a_3_symmetric_keys_are_no_keys_here() {
    let set = parse_set(&rfc7517()["A.3"]).unwrap();
    assert_eq!(set.to_value(), json!({"keys": []}));
}

#[test]
fn b_a_certificate_beside_the_key_is_neither_read_nor_printed() {
    let vector = &rfc7517()["B"];
    assert!(vector["x5c"].is_array() && vector.get("alg").is_none());
    let key = parse(vector).unwrap();
    let public =
        json!({"e": vector["e"], "kty": "RSA", "n": vector["n"], "kid": "1b94c", "alg": "RS256", "use": "sig"});
    assert_eq!(key.to_value(), public);
}

#[test]
fn jw_21_what_is_printed_is_read_as_it_was_and_has_public_members_alone() {
    let signers = Signer::all();
    for signer in &signers {
        let printed = signer.jwk.to_value();
        assert_public(&printed);
        let read = parse(&printed).unwrap();
        assert_eq!((read.to_value(), &read.key), (printed, &signer.jwk.key));
        assert_eq!(read.kid, signer.pair.public().thumbprint().as_str());
        let shown = format!("{read:?}");
        assert!(shown.contains(&read.kid) && shown.contains(signer.name()), "{shown}");
    }
    let set = KeySet::new(signers.iter().map(|signer| signer.jwk.clone()));
    assert_public(&set.to_value());
    assert_eq!(parse_set(&set.to_value()).unwrap().to_value(), set.to_value());
    assert_eq!(set.to_value()["keys"].as_array().unwrap().len(), ALGORITHMS.len());
}

#[test]
fn s4_members_that_nobody_knows_are_passed_over() {
    for signer in Signer::all() {
        let jwk = signer.jwk.to_value();
        let more = json!({"x5t": "whatever", "x5u": "https://evil.test", "iat": 1, "": {"deep": [null, {"er": 1.5}]}});
        assert_eq!(parse(&with(&jwk, &more)).unwrap().to_value(), jwk);
    }
}

#[test]
fn s4_a_member_that_comes_twice_makes_it_no_key() {
    for signer in Signer::all() {
        let text = signer.jwk.to_value().to_string();
        for more in [r#","kid":"again"}"#, r#","\u006bty":"oct"}"#, r#","more":{"a":1,"a":1}}"#] {
            let twice = format!("{}{more}", text.strip_suffix('}').unwrap());
            assert!(serde_json::from_str::<Value>(&twice).is_ok());
            assert_eq!(Jwk::parse(twice.as_bytes()).unwrap_err(), KeyError::Unsupported, "{more}");
            let set = format!(r#"{{"keys":[{twice}]}}"#);
            assert_eq!(KeySet::parse(set.as_bytes()).unwrap_err(), KeyError::Unsupported, "{more}");
        }
    }
}

#[test]
fn s4_2_and_s4_3_a_key_for_anything_but_verifying_is_none_here() {
    for signer in Signer::all() {
        let jwk = signer.jwk.to_value();
        for good in [
            json!({"use": null}),
            json!({"key_ops": ["verify"]}),
            json!({"use": null, "key_ops": ["sign", "verify"]}),
            json!({"alg": null}),
        ] {
            assert_eq!(parse(&with(&jwk, &good)).unwrap().to_value(), jwk, "{good}");
        }
        for bad in [
            json!({"use": "enc"}),
            json!({"use": "SIG"}),
            json!({"use": ""}),
            json!({"use": ["sig"]}),
            json!({"key_ops": []}),
            json!({"key_ops": ["sign"]}),
            json!({"key_ops": ["deriveKey", "Verify"]}),
            json!({"key_ops": "verify"}),
            json!({"key_ops": {"verify": true}}),
            json!({"key_ops": [["verify"]]}),
        ] {
            assert_eq!(parse(&with(&jwk, &bad)).unwrap_err(), KeyError::Unsupported, "{bad}");
        }
        let null = jwk.to_string().replace(r#""use":"sig""#, r#""use":null"#);
        assert_eq!(Jwk::parse(null.as_bytes()).unwrap_err(), KeyError::Unsupported);
    }
}

#[test]
fn s4_4_the_algorithm_is_one_that_the_key_can_have_or_it_is_no_key() {
    let names = [
        "none", "HS256", "ES256", "EdDSA", "RS256", "RS384", "RS512", "PS256", "ES384", "Ed25519", "rs256", "RSA1_5",
        "",
    ];
    for signer in Signer::all() {
        let jwk = signer.jwk.to_value();
        for name in names {
            match parse(&with(&jwk, &json!({"alg": name}))) {
                Ok(key) => assert_eq!((name, key.algorithm.name()), (signer.name(), signer.name())),
                Err(error) => assert!(error == KeyError::Unsupported && name != signer.name(), "{name}"),
            }
        }
        for no_text in [json!(["RS256"]), json!(1), json!({})] {
            assert_eq!(parse(&with(&jwk, &json!({"alg": no_text}))).unwrap_err(), KeyError::Unsupported);
        }
    }
}

#[test]
fn s4_5_a_key_without_a_name_cannot_be_meant() {
    for signer in Signer::all() {
        let jwk = signer.jwk.to_value();
        for kid in [json!(null), json!(""), json!(1), json!(["a"]), json!({"a": "b"})] {
            assert_eq!(parse(&with(&jwk, &json!({"kid": kid}))).unwrap_err(), KeyError::Unsupported, "{kid}");
        }
        let any = parse(&with(&jwk, &json!({"kid": "../../dev/null"}))).unwrap();
        assert_eq!(any.to_value()["kid"], "../../dev/null");
    }
}

#[test]
fn s5_a_set_leaves_out_what_it_cannot_use() {
    let own = Signer::all().first().unwrap().jwk.to_value();
    let set = parse_set(&json!({
        "keys": [null, 1, "text", [], {}, {"kty": "oct", "k": "AA", "kid": "a"}, {"kty": 1}, own,
            with(&own, &json!({"use": "enc"})), with(&own, &json!({"kid": null}))],
        "more": {"than": "keys"},
    }));
    assert_eq!(set.unwrap().to_value(), json!({"keys": [own]}));
}

#[test]
fn s5_what_is_no_set_is_refused() {
    let own = Signer::all().first().unwrap().jwk.to_value();
    for text in ["", "null", "[]", "{}", r#"{"keys":null}"#, r#"{"keys":{}}"#, r#"{"Keys":[]}"#, r#"{"keys":[]} x"#] {
        assert_eq!(KeySet::parse(text.as_bytes()).unwrap_err(), KeyError::Unsupported, "{text}");
        assert_eq!(KeySet::kept(text.as_bytes()).unwrap_err(), KeyError::Unsupported, "{text}");
    }
    assert_eq!(KeySet::parse(b"\xef\xbb\xbf{\"keys\":[]}").unwrap_err(), KeyError::Unsupported);
    assert_eq!(KeySet::parse(b"{\"keys\":[\"\xff\"]}").unwrap_err(), KeyError::Unsupported);
    assert_eq!(parse_set(&own).unwrap_err(), KeyError::Unsupported, "a key is no set");
    assert_eq!(parse(&json!({"keys": [own]})).unwrap_err(), KeyError::Unsupported, "and a set no key");
}

#[test]
fn s5_two_keys_of_one_name_make_it_no_set() {
    let [one, other] = [0, 1].map(|place| with(&Signer::all()[place].jwk.to_value(), &json!({"kid": "same"})));
    for keys in [json!([one, one]), json!([one, other]), json!([one, {}, other])] {
        assert_eq!(parse_set(&json!({ "keys": keys })).unwrap_err(), KeyError::Unsupported);
    }
    // A name that only one usable key has is not given twice.
    let set = parse_set(&json!({"keys": [one, with(&other, &json!({"use": "enc"}))]})).unwrap();
    assert_eq!(set.to_value(), json!({"keys": [one]}));
}

#[test]
fn s5_a_set_has_sixty_four_keys_and_sixty_four_kibibytes_at_most() {
    let own = Signer::all()[1].jwk.to_value();
    let set = |keys: usize| {
        let keys: Vec<Value> = (0..keys).map(|number| with(&own, &json!({"kid": number.to_string()}))).collect();
        json!({ "keys": keys })
    };
    assert!(parse_set(&set(64)).unwrap().find("63").is_some());
    assert_eq!(parse_set(&set(65)).unwrap_err(), KeyError::Unsupported);

    let padded = |length: usize| {
        let text = set(1).to_string();
        format!("{text}{}", " ".repeat(length.saturating_sub(text.len())))
    };
    assert!(KeySet::parse(padded(65_536).as_bytes()).is_ok());
    assert_eq!(KeySet::parse(padded(65_537).as_bytes()).unwrap_err(), KeyError::Unsupported);
}

#[test]
fn a_set_that_is_kept_is_the_set_of_its_own_text() {
    let [one, other] = [0, 1].map(|place| json!({"keys": [Signer::all()[place].jwk.to_value()]}));
    for _ in 0..2 {
        for set in [&one, &other] {
            assert_eq!(&KeySet::kept(set.to_string().as_bytes()).unwrap().to_value(), set);
        }
    }
}

fn rsa(n: &[u8], e: &[u8]) -> Result<Jwk, KeyError> {
    parse(&json!({"kty": "RSA", "n": encode(n), "e": encode(e), "kid": "rsa"}))
}

/// The modulus of RFC 7517 appendix A.1.
fn modulus() -> Vec<u8> {
    decode(rfc7517()["A.1"]["keys"][1]["n"].as_str().unwrap())
}

#[test]
fn jw_22_a_modulus_has_2048_to_8192_bits_and_is_odd() {
    let n = modulus();
    let e = [1, 0, 1];
    assert!(rsa(&n, &e).is_ok());
    let changed = |place: usize, byte: u8| {
        let mut other = n.clone();
        other[place] = byte;
        other
    };
    for (weak, name) in [
        (n[..128].to_vec(), "1024 bits"),
        (n[..255].to_vec(), "2040 bits"),
        (changed(0, 0x7f), "2047 bits"),
        (changed(0, 0x01), "2041 bits"),
        (changed(255, n[255] ^ 1), "even"),
        (n.repeat(5), "10240 bits"),
    ] {
        assert_eq!(rsa(&weak, &e).unwrap_err(), KeyError::Weak, "{name}");
    }
    let with_more = |more: &[u8]| [more, &n].concat();
    assert!(rsa(&with_more(&[1]), &e).is_ok(), "2049 bits begin with a small byte");
    assert_eq!(rsa(&with_more(&[0]), &e).unwrap_err(), KeyError::Unsupported, "RFC 7518 s6.3.1.1: no leading zeros");
    assert_eq!(rsa(&[], &e).unwrap_err(), KeyError::Unsupported);
}

#[test]
fn jw_22_an_exponent_is_65537_or_more_and_odd() {
    let n = modulus();
    for strong in [&[1, 0, 1][..], &[1, 0, 3], &[1, 0, 0, 1]] {
        assert!(rsa(&n, strong).is_ok(), "{strong:?}");
    }
    for weak in [&[1][..], &[2], &[3], &[17], &[1, 1], &[0xff, 0xff], &[1, 0, 0], &[1, 0, 2]] {
        assert_eq!(rsa(&n, weak).unwrap_err(), KeyError::Weak, "{weak:?}");
    }
    for none in [&[][..], &[0], &[0, 1, 0, 1], &[1; 9], &[1; 32]] {
        assert_eq!(rsa(&n, none).unwrap_err(), KeyError::Unsupported, "{none:?}");
    }
}

#[test]
fn jw_22_a_weak_key_in_a_set_is_no_key_of_it() {
    let weak = json!({"kty": "RSA", "n": encode(&modulus()[..128]), "e": "AQAB", "kid": "weak"});
    assert!(parse_set(&json!({"keys": [weak]})).unwrap().find("weak").is_none());
}

#[test]
fn a_point_is_on_its_curve_and_its_coordinates_have_32_bytes() {
    let jwk = Signer::all()[0].jwk.to_value();
    assert_eq!(jwk["crv"], "P-256");
    let (x, y) = (decode(jwk["x"].as_str().unwrap()), decode(jwk["y"].as_str().unwrap()));
    let mut off = y.clone();
    off[31] ^= 1;
    let longer = |bytes: &[u8]| [&[0], bytes].concat();
    for bad in [
        json!({"y": encode(&off)}),
        json!({"x": encode([0; 32]), "y": encode([0; 32])}),
        json!({"x": encode([0xff; 32])}),
        json!({"x": encode(&y), "y": encode(&x)}),
        json!({"x": encode(longer(&x))}),
        json!({"y": encode(longer(&y))}),
        json!({"x": encode(&x[1..])}),
        // The same point, divided elsewhere.
        json!({"x": encode([&x, &y[..1]].concat()), "y": encode(&y[1..])}),
        json!({"x": encode(&x[..31]), "y": encode([&x[31..], &y].concat())}),
        json!({"y": null}),
        json!({"x": null}),
        json!({"crv": "P-384"}),
        json!({"crv": "P-521"}),
        json!({"crv": "secp256k1"}),
        json!({"crv": "p-256"}),
        json!({"crv": null}),
        json!({"crv": 256}),
        json!({"kty": "RSA"}),
        json!({"kty": "ec"}),
        json!({"kty": null}),
    ] {
        assert_eq!(parse(&with(&jwk, &bad)).unwrap_err(), KeyError::Unsupported, "{bad}");
    }
}

#[test]
fn a_key_is_its_bytes_and_no_document_about_them() {
    for signer in Signer::all() {
        let jwk = signer.jwk.to_value();
        let spki = encode(pem::parse(signer.public_pem()).unwrap().into_contents());
        for name in ["x", "y"].into_iter().filter(|name| jwk[name].is_string()) {
            assert!(parse(&with(&jwk, &json!({name: spki}))).is_err(), "{} {name}", signer.name());
        }
    }
}

#[test]
fn s6_3_bytes_are_base64url_without_padding_in_its_one_canonical_form() {
    for signer in Signer::all() {
        let jwk = signer.jwk.to_value();
        for name in ["n", "e", "x", "y"] {
            let Some(text) = jwk[name].as_str() else { continue };
            let mut noncanonical = text.to_owned();
            let last = noncanonical.pop().unwrap();
            noncanonical.push(if last == 'B' {
                'C'
            } else {
                char::from_u32(u32::from(last).saturating_add(1)).unwrap()
            });
            let spellings = [
                format!("{text}="),
                format!("{text}=="),
                format!("{text}\n"),
                format!(" {text}"),
                text.replace(['-', '_'], "+"),
                format!("{text}/"),
                if text.len() % 4 == 0 { format!("{text}A") } else { noncanonical },
                String::new(),
            ];
            for other in spellings.into_iter().filter(|other| other != text) {
                assert!(parse(&with(&jwk, &json!({name: other}))).is_err(), "{} {name} {other:?}", signer.name());
            }
            for other in [json!(1), json!([text]), json!({"0": text}), json!(true)] {
                assert_eq!(parse(&with(&jwk, &json!({name: other}))).unwrap_err(), KeyError::Unsupported);
            }
        }
    }
}

#[test]
fn a_key_of_one_algorithm_is_none_of_another() {
    for signer in Signer::all() {
        for algorithm in ALGORITHMS {
            let wrapped = algorithm.decoding_key(&signer.jwk.key);
            assert_eq!(wrapped.is_ok(), algorithm.name() == signer.name(), "{}", algorithm.name());
        }
    }
    for name in ["none", "None", "NONE", "HS256", "RS384", "PS256", "ES384", "es256", "EDDSA", ""] {
        assert!(find(name).is_none(), "{name}");
    }
}
