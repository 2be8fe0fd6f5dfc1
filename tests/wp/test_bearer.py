"""Who a request is (design §7 T3, T5, T8, T10; threats.md §2.9)."""

from __future__ import annotations

import base64
import time
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from auth_support import (
    VERSIONS,
    assert_forbidden,
    assert_invalid_token,
    assert_uncached,
    auth_site,
    cookies,
    full,
    log_in,
    new_client,
    person,
    rest,
    restricted,
    who,
)
from conftest import Answer, get_token, revoke, route, send
from lab import Site

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@pytest.fixture(scope="module", params=list(VERSIONS))
def site(request: pytest.FixtureRequest) -> Site:
    """A site of each version, with the neighbours."""
    return auth_site(request.param)


def well_formed(kind: str) -> str:
    """A token that nobody was given, of any kind, with a right checksum."""
    text = f"oauth_ac_{kind}" + "A" * 43
    rest_of, digits = zlib.crc32(text.encode()), ""
    for _ in range(6):
        rest_of, digit = divmod(rest_of, 62)
        digits = BASE62[digit] + digits
    return text + digits


BAD = "oauth_ac_a" + "0" * 49
ME = "/wp/v2/users/me"


# The 17 cases: a token of A, a cookie of B, neighbours, routes


class Case:
    """One row of the table: what is sent, and who it is."""

    def __init__(self, number: int, title: str, expected: str, send_it: Callable[[Site, int, int], Answer]) -> None:
        self.number = number
        self.title = title
        self.expected = expected
        self.send_it = send_it

    def __repr__(self) -> str:
        return f"{self.number:02d}-{self.title.replace(' ', '-')}"


def page(path: str, neighbour: str = "witness", method: str = "GET", **headers: str) -> Callable[[Site, int, int], Answer]:
    """A request that is none for the REST API, with A's token."""
    return lambda site, a, b: send(
        site, method, site.subdirectory + path, bearer=full(site, a), headers={"X-Neighbour": neighbour} | headers
    )


CASES = [
    Case(1, "token", "A", lambda site, a, b: rest(site, "GET", ME, full(site, a))),
    Case(2, "token, a neighbour resolves the user early", "A", lambda site, a, b: rest(site, "GET", ME, full(site, a), neighbour="resolves-early")),
    Case(3, "token and cookie without nonce", "A", lambda site, a, b: rest(site, "GET", ME, full(site, a), headers=cookies(site, b, with_nonce=False))),
    Case(4, "token and cookie with nonce", "A", lambda site, a, b: rest(site, "GET", ME, full(site, a), headers=cookies(site, b))),
    Case(5, "bad token and cookie with nonce", "401", lambda site, a, b: rest(site, "GET", ME, BAD, headers=cookies(site, b))),
    Case(6, "bad token on a public route", "401", lambda site, a, b: rest(site, "GET", "/wp/v2/posts", BAD)),
    Case(7, "bad token, a neighbour says yes at 0", "401", lambda site, a, b: rest(site, "GET", "/wp/v2/posts", BAD, neighbour="says-yes", headers={"X-Priority": "0"} | cookies(site, b))),
    Case(8, "bad token, a neighbour says yes at 99", "401", lambda site, a, b: rest(site, "GET", "/wp/v2/posts", BAD, neighbour="says-yes", headers={"X-Priority": "99"} | cookies(site, b))),
    Case(9, "token, a neighbour wants a login at 1", "A", lambda site, a, b: rest(site, "GET", ME, full(site, a), neighbour="login-required", headers={"X-Priority": "1"})),
    Case(10, "token, a neighbour wants a login at 10", "A", lambda site, a, b: rest(site, "GET", ME, full(site, a), neighbour="login-required", headers={"X-Priority": "10"})),
    Case(11, "token on a preview, resolved early", "nobody", page("/?p=1&preview=1", "witness,resolves-early")),
    Case(12, "token on a page that names the REST API", "nobody", page("/?x=/wp-json/")),
    Case(13, "token on admin-ajax.php", "nobody", page("/wp-admin/admin-ajax.php?x=/wp-json/")),
    Case(14, "token on wp-login.php with a route", "nobody", page("/wp-login.php?rest_route=/wp/v2/posts")),
    Case(15, "token on a route in the query", "A", lambda site, a, b: send(site, "GET", f"{site.subdirectory}/?rest_route={ME}", bearer=full(site, a))),
    Case(16, "token on a route below index.php", "A", lambda site, a, b: send(site, "GET", f"{site.subdirectory}/index.php/wp-json{ME}", bearer=full(site, a))),
    Case(17, "token, a neighbour dispatches at init", "A", lambda site, a, b: rest(site, "GET", ME, full(site, a), neighbour="dispatches-at-init")),
]


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_t3_the_17_cases_of_bearer_resolution(site: Site, case: Case) -> None:
    """The table of threats.md §2.9: A is the token's user, B the cookie's."""
    a, b = person(site, "editor", "A"), person(site, "administrator", "B")
    answer = case.send_it(site, a, b)
    if case.expected == "A":
        assert who(answer) == a
        assert answer.header("X-WP-Nonce") is None
        assert_uncached(answer)
    elif case.expected == "401":
        assert_invalid_token(answer)
    else:
        assert answer.header("X-Witness-User") == "0", answer.headers
        assert answer.header("X-WP-Nonce") is None
    if case.number == 17:
        assert answer.header("X-Inner") == "401", "the inner call is nobody's"


