//! ID tokens (OpenID Connect Core §2, §3.1.3.6, §12.2) and what the server says of them (OpenID Connect Discovery §3); cases
//! OI-01, OI-02, OI-04 and OI-13 of the threat model.

use app_connect::http::Response;
use app_connect::jose::jwk::KeySet;
use app_connect::jose::jwt::SigningKey;
use app_connect::jose::verify::{Expectation, JwtError, verify};
use app_connect::jose::{self, ALGORITHMS};
use app_connect::signing::id_token::ID_TOKEN;
use app_connect::signing::manage::Action;
use app_connect::time::UnixTime;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256, Sha512};

use crate::support::requests::{authorized, basic, form, rest};
use crate::support::sign_in::{PERSON, Visit, instead, usual, web_draft};
use crate::support::world::{NOW, Ran, Registered, World, body, refusal, with};

fn site() -> (World, Registered) {
    let mut world = World::of_people();
    let app = world.register(with(web_draft(), json!({"grant_types": ["authorization_code", "refresh_token"]})));
    (world, app)
}

/// A sign-in that asks for `scope` and ends in an answer of the token endpoint.
fn sign_in(world: &mut World, app: &Registered, scope: &str, nonce: Option<&str>) -> Ran<Response> {
    let code = world.approved(&instead(&usual(app), &[("scope", Some(scope)), ("nonce", nonce)])).code();
    world.exchange(app, &code, &[])
}

/// The claims of an ID token, which has to be one for this client.
fn claims(world: &mut World, app: &Registered, token: &str) -> Result<Map<String, Value>, JwtError> {
    let keys = KeySet::parse(world.published("jwks").to_string().as_bytes()).unwrap();
    let expected = Expectation {
        issuer: "https://example.test",
        audience: &app.client_id,
        typ: ID_TOKEN,
        leeway: 0,
        algorithms: None,
    };
    verify(token.as_bytes(), &keys, &expected, UnixTime(world.now))
}

#[test]
fn oi_02_an_id_token_says_who_signed_in_when_and_for_whom_in_every_algorithm() {
    for algorithm in ALGORITHMS {
        let (mut world, app) = site();
        world.reconfigure(|config| config["signing"] = json!({"key_type": algorithm.key_types()[0].name}));
        let ran = sign_in(&mut world, &app, "openid", Some("n-0S6_WzA2Mj"));
        let digest = match algorithm.name() {
            "EdDSA" => Sha512::digest(ran.member("access_token")).to_vec(),
            _ => Sha256::digest(ran.member("access_token")).to_vec(),
        };
        assert_eq!(
            Value::Object(claims(&mut world, &app, &ran.member("id_token")).unwrap()),
            json!({
                "iss": "https://example.test", "sub": world.host.subjects[&PERSON].sub, "aud": app.client_id,
                "exp": NOW + 3600, "iat": NOW, "auth_time": NOW - 60, "nonce": "n-0S6_WzA2Mj", "azp": app.client_id,
                "at_hash": URL_SAFE_NO_PAD.encode(&digest[..digest.len() / 2]),
            }),
        );
    }
}

