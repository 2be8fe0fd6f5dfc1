"""The audit log when a user's tokens end: one row for each act, whoever did it, and only where the user could have tokens."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import Answer, count, get_token, log_in, make_user, nonce, register_client, revoke, send
from lab import Site
from refresh_support import Person, staying_app
from storage_support import FAULT
from test_refresh import ENDS
from test_tables import blog_id, net

__all__ = ["net"]

WHY = {
    "wp_update_user": "password_changed",
    "wp_set_password": "password_changed",
    "reset_password": "password_reset",
    "profile": "password_changed",
    "deleted": "user_deleted",
}


def ended(site: Site, user: int, prefix: str = "wp_") -> list[dict[str, Any]]:
    """The rows about the end of a user's tokens, oldest first, their data as it is said."""
    rows = site.sql(f"SELECT at, user_id, ip, client_pk, grant_id, data FROM {prefix}app_connect_events WHERE kind = 'user_tokens_ended' AND owner_id = {user} ORDER BY id")
    assert count(site, "events", "kind = 'user_tokens_ended' AND owner_id IS NULL") == 0
    return [row | {"data": json.loads(row["data"] or "")} for row in rows]


def subject(site: Site, user: int | None = None, **fields: Any) -> int:
    """A user who has a subject."""
    user = make_user(site, **fields) if user is None else user
    get_token(site, register_client(site, service_user_id=user))
    return user


@pytest.mark.parametrize("end", WHY)
def test_each_end_is_told_once_with_its_reason(site: Site, end: str) -> None:
    """WordPress has two or three hooks for one change of a password."""
    user = subject(site)
    site.wp_eval(ENDS[end] + " return null;", user)
    by = str(user) if end == "profile" else None
    rows = ended(site, user)
    assert [(row["user_id"], row["client_pk"], row["grant_id"], row["data"]) for row in rows] == [(by, None, None, {"owner": user, "why": WHY[end]})]
    assert abs(int(rows[0]["at"]) - int(site.sql("SELECT UNIX_TIMESTAMP() AS now")[0]["now"] or 0)) < 60


@pytest.mark.parametrize("end", WHY)
def test_whoever_never_had_a_token_ends_none(site: Site, end: str) -> None:
    user = make_user(site)
    site.wp_eval(ENDS[end] + " return null;", user)
    assert ended(site, user) == []


def test_every_change_of_one_request_is_told(site: Site) -> None:
    user = subject(site)
    site.wp_eval("""
        wp_set_current_user( 1 );
        wp_set_password( 'one', (int) $args[0] );
        reset_password( get_userdata( (int) $args[0] ), 'two' );
        wp_set_password( 'three', (int) $args[0] );
        wp_update_user( array( 'ID' => (int) $args[0], 'user_pass' => 'four' ) );
        return null;
    """, user)
    assert [(row["user_id"], row["data"]["why"]) for row in ended(site, user)] == [
        ("1", "password_changed"), ("1", "password_reset"), ("1", "password_changed"), ("1", "password_changed"),
    ]


def test_a_reset_is_known_as_one_where_another_plugin_sets_passwords(site: Site) -> None:
    """wp_set_password() is pluggable, and another one may say nothing."""
    user = subject(site)
    site.wp_eval("remove_all_actions( 'wp_set_password' ); reset_password( get_userdata( (int) $args[0] ), 'two' ); return null;", user)
    assert [row["data"]["why"] for row in ended(site, user)] == ["password_reset"]


def test_what_is_no_end_is_not_told(site: Site) -> None:
    user = subject(site)
    site.wp_eval("""
        wp_update_user( array( 'ID' => (int) $args[0], 'display_name' => 'Another' ) );
        // As WordPress does at a login whose hash is out of date.
        wp_set_password( get_userdata( (int) $args[0] )->user_login, (int) $args[0] );
        return null;
    """, user)
    assert ended(site, user) == []


def log_out_everywhere(site: Site, by: int, user: int, **options: Any) -> Answer:
    """The button of a profile."""
    form = {"action": "destroy-sessions", "user_id": str(user), "nonce": nonce(site, by, f"update-user_{user}")}
    return send(site, "POST", f"{site.subdirectory}/wp-admin/admin-ajax.php", form=form, headers={"Cookie": log_in(site, by)} | options.pop("headers", {}), **options)


