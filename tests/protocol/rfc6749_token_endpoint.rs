//! The token endpoint: RFC 6749 §3.2, §5.1 and §5.2; cases TK of the threat model.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::rc::Rc;

use app_connect::endpoint;
use app_connect::http::Request;
use app_connect::secret::token::{Recognised, TokenDigest, TokenKind, recognise};
use app_connect::server::Server;
use app_connect::time::UnixTime;
use serde_json::json;

use crate::support::drive::drive;
use crate::support::entropy::Dry;
use crate::support::requests::{authorized, basic, form, post};
use crate::support::world::{NOW, Registered, World, body, check, config, full_draft, service_draft, with};

/// A request that would be answered with a token.
fn good(client: &Registered) -> Request {
    authorized(form(&[("grant_type", "client_credentials")]), basic(&client.client_id, &client.secret))
}

#[test]
fn s5_1_a_token_is_answered_with_type_lifetime_scope_and_routes_and_nothing_else() {
    let mut world = World::new();
    let client = world.service();
    let ran = world.send("token", good(&client));
    assert_eq!(ran.outcome.status, 200);
    let mut answer = body(&ran.outcome);
    let token = answer.as_object_mut().unwrap().remove("access_token").unwrap();
    assert_eq!(
        answer,
        json!({
            "token_type": "Bearer",
            "expires_in": 3600,
            "scope": "wp",
            "granted_rest_routes": ["GET /wp-json/wp/v2/posts", "GET /wp-json/wp/v2/posts/*", "POST /wp-json/wp/v2/posts"],
        })
    );
    assert_eq!(recognise(token.as_str().unwrap().as_bytes()), Recognised::Ours(TokenKind::Access));
    assert_eq!(ran.outcome.header("Cache-Control"), Some("no-store"));
    assert_eq!(ran.outcome.header("Pragma"), Some("no-cache"));
    assert_eq!(ran.outcome.header("Content-Type"), Some("application/json"));
    assert_eq!(ran.outcome.headers.len(), 3);
}

#[test]
fn s5_1_expires_in_is_when_the_stored_token_ends() {
    let mut world = World::configured(with(config(), json!({"access_token_lifetime": 60})));
    let client = world.service();
    let ran = world.send("token", good(&client));
    assert_eq!(body(&ran.outcome)["expires_in"], 60);
    let token = ran.member("access_token");
    assert_eq!(world.row(&token).expires_at, NOW.saturating_add(60));
    world.now = NOW.saturating_add(59);
    assert!(world.principal(&token).is_some());
    world.now = NOW.saturating_add(60);
    assert!(world.principal(&token).is_none());
}

#[test]
fn the_needs_of_a_first_and_of_a_second_token() {
    let mut world = World::new();
    let client = world.register(full_draft());
    let first = ["find_client", "find_standing_grant", "held_capabilities", "issue"];
    assert_eq!(world.send("token", good(&client)).asked, first);
    let second = ["find_client", "find_standing_grant", "issue"];
    assert_eq!(world.send("token", good(&client)).asked, second);
}

#[test]
fn tk_01_get_is_405_with_allow() {
    let mut world = World::new();
    let client = world.service();
    for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE", "options", "post", "POST ", ""] {
        let mut request = good(&client);
        request.method = method.into();
        let ran = world.send("token", request);
        assert_eq!(ran.error(), (405, "invalid_request".into()), "{method}");
        assert_eq!(ran.outcome.header("Allow"), Some("POST"));
        assert!(ran.asked.is_empty());
    }
}

#[test]
fn tk_02_get_with_method_post_in_the_query_is_405() {
    let mut world = World::new();
    let client = world.service();
    let mut request = good(&client);
    request.method = b"GET".to_vec();
    request.uri = b"/wp-json/app-connect/v1/token?_method=POST&_jsonp=cb&grant_type=client_credentials".to_vec();
    let ran = world.send("token", request);
    assert_eq!(ran.error(), (405, "invalid_request".into()));
    assert_eq!(ran.outcome.header("Content-Type"), Some("application/json"));
    assert!(ran.asked.is_empty());
}

