//! Filters propose, Rust disposes: whatever a host answers, no invariant breaks.
//!
//! Every place of every answer of every flow is replaced by every kind of junk, one at a time.

use std::collections::BTreeSet;

use app_connect::authority::policy::Policy;
use app_connect::endpoint::resource::Bearer;
use app_connect::event::Event;
use app_connect::flow::Answer;
use app_connect::http::{Request, Response};
use app_connect::model::policy_row::PolicyRef;
use app_connect::need::{Issue, Need};
use serde_json::{Value, json};

use crate::support::hostile::{CANARY, HostileHost, junk, places, removed, replaced};
use crate::support::policies::{Question, alone};
use crate::support::requests::{authorized, basic, form, rest};
use crate::support::sign_in::{exchange, web_draft};
use crate::support::world::{Registered, SERVICE_USER, World, body, check, full_draft, refusal, service_draft, with};

/// A request to an endpoint, on a site where it is answered with 200.
struct Scene {
    name: &'static str,
    world: World,
    endpoint: &'static str,
    request: Request,
    needs: &'static [&'static str],
}

fn site() -> (World, Registered) {
    let mut world = World::new();
    let held = ["manage_options", "edit_users"].map(str::to_owned);
    world.host.capabilities.insert(SERVICE_USER, held.into());
    let draft = with(full_draft(), json!({"routes": ["GET /wp/v2/posts/*", "POST /wp/v2/posts"]}));
    let client = world.register(draft);
    (world, client)
}

fn token_request(client: &Registered) -> Request {
    let pairs = [("grant_type", "client_credentials"), ("scope", "wp")];
    authorized(form(&pairs), basic(&client.client_id, &client.secret))
}

fn scenes() -> Vec<Scene> {
    let (first, client) = site();
    let first = Scene {
        name: "the first token",
        request: token_request(&client),
        world: first,
        endpoint: "token",
        needs: &["find_client", "find_standing_grant", "held_capabilities", "issue"],
    };
    let (mut second, client) = site();
    second.token(&client);
    let second = Scene {
        name: "the second token",
        request: token_request(&client),
        world: second,
        endpoint: "token",
        needs: &["find_client", "find_standing_grant", "issue"],
    };
    let mut third = World::new();
    let client = third.register(with(service_draft(), json!({"takeover": ["edit_users"]})));
    let third = Scene {
        name: "a token of a restricted client",
        request: token_request(&client),
        world: third,
        endpoint: "token",
        needs: &["find_client", "find_standing_grant", "held_capabilities", "issue"],
    };
    let (mut fourth, client) = site();
    let token = fourth.token(&client);
    let fourth = Scene {
        name: "a revocation",
        request: authorized(form(&[("token", &token)]), basic(&client.client_id, &client.secret)),
        world: fourth,
        endpoint: "revoke",
        needs: &["find_client", "find_access_token", "revoke_token"],
    };
    let mut fifth = World::of_people();
    let client = fifth.register(with(web_draft(), json!({"mode": "restricted", "bundles": ["content:read"]})));
    let code = fifth.code(&client);
    let fifth = Scene {
        name: "a code is exchanged",
        request: exchange(&client, &code, &[]),
        world: fifth,
        endpoint: "token",
        needs: &["find_client", "find_code", "held_capabilities", "issue"],
    };
    let [sixth, seventh] = sessions();
    vec![first, second, third, fourth, fifth, sixth, seventh]
}

