//! Request parameters: RFC 6749 §3.2 and appendix B; cases TK-08 to TK-16 of the threat model.

use app_connect::http::Request;
use app_connect::params::{MAX_BODY, ParamError, Params};
use proptest::prelude::*;

use crate::support::policies::cases;
use crate::support::requests::{FORM, authorized, basic, encode, post};
use crate::support::world::{World, check};

fn form(body: impl Into<Vec<u8>>) -> Result<Params, ParamError> {
    Params::of_body(&post(FORM, body))
}

fn json(body: impl Into<Vec<u8>>) -> Result<Params, ParamError> {
    Params::of_body(&post("application/json", body))
}

fn query(query: &[u8]) -> Result<Params, ParamError> {
    let mut request = post(FORM, "a=b");
    request.uri = [b"/wp-json/app-connect/v1/token?", query].concat();
    Params::of_body(&request)
}

/// What a body is refused for at the endpoint: always before any need.
fn refused(request: Request) -> u16 {
    let mut world = World::new();
    let client = world.service();
    let ran = world.send("token", authorized(request, basic(&client.client_id, &client.secret)));
    check(&ran.outcome);
    assert_eq!(ran.member("error"), "invalid_request");
    assert!(ran.asked.is_empty());
    ran.outcome.status
}

#[test]
fn appendix_b_a_form_is_decoded_as_utf_8() {
    let params = form("a=1&b=x+y&c=%41%2b%C3%A9&d=&e&f=g=h&%67=%25zz").unwrap();
    for (name, value) in [("a", "1"), ("b", "x y"), ("c", "A+\u{e9}"), ("d", ""), ("e", ""), ("f", "g=h"), ("g", "%zz")]
    {
        assert_eq!(params.present(name), Some(value), "{name}");
    }
    assert_eq!(params.present("h"), None);
    assert_eq!(params.present("A"), None);
}

#[test]
fn s3_2_a_parameter_without_a_value_is_as_if_it_were_omitted() {
    let params = form("a=&b=1").unwrap();
    assert_eq!(params.value("a"), None);
    assert_eq!(params.present("a"), Some(""));
    assert_eq!(params.value("b"), Some("1"));
}

