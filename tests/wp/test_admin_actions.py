"""WP-08: every action of the screens and of their REST routes × who must not do it.

Each action first succeeds for an administrator, so that no refusal is a refusal of something else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from admin_support import CLIENTS, SETTINGS, act, api, draft, form, holdings, nonce, page_of, person, screen, sign_in
from auth_support import new_client, rest, token
from conftest import Answer, count, get_token, reset
from lab import Site

# What can be done


@dataclass(frozen=True)
class Action:
    """A form of a screen. `{id}` in its query is a client's; fields may be made from it."""

    query: str
    do: str
    fields: Callable[[dict[str, Any]], dict[str, Any]] = field(default=lambda client: {})
    changes: bool = True
    disabled: bool = False


ACTIONS = {
    "create": Action(f"{CLIENTS}&action=new", "create", form),
    "update": Action(f"{CLIENTS}&action=edit&client={{id}}", "update", form),
    "create for people": Action(f"{CLIENTS}&action=new", "create", sign_in),
    "update for people": Action(f"{CLIENTS}&action=edit&client={{id}}", "update", sign_in),
    "find_user when creating": Action(f"{CLIENTS}&action=new", "find_user", lambda c: form(c) | {"service_user_search": "u"}, changes=False),
    "find_user when editing": Action(
        f"{CLIENTS}&action=edit&client={{id}}", "find_user", lambda c: form(c) | {"service_user_search": "u"}, changes=False
    ),
    "secret": Action(f"{CLIENTS}&action=secret&client={{id}}", "secret", lambda c: {"overlap": 0, "revision": 0}),
    "secret with an overlap": Action(f"{CLIENTS}&action=secret&client={{id}}", "secret", lambda c: {"overlap": 3600, "revision": 0}),
    "disable": Action(f"{CLIENTS}&action=disable&client={{id}}", "disable"),
    "enable": Action(f"{CLIENTS}&action=enable&client={{id}}", "enable", disabled=True),
    "delete": Action(f"{CLIENTS}&action=delete&client={{id}}", "delete"),
    "end_tokens": Action(f"{CLIENTS}&action=end_tokens&client={{id}}", "end_tokens"),
    "disable several": Action(f"{CLIENTS}&action=disable&client%5B%5D={{id}}", "disable", lambda c: {"client": [c["id"]]}),
    "delete several": Action(f"{CLIENTS}&action=delete&client%5B%5D={{id}}", "delete", lambda c: {"client": [c["id"]]}),
    "export": Action("page=app-connect-activity", "export", changes=False),
    "save basic": Action(f"{SETTINGS}&tab=basic", "save", lambda c: {"tab": "basic", "remove_data_on_uninstall": "1"}),
    "save grants": Action(f"{SETTINGS}&tab=grants", "save", lambda c: {"tab": "grants", "confirm": ["grant_types_off"]}),
    "save tokens": Action(
        f"{SETTINGS}&tab=tokens",
        "save",
        lambda c: {
            "tab": "tokens",
            "access_token_lifetime": 30,
            "access_token_lifetime_unit": 60,
            "authorization_code_lifetime": 90,
            "authorization_code_lifetime_unit": 1,
            "refresh_token_lifetime": 14,
            "refresh_token_lifetime_unit": 86400,
            "session_lifetime": 90,
            "session_lifetime_unit": 86400,
            "access_token_format": "jwt",
            "key_type": "rsa-3072",
            "key_rotation": 30,
            "key_rotation_unit": 86400,
        },
    ),
    "save security": Action(
        f"{SETTINGS}&tab=security",
        "save",
        lambda c: {
            "tab": "security",
            "limits_per_client": 7,
            "limits_per_address": 70,
            "limits_window": 10,
            "limits_window_unit": 60,
            "activity_retention": 7,
            "activity_retention_unit": 86400,
            "trusted_proxies": "10.0.0.0/8",
            "takeover": "",
        },
    ),
}