#[test]
fn oi_02_at_hash_is_the_one_of_the_specification() {
    // OpenID Connect Core, appendix A.3.
    for name in ["RS256", "ES256"] {
        let algorithm = jose::find(name).unwrap();
        let pair = algorithm.generate(&algorithm.key_types()[0]).unwrap();
        let key = SigningKey::of(algorithm, pair.as_ref()).unwrap();
        assert_eq!(key.half_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"), "77QmUPtjPfzWtF2AnpK9RQ");
        assert_eq!(
            key.half_hash("Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk"),
            "LDktKdoQak3Pk0cnXxCltA"
        );
    }
}

#[test]
fn oi_04_without_the_scope_openid_there_is_none() {
    let (mut world, app) = site();
    for scope in ["wp", "profile email wp"] {
        let ran = sign_in(&mut world, &app, scope, Some("n"));
        assert_eq!(body(&ran.outcome).get("id_token"), None, "{scope}");
        assert!(!ran.asked.contains(&"find_signing_keys"), "nothing is signed");
    }
    let mut world = World::new();
    let service = world.service();
    let ran = world.ask_token(&service, &[("scope", "openid wp")]);
    assert_eq!(body(&ran.outcome).get("id_token"), None, "nobody signed in");
}

#[test]
fn what_the_request_did_not_say_the_token_does_not() {
    let (mut world, app) = site();
    let ran = sign_in(&mut world, &app, "openid", None);
    let claims = claims(&mut world, &app, &ran.member("id_token")).unwrap();
    assert!(!claims.contains_key("nonce"));
    let told: Vec<&str> = claims.keys().map(String::as_str).collect();
    assert!(told.iter().all(|name| !["email", "name", "picture", "scope", "roles"].contains(name)), "{told:?}");
}

#[test]
fn oi_13_a_long_nonce_comes_back_as_it_is() {
    let (mut world, app) = site();
    let nonce = "ñ\"\\<>&".repeat(128);
    let ran = sign_in(&mut world, &app, "openid", Some(&nonce));
    assert_eq!(claims(&mut world, &app, &ran.member("id_token")).unwrap()["nonce"], json!(nonce));
}

#[test]
fn refreshed_it_tells_of_the_same_sign_in_and_of_no_nonce() {
    let (mut world, app) = site();
    let first = sign_in(&mut world, &app, "openid offline_access wp", Some("n"));
    let before = claims(&mut world, &app, &first.member("id_token")).unwrap();
    world.now += 100;
    let pairs = [("grant_type", "refresh_token"), ("refresh_token", &first.member("refresh_token"))];
    let ran = world.send("token", authorized(form(&pairs), basic(&app.client_id, &app.secret)));
    let after = claims(&mut world, &app, &ran.member("id_token")).unwrap();
    for same in ["iss", "sub", "aud", "azp", "auth_time"] {
        assert_eq!(before[same], after[same], "{same}");
    }
    assert_eq!((&after["iat"], after.get("nonce")), (&json!(world.now), None));
    assert_ne!(after["at_hash"], before["at_hash"]);
    let narrower = [("grant_type", "refresh_token"), ("refresh_token", &ran.member("refresh_token")), ("scope", "wp")];
    let ran = world.send("token", authorized(form(&narrower), basic(&app.client_id, &app.secret)));
    assert_eq!(body(&ran.outcome).get("id_token"), None);
}

#[test]
fn beside_a_signed_access_token_both_are_signed_by_one_key_that_is_read_once() {
    let (mut world, app) = site();
    world.reconfigure(|config| config["access_token_format"] = json!("jwt"));
    // The first answer makes the keys.
    sign_in(&mut world, &app, "openid", None);
    let ran = sign_in(&mut world, &app, "openid", None);
    assert_eq!(ran.asked.iter().filter(|asked| **asked == "find_signing_keys").count(), 1, "{:?}", ran.asked);
    assert_eq!(ran.asked.iter().filter(|asked| **asked == "find_subject").count(), 1, "{:?}", ran.asked);
    let header = |token: &str| -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap()).unwrap()
    };
    let (access, id) = (ran.member("access_token"), ran.member("id_token"));
    assert_eq!(header(&access)["kid"], header(&id)["kid"]);
    assert_eq!((&header(&access)["typ"], &header(&id)["typ"]), (&json!("at+jwt"), &json!("JWT")));
    assert_eq!(claims(&mut world, &app, &access), Err(JwtError::Type), "neither passes for the other");
}

#[test]
fn an_id_token_opens_nothing() {
    let (mut world, app) = site();
    let token = sign_in(&mut world, &app, "openid wp", None).member("id_token");
    assert!(world.principal(&token).is_none());
}

#[test]
fn without_a_key_there_is_no_half_answer_and_the_code_is_not_spent() {
    let (mut world, app) = site();
    let code = world.approved(&instead(&usual(&app), &[("scope", Some("openid"))])).code();
    let secret = world.config["site_secret"].clone();
    world.reconfigure(|config| config["site_secret"] = json!({}));
    let refused = world.exchange(&app, &code, &[]);
    assert_eq!(refused.outcome.status, 503, "{}", refused.outcome.body);
    world.reconfigure(|config| config["site_secret"] = secret);
    assert_eq!(world.exchange(&app, &code, &[]).outcome.status, 200);
}

