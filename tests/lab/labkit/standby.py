"""A PHP that stands by: what a command takes most of its time for, starting and compiling WordPress, is done once."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from .files import LAB, LabError, write_file


class StandbyPhp:
    """A process of templates/standby.php, which forks for each command. It ends with this one."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], sockets: Path, files: Path) -> None:
        self._address = sockets / f"standby-{os.getpid()}-{secrets.token_hex(4)}.sock"
        self._files = files
        self._process = subprocess.Popen(
            [*command, str(LAB / "templates" / "standby.php"), str(self._address)], env=dict(env), cwd="/",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        atexit.register(self.end)
        said = self._process.stdout.readline() if self._process.stdout else ""
        if said != "ready\n":
            raise LabError(f"PHP does not stand by: {said.strip() or self._process.wait()}")

    def run(self, arguments: Sequence[str], stdin: str, cwd: Path, timeout: float) -> subprocess.CompletedProcess[str]:
        """Runs run.php with these arguments.

        Raises subprocess.TimeoutExpired after `timeout` seconds, and ends the script.
        """
        name = secrets.token_hex(6)
        files = {stream: self._files / f"{stream}-{name}" for stream in ("stdin", "stdout", "stderr")}
        with contextlib.ExitStack() as stack:
            for file in files.values():
                stack.callback(lambda file=file: file.unlink(missing_ok=True))
            write_file(files["stdin"], stdin, 0o600)
            asked = {"arguments": list(arguments), "cwd": str(cwd)} | {stream: str(file) for stream, file in files.items()}
            status = self._ask(json.dumps(asked), timeout, arguments)
            said = [files[stream].read_text(errors="surrogateescape") for stream in ("stdout", "stderr")]
        return subprocess.CompletedProcess(list(arguments), status, *said)

    def end(self) -> None:
        """Ends it; what runs goes on."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()
        self._process.wait()
        self._address.unlink(missing_ok=True)

    def _ask(self, line: str, timeout: float, arguments: Sequence[str]) -> int:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(timeout)
            connection.connect(str(self._address))
            connection.sendall(f"{line}\n".encode())
            with connection.makefile() as answer:
                pid = int(answer.readline())
                try:
                    return int(answer.readline())
                except TimeoutError as error:
                    os.kill(pid, signal.SIGKILL)
                    raise subprocess.TimeoutExpired(list(arguments), timeout) from error
