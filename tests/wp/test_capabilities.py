"""What the user of a token may do: never more than the user, never more than the token (design §5, T12; threats.md §2.14)."""

from __future__ import annotations

import time
from typing import Any

import pytest
from auth_support import (
    VERSIONS,
    assert_forbidden,
    assert_invalid_token,
    auth_site,
    cookies,
    full,
    log_in,
    new_client,
    person,
    rest,
    restricted,
    token,
    who,
)
from conftest import get_token, make_user, send
from lab import Site

ME = "/wp/v2/users/me"
SCRIPT = "<script>alert(1)</script><p onclick='x()'>ok</p>"
WRITER = ["edit_posts", "publish_posts", "edit_published_posts"]


@pytest.fixture(scope="module", params=list(VERSIONS))
def site(request: pytest.FixtureRequest) -> Site:
    """A site of each version, with the neighbours."""
    return auth_site(request.param)


@pytest.fixture(scope="module")
def admin(site: Site) -> int:
    """An administrator whose tokens are restricted."""
    return person(site, "administrator", "capabilities")


def can(site: Site, bearer: str | None, *questions: list[Any], of: int | None = None, neighbour: str = "routes", **headers: str) -> list[bool]:
    """What current_user_can() (or user_can(), with `of`) says inside a request with the token."""
    question: dict[str, Any] = {"ask": list(questions)} | ({} if of is None else {"of": of})
    answer = rest(site, "POST", "/neighbour/v1/can", bearer, neighbour=neighbour, headers=headers, json=question)
    assert answer.status == 200, answer.text
    return list(answer.json())


def content_of(site: Site, post: int) -> str:
    """A post's content as stored."""
    return str(site.sql(f"SELECT post_content FROM wp_posts WHERE ID = {post}")[0]["post_content"])


# PV-02 … PV-04: the user as it is now


def test_pv_02_a_demoted_user_loses_the_capabilities_at_once(site: Site) -> None:
    user = make_user(site, "administrator")
    bearer = full(site, user)
    assert rest(site, "GET", "/wp/v2/settings", bearer).status == 200
    site.wp_eval("( new WP_User( (int) $args[0] ) )->set_role( 'subscriber' );", user)
    assert rest(site, "GET", "/wp/v2/settings", bearer).status == 403
    assert rest(site, "POST", "/wp/v2/posts", bearer, json={"title": "No"}).status == 403
    assert who(rest(site, "GET", ME, bearer)) == user


def test_pv_02_a_promotion_promotes_no_app(site: Site) -> None:
    """Takeover rights are those that the user held when the token was granted."""
    user = make_user(site, "editor")
    bearer = full(site, user)
    site.wp_eval("( new WP_User( (int) $args[0] ) )->set_role( 'administrator' );", user)
    assert can(site, bearer, ["manage_options"], ["edit_users"], ["edit_others_posts"], ["edit_theme_options"]) == [False, False, True, True]
    assert rest(site, "GET", "/wp/v2/settings", bearer).status == 403
    me = rest(site, "GET", "/neighbour/v1/open", bearer, neighbour="routes").json()
    assert (me["admin"], me["roles"]) == (False, []), "the name of a role is not less than what it can do"


def test_pv_03_a_deleted_user_and_its_namesake(site: Site) -> None:
    name = f"gone{time.time_ns()}"
    fields = {"user_login": name, "user_email": f"{name}@example.com"}
    user = make_user(site, "editor", **fields)
    bearer = full(site, user)
    assert who(rest(site, "GET", ME, bearer)) == user
    site.wp_eval("require_once ABSPATH . 'wp-admin/includes/user.php'; wp_delete_user( (int) $args[0] );", user)
    assert_invalid_token(rest(site, "GET", ME, bearer))
    make_user(site, "editor", **fields)
    assert_invalid_token(rest(site, "GET", ME, bearer))
    # The same even with the same number.
    site.sql(f"UPDATE wp_users SET ID = {user} WHERE user_login = '{name}'")
    site.sql(f"UPDATE wp_usermeta SET user_id = {user} WHERE user_id > {user}")
    assert_invalid_token(rest(site, "GET", ME, bearer))


