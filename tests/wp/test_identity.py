"""Who a token acts for: `/me` and `/userinfo` (design.md §5, §10; OpenID Connect Core §5.3; threats.md OI-03…OI-06, PV-13)."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from auth_support import VERSIONS, assert_invalid_token, assert_uncached, auth_site, cookies, full, new_client, rest, restricted
from conftest import Answer, configure, get_token, make, make_user
from consent_support import new_app, tokens
from lab import Site

ME = "/app-connect/v1/me"
USERINFO = "/app-connect/v1/userinfo"
ALIAS = "/app-connect/v1/me/userinfo"
IDENTITY = [ME, USERINFO, ALIAS]
PROFILE = {"name", "given_name", "family_name", "nickname", "preferred_username", "profile", "picture", "website", "locale", "updated_at"}
FIELDS = {
    "display_name": "Ada Lovelace", "first_name": "Ada", "last_name": "Lovelace", "nickname": "ada", "user_url": "https://ada.example", "locale": "de_DE",
}


@pytest.fixture(scope="module", params=list(VERSIONS))
def site(request: pytest.FixtureRequest) -> Site:
    """A site of each version, with the neighbours."""
    return auth_site(request.param)


@pytest.fixture(scope="module")
def ada(site: Site) -> int:
    """An editor with every claim."""
    return make_user(site, "editor", **FIELDS)


@pytest.fixture(scope="module")
def login_only(site: Site) -> dict[str, Any]:
    """An app that signs people in, and no more."""
    return new_app(site, mode="login_only", bundles=[])


@pytest.fixture(scope="module")
def reader(site: Site) -> dict[str, Any]:
    """An app that reads posts, and may ask who somebody is."""
    return new_app(site, mode="restricted", bundles=["content:read"])


def bearer(site: Site, app: dict[str, Any], user: int, scope: str | None = None) -> str:
    """A token that a person approved."""
    return str(tokens(site, app, user, scope=scope)["access_token"])


# Every live token


def test_me_tells_a_person_by_a_lasting_name(site: Site, ada: int, login_only: dict[str, Any], reader: dict[str, Any]) -> None:
    first = rest(site, "GET", ME, bearer(site, login_only, ada, "openid"))
    assert first.status == 200, first.text
    assert_uncached(first)
    assert (first.header("Content-Type") or "").startswith("application/json")
    body = first.json()
    assert set(body) == {"sub", "id", "client_id", "scope"}
    assert (body["id"], body["client_id"], body["scope"]) == (ada, login_only["client_id"], "openid")
    assert len(body["sub"]) == 22 and str(ada) != body["sub"]
    second = rest(site, "GET", ME, bearer(site, reader, ada, "content:read")).json()
    assert second == {"sub": body["sub"], "id": ada, "client_id": reader["client_id"], "scope": "content:read"}
    other = make_user(site, "editor")
    assert rest(site, "GET", ME, bearer(site, reader, other, "content:read")).json()["sub"] != body["sub"]


def test_me_tells_a_client_of_its_own_by_its_identifier(site: Site, ada: int) -> None:
    client = new_client(site, ada)
    token = get_token(site, client)
    body = rest(site, "GET", ME, token).json()
    assert (body["sub"], body["client_id"], body["id"]) == (client["client_id"], client["client_id"], ada)
    assert not PROFILE & set(body) and "email" not in body
    answer = rest(site, "GET", USERINFO, token)
    assert_lacks_openid(answer)


@pytest.mark.parametrize("kind", ["full", "restricted"])
def test_me_answers_outside_every_allowlist(site: Site, ada: int, kind: str) -> None:
    token = full(site, ada, routes=["GET /wp/v2/tags"]) if kind == "full" else restricted(site, ada, "read", routes=["GET /wp/v2/tags"])
    assert rest(site, "GET", "/wp/v2/posts", token).status == 403
    assert rest(site, "GET", ME, token).json()["id"] == ada


def test_OI_03_a_deleted_users_name_is_nobodys(site: Site, reader: dict[str, Any]) -> None:
    user = make_user(site, "editor")
    token = bearer(site, reader, user, "content:read openid")
    sub = rest(site, "GET", USERINFO, token).json()["sub"]
    site.wp_eval("require_once ABSPATH . 'wp-admin/includes/user.php'; wp_delete_user( (int) $args[0] ); return null;", user)
    for path in IDENTITY:
        assert_invalid_token(rest(site, "GET", path, token))
    site.sql(f"INSERT INTO wp_users (ID, user_login, user_registered) VALUES ({user}, 'again{user}', NOW())")
    site.wp_eval("( new WP_User( (int) $args[0] ) )->set_role( 'editor' ); return null;", user)
    assert_invalid_token(rest(site, "GET", ME, token))
    assert rest(site, "GET", ME, full(site, user)).status == 200
    assert site.sql(f"SELECT COUNT(*) AS n FROM wp_app_connect_subjects WHERE sub = '{sub}' AND user_id IS NOT NULL") == [{"n": "0"}]


# Claims by scope


def assert_lacks_openid(answer: Answer) -> None:
    """RFC 6750 §3.1, for a token without `openid`."""
    assert answer.status == 403, answer.text
    assert answer.error() == "insufficient_scope"
    challenge = answer.header("WWW-Authenticate") or ""
    assert challenge.startswith("Bearer ") and 'error="insufficient_scope"' in challenge and 'scope="openid"' in challenge


@pytest.mark.parametrize("path", [USERINFO, ALIAS])
def test_OI_04_userinfo_needs_openid(site: Site, ada: int, reader: dict[str, Any], path: str) -> None:
    for scope in ("content:read", "content:read profile", "content:read email"):
        assert_lacks_openid(rest(site, "GET", path, bearer(site, reader, ada, scope)))


@pytest.mark.parametrize(
    ("scope", "claims"),
    [
        ("openid", set()),
        ("openid profile", PROFILE),
        ("openid email", {"email", "email_verified"}),
        ("openid profile email", PROFILE | {"email", "email_verified"}),
    ],
)
@pytest.mark.parametrize("app", ["login_only", "reader"])
def test_OI_05_claims_follow_scopes(site: Site, ada: int, request: pytest.FixtureRequest, app: str, scope: str, claims: set[str]) -> None:
    client = request.getfixturevalue(app)
    token = bearer(site, client, ada, scope if app == "login_only" else f"content:read {scope}")
    answers = [rest(site, method, path, token) for path in (USERINFO, ALIAS) for method in ("GET", "POST")]
    assert {answer.status for answer in answers} == {200}, [answer.text for answer in answers]
    body = answers[0].json()
    assert all(answer.json() == body for answer in answers)
    assert set(body) == {"sub"} | claims
    me = rest(site, "GET", ME, token).json()
    assert {name: me[name] for name in body} == body and set(me) == set(body) | {"id", "client_id", "scope"}
    if "name" in body:
        stored = site.sql(f"SELECT user_login FROM wp_users WHERE ID = {ada}")[0]["user_login"]
        assert {name: body[name] for name in PROFILE - {"picture", "profile", "updated_at"}} == {
            "name": "Ada Lovelace", "given_name": "Ada", "family_name": "Lovelace", "nickname": "ada", "preferred_username": stored,
            "website": "https://ada.example", "locale": "de-DE",
        }
        assert body["picture"].startswith("https://")
    if "email" in body:
        assert body["email_verified"] is False and "@" in body["email"]


def test_login_only_asks_for_all_of_them_unless_told_otherwise(site: Site, ada: int, login_only: dict[str, Any]) -> None:
    body = tokens(site, login_only, ada, scope=None)
    assert set(body["scope"].split()) == {"openid", "profile", "email"}
    assert {"sub", "name", "email"} <= set(rest(site, "GET", USERINFO, body["access_token"]).json())


def test_avatars_that_the_site_hides_are_hidden_from_apps(site: Site, ada: int, login_only: dict[str, Any]) -> None:
    token = bearer(site, login_only, ada)
    site.wp_eval("update_option( 'show_avatars', '' ); return null;")
    try:
        assert "picture" not in rest(site, "GET", USERINFO, token).json()
    finally:
        site.wp_eval("update_option( 'show_avatars', '1' ); return null;")


def test_claims_of_other_plugins_come_with_the_profile(site: Site, ada: int, login_only: dict[str, Any]) -> None:
    def ask(scope: str, what: str) -> dict[str, Any]:
        answer = rest(site, "GET", USERINFO, bearers[scope], neighbour="adds-claims", headers={"X-Claims": what})
        assert answer.status == 200, (what, answer.text)
        return dict(answer.json())

    bearers = {scope: bearer(site, login_only, ada, scope) for scope in ("openid", "openid profile", "openid email")}
    plain = {scope: ask(scope, "") for scope in bearers}
    good = ask("openid profile", "good")
    assert {name: good[name] for name in set(good) - set(plain["openid profile"])} == {"member_number": 7000 + ada, "address": {"country": "DE"}, "zoneinfo": "Europe/Berlin"}
    assert ask("openid", "good") == plain["openid"]
    for scope in bearers:
        assert ask(scope, "reserved") == plain[scope], "what stands already stands"
    for what in ("prints", "fails", "nothing", "list", "deep"):
        found = ask("openid profile", what)
        assert {name: found[name] for name in plain["openid profile"]} == plain["openid profile"], what
    assert set(plain["openid profile"]) <= set(ask("openid profile", "odd"))
    assert "a secret" not in site.log_text()


# Nothing else: login_only


ELSEWHERE = [
    ("GET", "/"), ("GET", "/wp/v2"), ("GET", "/wp/v2/posts"), ("GET", "/wp/v2/users/me"), ("GET", "/wp/v2/users"), ("GET", "/wp/v2/types"),
    ("GET", "/wp/v2/settings"), ("GET", "/oembed/1.0/embed?url=x"), ("GET", "/wp-site-health/v1/tests/background-updates"), ("POST", "/wp/v2/posts"),
    ("POST", "/batch/v1"), ("OPTIONS", "/wp/v2/posts"), ("HEAD", "/wp/v2/posts"), ("POST", "/wp/v2/users/me"), ("DELETE", "/wp/v2/users/me"),
    ("GET", "/app-connect/v1"), ("GET", "/app-connect/v1/clients"), ("GET", "/app-connect/v1/settings"), ("GET", "/neighbour/v1/open"),
    ("GET", "/neighbour/v1/logged-in"), ("POST", "/neighbour/v1/can"),
]


@pytest.mark.parametrize("role", ["administrator", "subscriber"])
def test_PV_13_login_only_reaches_identity_and_nothing_else(site: Site, login_only: dict[str, Any], role: str) -> None:
    user = make_user(site, role)
    token = bearer(site, login_only, user)
    for path in IDENTITY:
        assert rest(site, "GET", path, token).status == 200
    for method, path in ELSEWHERE:
        answer = rest(site, method, path, token, neighbour="routes", json={"ask": [["read"]]}) if method == "POST" else rest(site, method, path, token, neighbour="routes")
        assert answer.status == 403, (method, path, answer.status)
        assert answer.header("X-Ran") is None and answer.header("X-Permission") is None
        assert method == "HEAD" or b"insufficient_scope" in answer.body
    for path in ("/app-connect/v1/Me", "/APP-CONNECT/v1/me", "/app-connect/v1/me%0A", "/app-connect/v1/me/x"):
        assert rest(site, "GET", path, token).status in (403, 404), path


def test_identity_routes_change_nothing_and_have_one_method(site: Site, ada: int, login_only: dict[str, Any]) -> None:
    token = bearer(site, login_only, ada)
    before = site.sql(f"SELECT * FROM wp_users WHERE ID = {ada}")
    for path in IDENTITY:
        for method in ("PUT", "PATCH", "DELETE"):
            assert rest(site, method, path, token, json={"name": "owned", "email": "owned@example.com"}).status == 404
    assert rest(site, "POST", USERINFO, token, json={"name": "owned", "email": "owned@example.com"}).json()["name"] == "Ada Lovelace"
    assert site.sql(f"SELECT * FROM wp_users WHERE ID = {ada}") == before


# Without a token


@pytest.mark.parametrize("path", IDENTITY)
def test_without_a_token_there_is_a_challenge_and_nothing_else(site: Site, ada: int, path: str) -> None:
    password = site.wp_eval("return WP_Application_Passwords::create_new_application_password( (int) $args[0], array( 'name' => uniqid() ) )[0];", ada)
    login = site.sql(f"SELECT user_login FROM wp_users WHERE ID = {ada}")[0]["user_login"]
    basic = {"Authorization": "Basic " + base64.b64encode(f"{login}:{password}".encode()).decode()}
    for headers in ({}, cookies(site, ada), cookies(site, ada, with_nonce=False), basic):
        answer = rest(site, "GET", path, headers=headers)
        assert (answer.status, answer.body) == (401, b""), (headers, answer.text)
        assert answer.header("WWW-Authenticate") == 'Bearer realm="App Connect"', "no error code (RFC 6750 §3.1)"
        assert "no-store" in (answer.header("Cache-Control") or "")
    assert rest(site, "GET", "/wp/v2/users/me", headers=basic).status == 200, "the password is good"


@pytest.mark.parametrize("path", IDENTITY)
def test_a_bad_token_is_invalid_in_the_words_of_oauth(site: Site, path: str) -> None:
    for token in ("oauth_ac_a" + "0" * 49, "x", "eyJhbGciOiJub25lIn0.e30."):
        answer = rest(site, "GET", path, token)
        assert_invalid_token(answer)
        assert answer.error() == "invalid_token" and "code" not in answer.json()


def test_OI_05_a_form_carries_the_token_to_userinfo_and_nowhere_else(site: Site, ada: int, login_only: dict[str, Any]) -> None:
    token = bearer(site, login_only, ada, "openid profile email")
    shown = rest(site, "GET", USERINFO, token)
    for path in (USERINFO, ALIAS):
        answer = rest(site, "POST", path, form={"access_token": token})
        assert (answer.status, answer.json()) == (200, shown.json()), answer.text
        assert answer.header("Cache-Control") == shown.header("Cache-Control")
        both = rest(site, "POST", path, token, form={"access_token": token})
        assert (both.status, both.error()) == (400, "invalid_request"), both.text
        bad = rest(site, "POST", path, form={"access_token": token[:-1] + ("a" if token[-1] != "a" else "b")})
        assert (bad.status, bad.error()) == (401, "invalid_token"), bad.text
        assert rest(site, "POST", path, form={}).status == 401
    for path in (ME, "/wp/v2/users/me"):
        assert rest(site, "POST", path, form={"access_token": token}).status in (401, 404, 405), path
    assert rest(site, "GET", f"{USERINFO}?access_token={token}").status in (400, 401)


def test_OI_10_the_profile_tells_of_the_persons_page_of_the_last_change_and_of_roles_where_the_site_says_so(site: Site) -> None:
    person = make_user(site, "author", first_name="Ann")
    client = new_app(site, mode="login_only", bundles=[], capabilities=[])
    token = bearer(site, client, person, "openid profile")
    told = rest(site, "GET", USERINFO, token).json()
    stored = site.sql(f"SELECT user_nicename AS n, UNIX_TIMESTAMP(user_registered) AS t FROM wp_users WHERE ID = {person}")[0]
    assert told["profile"].endswith(f"/author/{stored['n']}/") or "author=" in told["profile"]
    assert "roles" not in told and "zoneinfo" not in told
    site.sql(f"DELETE FROM wp_usermeta WHERE user_id = {person} AND meta_key = '_app_connect_updated_at'")
    site.wp_eval("wp_cache_flush(); return null;")
    before = rest(site, "GET", USERINFO, token).json()["updated_at"]
    site.wp_eval("wp_update_user( array( 'ID' => (int) $args[0], 'first_name' => 'Anna' ) ); update_option( 'timezone_string', 'Europe/Berlin' ); return null;", person)
    configure(site, role_claims=True)
    try:
        after = rest(site, "GET", USERINFO, token).json()
        assert before <= told["updated_at"] <= after["updated_at"] and after["updated_at"] > before - 1
        assert (after["given_name"], after["roles"], after["zoneinfo"]) == ("Anna", ["author"], "Europe/Berlin")
    finally:
        configure(site, role_claims=False)
        site.wp_eval("update_option( 'timezone_string', '' ); return null;")


# Scripts of other origins


@pytest.mark.parametrize("path", IDENTITY)
def test_WP_23_any_script_may_ask_and_none_with_cookies(site: Site, ada: int, login_only: dict[str, Any], path: str) -> None:
    token = bearer(site, login_only, ada)
    origin = {"Origin": "https://spa.example"}
    for answer, status in (
        (rest(site, "GET", path, token, headers=origin), 200),
        (rest(site, "GET", path, headers=origin), 401),
        (rest(site, "GET", path, "x", headers=origin), 401),
        (rest(site, "GET", path, headers=origin | cookies(site, ada)), 401),
        (rest(site, "OPTIONS", path, headers=origin | {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}), 200),
    ):
        assert answer.status == status
        assert answer.header("Access-Control-Allow-Origin") == "*", answer.headers
        assert answer.header("Access-Control-Allow-Credentials") is None
        assert "WWW-Authenticate" in (answer.header("Access-Control-Expose-Headers") or "")
    assert "Authorization" in (answer.header("Access-Control-Allow-Headers") or "")
    assert rest(site, "GET", path, token).header("Access-Control-Allow-Origin") is None


# WordPress' own parameters


def test_wordpress_parameters_hide_no_error_and_break_nothing(site: Site, ada: int, login_only: dict[str, Any], reader: dict[str, Any]) -> None:
    token, lacks = bearer(site, login_only, ada), bearer(site, reader, ada, "content:read")
    assert rest(site, "GET", f"{USERINFO}?_fields=sub", token).json() == {"sub": rest(site, "GET", USERINFO, token).json()["sub"]}
    assert rest(site, "GET", f"{USERINFO}?_envelope", token).json()["status"] == 200
    assert rest(site, "GET", f"{USERINFO}?_envelope", lacks).status == 403
    assert rest(site, "GET", f"{USERINFO}?_embed", token).status == 200
    assert rest(site, "HEAD", USERINFO, token).status == 200
    index = rest(site, "GET", "/app-connect/v1").json()["routes"]
    assert {ME, USERINFO, ALIAS} <= set(index) and index[USERINFO]["methods"] == ["GET", "POST"] and index[ME]["methods"] == ["GET"]
    schema = rest(site, "OPTIONS", ME).json()["schema"]
    assert schema["title"] == "app-connect-me"


def test_identity_is_off_with_the_server(site: Site, ada: int, login_only: dict[str, Any]) -> None:
    token = bearer(site, login_only, ada)
    site.wp_eval("AppConnect\\WP\\Settings::apply( array( 'enabled' => false ) ); return null;")
    try:
        assert rest(site, "GET", ME, token).status == 503
    finally:
        site.wp_eval("AppConnect\\WP\\Settings::apply( array( 'enabled' => true ) ); return null;")
    assert rest(site, "GET", ME, token).status == 200


def test_F6_a_database_lost_under_the_claims_is_503(site: Site, ada: int, login_only: dict[str, Any]) -> None:
    token = bearer(site, login_only, ada, "openid")
    site.fixture("lost", "if ( isset( $_SERVER['HTTP_X_LOST'] ) ) { add_filter( 'rest_pre_dispatch', fn ( $r ) => [ $r, clean_user_cache( get_current_user_id() ), add_filter( 'query', fn ( $q ) => str_contains( $q, 'FROM wp_user' ) ? 'nonsense' : $q ) ][0] ); }")
    try:
        assert_oauth_error_in_rest(rest(site, "GET", USERINFO, token, headers={"X-Lost": "1"}))
    finally:
        site.remove_fixture("lost")


def assert_oauth_error_in_rest(answer: Answer) -> None:
    """503 in the words of OAuth."""
    assert (answer.status, answer.error()) == (503, "temporarily_unavailable"), answer.text
    assert int(answer.header("Retry-After") or 0) > 0


def test_identity_works_with_plain_permalinks() -> None:
    site = make("plain71")
    user = make_user(site, "editor")
    token = tokens(site, new_app(site, mode="login_only", bundles=[]), user, scope="openid")["access_token"]
    assert rest(site, "GET", ME, token).json()["id"] == user
    assert rest(site, "POST", USERINFO, token).status == 200