@pytest.mark.parametrize("with_nonce", [True, False])
def test_t3_the_cookies_alone_would_be_somebody(site: Site, with_nonce: bool) -> None:
    """The table's cookies are good ones: without a token they are B with a nonce, and nobody without."""
    b = person(site, "administrator", "B")
    assert who(rest(site, "GET", ME, headers=cookies(site, b, with_nonce=with_nonce))) == (b if with_nonce else 0)


def test_t3_a_page_would_see_a_cookie(site: Site) -> None:
    """The witness sees users: the cases that end with nobody are not blind."""
    b = person(site, "administrator", "B")
    answer = send(site, "GET", f"{site.subdirectory}/", headers={"X-Neighbour": "witness", "Cookie": log_in(site, b)})
    assert answer.header("X-Witness-User") == str(b)


def test_t3_an_early_resolver_sees_nobody_before_the_request_is_known(site: Site) -> None:
    """Code on `init` sees the cookie's user or nobody; from `rest_api_init` on it is the token's."""
    a = person(site, "editor", "A")
    answer = rest(site, "GET", ME, full(site, a), neighbour="resolves-early")
    seen = [answer.header(f"X-Early-{hook}") for hook in ("plugins_loaded", "init", "parse_request", "rest_api_init")]
    assert seen == ["0", "0", "0", str(a)]


@pytest.mark.parametrize("hook", ["rest_api_init", "rest_jsonp_enabled", "rest_authentication_errors"])
def test_t3_another_plugin_cannot_slip_its_user_in_before_authentication(site: Site, hook: str) -> None:
    """Somebody becomes B between resolution and authentication: the request is A's all the same."""
    a, b = person(site, "editor", "A"), person(site, "administrator", "B")
    answer = rest(site, "GET", ME, full(site, a), neighbour="changes-user", headers={"X-Become": str(b), "X-Become-On": hook})
    assert who(answer) == a


@pytest.mark.parametrize("hook", ["rest_api_init", "rest_authentication_errors", "rest_pre_dispatch", "rest_request_before_callbacks"])
def test_t3_b_whoever_asks_again_gets_the_same_answer(site: Site, hook: str) -> None:
    """WordPress determines the user anew, with a good cookie in the request."""
    a, b = person(site, "editor", "A"), person(site, "administrator", "B")
    options: dict[str, Any] = {"neighbour": "forgets-user", "headers": cookies(site, b) | {"X-Forget-On": hook}}
    assert who(rest(site, "GET", ME, full(site, a), **options)) == a
    assert_invalid_token(rest(site, "GET", ME, BAD, **options))


@pytest.mark.parametrize("path", ["/wp/v2/posts", ME, "/no/such/route", "/app-connect/v1/me"])
def test_t3_d_the_gate_refuses_a_bad_bearer_again(site: Site, path: str) -> None:
    """Somebody has the last word on authentication, and says yes."""
    b = person(site, "administrator", "B")
    options: dict[str, Any] = {"neighbour": "says-yes", "headers": cookies(site, b) | {"X-Priority": "last"}}
    assert_invalid_token(rest(site, "GET", path, BAD, **options))
    assert_invalid_token(rest(site, "POST", "/wp/v2/posts", BAD, json={"title": "No"}, **options))


