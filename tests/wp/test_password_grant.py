"""The password grant on a real WordPress (design.md §2 stages, §9, §10; RFC 6749 §4.3; threats.md PW, RL-03, RT-10, PV-04).

A plugin may have anything against a login: each of the fixtures below is how one kind of real plugin says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from conftest import (
    WORK, Answer, Session, assert_oauth_error, configure, count, least_work, log_in, make_user, route, send, token_path,
)
from consent_support import new_app, new_person
from lab import Site
from refresh_support import App, body_of, refresh, refuse, use
from storage_support import fault_headers

DOORS = pytest.mark.parametrize("door", [True, False], ids=["door", "rest"])
REFUSED = {"error": "invalid_grant", "error_description": "the user name or the password is wrong"}


def trusted_app(site: Site, **draft: Any) -> App:
    """A client that is trusted with passwords: public unless told otherwise."""
    return new_app(site, **{"grant_types": ["password", "refresh_token"], "redirect_uris": [], "trusted": True} | draft)


@pytest.fixture
def open_site(patient: Site) -> Site:
    """A site where apps may ask for passwords, put right again afterwards."""
    configure(patient, methods={"password": {"enabled": True, "epoch": 0}})
    return patient


@pytest.fixture
def app(open_site: Site) -> App:
    """A trusted app."""
    return trusted_app(open_site)


@pytest.fixture
def ann(open_site: Site) -> dict[str, Any]:
    """Somebody with a name and a password."""
    return new_person(open_site)


def ask(site: Site, app: App, name: str, password: str, **options: Any) -> Answer:
    """A token request with a password."""
    form = {"grant_type": "password", "username": name, "password": password, "client_id": app["client_id"]} | options.pop("form", {})
    return send(site, "POST", token_path(site), form=form, **options)


def let_in(answer: Answer) -> dict[str, Any]:
    """The token answer; nobody gets a cookie."""
    assert answer.header("Set-Cookie") is None
    return body_of(answer)


def not_let_in(answer: Answer) -> None:
    """One answer for everything that can be wrong."""
    assert_oauth_error(answer, 400, "invalid_grant")
    assert answer.json() == REFUSED
    assert answer.header("Set-Cookie") is None


@DOORS
def test_a_name_or_an_address_and_a_password_are_a_session(open_site: Site, app: App, ann: dict[str, Any], door: bool) -> None:
    for name in (ann["login"], f"{ann['login']}@example.com", ann["login"].upper()):
        answer = let_in(ask(open_site, app, name, ann["password"], door=door))
        assert use(open_site, answer["access_token"]) == 200
        me = send(open_site, "GET", route(open_site, "/app-connect/v1/me"), bearer=answer["access_token"])
        assert me.status == 200
        later = body_of(refresh(open_site, app, answer["refresh_token"]))
        assert use(open_site, later["access_token"]) == 200
    not_let_in(ask(open_site, app, ann["login"], "wrong", door=door))


def test_a_confidential_app_shows_its_secret_too(open_site: Site, ann: dict[str, Any]) -> None:
    app = trusted_app(open_site, type="confidential")
    form = {"grant_type": "password", "username": ann["login"], "password": ann["password"]}
    asked = lambda **options: send(open_site, "POST", token_path(open_site), form=form, **options)  # noqa: E731
    assert_oauth_error(asked(), 401, "invalid_client")
    assert_oauth_error(asked(auth=(app["client_id"], "wrong")), 401, "invalid_client")
    assert use(open_site, let_in(asked(auth=(app["client_id"], app["secret"])))["access_token"]) == 200


def test_PW_01_it_is_off_until_an_administrator_switches_it_on(patient: Site) -> None:
    app, ann = trusted_app(patient), new_person(patient)
    assert_oauth_error(ask(patient, app, ann["login"], ann["password"]), 400, "unauthorized_client")
    assert Session(patient, 1)("POST", "/settings", {"grant_types": {"password": True}}).status == 200
    let_in(ask(patient, app, ann["login"], ann["password"]))


def test_PW_02_an_app_without_the_mark_cannot_use_it(open_site: Site, app: App, ann: dict[str, Any]) -> None:
    refused = Session(open_site, 1)("POST", "/clients", {"name": "Stranger", "type": "public", "mode": "full", "grant_types": ["password"]})
    assert refused.status == 400 and "trusted" in refused.text
    reader = new_app(open_site)
    assert_oauth_error(ask(open_site, reader, ann["login"], ann["password"]), 400, "unauthorized_client")
    token = let_in(ask(open_site, app, ann["login"], ann["password"]))
    edited = Session(open_site, 1)("POST", f"/clients/{app['id']}", {"trusted": False, "grant_types": ["refresh_token"], "confirm": ["grant_types_removed"]})
    assert edited.status == 200, edited.text
    assert_oauth_error(ask(open_site, app, ann["login"], ann["password"]), 400, "unauthorized_client")
    assert use(open_site, token["access_token"]) == 401
    refuse(refresh(open_site, app, token["refresh_token"]))


@DOORS
def test_PW_03_whatever_is_wrong_the_answer_is_the_same(open_site: Site, app: App, ann: dict[str, Any], door: bool) -> None:
    application_password = open_site.wp_eval("return WP_Application_Passwords::create_new_application_password( (int) $args[0], array( 'name' => 'x' ) )[0];", ann["id"])
    roleless = new_person(open_site, "")
    for name, password in (
        (ann["login"], "wrong"), ("nobody-of-that-name", "wrong"), ("nobody@example.com", "wrong"), (ann["login"], application_password),
        (ann["login"], " "), ("<b>", "'\"\\"), (roleless["login"], roleless["password"]), (ann["login"] + "%", ann["password"]),
    ):
        not_let_in(ask(open_site, app, name, password, door=door))


def test_PW_03_an_unknown_user_takes_as_long_as_a_wrong_password(open_site: Site, app: App, ann: dict[str, Any]) -> None:
    configure(open_site, methods={"password": {"enabled": True, "epoch": 0}}, limits={"per_client": 100000, "per_address": 100000, "window": 86400})

    def hashed(name: str) -> Answer:
        answer = ask(open_site, app, name, "wrong", headers=WORK)
        not_let_in(answer)
        return answer

    def alike(known: int, unknown: int, address: int) -> bool:
        # Without its hash an answer takes less than half as long.
        return max(known, unknown, address) < 1.5 * min(known, unknown, address)

    names = (ann["login"], "nobody-of-that-name", "nobody@example.com")
    least = least_work(*(partial(hashed, name) for name in names), least=12, most=60, enough=alike)
    assert alike(*least), least


LIMITER = """
/* As lockout plugins do it: made late, counts failures wherever they happen, and vetoes. */
add_action( 'plugins_loaded', static function () {
    add_action( 'wp_login_failed', static function ( $name ) { update_option( 'test_failures', 1 + (int) get_option( 'test_failures' ) ); } );
    add_filter( 'authenticate', static fn ( $user ) => 3 <= (int) get_option( 'test_failures' ) ? new WP_Error( 'locked', 'Too many.' ) : $user, 30 );
}, 9999 );
"""


@DOORS
def test_PW_04_RL_03_a_limiter_that_is_made_late_counts_both_ways_in(open_site: Site, app: App, ann: dict[str, Any], door: bool) -> None:
    open_site.fixture("limiter", LIMITER)
    open_site.sql("DELETE FROM wp_options WHERE option_name = 'test_failures'")
    login = {"log": ann["login"], "pwd": "wrong", "testcookie": "1"}
    form = send(open_site, "POST", f"{open_site.subdirectory}/wp-login.php", form=login, headers={"Cookie": "wordpress_test_cookie=WP%20Cookie%20check"})
    assert form.status == 200
    for _ in range(2):
        not_let_in(ask(open_site, app, ann["login"], "wrong", door=door))
    not_let_in(ask(open_site, app, ann["login"], ann["password"], door=door))
    login["pwd"] = ann["password"]
    form = send(open_site, "POST", f"{open_site.subdirectory}/wp-login.php", form=login, headers={"Cookie": "wordpress_test_cookie=WP%20Cookie%20check"})
    assert form.status == 200 and "Too many." in form.text, "and the login form is locked by what came through us"


VETOES = {
    # Two-Factor: refuses logins by machines.
    "api": "add_action( 'init', static fn () => add_filter( 'authenticate', static fn ( $user ) => defined( 'REST_REQUEST' ) && REST_REQUEST ? new WP_Error( 'second_factor', 'No.' ) : $user, 50 ) );",
    # Its page stands between the login and the site.
    "page": "add_action( 'init', static fn () => add_action( 'wp_login', static function () { wp_clear_auth_cookie(); echo '<form>Your code?</form>'; exit; } ) );",
    # The same, and with everything flushed that was printed.
    "flushed": "add_action( 'init', static fn () => add_action( 'wp_login', static function () { echo '<form>Your code?</form>'; http_response_code( 200 ); while ( ob_get_level() && ob_end_flush() ) { continue; } flush(); exit; }, PHP_INT_MAX ) );",
    "redirect": "add_action( 'wp_login', static function () { wp_safe_redirect( '/two-factor/' ); exit; } );",
    "wp_die": "add_filter( 'authenticate', static function ( $user ) { wp_die( 'Locked out.', 403 ); }, 99 );",
    "action": "add_action( 'wp_authenticate', static function () { status_header( 403 ); exit( 'blocked' ); } );",
    "nobody": "add_filter( 'authenticate', '__return_false', PHP_INT_MAX );",
    "null": "add_filter( 'authenticate', '__return_null', PHP_INT_MAX );",
    "visitor": "add_filter( 'authenticate', static fn () => new WP_User( 0 ), PHP_INT_MAX );",
    "user": "add_filter( 'wp_authenticate_user', static fn () => new WP_Error( 'unconfirmed', 'Confirm your address.' ) );",
}


@DOORS
@pytest.mark.parametrize("kind", VETOES)
def test_PW_05_a_second_factor_or_any_other_veto_is_a_refusal(open_site: Site, app: App, ann: dict[str, Any], kind: str, door: bool) -> None:
    before = count(open_site, "grants")
    open_site.fixture("veto", VETOES[kind])
    not_let_in(ask(open_site, app, ann["login"], ann["password"], door=door))
    assert count(open_site, "grants") == before
    assert count(open_site, "limits") == 2, "a refusal counts"
    open_site.remove_fixture("veto")
    let_in(ask(open_site, app, ann["login"], ann["password"], door=door))


@DOORS
def test_a_plugin_that_breaks_is_no_way_in(open_site: Site, app: App, ann: dict[str, Any], door: bool) -> None:
    open_site.fixture("veto", "add_filter( 'authenticate', static function () { throw new LogicException( 'secret' ); } );")
    answer = ask(open_site, app, ann["login"], ann["password"], door=door)
    assert_oauth_error(answer, 500, "server_error")
    assert "secret" not in answer.text
    open_site.clear_logs()


def test_another_way_to_prove_who_one_is_is_good_as_well(open_site: Site, app: App, ann: dict[str, Any]) -> None:
    """A directory, for example: the user's password here is not asked for."""
    open_site.fixture("veto", f"add_filter( 'authenticate', static fn ( $user, $name, $password ) => 'directory' === $password ? get_userdata( {ann['id']} ) : $user, 10, 3 );")
    assert use(open_site, let_in(ask(open_site, app, "whoever", "directory"))["access_token"]) == 200


