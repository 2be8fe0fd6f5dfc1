"""What the sections of the bench share: the site, a lean HTTP client, statistics, and tables of results."""

from __future__ import annotations

import json
import math
import os
import shutil
import socket
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
HERE = ROOT / "benches"
sys.path.insert(0, str(ROOT / "tests" / "lab"))

import lab  # noqa: E402
from lab import Site  # noqa: E402

LAB = ROOT / "var" / "bench"
LOG_SECONDS = 10.0

say: Callable[[str], None] = lab.say


@dataclass
class Scale:
    """How much is measured."""

    rounds: int = 500
    """Rounds of requests, each of every variant once; twice as many where a tenth of a millisecond counts."""
    small: int = 1_000
    """Tokens in the small table."""
    large: int = 1_000_000
    """Tokens in the large table, and expired ones beside them."""
    clients: int = 10_000
    """Clients of the large table, each with a user of its own."""
    burst: float = 4.0
    """Seconds of a burst of requests."""
    cleanup: float = 60.0
    """Seconds of cleanup at most."""
    loops: int = 20_000
    """Iterations of what takes a microsecond."""


QUICK = Scale(rounds=60, small=1_000, large=50_000, clients=1_000, burst=1.0, cleanup=10.0, loops=2_000)


# Statistics


def median(values: Sequence[float]) -> float:
    """The median; not a number of nothing."""
    return statistics.median(values) if values else math.nan


def percentile(values: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)] if ordered else math.nan


def margin(values: Sequence[float]) -> float:
    """Half the width of the 95 % confidence interval of the median, by order statistics."""
    ordered = sorted(values)
    count = len(ordered)
    if count < 10:
        return math.nan
    half = 0.98 * math.sqrt(count)
    low, high = max(0, int(count / 2 - half)), min(count - 1, math.ceil(count / 2 + half))
    return (ordered[high] - ordered[low]) / 2


# Results


@dataclass
class Table:
    """A Markdown table."""

    head: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)

    def add(self, *cells: str) -> None:
        """Adds a row."""
        self.rows.append(cells)

    def __str__(self) -> str:
        align = ["---"] + ["---:"] * (len(self.head) - 1)
        return "\n".join("| " + " | ".join(row) + " |" for row in [self.head, align, *self.rows])


@dataclass
class Goals:
    """What was to be reached, and whether it was."""

    table: Table = field(default_factory=lambda: Table(("Goal", "At most", "Measured", "")))
    missed: list[str] = field(default_factory=list)

    def at_most(self, name: str, limit: float, measured: float, unit: str = "", places: int = 0) -> None:
        """One goal."""
        self._add(name, limit, f"{measured:,.{places}f}", unit, measured <= limit)

    def ratio_at_most(self, name: str, limit: float, above: Sequence[float], below: Sequence[float]) -> None:
        """One goal for the ratio of two medians, with its own margin: a machine that is too busy tells nothing."""
        measured = median(above) / median(below)
        self.measured_ratio(name, limit, measured, abs(measured) * math.hypot(margin(above) / median(above), margin(below) / median(below)))

    def measured_ratio(self, name: str, limit: float, measured: float, error: float) -> None:
        """One goal for a ratio and its margin."""
        told = f"{measured:.3f} ± {error:.3f}" if limit < 1 else f"{measured:.2f} ± {error:.2f}"
        if measured <= 0 or not error < measured / 2:
            self.missed.append(f"{name} (too noisy to tell)")
            self.table.add(name, f"{limit:g} ×", f"{told} ×", "**too noisy to tell**")
        else:
            self._add(name, limit, told, "×", measured <= limit, ", within the noise" if abs(measured - limit) < error else "")

    def _add(self, name: str, limit: float, measured: str, unit: str, met: bool, but: str = "") -> None:
        if not met:
            self.missed.append(name + but)
        self.table.add(name, f"{limit:g} {unit}".strip(), f"{measured} {unit}".strip(), ("met" if met else "**missed**") + but)


