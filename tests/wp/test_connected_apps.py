"""Connected apps on a profile: what is listed, what a button ends, and who may press it."""

from __future__ import annotations

import html
import json
import re
import urllib.parse
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from admin_support import holdings, nonce, page_of, person
from auth_support import new_client
from code_support import copies
from conftest import Answer, count, get_token, log_in, make, make_user, send
from consent_support import exchange, get_code
from lab import Site
from refresh_support import Person, refuse, row_of, server_app, staying_app, use
from storage_support import bulk_site, fault_headers, record, rows_of

ACTION = "app_connect_apps"


@pytest.fixture(scope="session", params=["wp71"])
def site(request: pytest.FixtureRequest) -> Site:
    """The newest version: the browser walks these screens on the oldest too."""
    return make(request.param)


@pytest.fixture(autouse=True)
def calm(site: Site) -> Iterator[None]:
    """PHP complains of nothing but that core cannot ask another host for its translations."""
    site.clear_logs()
    yield
    assert [each for each in site.php_messages() if "translations_api()" not in each] == []


@pytest.fixture
def somebody(site: Site) -> Person:
    """Somebody who approved a public app."""
    return Person(site)


def profile(site: Site, user: int, viewer: int | None = None, query: str = "", **options: Any) -> Answer:
    """A profile: one's own, or another's as `viewer` sees it."""
    own = viewer in (None, user)
    path = f"/wp-admin/{'profile.php?' if own else f'user-edit.php?user_id={user}&'}{query}"
    return send(site, "GET", site.subdirectory + path, headers={"Cookie": log_in(site, viewer or user), **dict(options.pop("headers", {}))}, **options)


def section(answer: Answer) -> str:
    """The text of the section, with one space between words."""
    found = re.search(r'<section class="app-connect app-connect-apps".*?</section>', answer.text, re.S)
    assert found, answer.text[-600:]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", found[0])).split())


def press(
    site: Site, user: int, button: Mapping[str, Any], viewer: int | None = None, *, sent: str | None = "", method: str = "POST", **options: Any
) -> Answer:
    """Presses a button of the section, with the viewer's own nonce unless another, or None for none, is given."""
    viewer = viewer or user
    good = nonce(site, viewer, f"{ACTION}_{user}") if sent == "" else sent
    fields = {"action": ACTION, "user_id": user, **button} | ({} if good is None else {"_wpnonce": good})
    body = urllib.parse.urlencode(fields)
    headers = {"Cookie": log_in(site, viewer), **dict(options.pop("headers", {}))}
    path = f"{site.subdirectory}/wp-admin/admin-post.php"
    if method == "GET":
        return send(site, "GET", f"{path}?{body}", headers=headers, **options)
    return send(site, "POST", path, headers={"Content-Type": "application/x-www-form-urlencoded", **headers}, body=body, **options)


def back(site: Site, answer: Answer, user: int, viewer: int | None = None) -> str:
    """What the profile says after a button was pressed: 303 to the profile, which is the one of that user."""
    assert answer.status == 303, (answer.status, answer.text[-400:])
    location = urllib.parse.urlsplit(answer.header("Location") or "")
    own = viewer in (None, user)
    assert location.path.endswith("/wp-admin/profile.php" if own else "/wp-admin/user-edit.php"), location
    assert location.fragment == "app-connect-apps"
    return section(profile(site, user, viewer, location.query.removeprefix(f"user_id={user}&")))


def grant_id(site: Site, token: str) -> int:
    """The session that a refresh token names."""
    return int(row_of(site, token)["id"])


# What is listed


def test_an_account_without_apps_says_so(site: Site) -> None:
    user = make_user(site, "subscriber")
    answer = profile(site, user)
    assert "No app has access to your account on this site." in section(answer)
    assert not page_of(answer).find("form", id="app-connect-apps-form")
    assert "No app has access to the account of" in section(profile(site, user, 1))


