"""WordPress' login on the way to the consent page, with the plugins that change it (threats.md AZ-26, AZ-27, OI-08)."""

from __future__ import annotations

import urllib.parse
from typing import Any

import pytest
from admin_support import Page
from conftest import make, make_user, route, send
from consent_support import app, editor, person  # noqa: F401 -- Fixtures.
from consent_support import (
    ACTION,
    DOORS,
    STATE,
    Browser,
    another_session,
    authorize,
    decide,
    exchange,
    get_code,
    is_consent,
    new_app,
    new_person,
    open_consent,
    page_error,
    redirected,
    refused,
    walk_in,
)
from lab import Site


LONG = "x" * 4000
"""A state that makes an address too long for a redirect."""


@DOORS
def test_AZ_26_who_is_not_signed_in_logs_in_and_comes_back_to_the_same_request(
    site: Site, app: dict[str, Any], person: dict[str, Any], door: bool
) -> None:
    browser = Browser(site, door=door)
    page = walk_in(browser, app, person, state="same & <state>", method="POST")
    assert is_consent(page)
    told = redirected(decide(browser, page))
    assert told["state"] == "same & <state>"
    assert "code" in told


def test_AZ_26_the_login_page_says_why_and_fills_in_who_is_expected(site: Site, app: dict[str, Any]) -> None:
    browser = Browser(site)
    page = Page(browser.follow(authorize(browser, app, login_hint='eve"><b>@example.com')).text)
    assert "An app asks for access" in page.text
    [field] = page.find("input", id="user_login")
    assert field["value"] == 'eve">@example.com'
    assert not page.find("b")
    # On the way to a request only, and never over what was typed.
    elsewhere = Page(browser.get("/wp-login.php?app_connect_hint=eve").text)
    assert elsewhere.find("input", id="user_login")[0]["value"] == ""


def test_AZ_26_a_wrong_password_leads_nowhere(site: Site, app: dict[str, Any], person: dict[str, Any]) -> None:
    browser = Browser(site)
    answer = walk_in(browser, app, person | {"password": "wrong"})
    assert 'id="loginform"' in answer.text
    assert is_consent(browser.type_password(answer, person["login"], person["password"]))


def evil(site: Site) -> list[str]:
    """Addresses that are none of ours, some of which look so."""
    ours = f"{site.url}/wp-login.php?action={ACTION}&app_connect="
    return [
        "https://evil.example/",
        f"https://evil.example/wp-login.php?action={ACTION}&app_connect=YQ",
        ours + "YQ/../../https://evil.example",
        ours + "@evil.example",
        ours.replace("127.0.0.1", "127.0.0.1@evil.example") + "YQ",
        ours.replace("127.0.0.1", "127.0.0.1.evil.example") + "YQ",
        "//evil.example?app_connect=YQ",
        "https:/\\evil.example?app_connect=YQ",
        ours + "YQ\r\nLocation: https://evil.example",
    ]


@pytest.mark.parametrize("number", range(9))
def test_AZ_26_a_tampered_redirect_to_is_not_followed(site: Site, person: dict[str, Any], number: int) -> None:
    browser = Browser(site)
    page = browser.get("/wp-login.php?redirect_to=" + urllib.parse.quote(evil(site)[number], safe=""))
    hidden = {tag["name"]: tag.get("value", "") for tag in Page(page.text).find("input", type="hidden")}
    answer = browser.post("/wp-login.php", hidden | {"log": person["login"], "pwd": person["password"], "wp-submit": "Log In"})
    assert answer.status == 302
    location = answer.header("Location") or ""
    assert location.startswith(f"{site.url}/"), location


REDIRECTING_PLUGIN = """
    add_filter( 'login_redirect', static fn () => home_url( '/my-account/' ), %d );
    add_filter( 'woocommerce_login_redirect', static fn () => home_url( '/my-account/' ) );
"""


