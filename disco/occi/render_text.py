"""The text renderings (GFD.229): lines of a body, or headers, and lists of locations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from disco.errors import DiscoError
from disco.occi.grammar import ATTRIBUTE, CATEGORY, LINK, LOCATION
from disco.occi.model import Action, Attribute, Kind, Mixin, Resource
from disco.occi.text import plain_name, quote, to_header, wire_value

#: the name of an OCCI header and one value of it
Line = tuple[str, str]


def as_body(lines: Iterable[Line]) -> str:
    """The lines, each after a newline, as the original has them."""
    return "".join(f"\n{name}: {value}" for name, value in lines)


def as_headers(lines: Iterable[Line]) -> dict[str, str]:
    """The lines joined by name."""
    found: dict[str, str] = {}
    for name, value in lines:
        found[name] = f"{found[name]}, {value}" if name in found else value
    return {name: to_header(value) for name, value in found.items()}


def categories(items: Iterable[Kind | Mixin | Action], base: str) -> list[Line]:
    """What the query interface tells of each category."""
    return [(CATEGORY, _category(item, base)) for item in items]


def resource(item: Resource, base: str) -> list[Line]:
    """Categories, attributes, and a link for each action, in this order."""
    lines = categories([item.kind, *item.mixins], base)
    for name, value in item.all_attributes().items():
        lines.append((ATTRIBUTE, f"{plain_name(name)}={quote(value)}"))
    for action in item.actions:
        target = wire_value(f"{item.path}?action={action.term}")
        lines.append((LINK, f"<{target}>; rel={quote(action.type_id)}"))
    return lines


def locations(items: Iterable[Resource], base: str) -> list[Line]:
    """The absolute URL of each resource."""
    return [(LOCATION, wire_value(base + item.path)) for item in items]


def uri_list(items: Iterable[Resource], base: str, path: str) -> str:
    """The URLs as text/uri-list (RFC 2483), after a comment that names the collection."""
    urls = [wire_value(base + item.path) for item in items]
    return "\n".join([wire_value(f"# uri:{path}"), *urls])


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


def _category(item: Kind | Mixin | Action, base: str) -> str:
    parts = [item.term, f"scheme={quote(item.scheme)}", f'class="{_class(item)}"']
    if item.title:
        parts.append(f"title={quote(item.title)}")
    if not isinstance(item, Action):
        related = _related(item)
        if related:
            parts.append(f"rel={quote(' '.join(related))}")
        parts.append(f"location={quote(base + item.location)}")
    if item.attributes:
        parts.append(f"attributes={quote(' '.join(_definition(a) for a in item.attributes))}")
    if not isinstance(item, Action) and item.actions:
        parts.append(f"actions={quote(' '.join(a.type_id for a in item.actions))}")
    return "; ".join(parts)


def _class(item: Kind | Mixin | Action) -> str:
    if isinstance(item, Kind):
        return "kind"
    return "mixin" if isinstance(item, Mixin) else "action"


def _related(item: Kind | Mixin) -> Sequence[str]:
    if isinstance(item, Mixin):
        return item.depends
    return (item.parent,) if item.parent else ()


def _definition(attribute: Attribute) -> str:
    flags = [] if attribute.mutable else ["immutable"]
    if attribute.required:
        flags.append("required")
    return attribute.name + (f"{{{' '.join(flags)}}}" if flags else "")
