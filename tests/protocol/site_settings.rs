//! What an administrator sets for the whole site: ranges, proxies, and the switch that turns everything off.

use std::net::IpAddr;

use app_connect::address::behind;
use app_connect::config::ServerConfig;
use app_connect::endpoint::resource::Bearer;
use app_connect::settings::{ACTIVITY_RETENTION, KEY_ROTATION, RANGES, SettingsDraft, network};
use ipnet::IpNet;
use serde_json::{Value, json};

use crate::support::requests::{authorized, basic, form, rest};
use crate::support::world::{World, config, with};

fn wrong(settings: Value) -> Vec<(&'static str, Option<usize>, &'static str)> {
    let draft: SettingsDraft = serde_json::from_value(settings).unwrap();
    draft.check().into_iter().map(|error| (error.field, error.line, error.code)).collect()
}

#[test]
fn the_list_is_sorted_and_every_default_is_good() {
    assert!(RANGES.is_sorted_by_key(|range| range.name));
    assert!(RANGES.iter().all(|range| range.has(range.default)));
}

#[test]
fn a_number_outside_its_range_is_named_and_could_not_serve() {
    for range in RANGES {
        for (number, good) in [(range.min, true), (range.max, true), (range.min - 1, false), (range.max + 1, false)] {
            let errors = wrong(json!({range.name: number}));
            assert_eq!(errors.is_empty(), good, "{} {number}", range.name);
            assert!(good || errors == [(range.name, None, "range")]);
            if range == &&ACTIVITY_RETENTION {
                // The protocol judges it, and serves without it.
                continue;
            }
            let change = match range.name.strip_prefix("limits_") {
                Some(name) => json!({"limits": {name: number}}),
                None if range == &&KEY_ROTATION => json!({"signing": {"rotation": number}}),
                None => json!({range.name: number}),
            };
            assert_eq!(ServerConfig::parse(with(config(), change)).is_ok(), good, "{} {number}", range.name);
        }
    }
}

#[test]
fn bad_lines_are_named_by_their_numbers() {
    assert_eq!(wrong(json!({})), []);
    assert_eq!(
        wrong(json!({"trusted_proxies": ["10.0.0.0/8", "", " ::1 ", "192.0.2.7"], "takeover": ["a_b", ""]})),
        []
    );
    let errors = wrong(json!({
        "trusted_proxies": ["10.0.0.0/33", "10.0.0.1", "proxy.example", "10.0.0", "0.0.0.0/0", "::/0", "1.2.3.4:80"],
        "takeover": ["manage shop", "manage_shop"],
    }));
    let mut expected = vec![("takeover", Some(1), "invalid")];
    expected.extend([1, 3, 4, 5, 6, 7].map(|line| ("trusted_proxies", Some(line), "address")));
    assert_eq!(errors, expected);
    assert_eq!(wrong(json!({"takeover": vec!["x"; 51]})), [("takeover", None, "too_many")]);
}