def test_a_row_tells_what_an_app_may_do_and_when_it_came(site: Site, somebody: Person) -> None:
    tokens = somebody.sessions(2)
    assert use(site, tokens[0]["access_token"]) == 200
    site.sql(f"UPDATE wp_app_connect_grants SET last_ip = '203.0.113.9' WHERE id = {grant_id(site, tokens[0]['refresh_token'])}")
    text = section(profile(site, somebody.user))
    for words in ("Reader", "Read posts, pages, categories and tags", "2 sign-ins", "203.0.113.9", "Last used on", "Not used yet.", "because you have approved them"):
        assert words in text, text
    for words in ("Verified", "Write, publish", "Dangerous", "not signed in"):
        assert words not in text, text
    other = section(profile(site, somebody.user, 1))
    assert "These apps may use the account of" in other
    assert " your " not in other.lower(), other


def test_what_is_dangerous_stands_apart_and_a_verified_app_is_marked(site: Site) -> None:
    app = server_app(site, name="Mighty", mode="full", bundles=[], takeover=["manage_options"], account=True, verified=True)
    somebody = Person(site, app, "administrator", scope="wp")
    somebody.session()
    text = section(profile(site, somebody.user))
    before, _, dangers = text.partition("Dangerous")
    assert "Do everything that you can do here" in before
    assert "Verified" in before
    assert "rights that can take over the whole site" in dangers
    assert "Change every setting" in dangers
    assert "it may change your password" in dangers
    assert "Do everything that this user can do here" in section(profile(site, somebody.user, 1))


def test_a_narrowed_client_is_shown_as_it_is_now(site: Site) -> None:
    somebody = Person(site, server_app(site, mode="full", bundles=[], takeover=["manage_options"]), "administrator", scope="wp")
    somebody.session()
    assert "Do everything that you can do here" in section(profile(site, somebody.user))
    change = {"mode": "restricted", "bundles": ["content:read"], "takeover": []}
    site.wp_eval("$done = AppConnect\\WP\\Client_Registry::revise( (int) $args[0], json_decode( $args[1], true ) ); return is_array( $done );", somebody.app["id"], json.dumps(change))
    narrowed = section(profile(site, somebody.user))
    assert "Read posts, pages, categories and tags" in narrowed
    assert "Do everything" not in narrowed and "Change every setting" not in narrowed, narrowed


def test_an_approval_without_a_session_is_listed(site: Site, somebody: Person) -> None:
    text = section(profile(site, somebody.user))
    assert "Approved, not signed in" in text
    assert "Reader" in text
    site.sql(f"UPDATE wp_app_connect_consents SET expires_at = 1 WHERE client_pk = {somebody.app['id']}")
    assert "No app has access" in section(profile(site, somebody.user))


def test_what_has_ended_is_not_listed(site: Site, somebody: Person) -> None:
    session = somebody.session()
    for change in ("revoked_at = 1", "expires_at = 1", "idle_expires_at = 1, refresh_digest = NULL", "client_epoch = 9", "method_epoch = 9", "subject_epoch = 9"):
        number = grant_id(site, session["refresh_token"])
        site.sql(f"CREATE TABLE keep AS SELECT * FROM wp_app_connect_grants WHERE id = {number}; UPDATE wp_app_connect_grants SET {change} WHERE id = {number}")
        if "refresh_digest" in change:
            site.sql(f"UPDATE wp_app_connect_tokens SET revoked_at = 1 WHERE grant_id = {number}")
        try:
            assert "sign-in" not in section(profile(site, somebody.user)), change
        finally:
            site.sql("REPLACE INTO wp_app_connect_grants SELECT * FROM keep; DROP TABLE keep")
    site.sql(f"UPDATE wp_app_connect_tokens SET revoked_at = NULL WHERE grant_id = {number}")
    assert "1 sign-in" in section(profile(site, somebody.user))


def test_an_app_that_acts_on_its_own_is_not_the_users(site: Site) -> None:
    user = make_user(site)
    get_token(site, new_client(site, user))
    assert "No app has access" in section(profile(site, user))


def test_a_client_switched_off_is_still_there_to_be_revoked(site: Site, somebody: Person) -> None:
    somebody.session()
    site.wp_eval("AppConnect\\WP\\Storage\\Clients::disable( (int) $args[0] ); return null;", somebody.app["id"])
    assert "Switched off by the administrators" in section(profile(site, somebody.user))
    assert "sign-in" not in section(profile(site, somebody.user)).replace("sign-ins ended", "")
    assert "no access to your account" in back(site, press(site, somebody.user, {"revoke_app": somebody.app["id"]}), somebody.user)


