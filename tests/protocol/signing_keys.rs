//! The life of signing keys: made, published, rotated, imported, revoked, lost; cases JW-20, JW-21 and SC of the threat model.

use app_connect::event::{Event, RotationCause};
use app_connect::jose;
use app_connect::model::number::Id;
use app_connect::secret::Secret;
use app_connect::signing::manage::Action;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::support::keys::Keys;
use crate::support::world::{Registered, World, body, secret_of};

const DAY: i64 = 86_400;
const HOUR: i64 = 3600;

/// A site that signs, and a service on it.
fn site() -> (World, Registered) {
    let mut world = World::new();
    let client = world.service();
    world.sign();
    (world, client)
}

/// The name of the key that signed a token.
fn kid(token: &str) -> String {
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    serde_json::from_slice::<Value>(&header).unwrap()["kid"].as_str().unwrap().to_owned()
}

/// The names of the published keys.
fn published(world: &mut World) -> Vec<String> {
    let set = world.published("jwks");
    set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn secret(world: &mut World, secret: Value) {
    world.reconfigure(|config| config["site_secret"] = secret);
}

fn salts(first: u8) -> Value {
    json!((first..first.saturating_add(8)).map(secret_of).collect::<Vec<_>>())
}

fn rotated(events: &[Event]) -> Vec<(&str, RotationCause, Option<u64>)> {
    let rotations = events.iter().filter_map(|event| match event {
        Event::KeyRotated { kid, why, user, .. } => Some((kid.as_str(), *why, user.map(Id::value))),
        _ => None,
    });
    rotations.collect()
}

fn pem(key_type: &str) -> Vec<u8> {
    let (algorithm, key_type) = jose::find_key_type(key_type).unwrap();
    let der = algorithm.generate(key_type).unwrap().pkcs8().unwrap();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der.expose())).into_bytes()
}

fn import(world: &mut World, pem: Vec<u8>, at_once: bool) -> (u16, String) {
    world.manage(Action::Import { pem: Secret::new(pem), at_once }).error()
}

/// The state of each key, the newest first.
fn states(world: &mut World) -> Vec<String> {
    let view = body(&world.manage(Action::List).outcome);
    view["keys"].as_array().unwrap().iter().map(|key| key["state"].as_str().unwrap().to_owned()).collect()
}

fn secret_state(world: &mut World) -> String {
    body(&world.manage(Action::List).outcome)["secret"]["state"].as_str().unwrap().to_owned()
}

#[test]
fn the_first_token_makes_the_key_that_signs_it_and_the_one_that_comes_next() {
    let (mut world, client) = site();
    let ran = world.ask_token(&client, &[]);
    let token = ran.member("access_token");
    let keys = world.host.keys.clone();
    assert_eq!(keys.rows.len(), 2);
    assert_eq!(keys.in_slot("EdDSA").kid, kid(&token));
    assert_eq!(rotated(&ran.events), [(kid(&token).as_str(), RotationCause::First, None)]);
    assert_eq!(keys.in_slot("EdDSA.next").activated_at, None);
    assert!(keys.vault.is_some());
    // The second takes them as they are, and notes nothing.
    let again = world.ask_token(&client, &[]);
    assert!(!again.asked.contains(&"change_keys"), "{:?}", again.asked);
    assert_eq!(kid(&again.member("access_token")), kid(&token));
    assert!(rotated(&again.events).is_empty());
}

#[test]
fn sc_04_of_two_first_requests_one_makes_the_key_and_both_sign_with_it() {
    let (mut world, client) = site();
    let mut other = World::new();
    other.server = crate::support::world::server(&world.config);
    other.sign();
    other.manage(Action::Maintain);
    world.host.keys.meanwhile = Some(Box::new(other.host.keys.clone()));
    let ran = world.ask_token(&client, &[]);
    assert_eq!(ran.outcome.status, 200, "{}", ran.outcome.body);
    assert_eq!(kid(&ran.member("access_token")), other.host.keys.in_slot("EdDSA").kid);
    assert_eq!(world.host.keys.rows.len(), 2);
    assert!(rotated(&ran.events).is_empty(), "whoever made it tells of it");
}

