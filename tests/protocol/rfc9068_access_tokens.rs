//! Signed access tokens: RFC 9068, and handles on this site; cases JW-13 to JW-19 of the threat model.

use app_connect::endpoint::resource::Bearer;
use app_connect::jose::jwk::KeySet;
use app_connect::jose::jwt::SigningKey;
use app_connect::jose::verify::{ACCESS_TOKEN, Expectation, verify};
use app_connect::jose::{self, ALGORITHMS};
use app_connect::time::UnixTime;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::requests::{authorized, basic, form, rest};
use crate::support::sign_in::{PERSON, spa_draft, web_draft};
use crate::support::world::{NOW, Registered, World, body, refusal, service_draft, with};

const INVALID_TOKEN: Option<&str> = Some("401 invalid_token");

/// A part of a token.
fn part(token: &str, index: usize) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(index).unwrap()).unwrap()).unwrap()
}

/// A site that signs, and an app on a server that people stay signed in to.
fn site() -> (World, Registered) {
    let mut world = World::of_people();
    world.sign();
    let app = world.register(with(web_draft(), json!({"grant_types": ["authorization_code", "refresh_token"]})));
    (world, app)
}

/// A token that the site never made, signed by a key that it never had.
fn forged(claims: &Value) -> String {
    let algorithm = jose::find("EdDSA").unwrap();
    let pair = algorithm.generate(&algorithm.key_types()[0]).unwrap();
    SigningKey::of(algorithm, pair.as_ref()).unwrap().sign(ACCESS_TOKEN, claims).unwrap()
}

#[test]
fn a_token_has_the_claims_of_rfc_9068_and_verifies_by_the_published_keys_in_every_algorithm() {
    for key_type in ALGORITHMS.iter().filter_map(|algorithm| algorithm.key_types().first()) {
        let mut world = World::new();
        let client = world.service();
        world.sign();
        world.reconfigure(|config| config["signing"] = json!({"key_type": key_type.name}));
        let token = world.token(&client);
        let header = part(&token, 0);
        assert_eq!(header["typ"], "at+jwt");
        assert_eq!(header.as_object().unwrap().len(), 3, "{header}");
        let keys = KeySet::parse(world.published("jwks").to_string().as_bytes()).unwrap();
        let expected = Expectation {
            issuer: "https://example.test",
            audience: "https://example.test/wp-json/",
            typ: ACCESS_TOKEN,
            leeway: 0,
            algorithms: None,
        };
        let claims = verify(token.as_bytes(), &keys, &expected, UnixTime(NOW)).unwrap();
        let jti = claims["jti"].as_str().unwrap();
        assert_eq!(jti.len(), 22);
        assert_eq!(
            Value::Object(claims.clone()),
            json!({
                "iss": "https://example.test", "sub": client.client_id, "aud": "https://example.test/wp-json/",
                "exp": NOW + 3600, "iat": NOW, "jti": jti, "client_id": client.client_id, "scope": "wp",
            })
        );
        assert_ne!(part(&world.token(&client), 1)["jti"], jti);
    }
}

#[test]
fn the_client_decides_and_else_the_site() {
    for (site, client, signed) in [
        ("opaque", "default", false),
        ("opaque", "jwt", true),
        ("opaque", "opaque", false),
        ("jwt", "default", true),
        ("jwt", "jwt", true),
        ("jwt", "opaque", false),
    ] {
        let mut world = World::new();
        world.sign();
        world.reconfigure(|config| config["access_token_format"] = json!(site));
        let client = world.register(with(service_draft(), json!({"access_token_format": client})));
        assert_eq!(world.token(&client).starts_with("eyJ"), signed, "{site} {client:?}");
    }
    assert!(World::new().try_register(with(service_draft(), json!({"access_token_format": "jwt"}))).is_ok());
}

