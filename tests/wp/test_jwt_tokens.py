"""Signed access tokens on real sites (design.md §6; RFC 9068; threats.md JW-04, JW-15, JW-19).

Here a JWT is a handle like any other token: what it is worth stands in the database. Only others read its claims.
"""

from __future__ import annotations

import json
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from auth_support import assert_invalid_token
from code_support import digest_of
from conftest import Session, ask_token, assert_oauth_error, configure, count, get_token, make, register_client, revoke, route, send, token_path
from consent_support import exchange, get_code, new_person, tokens
from jwt_support import (
    ME, POSTS, SERVICE_ROUTES, app_of_people, bits, encoded, introspect, is_jwt, keyless, keys, new_editor, service, signed, use, verify,
)
from keys_support import claims_of, header_of, published
from lab import Site
from refresh_support import refresh
from test_password_grant import ask as ask_with_password
from test_password_grant import trusted_app

__all__ = ["keyless"]

@pytest.fixture(scope="session")
def site(request: pytest.FixtureRequest) -> Site:
    """The newest version, and where the REST API itself has a part in it both."""
    return make(getattr(request, "param", "wp71"))


BOTH = pytest.mark.parametrize("site", ["wp71", "wp68"], indirect=True)

PEOPLE = "content:read openid profile offline_access"
FORMATS = [("opaque", "default", False), ("opaque", "jwt", True), ("opaque", "opaque", False), ("jwt", "default", True), ("jwt", "opaque", False), ("jwt", "jwt", True)]
DOORS = pytest.mark.parametrize("door", [True, False], ids=["door", "rest"])


def told_by(site: Site, token: str, path: str = "/app-connect/v1/me") -> dict[str, Any]:
    """What an identity route says."""
    answer = use(site, token, path)
    assert answer.status == 200, answer.text
    return dict(answer.json())


# Who gets one


@pytest.mark.parametrize(("of_site", "of_client", "expected"), FORMATS, ids=[f"{site}-{client}" for site, client, _ in FORMATS])
def test_a_clients_choice_goes_before_the_sites(keyless: Site, of_site: str, of_client: str, expected: bool) -> None:
    configure(keyless, access_token_format=of_site)
    client = register_client(keyless, access_token_format=of_client, routes=SERVICE_ROUTES)
    token = get_token(keyless, client)
    assert is_jwt(token) == expected, token
    assert use(keyless, token).status == 200
    assert bool(count(keyless, "keys")) == expected, "keys are made when a token is signed, and not before"


def test_an_administrator_chooses_by_rest(keyless: Site) -> None:
    admin = Session(keyless, 1)
    client = register_client(keyless, routes=SERVICE_ROUTES)
    one = f"/clients/{client['id']}"
    assert admin("GET", one).json()["access_token_format"] == "default"
    assert not is_jwt(get_token(keyless, client))
    assert admin("POST", one, {"access_token_format": "jwt"}).status == 200
    assert is_jwt(get_token(keyless, client))
    assert admin("POST", one, {"access_token_format": "default"}).status == 200
    assert admin("POST", "/settings", {"access_token_format": "jwt"}).status == 200
    assert is_jwt(get_token(keyless, client))
    assert admin("POST", "/settings", {"access_token_format": "signed"}).status == 400
    assert admin("POST", one, {"access_token_format": "signed"}).status == 400


