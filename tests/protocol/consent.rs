//! What a person is asked, when, and what an approval counts for: design §5 and §10, RFC 8252 §8.6, OpenID Connect Core
//! §3.1.2. Cases AZ-17 to AZ-27 and OI-07, OI-08 of the threat model, as far as they need no browser.

use app_connect::event::Event;
use app_connect::model::approval::REMEMBERED;
use serde_json::{Value, json};

use crate::support::sign_in::{CALLBACK, CHALLENGE, PERSON, Visit, instead, spa_draft, usual, web_draft, writer_draft};
use crate::support::world::{Registered, World, with};

/// Somebody else.
const OTHER: u64 = 22;

fn site(draft: Value) -> (World, Registered) {
    let mut world = World::of_people();
    world.be(OTHER, &["read"]);
    let client = world.register(draft);
    (world, client)
}

/// Whether this visit asks the person for approval.
#[track_caller]
fn asks(visit: &Visit) -> bool {
    let asks = visit.waits.is_some();
    if asks {
        visit.approve();
    } else {
        visit.code();
    }
    asks
}

#[test]
fn what_is_shown_of_a_client_that_may_do_all_that_its_user_can() {
    let draft = json!({"description": "Reads news", "logo_uri": "https://app.example/logo.png", "verified": true});
    let (mut world, client) = site(with(spa_draft(), draft));
    world.be(PERSON, &["read", "edit_posts", "manage_options"]);
    let mut shown = world.visit(&usual(&client)).shown();
    let lacking = shown["takeover_lacking"].take();
    assert!(lacking.as_array().unwrap().contains(&json!("edit_users")));
    assert!(!lacking.as_array().unwrap().contains(&json!("manage_options")));
    assert_eq!(shown["digest"].take().as_str().unwrap().len(), 43);
    assert_eq!(
        shown,
        json!({
            "client": {
                "client_id": client.client_id, "name": "Reader", "description": "Reads news",
                "logo_uri": "https://app.example/logo.png", "verified": true, "first_party": false,
            },
            "redirect": {"kind": "web", "name": "app.example"},
            "user": PERSON, "mode": "full", "scope": "wp", "all": true, "bundles": [], "capabilities": [], "identity": [],
            "routes": null, "takeover": ["manage_options"], "takeover_lacking": null, "account": false, "remember": true,
            "digest": null,
        })
    );
}

