"""State (design.md §6): indexes, migrations, one query and one UPDATE, lost connections, cleanup, uninstall, networks."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from conftest import (
    CC, Answer, Session, ask_token, assert_oauth_error, configure, count, get_token, make, register_client, revoke, route, send, token_path,
)
from lab import MARIADB, Site, environment

POSTS = "/wp/v2/posts"
ROWS = 5000
Client = dict[str, Any]

# Indexes


@pytest.fixture(scope="module")
def bulk() -> Site:
    """A site with thousands of rows in every table."""
    site = make("bulk71")
    if count(site, "tokens") < ROWS:
        digest = "CONCAT('{}', LPAD(seq, 42, '0'))"
        site.sql("; ".join([
            f"INSERT INTO wp_app_connect_policies (digest, body) SELECT {digest.format('p')}, '{{}}' FROM seq_1_to_{ROWS}",
            f"""INSERT INTO wp_app_connect_clients (digest, client_id, name, type, status, mode, policy_id, config, created_at)
                SELECT {digest.format('c')}, seq, seq, 'confidential', 'active', 'full', seq, '{{}}', 0 FROM seq_1_to_{ROWS}""",
            f"INSERT INTO wp_app_connect_subjects (user_id, sub) SELECT seq + 100000, LPAD(seq, 22, '0') FROM seq_1_to_{ROWS}",
            f"""INSERT INTO wp_app_connect_grants (handle, client_pk, subject_pk, method, policy_id, ceiling_id, scope, client_epoch,
                subject_epoch, method_epoch, created_at) SELECT LPAD(seq, 11, '0'), seq, seq, 'client_credentials', seq, seq, 'wp', 0, 0, 0, 0 FROM seq_1_to_{ROWS}""",
            f"""INSERT INTO wp_app_connect_tokens (digest, grant_id, policy_id, scope, issued_at, expires_at)
                SELECT {digest.format('t')}, seq, seq, 'wp', 0, UNIX_TIMESTAMP() + 86400 + seq FROM seq_1_to_{ROWS}""",
            f"INSERT INTO wp_app_connect_events (at, kind, client_pk) SELECT UNIX_TIMESTAMP() - seq, 'x', seq FROM seq_1_to_{ROWS}",
            f"""INSERT IGNORE INTO wp_users (ID, user_login, user_registered) SELECT seq + 100000, CONCAT('bulk', seq), NOW() FROM seq_1_to_{ROWS}""",
        ]))
    # The limits are emptied at the start of a session.
    site.sql(f"INSERT IGNORE INTO wp_app_connect_limits (bucket, window_start, hits) SELECT CONCAT('l', LPAD(seq, 42, '0')), UNIX_TIMESTAMP() + seq, 1 FROM seq_1_to_{ROWS}")
    tables = [row["t"] for row in site.sql("SELECT table_name AS t FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name LIKE 'wp\\_app\\_connect%'")]
    site.sql("ANALYZE TABLE wp_users")
    for table in tables:
        site.sql(f"ANALYZE TABLE {table}")
    return site


RECORDER = r"""
add_filter( 'query', static function ( $query ) {
    if ( preg_match( '/_app_connect_(clients|events|grants|limits|policies|subjects|tokens)\\b/', $query ) ) {
        file_put_contents( WP_CONTENT_DIR . '/queries.log', json_encode( trim( $GLOBALS['wpdb']->remove_placeholder_escape( $query ) ) ) . "\n", FILE_APPEND );
    }
    return $query;
} );
"""


def record(site: Site, act: Callable[[], object]) -> list[str]:
    """The statements on our tables while something happens."""
    log = site.content / "queries.log"
    log.unlink(missing_ok=True)
    site.fixture("recorder", RECORDER)
    try:
        act()
    finally:
        site.remove_fixture("recorder")
    found = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    log.unlink(missing_ok=True)
    return found


def test_every_statement_of_every_path_uses_an_index(bulk: Site) -> None:
    client = register_client(bulk)

    def everything() -> None:
        token = get_token(bulk, client)
        get_token(bulk, client)
        ask_token(bulk, client | {"secret": "wrong"})
        assert send(bulk, "GET", route(bulk, POSTS), bearer=token).status == 200
        assert revoke(bulk, client, token).status == 200
        bulk.wp_eval("""
            wp_set_password( 'new', (int) $args[1] );
            require_once ABSPATH . 'wp-admin/includes/user.php';
            AppConnect\\WP\\Storage\\Clients::disable( (int) $args[0] );
            AppConnect\\WP\\Storage\\Clients::enable( (int) $args[0] );
            AppConnect\\WP\\Storage\\Clients::end_tokens( (int) $args[0] );
            AppConnect\\WP\\Storage\\Clients::delete( (int) $args[0] );
            wp_delete_user( (int) $args[1] );
            AppConnect\\WP\\Storage\\Cleanup::batch();
            return null;
        """, client["id"], client["service_user_id"])

    statements = record(bulk, everything)
    kinds = {statement.split()[0] for statement in statements}
    assert kinds == {"SELECT", "INSERT", "UPDATE", "DELETE"}
    assert sum("FROM wp_app_connect_tokens t" in statement for statement in statements) >= 2
    for statement in statements:
        for step in bulk.sql("EXPLAIN " + statement):
            if step["table"] is None or step["table"].startswith("<") or step["type"] is None:
                continue
            if step["select_type"] in ("SIMPLE", "INSERT") and statement.startswith("INSERT") and step["key"] is None and step["rows"] is None:
                continue
            assert step["type"] != "ALL", (statement, step)
            ranged = step["type"] == "range" or "ORDER BY" in statement
            assert ranged or int(step["rows"] or 0) <= 10, (statement, step)


def test_every_statement_of_administrators_uses_an_index(bulk: Site) -> None:
    client = register_client(bulk)
    one = f"/clients/{client['id']}"
    admin = Session(bulk, 1)
    get_token(bulk, client)

    def everything() -> None:
        for method, path, data in (
            ("GET", "/clients", None), ("GET", one, None), ("GET", one + "/tokens", None), ("POST", one, {"name": "x", "description": "y"}),
            ("POST", one + "/secret", {"overlap": 5}), ("POST", one, {"grant_types": [], "confirm": ["grant_types_removed"]}),
            ("POST", one, {"grant_types": ["client_credentials"]}), ("POST", one, {"status": "disabled"}), ("DELETE", one + "/tokens", None),
            ("GET", "/clients?status=disabled&page=2&per_page=1", None),
        ):
            assert admin(method, path, data).status == 200, path

    statements = record(bulk, everything)
    assert sum("revoked_why" in statement for statement in statements) == 1
    assert sum("SELECT COUNT(*) AS n FROM (SELECT 1" in statement for statement in statements) >= 4
    for statement in statements:
        counts_clients = statement.startswith("SELECT COUNT(*) AS n FROM wp_app_connect_clients")
        for step in bulk.sql("EXPLAIN " + statement):
            if step["table"] is None or step["table"].startswith("<") or step["type"] is None or step["key"] is None and step["rows"] is None:
                continue
            assert step["type"] != "ALL", (statement, step)
            assert counts_clients or step["type"] in ("range", "index") or int(step["rows"] or 0) <= 10, (statement, step)


@pytest.mark.parametrize("query", ["orderby=name", "orderby=last_used", "orderby=type", "orderby=mode", "orderby=status", "search=400", "search=%25x&orderby=name&order=asc"])
def test_a_sorted_list_reads_clients_once_and_policies_for_the_page(bulk: Site, query: str) -> None:
    statements = record(bulk, lambda: Session(bulk, 1)("GET", "/clients", query=query))
    page = next((statement for statement in statements if "listed" in statement), None)
    for step in bulk.sql("EXPLAIN " + page) if page else ():
        scanned = step["type"] in ("ALL", "index") and not str(step["table"]).startswith("<")
        assert not scanned or step["select_type"] == "DERIVED" and step["table"] == "c", (query, step)


def test_a_million_tokens_count_like_ten_thousand(bulk: Site) -> None:
    """What is not counted is not read: the handler's row counters, not a clock."""
    client = register_client(bulk)
    get_token(bulk, client)
    grant = bulk.sql(f"SELECT id, policy_id FROM wp_app_connect_grants WHERE client_pk = {client['id']}")[0]
    bulk.sql(f"""INSERT INTO wp_app_connect_tokens (digest, grant_id, policy_id, scope, issued_at, expires_at)
        SELECT CONCAT('m', LPAD({client['id']}, 8, '0'), LPAD(seq, 34, '0')), {grant['id']}, {grant['policy_id']}, 'wp', 0, UNIX_TIMESTAMP() + 86400 FROM seq_1_to_40000""")
    bulk.sql("ANALYZE TABLE wp_app_connect_tokens")
    try:
        statements = record(bulk, lambda: Session(bulk, 1)("GET", f"/clients/{client['id']}/tokens"))
        reads = 0
        for statement in (statement for statement in statements if "COUNT(*)" in statement):
            rows = bulk.sql(f"FLUSH STATUS; SET @counted = ({statement}); SHOW SESSION STATUS LIKE 'Handler_read%'")
            reads += sum(int(row["Value"] or 0) for row in rows)
        assert 10000 < reads < 60000, reads
        assert Session(bulk, 1)("GET", f"/clients/{client['id']}/tokens").json() == {"tokens": 10000, "sessions": 1, "more": True}
        live = Session(bulk, 1)("GET", "/settings").json()["live"]["client_credentials"]
        assert (live["tokens"], live["more"]) == (10000, True)
    finally:
        bulk.sql(f"DELETE FROM wp_app_connect_tokens WHERE grant_id = {grant['id']}")
        bulk.sql("ANALYZE TABLE wp_app_connect_tokens")


