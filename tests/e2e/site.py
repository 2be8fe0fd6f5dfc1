#!/usr/bin/python3
"""The browser tests' way to their sites: lab.py for JavaScript.

    site.py up NAME…        makes and starts the sites, prints an object of their descriptions
    site.py down            stops them and their database
    site.py serve           answers requests, a JSON object a line: {id, do, site, …} → {id, value} or {id, error}

Requests: `up`, `eval` {code, args, user}, `sql` {query}, `fixture` {name, code or null}, `constants` {values},
`messages` (what PHP complained about since the last time).
"""

from __future__ import annotations

import json
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "lab"))

from lab import EXTENSION, Database, LabError, Site  # noqa: E402

LAB = ROOT / os.environ.get("APP_CONNECT_LAB", "var/e2e")
VERSIONS = {"e2e71": "7.1", "e2e68": "6.8"}

SUPPORT = r"""
if ( 'rtl' === ( $_SERVER['HTTP_X_TEST_DIRECTION'] ?? '' ) ) {
	add_action( 'init', static function () {
		$GLOBALS['wp_locale']->text_direction = 'rtl';
		wp_styles()->text_direction           = 'rtl';
	} );
}
add_filter( 'pre_option_show_avatars', '__return_zero' );
add_filter( 'translations_api', static fn () => array( 'translations' => array() ) );
add_filter( 'send_password_change_email', '__return_false' );
add_filter( 'send_email_change_email', '__return_false' );
"""
"""Turns a request with `X-Test-Direction: rtl` around, for screenshots; asks nobody outside for pictures of users and translations."""

_sites: dict[str, Site] = {}
_said: dict[str, int] = {}
_lock = threading.Lock()


def site(name: str) -> Site:
    """A running site, made or reused."""
    with _lock:
        if name not in _sites:
            made = Site(name, VERSIONS[name], lab_dir=LAB, workers=4).up()
            if EXTENSION.exists() and EXTENSION.stat().st_mtime > Path(f"/proc/{made.fpm_pid}").stat().st_ctime:
                made.restart_fpm()
            made.fixture("test-support", SUPPORT)
            made.clear_logs()
            _sites[name] = made
        return _sites[name]


def describe(name: str) -> dict[str, Any]:
    """What JavaScript needs to know of a site."""
    made = site(name)
    return {
        "name": name,
        "wp": made.wp,
        "url": made.url,
        "rest_root": made.rest_root,
        "issuer": made.issuer,
        "admin": made.admin,
    }


def messages(name: str) -> list[str]:
    """PHP's complaints that were not told before."""
    every = site(name).php_messages()
    new, _said[name] = every[_said.get(name, 0) :], len(every)
    return new


def answer(request: dict[str, Any]) -> Any:
    """Does one request."""
    name = request["site"]
    match request["do"]:
        case "up":
            return describe(name)
        case "eval":
            return site(name).wp_eval(request["code"], *request.get("args", []), user=request.get("user"))
        case "sql":
            return site(name).sql(request["query"])
        case "fixture" if request["code"] is None:
            return site(name).remove_fixture(request["name"])
        case "fixture":
            return str(site(name).fixture(request["name"], request["code"]))
        case "constants":
            return site(name).set_constants(request["values"])
        case "messages":
            return messages(name)
    raise LabError(f"site.py knows no {request['do']}")


def serve() -> None:
    """Answers standard input until it ends."""

    def one(line: str) -> None:
        request = json.loads(line)
        try:
            reply = {"id": request["id"], "value": answer(request)}
        except Exception as error:  # Whatever went wrong is the test's to tell.
            reply = {"id": request["id"], "error": f"{type(error).__name__}: {error}"}
        with _lock:
            print(json.dumps(reply), flush=True)

    with ThreadPoolExecutor(4) as pool:
        for line in sys.stdin:
            pool.submit(one, line)


def main(words: list[str]) -> int:
    """The command line."""
    match words:
        case ["up", *names]:
            print(json.dumps({name: describe(name) for name in names or VERSIONS}, indent=2))
        case ["down"]:
            for name, version in VERSIONS.items():
                if (LAB / name / "state.json").exists():
                    Site(name, version, lab_dir=LAB, workers=4).down()
            Database(LAB).stop()
        case ["serve"]:
            serve()
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
