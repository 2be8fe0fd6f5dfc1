"""The life of signing keys on real sites (design.md §6, §9; threats.md F10, JW-20, JW-22).

The verifier of jwt_support.py shares no code with us and asks nobody but the published keys.
"""

from __future__ import annotations

import json
import random
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from auth_support import assert_invalid_token
from code_support import digest_of
from conftest import Session, ask_token, configure, count, get_token, make, register_client, revoke, route, send
from consent_support import tokens
from jwt_support import (
    ME, POSTS, RefusedError, Token, active, app_of_people, introspect, keyless, keys, new_editor, service, signed, use, verify,
)
from keys_support import claims_of, forget_keys, header_of, kids, manage, openssl, published
from lab import Site
from refresh_support import refresh

__all__ = ["keyless"]


@pytest.fixture(scope="session", params=["wp71"])
def site(request: pytest.FixtureRequest) -> Site:
    """The newest version: what these tests are about is ours and the database's."""
    return make(request.param)


PEOPLE = "content:read openid profile offline_access"
TYPES = {"rsa-2048": ("RSA", "RS256"), "ec-p256": ("EC", "ES256"), "ed25519": ("OKP", "EdDSA")}


def kid_of(token: str) -> str:
    """The key that signed it."""
    return str(header_of(token)["kid"])


# F10: rotation under load

ROTATIONS = 20
LOOPS = 8
TOKENS = 40
"""How many are signed between two rotations, at least."""
CHECKS = 8
"""How many tokens are verified for each that is signed: itself, and older ones."""
MOST = 20_000
"""Where the load ends, whatever happens."""

ROTATES = """
if ( isset( $_SERVER['HTTP_X_TEST_ROTATE'] ) ) {
    add_action( 'rest_api_init', static function () {
        wp_set_current_user( 1 );
        wp_send_json( AppConnect\\WP\\Signing_Keys::run( 'rotate' ) );
    } );
}
"""


def rotate(site: Site) -> str:
    """Rotates as the screen in wp-admin does, in a worker like any other; the key that signs from now on."""
    answer = send(site, "GET", route(site, POSTS), headers={"X-Test-Rotate": "1"})
    assert answer.status == 200, answer.text
    told = answer.json()
    assert told["status"] == 200, told
    [kid] = [key["kid"] for key in told["body"]["keys"] if key["state"] == "active"]
    return str(kid)


@dataclass
class Poller:
    """Fetches the published keys again and again, as a verifier elsewhere does, and keeps what it saw last."""

    site: Site
    known: dict[str, Token] = field(default_factory=dict)
    polls: int = 0
    _over: threading.Event = field(default_factory=threading.Event)
    _fresh: threading.Condition = field(default_factory=threading.Condition)

    def run(self) -> None:
        """Polls ten times a second at most, until it is stopped."""
        while not self._over.is_set():
            self.poll()
            self._over.wait(0.1)

    def poll(self) -> None:
        """Once."""
        found = published(self.site)
        with self._fresh:
            self.known, self.polls = found, self.polls + 1
            self._fresh.notify_all()

    def wait_for_another(self) -> None:
        """Returns when a poll is over that began after now: that is what a key is published ahead for."""
        with self._fresh:
            # The next one may have begun already.
            wanted = self.polls + 2
            assert self._fresh.wait_for(lambda: self.polls >= wanted, 60)

    def stop(self) -> None:
        """Ends it."""
        self._over.set()


@dataclass
class Minted:
    """A token, and when it was asked for and got."""

    token: str
    asked: float
    got: float
    worker: str | None