@pytest.mark.parametrize("by", ["themselves", "an administrator"])
def test_log_out_everywhere_is_told_with_who_and_where(site: Site, by: str) -> None:
    user = subject(site)
    actor = user if by == "themselves" else 1
    assert log_out_everywhere(site, actor, user, headers={"X-Test-Address": "203.0.113.40"}).json()["success"] is True
    rows = ended(site, user)
    assert [(row["user_id"], row["ip"], row["data"]["why"]) for row in rows] == [(str(actor), "203.0.113.40", "logged_out_everywhere")]


def test_a_log_that_fails_stops_nothing(patient: Site) -> None:
    """What WordPress did is done, and the tokens have ended: only the row is missing, and the error log says so."""
    user = subject(patient)
    epoch = f"SELECT epoch FROM wp_app_connect_subjects WHERE user_id = {user}"
    before = int(patient.sql(epoch)[0]["epoch"] or 0)
    patient.fixture("fault", FAULT)
    patient.clear_logs()
    answer = log_out_everywhere(patient, 1, user, headers={"X-Fault": "1213:9", "X-Fault-At": "INSERT INTO wp_app_connect_events"})
    assert answer.json()["success"] is True
    assert int(patient.sql(epoch)[0]["epoch"] or 0) == before + 1
    assert ended(patient, user) == []
    assert "storage unavailable" in patient.log_text()


def test_leaving_a_site_and_the_network_are_told_where_they_count(net: tuple[Site, str]) -> None:
    """One row on each site that ends tokens: of who leaves one site, the other sites keep the tokens."""
    network, prefix = net
    two = blog_id(network, "/two/")
    user = int(network.wp_eval("""
        $name = 'u' . bin2hex( random_bytes( 6 ) );
        $id   = wp_insert_user( array( 'user_login' => $name, 'user_pass' => $name, 'user_email' => "$name@example.com" ) );
        foreach ( array( 1, (int) $args[0] ) as $blog ) {
            add_user_to_blog( $blog, $id, 'editor' );
            switch_to_blog( $blog );
            AppConnect\\WP\\Storage\\Subjects::ensure( $id, substr( bin2hex( random_bytes( 11 ) ), 0, 22 ) );
            restore_current_blog();
        }
        return $id;
    """, two))

    def why() -> tuple[list[str], list[str]]:
        return [row["data"]["why"] for row in ended(network, user)], [row["data"]["why"] for row in ended(network, user, prefix)]

    def subjects(which: str) -> str | None:
        rows = network.sql(f"SELECT epoch FROM {which}app_connect_subjects WHERE user_id = {user}")
        return rows[0]["epoch"] if rows else None

    network.wp_eval("require_once ABSPATH . 'wp-admin/includes/user.php'; wp_delete_user( (int) $args[0] ); return null;", user, url=f"{network.url}/two/")
    assert why() == ([], ["left_site"])
    assert (subjects("wp_"), subjects(prefix)) == ("0", "1"), "the network's other sites are not left"
    network.wp_eval("wp_set_password( 'another', (int) $args[0] ); return null;", user)
    assert why() == (["password_changed"], ["left_site"])
    network.wp_eval("add_user_to_blog( (int) $args[0], (int) $args[1], 'editor' ); require_once ABSPATH . 'wp-admin/includes/ms.php'; wpmu_delete_user( (int) $args[1] ); return null;", two, user)
    assert why() == (["password_changed", "user_deleted"], ["left_site", "user_deleted"])
    assert (subjects("wp_"), subjects(prefix)) == (None, None)


def test_every_event_says_whose_tokens_it_is_about_and_from_where(site: Site) -> None:
    """The protocol names the grant; whose it is and where the request came from is added."""
    client = register_client(site)
    token = get_token(site, client)
    assert revoke(site, client, token, headers={"X-Test-Address": "203.0.113.41"}).status == 200
    person = Person(site, staying_app(site))
    first = person.session()["refresh_token"]
    second = person.next(first)["refresh_token"]
    third = person.next(second)["refresh_token"]
    person.next(third)
    assert person.refresh(first, headers={"X-Test-Address": "203.0.113.42"}).status == 400
    rows = site.sql(f"SELECT kind, user_id, owner_id, ip, grant_id FROM wp_app_connect_events WHERE client_pk IN ({client['id']}, {person.app['id']}) ORDER BY id")
    told = {str(row["kind"]): (row["user_id"], row["owner_id"], row["ip"], row["grant_id"] is not None) for row in rows}
    assert told["token_revoked"] == (None, str(client["service_user_id"]), "203.0.113.41", True)
    assert told["token_reused"] == (None, str(person.user), "203.0.113.42", True)
    assert told["consent_granted"] == (str(person.user), None, "127.0.0.1", False)
    assert "token_issued" not in told
