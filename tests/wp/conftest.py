"""Real sites for the tests, and a client that sends exactly what it is told.

Sites live in `var/test` (or the directory that the environment's `APP_CONNECT_LAB` names) and go on running after a session,
so the next one starts at once. A site is made by `tests/lab/lab.py` the first time a test asks for it.

What is the same on both supported versions of WordPress runs whole on the newest; on the oldest the first case of each test
does, or all with `--everywhere`.

Fixtures
    site            the two WordPress versions that we support, pretty permalinks
    sites           `sites("plain71")`: any of SITES by name
    register        `register(site, mode="full", …)`: registers a client, returns `{id, client_id, secret}`
    user            `user(site, "editor")`: makes a user, returns its id
    backend         a client with a service user (an editor) and posts in its allowlist, made once per site
    patient         restores what a test does to limits, settings and fixtures of `site`
    admin_session   `admin_session("GET", "/clients")`: our REST routes as the administrator of `site`; see Session

Every site has the must-use plugin of MU_PLUGIN: it tells the worker's pid, closes the door for a request with the
header `X-Test-Door: closed`, lets a request come from `X-Test-Address`, and tells what a request that has the header asks for:
the statements on our tables in `X-Test-Queries`, the processor's time until the answer in `X-Test-Work`.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import re
import sys
import urllib.parse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "lab"))

from lab import EXTENSION, Site  # noqa: E402

LAB = ROOT / os.environ.get("APP_CONNECT_LAB", "var/test")

SITES: dict[str, dict[str, Any]] = {
    "wp71": {"wp": "7.1"},
    "wp68": {"wp": "6.8"},
    "plain71": {"wp": "7.1", "permalinks": ""},
    "sub68": {"wp": "6.8", "subdirectory": "/blog", "permalinks": "/index.php/%postname%/"},
    "net71": {"wp": "7.1", "multisite": True},
    "bulk71": {"wp": "7.1"},
    "rest71": {"wp": "7.1"},
    "rest68": {"wp": "6.8"},
}

MU_PLUGIN = r"""
if ( ! headers_sent() ) { // wp-cron.php has answered before WordPress loads.
	header( 'X-Test-Worker: ' . getmypid() );
}
if ( 'closed' === ( $_SERVER['HTTP_X_TEST_DOOR'] ?? '' ) ) {
	define( 'APP_CONNECT_DOOR', false );
}
if ( isset( $_SERVER['HTTP_X_TEST_ADDRESS'] ) ) {
	$_SERVER['REMOTE_ADDR'] = $_SERVER['HTTP_X_TEST_ADDRESS'];
}
if ( isset( $_SERVER['HTTP_X_TEST_QUERIES'] ) ) {
	$GLOBALS['test_queries'] = array();
	add_filter( 'query', static function ( $query ) {
		if ( preg_match( '/_app_connect_[a-z]+\\b/', $query ) ) {
			$GLOBALS['test_queries'][] = strtok( trim( $query ), " \n" );
			header( 'X-Test-Queries: ' . implode( ',', $GLOBALS['test_queries'] ) );
		}
		return $query;
	} );
}
if ( isset( $_SERVER['HTTP_X_TEST_WORK'] ) ) {
	$test_work  = static fn( array $spent ) => $spent['ru_utime.tv_sec'] * 1000000 + $spent['ru_utime.tv_usec'];
	$test_since = $test_work( getrusage() );
	header_register_callback( static fn() => header( 'X-Test-Work: ' . ( $test_work( getrusage() ) - $test_since ) ) );
}
"""


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--everywhere`."""
    parser.addoption("--everywhere", action="store_true", help="every case on the oldest WordPress, too, not only the first of each test")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The oldest WordPress runs the first case of each test, unless `--everywhere`: the newest runs them all."""
    if config.getoption("--everywhere"):
        return
    ids, seen, kept, left = {item.nodeid for item in items}, set(), [], []
    for item in items:
        name, _, case = item.nodeid.partition("[")
        newest = f"{name}[{case.replace('68', '71')}"
        if newest == item.nodeid or newest not in ids:
            kept.append(item)
        elif name in seen:
            left.append(item)
        else:
            seen.add(name)
            kept.append(item)
    items[:] = kept
    config.hook.pytest_deselected(items=left)


# HTTP


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """All values of a header, joined; None without one."""
        values = [value for known, value in self.headers if known.lower() == name.lower()]
        return ", ".join(values) if values else None

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode(errors="replace")

    def json(self) -> Any:
        """The body, which must be JSON."""
        return json.loads(self.body)

    def error(self) -> str | None:
        """The OAuth error code, None if the body holds none."""
        try:
            return self.json().get("error")
        except (ValueError, AttributeError):
            return None

    def worker(self) -> str | None:
        """The process that answered."""
        return self.header("X-Test-Worker")

    def work(self) -> int:
        """The processor's time in PHP until the answer, in microseconds. Ask for it with WORK."""
        return int(self.header("X-Test-Work") or "")


