"""Without a working extension or database: the site stays up, and no token is taken for anything (design §7 T11, §2)."""

from __future__ import annotations

import base64
import json
import os
import re
import shlex
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from auth_support import assert_invalid_token, auth_site, cookies, full, log_in, new_client, person, rest, who
from conftest import LAB, Answer, get_token, send
from lab import Database, Site

TOKEN = "oauth_ac_a" + "A" * 49
ME = "/wp/v2/users/me"


@pytest.fixture(scope="module", params=["7.1", "6.8"])
def bare(request: pytest.FixtureRequest) -> Site:
    """A site whose PHP does not load the extension."""
    return auth_site(f"authless{request.param.replace('.', '')}", wp=request.param, extension=False)


@pytest.fixture(scope="module")
def good() -> Site:
    """A site where all is well."""
    return auth_site("auth71")


def assert_unavailable(answer: Answer) -> None:
    """A 503 that a client understands."""
    assert answer.status == 503, (answer.status, answer.text[:500])
    assert (answer.header("Content-Type") or "").startswith("application/json")
    assert "no-store" in (answer.header("Cache-Control") or "")
    assert int(answer.header("Retry-After") or 0) > 0
    body = answer.json()
    assert body.get("error") == "temporarily_unavailable" or body.get("code") == "temporarily_unavailable", body


BROKEN: dict[str, dict[str, str]] = {
    "missing": {},
    "another contract": {"X-Neighbour": "other-contract"},
    "fails to start": {"X-Neighbour": "broken-extension", "X-Broken": "constructor"},
    "panics": {"X-Neighbour": "broken-extension", "X-Broken": "flow"},
    "panics always": {"X-Neighbour": "broken-extension", "X-Broken": "everything"},
}


def extended(headers: dict[str, str], more: dict[str, str]) -> dict[str, str]:
    """Headers with more of them; neighbours add up."""
    both = headers | more
    both["X-Neighbour"] = ",".join(filter(None, (headers.get("X-Neighbour"), more.get("X-Neighbour"))))
    return both


@pytest.fixture(params=list(BROKEN))
def broken(request: pytest.FixtureRequest) -> dict[str, str]:
    """Headers that make a site without the extension one with a bad one."""
    return BROKEN[request.param]


def test_t11_the_site_stays_up(bare: Site, broken: dict[str, str]) -> None:
    admin = person(bare, "administrator", "A")
    assert send(bare, "GET", "/", headers=broken).status == 200
    assert send(bare, "GET", "/wp-admin/", headers=broken | {"Cookie": log_in(bare, admin)}).status == 200
    assert send(bare, "GET", "/wp-login.php", headers=broken).status == 200
    assert rest(bare, "GET", "/wp/v2/posts", headers=broken).status == 200
    assert rest(bare, "GET", "/", headers=broken).status == 200
    assert who(rest(bare, "GET", ME, headers=broken | cookies(bare, admin))) == admin
    assert rest(bare, "GET", "/wp/v2/posts", "somebody-elses", headers=broken).status == 200


@pytest.mark.parametrize("source", ["", "redirected"])
@pytest.mark.parametrize("path", ["/wp/v2/posts", ME, "/", "/no/such/route"])
def test_t11_a_token_of_ours_is_503_and_not_a_visitor(bare: Site, broken: dict[str, str], source: str, path: str) -> None:
    answer = rest(bare, "GET", path, TOKEN, headers=extended(broken, {"X-Neighbour": source}))
    assert_unavailable(answer)
    assert "secret-of-the-panic" not in answer.text


def test_t11_a_token_of_ours_is_503_and_not_the_cookies_user(bare: Site, broken: dict[str, str]) -> None:
    admin = person(bare, "administrator", "A")
    assert_unavailable(rest(bare, "GET", ME, TOKEN, headers=broken | cookies(bare, admin)))
    assert_unavailable(rest(bare, "POST", "/wp/v2/posts", TOKEN, headers=broken | cookies(bare, admin), json={"title": "No"}))


