"""Site Health looks up what apps look up, and says what is in the way: another plugin, the web server, headers (threats.md
OI-01)."""

from __future__ import annotations

import contextlib
import html
import json
import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Session, configure, log_in, make, make_user, reset, send
from lab import Site

FIXTURE = Path(__file__).parent / "fixtures" / "answers-discovery.php"
CONFIGURATION = "/.well-known/openid-configuration"
METADATA = "/.well-known/oauth-authorization-server"
JSON = {"Content-Type": "application/json", "Access-Control-Allow-Origin": "*"}


@pytest.fixture
def site() -> Iterator[Site]:
    """A site at the root of its host."""
    site = make("rest71")
    yield from quiet(site)


@pytest.fixture
def blog() -> Iterator[Site]:
    """A site in a subdirectory."""
    site = make("host71", wp="7.1", subdirectory="/blog")
    yield from quiet(site)


def quiet(site: Site) -> Iterator[Site]:
    """A site without neighbours, before and after."""
    def clean() -> None:
        reset(site)
        site.remove_fixture("answers-discovery")
        site.sql("DELETE FROM wp_options WHERE option_name = 'test_discovery'")

    clean()
    yield site
    clean()


def neighbour(site: Site, *paths: str, hook: str = "muplugins_loaded", status: int = 200, headers: dict[str, str] = JSON, body: Any = "") -> None:
    """Another plugin answers at these paths."""
    answer = {"hook": hook, "paths": list(paths), "status": status, "headers": headers, "body": body if isinstance(body, str) else json.dumps(body)}
    site.wp_eval("update_option( 'test_discovery', json_decode( $args[0], true ) ); return null;", json.dumps(answer))
    site.fixture("answers-discovery", FIXTURE.read_text())


def health(site: Site) -> tuple[str, str]:
    """Status, and label and description as a person reads them."""
    answer = Session(site, 1)("GET", "/site-health/discovery")
    assert answer.status == 200, answer.text
    result = answer.json()
    assert result["test"] == "app_connect_discovery" and "<script" not in result["description"]
    return result["status"], html.unescape(re.sub(r"<[^>]+>", " ", f"{result['label']}. {result['description']}"))


def lines(site: Site) -> list[str]:
    """The blocks of lines to copy."""
    description = Session(site, 1)("GET", "/site-health/discovery").json()["description"]
    return [html.unescape(block) for block in re.findall(r"<pre[^>]*><code>(.*?)</code></pre>", description, re.DOTALL)]


def document(site: Site, path: str = CONFIGURATION) -> dict[str, Any]:
    """The document as it is served."""
    return dict(send(site, "GET", path).json())


@contextlib.contextmanager
def web_server(site: Site, well_known: str, more: str = "") -> Iterator[None]:
    """The host does something of its own with `/.well-known/`; `more` stands in the block of the server beside it."""
    config = site.dir / "nginx" / "nginx.conf"
    before = config.read_text()
    changed, count = re.subn(r"location \^~ /\.well-known/ \{[^}]*\}", f"location ^~ /.well-known/ {{ {well_known} }}\n{more}".replace("\\", r"\\"), before)
    assert count == 1
    try:
        reload(site, changed, well_known)
        yield
    finally:
        reload(site, before, "")


def reload(site: Site, config: str, well_known: str) -> None:
    """Has nginx read its configuration, and waits until it goes by it."""
    (site.dir / "nginx" / "nginx.conf").write_text(config)
    os.kill(int((site.dir / "run" / "nginx.pid").read_text().split()[0]), signal.SIGHUP)
    until = time.monotonic() + 20
    while (b"nginx" in send(site, "GET", "/.well-known/nothing").body) != bool(well_known):
        assert time.monotonic() < until, "nginx did not change"
        time.sleep(0.05)


def test_oi_01_all_is_well_where_every_document_is_ours(site: Site, blog: Site) -> None:
    for place in (site, blog, make("sub68")):
        reset(place)
        for where in ("site", "rest"):
            configure(place, issuer_place=where)
            assert health(place)[0] == "good", (place.name, where, health(place))
        reset(place)


def test_an_issuer_that_is_not_where_it_was_chosen_is_critical() -> None:
    plain = make("plain71")
    for place in quiet(plain):
        assert health(place)[0] == "good"
        configure(place, issuer_place="rest")
        status, text = health(place)
        assert status == "critical" and "permalinks are plain" in text


