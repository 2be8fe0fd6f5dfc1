"""Introspection on a real site (RFC 7662), and revocation of sessions: what is told, and to whom."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Answer, Session, assert_oauth_error, make_user, revoke, revoke_path, route, send
from lab import Site
from refresh_support import Person, server_app, use

INACTIVE = {"active": False}


def introspect(site: Site, client: dict[str, Any], token: str, **options: Any) -> Answer:
    """A request by Basic."""
    return send(site, "POST", route(site, "/app-connect/v1/introspect"), form={"token": token}, auth=(client["client_id"], client["secret"]), **options)


@pytest.fixture
def person(site: Site) -> Person:
    """Who stays signed in to an app on a server."""
    return Person(site, server_app(site))


@pytest.mark.parametrize("door", [True, False], ids=["door", "rest"])
def test_IN_04_a_live_token_is_told_and_not_cached(site: Site, person: Person, door: bool) -> None:
    session = person.session()
    answer = introspect(site, person.app, session["access_token"], door=door)
    told = answer.json()
    assert answer.status == 200 and answer.header("Cache-Control") == "no-store"
    me = send(site, "GET", route(site, "/app-connect/v1/me"), bearer=session["access_token"]).json()
    assert told == {
        "active": True, "scope": session["scope"], "client_id": person.app["client_id"], "token_type": "Bearer",
        "exp": told["iat"] + 3600, "iat": told["iat"], "sub": me["sub"], "iss": site.issuer,
    }
    kept = introspect(site, person.app, session["refresh_token"], door=door).json()
    assert kept["active"] and kept["exp"] - kept["iat"] == 30 * 86400 and kept["sub"] == me["sub"]


def test_IN_03_others_learn_nothing_and_a_resource_server_of_access_tokens(site: Site, person: Person) -> None:
    session = person.session()
    other, api = server_app(site), server_app(site, resource_server=True)
    assert introspect(site, other, session["access_token"]).json() == INACTIVE
    assert introspect(site, other, session["refresh_token"]).json() == INACTIVE
    assert introspect(site, api, session["access_token"]).json()["client_id"] == person.app["client_id"]
    assert introspect(site, api, session["refresh_token"]).json() == INACTIVE


def test_IN_01_a_stranger_is_refused(site: Site, person: Person) -> None:
    token = person.session()["access_token"]
    assert_oauth_error(introspect(site, person.app | {"secret": "wrong"}, token), 401, "invalid_client")
    public = Person(site)
    body = {"token": token, "client_id": public.app["client_id"]}
    assert_oauth_error(send(site, "POST", route(site, "/app-connect/v1/introspect"), form=body), 401, "invalid_client")
    assert send(site, "GET", route(site, "/app-connect/v1/introspect")).status == 405


@pytest.mark.parametrize("door", [True, False], ids=["door", "rest"])
def test_RV_an_access_token_may_stand_for_the_credentials_as_wordapp_sends_it(site: Site, person: Person, door: bool) -> None:
    end = lambda bearer, token: send(site, "POST", revoke_path(site), form={"token": token}, bearer=bearer, door=door)  # noqa: E731
    first, second, third = person.sessions(3)
    somebody = Person(site, person.app).session()
    assert end(first["access_token"], first["access_token"]).status == 200
    assert use(site, first["access_token"]) == 401
    assert end(first["access_token"], first["access_token"]).status == 200, "RV-10: twice"
    gone = end(first["access_token"], second["access_token"])
    assert_oauth_error(gone, 401, "invalid_token")
    assert (gone.header("WWW-Authenticate") or "").startswith("Bearer")
    assert end(second["access_token"], third["refresh_token"]).status == 200
    person.is_over(third["refresh_token"], access=(third["access_token"],))
    assert_oauth_error(end(second["access_token"], somebody["refresh_token"]), 400, "invalid_grant")
    assert (use(site, second["access_token"]), use(site, somebody["access_token"])) == (200, 200)


@pytest.mark.parametrize("which", [0, 1, 2], ids=["ancestor", "former", "present"])
def test_RV_02_a_refresh_token_that_is_revoked_ends_its_session(site: Site, person: Person, which: int) -> None:
    begin = person.session()
    chain = [begin["refresh_token"]]
    access = [begin["access_token"]]
    for _ in range(2):
        answer = person.next(chain[-1])
        chain.append(answer["refresh_token"])
        access.append(answer["access_token"])
    assert revoke(site, person.app, chain[which]).status == 200
    for token in access:
        assert send(site, "GET", route(site, "/wp/v2/posts"), bearer=token).status == 401
        assert introspect(site, person.app, token).json() == INACTIVE
    assert introspect(site, person.app, chain[-1]).json() == INACTIVE
    assert_oauth_error(person.refresh(chain[-1]), 400, "invalid_grant")


def test_RV_05_nobody_ends_the_session_of_another_client(site: Site, person: Person) -> None:
    session = person.session()
    assert_oauth_error(revoke(site, server_app(site), session["refresh_token"]), 400, "invalid_grant")
    assert person.refresh(session["refresh_token"]).status == 200


def test_IN_06_a_deleted_users_tokens_are_inactive(site: Site) -> None:
    person = Person(site, server_app(site))
    session = person.session()
    assert introspect(site, person.app, session["access_token"]).json()["active"]
    site.wp_eval("require_once ABSPATH . 'wp-admin/includes/user.php'; wp_delete_user( (int) $args[0] ); return null;", person.user)
    for kind in ("access_token", "refresh_token"):
        assert introspect(site, person.app, session[kind]).json() == INACTIVE


def test_a_draft_says_who_is_a_resource_server(site: Site) -> None:
    admin = Session(site, 1)
    api = server_app(site, resource_server=True)
    assert admin("GET", f"/clients/{api['id']}").json()["resource_server"] is True
    user = make_user(site, "subscriber")
    assert Session(site, user)("POST", f"/clients/{api['id']}", {"resource_server": False}).status == 403
    assert admin("POST", f"/clients/{api['id']}", {"resource_server": False}).json()["resource_server"] is False