def test_pv_03_a_user_who_vanished_without_a_hook(site: Site) -> None:
    user = make_user(site, "editor")
    bearer = full(site, user)
    site.sql(f"DELETE FROM wp_users WHERE ID = {user}")
    assert_invalid_token(rest(site, "GET", "/wp/v2/posts", bearer))


PASSWORD_CHANGES = {
    "wp_update_user": "wp_update_user( array( 'ID' => (int) $args[0], 'user_pass' => 'new' ) );",
    "wp_set_password": "wp_set_password( 'new', (int) $args[0] );",
    "reset_password": "reset_password( get_userdata( (int) $args[0] ), 'new' );",
    "rest": "wp_set_current_user( 1 ); $r = new WP_REST_Request( 'POST', '/wp/v2/users/' . $args[0] ); $r->set_param( 'password', 'new' ); return rest_do_request( $r )->get_status();",
}


@pytest.mark.parametrize("how", PASSWORD_CHANGES)
def test_pv_04_a_changed_password_ends_the_users_tokens(site: Site, how: str) -> None:
    user, other = make_user(site, "editor"), person(site, "editor", "other")
    bearer, others = full(site, user), full(site, other)
    assert who(rest(site, "GET", ME, bearer)) == user
    site.wp_eval(PASSWORD_CHANGES[how], user)
    assert_invalid_token(rest(site, "GET", ME, bearer))
    assert who(rest(site, "GET", ME, others)) == other


# PV-05 … PV-09: the account, and takeover


def test_pv_05_a_restricted_token_edits_nothing_of_its_user(site: Site, admin: int) -> None:
    """Core requires *nothing* of somebody who edits their own profile; a filter on capabilities never sees that."""
    bearer = restricted(site, admin, *WRITER)
    for fields in ({"password": "owned"}, {"email": "owned@example.com"}, {"roles": ["subscriber"]}, {"description": "owned"}, {"nickname": "owned"}, {"meta": {"persisted_preferences": {"x": 1}}}):
        for path in (ME, f"/wp/v2/users/{admin}"):
            assert rest(site, "POST", path, bearer, json=fields).status == 403, fields
    assert can(site, bearer, ["edit_user", admin], ["create_app_password", admin], ["list_app_passwords", admin], ["edit_user_meta", admin, "x"]) == [False] * 4


def test_pv_05_a_full_token_edits_the_profile_but_not_the_account(site: Site) -> None:
    """The empty requirement passes for all capabilities; the account is guarded apart."""
    user = person(site, "editor", "profile")
    assert rest(site, "POST", ME, full(site, user), json={"nickname": "Ada"}).status == 200
    assert_forbidden(rest(site, "POST", ME, full(site, user), json={"password": "owned"}))


SINKS: list[dict[str, Any]] = [{"user_pass": "owned"}, {"user_email": "owned@example.com"}, {"role": "subscriber"}, {"role": ""}]


@pytest.mark.parametrize("fields", SINKS, ids=lambda fields: next(iter(fields)))
@pytest.mark.parametrize("mode", ["full", "restricted"])
def test_pv_05_a_plugins_route_cannot_change_the_account_either(site: Site, fields: dict[str, Any], mode: str) -> None:
    """Since 7.1 core announces a new password before it stores it, which ends the user's tokens: hence users of our own."""
    user = make_user(site, "administrator")
    bearer = full(site, user) if mode == "full" else restricted(site, user, *WRITER)
    # What is no account may change.
    assert rest(site, "POST", "/neighbour/v1/update-user", bearer, neighbour="routes", json={"ID": user, "display_name": "Ada"}).json() == {"done": user}
    before = site.sql(f"SELECT user_pass, user_email FROM wp_users WHERE ID = {user}")
    answer = rest(site, "POST", "/neighbour/v1/update-user", bearer, neighbour="routes", json={"ID": user} | fields)
    assert answer.json() == {"error": "empty_data"}
    assert site.sql(f"SELECT user_pass, user_email FROM wp_users WHERE ID = {user}") == before
    assert site.wp_eval("return get_userdata( (int) $args[0] )->roles;", user) == ["administrator"]


