//! RFC 6749 §6, RFC 9700 §4.14.2: sessions go on, and a refresh token that came again ends them. Cases RT of the threat
//! model, on one worker; races over many are in `tests/wp`.

use app_connect::event::Event;
use app_connect::flow::Answer;
use app_connect::http::{Request, Response};
use app_connect::need::Need;
use app_connect::secret::base62;
use app_connect::secret::token::{TokenDigest, TokenKind, mint};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::drive::Host;
use crate::support::entropy::Seeded;
use crate::support::memory::MemoryHost;
use crate::support::requests::{authorized, basic, form};
use crate::support::sign_in::{PERSON, instead, spa_draft, usual, web_draft};
use crate::support::world::{Ran, Registered, World, body, with};

const DAY: i64 = 86_400;
const IDLE: i64 = 30 * DAY;
const YEAR: i64 = 365 * DAY;

fn staying(draft: Value) -> Value {
    with(draft, json!({"grant_types": ["authorization_code", "refresh_token"]}))
}

/// A site, a client of this draft that may stay, and what its code bought.
fn session_of(draft: Value) -> (World, Registered, String, String) {
    let mut world = World::of_people();
    let client = world.register(staying(draft));
    let (access, refresh) = session(&mut world, &client, &[]);
    (world, client, access, refresh)
}

fn session(world: &mut World, client: &Registered, changes: &[(&str, Option<&str>)]) -> (String, String) {
    let code = world.approved(&instead(&usual(client), changes)).code();
    let ran = world.exchange(client, &code, &[]);
    assert_eq!(ran.outcome.status, 200, "{}", ran.outcome.body);
    (ran.member("access_token"), ran.member("refresh_token"))
}

fn refresh_with(world: &mut World, client: &Registered, token: &str, pairs: &[(&str, &str)]) -> Ran<Response> {
    let request = refreshing(client, token, pairs);
    world.send("token", request)
}

fn refreshing(client: &Registered, token: &str, pairs: &[(&str, &str)]) -> Request {
    let mut all = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
    all.extend(pairs);
    if client.secret.is_empty() {
        all.push(("client_id", &client.client_id));
        return form(&all);
    }
    authorized(form(&all), basic(&client.client_id, &client.secret))
}

fn refresh(world: &mut World, client: &Registered, token: &str) -> Ran<Response> {
    refresh_with(world, client, token, &[])
}

/// The next refresh token, and the access token beside it.
#[track_caller]
fn next(world: &mut World, client: &Registered, token: &str) -> (String, String) {
    let ran = refresh(world, client, token);
    assert_eq!(ran.outcome.status, 200, "{}", ran.outcome.body);
    (ran.member("access_token"), ran.member("refresh_token"))
}

#[track_caller]
fn invalid_grant(ran: &Ran<Response>) {
    assert_eq!(ran.error(), (400, "invalid_grant".into()), "{}", ran.outcome.body);
}

#[test]
fn rt_01_a_refresh_brings_another_refresh_token_of_the_published_pattern() {
    let (mut world, client, access, first) = session_of(spa_draft());
    let ran = refresh(&mut world, &client, &first);
    assert_eq!(ran.asked, ["find_client", "find_session", "issue"]);
    let answer = body(&ran.outcome);
    let names: Vec<&String> = answer.as_object().unwrap().keys().collect();
    assert_eq!(names, ["access_token", "token_type", "expires_in", "refresh_token", "scope"]);
    let second = ran.member("refresh_token");
    assert_ne!(first, second);
    for token in [&first, &second] {
        assert!(token.starts_with("oauth_ac_r") && token.len() == 59, "{token}");
        assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'), "{token}");
    }
    assert_eq!(first[10..21], second[10..21], "the handle of the session");
    assert_ne!(ran.member("access_token"), access);
    assert!(world.principal(&access).is_some() && world.principal(&ran.member("access_token")).is_some());
    assert!(matches!(ran.events[..], [Event::TokenIssued { method: "refresh_token", .. }]), "{:?}", ran.events);
    assert_eq!(world.host.grants.len(), 1, "one row per session");
}

