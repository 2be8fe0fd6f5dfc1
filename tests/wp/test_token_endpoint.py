"""The token and revocation endpoints over HTTP: threats.md TK, CA, CC, RV and RL, where they concern the plugin."""

from __future__ import annotations

import json
import re
import subprocess
import time
import urllib.parse
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from conftest import (
    CC, WORK, Answer, ask_token, assert_oauth_error, backend_of, basic, configure, count, get_token, least_work,
    register_client, revoke, revoke_path, route, send, token_path, workers_of,
)
from lab import Site

FORM = ("Content-Type", "application/x-www-form-urlencoded")
POSTS = "/wp/v2/posts"
Client = dict[str, Any]


@pytest.fixture
def nothing_stored(site: Site) -> Iterator[None]:
    """A refusal stores no token and no grant."""
    before = count(site, "tokens"), count(site, "grants")
    yield
    assert (count(site, "tokens"), count(site, "grants")) == before


def post(site: Site, body: str | bytes, client: Client | None = None, path: str | None = None, **options: Any) -> Answer:
    """A form exactly as given."""
    auth = (client["client_id"], client["secret"]) if client else None
    headers = [*options.pop("headers", [])]
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(FORM)
    return send(site, "POST", path or token_path(site), body=body, auth=auth, headers=headers, **options)


# TK: the token endpoint


def test_TK_01_get_is_405_with_allow_post(site: Site, backend: Client, nothing_stored: None) -> None:
    answer = send(site, "GET", token_path(site), auth=(backend["client_id"], backend["secret"]))
    assert_oauth_error(answer, 405, "invalid_request")
    assert answer.header("Allow") == "POST"


def test_TK_02_get_with_method_override_parameter_is_refused(site: Site, backend: Client, nothing_stored: None) -> None:
    path = token_path(site) + "?_method=POST&grant_type=client_credentials"
    assert_oauth_error(send(site, "GET", path, auth=(backend["client_id"], backend["secret"])), 405, "invalid_request")


@pytest.mark.parametrize(("method", "override"), [("GET", "POST"), ("POST", "DELETE"), ("POST", "POST")])
def test_TK_03_a_method_override_header_is_refused(site: Site, backend: Client, method: str, override: str, nothing_stored: None) -> None:
    answer = send(site, method, token_path(site), form=CC, auth=(backend["client_id"], backend["secret"]), headers=[("X-HTTP-Method-Override", override)])
    assert_oauth_error(answer, (400, 405), "invalid_request")


@pytest.mark.parametrize("parameter", ["_jsonp=cb", "_envelope=1", "_fields=scope"])
def test_TK_04_wordpress_request_parameters_are_refused_as_json(site: Site, backend: Client, parameter: str, nothing_stored: None) -> None:
    assert_oauth_error(post(site, "grant_type=client_credentials", backend, f"{token_path(site)}?{parameter}"), 400, "invalid_request")


@pytest.mark.parametrize(
    ("body", "error"),
    [
        pytest.param("", "invalid_request", id="TK_14_empty"),
        pytest.param("scope=wp", "invalid_request", id="TK_05_missing_grant_type"),
        pytest.param("grant_type=", "invalid_request", id="TK_05_empty_grant_type"),
        pytest.param("grant_type=magic", "unsupported_grant_type", id="TK_06_unknown_grant_type"),
        pytest.param("grant_type=client_credentials&grant_type=password", "invalid_request", id="TK_10_two_grant_types"),
        pytest.param("grant_type=client_credentials&scope=a&scope=a", "invalid_request", id="TK_10_the_same_twice"),
        pytest.param("grant_type=client_credentials&code[]=1", "invalid_request", id="TK_11_list"),
        pytest.param("grant_type=client_credentials&client.id=x", "invalid_request", id="TK_11_dotted"),
        pytest.param("grant_type[a][b]=client_credentials", "invalid_request", id="TK_11_nested"),
        pytest.param("grant_type=client_credentials&" + "&".join(f"f{i}=1" for i in range(1001)), "invalid_request", id="TK_12_1001_fields"),
        pytest.param("grant_type=client_credentials&scope=%ff%fe", "invalid_request", id="TK_16_not_utf8"),
        pytest.param("grant_type=client_credentials&scope=a%00b", "invalid_request", id="TK_16_nul"),
        pytest.param("grant_type=client_credentials&scope=%ed%a0%80", "invalid_request", id="TK_16_lone_surrogate"),
        pytest.param("grant_type=%ffclient_credentials", "invalid_request", id="TK_16_in_the_grant_type"),
    ],
)
def test_TK_a_malformed_form_is_refused(site: Site, backend: Client, body: str, error: str, nothing_stored: None) -> None:
    assert_oauth_error(post(site, body, backend), 400, error)


def test_TK_07_a_grant_type_switched_off_for_the_site_is_unauthorized_client(patient: Site, backend: Client) -> None:
    configure(patient, methods={"client_credentials": {"enabled": False, "epoch": 1}})
    assert_oauth_error(ask_token(patient, backend), 400, "unauthorized_client")
    wrong = ask_token(patient, backend | {"secret": "x" * 20})
    assert_oauth_error(wrong, 401, "invalid_client")


