"""App Connect → Signing Keys: who may do what there, what is asked first, and that a key that was pasted goes nowhere else."""

from __future__ import annotations

import html
import json
import re
import subprocess
import urllib.parse
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from admin_support import CLIENTS, SETTINGS, act, api, form, holdings, nonce, page_of, person, screen
from auth_support import new_client
from conftest import Answer, get_token, make, make_user, reset
from lab import Site
from storage_support import fault_headers
from test_connected_apps import last_events

KEYS = "page=app-connect-keys"
SECRET = "screens" * 8
OTHER = "another" * 8
ACTIONS = ["import", "maintain", "revoke", "rotate", "seal", "start_afresh"]


@pytest.fixture(scope="session", params=["keys71"])
def site(request: pytest.FixtureRequest) -> Site:
    """A site of its own, on the newest version: the browser walks these screens on the oldest too."""
    return make(request.param, wp="7.1")


@pytest.fixture(autouse=True)
def calm(site: Site) -> Iterator[None]:
    """The site has no keys and a good secret, and PHP complains of nothing."""
    forget(site)
    site.set_constants({"AC_TOKEN_SECRET": SECRET})
    site.clear_logs()
    yield
    site.set_constants({"AC_TOKEN_SECRET": SECRET, "AC_TOKEN_SECRET_PREVIOUS": None})
    assert site.php_messages() == []


def forget(site: Site) -> None:
    """As if no token had ever been signed."""
    reset(site)
    site.sql("DELETE FROM wp_app_connect_keys; DELETE FROM wp_options WHERE option_name = 'app_connect_dek'")


def keys(site: Site, query: Mapping[str, Any] | str = "", user: int = 1, **options: Any) -> Answer:
    """The screen."""
    more = query if isinstance(query, str) else urllib.parse.urlencode(query)
    return screen(site, KEYS + (f"&{more}" if more else ""), user=user, **options)


def do(site: Site, action: str, fields: Mapping[str, Any] | None = None, user: int = 1, *, sent: str | None = "", method: str = "POST", **options: Any) -> Answer:
    """Answers a question, with the user's own nonce unless another, or None for none, is given."""
    good = nonce(site, user, f"app_connect_keys_{action}") if sent == "" else sent
    fields = {"app_connect_do": action, **(fields or {})} | ({} if good is None else {"_wpnonce": good})
    return screen(site, KEYS, fields, user=user, method=method, **options)


