#!/usr/bin/python3
"""Walks through a guide of docs/guides with real requests: runs the commands that stand there, as they stand there, and compares
each answer with the one that stands there.

    guide.py SITE_JSON [GUIDE]          prints each step; ends with 1 where the guide is not true. GUIDE is sign-in or verify-tokens

In a block of shell a value that ends in … is filled in from the site, or from what came before. In an expected answer … stands
for whatever is there. Where the guide says to open an address, a person of the site does so; what it has people do in wp-admin
stands beside the sentence as `<!-- in wp-admin: NAME -->`. A block of console starts a server, from the copy of the sample that the
environment's RESOURCE_SERVER names, with its packages.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.parse
from pathlib import Path
from typing import Any

from lab import ROOT, Site
from person import Person

GUIDES = ROOT / "docs" / "guides"
CLIENTS = {"sign-in": "native", "verify-tokens": "backend"}
"""The demo's client that each guide speaks of."""
SITE = "127.0.0.1:8080"
SAMPLE = "127.0.0.1:8090"
"""The usual addresses of demo and sample, which the guides are written with."""
NUMBERS = ("id", "exp", "iat", "updated_at")
"""Members of answers that are another number each time."""

IN_WP_ADMIN = {
    "jwt": """
        $found = new WP_REST_Request( 'GET', '/app-connect/v1/clients' );
        $found->set_param( 'search', $args[0] );
        $change = new WP_REST_Request( 'POST', '/app-connect/v1/clients/' . rest_do_request( $found )->get_data()[0]['id'] );
        $change->set_param( 'access_token_format', 'jwt' );
        return rest_do_request( $change )->get_status();
    """,
    "rotate": "return AppConnect\\WP\\Signing_Keys::run( 'rotate' )['status'];",
    "revoke": """
        $keys   = AppConnect\\WP\\Signing_Keys::run( 'list' )['body']['keys'];
        $active = array_column( $keys, 'kid', 'state' )['active'];
        return AppConnect\\WP\\Signing_Keys::run( 'revoke', array( 'kid' => $active ) )['status'];
    """,
}
"""What an administrator does: bodies of PHP functions of the client's ID that answer 200."""


class NotTrueError(Exception):
    """The guide says something else than what happens."""


def steps(text: str) -> list[tuple[str, str]]:
    """The guide's headings and blocks, in order: `("heading", …)`, `("admin", …)`, `("sh", …)`, `("json", …)`, `("", …)`."""
    found = re.finditer(
        r"^## (?P<heading>[^\n]+)$|^<!-- in wp-admin: (?P<admin>\w+) -->$|^```(?P<kind>\w*)\n(?P<block>.*?)^```$", text, re.MULTILINE | re.DOTALL
    )
    return [next((name, each[name]) for name in ("heading", "admin") if each[name]) if each["kind"] is None else (each["kind"], each["block"]) for each in found]


def agrees(expected: Any, got: Any) -> bool:
    """Whether an answer is as the guide has it. Text with … in it agrees in what surrounds that; of NUMBERS any will do.

    Of a list there may be more than the guide has: people try things out in the demo.
    """
    if isinstance(expected, dict):
        return isinstance(got, dict) and sorted(expected) == sorted(got) and all(
            isinstance(got[key], int) if key in NUMBERS else agrees(expected[key], got[key]) for key in got
        )
    if isinstance(expected, list):
        return isinstance(got, list) and all(any(agrees(each, other) for other in got) for each in expected)
    if isinstance(expected, str) and "…" in expected:
        start, _, end = expected.partition("…")
        return isinstance(got, str) and got.startswith(start) and got.endswith(end) and len(got) > len(start + end)
    return bool(expected == got)