#[test]
fn a_person_s_token_names_the_subject_and_when_it_signed_in() {
    let (mut world, app) = site();
    let code = world.code(&app);
    let ran = world.exchange(&app, &code, &[]);
    let claims = part(&ran.member("access_token"), 1);
    assert_eq!(claims["sub"], json!(world.host.subjects[&PERSON].sub));
    assert_eq!(claims["auth_time"], json!(NOW - 60));
    world.now += 100;
    let pairs = [("grant_type", "refresh_token"), ("refresh_token", &ran.member("refresh_token"))];
    let refreshed = world.send("token", authorized(form(&pairs), basic(&app.client_id, &app.secret)));
    let later = part(&refreshed.member("access_token"), 1);
    assert_eq!((&later["sub"], &later["auth_time"]), (&claims["sub"], &claims["auth_time"]));
    assert_eq!(later["iat"], json!(world.now));
    assert!(!refreshed.asked.contains(&"find_subject"), "the session knows it");
}

#[test]
fn a_person_without_a_subject_gets_one_before_it_is_signed_for() {
    let (mut world, app) = site();
    let code = world.code(&app);
    // Somebody else's request was first.
    world.host.subjects.get_mut(&PERSON).unwrap().sub = "S".repeat(22);
    let token = world.exchanged(&app, &code);
    assert_eq!(part(&token, 1)["sub"], json!("S".repeat(22)));
    assert_eq!(world.principal(&token).unwrap().sub, "S".repeat(22));
}

#[test]
fn on_this_site_it_is_a_handle_like_any_other() {
    let (mut world, app) = site();
    let code = world.code(&app);
    let token = world.exchanged(&app, &code);
    assert_eq!(world.principal(&token).unwrap().user.value(), PERSON);
    let asked = authorized(form(&[("token", &token)]), basic(&app.client_id, &app.secret));
    assert_eq!(body(&world.send("introspect", asked.clone()).outcome)["active"], true);
    let ran = world.revoke(&app, &[("token", &token)]);
    assert_eq!((ran.outcome.status, ran.events.len()), (200, 1));
    assert_eq!(body(&world.send("introspect", asked).outcome), json!({"active": false}));
    assert!(world.principal(&token).is_none());
}

#[test]
fn it_revokes_itself_in_the_way_of_wordapp_s_clients() {
    let (mut world, app) = site();
    let code = world.code(&app);
    let token = world.exchanged(&app, &code);
    for _ in 0..2 {
        let request = authorized(form(&[("token", &token)]), format!("Bearer {token}"));
        assert_eq!(world.send("revoke", request).outcome.status, 200);
        assert!(world.principal(&token).is_none());
    }
}

#[test]
fn jw_19_one_that_is_not_stored_is_no_good_however_well_it_is_signed() {
    let (mut world, app) = site();
    let code = world.code(&app);
    let token = world.exchanged(&app, &code);
    world.host.tokens.clear();
    let ran = world.authenticate(rest("/wp/v2/posts", Some(&format!("Bearer {token}"))));
    assert_eq!(refusal(&ran.outcome), INVALID_TOKEN);
}

#[test]
fn jw_04_any_changed_bit_is_another_token_which_nobody_stored() {
    let (mut world, app) = site();
    let code = world.code(&app);
    let token = world.exchanged(&app, &code);
    for place in 0..token.len() {
        let mut changed = token.clone().into_bytes();
        changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        let ran = world.authenticate(rest("/app-connect/v1/me", Some(&format!("Bearer {changed}"))));
        assert_eq!(refusal(&ran.outcome), INVALID_TOKEN, "{changed}");
        let ran = world.authenticate(rest("/wp/v2/posts", Some(&format!("Bearer {changed}"))));
        assert!(!matches!(ran.outcome, Bearer::Principal(_)), "{changed}");
    }
}

