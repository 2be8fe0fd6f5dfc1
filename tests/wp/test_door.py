"""The door and its REST twins: whatever the spelling, one answer (design.md §2, threats.md WP-01, WP-02, TK-01…04, TK-20).

Each row of SPELLINGS is sent with the door open and closed. Both answers must agree in status, body, Content-Type,
Cache-Control, Pragma, WWW-Authenticate, Allow, Retry-After and Access-Control-*, and be what the row says.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from conftest import CC, Answer, assert_oauth_error, backend_of, basic, get_token, make, route, send, token_path, view
from lab import Site

FORM = "application/x-www-form-urlencoded"
BODY = "grant_type=client_credentials"
TOKEN = "/app-connect/v1/token"
POSTS = "/wp/v2/posts"


@dataclass
class Spelling:
    """One way to write a token request, and what becomes of it."""

    name: str
    path: str
    status: int | tuple[int, ...]
    error: str | None = None
    method: str = "POST"
    body: str | bytes | None = BODY
    type: str | None = FORM
    headers: list[tuple[str, str]] = field(default_factory=list)
    ours: bool = True
    """Whether the protocol answers; if not, WordPress' own page or REST error is only compared by status."""


# {home} is the path of the home address, {token} the canonical path of the endpoint below the host.
EVERYWHERE = [
    Spelling("canonical", "{token}", 200),
    Spelling("the plain one", "{home}/?rest_route=/app-connect/v1/token", 200),
    Spelling("the plain one with index.php", "{home}/index.php?rest_route=/app-connect/v1/token", 200),
    Spelling("plain and escaped", "{home}/?rest_route=%2Fapp-connect%2Fv1%2Ftoken", 200),
    Spelling("plain with an escaped name", "{home}/?rest%5Froute=/app-connect/v1/token", 200),
    Spelling("plain with a dotted name", "{home}/?rest.route=/app-connect/v1/token", 200),
    Spelling("plain and upper case", "{home}/?rest_route=/APP-CONNECT/V1/TOKEN", 200),
    Spelling("plain with a slash at the end", "{home}/?rest_route=/app-connect/v1/token/", 200),
    Spelling("plain with two slashes", "{home}/?rest_route=//app-connect/v1/token", 404, ours=False),
    Spelling("plain with a newline", "{home}/?rest_route=/app-connect/v1/token%0A", 200),
    Spelling("plain and given twice, ours last", "{home}/?rest_route=/wp/v2/posts&rest_route=/app-connect/v1/token", 200),
    Spelling("plain and given twice, ours first", "{home}/?rest_route=/app-connect/v1/token&rest_route=/wp/v2/nothing", 404, ours=False),
    Spelling("plain as a list", "{home}/?rest_route[]=/app-connect/v1/token", 400, ours=False),
    Spelling("GET", "{token}", 405, "invalid_request", method="GET", body=None, type=None),
    Spelling("HEAD", "{token}", 405, method="HEAD", body=None, type=None),
    Spelling("PUT", "{token}", 405, "invalid_request", method="PUT"),
    Spelling("DELETE", "{token}", 405, "invalid_request", method="DELETE"),
    Spelling("OPTIONS", "{token}", (200, 204, 405), method="OPTIONS", body=None, type=None),
    Spelling("a preflight", "{token}", (200, 204, 405), method="OPTIONS", body=None, type=None, headers=[
        ("Origin", "https://app.example"), ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Headers", "authorization"),
    ]),
    Spelling("an unknown method", "{token}", 405, "invalid_request", method="BREW"),
    Spelling("GET ?_method=POST", "{token}{and}_method=POST", 405, "invalid_request", method="GET", body=None, type=None),
    Spelling("POST ?_method=GET", "{token}{and}_method=GET", 400, "invalid_request"),
    Spelling("?_jsonp", "{token}{and}_jsonp=callback", 400, "invalid_request"),
    Spelling("GET ?_jsonp", "{token}{and}_method=POST&_jsonp=cb&grant_type=client_credentials", 405, method="GET", body=None, type=None),
    Spelling("?_envelope", "{token}{and}_envelope=1", 400, "invalid_request"),
    Spelling("?_fields", "{token}{and}_fields=scope", 400, "invalid_request"),
    Spelling("?_embed", "{token}{and}_embed=1", 200),
    Spelling("GET with an override header", "{token}", 405, "invalid_request", method="GET", body=None, type=None,
             headers=[("X-HTTP-Method-Override", "POST")]),
    Spelling("POST with an override header", "{token}", 400, "invalid_request", headers=[("X-HTTP-Method-Override", "DELETE")]),
    Spelling("_method in the body", "{token}", 400, "invalid_request", body=BODY + "&_method=DELETE"),
    Spelling("a route in the body, ours", "{token}", 400, "invalid_request", body=BODY + "&rest_route=" + TOKEN),
    Spelling("a route in the body, another", "{token}", 400, "invalid_request", body=BODY + "&rest_route=" + POSTS),
    Spelling("a route in the body as a list", "{token}", 400, "invalid_request", body=BODY + "&rest_route[]=" + POSTS),
    Spelling("our route in the body of the home page", "{home}/", 400, "invalid_request", body=BODY + "&rest_route=" + TOKEN),
    Spelling("our route in a multipart body", "{home}/", 400, "invalid_request", type="multipart/form-data; boundary=b",
             body="--b\r\nContent-Disposition: form-data; name=\"rest_route\"\r\n\r\n" + TOKEN + "\r\n--b--\r\n"),
    Spelling("a wrong nonce", "{token}", 200, headers=[("X-WP-Nonce", "0123456789")]),
    Spelling("Accept: text/html", "{token}", 200, headers=[("Accept", "text/html")]),
    Spelling("Accept-Encoding", "{token}", 200, headers=[("Accept-Encoding", "gzip")]),
    Spelling("a foreign Origin", "{token}", 200, headers=[("Origin", "https://app.example")]),
    Spelling("Origin: null", "{token}", 200, headers=[("Origin", "null")]),
    Spelling("JSON", "{token}", 200, body=json.dumps(CC), type="application/json"),
    Spelling("broken JSON", "{token}", 400, "invalid_request", body='{"grant_type":', type="application/json"),
    Spelling("an endpoint that is none", "{nothing}", 404, ours=False),
]

