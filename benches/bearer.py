"""(b) What a bearer costs inside WordPress, next to other ways to say who a request is."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any

from data import Data, Known
from support import HERE, Bench, Goals, Section, Table, Variant, column, extra, margin, measure, median, micro, percentile, say

ME = "/wp-json/wp/v2/users/me"
BARE = {"X-Bench-Bare": "1"}
BATCHES = 10


def variant(name: str, headers: Mapping[str, str]) -> Variant:
    """A request for the current user that always looks the same."""
    return Variant(name, lambda _: ("GET", ME, headers, b""))


def bearer(token: str) -> dict[str, str]:
    """The header of a token."""
    return {"Authorization": f"Bearer {token}"}


def as_user(user: int) -> dict[str, str]:
    """The user from nowhere, by a plugin of two lines."""
    return {"X-Bench-Plugin": "user", "X-Bench-User": str(user)}


def run(bench: Bench, data: Data, small: Sequence[Known], large: Sequence[Known]) -> Section:
    """Measures and describes."""
    data.use("small")
    tokens = {mode: next(known for known in small if known.mode == mode) for mode in ("full", "restricted")}
    goals = Goals()
    profile, select = _profile(bench, tokens["full"], goals)
    parts = [
        _ways(bench, data, tokens, select, goals),
        _statements(bench, data, tokens["full"], goals),
        _sizes(bench, data, small, large, goals),
        profile,
    ]
    return Section("(b) A bearer inside WordPress", "\n\n".join(parts), goals)


def _ways(bench: Bench, data: Data, tokens: Mapping[str, Known], select: Sequence[float], goals: Goals) -> str:
    full, restricted = tokens["full"], tokens["restricted"]
    seed = data.seed["full"]
    basic = base64.b64encode(f"{seed['login']}:{seed['password']}".encode()).decode()
    variants = [
        variant("nowhere", as_user(full.user) | BARE),
        variant("select", {"X-Bench-Plugin": "select"} | bearer(full.token) | BARE),
        variant("password", {"Authorization": f"Basic {basic}"} | BARE),
        variant("active", as_user(full.user)),
        variant("active, restricted", as_user(restricted.user)),
        variant("full", bearer(full.token)),
        variant("restricted", bearer(restricted.token)),
    ]
    rounds = bench.scale.rounds * 2
    say(f"(b) {rounds} rounds of {len(variants)} ways to be a user")
    samples = measure(bench, variants, rounds)
    table = Table(("`GET /wp/v2/users/me`, PHP CPU", "whole request", "more than its base", "next to one SELECT by the clock"))

    def row(what: str, name: str, base: str) -> list[float]:
        more = extra(samples, name, base)
        table.add(what, micro(median(column(samples, name))), f"{micro(median(more))} ± {margin(more):.0f}", f"{median(more) / median(select):.1f} ×")
        return more

    table.add("**App Connect not active**", "", "", "")
    table.add("user set by a plugin of two lines: the base", micro(median(column(samples, "nowhere"))), "", "")
    row("a bare plugin: one indexed SELECT", "select", "nowhere")
    row("an Application Password", "password", "nowhere")
    table.add("**App Connect active**", "", "", "")
    row("user set by the two lines, no token: what every REST request pays", "active", "nowhere")
    cost = row("a token of a full client, over the line above", "full", "active")
    row("a token of a restricted client, over its user set by the two lines", "restricted", "active, restricted")
    row("a token of a full client, all that App Connect costs", "full", "nowhere")
    goals.ratio_at_most("a bearer, next to one indexed SELECT: whole requests", 1.5, cost, select)
    return (
        f"{table}\n\nMedians of {rounds} rounds, every variant once in each; ± is half the 95 % confidence interval. "
        "The bare plugin hashes the token and asks a table of as many rows, with a unique key on the digest, for the user; it knows "
        "neither clients nor scopes, and nothing that ends a token but time. A whole request varies by more than one SELECT costs, so what "
        f"everything is compared with is that plugin's callback by the clock (below): {micro(median(select))}."
    )


def _statements(bench: Bench, data: Data, known: Known, goals: Goals) -> str:
    def ours(line: Mapping[str, Any]) -> tuple[int, int]:
        mine = [query for query in line["queries"] if re.search(r"_app_connect_\w", query) and "wp_options WHERE option_name IN" not in query]
        return sum(query.startswith("SELECT") for query in mine), sum(not query.startswith("SELECT") for query in mine)

    bench.count("GET", ME, bearer(known.token))
    plain = bench.count("GET", ME, as_user(known.user) | BARE)
    later = bench.count("GET", ME, bearer(known.token))
    bench.sql(
        "UPDATE wp_app_connect_grants g JOIN wp_app_connect_tokens t ON t.grant_id = g.id JOIN wp_app_connect_clients c ON c.id = g.client_pk "
        f"SET g.last_used_at = NULL, c.last_used_day = NULL WHERE t.digest = {_digest(known.token)}"
    )
    first = bench.count("GET", ME, bearer(known.token))
    table = Table(("Statements of one request", "on our tables: reads", "writes", "heard by the server, in all"))
    table.add("user set by the two lines, App Connect not active", "0", "0", str(plain["questions"]))
    for name, line in (("a token", later), ("a token at its first use of the day", first)):
        table.add(name, *(str(number) for number in ours(line)), str(line["questions"]))
    goals.at_most("reads of a bearer", 1, ours(later)[0])
    goals.at_most("writes of a bearer", 0, ours(later)[1])
    goals.at_most("other statements that a bearer adds", 0, later["questions"] - plain["questions"] - sum(ours(later)))
    goals.at_most("writes at the first use of a day", 1, ours(first)[1])
    return str(table)


def _digest(token: str) -> str:
    return f"REPLACE(REPLACE(LEFT(TO_BASE64(UNHEX(SHA2('{token}', 256))), 43), '+', '-'), '/', '_')"


def _sizes(bench: Bench, data: Data, small: Sequence[Known], large: Sequence[Known], goals: Goals) -> str:
    scale = bench.scale
    sets: dict[str, Sequence[Known]] = {"small": small, "large": large}
    rounds = max(10, scale.rounds * 2 // BATCHES)
    more: dict[str, list[float]] = {part: [] for part in sets}
    lookup: dict[str, list[float]] = {part: [] for part in sets}
    say(f"(b) {BATCHES * rounds} rounds with {scale.small:,} and with {scale.large:,} tokens")
    for batch in range(BATCHES):
        for part, known in sets.items():
            data.use(part)
            # A step that shares no factor with their number visits all, and neighbours are far from each other.
            chosen = [known[(batch * 997 + number * 61) % len(known)] for number in range(rounds)]
            variants = [
                Variant("active", lambda number, chosen=chosen: ("GET", ME, as_user(chosen[number].user), b"")),
                Variant("token", lambda number, chosen=chosen: ("GET", ME, bearer(chosen[number].token), b"")),
            ]
            more[part] += extra(measure(bench, variants, rounds, warm=5), "token", "active")
            lookup[part] += lookups(bench, chosen)["statement"]
    table = Table(("Live tokens", "a bearer, PHP CPU", "its statement, p50", "p99"))
    for part, count in (("small", scale.small), ("large", scale.large)):
        table.add(
            f"{count:,}", f"{micro(median(more[part]))} ± {margin(more[part]):.0f}",
            micro(median(lookup[part])), micro(percentile(lookup[part], 99)),
        )
    goals.ratio_at_most(f"a bearer's CPU, {scale.large:,} tokens next to {scale.small:,}", 1.2, more["large"], more["small"])
    data.use("small")
    return (
        f"{table}\n\nThe two tables take turns in the same WordPress, ten times. Tokens are drawn from all over them; the large one has "
        f"{scale.clients * 10:,} grants of {scale.clients:,} clients with a user each. The statement's time is the wall clock's and "
        "includes the database server."
    )


def lookups(bench: Bench, chosen: Sequence[Known]) -> dict[str, list[float]]:
    """How long the statement that looks a token up takes, and its whole request, in microseconds."""
    bench.clear()
    asked = [bench.ask("GET", ME, bearer(known.token) | {"X-Bench-Lookup": "1"}) for known in chosen]
    lines = bench.read(len(asked))
    return {"statement": [lines[name]["lookup"] for name, _, _ in asked], "request": [took for _, _, took in asked]}


def _profile(bench: Bench, known: Known, goals: Goals) -> tuple[str, list[float]]:
    """Which callbacks a token keeps busy, next to the same request without one; and the clock of the bare plugin."""
    rounds = max(20, bench.scale.rounds // 5)
    say(f"(b) {rounds} rounds with a clock on every callback")
    kinds = {
        "none": as_user(known.user),
        "token": bearer(known.token),
        "select": {"X-Bench-Plugin": "select"} | bearer(known.token) | BARE,
    }
    bench.site.fixture("bench-profile", (HERE / "php" / "profile.php").read_text())
    try:
        samples = measure(bench, [variant(name, {**headers, "X-Bench-Profile": "1"}) for name, headers in kinds.items()], rounds, warm=40)
    finally:
        bench.site.remove_fixture("bench-profile")

    def entries(kind: str, name: str) -> tuple[float, float]:
        """How often a callback ran, and its CPU time."""
        found = [line["profile"].get(name, (0, 0)) for line in samples[kind]]
        return median([entry[0] for entry in found]), median([entry[1] for entry in found])

    sums = {kind: [float(sum(entry[1] for entry in line["profile"].values())) for line in samples[kind]] for kind in ("none", "token")}
    users = column(samples, "none", "user")
    more = [token - none - user for token, none, user in zip(sums["token"], sums["none"], users, strict=True)]
    select = column(samples, "select", "select")
    goals.ratio_at_most("a bearer, next to one indexed SELECT: callbacks by the clock", 1.5, more, select)
    table = Table(("CPU, clock included", "without a token", "calls", "with a token", "calls"))
    table.add("**all callbacks**", micro(median(sums["none"])), "", micro(median(sums["token"])), "")
    names = {name for kind in sums for line in samples[kind] for name in line["profile"]}
    costs = {name: (entries("none", name), entries("token", name)) for name in names}
    for name, ((none_calls, none), (token_calls, token)) in sorted(costs.items(), key=lambda item: -max(item[1][0][1], item[1][1][1]))[:18]:
        table.add(name, micro(none), f"{none_calls:.0f}", micro(token), f"{token_calls:.0f}")
    return (
        f"Where it goes, callback by callback:\n\n{table}\n\nEach without what it called that has a line of its own. Reading the user "
        f"({micro(median(users))}, two statements) is in `on_parse_request` with a token and WordPress' own business without one: "
        f"less that, a bearer costs {micro(median(more))} by the clock, and the callback of the bare plugin {micro(median(select))}.",
        select,
    )