#[test]
fn one_that_says_it_is_ours_and_is_not_is_refused_and_another_s_is_left_alone() {
    let (mut world, _) = site();
    for (claims, ours) in [
        (json!({"iss": "https://example.test"}), true),
        (json!({"iss": "https://example.test", "sub": "1"}), true),
        (json!({"iss": "https://example.test/"}), false),
        (json!({"iss": "https://other.test"}), false),
        (json!({"iss": ["https://example.test"]}), false),
        (json!({}), false),
    ] {
        let token = forged(&claims);
        let ran = world.authenticate(rest("/wp/v2/posts", Some(&format!("Bearer {token}"))));
        let expected = if ours { INVALID_TOKEN } else { None };
        assert_eq!(refusal(&ran.outcome), expected, "{claims}");
        assert!(!matches!(ran.outcome, Bearer::Principal(_)));
        let ran = world.authenticate(rest("/app-connect/v1/userinfo", Some(&format!("Bearer {token}"))));
        assert_eq!(refusal(&ran.outcome), INVALID_TOKEN, "on our own routes every bearer is ours to judge");
    }
}

#[test]
fn one_of_ours_from_before_the_issuer_changed_is_a_handle_still() {
    let (mut world, app) = site();
    let code = world.code(&app);
    let token = world.exchanged(&app, &code);
    world.reconfigure(|config| config["issuer"] = json!("https://id.example.test"));
    assert!(world.principal(&token).is_some());
}

#[test]
fn while_the_site_is_off_another_s_token_is_none_of_our_business() {
    let (mut world, app) = site();
    let code = world.code(&app);
    let token = world.exchanged(&app, &code);
    world.reconfigure(|config| config["enabled"] = json!(false));
    let ran = world.authenticate(rest("/wp/v2/posts", Some(&format!("Bearer {token}"))));
    assert_eq!(refusal(&ran.outcome), Some("503 temporarily_unavailable"));
    let ran = world
        .authenticate(rest("/wp/v2/posts", Some(&format!("Bearer {}", forged(&json!({"iss": "https://x.test"}))))));
    assert!(matches!(ran.outcome, Bearer::Anonymous));
    assert!(ran.asked.is_empty());
}

#[test]
fn one_of_ours_in_the_wrong_place_makes_nobody_anonymous() {
    let (mut world, app) = site();
    let code = world.code(&app);
    let token = world.exchanged(&app, &code);
    for header in [
        format!("Bearer {token}, Bearer {token}"),
        format!("Bearer{token}"),
        format!("Bearer token=\"{token}\""),
        format!("Bearer x {token}"),
        format!("Basic YTpi, Bearer {token}"),
    ] {
        let ran = world.authenticate(rest("/wp/v2/posts", Some(&header)));
        assert_eq!(refusal(&ran.outcome), Some("400 invalid_request"), "{header}");
    }
    let mut request = rest("/wp/v2/posts", None);
    request.uri = format!("/wp-json/wp/v2/posts?access_token={token}").into_bytes();
    assert_eq!(refusal(&world.authenticate(request).outcome), Some("400 invalid_request"));
}

#[test]
fn jw_18_what_is_too_long_or_in_other_parts_is_refused_without_a_query() {
    let (mut world, _) = site();
    let long = format!("{}.{}.{}", "a".repeat(500_000), "b".repeat(400_000), "c".repeat(100_000));
    for token in ["a.b", "a.b.c.d", "..", "a..c", "a.b.", ".b.c", "a.b.c=", "a.b.c+", &long] {
        let ran = world.authenticate(rest("/app-connect/v1/userinfo", Some(&format!("Bearer {token}"))));
        assert_eq!(refusal(&ran.outcome), INVALID_TOKEN, "{}", &token[..token.len().min(20)]);
        assert!(ran.asked.is_empty(), "{:?}", ran.asked);
    }
}

#[test]
fn a_code_that_was_spent_first_by_somebody_else_leaves_no_signed_token() {
    let (mut world, app) = site();
    let app = {
        world.register(with(spa_draft(), json!({"name": "Other"})));
        app
    };
    let code = world.code(&app);
    world.exchanged(&app, &code);
    let stored = world.host.tokens.len();
    let again = world.exchange(&app, &code, &[]);
    assert_eq!(again.outcome.status, 400);
    assert_eq!(world.host.tokens.len(), stored);
}