PRETTY = [
    Spelling("with index.php", "{home}/index.php/wp-json/app-connect/v1/token", 200),
    Spelling("with a slash at the end", "{token}/", 200),
    Spelling("our route in the body of a core route", "{posts}", 400, "invalid_request", body=BODY + "&rest_route=" + TOKEN),
    Spelling("escaped", "{home}/wp-json/app%2Dconnect/v1/token", 404, ours=False),
    Spelling("an escaped slash", "{home}/wp-json/app-connect%2Fv1/token", 404, ours=False),
    Spelling("upper case", "{home}/wp-json/APP-CONNECT/v1/TOKEN", 200),
    Spelling("upper case prefix", "{home}/WP-JSON/app-connect/v1/token", 404, ours=False),
    Spelling("two slashes after the prefix", "{home}/wp-json//app-connect/v1/token", 404, ours=False),
    Spelling("two slashes inside", "{home}/wp-json/app-connect//v1/token", 404, ours=False),
    Spelling("a query route over a pretty path", "{posts}?rest_route=/app-connect/v1/token", 200),
    Spelling("another query route over our path", "{token}?rest_route=/wp/v2/nothing", 404, ours=False),
    Spelling("a body route over another query route", "{home}/?rest_route=/wp/v2/posts", 400, body=BODY + "&rest_route=" + TOKEN, ours=False),
    Spelling("dots", "{home}/wp-json/x/../app-connect/v1/token", 404, ours=False),
]

PLAIN = [
    Spelling("a pretty path on a plain site", "{home}/wp-json/app-connect/v1/token", 200, ours=False),
    Spelling("our route in the body of a core route", "{posts}", 400, body=BODY + "&rest_route=" + TOKEN, ours=False),
]


def table() -> list:
    """Every spelling on every site."""
    rows = []
    for name in ("wp71", "wp68", "plain71", "sub68"):
        for spelling in EVERYWHERE + (PLAIN if name == "plain71" else PRETTY):
            rows.append(pytest.param(name, spelling, id=f"{name}-{spelling.name.replace(' ', '_')}"))
    return rows


