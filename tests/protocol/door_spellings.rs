//! The door: which spellings of an address are ours at first sight, and how our own addresses are spelled.

use app_connect::config::ServerConfig;
use app_connect::http::Request;
use app_connect::site::Site;
use serde_json::json;

use crate::support::world::{config, server, with};

const PRETTY: &str = "/%postname%/";
const INDEX: &str = "/index.php/%year%/%postname%/";
const PLAIN: &str = "";

fn site(home: &str, permalinks: &str) -> Site {
    serde_json::from_value(json!({"home": home, "rest_prefix": "wp-json", "permalinks": permalinks})).unwrap()
}

fn request(uri: impl Into<Vec<u8>>) -> Request {
    Request { method: b"POST".to_vec(), uri: uri.into(), ..Request::default() }
}

#[test]
fn canonical_spellings_are_ours() {
    for (home, permalinks, uri) in [
        ("https://example.test", PRETTY, "/wp-json/app-connect/v1/token"),
        ("https://example.test/", PRETTY, "/wp-json/app-connect/v1/token"),
        ("https://example.test", PRETTY, "/index.php/wp-json/app-connect/v1/token"),
        ("https://example.test", INDEX, "/index.php/wp-json/app-connect/v1/token"),
        ("https://example.test", INDEX, "/wp-json/app-connect/v1/token"),
        ("https://example.test", PRETTY, "/wp-json/app-connect/v1/token?"),
        ("https://example.test", PRETTY, "/wp-json/app-connect/v1/token?lang=en&x=%2F"),
        ("https://example.test", PRETTY, "/wp-json/app-connect/v1/token?interest=100%25"),
        ("https://example.test", PRETTY, "/?rest_route=/app-connect/v1/token"),
        ("https://example.test", PRETTY, "/index.php?rest_route=/app-connect/v1/token"),
        ("https://example.test", PRETTY, "/?lang=en&rest_route=/app-connect/v1/token&x=y"),
        ("https://example.test", PLAIN, "/?rest_route=/app-connect/v1/token"),
        ("https://example.test", PLAIN, "/index.php?rest_route=/app-connect/v1/token"),
        ("https://example.test:8443", PRETTY, "/wp-json/app-connect/v1/token"),
        ("https://example.test/blog", PRETTY, "/blog/wp-json/app-connect/v1/token"),
        ("https://example.test/blog", PRETTY, "/blog/index.php/wp-json/app-connect/v1/token"),
        ("https://example.test/blog/", PLAIN, "/blog/?rest_route=/app-connect/v1/token"),
        ("https://example.test/a/b", PLAIN, "/a/b/index.php?rest_route=/app-connect/v1/token"),
    ] {
        let request = request(uri);
        assert_eq!(site(home, permalinks).endpoint_path(&request), Some("/token"), "{home} {permalinks:?} {uri}");
    }
}

#[test]
fn every_other_spelling_is_left_to_wordpress() {
    for uri in [
        "/wp-json/app-connect/v1/token/",
        "/wp-json/app-connect/v1/token//",
        "/wp-json/app-connect/v1//token",
        "/wp-json/app-connect//v1/token",
        "/wp-json//app-connect/v1/token",
        "//wp-json/app-connect/v1/token",
        "/WP-JSON/app-connect/v1/token",
        "/wp-json/App-Connect/v1/token",
        "/wp-json/app-connect/v1/TOKEN",
        "/wp-json/app%2Dconnect/v1/token",
        "/wp-json/app-connect/v1/%74oken",
        "/wp%2Djson/app-connect/v1/token",
        "/wp-json%2Fapp-connect/v1/token",
        "/wp-json/app-connect/v1/./token",
        "/wp-json/app-connect/v1/x/../token",
        "/x/../wp-json/app-connect/v1/token",
        "/wp-json/app-connect/v1/token;x",
        "/wp-json/app-connect/v1/token%00",
        "/wp-json/app-connect/v1/token ",
        "/wp-json/app-connect/v1/token#x",
        "/wp-json/app-connect/v1/authorize/../token",
        "/wp-json/app-connect/v10/token",
        "/wp-json/app-connect/v1token",
        "/wp-json/app-connect/v1",
        "/wp-json/app-connect/v1/",
        "/wp-json/app-connect/v1/tokens",
        "/wp-jsonapp-connect/v1/token",
        "/x/wp-json/app-connect/v1/token",
        "/index.php/index.php/wp-json/app-connect/v1/token",
        "/INDEX.PHP/wp-json/app-connect/v1/token",
        "/index.php//wp-json/app-connect/v1/token",
        "/wp-login.php?rest_route=/app-connect/v1/token",
        "/wp-admin/admin-ajax.php?x=/wp-json/app-connect/v1/token",
        "/wp-json/?x=/app-connect/v1/token",
        "https://example.test/wp-json/app-connect/v1/token",
        "wp-json/app-connect/v1/token",
        "",
        "/",
        "?rest_route=/app-connect/v1/token",
    ] {
        let server = server(&config());
        let request = request(uri);
        assert!(server.locate(&request).is_none(), "{uri}");
    }
    let server = server(&config());
    assert!(server.locate(&request(b"/wp-json/app-connect/v1/token\xff".to_vec())).is_none());
    assert!(server.locate(&request(b"/wp-json/app-connect/v1/token?\xff".to_vec())).is_none());
}

