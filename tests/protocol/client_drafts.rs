//! A client as an administrator describes it: what is stored, and every reason for which it is not.

use std::collections::BTreeSet;
use std::rc::Rc;

use app_connect::authority::names::Names;
use app_connect::authority::policy::{Policy, Routes};
use app_connect::config::ServerConfig;
use app_connect::model::draft::{ClientDraft, DraftError};
use app_connect::model::registration::NewClient;
use app_connect::secret::client_secret;
use app_connect::secret::token::TokenDigest;
use app_connect::server::Server;
use serde_json::{Value, json};

use crate::support::entropy::Dry;
use crate::support::world::{World, config, full_draft, server, service_draft, with};

fn draft(draft: Value) -> ClientDraft {
    serde_json::from_value(draft).unwrap()
}

fn register(value: Value) -> NewClient {
    server(&config()).register(&draft(value), &BTreeSet::new()).unwrap()
}

/// The fields that are wrong, with line and code.
fn wrong(value: Value) -> BTreeSet<(&'static str, Option<usize>, &'static str)> {
    match server(&config()).register(&draft(value), &BTreeSet::new()) {
        Ok(_) => BTreeSet::new(),
        Err(DraftError::Fields(errors)) => {
            assert!(errors.iter().all(|error| error.detail.is_ascii() && !error.detail.is_empty()));
            errors.iter().map(|error| (error.field, error.line, error.code)).collect()
        }
        Err(other) => panic!("{other}"),
    }
}

fn one(field: &'static str, code: &'static str) -> BTreeSet<(&'static str, Option<usize>, &'static str)> {
    BTreeSet::from([(field, None, code)])
}

fn login_only() -> Value {
    json!({"name": "Sign in", "type": "confidential", "mode": "login_only"})
}

fn public() -> Value {
    json!({"name": "Phone", "type": "public", "mode": "full"})
}

/// Changes of a good draft, and the one field that each makes bad.
fn assert_wrong(base: fn() -> Value, table: &[(Value, &'static str, &'static str)]) {
    assert_eq!(wrong(base()), BTreeSet::new());
    for (change, field, code) in table {
        assert_eq!(wrong(with(base(), change.clone())), one(field, code), "{change}");
    }
}

#[test]
fn every_bad_field_of_a_service_is_named_with_its_code() {
    let many: Vec<String> = (0..501).map(|n| format!("GET /a/{n}")).collect();
    assert_wrong(
        service_draft,
        &[
            (json!({"name": ""}), "name", "required"),
            (json!({"name": " \t "}), "name", "required"),
            (json!({"name": "a\nb"}), "name", "invalid"),
            (json!({"name": "a\u{0}"}), "name", "invalid"),
            (json!({"name": "\u{e9}".repeat(192)}), "name", "invalid"),
            (json!({"description": "x".repeat(2001)}), "description", "too_long"),
            (json!({"grant_types": ["client_credentials", "implicit"]}), "grant_types", "unknown"),
            (json!({"logo_uri": "javascript:alert(1)"}), "logo_uri", "invalid"),
            (json!({"logo_uri": "data:image/svg+xml,<svg/>"}), "logo_uri", "invalid"),
            (json!({"logo_uri": "//example.org/logo.png"}), "logo_uri", "invalid"),
            (json!({"logo_uri": "http://example.org/logo.png"}), "logo_uri", "invalid"),
            (json!({"logo_uri": "https://user@example.org/logo.png"}), "logo_uri", "invalid"),
            (json!({"logo_uri": "https:///logo.png"}), "logo_uri", "invalid"),
            (json!({"logo_uri": "https://example.org/\"><script>"}), "logo_uri", "invalid"),
            (json!({"logo_uri": "https://example.org/\u{202e}gnp"}), "logo_uri", "invalid"),
            (json!({"logo_uri": format!("https://example.org/{}", "x".repeat(2040))}), "logo_uri", "invalid"),
            (json!({"client_id": ""}), "client_id", "invalid"),
            (json!({"client_id": "seven77"}), "client_id", "invalid"),
            (json!({"client_id": "with space"}), "client_id", "invalid"),
            (json!({"client_id": "with:colon"}), "client_id", "invalid"),
            (json!({"client_id": "x".repeat(192)}), "client_id", "invalid"),
            (json!({"service_user_id": null}), "service_user_id", "required"),
            (json!({"routes": []}), "routes", "required"),
            (json!({"routes": many}), "routes", "too_many"),
            (json!({"capabilities": ["edit posts"]}), "capabilities", "invalid"),
            (json!({"capabilities": [""]}), "capabilities", "invalid"),
            (json!({"capabilities": ["x".repeat(192)]}), "capabilities", "invalid"),
            (json!({"capabilities": ["manage_options"]}), "capabilities", "takeover"),
            (json!({"capabilities": ["manage_network_x"]}), "capabilities", "takeover"),
            (json!({"bundles": ["content:all"]}), "bundles", "unknown"),
            (json!({"takeover": ["edit_posts"]}), "takeover", "unknown"),
            (json!({"auth_methods": ["none"]}), "auth_methods", "invalid"),
            (json!({"auth_methods": ["private_key_jwt"]}), "auth_methods", "invalid"),
            (json!({"auth_methods": ["client_secret_basic", "none"]}), "auth_methods", "invalid"),
            (json!({"secret": ""}), "secret", "weak"),
            (json!({"secret": "x".repeat(15)}), "secret", "weak"),
            (json!({"secret": "x".repeat(1025)}), "secret", "weak"),
            (json!({"secret": "sixteen chars \u{e9}\u{e9}"}), "secret", "weak"),
            (json!({"secret": "sixteen chars\n\t "}), "secret", "weak"),
        ],
    );
}

