//! Filters propose, Rust disposes, where people sign in: whatever a host answers, a code is sent if and only if it was
//! stored, it is within the client's ceiling, and nobody is sent anywhere but to the registered redirect URI.

use std::collections::BTreeSet;

use app_connect::authority::policy::Policy;
use app_connect::event::Event;
use app_connect::flow::Answer;
use app_connect::model::policy_row::PolicyRef;
use app_connect::need::Need;
use serde_json::{Value, json};

use crate::support::hostile::{HostileHost, junk, places, removed, replaced};
use crate::support::sign_in::{CALLBACK, Visit, instead, spa_draft, usual, visit, web_draft, writer_draft};
use crate::support::world::{World, with};

/// A request that was handed over, on a site where it ends with a code.
struct Scene {
    name: &'static str,
    world: World,
    handover: String,
    needs: &'static [&'static str],
}

const ASKED: &[&str] = &["find_client", "find_visitor", "find_consent", "held_capabilities", "approve", "store_code"];
const UNASKED: &[&str] = &["find_client", "find_visitor", "find_consent", "held_capabilities", "store_code"];

fn scenes() -> Vec<Scene> {
    let mut scenes = Vec::new();
    for (name, draft, remembered, needs) in [
        ("somebody approves", writer_draft(), false, ASKED),
        ("it was approved before", web_draft(), true, UNASKED),
        ("nobody need be asked", with(web_draft(), json!({"first_party": true})), false, UNASKED),
    ] {
        let mut world = World::of_people();
        let client = world.register(draft);
        if remembered {
            world.code(&client);
        }
        world.says(Some(true));
        let handover = world.server.handover(&visit(&instead(&usual(&client), &[("scope", Some("wp openid"))])));
        if remembered {
            let consents = &mut world.host.people.consents;
            consents.clear();
            world.resume(&handover).code();
        }
        scenes.push(Scene { name, world, handover, needs });
    }
    scenes
}

/// Whether a code was answered as stored, and G of it.
fn stored(host: &HostileHost<'_>) -> Option<Policy> {
    let (need, _) = host.exchanged.iter().find(
        |(need, answer)| matches!((need, answer), (Need::StoreCode(_), Answer::Value(word)) if word == "stored"),
    )?;
    let Need::StoreCode(need) = need else { return None };
    Some(match &need.policy {
        PolicyRef::New { body, .. } => Policy::parse(body).unwrap(),
        PolicyRef::Known(id) => {
            let row = &host.answered("find_client").unwrap()["client"]["policy"];
            assert_eq!(row["id"], id.value());
            Policy::parse(row["body"].as_str().unwrap()).unwrap()
        }
    })
}

/// What holds for every visit.
fn judge(context: &str, visit: &Visit, host: &HostileHost<'_>) {
    let stored = stored(host);
    assert!(!format!("{:?}", visit.events).contains("CANARY"), "{context}");
    let Some(response) = &visit.response else {
        assert!(stored.is_none(), "{context}");
        return;
    };
    let location = response.header("Location").unwrap_or_default();
    assert!(!location.contains("CANARY") && !format!("{:?}", response.headers).contains("Set-Cookie"), "{context}");
    if let Some(page) = &response.page {
        assert!([400, 500, 503].contains(&visit.page().0) && stored.is_none(), "{context}");
        assert!(!page.detail.contains("CANARY"), "{context}");
        return;
    }
    let back = visit.back_to(CALLBACK);
    assert_eq!((back["state"].as_str(), back["iss"].as_str()), ("af0ifjsldkj", "https://example.test"), "{context}");
    assert_eq!(back.contains_key("code"), stored.is_some(), "{context}: a code is sent if and only if it was stored");
    if let Some(error) = back.get("error") {
        let known = [
            "access_denied",
            "invalid_request",
            "invalid_scope",
            "login_required",
            "server_error",
            "temporarily_unavailable",
            "unauthorized_client",
        ];
        assert!(known.contains(&error.as_str()), "{context}: {error}");
    }
    if let Some(granted) = stored {
        let ceiling = host.answered("find_client").unwrap()["client"]["policy"]["body"].as_str().unwrap();
        assert!(granted.within(&Policy::parse(ceiling).unwrap()), "{context}: G in K");
        let held = host.answered("held_capabilities").unwrap().as_array().unwrap();
        assert!(
            granted.takeover.is_empty()
                || held.iter().filter_map(Value::as_str).any(|name| granted.takeover.contains(name)),
            "{context}: G in what the user holds"
        );
    }
}

/// The answers of an honest host to these needs.
fn honest(scene: &Scene) -> Vec<Value> {
    let truth = |value: Value| Answer::Value(value);
    let mut host = HostileHost::new(&scene.world.host, usize::MAX, &truth);
    let visit = scene.world.come(&scene.handover, &mut host);
    assert_eq!(visit.asked, scene.needs, "{}", scene.name);
    visit.code();
    judge(scene.name, &visit, &host);
    let value = |answer: &Answer| match answer {
        Answer::Value(value) => value.clone(),
        Answer::Unavailable => Value::Null,
    };
    host.exchanged.iter().map(|(_, answer)| value(answer)).collect()
}

