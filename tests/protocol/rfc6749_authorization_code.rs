//! RFC 6749 §4.1.2 to §4.1.4, RFC 7636 §4.6, RFC 9700 §4.5: what a code buys, once, and what it costs to try again. Cases
//! CG and PK of the threat model, on one worker; races over many are in `tests/wp`.

use app_connect::authority::names::Names;
use app_connect::event::Event;
use app_connect::flow::Answer;
use app_connect::http::{Request, Response};
use app_connect::need::Need;
use app_connect::secret::token::{TokenKind, mint};
use serde_json::{Value, json};

use crate::support::drive::Host;
use crate::support::entropy::Seeded;
use crate::support::memory::MemoryHost;
use crate::support::requests::{FORM, authorized, basic, post};
use crate::support::sign_in::{
    CALLBACK, CHALLENGE, PERSON, VERIFIER, exchange, instead, spa_draft, usual, web_draft, writer_draft,
};
use crate::support::world::{Ran, Registered, World, body, with};

/// A site of people, and the single-page app.
fn site() -> (World, Registered) {
    let mut world = World::of_people();
    let client = world.register(spa_draft());
    (world, client)
}

/// The same, with a code.
fn site_with_code() -> (World, Registered, String) {
    let (mut world, client) = site();
    let code = world.code(&client);
    (world, client, code)
}

#[track_caller]
fn invalid_grant(ran: &Ran<Response>) {
    assert_eq!(ran.error(), (400, "invalid_grant".into()), "{}", ran.member("error_description"));
}

#[test]
fn cg_01_pk_01_a_code_buys_one_bearer_token() {
    let (mut world, client, code) = site_with_code();
    let ran = world.exchange(&client, &code, &[]);
    assert_eq!(ran.asked, ["find_client", "find_code", "held_capabilities", "issue"]);
    let answer = body(&ran.outcome);
    assert_eq!(
        answer.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["access_token", "token_type", "expires_in", "scope"]
    );
    assert_eq!(
        (&answer["token_type"], &answer["expires_in"], &answer["scope"]),
        (&json!("Bearer"), &json!(3600), &json!("wp"))
    );
    assert!(matches!(ran.events[..], [Event::TokenIssued { method: "authorization_code", .. }]), "{:?}", ran.events);
    let token = ran.member("access_token");
    let principal = world.principal(&token).unwrap();
    assert_eq!((principal.user.value(), principal.client_id), (PERSON, client.client_id.clone()));
    assert_eq!(principal.sub, world.host.subjects[&PERSON].sub);
    assert_ne!(principal.sub, client.client_id);
    let grant = world.grant_of(&token).clone();
    assert_eq!((grant.user, grant.client, grant.method.as_str()), (PERSON, client.id, "authorization_code"));
    assert_eq!((grant.auth_time, grant.resource), (Some(world.now - 60), None));
    assert_eq!(world.code_mut(&code).grant, Some(grant.id));
    let now = world.now;
    assert_eq!(world.code_mut(&code).consumed_at, Some(now));
}

#[test]
fn cg_01_the_second_exchange_is_invalid_grant() {
    let (mut world, client, code) = site_with_code();
    let token = world.exchanged(&client, &code);
    let ran = world.exchange(&client, &code, &[]);
    invalid_grant(&ran);
    assert_eq!(world.host.tokens.len(), 1);
    assert!(world.principal(&token).is_some(), "a client that sent its request twice keeps its token");
    assert!(ran.events.is_empty());
}

#[test]
fn cg_02_a_code_that_comes_again_after_ten_seconds_ends_what_it_bought() {
    for (seconds, lives) in [(0, true), (10, true), (11, false), (30, false), (86_400, false)] {
        let (mut world, client, code) = site_with_code();
        let token = world.exchanged(&client, &code);
        world.now += seconds;
        let ran = world.exchange(&client, &code, &[]);
        invalid_grant(&ran);
        world.now -= seconds;
        assert_eq!(world.principal(&token).is_some(), lives, "{seconds}");
        assert_eq!(matches!(ran.events[..], [Event::TokenReused { .. }]), !lives, "{seconds} {:?}", ran.events);
        if !lives {
            assert_eq!(ran.asked, ["find_client", "find_code", "revoke_grant"]);
        }
    }
}

