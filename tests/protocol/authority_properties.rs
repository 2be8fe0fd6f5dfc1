//! Authority as an algebra: what holds for every policy, every edit and every request. Case PV-01 of the threat model.

use std::collections::BTreeSet;

use app_connect::authority::bundle::Catalogue;
use app_connect::authority::capability::{TAKEOVER, is_name, is_takeover};
use app_connect::authority::decision::Authority;
use app_connect::authority::names::Names;
use app_connect::authority::policy::{Policy, Routes};
use app_connect::authority::scope::Scope;
use app_connect::model::policy_row::PolicyRef;
use proptest::prelude::*;

use crate::support::policies::{Question, alone, cases, held, policy, related, scope};
use crate::support::world::{SERVICE_USER, World};

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn meet_is_commutative_associative_and_idempotent(a in policy(), b in policy(), c in policy()) {
        prop_assert_eq!(a.meet(&b), b.meet(&a));
        prop_assert_eq!(a.meet(&b).meet(&c), a.meet(&b.meet(&c)));
        prop_assert_eq!(a.meet(&a), a);
    }

    #[test]
    fn everything_is_neutral_and_above_all(a in policy()) {
        prop_assert_eq!(Policy::everything().meet(&a), a.clone());
        prop_assert_eq!(a.meet(&Policy::everything()), a.clone());
        prop_assert!(a.within(&Policy::everything()));
        prop_assert!(Policy::nothing().within(&a));
        prop_assert_eq!(Policy::everything().within(&a), a == Policy::everything());
    }

    #[test]
    fn nothing_met_with_anything_allows_nothing(a in policy()) {
        let none = alone(&a.meet(&Policy::nothing()));
        for question in Question::all() {
            let free = matches!(&question, Question::Permits(names) if names == &["exist"]);
            prop_assert_eq!(question.ask(&none), free, "{:?}", question);
        }
    }

    #[test]
    fn within_is_reflexive_and_transitive((a, b) in related(), c in policy()) {
        prop_assert!(a.within(&a));
        let (low, middle) = (a.meet(&b).meet(&c), a.meet(&b));
        prop_assert!(low.within(&middle) && middle.within(&a) && low.within(&a));
        prop_assert!(!(a.within(&b) && b.within(&c)) || a.within(&c));
    }

    #[test]
    fn a_meet_is_within_both((a, b) in related()) {
        prop_assert!(a.meet(&b).within(&a));
        prop_assert!(a.meet(&b).within(&b));
    }

    #[test]
    fn what_is_within_both_is_within_their_meet((a, b) in related(), c in policy()) {
        let low = a.meet(&b).meet(&c);
        prop_assert!(low.within(&a.meet(&b)));
        prop_assert!(!(c.within(&a) && c.within(&b)) || c.within(&a.meet(&b)));
    }

    #[test]
    fn a_meet_allows_exactly_what_both_allow(a in policy(), b in policy()) {
        let (both, one, other) = (alone(&a.meet(&b)), alone(&a), alone(&b));
        for question in Question::all() {
            let (met, each) = (question.ask(&both), question.ask(&one) && question.ask(&other));
            // OPTIONS follows the other methods, and they may have none in common.
            if matches!(question, Question::Route("OPTIONS", _)) {
                prop_assert!(!met || each, "{:?}", question);
            } else {
                prop_assert_eq!(met, each, "{:?}", question);
            }
        }
    }

    #[test]
    fn within_is_sound_for_every_question((a, b) in related()) {
        if a.within(&b) {
            let (narrow, wide) = (alone(&a), alone(&b));
            for question in Question::all() {
                prop_assert!(!question.ask(&narrow) || question.ask(&wide), "{:?}", question);
            }
        }
    }

    #[test]
    fn an_authority_is_token_and_ceiling_and_their_order_does_not_matter(t in policy(), k in policy()) {
        let both = Authority::new(t.clone(), k.clone(), BTreeSet::new());
        let swapped = Authority::new(k.clone(), t.clone(), BTreeSet::new());
        let met = alone(&t.meet(&k));
        for question in Question::all() {
            prop_assert_eq!(question.ask(&both), question.ask(&met), "{:?}", question);
            prop_assert_eq!(question.ask(&both), question.ask(&swapped), "{:?}", question);
        }
    }

    #[test]
    fn canonical_text_is_read_back_and_names_the_policy((a, b) in related()) {
        let (one, other) = (a.canonical(), b.canonical());
        prop_assert_eq!(Policy::parse(&one).unwrap(), a.clone());
        prop_assert_eq!(one == other, a == b);
        prop_assert_eq!(Policy::parse(&one).unwrap().canonical(), one.clone());
        let PolicyRef::New { body, .. } = PolicyRef::new(&a) else { panic!("by content") };
        prop_assert_eq!(body, one);
    }

    #[test]
    fn the_summary_of_routes_covers_what_the_routes_cover(a in policy()) {
        let Some(summary) = a.routes.summary() else { return Ok(()) };
        let summary = Routes::list(summary.into_iter().cloned());
        for question in Question::all() {
            if let Question::Route(method, path) = question && method != "OPTIONS" {
                prop_assert_eq!(summary.covers(method, path), a.routes.covers(method, path), "{} {}", method, path);
            }
        }
    }

    #[test]
    fn wp_02_options_is_answered_only_where_some_method_is(t in policy(), k in policy()) {
        let authority = Authority::new(t, k, BTreeSet::new());
        for question in Question::all() {
            if let Question::Route("OPTIONS", path) = question {
                let some = ["DELETE", "GET", "PATCH", "POST", "PUT"];
                let some = some.iter().any(|method| authority.allows_route(method, path));
                prop_assert_eq!(authority.allows_route("OPTIONS", path), some, "{}", path);
            }
        }
    }

    #[test]
    fn head_follows_get(t in policy(), k in policy()) {
        let authority = Authority::new(t, k, BTreeSet::new());
        for question in Question::all() {
            if let Question::Route("HEAD", path) = question {
                prop_assert_eq!(authority.allows_route("HEAD", path), authority.allows_route("GET", path), "{}", path);
            }
        }
    }

    #[test]
    fn only_takeover_rights_held_are_kept(a in policy(), held in held()) {
        let kept = a.held(&Names::only(held.clone()));
        prop_assert!(kept.within(&a));
        for name in ["edit_users", "manage_options", "unfiltered_html"] {
            prop_assert_eq!(kept.takeover.contains(name), a.takeover.contains(name) && held.contains(&name));
        }
        prop_assert_eq!((kept.caps, kept.routes), (a.caps, a.routes));
    }
}