#[test]
fn tk_03_a_method_override_header_is_refused() {
    let mut world = World::new();
    let client = world.service();
    for (method, other, status) in
        [("GET", "POST", 405), ("POST", "DELETE", 400), ("POST", "POST", 400), ("POST", "", 400)]
    {
        let mut request = good(&client);
        request.method = method.into();
        request.method_override = Some(other.into());
        let ran = world.send("token", request);
        assert_eq!(ran.error(), (status, "invalid_request".into()), "{method} {other}");
        assert!(ran.asked.is_empty());
    }
}

#[test]
fn tk_04_wordpress_overrides_in_the_query_or_the_body_are_refused_in_json() {
    let mut world = World::new();
    let client = world.service();
    for name in ["_jsonp", "_envelope", "_fields", "_method"] {
        for spelling in [name.to_owned(), format!("%5f{}", &name[1..]), format!("{name}[]"), format!("+{name}")] {
            let mut request = good(&client);
            request.uri = format!("/wp-json/app-connect/v1/token?x=1&{spelling}=cb").into_bytes();
            let ran = world.send("token", request);
            assert_eq!(ran.error(), (400, "invalid_request".into()), "?{spelling}");
            assert!(ran.asked.is_empty());
        }
        let ran = world.ask_token(&client, &[(name, "cb")]);
        assert_eq!(ran.error(), (400, "invalid_request".into()), "{name} in the body");
        assert!(ran.asked.is_empty());
    }
}

#[test]
fn tk_05_a_missing_or_empty_grant_type_is_invalid_request() {
    let mut world = World::new();
    let client = world.service();
    let header = basic(&client.client_id, &client.secret);
    for pairs in [&[("scope", "wp")][..], &[("grant_type", "")], &[("Grant_Type", "client_credentials")]] {
        let ran = world.send("token", authorized(form(pairs), header.clone()));
        assert_eq!(ran.error(), (400, "invalid_request".into()), "{pairs:?}");
        assert!(ran.asked.is_empty());
    }
}

#[test]
fn tk_06_an_unknown_grant_type_is_unsupported() {
    let mut world = World::new();
    let client = world.service();
    for name in [
        "passwords",
        "implicit",
        "Client_Credentials",
        "client_credentials ",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
    ] {
        let request = authorized(form(&[("grant_type", name)]), basic(&client.client_id, &client.secret));
        let ran = world.send("token", request);
        assert_eq!(ran.error(), (400, "unsupported_grant_type".into()), "{name}");
    }
}

#[test]
fn tk_07_a_grant_type_that_is_off_for_the_site_is_unauthorized_client() {
    for methods in [
        json!({}),
        json!({"client_credentials": {"enabled": false, "epoch": 0}}),
        json!({"password": {"enabled": true, "epoch": 0}}),
    ] {
        let mut world = World::configured(with(config(), json!({"methods": methods})));
        let client = world.service();
        let ran = world.send("token", good(&client));
        assert_eq!(ran.error(), (400, "unauthorized_client".into()), "{methods}");
        assert_eq!(ran.asked, ["find_client"]);
        assert!(ran.events.is_empty());
    }
}

#[test]
fn tk_07_a_grant_type_that_is_not_on_the_client_is_unauthorized_client() {
    let mut world = World::new();
    let client = world.register(with(service_draft(), json!({"grant_types": []})));
    let ran = world.send("token", good(&client));
    assert_eq!(ran.error(), (400, "unauthorized_client".into()));
    assert_eq!(ran.asked, ["find_client"]);
}

#[test]
fn tk_07_only_an_authenticated_client_learns_that_the_grant_type_is_off() {
    let mut world = World::configured(with(config(), json!({"methods": {}})));
    let mut client = world.service();
    client.secret = "wrong".into();
    assert_eq!(world.send("token", good(&client)).error(), (401, "invalid_client".into()));
}

#[test]
fn tk_09_credentials_or_grant_in_the_query_are_refused_before_any_need() {
    let mut world = World::new();
    let client = world.service();
    for name in [
        "client_assertion",
        "client_id",
        "client_secret",
        "code",
        "code_verifier",
        "grant_type",
        "password",
        "refresh_token",
        "token",
        "username",
        "client%5Fid",
        "client.id",
        "client+secret",
        "%20client_id",
        "grant_type[]",
        "client_secret%5B0%5D",
    ] {
        let mut request = good(&client);
        request.uri = format!("/wp-json/app-connect/v1/token?lang=en&{name}=x").into_bytes();
        let ran = world.send("token", request);
        assert_eq!(ran.error(), (400, "invalid_request".into()), "{name}");
        assert!(ran.asked.is_empty(), "{name}");
    }
}

