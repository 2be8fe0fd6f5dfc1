"""Clients over REST (design.md §5): what an administrator does to them, who may, what it ends, and hostile input."""

from __future__ import annotations

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from conftest import Answer, Session, ask_token, count, get_token, make, make_user, register_client, route, send
from lab import Site

Client = dict[str, Any]

ITEM = {
    "id", "client_id", "name", "description", "logo_uri", "type", "grant_types", "auth_methods", "access_token_format", "mode", "capabilities", "bundles",
    "takeover", "account", "routes", "service_user_id", "redirect_uris", "post_logout_redirect_uris", "backchannel_logout_uri", "require_pkce", "consent", "first_party", "resource_server", "trusted", "verified", "status",
    "created", "last_used", "previous_secret_until", "revision",
}
NOTHING = {"tokens": 0, "sessions": 0, "more": False}
POSTS = "GET /wp-json/wp/v2/posts"
CALLBACK = "https://app.example.com/callback"
SIGN_IN = {"access_token_format": "default", "redirect_uris": [], "post_logout_redirect_uris": [], "backchannel_logout_uri": "", "require_pkce": True, "consent": "remember", "first_party": False, "resource_server": False, "trusted": False, "verified": False}


@pytest.fixture(params=["rest71", "rest68"])
def site(request: pytest.FixtureRequest) -> Site:
    """Sites of our own: others' clients would be in the lists."""
    return make(request.param)


@pytest.fixture
def editor(site: Site) -> int:
    """A service user without takeover rights over the client."""
    return make_user(site)


def draft(**fields: Any) -> dict[str, Any]:
    """A public client, which needs nothing else."""
    return {"name": "An app", "type": "public", "mode": "restricted", "routes": [POSTS]} | fields


def backend(user: int, **fields: Any) -> dict[str, Any]:
    """A client that acts on its own."""
    return draft(type="confidential", grant_types=["client_credentials"], service_user_id=user, capabilities=["edit_posts"]) | fields


def spa(**fields: Any) -> dict[str, Any]:
    """A public client to which people sign in."""
    return draft(grant_types=["authorization_code"], redirect_uris=[CALLBACK]) | fields


def create(session: Session, fields: dict[str, Any]) -> Client:
    """A new client: its item, with `secret` as the tests of tokens call it."""
    answer = session("POST", "/clients", fields)
    assert answer.status == 201, answer.text
    return answer.json() | {"secret": answer.json()["client_secret"]}


def refused(answer: Answer, status: int, code: str) -> dict[str, Any]:
    """The data of an error."""
    assert (answer.status, answer.json()["code"]) == (status, code), answer.text
    return dict(answer.json()["data"])


def fields_of(answer: Answer) -> set[tuple[str, str, int | None]]:
    """The fields of a 400, each with its code and line; every one has a sentence."""
    data = refused(answer, 400, "app_connect_invalid_client")
    assert all(error["message"] and not error["message"].startswith("This cannot be saved") for error in data["errors"]), data
    assert set(data["params"]) == {error["field"] for error in data["errors"]}
    return {(error["field"], error["code"], error["line"]) for error in data["errors"]}


def use(client: Client, site: Site, token: str) -> int:
    """What a token is answered."""
    return send(site, "GET", route(site, "/wp/v2/posts"), bearer=token).status


# What an administrator does


def test_a_client_from_first_to_last(site: Site, admin_session: Session, editor: int) -> None:
    answer = admin_session("POST", "/clients", backend(editor, name="<b>Möwe</b> 🦆", description="d", logo_uri="https://example.com/l.png", bundles=["media:read"]))
    assert answer.status == 201, answer.text
    made = answer.json()
    assert set(made) == ITEM | {"client_secret"}
    assert "no-store" in (answer.header("Cache-Control") or "") and answer.header("Pragma") == "no-cache"
    assert (answer.header("Location") or "").endswith(f"/app-connect/v1/clients/{made['id']}")
    assert made["name"] == "<b>Möwe</b> 🦆" and made["service_user_id"] == editor and made["revision"] == 0
    assert (made["status"], made["last_used"], made["previous_secret_until"]) == ("active", None, None)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", made["created"])
    assert made["routes"] == [POSTS] and made["bundles"] == ["media:read"] and made["capabilities"] == ["edit_posts"]

    read = admin_session("GET", f"/clients/{made['id']}").json()
    assert read == {key: made[key] for key in ITEM}
    token = get_token(site, made | {"secret": made["client_secret"]})
    assert use(made, site, token) == 200
    assert admin_session("GET", f"/clients/{made['id']}/tokens").json() == {"tokens": 1, "sessions": 1, "more": False}
    assert admin_session("GET", f"/clients/{made['id']}").json()["last_used"] == time.strftime("%Y-%m-%d", time.gmtime())

    changed = admin_session("PATCH", f"/clients/{made['id']}", {"name": "Neu", "routes": ["GET /wp-json/wp/v2/pages"], "bundles": [], "revision": 0}).json()
    assert set(changed) == ITEM | {"ceiling", "ends"}
    assert (changed["name"], changed["description"], changed["revision"]) == ("Neu", "d", 1)
    assert changed["ceiling"] in ("different", "narrower") and changed["ends"] == []
    assert use(made, site, token) == 403, "narrower bites on the next request"
    assert admin_session("GET", f"/clients/{made['id']}").json() == {key: changed[key] for key in ITEM}

    assert refused(admin_session("DELETE", f"/clients/{made['id']}"), 501, "rest_trash_not_supported")
    gone = admin_session("DELETE", f"/clients/{made['id']}", query="force=true")
    assert gone.json() == {"deleted": True, "previous": {key: changed[key] for key in ITEM} | {"last_used": read["last_used"] or time.strftime("%Y-%m-%d", time.gmtime())}}
    assert use(made, site, token) == 401
    for method, path in (("GET", ""), ("POST", ""), ("DELETE", "?force=true"), ("POST", "/secret"), ("GET", "/tokens"), ("DELETE", "/tokens")):
        path, _, query = path.partition("?")
        refused(admin_session(method, f"/clients/{made['id']}{path}", {"name": "x"} if method == "POST" else None, query=query), 404, "app_connect_no_client")


