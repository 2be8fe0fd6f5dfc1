"""Codes are exchanged once, by their own client (threats.md §2.5; RFC 6749 §4.1.3, RFC 7636, RFC 9700 §4.5)."""

from __future__ import annotations

import time
from typing import Any

import pytest
from code_support import bought, change, digest_of, is_spent, new_code, row_of
from conftest import Answer, assert_oauth_error, configure, make_user, register_client, route, send, token_path
from consent_support import REDIRECT, Code, exchange, get_code, new_app, tokens
from lab import Site

POSTS = "/wp/v2/posts"
App = dict[str, Any]


@pytest.fixture(scope="module")
def user(site: Site) -> int:
    """Who approves."""
    return make_user(site, "editor")


@pytest.fixture(scope="module")
def app(site: Site) -> App:
    """A public client, with PKCE."""
    return new_app(site)


def server_app(site: Site, **draft: Any) -> App:
    """A confidential client, with PKCE unless told otherwise."""
    return new_app(site, **{"type": "confidential", "name": "Server"} | draft)


def use(site: Site, answer: Answer) -> int:
    """The status of a request with the token of an answer."""
    return send(site, "GET", route(site, POSTS), bearer=answer.json()["access_token"]).status


def refuse(answer: Answer, error: str = "invalid_grant") -> None:
    """A refusal with no token in it."""
    assert_oauth_error(answer, 400, error)
    assert "oauth_ac_" not in answer.text


# CG-01, CG-02, CG-09: once


@pytest.mark.parametrize("door", [True, False], ids=["open", "closed"])
@pytest.mark.parametrize("kind", ["public", "confidential"])
def test_CG_01_a_code_is_good_for_one_token(site: Site, user: int, kind: str, door: bool) -> None:
    app = new_app(site) if kind == "public" else server_app(site)
    code = get_code(site, app, user)
    first = exchange(site, code, door=door)
    assert first.status == 200, first.text
    body = first.json()
    assert {"access_token", "token_type", "expires_in", "scope"} <= set(body) and body["scope"] == "content:read"
    assert (first.header("Cache-Control"), first.header("Pragma")) == ("no-store", "no-cache")
    refuse(exchange(site, code, door=door))
    assert bought(site, app) == (1, 1)
    assert use(site, first) == 200
    me = send(site, "GET", route(site, "/app-connect/v1/me"), bearer=body["access_token"]).json()
    assert (me["id"], me["client_id"]) == (user, app["client_id"])


def test_CG_02_a_code_that_comes_again_later_ends_what_it_bought(site: Site, user: int, app: App) -> None:
    code, other = get_code(site, app, user), exchange(site, get_code(site, app, user))
    first = exchange(site, code)
    assert use(site, first) == 200
    change(site, code, "consumed_at = consumed_at - 30")
    refuse(exchange(site, code))
    assert use(site, first) == 401
    assert use(site, other) == 200, "what the same person approved another time"
    row = row_of(site, code)
    assert row is not None
    grant = site.sql(f"SELECT revoked_at, revoked_why FROM wp_app_connect_grants WHERE id = {row['grant_id']}")[0]
    assert (grant["revoked_why"], grant["revoked_at"] is not None) == ("code_replayed", True)
    told = site.sql(f"SELECT client_pk, grant_id FROM wp_app_connect_events WHERE kind = 'token_reused' AND client_pk = {app['id']} ORDER BY id DESC LIMIT 1")
    assert told == [{"client_pk": str(app["id"]), "grant_id": row["grant_id"]}]


def test_CG_02_a_replay_is_known_after_the_codes_own_end(site: Site, user: int, app: App) -> None:
    code = get_code(site, app, user)
    first = exchange(site, code)
    change(site, code, "consumed_at = consumed_at - 300, expires_at = UNIX_TIMESTAMP() - 200")
    site.wp_eval("AppConnect\\WP\\Storage\\Cleanup::batch(); return null;")
    refuse(exchange(site, code))
    assert use(site, first) == 401


def test_CG_09_a_request_sent_twice_is_refused_once_and_ends_nothing(site: Site, user: int, app: App) -> None:
    code = get_code(site, app, user)
    first = exchange(site, code)
    for _ in range(3):
        refuse(exchange(site, code))
    assert use(site, first) == 200
    change(site, code, "consumed_at = consumed_at - 11")
    refuse(exchange(site, code))
    assert use(site, first) == 401