#[test]
fn every_bad_field_of_another_client_is_named_with_its_code() {
    assert_wrong(
        full_draft,
        &[(json!({"routes": []}), "routes", "required"), (json!({"routes": ["", "  "]}), "routes", "required")],
    );
    assert_wrong(login_only, &[(json!({"grant_types": [""]}), "grant_types", "unknown")]);
    assert_wrong(
        public,
        &[
            (json!({"mode": "restricted"}), "routes", "required"),
            (json!({"auth_methods": ["client_secret_post"]}), "auth_methods", "invalid"),
            (json!({"secret": "long enough to be good"}), "secret", "public"),
        ],
    );
}

#[test]
fn what_is_just_good_enough_is_no_error() {
    for change in [
        json!({"name": "\u{e9}".repeat(191)}),
        json!({"description": "x".repeat(2000)}),
        json!({"routes": (0..500).map(|n| format!("GET /a/{n}")).collect::<Vec<_>>()}),
        json!({"capabilities": ["x".repeat(191)]}),
        json!({"capabilities": ["gravityforms/edit-forms", "a.b:c"]}),
        json!({"logo_uri": " HTTPS://example.org:8443/a/logo.png?v=2#x "}),
        json!({"client_id": "Abc-1._~"}),
        json!({"secret": "x".repeat(16)}),
        json!({"secret": " ~".repeat(512)}),
    ] {
        assert_eq!(wrong(with(service_draft(), change.clone())), BTreeSet::new(), "{change}");
    }
}

#[test]
fn a_grant_type_that_does_not_fit_the_client_is_named() {
    assert_eq!(
        wrong(with(service_draft(), json!({"type": "public", "mode": "full", "capabilities": []}))),
        one("grant_types", "confidential_only")
    );
    assert_eq!(wrong(with(service_draft(), json!({"mode": "login_only"}))), one("grant_types", "not_login_only"));
}

#[test]
fn a_bad_line_of_the_allowlist_is_named_by_its_number() {
    let routes = ["GET /wp-json/wp/v2/posts", "", "FETCH /a", "GET /a/*", "GET /a*", "   ", "GET /a/../b", "GET a"];
    assert_eq!(
        wrong(with(service_draft(), json!({"routes": routes}))),
        BTreeSet::from([
            ("routes", Some(3), "route_method"),
            ("routes", Some(5), "route_wildcard"),
            ("routes", Some(7), "route_character"),
            ("routes", Some(8), "route_relative"),
        ])
    );
}

#[test]
fn all_bad_fields_are_named_at_once() {
    let everything = json!({
        "name": "",
        "description": "x".repeat(2001),
        "type": "confidential",
        "mode": "restricted",
        "grant_types": ["client_credentials", "implicit"],
        "auth_methods": ["none"],
        "capabilities": ["edit posts", "manage_options"],
        "bundles": ["nothing"],
        "takeover": ["edit_posts"],
        "routes": ["GET"],
        "secret": "short",
    });
    assert_eq!(
        wrong(everything),
        BTreeSet::from([
            ("auth_methods", None, "invalid"),
            ("bundles", None, "unknown"),
            ("capabilities", None, "invalid"),
            ("capabilities", None, "takeover"),
            ("description", None, "too_long"),
            ("grant_types", None, "unknown"),
            ("name", None, "required"),
            ("routes", Some(1), "route_shape"),
            ("secret", None, "weak"),
            ("service_user_id", None, "required"),
            ("takeover", None, "unknown"),
        ])
    );
}

