"""Seals by the rules that src/secret/vault.rs states, without a line of it, and writes known.json.

HKDF (RFC 5869) is written out with Python's hmac; AES-256-GCM is that of the `cryptography` package. Nothing here is random:
the same file comes out each time. If a test says that this file is not what the vault makes, the format has changed, and
values that sites have stored cannot be opened any more.
"""

import base64
import hashlib
import hmac
import json
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SITE = "0123456789ABCDEFGHIJab"
CURRENT = bytes(range(32))
PREVIOUS = b"a former secret, of thirty-eight bytes"
SALTS = [f"salt {number} of wp-config.php, long enough".encode() for number in range(8)]
DATA_KEY = bytes(range(100, 132))
RECORD = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
VALUE = b"a private key, for all that the vault knows"


def url(value: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def hkdf(material: bytes, info: str, length: int) -> bytes:
    """RFC 5869 §2.2 and §2.3 for one block, with the site as salt."""
    extracted = hmac.new(SITE.encode(), material, hashlib.sha256).digest()
    return hmac.new(extracted, info.encode() + b"\x01", hashlib.sha256).digest()[:length]


def seal(material: bytes, name: str, place: str, value: bytes, nonce: bytes) -> str:
    """An envelope."""
    key_id = hkdf(material, f"app-connect/1/{name}/id", 4)
    key = hkdf(material, f"app-connect/1/{name}", 32)
    sealed = AESGCM(key).encrypt(nonce, value, f"app-connect/1|{SITE}|{place}".encode())
    return f"ac1.{url(key_id)}.{url(nonce + sealed)}"


def wrap(material: bytes, nonce: bytes, data_key: bytes = DATA_KEY) -> str:
    """The data key as it is stored."""
    return f"{SITE}.{seal(material, 'kek', 'kek', data_key, nonce)}"


def text(value: bytes) -> str:
    """base64, as the plugin hands secrets over."""
    return base64.b64encode(value).decode()


def main() -> None:
    """Writes known.json."""
    joined = b"".join(len(salt).to_bytes(8, "big") + salt for salt in SALTS)
    known = {
        "site": SITE,
        "current": text(CURRENT),
        "previous": text(PREVIOUS),
        "salts": [text(salt) for salt in SALTS],
        "data_key": text(DATA_KEY),
        "nonces": {"stored": text(bytes(range(12))), "sealed": text(bytes(range(200, 212)))},
        "stored": {
            "by_current": wrap(CURRENT, bytes(range(12))),
            "by_previous": wrap(PREVIOUS, bytes(range(12, 24))),
            "by_salts": wrap(joined, bytes(range(24, 36))),
        },
        "short": wrap(CURRENT, bytes(range(36, 48)), DATA_KEY[:31]),
        "record": RECORD,
        "value": text(VALUE),
        "sealed": seal(DATA_KEY, "signing-keys", f"signing-keys|{RECORD}", VALUE, bytes(range(200, 212))),
    }
    Path(__file__).with_name("known.json").write_text(json.dumps(known, indent=2) + "\n")


if __name__ == "__main__":
    main()
