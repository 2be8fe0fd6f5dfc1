"""What PyJWT and joserfc make of access tokens, with keys found through the site's metadata (RFC 8414).

Reads {library, issuer, audience, tokens} and prints a list of {header, claims}, or {error} for what the library refuses.
"""

import json
import sys
import urllib.parse
import urllib.request
import warnings
from collections.abc import Callable
from typing import Any

import jwt as pyjwt
from joserfc import jwt as joserfc
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

warnings.filterwarnings("ignore", message="EdDSA is deprecated")  # RFC 9864 has another name for it; JWKS of today have this.

ALGORITHMS = ["RS256", "ES256", "EdDSA"]
CLAIMS = ["iss", "sub", "aud", "exp", "iat", "jti", "client_id"]


def fetch(address: str) -> Any:
    """JSON from the site."""
    with urllib.request.urlopen(address, timeout=10) as response:
        return json.load(response)


def jwks_uri(issuer: str) -> str:
    """Where the site says that its keys are."""
    parts = urllib.parse.urlsplit(issuer)
    found = fetch(f"{parts.scheme}://{parts.netloc}/.well-known/oauth-authorization-server{parts.path}")
    assert found["issuer"] == issuer, found
    return str(found["jwks_uri"])


def with_pyjwt(issuer: str, audience: str) -> Callable[[str], dict[str, Any]]:
    """PyJWT."""
    keys = pyjwt.PyJWKClient(jwks_uri(issuer))

    def verify(token: str) -> dict[str, Any]:
        try:
            key = keys.get_signing_key_from_jwt(token)
            told = pyjwt.decode_complete(token, key, ALGORITHMS, issuer=issuer, audience=audience, options={"require": CLAIMS})
        except pyjwt.PyJWTError as error:
            return {"error": repr(error)}
        return {"header": told["header"], "claims": told["payload"]}

    return verify


def with_joserfc(issuer: str, audience: str) -> Callable[[str], dict[str, Any]]:
    """joserfc."""
    keys = KeySet.import_key_set(fetch(jwks_uri(issuer)))
    registry = joserfc.JWTClaimsRegistry(
        iss={"essential": True, "value": issuer}, aud={"essential": True, "value": audience},
        **{name: {"essential": True} for name in CLAIMS if name not in ("iss", "aud")},
    )

    def verify(token: str) -> dict[str, Any]:
        try:
            told = joserfc.decode(token, keys, algorithms=ALGORITHMS)
            registry.validate(told.claims)
        except (JoseError, ValueError) as error:
            return {"error": repr(error)}
        return {"header": told.header, "claims": told.claims}

    return verify


def main() -> None:
    """Reads, verifies, prints."""
    asked = json.load(sys.stdin)
    verify = {"pyjwt": with_pyjwt, "joserfc": with_joserfc}[asked["library"]](asked["issuer"], asked["audience"])
    print(json.dumps([verify(token) for token in asked["tokens"]]))


if __name__ == "__main__":
    main()