# One query


def queries(site: Site, act: Callable[[list[tuple[str, str]]], Answer]) -> list[str]:
    """The kinds of statements on our tables in one request."""
    answer = act([("X-Test-Queries", "1")])
    assert answer.status in (200, 401), answer.text
    return (answer.header("X-Test-Queries") or "").split(",")


def test_a_bearer_is_one_query(site: Site) -> None:
    client = register_client(site)
    token = get_token(site, client)

    def use(headers: list[tuple[str, str]]) -> Answer:
        return send(site, "GET", route(site, POSTS), bearer=token, headers=headers)

    assert queries(site, use) == ["SELECT", "UPDATE"], "the first use of a day is noted"
    assert queries(site, use) == ["SELECT"]
    row = site.sql(f"SELECT last_used_day, UNIX_TIMESTAMP() DIV 86400 AS today FROM wp_app_connect_clients WHERE id = {client['id']}")[0]
    assert row["last_used_day"] == row["today"]
    grant = site.sql(f"SELECT last_used_at, last_ip FROM wp_app_connect_grants WHERE client_pk = {client['id']}")[0]
    assert grant["last_ip"] == "127.0.0.1" and abs(int(grant["last_used_at"] or 0) - time.time()) < 60


@pytest.mark.parametrize("door", [True, False], ids=["open", "closed"])
def test_a_client_is_one_query_and_a_further_token_one_insert(site: Site, backend: Client, door: bool) -> None:
    get_token(site, backend)

    def ask(client: Client) -> Callable[[list[tuple[str, str]]], Answer]:
        return lambda headers: send(site, "POST", token_path(site), form=CC, auth=(client["client_id"], client["secret"]), headers=headers, door=door)

    assert queries(site, ask(backend)) == ["SELECT", "SELECT", "INSERT"]
    # Unknown or not: one look-up, one counter, one line of the audit log.
    unknown = queries(site, ask({"client_id": "C" * 22, "secret": "wrong"}))
    assert unknown == queries(site, ask(backend | {"secret": "wrong"})) == ["SELECT", "INSERT", "INSERT"]