#[test]
fn junk_in_any_place_of_any_answer_sends_nobody_astray() {
    let mut tried = 0_usize;
    let mut seen = BTreeSet::new();
    for scene in scenes() {
        for (at, answer) in honest(&scene).into_iter().enumerate() {
            for place in places(&answer) {
                for other in junk() {
                    let context = format!("{} {} {place} {:.60}", scene.name, scene.needs[at], other.to_string());
                    let lie = |value: Value| Answer::Value(replaced(value, &place, &other));
                    let mut host = HostileHost::new(&scene.world.host, at, &lie);
                    let visit = scene.world.come(&scene.handover, &mut host);
                    judge(&context, &visit, &host);
                    seen.insert(visit.response.map_or(0, |response| response.status));
                    tried = tried.saturating_add(1);
                }
            }
        }
    }
    assert!(tried > 1000, "{tried}");
    assert_eq!(seen, BTreeSet::from([0, 303, 400, 500]));
}

#[test]
fn a_member_that_is_missing_is_server_error() {
    for scene in scenes() {
        for (at, answer) in honest(&scene).into_iter().enumerate() {
            let objects = places(&answer).into_iter().filter(|place| {
                let parent = place.rsplit_once('/').map(|(parent, _)| parent);
                parent.is_some_and(|parent| answer.pointer(parent).is_some_and(Value::is_object))
            });
            for place in objects {
                let lie = |value: Value| Answer::Value(removed(value, &place));
                let mut host = HostileHost::new(&scene.world.host, at, &lie);
                let visit = scene.world.come(&scene.handover, &mut host);
                let context = format!("{} {} {place}", scene.name, scene.needs[at]);
                judge(&context, &visit, &host);
                assert_eq!(visit.events, [Event::HostFault { need: scene.needs[at] }], "{context}");
                if at == 0 {
                    assert_eq!(visit.page(), (500, "server_error"), "{context}");
                } else {
                    assert_eq!(visit.error(), "server_error", "{context}");
                }
            }
        }
    }
}

#[test]
fn a_store_that_is_down_is_a_page_before_the_way_back_is_known_and_temporarily_unavailable_after() {
    for scene in scenes() {
        for at in 0..scene.needs.len() {
            let lie = |_| Answer::Unavailable;
            let mut host = HostileHost::new(&scene.world.host, at, &lie);
            let visit = scene.world.come(&scene.handover, &mut host);
            assert_eq!(visit.asked, scene.needs[..=at]);
            if at == 0 {
                assert_eq!(visit.page(), (503, "unavailable"));
                assert_eq!(visit.response.as_ref().unwrap().header("Retry-After"), Some("5"));
            } else {
                assert_eq!(visit.error(), "temporarily_unavailable", "{} {at}", scene.name);
            }
            assert!(visit.events.is_empty() && stored(&host).is_none());
        }
    }
}

#[test]
fn an_approval_is_the_boolean_true_and_nothing_else() {
    let scene = &scenes()[0];
    for other in [json!(1), json!("true"), json!("yes"), json!(null), json!([]), json!({"approved": true})] {
        let lie = |_| Answer::Value(json!({"approved": other}));
        let mut host = HostileHost::new(&scene.world.host, 4, &lie);
        let visit = scene.world.come(&scene.handover, &mut host);
        assert_eq!(visit.error(), "server_error", "{other}");
        assert!(stored(&host).is_none());
    }
}

#[test]
fn capabilities_that_were_not_asked_about_are_not_granted() {
    let mut world = World::of_people();
    let client = world.register(with(writer_draft(), json!({"takeover": ["export"]})));
    world.says(Some(true));
    let handover = world.server.handover(&visit(&usual(&client)));
    let lie = |_| Answer::Value(json!(["read", "manage_options", "edit_users", "export", "all", "exist"]));
    let mut host = HostileHost::new(&world.host, 3, &lie);
    world.come(&handover, &mut host).code();
    let granted = stored(&host).unwrap();
    assert!(granted.takeover.contains("export"));
    for name in ["manage_options", "edit_users", "all", "exist"] {
        assert!(!granted.takeover.contains(name) && !granted.caps.contains(name), "{name}");
    }
}

#[test]
fn ca_15_the_row_of_another_client_identifier_is_not_believed() {
    let mut world = World::of_people();
    let client = world.register(spa_draft());
    let handover = world.server.handover(&visit(&usual(&client)));
    for other in [client.client_id.to_uppercase(), format!("{} ", client.client_id), "x".into()] {
        let lie = |value: Value| Answer::Value(replaced(value, "/client/client_id", &json!(other)));
        let mut host = HostileHost::new(&world.host, 0, &lie);
        assert_eq!(world.come(&handover, &mut host).page(), (400, "client_unknown"), "{other}");
    }
}

#[test]
fn a_consent_row_that_covers_more_than_the_ceiling_grants_no_more_than_the_ceiling() {
    let scene = &scenes()[0];
    let everything = Policy::everything().canonical();
    let lie = |_| Answer::Value(json!({"epoch": 0, "consent": {"policy": everything, "expires_at": null}}));
    let mut host = HostileHost::new(&scene.world.host, 2, &lie);
    let visit = scene.world.come(&scene.handover, &mut host);
    visit.code();
    judge("a wide consent", &visit, &host);
}
