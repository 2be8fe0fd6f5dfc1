"""WP-09: what an administrator, a user or an address may hold, in every place of wp-admin where it appears.
WP-10: what a list's parameters may hold.

A payload that got out of its place leaves an element `pwn-…`, an attribute `onpwn`, or the word `pwn` in a script.
"""

from __future__ import annotations

import html
import re
import time
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest
from admin_support import CLIENTS, SETTINGS, Page, act, api, holdings, nonce, page_of, person, screen
from auth_support import log_in
from conftest import Answer, count, make_user, reset, send
from lab import Site

RTL_OVERRIDE = "‮"

HOSTILE = {
    "tag": '"><pwn-a onpwn=1><script>pwn()</script>',
    "single quotes": "' onpwn='1' autofocus='",
    "end of a text area": '</textarea></title></style></script><pwn-b>"',
    "comment": "--><pwn-c><!--",
    "entities": "&lt;pwn-d&gt; &quot; onpwn=&quot;1 &amp;lt;pwn-d&amp;gt;",
    "script string": "';pwn();// \\';pwn();//  \\u003cpwn-e\\u003e ]]>",
    "printf": "%s %1$s %d %% {{pwn}} ${pwn} <?php pwn(); ?> [pwn]",
    "sql": "Robert'); DROP TABLE wp_app_connect_clients;-- \\' \" `",
    "slashes": "C:\\new\\\\table \\0 \\'",
}


def shown(text: str) -> str:
    """A text as esc_html() shows it: what is an entity already stays one."""
    return html.unescape(text)


def assert_tame(answer: Answer | str) -> Page:
    """No payload of HOSTILE got out."""
    page = Page(answer if isinstance(answer, str) else answer.text)
    assert [tag for tag, _ in page.tags if tag.startswith("pwn")] == []
    assert [have for _, have in page.tags if any(name.startswith("onpwn") or name == "autofocus" and "pwn" in str(have) for name in have)] == []
    for script in page.scripts:
        assert "pwn" not in script.replace("\\u0022", ""), script[:300]
    for tag, have in page.tags:
        for name in ("href", "src", "action", "formaction"):
            address = have.get(name, "").strip().lower()
            assert not address.startswith(("javascript:", "data:text", "vbscript:")), (tag, have)
    return page


@pytest.fixture
def boss(site: Site) -> Iterator[int]:
    """An administrator; settings are put right afterwards."""
    site.clear_logs()
    yield person(site, "administrator")
    reset(site)
    assert "database error" not in site.log_text()
    # Core's own list tables take a search or an order that is a list for text.
    core = re.compile(r"PHP Warning:  Array to string conversion in \S+/wp-(includes|admin)/")
    assert [line for line in site.php_messages() if not core.search(line)] == []


def make_client(site: Site, boss: int, **fields: Any) -> Answer:
    """A POST to the clients route."""
    draft = {
        "name": "Tame",
        "type": "confidential",
        "mode": "restricted",
        "grant_types": ["client_credentials"],
        "capabilities": ["read"],
        "routes": ["GET /wp-json/wp/v2/posts"],
        "service_user_id": person(site, "editor"),
    }
    return api(site, "POST", "/clients", draft | fields, user=boss)


def screens_of(item: dict[str, Any], word: str) -> list[str]:
    """The queries of every screen on which a client appears."""
    search = urllib.parse.quote(word)
    one = item["id"]
    return [
        f"{CLIENTS}&s={search}",
        f"{CLIENTS}&orderby=name&order=asc&s={search}",
        *(f"{CLIENTS}&action={action}&client={one}" for action in ("edit", "secret", "disable", "delete", "end_tokens")),
        *(f"{CLIENTS}&action={action}&client%5B%5D={one}" for action in ("disable", "delete")),
    ]


# WP-09


@pytest.mark.parametrize("kind", HOSTILE)
def test_wp_09_a_hostile_client_is_text_wherever_it_appears(site: Site, boss: int, kind: str) -> None:
    """Name and description come back as they were typed, escaped, on each screen and in each notice."""
    text = HOSTILE[kind]
    made = make_client(site, boss, name=text, description=text)
    assert made.status == 201, made.text
    item = made.json()
    assert (item["name"], item["description"]) == (text, text)
    assert (made.header("Content-Type") or "").startswith("application/json")
    assert made.header("X-Content-Type-Options") == "nosniff"
    for query in screens_of(item, text):
        page = assert_tame(screen(site, query, user=boss))
        assert shown(text) in page.text or text in page.values().values(), query
    edit = f"{CLIENTS}&action=edit&client={item['id']}"
    page = page_of(screen(site, edit, user=boss))
    assert page.values()["name"] == text
    assert text in page.text, "the description, in its text area"

    def follow(answer: Answer) -> None:
        """The page after a redirect."""
        assert answer.status == 303, answer.text
        assert_tame(screen(site, urllib.parse.urlsplit(answer.header("Location") or "").query, user=boss))

    secret = act(site, f"{CLIENTS}&action=secret&client={item['id']}", "secret", {"overlap": 0, "revision": item["revision"]}, user=boss)
    assert shown(text) in assert_tame(secret).text
    for do in ("end_tokens", "disable", "enable"):
        follow(act(site, f"{CLIENTS}&action={do}&client={item['id']}", do, {}, user=boss))
    follow(act(site, f"{CLIENTS}&action=delete&client%5B%5D={item['id']}", "delete", {"client": [item["id"]]}, user=boss))


