"""Logging out by an app, and apps that are told of it, on a real WordPress (OpenID Connect RP-Initiated Logout 1.0, Back-Channel
Logout 1.0; threats.md OI-12)."""

from __future__ import annotations

import http.server
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from admin_support import Page
from conftest import Answer, configure, count, make, make_user, reset, route, send
from consent_support import ACTION, Browser, another_session, authorize, decide, exchange, get_code, is_consent, page_error, redirected, with_query
from jwt_support import verify
from keys_support import WORKERS, forget_keys, published
from lab import Site
from refresh_support import server_app

AFTER = "https://app.example/bye"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
USERINFO = "/app-connect/v1/userinfo"


class App:
    """An app that was told where to listen, and what it was told then."""

    def __init__(self, site: Site, address: str = "", **draft: Any) -> None:
        self.site = site
        self.client = server_app(site, consent="remember", post_logout_redirect_uris=[AFTER], backchannel_logout_uri=address, **draft)

    def sign_in(self, browser: Browser, scope: str = "openid profile") -> dict[str, Any]:
        """Signs in whoever sits at a browser; the token answer."""
        return dict(exchange(self.site, self.code(browser, scope)).json())

    def code(self, browser: Browser, scope: str = "openid profile") -> Any:
        """A code for whoever sits at a browser."""
        answer = browser.follow(authorize(browser, self.client, scope=scope))
        if is_consent(answer):
            answer = decide(browser, answer)
        model = get_code.__globals__["Code"]
        return model(redirected(answer)["code"], self.client, self.client["redirect_uri"], get_code.__globals__["VERIFIER"], {})

    def claims(self, token: str, typ: str = "JWT") -> dict[str, Any]:
        """The claims of a token for it."""
        return dict(verify(token, published(self.site), self.site, typ=typ, audience=self.client["client_id"]))


class Told(list[dict[str, str]]):
    """Forms that were posted."""

    def __init__(self) -> None:
        """None yet."""
        super().__init__()
        self.more = threading.Condition()

    def add(self, form: dict[str, str]) -> None:
        """One more."""
        with self.more:
            self.append(form)
            self.more.notify_all()

    def enough(self, number: int) -> bool:
        """Waits until so many are there."""
        with self.more:
            return self.more.wait_for(lambda: len(self) >= number, timeout=60)


@contextmanager
def listener(*answers: int) -> Iterator[tuple[str, Told]]:
    """An address on loopback, and the forms that were posted to it. It answers with these statuses, the last again and again."""
    told = Told()
    left = list(answers)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            told.add(dict(urllib.parse.parse_qsl(body, strict_parsing=True)) | {"type": self.headers["Content-Type"]})
            self.send_response(left.pop(0) if len(left) > 1 else left[0])
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/logout", told
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def log_out(browser: Browser, *, method: str = "GET", **parameters: str) -> Answer:
    """Comes to the end session endpoint, and follows to where the person is."""
    path, encoded = route(browser.site, "/app-connect/v1/logout"), urllib.parse.urlencode(parameters)
    if method == "GET":
        return browser.follow(browser.get(with_query(path, encoded)))
    return browser.follow(browser.request(method, path, body=encoded, headers={"Content-Type": "application/x-www-form-urlencoded"}))


def confirm(browser: Browser, page: Answer, button: str = "approve") -> Answer:
    """Presses a button of the question."""
    assert page.status == 200 and 'id="app-connect-logout"' in page.text, (page.status, page.text[-1500:])
    [form] = Page(page.text).find("form", id="app-connect-logout")
    browser.here = browser.path_of(form["action"])
    return decide(browser, page, button)


def is_in(browser: Browser) -> bool:
    """Whether somebody is logged in at a browser."""
    return browser.get("/wp-admin/profile.php").status == 200


def cron(site: Site) -> None:
    """Runs what is scheduled, if its time has come, and waits for it, which cron itself does not."""
    site.wp_eval(
        "$due = wp_next_scheduled( 'app_connect_logouts' );"
        "if ( $due && $due <= time() ) { wp_unschedule_event( $due, 'app_connect_logouts' ); do_action( 'app_connect_logouts' ); } return null;"
    )


def due(site: Site) -> int:
    """Sign-ins of which an app is to be told."""
    return count(site, "sign_ins", "due_at IS NOT NULL")


def may(site: Site, token: str) -> bool:
    """Whether an access token opens anything."""
    return send(site, "GET", route(site, USERINFO), bearer=token).status == 200


