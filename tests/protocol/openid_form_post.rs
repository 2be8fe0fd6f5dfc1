//! `response_mode=form_post` (OAuth 2.0 Form Post Response Mode): the answer in a form that a page of the site posts.

use serde_json::json;

use crate::support::sign_in::{CALLBACK, Visit, instead, usual, visit_raw, web_draft};
use crate::support::world::{Registered, World};

fn site() -> (World, Registered) {
    let mut world = World::of_people();
    let app = world.register(web_draft());
    (world, app)
}

/// Where the form goes, and its fields.
fn form(visit: &Visit) -> (String, Vec<(&'static str, String)>) {
    assert_eq!(visit.page(), (200, "form_post"));
    let page = visit.response.as_ref().unwrap().page.clone().unwrap();
    assert_eq!(page.client.as_deref(), Some("Newsletter"));
    let form = page.form.unwrap();
    (form.action, form.fields)
}

#[test]
fn s2_a_code_goes_in_a_form_with_the_same_parameters_as_in_a_query() {
    let (mut world, app) = site();
    let visit = world.approved(&instead(&usual(&app), &[("response_mode", Some("form_post"))]));
    let (action, fields) = form(&visit);
    assert_eq!(action, CALLBACK);
    let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["code", "state", "iss"]);
    assert_eq!((&fields[1].1[..], &fields[2].1[..]), ("af0ifjsldkj", "https://example.test"));
    assert_eq!(world.exchange(&app, &fields[0].1, &[]).outcome.status, 200);
}

#[test]
fn s2_errors_go_in_a_form_too() {
    let (mut world, app) = site();
    for (changes, error) in [
        (vec![("scope", Some("nonsense"))], "invalid_scope"),
        (vec![("prompt", Some("none"))], "consent_required"),
        (vec![("request", Some("x"))], "request_not_supported"),
    ] {
        let changes = [&changes[..], &[("response_mode", Some("form_post"))]].concat();
        let (_, fields) = form(&world.visit(&instead(&usual(&app), &changes)));
        assert_eq!((fields[0].0, &fields[0].1[..]), ("error", error));
        assert_eq!(fields[2], ("state", "af0ifjsldkj".to_owned()));
    }
    world.says(Some(false));
    let (_, fields) = form(&world.visit(&instead(&usual(&app), &[("response_mode", Some("form_post"))])));
    assert_eq!(fields[0].1, "access_denied");
}

#[test]
fn a_state_that_no_form_brings_back_as_it_was_is_refused_to_the_person() {
    let (mut world, app) = site();
    let query = |state: &str| {
        let pairs = instead(&usual(&app), &[("state", None), ("response_mode", Some("form_post"))]);
        visit_raw(format!("{}&state={state}", crate::support::requests::encode(&pairs)))
    };
    for state in ["%ff", "a%0Ab", "a%0D", "%00"] {
        world.says(Some(true));
        assert_eq!(world.follow(&query(state)).page(), (400, "malformed"), "{state}");
    }
    world.says(Some(true));
    let (_, fields) = form(&world.follow(&query("%22%3E%3Cscript%3E%26amp;%C3%A9+")));
    assert_eq!(fields[1], ("state", "\"><script>&amp;é ".to_owned()));
}

#[test]
fn the_metadata_says_that_there_is_such_a_form() {
    let (mut world, _) = site();
    assert_eq!(world.published("openid_configuration")["response_modes_supported"], json!(["query", "form_post"]));
}
