"""Many clients at once, on many workers (issue: no 5xx, no late acceptance, at least four processes)."""

from __future__ import annotations

import os
import re
import socket
import threading
import time
import urllib.parse
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from code_support import bought, copies, digest_of
from conftest import ask_token, count, get_token, make_user, register_client, revoke, route, send, token_path
from consent_support import get_code, new_app
from lab import Site

LOOPS = 8
SECONDS = 3.0
POSTS = "/wp/v2/posts"


def in_parallel(loop: Any) -> None:
    """Runs `loop( number )` in LOOPS threads; an exception in one is ours."""
    failures: list[BaseException] = []

    def body(number: int) -> None:
        try:
            loop(number)
        except BaseException as failure:  # noqa: BLE001 - it is raised below
            failures.append(failure)

    threads = [threading.Thread(target=body, args=(number,)) for number in range(LOOPS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    if failures:
        raise failures[0]


def test_eight_loops_on_the_token_endpoint_give_distinct_tokens_and_no_5xx(site: Site) -> None:
    client = register_client(site)
    found: list[tuple[int, str, str | None]] = []

    def loop(_: int) -> None:
        for _ in range(20):
            answer = ask_token(site, client)
            found.append((answer.status, answer.json().get("access_token", answer.text), answer.worker()))

    in_parallel(loop)
    assert {status for status, _, _ in found} == {200}, [entry for entry in found if entry[0] != 200][:3]
    assert len({token for _, token, _ in found}) == len(found) == LOOPS * 20
    assert len({worker for _, _, worker in found}) >= 4
    grants = count(site, "grants", f"client_pk = {client['id']}")
    assert 1 <= grants <= LOOPS, "the standing grant is shared"
    assert count(site, "tokens", f"grant_id IN (SELECT id FROM wp_app_connect_grants WHERE client_pk = {client['id']})") == len(found)
    assert count(site, "subjects", f"user_id = {client['service_user_id']}") == 1


def test_RV_01_no_request_that_starts_after_a_revocation_is_accepted(site: Site) -> None:
    client = register_client(site)
    token = get_token(site, client)
    found: list[tuple[float, int, str | None]] = []
    revoked_at: list[float] = []
    end = time.monotonic() + SECONDS

    def loop(number: int) -> None:
        while time.monotonic() < end:
            if number == 0 and not revoked_at and time.monotonic() > end - SECONDS / 2:
                answer = revoke(site, client, token)
                assert answer.status == 200
                revoked_at.append(time.monotonic())
            start = time.monotonic()
            answer = send(site, "GET", route(site, POSTS), bearer=token)
            found.append((start, answer.status, answer.worker()))

    in_parallel(loop)
    before = [entry for entry in found if entry[0] < revoked_at[0]]
    after = [entry for entry in found if entry[0] >= revoked_at[0]]
    assert {status for _, status, _ in found} == {200, 401}
    assert 200 in {status for _, status, _ in before}
    assert {status for _, status, _ in after} == {401}
    assert len({worker for _, _, worker in after}) >= 4


def test_a_token_minted_while_its_client_is_ended_is_dead_at_birth_or_belongs_to_the_new_epoch(site: Site) -> None:
    client = register_client(site)
    tokens: list[tuple[float, str]] = []
    ended: list[float] = []
    end = time.monotonic() + SECONDS

    def loop(number: int) -> None:
        if number == 0:
            time.sleep(SECONDS / 2)
            site.sql(f"UPDATE wp_app_connect_clients SET epoch = epoch + 1 WHERE id = {client['id']}")
            ended.append(time.monotonic())
            return
        while time.monotonic() < end:
            tokens.append((time.monotonic(), get_token(site, client)))

    in_parallel(loop)
    # Those that were minted around that moment: sixty on each side.
    near = sorted(tokens, key=lambda entry: abs(entry[0] - ended[0]))[:120]
    found = site.sql(
        "SELECT t.digest AS d, g.client_epoch AS e FROM wp_app_connect_tokens t JOIN wp_app_connect_grants g ON g.id = t.grant_id "
        f"WHERE g.client_pk = {client['id']}"
    )
    epochs = {row["d"]: row["e"] for row in found}
    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(lambda entry: send(site, "GET", route(site, POSTS), bearer=entry[1]).status, near))
    for (start, token), status in zip(near, statuses, strict=True):
        epoch = epochs[digest_of(token)]
        assert status == (200 if epoch == "1" else 401)
        assert start < ended[0] or epoch == "1", "a request that starts afterwards reads the new epoch"
    assert {200, 401} == set(statuses)


CODES = int(os.environ.get("APP_CONNECT_CODES", "1000"))
"""How many codes the race is about on WordPress 7.1; a tenth of it on the older one."""


def test_CG_08_eight_exchanges_of_one_code_at_once_are_one_success(site: Site) -> None:
    """Eight clients wait for each other before every code, so that each code is contended."""
    number = CODES if site.name == "wp71" else max(1, CODES // 10)
    app, user = new_app(site), make_user(site, "editor")
    model = get_code(site, app, user)
    codes = copies(site, model, number)
    form = {"grant_type": "authorization_code", "redirect_uri": model.redirect_uri, "client_id": app["client_id"], "code_verifier": model.verifier}
    found: list[list[tuple[int, bytes, bytes]]] = [[] for _ in codes]
    start = threading.Barrier(LOOPS)

    def loop(_: int) -> None:
        for code, answers in zip(codes, found, strict=True):
            body = urllib.parse.urlencode(form | {"code": code.code})
            request = (
                f"POST {token_path(site)} HTTP/1.0\r\nHost: 127.0.0.1:{site.port}\r\n"
                f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}"
            ).encode()
            with socket.create_connection(("127.0.0.1", site.port), timeout=30) as connection:
                start.wait(60)
                connection.sendall(request)
                head, _, content = b"".join(iter(lambda: connection.recv(65536), b"")).partition(b"\r\n\r\n")
            worker = re.search(rb"X-Test-Worker: (\d+)", head)
            assert worker is not None, head
            answers.append((int(head.split()[1]), content, worker[1]))

    in_parallel(loop)
    # What each code got: one 200 and seven times the same refusal.
    statuses = Counter(tuple(sorted(status for status, _, _ in answers)) for answers in found)
    assert statuses == {(200, *[400] * (LOOPS - 1)): number}, statuses.most_common(5)
    refusals = {content for answers in found for status, content, _ in answers if status == 400}
    assert all(b'"error":"invalid_grant"' in content for content in refusals), refusals
    workers = Counter(worker for answers in found for _, _, worker in answers)
    assert len(workers) >= 4, workers
    contended = sum(len({worker for _, _, worker in answers}) >= 4 for answers in found)
    assert contended >= number // 2, f"only {contended} codes met four workers at once"
    # What that left: a grant and a token each, all of them alive, for the losers had the verifier.
    assert bought(site, app) == (number, number)
    assert count(site, "grants", f"client_pk = {app['id']} AND revoked_at IS NOT NULL") == 0
    tokens = {re.search(rb'"access_token":"([^"]+)"', content)[1].decode() for answers in found for status, content, _ in answers if status == 200}  # type: ignore[index]
    assert len(tokens) == number
    stored = {row["d"] for row in site.sql(f"SELECT t.digest AS d FROM wp_app_connect_tokens t JOIN wp_app_connect_grants g ON g.id = t.grant_id WHERE g.client_pk = {app['id']}")}
    assert {digest_of(token) for token in tokens} == stored
    for token in sorted(tokens)[:: max(1, number // 20)]:
        assert send(site, "GET", route(site, POSTS), bearer=token).status == 200