@pytest.fixture(autouse=True)
def nothing_due(request: pytest.FixtureRequest) -> None:
    """Nobody is to be told of what other tests ended."""
    if "site" in request.fixturenames:
        request.getfixturevalue("site").sql("UPDATE wp_app_connect_sign_ins SET due_at = NULL")


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("door", [True, False], ids=["open", "closed"])
def test_OI_12_an_app_logs_a_person_out_who_says_yes(site: Site, door: bool, method: str) -> None:
    app, browser = App(site), Browser(site, user=make_user(site, "editor"), door=door)
    answer = app.sign_in(browser)
    asked = log_out(browser, method=method, id_token_hint=answer["id_token"], post_logout_redirect_uri=AFTER, state="a&b=\u00e9")
    page = Page(asked.text)
    assert "Server asks you to log out here, too." in page.text and "app.example" in page.text
    assert is_in(browser), "asking does nothing"
    done = confirm(browser, asked)
    assert (done.status, done.header("Location")) == (303, f"{AFTER}?state=a%26b%3D%C3%A9")
    assert not is_in(browser) and not any(name.startswith("wordpress_logged_in") for name in browser.cookies)
    assert not may(site, answer["access_token"])
    assert log_out(browser, id_token_hint=answer["id_token"], post_logout_redirect_uri=AFTER).header("Location") == AFTER, "nobody is asked"


@pytest.mark.parametrize("name", ["plain71", "sub68"])
def test_OI_12_with_plain_permalinks_and_in_a_subdirectory_too(name: str, sites: Callable[..., Site]) -> None:
    there = sites(name)
    app, browser = App(there), Browser(there, user=make_user(there, "editor"))
    answer = app.sign_in(browser)
    metadata = send(there, "GET", route(there, "/app-connect/v1/.well-known/openid-configuration")).json()
    assert browser.path_of(metadata["end_session_endpoint"]) == browser.path_of(there.wp_eval("return rest_url( 'app-connect/v1/logout' );"))
    done = confirm(browser, log_out(browser, id_token_hint=answer["id_token"], post_logout_redirect_uri=AFTER))
    assert (done.status, done.header("Location")) == (303, AFTER)
    assert not may(there, answer["access_token"])


def test_OI_12_who_says_no_stays_and_who_was_sent_nowhere_reads_that_it_is_done(site: Site) -> None:
    browser = Browser(site, user=make_user(site, "editor"))
    stays = confirm(browser, log_out(browser), "deny")
    assert stays.status == 200 and "You are still logged in" in stays.text and is_in(browser)
    gone = confirm(browser, log_out(browser))
    assert gone.status == 200 and "You are logged out" in gone.text and not is_in(browser)
    assert 'id="app-connect-logged-out"' in log_out(browser).text


@pytest.mark.parametrize("wrong", ["hint", "modified", "another app's", "address", "query", "unknown app", "twice"])
def test_OI_12_what_is_wrong_leads_to_a_page_and_logs_nobody_out(site: Site, wrong: str) -> None:
    app, browser = App(site), Browser(site, user=make_user(site, "editor"))
    token = app.sign_in(browser)["id_token"]
    start, signature = token.rsplit(".", 1)
    good = {"id_token_hint": token, "post_logout_redirect_uri": AFTER}
    changes, code = {
        "hint": ({"id_token_hint": "nonsense"}, "logout_hint"),
        "modified": ({"id_token_hint": f"{start}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"}, "logout_hint"),
        "another app's": ({"client_id": App(site).client["client_id"]}, "logout_hint"),
        "address": ({"post_logout_redirect_uri": "https://evil.example/"}, "redirect_mismatch"),
        "query": ({"post_logout_redirect_uri": AFTER + "?foo=bar"}, "redirect_mismatch"),
        "unknown app": ({"client_id": "nobody-knows-it", "id_token_hint": ""}, "client_unknown"),
        "twice": ({}, "malformed"),
    }[wrong]
    sent = {name: value for name, value in (good | changes).items() if value}
    encoded = urllib.parse.urlencode(sent) + ("&state=a&state=b" if wrong == "twice" else "")
    page_error(browser.follow(browser.get(with_query(route(site, "/app-connect/v1/logout"), encoded))), code)
    assert is_in(browser)