def signed_token(site: Site, **changes: str) -> str:
    """What looks like a signed access token of this site. Nobody is there to look closer."""
    parts: list[dict[str, str]] = [{"alg": "ES256", "kid": "k" * 43, "typ": changes.pop("typ", "at+jwt")}, {"iss": site.issuer, "sub": "x", "jti": "~~~???>>>"} | changes]
    return ".".join([*(base64.urlsafe_b64encode(json.dumps(part, separators=(",", ":")).encode()).decode().rstrip("=") for part in parts), "c2ln"])


def test_t11_a_signed_token_of_ours_is_503_and_others_are_none_of_our_business(bare: Site, broken: dict[str, str]) -> None:
    assert_unavailable(rest(bare, "GET", "/wp/v2/posts", signed_token(bare), headers=broken))
    assert_unavailable(rest(bare, "GET", "/wp/v2/posts", signed_token(bare, iss=f"{bare.issuer}/wp-json/app-connect/v1"), headers=broken))
    assert_unavailable(rest(bare, "GET", "/wp/v2/posts", headers=broken | {"Authorization": f"Basic eDp5, Bearer {signed_token(bare)}"}))
    for other in (
        signed_token(bare, typ="JWT"), signed_token(bare, iss="https://elsewhere.example"), signed_token(bare, iss=f"{bare.issuer}/x"),
        "eyJ.eyJ.x", "eyJ" * 2000, "eyJ0eXAiOiJhdCtqd3QifQ.W10.x", "eyJ0eXAiOiJhdCtqd3QifQ.eyJpc3MiOltdfQ.x",
    ):
        assert rest(bare, "GET", "/wp/v2/posts", other, headers=broken).status == 200, other[:80]
    bare.set_constants({"APP_CONNECT_ISSUER": "https://id.example"})
    try:
        assert_unavailable(rest(bare, "GET", "/wp/v2/posts", signed_token(bare, iss="https://id.example"), headers=broken))
        assert rest(bare, "GET", "/wp/v2/posts", signed_token(bare), headers=broken).status == 200, "not the site's name now"
    finally:
        bare.set_constants({"APP_CONNECT_ISSUER": None})


def test_t11_outside_the_rest_api_a_token_is_nobodys_as_ever(bare: Site, broken: dict[str, str]) -> None:
    answer = send(bare, "GET", "/?x=/wp-json/", bearer=TOKEN, headers=extended(broken, {"X-Neighbour": "witness"}))
    assert (answer.status, answer.header("X-Witness-User")) == (200, "0")


ENDPOINTS = [
    "/wp-json/app-connect/v1/token",
    "/?rest_route=/app-connect/v1/token",
    "/index.php/wp-json/app-connect/v1/token",
    "/wp-json/APP-CONNECT/v1/Token",
    "/wp-json/app-connect/v1/revoke",
    "/wp-json/app-connect/v1/jwks",
    "/wp-json/app-connect/v1",
]


@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize("how", ["missing", "another contract"])
def test_t11_our_endpoints_are_503(bare: Site, path: str, how: str) -> None:
    answer = send(bare, "POST", path, headers=BROKEN[how], form={"grant_type": "client_credentials"}, auth=("a", "b"))
    assert_unavailable(answer)
    assert set(answer.json()) == {"error", "error_description"}


@pytest.mark.parametrize("how", ["fails to start", "panics", "panics always"])
def test_t11_a_failing_extension_says_nothing_at_our_endpoints(bare: Site, how: str) -> None:
    bare.clear_logs()
    answer = send(bare, "POST", ENDPOINTS[0], headers=BROKEN[how], form={"grant_type": "client_credentials"}, auth=("a", "b"))
    assert answer.status in (500, 503), answer.text
    assert answer.json()["error"] in ("server_error", "temporarily_unavailable")
    assert "secret-of-the-panic" not in answer.text + bare.log_text()


# What the administrator is told


