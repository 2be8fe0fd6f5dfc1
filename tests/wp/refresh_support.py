"""Sessions in number: apps that may stay, what a code of theirs bought, and the row that a refresh token names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from code_support import copies
from conftest import Answer, assert_oauth_error, count, make_user, route, send, token_path
from consent_support import Code, exchange, get_code, new_app
from lab import Site

App = dict[str, Any]
POSTS = "/wp/v2/posts"
STAYS = ["authorization_code", "refresh_token"]


def staying_app(site: Site, **draft: Any) -> App:
    """A client whose people stay: public unless told otherwise."""
    return new_app(site, **{"grant_types": STAYS} | draft)


def server_app(site: Site, **draft: Any) -> App:
    """The same, confidential."""
    return staying_app(site, **{"type": "confidential", "name": "Server"} | draft)


APPS: dict[str, Callable[..., App]] = {"public": staying_app, "confidential": server_app}


class Person:
    """Somebody who approved an app, and so can begin any number of sessions."""

    def __init__(self, site: Site, app: App | None = None, role: str = "editor", **changes: Any) -> None:
        """Approves the app once."""
        self.site = site
        self.app = staying_app(site) if app is None else app
        self.user = make_user(site, role)
        self.model: Code = get_code(site, self.app, self.user, **changes)

    def sessions(self, number: int) -> list[dict[str, Any]]:
        """The token answers of as many codes."""
        answers = [exchange(self.site, code) for code in copies(self.site, self.model, number)]
        assert all(answer.status == 200 for answer in answers), [answer.text for answer in answers]
        return [dict(answer.json()) for answer in answers]

    def session(self) -> dict[str, Any]:
        """The token answer of one."""
        return self.sessions(1)[0]

    def refresh(self, token: str, **changes: Any) -> Answer:
        """See refresh()."""
        return refresh(self.site, self.app, token, **changes)

    def next(self, token: str, **changes: Any) -> dict[str, Any]:
        """The token answer of a refresh."""
        return body_of(self.refresh(token, **changes))

    def is_over(self, *tokens: str, access: tuple[str, ...] = ()) -> None:
        """No refresh token refreshes, and no access token opens anything."""
        for token in tokens:
            refuse(self.refresh(token))
        assert {use(self.site, token) for token in access} <= {401}


def refresh(site: Site, app: App, token: str, **changes: Any) -> Answer:
    """Presents a refresh token; None leaves a parameter out. Confidential clients authenticate by Basic."""
    options = {name: changes.pop(name) for name in ("auth", "headers", "door") if name in changes}
    form: dict[str, str | None] = {"grant_type": "refresh_token", "refresh_token": token, "client_id": app["client_id"]}
    if app.get("secret") and "auth" not in options:
        options["auth"] = (app["client_id"], app["secret"])
        form["client_id"] = None
    form |= changes
    return send(site, "POST", token_path(site), form={name: value for name, value in form.items() if value is not None}, **options)


def body_of(answer: Answer) -> dict[str, Any]:
    """A token answer, with everything that a session's has."""
    assert answer.status == 200, answer.text
    assert (answer.header("Cache-Control"), answer.header("Pragma")) == ("no-store", "no-cache")
    assert set(answer.json()) - {"id_token"} == {"access_token", "token_type", "expires_in", "refresh_token", "scope"}
    return dict(answer.json())


def refuse(answer: Answer, error: str = "invalid_grant") -> None:
    """A refusal with no token in it."""
    assert_oauth_error(answer, 400, error)
    assert "oauth_ac_" not in answer.text


def use(site: Site, token: str, path: str = POSTS) -> int:
    """What an access token is answered."""
    return send(site, "GET", route(site, path), bearer=token).status


def write(site: Site, token: str) -> int:
    """What an access token is answered that wants to write a post."""
    return send(site, "POST", route(site, POSTS), bearer=token, form={"title": "x", "status": "publish"}).status


def _of(token: str) -> str:
    return f"handle = '{token[10:21]}'"


def row_of(site: Site, token: str) -> dict[str, Any]:
    """The row of the session that a refresh token names."""
    return site.sql(f"SELECT * FROM wp_app_connect_grants WHERE {_of(token)}")[0]


def change(site: Site, token: str, assignment: str) -> None:
    """Changes that row, as time does."""
    site.sql(f"UPDATE wp_app_connect_grants SET {assignment} WHERE {_of(token)}")


def tokens_of(site: Site, token: str) -> int:
    """How many access tokens the session has."""
    return count(site, "tokens", f"grant_id = (SELECT id FROM wp_app_connect_grants WHERE {_of(token)})")


def state(site: Site, token: str) -> tuple[Any, ...]:
    """All that a refresh changes."""
    row = row_of(site, token)
    return (*(row[name] for name in ("refresh_digest", "generation", "rotated_at", "idle_expires_at", "revoked_at")), tokens_of(site, token))


KINDS = pytest.mark.parametrize("kind", APPS)
