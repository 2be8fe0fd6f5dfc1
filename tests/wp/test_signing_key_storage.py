"""The keys' table (design.md §6): conditional writes, one transaction, one active key, whoever comes at once (threats.md SC-04)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from conftest import ask_token, count, get_token, register_client, route, send
from keys_support import (
    TYPES, ask_keys, claims_of, forget_keys, header_of, keys_site, kids, manage, published, rows, signing_client, together, vault,
)
from lab import Site
from storage_support import ROWS, bulk_site, faulty, record, rows_of

POSTS = "/wp/v2/posts"


@pytest.fixture(scope="module", params=["keys71", "keys68"])
def made(request: pytest.FixtureRequest) -> Site:
    """A site of each version, with a worker for each of eight requests."""
    return keys_site(request.param)


@pytest.fixture
def site(made: Site) -> Site:
    """The site, as one that has never signed."""
    forget_keys(made)
    return made


def kid(letter: str) -> str:
    """A name of a key."""
    return letter * 43


def change(site: Site, *changes: dict[str, Any], now: int = 1000) -> str:
    """Changes of storage, without the protocol."""
    code = "return AppConnect\\WP\\Storage\\Signing_Keys::change( array( 'changes' => json_decode( $args[0], true ), 'now' => (int) $args[1] ) );"
    return str(site.wp_eval(code, json.dumps(changes), now))


def find(site: Site, which: str = "all") -> dict[str, Any]:
    """What the protocol reads."""
    return dict(site.wp_eval("return AppConnect\\WP\\Storage\\Signing_Keys::find( array( 'which' => $args[0] ) );", which))


def add(letter: str, slot: str | None, activated_at: int | None = None) -> dict[str, Any]:
    """A new key."""
    return {"add": {"kid": kid(letter), "slot": slot, "type": "ec-p256", "alg": "ES256", "public": f'{{"kid":"{letter}%"}}', "sealed": f"ac1.{letter}", "activated_at": activated_at}}


def sealed(old: str | None, new: str) -> dict[str, Any]:
    """A change of the data key."""
    return {"vault": {"from": old, "to": new}}


def id_of(site: Site, letter: str) -> int:
    """The row of a key."""
    return int(rows(site, "id", f"kid = '{kid(letter)}'")[0]["id"])


# One statement each


def test_a_keys_life_is_written_step_by_step(site: Site) -> None:
    assert find(site) == find(site, "slots") == {"vault": None, "keys": []}
    assert change(site, sealed(None, "one"), add("a", "ES256", 1000), add("b", "ES256.next")) == "done"
    found = find(site)
    assert found["vault"] == "one"
    assert [(key["kid"], key["slot"], key["activated_at"], key["longest"]) for key in found["keys"]] == [
        (kid("b"), "ES256.next", None, "0"), (kid("a"), "ES256", "1000", "0"),
    ], "the newest first"
    assert found["keys"][1] == {
        "id": str(id_of(site, "a")), "kid": kid("a"), "slot": "ES256", "type": "ec-p256", "alg": "ES256", "public": '{"kid":"a%"}', "sealed": "ac1.a",
        "longest": "0", "created_at": "1000", "activated_at": "1000", "retired_at": None, "compromised_at": None,
    }
    a, b = id_of(site, "a"), id_of(site, "b")
    assert change(site, {"extend": {"id": a, "longest": 600}}) == "done"
    assert change(site, {"extend": {"id": a, "longest": 60}}, {"extend": {"id": a, "longest": 600}}) == "done", "as long as that already"
    assert change(site, {"retire": {"id": a, "from": "ES256"}}, {"promote": {"id": b, "from": "ES256.next", "to": "ES256"}}, add("c", "ES256.next"), now=2000) == "done"
    assert find(site, "slots")["keys"] == [key for key in find(site)["keys"] if key["slot"] is not None]
    assert [(row["kid"], row["slot"], row["sealed"], row["longest"], row["activated_at"], row["retired_at"], row["compromised_at"]) for row in rows(site)] == [
        (kid("a"), None, None, "600", "1000", "2000", None),
        (kid("b"), "ES256", "ac1.b", "0", "2000", None, None),
        (kid("c"), "ES256.next", "ac1.c", "0", None, None, None),
    ], "who retires leaves its private part behind"
    assert change(site, {"revoke": {"id": a}}, {"revoke": {"id": b}}, now=3000) == "done"
    assert [(row["slot"], row["sealed"], row["retired_at"], row["compromised_at"]) for row in rows(site)[:2]] == [(None, None, "2000", "3000"), (None, None, "3000", "3000")]
    assert change(site, sealed("one", "two")) == "done"
    assert vault(site) == "two"
    assert site.php_messages() == []


STALE: dict[str, Callable[[int, int], dict[str, Any]]] = {
    "a data key where there is one": lambda a, b: sealed(None, "other"),
    "a data key that is another by now": lambda a, b: sealed("before", "other"),
    "a name that is taken": lambda a, b: add("a", None),
    "a slot that is taken": lambda a, b: add("z", "ES256"),
    "a promotion from another slot": lambda a, b: {"promote": {"id": b, "from": "RS256.next", "to": "RS256"}},
    "a promotion to a slot that is taken": lambda a, b: {"promote": {"id": b, "from": "ES256.next", "to": "ES256"}},
    "a promotion of nothing": lambda a, b: {"promote": {"id": b + 1000, "from": "ES256.next", "to": "EdDSA"}},
    "a retirement from another slot": lambda a, b: {"retire": {"id": a, "from": "ES256.next"}},
    "a second revocation": lambda a, b: {"revoke": {"id": a + 2}},
    "a revocation of nothing": lambda a, b: {"revoke": {"id": b + 1000}},
}


@pytest.mark.parametrize("what", STALE)
def test_what_is_not_as_it_was_found_undoes_all_of_it(site: Site, what: str) -> None:
    assert change(site, sealed(None, "one"), add("a", "ES256", 1000), add("b", "ES256.next"), add("c", None)) == "done"
    a, b, c = (id_of(site, letter) for letter in "abc")
    assert (b, c) == (a + 1, a + 2)
    assert change(site, {"revoke": {"id": c}}) == "done"
    before = rows(site), vault(site)
    good = sealed("one", "two"), add("d", "EdDSA", 1000), {"extend": {"id": a, "longest": 5}}
    if "data key" in what:
        good = good[1:]
    assert change(site, *good, STALE[what](a, b), add("e", "EdDSA.next")) == "conflict"
    assert (rows(site), vault(site)) == before
    assert change(site, *good) == "done", "what is good by itself"


def test_what_nobody_knows_changes_nothing(site: Site) -> None:
    failed = site.wp_eval("""
        try {
            AppConnect\\WP\\Storage\\Signing_Keys::change( array( 'changes' => array( array( 'vault' => array( 'from' => null, 'to' => 'one' ) ), array( 'melt' => array() ) ), 'now' => 1 ) );
        } catch ( Throwable $failure ) {
            return get_class( $failure );
        }
    """)
    assert failed == "UnhandledMatchError" and vault(site) is None


def test_the_data_key_is_read_from_the_database_and_nowhere_else(site: Site) -> None:
    """A late reader may have put back the one of before into an object cache."""
    assert change(site, sealed(None, "one")) == "done"
    found = site.wp_eval("""
        add_filter( 'pre_option_app_connect_dek', static fn() => 'filtered' );
        wp_cache_set( 'app_connect_dek', 'cached', 'options' );
        return AppConnect\\WP\\Storage\\Signing_Keys::find( array( 'which' => 'slots' ) )['vault'];
    """)
    assert found == "one"
    assert site.sql("SELECT autoload FROM wp_options WHERE option_name = 'app_connect_dek'") == [{"autoload": "off"}]


def test_keys_are_one_query_by_an_index(site: Site) -> None:
    for which in ("slots", "all"):
        statements = record(site, lambda which=which: find(site, which))  # type: ignore[misc]
        assert [statement.split()[0] for statement in statements] == ["SELECT"]
    bulk = bulk_site()
    assert count(bulk, "keys") >= ROWS
    slots = record(bulk, lambda: find(bulk, "slots"))[0]
    for step in bulk.sql("EXPLAIN " + slots):
        assert str(step["table"]).startswith("<") or step["type"] is None or step["type"] != "ALL" and rows_of(step) <= 10, step


# Many at once


def test_of_two_rotations_that_read_the_same_one_is_done(site: Site) -> None:
    assert change(site, sealed(None, "one"), add("a", "ES256", 1000), add("b", "ES256.next")) == "done"
    with together(site) as at_once:
        for turn in range(10):
            active, following = (next(row for row in rows(site) if row["slot"] == slot) for slot in ("ES256", "ES256.next"))
            rotation = [{"retire": {"id": int(active["id"]), "from": "ES256"}}, {"promote": {"id": int(following["id"]), "from": "ES256.next", "to": "ES256"}}]
            # Each makes a key of its own for the slot that gets free.
            letters = iter((chr(ord("A") + turn), chr(ord("k") + turn)))
            answers = at_once(2, lambda headers: ask_keys(site, {"changes": [*rotation, add(next(letters), "ES256.next")]}, headers))  # noqa: B023 - used at once
            assert sorted(answer.json() for answer in answers) == ["conflict", "done"]
            assert [row["slot"] for row in rows(site, where="slot IS NOT NULL")] == ["ES256", "ES256.next"]
    assert count(site, "keys") == 12 and count(site, "keys", "sealed IS NULL AND retired_at IS NOT NULL") == 10


def test_of_eight_who_store_the_first_data_key_one_does(site: Site) -> None:
    with together(site) as at_once:
        letters = iter("abcdefgh")
        answers = at_once(8, lambda headers: ask_keys(site, {"changes": [sealed(None, (letter := next(letters)) * 8), add(letter, "ES256", 1000)]}, headers))
    assert sorted(answer.json() for answer in answers) == ["conflict"] * 7 + ["done"]
    found = find(site)
    assert len(found["keys"]) == 1 and found["vault"] == found["keys"][0]["kid"][:8], "and its key is the one that it seals"