@pytest.mark.parametrize("priority", ["0", "99"])
def test_t3_d_no_neighbour_answers_a_bad_bearer(site: Site, priority: str) -> None:
    """A neighbour that answers every request does not answer one with a bad token."""
    answer = rest(site, "GET", "/wp/v2/posts", BAD, neighbour="answers-everything", headers={"X-Priority": priority})
    assert_invalid_token(answer)


def test_t8_foreign_bearers_pass_untouched(site: Site) -> None:
    """A bearer that is not ours belongs to another plugin, which knows it, or refuses it."""
    b = person(site, "author", "B")
    assert who(rest(site, "GET", ME, f"foreign-{b}", neighbour="foreign-tokens")) == b
    refused = rest(site, "GET", ME, "foreign-x", neighbour="foreign-tokens")
    assert (refused.status, refused.json()["code"]) == (401, "foreign_unknown")
    assert "invalid_token" not in (refused.header("WWW-Authenticate") or "")
    assert rest(site, "GET", "/wp/v2/posts", "eyJhbGciOiJSUzI1NiJ9.e30.AAAA").status == 200


def test_t8_requests_without_a_token_are_never_blocked(site: Site) -> None:
    """Visitors, cookies and application passwords are as they were."""
    b = person(site, "administrator", "B")
    assert rest(site, "GET", "/wp/v2/posts").status == 200
    assert rest(site, "POST", "/wp/v2/posts", headers=cookies(site, b), json={"title": "By cookie"}).status == 201
    made = rest(site, "POST", "/wp/v2/users/me/application-passwords", headers=cookies(site, b), json={"name": f"t{time.time()}"})
    assert made.status == 201, made.text
    pair = f"{site.wp_eval('return get_userdata( (int) $args[0] )->user_login;', b)}:{made.json()['password']}"
    basic = "Basic " + base64.b64encode(pair.encode()).decode()
    assert who(rest(site, "GET", ME, headers={"Authorization": basic})) == b


def test_t3_a_token_and_a_cookie_of_the_same_user_are_only_the_token(site: Site) -> None:
    """The cookie's session was resolved first, unrestricted: nothing of it may stay (kses, capabilities, roles)."""
    admin = person(site, "administrator", "same")
    bearer = restricted(site, admin, "edit_posts", "publish_posts")
    headers = cookies(site, admin)
    posted = rest(site, "POST", "/wp/v2/posts", bearer, neighbour="resolves-early", headers=headers, json={"title": "x", "status": "publish", "content": "<script>alert(1)</script>ok"})
    assert posted.status == 201, posted.text
    assert posted.header("X-WP-Nonce") is None, "a nonce would extend the cookie's session"
    assert "<script" not in str(site.sql(f"SELECT post_content FROM wp_posts WHERE ID = {int(posted.json()['id'])}"))
    me = rest(site, "GET", "/neighbour/v1/open", bearer, neighbour="routes,resolves-early", headers=headers).json()
    assert (me["roles"], me["admin"], "manage_options" in me["allcaps"]) == ([], False, False)


# BR


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER ", "Bearer    "])
def test_br_01_the_scheme_in_any_case_and_with_spaces(site: Site, scheme: str) -> None:
    a = person(site, "editor", "A")
    assert who(rest(site, "GET", ME, headers={"Authorization": scheme + full(site, a)})) == a


def test_br_01_an_empty_bearer_is_nobody_and_on_our_routes_refused(site: Site) -> None:
    assert who(rest(site, "GET", ME, headers={"Authorization": "Bearer"})) == 0
    assert rest(site, "GET", "/app-connect/v1/site-health/probe", headers={"Authorization": "Bearer"}).status in (400, 401)


def test_br_02_no_token_is_401_with_a_challenge_without_error(site: Site) -> None:
    answer = rest(site, "GET", "/app-connect/v1/site-health/bearer")
    assert answer.status == 401
    challenge = answer.header("WWW-Authenticate") or ""
    assert challenge.startswith("Bearer realm=")
    assert "error" not in challenge


