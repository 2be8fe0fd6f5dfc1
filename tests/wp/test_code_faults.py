"""A code and what it buys are one write, whatever dies on the way (threats.md §4, F3…F7; design.md §2)."""

from __future__ import annotations

import contextlib
import http.client
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from code_support import bought, copies, digest_of, is_spent
from conftest import LAB, MU_PLUGIN, Answer, assert_oauth_error, count, make_user, route, send
from consent_support import Browser, Code, decide, exchange, get_code, new_app, open_consent
from lab import Site
from storage_support import fault_headers

App = dict[str, Any]

EXCHANGE = {
    "begin": "START TRANSACTION",
    "spend": "UPDATE \\S+_codes SET consumed_at",
    "subject": "INSERT IGNORE INTO \\S+_subjects",
    "grant": "INSERT INTO \\S+_grants",
    "settle": "UPDATE \\S+_codes SET grant_id",
    "token": "INSERT INTO \\S+_tokens",
    "commit": "^COMMIT",
}
"""The statements of the transaction, by what they do."""


@pytest.fixture(scope="module")
def app(site: Site) -> App:
    """A public client."""
    return new_app(site)


@pytest.fixture(scope="module")
def approved(site: Site, app: App) -> Code:
    """A code that serves as the model of others."""
    return get_code(site, app, make_user(site, "editor"))


@pytest.fixture
def code(site: Site, approved: Code) -> Iterator[Code]:
    """A code of its own for each test."""
    yield copies(site, approved, 1)[0]
    site.remove_fixture("fault")


def with_fault(site: Site, code: Code, fault: str, at: str, **options: Any) -> Answer:
    """An exchange that meets a fault."""
    return exchange(site, code, headers=fault_headers(site, fault, at), **options)


@pytest.mark.parametrize("door", [True, False], ids=["open", "closed"])
@pytest.mark.parametrize("at", EXCHANGE)
def test_F5_a_connection_lost_in_the_exchange_is_503_and_the_code_is_still_good(site: Site, app: App, code: Code, at: str, door: bool) -> None:
    before = bought(site, app)
    assert_oauth_error(with_fault(site, code, "kill", EXCHANGE[at], door=door), 503, "temporarily_unavailable")
    assert not is_spent(site, code) and bought(site, app) == before
    assert exchange(site, code, door=door).status == 200
    assert bought(site, app) == (before[0] + 1, before[1] + 1)


@pytest.mark.parametrize("at", EXCHANGE)
def test_F5_a_connection_replaced_in_the_exchange_is_503_and_buys_nothing(site: Site, app: App, code: Code, at: str) -> None:
    """`$wpdb` runs the lost statement again, outside the transaction: whatever it did, no token comes of it."""
    before = bought(site, app)
    assert_oauth_error(with_fault(site, code, "reconnect", EXCHANGE[at]), 503, "temporarily_unavailable")
    assert bought(site, app)[1] == before[1]
    # The statement that spends may have been repeated alone: then the code is lost, and never good for two.
    spent = is_spent(site, code)
    assert spent == (at == "spend")
    assert exchange(site, code).status == (400 if spent else 200)
    assert bought(site, app)[1] == before[1] + (0 if spent else 1)


@pytest.mark.parametrize("at", EXCHANGE)
def test_F3_a_worker_killed_in_the_exchange_leaves_nothing_behind(site: Site, app: App, code: Code, at: str) -> None:
    before = bought(site, app)
    assert with_fault(site, code, "die", EXCHANGE[at]).status == 502
    assert not is_spent(site, code) and bought(site, app) == before
    assert exchange(site, code).status == 200
    assert bought(site, app) == (before[0] + 1, before[1] + 1)


@pytest.mark.parametrize("at", ["FROM \\S+_codes c", "UPDATE \\S+_codes SET consumed_at"], ids=["find", "spend"])
@pytest.mark.parametrize("fault", ["kill", "reconnect"])
def test_F5_a_connection_lost_under_a_wrong_verifier_is_503(site: Site, app: App, code: Code, fault: str, at: str) -> None:
    before = bought(site, app)
    assert_oauth_error(with_fault(site, code, fault, at, code_verifier="w" * 43), 503, "temporarily_unavailable")
    assert bought(site, app) == before