proptest! {
    #![proptest_config(cases(192))]

    #[test]
    fn pv_01_through_the_real_flow_the_request_is_within_token_within_grant_within_ceiling(
        ceiling in policy(), scope in scope(), held in held(),
    ) {
        let mut world = World::new();
        world.host.capabilities.insert(SERVICE_USER, held.iter().map(|name| (*name).to_owned()).collect());
        let client = world.service_under(&ceiling);
        let ran = world.ask_token(&client, &[("scope", &scope)]);
        if ran.outcome.status == 400 {
            prop_assert_eq!(ran.member("error"), "invalid_scope");
            prop_assert!(world.host.tokens.is_empty());
            return Ok(());
        }
        let token = ran.member("access_token");
        let [t, g, k] = world.policies_of(&token);
        prop_assert_eq!(&k, &ceiling);
        prop_assert!(t.within(&g), "T in G");
        prop_assert!(g.within(&k), "G in K");
        prop_assert!(t.within(&k), "T in K");
        prop_assert!(t.within(&Scope::parse(&scope).unwrap().policy(&Catalogue::default())), "T in the scope asked for");
        prop_assert!(t.within(&Scope::parse(&ran.member("scope")).unwrap().policy(&Catalogue::default())), "T in the scope answered");
        prop_assert!(g.takeover.within(&Names::only(held)), "G in what the user held");
        prop_assert!(g.routes != Routes::All && t.routes != Routes::All, "an allowlist is required");
        let request = world.principal(&token).unwrap().authority;
        for question in Question::all() {
            prop_assert!(!question.ask(&request) || question.ask(&alone(&t)), "{:?}", question);
        }
    }

    #[test]
    fn pv_01_narrowing_the_ceiling_never_widens_a_request(ceiling in policy(), edit in policy(), scope in scope()) {
        let mut world = World::new();
        let client = world.service_under(&ceiling);
        let ran = world.ask_token(&client, &[("scope", &scope)]);
        prop_assume!(ran.outcome.status == 200);
        let token = ran.member("access_token");
        let before = world.principal(&token).unwrap().authority;
        let narrower = ceiling.meet(&edit);
        world.set_ceiling(&client, &narrower);
        let after = world.principal(&token).unwrap().authority;
        for question in Question::all() {
            prop_assert!(!question.ask(&after) || question.ask(&before), "{:?}", question);
            prop_assert!(!question.ask(&after) || question.ask(&alone(&narrower)), "{:?}", question);
        }
    }

    #[test]
    fn pv_01_no_later_event_enlarges_a_token(
        ceiling in policy(), edits in proptest::collection::vec(policy(), 1..4), held in held(),
    ) {
        let mut world = World::new();
        world.host.capabilities.insert(SERVICE_USER, held.iter().map(|name| (*name).to_owned()).collect());
        let client = world.service_under(&ceiling);
        let ran = world.ask_token(&client, &[]);
        prop_assume!(ran.outcome.status == 200);
        let token = ran.member("access_token");
        let before = world.principal(&token).unwrap().authority;
        let [snapshot, ..] = world.policies_of(&token);
        for edit in edits.iter().chain([&Policy::everything()]) {
            world.set_ceiling(&client, edit);
            world.host.capabilities.insert(SERVICE_USER, TAKEOVER.iter().map(|name| (*name).to_owned()).collect());
            world.ask_token(&client, &[]);
            let after = world.principal(&token).unwrap().authority;
            for question in Question::all() {
                prop_assert!(!question.ask(&after) || question.ask(&alone(&snapshot)), "{:?}", question);
            }
        }
        world.set_ceiling(&client, &ceiling);
        let back = world.principal(&token).unwrap().authority;
        for question in Question::all() {
            prop_assert_eq!(question.ask(&back), question.ask(&before), "{:?}", question);
        }
    }
}

