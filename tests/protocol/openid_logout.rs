//! Logging out by an app (OpenID Connect RP-Initiated Logout 1.0) and what it ends; case OI-12 of the threat model.

use app_connect::http::{Request, Response};
use app_connect::need::Need;
use serde_json::{Value, json};

use crate::support::requests::{authorized, basic, form};
use crate::support::sign_in::{PERSON, Visit, instead, usual, visit_logout, web_draft};
use crate::support::world::{Ran, Registered, World, body, refusal, with};

const AFTER: &str = "https://app.example/bye";

fn site() -> (World, Registered) {
    let mut world = World::of_people();
    world.browser().session = Some("session-1".to_owned());
    let app = world.register(draft(json!({})));
    (world, app)
}

fn draft(changes: Value) -> Value {
    let logout = json!({
        "grant_types": ["authorization_code", "refresh_token"],
        "post_logout_redirect_uris": [AFTER, "http://127.0.0.1/bye", "https://app.example/bye?x=1"],
    });
    with(with(web_draft(), logout), changes)
}

fn sign_in(world: &mut World, app: &Registered, scope: &str) -> Ran<Response> {
    let code = world.approved(&instead(&usual(app), &[("scope", Some(scope))])).code();
    world.exchange(app, &code, &[])
}

/// The claims of a token, unverified.
fn claims(token: &str) -> Value {
    use base64::Engine;
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&payload).unwrap()
}

/// The same, by a person who says yes.
fn log_out(world: &mut World, pairs: &[(&str, &str)]) -> Visit {
    world.says(Some(true));
    let visit = world.visit_logout(pairs);
    world.says(None);
    visit
}

fn location(visit: &Visit) -> &str {
    let response = visit.response.as_ref().unwrap_or_else(|| panic!("{:?} waits", visit.waits));
    assert_eq!((response.status, response.header("Referrer-Policy")), (303, Some("no-referrer")));
    response.header("Location").unwrap()
}

#[test]
fn s2_the_person_is_asked_and_logged_out_and_sent_back_with_the_state() {
    let (mut world, app) = site();
    let token = sign_in(&mut world, &app, "openid").member("id_token");
    let pairs = [
        ("id_token_hint", &token[..]),
        ("post_logout_redirect_uri", AFTER),
        ("state", "a&b=\u{e9} c"),
        ("ui_locales", "de"),
    ];
    let asked = world.visit_logout(&pairs);
    assert_eq!(asked.at_door.last(), Some(&"find_visitor"), "nobody is logged out where nobody is");
    let Some(Need::ConfirmLogout(shown)) = &asked.waits else {
        panic!("{asked:?}");
    };
    assert_eq!((shown.client.as_deref(), shown.user.value()), (Some("Newsletter"), PERSON));
    assert_eq!(shown.redirect.as_ref().unwrap().name, "app.example");
    let done = log_out(&mut world, &pairs);
    assert_eq!(location(&done), "https://app.example/bye?state=a%26b%3D%C3%A9%20c");
    assert_eq!(world.browser().user, None);
}

#[test]
fn s2_who_says_no_stays() {
    let (mut world, app) = site();
    let token = sign_in(&mut world, &app, "openid").member("id_token");
    world.says(Some(false));
    let stays = world.visit_logout(&[("id_token_hint", &token), ("post_logout_redirect_uri", AFTER)]);
    assert_eq!(stays.page(), (200, "still_logged_in"));
    assert!(!stays.asked.contains(&"log_out"));
    assert_eq!(world.browser().user, Some(PERSON));
}

#[test]
fn s3_without_an_address_a_page_says_that_it_is_done() {
    let (mut world, app) = site();
    let token = sign_in(&mut world, &app, "openid").member("id_token");
    let id = app.client_id.clone();
    for pairs in [
        vec![],
        vec![("state", "x")],
        vec![("id_token_hint", token.as_str())],
        vec![("client_id", id.as_str())],
        // Nobody says whose address it is.
        vec![("post_logout_redirect_uri", AFTER), ("state", "x")],
    ] {
        world.sit(PERSON);
        assert_eq!(log_out(&mut world, &pairs).page(), (200, "logged_out"), "{pairs:?}");
        assert_eq!(world.browser().user, None);
    }
}

#[test]
fn s2_where_nobody_is_signed_in_nobody_is_asked() {
    let (mut world, app) = site();
    let token = sign_in(&mut world, &app, "openid").member("id_token");
    world.browser().user = None;
    let done = world.visit_logout(&[("id_token_hint", &token), ("post_logout_redirect_uri", AFTER)]);
    assert_eq!(location(&done), AFTER);
    assert!(!done.asked.contains(&"log_out"));
    assert_eq!(world.visit_logout(&[]).page(), (200, "logged_out"));
}

