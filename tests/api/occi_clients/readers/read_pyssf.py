"""pyssf: the parsers of the original's framework."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from answers import print_read
from occi.core_model import Action, Kind, Resource
from occi.protocol import occi_parser, occi_rendering
from occi.protocol.occi_rendering import TextOcciRendering, TextPlainRendering

RENDERINGS = {"text/occi": TextOcciRendering, "text/plain": TextPlainRendering}
DISCO = Kind("http://schemas.cloudcomplab.ch/occi/sm#", "disco", related=[Resource.kind])


class Registry:
    """What its parsers ask of a registry."""

    def __init__(self) -> None:
        self.categories = [Resource.kind, DISCO]

    def get_categories(self, _: object) -> list[Any]:
        return self.categories

    def get_extras(self, _: object) -> None:
        return None

    def get_hostname(self) -> str:
        return ""


def read(what: str, media_type: str, headers: list[tuple[str, str]], body: str) -> dict[str, Any]:
    registry = Registry()
    data = RENDERINGS[media_type](registry).get_data(dict(headers), body)
    if what == "list":
        return {"locations": [location.strip() for location in data.locations]}
    if what == "model":
        return {"categories": list(categories(data.categories, registry))}
    # it writes links of actions, and has no reader for them
    links, data.links = data.links, []
    entity = occi_rendering._to_entity(data, None, registry, None)
    return {
        "kind": str(entity.kind),
        "attributes": entity.attributes,
        "actions": [occi_parser.find_in_string(link.strip() + ";", "rel") for link in links],
    }


def categories(texts: list[str], registry: Registry) -> Iterator[dict[str, Any]]:
    """Those after whose relatives come later a second time."""
    later = []
    for text in texts:
        try:
            yield category(text, registry)
        except AttributeError as error:
            if "Related" not in str(error) or len(texts) == len(later) + 1:
                raise
            later.append(text)
    if later:
        yield from categories(later, registry)


def category(text: str, registry: Registry) -> dict[str, Any]:
    """A category by its functions; only mixins have one for the whole."""
    cls = find(text, "class")
    rel = find(text, "rel")
    if cls == "mixin":
        read: Any = occi_parser.get_category(text, registry, None, is_mixin=True)
        rel = str(read.related[0]) if read.related else None
    else:
        term = text[: text.find(";")].strip()
        scheme = occi_parser.find_in_string(text, "scheme")
        read = Action(scheme, term) if cls == "action" else Kind(scheme, term)
    registry.categories.append(read)
    names = [name.partition("{")[0] for name in (find(text, "attributes") or "").split()]
    title = find(text, "title")
    return {"class": cls, "id": str(read), "title": title, "rel": rel, "attributes": names}


def find(text: str, name: str) -> str | None:
    try:
        found: str = occi_parser.find_in_string(f"{text.strip()};", f" {name}")
    except AttributeError:
        return None
    return found


print_read(read)
