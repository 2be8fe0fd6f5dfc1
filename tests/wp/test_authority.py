"""Authority for people (design.md §5, threats.md PV): a token does what its client, its scope and its user all allow, and no more.

The rules are held against a second, shorter writing of them (authority_support.py) for random roles, modes, scopes, routes
and edits, on a real WordPress; what the user may do is seen with a login cookie. `APP_CONNECT_SEED` repeats a run.
"""

from __future__ import annotations

import json
import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import conftest
import pytest
from auth_support import VERSIONS, auth_site, cookies, rest
from authority_support import PROBES, Catalogue, Policy, Probe
from conftest import Answer, Session, make_user
from consent_support import REDIRECT, Browser, authorize, decide, exchange, get_code, is_consent, new_app, open_consent, redirected
from lab import Site

ROLES = ["administrator", "editor", "author", "contributor", "subscriber"]
CASES = 24
BY_NAME = {probe.name: probe for probe in PROBES}


@pytest.fixture(scope="module", params=list(VERSIONS))
def site(request: pytest.FixtureRequest) -> Site:
    """A site of each version, with the neighbours."""
    return auth_site(request.param)


@pytest.fixture(scope="module")
def catalogue(site: Site) -> Catalogue:
    """What bundles and takeover rights there are."""
    bundles, takeover = site.wp_eval("return array( AppConnect\\WP\\Plugin::server()->bundles(), AppConnect\\WP\\Plugin::server()->takeover() );")
    return Catalogue({bundle["name"]: bundle for bundle in bundles}, frozenset(takeover))


@pytest.fixture(scope="module")
def roles(site: Site) -> dict[str, frozenset[str]]:
    """What each role holds."""
    found = site.wp_eval("return array_map( fn ( $role ) => array_keys( array_filter( $role['capabilities'] ) ), wp_roles()->roles );")
    return {role: frozenset(found[role]) for role in ROLES}


@pytest.fixture(scope="module")
def post(site: Site) -> int:
    """A published post of somebody else."""
    return int(site.wp_eval("return wp_insert_post( array( 'post_title' => 'x', 'post_status' => 'publish', 'post_author' => 1 ) );"))


def ask(site: Site, probe: Probe, post: int, bearer: str | None = None, headers: dict[str, str] | None = None) -> Answer:
    """Sends a probe."""
    body = probe.body and json.loads(json.dumps(probe.body).replace("{unique}", f"u{time.time_ns()}{random.randrange(1 << 30)}"))
    options: dict[str, Any] = {} if body is None else {"json": body}
    return rest(site, probe.method, probe.path.replace("{post}", str(post)) + probe.query, bearer, neighbour="routes", headers=headers or {}, **options)


def allowed(site: Site, post: int, bearer: str) -> set[str]:
    """The probes that a token gets through."""
    return {probe.name for probe in PROBES if ask(site, probe, post, bearer).status < 300}


@pytest.fixture(scope="module")
def by_cookie(site: Site, post: int) -> dict[str, set[str]]:
    """What each role may do in a browser."""
    return {
        role: {probe.name for probe in PROBES if ask(site, probe, post, headers=headers).status < 300}
        for role in ROLES
        for headers in [cookies(site, make_user(site, role))]
    }


def test_the_probes_tell_roles_apart(by_cookie: dict[str, set[str]]) -> None:
    assert by_cookie["administrator"] == set(BY_NAME)
    for wider, role in zip(ROLES, ROLES[1:], strict=False):
        assert by_cookie[role] < by_cookie[wider]


# The table


RESTRICTED = {"mode": "restricted", "bundles": []}
READING = {"read posts", "list drafts", "list pages", "list tags"}
WRITING = {"draft a post", "publish a post", "change another's post", "draft a page", "add a category"}
ADMINISTRATION = {"read settings", "list plugins"}

