#!/usr/bin/python3
"""The lab: private WordPress sites for the demo and for the tests.

A *lab* is a directory. It holds one MariaDB server (`Database`) and any number of sites (`Site`), each with its own
WordPress tree, php-fpm and nginx. Everything listens on 127.0.0.1 or on a Unix socket, and is stopped by the process
ids in its pid files. Nothing outside the lab directory is written, except a socket directory below /tmp when the lab's
own path is too long for a socket.

As a command: `lab.py up|down|status|clean`, see `lab.py --help`.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import fcntl
import hashlib
import json
import os
import re
import secrets
import select
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
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


# Files


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


# Processes


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a service sees of our environment: nothing of the person who started it."""
    return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8", "TZ": "UTC"} | dict(
        extra or {}
    )


def parent_of(pid: int) -> int | None:
    """The parent of a living process, None for one that is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else int(fields[1])


def children_of(pid: int) -> list[int]:
    """The living children of a process."""
    every = (int(entry) for entry in os.listdir("/proc") if entry.isdigit())
    return sorted(child for child in every if parent_of(child) == pid)


def wait_exit(pid: int, seconds: float) -> bool:
    """Waits for a process, ours or not, to end."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(max(seconds, 0) * 1000))
    finally:
        os.close(descriptor)


class Service:
    """A process that outlives us, known by its pid file and by a path in its command line."""

    def __init__(self, name: str, pid_file: Path, marker: Path, output: Path) -> None:
        self.name = name
        self.pid_file = pid_file
        self.marker = marker
        self.output = output

    def pid(self) -> int | None:
        """Its process id, None when it does not run. A number that another program has got since does not count."""
        try:
            pid = int(self.pid_file.read_text())
            for _ in range(10):
                command = Path(f"/proc/{pid}/cmdline").read_bytes()
                if command or parent_of(pid) is None:
                    break
                time.sleep(POLL_SECONDS)  # Empty for a moment while php-fpm starts itself anew.
        except (FileNotFoundError, ProcessLookupError, ValueError):
            return None
        return pid if str(self.marker).encode() in command and parent_of(pid) is not None else None

    def start(self, command: Sequence[str], env: Mapping[str, str], connect: Callable[[], bool]) -> int:
        """Starts it in the background and returns when `connect` says that it answers."""
        self.output.parent.mkdir(parents=True, exist_ok=True)
        # The shell ends at once, so the service is nobody's zombie when it ends.
        shell = 'log=$1; shift; exec "$@" </dev/null >>"$log" 2>&1 & echo $!'
        launched = subprocess.run(
            ["/bin/sh", "-c", shell, "sh", str(self.output), *command],
            env=dict(env), stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, start_new_session=True, check=True, cwd="/",
        )
        pid = int(launched.stdout)
        write_file(self.pid_file, f"{pid}\n")
        deadline = time.monotonic() + START_SECONDS
        while not connect():
            if parent_of(pid) is None:
                raise LabError(f"{self.name} ended as it started; the end of {self.output}:\n{tail(self.output)}")
            if time.monotonic() > deadline:
                self.stop(signal.SIGTERM)
                raise LabError(
                    f"{self.name} did not answer within {START_SECONDS:.0f} s; the end of {self.output}:\n{tail(self.output)}"
                )
            time.sleep(POLL_SECONDS)
        return pid

    def stop(self, graceful: signal.Signals, seconds: float = STOP_SECONDS) -> None:
        """Asks it to end, waits, and kills it and its children when it does not."""
        if (pid := self.pid()) is not None:
            children = children_of(pid)
            if graceful is not signal.SIGKILL:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, graceful)
            if graceful is signal.SIGKILL or not wait_exit(pid, seconds):
                for victim in (pid, *children):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(victim, signal.SIGKILL)
                for victim in (pid, *children):
                    wait_exit(victim, STOP_SECONDS)
        self.pid_file.unlink(missing_ok=True)


def answers(address: str | tuple[str, int], greeting: bool = False) -> bool:
    """Whether somebody accepts connections there (and, when asked for, speaks first)."""
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as client:
        client.settimeout(2)
        try:
            client.connect(address)
            return not greeting or bool(client.recv(1))
        except OSError:
            return False


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])


def require_programs(*programs: str) -> None:
    """Raises when a program is not installed."""
    if missing := [program for program in programs if not Path(program).exists()]:
        raise LabError(f"not installed: {', '.join(missing)}; run tests/lab/packages.sh build site")


def socket_directory(lab_dir: Path, longest_name: str = "x" * 24 + ".fpm.sock") -> Path:
    """Where a lab's sockets are: in the lab, or below /tmp when the path would be too long for a socket."""
    inside = lab_dir / "run"
    if len(os.fsencode(inside / longest_name)) < SOCKET_PATH_LIMIT:
        inside.mkdir(parents=True, exist_ok=True, mode=0o700)
        return inside
    outside = Path("/tmp") / f"app-connect-{hashlib.sha256(os.fsencode(lab_dir)).hexdigest()[:12]}"
    with contextlib.suppress(FileExistsError):
        outside.mkdir(mode=0o700)
    found = outside.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise LabError(f"{outside} is not a private directory of this user; remove it")
    return outside


# The database