#[test]
fn somebody_who_always_gets_in_between_is_no_reason_to_go_on_for_ever() {
    struct Never(crate::support::memory::MemoryHost);
    impl crate::support::drive::Host for Never {
        fn fulfil(&mut self, need: &app_connect::need::Need) -> app_connect::flow::Answer {
            match need {
                app_connect::need::Need::ChangeKeys(_) => app_connect::flow::Answer::Value(json!("conflict")),
                need => self.0.fulfil(need),
            }
        }
    }
    let (world, _) = site();
    let mut host = Never(world.host.clone());
    let ran = world.send_to("jwks", crate::support::requests::get("jwks"), &mut host);
    assert_eq!(ran.error(), (503, "temporarily_unavailable".into()));
    assert!(ran.asked.iter().filter(|name| **name == "change_keys").count() <= 3);
}

#[test]
fn jw_20_a_rotation_counts_at_once_and_the_old_key_stays_while_tokens_live_that_it_signed() {
    let (mut world, client) = site();
    let first = world.token(&client);
    let next = world.host.keys.in_slot("EdDSA.next").kid.clone();
    assert!(published(&mut world).contains(&next), "known before it signs");
    world.now += 10;
    let ran = world.manage(Action::Rotate);
    assert_eq!(rotated(&ran.events), [(next.as_str(), RotationCause::Administrator, Some(1))]);
    let second = world.token(&client);
    assert_eq!(kid(&second), next);
    assert_eq!(states(&mut world), ["next", "active", "retiring"]);
    assert!(published(&mut world).contains(&kid(&first)));
    assert!(world.principal(&first).is_some());
    // The private part is of no use any more.
    assert_eq!(world.host.keys.named(&kid(&first)).sealed, None);
    // An hour, which is what its tokens live, and five minutes.
    world.now += HOUR + 299;
    assert!(published(&mut world).contains(&kid(&first)));
    world.now += 1;
    assert!(!published(&mut world).contains(&kid(&first)));
    assert_eq!(states(&mut world), ["next", "active", "retired"]);
    assert!(world.principal(&first).is_none());
}

#[test]
fn a_key_stays_published_for_the_longest_token_that_it_ever_signed() {
    let (mut world, client) = site();
    world.reconfigure(|config| config["access_token_lifetime"] = json!(DAY));
    let long = world.token(&client);
    world.reconfigure(|config| config["access_token_lifetime"] = json!(60));
    world.token(&client);
    world.now += 10;
    world.manage(Action::Rotate);
    world.now += DAY - 20;
    assert!(world.principal(&long).is_some());
    assert!(published(&mut world).contains(&kid(&long)));
    world.now += 20 + 300;
    assert!(!published(&mut world).contains(&kid(&long)));
}

#[test]
fn a_scheduled_rotation_comes_when_its_time_has_come() {
    let (mut world, client) = site();
    let first = kid(&world.token(&client));
    world.now += 90 * DAY - 1;
    assert_eq!(kid(&world.token(&client)), first);
    world.now += 1;
    let next = world.host.keys.in_slot("EdDSA.next").kid.clone();
    let ran = world.ask_token(&client, &[]);
    assert_eq!(kid(&ran.member("access_token")), next);
    assert_eq!(rotated(&ran.events), [(next.as_str(), RotationCause::Scheduled, None)]);
    let view = body(&world.manage(Action::List).outcome);
    assert_eq!(view["next_rotation"], json!(world.now + 90 * DAY));
    // Cron finds the same, where nobody asks for tokens.
    world.now += 90 * DAY;
    assert_eq!(rotated(&world.manage(Action::Maintain).events).len(), 1);
    assert!(world.manage(Action::Maintain).events.is_empty());
}