def test_a_foreign_or_misspelt_bearer_is_no_query(site: Site) -> None:
    for bearer in ("oauth_ac_a" + "x" * 49, "oauth_ac_r" + "x" * 49):
        answer = send(site, "GET", route(site, POSTS), bearer=bearer, headers=[("X-Test-Queries", "1")])
        assert (answer.status, answer.header("X-Test-Queries")) == (401, None)


# One UPDATE, visible at once on every worker


def on_every_worker(site: Site, path: str, token: str) -> set[int]:
    """The statuses that at least four workers give to a token."""
    statuses: set[int] = set()
    workers: set[str | None] = set()
    with ThreadPoolExecutor(8) as pool:
        for _ in range(10):
            for answer in pool.map(lambda _: send(site, "GET", path, bearer=token), range(12)):
                statuses.add(answer.status)
                workers.add(answer.worker())
            if len(workers) >= 4:
                return statuses
    raise AssertionError(f"only {len(workers)} workers answered")


ENDS = {
    "token": ("$GLOBALS['test'] = AppConnect\\WP\\Storage\\Tokens::revoke( array( 'digest' => $args[2], 'now' => time() ) );", "tokens"),
    "client_disabled": ("AppConnect\\WP\\Storage\\Clients::disable( (int) $args[0] );", "clients"),
    "client_epoch": ("AppConnect\\WP\\Storage\\Clients::end_tokens( (int) $args[0] );", "clients"),
    "password_set": ("wp_set_password( 'another', (int) $args[1] );", "subjects"),
    "password_saved": ("wp_update_user( array( 'ID' => (int) $args[1], 'user_pass' => 'another' ) );", "subjects"),
    "grant_type": ("AppConnect\\WP\\Settings::switch_method( 'client_credentials', false );", "options"),
}


@pytest.mark.parametrize("what", ENDS)
def test_RV_01_an_end_is_one_update_that_every_worker_sees(patient: Site, what: str) -> None:
    client = register_client(patient)
    token = get_token(patient, client)
    path = route(patient, POSTS)
    assert on_every_worker(patient, path, token) == {200}
    code, table = ENDS[what]
    digest = patient.sql(f"SELECT t.digest AS d FROM wp_app_connect_tokens t JOIN wp_app_connect_grants g ON g.id = t.grant_id WHERE g.client_pk = {client['id']}")[0]["d"]
    writes = patient.wp_eval(f"""
        $writes = array();
        add_filter( 'query', static function ( $query ) use ( &$writes ) {{
            if ( preg_match( '/^\\s*(UPDATE|INSERT|DELETE)\\b/', $query ) && preg_match( '/app_connect_/', $query ) ) {{ $writes[] = $query; }}
            return $query;
        }} );
        {code}
        return $writes;
    """, client["id"], client["service_user_id"], digest)
    written = [write for write in writes if f"app_connect_{table}" in write or table == "options"]
    updates = [write for write in written if write.lstrip().startswith("UPDATE")]
    # From 7.1 on WordPress tells of a saved password by two hooks, so it may be ended twice: never once per token.
    assert len(updates) in ((1, 2) if what == "password_saved" else (1,)), writes
    assert on_every_worker(patient, path, token) == {401}


def test_what_was_ended_stays_ended_when_it_is_switched_on_again(patient: Site) -> None:
    client = register_client(patient)
    token = get_token(patient, client)
    patient.wp_eval("AppConnect\\WP\\Storage\\Clients::disable( (int) $args[0] ); return null;", client["id"])
    assert_oauth_error(ask_token(patient, client), 401, "invalid_client")
    patient.wp_eval("AppConnect\\WP\\Storage\\Clients::enable( (int) $args[0] ); return null;", client["id"])
    assert send(patient, "GET", route(patient, POSTS), bearer=token).status == 401
    token = get_token(patient, client)
    for on in (0, 1):
        patient.wp_eval("AppConnect\\WP\\Settings::switch_method( 'client_credentials', (bool) $args[0] ); return null;", on)
    assert send(patient, "GET", route(patient, POSTS), bearer=token).status == 401
    assert send(patient, "GET", route(patient, POSTS), bearer=get_token(patient, client)).status == 200


def test_a_deleted_client_leaves_nothing_alive_and_nothing_behind(site: Site) -> None:
    client = register_client(site)
    token = get_token(site, client)
    grants = ",".join(str(row["id"]) for row in site.sql(f"SELECT id FROM wp_app_connect_grants WHERE client_pk = {client['id']}"))
    site.wp_eval("return AppConnect\\WP\\Storage\\Clients::delete( (int) $args[0] );", client["id"])
    assert send(site, "GET", route(site, POSTS), bearer=token).status == 401
    assert_oauth_error(ask_token(site, client), 401, "invalid_client")
    assert count(site, "grants", f"client_pk = {client['id']}") == 0
    assert count(site, "tokens", f"grant_id IN ({grants})") == 0


@pytest.mark.parametrize(
    ("code", "status"),
    [
        pytest.param("reset_password( get_userdata( (int) $args[0] ), 'another' );", 401, id="PV_04_reset"),
        pytest.param("wp_update_user( array( 'ID' => (int) $args[0], 'display_name' => 'Another' ) );", 200, id="a_name_is_no_password"),
        pytest.param(
            "$GLOBALS['wpdb']->update( $GLOBALS['wpdb']->users, array( 'user_pass' => ( new PasswordHash( 8, true ) )->HashPassword( 'the password' ) ), array( 'ID' => (int) $args[0] ) );"
            "clean_user_cache( (int) $args[0] ); $u = wp_authenticate( get_userdata( (int) $args[0] )->user_login, 'the password' );"
            "if ( is_wp_error( $u ) || str_starts_with( get_userdata( (int) $args[0] )->user_pass, '$P$' ) ) { throw new Exception( 'not rehashed' ); }",
            200, id="a_login_that_rehashes_is_no_change",
        ),
    ],
)
def test_a_changed_password_ends_tokens_and_nothing_else_does(site: Site, code: str, status: int) -> None:
    client = register_client(site)
    token = get_token(site, client)
    site.wp_eval("require_once ABSPATH . WPINC . '/class-phpass.php'; " + code + " return null;", client["service_user_id"])
    assert send(site, "GET", route(site, POSTS), bearer=token).status == status


