"""The tables of each site: migrations, uninstall, networks (threats.md §2.15 WP-15, WP-17, WP-25)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from conftest import (
    CC, Answer, ask_token, assert_oauth_error, configure, count, get_token, make, register_client, route, send,
)
from lab import Site
from storage_support import Client, bulk_site

POSTS = "/wp/v2/posts"


@pytest.fixture(scope="module")
def bulk() -> Site:
    """A site with thousands of rows in every table."""
    return bulk_site()


def tables(site: Site, prefix: str = "wp_") -> set[str]:
    """Our tables, without the prefix."""
    rows = site.sql(f"SELECT table_name AS t FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name LIKE '{prefix}app\\_connect\\_%'")
    return {str(row["t"]).removeprefix(f"{prefix}app_connect_") for row in rows}


ALL = {"clients", "codes", "consents", "events", "grants", "keys", "limits", "policies", "sign_ins", "subjects", "tokens"}


@pytest.fixture(scope="module")
def net() -> Iterator[tuple[Site, str]]:
    """A network with a second site."""
    site = make("net71")
    for left in site.wp_eval("return array_map( 'intval', get_sites( array( 'fields' => 'ids', 'site__not_in' => array( 1 ) ) ) );"):
        site.wp_eval("require_once ABSPATH . 'wp-admin/includes/ms.php'; wp_delete_site( (int) $args[0] ); return null;", left)
    site.add_blog("two")
    yield site, f"wp_{blog_id(site, '/two/')}_"


def blog_id(site: Site, path: str) -> int:
    """The number of a site of the network."""
    return int(site.wp_eval("return (int) get_sites( array( 'path' => $args[0], 'fields' => 'ids' ) )[0];", path))


def ask_blog(site: Site, slug: str, client: Client, **options: Any) -> Answer:
    """A token request to a site of the network."""
    return send(site, "POST", f"{slug}/wp-json/app-connect/v1/token", form=CC, auth=(client["client_id"], client["secret"]), **options)


def register_on(site: Site, slug: str) -> Client:
    """A client of one site of the network, acting as the super admin."""
    code = """
        $made = AppConnect\\WP\\Storage\\Clients::register( array(
            'name' => 'x', 'type' => 'confidential', 'mode' => 'restricted', 'grant_types' => array( 'client_credentials' ),
            'capabilities' => array( 'read' ), 'routes' => array( 'GET /wp-json/wp/v2/posts' ), 'service_user_id' => (int) $args[0] ) );
        return $made;
    """
    user = site.wp_eval("return wp_insert_user( array( 'user_login' => 'u' . bin2hex( random_bytes( 6 ) ), 'user_pass' => 'x', 'role' => 'editor' ) );", url=f"{site.url}{slug}/")
    return dict(site.wp_eval(code, user, url=f"{site.url}{slug}/")) | {"user": user}


def test_WP_17_every_site_of_a_network_has_its_own_tables_and_tokens(net: tuple[Site, str]) -> None:
    site, prefix = net
    assert tables(site, prefix) == tables(site) == ALL
    one, two = register_on(site, ""), register_on(site, "/two")
    token = ask_blog(site, "/two", two).json()["access_token"]
    assert_oauth_error(ask_blog(site, "", two), 401, "invalid_client")
    assert_oauth_error(ask_blog(site, "/two", one), 401, "invalid_client")
    assert send(site, "GET", "/two/wp-json/wp/v2/posts", bearer=token).status == 200
    assert send(site, "GET", "/wp-json/wp/v2/posts", bearer=token).status == 401


@pytest.mark.parametrize(
    "code",
    [
        "wp_set_password( 'another', (int) $args[0] );",
        "remove_user_from_blog( (int) $args[0], (int) $args[1] );",
        "require_once ABSPATH . 'wp-admin/includes/ms.php'; require_once ABSPATH . 'wp-admin/includes/user.php'; wpmu_delete_user( (int) $args[0] );",
    ],
    ids=["password", "removed", "deleted"],
)
def test_WP_17_what_ends_a_users_tokens_ends_them_on_every_site(net: tuple[Site, str], code: str) -> None:
    site, prefix = net
    two = register_on(site, "/two")
    token = ask_blog(site, "/two", two).json()["access_token"]
    assert send(site, "GET", "/two/wp-json/wp/v2/posts", bearer=token).status == 200
    site.wp_eval(code + " return null;", two["user"], prefix[3:-1])
    assert send(site, "GET", "/two/wp-json/wp/v2/posts", bearer=token).status == 401


@pytest.mark.parametrize("lock", ["named", "row"])
def test_WP_25_first_requests_at_once_make_the_tables_once(net: tuple[Site, str], lock: str) -> None:
    site, prefix = net
    if lock == "row":
        site.fixture("no-named-locks", "add_filter( 'query', static fn ( $q ) => str_contains( $q, '_LOCK(' ) ? 'SELECT NULL AS got' : $q );")
    try:
        site.sql("; ".join([*(f"DROP TABLE {prefix}app_connect_{name}" for name in ALL), f"DELETE FROM {prefix}options WHERE option_name = 'app_connect_schema'"]))
        site.clear_logs()
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: ask_blog(site, "/two", {"client_id": "D" * 22, "secret": "w"}), range(8)))
        allowed = {401} if lock == "named" else {401, 503}
        assert {answer.status for answer in answers} <= allowed, [answer.text for answer in answers]
        assert 401 in {answer.status for answer in answers}
        assert tables(site, prefix) == ALL
        options = site.sql(f"SELECT option_name, option_value FROM {prefix}options WHERE option_name LIKE 'app\\_connect\\_%'")
        assert {row["option_name"]: row["option_value"] for row in options}["app_connect_schema"] == "9"
        assert "app_connect_migrating" not in {row["option_name"] for row in options}
        assert "PHP Warning" not in site.log_text()
        assert ask_blog(site, "/two", {"client_id": "D" * 22, "secret": "w"}).status == 401
    finally:
        site.remove_fixture("no-named-locks")


def test_migrations_run_twice_change_nothing_and_the_newest_has_the_schemas_number(site: Site) -> None:
    before = site.sql("SELECT table_name, column_name, column_type FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name LIKE 'wp\\_app\\_connect%' ORDER BY 1, 2")
    newest = site.wp_eval("""
        update_option( 'app_connect_schema', 0 );
        AppConnect\\WP\\Storage\\Migrations::run();
        AppConnect\\WP\\Storage\\Migrations::run();
        $files = glob( WP_PLUGIN_DIR . '/app-connect/includes/Storage/migrations/*.php' );
        return array( (int) substr( basename( end( $files ) ), 0, 4 ), AppConnect\\WP\\Storage\\Schema::VERSION, (int) get_option( 'app_connect_schema' ) );
    """)
    assert len(set(newest)) == 1, newest
    assert site.sql("SELECT table_name, column_name, column_type FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name LIKE 'wp\\_app\\_connect%' ORDER BY 1, 2") == before


def test_without_tables_requests_are_503_and_the_site_lives(net: tuple[Site, str]) -> None:
    site, prefix = net
    site.sql(f"RENAME TABLE {prefix}app_connect_clients TO {prefix}away")
    try:
        assert_oauth_error(ask_blog(site, "/two", {"client_id": "D" * 22, "secret": "w"}), 503, "temporarily_unavailable")
        assert send(site, "GET", "/two/").status == 200
    finally:
        site.sql(f"RENAME TABLE {prefix}away TO {prefix}app_connect_clients")


UNINSTALL = """
    deactivate_plugins( 'app-connect/app-connect.php', true );
    return null;