@dataclass(frozen=True)
class Call:
    """A request to the REST API."""

    method: str
    path: str
    data: Callable[[dict[str, Any]], dict[str, Any] | None] = field(default=lambda client: None)


def api_draft(client: dict[str, Any]) -> dict[str, Any]:
    """The draft as JSON."""
    return draft(client) | {"routes": ["GET /wp-json/wp/v2/posts"]}


CALLS = {
    "create": Call("POST", "/clients", api_draft),
    "update by POST": Call("POST", "/clients/{id}", lambda c: {"name": "Changed"}),
    "update for people": Call("POST", "/clients/{id}", lambda c: {"redirect_uris": ["https://app.example.com/cb"], "consent": "always", "first_party": True, "verified": True, "require_pkce": False}),
    "update by PUT": Call("PUT", "/clients/{id}", lambda c: {"name": "Changed"}),
    "update by PATCH": Call("PATCH", "/clients/{id}", lambda c: {"status": "disabled"}),
    "delete": Call("DELETE", "/clients/{id}?force=true"),
    "secret": Call("POST", "/clients/{id}/secret", lambda c: {"overlap": 0}),
    "end tokens": Call("DELETE", "/clients/{id}/tokens"),
    "settings by POST": Call("POST", "/settings", lambda c: {"access_token_lifetime": 1800}),
    "settings by PUT": Call("PUT", "/settings", lambda c: {"limits_per_client": 7}),
    "settings by PATCH": Call("PATCH", "/settings", lambda c: {"remove_data_on_uninstall": True}),
    "settings for people": Call("POST", "/settings", lambda c: {"authorization_code_lifetime": 60, "refresh_token_lifetime": 7200, "session_lifetime": 7200, "localhost_redirects": False}),
}

READS = ["/clients", "/clients/{id}", "/clients/{id}/tokens", "/service-users", "/settings"]


def mighty(site: Site) -> str:
    """A token that holds manage_options of an administrator, and was used today: its first use writes down the day."""
    bearer = token(site, person(site, "administrator"), mode="full", capabilities=[], takeover=["manage_options"])
    assert rest(site, "GET", "/wp/v2/users/me", bearer).status == 200
    return bearer


def everybody(site: Site) -> None:
    """Makes and logs in who asks, so that it does not count as a change."""
    for role in ("administrator", "editor", "subscriber"):
        nonce(site, person(site, role), "wp_rest")
    mighty(site)


_bystanders: dict[tuple[str, bool], dict[str, Any]] = {}


def bystander(site: Site, disabled: bool = False) -> dict[str, Any]:
    """A client to which nothing happens, made once per site: where everything is refused, one will do."""
    key = (site.name, disabled)
    if key not in _bystanders:
        _bystanders[key] = new_client(site, person(site, "editor"))
        get_token(site, _bystanders[key])
        if disabled:
            site.sql(f"UPDATE wp_app_connect_clients SET status = 'disabled' WHERE id = {_bystanders[key]['id']}")
    return _bystanders[key]


@pytest.fixture
def client(site: Site) -> Iterator[dict[str, Any]]:
    """A client with a live token."""
    made = new_client(site, person(site, "editor"))
    get_token(site, made)
    yield made
    reset(site)


def attempt(site: Site, action: Action, client: dict[str, Any], *, user: int | None, sent: str | None, **options: Any) -> Answer:
    """Sends an action's form; `sent` is its nonce, None leaves the field out."""
    fields = {"app_connect_do": action.do} | action.fields(client) | ({} if sent is None else {"_wpnonce": sent})
    return screen(site, action.query.format(**client), fields, user=user, **options)


def prepare(site: Site, action: Action, client: dict[str, Any]) -> None:
    """Brings the client into the state in which the action does something."""
    if action.disabled:
        site.sql(f"UPDATE wp_app_connect_clients SET status = 'disabled' WHERE id = {client['id']}")


