"""A site's PHP: its configuration, and scripts on the command line."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .files import LAB, PHP, PHP_MINOR, PHP_MODULES, LabError, PhpError, render, tail, write_file
from .layout import Layout
from .processes import environment, socket_directory
from .standby import StandbyPhp


class Php(Layout):
    """A site that runs PHP."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._standby: tuple[Any, StandbyPhp] | None = None
        self._standby_lock = threading.Lock()

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
            arguments = [
                str(LAB / "templates" / "run.php"), str(self.wordpress / "wp-load.php") if wordpress else "",
                url or f"{self.url}/", "" if user is None else str(user), str(script), *map(str, args),
            ]
            if ini or not wordpress:
                done = self._run_php(arguments, stdin=stdin, ini=ini, timeout=timeout)
            else:
                done = self._run_standby(arguments, stdin=stdin, timeout=timeout)
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

    def _run_standby(self, arguments: Sequence[str], stdin: str | None, timeout: float) -> subprocess.CompletedProcess[str]:
        """Runs run.php in a fork of the PHP that stands by."""
        try:
            return self._standby_php().run(arguments, stdin or "", self.wordpress if self.wordpress.exists() else Path("/"), timeout)
        except subprocess.TimeoutExpired as error:
            raise LabError(f"PHP took longer than {timeout:.0f} s and was ended; see {self.logs['debug']}") from error

    def _standby_php(self) -> StandbyPhp:
        """The PHP that stands by; another one when what it has read has changed."""
        read = [self.php_ini, *sorted(self.scan_dir.glob("*.ini")), *filter(None, [self.extension_path])]
        state = ([(path, path.stat().st_mtime_ns) for path in read], self._php_environment())
        with self._standby_lock:
            if self._standby is None or self._standby[0] != state:
                if self._standby is not None:
                    self._standby[1].end()
                command = [PHP, "-c", str(self.php_ini), "-d", "opcache.enable_cli=1"]
                self._standby = state, StandbyPhp(command, self._php_environment(), socket_directory(self.lab_dir), self.tmp)
            return self._standby[1]

    def _php_environment(self) -> dict[str, str]:
        return environment({"PHP_INI_SCAN_DIR": str(self.scan_dir)} | self.env)