def test_F0_10_keys_rotate_under_load_and_no_live_token_is_refused(keyless: Site, record_property: Callable[[str, object], None]) -> None:
    """Eight loops get tokens and verify them and older ones, by keys that were fetched before, while keys rotate."""
    client = service(keyless)
    signed(keyless, client)
    keyless.fixture("rotates", ROTATES)
    poller = Poller(keyless)
    poller.poll()
    minted: list[Minted] = []
    refused: list[str] = []
    verified = Counter[str]()
    rotated: list[tuple[float, float, str]] = [(0.0, time.monotonic(), active(keyless))]
    progress = threading.Condition()
    over = threading.Event()
    began = time.monotonic()

    def check(each: Minted) -> None:
        try:
            verify(each.token, poller.known, keyless)
        except RefusedError as error:
            refused.append(f"at {time.monotonic() - began:.3f} s, signed before {each.got - began:.3f} s: {error}")
        verified[kid_of(each.token)] += 1

    def load(seed: int) -> None:
        choice = random.Random(seed)
        while not over.is_set() and len(minted) < MOST:
            asked = time.monotonic()
            answer = ask_token(keyless, client)
            one = Minted(str(answer.json()["access_token"]), asked, time.monotonic(), answer.worker())
            check(one)
            with progress:
                minted.append(one)
                older = choice.choices(minted, k=CHECKS - 1)
                progress.notify_all()
            for each in older:
                check(each)

    def wait_for_tokens() -> None:
        with progress:
            enough = len(minted) + TOKENS
            assert progress.wait_for(lambda: len(minted) >= enough, 120), "the load goes on"

    def rotations() -> None:
        try:
            for _ in range(ROTATIONS):
                wait_for_tokens()
                # Verifiers ask more often than keys change. That is all that they have to do.
                poller.wait_for_another()
                start = time.monotonic()
                kid = rotate(keyless)
                rotated.append((start, time.monotonic(), kid))
            wait_for_tokens()
        finally:
            over.set()

    with ThreadPoolExecutor(LOOPS + 2) as pool:
        polling = pool.submit(poller.run)
        try:
            rotating = pool.submit(rotations)
            for future in [pool.submit(load, seed) for seed in range(LOOPS)]:
                future.result()
            took = time.monotonic() - began
            rotating.result()
        finally:
            poller.stop()
        polling.result()

    number = len(minted)
    assert refused == [], (len(refused), refused[:5])
    assert TOKENS * (ROTATIONS + 1) <= number < MOST and verified.total() == number * CHECKS
    assert len({kid for _, _, kid in rotated}) == ROTATIONS + 1, "each is another key"

    # JW-20: what was asked for after a rotation was answered is signed by its key, whichever worker signs.
    sure: dict[str, list[Minted]] = {}
    for (_, since, kid), (until, _, _) in zip(rotated, [*rotated[1:], (float("inf"), 0.0, "")], strict=True):
        sure[kid] = [one for one in minted if one.asked >= since and one.got <= until]
        assert {kid_of(one.token) for one in sure[kid]} == {kid}
    workers = [len({one.worker for one in some}) for some in sure.values()]
    assert max(workers) >= 4

    # Nothing is lost: also what the first of those keys signed is good here and elsewhere.
    poller.poll()
    for one in (minted[0], minted[number // 2], minted[-1]):
        verify(one.token, poller.known, keyless)
        assert use(keyless, one.token).status == 200
    assert Counter(key["state"] for key in keys(keyless)) == {"active": 1, "next": 1, "retiring": ROTATIONS}

    figures = {
        "tokens": number, "seconds": round(took, 1), "tokens_a_second": round(number / took), "verifications": verified.total(),
        "verifications_a_second": round(verified.total() / took), "rotations": ROTATIONS, "polls": poller.polls,
        "tokens_between_rotations": f"{min(map(len, sure.values()))} to {max(map(len, sure.values()))}", "workers_of_a_key": f"{min(workers)} to {max(workers)}",
    }
    for name, value in figures.items():
        record_property(name, value)
    print("\nF10:", figures)


# JW-20: the next key


def test_a_key_is_published_before_it_signs(keyless: Site) -> None:
    client = service(keyless)
    first = signed(keyless, client)
    for _ in range(3):
        before = published(keyless)
        [following] = kids(keyless, "next")
        assert following in before
        keys(keyless, "rotate")
        token = signed(keyless, client)
        assert kid_of(token) == following
        assert verify(token, before, keyless)
    assert verify(first, published(keyless), keyless)


def shift(site: Site, kid: str, seconds: int) -> None:
    """Lets that time pass for a key that has retired."""
    site.sql(f"UPDATE wp_app_connect_keys SET retired_at = retired_at - {seconds}, activated_at = activated_at - {seconds}, created_at = created_at - {seconds} WHERE kid = '{kid}'")


@pytest.mark.parametrize("lifetimes", [(3600,), (60,), (7200, 60), (60, 7200)], ids=str)
def test_JW_20_a_retiring_key_stays_until_the_last_token_that_it_signed_has_ended(keyless: Site, lifetimes: tuple[int, ...]) -> None:
    client = service(keyless)
    ends = []
    for lifetime in lifetimes:
        configure(keyless, access_token_lifetime=lifetime)
        token = signed(keyless, client)
        ends.append(claims_of(token)["exp"])
    kid = kid_of(token)
    keys(keyless, "rotate")
    [row] = [key for key in keys(keyless) if key["kid"] == kid]
    assert row["state"] == "retiring"
    assert max(ends) <= row["leaves_at"] <= max(ends) + 600, "no sooner, and not much later"
    # Its private part is gone already, whoever copies the database now.
    [stored] = keyless.sql(f"SELECT sealed, slot FROM wp_app_connect_keys WHERE kid = '{kid}'")
    assert (stored["sealed"], stored["slot"]) == (None, None)
    left = row["leaves_at"] - int(time.time())
    shift(keyless, kid, left - 30)
    assert kid in published(keyless), "until then"
    shift(keyless, kid, 31)
    assert kid not in published(keyless), "and not for longer"
    assert kid in kids(keyless, "retired")
    others = published(keyless)
    with pytest.raises(RefusedError, match="no key"):
        verify(token, others, keyless)


def test_JW_20_what_a_retired_key_signed_has_ended_here_too(keyless: Site) -> None:
    client = service(keyless)
    token = signed(keyless, client)
    keys(keyless, "rotate")
    assert use(keyless, token).status == 200
    shift(keyless, kid_of(token), 86400)
    assert kid_of(token) in kids(keyless, "retired")
    keyless.sql(f"UPDATE wp_app_connect_tokens SET expires_at = UNIX_TIMESTAMP() - 1 WHERE digest = '{digest_of(token)}'")
    assert_invalid_token(use(keyless, token))
    assert introspect(keyless, client, token) == {"active": False}


def test_a_rotation_happens_when_it_is_due_and_not_again(keyless: Site) -> None:
    client = service(keyless)
    token = signed(keyless, client)
    keys(keyless, "maintain")
    assert active(keyless) == kid_of(token)
    [following] = kids(keyless, "next")
    keyless.sql("UPDATE wp_app_connect_keys SET activated_at = activated_at - 91 * 86400, created_at = created_at - 91 * 86400")
    keys(keyless, "maintain")
    assert active(keyless) == following
    keys(keyless, "maintain")
    assert active(keyless) == following
    assert verify(token, published(keyless), keyless)


# Emergency


@pytest.mark.parametrize("state", ["active", "retiring"])
def test_a_key_that_is_revoked_takes_its_tokens_along_at_once(keyless: Site, state: str) -> None:
    app, client = app_of_people(keyless), service(keyless)
    session = tokens(keyless, app, new_editor(keyless), scope=PEOPLE)
    person, own = session["access_token"], signed(keyless, client)
    opaque = get_token(keyless, register_client(keyless))
    kid = kid_of(person)
    assert kid == kid_of(own)
    if state == "retiring":
        keys(keyless, "rotate")
    later = signed(keyless, client)
    keys(keyless, "revoke", kid=kid)

    # On every worker, at the next request.
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: use(keyless, own), range(24)))
    for answer in answers:
        assert_invalid_token(answer)
    assert len({answer.worker() for answer in answers}) >= 4
    for path in (POSTS, ME, "/app-connect/v1/me", "/app-connect/v1/userinfo"):
        assert_invalid_token(use(keyless, person, path))
    assert introspect(keyless, client, own) == introspect(keyless, app, person) == {"active": False}
    assert kid not in published(keyless)
    assert kid in kids(keyless, "revoked")
    with pytest.raises(RefusedError, match="no key"):
        verify(own, published(keyless), keyless)

    # Nothing else ends: opaque tokens, other keys, the session itself.
    assert use(keyless, opaque).status == 200
    assert use(keyless, later).status == (200 if state == "retiring" else 401)
    fresh = refresh(keyless, app, session["refresh_token"]).json()["access_token"]
    assert kid_of(fresh) == active(keyless) != kid
    assert use(keyless, fresh).status == 200
    assert verify(fresh, published(keyless), keyless)

    # It cannot be revoked twice, nor by a name that is none.
    for name in (kid, "x", "' OR 1=1 -- "):
        assert manage(keyless, "revoke", kid=name)[1]["error"] == "unknown_key"
    assert count(keyless, "events", f"kind = 'key_revoked' AND data LIKE '%{kid}%'") == 1


