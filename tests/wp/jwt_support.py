"""What the tests of signed tokens share: clients that get them, a verifier that shares no code with us, and the keys.

The verifier knows RS256 alone and is a dozen lines: a signature is a number to a power (RFC 8017 §8.2.2).
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from conftest import Answer, get_token, make_user, register_client, route, send
from consent_support import new_app
from keys_support import claims_of, forget_keys, header_of, kids, manage, unbase64
from lab import Site

POSTS = "/wp/v2/posts"
ME = "/wp/v2/users/me"
SERVICE_ROUTES = [f"GET /wp-json{POSTS}", f"POST /wp-json{POSTS}", f"GET /wp-json{ME}"]
Token = dict[str, Any]


# Tokens


def encoded(value: Any) -> str:
    """Base64url without padding; what is no bytes is written as JSON."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def is_jwt(token: str) -> bool:
    """Whether it is one, and no opaque token."""
    return token.count(".") == 2 and not token.startswith("oauth_ac_")


def bits(token: str, part: int, step: int = 1) -> Iterator[str]:
    """The token with one bit of one part changed, for every bit of each `step`-th of its bytes."""
    parts = token.split(".")
    data = unbase64(parts[part])
    for place in range(0, len(data), step):
        for bit in range(8):
            changed = bytearray(data)
            changed[place] ^= 1 << bit
            yield ".".join([*parts[:part], encoded(bytes(changed)), *parts[part + 1 :]])


# Who gets them


def service(site: Site, **draft: Any) -> dict[str, Any]:
    """A client on its own that gets JWTs."""
    made = register_client(site, **{"access_token_format": "jwt", "routes": SERVICE_ROUTES} | draft)
    assert "wp_error" not in made, made
    return made


def signed(site: Site, client: Mapping[str, Any], **parameters: str) -> str:
    """A JWT of a client on its own."""
    token = get_token(site, client, **parameters)
    assert is_jwt(token), token
    return token


def app_of_people(site: Site, **draft: Any) -> dict[str, Any]:
    """An app that people sign in with, and stay; its access tokens are JWTs."""
    return new_app(
        site,
        **{
            "access_token_format": "jwt", "type": "confidential", "grant_types": ["authorization_code", "refresh_token"],
            "capabilities": ["read", "edit_posts"], "routes": [f"GET /wp-json{ME}"],
        } | draft,
    )


def introspect(site: Site, client: Mapping[str, Any], token: str) -> Token:
    """What a client is told of a token (RFC 7662)."""
    path = route(site, "/app-connect/v1/introspect")
    return dict(send(site, "POST", path, form={"token": token}, auth=(client["client_id"], client["secret"])).json())


def use(site: Site, token: str, path: str = POSTS, **options: Any) -> Answer:
    """A request with a token."""
    return send(site, "GET", route(site, path), bearer=token, **options)


# Keys


def keys(site: Site, action: str = "list", **arguments: Any) -> list[Token]:
    """Does something to the keys as an administrator does, which must succeed; how they stand then."""
    status, body = manage(site, action, **arguments)
    assert status == 200, body
    return list(body["keys"])


def active(site: Site) -> str:
    """The name of the key that signs."""
    [kid] = kids(site, "active")
    return kid


@pytest.fixture
def keyless(patient: Site) -> Iterator[Site]:
    """A site without keys, put right again afterwards."""
    forget_keys(patient)
    yield patient
    forget_keys(patient)


# A verifier that shares no code with us


class RefusedError(Exception):
    """A token is no good."""


DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
"""What comes before a SHA-256 in what RSASSA-PKCS1-v1_5 signs (RFC 8017 §9.2)."""


def verify(
    token: str, known: Mapping[str, Token], site: Site, now: float | None = None, *, typ: str = "at+jwt", audience: str | None = None
) -> Token:
    """The claims of a token of the site, by keys that the verifier has: an access token (RFC 9068 §4), unless told otherwise. RS256 alone."""
    message, _, signature = token.rpartition(".")
    header = header_of(token)
    if header.get("typ") != typ or header.get("alg") != "RS256":
        raise RefusedError(f"header {header}")
    key = known.get(header["kid"])
    if key is None:
        raise RefusedError(f"no key {header['kid']}")
    modulus, exponent = (int.from_bytes(unbase64(key[name]), "big") for name in ("n", "e"))
    size = (modulus.bit_length() + 7) // 8
    block = pow(int.from_bytes(unbase64(signature), "big"), exponent, modulus).to_bytes(size, "big")
    digest = DIGEST_INFO + hashlib.sha256(message.encode()).digest()
    if block != b"\x00\x01" + b"\xff" * (size - len(digest) - 3) + b"\x00" + digest:
        raise RefusedError("the signature is wrong")
    claims = claims_of(token)
    if claims["iss"] != site.issuer or claims["aud"] != (audience or site.rest_root):
        raise RefusedError(f"issuer or audience {claims}")
    if claims["exp"] <= (time.time() if now is None else now):
        raise RefusedError("it expired")
    return claims


def new_editor(site: Site) -> int:
    """Somebody."""
    return make_user(site, "editor")