def test_TK_07_a_grant_type_that_the_client_lacks_is_unauthorized_client(site: Site, nothing_stored: None) -> None:
    assert_oauth_error(ask_token(site, register_client(site, grant_types=[])), 400, "unauthorized_client")


@pytest.mark.parametrize(
    ("body", "ok"),
    [
        ('{"grant_type":"client_credentials"}', True),
        ('{"grant_type":"client_credentials","grant_type":"client_credentials"}', False),
        ('{"grant_type":["client_credentials"]}', False),
        ('{"grant_type":{"a":"client_credentials"}}', False),
        ('{"grant_type":null}', False),
        ('{"grant_type":"client_credentials","scope":"\\ud800"}', False),
        ('["grant_type"]', False),
        ("", False),
    ],
)
def test_TK_08_json_is_accepted_and_its_duplicates_and_nesting_are_refused(site: Site, backend: Client, body: str, ok: bool) -> None:
    answer = post(site, body, backend, headers=[("Content-Type", "application/json; charset=utf-8")])
    if ok:
        assert answer.status == 200, answer.text
    else:
        assert_oauth_error(answer, 400, "invalid_request")


@pytest.mark.parametrize("query", ["grant_type=client_credentials", "client_id={id}&client_secret={secret}", "client_secret=x", "client%5Fsecret=x", "client_secret[]=x"])
def test_TK_09_credentials_or_grant_in_the_query_are_refused_and_not_logged(patient: Site, backend: Client, query: str, nothing_stored: None) -> None:
    patient.clear_logs()
    path = token_path(patient) + "?" + query.format(id=backend["client_id"], secret=backend["secret"])
    assert_oauth_error(post(patient, "grant_type=client_credentials", backend, path), 400, "invalid_request")
    assert backend["secret"] not in "".join(log.read_text() for log in patient.logs.values() if log.exists())


def test_TK_13_multipart_is_refused(site: Site, backend: Client, nothing_stored: None) -> None:
    body = "--b\r\nContent-Disposition: form-data; name=\"grant_type\"\r\n\r\nclient_credentials\r\n--b--\r\n"
    assert_oauth_error(post(site, body, backend, headers=[("Content-Type", "multipart/form-data; boundary=b")]), 400, "invalid_request")


@pytest.mark.parametrize(
    ("type", "body"),
    [
        ("application/x-www-form-urlencoded", "grant_type=client_credentials&pad=" + "x" * 65_536),
        ("application/json", '{"grant_type":"client_credentials","pad":"' + "x" * 3_000_000 + '"}'),
        ("application/json", "[" * 60_000),
        ("application/json", "[" * 100_000),
    ],
    ids=["64KiB", "3MB", "60k_brackets", "100k_brackets"],
)
def test_TK_15_a_huge_body_is_refused_at_once(site: Site, backend: Client, type: str, body: str, nothing_stored: None) -> None:
    answer = post(site, body, backend, headers=[("Content-Type", type), *WORK])
    assert_oauth_error(answer, (400, 413), "invalid_request")
    assert answer.work() < 500_000


def test_TK_17_success_has_the_form_of_rfc6749_5_1(site: Site, backend: Client) -> None:
    answer = ask_token(site, backend)
    assert answer.status == 200
    assert answer.header("Content-Type") == "application/json"
    assert answer.header("Cache-Control") == "no-store"
    assert answer.header("Pragma") == "no-cache"
    body = answer.json()
    assert body["token_type"] == "Bearer"
    assert body["expires_in"] == 3600 and isinstance(body["expires_in"], int)
    assert body["access_token"].startswith("oauth_ac_a")
    assert body["scope"] == "wp"


def test_TK_17_expires_in_is_the_lifetime_in_the_settings(patient: Site, backend: Client) -> None:
    configure(patient, access_token_lifetime=120)
    body = ask_token(patient, backend).json()
    assert body["expires_in"] == 120
    row = patient.sql("SELECT expires_at - issued_at AS life FROM wp_app_connect_tokens ORDER BY id DESC LIMIT 1")[0]
    assert row["life"] == "120"


@pytest.mark.parametrize("secret", ["a'b\\c\"d-long-enough", "with : % + and & = space", "\\\\'''\"\"\"\\0-enough"])
@pytest.mark.parametrize("door", [True, False], ids=["open", "closed"])
def test_TK_19_CA_05_a_chosen_secret_arrives_unharmed(site: Site, secret: str, door: bool) -> None:
    client = register_client(site, secret=secret)
    assert "wp_error" not in client, client
    assert ask_token(site, client, door=door).status == 200
    body = urllib.parse.urlencode(CC | {"client_id": client["client_id"], "client_secret": secret})
    assert post(site, body, door=door).status == 200
    stored = site.sql(f"SELECT secret_hash FROM wp_app_connect_clients WHERE id = {client['id']}")[0]["secret_hash"]
    assert stored is not None and stored.startswith("argon2id:")


def test_TK_20_a_route_in_the_body_is_refused(site: Site, backend: Client, nothing_stored: None) -> None:
    assert_oauth_error(post(site, "grant_type=client_credentials&rest_route=/wp/v2/users", backend), 400, "invalid_request")


