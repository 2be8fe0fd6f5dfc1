"""What the tests of signing keys share: sites of their own, clients with signed tokens, keys of our own, and work at once."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from conftest import Answer, make, register_client, reset, route, send
from lab import Site

Client = dict[str, Any]
Key = dict[str, Any]

WORKERS = 8

TYPES = {"rsa-2048": "RS256", "rsa-3072": "RS256", "rsa-4096": "RS256", "ec-p256": "ES256", "ed25519": "EdDSA"}
"""The types of keys, and what each signs with."""

PUBLIC_MEMBERS = {"RS256": {"kty", "n", "e"}, "ES256": {"kty", "crv", "x", "y"}, "EdDSA": {"kty", "crv", "x"}}
"""What a public key consists of (RFC 7518 §6, RFC 8037 §2)."""

PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
"""What no public key has."""


def keys_site(name: str = "keys71", **more: Any) -> Site:
    """A site with enough workers for all of a race, without keys, and with its own secret."""
    site = make(name, **({"wp": "6.8" if name.endswith("68") else "7.1", "workers": WORKERS} | more))
    forget_keys(site)
    return site


def forget_keys(site: Site) -> None:
    """Makes a site one that has never signed anything."""
    reset(site)
    site.sql("DELETE FROM wp_app_connect_keys; DELETE FROM wp_options WHERE option_name = 'app_connect_dek'")


@contextmanager
def constants(site: Site, **values: Any) -> Iterator[Callable[..., None]]:
    """Constants of wp-config.php, None for one that is not there, until it ends. `change(NAME=value)` changes more of them."""
    before = dict(site.constants)

    def change(**more: Any) -> None:
        site.set_constants(more)

    change(**values)
    try:
        yield change
    finally:
        site.constants = before
        site.set_constants({})


def signing_client(site: Site, **draft: Any) -> Client:
    """A client whose access tokens are signed."""
    made = register_client(site, **({"access_token_format": "jwt"} | draft))
    assert "wp_error" not in made, made
    return made


def manage(site: Site, action: str, user: int = 1, **args: Any) -> tuple[int, dict[str, Any]]:
    """What screens and cron ask: the status, and the body."""
    code = "return AppConnect\\WP\\Signing_Keys::run( $args[0], json_decode( $args[1], true ) );"
    done = site.wp_eval(code, action, json.dumps(args), user=user)
    return int(done["status"]), dict(done["body"] or {})


def listed(site: Site) -> dict[str, Any]:
    """How the keys stand."""
    status, body = manage(site, "list")
    assert status == 200, body
    return body


def kids(site: Site, state: str) -> list[str]:
    """The names of the keys in a state."""
    return [key["kid"] for key in listed(site)["keys"] if key["state"] == state]


def rows(site: Site, columns: str = "*", where: str = "1") -> list[dict[str, Any]]:
    """The rows of the keys, the oldest first."""
    return list(site.sql(f"SELECT {columns} FROM wp_app_connect_keys WHERE {where} ORDER BY id"))


def vault(site: Site) -> str | None:
    """The sealed data key, as stored."""
    found = site.sql("SELECT option_value AS v FROM wp_options WHERE option_name = 'app_connect_dek'")
    return found[0]["v"] if found else None


def jwks_of(site: Site, **options: Any) -> Answer:
    """The published keys."""
    return send(site, "GET", route(site, "/app-connect/v1/jwks"), **options)


def published(site: Site) -> dict[str, Key]:
    """The published keys by their names."""
    answer = jwks_of(site)
    assert answer.status == 200, answer.text
    keys = answer.json()["keys"]
    found = {key["kid"]: key for key in keys}
    assert len(found) == len(keys), "each name is one key's"
    return found


# Tokens


def unbase64(text: str) -> bytes:
    """The bytes of base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def header_of(token: str) -> dict[str, Any]:
    """What a signed token says of itself."""
    head, _, signature = token.split(".")
    assert signature
    return dict(json.loads(unbase64(head)))


def claims_of(token: str) -> dict[str, Any]:
    """What a signed token claims. Nothing is verified."""
    return dict(json.loads(unbase64(token.split(".")[1])))


# Keys of our own


def openssl(*arguments: str, given: bytes = b"") -> bytes:
    """What openssl answers."""
    return subprocess.run(["/usr/bin/openssl", *arguments], input=given, capture_output=True, check=True).stdout


def new_pem(bits: int = 2048) -> bytes:
    """A private RSA key that was made elsewhere."""
    return openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{bits}")


