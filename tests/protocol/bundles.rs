//! Bundles that a site adds by the filter `app_connect_scopes`: others propose, and none hides a right that takes over.

use app_connect::authority::capability::takeover_names;
use app_connect::authority::names::Names;
use app_connect::authority::policy::Policy;
use app_connect::authority::scope::Scope;
use app_connect::authority::summary::Summary;
use app_connect::config::ServerConfig;
use serde_json::{Value, json};

use crate::support::sign_in::{PERSON, instead, spa_draft, usual};
use crate::support::world::{World, config, with};

fn shop() -> Value {
    json!({
        "name": "shop:read", "capabilities": ["edit_products"], "routes": ["GET /wc/v3/products", "GET /wc/v3/products/*"],
    })
}

/// The names of the bundles of a site that adds these.
fn names(added: &Value) -> Vec<String> {
    let config = ServerConfig::parse(with(config(), json!({"bundles": added}))).unwrap();
    config.bundles.bundles().iter().map(|bundle| bundle.name.clone()).collect()
}

const BUILT_IN: [&str; 6] =
    ["comments:read", "comments:write", "content:read", "content:write", "media:read", "media:write"];

#[test]
fn the_built_in_bundles_are_always_there() {
    assert_eq!(names(&json!([])), BUILT_IN);
    assert_eq!(ServerConfig::parse(config()).unwrap().bundles.bundles().len(), 6);
}

#[test]
fn an_added_bundle_stands_among_the_others_in_order() {
    let added = json!([shop(), with(shop(), json!({"name": "calendar"}))]);
    assert_eq!(names(&added), [&["calendar"][..], &BUILT_IN[..6], &["shop:read"]].concat());
    let config = ServerConfig::parse(with(config(), json!({"bundles": added}))).unwrap();
    let bundle = config.bundles.find("shop:read").unwrap();
    assert_eq!(serde_json::to_value(bundle).unwrap(), shop());
    let policy = bundle.policy();
    assert!(
        policy.caps.contains("edit_products") && policy.caps.contains("read") && !policy.caps.contains("edit_posts")
    );
    assert!(policy.takeover.is_empty() && !policy.account);
}

#[test]
fn a_bundle_whose_name_means_something_or_is_no_scope_is_dropped() {
    let long = "x".repeat(65);
    for name in [
        "",
        " ",
        "a b",
        "a,b",
        "a\"b",
        "a\\b",
        "caf\u{e9}",
        "a\n",
        "wp",
        "openid",
        "profile",
        "email",
        "offline_access",
        "content:read",
        "media:write",
        &long,
    ] {
        assert_eq!(names(&json!([with(shop(), json!({"name": name}))])), BUILT_IN, "{name:?}");
    }
    assert_eq!(names(&json!([with(shop(), json!({"name": "x".repeat(64)}))])).len(), 7);
}

#[test]
fn of_two_bundles_with_one_name_the_first_counts() {
    let second = with(shop(), json!({"capabilities": ["edit_posts"]}));
    let config = ServerConfig::parse(with(config(), json!({"bundles": [shop(), second]}))).unwrap();
    assert_eq!(config.bundles.bundles().len(), 7);
    assert!(config.bundles.find("shop:read").unwrap().policy().caps.contains("edit_products"));
    let twin = with(shop(), json!({"name": "content:read", "capabilities": ["edit_others_posts"]}));
    let config = ServerConfig::parse(with(crate::support::world::config(), json!({"bundles": [twin]}))).unwrap();
    assert!(!config.bundles.find("content:read").unwrap().policy().caps.contains("edit_others_posts"));
}

#[test]
fn pv_09_no_added_bundle_hides_a_right_that_takes_over() {
    for right in takeover_names(&std::collections::BTreeSet::new()) {
        let bundle = with(shop(), json!({"capabilities": ["edit_posts", right]}));
        assert_eq!(names(&json!([bundle])), BUILT_IN, "{right}");
    }
    // Nor one of those that the site adds, in whatever order the two are said.
    let added = json!({"bundles": [shop()], "takeover": ["edit_products"]});
    assert_eq!(ServerConfig::parse(with(config(), added)).unwrap().bundles.bundles().len(), 6);
    for right in ["manage_network", "manage_network_users", "manage_network_anything"] {
        let bundle = with(shop(), json!({"capabilities": [right]}));
        assert_eq!(names(&json!([bundle])), BUILT_IN, "{right}");
    }
}

