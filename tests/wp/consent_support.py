"""From an app's authorization request to its redirect, over HTTP, as a browser without JavaScript walks it.

    app = new_app(site)                                  # a public client with authorization_code and one https redirect
    browser = Browser(site, user=7)                      # nobody without `user`; log_in() types name and password
    page = browser.follow(authorize(browser, app))       # the consent page, or an error page
    answer = decide(browser, page)                       # Approve; `decide(browser, page, "deny")` is Cancel
    redirected(answer)["code"]                           # what the app is told

`get_code(site, app, user)` does all of it, `exchange(site, code)` pays the code in.

Fixtures, to be imported: `app` has to be approved each time, `editor` is somebody's number, `person` can log in.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from admin_support import Page
from conftest import Answer, _cookies, count, log_in, make_user, register_client, route, send, token_path
from lab import Site

REDIRECT = "https://app.example/callback"
ACTION = "app_connect_authorize"
REDIRECTS = (301, 302, 303, 307, 308)


# The app


def new_app(site: Site, **draft: Any) -> dict[str, Any]:
    """A client that people sign in with: public, restricted to posts, one redirect URI, unless told otherwise."""
    made = register_client(
        site,
        **{
            "name": "Reader",
            "type": "public",
            "grant_types": ["authorization_code"],
            "service_user_id": None,
            "capabilities": [],
            "bundles": ["content:read", "content:write"],
            "routes": [],
            "redirect_uris": [REDIRECT],
        } | draft,
    )
    assert "wp_error" not in made, made
    return made | {"redirect_uri": (draft.get("redirect_uris") or [REDIRECT])[0]}


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636 §4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
STATE = "xyz"


def parameters(app: Mapping[str, Any], **changes: str | None) -> dict[str, str]:
    """A good authorization request; None leaves a parameter out."""
    every: dict[str, str | None] = {
        "response_type": "code",
        "client_id": app["client_id"],
        "redirect_uri": app["redirect_uri"],
        "scope": "content:read",
        "state": STATE,
        "code_challenge": challenge_of(VERIFIER),
        "code_challenge_method": "S256",
    } | changes
    return {name: value for name, value in every.items() if value is not None}


def authorize_path(site: Site) -> str:
    """The authorization endpoint."""
    return route(site, "/app-connect/v1/authorize")


def with_query(path: str, query: str) -> str:
    """A path with more query behind it."""
    return path + ("&" if "?" in path else "?") + query


# The browser


@dataclass
class Browser:
    """Keeps cookies. A user given by number is logged in already, in the session that log_in() makes once."""

    site: Site
    user: int | None = None
    door: bool = True
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    here: str = ""

    def __post_init__(self) -> None:
        if self.user is not None:
            self.cookies |= dict(pair.split("=", 1) for pair in log_in(self.site, self.user).split("; "))

    def path_of(self, address: str) -> str:
        """The path and query of an address of the site, relative to where the browser is; another host is an error."""
        parts = urllib.parse.urlsplit(urllib.parse.urljoin(f"http://127.0.0.1:{self.site.port}{self.here}", address))
        assert parts.netloc in self._hosts(), f"left the site: {address}"
        return parts.path + (f"?{parts.query}" if parts.query else "")

    def request(self, method: str, address: str, **options: Any) -> Answer:
        """One request, no redirect followed."""
        path = self.path_of(address)
        headers = dict(self.headers) | dict(options.pop("headers", {}))
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = send(self.site, method, path, headers=headers, door=self.door, **options)
        for name, value in answer.headers:
            if name.lower() == "set-cookie":
                self._keep(value)
        self.here = path
        return answer

    def get(self, address: str, **options: Any) -> Answer:
        """GET."""
        return self.request("GET", address, **options)

    def post(self, address: str, form: Mapping[str, str] | Sequence[tuple[str, str]], **options: Any) -> Answer:
        """POST of a form."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"} | dict(options.pop("headers", {}))
        return self.request("POST", address, body=urllib.parse.urlencode(form), headers=headers, **options)

    def follow(self, answer: Answer, limit: int = 10) -> Answer:
        """Goes where redirects lead, for as long as that is this site."""
        for _ in range(limit):
            location = answer.header("Location")
            if answer.status not in REDIRECTS or location is None or self.leaves(location):
                return answer
            assert answer.status not in (307, 308), "a form would be sent again"
            answer = self.get(location)
        raise AssertionError(f"more than {limit} redirects, the last to {answer.header('Location')}")

    def leaves(self, location: str) -> bool:
        """Whether an address is another host's, or an app's."""
        parts = urllib.parse.urlsplit(location)
        return bool(parts.scheme) and parts.netloc not in self._hosts()

    def type_password(self, answer: Answer, login: str, password: str, **fields: str) -> Answer:
        """Fills in the login form of a page and sends it; follows what comes."""
        page = Page(answer.text)
        assert page.find("form", id="loginform"), answer.text[-800:]
        action = page.find("form", id="loginform")[0]["action"]
        hidden = {tag["name"]: tag.get("value", "") for tag in page.find("input", type="hidden")}
        return self.follow(self.post(action, hidden | {"log": login, "pwd": password, "wp-submit": "Log In"} | fields))

    def _hosts(self) -> tuple[str, str]:
        return f"127.0.0.1:{self.site.port}", f"localhost:{self.site.port}"

    def _keep(self, line: str) -> None:
        pair, *attributes = line.split(";")
        name, _, value = pair.strip().partition("=")
        gone = value.strip() in ("", "+", "%20") or any("1970" in each or "max-age=0" == each.strip().lower() for each in attributes)
        path = next((each.split("=", 1)[1] for each in attributes if each.strip().lower().startswith("path=")), "/")
        if "/wp-admin" in path or "/plugins" in path:
            return
        if gone:
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = value