@pytest.mark.parametrize("priority", [10, 99999])
def test_AZ_26_a_plugin_that_sends_customers_elsewhere_does_not_lose_the_request(patient: Site, priority: int) -> None:
    patient.fixture("sends-away", REDIRECTING_PLUGIN % priority)
    app, person = new_app(patient), new_person(patient)
    assert is_consent(walk_in(Browser(patient), app, person))
    # Others still go where the plugin wants them.
    browser = Browser(patient)
    hidden = {"log": person["login"], "pwd": person["password"], "redirect_to": f"{patient.url}/wp-admin/", "testcookie": "1"}
    browser.get("/wp-login.php")
    assert browser.post("/wp-login.php", hidden).header("Location") == f"{patient.url}/my-account/"


def test_AZ_26_where_wordpress_lives_on_another_host_the_login_leads_back_too(patient: Site) -> None:
    app, person = new_app(patient), new_person(patient)
    patient.set_constants({"WP_SITEURL": f"http://localhost:{patient.port}"})
    try:
        browser = Browser(patient)
        login = authorize(browser, app).header("Location") or ""
        assert login.startswith(f"http://localhost:{patient.port}/wp-login.php?")
        answer = browser.type_password(browser.follow(browser.get(login)), person["login"], person["password"])
        told = redirected(decide(browser, answer, headers={"Origin": f"http://localhost:{patient.port}"}))
        assert told["iss"] == patient.issuer
    finally:
        patient.set_constants({"WP_SITEURL": None})


SECOND_FACTOR = """
    add_action( 'wp_login', static function ( $login, $user ) {
        wp_clear_auth_cookie();
        WP_Session_Tokens::get_instance( $user->ID )->destroy_all();
        $again = isset( $_REQUEST['redirect_to'] ) ? wp_unslash( $_REQUEST['redirect_to'] ) : admin_url();
        login_header( 'Second factor' );
        printf(
            '<form id="second" method="post" action="%s"><input name="number"><input type="hidden" name="who" value="%d"><input type="hidden" name="redirect_to" value="%s"></form>',
            esc_url( site_url( 'wp-login.php?action=second_factor', 'login_post' ) ), $user->ID, esc_attr( $again )
        );
        login_footer();
        exit;
    }, 10, 2 );
    add_action( 'login_form_second_factor', static function () {
        $user = get_userdata( (int) $_POST['who'] );
        if ( '123456' !== $_POST['number'] ) {
            wp_die( 'no', 403 );
        }
        wp_set_auth_cookie( $user->ID );
        $wanted = wp_unslash( $_REQUEST['redirect_to'] );
        wp_safe_redirect( apply_filters( 'login_redirect', $wanted, $wanted, $user ) );
        exit;
    } );
"""


def test_AZ_26_a_second_factor_stands_before_consent(patient: Site) -> None:
    patient.fixture("second-factor", SECOND_FACTOR)
    app, person = new_app(patient), new_person(patient)
    browser = Browser(patient)
    page = Page(walk_in(browser, app, person).text)
    assert page.find("form", id="second")
    hidden = {tag["name"]: tag["value"] for tag in page.find("input", type="hidden")}
    # The password alone opens nothing.
    sneaking = Browser(patient, cookies=dict(browser.cookies))
    assert 'id="loginform"' in sneaking.follow(authorize(sneaking, app)).text
    answer = browser.follow(browser.post("/wp-login.php?action=second_factor", hidden | {"number": "123456"}))
    assert "code" in redirected(decide(browser, answer))


def test_AZ_26_a_request_too_long_for_another_address_logs_in_in_its_place(site: Site, app: dict[str, Any], person: dict[str, Any]) -> None:
    browser = Browser(site)
    login = browser.follow(authorize(browser, app, state=LONG))
    assert browser.here.startswith(f"/wp-login.php?action={ACTION}&"), browser.here
    assert 'id="loginform"' in login.text
    assert "login_error" not in login.text
    told = redirected(decide(browser, browser.type_password(login, person["login"], person["password"])))
    assert told["state"] == LONG


