//! What the OpenID Foundation's conformance suite asks of a logout by an app beside what `openid_logout` does, see
//! docs/conformance.md; case OI-12 of the threat model.

use app_connect::jose;
use app_connect::jose::jwt::SigningKey;
use app_connect::signing::id_token::ID_TOKEN;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::sign_in::{PERSON, Visit, instead, usual, web_draft};
use crate::support::world::{Registered, World, with};

const AFTER: &str = "https://suite.example/post_logout_redirect";

/// A site where somebody has signed in to an app, and the ID token that tells so.
fn signed_in() -> (World, Registered, String) {
    let mut world = World::of_people();
    world.browser().session = Some("session-1".to_owned());
    let app = world.register(with(web_draft(), json!({"post_logout_redirect_uris": [AFTER]})));
    let code = world.approved(&instead(&usual(&app), &[("scope", Some("openid"))])).code();
    let token = world.exchange(&app, &code, &[]).member("id_token");
    (world, app, token)
}

/// What a logout leads to, by a person who says yes if it is asked.
fn logged_out(world: &mut World, pairs: &[(&str, &str)]) -> Visit {
    world.says(Some(true));
    let visit = world.visit_logout(pairs);
    world.says(None);
    visit
}

/// The address that somebody is sent to.
#[track_caller]
fn location(visit: &Visit) -> &str {
    visit.response.as_ref().and_then(|response| response.header("Location")).unwrap_or_else(|| panic!("{visit:?}"))
}

#[test]
fn oi_12_a_hint_without_a_signature_or_with_somebody_elses_sends_nobody_back() {
    let (mut world, _, token) = signed_in();
    let payload = token.split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    let unsigned = format!("{}.{payload}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#));
    let algorithm = jose::find("EdDSA").unwrap();
    let pair = algorithm.generate(&algorithm.key_types()[0]).unwrap();
    let foreign = SigningKey::of(algorithm, pair.as_ref()).unwrap().sign(ID_TOKEN, &claims).unwrap();
    for hint in [unsigned, foreign] {
        let visit =
            logged_out(&mut world, &[("id_token_hint", &hint), ("post_logout_redirect_uri", AFTER), ("state", "s")]);
        assert_eq!(visit.page(), (400, "logout_hint"), "{hint}");
        assert_eq!(world.browser().user, Some(PERSON));
    }
}

#[test]
fn s2_a_long_state_comes_back_as_it_is_and_prompt_none_finds_nobody_then() {
    let (mut world, app, token) = signed_in();
    let silent = instead(&usual(&app), &[("scope", Some("openid")), ("prompt", Some("none"))]);
    assert!(world.visit(&silent).back().contains_key("code"));
    let state = "aB3-._~x".repeat(16);
    let pairs = [("id_token_hint", token.as_str()), ("post_logout_redirect_uri", AFTER), ("state", state.as_str())];
    assert_eq!(location(&logged_out(&mut world, &pairs)), format!("{AFTER}?state={state}"));
    assert_eq!(world.visit(&silent).error(), "login_required");
}

#[test]
fn s2_without_a_state_none_comes_back() {
    let (mut world, _, token) = signed_in();
    let pairs = [("id_token_hint", token.as_str()), ("post_logout_redirect_uri", AFTER)];
    assert_eq!(location(&logged_out(&mut world, &pairs)), AFTER);
    assert_eq!(world.browser().user, None);
}
