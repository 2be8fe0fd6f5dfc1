"""What protects signing keys: the secret in wp-config.php, and nothing that is in the database (threats.md SC-01…03, JW-24).

The key that is looked for everywhere was made by openssl and imported, so that the tests know all of it.
"""

from __future__ import annotations

import base64
import json
import secrets
from typing import Any

import pytest
from code_support import digest_of
from conftest import Answer, ask_token, count, get_token, log_in, make_user, register_client, route, send
from consent_support import get_code
from keys_support import (
    Client, claims_of, constants, files_of, forget_keys, header_of, is_in, keys_site, kids, listed, manage, new_pem, published, rows, secret_parts,
    signing_client, together, unbase64, vault,
)
from lab import Site
from refresh_support import Person, server_app, use

SALTS = [f"{name}_{kind}" for kind in ("KEY", "SALT") for name in ("AUTH", "SECURE_AUTH", "LOGGED_IN", "NONCE")]


@pytest.fixture(scope="module")
def made() -> Site:
    """A site that nobody else's constants and keys disturb."""
    return keys_site("seal71")


@pytest.fixture
def site(made: Site) -> Site:
    """The site, as one that has never signed. Its type of key is one that is made in no time."""
    forget_keys(made)
    made.wp_eval("AppConnect\\WP\\Settings::apply( array( 'key_type' => 'ec-p256' ) ); return null;")
    made.clear_logs()
    return made


@pytest.fixture(scope="module")
def pem() -> bytes:
    """A private key of which the tests know everything."""
    return new_pem()


@pytest.fixture
def known(site: Site, pem: bytes) -> Site:
    """The site, whose active key is the one that the tests know."""
    site.wp_eval("AppConnect\\WP\\Settings::apply( array( 'key_type' => 'rsa-2048', 'access_token_format' => 'jwt' ) ); return null;")
    status, body = manage(site, "import", pem=pem.decode(), use="now")
    assert status == 200, body
    return site


def fresh() -> str:
    """A secret as Site Health makes them."""
    return secrets.token_hex(32)


def fresh_salts() -> dict[str, str]:
    """WordPress' own keys and salts, made anew."""
    return {name: secrets.token_urlsafe(48) for name in SALTS}


def state(site: Site) -> str:
    """How the secret stands."""
    return str(listed(site)["secret"]["state"])


def health(site: Site, name: str = "signing_keys") -> tuple[str, str]:
    """What Site Health says: how grave it is, and why."""
    found = site.wp_eval("return AppConnect\\WP\\Health\\Site_Health::result( $args[0] );", name)
    return str(found["status"]), f"{found['label']} {found['description']}".replace("&#039;", "'")


def happened(site: Site, kind: str) -> int:
    """How often the audit log has something."""
    return count(site, "events", f"kind = '{kind}'")


def lost(answer: Answer) -> None:
    """A token request that failed for want of the secret: it says so, and nothing else."""
    assert (answer.status, answer.error()) == (503, "temporarily_unavailable"), answer.text
    assert (answer.header("Content-Type"), answer.header("Cache-Control")) == ("application/json", "no-store")
    assert "AC_TOKEN_SECRET" in answer.json()["error_description"] and set(answer.json()) == {"error", "error_description"}
    assert answer.header("Retry-After")


# A copy of the database


def dump(site: Site) -> bytes:
    """Every row of every table, as a copy of the database has them."""
    tables = [row["t"] for row in site.sql("SELECT table_name AS t FROM information_schema.tables WHERE table_schema = DATABASE()")]
    assert {"wp_options", "wp_app_connect_keys", "wp_app_connect_tokens", "wp_app_connect_events"} <= set(tables)
    return b"\n".join(str(value).encode() for table in tables for row in site.sql(f"SELECT * FROM {table}") for value in row.values() if value is not None)


