//! RFC 8725: what a verifier must refuse. Cases JW-01 to JW-18 of the threat model, each forgery for every algorithm.

use app_connect::jose::jwk::KeySet;
use app_connect::jose::jwt::{SigningKey, names_issuer};
use app_connect::jose::verify::{ACCESS_TOKEN, Expectation, JwtError, MAX_LEEWAY, verify};
use app_connect::secret::token::MAX_SIGNED;
use app_connect::time::UnixTime;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use sha2::Sha256;

use crate::support::vectors::{Signer, decode, encode, flipped};

const ISSUER: &str = "https://example.test";
const AUDIENCE: &str = "https://example.test/wp-json/";
const NOW: i64 = 1_800_000_000;
const LEEWAY: i64 = 30;

fn expected() -> Expectation<'static> {
    Expectation { issuer: ISSUER, audience: AUDIENCE, typ: ACCESS_TOKEN, leeway: LEEWAY, algorithms: None }
}

fn judge(token: impl AsRef<[u8]>, keys: &KeySet) -> Result<Map<String, Value>, JwtError> {
    verify(token.as_ref(), keys, &expected(), UnixTime(NOW))
}

fn claims() -> Value {
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "9f0c", "client_id": "ac_1", "jti": "7QTd", "scope": "read",
        "iat": NOW, "exp": NOW + 600,
    })
}

/// Forgeries in the name of one signer: what each is, its text, and why it is refused.
type Forgeries = Vec<(String, Vec<u8>, JwtError)>;

/// Refuses every forgery for every algorithm, and takes the genuine token beside it.
fn refused(forge: impl Fn(&Signer) -> Forgeries) {
    for signer in Signer::all() {
        let keys = signer.key_set();
        let genuine = signer.token(signer.header().to_string(), claims().to_string());
        assert_eq!(judge(genuine, &keys).map(Value::Object), Ok(claims()), "{}", signer.name());
        let forgeries = forge(&signer);
        assert!(!forgeries.is_empty());
        for (name, token, why) in forgeries {
            let text = String::from_utf8_lossy(token.get(..300).unwrap_or(&token)).into_owned();
            assert_eq!(judge(&token, &keys), Err(why), "{} {name}: {text}", signer.name());
        }
    }
}

/// What stands in place of a member that shall be left out.
fn absent() -> Value {
    json!("(absent)")
}

fn changed(base: &Value, changes: &Value) -> String {
    let mut members = base.as_object().unwrap().clone();
    for (name, value) in changes.as_object().unwrap() {
        if *value == absent() {
            members.shift_remove(name)
        } else {
            members.insert(name.clone(), value.clone())
        };
    }
    Value::Object(members).to_string()
}

impl Signer {
    fn header(&self) -> Value {
        json!({"typ": ACCESS_TOKEN, "alg": self.name(), "kid": self.jwk.kid})
    }

    /// Signed as it should be, but with other members in its header.
    fn with_header(&self, changes: &Value) -> String {
        self.token(changed(&self.header(), changes), claims().to_string())
    }

    /// Signed as it should be, but with other claims.
    fn with_claims(&self, changes: &Value) -> String {
        self.token(self.header().to_string(), changed(&claims(), changes))
    }

    fn headers(&self, why: &JwtError, changes: impl IntoIterator<Item = Value>) -> Forgeries {
        let forge = |changes: Value| (changes.to_string(), self.with_header(&changes).into_bytes(), why.clone());
        changes.into_iter().map(forge).collect()
    }

    fn claims(&self, why: &JwtError, changes: impl IntoIterator<Item = Value>) -> Forgeries {
        let forge = |changes: Value| (changes.to_string(), self.with_claims(&changes).into_bytes(), why.clone());
        changes.into_iter().map(forge).collect()
    }

    fn genuine(&self) -> String {
        self.token(self.header().to_string(), claims().to_string())
    }
}

/// Names of algorithms that others have, and spellings of ours.
const FOREIGN: &[&str] = &[
    "HS256", "HS384", "HS512", "RS384", "RS512", "PS256", "PS384", "PS512", "ES384", "ES512", "ES256K", "Ed25519",
    "Ed448", "RSA1_5", "RSA-OAEP", "dir", "A256GCM", "rs256", "es256", "eddsa", "EDDSA", "RS256 ", " ES256", "RS256\0",
    "",
];

#[test]
fn jw_01_none_in_any_spelling_is_refused() {
    refused(|signer| {
        let mut forgeries = Vec::new();
        for none in ["none", "None", "NONE", "nOnE", "none ", ""] {
            let header = changed(&signer.header(), &json!({"alg": none}));
            let message = format!("{}.{}", encode(header), encode(claims().to_string()));
            for (signature, why) in
                [("", JwtError::Malformed), ("AA", JwtError::Algorithm), ("none", JwtError::Algorithm)]
            {
                forgeries.push((format!("{none:?} {signature}"), format!("{message}.{signature}").into_bytes(), why));
            }
            forgeries.push((format!("{none:?} two parts"), message.clone().into_bytes(), JwtError::Malformed));
            forgeries.push((format!("{none:?} signed"), signer.signed(&message).into_bytes(), JwtError::Algorithm));
        }
        forgeries.extend(
            signer.headers(&JwtError::Algorithm, [json!({"alg": null}), json!({"alg": absent()}), json!({"alg": 0})]),
        );
        forgeries.extend(signer.headers(
            &JwtError::Algorithm,
            [json!({"alg": [signer.name()]}), json!({"alg": {"name": signer.name()}}), json!({"alg": true})],
        ));
        forgeries
    });
}

