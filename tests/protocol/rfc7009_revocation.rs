//! Token revocation: RFC 7009; cases RV of the threat model.

use app_connect::event::Event;
use app_connect::flow::Answer;
use app_connect::secret::base62::checksum;
use app_connect::secret::token::{TokenKind, mint};
use serde_json::{Value, json};

use crate::support::entropy::Seeded;
use crate::support::hostile::HostileHost;
use crate::support::requests::{authorized, basic, form};
use crate::support::sign_in::web_draft;
use crate::support::world::{NOW, Registered, SERVICE_USER, World, service_draft, with};

#[test]
fn rv_01_a_revoked_token_is_dead_at_the_next_request() {
    let mut world = World::new();
    let client = world.service();
    let (token, other) = (world.token(&client), world.token(&client));
    assert!(world.principal(&token).is_some());
    let ran = world.revoke(&client, &[("token", &token)]);
    assert_eq!(ran.outcome.status, 200);
    assert_eq!(ran.outcome.body, "");
    assert_eq!(ran.asked, ["find_client", "find_access_token", "revoke_token"]);
    assert_eq!(world.row(&token).revoked_at, Some(NOW));
    assert!(world.principal(&token).is_none());
    assert!(world.principal(&other).is_some(), "its siblings live on");
}

#[test]
fn rv_01_a_revocation_is_told_and_audited() {
    let mut world = World::new();
    let client = world.service();
    let token = world.token(&client);
    let grant = world.row(&token).grant;
    let ran = world.revoke(&client, &[("token", &token)]);
    assert_eq!(
        serde_json::to_value(&ran.events).unwrap(),
        json!([{"kind": "token_revoked", "client": client.id, "grant": grant}])
    );
    assert!(ran.events[0].audited());
}

/// A site, an app that people stay signed in to, and four links of the chain of one of its sessions with an access token each.
fn session() -> (World, Registered, Vec<String>, Vec<String>) {
    let mut world = World::of_people();
    let draft = with(web_draft(), json!({"grant_types": ["authorization_code", "refresh_token"]}));
    let client = world.register(draft);
    let code = world.code(&client);
    let mut ran = world.exchange(&client, &code, &[]);
    let (mut access, mut refresh) = (vec![ran.member("access_token")], vec![ran.member("refresh_token")]);
    for _ in 0..3 {
        let pairs = [("grant_type", "refresh_token"), ("refresh_token", refresh.last().unwrap())];
        ran = world.send("token", authorized(form(&pairs), basic(&client.client_id, &client.secret)));
        access.push(ran.member("access_token"));
        refresh.push(ran.member("refresh_token"));
    }
    (world, client, access, refresh)
}

#[test]
fn rv_02_any_refresh_token_of_a_session_ends_all_of_it() {
    for link in 0..4 {
        let (mut world, client, access, refresh) = session();
        let ran = world.revoke(&client, &[("token", &refresh[link]), ("token_type_hint", "access_token")]);
        assert_eq!((ran.outcome.status, ran.outcome.body.as_str()), (200, ""));
        assert_eq!(ran.asked, ["find_client", "find_session", "revoke_grant"]);
        assert!(matches!(ran.events[..], [Event::TokenRevoked { .. }]), "{:?}", ran.events);
        assert!(access.iter().all(|token| world.principal(token).is_none()));
        let again = world.revoke(&client, &[("token", &refresh[link])]);
        assert_eq!((again.outcome.status, again.asked.len(), again.events.len()), (200, 2, 0), "RV-10: twice");
    }
}

#[test]
fn rv_02_an_access_token_that_is_revoked_leaves_its_session() {
    let (mut world, client, access, refresh) = session();
    world.revoke(&client, &[("token", &access[3])]);
    assert!(world.principal(&access[3]).is_none() && world.principal(&access[2]).is_some());
    let pairs = [("grant_type", "refresh_token"), ("refresh_token", refresh[3].as_str())];
    let ran = world.send("token", authorized(form(&pairs), basic(&client.client_id, &client.secret)));
    assert_eq!(ran.outcome.status, 200);
}