#[test]
fn what_is_shown_of_a_restricted_client_is_its_bundles_and_what_the_user_lacks_of_them() {
    let extra = json!({"capabilities": ["moderate_comments", "edit_posts"], "takeover": ["edit_users", "export"]});
    let (mut world, client) = site(with(writer_draft(), extra));
    world.be(PERSON, &["read", "edit_posts", "publish_posts", "export"]);
    let shown = world.visit(&instead(&usual(&client), &[("scope", Some("wp openid"))])).shown();
    assert_eq!(
        (&shown["all"], &shown["mode"], &shown["scope"]),
        (&json!(false), &json!("restricted"), &json!("openid wp"))
    );
    let names: Vec<&str> = shown["bundles"].as_array().unwrap().iter().map(|b| b["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["content:read", "content:write"]);
    let lacks = &shown["bundles"][1]["lacks"];
    assert!(lacks.as_array().unwrap().contains(&json!("edit_others_posts")), "{lacks}");
    assert!(!lacks.as_array().unwrap().contains(&json!("publish_posts")), "{lacks}");
    assert_eq!(shown["capabilities"], json!([{"name": "moderate_comments", "held": false}]));
    assert_eq!(shown["identity"], json!(["openid"]));
    assert_eq!(shown["takeover"], json!(["export"]));
    assert_eq!(shown["takeover_lacking"], json!(["edit_users"]));
    assert!(shown["routes"].as_array().unwrap().contains(&json!("GET /wp-json/wp/v2/posts/*")));
}

#[test]
fn what_is_shown_is_what_the_scope_asks_for_and_no_more() {
    let (mut world, client) = site(spa_draft());
    let shown = world.visit(&instead(&usual(&client), &[("scope", Some("media:read email"))])).shown();
    assert_eq!(shown["bundles"], json!([{"name": "media:read", "lacks": []}]));
    assert_eq!((&shown["all"], &shown["capabilities"], &shown["takeover"]), (&json!(false), &json!([]), &json!([])));
    assert_eq!(shown["takeover_lacking"], json!([]));
    assert_eq!(shown["routes"], json!(["GET /wp-json/wp/v2/media", "GET /wp-json/wp/v2/media/*"]));
    assert_eq!(shown["identity"], json!(["email"]));
}

#[test]
fn what_is_shown_of_the_way_back_is_who_answers_there() {
    let uris = json!(["https://App.Example:8443/cb", "http://127.0.0.1/cb", "com.example.app:/cb"]);
    let (mut world, client) = site(with(spa_draft(), json!({"redirect_uris": uris})));
    for (uri, kind, name) in [
        ("https://App.Example:8443/cb", "web", "app.example"),
        ("http://127.0.0.1:49152/cb", "loopback", "127.0.0.1:49152"),
        ("com.example.app:/cb", "app", "com.example.app"),
    ] {
        let shown = world.visit(&instead(&usual(&client), &[("redirect_uri", Some(uri))])).shown();
        assert_eq!(shown["redirect"], json!({"kind": kind, "name": name}));
    }
}

#[test]
fn az_18_the_digest_is_of_everything_that_is_shown_and_asked() {
    let (mut world, client) =
        site(with(web_draft(), json!({"redirect_uris": ["http://127.0.0.1/cb"], "require_pkce": false})));
    let uri = "http://127.0.0.1:1/cb";
    let pairs = instead(&usual(&client), &[("redirect_uri", Some(uri))]);
    let digest = |world: &mut World, changes: &[(&'static str, Option<&'static str>)]| {
        let shown = world.visit(&instead(&pairs, changes)).shown();
        shown["digest"].as_str().unwrap().to_owned()
    };
    let mut seen = vec![digest(&mut world, &[])];
    assert_eq!(digest(&mut world, &[]), seen[0], "the same request has the same digest, whenever it is made");
    world.now += 60;
    assert_eq!(digest(&mut world, &[]), seen[0]);
    assert_eq!(digest(&mut world, &[("display", Some("popup"))]), seen[0], "what nobody reads does not matter");
    for changes in [
        vec![("scope", Some("content:read"))],
        vec![("scope", Some("content:read openid"))],
        vec![("state", Some("other"))],
        vec![("state", None)],
        vec![("nonce", Some("other"))],
        vec![("redirect_uri", Some("http://127.0.0.1:2/cb"))],
        vec![("redirect_uri", Some("http://127.0.0.1/cb"))],
        vec![("code_challenge", Some("0000000000000000000000000000000000000000000"))],
        vec![("code_challenge", None), ("code_challenge_method", None)],
        vec![("resource", Some("https://example.test/wp-json"))],
    ] {
        seen.push(digest(&mut world, &changes));
    }
    let rows: [(&str, &str); 5] = [
        ("\"description\":\"\"", "\"description\":\"x\""),
        ("\"logo_uri\":\"\"", "\"logo_uri\":\"https://x.test/\""),
        ("\"verified\":false", "\"verified\":true"),
        ("\"consent\":\"remember\"", "\"consent\":\"always\""),
        ("\"pkce_optional\":true", "\"pkce_optional\":false"),
    ];
    for (old, new) in rows {
        let before = world.host.client_mut(client.id).config.clone();
        world.host.client_mut(client.id).config = before.replace(old, new);
        assert_ne!(world.host.client_mut(client.id).config, before, "{old}");
        let other = digest(&mut world, &[]);
        assert_eq!(other == seen[0], old.contains("pkce"), "{old}: what is not shown and changes nothing");
        if !old.contains("pkce") {
            seen.push(other);
        }
        world.host.client_mut(client.id).config = before;
    }
    world.host.client_mut(client.id).name = "Other".into();
    seen.push(digest(&mut world, &[]));
    world.host.client_mut(client.id).name = "Newsletter".into();
    world.be(PERSON, &["read", "manage_options"]);
    seen.push(digest(&mut world, &[]));
    world.sit(OTHER);
    seen.push(digest(&mut world, &[]));
    let mut ceiling = app_connect::authority::policy::Policy::everything();
    ceiling.account = true;
    world.set_ceiling(&client, &ceiling);
    seen.push(digest(&mut world, &[]));
    let all = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), all, "no two are alike");
}

