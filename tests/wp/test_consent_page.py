"""What people read on the consent page and on its errors (threats.md WP-09, RFC 9700 §4.16)."""

from __future__ import annotations

from typing import Any

import pytest
from admin_support import Page
from conftest import configure, make_user
from consent_support import editor  # noqa: F401 -- Fixtures.
from consent_support import REDIRECT, Browser, authorize, decide, is_consent, kept, new_app, open_consent, page_error, refused
from lab import Site


HOSTILE = ['"><script>alert(1)</script>', "<img src=x onerror=alert(1)>", "&amp;lt;b&gt;", "\u202eelgooG", "javascript:alert(1)", "x" * 191, "<b>ü</b>'\""]


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_WP_09_hostile_names_are_text(site: Site, number: int) -> None:
    name = HOSTILE[number]
    app = new_app(site, consent="always", redirect_uris=[REDIRECT, REDIRECT + "2"])
    site.wp_eval(
        "global $wpdb; $wpdb->update( $wpdb->prefix . 'app_connect_clients', array( 'name' => $args[1] ), array( 'id' => (int) $args[0] ) ); return null;",
        app["id"], name,
    )
    user = make_user(site, "editor", display_name=name)
    site.wp_eval("global $wpdb; $wpdb->update( $wpdb->users, array( 'display_name' => $args[1] ), array( 'ID' => (int) $args[0] ) ); clean_user_cache( (int) $args[0] ); return null;", user, name)
    before = site.wp_eval("$old = get_option( 'blogname' ); update_option( 'blogname', '</title><script>alert(2)</script>' ); return $old;")
    try:
        browser = Browser(site, user=user)
        consent = browser.follow(authorize(browser, app))
        error = browser.follow(authorize(browser, app, redirect_uri=None))
    finally:
        site.wp_eval("update_option( 'blogname', $args[0] ); return null;", before)
    assert is_consent(consent), consent.text[-2000:]
    page_error(error, "redirect_missing")
    for answer in (consent, error):
        page = Page(answer.text)
        assert name in page.text
        assert not [script for script in page.scripts if "alert(" in script]
        assert not [tag for tag, have in page.tags if "onerror" in have or tag == "b"]
        assert not page.find("img", src="x")


def test_a_logo_that_is_no_web_address_is_not_shown(site: Site, editor: int) -> None:
    app = new_app(site, consent="always", logo_uri="https://app.example/logo.png")
    browser = Browser(site, user=editor)
    [logo] = [tag for tag in Page(open_consent(browser, app).text).find("img") if "app.example" in tag["src"]]
    assert (logo["referrerpolicy"], logo["alt"]) == ("no-referrer", "")
    site.sql(f"UPDATE wp_app_connect_clients SET config = JSON_SET(config, '$.logo_uri', 'javascript:alert(1)') WHERE id = {app['id']}")
    answer = browser.follow(authorize(browser, app))
    assert "javascript:" not in answer.text


def sees(site: Site, user: int, app: dict[str, Any], **changes: Any) -> Page:
    """The consent page as somebody sees it."""
    return Page(open_consent(Browser(site, user=user), app, **changes).text)


def test_the_page_says_who_asks_where_it_leads_and_who_is_signed_in(site: Site, editor: int) -> None:
    app = new_app(site, name="Reader", verified=True, description="Only for administrators to read")
    page = sees(site, editor, app)
    login = site.wp_eval("return get_userdata( (int) $args[0] )->user_login;", editor)
    for text in ("Reader", "app.example", login, "Read posts, pages, categories and tags", "Verified"):
        assert text in page.text, text
    assert "Only for administrators" not in page.text
    for uri, text in (("http://127.0.0.1:4711/cb", "127.0.0.1:4711"), ("com.example.app:/cb", "com.example.app")):
        other = new_app(site, redirect_uris=[uri])
        found = sees(site, editor, other).text
        assert text in found
        assert "on this device" in found
        assert "have not verified" in found


