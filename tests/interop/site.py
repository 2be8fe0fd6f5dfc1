#!/usr/bin/python3
"""The interop tests' site: the demo's people, posts, clients and single-page app, on a site of its own.

    site.py up          makes and starts it, and prints its description
    site.py forget      forgets every approval
    site.py messages    prints what PHP complained about, a line each
    site.py down        stops it, its single-page app and its database

`WP=6.8` in the environment makes it with another WordPress than 7.1.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "lab"))

from lab import EXTENSION, Database, Site  # noqa: E402
from seed import seed  # noqa: E402
from spa import Spa  # noqa: E402

LAB = ROOT / "var" / "interop"


def main(words: list[str]) -> int:
    """The command line."""
    site = Site("interop", os.environ.get("WP", "7.1"), lab_dir=LAB)
    match words:
        case ["up"]:
            site.up()
            if EXTENSION.stat().st_mtime > Path(f"/proc/{site.fpm_pid}").stat().st_ctime:
                site.restart_fpm()
            described = seed(site)
            site.clear_logs()
            print(json.dumps(described))
        case ["forget"]:
            site.sql("DELETE FROM wp_app_connect_consents")
        case ["messages"]:
            print("\n".join(site.php_messages()))
        case ["down"]:
            if (LAB / "interop" / "state.json").exists():
                Spa(LAB / "interop-spa").stop()
                site.down()
            Database(LAB).stop()
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
