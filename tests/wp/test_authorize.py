"""The authorization endpoint over HTTP, and the codes that it gives (threats.md §2.1, RFC 6749 §4.1, RFC 9207)."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import urllib.parse
from typing import Any

import pytest
from conftest import assert_oauth_error, configure, count, make, make_user, send
from consent_support import app, editor  # noqa: F401 -- Fixtures.
from consent_support import (
    ACTION,
    DOORS,
    REDIRECT,
    VERIFIER,
    Browser,
    asking_app,
    authorize,
    authorize_path,
    challenge_of,
    codes,
    consent_form,
    decide,
    exchange,
    get_code,
    is_consent,
    new_app,
    open_consent,
    page_error,
    parameters,
    redirected,
    refused,
    with_query,
)
from lab import Site


WAYS = pytest.mark.parametrize(
    ("where", "method", "door"), [("wp71", "GET", True), ("wp68", "POST", False)], ids=["wp71_GET_at_the_door", "wp68_POST_behind_it"]
)


# Before the redirect URI is trusted



PAGES = {
    "AZ-01 an unknown client": (lambda app: parameters(app, client_id="unknown-client"), "client_unknown"),
    "AZ-01 a client id of another case": (lambda app: parameters(app, client_id=app["client_id"].swapcase()), "client_unknown"),
    "AZ-01 a client id with a space": (lambda app: parameters(app, client_id=app["client_id"] + " "), "client_unknown"),
    "AZ-02 no client": (lambda app: parameters(app, client_id=None), "client_missing"),
    "AZ-02 an empty client": (lambda app: parameters(app, client_id=""), "client_missing"),
    "AZ-05 openid without a redirect URI": (lambda app: parameters(app, redirect_uri=None, scope="openid"), "redirect_missing"),
    "RU another redirect URI": (lambda app: parameters(app, redirect_uri="https://evil.example/"), "redirect_mismatch"),
}


@pytest.mark.parametrize("case", PAGES)
@WAYS
def test_before_the_redirect_uri_is_trusted_an_error_is_a_page(case: str, where: str, method: str, door: bool) -> None:
    made, code = PAGES[case]
    app = asking_app(make(where))
    browser = Browser(make(where), door=door)
    first = authorize(browser, app, method=method, query=urllib.parse.urlencode(made(app)))
    assert first.status == 303
    page_error(browser.follow(first), code)


@pytest.mark.parametrize("state", ["disabled", "deleted"])
def test_AZ_03_a_disabled_or_deleted_client_is_as_unknown_as_any(site: Site, state: str) -> None:
    app = new_app(site)
    if state == "disabled":
        site.sql(f"UPDATE wp_app_connect_clients SET status = 'disabled' WHERE id = {app['id']}")
    else:
        site.sql(f"DELETE FROM wp_app_connect_clients WHERE id = {app['id']}")
    browser = Browser(site)
    gone = browser.follow(authorize(browser, app))
    page_error(gone, "client_unknown")
    unknown = browser.follow(authorize(browser, app, client_id="x" * 22))
    shape = lambda text: re.sub(r"app_connect=[\w-]+", "", text)  # noqa: E731
    assert shape(gone.text) == shape(unknown.text)


def test_AZ_04_without_a_redirect_uri_one_registered_is_meant_and_of_two_none(site: Site, editor: int, app: dict[str, Any]) -> None:
    browser = Browser(site, user=editor)
    open_consent(browser, app, redirect_uri=None)
    two = new_app(site, redirect_uris=[REDIRECT, REDIRECT + "2"])
    page_error(browser.follow(authorize(browser, two, redirect_uri=None)), "redirect_missing")


@pytest.mark.parametrize(
    "added",
    ["state=a", "client_id=other", "client_id={id}", "redirect_uri=https%3A%2F%2Fapp.example%2Fcallback", "scope=wp", "code_challenge=x", "sc%6Fpe=wp"],
)
def test_AZ_10_a_parameter_twice_is_a_page(site: Site, app: dict[str, Any], added: str) -> None:
    query = urllib.parse.urlencode(parameters(app)) + "&" + added.format(id=app["client_id"])
    for method in ("GET", "POST"):
        browser = Browser(site)
        page_error(browser.follow(authorize(browser, app, method=method, query=query)), "malformed")


@pytest.mark.parametrize("name", ["client_id[]", "client_id[a]", "client%5Fid[]", "client.id", "state[]", "redirect_uri[]", "scope[x][y]"])
def test_AZ_11_an_array_is_a_page(site: Site, app: dict[str, Any], name: str) -> None:
    query = urllib.parse.urlencode(parameters(app)) + f"&{name}=x"
    for door in (True, False):
        browser = Browser(site, door=door)
        page_error(browser.follow(authorize(browser, app, query=query)), "malformed")
    assert not site.php_messages()


@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "scope", "code_challenge"])
def test_a_parameter_that_is_no_text_is_a_page(site: Site, app: dict[str, Any], name: str) -> None:
    query = urllib.parse.urlencode(parameters(app, **{name: None})) + f"&{name}=%ff%fe"
    browser = Browser(site)
    page_error(browser.follow(authorize(browser, app, query=query)), "malformed")


def test_a_request_over_8_kib_is_a_page(site: Site, app: dict[str, Any]) -> None:
    browser = Browser(site)
    page_error(browser.follow(authorize(browser, app, method="POST", state="x" * 8200)), "malformed")
    assert authorize(browser, app, state="x" * 9000).status in (303, 414)


@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data; boundary=b", "text/plain", ""])
def test_a_body_that_is_no_form_is_a_page(site: Site, app: dict[str, Any], content_type: str) -> None:
    browser = Browser(site)
    answer = browser.request("POST", authorize_path(site), body=json.dumps(parameters(app)), headers={"Content-Type": content_type})
    page_error(browser.follow(answer), "malformed")


@pytest.mark.parametrize("handover", [None, "", "-", "!", "%ff", "a" * 9000, "YQ==", "YWJj.", "YWJj%0aLocation:x"])
def test_what_is_no_request_is_a_page(site: Site, handover: str | None) -> None:
    address = f"/wp-login.php?action={ACTION}" + ("" if handover is None else f"&app_connect={handover}")
    answer = Browser(site).get(address)
    assert answer.status in (400, 414), answer.text[-500:]
    if answer.status == 400:
        page_error(answer)


@pytest.mark.parametrize("handover", ["app_connect[]=x", "app_connect=x&app_connect[]=y"])
def test_a_handover_that_is_an_array_is_a_page(site: Site, handover: str) -> None:
    page_error(Browser(site).get(f"/wp-login.php?action={ACTION}&{handover}"))
    assert not site.php_messages()


# Once it is trusted


BACK = {
    "AZ-06 no response_type": ({"response_type": None}, "invalid_request"),
    "AZ-07 token": ({"response_type": "token"}, "unsupported_response_type"),
    "AZ-07 id_token": ({"response_type": "id_token"}, "unsupported_response_type"),
    "AZ-07 code token": ({"response_type": "code token"}, "unsupported_response_type"),
    "AZ-07 foo": ({"response_type": "foo"}, "unsupported_response_type"),
    "AZ-09 nothing left of the scope": ({"scope": "nonsense media:write"}, "invalid_scope"),
    "AZ-30 request": ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
    "AZ-30 request_uri": ({"request_uri": "http://127.0.0.1:9/request"}, "request_uri_not_supported"),
    "AZ-31 fragment": ({"response_mode": "fragment"}, "invalid_request"),
    "AZ-31 something": ({"response_mode": "x"}, "invalid_request"),
    "PK-05 no challenge": ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
    "PK-06 plain": ({"code_challenge_method": "plain"}, "invalid_request"),
    "PK-06 no method": ({"code_challenge_method": None}, "invalid_request"),
    "PK-10 a padded challenge": ({"code_challenge": challenge_of(VERIFIER) + "="}, "invalid_request"),
    "PK-11 s256": ({"code_challenge_method": "s256"}, "invalid_request"),
    "OI-07 none with login": ({"prompt": "none login"}, "invalid_request"),
    "OI-07 nobody signed in": ({"prompt": "none"}, "login_required"),
}


@pytest.mark.parametrize("case", BACK)
@WAYS
def test_after_the_redirect_uri_is_trusted_the_app_is_told(case: str, where: str, method: str, door: bool) -> None:
    changes, error = BACK[case]
    site = make(where)
    browser = Browser(site, door=door)
    answer = browser.follow(authorize(browser, asking_app(site), method=method, **changes))
    refused(answer, error, issuer=site.issuer)
    assert answer.header("Referrer-Policy") == "no-referrer"
    assert answer.header("Cache-Control") == "no-store"


def test_AZ_08_without_the_grant_the_app_is_told(patient: Site) -> None:
    site = patient
    without = new_app(site, type="confidential", grant_types=["client_credentials"], service_user_id=make_user(site))
    browser = Browser(site)
    refused(browser.follow(authorize(browser, without)), "unauthorized_client")
    app = new_app(site)
    site.wp_eval("AppConnect\\WP\\Settings::switch_method( 'authorization_code', false ); return null;")
    refused(browser.follow(authorize(browser, app)), "unauthorized_client")


def test_AZ_09_unknown_scopes_are_ignored_and_the_token_says_what_remains(site: Site, editor: int, app: dict[str, Any]) -> None:
    code = get_code(site, app, editor, scope="nonsense content:read media:write")
    assert exchange(site, code).json()["scope"] == "content:read"


def test_AZ_12_an_unknown_parameter_is_ignored(site: Site, editor: int, app: dict[str, Any]) -> None:
    browser = Browser(site, user=editor)
    answer = decide(browser, open_consent(browser, app, foo="bar", ui_locales="de", claims="{}", acr_values="1", display="page"))
    assert "code" in redirected(answer)


@DOORS
def test_AZ_13_post_does_what_get_does(site: Site, editor: int, app: dict[str, Any], door: bool) -> None:
    pages = []
    for method in ("GET", "POST"):
        browser = Browser(site, user=editor, door=door)
        answer = browser.follow(authorize(browser, app, method=method))
        pages.append((browser.here, consent_form(answer)))
    assert pages[0] == pages[1]
    assert exchange(site, get_code(site, app, editor)).status == 200


STATES = {
    "signs": b"&<>\"'\x00%/?#=+ ;\\",
    "a header": b"x\r\nX-Evil: 1\r\n\r\n<script>",
    "2 KiB of text": ("ü€漢" * 256).encode(),
    "what is no text": b"\xff\xfe\x80",
    "percent signs": b"%2525%zz%",
    "JSON": b'{"a":["b c"],"d":"\\u0000"}',
    "spaces": b"  a  b  ",
}


@pytest.mark.parametrize("case", STATES)
@pytest.mark.parametrize("end", ["approve", "error"])
def test_AZ_14_state_comes_back_byte_for_byte(site: Site, editor: int, app: dict[str, Any], case: str, end: str) -> None:
    state = STATES[case]
    changes = {"response_type": "foo"} if end == "error" else {}
    query = urllib.parse.urlencode(parameters(app, state=None, **changes)) + "&state=" + urllib.parse.quote_from_bytes(state, safe="")
    browser = Browser(site, user=editor)
    answer = browser.follow(authorize(browser, app, query=query))
    if end == "approve":
        answer = decide(browser, answer)
    location = answer.header("Location") or ""
    assert location.startswith(REDIRECT + "?"), location
    found = [pair.partition("=")[2] for pair in location.partition("?")[2].split("&") if pair.startswith("state=")]
    assert [urllib.parse.unquote_to_bytes(value) for value in found] == [state]
    assert re.fullmatch(r"[\w.~%-]*", found[0], re.ASCII)
    assert answer.header("X-Evil") is None


def test_AZ_15_iss_is_the_issuer_once_in_every_answer(site: Site, editor: int, app: dict[str, Any]) -> None:
    browser = Browser(site, user=editor)
    for answer in (
        decide(browser, open_consent(browser, app)),
        decide(browser, open_consent(browser, app), "deny"),
        browser.follow(authorize(browser, app, scope="x")),
    ):
        assert redirected(answer)["iss"] == site.issuer


def test_AZ_16_cancel_tells_the_app_and_stores_nothing(site: Site, editor: int, app: dict[str, Any]) -> None:
    before = codes(site), count(site, "consents")
    browser = Browser(site, user=editor)
    refused(decide(browser, open_consent(browser, app), "deny"), "access_denied", issuer=site.issuer)
    assert (codes(site), count(site, "consents")) == before


# What leads elsewhere


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "BREW"])
@DOORS
def test_another_method_gets_neither_page_nor_code(site: Site, app: dict[str, Any], method: str, door: bool) -> None:
    browser = Browser(site, door=door)
    answer = browser.request(method, with_query(authorize_path(site), urllib.parse.urlencode(parameters(app))))
    assert answer.status in (303, 405), answer.text
    assert "code=" not in (answer.header("Location") or "")


def test_php_code_is_handed_nothing(site: Site, editor: int) -> None:
    app = new_app(site, type="confidential", first_party=True)
    before = codes(site)
    said = site.wp_eval(
        """
        wp_set_current_user( (int) $args[0] );
        $request = new WP_REST_Request( 'GET', '/app-connect/v1/authorize' );
        $request->set_query_params( json_decode( $args[1], true ) );
        $answer = rest_do_request( $request );
        return array( $answer->get_status(), $answer->get_data(), $answer->get_headers() );
        """,
        editor, json.dumps(parameters(app)),
    )
    assert said[0] == 400, said
    assert "Location" not in said[2]
    assert codes(site) == before


def test_AZ_32_what_spells_another_path_is_not_the_endpoint(site: Site, app: dict[str, Any]) -> None:
    query = urllib.parse.urlencode(parameters(app))
    here = authorize_path(site)
    for path in (
        f"{here}/../token", f"{here}/%2e%2e/token", f"{here};/", f"{here};x=1", f"{here}/..;/token", f"{here}%2f..%2ftoken",
        here.replace("/app-connect/", "//app-connect/"), here + "/token", here + "%00", here + ".json",
    ):
        answer = send(site, "GET", with_query(path, query))
        assert answer.status in (303, 400, 404, 405), (path, answer.status)
        assert "access_token" not in answer.text
        if answer.status == 303:
            assert ACTION in (answer.header("Location") or ""), path


def test_a_handover_is_answered_by_our_action_alone(site: Site, editor: int, app: dict[str, Any]) -> None:
    browser = Browser(site, user=editor)
    open_consent(browser, app)
    for action in ("login", "logout", "APP_CONNECT_AUTHORIZE", "postpass"):
        answer = browser.get(browser.here.replace(ACTION, action))
        assert not is_consent(answer)


# The code


def test_AZ_28_codes_are_long_and_only_their_digests_are_stored(site: Site, editor: int) -> None:
    app = new_app(site, type="confidential", first_party=True)
    made = {get_code(site, app, editor).code for _ in range(20)}
    assert len(made) == 20
    assert all(re.fullmatch(r"oauth_ac_c\w{49}", code) for code in made), made
    rows = json.dumps([site.sql(f"SELECT * FROM wp_app_connect_{table}") for table in ("codes", "events")])
    assert not [code for code in made if code in rows or code[10:40] in rows]
    digests = {base64.urlsafe_b64encode(hashlib.sha256(code.encode()).digest()).rstrip(b"=").decode() for code in made}
    assert digests <= {row["digest"] for row in site.sql("SELECT digest FROM wp_app_connect_codes")}


def test_AZ_29_a_code_lives_for_its_time_and_not_longer(patient: Site) -> None:
    site = patient
    app, user = new_app(site), make_user(site)
    age = "SELECT expires_at - UNIX_TIMESTAMP() AS age FROM wp_app_connect_codes ORDER BY expires_at DESC LIMIT 1"
    site.sql("DELETE FROM wp_app_connect_codes")
    code = get_code(site, app, user)
    assert 118 <= int(site.sql(age)[0]["age"] or 0) <= 120
    site.sql("UPDATE wp_app_connect_codes SET expires_at = UNIX_TIMESTAMP() - 1")
    assert_oauth_error(exchange(site, code), 400, "invalid_grant")
    code = get_code(site, app, user)
    site.sql("UPDATE wp_app_connect_codes SET expires_at = UNIX_TIMESTAMP() + 5 WHERE consumed_at IS NULL")
    assert exchange(site, code).status == 200
    configure(site, authorization_code_lifetime=600)
    get_code(site, app, user)
    assert 598 <= int(site.sql(age)[0]["age"] or 0) <= 600
