"""Looks for an RSA key whose modulus can lend its first byte to the exponent, and writes moved.json: another key whose exponent
and modulus are the same bytes one after the other, and what the first one signed."""

import base64
import json
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa


def url(value: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def main() -> None:
    """Writes moved.json."""
    while True:
        key = rsa.generate_private_key(65537, 2056)
        n = key.public_key().public_numbers().n.to_bytes(257, "big")
        # The longer exponent must be odd, and the shorter modulus full.
        if n[0] & 1 and n[1] & 0x80:
            break
    header = b'{"alg":"RS256"}'
    message = f"{url(header)}.{url(b'payload')}"
    signature = key.sign(message.encode(), padding.PKCS1v15(), hashes.SHA256())
    moved = {
        "token": f"{message}.{url(signature)}",
        "key": {"kty": "RSA", "e": "AQAB", "n": url(n)},
        "moved": {"kty": "RSA", "e": url(b"\1\0\1" + n[:1]), "n": url(n[1:])},
    }
    Path(__file__).with_name("moved.json").write_text(json.dumps(moved, indent=2) + "\n")


if __name__ == "__main__":
    main()