def test_with_a_closed_door_all_is_well(site: Site) -> None:
    configure(site, door=False)
    assert health(site)[0] == "good"
    configure(site, door=False, issuer_place="rest")
    assert health(site)[0] == "good"


def test_another_issuer_in_its_place_is_critical(site: Site) -> None:
    neighbour(site, CONFIGURATION, body={"issuer": "https://other.example/<b>", "authorization_endpoint": "https://other.example/authorize"})
    status, text = health(site)
    assert status == "critical"
    assert f"{site.url}{CONFIGURATION} : the document of another issuer, https://other.example/<b>. That of App Connect is {site.issuer}" in text
    assert "mu-plugins/answers-discovery.php" in text and "deactivate" in text and "REST routes" in text
    # Beside it App Connect has a place of its own.
    configure(site, issuer_place="rest")
    assert health(site)[0] == "good"


def test_a_neighbour_with_the_same_issuer_is_told_by_where_it_sends_people(site: Site) -> None:
    neighbour(site, CONFIGURATION, body=document(site) | {"authorization_endpoint": f"{site.url}/wp-json/openid-connect/authorize"})
    status, text = health(site)
    assert status == "critical" and f"it sends people to {site.url}/wp-json/openid-connect/authorize" in text


def test_an_older_document_is_told_from_anothers(site: Site) -> None:
    neighbour(site, CONFIGURATION, body=document(site) | {"scopes_supported": ["openid"]})
    status, text = health(site)
    assert status == "critical" and "not the present one" in text and "clear it" in text


def test_a_neighbour_that_comes_too_late_is_named(site: Site) -> None:
    neighbour(site, CONFIGURATION, hook="template_redirect", body={"issuer": "https://other.example"})
    status, text = health(site)
    assert status == "recommended" and "mu-plugins/answers-discovery.php" in text and "answers first" in text
    configure(site, issuer_place="rest")
    assert health(site)[0] == "good", "it is left alone there"
    assert send(site, "GET", CONFIGURATION).json()["issuer"] == "https://other.example"


@pytest.mark.parametrize(("directory", "name"), [
    ("miniorange-oauth-20-server/mo_oauth_settings.php", "miniOrange OAuth Server"),
    ("oauth2-provider/wp-oauth-server.php", "WP OAuth Server"),
    ("openid-connect-server/openid-connect-server.php", "OpenID Connect Server"),
])
def test_known_neighbours_are_named(site: Site, directory: str, name: str) -> None:
    site.fixture("answers-discovery", f"add_filter( 'option_active_plugins', static fn( $all ) => array( ...$all, '{directory}' ) );")
    status, text = health(site)
    assert status == "recommended" and f"the same addresses: {name}." in text


def test_a_rewrite_rule_is_named(site: Site) -> None:
    site.fixture("answers-discovery", r"add_filter( 'option_rewrite_rules', static fn( $rules ) => array( '^\.well-known/openid\-configuration/?$' => 'index.php?well_known=openid' ) + (array) $rules );")
    status, text = health(site)
    assert status == "recommended" and r"the rewrite rule ^\.well-known/openid\-configuration/?$" in text


@pytest.mark.parametrize(("answer", "text"), [
    ({"status": 404, "body": "not here"}, "HTTP 404: the web server answers by itself"),
    ({"status": 301, "headers": {"Location": "https://other.example/x"}}, "a redirect (301) to https://other.example/x"),
    ({"headers": {"Content-Type": "text/html"}, "body": "<h1>Hello</h1>"}, "something else, no such document (text/html"),
    ({"body": "[1]"}, "something else, no such document (application/json)"),
    ({"status": 503, "headers": {"Link": '<https://x.example/wp-json/>; rel="https://api.w.org/"'}}, "HTTP 503 from WordPress"),
])
def test_whatever_else_is_there_is_told(site: Site, answer: dict[str, Any], text: str) -> None:
    neighbour(site, CONFIGURATION, **answer)
    status, found = health(site)
    assert status == "critical" and text in found, found
    # The other spelling is for few apps.
    neighbour(site, METADATA, **answer)
    status, found = health(site)
    assert status == "recommended" and f"{site.url}{METADATA} : {text}" in found and f"{site.url}{CONFIGURATION} " not in found


