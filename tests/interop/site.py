#!/usr/bin/python3
"""The interop tests' site: the demo's people, posts, clients and single-page app, on a site of its own.

    site.py up          makes and starts it, and prints its description
    site.py cron        tells apps of log-outs, and waits for it
    site.py forget      forgets every approval
    site.py messages    prints what PHP complained about, a line each
    site.py down        stops it, its single-page app and its database

What the tests of signed tokens do to it; arguments and answers are JSON:

    site.py client DRAFT         registers a client: {id, client_id, secret}
    site.py settings CHANGES     changes settings
    site.py keys ACTION ARGS     looks after the signing keys as an administrator does: {status, body}
    site.py approve REQUEST      a person approves an app: the token answer. REQUEST is {client_id, secret?, redirect_uri, scope}
    site.py reset_keys           forgets keys, tokens and settings

`WP=6.8` in the environment makes it with another WordPress than 7.1.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import sys
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "lab"))

from lab import EXTENSION, Database, Site  # noqa: E402
from person import Person  # noqa: E402
from seed import seed  # noqa: E402
from spa import Spa  # noqa: E402

LAB = ROOT / "var" / "interop"


def register(site: Site, draft: dict[str, Any]) -> dict[str, Any]:
    """A new client; the demo's service user is its, unless it has one."""
    return dict(site.wp_eval(
        """
        $draft = json_decode( $args[0], true ) + array( 'service_user_id' => get_user_by( 'login', 'backend-service' )->ID );
        $made  = AppConnect\\WP\\Storage\\Clients::register( $draft );
        if ( is_wp_error( $made ) ) { throw new RuntimeException( wp_json_encode( $made->get_error_data() ) ); }
        return $made;
        """, json.dumps(draft)))


def approve(site: Site, request: dict[str, str]) -> dict[str, Any]:
    """The token answer to an app that the demo's person has approved, by the code grant with PKCE."""
    person = json.loads(site.description.read_text())["person"]
    verifier = secrets.token_urlsafe(32)
    query = {
        "response_type": "code",
        "client_id": request["client_id"],
        "redirect_uri": request["redirect_uri"],
        "scope": request["scope"],
        "state": "x",
        "code_challenge": base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    endpoint = f"{site.rest_root}app-connect/v1"
    told = Person(person["user"], person["password"]).decide(f"{endpoint}/authorize?{urllib.parse.urlencode(query)}")
    form = {
        "grant_type": "authorization_code",
        "code": dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(told).query))["code"],
        "redirect_uri": request["redirect_uri"],
        "client_id": request["client_id"],
        "code_verifier": verifier,
    } | ({"client_secret": request["secret"]} if request.get("secret") else {})
    with urllib.request.urlopen(f"{endpoint}/token", urllib.parse.urlencode(form).encode(), timeout=30) as response:
        return dict(json.load(response))


def reset_keys(site: Site) -> None:
    """As if no token had ever been signed."""
    site.sql(
        "DELETE FROM wp_app_connect_tokens; DELETE FROM wp_app_connect_keys;"
        "DELETE FROM wp_options WHERE option_name IN ('app_connect_dek', 'app_connect_settings')"
    )


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
        case ["cron"]:
            # What cron would do, while somebody waits for it.
            site.wp_eval("AppConnect\\WP\\Logouts::deliver(); return null;")
        case ["forget"]:
            site.sql("DELETE FROM wp_app_connect_consents")
        case ["messages"]:
            print("\n".join(site.php_messages()))
        case ["client", draft]:
            print(json.dumps(register(site, json.loads(draft))))
        case ["settings", changes]:
            site.wp_eval("AppConnect\\WP\\Settings::apply( json_decode( $args[0], true ) ); return null;", changes)
        case ["keys", action, arguments]:
            code = "return AppConnect\\WP\\Signing_Keys::run( $args[0], json_decode( $args[1], true ) );"
            print(json.dumps(site.wp_eval(code, action, arguments, user=1)))
        case ["approve", request]:
            print(json.dumps(approve(site, json.loads(request))))
        case ["reset_keys"]:
            reset_keys(site)
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
