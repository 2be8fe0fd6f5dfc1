"""Gives the demo site its clients, once, and writes them into its description and into var/site.json."""

import json
import sys

from lab import VAR, LabError, Site, read_json, write_file


def main() -> int:
    """Seeds the site `demo`."""
    site = Site("demo", lab_dir=VAR)
    described = read_json(site.description) or {}
    if "clients" not in described:
        print("==> Registering the backend client and its service user", flush=True)
        described["clients"] = {"backend": json.loads(site.php(VAR.parent / "tests/lab/seed.php"))}
    text = json.dumps(described, indent=2) + "\n"
    write_file(site.description, text, 0o600)
    write_file(VAR / "site.json", text, 0o600)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LabError as error:
        sys.exit(f"seed.py: {error}")