#[test]
fn a_scheduled_rotation_waits_until_verifiers_can_know_the_next_key() {
    let (mut world, client) = site();
    let first = kid(&world.token(&client));
    world.now += 90 * DAY - 10;
    let next = world.host.keys.in_slot("EdDSA.next").kid.clone();
    world.manage(Action::Revoke { kid: next });
    world.now += 10;
    assert_eq!(kid(&world.token(&client)), first);
    world.now += HOUR;
    assert_ne!(kid(&world.token(&client)), first);
}

#[test]
fn another_kind_of_key_is_published_first_and_another_algorithm_signs_at_once() {
    let (mut world, client) = site();
    world.reconfigure(|config| config["signing"] = json!({"key_type": "rsa-2048"}));
    let small = kid(&world.token(&client));
    world.reconfigure(|config| config["signing"] = json!({"key_type": "rsa-3072"}));
    assert_eq!(kid(&world.token(&client)), small, "it signs until it is rotated");
    assert_eq!(world.host.keys.in_slot("RS256.next").sort, "rsa-3072");
    let next = world.host.keys.in_slot("RS256.next").kid.clone();
    assert!(published(&mut world).contains(&next));
    world.manage(Action::Rotate);
    assert_eq!(kid(&world.token(&client)), next);
    // Smaller than what is there is no reason to make another.
    world.reconfigure(|config| config["signing"] = json!({"key_type": "rsa-2048"}));
    assert!(!world.ask_token(&client, &[]).asked.contains(&"change_keys"));
    world.reconfigure(|config| config["signing"] = json!({"key_type": "ec-p256"}));
    let token = world.token(&client);
    assert_eq!(world.host.keys.in_slot("ES256").kid, kid(&token));
    assert!(world.host.keys.rows.iter().all(|row| row.slot.as_deref().is_none_or(|slot| slot.starts_with("ES256"))));
    assert!(published(&mut world).contains(&next), "what it signed is verified still");
}

#[test]
fn an_imported_key_signs_from_the_next_rotation_on_or_at_once() {
    let (mut world, client) = site();
    let first = kid(&world.token(&client));
    let (one, two) = (pem("ed25519"), pem("ed25519"));
    assert_eq!(import(&mut world, one.clone(), false).0, 200);
    let next = world.host.keys.in_slot("EdDSA.next").kid.clone();
    assert_eq!(kid(&world.token(&client)), first);
    assert!(published(&mut world).contains(&next));
    assert_eq!(import(&mut world, two, true).0, 200);
    let now = kid(&world.token(&client));
    assert!(![&first, &next].contains(&&now));
    assert_eq!(world.host.keys.in_slot("EdDSA.next").kid, next);
    assert_eq!(import(&mut world, one.clone(), true), (422, "exists".into()));
    world.manage(Action::Revoke { kid: next });
    assert_eq!(import(&mut world, one, true), (422, "exists".into()), "what was revoked does not come back");
}

#[test]
fn an_import_that_the_site_would_not_sign_with_is_refused_by_name() {
    let (mut world, _) = site();
    assert_eq!(import(&mut world, pem("ec-p256"), true), (422, "other_type".into()));
    assert_eq!(import(&mut world, b"no key".to_vec(), true), (422, "malformed".into()));
    world.reconfigure(|config| config["signing"] = json!({"key_type": "rsa-3072"}));
    assert_eq!(import(&mut world, pem("rsa-2048"), true), (422, "other_type".into()));
    assert!(world.host.keys.rows.is_empty());
    // The first key of a site signs, whatever was said: there is no other.
    world.reconfigure(|config| config["signing"] = json!({"key_type": "ed25519"}));
    let ran = world.manage(Action::Import { pem: Secret::new(pem("ed25519")), at_once: false });
    assert_eq!(ran.outcome.status, 200, "{}", ran.outcome.body);
    assert!(matches!(ran.events.first(), Some(Event::KeyImported { user: Some(user), .. }) if user.value() == 1));
    assert_eq!(states(&mut world), ["next", "active"]);
}