def test_revoking_the_next_key_ends_nothing(keyless: Site) -> None:
    client = service(keyless)
    token = signed(keyless, client)
    [following] = kids(keyless, "next")
    keys(keyless, "revoke", kid=following)
    assert use(keyless, token).status == 200
    assert active(keyless) == kid_of(token)
    [other] = kids(keyless, "next")
    assert other != following and following not in published(keyless)


# Other keys


def test_another_key_type_takes_over_and_what_was_signed_before_goes_on(keyless: Site) -> None:
    client = service(keyless)
    admin = Session(keyless, 1)
    made = {}
    for key_type, (_, alg) in TYPES.items():
        assert admin("POST", "/settings", {"key_type": key_type}).status == 200
        made[key_type] = signed(keyless, client)
        assert header_of(made[key_type])["alg"] == alg
    known = published(keyless)
    for key_type, token in made.items():
        assert known[kid_of(token)]["kty"] == TYPES[key_type][0], "it is published until its tokens end"
        assert use(keyless, token).status == 200
    assert Counter(key["state"] for key in keys(keyless))["active"] == 1


def rsa(bits: int, exponent: int = 65537) -> str:
    """A private key in PEM."""
    return openssl("genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{bits}", "-pkeyopt", f"rsa_keygen_pubexp:{exponent}").decode()