#[test]
fn a_bundle_that_cannot_be_read_is_dropped_alone() {
    for bad in [
        json!(null),
        json!("shop:read"),
        json!([]),
        json!({}),
        json!({"name": "shop:read"}),
        with(shop(), json!({"name": 7})),
        with(shop(), json!({"capabilities": "edit_products"})),
        with(shop(), json!({"capabilities": [""]})),
        with(shop(), json!({"capabilities": ["edit products"]})),
        with(shop(), json!({"capabilities": [7]})),
        with(shop(), json!({"routes": ["GET wc/v3/products"]})),
        with(shop(), json!({"routes": ["GET /wc/*/products"]})),
        with(shop(), json!({"routes": ["EVAL /wc/v3/products"]})),
        with(shop(), json!({"routes": [""]})),
        with(shop(), json!({"takeover": ["edit_users"]})),
        with(shop(), json!({"title": "Shop"})),
    ] {
        let added = json!([bad, with(shop(), json!({"name": "good"}))]);
        assert_eq!(names(&added).len(), 7, "{bad}");
        assert!(names(&added).contains(&"good".to_owned()), "{bad}");
    }
    assert!(ServerConfig::parse(with(config(), json!({"bundles": "x"}))).is_err());
}

#[test]
fn a_token_for_an_added_bundle_reaches_its_routes_with_its_capabilities() {
    let mut world = World::of_people();
    world.reconfigure(|config| config["bundles"] = json!([shop()]));
    let client = world.register(spa_draft());
    let pairs = instead(&usual(&client), &[("scope", Some("shop:read"))]);
    assert_eq!(world.visit(&pairs).shown()["bundles"], json!([{"name": "shop:read", "lacks": ["edit_products"]}]));
    let code = world.approved(&pairs).code();
    let token = world.exchanged(&client, &code);
    let authority = world.principal(&token).unwrap().authority;
    assert!(authority.allows_route("GET", "/wc/v3/products/7") && !authority.allows_route("GET", "/wp/v2/posts"));
    assert!(authority.retains("edit_products") && !authority.retains("edit_posts"));
    assert!(world.host.capabilities[&PERSON].len() == 4);
    // The plugin that added it is gone: what was granted stays what it was, and nobody gets it any more.
    world.reconfigure(|config| config["bundles"] = json!([]));
    assert!(world.principal(&token).unwrap().authority.allows_route("GET", "/wc/v3/products/7"));
    assert_eq!(world.visit(&pairs).error(), "invalid_scope");
}

#[test]
fn a_bundle_that_grew_is_asked_for_again() {
    let mut world = World::of_people();
    world.reconfigure(|config| config["bundles"] = json!([shop()]));
    let client = world.register(spa_draft());
    let pairs = instead(&usual(&client), &[("scope", Some("shop:read"))]);
    let code = world.approved(&pairs).code();
    world.visit(&pairs).code();
    let bigger = with(shop(), json!({"capabilities": ["edit_products", "delete_products"]}));
    world.reconfigure(|config| config["bundles"] = json!([bigger]));
    world.visit(&pairs).approve();
    let token = world.exchanged(&client, &code);
    assert!(!world.principal(&token).unwrap().authority.retains("delete_products"), "T in G");
}

#[test]
fn a_summary_says_what_a_grant_gives_under_the_ceiling_of_today() {
    let world = World::new();
    let scope = Scope::parse("content:read content:write openid").unwrap();
    let granted = scope.policy(&world.server.config().bundles);
    let summary = world.server.summary(&granted, &scope);
    let names = |summary: &Summary<'_>| summary.bundles.iter().map(|bundle| bundle.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&summary), ["content:read", "content:write"]);
    assert_eq!((summary.all, &summary.identity[..]), (false, &["openid".to_owned()][..]));
    // The client was narrowed since.
    let ceiling = Scope::one("content:read").policy(&world.server.config().bundles);
    let now = granted.meet(&ceiling);
    assert_eq!(names(&world.server.summary(&now, &scope)), ["content:read"]);
    // Everything but takeover rights, which are listed.
    let full = Policy { takeover: Names::only(["edit_users"]), ..Policy::everything() };
    let summary = world.server.summary(&full, &Scope::one("wp"));
    assert!(summary.all && summary.bundles.is_empty() && summary.capabilities.is_empty() && summary.routes.is_none());
    assert_eq!(summary.takeover.iter().collect::<Vec<_>>(), ["edit_users"]);
    let unnamed = world.server.summary(&Policy::everything(), &Scope::one("wp"));
    assert!(unnamed.takeover.contains("manage_options"), "all of them, by name");
}
