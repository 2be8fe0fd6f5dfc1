"""Lost connections, others' locks, killed processes (threats.md §4): all of an operation is stored or nothing is."""

from __future__ import annotations

import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import ask_token, assert_oauth_error, get_token, register_client
from lab import MARIADB, Site, environment
from storage_support import Client, faulty, stored

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