@BOTH
@DOORS
@pytest.mark.parametrize("grant", ["client_credentials", "authorization_code", "refresh_token", "password"])
def test_every_grant_type_signs(keyless: Site, grant: str, door: bool) -> None:
    configure(keyless, methods={"password": {"enabled": True, "epoch": 0}})
    started = int(time.time())
    if grant == "client_credentials":
        client = service(keyless)
        answer = ask_token(keyless, client, door=door)
    elif grant == "password":
        ann = new_person(keyless)
        client = trusted_app(keyless, access_token_format="jwt")
        answer = ask_with_password(keyless, client, ann["login"], ann["password"], door=door)
    else:
        client = app_of_people(keyless)
        answer = exchange(keyless, get_code(keyless, client, new_editor(keyless), scope=PEOPLE), door=door)
        if grant == "refresh_token":
            before = answer.json()
            answer = refresh(keyless, client, before["refresh_token"], door=door)
            assert answer.json()["access_token"] != before["access_token"]
    assert answer.status == 200, answer.text
    body = answer.json()
    token = body["access_token"]
    claims = verify(token, published(keyless), keyless)
    assert header_of(token) == {"typ": "at+jwt", "alg": "RS256", "kid": header_of(token)["kid"]}
    assert body["token_type"] == "Bearer" and claims["exp"] - claims["iat"] == body["expires_in"] == 3600
    assert started <= claims["iat"] <= time.time()
    assert claims["client_id"] == client["client_id"]
    assert claims["scope"].split() == sorted(body["scope"].split())
    assert claims["aud"] == keyless.rest_root
    # Nothing about the person but who it is; a service signs in nowhere.
    people = {"auth_time"} if grant != "client_credentials" else set()
    assert set(claims) == {"iss", "sub", "aud", "exp", "iat", "jti", "client_id", "scope"} | people
    assert not people or started - 60 <= claims["auth_time"] <= claims["iat"]
    assert use(keyless, token).status == 200
    assert told_by(keyless, token)["sub"] == claims["sub"]


def test_a_refresh_keeps_who_and_when_and_changes_the_rest(keyless: Site) -> None:
    app = app_of_people(keyless)
    first = tokens(keyless, app, new_editor(keyless), scope=PEOPLE)
    keyless.sql("UPDATE wp_app_connect_grants SET auth_time = auth_time - 500")
    second = refresh(keyless, app, first["refresh_token"]).json()
    one, two = claims_of(first["access_token"]), claims_of(second["access_token"])
    assert two["auth_time"] == one["auth_time"] - 500, "when the person signed in, not when the app asked"
    assert one["jti"] != two["jti"]
    assert (one["sub"], one["client_id"], one["scope"]) == (two["sub"], two["client_id"], two["scope"])
    narrowed = refresh(keyless, app, second["refresh_token"], scope="content:read openid").json()
    assert claims_of(narrowed["access_token"])["scope"] == "content:read openid"


def test_CG_11_a_resource_that_was_granted_is_the_audience(keyless: Site) -> None:
    app = app_of_people(keyless)
    user = new_editor(keyless)
    code = get_code(keyless, app, user, scope=PEOPLE, resource=keyless.rest_root)
    body = exchange(keyless, code, resource=keyless.rest_root).json()
    assert claims_of(body["access_token"])["aud"] == keyless.rest_root
    later = refresh(keyless, app, body["refresh_token"]).json()
    assert claims_of(later["access_token"])["aud"] == keyless.rest_root


# Who it is


def test_JW_15_sub_is_the_one_of_userinfo_and_a_services_is_its_client(keyless: Site) -> None:
    app, other, user = app_of_people(keyless), app_of_people(keyless), new_editor(keyless)
    first, second = (tokens(keyless, each, user, scope=PEOPLE)["access_token"] for each in (app, other))
    sub = claims_of(first)["sub"]
    assert sub == claims_of(second)["sub"] == told_by(keyless, first, "/app-connect/v1/userinfo")["sub"]
    assert sub == introspect(keyless, app, first)["sub"] == told_by(keyless, first)["sub"]
    assert sub != str(user) and len(sub) == 22
    client = service(keyless)
    token = signed(keyless, client)
    assert claims_of(token)["sub"] == client["client_id"] == told_by(keyless, token)["sub"] == introspect(keyless, client, token)["sub"]