#[test]
fn design_10_an_approval_over_https_is_remembered_until_more_is_asked() {
    let (mut world, client) = site(spa_draft());
    let scoped = |scope| instead(&usual(&client), &[("scope", Some(scope))]);
    let first = world.approved(&scoped("content:read media:read"));
    assert!(first.asked.contains(&"approve"));
    let [Event::ConsentGranted { user, scope, .. }] = &first.events[..] else { panic!("{:?}", first.events) };
    assert_eq!((user.value(), scope.as_str()), (PERSON, "content:read media:read"));
    for (scope, asked) in [
        ("content:read media:read", false),
        ("content:read", false),
        ("content:read content:write", true),
        ("content:read openid", true),
        ("wp", true),
    ] {
        assert_eq!(asks(&world.visit(&scoped(scope))), asked, "{scope} (AZ-24)");
    }
    let quiet = world.visit(&scoped("content:read"));
    assert_eq!(quiet.asked, ["find_client", "find_visitor", "find_consent", "held_capabilities", "store_code"]);
    assert!(quiet.events.is_empty(), "nobody approved anything");
}

#[test]
fn design_10_an_approval_is_forgotten_after_a_year() {
    let (mut world, client) = site(spa_draft());
    world.code(&client);
    let consent = world.host.people.consents[&(client.id, PERSON)].clone();
    assert_eq!((consent.expires_at, consent.scope.as_str()), (Some(world.now + REMEMBERED), "wp"));
    world.now += REMEMBERED - 1;
    assert!(!asks(&world.visit(&usual(&client))));
    world.now += 1;
    assert!(asks(&world.visit(&usual(&client))));
    world.host.people.consents.get_mut(&(client.id, PERSON)).unwrap().expires_at = None;
    assert!(!asks(&world.visit(&usual(&client))));
}

#[test]
fn an_approval_counts_for_its_user_and_its_client_alone() {
    let (mut world, client) = site(spa_draft());
    let other = world.register(spa_draft());
    world.code(&client);
    assert!(asks(&world.visit(&usual(&other))));
    world.sit(OTHER);
    assert!(asks(&world.visit(&usual(&client))));
}

#[test]
fn design_5_who_was_promoted_since_is_asked_again_and_who_lost_rights_is_not() {
    let (mut world, client) = site(spa_draft());
    world.code(&client);
    world.be(PERSON, &["read"]);
    assert!(!asks(&world.visit(&usual(&client))));
    world.be(PERSON, &["read", "edit_users"]);
    assert!(asks(&world.visit(&usual(&client))));
}

#[test]
fn design_5_a_ceiling_that_was_widened_since_is_asked_for_again() {
    let (mut world, client) = site(writer_draft());
    world.code(&client);
    assert!(!asks(&world.visit(&usual(&client))));
    world.set_ceiling(&client, &app_connect::authority::policy::Policy::everything());
    assert!(asks(&world.visit(&usual(&client))));
}