#[test]
fn cg_02_a_replay_ends_the_tokens_at_once_without_the_verifier() {
    for verifier in [None, Some("short"), Some(CHALLENGE)] {
        let (mut world, client, code) = site_with_code();
        let token = world.exchanged(&client, &code);
        let ran = world.exchange(&client, &code, &[("code_verifier", verifier)]);
        invalid_grant(&ran);
        assert!(world.principal(&token).is_none(), "{verifier:?}");
    }
}

#[test]
fn cg_09_without_pkce_a_replay_ends_the_tokens_at_once() {
    let mut world = World::of_people();
    let client = world.register(with(web_draft(), json!({"require_pkce": false})));
    let pairs = instead(&usual(&client), &[("code_challenge", None), ("code_challenge_method", None)]);
    let code = world.approved(&pairs).code();
    let ran = world.exchange(&client, &code, &[("code_verifier", None)]);
    let token = ran.member("access_token");
    assert!(world.principal(&token).is_some());
    invalid_grant(&world.exchange(&client, &code, &[("code_verifier", None)]));
    assert!(world.principal(&token).is_none());
}

#[test]
fn cg_03_another_client_that_replays_a_spent_code_ends_nothing() {
    let (mut world, client, code) = site_with_code();
    let other = world.register(spa_draft());
    let token = world.exchanged(&client, &code);
    world.now += 60;
    for verifier in [None, Some(VERIFIER), Some(CHALLENGE)] {
        let ran = world.exchange(&other, &code, &[("code_verifier", verifier)]);
        invalid_grant(&ran);
        assert_eq!(ran.asked, ["find_client", "find_code"]);
        assert!(ran.events.is_empty());
    }
    assert!(world.principal(&token).is_some());
}

#[test]
fn cg_04_a_code_of_another_client_is_invalid_grant_and_its_owner_can_still_use_it() {
    let (mut world, client, code) = site_with_code();
    for draft in [spa_draft(), web_draft()] {
        let other = world.register(draft);
        for verifier in [VERIFIER, CHALLENGE] {
            invalid_grant(&world.exchange(&other, &code, &[("code_verifier", Some(verifier))]));
        }
    }
    world.exchanged(&client, &code);
}

#[test]
fn az_29_cg_05_a_code_is_good_until_its_lifetime_ends() {
    for lifetime in [30, 120, 600] {
        for (seconds, good) in [(0, true), (lifetime - 1, true), (lifetime, false), (lifetime + 1, false)] {
            let (mut world, client) = site();
            world.reconfigure(|config| config["authorization_code_lifetime"] = json!(lifetime));
            let code = world.code(&client);
            world.now += seconds;
            let ran = world.exchange(&client, &code, &[]);
            assert_eq!(ran.outcome.status == 200, good, "{lifetime} {seconds}");
            if !good {
                invalid_grant(&ran);
            }
        }
    }
}

#[test]
fn cg_06_what_is_no_code_is_invalid_grant_and_costs_no_query() {
    let (mut world, client, code) = site_with_code();
    let token = world.exchanged(&client, &code);
    let unknown = mint(TokenKind::Code, &Seeded::default()).unwrap().text.expose().clone();
    for (text, queries) in [
        ("x", 0),
        ("oauth_ac_c", 0),
        (token.as_str(), 0),
        (&code[1..], 0),
        (&code.to_uppercase(), 0),
        (&format!("{code} "), 0),
        (unknown.as_str(), 1),
    ] {
        let ran = world.exchange(&client, text, &[]);
        invalid_grant(&ran);
        assert_eq!(ran.asked.len(), 1 + queries, "{text}");
    }
    let ran = world.exchange(&client, "", &[]);
    assert_eq!(ran.error(), (400, "invalid_request".into()));
}

#[test]
fn cg_06_a_code_row_of_another_digest_is_not_believed() {
    /// A store that answers any code with the row of one.
    struct Careless(MemoryHost, Value);
    impl Host for Careless {
        fn fulfil(&mut self, need: &Need) -> Answer {
            match need {
                Need::FindCode(_) => Answer::Value(self.1.clone()),
                other => self.0.fulfil(other),
            }
        }
    }
    let (mut world, client, code) = site_with_code();
    let mut honest = Recording(world.host.clone(), Vec::new());
    world.send_to("token", exchange(&client, &code, &[]), &mut honest);
    let row = honest.1.iter().find(|row| row.get("payload").is_some()).unwrap().clone();
    let other = world.code(&client);
    let mut careless = Careless(world.host.clone(), row);
    invalid_grant(&world.send_to("token", exchange(&client, &other, &[]), &mut careless));
    assert_eq!(world.send_to("token", exchange(&client, &code, &[]), &mut careless).outcome.status, 200);
}

