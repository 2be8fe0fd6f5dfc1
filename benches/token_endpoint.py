"""(c) The token endpoint at the door, next to a trivial REST route."""

from __future__ import annotations

import base64
import selectors
import socket
import time
from collections.abc import Mapping

from data import TOKEN, Data
from lab import LabError
from support import Bench, Goals, Section, Table, Variant, column, margin, measure, median, micro, percentile, request, say

ROUTE = "/wp-json/bench/v1/nothing"
CONNECTIONS = 6
BURSTS = 3


def run(bench: Bench, data: Data) -> Section:
    """Measures and describes."""
    data.use("small")
    seed = data.seed["restricted"]
    basic = base64.b64encode(f"{seed['client_id']}:{seed['secret']}".encode()).decode()
    form = {"Authorization": f"Basic {basic}", "Content-Type": "application/x-www-form-urlencoded"}
    body = b"grant_type=client_credentials"
    route = {"X-Bench-Plugin": "route", "Content-Type": "application/x-www-form-urlencoded"}
    bare = route | {"X-Bench-Bare": "1"}
    variants = [
        Variant("floor", lambda _: ("POST", TOKEN, {"X-Bench-Plugin": "floor", "X-Bench-Bare": "1"}, b"")),
        Variant("token", lambda _: ("POST", TOKEN, form, body)),
        Variant("closed", lambda _: ("POST", TOKEN, form | {"X-Bench-Door": "closed"}, body)),
        Variant("route", lambda _: ("POST", ROUTE, route, b"")),
        Variant("bare", lambda _: ("POST", ROUTE, bare, b"")),
    ]
    say(f"(c) {bench.scale.rounds} rounds of {len(variants)} requests")
    samples = measure(bench, variants, bench.scale.rounds)
    counted = bench.count("POST", TOKEN, form, body)
    say(f"(c) {BURSTS} bursts of each, {CONNECTIONS} connections, {bench.scale.burst:g} s")
    kinds: dict[str, tuple[str, Mapping[str, str], bytes]] = {"token": (TOKEN, form, body), "route": (ROUTE, route, b""), "bare": (ROUTE, bare, b"")}
    rates: dict[str, list[float]] = {name: [] for name in kinds}
    times: dict[str, list[float]] = {name: [] for name in kinds}
    for _ in range(BURSTS):
        for name, (path, headers, data_sent) in kinds.items():
            rate, took = burst(bench.site.port, request("POST", path, headers, data_sent), bench.scale.burst)
            rates[name].append(rate)
            times[name] += took
    table = Table(("", "PHP CPU", "requests per second", "p50", "p99"))
    names = {
        "floor": "WordPress as far as the door, App Connect not active: the floor",
        "token": "`POST /token`, client credentials, at the door",
        "closed": "the same with the door closed: as a REST route",
        "route": "a trivial REST route, App Connect active",
        "bare": "a trivial REST route, App Connect not active",
    }
    for name, what in names.items():
        cpu = f"{micro(median(column(samples, name)))} ± {margin(column(samples, name)):.0f}"
        if name in rates:
            table.add(what, cpu, f"{median(rates[name]):,.0f}", micro(median(times[name])), micro(percentile(times[name], 99)))
        else:
            table.add(what, cpu, "", "", "")
    goals = Goals()
    token = column(samples, "token")
    goals.ratio_at_most("`POST /token` next to a trivial REST route, App Connect not active", 0.25, token, column(samples, "bare"))
    queries = [query.split(" ", 1)[0] for query in counted["queries"] if "app_connect_" in query and "wp_options WHERE option_name IN" not in query]
    return Section(
        "(c) The token endpoint through nginx and php-fpm",
        f"{table}\n\nThe client authenticates by Basic with a generated secret; each request stores a token ({', '.join(queries)}; "
        f"{counted['questions']} statements in all, WordPress' own among them), on disk when it is answered. Requests per second: a closed loop "
        f"over {CONNECTIONS} connections, {BURSTS} bursts of {bench.scale.burst:g} s of each kind by turns, client, server and database on the same CPUs.",
        goals,
    )


def burst(port: int, data: bytes, seconds: float) -> tuple[float, list[float]]:
    """A closed loop over some connections: answers per second, and how many microseconds each took."""
    took: list[float] = []
    with selectors.DefaultSelector() as selector:
        started = time.perf_counter()
        try:
            for _ in range(CONNECTIONS):
                selector.register(_begin(port, data), selectors.EVENT_READ, (time.perf_counter(), b""))
            while (now := time.perf_counter()) - started < seconds:
                for key, _ in selector.select(timeout=1.0):
                    client, (since, read) = key.fileobj, key.data
                    assert isinstance(client, socket.socket)
                    part = client.recv(65536)
                    read += part
                    if part and not _complete(read):
                        selector.modify(client, selectors.EVENT_READ, (since, read))
                        continue
                    if not read.startswith((b"HTTP/1.1 200", b"HTTP/1.1 204")):
                        raise LabError(f"in a burst: {read[:500]!r}")
                    now = time.perf_counter()
                    took.append((now - since) * 1e6)
                    if part and b"connection: close" not in read[:1000].lower():
                        client.sendall(data)
                        selector.modify(client, selectors.EVENT_READ, (now, b""))
                    else:
                        selector.unregister(client)
                        client.close()
                        selector.register(_begin(port, data), selectors.EVENT_READ, (now, b""))
            return len(took) / (now - started), took
        finally:
            for key in list(selector.get_map().values()):
                assert isinstance(key.fileobj, socket.socket)
                key.fileobj.close()


def _begin(port: int, data: bytes) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port), timeout=60)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client.sendall(data)
    return client


def _complete(read: bytes) -> bool:
    head, end, body = read.partition(b"\r\n\r\n")
    lower = head.lower()
    if not end:
        return False
    if b"transfer-encoding: chunked" in lower:
        return body.endswith(b"0\r\n\r\n")
    length = lower.partition(b"content-length:")[2].partition(b"\r\n")[0]
    return not length or len(body) >= int(length)
