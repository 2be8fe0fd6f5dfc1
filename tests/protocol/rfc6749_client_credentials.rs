//! The client credentials grant: RFC 6749 §4.4 and §3.3; cases CC of the threat model; the standing grant of the design.

use std::collections::BTreeSet;

use app_connect::authority::names::Names;
use app_connect::authority::policy::{Policy, Routes};
use app_connect::flow::Answer;
use app_connect::need::Need;
use serde_json::{Value, json};

use crate::support::drive::Host;
use crate::support::memory::MemoryHost;
use crate::support::requests::{authorized, basic, form};
use crate::support::world::{NOW, SERVICE_USER, World, body, config, full_draft, service_draft, with};

fn hold(world: &mut World, capabilities: &[&str]) {
    let held = capabilities.iter().map(|name| (*name).to_owned()).collect();
    world.host.capabilities.insert(SERVICE_USER, held);
}

fn routes(lines: &[&str]) -> Routes {
    Routes::list(lines.iter().map(|line| line.parse().unwrap()))
}

#[test]
fn cc_01_without_a_service_user_it_is_unauthorized_client() {
    let mut world = World::new();
    let client = world.service();
    world.host.client_mut(client.id).service_user = None;
    let ran = world.ask_token(&client, &[]);
    assert_eq!(ran.error(), (400, "unauthorized_client".into()));
    assert_eq!(ran.asked, ["find_client"]);
}

#[test]
fn cc_02_a_deleted_service_user_earns_nothing_and_ends_its_tokens() {
    let mut world = World::new();
    let client = world.service();
    let token = world.token(&client);
    world.host.subjects.get_mut(&SERVICE_USER).unwrap().deleted = true;
    assert_eq!(world.ask_token(&client, &[]).error(), (400, "unauthorized_client".into()));
    assert!(world.principal(&token).is_none());
}

#[test]
fn cc_02_another_service_user_ends_the_tokens_of_the_first() {
    let mut world = World::new();
    let client = world.service();
    let token = world.token(&client);
    world.host.client_mut(client.id).service_user = Some(8);
    assert!(world.principal(&token).is_none());
    let next = world.token(&client);
    assert_eq!(world.principal(&next).unwrap().user.value(), 8);
    assert_eq!(world.host.grants.len(), 2);
}

#[test]
fn cc_03_the_answer_has_neither_refresh_token_nor_id_token() {
    let mut world = World::new();
    let client = world.service();
    let ran = world.ask_token(&client, &[("scope", "openid offline_access wp")]);
    let answer = body(&ran.outcome);
    let members: BTreeSet<&str> = answer.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, BTreeSet::from(["access_token", "expires_in", "granted_rest_routes", "scope", "token_type"]));
}

#[test]
fn cc_04_identity_scopes_are_dropped_and_alone_are_invalid_scope() {
    let mut world = World::new();
    for draft in [service_draft(), full_draft()] {
        let client = world.register(draft);
        for scope in ["openid", "openid profile email offline_access", "email"] {
            let ran = world.ask_token(&client, &[("scope", scope)]);
            assert_eq!(ran.error(), (400, "invalid_scope".into()), "{scope}");
            assert_eq!(ran.asked, ["find_client"]);
        }
        let ran = world.ask_token(&client, &[("scope", "openid wp email")]);
        assert_eq!(ran.member("scope"), "wp");
        let [token, ..] = world.policies_of(&ran.member("access_token"));
        assert_eq!(token.identity, Names::none());
    }
}

#[test]
fn cc_05_a_route_outside_the_allowlist_is_403_insufficient_scope() {
    let mut world = World::new();
    let client = world.service();
    let token = world.token(&client);
    let principal = world.principal(&token).unwrap();
    assert!(principal.judge("GET", "/wp/v2/posts/7").is_none());
    assert!(principal.judge("POST", "/wp/v2/posts").is_none());
    for (method, route) in [
        ("GET", "/wp/v2/users"),
        ("PUT", "/wp/v2/posts/7"),
        ("DELETE", "/wp/v2/posts"),
        ("GET", "/WP/v2/posts"),
        ("GET", "/"),
    ] {
        let refusal = principal.judge(method, route).unwrap();
        assert_eq!(refusal.status, 403, "{method} {route}");
        assert_eq!(body(&refusal)["error"], "insufficient_scope");
    }
}

