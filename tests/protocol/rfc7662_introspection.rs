//! Token introspection: RFC 7662; cases IN of the threat model.

use app_connect::flow::Answer;
use app_connect::http::Response;
use app_connect::secret::token::{TokenKind, mint};
use serde_json::{Value, json};

use crate::support::entropy::Seeded;
use crate::support::hostile::HostileHost;
use crate::support::requests::{authorized, basic, form};
use crate::support::sign_in::{PERSON, spa_draft, web_draft};
use crate::support::world::{Ran, Registered, World, body, with};

/// A site, a client on a server that people stay signed in to, and the tokens of a session.
fn site() -> (World, Registered, String, String) {
    let mut world = World::of_people();
    let draft = with(
        web_draft(),
        json!({"grant_types": ["authorization_code", "refresh_token", "client_credentials"], "service_user_id": 7, "confirm": ["service_user_takeover"], "routes": ["GET /wp/v2/posts"]}),
    );
    let client = world.register(draft);
    let code = world.code(&client);
    let ran = world.exchange(&client, &code, &[]);
    (world, client, ran.member("access_token"), ran.member("refresh_token"))
}

fn introspect(world: &mut World, client: &Registered, token: &str) -> Ran<Response> {
    world.send("introspect", authorized(form(&[("token", token)]), basic(&client.client_id, &client.secret)))
}

#[track_caller]
fn inactive(ran: &Ran<Response>) {
    assert_eq!((ran.outcome.status, ran.outcome.body.as_str()), (200, "{\"active\":false}"));
    assert!(ran.events.is_empty());
}

#[test]
fn in_01_in_02_only_who_proves_who_it_is_may_ask() {
    let (mut world, client, access, _) = site();
    for (id, secret) in [(client.client_id.as_str(), "wrong"), ("nobody", &client.secret)] {
        let ran = world.send("introspect", authorized(form(&[("token", &access)]), basic(id, secret)));
        assert_eq!(ran.error(), (401, "invalid_client".into()));
    }
    let ran = world.send("introspect", form(&[("token", &access)]));
    assert_eq!(ran.error(), (401, "invalid_client".into()));
    let app = world.register(spa_draft());
    let ran = world.send("introspect", form(&[("token", &access), ("client_id", &app.client_id)]));
    assert_eq!(ran.error(), (401, "invalid_client".into()), "a public client proves nothing");
    assert_eq!(introspect(&mut world, &client, "").error(), (400, "invalid_request".into()));
}

#[test]
fn in_03_what_is_worth_nothing_is_inactive_and_nothing_more() {
    let (mut world, client, access, refresh) = site();
    let unborn = |kind| mint(kind, &Seeded::elsewhere()).unwrap().text.expose().clone();
    for token in [
        "garbage",
        "oauth_ac_",
        &access[..58],
        "oauth_ac_a\u{e9}",
        &unborn(TokenKind::Code),
        &unborn(TokenKind::Personal),
    ] {
        let ran = introspect(&mut world, &client, token);
        inactive(&ran);
        assert_eq!(ran.asked, ["find_client"], "{token}");
    }
    for kind in [TokenKind::Access, TokenKind::Refresh] {
        inactive(&introspect(&mut world, &client, &unborn(kind)));
    }
    let other = world.register(with(web_draft(), json!({"name": "Other"})));
    for token in [&access, &refresh] {
        inactive(&introspect(&mut world, &other, token));
    }
    world.row(&access).revoked_at = Some(1);
    inactive(&introspect(&mut world, &client, &access));
    world.row(&access).revoked_at = None;
    world.now += 3600;
    inactive(&introspect(&mut world, &client, &access));
    world.now += 30 * 86_400;
    inactive(&introspect(&mut world, &client, &refresh));
}

#[test]
fn in_04_a_live_access_token_is_told_with_what_a_resource_needs_to_know() {
    let (mut world, client, access, _) = site();
    world.now += 60;
    let ran = introspect(&mut world, &client, &access);
    assert_eq!(ran.asked, ["find_client", "find_access_token"]);
    let sub = world.host.subjects[&PERSON].sub.clone();
    let told = json!({
        "active": true, "scope": "wp", "client_id": client.client_id, "token_type": "Bearer",
        "exp": world.now - 60 + 3600, "iat": world.now - 60, "sub": sub, "iss": "https://example.test",
    });
    assert_eq!(body(&ran.outcome), told);
    let own = world.token(&client);
    assert_eq!(
        body(&introspect(&mut world, &client, &own).outcome)["sub"],
        client.client_id,
        "a service is its client"
    );
}

#[test]
fn in_03_a_resource_server_sees_every_clients_access_tokens_and_no_refresh_token() {
    let (mut world, client, access, refresh) = site();
    let api = world.register(with(web_draft(), json!({"name": "API", "resource_server": true})));
    let told = body(&introspect(&mut world, &api, &access).outcome);
    assert_eq!((&told["active"], &told["client_id"]), (&json!(true), &json!(client.client_id)));
    inactive(&introspect(&mut world, &api, &refresh));
    let errors = world.try_register(with(spa_draft(), json!({"resource_server": true}))).unwrap_err();
    assert_eq!((errors[0].field, errors[0].code), ("resource_server", "confidential_only"));
}

#[test]
fn in_05_the_present_refresh_token_is_active_and_no_other() {
    let (mut world, client, _, first) = site();
    let told = body(&introspect(&mut world, &client, &first).outcome);
    assert_eq!(told["exp"], json!(world.now + 30 * 86_400));
    assert_eq!(
        told.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["active", "scope", "client_id", "exp", "iat", "sub", "iss"]
    );
    let pairs = [("grant_type", "refresh_token"), ("refresh_token", first.as_str())];
    let ran = world.send("token", authorized(form(&pairs), basic(&client.client_id, &client.secret)));
    let second = ran.member("refresh_token");
    inactive(&introspect(&mut world, &client, &first));
    assert_eq!(body(&introspect(&mut world, &client, &second).outcome)["active"], json!(true));
    assert!(world.grant_of(&ran.member("access_token")).revoked_at.is_none(), "to look is not to use");
}

#[test]
fn in_06_a_deleted_users_tokens_are_inactive() {
    let (mut world, client, access, refresh) = site();
    world.host.subjects.get_mut(&PERSON).unwrap().deleted = true;
    for token in [&access, &refresh] {
        inactive(&introspect(&mut world, &client, token));
    }
}

#[test]
fn in_07_the_same_is_asked_about_a_token_that_exists_and_one_that_does_not() {
    let (mut world, client, access, refresh) = site();
    let unborn = |kind| mint(kind, &Seeded::elsewhere()).unwrap().text.expose().clone();
    for (known, unknown) in [(&access, unborn(TokenKind::Access)), (&refresh, unborn(TokenKind::Refresh))] {
        let asked = introspect(&mut world, &client, &unknown).asked;
        assert_eq!(introspect(&mut world, &client, known).asked, asked);
    }
}

#[test]
fn rv_08_a_store_that_is_down_is_503_and_never_inactive() {
    let (world, client, access, refresh) = site();
    for token in [&access, &refresh] {
        let broken = |_: Value| Answer::Unavailable;
        let mut host = HostileHost::new(&world.host, 1, &broken);
        let request = authorized(form(&[("token", token.as_str())]), basic(&client.client_id, &client.secret));
        assert_eq!(world.send_to("introspect", request, &mut host).error(), (503, "temporarily_unavailable".into()));
    }
}