#[test]
fn jw_02_a_public_key_is_no_secret_of_hs256_in_any_form() {
    refused(|signer| {
        let pem = signer.public_pem();
        let der = pem::parse(pem).unwrap().into_contents();
        let jwk = signer.jwk.to_value();
        let texts = [
            pem.as_bytes().to_vec(),
            pem.trim_end().as_bytes().to_vec(),
            pem.replace('\n', "\r\n").into_bytes(),
            pem.lines().filter(|line| !line.starts_with('-')).collect::<String>().into_bytes(),
            format!("{}\n", encode(&der)).into_bytes(),
            der,
            jwk.to_string().into_bytes(),
            format!("{jwk}\n").into_bytes(),
            serde_json::to_vec_pretty(&jwk).unwrap(),
            json!({"keys": [jwk]}).to_string().into_bytes(),
            decode(jwk["x"].as_str().or(jwk["n"].as_str()).unwrap()),
            signer.jwk.kid.clone().into_bytes(),
            Vec::new(),
        ];
        let header = changed(&signer.header(), &json!({"alg": "HS256"}));
        let own = signer.header().to_string();
        let mut forgeries = Vec::new();
        for (number, secret) in texts.iter().enumerate() {
            for (header, why) in [(&header, JwtError::Algorithm), (&own, JwtError::Signature)] {
                let message = format!("{}.{}", encode(header), encode(claims().to_string()));
                let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
                mac.update(message.as_bytes());
                let token = format!("{message}.{}", encode(mac.finalize().into_bytes()));
                forgeries.push((format!("text {number} as secret, {header}"), token.into_bytes(), why));
            }
        }
        forgeries
    });
}

#[test]
fn jw_03_the_algorithm_is_the_keys_whatever_the_token_says() {
    refused(|signer| {
        let names = FOREIGN.iter().copied().chain(["ES256", "EdDSA", "RS256"]).filter(|name| *name != signer.name());
        signer.headers(&JwtError::Algorithm, names.map(|name| json!({ "alg": name })))
    });
}

#[test]
fn jw_03_another_key_does_not_sign_under_this_name() {
    refused(|signer| {
        let mut forgeries = Vec::new();
        for other in Signer::all().into_iter().filter(|other| other.name() != signer.name()) {
            for (alg, why) in [(signer.name(), JwtError::Signature), (other.name(), JwtError::Algorithm)] {
                let header = changed(&signer.header(), &json!({ "alg": alg }));
                let token = other.token(header, claims().to_string());
                forgeries.push((format!("{} as {alg}", other.name()), token.into_bytes(), why));
            }
        }
        let token = signer.another().token(signer.header().to_string(), claims().to_string());
        forgeries.push(("a key of the same algorithm".to_owned(), token.into_bytes(), JwtError::Signature));
        forgeries
    });
}

#[test]
fn jw_03_a_caller_can_want_fewer_algorithms_and_never_more() {
    for signer in Signer::all() {
        let judge = |algorithms: Option<Vec<&'static str>>| {
            let expected = Expectation { algorithms, ..expected() };
            verify(signer.genuine().as_bytes(), &signer.key_set(), &expected, UnixTime(NOW)).map(drop)
        };
        assert_eq!(judge(None), Ok(()));
        assert_eq!(judge(Some(vec!["ES256", "EdDSA", "RS256"])), Ok(()));
        assert_eq!(judge(Some(vec![signer.name()])), Ok(()));
        let others: Vec<&str> = ["ES256", "EdDSA", "RS256"].into_iter().filter(|name| *name != signer.name()).collect();
        for wanted in [vec![], others, vec!["none"], vec!["HS256", "PS256"], vec![""]] {
            assert_eq!(judge(Some(wanted.clone())), Err(JwtError::Algorithm), "{wanted:?}");
        }
    }
}

#[test]
fn jw_04_every_bit_of_a_token_matters() {
    for signer in Signer::all() {
        let keys = signer.key_set();
        let genuine = signer.genuine();
        let parts: Vec<Vec<u8>> = genuine.split('.').map(decode).collect();
        for (place, why) in [(0, None), (1, Some(JwtError::Signature)), (2, Some(JwtError::Signature))] {
            let mut seen = 0_usize;
            for other in flipped(&parts[place]) {
                let mut forged = parts.clone();
                forged[place] = other;
                let refusal = judge(forged.iter().map(encode).collect::<Vec<_>>().join("."), &keys).unwrap_err();
                assert!(why.as_ref().is_none_or(|why| *why == refusal), "{} {refusal}", signer.name());
                seen = seen.saturating_add(1);
            }
            assert_eq!(seen, parts[place].len().saturating_mul(8));
        }
    }
}

