//! What a client registers that people sign in to: redirect URIs, PKCE and consent, as drafts, rows and drafts again.

use serde_json::{Value, json};

use crate::support::memory::Client;
use crate::support::sign_in::{CALLBACK, spa_draft, web_draft};
use crate::support::world::{World, service_draft, with};

/// The errors of a draft, as field, line and code.
fn errors(draft: Value) -> Vec<(&'static str, Option<usize>, &'static str)> {
    let errors = World::of_people().try_register(draft).unwrap_err();
    errors.into_iter().map(|error| (error.field, error.line, error.code)).collect()
}

fn config_of(draft: Value) -> Value {
    let mut world = World::of_people();
    let client = world.register(draft);
    serde_json::from_str(&world.host.client_mut(client.id).config).unwrap()
}

#[test]
fn what_is_not_said_is_the_safe_thing() {
    let config = config_of(web_draft());
    for (name, value) in [
        ("consent", json!("remember")),
        ("first_party", json!(false)),
        ("pkce_optional", json!(false)),
        ("redirect_uris", json!([CALLBACK])),
        ("verified", json!(false)),
    ] {
        assert_eq!(config[name], value, "{name}");
    }
}

#[test]
fn every_line_that_is_no_redirect_uri_is_named_with_its_reason() {
    let lines = [
        ("https://app.example/cb", None),
        ("/cb", Some("absolute")),
        ("https://app.example/c b", Some("character")),
        ("https://app.example/../cb", Some("dot_segments")),
        ("https://app.example/cb", Some("duplicate")),
        ("https://app.example/cb#x", Some("fragment")),
        ("https://app.example./cb", Some("host")),
        ("http://app.example/cb", Some("http")),
        ("", None),
        ("   ", None),
        ("https://app.example:99999/cb", Some("port")),
        ("javascript:alert(1)", Some("scheme")),
        ("https://a@app.example/cb", Some("userinfo")),
        ("https://*.app.example/cb", Some("wildcard")),
        ("  http://localhost/cb\t", None),
    ];
    let long = format!("https://app.example/{}", "x".repeat(2048));
    let mut uris: Vec<&str> = lines.iter().map(|(line, _)| *line).collect();
    uris.push(&long);
    let mut expected: Vec<_> = lines
        .iter()
        .enumerate()
        .filter_map(|(line, (_, code))| Some(("redirect_uris", Some(line + 1), (*code)?)))
        .collect();
    expected.push(("redirect_uris", Some(16), "length"));
    assert_eq!(errors(with(spa_draft(), json!({"redirect_uris": uris}))), expected);
}

#[test]
fn localhost_follows_the_setting() {
    let mut world = World::of_people();
    world.reconfigure(|config| config["localhost_redirects"] = json!(false));
    let error =
        &world.try_register(with(spa_draft(), json!({"redirect_uris": ["http://localhost/cb"]}))).unwrap_err()[0];
    assert_eq!((error.field, error.line, error.code), ("redirect_uris", Some(1), "localhost"));
}

#[test]
fn the_order_of_the_lines_is_kept_and_blanks_around_them_are_not() {
    let uris = json!(["  https://b.example/cb ", "", "https://a.example/cb", "com.example.app:/cb"]);
    let config = config_of(with(spa_draft(), json!({"redirect_uris": uris})));
    assert_eq!(config["redirect_uris"], json!(["https://b.example/cb", "https://a.example/cb", "com.example.app:/cb"]));
}

#[test]
fn rfc_6749_s3_1_2_2_codes_need_a_redirect_uri_and_other_grants_do_not() {
    for uris in [json!([]), json!(["", " "])] {
        let draft = with(spa_draft(), json!({"redirect_uris": uris}));
        assert_eq!(errors(draft), [("redirect_uris", None, "required")]);
    }
    assert!(World::of_people().try_register(service_draft()).is_ok());
}

#[test]
fn fifty_redirect_uris_are_taken_and_one_more_is_not() {
    let uris = |count: usize| (0..count).map(|n| format!("https://app.example/{n}")).collect::<Vec<_>>();
    assert_eq!(config_of(with(spa_draft(), json!({"redirect_uris": uris(50)})))["redirect_uris"], json!(uris(50)));
    let draft = with(spa_draft(), json!({"redirect_uris": uris(51)}));
    assert_eq!(errors(draft), [("redirect_uris", None, "too_many")]);
}

#[test]
fn az_25_and_pk_12_a_public_client_is_always_asked_for_and_always_proves() {
    assert_eq!(errors(with(spa_draft(), json!({"first_party": true}))), [("first_party", None, "confidential_only")]);
    assert_eq!(errors(with(spa_draft(), json!({"require_pkce": false}))), [("require_pkce", None, "public")]);
    let config = config_of(with(web_draft(), json!({"first_party": true, "require_pkce": false, "consent": "always"})));
    assert_eq!((&config["first_party"], &config["pkce_optional"]), (&json!(true), &json!(true)));
    assert_eq!(config["consent"], "always");
}

#[test]
fn what_was_registered_is_described_as_it_was_filled_in() {
    let mut world = World::of_people();
    let draft = with(
        web_draft(),
        json!({
            "redirect_uris": [CALLBACK, "http://127.0.0.1/cb"], "first_party": true, "require_pkce": false,
            "consent": "always", "verified": true,
        }),
    );
    let client = world.register(draft.clone());
    let row = world.host.client_mut(client.id).clone();
    let described = describe(&world, &row);
    for name in ["redirect_uris", "first_party", "require_pkce", "consent", "verified"] {
        assert_eq!(described[name], draft[name], "{name}");
    }
}

#[test]
fn a_redirect_uri_that_could_not_be_registered_today_is_still_described() {
    let mut world = World::of_people();
    let client = world.register(spa_draft());
    let row = world.host.client_mut(client.id);
    row.config = row.config.replace(CALLBACK, "myapp:*");
    let row = row.clone();
    assert_eq!(describe(&world, &row)["redirect_uris"], json!(["myapp:*"]));
}

/// The row of a client as an administrator gets to see it.
fn describe(world: &World, row: &Client) -> Value {
    let stored = json!({
        "client_id": row.identifier, "name": row.name, "type": row.kind, "status": row.status, "mode": row.mode,
        "service_user_id": null, "secret_hash": row.secret_hash, "config": row.config,
        "policy": world.host.policy_text(row.policy),
    });
    serde_json::to_value(world.server.describe(&serde_json::from_value(stored).unwrap())).unwrap()
}