def ask(site: Site, spelling: Spelling, door: bool) -> Answer:
    """Sends a spelling."""
    canonical = token_path(site)
    path = spelling.path.format(
        home=site.subdirectory, token=canonical, posts=route(site, POSTS), nothing=route(site, "/app-connect/v1/nothing"),
    ) if "{and}" not in spelling.path else spelling.path.format(token=canonical, **{"and": "&" if "?" in canonical else "?"})
    client = backend_of(site)
    headers = [("Authorization", basic(client["client_id"], client["secret"])), *spelling.headers]
    if spelling.type is not None:
        headers.append(("Content-Type", spelling.type))
    return send(site, spelling.method, path, headers=headers, body=spelling.body, door=door)


@pytest.mark.parametrize(("name", "spelling"), table())
def test_WP_01_door_open_and_closed_give_the_same_answer(name: str, spelling: Spelling) -> None:
    site = make(name)
    open_, closed = ask(site, spelling, True), ask(site, spelling, False)
    expected = spelling.status if isinstance(spelling.status, tuple) else (spelling.status,)
    assert open_.status in expected, open_.text[:500]
    if not spelling.ours:
        assert closed.status == open_.status, closed.text[:500]
        assert "access_token" not in open_.text + closed.text
        return
    assert view(closed) == view(open_)
    if spelling.error is not None:
        assert_oauth_error(open_, open_.status, spelling.error)
    if spelling.method == "HEAD":
        assert open_.body == closed.body == b""
    for answer in (open_, closed):
        assert answer.header("Access-Control-Allow-Credentials") is None
        assert answer.header("Set-Cookie") is None
        assert answer.header("Link") is None


@pytest.mark.parametrize(
    "headers",
    [
        [("Authorization", "Bearer oauth_ac_a" + "x" * 49)],
        [("Authorization", "Bearer foreign")],
        [("Authorization", "Bearer")],
        [("Authorization", "OAuth oauth_consumer_key=\"a\", oauth_signature=\"b'c\"")],
        [],
    ],
    ids=["ours", "foreign", "empty", "OAuth_1", "none"],
)
def test_another_scheme_gets_the_same_refusal_from_door_and_twin(site: Site, headers: list[tuple[str, str]]) -> None:
    token = get_token(site, backend_of(site))
    for chosen in ([("Authorization", f"Bearer {token}")], headers) if headers else (headers,):
        answers = [
            send(site, "POST", token_path(site), body=BODY, headers=[*chosen, ("Content-Type", FORM)], door=door) for door in (True, False)
        ]
        assert view(answers[0]) == view(answers[1])
        assert_oauth_error(answers[0], (400, 401), ("invalid_client", "invalid_request"))


def test_the_door_answers_before_init_and_the_rest_twin_after(patient: Site) -> None:
    patient.fixture("stage", "add_action( 'init', static function () { header( 'X-Test-Init: yes' ); } );")
    client = backend_of(patient)
    for door, seen in ((True, None), (False, "yes")):
        answer = send(patient, "POST", token_path(patient), form=CC, auth=(client["client_id"], client["secret"]), door=door)
        assert (answer.status, answer.header("X-Test-Init")) == (200, seen)


def test_core_refuses_a_bad_jsonp_name_itself_and_no_token_is_issued(site: Site) -> None:
    client = backend_of(site)
    before = site.sql("SELECT COUNT(*) AS n FROM wp_app_connect_tokens")
    answer = send(site, "POST", token_path(site) + "?_jsonp=b%3Cad", form=CC, auth=(client["client_id"], client["secret"]), door=False)
    assert answer.status == 400
    assert site.sql("SELECT COUNT(*) AS n FROM wp_app_connect_tokens") == before


@pytest.mark.parametrize("door", [True, False], ids=["open", "closed"])
def test_a_visitor_with_a_login_cookie_gets_the_same_answer(site: Site, door: bool) -> None:
    cookie = site.wp_eval(
        "return LOGGED_IN_COOKIE . '=' . wp_generate_auth_cookie( 1, time() + 600, 'logged_in', WP_Session_Tokens::get_instance( 1 )->create( time() + 600 ) );"
    )
    client = backend_of(site)
    answer = send(site, "POST", token_path(site), form=CC, auth=(client["client_id"], client["secret"]),
                  headers=[("Cookie", cookie), ("X-WP-Nonce", "wrong")], door=door)
    assert answer.status == 200
    assert answer.header("Cache-Control") == "no-store"