"""
RUN_UNINSTALL = """
    if ( class_exists( 'AppConnect\\\\WP\\\\Plugin', false ) ) { throw new Exception( 'the plugin is active' ); }
    define( 'WP_UNINSTALL_PLUGIN', 'app-connect/app-connect.php' );
    require WP_PLUGIN_DIR . '/app-connect/uninstall.php';
    return null;
"""


def uninstall(site: Site) -> None:
    """What WordPress does when the plugin is deleted, but for the files."""
    load = "require_once ABSPATH . 'wp-admin/includes/plugin.php'; "
    site.wp_eval(load + UNINSTALL)
    try:
        site.wp_eval(RUN_UNINSTALL)
    finally:
        network = "true" if site.multisite else "false"
        site.wp_eval(load + f"$done = activate_plugin( 'app-connect/app-connect.php', '', {network} ); return is_wp_error( $done ) ? $done->get_error_message() : null;")


def test_WP_15_uninstall_removes_data_only_by_choice(bulk: Site) -> None:
    rows = count(bulk, "tokens")
    sealed = "SELECT option_value AS v FROM wp_options WHERE option_name = 'app_connect_dek'"
    bulk.sql("REPLACE INTO wp_options (option_name, option_value, autoload) VALUES ('app_connect_dek', 'sealed', 'off')")
    uninstall(bulk)
    assert tables(bulk) == ALL and count(bulk, "tokens") == rows and bulk.sql(sealed) == [{"v": "sealed"}]
    configure(bulk, remove_data_on_uninstall=True)
    uninstall(bulk)
    # Activation has made them anew, empty; the choice to remove is gone with the rest.
    assert tables(bulk) == ALL and count(bulk, "tokens") == count(bulk, "keys") == 0 and bulk.sql(sealed) == []
    settings = bulk.sql("SELECT option_value AS v FROM wp_options WHERE option_name = 'app_connect_settings'")[0]["v"] or ""
    assert settings.startswith('a:1:{s:10:"known_site";'), "where it is, and nothing else"


def test_WP_15_deactivation_ends_service_and_keeps_data(bulk: Site) -> None:
    client = register_client(bulk)
    token = get_token(bulk, client)
    load = "require_once ABSPATH . 'wp-admin/includes/plugin.php'; "
    bulk.wp_eval(load + UNINSTALL.replace(", true", ""))
    try:
        assert ask_token(bulk, client).status == 404
        assert bulk.wp_eval("return array( wp_next_scheduled( 'app_connect_cleanup' ), wp_next_scheduled( 'app_connect_signing_keys' ) );") == [False, False]
    finally:
        bulk.wp_eval(load + "activate_plugin( 'app-connect/app-connect.php' ); return null;")
    assert send(bulk, "GET", route(bulk, POSTS), bearer=token).status == 200


def test_WP_15_uninstall_of_a_network_asks_each_site(net: tuple[Site, str]) -> None:
    site, prefix = net
    register_on(site, "")
    site.wp_eval("update_option( 'app_connect_settings', array( 'remove_data_on_uninstall' => true ) ); return null;", url=f"{site.url}/two/")
    kept = count(site, "clients")
    register_on(site, "/two")
    uninstall(site)
    assert count(site, "clients") == kept > 0
    assert tables(site, prefix) == set(), "made again at the next request"
    assert ask_blog(site, "/two", {"client_id": "D" * 22, "secret": "w"}).status == 401
    assert tables(site, prefix) == ALL


def test_WP_17_a_deleted_site_takes_its_tables_along(net: tuple[Site, str]) -> None:
    site, _ = net
    site.add_blog("three")
    blog = blog_id(site, "/three/")
    assert tables(site, f"wp_{blog}_") == ALL
    site.wp_eval("wp_delete_site( (int) $args[0] ); return null;", blog)
    assert tables(site, f"wp_{blog}_") == set()
    assert tables(site) == ALL