def test_pv_05_a_restricted_token_cannot_change_others_accounts_through_a_plugins_route(site: Site, admin: int) -> None:
    other = person(site, "author", "victim")
    before = site.sql(f"SELECT user_pass, user_email FROM wp_users WHERE ID = {other}")
    for fields in SINKS:
        answer = rest(site, "POST", "/neighbour/v1/update-user", restricted(site, admin, *WRITER), neighbour="routes", json={"ID": other} | fields)
        assert answer.json() == {"error": "empty_data"}, fields
    assert site.sql(f"SELECT user_pass, user_email FROM wp_users WHERE ID = {other}") == before


def test_pv_05_without_a_token_the_sinks_are_open(site: Site, admin: int) -> None:
    other = make_user(site, "author")
    answer = rest(site, "POST", "/neighbour/v1/update-user", neighbour="routes", headers=cookies(site, admin), json={"ID": other, "user_email": f"moved{other}@example.com"})
    assert answer.json() == {"done": other}
    assert rest(site, "POST", "/neighbour/v1/login", neighbour="routes", headers=cookies(site, admin)).header("Set-Cookie") is not None
    assert rest(site, "POST", "/neighbour/v1/app-password", neighbour="routes", headers=cookies(site, admin)).status == 200


@pytest.mark.parametrize("mode", ["full", "restricted"])
def test_pv_06_a_plugins_route_makes_no_application_password(site: Site, admin: int, mode: str) -> None:
    bearer = full(site, admin) if mode == "full" else restricted(site, admin, *WRITER)
    assert rest(site, "POST", "/neighbour/v1/app-password", bearer, neighbour="routes").json() == {"available": False}


@pytest.mark.parametrize("mode", ["full", "restricted", "account"])
def test_pv_17_a_plugins_login_route_sets_no_cookie(site: Site, admin: int, mode: str) -> None:
    bearer = restricted(site, admin, *WRITER) if mode == "restricted" else token(site, admin, mode="full", capabilities=[], account=mode == "account")
    answer = rest(site, "POST", "/neighbour/v1/login", bearer, neighbour="routes")
    assert (answer.status, answer.header("Set-Cookie")) == (200, None)


def test_pv_09_takeover_only_with_an_explicit_grant(site: Site, admin: int) -> None:
    calls: list[tuple[str, str, dict[str, Any] | None]] = [
        ("POST", "/wp/v2/users", {"username": f"new{time.time_ns()}", "email": f"new{time.time_ns()}@example.com", "password": "x", "roles": ["administrator"]}),
        ("PUT", f"/wp/v2/users/{person(site, 'author', 'promoted')}", {"roles": ["administrator"]}),
        ("GET", "/wp/v2/plugins", None),
        ("GET", "/wp/v2/settings", None),
    ]
    poor = restricted(site, admin, *WRITER, "edit_others_posts", "list_users", "upload_files")
    rich = restricted(site, admin, "list_users", takeover=["create_users", "promote_users", "edit_users", "activate_plugins", "manage_options"])
    for method, path, fields in calls:
        options = {"json": fields} if fields else {}
        assert rest(site, method, path, poor, **options).status == 403, path
        assert rest(site, method, path, rich, **options).status in (200, 201), path


# PV-11: T12


@pytest.fixture(scope="module")
def posts(site: Site, admin: int) -> dict[str, int]:
    """Published posts: the administrator's own, and another's."""
    code = "return wp_insert_post( array( 'post_title' => 'P', 'post_status' => 'publish', 'post_author' => (int) $args[0] ) );"
    return {"own": int(site.wp_eval(code, admin)), "others": int(site.wp_eval(code, person(site, "author", "writer")))}


