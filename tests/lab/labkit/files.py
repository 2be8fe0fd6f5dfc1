"""Where things are, and files."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
"""The checkout."""

LAB = ROOT / "tests" / "lab"
VAR = ROOT / "var"
PLUGIN = ROOT / "wp-plugin"
EXTENSION = ROOT / "target" / "release" / "libapp_connect.so"

PHP_MINOR = "8.2"
PHP = f"/usr/bin/php{PHP_MINOR}"
PHP_FPM = f"/usr/sbin/php-fpm{PHP_MINOR}"
NGINX = "/usr/sbin/nginx"
MARIADBD = "/usr/sbin/mariadbd"
MARIADB = "/usr/bin/mariadb"
MARIADB_INSTALL = "/usr/bin/mariadb-install-db"

# In loading order: mysqli needs mysqlnd, the XML readers need dom.
PHP_MODULES = (
    "mysqlnd opcache xml ctype curl dom exif fileinfo gd iconv intl mbstring mysqli posix simplexml tokenizer "
    "xmlreader xmlwriter"
).split()

SOCKET_PATH_LIMIT = 100  # sun_path holds 108 bytes with its NUL
START_SECONDS = 30.0
STOP_SECONDS = 15.0
LOCK_SECONDS = 300.0
POLL_SECONDS = 0.02

Progress = Callable[[str], None]
Constant = str | int | float | bool | None | list[Any] | dict[str, Any]


class LabError(Exception):
    """Something the lab could not do: the message names the cause and the next step."""


class PhpError(LabError):
    """A PHP script ended with an error.

    `stdout` and `stderr` are what it printed.
    """

    def __init__(self, message: str, stdout: str, stderr: str) -> None:
        super().__init__(message)
        self.stdout = stdout
        self.stderr = stderr


def render(template: str, values: Mapping[str, str]) -> str:
    """Fills the marks of a file in `templates/`: `@NAME@`, or `/* @NAME@ */` in PHP."""

    def value(mark: re.Match[str]) -> str:
        if mark[1] not in values:
            raise LabError(f"templates/{template} has a mark @{mark[1]}@ that lab.py does not fill")
        return values[mark[1]]

    return re.sub(r"(?:/\* )?@([A-Z_]+)@(?: \*/)?", value, (LAB / "templates" / template).read_text())


def write_file(path: Path, text: str, mode: int = 0o644) -> bool:
    """Writes a file in one step; False when it says that already."""
    with contextlib.suppress(FileNotFoundError, UnicodeDecodeError):
        if path.read_text() == text and stat.S_IMODE(path.stat().st_mode) == mode:
            return False
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    os.chmod(temporary, mode)
    os.replace(temporary, path)
    return True


def read_json(path: Path) -> dict[str, Any] | None:
    """A JSON object from a file, None when the file is missing or cut short."""
    try:
        value = json.loads(path.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return value if isinstance(value, dict) else None


def tail(path: Path, lines: int = 12) -> str:
    """The end of a log, for an error message."""
    try:
        text = path.read_text(errors="replace")
    except FileNotFoundError:
        return f"({path} was not written)"
    return "\n".join(text.splitlines()[-lines:]) or f"({path} is empty)"


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keeps other lab processes out while the body runs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w") as file:
        deadline = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise LabError(f"another process has held {path} for {LOCK_SECONDS:.0f} s; end it first") from None
                time.sleep(POLL_SECONDS)
        yield


def php_literal(value: Constant) -> str:
    """A value as PHP source."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    if isinstance(value, list):
        return "array( " + ", ".join(php_literal(item) for item in value) + " )"
    return "array( " + ", ".join(f"{php_literal(key)} => {php_literal(item)}" for key, item in value.items()) + " )"