# Screens

REFUSED = ["no nonce", "wrong nonce", "another action's nonce", "a subscriber", "an editor", "nobody", "an administrator's nonce"]


@pytest.mark.parametrize("name", ACTIONS)
def test_each_action_succeeds_for_an_administrator(site: Site, client: dict[str, Any], name: str) -> None:
    """The positive half of the table."""
    action = ACTIONS[name]
    prepare(site, action, client)
    before = holdings(site)
    answer = act(site, action.query.format(**client), action.do, action.fields(client), user=person(site, "administrator"))
    assert answer.status in (200, 303), answer.text
    assert (holdings(site) != before) is action.changes


@pytest.mark.parametrize("who", REFUSED)
@pytest.mark.parametrize("name", ACTIONS)
def test_wp_08_no_action_without_capability_and_nonce(site: Site, name: str, who: str) -> None:
    """The negative half: 403, or the log-in form for nobody, and nothing is changed."""
    action = ACTIONS[name]
    client = bystander(site, action.disabled)
    user = {"a subscriber": "subscriber", "an editor": "editor", "an administrator's nonce": "subscriber"}.get(who, "administrator")
    visitor = None if who == "nobody" else person(site, user)
    good = f"app_connect_{action.do}"
    other = "app_connect_save" if action.do != "save" else "app_connect_delete"
    sent = {
        "no nonce": lambda: None,
        "wrong nonce": lambda: "0123456789",
        "another action's nonce": lambda: nonce(site, person(site, "administrator"), other),
        "a subscriber": lambda: nonce(site, person(site, "subscriber"), good),
        "an editor": lambda: nonce(site, person(site, "editor"), good),
    }.get(who, lambda: nonce(site, person(site, "administrator"), good))()
    everybody(site)
    before = holdings(site)
    answer = attempt(site, action, client, user=visitor, sent=sent)
    if who == "nobody":
        assert answer.status == 302, answer.text
        assert "/wp-login.php?" in (answer.header("Location") or "")
    else:
        assert answer.status == 403, (answer.status, answer.header("Location"))
    assert client["client_id"] not in answer.text
    assert holdings(site) == before


@pytest.mark.parametrize("name", ACTIONS)
def test_wp_08_get_never_mutates(site: Site, name: str) -> None:
    """The same with GET, the administrator's cookie and a good nonce."""
    action = ACTIONS[name]
    client = bystander(site, action.disabled)
    everybody(site)
    before = holdings(site)
    answer = act(site, action.query.format(**client), action.do, action.fields(client), user=person(site, "administrator"), method="GET")
    assert answer.status in (200, 302, 303, 403, 405), answer.status
    assert "client_secret" not in answer.text or answer.status == 200
    assert holdings(site) == before


@pytest.mark.parametrize("query", [CLIENTS, f"{CLIENTS}&action=new", f"{CLIENTS}&action=edit&client={{id}}",
                                   f"{CLIENTS}&action=delete&client={{id}}", "page=app-connect-activity", "page=app-connect-keys", SETTINGS, f"{SETTINGS}&tab=security"])
@pytest.mark.parametrize("role", ["subscriber", "editor"])
def test_wp_08_no_screen_for_others(site: Site, query: str, role: str) -> None:
    """Who may not manage sees no screen, and nothing of a client."""
    client = bystander(site)
    answer = screen(site, query.format(**client), user=person(site, role))
    assert answer.status == 403
    assert client["client_id"] not in answer.text


@pytest.mark.parametrize("name", ["create", "delete", "save tokens"])
def test_wp_08_a_token_is_no_one_in_wp_admin(site: Site, name: str) -> None:
    """Also a token that holds manage_options of an administrator."""
    action, client = ACTIONS[name], bystander(site)
    boss = person(site, "administrator")
    bearer = mighty(site)
    before = holdings(site)
    sent = nonce(site, boss, f"app_connect_{action.do}")
    answer = attempt(site, action, client, user=None, sent=sent, bearer=bearer)
    assert answer.status == 302
    assert "/wp-login.php?" in (answer.header("Location") or "")
    assert holdings(site) == before


