"""The OCCI core model: categories, and the resources that they describe (GFD.221)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

CORE = "http://schemas.ogf.org/occi/core#"
CORE_ID = "occi.core.id"
CORE_TITLE = "occi.core.title"
CORE_SUMMARY = "occi.core.summary"


@dataclass(frozen=True)
class Attribute:
    """The definition of an attribute in a category.

    Attributes:
        name: dotted name, e.g. ``occi.core.title``.
        type: ``string``, ``number``, ``boolean``, ``object`` or ``array``.
        required: whether a client must give it.
        mutable: whether a client may give or change it.
        default: what holds when it is not given.
        description: one sentence for people.
        pattern: ECMA 262 regular expression that values match.
    """

    name: str
    type: str = "string"
    required: bool = False
    mutable: bool = True
    default: str | None = None
    description: str = ""
    pattern: str | None = None


@dataclass(frozen=True)
class Category:
    """What all categories have; ``scheme`` ends in ``#``."""

    term: str
    scheme: str
    title: str = ""

    @property
    def type_id(self) -> str:
        """The type identifier: scheme and term."""
        return self.scheme + self.term


@dataclass(frozen=True)
class Action(Category):
    """An operation that instances of a kind or mixin offer."""

    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True)
class Kind(Category):
    """The type of a resource or link.

    Attributes:
        parent: type identifier of the kind above it, or None.
        location: path of the collection of its instances, ``/`` at both ends.
    """

    parent: str | None = None
    location: str = "/"
    attributes: tuple[Attribute, ...] = ()
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True)
class Mixin(Category):
    """A type that is added to instances.

    Attributes:
        location: path of the collection of its members, ``/`` at both ends.
        depends: type identifiers of the mixins that it needs.
        applies: type identifiers of the kinds that it may be added to.
        details: further members of its JSON in the form of OCCI 1.2.
    """

    location: str = "/"
    attributes: tuple[Attribute, ...] = ()
    actions: tuple[Action, ...] = ()
    depends: tuple[str, ...] = ()
    applies: tuple[str, ...] = ()
    details: Mapping[str, object] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Resource:
    """An instance of a kind.

    Attributes:
        id: UUID as text.
        attributes: names and values in the order in which they are shown; not
            in the repr, because they may hold a key.
        actions: those that can be invoked in the present state.
    """

    kind: Kind
    id: str
    mixins: tuple[Mixin, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict, repr=False)
    actions: tuple[Action, ...] = ()
    title: str = ""
    summary: str = ""

    @property
    def path(self) -> str:
        """The path of the resource's URL."""
        return self.kind.location + self.id

    def all_attributes(self) -> dict[str, str]:
        """The attributes with those of the core model, which OCCI shows on every resource."""
        found = dict(self.attributes)
        if self.title:
            found.setdefault(CORE_TITLE, self.title)
        if self.summary:
            found.setdefault(CORE_SUMMARY, self.summary)
        found.setdefault(CORE_ID, self.path)
        return found


#: Without its parent, as clients of OCCI 1.1 know it.
LINK_KIND = Kind(term="link", scheme=CORE, location="/link/")
