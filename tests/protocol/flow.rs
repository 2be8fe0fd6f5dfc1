//! Flows as such: the order of need and answer, misuse, and what a panic leaves behind.

use std::panic::{AssertUnwindSafe, catch_unwind};

use app_connect::endpoint;
use app_connect::endpoint::identity::Identity;
use app_connect::event::Event;
use app_connect::flow::{Answer, Flow, FlowError, Host, HostError};
use app_connect::model::number::Id;
use app_connect::need::{CountFailure, FindAccessToken, FindVisitor, Need, RevokeToken, Revoked, Stage};
use app_connect::secret::token::{TokenDigest, TokenKind, mint};
use app_connect::time::UnixTime;
use serde_json::{Value, json};

use crate::support::entropy::Seeded;
use crate::support::requests::{authorized, basic, form};
use crate::support::sign_in::{CHALLENGE, PERSON, instead, spa_draft, usual};
use crate::support::world::{NOW, World, full_draft, with};

fn revoke(text: &str) -> RevokeToken {
    RevokeToken { digest: TokenDigest::of(text.as_bytes()), now: UnixTime(NOW) }
}

/// Asks twice, and tells what it was answered.
fn two_questions() -> Flow<Vec<Result<Revoked, HostError>>> {
    Flow::new(|host: Host| async move {
        let first = host.ask(revoke("first")).await;
        let second = host.ask(revoke("second")).await;
        vec![first, second]
    })
}

fn digest_of(need: &Need) -> Value {
    need.args().unwrap()["digest"].clone()
}

#[test]
fn a_flow_goes_from_need_to_need_to_its_outcome() {
    let mut flow = two_questions();
    let first = flow.need().unwrap().unwrap();
    assert_eq!((first.name(), first.stage()), ("revoke_token", Stage::Early));
    assert_eq!(digest_of(&first), json!(TokenDigest::of(b"first")));
    flow.answer(Answer::Value(json!("now"))).unwrap();
    let second = flow.need().unwrap().unwrap();
    assert_eq!(digest_of(&second), json!(TokenDigest::of(b"second")));
    flow.answer(Answer::Value(json!("already"))).unwrap();
    assert!(flow.need().unwrap().is_none());
    assert_eq!(flow.outcome().unwrap(), &[Ok(Revoked::Now), Ok(Revoked::Already)]);
    assert!(flow.need().unwrap().is_none(), "and stays finished");
}

#[test]
fn nothing_runs_before_the_first_call_and_an_open_need_is_told_again() {
    let mut flow = Flow::new(|host: Host| async move {
        host.tell(Event::TokenRevoked { client: Id::new(1).unwrap(), grant: Id::new(2).unwrap() });
        host.ask(revoke("x")).await
    });
    assert!(flow.take_events().is_empty());
    for _ in 0..3 {
        assert_eq!(flow.need().unwrap().unwrap().name(), "revoke_token");
    }
    assert_eq!(flow.take_events().len(), 1);
    assert!(flow.take_events().is_empty(), "each event is handed over once");
}

#[test]
fn an_answer_without_an_open_need_is_refused() {
    let mut flow = two_questions();
    assert_eq!(flow.answer(Answer::Value(json!("now"))), Err(FlowError::NothingAsked));
    flow.need().unwrap();
    flow.answer(Answer::Value(json!("now"))).unwrap();
    assert_eq!(flow.answer(Answer::Value(json!("already"))), Err(FlowError::NothingAsked));
    flow.need().unwrap();
    flow.answer(Answer::Value(json!("now"))).unwrap();
    flow.need().unwrap();
    assert_eq!(flow.answer(Answer::Value(json!("now"))), Err(FlowError::NothingAsked));
    assert_eq!(flow.outcome().unwrap(), &[Ok(Revoked::Now), Ok(Revoked::Now)], "no answer went astray");
}

#[test]
fn there_is_no_outcome_before_the_end() {
    let mut flow = two_questions();
    assert_eq!(flow.outcome().unwrap_err(), FlowError::Unanswered);
    flow.need().unwrap();
    assert_eq!(flow.outcome().unwrap_err(), FlowError::Unanswered);
    flow.answer(Answer::Unavailable).unwrap();
    assert_eq!(flow.outcome().unwrap_err(), FlowError::Unanswered);
}

#[test]
fn an_answer_of_another_shape_is_malformed_and_unavailable_is_unavailable() {
    let mut flow = two_questions();
    flow.need().unwrap();
    flow.answer(Answer::Value(json!("perhaps"))).unwrap();
    flow.need().unwrap();
    flow.answer(Answer::Unavailable).unwrap();
    flow.need().unwrap();
    let [Err(HostError::Malformed { need, .. }), Err(HostError::Unavailable)] = &flow.outcome().unwrap()[..] else {
        panic!("{:?}", flow.outcome());
    };
    assert_eq!(*need, "revoke_token");
}