#[test]
fn a_revoked_key_takes_all_that_it_signed_with_it_and_another_signs_at_once() {
    let (mut world, client) = site();
    let token = world.token(&client);
    let next = world.host.keys.in_slot("EdDSA.next").kid.clone();
    let ran = world.manage(Action::Revoke { kid: kid(&token) });
    assert_eq!(ran.outcome.status, 200, "{}", ran.outcome.body);
    assert!(matches!(ran.events.first(), Some(Event::KeyRevoked { kid: revoked, .. }) if *revoked == kid(&token)));
    assert_eq!(rotated(&ran.events), [(next.as_str(), RotationCause::Revoked, Some(1))]);
    assert!(world.principal(&token).is_none());
    assert!(!published(&mut world).contains(&kid(&token)));
    assert_eq!(world.host.keys.named(&kid(&token)).sealed, None);
    assert_eq!(kid(&world.token(&client)), next);
    assert_eq!(states(&mut world), ["next", "active", "revoked"]);
    assert_eq!(world.manage(Action::Revoke { kid: kid(&token) }).error(), (404, "unknown_key".into()));
    assert_eq!(world.manage(Action::Revoke { kid: "nobody's".into() }).error(), (404, "unknown_key".into()));
}

#[test]
fn a_token_that_was_signed_while_its_key_was_revoked_is_dead_at_birth() {
    let (mut world, client) = site();
    world.token(&client);
    let mut during = world.host.keys.clone();
    let active = during.in_slot("EdDSA").kid.clone();
    during.named(&active).compromised_at = Some(world.now);
    let token = world.token(&client);
    world.host.keys = during;
    assert!(world.principal(&token).is_none());
}

#[test]
fn two_rotations_at_once_are_one_and_the_other_is_told() {
    let (mut world, client) = site();
    world.token(&client);
    let before = world.host.keys.clone();
    world.manage(Action::Rotate);
    let after = std::mem::replace(&mut world.host.keys, Keys { meanwhile: None, ..before });
    world.host.keys.meanwhile = Some(Box::new(after.clone()));
    assert_eq!(world.manage(Action::Rotate).error(), (409, "conflict".into()));
    assert_eq!(world.host.keys.rows.len(), after.rows.len());
}

#[test]
fn sc_02_a_new_secret_beside_the_former_one_wraps_again_and_nothing_else_changes() {
    let (mut world, client) = site();
    let token = world.token(&client);
    let before = world.host.keys.clone();
    secret(&mut world, json!({"current": secret_of(b'b'), "previous": secret_of(b'a')}));
    let ran = world.ask_token(&client, &[]);
    assert!(ran.events.contains(&Event::SecretRewrapped {}));
    assert_eq!(kid(&ran.member("access_token")), kid(&token));
    assert_ne!(world.host.keys.vault, before.vault);
    assert_eq!(world.host.keys.in_slot("EdDSA").sealed, before.in_slot("EdDSA").sealed);
    // From then on the former one can go.
    secret(&mut world, json!({"current": secret_of(b'b')}));
    assert_eq!(kid(&world.token(&client)), kid(&token));
    assert_eq!(secret_state(&mut world), "good");
}

#[test]
fn sc_02_a_secret_that_is_placed_late_takes_over_from_the_salts() {
    let (mut world, client) = site();
    secret(&mut world, json!({"salts": salts(b'k')}));
    let token = world.token(&client);
    assert_eq!(secret_state(&mut world), "salts");
    secret(&mut world, json!({"current": secret_of(b'a'), "salts": salts(b'k')}));
    let ran = world.ask_token(&client, &[]);
    assert!(ran.events.contains(&Event::SecretRewrapped {}));
    // Whoever changes the salts then signs everybody out, and nothing else.
    secret(&mut world, json!({"current": secret_of(b'a'), "salts": salts(b'A')}));
    assert_eq!(kid(&world.token(&client)), kid(&token));
    assert_eq!(secret_state(&mut world), "good");
}