#[test]
fn rt_01_an_ancestor_that_comes_again_ends_the_session() {
    for back in 2..=5 {
        let (mut world, client, access, first) = session_of(spa_draft());
        let mut chain = vec![first];
        let mut tokens = vec![access];
        for _ in 0..5 {
            let (access, refresh) = next(&mut world, &client, chain.last().unwrap());
            chain.push(refresh);
            tokens.push(access);
        }
        let ran = refresh(&mut world, &client, &chain[chain.len() - 1 - back]);
        invalid_grant(&ran);
        assert_eq!(ran.asked, ["find_client", "find_session", "revoke_grant"]);
        assert!(matches!(ran.events[..], [Event::TokenReused { .. }]), "{:?}", ran.events);
        assert!(tokens.iter().all(|token| world.principal(token).is_none()));
        invalid_grant(&refresh(&mut world, &client, chain.last().unwrap()));
    }
}

#[test]
fn rt_01_a_stranger_with_the_handle_ends_nothing() {
    let (mut world, client, access, first) = session_of(spa_draft());
    let (_, second) = next(&mut world, &client, &first);
    let handle = &first[10..21];
    let other = mint(TokenKind::Refresh, &Seeded::default()).unwrap().text.expose().clone();
    let random = format!("oauth_ac_r{handle}{}", &other[21..53]);
    let forged = format!("{random}{}", base62::checksum(&random));
    let ran = refresh(&mut world, &client, &forged);
    invalid_grant(&ran);
    assert_eq!(ran.asked, ["find_client", "find_session"]);
    assert!(world.principal(&access).is_some());
    next(&mut world, &client, &second);
}

#[test]
fn rt_01_without_the_key_of_its_session_no_link_leads_to_the_next() {
    let (mut world, client, access, first) = session_of(spa_draft());
    let (_, second) = next(&mut world, &client, &first);
    // A copy of the database leads nowhere by itself; here the key is another one.
    world.grant_of(&access).chain.as_mut().unwrap().key = json!("A".repeat(43));
    invalid_grant(&refresh(&mut world, &client, &first));
    let third = next(&mut world, &client, &second).1;
    let (mut other, client, _, start) = session_of(spa_draft());
    let again = next(&mut other, &client, &start).1;
    assert_eq!((start, &again), (first, &second), "the same random bytes, the same key");
    assert_ne!(next(&mut other, &client, &again).1, third, "another key, another link");
}

#[test]
fn cg_02_a_code_that_comes_again_ends_the_session_that_it_bought() {
    let mut world = World::of_people();
    let client = world.register(staying(spa_draft()));
    let code = world.code(&client);
    let first = world.exchange(&client, &code, &[]).member("refresh_token");
    let (access, second) = next(&mut world, &client, &first);
    world.now += 11;
    invalid_grant(&world.exchange(&client, &code, &[]));
    assert!(world.principal(&access).is_none());
    invalid_grant(&refresh(&mut world, &client, &second));
}

#[test]
fn rt_03_a_lost_answer_is_survived_by_the_same_successor() {
    // Whatever the time, as long as nothing that came of the lost answer was used.
    for seconds in [0, 29, 31, DAY] {
        let (mut world, client, _, first) = session_of(spa_draft());
        let (lost, second) = next(&mut world, &client, &first);
        world.now += seconds;
        let ran = refresh(&mut world, &client, &first);
        assert_eq!(ran.asked, ["find_client", "find_session", "issue"]);
        assert_eq!(ran.member("refresh_token"), second, "nothing forks");
        assert_ne!(ran.member("access_token"), lost);
        assert!(world.principal(&ran.member("access_token")).is_some());
        next(&mut world, &client, &second);
    }
}