def expired(site: Site, bearer: str) -> None:
    """Ends a token now."""
    site.wp_eval(
        "global $wpdb; return $wpdb->query( $wpdb->prepare( "
        "\"UPDATE {$wpdb->prefix}app_connect_tokens SET expires_at = %d WHERE digest = %s\", time() - 1, AppConnect\\digest_token( $args[0] ) ) );",
        bearer,
    )


@pytest.mark.parametrize("kind", ["expired", "revoked", "garbage", "unknown", "truncated"])
@pytest.mark.parametrize("as_well", ["nothing", "cookie"])
def test_br_03_a_bad_token_is_never_anonymous_nor_the_cookies_user(site: Site, kind: str, as_well: str) -> None:
    a, b = person(site, "editor", "A"), person(site, "administrator", "B")
    client = new_client(site, a, mode="full", capabilities=[])
    bearer = get_token(site, client)
    assert rest(site, "GET", "/wp/v2/posts", bearer).status == 200
    if kind == "expired":
        expired(site, bearer)
    elif kind == "revoked":
        assert revoke(site, client, bearer).status == 200
    elif kind == "garbage":
        bearer = "oauth_ac_a?!"
    elif kind == "unknown":
        bearer = well_formed("a")
    else:
        bearer = bearer[:-1]
    headers = cookies(site, b) if as_well == "cookie" else {}
    for path in ("/wp/v2/posts", ME, "/", "/no/such/route", "/app-connect/v1/me"):
        assert_invalid_token(rest(site, "GET", path, bearer, headers=headers))
    assert_invalid_token(rest(site, "POST", "/wp/v2/posts", bearer, headers=headers, json={"title": "No"}))


def test_br_04_an_insufficient_token_is_403_with_its_scope(site: Site) -> None:
    a = person(site, "editor", "A")
    answer = rest(site, "GET", "/wp/v2/users", full(site, a, routes=["GET /wp-json/wp/v2/posts"]))
    assert_forbidden(answer)
    assert 'scope="wp"' in (answer.header("WWW-Authenticate") or "")


def test_br_05_a_token_in_the_address_is_refused(site: Site) -> None:
    a = person(site, "editor", "A")
    assert_invalid_token(rest(site, "GET", f"/wp/v2/posts?access_token={full(site, a)}"), 400)
    assert_invalid_token(rest(site, "GET", f"/wp/v2/posts?access_token={full(site, a)}", full(site, a)), 400)


def test_br_06_a_token_in_a_form_is_nobodys(site: Site) -> None:
    a = person(site, "editor", "A")
    answer = rest(site, "POST", "/wp/v2/posts", form={"access_token": full(site, a), "title": "No"})
    assert answer.status == 401, answer.text


def test_br_07_a_token_of_one_site_of_a_network_is_nothing_on_another() -> None:
    network = auth_site("authnet71", wp="7.1", multisite=True)
    admin = person(network, "administrator", "A")
    bearer = full(network, admin)
    assert who(rest(network, "GET", ME, bearer)) == admin
    if not network.sql("SELECT blog_id FROM wp_blogs WHERE path = '/two/'"):
        network.add_blog("two")
    assert_invalid_token(send(network, "GET", f"/two/wp-json{ME}", bearer=bearer))


@pytest.mark.parametrize("kind", ["c", "p", "r"])
def test_br_08_other_kinds_of_tokens_are_no_bearers(site: Site, kind: str) -> None:
    assert_invalid_token(rest(site, "GET", "/wp/v2/posts", well_formed(kind)))


def test_br_08_a_client_secret_is_no_bearer(site: Site) -> None:
    client = new_client(site, person(site, "editor", "A"))
    assert rest(site, "GET", ME, client["secret"]).status == 401
    assert rest(site, "GET", ME, client["client_id"]).status == 401


