#!/usr/bin/python3
"""Walks through docs/guides/sign-in.md with real requests: runs the commands that stand there, as they stand there, and
compares each answer with the one that stands there.

    guide.py SITE_JSON          prints each step; ends with 1 where the guide is not true

In a block of shell a value that ends in … is filled in from the site, or from what came before. In an expected answer … stands
for whatever is there. Where the guide says to open an address, a person of the site does so.
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

from lab import ROOT
from person import Person

GUIDE = ROOT / "docs" / "guides" / "sign-in.md"
PORT = "127.0.0.1:8080"
"""The demo's usual address, which the guide is written with."""


class NotTrueError(Exception):
    """The guide says something else than what happens."""


def steps(text: str) -> list[tuple[str, str]]:
    """The guide's headings and blocks, in order: `("heading", …)`, `("sh", …)`, `("json", …)`, `("", …)`."""
    found = re.finditer(r"^## (?P<heading>[^\n]+)$|^```(?P<kind>\w*)\n(?P<block>.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [("heading", each["heading"]) if each["heading"] else (each["kind"], each["block"]) for each in found]


def agrees(expected: Any, got: Any) -> bool:
    """Whether an answer is as the guide has it. Text with … in it agrees in what surrounds that; any user's number will do.

    Of a list there may be more than the guide has: people try things out in the demo.
    """
    if isinstance(expected, dict):
        return isinstance(got, dict) and sorted(expected) == sorted(got) and all(
            isinstance(got[key], int) if key == "id" else agrees(expected[key], got[key]) for key in got
        )
    if isinstance(expected, list):
        return isinstance(got, list) and all(any(agrees(each, other) for other in got) for each in expected)
    if isinstance(expected, str) and "…" in expected:
        start, _, end = expected.partition("…")
        return isinstance(got, str) and got.startswith(start) and got.endswith(end) and len(got) > len(start + end)
    return bool(expected == got)


class Walk:
    """One walk: the shell's variables, the last output, what was answered so far, and where the person was sent."""

    def __init__(self, site: dict[str, Any]) -> None:
        self.site = site
        self.person = Person(site["person"]["user"], site["person"]["password"], lambda what: print(f"  {what}"))
        self.shell: dict[str, str] = {}
        self.output = ""
        self.told: dict[str, Any] = {}
        self.sent_to = ""

    def known(self, name: str) -> str:
        """What a variable that the guide leaves open stands for."""
        match name:
            case "CLIENT_ID":
                return str(self.site["clients"]["native"]["id"])
            case "CODE":
                return str(self.answer()["code"])
            case "TOKEN":
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

    def run(self, block: str) -> None:
        """Runs a block of shell. Its variables stay."""
        block = block.replace(PORT, urllib.parse.urlsplit(self.site["url"]).netloc)
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


def main(site: str) -> int:
    """Walks through the guide."""
    walk = Walk(json.loads(Path(site).read_text()))
    bold, plain = ("\033[1m", "\033[0m") if sys.stdout.isatty() else ("", "")
    heading = ""
    try:
        for kind, text in steps(GUIDE.read_text()):
            if kind == "heading":
                heading = text
            elif kind == "sh":
                if heading:
                    print(f"\n{bold}{heading}{plain}")
                heading = ""
                walk.run(text)
            elif kind == "json":
                walk.compare(text)
    except NotTrueError as error:
        print(f"\n{GUIDE.relative_to(ROOT)} is not true: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