#[test]
fn rt_03_the_former_token_of_a_public_client_ends_the_session_once_its_successor_was_used() {
    for (seconds, lives) in [(0, true), (29, true), (30, false), (DAY, false)] {
        let (mut world, client, _, first) = session_of(spa_draft());
        let (access, _) = next(&mut world, &client, &first);
        assert!(world.principal(&access).is_some());
        assert_eq!(world.grant_of(&access).used_generation, 1);
        world.now += seconds;
        let ran = refresh(&mut world, &client, &first);
        assert_eq!(ran.outcome.status == 200, lives, "{seconds}");
        world.now -= seconds;
        assert_eq!(world.principal(&access).is_some(), lives, "{seconds}");
    }
}

#[test]
fn rt_03_the_first_access_token_used_says_nothing_of_the_second_answer() {
    let (mut world, client, access, first) = session_of(spa_draft());
    next(&mut world, &client, &first);
    assert!(world.principal(&access).is_some());
    world.now += 60;
    next(&mut world, &client, &first);
}

#[test]
fn rt_03_a_client_that_proves_who_it_is_may_repeat_itself() {
    let (mut world, client, _, first) = session_of(web_draft());
    let (access, second) = next(&mut world, &client, &first);
    assert!(world.principal(&access).is_some());
    world.now += DAY;
    assert_eq!(next(&mut world, &client, &first).1, second);
    let (_, third) = next(&mut world, &client, &second);
    invalid_grant(&refresh(&mut world, &client, &first));
    invalid_grant(&refresh(&mut world, &client, &third));
}

#[test]
fn rt_02_who_lost_the_race_gets_the_winners_refresh_token() {
    let (mut world, client, _, first) = session_of(spa_draft());
    // Another worker rotates between what this one reads and what it writes, with random bytes of its own.
    let mut rival = World::configured(world.config.clone());
    rival.now = world.now;
    for _ in 0..64 {
        rival.server.entropy().fill(&mut [0; 64]).unwrap();
    }
    let rival = Some((rival, refreshing(&client, &first, &[])));
    let mut racing = Racing { store: std::mem::take(&mut world.host), rival };
    let request = refreshing(&client, &first, &[]);
    let ran = world.send_to("token", request, &mut racing);
    assert!(racing.rival.is_none());
    assert_eq!(ran.outcome.status, 200, "{}", ran.outcome.body);
    assert_eq!(ran.asked, ["find_client", "find_session", "issue", "find_session", "issue"]);
    world.host = racing.store;
    let grant = world.grant_of(&ran.member("access_token")).clone();
    let present = grant.chain.unwrap();
    assert_eq!(present.generation, 1);
    assert_eq!(present.digest, TokenDigest::of(ran.member("refresh_token").as_bytes()));
}

struct Racing {
    store: MemoryHost,
    rival: Option<(World, Request)>,
}

impl Host for Racing {
    fn fulfil(&mut self, need: &Need) -> Answer {
        if matches!(need, Need::Issue(_))
            && let Some((rival, request)) = self.rival.take()
        {
            let ran = rival.send_to("token", request, &mut self.store);
            assert_eq!(ran.outcome.status, 200, "{}", ran.outcome.body);
        }
        self.store.fulfil(need)
    }

    fn waits(&self, need: &Need) -> bool {
        self.store.waits(need)
    }
}

#[test]
fn rt_04_another_client_gets_nothing_and_does_no_harm() {
    let (mut world, client, access, first) = session_of(web_draft());
    let other = world.register(staying(with(web_draft(), json!({"name": "Other"}))));
    let ran = refresh(&mut world, &other, &first);
    invalid_grant(&ran);
    assert_eq!(ran.asked, ["find_client", "find_session"]);
    next(&mut world, &client, &first);
    invalid_grant(&refresh(&mut world, &other, &first));
    assert!(world.principal(&access).is_some());
}