#[test]
fn s2_1_an_access_token_may_stand_for_the_credentials_as_wordapp_sends_it() {
    let (mut world, _, access, refresh) = session();
    let mut revoke = |bearer: &str, token: &str| {
        let ran = world.send("revoke", authorized(form(&[("token", token)]), format!("Bearer {bearer}")));
        (ran.outcome.status, ran.member("error"), ran.asked)
    };
    let done = |needs: &[&'static str]| (200, String::new(), needs.to_vec());
    assert_eq!(revoke(&access[0], &access[1]), done(&["find_access_token", "find_access_token", "revoke_token"]));
    let itself = revoke(&access[0], &access[0]);
    assert_eq!(itself, done(&["find_access_token", "find_access_token", "revoke_token"]));
    assert_eq!(revoke(&access[0], &access[0]), done(&["find_access_token"]), "RV-10: twice");
    assert_eq!(revoke(&access[0], &access[2]).1, "invalid_token", "and is worth nothing else any more");
    assert_eq!(revoke(&access[3], &refresh[1]), done(&["find_access_token", "find_session", "revoke_grant"]));
    assert_eq!(revoke(&access[3], &refresh[1]).0, 401);
    assert!(access.iter().all(|token| world.principal(token).is_none()));
}

#[test]
fn rv_05_an_access_token_ends_those_of_its_own_client_and_user_only() {
    let (mut world, client, access, refresh) = session();
    let other = world.register(with(web_draft(), json!({"name": "Other"})));
    let code = world.code(&other);
    let others = world.exchange(&other, &code, &[]).member("access_token");
    world.browser().user = Some(SERVICE_USER);
    world.host.capabilities.insert(SERVICE_USER, ["read".to_owned()].into());
    let code = world.code(&client);
    let of_another_user = world.exchange(&client, &code, &[]).member("access_token");
    for bearer in [&others, &of_another_user] {
        for token in [&access[3], &refresh[3]] {
            let ran = world.send("revoke", authorized(form(&[("token", token)]), format!("Bearer {bearer}")));
            assert_eq!(ran.error(), (400, "invalid_grant".into()));
        }
    }
    assert!(world.principal(&access[3]).is_some());
}

#[test]
fn rv_04_an_access_token_that_is_no_good_ends_nothing() {
    let (mut world, client, access, refresh) = session();
    world.revoke(&client, &[("token", &access[0])]);
    let unborn = mint(TokenKind::Access, &Seeded::elsewhere()).unwrap();
    for bearer in [access[0].as_str(), unborn.text.expose(), refresh[3].as_str(), "of-another-server"] {
        let ran = world.send("revoke", authorized(form(&[("token", &access[3])]), format!("Bearer {bearer}")));
        assert_eq!(ran.error(), (401, "invalid_token".into()), "{bearer}");
    }
    for name in ["client_id", "client_secret"] {
        let pairs = [("token", access[3].as_str()), (name, client.client_id.as_str())];
        let ran = world.send("revoke", authorized(form(&pairs), format!("Bearer {}", access[3])));
        assert_eq!(ran.error(), (400, "invalid_request".into()), "RFC 6749 section 2.3: one method");
    }
    let ran = world.send("revoke", authorized(form(&[]), format!("Bearer {}", access[3])));
    assert_eq!(ran.error(), (400, "invalid_request".into()));
    for at in 0..3 {
        let broken = |_: Value| Answer::Unavailable;
        let mut host = HostileHost::new(&world.host, at, &broken);
        let request = authorized(form(&[("token", &access[3])]), format!("Bearer {}", access[3]));
        let ran = world.send_to("revoke", request, &mut host);
        assert_eq!(ran.error(), (503, "temporarily_unavailable".into()), "RV-08 {at}");
    }
    assert!(world.principal(&access[3]).is_some());
}

#[test]
fn rv_03_a_refresh_token_that_never_was_ends_nothing() {
    let (mut world, client, access, refresh) = session();
    let unborn = mint(TokenKind::Refresh, &Seeded::elsewhere()).unwrap();
    let body = format!("{}{}", &refresh[3][..21], &unborn.text.expose()[21..53]);
    let forged = format!("{body}{}", checksum(&body));
    for token in [unborn.text.expose(), &forged] {
        let ran = world.revoke(&client, &[("token", token)]);
        assert_eq!((ran.outcome.status, ran.outcome.body.as_str()), (200, ""));
        assert_eq!(ran.asked, ["find_client", "find_session"]);
    }
    assert!(world.principal(&access[3]).is_some());
}

#[test]
fn rv_05_the_session_of_another_client_lives_on() {
    let (mut world, _, access, refresh) = session();
    let other = world.register(with(web_draft(), json!({"name": "Other"})));
    let ran = world.revoke(&other, &[("token", &refresh[3])]);
    assert_eq!(ran.error(), (400, "invalid_grant".into()));
    assert!(world.principal(&access[3]).is_some());
}

#[test]
fn rv_08_a_session_that_could_not_be_ended_is_503() {
    let (mut world, client, access, refresh) = session();
    let request = authorized(form(&[("token", refresh[3].as_str())]), basic(&client.client_id, &client.secret));
    for at in [1, 2] {
        let broken = |_: Value| Answer::Unavailable;
        let mut host = HostileHost::new(&world.host, at, &broken);
        let ran = world.send_to("revoke", request.clone(), &mut host);
        assert_eq!(ran.error(), (503, "temporarily_unavailable".into()), "{at}");
        assert!(ran.events.is_empty());
    }
    assert!(world.principal(&access[3]).is_some());
}

#[test]
fn rv_03_a_token_that_does_not_exist_is_answered_like_one_that_did() {
    let mut world = World::new();
    let client = world.service();
    let token = world.token(&client);
    let known = world.revoke(&client, &[("token", &token)]).outcome;
    let unborn = mint(TokenKind::Access, &Seeded::elsewhere()).unwrap();
    let ran = world.revoke(&client, &[("token", unborn.text.expose())]);
    assert_eq!(ran.outcome, known);
    assert_eq!(ran.asked, ["find_client", "find_access_token"]);
    assert!(ran.events.is_empty());
}

#[test]
fn rv_03_garbage_is_answered_with_200_and_no_query() {
    let mut world = World::new();
    let client = world.service();
    let token = world.token(&client);
    let personal = mint(TokenKind::Personal, &Seeded::elsewhere()).unwrap();
    for garbage in [
        "garbage",
        "oauth_ac_",
        &token[..token.len().saturating_sub(1)],
        &token.to_uppercase(),
        "oauth_ac_a\u{e9}",
        personal.text.expose(),
    ] {
        let ran = world.revoke(&client, &[("token", garbage)]);
        assert_eq!(ran.outcome.status, 200, "{garbage}");
        assert_eq!(ran.asked, ["find_client"], "{garbage}");
    }
    assert!(world.principal(&token).is_some());
}

#[test]
fn rv_04_a_wrong_secret_revokes_nothing() {
    let mut world = World::new();
    let client = world.service();
    let token = world.token(&client);
    for request in [
        authorized(form(&[("token", &token)]), basic(&client.client_id, "wrong")),
        form(&[("token", &token), ("client_id", &client.client_id)]),
        form(&[("token", &token)]),
    ] {
        let ran = world.send("revoke", request);
        assert_eq!(ran.error(), (401, "invalid_client".into()));
        assert!(!ran.asked.contains(&"find_access_token"));
    }
    assert!(world.principal(&token).is_some());
}

#[test]
fn rv_05_the_token_of_another_client_stays_alive() {
    let mut world = World::new();
    let (mine, yours) = (world.service(), world.service());
    let token = world.token(&yours);
    let ran = world.revoke(&mine, &[("token", &token)]);
    assert_eq!(ran.error(), (400, "invalid_grant".into()));
    assert_eq!(ran.asked, ["find_client", "find_access_token"]);
    assert!(ran.events.is_empty());
    assert!(world.principal(&token).is_some());
}

#[test]
fn rv_06_a_public_client_revokes_its_own() {
    let mut world = World::new();
    let service = world.service();
    let public = world.register(json!({"name": "Phone", "type": "public", "mode": "full"}));
    let token = world.token(&service);
    // As if an approval had earned it.
    world.grant_of(&token).client = public.id;
    let ran = world.send("revoke", form(&[("token", &token), ("client_id", &public.client_id)]));
    assert_eq!(ran.outcome.status, 200);
    assert!(world.row(&token).revoked_at.is_some());
}

#[test]
fn rv_07_a_wrong_hint_still_revokes() {
    let mut world = World::new();
    let client = world.service();
    for hint in ["refresh_token", "access_token", "nonsense", ""] {
        let token = world.token(&client);
        let ran = world.revoke(&client, &[("token", &token), ("token_type_hint", hint)]);
        assert_eq!(ran.outcome.status, 200, "{hint}");
        assert!(world.principal(&token).is_none(), "{hint}");
    }
}

#[test]
fn rv_07_an_authorization_code_is_unsupported_token_type() {
    let mut world = World::new();
    let client = world.service();
    let code = mint(TokenKind::Code, &Seeded::elsewhere()).unwrap();
    let ran = world.revoke(&client, &[("token", code.text.expose())]);
    assert_eq!(ran.error(), (400, "unsupported_token_type".into()));
    assert_eq!(ran.asked, ["find_client"]);
}

#[test]
fn rv_08_a_storage_error_is_503_and_never_200() {
    let mut world = World::new();
    let client = world.service();
    let token = world.token(&client);
    for (at, need) in ["find_client", "find_access_token", "revoke_token"].into_iter().enumerate() {
        let lie = |_| Answer::Unavailable;
        let mut host = HostileHost::new(&world.host, at, &lie);
        let request = authorized(form(&[("token", &token)]), basic(&client.client_id, &client.secret));
        let ran = world.send_to("revoke", request, &mut host);
        assert_eq!(ran.asked.last(), Some(&need));
        assert_eq!(ran.error(), (503, "temporarily_unavailable".into()), "{need}");
        assert!(ran.events.is_empty(), "{need}");
    }
}

#[test]
fn rv_09_get_is_405() {
    let mut world = World::new();
    let client = world.service();
    let token = world.token(&client);
    let mut request = authorized(form(&[("token", &token)]), basic(&client.client_id, &client.secret));
    request.method = b"GET".to_vec();
    let ran = world.send("revoke", request);
    assert_eq!(ran.outcome.status, 405);
    assert!(ran.asked.is_empty());
}

#[test]
fn rv_10_the_second_time_is_200_and_tells_nobody() {
    let mut world = World::new();
    let client = world.service();
    let token = world.token(&client);
    let first = world.revoke(&client, &[("token", &token)]);
    world.now = NOW.saturating_add(5);
    let second = world.revoke(&client, &[("token", &token)]);
    assert_eq!(first.outcome, second.outcome);
    assert_eq!(first.events.len(), 1);
    assert!(second.events.is_empty());
    assert_eq!(world.row(&token).revoked_at, Some(NOW), "the first time is the one that counts");
}

#[test]
fn s2_1_a_missing_or_empty_token_is_invalid_request_once_the_client_is_known() {
    let mut world = World::new();
    let mut client = world.service();
    for pairs in [&[][..], &[("token", "")], &[("Token", "x")]] {
        let ran = world.revoke(&client, pairs);
        assert_eq!(ran.error(), (400, "invalid_request".into()), "{pairs:?}");
        assert_eq!(ran.asked, ["find_client"]);
    }
    client.secret.push('x');
    assert_eq!(world.revoke(&client, &[]).outcome.status, 401);
}

#[test]
fn s2_1_a_disabled_client_revokes_nothing() {
    let mut world = World::new();
    let client = world.register(with(service_draft(), json!({"name": "Off"})));
    let token = world.token(&client);
    world.host.client_mut(client.id).status = "disabled";
    assert_eq!(world.revoke(&client, &[("token", &token)]).outcome.status, 401);
    assert_eq!(world.row(&token).revoked_at, None);
}