def commands_of(site: Site) -> list[str]:
    """Parts of the commands that only fit the PHP of this site."""
    about = subprocess.run(
        ["/usr/sbin/php-fpm8.2", "-i"], capture_output=True, text=True, check=True, env={"PATH": os.environ["PATH"], "PHP_INI_SCAN_DIR": str(site.scan_dir)}
    ).stdout
    directory = re.search(r"^extension_dir => (\S+)", about, re.M)
    assert directory
    return [
        "cargo build --release",
        f"install -m 644 target/release/libapp_connect.so '{directory[1]}/app_connect.so'",
        f"> '{site.scan_dir}/30-app_connect.ini'",
        "systemctl restart php8.2-fpm",
    ]


def test_t11_a_notice_tells_what_to_type(bare: Site) -> None:
    admin = person(bare, "administrator", "A")
    page = send(bare, "GET", "/wp-admin/index.php", headers={"Cookie": log_in(bare, admin)}).text.replace("&#039;", "'").replace("&gt;", ">")
    assert "app-connect-extension" in page
    assert "is not loaded by PHP 8.2." in page
    assert "NTS, fpm-fcgi" in page
    for command in commands_of(bare):
        assert command in page, command


def test_t11_the_notice_names_two_contracts_that_differ(bare: Site) -> None:
    admin = person(bare, "administrator", "A")
    page = send(bare, "GET", "/wp-admin/index.php", headers={"Cookie": log_in(bare, admin), "X-Neighbour": "other-contract"}).text
    needed = bare.wp_eval("return AppConnect\\WP\\Health\\Extension::ABI;")
    assert f"the plugin needs contract {needed}, the extension speaks 99" in page


def test_t11_the_notice_is_for_those_who_can_act(bare: Site, good: Site) -> None:
    editor, admin = person(bare, "editor", "B"), person(good, "administrator", "A")
    assert "app-connect-extension" not in send(bare, "GET", "/wp-admin/index.php", headers={"Cookie": log_in(bare, editor)}).text
    assert "app-connect-extension" not in send(good, "GET", "/wp-admin/index.php", headers={"Cookie": log_in(good, admin)}).text


def test_t11_the_commands_are_shell(bare: Site) -> None:
    """Each line is one that a shell can read, and the build command finds this PHP."""
    commands = bare.wp_eval("return AppConnect\\WP\\Health\\Extension::commands();")
    assert len(commands) == 4
    for command in commands:
        assert subprocess.run(["/bin/sh", "-n", "-c", command], check=False).returncode == 0, command
        assert shlex.split(command, comments=True) or command.startswith("#")


# Site Health


def site_health(site: Site, **headers: str) -> dict[str, dict[str, Any]]:
    """Our tests on the Site Health screen, by name."""
    admin = person(site, "administrator", "A")
    page = send(site, "GET", "/wp-admin/site-health.php", headers={"Cookie": log_in(site, admin)} | headers).text
    found = re.search(r"var SiteHealth = (\{.*\});", page)
    assert found, page[:500]
    status = json.loads(found[1])["site_status"]
    return {test["test"]: test for test in status["direct"] if test["test"].startswith("app_connect_")} | {
        "async": {"tests": [test["test"] for test in status["async"]]}
    }


def test_t11_site_health_has_a_critical_result_with_the_commands(bare: Site) -> None:
    result = site_health(bare)["app_connect_extension"]
    assert result["status"] == "critical"
    text = result["description"].replace("&#039;", "'").replace("&gt;", ">")
    for command in commands_of(bare):
        assert command in text, command


def test_site_health_tells_a_failed_self_test(bare: Site) -> None:
    result = site_health(bare, **{"X-Neighbour": "broken-extension"})["app_connect_extension"]
    assert (result["status"], "argon2id" in result["description"]) == ("critical", True)
    result = site_health(bare, **{"X-Neighbour": "broken-extension", "X-Broken": "self_test"})["app_connect_extension"]
    assert result["status"] == "critical"
    assert "secret-of-the-panic" not in result["description"]


