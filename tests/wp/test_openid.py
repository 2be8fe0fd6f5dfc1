"""ID tokens on a real WordPress (OpenID Connect Core §2, §3.1.3; threats.md OI)."""

from __future__ import annotations

import base64
import hashlib
import time
from typing import Any

import pytest
from admin_support import Page, screen
from conftest import count, route, send
from consent_support import exchange, get_code
from jwt_support import RefusedError, verify
from keys_support import constants, header_of, manage, published
from lab import Site
from refresh_support import Person, server_app

OPENID = "openid profile email offline_access"
USERINFO = "/app-connect/v1/userinfo"


def claims(site: Site, token: str, client: dict[str, Any]) -> dict[str, Any]:
    """The claims of an ID token for a client, by the keys that the site publishes."""
    return dict(verify(token, published(site), site, typ="JWT", audience=client["client_id"]))


def test_OI_02_an_id_token_tells_who_signed_in_when_and_for_whom(site: Site) -> None:
    before = int(time.time())
    somebody = Person(site, server_app(site), scope=OPENID, nonce="n-0S6_WzA2Mj")
    session = somebody.session()
    told = claims(site, session["id_token"], somebody.app)
    assert set(told) == {"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "azp", "at_hash", "sid"}
    assert (told["nonce"], told["azp"]) == ("n-0S6_WzA2Mj", somebody.app["client_id"])
    assert before - 60 <= told["auth_time"] <= told["iat"] <= time.time() and told["exp"] == told["iat"] + 3600
    half = hashlib.sha256(session["access_token"].encode()).digest()[:16]
    assert told["at_hash"] == base64.urlsafe_b64encode(half).rstrip(b"=").decode()
    person = send(site, "GET", route(site, USERINFO), bearer=session["access_token"]).json()
    assert person["sub"] == told["sub"], "OI-05"
    assert person["email"] and person["name"]

    later = claims(site, somebody.next(session["refresh_token"])["id_token"], somebody.app)
    assert "nonce" not in later and {name: later[name] for name in ("sub", "auth_time", "azp")} == {name: told[name] for name in ("sub", "auth_time", "azp")}
    with pytest.raises(RefusedError):
        claims(site, session["id_token"], server_app(site))


def test_OI_04_who_does_not_ask_for_a_sign_in_gets_none(site: Site) -> None:
    somebody = Person(site, server_app(site), scope="profile email wp")
    assert "id_token" not in somebody.session()
    assert send(site, "GET", route(site, USERINFO), bearer=somebody.session()["access_token"]).status == 403


def test_OI_02_without_a_key_nothing_is_given_and_nothing_is_lost(patient: Site) -> None:
    somebody = Person(patient, server_app(patient), scope=OPENID)
    code = get_code(patient, somebody.app, somebody.user, scope=OPENID)
    tokens = count(patient, "tokens")
    with constants(patient, AC_TOKEN_SECRET="short"):
        refused = exchange(patient, code)
        assert (refused.status, refused.error()) == (503, "temporarily_unavailable"), refused.text
        assert "AC_TOKEN_SECRET" in refused.text, "and why"
    assert count(patient, "tokens") == tokens
    assert claims(patient, exchange(patient, code).json()["id_token"], somebody.app)["sub"]


def test_BR_09_an_id_token_opens_nothing(site: Site) -> None:
    token = Person(site, server_app(site), scope=OPENID).session()["id_token"]
    for path in (USERINFO, "/app-connect/v1/me", "/wp/v2/users/me", "/wp/v2/posts"):
        answer = send(site, "GET", route(site, path), bearer=token)
        assert answer.status == 401 and 'error="invalid_token"' in (answer.header("WWW-Authenticate") or ""), (path, answer.text)


def test_OI_14_who_keeps_the_keys_verifies_through_a_rotation(patient: Site) -> None:
    somebody = Person(patient, server_app(patient), scope=OPENID)
    sessions = somebody.sessions(2)
    # What a relying party fetched before: the key that signs next is in it already.
    kept = published(patient)
    expected = {"typ": "JWT", "audience": somebody.app["client_id"]}
    before = verify(sessions[0]["id_token"], kept, patient, **expected)
    manage(patient, "rotate")
    after = somebody.next(sessions[0]["refresh_token"])["id_token"]
    assert header_of(after)["kid"] != header_of(sessions[0]["id_token"])["kid"]
    assert verify(after, kept, patient, **expected)["sub"] == before["sub"], "with the keys that it has"
    assert verify(sessions[1]["id_token"], published(patient), patient, **expected)["sub"] == before["sub"], "one of before, with the keys of now"


def test_OI_10_an_administrator_sees_what_apps_learn_of_them(site: Site) -> None:
    somebody = Person(site, server_app(site), role="administrator", scope=OPENID)
    shown = Page(screen(site, "page=app-connect-settings&tab=openid", user=somebody.user).text).text
    told = send(site, "GET", route(site, USERINFO), bearer=somebody.session()["access_token"]).json()
    assert "What apps learn about you" in shown
    for name in set(told) - {"sub", "updated_at"}:
        assert name in shown and (told[name] if isinstance(told[name], str) else "false") in shown, name
    assert told["sub"] not in shown and '["administrator"]' not in shown