def test_TK_21_a_thousand_tokens_are_unique_and_the_database_holds_only_digests(site: Site, backend: Client) -> None:
    tokens = site.wp_eval("""
        $tokens  = array();
        $request = array(
            'method' => 'POST', 'uri' => '/wp-json/app-connect/v1/token', 'query' => '', 'authorization' => $args[0],
            'content_type' => 'application/x-www-form-urlencoded', 'method_override' => null, 'origin' => null,
            'address' => '127.0.0.1', 'secure' => true, 'body' => 'grant_type=client_credentials', 'route' => null,
        );
        for ( $i = 0; $i < 1000; $i++ ) {
            $flow     = AppConnect\\WP\\Flow_Runner::run( AppConnect\\WP\\Plugin::server()->handle( 'token', $request, time() ) );
            $tokens[] = json_decode( $flow->response()['body'], true )['access_token'];
        }
        return $tokens;
    """, basic(backend["client_id"], backend["secret"]))
    assert len(set(tokens)) == 1000
    assert all(len(token) == len("oauth_ac_a") + 43 + 6 for token in tokens)
    dump = subprocess.run(
        ["/usr/bin/mariadb-dump", "--no-defaults", f"--socket={site.database.socket}", "--user=root", site.db_name],
        capture_output=True, check=True,
    ).stdout
    assert b"wp_app_connect_tokens" in dump
    for secret in [*tokens[::50], *(token[10:53] for token in tokens[::50]), backend["secret"]]:
        assert secret.encode() not in dump


def test_TK_22_plain_http_away_from_this_machine_is_refused(patient: Site, backend: Client, nothing_stored: None) -> None:
    patient.fixture("elsewhere", "add_filter( 'option_home', static fn () => 'http://shop.example' );")
    assert ask_token(patient, backend).status == 200, "WP_ENVIRONMENT_TYPE is local"
    patient.sql("DELETE FROM wp_app_connect_tokens WHERE id = (SELECT m FROM (SELECT MAX(id) AS m FROM wp_app_connect_tokens) x)")
    patient.set_constants({"WP_ENVIRONMENT_TYPE": "production"})
    try:
        assert_oauth_error(ask_token(patient, backend), (400, 403), "invalid_request")
        secure = "$_SERVER['HTTPS'] = 'on';"
        patient.fixture("tls", secure)
        answer = ask_token(patient, backend)
        assert answer.status == 200
        patient.sql("DELETE FROM wp_app_connect_tokens WHERE id = (SELECT m FROM (SELECT MAX(id) AS m FROM wp_app_connect_tokens) x)")
    finally:
        patient.set_constants({"WP_ENVIRONMENT_TYPE": "local"})


def test_TK_23_tokens_and_secrets_are_in_no_log_and_no_audit_row(patient: Site) -> None:
    client = register_client(patient, secret="chosen-secret-0123456789")
    patient.clear_logs()
    wrong = "wrong-secret-9876543210"
    token = get_token(patient, client)
    answers = [
        ask_token(patient, client | {"secret": wrong}),
        post(patient, f"grant_type=client_credentials&client_id={client['client_id']}&client_secret={wrong}"),
        post(patient, f"grant_type=x&password={wrong}", client),
        send(patient, "GET", route(patient, POSTS), bearer=token),
        revoke(patient, client, token),
        send(patient, "GET", route(patient, POSTS), bearer=token),
    ]
    patient.fixture("fails", "add_filter( 'query', static fn ( $q ) => str_contains( $q, 'INTO wp_app_connect_tokens' ) ? 'INSERT nonsense' : $q );")
    assert ask_token(patient, client).status == 503
    logged = "".join(log.read_text(errors="replace") for log in patient.logs.values() if log.exists())
    logged += json.dumps(patient.sql("SELECT * FROM wp_app_connect_events"))
    logged += "".join(answer.text for answer in answers)
    for secret in (token, token[10:53], client["secret"], wrong):
        assert secret not in logged
    assert "INSERT nonsense" not in logged


# CA: client authentication


def test_CA_01_a_wrong_secret_by_basic_is_401_with_a_challenge(site: Site, backend: Client, nothing_stored: None) -> None:
    answer = ask_token(site, backend | {"secret": backend["secret"][:-1] + "!"})
    assert_oauth_error(answer, 401, "invalid_client")
    assert (answer.header("WWW-Authenticate") or "").startswith("Basic ")


def body_credentials(client: Client, secret: str | None) -> str:
    """A form with credentials in it."""
    pairs = CC | {"client_id": client["client_id"]} | ({} if secret is None else {"client_secret": secret})
    return urllib.parse.urlencode(pairs)


def test_CA_02_a_wrong_secret_in_the_body_is_invalid_client(site: Site, backend: Client, nothing_stored: None) -> None:
    assert_oauth_error(post(site, body_credentials(backend, "wrong")), (400, 401), "invalid_client")


def test_CA_03_basic_and_body_together_are_refused(site: Site, backend: Client, nothing_stored: None) -> None:
    assert_oauth_error(post(site, body_credentials(backend, backend["secret"]), backend), 400, "invalid_request")


def test_CA_04_basic_and_body_naming_different_clients_are_refused(site: Site, backend: Client, nothing_stored: None) -> None:
    assert_oauth_error(post(site, "grant_type=client_credentials&client_id=another", backend), (400, 401), ("invalid_request", "invalid_client"))