@DOORS
def test_PW_06_a_password_of_more_than_4096_bytes_is_never_hashed(open_site: Site, app: App, ann: dict[str, Any], door: bool) -> None:
    open_site.fixture("veto", "add_filter( 'authenticate', static function ( $user, $name, $password ) { update_option( 'test_seen', strlen( $password ) ); return $user; }, 1, 3 );")
    seen = lambda: open_site.sql("SELECT option_value AS v FROM wp_options WHERE option_name = 'test_seen'")  # noqa: E731
    open_site.sql("DELETE FROM wp_options WHERE option_name = 'test_seen'")
    not_let_in(ask(open_site, app, ann["login"], "p" * 4097, door=door))
    assert seen() == []
    not_let_in(ask(open_site, app, ann["login"], "p" * 4096, door=door))
    assert seen() == [{"v": "4096"}]


@DOORS
def test_PW_07_nobody_gets_a_cookie_whatever_a_plugin_sets(open_site: Site, app: App, ann: dict[str, Any], door: bool) -> None:
    open_site.fixture("veto", """
        add_action( 'wp_login', static function ( $name, $user ) { wp_set_auth_cookie( $user->ID, true ); setcookie( 'mine', '1' ); }, 10, 2 );
    """)
    let_in(ask(open_site, app, ann["login"], ann["password"], door=door))


