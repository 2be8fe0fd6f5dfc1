"""Gives the demo site its people, posts and clients, once, and writes them into its description and into var/site.json.

The clients: `backend` (on its own), and `spa`, `native` and `web`, with which people sign in. Serves the single-page app.
"""

import json
import secrets
import sys
from typing import Any

from lab import VAR, LabError, Site, free_port, read_json, write_file
from spa import Spa

NATIVE = "http://127.0.0.1/callback"
"""A native app's redirect URI: the app listens on whatever port is free (RFC 8252 §7.3)."""


def seed(site: Site) -> dict[str, Any]:
    """Adds what the site does not have yet, serves the single-page app, and returns the site's description."""
    described = read_json(site.description) or {}
    # A file of its own: the lab writes its description anew when it restarts php-fpm with another extension.
    memory = site.dir / "seed.json"
    seeded = read_json(memory) or {"clients": described.get("clients", {})}
    person = seeded.setdefault("person", {"user": "mara", "password": secrets.token_urlsafe(9), "name": "Mara Lindqvist"})
    spa = Spa.of(site)
    want = {
        "person": person,
        "redirects": {"spa": spa.url, "native": NATIVE, "web": f"http://127.0.0.1:{free_port()}/callback"},
        "have": {name: client["id"] for name, client in seeded["clients"].items()},
    }
    seeded["clients"] |= json.loads(site.php(VAR.parent / "tests/lab/seed.php", json.dumps(want)))
    seeded["spa"] = spa.url
    write_file(memory, json.dumps(seeded, indent=2) + "\n", 0o600)
    described |= seeded
    write_file(site.description, json.dumps(described, indent=2) + "\n", 0o600)
    spa.start(site, seeded["clients"]["spa"]["id"])
    return described


def main() -> int:
    """Seeds the site `demo`."""
    print("==> Registering the demo's clients, and serving its single-page app", flush=True)
    described = seed(Site("demo", lab_dir=VAR))
    write_file(VAR / "site.json", json.dumps(described, indent=2) + "\n", 0o600)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LabError as error:
        sys.exit(f"seed.py: {error}")
