//! `/me` and `/userinfo` (OpenID Connect Core §5.3 and §5.4): who a token's user is, as far as its scopes tell. Cases OI
//! and PV-13 of the threat model.

use app_connect::endpoint::identity::Identity;
use app_connect::flow::Answer;
use app_connect::http::Response;
use serde_json::{Value, json};

use crate::support::hostile::{CANARY, HostileHost, junk, places, removed, replaced};
use crate::support::people::claims;
use crate::support::sign_in::{PERSON, instead, spa_draft, usual};
use crate::support::world::{Ran, Registered, World, body, service_draft, with};

/// A token of this scope.
fn token(scope: &str) -> (World, String) {
    let mut world = World::of_people();
    let client = world.register(spa_draft());
    let token = token_of(&mut world, &client, scope);
    (world, token)
}

fn token_of(world: &mut World, client: &Registered, scope: &str) -> String {
    let code = world.approved(&instead(&usual(client), &[("scope", Some(scope))])).code();
    world.exchanged(client, &code)
}

/// The names of the members of an answer, sorted.
fn names(ran: &Ran<Response>) -> Vec<String> {
    assert_eq!(ran.outcome.status, 200, "{}", ran.outcome.body);
    let mut names: Vec<String> = body(&ran.outcome).as_object().unwrap().keys().cloned().collect();
    names.sort_unstable();
    names
}

const PROFILE: [&str; 5] = ["family_name", "given_name", "locale", "name", "preferred_username"];

#[test]
fn s5_4_oi_10_a_claim_is_released_for_its_scope_alone() {
    for (scope, expected) in [
        ("openid", vec![]),
        ("openid profile", PROFILE.to_vec()),
        ("openid email", vec!["email", "email_verified"]),
        ("openid email profile", [&["email", "email_verified"][..], &PROFILE].concat()),
        ("openid wp", vec![]),
    ] {
        let (mut world, token) = token(scope);
        let mut expected: Vec<&str> = [&["sub"], &expected[..]].concat();
        expected.sort_unstable();
        assert_eq!(names(&world.identify(Identity::Userinfo, &token)), expected, "{scope}");
    }
}