def test_a_password_with_quotation_marks_is_what_it_is_on_the_login_form(open_site: Site, app: App) -> None:
    """Core hashes what its forms send, with slashes."""
    password = "it's \\ a \"test\""
    person = new_person(open_site)
    open_site.wp_eval("wp_set_password( wp_slash( $args[1] ), (int) $args[0] ); return null;", person["id"], password)
    login = {"log": person["login"], "pwd": password, "testcookie": "1"}
    form = send(open_site, "POST", f"{open_site.subdirectory}/wp-login.php", form=login, headers={"Cookie": "wordpress_test_cookie=WP%20Cookie%20check"})
    assert form.status == 302, "the login form takes it"
    let_in(ask(open_site, app, person["login"], password))
    not_let_in(ask(open_site, app, person["login"], "it"))


@DOORS
def test_a_hash_of_an_old_wordpress_is_made_anew_and_the_login_counts(open_site: Site, app: App, ann: dict[str, Any], door: bool) -> None:
    open_site.wp_eval("""
        require_once ABSPATH . WPINC . '/class-phpass.php';
        $GLOBALS['wpdb']->update( $GLOBALS['wpdb']->users, array( 'user_pass' => ( new PasswordHash( 8, true ) )->HashPassword( 'old' ) ), array( 'ID' => (int) $args[0] ) );
        clean_user_cache( (int) $args[0] );
        return null;
    """, ann["id"])
    token = let_in(ask(open_site, app, ann["login"], "old", door=door))
    assert use(open_site, token["access_token"]) == 200
    assert open_site.sql(f"SELECT LEFT(user_pass, 3) AS h FROM wp_users WHERE ID = {ann['id']}")[0]["h"] == "$wp"