#[test]
fn s3_3_an_absent_or_empty_scope_is_the_default_and_is_returned() {
    let mut world = World::new();
    let client = world.service();
    for pairs in [&[][..], &[("scope", "")], &[("scope", "wp")], &[("scope", " wp  wp ")]] {
        assert_eq!(world.ask_token(&client, pairs).member("scope"), "wp", "{pairs:?}");
    }
}

#[test]
fn s3_3_unknown_scopes_are_ignored_and_alone_are_invalid_scope() {
    let mut world = World::new();
    let client = world.service();
    let ran = world.ask_token(&client, &[("scope", "unheard-of content:read WP")]);
    assert_eq!(ran.member("scope"), "content:read");
    for scope in ["unheard-of", "WP", "content", " "] {
        let ran = world.ask_token(&client, &[("scope", scope)]);
        assert_eq!(ran.error(), (400, "invalid_scope".into()), "{scope}");
    }
}

#[test]
fn s3_3_text_that_is_no_scope_is_invalid_scope() {
    let mut world = World::new();
    let client = world.service();
    for scope in ["wp,content:read", "wp\"", "wp\\", "wp\u{e9}", "wp\ncontent:read", "wp\tcontent:read", "\u{7f}"] {
        let ran = world.ask_token(&client, &[("scope", scope)]);
        assert_eq!(ran.error(), (400, "invalid_scope".into()), "{scope:?}");
        assert!(world.host.tokens.is_empty());
    }
}

#[test]
fn s3_3_a_scope_without_a_capability_under_the_ceiling_is_dropped() {
    let mut world = World::new();
    // May edit and publish posts; not moderate comments.
    let client = world.service();
    let ran = world.ask_token(&client, &[("scope", "comments:write content:read")]);
    assert_eq!(ran.member("scope"), "content:read");
    let ran = world.ask_token(&client, &[("scope", "comments:write")]);
    assert_eq!(ran.error(), (400, "invalid_scope".into()));
}

#[test]
fn s3_3_a_scope_without_a_route_under_the_ceiling_is_dropped() {
    let mut world = World::new();
    // The allowlist has posts only.
    let client = world.service();
    let ran = world.ask_token(&client, &[("scope", "media:read content:read")]);
    assert_eq!(ran.member("scope"), "content:read");
    let ran = world.ask_token(&client, &[("scope", "media:write")]);
    assert_eq!(ran.error(), (400, "invalid_scope".into()));
}

#[test]
fn s3_3_a_narrower_scope_narrows_the_token_and_the_routes_that_are_listed() {
    let mut world = World::new();
    let client = world.service();
    let ran = world.ask_token(&client, &[("scope", "content:read")]);
    assert_eq!(
        body(&ran.outcome)["granted_rest_routes"],
        json!(["GET /wp-json/wp/v2/posts", "GET /wp-json/wp/v2/posts/*"])
    );
    let token = ran.member("access_token");
    let principal = world.principal(&token).unwrap();
    assert_eq!(principal.scope.to_string(), "content:read");
    assert!(principal.authority.allows_route("GET", "/wp/v2/posts/7"));
    assert!(!principal.authority.allows_route("POST", "/wp/v2/posts"));
    assert!(!principal.authority.allows_route("GET", "/wp/v2/pages"), "not in the allowlist");
    assert!(principal.authority.retains("edit_posts"));
    assert!(!principal.authority.retains("publish_posts"), "not in the bundle");
    assert!(!principal.authority.retains("edit_pages"), "not under the ceiling");
    // The grant is what the administrator decided; the next token may have all of it again.
    let wide = world.token(&client);
    assert!(world.principal(&wide).unwrap().authority.allows_route("POST", "/wp/v2/posts"));
    assert_eq!(world.host.grants.len(), 1);
}

