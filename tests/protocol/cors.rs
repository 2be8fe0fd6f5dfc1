//! Scripts of other origins: the Fetch standard §3.2 and RFC 9700 §2.6. Cases AZ-22 and WP-23 of the threat model.

use app_connect::http::Response;

use crate::support::requests::form;
use crate::support::sign_in::{exchange, spa_draft, usual, visit};
use crate::support::world::{Ran, World};

const ORIGIN: &[u8] = b"https://app.example";

fn from_elsewhere(mut request: app_connect::http::Request) -> app_connect::http::Request {
    request.origin = Some(ORIGIN.to_vec());
    request
}

fn preflight(world: &mut World, endpoint: &str) -> Ran<Response> {
    let mut request = from_elsewhere(form(&[]));
    request.method = b"OPTIONS".to_vec();
    world.send(endpoint, request)
}

/// Nothing that a browser reads as leave.
#[track_caller]
fn shares_nothing(response: &Response) {
    for (name, value) in &response.headers {
        assert!(!name.to_ascii_lowercase().starts_with("access-control-"), "{name}: {value}");
    }
}

#[test]
fn fetch_3_2_a_preflight_is_204_and_names_what_may_be_sent() {
    let mut world = World::of_people();
    for endpoint in ["token", "revoke"] {
        let ran = preflight(&mut world, endpoint);
        assert_eq!(ran.outcome.status, 204);
        assert!(ran.asked.is_empty() && ran.outcome.body.is_empty());
        assert_eq!(ran.outcome.header("Access-Control-Allow-Origin"), Some("*"));
        assert_eq!(ran.outcome.header("Access-Control-Allow-Methods"), Some("POST"));
        assert_eq!(ran.outcome.header("Allow"), Some("POST, OPTIONS"));
        let allowed = ran.outcome.header("Access-Control-Allow-Headers").unwrap();
        for name in ["Authorization", "Content-Type", "MCP-Protocol-Version"] {
            assert!(allowed.split(", ").any(|other| other == name), "{allowed}");
        }
        assert_eq!(ran.outcome.header("Access-Control-Max-Age"), Some("600"));
    }
}

#[test]
fn wp_23_every_answer_to_a_script_is_shared_and_never_with_credentials() {
    let mut world = World::of_people();
    let client = world.register(spa_draft());
    let code = world.code(&client);
    let mut get = form(&[]);
    get.method = b"GET".to_vec();
    for (request, status) in [
        (exchange(&client, &code, &[]), 200),
        (exchange(&client, &code, &[("code", None)]), 400),
        (exchange(&client, &code, &[("client_id", Some("nobody"))]), 401),
        (form(&[]), 400),
        (get, 405),
    ] {
        let ran = world.send("token", from_elsewhere(request));
        assert_eq!(ran.outcome.status, status);
        assert_eq!(ran.outcome.header("Access-Control-Allow-Origin"), Some("*"), "{status}");
        assert_eq!(ran.outcome.header("Access-Control-Allow-Credentials"), None);
        let exposed = ran.outcome.header("Access-Control-Expose-Headers").unwrap();
        assert!(exposed.contains("WWW-Authenticate") && exposed.contains("Retry-After"));
    }
    world.reconfigure(|config| config["enabled"] = serde_json::json!(false));
    let ran = world.send("token", from_elsewhere(form(&[])));
    assert_eq!((ran.outcome.status, ran.outcome.header("Access-Control-Allow-Origin")), (503, Some("*")));
}

#[test]
fn who_is_no_script_is_told_nothing_of_it() {
    let mut world = World::of_people();
    shares_nothing(&world.send("token", form(&[])).outcome);
}

#[test]
fn rfc_9700_s2_6_az_22_the_authorization_endpoint_is_visited_and_not_fetched() {
    let mut world = World::of_people();
    let client = world.register(spa_draft());
    let ran = preflight(&mut world, "authorize");
    assert_eq!(ran.outcome.status, 204);
    shares_nothing(&ran.outcome);
    world.says(Some(true));
    for pairs in [usual(&client), vec![], vec![("client_id", client.client_id.as_str())]] {
        let response = world.follow(&from_elsewhere(visit(&pairs))).response.unwrap();
        shares_nothing(&response);
    }
}