def test_names_and_addresses_stay_text(site: Site) -> None:
    name = "\"><img src=x onerror=alert(1)><script>alert(1)</script>&amp;"
    somebody = Person(site, server_app(site, name=name))
    token = somebody.session()["refresh_token"]
    site.sql(f"UPDATE wp_app_connect_grants SET last_used_at = 5, last_ip = '<b>x' WHERE id = {grant_id(site, token)}")
    answer = profile(site, somebody.user)
    assert "<img src=x" not in answer.text and "<b>x" not in answer.text
    assert name.replace("&amp;", "&") in section(answer)


def test_a_row_that_nobody_can_read_is_listed_without_what_it_gives(site: Site, somebody: Person) -> None:
    token = somebody.session()["refresh_token"]
    body = site.sql(f"SELECT p.id, p.body FROM wp_app_connect_policies p JOIN wp_app_connect_grants g ON g.policy_id = p.id WHERE g.id = {grant_id(site, token)}")[0]
    site.sql(f"UPDATE wp_app_connect_policies SET body = 'nonsense' WHERE id = {body['id']}")
    try:
        answer = profile(site, somebody.user)
        assert answer.status == 200
        assert "Reader" in section(answer) and "Revoke" in section(answer)
    finally:
        site.sql(f"UPDATE wp_app_connect_policies SET body = '{body['body']}' WHERE id = {body['id']}")
    site.clear_logs()


# What a button ends


def test_revoke_bites_on_the_next_request(site: Site, somebody: Person) -> None:
    first, second = somebody.sessions(2)
    spare = copies(site, somebody.model, 1)[0]
    assert use(site, first["access_token"]) == 200
    text = back(site, press(site, somebody.user, {"revoke_app": somebody.app["id"]}), somebody.user)
    assert "2 sign-ins ended, with 2 access tokens." in text
    assert "The app has no access to your account any more." in text
    somebody.is_over(first["refresh_token"], second["refresh_token"], access=(first["access_token"], second["access_token"]))
    refuse(exchange(site, spare))
    assert count(site, "consents", f"client_pk = {somebody.app['id']}") == 0
    assert row_of(site, first["refresh_token"])["revoked_why"] == "person"


def test_twice_is_told_the_truth_twice(site: Site, somebody: Person) -> None:
    somebody.session()
    button = {"revoke_app": somebody.app["id"]}
    assert "1 sign-in ended, with 1 access token." in back(site, press(site, somebody.user, button), somebody.user)
    again = back(site, press(site, somebody.user, button), somebody.user)
    assert "The app has no access to your account any more." in again
    assert "No sign-in was left to end." in again


def test_revoke_leaves_other_apps_and_other_people_alone(site: Site, somebody: Person) -> None:
    other = Person(site)
    neighbour = Person(site, somebody.app)
    mine, others, neighbours = somebody.session(), other.session(), neighbour.session()
    same = get_code(site, other.app, somebody.user)
    kept = exchange(site, same).json()
    press(site, somebody.user, {"revoke_app": somebody.app["id"]})
    somebody.is_over(mine["refresh_token"], access=(mine["access_token"],))
    assert {use(site, each["access_token"]) for each in (others, neighbours, kept)} == {200}
    assert count(site, "consents", f"client_pk = {somebody.app['id']}") == 1


def test_end_ends_one_session_and_keeps_the_approval(site: Site, somebody: Person) -> None:
    first, second = somebody.sessions(2)
    text = back(site, press(site, somebody.user, {"end_session": grant_id(site, first["refresh_token"])}), somebody.user)
    assert "1 sign-in ended, with 1 access token." in text
    assert "1 sign-in Signed in on" in text
    somebody.is_over(first["refresh_token"], access=(first["access_token"],))
    assert use(site, second["access_token"]) == 200
    assert count(site, "consents", f"client_pk = {somebody.app['id']}") == 1