#[test]
fn a_missing_allowlist_is_named_beside_another_bad_field() {
    let value = json!({"name": "", "type": "confidential", "mode": "restricted"});
    assert_eq!(wrong(value), BTreeSet::from([("name", None, "required"), ("routes", None, "required")]));
}

#[test]
fn bundles_are_no_allowlist_for_a_full_client() {
    // Only a restricted client's bundles fill its allowlist; without one this service would reach nothing.
    let value = with(full_draft(), json!({"routes": [], "bundles": ["content:read"]}));
    assert_eq!(wrong(value), one("routes", "required"));
}

#[test]
fn a_takeover_right_is_a_capability_name() {
    for name in ["manage_network x", "manage_network\n", "manage_network<script>"] {
        assert_ne!(wrong(with(service_draft(), json!({"takeover": [name]}))), BTreeSet::new(), "{name:?}");
    }
}

#[test]
fn the_site_adds_takeover_rights_that_are_ticked_apart() {
    let server = server(&with(config(), json!({"takeover": ["manage_shop"]})));
    let capability = with(service_draft(), json!({"capabilities": ["manage_shop"]}));
    assert!(matches!(server.register(&draft(capability), &BTreeSet::new()), Err(DraftError::Fields(_))));
    let ticked =
        server.register(&draft(with(service_draft(), json!({"takeover": ["manage_shop"]}))), &BTreeSet::new()).unwrap();
    assert_eq!(ticked.ceiling.takeover, Names::only(["manage_shop"]));
}

#[test]
fn the_ceiling_of_a_restricted_client_is_what_was_chosen_and_read() {
    let new = register(with(
        service_draft(),
        json!({"takeover": ["edit_users"], "account": true, "bundles": ["media:read"]}),
    ));
    assert_eq!(
        new.ceiling,
        Policy {
            account: false,
            caps: Names::only(["edit_posts", "publish_posts", "read"]),
            identity: Names::All,
            routes: Routes::list(
                [
                    "GET /wp/v2/posts",
                    "GET /wp/v2/posts/*",
                    "POST /wp/v2/posts",
                    "GET /wp/v2/media",
                    "GET /wp/v2/media/*",
                ]
                .map(|line| line.parse().unwrap())
            ),
            takeover: Names::only(["edit_users"]),
        }
    );
}

#[test]
fn picking_bundles_fills_the_allowlist_of_a_restricted_client() {
    let new = register(with(service_draft(), json!({"routes": [], "capabilities": [], "bundles": ["media:write"]})));
    assert!(new.ceiling.routes.covers("POST", "/wp/v2/media"));
    assert!(!new.ceiling.routes.covers("GET", "/wp/v2/media"));
    assert_eq!(new.ceiling.caps, Names::only(["delete_posts", "edit_posts", "read", "upload_files"]));
}

#[test]
fn the_ceiling_of_a_full_client_is_everything_on_its_allowlist_without_the_account() {
    let listed = register(full_draft()).ceiling;
    assert_eq!((listed.caps.clone(), listed.takeover.clone()), (Names::All, Names::All));
    assert!(!listed.account);
    assert!(listed.routes.covers("GET", "/wp/v2/users") && !listed.routes.covers("GET", "/other/v1"));
    assert_eq!(register(public()).ceiling.routes, Routes::All, "all routes if there is no list");
    assert!(register(with(public(), json!({"account": true}))).ceiling.account);
}

#[test]
fn the_ceiling_of_a_login_only_client_is_identity_alone() {
    let new = register(with(
        login_only(),
        json!({"account": true, "capabilities": ["edit_posts"], "takeover": ["edit_users"], "routes": ["GET /wp/v2/posts"]}),
    ));
    let identity = Policy { identity: Names::All, ..Policy::nothing() };
    assert_eq!(new.ceiling, identity);
}

#[test]
fn without_a_choice_every_method_that_fits_is_registered() {
    let methods = |new: &NewClient| {
        let config: Value = serde_json::from_str(&new.row.config).unwrap();
        config["auth_methods"].clone()
    };
    assert_eq!(methods(&register(service_draft())), json!(["client_secret_basic", "client_secret_post"]));
    assert_eq!(methods(&register(public())), json!(["none"]));
    let chosen = with(service_draft(), json!({"auth_methods": ["client_secret_post"]}));
    assert_eq!(methods(&register(chosen)), json!(["client_secret_post"]));
}

