"""A person at a browser without JavaScript: opens an app's authorization request, logs in, approves.

Cookies are kept as a browser keeps them; nothing is run, nothing is guessed: forms are sent as the pages have them.
"""

from __future__ import annotations

import http.cookiejar
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from html.parser import HTMLParser

SECONDS = 30


class Form(HTMLParser):
    """The form of a page that has a certain control: its action, and the hidden fields with their values."""

    def __init__(self, html: str, control: str) -> None:
        super().__init__()
        self.action: str | None = None
        self.fields: dict[str, str] = {}
        self._control = control
        self._open: tuple[str, dict[str, str]] | None = None
        self._found = False
        self.feed(html)
        self.found = self._found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A form begins, or one of its controls."""
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = (attributes.get("action", ""), {})
        elif self._open and tag in ("input", "button"):
            if attributes.get("type") == "hidden" and "name" in attributes:
                self._open[1][attributes["name"]] = attributes.get("value", "")
            self._found = self._found or attributes.get("name") == self._control

    def handle_endtag(self, tag: str) -> None:
        """A form ends: is it the one?"""
        if tag == "form" and self._open:
            if self._found and self.action is None:
                self.action, self.fields = self._open
            self._open = None


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Redirects are followed by hand: the last one leads to an app, which may be no http address."""

    def redirect_request(self, *_: object) -> None:
        """None follows nothing."""


class Person:
    """Somebody with a name and a password on a site. `tell` is called with each thing that they do."""

    def __init__(self, user: str, password: str, tell: Callable[[str], None] = lambda _: None) -> None:
        self.user = user
        self.password = password
        self._tell = tell
        self._browser = urllib.request.build_opener(
            NoRedirect(), urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )

    def decide(self, url: str, button: str = "approve") -> str:
        """Opens an authorization request and answers it; the address that the app is told the answer at."""
        site = urllib.parse.urlsplit(url).netloc
        here, page = self._open(url)
        for _ in range(10):
            if urllib.parse.urlsplit(here).netloc != site:
                return here
            if (login := Form(page, "pwd")).found:
                self._tell(f"logs in as {self.user}")
                filled = {"log": self.user, "pwd": self.password, "wp-submit": "Log In"}
            elif (login := Form(page, "app_connect_do")).found:
                self._tell({"approve": "reads what the app asks for, and approves", "deny": "cancels"}[button])
                filled = {"app_connect_do": button}
            else:
                break
            action = urllib.parse.urljoin(here, login.action or here)
            here, page = self._open(action, login.fields | filled, site)
        raise RuntimeError(f"{here} is neither a login, nor a consent page, nor an app: {page[:2000]}")

    def _open(self, url: str, form: dict[str, str] | None = None, site: str | None = None) -> tuple[str, str]:
        """A page, and where redirects led to; an address of another site is not opened."""
        site = site or urllib.parse.urlsplit(url).netloc
        data = urllib.parse.urlencode(form).encode() if form is not None else None
        for _ in range(10):
            headers = {"Origin": f"{urllib.parse.urlsplit(url).scheme}://{site}"} if data is not None else {}
            try:
                with self._browser.open(urllib.request.Request(url, data, headers), timeout=SECONDS) as response:
                    return url, response.read().decode(errors="replace")
            except urllib.error.HTTPError as error:
                with error:
                    if error.code not in (301, 302, 303):
                        return url, f"status {error.code}: {error.read().decode(errors='replace')}"
                    url, data = urllib.parse.urljoin(url, error.headers["Location"]), None
            if urllib.parse.urlsplit(url).netloc != site:
                return url, ""
        raise RuntimeError(f"too many redirects, the last to {url}")