#[test]
fn tk_08_json_is_an_object_of_strings_and_nothing_else() {
    let params = json(r#" {"grant_type":"client_credentials","scope":"a\u00e9\ud83d\ude00"} "#).unwrap();
    assert_eq!(params.value("grant_type"), Some("client_credentials"));
    assert_eq!(params.value("scope"), Some("a\u{e9}\u{1f600}"));
    for bad in [
        "",
        "{",
        "[]",
        "null",
        "\"a\"",
        "1",
        r#"{"a":1}"#,
        r#"{"a":true}"#,
        r#"{"a":null}"#,
        r#"{"a":["b"]}"#,
        r#"{"a":{"b":"c"}}"#,
        r#"{"a":"b"} x"#,
        r#"{"a":"b"}{"a":"b"}"#,
        r#"{"a":"b",}"#,
        r#"{a:"b"}"#,
        r"{'a':'b'}",
        "\u{feff}{\"a\":\"b\"}",
        r#"{"a":"\ud800"}"#,
        r#"{"a":"\udc00\ud800"}"#,
        "{\"a\":\"\n\"}",
    ] {
        assert_eq!(json(bad).unwrap_err(), ParamError::Json, "{bad}");
    }
    assert_eq!(json(b"{\"a\":\"\xff\"}".to_vec()).unwrap_err(), ParamError::Json);
}

#[test]
fn tk_08_json_is_never_merged_with_the_query() {
    let mut request = post("application/json", r#"{"a":"body"}"#);
    request.uri = b"/token?a=query&b=query".to_vec();
    let params = Params::of_body(&request).unwrap();
    assert_eq!((params.value("a"), params.value("b")), (Some("body"), None));
}

#[test]
fn tk_10_a_repeated_parameter_is_refused_in_every_spelling() {
    for body in ["a=1&a=1", "a=1&b=2&a=", "a&a", "a=1&%61=2", "client_id=x&client%5fid=y"] {
        assert_eq!(form(body).unwrap_err(), ParamError::Duplicate, "{body}");
    }
    for body in [r#"{"a":"1","a":"1"}"#, r#"{"a":"1","\u0061":"2"}"#] {
        assert_eq!(json(body).unwrap_err(), ParamError::Duplicate, "{body}");
    }
    assert_eq!(refused(post(FORM, "grant_type=client_credentials&grant_type=password")), 400);
    assert!(form("a=1&A=1").is_ok(), "names are case-sensitive");
}

#[test]
fn tk_11_arrays_and_names_that_php_would_mend_are_refused() {
    for name in [
        "code[]",
        "code[0]",
        "code%5B%5D",
        "client.id",
        "client id",
        "client+id",
        " a",
        "%20a",
        "a%00",
        "[a",
        "a]",
        "\u{e9}",
        "a\"",
        "a\n",
        "%zz",
        "",
    ] {
        let error = form(format!("{name}=1")).unwrap_err();
        let expected = if name == "a%00" { ParamError::Text } else { ParamError::Name };
        assert_eq!(error, expected, "{name:?}");
    }
    for name in ["code[]", "client.id", "a b", "", "\\u0000", "\u{e9}"] {
        assert_eq!(json(format!(r#"{{"{name}":"1"}}"#)).unwrap_err(), ParamError::Name, "{name}");
    }
    assert_eq!(refused(post(FORM, "grant_type[]=client_credentials")), 400);
    for name in ["a", "A_b-c", "urn:a:b", "oauth2"] {
        assert!(form(format!("{name}=1")).is_ok(), "{name}");
    }
}

#[test]
fn tk_12_a_hundred_parameters_are_read_and_one_more_is_refused() {
    let body = |count: usize| (0..count).map(|n| format!("p{n}=x")).collect::<Vec<_>>().join("&");
    let object = |count: usize| {
        let pairs: Vec<String> = (0..count).map(|n| format!("\"p{n}\":\"x\"")).collect();
        format!("{{{}}}", pairs.join(","))
    };
    assert!(form(body(100)).is_ok());
    assert_eq!(form(body(101)).unwrap_err(), ParamError::TooMany);
    assert_eq!(form(body(1001)).unwrap_err(), ParamError::TooMany);
    assert!(json(object(100)).is_ok());
    for count in [101, 102, 1001] {
        assert!(json(object(count)).is_err(), "{count}");
    }
    assert_eq!(refused(post(FORM, body(1001))), 400);
}

#[test]
fn tk_13_other_media_types_are_refused() {
    for media_type in [
        "multipart/form-data; boundary=x",
        "text/plain",
        "application/xml",
        "application/json-patch+json",
        "application/x-www-form-urlencodedx",
        "application/x-www-form-urlencoded, application/json",
        "*/*",
        "",
    ] {
        assert_eq!(
            Params::of_body(&post(media_type, "grant_type=client_credentials")).unwrap_err(),
            ParamError::MediaType,
            "{media_type}"
        );
        assert_eq!(refused(post(media_type, "grant_type=client_credentials")), 400);
    }
    let mut request = post(FORM, "a=b");
    request.content_type = None;
    assert_eq!(Params::of_body(&request).unwrap_err(), ParamError::MediaType);
}

#[test]
fn tk_13_the_media_type_is_read_in_any_case_and_without_its_parameters() {
    for media_type in [
        "application/x-www-form-urlencoded",
        "Application/X-WWW-Form-Urlencoded",
        " application/x-www-form-urlencoded ;charset=UTF-8",
    ] {
        assert!(Params::of_body(&post(media_type, "a=b")).is_ok(), "{media_type}");
    }
    assert!(Params::of_body(&post("APPLICATION/JSON; charset=utf-8", "{}")).is_ok());
}

#[test]
fn tk_14_an_empty_body_has_no_parameters() {
    assert_eq!(refused(post(FORM, "")), 400);
    assert_eq!(refused(post("", "")), 400);
    assert_eq!(form("").unwrap().present(""), None);
    assert_eq!(form("&&").unwrap().present(""), None);
}

#[test]
fn tk_15_a_body_of_64_kib_is_read_and_one_byte_more_is_413() {
    let body = |length: usize| format!("a={}", "x".repeat(length.saturating_sub(2)));
    assert_eq!(MAX_BODY, 65_536);
    assert!(form(body(MAX_BODY)).is_ok());
    assert_eq!(form(body(65_537)).unwrap_err(), ParamError::BodyTooLarge);
    assert_eq!(refused(post(FORM, body(65_537))), 413);
    assert_eq!(refused(post("text/plain", body(3_000_000))), 413);
    assert_eq!(refused(post("application/json", format!("{{\"a\":\"{}\"}}", "x".repeat(3_000_000)))), 413);
}

#[test]
fn tk_15_deep_nesting_is_refused_without_being_followed() {
    for open in ["[", "{\"a\":"] {
        let deep = open.repeat(MAX_BODY.checked_div(open.len()).unwrap());
        assert_eq!(json(deep.clone()).unwrap_err(), ParamError::Json);
        assert_eq!(refused(post("application/json", deep)), 400);
        assert_eq!(refused(post("application/json", open.repeat(100_000))), 413);
    }
}

#[test]
fn tk_16_what_is_not_utf_8_or_has_a_nul_is_refused_in_each_field() {
    for field in ["client_id", "client_secret", "code", "grant_type", "redirect_uri", "scope", "token", "x"] {
        for value in ["%ff", "%c3", "%c3%28", "%ed%a0%80", "%00", "a%00b", "%f8%88%80%80%80", "%c0%80"] {
            let body = format!("{field}={value}");
            assert_eq!(form(body.clone()).unwrap_err(), ParamError::Text, "{body}");
            assert_eq!(refused(post(FORM, body)), 400);
        }
        assert_eq!(form([field.as_bytes(), b"=\xff"].concat()).unwrap_err(), ParamError::Text);
        assert_eq!(form([field.as_bytes(), b"=a\0"].concat()).unwrap_err(), ParamError::Text);
        assert_eq!(json(format!(r#"{{"{field}":"\u0000"}}"#)).unwrap_err(), ParamError::Text);
        assert_eq!(json(format!(r#"{{"{field}":"\ud800"}}"#)).unwrap_err(), ParamError::Json);
    }
    assert_eq!(form(b"\xff=a".to_vec()).unwrap_err(), ParamError::Text);
}

#[test]
fn tk_04_wordpress_overrides_are_refused_in_the_body() {
    for name in ["_envelope", "_fields", "_jsonp", "_method", "rest_route", "%5fmethod"] {
        assert_eq!(form(format!("{name}=x")).unwrap_err(), ParamError::WordPress, "{name}");
        assert_eq!(form(format!("a=b&{name}")).unwrap_err(), ParamError::WordPress, "{name}");
    }
    assert_eq!(json(r#"{"_method":"GET"}"#).unwrap_err(), ParamError::WordPress);
    assert!(form("method=x&_embed=x").is_ok());
}

#[test]
fn tk_03_a_method_override_is_refused_whatever_it_says() {
    let mut request = post(FORM, "a=b");
    request.method_override = Some(Vec::new());
    assert_eq!(Params::of_body(&request).unwrap_err(), ParamError::WordPress);
}

#[test]
fn tk_09_names_in_the_query_are_compared_as_php_reads_them() {
    for (pair, error) in [
        ("client_secret=x", ParamError::InQuery),
        ("client%5fsecret", ParamError::InQuery),
        ("client.secret=x", ParamError::InQuery),
        ("client%20secret=x", ParamError::InQuery),
        ("client+secret=x", ParamError::InQuery),
        ("+client_secret=x", ParamError::InQuery),
        ("client_secret[]=x", ParamError::InQuery),
        ("client_secret%5b%5d=x", ParamError::InQuery),
        ("client[secret=x", ParamError::InQuery),
        ("client%5Bsecret=x", ParamError::InQuery),
        ("a=b&token=x&c=d", ParamError::InQuery),
        ("_method=x", ParamError::WordPress),
        (".method=x", ParamError::WordPress),
        ("%ff=x", ParamError::Text),
        ("a%00=x", ParamError::Text),
        ("client_secret%00=x", ParamError::Text),
    ] {
        assert_eq!(query(pair.as_bytes()).err(), Some(error), "{pair}");
    }
    for pair in [
        "",
        "&",
        "lang=en",
        "rest_route=/x",
        "x[client_secret]=y",
        "client_secret[=x",
        "Client_Secret=x",
        "a=%ff",
        "%09token=x",
    ] {
        assert!(query(pair.as_bytes()).is_ok(), "{pair}");
    }
}

#[test]
fn what_is_printed_for_logs_has_names_and_no_values() {
    let printed = format!("{:?}", form("client_secret=hunter2&scope=wp").unwrap());
    assert_eq!(printed, r#"{"client_secret", "scope"}"#);
}

proptest! {
    #![proptest_config(cases(1024))]

    #[test]
    fn any_bytes_are_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..200), is_json in any::<bool>()) {
        let _ = if is_json { json(body) } else { form(body) };
    }

    #[test]
    fn anything_like_a_form_is_read_once_or_refused(body in "([a-c%=&+\\[\\].\u{e9}]|%[0-9a-f]{2}){0,24}") {
        if let Ok(params) = form(body.clone()) {
            for name in ["a", "b", "c"] {
                let sent = body.split('&').filter(|pair| {
                    let side = pair.split('=').next().unwrap_or_default();
                    side == name || side.eq_ignore_ascii_case(&format!("%{:02x}", name.as_bytes()[0]))
                });
                prop_assert_eq!(sent.count(), usize::from(params.present(name).is_some()), "{}", body);
            }
        }
    }

    #[test]
    fn what_is_encoded_is_decoded(value in "[^\0]{0,40}", other in "[^\0]{0,40}") {
        let params = form(encode(&[("value", &value), ("other", &other)])).unwrap();
        prop_assert_eq!(params.present("value"), Some(value.as_str()));
        prop_assert_eq!(params.present("other"), Some(other.as_str()));
        let body = serde_json::json!({"value": value, "other": other}).to_string();
        let params = json(body).unwrap();
        prop_assert_eq!(params.present("value"), Some(value.as_str()));
    }

    #[test]
    fn no_query_reaches_the_parameters(query_text in "[a-z_=&%.+\\[\\]]{0,40}") {
        if let Ok(params) = query(query_text.as_bytes()) {
            prop_assert_eq!(format!("{params:?}"), "{\"a\"}");
            prop_assert_eq!(params.present("a"), Some("b"));
        }
    }
}
