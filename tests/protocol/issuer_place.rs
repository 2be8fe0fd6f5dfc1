//! Where the issuer is: the site's address, the REST routes, or what the host says. RFC 8414 §2, §3; OpenID Connect Discovery
//! §4; case OI-01 of the threat model.

use app_connect::config::ServerConfig;
use app_connect::http::Request;
use app_connect::issuer::IssuerPlace;
use app_connect::server::Server;
use serde_json::{Value, json};

use crate::support::requests::get;
use crate::support::world::{World, body, config, server, with};

const PRETTY: &str = "/%postname%/";
const INDEX: &str = "/index.php/%postname%/";
const PLAIN: &str = "";

fn at(home: &str, permalinks: &str) -> Value {
    with(config(), json!({"site": {"home": home, "rest_prefix": "wp-json", "permalinks": permalinks}}))
}

fn rest(home: &str, permalinks: &str) -> Value {
    with(at(home, permalinks), json!({"issuer_place": "rest"}))
}

fn located(server: &Server, address: &str) -> Option<&'static str> {
    let (_, rest) = address.split_once("://").unwrap();
    let uri = rest.find('/').map_or("/", |start| &rest[start..]);
    let request = Request { method: b"GET".to_vec(), uri: uri.into(), ..Request::default() };
    server.locate(&request).map(app_connect::endpoint::Endpoint::name)
}

fn addresses(config: &Value) -> Vec<String> {
    server(config).documents().into_iter().map(|document| document.address).collect()
}

#[test]
fn s2_the_issuer_is_where_an_administrator_wants_it() {
    for (config, issuer) in [
        (at("https://example.test", PRETTY), "https://example.test"),
        (rest("https://example.test", PRETTY), "https://example.test/wp-json/app-connect/v1"),
        (rest("https://example.test/blog/", PRETTY), "https://example.test/blog/wp-json/app-connect/v1"),
        (rest("https://example.test", INDEX), "https://example.test/index.php/wp-json/app-connect/v1"),
        // An issuer has no query, so that is none.
        (rest("https://example.test/blog", PLAIN), "https://example.test/blog"),
        (
            with(rest("https://example.test", PRETTY), json!({"issuer": "https://id.example.test"})),
            "https://id.example.test",
        ),
    ] {
        assert_eq!(ServerConfig::parse(config.clone()).unwrap().issuer(), issuer, "{config}");
        let mut world = World::configured(config);
        for document in ["metadata", "openid_configuration"] {
            assert_eq!(body(&world.send(document, get(document)).outcome)["issuer"], issuer);
        }
    }
    assert!(ServerConfig::parse(with(config(), json!({"issuer_place": "elsewhere"}))).is_err());
    assert!(ServerConfig::parse(with(config(), json!({"rest_issuer": "https://evil.test"}))).is_err());
}

#[test]
fn the_choices_say_what_each_would_be() {
    let choices = |config: Value| {
        let server = server(&config);
        server.issuers().into_iter().map(|choice| (choice.place, choice.issuer, choice.current)).collect::<Vec<_>>()
    };
    let text = |text: &str| Some(text.to_owned());
    let (home, routes) = ("https://example.test", "https://example.test/wp-json/app-connect/v1");
    for (config, now) in [(at(home, PRETTY), IssuerPlace::Site), (rest(home, PRETTY), IssuerPlace::Rest)] {
        let expected = [(IssuerPlace::Site, text(home)), (IssuerPlace::Rest, text(routes))];
        assert_eq!(choices(config), expected.map(|(place, issuer)| (place, issuer, place == now)));
    }
    assert_eq!(choices(rest(home, PLAIN)), [(IssuerPlace::Site, text(home), true), (IssuerPlace::Rest, None, false)],);
    // The host's own word leaves no choice.
    let named = with(at(home, PRETTY), json!({"issuer": "https://id.example.test"}));
    assert_eq!(
        choices(named),
        IssuerPlace::ALL.iter().map(|place| (*place, text("https://id.example.test"), true)).collect::<Vec<_>>()
    );
    let configurations: Vec<_> =
        server(&at(home, PRETTY)).issuers().into_iter().map(|choice| choice.configuration).collect();
    assert_eq!(
        configurations,
        [
            text("https://example.test/.well-known/openid-configuration"),
            Some(format!("{routes}/.well-known/openid-configuration"))
        ]
    );
}

#[test]
fn oi_01_the_documents_are_listed_where_they_are_found_and_the_issuers_own_first() {
    for config in [
        at("https://example.test", PRETTY),
        at("https://example.test/blog", PRETTY),
        at("https://example.test/blog", PLAIN),
        rest("https://example.test", PRETTY),
        rest("https://example.test/blog/", INDEX),
        rest("https://example.test/blog", PLAIN),
        with(at("http://localhost:8080/a/b", PRETTY), json!({"issuer": "http://localhost:8080/tenant/"})),
    ] {
        let server = server(&config);
        let documents = server.documents();
        for document in &documents {
            assert_eq!(located(&server, &document.address), Some(document.endpoint), "{config} {}", document.address);
        }
        let own: Vec<_> = documents.iter().map(|document| document.own).collect();
        assert!(own[0] && own[1..].iter().all(|own| !own), "{own:?}");
        let issuer = server.config().issuer().trim_end_matches('/');
        assert_eq!(documents[0].address, format!("{issuer}/.well-known/openid-configuration"));
    }
    assert_eq!(
        addresses(&at("https://example.test", PRETTY)),
        [
            "https://example.test/.well-known/openid-configuration",
            "https://example.test/.well-known/oauth-authorization-server",
        ]
    );
    let blog = addresses(&at("https://example.test/blog", PRETTY));
    assert_eq!(
        blog,
        [
            "https://example.test/blog/.well-known/openid-configuration",
            "https://example.test/blog/.well-known/oauth-authorization-server",
            "https://example.test/.well-known/oauth-authorization-server/blog",
            "https://example.test/.well-known/openid-configuration/blog",
        ]
    );
}

#[test]
fn who_chose_the_rest_routes_leaves_the_sites_well_known_to_others() {
    for home in ["https://example.test", "https://example.test/blog"] {
        let (site, routes) = (server(&at(home, PRETTY)), server(&rest(home, PRETTY)));
        let documents = site.documents();
        for document in documents {
            assert_eq!(located(&routes, &document.address), None, "{}", document.address);
        }
        for document in routes.documents() {
            assert!(document.address.contains("/wp-json/app-connect/v1"), "{}", document.address);
        }
        let below = format!("{home}/wp-json/app-connect/v1/.well-known/openid-configuration");
        assert_eq!(located(&site, &below), Some("openid_configuration"), "the route is there either way");
    }
}

#[test]
fn a_name_on_another_host_is_looked_up_there_and_here() {
    let named = with(at("https://example.test/blog", PRETTY), json!({"issuer": "https://id.example.test/t"}));
    let found = addresses(&named);
    assert_eq!(found[0], "https://id.example.test/t/.well-known/openid-configuration");
    for address in [
        "https://id.example.test/.well-known/oauth-authorization-server/t",
        "https://example.test/blog/.well-known/openid-configuration",
        "https://example.test/.well-known/oauth-authorization-server/blog",
    ] {
        assert!(found.iter().any(|found| found == address), "{address} {found:?}");
    }
    assert_eq!(found.len(), 8);
}
