"""pOCCI: the client with which ETSI's conformance tests of OCCI are run."""

from __future__ import annotations

from typing import Any

from answers import print_read
from render import create_renderer


def read(what: str, media_type: str, headers: list[tuple[str, str]], body: str) -> dict[str, Any]:
    renderer = create_renderer(media_type)
    lines, head = body.splitlines(), [f"{name}: {value}" for name, value in headers]
    if what == "list":
        return {"locations": renderer.parse_locations(lines, head)}
    if what == "model":
        return {"categories": [category(c) for c in renderer.parse_categories(lines, head)]}
    categories, links, attributes = renderer.parse_resource(lines, head)
    return {
        "kind": categories[0]["scheme"] + categories[0]["term"],
        "attributes": {a["name"]: a["value"] for a in attributes},
        "actions": [link["rel"][0] for link in links or []],
    }


def category(item: dict[str, Any]) -> dict[str, Any]:
    return {
        "class": item["class"],
        "id": item["scheme"] + item["term"],
        "title": item.get("title"),
        "rel": item.get("rel"),
        "attributes": [a["name"] for a in item.get("attributes", ())],
    }


print_read(read)
