"""Approvals: who may give one, and when one that was given counts (threats.md §2.1, RFC 9700 §2, §4)."""

from __future__ import annotations

import json
import urllib.parse
from typing import Any

import pytest
from admin_support import Page
from conftest import count, make_user, register_client
from consent_support import app, editor  # noqa: F401 -- Fixtures.
from consent_support import (
    DOORS,
    REDIRECT,
    Browser,
    another_session,
    assert_guarded,
    authorize,
    authorize_path,
    challenge_of,
    codes,
    consent_form,
    decide,
    get_code,
    is_consent,
    kept,
    new_app,
    open_consent,
    page_error,
    redirected,
    refused,
    with_query,
)
from lab import Site


# The button


WITHOUT = {
    "no nonce": {},
    "an empty nonce": {"_wpnonce": ""},
    "a wrong nonce": {"_wpnonce": "0123456789"},
    "a nonce that is an array": {"_wpnonce[]": "0123456789"},
}


@pytest.mark.parametrize("case", WITHOUT)
def test_AZ_17_a_button_without_the_nonce_is_refused(site: Site, editor: int, app: dict[str, Any], case: str) -> None:
    before = codes(site)
    browser = Browser(site, user=editor)
    page = open_consent(browser, app)
    for button in ("approve", "deny", "switch"):
        page_error(decide(browser, page, button, fields=WITHOUT[case]), "stale", 403)
    assert codes(site) == before
    assert is_consent(browser.get(browser.here)), "still signed in"


def test_AZ_17_another_button_is_refused_though_the_nonce_is_right(site: Site, editor: int, app: dict[str, Any]) -> None:
    browser = Browser(site, user=editor)
    page_error(decide(browser, open_consent(browser, app), "something"), "stale", 403)


def test_AZ_17_a_link_presses_no_button(site: Site, editor: int, app: dict[str, Any]) -> None:
    before = codes(site)
    browser = Browser(site, user=editor)
    fields = consent_form(open_consent(browser, app)) | {"app_connect_do": "approve"}
    for method in ("GET", "HEAD"):
        answer = browser.request(method, with_query(browser.here, urllib.parse.urlencode(fields)))
        assert answer.status == 403
    assert codes(site) == before


def test_a_form_without_a_button_is_the_page_again(site: Site, editor: int, app: dict[str, Any]) -> None:
    before = codes(site)
    browser = Browser(site, user=editor)
    page = open_consent(browser, app)
    assert is_consent(decide(browser, page, ""))
    assert codes(site) == before


def test_AZ_17_a_page_of_another_user_or_session_is_refused(site: Site, editor: int, app: dict[str, Any]) -> None:
    before = codes(site)
    browser = Browser(site, user=editor)
    fields = consent_form(open_consent(browser, app))
    for other in (Browser(site, user=make_user(site)), another_session(site, editor)):
        mine = open_consent(other, app)
        assert consent_form(mine)["_wpnonce"] != fields["_wpnonce"]
        page_error(decide(other, mine, fields=fields), "stale", 403)
    assert codes(site) == before


CHANGES: dict[str, dict[str, str | None]] = {
    "scope": {"scope": "content:read content:write"},
    "redirect_uri": {"redirect_uri": REDIRECT + "2"},
    "no redirect_uri": {"redirect_uri": None},
    "state": {"state": "other"},
    "challenge": {"code_challenge": challenge_of("x" * 43)},
    "nonce": {"nonce": "n"},
}


@pytest.mark.parametrize("case", CHANGES)
def test_AZ_18_a_request_that_changed_after_it_was_shown_is_refused(site: Site, editor: int, case: str) -> None:
    uris = [REDIRECT] if case == "no redirect_uri" else [REDIRECT, REDIRECT + "2"]
    app = kept(site, f"app of {len(uris)}", lambda: new_app(site, consent="always", redirect_uris=uris))
    before = codes(site)
    browser = Browser(site, user=editor)
    shown = consent_form(open_consent(browser, app))
    changed = open_consent(browser, app, **CHANGES[case])
    page_error(decide(browser, changed, fields=shown), "stale", 403)
    assert codes(site) == before


