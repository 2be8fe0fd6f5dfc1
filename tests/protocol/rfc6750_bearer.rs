//! Bearer tokens: RFC 6750; cases BR of the threat model. Who a request is, and what it is told if it is nobody.

use app_connect::endpoint::resource::{Bearer, CHALLENGE};
use app_connect::flow::Answer;
use app_connect::http::{Request, Response};
use app_connect::secret::token::{TokenDigest, TokenKind, mint};
use serde_json::{Value, json};

use crate::support::entropy::Seeded;
use crate::support::hostile::HostileHost;
use crate::support::requests::rest;
use crate::support::world::{NOW, SERVICE_USER, World, body, check, config, refusal, with};

const DAY: i64 = 86_400;
const INVALID_REQUEST: Option<&str> = Some("400 invalid_request");
const INVALID_TOKEN: Option<&str> = Some("401 invalid_token");

fn bearer(route: &str, token: &str) -> Request {
    rest(route, Some(&format!("Bearer {token}")))
}

/// The refusal of a request to core's routes, and what it cost.
fn refused(world: &mut World, request: Request) -> Option<&'static str> {
    let ran = world.authenticate(request);
    assert!(ran.asked.is_empty(), "a query: {:?}", ran.asked);
    refusal(&ran.outcome)
}

fn response(bearer: &Bearer) -> &Response {
    match bearer {
        Bearer::Refused(response) => response,
        other => panic!("{other:?}"),
    }
}

#[test]
fn br_01_the_scheme_is_read_in_any_case_and_with_more_than_one_space() {
    let mut world = World::new();
    let client = world.service();
    let token = world.token(&client);
    for header in [
        format!("Bearer {token}"),
        format!("bearer {token}"),
        format!("BEARER    {token}"),
        format!("  Bearer {token}  "),
    ] {
        let ran = world.authenticate(rest("/wp/v2/posts", Some(&header)));
        let Bearer::Principal(principal) = ran.outcome else {
            panic!("{header}");
        };
        assert_eq!(principal.user.value(), SERVICE_USER);
        assert_eq!(ran.asked[0], "find_access_token");
    }
}

#[test]
fn br_02_without_a_token_nobody_is_refused_and_the_challenge_has_no_error_code() {
    let mut world = World::new();
    for route in ["/wp/v2/posts", "/app-connect/v1/me"] {
        for header in [None, Some("Basic YTpi"), Some("OAuth a=\"b\", c=\"d\""), Some("Bear oauth"), Some("")] {
            let ran = world.authenticate(rest(route, header));
            assert!(matches!(ran.outcome, Bearer::Anonymous), "{route} {header:?}");
            assert!(ran.asked.is_empty());
        }
    }
    assert!(CHALLENGE.starts_with("Bearer realm=\"") && !CHALLENGE.contains("error"));
}