def test_F5_a_connection_lost_under_a_replay_is_503_until_it_ends_the_tokens(site: Site, code: Code) -> None:
    token = exchange(site, code).json()["access_token"]
    use = lambda: send(site, "GET", route(site, "/wp/v2/posts"), bearer=token).status  # noqa: E731
    answer = with_fault(site, code, "kill", "UPDATE \\S+_grants SET revoked_at", code_verifier=None)
    assert_oauth_error(answer, 503, "temporarily_unavailable")
    assert use() == 200
    assert_oauth_error(exchange(site, code, code_verifier=None), 400, "invalid_grant")
    assert use() == 401


@pytest.mark.parametrize("fault", ["kill", "1053"])
@pytest.mark.parametrize("at", ["FROM wp_users WHERE", "FROM wp_usermeta WHERE"], ids=["user", "meta"])
def test_F6_a_user_who_cannot_be_read_is_503_and_not_a_refusal(site: Site, app: App, code: Code, fault: str, at: str) -> None:
    """WordPress takes what it could not read for a user who may do nothing."""
    before = bought(site, app)
    assert_oauth_error(with_fault(site, code, fault, at), 503, "temporarily_unavailable")
    assert not is_spent(site, code) and bought(site, app) == before
    assert exchange(site, code).status == 200


def test_F6_a_user_whom_a_lost_connection_hides_is_503_and_not_a_refusal(site: Site, app: App, code: Code) -> None:
    """As a killed server does it: a reconnect failed, and wpdb answers every question with nothing, and no error."""
    before = bought(site, app)
    site.fixture("not-ready", "add_action( 'wp_loaded', static function () { $GLOBALS['wpdb']->ready = false; }, 0 );")
    try:
        assert_oauth_error(exchange(site, code), 503, "temporarily_unavailable")
    finally:
        site.remove_fixture("not-ready")
    assert not is_spent(site, code) and bought(site, app) == before


def test_F6_roles_that_could_not_be_read_are_503_and_not_a_refusal(site: Site, app: App, code: Code) -> None:
    """As a killed server does it: WordPress read no options, and then came back."""
    before = bought(site, app)
    site.fixture("no-roles", "add_filter( 'option_wp_user_roles', '__return_empty_array' );")
    try:
        assert_oauth_error(exchange(site, code), 503, "temporarily_unavailable")
    finally:
        site.remove_fixture("no-roles")
    assert not is_spent(site, code) and bought(site, app) == before


@pytest.mark.parametrize("errno", [1213, 1205, 1020])
@pytest.mark.parametrize("at", ["spend", "grant", "token", "commit"])
def test_F7_a_conflict_is_retried_twice_and_then_503(site: Site, app: App, code: Code, errno: int, at: str) -> None:
    before = bought(site, app)
    assert_oauth_error(with_fault(site, code, f"{errno}:3", EXCHANGE[at]), 503, "temporarily_unavailable")
    assert not is_spent(site, code) and bought(site, app) == before
    assert with_fault(site, code, f"{errno}:2", EXCHANGE[at]).status == 200
    assert bought(site, app) == (before[0] + 1, before[1] + 1)


@pytest.mark.parametrize("at", ["spend", "settle"])
def test_a_statement_that_changes_nothing_buys_nothing(site: Site, app: App, code: Code, at: str) -> None:
    before = bought(site, app)
    assert_oauth_error(with_fault(site, code, "skip", EXCHANGE[at]), 503, "temporarily_unavailable")
    assert bought(site, app) == before and not is_spent(site, code)