#[test]
fn az_23_a_public_client_on_loopback_or_a_private_scheme_is_asked_each_time() {
    let uris = ["http://127.0.0.1/cb", "http://localhost/cb", "com.example.app:/cb", CALLBACK];
    for (draft, kept) in [(spa_draft(), false), (web_draft(), true)] {
        let (mut world, client) = site(with(draft, json!({"redirect_uris": uris})));
        for uri in uris {
            let pairs = instead(&usual(&client), &[("redirect_uri", Some(uri))]);
            let kept = kept || uri == CALLBACK;
            world.host.people.consents.clear();
            let shown = world.visit(&pairs).shown();
            assert_eq!(shown["remember"], kept, "{uri}");
            assert!(world.approved(&pairs).back_to(uri).contains_key("code"));
            assert_eq!(world.host.people.consents.len(), usize::from(kept), "{uri}");
            assert_eq!(world.visit(&pairs).waits.is_none(), kept, "{uri}");
            // Nor with an approval that another way back brought.
            world.approved(&usual(&client));
            assert_eq!(world.visit(&pairs).waits.is_none(), kept, "{uri}");
            let silent = world.visit(&instead(&pairs, &[("prompt", Some("none"))]));
            let error = silent.back_to(uri).get("error").cloned();
            assert_eq!(error.as_deref(), (!kept).then_some("consent_required"), "{uri}");
        }
    }
}

#[test]
fn a_client_of_which_an_administrator_says_always_is_asked_for_each_time() {
    let (mut world, client) = site(with(web_draft(), json!({"consent": "always"})));
    world.code(&client);
    assert!(world.host.people.consents.is_empty());
    assert!(asks(&world.visit(&usual(&client))));
}

#[test]
fn az_25_a_first_party_client_is_not_asked_for_if_it_is_confidential() {
    let (mut world, client) = site(with(web_draft(), json!({"first_party": true})));
    let visit = world.visit(&usual(&client));
    assert!(!asks(&visit) && visit.events.is_empty() && world.host.people.consents.is_empty());
    assert!(asks(&world.visit(&instead(&usual(&client), &[("prompt", Some("consent"))]))), "unless it wants to");
    let error = world.try_register(with(spa_draft(), json!({"first_party": true}))).unwrap_err();
    assert_eq!((error[0].field, error[0].code), ("first_party", "confidential_only"));
    // Nor if a row says so.
    let public = world.register(spa_draft());
    let config = world.host.client_mut(public.id).config.replace("\"first_party\":false", "\"first_party\":true");
    assert!(config.contains("\"first_party\":true"));
    world.host.client_mut(public.id).config = config;
    assert!(asks(&world.visit(&usual(&public))));
}

#[test]
fn prompt_consent_and_select_account_ask_whatever_was_approved() {
    let (mut world, client) = site(spa_draft());
    world.code(&client);
    for prompt in ["consent", "select_account", "consent select_account"] {
        assert!(asks(&world.visit(&instead(&usual(&client), &[("prompt", Some(prompt))]))), "{prompt}");
    }
    world.says(Some(false));
    let visit = world.visit(&instead(&usual(&client), &[("prompt", Some("consent"))]));
    assert_eq!(visit.error(), "access_denied");
    world.says(None);
}

#[test]
fn oi_07_prompt_none_asks_nobody_anything() {
    let (mut world, client) = site(spa_draft());
    let silent = instead(&usual(&client), &[("prompt", Some("none"))]);
    assert_eq!(world.visit(&silent).error(), "consent_required");
    world.code(&client);
    world.visit(&silent).code();
    assert_eq!(world.visit(&instead(&silent, &[("max_age", Some("30"))])).error(), "login_required");
    world.browser().user = None;
    assert_eq!(world.visit(&silent).error(), "login_required");
}

#[test]
fn az_26_who_is_not_signed_in_signs_in_and_comes_back_to_the_same_request() {
    let (mut world, client) = site(spa_draft());
    let pairs = instead(&usual(&client), &[("login_hint", Some("ada@example.test"))]);
    let digest = world.visit(&pairs).shown()["digest"].clone();
    world.browser().user = None;
    let (fresh, hint, resume) = world.visit(&pairs).log_in();
    assert_eq!((fresh, hint.as_deref()), (false, Some("ada@example.test")));
    world.browser().user = Some(PERSON);
    assert_eq!(world.resume(&resume).shown()["digest"], digest);
}

