"""The text renderings: lines of a body, or headers, and lists of locations.

A client of the original gets what the original wrote. One that names its version of OCCI gets
the rendering of GFD.185 (1.1) or GFD.229 (1.2): see ``disco.occi.dialect``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from disco.errors import DiscoError
from disco.occi.dialect import Dialect
from disco.occi.grammar import ATTRIBUTE, CATEGORY, LINK, LOCATION
from disco.occi.model import Action, Attribute, Kind, Mixin, Resource
from disco.occi.text import plain_name, plain_title, quote, quote_all, to_header, wire_value

#: the name of an OCCI header and one value of it
Line = tuple[str, str]
#: beside ``X-OCCI-Location``, for those who look here (jOCCI); others of 1.1 would take the whole
#: for one more URL (rOCCI)
HTTP_LOCATION = "Location"


@dataclass(frozen=True)
class TextRenderer:
    """Writes the text renderings in one form; ``base`` is what locations begin with."""

    base: str
    dialect: Dialect = Dialect.ORIGINAL

    def as_body(self, lines: Iterable[Line]) -> str:
        """The lines, each after a newline as the original has them, or as OCCI ends them."""
        if self._is_original:
            return "".join(f"\n{name}: {value}" for name, value in lines)
        return "".join(f"{name}: {value}\r\n" for name, value in lines)

    def as_headers(self, lines: Iterable[Line]) -> dict[str, str]:
        """The lines joined by name.

        Without a blank after the comma in OCCI's own form: there are readers that keep it.
        """
        joint = ", " if self._is_original else ","
        found: dict[str, str] = {}
        for name, value in lines:
            found[name] = f"{found[name]}{joint}{value}" if name in found else value
        if LOCATION in found and self.dialect is Dialect.OCCI_12:
            found[HTTP_LOCATION] = found[LOCATION]
        return {name: to_header(value) for name, value in found.items()}

    def categories(self, items: Iterable[Kind | Mixin | Action]) -> list[Line]:
        """What the query interface tells of each category."""
        return [(CATEGORY, self._category(item)) for item in items]

    def resource(self, item: Resource) -> list[Line]:
        """Categories, attributes, and a link for each action; in OCCI's form links go before."""
        attributes = [
            (ATTRIBUTE, f"{plain_name(name)}={self._quote(value)}")
            for name, value in item.all_attributes().items()
            if self._is_original or self._can_name(name)
        ]
        links = []
        for action in item.actions:
            target = wire_value(f"{item.path}?action={action.term}")
            links.append((LINK, f"<{target}>; rel={self._quote(action.type_id)}"))
        entries = [*attributes, *links] if self._is_original else [*links, *attributes]
        return [*self.categories([item.kind, *item.mixins]), *entries]

    def locations(self, paths: Iterable[str]) -> list[Line]:
        """The absolute URL of each resource, of which these are the paths."""
        return [(LOCATION, wire_value(self.base + path)) for path in paths]

    def uri_list(self, paths: Iterable[str], path: str) -> str:
        """The URLs as text/uri-list (RFC 2483) of the collection at a path.

        After a comment that names the collection, as the original; in OCCI's own form without
        one, since there are readers that take it for a URL.
        """
        urls = [wire_value(self.base + to) for to in paths]
        if self._is_original:
            urls.insert(0, wire_value(f"# uri:{path}"))
        return "\n".join(urls)

    @property
    def _is_original(self) -> bool:
        return self.dialect is Dialect.ORIGINAL

    def _quote(self, value: str) -> str:
        return quote(value) if self._is_original else quote_all(value)

    def _can_name(self, name: str) -> bool:
        return self.dialect.names.fullmatch(name) is not None

    def _category(self, item: Kind | Mixin | Action) -> str:
        parts = [item.term, f"scheme={self._quote(item.scheme)}", f'class="{_class(item)}"']
        title = item.title if self._is_original else plain_title(item.title)
        if title:
            parts.append(f"title={self._quote(title)}")
        if not isinstance(item, Action):
            related = _related(item)
            if related:
                parts.append(f"rel={self._quote(related)}")
            parts.append(f"location={self._quote(self.base + item.location)}")
        attributes = [a for a in item.attributes if self._can_name(a.name)]
        if attributes:
            text = " ".join(_definition(a) for a in attributes)
            parts.append(f"attributes={self._quote(text)}")
        if not isinstance(item, Action) and item.actions:
            parts.append(f"actions={self._quote(' '.join(a.type_id for a in item.actions))}")
        return "; ".join(parts)


def error(problem: DiscoError, request_id: str | None) -> list[str]:
    """The faults, then the hint; the request's id where only our log tells more."""
    lines = [str(fault) for fault in problem.faults]
    if problem.message != "; ".join(lines):
        lines.insert(0, problem.message)
    if problem.hint:
        lines.append(problem.hint)
    if request_id and problem.status >= 500:
        lines.append(f"request id: {request_id}")
    return [wire_value(line) for line in lines]


def _class(item: Kind | Mixin | Action) -> str:
    if isinstance(item, Kind):
        return "kind"
    return "mixin" if isinstance(item, Mixin) else "action"


def _related(item: Kind | Mixin) -> str | None:
    """The one type that there is room for; of a mixin's the first (GFD.229, 5.5.2)."""
    if isinstance(item, Mixin):
        return item.depends[0] if item.depends else None
    return item.parent


def _definition(attribute: Attribute) -> str:
    flags = [] if attribute.mutable else ["immutable"]
    if attribute.required:
        flags.append("required")
    return attribute.name + (f"{{{' '.join(flags)}}}" if flags else "")