def test_CG_08_the_write_decides_and_not_what_was_read_before(site: Site, app: App, code: Code) -> None:
    """Two requests that have both read an unspent code: the second write buys nothing, and says so."""
    before = bought(site, app)
    row = site.sql(f"SELECT client_pk, policy_id, subject_pk FROM wp_app_connect_codes WHERE digest = '{digest_of(code.code)}'")[0]
    user = site.sql(f"SELECT user_id FROM wp_app_connect_subjects WHERE id = {row['subject_pk']}")[0]["user_id"]
    answers = site.wp_eval("""
        list( $digest, $client, $policy, $user ) = $args;
        $issue = static fn ( $now ) => AppConnect\\WP\\Storage\\Tokens::issue( array(
            'grant'  => array( 'new' => array(
                'handle' => substr( bin2hex( random_bytes( 6 ) ), 0, 11 ), 'client' => (int) $client, 'user' => (int) $user, 'sub' => 'x', 'method' => 'authorization_code',
                'policy' => array( 'known' => (int) $policy ), 'ceiling' => (int) $policy, 'scope' => 'wp', 'resource' => null, 'auth_time' => null,
                'idle_expires_at' => time() + 60, 'expires_at' => null, 'session' => null, 'client_epoch' => 0, 'subject_epoch' => 0, 'method_epoch' => 0,
            ) ),
            'token'  => array( 'digest' => str_pad( bin2hex( random_bytes( 20 ) ), 43, 'r' ), 'policy' => array( 'known' => (int) $policy ), 'scope' => 'wp', 'expires_at' => time() + 60, 'generation' => 0 ),
            'spends' => array( 'code' => $digest ),
            'now'    => $now,
        ) );
        $spend = static fn ( $now ) => AppConnect\\WP\\Storage\\Codes::spend( array( 'digest' => $digest, 'now' => $now ) );
        return array( $issue( time() ), $issue( time() + 1 ), $spend( time() + 2 ) );
    """, digest_of(code.code), row["client_pk"], row["policy_id"], user)
    assert answers == ["stored", "already_spent", "already"]
    assert bought(site, app) == (before[0] + 1, before[1] + 1)


# The approval


STORE = {
    "begin": "START TRANSACTION",
    "subject": "INSERT IGNORE INTO \\S+_subjects",
    "code": "INSERT INTO \\S+_codes",
    "consent": "INSERT INTO \\S+_consents",
    "commit": "^COMMIT",
}


@pytest.mark.parametrize("fault", ["kill", "1213:3"])
@pytest.mark.parametrize("at", STORE)
def test_F5_a_connection_lost_under_an_approval_stores_neither_code_nor_consent(site: Site, at: str, fault: str) -> None:
    app, user = new_app(site), make_user(site, "editor")
    browser = Browser(site, user=user)
    page = open_consent(browser, app)
    answer = decide(browser, page, headers=dict(fault_headers(site, fault, STORE[at])))
    site.remove_fixture("fault")
    # Where the app is told, it may try again (RFC 6749 §4.1.2.1).
    assert answer.status in (302, 303, 503), answer.text[-500:]
    assert "code=" not in (answer.header("Location") or "").replace("error_code=", "")
    for table in ("codes", "consents"):
        assert count(site, table, f"client_pk = {app['id']}") == 0
    assert get_code(site, app, user).code


def test_two_approvals_at_once_are_two_codes_and_one_consent(site: Site) -> None:
    app, user = new_app(site), make_user(site, "editor")
    browsers = [Browser(site, user=user) for _ in range(4)]
    pages = [open_consent(browser, app) for browser in browsers]
    answers: list[Answer] = []
    threads = [threading.Thread(target=lambda b=b, p=p: answers.append(decide(b, p))) for b, p in zip(browsers, pages, strict=True)]  # type: ignore[misc]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [answer.status for answer in answers] == [303] * 4
    assert (count(site, "codes", f"client_pk = {app['id']}"), count(site, "consents", f"client_pk = {app['id']}")) == (4, 1)


# Killed under load