@pytest.mark.parametrize("kind", HOSTILE)
def test_wp_09_what_is_typed_into_the_forms_is_kept_as_text(site: Site, boss: int, kind: str) -> None:
    """Every field of both forms at once, refused and shown again."""
    text = HOSTILE[kind]
    texts = ("name", "description", "logo_uri", "type", "mode", "routes", "redirect_uris", "consent", "access_token_format", "more_capabilities", "service_user_search", "client_id",
             "first_party", "resource_server", "trusted", "verified", "require_pkce", "require_pkce_shown")
    fields = dict.fromkeys(texts, text)
    lists: dict[str, Any] = {name: [text] for name in ("grant_types", "auth_methods", "bundles", "capabilities", "takeover", "confirm")}
    for do in ("create", "find_user"):
        answer = act(site, f"{CLIENTS}&action=new", do, fields | lists | {"service_user_id": text, "revision": text, "account": text}, user=boss)
        assert answer.status < 500
        page = assert_tame(answer)
        assert page.values()["name"] == text
        assert page.text.count(text) >= 3, "description, allowlist and redirect URIs"
    for tab in ("basic", "grants", "tokens", "security"):
        names = ("access_token_lifetime", "access_token_lifetime_unit", "authorization_code_lifetime", "authorization_code_lifetime_unit",
                 "refresh_token_lifetime", "refresh_token_lifetime_unit", "session_lifetime", "session_lifetime_unit",
                 "access_token_format", "key_type", "key_rotation", "key_rotation_unit",
                 "activity_retention", "activity_retention_unit", "localhost_redirects", "limits_per_client", "limits_per_address", "limits_window",
                 "limits_window_unit", "trusted_proxies", "takeover", "enabled", "door", "issuer", "remove_data_on_uninstall")
        answer = act(site, f"{SETTINGS}&tab={tab}", "save", dict.fromkeys(names, text) | {"tab": tab, "confirm": [text], "grant_types": [text]}, user=boss)
        assert answer.status < 500
        assert_tame(answer)


@pytest.mark.parametrize("uri", [
    "https://app.example.com/?q='onpwn='1'", "https://app.example.com/?q=$(pwn)&amp;lt;pwn-a&amp;gt;=1&quot;", "com.example.app:/%22%3E%3Cpwn-a%3E", "com.example.app:&#60;pwn-a&#62;",
    "com.example.pwn:alert(1)//", "https://app.example.com/%s/%1$s/%d",
])
def test_wp_09_a_hostile_redirect_uri_is_text_wherever_it_appears(site: Site, boss: int, uri: str) -> None:
    """In the form, beside the secret, in the example and in the list: never a link."""
    made = make_client(site, boss, grant_types=["authorization_code"], redirect_uris=[uri])
    if made.status == 400:
        assert "redirect_uris" in made.json()["data"]["params"], made.text
    else:
        item = made.json()
        assert item["redirect_uris"] == [uri]
        for query in screens_of(item, "Tame"):
            page = assert_tame(screen(site, query, user=boss))
            assert not any(uri in have.get("href", "") for _, have in page.tags)
        edit = page_of(screen(site, f"{CLIENTS}&action=edit&client={item['id']}", user=boss))
        assert edit.text.count(uri) == 2, "in the field and to be copied, to the letter"
    fields = {"name": "x", "type": "confidential", "mode": "full", "grant_types": ["authorization_code"], "redirect_uris": uri + "\n*", "routes": ""}
    assert uri + "\n*" in assert_tame(act(site, f"{CLIENTS}&action=new", "create", fields, user=boss)).text
    secret = act(site, f"{CLIENTS}&action=new", "create", fields | {"redirect_uris": uri}, user=boss)
    if made.status == 201:
        assert "Client secret" in assert_tame(secret).text and uri in Page(secret.text).text