#[test]
fn jw_04_a_signature_of_another_length_is_none() {
    refused(|signer| {
        let genuine = signer.genuine();
        let (message, signature) = genuine.rsplit_once('.').unwrap();
        let signature = decode(signature);
        let empty = vec![0; signature.len()];
        let forge = |other: &[u8]| {
            (format!("{} bytes", other.len()), format!("{message}.{}", encode(other)).into_bytes(), JwtError::Signature)
        };
        let shorter = signature.get(1..).unwrap();
        let halves = signature.split_at(signature.len() / 2);
        vec![
            forge(&empty),
            forge(shorter),
            forge(&signature[..signature.len() - 1]),
            forge(&[&signature, &[0][..]].concat()),
            forge(&[&[0][..], &signature].concat()),
            forge(&signature.repeat(2)),
            forge(&[halves.1, halves.0].concat()),
            forge(&[0]),
        ]
    });
}

#[test]
fn jw_05_a_name_of_no_key_is_refused_whatever_it_is() {
    refused(|signer| {
        let kid = &signer.jwk.kid;
        signer.headers(
            &JwtError::Key,
            [
                json!({"kid": absent()}),
                json!({"kid": null}),
                json!({"kid": ""}),
                json!({"kid": 0}),
                json!({"kid": [kid]}),
                json!({"kid": {"kid": kid}}),
                json!({"kid": "unknown"}),
                json!({"kid": kid.to_lowercase()}),
                json!({"kid": format!("{kid}\0")}),
                json!({"kid": format!(" {kid}")}),
                json!({"kid": "../../dev/null"}),
                json!({"kid": "' OR 1=1--"}),
                json!({"kid": "https://evil.test/key"}),
                json!({"kid": "k".repeat(10_000)}),
            ],
        )
    });
}

#[test]
fn jw_05_the_name_of_a_key_has_256_bytes_at_most() {
    for signer in Signer::all() {
        for (length, good) in [(256, true), (257, false)] {
            let kid = "k".repeat(length);
            let mut named = signer.jwk.clone();
            named.kid.clone_from(&kid);
            let keys = KeySet::new([named]);
            let judged = judge(signer.with_header(&json!({ "kid": kid })), &keys);
            assert_eq!(judged.map(drop), if good { Ok(()) } else { Err(JwtError::Key) }, "{length}");
        }
    }
}

#[test]
fn jw_05_a_key_is_found_among_others_and_no_key_in_an_empty_set() {
    let signers = Signer::all();
    let all = KeySet::new(signers.iter().map(|signer| signer.jwk.clone()));
    for signer in &signers {
        assert!(judge(signer.genuine(), &all).is_ok());
        assert_eq!(judge(signer.genuine(), &KeySet::default()), Err(JwtError::Key));
    }
}

#[test]
fn jw_06_and_jw_07_a_key_that_the_token_brings_along_is_refused() {
    refused(|signer| {
        let mut forgeries = signer.headers(
            &JwtError::Header,
            [
                json!({"jku": "https://evil.test/jwks"}),
                json!({"jku": "http://127.0.0.1:1/"}),
                json!({"jku": null}),
                json!({"x5u": "https://evil.test/x5u"}),
                json!({"x5c": ["MIIB"]}),
                json!({"x5c": []}),
                json!({"jwk": signer.jwk.to_value()}),
                json!({"jwk": null}),
                json!({"jwk": {"kty": "oct", "k": "AA"}}),
            ],
        );
        let attacker = signer.another();
        for header in [
            changed(&signer.header(), &json!({"jwk": attacker.jwk.to_value()})),
            changed(&attacker.header(), &json!({"kid": signer.jwk.kid, "jwk": attacker.jwk.to_value()})),
        ] {
            let token = attacker.token(header, claims().to_string());
            forgeries.push(("a key of the attacker's".to_owned(), token.into_bytes(), JwtError::Header));
        }
        let token =
            attacker.token(changed(&attacker.header(), &json!({"jwk": attacker.jwk.to_value()})), claims().to_string());
        forgeries.push(("a key and a name of the attacker's".to_owned(), token.into_bytes(), JwtError::Key));
        forgeries
    });
}

#[test]
fn jw_08_nothing_critical_is_passed_over() {
    refused(|signer| {
        signer.headers(
            &JwtError::Header,
            [
                json!({"crit": ["exp"], "exp": 1}),
                json!({"crit": ["http://example.com/UNDEFINED"], "http://example.com/UNDEFINED": true}),
                json!({"crit": ["b64"], "b64": false}),
                json!({"crit": ["b64"], "b64": true}),
                json!({"crit": []}),
                json!({"crit": null}),
                json!({"crit": "x"}),
                json!({"b64": false}),
                json!({"b64": true}),
            ],
        )
    });
}

