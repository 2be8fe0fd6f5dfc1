"""What apps look up before they ask for anything: metadata below `.well-known/`, and the key set (RFC 8414, OpenID Connect
Discovery, RFC 7517, threats.md JW-21, OI-01)."""

from __future__ import annotations

import http.client
import json
import urllib.parse
from typing import Any

import pytest
from conftest import Answer, get_token, log_in, make, register_client, route, send, view
from keys_support import PRIVATE_MEMBERS, PUBLIC_MEMBERS, TYPES, forget_keys, header_of, jwks_of, keys_site, kids, manage, published, signing_client
from lab import Site

NAMES = ("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration")
NAME = NAMES[0]
ENDPOINT = f"/app-connect/v1{NAME}"
SITES = ("wp71", "wp68", "plain71", "sub68", "net71")
CACHING = ("Cache-Control", "ETag", "Content-Type", "Access-Control-Allow-Origin", "Location")


@pytest.fixture(scope="module", params=SITES)
def place(request: pytest.FixtureRequest) -> Site:
    """A site of every kind."""
    return make(request.param)


@pytest.fixture(params=[True, False], ids=["open", "closed"])
def door(request: pytest.FixtureRequest) -> bool:
    """The door."""
    return bool(request.param)


def spellings(site: Site) -> list[str]:
    """Every canonical spelling of the metadata's address: after the path of the site, before it, and as a REST route."""
    home, found = site.subdirectory, []
    for name in NAMES:
        endpoint = f"/app-connect/v1{name}"
        found += [home + name, route(site, endpoint), f"{home}/?rest_route={endpoint}", f"{home}/index.php?rest_route={endpoint}"]
        found += [name + home] if home else []
    return found


def path_of(address: str) -> str:
    """Path and query of an address."""
    parts = urllib.parse.urlsplit(address)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def caching(answer: Answer) -> dict[str, str | None]:
    """What caches, browsers and clients go by."""
    return {name: answer.header(name) for name in CACHING}


# The metadata


def test_the_metadata_is_where_apps_look_for_it(place: Site, door: bool) -> None:
    answers = [send(place, "GET", path, door=door) for path in spellings(place)]
    assert {answer.status for answer in answers} == {200}, [(answer.status, answer.text[:200]) for answer in answers]
    assert len({answer.text for answer in answers}) == 1
    for answer in answers:
        assert view(answer) == view(answers[0]) and caching(answer) == caching(answers[0])
        assert answer.header("Content-Type") == "application/json" and answer.header("Set-Cookie") is None
    metadata = answers[0].json()
    assert metadata["issuer"] == place.issuer
    for name in ("authorization_endpoint", "token_endpoint", "revocation_endpoint", "introspection_endpoint", "userinfo_endpoint", "jwks_uri"):
        endpoint = name.removesuffix("_endpoint").removesuffix("_uri").replace("revocation", "revoke").replace("introspection", "introspect").replace("authorization", "authorize")
        assert metadata[name] == place.wp_eval("return rest_url( $args[0] );", f"/app-connect/v1/{endpoint}"), name
    keys = send(place, "GET", path_of(metadata["jwks_uri"]), door=door)
    assert keys.status == 200 and keys.json()["keys"]
    assert send(place, "POST", path_of(metadata["token_endpoint"]), form={}, door=door).error() in ("invalid_request", "invalid_client")


@pytest.mark.parametrize("path", [NAME + "?x=1", NAME + "?rest_route=/wp/v2/posts", NAME + "?pagename=sample-page&p=1", NAME + "?_jsonp=x&_method=POST", NAME + "?app-connect/v1"])
def test_the_query_is_nobodys(place: Site, door: bool, path: str) -> None:
    answer = send(place, "GET", place.subdirectory + path, door=door)
    assert (answer.status, answer.text) == (200, send(place, "GET", place.subdirectory + NAME).text)


@pytest.mark.parametrize(
    "path",
    ["/.well-known/openid-configuratio", "/.well-known/", "/.well-known", NAME + "x", NAME + "/elsewhere", "/x" + NAME, NAME.upper(), "/.well-known/%6fauth-authorization-server", "/.well-known/jwks", "/.well-known/token"],
)
def test_other_names_are_none_of_ours(place: Site, door: bool, path: str) -> None:
    """WordPress answers them as ever: with a page, whatever its status, or with a guess at another address."""
    answer = send(place, "GET", place.subdirectory + path, door=door)
    assert answer.status in (200, 301, 404) and "token_endpoint" not in answer.text, (answer.status, answer.text[:300])
    assert str(answer.header("Content-Type")).startswith("text/html") and answer.header("ETag") is None


