//! Redirect URIs at registration and when they are presented: RFC 6749 §3.1.2, RFC 8252 §7 and §8, RFC 9700 §4.1. Cases
//! RU-01 to RU-20 of the threat model.

use app_connect::redirect_uri::{Destination, RedirectKind, RedirectUri, RedirectUriError};
use proptest::prelude::*;
use proptest::sample::select;

use crate::support::policies::cases;

fn register(text: &str) -> RedirectUri {
    RedirectUri::register(text, true).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[track_caller]
fn refused(error: RedirectUriError, texts: &[&str]) {
    for text in texts {
        assert_eq!(RedirectUri::register(text, true), Err(error), "{text:?}");
        assert_eq!(Destination::of(text), None, "{text:?}");
        // Nor is it reached by a row that some other way brought into the store.
        let stored: RedirectUri = serde_json::from_value((*text).into()).unwrap();
        assert!(!stored.matches(text, true), "{text:?}");
    }
}

#[track_caller]
fn matches_none_of(registered: &str, others: &[&str]) {
    let registered = register(registered);
    assert!(registered.matches(registered.as_str(), true));
    for other in others {
        assert!(!registered.matches(other, true), "{other:?}");
    }
}

#[test]
fn s3_1_2_https_with_a_host_is_registered_and_matches_itself() {
    for text in [
        "https://app.example/cb",
        "https://app.example",
        "https://app.example/",
        "https://app.example:8443/cb",
        "https://app.example:443/cb",
        "https://app.example/cb?tenant=1&x=%2F",
        "https://app.example/cb?",
        "https://app.example//cb/",
        "https://app.example/a.b/...;x/.well-known/cb",
        "https://a-b_c.xn--bcher-kva.example/cb",
        "https://App.Example/cb",
        "https://intranet/cb",
        "https://localhost/cb",
        "https://192.0.2.1/cb",
        "https://[2001:db8::1]:8443/cb",
        "https://1password.example/cb",
        "https://oauth.pstmn.io/v1/callback",
    ] {
        assert!(register(text).matches(text, true), "{text}");
        assert!(register(text).matches(text, false), "{text}");
        assert_eq!(register(text).as_str(), text);
    }
}

#[test]
fn ru_01_to_ru_06_https_matches_byte_for_byte() {
    matches_none_of(
        "https://app.example/cb",
        &[
            "https://app.example/cb?x=1",
            "https://app.example/cb?",
            "https://app.example/cb/",
            "https://app.example/c",
            "https://app.example/",
            "https://app.example",
            "https://app.example/cb/../evil",
            "https://app.example/cb/..;/evil",
            "https://app.example/cb%2f..%2fevil",
            "https://app.example/./cb",
            "https://app.example//cb",
            "https://app.example/%63b",
            "https://app.example/CB",
            "https://APP.example/cb",
            "HTTPS://app.example/cb",
            "http://app.example/cb",
            "https://app.example:443/cb",
            "https://app.example:/cb",
            "https://app.example:8443/cb",
            "https://app.example/cb#",
            "https://app.example/cb#x",
            " https://app.example/cb",
            "https://app.example/cb ",
            "https://app.example/cb\n",
            "https://app.example/cb\0",
            "https:app.example/cb",
            "https:/app.example/cb",
            "//app.example/cb",
            "/cb",
            "",
        ],
    );
    matches_none_of(
        "https://app.example/cb?a=1&b=2",
        &[
            "https://app.example/cb",
            "https://app.example/cb?a=1",
            "https://app.example/cb?b=2&a=1",
            "https://app.example/cb?a=1&b=2&c=3",
            "https://app.example/cb?a=1&b=%32",
        ],
    );
    matches_none_of("https://app.example/cb/", &["https://app.example/cb", "https://app.example/cb//"]);
}

#[test]
fn ru_07_ru_08_and_ru_09_a_host_that_looks_like_another_is_another() {
    matches_none_of(
        "https://good.example/cb",
        &[
            "https://good.example.evil.test/cb",
            "https://good.example@evil.test/cb",
            "https://good.example:x@evil.test/cb",
            "https://evil.test\\@good.example/cb",
            "https://evil.test@good.example/cb",
            "https://a@b@good.example/cb",
            "https://evil.test#@good.example/cb",
            "https://evil.test?@good.example/cb",
            "https://evil.test/@good.example/cb",
            "https://good.example./cb",
            "https://good%2eexample/cb",
            "https://g\u{43e}\u{43e}d.example/cb",
            "https://xn--gd-jmca.example/cb",
            "https://good.example\u{3002}evil.test/cb",
        ],
    );
    for text in [
        "http://localhost.evil.test/cb",
        "http://127.0.0.1.evil.test/cb",
        "http://127.0.0.1:80.evil.test/cb",
        "http://127.0.0.1@evil.test/cb",
        "http://127.0.0.1:80@evil.test/cb",
        "http://[::1].evil.test/cb",
        "http://[::1]@evil.test/cb",
        "http://evil.test/@127.0.0.1/cb",
        "http://evil.test/?http://127.0.0.1/cb",
    ] {
        assert!(RedirectUri::register(text, true).is_err(), "{text}");
        for registered in ["http://127.0.0.1/cb", "http://[::1]/cb", "http://localhost/cb"] {
            assert!(!register(registered).matches(text, true), "{registered} {text}");
        }
    }
}

#[test]
fn ru_10_a_fragment_is_refused_even_an_empty_one() {
    refused(
        RedirectUriError::Fragment,
        &[
            "https://app.example/cb#",
            "https://app.example/cb#x",
            "https://app.example/#/cb",
            "http://127.0.0.1/cb#x",
            "com.example.app:/cb#x",
        ],
    );
    matches_none_of("http://127.0.0.1/cb", &["http://127.0.0.1/cb#", "http://127.0.0.1:8080/cb#x"]);
}

#[test]
fn ru_11_schemes_that_browsers_run_are_refused_in_any_case() {
    for scheme in [
        "javascript",
        "data",
        "file",
        "vbscript",
        "blob",
        "about",
        "view-source",
        "chrome",
        "intent",
        "ws",
        "ftp",
        "mailto",
    ] {
        for spelling in [scheme.to_owned(), scheme.to_uppercase(), scheme.replace('a', "A")] {
            for rest in ["alert(1)", "//app.example/cb", "/cb", "x.y/cb"] {
                refused(RedirectUriError::Scheme, &[&format!("{spelling}:{rest}")]);
            }
        }
    }
    refused(
        RedirectUriError::Character,
        &[
            " javascript:alert(1)",
            "\tjavascript:alert(1)",
            "\0javascript:alert(1)",
            "java\nscript:alert(1)",
            "\u{feff}javascript:alert(1)",
            " https://app.example/cb",
        ],
    );
    refused(RedirectUriError::Scheme, &["HTTPS://app.example/cb", "HTTP://127.0.0.1/cb", "Http://127.0.0.1/cb"]);
}

#[test]
fn ru_12_rfc_8252_s7_1_a_private_use_scheme_has_a_dot_and_something_after_it() {
    for text in [
        "com.example.app:/cb",
        "com.example.app:/oauth2redirect/example-provider",
        "com.example.app:cb",
        "com.example.app:?x",
        "com.example.app://callback",
        "com.example.app://callback/path?x=1",
        "com.example.App-2+x:/cb",
        "net.openid.appauthdemo:/oauth2redirect",
    ] {
        assert!(register(text).matches(text, false), "{text}");
        assert_eq!(Destination::of(text).unwrap().kind, RedirectKind::App, "{text}");
    }
    refused(RedirectUriError::Scheme, &["myapp:/cb", "myapp://callback", "exp://192.0.2.1/cb", "com-example-app:/cb"]);
    refused(
        RedirectUriError::Absolute,
        &["com.example.app:", "com.example.app", "1com.example:/cb", ".app:/cb", ":/cb", ""],
    );
    matches_none_of(
        "com.example.app:/cb",
        &[
            "com.example.App:/cb",
            "COM.EXAMPLE.APP:/cb",
            "com.example.app:cb",
            "com.example.app:///cb",
            "com.example.app://cb",
            "com.example.app:/cb/",
            "com.example.app:/cb?x",
            "com.example.app.evil:/cb",
            "com.example.app:8080/cb",
        ],
    );
}

#[test]
fn ru_13_and_ru_17_http_is_for_the_loopback_literals_only() {
    refused(
        RedirectUriError::Http,
        &[
            "http://app.example/cb",
            "http:///cb",
            "http:/cb",
            "http:cb",
            "http://:80/cb",
            "http://127.0.0.2/cb",
            "http://127.0.0.01/cb",
            "http://127.1/cb",
            "http://127.0.0.1./cb",
            "http://0.0.0.0/cb",
            "http://0/cb",
            "http://2130706433/cb",
            "http://0x7f.1/cb",
            "http://0177.0.0.1/cb",
            "http://127%2e0.0.1/cb",
            "http://[::ffff:127.0.0.1]/cb",
            "http://[0:0:0:0:0:0:0:1]/cb",
            "http://[::01]/cb",
            "http://[::]/cb",
            "http://LOCALHOST/cb",
            "http://localhost./cb",
            "http://localhost.localdomain/cb",
            "http://ip6-localhost/cb",
        ],
    );
    for other in
        ["http://127.0.0.2/cb", "http://0.0.0.0/cb", "http://[::1]/cb", "http://localhost/cb", "https://127.0.0.1/cb"]
    {
        assert!(!register("http://127.0.0.1/cb").matches(other, true), "{other}");
    }
    for other in ["http://127.0.0.1/cb", "http://localhost/cb", "http://[::01]/cb", "http://[::ffff:127.0.0.1]/cb"] {
        assert!(!register("http://[::1]/cb").matches(other, true), "{other}");
    }
}

#[test]
fn ru_14_and_ru_15_rfc_8252_s7_3_the_port_of_a_loopback_address_is_free() {
    for host in ["127.0.0.1", "[::1]", "localhost"] {
        for registered in ["", ":0", ":80", ":8080"] {
            let registered = register(&format!("http://{host}{registered}/cb?x=1"));
            for presented in ["", ":0", ":1", ":80", ":8080", ":49152", ":65535"] {
                let presented = format!("http://{host}{presented}/cb?x=1");
                assert!(registered.matches(&presented, true), "{registered:?} {presented}");
            }
            for oddity in
                [":", ":65536", ":00080", ":080", ":00", ":99999999999999999999", ":+80", ":-1", ":8o", ":80:80"]
            {
                let presented = format!("http://{host}{oddity}/cb?x=1");
                assert!(!registered.matches(&presented, true), "{registered:?} {presented}");
            }
        }
    }
}

#[test]
fn ru_14_the_port_is_free_on_loopback_only() {
    for (registered, presented) in [
        ("https://127.0.0.1/cb", "https://127.0.0.1:8443/cb"),
        ("https://localhost/cb", "https://localhost:8443/cb"),
        ("https://app.example/cb", "https://app.example:8443/cb"),
        ("com.example.app://127.0.0.1/cb", "com.example.app://127.0.0.1:80/cb"),
    ] {
        assert!(!register(registered).matches(presented, true), "{presented}");
    }
}

#[test]
fn ru_15_localhost_follows_the_setting() {
    for text in ["http://localhost/cb", "http://localhost:8080/cb"] {
        assert_eq!(RedirectUri::register(text, false), Err(RedirectUriError::Localhost));
        assert!(register(text).matches(text, true));
        assert!(!register(text).matches(text, false), "not even itself, once the setting is off");
    }
    for text in ["http://127.0.0.1/cb", "http://[::1]/cb"] {
        assert!(RedirectUri::register(text, false).unwrap().matches(text, false));
    }
}

#[test]
fn ru_16_on_loopback_path_and_query_are_not_free() {
    matches_none_of(
        "http://127.0.0.1/cb?x=1",
        &[
            "http://127.0.0.1:8080/",
            "http://127.0.0.1:8080",
            "http://127.0.0.1:8080/cb",
            "http://127.0.0.1:8080/cb?",
            "http://127.0.0.1:8080/cb?x=2",
            "http://127.0.0.1:8080/cb?x=1&y",
            "http://127.0.0.1:8080/cb/?x=1",
            "http://127.0.0.1:8080/CB?x=1",
            "http://127.0.0.1:8080/../cb?x=1",
            "http://127.0.0.1:8080/%63b?x=1",
            "http://user@127.0.0.1:8080/cb?x=1",
        ],
    );
    matches_none_of("http://127.0.0.1", &["http://127.0.0.1/", "http://127.0.0.1?", "http://127.0.0.1:8080/"]);
    matches_none_of("http://127.0.0.1/cb", &["http://127.0.0.1:8080/cb?"]);
}

#[test]
fn ru_18_a_wildcard_is_refused_wherever_it_is() {
    refused(
        RedirectUriError::Wildcard,
        &[
            "https://*.app.example/cb",
            "https://*/cb",
            "https://app.example/*",
            "https://app.example/cb?*",
            "http://127.0.0.1:*/cb",
            "com.example.*:/cb",
            "*",
        ],
    );
    assert!(!register("https://app.example/cb").matches("https://app.example/*", true));
}

#[test]
fn ru_19_a_host_is_a_plain_name_or_an_ip_address() {
    refused(
        RedirectUriError::Host,
        &[
            "https:",
            "https:cb",
            "https:/cb",
            "https://",
            "https:///cb",
            "https://:443/cb",
            "https://app.example./cb",
            "https://.app.example/cb",
            "https://app..example/cb",
            "https://app%2eexample/cb",
            "https://%61pp.example/cb",
            "https://xn--%62cher/cb",
            "https://app!.example/cb",
            "https://app,example/cb",
            "https://2130706433/cb",
            "https://0x7f.1/cb",
            "https://0X7F000001/cb",
            "https://127.1/cb",
            "https://192.0.2.01/cb",
            "https://192.0.2.256/cb",
            "https://app.example.1/cb",
            "https://[v1.a]/cb",
        ],
    );
    refused(RedirectUriError::Host, &[&format!("https://{}.example/cb", "a".repeat(64))]);
    refused(RedirectUriError::Host, &[&format!("https://{}example/cb", "a.".repeat(124))]);
    refused(RedirectUriError::Character, &["https://b\u{fc}cher.example/cb", "https://app.example/\u{e9}"]);
    refused(
        RedirectUriError::Port,
        &[
            "https://app.example:/cb",
            "https://app.example:065/cb",
            "https://app.example:65536/cb",
            "http://127.0.0.1:/cb",
        ],
    );
    refused(
        RedirectUriError::Userinfo,
        &[
            "https://user@app.example/cb",
            "https://user:pass@app.example/cb",
            "https://@app.example/cb",
            "com.example.app://a@b/cb",
        ],
    );
}

#[test]
fn ru_04_dot_segments_are_refused_in_every_spelling() {
    refused(
        RedirectUriError::DotSegments,
        &[
            "https://app.example/.",
            "https://app.example/..",
            "https://app.example/cb/../evil",
            "https://app.example/cb/./evil",
            "https://app.example/cb/..;/evil",
            "https://app.example/cb/%2e%2e/evil",
            "https://app.example/cb/%2E./evil",
            "https://app.example/cb%2f..%2fevil",
            "https://app.example/cb%5c..%5Cevil",
            "https://app.example/cb/..%3bx/evil",
            "http://127.0.0.1/../cb",
            "com.example.app:/cb/..",
            "com.example.app:../cb",
        ],
    );
}

#[test]
fn characters_that_no_uri_has_are_refused() {
    let plain = "!#$%&'()*+,-./:;=?@[]_~";
    let foreign = (0u8..=127).map(char::from).filter(|c| !c.is_ascii_alphanumeric() && !plain.contains(*c));
    for character in foreign.chain(['\u{80}', '\u{a0}', '\u{e9}', '\u{202e}', '\u{ff0e}', '\u{1f511}']) {
        refused(RedirectUriError::Character, &[&format!("https://app.example/c{character}b")]);
        refused(RedirectUriError::Character, &[&format!("https://app.exam{character}ple/cb")]);
    }
    refused(
        RedirectUriError::Absolute,
        &["https://app.example/%", "https://app.example/%zz", "https://app.example/[", "https://[::1/cb"],
    );
}

#[test]
fn ru_20_2048_bytes_are_a_redirect_uri_and_2049_are_not() {
    let of_length = |length: usize| format!("{:a<length$}", "https://app.example/");
    assert!(register(&of_length(2048)).matches(&of_length(2048), true));
    refused(RedirectUriError::Length, &[&of_length(2049)]);
    let host = format!("https://{}", "@".repeat(2_000_000));
    refused(RedirectUriError::Length, &[&host, &"\0".repeat(2049)]);
}

#[test]
fn a_destination_is_told_by_what_identifies_it() {
    use RedirectKind::{App, Loopback, Web};
    for (text, kind, name) in [
        ("https://App.Example:8443/cb?x", Web, "app.example"),
        ("https://[2001:DB8::1]/cb", Web, "[2001:db8::1]"),
        ("https://127.0.0.1:1/cb", Web, "127.0.0.1"),
        ("http://127.0.0.1:49152/cb", Loopback, "127.0.0.1:49152"),
        ("http://127.0.0.1/cb", Loopback, "127.0.0.1"),
        ("http://[::1]:8080/cb", Loopback, "[::1]:8080"),
        ("http://localhost:3000", Loopback, "localhost:3000"),
        ("com.Example.app://bank.example/cb", App, "com.example.app"),
    ] {
        assert_eq!(Destination::of(text), Some(Destination { kind, name: name.to_owned() }), "{text}");
    }
    let shown = serde_json::to_value(Destination::of("http://[::1]:8080/cb")).unwrap();
    assert_eq!(shown, serde_json::json!({ "kind": "loopback", "name": "[::1]:8080" }));
}

#[test]
fn every_error_has_its_code_and_an_ascii_sentence() {
    use RedirectUriError as Error;
    let codes = [
        (Error::Absolute, "absolute"),
        (Error::Character, "character"),
        (Error::DotSegments, "dot_segments"),
        (Error::Fragment, "fragment"),
        (Error::Host, "host"),
        (Error::Http, "http"),
        (Error::Length, "length"),
        (Error::Localhost, "localhost"),
        (Error::Port, "port"),
        (Error::Scheme, "scheme"),
        (Error::Userinfo, "userinfo"),
        (Error::Wildcard, "wildcard"),
    ];
    for (error, code) in codes {
        assert_eq!(error.code(), code);
        assert!(error.to_string().bytes().all(|b| b == b' ' || b.is_ascii_graphic()), "{error}");
    }
}

/// What a URI looks like to somebody who wants to be taken for another.
fn uri() -> impl Strategy<Value = String> {
    let scheme = select(&["http://", "https://", "com.example.app:/", "com.example.app://", "HTTP://", "http:/"][..]);
    let host = select(
        &["127.0.0.1", "[::1]", "localhost", "app.example", "127.0.0.2", "a@127.0.0.1", "127.0.0.1.evil.test", ""][..],
    );
    let port = select(&["", ":", ":0", ":80", ":080", ":8080", ":65535", ":65536", ":80@evil.test", ":80:81"][..]);
    let path = select(&["", "/", "/cb", "/cb/", "/cb/..", "/%63b", "/CB"][..]);
    let query = select(&["", "?", "?x=1", "?x=2", "#", "?x=1#y"][..]);
    (scheme, host, port, path, query)
        .prop_map(|(scheme, host, port, path, query)| format!("{scheme}{host}{port}{path}{query}"))
}

/// A loopback URI without its port, by hand.
fn without_port(text: &str) -> Option<String> {
    let rest = text.strip_prefix("http://")?;
    let host = ["127.0.0.1", "[::1]", "localhost"].into_iter().find(|host| rest.starts_with(host))?;
    let after = &rest[host.len()..];
    let after = match after.strip_prefix(':') {
        Some(numbered) => {
            let digits = numbered.bytes().take_while(u8::is_ascii_digit).count();
            numbered[..digits].parse::<u16>().ok()?;
            &numbered[digits..]
        }
        None => after,
    };
    (after.is_empty() || after.starts_with(['/', '?'])).then(|| format!("{host}{after}"))
}

proptest! {
    #![proptest_config(cases(20_000))]

    #[test]
    fn what_matches_is_the_same_or_a_loopback_uri_that_differs_in_its_port(one in uri(), other in uri()) {
        if let Ok(registered) = RedirectUri::register(&one, true)
            && registered.matches(&other, true)
            && one != other
        {
            prop_assert!(without_port(&one).is_some(), "{one} {other}");
            prop_assert_eq!(without_port(&one), without_port(&other));
        }
    }

    #[test]
    fn what_matches_could_itself_be_registered_and_matches_back(one in uri(), other in uri()) {
        let stored: RedirectUri = serde_json::from_value(one.clone().into()).unwrap();
        if stored.matches(&other, true) {
            prop_assert!(register(&other).matches(&one, true));
            prop_assert!(Destination::of(&other).is_some());
        }
    }

    #[test]
    fn any_text_at_all_is_judged(text in ".{0,80}") {
        let stored: RedirectUri = serde_json::from_value(text.clone().into()).unwrap();
        prop_assert_eq!(stored.matches(&text, true), RedirectUri::register(&text, true).is_ok());
        prop_assert!(!register("https://app.example/cb").matches(&text, true));
    }
}
