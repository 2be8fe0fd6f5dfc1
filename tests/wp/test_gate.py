"""Which routes a token opens (design §5, §7 T7; threats.md §0 2–4, §2.15 WP-01…WP-07)."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from auth_support import (
    VERSIONS,
    assert_forbidden,
    assert_invalid_token,
    auth_site,
    cookies,
    full,
    person,
    quoted,
    rest,
    restricted,
    token,
)
from conftest import Answer, send
from lab import Site

POSTS = ["GET /wp-json/wp/v2/posts", "POST /wp-json/wp/v2/posts", "GET /wp-json/wp/v2/posts/*"]
BATCH = ["POST /wp-json/batch/v1"]
BAD = "oauth_ac_a" + "0" * 49


@pytest.fixture(scope="module", params=list(VERSIONS))
def site(request: pytest.FixtureRequest) -> Site:
    """A site of each version, with the neighbours."""
    return auth_site(request.param)


@pytest.fixture(scope="module")
def admin(site: Site) -> int:
    """Who the tokens act for: nothing is refused for want of a capability."""
    return person(site, "administrator", "gate")


@pytest.fixture(scope="module")
def posts_only(site: Site, admin: int) -> str:
    """A full token whose allowlist has posts, and nothing else."""
    return full(site, admin, routes=POSTS)


@pytest.fixture(scope="module")
def post_id(site: Site, admin: int) -> int:
    """A published post of the administrator."""
    return int(site.wp_eval("return wp_insert_post( array( 'post_title' => 'Gate', 'post_status' => 'publish', 'post_author' => (int) $args[0] ) );", admin))


def ran(answer: Answer) -> str | None:
    """Which callbacks of the neighbour's routes ran: handlers and permission checks."""
    return answer.header("X-Ran") or answer.header("X-Permission")


# WP-01: spellings

