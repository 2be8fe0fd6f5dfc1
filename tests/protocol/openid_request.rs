//! What an authentication request of OpenID Connect may have in it (Core §3.1.2.1, §15.1), from the request to the ID token:
//! the questions of the Basic profile of the OpenID Foundation's conformance suite, see docs/conformance.md. Cases OI-07 to
//! OI-11 of the threat model.

use app_connect::endpoint::identity::Identity;
use app_connect::http::Response;
use app_connect::jose::jwk::KeySet;
use app_connect::jose::verify::{Expectation, verify};
use app_connect::signing::id_token::ID_TOKEN;
use app_connect::time::UnixTime;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::support::requests::form;
use crate::support::sign_in::{CALLBACK, PERSON, VERIFIER, instead, usual, web_draft};
use crate::support::world::{NOW, Ran, Registered, World, body, with};

/// A change of a request: a parameter instead of, or beside, the usual ones.
type Change = (&'static str, Option<&'static str>);

fn site() -> (World, Registered) {
    let mut world = World::of_people();
    let app = world.register(web_draft());
    (world, app)
}

/// The usual request for a sign-in with these changes.
fn request<'a>(app: &'a Registered, changes: &[(&'a str, Option<&'a str>)]) -> Vec<(&'a str, &'a str)> {
    instead(&instead(&usual(app), &[("scope", Some("openid")), ("nonce", Some("n-0S6_WzA2Mj"))]), changes)
}

/// The claims of the ID token in an answer, which has to be one for this client.
#[track_caller]
fn claims(world: &mut World, app: &Registered, ran: &Ran<Response>) -> Map<String, Value> {
    assert_eq!(ran.outcome.status, 200, "{}", ran.outcome.body);
    let keys = KeySet::parse(world.published("jwks").to_string().as_bytes()).unwrap();
    let (issuer, audience) = ("https://example.test", app.client_id.as_str());
    let expected = Expectation { issuer, audience, typ: ID_TOKEN, leeway: 0, algorithms: None };
    verify(ran.member("id_token").as_bytes(), &keys, &expected, UnixTime(world.now)).unwrap()
}

/// The claims of the ID token to which a request leads, when the person approves and has nothing else to do.
#[track_caller]
fn signed_in(world: &mut World, app: &Registered, changes: &[(&str, Option<&str>)]) -> Map<String, Value> {
    let code = world.approved(&request(app, changes)).code();
    let ran = world.exchange(app, &code, &[]);
    claims(world, app, &ran)
}