/// A store that notes what it answers.
struct Recording(MemoryHost, Vec<Value>);

impl Host for Recording {
    fn fulfil(&mut self, need: &Need) -> Answer {
        let answer = self.0.fulfil(need);
        if let Answer::Value(value) = &answer {
            self.1.push(value.clone());
        }
        answer
    }
}

#[test]
fn cg_07_nothing_is_left_of_an_approval_whose_user_is_gone_or_has_no_rights() {
    type Change = fn(&mut World, &Registered);
    let changes: [(&str, Change); 7] = [
        ("deleted", |world, _| world.host.subjects.get_mut(&PERSON).unwrap().deleted = true),
        ("blocked", |world, _| world.be(PERSON, &[])),
        ("without read", |world, _| world.be(PERSON, &["edit_posts"])),
        ("logged out everywhere", |world, _| world.host.subjects.get_mut(&PERSON).unwrap().epoch = 1),
        ("client's tokens ended", |world, client| world.host.client_mut(client.id).epoch = 1),
        ("grant type switched off and on", |world, _| {
            world.reconfigure(|config| config["methods"]["authorization_code"]["epoch"] = json!(1));
        }),
        ("redirect URI taken away (RU-21)", |world, client| {
            let config = &mut world.host.client_mut(client.id).config;
            *config = config.replace(CALLBACK, "https://app.example/other");
        }),
    ];
    for (name, change) in changes {
        let (mut world, client, code) = site_with_code();
        change(&mut world, &client);
        invalid_grant(&world.exchange(&client, &code, &[]));
        assert!(world.host.tokens.is_empty() && world.host.grants.is_empty(), "{name}");
    }
}

#[test]
fn cg_07_a_disabled_client_or_grant_type_exchanges_nothing() {
    let (mut world, client, code) = site_with_code();
    world.reconfigure(|config| config["methods"]["authorization_code"]["enabled"] = json!(false));
    assert_eq!(world.exchange(&client, &code, &[]).error(), (400, "unauthorized_client".into()));
    let (mut world, client, code) = site_with_code();
    let config = world.host.client_mut(client.id).config.replace("\"authorization_code\"", "");
    world.host.client_mut(client.id).config = config;
    assert_eq!(world.exchange(&client, &code, &[]).error(), (400, "unauthorized_client".into()));
    let (mut world, client, code) = site_with_code();
    world.host.client_mut(client.id).status = "disabled";
    assert_eq!(world.exchange(&client, &code, &[]).error(), (401, "invalid_client".into()));
}

#[test]
fn cg_10_wrong_client_authentication_does_not_spend_the_code() {
    let mut world = World::of_people();
    let client = world.register(web_draft());
    let code = world.code(&client);
    let wrong = authorized(exchange(&client, &code, &[]), basic(&client.client_id, "wrong"));
    assert_eq!(world.send("token", wrong).error(), (401, "invalid_client".into()));
    let nobody = Registered { secret: String::new(), ..client.clone() };
    assert_eq!(world.exchange(&nobody, &code, &[]).error(), (401, "invalid_client".into()));
    world.exchanged(&client, &code);
}