class Database:
    """A lab's private MariaDB server on a Unix socket, with its data in `<lab>/database`.

    Its only account is `root` without a password; the socket's directory is closed to other users.
    """

    def __init__(self, lab_dir: Path | str = VAR) -> None:
        self.lab_dir = Path(lab_dir).absolute()
        self.dir = self.lab_dir / "database"
        self.config = self.dir / "my.cnf"
        self.log = self.dir / "mariadb.log"
        self._service = Service("mariadbd", self.dir / "mariadb.pid", self.config, self.log)

    @property
    def socket(self) -> Path:
        """The server's socket."""
        return socket_directory(self.lab_dir) / "mariadb.sock"

    @property
    def pid(self) -> int | None:
        """The server's process id, None when it does not run."""
        return self._service.pid()

    def start(self) -> None:
        """Starts the server, making its data directory the first time; returns when it answers."""
        if self.pid is not None and answers(str(self.socket), greeting=True):
            return
        require_programs(MARIADBD, MARIADB, MARIADB_INSTALL)
        with locked(self.lab_dir / ".database.lock"):
            if self.pid is None:
                self._prepare()
                self._service.start(
                    [MARIADBD, f"--defaults-file={self.config}"], environment(),
                    lambda: answers(str(self.socket), greeting=True),
                )

    def _prepare(self) -> None:
        data = self.dir / "data"
        (self.dir / "tmp").mkdir(parents=True, exist_ok=True)
        user = "root" if os.geteuid() == 0 else ""
        write_file(
            self.config,
            "\n".join(
                [
                    "# Written by tests/lab/lab.py.",
                    "[mysqld]",
                    f"datadir = {data}",
                    f"socket = {self.socket}",
                    f"pid-file = {self.dir / 'server.pid'}",
                    f"tmpdir = {self.dir / 'tmp'}",
                    *([f"user = {user}"] if user else []),
                    "skip-networking",
                    "skip-name-resolve",
                    "character-set-server = utf8mb4",
                    "collation-server = utf8mb4_unicode_ci",
                    "max_connections = 150",
                    "innodb_buffer_pool_size = 128M",
                    "innodb_log_file_size = 48M",
                    "# As in production: a commit is on disk when it is answered.",
                    "innodb_flush_log_at_trx_commit = 1",
                    "",
                ]
            ),
        )
        if not (data / "mysql").is_dir():
            unfinished = self.dir / "data.new"
            for leftover in (data, unfinished):
                if leftover.exists():
                    shutil.rmtree(leftover)
            made = subprocess.run(
                [MARIADB_INSTALL, f"--defaults-file={self.config}", f"--datadir={unfinished}",
                 "--auth-root-authentication-method=normal", "--skip-test-db"],
                env=environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
            )
            if made.returncode != 0:
                raise LabError(f"mariadb-install-db failed:\n{made.stdout[-1500:]}{made.stderr[-1500:]}")
            unfinished.rename(data)

    def stop(self) -> None:
        """Stops the server, gracefully if it can."""
        self._service.stop(signal.SIGTERM, 30.0)

    def kill(self) -> None:
        """Kills the server at once (SIGKILL), as a power cut would; `start()` recovers it."""
        self._service.stop(signal.SIGKILL)

    def destroy(self) -> None:
        """Stops the server and deletes its data."""
        self.stop()
        if self.dir.exists():
            shutil.rmtree(self.dir)
        with contextlib.suppress(OSError):  # Another service of the lab may have its socket there.
            socket_directory(self.lab_dir).rmdir()

    def sql(self, query: str, database: str = "", timeout: float = 60.0) -> list[dict[str, str | None]]:
        """Runs one statement as root and returns its rows.

        Values are text, binary columns `0x…`; NULL is None (and so is the text `NULL`). Several statements separated
        by `;` may be given as long as at most one of them has rows.
        """
        done = subprocess.run(
            [MARIADB, "--no-defaults", f"--socket={self.socket}", "--user=root", "--batch", "--binary-as-hex",
             "--default-character-set=utf8mb4", *([f"--database={database}"] if database else [])],
            input=query.encode(errors="surrogateescape"), capture_output=True, env=environment(), timeout=timeout,
        )
        if done.returncode != 0:
            raise LabError(f"MariaDB: {done.stderr.decode(errors='replace').strip()}; in: {query[:300]}")
        lines = done.stdout.decode(errors="surrogateescape").split("\n")[:-1]
        if not lines:
            return []
        names = lines[0].split("\t")
        return [dict(zip(names, map(_unescape, line.split("\t")), strict=True)) for line in lines[1:]]


def _unescape(value: str) -> str | None:
    """One value of `mariadb --batch`."""
    if value == "NULL":
        return None
    escapes = {"n": "\n", "t": "\t", "0": "\0", "\\": "\\"}
    return re.sub(r"\\([nt0\\])", lambda found: escapes[found[1]], value)


# A site