#[test]
fn jw_09_neither_compressed_nor_encrypted_nor_in_json() {
    refused(|signer| {
        let mut forgeries = signer.headers(
            &JwtError::Header,
            [json!({"zip": "DEF"}), json!({"zip": null}), json!({"enc": "A256GCM"}), json!({"enc": ""})],
        );
        let genuine = signer.genuine();
        let parts: Vec<&str> = genuine.split('.').collect();
        let [protected, payload, signature] = parts.as_slice() else { panic!("{genuine}") };
        let header = json!({"kid": signer.jwk.kid, "typ": ACCESS_TOKEN, "alg": signer.name()});
        for text in [
            json!({"protected": protected, "payload": payload, "signature": signature}),
            json!({"header": header, "payload": payload, "signature": signature}),
            json!({"payload": payload, "signatures": [{"protected": protected, "signature": signature}]}),
            json!({"payload": payload, "signatures": [{"header": header, "signature": signature}]}),
        ] {
            forgeries.push((text.to_string(), text.to_string().into_bytes(), JwtError::Malformed));
            let once = encode(text.to_string());
            forgeries.push((once.clone(), once.clone().into_bytes(), JwtError::Malformed));
            let header = format!("{once}.{payload}.{signature}");
            forgeries.push((header.clone(), header.into_bytes(), JwtError::Type));
        }
        for jwe in [
            "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.OKOawDo13gRp2ojaHV7LFpZcgV7T6DVZ.48V1_ALb6US04U3b.5eym8TW_c8SuK0ltJ3rpYIzO.XFBoMYUZodetZdvTiFvSkQ",
            "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0..AxY8DCtDaGlsbGljb3RoZQ.KDlTtXchhZTGufMYmOYGS4HffxPSUrfmqCHXaI9wOGY.U0m_YmjN04DJvceFICbCVQ",
        ] {
            forgeries.push(("JWE".to_owned(), jwe.as_bytes().to_vec(), JwtError::Malformed));
        }
        forgeries
    });
}

/// Whether a token with these claims is taken with this leeway.
fn judged_with(signer: &Signer, claims: &Value, leeway: i64) -> Result<(), JwtError> {
    let expected = Expectation { leeway, ..expected() };
    verify(signer.with_claims(claims).as_bytes(), &signer.key_set(), &expected, UnixTime(NOW)).map(drop)
}

#[test]
fn jw_10_a_token_ends_when_it_says_and_the_leeway_has_passed() {
    for signer in Signer::all() {
        for (leeway, counts) in [(0, 0), (1, 1), (LEEWAY, LEEWAY), (60, 60), (61, MAX_LEEWAY), (i64::MAX, MAX_LEEWAY)] {
            let ends = |exp: i64| judged_with(&signer, &json!({ "exp": exp, "iat": 1 }), leeway);
            assert_eq!(ends(NOW - counts), Err(JwtError::Expired), "{leeway}");
            assert_eq!(ends(NOW - counts + 1), Ok(()), "{leeway}");
        }
        for leeway in [-1, -60, i64::MIN] {
            assert_eq!(judged_with(&signer, &json!({ "exp": NOW }), leeway), Err(JwtError::Expired));
            assert_eq!(judged_with(&signer, &json!({ "exp": NOW + 1 }), leeway), Ok(()));
        }
        assert_eq!(judged_with(&signer, &json!({ "exp": 0 }), LEEWAY), Err(JwtError::Expired));
    }
    assert_eq!(MAX_LEEWAY, 60);
}

#[test]
fn jw_11_a_token_from_the_future_is_not_valid_yet() {
    for signer in Signer::all() {
        for (leeway, counts) in [(0, 0), (LEEWAY, LEEWAY), (60, 60), (3600, MAX_LEEWAY), (-5, 0)] {
            for name in ["nbf", "iat"] {
                let begins = |time: i64| judged_with(&signer, &json!({ name: time }), leeway);
                assert_eq!(begins(NOW + counts), Ok(()), "{name} {leeway}");
                assert_eq!(begins(NOW + counts + 1), Err(JwtError::TooEarly), "{name} {leeway}");
            }
        }
        // The later of the two counts.
        let both = |iat: i64, nbf: i64| judged_with(&signer, &json!({ "iat": iat, "nbf": nbf }), 0);
        assert_eq!(both(NOW, NOW), Ok(()));
        assert_eq!(both(NOW + 1, NOW), Err(JwtError::TooEarly));
        assert_eq!(both(NOW, NOW + 1), Err(JwtError::TooEarly));
    }
}