#[test]
fn oi_01_the_document_of_openid_connect_discovery_is_the_same_under_its_own_name() {
    let (mut world, _) = site();
    let document = world.published("openid_configuration");
    assert_eq!(document, world.published("metadata"));
    // OpenID Connect Discovery §3: what is required, and what would be read out of a gap.
    for (name, value) in [
        ("issuer", json!("https://example.test")),
        ("authorization_endpoint", json!("https://example.test/wp-json/app-connect/v1/authorize")),
        ("token_endpoint", json!("https://example.test/wp-json/app-connect/v1/token")),
        ("userinfo_endpoint", json!("https://example.test/wp-json/app-connect/v1/userinfo")),
        ("jwks_uri", json!("https://example.test/wp-json/app-connect/v1/jwks")),
        ("response_types_supported", json!(["code"])),
        ("subject_types_supported", json!(["public"])),
        ("id_token_signing_alg_values_supported", json!(["EdDSA"])),
        ("request_uri_parameter_supported", json!(false)),
        ("request_parameter_supported", json!(false)),
        ("claims_parameter_supported", json!(false)),
    ] {
        assert_eq!(document[name], value, "{name}");
    }
    world.reconfigure(|config| config["signing"] = json!({"key_type": "ec-p256"}));
    assert_eq!(world.published("openid_configuration")["id_token_signing_alg_values_supported"], json!(["ES256"]));
}

/// What the person's browser is told who comes back with this hint, and whether it has to sign in again.
fn come_back(world: &mut World, app: &Registered, hint: &str, prompt: Option<&str>) -> Visit {
    world.approved(&instead(
        &usual(app),
        &[("scope", Some("openid")), ("id_token_hint", Some(hint)), ("prompt", prompt)],
    ))
}

#[test]
fn oi_09_a_hint_at_somebody_else_is_no_sign_in() {
    const OTHER: u64 = PERSON + 1;
    let (mut world, app) = site();
    let hint = sign_in(&mut world, &app, "openid", None).member("id_token");
    assert!(!come_back(&mut world, &app, &hint, Some("consent")).code().is_empty(), "the one that it names");
    world.now += 400 * 86_400;
    assert!(!come_back(&mut world, &app, &hint, Some("consent")).code().is_empty(), "it may have expired");

    world.be(OTHER, &["read"]);
    world.sit(OTHER);
    assert_eq!(come_back(&mut world, &app, &hint, Some("none")).error(), "login_required");
    let (again, _, handover) = come_back(&mut world, &app, &hint, None).log_in();
    assert!(again, "whoever is signed in has to prove to be another");
    world.now += 5;
    world.sit(OTHER);
    assert_eq!(world.resume(&handover).error(), "login_required", "and was not");
    world.sit(PERSON);
    world.says(Some(true));
    assert!(!world.resume(&handover).code().is_empty());
}

#[test]
fn oi_09_a_hint_that_is_none_of_ours_for_this_client_says_nothing() {
    let (mut world, app) = site();
    let other = world.register(web_draft());
    let token = sign_in(&mut world, &app, "openid", None).member("id_token");
    let (signed, signature) = token.rsplit_once('.').unwrap();
    world.reconfigure(|config| config["access_token_format"] = json!("jwt"));
    let access = sign_in(&mut world, &app, "openid", None).member("access_token");
    world.be(PERSON + 1, &["read"]);
    world.sit(PERSON + 1);
    for hint in ["", "x", &format!("{signed}."), &format!("{signed}.{}", signature.replace(|_| true, "A")), &access] {
        assert!(!come_back(&mut world, &app, hint, Some("consent")).code().is_empty(), "{hint}");
    }
    assert!(!come_back(&mut world, &other, &token, Some("consent")).code().is_empty(), "another client's");
}

#[test]
fn oi_09_a_hint_that_a_revoked_key_signed_says_nothing() {
    let (mut world, app) = site();
    let hint = sign_in(&mut world, &app, "openid", None).member("id_token");
    world.manage(Action::Rotate);
    world.be(PERSON + 1, &["read"]);
    world.sit(PERSON + 1);
    assert_eq!(come_back(&mut world, &app, &hint, Some("none")).error(), "login_required", "a key that retired is one");
    let header = URL_SAFE_NO_PAD.decode(hint.split('.').next().unwrap()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    world.manage(Action::Revoke { kid: header["kid"].as_str().unwrap().to_owned() });
    assert_eq!(come_back(&mut world, &app, &hint, Some("none")).error(), "consent_required", "as without a hint");
}

#[test]
fn br_09_an_id_token_opens_nothing() {
    let (mut world, app) = site();
    let token = sign_in(&mut world, &app, "openid", None).member("id_token");
    for route in ["/wp/v2/posts", "/app-connect/v1/userinfo", "/app-connect/v1/me"] {
        let ran = world.authenticate(rest(route, Some(&format!("Bearer {token}"))));
        assert_eq!(refusal(&ran.outcome), Some("401 invalid_token"), "{route}");
    }
}
