//! Documents that everybody may read: server metadata (RFC 8414) and the key set (RFC 7517), where they are and for how long.

use app_connect::http::Request;
use serde_json::{Value, json};

use crate::support::requests::get;
use crate::support::world::{World, body, config, with};

fn site() -> World {
    let mut world = World::of_people();
    world.sign();
    world
}

#[test]
fn the_document_tells_what_is_and_nothing_else() {
    let mut world = site();
    assert_eq!(
        world.published("metadata"),
        json!({
            "issuer": "https://example.test",
            "scopes_supported": [
                "email", "offline_access", "openid", "profile", "wp", "comments:read", "comments:write", "content:read",
                "content:write", "media:read", "media:write",
            ],
            "authorization_endpoint": "https://example.test/wp-json/app-connect/v1/authorize",
            "response_types_supported": ["code"],
            "response_modes_supported": ["query", "form_post"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
            "claim_types_supported": ["normal"],
            "claims_parameter_supported": false,
            "claims_supported": [
                "sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "azp", "at_hash", "name", "given_name", "family_name",
                "nickname", "preferred_username", "profile", "picture", "website", "locale", "zoneinfo", "updated_at", "email",
                "email_verified",
            ],
            "end_session_endpoint": "https://example.test/wp-json/app-connect/v1/logout",
            "backchannel_logout_supported": true,
            "backchannel_logout_session_supported": true,
            "id_token_signing_alg_values_supported": ["EdDSA"],
            "prompt_values_supported": ["none", "login", "consent", "select_account"],
            "request_parameter_supported": false,
            "request_uri_parameter_supported": false,
            "subject_types_supported": ["public"],
            "userinfo_endpoint": "https://example.test/wp-json/app-connect/v1/userinfo",
            "introspection_endpoint": "https://example.test/wp-json/app-connect/v1/introspect",
            "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "jwks_uri": "https://example.test/wp-json/app-connect/v1/jwks",
            "revocation_endpoint": "https://example.test/wp-json/app-connect/v1/revoke",
            "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
            "token_endpoint": "https://example.test/wp-json/app-connect/v1/token",
            "grant_types_supported": ["authorization_code", "client_credentials", "refresh_token"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        })
    );
}

#[test]
fn what_is_switched_off_is_not_in_it() {
    let mut world = World::new();
    let document = world.published("metadata");
    assert_eq!(document["grant_types_supported"], json!(["client_credentials"]));
    assert!(document.get("authorization_endpoint").is_none());
    assert!(document.get("response_types_supported").is_none());
}

#[test]
fn it_can_be_kept_and_is_not_sent_twice() {
    let mut world = site();
    for endpoint in ["jwks", "metadata"] {
        let first = world.send(endpoint, get(endpoint)).outcome;
        let tag = first.header("ETag").unwrap().to_owned();
        assert_eq!(first.header("Access-Control-Allow-Origin"), Some("*"), "without an origin too: caches keep it");
        for known in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
            let request = Request { if_none_match: Some(known.clone().into_bytes()), ..get(endpoint) };
            let response = world.send(endpoint, request).outcome;
            assert_eq!((response.status, response.body.as_str()), (304, ""), "{known}");
            assert_eq!(response.header("ETag"), Some(tag.as_str()));
        }
        for other in ["\"x\"", tag.trim_matches('"'), "", "W/"] {
            let request = Request { if_none_match: Some(other.as_bytes().to_vec()), ..get(endpoint) };
            assert_eq!(world.send(endpoint, request).outcome.body, first.body, "{other}");
        }
        let head = Request { method: b"HEAD".to_vec(), ..get(endpoint) };
        assert_eq!(world.send(endpoint, head).outcome.status, 200);
        let post = Request { method: b"POST".to_vec(), ..get(endpoint) };
        let refused = world.send(endpoint, post).outcome;
        assert_eq!((refused.status, refused.header("Allow")), (405, Some("GET, HEAD")));
        let preflight =
            Request { method: b"OPTIONS".to_vec(), origin: Some(b"https://app.example".to_vec()), ..get(endpoint) };
        assert_eq!(world.send(endpoint, preflight).outcome.header("Access-Control-Allow-Methods"), Some("GET, HEAD"));
    }
}

#[test]
fn another_key_is_another_document() {
    let mut world = site();
    let tag = |world: &mut World| world.send("jwks", get("jwks")).outcome.header("ETag").unwrap().to_owned();
    let before = tag(&mut world);
    assert_eq!(tag(&mut world), before);
    world.manage(app_connect::signing::manage::Action::Rotate);
    assert_ne!(tag(&mut world), before);
}

#[test]
fn switched_off_or_moved_there_is_none() {
    for change in [json!({"enabled": false}), json!({"known_site": "another"})] {
        let mut world = World::configured(with(config(), change));
        for endpoint in ["jwks", "metadata"] {
            assert_eq!(world.send(endpoint, get(endpoint)).error(), (503, "temporarily_unavailable".into()));
        }
    }
}

fn located(site: Value, uri: &str) -> Option<&'static str> {
    let world = World::configured(with(config(), site));
    world.server.locate(&Request { uri: uri.as_bytes().to_vec(), ..get("") }).map(app_connect::endpoint::Endpoint::name)
}