def test_OI_12_no_link_and_no_other_page_presses_the_button(site: Site) -> None:
    browser, other = Browser(site, user=make_user(site, "editor")), Browser(site, user=make_user(site, "editor"))
    page = log_out(browser)
    form = {tag["name"]: tag.get("value", "") for tag in Page(page.text).find("input", type="hidden")}
    stranger = {tag["name"]: tag.get("value", "") for tag in Page(log_out(other).text).find("input", type="hidden")}
    here = browser.here
    for refused in (
        browser.get(with_query(here, "app_connect_do=approve&_wpnonce=" + form["_wpnonce"])),
        browser.post(here, {"app_connect_do": "approve"}),
        browser.post(here, stranger | {"app_connect_do": "approve"}),
        browser.post(here, form | {"app_connect_do": "approve"}, headers={"Sec-Fetch-Site": "cross-site"}),
        browser.post(here, form | {"app_connect_do": "log_out"}),
    ):
        page_error(refused, "stale", 403)
        assert f"action={ACTION.replace('authorize', 'logout')}" in refused.text, "the way back"
        assert is_in(browser)


def test_sid_is_the_same_for_an_app_in_a_browser_and_in_no_other(site: Site) -> None:
    user = make_user(site, "editor")
    app, other = App(site), App(site)
    one, two = Browser(site, user=user), another_session(site, user)
    first = app.claims(app.sign_in(one)["id_token"])["sid"]
    assert app.claims(app.sign_in(one, "openid offline_access")["id_token"])["sid"] == first
    assert other.claims(other.sign_in(one)["id_token"])["sid"] != first
    assert app.claims(app.sign_in(two)["id_token"])["sid"] != first
    assert count(site, "sign_ins", f"client_pk = {app.client['id']}") == 2


def test_every_app_of_the_browser_is_told_and_none_of_another(site: Site) -> None:
    user = make_user(site, "editor")
    here, there = Browser(site, user=user), another_session(site, user)
    with listener(200) as (address, told):
        apps = [App(site, address, name=name) for name in ("One", "Two")]
        answers = [app.sign_in(here) for app in apps]
        elsewhere = apps[0].sign_in(there)
        stays = apps[0].sign_in(here, "openid offline_access")
        confirm(here, log_out(here))
        assert due(site) == 2 and told == [], "nobody waits for it"
        assert send(site, "GET", "/wp-cron.php").status == 200
        assert told.enough(2)
        cron(site)
        assert len(told) == 2 and due(site) == 0, "once"
    assert {form["type"].split(";")[0] for form in told} == {"application/x-www-form-urlencoded"}
    for app, answer in zip(apps, answers, strict=True):
        session = app.claims(answer["id_token"])
        [claims] = [read for form in told if (read := unless_others(app, form["logout_token"]))]
        assert set(claims) == {"iss", "sub", "aud", "iat", "exp", "jti", "events", "sid"}
        assert (claims["sub"], claims["sid"], claims["events"]) == (session["sub"], session["sid"], {EVENT: {}})
    assert [may(site, answer["access_token"]) for answer in (*answers, elsewhere, stays)] == [False, False, True, True]


def unless_others(app: App, token: str) -> dict[str, Any] | None:
    """The claims of a logout token, if it is for an app."""
    try:
        return app.claims(token, "logout+jwt")
    except Exception:  # noqa: BLE001 -- Whatever is wrong with another app's.
        return None


@pytest.mark.parametrize("ends", [True, False], ids=["yes", "no"])
def test_a_logout_of_wordpress_ends_sign_ins_if_the_site_says_so(site: Site, ends: bool) -> None:
    configure(site, logout_ends_sign_ins=ends)
    try:
        app, browser = App(site, "http://127.0.0.1:9/logout"), Browser(site, user=make_user(site, "editor"))
        token = app.sign_in(browser)["access_token"]
        [link] = [tag["href"] for tag in Page(browser.get("/wp-admin/profile.php").text).find("a") if "action=logout" in tag.get("href", "")][:1]
        browser.follow(browser.get(link.replace("&amp;", "&")))
        assert not is_in(browser)
        assert (due(site), may(site, token)) == ((1, False) if ends else (0, True))
    finally:
        configure(site, logout_ends_sign_ins=True)


def test_a_new_password_and_a_deleted_user_are_told_too(site: Site) -> None:
    with listener(200) as (address, told):
        app = App(site, address)
        for act in ("wp_set_password( 'something else', (int) $args[0] );", "require_once ABSPATH . 'wp-admin/includes/user.php'; wp_delete_user( (int) $args[0] );"):
            user = make_user(site, "editor")
            sid = app.claims(app.sign_in(Browser(site, user=user))["id_token"])["sid"]
            site.wp_eval(act + " return null;", user)
            cron(site)
            assert app.claims(told.pop()["logout_token"], "logout+jwt")["sid"] == sid
            assert not told