#[test]
fn rt_05_a_confidential_client_proves_who_it_is() {
    let (mut world, client, _, first) = session_of(web_draft());
    let anonymous = Registered { secret: String::new(), ..client.clone() };
    assert_eq!(refresh(&mut world, &anonymous, &first).error(), (401, "invalid_client".into()));
    let wrong = Registered { secret: "wrong".into(), ..client.clone() };
    assert_eq!(refresh(&mut world, &wrong, &first).error(), (401, "invalid_client".into()));
    next(&mut world, &client, &first);
}

#[test]
fn rt_06_a_narrower_scope_narrows_and_can_be_left_again() {
    let (mut world, client, _, first) = session_of(spa_draft());
    let ran = refresh_with(&mut world, &client, &first, &[("scope", "content:read")]);
    assert_eq!(ran.member("scope"), "content:read", "a part of all");
    let narrow = world.principal(&ran.member("access_token")).unwrap();
    assert!(narrow.authority.permits(["edit_posts"]) && !narrow.authority.permits(["upload_files"]));
    let (access, _) = next(&mut world, &client, &ran.member("refresh_token"));
    assert!(world.principal(&access).unwrap().authority.permits(["upload_files"]));
}

#[test]
fn rt_06_a_wider_scope_is_invalid_scope_and_costs_nothing() {
    let mut world = World::of_people();
    let client = world.register(staying(spa_draft()));
    let (_, first) = session(&mut world, &client, &[("scope", Some("content:read"))]);
    for wider in ["wp", "content:read content:write", "content:read openid", "nobody:knows", "content:read\""] {
        let ran = refresh_with(&mut world, &client, &first, &[("scope", wider)]);
        assert_eq!(ran.error(), (400, "invalid_scope".into()), "{wider}");
        assert!(!ran.asked.contains(&"issue"));
    }
    assert_eq!(refresh_with(&mut world, &client, &first, &[("scope", "content:read")]).member("scope"), "content:read");
}

#[test]
fn rt_07_a_session_that_is_not_refreshed_for_thirty_days_ends() {
    for (seconds, lives) in [(IDLE - 1, true), (IDLE, false)] {
        let (mut world, client, _, first) = session_of(spa_draft());
        world.now += seconds;
        assert_eq!(refresh(&mut world, &client, &first).outcome.status == 200, lives, "{seconds}");
    }
    let (mut world, client, _, mut token) = session_of(spa_draft());
    for _ in 0..4 {
        world.now += IDLE - 1;
        token = next(&mut world, &client, &token).1;
    }
}

#[test]
fn rt_07_no_session_outlives_a_year() {
    let (mut world, client, _, mut token) = session_of(spa_draft());
    let begin = world.now;
    while world.now + 20 * DAY < begin + YEAR {
        world.now += 20 * DAY;
        token = next(&mut world, &client, &token).1;
    }
    world.now = begin + YEAR - 10;
    let ran = refresh(&mut world, &client, &token);
    assert_eq!(body(&ran.outcome)["expires_in"], json!(10), "no access token outlives its session");
    world.now = begin + YEAR;
    invalid_grant(&refresh(&mut world, &client, &ran.member("refresh_token")));
    assert!(world.principal(&ran.member("access_token")).is_none());
}

#[test]
fn rt_08_what_is_no_refresh_token_is_refused_without_a_query() {
    let (mut world, client, access, first) = session_of(spa_draft());
    let code = mint(TokenKind::Code, &Seeded::default()).unwrap().text.expose().clone();
    for other in [access.as_str(), &code, "x", &first[..58], &first.to_uppercase()] {
        let ran = refresh(&mut world, &client, other);
        invalid_grant(&ran);
        assert_eq!(ran.asked, ["find_client"], "{other}");
    }
    let unknown = mint(TokenKind::Refresh, &Seeded::default()).unwrap().text.expose().clone();
    invalid_grant(&refresh(&mut world, &client, &unknown));
    let missing = form(&[("grant_type", "refresh_token"), ("client_id", &client.client_id)]);
    assert_eq!(world.send("token", missing).error(), (400, "invalid_request".into()));
    assert_eq!(world.principal(&first).map(|_| ()), None, "nor is it an access token");
}

