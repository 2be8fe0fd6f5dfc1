"""Other plugins, trouble and time around the life of a session (threats.md WP-24, F0-08, F0-14, RL-05).

The neighbours are what real ones do, each in a few lines: WooCommerce's REST keys by Basic, a second factor, a limiter of
logins, and a plugin that closes the REST API to visitors.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from code_support import bought
from conftest import (
    assert_oauth_error, configure, get_token, make, register_client, revoke_path, route, send, token_path, workers_of,
)
from consent_support import new_person
from lab import Site
from refresh_support import Person, body_of, refresh, refuse, server_app, use
from storage_support import fault_headers
from test_password_grant import LIMITER, VETOES, ask, trusted_app

NEIGHBOURS = LIMITER + VETOES["api"] + """
/* WooCommerce: whoever sends Basic credentials on its routes is one of its own, on other routes nobody. */
add_filter( 'determine_current_user', static function ( $user ) {
    if ( ! empty( $user ) || ! isset( $_SERVER['PHP_AUTH_USER'] ) || false === strpos( $_SERVER['REQUEST_URI'], '/wc/' ) ) { return $user; }
    return 1;
}, 9 );
add_filter( 'rest_authentication_errors', static function ( $error ) {
    return ! empty( $error ) || false === strpos( $_SERVER['REQUEST_URI'], '/wc/' ) ? $error : true;
}, 15 );
/* Disable REST API: visitors get nothing. */
add_filter( 'rest_authentication_errors', static fn ( $access ) => is_user_logged_in() ? $access : new WP_Error( 'rest_login_required', 'Closed.', array( 'status' => 401 ) ) );
"""


@pytest.fixture(scope="session", params=["wp71"])
def site(request: pytest.FixtureRequest) -> Site:
    """The newest version: what these tests are about is ours and the database's."""
    return make(request.param)


@pytest.fixture
def crowded(patient: Site) -> Iterator[Site]:
    """A site with all the neighbours."""
    configure(patient, methods={"password": {"enabled": True, "epoch": 0}})
    patient.sql("DELETE FROM wp_options WHERE option_name = 'test_failures'")
    yield patient
    for name in ("neighbours", "fault"):
        patient.remove_fixture(name)


@pytest.mark.parametrize("door", [True, False], ids=["door", "rest"])
def test_WP_24_among_other_plugins_a_session_lives_and_ends_as_ever(crowded: Site, door: bool) -> None:
    somebody, service = Person(crowded, server_app(crowded)), register_client(crowded)
    session = somebody.session()
    app, ann = trusted_app(crowded), new_person(crowded)
    crowded.fixture("neighbours", NEIGHBOURS)
    assert use(crowded, session["access_token"]) == 200
    assert use(crowded, get_token(crowded, service)) == 200
    later = body_of(somebody.refresh(session["refresh_token"], door=door))
    assert use(crowded, later["access_token"]) == 200
    assert send(crowded, "GET", route(crowded, "/wp/v2/posts")).status == 401, "what they close stays closed"
    assert_oauth_error(ask(crowded, app, ann["login"], ann["password"], door=door), 400, "invalid_grant")
    gone = send(crowded, "POST", revoke_path(crowded), form={"token": later["refresh_token"]}, auth=(somebody.app["client_id"], somebody.app["secret"]), door=door)
    assert gone.status == 200
    assert use(crowded, later["access_token"]) == 401
    refuse(somebody.refresh(later["refresh_token"], door=door))


@pytest.mark.parametrize("errno", [1021, 1114, 28], ids=["disk", "table", "device"])
@pytest.mark.parametrize("at", ["UPDATE \\S+_grants SET refresh_digest", "INSERT INTO \\S+_tokens", "^COMMIT"], ids=["rotate", "token", "commit"])
def test_F0_08_a_full_disk_is_503_and_loses_no_session(crowded: Site, at: str, errno: int) -> None:
    somebody = Person(crowded)
    token = somebody.session()["refresh_token"]
    answer = somebody.refresh(token, headers=fault_headers(crowded, str(errno), at))
    assert_oauth_error(answer, 503, "temporarily_unavailable")
    assert "disk" not in answer.text and "full" not in answer.text
    somebody.next(token)


def test_F0_14_workers_that_are_replaced_under_load_lose_nothing(patient: Site) -> None:
    """Each leaves after the request that it is at, as `pm.max_requests` and a reload make it."""
    somebody = Person(patient)
    sessions = somebody.sessions(8)
    before = bought(patient, somebody.app)
    rounds = 6
    seen: set[int] = set(workers_of(patient))

    def live(session: dict[str, Any]) -> list[int]:
        statuses = []
        for _ in range(rounds):
            session = body_of(refresh(patient, somebody.app, session["refresh_token"]))
            statuses.append(use(patient, session["access_token"]))
        return statuses

    with ThreadPoolExecutor(8) as pool:
        running = [pool.submit(live, session) for session in sessions]
        for _ in range(12):
            for worker in workers_of(patient)[:2]:
                try:
                    os.kill(worker, signal.SIGQUIT)
                except ProcessLookupError:
                    continue
            seen |= set(workers_of(patient))
            send(patient, "GET", route(patient, "/wp/v2/types"))
        assert [future.result() for future in running] == [[200] * rounds] * 8
    assert len(seen) > 8, "workers came and went"
    assert bought(patient, somebody.app) == (before[0], before[1] + 8 * rounds)


@pytest.mark.parametrize("door", [True, False], ids=["door", "rest"])
def test_RL_05_no_request_carries_more_than_one_try(crowded: Site, door: bool) -> None:
    app, ann = trusted_app(crowded), new_person(crowded)
    tries = [("password", "wrong"), ("password", ann["password"])]
    pairs = [("grant_type", "password"), ("client_id", app["client_id"]), ("username", ann["login"]), *tries]
    body = "&".join(f"{name}={value}" for name, value in pairs).replace(" ", "+")
    for text in (body, body.replace("password=", "password[]=").replace("grant_type=password[]=", "grant_type=password&")):
        answer = send(crowded, "POST", token_path(crowded), body=text, headers={"Content-Type": "application/x-www-form-urlencoded"}, door=door)
        assert_oauth_error(answer, 400, "invalid_request")
    inner = {"method": "POST", "path": "/app-connect/v1/token", "body": {"grant_type": "password", "client_id": app["client_id"], "username": ann["login"], "password": ann["password"]}}
    batch = send(crowded, "POST", route(crowded, "/batch/v1"), body=json.dumps({"requests": [inner] * 5}), headers={"Content-Type": "application/json"}, door=door)
    assert "access_token" not in batch.text
    assert all(each["status"] >= 400 for each in batch.json().get("responses", [])), batch.text
