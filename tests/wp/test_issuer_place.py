"""Where the issuer is: the site's address, or the root of the REST routes where `/.well-known` is not WordPress' (threats.md
OI-01). Changing it makes this another site to apps, so a person has to say yes."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import Answer, Session, configure, get_token, make, register_client, reset, route, send
from lab import Site

NAMES = ("oauth-authorization-server", "openid-configuration")
ROOT = "/app-connect/v1"


@pytest.fixture(params=["rest71", "rest68"])
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    """Sites whose issuer others do not need."""
    site = make(request.param)
    reset(site)
    yield site
    reset(site)


@pytest.fixture(params=[True, False], ids=["open", "closed"])
def door(request: pytest.FixtureRequest) -> bool:
    """The door."""
    return bool(request.param)


def choose(session: Session, place: str, *confirm: str) -> Answer:
    """Wants the issuer at a place."""
    return session("POST", "/settings", {"issuer_place": place, "confirm": list(confirm)})


def place_of(answer: Answer) -> tuple[str, str]:
    """What the settings say of it."""
    settings = answer.json()
    return settings["issuer_place"], settings["issuer"]


def rest_issuer(site: Site) -> str:
    """The root of our REST routes."""
    return str(site.wp_eval("return rest_url( $args[0] );", ROOT))


def path_of(address: str) -> str:
    """Its path and query."""
    parts = urllib.parse.urlsplit(address)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def test_another_issuer_needs_a_yes(site: Site, admin_session: Session) -> None:
    refused = choose(admin_session, "rest")
    assert (refused.status, refused.json()["code"], refused.json()["data"]["confirm"]) == (409, "app_connect_unconfirmed", ["issuer_changed"])
    assert choose(admin_session, "rest", "grant_types_off").status == 409, "to something else"
    assert place_of(admin_session("GET", "/settings")) == ("site", site.issuer)
    assert choose(admin_session, "site").status == 200, "what is so needs no yes"
    changed = choose(admin_session, "rest", "issuer_changed")
    assert changed.status == 200 and place_of(changed) == ("rest", rest_issuer(site))
    assert choose(admin_session, "rest").status == 200
    assert choose(admin_session, "site").status == 409, "back again, too"
    assert place_of(choose(admin_session, "site", "issuer_changed")) == ("site", site.issuer)


def test_a_yes_to_one_consequence_is_none_to_another(site: Site, admin_session: Session) -> None:
    get_token(site, register_client(site))
    both = {"issuer_place": "rest", "grant_types": {"client_credentials": False}}
    for confirm in ([], ["issuer_changed"], ["grant_types_off"]):
        refused = admin_session("POST", "/settings", both | {"confirm": confirm})
        assert refused.status == 409 and set(refused.json()["data"]["confirm"]) == {"issuer_changed", "grant_types_off"}, confirm
    settings = admin_session("GET", "/settings").json()
    assert settings["issuer_place"] == "site" and settings["grant_types"]["client_credentials"]
    assert admin_session("POST", "/settings", both | {"confirm": ["issuer_changed", "grant_types_off"]}).status == 200


def test_oi_01_the_documents_of_an_issuer_under_the_rest_root(site: Site, admin_session: Session, door: bool) -> None:
    assert choose(admin_session, "rest", "issuer_changed").status == 200
    issuer, below = rest_issuer(site), path_of(rest_issuer(site))
    for name in NAMES:
        for path in (f"{below}/.well-known/{name}", f"/.well-known/{name}{below}"):
            answer = send(site, "GET", path, door=door)
            assert answer.status == 200 and answer.json()["issuer"] == issuer, (path, answer.status, answer.text[:200])
            assert (answer.header("Content-Type"), answer.header("Access-Control-Allow-Origin")) == ("application/json", "*")
        # Whoever else is there is left alone: a document here would name another issuer than the one it is looked up for.
        left = send(site, "GET", f"/.well-known/{name}", door=door)
        assert left.status == 404 and "token_endpoint" not in left.text
    metadata = send(site, "GET", f"{below}/.well-known/openid-configuration", door=door).json()
    assert send(site, "GET", path_of(metadata["jwks_uri"]), door=door).status == 200


def test_tokens_of_before_go_on(site: Site, admin_session: Session) -> None:
    client = register_client(site, access_token_format="jwt")
    tokens = [get_token(site, client), get_token(site, register_client(site))]
    assert choose(admin_session, "rest", "issuer_changed").status == 200
    for token in [*tokens, get_token(site, client)]:
        assert send(site, "GET", route(site, "/wp/v2/posts"), bearer=token).status == 200


def test_a_change_is_in_the_audit_log(site: Site, admin_session: Session) -> None:
    site.sql("DELETE FROM wp_app_connect_events")
    choose(admin_session, "rest")
    choose(admin_session, "rest", "issuer_changed")
    events = site.sql("SELECT kind, data FROM wp_app_connect_events ORDER BY id")
    assert [(event["kind"], json.loads(event["data"] or "")) for event in events] == [("settings_changed", {"fields": ["issuer_place"]})]


def test_the_choices_are_told_with_their_addresses(site: Site, admin_session: Session) -> None:
    routes = rest_issuer(site)
    expected: list[dict[str, Any]] = [
        {"place": "site", "issuer": site.issuer, "configuration": f"{site.issuer}/.well-known/openid-configuration", "current": True},
        {"place": "rest", "issuer": routes, "configuration": f"{routes}/.well-known/openid-configuration", "current": False},
    ]
    assert admin_session("GET", "/settings").json()["issuers"] == expected


def test_wp_config_decides_first(site: Site, admin_session: Session) -> None:
    site.set_constants({"APP_CONNECT_ISSUER": "https://id.example.com"})
    try:
        assert place_of(choose(admin_session, "rest")) == ("rest", "https://id.example.com"), "nothing changes, so nobody is asked"
        assert place_of(choose(admin_session, "site")) == ("site", "https://id.example.com")
    finally:
        site.constants.pop("APP_CONNECT_ISSUER")
        site.set_constants({})


def test_with_plain_permalinks_it_stays_the_sites_address() -> None:
    site = make("plain71")
    reset(site)
    session = Session(site, 1)
    try:
        refused = choose(session, "rest", "issuer_changed")
        assert (refused.status, refused.json()["code"]) == (400, "app_connect_invalid_settings")
        (error,) = refused.json()["data"]["errors"]
        assert (error["field"], error["code"]) == ("issuer_place", "query") and "Permalinks" in error["message"]
        assert session("GET", "/settings").json()["issuers"][1]["issuer"] is None
        # Chosen before the permalinks became plain: the site goes on by its address.
        configure(site, issuer_place="rest")
        assert send(site, "GET", "/.well-known/openid-configuration").json()["issuer"] == site.issuer
    finally:
        reset(site)


def test_below_a_subdirectory_the_host_root_is_not_needed(door: bool) -> None:
    site = make("sub68")
    reset(site)
    try:
        configure(site, issuer_place="rest")
        issuer = rest_issuer(site)
        assert issuer.startswith(f"{site.issuer}/index.php/wp-json/")
        answer = send(site, "GET", path_of(issuer) + "/.well-known/openid-configuration", door=door)
        assert answer.status == 200 and answer.json()["issuer"] == issuer, answer.text[:200]
    finally:
        reset(site)