def test_CA_06_a_confidential_client_without_a_secret_is_refused(site: Site, backend: Client, nothing_stored: None) -> None:
    assert_oauth_error(post(site, body_credentials(backend, None)), 401, "invalid_client")


@pytest.mark.parametrize("stored", ["NULL", "''"])
@pytest.mark.parametrize(
    ("type", "body"),
    [
        ("application/x-www-form-urlencoded", "grant_type=client_credentials&client_id={id}&client_secret="),
        ("application/x-www-form-urlencoded", "grant_type=client_credentials&client_id={id}"),
        ("application/x-www-form-urlencoded", "grant_type=client_credentials&client_id={id}&client_secret=0"),
        ("application/x-www-form-urlencoded", "grant_type=client_credentials&client_id={id}&client_secret[]="),
        ("application/json", '{{"grant_type":"client_credentials","client_id":"{id}","client_secret":null}}'),
        ("application/json", '{{"grant_type":"client_credentials","client_id":"{id}","client_secret":""}}'),
        ("application/json", '{{"grant_type":"client_credentials","client_id":"{id}","client_secret":[]}}'),
        ("application/json", '{{"grant_type":"client_credentials","client_id":"{id}","client_secret":0}}'),
    ],
)
def test_CA_07_no_kind_of_empty_secret_matches_an_absent_one(site: Site, type: str, body: str, stored: str, nothing_stored: None) -> None:
    client = _hollow(site)
    site.sql(f"UPDATE wp_app_connect_clients SET secret_hash = {stored} WHERE id = {client['id']}")
    answer = post(site, body.format(id=client["client_id"]), headers=[("Content-Type", type)])
    assert answer.status in (400, 401, 500) and "access_token" not in answer.text
    empty_basic = send(site, "POST", token_path(site), form=CC, auth=(client["client_id"], ""))
    assert empty_basic.status in (401, 500) and "access_token" not in empty_basic.text


_hollows: dict[str, Client] = {}


def _hollow(site: Site) -> Client:
    """A client whose secret a test takes away."""
    if site.name not in _hollows:
        _hollows[site.name] = register_client(site)
    return _hollows[site.name]


def test_CA_08_09_a_public_client_gets_no_client_credentials(site: Site, nothing_stored: None) -> None:
    client = register_client(site, type="public", service_user_id=None)
    if "wp_error" in client:
        assert client["wp_error"] == "app_connect_invalid_client"
        client = register_client(site, type="public", grant_types=[], service_user_id=None)
        site.sql(
            "UPDATE wp_app_connect_clients SET config = REPLACE(config, '\"grant_types\":[]', '\"grant_types\":[\"client_credentials\"]'), "
            f"service_user_id = 1 WHERE id = {client['id']}"
        )
    assert_oauth_error(post(site, body_credentials(client, None)), 400, "unauthorized_client")
    assert_oauth_error(post(site, body_credentials(client, "anything")), (400, 401), ("invalid_client", "invalid_request"))


@pytest.mark.parametrize("registered", ["client_secret_basic", "client_secret_post"])
def test_CA_10_a_method_that_was_not_registered_is_refused(site: Site, registered: str) -> None:
    client = register_client(site, auth_methods=[registered])
    by_basic, by_post = ask_token(site, client), post(site, body_credentials(client, client["secret"]))
    right, wrong = (by_basic, by_post) if registered == "client_secret_basic" else (by_post, by_basic)
    assert right.status == 200, right.text
    assert_oauth_error(wrong, 401, "invalid_client")


@pytest.mark.parametrize(
    "value",
    ["Basic", "Basic ", "Basic !!!", "Basic bm9jb2xvbg==", "Basic " + "QUFB" * 1900, "Basic Og==", "basic", "Digest x", "Basic /w=="],
)
def test_CA_11_a_malformed_basic_is_401(site: Site, value: str, nothing_stored: None) -> None:
    assert_oauth_error(post(site, "grant_type=client_credentials", headers=[("Authorization", value)]), (400, 401), ("invalid_client", "invalid_request"))


def test_CA_12_unknown_client_and_wrong_secret_are_alike_in_body_and_time(patient: Site, backend: Client) -> None:
    configure(patient, limits={"per_client": 100000, "per_address": 100000, "window": 86400})
    unknown, wrong = backend | {"client_id": "A" * 22, "secret": "w" * 30}, backend | {"secret": "w" * 30}
    first, second = ask_token(patient, unknown), ask_token(patient, wrong)
    assert (first.status, first.body, first.header("WWW-Authenticate")) == (second.status, second.body, second.header("WWW-Authenticate"))

    def alike(without: int, unknown: int, wrong: int) -> bool:
        # A skipped Argon2id would be the whole of what a hash takes; a query is nothing beside it.
        return abs(unknown - wrong) < (min(unknown, wrong) - without) / 4

    least = least_work(
        lambda: send(patient, "POST", token_path(patient), headers=WORK, form=CC),
        lambda: ask_token(patient, unknown, headers=WORK),
        lambda: ask_token(patient, wrong, headers=WORK),
        least=20, most=200, enough=alike,
    )
    assert alike(*least), least