#[test]
fn it_is_found_at_the_root_and_below_the_site_and_nowhere_else() {
    let metadata = Some("metadata");
    let at = |home: &str, permalinks: &str| json!({"site": {"home": home, "rest_prefix": "wp-json", "permalinks": permalinks}});
    let pretty = "/%postname%/";
    for (site, uri, found) in [
        (at("https://example.test", pretty), "/.well-known/oauth-authorization-server", metadata),
        (at("https://example.test", pretty), "/.well-known/oauth-authorization-server?x=1", metadata),
        (at("https://example.test", ""), "/.well-known/oauth-authorization-server", metadata),
        (at("https://example.test", pretty), "/.well-known/oauth-authorization-server/", None),
        (at("https://example.test", pretty), "/.well-known/oauth-authorization-server/other", None),
        (at("https://example.test", pretty), "/.Well-Known/oauth-authorization-server", None),
        (at("https://example.test", pretty), "/.well-known/security.txt", None),
        (at("https://example.test", pretty), "/.well-known/", None),
        (at("https://example.test", pretty), "/other/.well-known/oauth-authorization-server", None),
        (at("https://example.test", pretty), "/x?u=/.well-known/oauth-authorization-server", None),
        (at("https://example.test/blog/", pretty), "/blog/.well-known/oauth-authorization-server", metadata),
        (at("https://example.test/blog", pretty), "/.well-known/oauth-authorization-server/blog", metadata),
        (at("https://example.test/blog", pretty), "/.well-known/oauth-authorization-server", None),
        (at("https://example.test/blog", pretty), "/blog/.well-known/oauth-authorization-server/blog", None),
        (
            at("https://example.test", pretty),
            "/wp-json/app-connect/v1/.well-known/oauth-authorization-server",
            metadata,
        ),
        (at("https://example.test", pretty), "/wp-json/app-connect/v1/jwks", Some("jwks")),
        (at("https://example.test", ""), "/index.php?rest_route=/app-connect/v1/jwks", Some("jwks")),
    ] {
        assert_eq!(located(site.clone(), uri), found, "{site} {uri}");
    }
    let elsewhere = json!({"issuer": "https://example.test/wp-json/app-connect/v1"});
    for uri in [
        "/.well-known/oauth-authorization-server/wp-json/app-connect/v1",
        "/wp-json/app-connect/v1/.well-known/oauth-authorization-server",
        "/.well-known/oauth-authorization-server",
    ] {
        assert_eq!(located(elsewhere.clone(), uri), metadata, "{uri}");
    }
    let mut world = World::configured(with(config(), elsewhere));
    assert_eq!(
        body(&world.send("metadata", get("metadata")).outcome)["issuer"],
        "https://example.test/wp-json/app-connect/v1"
    );
}