def test_after_log_out_everywhere_else_the_same_browser_signs_in_anew(site: Site) -> None:
    app, browser = App(site, "http://127.0.0.1:9/logout"), Browser(site, user=make_user(site, "editor"))
    before = app.sign_in(browser)
    page = Page(browser.get("/wp-admin/profile.php").text)
    form = {name: page.find("input", name=name)[0]["value"] for name in ("_wpnonce", "user_id")}
    done = browser.post("/wp-admin/admin-ajax.php", {"action": "destroy-sessions", "nonce": form["_wpnonce"], "user_id": form["user_id"]})
    assert done.json()["success"] and is_in(browser), done.text
    assert due(site) == 1 and not may(site, before["access_token"])
    after = app.sign_in(browser)
    assert may(site, after["access_token"])
    assert app.claims(after["id_token"])["sid"] != app.claims(before["id_token"])["sid"]


def test_who_does_not_answer_is_told_again_later(site: Site) -> None:
    with listener(503, 500, 200) as (address, told):
        app, browser = App(site, address), Browser(site, user=make_user(site, "editor"))
        app.sign_in(browser)
        confirm(browser, log_out(browser))
        for tries in (1, 2):
            cron(site)
            assert (len(told), due(site)) == (tries, 1)
            cron(site)
            assert len(told) == tries, "not before its time"
            site.sql("UPDATE wp_app_connect_sign_ins SET due_at = UNIX_TIMESTAMP() WHERE due_at IS NOT NULL")
            site.wp_eval("wp_clear_scheduled_hook( 'app_connect_logouts' ); wp_schedule_single_event( time(), 'app_connect_logouts' ); return null;")
        cron(site)
        assert (len(told), due(site)) == (3, 0)
        assert len({form["logout_token"] for form in told}) == 3


def test_an_app_that_refuses_or_is_gone_is_noted(site: Site) -> None:
    with listener(400) as (address, told):
        app, browser = App(site, address), Browser(site, user=make_user(site, "editor"))
        app.sign_in(browser)
        confirm(browser, log_out(browser))
        cron(site)
        assert (len(told), due(site)) == (1, 0)
    assert count(site, "events", f"kind = 'logout_undelivered' AND client_pk = {app.client['id']}") == 1


def test_a_code_of_a_session_that_has_ended_buys_nothing(site: Site) -> None:
    app, browser = App(site), Browser(site, user=make_user(site, "editor"))
    code = app.code(browser)
    confirm(browser, log_out(browser))
    answer = exchange(site, code)
    assert (answer.status, answer.error()) == (400, "invalid_grant"), answer.text


@pytest.fixture(scope="module")
def busy() -> Iterator[Site]:
    """A site with workers for all of a race."""
    site = make("logout71", wp="7.1", workers=WORKERS)
    reset(site)
    forget_keys(site)
    yield site


def test_race_a_code_is_exchanged_while_its_person_logs_out(busy: Site) -> None:
    app = App(busy)
    seen = set()
    for _ in range(12):
        browser = another_session(busy, make_user(busy, "editor"))
        code, page = app.code(browser), log_out(browser)
        barrier = threading.Barrier(2)

        def buy(code: Any = code, barrier: threading.Barrier = barrier) -> Answer:
            barrier.wait()
            return exchange(busy, code)

        def leave(browser: Browser = browser, page: Answer = page, barrier: threading.Barrier = barrier) -> Answer:
            barrier.wait()
            return confirm(browser, page)

        with ThreadPoolExecutor(2) as pool:
            bought, left = pool.submit(buy), pool.submit(leave)
            answer = bought.result()
            assert left.result().status == 200
        seen.add(answer.status)
        assert answer.status in (200, 400, 503), answer.text
        if answer.status == 200:
            assert not may(busy, answer.json()["access_token"]), "whoever came first, it is over"
    assert not count(busy, "sign_ins", "ended_at IS NULL"), seen


def test_race_two_runs_of_cron_tell_an_app_once(busy: Site) -> None:
    with listener(200) as (address, told):
        app = App(busy, address)
        for _ in range(5):
            browser = another_session(busy, make_user(busy, "editor"))
            app.sign_in(browser)
            confirm(browser, log_out(browser))
        run = "AppConnect\\WP\\Logouts::deliver(); return null;"
        with ThreadPoolExecutor(4) as pool:
            for future in [pool.submit(busy.wp_eval, run) for _ in range(4)]:
                future.result()
        assert len(told) == 5 and len({form["logout_token"] for form in told}) == 5
        assert due(busy) == 0