# REST


@pytest.mark.parametrize("name", CALLS)
def test_each_call_succeeds_for_an_administrator(site: Site, client: dict[str, Any], name: str) -> None:
    """The positive half of the table."""
    call = CALLS[name]
    before = holdings(site)
    answer = api(site, call.method, call.path.format(**client), call.data(client), user=person(site, "administrator"))
    assert answer.status in (200, 201), answer.text
    assert holdings(site) != before


REFUSED_CALLS = {"no nonce": 401, "wrong nonce": 403, "a subscriber": 403, "an editor": 403, "nobody": 401, "a token": 403}


def call_as(site: Site, who: str, method: str, path: str, data: dict[str, Any] | None) -> Answer:
    """One of REFUSED_CALLS."""
    boss = person(site, "administrator")
    if who == "no nonce":
        return api(site, method, path, data, user=boss, wp_nonce=None)
    if who == "wrong nonce":
        return api(site, method, path, data, user=boss, wp_nonce="0123456789")
    if who == "nobody":
        return api(site, method, path, data, wp_nonce=None)
    if who == "a token":
        return api(site, method, path, data, bearer=mighty(site))
    return api(site, method, path, data, user=person(site, who.split()[-1]))


@pytest.mark.parametrize("who", REFUSED_CALLS)
@pytest.mark.parametrize("name", CALLS)
def test_wp_08_no_call_without_capability_and_nonce(site: Site, name: str, who: str) -> None:
    """The negative half: 401 for nobody (a cookie without a nonce is nobody), 403 for the others, nothing is changed."""
    call, client = CALLS[name], bystander(site)
    everybody(site)
    before = holdings(site)
    answer = call_as(site, who, call.method, call.path.format(**client), call.data(client))
    assert answer.status == REFUSED_CALLS[who], answer.text
    assert client["client_id"] not in answer.text
    assert holdings(site) == before


@pytest.mark.parametrize("who", REFUSED_CALLS)
@pytest.mark.parametrize("path", READS)
def test_wp_08_no_reading_without_capability(site: Site, path: str, who: str) -> None:
    """The same for what only reads."""
    client = bystander(site)
    assert api(site, "GET", path.format(**client), user=person(site, "administrator")).status == 200
    answer = call_as(site, who, "GET", path.format(**client), None)
    assert answer.status == REFUSED_CALLS[who], answer.text
    assert client["client_id"] not in answer.text


@pytest.mark.parametrize("name", CALLS)
def test_wp_08_a_get_changes_nothing(site: Site, name: str) -> None:
    """The same paths with GET."""
    call, client = CALLS[name], bystander(site)
    everybody(site)
    before = holdings(site)
    answer = api(site, "GET", call.path.format(**client), user=person(site, "administrator"))
    assert answer.status in (200, 404, 405), answer.text
    assert holdings(site) == before


@pytest.mark.parametrize("path", READS)
def test_a_token_reaches_our_routes_neither_by_batch_nor_by_embedding(site: Site, path: str) -> None:
    """The inner request of a batch is judged like an outer one. Embedding is for links, which our items have none of."""
    client, bearer = bystander(site), mighty(site)
    before = holdings(site)
    body = {"requests": [{"method": "POST", "path": "/app-connect/v1" + path.format(**client), "body": {}}]}
    answer = rest(site, "POST", "/batch/v1", bearer=bearer, json=body)
    assert client["client_id"] not in answer.text
    assert holdings(site) == before


def test_our_routes_are_in_no_index(site: Site) -> None:
    """Nobody learns from the index that they are there."""
    answer = api(site, "GET", "", None)
    listed = [name for name in (answer.json().get("routes", {}) if answer.status == 200 else {}) if "client" in name or "settings" in name or "service" in name]
    assert listed == []