@pytest.mark.parametrize("changes", [{"code_verifier": "w" * 43}, {"code_verifier": None}], ids=["wrong", "missing"])
def test_CG_09_without_the_verifier_twice_is_a_replay(site: Site, user: int, app: App, changes: dict[str, str | None]) -> None:
    code = get_code(site, app, user)
    first = exchange(site, code)
    refuse(exchange(site, code, **changes))
    assert use(site, first) == 401


def test_CG_09_without_pkce_twice_is_a_replay(site: Site, user: int) -> None:
    app = server_app(site, require_pkce=False)
    code = get_code(site, app, user, code_challenge=None, code_challenge_method=None)
    first = exchange(site, code)
    assert first.status == 200, first.text
    refuse(exchange(site, code))
    assert use(site, first) == 401


# CG-03, CG-04, CG-10: whose it is


@pytest.mark.parametrize("kind", ["public", "confidential"])
def test_CG_03_another_clients_replay_ends_nothing(site: Site, user: int, app: App, kind: str) -> None:
    other = new_app(site) if kind == "public" else server_app(site)
    code = get_code(site, app, user)
    first = exchange(site, code)
    change(site, code, "consumed_at = consumed_at - 30")
    refuse(exchange(site, Code(code.code, other, code.redirect_uri, code.verifier, {})))
    assert use(site, first) == 200


@pytest.mark.parametrize("kind", ["public", "confidential"])
def test_CG_04_another_clients_code_is_refused_and_stays_good(site: Site, user: int, app: App, kind: str) -> None:
    other = new_app(site) if kind == "public" else server_app(site)
    code = get_code(site, app, user)
    refuse(exchange(site, Code(code.code, other, code.redirect_uri, code.verifier, {})))
    assert not is_spent(site, code)
    assert exchange(site, code).status == 200


def test_CG_10_a_wrong_secret_is_401_and_spends_nothing(site: Site, user: int) -> None:
    app = server_app(site)
    code = get_code(site, app, user)
    for options in (
        {"auth": (app["client_id"], "wrong" * 8)},
        {"auth": None, "client_id": app["client_id"]},
    ):
        answer = exchange(site, code, **options)
        assert_oauth_error(answer, 401, "invalid_client")
    assert not is_spent(site, code)
    assert exchange(site, code).status == 200


# CG-05, CG-06: codes that are none


def test_CG_05_an_expired_code_is_refused(site: Site, user: int, app: App) -> None:
    code = get_code(site, app, user)
    row = row_of(site, code)
    assert row is not None and 118 <= int(row["expires_at"]) - time.time() <= 120, "120 s"
    change(site, code, "expires_at = UNIX_TIMESTAMP()")
    refuse(exchange(site, code))
    assert bought(site, app)[0] == bought(site, app)[1]
    change(site, code, "expires_at = UNIX_TIMESTAMP() + 5")
    assert exchange(site, code).status == 200


def test_AZ_29_the_lifetime_of_codes_is_a_setting(patient: Site, user: int, app: App) -> None:
    configure(patient, authorization_code_lifetime=30)
    row = row_of(patient, get_code(patient, app, user))
    assert row is not None and 28 <= int(row["expires_at"]) - time.time() <= 30


def test_CG_06_a_code_that_nobody_issued_costs_what_an_expired_one_costs(site: Site, user: int, app: App) -> None:
    expired = get_code(site, app, user)
    change(site, expired, "expires_at = UNIX_TIMESTAMP()")
    asked = {"X-Test-Queries": "1"}
    answers = [exchange(site, Code(code, app, REDIRECT, expired.verifier, {}), headers=asked) for code in (new_code(), expired.code)]
    for answer in answers:
        refuse(answer)
    assert len({(answer.text, answer.header("X-Test-Queries")) for answer in answers}) == 1
    assert answers[0].header("X-Test-Queries") == "SELECT,SELECT"
    # What cannot be a code is not looked up.
    for code in ("x", new_code()[:-1] + "!", "oauth_ac_a" + new_code()[10:], new_code()[:-1]):
        answer = exchange(site, Code(code, app, REDIRECT, expired.verifier, {}), headers=asked)
        refuse(answer)
        assert answer.header("X-Test-Queries") == "SELECT", code
    answer = send(site, "POST", token_path(site), form={"grant_type": "authorization_code", "client_id": app["client_id"]})
    assert_oauth_error(answer, 400, "invalid_request")


# CG-07: what happened since


