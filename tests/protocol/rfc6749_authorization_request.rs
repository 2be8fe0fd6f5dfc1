//! RFC 6749 §3.1 and §4.1.1, OpenID Connect Core §3.1.2: what a client may ask for at the authorization endpoint, and who
//! is told what is wrong. Cases AZ of the threat model.

use app_connect::event::Event;
use serde_json::json;

use crate::support::requests::{FORM, encode, post};
use crate::support::sign_in::{
    CALLBACK, CHALLENGE, Visit, instead, spa_draft, usual, visit_raw, web_draft, writer_draft,
};
use crate::support::world::{Registered, World, with};

/// A site of people, and the single-page app.
fn site() -> (World, Registered) {
    let mut world = World::of_people();
    let client = world.register(spa_draft());
    (world, client)
}

/// What the usual request with these changes leads to, when the person approves all that it is asked.
fn asked(changes: &[(&'static str, Option<&'static str>)]) -> (World, Visit) {
    let (mut world, client) = site();
    let visit = world.approved(&instead(&usual(&client), changes));
    (world, visit)
}

/// The error with which the client gets the usual request with these changes back, before anybody is asked.
#[track_caller]
fn error(changes: &[(&'static str, Option<&'static str>)]) -> String {
    let (world, visit) = asked(changes);
    assert!(world.host.people.codes.is_empty());
    assert_eq!(visit.at_door, ["find_client"]);
    assert_eq!(visit.back()["state"], "af0ifjsldkj");
    assert_eq!(visit.back()["iss"], "https://example.test");
    assert!(visit.events.is_empty());
    visit.error()
}

/// The page that stands instead of any redirect.
#[track_caller]
fn page(changes: &[(&'static str, Option<&'static str>)]) -> &'static str {
    let (world, visit) = asked(changes);
    assert!(world.host.people.codes.is_empty() && visit.events.is_empty());
    let (status, code) = visit.page();
    assert_eq!(status, 400);
    code
}

#[test]
fn s4_1_1_an_approved_request_comes_back_with_a_code_and_the_state() {
    let (world, visit) = asked(&[]);
    let back = visit.back();
    assert_eq!(back.keys().map(String::as_str).collect::<Vec<_>>(), ["code", "iss", "state"]);
    assert_eq!(back["state"], "af0ifjsldkj");
    assert_eq!(world.host.people.codes.len(), 1);
    assert_eq!(visit.at_door, ["find_client", "find_visitor"]);
    assert_eq!(
        visit.asked,
        ["find_client", "find_visitor", "find_consent", "held_capabilities", "approve", "store_code"]
    );
    assert!(world.host.grants.is_empty() && world.host.tokens.is_empty());
}

#[test]
fn s3_1_the_answer_is_never_stored_and_the_redirect_is_303() {
    let (_, visit) = asked(&[]);
    let response = visit.response.unwrap();
    assert_eq!((response.status, response.header("Cache-Control")), (303, Some("no-store")));
    assert_eq!(response.header("Referrer-Policy"), Some("no-referrer"));
}

#[test]
fn az_01_az_02_and_az_03_a_client_that_cannot_be_meant_is_a_page() {
    assert_eq!(page(&[("client_id", Some("nobody"))]), "client_unknown");
    assert_eq!(page(&[("client_id", None)]), "client_missing");
    assert_eq!(page(&[("client_id", Some(""))]), "client_missing");
    let (mut world, client) = site();
    let upper = client.client_id.to_uppercase();
    assert_ne!(upper, client.client_id);
    assert_eq!(world.visit(&instead(&usual(&client), &[("client_id", Some(&upper))])).page(), (400, "client_unknown"));
    world.host.client_mut(client.id).status = "disabled";
    let visit = world.visit(&usual(&client));
    assert_eq!(visit.page(), (400, "client_unknown"), "the same as for one that never was");
    assert_eq!(visit.response.unwrap().page.unwrap().client, None);
}