@pytest.mark.parametrize("door", [True, False], ids=["open", "closed"])
def test_a_plugin_that_closes_the_rest_api_to_visitors_changes_nothing(patient: Site, door: bool) -> None:
    patient.fixture("closed-api", """
        add_filter( 'rest_authentication_errors', static fn () => new WP_Error( 'closed', 'No', array( 'status' => 403 ) ), 999 );
        add_filter( 'rest_pre_dispatch', static fn ( $r ) => new WP_REST_Response( array( 'code' => 'mine' ), 418 ), 999 );
        add_filter( 'rest_post_dispatch', static fn ( $r ) => new WP_REST_Response( array( 'code' => 'mine' ), 418 ), 999 );
    """)
    client = backend_of(patient)
    answer = send(patient, "POST", token_path(patient), form=CC, auth=(client["client_id"], client["secret"]), door=door)
    assert answer.status == 200, answer.text
    assert answer.json()["token_type"] == "Bearer"


def test_a_plugin_that_routes_our_path_elsewhere_changes_nothing(patient: Site) -> None:
    patient.fixture("router", "add_filter( 'request', static fn () => array( 'rest_route' => '/wp/v2/posts' ) );")
    client = backend_of(patient)
    answers = [
        send(patient, "POST", token_path(patient), form=CC, auth=(client["client_id"], client["secret"]), door=door) for door in (True, False)
    ]
    assert view(answers[0]) == view(answers[1])
    assert answers[0].status == 200


def test_one_request_issues_one_token_even_if_others_empty_the_dispatch_result(patient: Site) -> None:
    patient.fixture("empties", "add_filter( 'rest_pre_dispatch', static fn () => null, 999 );")
    client = backend_of(patient)
    before = int(patient.sql("SELECT COUNT(*) AS n FROM wp_app_connect_tokens")[0]["n"] or 0)
    answer = send(patient, "POST", token_path(patient), form=CC, auth=(client["client_id"], client["secret"]), door=False)
    assert answer.status == 200
    assert int(patient.sql("SELECT COUNT(*) AS n FROM wp_app_connect_tokens")[0]["n"] or 0) == before + 1


def test_notices_of_other_plugins_do_not_reach_the_answer(patient: Site) -> None:
    patient.fixture("noise", "ob_start(); echo 'noise'; add_action( 'app_connect_token_issued', static function () { echo 'noise'; throw new Exception( 'x' ); } );"
                             "add_action( 'shutdown', static function () { echo 'noise'; } );")
    client = backend_of(patient)
    for door in (True, False):
        answer = send(patient, "POST", token_path(patient), form=CC, auth=(client["client_id"], client["secret"]), door=door)
        assert answer.status == 200
        assert set(answer.json()) >= {"access_token", "token_type", "expires_in"}


@pytest.mark.parametrize("door", [True, False], ids=["open", "closed"])
def test_WP_18_with_debug_display_the_answer_is_json(patient: Site, door: bool) -> None:
    patient.set_constants({"WP_DEBUG_DISPLAY": True})
    try:
        client = backend_of(patient)
        auth = (client["client_id"], client["secret"])
        assert send(patient, "POST", token_path(patient), form=CC, auth=auth, door=door).json()["token_type"] == "Bearer"
        assert_oauth_error(send(patient, "GET", token_path(patient), door=door), 405, "invalid_request")
    finally:
        patient.set_constants({"WP_DEBUG_DISPLAY": False})


def test_the_door_stays_shut_on_other_entry_points(site: Site) -> None:
    client = backend_of(site)
    for entry in ("/wp-login.php", "/wp-admin/admin-ajax.php", "/xmlrpc.php", "/wp-cron.php"):
        answer = send(site, "POST", f"{entry}?rest_route={TOKEN}", form=CC, auth=(client["client_id"], client["secret"]))
        assert "access_token" not in answer.text, entry