def authorize(browser: Browser, app: Mapping[str, Any], *, method: str = "GET", query: str | None = None, **changes: Any) -> Answer:
    """The authorization request, unfollowed. `query` replaces all parameters, as it is."""
    headers = changes.pop("headers", {})
    encoded = query if query is not None else urllib.parse.urlencode(parameters(app, **changes))
    path = authorize_path(browser.site)
    if method == "GET":
        return browser.get(with_query(path, encoded), headers=headers)
    return browser.request(method, path, body=encoded, headers={"Content-Type": "application/x-www-form-urlencoded"} | headers)


# Consent


def is_consent(answer: Answer) -> bool:
    """Whether a page asks for approval."""
    return answer.status == 200 and 'name="app_connect_do"' in answer.text


def consent_form(answer: Answer) -> dict[str, str]:
    """The hidden fields of the consent form, which must be there."""
    assert is_consent(answer), (answer.status, answer.header("Location"), answer.text[-1500:])
    return {tag["name"]: tag.get("value", "") for tag in Page(answer.text).find("input", type="hidden")}


def decide(browser: Browser, answer: Answer, button: str = "approve", *, fields: Mapping[str, str] | None = None, **options: Any) -> Answer:
    """Presses a button of a consent page. `fields` are sent in place of the hidden ones; nothing is followed."""
    hidden = consent_form(answer) if fields is None else dict(fields)
    return browser.post(browser.here, hidden | ({"app_connect_do": button} if button else {}), **options)


def redirected(answer: Answer, to: str = REDIRECT) -> dict[str, str]:
    """What a redirect to the app says; each parameter must be there once."""
    assert answer.status in (302, 303), (answer.status, answer.text[-1500:])
    location = answer.header("Location") or ""
    assert location.startswith(to), location
    rest = location[len(to):]
    assert rest[:1] in ("?", "&"), location
    assert "#" not in rest, location
    pairs = urllib.parse.parse_qsl(rest[1:], keep_blank_values=True, strict_parsing=True)
    assert len(pairs) == len(dict(pairs)), location
    return dict(pairs)


def refused(answer: Answer, error: str, *, state: str | None = STATE, to: str = REDIRECT, issuer: str | None = None) -> dict[str, str]:
    """A redirect that tells the app an error, with its state, an issuer and no code (RFC 6749 §4.1.2.1, RFC 9207)."""
    told = redirected(answer, to)
    assert told.get("error") == error, told
    assert told.get("state") == state, told
    assert "code" not in told
    if issuer is not None:
        assert told.get("iss") == issuer, told
    assert all(" " <= each <= "~" for each in told.get("error_description", "")), told
    return told


def page_error(answer: Answer, code: str | None = None, status: int = 400) -> Page:
    """A page for people that says what is wrong: no redirect, nothing that could be framed or cached."""
    assert answer.status == status, (answer.status, answer.header("Location"), answer.text[-1500:])
    assert answer.header("Location") is None
    assert (answer.header("Content-Type") or "").startswith("text/html"), answer.headers
    assert_guarded(answer)
    page = Page(answer.text)
    assert not page.find("button", value="approve")
    box = page.find("div", id="app-connect-error")
    assert box, answer.text[-1500:]
    if code is not None:
        assert box[0]["data-app-connect-code"] == code, box
    for leak in ("/wp-content/plugins/app-connect/includes", "SELECT ", "INSERT ", "Stack trace"):
        assert leak not in answer.text
    return page


