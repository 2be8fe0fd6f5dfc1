//! Userinfo (OpenID Connect Core §5.3): how its token travels, and the claims of §5.1 that a site knows; cases OI-05 and OI-10
//! of the threat model.

use app_connect::endpoint::identity::Identity;
use app_connect::endpoint::resource::Bearer;
use app_connect::http::Request;
use app_connect::secret::Secret;
use serde_json::json;

use crate::support::people::claims;
use crate::support::requests::{encode, rest};
use crate::support::sign_in::{PERSON, instead, spa_draft, usual};
use crate::support::world::{World, body, refusal};

const FORM: &str = "application/x-www-form-urlencoded";

fn token() -> (World, String) {
    let mut world = World::of_people();
    let client = world.register(spa_draft());
    let code = world.approved(&instead(&usual(&client), &[("scope", Some("openid profile email"))])).code();
    let token = world.exchanged(&client, &code);
    (world, token)
}

/// A POST of this form to a route, with this type.
fn posted(route: &str, media_type: &str, pairs: &[(&str, &str)]) -> Request {
    Request {
        method: b"POST".to_vec(),
        content_type: Some(media_type.into()),
        body: Secret::new(encode(pairs).into_bytes()),
        ..rest(route, None)
    }
}

#[test]
fn oi_05_a_form_at_userinfo_carries_the_token_in_every_spelling_of_the_route() {
    let (mut world, token) = token();
    for route in ["/app-connect/v1/userinfo", "/app-connect/v1/me/userinfo", "/App-Connect/v1/UserInfo"] {
        for media_type in [FORM, "Application/X-WWW-Form-URLencoded; charset=UTF-8"] {
            let ran = world.authenticate(posted(route, media_type, &[("access_token", &token), ("x", "1")]));
            let Bearer::Principal(principal) = ran.outcome else {
                panic!("{route} {media_type}: {:?}", ran.outcome);
            };
            assert_eq!(principal.user.value(), PERSON);
        }
    }
}

#[test]
fn oi_05_a_form_anywhere_else_is_nobodys() {
    let (mut world, token) = token();
    let sent = [("access_token", token.as_str())];
    for request in [
        posted("/app-connect/v1/me", FORM, &sent),
        posted("/wp/v2/posts", FORM, &sent),
        posted("/other/v1/userinfo", FORM, &sent),
        posted("/app-connect/v1/userinfo/x", FORM, &sent),
        posted("/app-connect/v1/userinfo", "application/json", &sent),
        posted("/app-connect/v1/userinfo", "text/plain", &sent),
        posted("/app-connect/v1/userinfo", FORM, &[]),
        posted("/app-connect/v1/userinfo", FORM, &[("access_token", "")]),
        Request { method: b"GET".to_vec(), ..posted("/app-connect/v1/userinfo", FORM, &sent) },
        Request { method: b"PUT".to_vec(), ..posted("/app-connect/v1/userinfo", FORM, &sent) },
    ] {
        let ran = world.authenticate(request.clone());
        assert!(matches!(ran.outcome, Bearer::Anonymous), "{request:?}: {:?}", ran.outcome);
        assert!(ran.asked.is_empty());
    }
}

#[test]
fn rfc_6750_s2_a_token_that_is_sent_in_two_ways_is_refused_and_so_is_a_form_that_cannot_be_read() {
    let (mut world, token) = token();
    let userinfo = "/app-connect/v1/userinfo";
    let once = posted(userinfo, FORM, &[("access_token", &token)]);
    let both =
        Request { authorization: rest(userinfo, Some(&format!("Bearer {token}"))).authorization, ..once.clone() };
    let twice = posted(userinfo, FORM, &[("access_token", &token), ("access_token", &token)]);
    let method = posted(userinfo, FORM, &[("access_token", &token), ("_method", "GET")]);
    let garbage = Request { body: Secret::new(b"access_token=%ff".to_vec()), ..once.clone() };
    for request in [both, twice, method, garbage] {
        let ran = world.authenticate(request);
        assert_eq!(refusal(&ran.outcome), Some("400 invalid_request"), "{:?}", ran.outcome);
        assert!(ran.asked.is_empty());
    }
    let mut query = once;
    query.uri = [&query.uri[..], b"?access_token=", token.as_bytes()].concat();
    assert_eq!(refusal(&world.authenticate(query).outcome), Some("400 invalid_request"));
}