#[test]
fn cg_08_who_loses_the_race_for_a_code_gets_invalid_grant_and_the_winner_keeps_its_token() {
    /// A store in which somebody else exchanges the code between this request's look and its write.
    struct Late(MemoryHost, i64, bool);
    impl Host for Late {
        fn fulfil(&mut self, need: &Need) -> Answer {
            if let Need::Issue(issue) = need
                && !std::mem::replace(&mut self.2, true)
            {
                let mut winner = issue.clone();
                winner.token.digest = app_connect::secret::token::TokenDigest::of(b"the winner's token");
                winner.now.0 = winner.now.0.checked_sub(self.1).unwrap();
                assert!(matches!(self.0.fulfil(&Need::Issue(winner)), Answer::Value(word) if word == "stored"));
            }
            self.0.fulfil(need)
        }
    }
    for (ago, pkce, lives) in [(0, true, true), (10, true, true), (11, true, false), (0, false, false)] {
        let mut world = World::of_people();
        let client = world.register(with(web_draft(), json!({"require_pkce": false})));
        let without: &[_] = if pkce { &[] } else { &[("code_challenge", None), ("code_challenge_method", None)] };
        let code = world.approved(&instead(&usual(&client), without)).code();
        let verifier: &[_] = if pkce { &[] } else { &[("code_verifier", None)] };
        let mut late = Late(world.host.clone(), ago, false);
        let ran = world.send_to("token", exchange(&client, &code, verifier), &mut late);
        invalid_grant(&ran);
        assert_eq!((late.0.tokens.len(), late.0.grants.len()), (1, 1), "one token, the winner's");
        assert_eq!(late.0.grants[0].revoked_at.is_none(), lives, "{ago} {pkce}");
    }
}

#[test]
fn cg_11_rfc_8707_a_resource_that_was_not_asked_for_is_invalid_target() {
    let resource = "https://example.test/wp-json/";
    let (mut world, client) = site();
    let code = world.code(&client);
    let ran = world.exchange(&client, &code, &[("resource", Some(resource))]);
    assert_eq!(ran.error(), (400, "invalid_target".into()));
    world.exchanged(&client, &code);
    let pairs = instead(&usual(&client), &[("resource", Some(resource))]);
    for (asked, status) in [(Some(resource), 200), (None, 200), (Some("https://evil.test/"), 400)] {
        let code = world.approved(&pairs).code();
        let ran = world.exchange(&client, &code, &[("resource", asked)]);
        assert_eq!(ran.outcome.status, status, "{asked:?}");
        if status == 200 {
            assert_eq!(world.grant_of(&ran.member("access_token")).resource.as_deref(), Some(resource));
        }
    }
}

#[test]
fn ru_22_the_redirect_uri_is_the_one_of_the_request_byte_for_byte() {
    for other in
        [None, Some(""), Some("https://app.example/cb/"), Some("https://app.example/CB"), Some("https://evil.test/cb")]
    {
        let (mut world, client, code) = site_with_code();
        invalid_grant(&world.exchange(&client, &code, &[("redirect_uri", other)]));
        world.exchanged(&client, &code);
    }
    let (mut world, client) = site();
    let bare = instead(&usual(&client), &[("redirect_uri", None)]);
    for (sent, status) in [(None, 200), (Some(CALLBACK), 200), (Some("https://app.example/other"), 400)] {
        let code = world.approved(&bare).code();
        assert_eq!(world.exchange(&client, &code, &[("redirect_uri", sent)]).outcome.status, status, "{sent:?}");
    }
}

#[test]
fn ru_22_on_loopback_the_port_is_the_one_of_the_request_too() {
    let mut world = World::of_people();
    let client = world.register(with(spa_draft(), json!({"redirect_uris": ["http://127.0.0.1/cb"]})));
    let uri = "http://127.0.0.1:49152/cb";
    let code = world.approved(&instead(&usual(&client), &[("redirect_uri", Some(uri))])).back_to(uri)["code"].clone();
    for other in ["http://127.0.0.1/cb", "http://127.0.0.1:49153/cb"] {
        invalid_grant(&world.exchange(&client, &code, &[("redirect_uri", Some(other))]));
    }
    assert_eq!(world.exchange(&client, &code, &[("redirect_uri", Some(uri))]).outcome.status, 200);
}

#[test]
fn pk_02_a_wrong_verifier_spends_the_code() {
    let (mut world, client, code) = site_with_code();
    let ran = world.exchange(&client, &code, &[("code_verifier", Some(CHALLENGE))]);
    invalid_grant(&ran);
    assert_eq!(ran.asked, ["find_client", "find_code", "spend_code"]);
    assert!(world.code_mut(&code).consumed_at.is_some());
    invalid_grant(&world.exchange(&client, &code, &[]));
    assert!(world.host.tokens.is_empty());
}

