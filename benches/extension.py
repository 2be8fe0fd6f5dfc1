"""(a) The extension alone, next to what PHP does itself."""

from __future__ import annotations

import json

from support import Bench, Section, Table


def run(bench: Bench) -> Section:
    """Measures and describes."""
    took: dict[str, float] = json.loads(bench.script("extension", bench.scale.loops * 5, wordpress=False, timeout=300))
    table = Table(("CPU of one", "App Connect", "PHP itself", "ratio"))

    def row(what: str, ours: str, php: str | None = None) -> None:
        if php is None:
            table.add(what, _nano(took[ours]), "", "")
        else:
            table.add(what, _nano(took[ours]), _nano(took[php]), f"{took[ours] / max(took[php], 0.1):.1f} ×")

    row("a static call that does nothing; PHP: a built-in function", "call", "php call")
    row("a method call; PHP: a method in PHP", "method", "php method")
    row("a token's digest: `digest_token()`; PHP: `hash()`, base64url", "digest", "php digest")
    row("32 random letters and digits, as in a token; PHP: `random_bytes()`, base64url", "mint", "php mint")
    row("comparing two digests: a static call at least; PHP: `hash_equals()`", "call", "hash_equals")
    row("`Principal::judge()`: a route", "judge")
    row("`Principal::permits()`: a capability", "permits")
    row("`new Server()`", "server")
    row("a whole bearer check, its rows in memory", "bearer")
    row("a whole token request, its rows in memory", "token")
    return Section(
        "(a) The extension alone",
        f"{table}\n\nOn the command line, opcache on, no JIT. A whole check or request is everything between the request's bytes and the "
        "answer, with a host in PHP that answers from arrays.",
    )


def _nano(value: float) -> str:
    return f"{value:,.0f} ns" if value < 10_000 else f"{value / 1000:,.1f} µs"