#[test]
fn granted_rest_routes_use_the_prefix_of_the_site() {
    let site = json!({"home": "https://example.test", "rest_prefix": "api", "permalinks": "/%postname%/"});
    let mut world = World::configured(with(config(), json!({"site": site})));
    let client =
        world.register(with(service_draft(), json!({"routes": ["get /api/wp/v2/posts/*", "GET /wp/v2/tags"]})));
    let ran = world.ask_token(&client, &[]);
    assert_eq!(body(&ran.outcome)["granted_rest_routes"], json!(["GET /api/wp/v2/posts/*", "GET /api/wp/v2/tags"]));
}

#[test]
fn an_allowlist_is_required_and_without_one_a_backend_reaches_nothing() {
    let mut world = World::new();
    for ceiling in [Policy::everything(), Policy { routes: Routes::none(), ..Policy::everything() }] {
        let client = world.service_under(&ceiling);
        let ran = world.ask_token(&client, &[]);
        assert_eq!(ran.outcome.status, 200);
        assert_eq!(body(&ran.outcome)["granted_rest_routes"], json!([]));
        let principal = world.principal(&ran.member("access_token")).unwrap();
        for (method, route) in [("GET", "/"), ("GET", "/wp/v2/posts"), ("OPTIONS", "/wp/v2/posts")] {
            assert!(principal.judge(method, route).is_some(), "{method} {route}");
        }
    }
}

#[test]
fn a_login_only_client_earns_no_token_even_if_its_row_lists_the_grant() {
    let mut world = World::new();
    let login_only = Policy { identity: Names::All, ..Policy::nothing() };
    let client = world.service_under(&login_only);
    for pairs in [&[][..], &[("scope", "wp")], &[("scope", "content:read openid")]] {
        assert_eq!(world.ask_token(&client, pairs).error(), (400, "invalid_scope".into()));
    }
}

#[test]
fn the_standing_grant_is_reused_and_named_once() {
    let mut world = World::new();
    let client = world.service();
    let (one, other) = (world.token(&client), world.token(&client));
    assert_eq!(world.host.grants.len(), 1);
    assert_eq!(world.grant_id(&one), world.grant_id(&other));
    let grant = world.grant_of(&one).clone();
    assert_eq!(grant.handle.len(), 11);
    assert_eq!((grant.client, grant.user), (client.id, SERVICE_USER));
    assert_eq!((grant.method.as_str(), grant.scope.as_str()), ("client_credentials", "wp"));
    assert_eq!(world.host.subjects[&SERVICE_USER].sub.len(), 22);
    // K; and G, which has no identity claims and is T as well. Each text is stored once.
    assert_eq!(world.host.policies.len(), 2);
}

#[test]
fn two_clients_never_share_a_grant() {
    let mut world = World::new();
    let (one, other) = (world.service(), world.service());
    let (first, second) = (world.token(&one), world.token(&other));
    assert_ne!(world.grant_id(&first), world.grant_id(&second));
    assert_eq!(world.principal(&first).unwrap().client_id, one.client_id);
    assert_eq!(world.principal(&second).unwrap().client_id, other.client_id);
}

#[test]
fn a_revoked_grant_is_not_reused() {
    let mut world = World::new();
    let client = world.service();
    let token = world.token(&client);
    world.grant_of(&token).revoked_at = Some(NOW);
    assert!(world.principal(&token).is_none());
    let next = world.token(&client);
    assert_ne!(world.grant_id(&token), world.grant_id(&next));
    assert!(world.principal(&next).is_some());
}

#[test]
fn takeover_rights_are_those_held_when_the_grant_was_decided() {
    let mut world = World::new();
    hold(&mut world, &["manage_options", "edit_posts"]);
    let client = world.register(full_draft());
    let token = world.token(&client);
    let [snapshot, grant, _] = world.policies_of(&token);
    assert_eq!(grant.takeover, Names::only(["manage_options"]));
    assert_eq!(snapshot.takeover, Names::only(["manage_options"]));
    assert_eq!(snapshot.caps, Names::All, "other capabilities follow the user");
}

#[test]
fn takeover_rights_are_decided_once_and_never_taken_again_when_the_user_is_promoted() {
    let mut world = World::new();
    hold(&mut world, &["manage_options"]);
    let client = world.register(full_draft());
    let token = world.token(&client);
    hold(&mut world, &["manage_options", "edit_users", "install_plugins"]);
    let ran = world.ask_token(&client, &[]);
    assert!(!ran.asked.contains(&"held_capabilities"));
    for token in [token, ran.member("access_token")] {
        let authority = world.principal(&token).unwrap().authority;
        assert!(authority.retains("manage_options"));
        assert!(!authority.retains("edit_users") && !authority.retains("install_plugins"));
        assert!(authority.retains("edit_posts"));
    }
}

