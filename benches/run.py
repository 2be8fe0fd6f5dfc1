#!/usr/bin/python3
"""Measures App Connect in real WordPress and writes docs/benchmarks.md.

    benches/run.py                   all sections, in about ten minutes
    benches/run.py b c --quick       some, small: a minute or two, and nothing is written
    benches/run.py b --plugin DIR --extension FILE     another build

What is compared runs side by side, by turns, in one run. A missed goal is marked and is no failure.
"""

from __future__ import annotations

import argparse
import datetime
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import bearer  # noqa: E402
import extension  # noqa: E402
import sessions  # noqa: E402
import signing  # noqa: E402
import size  # noqa: E402
import token_endpoint  # noqa: E402
from data import Data, Known  # noqa: E402
from lab import EXTENSION, PLUGIN, LabError, locked  # noqa: E402
from support import LAB, QUICK, ROOT, Bench, Scale, Section, say, versions  # noqa: E402

DOCUMENT = ROOT / "docs" / "benchmarks.md"

HEAD = """# Benchmarks

Written by `make bench`; run it to have your own. Ratios travel from machine to machine, microseconds do not.

{machine}

PHP CPU is the worker's user and system time from the first line of PHP to the end of the last shutdown function, by
`getrusage()`. Variants that are compared take turns in the same workers, after a warm-up; figures are medians, differences are
medians of the differences within a round. opcache is on and looks at files every two seconds, as PHP does by itself; no JIT, no
preloading. nginx, php-fpm, MariaDB (128 MiB buffer pool, every commit on disk) and the client share the machine. The site has
no other plugin.
"""


def measured(bench: Bench, wanted: str) -> list[Section]:
    """Fills what is needed, measures what is wanted."""
    found = []
    if "a" in wanted:
        say("(a) The extension alone")
        found.append(extension.run(bench))
    if set(wanted) & set("bcde"):
        data = Data(bench)
        data.people(bench.scale.clients)
        small = data.fill("small", bench.scale.small, 20)
        large: list[Known] = data.fill("large", bench.scale.large, bench.scale.clients) if set(wanted) & set("bd") else []
        if "b" in wanted:
            found.append(bearer.run(bench, data, small, large))
        if "c" in wanted:
            found.append(token_endpoint.run(bench, data))
        if "d" in wanted:
            found.append(size.run(bench, data, large))
        if "e" in wanted:
            found.append(sessions.run(bench, data))
    if "f" in wanted:
        say("(f) Signed tokens")
        found.append(signing.run(bench))
    return found


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="benches/run.py", description="Measures App Connect and writes docs/benchmarks.md.")
    parser.add_argument("sections", nargs="*", metavar="a|b|c|d|e|f", help="which sections (default: all)")
    parser.add_argument("--quick", action="store_true", help="small tables and few rounds, to see that it works")
    parser.add_argument("--rounds", type=int, help="rounds of requests")
    parser.add_argument("--tokens", type=int, help="tokens in the large table")
    parser.add_argument("--clients", type=int, help="clients of the large table")
    parser.add_argument("--wp", default="7.1", help="WordPress version: 7.1 (default) or 6.8")
    parser.add_argument("--plugin", type=Path, default=PLUGIN, help="another directory of the plugin")
    parser.add_argument("--extension", type=Path, default=EXTENSION, help="another build of the extension")
    options = parser.parse_args()
    wanted = "".join(options.sections) or "abcdef"
    if set(wanted) - set("abcdef"):
        parser.error("sections are a, b, c, d, e and f")
    scale = QUICK if options.quick else Scale()
    scale.rounds = options.rounds or scale.rounds
    scale.large = options.tokens or scale.large
    scale.clients = options.clients or scale.clients
    started = time.monotonic()
    try:
        with locked(LAB / ".run.lock"), Bench(scale, options.wp, options.plugin.absolute(), options.extension.absolute()) as bench:
            machine = versions(bench)
            found = measured(bench, wanted)
    except LabError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bench: interrupted", file=sys.stderr)
        return 130
    text = document(machine, found)
    print(f"\n{text}")
    missed = [goal for section in found if section.goals for goal in section.goals.missed]
    say(f"{int(time.monotonic() - started)} s; {f'{len(missed)} goals missed: ' + '; '.join(missed) if missed else 'every goal met'}")
    if wanted == "abcdef" and scale == Scale():
        DOCUMENT.write_text(text)
        say(f"Wrote {DOCUMENT.relative_to(ROOT)}")
    return 0


def document(machine: dict[str, str], found: list[Section]) -> str:
    """The whole report."""
    cpus = machine.pop("CPUs")
    described = ", ".join(f"{name} {version}" for name, version in machine.items())
    parts = [HEAD.format(machine=f"{datetime.date.today().isoformat()}: {cpus} CPUs, {described}.")]
    for section in found:
        parts.append(f"\n## {section.title}\n\n{section.text}\n")
        if section.goals:
            parts.append(f"\n{section.goals.table}\n")
    return "".join(parts)


if __name__ == "__main__":
    sys.exit(main())
