//! RFC 9207: who answers is said in every answer, once. Case AZ-15 of the threat model.

use serde_json::json;

use crate::support::sign_in::{instead, spa_draft, usual};
use crate::support::world::World;

#[test]
fn s2_az_15_iss_is_in_every_answer_and_equals_the_issuer() {
    for (issuer, home, expected) in [
        (json!(null), "https://example.test", "https://example.test"),
        (json!(null), "https://example.test/blog", "https://example.test/blog"),
        (json!("https://id.example.test"), "https://example.test", "https://id.example.test"),
    ] {
        let mut world = World::of_people();
        world.reconfigure(|config| {
            config["issuer"] = issuer;
            config["site"]["home"] = json!(home);
        });
        let client = world.register(spa_draft());
        let good = world.approved(&usual(&client));
        let early = world.visit(&instead(&usual(&client), &[("response_type", Some("token"))]));
        let late = world.visit(&instead(&usual(&client), &[("prompt", Some("none")), ("max_age", Some("1"))]));
        world.says(Some(false));
        let denied = world.visit(&instead(&usual(&client), &[("prompt", Some("consent"))]));
        for visit in [good, early, late, denied] {
            assert_eq!(visit.back()["iss"], expected, "and no more than once, or back() had complained");
        }
    }
}

#[test]
fn s2_a_client_cannot_send_an_iss_of_its_own() {
    let mut world = World::of_people();
    let client = world.register(spa_draft());
    let mut pairs = usual(&client);
    pairs.extend([("iss", "https://evil.test"), ("code", "evil"), ("error", "evil")]);
    let back = world.approved(&pairs).back();
    assert_eq!(back["iss"], "https://example.test");
    assert!(back["code"].starts_with("oauth_ac_c") && !back.contains_key("error"));
}