def test_SC_05_fifty_wrong_secrets_at_once_cost_a_worker_one_hash_and_stop_nobody(patient: Site, backend: Client) -> None:
    configure(patient, limits={"per_client": 100000, "per_address": 100000, "window": 86400})
    token, wrong = get_token(patient, backend), backend | {"secret": "w" * 30}
    workers = workers_of(patient)
    for worker in workers:
        Path(f"/proc/{worker}/clear_refs").write_text("5")  # proc_pid_clear_refs(5): the peak begins anew.
    with ThreadPoolExecutor(50) as pool:
        guesses = [pool.submit(ask_token, patient, wrong) for _ in range(50)]
        others = [pool.submit(send, patient, "GET", route(patient, POSTS), bearer=token) for _ in range(10)]
    assert {guess.result().status for guess in guesses} == {401}
    assert {other.result().status for other in others} == {200}
    assert workers_of(patient) == workers, "nobody died"
    # WordPress alone takes 50 MiB and more; Argon2id has 19 of its own, and gives them back.
    peaks = {worker: memory(worker, "VmHWM") for worker in workers}
    assert max(peaks.values()) < 128 * 1024, peaks
    assert max(memory(worker, "VmRSS") for worker in workers) < 100 * 1024


def memory(pid: int, what: str) -> int:
    """A figure of proc_pid_status(5), in KiB."""
    return int(re.search(rf"^{what}:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)[1])


def test_CA_13_a_changed_secret_ends_the_old_one_at_once_or_after_the_overlap(site: Site) -> None:
    client, other = register_client(site), register_client(site)
    swap = f"UPDATE wp_app_connect_clients c JOIN wp_app_connect_clients o ON o.id = {other['id']} SET %s WHERE c.id = {client['id']}"
    renewed = client | {"secret": other["secret"]}
    old = site.sql(f"SELECT secret_hash FROM wp_app_connect_clients WHERE id = {client['id']}")[0]["secret_hash"]
    site.sql(swap % "c.secret_hash = o.secret_hash")
    assert (ask_token(site, client).status, ask_token(site, renewed).status) == (401, 200)
    site.sql(swap % f"c.prev_secret_hash = '{old}', c.prev_until = UNIX_TIMESTAMP() + 60")
    assert (ask_token(site, client).status, ask_token(site, renewed).status) == (200, 200)
    site.sql(swap % "c.prev_until = UNIX_TIMESTAMP() - 1")
    assert (ask_token(site, client).status, ask_token(site, renewed).status) == (401, 200)


APPLICATION_PASSWORD = """
    $made = WP_Application_Passwords::create_new_application_password( (int) $args[0], array( 'name' => wp_generate_uuid4() ) );
    update_option( 'using_application_passwords', 1 );
    return $made[0];
"""


@pytest.mark.parametrize("door", [True, False], ids=["open", "closed"])
@pytest.mark.parametrize("path", ["{home}/wp-json/app-connect/v1/token", "{home}/wp-json/APP-CONNECT/v1/Token", "{home}/wp-json/app-connect/v1/token/", "{home}/?rest_route=/app-connect/v1/token/"])
def test_CA_14_an_application_password_on_the_site_does_not_get_in_the_way(patient: Site, backend: Client, door: bool, path: str) -> None:
    patient.wp_eval(APPLICATION_PASSWORD, 1)
    patient.fixture("early", "add_filter( 'rest_authentication_errors', static function ( $e ) { wp_get_current_user(); return $e; }, 10 );"
                             "add_action( 'application_password_failed_authentication', static function () { header( 'X-Test-Tried: yes' ); } );")
    answer = post(patient, "grant_type=client_credentials", backend, path.format(home=""), door=door)
    assert answer.status == 200, answer.text
    assert answer.header("X-Test-Tried") is None


@pytest.mark.parametrize("door", [True, False], ids=["open", "closed"])
def test_CA_15_a_client_id_that_is_a_user_name_is_no_oracle(patient: Site, door: bool) -> None:
    client = register_client(patient)
    user = patient.wp_eval("return wp_insert_user( array( 'user_login' => $args[0], 'user_pass' => 'x' ) );", client["client_id"])
    password = patient.wp_eval(APPLICATION_PASSWORD, user)
    patient.fixture("early", "add_filter( 'rest_authentication_errors', static function ( $e ) { wp_get_current_user(); return $e; }, 10 );")
    assert ask_token(patient, client, door=door).status == 200
    wrong = ask_token(patient, client | {"secret": "wrong"}, door=door)
    with_password = ask_token(patient, client | {"secret": password}, door=door)
    nobody = ask_token(patient, client | {"client_id": "B" * 22, "secret": "wrong"}, door=door)
    assert_oauth_error(wrong, 401, "invalid_client")
    assert wrong.body == with_password.body == nobody.body


@pytest.mark.parametrize("variable", ["REDIRECT_HTTP_AUTHORIZATION", "HTTP_AUTHORIZATION"])
def test_CA_16_authorization_is_found_where_the_server_puts_it(patient: Site, backend: Client, variable: str) -> None:
    patient.fixture("server", f"unset( $_SERVER['HTTP_AUTHORIZATION'] ); $_SERVER['{variable}'] = $_SERVER['HTTP_X_REAL'];")
    answer = post(patient, "grant_type=client_credentials", headers=[("X-Real", basic(backend["client_id"], backend["secret"]))])
    assert answer.status == 200, answer.text


def test_CA_16_authorization_is_found_in_the_servers_headers(patient: Site, backend: Client) -> None:
    patient.fixture("server", "unset( $_SERVER['HTTP_AUTHORIZATION'] );")
    assert ask_token(patient, backend).status == 200


def test_CA_16_a_stripped_authorization_is_401(site: Site, nothing_stored: None) -> None:
    assert_oauth_error(post(site, "grant_type=client_credentials"), 401, "invalid_client")


def test_CA_17_two_authorization_headers_or_schemes_are_refused(site: Site, backend: Client, nothing_stored: None) -> None:
    value = basic(backend["client_id"], backend["secret"])
    twice = post(site, "grant_type=client_credentials", headers=[("Authorization", value), ("Authorization", value)])
    assert twice.status == 400
    joined = post(site, "grant_type=client_credentials", headers=[("Authorization", f"{value}, Bearer x")])
    assert_oauth_error(joined, (400, 401), ("invalid_request", "invalid_client"))


def test_CA_18_a_secret_is_told_once_and_stored_as_a_digest(site: Site) -> None:
    client = register_client(site)
    row = site.sql(f"SELECT * FROM wp_app_connect_clients WHERE id = {client['id']}")[0]
    assert (row["secret_hash"] or "").startswith("sha256:")
    assert client["secret"] not in json.dumps(row)
    assert client["client_id"].isalnum() and client["secret"].isalnum()


# RL: limits on failures


def away_from_the_edge() -> None:
    """Windows begin at multiples of ten minutes: a test shall not meet that moment."""
    if time.time() % 600 > 570:
        time.sleep(31)


def test_RL_01_after_ten_failures_a_client_is_429_from_that_address_only(site: Site) -> None:
    away_from_the_edge()
    client = register_client(site)
    wrong = client | {"secret": "wrong"}
    assert [ask_token(site, wrong).status for _ in range(10)] == [401] * 10
    limited = ask_token(site, client)
    assert_oauth_error(limited, 429, "temporarily_unavailable")
    assert 0 < int(limited.header("Retry-After") or 0) <= 600
    elsewhere = send(site, "POST", token_path(site), form=CC, auth=(client["client_id"], client["secret"]), headers=[("X-Test-Address", "192.0.2.7")])
    assert elsewhere.status == 200
    assert count(site, "events", f"client_pk = {client['id']} AND kind = 'client_authentication_failed'") == 10
    assert {ask_token(site, client).status for _ in range(3)} == {429}
    assert count(site, "events", f"client_pk = {client['id']} AND kind = 'rate_limited'") == 1, "once in a window"


def test_RL_01_after_fifty_failures_an_address_is_429_whatever_the_client(patient: Site, backend: Client) -> None:
    away_from_the_edge()
    configure(patient, limits={"per_client": 10, "per_address": 5, "window": 600})
    for number in range(5):
        assert ask_token(patient, {"client_id": f"{number}" * 22, "secret": "wrong"}).status == 401
    assert ask_token(patient, backend).status == 429
    spoofed = send(patient, "POST", token_path(patient), form=CC, auth=(backend["client_id"], backend["secret"]), headers=[("X-Forwarded-For", "192.0.2.9")])
    assert spoofed.status == 429, "RL-04"


def test_RL_02_parallel_failures_are_all_counted(patient: Site, backend: Client) -> None:
    away_from_the_edge()
    configure(patient, limits={"per_client": 1000, "per_address": 1000, "window": 86400})
    wrong = backend | {"secret": "wrong"}
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: ask_token(patient, wrong).status, range(40))) == {401}
    assert sorted(row["hits"] or "" for row in patient.sql("SELECT hits FROM wp_app_connect_limits")) == ["40", "40"]


