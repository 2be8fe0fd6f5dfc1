"""Services that outlive the command that started them."""

from __future__ import annotations

import contextlib
import hashlib
import os
import select
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from .files import POLL_SECONDS, SOCKET_PATH_LIMIT, START_SECONDS, STOP_SECONDS, LabError, tail, write_file


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
