"""Writes corpus/: an input or two for each thing that a target can meet, made from tests/vectors/ and from tokens signed here.

    /usr/bin/python3 tests/fuzz/seed.py

ES256 is signed with fresh randomness, so those tokens differ from run to run; everything else comes out the same.
"""

import base64
import hashlib
import json
import shutil
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, utils

HERE = Path(__file__).parent
VECTORS = HERE.parent / "vectors"
KEYS = {"ES256": "ec-p256-pkcs8.pem", "EdDSA": "ed25519-v1.pem", "RS256": "rsa-2048-pkcs8.pem"}
CLAIMS = (HERE / "claims.json").read_text().strip()


def url(value: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def number(value: int, length: int) -> str:
    """A number in so many bytes."""
    return url(value.to_bytes(length, "big"))


def load(algorithm: str):
    """The private key of an algorithm."""
    return serialization.load_pem_private_key((VECTORS / "pem" / KEYS[algorithm]).read_bytes(), None)


def jwk(algorithm: str) -> dict[str, str]:
    """The public key as it is published."""
    public = load(algorithm).public_key()
    if algorithm == "EdDSA":
        raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        members = {"crv": "Ed25519", "kty": "OKP", "x": url(raw)}
    elif algorithm == "ES256":
        point = public.public_numbers()
        members = {"crv": "P-256", "kty": "EC", "x": number(point.x, 32), "y": number(point.y, 32)}
    else:
        members = {"e": "AQAB", "kty": "RSA", "n": number(public.public_numbers().n, 256)}
    kid = url(hashlib.sha256(json.dumps(members, separators=(",", ":")).encode()).digest())
    return members | {"kid": kid, "alg": algorithm, "use": "sig"}


def sign(algorithm: str, message: bytes) -> bytes:
    """The signature of RFC 7518 or RFC 8037."""
    key = load(algorithm)
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(message)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        r, s = utils.decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return key.sign(message, padding.PKCS1v15(), hashes.SHA256())


def header(algorithm: str, **more: object) -> str:
    """The header of a genuine token, and more."""
    return json.dumps({"typ": "at+jwt", "alg": algorithm, "kid": jwk(algorithm)["kid"]} | more, separators=(",", ":"))


def token(algorithm: str, **more: object) -> str:
    """A token."""
    message = f"{url(header(algorithm, **more).encode())}.{url(CLAIMS.encode())}"
    return f"{message}.{url(sign(algorithm, message.encode()))}"


def claims(**more: object) -> str:
    """Other claims; None leaves one out."""
    changed = json.loads(CLAIMS) | more
    return json.dumps({name: value for name, value in changed.items() if value is not None}, separators=(",", ":"))


def jwt_inputs() -> dict[str, str]:
    """Tokens, and headers and payloads to be signed."""
    rfc = json.loads((VECTORS / "jose/rfc7515.json").read_text())
    inputs = {f"genuine-{name}": token(name) for name in KEYS}
    inputs |= {f"rfc7515-{name}": case["token"] for name, case in rfc.items() if "token" in case}
    inputs["rfc7515-A.7"] = rfc["A.7"]["json"]
    inputs["none"] = f"{url(header('EdDSA', alg='none').encode())}.{url(CLAIMS.encode())}."
    inputs["embedded-key"] = token("EdDSA", jwk=jwk("EdDSA"))
    plain = header("EdDSA")
    changes: dict[str, dict[str, object]] = {
        "plain": {},
        "audiences": {"aud": ["https://other.test", "https://example.test/wp-json/"]},
        "expired": {"exp": 1799999970},
        "edge": {"exp": 1799999971, "iat": 1800000030, "nbf": 1800000030},
        "early": {"nbf": 1800000031},
        "fraction": {"exp": 1800000000.5},
        "text": {"exp": "1800000600"},
        "issuers": {"iss": ["https://example.test"]},
        "no-subject": {"sub": None},
        "no-name": {"jti": None},
        "more": {"act": {"sub": "1"}, "scope": "read"},
    }
    inputs |= {f"signed-{name}": f"S{plain}\n{claims(**change)}" for name, change in changes.items()}
    inputs["signed-twice"] = f'S{plain}\n{CLAIMS[:-1]},"sub":"1"}}'
    inputs["signed-deep"] = f"S{plain}\n" + '{"a":' * 200 + "1" + "}" * 200
    inputs["signed-application"] = f"S{header('EdDSA', typ='application/AT+JWT')}\n{CLAIMS}"
    for name, value in {"crit": ["exp"], "b64": False, "jku": "https://evil.test", "zip": "DEF", "typ": "JWT", "kid": [1]}.items():
        inputs[f"signed-{name}"] = f"S{header('EdDSA', **{name: value})}\n{CLAIMS}"
    return inputs


def jwk_inputs() -> dict[str, str]:
    """Keys and sets."""
    text = lambda value: json.dumps(value, separators=(",", ":"))  # noqa: E731
    rfc7515, rfc7517, rfc7520 = (
        json.loads((VECTORS / f"jose/rfc{number}.json").read_text()) for number in (7515, 7517, 7520)
    )
    inputs = {f"key-{name}": text(jwk(name)) for name in KEYS}
    inputs["set"] = text({"keys": [jwk(name) for name in KEYS]})
    inputs["set-empty"] = text({"keys": []})
    inputs["set-twice"] = text({"keys": [jwk("EdDSA"), jwk("EdDSA")]})
    inputs["set-odd"] = text({"keys": [None, 1, [], {}, jwk("ES256") | {"use": "enc"}, jwk("EdDSA")], "more": 1})
    inputs |= {f"rfc7515-{name}": text(case["key"] | {"kid": name}) for name, case in rfc7515.items() if case.get("key")}
    inputs |= {f"rfc7517-{name}": text(case) for name, case in rfc7517.items()}
    inputs |= {f"rfc7520-{name}": text(key) for name, key in rfc7520["keys"].items()}
    inputs["operations"] = text(jwk("EdDSA") | {"key_ops": ["sign", "verify"]})
    inputs["nameless-algorithm"] = text({name: value for name, value in jwk("RS256").items() if name != "alg"})
    inputs["member-twice"] = text(jwk("EdDSA"))[:-1] + ',"kid":"again"}'
    inputs["exponent-3"] = text(jwk("RS256") | {"e": "Aw"})
    inputs["modulus-1024"] = text(jwk("RS256") | {"n": jwk("RS256")["n"][:171]})
    inputs["off-the-curve"] = text(jwk("ES256") | {"y": jwk("ES256")["x"]})
    return inputs


def pem_inputs() -> dict[str, str]:
    """Every key, and what is around keys."""
    # Those of 3072 and 4096 bits say nothing that the others do not, and a run with one takes ten times as long.
    keys = {file.stem: file.read_text() for file in (VECTORS / "pem").glob("*.pem")}
    inputs = {name: text for name, text in keys.items() if not name.startswith(("rsa-3072", "rsa-4096"))}
    inputs["two"] = inputs["ed25519-v1"] + inputs["ec-p256-pkcs8"]
    inputs["dos"] = inputs["ed25519-v1"].replace("\n", "\r\n")
    inputs["around"] = "Bag Attributes\n" + inputs["ed25519-v1"] + "that was it\n"
    inputs["empty"] = "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"
    return inputs


def envelope_inputs() -> dict[str, str]:
    """Data keys, envelopes, values and secrets."""
    known = json.loads((VECTORS / "envelope/known.json").read_text())
    current, previous, salts = (known[name] for name in ("current", "previous", "salts"))
    text = json.dumps
    inputs = {f"stored-{name}": f"O{stored}" for name, stored in known["stored"].items()}
    inputs |= {
        "stored-no-site": "O" + known["stored"]["by_current"].split(".", 1)[1],
        "stored-other-site": "O1" + known["stored"]["by_current"][1:],
        "sealed": f"U{known['sealed']}",
        "sealed-data-key": "U" + known["stored"]["by_current"].split(".", 1)[1],
        "sealed-short": "U" + known["sealed"][:40],
        "sealed-version": "Uac2" + known["sealed"][3:],
        "value": "Srecord\na value",
        "value-empty": "S\n",
        "value-large": "Sr\n" + "v" * 4000,
        "secrets": "J" + text({"current": current, "previous": previous, "salts": salts}),
        "secrets-current": "J" + text({"current": current, "previous": None, "salts": []}),
        "secrets-previous": "J" + text({"current": None, "previous": current}),
        "secrets-salts": "J" + text({"salts": salts}),
        "secrets-seven": "J" + text({"salts": salts[1:]}),
        "secrets-same": "J" + text({"salts": salts[:1] * 8}),
        "secrets-weak": "J" + text({"current": current[:40] + "AAA="}),
        "secrets-none": "J{}",
        "secrets-bad": 'J{"current":"?"}',
    }
    return inputs


def main() -> None:
    """Writes corpus/ anew."""
    corpus = HERE / "corpus"
    shutil.rmtree(corpus, ignore_errors=True)
    targets = {"envelope": envelope_inputs(), "jwk": jwk_inputs(), "jwt": jwt_inputs(), "pem": pem_inputs()}
    for target, inputs in targets.items():
        folder = corpus / target
        folder.mkdir(parents=True)
        for name, text in inputs.items():
            (folder / name).write_bytes(text.encode())


if __name__ == "__main__":
    main()
