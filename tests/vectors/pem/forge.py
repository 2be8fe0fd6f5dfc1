"""Writes keys that no tool makes: the second version of PKCS#8, and keys whose halves do not belong together."""

import base64
import math
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

HERE = Path(__file__).parent


def der(tag: int, *parts: bytes) -> bytes:
    """One value in DER."""
    content = b"".join(parts)
    if len(content) < 128:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def integer(value: int) -> bytes:
    """INTEGER."""
    return der(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def pem(name: str, label: str, content: bytes) -> None:
    """Writes one file."""
    body = base64.encodebytes(content).decode().replace("\n", "")
    lines = [body[start : start + 64] for start in range(0, len(body), 64)]
    text = "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])
    (HERE / name).write_text(text)


def load(name: str):
    """A key that is there already."""
    return serialization.load_pem_private_key((HERE / name).read_bytes(), None)


def pkcs1(n: int, e: int, d: int, p: int, q: int) -> bytes:
    """RSAPrivateKey (RFC 8017 A.1.2)."""
    return der(0x30, *map(integer, (0, n, e, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p))))


def ed25519_v2(private: bytes, public: bytes) -> bytes:
    """OneAsymmetricKey with its public key (RFC 8410 §7)."""
    identifier = der(0x30, bytes.fromhex("06032b6570"))
    return der(0x30, integer(1), identifier, der(0x04, der(0x04, private)), der(0x81, b"\0" + public))


def sec1(private: bytes, public: bytes) -> bytes:
    """ECPrivateKey on P-256 (RFC 5915 §3)."""
    curve = der(0xA0, bytes.fromhex("06082a8648ce3d030107"))
    return der(0x30, integer(1), der(0x04, private), curve, der(0xA1, der(0x03, b"\0" + public)))


def raw(key: ed25519.Ed25519PrivateKey | ed25519.Ed25519PublicKey) -> bytes:
    """The 32 bytes of a key."""
    form = serialization.Encoding.Raw
    if isinstance(key, ed25519.Ed25519PublicKey):
        return key.public_bytes(form, serialization.PublicFormat.Raw)
    return key.private_bytes(form, serialization.PrivateFormat.Raw, serialization.NoEncryption())


def main() -> None:
    """Writes them all."""
    own, other = load("ed25519-v1.pem"), ed25519.Ed25519PrivateKey.generate()
    pem("ed25519-v2.pem", "PRIVATE KEY", ed25519_v2(raw(own), raw(own.public_key())))
    pem("ed25519-v2-other-public.pem", "PRIVATE KEY", ed25519_v2(raw(own), raw(other.public_key())))

    own = load("ec-p256-pkcs8.pem")
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = other.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    pem("ec-p256-other-public.pem", "EC PRIVATE KEY", sec1(own.private_numbers().private_value.to_bytes(32, "big"), point))

    numbers = load("rsa-2048-pkcs8.pem").private_numbers()
    n, e, p, q = numbers.public_numbers.n, numbers.public_numbers.e, numbers.p, numbers.q
    pem("rsa-2048-e1.pem", "RSA PRIVATE KEY", pkcs1(n, 1, 1, p, q))
    pem("rsa-2048-even.pem", "RSA PRIVATE KEY", pkcs1(n, 65538, numbers.d, p, q))
    pem("rsa-2048-other-private.pem", "RSA PRIVATE KEY", pkcs1(n, e, numbers.d ^ 2, p, q))
    while True:
        primes = rsa.generate_private_key(65537, 2048).private_numbers()
        d = (primes.p - 1) * (primes.q - 1) // math.gcd(primes.p - 1, primes.q - 1)
        if math.gcd(257, d) == 1:
            break
    pem("rsa-2048-e257.pem", "RSA PRIVATE KEY", pkcs1(primes.public_numbers.n, 257, pow(257, -1, d), primes.p, primes.q))


if __name__ == "__main__":
    main()