TABLE: dict[str, tuple[dict[str, Any], str, str, set[str]]] = {
    "full, administrator, all": ({"mode": "full", "bundles": []}, "administrator", "wp", set(BY_NAME)),
    "full, editor, all": ({"mode": "full", "bundles": []}, "editor", "wp", set(BY_NAME) - ADMINISTRATION - {"list users"}),
    "full, subscriber, all": ({"mode": "full", "bundles": []}, "subscriber", "wp", {"read posts", "list tags", "see media", "who I am", "my profile", "another plugin"}),
    "full, administrator, one bundle": ({"mode": "full", "bundles": []}, "administrator", "content:read", READING),
    "full, administrator, two bundles": ({"mode": "full", "bundles": []}, "administrator", "content:read content:write", READING | WRITING),
    "full, administrator, allowlist": ({"mode": "full", "bundles": [], "routes": ["GET /wp/v2/settings", "GET /wp/v2/posts"]}, "administrator", "wp", {"read posts", "list drafts", "read settings"}),
    "full, administrator, allowlist and bundle": ({"mode": "full", "bundles": [], "routes": ["GET /wp/v2/settings", "GET /wp/v2/posts"]}, "administrator", "content:read", {"read posts", "list drafts"}),
    "restricted, administrator, all": (RESTRICTED | {"bundles": ["content:read"]}, "administrator", "wp", READING),
    "restricted, author, all": (RESTRICTED | {"bundles": ["content:read", "content:write"]}, "author", "wp", {"read posts", "list drafts", "list tags", "draft a post", "publish a post"}),
    "restricted, contributor, writing alone": (RESTRICTED | {"bundles": ["content:read", "content:write"]}, "contributor", "content:write", {"draft a post"}),
    "restricted, administrator, a takeover right": (RESTRICTED | {"routes": ["GET /wp/v2/settings", "GET /wp/v2/plugins"], "takeover": ["manage_options"]}, "administrator", "wp", {"read settings"}),
    "restricted, editor, a takeover right": (RESTRICTED | {"routes": ["GET /wp/v2/settings", "GET /wp/v2/posts"], "takeover": ["manage_options"]}, "editor", "wp", {"read posts"}),
    "restricted, administrator, routes without rights": (RESTRICTED | {"routes": ["GET /wp/v2/users", "GET /wp/v2/users/*", "POST /wp/v2/users/me", "GET /wp/v2/posts"]}, "administrator", "wp", {"read posts", "who I am"}),
    "restricted, administrator, rights without routes": (RESTRICTED | {"capabilities": ["list_users", "edit_posts"], "routes": ["GET /wp/v2/users"]}, "administrator", "wp", {"list users"}),
    "restricted, administrator, a bundle it lacks": (RESTRICTED | {"bundles": ["media:read", "comments:read"]}, "administrator", "comments:read content:write", {"moderate comments"}),
    "login only, administrator": ({"mode": "login_only", "bundles": []}, "administrator", "openid wp content:write", set()),
}


@pytest.mark.parametrize("row", TABLE)
def test_the_decision_table(site: Site, catalogue: Catalogue, roles: dict[str, frozenset[str]], by_cookie: dict[str, set[str]], post: int, row: str) -> None:
    draft, role, scope, expected = TABLE[row]
    app = new_app(site, **draft)
    answer = exchange(site, get_code(site, app, make_user(site, role), scope=scope))
    assert allowed(site, post, answer.json()["access_token"]) == expected
    # The second writing says the same, so that it may judge the random cases.
    whole = {"routes": [], "bundles": [], "capabilities": [], "takeover": []} | draft
    token, ceiling = catalogue.token(whole, scope, roles[role]), catalogue.ceiling(whole)
    assert {probe.name for probe in PROBES if catalogue.allows(token, ceiling, probe)} & by_cookie[role] == expected


# At random


@dataclass
class Case:
    """A person's token, and all that decides what it may do."""

    app: dict[str, Any]
    draft: dict[str, Any]
    user: int
    role: str
    scope: str
    bearer: str = ""
    token: Policy = Policy()

    def __str__(self) -> str:
        return f"{self.role}, scope {self.scope!r}, {self.draft}"


def some(chance: random.Random, values: list[str], most: int) -> list[str]:
    """A few of them."""
    return sorted(chance.sample(values, chance.randint(0, min(most, len(values)))))