type Change = fn(&mut World, &Registered, &str);

#[test]
fn rt_09_rt_10_what_ends_tokens_ends_sessions() {
    let changes: [(&str, Change); 9] = [
        ("password changed", |world, _, _| world.host.subjects.get_mut(&PERSON).unwrap().epoch += 1),
        ("user deleted", |world, _, _| world.host.subjects.get_mut(&PERSON).unwrap().deleted = true),
        ("client ended", |world, client, _| world.host.client_mut(client.id).epoch += 1),
        ("revoked", |world, _, access| world.grant_of(access).revoked_at = Some(1)),
        ("codes off", |world, _, _| {
            world.reconfigure(|config| config["methods"]["authorization_code"]["enabled"] = json!(false));
        }),
        ("codes off and on", |world, _, _| {
            world.reconfigure(|config| config["methods"]["authorization_code"]["epoch"] = json!(1));
        }),
        ("refresh off and on", |world, _, _| {
            world.reconfigure(|config| config["methods"]["refresh_token"]["epoch"] = json!(1));
        }),
        ("codes not for this client", |world, client, _| {
            let config = &mut world.host.client_mut(client.id).config;
            *config = config.replace("\"authorization_code\",", "");
        }),
        ("its end", |world, _, access| world.grant_of(access).expires_at = Some(1)),
    ];
    for (name, change) in changes {
        let (mut world, client, access, first) = session_of(spa_draft());
        change(&mut world, &client, &access);
        let ran = refresh(&mut world, &client, &first);
        invalid_grant(&ran);
        assert_eq!(ran.asked, ["find_client", "find_session"], "{name}");
    }
}

#[test]
fn rt_10_refresh_tokens_that_are_off_refresh_nothing() {
    let changes: [Change; 2] = [
        |world, _, _| world.reconfigure(|config| config["methods"]["refresh_token"]["enabled"] = json!(false)),
        |world, client, _| {
            let config = &mut world.host.client_mut(client.id).config;
            *config = config.replace(",\"refresh_token\"", "");
        },
    ];
    for change in changes {
        let (mut world, client, access, first) = session_of(spa_draft());
        change(&mut world, &client, &access);
        assert_eq!(refresh(&mut world, &client, &first).error(), (400, "unauthorized_client".into()));
        let code = world.code(&client);
        let ran = world.exchange(&client, &code, &[]);
        assert_eq!((ran.outcome.status, ran.member("refresh_token")), (200, String::new()));
    }
}

#[test]
fn who_signs_in_once_does_not_stay_unless_it_says_so() {
    let mut world = World::of_people();
    let client = world.register(staying(spa_draft()));
    for (scope, stays) in [("openid", false), ("openid wp", false), ("openid offline_access", true), ("wp", true)] {
        let (_, refresh) = session(&mut world, &client, &[("scope", Some(scope))]);
        assert_eq!(!refresh.is_empty(), stays, "{scope}");
    }
}

#[test]
fn rt_11_a_write_that_fails_spends_nothing() {
    let (mut world, client, _, first) = session_of(spa_draft());
    let mut broken = Broken(std::mem::take(&mut world.host));
    let ran = world.send_to("token", refreshing(&client, &first, &[]), &mut broken);
    assert_eq!(ran.error(), (503, "temporarily_unavailable".into()));
    world.host = broken.0;
    next(&mut world, &client, &first);
}

struct Broken(MemoryHost);

impl Host for Broken {
    fn fulfil(&mut self, need: &Need) -> Answer {
        if matches!(need, Need::Issue(_)) { Answer::Unavailable } else { self.0.fulfil(need) }
    }

    fn waits(&self, need: &Need) -> bool {
        self.0.waits(need)
    }
}