#[test]
fn a_rest_route_in_the_query_alone_decides() {
    let site = site("https://example.test", PRETTY);
    for uri in [
        // The path is ours and the route is not, or the other way round.
        "/wp-json/app-connect/v1/token?rest_route=/wp/v2/posts",
        "/wp-json/app-connect/v1/token?rest_route=/app-connect/v1/token",
        "/wp-json/app-connect/v1/token?rest_route=",
        "/wp-json/app-connect/v1/token?rest_route",
        "/wp-json/wp/v2/posts?rest_route=/app-connect/v1/token",
        "/index.php/wp-json/wp/v2/posts?rest_route=/app-connect/v1/token",
        "/hello-world/?rest_route=/app-connect/v1/token",
        "/wp-json/?rest_route=/app-connect/v1/token",
        // Two of them: WordPress reads the last.
        "/?rest_route=/app-connect/v1/token&rest_route=/wp/v2/posts",
        "/?rest_route=/wp/v2/posts&rest_route=/app-connect/v1/token",
        "/?rest_route=/app-connect/v1/token&rest_route=/app-connect/v1/token",
        "/?rest_route=/app-connect/v1/token&rest_route[]=x",
        "/?rest_route=/app-connect/v1/token&rest.route=/wp/v2/posts",
        "/?rest_route=/app-connect/v1/token&rest%5Froute=/wp/v2/posts",
        // An array, an escape, a name that PHP mends.
        "/?rest_route[]=/app-connect/v1/token",
        "/?rest_route[x]=/app-connect/v1/token",
        "/?rest_route=%2Fapp-connect%2Fv1%2Ftoken",
        "/?rest_route=/app%2Dconnect/v1/token",
        "/?rest_route=/App-Connect/v1/token",
        "/?rest_route=app-connect/v1/token",
        "/?rest_route=//app-connect/v1/token",
        "/?rest%5Froute=/app-connect/v1/token",
        "/?rest.route=/app-connect/v1/token",
        "/?rest+route=/app-connect/v1/token",
        "/?%20rest_route=/app-connect/v1/token",
        "/?REST_ROUTE=/app-connect/v1/token",
        "/?x=y;rest_route=/app-connect/v1/token",
    ] {
        assert_eq!(site.endpoint_path(&request(uri)), None, "{uri}");
    }
}

#[test]
fn a_name_that_php_reads_as_rest_route_is_seen_beside_a_pretty_path() {
    // Each of these is $_GET['rest_route'] in PHP 8.2 (parse_str), and WordPress dispatches what it says.
    let site = site("https://example.test", PRETTY);
    for name in [
        "rest_route",
        "rest.route",
        "rest+route",
        "rest%20route",
        "rest%2Eroute",
        "rest%5froute",
        "%72est_route",
        "+rest_route",
        "%20%20rest_route",
        "rest_route[]",
        "rest_route%5B%5D",
        "rest_route[x",
        "rest[route",
        "rest%5Broute",
        "rest_route%00x",
    ] {
        let uri = format!("/wp-json/app-connect/v1/token?{name}=/wp/v2/users");
        let read = site.endpoint_path(&request(uri.clone())).is_some();
        // PHP reads `rest_route[x` as `rest_route_x`: another name, and no harm either way.
        assert!(!read || name == "rest_route[x", "{uri}");
    }
    for name in ["xrest_route", "rest_routes", "rest%2520route", "x[rest_route]", "%09rest_route", "Rest_Route"] {
        let uri = format!("/wp-json/app-connect/v1/token?{name}=/wp/v2/users");
        assert_eq!(site.endpoint_path(&request(uri.clone())), Some("/token"), "{uri}");
    }
}

#[test]
fn with_plain_permalinks_a_pretty_path_is_not_ours() {
    let site = site("https://example.test", PLAIN);
    for uri in ["/wp-json/app-connect/v1/token", "/index.php/wp-json/app-connect/v1/token"] {
        assert_eq!(site.endpoint_path(&request(uri)), None, "{uri}");
    }
}