def test_PV_03_a_deleted_users_identifier_is_never_used_again(site: Site) -> None:
    client = register_client(site)
    get_token(site, client)
    user = client["service_user_id"]
    before = site.sql(f"SELECT id, sub, epoch FROM wp_app_connect_subjects WHERE user_id = {user}")[0]
    site.wp_eval("require_once ABSPATH . 'wp-admin/includes/user.php'; return wp_delete_user( (int) $args[0] );", user)
    after = site.sql(f"SELECT user_id, sub, epoch FROM wp_app_connect_subjects WHERE id = {before['id']}")[0]
    assert after == {"user_id": None, "sub": before["sub"], "epoch": str(int(before["epoch"] or 0) + 1)}


# Lost connections and others' locks

FAULT = r"""
// Read now: WordPress adds slashes later.
list( $fault, $at ) = array( $_SERVER['HTTP_X_FAULT'] ?? null, $_SERVER['HTTP_X_FAULT_AT'] ?? '' );
add_filter( 'query', static function ( $query ) use ( $fault, $at ) {
    static $times = 0;
    global $wpdb;
    if ( null === $fault || ! preg_match( "/$at/", $query ) ) {
        return $query;
    }
    ++$times;
    list( $kind, $most ) = explode( ':', "$fault:1" );
    if ( $times > (int) $most ) {
        return $query;
    }
    if ( is_numeric( $kind ) ) {
        return "SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = $kind, MESSAGE_TEXT = 'x'";
    }
    if ( 'skip' === $kind ) {
        return 'DO 0';
    }
    list( $host, , $socket ) = $wpdb->parse_db_host( DB_HOST );
    $other = mysqli_connect( $host, DB_USER, DB_PASSWORD, DB_NAME, 0, $socket );
    mysqli_query( $other, 'KILL ' . mysqli_thread_id( $wpdb->dbh ) );
    if ( 'reconnect' === $kind ) {
        $wpdb->db_connect( false ); // As drop-ins and a second thread of wpdb::check_connection() do.
    } elseif ( 'gone' === $kind ) {
        $wpdb->dbhost = 'localhost:/nonexistent.sock'; // No server to come back to: wpdb would try for five seconds.
    }
    return $query;
} );
"""


def faulty(site: Site, client: Client, fault: str, at: str, *, door: bool = True, headers: list[tuple[str, str]] | None = None) -> Answer:
    """A token request that meets a fault at a statement."""
    site.fixture("fault", FAULT)
    return send(
        site, "POST", token_path(site), form=CC, auth=(client["client_id"], client["secret"]), door=door,
        headers=[("X-Fault", fault), ("X-Fault-At", at), *(headers or [])],
    )


def stored(site: Site, client: Client) -> tuple[int, int]:
    """A client's grants, and tokens that belong to one."""
    return (
        count(site, "grants", f"client_pk = {client['id']}"),
        count(site, "tokens", f"grant_id IN (SELECT id FROM wp_app_connect_grants WHERE client_pk = {client['id']})"),
    )


@pytest.mark.parametrize("door", [True, False], ids=["open", "closed"])
@pytest.mark.parametrize("fault", ["kill", "reconnect"])
@pytest.mark.parametrize(
    "at", ["START TRANSACTION", "INSERT IGNORE INTO \\S+_subjects", "INSERT INTO \\S+_grants", "INSERT INTO \\S+_tokens", "^COMMIT"],
    ids=["begin", "subject", "grant", "token", "commit"],
)
def test_F5_a_connection_lost_in_a_transaction_is_503_and_nothing_half_written(patient: Site, fault: str, at: str, door: bool) -> None:
    client = register_client(patient)
    start = time.monotonic()
    answer = faulty(patient, client, fault, at, door=door)
    assert time.monotonic() - start < 2
    assert_oauth_error(answer, 503, "temporarily_unavailable")
    assert int(answer.header("Retry-After") or 0) > 0
    grants, tokens = stored(patient, client)
    assert tokens == 0 and grants in ((0,) if fault == "kill" else (0, 1)), "what the lost half left is no session"
    assert ask_token(patient, client).status == 200, "and the next try works"


@pytest.mark.parametrize("at", ["FROM \\(SELECT 1 AS one\\)", "FROM \\S+_grants g", "INSERT INTO \\S+_tokens"], ids=["client", "standing", "token"])
@pytest.mark.parametrize("fault", ["kill", "reconnect"])
def test_F5_a_connection_lost_at_any_statement_is_503(patient: Site, backend: Client, fault: str, at: str) -> None:
    get_token(patient, backend)
    assert_oauth_error(faulty(patient, backend, fault, at), 503, "temporarily_unavailable")
    assert ask_token(patient, backend).status == 200


@pytest.mark.parametrize("door", [True, False], ids=["open", "closed"])
def test_F6_a_database_that_is_gone_is_503_within_a_second(patient: Site, backend: Client, door: bool) -> None:
    start = time.monotonic()
    answer = faulty(patient, backend, "gone", "FROM \\(SELECT 1 AS one\\)", door=door)
    assert time.monotonic() - start < 1
    assert_oauth_error(answer, 503, "temporarily_unavailable")


def test_a_write_that_finds_no_row_to_refer_to_stores_nothing(patient: Site) -> None:
    client = register_client(patient)
    assert_oauth_error(faulty(patient, client, "skip", "INSERT IGNORE INTO \\S+_subjects"), 503, "temporarily_unavailable")
    assert stored(patient, client) == (0, 0)