#[test]
fn az_04_and_az_05_without_a_redirect_uri_only_one_that_is_registered_alone_is_meant() {
    let bare = [("redirect_uri", None)];
    let (_, visit) = asked(&bare);
    assert!(visit.back().contains_key("code"), "RFC 6749 section 3.1.2.3");
    assert_eq!(page(&[("redirect_uri", None), ("scope", Some("openid"))]), "redirect_missing");
    assert_eq!(page(&[("redirect_uri", None), ("scope", Some("wp openid email"))]), "redirect_missing");
    assert_eq!(page(&[("redirect_uri", Some("")), ("scope", Some("openid"))]), "redirect_missing");
    let (mut world, _) = site();
    let two = world.register(with(spa_draft(), json!({"redirect_uris": [CALLBACK, "https://app.example/other"]})));
    let visit = world.visit(&instead(&usual(&two), &bare));
    assert_eq!(visit.page(), (400, "redirect_missing"));
    assert_eq!(visit.response.unwrap().page.unwrap().client.as_deref(), Some("Reader"));
}

#[test]
fn az_05_a_single_uri_that_is_not_allowed_any_more_is_not_meant() {
    let mut world = World::of_people();
    let client = world.register(with(spa_draft(), json!({"redirect_uris": ["http://localhost/cb"]})));
    let pairs = instead(&usual(&client), &[("redirect_uri", None)]);
    assert!(world.approved(&pairs).back_to("http://localhost/cb").contains_key("code"));
    world.reconfigure(|config| config["localhost_redirects"] = json!(false));
    assert_eq!(world.visit(&pairs).page(), (400, "redirect_missing"));
}

#[test]
fn s3_1_2_4_a_redirect_uri_that_is_not_registered_is_a_page_and_no_redirect() {
    for other in
        ["https://evil.test/cb", "https://app.example/cb?x=1", "https://app.example/cb#x", "javascript:alert(1)", "/cb"]
    {
        let (mut world, client) = site();
        let visit = world.visit(&instead(&usual(&client), &[("redirect_uri", Some(other))]));
        assert_eq!(visit.page(), (400, "redirect_mismatch"), "{other}");
        assert!(!format!("{:?}", visit.response).contains(other), "nothing that was sent comes back");
    }
}

#[test]
fn ru_20_a_huge_redirect_uri_is_a_page() {
    let (mut world, client) = site();
    for length in [2049, 7000, 2_000_000] {
        let long = format!("{CALLBACK}{}", "@".repeat(length));
        let query = format!("client_id={}&response_type=code&redirect_uri={long}", client.client_id);
        let (status, code) = world.follow(&visit_raw(query)).page();
        let expected = if length < 8000 { (400, "redirect_mismatch") } else { (400, "malformed") };
        assert_eq!((status, code), expected, "{length}");
    }
}

#[test]
fn az_06_a_missing_response_type_is_invalid_request() {
    assert_eq!(error(&[("response_type", None)]), "invalid_request");
    assert_eq!(error(&[("response_type", Some(""))]), "invalid_request");
}

#[test]
fn az_07_every_other_response_type_is_unsupported_and_nothing_is_in_a_fragment() {
    for other in ["token", "id_token", "code token", "code id_token", "none", "Code", "code ", " code", "foo"] {
        assert_eq!(error(&[("response_type", Some(other))]), "unsupported_response_type", "{other}");
    }
}

#[test]
fn az_08_without_the_grant_type_the_client_is_unauthorized() {
    let (mut world, client) = site();
    world.reconfigure(|config| config["methods"]["authorization_code"]["enabled"] = json!(false));
    assert_eq!(world.visit(&usual(&client)).error(), "unauthorized_client");
    world.reconfigure(|config| config["methods"] = json!({}));
    assert_eq!(world.visit(&usual(&client)).error(), "unauthorized_client");
    let (mut world, client) = site();
    let config = world.host.clients[0].config.replace("\"authorization_code\"", "");
    world.host.client_mut(client.id).config = config;
    assert_eq!(world.visit(&usual(&client)).error(), "unauthorized_client");
}