def assert_guarded(answer: Answer) -> None:
    """The headers of each of our pages (AZ-20, AZ-22)."""
    assert answer.header("X-Frame-Options") == "DENY", answer.headers
    assert "frame-ancestors 'none'" in (answer.header("Content-Security-Policy") or ""), answer.headers
    assert answer.header("Referrer-Policy") == "no-referrer", answer.headers
    assert answer.header("Cache-Control") == "no-store", answer.headers
    assert not [name for name, _ in answer.headers if name.lower().startswith("access-control-")], answer.headers


# All of it


@dataclass
class Code:
    """A code with what its exchange needs."""

    code: str
    app: Mapping[str, Any]
    redirect_uri: str | None
    verifier: str | None
    told: dict[str, str]


def open_consent(browser: Browser, app: Mapping[str, Any], **changes: Any) -> Answer:
    """The consent page of a request."""
    answer = browser.follow(authorize(browser, app, **changes))
    consent_form(answer)
    return answer


def get_code(site: Site, app: Mapping[str, Any], user: int, **changes: Any) -> Code:
    """A code that a user approved; asked for anew each time unless the approval is remembered."""
    browser = Browser(site, user=user)
    verifier = changes.pop("verifier", None) or secrets.token_urlsafe(32)
    if "code_challenge" not in changes:
        changes["code_challenge"] = challenge_of(verifier)
    answer = browser.follow(authorize(browser, app, **changes))
    if is_consent(answer):
        answer = decide(browser, answer)
    told = redirected(answer, changes.get("redirect_uri") or app["redirect_uri"])
    assert "code" in told, told
    sent = parameters(app, **changes)
    return Code(told["code"], app, sent.get("redirect_uri"), verifier if "code_challenge" in sent else None, told)


def exchange(site: Site, code: Code, **changes: Any) -> Answer:
    """Pays a code in; None leaves a parameter out. Confidential clients authenticate by Basic."""
    options = {name: changes.pop(name) for name in ("auth", "headers", "door") if name in changes}
    form: dict[str, str | None] = {
        "grant_type": "authorization_code",
        "code": code.code,
        "redirect_uri": code.redirect_uri,
        "client_id": code.app["client_id"],
        "code_verifier": code.verifier,
    }
    if code.app.get("secret") and "auth" not in options:
        options["auth"] = (code.app["client_id"], code.app["secret"])
        form["client_id"] = None
    form |= changes
    return send(site, "POST", token_path(site), form={name: value for name, value in form.items() if value is not None}, **options)


def tokens(site: Site, app: Mapping[str, Any], user: int, **changes: Any) -> dict[str, Any]:
    """The token answer of a whole round."""
    answer = exchange(site, get_code(site, app, user, **changes))
    assert answer.status == 200, answer.text
    return dict(answer.json())


# What tests share


DOORS = pytest.mark.parametrize("door", [True, False], ids=["open", "closed"])

_kept: dict[tuple[str, str], Any] = {}


def kept(site: Site, what: str, make_it: Callable[[], Any]) -> Any:
    """Something that tests share because they do not change it."""
    key = (site.name, what)
    if key not in _kept:
        _kept[key] = make_it()
    return _kept[key]


@pytest.fixture
def editor(site: Site) -> int:
    """Somebody."""
    return int(kept(site, "editor", lambda: make_user(site, "editor")))


def asking_app(site: Site) -> dict[str, Any]:
    """An app that has to be approved each time."""
    return dict(kept(site, "app", lambda: new_app(site, consent="always")))


@pytest.fixture
def app(site: Site) -> dict[str, Any]:
    """See asking_app()."""
    return asking_app(site)


def another_session(site: Site, user: int) -> Browser:
    """The same person in another browser."""
    mine = _cookies.pop((site.name, user), None)
    browser = Browser(site, user=user)
    if mine is not None:
        _cookies[(site.name, user)] = mine
    return browser


def codes(site: Site) -> int:
    """How many codes there are."""
    return count(site, "codes")


@pytest.fixture
def person(site: Site) -> dict[str, Any]:
    """Somebody with a name and a password."""
    return dict(kept(site, "person", lambda: new_person(site)))


def new_person(site: Site, role: str = "author") -> dict[str, Any]:
    """A user who can log in."""
    login = "p" + secrets.token_hex(5)
    return {"login": login, "password": "correct horse", "id": make_user(site, role, user_login=login, user_pass="correct horse", user_email=f"{login}@example.com")}


def walk_in(browser: Browser, app: dict[str, Any], person: dict[str, Any], **changes: Any) -> Any:
    """From the app through the login form to what comes then."""
    login = browser.follow(authorize(browser, app, **changes))
    assert 'id="loginform"' in login.text, (login.status, browser.here)
    return browser.type_password(login, person["login"], person["password"])
