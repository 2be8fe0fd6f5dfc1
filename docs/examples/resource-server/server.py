"""The same resource server in Python, with PyJWT.

    SITE=https://example.org python3 server.py

AUDIENCE, PORT and KEEP_KEYS are those of server.mjs.
"""

from __future__ import annotations

import json
import os
import re
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt

SITE = os.environ.get("SITE", "http://127.0.0.1:8080").rstrip("/")
AUDIENCE = os.environ.get("AUDIENCE", f"{SITE}/wp-json/")
KEEP_KEYS = float(os.environ.get("KEEP_KEYS", "600"))

ALGORITHMS = ["RS256", "ES256", "EdDSA"]
CLAIMS = ["iss", "sub", "aud", "exp", "iat", "jti", "client_id"]
LEEWAY = 30
SCOPES = {"/notes": "content:read"}


class Tokens:
    """Verifies access tokens (RFC 9068 §4). Raises jwt.InvalidTokenError, or OSError where the site cannot be asked."""

    _keys: jwt.PyJWKClient | None = None

    def claims(self, token: str) -> dict[str, Any]:
        """What a good token says."""
        header = jwt.get_unverified_header(token)
        if header.get("typ") != "at+jwt" or header.get("alg") not in ALGORITHMS or not isinstance(header.get("kid"), str):
            raise jwt.InvalidTokenError("this is no access token")
        return jwt.decode(
            token, self._key(header["kid"]), ALGORITHMS, issuer=SITE, audience=AUDIENCE, leeway=LEEWAY, options={"require": CLAIMS}
        )

    def _key(self, kid: str) -> jwt.PyJWK:
        """PyJWT keeps the keys, and asks the site again for one that it does not know."""
        try:
            self._keys = self._keys or jwt.PyJWKClient(metadata()["jwks_uri"], lifespan=KEEP_KEYS, timeout=5)
            return self._keys.get_signing_key(kid)
        except (jwt.PyJWKClientConnectionError, jwt.PyJWKSetError) as error:
            raise OSError(f"the keys of {SITE} cannot be had: {error}") from error
        except jwt.PyJWKClientError as error:
            raise jwt.InvalidTokenError(str(error)) from error


def metadata() -> dict[str, Any]:
    """RFC 8414 §3: at the root of the host; a WordPress in a directory may only be able to answer below itself."""
    name, parts = ".well-known/oauth-authorization-server", urllib.parse.urlsplit(SITE)
    for address in (f"{parts.scheme}://{parts.netloc}/{name}{parts.path}", f"{SITE}/{name}"):
        try:
            with urllib.request.urlopen(address, timeout=5) as response:
                found = json.load(response)
        except (urllib.error.HTTPError, ValueError):
            continue
        if isinstance(found, dict) and found.get("issuer") == SITE:  # §3.3: metadata of another issuer is none.
            return found
    raise OSError(f"{SITE} has no metadata")


TOKENS = Tokens()


class Handler(BaseHTTPRequestHandler):
    """One request."""

    def do_GET(self) -> None:
        """Answers it."""
        scope = SCOPES.get(self.path.partition("?")[0])
        sent = self.headers.get_all("Authorization") or []
        token = re.fullmatch(r"(?i:Bearer) +([A-Za-z0-9._~+/-]+=*)", sent[0]) if sent else None
        if scope is None:
            return self.answer(404, {"error": "not_found"})
        if not sent or not re.match(r"(?i:Bearer)( |$)", sent[0]):
            return self.refuse(401)
        if token is None or len(sent) > 1:
            return self.refuse(400, "invalid_request", "the Authorization header is malformed")
        try:
            claims = TOKENS.claims(token[1])
        except jwt.InvalidTokenError:  # What exactly is wrong helps nobody but forgers.
            return self.refuse(401, "invalid_token", "the access token is invalid or has expired")
        except OSError as error:  # Not 401: the token may be good, and the app should keep it.
            self.log_error("%s", error)
            return self.answer(503, {"error": "temporarily_unavailable"}, {"Retry-After": "30"})
        if scope not in str(claims.get("scope", "")).split(" "):
            return self.refuse(403, "insufficient_scope", "the access token lacks a scope", f', scope="{scope}"')
        told = {name: claims.get(name) for name in ("sub", "client_id", "scope")}
        return self.answer(200, {"notes": ["Bread", "Milk"]} | told)

    def refuse(self, status: int, error: str = "", description: str = "", more: str = "") -> None:
        """RFC 6750 §3. Without a token there is no error to name."""
        named = f', error="{error}", error_description="{description}"{more}' if error else ""
        body = {"error": error, "error_description": description} if error else {}
        self.answer(status, body, {"WWW-Authenticate": f'Bearer realm="Notes"{named}'})

    def answer(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        """Sends JSON."""
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Cache-Control": "no-store", "Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


if __name__ == "__main__":
    with ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8090"))), Handler) as server:
        print(f"Listening on http://127.0.0.1:{server.server_address[1]}", flush=True)
        server.serve_forever()
