//! A stored client: described for the person who changes it, changed, given another secret.

use std::collections::BTreeSet;

use app_connect::authority::bundle::Catalogue;
use app_connect::authority::policy::Policy;
use app_connect::model::draft::{ClientDraft, Confirmation, DraftError};
use app_connect::model::registration::NewClient;
use app_connect::model::revision::{CeilingChange, MAX_OVERLAP, Revision, StoredClient};
use app_connect::secret::client_secret;
use app_connect::time::UnixTime;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use crate::support::policies::cases;
use crate::support::world::{NOW, config, full_draft, server, service_draft, with};

const ADMINISTRATOR: &[&str] = &["edit_users", "manage_options", "unfiltered_html"];
const EDITOR: &[&str] = &["unfiltered_html"];

fn held(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn parse(draft: Value) -> ClientDraft {
    serde_json::from_value(draft).unwrap()
}

fn all() -> Value {
    json!(["grant_types_removed", "service_user_changed", "service_user_takeover", "type_changed"])
}

/// A new client as its row would have it.
fn stored(draft: Value) -> StoredClient {
    row_of(&server(&config()).register(&parse(with(draft, json!({"confirm": all()}))), &BTreeSet::new()).unwrap())
}

fn row_of(new: &NewClient) -> StoredClient {
    let mut row = serde_json::to_value(&new.row).unwrap();
    row["policy"] = json!(new.ceiling.canonical());
    row["epoch"] = json!("17");
    serde_json::from_value(row).unwrap()
}

fn described(client: &StoredClient) -> Value {
    serde_json::to_value(server(&config()).describe(client)).unwrap()
}

fn revise(client: &StoredClient, change: Value, holds: &[&str]) -> Result<Revision, DraftError> {
    server(&config()).revise(client, parse(with(described(client), change)), &held(holds))
}

fn unconfirmed(outcome: Result<Revision, DraftError>) -> Vec<&'static str> {
    match outcome {
        Err(DraftError::Unconfirmed(codes)) => codes.into_iter().map(Confirmation::name).collect(),
        Err(other) => panic!("{other:?}"),
        Ok(_) => Vec::new(),
    }
}

/// Drafts of each mode, with bundles, names and lines in every mixture.
fn drafts() -> impl Strategy<Value = Value> {
    let bundles: Vec<String> = Catalogue::default().bundles().iter().map(|bundle| bundle.name.clone()).collect();
    let lines = &["GET /wp-json/wp/v2/posts", "GET /wp/v2/media/*", "POST /wp-json/wp/v2/*", "DELETE /a/b", "GET /"];
    (
        select(&["full", "restricted", "login_only"][..]),
        select(&["confidential", "public"][..]),
        subsequence(bundles.clone(), 0..=bundles.len()),
        subsequence(&["edit_posts", "upload_files", "moderate_comments", "gravity/forms"][..], 0..=4),
        subsequence(ADMINISTRATOR, 0..=3),
        subsequence(&lines[..], 1..=5),
        any::<bool>(),
    )
        .prop_map(|(mode, kind, bundles, capabilities, takeover, routes, account)| {
            json!({
                "name": "Any",
                "description": "\u{202e}thing",
                "logo_uri": "https://example.org/logo.png?size=2",
                "type": kind,
                "mode": mode,
                "bundles": bundles,
                "capabilities": capabilities,
                "takeover": takeover,
                "routes": routes,
                "account": account,
            })
        })
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn saving_what_is_shown_changes_nothing(draft in drafts()) {
        let client = stored(draft);
        let revision = revise(&client, json!({}), ADMINISTRATOR).unwrap();
        prop_assert_eq!(&revision.ceiling, &client.policy);
        prop_assert_eq!(revision.change, CeilingChange::Same);
        prop_assert!(revision.ends.is_empty() && !revision.ends_all && revision.ends_methods.is_empty());
        prop_assert!(revision.secret.is_none());
        prop_assert_eq!(revision.row.secret_hash, client.secret_hash.clone());
        prop_assert_eq!(serde_json::from_str::<Value>(&revision.row.config).unwrap(), serde_json::to_value(&client.config).unwrap());
    }

    #[test]
    fn what_is_shown_can_be_shown_again(draft in drafts()) {
        let client = stored(draft);
        let again = revise(&client, json!({}), &[]).unwrap();
        let mut row = serde_json::to_value(&again.row).unwrap();
        row["policy"] = json!(again.ceiling.canonical());
        prop_assert_eq!(described(&serde_json::from_value(row).unwrap()), described(&client));
    }
}