def test_pv_11_meta_capabilities_of_a_restricted_token(site: Site, admin: int, posts: dict[str, int]) -> None:
    bearer = restricted(site, admin, *WRITER)
    other = person(site, "author", "writer")
    expected = {
        ("edit_post", posts["own"]): True,
        ("edit_post", posts["others"]): False,
        ("delete_post", posts["own"]): False,
        ("read_post", posts["others"]): True,
        ("edit_user", admin): False,
        ("edit_user", other): False,
        ("delete_user", other): False,
        ("promote_user", other): False,
        ("unfiltered_html",): False,
        ("upload_files",): False,
        ("manage_options",): False,
        ("edit_posts",): True,
        ("read",): True,
        ("exist",): True,
        ("do_not_allow",): False,
        ("administrator",): False,
        ("no_such_capability",): False,
    }
    answers = can(site, bearer, *[list(question) for question in expected])
    assert dict(zip(expected, answers, strict=True)) == expected
    # user_can() about the same user is the same question.
    assert can(site, bearer, *[list(question) for question in expected], of=admin) == answers
    # The user could have said yes to nearly all.
    assert sum(can(site, full(site, admin), *[list(question) for question in expected])) > sum(answers) + 5


def test_pv_11_checks_about_other_users_are_untouched(site: Site, admin: int) -> None:
    other = person(site, "administrator", "bystander")
    questions = [["manage_options"], ["edit_users"], ["unfiltered_html"], ["edit_user", other]]
    assert can(site, restricted(site, admin, *WRITER), *questions, of=other) == [True] * 4


def test_pv_11_a_full_token_of_an_administrator_is_an_administrator(site: Site, admin: int) -> None:
    me = rest(site, "GET", "/neighbour/v1/open", full(site, admin), neighbour="routes").json()
    assert (me["roles"], me["admin"]) == (["administrator"], True)
    assert can(site, full(site, admin), ["manage_options"], ["unfiltered_html"], ["switch_themes"], ["edit_user", admin]) == [True] * 4


def test_pv_16_a_token_without_capabilities_reads(site: Site, admin: int) -> None:
    bearer = restricted(site, admin)
    assert can(site, bearer, ["exist"], ["read"], ["edit_posts"], ["level_0"]) == [True, True, False, False]
    assert who(rest(site, "GET", ME, bearer)) == admin
    assert rest(site, "POST", "/wp/v2/posts", bearer, json={"title": "No"}).status == 403


def test_pv_11_a_token_never_has_what_its_user_lacks(site: Site) -> None:
    """The token is a ceiling, not a gift."""
    user = person(site, "subscriber", "poor")
    bearer = restricted(site, user, *WRITER, "edit_others_posts", takeover=["manage_options"])
    assert can(site, bearer, ["edit_posts"], ["manage_options"], ["read"]) == [False, False, True]


@pytest.mark.parametrize("kind", ["user_has_cap", "map_meta_cap"])
def test_t12_a_generous_neighbour_gives_a_token_nothing(site: Site, admin: int, kind: str) -> None:
    """Either lock holds alone: capabilities given late, and requirements rewritten after us."""
    bearer = restricted(site, admin, *WRITER)
    assert can(site, bearer, ["manage_options"], ["unfiltered_html"], ["edit_posts"], neighbour="routes,generous", **{"X-Generous": kind}) == [False, False, True]
    assert rest(site, "GET", "/wp/v2/settings", bearer, neighbour="generous", headers={"X-Generous": kind}).status == 403
    # By number: core makes a new object of the user, which nobody has narrowed.
    assert can(site, bearer, ["manage_options"], ["edit_posts"], of=admin, neighbour="routes,generous", **{"X-Generous": kind}) == [False, True]


def test_t12_a_plugin_that_reads_roles_sees_no_administrator(site: Site, admin: int) -> None:
    me = rest(site, "GET", "/neighbour/v1/open", restricted(site, admin, *WRITER), neighbour="routes").json()
    assert (me["id"], me["roles"]) == (admin, [])
    assert set(me["allcaps"]) <= {"read", *WRITER}
    assert me["stored"] == {"administrator": True}, "what would be stored stays as it is"


