"""Redirect URIs over HTTP: what may be registered, and what a request may present (threats.md §2.2, RFC 6749 §3.1.2, RFC 8252 §7)."""

from __future__ import annotations

import time
import urllib.parse
from typing import Any

import pytest
from conftest import assert_oauth_error, configure, make, make_user, register_client
from consent_support import Browser, authorize, decide, exchange, get_code, new_app, open_consent, page_error, parameters, redirected, refused
from lab import Site

GOOD = "https://good.example/cb"

_apps: dict[tuple[str, str], dict[str, Any]] = {}


def app_with(site: Site, *uris: str) -> dict[str, Any]:
    """An app with these redirect URIs, made once."""
    key = (site.name, " ".join(uris))
    if key not in _apps:
        _apps[key] = new_app(site, redirect_uris=list(uris))
    return _apps[key]


def present(site: Site, app: dict[str, Any], uri: str | bytes) -> Any:
    """What comes of a request with a redirect URI, percent-encoded as it is. `response_type` is wrong: a trusted one is told so."""
    query = urllib.parse.urlencode(parameters(app, redirect_uri=None, response_type="foo"))
    browser = Browser(site)
    return browser.follow(authorize(browser, app, query=f"{query}&redirect_uri={urllib.parse.quote(uri, safe='')}"))


