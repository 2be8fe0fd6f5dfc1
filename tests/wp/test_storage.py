"""State (design.md §6): indexes, one query, one UPDATE, stale caches, cleanup."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import (
    CC, Answer, Session, ask_token, assert_oauth_error, count, get_token, register_client, revoke, route, send, token_path,
)
from consent_support import exchange, get_code, new_app
from lab import Site
from storage_support import Client, bulk_site, record, rows_of

POSTS = "/wp/v2/posts"


# Indexes


@pytest.fixture(scope="module")
def bulk() -> Site:
    """A site with thousands of rows in every table."""
    return bulk_site()


def test_every_statement_of_every_path_uses_an_index(bulk: Site) -> None:
    client, app = register_client(bulk), new_app(bulk)
    bulk.sql("UPDATE wp_app_connect_grants SET idle_expires_at = 1000 WHERE id <= 250; UPDATE wp_app_connect_consents SET expires_at = 1000 WHERE id <= 250; UPDATE wp_app_connect_codes SET expires_at = 1000 LIMIT 250")

    def everything() -> None:
        token = get_token(bulk, client)
        get_token(bulk, client)
        ask_token(bulk, client | {"secret": "wrong"})
        assert send(bulk, "GET", route(bulk, POSTS), bearer=token).status == 200
        assert revoke(bulk, client, token).status == 200
        for verifier in (None, "w" * 43):
            code = get_code(bulk, app, client["service_user_id"])
            exchange(bulk, code, **({} if verifier is None else {"code_verifier": verifier}))
            assert exchange(bulk, code, code_verifier=None).status == 400
        get_code(bulk, app, client["service_user_id"])
        bulk.wp_eval("""
            wp_set_password( 'new', (int) $args[1] );
            require_once ABSPATH . 'wp-admin/includes/user.php';
            AppConnect\\WP\\Storage\\Clients::disable( (int) $args[0] );
            AppConnect\\WP\\Storage\\Clients::enable( (int) $args[0] );
            AppConnect\\WP\\Storage\\Clients::end_tokens( (int) $args[0] );
            AppConnect\\WP\\Storage\\Clients::delete( (int) $args[0] );
            wp_delete_user( (int) $args[1] );
            AppConnect\\WP\\Storage\\Clients::delete( (int) $args[2] );
            AppConnect\\WP\\Storage\\Cleanup::batch();
            return null;
        """, client["id"], client["service_user_id"], app["id"])

    statements = record(bulk, everything)
    kinds = {statement.split()[0] for statement in statements}
    assert kinds == {"SELECT", "INSERT", "UPDATE", "DELETE"}
    assert sum("FROM wp_app_connect_tokens t" in statement for statement in statements) >= 2
    for kind in (
        "FROM wp_app_connect_codes c", "INSERT INTO wp_app_connect_codes", "SET consumed_at", "SET grant_id", "INSERT INTO wp_app_connect_consents",
        "LEFT JOIN wp_app_connect_consents", "SET revoked_at", "DELETE FROM wp_app_connect_codes", "DELETE FROM wp_app_connect_consents",
        "DELETE FROM wp_app_connect_grants", "WHERE idle_expires_at <",
    ):
        assert any(kind in statement for statement in statements), kind
    for statement in statements:
        for step in bulk.sql("EXPLAIN " + statement):
            if step["table"] is None or step["table"].startswith("<") or step["type"] is None:
                continue
            if step["select_type"] in ("SIMPLE", "INSERT") and statement.startswith("INSERT") and step["key"] is None and step["rows"] is None:
                continue
            assert step["type"] != "ALL", (statement, step)
            ranged = step["type"] == "range" or "ORDER BY" in statement
            assert ranged or rows_of(step) <= 10, (statement, step)


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
            assert counts_clients or step["type"] in ("range", "index") or rows_of(step) <= 10, (statement, step)


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
    of_table = [write for write in writes if f"app_connect_{table}" in write.split("SET")[0] or table == "options"]
    updates = [write for write in of_table if write.lstrip().startswith("UPDATE")]
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


# Stale caches

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
    tables = ("limits", "events", "codes", "consents", "grants", "keys")
    lives = count(bulk, "tokens", "expires_at > UNIX_TIMESTAMP()"), *(count(bulk, table) for table in tables)
    code = "INSERT INTO wp_app_connect_codes (digest, kind, client_pk, subject_pk, policy_id, payload, expires_at) SELECT CONCAT('{}', LPAD(seq, 42, '0')), 'code', 1, 1, 1, '{{}}', {} FROM seq_1_to_{}"
    grant = """INSERT INTO wp_app_connect_grants (id, handle, client_pk, subject_pk, method, policy_id, ceiling_id, scope, client_epoch, subject_epoch, method_epoch, created_at, idle_expires_at)
        SELECT seq + {0}, LPAD(seq + {0}, 11, 'g'), 1, 1, 'authorization_code', 1, 1, 'wp', 0, 0, 0, 0, {1} FROM seq_1_to_{2}"""
    key = "INSERT INTO wp_app_connect_keys (kid, type, alg, public, created_at, retired_at) SELECT CONCAT('{}', LPAD(seq, 42, '0')), 'ec-p256', 'ES256', '{{}}', 0, {} FROM seq_1_to_{}"
    bulk.sql("; ".join([
        key.format("x", "1000 + seq", 600), key.format("y", "UNIX_TIMESTAMP() - 364 * 86400", 5),
        code.format("x", "1000 + seq", 700), code.format("y", "UNIX_TIMESTAMP() - 80000", 5),
        grant.format(9000000, "1000 + seq", 600), grant.format(9100000, "UNIX_TIMESTAMP() - 80000", 5),
        "INSERT INTO wp_app_connect_consents (subject_pk, client_pk, policy_id, scope, granted_at, expires_at) SELECT 9000000 + seq, 1, 1, 'wp', 0, 1000 + seq FROM seq_1_to_600",
        "INSERT INTO wp_app_connect_tokens (digest, grant_id, policy_id, scope, issued_at, expires_at) SELECT CONCAT('z', LPAD(seq, 42, '0')), 9000000 + seq, 1, 'wp', 0, UNIX_TIMESTAMP() + 86400 FROM seq_1_to_600",
        "INSERT INTO wp_app_connect_tokens (digest, grant_id, policy_id, scope, issued_at, expires_at) SELECT CONCAT('x', LPAD(seq, 42, '0')), 1, 1, 'wp', 0, 1000 + seq FROM seq_1_to_2500",
        "INSERT INTO wp_app_connect_limits (bucket, window_start, hits) SELECT CONCAT('x', LPAD(seq, 42, '0')), 1000, 1 FROM seq_1_to_1500",
        "INSERT INTO wp_app_connect_events (at, kind) SELECT UNIX_TIMESTAMP() - 31 * 86400, 'old' FROM seq_1_to_1500",
    ]))
    statements = record(bulk, lambda: bulk.wp_eval("return AppConnect\\WP\\Storage\\Cleanup::batch();"))
    assert all(statement.count(",") < 250 for statement in statements if statement.startswith("DELETE"))
    assert count(bulk, "tokens", "expires_at < 10000") == 2250
    assert [count(bulk, table, "expires_at < 10000") for table in ("codes", "consents")] == [450, 350]
    assert count(bulk, "tokens", "digest LIKE 'z%'") == count(bulk, "grants", "idle_expires_at < 10000") == 350, "a grant takes its tokens along"
    bulk.wp_eval("do_action( 'app_connect_cleanup' ); return null;")
    # What ended less than a day ago is kept: a replay has to be known. So is a key that was retired less than a year ago.
    assert [count(bulk, "codes", "digest LIKE 'y%'"), count(bulk, "grants", "id > 9100000"), count(bulk, "keys", "kid LIKE 'y%'")] == [5, 5, 5]
    bulk.sql("DELETE FROM wp_app_connect_codes WHERE digest LIKE 'y%'; DELETE FROM wp_app_connect_grants WHERE id > 9100000; DELETE FROM wp_app_connect_keys WHERE kid LIKE 'y%'")
    assert (count(bulk, "tokens", "expires_at > UNIX_TIMESTAMP()"), *(count(bulk, table) for table in tables)) == lives
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
