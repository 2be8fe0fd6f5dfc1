//! Client authentication: RFC 6749 §2.3; cases CA and RL of the threat model.

use app_connect::flow::Answer;
use app_connect::http::{Request, Response};
use app_connect::secret::client_secret;
use app_connect::secret::token::TokenDigest;
use serde_json::{Value, json};

use crate::support::entropy::Seeded;
use crate::support::hostile::HostileHost;
use crate::support::requests::{authorized, basic, encode, form, post, raw_basic};
use crate::support::slow::hashes;
use crate::support::world::{NOW, Ran, Registered, World, config, service_draft, with};

const CHOSEN: &str = "correct horse battery staple";
const GRANT: (&str, &str) = ("grant_type", "client_credentials");

/// The credentials in the body.
fn by_post(client_id: &str, secret: &str) -> Request {
    form(&[GRANT, ("client_id", client_id), ("client_secret", secret)])
}

/// The credentials in the header.
fn by_basic(client_id: &str, secret: &str) -> Request {
    authorized(form(&[GRANT]), basic(client_id, secret))
}

fn send(world: &mut World, request: Request) -> Ran<Response> {
    world.send("token", request)
}

/// A secret of the right form that no client has.
fn strange_secret() -> String {
    client_secret::generate(&Seeded::elsewhere()).unwrap().expose().clone()
}

fn fail(world: &mut World, client: &Registered, times: usize) {
    for _ in 0..times {
        assert_eq!(send(world, by_post(&client.client_id, "wrong")).outcome.status, 401);
    }
}

#[test]
fn s2_3_1_the_right_secret_serves_in_the_header_or_in_the_body() {
    let mut world = World::new();
    for client in [world.service(), world.register(with(service_draft(), json!({"secret": CHOSEN})))] {
        for request in [by_basic(&client.client_id, &client.secret), by_post(&client.client_id, &client.secret)] {
            let ran = send(&mut world, request);
            assert_eq!(ran.outcome.status, 200, "{}", ran.outcome.body);
            assert!(!ran.asked.contains(&"count_failure"));
        }
    }
}

#[test]
fn ca_01_a_wrong_secret_in_the_header_is_401_with_a_basic_challenge() {
    let mut world = World::new();
    let client = world.service();
    let ran = send(&mut world, by_basic(&client.client_id, &strange_secret()));
    assert_eq!(ran.error(), (401, "invalid_client".into()));
    let challenge = ran.outcome.header("WWW-Authenticate").unwrap();
    assert!(challenge.starts_with("Basic realm="), "{challenge}");
    assert_eq!(ran.asked, ["find_client", "count_failure"]);
}

#[test]
fn ca_02_a_wrong_secret_in_the_body_is_401() {
    let mut world = World::new();
    let client = world.service();
    let ran = send(&mut world, by_post(&client.client_id, &strange_secret()));
    assert_eq!(ran.error(), (401, "invalid_client".into()));
    assert_eq!(ran.asked, ["find_client", "count_failure"]);
}

#[test]
fn ca_02_a_secret_that_differs_in_its_case_or_its_last_character_is_wrong() {
    let mut world = World::new();
    let client = world.register(with(service_draft(), json!({"secret": CHOSEN})));
    for near in [&CHOSEN[1..], &CHOSEN.to_uppercase(), &format!("{CHOSEN} "), &format!(" {CHOSEN}")] {
        assert_eq!(send(&mut world, by_post(&client.client_id, near)).outcome.status, 401, "{near}");
    }
}

#[test]
fn ca_02_the_secret_of_another_client_is_wrong() {
    let mut world = World::new();
    let (one, other) = (world.service(), world.service());
    assert_ne!(one.secret, other.secret);
    assert_eq!(send(&mut world, by_post(&one.client_id, &other.secret)).outcome.status, 401);
}