#[test]
fn a_description_is_what_was_filled_in() {
    let draft = with(
        service_draft(),
        json!({
            "description": "Imports.",
            "logo_uri": "https://example.org/logo.svg",
            "capabilities": ["upload_files"],
            "bundles": ["comments:read", "media:read"],
            "takeover": ["import"],
        }),
    );
    let shown = described(&stored(draft.clone()));
    for (name, value) in draft.as_object().unwrap() {
        if name != "routes" {
            assert_eq!(&shown[name], value, "{name}");
        }
    }
    let sorted = ["GET /wp-json/wp/v2/posts", "GET /wp-json/wp/v2/posts/*", "POST /wp-json/wp/v2/posts"];
    assert_eq!(shown["routes"], json!(sorted), "the bundles' own routes are the bundles'");
    assert_eq!(shown["auth_methods"], json!(["client_secret_basic", "client_secret_post"]));
    for hidden in ["client_id", "secret", "confirm", "secret_hash"] {
        assert!(shown.get(hidden).is_none(), "{hidden}");
    }
}

#[test]
fn a_bundle_of_which_something_is_missing_is_not_ticked() {
    let mut client = stored(with(service_draft(), json!({"bundles": ["comments:read"], "capabilities": []})));
    let without = client.policy.canonical().replace("\"moderate_comments\",", "");
    client.policy = Policy::parse(&without).unwrap();
    let shown = described(&client);
    assert_eq!(shown["bundles"], json!([]));
    assert!(shown["routes"].as_array().unwrap().contains(&json!("GET /wp-json/wp/v2/comments")));
}

#[test]
fn every_bad_field_is_named_as_for_a_new_client_and_identifier_and_secret_cannot_be_changed() {
    let client = stored(service_draft());
    let change = json!({"name": "", "routes": ["GET"], "client_id": "another-one", "secret": "sixteen characters"});
    let Err(DraftError::Fields(errors)) = revise(&client, change, &[]) else {
        panic!("accepted");
    };
    let named: BTreeSet<_> = errors.iter().map(|error| (error.field, error.line, error.code)).collect();
    assert_eq!(
        named,
        BTreeSet::from([
            ("client_id", None, "new_only"),
            ("name", None, "required"),
            ("routes", Some(1), "route_shape"),
            ("secret", None, "new_only"),
        ])
    );
}

#[test]
fn what_became_of_the_ceiling_is_told() {
    let client = stored(service_draft());
    for (change, expected) in [
        (json!({"name": "Other"}), CeilingChange::Same),
        (json!({"capabilities": ["edit_posts"]}), CeilingChange::Narrower),
        (json!({"routes": ["GET /wp-json/wp/v2/posts"]}), CeilingChange::Narrower),
        (json!({"bundles": ["media:read"]}), CeilingChange::Wider),
        (json!({"capabilities": ["edit_posts", "publish_posts", "upload_files"]}), CeilingChange::Wider),
        (json!({"capabilities": ["edit_posts", "upload_files"]}), CeilingChange::Different),
        (json!({"routes": ["GET /wp-json/other/v1"]}), CeilingChange::Different),
    ] {
        assert_eq!(revise(&client, change.clone(), &[]).unwrap().change, expected, "{change}");
    }
}