def test_revoke_all_ends_every_app_but_those_that_act_on_their_own(site: Site, somebody: Person) -> None:
    app = staying_app(site, name="Another")
    elsewhere = exchange(site, get_code(site, app, somebody.user)).json()
    own = get_token(site, new_client(site, somebody.user))
    session = somebody.session()
    text = back(site, press(site, somebody.user, {"revoke_all": 1}), somebody.user)
    assert "No app has access to your account any more." in text
    assert "2 sign-ins ended, with 2 access tokens." in text
    somebody.is_over(session["refresh_token"], access=(session["access_token"], elsewhere["access_token"]))
    assert use(site, own) == 200
    assert count(site, "consents", f"client_pk IN ({somebody.app['id']}, {app['id']})") == 0
    assert "No sign-in was left to end." in back(site, press(site, somebody.user, {"revoke_all": 1}), somebody.user)


def test_an_administrator_revokes_for_others(site: Site, somebody: Person) -> None:
    session = somebody.session()
    text = back(site, press(site, somebody.user, {"revoke_app": somebody.app["id"]}, 1), somebody.user, 1)
    assert "The app has no access to this account any more." in text
    somebody.is_over(session["refresh_token"], access=(session["access_token"],))


def test_a_notice_claims_nothing_that_the_page_contradicts(site: Site, somebody: Person) -> None:
    somebody.session()
    lie = f"app_connect_done=revoke_app&app_connect_app={somebody.app['id']}&app_connect_sessions=9"
    assert "no access" not in section(profile(site, somebody.user, query=lie))
    assert "no access" not in section(profile(site, somebody.user, query="app_connect_done=revoke_all"))


# Who may press it

REFUSED = ["no nonce", "wrong nonce", "stale nonce", "a nonce for another user", "GET", "a subscriber", "an editor", "nobody"]


@pytest.mark.parametrize("who", REFUSED)
@pytest.mark.parametrize("button", ["end_session", "revoke_app", "revoke_all"])
def test_nobody_else_ends_anything(site: Site, button: str, who: str) -> None:
    somebody = Person(site)
    session = somebody.session()
    value = {"end_session": grant_id(site, session["refresh_token"]), "revoke_app": somebody.app["id"], "revoke_all": 1}[button]
    viewer = {"a subscriber": person(site, "subscriber"), "an editor": person(site, "editor")}.get(who, somebody.user)
    options: dict[str, Any] = {}
    match who:
        case "no nonce":
            options["sent"] = None
        case "wrong nonce":
            options["sent"] = "0123456789"
        case "stale nonce":
            code = """
                parse_str( str_replace( '; ', '&', $args[0] ), $_COOKIE );
                wp_set_current_user( (int) $args[1] );
                add_filter( 'nonce_life', static fn () => 2 );
                $old = wp_create_nonce( $args[2] );
                return $old;
            """
            options["sent"] = str(site.wp_eval(code, log_in(site, viewer), viewer, f"{ACTION}_{somebody.user}"))
        case "a nonce for another user":
            options["sent"] = nonce(site, viewer, f"{ACTION}_1")
        case "GET":
            options["method"] = "GET"
        case "nobody":
            options |= {"headers": {"Cookie": ""}}
    nonce(site, viewer, f"{ACTION}_{somebody.user}")  # Logs the viewer in, which is no change of ours.
    everything = holdings(site)
    answer = press(site, somebody.user, {button: value}, viewer, **options)
    assert answer.status == (400 if who == "nobody" else 405 if who == "GET" else 403), (answer.status, answer.header("Location"))
    assert holdings(site) == everything
    assert use(site, session["access_token"]) == 200


def test_a_session_of_somebody_else_is_left_alone_by_its_number(site: Site, somebody: Person) -> None:
    attacker = Person(site, somebody.app)
    session = somebody.session()
    number = grant_id(site, session["refresh_token"])
    text = back(site, press(site, attacker.user, {"end_session": number}), attacker.user)
    assert "No sign-in was left to end." in text
    assert use(site, session["access_token"]) == 200
    assert row_of(site, session["refresh_token"])["revoked_at"] is None


def test_a_clients_own_session_is_left_alone_by_its_number(site: Site, somebody: Person) -> None:
    client = new_client(site, somebody.user)
    token = get_token(site, client)
    somebody.session()
    number = int(site.sql(f"SELECT id FROM wp_app_connect_grants WHERE client_pk = {client['id']}")[0]["id"])
    press(site, somebody.user, {"end_session": number})
    press(site, somebody.user, {"revoke_app": client["id"]})
    assert use(site, token) == 200