/// A session goes on, and ends.
fn sessions() -> [Scene; 2] {
    let grant_types = json!(["authorization_code", "refresh_token"]);
    [("a session is refreshed", "token"), ("a session is revoked", "revoke")].map(|(name, endpoint)| {
        let mut world = World::of_people();
        let draft =
            with(web_draft(), json!({"mode": "restricted", "bundles": ["content:read"], "grant_types": grant_types}));
        let client = world.register(draft);
        let code = world.code(&client);
        let refresh = world.exchange(&client, &code, &[]).member("refresh_token");
        let (pairs, needs): (_, &[_]) = if endpoint == "token" {
            let pairs = vec![("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
            (pairs, &["find_client", "find_session", "issue"])
        } else {
            (vec![("token", refresh.as_str())], &["find_client", "find_session", "revoke_grant"])
        };
        let request = authorized(form(&pairs), basic(&client.client_id, &client.secret));
        Scene { name, world, endpoint, request, needs }
    })
}

/// T as it was handed to the store, read from what the host had answered.
fn issued(host: &HostileHost<'_>) -> Option<Policy> {
    let issue = |need: &Need| match need {
        Need::Issue(issue) => Some(issue.clone()),
        _ => None,
    };
    let Issue { token, .. } = host.exchanged.iter().find_map(|(need, _)| issue(need))?;
    let body = match &token.policy {
        PolicyRef::New { body, .. } => body.clone(),
        PolicyRef::Known(id) => {
            // A row of that number with that very text was answered: the standing grant's, the client's, the code's, or the session's.
            let rows = [
                host.answered("find_standing_grant").map(|grant| &grant["policy"]),
                host.answered("find_client").map(|found| &found["client"]["policy"]),
                host.answered("find_code").map(|code| &code["policy"]),
                host.answered("find_session").map(|session| &session["policy"]),
            ];
            let row = rows.into_iter().flatten().find(|row| row["id"] == id.value());
            row.unwrap()["body"].as_str().unwrap().to_owned()
        }
    };
    Some(Policy::parse(&body).unwrap())
}

/// What holds for every answer to a token request or a revocation.
fn judge(context: &str, response: &Response, host: &HostileHost<'_>) {
    check(response);
    let printed = format!("{response:?}");
    assert!(!printed.contains("CANARY") && !printed.contains("Set-Cookie"), "{context}: {printed}");
    let has_token = body(response).get("access_token").is_some();
    assert_eq!(has_token, host.stored(), "{context}: a token is answered if and only if it was stored");
    match response.status {
        200 => {}
        400 => assert!(
            ["unauthorized_client", "invalid_scope", "invalid_grant"].contains(&code(response).as_str()),
            "{context}"
        ),
        401 => assert_eq!(code(response), "invalid_client", "{context}"),
        429 | 503 => assert_eq!(code(response), "temporarily_unavailable", "{context}"),
        500 => assert_eq!(
            body(response),
            json!({"error": "server_error", "error_description": "the server cannot answer"}),
            "{context}"
        ),
        status => panic!("{context}: {status}"),
    }
    let ceiling = host.answered("find_client").map(|found| found["client"]["policy"]["body"].clone());
    if let (Some(token), Some(Value::String(ceiling))) = (issued(host), ceiling) {
        assert!(token.within(&Policy::parse(&ceiling).unwrap()), "{context}: T in K");
    }
}

fn code(response: &Response) -> String {
    body(response)["error"].as_str().unwrap_or_default().to_owned()
}

/// The answers of an honest host to these needs.
fn honest(scene: &Scene) -> Vec<Value> {
    let truth = |value: Value| Answer::Value(value);
    let mut host = HostileHost::new(&scene.world.host, usize::MAX, &truth);
    let ran = scene.world.send_to(scene.endpoint, scene.request.clone(), &mut host);
    assert_eq!(ran.outcome.status, 200, "{}", scene.name);
    assert_eq!(ran.asked, scene.needs, "{}", scene.name);
    judge(scene.name, &ran.outcome, &host);
    let value = |answer: &Answer| match answer {
        Answer::Value(value) => value.clone(),
        Answer::Unavailable => Value::Null,
    };
    host.exchanged.iter().map(|(_, answer)| value(answer)).collect()
}

#[test]
fn junk_in_any_place_of_any_answer_breaks_no_invariant() {
    let mut tried = 0_usize;
    let mut statuses = BTreeSet::new();
    for scene in scenes() {
        for (at, answer) in honest(&scene).into_iter().enumerate() {
            for place in places(&answer) {
                for other in junk() {
                    let context = format!("{} {} {place} {:.60}", scene.name, scene.needs[at], other.to_string());
                    let lie = |value: Value| Answer::Value(replaced(value, &place, &other));
                    let mut host = HostileHost::new(&scene.world.host, at, &lie);
                    let ran = scene.world.send_to(scene.endpoint, scene.request.clone(), &mut host);
                    judge(&context, &ran.outcome, &host);
                    assert!(!format!("{:?}", ran.events).contains("CANARY"), "{context}");
                    statuses.insert(ran.outcome.status);
                    tried = tried.saturating_add(1);
                }
            }
        }
    }
    assert!(tried > 1000, "{tried}");
    assert_eq!(statuses, BTreeSet::from([200, 400, 401, 500, 503]));
}

#[test]
fn a_whole_answer_of_another_shape_is_500_and_opaque() {
    for scene in scenes() {
        for (at, need) in scene.needs.iter().enumerate() {
            for other in junk() {
                // These are answers: no client, no grant, no token, nothing held.
                let fits = match *need {
                    "find_access_token" | "find_code" | "find_session" | "find_standing_grant" | "revoke_grant" => {
                        other.is_null()
                    }
                    "held_capabilities" => other.as_array().is_some_and(|all| all.iter().all(Value::is_string)),
                    _ => false,
                };
                let lie = |_| Answer::Value(other.clone());
                let mut host = HostileHost::new(&scene.world.host, at, &lie);
                let ran = scene.world.send_to(scene.endpoint, scene.request.clone(), &mut host);
                if !fits {
                    assert_eq!(ran.outcome.status, 500, "{} {need} {:.60}", scene.name, other.to_string());
                    assert_eq!(ran.asked, scene.needs[..=at]);
                    assert!(matches!(ran.events[..], [Event::HostFault { .. }]), "{:?}", ran.events);
                }
            }
        }
    }
}

#[test]
fn a_store_that_is_down_at_any_need_is_503_with_retry_after_and_no_token() {
    for scene in scenes() {
        for at in 0..scene.needs.len() {
            let lie = |_| Answer::Unavailable;
            let mut host = HostileHost::new(&scene.world.host, at, &lie);
            let ran = scene.world.send_to(scene.endpoint, scene.request.clone(), &mut host);
            assert_eq!(ran.error(), (503, "temporarily_unavailable".into()), "{} {at}", scene.name);
            assert_eq!(ran.outcome.header("Retry-After"), Some("5"));
            assert_eq!(ran.asked, scene.needs[..=at]);
            assert!(ran.events.is_empty() && !host.stored());
        }
    }
}

#[test]
fn a_token_is_answered_only_if_the_store_said_stored() {
    let scene = &scenes()[0];
    for word in ["Stored", "stored ", "spent", "ok", ""] {
        let lie = |_| Answer::Value(json!(word));
        let mut host = HostileHost::new(&scene.world.host, 3, &lie);
        let ran = scene.world.send_to("token", scene.request.clone(), &mut host);
        assert_eq!(ran.outcome.status, 500, "{word}");
        assert_eq!(ran.events, [Event::HostFault { need: "issue" }]);
    }
}

#[test]
fn capabilities_that_were_not_asked_about_are_not_taken() {
    let (world, client) = site();
    let extra = json!(["manage_options", "edit_posts", "manage_everything", "exist", "all", CANARY]);
    let lie = |_| Answer::Value(extra.clone());
    let mut host = HostileHost::new(&world.host, 2, &lie);
    let ran = world.send_to("token", token_request(&client), &mut host);
    assert_eq!(ran.outcome.status, 200);
    let token = issued(&host).unwrap();
    assert!(token.takeover.contains("manage_options"));
    for name in ["edit_posts", "manage_everything", "edit_users", CANARY] {
        assert!(!token.takeover.contains(name), "{name}");
    }
}

#[test]
fn a_restricted_client_gets_no_takeover_right_that_was_not_ticked() {
    let mut world = World::new();
    let client = world.register(with(service_draft(), json!({"takeover": ["edit_users"]})));
    let lie = |_| Answer::Value(json!(["edit_users", "manage_options", "promote_users"]));
    let mut host = HostileHost::new(&world.host, 2, &lie);
    world.send_to("token", token_request(&client), &mut host);
    let token = issued(&host).unwrap();
    assert!(token.takeover.contains("edit_users") && !token.takeover.contains("manage_options"));
}

#[test]
fn a_standing_grant_wider_than_the_ceiling_earns_no_more_than_the_ceiling() {
    for number in [1, 2, 999] {
        let (mut world, client) = site();
        world.token(&client);
        let everything = Policy::everything().canonical();
        let lie = |_| Answer::Value(json!({"id": 101, "policy": {"id": number, "body": everything}}));
        let mut host = HostileHost::new(&world.host, 1, &lie);
        let ran = world.send_to("token", token_request(&client), &mut host);
        assert_eq!(ran.outcome.status, 200);
        let ceiling = world.host.policy(world.host.clients[0].policy);
        let token = issued(&host).unwrap();
        assert!(token.within(&ceiling));
        for question in Question::all() {
            assert!(!question.ask(&alone(&token)) || question.ask(&alone(&ceiling)), "{question:?}");
        }
    }
}

#[test]
fn the_row_of_another_client_authenticates_nobody() {
    let (mut world, client) = site();
    let other = world.service();
    for id in [other.client_id.clone(), client.client_id.to_lowercase(), String::new(), CANARY.into()] {
        let lie = |value: Value| Answer::Value(replaced(value, "/client/client_id", &json!(id)));
        let mut host = HostileHost::new(&world.host, 0, &lie);
        let ran = world.send_to("token", token_request(&client), &mut host);
        assert_eq!(ran.error(), (401, "invalid_client".into()), "{id}");
    }
}

#[test]
fn failures_of_other_buckets_or_below_the_limit_do_not_refuse() {
    let (world, client) = site();
    let foreign = app_connect::secret::token::TokenDigest::of(b"somebody else");
    for (failures, status) in [
        (json!([{"bucket": foreign, "hits": i64::MAX}]), 200),
        (json!([]), 200),
        (json!([{"bucket": "short", "hits": 1}]), 500),
        (json!([{"bucket": foreign, "hits": -1}]), 200),
        (json!([{"bucket": foreign}]), 500),
    ] {
        let lie = |value: Value| Answer::Value(replaced(value, "/failures", &failures));
        let mut host = HostileHost::new(&world.host, 0, &lie);
        let ran = world.send_to("token", token_request(&client), &mut host);
        assert_eq!(ran.outcome.status, status, "{failures}");
    }
}

#[test]
fn a_huge_count_is_a_limit_and_a_negative_one_is_none() {
    for (hits, status) in
        [(json!(i64::MAX), 429), (json!("9223372036854775807"), 429), (json!(-1), 200), (json!(i64::MIN), 200)]
    {
        let (world, client) = site();
        let lie = |mut value: Value| {
            value["failures"] = json!([{"bucket": bucket(&client), "hits": hits}]);
            Answer::Value(value)
        };
        let mut host = HostileHost::new(&world.host, 0, &lie);
        let ran = world.send_to("token", token_request(&client), &mut host);
        assert_eq!(ran.outcome.status, status, "{hits}");
        assert_eq!(code(&ran.outcome) == "temporarily_unavailable", status == 429);
    }
}

/// The bucket of this client at the address of the tests, as it would be asked about.
fn bucket(client: &Registered) -> Value {
    let mut world = World::new();
    world.send("token", token_request(client));
    world.host.asked[0].1["buckets"][0].clone()
}

/// The site, a token on it, and the request that bears it.
fn bearer_scene() -> (World, String, Request) {
    let (mut world, client) = site();
    let token = world.token(&client);
    let request = rest("/wp/v2/posts/7", Some(&format!("Bearer {token}")));
    (world, token, request)
}

#[test]
fn junk_in_any_place_of_a_token_row_makes_no_wider_principal() {
    let (world, _, request) = bearer_scene();
    let truth = |value: Value| Answer::Value(value);
    let mut host = HostileHost::new(&world.host, usize::MAX, &truth);
    let Bearer::Principal(_) = world.authenticate_by(request.clone(), &mut host).outcome else {
        panic!("the token is good");
    };
    let rows: Vec<Value> =
        ["find_access_token", "touch_grant"].iter().map(|name| host.answered(name).unwrap().clone()).collect();
    let mut kinds = BTreeSet::new();
    for (at, row) in rows.iter().enumerate() {
        for place in places(row) {
            for other in junk() {
                let context = format!("{at} {place} {:.60}", other.to_string());
                let lie = |value: Value| Answer::Value(replaced(value, &place, &other));
                let mut host = HostileHost::new(&world.host, at, &lie);
                let ran = world.authenticate_by(request.clone(), &mut host);
                match ran.outcome {
                    Bearer::Anonymous => panic!("{context}: a token of ours became nobody"),
                    Bearer::Refused(response) => {
                        assert!(!format!("{response:?}").contains("CANARY"), "{context}");
                        assert!([401, 500].contains(&response.status), "{context}");
                        kinds.insert(response.status);
                    }
                    Bearer::Principal(principal) => {
                        kinds.insert(200);
                        let row = host.answered("find_access_token").unwrap();
                        for name in [&row["policy"], &row["client"]["policy"]] {
                            let limit = alone(&Policy::parse(name.as_str().unwrap()).unwrap());
                            for question in Question::all() {
                                let allowed = question.ask(&principal.authority);
                                assert!(!allowed || question.ask(&limit), "{context}: {question:?}");
                            }
                        }
                        assert_eq!(row["subject"]["user"], principal.user.value(), "{context}");
                    }
                }
            }
        }
    }
    assert_eq!(kinds, BTreeSet::from([200, 401, 500]));
}

#[test]
fn a_token_row_without_one_of_its_members_is_malformed() {
    // A column that a host forgot must not read as "not revoked" or "never ends".
    let (world, _, request) = bearer_scene();
    for place in [
        "/digest",
        "/policy",
        "/scope",
        "/expires_at",
        "/revoked_at",
        "/grant",
        "/grant/id",
        "/grant/method",
        "/grant/client_epoch",
        "/grant/subject_epoch",
        "/grant/method_epoch",
        "/grant/revoked_at",
        "/grant/expires_at",
        "/client",
        "/client/id",
        "/client/client_id",
        "/client/status",
        "/client/epoch",
        "/client/config",
        "/client/policy",
        "/subject",
        "/subject/epoch",
    ] {
        let lie = |value: Value| Answer::Value(removed(value, place));
        let mut host = HostileHost::new(&world.host, 0, &lie);
        let ran = world.authenticate_by(request.clone(), &mut host);
        assert_eq!(refusal(&ran.outcome), Some("500 server_error"), "{place}");
    }
}

#[test]
fn a_scope_of_the_store_cannot_break_the_challenge_of_a_refusal() {
    let (world, _, request) = bearer_scene();
    for scope in [CANARY, "a\"b", "a\\b", "a\r\nb", "\u{e9}"] {
        let lie = |value: Value| Answer::Value(replaced(value, "/scope", &json!(scope)));
        let mut host = HostileHost::new(&world.host, 0, &lie);
        match world.authenticate_by(request.clone(), &mut host).outcome {
            Bearer::Anonymous => panic!("{scope:?}"),
            Bearer::Refused(response) => assert_eq!(response.status, 500, "{scope:?}"),
            Bearer::Principal(principal) => {
                let refusal = principal.insufficient_scope();
                check(&refusal);
                let challenge = refusal.header("WWW-Authenticate").unwrap();
                assert_eq!(challenge.matches('"').count(), 8, "{challenge}");
            }
        }
    }
}

#[test]
fn a_token_row_of_another_client_is_not_revoked() {
    let (mut world, client) = site();
    let other = world.service();
    let token = world.token(&client);
    let lie = |value: Value| Answer::Value(replaced(value, "/client/id", &json!(other.id)));
    let mut host = HostileHost::new(&world.host, 1, &lie);
    let request = authorized(form(&[("token", &token)]), basic(&client.client_id, &client.secret));
    let ran = world.send_to("revoke", request, &mut host);
    assert_eq!(ran.error(), (400, "invalid_grant".into()));
    assert_eq!(ran.asked, ["find_client", "find_access_token"]);
}

#[test]
fn sc_06_a_planted_hash_cannot_make_a_check_expensive() {
    let (world, client) = site();
    for hash in [
        "argon2id:$argon2id$v=19$m=4194304,t=9,p=1$AAAA$AAAA",
        "argon2id::",
        "argon2id:AAAAAAAAAAAAAAAAAAAAAA:AAAA",
        "sha256:",
        "sha256:zzz",
    ] {
        let lie = |value: Value| Answer::Value(replaced(value, "/client/secret_hash", &json!(hash)));
        for secret in [client.secret.as_str(), "typed by hand"] {
            let mut host = HostileHost::new(&world.host, 0, &lie);
            let request = authorized(form(&[("grant_type", "client_credentials")]), basic(&client.client_id, secret));
            let (ran, spent) = crate::support::slow::hashes(|| world.send_to("token", request, &mut host));
            assert_eq!(ran.error(), (401, "invalid_client".into()), "{hash}");
            assert!(spent <= 1, "{hash}");
        }
    }
}
