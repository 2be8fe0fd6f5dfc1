//! Design §5 for people, over random ceilings, scopes, users and edits: the person is shown all that it grants, the token
//! is within what was granted, and nobody gets more without asking.

use std::collections::BTreeSet;

use app_connect::authority::bundle::Catalogue;
use app_connect::authority::names::Names;
use app_connect::authority::policy::{Policy, Routes};
use app_connect::authority::scope::Scope;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::policies::{Question, alone, cases, held, policy, scope};
use crate::support::sign_in::{PERSON, Visit, instead, spa_draft, usual};
use crate::support::world::{Registered, World};

/// A site on which the client has this very ceiling, and the person these takeover rights.
fn site(ceiling: &Policy, held: &[&str]) -> (World, Registered) {
    let mut world = World::of_people();
    let client = world.register(spa_draft());
    world.set_ceiling(&client, ceiling);
    world.be(PERSON, &[&["read"], held].concat());
    (world, client)
}

/// A visit that asks for this scope.
fn visit(world: &mut World, client: &Registered, scope: &str) -> Visit {
    let pairs = instead(&usual(client), &[("scope", Some(scope))]);
    world.visit(&pairs)
}

/// The names in a list that is shown.
fn listed(shown: &Value) -> BTreeSet<String> {
    let name = |item: &Value| item.get("name").unwrap_or(item).as_str().unwrap().to_owned();
    shown.as_array().unwrap().iter().map(name).collect()
}

/// The client has nothing that could be granted.
fn is_refused(visit: &Visit) -> bool {
    visit.response.is_some() && visit.back().get("error").is_some_and(|error| error == "invalid_scope")
}

proptest! {
    #![proptest_config(cases(384))]

    #[test]
    fn pv_01_the_token_is_within_the_grant_within_the_ceiling_and_the_grant_is_what_was_shown(
        ceiling in policy(), scope in scope(), held in held(),
    ) {
        let (mut world, client) = site(&ceiling, &held);
        let first = visit(&mut world, &client, &scope);
        prop_assume!(!is_refused(&first));
        let shown = first.shown();
        world.says(Some(true));
        let code = visit(&mut world, &client, &scope).code();
        let token = world.exchanged(&client, &code);
        let [t, g, k] = world.policies_of(&token);
        prop_assert!(t.within(&g) && g.within(&k) && k == ceiling);
        prop_assert!(g.within(&Scope::parse(&scope).unwrap().policy(&Catalogue::default())), "G in the scope asked for");
        prop_assert!(g.takeover.within(&Names::only(held.iter().copied())), "G in what the user holds");
        // What is shown.
        let Names::Only(takeover) = &g.takeover else { panic!("never all of them") };
        prop_assert_eq!(&listed(&shown["takeover"]), takeover);
        prop_assert!(listed(&shown["takeover_lacking"]).is_disjoint(takeover));
        let Names::Only(identity) = &g.identity else { panic!("never all of it") };
        prop_assert_eq!(&listed(&shown["identity"]), identity);
        prop_assert_eq!(&shown["account"], &json!(g.account));
        prop_assert_eq!(shown["routes"].is_null(), g.routes == Routes::All);
        prop_assert_eq!(shown["all"] == true, g.caps == Names::All);
        if let Names::Only(granted) = &g.caps {
            let mut told = listed(&shown["capabilities"]);
            told.insert("read".to_owned());
            for name in listed(&shown["bundles"]) {
                told.extend(Catalogue::default().find(&name).unwrap().capabilities.iter().cloned());
            }
            prop_assert!(granted.is_subset(&told), "{:?} {}", granted, shown);
        }
        let request = world.principal(&token).unwrap().authority;
        for question in Question::all() {
            prop_assert!(!question.ask(&request) || question.ask(&alone(&g)), "{:?}", question);
        }
    }

    #[test]
    fn pv_01_nobody_gets_more_than_was_approved_without_asking_again(
        ceiling in policy(), edit in policy(), scopes in (scope(), scope()), held in (held(), held()),
    ) {
        let (mut world, client) = site(&ceiling, &held.0);
        world.says(Some(true));
        let first = visit(&mut world, &client, &scopes.0);
        if is_refused(&first) {
            return Ok(());
        }
        let approved = world.code_mut(&first.code()).policy;
        let approved = world.host.policy(approved);
        world.set_ceiling(&client, &edit);
        world.be(PERSON, &[&["read"], &held.1[..]].concat());
        world.says(None);
        let second = visit(&mut world, &client, &scopes.1);
        if is_refused(&second) {
            return Ok(());
        }
        if second.waits.is_none() {
            let policy = world.code_mut(&second.code()).policy;
            let silent = world.host.policy(policy);
            prop_assert!(silent.within(&approved) && silent.within(&edit));
        } else {
            second.approve();
        }
    }

    #[test]
    fn pv_01_an_edit_between_approval_and_exchange_narrows_and_never_widens(
        ceiling in policy(), edit in policy(), scope in scope(), held in held(),
    ) {
        let (mut world, client) = site(&ceiling, &held);
        world.says(Some(true));
        let first = visit(&mut world, &client, &scope);
        prop_assume!(!is_refused(&first));
        let code = first.code();
        world.set_ceiling(&client, &edit);
        world.be(PERSON, &["read", "edit_users", "manage_options", "unfiltered_html"]);
        let ran = world.exchange(&client, &code, &[]);
        if ran.outcome.status != 200 {
            prop_assert_eq!(ran.error(), (400, "invalid_scope".into()));
            return Ok(());
        }
        let [t, g, k] = world.policies_of(&ran.member("access_token"));
        prop_assert!(t.within(&g) && t.within(&k) && k == edit && g.within(&ceiling));
        prop_assert!(g.takeover.within(&Names::only(held)), "what the user held when it approved");
        let told = Scope::parse(&ran.member("scope")).unwrap();
        prop_assert_eq!(told.effective(&edit, &Catalogue::default()), told);
    }
}
