"""A site's php-fpm and nginx."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from .files import NGINX, PHP_FPM, POLL_SECONDS, START_SECONDS, STOP_SECONDS, LabError, render, tail, write_file
from .php import Php
from .processes import answers, children_of, environment, parent_of, wait_exit


class Servers(Php):
    """A site that answers."""

    def down(self) -> None:
        """Stops nginx and php-fpm; the database server goes on."""
        self._nginx.stop(signal.SIGQUIT, 5.0)
        self._fpm.stop(signal.SIGQUIT, 10.0)
        self._end_orphans()

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