@pytest.mark.parametrize("kind", HOSTILE)
def test_wp_09_what_stands_in_the_address_is_text(site: Site, boss: int, kind: str) -> None:
    """Search, filters, notices, tabs and numbers, as lists too."""
    text = urllib.parse.quote(HOSTILE[kind], safe="")
    names = ("s", "status", "orderby", "order", "paged", "notice", "action", "client", "tab", "action2", "count", "updated")
    for base in (CLIENTS, f"{CLIENTS}&action=edit", f"{CLIENTS}&action=delete", SETTINGS):
        for suffix in ("", "%5B%5D"):
            answer = screen(site, base + "".join(f"&{name}{suffix}={text}" for name in names), user=boss)
            assert answer.status in (200, 302, 303, 400, 404), answer.status
            assert_tame(answer)
    for name in names:
        answer = screen(site, f"{CLIENTS}&{name}={text}", user=boss)
        assert answer.status in (200, 302, 303, 400, 404), (name, answer.status)
        assert_tame(answer)


@pytest.mark.parametrize("field", ["display_name", "first_name", "nickname", "user_email"])
def test_wp_09_a_hostile_person_is_text(site: Site, boss: int, field: str) -> None:
    """The service user in search, form and list; also where another plugin let such a name into the database."""
    hostile = make_user(site)
    text = HOSTILE["tag"]
    if field in ("display_name", "user_email"):
        site.sql(f"UPDATE wp_users SET {field} = '{text}' WHERE ID = {hostile}")
    else:
        site.wp_eval("return update_user_meta( (int) $args[0], $args[1], $args[2] );", hostile, field, text)
    login = str(site.sql(f"SELECT user_login FROM wp_users WHERE ID = {hostile}")[0]["user_login"])
    found = act(site, f"{CLIENTS}&action=new", "find_user", {"service_user_search": login, "name": "x", "mode": "restricted", "type": "confidential"}, user=boss)
    assert f'value="{hostile}"' in found.text
    assert_tame(found)
    listed = api(site, "GET", f"/service-users?search={login}", user=boss)
    assert [each["id"] for each in listed.json()] == [hostile]
    item = make_client(site, boss, service_user_id=hostile).json()
    for query in screens_of(item, "Tame"):
        assert_tame(screen(site, query, user=boss))


LOGOS = ["javascript:pwn()", "JaVaScRiPt:pwn()", " javascript:pwn()", "java\tscript:pwn()", "data:text/html,<pwn-a>", "vbscript:pwn",
         "//evil.example/x.png", "/x.png", "https:///x", "https://", "file:///etc/passwd", "ftp://example.com/x", "https://user:pass@example.com/x.png#f",
         'https://example.com/"onpwn="1', "https://example.com/<pwn-a>", "https://exa mple.com/", "https://example.com/" + "x" * 3000]


@pytest.mark.parametrize("logo", LOGOS)
def test_wp_09_a_logo_is_an_https_address_or_nothing(site: Site, boss: int, logo: str) -> None:
    """A refused one is shown again as text."""
    before = count(site, "clients")
    answer = make_client(site, boss, logo_uri=logo)
    if answer.status == 201:
        assert answer.json()["logo_uri"].startswith("https://"), answer.text
        item = answer.json()
        for query in screens_of(item, "Tame"):
            assert_tame(screen(site, query, user=boss))
        return
    assert answer.status == 400, answer.text
    assert count(site, "clients") == before
    fields = {"name": "x", "description": "", "logo_uri": logo, "type": "confidential", "mode": "full", "grant_types": [], "routes": ""}
    page = assert_tame(act(site, f"{CLIENTS}&action=new", "create", fields, user=boss))
    assert page.values()["logo_uri"] == logo
    assert not page.find("img", src=logo)


def test_wp_09_an_override_of_direction_ends_with_its_name(site: Site, boss: int) -> None:
    """A name cannot turn around what stands after it: either it is refused, or it is isolated wherever it is shown."""
    name = f"Safe{RTL_OVERRIDE}gnp.exe"
    made = make_client(site, boss, name=name)
    if made.status == 400:
        return
    item = made.json()
    for query in screens_of(item, "Safe"):
        text = screen(site, query, user=boss).text.partition('id="wpbody-content"')[2]
        for before in text.split(name)[:-1]:
            opened = before.rpartition("<")[2]
            isolated = before.endswith("\u2068") or opened.startswith(("bdi", "input", "textarea")) or "dir=" in opened
            assert isolated, (query, before[-120:])