#[test]
fn pv_06_application_passwords_need_the_account_in_token_and_ceiling() {
    let account = |account| Policy { account, ..Policy::everything() };
    for (token, ceiling, allowed) in
        [(true, true, true), (true, false, false), (false, true, false), (false, false, false)]
    {
        let authority = Authority::new(account(token), account(ceiling), BTreeSet::new());
        for route in [
            "/wp/v2/users/1/application-passwords",
            "/wp/v2/users/me/application-passwords",
            "/WP/V2/USERS/1/Application-Passwords",
            "/wp/v2/users/1/application-passwords/introspect",
            "/wp/v2/users/1/application-passwords/0a1b",
        ] {
            for method in ["GET", "POST", "PUT", "DELETE", "OPTIONS"] {
                assert_eq!(authority.allows_route(method, route), allowed, "{token} {ceiling} {method} {route}");
            }
        }
        assert!(authority.allows_route("GET", "/wp/v2/users/1"));
        assert!(authority.allows_route("GET", "/wp/v2/pages/application-passwords"));
    }
}

#[test]
fn pv_08_of_our_own_namespace_a_token_reaches_identity_routes_alone() {
    let authority = alone(&Policy::everything());
    for route in ["/app-connect/v1/me", "/app-connect/v1/me/userinfo", "/app-connect/v1/userinfo"] {
        assert!(authority.allows_route("GET", route), "{route}");
        assert!(alone(&Policy::nothing()).allows_route("GET", route), "{route}, outside any allowlist");
    }
    for route in [
        "/app-connect/v1",
        "/app-connect/v1/",
        "/app-connect/v1/clients",
        "/app-connect/v1/me/",
        "/app-connect/v1/me/x",
        "/app-connect/v1/mee",
        "/App-Connect/v1/me",
        "/APP-CONNECT/V1/clients",
        "/app-connect/v1me",
        "/app-connect/v1/token",
    ] {
        assert!(!authority.allows_route("GET", route), "{route}");
    }
    for route in ["/app-connect", "/app-connect/v2/me", "/wp/v2/app-connect/v1/clients", "/app-connect/\u{e9}"] {
        assert!(authority.allows_route("GET", route), "{route} is another's");
    }
}

#[test]
fn wp_03_a_route_with_a_control_character_is_no_other_spelling_of_a_denied_one() {
    // Core's patterns end in `$`, which also matches before a newline at the end.
    let authority = alone(&Policy { account: false, ..Policy::everything() });
    for route in [
        "/wp/v2/users/1/application-passwords\n",
        "/app-connect/v1/me\n",
        "/wp/v2/posts\n",
        "/wp/v2/posts\0",
        "/\u{85}",
    ] {
        for method in ["GET", "POST", "OPTIONS"] {
            assert!(!authority.allows_route(method, route), "{method} {route:?}");
        }
    }
    assert!(authority.allows_route("GET", "/wp/v2/posts"));
}