#[test]
fn az_09_unknown_scopes_are_ignored_and_nothing_left_is_invalid_scope() {
    for (scope, granted) in [
        (None, "wp"),
        (Some(""), "wp"),
        (Some("wp"), "wp"),
        (Some("openid unknown content:read"), "content:read openid"),
        (Some("content:read  content:read"), "content:read"),
    ] {
        let (mut world, client) = site();
        let shown = world.visit(&instead(&usual(&client), &[("scope", scope)])).shown();
        assert_eq!(shown["scope"], granted, "{scope:?}");
    }
    for scope in ["unknown", "WP", "openid,email", "content:read\"", "caf\u{e9}", "a\\b"] {
        let (mut world, client) = site();
        let visit = world.visit(&instead(&usual(&client), &[("scope", Some(scope))]));
        assert_eq!(visit.error(), "invalid_scope", "{scope}");
    }
}

#[test]
fn az_09_a_scope_beyond_the_ceiling_is_dropped() {
    let mut world = World::of_people();
    let client = world.register(writer_draft());
    let shown = world.visit(&instead(&usual(&client), &[("scope", Some("content:write media:write"))])).shown();
    assert_eq!(shown["scope"], "content:write");
    let visit = world.visit(&instead(&usual(&client), &[("scope", Some("media:write"))]));
    assert_eq!(visit.error(), "invalid_scope");
}

#[test]
fn az_09_a_scope_of_which_only_the_public_part_is_left_is_kept() {
    let mut world = World::of_people();
    let draft =
        json!({"mode": "restricted", "bundles": ["media:read"], "routes": ["GET /wp/v2/tags", "POST /wp/v2/posts"]});
    let client = world.register(with(spa_draft(), draft));
    let shown = world.visit(&instead(&usual(&client), &[("scope", Some("content:read content:write"))])).shown();
    assert_eq!(shown["scope"], "content:read", "tags can be read without a right of their own, posts not be written");
}

#[test]
fn az_09_a_login_only_client_asks_for_identity_and_gets_no_more() {
    let mut world = World::of_people();
    let client = world.register(with(spa_draft(), json!({"mode": "login_only"})));
    let shown = world.visit(&usual(&client)).shown();
    assert_eq!(shown["scope"], "email openid profile");
    assert_eq!(shown["routes"], json!([]));
    let shown = world.visit(&instead(&usual(&client), &[("scope", Some("wp content:write openid"))])).shown();
    assert_eq!(shown["scope"], "openid");
    assert_eq!(world.visit(&instead(&usual(&client), &[("scope", Some("wp"))])).error(), "invalid_scope");
}

#[test]
fn az_10_a_parameter_that_comes_twice_is_a_page_in_every_spelling() {
    let (mut world, client) = site();
    let usual = encode(&usual(&client));
    for again in [
        "state=x",
        "state=",
        "st%61te=x",
        "client_id=x",
        "client%5Fid=x",
        "redirect_uri=https%3A%2F%2Fapp.example%2Fcb",
        "scope=wp&scope=openid",
        "response_type=code",
        "code_challenge_method=plain",
        "prompt=none&prompt=none",
    ] {
        assert_eq!(world.follow(&visit_raw(format!("{usual}&{again}"))).page(), (400, "malformed"), "{again}");
        assert_eq!(world.follow(&visit_raw(format!("{again}&{usual}"))).page(), (400, "malformed"), "{again}");
    }
    assert!(world.host.people.codes.is_empty());
}

#[test]
fn az_11_an_array_is_refused_like_a_duplicate() {
    let (mut world, client) = site();
    let usual = encode(&usual(&client));
    for array in [
        "state[]=x",
        "state%5B%5D=x",
        "state[a][b]=x",
        "client_id[]=x",
        "client.id=x",
        "client+id=x",
        "+client_id=x",
        "redirect_uri[0]=x",
        "scope[]=wp",
        "prompt[]=none",
    ] {
        assert_eq!(world.follow(&visit_raw(format!("{usual}&{array}"))).page(), (400, "malformed"), "{array}");
    }
}

#[test]
fn az_12_parameters_that_nobody_knows_are_ignored() {
    let (mut world, client) = site();
    let pairs = encode(&usual(&client));
    for extra in [
        "approval_prompt=auto",
        "access_type=offline&access_type=online",
        "x[]=1&x[]=2",
        "claims=%7B%7D&acr_values=1&ui_locales=de&display=popup",
        "_method=POST&_jsonp=cb&_envelope&_fields=a",
        "%ff=%ff",
        "=",
        "&&",
        "a%00b=c",
    ] {
        world.says(Some(true));
        let visit = world.follow(&visit_raw(format!("{extra}&{pairs}&{extra}")));
        assert!(visit.back().contains_key("code"), "{extra}");
    }
}