def test_JW_15_first_grants_of_one_person_at_once_have_one_sub(keyless: Site) -> None:
    configure(keyless, methods={"password": {"enabled": True, "epoch": 0}})
    apps = [trusted_app(keyless, access_token_format="jwt") for _ in range(2)]
    keys(keyless, "maintain")
    for _ in range(3):
        ann = new_person(keyless)
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda number: ask_with_password(keyless, apps[number % 2], ann["login"], ann["password"]), range(8)))
        assert {answer.status for answer in answers} == {200}, [answer.text for answer in answers if answer.status != 200]
        assert len({answer.worker() for answer in answers}) >= 2
        told = [answer.json()["access_token"] for answer in answers]
        assert len({claims_of(token)["sub"] for token in told}) == 1
        assert count(keyless, "subjects", f"user_id = {ann['id']}") == 1
        assert {told_by(keyless, token)["sub"] for token in told} == {claims_of(told[0])["sub"]}


# It is a handle


@BOTH
@DOORS
def test_it_opens_what_an_opaque_token_opens_and_nothing_more(keyless: Site, door: bool) -> None:
    client = service(keyless)
    token = signed(keyless, client)
    assert use(keyless, token, door=door).status == 200
    assert use(keyless, token, ME, door=door).json()["id"] == client["service_user_id"]
    assert send(keyless, "POST", route(keyless, POSTS), bearer=token, form={"title": "x"}, door=door).status == 201
    assert use(keyless, token, "/wp/v2/users", door=door).status == 403, "the allowlist is the client's"
    app = app_of_people(keyless)
    session = tokens(keyless, app, new_editor(keyless), scope=PEOPLE)["access_token"]
    assert use(keyless, session, "/app-connect/v1/userinfo", door=door).status == 200
    assert use(keyless, token, "/app-connect/v1/userinfo", door=door).status == 403, "openid is needed there"
    # What is not at a REST route is nobody's.
    assert "wp-admin-bar" not in send(keyless, "GET", f"{keyless.subdirectory}/", bearer=token).text


def test_the_database_holds_its_digest_and_nothing_of_it(keyless: Site) -> None:
    client = service(keyless)
    token = signed(keyless, client)
    [row] = keyless.sql(f"SELECT * FROM wp_app_connect_tokens WHERE digest = '{digest_of(token)}'")
    assert int(row["expires_at"] or 0) == claims_of(token)["exp"]
    assert row["key_id"] is not None
    opaque = get_token(keyless, register_client(keyless))
    [other] = keyless.sql(f"SELECT * FROM wp_app_connect_tokens WHERE digest = '{digest_of(opaque)}'")
    assert other["key_id"] is None


def test_introspection_tells_what_the_token_says(keyless: Site) -> None:
    app = app_of_people(keyless)
    token = tokens(keyless, app, new_editor(keyless), scope=PEOPLE)["access_token"]
    claims = claims_of(token)
    told = introspect(keyless, app, token)
    assert told["active"] is True
    assert {name: told[name] for name in ("iss", "sub", "exp", "iat", "client_id", "scope")} == {name: claims[name] for name in ("iss", "sub", "exp", "iat", "client_id", "scope")}
    assert introspect(keyless, app_of_people(keyless), token) == {"active": False}, "it is somebody else's"


ENDS = {
    "revoked": lambda site, app, session, user: revoke(site, app, session["access_token"]),
    "revoked by a wrong hint": lambda site, app, session, user: send(
        site, "POST", route(site, "/app-connect/v1/revoke"), form={"token": session["access_token"], "token_type_hint": "refresh_token"}, auth=(app["client_id"], app["secret"])),
    "its session revoked": lambda site, app, session, user: revoke(site, app, session["refresh_token"]),
    "the client disabled": lambda site, app, session, user: site.wp_eval("AppConnect\\WP\\Storage\\Clients::disable( (int) $args[0] ); return null;", app["id"]),
    "the password changed": lambda site, app, session, user: site.wp_eval("wp_set_password( 'new', (int) $args[0] ); return null;", user),
    "its row gone": lambda site, app, session, user: site.sql(f"DELETE FROM wp_app_connect_tokens WHERE digest = '{digest_of(session['access_token'])}'"),
    "its time over": lambda site, app, session, user: site.sql(
        f"UPDATE wp_app_connect_tokens SET expires_at = UNIX_TIMESTAMP() - 1 WHERE digest = '{digest_of(session['access_token'])}'"),
}