SPELLINGS = {
    "pretty": lambda r: f"/wp-json{r}",
    "query": lambda r: f"/?rest_route={r}",
    "query-encoded": lambda r: f"/?rest_route={quoted(r)}",
    "query-on-an-allowed-path": lambda r: f"/wp-json/wp/v2/posts?rest_route={r}",
    "index.php": lambda r: f"/index.php/wp-json{r}",
    "index.php-and-query": lambda r: f"/index.php?rest_route={r}",
    "double-slash": lambda r: f"/wp-json/{r}",
    "inner-double-slash": lambda r: "/wp-json" + r.replace("/v1", "//v1").replace("/v2", "//v2"),
    "leading-double-slash": lambda r: f"//wp-json{r}",
    "trailing-slash": lambda r: f"/wp-json{r}/",
    "trailing-slashes": lambda r: f"/wp-json{r}//",
    "encoded-slash": lambda r: "/wp-json" + r.replace("/v", "%2Fv"),
    "encoded-letter": lambda r: "/wp-json" + r.replace("v", "%76"),
    "upper-case-route": lambda r: f"/wp-json{r.upper()}",
    "upper-case-prefix": lambda r: f"/WP-JSON{r}",
    "no-leading-slash": lambda r: f"/?rest_route={r[1:]}",
    "dot-segment": lambda r: f"/wp-json/wp/v2/posts/../../..{r}",
    "encoded-dot-segment": lambda r: f"/?rest_route=/wp/v2/posts/%2e%2e/%2e%2e/%2e%2e{r}",
    "newline": lambda r: f"/?rest_route={r}%0A",
    "nul": lambda r: f"/?rest_route={r}%00",
    "space": lambda r: f"/?rest_route={r}%20",
    "backslash": lambda r: f"/?rest_route={r.replace('/', '%5C')}",
    "not-utf-8": lambda r: f"/?rest_route={r}%ff",
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_wp_01_a_route_outside_the_allowlist_is_denied_in_every_spelling(site: Site, posts_only: str, spelling: str, method: str) -> None:
    path = SPELLINGS[spelling]("/neighbour/v1/open")
    if method == "OPTIONS" and path.startswith("/?"):
        path = "/index.php" + path[1:]  # nginx answers OPTIONS on a directory itself.
    answer = send(site, method, path, bearer=posts_only, headers={"X-Neighbour": "routes"})
    assert ran(answer) is None, answer.headers
    assert answer.status in (301, 400, 403, 404), (answer.status, answer.text[:300])
    assert b"allcaps" not in answer.body
    if spelling in ("pretty", "query", "query-encoded", "index.php", "trailing-slash", "upper-case-route"):
        if method == "HEAD":
            assert answer.status == 403
        else:
            assert_forbidden(answer)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_wp_01_the_same_spellings_reach_the_route_with_a_token_that_opens_it(site: Site, admin: int, spelling: str) -> None:
    """The table is not blind: what WordPress routes there runs, and is exactly what the allowlist says."""
    bearer = full(site, admin, routes=["GET /wp-json/neighbour/v1/open"])
    answer = send(site, "GET", SPELLINGS[spelling]("/neighbour/v1/open"), bearer=bearer, headers={"X-Neighbour": "routes"})
    canonical = ("pretty", "query", "query-encoded", "query-on-an-allowed-path", "index.php", "index.php-and-query", "trailing-slash")
    if spelling in canonical:
        assert (answer.status, answer.header("X-Ran")) == (200, "/open"), answer.text[:300]
    elif answer.status == 200:
        assert answer.header("X-Ran") in (None, "/open")


BODIES = ["/wp/v2/users/1", "/wp/v2/settings", "/neighbour/v1/update-user"]


@pytest.mark.parametrize("path", ["/wp-json/wp/v2/posts", "/wp-json/app-connect/v1/userinfo", "/", "/?rest_route=/wp/v2/posts"])
@pytest.mark.parametrize("target", BODIES)
def test_wp_01_a_route_in_the_body_is_judged_as_what_it_is(site: Site, posts_only: str, path: str, target: str) -> None:
    before = site.sql("SELECT user_email, user_pass, display_name FROM wp_users WHERE ID = 1")
    answer = send(
        site, "POST", path, bearer=posts_only, headers={"X-Neighbour": "routes"},
        form={"rest_route": target, "name": "Owned", "title": "Owned", "email": "owned@example.com"},
    )
    assert ran(answer) is None
    assert answer.status in (400, 403), answer.text
    assert site.sql("SELECT user_email, user_pass, display_name FROM wp_users WHERE ID = 1") == before


def test_wp_01_a_route_in_the_body_is_denied_also_where_core_lets_it_lead(site: Site, posts_only: str) -> None:
    """The finding of threats.md §0.2 itself: the route of the body wins over the path."""
    answer = send(site, "POST", "/wp-json/wp/v2/posts", bearer=posts_only, form={"rest_route": "/wp/v2/settings", "title": "Owned"})
    assert_forbidden(answer)


# WP-02: methods

OVERRIDES: list[tuple[str, str, dict[str, str]]] = [
    ("GET", "?_method=DELETE", {}),
    ("POST", "?_method=DELETE", {}),
    ("GET", "?_method=delete", {}),
    ("POST", "", {"X-HTTP-Method-Override": "DELETE"}),
    ("GET", "", {"X-HTTP-Method-Override": "delete"}),
    ("PUT", "", {}),
    ("PATCH", "", {}),
    ("GET", "?_method=PUT", {}),
    ("HEAD", "?_method=POST", {}),
    ("OPTIONS", "?_method=POST", {}),
]


@pytest.mark.parametrize(("method", "query", "headers"), OVERRIDES, ids=lambda value: str(value))
def test_wp_02_an_override_does_not_make_another_method_pass(
    site: Site, posts_only: str, post_id: int, method: str, query: str, headers: dict[str, str]
) -> None:
    answer = rest(site, method, f"/wp/v2/posts/{post_id}{query}", posts_only, headers=headers, form={"title": "Owned"} if method not in ("HEAD", "GET", "OPTIONS") else None)
    assert answer.status == 403, answer.text
    row = site.sql(f"SELECT post_title, post_status FROM wp_posts WHERE ID = {post_id}")
    assert row == [{"post_title": "Gate", "post_status": "publish"}]


def test_wp_02_an_override_to_an_allowed_method_is_that_method(site: Site, posts_only: str, post_id: int) -> None:
    assert rest(site, "POST", f"/wp/v2/posts/{post_id}?_method=GET", posts_only).status == 200


def test_wp_02_head_follows_get(site: Site, posts_only: str, admin: int) -> None:
    assert rest(site, "HEAD", "/wp/v2/posts", posts_only).status == 200
    assert rest(site, "HEAD", "/wp/v2/users", posts_only).status == 403
    assert rest(site, "HEAD", "/wp/v2/posts", full(site, admin, routes=["POST /wp-json/wp/v2/posts"])).status == 403


def test_wp_02_options_follows_any_method_of_the_path(site: Site, posts_only: str, admin: int) -> None:
    assert "schema" in rest(site, "OPTIONS", "/wp/v2/posts", posts_only).json()
    assert "schema" in rest(site, "OPTIONS", "/wp/v2/posts", full(site, admin, routes=["POST /wp-json/wp/v2/posts"])).json()
    denied = rest(site, "OPTIONS", "/wp/v2/users", posts_only)
    assert_forbidden(denied)
    assert "schema" not in denied.text


# WP-03: wildcards


@pytest.mark.parametrize(
    "path",
    ["/wp/v2/posts", "/wp/v2/postsX", "/wp/v2/Posts/7", "/wp/v2/users/1", "/wp/v2/posts/../users/1", "/wp/v2/posts%0A/1", "/wp/v2/posts/1%0A", "/wp/v2/posts/1%00", "/wp/v2/posts/%2e%2e/users"],
)
def test_wp_03_a_wildcard_covers_what_is_below_it_and_nothing_else(site: Site, admin: int, path: str) -> None:
    bearer = full(site, admin, routes=["GET /wp-json/wp/v2/posts/*"])
    answer = send(site, "GET", f"/?rest_route={path}", bearer=bearer)
    assert answer.status in (400, 403), answer.text[:300]


def test_wp_03_a_wildcard_covers_every_depth(site: Site, admin: int, post_id: int) -> None:
    bearer = full(site, admin, routes=["GET /wp-json/wp/v2/posts/*"])
    assert rest(site, "GET", f"/wp/v2/posts/{post_id}", bearer).status == 200
    assert rest(site, "GET", f"/wp/v2/posts/{post_id}/revisions", bearer).status == 200


# WP-04: batch


def batch(site: Site, bearer: str, requests: list[dict[str, Any]], **more: Any) -> Answer:
    """A batch."""
    return rest(site, "POST", "/batch/v1", bearer, json={"requests": requests} | more.pop("extra", {}), **more)


@pytest.mark.parametrize("validation", ["normal", "require-all-validate"])
def test_wp_04_each_member_of_a_batch_is_judged(site: Site, admin: int, validation: str) -> None:
    bearer = full(site, admin, routes=POSTS + BATCH)
    answer = batch(
        site, bearer, neighbour="routes", extra={"validation": validation},
        requests=[
            {"path": "/wp/v2/posts", "body": {"title": "In a batch", "status": "publish"}},
            {"path": "/wp/v2/tags", "body": {"name": "Denied"}},
            {"path": "/WP/V2/tags", "body": {"name": "Denied"}},
            {"path": "/neighbour/v1/update-user", "body": {"ID": 1, "user_email": "owned@example.com"}},
            {"path": "/wp/v2/posts", "method": "PUT", "body": {"title": "x"}},
            {"path": "/wp/v2/posts", "body": {"title": "The last", "status": "publish"}},
        ],
    )
    assert answer.status == 207, answer.text
    members = answer.json()["responses"]
    if validation == "normal":
        assert [member["status"] for member in members] == [201, 403, 403, 403, 403, 201], answer.text
    else:
        # Core finds the PUT without a route before anything runs.
        assert all(member is None or member["status"] >= 400 for member in members), answer.text
    for member in members:
        if member is not None and member["status"] == 403:
            assert member["body"]["code"] == "insufficient_scope"
            assert "insufficient_scope" in member["headers"]["WWW-Authenticate"]
    assert answer.header("X-Ran") is None
    assert site.sql("SELECT name FROM wp_terms WHERE name = 'Denied'") == []
    assert site.sql("SELECT ID FROM wp_users WHERE user_email = 'owned@example.com'") == []


def test_wp_04_a_batch_itself_has_to_be_in_the_allowlist(site: Site, posts_only: str) -> None:
    assert_forbidden(batch(site, posts_only, [{"path": "/wp/v2/posts", "body": {"title": "No"}}]))


def test_wp_04_a_batch_with_a_bad_token_is_refused_whole(site: Site) -> None:
    assert_invalid_token(batch(site, BAD, [{"path": "/wp/v2/posts", "body": {"title": "No"}}]))


def test_wp_04_a_batch_by_cookie_is_not_judged(site: Site, admin: int) -> None:
    answer = rest(site, "POST", "/batch/v1", headers=cookies(site, admin), json={"requests": [{"path": "/wp/v2/tags", "body": {"name": f"By cookie {site.name}"}}]})
    assert answer.status == 207
    assert answer.json()["responses"][0]["status"] in (201, 400)


# WP-05: embeds


@pytest.mark.parametrize("query", ["_embed=1", "_embed=author", "_embed=1&_envelope=1"])
def test_wp_05_what_is_denied_is_not_embedded(site: Site, posts_only: str, admin: int, post_id: int, query: str) -> None:
    answer = rest(site, "GET", f"/wp/v2/posts/{post_id}?{query}", posts_only)
    assert answer.status == 200
    body = answer.json()["body"] if "_envelope" in query else answer.json()
    embedded = body["_embedded"]["author"][0]
    assert (embedded["code"], "name" in embedded, "slug" in embedded) == ("insufficient_scope", False, False)
    allowed = rest(site, "GET", f"/wp/v2/posts/{post_id}?{query}", full(site, admin)).json()
    assert (allowed["body"] if "_envelope" in query else allowed)["_embedded"]["author"][0]["id"] == admin


# WP-06: inner calls


def test_wp_06_a_call_inside_a_call_is_judged(site: Site, admin: int) -> None:
    bearer = full(site, admin, routes=[*POSTS, "POST /wp-json/neighbour/v1/inner"])

    def inner(path: str, method: str = "GET") -> Any:
        return rest(site, "POST", "/neighbour/v1/inner", bearer, neighbour="routes", json={"path": path, "method": method}).json()

    assert inner("/wp/v2/posts")["status"] == 200
    denied = inner("/wp/v2/users")
    assert (denied["status"], denied["body"]["code"]) == (403, "insufficient_scope")
    assert inner("/wp/v2/posts/1", "DELETE")["status"] == 403
    assert inner("/app-connect/v1/token", "POST")["status"] == 403


def test_wp_06_account_binds_inside_a_call_too(site: Site, admin: int) -> None:
    bearer = full(site, admin)
    answer = rest(site, "POST", "/neighbour/v1/inner", bearer, neighbour="routes", json={"path": f"/wp/v2/users/{admin}", "method": "POST", "with": {"password": "owned"}})
    assert answer.json()["status"] == 403, answer.text


# WP-07: indexes


def test_wp_07_the_index_tells_no_secret_and_hides_what_is_for_administrators(site: Site, admin: int) -> None:
    bearer = full(site, admin, routes=["GET /wp-json/", "GET /wp-json/app-connect/v1"])
    for index in (rest(site, "GET", "/"), rest(site, "GET", "/app-connect/v1"), rest(site, "GET", "/", bearer)):
        assert index.status == 200, index.text[:300]
        text = index.text
        assert "site-health\\/bearer" not in text and "site-health\\/discovery" not in text and "site-health\\/probe" not in text
        assert bearer not in text
        assert "secret_hash" not in text


def test_wp_07_our_own_namespace_is_closed_to_tokens(site: Site, admin: int) -> None:
    """PV-08: no token reaches clients, settings, consent, or makes other tokens."""
    for path in ("/app-connect/v1/token", "/app-connect/v1/site-health/bearer", "/APP-CONNECT/v1/site-health/bearer", "/app-connect/v1", "/app-connect/v1/clients"):
        for method in ("GET", "POST"):
            answer = rest(site, method, path, full(site, admin))
            assert answer.status in (400, 403, 405), (path, answer.status, answer.text[:200])
            if "site-health" in path:
                assert answer.status == 403
                assert answer.json()["error"] == "insufficient_scope"
                assert "insufficient_scope" in (answer.header("WWW-Authenticate") or "")


# The second verdict


@pytest.mark.parametrize("priority", ["-2000", "-1", "10", "1000"])
def test_t7_a_neighbour_that_answers_for_the_route_does_not_answer_a_denied_token(site: Site, posts_only: str, priority: str) -> None:
    options: dict[str, Any] = {"neighbour": "answers-everything", "headers": {"X-Priority": priority}}
    assert_forbidden(rest(site, "GET", "/wp/v2/users", posts_only, **options))
    assert rest(site, "GET", "/wp/v2/posts", posts_only, **options).json() == {"cached": "somebody's data"}


def test_t7_a_request_that_is_changed_after_the_first_verdict_is_judged_again(site: Site, posts_only: str, admin: int) -> None:
    options: dict[str, Any] = {"neighbour": "rewrites-routes,routes", "headers": {"X-Rewrite-To": "/neighbour/v1/open"}}
    denied = rest(site, "GET", "/wp/v2/posts", posts_only, **options)
    assert_forbidden(denied)
    assert ran(denied) is None
    allowed = rest(site, "GET", "/wp/v2/posts", full(site, admin), **options)
    assert (allowed.status, allowed.header("X-Ran")) == (200, "/open")


def test_t7_a_denied_route_never_runs(site: Site, posts_only: str) -> None:
    for path in ("open", "logged-in", "401"):
        answer = rest(site, "GET", f"/neighbour/v1/{path}", posts_only, neighbour="routes")
        assert_forbidden(answer)
        assert ran(answer) is None
    for path in ("update-user", "login", "app-password", "super"):
        answer = rest(site, "POST", f"/neighbour/v1/{path}", posts_only, neighbour="routes", json={"ID": 1})
        assert_forbidden(answer)
        assert ran(answer) is None


def test_t7_jsonp_does_not_change_the_verdict(site: Site, posts_only: str) -> None:
    answer = rest(site, "GET", "/wp/v2/users?_jsonp=cb", posts_only)
    assert answer.status == 403
    assert "insufficient_scope" in answer.text


# ACCOUNT at the route


def account_calls(user_id: int) -> list[tuple[str, str, dict[str, Any] | None]]:
    """What touches an account through core's routes."""
    calls: list[tuple[str, str, dict[str, Any] | None]] = []
    for user in ("me", str(user_id)):
        for fields in ({"password": "owned"}, {"email": "owned@example.com"}, {"roles": ["subscriber"]}, {"username": "owned"}):
            calls += [(method, f"/wp/v2/users/{user}", dict(fields)) for method in ("POST", "PUT", "PATCH")]
            calls.append(("GET", f"/wp/v2/users/{user}?_method=PUT&{'&'.join(f'{key}={value}' for key, value in fields.items() if isinstance(value, str))}", None))
        for path in ("application-passwords", "application-passwords/introspect", "Application-Passwords", "application-passwords/0-0"):
            calls += [(method, f"/wp/v2/users/{user}/{path}", None) for method in ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS")]
    calls.append(("GET", f"/WP/V2/USERS/{user_id}/APPLICATION-PASSWORDS", None))
    return calls


@pytest.mark.parametrize("mode", ["full", "restricted"])
def test_account_routes_are_closed_to_tokens(site: Site, mode: str) -> None:
    """PV-05, PV-06, PV-07: an administrator's token with every capability changes no account of its own."""
    admin = person(site, "administrator", "account")
    bearer = full(site, admin) if mode == "full" else restricted(site, admin, "edit_posts", takeover=["edit_users", "promote_users", "create_users", "delete_users"])
    before = site.sql(f"SELECT user_email, user_pass, user_login FROM wp_users WHERE ID = {admin}")
    roles = site.sql(f"SELECT meta_value FROM wp_usermeta WHERE user_id = {admin} AND meta_key = 'wp_capabilities'")
    for method, path, fields in account_calls(admin):
        if "_method=PUT" in path and path.endswith("&"):
            continue
        answer = rest(site, method, path, bearer, **({"json": fields} if fields else {}))
        assert answer.status == 403, (method, path, fields, answer.text)
        if method != "HEAD":
            assert answer.json()["code"] in ("insufficient_scope", "rest_cannot_edit"), answer.text
    assert site.sql(f"SELECT user_email, user_pass, user_login FROM wp_users WHERE ID = {admin}") == before
    assert site.sql(f"SELECT meta_value FROM wp_usermeta WHERE user_id = {admin} AND meta_key = 'wp_capabilities'") == roles
    assert site.sql(f"SELECT umeta_id FROM wp_usermeta WHERE user_id = {admin} AND meta_key = '_application_passwords'") == []


def test_account_routes_are_closed_under_newline_spellings(site: Site) -> None:
    """`$` matches before a newline, so core's controller answers a route that no list has."""
    admin = person(site, "administrator", "account")
    answer = send(site, "POST", "/?rest_route=/wp/v2/users/me/application-passwords%0A", bearer=full(site, admin), form={"name": "owned"})
    assert answer.status == 403, answer.text
    assert site.sql(f"SELECT umeta_id FROM wp_usermeta WHERE user_id = {admin} AND meta_key = '_application_passwords'") == []


def test_account_routes_are_closed_under_other_names(site: Site) -> None:
    """A plugin that registers core's controllers elsewhere: the handler is judged, not its address."""
    admin = person(site, "administrator", "account")
    options: dict[str, Any] = {"neighbour": "routes", "headers": {"X-Renamed": "1"}}
    assert_forbidden(rest(site, "POST", f"/neighbour/v1/people/{admin}", full(site, admin), json={"password": "owned"}, **options))
    assert_forbidden(rest(site, "POST", f"/neighbour/v1/keys/{admin}", full(site, admin), json={"name": "owned"}, **options))
    assert rest(site, "POST", f"/neighbour/v1/people/{admin}", full(site, admin), json={"nickname": "Ada"}, **options).status == 200


def test_account_fields_that_do_not_change_may_be_sent_back(site: Site) -> None:
    """Clients send whole objects; a full token may change its user's profile."""
    admin = person(site, "administrator", "account")
    me = rest(site, "GET", "/wp/v2/users/me?context=edit", full(site, admin)).json()
    back = {key: me[key] for key in ("username", "email", "roles")} | {"description": "Changed by a token"}
    answer = rest(site, "PUT", "/wp/v2/users/me", full(site, admin), json=back)
    assert (answer.status, answer.json().get("description")) == (200, "Changed by a token"), answer.text


def test_account_is_open_to_a_token_that_says_so(site: Site) -> None:
    """The guard is the token's, not everybody's: with the account ticked the same calls work."""
    admin = person(site, "administrator", "ticked")
    bearer = token(site, admin, mode="full", capabilities=[], account=True)
    assert rest(site, "POST", "/wp/v2/users/me", bearer, json={"email": f"ticked-{admin}-{time.time_ns()}@example.com"}).status == 200
    made = rest(site, "POST", "/wp/v2/users/me/application-passwords", bearer, json={"name": "By a token"})
    assert made.status == 201, made.text


def test_the_denial_has_the_shape_of_wordpress_errors(site: Site, posts_only: str) -> None:
    answer = rest(site, "GET", "/wp/v2/users", posts_only)
    assert json.loads(answer.text) == {
        "code": "insufficient_scope",
        "message": "Forbidden Request: the token does not allow this request",
        "data": {"status": 403},
    }