#[test]
fn rt_12_a_narrower_client_narrows_what_a_refresh_brings() {
    let (mut world, client, access, first) = session_of(spa_draft());
    let narrow = world.register(with(spa_draft(), json!({"mode": "restricted", "bundles": ["content:read"]})));
    let ceiling = world.host.client_mut(narrow.id).policy;
    world.host.client_mut(client.id).policy = ceiling;
    let (fresh, second) = next(&mut world, &client, &first);
    let [t, g, k] = world.policies_of(&fresh);
    assert!(t.within(&g) && t.within(&k));
    // Wider again: people are asked, and sessions do not widen beyond what was approved.
    let whole = world.policies_of(&access)[1].clone();
    world.set_ceiling(&client, &whole);
    let (wide, _) = next(&mut world, &client, &second);
    let [t, g, _] = world.policies_of(&wide);
    assert!(t.within(&g));
}

#[test]
fn a_resource_that_was_not_granted_is_invalid_target() {
    let (mut world, client, _, first) = session_of(spa_draft());
    let ran = refresh_with(&mut world, &client, &first, &[("resource", "https://example.test/wp-json")]);
    assert_eq!(ran.error(), (400, "invalid_target".into()));
    let resource = "https://example.test/wp-json";
    let (_, first) = session(&mut world, &client, &[("resource", Some(resource))]);
    let ran = refresh_with(&mut world, &client, &first, &[("resource", resource)]);
    assert_eq!(ran.outcome.status, 200);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// However its owner, a lost network and a thief mix up the tokens of a session: one session, one present token, and a
    /// thief who is not seen has nothing once the owner came back twice.
    #[test]
    fn rt_01_any_order_of_any_tokens_leaves_one_session(picks in proptest::collection::vec((0_usize..8, 0_i64..100), 1..24)) {
        let (mut world, client, _, first) = session_of(spa_draft());
        let mut chain = vec![first];
        let mut ended = false;
        for (pick, seconds) in picks {
            world.now = world.now.saturating_add(seconds);
            let back = pick.min(chain.len().saturating_sub(1));
            let token = chain.iter().rev().nth(back).unwrap().clone();
            let ran = refresh(&mut world, &client, &token);
            if ran.outcome.status == 200 {
                prop_assert!(!ended && back <= 1);
                let given = ran.member("refresh_token");
                if back == 0 { chain.push(given) } else { prop_assert_eq!(&given, chain.last().unwrap()) }
            } else {
                prop_assert_eq!(ran.error(), (400, "invalid_grant".into()));
                prop_assert!(ended || back > 1);
                ended = true;
            }
            prop_assert_eq!(world.host.grants.len(), 1);
        }
    }
}

#[test]
fn f0_09_a_clock_that_jumps_lets_nothing_outlive_its_time() {
    let (mut world, client, token, first) = session_of(spa_draft());
    let (born, hour) = (world.now, 3600);
    // Back and forth: a token ends when its time has come, however early it seemed before.
    for (at, lives) in [(-7200, true), (hour - 1, true), (hour, false), (0, true), (hour + 60, false)] {
        world.now = born.saturating_add(at);
        assert_eq!(world.principal(&token).is_some(), lives, "{at}");
    }
    // Refreshed while the clock was an hour behind, a session gains no second of its year.
    world.now = born.saturating_sub(hour);
    let mut last = next(&mut world, &client, &first).1;
    let mut now = born;
    while now < born.saturating_add(YEAR).saturating_sub(IDLE) {
        now = now.saturating_add(IDLE).saturating_sub(2 * hour);
        world.now = now;
        last = next(&mut world, &client, &last).1;
    }
    world.now = born.saturating_add(YEAR).saturating_sub(1);
    let (access, last) = next(&mut world, &client, &last);
    world.now = born.saturating_add(YEAR);
    invalid_grant(&refresh(&mut world, &client, &last));
    assert!(world.principal(&access).is_none(), "nor does its last access token");
}
