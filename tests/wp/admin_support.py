"""What the tests of wp-admin share: screens as a browser without JavaScript asks them, and what the site holds."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

from auth_support import log_in, rest
from conftest import Answer, make_user, send
from lab import Site

CLIENTS = "page=app-connect"
SETTINGS = "page=app-connect-settings"
API = "/app-connect/v1"

_people: dict[tuple[str, str], int] = {}


def person(site: Site, role: str) -> int:
    """A user of a role for these tests only, made once per site and session."""
    key = (site.name, role)
    if key not in _people:
        _people[key] = make_user(site, role)
    return _people[key]


# Requests


_nonces: dict[tuple[str, int, str], str] = {}


def nonce(site: Site, user_id: int, action: str) -> str:
    """A nonce that goes with log_in()'s cookie."""
    key = (site.name, user_id, action)
    if key not in _nonces:
        code = """
            parse_str( str_replace( '; ', '&', $args[0] ), $_COOKIE );
            wp_set_current_user( (int) $args[1] );
            return wp_create_nonce( $args[2] );
        """
        _nonces[key] = str(site.wp_eval(code, log_in(site, user_id), user_id, action))
    return _nonces[key]


def pairs(fields: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Form fields, a list as several fields named `name[]`."""
    return [
        (f"{name}[]" if isinstance(value, list) else name, str(each))
        for name, value in fields.items()
        for each in (value if isinstance(value, list) else [value])
    ]


def screen(
    site: Site, query: str, fields: Mapping[str, Any] | None = None, *, user: int | None, method: str = "POST", **options: Any
) -> Answer:
    """A screen: GET without fields; with fields they are sent as a form, or in the query of a GET."""
    path = f"{site.subdirectory}/wp-admin/admin.php?{query}"
    headers = dict(options.pop("headers", {}))
    if user is not None:
        headers["Cookie"] = log_in(site, user)
    body = urllib.parse.urlencode(pairs(fields or {}))
    if fields is None or method == "GET":
        return send(site, "GET", path + (f"&{body}" if body else ""), headers=headers, **options)
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    return send(site, "POST", path, headers=headers, body=body, **options)


def act(site: Site, query: str, do: str, fields: Mapping[str, Any], *, user: int, **options: Any) -> Answer:
    """An action as its form sends it, with the user's own nonce."""
    form = {"app_connect_do": do, "_wpnonce": nonce(site, user, f"app_connect_{do}")}
    return screen(site, query, form | dict(fields), user=user, **options)


def api(site: Site, method: str, path: str, data: Any = None, *, user: int | None = None, wp_nonce: str | None = "", **options: Any) -> Answer:
    """Our REST routes: `user` by cookie, with their own nonce unless another, or None for none, is given."""
    headers = dict(options.pop("headers", {}))
    if user is not None:
        headers["Cookie"] = log_in(site, user)
        wp_nonce = nonce(site, user, "wp_rest") if wp_nonce == "" else wp_nonce
    if wp_nonce:
        headers["X-WP-Nonce"] = wp_nonce
    if data is not None:
        options["json"] = data
    return rest(site, method, API + path, headers=headers, **options)


# What is filled in


def draft(client: dict[str, Any]) -> dict[str, Any]:
    """A client, as the form or the REST API takes it."""
    return {
        "name": "Made by the table",
        "description": "",
        "logo_uri": "",
        "type": "confidential",
        "mode": "restricted",
        "grant_types": ["client_credentials"],
        "capabilities": ["read"],
        "service_user_id": client["service_user_id"],
    }


def form(client: dict[str, Any]) -> dict[str, Any]:
    """The draft as the form's fields."""
    return draft(client) | {"routes": "GET /wp-json/wp/v2/posts\n", "redirect_uris": "", "more_capabilities": "", "revision": 0}


def sign_in(client: dict[str, Any]) -> dict[str, Any]:
    """The form of a client to which people sign in, with every field of that changed."""
    return form(client) | {
        "grant_types": ["authorization_code", "client_credentials", "password", "refresh_token"],
        "redirect_uris": "https://app.example.com/cb\ncom.example.app:/cb\n",
        "consent": "always",
        "first_party": "1",
        "resource_server": "1",
        "trusted": "1",
        "verified": "1",
        "require_pkce_shown": "1",
    }


# What the site holds


def holdings(site: Site) -> list[dict[str, str | None]]:
    """Everything that an administrator can change, as checksums and rows; what a failed log-in leaves is not part of it."""
    tables = ", ".join(f"wp_app_connect_{name}" for name in ("clients", "codes", "consents", "grants", "keys", "policies", "subjects", "tokens"))
    return [
        *site.sql(f"CHECKSUM TABLE {tables}, wp_users, wp_usermeta"),
        *site.sql("SELECT option_name, MD5(option_value) AS value FROM wp_options WHERE option_name LIKE 'app%connect%' ORDER BY 1"),
    ]


# What a page says


class Page(HTMLParser):
    """A page taken apart: the tags with their attributes, and the text of scripts, of styles, and of everything else."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.scripts: list[str] = []
        self.text = ""
        self._inside = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A start tag."""
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag in ("script", "style"):
            self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        """An end tag."""
        if tag == self._inside:
            self._inside = ""

    def handle_data(self, data: str) -> None:
        """Text."""
        if self._inside == "script":
            self.scripts.append(data)
        elif not self._inside:
            self.text += data

    def find(self, tag: str, **attributes: str) -> list[dict[str, str]]:
        """The attributes of the tags that have these."""
        return [have for name, have in self.tags if name == tag and attributes.items() <= have.items()]

    def values(self) -> dict[str, str]:
        """The values of the inputs, by name."""
        return {have["name"]: have.get("value", "") for name, have in self.tags if name == "input" and "name" in have}


def page_of(answer: Answer) -> Page:
    """The page, whose status must be 200."""
    assert answer.status == 200, (answer.status, re.sub(r"<[^>]+>|\s+", " ", answer.text)[-600:])
    return Page(answer.text)