#[test]
fn tk_09_a_secret_in_the_query_is_seen_when_php_mends_its_name() {
    // parse_str( 'client[secret=x' ) is [ 'client_secret' => 'x' ]: a bracket that is never closed becomes an underscore.
    let mut world = World::new();
    let client = world.service();
    for name in ["client[secret", "client%5Bsecret", "grant[type"] {
        let mut request = good(&client);
        request.uri = format!("/wp-json/app-connect/v1/token?{name}=x").into_bytes();
        assert_eq!(world.send("token", request).outcome.status, 400, "{name}");
    }
}

#[test]
fn tk_09_an_innocent_query_does_not_matter_and_is_never_merged() {
    let mut world = World::new();
    let client = world.service();
    let mut request = good(&client);
    request.uri = b"/?rest_route=/app-connect/v1/token&scope=content:read&x=%ff".to_vec();
    let ran = world.send("token", request);
    assert_eq!(ran.outcome.status, 200);
    assert_eq!(ran.member("scope"), "wp");
}

#[test]
fn tk_18_nothing_that_was_sent_comes_back_in_an_error() {
    let mut world = World::new();
    let client = world.service();
    let echo = "ECHO\"\\<b>\r\n\té";
    let header = basic(&client.client_id, &client.secret);
    let requests = [
        form(&[("grant_type", echo)]),
        authorized(form(&[("grant_type", "client_credentials"), ("scope", echo)]), header.clone()),
        authorized(form(&[("grant_type", "client_credentials"), ("client_id", echo)]), header.clone()),
        authorized(form(&[(echo, echo)]), header),
        authorized(form(&[("grant_type", "client_credentials")]), format!("Basic {echo}")),
        authorized(form(&[("grant_type", "client_credentials")]), basic(echo, echo)),
        form(&[("grant_type", "client_credentials"), ("client_id", echo), ("client_secret", echo)]),
        post(echo, "grant_type=client_credentials"),
        post("application/json", format!("{{\"{echo}\":")),
    ];
    for (number, mut request) in requests.into_iter().enumerate() {
        request.origin = Some(echo.into());
        let ran = world.send("token", request);
        assert!((400..500).contains(&ran.outcome.status), "{number}");
        assert!(!format!("{:?}", ran.outcome).contains("ECHO"), "{number}: {:?}", ran.outcome);
        assert!(!format!("{:?}", ran.events).contains("ECHO"), "{number}: {:?}", ran.events);
    }
}

#[test]
fn tk_20_a_rest_route_in_the_body_is_refused() {
    let mut world = World::new();
    let client = world.service();
    let ran = world.ask_token(&client, &[("rest_route", "/wp/v2/users/1")]);
    assert_eq!(ran.error(), (400, "invalid_request".into()));
    assert!(ran.asked.is_empty());
}

#[test]
fn tk_21_a_thousand_tokens_differ_and_only_their_digests_are_stored() {
    let mut world = World::new();
    let client = world.service();
    let tokens: BTreeSet<String> = (0..1000).map(|_| world.token(&client)).collect();
    assert_eq!(tokens.len(), 1000);
    let dump = format!("{:?}", world.host);
    for token in &tokens {
        // 43 characters of 62, after the prefix and the kind: 256 bits.
        assert_eq!(token.len(), "oauth_ac_a".len().saturating_add(43).saturating_add(6));
        assert!(!dump.contains(&token["oauth_ac_a".len()..]));
        assert!(world.host.tokens.contains_key(&TokenDigest::of(token.as_bytes())));
    }
}