class Walk:
    """One walk: the shell's variables, the last output, what was answered so far, and where the person was sent."""

    def __init__(self, site: dict[str, Any], guide: str) -> None:
        self.site = site
        self.client = site["clients"][CLIENTS[guide]]
        self.servers = {SITE: urllib.parse.urlsplit(site["url"]).netloc}
        self.running: list[subprocess.Popen[str]] = []
        self.person = Person(site["person"]["user"], site["person"]["password"], lambda what: print(f"  {what}"))
        self.shell: dict[str, str] = {}
        self.output = ""
        self.told: dict[str, Any] = {}
        self.sent_to = ""

    def known(self, name: str) -> str:
        """What a variable that the guide leaves open stands for."""
        match name:
            case "CLIENT_ID":
                return str(self.client["id"])
            case "CLIENT_SECRET":
                return str(self.client["secret"])
            case "CODE":
                return str(self.answer()["code"])
            case "TOKEN" | "NEW":
                return str(self.told["access_token"])
            case "REFRESH":
                return str(self.told["refresh_token"])
            case "ID":
                return str(self.told["id"])
        raise NotTrueError(f"the guide leaves {name} open, and nothing before tells it")

    def answer(self) -> dict[str, str]:
        """What the app was told at its redirect URI, if it may believe it."""
        told = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.sent_to).query))
        if told.get("state") != self.shell["STATE"] or told.get("iss") != self.site["issuer"]:
            raise NotTrueError(f"state or iss is another: {self.sent_to}")
        return told

    def here(self, text: str) -> str:
        """A text of the guide with the addresses that the servers have here."""
        for usual, address in self.servers.items():
            text = text.replace(usual, address)
        return text

    def administer(self, what: str) -> None:
        """Does what the guide has an administrator do."""
        print(f"\n  in wp-admin: {what}")
        place = Path(self.site["paths"]["site"])
        status = Site(place.name, lab_dir=place.parent).wp_eval(IN_WP_ADMIN[what], self.client["id"], user=1)
        if status != 200:
            raise NotTrueError(f"{what} in wp-admin ended with {status}")

    def serve(self, block: str) -> None:
        """Starts the server of a block's last line. Its packages are there already."""
        *_, line = block.strip().splitlines()
        print(re.sub(r"^", "$ ", block.rstrip(), flags=re.MULTILINE), flush=True)
        started = subprocess.Popen(
            ["/bin/bash", "-c", f"exec env PORT=0 {line}"], cwd=os.environ["RESOURCE_SERVER"], stdout=subprocess.PIPE, text=True,
        )
        self.running.append(started)
        said = started.stdout.readline() if started.stdout else ""
        found = re.fullmatch(r"Listening on http://(127\.0\.0\.1:\d+)\n", said)
        if found is None:
            raise NotTrueError(f"the server says {said!r}")
        self.servers[SAMPLE] = found[1]

    def stop(self) -> None:
        """Ends what was started."""
        for server in self.running:
            server.terminate()
            server.wait(10)

    def run(self, block: str) -> None:
        """Runs a block of shell. Its variables stay."""
        block = re.sub(r"^([A-Z_]+)=\S*…$", lambda found: f"{found[1]}={self.known(found[1])}", block, flags=re.MULTILINE)
        print(re.sub(r"^(?! )", "$ ", block.rstrip(), flags=re.MULTILINE), flush=True)
        with tempfile.NamedTemporaryFile("r") as left:
            done = subprocess.run(
                ["/bin/bash", "-euo", "pipefail", "-c", f'set -a\ncurl() {{ command curl -sS --max-time 30 "$@"; }}\n{block}env -0 >"$LEFT"'],
                env={"PATH": os.environ["PATH"], "LEFT": left.name} | self.shell, capture_output=True, text=True, timeout=120,
            )
            if done.returncode:
                raise NotTrueError(f"the shell ended with {done.returncode}: {done.stderr}")
            after = dict(entry.partition("=")[::2] for entry in left.read().split("\0") if entry)
        self.shell |= {name: value for name, value in after.items() if re.fullmatch(r"[A-Z_]+", name) and name not in ("PATH", "LEFT")}
        self.output = done.stdout
        if self.output:
            print(self.output.strip())
        if "/authorize?" in self.output:
            self.sent_to = self.person.decide(self.output.strip())
            print(f"  is sent to {self.sent_to}")

    def compare(self, expected: str) -> None:
        """Holds the last answer against the guide's."""
        try:
            got = json.loads(self.output)
        except json.JSONDecodeError:
            raise NotTrueError(f"no JSON was answered but: {self.output}") from None
        if not agrees(json.loads(expected), got):
            raise NotTrueError(f"the guide has\n{expected}and the answer is\n{self.output}")
        self.told |= got if isinstance(got, dict) else {}

    def compare_text(self, expected: str) -> None:
        """The same where it is no JSON."""
        if not agrees(expected.strip(), self.output.strip()):
            raise NotTrueError(f"the guide has\n{expected}and the answer is\n{self.output}")


def main(site: str, guide: str = "sign-in") -> int:
    """Walks through a guide."""
    walk = Walk(json.loads(Path(site).read_text()), guide)
    text_of_guide = GUIDES / f"{guide}.md"
    bold, plain = ("\033[1m", "\033[0m") if sys.stdout.isatty() else ("", "")
    heading = ""
    try:
        for kind, written in steps(text_of_guide.read_text()):
            text = walk.here(written)
            match kind:
                case "heading":
                    heading = text
                case "admin":
                    walk.administer(text)
                case "sh" | "console":
                    if heading:
                        print(f"\n{bold}{heading}{plain}")
                    heading = ""
                    (walk.run if kind == "sh" else walk.serve)(text)
                case "json":
                    walk.compare(text)
                case "text":
                    walk.compare_text(text)
    except NotTrueError as error:
        print(f"\n{text_of_guide.relative_to(ROOT)} is not true: {error}", file=sys.stderr)
        return 1
    finally:
        walk.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