#[test]
fn sc_02_a_lost_secret_stops_signing_and_says_so_and_no_other_key_takes_its_place() {
    let (mut world, client) = site();
    let token = world.token(&client);
    let rows = world.host.keys.rows.len();
    let cases = [
        (json!({"current": secret_of(b'b')}), "lost"),
        (json!({}), "lost"),
        (json!({"salts": salts(b'k')}), "lost"),
        (json!({"current": STANDARD.encode([b'a'; 31])}), "weak"),
        (json!({"current": STANDARD.encode([b'c'; 31]), "previous": secret_of(b'a')}), "weak"),
    ];
    for (given, state) in cases {
        secret(&mut world, given);
        let ran = world.ask_token(&client, &[]);
        assert_eq!(ran.error(), (503, "temporarily_unavailable".into()), "{state}");
        assert!(ran.member("error_description").contains("AC_TOKEN_SECRET"));
        assert_eq!(secret_state(&mut world), state);
        assert_eq!(world.host.keys.rows.len(), rows);
        // What was signed is verified as before, and lives on here.
        assert!(published(&mut world).contains(&kid(&token)));
        assert!(world.principal(&token).is_some());
    }
    secret(&mut world, json!({"current": secret_of(b'a')}));
    assert_eq!(kid(&world.token(&client)), kid(&token));
}

#[test]
fn sc_02_without_any_secret_nothing_is_signed_and_opaque_tokens_go_on() {
    let (mut world, client) = site();
    for (given, state) in [
        (json!({}), "unset"),
        (json!({"salts": vec![secret_of(b'k'); 8]}), "unset"),
        (json!({"salts": ["", "", "", "", "", "", "", ""]}), "unset"),
        (json!({"salts": (b'a'..b'h').map(secret_of).collect::<Vec<_>>()}), "unset"),
        (json!({"current": STANDARD.encode([b'a'; 31])}), "weak"),
        (json!({"current": "", "salts": salts(b'k')}), "weak"),
    ] {
        secret(&mut world, given);
        assert_eq!(secret_state(&mut world), state);
        let ran = world.ask_token(&client, &[]);
        assert_eq!(ran.error(), (503, "temporarily_unavailable".into()));
        assert_eq!(ran.outcome.header("Retry-After"), Some("600"));
        let ran = world.send("jwks", crate::support::requests::get("jwks"));
        assert_eq!(ran.error(), (503, "temporarily_unavailable".into()), "an empty set would be remembered");
        assert!(world.host.keys.rows.is_empty() && world.host.keys.vault.is_none());
    }
    world.reconfigure(|config| config["access_token_format"] = json!("opaque"));
    assert!(world.token(&client).starts_with("oauth_ac_a"));
}

#[test]
fn sc_02_what_is_lost_can_be_given_up_and_only_that() {
    let (mut world, client) = site();
    let token = world.token(&client);
    assert_eq!(world.manage(Action::StartAfresh).error(), (409, "not_lost".into()));
    secret(&mut world, json!({"current": secret_of(b'b')}));
    let ran = world.manage(Action::StartAfresh);
    assert_eq!(ran.outcome.status, 200, "{}", ran.outcome.body);
    assert!(matches!(ran.events.first(), Some(Event::KeysStartedAfresh { user: Some(_) })));
    let fresh = world.token(&client);
    assert_ne!(kid(&fresh), kid(&token));
    // Nobody else has the keys: what they signed is good until it ends.
    assert!(world.principal(&token).is_some());
    assert!(published(&mut world).contains(&kid(&token)));
    assert_eq!(secret_state(&mut world), "good");
}