#[test]
fn another_type_ends_everything_and_makes_or_removes_the_secret() {
    let client = stored(json!({"name": "App", "type": "confidential", "mode": "login_only"}));
    assert_eq!(unconfirmed(revise(&client, json!({"type": "public"}), &[])), ["type_changed"]);
    let public = revise(&client, json!({"type": "public", "confirm": ["type_changed"]}), &[]).unwrap();
    assert!(public.ends_all && public.secret.is_none() && public.row.secret_hash.is_none());
    assert_eq!(public.row.client_id, client.client_id);
    assert!(public.row.config.contains("[\"none\"]"), "{}", public.row.config);

    let client = stored(json!({"name": "App", "type": "public", "mode": "login_only"}));
    let confidential = revise(&client, json!({"type": "confidential", "confirm": ["type_changed"]}), &[]).unwrap();
    let secret = confidential.secret.unwrap();
    assert!(confidential.ends_all);
    assert!(client_secret::verify(secret.expose(), confidential.row.secret_hash.iter()));
    assert!(confidential.row.config.contains("client_secret_basic"), "{}", confidential.row.config);
}

#[test]
fn a_grant_type_that_is_taken_away_ends_what_it_made() {
    let client = stored(service_draft());
    assert_eq!(unconfirmed(revise(&client, json!({"grant_types": []}), &[])), ["grant_types_removed"]);
    let change = json!({"grant_types": [], "confirm": ["grant_types_removed"]});
    let revision = revise(&client, change, &[]).unwrap();
    assert_eq!(revision.ends_methods, held(&["client_credentials"]));
    assert!(!revision.ends_all);
}

#[test]
fn another_service_user_ends_what_acted_as_the_former() {
    let client = stored(service_draft());
    assert_eq!(unconfirmed(revise(&client, json!({"service_user_id": 8}), &[])), ["service_user_changed"]);
    let change = json!({"service_user_id": 8, "confirm": ["service_user_changed"]});
    let revision = revise(&client, change, &[]).unwrap();
    assert_eq!(revision.ends_methods, held(&["client_credentials"]), "so that the former's tokens stay ended");
    assert!(!revision.ends_all);
    let idle = stored(json!({"name": "App", "type": "confidential", "mode": "login_only"}));
    assert_eq!(unconfirmed(revise(&idle, json!({"service_user_id": 8}), &[])), Vec::<&str>::new());
}

#[test]
fn who_is_empowered_as_the_service_user_is_told() {
    let client = stored(service_draft());
    let confirm = all();
    for (change, expected) in [
        (json!({"name": "Other"}), false),
        (json!({"capabilities": ["edit_posts"]}), false),
        (json!({"grant_types": []}), false),
        (json!({"bundles": ["media:read"]}), true),
        (json!({"capabilities": ["edit_posts", "upload_files"]}), true),
        (json!({"routes": ["GET /wp-json/other/v1"]}), true),
    ] {
        let change = with(change, json!({"confirm": confirm}));
        assert_eq!(revise(&client, change.clone(), &[]).unwrap().empowers, expected, "{change}");
    }
    let idle = stored(with(service_draft(), json!({"grant_types": []})));
    let wider = json!({"bundles": ["media:read"]});
    assert!(!revise(&idle, wider, &[]).unwrap().empowers, "nothing of it acts as the service user");
    let woken = json!({"grant_types": ["client_credentials"]});
    assert!(revise(&idle, woken, &[]).unwrap().empowers);
    let public = stored(with(service_draft(), json!({"grant_types": [], "type": "public"})));
    let confidential = json!({"type": "confidential", "grant_types": ["client_credentials"], "confirm": confirm});
    assert!(revise(&public, confidential, &[]).unwrap().empowers);
}