def test_a_client_to_which_people_sign_in(site: Site, admin_session: Session, editor: int) -> None:
    made = create(admin_session, spa())
    assert made["service_user_id"] is None and made["client_secret"] is None
    assert {name: made[name] for name in SIGN_IN} == SIGN_IN | {"redirect_uris": [CALLBACK]}, "what nobody says is safe"
    assert {name: create(admin_session, backend(editor))[name] for name in SIGN_IN} == SIGN_IN

    wanted: dict[str, Any] = {
        "redirect_uris": ["http://127.0.0.1/cb", "com.example.app:/cb", CALLBACK, "http://localhost:3000/cb", "http://[::1]/cb"],
        "post_logout_redirect_uris": ["https://app.example.com/bye", "http://127.0.0.1/bye"], "backchannel_logout_uri": "https://app.example.com/logout",
        "consent": "always", "verified": True, "first_party": True, "resource_server": True, "trusted": True, "require_pkce": False, "access_token_format": "jwt",
    }
    made = create(admin_session, spa(type="confidential"))
    one = f"/clients/{made['id']}"
    expected = {name: made[name] for name in SIGN_IN}
    for method, (name, value) in zip(["POST", "PUT", "PATCH"] * 4, wanted.items(), strict=False):
        expected[name] = value
        answer = admin_session(method, one, {name: value})
        assert answer.status == 200, answer.text
        assert {each: answer.json()[each] for each in SIGN_IN} == expected, "alone, and in its order"
        assert answer.json()["ceiling"] == "same" and answer.json()["ends"] == []
    assert {each: admin_session("GET", one).json()[each] for each in SIGN_IN} == expected
    assert admin_session("POST", one, {"redirect_uris": [" " + CALLBACK + " ", "", "\t"]}).json()["redirect_uris"] == [CALLBACK]
    fields = [json.loads(row["data"] or "")["fields"] for row in site.sql(f"SELECT data FROM wp_app_connect_events WHERE kind = 'client_updated' AND client_pk = {made['id']} ORDER BY id")]
    assert fields == [[name] for name in wanted] + [["redirect_uris"]]


def test_a_chosen_id_and_secret(site: Site, admin_session: Session, editor: int) -> None:
    chosen = f"chosen.{time.time_ns()}"
    made = create(admin_session, backend(editor, client_id=chosen, secret="correct horse battery"))
    assert made["client_id"] == chosen and made["client_secret"] is None
    assert ask_token(site, made | {"secret": "correct horse battery"}).status == 200
    refused(admin_session("POST", "/clients", backend(editor, client_id=chosen)), 409, "app_connect_client_exists")
    assert create(admin_session, draft())["client_secret"] is None
    # Neither can be changed afterwards.
    kept = admin_session("POST", f"/clients/{made['id']}", {"client_id": "another-one", "secret": "correct horse battery", "name": "n"})
    assert kept.json()["client_id"] == chosen and ask_token(site, made | {"secret": "correct horse battery"}).status == 200


def test_no_answer_but_one_tells_a_secret(site: Site, admin_session: Session, editor: int) -> None:
    made = create(admin_session, backend(editor))
    stored = site.sql(f"SELECT secret_hash FROM wp_app_connect_clients WHERE id = {made['id']}")[0]["secret_hash"] or ""
    one = f"/clients/{made['id']}"
    answers = [
        admin_session("GET", one), admin_session("GET", "/clients"), admin_session("POST", one, {"name": "x"}),
        admin_session("POST", one, {"status": "disabled"}), admin_session("GET", one + "/tokens"), admin_session("DELETE", one + "/tokens"),
        admin_session("POST", one + "/secret", {"overlap": 60}), admin_session("GET", "/settings"), admin_session("DELETE", one, query="force=1"),
    ]
    for answer in answers:
        assert answer.status == 200, answer.text
        assert made["secret"] not in answer.text and stored not in answer.text and "$argon2" not in answer.text
    assert made["secret"] not in json.dumps(site.sql("SELECT * FROM wp_app_connect_events"))