def test_RL_a_new_window_starts_again_at_one(patient: Site, backend: Client) -> None:
    away_from_the_edge()
    wrong = backend | {"secret": "wrong"}
    for _ in range(3):
        ask_token(patient, wrong)
    patient.sql("UPDATE wp_app_connect_limits SET window_start = window_start - 600, hits = 999")
    assert ask_token(patient, wrong).status == 401
    assert {row["hits"] for row in patient.sql("SELECT hits FROM wp_app_connect_limits")} == {"1"}


def test_RL_06_a_success_writes_no_counter(site: Site, backend: Client) -> None:
    get_token(site, backend)
    assert count(site, "limits") == 0


# CC: client credentials


def test_CC_01_without_a_service_user_a_client_is_unauthorized(site: Site, nothing_stored: None) -> None:
    refused = register_client(site, service_user_id=None)
    assert [error["field"] for error in refused["data"]["errors"]] == ["service_user_id"]
    client = register_client(site)
    site.sql(f"UPDATE wp_app_connect_clients SET service_user_id = NULL WHERE id = {client['id']}")
    assert_oauth_error(ask_token(site, client), 400, "unauthorized_client")


def test_CC_02_a_deleted_service_user_ends_tokens_at_once(site: Site) -> None:
    client = register_client(site)
    token = get_token(site, client)
    assert send(site, "GET", route(site, POSTS), bearer=token).status == 200
    site.wp_eval("require_once ABSPATH . 'wp-admin/includes/user.php'; return wp_delete_user( (int) $args[0] );", client["service_user_id"])
    assert send(site, "GET", route(site, POSTS), bearer=token).status == 401
    assert_oauth_error(ask_token(site, client), 400, "unauthorized_client")


