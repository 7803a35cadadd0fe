"""Pages for browsers: self-contained, without scripts, every value escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from disco.errors import DiscoError
from disco.occi.model import Action, Kind, Mixin, Resource
from disco.occi.rendered import Rendered
from disco.occi.text import wire_value

CONTENT_TYPE = "text/html; charset=utf-8"

_STYLE = (
    "body{font-family:sans-serif;margin:2em;max-width:70em}"
    "table{border-collapse:collapse}"
    "td,th{border:1px solid #bbb;padding:.3em .6em;text-align:left;vertical-align:top}"
    "td{overflow-wrap:anywhere}"
)


def page(title: str, content: str) -> Rendered:
    """A page around ``content``, which is HTML already."""
    body = (
        '<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8">'
        f"<title>{_text(title)}</title><style>{_STYLE}</style></head>\n"
        f'<body>\n<p><a href="/-/">categories</a> <a href="/">resources</a></p>\n'
        f"<h1>{_text(title)}</h1>\n{content}\n</body>\n</html>\n"
    )
    return Rendered(CONTENT_TYPE, {}, body)


def categories(items: Iterable[Kind | Mixin | Action]) -> Rendered:
    """The query interface: one section for each category."""
    return page("Categories", "\n".join(_category(item) for item in items))


def resource(item: Resource) -> Rendered:
    """One resource as a table of its attributes."""
    kinds = ", ".join(_text(c.type_id) for c in (item.kind, *item.mixins))
    content = f"<p>{kinds}</p>\n{_table(item.all_attributes().items())}"
    if item.actions:
        content += f"\n<p>Actions: {', '.join(_text(a.type_id) for a in item.actions)}</p>"
    return page(item.title or item.path, content)


def collection(paths: Iterable[str], path: str) -> Rendered:
    """A list of links to the resources at these paths."""
    entries = "\n".join(f'<li><a href="{_text(to)}">{_text(to)}</a></li>' for to in paths)
    return page(path, f"<ul>\n{entries}\n</ul>" if entries else "<p>There is nothing here.</p>")


def error(problem: DiscoError, lines: Iterable[str]) -> Rendered:
    """An error: a line for each fault."""
    entries = "\n".join(f"<li>{_text(line)}</li>" for line in lines)
    return page(f"{problem.status}: {problem.code}", f"<ul>\n{entries}\n</ul>")


def _category(item: Kind | Mixin | Action) -> str:
    parts = [f"<h2>{_text(item.title or item.term)}</h2>", f"<p>{_text(item.type_id)}</p>"]
    if not isinstance(item, Action):
        location = _text(item.location)
        parts.append(f'<p>Location: <a href="{location}">{location}</a></p>')
    if item.attributes:
        parts.append(_table((a.name, a.description) for a in item.attributes))
    return "\n".join(parts)


def _table(rows: Iterable[tuple[str, str]]) -> str:
    lines = "\n".join(f"<tr><th>{_text(n)}</th><td>{_text(v)}</td></tr>" for n, v in rows)
    return f"<table>\n{lines}\n</table>"


def _text(value: str) -> str:
    return escape(wire_value(value), quote=True)