@pytest.mark.parametrize("accept", ["application/json", "application/xml", "text/html"])
@pytest.mark.parametrize("door", [True, False], ids=["open", "closed"])
def test_F6_every_kind_of_wp_die_is_the_same_503(patient: Site, backend: Client, accept: str, door: bool) -> None:
    patient.fixture("own-page", "if ( ! file_exists( WP_CONTENT_DIR . '/db-error.php' ) ) { file_put_contents( WP_CONTENT_DIR . '/db-error.php', '<?php echo \"my own page\";' ); }")
    try:
        answer = faulty(patient, backend, "kill", "FROM \\(SELECT 1 AS one\\)", door=door, headers=[("Accept", accept)])
        assert_oauth_error(answer, 503, "temporarily_unavailable")
    finally:
        patient.remove_fixture("own-page")
        (patient.content / "db-error.php").unlink(missing_ok=True)


@pytest.mark.parametrize("errno", [1213, 1205, 1020])
def test_F7_a_conflict_is_retried_twice_and_then_503(patient: Site, errno: int) -> None:
    client = register_client(patient)
    assert_oauth_error(faulty(patient, client, f"{errno}:3", "INSERT INTO \\S+_tokens"), 503, "temporarily_unavailable")
    assert stored(patient, client) == (0, 0)
    assert faulty(patient, client, f"{errno}:2", "INSERT INTO \\S+_tokens").status == 200
    assert stored(patient, client) == (1, 1)


def test_F7_a_failed_commit_is_retried_as_a_whole(patient: Site) -> None:
    client = register_client(patient)
    assert faulty(patient, client, "1213:2", "^COMMIT").status == 200
    assert stored(patient, client) == (1, 1)


def test_F7_another_error_is_not_retried(patient: Site) -> None:
    client = register_client(patient)
    assert_oauth_error(faulty(patient, client, "1064:1", "INSERT INTO \\S+_tokens"), 503, "temporarily_unavailable")
    assert stored(patient, client) == (0, 0)


def test_F7_a_real_lock_is_waited_for(patient: Site) -> None:
    client = register_client(patient)
    holder = subprocess.Popen(
        [MARIADB, "--no-defaults", f"--socket={patient.database.socket}", "--user=root", f"--database={patient.db_name}", "-e",
         f"START TRANSACTION; INSERT INTO wp_app_connect_subjects (user_id, sub) VALUES ({client['service_user_id']}, 'held'); DO SLEEP(3); ROLLBACK"],
        env=environment(),
    )
    try:
        time.sleep(0.4)
        start = time.monotonic()
        assert ask_token(patient, client).status == 200
        assert 1.5 < time.monotonic() - start < 5
        assert stored(patient, client) == (1, 1)
    finally:
        holder.wait(10)


def test_the_guard_leaves_wpdb_as_it_was(site: Site) -> None:
    before, during, after = site.wp_eval("""
        global $wpdb;
        $look = static fn () => array( $wpdb->reconnect_retries, $wpdb->suppress_errors, $wpdb->show_errors );
        $before = $look();
        $during = AppConnect\\WP\\Storage\\Guard::run( $look );
        try {
            AppConnect\\WP\\Storage\\Database::write( 'UPDATE nowhere SET x = 1' );
        } catch ( AppConnect\\WP\\Storage\\Unavailable $e ) {}
        return array( $before, $during, $look() );
    """)
    assert before == after and before != during and during[:2] == [0, True]


def test_two_administrators_at_once_lose_no_change(patient: Site) -> None:
    code = """
        while ( microtime( true ) < (float) $args[0] ) { usleep( 100 ); }
        for ( $i = 0; $i < 25; $i++ ) {
            AppConnect\\WP\\Settings::change( static function ( $settings ) { $settings['test'] = 1 + ( $settings['test'] ?? 0 ); return $settings; } );
        }
        return null;
    """
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: patient.wp_eval(code, time.time() + 1.5), range(4)))
    assert patient.wp_eval("return get_option( 'app_connect_settings' )['test'];") == 100


OBJECT_CACHE = r"""<?php
// A cache that all workers share, like Redis: options survive in a file.
require_once ABSPATH . WPINC . '/class-wp-object-cache.php';
class Test_Object_Cache extends WP_Object_Cache {
    const FILE = WP_CONTENT_DIR . '/object-cache.data';
    private $kept = array();
    public function __construct() {
        parent::__construct();
        $kept       = @unserialize( (string) @file_get_contents( self::FILE ) );
        $this->kept = is_array( $kept ) ? $kept : array();
        foreach ( $this->kept as $k => $d ) { parent::set( $k, $d, 'options' ); }
    }
    private function keep() { file_put_contents( self::FILE, serialize( $this->kept ), LOCK_EX ); }
    public function set( $k, $d, $g = 'default', $e = 0 ) { if ( 'options' === $g ) { $this->kept[ $k ] = $d; $this->keep(); } return parent::set( $k, $d, $g, $e ); }
    public function delete( $k, $g = 'default', $x = false ) { if ( 'options' === $g ) { unset( $this->kept[ $k ] ); $this->keep(); } return parent::delete( $k, $g, $x ); }
}
function wp_cache_init() { $GLOBALS['wp_object_cache'] = new Test_Object_Cache(); }
""" + "".join(
    f"function {name}( {parameters} ) {{ {body} }}\n"
    for name, parameters, body in [
        ("wp_cache_add", "$k, $d, $g = '', $e = 0", "return $GLOBALS['wp_object_cache']->add( $k, $d, $g ?: 'default', (int) $e );"),
        ("wp_cache_set", "$k, $d, $g = '', $e = 0", "return $GLOBALS['wp_object_cache']->set( $k, $d, $g ?: 'default', (int) $e );"),
        ("wp_cache_replace", "$k, $d, $g = '', $e = 0", "return $GLOBALS['wp_object_cache']->replace( $k, $d, $g ?: 'default', (int) $e );"),
        ("wp_cache_get", "$k, $g = '', $f = false, &$found = null", "return $GLOBALS['wp_object_cache']->get( $k, $g ?: 'default', $f, $found );"),
        ("wp_cache_delete", "$k, $g = ''", "return $GLOBALS['wp_object_cache']->delete( $k, $g ?: 'default' );"),
        ("wp_cache_incr", "$k, $o = 1, $g = ''", "return $GLOBALS['wp_object_cache']->incr( $k, $o, $g ?: 'default' );"),
        ("wp_cache_decr", "$k, $o = 1, $g = ''", "return $GLOBALS['wp_object_cache']->decr( $k, $o, $g ?: 'default' );"),
        ("wp_cache_flush", "", "return $GLOBALS['wp_object_cache']->flush();"),
        ("wp_cache_close", "", "return true;"),
        ("wp_cache_add_global_groups", "$g", "$GLOBALS['wp_object_cache']->add_global_groups( $g );"),
        ("wp_cache_add_non_persistent_groups", "$g", ""),
        ("wp_cache_switch_to_blog", "$b", "$GLOBALS['wp_object_cache']->switch_to_blog( $b );"),
    ]
)


