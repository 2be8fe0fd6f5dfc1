//! The resource owner's password: RFC 6749 §4.3, RFC 9700 §2.4; cases PW and RL-03 of the threat model.

use app_connect::authority::names::Names;
use app_connect::event::Event;
use app_connect::flow::Answer;
use app_connect::http::Response;
use app_connect::need::{Authenticate, Question, Stage};
use app_connect::secret::Secret;
use serde_json::{Value, json};

use crate::support::hostile::HostileHost;
use crate::support::requests::{authorized, basic, form};
use crate::support::sign_in::{PERSON, spa_draft, writer_draft};
use crate::support::world::{NOW, Ran, Registered, World, with};

const RIGHT: &str = "correct horse";

/// A site where apps may ask for passwords, and where Ann has one.
fn site() -> World {
    let mut world = World::of_people();
    world.reconfigure(|config| config["methods"]["password"] = json!({"enabled": true, "epoch": 0}));
    for name in ["ann", "ann@example.test"] {
        world.host.people.passwords.insert((name.to_owned(), RIGHT.to_owned()), PERSON);
    }
    world
}

fn trusted_draft() -> Value {
    with(spa_draft(), json!({"grant_types": ["password", "refresh_token"], "redirect_uris": [], "trusted": true}))
}

fn ask(world: &mut World, client: &Registered, pairs: &[(&str, &str)]) -> Ran<Response> {
    let mut all = vec![("grant_type", "password")];
    all.extend(pairs);
    if client.secret.is_empty() {
        all.push(("client_id", &client.client_id));
        return world.send("token", form(&all));
    }
    world.send("token", authorized(form(&all), basic(&client.client_id, &client.secret)))
}

fn log_in(world: &mut World, client: &Registered, username: &str, password: &str) -> Ran<Response> {
    ask(world, client, &[("username", username), ("password", password)])
}

#[test]
fn s4_3_a_password_earns_what_an_approval_would() {
    for kind in ["public", "confidential"] {
        let mut world = site();
        let client = world.register(with(trusted_draft(), json!({"type": kind})));
        for name in ["ann", "ann@example.test"] {
            let ran = log_in(&mut world, &client, name, RIGHT);
            assert_eq!(ran.outcome.status, 200, "{}", ran.outcome.body);
            assert_eq!(ran.asked, ["find_client", "find_failures", "authenticate", "held_capabilities", "issue"]);
            assert_eq!(ran.member("scope"), "wp");
            let token = ran.member("access_token");
            assert_eq!(world.principal(&token).unwrap().user.value(), PERSON);
            assert_eq!(world.grant_of(&token).auth_time, Some(NOW));
            let pairs = [("grant_type", "refresh_token"), ("refresh_token", &ran.member("refresh_token"))];
            let mut pairs = pairs.to_vec();
            let next = if kind == "public" {
                pairs.push(("client_id", &client.client_id));
                world.send("token", form(&pairs))
            } else {
                world.send("token", authorized(form(&pairs), basic(&client.client_id, &client.secret)))
            };
            assert_eq!(next.outcome.status, 200, "the session goes on");
        }
    }
}

#[test]
fn s4_3_what_is_asked_for_is_narrowed_and_never_widened() {
    let mut world = site();
    let draft = json!({"grant_types": ["password"], "redirect_uris": [], "trusted": true});
    let client = world.register(with(writer_draft(), draft.clone()));
    let scope = ("scope", "content:read media:write nonsense");
    let ran = ask(&mut world, &client, &[("username", "ann"), ("password", RIGHT), scope]);
    assert_eq!(ran.member("scope"), "content:read");
    let [token, grant, ceiling] = world.policies_of(&ran.member("access_token"));
    assert!(token.within(&grant) && grant.within(&ceiling));
    let ran = ask(&mut world, &client, &[("username", "ann"), ("password", RIGHT), ("scope", "media:write")]);
    assert_eq!(ran.error(), (400, "invalid_scope".into()));
    assert!(!ran.asked.contains(&"authenticate"), "no password is looked at for nothing");
    let only = world.register(with(spa_draft(), with(draft, json!({"mode": "login_only"}))));
    assert_eq!(log_in(&mut world, &only, "ann", RIGHT).member("scope"), "email openid profile");
}