ELSEWHERE = [
    ("GET", "/"),
    ("GET", "/?p=1&preview=1"),
    ("GET", "/?rest_route[]=/wp/v2/posts"),
    ("GET", "/wp-admin/"),
    ("GET", "/wp-admin/?rest_route=/wp/v2/posts"),
    ("GET", "/wp-admin/admin-ajax.php?action=heartbeat"),
    ("POST", "/wp-admin/admin-ajax.php?x=/wp-json/"),
    ("GET", "/wp-admin/admin-post.php?action=x"),
    ("POST", "/wp-admin/admin-ajax.php/wp-json/wp/v2/users/me"),
    ("GET", "/wp-login.php"),
    ("GET", "/wp-cron.php"),
    ("GET", "/feed/"),
    ("GET", "/wp-comments-post.php"),
]


@pytest.mark.parametrize(("method", "path"), ELSEWHERE, ids=lambda value: str(value))
def test_br_10_br_11_outside_the_rest_api_a_token_is_nobodys(site: Site, method: str, path: str) -> None:
    answer = page(path, "witness,resolves-early", method)(site, person(site, "administrator", "A"), 0)
    assert answer.header("X-Witness-User") in ("0", None), answer.headers
    assert all(value == "0" for name, value in answer.headers if name.startswith("X-Early-")), answer.headers
    if path.startswith("/wp-admin/") and "ajax" not in path and "post.php" not in path:
        assert answer.status == 302 and "wp-login.php" in (answer.header("Location") or "")


def test_br_10_xmlrpc_takes_no_token(site: Site) -> None:
    a = person(site, "administrator", "A")
    login = site.wp_eval("return get_userdata( (int) $args[0] )->user_login;", a)
    call = (
        "<methodCall><methodName>wp.getUsersBlogs</methodName><params><param><value>%s</value></param>"
        "<param><value>%s</value></param></params></methodCall>" % (login, full(site, a))
    )
    answer = send(site, "POST", "/xmlrpc.php", body=call, bearer=full(site, a), headers={"Content-Type": "text/xml"})
    assert "<int>403</int>" in answer.text, answer.text


@pytest.mark.parametrize("joined", ["{b}, {t}", "{t}, {b}", "{t},{b}"])
def test_br_13_a_token_and_an_application_password_in_one_value_are_refused(site: Site, joined: str) -> None:
    a = person(site, "editor", "A")
    value = joined.format(b="Basic dXNlcjpwYXNz", t=f"Bearer {full(site, a)}")
    assert_invalid_token(rest(site, "GET", "/wp/v2/posts", headers={"Authorization": value}), 400)


def test_br_13_two_authorization_headers_are_never_two_users(site: Site) -> None:
    a = person(site, "editor", "A")
    answer = send(
        site, "GET", route(site, ME),
        headers=[("Authorization", f"Bearer {full(site, a)}"), ("Authorization", f"Bearer {BAD}")],
    )
    assert answer.status in (400, 401) or who(answer) == a


@pytest.mark.parametrize("length", [7000, 1_000_000])
def test_br_15_a_huge_header_is_refused_quickly(site: Site, length: int) -> None:
    started = time.monotonic()
    try:
        answer = rest(site, "GET", "/wp/v2/posts", "oauth_ac_a" + "A" * length)
    except (BrokenPipeError, ConnectionResetError):
        assert length > 8192, "the server hung up on a header that it takes"
    else:
        assert answer.status in (400, 401, 414, 431, 494), answer.status
    assert time.monotonic() - started < 2


def test_br_16_an_answer_to_a_token_is_kept_by_no_page_cache(site: Site) -> None:
    a = person(site, "editor", "A")
    stamp = str(time.time_ns())
    cached = {"neighbour": "page-cache"}
    # The cache works: what a visitor got, the next one gets from it.
    assert rest(site, "GET", f"/wp/v2/posts?x={stamp}", **cached).header("X-Page-Cache") is None
    assert rest(site, "GET", f"/wp/v2/posts?x={stamp}", **cached).header("X-Page-Cache") == "hit"
    mine = rest(site, "GET", f"{ME}?context=edit&x={stamp}", full(site, a), **cached)
    assert mine.status == 200
    assert_uncached(mine)
    yours = rest(site, "GET", f"{ME}?context=edit&x={stamp}", **cached)
    assert yours.header("X-Page-Cache") is None
    assert yours.status == 401
    # Nor is a refusal kept.
    assert_invalid_token(rest(site, "GET", f"/wp/v2/posts?y={stamp}", BAD, **cached))
    assert rest(site, "GET", f"/wp/v2/posts?y={stamp}", **cached).header("X-Page-Cache") is None


