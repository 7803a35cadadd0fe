"""What a service offers: its kind of cluster, with attributes, actions and frameworks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from disco.attributes import COMPONENT_PREFIX
from disco.client import checks
from disco.client.errors import InvalidAnswer


@dataclass(frozen=True)
class Offer:
    """A mixin that the query interface names.

    Attributes:
        name: its term.
        scheme: the rest of its type identifier.
        title: for people, possibly empty.
        attributes: their descriptions by name.
        details: a component's versions, properties, ports and the like; empty where an
            older service does not list them.
    """

    name: str
    scheme: str
    title: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Kind:
    """The service's kind of cluster, with its actions and mixins.

    Attributes:
        type_id: type identifier of the kind.
        title: for people.
        attributes: names that a create may send, with their descriptions.
        actions: type identifiers of the kind's actions, by their terms.
        mixins: frameworks and other mixins of clusters.
    """

    type_id: str
    title: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    actions: Mapping[str, str] = field(default_factory=dict)
    mixins: tuple[Offer, ...] = ()

    @property
    def frameworks(self) -> tuple[str, ...]:
        """Names of the frameworks."""
        parts = (name.removeprefix(COMPONENT_PREFIX).split(".") for name in self.attributes)
        named = {p[0] for p in parts if len(p) > 1} - {"heat", "icclab", "parameters", "shell"}
        mixed = {m.name for m in self.mixins if "framework" in m.scheme}
        return tuple(sorted(filter(_is_word, named | mixed)))


def read_kind(data: Mapping[str, Any], type_id: str) -> Kind:
    """From the query interface in the JSON of OCCI 1.2.

    Raises:
        ValueError: it has no such kind.
    """
    for raw in data.get("kinds") or ():
        if f"{raw.get('scheme')}{raw.get('term')}" == type_id:
            return Kind(
                type_id,
                checks.text(raw.get("title")),
                _descriptions(raw),
                _actions(raw),
                # users name mixins of their own as they like
                tuple(_offer(m) for m in data.get("mixins") or () if _is_word(m.get("term"))),
            )
    raise ValueError(f"no kind {type_id}")


def _offer(raw: Mapping[str, Any]) -> Offer:
    title = checks.text(raw.get("title"))
    details = raw.get("disco")
    return Offer(
        str(raw["term"]),
        checks.text(raw.get("scheme")),
        title,
        _descriptions(raw),
        details if isinstance(details, dict) else {},
    )


def _descriptions(category: Mapping[str, Any]) -> dict[str, str]:
    attributes = category.get("attributes") or {}
    return {
        checks.text(n): checks.text((a or {}).get("description")) for n, a in attributes.items()
    }


def _is_word(name: object) -> bool:
    try:
        checks.word(name, "name")
    except InvalidAnswer:
        return False
    return True


def _actions(kind: Mapping[str, Any]) -> dict[str, str]:
    found = {str(a).rpartition("#")[2]: str(a) for a in kind.get("actions") or ()}
    return {term: identifier for term, identifier in found.items() if _is_word(term)}
