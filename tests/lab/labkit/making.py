"""How a site is made."""

from __future__ import annotations

import json
import re
import secrets
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from .files import (
    LAB,
    MARIADBD,
    NGINX,
    PHP,
    PHP_FPM,
    PLUGIN,
    VAR,
    Constant,
    LabError,
    PhpError,
    locked,
    php_literal,
    read_json,
    render,
    write_file,
)
from .processes import require_programs
from .servers import Servers


class Making(Servers):
    """A site that makes itself."""

    def up(self) -> Self:
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

    def destroy(self) -> None:
        """Stops the site and deletes its files and its database."""
        with locked(self.lab_dir / f".{self.name}.lock"):
            self._require_own_directory()
            if (self.database.dir / "data").exists():
                self.database.start()
            self._remove()
            if self.dir.exists():
                shutil.rmtree(self.dir)

    def sql(self, query: str) -> list[dict[str, str | None]]:
        """Runs a statement in the site's database; see `Database.sql`."""
        return self.database.sql(query, self.db_name)

    def fixture(self, name: str, php_source: str) -> Path:
        """Adds a must-use plugin; `<?php` may be left out."""
        path = self._fixture_path(name)
        write_file(path, php_source if php_source.startswith("<?php") else f"<?php\n{php_source}\n")
        return path

    def copy_plugin(self) -> None:
        """Brings a plugin="copy" up to date with wp-plugin/."""
        target = self.content / "plugins" / "app-connect"
        if target.is_symlink():
            raise LabError(f"{target} is a link; make the site with plugin='copy'")
        if target.exists():
            shutil.rmtree(target)
        if PLUGIN.is_dir():
            shutil.copytree(PLUGIN, target, symlinks=True)

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

    def _activate_late_plugin(self) -> None:
        """Activates a plugin that did not exist yet when the site was made."""
        wanted = self.activate and self.plugin != "none"
        if wanted and not self._described()["active"] and (PLUGIN / "app-connect.php").exists():
            if self.plugin == "copy":
                self.copy_plugin()
            self._configure_site()

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


def wordpress_version(tree: Path) -> str:
    """The version of an unpacked WordPress."""
    found = re.search(r"^\$wp_version = '([^']+)'", (tree / "wp-includes" / "version.php").read_text(), re.MULTILINE)
    if found is None:
        raise LabError(f"{tree} holds no WordPress; delete it and run tests/lab/wordpress.sh")
    return found[1]


def is_site(directory: Path) -> bool:
    """Whether the lab has made this directory for a site."""
    return {"spec", "secrets"} <= (read_json(directory / "state.json") or {}).keys()
