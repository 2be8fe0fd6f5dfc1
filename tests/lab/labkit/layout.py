"""A site's choices, its places, and its description."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .database import Database
from .files import EXTENSION, VAR, Constant, LabError, Progress, read_json, write_file
from .processes import Service, free_port, socket_directory


class Layout:
    """What a site is, and where. `Site` says what the arguments mean."""

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

    def _save_state(self) -> None:
        self._write_json(self.dir / "state.json", self._state)

    @staticmethod
    def _write_json(path: Path, value: Mapping[str, Any]) -> None:
        write_file(path, json.dumps(value, indent=2) + "\n", 0o600)

    @property
    def _fpm_socket(self) -> Path:
        return socket_directory(self.lab_dir) / f"{self.name}.fpm.sock"

    @property
    def _pool(self) -> str:
        return f"{self.name}-{hashlib.sha256(os.fsencode(self.dir)).hexdigest()[:12]}"

    def _fixture_path(self, name: str) -> Path:
        if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
            raise LabError(f"'{name}' is no name for a fixture: letters, digits, _ and - only")
        return self.mu_plugins / f"{name}.php"