#[test]
fn pv_09_takeover_rights_are_those_that_the_user_holds_then() {
    let mut world = site();
    let client = world.register(trusted_draft());
    let ran = log_in(&mut world, &client, "ann", RIGHT);
    let [_, grant, _] = world.policies_of(&ran.member("access_token"));
    assert_eq!(grant.takeover, Names::none());
    world.host.capabilities.get_mut(&PERSON).unwrap().insert("manage_options".to_owned());
    let ran = log_in(&mut world, &client, "ann", RIGHT);
    let [_, grant, _] = world.policies_of(&ran.member("access_token"));
    assert_eq!(grant.takeover, Names::only(["manage_options"]));
}

#[test]
fn pw_01_it_is_off_until_somebody_switches_it_on() {
    let mut world = World::of_people();
    let client = world.register(trusted_draft());
    let ran = log_in(&mut world, &client, "ann", RIGHT);
    assert_eq!(ran.error(), (400, "unauthorized_client".into()));
    assert_eq!(ran.asked, ["find_client"]);
}

#[test]
fn pw_02_only_a_client_that_is_trusted_with_passwords_may_use_it() {
    let mut world = site();
    let untrusted = with(trusted_draft(), json!({"trusted": false}));
    let errors = world.try_register(untrusted.clone()).unwrap_err();
    assert_eq!((errors[0].field, errors[0].code), ("trusted", "required"));
    // Whatever its row says.
    for config in [json!({"trusted": false}), json!({"grant_types": ["authorization_code"]})] {
        let client = world.register(trusted_draft());
        let row = world.host.client_mut(client.id);
        row.config = with(serde_json::from_str(&row.config).unwrap(), config).to_string();
        let ran = log_in(&mut world, &client, "ann", RIGHT);
        assert_eq!(ran.error(), (400, "unauthorized_client".into()));
        assert_eq!(ran.asked, ["find_client"]);
    }
}

#[test]
fn pw_03_every_refusal_is_the_same() {
    let mut world = site();
    let client = world.register(trusted_draft());
    let mut told = Vec::new();
    for (name, password) in [("ann", "wrong"), ("bob", RIGHT), ("bob", "wrong"), ("Ann", RIGHT)] {
        let ran = log_in(&mut world, &client, name, password);
        assert_eq!(ran.error(), (400, "invalid_grant".into()));
        assert_eq!(ran.asked, ["find_client", "find_failures", "authenticate", "count_failure"]);
        assert_eq!(
            serde_json::to_value(&ran.events).unwrap(),
            json!([{"kind": "user_authentication_failed", "client": client.id, "address": "192.0.2.7"}])
        );
        assert!(ran.events[0].audited());
        told.push(ran.outcome);
    }
    told.dedup();
    assert_eq!(told.len(), 1);
    world.host.capabilities.insert(PERSON, std::collections::BTreeSet::new());
    assert_eq!(log_in(&mut world, &client, "ann", RIGHT).outcome, told[0], "whoever may not even read here");
}

#[test]
fn pw_06_what_is_too_long_is_refused_before_any_hash() {
    let mut world = site();
    let client = world.register(trusted_draft());
    let (long, longer) = ("p".repeat(4096), "p".repeat(4097));
    for (name, password, looked) in
        [("ann", long.as_str(), true), ("ann", longer.as_str(), false), (&"n".repeat(255), RIGHT, false)]
    {
        let ran = log_in(&mut world, &client, name, password);
        assert_eq!(ran.error(), (400, "invalid_grant".into()));
        assert_eq!(ran.asked.contains(&"authenticate"), looked);
        assert!(ran.asked.contains(&"count_failure"));
    }
}

#[test]
fn s4_3_2_a_parameter_that_is_missing_is_named() {
    let mut world = site();
    let client = world.register(trusted_draft());
    for (pairs, missing) in [(&[("password", RIGHT)][..], "username"), (&[("username", "ann")][..], "password")] {
        let ran = ask(&mut world, &client, pairs);
        assert_eq!(ran.error(), (400, "invalid_request".into()));
        assert!(ran.member("error_description").contains(missing));
    }
}

