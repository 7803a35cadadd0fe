"""occi-py: a client and server library of 2011."""

from __future__ import annotations

from typing import Any

from answers import print_read
from occi.core import Kind, Mixin
from occi.http.header import HttpLinkHeaders
from occi.http.parser import get_parser


def read(what: str, media_type: str, headers: list[tuple[str, str]], body: str) -> dict[str, Any]:
    parser = get_parser(media_type)
    parser.parse(headers=headers if media_type == "text/occi" else [], body=body)
    first = parser.objects[0] if parser.objects else None
    if what == "list":
        return {"locations": [item.location for item in parser.objects]}
    if what == "model":
        return {"categories": [category(item) for item in first.categories]}
    return {
        "kind": str(first.categories[0]),
        "attributes": dict(first.attributes),
        "actions": actions(media_type, headers, body),
    }


def category(item: Any) -> dict[str, Any]:
    cls = {Kind: "kind", Mixin: "mixin"}.get(type(item), "action")
    return {
        "class": cls,
        "id": str(item),
        "title": item.title,
        "rel": str(item.related) if cls != "action" and item.related else None,
        "attributes": [a.partition("{")[0] for a in item.attributes or ()],
    }


def actions(media_type: str, headers: list[tuple[str, str]], body: str) -> list[str]:
    """Its parser leaves links out; its reader of links does not."""
    if media_type == "text/plain":
        headers = [tuple(line.split(": ", 1)) for line in body.split("\n") if ": " in line]
    links = HttpLinkHeaders()
    found = []
    for name, value in headers:
        if name == "Link":
            links.parse(value)
            found += [dict(parameters)["rel"].strip() for _, parameters in links.all()]
    return found


print_read(read)