class Site:
    """One WordPress with its own database, tree, php-fpm and nginx, in `<lab>/<name>`.

    - `wp`: "7.1" or "6.8" (what tests/lab/wordpress.sh can fetch).
    - `port`: of 127.0.0.1; None takes a free one and keeps it.
    - `permalinks`: the structure, "" for plain.
    - `subdirectory`: "" or a path like "/blog", where WordPress lives and is addressed.
    - `multisite`: a subdirectory network; `add_blog()` adds sites. The plugin is activated for the network.
    - `extension`: True loads target/release/libapp_connect.so if it is built, False none, a path that one.
    - `constants`: for wp-config.php, over the lab's own; None takes one of the lab's own away.
    - `plugin`: "link" (wp-content/plugins/app-connect is a link to wp-plugin/), "copy" (WordPress may delete it) or "none".
    - `activate`: whether the plugin is activated when there is one.
    - `workers`: php-fpm's number of processes (static).
    - `https`: with a certificate of its own, in `paths["certificate"]`.
    - `database`: the server to use, by default the one of `lab_dir`.
    - `env`: environment variables of php-fpm and of `php()`.
    - `progress`: called with a line before something that takes a while.
    """

    def __init__(
        self,
        name: str,
        wp: str = "7.1",
        port: int | None = None,
        permalinks: str = "/%postname%/",
        subdirectory: str = "",
        multisite: bool = False,
        extension: bool | str | Path = True,
        constants: Mapping[str, Constant] | None = None,
        workers: int = 6,
        https: bool = False,
        *,
        lab_dir: Path | str = VAR,
        database: Database | None = None,
        plugin: str = "link",
        activate: bool = True,
        env: Mapping[str, str] | None = None,
        progress: Progress | None = None,
    ) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,23}", name) or name in ("cache", "database", "run"):
            raise LabError(f"'{name}' is no name for a site: at most 24 of a-z, 0-9 and -, and not cache, database or run")
        if subdirectory and not re.fullmatch(r"(/[a-z0-9_-]+)+", subdirectory):
            raise LabError(f"'{subdirectory}' is no subdirectory like /blog")
        if workers < 4:
            raise LabError("a site needs at least 4 workers: requests of WordPress to itself would wait for themselves")
        if plugin not in ("link", "copy", "none"):
            raise LabError(f"plugin is link, copy or none, not '{plugin}'")
        self.name = name
        self.wp = wp
        self.lab_dir = Path(lab_dir).absolute()
        self.dir = self.lab_dir / name
        self.permalinks = permalinks
        self.subdirectory = subdirectory
        self.multisite = multisite
        self.extension: bool | Path = extension if isinstance(extension, bool) else Path(extension).absolute()
        self.constants: dict[str, Constant] = dict(constants or {})
        self.workers = workers
        self.https = https
        self.plugin = plugin
        self.activate = activate
        self.env = dict(env or {})
        self.database = database or Database(self.lab_dir)
        self._progress: Progress = progress or (lambda _: None)
        self._state: dict[str, Any] = read_json(self.dir / "state.json") or {}
        self.port: int = port or int(self._state.get("spec", {}).get("port", 0)) or free_port()

        self.docroot = self.dir / "www"
        self.wordpress = self.docroot / subdirectory.lstrip("/") if subdirectory else self.docroot
        self.wp_config = self.wordpress / "wp-config.php"
        self.content = self.wordpress / "wp-content"
        self.mu_plugins = self.content / "mu-plugins"
        self.php_ini = self.dir / "php" / "php.ini"
        self.scan_dir = self.dir / "php" / "conf.d"
        self.tmp = self.dir / "tmp"
        logs = self.dir / "logs"
        self.logs: dict[str, Path] = {
            "php": logs / "php.log",
            "debug": logs / "debug.log",
            "fpm": logs / "fpm.log",
            "access": logs / "access.log",
            "nginx": logs / "nginx.log",
            "mail": logs / "mail.log",
        }
        self.description = self.dir / "site.json"
        self._fpm = Service("php-fpm", self.dir / "run" / "fpm.pid", self.dir / "php" / "fpm.conf", self.logs["fpm"])
        self._nginx = Service("nginx", self.dir / "run" / "nginx.pid", self.dir / "nginx" / "nginx.conf", self.logs["nginx"])

    # What a site is

    @property
    def url(self) -> str:
        """The home address, without a slash at its end."""
        return f"{'https' if self.https else 'http'}://127.0.0.1:{self.port}{self.subdirectory}"

    @property
    def rest_root(self) -> str:
        """The REST API's address as WordPress tells it, with its slash (or `?rest_route=/`)."""
        return str(self._described()["rest_root"])

    @property
    def issuer(self) -> str:
        """The `home` option without a slash at its end."""
        return str(self._described()["issuer"])

    @property
    def admin(self) -> dict[str, str]:
        """The administrator: `user` and `password`."""
        return dict(self._described()["admin"])

    @property
    def paths(self) -> dict[str, Any]:
        """Where things are, as in site.json."""
        return {
            "site": str(self.dir),
            "docroot": str(self.docroot),
            "wordpress": str(self.wordpress),
            "wp_config": str(self.wp_config),
            "plugin": str(self.content / "plugins" / "app-connect"),
            "mu_plugins": str(self.mu_plugins),
            "php_ini": str(self.php_ini),
            "php_scan_dir": str(self.scan_dir),
            "database_socket": str(self.database.socket),
            "database": self.db_name,
            "certificate": str(self.dir / "nginx" / "certificate.pem") if self.https else None,
            "logs": {name: str(path) for name, path in self.logs.items()},
        }

    @property
    def db_name(self) -> str:
        """The name of the site's database, and of its account."""
        return "site_" + self.name.replace("-", "_")

    @property
    def extension_path(self) -> Path | None:
        """The extension that PHP loads, None for none."""
        if isinstance(self.extension, Path):
            return self.extension
        return EXTENSION if self.extension and EXTENSION.exists() else None

    @property
    def running(self) -> bool:
        """Whether php-fpm and nginx run."""
        return self._fpm.pid() is not None and self._nginx.pid() is not None

    def _described(self) -> dict[str, Any]:
        described = read_json(self.description)
        if described is None:
            raise LabError(f"site {self.name} is not made yet: call up()")
        return described

    # Up and down

    def up(self) -> Site:
        """Makes the site if needed and starts what does not run.

        A site of another make (WordPress version, address, permalinks, network, plugin's kind) is made anew.
        """
        require_programs(PHP, PHP_FPM, NGINX, MARIADBD)
        self._require_own_directory()
        with locked(self.lab_dir / f".{self.name}.lock"):
            tree = self._wordpress_tree()
            spec = self._spec(tree)
            self._require_own_directory()
            self._state = read_json(self.dir / "state.json") or {}
            if self._nginx.pid() is None:
                self._end_orphans()
                self._require_port()
            elif self._state.get("spec", {}).get("port") != self.port:
                self._require_port()
            self.database.start()
            if self._state.get("spec") != spec or not self.description.exists() or not self._database_exists():
                if self.description.exists():
                    self._progress(f"Making site {self.name} anew: {self._difference(spec)}")
                self._remove()
                self._build(tree, spec)
            else:
                self._configure_php()
                self._write_wp_config()
            self._start()
            self._activate_late_plugin()
            if not self.description.exists():
                raise LabError(f"{self.description} is missing after the site was made")
        return self

    def down(self) -> None:
        """Stops nginx and php-fpm; the database server goes on."""
        self._nginx.stop(signal.SIGQUIT, 5.0)
        self._fpm.stop(signal.SIGQUIT, 10.0)
        self._end_orphans()

    def destroy(self) -> None:
        """Stops the site and deletes its files and its database."""
        with locked(self.lab_dir / f".{self.name}.lock"):
            self._require_own_directory()
            if (self.database.dir / "data").exists():
                self.database.start()
            self._remove()
            if self.dir.exists():
                shutil.rmtree(self.dir)

    def __enter__(self) -> Site:
        return self.up()

    def __exit__(self, *_: object) -> None:
        self.down()

    # For tests

    def php(
        self,
        script_or_code: str | Path,
        *args: object,
        url: str | None = None,
        user: int | str | None = None,
        wordpress: bool = True,
        stdin: str | None = None,
        ini: Mapping[str, str] | None = None,
        timeout: float = 60.0,
    ) -> str:
        """Runs PHP on the command line with the ini of php-fpm, after loading WordPress, and returns what it prints.

        `script_or_code` is the path of a `.php` file or PHP source (`<?php` may be left out). Arguments are in
        `$args`. `url` names another address than the site's home (a site of a network), `user` an id or login to be.
        """
        text = str(script_or_code)
        is_file = isinstance(script_or_code, Path) or ("\n" not in text and text.endswith(".php") and Path(text).is_file())
        with contextlib.ExitStack() as stack:
            if is_file:
                script = Path(text).absolute()
            else:
                script = self.tmp / f"code-{os.getpid()}-{secrets.token_hex(6)}.php"
                stack.callback(lambda: script.unlink(missing_ok=True))
                write_file(script, text if text.startswith("<?php") else f"<?php {text}", 0o600)
            done = self._run_php(
                [str(LAB / "templates" / "run.php"), str(self.wordpress / "wp-load.php") if wordpress else "",
                 url or f"{self.url}/", "" if user is None else str(user), str(script), *map(str, args)],
                stdin=stdin, ini=ini, timeout=timeout,
            )
        if done.returncode != 0:
            said = done.stderr.strip() or done.stdout.strip()[-2000:] or tail(self.logs["debug"])
            raise PhpError(f"PHP ended with {done.returncode}: {said}", done.stdout, done.stderr)
        return done.stdout

    def wp_eval(self, code: str, *args: object, **options: Any) -> Any:
        """Runs the body of a PHP function in WordPress and returns what it returns, by way of JSON.

        `site.wp_eval("return get_option( 'home' );")`. Options are those of `php()`.
        """
        mark = f"<<{secrets.token_hex(8)}>>"
        source = (
            f"$lab_value = ( static function ( array $args ) {{ {code}\n}} )( $args );\n"
            f"echo '{mark}', json_encode( $lab_value, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES | JSON_PRESERVE_ZERO_FRACTION );"
        )
        return json.loads(self.php(source, *args, **options).rpartition(mark)[2])

    def sql(self, query: str) -> list[dict[str, str | None]]:
        """Runs a statement in the site's database; see `Database.sql`."""
        return self.database.sql(query, self.db_name)

    def fixture(self, name: str, php_source: str) -> Path:
        """Adds a must-use plugin; `<?php` may be left out."""
        path = self._fixture_path(name)
        write_file(path, php_source if php_source.startswith("<?php") else f"<?php\n{php_source}\n")
        return path

    def remove_fixture(self, name: str) -> None:
        """Removes a must-use plugin; one that is not there is no error."""
        self._fixture_path(name).unlink(missing_ok=True)

    def set_constants(self, constants: Mapping[str, Constant]) -> None:
        """Changes constants of wp-config.php for the next request; None takes one away."""
        self.constants |= constants
        self._write_wp_config()

    def add_blog(self, slug: str) -> str:
        """Adds a site to a network and returns its address, without a slash at its end."""
        if not self.multisite:
            raise LabError(f"site {self.name} is no network; make it with multisite=True")
        code = """
            $blog = wp_insert_site( array(
                'domain' => get_network()->domain, 'path' => get_network()->path . $args[0] . '/',
                'title' => ucfirst( $args[0] ), 'user_id' => 1, 'network_id' => 1,
            ) );
            if ( is_wp_error( $blog ) ) {
                throw new RuntimeException( $blog->get_error_message() );
            }
            switch_to_blog( $blog );
            update_option( 'permalink_structure', $args[1] );
            delete_option( 'rewrite_rules' );
            return untrailingslashit( get_option( 'home' ) );
        """
        return str(self.wp_eval(code, slug, self.permalinks, user=1))

    def copy_plugin(self) -> None:
        """Brings a plugin="copy" up to date with wp-plugin/."""
        target = self.content / "plugins" / "app-connect"
        if target.is_symlink():
            raise LabError(f"{target} is a link; make the site with plugin='copy'")
        if target.exists():
            shutil.rmtree(target)
        if PLUGIN.is_dir():
            shutil.copytree(PLUGIN, target, symlinks=True)

    def worker_pids(self) -> list[int]:
        """The process ids of php-fpm's workers."""
        master = self._fpm.pid()
        return children_of(master) if master is not None else []

    @property
    def fpm_pid(self) -> int | None:
        """The process id of php-fpm's master, None when it does not run."""
        return self._fpm.pid()

    def reload_fpm(self) -> None:
        """Replaces the workers gracefully (SIGUSR2); returns when every worker is a new one."""
        master = self._fpm.pid()
        if master is None:
            raise LabError(f"php-fpm of site {self.name} does not run: call up()")
        self._configure_php(restart=False)
        before = set(self.worker_pids())
        os.kill(master, signal.SIGUSR2)
        deadline = time.monotonic() + START_SECONDS
        while True:
            now = self.worker_pids()
            if len(now) >= self.workers and before.isdisjoint(now):
                return
            if time.monotonic() > deadline or parent_of(master) is None:
                raise LabError(f"php-fpm did not reload; the end of its log:\n{tail(self.logs['fpm'])}")
            time.sleep(POLL_SECONDS)

    def restart_fpm(self, extension: bool | str | Path | None = None) -> None:
        """Stops and starts php-fpm, with another choice of extension when one is given."""
        if extension is not None:
            self.extension = extension if isinstance(extension, bool) else Path(extension).absolute()
        self._fpm.stop(signal.SIGQUIT, 10.0)
        self._configure_php()
        self._start_fpm()
        self._describe(**{key: self._described()[key] for key in ("rest_root", "issuer", "active")})

    def log_text(self) -> str:
        """All that PHP and WordPress have logged."""
        return "".join(
            self.logs[name].read_text(errors="replace") for name in ("php", "debug", "fpm") if self.logs[name].exists()
        )

    def php_messages(self) -> list[str]:
        """The errors, warnings, notices and deprecations of PHP in the logs, but those of compiling WordPress' own files."""
        own = "Optional parameter $meta declared before required parameter $signup_id"  # WordPress 7.1's ms-functions.php
        return [line for line in self.log_text().splitlines() if re.search(r"\bPHP [A-Z]", line) and own not in line]

    def clear_logs(self) -> None:
        """Empties every log of the site."""
        for path in self.logs.values():
            if path.exists():
                os.truncate(path, 0)

    # How it is made

    def _spec(self, tree: Path) -> dict[str, Any]:
        return {
            "wordpress": wordpress_version(tree),
            "port": self.port,
            "permalinks": self.permalinks,
            "subdirectory": self.subdirectory,
            "multisite": self.multisite,
            "https": self.https,
            "plugin": self.plugin,
        }

    def _difference(self, spec: Mapping[str, Any]) -> str:
        before = self._state.get("spec") or {}
        changed = [f"{key} was {before.get(key)!r}, is {value!r}" for key, value in spec.items() if before.get(key) != value]
        return "; ".join(changed) or "its database is gone"

    def _wordpress_tree(self) -> Path:
        tree = VAR / "cache" / f"wordpress-{self.wp}"
        if not (tree / "wp-includes" / "version.php").exists():
            self._progress(f"Fetching WordPress {self.wp}")
            done = subprocess.run(
                [str(LAB / "wordpress.sh"), self.wp], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, text=True, timeout=900,
            )
            if done.returncode != 0:
                raise LabError(f"cannot get WordPress {self.wp}:\n{done.stdout.strip()}")
        return tree

    def _require_port(self) -> None:
        with socket.socket() as server:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                server.bind(("127.0.0.1", self.port))
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    raise LabError(
                        f"port {self.port} is taken by another program; stop that, or choose another port "
                        f"(make demo PORT={self.port + 1})"
                    ) from None
                raise LabError(f"cannot listen on 127.0.0.1:{self.port}: {error.strerror}; choose another port") from None

    def _require_own_directory(self) -> None:
        """Refuses to write into, or delete, a directory that the lab has not made."""
        if self.dir.exists() and not is_site(self.dir) and any(self.dir.iterdir()):
            raise LabError(f"{self.dir} is no site of the lab; choose another name, or delete that directory yourself")

    def _database_exists(self) -> bool:
        return bool(self.database.sql(f"SHOW DATABASES LIKE '{self.db_name}'"))

    def _remove(self) -> None:
        """Takes away what was made before, and keeps the directory."""
        self.down()
        if self.database.pid is not None:
            self.database.sql(
                f"DROP DATABASE IF EXISTS {self.db_name}; DROP USER IF EXISTS {self.db_name}@localhost"
            )
        self._state = {}
        if self.dir.exists():
            # state.json, which tells that the directory is ours, goes last.
            for entry in sorted(self.dir.iterdir(), key=lambda entry: entry.name == "state.json"):
                shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()

    def _build(self, tree: Path, spec: dict[str, Any]) -> None:
        self._progress(f"Installing WordPress {spec['wordpress']} for site {self.name}")
        self._state = {
            "spec": spec,
            "network": False,
            "secrets": {
                "db": secrets.token_hex(16),
                "admin": secrets.token_urlsafe(12),
                "AC_TOKEN_SECRET": secrets.token_hex(32),
            }
            | {
                f"{key}_{kind}": secrets.token_urlsafe(48)
                for key in ("AUTH", "SECURE_AUTH", "LOGGED_IN", "NONCE")
                for kind in ("KEY", "SALT")
            },
        }
        self._save_state()
        self.dir.chmod(0o700)
        for directory in ("logs", "nginx", "php/conf.d", "run", "tmp"):
            (self.dir / directory).mkdir(parents=True, exist_ok=True)
        self._copy_tree(tree)
        account = f"{self.db_name}@localhost IDENTIFIED BY '{self._state['secrets']['db']}'"
        self.database.sql(
            f"CREATE DATABASE {self.db_name} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci; "
            f"CREATE USER {account}; GRANT ALL ON {self.db_name}.* TO {self.db_name}@localhost"
        )
        self._configure_php(restart=False)
        self._write_wp_config()
        self._install("install")
        if self.multisite:
            self._install("network")
            self._state["network"] = True
            self._save_state()
            self._write_wp_config()
        self._configure_site()

    def _copy_tree(self, tree: Path) -> None:
        """Links WordPress' files, which nobody changes, and copies wp-content, which tests may change."""
        self.wordpress.mkdir(parents=True, exist_ok=True)
        entries = [str(entry) for entry in tree.iterdir() if entry.name != "wp-content"]
        linked = subprocess.run(
            ["cp", "-al", "--target-directory", str(self.wordpress), *entries], capture_output=True, text=True, timeout=120
        )
        if linked.returncode != 0:  # The lab is on another file system than the cache.
            subprocess.run(["cp", "-a", "--target-directory", str(self.wordpress), *entries], check=True, timeout=120)
        shutil.copytree(tree / "wp-content", self.content)
        for directory in ("plugins", "themes", "uploads", "mu-plugins"):
            (self.content / directory).mkdir(exist_ok=True)
        self.fixture("lab", render("mu-plugin.php", {}))
        if self.subdirectory:
            write_file(self.docroot / "index.html", "<!doctype html><title>The root of this host</title>\n")
        if self.plugin == "link":
            (self.content / "plugins" / "app-connect").symlink_to(PLUGIN)
        elif self.plugin == "copy":
            self.copy_plugin()

    def _install(self, phase: str) -> str:
        want = {
            "wp_load": str(self.wordpress / "wp-load.php"),
            "url": self.url,
            "title": "App Connect",
            "user": "admin",
            "password": self._state["secrets"]["admin"],
            "email": "admin@example.com",
            "permalinks": self.permalinks,
            "activate": self.activate and self.plugin != "none",
        }
        try:
            return self.php(LAB / "install.php", phase, json.dumps(want), wordpress=False, timeout=120)
        except PhpError as error:
            raise LabError(f"installing site {self.name} ({phase}): {error}") from error

    def _configure_site(self) -> None:
        """The last step of a build: addresses, the plugin, and the description."""
        answer = self._install("configure")
        try:
            found = json.loads(answer[answer.rindex('{"rest_root"'):])
        except ValueError:
            raise LabError(f"install.php printed something else than the site's addresses: {answer[-500:]}") from None
        self._describe(**found)

    def _describe(self, rest_root: str, issuer: str, active: bool) -> None:
        extension = self.extension_path
        self._write_json(
            self.description,
            {
                "name": self.name,
                "url": self.url,
                "port": self.port,
                "rest_root": rest_root,
                "issuer": issuer,
                "admin": {"user": "admin", "password": self._state["secrets"]["admin"]},
                "wordpress": self._state["spec"]["wordpress"],
                "multisite": self.multisite,
                "permalinks": self.permalinks,
                "extension": str(extension) if extension else None,
                "active": active,
                "paths": self.paths,
            },
        )

    def _activate_late_plugin(self) -> None:
        """Activates a plugin that did not exist yet when the site was made."""
        wanted = self.activate and self.plugin != "none"
        if wanted and not self._described()["active"] and (PLUGIN / "app-connect.php").exists():
            if self.plugin == "copy":
                self.copy_plugin()
            self._configure_site()

    def _save_state(self) -> None:
        self._write_json(self.dir / "state.json", self._state)

    @staticmethod
    def _write_json(path: Path, value: Mapping[str, Any]) -> None:
        write_file(path, json.dumps(value, indent=2) + "\n", 0o600)

    def _write_wp_config(self) -> None:
        stored = self._state["secrets"]
        constants: dict[str, Constant] = {
            "DB_NAME": self.db_name,
            "DB_USER": self.db_name,
            "DB_PASSWORD": stored["db"],
            "DB_HOST": f"localhost:{self.database.socket}",
            "DB_CHARSET": "utf8mb4",
            "DB_COLLATE": "",
            **{name: value for name, value in stored.items() if name.endswith(("_KEY", "_SALT"))},
            "AC_TOKEN_SECRET": stored["AC_TOKEN_SECRET"],
            "WP_ENVIRONMENT_TYPE": "local",
            "WP_HTTP_BLOCK_EXTERNAL": True,
            "WP_ACCESSIBLE_HOSTS": "127.0.0.1",
            "DISABLE_WP_CRON": True,
            "AUTOMATIC_UPDATER_DISABLED": True,
            "WP_DEBUG": True,
            "WP_DEBUG_LOG": str(self.logs["debug"]),
            "WP_DEBUG_DISPLAY": False,
        }
        if self._state["network"]:
            constants |= {
                "MULTISITE": True,
                "SUBDOMAIN_INSTALL": False,
                "DOMAIN_CURRENT_SITE": f"127.0.0.1:{self.port}",
                "PATH_CURRENT_SITE": f"{self.subdirectory}/",
                "SITE_ID_CURRENT_SITE": 1,
                "BLOG_ID_CURRENT_SITE": 1,
            }
        constants |= self.constants
        lines = [f"define( {php_literal(name)}, {php_literal(value)} );" for name, value in constants.items() if value is not None]
        write_file(self.wp_config, render("wp-config.php", {"CONSTANTS": "\n".join(lines)}), 0o600)

    def _configure_php(self, restart: bool = True) -> None:
        """Writes PHP's and php-fpm's configuration; restarts php-fpm when it has changed."""
        sendmail = self.dir / "php" / "sendmail"
        as_root = os.geteuid() == 0
        changed = [
            write_file(sendmail, f"#!/bin/sh\n# Written by tests/lab/lab.py: mail goes to a file.\ncat >>'{self.logs['mail']}'\n", 0o755),
            write_file(
                self.php_ini,
                render("php.ini", {"PHP_LOG": str(self.logs["php"]), "SENDMAIL": str(sendmail), "TMP": str(self.tmp)}),
            ),
            write_file(
                self.dir / "php" / "fpm.conf",
                render(
                    "php-fpm.conf",
                    {
                        "POOL": self._pool,
                        "LOG": str(self.logs["fpm"]),
                        "SOCKET": str(self._fpm_socket),
                        # www-data could not reach a checkout below /root.
                        "USER": "user = root\ngroup = root" if as_root else "",
                        "WORKERS": str(self.workers),
                    },
                ),
            ),
        ]
        modules: dict[str, str] = {}
        for position, module in enumerate(PHP_MODULES, 10):
            source = Path(f"/etc/php/{PHP_MINOR}/mods-available/{module}.ini")
            if not source.exists():
                raise LabError(f"PHP's module {module} is not installed; run tests/lab/packages.sh site")
            modules[f"{position}-{module}.ini"] = source.read_text()
        extension = self.extension_path
        if extension is not None:
            if not extension.exists():
                raise LabError(f"{extension} does not exist; build it with: make build")
            # With its age, so that one that was built anew is loaded anew.
            modules["90-app-connect.ini"] = f'; {extension.stat().st_mtime_ns}\nextension = "{extension}"\n'
        self.scan_dir.mkdir(parents=True, exist_ok=True)
        for stale in self.scan_dir.glob("*.ini"):
            if stale.name not in modules:
                stale.unlink()
                changed.append(True)
        changed += [write_file(self.scan_dir / name, text) for name, text in modules.items()]
        if extension is not None and (any(changed) or self._fpm.pid() is None):
            self._check_extension(extension)
        if restart and any(changed) and self._fpm.pid() is not None:
            self._fpm.stop(signal.SIGQUIT, 10.0)

    def _check_extension(self, extension: Path) -> None:
        probe = "exit( extension_loaded( 'app_connect' ) ? 0 : 1 );"
        done = self._run_php(["-r", probe], ini={"display_startup_errors": "1", "display_errors": "stderr", "log_errors": "0"})
        if done.returncode != 0:
            said = (done.stderr + done.stdout).strip()[-1000:]
            raise LabError(f"PHP {PHP_MINOR} does not load {extension}: {said or 'no message'}; build it anew: make build")

    def _run_php(
        self, arguments: Sequence[str], stdin: str | None = None, ini: Mapping[str, str] | None = None, timeout: float = 60.0
    ) -> subprocess.CompletedProcess[str]:
        settings = [part for name, value in (ini or {}).items() for part in ("-d", f"{name}={value}")]
        try:
            return subprocess.run(
                [PHP, "-c", str(self.php_ini), *settings, *arguments], env=self._php_environment(), input=stdin or "",
                capture_output=True, text=True, errors="surrogateescape", timeout=timeout,
                cwd=self.wordpress if self.wordpress.exists() else "/",
            )
        except subprocess.TimeoutExpired as error:
            raise LabError(f"PHP took longer than {timeout:.0f} s and was ended; see {self.logs['debug']}") from error

    def _php_environment(self) -> dict[str, str]:
        return environment({"PHP_INI_SCAN_DIR": str(self.scan_dir)} | self.env)

    def _configure_nginx(self) -> bool:
        base = self.subdirectory
        front = f"try_files $uri $uri/ {base}/index.php?$args;"
        routes = [f"location {base}/ {{", f"\t{front}", "}"]
        if base:
            routes += ["location / {", "\ttry_files $uri $uri/ =404;", "}"]
        if self.multisite:
            routes += [
                "# A network of directories: the files of /two/wp-admin/ are those of /wp-admin/.",
                "if (!-e $request_filename) {",
                f"\trewrite ^{base}/[^/]+/wp-admin$ $scheme://$http_host$uri/ permanent;",
                f"\trewrite ^{base}/[^/]+(/wp-(?:admin|content|includes)/.*)$ {base}$1 last;",
                f"\trewrite ^{base}/[^/]+(/[^/]+\\.php(?:/.*)?)$ {base}$1 last;",
                "}",
            ]
        certificate = ""
        if self.https:
            pem, key = self.dir / "nginx" / "certificate.pem", self.dir / "nginx" / "key.pem"
            if not pem.exists():
                self._make_certificate(pem, key)
            certificate = f'ssl_certificate "{pem}";\n\t\tssl_certificate_key "{key}";'
        return write_file(
            self.dir / "nginx" / "nginx.conf",
            render(
                "nginx.conf",
                {
                    "USER": "user root;" if os.geteuid() == 0 else "",
                    "PID": str(self._nginx.pid_file),
                    "ERROR_LOG": str(self.logs["nginx"]),
                    "ACCESS_LOG": str(self.logs["access"]),
                    "TMP": str(self.tmp),
                    "PORT": str(self.port),
                    "SSL": " ssl" if self.https else "",
                    "CERTIFICATE": certificate,
                    "DOCROOT": str(self.docroot),
                    # A network in a directory answers 500 for addresses outside of it: there is no site of that path.
                    "WELL_KNOWN": "=404" if base and self.multisite else f"{base}/index.php?$args",
                    "ROUTES": "\n\t\t".join(routes),
                    "SOCKET": str(self._fpm_socket),
                },
            ),
        )

    @staticmethod
    def _make_certificate(pem: Path, key: Path) -> None:
        made = subprocess.run(
            ["/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
             "-keyout", str(key), "-out", str(pem), "-days", "3650", "-subj", "/CN=127.0.0.1",
             "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30,
        )
        if made.returncode != 0:
            raise LabError(f"openssl made no certificate: {made.stderr.strip()[-500:]}")

    @property
    def _fpm_socket(self) -> Path:
        return socket_directory(self.lab_dir) / f"{self.name}.fpm.sock"

    @property
    def _pool(self) -> str:
        return f"{self.name}-{hashlib.sha256(os.fsencode(self.dir)).hexdigest()[:12]}"

    def _end_orphans(self) -> None:
        """Ends workers whose master was killed: nginx' would keep the port, php-fpm's their memory."""
        masters = {self._fpm.pid(), self._nginx.pid()}
        for entry in os.listdir("/proc"):
            pid = int(entry) if entry.isdigit() else 0
            if pid and parent_of(pid) not in {None, *masters} and pid not in masters and self._is_worker(pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                wait_exit(pid, STOP_SECONDS)

    def _is_worker(self, pid: int) -> bool:
        """Whether a process is a worker of this site: php-fpm's by its title, nginx' by the log it writes."""
        try:
            title = Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0 ").decode(errors="replace")
            if title == f"php-fpm: pool {self._pool}":
                return True
            if title not in ("nginx: worker process", "nginx: worker process is shutting down"):
                return False
            return any(os.readlink(link) == str(self.logs["access"]) for link in Path(f"/proc/{pid}/fd").iterdir())
        except OSError:
            return False

    def _start(self) -> None:
        if not self.running:
            self._end_orphans()
        self._start_fpm()
        changed = self._configure_nginx()
        if changed and self._nginx.pid() is not None:
            self._nginx.stop(signal.SIGQUIT, 5.0)
        if self._nginx.pid() is None:
            self._require_port()
            self._nginx.start(
                [NGINX, "-c", str(self._nginx.marker), "-p", str(self.dir / "nginx"), "-e", str(self.logs["nginx"])],
                environment(),
                lambda: answers(("127.0.0.1", self.port)),
            )

    def _start_fpm(self) -> None:
        if self._fpm.pid() is None:
            self._fpm_socket.unlink(missing_ok=True)
            self._fpm.start(
                [PHP_FPM, *(["-R"] if os.geteuid() == 0 else []), "-F", "-c", str(self.php_ini), "-y", str(self._fpm.marker)],
                self._php_environment(),
                lambda: answers(str(self._fpm_socket)),
            )

    def _fixture_path(self, name: str) -> Path:
        if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
            raise LabError(f"'{name}' is no name for a fixture: letters, digits, _ and - only")
        return self.mu_plugins / f"{name}.php"


def wordpress_version(tree: Path) -> str:
    """The version of an unpacked WordPress."""
    found = re.search(r"^\$wp_version = '([^']+)'", (tree / "wp-includes" / "version.php").read_text(), re.MULTILINE)
    if found is None:
        raise LabError(f"{tree} holds no WordPress; delete it and run tests/lab/wordpress.sh")
    return found[1]


# The command


def is_site(directory: Path) -> bool:
    """Whether the lab has made this directory for a site."""
    return {"spec", "secrets"} <= (read_json(directory / "state.json") or {}).keys()


def sites_of(lab_dir: Path) -> list[str]:
    """The names of a lab's sites."""
    return sorted(path.parent.name for path in lab_dir.glob("*/state.json") if is_site(path.parent))


def labs_under(directory: Path) -> list[Path]:
    """The lab directories at or below a directory."""
    found = []
    skip = {"cache", "database", "www", "run", "logs", "tmp", "php", "nginx"}
    for place, names, _ in os.walk(directory):
        path = Path(place)
        if (path / "database" / "my.cnf").exists() or sites_of(path):
            found.append(path)
        names[:] = [name for name in names if name not in skip and len(path.relative_to(directory).parts) < 4]
    return found


def command_up(options: argparse.Namespace) -> None:
    """`lab.py up`"""
    started = time.monotonic()
    lab_dir = options.lab.absolute()
    default = 8080 if options.name == "demo" and not (lab_dir / options.name / "state.json").exists() else None
    site = Site(
        options.name, options.wp, options.port or default, options.permalinks, options.subdirectory, options.multisite,
        False if options.no_extension else True, workers=options.workers, https=options.https, lab_dir=lab_dir,
        plugin=options.plugin, progress=say,
    )
    site.up()
    if options.name == "demo":
        described = site.description.read_text()
        write_file(lab_dir / "site.json", described, 0o600)
    say(f"Site {site.name} is up after {time.monotonic() - started:.1f} s")
    print(f"    {site.url}/  (wp-admin: {site.admin['user']} / {site.admin['password']})")
    if site.extension is not False and site.extension_path is None:
        print(f"    without the extension: {EXTENSION.relative_to(ROOT)} is not built (make build)")
    if not site._described()["active"]:
        print("    without the plugin: wp-plugin/app-connect.php is not active")


def command_down(options: argparse.Namespace) -> None:
    """`lab.py down`"""
    for lab_dir in labs_under(options.lab.absolute()):
        for name in sites_of(lab_dir):
            if options.name in (None, name):
                say(f"Stopping site {name} in {shown(lab_dir)}")
                Site(name, lab_dir=lab_dir).down()
        if options.name is None:
            database = Database(lab_dir)
            if database.pid is not None:
                say(f"Stopping the database in {shown(lab_dir)}")
            database.stop()


def command_status(options: argparse.Namespace) -> None:
    """`lab.py status`"""
    labs = labs_under(options.lab.absolute())
    if not labs:
        print(f"no lab in {shown(options.lab.absolute())}")
    for lab_dir in labs:
        pid = Database(lab_dir).pid
        print(f"{shown(lab_dir)}: database {f'runs (pid {pid})' if pid else 'is stopped'}")
        for name in sites_of(lab_dir):
            described = read_json(lab_dir / name / "site.json") or {}
            state = "runs" if Site(name, lab_dir=lab_dir).running else "is stopped"
            print(f"  {name} {state}: WordPress {described.get('wordpress', '(unfinished)')} at {described.get('url', '-')}")


def command_clean(options: argparse.Namespace) -> None:
    """`lab.py clean`"""
    options.name = None
    command_down(options)
    for lab_dir in labs_under(options.lab.absolute()):
        for name in sites_of(lab_dir):
            shutil.rmtree(lab_dir / name)
        if (lab_dir / "database" / "my.cnf").exists():
            shutil.rmtree(lab_dir / "database")
        sockets = socket_directory(lab_dir)
        for leftover in sockets.glob("*.sock"):
            leftover.unlink()
        with contextlib.suppress(OSError):  # Not empty: something of someone else is in it.
            sockets.rmdir()
        for lock in lab_dir.glob(".*.lock"):
            lock.unlink()
        (lab_dir / "site.json").unlink(missing_ok=True)
        say(f"Removed the sites and the database in {shown(lab_dir)}")


def shown(path: Path) -> str:
    """A path as a person in the checkout would write it."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def say(line: str) -> None:
    """One line of progress."""
    print(f"==> {line}", flush=True)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="lab.py", description="Private WordPress sites for the demo and the tests.")
    commands = parser.add_subparsers(dest="command", required=True)

    up = commands.add_parser("up", help="make a site if needed and start what does not run")
    up.add_argument("--name", default="demo", help="the site (default: demo)")
    up.add_argument("--wp", default="7.1", help="WordPress version: 7.1 (default) or 6.8")
    up.add_argument("--port", type=int, help="of 127.0.0.1 (default: as before; demo: 8080)")
    up.add_argument("--permalinks", default="/%postname%/", metavar="STRUCTURE",
                    help="permalink structure, '' for plain")
    up.add_argument("--subdirectory", default="", metavar="/PATH", help="where WordPress lives on its host")
    up.add_argument("--multisite", action="store_true", help="a subdirectory network")
    up.add_argument("--https", action="store_true", help="with a certificate of its own")
    up.add_argument("--workers", type=int, default=6, help="php-fpm processes (default: 6)")
    up.add_argument("--plugin", choices=("link", "copy", "none"), default="link", help="how the plugin gets into the site")
    up.add_argument("--no-extension", action="store_true", help="without the PHP extension")
    up.set_defaults(run=command_up)

    down = commands.add_parser("down", help="stop the sites and the databases of every lab at or below the directory")
    down.add_argument("--name", help="only this site, and no database")
    down.set_defaults(run=command_down)
    commands.add_parser("status", help="tell what runs").set_defaults(run=command_status)
    commands.add_parser("clean", help="stop everything, delete sites and databases").set_defaults(run=command_clean)
    for command in commands.choices.values():
        command.add_argument("--lab", type=Path, default=VAR, metavar="DIR", help="the lab's directory (default: var)")

    options = parser.parse_args()
    try:
        options.run(options)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("lab: interrupted; `make stop` stops what runs", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
