//! Allowlist patterns: what a line means, and that it never covers more. Cases WP-01 to WP-03 of the threat model.

use app_connect::authority::route::{RouteError, RoutePattern};
use proptest::prelude::*;

use crate::support::policies::{cases, pattern};

fn parse(line: &str) -> RoutePattern {
    RoutePattern::parse(line, "wp-json").unwrap_or_else(|error| panic!("{line}: {error}"))
}

#[test]
fn wp_03_a_wildcard_is_one_or_more_characters_of_any_depth_below_its_prefix() {
    let pattern = parse("GET /wp-json/wp/v2/posts/*");
    for path in ["/wp/v2/posts/7", "/wp/v2/posts/7/revisions", "/wp/v2/posts/7/revisions/8", "/wp/v2/posts/\u{e9}"] {
        assert!(pattern.covers("GET", path), "{path}");
    }
    for path in [
        "/wp/v2/posts",
        "/wp/v2/posts/",
        "/wp/v2/postsX",
        "/wp/v2/postsX/7",
        "/wp/v2/Posts/7",
        "/WP/v2/posts/7",
        "/wp/v2/posts/../users",
        "/wp/v2/posts/..",
        "/wp/v2/posts/7/../../users",
        "/wp/v2/posts/.",
        "/wp/v2/posts/./7",
        "/wp/v2/posts/7\n",
        "/wp/v2/posts/\n",
        "/wp/v2/posts/7\0",
        "/wp/v2/posts/7\r\n/x",
        "/wp/v2/posts/7\u{85}",
        "/wp/v2/posts/7\u{2028}",
        "/wp/v2/posts/7 8",
        "/wp/v2/posts/7%2f..%2fusers",
        "/wp/v2/posts/7?x",
        "/wp/v2/posts/7#x",
        "/wp/v2/posts/..\\users",
        "wp/v2/posts/7",
        "//wp/v2/posts/7",
        "/wp-json/wp/v2/posts/7",
        "/x/wp/v2/posts/7",
        "",
        "/",
    ] {
        assert!(!pattern.covers("GET", path), "{path:?}");
    }
}

#[test]
fn wp_03_a_pattern_without_a_wildcard_covers_one_path() {
    let pattern = parse("POST /wp-json/wp/v2/posts");
    assert!(pattern.covers("POST", "/wp/v2/posts"));
    for path in
        ["/wp/v2/posts/", "/wp/v2/posts/7", "/wp/v2/post", "/wp/v2/POSTS", "/wp/v2/posts\n", "/wp/v2/posts\0", ""]
    {
        assert!(!pattern.covers("POST", path), "{path:?}");
    }
}

#[test]
fn wp_03_patterns_are_no_regular_expressions() {
    for (line, literal, other) in [
        ("GET /wp/v2/po.ts", "/wp/v2/po.ts", "/wp/v2/posts"),
        ("GET /a/(b|c)+", "/a/(b|c)+", "/a/b"),
        ("GET /a/[0-9]", "/a/[0-9]", "/a/7"),
        ("GET /a/$", "/a/$", "/a/"),
    ] {
        assert!(parse(line).covers("GET", literal), "{line}");
        assert!(!parse(line).covers("GET", other), "{line}");
    }
}

#[test]
fn wp_02_the_method_is_compared_byte_for_byte_and_head_follows_get() {
    let pattern = parse("get /wp-json/wp/v2/posts");
    for (method, covered) in [
        ("GET", true),
        ("HEAD", true),
        ("OPTIONS", false),
        ("POST", false),
        ("get", false),
        ("", false),
        ("GET ", false),
        ("TRACE", false),
    ] {
        assert_eq!(pattern.covers(method, "/wp/v2/posts"), covered, "{method}");
    }
    for method in ["DELETE", "PATCH", "POST", "PUT"] {
        let pattern = parse(&format!("{method} /a"));
        assert!(pattern.covers(method, "/a") && !pattern.covers("OPTIONS", "/a"));
        assert!(!pattern.covers("GET", "/a") && !pattern.covers("HEAD", "/a"), "{method}");
    }
}

#[test]
fn a_line_is_read_with_the_rest_prefix_or_without_it() {
    for (line, prefix, path) in [
        ("GET /wp-json/wp/v2/posts", "wp-json", "GET /wp/v2/posts"),
        ("GET /wp/v2/posts", "wp-json", "GET /wp/v2/posts"),
        ("  get\t/wp-json/wp/v2/posts/  ", "wp-json", "GET /wp/v2/posts"),
        ("GET   /wp-json/wp/v2/posts/*", "/wp-json/", "GET /wp/v2/posts/*"),
        ("GET /wp-jsonx/a", "wp-json", "GET /wp-jsonx/a"),
        ("GET /a/wp-json/b", "wp-json", "GET /a/wp-json/b"),
        ("GET /api/v1/wp/v2/posts", "api/v1", "GET /wp/v2/posts"),
        ("GET /", "wp-json", "GET /"),
        ("GET /wp-json/", "wp-json", "GET /"),
        ("GET /wp-json/*", "wp-json", "GET /*"),
    ] {
        let pattern = RoutePattern::parse(line, prefix).unwrap();
        assert_eq!(pattern.to_string(), path, "{line}");
        let below = pattern.display_below(prefix);
        assert_eq!(RoutePattern::parse(&below, prefix).unwrap(), pattern, "{below}");
    }
}