def test_a_site_of_a_network_has_metadata_of_its_own(door: bool) -> None:
    site = make("net71")
    if not site.wp_eval("return get_sites( array( 'path' => '/meta/', 'count' => true ) );"):
        site.add_blog("meta")
    main, own = (send(site, "GET", path + NAME, door=door) for path in ("", "/meta"))
    assert (main.status, own.status) == (200, 200)
    assert own.json()["issuer"] == main.json()["issuer"] + "/meta" and own.json()["jwks_uri"].startswith(own.json()["issuer"] + "/")
    theirs, ours = (send(site, "GET", path_of(answer.json()["jwks_uri"]), door=door).json()["keys"] for answer in (main, own))
    assert theirs and ours and not {key["kid"] for key in theirs} & {key["kid"] for key in ours}, "and keys"


def test_by_another_name_a_site_is_found_too(door: bool) -> None:
    """An issuer of its own has a path that is not the site's."""
    site = make("wp71")
    site.set_constants({"APP_CONNECT_ISSUER": f"{site.url}/tenant"})
    try:
        for path in (NAME, NAME + "/tenant", "/tenant" + NAME):
            answer = send(site, "GET", path, door=door)
            assert answer.status == 200 and answer.json()["issuer"] == f"{site.url}/tenant", path
    finally:
        site.constants.pop("APP_CONNECT_ISSUER")
        site.set_constants({})
    assert send(site, "GET", "/tenant" + NAME, door=door).status == 404


# Methods, and what is not sent again

DOCUMENTS = ["metadata", "key set"]


def document(site: Site, what: str) -> str:
    """Its address."""
    return site.subdirectory + NAME if what == "metadata" else route(site, "/app-connect/v1/jwks")


@pytest.mark.parametrize("what", DOCUMENTS)
def test_head_is_get_without_the_body(place: Site, door: bool, what: str) -> None:
    got, asked = (send(place, method, document(place, what), door=door) for method in ("GET", "HEAD"))
    assert (asked.status, asked.body) == (got.status, b"") and caching(asked) == caching(got)
    assert got.json()


@pytest.mark.parametrize("what", DOCUMENTS)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "BREW"])
def test_other_methods_are_405(place: Site, door: bool, what: str, method: str) -> None:
    answer = send(place, method, document(place, what), door=door)
    assert (answer.status, answer.header("Allow")) == (405, "GET, HEAD") and answer.error() == "invalid_request"
    assert answer.header("Cache-Control") == "no-store"


@pytest.mark.parametrize("what", DOCUMENTS)
def test_scripts_of_any_origin_may_read_it_and_caches_keep_one_answer(place: Site, door: bool, what: str) -> None:
    plain, script = (send(place, "GET", document(place, what), headers=headers, door=door) for headers in ({}, {"Origin": "https://app.example"}))
    assert view(plain) == view(script) and script.header("Access-Control-Allow-Origin") == "*"
    assert script.header("Access-Control-Allow-Credentials") is None
    preflight = send(place, "OPTIONS", document(place, what), headers={"Origin": "https://app.example", "Access-Control-Request-Method": "GET"}, door=door)
    assert (preflight.status, preflight.body) == (204, b"") and preflight.header("Access-Control-Allow-Origin") == "*"