def test_PV_04_a_password_that_changes_while_it_is_looked_at_begins_nothing(open_site: Site, app: App, ann: dict[str, Any]) -> None:
    """Another request changes it after everybody has let the user in."""
    open_site.fixture("veto", f"""
        add_action( 'wp_login', static function () {{
            $GLOBALS['wpdb']->query( "UPDATE {{$GLOBALS['wpdb']->users}} SET user_pass = '" . wp_hash_password( 'another' ) . "' WHERE ID = {ann['id']}" );
        }} );
    """)
    not_let_in(ask(open_site, app, ann["login"], ann["password"]))


@pytest.mark.parametrize("fault", ["kill", "1053"], ids=["connection", "error"])
@pytest.mark.parametrize("at", ["limits WHERE bucket IN", "FROM wp_users WHERE user_login", "FROM wp_usermeta WHERE", "u.user_pass, COALESCE", "INSERT INTO \\S+_tokens"],
                         ids=["limits", "user", "meta", "again", "token"])
def test_RL_08_trouble_with_the_database_is_503_and_never_a_refusal(open_site: Site, app: App, ann: dict[str, Any], at: str, fault: str) -> None:
    answer = ask(open_site, app, ann["login"], ann["password"], headers=fault_headers(open_site, fault, at))
    assert_oauth_error(answer, 503, "temporarily_unavailable")
    assert count(open_site, "limits") == 0
    let_in(ask(open_site, app, ann["login"], ann["password"]))