def test_SC_01_a_copy_of_the_database_alone_gives_nothing_away(known: Site, pem: bytes) -> None:
    signed, opaque = signing_client(known, name="Signed"), register_client(known, name="Opaque", access_token_format="opaque")
    person = Person(known, server_app(known))
    session = person.session()
    unspent = get_code(known, person.app, person.user)
    given = {
        "a signed access token": get_token(known, signed),
        "an opaque access token": get_token(known, opaque),
        "a person's access token": session["access_token"],
        "a refresh token": session["refresh_token"],
        "its successor": person.next(session["refresh_token"])["refresh_token"],
        "a code": unspent.code,
        "a client's secret": signed["secret"],
        "another client's secret": opaque["secret"],
        "an app's secret": person.app["secret"],
        "AC_TOKEN_SECRET": known.wp_eval("return AC_TOKEN_SECRET;"),
        **{name: known.wp_eval("return constant( $args[0] );", name) for name in SALTS},
    }
    assert given["a person's access token"].count(".") == given["a signed access token"].count(".") == 2
    assert header_of(given["a signed access token"])["kid"] == kids(known, "active")[0]
    copy = dump(known)
    for name, secret in given.items():
        assert is_in(secret.encode(), copy + secret.encode()), f"{name} could be found"
        assert not is_in(secret.encode(), copy), name
        assert name in SALTS or name.startswith(("AC_", "a client", "another", "an app")) or digest_of(secret).encode() in copy or "refresh" in name or "successor" in name
    for number, part in enumerate(secret_parts(pem)):
        assert is_in(part, copy + base64.encodebytes(b"x" + part)), "it could be found"
        assert not is_in(part, copy), number
    # Of the keys that were made here nobody knows the private part: what is stored of it is sealed, and looks like nothing.
    assert b"PRIVATE KEY" not in copy and b'"d":' not in copy and b'"p":' not in copy
    envelopes = [row["sealed"] for row in rows(known, "sealed", "sealed IS NOT NULL")]
    assert len(envelopes) == 2 and all(envelope.startswith("ac1.") for envelope in envelopes)
    for envelope in (*envelopes, str(vault(known)).split(".", 1)[1]):
        bytes_of = unbase64(envelope.rsplit(".", 1)[1])
        # The identifiers of RSA and P-256 keys, and how every PKCS#8 document begins.
        assert not any(mark in bytes_of for mark in (bytes.fromhex("2a864886f70d0101"), bytes.fromhex("2a8648ce3d02"), bytes.fromhex("020100300d0609")))
        assert len(set(bytes_of)) > min(len(bytes_of), 256) / 3, "as good as random"


def test_SC_01_two_sites_with_one_secret_cannot_open_each_others_keys(site: Site) -> None:
    """And one key's envelope is no other key's."""
    client = signing_client(site)
    get_token(site, client)
    active, following = rows(site, "id, sealed", "slot IS NOT NULL")
    site.sql(f"UPDATE wp_app_connect_keys SET sealed = '{following['sealed']}' WHERE id = {active['id']}")
    assert ask_token(site, client).status == 503
    site.sql(f"UPDATE wp_app_connect_keys SET sealed = '{active['sealed']}' WHERE id = {active['id']}")
    assert ask_token(site, client).status == 200
    before = str(vault(site))
    first, rest = before[0], before[1:]
    site.sql(f"UPDATE wp_options SET option_value = '{'b' if first == 'a' else 'a'}{rest}' WHERE option_name = 'app_connect_dek'")
    assert ask_token(site, client).status == 503 and state(site) == "lost"


# Everything else that is shown


def test_JW_24_the_private_key_is_shown_nowhere(known: Site, pem: bytes) -> None:
    client = signing_client(known)
    get_token(known, client)
    known.fixture("phpinfo", "if ( isset( $_SERVER['HTTP_X_PHPINFO'] ) ) { add_action( 'wp_loaded', static function () { AppConnect\\WP\\Signing_Keys::run( 'list' ); phpinfo(); exit; } ); }")
    admin = {"Cookie": log_in(known, 1)}
    try:
        shown = {
            "key set": send(known, "GET", route(known, "/app-connect/v1/jwks")),
            "metadata": send(known, "GET", "/.well-known/oauth-authorization-server"),
            "REST index": send(known, "GET", route(known, "/")),
            "index of our namespace": send(known, "GET", route(known, "/app-connect/v1")),
            "Site Health": send(known, "GET", "/wp-admin/site-health.php", headers=admin),
            "Site Health, information": send(known, "GET", "/wp-admin/site-health.php?tab=debug", headers=admin),
            "phpinfo": send(known, "GET", "/", headers={"X-Phpinfo": "1"}),
            "export": send(known, "GET", "/wp-admin/export.php?download=true&content=all", headers=admin),
            "settings": send(known, "GET", "/wp-admin/admin.php?page=app-connect-settings", headers=admin),
            "all options": send(known, "GET", "/wp-admin/options.php", headers=admin),
            "activity": send(known, "GET", "/wp-admin/admin.php?page=app-connect-activity", headers=admin),
        }
    finally:
        known.remove_fixture("phpinfo")
    assert {name: answer.status for name, answer in shown.items()} == dict.fromkeys(shown, 200)
    assert "App Connect" in shown["phpinfo"].text
    texts = {name: answer.body for name, answer in shown.items()} | {
        "list": json.dumps(listed(known)).encode(),
        "php -i": known.php("phpinfo();").encode(),
        "logs": known.log_text().encode(),
        "the server's memory of requests": known.logs["access"].read_bytes(),
    }
    parts, secret = secret_parts(pem), str(known.wp_eval("return AC_TOKEN_SECRET;")).encode()
    for name, text in texts.items():
        assert not any(is_in(part, text) for part in parts), name
        assert not is_in(secret, text), name
        assert b"PRIVATE KEY" not in text, name


