"""The rules of design.md §5 a second time, in a few lines, to hold the real ones against: what a token may do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

ALL = None
"""Every name, or every route."""

Names = frozenset[str] | None


def meet(one: Names, two: Names) -> Names:
    """What both have."""
    if one is ALL or two is ALL:
        return two if one is ALL else one
    return one & two


def has(names: Names, name: str) -> bool:
    """Whether a name is among some."""
    return names is ALL or name in names


@dataclass(frozen=True)
class Policy:
    """What may be done: capabilities, takeover rights, and lists of route patterns that must all cover."""

    caps: Names = frozenset()
    takeover: Names = frozenset()
    lists: tuple[frozenset[str], ...] = (frozenset(),)

    def __and__(self, other: Policy) -> Policy:
        """What both allow."""
        return Policy(meet(self.caps, other.caps), meet(self.takeover, other.takeover), self.lists + other.lists)

    def covers(self, method: str, path: str) -> bool:
        """Whether every list opens a route."""
        return all(any(matches(pattern, method, path) for pattern in patterns) for patterns in self.lists)


EVERYTHING = Policy(ALL, ALL, ())


def matches(pattern: str, method: str, path: str) -> bool:
    """Whether a line of an allowlist covers a request."""
    known, _, route = pattern.partition(" ")
    route = route.removeprefix("/wp-json")
    if known != method:
        return False
    return path.startswith(route[:-1]) and len(path) > len(route) - 1 if route.endswith("/*") else path == route


def overlap(one: str, two: str) -> bool:
    """Whether some request is covered by both lines."""
    (method, _, path), (other, _, route) = one.partition(" "), two.partition(" ")
    stem, wild = path.removesuffix("*"), path.endswith("/*")
    root, broad = route.removesuffix("*"), route.endswith("/*")
    if wild and broad:
        return method == other and (stem.startswith(root) or root.startswith(stem))
    return matches(two, method, path) if broad else matches(one, other, route) if wild else one == two


def gives(bundle: dict[str, Any], ceiling: Policy) -> bool:
    """Whether a scope is kept under a ceiling: it opens a route that is read, or one for which a right of it is left."""
    useful = not bundle["capabilities"] or any(has(ceiling.caps, name) for name in bundle["capabilities"])
    lines = [line for line in bundle["routes"] if useful or line.startswith("GET ")]
    return has(ceiling.caps, "read") and any(all(any(overlap(line, other) for other in patterns) for patterns in ceiling.lists) for line in lines)


@dataclass(frozen=True)
class Catalogue:
    """The bundles of a site, and its takeover rights."""

    bundles: dict[str, dict[str, Any]]
    takeover: frozenset[str]

    def ceiling(self, draft: dict[str, Any]) -> Policy:
        """K."""
        if draft["mode"] == "login_only":
            return Policy()
        lines = frozenset(draft["routes"])
        if draft["mode"] == "full":
            return Policy(ALL, ALL, (lines,) if lines else ())
        chosen = [self.bundles[name] for name in draft["bundles"]]
        caps = {"read", *draft["capabilities"]}.union(*(bundle["capabilities"] for bundle in chosen))
        return Policy(frozenset(caps), frozenset(draft["takeover"]), (lines.union(*(bundle["routes"] for bundle in chosen)),))

    def scope(self, scope: str, ceiling: Policy) -> Policy:
        """Σ of the scopes that are kept."""
        names = scope.split()
        if "wp" in names:
            return EVERYTHING
        chosen = [self.bundles[name] for name in names if name in self.bundles and gives(self.bundles[name], ceiling)]
        if not chosen:
            return Policy()
        caps = frozenset({"read"}.union(*(bundle["capabilities"] for bundle in chosen)))
        return Policy(caps, frozenset(), (frozenset[str]().union(*(bundle["routes"] for bundle in chosen)),))

    def token(self, draft: dict[str, Any], scope: str, held: Iterable[str]) -> Policy:
        """T, at the first exchange after an approval by somebody who holds these capabilities."""
        ceiling = self.ceiling(draft)
        return ceiling & self.scope(scope, ceiling) & Policy(ALL, frozenset(held) & self.takeover, ())

    def allows(self, token: Policy, ceiling: Policy, probe: Probe) -> bool:
        """Whether a request may be made, if its user may."""
        if not (token.covers(probe.method, probe.path) and ceiling.covers(probe.method, probe.path)):
            return False
        if probe.needs == "everything":
            return token.caps is ALL and ceiling.caps is ALL
        return all(
            has(policy.takeover if name in self.takeover else policy.caps, name)
            for policy in (token, ceiling) for name in probe.needs.split()
        )


@dataclass(frozen=True)
class Probe:
    """A request, and the primitive capabilities that WordPress asks for; `everything` is its empty requirement, "it is mine"."""

    name: str
    method: str
    path: str
    needs: str
    query: str = ""
    body: dict[str, Any] | None = None


EDIT = "?context=edit"
PROBES = [
    Probe("read posts", "GET", "/wp/v2/posts", ""),
    Probe("list drafts", "GET", "/wp/v2/posts", "edit_posts", EDIT),
    Probe("draft a post", "POST", "/wp/v2/posts", "edit_posts", body={"title": "x", "status": "draft"}),
    Probe("publish a post", "POST", "/wp/v2/posts", "edit_posts publish_posts", body={"title": "x", "status": "publish"}),
    Probe("change another's post", "POST", "/wp/v2/posts/{post}", "edit_others_posts edit_published_posts", body={"title": "y"}),
    Probe("list pages", "GET", "/wp/v2/pages", "edit_pages", EDIT),
    Probe("draft a page", "POST", "/wp/v2/pages", "edit_pages", body={"title": "x", "status": "draft"}),
    Probe("list tags", "GET", "/wp/v2/tags", ""),
    Probe("add a category", "POST", "/wp/v2/categories", "manage_categories", body={"name": "{unique}"}),
    Probe("see media", "GET", "/wp/v2/media", ""),
    Probe("manage media", "GET", "/wp/v2/media", "edit_posts", EDIT),
    Probe("moderate comments", "GET", "/wp/v2/comments", "moderate_comments", EDIT),
    Probe("list users", "GET", "/wp/v2/users", "list_users", EDIT),
    Probe("who I am", "GET", "/wp/v2/users/me", ""),
    Probe("my profile", "POST", "/wp/v2/users/me", "everything", body={"description": "{unique}"}),
    Probe("read settings", "GET", "/wp/v2/settings", "manage_options"),
    Probe("list plugins", "GET", "/wp/v2/plugins", "activate_plugins"),
    Probe("another plugin", "GET", "/neighbour/v1/open", ""),
]