class RawConnection(http.client.HTTPConnection):
    """A connection that sends any path."""

    def _validate_path(self, url: str) -> None:
        """Nothing is refused."""


WORK = [("X-Test-Work", "yes")]


def least_work(*asks: Callable[[], Answer], least: int, most: int, enough: Callable[..., bool]) -> list[int]:
    """The least that each took, in microseconds, by turns: `least` of them, and up to `most` until that is `enough`.

    What else the machine does only ever adds to it, and a busy one takes more tries.
    """
    found = [sys.maxsize] * len(asks)
    for index in range(most):
        for step in range(len(asks)):
            which = (index + step) % len(asks)
            found[which] = min(found[which], asks[which]().work())
        if index >= least and enough(*found):
            break
    return found


def basic(name: str, secret: str) -> str:
    """The value of Authorization for Basic, as RFC 6749 §2.3.1 wants it."""
    pair = f"{urllib.parse.quote_plus(name)}:{urllib.parse.quote_plus(secret)}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def send(
    site: Site,
    method: str,
    path: str,
    *,
    headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
    form: Mapping[str, str] | None = None,
    body: bytes | str | None = None,
    auth: tuple[str, str] | None = None,
    bearer: str | None = None,
    door: bool = True,
    timeout: float = 30.0,
) -> Answer:
    """One request on a connection of its own. `path` is sent as it is."""
    lines = list(headers.items() if isinstance(headers, Mapping) else headers)
    if form is not None:
        body = urllib.parse.urlencode(form)
        lines.append(("Content-Type", "application/x-www-form-urlencoded"))
    if auth is not None:
        lines.append(("Authorization", basic(*auth)))
    if bearer is not None:
        lines.append(("Authorization", f"Bearer {bearer}"))
    if not door:
        lines.append(("X-Test-Door", "closed"))
    data = body.encode() if isinstance(body, str) else body
    connection = RawConnection("127.0.0.1", site.port, timeout=timeout)
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in lines:
            connection.putheader(name, value)
        if data is not None or method in ("POST", "PUT", "PATCH"):
            connection.putheader("Content-Length", str(len(data or b"")))
        connection.endheaders(data)
        response = connection.getresponse()
        return Answer(response.status, response.getheaders(), response.read())
    finally:
        connection.close()


def route(site: Site, rest_route: str) -> str:
    """The canonical path of a REST route, like rest_url()."""
    if site.permalinks == "":
        return f"{site.subdirectory}/index.php?rest_route={rest_route}"
    index = "/index.php" if site.permalinks.startswith("/index.php/") else ""
    return f"{site.subdirectory}{index}/wp-json{rest_route}"


def token_path(site: Site) -> str:
    """The token endpoint."""
    return route(site, "/app-connect/v1/token")


def revoke_path(site: Site) -> str:
    """The revocation endpoint."""
    return route(site, "/app-connect/v1/revoke")


CC = {"grant_type": "client_credentials"}


def ask_token(site: Site, client: Mapping[str, Any], *, headers: Sequence[tuple[str, str]] = (), door: bool = True, **parameters: str) -> Answer:
    """A token request by Basic."""
    return send(site, "POST", token_path(site), headers=headers, form=CC | parameters, auth=(client["client_id"], client["secret"]), door=door)


def get_token(site: Site, client: Mapping[str, Any], **parameters: str) -> str:
    """An access token."""
    answer = ask_token(site, client, **parameters)
    assert answer.status == 200, answer.text
    return str(answer.json()["access_token"])


def revoke(site: Site, client: Mapping[str, Any], token: str, **options: Any) -> Answer:
    """A revocation request by Basic."""
    return send(site, "POST", revoke_path(site), form={"token": token}, auth=(client["client_id"], client["secret"]), **options)


# Sites

_made: dict[str, Site] = {}


def make(name: str, **more: Any) -> Site:
    """A running site, made or reused."""
    if name not in _made:
        if not EXTENSION.exists():
            pytest.exit(f"{EXTENSION} is not built: cargo build --release", returncode=3)
        _made[name] = Site(name, lab_dir=LAB, **(SITES.get(name, {}) | more)).up()
        if EXTENSION.stat().st_mtime > _started(_made[name]):
            _made[name].restart_fpm()
        _made[name].fixture("test-support", MU_PLUGIN)
        reset(_made[name])
    return _made[name]


