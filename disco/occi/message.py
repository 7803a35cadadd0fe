"""What a client said: the content of a request, whatever rendering it came in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class CategoryRef:
    """A category as a request names it.

    Attributes:
        cls: ``kind``, ``mixin`` or ``action``, as sent; None if not sent.
        rel: type identifier of a related category, for mixins of users.
    """

    term: str
    scheme: str
    cls: str | None = None
    location: str | None = None
    rel: str | None = None
    title: str | None = None

    @property
    def type_id(self) -> str:
        """The type identifier: scheme and term."""
        return self.scheme + self.term


@dataclass(frozen=True)
class LinkRef:
    """A link as a request names it: ``<target>; rel="..."; category="..."; name="..."``."""

    target: str
    rel: str | None = None
    category: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Message:
    """The content of a request.

    Attributes:
        categories: in the order sent; the kind, mixins or an action.
        attributes: names and values in the order sent; not in the repr,
            because they may hold a password.
        locations: absolute URLs or paths, as sent.
        action: type identifier from a JSON action invocation.
    """

    categories: tuple[CategoryRef, ...] = ()
    attributes: dict[str, str] = field(default_factory=dict, repr=False)
    locations: tuple[str, ...] = ()
    links: tuple[LinkRef, ...] = ()
    action: str | None = None