@pytest.fixture
def object_cache(patient: Site) -> Iterator[Site]:
    """A site whose workers share an object cache."""
    drop_in, data = patient.content / "object-cache.php", patient.content / "object-cache.data"
    data.unlink(missing_ok=True)
    drop_in.write_text(OBJECT_CACHE)
    time.sleep(0.1)
    try:
        yield patient
    finally:
        drop_in.unlink()
        data.unlink(missing_ok=True)


def test_WP_12_a_stale_object_cache_keeps_no_grant_type_alive(object_cache: Site) -> None:
    site, data = object_cache, object_cache.content / "object-cache.data"
    site.wp_eval("AppConnect\\WP\\Settings::switch_method( 'client_credentials', true ); return null;")
    client = register_client(site)
    token = get_token(site, client)
    path = route(site, POSTS)
    assert send(site, "GET", path, bearer=token).status == 200
    assert site.wp_eval("return wp_using_ext_object_cache();") is True
    stale = data.read_bytes()
    assert b"app_connect_settings" in stale
    site.wp_eval("AppConnect\\WP\\Settings::switch_method( 'client_credentials', false ); return null;")
    assert send(site, "GET", path, bearer=token).status == 401
    for request, ended in (
        (lambda: send(site, "GET", path, bearer=token), 401),
        (lambda: ask_token(site, client), 400),
    ):
        data.write_bytes(stale)  # A reader that was late.
        assert request().status in (503, ended)
        assert request().status == ended


def test_WP_12_revocations_are_not_cached(object_cache: Site) -> None:
    client = register_client(object_cache)
    token = get_token(object_cache, client)
    path = route(object_cache, POSTS)
    assert send(object_cache, "GET", path, bearer=token).status == 200
    stale = (object_cache.content / "object-cache.data").read_bytes()
    assert revoke(object_cache, client, token).status == 200
    (object_cache.content / "object-cache.data").write_bytes(stale)
    assert on_every_worker(object_cache, path, token) == {401}


def test_a_write_that_is_the_first_statement_waits_for_a_lock(site: Site) -> None:
    """Only a server that answers nothing at all is given up within a second: a row is locked here for one and a half."""
    client = register_client(site)
    ended = site.wp_eval("""
        global $wpdb;
        $other = mysqli_init();
        mysqli_real_connect( $other, 'localhost', DB_USER, DB_PASSWORD, DB_NAME, null, explode( ':', DB_HOST )[1] );
        $id = (int) $args[0];
        mysqli_query( $other, "UPDATE wp_app_connect_clients SET name = name WHERE id = $id AND SLEEP(1.5) = 0", MYSQLI_ASYNC );
        for ( $try = 0; $try < 100000; $try++ ) {
            if ( $wpdb->get_var( $wpdb->prepare( "SELECT 1 FROM information_schema.processlist WHERE id = %d AND state = 'User sleep'", mysqli_thread_id( $other ) ) ) ) {
                return AppConnect\\WP\\Storage\\Clients::end_tokens( $id );
            }
        }
        return 'never locked';
    """, client["id"])
    assert ended is True


@pytest.mark.parametrize("path", ["/", "/wp-login.php", "/wp-json/wp/v2/posts"])
def test_WP_14_a_visitors_page_asks_our_tables_nothing(site: Site, path: str) -> None:
    """So it does not matter how many clients and tokens there are."""
    asked = {"X-Test-Queries": "1"}
    token = get_token(site, register_client(site))
    assert send(site, "GET", route(site, POSTS), headers=asked, bearer=token).header("X-Test-Queries") is not None
    answer = send(site, "GET", path, headers=asked)
    assert (answer.status, answer.header("X-Test-Queries")) == (200, None)


# Cleanup


def test_F11_cleanup_removes_what_ended_in_batches_and_nothing_that_lives(bulk: Site) -> None:
    lives = count(bulk, "tokens", "expires_at > UNIX_TIMESTAMP()"), count(bulk, "limits"), count(bulk, "events")
    bulk.sql("; ".join([
        "INSERT INTO wp_app_connect_tokens (digest, grant_id, policy_id, scope, issued_at, expires_at) SELECT CONCAT('x', LPAD(seq, 42, '0')), 1, 1, 'wp', 0, 1000 + seq FROM seq_1_to_2500",
        "INSERT INTO wp_app_connect_limits (bucket, window_start, hits) SELECT CONCAT('x', LPAD(seq, 42, '0')), 1000, 1 FROM seq_1_to_1500",
        "INSERT INTO wp_app_connect_events (at, kind) SELECT UNIX_TIMESTAMP() - 31 * 86400, 'old' FROM seq_1_to_1500",
    ]))
    statements = record(bulk, lambda: bulk.wp_eval("return AppConnect\\WP\\Storage\\Cleanup::batch();"))
    assert all(statement.count(",") < 250 for statement in statements if statement.startswith("DELETE"))
    assert count(bulk, "tokens", "expires_at < 10000") == 2250
    bulk.wp_eval("do_action( 'app_connect_cleanup' ); return null;")
    assert (count(bulk, "tokens", "expires_at > UNIX_TIMESTAMP()"), count(bulk, "limits"), count(bulk, "events")) == lives
    assert count(bulk, "tokens", "expires_at < UNIX_TIMESTAMP()") == 0