@pytest.mark.parametrize(("field", "length"), [("name", 10_240), ("description", 10_240), ("logo_uri", 10_240), ("client_id", 10_240), ("routes", 10_240), ("redirect_uris", 10_240)])
def test_wp_09_ten_kilobytes_are_refused_and_named(site: Site, boss: int, field: str, length: int) -> None:
    """Not cut: refused, at the field."""
    text = "x" * length
    lines = {"routes": [f"GET /{text}"], "redirect_uris": [f"https://example.com/{text}"]}
    answer = make_client(site, boss, **{field: lines.get(field, text)})
    assert answer.status == 400, answer.text[:300]
    assert field in answer.json()["data"]["params"], answer.text[:500]
    page = assert_tame(act(site, f"{CLIENTS}&action=new", "create", {"name": "x", "type": "confidential", "mode": "full", field: text}, user=boss))
    assert text in page.text or page.values().get(field) == text


@pytest.mark.parametrize("text", ["\0", "a\0b", "\x1b[31mred", "line\nbreak", "\x7f", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "  ", ""])
def test_wp_09_control_characters_are_no_name(site: Site, boss: int, text: str) -> None:
    """Nothing that a log, a mail header or a terminal would obey."""
    answer = make_client(site, boss, name=text)
    if answer.status == 201:
        assert not any(ord(character) < 32 or ord(character) == 127 for character in answer.json()["name"])
        assert answer.json()["name"].strip()
    else:
        assert answer.status == 400, answer.text


def test_wp_09_site_health_shows_no_markup_of_ours(site: Site, boss: int) -> None:
    """Its page and its information tab, with a hostile client and hostile settings in the database."""
    make_client(site, boss, name=HOSTILE["tag"], description=HOSTILE["tag"])
    site.wp_eval("return update_option( 'app_connect_settings', array( 'trusted_proxies' => array( $args[0] ), 'takeover' => array( $args[0] ) ) );", HOSTILE["tag"])
    for page in ("site-health.php?", "site-health.php?tab=debug"):
        answer = send(site, "GET", f"{site.subdirectory}/wp-admin/{page}", headers={"Cookie": log_in(site, boss)})
        assert answer.status == 200
        assert_tame(answer)
    for tab in ("basic", "grants", "tokens", "security"):
        assert_tame(screen(site, f"{SETTINGS}&tab={tab}", user=boss))


# WP-10

INJECTIONS = [
    "'", '"', "\\", "`", "%", "_", "%27", "0x27", "\0",
    "name'--", "name;SELECT SLEEP(3)", "(SELECT SLEEP(3))", "IF(1=1,SLEEP(3),1)", "1 OR SLEEP(3)", "name,(SELECT 1 FROM (SELECT SLEEP(3))x)",
    "1) UNION SELECT user_pass FROM wp_users-- ", "-1", "0", "99999999999999999999", "1e9", "NaN", "name DESC, SLEEP(3)", "secret_hash", "id", "policy_id",
]
LIST = ["search", "status", "orderby", "order", "page", "per_page"]
SCREEN = ["s", "status", "orderby", "order", "paged", "client"]


@pytest.fixture
def three(site: Site, boss: int) -> Iterator[list[str]]:
    """Exactly three clients, one with a wildcard in its name."""
    kept = site.sql("SELECT id FROM wp_app_connect_clients")
    names = ["Zq Alpha", "Zq Beta 100%", "Zq Gamma_delta"]
    for name in names:
        assert make_client(site, boss, name=name).status == 201
    yield names
    site.sql("DELETE FROM wp_app_connect_clients WHERE name IN ('Zq Alpha', 'Zq Beta 100%', 'Zq Gamma_delta')")
    assert len(site.sql("SELECT id FROM wp_app_connect_clients")) == len(kept)


def quick(ask: Any) -> Answer:
    """An answer that no SLEEP delayed."""
    started = time.monotonic()
    answer = ask()
    assert time.monotonic() - started < 2.5
    return answer


@pytest.mark.parametrize("parameter", LIST)
def test_wp_10_the_lists_parameters_over_rest(site: Site, boss: int, three: list[str], parameter: str) -> None:
    """200 or 400, at once, without an error of the database, and nothing changed."""
    before = holdings(site)
    for text in INJECTIONS:
        for name in (parameter, f"{parameter}%5B%5D"):
            answer = quick(lambda: api(site, "GET", f"/clients?{name}={urllib.parse.quote(text)}", user=boss))  # noqa: B023
            assert answer.status in (200, 400), (text, answer.text)
            assert "secret_hash" not in answer.text.replace("orderby", "") or answer.status == 400
            if parameter == "orderby":
                assert answer.status == 400 or text == "", text
    assert holdings(site) == before
    assert "database error" not in site.log_text()


