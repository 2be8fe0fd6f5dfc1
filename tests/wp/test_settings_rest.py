"""Settings over REST: what an administrator may set, what it ends, and what is kept of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from conftest import Answer, Session, ask_token, configure, get_token, make, register_client, reset, revoke, route, send, token_path
from lab import Site
from refresh_support import Person

SETTINGS = {
    "enabled", "door", "issuer", "grant_types", "access_token_lifetime", "authorization_code_lifetime", "refresh_token_lifetime", "session_lifetime",
    "access_token_format", "key_type", "key_rotation", "activity_retention", "limits_per_client", "limits_per_address", "limits_window", "localhost_redirects", "trusted_proxies", "takeover", "remove_data_on_uninstall", "live",
    "issuer_place", "issuers", "role_claims", "logout_ends_sign_ins",
}
NOTHING = {"tokens": 0, "sessions": 0, "more": False}


@pytest.fixture(params=["rest71", "rest68"])
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    """Sites of our own, as new and without live tokens."""
    site = make(request.param)
    reset(site)
    site.wp_eval("AppConnect\\WP\\Settings::change( static fn( $settings ) => $settings ); return null;")
    site.sql("UPDATE wp_app_connect_clients SET epoch = epoch + 1")
    yield site
    reset(site)


def refused(answer: Answer, status: int, code: str) -> dict[str, Any]:
    """The data of an error."""
    assert (answer.status, answer.json()["code"]) == (status, code), answer.text
    return dict(answer.json()["data"])


def option(site: Site) -> tuple[str, str]:
    """The option as stored, and whether it is loaded with every request."""
    row = site.sql("SELECT option_value, autoload FROM wp_options WHERE option_name = 'app_connect_settings'")[0]
    return str(row["option_value"]), str(row["autoload"])


def use(site: Site, token: str) -> int:
    """What a token is answered."""
    return send(site, "GET", route(site, "/wp/v2/posts"), bearer=token).status


def test_settings_as_they_are_made(site: Site, admin_session: Session) -> None:
    settings = admin_session("GET", "/settings").json()
    assert set(settings) == SETTINGS
    assert settings["live"] == {"authorization_code": NOTHING, "client_credentials": NOTHING, "password": NOTHING, "refresh_token": NOTHING}
    # Where else the issuer can be: test_issuer_place.py.
    assert {name: settings[name] for name in SETTINGS - {"live", "issuers"}} == {
        "enabled": True, "door": True, "issuer": site.issuer, "access_token_lifetime": 3600, "authorization_code_lifetime": 120,
        "refresh_token_lifetime": 2592000, "session_lifetime": 31536000, "activity_retention": 2592000,
        "access_token_format": "opaque", "key_type": "rsa-2048", "key_rotation": 7776000,
        "grant_types": {"authorization_code": True, "client_credentials": True, "password": False, "refresh_token": True}, "localhost_redirects": True,
        "limits_per_client": 10, "limits_per_address": 50, "limits_window": 600, "trusted_proxies": [], "takeover": [],
        "remove_data_on_uninstall": False, "issuer_place": "site", "role_claims": False, "logout_ends_sign_ins": True,
    }


def test_each_setting_is_changed_alone_and_in_effect(site: Site, admin_session: Session) -> None:
    wanted: dict[str, Any] = {
        "access_token_lifetime": 120, "limits_per_client": 3, "limits_per_address": 4, "limits_window": 61, "trusted_proxies": ["10.0.0.0/8", "2001:db8::1"],
        "takeover": ["edit_shop"], "remove_data_on_uninstall": True, "door": False, "authorization_code_lifetime": 300, "localhost_redirects": False,
        "refresh_token_lifetime": 604800, "session_lifetime": 7776000, "activity_retention": 86400, "key_type": "ed25519", "key_rotation": 86400,
        "role_claims": True, "logout_ends_sign_ins": False,
    }
    expected = admin_session("GET", "/settings").json()
    for method, (name, value) in zip(["POST", "PUT", "PATCH"] * 6, wanted.items(), strict=False):
        expected[name] = value
        answer = admin_session(method, "/settings", {name: value})
        assert (answer.status, answer.json()) == (200, expected)
    assert admin_session("GET", "/settings").json() == expected
    assert ask_token(site, register_client(site)).json()["expires_in"] == 120
    assert "edit_shop" in site.wp_eval("return AppConnect\\WP\\Plugin::server()->takeover();")
    site.set_constants({"APP_CONNECT_DOOR": True})
    try:
        assert admin_session("GET", "/settings").json()["door"] is True, "the constant wins"
    finally:
        site.set_constants({"APP_CONNECT_DOOR": None})


def test_lines_are_trimmed_and_blank_ones_nothing(admin_session: Session) -> None:
    answer = admin_session("POST", "/settings", {"trusted_proxies": [" 10.0.0.1 ", "", "10.0.0.1", "\t", "::1"]})
    assert answer.json()["trusted_proxies"] == ["10.0.0.1", "::1"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"access_token_lifetime": 59}, {("access_token_lifetime", "range", None)}),
        ({"access_token_lifetime": 86401, "limits_window": 59}, {("access_token_lifetime", "range", None), ("limits_window", "range", None)}),
        ({"authorization_code_lifetime": 29}, {("authorization_code_lifetime", "range", None)}),
        ({"authorization_code_lifetime": 601}, {("authorization_code_lifetime", "range", None)}),
        ({"refresh_token_lifetime": 3599}, {("refresh_token_lifetime", "range", None)}),
        ({"refresh_token_lifetime": 31536001, "session_lifetime": 3599}, {("refresh_token_lifetime", "range", None), ("session_lifetime", "range", None)}),
        ({"session_lifetime": 157680001}, {("session_lifetime", "range", None)}),
        ({"activity_retention": 86399}, {("activity_retention", "range", None)}),
        ({"activity_retention": 63072001}, {("activity_retention", "range", None)}),
        ({"key_rotation": 86399}, {("key_rotation", "range", None)}),
        ({"key_rotation": 315360001}, {("key_rotation", "range", None)}),
        ({"limits_per_client": 0}, {("limits_per_client", "range", None)}),
        ({"limits_per_address": -5}, {("limits_per_address", "range", None)}),
        ({"trusted_proxies": ["10.0.0.1", "", "proxy.example", "0.0.0.0/0", "10.0.0.0/33"]}, {("trusted_proxies", "address", line) for line in (3, 4, 5)}),
        ({"takeover": ["edit_shop", "no spaces", "<script>"]}, {("takeover", "invalid", line) for line in (2, 3)}),
        ({"takeover": ["edit_shop"] * 51}, {("takeover", "too_many", None)}),
        ({"takeover": [f"{'x' * 180}{n}" for n in range(50)]}, {("takeover", "too_many", None)}),
    ],
)
def test_every_bad_setting_is_named(site: Site, admin_session: Session, fields: dict[str, Any], expected: set[Any]) -> None:
    before = option(site)
    data = refused(admin_session("POST", "/settings", fields | {"door": False}), 400, "app_connect_invalid_settings")
    assert {(error["field"], error["code"], error["line"]) for error in data["errors"]} == expected
    assert all(error["message"] and not error["message"].startswith("This cannot") for error in data["errors"])
    assert set(data["params"]) == {field for field, _, _ in expected}
    assert option(site) == before, "all or nothing"


def test_hostile_settings_are_named_and_never_a_failure(site: Site, admin_session: Session) -> None:
    site.clear_logs()
    before = option(site)
    for name, values in {
        "enabled": ["perhaps", [], 2], "door": [{}, "x"], "grant_types": ["x", {"implicit": True}, {"client_credentials": "x"}, [True]],
        "access_token_lifetime": ["x", [60], 60.5, "9" * 30], "limits_window": [None, {}], "trusted_proxies": ["10.0.0.1", [["x"]], ["a\x00"], {"a": "10.0.0.1"}],
        "takeover": [7, [None]], "authorization_code_lifetime": ["x", [60]], "refresh_token_lifetime": ["x", [3600], 1e99], "session_lifetime": [None, {}, "1 day"], "activity_retention": ["for ever", [86400], 1e99], "localhost_redirects": ["perhaps", [], {}], "access_token_format": ["paseto", "", [], 7], "key_type": ["dsa-1024", "RSA-2048", {}, False], "key_rotation": ["never", [86400], 1e99], "issuer_place": ["", "home", [], {}, 7], "role_claims": ["perhaps", []], "logout_ends_sign_ins": ["perhaps", {}], "confirm": ["grant_types_off", [[]]],
    }.items():
        for value in values:
            answer = admin_session("POST", "/settings", {name: value})
            assert answer.status == 400 and name in answer.json()["data"]["params"], (name, value, answer.text)
    answer = admin_session("POST", "/settings", body=b"trusted_proxies[]=%ff", headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert "trusted_proxies" in refused(answer, 400, "rest_invalid_param")["params"]
    # What is no setting, or only read, changes nothing.
    assert admin_session("POST", "/settings", {"issuer": "https://evil.example", "live": {}, "epoch": 7, "methods": {}}).status == 200
    assert option(site) == before and site.php_messages() == []


def test_a_grant_type_goes_off_with_its_tokens(site: Site, admin_session: Session) -> None:
    client = register_client(site)
    tokens = [get_token(site, client) for _ in range(3)]
    off = {"grant_types": {"client_credentials": False}}
    live = {"tokens": 3, "sessions": 1, "more": False}
    assert admin_session("GET", "/settings").json()["live"] == {"authorization_code": NOTHING, "client_credentials": live, "password": NOTHING, "refresh_token": NOTHING}
    data = refused(admin_session("POST", "/settings", off | {"door": False}), 409, "app_connect_unconfirmed")
    assert data == {"status": 409, "confirm": ["grant_types_off"], "live": live}
    refused(admin_session("POST", "/settings", off | {"confirm": ["type_changed"]}), 409, "app_connect_unconfirmed")
    assert use(site, tokens[0]) == 200 and admin_session("GET", "/settings").json()["door"] is True
    answer = admin_session("POST", "/settings", off | {"confirm": ["grant_types_off"]})
    assert answer.json()["grant_types"] == {"authorization_code": True, "client_credentials": False, "password": False, "refresh_token": True}
    assert answer.json()["live"] == {"authorization_code": NOTHING, "client_credentials": NOTHING, "password": NOTHING, "refresh_token": NOTHING}
    assert [use(site, token) for token in tokens] == [401] * 3 and ask_token(site, client).error() == "unauthorized_client"
    assert admin_session("POST", "/settings", {"grant_types": {"client_credentials": True}}).status == 200
    assert [use(site, token) for token in tokens] == [401] * 3, "on again revives none"
    assert use(site, get_token(site, client)) == 200
    # Without live tokens there is nothing to confirm.
    site.sql("UPDATE wp_app_connect_tokens SET revoked_at = 1")
    assert admin_session("POST", "/settings", off).status == 200


def test_refresh_tokens_go_off_after_a_question_with_the_sessions_that_they_keep_going(site: Site, admin_session: Session) -> None:
    person = Person(site)
    tokens = [answer["access_token"] for answer in person.sessions(2)]
    off = {"grant_types": {"refresh_token": False}}
    made, kept = {"tokens": 2, "sessions": 2, "more": False}, {"tokens": 0, "sessions": 2, "more": False}
    live = admin_session("GET", "/settings").json()["live"]
    assert live == {"authorization_code": made, "client_credentials": NOTHING, "password": NOTHING, "refresh_token": kept}
    data = refused(admin_session("POST", "/settings", off), 409, "app_connect_unconfirmed")
    assert data == {"status": 409, "confirm": ["grant_types_off"], "live": kept}
    answer = admin_session("POST", "/settings", off | {"confirm": ["grant_types_off"]})
    assert answer.json()["live"] == live | {"refresh_token": NOTHING}, "access tokens end by themselves"
    assert [use(site, token) for token in tokens] == [200] * 2


def test_switched_off_nothing_answers(site: Site, admin_session: Session) -> None:
    client = register_client(site)
    token = get_token(site, client)
    assert admin_session("POST", "/settings", {"enabled": False}).json()["enabled"] is False
    for door in (True, False):
        for answer in (ask_token(site, client, door=door), revoke(site, client, token, door=door)):
            assert (answer.status, answer.error()) == (503, "temporarily_unavailable") and answer.header("Retry-After")
    assert use(site, token) == 503 and send(site, "GET", route(site, "/wp/v2/posts")).status == 200, "visitors are none of our business"
    assert admin_session("POST", "/settings", {"enabled": True}).status == 200
    assert ask_token(site, client).status == 200 and use(site, token) == 200, "off is no end"


@pytest.mark.parametrize("door", [True, False], ids=["open", "closed"])
def test_a_trusted_proxy_tells_who_asks(site: Site, admin_session: Session, door: bool) -> None:
    def ask(forwarded: str | None, peer: str = "127.0.0.1") -> str | None:
        site.sql("DELETE FROM wp_app_connect_events WHERE kind NOT LIKE 'client_%'")
        headers = [("X-Test-Address", peer)] + ([("X-Forwarded-For", forwarded)] if forwarded else [])
        answer = send(site, "POST", token_path(site), form={"grant_type": "client_credentials"}, auth=(client["client_id"], "wrong secret"), headers=headers, door=door)
        assert answer.error() == "invalid_client", answer.text
        return site.sql("SELECT ip FROM wp_app_connect_events ORDER BY id DESC LIMIT 1")[0]["ip"]

    client = register_client(site)
    assert ask("203.0.113.7") == "127.0.0.1", "nobody is trusted"
    assert admin_session("POST", "/settings", {"trusted_proxies": ["127.0.0.1", "10.0.0.0/8"]}).status == 200
    assert ask("203.0.113.7") == "203.0.113.7"
    assert ask("198.51.100.1, 203.0.113.7, 10.1.2.3") == "203.0.113.7", "what a client wrote itself counts for nothing"
    assert ask("198.51.100.1", peer="192.0.2.1") == "192.0.2.1", "not a proxy of ours"
    changed = admin_session("POST", "/settings", {"limits_window": 300}, headers={"X-Forwarded-For": "203.0.113.9"})
    assert changed.status == 200
    assert site.sql("SELECT ip FROM wp_app_connect_events WHERE kind = 'settings_changed' ORDER BY id DESC LIMIT 1") == [{"ip": "203.0.113.9"}]
    assert ask("2001:db8::7") == "2001:db8::7" and ask("nonsense") == "127.0.0.1" and ask(None) == "127.0.0.1"


def test_limits_count_whom_the_proxy_names(site: Site, admin_session: Session) -> None:
    client = register_client(site)
    assert admin_session("POST", "/settings", {"trusted_proxies": ["127.0.0.1"], "limits_per_client": 2}).status == 200

    def ask(forwarded: str, secret: str) -> int:
        return send(site, "POST", token_path(site), form={"grant_type": "client_credentials"}, auth=(client["client_id"], secret), headers=[("X-Forwarded-For", forwarded)]).status

    assert [ask("203.0.113.7", "wrong"), ask("203.0.113.7", "wrong"), ask("203.0.113.7", client["secret"])] == [401, 401, 429]
    assert ask("203.0.113.8", client["secret"]) == 200


def test_administrators_at_once_lose_no_change(site: Site, admin_session: Session) -> None:
    changes: list[dict[str, Any]] = [
        {"access_token_lifetime": 700}, {"limits_per_client": 7}, {"limits_per_address": 70}, {"limits_window": 77},
        {"takeover": ["edit_shop"]}, {"trusted_proxies": ["10.0.0.1"]}, {"remove_data_on_uninstall": True}, {"door": False},
        {"authorization_code_lifetime": 77}, {"refresh_token_lifetime": 7777}, {"session_lifetime": 77777}, {"activity_retention": 777777}, {"localhost_redirects": False}, {"key_type": "ec-p256"}, {"key_rotation": 777777}, {"role_claims": True}, {"logout_ends_sign_ins": False},
    ]
    with ThreadPoolExecutor(8) as pool:
        assert {answer.status for answer in pool.map(lambda change: admin_session("POST", "/settings", change), changes)} == {200}
    settings = admin_session("GET", "/settings").json()
    for change in changes:
        assert settings | change == settings


def test_a_change_is_in_the_audit_log_by_name(site: Site, admin_session: Session) -> None:
    site.sql("DELETE FROM wp_app_connect_events")
    assert admin_session("POST", "/settings", {"limits_window": 100, "door": True, "takeover": ["edit_shop"]}).status == 200
    assert admin_session("POST", "/settings", {"limits_window": 100}).status == 200, "no change is no event"
    assert admin_session("POST", "/settings", {"grant_types": {"client_credentials": False}}).status == 200
    events = site.sql("SELECT kind, user_id, ip, client_pk, data FROM wp_app_connect_events ORDER BY id")
    assert [(event["kind"], event["user_id"], event["ip"], event["client_pk"]) for event in events] == [("settings_changed", "1", "127.0.0.1", None)] * 2
    assert [json.loads(event["data"] or "") for event in events] == [
        {"fields": ["limits_window", "takeover"]}, {"fields": ["grant_types"], "grant_types_off": ["client_credentials"]},
    ]


def test_the_option_stays_small_and_alone(site: Site, admin_session: Session) -> None:
    """WP-14."""
    full = {
        "trusted_proxies": [f"2001:db8:{n:04x}:ffff:ffff:ffff:ffff:ffff/128" for n in range(30)], "takeover": [f"{'a' * 40}_{n}" for n in range(20)],
        "access_token_lifetime": 86400, "authorization_code_lifetime": 600, "refresh_token_lifetime": 31536000, "session_lifetime": 157680000, "activity_retention": 63072000, "localhost_redirects": False, "key_type": "rsa-4096", "key_rotation": 315360000, "limits_per_client": 100000, "limits_per_address": 100000, "limits_window": 86400, "door": False,
        "remove_data_on_uninstall": True, "issuer_place": "rest", "role_claims": True, "logout_ends_sign_ins": False, "confirm": ["issuer_changed"], "grant_types": {"authorization_code": False, "client_credentials": False, "refresh_token": False},
    }
    assert admin_session("POST", "/settings", full).status == 200
    value, autoload = option(site)
    assert 3000 < len(value) <= 4096 and autoload in ("on", "yes")
    refused(admin_session("POST", "/settings", {"takeover": [f"{'a' * 80}_{n}" for n in range(50)]}), 400, "app_connect_invalid_settings")
    assert option(site) == (value, autoload)
    names = {row["option_name"] for row in site.sql("SELECT option_name FROM wp_options WHERE option_name LIKE '%app\\_connect%' AND option_name NOT LIKE '\\_transient%' AND option_name NOT LIKE '\\_site\\_transient%'")}
    # Another type of key was chosen: it was made at once. What seals it is loaded by nobody else.
    assert names == {"app_connect_settings", "app_connect_schema", "app_connect_dek"}
    assert site.sql("SELECT autoload FROM wp_options WHERE option_name = 'app_connect_dek'")[0]["autoload"] in ("off", "no")


def test_what_is_in_the_option_by_hand_breaks_nothing(site: Site, admin_session: Session) -> None:
    configure(site, access_token_lifetime="x", authorization_code_lifetime=[], refresh_token_lifetime="soon", session_lifetime=-1, activity_retention="x", localhost_redirects="0", limits=7, trusted_proxies=["nonsense", 7], takeover="edit_shop", door="", enabled="1", methods="x", grant_types={}, access_token_format=["jwt"], key_type="dsa-1024", key_rotation={}, issuer_place=["rest"], role_claims="0", logout_ends_sign_ins=[])
    settings = admin_session("GET", "/settings").json()
    assert settings["access_token_lifetime"] == 60 and settings["limits_window"] == 600 and settings["takeover"] == ["edit_shop"]
    assert settings["refresh_token_lifetime"] == settings["session_lifetime"] == 3600
    assert settings["activity_retention"] == settings["key_rotation"] == 86400
    assert (settings["access_token_format"], settings["key_type"]) == ("opaque", "rsa-2048")
    assert settings["authorization_code_lifetime"] == 30 and settings["localhost_redirects"] is False
    assert settings["door"] is False and settings["enabled"] is True
    assert (settings["issuer_place"], settings["role_claims"], settings["logout_ends_sign_ins"]) == ("site", False, False)
    assert ask_token(site, register_client(site)).status == 200
    assert admin_session("POST", "/settings", {"limits_window": 90, "trusted_proxies": []}).json()["limits_window"] == 90


def test_an_issuer_of_its_own(site: Site, admin_session: Session) -> None:
    site.set_constants({"APP_CONNECT_ISSUER": "https://id.example.com"})
    try:
        assert admin_session("GET", "/settings").json()["issuer"] == "https://id.example.com"
        # With one that cannot serve, an administrator still sees and changes settings.
        site.set_constants({"APP_CONNECT_ISSUER": "not an address"})
        settings = admin_session("GET", "/settings")
        assert (settings.status, settings.json()["issuer"]) == (200, "")
        assert admin_session("POST", "/settings", {"limits_window": 90}).status == 200
    finally:
        site.set_constants({"APP_CONNECT_ISSUER": None})