/// Parameters that a server may make nothing of, and that must not be in the way.
const HINTS: [Change; 13] = [
    ("display", Some("page")),
    ("display", Some("popup")),
    ("display", Some("touch")),
    ("display", Some("hologram")),
    ("ui_locales", Some("se")),
    ("ui_locales", Some("fr-CA fr en")),
    ("claims_locales", Some("se")),
    ("acr_values", Some("1 2")),
    ("login_hint", Some("buffy@example.test")),
    ("claims", Some(r#"{"userinfo":{"name":{"essential":true}}}"#)),
    ("claims", Some("no JSON")),
    ("extra", Some("foobar")),
    ("response_mode", Some("query")),
];

#[test]
fn oi_11_hints_change_nothing_of_who_is_told() {
    let (mut world, app) = site();
    let plain = signed_in(&mut world, &app, &[]);
    for hint in HINTS {
        let mut told = signed_in(&mut world, &app, &[hint]);
        told["at_hash"] = plain["at_hash"].clone();
        assert_eq!(told, plain, "{hint:?}");
    }
}

#[test]
fn oi_11_hints_do_not_keep_anybody_from_signing_in() {
    for hint in HINTS {
        let (mut world, app) = site();
        world.browser().user = None;
        let (fresh, shown, resume) = world.visit(&request(&app, &[hint])).log_in();
        assert_eq!((fresh, shown.as_deref()), (false, hint.1.filter(|_| hint.0 == "login_hint")));
        world.sit(PERSON);
        world.says(Some(true));
        let code = world.resume(&resume).code();
        let ran = world.exchange(&app, &code, &[]);
        assert_eq!(claims(&mut world, &app, &ran)["nonce"], "n-0S6_WzA2Mj", "{hint:?}");
    }
}

#[test]
fn s5_5_a_claim_that_is_asked_for_by_name_is_not_told_without_its_scope() {
    // The metadata says that the parameter is not supported: neither place tells more for it.
    let essential = r#"{"userinfo":{"name":{"essential":true}},"id_token":{"email":{"essential":true}}}"#;
    let (mut world, app) = site();
    let code = world.approved(&request(&app, &[("claims", Some(essential))])).code();
    let ran = world.exchange(&app, &code, &[]);
    assert!(!claims(&mut world, &app, &ran).contains_key("email"));
    let told = body(&world.identify(Identity::Userinfo, &ran.member("access_token")).outcome);
    assert_eq!(told.as_object().unwrap().keys().collect::<Vec<_>>(), ["sub"]);
    let code = world.approved(&request(&app, &[("claims", Some(essential)), ("scope", Some("openid profile"))])).code();
    let token = world.exchanged(&app, &code);
    assert_eq!(body(&world.identify(Identity::Userinfo, &token).outcome)["name"], "Ada Lovelace");
}

#[test]
fn oi_08_prompt_login_and_max_age_1_bring_an_id_token_of_a_later_sign_in() {
    for again in [("prompt", Some("login")), ("max_age", Some("1"))] {
        let (mut world, app) = site();
        let first = signed_in(&mut world, &app, &[]);
        assert_eq!(first["auth_time"], json!(NOW - 60));
        world.now += 2;
        let (fresh, _, resume) = world.visit(&request(&app, &[again])).log_in();
        assert!(fresh, "{again:?}: by password, although somebody is signed in");
        world.now += 3;
        world.browser().auth_time = Some(world.now);
        let code = world.resume(&resume).code();
        let ran = world.exchange(&app, &code, &[]);
        let second = claims(&mut world, &app, &ran);
        assert_eq!((&second["auth_time"], &second["sub"]), (&json!(world.now), &first["sub"]), "{again:?}");
    }
}

#[test]
fn oi_08_max_age_10000_asks_nobody_who_signed_in_lately_and_tells_of_the_same_sign_in() {
    let (mut world, app) = site();
    let first = signed_in(&mut world, &app, &[("max_age", Some("15000"))]);
    world.now += 5;
    let code = world.visit(&request(&app, &[("max_age", Some("10000"))])).code();
    let ran = world.exchange(&app, &code, &[]);
    let second = claims(&mut world, &app, &ran);
    for same in ["sub", "auth_time"] {
        assert_eq!(first[same], second[same], "{same}");
    }
    assert_eq!(second["iat"], json!(world.now));
}

#[test]
fn oi_07_prompt_none_tells_of_the_same_sign_in_with_a_hint_and_without() {
    let (mut world, app) = site();
    let code = world.approved(&request(&app, &[])).code();
    let ran = world.exchange(&app, &code, &[]);
    let first = claims(&mut world, &app, &ran);
    let hint = ran.member("id_token");
    world.now += 5;
    for changes in [vec![], vec![("id_token_hint", Some(hint.as_str()))]] {
        let changes = [&[("prompt", Some("none"))][..], &changes].concat();
        let code = world.visit(&request(&app, &changes)).code();
        let ran = world.exchange(&app, &code, &[]);
        let second = claims(&mut world, &app, &ran);
        assert_eq!([&first["sub"], &first["auth_time"]], [&second["sub"], &second["auth_time"]], "{changes:?}");
    }
}

#[test]
fn oi_07_prompt_none_without_a_sign_in_is_login_required() {
    let (mut world, app) = site();
    world.code(&app);
    world.browser().user = None;
    let visit = world.visit(&request(&app, &[("prompt", Some("none"))]));
    assert_eq!((visit.error().as_str(), visit.back()["state"].as_str()), ("login_required", "af0ifjsldkj"));
}

#[test]
fn rfc_6749_s3_3_the_order_of_scopes_means_nothing() {
    let (mut world, app) = site();
    for scope in ["openid email", "email openid"] {
        let code = world.approved(&request(&app, &[("scope", Some(scope))])).code();
        let ran = world.exchange(&app, &code, &[]);
        assert!(claims(&mut world, &app, &ran).contains_key("sub"));
        let told = body(&world.identify(Identity::Userinfo, &ran.member("access_token")).outcome);
        assert_eq!(told["email"], "ada@example.test", "{scope}");
    }
}

#[test]
fn s5_4_a_scope_that_the_metadata_does_not_list_is_dropped_and_the_rest_is_granted() {
    let (mut world, app) = site();
    let supported = world.published("openid_configuration")["scopes_supported"].clone();
    let lists = |scope: &str| supported.as_array().unwrap().contains(&json!(scope));
    assert!(["openid", "profile", "email"].iter().all(|scope| lists(scope)) && !lists("address") && !lists("phone"));
    let code = world.approved(&request(&app, &[("scope", Some("openid address email phone profile"))])).code();
    let ran = world.exchange(&app, &code, &[]);
    assert_eq!(ran.member("scope"), "email openid profile");
    assert!(claims(&mut world, &app, &ran).contains_key("sub"));
}

#[test]
fn s3_1_3_1_a_client_may_authenticate_in_the_body() {
    let (mut world, app) = site();
    let code = world.approved(&request(&app, &[])).code();
    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
        ("client_id", &app.client_id),
        ("client_secret", &app.secret),
    ];
    let ran = world.send("token", form(&pairs));
    assert_eq!(claims(&mut world, &app, &ran)["sub"], world.host.subjects[&PERSON].sub.as_str());
}

#[test]
fn pk_12_a_confidential_client_signs_people_in_without_pkce_where_an_administrator_allows_it() {
    let mut world = World::of_people();
    let app = world.register(with(web_draft(), json!({"require_pkce": false})));
    let without = [("code_challenge", None), ("code_challenge_method", None)];
    let code = world.approved(&request(&app, &without)).code();
    let ran = world.exchange(&app, &code, &[("code_verifier", None)]);
    assert_eq!(claims(&mut world, &app, &ran)["nonce"], "n-0S6_WzA2Mj");
}

#[test]
fn s3_1_2_6_an_authentication_request_without_a_response_type_is_told_so() {
    let (mut world, app) = site();
    let visit = world.visit(&request(&app, &[("response_type", None)]));
    assert_eq!(visit.error(), "invalid_request");
}

#[test]
fn az_30_a_redirect_uri_in_a_request_object_makes_up_for_none_that_is_not_registered() {
    let inside = json!({"redirect_uri": CALLBACK, "response_type": "code", "scope": "openid"}).to_string();
    let object = format!("{}.{}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#), URL_SAFE_NO_PAD.encode(inside));
    let outside = format!("{CALLBACK}/of-nobody");
    let (mut world, app) = site();
    let visit = world.visit(&request(&app, &[("request", Some(&object)), ("redirect_uri", Some(&outside))]));
    assert_eq!(visit.page(), (400, "redirect_mismatch"), "and nobody is sent to either");
    let visit = world.visit(&request(&app, &[("request", Some(&object))]));
    assert_eq!(visit.error(), "request_not_supported");
    assert!(world.host.people.codes.is_empty());
}

#[test]
fn oi_02_id_tokens_name_their_key_and_are_of_the_algorithm_that_the_metadata_tells() {
    let (mut world, app) = site();
    world.reconfigure(|config| config["signing"] = json!({"key_type": "rsa-2048"}));
    let code = world.approved(&request(&app, &[])).code();
    let ran = world.exchange(&app, &code, &[]);
    let token = ran.member("id_token");
    let header: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap()).unwrap();
    assert_eq!(header["alg"], "RS256");
    let keys = world.published("jwks");
    assert!(keys["keys"].as_array().unwrap().iter().any(|key| key["kid"] == header["kid"] && key["alg"] == "RS256"));
    let supported = world.published("openid_configuration")["id_token_signing_alg_values_supported"].clone();
    assert_eq!(supported, json!(["RS256"]), "and never none");
}