BAD_REDIRECT_URIS = {
    CALLBACK: None,
    "/callback": "absolute",
    "app.example.com/callback": "absolute",
    "": None,
    "https://app.example.com/a b": "character",
    "https://app.example.com/\u00fc": "character",
    "https://good.example\\@evil.example/cb": "character",
    "https://app.example.com/a/../b": "dot_segments",
    "https://app.example.com/a/%2e%2e/b": "dot_segments",
    " " + CALLBACK: "duplicate",
    "https://app.example.com/#": "fragment",
    "https://app..example.com/": "host",
    "https:///callback": "host",
    "http://app.example.com/callback": "http",
    "http://127.0.0.1.evil.example/": "http",
    "https://app.example.com/" + "x" * 2025: "length",
    "https://app.example.com:070/": "port",
    "javascript:alert(1)": "scheme",
    "myapp:/callback": "scheme",
    "https://good.example@evil.example/cb": "userinfo",
    "https://*.example.com/cb": "wildcard",
}
"""Lines of a list, each with what is wrong with it."""


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"name": " "}, {("name", "required", None)}),
        ({"name": "x" * 192}, {("name", "invalid", None)}),
        ({"name": "a\nb"}, {("name", "invalid", None)}),
        ({"name": "x" * 10240}, {("name", "invalid", None)}),
        ({"description": "x" * 2001}, {("description", "too_long", None)}),
        ({"logo_uri": "javascript:alert(1)"}, {("logo_uri", "invalid", None)}),
        ({"client_id": "short"}, {("client_id", "invalid", None)}),
        ({"client_id": "a space inside"}, {("client_id", "invalid", None)}),
        ({"grant_types": ["implicit"]}, {("grant_types", "unknown", None)}),
        ({"grant_types": ["client_credentials"], "service_user_id": 1}, {("grant_types", "confidential_only", None)}),
        ({"type": "confidential", "mode": "login_only", "grant_types": ["client_credentials"], "service_user_id": 1}, {("grant_types", "not_login_only", None)}),
        ({"type": "confidential", "grant_types": ["client_credentials"]}, {("service_user_id", "required", None)}),
        ({"auth_methods": ["client_secret_basic"]}, {("auth_methods", "invalid", None)}),
        ({"capabilities": ["no spaces"]}, {("capabilities", "invalid", None)}),
        ({"capabilities": ["manage_options"]}, {("capabilities", "takeover", None)}),
        ({"bundles": ["content:*"]}, {("bundles", "unknown", None)}),
        ({"takeover": ["read"]}, {("takeover", "unknown", None)}),
        ({"secret": "correct horse battery"}, {("secret", "public", None)}),
        ({"type": "confidential", "secret": "short"}, {("secret", "weak", None)}),
        ({"routes": []}, {("routes", "required", None)}),
        ({"routes": [POSTS] * 501}, {("routes", "too_many", None)}),
        ({"grant_types": ["authorization_code"]}, {("redirect_uris", "required", None)}),
        ({"post_logout_redirect_uris": ["https://app.example.com/bye", "http://app.example.com/", "https://*.example.com/"]}, {("post_logout_redirect_uris", "http", 2), ("post_logout_redirect_uris", "wildcard", 3)}),
        ({"post_logout_redirect_uris": [f"https://app.example.com/{n}" for n in range(51)]}, {("post_logout_redirect_uris", "too_many", None)}),
        ({"backchannel_logout_uri": "ftp://app.example.com/"}, {("backchannel_logout_uri", "invalid", None)}),
        ({"backchannel_logout_uri": "https://app.example.com/#x"}, {("backchannel_logout_uri", "invalid", None)}),
        ({"backchannel_logout_uri": "https://me@app.example.com/"}, {("backchannel_logout_uri", "invalid", None)}),
        ({"grant_types": ["authorization_code"], "redirect_uris": ["", " "]}, {("redirect_uris", "required", None)}),
        ({"redirect_uris": [f"https://app.example.com/{n}" for n in range(51)]}, {("redirect_uris", "too_many", None)}),
        ({"first_party": True}, {("first_party", "confidential_only", None)}),
        ({"resource_server": True}, {("resource_server", "confidential_only", None)}),
        ({"require_pkce": False}, {("require_pkce", "public", None)}),
        ({"redirect_uris": list(BAD_REDIRECT_URIS)}, {("redirect_uris", code, line) for line, code in enumerate(BAD_REDIRECT_URIS.values(), 1) if code}),
        ({"routes": [POSTS, "", "GET nowhere", "BREW /x", "GET /a/../b", "GET /a\x01", "GET /*b*/"]}, None),
        ({"name": "", "description": "x" * 2001, "bundles": ["x"]}, {("name", "required", None), ("description", "too_long", None), ("bundles", "unknown", None)}),
    ],
    ids=lambda value: json.dumps(value)[:60] if isinstance(value, dict) else "",
)
def test_every_bad_field_is_named(site: Site, admin_session: Session, fields: dict[str, Any], expected: set[Any] | None) -> None:
    before = count(site, "clients")
    found = fields_of(admin_session("POST", "/clients", draft(**fields)))
    if expected is None:
        assert {line for field, code, line in found if field == "routes" and code.startswith("route_")} == {3, 4, 5, 6, 7}
    else:
        assert found == expected
    assert count(site, "clients") == before


def test_a_change_is_judged_like_a_new_client(admin_session: Session) -> None:
    made = create(admin_session, draft())
    assert fields_of(admin_session("POST", f"/clients/{made['id']}", {"name": "", "routes": ["x"]})) == {("name", "required", None), ("routes", "route_shape", 1)}
    assert admin_session("GET", f"/clients/{made['id']}").json()["revision"] == 0


def test_localhost_is_a_redirect_uri_by_a_setting(site: Site, admin_session: Session) -> None:
    made = create(admin_session, spa(redirect_uris=["http://localhost/cb"]))
    assert admin_session("POST", "/settings", {"localhost_redirects": False}).status == 200
    try:
        assert fields_of(admin_session("POST", "/clients", spa(redirect_uris=[CALLBACK, "http://localhost/cb"]))) == {("redirect_uris", "localhost", 2)}
        assert fields_of(admin_session("POST", f"/clients/{made['id']}", {"name": "x"})) == {("redirect_uris", "localhost", 1)}
        assert create(admin_session, spa(redirect_uris=["http://127.0.0.1/cb"]))["redirect_uris"] == ["http://127.0.0.1/cb"]
    finally:
        assert admin_session("POST", "/settings", {"localhost_redirects": True}).status == 200