#[test]
fn az_13_post_leads_where_get_does() {
    let (mut world, client) = site();
    let body = encode(&usual(&client));
    let mut request = post(FORM, body.clone());
    request.uri = b"/wp-json/app-connect/v1/authorize?state=other&client_id=nobody".to_vec();
    world.says(Some(true));
    let visit = world.follow(&request);
    assert_eq!(visit.back()["state"], "af0ifjsldkj", "the query of a POST is nothing");
    assert!(visit.back().contains_key("code"));
    request.content_type = Some(b"Application/X-WWW-Form-Urlencoded; charset=utf-8".to_vec());
    assert!(world.follow(&request).back().contains_key("code"));
    for media_type in ["application/json", "multipart/form-data", "text/plain", ""] {
        let request = post(media_type, body.clone());
        let (status, code) = world.follow(&request).page();
        assert_eq!((status, code), (400, "malformed"), "{media_type}");
    }
}

#[test]
fn s3_1_other_methods_are_refused() {
    let (mut world, client) = site();
    for method in ["PUT", "DELETE", "PATCH", "HEAD", "TRACE", "get", ""] {
        let mut request = visit_raw(encode(&usual(&client)));
        request.method = method.into();
        let endpoint = app_connect::endpoint::find("authorize").unwrap();
        let mut flow = world.server.handle(endpoint, request, app_connect::time::UnixTime(world.now));
        assert!(flow.need().unwrap().is_none(), "{method}");
        let response = flow.outcome().unwrap();
        assert_eq!((response.status, response.header("Allow")), (405, Some("GET, POST")), "{method}");
        assert_eq!(response.page.as_ref().unwrap().code, "malformed");
    }
    assert!(world.visit(&usual(&client)).waits.is_some());
}

#[test]
fn az_14_the_state_comes_back_byte_for_byte() {
    let (mut world, client) = site();
    let utf8 = "\u{e9}\u{1f511}&<>\"'=+ %\u{0}".repeat(80);
    for state in [
        "&<>\"'%00",
        "a b+c",
        "%0d%0aSet-Cookie: a=b",
        "\r\n",
        "\0",
        "#?&=",
        "\u{202e}",
        "%",
        "%zz%",
        "%41%2541+%2B",
        "x",
        &utf8[..utf8.floor_char_boundary(2048)],
    ] {
        for changes in [vec![], vec![("response_type", Some("token"))]] {
            let mut pairs = instead(&usual(&client), &[("state", Some(state))]);
            pairs = instead(&pairs, &changes);
            let visit = world.approved(&pairs);
            assert_eq!(visit.back()["state"], state);
            let location = visit.response.as_ref().unwrap().header("Location").unwrap();
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?&=%".contains(&byte);
            assert!(location.bytes().all(plain), "{location}");
        }
    }
}

#[test]
fn az_14_bytes_that_are_no_text_come_back_too() {
    let (mut world, client) = site();
    let rest = encode(&instead(&usual(&client), &[("state", None)]));
    for (sent, back) in [
        ("%ff%fe", "%FF%FE"),
        ("%00", "%00"),
        ("%C3%28", "%C3%28"),
        ("%ED%A0%80", "%ED%A0%80"),
        ("a+b%20c%2B", "a%20b%20c%2B"),
        ("%u0041", "%25u0041"),
        ("a=b=c", "a%3Db%3Dc"),
    ] {
        world.says(Some(true));
        let visit = world.follow(&visit_raw(format!("state={sent}&{rest}")));
        let location = visit.response.unwrap().header("Location").unwrap().to_owned();
        assert!(location.contains(&format!("&state={back}&")), "{sent}: {location}");
    }
}

#[test]
fn s4_1_2_without_a_state_none_comes_back() {
    for state in [None, Some("")] {
        let (_, visit) = asked(&[("state", state)]);
        assert!(!visit.back().contains_key("state"));
    }
}