@dataclass
class Section:
    """The result of one section, as it goes into docs/benchmarks.md."""

    title: str
    text: str
    goals: Goals | None = None


# HTTP


@dataclass
class Answer:
    """A response."""

    status: int
    body: bytes


class Connection:
    """Keeps a connection to nginx open and does as little as possible on it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.socket: socket.socket | None = None

    def send(self, request: bytes) -> Answer:
        """Sends a request and reads its answer, on a new connection if nginx has closed the old one."""
        for attempt in (1, 2):
            if self.socket is None:
                self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=60)
                self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                self.socket.sendall(request)
                return self._read()
            except (ConnectionError, EOFError):
                self.close()
                if attempt == 2:
                    raise
        raise AssertionError

    def _read(self) -> Answer:
        assert self.socket is not None
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more()
        head, _, body = data.partition(b"\r\n\r\n")
        status = int(head[9:12])
        lower = head.lower()
        if b"transfer-encoding: chunked" in lower:
            while not body.endswith(b"0\r\n\r\n"):
                body += self._more()
            body = _unchunk(body)
        elif b"content-length:" in lower:
            length = int(lower.split(b"content-length:")[1].split(b"\r\n")[0])
            while len(body) < length:
                body += self._more()
        if b"connection: close" in lower:
            self.close()
        return Answer(status, body)

    def _more(self) -> bytes:
        assert self.socket is not None
        part = self.socket.recv(65536)
        if not part:
            raise EOFError
        return part

    def close(self) -> None:
        """Closes the connection."""
        if self.socket is not None:
            self.socket.close()
            self.socket = None


def _unchunk(data: bytes) -> bytes:
    body = b""
    while data:
        size, _, data = data.partition(b"\r\n")
        length = int(size, 16)
        body, data = body + data[:length], data[length + 2 :]
        if not length:
            break
    return body


def request(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """The bytes of a request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
    if body or method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


# The site


class Bench:
    """The site that is measured, with a copy of the plugin, and the log that its workers write."""

    def __init__(self, scale: Scale, wp: str, plugin: Path, extension: Path) -> None:
        self.scale = scale
        self.plugin = plugin
        ini = LAB / "ini"
        self.log = LAB / "bench.log"
        ini.mkdir(parents=True, exist_ok=True)
        # Production's settings where the lab's are those of a test: files are not asked for their age on every request.
        (ini / "bench.ini").write_text(
            f'auto_prepend_file = "{HERE / "php" / "prepend.php"}"\nopcache.revalidate_freq = 2\nopcache.enable_cli = 1\n'
        )
        scan = LAB / "bench" / "php" / "conf.d"
        self.site = Site(
            "bench", wp, lab_dir=LAB, plugin="copy", workers=4, extension=extension, progress=say,
            constants={'WP_DEBUG': False, 'WP_DEBUG_LOG': False},
            env={"PHP_INI_SCAN_DIR": f"{scan}:{ini}", "BENCH_LOG": str(self.log)},
        )
        self.connection = Connection(self.site.port)
        self._serial = 0

    def __enter__(self) -> Bench:
        self.site.destroy()
        self.site.up()
        target = self.site.content / "plugins" / "app-connect"
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(self.plugin, target)
        self.site.fixture("bench", (HERE / "php" / "mu-plugin.php").read_text())
        self.site.restart_fpm()
        self.connection = Connection(self.site.port)
        self.site.clear_logs()
        return self

    def __exit__(self, failure: object, *_: object) -> None:
        self.connection.close()
        self.site.down()
        if failure is None:  # Otherwise somebody may want to look at it.
            self.site.destroy()
        self.site.database.stop()

    def sql(self, query: str, timeout: float = 600.0) -> list[dict[str, str | None]]:
        """Runs statements in the site's database, for minutes if need be."""
        return self.site.database.sql(query, self.site.db_name, timeout)

    def number(self, query: str) -> int:
        """The only value of a query."""
        rows = self.sql(query)
        return int(next(iter(rows[0].values())) or 0) if rows else 0

    def script(self, name: str, *args: object, **options: Any) -> str:
        """Runs a script of benches/php/."""
        return self.site.php(HERE / "php" / f"{name}.php", *args, **options)

    def clear(self) -> None:
        """Forgets what the workers wrote."""
        self.log.write_bytes(b"")

    def read(self, count: int) -> dict[str, dict[str, Any]]:
        """What the workers wrote about `count` requests, by id. The last line comes after its response."""
        deadline = time.monotonic() + LOG_SECONDS
        while True:
            lines = self.log.read_bytes().split(b"\n")[:-1]
            if len(lines) >= count or time.monotonic() > deadline:
                break
            time.sleep(0.01)
        if len(lines) < count:
            raise lab.LabError(f"the workers wrote {len(lines)} lines for {count} requests; see {self.site.logs['php']}")
        found = (json.loads(line) for line in lines)
        return {line["id"]: line for line in found}

    def ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"", expect: int = 200) -> tuple[str, Answer, float]:
        """One measured request: its id, its answer, and how many microseconds it took."""
        self._serial += 1
        name = str(self._serial)
        data = request(method, path, {"X-Bench": name, **headers}, body)
        started = time.perf_counter_ns()
        answer = self.connection.send(data)
        took = (time.perf_counter_ns() - started) / 1000
        if answer.status != expect:
            raise lab.LabError(f"{method} {path} {dict(headers)} answered {answer.status}: {answer.body[:500]!r}")
        return name, answer, took

    def count(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"", expect: int = 200) -> dict[str, Any]:
        """The statements of one request: `queries` and `questions`."""
        self.clear()
        name, _, _ = self.ask(method, path, {**headers, "X-Bench-Count": "1"}, body, expect)
        return self.read(1)[name]