def test_CC_02_a_demoted_service_user_takes_its_tokens_along_at_once(site: Site) -> None:
    client = register_client(site)
    token = get_token(site, client)
    draft = json.dumps({"title": "x", "status": "draft"})
    json_type = [("Content-Type", "application/json")]
    assert send(site, "POST", route(site, POSTS), body=draft, headers=json_type, bearer=token).status == 201
    site.wp_eval("( new WP_User( (int) $args[0] ) )->set_role( 'subscriber' ); return null;", client["service_user_id"])
    assert send(site, "POST", route(site, POSTS), body=draft, headers=json_type, bearer=token).status == 403


def test_CC_03_there_is_no_refresh_token_and_no_id_token(site: Site, backend: Client) -> None:
    assert not {"refresh_token", "id_token"} & set(ask_token(site, backend).json())


@pytest.mark.parametrize("scope", ["openid", "openid profile", "offline_access"])
def test_CC_04_identity_scopes_alone_are_invalid_scope(site: Site, backend: Client, scope: str, nothing_stored: None) -> None:
    assert_oauth_error(ask_token(site, backend, scope=scope), 400, "invalid_scope")


def test_CC_05_a_route_outside_the_allowlist_is_403(site: Site, backend: Client) -> None:
    token = get_token(site, backend)
    answer = send(site, "GET", route(site, "/wp/v2/pages"), bearer=token)
    assert answer.status == 403
    assert 'error="insufficient_scope"' in (answer.header("WWW-Authenticate") or "")


@pytest.mark.parametrize("door", [True, False], ids=["open", "closed"])
def test_a_need_that_others_must_answer_waits_for_wp_loaded(patient: Site, door: bool) -> None:
    """design.md §2, stages: takeover rights are asked for when every plugin has loaded, and a filter on init counts."""
    client = register_client(patient, mode="full", takeover=["manage_options"], capabilities=[], service_user_id=1)
    patient.fixture("stage", """
        add_action( 'init', static function () {
            header( 'X-Test-Init: yes' );
            add_filter( 'user_has_cap', static fn ( $caps ) => isset( $_SERVER['HTTP_X_VETO'] ) ? array( 'manage_options' => false ) + $caps : $caps );
        } );
    """)
    answer = ask_token(patient, client, door=door)
    assert (answer.status, answer.header("X-Test-Init")) == (200, "yes")
    assert ask_token(patient, client, door=door).header("X-Test-Init") == (None if door else "yes"), "the grant is standing now"


# RV: revocation


@pytest.mark.parametrize("door", [True, False], ids=["open", "closed"])
def test_RV_01_10_a_revoked_token_is_401_and_revoking_twice_is_200(site: Site, backend: Client, door: bool) -> None:
    token = get_token(site, backend)
    assert send(site, "GET", route(site, POSTS), bearer=token).status == 200
    first = revoke(site, backend, token, door=door)
    assert (first.status, first.body, first.header("Cache-Control"), first.header("Content-Type")) == (200, b"", "no-store", None)
    answer = send(site, "GET", route(site, POSTS), bearer=token)
    assert answer.status == 401
    assert 'error="invalid_token"' in (answer.header("WWW-Authenticate") or "")
    assert revoke(site, backend, token, door=door).status == 200
    assert count(site, "events", "kind = 'token_revoked'") > 0


@pytest.mark.parametrize("token", ["garbage", "oauth_ac_a" + "x" * 49, "oauth_ac_r" + "x" * 49, "eyJ.eyJ.x"])
def test_RV_03_an_unknown_token_is_200(site: Site, backend: Client, token: str) -> None:
    assert revoke(site, backend, token).status == 200


def test_RV_04_wrong_client_authentication_is_401_and_the_token_lives(site: Site, backend: Client) -> None:
    token = get_token(site, backend)
    assert_oauth_error(revoke(site, backend | {"secret": "wrong"}, token), 401, "invalid_client")
    assert send(site, "GET", route(site, POSTS), bearer=token).status == 200


def test_RV_05_another_clients_token_keeps_working(site: Site, backend: Client) -> None:
    token = get_token(site, backend)
    assert revoke(site, register_client(site), token).status in (200, 400)
    assert send(site, "GET", route(site, POSTS), bearer=token).status == 200


@pytest.mark.parametrize("hint", ["refresh_token", "access_token", "id_token", "nonsense"])
def test_RV_07_a_wrong_hint_still_revokes(site: Site, backend: Client, hint: str) -> None:
    token = get_token(site, backend)
    answer = send(site, "POST", revoke_path(site), form={"token": token, "token_type_hint": hint}, auth=(backend["client_id"], backend["secret"]))
    assert answer.status == 200
    assert send(site, "GET", route(site, POSTS), bearer=token).status == 401