#[test]
fn ca_02_a_failure_is_told_with_its_cause_for_the_log_alone() {
    let mut world = World::new();
    let client = world.service();
    let ran = send(&mut world, by_post(&client.client_id, "wrong"));
    let event = |client: Value, cause: &str| json!([{"kind": "client_authentication_failed", "client": client, "cause": cause, "address": "192.0.2.7"}]);
    assert_eq!(serde_json::to_value(&ran.events).unwrap(), event(json!(client.id), "wrong_secret"));
    assert!(ran.events[0].audited());
    let ran = send(&mut world, by_post("nobody", "wrong"));
    assert_eq!(serde_json::to_value(&ran.events).unwrap(), event(Value::Null, "unknown"));
}

#[test]
fn ca_03_header_and_body_together_are_400_even_if_both_are_right() {
    let mut world = World::new();
    let client = world.service();
    for secret in [client.secret.as_str(), "wrong", ""] {
        let request = authorized(by_post(&client.client_id, secret), basic(&client.client_id, &client.secret));
        let ran = send(&mut world, request);
        assert_eq!(ran.error(), (400, "invalid_request".into()), "{secret}");
        assert!(ran.asked.is_empty());
    }
}

#[test]
fn ca_04_header_and_body_may_name_the_same_client_and_no_other() {
    let mut world = World::new();
    let (client, other) = (world.service(), world.service());
    let header = basic(&client.client_id, &client.secret);
    let named = |id: &str| authorized(form(&[GRANT, ("client_id", id)]), header.clone());
    assert_eq!(send(&mut world, named(&client.client_id)).outcome.status, 200);
    for id in [other.client_id.as_str(), "nobody", &client.client_id.to_lowercase()] {
        let ran = send(&mut world, named(id));
        assert_eq!(ran.error(), (400, "invalid_request".into()), "{id}");
        assert!(ran.asked.is_empty());
    }
}

#[test]
fn ca_05_the_two_sides_of_basic_are_form_decoded() {
    let mut world = World::new();
    let secret = "p:a%s+s w&r=d/2%41";
    let client = world.register(with(service_draft(), json!({"secret": secret})));
    let id = &client.client_id;
    for header in [
        basic(id, secret),
        raw_basic(&format!("{id}:p%3Aa%25s%2Bs+w%26r%3Dd%2F2%2541")),
        // The first colon divides; the others are the secret's.
        raw_basic(&format!("{id}:p:a%25s%2Bs%20w&r=d/2%2541")),
        basic(id, secret).replace("Basic", "bAsIc"),
        basic(id, secret).replace(' ', "   "),
    ] {
        assert_eq!(send(&mut world, authorized(form(&[GRANT]), header.clone())).outcome.status, 200, "{header}");
    }
    // Not decoded at all, or decoded twice.
    for pair in [format!("{id}:{secret}"), format!("{id}:p%3Aa%25s%2Bs+w%26r%3Dd%2F2%41")] {
        let ran = send(&mut world, authorized(form(&[GRANT]), raw_basic(&pair)));
        assert_eq!(ran.error(), (401, "invalid_client".into()), "{pair}");
    }
}

#[test]
fn ca_05_the_longest_secret_a_person_may_choose_serves_in_the_header_too() {
    let mut world = World::new();
    let secret = "%".repeat(client_secret::MAX_LENGTH);
    let client = world.register(with(service_draft(), json!({"secret": secret})));
    assert_eq!(send(&mut world, by_post(&client.client_id, &secret)).outcome.status, 200);
    assert_eq!(send(&mut world, by_basic(&client.client_id, &secret)).outcome.status, 200);
}

#[test]
fn ca_06_a_confidential_client_that_only_names_itself_is_401() {
    let mut world = World::new();
    let client = world.service();
    let ran = send(&mut world, form(&[GRANT, ("client_id", &client.client_id)]));
    assert_eq!(ran.error(), (401, "invalid_client".into()));
    // Nothing was guessed, so nothing is counted.
    assert_eq!(ran.asked, ["find_client"]);
}

