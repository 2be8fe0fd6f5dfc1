"""What the tests of state share: a site with many rows, a recorder of statements, and faults at any of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from conftest import CC, Answer, count, make, send, token_path
from lab import Site

ROWS = 5000
FILLED = ("clients", "codes", "consents", "events", "grants", "keys", "policies", "subjects", "tokens")
Client = dict[str, Any]


def bulk_site() -> Site:
    """A site with thousands of rows in every table."""
    site = make("bulk71")
    if min(count(site, table) for table in ("tokens", "codes", "consents", "keys")) < ROWS:
        site.sql("; ".join(f"TRUNCATE wp_app_connect_{table}" for table in FILLED))
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
            f"""INSERT INTO wp_app_connect_codes (digest, kind, client_pk, subject_pk, policy_id, payload, expires_at)
                SELECT {digest.format('k')}, 'code', seq, seq, seq, '{{}}', UNIX_TIMESTAMP() + 86400 + seq FROM seq_1_to_{ROWS}""",
            f"""INSERT INTO wp_app_connect_consents (subject_pk, client_pk, policy_id, scope, granted_at, expires_at)
                SELECT seq, seq, seq, 'wp', 0, UNIX_TIMESTAMP() + 86400 + seq FROM seq_1_to_{ROWS}""",
            "UPDATE wp_app_connect_grants SET idle_expires_at = UNIX_TIMESTAMP() + 86400 + id",
            f"""INSERT INTO wp_app_connect_keys (kid, type, alg, public, created_at, retired_at)
                SELECT {digest.format('s')}, 'rsa-2048', 'RS256', '{{}}', 0, UNIX_TIMESTAMP() FROM seq_1_to_{ROWS}""",
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


def rows_of(step: dict[str, Any]) -> int:
    """How many rows a step of a plan reads; behind the number MariaDB says what share of them a second index leaves."""
    return int((step["rows"] or "0").split()[0])


RECORDER = r"""
add_filter( 'query', static function ( $query ) {
    if ( preg_match( '/_app_connect_[a-z]+\\b/', $query ) ) {
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
    if ( 'die' === $kind ) {
        posix_kill( getmypid(), 9 ); // Neither destructors nor shutdown functions run.
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


def fault_headers(site: Site, fault: str, at: str) -> list[tuple[str, str]]:
    """What makes a request meet a fault at the first statement that a pattern matches, or at the first few (`kill:3`)."""
    site.fixture("fault", FAULT)
    return [("X-Fault", fault), ("X-Fault-At", at)]


def faulty(site: Site, client: Client, fault: str, at: str, *, door: bool = True, headers: list[tuple[str, str]] | None = None) -> Answer:
    """A token request that meets a fault at a statement."""
    return send(
        site, "POST", token_path(site), form=CC, auth=(client["client_id"], client["secret"]), door=door,
        headers=[*fault_headers(site, fault, at), *(headers or [])],
    )


def stored(site: Site, client: Client) -> tuple[int, int]:
    """A client's grants, and tokens that belong to one."""
    return (
        count(site, "grants", f"client_pk = {client['id']}"),
        count(site, "tokens", f"grant_id IN (SELECT id FROM wp_app_connect_grants WHERE client_pk = {client['id']})"),
    )
