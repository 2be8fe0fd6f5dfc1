"""Holds docs/threat-model.md and docs/conformance.md against what the other stages of `tests/run` found.

A row of their tables is `| case | what must hold | held by |`. The third cell names tests in backticks, or the issue that
will close the case (`later:` and what is missing, where there is none yet; `**open**:` in docs/conformance.md). Every named
test must have run and passed, in all its parameters, and none may have been skipped. A heading that ends in a number of
modules has that many rows below it.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = ("docs/threat-model.md", "docs/conformance.md")
ROW = re.compile(r"^\| *([A-Z0-9]{2,3}-[0-9]{2}[a-z]?|oidcc-[a-z0-9-]+) *\|(.*)\|([^|]*)\|$")
HEADING = re.compile(r"^## (.+?)(?:: ([0-9]+) modules?)?$")


def results() -> dict[str, set[str]]:
    """The outcomes of each test, its parameters left out."""
    found: dict[str, set[str]] = {}
    for file in sorted((ROOT / "var/results").glob("*.tests")):
        for line in file.read_text().splitlines():
            outcome, _, name = line.partition(" ")
            found.setdefault(re.sub(r"\[.*\]$", "", name), set()).add(outcome)
    return found


def problems(text: str, found: dict[str, set[str]]) -> list[str]:
    """What is wrong, a line each."""
    wrong: list[str] = []
    seen: set[str] = set()
    promised: dict[str, int] = {}
    rows: dict[str, int] = {}
    heading = ""
    for line in text.splitlines():
        if title := HEADING.match(line):
            heading = title[1]
            promised |= {heading: int(title[2])} if title[2] else {}
        row = ROW.match(line)
        if row is None:
            continue
        case, _, held = (cell.strip() for cell in row.groups())
        if case in seen:
            wrong.append(f"{case}: stands there twice")
        seen.add(case)
        rows[heading] = rows.get(heading, 0) + 1
        tests = re.findall(r"`([^`]+)`", held)
        if not tests and not re.search(r"issue [0-9]+|later: |\*\*open\*\*: ", held):
            wrong.append(f"{case}: neither a test, nor an issue, nor a later step")
        for test in tests:
            outcomes = found.get(test)
            if outcomes is None:
                wrong.append(f"{case}: {test} did not run")
            elif outcomes != {"PASS"}:
                wrong.append(f"{case}: {test} ended as {', '.join(sorted(outcomes))}")
    wrong += [f"{plan}: {rows.get(plan, 0)} of {number} modules" for plan, number in promised.items() if rows.get(plan) != number]
    if not seen:
        wrong.append("there is no case")
    return wrong


def main() -> int:
    """Prints every problem."""
    found = results()
    wrong = [f"{name}: {each}" for name in DOCUMENTS for each in problems((ROOT / name).read_text(), found)]
    print("\n".join(wrong) or "every case is held")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