@dataclass
class Variant:
    """One kind of request. `make` gives its method, path, headers and body in a round."""

    name: str
    make: Callable[[int], tuple[str, str, Mapping[str, str], bytes]]
    expect: int = 200


def measure(bench: Bench, variants: Sequence[Variant], rounds: int, warm: int = 20) -> dict[str, list[dict[str, float]]]:
    """Runs every variant once per round, each round starting at another, and returns what each round measured."""
    bench.clear()
    order: list[tuple[str, str, float]] = []
    for number in range(-warm, rounds):
        for position in range(len(variants)):
            variant = variants[(position + number) % len(variants)]
            method, path, headers, body = variant.make(max(number, 0))
            name, _, took = bench.ask(method, path, headers, body, variant.expect)
            order.append((variant.name if number >= 0 else "", name, took))
    lines = bench.read(len(order))
    samples: dict[str, list[dict[str, float]]] = {variant.name: [] for variant in variants}
    for variant_name, name, took in order:
        if variant_name:
            samples[variant_name].append({**lines[name], "took": took})
    return samples


def extra(samples: Mapping[str, Sequence[Mapping[str, float]]], name: str, base: str, key: str = "cpu") -> list[float]:
    """What a variant cost more than the base, round by round."""
    return [sample[key] - other[key] for sample, other in zip(samples[name], samples[base], strict=True)]


def column(samples: Mapping[str, Sequence[Mapping[str, float]]], name: str, key: str = "cpu") -> list[float]:
    """One measured value of a variant."""
    return [sample[key] for sample in samples[name]]


def micro(value: float) -> str:
    """Microseconds for a table."""
    return "–" if math.isnan(value) else f"{value:,.0f} µs"


def versions(bench: Bench) -> dict[str, str]:
    """What was measured, without naming the machine."""
    described = bench.site.wp_eval(
        "global $wpdb; return array( 'PHP' => PHP_VERSION, 'MariaDB' => $wpdb->get_var( 'SELECT VERSION()' ), 'WordPress' => $GLOBALS['wp_version'] );"
    )
    return {"CPUs": str(os.cpu_count()), **{name: value.split("+")[0].split("-")[0] for name, value in described.items()}}