#[test]
fn pk_03_and_pk_04_a_verifier_comes_with_a_challenge_or_not_at_all() {
    let (mut world, client, code) = site_with_code();
    for verifier in [None, Some("")] {
        invalid_grant(&world.exchange(&client, &code, &[("code_verifier", verifier)]));
    }
    world.exchanged(&client, &code);
    let mut world = World::of_people();
    let client = world.register(with(web_draft(), json!({"require_pkce": false})));
    let without = instead(&usual(&client), &[("code_challenge", None), ("code_challenge_method", None)]);
    let code = world.approved(&without).code();
    invalid_grant(&world.exchange(&client, &code, &[]));
    let code = world.approved(&without).code();
    assert_eq!(world.exchange(&client, &code, &[("code_verifier", None)]).outcome.status, 200);
    // The challenge of one request says nothing about the code of another.
    let code = world.code(&client);
    invalid_grant(&world.exchange(&client, &code, &[("code_verifier", None)]));
}

#[test]
fn pk_08_and_pk_09_a_verifier_that_is_none_is_refused_without_a_fault() {
    let (mut world, client, code) = site_with_code();
    let long = "a".repeat(129);
    for verifier in
        [&long[..42], &long, "caf\u{e9}aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", &format!("{VERIFIER}=")]
    {
        invalid_grant(&world.exchange(&client, &code, &[("code_verifier", Some(verifier))]));
    }
    for verifier in ["%00", "%ff", "a%00b"] {
        let sent = format!(
            "grant_type=authorization_code&code={code}&client_id={}&code_verifier={verifier}",
            client.client_id
        );
        assert_eq!(world.send("token", post(FORM, sent)).error(), (400, "invalid_request".into()), "{verifier}");
    }
    world.exchanged(&client, &code);
}

#[test]
fn s4_1_3_a_public_client_names_itself_and_proves_nothing_else() {
    let (mut world, client, code) = site_with_code();
    let ran = world.exchange(&client, &code, &[("client_id", None)]);
    assert_eq!(ran.error(), (401, "invalid_client".into()));
    let ran = world.exchange(&client, &code, &[("client_secret", Some("secret"))]);
    assert_eq!(ran.error(), (401, "invalid_client".into()));
    let both: Request = authorized(exchange(&client, &code, &[]), basic(&client.client_id, "x"));
    assert_ne!(world.send("token", both).outcome.status, 200);
    world.exchanged(&client, &code);
}

#[test]
fn design_5_the_token_is_within_what_was_approved_and_the_ceiling_now() {
    let mut world = World::of_people();
    let client = world.register(writer_draft());
    let code = world.code(&client);
    let mut narrower = world.host.policy(world.host.clients[0].policy);
    narrower.caps = Names::only(["read", "edit_posts"]);
    world.set_ceiling(&client, &narrower);
    let token = world.exchanged(&client, &code);
    let [t, g, k] = world.policies_of(&token);
    assert!(t.within(&g) && t.within(&k) && !g.within(&k));
    assert!(!world.principal(&token).unwrap().authority.retains("publish_posts"));
}

#[test]
fn design_5_a_ceiling_that_was_widened_since_gives_no_more_than_was_approved() {
    let mut world = World::of_people();
    let client = world.register(writer_draft());
    let code = world.code(&client);
    world.set_ceiling(&client, &app_connect::authority::policy::Policy::everything());
    let token = world.exchanged(&client, &code);
    let [t, g, _] = world.policies_of(&token);
    assert!(t.within(&g) && g.caps != Names::All && g.takeover.is_empty());
}

#[test]
fn design_5_takeover_rights_are_those_that_the_user_held_when_it_approved() {
    let mut world = World::of_people();
    let client = world.register(web_draft());
    world.be(PERSON, &["read", "manage_options"]);
    let code = world.code(&client);
    world.be(PERSON, &["read", "manage_options", "edit_users"]);
    let token = world.exchanged(&client, &code);
    let [t, g, _] = world.policies_of(&token);
    for policy in [t, g] {
        assert_eq!(policy.takeover, Names::only(["manage_options"]));
    }
}

#[test]
fn numbers_as_decimal_text_serve_as_well() {
    let (mut world, client) = site();
    world.host.numbers_are_text = true;
    let code = world.code(&client);
    let token = world.exchanged(&client, &code);
    assert!(world.principal(&token).is_some());
    world.now += 11;
    invalid_grant(&world.exchange(&client, &code, &[]));
    assert!(world.principal(&token).is_none());
}