def test_the_page_says_what_this_person_lacks(site: Site, editor: int) -> None:
    app = kept(site, "writing app", lambda: new_app(site, consent="always"))
    everything = {"scope": "content:read content:write"}
    assert "for you it cannot" not in sees(site, editor, app, **everything).text
    author = sees(site, make_user(site, "author"), app, **everything).text
    assert "Change posts of other people" in author
    assert "Write, publish and delete posts" in author
    subscriber = sees(site, make_user(site, "subscriber"), app, **everything).text
    can, _, cannot = subscriber.partition("It will not be able to")
    assert "Write, publish and delete posts" not in can
    assert "Write, publish and delete posts" in cannot


def test_takeover_rights_stand_apart_and_only_those_that_the_person_holds(site: Site, editor: int) -> None:
    app = new_app(site, takeover=["manage_options", "edit_users"])
    admin = sees(site, 1, app, scope="wp")
    assert "Change every setting" in admin.text
    mine = sees(site, editor, app, scope="wp").text
    assert "take over the whole site" not in mine
    assert "Change every setting" in mine.partition("It will not be able to")[2]


def test_full_access_and_the_account_are_named(site: Site) -> None:
    app = new_app(site, mode="full", account=True, bundles=[])
    page = sees(site, 1, app, scope="wp").text
    for text in ("Do everything that you can do here", "take over your account", "take over the whole site"):
        assert text in page, text


def test_a_login_only_app_sees_who_it_is(site: Site, editor: int) -> None:
    app = new_app(site, mode="login_only", bundles=[])
    page = sees(site, editor, app, scope="openid profile email")
    assert "wants to sign you in" in page.text
    for text in ("Recognise you", "See your profile", "See your e-mail address"):
        assert text in page.text


def test_the_page_speaks_the_persons_language(patient: Site) -> None:
    patient.fixture("translates", """
        add_filter( 'gettext_app-connect', static fn ( $translation, $text ) => 'Approve' === $text && 'de_DE' === determine_locale() ? 'Genehmigen' : $translation, 10, 2 );
        add_filter( 'get_available_languages', static fn () => array( 'de_DE' ) );
    """)
    user = make_user(patient, "editor", locale="de_DE")
    app = new_app(patient)
    assert "Genehmigen" in open_consent(Browser(patient, user=user), app).text
    assert "Genehmigen" not in open_consent(Browser(patient, user=make_user(patient)), app).text


def test_a_site_whose_api_is_switched_off_says_so(patient: Site) -> None:
    app = new_app(patient)
    configure(patient, enabled=False)
    browser = Browser(patient)
    page_error(browser.follow(authorize(browser, app)), "switched_off", 503)


def test_a_flow_that_crashes_is_a_page_that_says_nothing_of_it(patient: Site) -> None:
    app, user = new_app(patient), make_user(patient)
    browser = Browser(patient, user=user)
    here = authorize(browser, app).header("Location") or ""
    patient.fixture("crashes", "add_filter( 'user_has_cap', static function ( $all, $caps ) { if ( did_action( 'login_init' ) ) { throw new RuntimeException( 'SECRET' ); } return $all; }, 10, 2 );")
    answer = browser.get(here)
    page_error(answer, "server_error", 500)
    assert "SECRET" not in answer.text


BROKEN = "add_filter( 'query', static fn ( $q ) => str_contains( $q, 'app_connect_%s' ) ? 'SELECT nothing FROM nowhere' : $q );"


def test_storage_that_fails_is_a_page_until_the_app_can_be_told(patient: Site) -> None:
    app, browser = new_app(patient), Browser(patient, user=make_user(patient))
    consent = open_consent(browser, app)
    patient.fixture("broken", BROKEN % "codes")
    refused(decide(browser, consent), "temporarily_unavailable", issuer=patient.issuer)
    patient.fixture("broken", BROKEN % "clients")
    answer = browser.follow(authorize(browser, app))
    page_error(answer, "unavailable", 503)
    assert answer.header("Retry-After")


def test_roles_that_will_be_told_are_named(site: Site, editor: int) -> None:
    app = new_app(site, consent="always")
    for tells in (True, False):
        configure(site, role_claims=tells)
        assert ("your roles on this site" in sees(site, editor, app, scope="openid profile content:read").text) == tells