def test_issuing_cleans_up_now_and_then_because_cron_dies_on_quiet_sites(bulk: Site) -> None:
    bulk.sql("INSERT INTO wp_app_connect_tokens (digest, grant_id, policy_id, scope, issued_at, expires_at) VALUES (REPEAT('q', 43), 1, 1, 'wp', 0, 1000)")
    left = bulk.wp_eval("""
        global $wpdb;
        for ( $i = 0; $i < 8000; $i++ ) {
            AppConnect\\WP\\Storage\\Tokens::issue( array(
                'grant' => array( 'known' => 1 ), 'now' => time(),
                'token' => array( 'digest' => str_pad( bin2hex( random_bytes( 20 ) ), 43, 'i' ), 'policy' => array( 'known' => 1 ), 'scope' => 'wp', 'expires_at' => time() + 600 ),
            ) );
            if ( 0 === $i % 100 && ! $wpdb->get_var( "SELECT 1 FROM {$wpdb->prefix}app_connect_tokens WHERE digest = REPEAT('q', 43)" ) ) {
                return 0;
            }
        }
        return 1;
    """)
    assert left == 0


def test_cron_is_scheduled_hourly(site: Site) -> None:
    send(site, "GET", "/")
    assert site.wp_eval("return wp_get_schedule( 'app_connect_cleanup' );") == "hourly"


# Migrations, uninstall, networks


def tables(site: Site, prefix: str = "wp_") -> set[str]:
    """Our tables, without the prefix."""
    rows = site.sql(f"SELECT table_name AS t FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name LIKE '{prefix}app\\_connect\\_%'")
    return {str(row["t"]).removeprefix(f"{prefix}app_connect_") for row in rows}


ALL = {"clients", "events", "grants", "limits", "policies", "subjects", "tokens"}


@pytest.fixture(scope="module")
def net() -> Iterator[tuple[Site, str]]:
    """A network with a second site."""
    site = make("net71")
    for left in site.wp_eval("return array_map( 'intval', get_sites( array( 'fields' => 'ids', 'site__not_in' => array( 1 ) ) ) );"):
        site.wp_eval("require_once ABSPATH . 'wp-admin/includes/ms.php'; wp_delete_site( (int) $args[0] ); return null;", left)
    site.add_blog("two")
    yield site, f"wp_{blog_id(site, '/two/')}_"


def blog_id(site: Site, path: str) -> int:
    """The number of a site of the network."""
    return int(site.wp_eval("return (int) get_sites( array( 'path' => $args[0], 'fields' => 'ids' ) )[0];", path))


def ask_blog(site: Site, slug: str, client: Client, **options: Any) -> Answer:
    """A token request to a site of the network."""
    return send(site, "POST", f"{slug}/wp-json/app-connect/v1/token", form=CC, auth=(client["client_id"], client["secret"]), **options)


def register_on(site: Site, slug: str) -> Client:
    """A client of one site of the network, acting as the super admin."""
    code = """
        $made = AppConnect\\WP\\Storage\\Clients::register( array(
            'name' => 'x', 'type' => 'confidential', 'mode' => 'restricted', 'grant_types' => array( 'client_credentials' ),
            'capabilities' => array( 'read' ), 'routes' => array( 'GET /wp-json/wp/v2/posts' ), 'service_user_id' => (int) $args[0] ) );
        return $made;
    """
    user = site.wp_eval("return wp_insert_user( array( 'user_login' => 'u' . bin2hex( random_bytes( 6 ) ), 'user_pass' => 'x', 'role' => 'editor' ) );", url=f"{site.url}{slug}/")
    return dict(site.wp_eval(code, user, url=f"{site.url}{slug}/")) | {"user": user}


def test_WP_17_every_site_of_a_network_has_its_own_tables_and_tokens(net: tuple[Site, str]) -> None:
    site, prefix = net
    assert tables(site, prefix) == tables(site) == ALL
    one, two = register_on(site, ""), register_on(site, "/two")
    token = ask_blog(site, "/two", two).json()["access_token"]
    assert_oauth_error(ask_blog(site, "", two), 401, "invalid_client")
    assert_oauth_error(ask_blog(site, "/two", one), 401, "invalid_client")
    assert send(site, "GET", "/two/wp-json/wp/v2/posts", bearer=token).status == 200
    assert send(site, "GET", "/wp-json/wp/v2/posts", bearer=token).status == 401


@pytest.mark.parametrize(
    "code",
    [
        "wp_set_password( 'another', (int) $args[0] );",
        "remove_user_from_blog( (int) $args[0], (int) $args[1] );",
        "require_once ABSPATH . 'wp-admin/includes/ms.php'; require_once ABSPATH . 'wp-admin/includes/user.php'; wpmu_delete_user( (int) $args[0] );",
    ],
    ids=["password", "removed", "deleted"],
)
def test_WP_17_what_ends_a_users_tokens_ends_them_on_every_site(net: tuple[Site, str], code: str) -> None:
    site, prefix = net
    two = register_on(site, "/two")
    token = ask_blog(site, "/two", two).json()["access_token"]
    assert send(site, "GET", "/two/wp-json/wp/v2/posts", bearer=token).status == 200
    site.wp_eval(code + " return null;", two["user"], prefix[3:-1])
    assert send(site, "GET", "/two/wp-json/wp/v2/posts", bearer=token).status == 401