#[test]
fn in_a_subdirectory_only_what_is_below_it_is_ours() {
    let site = site("https://example.test/blog", PRETTY);
    for uri in [
        "/wp-json/app-connect/v1/token",
        "/blogwp-json/app-connect/v1/token",
        "/Blog/wp-json/app-connect/v1/token",
        "/blog//wp-json/app-connect/v1/token",
        "/blog/blog/wp-json/app-connect/v1/token",
        "/x/blog/wp-json/app-connect/v1/token",
        "/?rest_route=/app-connect/v1/token",
        "/blog?rest_route=/app-connect/v1/token",
        "/blogs/?rest_route=/app-connect/v1/token",
    ] {
        assert_eq!(site.endpoint_path(&request(uri)), None, "{uri}");
    }
}

#[test]
fn another_rest_prefix_is_followed() {
    let site: Site = serde_json::from_value(json!({
        "home": "https://example.test", "rest_prefix": "api/rest", "permalinks": PRETTY,
    }))
    .unwrap();
    assert_eq!(site.endpoint_path(&request("/api/rest/app-connect/v1/revoke")), Some("/revoke"));
    assert_eq!(site.endpoint_path(&request("/wp-json/app-connect/v1/revoke")), None);
    assert_eq!(site.rest_url("/app-connect/v1/token"), "https://example.test/api/rest/app-connect/v1/token");
}

#[test]
fn locate_finds_each_endpoint_and_no_other_path() {
    let server = server(&config());
    for (path, name) in
        [("token", Some("token")), ("revoke", Some("revoke")), ("me", None), ("userinfo", None), ("", None)]
    {
        let found = server.locate(&request(format!("/wp-json/app-connect/v1/{path}")));
        assert_eq!(found.map(app_connect::endpoint::Endpoint::name), name, "{path}");
    }
}

#[test]
fn t6_rest_url_is_what_core_answers() {
    // rest_url( '/app-connect/v1/token' ) of WordPress 7.1, for each home and permalink structure.
    for (home, permalinks, url) in [
        ("https://example.test", PRETTY, "https://example.test/wp-json/app-connect/v1/token"),
        ("https://example.test/", PRETTY, "https://example.test/wp-json/app-connect/v1/token"),
        ("https://example.test", INDEX, "https://example.test/index.php/wp-json/app-connect/v1/token"),
        ("https://example.test", PLAIN, "https://example.test/index.php?rest_route=/app-connect/v1/token"),
        ("https://example.test/blog", PRETTY, "https://example.test/blog/wp-json/app-connect/v1/token"),
        ("https://example.test/blog", INDEX, "https://example.test/blog/index.php/wp-json/app-connect/v1/token"),
        ("https://example.test/blog/", PLAIN, "https://example.test/blog/index.php?rest_route=/app-connect/v1/token"),
        ("http://localhost:8080", PRETTY, "http://localhost:8080/wp-json/app-connect/v1/token"),
        ("http://[::1]:8080/a/b", PLAIN, "http://[::1]:8080/a/b/index.php?rest_route=/app-connect/v1/token"),
    ] {
        assert_eq!(site(home, permalinks).rest_url("/app-connect/v1/token"), url);
    }
}

#[test]
fn our_own_addresses_are_spelled_canonically() {
    for home in ["https://example.test", "https://example.test/blog/", "http://[::1]:8080/a"] {
        for permalinks in [PRETTY, INDEX, PLAIN] {
            let site = site(home, permalinks);
            let url = site.rest_url("/app-connect/v1/token");
            let (_, rest) = url.split_once("://").unwrap();
            let uri = &rest[rest.find('/').unwrap()..];
            assert_eq!(site.endpoint_path(&request(uri)), Some("/token"), "{url}");
        }
    }
}

#[test]
fn the_issuer_is_home_without_a_trailing_slash() {
    assert_eq!(site("https://example.test/", PRETTY).home(), "https://example.test");
    assert_eq!(site("https://example.test/blog//", PRETTY).home(), "https://example.test/blog");
    assert_eq!(site("https://example.test:8443/a", PRETTY).home(), "https://example.test:8443/a");
}

#[test]
fn a_home_that_is_no_address_is_refused() {
    for home in
        ["", "/", "example.test", "//example.test", "ftp://example.test", "https://", "https:///blog", "http://:80"]
    {
        let site = json!({"home": home, "rest_prefix": "wp-json", "permalinks": PRETTY});
        assert!(ServerConfig::parse(with(config(), json!({"site": site}))).is_err(), "{home:?}");
    }
    for prefix in ["", "/", "//"] {
        let site = json!({"home": "https://example.test", "rest_prefix": prefix, "permalinks": PRETTY});
        assert!(ServerConfig::parse(with(config(), json!({"site": site}))).is_err(), "{prefix:?}");
    }
}