def test_site_health_is_good_where_all_is_well(good: Site) -> None:
    results = site_health(good)
    assert {name: result["status"] for name, result in results.items() if name != "async"} == {
        "app_connect_bundles": "good",
        "app_connect_cleanup": "good",
        "app_connect_extension": "good",
        "app_connect_filters": "good",
        "app_connect_passwords": "good",
        "app_connect_secret": "good",
        "app_connect_signing_keys": "good",
    }
    for name in ("bearer", "discovery"):
        assert any(f"app-connect/v1/site-health/{name}" in test for test in results["async"]["tests"])


@pytest.mark.parametrize(("secret", "status"), [("short", "recommended"), (None, "recommended"), ("x" * 32, "good")])
def test_site_health_asks_for_a_long_secret(bare: Site, secret: str | None, status: str) -> None:
    before = bare.constants.get("AC_TOKEN_SECRET", "y" * 64)
    bare.set_constants({"AC_TOKEN_SECRET": secret})
    try:
        result = site_health(bare)["app_connect_secret"]
        assert result["status"] == status
        assert ("define( " in result["description"].replace("&#039;", "'")) == (status != "good")
    finally:
        bare.set_constants({"AC_TOKEN_SECRET": before})


@pytest.fixture
def alone(good: Site) -> Iterator[Callable[[str, str], None]]:
    """Adds a must-use plugin that is taken away again."""
    names: list[str] = []

    def add(name: str, source: str) -> None:
        names.append(name)
        good.fixture(name, source)

    yield add
    for name in names:
        good.remove_fixture(name)


def test_site_health_lists_callbacks_that_come_too_late(good: Site, alone: Callable[[str, str], None]) -> None:
    alone("late", "function neighbour_late() {}\nadd_action( 'init', static function () { add_action( 'app_connect_token_issued', 'neighbour_late' ); } );")
    result = site_health(good)["app_connect_filters"]
    assert (result["status"], "app_connect_token_issued: neighbour_late" in result["description"]) == ("recommended", True)
    alone("late", "function neighbour_late() {}\nadd_action( 'app_connect_token_issued', 'neighbour_late' );")
    assert site_health(good)["app_connect_filters"]["status"] == "good"


def test_site_health_names_bundles_that_were_left_out(good: Site, alone: Callable[[str, str], None]) -> None:
    routes = "array( 'GET /shop/v1/orders' )"
    alone("bundles", f"""add_filter( 'app_connect_scopes', static fn( $scopes ) => $scopes + array(
        'shop:read'     => array( 'title' => 'Read orders', 'capabilities' => array( 'read_shop' ), 'routes' => {routes} ),
        'shop:takeover' => array( 'title' => 'T', 'capabilities' => array( 'manage_options' ), 'routes' => {routes} ),
        'shop:broken'   => array( 'title' => 'B', 'capabilities' => array(), 'routes' => array( 'GET nowhere' ) ),
        'media:read'    => array( 'title' => 'Not this one', 'capabilities' => array(), 'routes' => {routes} ),
        '<b>wp</b> x'   => array( 'title' => 'No scope', 'capabilities' => array(), 'routes' => {routes} ),
    ) );""")
    result = site_health(good)["app_connect_bundles"]
    assert result["status"] == "recommended"
    assert re.findall("<li><code>(.*?)</code></li>", result["description"]) == ["shop:takeover", "shop:broken", "media:read", "&lt;b&gt;wp&lt;/b&gt; x"]


def test_site_health_misses_the_cleanup(good: Site, alone: Callable[[str, str], None]) -> None:
    alone("unscheduled", "add_filter( 'pre_get_scheduled_event', static fn( $pre, $hook ) => 'app_connect_cleanup' === $hook ? false : $pre, 10, 2 );")
    assert site_health(good)["app_connect_cleanup"]["status"] == "recommended"