def pay_in(site: Site, codes: list[Code], threads: int = 6) -> dict[str, list[int]]:
    """Exchanges codes, each again and again until it is answered 200 or 400; the statuses by code."""
    seen: dict[str, list[int]] = {code.code: [] for code in codes}
    waiting = list(codes)
    lock, end = threading.Lock(), time.monotonic() + 60

    def loop() -> None:
        while time.monotonic() < end:
            with lock:
                if not waiting:
                    return
                code = waiting.pop()
            try:
                status = exchange(site, code).status
            except (OSError, http.client.HTTPException):
                status = 0
            seen[code.code].append(status)
            if status not in (200, 400):
                time.sleep(0.01)
                with lock:
                    waiting.insert(0, code)

    workers = [threading.Thread(target=loop) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(90)
    return seen


def check_invariants(site: Site, app: App, seen: dict[str, list[int]]) -> None:
    """No code is good for two tokens, none was lost and none was paid out unspent."""
    assert all(statuses[-1] in (200, 400) for statuses in seen.values())
    assert all(statuses.count(200) <= 1 for statuses in seen.values())
    rows = {
        row["digest"]: row for row in site.sql(
            "SELECT c.digest, c.consumed_at, c.grant_id, g.id AS g, COUNT(t.id) AS tokens FROM wp_app_connect_codes c "
            "LEFT JOIN wp_app_connect_grants g ON g.id = c.grant_id LEFT JOIN wp_app_connect_tokens t ON t.grant_id = c.grant_id "
            f"WHERE c.client_pk = {app['id']} GROUP BY c.digest"
        )
    }
    for code, statuses in seen.items():
        row = rows[digest_of(code)]
        found = (row["consumed_at"] is not None, row["grant_id"] is not None, row["g"] is not None, row["tokens"])
        assert found == (True, True, True, "1"), (statuses, row)
        # Only an answer that was lost on its way is followed by a refusal.
        assert 200 in statuses or {0, 502, 500, 503} & set(statuses), statuses
    grants = f"SELECT id FROM wp_app_connect_grants WHERE client_pk = {app['id']}"
    assert count(site, "grants", f"client_pk = {app['id']} AND id NOT IN (SELECT grant_id FROM wp_app_connect_tokens)") == 0
    assert count(site, "grants", f"client_pk = {app['id']} AND id NOT IN (SELECT grant_id FROM wp_app_connect_codes WHERE grant_id IS NOT NULL)") == 0
    assert count(site, "tokens", f"grant_id NOT IN (SELECT id FROM wp_app_connect_grants) AND grant_id IN ({grants})") == 0


def test_F3_workers_killed_at_any_moment_break_nothing(site: Site) -> None:
    app = new_app(site)
    codes = copies(site, get_code(site, app, make_user(site, "editor")), 300)
    kills = 0
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    seen: dict[str, list[int]] = {}
    paying = threading.Thread(target=lambda: seen.update(pay_in(site, codes)))
    paying.start()
    while paying.is_alive():
        time.sleep(chance.uniform(0.01, 0.06))
        workers = site.worker_pids()
        if workers and kills < 60:
            with contextlib.suppress(ProcessLookupError):
                os.kill(chance.choice(workers), signal.SIGKILL)
                kills += 1
    paying.join()
    assert kills >= 20 and any(502 in statuses for statuses in seen.values()), (kills, "nothing was hit")
    check_invariants(site, app, seen)


@pytest.fixture
def crash() -> Iterator[Site]:
    """A site with a database server of its own: the tests beside this one go on with theirs."""
    with Site("crash", lab_dir=LAB / "crash", wp="7.1") as site:
        site.fixture("test-support", MU_PLUGIN)
        yield site
    site.database.stop()


def test_F4_a_database_server_killed_at_any_moment_breaks_nothing(crash: Site) -> None:
    app = new_app(crash)
    codes = copies(crash, get_code(crash, app, make_user(crash, "editor")), 600)
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    seen: dict[str, list[int]] = {}
    paying = threading.Thread(target=lambda: seen.update(pay_in(crash, codes)))
    paying.start()
    kills = 0
    while paying.is_alive() and kills < 20:
        time.sleep(chance.uniform(0.02, 0.12))
        crash.database.kill()
        crash.database.start()
        kills += 1
    paying.join()
    print(f"seed {seed}, {kills} kills")
    assert kills >= 5 and any(len(statuses) > 1 for statuses in seen.values()), "nothing was hit"
    check_invariants(crash, app, seen)
    assert crash.sql("CHECK TABLE wp_app_connect_codes, wp_app_connect_grants, wp_app_connect_tokens")[-1]["Msg_text"] == "OK"