#[test]
fn s5_3_2_the_subject_is_the_one_by_which_the_client_knows_the_user() {
    let (mut world, token) = token("openid profile email");
    let answer = body(&world.identify(Identity::Userinfo, &token).outcome);
    let sub = world.host.subjects[&PERSON].sub.clone();
    assert!(sub.len() == 22 && sub.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    assert_eq!(
        answer,
        json!({
            "sub": sub, "name": "Ada Lovelace", "given_name": "Ada", "family_name": "Lovelace",
            "preferred_username": "ada", "locale": "en-GB", "email": "ada@example.test", "email_verified": false,
        })
    );
    assert_eq!(body(&world.identify(Identity::Me, &token).outcome)["sub"], sub.as_str());
}

#[test]
fn oi_03_the_subject_stays_the_same_for_every_grant_of_a_user() {
    let mut world = World::of_people();
    let mut subs = Vec::new();
    for _ in 0..2 {
        let client = world.register(spa_draft());
        let token = token_of(&mut world, &client, "openid");
        subs.push(body(&world.identify(Identity::Userinfo, &token).outcome)["sub"].clone());
    }
    assert_eq!(subs[0], subs[1]);
    assert!(!subs[0].as_str().unwrap().is_empty());
}

#[test]
fn oi_04_userinfo_without_openid_is_insufficient_scope() {
    for scope in ["wp", "profile email", "content:read"] {
        let (mut world, token) = token(scope);
        let ran = world.identify(Identity::Userinfo, &token);
        assert_eq!(ran.error(), (403, "insufficient_scope".into()), "{scope}");
        assert!(ran.asked.is_empty());
        let challenge = ran.outcome.header("WWW-Authenticate").unwrap();
        assert!(challenge.starts_with("Bearer ") && challenge.contains("scope=\"openid\""), "{challenge}");
    }
}

#[test]
fn design_10_me_answers_every_live_token() {
    for (scope, expected) in [
        ("wp", vec!["client_id", "id", "scope", "sub"]),
        ("content:read", vec!["client_id", "id", "scope", "sub"]),
        ("email", vec!["client_id", "email", "email_verified", "id", "scope", "sub"]),
    ] {
        let (mut world, token) = token(scope);
        let ran = world.identify(Identity::Me, &token);
        assert_eq!(names(&ran), expected, "{scope}");
        let answer = body(&ran.outcome);
        assert_eq!((&answer["scope"], &answer["id"]), (&json!(scope), &json!(PERSON)));
    }
    let mut world = World::new();
    let service = world.register(service_draft());
    let token = world.token(&service);
    let answer = body(&world.identify(Identity::Me, &token).outcome);
    assert_eq!((&answer["sub"], &answer["client_id"]), (&json!(service.client_id), &json!(service.client_id)));
}

#[test]
fn oi_06_pv_13_a_login_only_token_reaches_the_identity_routes_and_nothing_else() {
    let mut world = World::of_people();
    let client = world.register(with(spa_draft(), json!({"mode": "login_only"})));
    let code = world.code(&client);
    let token = world.exchanged(&client, &code);
    assert_eq!(world.identify(Identity::Userinfo, &token).outcome.status, 200);
    let principal = world.principal(&token).unwrap();
    for route in ["me", "userinfo", "me/userinfo"] {
        assert!(principal.authority.allows_route("GET", &format!("/app-connect/v1/{route}")), "{route}");
    }
    for route in ["/wp/v2/users/me", "/wp/v2/posts", "/", "/app-connect/v1/clients", "/app-connect/v1"] {
        assert!(!principal.authority.allows_route("GET", route), "{route}");
    }
    assert!(!principal.authority.retains("read") && !principal.authority.allows_account());
}

#[test]
fn a_ceiling_that_lost_the_identity_scopes_releases_nothing_more() {
    let mut world = World::of_people();
    let client = world.register(spa_draft());
    let token = token_of(&mut world, &client, "openid email");
    let mut ceiling = app_connect::authority::policy::Policy::everything();
    ceiling.identity = app_connect::authority::names::Names::only(["openid"]);
    world.set_ceiling(&client, &ceiling);
    assert_eq!(names(&world.identify(Identity::Userinfo, &token)), ["sub"]);
}

#[test]
fn a_scope_that_the_token_does_not_have_releases_nothing_whatever_its_policy_says() {
    let (mut world, token) = token("openid email profile");
    world.row(&token).scope = "openid".to_owned();
    assert_eq!(names(&world.identify(Identity::Userinfo, &token)), ["sub"]);
}

#[test]
fn what_a_site_adds_is_told_with_profile_and_replaces_nothing() {
    let (mut world, profile) = token("openid profile email");
    let mut told = claims();
    told["extra"] = json!({
        "https://example.test/roles": ["editor"], "department": "news", "sub": "evil", "iss": "evil", "aud": "evil",
        "email": "evil@evil.test", "email_verified": true, "name": "Evil", "id": 1, "client_id": "evil", "scope": "wp",
        "active": true, "exp": 1, "iat": 1,
    });
    world.host.people.claims.insert(PERSON, told.clone());
    let honest = world.host.subjects[&PERSON].sub.clone();
    for what in [Identity::Me, Identity::Userinfo] {
        let ran = world.identify(what, &profile);
        let answer = body(&ran.outcome);
        assert_eq!(answer["sub"], honest.as_str());
        assert_eq!((&answer["name"], &answer["email"]), (&json!("Ada Lovelace"), &json!("ada@example.test")));
        assert_eq!(answer["email_verified"], false);
        assert_eq!(
            (&answer["department"], &answer["https://example.test/roles"]),
            (&json!("news"), &json!(["editor"]))
        );
        for name in ["iss", "aud", "exp", "iat", "active"] {
            assert!(answer.get(name).is_none(), "{name}");
        }
        if what == Identity::Userinfo {
            assert!(["id", "client_id", "scope"].iter().all(|name| answer.get(*name).is_none()));
        }
    }
    let (mut world, email) = token("openid email");
    world.host.people.claims.insert(PERSON, told.clone());
    assert_eq!(names(&world.identify(Identity::Userinfo, &email)), ["email", "email_verified", "sub"]);
    let (mut world, profile) = token("openid profile");
    world.host.people.claims.insert(PERSON, told);
    let answer = body(&world.identify(Identity::Userinfo, &profile).outcome);
    assert!(answer.get("email").is_none() && answer.get("email_verified").is_none(), "an address is for its own scope");
}

#[test]
fn s5_3_2_a_claim_without_a_value_is_left_out_and_locales_are_written_as_bcp_47_has_them() {
    let (mut world, token) = token("openid profile email");
    let mut told = claims();
    for name in ["login", "email", "name", "given_name", "family_name", "nickname", "website", "picture"] {
        told[name] = json!("");
    }
    for (locale, expected) in [("de_DE_formal", "de-DE-formal"), ("de", "de")] {
        told["locale"] = json!(locale);
        world.host.people.claims.insert(PERSON, told.clone());
        let ran = world.identify(Identity::Userinfo, &token);
        assert_eq!(names(&ran), ["locale", "sub"]);
        assert_eq!(ran.member("locale"), expected);
    }
}

#[test]
fn f_junk_in_any_claim_is_500_or_stays_inside_its_json_string() {
    let (mut world, token) = token("openid profile email");
    let principal = world.principal(&token).unwrap();
    let mut told = claims();
    told["extra"] = json!({"department": "news"});
    for place in places(&told) {
        for other in junk() {
            let lie = |_| Answer::Value(replaced(told.clone(), &place, &other));
            let mut host = HostileHost::new(&world.host, 0, &lie);
            let ran = World::identified(Identity::Userinfo, &principal, &mut host);
            assert!([200, 500].contains(&ran.outcome.status), "{place}");
            if ran.outcome.status == 500 {
                assert!(!ran.outcome.body.contains("CANARY"));
            } else {
                assert!(ran.outcome.body.starts_with(&format!("{{\"sub\":\"{}\"", principal.sub)), "{place}");
            }
            assert!(ran.outcome.headers.iter().all(|(_, value)| !value.contains(CANARY)));
        }
        if place.matches('/').count() == 1 {
            let lie = |_| Answer::Value(removed(told.clone(), &place));
            let mut host = HostileHost::new(&world.host, 0, &lie);
            assert_eq!(World::identified(Identity::Me, &principal, &mut host).outcome.status, 500, "{place}");
        }
    }
    let lie = |_: Value| Answer::Unavailable;
    let mut host = HostileHost::new(&world.host, 0, &lie);
    let ran = World::identified(Identity::Me, &principal, &mut host);
    assert_eq!(ran.error(), (503, "temporarily_unavailable".into()));
}