#[test]
fn s3_1_2_the_query_of_a_redirect_uri_is_kept() {
    let mut world = World::of_people();
    let uri = "https://app.example/cb?tenant=1&x=%2F";
    let client = world.register(with(spa_draft(), json!({"redirect_uris": [uri]})));
    let pairs = instead(&usual(&client), &[("redirect_uri", Some(uri))]);
    let back = world.approved(&pairs).back_to(uri);
    assert!(back.contains_key("code") && back["state"] == "af0ifjsldkj");
}

#[test]
fn ru_12_and_ru_14_apps_are_sent_back_to_the_uri_that_they_presented() {
    let mut world = World::of_people();
    let uris = ["http://127.0.0.1/cb", "com.example.app:/cb"];
    let client = world.register(with(spa_draft(), json!({"redirect_uris": uris})));
    for uri in ["http://127.0.0.1:49152/cb", "com.example.app:/cb"] {
        let pairs = instead(&usual(&client), &[("redirect_uri", Some(uri))]);
        let code = world.approved(&pairs).back_to(uri)["code"].clone();
        assert_eq!(world.exchange(&client, &code, &[("redirect_uri", Some(uri))]).outcome.status, 200, "{uri}");
    }
}

#[test]
fn pk_05_pk_06_pk_10_and_pk_11_a_challenge_of_s256_is_required() {
    for changes in [
        vec![("code_challenge", None), ("code_challenge_method", None)],
        vec![("code_challenge", None)],
        vec![("code_challenge", Some(""))],
        vec![("code_challenge_method", None)],
        vec![("code_challenge_method", Some("plain"))],
        vec![("code_challenge_method", Some("s256"))],
        vec![("code_challenge_method", Some("S512"))],
        vec![("code_challenge", Some("short"))],
        vec![("code_challenge", Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c="))],
        vec![("code_challenge", Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"))],
    ] {
        assert_eq!(error(&changes), "invalid_request", "{changes:?}");
    }
}

#[test]
fn pk_07_and_pk_12_confidential_clients_need_it_too_unless_an_administrator_says_otherwise() {
    let mut world = World::of_people();
    let without = [("code_challenge", None), ("code_challenge_method", None)];
    let client = world.register(web_draft());
    assert_eq!(world.visit(&instead(&usual(&client), &without)).error(), "invalid_request");
    let legacy = world.register(with(web_draft(), json!({"require_pkce": false})));
    assert!(world.approved(&instead(&usual(&legacy), &without)).back().contains_key("code"));
    assert_eq!(world.visit(&instead(&usual(&legacy), &[("code_challenge", None)])).error(), "invalid_request");
    assert_eq!(
        world.visit(&instead(&usual(&legacy), &[("code_challenge_method", Some("plain"))])).error(),
        "invalid_request"
    );
    let public = with(spa_draft(), json!({"require_pkce": false}));
    assert_eq!(world.try_register(public).unwrap_err()[0].field, "require_pkce");
    // Nor if a row says so.
    let client = world.register(spa_draft());
    let config = world.host.client_mut(client.id).config.replace("\"pkce_optional\":false", "\"pkce_optional\":true");
    world.host.client_mut(client.id).config = config;
    assert_eq!(world.visit(&instead(&usual(&client), &without)).error(), "invalid_request");
}

#[test]
fn az_30_request_objects_are_not_supported_and_nothing_is_fetched() {
    assert_eq!(error(&[("request", Some("eyJhbGciOiJub25lIn0.e30."))]), "request_not_supported");
    assert_eq!(error(&[("request_uri", Some("https://evil.test/r"))]), "request_uri_not_supported");
    assert_eq!(error(&[("registration", Some("{}"))]), "registration_not_supported");
}

#[test]
fn az_31_other_ways_than_a_query_and_a_form_are_refused() {
    for mode in ["fragment", "web_message", "jwt", "Query", "form_post "] {
        assert_eq!(error(&[("response_mode", Some(mode))]), "invalid_request", "{mode}");
    }
    let (_, visit) = asked(&[("response_mode", Some("query"))]);
    assert!(visit.back().contains_key("code"));
}

#[test]
fn oi_11_a_prompt_or_max_age_that_nobody_can_mean_is_invalid_request() {
    for prompt in ["none login", "none consent", "login none", "none select_account", "create", "NONE"] {
        assert_eq!(error(&[("prompt", Some(prompt))]), "invalid_request", "{prompt}");
    }
    for age in ["-1", "1.5", "abc", "99999999999999999999", "1 "] {
        assert_eq!(error(&[("max_age", Some(age))]), "invalid_request", "{age}");
    }
}

#[test]
fn rfc_8707_s2_a_resource_that_is_not_served_here_is_invalid_target() {
    for resource in
        ["https://evil.test/", "https://example.test.evil.test/", "relative", "https://example.test/wp-json#x"]
    {
        let (mut world, client) = site();
        let visit = world.visit(&instead(&usual(&client), &[("resource", Some(resource))]));
        assert_eq!(visit.error(), "invalid_target", "{resource}");
    }
}

#[test]
fn f_a_site_that_is_switched_off_or_reached_over_plain_http_is_a_page() {
    let (mut world, client) = site();
    let mut request = visit_raw(encode(&usual(&client)));
    request.secure = false;
    let endpoint = app_connect::endpoint::find("authorize").unwrap();
    let mut flow = world.server.handle(endpoint, request, app_connect::time::UnixTime(world.now));
    assert!(flow.need().unwrap().is_none());
    let response = flow.outcome().unwrap();
    assert_eq!((response.status, response.page.as_ref().unwrap().code), (400, "insecure"));
    world.reconfigure(|config| config["enabled"] = json!(false));
    let visit = world.visit(&usual(&client));
    assert_eq!(visit.page(), (503, "switched_off"));
    assert!(visit.at_door.is_empty() && visit.asked.is_empty());
}

#[test]
fn az_16_who_denies_is_sent_back_with_access_denied_and_no_code() {
    let (mut world, client) = site();
    world.says(Some(false));
    let visit = world.visit(&usual(&client));
    assert_eq!(visit.error(), "access_denied");
    assert_eq!(visit.back()["state"], "af0ifjsldkj");
    assert!(world.host.people.codes.is_empty() && world.host.people.consents.is_empty());
    assert!(matches!(visit.events[..], [Event::ConsentDenied { .. }]), "{:?}", visit.events);
}

#[test]
fn az_27_a_user_without_any_right_here_is_denied() {
    let (mut world, client) = site();
    world.be(crate::support::sign_in::PERSON, &["edit_posts"]);
    assert_eq!(world.approved(&usual(&client)).error(), "access_denied");
    assert!(world.host.people.codes.is_empty());
}

#[test]
fn az_28_a_thousand_codes_are_all_different_and_only_their_digests_are_stored() {
    let (mut world, client) = site();
    let mut codes = std::collections::BTreeSet::new();
    for _ in 0..1000 {
        let code = world.code(&client);
        assert!(code.len() == 59 && code.starts_with("oauth_ac_c"), "43 characters of 62 are more than 160 bits");
        assert!(codes.insert(code));
    }
    assert_eq!(world.host.people.codes.len(), 1000);
    let stored = format!("{:?}", world.host);
    assert!(codes.iter().all(|code| !stored.contains(code.as_str())));
}

#[test]
fn what_is_stored_of_a_code_is_what_the_exchange_needs() {
    let (mut world, client) = site();
    let pairs = instead(&usual(&client), &[("nonce", Some("n-0S6_WzA2Mj")), ("scope", Some("content:read openid"))]);
    let code = world.approved(&pairs).code();
    let now = world.now;
    let row = world.code_mut(&code).clone();
    assert_eq!((row.client, row.user, row.expires_at), (client.id, 21, now + 120));
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&row.payload).unwrap(),
        json!({
            "redirect_uri": CALLBACK, "redirect_uri_sent": true, "scope": "content:read openid", "challenge": CHALLENGE,
            "nonce": "n-0S6_WzA2Mj", "resource": null, "auth_time": now - 60, "sid": null, "ceiling": 1, "client_epoch": 0,
            "subject_epoch": 0, "method_epoch": 0,
        })
    );
    let granted = world.host.policy(row.policy);
    assert!(granted.within(&world.host.policy(1)) && !granted.account && granted.takeover.is_empty());
}
