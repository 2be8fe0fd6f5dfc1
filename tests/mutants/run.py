"""Removes guards one by one, each in a copy of the project, and requires that the named test goes red.

The mutations are the JSON files beside this one: `name`, `file`, `old` (which stands in the file exactly once), `new`, and
`test`: a cargo test, a `.phpt`, or `file.py::test_name` of tests/wp.

    tests/mutants/run.py [NAME…]      all, or those whose name contains one of the words
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "var/mutants"
TREE = WORK / "tree"
SECONDS = 600


def copy_tree() -> None:
    """Makes TREE what git would hand in, with the times of files kept so that cargo builds only what changed."""
    TREE.mkdir(parents=True, exist_ok=True)
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True
    ).stdout
    wanted = {name for name in listing.decode().split("\0") if name and (ROOT / name).is_file()}
    for file in [path for path in TREE.rglob("*") if path.is_file()]:
        if file.relative_to(TREE).parts[0] not in ("var", "target") and str(file.relative_to(TREE)) not in wanted:
            file.unlink()
    for name in wanted:
        restore(name)


def restore(name: str) -> None:
    """Puts one file of TREE back as it is in the project."""
    source, target = ROOT / name, TREE / name
    if target.is_file() and target.read_bytes() == source.read_bytes():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(source.read_bytes())
    target.chmod(source.stat().st_mode)


def lay_out() -> None:
    """Gives TREE what its sites need: the extension as it is, and the pristine WordPress trees."""
    (TREE / "target/release").mkdir(parents=True, exist_ok=True)
    (TREE / "var").mkdir(exist_ok=True)
    shutil.copy2(ROOT / "target/release/libapp_connect.so", TREE / "target/release")
    cache = TREE / "var/cache"
    if not cache.exists():
        cache.symlink_to(ROOT / "var/cache")


def commands(test: str) -> tuple[list[str] | None, list[str]]:
    """What builds TREE for one test, and what runs it."""
    if test.endswith(".phpt"):
        return ["cargo", "build", "--release", "--quiet"], ["tests/phpt/run", test]
    if ".py::" in test:
        return None, ["/usr/bin/python3", "-m", "pytest", f"tests/wp/{test}", "-q", "-x", "-p", "no:cacheprovider"]
    cargo = ["cargo", "test", "--no-default-features", "--quiet"]
    return [*cargo, "--no-run"], [*cargo, "--", "--exact", test]


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Runs a command in TREE."""
    environment = os.environ | {"CARGO_TARGET_DIR": str(WORK / "target")}
    return subprocess.run(command, cwd=TREE, env=environment, timeout=SECONDS, capture_output=True, text=True)


def is_red(test: str) -> bool:
    """Whether the test fails in TREE. A mutant that does not build is no mutant, and a test that does not run no test."""
    build, command = commands(test)
    if build is not None and (built := run(build)).returncode != 0:
        raise RuntimeError(f"does not build:\n{built.stderr[-2000:]}")
    done = run(command)
    output = done.stdout + done.stderr
    if not re.search(r"\b[1-9][0-9]* (passed|failed)\b", output):
        raise RuntimeError(f"{test} did not run:\n{output[-2000:]}")
    return done.returncode != 0


def mutate(mutation: dict[str, str]) -> str | None:
    """Applies one mutation and runs its test. What went wrong, or None when the test went red."""
    file = TREE / mutation["file"]
    text = file.read_text()
    if text.count(mutation["old"]) != 1:
        return f"the guard stands {text.count(mutation['old'])} times in {mutation['file']}"
    file.write_text(text.replace(mutation["old"], mutation["new"]))
    try:
        return None if is_red(mutation["test"]) else f"{mutation['test']} stayed green"
    except (RuntimeError, subprocess.TimeoutExpired) as error:
        return str(error)
    finally:
        restore(mutation["file"])


def survivors(words: list[str]) -> Iterator[bool]:
    """Runs the mutations, prints a line each, and tells of each whether its test stayed green."""
    for table in sorted(Path(__file__).parent.glob("*.json")):
        for mutation in json.loads(table.read_text()):
            name = f"mutants::{table.stem}::{mutation['name'].replace(' ', '_')}"
            if words and not any(word in name for word in words):
                continue
            wrong = mutate(mutation)
            print(f"PASS {name}" if wrong is None else f"FAIL {name}\n     {wrong}", flush=True)
            yield wrong is not None


def main(words: list[str]) -> int:
    """Runs the mutations and prints a line each."""
    copy_tree()
    lay_out()
    try:
        survived = sum(survivors(words))
    finally:
        run(["/usr/bin/python3", "tests/lab/lab.py", "down"])
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