ACCEPTED = {
    "RU-01 the exact string": (GOOD, GOOD),
    "RU-01 with a query": (GOOD + "?a=b&c", GOOD + "?a=b&c"),
    "RU-01 with a port": ("https://good.example:8443/", "https://good.example:8443/"),
    "RU-12 a private scheme": ("com.example.app:/cb", "com.example.app:/cb"),
    "RU-12 a private scheme with two slashes": ("com.example.app://cb/x", "com.example.app://cb/x"),
    "RU-14 another port": ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb"),
    "RU-14 another port than the registered": ("http://127.0.0.1:8080/cb", "http://127.0.0.1:8081/cb"),
    "RU-14 no port": ("http://127.0.0.1:8080/cb", "http://127.0.0.1/cb"),
    "RU-14 port 0 to 65535": ("http://127.0.0.1/cb", "http://127.0.0.1:65535/cb"),
    "RU-15 IPv6": ("http://[::1]/cb", "http://[::1]:51004/cb"),
    "RU-15 localhost": ("http://localhost/cb", "http://localhost:51004/cb"),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_a_registered_uri_is_redirected_to(case: str) -> None:
    registered, presented = ACCEPTED[case]
    site = make("wp68")
    refused(present(site, app_with(site, registered), presented), "unsupported_response_type", to=presented)


REFUSED = {
    "RU-02 an extra query": (GOOD, GOOD + "?x=1"),
    "RU-02 an empty query": (GOOD, GOOD + "?"),
    "RU-03 the query missing": (GOOD + "?a=b", GOOD),
    "RU-03 the query changed": (GOOD + "?a=b", GOOD + "?a=c"),
    "RU-03 the query extended": (GOOD + "?a=b", GOOD + "?a=b&c=d"),
    "RU-04 dots": (GOOD, GOOD + "/../evil"),
    "RU-04 dots with a semicolon": (GOOD, GOOD + "/..;/evil"),
    "RU-04 escaped dots": (GOOD, GOOD + "%2f..%2f"),
    "RU-04 a longer path": (GOOD, GOOD + "/evil"),
    "RU-05 a slash added": (GOOD, GOOD + "/"),
    "RU-05 a slash removed": (GOOD + "/", GOOD),
    "RU-06 another case of the path": (GOOD, "https://good.example/CB"),
    "RU-06 another case of the host": (GOOD, "https://GOOD.example/cb"),
    "RU-06 another case of the scheme": (GOOD, "HTTPS://good.example/cb"),
    "RU-07 a longer host": (GOOD, "https://good.example.evil.test/cb"),
    "RU-07 a user": (GOOD, "https://good.example@evil.test/cb"),
    "RU-07 a backslash": (GOOD, "https://evil.test\\@good.example/cb"),
    "RU-08 several @": (GOOD, "https://evil.test@x@good.example/cb"),
    "RU-08 a user of the right host": (GOOD, "https://user@good.example/cb"),
    "RU-09 localhost as a prefix": ("http://localhost/cb", "http://localhost.evil.test/cb"),
    "RU-09 127.0.0.1 as a prefix": ("http://127.0.0.1/cb", "http://127.0.0.1.evil.test/cb"),
    "RU-09 127.0.0.1 as a user": ("http://127.0.0.1/cb", "http://127.0.0.1:80@evil.test/cb"),
    "RU-10 a fragment": (GOOD, GOOD + "#x"),
    "RU-10 an empty fragment": (GOOD, GOOD + "#"),
    "RU-11 javascript": (GOOD, "javascript:alert(1)"),
    "RU-11 javascript in capitals": (GOOD, "JavaScript:alert(1)"),
    "RU-11 javascript after a space": (GOOD, " javascript:alert(1)"),
    "RU-11 javascript after a tab": (GOOD, "\tjava\nscript:alert(1)"),
    "RU-11 javascript after NUL": (GOOD, "\0javascript:alert(1)"),
    "RU-11 data": (GOOD, "data:text/html,<script>alert(1)</script>"),
    "RU-11 file": (GOOD, "file:///etc/passwd"),
    "RU-11 vbscript": (GOOD, "vbscript:x"),
    "RU-11 blob": (GOOD, "blob:https://good.example/x"),
    "RU-12 another private scheme": ("com.example.app:/cb", "com.example.app2:/cb"),
    "RU-12 another path of it": ("com.example.app:/cb", "com.example.app:/cb2"),
    "RU-12 another case of it": ("com.example.app:/cb", "com.example.App:/cb"),
    "RU-13 http": (GOOD, "http://good.example/cb"),
    "RU-14 https on loopback": ("http://127.0.0.1/cb", "https://127.0.0.1/cb"),
    "RU-14 a port elsewhere": (GOOD, "https://good.example:444/cb"),
    "RU-14 localhost for 127.0.0.1": ("http://127.0.0.1/cb", "http://localhost/cb"),
    "RU-14 ::1 for 127.0.0.1": ("http://127.0.0.1/cb", "http://[::1]/cb"),
    "RU-14 an impossible port": ("http://127.0.0.1/cb", "http://127.0.0.1:65536/cb"),
    "RU-14 a port with letters": ("http://127.0.0.1/cb", "http://127.0.0.1:80a/cb"),
    "RU-14 a port with zeros": ("http://127.0.0.1/cb", "http://127.0.0.1:0080/cb"),
    "RU-16 loopback with another path": ("http://127.0.0.1/cb", "http://127.0.0.1/cb2"),
    "RU-16 loopback with a query": ("http://127.0.0.1/cb", "http://127.0.0.1/cb?x=1"),
    "RU-17 127.0.0.2": ("http://127.0.0.1/cb", "http://127.0.0.2/cb"),
    "RU-17 0.0.0.0": ("http://127.0.0.1/cb", "http://0.0.0.0/cb"),
    "RU-17 a number": ("http://127.0.0.1/cb", "http://2130706433/cb"),
    "RU-17 hexadecimal": ("http://127.0.0.1/cb", "http://0x7f.1/cb"),
    "RU-17 a short form": ("http://127.0.0.1/cb", "http://127.1/cb"),
    "RU-17 mapped into IPv6": ("http://127.0.0.1/cb", "http://[::ffff:127.0.0.1]/cb"),
    "RU-17 a long form of ::1": ("http://[::1]/cb", "http://[0:0:0:0:0:0:0:1]/cb"),
    "RU-19 a homograph": (GOOD, "https://gооd.example/cb"),
    "RU-19 punycode": (GOOD, "https://xn--gd-oca.example/cb"),
    "RU-19 an escaped host": (GOOD, "https://good%2eexample/cb"),
    "RU-19 a dot at the end of the host": (GOOD, "https://good.example./cb"),
    "RU-19 the default port": (GOOD, "https://good.example:443/cb"),
    "RU-19 an escaped path": (GOOD, "https://good.example/%63b"),
    "a space at the end": (GOOD, GOOD + " "),
    "a line break at the end": (GOOD, GOOD + "\n"),
    "a list": (GOOD, GOOD + "," + GOOD),
    "two in one": (GOOD, GOOD + " " + GOOD),
    "empty slashes": (GOOD, "https:///good.example/cb"),
    "no scheme": (GOOD, "//good.example/cb"),
    "relative": (GOOD, "/cb"),
    "a wildcard": (GOOD, "https://*.example/cb"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_any_other_uri_is_a_page(case: str) -> None:
    registered, presented = REFUSED[case]
    site = make("wp71")
    answer = present(site, app_with(site, registered), presented)
    page = page_error(answer, "malformed" if "\0" in presented else "redirect_mismatch")
    for _, have in page.tags:
        assert not any("evil" in value or "javascript:" in value for name, value in have.items() if name in ("href", "src", "action", "content"))


def test_RU_01_text_that_is_no_text_is_a_page(site: Site) -> None:
    page_error(present(site, app_with(site, GOOD), b"https://good.example/cb\xff"))


def test_RU_15_without_the_setting_localhost_matches_nothing(patient: Site) -> None:
    app = new_app(patient, redirect_uris=["http://localhost/cb", "http://127.0.0.1/cb"])
    configure(patient, localhost_redirects=False)
    page_error(present(patient, app, "http://localhost:4711/cb"), "redirect_mismatch")
    page_error(present(patient, app, "http://localhost/cb"), "redirect_mismatch")
    refused(present(patient, app, "http://127.0.0.1:4711/cb"), "unsupported_response_type", to="http://127.0.0.1:4711/cb")


def test_RU_20_a_uri_that_is_too_long_is_a_page_at_once(site: Site) -> None:
    app = app_with(site, GOOD)
    long = GOOD + "/" + "a" * 2049
    browser = Browser(site)
    query = urllib.parse.urlencode(parameters(app, redirect_uri=long))
    first = authorize(browser, app, query=query)
    address = first.header("Location") or ""
    plain = authorize(browser, app, redirect_uri="https://evil.example/").header("Location") or ""
    page_error(browser.get(address), "redirect_mismatch")

    def took(url: str) -> float:
        times = []
        for _ in range(7):
            started = time.perf_counter()
            browser.get(url)
            times.append(time.perf_counter() - started)
        return min(times)

    # Whatever WordPress takes for a page, this adds nothing to it.
    assert took(address) < took(plain) + 0.05


REGISTRATION = {
    "RU-09 localhost as a prefix": ("http://localhost.evil.test/cb", "http"),
    "RU-09 127.0.0.1 as a prefix": ("http://127.0.0.1.evil.test/cb", "http"),
    "RU-10 a fragment": (GOOD + "#x", "fragment"),
    "RU-11 javascript": ("javascript:alert(1)", ("scheme", "absolute", "character")),
    "RU-11 javascript in capitals": ("JAVASCRIPT:alert(1)", "scheme"),
    "RU-11 javascript after a tab": ("java\tscript:alert(1)", "character"),
    "RU-11 data": ("data:text/html,x", "scheme"),
    "RU-11 file": ("file:///etc/passwd", "scheme"),
    "RU-11 vbscript": ("vbscript:x", "scheme"),
    "RU-11 blob": ("blob:https://good.example/x", "scheme"),
    "RU-12 a scheme without a dot": ("myapp:/cb", "scheme"),
    "RU-13 http": ("http://good.example/cb", "http"),
    "RU-17 127.0.0.2": ("http://127.0.0.2/cb", "http"),
    "RU-17 0.0.0.0": ("http://0.0.0.0/cb", "http"),
    "RU-17 mapped into IPv6": ("http://[::ffff:127.0.0.1]/cb", "http"),
    "RU-18 a wildcard": ("https://*.good.example/cb", "wildcard"),
    "RU-18 a wildcard in the path": ("https://good.example/*", "wildcard"),
    "RU-19 a homograph": ("https://gооd.example/cb", "character"),
    "RU-19 an escaped host": ("https://good%2eexample/cb", "host"),
    "RU-20 too long": (GOOD + "/" + "a" * 2030, "length"),
    "a user": ("https://user@good.example/cb", "userinfo"),
    "dots": ("https://good.example/a/../cb", "dot_segments"),
    "escaped dots": ("https://good.example/a/%2e%2E/cb", "dot_segments"),
    "relative": ("/cb", "absolute"),
    "no host": ("https:///cb", "host"),
}


@pytest.mark.parametrize("case", REGISTRATION)
def test_what_could_never_be_trusted_is_not_registered(case: str) -> None:
    uri, code = REGISTRATION[case]
    site = make("wp71")
    made = register_client(
        site, type="public", grant_types=["authorization_code"], service_user_id=None, bundles=["content:read"], capabilities=[], routes=[],
        redirect_uris=[GOOD, uri],
    )
    assert "wp_error" in made, made
    errors = made["data"]["errors"]
    assert [error["field"] for error in errors] == ["redirect_uris"], errors
    assert errors[0]["line"] == 2
    assert errors[0]["code"] in ((code,) if isinstance(code, str) else code), errors


def test_RU_21_a_uri_removed_after_the_code_was_issued_ends_the_code(site: Site) -> None:
    app = new_app(site, redirect_uris=[GOOD, GOOD + "2"])
    code = get_code(site, app, make_user(site))
    site.sql(f"UPDATE wp_app_connect_clients SET config = JSON_SET(config, '$.redirect_uris', JSON_ARRAY('{GOOD}2')) WHERE id = {app['id']}")
    assert_oauth_error(exchange(site, code), 400, "invalid_grant")


@pytest.mark.parametrize("presented", [None, "", GOOD + "/", GOOD + "2", "https://evil.example/"])
def test_RU_22_the_token_request_names_the_same_uri(site: Site, presented: str | None) -> None:
    app = app_with(site, GOOD, GOOD + "2")
    user = make_user(site)
    assert_oauth_error(exchange(site, get_code(site, app, user), redirect_uri=presented), 400, ("invalid_grant", "invalid_request"))


def test_RU_22_a_uri_that_was_not_named_need_not_be(site: Site) -> None:
    app, user = app_with(site, GOOD), make_user(site)
    assert exchange(site, get_code(site, app, user, redirect_uri=None)).status == 200
    assert_oauth_error(exchange(site, get_code(site, app, user, redirect_uri=None), redirect_uri="https://evil.example/"), 400, "invalid_grant")


def test_RU_14_the_port_of_the_request_is_the_port_of_the_exchange(site: Site) -> None:
    app, user = app_with(site, "http://127.0.0.1/cb"), make_user(site)
    code = get_code(site, app, user, redirect_uri="http://127.0.0.1:4711/cb")
    assert_oauth_error(exchange(site, code, redirect_uri="http://127.0.0.1/cb"), 400, "invalid_grant")
    code = get_code(site, app, user, redirect_uri="http://127.0.0.1:4711/cb")
    assert exchange(site, code).status == 200


def test_the_answer_keeps_the_query_of_the_uri(site: Site) -> None:
    uri = GOOD + "?a=b%20c&d"
    browser = Browser(site, user=make_user(site))
    answer = decide(browser, open_consent(browser, app_with(site, uri)))
    location = answer.header("Location") or ""
    assert location.startswith(uri + "&code="), location
    assert "code" in redirected(decide(browser, open_consent(browser, app_with(site, GOOD), prompt="consent")), GOOD)