@pytest.mark.parametrize("lock", ["named", "row"])
def test_WP_25_first_requests_at_once_make_the_tables_once(net: tuple[Site, str], lock: str) -> None:
    site, prefix = net
    if lock == "row":
        site.fixture("no-named-locks", "add_filter( 'query', static fn ( $q ) => str_contains( $q, '_LOCK(' ) ? 'SELECT NULL AS got' : $q );")
    try:
        site.sql("; ".join([*(f"DROP TABLE {prefix}app_connect_{name}" for name in ALL), f"DELETE FROM {prefix}options WHERE option_name = 'app_connect_schema'"]))
        site.clear_logs()
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: ask_blog(site, "/two", {"client_id": "D" * 22, "secret": "w"}), range(8)))
        allowed = {401} if lock == "named" else {401, 503}
        assert {answer.status for answer in answers} <= allowed, [answer.text for answer in answers]
        assert 401 in {answer.status for answer in answers}
        assert tables(site, prefix) == ALL
        options = site.sql(f"SELECT option_name, option_value FROM {prefix}options WHERE option_name LIKE 'app\\_connect\\_%'")
        assert {row["option_name"]: row["option_value"] for row in options}["app_connect_schema"] == "3"
        assert "app_connect_migrating" not in {row["option_name"] for row in options}
        assert "PHP Warning" not in site.log_text()
        assert ask_blog(site, "/two", {"client_id": "D" * 22, "secret": "w"}).status == 401
    finally:
        site.remove_fixture("no-named-locks")


def test_migrations_run_twice_change_nothing_and_the_newest_has_the_schemas_number(site: Site) -> None:
    before = site.sql("SELECT table_name, column_name, column_type FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name LIKE 'wp\\_app\\_connect%' ORDER BY 1, 2")
    newest = site.wp_eval("""
        update_option( 'app_connect_schema', 0 );
        AppConnect\\WP\\Storage\\Migrations::run();
        AppConnect\\WP\\Storage\\Migrations::run();
        $files = glob( WP_PLUGIN_DIR . '/app-connect/includes/Storage/migrations/*.php' );
        return array( (int) substr( basename( end( $files ) ), 0, 4 ), AppConnect\\WP\\Storage\\Schema::VERSION, (int) get_option( 'app_connect_schema' ) );
    """)
    assert len(set(newest)) == 1, newest
    assert site.sql("SELECT table_name, column_name, column_type FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name LIKE 'wp\\_app\\_connect%' ORDER BY 1, 2") == before


def test_without_tables_requests_are_503_and_the_site_lives(net: tuple[Site, str]) -> None:
    site, prefix = net
    site.sql(f"RENAME TABLE {prefix}app_connect_clients TO {prefix}away")
    try:
        assert_oauth_error(ask_blog(site, "/two", {"client_id": "D" * 22, "secret": "w"}), 503, "temporarily_unavailable")
        assert send(site, "GET", "/two/").status == 200
    finally:
        site.sql(f"RENAME TABLE {prefix}away TO {prefix}app_connect_clients")


UNINSTALL = """
    deactivate_plugins( 'app-connect/app-connect.php', true );
    return null;
"""
RUN_UNINSTALL = """
    if ( class_exists( 'AppConnect\\\\WP\\\\Plugin', false ) ) { throw new Exception( 'the plugin is active' ); }
    define( 'WP_UNINSTALL_PLUGIN', 'app-connect/app-connect.php' );
    require WP_PLUGIN_DIR . '/app-connect/uninstall.php';
    return null;
"""


def uninstall(site: Site) -> None:
    """What WordPress does when the plugin is deleted, but for the files."""
    load = "require_once ABSPATH . 'wp-admin/includes/plugin.php'; "
    site.wp_eval(load + UNINSTALL)
    try:
        site.wp_eval(RUN_UNINSTALL)
    finally:
        network = "true" if site.multisite else "false"
        site.wp_eval(load + f"$done = activate_plugin( 'app-connect/app-connect.php', '', {network} ); return is_wp_error( $done ) ? $done->get_error_message() : null;")


def test_WP_15_uninstall_removes_data_only_by_choice(bulk: Site) -> None:
    rows = count(bulk, "tokens")
    uninstall(bulk)
    assert tables(bulk) == ALL and count(bulk, "tokens") == rows
    configure(bulk, remove_data_on_uninstall=True)
    uninstall(bulk)
    # Activation has made them anew, empty; the choice to remove is gone with the rest.
    assert tables(bulk) == ALL and count(bulk, "tokens") == 0
    assert bulk.sql("SELECT option_value FROM wp_options WHERE option_name = 'app_connect_settings'") == [{"option_value": "a:0:{}"}]


def test_WP_15_deactivation_ends_service_and_keeps_data(bulk: Site) -> None:
    client = register_client(bulk)
    token = get_token(bulk, client)
    load = "require_once ABSPATH . 'wp-admin/includes/plugin.php'; "
    bulk.wp_eval(load + UNINSTALL.replace(", true", ""))
    try:
        assert ask_token(bulk, client).status == 404
        assert bulk.wp_eval("return wp_next_scheduled( 'app_connect_cleanup' );") is False
    finally:
        bulk.wp_eval(load + "activate_plugin( 'app-connect/app-connect.php' ); return null;")
    assert send(bulk, "GET", route(bulk, POSTS), bearer=token).status == 200


def test_WP_15_uninstall_of_a_network_asks_each_site(net: tuple[Site, str]) -> None:
    site, prefix = net
    register_on(site, "")
    site.wp_eval("update_option( 'app_connect_settings', array( 'remove_data_on_uninstall' => true ) ); return null;", url=f"{site.url}/two/")
    kept = count(site, "clients")
    register_on(site, "/two")
    uninstall(site)
    assert count(site, "clients") == kept > 0
    assert tables(site, prefix) == set(), "made again at the next request"
    assert ask_blog(site, "/two", {"client_id": "D" * 22, "secret": "w"}).status == 401
    assert tables(site, prefix) == ALL


def test_WP_17_a_deleted_site_takes_its_tables_along(net: tuple[Site, str]) -> None:
    site, _ = net
    site.add_blog("three")
    blog = blog_id(site, "/three/")
    assert tables(site, f"wp_{blog}_") == ALL
    site.wp_eval("wp_delete_site( (int) $args[0] ); return null;", blog)
    assert tables(site, f"wp_{blog}_") == set()
    assert tables(site) == ALL