def test_JW_22_what_is_no_strong_private_key_is_not_imported(keyless: Site) -> None:
    signed(keyless, service(keyless))
    before = keys(keyless)
    good = rsa(2048)
    public, locked = (openssl(*arguments, given=good.encode()).decode() for arguments in (("pkey", "-pubout"), ("pkcs8", "-topk8", "-passout", "pass:x")))
    for pem, error in (
        (rsa(1024), "weak"), (rsa(2048, 3), "weak"), (rsa(2048, 17), "weak"), (public, "public"), (locked, "encrypted"), ("", "malformed"),
        ("x" * 100_000, "malformed"), (good[:-200], "malformed"), (good + good, "malformed"), (openssl("genpkey", "-algorithm", "X25519").decode(), "unsupported"),
    ):
        status, body = manage(keyless, "import", pem=pem, use="now")
        assert (status, body["error"]) == (422, error), body
        assert len(pem) < 100 or pem[60:90] not in json.dumps(body), "nothing of a key is repeated"
    assert keys(keyless) == before


@pytest.mark.parametrize("when", ["next", "now"])
def test_a_key_that_is_imported_signs_from_then_on_or_next(keyless: Site, when: str) -> None:
    client = service(keyless)
    before = signed(keyless, client)
    known = {key["kid"] for key in keys(keyless)}
    pem = rsa(2048)
    keys(keyless, "import", pem=pem, use=when)
    [kid] = kids(keyless, "active" if when == "now" else "next")
    assert kid not in known and kid in published(keyless)
    token = signed(keyless, client)
    assert (kid_of(token) == kid) == (when == "now")
    keys(keyless, "rotate")
    later = signed(keyless, client)
    assert (kid_of(later) == kid) == (when == "next")
    for each in (before, token, later):
        assert verify(each, published(keyless), keyless)
        assert use(keyless, each).status == 200
    assert manage(keyless, "import", pem=pem, use="now")[1]["error"] == "exists"


def test_WP_17_each_site_of_a_network_has_keys_of_its_own() -> None:
    net = make("net71")
    forget_keys(net)
    client = service(net)
    token = signed(net, client)
    slug = "k" + secrets.token_hex(4)
    other = net.add_blog(slug)
    answer = send(net, "GET", f"/{slug}/wp-json/app-connect/v1/jwks")
    assert answer.status == 200, (other, answer.text)
    assert kid_of(token) not in {key["kid"] for key in answer.json()["keys"]}
    assert send(net, "GET", f"/{slug}/wp-json/app-connect/v1/me", bearer=token).status == 401


def test_a_revoked_token_and_a_revoked_key_are_told_apart_by_nobody(keyless: Site) -> None:
    client = service(keyless)
    one, two = signed(keyless, client), signed(keyless, client)
    revoke(keyless, client, one)
    keys(keyless, "revoke", kid=kid_of(two))
    first, second = use(keyless, one), use(keyless, two)
    assert first.body == second.body and first.header("WWW-Authenticate") == second.header("WWW-Authenticate")