def integers(der: bytes) -> list[bytes]:
    """The integers of an RSAPrivateKey (RFC 8017 §A.1.2): version, n, e, d, p, q, dP, dQ, qInv."""

    def read(start: int) -> tuple[bytes, int]:
        length, at = der[start + 1], start + 2
        if length & 0x80:
            size = length & 0x7F
            length, at = int.from_bytes(der[at:at + size], "big"), at + size
        return der[at:at + length], at + length

    inner = read(0)[0]
    at = len(der) - len(inner)
    found = []
    while at < len(der):
        value, at = read(at)
        found.append(value.lstrip(b"\0"))
    return found


def secret_parts(pem: bytes) -> list[bytes]:
    """Everything that would give an RSA key away: both documents, and the numbers that only its owner knows."""
    pkcs8, pkcs1 = openssl("pkey", "-outform", "DER", given=pem), openssl("rsa", "-traditional", "-outform", "DER", given=pem)
    return [pkcs8, pkcs1, *integers(pkcs1)[3:]]


def spellings(secret: bytes) -> set[bytes]:
    """A secret as somebody may have written it down: as it is, as text of base 64 wherever it begins, and in hexadecimal."""
    found = {secret, secret.hex().encode(), secret.hex().upper().encode()}
    for shift in range(3):
        # What stands before and after it decides on the first and the last characters.
        text = base64.b64encode(b"\0" * shift + secret)[4 if shift else 0:-4]
        found |= {text, text.translate(bytes.maketrans(b"+/", b"-_"))}
    return {each for each in found if len(each) >= 12}


def is_in(secret: bytes, haystack: bytes) -> bool:
    """Whether a secret can be read in something, however it is written down there: also over several lines."""
    joined = re.sub(rb"\\[nrt]|\\/|\s", lambda found: b"/" if found[0] == b"\\/" else b"", haystack)
    return any(each in text for each in spellings(secret) for text in (haystack, joined))


# Many at once

TOGETHER = r"""
// Whoever begins a transaction waits for the others, all of whom have read the same by then.
list( $place, $number ) = array( $_SERVER['HTTP_X_TOGETHER'] ?? null, (int) ( $_SERVER['HTTP_X_TOGETHER_NUMBER'] ?? 0 ) );
if ( null !== $place ) {
    add_filter( 'query', static function ( $query ) use ( &$place, $number ) {
        if ( null !== $place && 'START TRANSACTION' === $query ) {
            touch( "$place." . getmypid() );
            for ( $end = microtime( true ) + 30; count( (array) glob( "$place.*" ) ) < $number && microtime( true ) < $end; ) {
                usleep( 500 );
            }
            header( 'X-Together: ' . count( (array) glob( "$place.*" ) ), true );
            $place = null;
        }
        return $query;
    } );
}
if ( isset( $_SERVER['HTTP_X_KEYS'] ) ) {
    $asked = json_decode( $_SERVER['HTTP_X_KEYS'], true );
    add_action( 'wp_loaded', static function () use ( $asked ) {
        $done = isset( $asked['changes'] )
            ? AppConnect\WP\Storage\Signing_Keys::change( array( 'changes' => $asked['changes'], 'now' => time() ) )
            : AppConnect\WP\Signing_Keys::run( $asked['action'], $asked['args'] ?? array() );
        header( 'Content-Type: application/json' );
        echo json_encode( $done );
        exit;
    } );
}
"""


@contextmanager
def together(site: Site) -> Iterator[Callable[..., list[Answer]]]:
    """Lets requests meet: `at_once(number, act)` calls `act(headers)` in as many threads, and each request goes on from its
    first transaction only when all of them have come so far. What did not meet fails."""
    site.fixture("together", TOGETHER)
    try:

        def at_once(number: int, act: Callable[[list[tuple[str, str]]], Answer]) -> list[Answer]:
            place = site.tmp / f"together-{uuid.uuid4().hex}"
            headers = [("X-Together", str(place)), ("X-Together-Number", str(number))]
            answers: list[Answer] = []
            threads = [threading.Thread(target=lambda: answers.append(act(headers))) for _ in range(number)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(120)
            for left in site.tmp.glob(f"{place.name}.*"):
                left.unlink()
            assert len(answers) == number
            assert {answer.header("X-Together") for answer in answers} == {str(number)}, [answer.text[:200] for answer in answers]
            assert len({answer.worker() for answer in answers}) == number
            return answers

        yield at_once
    finally:
        site.remove_fixture("together")


def ask_keys(site: Site, asked: dict[str, Any], headers: list[tuple[str, str]] = []) -> Answer:  # noqa: B006 - it is only read
    """Changes keys in a worker of php-fpm: `changes` of storage, or an `action` of the protocol."""
    return send(site, "GET", "/", headers=[("X-Keys", json.dumps(asked)), *headers], timeout=120)


def files_of(place: Path) -> set[Path]:
    """Every file below a directory."""
    return {path for path in place.rglob("*") if path.is_file() and not path.is_symlink()}