#[test]
fn ca_06_a_confidential_client_whose_row_lists_none_still_needs_its_secret() {
    let mut world = World::new();
    let client = world.service();
    let row = world.host.client_mut(client.id);
    row.config = r#"{"auth_methods":["none","client_secret_post"],"grant_types":["client_credentials"]}"#.into();
    let ran = send(&mut world, form(&[GRANT, ("client_id", &client.client_id)]));
    assert_eq!(ran.error(), (401, "invalid_client".into()));
}

#[test]
fn ca_06_no_credentials_at_all_are_401() {
    let mut world = World::new();
    world.service();
    for request in [
        form(&[GRANT]),
        form(&[GRANT, ("client_id", "")]),
        authorized(form(&[GRANT]), "Bearer abc"),
        authorized(form(&[GRANT]), "Digest username=\"x\""),
        authorized(form(&[GRANT]), ""),
    ] {
        let ran = send(&mut world, request);
        assert_eq!(ran.error(), (401, "invalid_client".into()));
        assert!(ran.asked.is_empty());
    }
}

#[test]
fn ca_07_empty_null_zero_and_array_secrets_match_nothing_stored() {
    let mut world = World::new();
    let client = world.service();
    let id = client.client_id.clone();
    let stored = world.host.client_mut(client.id).secret_hash.clone();
    let json_body = |secret: &str| {
        post(
            "application/json",
            format!(r#"{{"grant_type":"client_credentials","client_id":"{id}","client_secret":{secret}}}"#),
        )
    };
    let raw = |rest: &str| {
        let body = format!("{}&{rest}", encode(&[GRANT, ("client_id", &id)]));
        post("application/x-www-form-urlencoded", body)
    };
    for hash in [stored, Value::Null, json!("sha256:"), json!("argon2id::"), json!("argon2id:")] {
        world.host.client_mut(client.id).secret_hash = hash.clone();
        for (request, status) in [
            (by_post(&id, ""), 401),
            (by_basic(&id, ""), 401),
            (by_post(&id, "0"), 401),
            (by_post(&id, "null"), 401),
            (by_post(&id, "sha256:"), 401),
            (raw("client_secret"), 401),
            (raw("client_secret="), 401),
            (raw("client_secret[]="), 400),
            (raw("client_secret[]=x&client_secret[]=y"), 400),
            (json_body("\"\""), 401),
            (json_body("null"), 400),
            (json_body("0"), 400),
            (json_body("false"), 400),
            (json_body("[]"), 400),
            (json_body("{}"), 400),
        ] {
            let sent = String::from_utf8_lossy(request.body.expose()).into_owned();
            world.host.failures.clear();
            assert_eq!(send(&mut world, request).outcome.status, status, "{hash} {sent}");
        }
    }
    assert!(world.host.tokens.is_empty());
}

#[test]
fn ca_08_a_public_client_that_sends_a_secret_is_401() {
    let mut world = World::new();
    let public = world.register(json!({"name": "Phone", "type": "public", "mode": "full"}));
    for request in [by_post(&public.client_id, "anything"), by_basic(&public.client_id, "anything")] {
        assert_eq!(send(&mut world, request).error(), (401, "invalid_client".into()));
    }
    // Not even if its row had come by a secret and a method that proves one.
    let secret = strange_secret();
    let row = world.host.client_mut(public.id);
    row.secret_hash = json!(format!("sha256:{}", TokenDigest::of(secret.as_bytes()).as_str()));
    row.config = r#"{"auth_methods":["client_secret_post"],"grant_types":["client_credentials"]}"#.into();
    assert_eq!(send(&mut world, by_post(&public.client_id, &secret)).outcome.status, 401);
}

#[test]
fn ca_09_a_public_client_never_gets_client_credentials() {
    let mut world = World::new();
    let public = world.register(json!({"name": "Phone", "type": "public", "mode": "full"}));
    let row = world.host.client_mut(public.id);
    row.config = r#"{"auth_methods":["none"],"grant_types":["client_credentials"]}"#.into();
    row.service_user = Some(7);
    let ran = send(&mut world, form(&[GRANT, ("client_id", &public.client_id)]));
    assert_eq!(ran.error(), (400, "unauthorized_client".into()));
    assert_eq!(ran.asked, ["find_client"]);
}

#[test]
fn ca_10_a_method_that_was_not_registered_is_401_with_the_right_secret() {
    let mut world = World::new();
    for (registered, basic_status, post_status) in [("client_secret_basic", 200, 401), ("client_secret_post", 401, 200)]
    {
        let client = world.register(with(service_draft(), json!({"auth_methods": [registered]})));
        let (id, secret) = (client.client_id.as_str(), client.secret.as_str());
        assert_eq!(send(&mut world, by_basic(id, secret)).outcome.status, basic_status, "{registered}");
        assert_eq!(send(&mut world, by_post(id, secret)).outcome.status, post_status, "{registered}");
    }
}

#[test]
fn ca_11_a_malformed_basic_header_is_401_before_any_need() {
    let mut world = World::new();
    let client = world.service();
    let long = raw_basic(&format!("{}:{}", client.client_id, "x".repeat(10_240)));
    for header in [
        "Basic",
        "Basic ",
        "Basic !!!!",
        "Basic YTpi=",
        "Basic YTp",
        "Basic YWJj",
        "Basic YTpi YTpi",
        &raw_basic("no colon"),
        &raw_basic("a%ff:b"),
        &raw_basic("a:b%00c"),
        &raw_basic("a:\u{0}"),
        &long,
    ] {
        let ran = send(&mut world, authorized(form(&[GRANT]), header));
        assert_eq!(ran.error(), (401, "invalid_client".into()), "{header}");
        assert!(ran.asked.is_empty(), "{header}");
    }
    let mut not_text = b"Basic ".to_vec();
    not_text.extend([0xff, 0xfe]);
    let ran = send(&mut world, authorized(form(&[GRANT]), not_text));
    assert_eq!(ran.outcome.status, 401);
}

#[test]
fn ca_12_unknown_wrong_disabled_and_unregistered_are_refused_alike() {
    let mut world = World::new();
    let generated = world.service();
    let chosen = world.register(with(service_draft(), json!({"secret": CHOSEN})));
    let disabled = world.service();
    world.host.client_mut(disabled.id).status = "disabled";
    let basic_only = world.register(with(service_draft(), json!({"auth_methods": ["client_secret_basic"]})));
    let public = world.register(json!({"name": "Phone", "type": "public", "mode": "full"}));
    let strange = strange_secret();
    let reference = send(&mut world, by_post("nobody", &strange));
    assert_eq!(reference.error(), (401, "invalid_client".into()));
    assert_eq!(reference.asked, ["find_client", "count_failure"]);
    for (id, secret) in [
        (&generated.client_id, strange.as_str()),
        (&generated.client_id, "typed by hand"),
        (&chosen.client_id, &strange),
        (&chosen.client_id, "typed by hand"),
        (&disabled.client_id, &disabled.secret),
        (&disabled.client_id, &strange),
        (&basic_only.client_id, &basic_only.secret),
        (&public.client_id, &strange),
    ] {
        let ran = send(&mut world, by_post(id, secret));
        assert_eq!(ran.outcome, reference.outcome, "{secret}");
        assert_eq!(ran.asked, reference.asked, "{secret}");
    }
}

#[test]
fn ca_12_a_refusal_costs_the_same_slow_hashes_whether_or_not_the_client_exists() {
    let mut world = World::new();
    let generated = world.service();
    let chosen = world.register(with(service_draft(), json!({"secret": CHOSEN})));
    let public = world.register(json!({"name": "Phone", "type": "public", "mode": "full"}));
    let hollow = world.service();
    world.host.client_mut(hollow.id).secret_hash = Value::Null;
    for (presented, cost) in [(strange_secret(), 0), ("typed by hand".to_owned(), 1), ("x".repeat(1024), 1)] {
        assert_eq!(client_secret::is_generated(&presented), cost == 0);
        for id in ["nobody", &generated.client_id, &chosen.client_id, &public.client_id, &hollow.client_id] {
            let (ran, spent) = hashes(|| send(&mut world, by_post(id, &presented)));
            assert_eq!(ran.outcome.status, 401);
            assert_eq!(spent, cost, "{id}");
        }
    }
    // What no secret can be is not looked at.
    for presented in [String::new(), "x".repeat(1025)] {
        for id in ["nobody", &chosen.client_id] {
            let (ran, spent) = hashes(|| send(&mut world, by_post(id, &presented)));
            assert_eq!((ran.outcome.status, spent), (401, 0));
        }
    }
}

#[test]
fn ca_13_the_secret_before_a_change_serves_until_its_overlap_ends() {
    let mut world = World::new();
    let client = world.service();
    let successor = world.service();
    let next = world.host.client_mut(successor.id).secret_hash.clone();
    let row = world.host.client_mut(client.id);
    row.prev_secret_hash = std::mem::replace(&mut row.secret_hash, next);
    row.prev_until = Some(NOW.saturating_add(60));
    let status = |world: &mut World, secret: &str| send(world, by_post(&client.client_id, secret)).outcome.status;
    assert_eq!(status(&mut world, &successor.secret), 200);
    assert_eq!(status(&mut world, &client.secret), 200);
    world.now = NOW.saturating_add(59);
    assert_eq!(status(&mut world, &client.secret), 200);
    world.now = NOW.saturating_add(60);
    assert_eq!(status(&mut world, &client.secret), 401);
    assert_eq!(status(&mut world, &successor.secret), 200);
    world.now = NOW;
    world.host.client_mut(client.id).prev_until = None;
    assert_eq!(status(&mut world, &client.secret), 401, "without an end there is no overlap");
}

#[test]
fn ca_13_two_chosen_secrets_overlap_too() {
    let mut world = World::new();
    let client = world.register(with(service_draft(), json!({"secret": CHOSEN})));
    let other = world.register(with(service_draft(), json!({"secret": "another chosen secret"})));
    let next = world.host.client_mut(other.id).secret_hash.clone();
    let row = world.host.client_mut(client.id);
    row.prev_secret_hash = std::mem::replace(&mut row.secret_hash, next);
    row.prev_until = Some(NOW.saturating_add(1));
    for (secret, status) in [(CHOSEN, 200), ("another chosen secret", 200), ("a third chosen secret", 401)] {
        assert_eq!(send(&mut world, by_post(&client.client_id, secret)).outcome.status, status, "{secret}");
    }
}

#[test]
fn ca_15_a_client_identifier_is_compared_byte_for_byte_with_the_row() {
    let mut world = World::new();
    let client = world.service();
    let other_case = client.client_id.to_lowercase();
    assert_ne!(other_case, client.client_id);
    // A database that compares text without case answers the row of another spelling.
    let row = |value: Value| {
        let mut value = value;
        value["client"] = json!({
            "id": 11, "client_id": "SOMEBODY", "name": "Somebody", "type": "confidential", "status": "active", "mode": "restricted", "epoch": 0,
            "policy": {"id": 1, "body": world.host.policy_text(1)}, "prev_secret_hash": null, "prev_until": null,
            "secret_hash": format!("sha256:{}", TokenDigest::of(client.secret.as_bytes()).as_str()),
            "config": r#"{"auth_methods":["client_secret_post"],"grant_types":["client_credentials"]}"#,
            "service_user": {"user": 7, "epoch": 0},
        });
        Answer::Value(value)
    };
    for (asked, status) in [("SOMEBODY", 200), ("somebody", 401), ("SOMEBODY ", 401)] {
        let mut host = HostileHost::new(&world.host, 0, &row);
        let ran = world.send_to("token", by_post(asked, &client.secret), &mut host);
        assert_eq!(ran.outcome.status, status, "{asked}");
    }
}

#[test]
fn ca_17_two_schemes_in_one_value_are_400() {
    let mut world = World::new();
    let client = world.service();
    let good = basic(&client.client_id, &client.secret);
    for header in [
        format!("{good}, Bearer abc"),
        format!("Bearer abc, {good}"),
        format!("{good},{good}"),
        format!("Digest a=\"b\", {good}"),
    ] {
        for request in [form(&[GRANT]), by_post(&client.client_id, &client.secret)] {
            let ran = send(&mut world, authorized(request, header.clone()));
            assert_eq!(ran.error(), (400, "invalid_request".into()), "{header}");
            assert!(ran.asked.is_empty());
        }
    }
}

#[test]
fn a_disabled_client_is_refused_and_served_again_once_it_is_active() {
    let mut world = World::new();
    let client = world.service();
    world.host.client_mut(client.id).status = "disabled";
    let ran = send(&mut world, by_basic(&client.client_id, &client.secret));
    assert_eq!(ran.error(), (401, "invalid_client".into()));
    world.host.client_mut(client.id).status = "active";
    assert_eq!(send(&mut world, by_basic(&client.client_id, &client.secret)).outcome.status, 200);
}

#[test]
fn rl_01_the_failures_of_a_client_from_one_address_end_in_429_with_retry_after() {
    let mut world = World::new();
    let client = world.service();
    fail(&mut world, &client, 10);
    let ran = send(&mut world, by_post(&client.client_id, &client.secret));
    assert_eq!(ran.error(), (429, "temporarily_unavailable".into()));
    // NOW is 200 seconds into the window of 600.
    assert_eq!(ran.outcome.header("Retry-After"), Some("400"));
    assert_eq!(
        serde_json::to_value(&ran.events).unwrap(),
        json!([{"kind": "rate_limited", "client": client.id, "address": "192.0.2.7"}])
    );
    for _ in 0..3 {
        let ran = send(&mut world, by_post(&client.client_id, &client.secret));
        assert_eq!((ran.outcome.status, ran.asked), (429, vec!["find_client"]), "a refusal is not counted again");
        assert!(ran.events.is_empty(), "and told once in a window");
    }
    world.now = NOW.saturating_add(400);
    fail(&mut world, &client, 10);
    assert_eq!(send(&mut world, by_post(&client.client_id, &client.secret)).events.len(), 1, "and in the next one");
}

#[test]
fn whoever_makes_names_up_fills_no_record() {
    let mut world = World::new();
    for name in ["nobody", "somebody"] {
        let ran = send(&mut world, form(&[GRANT, ("client_id", name)]));
        assert_eq!(ran.error(), (401, "invalid_client".into()));
        assert_eq!((ran.asked, ran.events.len()), (vec!["find_client"], 0));
    }
}

#[test]
fn rl_01_one_failure_less_is_not_limited_and_success_does_not_count() {
    let mut world = World::new();
    let client = world.service();
    fail(&mut world, &client, 9);
    for _ in 0..20 {
        assert_eq!(send(&mut world, by_post(&client.client_id, &client.secret)).outcome.status, 200);
    }
}

#[test]
fn rl_01_another_address_and_another_client_are_not_locked_out() {
    let mut world = World::new();
    let (client, other) = (world.service(), world.service());
    fail(&mut world, &client, 10);
    assert_eq!(send(&mut world, by_post(&other.client_id, &other.secret)).outcome.status, 200);
    let mut elsewhere = by_post(&client.client_id, &client.secret);
    elsewhere.address = Some("198.51.100.1".parse().unwrap());
    assert_eq!(send(&mut world, elsewhere).outcome.status, 200);
    assert_eq!(send(&mut world, by_post(&client.client_id, &client.secret)).outcome.status, 429);
}

#[test]
fn rl_01_the_next_window_begins_at_nothing() {
    let mut world = World::new();
    let client = world.service();
    fail(&mut world, &client, 10);
    world.now = NOW.saturating_add(399);
    let ran = send(&mut world, by_post(&client.client_id, &client.secret));
    assert_eq!(ran.outcome.status, 429);
    assert_eq!(ran.outcome.header("Retry-After"), Some("1"));
    world.now = NOW.saturating_add(400);
    fail(&mut world, &client, 9);
    assert_eq!(send(&mut world, by_post(&client.client_id, &client.secret)).outcome.status, 200);
    fail(&mut world, &client, 1);
    assert_eq!(send(&mut world, by_post(&client.client_id, &client.secret)).outcome.status, 429);
}

#[test]
fn rl_01_one_address_that_tries_many_clients_is_limited_as_well() {
    let mut world = World::configured(with(config(), json!({"limits": {"per_client": 3, "per_address": 5}})));
    let client = world.service();
    for number in 0..5 {
        let ran = send(&mut world, by_post(&format!("guess{number}"), "wrong"));
        assert_eq!(ran.outcome.status, 401);
    }
    let ran = send(&mut world, by_post(&client.client_id, &client.secret));
    assert_eq!(ran.outcome.status, 429);
    assert_eq!(send(&mut world, by_basic("another guess", "wrong")).outcome.status, 429, "known or not");
}

#[test]
fn rl_01_an_unknown_client_is_limited_like_a_known_one() {
    let (mut here, mut there) = (World::new(), World::new());
    let client = here.service();
    let attempt = |world: &mut World, id: &str| {
        let ran = send(world, by_post(id, "wrong"));
        (ran.outcome, ran.asked)
    };
    for _ in 0..12 {
        assert_eq!(attempt(&mut there, "nobody"), attempt(&mut here, &client.client_id));
    }
}

#[test]
fn rl_04_an_ipv6_host_is_its_64_bit_network_and_a_mapped_address_is_ipv4() {
    let mut world = World::configured(with(config(), json!({"limits": {"per_client": 1}})));
    let mut status = |client: &str, address: &str| {
        let mut request = by_post(client, "wrong");
        request.address = Some(address.parse().unwrap());
        send(&mut world, request).outcome.status
    };
    assert_eq!(status("one", "2001:db8:0:1::1"), 401);
    assert_eq!(status("one", "2001:db8:0:1:ffff::2"), 429);
    assert_eq!(status("one", "2001:db8:0:2::1"), 401);
    assert_eq!(status("one", "203.0.113.9"), 401);
    assert_eq!(status("one", "::ffff:203.0.113.9"), 429);
}

#[test]
fn rl_07_limits_are_judged_before_any_slow_hash() {
    let mut world = World::configured(with(config(), json!({"limits": {"per_client": 1}})));
    let client = world.register(with(service_draft(), json!({"secret": CHOSEN})));
    let (ran, spent) = hashes(|| send(&mut world, by_post(&client.client_id, "typed by hand")));
    assert_eq!((ran.outcome.status, spent), (401, 1));
    let (ran, spent) = hashes(|| send(&mut world, by_post(&client.client_id, CHOSEN)));
    assert_eq!((ran.outcome.status, spent), (429, 0));
}

#[test]
fn rl_08_a_failure_that_cannot_be_counted_is_503() {
    let mut world = World::new();
    let client = world.service();
    for id in [client.client_id.as_str(), "nobody"] {
        let lie = |_| Answer::Unavailable;
        let mut host = HostileHost::new(&world.host, 1, &lie);
        let ran = world.send_to("token", by_post(id, "wrong"), &mut host);
        assert_eq!(ran.asked, ["find_client", "count_failure"]);
        assert_eq!(ran.error(), (503, "temporarily_unavailable".into()));
    }
}

#[test]
fn the_buckets_and_the_window_are_the_same_for_the_question_and_the_count() {
    let mut world = World::new();
    let client = world.service();
    send(&mut world, by_post(&client.client_id, "wrong"));
    let [(_, find), (_, count)] = &world.host.asked[..] else {
        panic!("two needs");
    };
    let asked = find["buckets"].as_array().unwrap();
    let counted = count["buckets"].as_array().unwrap();
    assert_eq!((asked.len(), counted.len()), (3, 2), "whether it was told is read, and is no failure");
    assert_eq!(asked[..2], counted[..]);
    assert_eq!(find["window_start"], count["window_start"]);
    assert_eq!(find["window_start"], json!(NOW.saturating_sub(200)));
    assert_eq!(find["digest"], json!(TokenDigest::of(client.client_id.as_bytes())));
}
