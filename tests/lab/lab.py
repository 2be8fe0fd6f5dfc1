#!/usr/bin/python3
"""The lab: private WordPress sites for the demo and for the tests.

A *lab* is a directory. It holds one MariaDB server (`Database`) and any number of sites (`Site`), each with its own
WordPress tree, php-fpm and nginx. Everything listens on 127.0.0.1 or on a Unix socket, and is stopped by the process
ids in its pid files. Nothing outside the lab directory is written, except a socket directory below /tmp when the lab's
own path is too long for a socket.

As a command: `lab.py up|down|status|clean`, see `lab.py --help`. As a module it is the door to `labkit`.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import sys
import time
from pathlib import Path

from labkit.database import Database
from labkit.files import EXTENSION, MARIADB, PLUGIN, ROOT, VAR, LabError, PhpError, locked, read_json, write_file
from labkit.making import is_site
from labkit.processes import Service, answers, environment, free_port, socket_directory
from labkit.site import Site

__all__ = [
    "EXTENSION", "MARIADB", "PLUGIN", "ROOT", "VAR", "Database", "LabError", "PhpError", "Service", "Site", "answers",
    "environment", "free_port", "locked", "read_json", "write_file",
]


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
