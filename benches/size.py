"""(d) A million tokens and ten thousand clients."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence

from bearer import lookups
from data import Data, Known
from lab import LabError
from support import Bench, Goals, Section, Table, Variant, column, measure, median, micro, percentile, say

LOOKUPS = 50
"""Look-ups between two questions whether cleanup has ended."""

LIST = "/wp-admin/admin.php?page=app-connect"
REST = "/wp-json/app-connect/v1/clients"


def run(bench: Bench, data: Data, large: Sequence[Known]) -> Section:
    """Measures and describes."""
    goals = Goals()
    data.use("large")
    data.expire(bench.scale.large)
    parts = [_cleanup(bench, large, goals), _clients(bench, goals)]
    return Section(f"(d) {bench.scale.large:,} live tokens, as many expired, {bench.scale.clients:,} clients", "\n\n".join(parts), goals)


def _cleanup(bench: Bench, known: Sequence[Known], goals: Goals) -> str:
    scale = bench.scale

    def some(turn: int) -> dict[str, list[float]]:
        return lookups(bench, [known[(turn * 997 + number * 61) % len(known)] for number in range(LOOKUPS)])

    say("(d) Look-ups while nothing else happens")
    times: dict[str, dict[str, list[float]]] = {kind: {"statement": [], "request": []} for kind in ("quiet", "busy")}
    for turn in range(max(4, scale.rounds * 2 // LOOKUPS)):
        for name, values in some(turn).items():
            times["quiet"][name] += values
    say(f"(d) Look-ups while cleanup runs, {scale.cleanup:g} s at most")
    before = bench.number("SELECT COUNT(*) FROM wp_app_connect_tokens")
    output: list[str] = []
    failure: list[BaseException] = []

    def clean() -> None:
        try:
            output.append(bench.script("cleanup", scale.cleanup, timeout=scale.cleanup + 60))
        except BaseException as error:  # noqa: BLE001 -- Raised again below, in the thread that may.
            failure.append(error)

    worker = threading.Thread(target=clean)
    worker.start()
    turn = 0
    while worker.is_alive():
        turn += 1
        for name, values in some(turn).items():
            times["busy"][name] += values
    worker.join()
    if failure:
        raise LabError(f"cleanup failed: {failure[0]}")
    took = [float(value) for value in json.loads(output[0])]
    gone = before - bench.number("SELECT COUNT(*) FROM wp_app_connect_tokens")
    batches = Table(("Cleanup", "batches", "tokens removed", "a batch, p50", "p99", "longest"))
    batches.add("", f"{len(took):,}", f"{gone:,}", f"{median(took):.0f} ms", f"{percentile(took, 99):.0f} ms", f"{max(took):.0f} ms")
    table = Table(("Look-ups", "number", "statement, p50", "p99", "whole request, p50", "p99"))
    for kind, what in (("quiet", "nothing else happens"), ("busy", "cleanup runs")):
        values = times[kind]
        table.add(
            what, f"{len(values['statement']):,}",
            micro(median(values["statement"])), micro(percentile(values["statement"], 99)),
            micro(median(values["request"])), micro(percentile(values["request"], 99)),
        )
    goals.at_most("a batch of cleanup, the longest", 250, max(took), "ms")
    quiet, busy = times["quiet"]["request"], times["busy"]["request"]
    goals.at_most("a request with a token while cleanup runs, p50", 1.5, median(busy) / median(quiet), "×", 2)
    goals.at_most("a request with a token while cleanup runs, p99", 2, percentile(busy, 99) / percentile(quiet, 99), "×", 2)
    return (
        f"{batches}\n\n{table}\n\nCleanup runs as by cron, batch after batch, with a rest as long as the batch, beside one client that looks tokens up one "
        "after the other. Unharmed means here: half as long again at the median, and twice at the 99th percentile, at most."
    )


def _clients(bench: Bench, goals: Goals) -> str:
    login = json.loads(bench.script("cookie", "admin"))
    cookies = {"Cookie": login["cookies"]}
    rest = cookies | {"X-WP-Nonce": login["nonce"]}
    pages = {
        "the page in wp-admin": (LIST, cookies),
        "its last page": (f"{LIST}&paged={-(-bench.scale.clients // 20)}", cookies),
        "searched": (f"{LIST}&s=Client+7", cookies),
        "sorted by last use": (f"{LIST}&orderby=last_used&order=desc", cookies),
        "REST, 20 of them": (f"{REST}?per_page=20", rest),
        "REST, the last page": (f"{REST}?per_page=20&page={bench.scale.clients // 20}", rest),
        "REST, searched": (f"{REST}?per_page=20&search=Client+7", rest),
    }
    empty = ("/wp-admin/admin.php?page=bench", cookies | {"X-Bench-Plugin": "page"})
    rounds = max(10, bench.scale.rounds // 20)
    say(f"(d) {rounds} rounds of the clients list")

    def variant(name: str, path: str, headers: Mapping[str, str]) -> Variant:
        return Variant(name, lambda _: ("GET", path, headers, b""))

    samples = measure(bench, [variant("empty", *empty), *(variant(name, *page) for name, page in pages.items())], rounds, warm=3)
    counted = {name: bench.count("GET", path, headers) for name, (path, headers) in {"empty": empty, **pages}.items()}
    table = Table((f"{bench.scale.clients:,} clients", "PHP CPU", "wall clock", "statements"))
    for name, what in {"empty": "an empty page in wp-admin, for comparison", **{name: name for name in pages}}.items():
        table.add(what, f"{median(column(samples, name)) / 1000:.1f} ms", f"{median(column(samples, name, 'took')) / 1000:.1f} ms", str(counted[name]["questions"]))
    slowest = max(pages, key=lambda name: median(column(samples, name)))
    goals.at_most(f"the clients list, PHP CPU; the slowest is {slowest}", 150, median(column(samples, slowest)) / 1000, "ms")
    return str(table)