def bearer_test(site: Site) -> Any:
    """The asynchronous test, as the screen runs it."""
    admin = person(site, "administrator", "A")
    answer = rest(site, "GET", "/app-connect/v1/site-health/bearer", headers=cookies(site, admin))
    assert answer.status == 200, answer.text
    return answer.json()


def test_t9_site_health_proves_that_a_bearer_arrives(good: Site) -> None:
    assert bearer_test(good)["status"] == "good"


def test_t9_site_health_notices_a_server_that_strips_the_header(good: Site, alone: Callable[[str, str], None]) -> None:
    alone("strips", "unset( $_SERVER['HTTP_AUTHORIZATION'], $_SERVER['REDIRECT_HTTP_AUTHORIZATION'] );\nif ( str_contains( $_SERVER['REQUEST_URI'], 'probe' ) ) { add_filter( 'pre_option_home', static fn( $home ) => $home ); }")
    # apache_request_headers() exists under php-fpm too and still has the header: take it away where it comes in.
    alone("strips-all", "if ( str_contains( $_SERVER['REQUEST_URI'], 'site-health/bearer' ) ) { add_filter( 'http_request_args', static function ( $args ) { unset( $args['headers']['Authorization'] ); return $args; } ); }")
    result = bearer_test(good)
    assert (result["status"], "HTTP_AUTHORIZATION" in result["description"]) == ("critical", True)


def test_t9_site_health_does_not_guess_when_the_site_cannot_reach_itself(good: Site, alone: Callable[[str, str], None]) -> None:
    alone("unreachable", "add_filter( 'pre_http_request', static fn() => new WP_Error( 'down', 'No route to host' ) );")
    result = bearer_test(good)
    assert (result["status"], "No route to host" in result["description"]) == ("recommended", True)


def test_t9_the_test_is_for_administrators(good: Site) -> None:
    editor = person(good, "editor", "B")
    assert rest(good, "GET", "/app-connect/v1/site-health/bearer", headers=cookies(good, editor)).status == 403
    assert rest(good, "GET", "/app-connect/v1/site-health/bearer").status == 401


def test_t9_a_redirected_header_is_a_bearer_too(good: Site) -> None:
    user = person(good, "editor", "A")
    assert who(rest(good, "GET", ME, full(good, user), neighbour="redirected")) == user
    assert_invalid_token(rest(good, "GET", "/wp/v2/posts", TOKEN, neighbour="redirected"))


# The database


@pytest.fixture(scope="module")
def lonely() -> Iterator[Site]:
    """A site with a database server of its own, which may die."""
    database = Database(LAB / "auth-outage")
    database.start()
    yield auth_site("authdown71", wp="7.1", database=database)
    database.start()


class Paused:
    """A request that waits inside WordPress, just before its bearer is looked at."""

    def __init__(self, site: Site, on: str = "parse_request", **options: Any) -> None:
        self.file = site.tmp / f"pause-{uuid.uuid4().hex}"
        self.answer: Answer | None = None
        headers = {"X-Outage": str(self.file), "X-Outage-On": on} | options.pop("headers", {})
        self.thread = threading.Thread(target=self._send, args=(site, headers, options))
        self.thread.start()
        waiting = self.file.with_suffix(".waiting")
        deadline = time.monotonic() + 20
        while not waiting.exists():
            assert time.monotonic() < deadline, "the request did not get there"
            time.sleep(0.01)
        waiting.unlink()

    def _send(self, site: Site, headers: dict[str, str], options: dict[str, Any]) -> None:
        self.answer = rest(site, headers=headers, neighbour="outage", **options)

    def go_on(self) -> tuple[Answer, float]:
        """Lets it go on. Its answer, and the seconds it took."""
        started = time.monotonic()
        self.file.with_suffix(".go").write_text("")
        self.thread.join(30)
        assert self.answer is not None, "no answer in 30 s"
        return self.answer, time.monotonic() - started