@pytest.mark.parametrize("what", DOCUMENTS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_has_not_changed_is_not_sent_again(place: Site, door: bool, what: str, method: str) -> None:
    """JW-21: cacheable, with an ETag. All the way through nginx and php-fpm."""
    path = document(place, what)
    first = send(place, "GET", path, door=door)
    tag = str(first.header("ETag"))
    assert tag.startswith('"') and tag.endswith('"') and first.header("Cache-Control") == "public, max-age=300"
    assert first.header("Expires") is None and first.header("Pragma") is None and first.header("Last-Modified") is None
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        answer = send(place, method, path, headers={"If-None-Match": known}, door=door)
        assert (answer.status, answer.body) == (304, b""), known
        assert (answer.header("ETag"), answer.header("Cache-Control")) == (tag, first.header("Cache-Control"))
        assert answer.header("Content-Type") is None and answer.header("Access-Control-Allow-Origin") == "*"
        assert answer.header("Content-Length") in (None, "0") and answer.header("Transfer-Encoding") is None
    for other in ('"other"', tag.strip('"'), f"x{tag}"):
        answer = send(place, "GET", path, headers={"If-None-Match": other}, door=door)
        assert (answer.status, answer.text) == (200, first.text), other


def test_a_connection_goes_on_after_a_304(door: bool) -> None:
    """Nothing behind its head is taken for the next answer."""
    site = make("wp71")
    tag = str(send(site, "GET", NAME).header("ETag"))
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
    headers = {} if door else {"X-Test-Door": "closed"}
    try:
        for expected, more in ((304, {"If-None-Match": tag}), (200, {}), (304, {"If-None-Match": tag}), (200, {})):
            connection.request("GET", NAME, headers=headers | more)
            answer = connection.getresponse()
            body = answer.read()
            assert answer.status == expected and bool(body) == (expected == 200)
    finally:
        connection.close()


def test_a_signed_in_browser_gets_the_same_and_no_cookie(door: bool) -> None:
    site = make("wp71")
    for what in DOCUMENTS:
        answer = send(site, "GET", document(site, what), headers={"Cookie": log_in(site, 1)}, door=door)
        assert view(answer) == view(send(site, "GET", document(site, what))) and answer.header("Set-Cookie") is None


# WordPress' REST API


def test_the_rest_index_lists_both_and_leads_there(place: Site) -> None:
    index = send(place, "GET", route(place, "/app-connect/v1")).json()
    for path in ("/app-connect/v1/jwks", ENDPOINT):
        entry = index["routes"][path]
        assert entry["_links"]["self"][0]["href"] == place.wp_eval("return rest_url( $args[0] );", path)
        assert send(place, "GET", path_of(entry["_links"]["self"][0]["href"])).status == 200


def test_a_dot_is_a_dot(place: Site, door: bool) -> None:
    """To WordPress a route is a pattern."""
    answer = send(place, "GET", route(place, ENDPOINT.replace(".", "x")), door=door)
    assert (answer.status, answer.json()["code"]) == (404, "rest_no_route")


def test_php_code_asks_without_http(place: Site) -> None:
    asked = place.wp_eval("""
        $ask = static function ( $path, $tag ) {
            $request = new WP_REST_Request( 'GET', $path );
            if ( $tag ) { $request->set_header( 'If-None-Match', $tag ); }
            $answer = rest_do_request( $request );
            return array( $answer->get_status(), $answer->get_data(), $answer->get_headers()['ETag'] ?? null );
        };
        $first = $ask( $args[0], null );
        return array( $first, $ask( $args[0], $first[2] ), $ask( str_replace( '.', 'x', $args[0] ), null )[0] );
    """, ENDPOINT)
    first, again, dotless = asked
    assert first[0] == 200 and first[1]["issuer"] == place.issuer and first[2].startswith('"')
    assert again == [304, None, first[2]] and dotless == 404


def test_switched_off_nothing_is_told(door: bool) -> None:
    site = make("wp71")
    site.wp_eval("AppConnect\\WP\\Settings::apply( array( 'enabled' => false ) ); return null;")
    try:
        for what in DOCUMENTS:
            answer = send(site, "GET", document(site, what), door=door)
            assert (answer.status, answer.error()) == (503, "temporarily_unavailable") and answer.header("ETag") is None
    finally:
        site.wp_eval("AppConnect\\WP\\Settings::apply( array( 'enabled' => true ) ); return null;")


def test_a_setting_closes_the_door_and_the_metadata_stays() -> None:
    site = make("wp71")
    before = send(site, "GET", NAME)
    site.wp_eval("AppConnect\\WP\\Settings::apply( array( 'door' => false ) ); return null;")
    try:
        answer = send(site, "GET", NAME)
        assert view(answer) == view(before) and caching(answer) == caching(before)
    finally:
        site.wp_eval("AppConnect\\WP\\Settings::apply( array( 'door' => true ) ); return null;")


def test_redirects_of_wordpress_come_too_late(door: bool) -> None:
    """Its guesses at what a visitor may have meant, its trailing slash, and a plugin that sends everybody to log in."""
    site = make("wp71")
    site.fixture("redirects", "foreach ( array( 'parse_request', 'template_redirect' ) as $hook ) { add_action( $hook, static function () { wp_redirect( 'https://elsewhere.example/', 302 ); exit; }, -99 ); }")
    post = site.wp_eval("return wp_insert_post( array( 'post_title' => 'x', 'post_name' => 'oauth-authorization-server', 'post_status' => 'publish' ) );")
    try:
        assert send(site, "GET", "/elsewhere").status == 302
        assert send(site, "GET", NAME, door=door).status == 200
    finally:
        site.remove_fixture("redirects")
        assert send(site, "GET", NAME, door=door).status == 200, "also with a post of that name"
        site.wp_eval("wp_delete_post( (int) $args[0], true ); return null;", post)


def test_a_visitors_page_is_spared(place: Site) -> None:
    """What does not look like ours makes no server of ours and asks no table."""
    answer = send(place, "GET", f"{place.subdirectory}/", headers={"X-Test-Queries": "1"})
    assert (answer.status, answer.header("X-Test-Queries")) == (200, None)


# The key set


@pytest.fixture(scope="module")
def signing() -> Site:
    """A site that signs with one type of key after the other."""
    return keys_site()


def test_JW_21_the_key_set_has_public_members_only(signing: Site) -> None:
    forget_keys(signing)
    client = signing_client(signing)
    tags, signed = [], {}
    for name, algorithm in TYPES.items():
        signing.wp_eval("AppConnect\\WP\\Settings::apply( array( 'key_type' => $args[0] ) ); return null;", name)
        token = get_token(signing, client)
        signed[header_of(token)["kid"]] = algorithm
        tags.append(jwks_of(signing).header("ETag"))
    assert len(set(tags)) == len(tags), "another set is another document"
    answer = jwks_of(signing)
    assert set(answer.json()) == {"keys"} and answer.header("Cache-Control") == "public, max-age=300"
    keys = published(signing)
    assert set(signed) <= set(keys), "each stays while its token lives"
    assert {key["alg"] for key in keys.values()} == set(TYPES.values())
    for kid, key in keys.items():
        assert set(key) == {"kid", "alg", "use"} | PUBLIC_MEMBERS[key["alg"]] and not set(key) & PRIVATE_MEMBERS
        assert key["use"] == "sig" and len(kid) == 43 and signed.get(kid, key["alg"]) == key["alg"]
    for member in PRIVATE_MEMBERS:
        assert f'"{member}":' not in answer.text


def test_a_verifier_that_comes_before_the_first_token_gets_the_key_that_will_sign_it(signing: Site, door: bool) -> None:
    """And the next one: it may keep the set for a while."""
    forget_keys(signing)
    keys = {key["kid"] for key in jwks_of(signing, door=door).json()["keys"]}
    assert keys == {*kids(signing, "active"), *kids(signing, "next")} and len(keys) == 2
    client = signing_client(signing)
    assert header_of(get_token(signing, client))["kid"] in keys
    assert manage(signing, "rotate")[0] == 200
    assert header_of(get_token(signing, client))["kid"] in keys


def test_what_others_verify_by_the_key_set(signing: Site) -> None:
    """With the primitives alone, as a resource server without a database of ours does."""
    forget_keys(signing)
    for name in ("ed25519", "ec-p256", "rsa-2048"):
        signing.wp_eval("AppConnect\\WP\\Settings::apply( array( 'key_type' => $args[0] ) ); return null;", name)
        client = signing_client(signing)
        token = get_token(signing, client)
        verify = "return AppConnect\\verify_jwt( $args[0], $args[1], json_decode( $args[2], true ), time() );"
        expected: dict[str, Any] = {"issuer": signing.issuer, "audience": signing.rest_root, "type": "at+jwt"}
        claims = signing.wp_eval(verify, token, jwks_of(signing).text, json.dumps(expected))
        assert claims and claims["client_id"] == client["client_id"], name
        assert signing.wp_eval(verify, token, jwks_of(signing).text, json.dumps(expected | {"issuer": "https://evil.example"})) is None
        assert signing.wp_eval(verify, token, json.dumps({"keys": []}), json.dumps(expected)) is None


def test_opaque_tokens_need_no_key(signing: Site) -> None:
    forget_keys(signing)
    assert get_token(signing, register_client(signing)).startswith("oauth_ac_")
    assert manage(signing, "list")[1]["keys"] == []