def test_t12_adding_a_capability_stores_no_narrowed_user(site: Site) -> None:
    user = make_user(site, "administrator")
    bearer = restricted(site, user, *WRITER)
    stored = rest(site, "POST", "/neighbour/v1/add-cap", bearer, neighbour="routes", json={"cap": "neighbourly"}).json()["stored"]
    assert stored == {"administrator": True, "neighbourly": True}
    assert who(rest(site, "GET", ME, bearer)) == user


# kses


@pytest.mark.parametrize("neighbour", ["", "resolves-early", "dispatches-at-init"])
@pytest.mark.parametrize("cookie", ["none", "own", "another administrator's"])
def test_t12_a_restricted_administrators_token_publishes_no_script(site: Site, admin: int, neighbour: str, cookie: str) -> None:
    """kses decides when the user is set: the principal has to be known by then, whoever was the user before."""
    other = person(site, "administrator", "bystander")
    headers = {} if cookie == "none" else cookies(site, admin if cookie == "own" else other)
    posted = rest(site, "POST", "/wp/v2/posts", restricted(site, admin, *WRITER), neighbour=neighbour, headers=headers, json={"title": SCRIPT, "excerpt": SCRIPT, "content": SCRIPT, "status": "publish"})
    assert posted.status == 201, posted.text
    stored = content_of(site, posted.json()["id"])
    assert "<script" not in stored and "onclick" not in stored and "ok</p>" in stored


def test_t12_with_the_right_granted_by_name_the_same_script_is_published(site: Site, admin: int) -> None:
    """The test above is not blind: it is the token that filters."""
    for bearer in (full(site, admin), restricted(site, admin, *WRITER, takeover=["unfiltered_html"])):
        posted = rest(site, "POST", "/wp/v2/posts", bearer, json={"title": "Script", "content": SCRIPT, "status": "publish"})
        assert "<script" in content_of(site, posted.json()["id"])


# PV-12: the restriction follows the request


def test_pv_12_becoming_an_administrator_inside_the_request_lifts_nothing(site: Site, admin: int) -> None:
    other = person(site, "administrator", "bystander")
    became = rest(site, "POST", "/neighbour/v1/become", restricted(site, admin, *WRITER), neighbour="routes", json={"id": other, "cap": "manage_options"}).json()
    assert (became["id"], became["can"], became["admin"], became["roles"]) == (other, False, False, [])
    assert "manage_options" not in became["allcaps"]


def test_pv_12_becoming_somebody_on_a_hook_lifts_nothing(site: Site, admin: int) -> None:
    other = person(site, "administrator", "bystander")
    headers = {"X-Become": str(other), "X-Become-On": "rest_request_before_callbacks"}
    questions = [["manage_options"], ["edit_user", other], ["edit_user", admin], ["edit_posts"]]
    assert can(site, restricted(site, admin, *WRITER), *questions, neighbour="routes,changes-user", **headers) == [False, False, False, True]
    posted = rest(site, "POST", "/wp/v2/posts", restricted(site, admin, *WRITER), neighbour="changes-user", headers=headers, json={"title": "x", "content": SCRIPT})
    assert "<script" not in content_of(site, posted.json()["id"])


def test_pv_12_work_after_the_answer_is_restricted_and_the_next_request_is_not(site: Site, admin: int) -> None:
    for _ in range(2 * site.workers):
        assert rest(site, "POST", "/neighbour/v1/later", restricted(site, admin, *WRITER), neighbour="routes", json={"cap": "manage_options"}).status == 200
    assert site.wp_eval("return get_option( 'neighbour_later' );") == [admin, False]
    seen = set()
    for _ in range(4 * site.workers):
        answer = rest(site, "GET", "/wp/v2/settings", headers=cookies(site, admin))
        assert answer.status == 200
        assert "no-store, private" != answer.header("Cache-Control")
        seen.add(answer.worker())
    assert len(seen) > 1