# The form


def test_cc_06_an_administrator_as_service_user_needs_a_confirmation(site: Site, client: dict[str, Any]) -> None:
    """The first answer asks and stores nothing; the second, with the box ticked, does it."""
    boss = person(site, "administrator")
    fields = form(client) | {"service_user_id": boss}
    before = count(site, "clients")
    asked = act(site, f"{CLIENTS}&action=new", "create", fields, user=boss)
    assert asked.status in (200, 409), asked.status
    assert 'value="service_user_takeover"' in asked.text
    assert count(site, "clients") == before
    done = act(site, f"{CLIENTS}&action=new", "create", fields | {"confirm": ["service_user_takeover"]}, user=boss)
    assert done.status == 200, done.text
    assert count(site, "clients") == before + 1


def test_an_edit_of_what_somebody_else_changed_is_refused(site: Site, client: dict[str, Any]) -> None:
    """Compare-and-set: the second of two forms that were opened together changes nothing and keeps what was typed."""
    boss = person(site, "administrator")
    query = f"{CLIENTS}&action=edit&client={client['id']}"
    assert act(site, query, "update", form(client) | {"name": "First"}, user=boss).status == 303
    second = act(site, query, "update", form(client) | {"name": "Second"}, user=boss)
    assert second.status != 303
    assert 'value="Second"' in second.text
    assert site.sql(f"SELECT name FROM wp_app_connect_clients WHERE id = {client['id']}") == [{"name": "First"}]


def test_a_service_user_whom_the_admin_may_not_edit_is_refused(site: Site, client: dict[str, Any]) -> None:
    """Neither found nor bound: `edit_user` decides."""
    boss, other = person(site, "administrator"), person(site, "author")
    login = str(site.sql(f"SELECT user_login FROM wp_users WHERE ID = {other}")[0]["user_login"])
    site.fixture("untouchable", f"""add_filter( 'map_meta_cap', static function ( $caps, $cap, $user, $args ) {{
        return 'edit_user' === $cap && array( {other} ) === array_map( 'intval', $args ) ? array( 'do_not_allow' ) : $caps;
    }}, 10, 4 );""")
    try:
        before = holdings(site)
        assert api(site, "GET", f"/service-users?search={login}", user=boss).json() == []
        found = act(site, f"{CLIENTS}&action=new", "find_user", form(client) | {"service_user_search": login}, user=boss)
        assert not page_of(found).find("input", name="service_user_id", value=str(other))
        refused = api(site, "POST", "/clients", api_draft(client) | {"service_user_id": other}, user=boss)
        assert (refused.status, refused.json()["code"]) == (403, "app_connect_service_user")
        act(site, f"{CLIENTS}&action=new", "create", form(client) | {"service_user_id": other}, user=boss)
        assert holdings(site) == before
    finally:
        site.remove_fixture("untouchable")


def test_the_secret_is_answered_once_and_stored_nowhere(site: Site, client: dict[str, Any]) -> None:
    """In the POST's own answer, which nobody may keep; not after it, and in no table."""
    boss = person(site, "administrator")
    made = act(site, f"{CLIENTS}&action=secret&client={client['id']}", "secret", {"overlap": 0, "revision": 0}, user=boss)
    assert made.status == 200
    assert "no-store" in (made.header("Cache-Control") or "")
    secret = max(re.findall(r"[A-Za-z0-9]{32,}", made.text.partition('id="wpbody-content"')[2]), key=len)
    token = get_token(site, client | {"secret": secret})
    assert token
    again = screen(site, f"{CLIENTS}&action=secret&client={client['id']}", user=boss)
    assert secret not in again.text
    dump = "".join(str(site.sql(f"SELECT * FROM {table}")) for table in ("wp_app_connect_clients", "wp_options", "wp_usermeta", "wp_app_connect_events"))
    assert secret not in dump