def test_what_a_public_client_cannot_have_goes_with_its_secret(admin_session: Session) -> None:
    made = create(admin_session, spa(type="confidential", first_party=True, require_pkce=False))
    one, change = f"/clients/{made['id']}", {"type": "public", "confirm": ["type_changed"]}
    assert fields_of(admin_session("POST", one, change)) == {("first_party", "confidential_only", None), ("require_pkce", "public", None)}
    assert admin_session("GET", one).json()["type"] == "confidential"
    assert admin_session("POST", one, change | {"first_party": False, "require_pkce": True}).json()["type"] == "public"


# Lists


@pytest.fixture
def listed(site: Site, admin_session: Session) -> list[Client]:
    """Five clients that nobody else has, with a common word in their names."""
    site.sql("DELETE FROM wp_app_connect_clients WHERE name LIKE 'Listed%'")
    made = [create(admin_session, draft(name=f"Listed {letter}", mode=mode)) for letter, mode in zip("cadbé", ["full", "restricted", "login_only", "full", "restricted"], strict=True)]
    admin_session("POST", f"/clients/{made[1]['id']}", {"status": "disabled"})
    site.sql(f"UPDATE wp_app_connect_clients SET last_used_day = 20000 + id WHERE id IN ({made[0]['id']}, {made[3]['id']})")
    return made


def names(answer: Answer) -> list[str]:
    """What a list shows."""
    assert answer.status == 200, answer.text
    return [item["name"].removeprefix("Listed ") for item in answer.json()]


def test_paging_sorting_searching(admin_session: Session, listed: list[Client]) -> None:
    def page(**query: Any) -> Answer:
        return admin_session("GET", "/clients", query={"search": "listed"} | query)

    first = page(per_page=2)
    assert names(first) == ["é", "b"], "the newest first"
    assert (first.header("X-WP-Total"), first.header("X-WP-TotalPages")) == ("5", "3")
    assert names(page(per_page=2, page=3)) == ["c"]
    assert names(page(per_page=2, page=4)) == names(page(per_page=2, page=1000000)) == []
    assert names(page(orderby="name", order="asc")) == ["a", "b", "c", "d", "é"]
    assert names(page(orderby="name")) == ["é", "d", "c", "b", "a"]
    assert names(page(orderby="last_used"))[:2] == ["b", "c"]
    assert names(page(orderby="mode", order="asc")) == ["b", "c", "d", "é", "a"]
    assert names(page(orderby="status", order="asc"))[-1] == "a"
    assert sorted(names(page(orderby="type"))) == ["a", "b", "c", "d", "é"]
    assert names(page(status="disabled")) == ["a"] and len(names(page(status="active"))) == 4
    assert names(page(search=listed[2]["client_id"])) == ["d"]
    assert names(page(search=listed[2]["client_id"][:12])) == ["d"]
    assert names(page(search=listed[2]["client_id"][1:])) == []
    assert names(page(search="Listed é")) == ["é"]
    for wild in ("%", "_isted", "Listed%", "\\", "listed\\"):
        assert not set("abcdé") & set(names(page(search=wild))), wild


INJECTIONS = ["'", '"', "' OR 1=1 -- ", "1; DROP TABLE wp_app_connect_clients", "name,(SELECT SLEEP(5))", "id`", "\\'", "%s", "%1$s", "1 UNION SELECT user_pass FROM wp_users"]


@pytest.mark.parametrize("parameter", ["search", "status", "orderby", "order", "page", "per_page"])
def test_no_parameter_reaches_the_database_unescaped(site: Site, admin_session: Session, listed: list[Client], parameter: str) -> None:
    site.clear_logs()
    for text in INJECTIONS:
        started = time.monotonic()
        answer = admin_session("GET", "/clients", query={parameter: text})
        if parameter == "search":
            assert answer.status == 200 and all(text.lower() in item["name"].lower() for item in answer.json()), (text, answer.text)
        else:
            assert parameter in refused(answer, 400, "rest_invalid_param")["params"]
        assert time.monotonic() - started < 4
    for path in ("/clients/1'", "/clients/1%20OR%201=1", "/clients/-1"):
        refused(admin_session("GET", path), 404, "rest_no_route")
    assert admin_session("GET", "/clients/99999999999999999999999").status in (400, 404)
    assert site.php_messages() == []


