"""Authentication requests of OpenID Connect on a real WordPress, from the app through login and approval to the ID token: what
the Basic profile of the OpenID Foundation's conformance suite asks, see docs/conformance.md (Core §3.1.2.1, §15.1)."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import route, send
from consent_support import Browser, Code, authorize, decide, exchange, is_consent, new_person, redirected, walk_in
from jwt_support import verify
from keys_support import header_of, published
from lab import Site
from refresh_support import server_app

# Some of the suite's clients do not know PKCE; so its client is one of which an administrator says that it need not.
WITHOUT_PKCE: dict[str, str | None] = {"code_challenge": None, "code_challenge_method": None}


def relying_party(site: Site) -> dict[str, Any]:
    """A client that signs people in, as the suite is given one."""
    return server_app(site, mode="login_only", bundles=[], grant_types=["authorization_code"], require_pkce=False)


def signed_in(site: Site, app: dict[str, Any], page: Any, browser: Browser) -> tuple[dict[str, Any], str]:
    """What the ID token tells to which a page leads, and the token: the person approves if it is asked."""
    told = redirected(decide(browser, page) if is_consent(page) else page)
    answer = exchange(site, Code(told["code"], app, app["redirect_uri"], None, told))
    assert answer.status == 200, answer.text
    token = answer.json()["id_token"]
    return dict(verify(token, published(site), site, typ="JWT", audience=app["client_id"])), token


def ask(app: dict[str, Any], browser: Browser, **changes: Any) -> Any:
    """A request for a sign-in, and what comes of it."""
    return browser.follow(authorize(browser, app, **{"scope": "openid"} | WITHOUT_PKCE | changes))


def log_in_and(site: Site, app: dict[str, Any], somebody: dict[str, Any], browser: Browser, **changes: Any) -> tuple[dict[str, Any], str]:
    """The same by a person who types name and password first."""
    return signed_in(site, app, walk_in(browser, app, somebody, **{"scope": "openid"} | WITHOUT_PKCE | changes), browser)


@pytest.mark.parametrize(
    "hint",
    [
        {"display": "page"}, {"display": "popup"}, {"ui_locales": "se"}, {"claims_locales": "se"}, {"acr_values": "1 2"},
        {"login_hint": "buffy@example.test"}, {"extra": "foobar"}, {"nonce": None},
        {"claims": '{"userinfo":{"name":{"essential":true}}}'}, {"scope": "openid address phone"},
    ],
    ids=lambda hint: next(iter(hint)),
)
def test_OI_11_what_a_server_need_not_understand_is_in_nobodys_way(site: Site, hint: dict[str, str | None]) -> None:
    app, somebody, browser = relying_party(site), new_person(site), Browser(site)
    claims, _ = log_in_and(site, app, somebody, browser, **{"nonce": "n-0S6_WzA2Mj"} | hint)
    expected = {"iss", "sub", "aud", "exp", "iat", "auth_time", "azp", "at_hash"} | (set() if "nonce" in hint else {"nonce"})
    assert set(claims) - {"sid"} == expected
    assert claims["iss"] == site.issuer


@pytest.mark.parametrize("again", [{"prompt": "login"}, {"max_age": "1"}], ids=["prompt", "max_age"])
def test_OI_08_who_is_asked_again_gets_an_id_token_of_the_later_sign_in(site: Site, again: dict[str, str]) -> None:
    app, somebody, browser = relying_party(site), new_person(site), Browser(site)
    first, _ = log_in_and(site, app, somebody, browser)
    # The session began a minute ago: what the ID token told then is what the site would tell now, less that minute.
    site.wp_eval(
        """
        $sessions = get_user_meta( (int) $args[0], 'session_tokens', true );
        update_user_meta( (int) $args[0], 'session_tokens', array_map( static fn ( $s ) => array( 'login' => $s['login'] - 60 ) + $s, $sessions ) );
        return null;
        """, somebody["id"],
    )
    silent, _ = signed_in(site, app, ask(app, browser, prompt="none"), browser)
    assert silent["auth_time"] == first["auth_time"] - 60
    second, _ = log_in_and(site, app, somebody, browser, **again)
    assert second["auth_time"] > silent["auth_time"] + 50 and second["sub"] == first["sub"]


@pytest.mark.parametrize("again", ["max_age", "prompt", "id_token_hint"])
def test_OI_07_who_signed_in_lately_is_asked_nothing_and_the_id_token_tells_of_that_sign_in(site: Site, again: str) -> None:
    app, somebody, browser = relying_party(site), new_person(site), Browser(site)
    first, token = log_in_and(site, app, somebody, browser, max_age="15000")
    changes = {"max_age": {"max_age": "10000"}, "prompt": {"prompt": "none"}, "id_token_hint": {"prompt": "none", "id_token_hint": token}}[again]
    answer = ask(app, browser, **changes)
    assert not is_consent(answer)
    second, _ = signed_in(site, app, answer, browser)
    assert [second[name] for name in ("sub", "auth_time")] == [first[name] for name in ("sub", "auth_time")]


def test_OI_07_prompt_none_in_a_browser_where_nobody_is_signed_in_is_login_required(site: Site) -> None:
    app = relying_party(site)
    told = redirected(ask(app, Browser(site), prompt="none"))
    assert told["error"] == "login_required" and "code" not in told


def test_OI_01_an_untouched_site_signs_by_RS256_and_says_so(site: Site) -> None:
    """Discovery §3: RS256 must be among the algorithms, and a client that chose none expects it."""
    app, somebody, browser = relying_party(site), new_person(site), Browser(site)
    _, token = log_in_and(site, app, somebody, browser)
    header = header_of(token)
    assert header["alg"] == "RS256" and header["kid"] in published(site)
    metadata = send(site, "GET", route(site, "/app-connect/v1/.well-known/openid-configuration")).json()
    assert metadata["id_token_signing_alg_values_supported"] == ["RS256"]
    assert {"sub", "iss", "auth_time", "name", "email"} <= set(metadata["claims_supported"])
    assert metadata["scopes_supported"] and "openid" in metadata["scopes_supported"] and not {"address", "phone"} & set(metadata["scopes_supported"])
    assert metadata["grant_types_supported"] and metadata["code_challenge_methods_supported"] == ["S256"]
