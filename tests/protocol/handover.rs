//! The way of an authorization request from the endpoint to the login screen: it arrives as it was sent, or not at all.

use app_connect::endpoint;
use app_connect::http::Request;
use proptest::prelude::*;
use proptest::sample::select;

use crate::support::policies::cases;
use crate::support::requests::{FORM, encode, post};
use crate::support::sign_in::{spa_draft, usual, visit_raw};
use crate::support::world::World;

/// Pieces of a query, as clients and attackers write them.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        select(
            &[
                "response_type=code",
                "response_type=token",
                "redirect_uri=https%3A%2F%2Fapp.example%2Fcb",
                "redirect_uri=https://app.example/cb",
                "redirect_uri=https://evil.test/",
                "scope=openid+wp",
                "scope=%22",
                "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
                "code_challenge_method=S256",
                "prompt=none",
                "prompt=login",
                "max_age=1",
                "app_connect_login_after=99999999999",
                "app%5Fconnect_login_after=1",
                "app_connect=x",
                "rest_route=/wp/v2/posts",
                "client_id=nobody",
                "client_id[]=x",
                "",
            ][..]
        )
        .prop_map(str::to_owned),
        "state=([a-z&=+%]|%[0-9a-fA-F]{2}|%[g-z]|\u{e9}){0,12}",
        "[a-z%=\\[\\]+.]{0,8}",
    ]
}

proptest! {
    #![proptest_config(cases(4096))]

    #[test]
    fn what_arrives_is_answered_as_what_was_sent(pieces in proptest::collection::vec(piece(), 0..8), posted in any::<bool>()) {
        let mut world = World::of_people();
        let client = world.register(spa_draft());
        let query = format!("client_id={}&{}", client.client_id, pieces.join("&"));
        let request = if posted { post(FORM, query) } else { visit_raw(query) };
        world.says(Some(true));
        // A page is written where WordPress is whole, and follow() compares it with the endpoint's.
        let visit = world.follow(&request);
        if let Some(response) = visit.response.filter(|_| visit.asked.is_empty()) {
            let handover = world.server.handover(&request);
            prop_assert_eq!(world.resume(&handover).response, Some(response));
        }
    }

    #[test]
    fn any_bytes_at_all_are_a_handover_or_a_page(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        let mut world = World::of_people();
        let request = Request { secure: true, method: b"GET".to_vec(), ..Request::default() };
        let mut flow = world.server.attend(
            endpoint::find("authorize").unwrap(),
            &bytes,
            &request, app_connect::time::UnixTime(world.now));
        let asked = crate::support::drive::drive(&mut flow, &mut world.host);
        prop_assert!(asked.is_empty());
        prop_assert!(flow.outcome().unwrap().page.is_some());
    }
}

#[test]
fn az_14_a_state_of_two_thousand_bytes_in_any_language_arrives() {
    let mut world = World::of_people();
    let client = world.register(spa_draft());
    for letter in ["a", "\u{e9}", "\u{4e2d}", "\u{1f511}", "%", "%41", "+", "&", "="] {
        let state = letter.repeat(2048_usize.div_euclid(letter.len()));
        let mut pairs = usual(&client);
        pairs.retain(|(name, _)| *name != "state");
        pairs.push(("state", &state));
        let visit = world.approved(&pairs);
        assert_eq!(visit.back()["state"], state, "{letter}");
        let handover = world.server.handover(&visit_raw(encode(&pairs)));
        let most = if "%41+&=".contains(letter) { 9000 } else { 4000 };
        assert!(handover.len() < most, "{letter}: {} bytes are no address", handover.len());
    }
}

#[test]
fn a_request_of_more_than_8_kib_is_a_page_and_is_not_followed() {
    let mut world = World::of_people();
    let client = world.register(spa_draft());
    let request = |length: usize| {
        let query = encode(&usual(&client));
        let fill = length.checked_sub(query.len() + 3).unwrap();
        format!("{query}&x={}", "y".repeat(fill))
    };
    for (length, page) in [(8192, None), (8193, Some((400, "malformed"))), (3_000_000, Some((400, "malformed")))] {
        for sent in [visit_raw(request(length)), post(FORM, request(length))] {
            let visit = world.follow(&sent);
            match page {
                None => drop(visit.approve()),
                Some(page) => {
                    assert_eq!(visit.page(), page);
                    assert!(visit.at_door.is_empty());
                }
            }
        }
    }
}

#[test]
fn the_largest_request_survives_a_login() {
    let mut world = World::of_people();
    let client = world.register(spa_draft());
    let query = format!("{}&prompt=login", encode(&usual(&client)));
    let fill = 8192_usize.checked_sub(query.len() + 3).unwrap();
    let (_, _, resume) = world.follow(&visit_raw(format!("{query}&x={}", "y".repeat(fill)))).log_in();
    world.browser().auth_time = Some(world.now);
    world.resume(&resume).approve();
}

#[test]
fn nobody_says_for_the_site_when_somebody_signed_in() {
    let mut world = World::of_people();
    let client = world.register(spa_draft());
    let query = encode(&usual(&client));
    for own in
        ["app_connect_login_after=0", "app%5fconnect_login_after=0", "app.connect_login_after=0", "app_connect=x"]
    {
        let visit = world.follow(&visit_raw(format!("{own}&{query}&prompt=login&{own}")));
        assert!(visit.log_in().0, "{own}");
    }
}

#[test]
fn what_is_no_handover_is_a_page() {
    let mut world = World::of_people();
    for text in ["-", "%", "a", "====", "../..", "<script>", "\u{e9}", "YQ==", "Y2xpZW50X2lk."] {
        assert_eq!(world.resume(text).page().1, "malformed", "{text}");
    }
    assert_eq!(world.resume("").page(), (400, "client_missing"));
}