def freeze(pid: int) -> None:
    """Stops a process. The signal is sent at once and obeyed a little later: returns when every thread stands still."""
    os.kill(pid, signal.SIGSTOP)
    deadline = time.monotonic() + 10
    while any(file.read_text().rpartition(")")[2].split()[0] != "T" for file in Path(f"/proc/{pid}/task").glob("*/stat")):
        assert time.monotonic() < deadline, "the process does not stop"
        time.sleep(0.001)


@pytest.mark.parametrize("how", ["stop", "kill", "SIGSTOP", "connection"])
@pytest.mark.parametrize("path", ["/wp/v2/posts", ME])
def test_f6_a_database_that_is_lost_under_a_bearer_is_503_within_a_second(lonely: Site, how: str, path: str) -> None:
    user = person(lonely, "editor", "A")
    bearer = full(lonely, user)
    request = Paused(lonely, method="GET", rest_route=path, bearer=bearer)
    server = lonely.database.pid
    assert server is not None
    if how == "stop":
        lonely.database.stop()
    elif how == "kill":
        lonely.database.kill()
    elif how == "SIGSTOP":
        freeze(server)
    else:
        for row in lonely.database.sql("SELECT id FROM information_schema.processlist WHERE db IS NOT NULL"):
            lonely.database.sql(f"KILL {row['id']}")
    try:
        answer, seconds = request.go_on()
    finally:
        if how == "SIGSTOP":
            os.kill(server, signal.SIGCONT)
        lonely.database.start()
    assert_unavailable(answer)
    assert seconds < 1.2, seconds
    assert "<" not in answer.text
    # Nothing about the token was concluded from what could not be read.
    assert who(rest(lonely, "GET", ME, bearer)) == user


def test_f6_a_lost_connection_does_not_matter_to_a_request_without_a_token(lonely: Site) -> None:
    """The guard is around our own work: WordPress reconnects as ever."""
    request = Paused(lonely, method="GET", rest_route="/wp/v2/posts")
    for row in lonely.database.sql("SELECT id FROM information_schema.processlist WHERE db IS NOT NULL"):
        lonely.database.sql(f"KILL {row['id']}")
    answer, _ = request.go_on()
    assert answer.status == 200, answer.text[:300]


def test_f6_after_resolution_wordpress_reconnects_as_ever(lonely: Site) -> None:
    """What the guard changes on $wpdb it changes back."""
    user = person(lonely, "editor", "A")
    request = Paused(lonely, method="GET", rest_route="/wp/v2/posts", bearer=full(lonely, user), on="rest_api_init")
    for row in lonely.database.sql("SELECT id FROM information_schema.processlist WHERE db IS NOT NULL"):
        lonely.database.sql(f"KILL {row['id']}")
    answer, _ = request.go_on()
    assert answer.status == 200, answer.text[:300]


@pytest.mark.parametrize("how", ["stop", "SIGSTOP"])
def test_f6_nothing_is_half_written(lonely: Site, how: str) -> None:
    """A token request that loses its connection leaves no row."""
    # Without the option WordPress itself looks for it in the database before the door is reached.
    lonely.wp_eval("add_option( 'app_connect_settings', array() );")
    client = new_client(lonely, person(lonely, "editor", "A"))
    get_token(lonely, client)
    count = "SELECT (SELECT COUNT(*) FROM wp_app_connect_tokens) AS tokens, (SELECT COUNT(*) FROM wp_app_connect_grants) AS grants"
    before = lonely.sql(count)
    request = Paused(
        lonely, on="plugins_loaded", method="POST", rest_route="/app-connect/v1/token",
        form={"grant_type": "client_credentials"}, auth=(client["client_id"], client["secret"]),
    )
    server = lonely.database.pid
    assert server is not None
    if how == "stop":
        lonely.database.stop()
    else:
        freeze(server)
    try:
        answer, seconds = request.go_on()
    finally:
        if how == "SIGSTOP":
            os.kill(server, signal.SIGCONT)
        lonely.database.start()
    assert_unavailable(answer)
    assert seconds < 1.2, seconds
    assert lonely.sql(count) == before