def test_the_door_stays_shut_for_a_script_that_loads_wordpress_at_our_address(site: Site) -> None:
    url = f"http://127.0.0.1:{site.port}{token_path(site)}"
    assert site.wp_eval("return array( $_SERVER['REQUEST_URI'], AppConnect\\WP\\Http\\Door::located() );", url=url) == [token_path(site), "token"]


# rest_do_request()

INNER = r"""
    $request = new WP_REST_Request( $args[1], '/app-connect/v1/token' );
    $request->set_header( 'Authorization', $args[2] );
    if ( 'json' === $args[0] ) {
        $request->set_header( 'Content-Type', 'application/json' );
        $request->set_body( '{"grant_type":"client_credentials"}' );
    } else {
        $request->set_body_params( array( 'grant_type' => 'client_credentials' ) );
    }
    $response = rest_do_request( $request );
    return array( $response->get_status(), $response->get_data(), $response->get_headers() );
"""


@pytest.mark.parametrize("kind", ["form", "json"])
def test_rest_do_request_to_the_token_endpoint_is_answered_from_its_own_parameters(site: Site, kind: str) -> None:
    client = backend_of(site)
    status, data, headers = site.wp_eval(INNER, kind, "POST", basic(client["client_id"], client["secret"]))
    assert (status, data["token_type"], headers["Cache-Control"]) == (200, "Bearer", "no-store")
    status, data, _ = site.wp_eval(INNER, kind, "POST", basic(client["client_id"], "wrong"))
    assert (status, data["error"]) == (401, "invalid_client")
    status, data, _ = site.wp_eval(INNER, kind, "PUT", basic(client["client_id"], client["secret"]))
    assert (status, data["error"]) == (405, "invalid_request")


def test_the_index_lists_the_endpoints_with_their_description(site: Site) -> None:
    index = send(site, "GET", route(site, "/app-connect/v1")).json()
    assert {"/app-connect/v1/authorize", "/app-connect/v1/token", "/app-connect/v1/revoke"} <= set(index["routes"])
    assert "secret_hash" not in json.dumps(index)


def test_the_host_answers_every_need_of_the_protocol(site: Site) -> None:
    needs, answered = site.wp_eval("return array( AppConnect\\Server::needs(), array_keys( AppConnect\\WP\\Host::NEEDS ) );")
    # What takes a person, Consent\Attended answers.
    assert sorted(needs) == sorted([*answered, "approve", "confirm_logout", "find_visitor", "log_in", "log_out"])


@pytest.mark.parametrize("name", ["wp71", "wp68", "plain71", "sub68"])
def test_addresses_of_the_protocol_equal_rest_url(name: str, sites: Callable[..., Site]) -> None:
    ours, core = sites(name).wp_eval(
        "return array( AppConnect\\WP\\Plugin::server()->rest_url( '/app-connect/v1/token' ), rest_url( 'app-connect/v1/token' ) );"
    )
    assert ours == core


def test_a_crash_in_the_host_is_an_opaque_500_with_a_reference(patient: Site) -> None:
    patient.fixture("crash", "add_filter( 'query', static function ( $q ) { if ( str_contains( $q, 'app_connect_tokens' ) ) { throw new Error( 'secret cause' ); } return $q; } );")
    patient.clear_logs()
    client = backend_of(patient)
    for door in (True, False):
        answer = send(patient, "POST", token_path(patient), form=CC, auth=(client["client_id"], client["secret"]), door=door)
        assert_oauth_error(answer, 500, "server_error")
        assert "secret cause" not in answer.text
    log = patient.log_text()
    assert "App Connect: Error at" in log and "reference" in log and "secret cause" not in log


def test_settings_that_cannot_serve_leave_the_site_alive(patient: Site) -> None:
    patient.fixture("broken-home", "add_filter( 'option_home', static fn ( $v ) => isset( $_SERVER['HTTP_X_BREAK'] ) ? 'nonsense' : $v );")
    client = backend_of(patient)
    answer = send(patient, "POST", token_path(patient), form=CC, auth=(client["client_id"], client["secret"]), headers=[("X-Break", "1")])
    assert_oauth_error(answer, (500, 503), ("server_error", "temporarily_unavailable"))
    assert send(patient, "GET", "/?rest_route=/wp/v2/types", headers=[("X-Break", "1")]).status == 200