#[test]
fn pv_16_what_a_requirement_of_core_needs() {
    let limited = alone(&Policy {
        caps: Names::only(["read", "edit_posts"]),
        takeover: Names::only(["edit_users"]),
        ..Policy::nothing()
    });
    let full = alone(&Policy { takeover: Names::none(), ..Policy::everything() });
    for (required, by_limited, by_full) in [
        (&[][..], false, true),
        (&["exist"], true, true),
        (&["read"], true, true),
        (&["edit_posts", "read"], true, true),
        (&["edit_posts", "publish_posts"], false, true),
        (&["do_not_allow"], false, false),
        (&["edit_posts", "do_not_allow"], false, false),
        (&["edit_users"], true, false),
        (&["manage_options"], false, false),
        (&["manage_network_anything"], false, false),
        (&["manage_woocommerce"], false, true),
        (&["Edit_Posts"], false, true),
    ] {
        assert_eq!(limited.permits(required.iter().copied()), by_limited, "{required:?}");
        assert_eq!(full.permits(required.iter().copied()), by_full, "{required:?}");
    }
    assert!(limited.allows_other_accounts() && !full.allows_other_accounts());
}

#[test]
fn an_empty_requirement_needs_all_capabilities_of_token_and_ceiling() {
    let some = Policy { caps: Names::only(["read"]), ..Policy::everything() };
    for (token, ceiling, allowed) in [
        (Policy::everything(), Policy::everything(), true),
        (some.clone(), Policy::everything(), false),
        (Policy::everything(), some, false),
    ] {
        assert_eq!(Authority::new(token, ceiling, BTreeSet::new()).permits([]), allowed);
    }
}

#[test]
fn all_capabilities_never_include_a_takeover_right() {
    let full = alone(&Policy { takeover: Names::none(), ..Policy::everything() });
    for name in TAKEOVER {
        assert!(is_takeover(name, &BTreeSet::new()) && is_name(name));
        assert!(!full.retains(name), "{name}");
    }
    let extra = Authority::new(
        Policy { takeover: Names::none(), ..Policy::everything() },
        Policy::everything(),
        BTreeSet::from(["manage_shop".to_owned()]),
    );
    assert!(!extra.retains("manage_shop") && full.retains("manage_shop"));
}

#[test]
fn an_authority_that_takes_nothing_away_is_known_as_such() {
    assert!(!alone(&Policy::everything()).narrows());
    for narrow in [
        Policy { caps: Names::only(["read"]), ..Policy::everything() },
        Policy { takeover: Names::none(), ..Policy::everything() },
    ] {
        assert!(alone(&narrow).narrows());
        assert!(Authority::new(Policy::everything(), narrow, BTreeSet::new()).narrows());
    }
}

#[test]
fn text_that_is_no_policy_is_refused() {
    let good = r#"{"account":false,"caps":["read"],"identity":[],"routes":[["GET /a"]],"takeover":[]}"#;
    assert!(Policy::parse(good).is_ok());
    for (old, new) in [
        ("[\"read\"]", "\"ALL\""),
        ("[\"read\"]", "\"everything\""),
        ("[\"read\"]", "null"),
        ("[\"read\"]", "[1]"),
        ("[\"read\"]", "{}"),
        ("[[\"GET /a\"]]", "[]"),
        ("[[\"GET /a\"]]", "\"none\""),
        ("[[\"GET /a\"]]", "[\"GET /a\"]"),
        ("[[\"GET /a\"]]", "[[\"GET /a/../b\"]]"),
        ("[[\"GET /a\"]]", "[[\"FETCH /a\"]]"),
        ("\"account\":false", "\"account\":0"),
        ("\"account\":false,", ""),
        ("\"caps\":[\"read\"],", ""),
        (",\"takeover\":[]", ""),
        ("\"takeover\":[]", "\"takeover\":[],\"more\":1"),
        ("\"takeover\":[]", "\"takeover\":[],\"takeover\":\"all\""),
        ("}", "} "),
    ] {
        let bad = good.replacen(old, new, 1);
        assert_ne!(bad, good);
        assert_eq!(Policy::parse(&bad).is_err(), new != "} ", "{bad}");
    }
}

#[test]
fn every_bundle_is_within_everything_but_the_account_and_no_other_bundle_hides_in_it() {
    let catalogue = Catalogue::default();
    for bundle in catalogue.bundles() {
        let policy = bundle.policy();
        assert!(!policy.account && policy.takeover.is_empty() && policy.identity.is_empty());
        assert!(policy.caps.contains("read"));
        let scope = Scope::one(&bundle.name).policy(&catalogue);
        assert_eq!(scope, policy, "{}", bundle.name);
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            let writes = bundle.routes.iter().any(|pattern| pattern.to_string().starts_with(method));
            assert!(!writes || bundle.name.ends_with(":write"), "{} {method}", bundle.name);
        }
    }
}