#[test]
fn oi_12_a_hint_that_is_none_leads_to_a_page_and_logs_nobody_out() {
    let (mut world, app) = site();
    let other = world.register(draft(json!({"name": "Other"})));
    let ran = sign_in(&mut world, &app, "openid");
    let token = ran.member("id_token");
    let (start, signature) = token.rsplit_once('.').unwrap();
    let flipped = if signature.starts_with('A') { "B" } else { "A" };
    let modified = format!("{start}.{flipped}{}", &signature[1..]);
    let access = ran.member("access_token");
    for (hint, client) in [
        (modified.as_str(), None),
        ("", Some("")),
        ("nonsense", None),
        ("a.b.c", None),
        (access.as_str(), None),
        (token.as_str(), Some(other.client_id.as_str())),
    ] {
        let pairs = [("id_token_hint", Some(hint)), ("client_id", client), ("post_logout_redirect_uri", Some(AFTER))];
        let pairs: Vec<(&str, &str)> = pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        let seen = world.visit_logout(&pairs);
        if hint.is_empty() {
            assert!(matches!(seen.waits, Some(Need::ConfirmLogout(_))), "an empty parameter is none");
        } else {
            assert_eq!(seen.page(), (400, "logout_hint"), "{hint}");
        }
        assert_eq!(world.browser().user, Some(PERSON));
    }
}

#[test]
fn oi_12_an_address_that_is_not_registered_leads_to_a_page() {
    let (mut world, app) = site();
    let token = sign_in(&mut world, &app, "openid").member("id_token");
    for uri in [
        "https://evil.example/bye",
        "https://app.example/bye?foo=bar",
        "https://app.example/bye/",
        "https://app.example/by",
        "https://app.example/bye?x=1&y=2",
        // A redirect URI is none of these.
        "https://app.example/cb",
        "javascript:alert(1)",
        "//app.example/bye",
    ] {
        let pairs = [("id_token_hint", token.as_str()), ("post_logout_redirect_uri", uri)];
        assert_eq!(world.visit_logout(&pairs).page(), (400, "redirect_mismatch"), "{uri}");
        let pairs = [("client_id", app.client_id.as_str()), ("post_logout_redirect_uri", uri)];
        assert_eq!(world.visit_logout(&pairs).page(), (400, "redirect_mismatch"), "{uri}");
    }
    for (uri, end) in [("https://app.example/bye?x=1", "&state=s"), ("http://127.0.0.1:8123/bye", "?state=s")] {
        world.sit(PERSON);
        let pairs = [("id_token_hint", token.as_str()), ("post_logout_redirect_uri", uri), ("state", "s")];
        assert_eq!(location(&log_out(&mut world, &pairs)), format!("{uri}{end}"));
    }
}

#[test]
fn a_client_that_is_unknown_or_disabled_sends_nobody_anywhere() {
    let (mut world, app) = site();
    let token = sign_in(&mut world, &app, "openid").member("id_token");
    assert_eq!(world.visit_logout(&[("client_id", "nobody-knows-it")]).page(), (400, "client_unknown"));
    world.host.client_mut(app.id).status = "disabled";
    let pairs = [("id_token_hint", token.as_str()), ("post_logout_redirect_uri", AFTER)];
    assert_eq!(world.visit_logout(&pairs).page(), (400, "client_unknown"));
}

#[test]
fn what_cannot_be_read_is_told_to_the_person() {
    let (mut world, _) = site();
    for query in ["state=a&state=b", "state[]=a", "state=%ff", "client.id=x"] {
        assert_eq!(world.follow(&visit_logout(query)).page(), (400, "malformed"), "{query}");
    }
    assert_eq!(world.follow(&visit_logout("x".repeat(9000))).page(), (400, "malformed"));
}

#[test]
fn s2_a_form_is_as_good_as_a_query_and_an_expired_hint_as_a_fresh_one() {
    let (mut world, app) = site();
    let token = sign_in(&mut world, &app, "openid").member("id_token");
    world.now += 400 * 86_400;
    world.says(Some(true));
    let pairs = [("id_token_hint", token.as_str()), ("post_logout_redirect_uri", AFTER)];
    let posted = Request { uri: b"/wp-json/app-connect/v1/logout".to_vec(), ..form(&pairs) };
    assert_eq!(location(&world.follow(&posted)), AFTER);
}

