"""Refresh tokens are a chain (threats.md §2.6; design.md §6; RFC 6749 §6, RFC 9700 §4.14.2)."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from code_support import digest_of
from conftest import Answer, Session, assert_oauth_error, configure, count, log_in, make_user, nonce, route, send, token_path
from consent_support import DOORS, Code, exchange, get_code, tokens
from lab import Site
from refresh_support import (
    APPS, KINDS, POSTS, STAYS, Person, body_of, change, refresh, refuse, row_of, server_app, state, staying_app, tokens_of, use, write,
)
from storage_support import bulk_site, fault_headers, record, rows_of

_people: dict[tuple[str, str], Person] = {}


def somebody(site: Site, kind: str = "public") -> Person:
    """A person whom no test hurts, and an app."""
    key = (site.name, kind)
    if key not in _people:
        _people[key] = Person(site, APPS[kind](site))
    return _people[key]


@pytest.fixture
def person(site: Site) -> Person:
    """Somebody with a public app."""
    return somebody(site)


# RT-01, RT-03: the chain


@DOORS
@KINDS
def test_RT_01_each_refresh_brings_another_refresh_token(site: Site, kind: str, door: bool) -> None:
    person = somebody(site, kind)
    first = person.session()
    second = person.next(first["refresh_token"], door=door)
    third = person.next(second["refresh_token"], door=door)
    chain = [each["refresh_token"] for each in (first, second, third)]
    assert len(set(chain)) == 3 and len({token[:21] for token in chain}) == 1
    assert all(token.startswith("oauth_ac_r") and len(token) == 59 for token in chain)
    assert [use(site, each["access_token"]) for each in (first, second, third)] == [200] * 3
    row = row_of(site, chain[0])
    assert (row["generation"], row["refresh_digest"]) == ("2", digest_of(chain[2]))
    assert (third["scope"], third["expires_in"]) == ("content:read", 3600)
    assert tokens_of(site, chain[0]) == 3


@DOORS
@KINDS
def test_RT_01_an_ancestor_that_comes_again_ends_the_session(site: Site, kind: str, door: bool) -> None:
    person = somebody(site, kind)
    answers, other = person.sessions(2)
    chain, access = [answers["refresh_token"]], [answers["access_token"]]
    for _ in range(3):
        answers = person.next(chain[-1])
        chain.append(answers["refresh_token"])
        access.append(answers["access_token"])
    assert [use(site, token) for token in access] == [200] * 4
    refuse(person.refresh(chain[1], door=door))
    assert [use(site, token) for token in access] == [401] * 4
    person.is_over(*chain)
    assert row_of(site, chain[0])["revoked_why"] == "refresh_reused"
    told = site.sql(f"SELECT grant_id FROM wp_app_connect_events WHERE kind = 'token_reused' AND client_pk = {person.app['id']} ORDER BY id DESC LIMIT 1")
    assert told == [{"grant_id": row_of(site, chain[0])["id"]}]
    # What the same person approved another time goes on.
    assert use(site, other["access_token"]) == 200
    person.next(other["refresh_token"])


def test_RT_01_without_the_key_of_its_session_no_link_leads_to_the_next(site: Site, person: Person) -> None:
    first, other = person.sessions(2)
    token = first["refresh_token"]
    second = person.next(token)
    keys = [row_of(site, each)["refresh_key"] for each in (token, other["refresh_token"])]
    assert keys[0] != keys[1]
    change(site, token, f"refresh_key = '{keys[1]}'")
    refuse(person.refresh(token))
    assert use(site, first["access_token"]) == 200, "a stranger ends nothing"
    change(site, token, f"refresh_key = '{keys[0]}'")
    assert person.next(token)["refresh_token"] == second["refresh_token"]


@KINDS
def test_RT_03_after_a_lost_answer_the_same_token_gets_the_same_successor(site: Site, kind: str) -> None:
    person = somebody(site, kind)
    first = person.session()
    lost = person.next(first["refresh_token"])
    # However late, for nothing that came of the lost answer was used.
    change(site, first["refresh_token"], "rotated_at = rotated_at - 86400")
    again = person.next(first["refresh_token"])
    assert again["refresh_token"] == lost["refresh_token"], "nothing forks"
    assert again["access_token"] != lost["access_token"]
    assert row_of(site, first["refresh_token"])["generation"] == "1"
    assert use(site, again["access_token"]) == 200
    person.next(again["refresh_token"])


@pytest.mark.parametrize(("kind", "seconds", "lives"), [("public", 0, True), ("public", 31, False), ("confidential", 86400, True)])
def test_RT_03_once_its_successor_was_used_a_former_token_is_good_for_30_seconds_or_by_proof(site: Site, kind: str, seconds: int, lives: bool) -> None:
    person = somebody(site, kind)
    first = person.session()
    second = person.next(first["refresh_token"])
    assert use(site, second["access_token"]) == 200
    change(site, first["refresh_token"], f"rotated_at = rotated_at - {seconds}")
    if lives:
        assert person.next(first["refresh_token"])["refresh_token"] == second["refresh_token"]
        assert use(site, second["access_token"]) == 200
    else:
        refuse(person.refresh(first["refresh_token"]))
        person.is_over(second["refresh_token"], access=(first["access_token"], second["access_token"]))


def test_RT_03_the_first_use_after_a_rotation_is_noted_once(site: Site, person: Person) -> None:
    """A client that uses what it got has got it: one write, whatever follows on that day."""
    first = person.session()
    token = first["refresh_token"]
    seen: list[list[str]] = []

    def note(bearer: str) -> str:
        statements = record(site, lambda: use(site, bearer))
        seen.append([statement.split()[0] for statement in statements])
        return str(row_of(site, token)["used_generation"])

    assert [note(first["access_token"]) for _ in range(2)] == ["0", "0"]
    second = person.next(token)
    assert row_of(site, token)["used_generation"] == "0"
    assert note(first["access_token"]) == "0", "the one of before says nothing"
    assert [note(second["access_token"]) for _ in range(2)] == ["1", "1"]
    assert note(first["access_token"]) == "1"
    third = person.next(person.next(second["refresh_token"])["refresh_token"])
    assert note(third["access_token"]) == "3"
    assert note(second["access_token"]) == "3"
    change(site, token, "last_used_at = last_used_at - 86400")
    assert [note(second["access_token"]) for _ in range(2)] == ["3", "3"], "nothing is taken back on another day"
    reads, notes = ["SELECT"], ["SELECT", "UPDATE"]
    assert seen == [notes, reads, reads, notes, reads, reads, notes, reads, notes, reads]


# RT-02: at once

SESSIONS = 50
THREADS = 8


def test_RT_02_eight_refreshes_of_one_token_at_once_are_one_session(site: Site, person: Person) -> None:
    """Eight clients wait for each other before every session, so that each rotation is contended."""
    begun = [each["refresh_token"] for each in person.sessions(SESSIONS)]
    barrier = threading.Barrier(THREADS)

    def at_once(token: str) -> Answer:
        barrier.wait(60)
        return person.refresh(token)

    with ThreadPoolExecutor(THREADS) as pool:
        found = [list(pool.map(at_once, [token] * THREADS)) for token in begun]
    statuses = Counter(answer.status for answers in found for answer in answers)
    assert statuses == {200: SESSIONS * THREADS}, [answer.text for answers in found for answer in answers if answer.status != 200][:3]
    workers = {answer.worker() for answers in found for answer in answers}
    assert len(workers) >= 4, workers
    contended = sum(len({answer.worker() for answer in answers}) >= 4 for answers in found)
    assert contended >= SESSIONS // 2, f"only {contended} sessions met four workers at once"
    for token, answers in zip(begun, found, strict=True):
        bodies = [body_of(answer) for answer in answers]
        successors = {body["refresh_token"] for body in bodies}
        assert len(successors) == 1 and token not in successors
        assert len({body["access_token"] for body in bodies}) == THREADS
        rows = site.sql(f"SELECT generation, refresh_digest, revoked_at FROM wp_app_connect_grants WHERE handle = '{token[10:21]}'")
        assert rows == [{"generation": "1", "refresh_digest": digest_of(successors.pop()), "revoked_at": None}]
        assert tokens_of(site, token) == 1 + THREADS
    for answers in found[:: SESSIONS // 5]:
        assert [use(site, answer.json()["access_token"]) for answer in answers] == [200] * THREADS
        person.next(answers[0].json()["refresh_token"])


def test_RT_02_one_rotation_of_two_that_read_the_same_token_is_made(site: Site, person: Person) -> None:
    """Both have read the token as the present one: the write decides, and the second one stores nothing."""
    token = person.session()["refresh_token"]
    row = row_of(site, token)
    issued = site.wp_eval("""
        list( $grant, $policy, $from ) = $args;
        $issue = static fn ( $to ) => AppConnect\\WP\\Storage\\Tokens::issue( array(
            'grant'  => array( 'known' => (int) $grant ),
            'token'  => array( 'digest' => str_pad( $to, 43, 't' ), 'policy' => array( 'known' => (int) $policy ), 'scope' => 'wp', 'expires_at' => time() + 60, 'generation' => 1 ),
            'spends' => array( 'refresh' => array( 'grant' => (int) $grant, 'from' => $from, 'to' => str_pad( $to, 43, 'r' ), 'idle_expires_at' => time() + 60 ) ),
            'now'    => time(),
        ) );
        return array( $issue( 'one' . $grant ), $issue( 'two' . $grant ) );
    """, row["id"], row["policy_id"], row["refresh_digest"])
    assert issued == ["stored", "already_spent"]
    assert (row_of(site, token)["generation"], tokens_of(site, token)) == ("1", 2)


def test_RT_02_a_session_that_was_ended_under_a_refresh_stays_ended(site: Site, person: Person) -> None:
    """Revoked between what a refresh reads and what it writes."""
    first = person.session()
    site.fixture("ends", f"""add_filter( 'query', static function ( $query ) {{
        if ( preg_match( '/SET refresh_digest = /', $query ) ) {{
            $GLOBALS['wpdb']->query( "UPDATE wp_app_connect_grants SET revoked_at = 1, revoked_why = 'test' WHERE handle = '{first['refresh_token'][10:21]}'" );
        }}
        return $query;
    }} );""")
    try:
        refuse(person.refresh(first["refresh_token"]))
    finally:
        site.remove_fixture("ends")
    row = row_of(site, first["refresh_token"])
    assert (row["generation"], row["revoked_why"], tokens_of(site, first["refresh_token"])) == ("0", "test", 1)


# RT-04, RT-05: whose it is


@KINDS
def test_RT_04_another_client_gets_nothing_and_does_no_harm(site: Site, kind: str) -> None:
    person, other = somebody(site, kind), APPS[kind](site)
    first = person.session()
    before = state(site, first["refresh_token"])
    refuse(refresh(site, other, first["refresh_token"]))
    assert state(site, first["refresh_token"]) == before
    second = person.next(person.next(first["refresh_token"])["refresh_token"])
    refuse(refresh(site, other, first["refresh_token"]))
    assert use(site, second["access_token"]) == use(site, first["access_token"]) == 200
    person.next(second["refresh_token"])


@DOORS
def test_RT_05_a_confidential_client_proves_who_it_is(site: Site, door: bool) -> None:
    person = somebody(site, "confidential")
    first = person.session()
    before = state(site, first["refresh_token"])
    for options in ({"auth": (person.app["client_id"], "wrong" * 8)}, {"auth": None}):
        assert_oauth_error(person.refresh(first["refresh_token"], door=door, **options), 401, "invalid_client")
    assert state(site, first["refresh_token"]) == before
    person.next(first["refresh_token"], door=door)


# RT-06, RT-12: what it may do


def test_RT_06_a_narrower_scope_narrows_and_can_be_left_again(site: Site) -> None:
    person = Person(site, scope="content:read content:write")
    first = person.session()
    narrow = person.next(first["refresh_token"], scope="content:read")
    assert narrow["scope"] == "content:read"
    assert (use(site, narrow["access_token"]), write(site, narrow["access_token"])) == (200, 403)
    assert write(site, first["access_token"]) == 201
    whole = person.next(narrow["refresh_token"])
    assert set(whole["scope"].split()) == {"content:read", "content:write"}
    assert write(site, whole["access_token"]) == 201


def test_RT_06_a_wider_scope_is_invalid_scope_and_costs_nothing(site: Site, person: Person) -> None:
    first = person.session()
    before = state(site, first["refresh_token"])
    for wider in ("content:read content:write", "wp", "content:read openid", "nobody:knows", 'content:read"'):
        refuse(person.refresh(first["refresh_token"], scope=wider), "invalid_scope")
    assert state(site, first["refresh_token"]) == before
    assert person.next(first["refresh_token"], scope="content:read")["scope"] == "content:read"


@pytest.mark.parametrize("role", ["subscriber", ""], ids=["demoted", "without_a_role"])
def test_RT_12_who_was_demoted_gets_tokens_that_can_do_no_more(site: Site, role: str) -> None:
    person = Person(site, scope="content:read content:write")
    first = person.session()
    assert write(site, first["access_token"]) == 201
    site.wp_eval("( new WP_User( (int) $args[0] ) )->set_role( $args[1] ); return null;", person.user, role)
    second = person.next(first["refresh_token"])
    assert write(site, second["access_token"]) == write(site, first["access_token"]) == 403


def test_RT_12_a_narrower_client_narrows_the_next_token(site: Site) -> None:
    person = Person(site, scope="content:read content:write")
    first = person.session()
    answer = Session(site, 1)("POST", f"/clients/{person.app['id']}", {"bundles": ["content:read"]})
    assert answer.status == 200, answer.text
    second = person.next(first["refresh_token"])
    assert second["scope"] == "content:read"
    assert (use(site, second["access_token"]), write(site, second["access_token"])) == (200, 403)
    # Wider again: tokens of before do not widen, and sessions have what was approved.
    assert Session(site, 1)("POST", f"/clients/{person.app['id']}", {"bundles": ["content:read", "content:write", "media:write"]}).status == 200
    assert write(site, second["access_token"]) == 403
    third = person.next(second["refresh_token"])
    assert set(third["scope"].split()) == {"content:read", "content:write"} and write(site, third["access_token"]) == 201


# RT-07: its ends


@pytest.mark.parametrize("end", ["idle_expires_at", "expires_at"])
def test_RT_07_a_session_ends_when_it_was_idle_and_when_it_is_old(site: Site, person: Person, end: str) -> None:
    first = person.session()
    token = first["refresh_token"]
    before = state(site, token)
    change(site, token, f"{end} = UNIX_TIMESTAMP()")
    refuse(person.refresh(token))
    # An access token that goes on without its refresh token has an end of its own.
    assert use(site, first["access_token"]) == (401 if end == "expires_at" else 200)
    change(site, token, f"idle_expires_at = {before[3]}, expires_at = UNIX_TIMESTAMP() + 100")
    second = person.next(token)
    assert 90 <= second["expires_in"] <= 100, "no access token outlives its session"
    change(site, token, "expires_at = UNIX_TIMESTAMP()")
    person.is_over(second["refresh_token"], access=(second["access_token"],))


def test_RT_07_lifetimes_are_settings_and_a_refresh_moves_the_idle_end_alone(patient: Site) -> None:
    person = somebody(patient)
    token = person.session()["refresh_token"]
    row = row_of(patient, token)
    assert (int(row["idle_expires_at"]) - int(row["created_at"]), int(row["expires_at"]) - int(row["created_at"])) == (30 * 86400, 365 * 86400)
    configure(patient, refresh_token_lifetime=7200, session_lifetime=90000)
    change(patient, token, "idle_expires_at = UNIX_TIMESTAMP() + 60")
    second = person.next(token)["refresh_token"]
    after = row_of(patient, token)
    assert 7195 <= int(after["idle_expires_at"]) - time.time() <= 7200 and after["expires_at"] == row["expires_at"]
    change(patient, token, "expires_at = UNIX_TIMESTAMP() + 3000")
    person.next(second)
    after = row_of(patient, token)
    assert after["idle_expires_at"] == after["expires_at"], "no session is idle for longer than it lasts"
    row = row_of(patient, person.session()["refresh_token"])
    assert (int(row["idle_expires_at"]) - int(row["created_at"]), int(row["expires_at"]) - int(row["created_at"])) == (7200, 90000)


def test_RT_07_cleanup_keeps_what_lives_and_takes_what_was_idle(site: Site, person: Person) -> None:
    lives, idle = (each["refresh_token"] for each in person.sessions(2))
    change(site, idle, "idle_expires_at = UNIX_TIMESTAMP() - 86401")
    site.wp_eval("foreach ( AppConnect\\WP\\Storage\\Cleanup::batches() as $took ) {} return null;")
    assert count(site, "grants", f"handle = '{idle[10:21]}'") == 0
    refuse(person.refresh(idle))
    person.next(lives)


# RT-08: what is none


def test_RT_08_what_is_no_refresh_token_is_refused_without_a_query(site: Site, person: Person) -> None:
    first = person.session()
    access, token = first["access_token"], first["refresh_token"]
    asked = {"X-Test-Queries": "1"}
    for other in (access, person.model.code, "x", token[:58], token[:-1] + "!", token.upper(), token + "x"):
        answer = person.refresh(other, headers=asked)
        refuse(answer)
        assert answer.header("X-Test-Queries") == "SELECT", other
    assert_oauth_error(send(site, "POST", token_path(site), form={"grant_type": "refresh_token", "client_id": person.app["client_id"]}), 400, "invalid_request")
    # Nor is a refresh token anything else.
    answer = send(site, "GET", route(site, POSTS), bearer=token, headers=asked)
    assert (answer.status, answer.header("X-Test-Queries")) == (401, None)
    refuse(exchange(site, Code(token, person.app, person.model.redirect_uri, person.model.verifier, {})))
    assert person.next(token)["refresh_token"] != token


def test_RT_08_refresh_tokens_are_stored_as_a_digest_and_logged_nowhere(site: Site) -> None:
    person = somebody(site, "confidential")
    first = person.session()
    second = person.next(first["refresh_token"])
    values = (first["refresh_token"], second["refresh_token"], second["access_token"])
    found = site.wp_eval("""
        global $wpdb;
        $all = '';
        foreach ( $wpdb->get_col( 'SHOW TABLES' ) as $table ) {
            foreach ( $wpdb->get_results( "SELECT * FROM `$table`", ARRAY_N ) as $row ) { $all .= implode( "\\n", $row ) . "\\n"; }
        }
        return array_map( fn ( $text ) => substr_count( $all, $text ), $args );
    """, *values, first["refresh_token"][21:53], second["refresh_token"][21:53], digest_of(first["refresh_token"]), digest_of(second["refresh_token"]))
    assert found == [0, 0, 0, 0, 0, 0, 1]
    logs = "".join(path.read_text(errors="replace") for path in site.logs.values() if path.exists())
    assert not [text for text in values if text in logs]


# RT-09: its person


ENDS = {
    "wp_update_user": "wp_update_user( array( 'ID' => (int) $args[0], 'user_pass' => 'another' ) );",
    "wp_set_password": "wp_set_password( 'another', (int) $args[0] );",
    "reset_password": "reset_password( get_userdata( (int) $args[0] ), 'another' );",
    "profile": """
        require_once ABSPATH . 'wp-admin/includes/user.php';
        wp_set_current_user( (int) $args[0] );
        $user  = wp_get_current_user();
        $_POST = array( 'email' => $user->user_email, 'nickname' => 'x', 'pass1' => 'another', 'pass2' => 'another' );
        if ( is_wp_error( edit_user( $user->ID ) ) ) { throw new Exception( 'not saved' ); }
    """,
    "deleted": "require_once ABSPATH . 'wp-admin/includes/user.php'; wp_delete_user( (int) $args[0] );",
    "vanished": "$GLOBALS['wpdb']->delete( $GLOBALS['wpdb']->users, array( 'ID' => (int) $args[0] ) ); clean_user_cache( (int) $args[0] );",
}


@pytest.mark.parametrize("end", ENDS)
def test_RT_09_what_ends_a_persons_tokens_ends_their_sessions(site: Site, person: Person, end: str) -> None:
    gone = Person(site, person.app)
    first, others = gone.session(), person.session()
    second = gone.next(first["refresh_token"])
    site.wp_eval(ENDS[end] + " return null;", gone.user)
    gone.is_over(second["refresh_token"], first["refresh_token"], access=(first["access_token"], second["access_token"]))
    assert row_of(site, first["refresh_token"])["generation"] == "1"
    person.next(others["refresh_token"])


NO_ENDS = {
    "name": "wp_update_user( array( 'ID' => (int) $args[0], 'display_name' => 'Another' ) );",
    "login": "$mine = WP_Session_Tokens::get_instance( (int) $args[0] ); $mine->destroy( $mine->create( time() + 60 ) );",
}


@pytest.mark.parametrize("what", NO_ENDS)
def test_RT_09_what_is_no_end_ends_nothing(site: Site, person: Person, what: str) -> None:
    first = person.session()
    site.wp_eval(NO_ENDS[what] + " return null;", person.user)
    person.next(first["refresh_token"])


def log_out_everywhere(site: Site, by: int, **form: str) -> Answer:
    """The button of a profile, with a nonce for its own user unless told otherwise."""
    form = {"action": "destroy-sessions", "user_id": str(by), "nonce": nonce(site, by, f"update-user_{form.get('user_id', by)}")} | form
    return send(site, "POST", f"{site.subdirectory}/wp-admin/admin-ajax.php", form=form, headers={"Cookie": log_in(site, by)})


@pytest.mark.parametrize("by", ["themselves", "an_administrator"])
def test_RT_09_log_out_everywhere_ends_sessions(site: Site, person: Person, by: str) -> None:
    gone = Person(site, person.app)
    first, others = gone.session(), person.session()
    answer = log_out_everywhere(site, gone.user if by == "themselves" else 1, user_id=str(gone.user))
    assert answer.status == 200 and answer.json()["success"] is True, answer.text
    gone.is_over(first["refresh_token"], access=(first["access_token"],))
    person.next(others["refresh_token"])


def test_RT_09_log_out_everywhere_without_nonce_or_right_ends_nothing(site: Site, person: Person) -> None:
    first, stranger = person.session(), make_user(site, "author")
    user = str(person.user)
    for by, form in (
        (1, {"nonce": "0123456789"}), (person.user, {"nonce": ""}), (1, {"nonce": nonce(site, 1, "update-user_1")}),
        (stranger, {}), (stranger, {"nonce": nonce(site, person.user, f"update-user_{user}")}),
    ):
        answer = log_out_everywhere(site, by, **({"user_id": user} | form))
        assert (answer.status, answer.json()["success"]) == (200, False), answer.text
    assert use(site, first["access_token"]) == 200
    person.next(first["refresh_token"])


# RT-10: the grant type and the client


def switch(site: Site, name: str, on: bool) -> None:
    """Switches a grant type for the site."""
    site.wp_eval("AppConnect\\WP\\Settings::switch_method( $args[0], (bool) $args[1] ); return null;", name, int(on))


def test_RT_10_refresh_tokens_switched_off_and_on_again_revive_no_session(patient: Site) -> None:
    person = somebody(patient)
    first = person.session()
    switch(patient, "refresh_token", False)
    refuse(person.refresh(first["refresh_token"]), "unauthorized_client")
    assert "refresh_token" not in tokens(patient, person.app, person.user), "none is begun"
    assert use(patient, first["access_token"]) == 200, "an access token ends by itself"
    switch(patient, "refresh_token", True)
    refuse(person.refresh(first["refresh_token"]))
    # And what is begun now goes on.
    person.next(person.session()["refresh_token"])


def test_RT_10_codes_switched_off_and_on_again_revive_no_session(patient: Site) -> None:
    person = Person(patient)
    first = person.session()
    switch(patient, "authorization_code", False)
    person.is_over(first["refresh_token"], access=(first["access_token"],))
    switch(patient, "authorization_code", True)
    person.is_over(first["refresh_token"], access=(first["access_token"],))
    assert tokens_of(patient, first["refresh_token"]) == 1


def edit(site: Site, app: dict[str, Any], **changes: Any) -> None:
    """What an administrator changes, and confirms."""
    answer = Session(site, 1)("POST", f"/clients/{app['id']}", changes | {"confirm": ["grant_types_removed"]})
    assert answer.status == 200, answer.text


def test_RT_10_refresh_tokens_taken_from_a_client_and_given_back_revive_no_session(site: Site) -> None:
    person, other = Person(site), somebody(site)
    first, others = person.session(), other.session()
    edit(site, person.app, grant_types=["authorization_code"])
    refuse(person.refresh(first["refresh_token"]), "unauthorized_client")
    assert use(site, first["access_token"]) == 200, "an access token ends by itself"
    assert count(site, "grants", f"client_pk = {person.app['id']} AND refresh_digest IS NOT NULL") == 0
    edit(site, person.app, grant_types=STAYS)
    refuse(person.refresh(first["refresh_token"]))
    person.next(person.session()["refresh_token"])
    other.next(others["refresh_token"])


def test_RT_10_what_an_interrupted_change_left_is_ended_before_refresh_tokens_are_given_back(site: Site) -> None:
    person = Person(site)
    token = person.session()["refresh_token"]
    left = row_of(site, token)
    edit(site, person.app, grant_types=["authorization_code"])
    change(site, token, f"refresh_digest = '{left['refresh_digest']}', refresh_key = '{left['refresh_key']}'")
    edit(site, person.app, grant_types=STAYS)
    refuse(person.refresh(token))


def test_RT_10_more_sessions_than_a_batch_are_ended(site: Site) -> None:
    person = Person(site)
    first = person.session()["refresh_token"]
    columns = "client_pk, subject_pk, method, policy_id, ceiling_id, scope, client_epoch, subject_epoch, method_epoch, created_at, refresh_method, refresh_key, refresh_epoch, refresh_digest"
    number = int(person.app["id"]) % 10000
    site.sql(f"""INSERT INTO wp_app_connect_grants (handle, {columns})
        SELECT CONCAT('m', LPAD({number}, 4, '0'), LPAD(seq, 6, '0')), {columns} FROM wp_app_connect_grants, seq_1_to_2500 WHERE handle = '{first[10:21]}'""")
    edit(site, person.app, grant_types=["authorization_code"])
    assert count(site, "grants", f"client_pk = {person.app['id']} AND (refresh_digest IS NOT NULL OR refresh_key IS NOT NULL)") == 0
    site.sql(f"DELETE FROM wp_app_connect_grants WHERE client_pk = {person.app['id']}")


def test_RT_10_codes_taken_from_a_client_and_given_back_revive_no_session(site: Site) -> None:
    person = Person(site)
    first = person.session()
    edit(site, person.app, grant_types=["refresh_token"])
    person.is_over(access=(first["access_token"],))
    assert person.refresh(first["refresh_token"]).status == 400
    edit(site, person.app, grant_types=STAYS)
    person.is_over(first["refresh_token"], access=(first["access_token"],))


def test_RT_10_a_disabled_client_refreshes_nothing_and_enabled_again_neither(site: Site) -> None:
    person = Person(site)
    first = person.session()
    edit(site, person.app, status="disabled")
    assert_oauth_error(person.refresh(first["refresh_token"]), 401, "invalid_client")
    edit(site, person.app, status="active")
    person.is_over(first["refresh_token"], access=(first["access_token"],))


def test_RT_10_ended_tokens_are_ended_sessions(site: Site) -> None:
    person = Person(site)
    first = person.session()
    assert Session(site, 1)("DELETE", f"/clients/{person.app['id']}/tokens").status == 200
    person.is_over(first["refresh_token"], access=(first["access_token"],))


def test_RT_10_a_deleted_client_leaves_no_session(site: Site) -> None:
    person = Person(site)
    first = person.session()
    second = person.next(first["refresh_token"])
    assert site.wp_eval("return AppConnect\\WP\\Storage\\Clients::delete( (int) $args[0] );", person.app["id"]) is True
    assert_oauth_error(person.refresh(second["refresh_token"]), 401, "invalid_client")
    assert use(site, second["access_token"]) == 401
    assert count(site, "grants", f"client_pk = {person.app['id']}") == 0
    # Another client has no use for what is left of it either.
    refuse(refresh(site, somebody(site).app, second["refresh_token"]))


# RT-11: what dies on the way

REFRESH = {
    "find": "FROM \\S+_grants g\\b",
    "begin": "START TRANSACTION",
    "rotate": "UPDATE \\S+_grants SET refresh_digest",
    "token": "INSERT INTO \\S+_tokens",
    "commit": "^COMMIT",
}
"""The statements of a refresh, by what they do."""
WRITES = [name for name in REFRESH if name not in ("find", "begin")]


@pytest.fixture
def faulty(site: Site) -> Iterator[Site]:
    """`site`, its faults taken back."""
    yield site
    site.remove_fixture("fault")


def with_fault(person: Person, token: str, fault: str, at: str, **options: Any) -> Answer:
    """A refresh that meets a fault."""
    return person.refresh(token, headers=fault_headers(person.site, fault, at), **options)


@DOORS
@pytest.mark.parametrize("fault", ["kill", "1053"], ids=["connection", "error"])
@pytest.mark.parametrize("at", REFRESH)
def test_RT_11_a_refresh_that_fails_anywhere_is_503_and_its_token_is_still_good(faulty: Site, at: str, fault: str, door: bool) -> None:
    person = somebody(faulty)
    token = person.session()["refresh_token"]
    before = state(faulty, token)
    answer = with_fault(person, token, fault, REFRESH[at], door=door)
    assert_oauth_error(answer, 503, "temporarily_unavailable")
    assert int(answer.header("Retry-After") or 0) > 0
    assert state(faulty, token) == before, "nothing is half written"
    second = person.next(token, door=door)
    assert (row_of(faulty, token)["generation"], tokens_of(faulty, token)) == ("1", 2)
    assert use(faulty, second["access_token"]) == 200


@pytest.mark.parametrize("at", REFRESH)
def test_RT_11_a_connection_replaced_in_a_refresh_is_503_and_its_token_is_still_good(faulty: Site, at: str) -> None:
    """`$wpdb` runs the lost statement again, outside the transaction: then the token is the former one, which nobody used."""
    person = somebody(faulty)
    token = person.session()["refresh_token"]
    assert_oauth_error(with_fault(person, token, "reconnect", REFRESH[at]), 503, "temporarily_unavailable")
    assert row_of(faulty, token)["generation"] == ("1" if at == "rotate" else "0")
    change(faulty, token, "rotated_at = rotated_at - 60")
    second = person.next(token)
    assert row_of(faulty, token)["refresh_digest"] == digest_of(second["refresh_token"])
    assert row_of(faulty, token)["generation"] == "1"
    person.next(second["refresh_token"])


@pytest.mark.parametrize("at", REFRESH)
def test_RT_11_a_worker_killed_in_a_refresh_leaves_nothing_behind(faulty: Site, at: str) -> None:
    person = somebody(faulty)
    token = person.session()["refresh_token"]
    before = state(faulty, token)
    assert with_fault(person, token, "die", REFRESH[at]).status == 502
    assert state(faulty, token) == before
    person.next(token)


@pytest.mark.parametrize("errno", [1213, 1205, 1020])
@pytest.mark.parametrize("at", WRITES)
def test_RT_11_a_conflict_is_retried_twice_and_then_503(faulty: Site, at: str, errno: int) -> None:
    person = somebody(faulty)
    token = person.session()["refresh_token"]
    before = state(faulty, token)
    assert_oauth_error(with_fault(person, token, f"{errno}:3", REFRESH[at]), 503, "temporarily_unavailable")
    assert state(faulty, token) == before
    assert with_fault(person, token, f"{errno}:2", REFRESH[at]).status == 200
    assert (row_of(faulty, token)["generation"], tokens_of(faulty, token)) == ("1", 2)


@pytest.mark.parametrize("at", ["rotate", "token"])
def test_RT_11_a_statement_that_changes_nothing_is_503_and_its_token_is_still_good(faulty: Site, at: str) -> None:
    """A rotation lost to somebody who is not to be seen: a node that lags behind. A refusal would end the session for good."""
    person = somebody(faulty)
    token = person.session()["refresh_token"]
    before = state(faulty, token)
    assert_oauth_error(with_fault(person, token, "skip", REFRESH[at]), 503, "temporarily_unavailable")
    assert state(faulty, token) == before
    person.next(token)


def test_RT_11_a_connection_lost_under_a_reuse_is_503_until_it_ends_the_session(faulty: Site) -> None:
    person = somebody(faulty)
    first = person.session()
    last = person.next(person.next(first["refresh_token"])["refresh_token"])
    answer = with_fault(person, first["refresh_token"], "kill", "UPDATE \\S+_grants SET revoked_at")
    assert_oauth_error(answer, 503, "temporarily_unavailable")
    assert use(faulty, last["access_token"]) == 200
    refuse(person.refresh(first["refresh_token"]))
    person.is_over(last["refresh_token"], access=(first["access_token"], last["access_token"]))


@pytest.mark.parametrize("fault", ["kill", "1053"])
def test_RT_11_an_exchange_that_fails_begins_no_session(faulty: Site, fault: str) -> None:
    person = Person(faulty)
    code = get_code(faulty, person.app, person.user)
    grants = count(faulty, "grants", f"client_pk = {person.app['id']}")
    assert exchange(faulty, code, headers=fault_headers(faulty, fault, REFRESH["token"])).status == 503
    assert count(faulty, "grants", f"client_pk = {person.app['id']}") == grants
    person.next(exchange(faulty, code).json()["refresh_token"])


# Indexes


def test_every_statement_of_a_refresh_uses_an_index() -> None:
    bulk = bulk_site()
    person = Person(bulk, server_app(bulk))

    def everything() -> None:
        first = person.session()["refresh_token"]
        second = person.next(first)
        assert use(bulk, second["access_token"]) == 200
        person.next(person.next(first)["refresh_token"], scope="content:read")
        refuse(person.refresh(first))
        edit(bulk, person.app, grant_types=["authorization_code"])

    statements = record(bulk, everything)
    ours = ("g.handle = ", "SET refresh_digest = '", "g.used_generation = GREATEST", "SET revoked_at", "AND refresh_method = ")
    for kind in ours:
        found = [statement for statement in statements if kind in statement]
        assert found, (kind, json.dumps(statements, indent=1))
        for statement in found:
            for step in bulk.sql("EXPLAIN " + statement):
                if step["table"] is None or step["table"].startswith("<") or step["type"] is None:
                    continue
                assert step["type"] != "ALL" and rows_of(step) <= 10, (statement, step)