#[test]
fn the_row_has_what_was_filled_in() {
    let new = register(with(service_draft(), json!({"name": "  Nightly  ", "description": "At \u{e9}."})));
    let row = serde_json::to_value(&new.row).unwrap();
    assert_eq!(row["name"], "Nightly");
    assert_eq!(row["type"], "confidential");
    assert_eq!(row["mode"], "restricted");
    assert_eq!(row["status"], "active");
    assert_eq!(row["service_user_id"], 7);
    assert_eq!(row["digest"], json!(TokenDigest::of(new.row.client_id.as_bytes())));
    let config: Value = serde_json::from_str(&new.row.config).unwrap();
    assert_eq!(config["description"], "At \u{e9}.");
    assert_eq!(config["grant_types"], json!(["client_credentials"]));
}

#[test]
fn ca_18_a_generated_secret_is_shown_once_and_stored_as_a_digest() {
    let new = register(service_draft());
    let secret = new.secret.as_ref().unwrap().expose();
    assert_eq!(secret.len(), 49);
    assert!(client_secret::is_generated(secret));
    let stored = serde_json::to_string(&new.row).unwrap();
    assert!(!stored.contains(secret.as_str()) && !format!("{new:?}").contains(secret.as_str()));
    assert!(stored.contains(TokenDigest::of(secret.as_bytes()).as_str()));
    assert!(new.row.client_id.len() == 22 && new.row.client_id.bytes().all(|byte| byte.is_ascii_alphanumeric()));
}

#[test]
fn ca_18_a_chosen_secret_is_stored_as_argon2id_and_not_shown() {
    for secret in ["x".repeat(16), "~ ".repeat(512)] {
        let new = register(with(service_draft(), json!({"secret": secret})));
        assert!(new.secret.is_none());
        let stored = serde_json::to_value(&new.row).unwrap();
        assert!(stored["secret_hash"].as_str().unwrap().starts_with("argon2id:"));
        assert!(!format!("{new:?}{stored}").contains(&secret));
    }
}

#[test]
fn a_chosen_identifier_is_the_clients_own() {
    let new = register(with(service_draft(), json!({"client_id": "my-backend.v2"})));
    assert_eq!(new.row.client_id, "my-backend.v2");
    assert_eq!(json!(new.row.digest), json!(TokenDigest::of(b"my-backend.v2")));
}

#[test]
fn a_local_site_may_have_logos_over_plain_http() {
    let logo = with(service_draft(), json!({"logo_uri": "http://example.org/logo.png"}));
    for change in [
        json!({"insecure_http": true}),
        json!({"site": {"home": "http://127.0.0.1:8080", "rest_prefix": "wp-json", "permalinks": ""}}),
    ] {
        assert!(server(&with(config(), change)).register(&draft(logo.clone()), &BTreeSet::new()).is_ok());
    }
}

#[test]
fn a_public_client_has_no_secret() {
    let new = register(public());
    assert!(new.secret.is_none() && new.row.secret_hash.is_none());
}

#[test]
fn two_clients_differ_in_identifier_and_secret() {
    let mut world = World::new();
    let clients: Vec<_> = (0..200).map(|_| world.service()).collect();
    let identifiers: BTreeSet<_> = clients.iter().map(|client| &client.client_id).collect();
    let secrets: BTreeSet<_> = clients.iter().map(|client| &client.secret).collect();
    assert_eq!((identifiers.len(), secrets.len()), (200, 200));
}

#[test]
fn a_draft_of_another_shape_is_refused() {
    for change in [
        json!({"kind": "public"}),
        json!({"type": "native"}),
        json!({"mode": "admin"}),
        json!({"service_user_id": 0}),
        json!({"service_user_id": -7}),
        json!({"service_user_id": "007"}),
        json!({"routes": "GET /a"}),
        json!({"capabilities": {"edit_posts": true}}),
        json!({"account": 1}),
        json!({"secret": 1}),
        json!({"name": null}),
        json!({"client_id": 7}),
        json!({"ceiling": "all"}),
    ] {
        let value = with(service_draft(), change.clone());
        assert!(serde_json::from_value::<ClientDraft>(value).is_err(), "{change}");
    }
    for member in ["name", "type", "mode"] {
        let mut value = service_draft();
        value.as_object_mut().unwrap().remove(member);
        assert!(serde_json::from_value::<ClientDraft>(value).is_err(), "without {member}");
    }
}

#[test]
fn without_random_bytes_no_client_is_made() {
    let dry = Server::new(ServerConfig::parse(config()).unwrap(), Rc::new(Dry));
    for value in [service_draft(), public(), with(service_draft(), json!({"secret": "x".repeat(16)}))] {
        assert!(matches!(dry.register(&draft(value), &BTreeSet::new()), Err(DraftError::Entropy(_))));
    }
}