#[test]
fn takeover_rights_of_a_restricted_client_are_the_ticked_ones_that_are_held() {
    let mut world = World::new();
    hold(&mut world, &["manage_options", "edit_users"]);
    let client = world.register(with(service_draft(), json!({"takeover": ["edit_users", "update_core"]})));
    let token = world.token(&client);
    let (_, args) = world.host.asked.iter().find(|(name, _)| *name == "held_capabilities").unwrap();
    assert_eq!(*args, json!({"user": SERVICE_USER, "capabilities": ["edit_users", "update_core"]}));
    let [snapshot, ..] = world.policies_of(&token);
    assert_eq!(snapshot.takeover, Names::only(["edit_users"]));
}

#[test]
fn nobody_is_asked_about_takeover_rights_that_no_ceiling_has() {
    let mut world = World::new();
    let client = world.service();
    let ran = world.ask_token(&client, &[]);
    assert_eq!(ran.asked, ["find_client", "find_standing_grant", "issue"]);
}

#[test]
fn the_site_adds_takeover_rights() {
    let mut world = World::configured(with(config(), json!({"takeover": ["manage_woocommerce"]})));
    let client = world.register(full_draft());
    let without = world.token(&client);
    assert!(!world.principal(&without).unwrap().authority.retains("manage_woocommerce"));
    assert!(world.principal(&without).unwrap().authority.retains("view_woocommerce_reports"));
    hold(&mut world, &["manage_woocommerce"]);
    let other = world.register(full_draft());
    let with_it = world.token(&other);
    assert!(world.principal(&with_it).unwrap().authority.retains("manage_woocommerce"));
}

#[test]
fn a_narrower_ceiling_bites_at_the_next_request_of_a_live_token() {
    let mut world = World::new();
    let client = world.service();
    let token = world.token(&client);
    let [_, _, ceiling] = world.policies_of(&token);
    let narrower = Policy { caps: Names::only(["read"]), routes: routes(&["GET /wp/v2/posts"]), ..ceiling.clone() };
    world.set_ceiling(&client, &narrower);
    let authority = world.principal(&token).unwrap().authority;
    assert!(authority.allows_route("GET", "/wp/v2/posts"));
    assert!(!authority.allows_route("GET", "/wp/v2/posts/7"));
    assert!(!authority.retains("edit_posts"));
    // The next token is decided under the new ceiling; back under the old one, so is the one after.
    let next = world.token(&client);
    let decided = Policy { identity: Names::none(), ..narrower.clone() };
    assert_eq!(world.policies_of(&next), [decided.clone(), decided, narrower]);
    assert_eq!(world.host.grants.len(), 2);
    world.set_ceiling(&client, &ceiling);
    let last = world.token(&client);
    assert_eq!(world.grant_id(&last), world.grant_id(&token), "the grant that was decided under it stands");
}

#[test]
fn a_wider_ceiling_reaches_the_next_token_and_not_the_one_before() {
    let mut world = World::new();
    let client = world.service();
    let token = world.token(&client);
    let [_, _, ceiling] = world.policies_of(&token);
    let wider = Policy { caps: Names::All, routes: routes(&["GET /wp/v2/*", "POST /wp/v2/posts"]), ..ceiling };
    world.set_ceiling(&client, &wider);
    let before = world.principal(&token).unwrap().authority;
    assert!(before.allows_route("GET", "/wp/v2/posts/7"));
    assert!(!before.allows_route("GET", "/wp/v2/users"));
    assert!(!before.retains("upload_files"));
    let next = world.token(&client);
    let after = world.principal(&next).unwrap().authority;
    assert!(after.allows_route("GET", "/wp/v2/users") && after.retains("upload_files"));
    assert!(!world.principal(&token).unwrap().authority.retains("upload_files"));
}