def test_AZ_18_another_client_and_hidden_fields_change_nothing(site: Site, editor: int, app: dict[str, Any]) -> None:
    browser = Browser(site, user=editor)
    shown = consent_form(open_consent(browser, app))
    other = open_consent(browser, new_app(site, consent="always"))
    page_error(decide(browser, other, fields=shown), "stale", 403)
    page = open_consent(browser, app)
    told = redirected(decide(browser, page, fields=consent_form(page) | {"scope": "wp", "redirect_uri": "https://evil.example/", "client_id": "x"}))
    [row] = site.sql("SELECT payload FROM wp_app_connect_codes ORDER BY expires_at DESC LIMIT 1")
    assert "code" in told
    assert json.loads(row["payload"] or "")["scope"] == "content:read"


def test_AZ_18_a_client_that_changed_after_it_was_shown_is_shown_again(site: Site, editor: int) -> None:
    app = new_app(site, consent="always", name="Harmless")
    browser = Browser(site, user=editor)
    page = open_consent(browser, app)
    site.sql(f"UPDATE wp_app_connect_clients SET name = 'Another' WHERE id = {app['id']}")
    page_error(decide(browser, page), "stale", 403)


def test_AZ_19_consent_opened_by_one_user_and_sent_by_another_is_refused(site: Site, editor: int, app: dict[str, Any]) -> None:
    before = codes(site)
    attacker = Browser(site, user=make_user(site))
    page = open_consent(attacker, app)
    victim = Browser(site, user=editor)
    answer = victim.post(attacker.here, consent_form(page) | {"app_connect_do": "approve"})
    page_error(answer, "stale", 403)
    assert codes(site) == before