@pytest.mark.parametrize("how", ENDS)
def test_JW_19_it_ends_as_any_token_ends_however_right_its_signature_is(keyless: Site, how: str) -> None:
    app, user = app_of_people(keyless), new_editor(keyless)
    session = tokens(keyless, app, user, scope=PEOPLE)
    token = session["access_token"]
    assert use(keyless, token).status == 200
    ENDS[how](keyless, app, session, user)
    for path in (POSTS, ME, "/app-connect/v1/me", "/app-connect/v1/userinfo"):
        assert_invalid_token(use(keyless, token, path))
    if how != "the client disabled":
        assert introspect(keyless, app, token) == {"active": False}
    assert verify(token, published(keyless), keyless), "to whom asks nobody it is good until its time is over"


def test_a_client_that_is_opaque_again_keeps_its_signed_tokens_until_they_end(keyless: Site) -> None:
    client = service(keyless)
    token = signed(keyless, client)
    admin = Session(keyless, 1)
    assert admin("POST", f"/clients/{client['id']}", {"access_token_format": "opaque"}).status == 200
    later = get_token(keyless, client)
    assert not is_jwt(later)
    assert (use(keyless, token).status, use(keyless, later).status) == (200, 200)
    assert introspect(keyless, client, token)["active"] is True
    assert revoke(keyless, client, token).status == 200
    assert (use(keyless, token).status, use(keyless, later).status) == (401, 200)


# What is none of ours, and what is almost one


def test_JW_04_a_changed_bit_opens_nothing(keyless: Site) -> None:
    token = signed(keyless, service(keyless))
    for part, step in ((0, 11), (1, 41), (2, 43)):
        for changed in bits(token, part, step):
            assert changed != token
            assert_invalid_token(use(keyless, changed, "/app-connect/v1/me"))
            answer = use(keyless, changed, ME)
            assert answer.status == 401, (part, changed, answer.text)
            if part == 2:
                # It still says that it is ours.
                assert_invalid_token(answer)
                assert_invalid_token(use(keyless, changed, POSTS))


@BOTH
@DOORS
def test_JW_19_an_unknown_token_that_says_it_is_ours_is_refused(keyless: Site, door: bool) -> None:
    token = signed(keyless, service(keyless))
    header, claims = header_of(token), claims_of(token)
    signature = token.rpartition(".")[2]
    for unknown in (
        f"{encoded(header)}.{encoded(claims | {'jti': 'x'})}.{signature}",
        f"{encoded({'alg': 'none'})}.{encoded({'iss': keyless.issuer})}.{encoded(b'x')}",
        f"{encoded({'alg': 'HS256', 'typ': 'JWT'})}.{encoded({'iss': keyless.issuer, 'sub': '1'})}.{encoded(secrets.token_bytes(32))}",
        f"{encoded(header)}.{encoded(claims | {'x': 'x' * 5000})}.{signature}",
    ):
        for path in (POSTS, ME, "/app-connect/v1/me"):
            assert_invalid_token(use(keyless, unknown, path, door=door))


FOREIGN = {
    "another issuer": {"iss": "https://issuer.example", "sub": "1"},
    "another site's path": {"iss": "@/other", "sub": "1"},
    "no issuer": {"sub": "1"},
    "an issuer that is no text": {"iss": ["@"], "sub": "1"},
}