def test_JW_24_what_goes_wrong_with_a_private_key_leaves_nothing_in_the_logs(site: Site, pem: bytes) -> None:
    """The lab logs the arguments of functions: what is no argument of ours, or a sensitive one, is not among them."""
    site.wp_eval("AppConnect\\WP\\Settings::apply( array( 'key_type' => 'rsa-2048' ) ); return null;")
    site.clear_logs()
    known = site.wp_eval("""
        add_filter( 'query', static function ( $query ) {
            if ( str_contains( $query, 'INSERT INTO wp_app_connect_keys' ) ) { throw new RuntimeException( 'x' ); }
            return $query;
        } );
        try {
            $done = AppConnect\\WP\\Signing_Keys::run( 'import', array( 'pem' => $args[0], 'use' => 'now' ) );
        } finally {
            restore_error_handler();
        }
        return $done['status'];
    """, pem.decode())
    assert known == 500 and count(site, "keys") == 0
    status, body = manage(site, "import", pem=pem.decode().replace("A", "B", 200), use="now")
    assert (status, body["error"]) == (422, "malformed"), body
    text = (site.log_text() + json.dumps(body)).encode()
    assert b"RuntimeException" in text and not any(is_in(part, text) for part in secret_parts(pem)) and b"PRIVATE KEY" not in text


def test_SC_03_no_key_is_in_any_file(site: Site, pem: bytes) -> None:
    before = files_of(site.docroot) | files_of(site.tmp)
    site.wp_eval("AppConnect\\WP\\Settings::apply( array( 'key_type' => 'rsa-2048' ) ); return null;")
    assert manage(site, "import", pem=pem.decode(), use="next")[0] == 200
    client = signing_client(site)
    get_token(site, client)
    for action in ("rotate", "maintain"):
        assert manage(site, action)[0] == 200
    assert header_of(get_token(site, client))["kid"] in published(site)
    assert files_of(site.docroot) | files_of(site.tmp) <= before
    parts = secret_parts(pem)
    for path in files_of(site.dir):
        if path.stat().st_size < 8_000_000:
            text = path.read_bytes()
            assert not any(part in text for part in parts) and b"PRIVATE KEY" not in text, path


# The secret in wp-config.php


def test_SC_02_another_secret_seals_anew_with_the_first_request_and_the_former_can_go(site: Site) -> None:
    client = signing_client(site)
    one, two = fresh(), fresh()
    with constants(site, AC_TOKEN_SECRET=one) as change:
        old = get_token(site, client)
        keys, sealed = rows(site), vault(site)
        site.sql("DELETE FROM wp_app_connect_events")
        change(AC_TOKEN_SECRET=two, AC_TOKEN_SECRET_PREVIOUS=one)
        assert state(site) == "good" and vault(site) == sealed, "to look changes nothing"
        new = get_token(site, client)
        assert (vault(site), rows(site)) != (sealed, keys) and rows(site) == keys, "one value was sealed anew, and no key"
        assert happened(site, "secret_rewrapped") == 1
        resealed = vault(site)
        get_token(site, client)
        assert vault(site) == resealed and happened(site, "secret_rewrapped") == 1, "once"
        change(AC_TOKEN_SECRET_PREVIOUS=None)
        assert header_of(get_token(site, client))["kid"] == header_of(new)["kid"] == header_of(old)["kid"]
        assert (state(site), health(site)[0]) == ("good", "good")
        change(AC_TOKEN_SECRET=one)
        assert state(site) == "lost", "the former one opens nothing any more"
        lost(ask_token(site, client))