def test_a_page_that_was_shown_before_the_session_ended_leads_to_the_login(site: Site, app: dict[str, Any], person: dict[str, Any]) -> None:
    for state in (STATE, LONG):
        browser = Browser(site)
        page = walk_in(browser, app, person, state=state)
        browser.cookies = {name: value for name, value in browser.cookies.items() if not name.startswith("wordpress_logged_in")}
        login = browser.follow(decide(browser, page))
        assert "login_error" not in login.text
        assert is_consent(browser.type_password(login, person["login"], person["password"]))


def test_somebody_whom_a_plugin_knows_without_a_session_logs_in(patient: Site) -> None:
    patient.fixture("knows", "add_filter( 'determine_current_user', static fn () => 1, 99 );")
    browser = Browser(patient)
    assert 'id="loginform"' in browser.follow(authorize(browser, new_app(patient))).text


@pytest.mark.parametrize("door", [True, False], ids=["open", "closed"])
def test_a_token_approves_nothing(site: Site, editor: int, app: dict[str, Any], door: bool) -> None:
    token = exchange(site, get_code(site, app, editor)).json()["access_token"]
    browser = Browser(site, door=door, headers={"Authorization": f"Bearer {token}"})
    answer = browser.follow(authorize(browser, app))
    assert 'id="loginform"' in answer.text


def test_AZ_27_a_user_without_rights_here_is_refused(site: Site, app: dict[str, Any]) -> None:
    nobody = make_user(site, "subscriber")
    site.wp_eval("( new WP_User( (int) $args[0] ) )->set_role( '' ); return null;", nobody)
    browser = Browser(site, user=nobody)
    refused(browser.follow(authorize(browser, app)), "access_denied", issuer=site.issuer)


def test_OI_08_prompt_login_and_max_age_ask_for_the_password_once(site: Site, app: dict[str, Any], person: dict[str, Any]) -> None:
    for changes in ({"prompt": "login"}, {"max_age": "0"}, {"prompt": "login consent"}):
        browser = Browser(site, user=person["id"])
        # The session began long ago.
        site.wp_eval(
            """
            $sessions = get_user_meta( (int) $args[0], 'session_tokens', true );
            update_user_meta( (int) $args[0], 'session_tokens', array_map( static fn ( $s ) => array( 'login' => time() - 9999 ) + $s, $sessions ) );
            return null;
            """, person["id"],
        )
        page = walk_in(browser, app, person, **changes)
        assert is_consent(page), browser.here
        assert "code" in redirected(decide(browser, page))
    browser = Browser(site, user=person["id"])
    assert is_consent(browser.follow(authorize(browser, app, max_age="99999999")))


def test_somebody_else_can_sign_in_and_meets_the_same_request(site: Site, editor: int, app: dict[str, Any], person: dict[str, Any]) -> None:
    browser = another_session(site, editor)
    page = open_consent(browser, app, state="kept")
    login = browser.follow(decide(browser, page, "switch"))
    assert 'id="loginform"' in login.text
    assert not [name for name in browser.cookies if name.startswith("wordpress_logged_in")]
    page = browser.type_password(login, person["login"], person["password"])
    assert person["login"] in Page(page.text).text
    assert redirected(decide(browser, page))["state"] == "kept"


@pytest.mark.parametrize("name", ["plain71", "sub68", "net71"])
@DOORS
def test_every_kind_of_site_walks_the_whole_way(name: str, door: bool) -> None:
    site = make(name)
    app, person = new_app(site), new_person(site)
    browser = Browser(site, door=door)
    page = walk_in(browser, app, person)
    told = redirected(decide(browser, page))
    assert told["iss"] == site.issuer
    page_error(browser.follow(authorize(browser, app, client_id="x")), "client_unknown")
    answer = send(site, "GET", route(site, "/app-connect/v1/authorize"))
    assert answer.status == 303