# T4, T5


@pytest.mark.parametrize("path", ["/wp/v2/posts", "/app-connect/v1/me"])
@pytest.mark.parametrize("how", ["_envelope=1", "_envelope", "_envelope=1&_embed=1"])
def test_t4_an_envelope_does_not_hide_a_bad_bearer(site: Site, path: str, how: str) -> None:
    assert_invalid_token(rest(site, "GET", f"{path}?{how}", BAD))


def test_t4_an_envelope_does_not_hide_the_gate(site: Site) -> None:
    a = person(site, "editor", "A")
    assert_forbidden(rest(site, "GET", "/wp/v2/users?_envelope=1", full(site, a, routes=["GET /wp-json/wp/v2/posts"])))


def test_t4_an_envelope_of_an_allowed_answer_is_one(site: Site) -> None:
    a = person(site, "editor", "A")
    answer = rest(site, "GET", f"{ME}?_envelope=1", full(site, a))
    assert (answer.status, answer.json()["status"], answer.json()["body"]["id"]) == (200, 200, a)


def test_t4_our_routes_answer_as_oauth_wants_it_and_others_as_wordpress_does(site: Site) -> None:
    ours = rest(site, "GET", "/app-connect/v1/me", BAD).json()
    assert (set(ours), ours["error"]) == ({"error", "error_description"}, "invalid_token")
    theirs = rest(site, "GET", "/wp/v2/posts", BAD).json()
    assert (theirs["code"], theirs["data"]) == ("invalid_token", {"status": 401})


def test_t4_every_401_to_a_token_has_a_challenge(site: Site) -> None:
    a = person(site, "editor", "A")
    answer = rest(site, "GET", "/neighbour/v1/401", full(site, a), neighbour="routes")
    assert (answer.status, answer.json()["code"]) == (401, "neighbour_401")
    assert (answer.header("WWW-Authenticate") or "").startswith("Bearer ")
    assert rest(site, "GET", "/neighbour/v1/401", neighbour="routes").header("WWW-Authenticate") is None


@pytest.mark.parametrize("how", ["response", "header"])
def test_t4_the_challenge_of_another_plugin_stays_beside_ours(site: Site, how: str) -> None:
    answer = rest(site, "GET", "/wp/v2/posts", BAD, neighbour="challenges", headers={"X-Challenge": how})
    assert_invalid_token(answer)
    assert 'Other realm="neighbour"' in (answer.header("WWW-Authenticate") or "")


def test_t5_scripts_of_other_origins_can_read_the_challenge(site: Site) -> None:
    origin = {"Origin": "https://app.example"}
    answer = rest(site, "GET", "/wp/v2/posts", BAD, headers=origin)
    assert "WWW-Authenticate" in (answer.header("Access-Control-Expose-Headers") or "")
    preflight = rest(site, "OPTIONS", "/wp/v2/posts", headers=origin | {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"})
    assert preflight.status == 200
    assert "Authorization" in (preflight.header("Access-Control-Allow-Headers") or "")


def test_t5_our_routes_never_allow_credentials_to_a_reflected_origin(site: Site) -> None:
    answer = rest(site, "GET", "/app-connect/v1/me", BAD, headers={"Origin": "https://app.example"})
    assert answer.header("Access-Control-Allow-Credentials") is None
    others = rest(site, "GET", "/wp/v2/posts", headers={"Origin": "https://app.example"})
    assert others.header("Access-Control-Allow-Credentials") == "true"


def test_tk_23_no_token_reaches_a_log(site: Site) -> None:
    """TK-23, for the bearer path."""
    a = person(site, "editor", "A")
    bearer = full(site, a)
    rest(site, "GET", ME, bearer)
    rest(site, "GET", f"/wp/v2/posts?access_token={bearer}")
    rest(site, "GET", ME, bearer + "x")
    log: Any = site.log_text() + site.logs["access"].read_text(errors="replace") + site.logs["nginx"].read_text(errors="replace")
    assert bearer not in log