def test_hostile_values_are_named_and_never_a_failure(site: Site, admin_session: Session, editor: int) -> None:
    site.clear_logs()
    made = create(admin_session, backend(editor))
    before = count(site, "clients")
    strings = ("name", "description", "logo_uri", "backchannel_logout_uri", "type", "mode", "consent", "access_token_format", "client_id", "secret")
    lists = ("grant_types", "auth_methods", "capabilities", "bundles", "takeover", "routes", "redirect_uris", "post_logout_redirect_uris", "confirm")
    for field in strings:
        for bad in (["x"], {"a": "b"}, "a\x00b", 1.5 if field in ("type", "mode", "consent", "access_token_format") else None):
            if bad is not None:
                assert field in refused(admin_session("POST", "/clients", draft() | {field: bad}), 400, "rest_invalid_param")["params"], (field, bad)
    for field in lists:
        for bad in ("x", 7, {"a": ["b"]}, [["x"]], [{"a": 1}], ["a\x00"]):
            answer = admin_session("POST", "/clients", draft() | {field: bad})
            assert field in refused(answer, 400, "rest_invalid_param")["params"], (field, bad)
            assert admin_session("POST", f"/clients/{made['id']}", {field: bad}).status == 400
    for field, bad in (("service_user_id", "1 OR 1"), ("service_user_id", [1]), ("service_user_id", -1), ("account", "perhaps"), ("account", []),
                       ("require_pkce", "maybe"), ("first_party", [True]), ("resource_server", "some"), ("trusted", 2), ("verified", {}), ("consent", "never"), ("consent", ""), ("access_token_format", "paseto"), ("access_token_format", "")):
        assert field in refused(admin_session("POST", "/clients", draft() | {field: bad}), 400, "rest_invalid_param")["params"]
    for body, field in ((b"name=%ff&type=public&mode=full", "name"), (b"name=x&type=public&mode=full&routes[]=%c0%af", "routes"), (b"name[]=x&name[y]=z&type=public&mode=full", "name")):
        answer = admin_session("POST", "/clients", body=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
        assert field in refused(answer, 400, "rest_invalid_param")["params"], body
    for query in ("search=%ff", "search=%00", "search[]=x", "search=" + "x" * 4000, "page=-1", "per_page=1000", "page=1e9", "page[]=1"):
        assert admin_session("GET", "/clients", query=query).status == 400, query
        assert admin_session("GET", "/service-users", query=query).status == (400 if query.startswith("search") else 200), query
    for body in ({"overlap": "x"}, {"overlap": [1]}, {"revision": "x"}, {"revision": -1}):
        assert admin_session("POST", f"/clients/{made['id']}/secret", body).status == 400, body
    for overlap in (-1, 2592001):
        assert ("overlap", "range", None) in fields_of(admin_session("POST", f"/clients/{made['id']}/secret", {"overlap": overlap}))
    assert admin_session("POST", "/clients", body=b'{"name": "\xff"}', headers={"Content-Type": "application/json"}).status == 400
    assert count(site, "clients") == before
    assert site.php_messages() == []


@pytest.mark.parametrize("text", ['"><script>alert(1)</script>', "&amp;<b>", "\u202egnp.exe", "' OR ''='", "\\\\slashes\\'", "%s %d %%"])
def test_text_comes_back_as_it_was_given(admin_session: Session, text: str) -> None:
    made = create(admin_session, draft(name=text, description=text))
    read = admin_session("GET", f"/clients/{made['id']}").json()
    assert read["name"] == read["description"] == text
    assert admin_session("POST", f"/clients/{made['id']}", {"description": text + "!"}).json()["name"] == text


# Who may

REQUESTS = [
    ("GET", "/clients", None), ("POST", "/clients", {"name": "x", "type": "public", "mode": "full"}), ("GET", "/clients/{id}", None),
    ("POST", "/clients/{id}", {"name": "x"}), ("PUT", "/clients/{id}", {"status": "disabled"}), ("DELETE", "/clients/{id}?force=true", None),
    ("POST", "/clients/{id}/secret", {}), ("GET", "/clients/{id}/tokens", None), ("DELETE", "/clients/{id}/tokens", None),
    ("GET", "/service-users", None), ("GET", "/settings", None), ("POST", "/settings", {"enabled": False}), ("PATCH", "/settings", {"door": False}),
]
EVERYTHING = [f"{method} /*" for method in ("GET", "POST", "PUT", "PATCH", "DELETE")]


@pytest.mark.parametrize("who", ["nobody", "subscriber", "editor", "without nonce", "wrong nonce", "application", "full token"])
def test_only_an_administrator_in_a_browser(site: Site, admin_session: Session, who: str) -> None:
    made = create(admin_session, backend(make_user(site)))
    held = {"confirm": ["service_user_takeover"], "service_user_id": 1, "routes": EVERYTHING}
    bearer = None
    headers: dict[str, str] = {}
    if who in ("subscriber", "editor"):
        headers = Session(site, make_user(site, who)).headers
    elif who.endswith("nonce"):
        headers = {"Cookie": admin_session.headers["Cookie"]} | ({"X-WP-Nonce": "0123456789"} if who == "wrong nonce" else {})
    elif who == "application":
        bearer = get_token(site, register_client(site, mode="restricted", capabilities=["edit_posts"], takeover=["manage_options"], **held))
    elif who == "full token":
        bearer = get_token(site, register_client(site, mode="full", capabilities=[], account=True, **held))
    expected = 401 if who in ("nobody", "without nonce") else 403
    before = site.sql("SELECT * FROM wp_app_connect_clients ORDER BY id"), site.sql("SELECT option_value FROM wp_options WHERE option_name = 'app_connect_settings'")
    for method, path, data in REQUESTS:
        path, _, query = path.format(id=made["id"]).partition("?")
        address = route(site, "/app-connect/v1" + path) + (f"?{query}" if query else "")
        more = {"Content-Type": "application/json"} if data is not None else {}
        answer = send(site, method, address, headers=headers | more, body=None if data is None else json.dumps(data), bearer=bearer)
        assert answer.status == expected, (method, path, answer.text)
        assert "client_id" not in answer.text and "takeover" not in answer.text
    if bearer is None or who == "full token":
        assert admin_session("GET", f"/clients/{made['id']}").status == 200
    after = site.sql("SELECT * FROM wp_app_connect_clients ORDER BY id"), site.sql("SELECT option_value FROM wp_options WHERE option_name = 'app_connect_settings'")
    assert [row | {"last_used_day": None} for row in before[0]] == [row | {"last_used_day": None} for row in after[0]]
    assert before[1] == after[1]


def test_the_index_does_not_tell(site: Site, admin_session: Session) -> None:
    for address in (route(site, "/"), route(site, "/app-connect/v1")):
        routes = send(site, "GET", address).json()["routes"]
        assert "/app-connect/v1/token" in routes
        assert not [name for name in routes if re.search("app-connect/v1/(clients|settings|service-users)", name)], address


def test_the_screens_way_is_the_same(site: Site, editor: int) -> None:
    """rest_do_request() in the administrator's own process, with values as they are."""
    code = """
        wp_set_current_user( 1 );
        $request = new WP_REST_Request( 'POST', '/app-connect/v1/clients' );
        foreach ( json_decode( $args[0], true ) as $name => $value ) { $request->set_param( $name, $value ); }
        $response = rest_do_request( $request );
        return array( $response->get_status(), $response->get_data() );
    """
    status, data = site.wp_eval(code, json.dumps(backend(editor, name="It's \\ \"mine\"")))
    assert status == 201 and data["name"] == "It's \\ \"mine\"" and data["client_secret"]


# Service users


def test_only_a_user_whom_this_administrator_may_edit(site: Site, admin_session: Session, editor: int) -> None:
    site.fixture("limited", "add_filter( 'map_meta_cap', static fn( $caps, $cap, $user, $args ) => 'edit_user' === $cap && %d === ( $args[0] ?? 0 ) ? array( 'do_not_allow' ) : $caps, 10, 4 );" % editor)
    try:
        for user in (editor, 999999):
            data = refused(admin_session("POST", "/clients", backend(user)), 403, "app_connect_service_user")
            assert data["errors"][0]["field"] == "service_user_id" and data["params"]["service_user_id"]
        made = create(admin_session, backend(make_user(site)))
        refused(admin_session("POST", f"/clients/{made['id']}", {"service_user_id": editor, "confirm": ["service_user_changed"]}), 403, "app_connect_service_user")
        assert editor not in [found["id"] for found in admin_session("GET", "/service-users").json()]
        # One who is bound already stays, but nobody else gets more of him.
        bound = register_client(site, service_user_id=editor)
        answer = admin_session("POST", f"/clients/{bound['id']}", {"name": "Renamed", "service_user_id": editor})
        assert (answer.status, answer.json()["name"]) == (200, "Renamed"), answer.text
        assert admin_session("POST", f"/clients/{bound['id']}", {"capabilities": ["edit_posts"]}).json()["ceiling"] == "narrower"
        for path, change in (("", {"bundles": ["media:read"]}), ("/secret", {}), ("/secret", {"overlap": 60})):
            refused(admin_session("POST", f"/clients/{bound['id']}{path}", change), 403, "app_connect_service_user")
        assert ask_token(site, bound).status == 200, "the secret is what it was"
        for path, method in ((f"/clients/{bound['id']}/tokens", "DELETE"), (f"/clients/{bound['id']}?force=true", "DELETE")):
            assert admin_session(method, path).status == 200
    finally:
        site.remove_fixture("limited")


def test_service_users_are_found(site: Site, admin_session: Session) -> None:
    tag = f"t{time.time_ns()}"
    wanted = make_user(site, "administrator", display_name=f"Ädmin {tag}", user_login=f"login{tag}")
    other = make_user(site, "subscriber", display_name=f"Sub {tag} *_%")
    found = {one["id"]: one for one in admin_session("GET", "/service-users", query={"search": tag}).json()}
    assert set(found) == {wanted, other}
    assert set(found[wanted]) == {"id", "name", "login", "email", "roles", "takeover"}
    assert found[wanted]["roles"] == ["administrator"] and "manage_options" in found[wanted]["takeover"] and found[other]["takeover"] == []
    assert [one["id"] for one in admin_session("GET", "/service-users", query={"search": f"login{tag}"}).json()] == [wanted]
    assert [one["id"] for one in admin_session("GET", "/service-users", query={"search": f"{tag} *_%"}).json()] == [other]
    for text in INJECTIONS:
        assert admin_session("GET", "/service-users", query={"search": text}).status == 200
    assert len(admin_session("GET", "/service-users").json()) <= 20


def test_a_powerful_service_user_is_confirmed(site: Site, admin_session: Session, editor: int) -> None:
    """CC-06."""
    data = refused(admin_session("POST", "/clients", backend(1)), 409, "app_connect_unconfirmed")
    assert data["confirm"] == ["service_user_takeover"] and data["live"] == NOTHING
    made = create(admin_session, backend(1, confirm=["service_user_takeover"]))
    assert ask_token(site, made).status == 200
    mild = create(admin_session, backend(editor))
    data = refused(admin_session("POST", f"/clients/{mild['id']}", {"service_user_id": 1}), 409, "app_connect_unconfirmed")
    assert set(data["confirm"]) == {"service_user_changed", "service_user_takeover"}
    assert admin_session("GET", f"/clients/{mild['id']}").json()["service_user_id"] == editor


# What changes end


def test_a_former_service_user_does_not_come_back(site: Site, admin_session: Session, editor: int) -> None:
    made = create(admin_session, backend(editor))
    token = get_token(site, made)
    other = make_user(site)
    data = refused(admin_session("POST", f"/clients/{made['id']}", {"service_user_id": other}), 409, "app_connect_unconfirmed")
    assert data == {"status": 409, "confirm": ["service_user_changed"], "live": {"tokens": 1, "sessions": 1, "more": False}}
    confirm = ["service_user_changed"]
    changed = admin_session("POST", f"/clients/{made['id']}", {"service_user_id": other, "confirm": confirm}).json()
    assert changed["ends"] == ["service_user_changed"] and changed["service_user_id"] == other
    assert use(made, site, token) == 401
    second = get_token(site, made)
    assert admin_session("POST", f"/clients/{made['id']}", {"service_user_id": editor, "confirm": confirm}).status == 200
    assert use(made, site, token) == use(made, site, second) == 401
    assert use(made, site, get_token(site, made)) == 200


def test_a_grant_type_that_comes_back_brings_nothing_with_it(site: Site, admin_session: Session, editor: int) -> None:
    made = create(admin_session, backend(editor))
    token = get_token(site, made)
    one = f"/clients/{made['id']}"
    data = refused(admin_session("POST", one, {"grant_types": []}), 409, "app_connect_unconfirmed")
    assert data["confirm"] == ["grant_types_removed"] and data["live"]["tokens"] == 1
    answer = admin_session("POST", one, {"grant_types": [], "confirm": ["grant_types_removed"]})
    assert answer.json()["ends"] == ["grant_types_removed"]
    assert use(made, site, token) == 401 and ask_token(site, made).error() == "unauthorized_client"
    assert count(site, "grants", f"client_pk = {made['id']} AND revoked_at IS NULL") == 0
    # Also what an interrupted change left behind, or a request on its way made.
    site.sql(f"UPDATE wp_app_connect_grants SET revoked_at = NULL WHERE client_pk = {made['id']}")
    assert admin_session("POST", one, {"grant_types": ["client_credentials"]}).status == 200
    assert use(made, site, token) == 401
    assert use(made, site, get_token(site, made)) == 200


def test_thousands_of_grants_are_revoked_in_batches(site: Site, admin_session: Session, editor: int) -> None:
    made = create(admin_session, backend(editor))
    get_token(site, made)
    site.sql(f"""INSERT INTO wp_app_connect_grants (handle, client_pk, subject_pk, method, policy_id, ceiling_id, scope, client_epoch, subject_epoch, method_epoch, created_at)
        SELECT CONCAT(LPAD({made['id'] % 100000}, 6, '0'), LPAD(seq, 5, '0')), client_pk, subject_pk, method, policy_id, ceiling_id, scope, client_epoch, subject_epoch, method_epoch, created_at
        FROM wp_app_connect_grants, seq_1_to_2500 WHERE client_pk = {made['id']}""")
    assert admin_session("POST", f"/clients/{made['id']}", {"grant_types": [], "confirm": ["grant_types_removed"]}).status == 200
    assert count(site, "grants", f"client_pk = {made['id']} AND revoked_at IS NULL") == 0
    site.sql(f"DELETE FROM wp_app_connect_grants WHERE client_pk = {made['id']}")


def test_another_type_ends_everything_and_makes_a_secret(site: Site, admin_session: Session, editor: int) -> None:
    made = create(admin_session, backend(editor))
    token = get_token(site, made)
    one = f"/clients/{made['id']}"
    public = {"type": "public", "grant_types": [], "confirm": ["type_changed", "grant_types_removed"]}
    refused(admin_session("POST", one, public | {"confirm": []}), 409, "app_connect_unconfirmed")
    changed = admin_session("POST", one, public)
    assert changed.status == 200 and "client_secret" not in changed.json() and "type_changed" in changed.json()["ends"], changed.text
    assert use(made, site, token) == 401
    assert site.sql(f"SELECT secret_hash, prev_secret_hash FROM wp_app_connect_clients WHERE id = {made['id']}") == [{"secret_hash": None, "prev_secret_hash": None}]
    refused(admin_session("POST", one + "/secret", {}), 400, "app_connect_invalid_client")
    back = admin_session("POST", one, {"type": "confidential", "grant_types": ["client_credentials"], "confirm": ["type_changed"]})
    assert back.status == 200 and "no-store" in (back.header("Cache-Control") or ""), back.text
    assert ask_token(site, made).error() == "invalid_client"
    assert ask_token(site, made | {"secret": back.json()["client_secret"]}).status == 200
    assert use(made, site, token) == 401


def test_a_secret_overlaps_or_ends_everything(site: Site, admin_session: Session, editor: int) -> None:
    made = create(admin_session, backend(editor))
    one = f"/clients/{made['id']}"
    token = get_token(site, made)
    first = admin_session("POST", one + "/secret", {"overlap": 2})
    assert first.status == 200 and "no-store" in (first.header("Cache-Control") or "")
    assert set(first.json()) == ITEM | {"client_secret"} and first.json()["previous_secret_until"]
    second = made | {"secret": first.json()["client_secret"]}
    assert use(made, site, token) == 200 and ask_token(site, made).status == ask_token(site, second).status == 200
    assert admin_session("GET", one).json()["previous_secret_until"] == first.json()["previous_secret_until"]
    time.sleep(3)
    assert ask_token(site, made).error() == "invalid_client" and ask_token(site, second).status == 200
    assert admin_session("GET", one).json()["previous_secret_until"] is None
    assert use(made, site, token) == 200

    third = admin_session("POST", one + "/secret", {"revision": 1})
    assert use(made, site, token) == 401 and ask_token(site, second).error() == "invalid_client"
    assert use(made, site, get_token(site, made | {"secret": third.json()["client_secret"]})) == 200
    refused(admin_session("POST", one + "/secret", {"revision": 1}), 409, "app_connect_conflict")


def test_disabling_and_ending_tokens(site: Site, admin_session: Session, editor: int) -> None:
    made = create(admin_session, backend(editor))
    one = f"/clients/{made['id']}"
    token = get_token(site, made)
    assert admin_session("DELETE", one + "/tokens").json() == {"ended": {"tokens": 1, "sessions": 1, "more": False}}
    assert use(made, site, token) == 401 and admin_session("GET", one + "/tokens").json() == NOTHING
    token = get_token(site, made)
    off = admin_session("PUT", one, {"status": "disabled"}).json()
    assert (off["status"], off["ceiling"], off["ends"]) == ("disabled", "same", [])
    assert use(made, site, token) == 401 and ask_token(site, made).error() == "invalid_client"
    assert admin_session("PUT", one, {"status": "disabled"}).json()["revision"] == off["revision"], "nothing happened"
    # Together with a change it is one write.
    on = admin_session("PUT", one, {"status": "active", "name": "On", "revision": off["revision"]}).json()
    assert (on["status"], on["name"], on["revision"]) == ("active", "On", off["revision"] + 1)
    assert use(made, site, token) == 401, "disabling ended it for good"
    token = get_token(site, made)
    assert admin_session("PUT", one, {"status": "disabled", "name": "Off"}).json()["status"] == "disabled"
    assert admin_session("PUT", one, {"status": "active"}).json()["status"] == "active"
    assert use(made, site, token) == 401


def test_a_row_that_cannot_be_read_can_be_ended(site: Site, admin_session: Session) -> None:
    made = create(admin_session, draft())
    one = f"/clients/{made['id']}"
    site.sql(f"UPDATE wp_app_connect_clients SET config = '[broken' WHERE id = {made['id']}")
    assert admin_session("GET", one).status == 200 and admin_session("GET", "/clients").status == 200
    assert admin_session("POST", one, {"status": "disabled"}).json()["status"] == "disabled"
    refused(admin_session("POST", one, {"name": "x"}), 500, "app_connect_failed")
    assert admin_session("DELETE", one, query="force=1").status == 200


# At the same time


def test_of_edits_at_once_one_wins(site: Site, admin_session: Session) -> None:
    made = create(admin_session, draft())
    one = f"/clients/{made['id']}"
    for revision in range(3):
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda n: admin_session("POST", one, {"name": f"Edit {n}", "revision": revision}), range(8)))  # noqa: B023
        statuses = sorted(answer.status for answer in answers)
        assert statuses == [200] + [409] * 7, [answer.text for answer in answers]
        assert {answer.json()["code"] for answer in answers if answer.status == 409} == {"app_connect_conflict"}
        won = next(answer.json() for answer in answers if answer.status == 200)
        assert admin_session("GET", one).json()["name"] == won["name"]
    assert len({answer.worker() for answer in answers}) > 1