@pytest.mark.parametrize("door", [True, False], ids=["open", "closed"])
@pytest.mark.parametrize("fault", ["lost", "error"])
def test_RV_08_a_storage_error_during_revocation_is_503_never_200(patient: Site, backend: Client, fault: str, door: bool) -> None:
    token = get_token(patient, backend)
    broken = "$GLOBALS['wpdb']->close();" if fault == "lost" else "$q = 'UPDATE nowhere SET x = 1';"
    patient.fixture("fault", f"add_filter( 'query', static function ( $q ) {{ if ( preg_match( '/^\\s*UPDATE \\S+app_connect_tokens/', $q ) ) {{ {broken} }} return $q; }} );")
    answer = revoke(patient, backend, token, door=door)
    assert_oauth_error(answer, 503, "temporarily_unavailable")
    assert int(answer.header("Retry-After") or 0) > 0
    patient.remove_fixture("fault")
    assert send(patient, "GET", route(patient, POSTS), bearer=token).status == 200


def test_RV_09_get_is_405(site: Site, backend: Client) -> None:
    assert_oauth_error(send(site, "GET", revoke_path(site) + "?_method=POST", auth=(backend["client_id"], backend["secret"])), 405, "invalid_request")


def test_RV_a_missing_token_is_invalid_request(site: Site, backend: Client) -> None:
    assert_oauth_error(send(site, "POST", revoke_path(site), form={"x": "y"}, auth=(backend["client_id"], backend["secret"])), 400, "invalid_request")


# Hooks


def test_hooks_tell_identifiers_and_no_secret(patient: Site, user: Callable[..., int]) -> None:
    patient.fixture("listener", """
        foreach ( array( 'token_issued', 'token_revoked', 'client_created' ) as $name ) {
            add_action( "app_connect_$name", static function ( ...$args ) use ( $name ) {
                file_put_contents( WP_CONTENT_DIR . '/heard.log', json_encode( array( $name, $args ) ) . "\n", FILE_APPEND );
            } );
        }
    """)
    heard = patient.content / "heard.log"
    heard.unlink(missing_ok=True)
    client = register_client(patient)
    token = get_token(patient, client)
    revoke(patient, client, token)
    lines = [json.loads(line) for line in heard.read_text().splitlines()]
    assert [name for name, _ in lines] == ["client_created", "token_issued", "token_revoked"]
    assert lines[0][1] == [{"client": client["id"], "user": 0}]
    assert lines[1][1] == [{"client": client["id"], "user": client["service_user_id"], "method": "client_credentials"}]
    assert set(lines[2][1][0]) == {"client", "grant"}
    assert token not in heard.read_text() and client["secret"] not in heard.read_text()
    heard.unlink()


def test_a_listener_that_fails_loses_no_secret(patient: Site) -> None:
    patient.fixture("listener", "add_action( 'app_connect_client_created', static function () { throw new Exception( 'x' ); } );")
    assert ask_token(patient, register_client(patient)).status == 200


# Registration


def test_a_bad_registration_names_its_fields(site: Site) -> None:
    made = register_client(site, name="", routes=["GET /wp-json/wp/v2/posts", "NONSENSE"])
    assert made["wp_error"] == "app_connect_invalid_client"
    errors = made["data"]["errors"]
    assert {"name", "routes"} <= {error["field"] for error in errors}
    assert [error["line"] for error in errors if error["field"] == "routes"] == [2]


@pytest.mark.parametrize("role", ["editor", "subscriber"])
def test_only_who_may_edit_a_user_binds_it_as_service_user(site: Site, user: Callable[..., int], role: str) -> None:
    site.fixture("register-over-http", """
        add_action( 'wp_ajax_test_register', static function () {
            $made = AppConnect\\WP\\Storage\\Clients::register( array(
                'name' => 'x', 'type' => 'confidential', 'mode' => 'restricted', 'grant_types' => array( 'client_credentials' ),
                'capabilities' => array( 'read' ), 'routes' => array( 'GET /wp-json/wp/v2/posts' ), 'service_user_id' => (int) $_GET['as'],
                'confirm' => array( 'service_user_takeover' ),
            ) );
            wp_send_json( is_wp_error( $made ) ? $made->get_error_code() : 'made' );
        } );
    """)
    try:
        actor = user(site, role)
        answers = {}
        for who in (actor, 1):
            cookies = site.wp_eval("""
                $token = WP_Session_Tokens::get_instance( (int) $args[0] )->create( time() + 600 );
                return AUTH_COOKIE . '=' . wp_generate_auth_cookie( (int) $args[0], time() + 600, 'auth', $token )
                    . '; ' . LOGGED_IN_COOKIE . '=' . wp_generate_auth_cookie( (int) $args[0], time() + 600, 'logged_in', $token );
            """, who)
            answers[who] = send(site, "GET", "/wp-admin/admin-ajax.php?action=test_register&as=1", headers=[("Cookie", cookies)]).json()
        assert answers == {actor: "app_connect_service_user", 1: "made"}
    finally:
        site.remove_fixture("register-over-http")


def test_a_service_user_that_does_not_exist_is_refused(site: Site) -> None:
    assert register_client(site, service_user_id=999999)["wp_error"] == "app_connect_service_user"
