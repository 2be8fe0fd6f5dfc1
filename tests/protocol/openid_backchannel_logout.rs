//! Apps are told of a logout (OpenID Connect Back-Channel Logout 1.0): what they are told, and how often.

use app_connect::event::Event;
use app_connect::flow::Answer;
use app_connect::jose::jwk::KeySet;
use app_connect::jose::verify::{Expectation, verify};
use app_connect::need::Need;
use app_connect::signing::logout_token::LOGOUT_TOKEN;
use app_connect::time::UnixTime;
use serde_json::{Value, json};

use crate::support::drive::Host;
use crate::support::hostile::{HostileHost, junk, places, removed, replaced};
use crate::support::sign_in::{PERSON, instead, usual, web_draft};
use crate::support::world::{Registered, World, body, with};

const URI: &str = "https://app.example/logout";

/// A site where a person signed in to an app and logged out.
fn ended() -> (World, Registered) {
    let mut world = World::of_people();
    world.browser().session = Some("session-1".to_owned());
    let app = world.register(with(web_draft(), json!({"backchannel_logout_uri": URI})));
    let code = world.approved(&instead(&usual(&app), &[("scope", Some("openid"))])).code();
    world.exchange(&app, &code, &[]);
    end(&mut world);
    (world, app)
}

fn end(world: &mut World) {
    for row in &mut world.host.people.sign_ins {
        (row.ended_at, row.due_at) = (Some(world.now), Some(world.now));
    }
}

#[test]
fn s2_4_the_token_says_which_sign_in_of_whom_ended_and_is_signed_as_id_tokens_are() {
    let (mut world, app) = ended();
    world.host.people.answers = Some(200);
    assert_eq!(body(&world.deliver_logouts().outcome), json!({"found": 1}));
    let (uri, token) = world.host.people.told[0].clone();
    assert_eq!(uri, URI);
    let keys = KeySet::parse(world.published("jwks").to_string().as_bytes()).unwrap();
    let expected = |typ| Expectation {
        issuer: "https://example.test",
        audience: &app.client_id,
        typ,
        leeway: 0,
        algorithms: None,
    };
    let mut claims = verify(token.as_bytes(), &keys, &expected(LOGOUT_TOKEN), UnixTime(world.now)).unwrap();
    assert!(verify(token.as_bytes(), &keys, &expected("JWT"), UnixTime(world.now)).is_err(), "no ID token");
    assert_eq!(claims.remove("jti").unwrap().as_str().unwrap().len(), 22);
    assert_eq!(
        Value::Object(claims),
        json!({
            "iss": "https://example.test", "sub": world.host.subjects[&PERSON].sub, "aud": app.client_id,
            "iat": world.now, "exp": world.now + 120, "sid": world.host.people.sign_ins[0].sid,
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        })
    );
    assert_eq!(body(&world.deliver_logouts().outcome), json!({"found": 0}), "once is enough");
}

#[test]
fn s2_8_who_does_not_answer_is_told_again_later_and_later_for_a_day() {
    for answer in [None, Some(500), Some(503), Some(404), Some(302)] {
        let (mut world, app) = ended();
        let began = world.now;
        world.host.people.answers = answer;
        let mut tries = 0;
        while let Some(due) = world.host.people.sign_ins[0].due_at {
            world.now = due;
            let ran = world.deliver_logouts();
            tries += 1;
            let last = world.host.people.sign_ins[0].due_at.is_none();
            let undelivered =
                Event::LogoutUndelivered { client: serde_json::from_value(json!(app.id)).unwrap(), status: answer };
            assert_eq!(ran.events, if last { vec![undelivered] } else { vec![] }, "{answer:?} {tries}");
            let jtis: Vec<&String> = world.host.people.told.iter().map(|(_, token)| token).collect();
            assert_eq!(jtis.len(), tries);
            world.now += 1;
            assert_eq!(body(&world.deliver_logouts().outcome), json!({"found": 0}), "not before it is due");
        }
        assert_eq!(tries, 7);
        assert!((60_000..=90_000).contains(&(world.now - began)), "{}", world.now - began);
    }
}