@pytest.mark.parametrize(("name", "value"), [
    ("Content-Type", "application/json; charset=UTF-8"), ("Access-Control-Allow-Origin", "https://x.example"), ("Access-Control-Allow-Origin", None),
])
def test_a_header_that_keeps_apps_from_reading_it_is_told(site: Site, name: str, value: str | None) -> None:
    headers = {key: text for key, text in (JSON | {name: value}).items() if text is not None}
    neighbour(site, CONFIGURATION, headers=headers, body=document(site))
    status, text = health(site)
    assert status == "critical" and f"the header {name}: {value or '–'} instead of {JSON[name]}" in text, text


def test_a_host_that_keeps_well_known_to_itself(site: Site) -> None:
    """The lines for the web server do what they say, and so does the other place."""
    with web_server(site, "return 404;"):
        status, text = health(site)
        assert status == "critical" and "HTTP 404: the web server answers by itself" in text
        nginx, apache = lines(site)
        assert apache.splitlines() == ["RewriteEngine On", r"RewriteRule ^\.well-known/openid-configuration$ /index.php [L]", r"RewriteRule ^\.well-known/oauth-authorization-server$ /index.php [L]"]
        configure(site, issuer_place="rest")
        status, text = health(site)
        assert status == "recommended" and f"{site.url}{CONFIGURATION}/wp-json/app-connect/v1 : HTTP 404" in text
    reset(site)
    with web_server(site, "return 404;", nginx):
        assert health(site)[0] == "good", "with the lines of the advice"


def test_a_host_root_that_is_not_wordpress_is_recommended_only(blog: Site) -> None:
    with web_server(blog, "return 301 https://www.example.com/;"):
        status, text = health(blog)
        host = blog.url.removesuffix("/blog")
        assert status == "recommended" and f"{host}{CONFIGURATION}/blog : a redirect (301) to https://www.example.com/" in text
        assert f"{blog.url}{CONFIGURATION}" not in text, "what the issuer needs is there"
        nginx, _ = lines(blog)
    with web_server(blog, "return 404;", nginx):
        assert health(blog)[0] == "good"


def test_it_does_not_guess_when_the_site_cannot_reach_itself(site: Site) -> None:
    site.fixture("answers-discovery", "add_filter( 'pre_http_request', static fn() => new WP_Error( 'down', 'No route to <host>' ) );")
    status, text = health(site)
    assert status == "recommended" and "unknown" in text and "No route to <host>" in text


def test_it_takes_no_longer_than_a_person_waits(site: Site) -> None:
    look_up = """
        $asked = 0;
        add_filter( 'pre_http_request', static function ( $answer, $args ) use ( &$asked ) { ++$asked; return new WP_Error( 'slow', "timeout {$args['timeout']}" ); }, 10, 2 );
        $probe = new AppConnect\\WP\\Health\\Discovery_Probe();
        $texts = array( $probe->look_up( 'metadata', 'http://127.0.0.1/' )['text'] );
        $until = new ReflectionProperty( $probe, 'until' );
        $left  = $until->getValue( $probe ) - microtime( true );
        $until->setValue( $probe, microtime( true ) );
        return array( $asked, $left, ...$texts, $probe->look_up( 'metadata', 'http://127.0.0.1/' )['text'], $asked );
    """
    before, left, slow, late, after = site.wp_eval(look_up)
    assert (before, slow, after) == (1, "timeout 5", 1) and 10 < left <= 15 and late.startswith("not asked")


def test_it_says_so_while_nobody_is_answered(site: Site) -> None:
    configure(site, enabled=False)
    status, text = health(site)
    assert status == "recommended" and "switched off" in text


def test_it_is_for_administrators_and_in_no_index(site: Site) -> None:
    assert Session(site, make_user(site, "editor"))("GET", "/site-health/discovery").status == 403
    assert send(site, "GET", "/wp-json/app-connect/v1/site-health/discovery").status == 401
    assert "site-health\\/discovery" not in send(site, "GET", "/wp-json/app-connect/v1").text


def test_the_screen_of_site_health_runs_it_later(site: Site) -> None:
    page = send(site, "GET", "/wp-admin/site-health.php", headers={"Cookie": log_in(site, 1)}).text
    found = re.search(r"var SiteHealth = (\{.*\});", page)
    assert found
    tests = [test["test"] for test in json.loads(found[1])["site_status"]["async"]]
    assert any(test.endswith("/app-connect/v1/site-health/discovery") for test in tests)