#[test]
fn tk_22_plain_http_is_refused_before_any_need_unless_the_site_is_loopback_or_says_so() {
    for (home, insecure_http, served) in [
        ("https://example.test", false, false),
        ("http://example.test", false, false),
        ("http://example.test", true, true),
        ("http://localhost", false, true),
        ("http://localhost:8080/blog", false, true),
        ("http://127.0.0.1:8080", false, true),
        ("http://127.8.7.6", false, true),
        ("http://[::1]", false, true),
        ("http://[::1]:8080", false, true),
        ("http://localhost.evil.test", false, false),
        ("http://127.0.0.1.evil.test", false, false),
        ("http://localhost@evil.test", false, false),
        ("http://evil.test/localhost", false, false),
        ("http://[::2]", false, false),
        ("http://10.0.0.1", false, false),
        ("http://0.0.0.0", false, false),
    ] {
        let site = json!({"home": home, "rest_prefix": "wp-json", "permalinks": "/%postname%/"});
        let mut world = World::configured(with(config(), json!({"site": site, "insecure_http": insecure_http})));
        let client = world.service();
        let mut request = good(&client);
        request.secure = false;
        let ran = world.send("token", request);
        if served {
            assert_eq!(ran.outcome.status, 200, "{home}");
        } else {
            assert_eq!(ran.error(), (400, "invalid_request".into()), "{home}");
            assert!(ran.asked.is_empty());
        }
        assert_eq!(world.send("token", good(&client)).outcome.status, 200, "{home} over TLS");
    }
}

#[test]
fn tk_23_what_is_printed_for_logs_has_no_secret_and_no_token() {
    let mut world = World::new();
    let chosen = "correct horse battery staple";
    let client = world.register(with(service_draft(), json!({"secret": chosen})));
    let request =
        authorized(form(&[("grant_type", "client_credentials"), ("scope", "wp")]), basic(&client.client_id, chosen));
    let header = basic(&client.client_id, chosen);
    let mut printed = format!("{request:?}");
    let mut flow = world.server.handle(endpoint::find("token").unwrap(), request, UnixTime(NOW));
    let mut host = std::mem::take(&mut world.host);
    while let Some(need) = flow.need().unwrap() {
        write!(printed, "{need:?}{}{flow:?}", need.args().unwrap()).unwrap();
        flow.answer(crate::support::drive::Host::fulfil(&mut host, &need)).unwrap();
    }
    write!(printed, "{flow:?}{:?}{:?}", flow.take_events(), world.server).unwrap();
    let answer = body(flow.outcome().unwrap());
    let token = answer["access_token"].as_str().unwrap();
    for secret in [token, &token[10..53], chosen, &header["Basic ".len()..]] {
        assert!(!printed.contains(secret), "{secret}");
    }
    assert!(printed.contains("[redacted]"));
}

#[test]
fn without_random_bytes_nothing_is_issued() {
    let mut world = World::new();
    let client = world.service();
    let dry = Server::new(world.server.config().clone(), Rc::new(Dry));
    let mut flow = dry.handle(endpoint::find("token").unwrap(), good(&client), UnixTime(NOW));
    drive(&mut flow, &mut world.host);
    let response = flow.outcome().unwrap();
    check(response);
    assert_eq!(response.status, 500);
    assert_eq!(body(response)["error"], "server_error");
    assert!(world.host.tokens.is_empty() && world.host.grants.is_empty());
    assert!(flow.take_events().is_empty());
}

#[test]
fn an_issued_token_is_told_once_by_identifiers_alone_and_not_audited() {
    let mut world = World::new();
    let client = world.service();
    let ran = world.send("token", good(&client));
    assert_eq!(
        serde_json::to_value(&ran.events).unwrap(),
        json!([{"kind": "token_issued", "client": client.id, "user": 7, "method": "client_credentials"}])
    );
    assert!(!ran.events[0].audited());
}

#[test]
fn numbers_may_come_as_text_from_the_database() {
    let mut world = World::new();
    world.host.numbers_are_text = true;
    let client = world.service();
    let token = world.token(&client);
    let again = world.token(&client);
    assert_ne!(token, again);
    assert!(world.principal(&again).is_some());
    assert_eq!(world.revoke(&client, &[("token", &again)]).outcome.status, 200);
    assert!(world.principal(&again).is_none());
}

#[test]
fn tk_19_a_secret_with_quotes_and_backslashes_is_compared_as_it_was_sent() {
    let mut world = World::new();
    let secret = r#"a'b\c"d+e%f&g=h: i"#;
    let client = world.register(with(service_draft(), json!({"secret": secret})));
    let mut send = |secret: &str| {
        let id = ("client_id", client.client_id.as_str());
        let request = form(&[("grant_type", "client_credentials"), id, ("client_secret", secret)]);
        world.send("token", request).outcome.status
    };
    assert_eq!(send(secret), 200);
    // What WordPress' slashes would make of it.
    assert_eq!(send(r#"a\'b\\c\"d+e%f&g=h: i"#), 401);
}
