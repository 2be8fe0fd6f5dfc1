"""App Connect → Tokens: the list of live sessions, its search and filters, and revoking what it lists."""

from __future__ import annotations

import html
import json
import re
import time
import urllib.parse
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from admin_support import holdings, nonce, page_of, person, screen
from auth_support import new_client
from conftest import Answer, count, get_token, make, make_user
from lab import Site
from refresh_support import Person, row_of, server_app, use
from storage_support import fault_headers, record
from test_connected_apps import grant_id, last_events, told

TOKENS = "page=app-connect-tokens"
NONCE = "app_connect_revoke"


@pytest.fixture(scope="session", params=["wp71"])
def site(request: pytest.FixtureRequest) -> Site:
    """The newest version: the browser walks these screens on the oldest too."""
    return make(request.param)


@pytest.fixture(autouse=True)
def calm(site: Site) -> Iterator[None]:
    """PHP complains of nothing."""
    site.clear_logs()
    yield
    assert site.php_messages() == []


def named(site: Site, **draft: Any) -> Person:
    """Somebody with an app of a name that no other test uses."""
    return Person(site, server_app(site, name=f"App {time.monotonic_ns()}", **draft))


def tokens(site: Site, query: Mapping[str, Any] | str = "", user: int = 1, **options: Any) -> Answer:
    """The screen."""
    more = query if isinstance(query, str) else urllib.parse.urlencode(query, doseq=True)
    return screen(site, TOKENS + (f"&{more}" if more else ""), user=user, **options)


def ask(site: Site, query: Mapping[str, Any], **options: Any) -> str:
    """The text of the screen."""
    return text_of(tokens(site, query, **options))