def test_SC_02_eight_first_requests_with_another_secret_seal_anew_once(site: Site) -> None:
    client = signing_client(site)
    one, two = fresh(), fresh()
    with constants(site, AC_TOKEN_SECRET=one) as change:
        get_token(site, client)
        site.sql("DELETE FROM wp_app_connect_events")
        change(AC_TOKEN_SECRET=two, AC_TOKEN_SECRET_PREVIOUS=one)
        with together(site) as at_once:
            answers = at_once(8, lambda headers: send(
                site, "POST", route(site, "/app-connect/v1/token"), form={"grant_type": "client_credentials"}, auth=(client["client_id"], client["secret"]), headers=headers
            ))
        assert {answer.status for answer in answers} == {200}, [answer.text for answer in answers]
        assert happened(site, "secret_rewrapped") == 1 and count(site, "keys") == 2
        change(AC_TOKEN_SECRET_PREVIOUS=None)
        assert ask_token(site, client).status == 200


@pytest.mark.parametrize("how", ["another", "gone, with other salts"])
def test_SC_02_a_lost_secret_is_said_and_no_key_is_replaced(site: Site, how: str) -> None:
    client, opaque = signing_client(site), register_client(site)
    with constants(site, AC_TOKEN_SECRET=fresh()) as change:
        old = get_token(site, client)
        keys, sealed, public = rows(site), vault(site), published(site)
        change(**({"AC_TOKEN_SECRET": fresh()} if how == "another" else {"AC_TOKEN_SECRET": None} | fresh_salts()))
        for _ in range(3):
            lost(ask_token(site, client))
            lost(ask_token(site, client, door=False))
        # Everything that needs no private key goes on.
        assert use(site, get_token(site, opaque)) == 200
        assert use(site, old) == 200
        assert published(site) == public
        assert send(site, "GET", "/.well-known/oauth-authorization-server").status == 200
        # Nothing was replaced, by nobody.
        site.clear_logs()
        site.wp_eval("do_action( 'app_connect_signing_keys' ); do_action( 'app_connect_cleanup' ); return null;")
        assert site.log_text() == "", "cron is quiet about it"
        for action in ("maintain", "rotate"):
            status, body = manage(site, action)
            assert (status, body["error"]) == (503, "temporarily_unavailable") and "AC_TOKEN_SECRET" in body["error_description"]
        assert (rows(site), vault(site)) == (keys, sealed)
        status, text = health(site)
        assert status == "critical" and "define( 'AC_TOKEN_SECRET_PREVIOUS', '" in text and "start afresh" in text
        assert state(site) == "lost"


def test_SC_02_what_is_lost_can_be_given_up_and_begun_afresh(site: Site) -> None:
    client = signing_client(site)
    with constants(site, AC_TOKEN_SECRET=fresh()) as change:
        old = get_token(site, client)
        assert manage(site, "start_afresh") == (409, {"error": "not_lost", "error_description": manage(site, "start_afresh")[1]["error_description"]})
        sealed = vault(site)
        change(AC_TOKEN_SECRET=fresh())
        lost(ask_token(site, client))
        site.sql("DELETE FROM wp_app_connect_events")
        status, body = manage(site, "start_afresh")
        assert (status, body["secret"]["state"]) == (200, "good")
        assert vault(site) != sealed and happened(site, "keys_started_afresh") == 1
        new = get_token(site, client)
        assert header_of(new)["kid"] in kids(site, "active") and header_of(new)["kid"] != header_of(old)["kid"]
        assert use(site, new) == use(site, old) == 200, "what was signed before is as good as it was"
        assert header_of(old)["kid"] in published(site) and rows(site, "sealed", f"kid = '{header_of(old)['kid']}'") == [{"sealed": None}]
        assert health(site)[0] == "good"


def test_SC_02_salts_serve_until_the_constant_comes_and_can_change_from_then_on(site: Site) -> None:
    client = signing_client(site)
    with constants(site, AC_TOKEN_SECRET=None, **fresh_salts()) as change:
        old = get_token(site, client)
        assert state(site) == "salts"
        status, text = health(site)
        assert status == "recommended" and "define( 'AC_TOKEN_SECRET', '" in text
        before = dict(site.constants)
        change(**fresh_salts())
        lost(ask_token(site, client))
        change(**{name: before[name] for name in SALTS})
        # Late, but in time.
        keys = rows(site)
        change(AC_TOKEN_SECRET=fresh())
        assert header_of(get_token(site, client))["kid"] == header_of(old)["kid"] and rows(site) == keys
        assert (state(site), health(site)[0]) == ("good", "good")
        change(**fresh_salts())
        assert header_of(get_token(site, client))["kid"] == header_of(old)["kid"]
        assert use(site, old) == 200 and state(site) == "good"