#[test]
fn a_bad_token_in_a_form_is_refused_as_one_in_the_header_is() {
    let (mut world, token) = token();
    for bad in ["x", "oauth_ac_a_short", &format!("{token}x"), &token.replacen("oauth_ac_a", "oauth_ac_r", 1), "a.b.c"]
    {
        let ran = world.authenticate(posted("/app-connect/v1/userinfo", FORM, &[("access_token", bad)]));
        assert_eq!(refusal(&ran.outcome), Some("401 invalid_token"), "{bad}");
    }
    world.row(&token).revoked_at = Some(1);
    let ran = world.authenticate(posted("/app-connect/v1/userinfo", FORM, &[("access_token", &token)]));
    assert_eq!(refusal(&ran.outcome), Some("401 invalid_token"));
}

#[test]
fn s5_1_all_that_a_site_knows_of_a_person_is_told_with_profile() {
    let (mut world, token) = token();
    let mut told = claims();
    for (name, value) in [
        ("nickname", "Countess"),
        ("website", "https://ada.example"),
        ("profile", "https://example.test/author/ada/"),
        ("picture", "https://example.test/ada.png"),
        ("zoneinfo", "Europe/London"),
    ] {
        told[name] = json!(value);
    }
    told["updated_at"] = json!("1700000000");
    world.host.people.claims.insert(PERSON, told);
    let mut answer = body(&world.identify(Identity::Userinfo, &token).outcome);
    answer.as_object_mut().unwrap().remove("sub");
    assert_eq!(
        answer,
        json!({
            "name": "Ada Lovelace", "given_name": "Ada", "family_name": "Lovelace", "nickname": "Countess",
            "preferred_username": "ada", "profile": "https://example.test/author/ada/",
            "picture": "https://example.test/ada.png", "website": "https://ada.example", "locale": "en-GB",
            "zoneinfo": "Europe/London", "updated_at": 1_700_000_000, "email": "ada@example.test",
            "email_verified": false,
        })
    );
}

#[test]
fn roles_are_told_with_profile_where_the_site_says_so() {
    for (tells, scope, expected) in [
        (true, "openid profile", json!(["author"])),
        (true, "openid email", json!(null)),
        (false, "openid profile", json!(null)),
    ] {
        let mut world = World::of_people();
        world.reconfigure(|config| config["role_claims"] = json!(tells));
        let client = world.register(spa_draft());
        let code = world.approved(&instead(&usual(&client), &[("scope", Some(scope))])).code();
        let token = world.exchanged(&client, &code);
        let answer = body(&world.identify(Identity::Userinfo, &token).outcome);
        assert_eq!(answer.get("roles").cloned().unwrap_or_default(), expected, "{tells} {scope}");
        let told = world.published("openid_configuration")["claims_supported"].as_array().unwrap().clone();
        assert_eq!(told.contains(&json!("roles")), tells);
    }
}

#[test]
fn a_preview_tells_by_scope_what_userinfo_would_tell() {
    for roles in [false, true] {
        let mut world = World::of_people();
        world.reconfigure(|config| config["role_claims"] = json!(roles));
        let client = world.register(spa_draft());
        let preview = body(&world.preview_claims(PERSON).outcome);
        assert_eq!(preview.as_object().unwrap().keys().collect::<Vec<_>>(), ["email", "profile"]);
        for scope in ["email", "profile"] {
            let wanted = format!("openid {scope}");
            let code = world.approved(&instead(&usual(&client), &[("scope", Some(&wanted))])).code();
            let token = world.exchanged(&client, &code);
            let mut told = body(&world.identify(Identity::Userinfo, &token).outcome);
            told.as_object_mut().unwrap().remove("sub");
            assert_eq!(preview[scope], told, "{scope} {roles}");
        }
    }
}