#[test]
fn s2_8_an_app_that_refuses_is_not_asked_again() {
    let (mut world, app) = ended();
    world.host.people.answers = Some(400);
    let ran = world.deliver_logouts();
    assert_eq!(
        ran.events,
        [Event::LogoutUndelivered { client: serde_json::from_value(json!(app.id)).unwrap(), status: Some(400) }]
    );
    assert!(ran.events[0].audited());
    assert_eq!(world.host.people.sign_ins[0].due_at, None);
}

#[test]
fn an_app_that_does_not_want_to_know_or_is_disabled_is_told_nothing() {
    let (mut world, app) = ended();
    world.host.client_mut(app.id).status = "disabled";
    assert_eq!(body(&world.deliver_logouts().outcome), json!({"found": 1}));
    assert!(world.host.people.told.is_empty());
    let mut world = World::of_people();
    world.browser().session = Some("session-1".to_owned());
    let app = world.register(web_draft());
    world.approved(&instead(&usual(&app), &[("scope", Some("openid"))])).code();
    end(&mut world);
    let ran = world.deliver_logouts();
    assert_eq!(body(&ran.outcome), json!({"found": 1}));
    assert!(world.host.people.told.is_empty() && ran.events.is_empty());
    assert_eq!(world.host.people.sign_ins[0].due_at, None);
}

#[test]
fn whoever_takes_a_sign_in_second_tells_nobody() {
    let (world, _) = ended();
    let first = |need: &Need| matches!(need, Need::ClaimLogout(_)).then(|| Answer::Value(json!("already")));
    let mut host = Lying { store: world.host.clone(), lie: &first };
    let ran = world.deliver_logouts_by(&mut host);
    assert_eq!(ran.asked, ["find_ended_sign_ins", "claim_logout"]);
    assert!(host.store.people.told.is_empty());
}

#[test]
fn a_site_that_is_switched_off_or_moved_tells_nobody() {
    for change in [json!({"enabled": false}), json!({"known_site": "A".repeat(43)})] {
        let (mut world, _) = ended();
        world.reconfigure(|config| config.as_object_mut().unwrap().extend(change.as_object().unwrap().clone()));
        let ran = world.deliver_logouts();
        assert_eq!((body(&ran.outcome), ran.asked.len()), (json!({"found": 0}), 0));
    }
}

#[test]
fn f_storage_that_fails_is_503_and_the_sign_in_stays() {
    let (world, _) = ended();
    for broken in ["find_ended_sign_ins", "claim_logout", "find_signing_keys", "send_logout_token", "settle_logout"] {
        let fails = |need: &Need| (need.name() == broken).then_some(Answer::Unavailable);
        let mut store = world.host.clone();
        store.people.answers = Some(200);
        let mut host = Lying { store, lie: &fails };
        assert_eq!(world.deliver_logouts_by(&mut host).outcome.status, 503, "{broken}");
        assert!(host.store.people.sign_ins[0].due_at.is_some(), "{broken}");
    }
}

#[test]
fn f_junk_in_a_row_is_500_or_tells_nobody_else() {
    let (world, app) = ended();
    let row = json!([{
        "id": 501, "sid": "x", "sub": "s", "client": app.id, "client_id": app.client_id, "status": "active",
        "config": json!({"backchannel_logout_uri": URI}).to_string(), "attempts": 0,
    }]);
    for place in places(&row) {
        for other in junk() {
            let lie = |need: &Need| {
                matches!(need, Need::FindEndedSignIns(_)).then(|| Answer::Value(replaced(row.clone(), &place, &other)))
            };
            let mut host = Lying { store: world.host.clone(), lie: &lie };
            let status = world.deliver_logouts_by(&mut host).outcome.status;
            assert!([200, 500, 503].contains(&status), "{place}");
            assert!(host.store.people.told.iter().all(|(uri, _)| uri == URI), "{place}");
        }
        if place.matches('/').count() == 2 {
            let lie = |_: Value| Answer::Value(removed(row.clone(), &place));
            let mut host = HostileHost::new(&world.host, 0, &lie);
            assert_eq!(world.deliver_logouts_by(&mut host).outcome.status, 500, "{place}");
        }
    }
}

/// A store that lies about some needs.
struct Lying<'a> {
    store: crate::support::memory::MemoryHost,
    lie: &'a dyn Fn(&Need) -> Option<Answer>,
}

impl Host for Lying<'_> {
    fn fulfil(&mut self, need: &Need) -> Answer {
        (self.lie)(need).unwrap_or_else(|| self.store.fulfil(need))
    }
}