def text_of(answer: Answer) -> str:
    """The text of the screen's content, with one space between words."""
    page_of(answer)
    content = answer.text.partition('id="wpbody-content"')[2].partition('id="wpfooter"')[0]
    content = re.sub(r"<(script|style)\b.*?</\1>", " ", content, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", content)).split())


def listed(site: Site, query: Mapping[str, Any], **options: Any) -> list[int]:
    """The rows of the sessions that are listed, in order."""
    answer = tokens(site, query, **options)
    assert answer.status == 200, answer.text[-400:]
    return [int(number) for number in re.findall(r'name="session\[\]" id="cb-select-\d+" value="(\d+)"', answer.text)]


def revoke(site: Site, fields: Mapping[str, Any], user: int = 1, *, sent: str | None = "", method: str = "POST", **options: Any) -> Answer:
    """Answers the question, with the user's own nonce unless another, or None for none, is given."""
    good = nonce(site, user, NONCE) if sent == "" else sent
    form = {"app_connect_do": "revoke", **fields} | ({} if good is None else {"_wpnonce": good})
    return screen(site, TOKENS, form, user=user, method=method, **options)


def after(site: Site, answer: Answer, user: int = 1) -> str:
    """What the list says after sessions were revoked."""
    assert answer.status == 303, (answer.status, text_of(answer) if answer.status == 200 else answer.text[-300:])
    where = urllib.parse.urlsplit(answer.header("Location") or "")
    assert where.path.endswith("/wp-admin/admin.php"), where
    return text_of(screen(site, where.query, user=user))


def question_fields(answer: Answer) -> dict[str, Any]:
    """The hidden fields of the question, with its button."""
    page = page_of(answer)
    form = answer.text.partition('class="app-connect-confirm"')[2].partition("</form>")[0]
    fields: dict[str, Any] = {}
    for tag in re.findall(r'<input type="hidden"[^>]*>', form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        assert name and value
        if name[1].endswith("[]"):
            fields.setdefault(name[1][:-2], []).append(html.unescape(value[1]))
        else:
            fields[name[1]] = html.unescape(value[1])
    fields.pop("_wp_http_referer", None)
    return fields | {"app_connect_do": page.find("button", name="app_connect_do")[0]["value"]}


# The list


def test_a_line_tells_what_a_session_is(site: Site) -> None:
    somebody = named(site)
    session = somebody.session()
    assert use(site, session["access_token"]) == 200
    site.sql(f"UPDATE wp_app_connect_grants SET last_ip = '203.0.113.44' WHERE id = {grant_id(site, session['refresh_token'])}")
    answer = tokens(site, {"client": somebody.app["id"]})
    text = text_of(answer)
    for words in ("Authorization code", "Restricted", "Read posts, pages", "203.0.113.44", "At the latest on 20"):
        assert words in text, text
    # Thirty days, of which some seconds may have gone by.
    assert re.search("In (1 month|4 weeks) if it is not used", text), text
    assert "Service user" not in text and "Dangerous" not in text
    assert f"user_id={somebody.user}" in answer.text
    assert f"action=edit&#038;client={somebody.app['id']}" in answer.text


def test_a_client_that_acts_on_its_own_is_marked_and_its_end_is_its_tokens(site: Site) -> None:
    client = new_client(site, make_user(site), name=f"Own {time.monotonic_ns()}")
    get_token(site, client)
    text = ask(site, {"client": client["id"]})
    assert "Service user" in text and "Client credentials" in text
    assert "In 1 hour" in text or "In 60 minutes" in text, text


def test_the_newest_come_first_and_what_has_ended_is_not_there(site: Site) -> None:
    somebody = named(site)
    numbers = [grant_id(site, each["refresh_token"]) for each in somebody.sessions(7)]
    query = {"client": somebody.app["id"]}
    assert listed(site, query) == numbers[::-1]
    site.sql(f"""
        UPDATE wp_app_connect_grants SET revoked_at = 1 WHERE id = {numbers[0]};
        UPDATE wp_app_connect_grants SET expires_at = 1 WHERE id = {numbers[1]};
        UPDATE wp_app_connect_grants SET client_epoch = 9 WHERE id = {numbers[2]};
        UPDATE wp_app_connect_grants SET method_epoch = 9 WHERE id = {numbers[3]};
        UPDATE wp_app_connect_grants SET subject_epoch = 9 WHERE id = {numbers[4]};
        UPDATE wp_app_connect_grants SET idle_expires_at = 1 WHERE id = {numbers[5]};
        UPDATE wp_app_connect_tokens SET expires_at = 1 WHERE grant_id = {numbers[5]}
    """)
    assert listed(site, query) == [numbers[6]]
    site.sql(f"UPDATE wp_app_connect_tokens SET expires_at = 1 WHERE grant_id = {numbers[6]}")
    assert listed(site, query) == [numbers[6]], "it can be refreshed"
    site.sql(f"UPDATE wp_app_connect_grants SET refresh_epoch = 9 WHERE id = {numbers[6]}")
    assert listed(site, query) == []
    assert "No live session matches." in ask(site, query)


def test_what_is_dangerous_is_marked(site: Site) -> None:
    somebody = Person(site, server_app(site, name=f"Mighty {time.monotonic_ns()}", mode="full", bundles=[], takeover=["manage_options"]), "administrator", scope="wp")
    somebody.session()
    text = ask(site, {"client": somebody.app["id"]})
    assert "Full Dangerous" in text and "Change every setting" in text


def test_search_finds_people_apps_and_addresses(site: Site) -> None:
    somebody, other = named(site), named(site)
    first, second = (grant_id(site, each.session()["refresh_token"]) for each in (somebody, other))
    login = f"zoe{time.monotonic_ns()}"
    site.sql(f"UPDATE wp_users SET user_login = '{login}', user_email = 'zoë.{login}@mail.example', display_name = 'Zoë {login} O''Hara' WHERE ID = {somebody.user}")
    site.sql(f"UPDATE wp_app_connect_grants SET last_ip = '2001:db8::{first}' WHERE id = {first}; UPDATE wp_app_connect_grants SET last_ip = '198.51.100.{second % 250}' WHERE id = {second}")
    name = str(site.sql(f"SELECT name FROM wp_app_connect_clients WHERE id = {somebody.app['id']}")[0]["name"])
    for search in (login[1:], f"ZOË {login}", "Oʼxara", f"{login}@mail", name[2:], somebody.app["client_id"][:12], f"2001:DB8::{first}"):
        expected = [] if search == "Oʼxara" else [first]
        assert listed(site, {"s": search}) == expected, search
    assert first in listed(site, {"s": "o'hara"})
    for search in ("%", "_", "nobody at all", "x" * 5000, "\\", '"><b>', "9" * 45):
        assert first not in listed(site, {"s": search}), search
    assert second in listed(site, {"s": f"198.51.100.{second % 250}"})
    assert "Search results for:" in ask(site, {"s": login})


def test_filters_narrow_the_list(site: Site) -> None:
    somebody = named(site)
    numbers = [grant_id(site, each["refresh_token"]) for each in somebody.sessions(4)]
    full = Person(site, server_app(site, name=f"Full {time.monotonic_ns()}", mode="full", bundles=[]), scope="wp")
    wide = grant_id(site, full.session()["refresh_token"])
    client = new_client(site, make_user(site))
    get_token(site, client)
    day = 86400
    now = int(time.time())
    for number, created, used in zip(numbers, (8, 31, 91, 91), (None, 8, 31, 1), strict=True):
        site.sql(f"UPDATE wp_app_connect_grants SET created_at = {now - created * day}, last_used_at = {'NULL' if used is None else now - used * day} WHERE id = {number}")
    mine = {"client": somebody.app["id"]}
    a, b, c, d = numbers
    for age, expected in {"created_7": [d, c, b, a], "created_30": [d, c, b], "created_90": [d, c], "unused_7": [c, b, a], "unused_30": [c], "": [d, c, b, a], "nonsense": [d, c, b, a]}.items():
        assert listed(site, mine | {"age": age}) == expected, age
    assert listed(site, mine | {"mode": "full"}) == []
    assert listed(site, mine | {"mode": "restricted", "method": "authorization_code", "age": "unused_30"}) == [c]
    assert listed(site, mine | {"method": "client_credentials"}) == []
    assert wide in listed(site, {"mode": "full"})
    assert a not in listed(site, {"mode": "full"})
    own = listed(site, {"method": "client_credentials"})
    assert own and not set(own) & {*numbers, wide}
    answer = tokens(site, mine | {"mode": "restricted", "age": "unused_7"})
    assert re.search(rf'<option value="{somebody.app["id"]}" selected', answer.text.replace("'", '"'))


def test_pages(site: Site) -> None:
    somebody = named(site)
    numbers = [grant_id(site, each["refresh_token"]) for each in somebody.sessions(23)]
    query = {"client": somebody.app["id"]}
    assert listed(site, query) == numbers[:2:-1]
    assert listed(site, query | {"paged": 2}) == numbers[2::-1]
    assert "23 items" in ask(site, query)
    assert tokens(site, query | {"paged": 9}).status == 302
    at = f"filter_action=x&paged=2&client={somebody.app['id']}&_wp_http_referer="
    same = tokens(site, at + urllib.parse.quote(f"/wp-admin/admin.php?{TOKENS}&client={somebody.app['id']}")).header("Location") or ""
    other = tokens(site, at + urllib.parse.quote(f"/wp-admin/admin.php?{TOKENS}")).header("Location") or ""
    assert "paged=2" in same and "paged" not in other


@pytest.mark.parametrize("query", ["s[]=x", "s=%ff%fe", "s=%00", "client=-1", "client=99999999999999999999999", "client[]=1", "mode[]=full", "age[a]=b", "method=x", "paged=-1", "paged=99999999999",
                                   "action=revoke", "action=revoke&session=x", "action=revoke&session[][]=1", "action=revoke&session=99999999", "action[]=revoke", "action=revoke_all&client=99999999", "notice=revoked&count[]=1&left=x", "orderby[]=x"])
def test_nonsense_breaks_nothing(site: Site, query: str) -> None:
    assert tokens(site, query).status in (200, 302)


def test_names_stay_text(site: Site) -> None:
    name = "\"><img src=x onerror=alert(1)><script>alert(1)</script>"
    somebody = Person(site, server_app(site, name=name))
    number = grant_id(site, somebody.session()["refresh_token"])
    site.sql(f"UPDATE wp_users SET display_name = '<b>x</b>' WHERE ID = {somebody.user}; UPDATE wp_app_connect_grants SET last_ip = '<i>x' WHERE id = {number}")
    for query in ({"client": somebody.app["id"]}, {"client": somebody.app["id"], "s": name}, {"action": "revoke", "session": number}, {"action": "revoke_all", "client": somebody.app["id"]}):
        answer = tokens(site, query)
        for bad in ("<img src=x", "<script>alert(1)", "<b>x</b>", "<i>x"):
            assert bad not in answer.text, (query, bad)
        assert name in text_of(answer) or "s" in query


def test_a_row_that_nobody_can_read_can_be_revoked(site: Site) -> None:
    somebody = named(site)
    number = grant_id(site, somebody.session()["refresh_token"])
    body = site.sql(f"SELECT p.id, p.body FROM wp_app_connect_policies p JOIN wp_app_connect_grants g ON g.policy_id = p.id WHERE g.id = {number}")[0]
    site.sql(f"UPDATE wp_app_connect_policies SET body = 'nonsense' WHERE id = {body['id']}")
    try:
        assert listed(site, {"client": somebody.app["id"]}) == [number]
        assert "1 session revoked" in after(site, revoke(site, {"session": [number]}))
    finally:
        site.sql(f"UPDATE wp_app_connect_policies SET body = '{body['body']}' WHERE id = {body['id']}")
    site.clear_logs()


# Revoking


def test_the_question_says_exactly_what_would_end(site: Site) -> None:
    somebody, other = named(site), named(site)
    first, second = somebody.sessions(2)
    third = other.session()
    somebody.next(first["refresh_token"])
    numbers = [grant_id(site, each["refresh_token"]) for each in (first, second, third)]
    answer = tokens(site, {"action": "revoke", "session[]": numbers})
    text = text_of(answer)
    assert "3 sessions with 4 access tokens" in text
    assert "Revoke these sessions" in text
    assert {use(site, each["access_token"]) for each in (first, second, third)} == {200}, "only asked"
    fields = question_fields(answer)
    assert "3 sessions revoked, with 4 access tokens." in after(site, revoke(site, fields))
    somebody.is_over(first["refresh_token"], second["refresh_token"], access=(first["access_token"], second["access_token"]))
    other.is_over(third["refresh_token"], access=(third["access_token"],))
    assert row_of(site, third["refresh_token"])["revoked_why"] == "administrator"
    assert "These sessions had ended already." in after(site, revoke(site, fields))
    assert "There is nothing left to revoke" in text_of(tokens(site, {"action": "revoke", "session[]": numbers}))


def test_approvals_stay(site: Site) -> None:
    somebody = named(site)
    number = grant_id(site, somebody.session()["refresh_token"])
    revoke(site, {"session": [number]})
    assert count(site, "consents", f"client_pk = {somebody.app['id']}") == 1
    assert use(site, somebody.session()["access_token"]) == 200, "a new session"


def test_all_that_match_ends_and_nothing_else(site: Site) -> None:
    somebody, other = named(site), named(site)
    sessions, kept = somebody.sessions(23), other.session()
    answer = tokens(site, {"action": "revoke_all", "client": somebody.app["id"], "mode": "restricted"})
    text = text_of(answer)
    assert "23 sessions with 23 access tokens" in text
    assert "all sessions that match: App: " in text and "Access: Restricted" in text
    later = somebody.session()
    done = after(site, revoke(site, question_fields(answer)))
    assert "23 sessions revoked, with 23 access tokens." in done
    assert {use(site, each["access_token"]) for each in sessions} == {401}
    assert use(site, kept["access_token"]) == 200
    assert use(site, later["access_token"]) == 200, "it began after the question"
    assert listed(site, {"client": somebody.app["id"]}) == [grant_id(site, later["refresh_token"])]


def test_everything_ends_when_nothing_is_filtered(site: Site) -> None:
    somebody = named(site)
    session = somebody.session()
    own = get_token(site, new_client(site, make_user(site)))
    answer = tokens(site, {"action": "revoke_all"})
    assert "every session of this site, those of apps that act on their own too" in text_of(answer)
    assert use(site, own) == 200
    revoke(site, question_fields(answer))
    assert (use(site, session["access_token"]), use(site, own)) == (401, 401)
    assert "No app is signed in." in ask(site, {})
    assert ask(site, {}, user=1), "the administrator is logged in as before"


def test_a_search_that_finds_nobody_ends_nothing(site: Site) -> None:
    somebody = named(site)
    session = somebody.session()
    newest = count(site, "grants") + 10**9
    assert "had ended already" in after(site, revoke(site, {"app_connect_do": "revoke_all", "s": "nobody at all", "newest": newest}))
    assert use(site, session["access_token"]) == 200


def test_more_than_one_go_says_how_many_are_left(site: Site) -> None:
    somebody = named(site)
    somebody.sessions(5)
    location = "notice=revoked&count=1000&tokens=10001&left=10001"
    text = text_of(tokens(site, f"client={somebody.app['id']}&{location}"))
    assert "1,000 sessions revoked, with more than 10,000 access tokens." in text
    assert "more than 10,000 are left. Go on" in text


REFUSED = ["no nonce", "wrong nonce", "another action's nonce", "GET", "a subscriber", "an editor", "nobody"]


@pytest.mark.parametrize("who", REFUSED)
@pytest.mark.parametrize("do", ["revoke", "revoke_all"])
def test_nobody_else_revokes_anything(site: Site, do: str, who: str) -> None:
    somebody = named(site)
    session = somebody.session()
    user = {"a subscriber": person(site, "subscriber"), "an editor": person(site, "editor")}.get(who, 1)
    sent: str | None = nonce(site, user, NONCE)
    fields = {"app_connect_do": do, "session": [grant_id(site, session["refresh_token"])], "newest": 10**9, "client": somebody.app["id"]}
    match who:
        case "no nonce":
            sent = None
        case "wrong nonce":
            sent = "0123456789"
        case "another action's nonce":
            sent = nonce(site, user, "app_connect_delete")
    everything = holdings(site)
    options = {"headers": {"Cookie": ""}} if who == "nobody" else {}
    answer = revoke(site, fields, user, sent=sent, method="GET" if who == "GET" else "POST", **options) if who != "nobody" else screen(site, TOKENS, {**fields, "_wpnonce": sent}, user=None)
    assert answer.status == (302 if who == "nobody" else 200 if who == "GET" else 403), answer.status
    assert holdings(site) == everything
    assert use(site, session["access_token"]) == 200


def test_who_may_not_manage_sees_no_list(site: Site) -> None:
    for role in ("subscriber", "editor"):
        assert tokens(site, user=person(site, role)).status == 403


@pytest.mark.parametrize("fields", [{"app_connect_do": "delete"}, {"app_connect_do": "revoke"}, {"app_connect_do": "revoke_all"}, {"app_connect_do": "revoke_all", "newest": "x"}, {"app_connect_do": "revoke", "session": ["x", "-1"]}])
def test_a_form_that_is_not_ours_is_refused(site: Site, fields: dict[str, Any]) -> None:
    before = holdings(site)
    assert revoke(site, fields).status == 400
    assert holdings(site) == before


@pytest.mark.parametrize("at", ["^UPDATE .*_grants SET revoked", r"^SELECT g.id, g.client_pk AS client, s.user_id"])
def test_a_failure_is_no_false_done(site: Site, at: str) -> None:
    somebody = named(site)
    session = somebody.session()
    fields = {"session": [grant_id(site, session["refresh_token"])]}
    answer = revoke(site, fields, headers=dict(fault_headers(site, "1053", at)))
    site.remove_fixture("fault")
    text = text_of(answer)
    assert "not certain what has ended" in text
    assert "1 session with 1 access token" in text, "the question again"
    assert use(site, session["access_token"]) == 200
    site.clear_logs()
    assert "1 session revoked" in after(site, revoke(site, fields))


def test_a_list_that_cannot_be_read_is_not_said_to_be_empty(site: Site) -> None:
    answer = tokens(site, headers=dict(fault_headers(site, "1053", "_app_connect_grants")))
    site.remove_fixture("fault")
    text = text_of(answer)
    assert "The database did not answer as it should" in text
    assert "No app is signed in" not in text
    site.clear_logs()


def test_the_audit_log_has_one_row_for_all_that_ended(site: Site) -> None:
    somebody, other = named(site), named(site)
    numbers = [grant_id(site, each["refresh_token"]) for each in (*somebody.sessions(2), other.session())]
    heard = told(site, lambda: revoke(site, {"session": numbers}))
    assert sorted(each["grant"] for each in heard) == numbers
    event = last_events(site, 1)[0]
    assert (event["kind"], event["client_pk"], event["user_id"], event["grant_id"]) == ("sessions_ended", None, "1", None)
    assert json.loads(event["data"] or "") == {"sessions": 3, "tokens": 3}


# Many


@pytest.fixture(scope="module")
def many() -> Site:
    """A site of its own with 30,000 sessions, most of them revoked, of 200 people with 50 apps."""
    site = make("many71", wp="7.1")
    if count(site, "grants") < 30000:
        somebody = named(site)
        token = somebody.session()["refresh_token"]
        number = grant_id(site, token)
        app = somebody.app["id"]
        site.sql(f"""
            INSERT INTO wp_app_connect_clients (digest, client_id, name, type, status, mode, epoch, policy_id, config, created_at)
                SELECT CONCAT('m', LPAD(seq, 42, '0')), CONCAT('many-', seq), CONCAT('Many ', seq), type, status, IF(seq % 10, mode, 'full'), epoch, policy_id, config, created_at
                FROM wp_app_connect_clients, seq_1_to_50 WHERE id = {app};
            INSERT IGNORE INTO wp_users (ID, user_login, user_email, display_name, user_registered)
                SELECT seq + 100000, CONCAT('many', seq), CONCAT('many', seq, '@example.com'), CONCAT('Many ', seq), NOW() FROM seq_1_to_200;
            INSERT INTO wp_app_connect_subjects (user_id, sub) SELECT seq + 100000, LPAD(seq, 22, '0') FROM seq_1_to_200;
            INSERT INTO wp_app_connect_grants (handle, client_pk, subject_pk, method, policy_id, ceiling_id, scope, client_epoch, subject_epoch, method_epoch,
                    refresh_method, refresh_digest, refresh_key, refresh_epoch, idle_expires_at, expires_at, created_at, last_ip, revoked_at)
                SELECT LPAD(seq, 11, '0'), c.id, s.id, g.method, g.policy_id, g.ceiling_id, g.scope, 0, 0, g.method_epoch,
                    g.refresh_method, CONCAT('r', LPAD(seq, 42, '0')), g.refresh_key, g.refresh_epoch, g.idle_expires_at, g.expires_at, g.created_at - seq,
                    CONCAT('10.0.', seq DIV 250 % 250, '.', seq % 250), IF(seq % 3, 1, NULL)
                FROM wp_app_connect_grants g JOIN seq_1_to_30000
                JOIN wp_app_connect_clients c ON c.digest = CONCAT('m', LPAD(seq % 50 + 1, 42, '0'))
                JOIN wp_app_connect_subjects s ON s.user_id = 100000 + seq % 200 + 1 WHERE g.id = {number};
            INSERT INTO wp_app_connect_tokens (digest, grant_id, policy_id, scope, issued_at, expires_at)
                SELECT CONCAT('t', LPAD(g.id * 3 + seq, 42, '0')), g.id, g.policy_id, g.scope, 0, UNIX_TIMESTAMP() + 864000
                FROM wp_app_connect_grants g JOIN seq_1_to_2 WHERE g.id > {number}
        """)
        site.sql("INSERT INTO wp_app_connect_policies (digest, body) SELECT CONCAT('p', LPAD(seq, 42, '0')), '{}' FROM seq_1_to_500")
        for table in ("grants", "tokens", "clients", "subjects", "policies"):
            site.sql(f"ANALYZE TABLE wp_app_connect_{table}")
    return site


def test_every_statement_of_the_list_uses_an_index(many: Site) -> None:
    client = many.sql("SELECT MAX(id) AS id FROM wp_app_connect_clients")[0]["id"]
    queries: list[dict[str, Any]] = [{}, {"client": client}, {"method": "authorization_code"}, {"mode": "full"}, {"age": "unused_7"}, {"s": "10.0.7"}, {"s": "many17"}, {"action": "revoke_all", "client": client}]
    for query in queries:
        statements = [each for each in record(many, lambda query=query: tokens(many, query)) if each.split()[0] == "SELECT"]
        assert [each for each in statements if "app_connect_grants" in each], query
        for statement in statements:
            steps = many.sql("EXPLAIN " + statement)
            # A part of a name can be in any row, as in core's list of users.
            if "LIKE" in statement and "_app_connect_grants" not in statement:
                continue
            for step in steps:
                if step["table"] is None or step["table"].startswith("<") or step["type"] is None:
                    continue
                assert step["type"] != "ALL", (query, statement, step)
    # The list in its own order, without sorting what is not shown.
    page = [each for each in record(many, lambda: tokens(many)) if "OFFSET" in each][0]
    step = [each for each in many.sql("EXPLAIN " + page) if each["key"] == "unrevoked"]
    assert step and "filesort" not in (step[0]["Extra"] or ""), many.sql("EXPLAIN " + page)


def rows_read(site: Site, statement: str) -> int:
    """How many rows the engine reads for a statement."""
    names = ", ".join(f"'HANDLER_READ_{name}'" for name in ("FIRST", "KEY", "LAST", "NEXT", "PREV", "RND", "RND_NEXT"))
    read = f"(SELECT SUM(variable_value) FROM information_schema.session_status WHERE variable_name IN ({names}))"
    rows = site.sql(f"CREATE TEMPORARY TABLE page AS {statement}; SELECT {read} AS n")
    return int(float(rows[0]["n"] or 0))


def test_a_page_reads_what_it_shows(many: Site) -> None:
    page = [each for each in record(many, lambda: tokens(many)) if "OFFSET" in each][0]
    assert rows_read(many, page) < 1000
    total = [each for each in record(many, lambda: tokens(many)) if each.startswith("SELECT COUNT(*)")]
    assert len(total) == 1 and "LIMIT 10001" in total[0]
    assert len(listed(many, {})) == 20


def test_all_that_match_is_revoked_in_batches(many: Site) -> None:
    statements: list[str] = []
    answer = tokens(many, {"action": "revoke_all", "s": "Many 1"})
    found = re.search(r"(?:at least )?([\d,]+) sessions with", text_of(answer))
    assert found
    expected = int(found[1].replace(",", ""))
    assert expected > 2000

    def act() -> None:
        statements.append(after(many, revoke(many, question_fields(answer))))

    updates = [each for each in record(many, act) if each.startswith("UPDATE wp_app_connect_grants")]
    assert f"{expected:,} sessions revoked" in statements[0], statements[0][:300]
    assert len(updates) == -(-expected // 1000)
    many.sql("UPDATE wp_app_connect_grants SET revoked_at = NULL WHERE revoked_why = 'administrator'")
