"""The form of a client, as a browser without JavaScript sends it: what it stores, and what it shows again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from admin_support import CLIENTS, act, api, form, holdings, page_of, person, screen, sign_in
from auth_support import new_client
from conftest import reset
from lab import Site


@pytest.fixture
def client(site: Site) -> Iterator[dict[str, Any]]:
    """A client that acts on its own."""
    yield new_client(site, person(site, "editor"))
    reset(site)


FOR_PEOPLE = {
    "redirect_uris": ["https://app.example.com/cb", "com.example.app:/cb"], "consent": "always", "first_party": True, "verified": True, "require_pkce": False,
    "resource_server": True, "trusted": True, "grant_types": ["authorization_code", "client_credentials", "password", "refresh_token"],
}


def test_the_form_says_of_people_what_the_api_stores(site: Site, client: dict[str, Any]) -> None:
    """Each field, and back to what is safe: a box that was not to be seen was not unticked."""
    boss, query = person(site, "administrator"), f"{CLIENTS}&action=edit&client={client['id']}"

    def stored() -> dict[str, Any]:
        item = api(site, "GET", f"/clients/{client['id']}", user=boss).json()
        return {name: item[name] for name in FOR_PEOPLE}

    assert act(site, query, "update", sign_in(client), user=boss).status == 303
    assert stored() == FOR_PEOPLE
    page = page_of(screen(site, query, user=boss))
    assert all("checked" in page.find("input", name=name)[0] for name in ("first_party", "verified", "resource_server", "trusted"))
    assert "checked" in page.find("input", name="grant_types[]", value="refresh_token")[0]
    assert "checked" not in page.find("input", name="require_pkce")[0] and "checked" in page.find("input", name="consent", value="always")[0]
    assert "https://app.example.com/cb\ncom.example.app:/cb" in page.text
    bare = form(client) | {"grant_types": ["authorization_code", "client_credentials"], "redirect_uris": "https://app.example.com/cb", "revision": 1, "confirm": ["grant_types_removed"]}
    assert act(site, query, "update", bare, user=boss).status == 303
    less = {"redirect_uris": ["https://app.example.com/cb"], "first_party": False, "verified": False, "require_pkce": True, "resource_server": False, "trusted": False, "grant_types": ["authorization_code", "client_credentials"]}
    assert stored() == FOR_PEOPLE | less, "no word about consent changes nothing"


def test_a_refused_redirect_uri_is_named_by_its_line_and_kept(site: Site, client: dict[str, Any]) -> None:
    """And what only confidential clients may have, at its box."""
    boss, query = person(site, "administrator"), f"{CLIENTS}&action=edit&client={client['id']}"
    typed = "https://app.example.com/cb\n\nhttp://app.example.com/cb\n*"
    fields = sign_in(client) | {"type": "public", "grant_types": ["authorization_code"], "redirect_uris": typed}
    before = holdings(site)
    page = page_of(act(site, query, "update", fields, user=boss))
    assert holdings(site) == before
    assert typed in page.text
    for words in ("Line 3 of “Redirect URIs”: http:// is only for", "Line 4 of “Redirect URIs”: Redirect URIs are compared letter by letter"):
        assert words in page.text
    assert "Line 1 of" not in page.text and "Line 2 of" not in page.text
    for name in ("first_party", "require_pkce", "resource_server"):
        assert page.find("input", name=name)[0]["aria-invalid"] == "true"
    assert page.find("textarea", name="redirect_uris")[0]["aria-invalid"] == "true"