WORTHLESS: dict[str, tuple[str, dict[str, Any]]] = {
    "no salts": ("unset", dict.fromkeys(SALTS)),
    "one salt is missing": ("unset", {"NONCE_SALT": None}),
    "two are the same": ("unset", {"AUTH_KEY": "x" * 64, "AUTH_SALT": "x" * 64}),
    "the sample's phrase": ("unset", dict.fromkeys(SALTS, "put your unique phrase here")),
    "one is no text": ("unset", {"AUTH_SALT": 7}),
    "a short secret": ("weak", {"AC_TOKEN_SECRET": "x" * 31}),
    "an empty secret": ("weak", {"AC_TOKEN_SECRET": ""}),
    "a secret that is a number": ("weak", {"AC_TOKEN_SECRET": 10**18}),
    "a secret that is a list": ("weak", {"AC_TOKEN_SECRET": ["x" * 64]}),
}


@pytest.mark.parametrize("what", WORTHLESS)
def test_SC_02_what_protects_nothing_seals_nothing(site: Site, what: str) -> None:
    """WordPress makes up salts of its own when constants are missing, and keeps them in the database: those never count."""
    expected, values = WORTHLESS[what]
    client, opaque = signing_client(site), register_client(site)
    with constants(site, **{"AC_TOKEN_SECRET": None} | values) as change:
        assert site.wp_eval("return strlen( wp_salt( 'auth' ) );") >= 40, "WordPress itself has salts"
        lost(ask_token(site, client))
        assert count(site, "keys") == 0 and vault(site) is None and state(site) == expected
        assert get_token(site, opaque)
        assert health(site)[0] == "good", "nothing is signed unless a client asks for it"
        site.wp_eval("AppConnect\\WP\\Settings::apply( array( 'access_token_format' => 'jwt' ) ); return null;")
        status, text = health(site)
        assert status == "critical" and "define( 'AC_TOKEN_SECRET', '" in text and "AC_TOKEN_SECRET" in text.split("</p>")[0]
        change(AC_TOKEN_SECRET=fresh())
        assert ask_token(site, client).status == 200 and health(site)[0] == "good"


def test_a_secret_of_any_bytes_seals(site: Site) -> None:
    client = signing_client(site)
    with constants(site, AC_TOKEN_SECRET="\u00fc'\\\" $x {$y} %s %d " * 4) as change:
        first = get_token(site, client)
        assert state(site) == "good"
        change(AC_TOKEN_SECRET="\u00fc'\\\" $x {$y} %s %d " * 4)
        assert header_of(get_token(site, client))["kid"] == header_of(first)["kid"]


def test_a_persons_signed_token_names_the_subject_that_the_site_gave(site: Site) -> None:
    """`find_subject`: also for somebody whom no app has known before, and the same ever after."""
    person = Person(site, server_app(site, access_token_format="jwt"))
    one, two = (answer["access_token"] for answer in person.sessions(2))
    sub = site.sql(f"SELECT sub FROM wp_app_connect_subjects WHERE user_id = {person.user}")[0]["sub"]
    assert claims_of(one)["sub"] == claims_of(two)["sub"] == sub
    stranger, proposed = make_user(site, "author"), secrets.token_hex(11)
    ask = "return AppConnect\\WP\\Host::fulfil( 'find_subject', array( 'user' => (int) $args[0], 'sub' => $args[1] ) );"
    assert site.wp_eval(ask, stranger, proposed) == proposed
    assert site.wp_eval(ask, stranger, secrets.token_hex(11)) == proposed, "it has one by now"


def tokens_of(site: Site, client: Client) -> int:
    """How many tokens a client has."""
    return count(site, "tokens", f"grant_id IN (SELECT id FROM wp_app_connect_grants WHERE client_pk = {client['id']})")


def test_who_gets_no_token_for_want_of_the_secret_has_spent_nothing(site: Site) -> None:
    """A code and a refresh token work once the secret is back."""
    person = Person(site, server_app(site, access_token_format="jwt"))
    with constants(site, AC_TOKEN_SECRET=fresh()) as change:
        session = person.session()
        secret, had = site.constants["AC_TOKEN_SECRET"], tokens_of(site, person.app)
        change(AC_TOKEN_SECRET=fresh())
        lost(person.refresh(session["refresh_token"]))
        assert tokens_of(site, person.app) == had
        change(AC_TOKEN_SECRET=secret)
        assert use(site, person.next(session["refresh_token"])["access_token"]) == 200