@pytest.mark.parametrize("parameter", SCREEN)
def test_wp_10_the_lists_parameters_on_the_screen(site: Site, boss: int, three: list[str], parameter: str) -> None:
    """The same on the screen, which falls back to its defaults."""
    before = holdings(site)
    for text in INJECTIONS:
        for name in (parameter, f"{parameter}%5B%5D"):
            action = "&action=delete" if parameter == "client" else ""
            answer = quick(lambda: screen(site, f"{CLIENTS}{action}&{name}={urllib.parse.quote(text)}", user=boss))  # noqa: B023
            assert answer.status in (200, 302, 303, 400, 404), (text, answer.status)
    assert holdings(site) == before
    assert "database error" not in site.log_text()


@pytest.mark.parametrize(("text", "found"), [
    ("%", ["Zq Beta 100%"]), ("_", ["Zq Gamma_delta"]), ("0%", ["Zq Beta 100%"]), ("a_d", ["Zq Gamma_delta"]), ("a%a", []), ("\\", []), ("'", []),
    ("zq alpha", ["Zq Alpha"]), ("ZQ ALPHA", ["Zq Alpha"]), ("' OR '1'='1", []), ("a' OR 1=1 -- ", []),
])
def test_wp_10_a_search_is_for_the_text_itself(site: Site, boss: int, three: list[str], text: str, found: list[str]) -> None:
    """No wildcards and no way out of the string; letters in any case."""
    answer = api(site, "GET", f"/clients?search={urllib.parse.quote(text)}&per_page=100", user=boss)
    assert answer.status == 200, answer.text
    assert [item["name"] for item in answer.json() if item["name"] in three] == found


@pytest.mark.parametrize("orderby", ["name", "created", "last_used", "type", "mode", "status"])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_wp_10_an_order_is_one_of_the_list(site: Site, boss: int, three: list[str], orderby: str, order: str) -> None:
    """Each column sorts; a name in the opposite direction is the reverse."""
    answer = api(site, "GET", f"/clients?orderby={orderby}&order={order}&search=zq&per_page=100", user=boss)
    assert answer.status == 200
    # Some other client's random ID may begin with these letters too.
    names = [item["name"] for item in answer.json() if item["name"] in three]
    assert sorted(names) == three
    if orderby == "name":
        assert names == sorted(three, reverse=order == "desc")


@pytest.mark.parametrize("number", ["0", "-1", "1 OR 1=1", "1'", "99999999999999999999", "1e1", "%31", "abc"])
def test_wp_10_a_clients_number_is_a_number(site: Site, boss: int, number: str) -> None:
    """Every route with a number in it answers 404 to what is none, and changes nothing."""
    before = holdings(site)
    path = urllib.parse.quote(number)
    for method, route in (("GET", ""), ("POST", ""), ("DELETE", "?force=true"), ("POST", "/secret"), ("GET", "/tokens"), ("DELETE", "/tokens")):
        tail, _, query = route.partition("?")
        if number == "%31":
            path = "9%31999999"
        answer = api(site, method, f"/clients/{path}{tail}{'?' + query if query else ''}", {} if method == "POST" else None, user=boss)
        assert answer.status in (400, 404), (method, route, answer.status, answer.text)
    assert holdings(site) == before


@pytest.mark.parametrize("query", [CLIENTS + "&s=%ff", CLIENTS + "&orderby=%ff&status=%ff&notice=%ff", "page=app-connect-activity&app=a%ffb&who=%ff&kind=%ff"])
def test_bytes_that_are_no_text_break_no_screen(site: Site, query: str) -> None:
    """Core's own function for them returns no text on WordPress 6.8."""
    site.clear_logs()
    answer = screen(site, query, user=person(site, "administrator"))
    assert answer.status in (200, 302), answer.status
    assert_tame(answer)
    assert site.php_messages() == []


def test_bytes_that_are_no_text_break_no_form(site: Site) -> None:
    boss = person(site, "administrator")
    site.clear_logs()
    for query, do in ((f"{CLIENTS}&action=new", "create"), (f"{SETTINGS}&tab=security", "save")):
        body = f"app_connect_do={do}&_wpnonce={nonce(site, boss, f'app_connect_{do}')}&tab=security&name=a%ffb&takeover=%ff&trusted_proxies=%ff&shown=%ff"
        answer = send(site, "POST", f"{site.subdirectory}/wp-admin/admin.php?{query}", body=body, headers={"Cookie": log_in(site, boss), "Content-Type": "application/x-www-form-urlencoded"})
        assert answer.status == 200, answer.status
        assert_tame(answer)
    assert site.php_messages() == []