def test_who_may_not_edit_a_user_is_shown_nothing(site: Site, somebody: Person) -> None:
    somebody.session()
    answer = profile(site, somebody.user, person(site, "editor"))
    assert answer.status == 500, "core's own refusal"
    assert "Connected apps" not in answer.text


NONSENSE: list[dict[str, Any]] = [
    {"end_session[]": "1"}, {"revoke_app": "-1"}, {"revoke_app": "9" * 40}, {"end_session": "\udcff"}, {"revoke_app": "<script>"}, {"end_session": ""},
]


@pytest.mark.parametrize("button", NONSENSE, ids=range(len(NONSENSE)))
def test_nonsense_ends_nothing_and_breaks_nothing(site: Site, somebody: Person, button: dict[str, Any]) -> None:
    session = somebody.session()
    encoded = {name: value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value for name, value in button.items()}
    answer = press(site, somebody.user, encoded)
    assert answer.status in (303, 400)
    assert use(site, session["access_token"]) == 200
    assert profile(site, somebody.user, query="app_connect_done[]=x&app_connect_sessions[]=1&app_connect_app=%ff").status == 200


@pytest.mark.parametrize("user", ["0", "99999999", "x", "-1"])
def test_a_user_who_is_none_is_refused(site: Site, user: str) -> None:
    answer = press(site, 1, {"revoke_all": 1, "user_id": user})
    assert answer.status == 403


def test_another_button_is_none_of_ours(site: Site) -> None:
    assert press(site, 1, {"delete_user": 1}).status == 400