def text_of(answer: Answer) -> str:
    """The text of the screen below its help, with one space between words."""
    page_of(answer)
    content = answer.text.partition('<div class="wrap app-connect')[2].partition('id="wpfooter"')[0]
    content = re.sub(r"<(script|style)\b.*?</\1>", " ", content, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", content)).split())


def after(site: Site, answer: Answer) -> str:
    """What the screen says after something was done."""
    assert answer.status == 303, (answer.status, text_of(answer) if answer.status == 200 else answer.text[-300:])
    return text_of(screen(site, urllib.parse.urlsplit(answer.header("Location") or "").query, user=1))


def run(site: Site, action: str = "list", **args: Any) -> dict[str, Any]:
    """Does something to the keys behind the screen's back."""
    answer = site.wp_eval("return AppConnect\\WP\\Signing_Keys::run( $args[0], json_decode( $args[1], true ) );", action, json.dumps(args), user=1)
    assert answer["status"] == 200, answer
    return dict(answer["body"])


def kid(site: Site, state: str) -> str:
    """The ID of the key in a state."""
    return next(str(each["kid"]) for each in run(site)["keys"] if each["state"] == state)


def states(site: Site) -> list[str]:
    """The states of all keys, in the order of their names."""
    return sorted(str(each["state"]) for each in run(site)["keys"])


def openssl(*words: str, given: str | None = None) -> str:
    """What openssl prints."""
    return subprocess.run(["/usr/bin/openssl", *words], input=given, check=True, capture_output=True, text=True).stdout


def pem(kind: str) -> str:
    """A new private key, or something that is none."""
    rsa = ["genpkey", "-algorithm", "RSA", "-pkeyopt"]
    match kind:
        case "good":
            return openssl(*rsa, "rsa_keygen_bits:2048")
        case "weak":
            return openssl(*rsa, "rsa_keygen_bits:1024")
        case "encrypted":
            return openssl(*rsa, "rsa_keygen_bits:2048", "-aes256", "-pass", "pass:secret")
        case "unsupported":
            return openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384")
        case "of another kind":
            return openssl("genpkey", "-algorithm", "ED25519")
        case "public":
            return openssl("pkey", "-pubout", given=pem("good"))
        case "two":
            return pem("good") + pem("good")
        case "malformed":
            return re.sub(r"^-----END.*", "", pem("good"), flags=re.M)
        case "nothing":
            return ""
    raise ValueError(kind)


def parts(text: str) -> list[str]:
    """The lines of a key that tell something about it."""
    return [line for line in text.splitlines() if len(line) > 20 and not line.startswith("-----")]


def dump(site: Site) -> str:
    """Whatever the site stores that a key could have got into, and its logs."""
    tables = ("app_connect_keys", "app_connect_events", "options", "usermeta")
    return "\n".join([*(json.dumps(site.sql(f"SELECT * FROM wp_{table}")) for table in tables), site.log_text(), *(path.read_text(errors="replace") for path in site.logs.values() if path.exists())])


# What is shown


def test_each_stage_of_a_life_is_said_in_words(site: Site) -> None:
    assert "There is no key yet" in text_of(keys(site))
    run(site, "maintain")
    revoked = kid(site, "next")
    run(site, "revoke", kid=revoked)
    run(site, "rotate")
    site.sql(f"UPDATE wp_app_connect_keys SET longest = 3600 WHERE retired_at IS NOT NULL AND kid <> '{revoked}'")
    text = text_of(keys(site))
    for words in ("Next RS256, RSA 2048", "Signs nothing yet.", "Active RS256, RSA 2048", "Signs every token", "Retiring RS256, RSA 2048", "Leaves the JWKS", "Revoked RS256, RSA 2048", "is refused here", "Next rotation", "in 3 months"):
        assert words in text, text
    assert [text.index(words) for words in ("Next RS256", "Active RS256", "Retiring RS256", "Revoked RS256")] == sorted(text.index(words) for words in ("Next RS256", "Active RS256", "Retiring RS256", "Revoked RS256"))
    site.sql("UPDATE wp_app_connect_keys SET retired_at = retired_at - 86400, activated_at = activated_at - 86400 WHERE longest = 3600")
    assert "Retired RS256, RSA 2048 Every token that it signed has expired" in text_of(keys(site))
    # One that was replaced before its turn.
    run(site, "import", pem=pem("good"), use="next")
    assert "Has never signed anything: another key took its place." in text_of(keys(site))


def test_a_rotation_that_is_overdue_is_not_announced_for_yesterday(site: Site) -> None:
    run(site, "maintain")
    site.sql("UPDATE wp_app_connect_keys SET activated_at = activated_at - 8640000 WHERE activated_at IS NOT NULL")
    text = text_of(keys(site))
    assert "Due: with the next token" in text
    assert "Signs from" not in text and "Signs until" not in text


def test_no_half_of_a_key_that_is_private_is_on_the_page(site: Site) -> None:
    run(site, "maintain")
    sealed = [str(row["sealed"]) for row in site.sql("SELECT sealed FROM wp_app_connect_keys")]
    vault = str(site.sql("SELECT option_value AS v FROM wp_options WHERE option_name = 'app_connect_dek'")[0]["v"])
    page = keys(site).text
    assert not [each for each in (*sealed, vault, SECRET) if each in page]
    for shown in re.findall(r'id="app-connect-jwk-[^"]+"[^>]*>([^<]+)<', page):
        assert set(json.loads(html.unescape(shown))) == {"kty", "n", "e", "kid", "alg", "use"}


@pytest.mark.parametrize("query", ["action[]=rotate", "action=x", "action=revoke", "action=revoke&kid[]=x", "action=revoke&kid=%ff", "action=revoke&kid=%00", "action=start_afresh", "action=rotate", "notice[]=rotated", "notice=x", "kid=x"])
@pytest.mark.parametrize("made", [False, True])
def test_nonsense_breaks_nothing(site: Site, query: str, made: bool) -> None:
    if made:
        run(site, "maintain")
    assert keys(site, query).status == 200


EVIL = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"


def test_what_is_sent_stays_text(site: Site) -> None:
    run(site, "maintain")
    answers = [
        keys(site, {"action": "revoke", "kid": EVIL}),
        keys(site, {"action": EVIL, "notice": EVIL}),
        do(site, "revoke", {"kid": EVIL}),
        do(site, "rotate", {"kid": EVIL}),
        do(site, "import", {"pem": EVIL, "use": EVIL}),
    ]
    for answer in answers:
        page = page_of(answer)
        assert "alert(1)" not in answer.text.replace(html.escape(EVIL), "")
        assert not page.find("img", src="x")


def test_what_the_database_holds_stays_text(site: Site) -> None:
    run(site, "maintain")
    site.sql("UPDATE wp_app_connect_keys SET type = '<i>x</i>', alg = '<b>y</b>' WHERE activated_at IS NULL")
    answer = keys(site)
    assert "<i>x" not in answer.text and "<b>y" not in answer.text
    site.clear_logs()


# Who may


WHO = ["no nonce", "wrong nonce", "another action's nonce", "GET", "a subscriber", "an editor", "nobody"]


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("action", ACTIONS)
def test_nobody_else_changes_a_key(site: Site, action: str, who: str) -> None:
    run(site, "maintain")
    user = {"a subscriber": person(site, "subscriber"), "an editor": person(site, "editor")}.get(who, 1)
    sent: str | None = nonce(site, user, f"app_connect_keys_{action}")
    match who:
        case "no nonce":
            sent = None
        case "wrong nonce":
            sent = "0123456789"
        case "another action's nonce":
            sent = nonce(site, user, f"app_connect_keys_{ACTIONS[ACTIONS.index(action) - 1]}")
    fields = {"kid": kid(site, "active"), "pem": pem("good"), "use": "now"}
    if action in ("start_afresh", "seal"):
        site.set_constants({"AC_TOKEN_SECRET": OTHER} | ({"AC_TOKEN_SECRET_PREVIOUS": SECRET} if action == "seal" else {}))
    everything = holdings(site)
    answer = (
        screen(site, KEYS, {"app_connect_do": action, **fields, "_wpnonce": sent}, user=None)
        if who == "nobody"
        else do(site, action, fields, user, sent=sent, method="GET" if who == "GET" else "POST")
    )
    assert answer.status == (302 if who == "nobody" else 200 if who == "GET" else 403), answer.status
    assert holdings(site) == everything


def test_who_may_not_manage_sees_no_key(site: Site) -> None:
    for role in ("subscriber", "editor"):
        assert keys(site, user=person(site, role)).status == 403


@pytest.mark.parametrize("action", ["", "list", "delete", "Rotate"])
def test_a_form_that_is_not_ours_is_refused(site: Site, action: str) -> None:
    run(site, "maintain")
    before = holdings(site)
    assert do(site, action).status == 400
    assert holdings(site) == before


# What is asked first, and what is done


def test_looking_changes_nothing(site: Site) -> None:
    run(site, "maintain")
    before = holdings(site)
    for query in ({}, {"action": "rotate"}, {"action": "import"}, {"action": "revoke", "kid": kid(site, "active")}, {"action": "start_afresh"}):
        assert keys(site, query).status == 200
    assert holdings(site) == before


def test_a_question_sends_what_it_asked_about(site: Site) -> None:
    run(site, "maintain")
    active, following = kid(site, "active"), kid(site, "next")
    for query, expected in (({"action": "rotate"}, active), ({"action": "revoke", "kid": following}, following)):
        answer = keys(site, query)
        content = answer.text.partition('class="app-connect-confirm"')[2].partition("</form>")[0]
        assert re.search(rf'name="kid" value="{expected}"', content)
        assert active in text_of(answer) or query["action"] == "revoke"
    assert "The keys were rotated." in after(site, do(site, "rotate", {"kid": active}))
    assert (kid(site, "active"), kid(site, "retiring")) == (following, active)


def test_a_stale_key_rotates_and_revokes_nothing(site: Site) -> None:
    run(site, "maintain")
    first = kid(site, "active")
    run(site, "rotate")
    before = holdings(site)
    assert "were changed since you were asked" in text_of(do(site, "rotate", {"kid": first}))
    assert "were changed since you were asked" in text_of(do(site, "rotate"))
    assert "There is no such key" in text_of(do(site, "revoke", {"kid": "x" * 43}))
    assert "nothing left to revoke" in text_of(keys(site, {"action": "revoke", "kid": "x" * 43}))
    assert holdings(site) == before
    run(site, "revoke", kid=first)
    before = holdings(site)
    assert "There is no such key" in text_of(do(site, "revoke", {"kid": first}))
    assert "nothing left to revoke" in text_of(keys(site, {"action": "revoke", "kid": first}))
    assert holdings(site) == before


def test_the_log_tells_who_did_it(site: Site) -> None:
    run(site, "maintain")
    active = kid(site, "active")
    do(site, "revoke", {"kid": active})
    events = [(each["kind"], each["user_id"], json.loads(each["data"] or "{}").get("kid")) for each in last_events(site, 2)]
    assert ("key_revoked", "1", active) in events and ("key_rotated", "1", kid(site, "active")) in events


def test_nothing_to_start_afresh_is_said(site: Site) -> None:
    run(site, "maintain")
    before = holdings(site)
    assert "nothing to start afresh" in text_of(do(site, "start_afresh"))
    assert "nothing to start afresh" in text_of(keys(site, {"action": "start_afresh"}))
    assert "no key yet that could be rotated" not in text_of(keys(site, {"action": "rotate"}))
    assert holdings(site) == before


def test_a_key_is_revoked_also_while_none_can_be_made(site: Site) -> None:
    """An emergency does not wait for wp-config.php."""
    run(site, "maintain")
    active = kid(site, "active")
    site.set_constants({"AC_TOKEN_SECRET": OTHER})
    text = text_of(keys(site, {"action": "revoke", "kid": active}))
    assert "no token can be signed" in text and "Signs from now on" not in text
    assert "The key was revoked." in after(site, do(site, "revoke", {"kid": active}))
    assert kid(site, "revoked") == active


# Importing


BAD = {
    "encrypted": "protected by a passphrase",
    "malformed": "not one private key in PEM form",
    "nothing": "not one private key in PEM form",
    "of another kind": "signs with keys of another kind",
    "public": "a public key or a certificate",
    "two": "not one private key in PEM form",
    "unsupported": "of a kind that is not used here",
    "weak": "too weak to protect anything",
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_key_is_named_and_goes_nowhere(site: Site, kind: str) -> None:
    run(site, "maintain")
    site.clear_logs()
    before, text = holdings(site), pem(kind)
    answer = do(site, "import", {"pem": text, "use": "now"})
    page = page_of(answer)
    assert BAD[kind] in text_of(answer)
    assert "<title>Error: Import Key" in answer.text
    assert page.find("textarea", name="pem")[0]["aria-invalid"] == "true"
    assert re.search(r'<textarea id="app-connect-pem"[^>]*></textarea>', answer.text), "it is empty"
    assert "checked" in page.find("input", name="use", value="now")[0] and "checked" not in page.find("input", name="use", value="next")[0]
    assert holdings(site) == before
    everywhere = answer.text + dump(site)
    assert not [line for line in parts(text) if line in everywhere]


@pytest.mark.parametrize("use", ["next", "now", "sometime"])
def test_a_good_key_goes_nowhere_but_into_its_envelope(site: Site, use: str) -> None:
    run(site, "maintain")
    site.clear_logs()
    text = pem("good")
    answer = do(site, "import", {"pem": text.replace("\n", "\r\n"), "use": use})
    said = after(site, answer)
    assert ("signs from the next rotation on" if use != "now" else "It signs from now on") in said
    imported = kid(site, "active" if use == "now" else "next")
    event = next(each for each in last_events(site, 3) if each["kind"] == "key_imported")
    assert (event["user_id"], json.loads(event["data"] or "{}")) == ("1", {"kid": imported, "algorithm": "RS256"})
    everywhere = answer.text + str(answer.headers) + keys(site).text + dump(site)
    assert not [line for line in parts(text) if line in everywhere]
    assert "has, or had, this key already" in text_of(do(site, "import", {"pem": text, "use": use}))


def test_the_first_key_signs_at_once_whatever_was_chosen(site: Site) -> None:
    assert "It signs from now on" in after(site, do(site, "import", {"pem": pem("good"), "use": "next"}))
    assert states(site) == ["active", "next"]


def test_nothing_is_imported_where_nothing_can_be_sealed(site: Site) -> None:
    site.set_constants({"AC_TOKEN_SECRET": "short"})
    assert not page_of(keys(site, {"action": "import"})).find("textarea", name="pem")
    text = pem("good")
    answer = do(site, "import", {"pem": text})
    assert "too weak to protect anything" in text_of(answer)
    assert not [line for line in parts(text) if line in answer.text]
    assert run(site)["keys"] == []


# What goes wrong


def test_a_conflict_is_said_and_nothing_is_done(site: Site) -> None:
    run(site, "maintain")
    active = kid(site, "active")
    before = holdings(site)
    answer = do(site, "rotate", {"kid": active}, headers=dict(fault_headers(site, "skip", "^UPDATE .*_app_connect_keys SET slot")))
    site.remove_fixture("fault")
    text = text_of(answer)
    assert "Somebody else changed the keys at the same moment. Nothing was done" in text
    assert "Active RS256" in text, "the keys as they are"
    assert holdings(site) == before
    assert "The keys were rotated." in after(site, do(site, "rotate", {"kid": active}))


@pytest.mark.parametrize("action", ACTIONS)
def test_a_database_that_fails_is_said_and_is_no_success(site: Site, action: str) -> None:
    run(site, "maintain")
    fields = {"kid": kid(site, "active"), "pem": pem("good"), "use": "now"}
    before = holdings(site)
    answer = do(site, action, fields, headers=dict(fault_headers(site, "1053:99", "_app_connect_keys")))
    site.remove_fixture("fault")
    assert "The database did not answer as it should" in text_of(answer)
    assert "There is no key yet" not in text_of(answer)
    assert holdings(site) == before
    assert not [line for line in parts(fields["pem"]) if line in answer.text + site.log_text()]
    site.clear_logs()


@pytest.mark.parametrize("query", ["", "action=rotate", "action=revoke&kid=x", "action=start_afresh", "action=import"])
def test_keys_that_cannot_be_read_are_not_said_to_be_none(site: Site, query: str) -> None:
    run(site, "maintain")
    answer = keys(site, query, headers=dict(fault_headers(site, "1053:99", "_app_connect_keys")))
    site.remove_fixture("fault")
    text = text_of(answer)
    assert "There is no key yet" not in text
    assert "The database did not answer as it should" in text or query == "action=import"
    site.clear_logs()


# The site's secret

STATES: dict[str, tuple[dict[str, Any], str, str]] = {
    "good": ({"AC_TOKEN_SECRET": SECRET}, "Private halves are sealed with AC_TOKEN_SECRET", ""),
    "former": ({"AC_TOKEN_SECRET": OTHER, "AC_TOKEN_SECRET_PREVIOUS": SECRET}, "AC_TOKEN_SECRET_PREVIOUS, is still in wp-config.php", ""),
    "lost": ({"AC_TOKEN_SECRET": OTHER}, "The site’s secret is another than the one", "define( 'AC_TOKEN_SECRET_PREVIOUS', '…' );"),
    "weak": ({"AC_TOKEN_SECRET": "short"}, "too weak to protect anything", "define( 'AC_TOKEN_SECRET', '"),
}


@pytest.mark.parametrize("state", STATES)
def test_the_state_of_the_secret_is_said_with_the_way_out(site: Site, state: str) -> None:
    run(site, "maintain")
    constants, words, line = STATES[state]
    site.set_constants(constants)
    answer = keys(site)
    text = text_of(answer)
    assert words in text, text
    assert line in text
    assert ("Rotate Now" in text) == ("Import Key" in text) == (state in ("good", "former"))
    assert ("Start afresh…" in text) == (state == "lost")
    assert not [each for each in (SECRET, OTHER) if each in answer.text]
    for name, value in re.findall(r"define\( '(\w+)', '([0-9a-f]{64})' \);", html.unescape(answer.text)):
        assert name == "AC_TOKEN_SECRET" and value not in keys(site).text, "another one at the next view"


def test_a_site_that_seals_with_its_salts_is_told_to_do_better(site: Site) -> None:
    site.set_constants({"AC_TOKEN_SECRET": None})
    run(site, "maintain")
    assert "sealed with the keys and salts of wp-config.php" in text_of(keys(site))
    site.set_constants({"AC_TOKEN_SECRET": SECRET})
    assert "salts" not in text_of(keys(site))
    assert "Everything is sealed" in after(site, do(site, "seal"))
    assert states(site) == ["active", "next"]


def test_a_former_secret_is_sealed_over(site: Site) -> None:
    run(site, "maintain")
    site.set_constants({"AC_TOKEN_SECRET": OTHER, "AC_TOKEN_SECRET_PREVIOUS": SECRET})
    assert "Take the line of AC_TOKEN_SECRET_PREVIOUS out" in after(site, do(site, "seal"))
    site.set_constants({"AC_TOKEN_SECRET_PREVIOUS": None})
    assert run(site)["secret"] == {"state": "good"}
    site.set_constants({"AC_TOKEN_SECRET": SECRET})
    assert run(site)["secret"] == {"state": "lost"}
    forget(site)


def test_where_jwts_are_chosen_it_is_said_that_none_can_be_given_out(site: Site) -> None:
    client = new_client(site, make_user(site))
    places = (f"{SETTINGS}&tab=tokens", f"{CLIENTS}&action=edit&client={client['id']}", f"{CLIENTS}&action=new")
    assert not [place for place in places if "JWTs cannot be given out yet" in text_of(screen(site, place, user=1))]
    run(site, "maintain")
    for constants, words, _ in (STATES["weak"], STATES["lost"]):
        site.set_constants(constants)
        for place in places:
            text = text_of(screen(site, place, user=1))
            assert "JWTs cannot be given out yet" in text and words in text, place
            assert "What to do" in text
    text = text_of(act(site, f"{SETTINGS}&tab=tokens", "save", {"tab": "tokens", "shown": "{}", "access_token_format": "jwt"} | TIMES, user=1))
    assert "The settings are saved, but the keys" in text and "JWTs cannot be given out yet" in text
    site.clear_logs()


TIMES = {"access_token_lifetime": "3600", "refresh_token_lifetime": "3600", "session_lifetime": "3600", "authorization_code_lifetime": "60", "key_rotation": "86400"}


# What is chosen elsewhere


def test_settings_say_what_tokens_look_like_and_what_signs(site: Site) -> None:
    query = f"{SETTINGS}&tab=tokens"
    before = api(site, "GET", "/settings", user=1).json()
    shown = {"tab": "tokens", "shown": json.dumps(before)}
    # Of radio buttons none may be pressed; then nothing is changed.
    assert act(site, query, "save", shown | TIMES, user=1).status == 303
    after_it = api(site, "GET", "/settings", user=1).json()
    assert (after_it["access_token_format"], after_it["key_type"], after_it["key_rotation"]) == ("opaque", "rsa-2048", 86400)
    assert act(site, query, "save", shown | TIMES | {"access_token_format": "jwt", "key_type": "ed25519"}, user=1).status == 303
    page = page_of(screen(site, query, user=1))
    assert "checked" in page.find("input", name="access_token_format", value="jwt")[0]
    assert "selected" in page.find("option", value="ed25519")[0]
    for name in ("access_token_format", "key_type"):
        answer = act(site, query, "save", shown | TIMES | {name: EVIL}, user=1)
        assert answer.status == 200 and "alert(1)" not in answer.text.replace(html.escape(EVIL), "")
    assert api(site, "GET", "/settings", user=1).json()["key_type"] == "ed25519"


def test_a_client_has_a_format_of_its_own(site: Site) -> None:
    client = new_client(site, make_user(site))
    query = f"{CLIENTS}&action=edit&client={client['id']}"

    def stored() -> dict[str, Any]:
        return dict(api(site, "GET", f"/clients/{client['id']}", user=1).json())

    for revision, (chosen, expected) in enumerate((("jwt", "jwt"), (None, "jwt"), ("opaque", "opaque"), ("default", "default"))):
        fields = form(client) | {"revision": stored()["revision"]} | ({"access_token_format": chosen} if chosen else {})
        assert act(site, query, "update", fields, user=1).status == 303, revision
        assert stored()["access_token_format"] == expected, "no word about it changes nothing"
        page = page_of(screen(site, query, user=1))
        assert "checked" in page.find("input", name="access_token_format", value=expected)[0]
        assert get_token(site, client).startswith("eyJ" if expected == "jwt" else "oauth_ac_")
        assert ("Its access tokens are JWTs" in page.text) == (expected == "jwt")
    answer = act(site, query, "update", form(client) | {"revision": stored()["revision"], "access_token_format": EVIL}, user=1)
    assert answer.status == 200 and "alert(1)" not in answer.text.replace(html.escape(EVIL), "")
