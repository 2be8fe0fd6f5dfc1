"""Removes guards one by one, each in a copy of the project, and requires that the named test goes red.

The mutations are the JSON files beside this one: `name`, `file`, `old` (which stands in the file exactly once), `new`, and
`test`: a cargo test, a `.phpt`, or `file.py::test_name` of tests/wp.

    tests/mutants/run.py [NAME…]      all, or those whose name contains one of the words
"""

import json
import os
import subprocess
import sys
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
    for file in [path for path in TREE.rglob("*") if path.is_file() and not path.is_relative_to(TREE / "var")]:
        if str(file.relative_to(TREE)) not in wanted:
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


def command(test: str) -> list[list[str]]:
    """What builds and runs one test in TREE."""
    if test.endswith(".phpt"):
        return [["cargo", "build", "--release", "--quiet"], ["tests/phpt/run", test]]
    if ".py::" in test:
        return [["/usr/bin/python3", "-m", "pytest", f"tests/wp/{test}", "-q", "-x", "-p", "no:cacheprovider"]]
    return [["cargo", "test", "--no-default-features", "--quiet", "--", "--exact", test]]


def is_red(test: str) -> bool:
    """Whether the test fails in TREE. A mutant that does not build is no mutant."""
    environment = os.environ | {"CARGO_TARGET_DIR": str(WORK / "target"), "APP_CONNECT_SITES": str(WORK / "sites")}
    if ".py::" in test:
        environment["APP_CONNECT_EXTENSION"] = str(ROOT / "target/release/libapp_connect.so")
    *builds, run = command(test)
    if run[0] == "cargo":
        builds = [["cargo", "test", "--no-default-features", "--quiet", "--no-run"]]
    for build in builds:
        done = subprocess.run(build, cwd=TREE, env=environment, timeout=SECONDS, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"does not build:\n{done.stderr[-2000:]}")
    done = subprocess.run(run, cwd=TREE, env=environment, timeout=SECONDS, capture_output=True, text=True)
    output = done.stdout + done.stderr
    if "0 passed; 0 failed" in output and " 1 passed" not in output and done.returncode == 0:
        ran = any(f" {count} passed; 0 failed" in output for count in range(1, 10))
        if not ran:
            raise RuntimeError(f"no test is named {test}")
    if ".py::" in test and done.returncode not in (0, 1):
        raise RuntimeError(f"pytest ended with {done.returncode}:\n{output[-2000:]}")
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


def main(words: list[str]) -> int:
    """Runs the mutations and prints a line each."""
    copy_tree()
    survived = 0
    for table in sorted(Path(__file__).parent.glob("*.json")):
        for mutation in json.loads(table.read_text()):
            name = f"mutants::{table.stem}::{mutation['name'].replace(' ', '_')}"
            if words and not any(word in name for word in words):
                continue
            wrong = mutate(mutation)
            survived += wrong is not None
            print(f"PASS {name}" if wrong is None else f"FAIL {name}\n     {wrong}", flush=True)
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