ENDS = {
    "deleted": "require_once ABSPATH . 'wp-admin/includes/user.php'; wp_delete_user( (int) $args[0] );",
    "vanished": "$GLOBALS['wpdb']->delete( $GLOBALS['wpdb']->users, array( 'ID' => (int) $args[0] ) ); clean_user_cache( (int) $args[0] );",
    "no_role": "( new WP_User( (int) $args[0] ) )->set_role( '' );",
    "password": "wp_set_password( 'another', (int) $args[0] );",
    "client_disabled": "AppConnect\\WP\\Storage\\Clients::disable( (int) $args[1] ); AppConnect\\WP\\Storage\\Clients::enable( (int) $args[1] );",
    "client_ended": "AppConnect\\WP\\Storage\\Clients::end_tokens( (int) $args[1] );",
    "grant_type": "foreach ( array( false, true ) as $on ) { AppConnect\\WP\\Settings::switch_method( 'authorization_code', $on ); }",
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("door", [True, False], ids=["open", "closed"])
def test_CG_07_what_ended_between_approval_and_exchange_ends_the_code(patient: Site, end: str, door: bool) -> None:
    person, app = make_user(patient, "editor"), new_app(patient)
    code = get_code(patient, app, person)
    patient.wp_eval(ENDS[end] + " return null;", person, app["id"])
    refuse(exchange(patient, code, door=door))
    assert bought(patient, app) == (0, 0)


def test_CG_07_a_plugin_that_blocks_a_user_blocks_its_codes(patient: Site) -> None:
    """Blocked as plugins do it: the capabilities are taken on `init`, which the door does not wait for."""
    person, app = make_user(patient, "editor"), new_app(patient)
    code = get_code(patient, app, person)
    patient.fixture("blocker", f"add_action( 'init', fn () => add_filter( 'user_has_cap', fn ( $all, $caps, $args, $user ) => {person} === $user->ID ? array() : $all, 10, 4 ) );")
    refuse(exchange(patient, code))
    patient.remove_fixture("blocker")
    assert exchange(patient, code).status == 200


def test_CG_07_a_deleted_client_leaves_neither_codes_nor_consents(site: Site, user: int) -> None:
    app = new_app(site)
    code = get_code(site, app, user)
    spent = get_code(site, app, user)
    assert exchange(site, spent).status == 200
    assert site.wp_eval("return AppConnect\\WP\\Storage\\Clients::delete( (int) $args[0] );", app["id"]) is True
    assert_oauth_error(exchange(site, code), 401, "invalid_client")
    for table in ("codes", "consents", "grants"):
        assert site.sql(f"SELECT COUNT(*) AS n FROM wp_app_connect_{table} WHERE client_pk = {app['id']}") == [{"n": "0"}], table


def test_CG_07_a_deleted_user_leaves_neither_consents_nor_unspent_codes(site: Site, app: App) -> None:
    person = make_user(site, "editor")
    spent, unspent = get_code(site, app, person), get_code(site, app, person)
    assert exchange(site, spent).status == 200
    row = row_of(site, spent)
    assert row is not None
    subject = f"subject_pk = {row['subject_pk']}"
    assert site.sql(f"SELECT COUNT(*) AS n FROM wp_app_connect_consents WHERE {subject}") == [{"n": "1"}]
    site.wp_eval("require_once ABSPATH . 'wp-admin/includes/user.php'; return wp_delete_user( (int) $args[0] );", person)
    assert site.sql(f"SELECT COUNT(*) AS n FROM wp_app_connect_consents WHERE {subject}") == [{"n": "0"}]
    assert row_of(site, unspent) is None and is_spent(site, spent), "a spent one is kept, to know a replay"


# CG-11: resources


def test_CG_11_a_resource_that_was_not_approved_is_refused(site: Site, user: int, app: App) -> None:
    here = f"http://127.0.0.1:{site.port}"
    code = get_code(site, app, user)
    refuse(exchange(site, code, resource="https://other.example/api"), "invalid_target")
    assert not is_spent(site, code)
    assert exchange(site, code).status == 200
    code = get_code(site, app, user, resource=f"{here}/wp-json/")
    refuse(exchange(site, code, resource=f"{here}/other"), "invalid_target")
    assert exchange(site, code, resource=f"{here}/wp-json/").status == 200
    row = row_of(site, code)
    assert row is not None
    assert site.sql(f"SELECT resource FROM wp_app_connect_grants WHERE id = {row['grant_id']}") == [{"resource": f"{here}/wp-json/"}]


# RU-21, RU-22, PK: what was asked for


def test_RU_22_the_redirect_uri_is_the_one_of_the_request(site: Site, user: int, app: App) -> None:
    code = get_code(site, app, user)
    for uri in (None, REDIRECT + "/", REDIRECT + "?x", "https://other.example/callback"):
        refuse(exchange(site, code, redirect_uri=uri))
    assert exchange(site, code).status == 200


def test_RU_21_a_redirect_uri_that_was_taken_away_ends_its_codes(site: Site, user: int) -> None:
    app = new_app(site, redirect_uris=[REDIRECT, "https://app.example/second"])
    code = get_code(site, app, user)
    site.sql(f"UPDATE wp_app_connect_clients SET config = JSON_REMOVE(config, '$.redirect_uris[0]') WHERE id = {app['id']}")
    refuse(exchange(site, code))


def test_PK_02_a_wrong_verifier_spends_the_code(site: Site, user: int, app: App) -> None:
    code = get_code(site, app, user)
    refuse(exchange(site, code, code_verifier="w" * 43))
    assert is_spent(site, code)
    refuse(exchange(site, code))
    assert row_of(site, code)["grant_id"] is None  # type: ignore[index]


@pytest.mark.parametrize("verifier", [None, "", "short", "v" * 129, "v" * 42 + "!", "é" * 43, "v" * 42 + "\0"])
def test_PK_03_08_09_a_missing_or_malformed_verifier_is_400(site: Site, user: int, app: App, verifier: str | None) -> None:
    code = get_code(site, app, user)
    answer = exchange(site, code, code_verifier=verifier)
    assert_oauth_error(answer, 400, ("invalid_grant", "invalid_request"))
    assert exchange(site, code).status == 200, "a typing error is no theft"


def test_PK_04_a_verifier_without_a_challenge_is_refused(site: Site, user: int) -> None:
    app = server_app(site, require_pkce=False)
    code = get_code(site, app, user, code_challenge=None, code_challenge_method=None)
    refuse(exchange(site, code, code_verifier="v" * 43))


# What is stored


def test_TK_21_a_code_is_stored_as_its_digest_and_logged_nowhere(site: Site, user: int) -> None:
    app = server_app(site)
    code = get_code(site, app, user)
    token = exchange(site, code).json()["access_token"]
    refuse(exchange(site, code))
    dump = site.wp_eval("""
        global $wpdb;
        $all = '';
        foreach ( $wpdb->get_col( 'SHOW TABLES' ) as $table ) {
            foreach ( $wpdb->get_results( "SELECT * FROM `$table`", ARRAY_N ) as $row ) { $all .= implode( "\\n", $row ) . "\\n"; }
        }
        return array_map( fn ( $text ) => substr_count( $all, $text ), $args );
    """, code.code, code.verifier, token, digest_of(code.code))
    assert dump[:3] == [0, 0, 0] and dump[3] >= 1
    logs = "".join(path.read_text(errors="replace") for path in site.logs.values() if path.exists())
    for text in (code.code, code.verifier, token):
        assert str(text) not in logs


def test_AZ_28_codes_are_unique_and_long(site: Site, user: int, app: App) -> None:
    codes = {get_code(site, app, user).code for _ in range(20)}
    assert len(codes) == 20
    assert all(len(code) == 59 and code.startswith("oauth_ac_c") for code in codes)


def test_a_client_without_the_grant_type_is_unauthorized(site: Site, user: int, app: App) -> None:
    other = register_client(site)
    code = get_code(site, app, user)
    answer = exchange(site, Code(code.code, other, code.redirect_uri, code.verifier, {}))
    assert_oauth_error(answer, 400, "unauthorized_client")
    assert not is_spent(site, code)


def test_a_token_for_a_person_says_nothing_of_routes_and_lasts_as_set(patient: Site, user: int, app: App) -> None:
    configure(patient, access_token_lifetime=600)
    body = tokens(patient, app, user)
    assert body["expires_in"] == 600
    row = patient.sql("SELECT idle_expires_at - created_at AS s, auth_time FROM wp_app_connect_grants ORDER BY id DESC LIMIT 1")[0]
    assert row["s"] == "600" and row["auth_time"] is not None


def test_codes_in_the_query_are_refused(site: Site, user: int, app: App) -> None:
    code = get_code(site, app, user)
    answer = send(site, "POST", token_path(site) + f"?code={code.code}", form={"grant_type": "authorization_code", "client_id": app["client_id"]})
    assert_oauth_error(answer, 400, "invalid_request")
    assert not is_spent(site, code)