@BOTH
@pytest.mark.parametrize("whose", FOREIGN)
def test_T8_a_token_of_somebody_else_is_left_to_others(keyless: Site, whose: str) -> None:
    text = json.dumps(FOREIGN[whose]).replace("@", keyless.issuer)
    foreign = f"{encoded({'alg': 'RS256', 'typ': 'JWT'})}.{encoded(text.encode())}.{encoded(secrets.token_bytes(256))}"
    assert use(keyless, foreign).status == 200, "a public route is public"
    nobody = use(keyless, foreign, ME)
    assert (nobody.status, nobody.json()["code"]) == (401, "rest_not_logged_in")
    # Another plugin knows it: it is that plugin's user, without any restriction of ours.
    user = new_editor(keyless)
    keyless.fixture("their-tokens", f"""
        add_filter( 'determine_current_user', static fn ( $user ) => 'Bearer {foreign}' === ( $_SERVER['HTTP_AUTHORIZATION'] ?? '' ) ? {user} : $user, 20 );
    """)
    assert use(keyless, foreign, ME).json()["id"] == user
    assert use(keyless, foreign, "/wp/v2/users").status == 200
    # On our own routes every bearer is ours to judge.
    assert_invalid_token(use(keyless, foreign, "/app-connect/v1/me"))


@BOTH
def test_a_plugin_that_knows_everybody_does_not_revive_a_token_of_ours(keyless: Site) -> None:
    client = service(keyless)
    token = signed(keyless, client)
    revoke(keyless, client, token)
    keyless.fixture("their-tokens", "add_filter( 'determine_current_user', static fn ( $user ) => str_starts_with( $_SERVER['HTTP_AUTHORIZATION'] ?? '', 'Bearer ey' ) ? 1 : $user, 20 );")
    for path in (POSTS, ME):
        assert_invalid_token(use(keyless, token, path))


def test_BR_07_a_token_of_one_site_is_nothing_on_another(keyless: Site) -> None:
    other = make("plain71")
    token = signed(keyless, service(keyless))
    assert_invalid_token(use(other, token, "/app-connect/v1/me"))
    assert use(other, token, ME).json()["code"] == "rest_not_logged_in"


def test_BR_05_a_token_in_the_address_is_none(keyless: Site) -> None:
    token = signed(keyless, service(keyless))
    for path in (ME, "/app-connect/v1/me"):
        query = ("&" if keyless.permalinks == "" else "?") + f"access_token={token}"
        assert send(keyless, "GET", route(keyless, path) + query).status in (400, 401)


def test_JW_18_a_huge_token_is_refused_quickly(keyless: Site) -> None:
    token = signed(keyless, service(keyless))
    header, payload, signature = token.split(".")
    for size in (7_000, 9_000, 30_000, 1_000_000):
        started = time.monotonic()
        answer = use(keyless, f"{header}.{payload}.{signature}{'A' * size}", ME)
        assert answer.status in (400, 401, 414, 431), answer.status
        assert time.monotonic() - started < 5
    deep = f"{header}.{encoded(b'[' * 2500 + b']' * 2500)}.{signature}"
    assert use(keyless, deep, ME).status == 401


def test_a_signed_token_stays_below_what_servers_take_in_a_header(keyless: Site) -> None:
    app = app_of_people(keyless, bundles=["content:read", "content:write", "media:read", "media:write", "comments:read", "comments:write"])
    token = tokens(keyless, app, new_editor(keyless), scope="content:read content:write media:read media:write comments:read comments:write openid profile email offline_access")["access_token"]
    assert len(token) < 2048, len(token)


def test_a_token_request_that_is_refused_signs_nothing(keyless: Site) -> None:
    client = service(keyless)
    assert_oauth_error(ask_token(keyless, client | {"secret": "wrong"}), 401, "invalid_client")
    assert_oauth_error(ask_token(keyless, client, scope="unheard-of"), 400, "invalid_scope")
    assert send(keyless, "GET", token_path(keyless)).status == 405
    assert count(keyless, "keys") == 0