/// One change of the site, and whether it lets a token of yesterday's state live.
type Change = (&'static str, fn(&mut World, &str), bool);

#[test]
fn br_03_whatever_ends_a_token_ends_it_at_the_next_request() {
    let changes: &[Change] = &[
        ("nothing", |_, _| {}, true),
        ("the token is revoked", |w, t| w.row(t).revoked_at = Some(NOW), false),
        ("the token was revoked in the future", |w, t| w.row(t).revoked_at = Some(i64::MAX), false),
        ("one second is left", |w, _| w.now = NOW.saturating_add(3599), true),
        ("the token expired", |w, _| w.now = NOW.saturating_add(3600), false),
        ("the token never began", |w, t| w.row(t).expires_at = i64::MIN, false),
        ("the grant is revoked", |w, t| w.grant_of(t).revoked_at = Some(NOW), false),
        ("the grant has an end", |w, t| w.grant_of(t).expires_at = Some(NOW.saturating_add(1)), true),
        ("the grant expired", |w, t| w.grant_of(t).expires_at = Some(NOW), false),
        ("the client is disabled", |w, _| w.host.clients[0].status = "disabled", false),
        ("the client's tokens were ended", |w, _| w.host.clients[0].epoch = 1, false),
        ("the client's epoch went back", |w, _| w.host.clients[0].epoch = -1, false),
        ("the client is deleted", |w, _| w.host.clients.clear(), false),
        ("the user is deleted", |w, _| user(w).deleted = true, false),
        ("the user's tokens were ended", |w, _| user(w).epoch = 1, false),
        ("the user's epoch went back", |w, _| user(w).epoch = -1, false),
        ("the grant type is off", |w, _| switch(w, json!({"enabled": false, "epoch": 0})), false),
        ("the grant type was off", |w, _| switch(w, json!({"enabled": true, "epoch": 1})), false),
        ("the grant type is unheard of", |w, _| w.reconfigure(|c| c["methods"] = json!({})), false),
        ("the grant's type is another", |w, t| w.grant_of(t).method = "password".into(), false),
        ("the client lost the grant type", |w, _| configure(w, r#"{"grant_types":["password"]}"#), false),
        ("the client has the grant type alone", |w, _| configure(w, r#"{"grant_types":["client_credentials"]}"#), true),
        ("the service user changed", |w, _| w.host.clients[0].service_user = Some(8), false),
        ("the service user was taken away", |w, _| w.host.clients[0].service_user = None, false),
        ("the secret changed", |w, _| w.host.clients[0].secret_hash = Value::Null, true),
    ];
    for (what, change, lives) in changes {
        let mut world = World::new();
        let client = world.service();
        let token = world.token(&client);
        change(&mut world, &token);
        let ran = world.authenticate(bearer("/wp/v2/posts", &token));
        if *lives {
            assert!(matches!(ran.outcome, Bearer::Principal(_)), "{what}");
        } else {
            assert_eq!(refusal(&ran.outcome), INVALID_TOKEN, "{what}");
            assert_eq!(ran.asked, ["find_access_token"], "{what}: a dead token is not used");
        }
    }
}

fn user(world: &mut World) -> &mut crate::support::memory::Subject {
    world.host.subjects.get_mut(&SERVICE_USER).unwrap()
}

fn switch(world: &mut World, method: Value) {
    world.reconfigure(|config| config["methods"]["client_credentials"] = method);
}

fn configure(world: &mut World, config: &str) {
    config.clone_into(&mut world.host.clients[0].config);
}

#[test]
fn br_03_all_reasons_but_expiry_are_told_alike() {
    let mut world = World::new();
    let client = world.service();
    let (revoked, ended, expired) = (world.token(&client), world.token(&client), world.token(&client));
    let unborn = mint(TokenKind::Access, &Seeded::elsewhere()).unwrap().text.expose().clone();
    world.row(&revoked).revoked_at = Some(NOW);
    world.row(&expired).expires_at = NOW;
    let mut answer = |token: &str| response(&world.authenticate(bearer("/", token)).outcome).clone();
    let unknown = answer(&unborn);
    assert_eq!(answer(&revoked), unknown);
    assert_eq!(answer("oauth_ac_a"), unknown);
    let told = answer(&expired);
    assert_eq!(told.status, 401);
    assert!(told.body.contains("expired"));
    world.grant_of(&ended).revoked_at = Some(NOW);
    assert_eq!(*response(&world.authenticate(bearer("/", &ended)).outcome), unknown);
    assert_eq!(
        unknown.header("WWW-Authenticate"),
        Some(
            "Bearer realm=\"App Connect\", error=\"invalid_token\", \
             error_description=\"the access token is invalid or was revoked\""
        )
    );
}

#[test]
fn br_03_a_token_that_is_almost_ours_is_refused_without_a_query() {
    let mut world = World::new();
    let client = world.service();
    let token = world.token(&client);
    let mut wrong_sum = token.clone();
    wrong_sum.replace_range(20..21, if &token[20..21] == "x" { "y" } else { "x" });
    let joined = format!("{token} Basic YTpi");
    for text in [
        "oauth_ac_",
        "oauth_ac_a",
        &token[..token.len().saturating_sub(1)],
        &format!("{token}x"),
        &format!("{token}="),
        &joined,
        &wrong_sum,
        &token.replace("oauth_ac_a", "oauth_ac_z"),
        "oauth_ac_a\u{e9}",
    ] {
        assert_eq!(refused(&mut world, bearer("/wp/v2/posts", text)), INVALID_TOKEN, "{text}");
    }
    let mut request = rest("/wp/v2/posts", None);
    request.authorization = Some(app_connect::secret::Secret::new(b"Bearer oauth_ac_a\xff\x00".to_vec()));
    assert_eq!(refused(&mut world, request), INVALID_TOKEN);
}

#[test]
fn br_03_a_token_of_ours_that_is_not_where_the_token_stands_is_never_nobody() {
    let mut world = World::new();
    let client = world.service();
    let token = world.token(&client);
    for header in [
        format!("Bearer\t{token}"),
        format!("Bearer: {token}"),
        format!("Bearer Bearer {token}"),
        format!("Bearer \"{token}\""),
        format!("Bearer token={token}"),
    ] {
        let ran = world.authenticate(rest("/wp/v2/posts", Some(&header)));
        assert!(matches!(ran.outcome, Bearer::Refused(_)), "{header}: {:?}", ran.outcome);
    }
}

#[test]
fn br_04_insufficient_scope_is_403_and_names_the_scope() {
    let mut world = World::new();
    let client = world.service();
    let ran = world.ask_token(&client, &[("scope", "content:read content:write")]);
    let principal = world.principal(&ran.member("access_token")).unwrap();
    let refusal = principal.judge("GET", "/wp/v2/settings").unwrap();
    check(&refusal);
    assert_eq!(refusal.status, 403);
    assert_eq!(body(&refusal)["error"], "insufficient_scope");
    let challenge = refusal.header("WWW-Authenticate").unwrap();
    assert!(challenge.starts_with("Bearer realm=\"App Connect\", error=\"insufficient_scope\""));
    assert!(challenge.ends_with("scope=\"content:read content:write\""), "{challenge}");
}

#[test]
fn br_05_a_token_in_the_query_is_400_without_a_query_to_the_store() {
    let mut world = World::new();
    let client = world.service();
    let token = world.token(&client);
    for header in [None, Some(format!("Bearer {token}"))] {
        for query in
            [format!("access_token={token}"), format!("a=b&access_token={token}&c=d"), "access_token=oauth_ac_".into()]
        {
            let mut request = rest("/wp/v2/posts", header.as_deref());
            request.uri = format!("/wp-json/wp/v2/posts?{query}").into_bytes();
            assert_eq!(refused(&mut world, request), INVALID_REQUEST, "{query}");
        }
    }
    for query in ["access_token=foreign", "access_token=", "x_access_token=oauth_ac_a"] {
        let mut request = rest("/wp/v2/posts", None);
        request.uri = format!("/wp-json/wp/v2/posts?{query}").into_bytes();
        assert_eq!(refused(&mut world, request), None, "{query} is not ours to judge");
    }
}

#[test]
fn br_08_a_refresh_token_a_code_and_a_personal_token_are_refused_without_a_query() {
    let mut world = World::new();
    for kind in [TokenKind::Code, TokenKind::Personal, TokenKind::Refresh] {
        let text = mint(kind, &Seeded::default()).unwrap().text;
        for route in ["/wp/v2/posts", "/app-connect/v1/me"] {
            assert_eq!(refused(&mut world, bearer(route, text.expose())), INVALID_TOKEN, "{kind:?}");
        }
    }
}

#[test]
fn br_08_a_client_secret_or_another_servers_token_is_left_to_others() {
    let mut world = World::new();
    let client = world.service();
    for foreign in [client.secret.as_str(), "eyJhbGciOiJub25lIn0.e30.", "OAUTH_AC_a", "", "x oauth"] {
        assert_eq!(refused(&mut world, bearer("/wp/v2/posts", foreign)), None, "{foreign}");
    }
}

#[test]
fn t8_on_our_own_routes_every_bearer_is_ours_to_refuse() {
    let mut world = World::new();
    for route in ["/app-connect/v1/me", "/app-connect/v1", "/APP-Connect/V1/me", "/app-connect/v1/clients/7"] {
        for token in ["foreign", "", "eyJhbGciOiJub25lIn0.e30."] {
            assert_eq!(refused(&mut world, bearer(route, token)), INVALID_TOKEN, "{route} {token}");
        }
    }
    for route in ["/app-connect", "/other/app-connect/v1/me", ""] {
        assert_eq!(refused(&mut world, bearer(route, "foreign")), None, "{route}");
    }
}

#[test]
fn br_13_two_schemes_in_one_value_are_400_without_a_query() {
    let mut world = World::new();
    let client = world.service();
    let token = world.token(&client);
    for header in [
        format!("Bearer {token}, Basic YTpi"),
        format!("Basic YTpi, Bearer {token}"),
        format!("Bearer {token},Bearer {token}"),
        format!("Bearer foreign, Bearer {token}"),
    ] {
        assert_eq!(refused(&mut world, rest("/wp/v2/posts", Some(&header))), INVALID_REQUEST, "{header}");
    }
}

#[test]
fn br_15_a_header_of_8_kib_or_a_megabyte_is_refused_without_a_query() {
    let mut world = World::new();
    let client = world.service();
    let token = world.token(&client);
    for size in [8193_usize, 1 << 20] {
        let padding = " ".repeat(size.saturating_sub(token.len()));
        assert_eq!(
            refused(&mut world, rest("/wp/v2/posts", Some(&format!("Bearer{padding}{token}")))),
            INVALID_REQUEST,
            "{size}"
        );
        let long = format!("oauth_ac_a{}", "x".repeat(size));
        assert_eq!(refused(&mut world, bearer("/wp/v2/posts", &long)), INVALID_REQUEST, "{size}");
        assert_eq!(refused(&mut world, bearer("/wp/v2/posts", &"x".repeat(size))), None, "not ours: {size}");
        assert_eq!(refused(&mut world, bearer("/app-connect/v1/me", &"x".repeat(size))), INVALID_TOKEN);
    }
}

#[test]
fn plain_http_is_400_without_a_query() {
    let mut world = World::new();
    let client = world.service();
    let token = world.token(&client);
    let mut request = bearer("/wp/v2/posts", &token);
    request.secure = false;
    assert_eq!(refused(&mut world, request.clone()), INVALID_REQUEST);
    let mut local = World::configured(with(config(), json!({"insecure_http": true})));
    let client = local.service();
    let token = local.token(&client);
    let mut request = bearer("/wp/v2/posts", &token);
    request.secure = false;
    assert!(matches!(local.authenticate(request).outcome, Bearer::Principal(_)));
}

#[test]
fn a_row_of_another_digest_is_no_token() {
    let mut world = World::new();
    let client = world.service();
    let (token, other) = (world.token(&client), world.token(&client));
    for digest in [
        TokenDigest::of(other.as_bytes()).as_str().to_owned(),
        TokenDigest::of(token.as_bytes()).as_str().to_lowercase(),
    ] {
        let lie = |mut row: Value| {
            row["digest"] = json!(digest);
            Answer::Value(row)
        };
        let mut host = HostileHost::new(&world.host, 0, &lie);
        let ran = world.authenticate_by(bearer("/", &token), &mut host);
        assert_eq!(refusal(&ran.outcome), INVALID_TOKEN);
    }
}

#[test]
fn a_store_that_is_down_is_503_and_neither_nobody_nor_401() {
    let mut world = World::new();
    let client = world.service();
    let token = world.token(&client);
    let lie = |_| Answer::Unavailable;
    let mut host = HostileHost::new(&world.host, 0, &lie);
    let ran = world.authenticate_by(bearer("/wp/v2/posts", &token), &mut host);
    assert_eq!(refusal(&ran.outcome), Some("503 temporarily_unavailable"));
}

#[test]
fn a_use_is_noted_once_a_day_with_its_address() {
    let mut world = World::configured(with(config(), json!({"access_token_lifetime": 86_400})));
    let client = world.service();
    let token = world.token(&client);
    let mut asked = |now: i64| {
        world.now = now;
        let ran = world.authenticate(bearer("/wp/v2/posts", &token));
        assert!(matches!(ran.outcome, Bearer::Principal(_)));
        (ran.asked.len(), world.host.grants[0].last_used_at)
    };
    let midnight = NOW.div_euclid(DAY).saturating_add(1).saturating_mul(DAY);
    assert_eq!(asked(NOW), (2, Some(NOW)));
    assert_eq!(asked(NOW.saturating_add(1)), (1, Some(NOW)));
    assert_eq!(asked(midnight.saturating_sub(1)), (1, Some(NOW)));
    assert_eq!(asked(midnight), (2, Some(midnight)));
    assert_eq!(world.host.grants[0].last_address.as_deref(), Some("192.0.2.7"));
}

#[test]
fn a_use_that_cannot_be_noted_is_a_use_all_the_same() {
    let mut world = World::new();
    let client = world.service();
    let token = world.token(&client);
    for answer in [Answer::Unavailable, Answer::Value(json!({"surprise": true}))] {
        let lie = |_| answer.clone();
        let mut host = HostileHost::new(&world.host, 1, &lie);
        let ran = world.authenticate_by(bearer("/wp/v2/posts", &token), &mut host);
        assert_eq!(ran.asked, ["find_access_token", "touch_grant"]);
        assert!(matches!(ran.outcome, Bearer::Principal(_)));
    }
}

#[test]
fn pv_02_the_snapshot_never_wins_over_the_ceiling_now() {
    let mut world = World::new();
    let client = world.service();
    let token = world.token(&client);
    world.set_ceiling(&client, &app_connect::authority::policy::Policy::nothing());
    let principal = world.principal(&token).unwrap();
    assert!(principal.judge("GET", "/wp/v2/posts").is_some());
    assert!(!principal.authority.permits(["read"]));
    assert!(principal.judge("GET", "/app-connect/v1/me").is_none(), "who one is, every live token may ask");
}
