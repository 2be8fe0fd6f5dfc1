"""A site whose address has changed: it moved, or it is a copy of another (design.md §6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from admin_support import act, page_of, person
from admin_support import form as client_form
from auth_support import new_client
from conftest import Answer, ask_token, assert_oauth_error, count, get_token, log_in, make, nonce, register_client, route, send
from consent_support import Browser, authorize_path
from lab import Site
from refresh_support import Person, refuse, use
from storage_support import fault_headers

QUESTION = "App Connect has stopped: the address of this site has changed."


@pytest.fixture(scope="session", params=["wp71"])
def site(request: pytest.FixtureRequest) -> Site:
    """The newest version: the browser walks these screens on the oldest too."""
    return make(request.param)


@pytest.fixture
def elsewhere(patient: Site) -> Iterator[Site]:
    """A site that knows where it is, and then is somewhere else."""
    know(patient)
    home = patient.sql("SELECT option_value AS v FROM wp_options WHERE option_name = 'home'")[0]["v"]
    yield patient
    put(patient, str(home))
    patient.remove_fixture("fault")


def know(site: Site) -> None:
    """Does what the first hour does."""
    site.wp_eval("AppConnect\\WP\\Storage\\Cleanup::run(); return null;")


def put(site: Site, home: str) -> None:
    """Gives the site this address."""
    site.wp_eval("update_option( 'home', $args[0] ); return null;", home)


def move(site: Site) -> None:
    """Puts the site at another name of this machine."""
    put(site, f"http://localhost:{site.port}{site.subdirectory}")


def say(site: Site, user: int, happened: str, **options: Any) -> Answer:
    """Presses one of the buttons."""
    form = {"action": "app_connect_site", "happened": happened, "_wpnonce": nonce(site, user, "app_connect_site")} | options.pop("form", {})
    headers = [("Cookie", log_in(site, user)), *options.pop("headers", [])]
    return send(site, options.pop("method", "POST"), f"{site.subdirectory}/wp-admin/admin-post.php", form=form, headers=headers)


@pytest.mark.parametrize("door", [True, False], ids=["door", "rest"])
def test_nothing_is_issued_and_nothing_taken_until_somebody_says_why(elsewhere: Site, door: bool) -> None:
    client = register_client(elsewhere)
    token = get_token(elsewhere, client)
    move(elsewhere)
    answer = ask_token(elsewhere, client, door=door)
    assert_oauth_error(answer, 503, "temporarily_unavailable")
    assert int(answer.header("Retry-After") or 0) > 0
    assert use(elsewhere, token) == 503
    page = send(elsewhere, "GET", authorize_path(elsewhere) + "?client_id=x", door=door)
    assert page.status == 303, "the page that says so stands behind the login screen's address"
    shown = Browser(elsewhere).follow(page)
    assert shown.status == 503 and "Apps are not let in at the moment" in shown.text
    assert send(elsewhere, "GET", route(elsewhere, "/wp/v2/posts")).status == 200, "WordPress itself goes on"


def test_moved_everything_goes_on(elsewhere: Site) -> None:
    somebody, client = Person(elsewhere), register_client(elsewhere)
    session, token = somebody.session(), get_token(elsewhere, client)
    move(elsewhere)
    assert {use(elsewhere, token), use(elsewhere, session["access_token"])} == {503}
    answer = say(elsewhere, person(elsewhere, "administrator"), "moved")
    assert answer.status == 303 and "notice=site_moved" in (answer.header("Location") or "")
    assert {use(elsewhere, token), use(elsewhere, session["access_token"])} == {200}
    somebody.next(session["refresh_token"])
    assert count(elsewhere, "events", "kind = 'site_moved'") >= 1


def test_a_copy_takes_nothing_that_its_original_gave_out(elsewhere: Site) -> None:
    somebody, client = Person(elsewhere), register_client(elsewhere)
    session, token = somebody.session(), get_token(elsewhere, client)
    move(elsewhere)
    answer = say(elsewhere, person(elsewhere, "administrator"), "copied")
    assert answer.status == 303 and "notice=site_copied" in (answer.header("Location") or "")
    assert {use(elsewhere, token), use(elsewhere, session["access_token"])} == {401}
    refuse(somebody.refresh(session["refresh_token"]))
    assert use(elsewhere, get_token(elsewhere, client)) == 200, "clients and secrets stay"


def test_a_search_and_replace_over_the_copy_does_not_hide_that_it_is_one(elsewhere: Site) -> None:
    client = register_client(elsewhere)
    before, after = f"127.0.0.1:{elsewhere.port}", f"localhost:{elsewhere.port}"
    elsewhere.sql(f"UPDATE wp_options SET option_value = REPLACE(option_value, '{before}', '{after}') WHERE option_name IN ('home', 'app_connect_settings')")
    elsewhere.wp_eval("wp_cache_flush(); return null;")
    assert ask_token(elsewhere, client).status == 503


def test_https_or_a_slash_make_no_other_site(elsewhere: Site) -> None:
    client = register_client(elsewhere)
    for home in (f"http://127.0.0.1:{elsewhere.port}{elsewhere.subdirectory}/", f"HTTP://127.0.0.1:{elsewhere.port}{elsewhere.subdirectory}".replace("HTTP", "https")):
        put(elsewhere, home)
        assert ask_token(elsewhere, client).status == 200, home


def test_a_site_that_knows_nothing_yet_learns_it_once(patient: Site) -> None:
    known = lambda: patient.wp_eval("return get_option( 'app_connect_settings' )['known_site'] ?? null;")  # noqa: E731
    assert known() is None
    know(patient)
    digest = known()
    assert digest == patient.wp_eval("return AppConnect\\WP\\Plugin::server()->site_digest();")
    home = f"http://127.0.0.1:{patient.port}{patient.subdirectory}"
    try:
        move(patient)
        know(patient)
        assert known() == digest, "what is known stays known"
    finally:
        put(patient, home)


def test_whoever_can_answer_is_asked_on_every_screen_and_nobody_else(elsewhere: Site) -> None:
    admin, editor = person(elsewhere, "administrator"), person(elsewhere, "editor")
    look = lambda user, screen: send(elsewhere, "GET", f"{elsewhere.subdirectory}/wp-admin/{screen}", headers={"Cookie": log_in(elsewhere, user)})  # noqa: E731
    assert QUESTION not in look(admin, "index.php").text
    move(elsewhere)
    for screen in ("index.php", "plugins.php", "admin.php?page=app-connect"):
        page = page_of(look(admin, screen))
        assert QUESTION in page.text
        assert {button["value"] for button in page.find("button", name="happened")} == {"moved", "copied"}
    assert QUESTION not in look(editor, "index.php").text


def test_only_who_may_and_means_it_answers(elsewhere: Site) -> None:
    client = register_client(elsewhere)
    token = get_token(elsewhere, client)
    admin, editor = person(elsewhere, "administrator"), person(elsewhere, "editor")
    move(elsewhere)
    assert say(elsewhere, editor, "moved").status == 403
    assert say(elsewhere, admin, "moved", form={"_wpnonce": "0" * 10}).status == 403
    query = f"?action=app_connect_site&happened=moved&_wpnonce={nonce(elsewhere, admin, 'app_connect_site')}"
    assert send(elsewhere, "GET", f"{elsewhere.subdirectory}/wp-admin/admin-post.php{query}", headers={"Cookie": log_in(elsewhere, admin)}).status == 303
    for word in ("", "both", "MOVED"):
        assert say(elsewhere, admin, word).status == 303
    assert use(elsewhere, token) == 503


def test_T6_a_change_leads_back_to_its_screen_where_wp_admin_has_another_host(elsewhere: Site) -> None:
    client = new_client(elsewhere, person(elsewhere, "editor"))
    admin = person(elsewhere, "administrator")
    move(elsewhere)
    for query, do, fields in (
        (f"page=app-connect&action=edit&client={client['id']}", "update", client_form(client)),
        ("page=app-connect-settings&tab=basic", "save", {"tab": "basic", "enabled": "1", "door": "1"}),
    ):
        answer = act(elsewhere, query, do, fields, user=admin)
        location = answer.header("Location") or ""
        assert answer.status == 303, answer.text
        assert location.startswith(f"http://127.0.0.1:{elsewhere.port}") and "notice=" in location, location


@pytest.mark.parametrize("at", ["UPDATE \\S+_clients SET epoch", "UPDATE \\S+options SET option_value"], ids=["ends", "knows"])
def test_a_copy_that_could_not_end_everything_has_not_started(elsewhere: Site, at: str) -> None:
    client = register_client(elsewhere)
    token = get_token(elsewhere, client)
    move(elsewhere)
    admin = person(elsewhere, "administrator")
    answer = say(elsewhere, admin, "copied", headers=fault_headers(elsewhere, "1053", at))
    assert answer.status == 503 and "has not started again" in answer.text
    assert use(elsewhere, token) == 503
    elsewhere.remove_fixture("fault")
    assert say(elsewhere, admin, "copied").status == 303
    assert use(elsewhere, token) == 401