def _started(site: Site) -> float:
    """When a site's php-fpm started: one that is older than the extension runs the extension of before."""
    return Path(f"/proc/{site.fpm_pid}").stat().st_ctime


def workers_of(site: Site) -> list[int]:
    """The php-fpm processes that answer."""
    return [int(pid) for pid in Path(f"/proc/{site.fpm_pid}/task/{site.fpm_pid}/children").read_text().split()]


def reset(site: Site) -> None:
    """Takes back what tests do to limits and settings."""
    site.sql(
        "DELETE FROM wp_app_connect_limits; DELETE FROM wp_options WHERE option_name = 'app_connect_settings'"
    )


@pytest.fixture(scope="session")
def sites() -> Callable[..., Site]:
    """Any site by name; see SITES."""
    return make


@pytest.fixture(scope="session", params=["wp71", "wp68"])
def site(request: pytest.FixtureRequest) -> Site:
    """A site of each supported version."""
    return make(request.param)


def configure(site: Site, **settings: Any) -> None:
    """Sets the option app_connect_settings; `patient` takes it back."""
    site.wp_eval("update_option( 'app_connect_settings', json_decode( $args[0], true ) ); return null;", json.dumps(settings))


def count(site: Site, table: str, where: str = "1") -> int:
    """The number of rows in one of our tables."""
    return int(site.sql(f"SELECT COUNT(*) AS n FROM wp_app_connect_{table} WHERE {where}")[0]["n"] or 0)


@pytest.fixture
def patient(site: Site) -> Iterator[Site]:
    """`site`, put right again afterwards."""
    reset(site)
    fixtures = set(site.mu_plugins.glob("*.php"))
    yield site
    for left in set(site.mu_plugins.glob("*.php")) - fixtures:
        left.unlink()
    reset(site)


@pytest.fixture(autouse=True)
def no_limits(request: pytest.FixtureRequest) -> None:
    """Failures of one test do not count against the next."""
    name = request.node.callspec.params.get("site") if hasattr(request.node, "callspec") else None
    if name in _made:
        _made[name].sql("DELETE FROM wp_app_connect_limits")


# People and clients

ROUTES = ["GET /wp-json/wp/v2/posts", "POST /wp-json/wp/v2/posts", "GET /wp-json/wp/v2/posts/*"]


def make_user(site: Site, role: str = "editor", **fields: Any) -> int:
    """A new user; `fields` are wp_insert_user()'s."""
    code = """
        $fields = json_decode( $args[0], true );
        $name   = 'u' . bin2hex( random_bytes( 6 ) );
        $id     = wp_insert_user( $fields + array( 'user_login' => $name, 'user_pass' => $name, 'user_email' => "$name@example.com" ) );
        if ( is_wp_error( $id ) ) { throw new RuntimeException( $id->get_error_message() ); }
        return $id;
    """
    return int(site.wp_eval(code, json.dumps({"role": role} | fields)))


def register_client(site: Site, **draft: Any) -> dict[str, Any]:
    """A new client: confidential, client_credentials, ROUTES, acting as a new editor unless told otherwise.

    Returns `{id, client_id, secret, service_user_id}`, or `{wp_error, data}` if it was refused.
    """
    draft = {
        "name": "A test's client",
        "description": "",
        "type": "confidential",
        "grant_types": ["client_credentials"],
        "mode": "restricted",
        "capabilities": ["read", "edit_posts", "publish_posts", "edit_published_posts"],
        "bundles": [],
        "takeover": [],
        "account": False,
        "routes": ROUTES,
        "confirm": ["service_user_takeover"],
    } | draft
    code = """
        $draft = json_decode( $args[0], true );
        if ( ! array_key_exists( 'service_user_id', $draft ) ) {
            $name = 'u' . bin2hex( random_bytes( 6 ) );
            $draft['service_user_id'] = wp_insert_user( array( 'user_login' => $name, 'user_pass' => $name, 'user_email' => "$name@example.com", 'role' => 'editor' ) );
        }
        $made = AppConnect\\WP\\Storage\\Clients::register( $draft );
        return is_wp_error( $made )
            ? array( 'wp_error' => $made->get_error_code(), 'data' => $made->get_error_data() )
            : $made + array( 'service_user_id' => $draft['service_user_id'] );
    """
    made = dict(site.wp_eval(code, json.dumps(draft)))
    if "wp_error" not in made:
        made["secret"] = made["secret"] or draft.get("secret")
    return made