def random_draft(chance: random.Random, catalogue: Catalogue) -> dict[str, Any]:
    """What an administrator might register."""
    routes = some(chance, sorted({f"{probe.method} {probe.path.replace('{post}', '*')}" for probe in PROBES} | {"GET /wp/v2/*", "GET /neighbour/v1/*"}), 8)
    mode = chance.choice(["full", "full", "restricted", "restricted", "restricted", "login_only"])
    if mode == "login_only":
        return {"mode": mode, "bundles": [], "capabilities": [], "takeover": [], "routes": []}
    if mode == "full":
        return {"mode": mode, "bundles": [], "capabilities": [], "takeover": [], "routes": routes if chance.random() < 0.6 else []}
    bundles = some(chance, sorted(catalogue.bundles), 4)
    return {
        "mode": mode, "bundles": bundles, "takeover": some(chance, ["manage_options", "activate_plugins", "edit_users"], 2),
        "capabilities": some(chance, ["edit_posts", "edit_pages", "list_users", "publish_posts", "edit_others_posts", "edit_published_posts", "manage_categories"], 4),
        "routes": routes if routes or bundles else ["GET /wp/v2/posts"],
    }


def random_scope(chance: random.Random, catalogue: Catalogue, draft: dict[str, Any]) -> str:
    """What an app might ask for: what it may have, more, and what nobody knows."""
    if draft["mode"] == "login_only":
        return chance.choice(["openid", "openid profile", "openid wp", "email content:read"])
    likely = draft["bundles"] or sorted(catalogue.bundles)
    return " ".join(["wp"] if chance.random() < 0.35 else [*some(chance, likely, 3), *some(chance, [*sorted(catalogue.bundles), "openid", "unknown:scope"], 2)]) or "wp"


def make_cases(site: Site, chance: random.Random, catalogue: Catalogue) -> list[Case]:
    """Clients and people, made in one go; their tokens come from approvals."""
    drafts = [random_draft(chance, catalogue) for _ in range(CASES)]
    people = [chance.choice(ROLES) for _ in drafts]
    common = {"name": "At random", "type": "public", "grant_types": ["authorization_code"], "redirect_uris": [REDIRECT], "account": False}
    made = site.wp_eval("""
        $all     = array();
        $expires = time() + DAY_IN_SECONDS;
        foreach ( json_decode( $args[0], true ) as list( $draft, $role ) ) {
            $name   = 'u' . bin2hex( random_bytes( 6 ) );
            $user   = wp_insert_user( array( 'user_login' => $name, 'user_pass' => $name, 'user_email' => "$name@example.com", 'role' => $role ) );
            $client = AppConnect\\WP\\Storage\\Clients::register( $draft );
            if ( is_wp_error( $client ) ) { throw new Exception( wp_json_encode( array( $client->get_error_data(), $draft ) ) ); }
            $login  = WP_Session_Tokens::get_instance( $user )->create( $expires );
            $value  = static fn( $scheme ) => rawurlencode( wp_generate_auth_cookie( $user, $expires, $scheme, $login ) );
            $all[]  = array( $client, $user, AUTH_COOKIE . '=' . $value( 'auth' ) . '; ' . LOGGED_IN_COOKIE . '=' . $value( 'logged_in' ) );
        }
        return $all;
    """, json.dumps([(common | draft, role) for draft, role in zip(drafts, people, strict=True)]))
    cases = []
    for (client, user, cookie), draft, role in zip(made, drafts, people, strict=True):
        conftest._cookies[(site.name, user)] = cookie
        cases.append(Case(client | {"redirect_uri": REDIRECT}, draft, user, role, random_scope(chance, catalogue, draft)))
    return cases


def approve(site: Site, case: Case) -> bool:
    """Walks the approval and the exchange; false if nothing was left to approve."""
    browser = Browser(site, user=case.user)
    page = browser.follow(authorize(browser, case.app, scope=case.scope))
    if not is_consent(page):
        assert redirected(page)["error"] == "invalid_scope", str(case)
        return False
    answer = exchange(site, get_code(site, case.app, case.user, scope=case.scope))
    assert answer.status == 200, (answer.text, str(case))
    case.bearer = answer.json()["access_token"]
    return True


def judge(site: Site, chance: random.Random, catalogue: Catalogue, by_cookie: dict[str, set[str]], post: int, cases: list[Case], when: str) -> tuple[int, int]:
    """Compares what tokens get through with the rules. How many requests were let through, and how many refused."""
    asked = [(case, probe) for case in cases for probe in chance.sample(PROBES, 8)]
    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(lambda pair: ask(site, pair[1], post, pair[0].bearer).status, asked))
    through = 0
    for (case, probe), status in zip(asked, statuses, strict=True):
        expected = catalogue.allows(case.token, catalogue.ceiling(case.draft), probe) and probe.name in by_cookie[case.role]
        assert (status < 300) == expected, f"{when}: {probe.name} is {status}, token {case.token}, now {case}"
        assert status < 500
        through += status < 300
    return through, len(asked) - through