#[test]
fn cc_06_a_service_user_with_takeover_rights_must_be_confirmed() {
    let server = server(&config());
    let code = |draft: Value, holds: &[&str]| match server.register(&parse(draft), &held(holds)) {
        Ok(_) => false,
        Err(DraftError::Unconfirmed(codes)) => codes == BTreeSet::from([Confirmation::ServiceUserTakeover]),
        Err(other) => panic!("{other}"),
    };
    assert!(code(service_draft(), ADMINISTRATOR), "an administrator, whatever the client gets of it");
    assert!(!code(service_draft(), EDITOR), "nothing of an editor's takeover rights reaches the client");
    assert!(!code(service_draft(), &[]));
    assert!(code(full_draft(), EDITOR), "full access has them all");
    assert!(code(with(service_draft(), json!({"takeover": ["unfiltered_html"]})), EDITOR));
    assert!(!code(with(service_draft(), json!({"takeover": ["edit_users"]})), EDITOR));
    assert!(!code(with(full_draft(), json!({"confirm": ["service_user_takeover"]})), ADMINISTRATOR));
    assert!(code(with(full_draft(), json!({"confirm": ["type_changed", "", "all"]})), ADMINISTRATOR));
    let idle = json!({"name": "App", "type": "confidential", "mode": "full", "service_user_id": 7});
    assert!(!code(idle, ADMINISTRATOR), "no grant type of it acts as the service user");
}

#[test]
fn cc_06_what_was_confirmed_is_not_asked_again_until_it_gets_worse() {
    let client = stored(with(service_draft(), json!({"takeover": ["edit_users"]})));
    assert_eq!(unconfirmed(revise(&client, json!({"name": "Other"}), ADMINISTRATOR)), Vec::<&str>::new());
    let more = json!({"takeover": ["edit_users", "unfiltered_html"]});
    assert_eq!(unconfirmed(revise(&client, more, ADMINISTRATOR)), ["service_user_takeover"]);
    let full = json!({"mode": "full", "takeover": []});
    assert_eq!(unconfirmed(revise(&client, full, ADMINISTRATOR)), ["service_user_takeover"]);
    let other = json!({"service_user_id": 8});
    assert_eq!(
        unconfirmed(revise(&client, other, ADMINISTRATOR)),
        ["service_user_changed", "service_user_takeover"],
        "another administrator is another risk"
    );
    let waking = stored(json!({"name": "App", "type": "confidential", "mode": "full", "service_user_id": 7}));
    let change = json!({"grant_types": ["client_credentials"], "routes": ["GET /wp/v2/posts"]});
    assert_eq!(unconfirmed(revise(&waking, change, ADMINISTRATOR)), ["service_user_takeover"]);
}

#[test]
fn another_secret_is_generated_and_the_former_one_ends_when_it_was_said_to() {
    let server = server(&config());
    let client = row_of(&server.register(&parse(service_draft()), &BTreeSet::new()).unwrap());
    for (overlap, until) in [(0, None), (1, Some(NOW + 1)), (MAX_OVERLAP, Some(NOW + MAX_OVERLAP))] {
        let renewal = server.renew_secret(&client, overlap, UnixTime(NOW)).unwrap();
        assert_eq!(renewal.prev_until, until.map(UnixTime));
        assert!(renewal.empowers);
        assert!(client_secret::verify(renewal.secret.expose(), [&renewal.hash]));
        assert!(!client_secret::verify(renewal.secret.expose(), client.secret_hash.iter()));
        assert!(!format!("{renewal:?}").contains(renewal.secret.expose().as_str()));
    }
    let code = |client: &StoredClient, overlap| match server.renew_secret(client, overlap, UnixTime(NOW)) {
        Err(DraftError::Fields(errors)) => errors.iter().map(|error| (error.field, error.code)).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(code(&client, -1), [("overlap", "range")]);
    assert_eq!(code(&client, MAX_OVERLAP + 1), [("overlap", "range")]);
    let idle = stored(json!({"name": "App", "type": "confidential", "mode": "full", "service_user_id": 7}));
    assert!(!server.renew_secret(&idle, 0, UnixTime(NOW)).unwrap().empowers);
    let public = stored(json!({"name": "App", "type": "public", "mode": "full"}));
    assert_eq!(code(&public, -1), [("secret", "public"), ("overlap", "range")]);
}