def test_saving_the_profile_ends_nothing(site: Site, somebody: Person) -> None:
    session = somebody.session()
    page = page_of(profile(site, somebody.user))
    fields = {tag["name"]: tag.get("value", "") for tag in page.find("input", type="hidden") if tag.get("name", "action") not in ("action", "user_id")}
    body = urllib.parse.urlencode(fields | {"_wpnonce": nonce(site, somebody.user, f"update-user_{somebody.user}"), "action": "update", "user_id": somebody.user,
                                            "email": f"n{somebody.user}@example.com", "nickname": "n", "revoke_all": "1"})
    answer = send(site, "POST", f"{site.subdirectory}/wp-admin/profile.php", body=body,
                  headers={"Cookie": log_in(site, somebody.user), "Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status == 302, answer.text[-300:]
    assert use(site, session["access_token"]) == 200


# When the database fails


@pytest.mark.parametrize("at", ["^DELETE FROM .*consents", "^DELETE FROM .*codes", "^UPDATE .*_grants SET revoked", r"n FROM \(SELECT 1 AS one"])
def test_a_failure_is_no_false_done(site: Site, at: str) -> None:
    somebody = Person(site)
    session = somebody.session()
    answer = press(site, somebody.user, {"revoke_app": somebody.app["id"]}, headers=dict(fault_headers(site, "1053", at)))
    site.remove_fixture("fault")
    text = back(site, answer, somebody.user)
    assert "nothing is certain to have ended" in text
    assert "Reader" in text
    assert use(site, session["access_token"]) == 200
    site.clear_logs()
    assert "1 sign-in ended, with 1 access token." in back(site, press(site, somebody.user, {"revoke_app": somebody.app["id"]}), somebody.user)
    somebody.is_over(session["refresh_token"], access=(session["access_token"],))


def test_apps_that_cannot_be_read_are_not_said_to_be_none(site: Site, somebody: Person) -> None:
    somebody.session()
    answer = profile(site, somebody.user, headers=dict(fault_headers(site, "1053", "_consents")))
    site.remove_fixture("fault")
    text = section(answer)
    assert "The database did not answer as it should" in text
    assert "No app has access" not in text
    site.clear_logs()


# The audit log, and listeners


LISTENER = r"""
add_action( 'app_connect_token_revoked', static function ( $event ) {
    file_put_contents( WP_CONTENT_DIR . '/revoked.log', json_encode( $event ) . "\n", FILE_APPEND );
} );
"""


def told(site: Site, act: Any) -> list[dict[str, Any]]:
    """What listeners hear while something happens."""
    log = site.content / "revoked.log"
    log.unlink(missing_ok=True)
    site.fixture("listener", LISTENER)
    try:
        act()
    finally:
        site.remove_fixture("listener")
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def last_events(site: Site, number: int) -> list[dict[str, Any]]:
    """The newest rows of the audit log."""
    return site.sql(f"SELECT * FROM wp_app_connect_events ORDER BY id DESC LIMIT {number}")


def test_one_session_that_ends_is_one_event(site: Site, somebody: Person) -> None:
    token = somebody.session()["refresh_token"]
    number = grant_id(site, token)
    heard = told(site, lambda: press(site, somebody.user, {"end_session": number}, 1))
    assert heard == [{"client": somebody.app["id"], "grant": number}]
    event = last_events(site, 1)[0]
    assert (event["kind"], event["client_pk"], event["user_id"], event["grant_id"]) == ("session_ended", str(somebody.app["id"]), "1", str(number))
    assert json.loads(event["data"] or "") == {"owner": somebody.user, "tokens": 1}
    before = count(site, "events")
    assert told(site, lambda: press(site, somebody.user, {"end_session": number}, 1)) == []
    assert count(site, "events") == before


def test_several_sessions_are_one_event_and_each_is_told(site: Site, somebody: Person) -> None:
    numbers = [grant_id(site, each["refresh_token"]) for each in somebody.sessions(3)]
    heard = told(site, lambda: press(site, somebody.user, {"revoke_app": somebody.app["id"]}))
    assert sorted(each["grant"] for each in heard) == numbers
    ended, forgotten = last_events(site, 2)
    assert (ended["kind"], ended["client_pk"], ended["grant_id"]) == ("sessions_ended", str(somebody.app["id"]), None)
    assert json.loads(ended["data"] or "") == {"owner": somebody.user, "sessions": 3, "tokens": 3}
    assert (forgotten["kind"], json.loads(forgotten["data"] or "")) == ("consent_revoked", {"owner": somebody.user})


# Where it is asked


def test_other_screens_ask_for_nothing(site: Site, somebody: Person) -> None:
    somebody.session()
    for path in ("index.php", "users.php"):
        assert record(site, lambda path=path: send(site, "GET", f"/wp-admin/{path}", headers={"Cookie": log_in(site, 1)})) == []


def test_every_statement_of_a_profile_uses_an_index() -> None:
    bulk = bulk_site()
    somebody = Person(bulk, server_app(bulk))
    sessions = somebody.sessions(3)
    number = grant_id(bulk, sessions[0]["refresh_token"])

    def everything() -> None:
        assert "3 sign-ins" in section(profile(bulk, somebody.user))
        press(bulk, somebody.user, {"end_session": number})
        press(bulk, somebody.user, {"revoke_app": somebody.app["id"]})
        press(bulk, somebody.user, {"revoke_all": 1})

    statements = [each for each in record(bulk, everything) if each.split()[0] in ("SELECT", "UPDATE", "DELETE")]
    for kind in ("FROM wp_app_connect_consents a", "SET revoked_at", "DELETE FROM wp_app_connect_codes", "listed"):
        assert [each for each in statements if kind in each], (kind, json.dumps(statements, indent=1))
    for statement in statements:
        for step in bulk.sql("EXPLAIN " + statement):
            if step["table"] is None or step["table"].startswith("<") or step["type"] is None:
                continue
            assert step["type"] != "ALL" and rows_of(step) <= 10, (statement, step)


# Networks


def test_on_a_network_each_site_has_its_own() -> None:
    net = make("net71")
    user = make_user(net, "editor")
    somebody = Person(net, role="editor")
    session = somebody.session()
    answer = send(net, "GET", f"/wp-admin/network/user-edit.php?user_id={somebody.user}", headers={"Cookie": log_in(net, 1)})
    assert answer.status == 200
    assert "listed on the profile in the dashboard of each site" in section(answer)
    assert "Revoke" not in section(answer)
    assert "1 sign-in" in section(profile(net, somebody.user, 1))
    assert "No app has access" in section(profile(net, user, 1))
    assert "no access to this account" in back(net, press(net, somebody.user, {"revoke_app": somebody.app["id"]}, 1), somebody.user, 1)
    somebody.is_over(session["refresh_token"], access=(session["access_token"],))