#[test]
fn rfc_8707_a_resource_must_be_one_of_the_site() {
    let mut world = site();
    let client = world.register(trusted_draft());
    let elsewhere = [("username", "ann"), ("password", RIGHT), ("resource", "https://other.example/")];
    let ran = ask(&mut world, &client, &elsewhere);
    assert_eq!(ran.error(), (400, "invalid_target".into()));
    assert!(!ran.asked.contains(&"authenticate"));
}

#[test]
fn rl_01_guesses_at_one_account_from_one_address_end_and_its_owner_is_not_locked_out() {
    let mut world = site();
    let client = world.register(trusted_draft());
    for _ in 0..10 {
        assert_eq!(log_in(&mut world, &client, "ann", "guess").outcome.status, 400);
    }
    let ran = log_in(&mut world, &client, "ann", RIGHT);
    assert_eq!(ran.error(), (429, "temporarily_unavailable".into()));
    assert_eq!(ran.outcome.header("Retry-After"), Some("400"));
    assert!(!ran.asked.contains(&"authenticate"), "RL-07: before any slow hash");
    assert!(matches!(ran.events[..], [Event::RateLimited { .. }]));
    let again = log_in(&mut world, &client, "ann", RIGHT);
    assert_eq!((again.outcome.status, again.events.len()), (429, 0), "told once in a window");
    let pairs = [
        ("grant_type", "password"),
        ("username", "ann"),
        ("password", RIGHT),
        ("client_id", client.client_id.as_str()),
    ];
    let mut elsewhere = form(&pairs);
    elsewhere.address = Some("198.51.100.1".parse().unwrap());
    assert_eq!(world.send("token", elsewhere).outcome.status, 200);
    assert_eq!(log_in(&mut world, &client, "ann@example.test", RIGHT).outcome.status, 200, "and is counted by name");
}

#[test]
fn rl_01_one_address_that_tries_many_accounts_is_limited_as_well() {
    let mut world = site();
    let client = world.register(trusted_draft());
    for number in 0..50 {
        assert_eq!(log_in(&mut world, &client, &format!("user{number}"), "guess").outcome.status, 400);
    }
    assert_eq!(log_in(&mut world, &client, "ann", RIGHT).outcome.status, 429);
}

#[test]
fn rl_08_trouble_is_503_and_never_a_refusal() {
    let mut world = site();
    let client = world.register(trusted_draft());
    for (password, needs) in [(RIGHT, 5), ("wrong", 4)] {
        for at in 0..needs {
            let pairs = [
                ("grant_type", "password"),
                ("username", "ann"),
                ("password", password),
                ("client_id", client.client_id.as_str()),
            ];
            let broken = |_: Value| Answer::Unavailable;
            let mut host = HostileHost::new(&world.host, at, &broken);
            let ran = world.send_to("token", form(&pairs), &mut host);
            assert_eq!(ran.error(), (503, "temporarily_unavailable".into()), "{password} {at}");
            assert!(ran.events.is_empty());
        }
    }
}

#[test]
fn pv_04_a_password_changed_since_ends_what_it_began() {
    let mut world = site();
    let client = world.register(trusted_draft());
    let token = log_in(&mut world, &client, "ann", RIGHT).member("access_token");
    world.host.subjects.get_mut(&PERSON).unwrap().epoch += 1;
    assert!(world.principal(&token).is_none());
}

#[test]
fn rt_10_untrusted_or_switched_off_its_tokens_end() {
    let mut world = site();
    let client = world.register(trusted_draft());
    let token = log_in(&mut world, &client, "ann", RIGHT).member("access_token");
    assert!(world.principal(&token).is_some());
    world.reconfigure(|config| config["methods"]["password"] = json!({"enabled": true, "epoch": 1}));
    assert!(world.principal(&token).is_none());
}

#[test]
fn a_password_is_asked_for_where_every_plugin_has_loaded_and_is_printed_nowhere() {
    assert_eq!(Authenticate::STAGE, Stage::Loaded);
    let need = Authenticate { username: Secret::new("ann".into()), password: Secret::new(RIGHT.into()) };
    let printed = format!("{need:?}");
    assert!(!printed.contains(RIGHT) && !printed.contains("ann"), "{printed}");
}