#[test]
fn only_what_a_trusted_proxy_appended_counts() {
    let trusted: Vec<IpNet> = ["10.0.0.0/8", "2001:db8::1"].iter().map(|line| network(line).unwrap()).collect();
    for (peer, header, expected) in [
        ("192.0.2.7", None, "192.0.2.7"),
        ("192.0.2.7", Some("198.51.100.1"), "192.0.2.7"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", Some("198.51.100.1"), "198.51.100.1"),
        ("10.0.0.1", Some("203.0.113.9, 198.51.100.1"), "198.51.100.1"),
        ("10.0.0.1", Some("203.0.113.9,198.51.100.1, 10.1.2.3"), "198.51.100.1"),
        ("10.0.0.1", Some("10.9.9.9"), "10.9.9.9"),
        ("10.0.0.1", Some("unknown"), "10.0.0.1"),
        ("10.0.0.1", Some("198.51.100.1, unknown"), "10.0.0.1"),
        ("10.0.0.1", Some(""), "10.0.0.1"),
        ("10.0.0.1", Some("198.51.100.1:4711"), "198.51.100.1"),
        ("10.0.0.1", Some("[2001:db8::7]:4711"), "2001:db8::7"),
        ("10.0.0.1", Some("[2001:db8::7]"), "2001:db8::7"),
        ("10.0.0.1", Some("2001:db8::7"), "2001:db8::7"),
        ("2001:db8::1", Some("::ffff:198.51.100.1"), "198.51.100.1"),
        ("::ffff:10.0.0.1", Some("198.51.100.1"), "198.51.100.1"),
    ] {
        let peer: IpAddr = peer.parse().unwrap();
        let seen = behind(peer, header.map(str::as_bytes), &trusted);
        assert_eq!(seen.to_string(), expected, "{peer} {header:?}");
    }
    let peer: IpAddr = "10.0.0.1".parse().unwrap();
    assert_eq!(behind(peer, Some(b"198.51.100.1\xff"), &trusted), peer);
    assert_eq!(
        behind(peer, Some("10.1.1.1,".repeat(100_000).as_bytes()), &trusted),
        peer,
        "an empty hop ends the search"
    );
}

#[test]
fn rl_failures_are_counted_against_the_client_behind_the_proxy() {
    let failures = |trusted: Value| {
        let mut world =
            World::configured(with(config(), json!({"trusted_proxies": trusted, "limits": {"per_client": 2}})));
        let client = world.service();
        let mut ask = |from: &str| {
            let mut request =
                authorized(form(&[("grant_type", "client_credentials")]), basic(&client.client_id, "wrong"));
            request.forwarded_for = Some(from.as_bytes().to_vec());
            world.send("token", request).outcome.status
        };
        [ask("198.51.100.1"), ask("198.51.100.1"), ask("198.51.100.1"), ask("198.51.100.2")]
    };
    assert_eq!(failures(json!(["192.0.2.7"])), [401, 401, 429, 401]);
    assert_eq!(failures(json!(["not one", "192.0.2.8"])), [401, 401, 429, 429], "whoever is not trusted is the client");
}

#[test]
fn a_site_at_another_address_stops_until_somebody_says_why() {
    let mut world = World::new();
    let client = world.service();
    let token = world.token(&client);
    let digest = |home: &str| {
        let site = json!({"home": home, "rest_prefix": "wp-json", "permalinks": ""});
        ServerConfig::parse(with(config(), json!({"site": site}))).unwrap().site.digest().as_str().to_owned()
    };
    // The same site: its scheme, its case and a slash do not matter.
    for home in ["http://example.test", "https://example.test/", "https://EXAMPLE.test"] {
        world.reconfigure(|config| config["known_site"] = json!(digest(home)));
        assert!(world.principal(&token).is_some(), "{home}");
    }
    for home in ["https://staging.example.test", "https://example.test:8443", "https://example.test/blog"] {
        world.reconfigure(|config| config["known_site"] = json!(digest(home)));
        let pairs = [("grant_type", "client_credentials")];
        let ran = world.send("token", authorized(form(&pairs), basic(&client.client_id, &client.secret)));
        assert_eq!((ran.error(), ran.asked.len()), ((503, "temporarily_unavailable".into()), 0), "{home}");
        let ran = world.authenticate(rest("/wp/v2/posts", Some(&format!("Bearer {token}"))));
        let Bearer::Refused(response) = ran.outcome else { panic!("taken") };
        assert_eq!((response.status, ran.asked.len()), (503, 0));
    }
    world.reconfigure(|config| config["known_site"] = Value::Null);
    assert!(world.principal(&token).is_some(), "nobody has said anything yet");
}

#[test]
fn off_nothing_is_issued_and_no_token_is_taken_and_nothing_is_lost() {
    let mut world = World::new();
    let client = world.service();
    let token = world.token(&client);
    world.reconfigure(|config| config["enabled"] = json!(false));
    for endpoint in ["token", "revoke"] {
        let request =
            authorized(form(&[("grant_type", "client_credentials")]), basic(&client.client_id, &client.secret));
        let ran = world.send(endpoint, request);
        assert_eq!((ran.error(), ran.asked.len()), ((503, "temporarily_unavailable".into()), 0), "{endpoint}");
    }
    let ran = world.authenticate(rest("/wp/v2/posts", Some(&format!("Bearer {token}"))));
    let Bearer::Refused(response) = ran.outcome else { panic!("taken") };
    assert_eq!((response.status, ran.asked.len()), (503, 0));
    let others = world.authenticate(rest("/wp/v2/posts", Some("Bearer eyJhbGciOiJIUzI1NiJ9.e30.x")));
    assert!(matches!(others.outcome, Bearer::Anonymous), "other plugins' tokens are theirs");
    world.reconfigure(|config| config["enabled"] = json!(true));
    assert!(world.principal(&token).is_some());
}

#[test]
fn another_issuer_must_be_an_address_without_query_and_fragment() {
    let parsed = ServerConfig::parse(config()).unwrap();
    assert_eq!(parsed.issuer(), "https://example.test");
    let parsed = ServerConfig::parse(with(config(), json!({"issuer": "https://login.example.test/a"}))).unwrap();
    assert_eq!(parsed.issuer(), "https://login.example.test/a");
    assert_eq!(parsed.site.rest_url("/x"), "https://example.test/wp-json/x", "addresses stay the site's");
    for issuer in
        ["", "login.example.test", "https://", "https://a?b", "https://a#b", "https://u:p@a", "ftp://a", "urn:a:b"]
    {
        assert!(ServerConfig::parse(with(config(), json!({"issuer": issuer}))).is_err(), "{issuer:?}");
    }
}
