"""Codes in number: copies of one that a person approved, each a code of its own, and what the database holds of them."""

from __future__ import annotations

import secrets
import string
import zlib
from base64 import urlsafe_b64encode
from dataclasses import replace
from hashlib import sha256
from typing import Any

from consent_support import Code
from conftest import count
from lab import Site

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase


def digest_of(token: str) -> str:
    """What the database holds of a token or a code."""
    return urlsafe_b64encode(sha256(token.encode()).digest()).decode().rstrip("=")


def new_code() -> str:
    """A well-formed code that nobody issued."""
    text = "oauth_ac_c" + "".join(secrets.choice(ALPHABET) for _ in range(43))
    rest, digits = zlib.crc32(text.encode()), ""
    for _ in range(6):
        rest, digit = divmod(rest, 62)
        digits = ALPHABET[digit] + digits
    return text + digits


def copies(site: Site, code: Code, number: int) -> list[Code]:
    """Codes that were approved like this one, all with its verifier."""
    made = [replace(code, code=new_code()) for _ in range(number)]
    for start in range(0, number, 500):
        some = " UNION ALL ".join(f"SELECT '{digest_of(each.code)}' AS d" for each in made[start:start + 500])
        site.sql(
            "INSERT INTO wp_app_connect_codes (digest, kind, client_pk, subject_pk, policy_id, payload, expires_at) "
            "SELECT n.d, c.kind, c.client_pk, c.subject_pk, c.policy_id, c.payload, c.expires_at + 600 "
            f"FROM wp_app_connect_codes c JOIN ({some}) n WHERE c.digest = '{digest_of(code.code)}'"
        )
    return made


def row_of(site: Site, code: Code) -> dict[str, Any] | None:
    """The row of a code."""
    rows = site.sql(f"SELECT * FROM wp_app_connect_codes WHERE digest = '{digest_of(code.code)}'")
    return rows[0] if rows else None


def change(site: Site, code: Code, assignment: str) -> None:
    """Changes the row of a code, as time does."""
    site.sql(f"UPDATE wp_app_connect_codes SET {assignment} WHERE digest = '{digest_of(code.code)}'")


def is_spent(site: Site, code: Code) -> bool:
    """Whether a code was spent."""
    row = row_of(site, code)
    assert row is not None
    return row["consumed_at"] is not None


def bought(site: Site, app: dict[str, Any]) -> tuple[int, int]:
    """The grants that an app's codes bought, and the tokens that belong to one."""
    grants = f"SELECT id FROM wp_app_connect_grants WHERE client_pk = {app['id']} AND method = 'authorization_code'"
    return count(site, "grants", f"id IN ({grants})"), count(site, "tokens", f"grant_id IN ({grants})")
