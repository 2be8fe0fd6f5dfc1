"""The audit log in wp-admin: what it shows, how it is searched, what a file of it holds, and how long it goes back."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from admin_support import act, nonce, page_of, person, screen
from conftest import Answer, ask_token, configure, count, get_token, make, make_user, register_client, reset, revoke
from consent_support import exchange, get_code, new_app
from lab import Site
from refresh_support import Person, server_app
from storage_support import FAULT, bulk_site, record, rows_of

ACTIVITY = "page=app-connect-activity"
ADMIN = 1

KINDS = {
    "approvals": ["consent_granted", "consent_denied"],
    "failures": ["client_authentication_failed", "user_authentication_failed", "rate_limited", "host_fault"],
    "changes": ["client_created", "client_updated", "client_secret_changed", "client_enabled", "client_disabled", "client_deleted", "settings_changed", "site_moved", "site_copied"],
    "ended": ["token_revoked", "token_reused", "session_ended", "sessions_ended", "client_tokens_ended", "user_tokens_ended"],
    "keys": ["key_rotated", "key_imported", "key_revoked", "secret_rewrapped", "keys_started_afresh"],
}
EVERY = [kind for kinds in KINDS.values() for kind in kinds]


@pytest.fixture(scope="session", params=["wp71"])
def site(request: pytest.FixtureRequest) -> Site:
    """The newest version: the browser walks these screens on the oldest too."""
    return make(request.param)


@pytest.fixture
def log(site: Site) -> Iterator[Site]:
    """`site` with an empty log."""
    site.sql("DELETE FROM wp_app_connect_events")
    site.clear_logs()
    yield site
    reset(site)


def happen(site: Site, kind: str, *, ago: int = 0, client: int | None = None, user: int | None = None, owner: int | None = None, ip: str | None = None, data: Any = None) -> None:
    """One event, as it would have been recorded."""
    def literal(value: object) -> str:
        return "NULL" if value is None else str(value) if isinstance(value, int) else "'" + str(value).replace("\\", "\\\\").replace("'", "''") + "'"

    values = ", ".join(literal(each) for each in (kind, client, user, owner, ip, None if data is None else json.dumps(data)))
    site.sql(f"INSERT INTO wp_app_connect_events (at, kind, client_pk, user_id, owner_id, ip, data) VALUES (UNIX_TIMESTAMP() - {ago}, {values})")


def listed(answer: Answer) -> list[str]:
    """The rows of the table, each as a line of text."""
    page_of(answer)
    body = answer.text.split('id="the-list"', 1)[1].split("</tbody>", 1)[0].split(">", 1)[1]
    rows = [html.unescape(re.sub(r"<[^>]+>|\s+", " ", row)) for row in body.split("</tr>") if "<td" in row]
    return [re.sub(r"\s+", " ", row).strip() for row in rows if "no-items" not in row and "ago" in row]


def show(site: Site, **query: str) -> list[str]:
    """The rows that a query lists."""
    return listed(screen(site, ACTIVITY, query, user=ADMIN, method="GET"))


def export(site: Site, **query: str) -> Answer:
    """The file of a query."""
    return act(site, ACTIVITY, "export", query, user=ADMIN)


def lines(answer: Answer) -> list[list[str]]:
    """The lines of a file, without the first."""
    assert (answer.status, answer.header("Content-Type")) == (200, "text/csv; charset=utf-8"), answer.text[:400]
    assert answer.body.startswith(b"\xef\xbb\xbf\"Time (UTC)\",")
    rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"), newline=""), strict=True))
    assert {len(row) for row in rows} == {13}
    return rows[1:]


# What is shown


def test_an_event_tells_who_what_when_and_from_where(log: Site) -> None:
    client = register_client(log, name="Shop importer")
    jane = make_user(log, display_name="Jane Doe")
    log.sql("DELETE FROM wp_app_connect_events")
    happen(log, "client_tokens_ended", ago=7200, client=client["id"], user=ADMIN, owner=jane, ip="203.0.113.7", data={"tokens": 12, "sessions": 3, "more": True})
    answer = screen(log, ACTIVITY, user=ADMIN)
    row = listed(answer)[0]
    for words in ("2 hours ago", "Ended", "All tokens of a client ended", "at least 12 live tokens and 3 sessions", "Shop importer", "admin", "Tokens of Jane Doe", "203.0.113.7"):
        assert words in row, (words, row)
    page = page_of(answer)
    times = [have for tag, have in page.tags if tag == "time"]
    assert len(times) == 1 and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", times[0]["datetime"]) and times[0]["title"].endswith(" +00:00")
    links = [have["href"] for tag, have in page.tags if tag == "a" and "href" in have]
    assert any(f"page=app-connect&action=edit&client={client['id']}" in link for link in links)
    assert any(f"user-edit.php?user_id={jane}" in link for link in links)


def test_every_kind_has_a_sentence_and_severity_in_words(log: Site) -> None:
    for kind in EVERY:
        happen(log, kind)
    rows = show(log, kind="")
    assert len(rows) == 20, "a page"
    rows += show(log, kind="approvals")
    for kind in EVERY:
        mine = show(log, kind=kind)
        assert len(mine) == 1 and kind not in mine[0], mine
        assert re.search(r"(Approved|Declined|Refused|Warning|Change|Ended) [A-Z]", mine[0]), mine


def test_what_a_newer_version_recorded_is_shown_by_its_name(log: Site) -> None:
    happen(log, "from_a_newer_version", data={"colour": "blue", "sizes": [1, {"deep": None}], "text": "x" * 5000})
    happen(log, "client_updated", data={"fields": ["brand_new_field"], "ceiling": "sideways", "ends": ["world"], "extra": True})
    happen(log, "user_tokens_ended", data={"why": "the_moon"})
    happen(log, "client_authentication_failed", data={"cause": "bad_weather"})
    text = " ".join(show(log))
    for words in ("Other from_a_newer_version", "colour: blue", 'sizes: [1,{"deep":null}]', "xxx…", "brand_new_field", "extra: 1", "Reason: the moon.", "Cause: bad weather."):
        assert words in text, words
    assert show(log, kind="from_a_newer_version")[0].find("colour") > 0
    assert log.php_messages() == []


@pytest.mark.parametrize("data", ["{", "[]", "7", "null", '"x"', '{"fields": 7, "ends": {"a": []}, "overlap": "x", "tokens": [], "sessions": -5, "scope": [], "cause": {}, "why": null, "need": false, "ceiling": 3}', '{"scope": "\\ud800"}', ""])
def test_data_of_any_shape_breaks_nothing(log: Site, data: str) -> None:
    for kind in ("client_updated", "consent_granted", "client_secret_changed", "client_deleted", "token_reused", "x"):
        happen(log, kind, client=999999)
    log.sql("UPDATE wp_app_connect_events SET data = '" + data.replace("\\", "\\\\") + "'")
    assert len(show(log)) == 6
    assert len(lines(export(log))) == 6
    assert log.php_messages() == []


def test_an_app_and_a_user_that_are_gone(log: Site) -> None:
    client, jane = register_client(log, name="Old newsreader"), make_user(log)
    happen(log, "consent_granted", ago=60, client=client["id"], user=jane, data={"scope": "content:read openid"})
    happen(log, "consent_granted", ago=50, client=424242, user=jane)
    code = """
        require_once ABSPATH . 'wp-admin/includes/user.php';
        wp_set_current_user( 1 );
        AppConnect\\WP\\Client_Registry::delete( (int) $args[0] );
        wp_delete_user( (int) $args[1] );
        return null;
    """
    log.wp_eval(code, client["id"], jane)
    rows = show(log, kind="consent_granted")
    assert "Old newsreader (deleted)" in rows[1] and client["client_id"] in rows[1] and f"Deleted user #{jane}" in rows[1]
    assert "Read posts" in rows[1] and "recognise the person" in rows[1]
    assert "Deleted app #424242" in rows[0]
    found = show(log, app=f"#{client['id']}")
    assert len(found) == 3 and all("Old newsreader" in row for row in found), "added, approved, deleted"
    assert len(show(log, who=f"#{jane}", kind="consent_granted")) == 2
    assert len(show(log, who=str(jane), kind="approvals")) == 2


def test_hostile_names_and_data_stay_text(log: Site) -> None:
    """WP-09."""
    text = "\"><script>alert(1)</script>‮&amp;"
    client = register_client(log, name=text[:180].replace("‮", ""))
    happen(log, "client_deleted", client=515151, data={"name": text, "client_id": text})
    happen(log, text[:10].replace('"', "").replace(">", ""), client=client["id"], data={text: text, "scope": text, "cause": text, "fields": [text], "need": text})
    for query in ({}, {"app": text, "who": text, "address": text, "kind": text, "span": text}):
        answer = screen(log, ACTIVITY, query, user=ADMIN, method="GET")
        page = page_of(answer)
        assert not any("alert(1)" in script for script in page.scripts)
        assert "<script>alert(1)" not in answer.text
    assert page.values()["app"] == text


def test_nothing_yet_and_nothing_found(log: Site) -> None:
    assert "Nothing has happened yet" in page_of(screen(log, ACTIVITY, user=ADMIN)).text
    happen(log, "host_fault")
    page = page_of(screen(log, ACTIVITY, {"kind": "changes"}, user=ADMIN, method="GET"))
    assert "No event is like that" in page.text and "Nothing has happened yet" not in page.text
    assert page.find("button", value="export") == []


# Filters


def test_filters_leave_what_they_say(log: Site) -> None:
    one, two = register_client(log, name="Alpha"), register_client(log, name="Beta")
    jane, john = make_user(log), make_user(log)
    log.sql("DELETE FROM wp_app_connect_events")
    events: list[dict[str, Any]] = [
        {"kind": "consent_granted", "client": one["id"], "user": jane, "ip": "203.0.113.1", "ago": 10},
        {"kind": "consent_denied", "client": two["id"], "user": john, "ip": "203.0.113.1", "ago": 100},
        {"kind": "rate_limited", "client": one["id"], "ip": "2001:db8::1", "ago": 90_000},
        {"kind": "client_authentication_failed", "ip": "203.0.113.1", "ago": 200_000},
        {"kind": "user_tokens_ended", "user": ADMIN, "owner": jane, "ip": "203.0.113.2", "ago": 700_000},
        {"kind": "client_updated", "client": one["id"], "user": ADMIN, "ip": "203.0.113.2", "ago": 3_000_000},
    ]
    for event in events:
        happen(log, **event)
    logins = {row["ID"]: row for row in log.sql(f"SELECT ID, user_login, user_email FROM wp_users WHERE ID IN ({jane}, {john})")}
    by_jane = [0, 4]
    alpha = one["client_id"]
    cases: list[tuple[dict[str, str], list[int]]] = [
        ({}, [0, 1, 2, 3, 4, 5]),
        ({"kind": "approvals"}, [0, 1]), ({"kind": "failures"}, [2, 3]), ({"kind": "ended"}, [4]), ({"kind": "changes"}, [5]), ({"kind": "consent_denied"}, [1]),
        ({"app": "Alpha"}, [0, 2, 5]), ({"app": alpha}, [0, 2, 5]), ({"app": f"#{two['id']}"}, [1]), ({"app": "lpha"}, [0, 2, 5]),
        ({"who": str(logins[str(jane)]["user_login"])}, by_jane), ({"who": str(logins[str(jane)]["user_email"])}, by_jane), ({"who": f" {jane} "}, by_jane), ({"who": "admin"}, [4, 5]),
        ({"address": "203.0.113.1"}, [0, 1, 3]), ({"address": " 2001:DB8:0::0001 "}, [2]),
        ({"span": "day"}, [0, 1]), ({"span": "week"}, [0, 1, 2, 3]), ({"span": "month"}, [0, 1, 2, 3, 4]), ({"span": "for ever"}, [0, 1, 2, 3, 4, 5]),
        ({"address": "203.0.113.1", "kind": "approvals"}, [0, 1]), ({"address": "203.0.113.1", "app": alpha}, [0]), ({"app": alpha, "kind": "failures"}, [2]),
        ({"who": str(jane), "kind": "ended", "address": "203.0.113.2", "span": "month"}, [4]), ({"who": str(jane), "app": alpha}, [0]),
        ({"who": str(john), "app": alpha}, []), ({"kind": "approvals", "span": "day", "app": "#999999"}, []), ({"who": "admin", "span": "week"}, []),
    ]
    at = [str(row["id"]) for row in log.sql("SELECT id FROM wp_app_connect_events ORDER BY at DESC, id DESC")]
    for query, expected in cases:
        rows = show(log, **query)
        assert len(rows) == len(expected), (query, rows)
        if expected:
            assert [line[12] for line in lines(export(log, **query))] == [at[index] for index in expected], query
    assert log.php_messages() == []


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"app": "no such app"}, "No app has this"),
        ({"who": "nobody@example.org"}, "No user has this"),
        ({"address": "203.0.113"}, "not an IP address"),
        ({"kind": "No Such Kind!"}, "no such kind"),
        ({"app": "Copy of"}, "Many apps have this"),
    ],
)
def test_what_cannot_be_looked_for_is_said_and_kept(log: Site, query: dict[str, str], words: str) -> None:
    """Nothing is listed: a filter that is left out would show what was not asked for."""
    if query.get("app") == "Copy of" and count(log, "clients", "name LIKE 'Copy of%'") <= 20:
        code = "for ( $i = 0; $i < 21; $i++ ) { AppConnect\\WP\\Storage\\Clients::register( json_decode( $args[0], true ) ); } return null;"
        log.wp_eval(code, json.dumps({"name": "Copy of an app", "description": "", "type": "public", "grant_types": [], "mode": "login_only"}))
    happen(log, "host_fault")
    page = page_of(screen(log, ACTIVITY, query, user=ADMIN, method="GET"))
    assert words in page.text
    assert show(log, **query) == []
    name, typed = next(iter(query.items()))
    assert name == "kind" or page.find("input", **{"name": name, "value": typed, "aria-invalid": "true"})
    answer = export(log, **query)
    assert words in page_of(answer).text and "text/html" in (answer.header("Content-Type") or "")


def test_hostile_queries_are_never_a_failure(log: Site) -> None:
    for index in range(3):
        happen(log, "host_fault", ago=index)
    for value in ("[]=x", "[a][b]=x", "=%ff", "=" + "9" * 400, "=-1", "=0", "=%00", "=1.1", "=1e99.1e99", "=999999999999999999.999999999999999999", "=%27%20OR%201--%20", "=" + "x" * 6000):
        for name in ("kind", "span", "app", "who", "address", "before", "after", "orderby", "order", "paged"):
            assert screen(log, f"{ACTIVITY}&{name}{value}", user=ADMIN).status == 200, (name, value)
    assert log.php_messages() == []


# Pages


def walk(site: Site, query: str) -> tuple[list[str], list[list[str]]]:
    """The pages of a query from the newest to the oldest; each as the times that it shows."""
    pages: list[list[str]] = []
    address, addresses = query, []
    while address:
        answer = screen(site, address, user=ADMIN)
        page = page_of(answer)
        pages.append([have["datetime"] + have["title"] for tag, have in page.tags if tag == "time"])
        addresses.append(address)
        older = [have["href"].split("?", 1)[1] for tag, have in page.tags if tag == "a" and "before=" in have.get("href", "") and ACTIVITY in have["href"]]
        address = older[0] if older else ""
        assert len(pages) < 40
    return addresses, pages


def newer_of(site: Site, address: str) -> tuple[str, list[str]]:
    """The page before one: its address, and the times that it shows."""
    page = page_of(screen(site, address, user=ADMIN))
    newer = [have["href"].split("?", 1)[1] for tag, have in page.tags if tag == "a" and "after=" in have.get("href", "") and ACTIVITY in have["href"]]
    shown = page_of(screen(site, newer[0], user=ADMIN))
    return newer[0], [have["datetime"] + have["title"] for tag, have in shown.tags if tag == "time"]


@pytest.mark.parametrize("query", ["", "&kind=failures", "&address=203.0.113.7", "&who=1&span=month", "&kind=rate_limited&address=203.0.113.7"])
def test_pages_show_each_event_once_in_both_directions(log: Site, query: str) -> None:
    """Also where many share a second."""
    log.sql("INSERT INTO wp_app_connect_events (at, kind, user_id, owner_id, ip) SELECT UNIX_TIMESTAMP() - FLOOR(seq / 7) * 60, 'rate_limited', 1, 1, '203.0.113.7' FROM seq_1_to_65")
    addresses, pages = walk(log, ACTIVITY + query)
    assert [len(page) for page in pages] == [20, 20, 20, 5]
    shown = [time for page in pages for time in page]
    assert shown == sorted(shown, reverse=True)
    for index in (3, 2, 1):
        assert newer_of(log, addresses[index])[1] == pages[index - 1]
    log.sql("INSERT INTO wp_app_connect_events (at, kind, user_id, ip) VALUES (UNIX_TIMESTAMP() + 5, 'rate_limited', 1, '203.0.113.7')")
    address, times = newer_of(log, addresses[1])
    assert times == pages[0]
    newest = newer_of(log, address)[1]
    assert len(newest) == 20 and newest[1:] == pages[0][:19], "what is newest is shown as a whole page"


def test_filters_that_leave_little_of_much_go_on_with_the_next_page(log: Site) -> None:
    log.sql("INSERT INTO wp_app_connect_events (at, kind, client_pk, ip) SELECT UNIX_TIMESTAMP() - 40000 + seq, IF(seq % 9000 = 5, 'host_fault', 'rate_limited'), 5, '203.0.113.7' FROM seq_1_to_25000")
    _, pages = walk(log, f"{ACTIVITY}&kind=host_fault&address=203.0.113.7")
    assert [len(page) for page in pages] == [1, 1, 1]
    page = page_of(screen(log, f"{ACTIVITY}&kind=consent_denied&address=203.0.113.7", user=ADMIN))
    assert "Nothing up to here" in page.text and "10,000 events were looked at" in page.text and page.find("button", value="export")
    # The kind alone has an index of its own, and the file goes on by itself.
    assert len(show(log, kind="host_fault")) == 3
    assert len(lines(export(log, kind="host_fault", address="203.0.113.7"))) == 3
    assert len(lines(export(log, kind="consent_denied", app="#5"))) == 0


def test_the_number_of_events_a_page_is_a_screen_option(log: Site) -> None:
    log.sql("INSERT INTO wp_app_connect_events (at, kind) SELECT UNIX_TIMESTAMP() - seq, 'host_fault' FROM seq_1_to_120")
    boss = person(log, "administrator")
    form = {"screenoptionnonce": nonce(log, boss, "screen-options-nonce"), "wp_screen_options[option]": "app_connect_activity_per_page", "wp_screen_options[value]": "500", "screen-options-apply": "Apply"}
    assert screen(log, ACTIVITY, form, user=boss).status == 302
    assert len(listed(screen(log, ACTIVITY, user=boss))) == 100


FILTERS: list[dict[str, Any]] = [
    {}, {"since": True}, {"kinds": ["rate_limited"]}, {"kinds": KINDS["changes"]}, {"clients": [5]}, {"clients": [5, 6, 7]}, {"users": [7]}, {"address": "203.0.113.7"},
    {"kinds": KINDS["failures"], "address": "203.0.113.7"}, {"clients": [5], "address": "203.0.113.7", "kinds": ["x"]}, {"users": [7], "clients": [5]},
    {"users": [7, 8], "kinds": KINDS["ended"], "address": "203.0.113.7", "clients": [5, 6]},
    {"address": "203.0.113.99", "kinds": ["consent_denied"]},
]


def test_every_query_uses_an_index_and_reads_no_more_than_a_page() -> None:
    """Each filter and each combination, in the middle of the log and in both directions: plans, and the rows that were read."""
    bulk = bulk_site()
    bulk.sql("""INSERT INTO wp_app_connect_events (at, kind, client_pk, user_id, owner_id, ip)
        SELECT UNIX_TIMESTAMP() - seq, IF(seq % 3, 'rate_limited', 'client_updated'), 1 + seq % 9, 1 + seq % 11, 1 + seq % 13, CONCAT('203.0.113.', seq % 17) FROM seq_1_to_40000;
        INSERT INTO wp_app_connect_events (at, kind, ip) SELECT UNIX_TIMESTAMP() - seq, 'rate_limited', '203.0.113.99' FROM seq_1_to_60000; ANALYZE TABLE wp_app_connect_events""")
    place = bulk.sql("SELECT at, id FROM wp_app_connect_events ORDER BY at DESC LIMIT 1 OFFSET 20000")[0]
    code = """
        global $wpdb;
        $status = static fn (): int => (int) array_sum( array_column( $wpdb->get_results( "SHOW SESSION STATUS WHERE Variable_name IN ('Handler_read_next', 'Handler_read_prev', 'Handler_read_rnd_next', 'Handler_read_first', 'Handler_read_last')", ARRAY_A ), 'Value' ) );
        $filter = json_decode( $args[0], true ) + array( 'kinds' => array(), 'clients' => array(), 'users' => array(), 'address' => '', 'since' => 0 );
        $filter['since'] = $filter['since'] ? time() - 86400 : 0;
        $place  = json_decode( $args[1], true );
        $before = $status();
        $page   = AppConnect\\WP\\Storage\\Event_List::page( $filter, $place ? array_map( 'intval', $place ) : null, (bool) $args[2], 20 );
        return array( count( $page['rows'] ), $status() - $before );
    """
    for number, filter_ in enumerate(FILTERS):
        combined = number >= 8
        for where, newer in ((None, 0), (place, 0), (place, 1)):
            seen: list[int] = []
            statements = record(bulk, lambda: seen.extend(bulk.wp_eval(code, json.dumps(filter_), json.dumps(where), newer)))  # noqa: B023
            shown, read = seen
            assert shown == 20 or combined, (filter_, shown)
            assert read < (60_000 if combined else 2000), (filter_, where, newer, read)
            for statement in statements:
                if "wp_app_connect_events" not in statement:
                    continue
                for step in bulk.sql("EXPLAIN " + statement):
                    if step["table"] is None or str(step["table"]).startswith("<") or step["type"] is None:
                        continue
                    assert step["type"] != "ALL", (statement, step)
                    if step["table"] == "wp_app_connect_events":
                        assert "filesort" not in (step["Extra"] or ""), (statement, step)
    for step in bulk.sql("EXPLAIN SELECT client_pk, data FROM (SELECT client_pk, kind, data FROM wp_app_connect_events WHERE client_pk = 5 ORDER BY at DESC, id DESC LIMIT 50) e0 WHERE kind = 'client_deleted'"):
        assert step["key"] == "client_at" or str(step["table"]).startswith("<"), step
    bulk.sql("DELETE FROM wp_app_connect_events WHERE ip LIKE '203.0.113.%'")


@pytest.mark.parametrize("lacks", ["DROP COLUMN owner_id, DROP KEY kind_at, DROP KEY ip_at, DROP KEY owner_at", "DROP KEY ip_at", "DROP KEY owner_at"])
def test_an_older_log_is_made_searchable_and_keeps_its_events(log: Site, lacks: str) -> None:
    """Also if an attempt before ended halfway."""
    happen(log, "host_fault", user=ADMIN)
    shape = "SELECT index_name, column_name, seq_in_index FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'wp_app_connect_events' ORDER BY 1, 3"
    before = log.sql(shape)
    log.sql(f"ALTER TABLE wp_app_connect_events {lacks}; UPDATE wp_options SET option_value = '5' WHERE option_name = 'app_connect_schema'")
    assert len(show(log, who="admin", kind="host_fault")) == 1
    assert log.sql(shape) == before
    assert log.sql("SELECT option_value AS v FROM wp_options WHERE option_name = 'app_connect_schema'") == [{"v": "9"}]


# The file


def test_a_file_holds_what_the_filters_leave(log: Site) -> None:
    client, jane = register_client(log, name="Shop, \"the\" importer"), make_user(log, display_name="Jane")
    log.sql("DELETE FROM wp_app_connect_events")
    happen(log, "session_ended", ago=60, client=client["id"], user=ADMIN, owner=jane, ip="2001:db8::1")
    happen(log, "host_fault")
    answer = export(log, kind="ended")
    login = log.sql(f"SELECT user_login FROM wp_users WHERE ID = {jane}")[0]["user_login"]
    line = lines(answer)[0]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", line[0])
    event = log.sql("SELECT id FROM wp_app_connect_events WHERE kind = 'session_ended'")[0]["id"]
    assert line[1:] == ["Ended", "A session ended", "", 'Shop, "the" importer', client["client_id"], "admin", "1", login, str(jane), "2001:db8::1", "session_ended", event]
    assert len(lines(answer)) == 1
    assert answer.header("Cache-Control") == "no-store, private" and answer.header("X-Content-Type-Options") == "nosniff"
    assert re.fullmatch(r'attachment; filename="app-connect-activity-127\.0\.0\.1-\d{4}-\d\d-\d\d\.csv"', answer.header("Content-Disposition") or "")


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_cell_is_a_formula(log: Site, sign: str) -> None:
    happen(log, "client_deleted", client=616161, data={"name": f"{sign}cmd|' /C calc'!A0", "client_id": f"{sign}1+1"})
    happen(log, "x", data={f"{sign}a": "b"})
    log.sql("UPDATE wp_app_connect_events SET ip = '=1+1' WHERE kind = 'x'")
    for line in lines(export(log)):
        assert not any(cell.startswith(sign) or cell.startswith("=") for cell in line), line
    assert any(cell == f"'{sign}1+1" for line in lines(export(log)) for cell in line)


def test_a_long_file_is_whole_and_takes_no_more_memory(log: Site) -> None:
    log.sql("INSERT INTO wp_app_connect_events (at, kind, user_id, ip) SELECT UNIX_TIMESTAMP() - FLOOR(seq / 5), 'rate_limited', 1, '203.0.113.7' FROM seq_1_to_12345")
    log.fixture("memory", "isset( $_POST['app_connect_do'] ) && register_shutdown_function( static function () { file_put_contents( WP_CONTENT_DIR . '/memory.log', memory_get_peak_usage() . \"\\n\", FILE_APPEND ); } );")
    peaks = log.content / "memory.log"
    try:
        export(log, kind="changes")
        numbers = [int(line[12]) for line in lines(export(log))]
        small, large = (int(line) for line in peaks.read_text().split())
    finally:
        log.remove_fixture("memory")
        peaks.unlink(missing_ok=True)
    assert len(numbers) == len(set(numbers)) == 12345
    assert large < small + 12_000_000, (small, large)
    assert log.php_messages() == []


def test_a_file_that_would_be_too_long_says_where_it_ends(log: Site) -> None:
    log.sql("INSERT INTO wp_app_connect_events (at, kind) SELECT UNIX_TIMESTAMP() - seq, 'x' FROM seq_1_to_100001")
    try:
        rows = lines(export(log))
        assert len(rows) == 100_001 and "This file ends here" in rows[-1][2] and "100,000" in rows[-1][2]
        log.sql("DELETE FROM wp_app_connect_events LIMIT 1")
        rows = lines(export(log))
        assert len(rows) == 100_000 and rows[-1][11] == "x"
    finally:
        log.sql("TRUNCATE wp_app_connect_events")


def test_a_database_that_fails_is_said_on_the_screen_and_in_the_file(log: Site) -> None:
    log.sql("INSERT INTO wp_app_connect_events (at, kind) SELECT UNIX_TIMESTAMP() - seq, 'x' FROM seq_1_to_2500")
    log.fixture("fault", FAULT)
    try:
        fault = {"X-Fault": "1205:9", "X-Fault-At": "AS owner_login"}
        page = page_of(screen(log, ACTIVITY, user=ADMIN, headers=fault))
        assert "could not be read" in page.text and "Nothing has happened yet" not in page.text
        answer = act(log, ACTIVITY, "export", {}, user=ADMIN, headers=fault)
        assert "could not be read" in page_of(answer).text
        # The first 1,000 were sent when the database fails.
        log.fixture("late", "add_filter( 'query', static function ( $query ) { static $seen = 0; return str_contains( $query, 'AS owner_login' ) && ++$seen > 1 ? \"SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1205, MESSAGE_TEXT = 'x'\" : $query; } );")
        rows = lines(export(log))
        assert len(rows) == 1001 and "This file is not complete" in rows[-1][2]
    finally:
        log.remove_fixture("fault")
        if (log.mu_plugins / "late.php").exists():
            log.remove_fixture("late")


REFUSED = {"no nonce": 403, "another nonce": 403, "a subscriber": 403, "an editor": 403, "nobody": 302}


@pytest.mark.parametrize("who", REFUSED)
def test_wp_08_no_file_without_capability_and_nonce(log: Site, who: str) -> None:
    happen(log, "from_a_newer_version")
    boss = person(log, "administrator")
    role = {"a subscriber": "subscriber", "an editor": "editor"}.get(who, "administrator")
    user = None if who == "nobody" else person(log, role)
    sent = {"no nonce": {}, "another nonce": {"_wpnonce": nonce(log, boss, "app_connect_save")}}.get(who, {"_wpnonce": nonce(log, user or boss, "app_connect_export")})
    answer = screen(log, ACTIVITY, {"app_connect_do": "export"} | sent, user=user)
    assert answer.status == REFUSED[who]
    assert "from_a_newer_version" not in answer.text
    if who in ("a subscriber", "an editor", "nobody"):
        answer = screen(log, ACTIVITY, user=user)
        assert answer.status == REFUSED[who] and "from_a_newer_version" not in answer.text


def test_wp_08_a_get_sends_no_file(log: Site) -> None:
    answer = act(log, ACTIVITY, "export", {}, user=ADMIN, method="GET")
    assert answer.status == 200 and "text/html" in (answer.header("Content-Type") or "")


# What is recorded


def test_tk_23_no_secret_is_in_the_log_or_its_file_and_no_row_is_written_for_a_token(log: Site) -> None:
    """Everything is created, used, revoked and replayed; then every secret of it is looked for."""
    secrets: list[str] = []
    client = register_client(log)
    secrets.append(client["secret"])
    secrets.append(get_token(log, client))
    renewed = log.wp_eval("return AppConnect\\WP\\Client_Registry::renew_secret( (int) $args[0], 3600 )['secret'];", client["id"])
    secrets.append(renewed)
    client["secret"] = renewed
    before = count(log, "events")
    secrets += [get_token(log, client) for _ in range(3)]
    assert count(log, "events") == before, "tokens are no events"
    wrong = "a wrong secret that a person typed"
    assert ask_token(log, client | {"secret": wrong}).status == 401
    secrets.append(wrong)
    assert revoke(log, client, secrets[1]).status == 200
    app = new_app(log)
    code = get_code(log, app, make_user(log))
    secrets += [code.code, code.verifier]
    assert exchange(log, code).status == 200 and exchange(log, code, code_verifier="w" * 43).status == 400
    somebody = Person(log, server_app(log))
    first = somebody.session()
    told = count(log, "events")
    second = somebody.next(first["refresh_token"])
    third = somebody.next(second["refresh_token"])
    assert count(log, "events") == told, "refreshing is no event"
    somebody.next(third["refresh_token"])
    assert somebody.refresh(first["refresh_token"]).status == 400
    secrets += [somebody.app["secret"], somebody.model.code, somebody.model.verifier, *(str(answer[name]) for answer in (first, second, third) for name in ("access_token", "refresh_token"))]
    log.wp_eval("wp_set_password( 'a new password 4711', (int) $args[0] ); return null;", somebody.user)
    secrets.append("a new password 4711")
    kinds = {row["kind"] for row in log.sql("SELECT DISTINCT kind FROM wp_app_connect_events")}
    assert kinds >= {"client_created", "client_secret_changed", "client_authentication_failed", "token_revoked", "token_reused", "consent_granted", "user_tokens_ended"}
    assert "token_issued" not in kinds
    everything = json.dumps(log.sql("SELECT * FROM wp_app_connect_events")) + export(log).text + screen(log, ACTIVITY, user=ADMIN).text
    hashes = [str(row["h"]) for row in log.sql("SELECT secret_hash AS h FROM wp_app_connect_clients WHERE secret_hash > ''")]
    for secret in (*secrets, *hashes):
        assert len(secret) > 8 and secret not in everything, secret
        assert json.dumps(secret)[1:-1] not in everything


# How long it goes back


def test_what_is_older_than_the_setting_is_removed(log: Site) -> None:
    day = 86400
    for ago in (0, 6, 8, 29, 31):
        happen(log, "x", ago=ago * day)
    clean = "AppConnect\\WP\\Storage\\Cleanup::batch(); return null;"
    log.wp_eval(clean)
    assert count(log, "events") == 4, "30 days unless told otherwise"
    configure(log, activity_retention=7 * day)
    log.wp_eval(clean)
    assert count(log, "events") == 2
    configure(log, activity_retention=63072000)
    happen(log, "x", ago=700 * day)
    log.wp_eval(clean)
    assert count(log, "events") == 3


def test_without_the_extension_the_log_stays_and_is_written() -> None:
    """How long it may go back is the extension's to say; that a user's tokens ended is WordPress' to tell."""
    site = make("activityless71", wp="7.1", extension=False)
    site.sql("DELETE FROM wp_app_connect_events")
    happen(site, "x", ago=900 * 86400)
    user = make_user(site)
    code = """
        AppConnect\\WP\\Storage\\Subjects::ensure( (int) $args[0], substr( bin2hex( random_bytes( 11 ) ), 0, 22 ) );
        wp_set_password( 'another', (int) $args[0] );
        AppConnect\\WP\\Storage\\Cleanup::run();
        return null;
    """
    site.wp_eval(code, user)
    assert [row["kind"] for row in site.sql("SELECT kind FROM wp_app_connect_events ORDER BY id")] == ["x", "user_tokens_ended"]