FOREIGN = {
    "another origin": {"Origin": "https://evil.example"},
    "no origin to speak of": {"Origin": "null"},
    "another port": {"Origin": "http://127.0.0.1:1"},
    "another scheme": {"Origin": "https://127.0.0.1:{port}"},
    "a form of another site": {"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1:{port}"},
    "a form of a neighbour": {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:{port}"},
    "typed by hand": {"Sec-Fetch-Site": "none"},
}


@pytest.mark.parametrize("case", FOREIGN)
def test_AZ_17_a_form_of_another_site_is_refused_though_the_nonce_is_right(site: Site, editor: int, app: dict[str, Any], case: str) -> None:
    before = codes(site)
    browser = Browser(site, user=editor)
    headers = {name: value.format(port=site.port) for name, value in FOREIGN[case].items()}
    page_error(decide(browser, open_consent(browser, app), headers=headers), "stale", 403)
    assert codes(site) == before


@pytest.mark.parametrize("headers", [{"Origin": "http://127.0.0.1:{port}"}, {"Sec-Fetch-Site": "same-origin", "Origin": "null"}])
def test_a_form_of_this_site_is_believed(site: Site, editor: int, app: dict[str, Any], headers: dict[str, str]) -> None:
    browser = Browser(site, user=editor)
    sent = {name: value.format(port=site.port) for name, value in headers.items()}
    assert "code" in redirected(decide(browser, open_consent(browser, app), headers=sent))


# What goes over the wire with a page


def test_AZ_20_nobody_frames_or_caches_the_page_or_learns_its_address(site: Site, editor: int, app: dict[str, Any]) -> None:
    browser = Browser(site, user=editor)
    page = open_consent(browser, app)
    assert_guarded(page)
    # Not core's, which would come after the header and count instead.
    assert [tag["content"] for tag in Page(page.text).find("meta", name="referrer")] == ["same-origin"]
    assert "form-action" not in (page.header("Content-Security-Policy") or ""), "it would hold for the redirect too"
    page_error(browser.follow(authorize(browser, app, client_id="x")))


def test_AZ_21_the_browser_goes_on_with_get(site: Site, editor: int, app: dict[str, Any]) -> None:
    browser = Browser(site, user=editor)
    assert authorize(browser, app, method="POST").status == 303
    for button in ("approve", "deny"):
        answer = decide(browser, open_consent(browser, app), button)
        assert answer.status == 303
        assert answer.body == b""
        assert answer.header("Referrer-Policy") == "no-referrer"
        assert answer.header("Cache-Control") == "no-store"


@pytest.mark.parametrize("origin", ["https://app.example", "null", "http://127.0.0.1"])
@DOORS
def test_AZ_22_no_script_reads_authorize_or_consent(patient: Site, origin: str, door: bool) -> None:
    patient.fixture("cors", """
        add_action( 'init', static function () {
            header( 'Access-Control-Allow-Origin: *' );
            header( 'Access-Control-Allow-Credentials: true' );
        } );
    """)
    app = new_app(patient, consent="always")
    browser = Browser(patient, user=make_user(patient), door=door, headers={"Origin": origin})
    answers = [
        authorize(browser, app),
        authorize(browser, app, scope="x"),
        authorize(browser, app, client_id="x"),
        browser.request("OPTIONS", authorize_path(patient), headers={"Access-Control-Request-Method": "GET"}),
        open_consent(browser, app),
        browser.follow(authorize(browser, app, client_id="x")),
    ]
    answers.append(decide(browser, open_consent(browser, app), headers={"Sec-Fetch-Site": "same-origin"}))
    for answer in answers:
        assert not [name for name, _ in answer.headers if name.lower().startswith("access-control-allow-")], answer.headers


# What is remembered


def visits_twice(site: Site, user: int, app: dict[str, Any], first: dict[str, Any], second: dict[str, Any]) -> bool:
    """Whether the second visit is asked again."""
    get_code(site, app, user, **first)
    browser = Browser(site, user=user)
    answer = browser.follow(authorize(browser, app, **second))
    if is_consent(answer):
        return True
    assert "code" in redirected(answer, second.get("redirect_uri") or app["redirect_uri"])
    return False


@pytest.mark.parametrize(
    ("draft", "presented", "asked"),
    [
        ({}, REDIRECT, False),
        ({"redirect_uris": ["http://127.0.0.1/cb"]}, "http://127.0.0.1:4711/cb", True),
        ({"redirect_uris": ["http://[::1]/cb"]}, "http://[::1]:4711/cb", True),
        ({"redirect_uris": ["com.example.app:/cb"]}, "com.example.app:/cb", True),
        ({"type": "confidential", "redirect_uris": ["http://127.0.0.1/cb"]}, "http://127.0.0.1:4711/cb", False),
        ({"consent": "always"}, REDIRECT, True),
    ],
    ids=["https", "loopback", "loopback_v6", "private_scheme", "confidential_loopback", "always"],
)
def test_AZ_23_consent_is_remembered_where_the_app_is_known_by_its_address(
    site: Site, draft: dict[str, Any], presented: str, asked: bool
) -> None:
    app = new_app(site, **draft)
    changes = {"redirect_uri": presented}
    assert visits_twice(site, make_user(site), app, changes, changes) is asked


@pytest.mark.parametrize(
    ("first", "second", "asked"),
    [
        ("content:read", "content:read", False),
        ("content:read content:write", "content:read", False),
        ("content:read", "content:read content:write", True),
        ("content:read", "wp", True),
        ("wp", "content:read", False),
        ("content:read", "content:read profile", True),
    ],
)
def test_AZ_24_a_wider_scope_is_asked_for_again(site: Site, first: str, second: str, asked: bool) -> None:
    app = kept(site, "remembering app", lambda: new_app(site))
    assert visits_twice(site, make_user(site), app, {"scope": first}, {"scope": second}) is asked


def test_AZ_24_consent_of_one_person_or_client_is_nobody_elses(site: Site) -> None:
    app, user = new_app(site), make_user(site)
    get_code(site, app, user)
    open_consent(Browser(site, user=make_user(site)), app)
    open_consent(Browser(site, user=user), new_app(site))


def test_prompt_consent_asks_though_it_is_remembered(site: Site) -> None:
    app = kept(site, "remembering app", lambda: new_app(site))
    assert visits_twice(site, make_user(site), app, {}, {"prompt": "consent"})


def test_a_remembered_consent_answers_prompt_none(site: Site) -> None:
    app, user = new_app(site), make_user(site)
    browser = Browser(site, user=user)
    refused(browser.follow(authorize(browser, app, prompt="none")), "consent_required")
    get_code(site, app, user)
    assert "code" in redirected(browser.follow(authorize(browser, app, prompt="none")))


def test_AZ_25_first_party_skips_consent_for_confidential_clients_only(site: Site, editor: int) -> None:
    browser = Browser(site, user=editor)
    ours = new_app(site, type="confidential", first_party=True)
    assert "code" in redirected(browser.follow(authorize(browser, ours)))
    open_consent(browser, ours, prompt="consent")
    refused_draft = register_client(
        site, type="public", grant_types=["authorization_code"], service_user_id=None, redirect_uris=[REDIRECT], first_party=True
    )
    assert "wp_error" in refused_draft
    # A mark that was set behind the plugin's back.
    public = new_app(site, consent="always")
    site.sql(f"UPDATE wp_app_connect_clients SET config = JSON_SET(config, '$.first_party', true) WHERE id = {public['id']}")
    open_consent(browser, public)