#[test]
fn jw_12_a_time_is_a_whole_number_of_seconds_since_1970() {
    refused(|signer| {
        let mut forgeries = Vec::new();
        for name in ["exp", "iat", "nbf"] {
            let wrong = [
                json!("1800000600"),
                json!(""),
                json!(null),
                json!(true),
                json!([1_800_000_000]),
                json!({"$date": 1_800_000_000}),
                json!(-1),
                json!(i64::MIN),
                json!(1e99),
                json!(1_800_000_000.5),
                json!(1_800_000_000.0),
                json!(9_007_199_254_740_993_i64),
                json!(i64::MAX),
                json!(u64::MAX),
            ];
            forgeries.extend(signer.claims(&JwtError::Claim(name), wrong.map(|value| json!({ name: value }))));
        }
        for name in ["exp", "iat"] {
            forgeries.extend(signer.claims(&JwtError::Claim(name), [json!({ name: absent() })]));
        }
        // Numbers that are none.
        for number in ["1e400", "-1e400", "NaN", "Infinity", "0x6b49d200", "01800000600", "+1800000600", "1800000600."]
        {
            let payload = claims().to_string().replace(&(NOW + 600).to_string(), number);
            let token = signer.token(signer.header().to_string(), payload);
            forgeries.push((number.to_owned(), token.into_bytes(), JwtError::Malformed));
        }
        forgeries
    });
}

#[test]
fn jw_12_the_largest_time_is_one() {
    for signer in Signer::all() {
        assert_eq!(judged_with(&signer, &json!({"exp": 1_i64 << 53, "iat": 0, "nbf": 0}), 0), Ok(()));
    }
}

#[test]
fn jw_13_the_issuer_is_one_text_byte_for_byte() {
    refused(|signer| {
        let others = [
            "https://evil.test",
            "https://example.test/",
            "https://EXAMPLE.test",
            "http://example.test",
            "https://example.test.evil.test",
            " https://example.test",
            "https://example.test\0",
        ];
        let mut forgeries = signer.claims(&JwtError::Issuer, others.map(|iss| json!({ "iss": iss })));
        forgeries.extend(signer.claims(
            &JwtError::Claim("iss"),
            [
                json!({"iss": absent()}),
                json!({"iss": null}),
                json!({"iss": ""}),
                json!({"iss": 1}),
                json!({"iss": [ISSUER]}),
                json!({"iss": ["https://evil.test", ISSUER]}),
                json!({"iss": {"0": ISSUER}}),
            ],
        ));
        forgeries
    });
}

#[test]
fn jw_14_the_audience_names_us() {
    refused(|signer| {
        let mut forgeries = signer.claims(
            &JwtError::Audience,
            [
                json!({"aud": "https://evil.test"}),
                json!({"aud": ""}),
                json!({"aud": ["https://evil.test"]}),
                json!({"aud": ["https://evil.test", ""]}),
                json!({"aud": AUDIENCE.trim_end_matches('/')}),
                json!({"aud": AUDIENCE.to_uppercase()}),
                json!({"aud": format!("{AUDIENCE} https://evil.test")}),
                json!({"aud": ISSUER}),
            ],
        );
        forgeries.extend(signer.claims(
            &JwtError::Claim("aud"),
            [
                json!({"aud": absent()}),
                json!({"aud": null}),
                json!({"aud": []}),
                json!({"aud": 1}),
                json!({"aud": {"0": AUDIENCE}}),
                json!({"aud": [AUDIENCE, 1]}),
                json!({"aud": [null, AUDIENCE]}),
                json!({"aud": [[AUDIENCE]]}),
            ],
        ));
        forgeries
    });
}

#[test]
fn jw_14_one_of_several_audiences_is_enough() {
    for signer in Signer::all() {
        for aud in [json!([AUDIENCE]), json!(["https://other.test", AUDIENCE])] {
            assert_eq!(judged_with(&signer, &json!({ "aud": aud }), LEEWAY), Ok(()));
        }
    }
}

#[test]
fn jw_15_subject_client_and_name_of_the_token_are_texts() {
    refused(|signer| {
        let mut forgeries = Vec::new();
        for name in ["sub", "client_id", "jti"] {
            let wrong =
                [absent(), json!(null), json!(""), json!(1), json!(true), json!(["9f0c"]), json!({"id": "9f0c"})];
            forgeries.extend(signer.claims(&JwtError::Claim(name), wrong.map(|value| json!({ name: value }))));
        }
        forgeries
    });
}

#[test]
fn jw_15_what_an_access_token_must_have_is_asked_however_the_caller_spells_its_type() {
    for signer in Signer::all() {
        for typ in ["at+jwt", "AT+JWT", "at+JWT"] {
            let expected = Expectation { typ, ..expected() };
            let judge = |claims: &Value| {
                let token = signer.with_claims(claims);
                verify(token.as_bytes(), &signer.key_set(), &expected, UnixTime(NOW)).map(drop)
            };
            assert_eq!(judge(&json!({})), Ok(()), "{typ}");
            for name in ["client_id", "jti"] {
                assert_eq!(judge(&json!({ name: absent() })), Err(JwtError::Claim(name)), "{typ}");
            }
        }
    }
}

#[test]
fn jw_15_tokens_of_other_types_need_neither_client_nor_name() {
    for signer in Signer::all() {
        let header = changed(&signer.header(), &json!({"typ": "JWT"}));
        let token = signer.token(header, changed(&claims(), &json!({"client_id": absent(), "jti": absent()})));
        let expected = Expectation { typ: "JWT", ..expected() };
        assert!(verify(token.as_bytes(), &signer.key_set(), &expected, UnixTime(NOW)).is_ok());
        assert_eq!(judge(token, &signer.key_set()), Err(JwtError::Type));
    }
}