#[test]
fn a_data_key_that_is_gone_is_lost_and_nothing_takes_its_place_unasked() {
    let (mut world, client) = site();
    let token = world.token(&client);
    world.host.keys.vault = None;
    assert_eq!(world.ask_token(&client, &[]).error(), (503, "temporarily_unavailable".into()));
    assert_eq!(world.manage(Action::Rotate).error(), (503, "temporarily_unavailable".into()));
    assert_eq!(secret_state(&mut world), "lost");
    assert!(world.host.keys.vault.is_none());
    assert_eq!(world.manage(Action::StartAfresh).outcome.status, 200);
    assert_ne!(kid(&world.token(&client)), kid(&token));
}

#[test]
fn a_key_can_be_revoked_even_if_none_can_be_made() {
    let (mut world, client) = site();
    let token = world.token(&client);
    secret(&mut world, json!({}));
    assert_eq!(world.manage(Action::Revoke { kid: kid(&token) }).outcome.status, 200);
    assert!(world.principal(&token).is_none());
    assert_eq!(world.ask_token(&client, &[]).outcome.status, 503);
}

#[test]
fn sc_01_what_is_stored_tells_nothing_of_the_private_key() {
    let (mut world, client) = site();
    world.token(&client);
    let pem = pem("ed25519");
    let text = String::from_utf8(pem.clone()).unwrap();
    let der = STANDARD.decode(text.lines().nth(1).unwrap()).unwrap();
    assert_eq!(import(&mut world, pem, true).0, 200);
    let stored = format!("{:?}", world.host.keys);
    let seed = der.get(16..48).unwrap();
    for encoded in
        [STANDARD.encode(seed), URL_SAFE_NO_PAD.encode(seed), STANDARD.encode(&der), URL_SAFE_NO_PAD.encode(&der)]
    {
        assert!(!stored.contains(&encoded));
    }
    assert!(!stored.contains("\"d\""));
}

#[test]
fn a_sealed_key_opens_in_its_own_row_alone() {
    let (mut world, client) = site();
    world.token(&client);
    let next = world.host.keys.in_slot("EdDSA.next").sealed.clone();
    let active = world.host.keys.in_slot("EdDSA").kid.clone();
    world.host.keys.named(&active).sealed = next;
    let ran = world.ask_token(&client, &[]);
    assert_eq!(ran.error(), (503, "temporarily_unavailable".into()));
    // A rotation gets rid of it.
    assert_eq!(world.manage(Action::Rotate).outcome.status, 200);
    assert_eq!(world.ask_token(&client, &[]).outcome.status, 200);
}

#[test]
fn jw_21_only_public_members_are_published_whatever_is_stored() {
    let (mut world, client) = site();
    for key_type in ["rsa-2048", "ec-p256", "ed25519"] {
        world.reconfigure(|config| config["signing"] = json!({"key_type": key_type}));
        world.token(&client);
    }
    for row in &mut world.host.keys.rows {
        let mut public: Value = serde_json::from_str(&row.public).unwrap();
        for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            public[private] = json!("c2VjcmV0");
        }
        row.public = public.to_string();
    }
    let set = world.published("jwks");
    let keys = set["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 4, "those that never signed are not waited for");
    for key in keys {
        for name in key.as_object().unwrap().keys() {
            assert!(["n", "e", "x", "y", "crv", "kty", "kid", "use", "alg"].contains(&name.as_str()), "{name}");
        }
        assert_eq!(key["use"], "sig");
    }
    let mut names: Vec<_> = keys.iter().map(|key| key["kid"].to_string()).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 4, "names are unique");
}

#[test]
fn a_row_that_is_no_key_is_not_published_and_does_not_hide_the_others() {
    let (mut world, client) = site();
    let token = world.token(&client);
    let next = world.host.keys.in_slot("EdDSA.next").kid.clone();
    world.host.keys.named(&next).public = "{}".into();
    assert_eq!(published(&mut world), [kid(&token)]);
}