@DOORS
def test_RL_01_RL_02_guesses_are_all_counted_and_lock_nobody_out_elsewhere(open_site: Site, app: App, ann: dict[str, Any], door: bool) -> None:
    configure(open_site, methods={"password": {"enabled": True, "epoch": 0}}, limits={"per_client": 8, "per_address": 50, "window": 86400})
    with ThreadPoolExecutor(4) as pool:
        for answer in pool.map(lambda _: ask(open_site, app, ann["login"], "guess", door=door), range(8)):
            not_let_in(answer)
    assert {row["hits"] for row in open_site.sql("SELECT hits FROM wp_app_connect_limits")} == {"8"}
    limited = ask(open_site, app, ann["login"], ann["password"], door=door)
    assert_oauth_error(limited, 429, "temporarily_unavailable")
    assert int(limited.header("Retry-After") or 0) > 0
    assert_oauth_error(ask(open_site, app, ann["login"], ann["password"], door=door), 429, "temporarily_unavailable")
    assert count(open_site, "events", f"client_pk = {app['id']} AND kind = 'rate_limited'") == 1
    assert count(open_site, "events", f"client_pk = {app['id']} AND kind = 'user_authentication_failed'") == 8
    let_in(ask(open_site, app, ann["login"], ann["password"], headers=[("X-Test-Address", "192.0.2.7")], door=door))


def test_RT_10_switched_off_its_tokens_end_and_do_not_come_back(open_site: Site, app: App, ann: dict[str, Any]) -> None:
    token = let_in(ask(open_site, app, ann["login"], ann["password"]))
    for on in (False, True):
        answer = Session(open_site, 1)("POST", "/settings", {"grant_types": {"password": on}, "confirm": ["grant_types_off"]})
        assert answer.status == 200, answer.text
        assert use(open_site, token["access_token"]) == 401
        refuse(refresh(open_site, app, token["refresh_token"]))
    let_in(ask(open_site, app, ann["login"], ann["password"]))


def test_PV_01_a_subscriber_gets_no_more_than_it_has(open_site: Site) -> None:
    app = trusted_app(open_site, mode="full", bundles=[])
    person = new_person(open_site, "subscriber")
    token = let_in(ask(open_site, app, person["login"], person["password"]))["access_token"]
    written = send(open_site, "POST", route(open_site, "/wp/v2/posts"), bearer=token, form={"title": "x"})
    assert written.status == 403
    admin = make_user(open_site, "administrator")
    assert send(open_site, "GET", route(open_site, f"/wp/v2/users/{admin}?context=edit"), bearer=token).status in (401, 403)


def test_a_log_in_from_wordpress_itself_is_left_alone(open_site: Site, ann: dict[str, Any]) -> None:
    assert log_in(open_site, ann["id"])
    assert open_site.wp_eval("return wp_authenticate( $args[0], $args[1] )->ID;", ann["login"], ann["password"]) == ann["id"]


@pytest.mark.parametrize("on", [False, True], ids=["off", "on"])
def test_site_health_warns_while_it_is_on(patient: Site, on: bool) -> None:
    configure(patient, methods={"password": {"enabled": on, "epoch": 0}})
    result = patient.wp_eval("return AppConnect\\WP\\Health\\Site_Health::result( 'passwords' );")
    assert result["status"] == ("recommended" if on else "good")
    assert "password" in result["label"]


@pytest.fixture(autouse=True)
def no_neighbour_stays(patient: Site) -> Iterator[None]:
    """Fixtures go with `patient`."""
    yield
    for name in ("veto", "limiter", "fault"):
        patient.remove_fixture(name)