def test_what_tokens_may_do_is_what_the_rules_say(site: Site, catalogue: Catalogue, roles: dict[str, frozenset[str]], by_cookie: dict[str, set[str]], post: int) -> None:
    """After approval, and again after administrators have changed clients and people."""
    seed = int(os.environ.get("APP_CONNECT_SEED") or random.randrange(1 << 32))
    print(f"APP_CONNECT_SEED={seed}")
    chance = random.Random(seed)
    cases = [case for case in make_cases(site, chance, catalogue) if approve(site, case)]
    assert len(cases) >= CASES // 2
    for case in cases:
        case.token = catalogue.token(case.draft, case.scope, roles[case.role])
    before = judge(site, chance, catalogue, by_cookie, post, cases, "after approval")

    admin = Session(site, 1)
    for case in cases:
        if chance.random() < 0.7:
            case.draft = random_draft(chance, catalogue)
            answer = admin("POST", f"/clients/{case.app['id']}", case.draft)
            assert answer.status == 200, (answer.text, str(case))
    changed = [case for case in cases if chance.random() < 0.5]
    for case in changed:
        case.role = chance.choice(ROLES)
    site.wp_eval("foreach ( json_decode( $args[0] ) as list( $user, $role ) ) { ( new WP_User( $user ) )->set_role( $role ); } return null;", json.dumps([(case.user, case.role) for case in changed]))
    after = judge(site, chance, catalogue, by_cookie, post, cases, "after edits")
    assert min(before[0] + after[0], before[1] + after[1]) >= 20, ("the cases say nothing", before, after)


# One edit each


@pytest.fixture
def admin(site: Site) -> Session:
    """Who edits."""
    return Session(site, 1)


def token_of(site: Site, app: dict[str, Any], user: int, scope: str = "wp") -> str:
    """A token that a person approved."""
    return str(exchange(site, get_code(site, app, user, scope=scope)).json()["access_token"])


def test_a_narrower_client_bites_at_the_next_request(site: Site, admin: Session, post: int) -> None:
    app = new_app(site, bundles=["content:read", "content:write"])
    bearer = token_of(site, app, make_user(site, "editor"))
    assert allowed(site, post, bearer) == READING | WRITING
    assert admin("POST", f"/clients/{app['id']}", {"bundles": ["content:read"]}).status == 200
    assert allowed(site, post, bearer) == READING
    assert admin("POST", f"/clients/{app['id']}", {"mode": "login_only", "bundles": []}).status == 200
    assert allowed(site, post, bearer) == set()


@pytest.mark.parametrize("wider", [{"bundles": ["content:read", "content:write"]}, {"mode": "full", "bundles": []}], ids=["bundle", "full"])
def test_a_wider_client_widens_no_token_and_asks_again(site: Site, admin: Session, post: int, wider: dict[str, Any]) -> None:
    app, user = new_app(site, bundles=["content:read"]), make_user(site, "administrator")
    bearer = token_of(site, app, user)
    assert admin("POST", f"/clients/{app['id']}", wider).status == 200
    assert allowed(site, post, bearer) == READING
    browser = Browser(site, user=user)
    assert "error" not in redirected(browser.follow(authorize(browser, app, scope="content:read"))), "what was approved is remembered"
    page = open_consent(browser, app, scope="wp")
    told = redirected(decide(browser, page))
    assert "code" in told
    assert allowed(site, post, token_of(site, app, user)) > READING
    assert allowed(site, post, bearer) == READING