#[test]
fn the_index_may_be_written_as_the_rest_prefix_alone() {
    assert!(parse("GET /wp-json").covers("GET", "/"));
}

#[test]
fn a_line_that_is_no_pattern_says_why() {
    let long = format!("GET /{}", "a".repeat(1024));
    for (line, error) in [
        ("", RouteError::Shape),
        ("GET", RouteError::Shape),
        ("/wp/v2/posts", RouteError::Shape),
        ("FETCH /a", RouteError::Method),
        ("HEAD /a", RouteError::Method),
        ("OPTIONS /a", RouteError::Method),
        ("* /a", RouteError::Method),
        ("GET,POST /a", RouteError::Method),
        ("GET wp/v2/posts", RouteError::Relative),
        ("GET https://example.test/a", RouteError::Relative),
        ("GET *", RouteError::Relative),
        ("GET /a*", RouteError::Wildcard),
        ("GET /a/**", RouteError::Wildcard),
        ("GET /a/*/b", RouteError::Wildcard),
        ("GET /*/*", RouteError::Wildcard),
        ("GET /a/../b", RouteError::Character),
        ("GET /a/..", RouteError::Character),
        ("GET /./a", RouteError::Character),
        ("GET /a/../*", RouteError::Character),
        ("GET /a b", RouteError::Character),
        ("GET /a\tb", RouteError::Character),
        ("GET /a\0", RouteError::Character),
        ("GET /a%2e", RouteError::Character),
        ("GET /a?b=c", RouteError::Character),
        ("GET /a#b", RouteError::Character),
        ("GET /a\\b", RouteError::Character),
        (&long, RouteError::Length),
    ] {
        assert_eq!(RoutePattern::parse(line, "wp-json"), Err(error), "{line:?}");
    }
}

#[test]
fn whatever_is_accepted_can_be_stored_and_read_again() {
    for line in ["GET //", "GET ///", "GET /wp-json//", "GET //*", "GET /a//b", "GET /a//", "GET /"] {
        let Ok(pattern) = RoutePattern::parse(line, "wp-json") else {
            continue;
        };
        let text = serde_json::to_string(&pattern).unwrap();
        let read: Result<RoutePattern, _> = serde_json::from_str(&text);
        assert_eq!(read.ok(), Some(pattern), "{line} was stored as {text}");
    }
}

proptest! {
    #![proptest_config(cases(1024))]

    #[test]
    fn nothing_outside_the_literal_prefix_is_covered(
        segments in "(/[a-z]{1,3}){1,3}", wild in any::<bool>(), path in "[/a-z.%\\\\\n\0 \u{e9}]{0,16}", inside in any::<bool>(),
    ) {
        let line = format!("GET {segments}{}", if wild { "/*" } else { "" });
        let pattern: RoutePattern = line.parse().unwrap();
        let path = if inside { format!("{segments}/{path}") } else { path };
        if pattern.covers("GET", &path) {
            if wild {
                let prefix = format!("{segments}/");
                prop_assert!(path.starts_with(&prefix) && path.len() > prefix.len());
            } else {
                prop_assert_eq!(&path, &segments);
            }
            prop_assert!(!path.contains(['\n', '\0', ' ', '%', '\\']));
            prop_assert!(path.split('/').all(|segment| segment != ".." && segment != "."));
        }
    }

    #[test]
    fn a_plain_path_below_the_prefix_is_covered(segments in "(/[a-z]{1,3}){1,3}", rest in "[a-z0-9_-]{1,8}(/[a-z0-9]{1,4}){0,2}") {
        let pattern: RoutePattern = format!("PUT {segments}/*").parse().unwrap();
        let path = format!("{segments}/{rest}");
        prop_assert!(pattern.covers("PUT", &path));
        prop_assert!(!pattern.covers("PUT", &segments));
        prop_assert!(!pattern.covers("POST", &path));
    }

    #[test]
    fn no_line_makes_the_parser_fail_and_what_it_reads_is_read_back(line in "(GET|put|X)?[ \t]{0,2}[/a.*%?\n\u{e9} ]{0,24}") {
        if let Ok(pattern) = RoutePattern::parse(&line, "a") {
            let text = pattern.to_string();
            prop_assert_eq!(text.parse::<RoutePattern>(), Ok(pattern), "{:?} as {:?}", line, text);
        }
    }

    #[test]
    fn within_is_sound_and_reflexive(a in pattern(), b in pattern(), path in "(/wp/v2)?/(posts|media|users)(/[a-z0-9]{1,2}){0,2}") {
        prop_assert!(a.within(&a));
        if a.within(&b) {
            for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
                prop_assert!(!a.covers(method, &path) || b.covers(method, &path), "{a} {b} {method} {path}");
            }
        }
    }
}

#[test]
fn a_path_longer_than_any_route_is_not_covered() {
    let pattern = parse("GET /a/*");
    let path = format!("/a/{}", "b".repeat(1021));
    assert!(pattern.covers("GET", &path));
    assert!(!pattern.covers("GET", &format!("{path}b")));
}