#[test]
fn every_epoch_that_moves_ends_the_tokens_and_the_grant_before() {
    let moves: [fn(&mut World); 3] = [
        |world| world.host.clients[0].epoch = 1,
        |world| world.host.subjects.get_mut(&SERVICE_USER).unwrap().epoch = 1,
        |world| world.reconfigure(|config| config["methods"]["client_credentials"]["epoch"] = json!(1)),
    ];
    for (number, move_epoch) in moves.into_iter().enumerate() {
        let mut world = World::new();
        let client = world.service();
        let token = world.token(&client);
        move_epoch(&mut world);
        assert!(world.principal(&token).is_none(), "{number}");
        let next = world.token(&client);
        assert!(world.principal(&next).is_some(), "{number}");
        assert_eq!(world.host.grants.len(), 2, "{number}");
    }
}

/// A store that something happens to before the answer to a need.
struct Meanwhile<'a> {
    store: &'a mut MemoryHost,
    before: &'static str,
    happens: fn(&mut MemoryHost),
}

impl Host for Meanwhile<'_> {
    fn fulfil(&mut self, need: &Need) -> Answer {
        if need.name() == self.before {
            (self.happens)(self.store);
        }
        self.store.fulfil(need)
    }
}

#[test]
fn a_token_minted_during_a_revocation_is_dead_at_birth() {
    let happenings: [fn(&mut MemoryHost); 3] = [
        |store| store.clients[0].epoch = 1,
        |store| store.subjects.entry(SERVICE_USER).or_default().epoch = 1,
        |store| store.clients[0].service_user = Some(8),
    ];
    for happens in happenings {
        for before in ["find_standing_grant", "issue"] {
            let mut world = World::new();
            let client = world.service();
            let mut store = std::mem::take(&mut world.host);
            let mut host = Meanwhile { store: &mut store, before, happens };
            let request =
                authorized(form(&[("grant_type", "client_credentials")]), basic(&client.client_id, &client.secret));
            let ran = world.send_to("token", request, &mut host);
            world.host = store;
            assert_eq!(ran.outcome.status, 200);
            assert!(world.principal(&ran.member("access_token")).is_none(), "{before}");
        }
    }
}

#[test]
fn the_token_is_for_the_service_user_and_this_client() {
    let mut world = World::new();
    let client = world.register(with(service_draft(), json!({"service_user_id": 42})));
    let token = world.token(&client);
    let principal = world.principal(&token).unwrap();
    assert_eq!(principal.user.value(), 42);
    assert_eq!(principal.client_id, client.client_id);
    assert_eq!(principal.scope.to_string(), "wp");
}

#[test]
fn the_account_is_never_reached_unless_a_full_client_has_it_ticked() {
    let mut world = World::new();
    for (draft, account) in [
        (service_draft(), false),
        (with(service_draft(), json!({"account": true})), false),
        (full_draft(), false),
        (with(full_draft(), json!({"account": true})), true),
    ] {
        let client = world.register(draft.clone());
        let token = world.token(&client);
        let principal = world.principal(&token).unwrap();
        assert_eq!(principal.authority.allows_account(), account, "{draft}");
        assert_eq!(principal.may_change_account(SERVICE_USER), account, "{draft}");
        assert!(!principal.may_change_account(8), "another user's needs edit_users");
    }
}

#[test]
fn the_standing_grant_is_asked_for_under_what_holds_now() {
    let mut world = World::new();
    let client = world.service();
    world.host.clients[0].epoch = 5;
    world.host.subjects.entry(SERVICE_USER).or_default().epoch = 6;
    world.reconfigure(|config| config["methods"]["client_credentials"]["epoch"] = json!(7));
    world.token(&client);
    let args: Vec<&Value> =
        world.host.asked.iter().filter(|(name, _)| *name == "find_standing_grant").map(|(_, args)| args).collect();
    assert_eq!(
        args,
        [&json!({
            "client": client.id, "ceiling": 1, "client_epoch": 5, "method_epoch": 7, "user": SERVICE_USER, "subject_epoch": 6,
        })]
    );
    let grant = &world.host.grants[0];
    assert_eq!((grant.client_epoch, grant.subject_epoch, grant.method_epoch), (5, 6, 7));
}