#[test]
fn a_panic_poisons_the_flow_and_nothing_else() {
    let mut flow: Flow<()> = Flow::new(|host: Host| async move {
        let _ = host.ask(revoke("x")).await;
        panic!("on purpose");
    });
    flow.need().unwrap();
    flow.answer(Answer::Unavailable).unwrap();
    let caught = catch_unwind(AssertUnwindSafe(|| flow.need().map(drop)));
    assert!(caught.is_err());
    for _ in 0..2 {
        assert_eq!(flow.need().map(|need| need.map(|need| need.name())), Err(FlowError::Poisoned));
        assert_eq!(flow.outcome(), Err(FlowError::Poisoned));
        assert_eq!(flow.answer(Answer::Unavailable), Err(FlowError::NothingAsked));
    }
    assert_eq!(format!("{flow:?}"), "Flow(poisoned)");
    let mut other = two_questions();
    assert!(other.need().unwrap().is_some());
}

#[test]
fn a_panic_before_the_first_need_poisons_too() {
    let mut flow: Flow<()> = Flow::new(|_| async { panic!("on purpose") });
    assert!(catch_unwind(AssertUnwindSafe(|| flow.need().map(drop))).is_err());
    assert_eq!(flow.outcome(), Err(FlowError::Poisoned));
}

#[test]
fn a_flow_prints_its_state_and_no_data() {
    let mut flow = Flow::new(|_| async { "data" });
    assert_eq!(format!("{flow:?}"), "Flow(suspended)");
    flow.need().unwrap();
    assert_eq!(format!("{flow:?}"), "Flow(finished)");
}

#[test]
fn two_flows_do_not_hear_each_other() {
    let (mut one, mut other) = (two_questions(), two_questions());
    one.need().unwrap();
    other.need().unwrap();
    one.answer(Answer::Value(json!("now"))).unwrap();
    assert_eq!(digest_of(&other.need().unwrap().unwrap()), json!(TokenDigest::of(b"first")));
    assert_eq!(digest_of(&one.need().unwrap().unwrap()), json!(TokenDigest::of(b"second")));
}

#[test]
fn a_flow_that_is_dropped_half_way_stores_nothing() {
    let mut world = World::new();
    let client = world.service();
    let request = authorized(form(&[("grant_type", "client_credentials")]), basic(&client.client_id, &client.secret));
    let endpoint = endpoint::find("token").unwrap();
    let mut flow = world.server.handle(endpoint, request, UnixTime(NOW));
    assert!(flow.need().unwrap().is_some());
    drop(flow);
    assert!(world.host.asked.is_empty() && world.host.tokens.is_empty());
}

#[test]
fn every_need_that_a_flow_asks_is_in_the_list_of_names() {
    let mut world = World::of_people();
    let client = world.register(full_draft());
    let token = world.token(&client);
    world.principal(&token);
    world.revoke(&client, &[("token", &token)]);
    let wrong = basic(&client.client_id, "wrong");
    world.send("token", authorized(form(&[("grant_type", "client_credentials")]), wrong));
    let app = world.register(spa_draft());
    let code = world.code(&app);
    world.exchange(&app, &code, &[("code_verifier", Some(CHALLENGE))]);
    let code = world.code(&app);
    let token = world.exchanged(&app, &code);
    world.identify(Identity::Me, &token);
    world.now += 11;
    world.exchange(&app, &code, &[]);
    let unborn = mint(TokenKind::Refresh, &Seeded::default()).unwrap();
    world.send("revoke", form(&[("token", unborn.text.expose()), ("client_id", &app.client_id)]));
    world.browser().user = None;
    let nobody = world.visit(&usual(&app));
    world.reconfigure(|config| config["methods"]["password"] = json!({"enabled": true, "epoch": 0}));
    let trusted = world.register(with(spa_draft(), json!({"grant_types": ["password"], "trusted": true})));
    let pairs =
        [("grant_type", "password"), ("username", "ann"), ("password", "no"), ("client_id", &trusted.client_id)];
    world.send("token", form(&pairs));
    world.sign();
    world.browser().user = Some(PERSON);
    let code = world.code(&app);
    world.exchanged(&app, &code);
    world.browser().session = Some("session".to_owned());
    let lasting = json!({"backchannel_logout_uri": "https://app.example/logout"});
    let app = world.register(with(spa_draft(), lasting));
    world.approved(&instead(&usual(&app), &[("scope", Some("openid"))]));
    world.says(Some(true));
    world.visit_logout(&[]);
    world.host.people.answers = Some(200);
    world.deliver_logouts();
    let mut names: Vec<&str> = world.host.asked.iter().map(|(name, _)| *name).chain(nobody.asked).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names, Need::NAMES);
    assert!(Need::NAMES.is_sorted());
}

#[test]
fn a_need_tells_when_it_can_be_answered() {
    assert_eq!(Need::from(FindVisitor {}).stage(), Stage::Interactive);
    let held = app_connect::need::HeldCapabilities { user: Id::new(1).unwrap(), capabilities: Vec::new() };
    assert_eq!(Need::from(held).stage(), Stage::Loaded);
    let find = FindAccessToken { digest: TokenDigest::of(b"") };
    assert_eq!(Need::from(find).stage(), Stage::Early);
}

#[test]
fn the_arguments_of_a_need_are_an_object_of_plain_data() {
    let need = Need::from(CountFailure { buckets: vec![TokenDigest::of(b"a")], window_start: UnixTime(600) });
    assert_eq!(need.name(), "count_failure");
    assert_eq!(need.args().unwrap(), json!({"buckets": [TokenDigest::of(b"a").as_str()], "window_start": 600}));
}
