"""Holds docs/threat-model.md against what the other stages of `tests/run` found.

A row of its tables is `| case | what must hold | held by |`. The third cell names tests in backticks, or the issue that
will close the case (`later:` and what is missing, where there is none yet). Every named test must have run and passed, in
all its parameters, and none may have been skipped.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| *([A-Z0-9]{2,3}-[0-9]{2}[a-z]?) *\|(.*)\|([^|]*)\|$")


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
    for line in text.splitlines():
        row = ROW.match(line)
        if row is None:
            continue
        case, _, held = (cell.strip() for cell in row.groups())
        if case in seen:
            wrong.append(f"{case}: stands there twice")
        seen.add(case)
        tests = re.findall(r"`([^`]+)`", held)
        if not tests and not re.search(r"issue [0-9]+|later: ", held):
            wrong.append(f"{case}: neither a test, nor an issue, nor a later step")
        for test in tests:
            outcomes = found.get(test)
            if outcomes is None:
                wrong.append(f"{case}: {test} did not run")
            elif outcomes != {"PASS"}:
                wrong.append(f"{case}: {test} ended as {', '.join(sorted(outcomes))}")
    if not seen:
        wrong.append("docs/threat-model.md has no case")
    return wrong


def main() -> int:
    """Prints every problem."""
    wrong = problems((ROOT / "docs/threat-model.md").read_text(), results())
    print("\n".join(wrong) or "every case is held")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
