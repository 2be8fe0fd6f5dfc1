"""(e) Sessions: codes exchanged and refresh tokens rotated at the door, next to `client_credentials`; and what guesses do to others."""

from __future__ import annotations

import base64
import json
import secrets
import string
import time
import urllib.parse
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

from data import TOKEN, Data
from lab import LabError
from support import Bench, Connection, Goals, Section, Table, Variant, column, margin, measure, median, micro, percentile, request, say

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CONNECTIONS = 6
BURSTS = 3
WARM = 20
GUESSES = 50
"""Wrong secrets at once: as many as one address may try in a window."""
VISITORS = 2
"""Connections that look somebody up meanwhile."""
USERINFO = "/wp-json/app-connect/v1/userinfo"
MOST_PER_SECOND = 1000
"""More codes than that are not exchanged in a second of a burst."""


class People:
    """An app, codes that were approved for it, and the sessions that they buy."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.seed = json.loads(bench.script("people"))

    def codes(self, number: int) -> Iterator[bytes]:
        """As many requests to exchange a code, each with its own."""
        texts = [_new_code() for _ in range(number)]
        for start in range(0, number, 500):
            some = " UNION ALL ".join(f"SELECT '{_digest(text)}' AS d" for text in texts[start : start + 500])
            self.bench.sql(
                "INSERT INTO wp_app_connect_codes (digest, kind, client_pk, subject_pk, policy_id, payload, expires_at) "
                "SELECT n.d, c.kind, c.client_pk, c.subject_pk, c.policy_id, c.payload, c.expires_at "
                f"FROM wp_app_connect_codes c JOIN ({some}) n WHERE c.digest = '{self.seed['digest']}'"
            )
        return iter([self.form(grant_type="authorization_code", code=text, code_verifier=VERIFIER, redirect_uri="https://app.example/callback") for text in texts])

    def form(self, **fields: str) -> bytes:
        """The body of a request of the app."""
        return urllib.parse.urlencode(fields | {"client_id": self.seed["client_id"]}).encode()

    def refreshing(self, answer: bytes) -> bytes:
        """The request to go on with what an answer brought."""
        return self.form(grant_type="refresh_token", refresh_token=json.loads(answer)["refresh_token"])

    def sessions(self, number: int) -> list[bytes]:
        """As many requests to refresh, each of a session of its own."""
        return [self.refreshing(self.bench.ask("POST", TOKEN, FORM, body)[1].body) for body in self.codes(number)]


def run(bench: Bench, data: Data) -> Section:
    """Measures and describes."""
    data.use("own")
    people = People(bench)
    rounds = bench.scale.rounds
    service = data.seed["restricted"]
    basic = base64.b64encode(f"{service['client_id']}:{service['secret']}".encode()).decode()
    codes, sessions = people.codes(rounds + WARM + 1), iter(people.sessions(rounds + WARM + 1))
    variants = [
        Variant("service", lambda _: ("POST", TOKEN, FORM | {"Authorization": f"Basic {basic}"}, b"grant_type=client_credentials")),
        Variant("exchange", lambda _: ("POST", TOKEN, FORM, next(codes))),
        Variant("refresh", lambda _: ("POST", TOKEN, FORM, next(sessions))),
    ]
    say(f"(e) {rounds} rounds of {len(variants)} requests")
    samples = measure(bench, variants, rounds, WARM)
    counted = {name: bench.count("POST", TOKEN, FORM, next(source)) for name, source in (("exchange", codes), ("refresh", sessions))}
    say(f"(e) {BURSTS} bursts of each, {CONNECTIONS} connections, {bench.scale.burst:g} s")
    rates: dict[str, list[float]] = {"exchange": [], "refresh": []}
    times: dict[str, list[float]] = {"exchange": [], "refresh": []}
    for _ in range(BURSTS):
        for name, begin in (("exchange", _exchanging), ("refresh", _refreshing)):
            rate, took = _burst(bench, begin(people, bench.scale.burst))
            rates[name].append(rate)
            times[name] += took
    table = Table(("", "PHP CPU", "statements", "requests per second", "p50", "p99"))
    names = {
        "service": "`POST /token`, client credentials, for comparison",
        "exchange": "a code exchanged for a session",
        "refresh": "a refresh token for the next one",
    }
    for name, what in names.items():
        cells = [what, f"{micro(median(column(samples, name)))} ± {margin(column(samples, name)):.0f}"]
        if name in rates:
            cells += [str(counted[name]["questions"]), f"{median(rates[name]):,.0f}", micro(median(times[name])), micro(percentile(times[name], 99))]
        table.add(*cells, *[""] * (6 - len(cells)))
    seconds = 8 * bench.scale.burst
    say(f"(e) `/userinfo` for {seconds:g} s without, with a wave of, and beside {GUESSES} wrong secrets")
    calm, wave, siege = _attacked(bench, people, seconds)
    goals = Goals()
    goals.at_most(f"`/userinfo` with {GUESSES} wrong secrets at once: p99 next to its usual one", 2, percentile(wave, 99) / percentile(calm, 99), "×", 2)
    goals.ratio_at_most("a refresh next to client credentials", 1.5, column(samples, "refresh"), column(samples, "service"))
    return Section(
        "(e) Sessions at the door",
        f"{table}\n\nA public app with PKCE. What is spent and what it buys are one transaction, on disk when it is answered; WordPress' own "
        f"statements are among those counted. Requests per second: a closed loop over {CONNECTIONS} connections, {BURSTS} bursts of "
        f"{bench.scale.burst:g} s of each kind by turns; each refresh presents what the one before it brought. An exchange asks "
        "once more whether the user may be let in, and so waits until every plugin has loaded.\n\n`/userinfo` in a closed loop over "
        f"{VISITORS} connections, {seconds:g} s each: as usual {micro(median(calm))} at the median and {micro(percentile(calm, 99))} at the 99th percentile; with "
        f"{GUESSES} wrong secrets for a client with a slow hash at once, in the middle, {micro(median(wave))} and {micro(percentile(wave, 99))}; beside {GUESSES} "
        f"connections that show one after the other, and are refused before any hash, {micro(median(siege))} and {micro(percentile(siege, 99))}: what a machine "
        f"does whose every core is asked for something else.",
        goals,
    )


Turns = list[Callable[[bytes], bytes]]
"""For each connection: the next request, from the answer before it (empty at first)."""


def _exchanging(people: People, seconds: float) -> Turns:
    codes = people.codes(int(seconds * MOST_PER_SECOND))
    return [lambda _: next(codes)] * CONNECTIONS


def _refreshing(people: People, _: float) -> Turns:
    def turn(first: bytes) -> Callable[[bytes], bytes]:
        return lambda answer: people.refreshing(answer) if answer else first

    return [turn(first) for first in people.sessions(CONNECTIONS)]


def _burst(bench: Bench, turns: Turns) -> tuple[float, list[float]]:
    """A closed loop over some connections: answers per second, and how many microseconds each took."""
    end = time.perf_counter() + bench.scale.burst

    def loop(turn: Callable[[bytes], bytes]) -> list[float]:
        connection, took, answer = Connection(bench.site.port), [], b""
        try:
            while (since := time.perf_counter()) < end:
                got = connection.send(request("POST", TOKEN, FORM, turn(answer)))
                if got.status != 200:
                    raise LabError(f"in a burst: {got.status} {got.body[:300]!r}")
                answer = got.body
                took.append((time.perf_counter() - since) * 1e6)
        finally:
            connection.close()
        return took

    started = time.perf_counter()
    with ThreadPoolExecutor(len(turns)) as pool:
        took = [each for times in pool.map(loop, turns) for each in times]
    return len(took) / (time.perf_counter() - started), took


def _attacked(bench: Bench, people: People, seconds: float) -> tuple[list[float], list[float], list[float]]:
    """How many microseconds `/userinfo` takes: as usual, with one wave of guesses, and beside guesses without end."""
    answer = bench.ask("POST", TOKEN, FORM, next(people.codes(1)))[1]
    bearer = {"Authorization": f"Bearer {json.loads(answer.body)['access_token']}"}
    body = urllib.parse.urlencode({"grant_type": "client_credentials", "client_id": people.seed["attacked"], "client_secret": "a wrong guess"})
    guess = request("POST", TOKEN, FORM, body.encode())

    def look(end: float) -> list[float]:
        connection, took = Connection(bench.site.port), []
        try:
            while (since := time.perf_counter()) < end:
                got = connection.send(request("GET", USERINFO, bearer))
                if got.status != 200:
                    raise LabError(f"under attack: {got.status} {got.body[:300]!r}")
                took.append((time.perf_counter() - since) * 1e6)
        finally:
            connection.close()
        return took

    def guess_on(begin: float, end: float) -> None:
        """At least once."""
        time.sleep(max(0.0, begin - time.perf_counter()))
        connection = Connection(bench.site.port)
        try:
            while True:
                status = connection.send(guess).status
                if status not in (401, 429):
                    raise LabError(f"a guess was answered {status}")
                if time.perf_counter() >= end:
                    return
        finally:
            connection.close()

    def phase(guesses: int, begin: float, end: float) -> list[float]:
        """Guesses begin and end so many seconds after the phase began."""
        bench.sql("DELETE FROM wp_app_connect_limits")
        now = time.perf_counter()
        with ThreadPoolExecutor(VISITORS + GUESSES) as pool:
            guessing = [pool.submit(guess_on, now + begin, now + end) for _ in range(guesses)]
            looking = [pool.submit(look, now + seconds) for _ in range(VISITORS)]
            for future in guessing:
                future.result()
            return [each for times in looking for each in times.result()]

    look(time.perf_counter() + 1)
    return phase(0, 0, 0), phase(GUESSES, seconds / 2, 0), phase(GUESSES, 0, seconds)


def _digest(token: str) -> str:
    return base64.urlsafe_b64encode(sha256(token.encode()).digest()).decode().rstrip("=")


def _new_code() -> str:
    """A well-formed code that nobody issued."""
    text = "oauth_ac_c" + "".join(secrets.choice(ALPHABET) for _ in range(43))
    rest, digits = zlib.crc32(text.encode()), ""
    for _ in range(6):
        rest, digit = divmod(rest, 62)
        digits = ALPHABET[digit] + digits
    return text + digits