def test_of_secrets_at_once_the_one_told_works(site: Site, admin_session: Session, editor: int) -> None:
    made = create(admin_session, backend(editor))
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: admin_session("POST", f"/clients/{made['id']}/secret", {"revision": 0}), range(6)))
    assert sorted(answer.status for answer in answers) == [200] + [409] * 5
    won = next(answer.json()["client_secret"] for answer in answers if answer.status == 200)
    assert ask_token(site, made | {"secret": won}).status == 200


def test_of_equal_ids_at_once_one_is_made(site: Site, admin_session: Session) -> None:
    chosen = f"twin.{time.time_ns()}"
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: admin_session("POST", "/clients", draft(client_id=chosen)), range(6)))
    assert sorted(answer.status for answer in answers) == [201] + [409] * 5
    assert count(site, "clients", f"client_id = '{chosen}'") == 1


# What is remembered


def test_every_act_is_in_the_audit_log(site: Site, admin_session: Session, editor: int) -> None:
    site.fixture("listener", "foreach ( array( 'created', 'updated', 'deleted' ) as $what ) { add_action( \"app_connect_client_$what\", static function ( $event ) use ( $what ) { file_put_contents( WP_CONTENT_DIR . '/told.log', wp_json_encode( array( $what ) + array( 1 => $event ) ) . \"\\n\", FILE_APPEND ); echo 'noise'; throw new Exception( 'listener' ); } ); }")
    log = site.content / "told.log"
    log.unlink(missing_ok=True)
    try:
        made = create(admin_session, backend(editor))
        one = f"/clients/{made['id']}"
        for method, path, data in (
            ("POST", one, {"name": "Other", "description": "secret words"}), ("POST", one + "/secret", {"overlap": 5}), ("POST", one, {"status": "disabled"}),
            ("POST", one, {"status": "active"}), ("DELETE", one + "/tokens", None), ("DELETE", one + "?force=true", None),
        ):
            path, _, query = path.partition("?")
            assert admin_session(method, path, data, query=query).status == 200
    finally:
        site.remove_fixture("listener")
    events = site.sql(f"SELECT kind, user_id, ip, data FROM wp_app_connect_events WHERE client_pk = {made['id']} ORDER BY id")
    assert [event["kind"] for event in events] == [
        "client_created", "client_updated", "client_secret_changed", "client_disabled", "client_enabled", "client_tokens_ended", "client_deleted",
    ]
    assert {(event["user_id"], event["ip"]) for event in events} == {("1", "127.0.0.1")}
    assert json.loads(events[1]["data"] or "") == {"fields": ["name", "description"], "ceiling": "same", "ends": []}
    assert "secret words" not in json.dumps(events) and made["secret"] not in json.dumps(events)
    told = [json.loads(line) for line in log.read_text().splitlines()]
    assert [what for what, _ in told] == ["created", "updated", "updated", "updated", "updated", "deleted"]
    assert told[0][1] == {"client": made["id"], "user": 1}
    assert told[1][1] == {"kind": "client_updated", "client": made["id"], "user": 1}
    assert told[5][1] == {"client": made["id"], "client_id": made["client_id"], "user": 1}
    log.unlink()


def test_a_failing_database_is_503_and_logged(site: Site, admin_session: Session) -> None:
    site.sql("RENAME TABLE wp_app_connect_policies TO wp_app_connect_policies_away")
    try:
        for answer in (admin_session("GET", "/clients/1"), admin_session("POST", "/clients", draft())):
            refused(answer, 503, "app_connect_unavailable")
            assert "wp_" not in answer.text and "SELECT" not in answer.text
    finally:
        site.sql("RENAME TABLE wp_app_connect_policies_away TO wp_app_connect_policies")
    assert "storage unavailable" in site.log_text()
    site.clear_logs()