def test_a_demotion_bites_at_once_and_a_promotion_hands_out_no_takeover_right(site: Site, post: int) -> None:
    app, user = new_app(site, mode="full", bundles=[]), make_user(site, "editor")
    bearer = token_of(site, app, user)
    before = allowed(site, post, bearer)
    set_role = lambda role: site.wp_eval("( new WP_User( (int) $args[0] ) )->set_role( $args[1] ); return null;", user, role)  # noqa: E731
    set_role("subscriber")
    assert allowed(site, post, bearer) == {"read posts", "list tags", "see media", "who I am", "my profile", "another plugin"}
    set_role("administrator")
    assert allowed(site, post, bearer) == before | {"list users"}, "neither settings nor plugins"
    browser = Browser(site, user=user)
    assert is_consent(browser.follow(authorize(browser, app, scope="wp"))), "more than was approved"
    assert allowed(site, post, token_of(site, app, user)) == set(BY_NAME)


def test_a_code_carries_what_was_held_when_it_was_approved(site: Site, post: int) -> None:
    """Promoted or demoted between approval and exchange: never more than either moment allows."""
    app = new_app(site, mode="full", bundles=[])
    up, down = make_user(site, "editor"), make_user(site, "administrator")
    codes = [get_code(site, app, user, scope="wp") for user in (up, down)]
    site.wp_eval("( new WP_User( (int) $args[0] ) )->set_role( 'administrator' ); ( new WP_User( (int) $args[1] ) )->set_role( 'editor' ); return null;", up, down)
    bearers = [exchange(site, code).json()["access_token"] for code in codes]
    assert [ADMINISTRATION & allowed(site, post, bearer) for bearer in bearers] == [set(), set()]


# Bundles of other plugins


def test_a_plugins_bundle_is_a_scope_like_any_other_and_a_bad_one_is_none(site: Site, post: int) -> None:
    site.fixture("shop", """add_filter( 'app_connect_scopes', static function ( $scopes ) {
        return $scopes + array(
            'shop:read'      => array( 'title' => 'See orders', 'capabilities' => array( 'edit_posts' ), 'routes' => array( 'GET /neighbour/v1/*' ) ),
            'shop:own'       => array( 'title' => 'x', 'capabilities' => array( 'manage_options' ), 'routes' => array( 'GET /wp/v2/settings' ) ),
            'shop:odd'       => array( 'title' => 'x', 'capabilities' => array( 'edit_posts' ), 'routes' => array( 'nonsense' ) ),
            'content:read'   => array( 'title' => 'x', 'capabilities' => array( 'list_users' ), 'routes' => array( 'GET /wp/v2/users' ) ),
            'wp'             => array( 'title' => 'x', 'capabilities' => array(), 'routes' => array( 'GET /wp/v2/posts' ) ),
            'not a scope'    => array( 'title' => 'x', 'capabilities' => array(), 'routes' => array( 'GET /wp/v2/posts' ) ),
            'shop:nothing'   => 'x',
            'shop:types'     => array( 'title' => array(), 'capabilities' => 7, 'routes' => array( 7, array() ) ),
        );
    } );""")
    try:
        names = site.wp_eval("return array_column( AppConnect\\WP\\Plugin::server()->bundles(), 'name' );")
        assert "shop:read" in names and not {"shop:own", "shop:odd", "wp", "not a scope", "shop:nothing"} & set(names)
        app, user = new_app(site, mode="full", bundles=[]), make_user(site, "administrator")
        bearer = token_of(site, app, user, "shop:read shop:own")
        assert allowed(site, post, bearer) == {"another plugin"}
        assert allowed(site, post, token_of(site, app, user, "content:read")) == READING
        restricted = new_app(site, bundles=["shop:read"])
        assert allowed(site, post, token_of(site, restricted, user)) == {"another plugin"}
    finally:
        site.remove_fixture("shop")
    # The token is a snapshot: it outlives the plugin's word for it, and grows with nothing.
    assert allowed(site, post, bearer) == {"another plugin"}


@pytest.mark.parametrize("broken", ["throw new Exception( 'x' );", "echo 'printed'; return $scopes;", "return 7;", "return array( \"\\xff\" => array( 'routes' => array( \"\\xff\" ) ) );"])
def test_a_plugin_that_breaks_the_filter_breaks_nothing(site: Site, post: int, broken: str) -> None:
    app, user = new_app(site), make_user(site, "editor")
    site.fixture("broken-scopes", f"add_filter( 'app_connect_scopes', static function ( $scopes ) {{ {broken} }} );")
    try:
        assert ask(site, BY_NAME["list drafts"], post, token_of(site, app, user, "content:read")).status == 200
    finally:
        site.remove_fixture("broken-scopes")
