"""(f) Signatures, next to those of OpenSSL and libsodium; signed tokens, and what a process pays once."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence

from support import LAB, Bench, Goals, Section, Table, margin, median, micro, say

KINDS = {
    "rsa-2048": "RS256, RSA-2048",
    "rsa-3072": "RS256, RSA-3072",
    "rsa-4096": "RS256, RSA-4096",
    "ec-p256": "ES256, P-256",
    "ed25519": "EdDSA, Ed25519",
}
SHOWN = {kind: KINDS[kind] for kind in ("rsa-2048", "ec-p256", "ed25519")}


def run(bench: Bench) -> Section:
    """Measures and describes."""
    turns = 51 if bench.scale.rounds >= 500 else 11
    processes = 25 if bench.scale.rounds >= 500 else 5
    say(f"(f) {turns} turns of signatures and signed tokens")
    took: dict[str, list[float]] = json.loads(bench.script("signing", turns, wordpress=False, timeout=900))
    goals = Goals()
    parts = [
        _signatures(took, goals),
        "The columns of OpenSSL (libsodium for Ed25519) are a signature and nothing else, called from PHP with a key object that is kept. "
        "Ours is `sign_jwt()` with the key in PEM, which it finds again, and `verify_jwt()` with a JWKS as text: JSON, base64url, every "
        "claim and every check included. A key that is parsed for each signature is OpenSSL's, and stands in for what `jsonwebtoken` does "
        "by itself, and most PHP libraries.",
        _requests(took, goals),
        "Everything between the request's bytes and the answer, with a host in PHP that answers from arrays. The bare signature is "
        "`sign_jwt()` without claims. A worker unseals and parses a key once, and finds it again by the digest of all that opened it.",
        _once(bench, processes, goals),
    ]
    return Section("(f) Signed tokens", "\n\n".join(parts), goals)


def _signatures(took: dict[str, list[float]], goals: Goals) -> str:
    table = Table(("CPU of one", "App Connect", "OpenSSL, libsodium", "ratio", "key parsed each time"))
    for verb, what in (("sign", "signing"), ("verify", "verifying")):
        for kind, name in KINDS.items():
            ours, theirs = took[f"{verb} {kind}"], took[f"php {verb} {kind}"]
            parsed = took.get(f"parsed {verb} {kind}")
            table.add(f"{what}, {name}", _micro(ours), _micro(theirs), f"{median(ours) / median(theirs):.2f} ×", _micro(parsed) if parsed else "")
            if kind.startswith("rsa"):
                goal = "a token signed" if verb == "sign" else "a token verified"
                _paired(goals, f"{goal}, {name}, next to OpenSSL's signature alone", 1.05 if verb == "sign" else 1.0, ours, theirs)
    return str(table)


def _requests(took: dict[str, list[float]], goals: Goals) -> str:
    table = Table(("CPU of one", "opaque", *SHOWN.values()))
    table.add("its bare signature", "", *(_micro(took[f"bare {kind}"]) for kind in SHOWN))
    table.add("a token request", *(_micro(took[f"token {kind}"]) for kind in ("opaque", *SHOWN)))
    table.add("a bearer check", *(_micro(took[f"bearer {kind}"]) for kind in ("opaque", *SHOWN)))
    table.add("`/jwks`, two keys", "", _micro(took["jwks"]), "", "")
    _paired(goals, "a signed token's whole request, RSA-2048, next to its bare signature", 1.15, took["token rsa-2048"], took["bare rsa-2048"])
    return str(table)


def _once(bench: Bench, processes: int, goals: Goals) -> str:
    """What comes first in a process, each in one of its own, by turns; and keys."""
    say(f"(f) The first signature of {processes} processes, and keys")
    folder = LAB / "keys"
    folder.mkdir(exist_ok=True)
    samples: dict[tuple[str, str, str], list[float]] = {}
    for kind in SHOWN:
        options = {"rsa-2048": ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"], "ec-p256": ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"], "ed25519": ["ED25519"]}
        subprocess.run(["openssl", "genpkey", "-quiet", "-algorithm", *options[kind], "-out", folder / f"{kind}.pem"], check=True)
        bench.script("first_signature", "store", kind, folder / f"{kind}.store", wordpress=False)
    for _ in range(processes):
        for kind in SHOWN:
            for what in ("first", "opened", "token"):
                if (what, kind) == ("opened", "ed25519"):  # PHP's OpenSSL signs with no such key.
                    continue
                value = folder / f"{kind}.{'store' if what == 'token' else 'pem'}"
                for which, took in json.loads(bench.script("first_signature", what, kind, value, wordpress=False)).items():
                    samples.setdefault((what, kind, which), []).append(took)
    table = Table(("CPU in a process of its own", *SHOWN.values()))
    names = {"first": "`sign_jwt()`", "opened": "OpenSSL, its key parsed once", "token": "a signed token, out of a sealed key"}
    for what, name in names.items():
        for which in ("first", "second"):
            table.add(f"{name}: the {which}", *(micro(median(samples.get((what, kind, which), [])) * 1000) for kind in SHOWN))
    slowest = max(median(samples[(what, kind, "first")]) for what in ("first", "token") for kind in SHOWN)
    goals.at_most("the first signature of a process, the slowest kind", 10, slowest, "ms", 1)
    return f"{table}\n\n{_keys(bench, goals)}"


def _keys(bench: Bench, goals: Goals) -> str:
    table = Table(("CPU of making a key, and storing it sealed", "keys", "median", "longest"))
    for kind, name in KINDS.items():
        few = 100 if not kind.startswith("rsa") else 60 if kind == "rsa-2048" else 30
        count = few if bench.scale.rounds >= 500 else max(3, few // 10)
        took: list[float] = json.loads(bench.script("first_signature", "keys", kind, count, wordpress=False, timeout=900))
        table.add(name, str(count), f"{median(took):,.1f} ms", f"{max(took):,.1f} ms")
        if kind.startswith("rsa"):
            goals.at_most(f"making a key, {name}, median", 2000, median(took), "ms")
    return str(table)


def _paired(goals: Goals, name: str, limit: float, ours: Sequence[float], theirs: Sequence[float]) -> None:
    """A goal for the median of what one turn measured of the one next to the other: a busy machine slows both."""
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    goals.measured_ratio(name, limit, median(ratios), margin(ratios))


def _micro(values: Sequence[float]) -> str:
    """Microseconds out of nanoseconds: a place more where they are few."""
    value = median(values) / 1000
    return f"{value:,.1f} µs" if value < 100 else f"{value:,.0f} µs"
