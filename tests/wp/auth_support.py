"""What the tests of bearer, gate and capabilities share: their own sites, neighbours, cookies, clients.

The sites are apart from those of the other tests, because must-use plugins stay on them. Every file of `fixtures/` is a
*neighbour*: a plugin that does nothing until a request names it in `X-Neighbour: name,name`.
"""

from __future__ import annotations

import json
import urllib.parse
from pathlib import Path
from typing import Any

from conftest import Answer, get_token, log_in, make, make_user, nonce, register_client, route, send
from lab import Site

FIXTURES = Path(__file__).parent / "fixtures"

VERSIONS = {"auth71": "7.1", "auth68": "6.8"}

EVERYTHING = [f"{method} /*" for method in ("GET", "POST", "PUT", "PATCH", "DELETE")]
"""An allowlist that leaves every decision to the other guards."""


def auth_site(name: str, **more: Any) -> Site:
    """A site with every neighbour."""
    site = make(name, **({"wp": VERSIONS[name]} if name in VERSIONS else {}) | more)
    for path in sorted(FIXTURES.glob("*.php")):
        site.fixture(f"neighbour-{path.stem}", path.read_text())
    return site


# Who asks

_tokens: dict[tuple[str, str], str] = {}
_people: dict[tuple[str, str], int] = {}


def person(site: Site, role: str, who: str = "") -> int:
    """A user of a role, made once per site and session; `who` tells apart several of one role."""
    key = (site.name, f"{role} {who}")
    if key not in _people:
        _people[key] = make_user(site, role)
    return _people[key]


def cookies(site: Site, user_id: int, *, with_nonce: bool = True) -> dict[str, str]:
    """Headers of a browser in which a user is logged in."""
    return {"Cookie": log_in(site, user_id)} | ({"X-WP-Nonce": nonce(site, user_id)} if with_nonce else {})


def new_client(site: Site, user_id: int, **draft: Any) -> dict[str, Any]:
    """A client that acts as a user; all routes unless told otherwise."""
    made = register_client(site, **({"service_user_id": user_id, "routes": EVERYTHING} | draft))
    assert "wp_error" not in made, made
    return made


def token(site: Site, user_id: int, **draft: Any) -> str:
    """A live token of a user, made once per site, user and kind of client. Do not revoke it."""
    key = (site.name, json.dumps([user_id, draft], sort_keys=True))
    if key not in _tokens:
        _tokens[key] = get_token(site, new_client(site, user_id, **draft))
    return _tokens[key]


def full(site: Site, user_id: int, **draft: Any) -> str:
    """A token of a full client."""
    return token(site, user_id, mode="full", capabilities=[], takeover=[], **draft)


def restricted(site: Site, user_id: int, *capabilities: str, **draft: Any) -> str:
    """A token of a restricted client with these capabilities."""
    return token(site, user_id, mode="restricted", capabilities=list(capabilities), **draft)


# What they ask


def rest(site: Site, method: str, rest_route: str, bearer: str | None = None, *, neighbour: str = "", **options: Any) -> Answer:
    """A request to a REST route, its query as part of the route. `json=` sends JSON."""
    headers = dict(options.pop("headers", {}))
    if neighbour:
        headers["X-Neighbour"] = neighbour
    if "json" in options:
        options["body"] = json.dumps(options.pop("json"))
        headers["Content-Type"] = "application/json"
    path, question, query = rest_route.partition("?")
    address = route(site, path) + (("&" if site.permalinks == "" else "?") + query if question else "")
    return send(site, method, address, bearer=bearer, headers=headers, **options)


def who(answer: Answer) -> int:
    """The user that `/wp/v2/users/me` answered for; 0 for nobody."""
    if answer.status == 200:
        return int(answer.json()["id"])
    assert answer.status == 401, answer.text
    assert answer.json()["code"] == "rest_not_logged_in", answer.text
    return 0


def assert_invalid_token(answer: Answer, status: int = 401) -> None:
    """A refusal of a bad token of ours, with what RFC 6750 §3 and T10 want."""
    assert answer.status == status, answer.text
    challenge = answer.header("WWW-Authenticate") or ""
    assert challenge.startswith("Bearer "), challenge
    assert ('error="invalid_token"' if status == 401 else 'error="invalid_request"') in challenge
    assert_uncached(answer)


def assert_forbidden(answer: Answer) -> None:
    """The gate's denial, in WordPress' words."""
    assert answer.status == 403, answer.text
    body = answer.json()
    assert body["code"] == "insufficient_scope", body
    assert body["message"].startswith("Forbidden Request: "), body
    assert body["data"] == {"status": 403}, body
    assert 'error="insufficient_scope"' in (answer.header("WWW-Authenticate") or "")
    assert_uncached(answer)


def assert_uncached(answer: Answer) -> None:
    """T10."""
    assert answer.header("Cache-Control") == "no-store, private", answer.headers
    assert "Authorization" in (answer.header("Vary") or ""), answer.headers


def quoted(text: str) -> str:
    """Percent-encoded, slashes too."""
    return urllib.parse.quote(text, safe="")