def test_pv_15_routes_for_whoever_is_logged_in_are_behind_the_gate(site: Site, admin: int) -> None:
    bearer = restricted(site, admin, *WRITER, routes=["GET /wp-json/wp/v2/posts"])
    assert_forbidden(rest(site, "GET", "/neighbour/v1/logged-in", bearer, neighbour="routes"))
    assert rest(site, "GET", "/neighbour/v1/logged-in", restricted(site, admin, *WRITER), neighbour="routes").status == 200


def test_pv_08_no_token_makes_another_or_opens_the_settings(site: Site, admin: int) -> None:
    bearer = full(site, admin)
    client = new_client(site, admin)
    assert rest(site, "POST", "/app-connect/v1/token", bearer, form={"grant_type": "client_credentials"}).status in (400, 401, 403)
    assert get_token(site, client)
    page = send(site, "GET", "/wp-admin/options-general.php", bearer=bearer)
    assert (page.status, "wp-login.php" in (page.header("Location") or "")) == (302, True)
    assert send(site, "GET", "/wp-admin/options-general.php", headers={"Cookie": log_in(site, admin)}).status == 200


# PV-10: networks


@pytest.fixture(scope="module")
def network() -> Site:
    """A network."""
    return auth_site("authnet71", wp="7.1", multisite=True)


@pytest.fixture(scope="module")
def superior(network: Site) -> int:
    """A super admin."""
    user = person(network, "administrator", "super")
    network.wp_eval("grant_super_admin( (int) $args[0] );", user)
    return user


def test_pv_10_a_super_admins_restricted_token_is_restricted(network: Site, superior: int) -> None:
    """Super admins skip `user_has_cap` altogether."""
    bearer = restricted(network, superior, *WRITER)
    asked = [["manage_network"], ["manage_options"], ["unfiltered_html"], ["edit_users"], ["delete_users"], ["edit_user", superior], ["edit_posts"], ["anything_at_all"]]
    assert can(network, bearer, *asked) == [False, False, False, False, False, False, True, False]
    assert can(network, full(network, superior), *asked[:5]) == [True] * 5
    assert rest(network, "GET", "/wp/v2/settings", bearer).status == 403
    posted = rest(network, "POST", "/wp/v2/posts", bearer, json={"title": "x", "content": SCRIPT, "status": "publish"})
    assert "<script" not in content_of(network, posted.json()["id"])


@pytest.mark.parametrize("mode", ["full", "restricted"])
def test_pv_10_no_token_makes_a_super_admin(network: Site, superior: int, mode: str) -> None:
    bearer = full(network, superior) if mode == "full" else restricted(network, superior, *WRITER)
    victim = person(network, "editor", "climber")
    rest(network, "POST", "/neighbour/v1/super", bearer, neighbour="routes", json={"id": victim})
    assert network.wp_eval("return is_super_admin( (int) $args[0] );", victim) is False
    assert network.wp_eval("return is_super_admin( (int) $args[0] );", superior) is True


def test_pv_12_switching_sites_lifts_nothing(network: Site, superior: int) -> None:
    if not network.sql("SELECT blog_id FROM wp_blogs WHERE path = '/two/'"):
        network.add_blog("two")
    blog = int(str(network.sql("SELECT blog_id FROM wp_blogs WHERE path = '/two/'")[0]["blog_id"]))
    code = "add_user_to_blog( (int) $args[1], (int) $args[0], 'administrator' );"
    network.wp_eval(code, superior, blog)
    seen = rest(network, "POST", "/neighbour/v1/elsewhere", restricted(network, superior, *WRITER), neighbour="routes", json={"blog": blog, "cap": "manage_options"}).json()
    for where in ("there", "back"):
        assert (seen[where]["can"], seen[where]["roles"], seen[where]["admin"]) == (False, [], False), where
        assert set(seen[where]["allcaps"]) <= {"read", *WRITER}, where
    full_seen = rest(network, "POST", "/neighbour/v1/elsewhere", full(network, superior), neighbour="routes", json={"blog": blog, "cap": "manage_options"}).json()
    assert full_seen["there"]["can"] is True