#[test]
fn an_answer_counts_for_exactly_what_was_shown() {
    let (mut world, app) = site();
    let token = sign_in(&mut world, &app, "openid").member("id_token");
    let mut digests = Vec::new();
    for pairs in [
        vec![],
        vec![("client_id", app.client_id.as_str())],
        vec![("id_token_hint", token.as_str()), ("post_logout_redirect_uri", AFTER)],
        vec![("id_token_hint", token.as_str()), ("post_logout_redirect_uri", AFTER), ("state", "x")],
    ] {
        let Some(Need::ConfirmLogout(shown)) = world.visit_logout(&pairs).waits else { panic!() };
        digests.push(shown.digest);
    }
    world.browser().session = Some("session-2".to_owned());
    let Some(Need::ConfirmLogout(shown)) = world.visit_logout(&[]).waits else { panic!() };
    digests.push(shown.digest);
    let count = digests.len();
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), count);
}

#[test]
fn sid_is_one_for_each_app_and_browser_session_and_comes_with_every_id_token_of_it() {
    let (mut world, app) = site();
    let other = world.register(draft(json!({"name": "Other"})));
    let sid = |ran: &Ran<Response>| claims(&ran.member("id_token"))["sid"].as_str().unwrap().to_owned();
    let first = sign_in(&mut world, &app, "openid offline_access");
    let again = sign_in(&mut world, &app, "openid");
    let elsewhere = sign_in(&mut world, &other, "openid");
    assert_eq!(sid(&first), sid(&again));
    assert_ne!(sid(&first), sid(&elsewhere));
    assert_eq!(sid(&first).len(), 22);
    assert!(!sid(&first).contains("session"));
    let pairs = [("grant_type", "refresh_token"), ("refresh_token", &first.member("refresh_token"))];
    let refreshed = world.send("token", authorized(form(&pairs), basic(&app.client_id, &app.secret)));
    assert_eq!(sid(&refreshed), sid(&first));
    world.browser().session = Some("session-2".to_owned());
    assert_ne!(sid(&sign_in(&mut world, &app, "openid")), sid(&first));
    assert_eq!(world.host.people.sign_ins.len(), 3);
}

#[test]
fn who_does_not_sign_in_by_openid_or_by_a_session_has_no_sid() {
    let (mut world, app) = site();
    assert!(body(&sign_in(&mut world, &app, "wp").outcome).get("id_token").is_none());
    world.browser().session = None;
    let ran = sign_in(&mut world, &app, "openid");
    assert!(claims(&ran.member("id_token")).get("sid").is_none());
    assert!(world.host.people.sign_ins.is_empty());
}

#[test]
fn a_logout_ends_what_began_with_the_session_but_what_was_to_outlive_it() {
    let (mut world, app) = site();
    let short = sign_in(&mut world, &app, "openid profile").member("access_token");
    let lasting = sign_in(&mut world, &app, "openid offline_access");
    let unspent = world.approved(&instead(&usual(&app), &[("scope", Some("openid"))])).code();
    log_out(&mut world, &[]);
    let header = |token: &str| crate::support::requests::rest("/wp/v2/posts", Some(&format!("Bearer {token}")));
    assert_eq!(refusal(&world.authenticate(header(&short)).outcome), Some("401 invalid_token"));
    assert_eq!(refusal(&world.authenticate(header(&lasting.member("access_token"))).outcome), None);
    let pairs = [("grant_type", "refresh_token"), ("refresh_token", &lasting.member("refresh_token"))];
    assert_eq!(world.send("token", authorized(form(&pairs), basic(&app.client_id, &app.secret))).outcome.status, 200);
    assert_eq!(world.exchange(&app, &unspent, &[]).error(), (400, "invalid_grant".into()));
}

#[test]
fn after_all_that_a_user_has_ended_the_same_browser_signs_in_anew() {
    let (mut world, app) = site();
    let sid = |ran: &Ran<Response>| claims(&ran.member("id_token"))["sid"].clone();
    let before = sid(&sign_in(&mut world, &app, "openid"));
    // "Log Out Everywhere Else": everything but the browser's session.
    world.host.subjects.get_mut(&PERSON).unwrap().epoch += 1;
    for row in &mut world.host.people.sign_ins {
        (row.ended_at, row.due_at) = (Some(world.now), Some(world.now));
    }
    let after = sign_in(&mut world, &app, "openid");
    assert_eq!(after.outcome.status, 200, "{}", after.outcome.body);
    assert_ne!(sid(&after), before);
}
