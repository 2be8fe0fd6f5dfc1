#!/usr/bin/python3
"""Serves docs/examples/spa on a port of 127.0.0.1: another origin than WordPress', as a single-page app has.

    spa.py stop             ends every such server of this checkout

`Spa` starts and stops the server; `spa.py run PORT CONFIG` is the server itself. CONFIG is the file that it serves as
config.json.
"""

from __future__ import annotations

import argparse
import functools
import http.server
import json
import signal
import sys
import urllib.parse
from pathlib import Path
from typing import Any

from lab import ROOT, VAR, Service, Site, answers, environment, free_port, read_json, write_file

APP = ROOT / "docs" / "examples" / "spa"
SCOPE = "content:read openid profile offline_access"


class Spa:
    """The single-page app of one site, in `<lab>/<site>-spa`. Its port is kept, unless somebody else has taken it."""

    def __init__(self, directory: Path) -> None:
        self.dir = directory
        self.config = directory / "config.json"
        self._service = Service("the single-page app", directory / "spa.pid", self.config, directory / "spa.log")

    @staticmethod
    def of(site: Site) -> Spa:
        """The app of a site. Not in the site's directory, which is emptied when the site is made anew."""
        spa = Spa(site.lab_dir / f"{site.name}-spa")
        if spa._service.pid() is None and (spa.port is None or answers(("127.0.0.1", spa.port))):
            beside = site.port + 1
            spa._keep_port(free_port() if answers(("127.0.0.1", beside)) else beside)
        return spa

    @property
    def port(self) -> int | None:
        """The port, None when none was chosen yet."""
        return (read_json(self.dir / "port.json") or {}).get("port")

    @property
    def url(self) -> str:
        """Its address, which is its redirect URI too."""
        return f"http://127.0.0.1:{self.port}/"

    def start(self, site: Site, client_id: str) -> None:
        """Serves it for a client of a site; returns when it answers."""
        config = {
            "name": "App Connect",
            "issuer": site.issuer,
            "rest": site.rest_root,
            "client_id": client_id,
            "scope": SCOPE,
        }
        write_file(self.config, json.dumps(config, indent=2) + "\n")
        if self._service.pid() is None:
            self._service.start(
                ["/usr/bin/python3", str(Path(__file__).resolve()), "run", str(self.port), str(self.config)],
                environment(), lambda: answers(("127.0.0.1", self.port or 0)),
            )

    def stop(self) -> None:
        """Ends the server."""
        self._service.stop(signal.SIGTERM)

    def _keep_port(self, port: int) -> None:
        write_file(self.dir / "port.json", json.dumps({"port": port}) + "\n")


class Handler(http.server.SimpleHTTPRequestHandler):
    """The app's files, and the policy that a page with a token should have."""

    def __init__(self, *args: Any, config: Path, **options: Any) -> None:
        self._config = config
        super().__init__(*args, directory=str(APP), **options)

    def translate_path(self, path: str) -> str:
        """config.json lies with the site, not with the app."""
        asked = urllib.parse.urlsplit(path).path
        return str(self._config) if asked == "/config.json" else super().translate_path(path)

    def end_headers(self) -> None:
        """What the page may load and ask: its own files, and its site."""
        rest = urllib.parse.urlsplit(json.loads(self._config.read_text())["rest"])
        sources = f"default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self' {rest.scheme}://{rest.netloc}"
        self.send_header("Content-Security-Policy", f"{sources}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """The path alone: a code may stand in a query string."""
        self.log_message("%s %s %s", self.command, urllib.parse.urlsplit(self.path).path, code)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="spa.py", description="The single-page app.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("stop", help="end every server of this checkout")
    run = commands.add_parser("run", help="serve")
    run.add_argument("port", type=int)
    run.add_argument("config", type=Path)
    options = parser.parse_args()
    if options.command == "run":
        handler = functools.partial(Handler, config=options.config)
        http.server.ThreadingHTTPServer(("127.0.0.1", options.port), handler).serve_forever()
    else:
        for pid_file in (*VAR.glob("*-spa/spa.pid"), *VAR.glob("*/*-spa/spa.pid")):
            Spa(pid_file.parent).stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