#[test]
fn oi_08_prompt_login_and_max_age_want_a_login_that_is_new() {
    for (changes, fresh) in [
        (vec![("prompt", Some("login"))], true),
        (vec![("prompt", Some("login consent"))], true),
        (vec![("max_age", Some("59"))], true),
        (vec![("max_age", Some("0"))], true),
        (vec![("max_age", Some("60"))], false),
        (vec![("max_age", Some("4294967295"))], false),
    ] {
        let (mut world, client) = site(spa_draft());
        let visit = world.visit(&instead(&usual(&client), &changes));
        if !fresh {
            visit.approve();
            continue;
        }
        let (fresh, _, resume) = visit.log_in();
        assert!(fresh, "{changes:?}");
        // Coming back without having signed in changes nothing, however long it takes.
        world.now += 30;
        let (_, _, again) = world.resume(&resume).log_in();
        world.now += 5;
        world.browser().auth_time = Some(world.now);
        world.now += 300;
        world.resume(&again).approve();
        world.says(Some(true));
        let code = world.resume(&again).code();
        let payload: Value = serde_json::from_str(&world.code_mut(&code).payload).unwrap();
        assert_eq!(payload["auth_time"], world.now - 300, "auth_time moved");
    }
}

#[test]
fn oi_08_a_login_counts_from_the_moment_when_it_was_asked_for_first() {
    let (mut world, client) = site(spa_draft());
    let asked = world.now;
    let (_, _, resume) = world.visit(&instead(&usual(&client), &[("prompt", Some("login"))])).log_in();
    world.now += 30;
    let (_, _, again) = world.resume(&resume).log_in();
    // The person signed in meanwhile, in another window.
    for (auth_time, fresh) in [(asked - 1, false), (asked, true), (asked + 10, true)] {
        world.browser().auth_time = Some(auth_time);
        assert_eq!(world.resume(&again).approval_is_asked(), fresh, "{auth_time}");
    }
}

#[test]
fn oi_08_a_host_that_does_not_know_when_somebody_signed_in_does_not_go_in_circles() {
    let (mut world, client) = site(spa_draft());
    world.browser().auth_time = None;
    world.visit(&usual(&client)).approve();
    let (_, _, resume) = world.visit(&instead(&usual(&client), &[("prompt", Some("login"))])).log_in();
    assert_eq!(world.resume(&resume).error(), "login_required");
}

#[test]
fn who_signs_in_again_as_somebody_else_is_asked_as_that_one() {
    let (mut world, client) = site(spa_draft());
    world.code(&client);
    let (_, _, resume) = world.visit(&instead(&usual(&client), &[("prompt", Some("login"))])).log_in();
    world.sit(OTHER);
    world.browser().auth_time = Some(world.now);
    assert_eq!(world.resume(&resume).shown()["user"], OTHER);
}

#[test]
fn a_request_that_was_approved_once_gives_a_code_each_time_and_no_code_twice() {
    let (mut world, client) = site(spa_draft());
    let one = world.code(&client);
    let other = world.visit(&usual(&client)).code();
    assert_ne!(one, other);
    assert_eq!(world.host.people.codes.len(), 2);
    world.exchanged(&client, &one);
    world.exchanged(&client, &other);
    assert_eq!(world.host.grants.len(), 2, "each approval is a session of its own");
}

#[test]
fn the_challenge_of_the_request_is_the_one_that_the_code_wants() {
    let (mut world, client) = site(spa_draft());
    let zero = "0000000000000000000000000000000000000000000";
    let code = world.approved(&instead(&usual(&client), &[("code_challenge", Some(zero))])).code();
    assert_eq!(world.exchange(&client, &code, &[]).error().0, 400);
    let payload: Value = serde_json::from_str(&world.code_mut(&code).payload).unwrap();
    assert_eq!(payload["challenge"], zero);
    assert_ne!(zero, CHALLENGE);
}
