"""The private MariaDB server of a lab."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

from .files import MARIADB, MARIADBD, MARIADB_INSTALL, VAR, LabError, locked, write_file
from .processes import Service, answers, environment, require_programs, socket_directory


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