@pytest.fixture(scope="session")
def register() -> Callable[..., dict[str, Any]]:
    """See register_client()."""
    return register_client


@pytest.fixture(scope="session")
def user() -> Callable[..., int]:
    """See make_user()."""
    return make_user


_backends: dict[str, dict[str, Any]] = {}


def backend_of(site: Site) -> dict[str, Any]:
    """The backend client of a site, made once per session."""
    if site.name not in _backends:
        _backends[site.name] = register_client(site)
    return _backends[site.name]


@pytest.fixture
def backend(site: Site) -> dict[str, Any]:
    """A client that may read and write posts as an editor."""
    return backend_of(site)


# People in a browser

_cookies: dict[tuple[str, int], str] = {}


def log_in(site: Site, user_id: int) -> str:
    """A Cookie header of a logged-in user."""
    key = (site.name, user_id)
    if key not in _cookies:
        code = """
            $expires = time() + DAY_IN_SECONDS;
            $session = WP_Session_Tokens::get_instance( (int) $args[0] )->create( $expires );
            $value   = static fn( $scheme ) => rawurlencode( wp_generate_auth_cookie( (int) $args[0], $expires, $scheme, $session ) );
            return AUTH_COOKIE . '=' . $value( 'auth' ) . '; ' . LOGGED_IN_COOKIE . '=' . $value( 'logged_in' );
        """
        _cookies[key] = str(site.wp_eval(code, user_id))
    return _cookies[key]


def nonce(site: Site, user_id: int, action: str = "wp_rest") -> str:
    """A nonce that goes with log_in()'s cookie."""
    code = """
        parse_str( str_replace( '; ', '&', $args[0] ), $_COOKIE );
        wp_set_current_user( (int) $args[1] );
        return wp_create_nonce( $args[2] );
    """
    return str(site.wp_eval(code, log_in(site, user_id), user_id, action))


class Session:
    """Our REST routes as a user who is logged in: `session("POST", "/clients", {"name": "x"})`."""

    def __init__(self, site: Site, user_id: int) -> None:
        """Logs the user in."""
        self.site = site
        self.user_id = user_id
        self.headers = {"Cookie": log_in(site, user_id), "X-WP-Nonce": nonce(site, user_id)}

    def __call__(self, method: str, path: str, data: Any = None, **options: Any) -> Answer:
        """One request: `data` is sent as JSON, `query=` behind the path, `headers=` beside the session's."""
        headers = self.headers | options.pop("headers", {})
        query = options.pop("query", None)
        address = route(self.site, "/app-connect/v1" + path)
        if query:
            address += ("&" if "?" in address else "?") + (query if isinstance(query, str) else urllib.parse.urlencode(query, doseq=True))
        if data is not None:
            options["body"] = json.dumps(data)
            headers["Content-Type"] = "application/json"
        return send(self.site, method, address, headers=headers, **options)


@pytest.fixture
def admin_session(site: Site) -> Session:
    """The administrator of `site`."""
    return Session(site, 1)


# What tests compare

NAMED = ("Content-Type", "Cache-Control", "Pragma", "WWW-Authenticate", "Allow", "Retry-After")


def view(answer: Answer) -> dict[str, Any]:
    """An answer in the respects in which door and REST route must agree. Two tokens are never equal."""
    seen: dict[str, Any] = {"status": answer.status}
    seen["body"] = re.sub(r'"access_token":"[^"]+"', '"access_token":"…"', answer.text)
    for name in NAMED:
        seen[name] = answer.header(name)
    seen |= {name.lower(): value for name, value in answer.headers if name.lower().startswith("access-control-")}
    return seen


def assert_oauth_error(answer: Answer, status: int | tuple[int, ...], error: str | tuple[str, ...]) -> None:
    """An OAuth error as RFC 6749 §5.2 and threats.md §2 want it."""
    statuses = (status,) if isinstance(status, int) else status
    errors = (error,) if isinstance(error, str) else error
    assert answer.status in statuses, answer.text
    assert answer.error() in errors, answer.text
    assert answer.header("Content-Type") == "application/json"
    assert answer.header("Cache-Control") == "no-store"
    assert answer.header("Pragma") == "no-cache"
    body = answer.json()
    assert set(body) <= {"error", "error_description", "error_uri"}
    description = body.get("error_description", "")
    assert all(" " <= character <= "~" for character in description), description
    for leak in ("/wp-content/", "SELECT ", "INSERT ", ".php", "Stack trace"):
        assert leak not in answer.text