#[test]
fn s3_11_the_type_is_the_expected_one() {
    refused(|signer| {
        let others = [
            json!("JWT"),
            json!("jwt"),
            json!("id+jwt"),
            json!("logout+jwt"),
            json!("at+jwt "),
            json!("at jwt"),
            json!("at"),
            json!("xat+jwt"),
            json!("application/jwt"),
            json!("text/at+jwt"),
            json!("application/application/at+jwt"),
            json!("application/"),
            json!("\u{e9}".repeat(12)),
            json!(""),
            json!(null),
            json!(1),
            json!(["at+jwt"]),
            absent(),
        ];
        signer.headers(&JwtError::Type, others.map(|typ| json!({ "typ": typ })))
    });
}

#[test]
fn rfc_7515_s4_1_9_a_type_is_spelled_in_any_case_and_with_or_without_application() {
    for signer in Signer::all() {
        for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/AT+jwt"] {
            assert!(judge(signer.with_header(&json!({ "typ": typ })), &signer.key_set()).is_ok(), "{typ}");
        }
    }
}

#[test]
fn jw_16_a_member_that_comes_twice_is_refused() {
    refused(|signer| {
        let mut forgeries = Vec::new();
        let mut forge = |header: &str, payload: &str| {
            let token = signer.token(header, payload);
            forgeries.push((format!("{header} {payload}"), token.into_bytes(), JwtError::Malformed));
        };
        let (header, payload) = (signer.header().to_string(), claims().to_string());
        let twice = |text: &str, more: &str| format!("{},{more}}}", text.strip_suffix('}').unwrap());
        let alg = signer.name();
        for more in [
            format!(r#""alg":"{alg}""#),
            r#""alg":"none""#.to_owned(),
            format!(r#""\u0061lg":"{alg}""#),
            r#""kid":"another""#.to_owned(),
            r#""typ":"at+jwt""#.to_owned(),
            r#""x":{"a":1,"a":2}"#.to_owned(),
        ] {
            forge(&twice(&header, &more), &payload);
        }
        for more in [
            r#""sub":"1""#,
            r#""sub":"9f0c""#,
            r#""\u0073ub":"1""#,
            r#""exp":9999999999"#,
            r#""iss":"https://evil.test""#,
            r#""act":{"sub":"1","sub":"2"}"#,
            r#""list":[{"a":[{"b":1,"b":1}]}]"#,
        ] {
            forge(&header, &twice(&payload, more));
        }
        forgeries
    });
}

#[test]
fn jw_17_there_is_one_spelling_of_a_token() {
    refused(|signer| {
        let genuine = signer.genuine();
        let parts: Vec<&str> = genuine.split('.').collect();
        let [header, payload, signature] = parts.as_slice() else { panic!("{genuine}") };
        let mut forgeries = Vec::new();
        let mut forge = |name: &str, token: String, why: JwtError| {
            if token != genuine {
                forgeries.push((name.to_owned(), token.into_bytes(), why));
            }
        };
        for (before, after) in
            [(" ", ""), ("", " "), ("", "\n"), ("", "\r\n"), ("\t", ""), ("\u{feff}", ""), ("", "\0")]
        {
            forge("around", format!("{before}{genuine}{after}"), JwtError::Malformed);
        }
        forge("two of them", format!("{genuine},{genuine}"), JwtError::Malformed);
        forge("with a scheme", format!("Bearer {genuine}"), JwtError::Malformed);
        forge("quoted", format!("\"{genuine}\""), JwtError::Malformed);
        for (place, part) in parts.iter().enumerate() {
            let with = |other: String| {
                let mut others: Vec<String> = parts.iter().map(|part| (*part).to_owned()).collect();
                others[place] = other;
                others.join(".")
            };
            forge("padded", with(format!("{part}=")), JwtError::Malformed);
            forge("padded twice", with(format!("{part}==")), JwtError::Malformed);
            forge("padding as it should be", with(URL_SAFE.encode(decode(part)) + "="), JwtError::Malformed);
            forge("a newline within", with(format!("{}\n{}", &part[..4], &part[4..])), JwtError::Malformed);
            forge("a space within", with(format!("{} {}", &part[..4], &part[4..])), JwtError::Malformed);
            forge("percent-encoded", with(format!("%65{}", &part[1..])), JwtError::Malformed);
            forge("not ASCII", with(format!("\u{e9}{part}")), JwtError::Malformed);
            let standard = STANDARD.encode(decode(part));
            if standard.contains(['+', '/', '=']) {
                forge("the other alphabet", with(standard), JwtError::Malformed);
            }
        }
        // A length that nothing encodes to.
        let over = |part: &str| format!("{part}{}", "A".repeat((5 - part.len() % 4) % 4));
        forge("header of no length", format!("{}.{payload}.{signature}", over(header)), JwtError::Malformed);
        forge("signature of no length", format!("{header}.{payload}.{}", over(signature)), JwtError::Signature);
        forgeries
    });
}

/// The same bytes in base64url, with bits after the last of them; `None` where there is no room for any.
fn noncanonical(text: &str) -> Option<String> {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (rest, last) = text.split_at(text.len().checked_sub(1)?);
    let other = ALPHABET.find(last)? | 1;
    (!text.len().is_multiple_of(4)).then(|| format!("{rest}{}", &ALPHABET[other..=other]))
}

#[test]
fn jw_17_bits_after_the_last_byte_are_another_spelling() {
    refused(|signer| {
        let mut forgeries = Vec::new();
        // Each part in each of the three lengths, so that two of them have room for more bits.
        for padding in 0..3 {
            let (header, payload) = (
                changed(&signer.header(), &json!({"x": "x".repeat(padding)})),
                changed(&claims(), &json!({"x": "x".repeat(padding)})),
            );
            let (header, payload) = (encode(header), encode(payload));
            if let Some(other) = noncanonical(&header) {
                let token = signer.signed(&format!("{other}.{payload}"));
                forgeries.push((format!("header {padding}"), token.into_bytes(), JwtError::Malformed));
            }
            if let Some(other) = noncanonical(&payload) {
                let token = signer.signed(&format!("{header}.{other}"));
                forgeries.push((format!("payload {padding}"), token.into_bytes(), JwtError::Malformed));
            }
            let genuine = signer.signed(&format!("{header}.{payload}"));
            let (message, signature) = genuine.rsplit_once('.').unwrap();
            let other = noncanonical(signature).unwrap();
            forgeries.push((
                format!("signature {padding}"),
                format!("{message}.{other}").into_bytes(),
                JwtError::Signature,
            ));
        }
        assert!(forgeries.len() >= 7);
        forgeries
    });
}

#[test]
fn jw_17_header_and_payload_are_json_objects_and_nothing_else() {
    refused(|signer| {
        let (header, payload) = (signer.header().to_string(), claims().to_string());
        let mut forgeries = Vec::new();
        for (place, text) in [(0, &header), (1, &payload)] {
            let others = [
                [b"\xef\xbb\xbf", text.as_bytes()].concat(),
                [text.as_bytes(), b"\xff"].concat(),
                [text.as_bytes(), b"\0"].concat(),
                [text.as_bytes(), b"{}"].concat(),
                [b"[", text.as_bytes(), b"]"].concat(),
                text.replace("at+jwt", "at\u{fffd}jwt").replace("9f0c", "\\ud800").into_bytes(),
                text.replace('"', "'").into_bytes(),
                text.replace('}', ",}").into_bytes(),
                text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
                b"null".to_vec(),
                b"\"text\"".to_vec(),
                b"{".to_vec(),
                b"\xff".to_vec(),
            ];
            for (number, other) in others.into_iter().enumerate() {
                // In a header that is no UTF-16 surrogate but another type.
                let why = if place == 0 && number == 5 { JwtError::Type } else { JwtError::Malformed };
                let token = if place == 0 { signer.token(&other, &payload) } else { signer.token(&header, &other) };
                forgeries.push((format!("{place} {}", String::from_utf8_lossy(&other)), token.into_bytes(), why));
            }
        }
        // Whitespace around the object is JSON's own, and signed.
        for text in [format!(" {payload}\n"), format!("\t{payload}\r\n")] {
            assert!(judge(signer.token(&header, text), &signer.key_set()).is_ok());
        }
        forgeries
    });
}

#[test]
fn jw_18_a_token_has_three_parts_and_none_is_empty() {
    refused(|signer| {
        let genuine = signer.genuine();
        let parts: Vec<&str> = genuine.split('.').collect();
        let [header, payload, signature] = parts.as_slice() else { panic!("{genuine}") };
        [
            String::new(),
            ".".to_owned(),
            "..".to_owned(),
            "...".to_owned(),
            (*header).to_owned(),
            format!("{header}.{payload}"),
            format!("{header}.{signature}"),
            format!("{payload}.{signature}"),
            format!("{header}.{payload}."),
            format!("{header}..{signature}"),
            format!(".{payload}.{signature}"),
            format!("{genuine}."),
            format!(".{genuine}"),
            format!("{genuine}.{signature}"),
            format!("{header}.{header}.{payload}.{signature}"),
            format!("{header}..{payload}.{signature}"),
            signer.signed(&format!("{header}.")),
            signer.signed(&format!(".{payload}")),
        ]
        .map(|token| (token.clone(), token.into_bytes(), JwtError::Malformed))
        .into()
    });
}

#[test]
fn jw_18_a_token_has_sixteen_kibibytes_at_most_and_what_is_longer_is_not_looked_at() {
    for signer in Signer::all() {
        let signature = signer.genuine().rsplit_once('.').unwrap().1.len();
        let of_length = |length: usize| {
            // Not every length can be had in one part: the header has the rest.
            let mut headers = (0..3).map(|more| changed(&signer.header(), &json!({"x": "x".repeat(more)})));
            let rest = |header: &String| length - signature - encode(header).len() - 2;
            let header = headers.find(|header| rest(header) % 4 != 1).unwrap();
            let bytes = rest(&header) / 4 * 3 + rest(&header) % 4 * 3 / 4;
            let padding = bytes - changed(&claims(), &json!({"x": ""})).len();
            signer.token(header, changed(&claims(), &json!({"x": "x".repeat(padding)})))
        };
        for (length, good) in [(MAX_SIGNED, true), (MAX_SIGNED + 1, false)] {
            let token = of_length(length);
            assert_eq!(token.len(), length);
            let judged = judge(token, &signer.key_set()).map(drop);
            assert_eq!(judged, if good { Ok(()) } else { Err(JwtError::Malformed) }, "{length}");
        }
    }
}

#[test]
fn jw_18_what_is_huge_or_deep_is_refused() {
    refused(|signer| {
        let header = signer.header().to_string();
        let deep = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        let objects = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
        let megabyte = "A".repeat(1_000_000);
        let genuine = signer.genuine();
        let texts = [
            ("a megabyte after it", format!("{genuine}{megabyte}")),
            ("a megabyte of header", format!("{megabyte}.{}", genuine.split_once('.').unwrap().1)),
            ("a megabyte of payload", signer.token(&header, "x".repeat(750_000))),
            ("a megabyte of dots", ".".repeat(1_000_000)),
            ("100,000 arrays", signer.token(&header, deep(100_000))),
            ("100,000 arrays in the header", signer.token(deep(100_000), "{}")),
            ("100,000 objects", signer.token(&header, objects(100_000))),
            // Short enough to be read.
            ("5,000 arrays", signer.token(&header, deep(5_000))),
            ("5,000 arrays in the header", signer.token(deep(5_000), "{}")),
            ("1,500 objects", signer.token(&header, objects(1_500))),
            ("129 arrays", signer.token(&header, deep(129))),
        ];
        texts.map(|(name, token)| (name.to_owned(), token.into_bytes(), JwtError::Malformed)).into()
    });
}

#[test]
fn what_a_signing_key_signs_is_verified_and_nothing_of_the_key_is_shown() {
    for signer in Signer::all() {
        let key = SigningKey::of(signer.jwk.algorithm, signer.pair.as_ref()).unwrap();
        let token = key.sign(ACCESS_TOKEN, &claims()).unwrap();
        assert_eq!(judge(&token, &signer.key_set()).map(Value::Object), Ok(claims()));
        let header: Value = serde_json::from_slice(&decode(token.split('.').next().unwrap())).unwrap();
        assert_eq!(header, signer.header(), "and no other member");
        assert_eq!(format!("{key:?}"), format!("SigningKey {{ kid: {:?}, .. }}", signer.jwk.kid));
    }
}

#[test]
fn a_token_can_be_asked_whose_business_it_is_whoever_made_it() {
    for signer in Signer::all() {
        let genuine = signer.genuine();
        assert!(names_issuer(genuine.as_bytes(), ISSUER));
        assert!(!names_issuer(genuine.as_bytes(), "https://other.test"));
        let forged = signer.with_claims(&json!({"iss": [ISSUER]}));
        assert!(!names_issuer(forged.as_bytes(), ISSUER));
        let unsigned = format!("{}.AA", genuine.rsplit_once('.').unwrap().0);
        assert!(names_issuer(unsigned.as_bytes(), ISSUER));
        assert!(!names_issuer(b"a.b.c", ISSUER) && !names_issuer(b"", ISSUER));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_signed_is_verified(
        which in 0_usize..3,
        sub in "\\PC{1,40}",
        more in proptest::collection::btree_map("[a-z]{9}", "\\PC{0,20}", 0..6),
        lives in 1_i64..1_000_000,
    ) {
        let signer = Signer::all().remove(which);
        let key = SigningKey::of(signer.jwk.algorithm, signer.pair.as_ref()).unwrap();
        let mut claims = claims();
        for (name, value) in more {
            claims[name] = json!(value);
        }
        claims["sub"] = json!(sub);
        claims["exp"] = json!(NOW.saturating_add(lives));
        let token = key.sign(ACCESS_TOKEN, &claims).unwrap();
        prop_assert_eq!(judge(token, &signer.key_set()).map(Value::Object), Ok(claims));
    }

    #[test]
    fn a_token_in_which_one_byte_changed_is_not(which in 0_usize..3, place in any::<prop::sample::Index>(), byte: u8) {
        let signer = Signer::all().remove(which);
        let mut token = signer.genuine().into_bytes();
        let place = place.index(token.len());
        prop_assume!(token[place] != byte);
        token[place] = byte;
        prop_assert!(judge(&token, &signer.key_set()).is_err());
    }

    #[test]
    fn whatever_arrives_is_refused_without_a_fault(text: Vec<u8>, parts in "[A-Za-z0-9_-]{0,90}(\\.[A-Za-z0-9_-]{0,90}){0,4}") {
        for signer in Signer::all() {
            prop_assert!(judge(&text, &signer.key_set()).is_err());
            prop_assert!(judge(&parts, &signer.key_set()).is_err());
        }
    }
}
