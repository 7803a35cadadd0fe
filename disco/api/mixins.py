"""The components as OCCI mixins: what clients learn at ``/-/`` of what clusters are made of.

A mixin has what OCCI has words for: its attributes with their types, the mixins that
it depends on and the kind that it applies to. What OCCI has no words for (versions,
ports, ...) stands in the member ``disco`` of the JSON of OCCI 1.2, which may be added
to; clients pass over members that they do not know (GFD.226).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from disco.attributes import (
    INJECT,
    component_attribute,
)
from disco.components.injection import parse_injection
from disco.components.loader import Catalogue
from disco.components.models import Component, Port
from disco.components.properties import check_properties
from disco.components.resolver import resolve_plan
from disco.components.values import Property
from disco.errors import DiscoError
from disco.occi import Attribute, Message, Mixin

FRAMEWORK_SCHEME = "http://schemas.cloudcomplab.ch/occi/sm/framework#"
COMPONENT_SCHEME = "http://schemas.cloudcomplab.ch/occi/sm/component#"
#: collections of the clusters that have a component
LOCATION = "/component/"
_TYPES = {"int": "number", "bool": "boolean"}


def component_mixins(components: Catalogue, kind: str) -> tuple[Mixin, ...]:
    """A mixin for each component, frameworks first; ``kind`` is what they apply to."""
    ordered = sorted(components.values(), key=lambda c: (c.base, c.name))
    return tuple(_mixin(c, components, kind) for c in ordered)


def with_mixins(message: Message) -> Message:
    """A create in which each framework's mixin stands in ``inject``, as all the rest expects.

    What ``inject`` says of a framework itself (a version, a state) holds.

    Raises:
        InvalidRequest: ``inject`` is not a dictionary.
    """
    named = {c.term: "" for c in message.categories if c.scheme == FRAMEWORK_SCHEME}
    rest = tuple(c for c in message.categories if not is_component(c.scheme))
    if not named:
        return replace(message, categories=rest)
    injected = parse_injection(message.attributes.get(INJECT, ""))
    attributes = {**message.attributes, INJECT: json.dumps({**named, **injected})}
    return replace(message, categories=rest, attributes=attributes)


def is_component(scheme: str) -> bool:
    """Whether a category of this scheme is one of the mixins here."""
    return scheme in (FRAMEWORK_SCHEME, COMPONENT_SCHEME)


def _mixin(component: Component, components: Catalogue, kind: str) -> Mixin:
    brought = _brought(component.name, components)
    return Mixin(
        term=component.name,
        scheme=COMPONENT_SCHEME if component.base else FRAMEWORK_SCHEME,
        title=component.title,
        location=f"{LOCATION}{component.name}/",
        attributes=tuple(
            _attribute(component, p) for p in component.properties.values() if p.advertised
        ),
        depends=tuple(f"{FRAMEWORK_SCHEME}{name}" for name in brought),
        applies=(kind,),
        details={"disco": _details(component, brought)},
    )


def _brought(name: str, components: Catalogue) -> list[str]:
    """The frameworks that come with this one, its properties being their defaults."""
    if components[name].base:
        return []
    injected = {name: ""}
    try:
        plan = resolve_plan(components, injected, check_properties(components, {}, injected).values)
    except DiscoError:
        return []  # it cannot be had without further attributes
    return sorted(n for n in plan.frameworks if n != name)


def _attribute(component: Component, prop: Property) -> Attribute:
    pattern = prop.pattern
    if prop.values:
        pattern = f"^({'|'.join(prop.values)})$"
    return Attribute(
        name=component_attribute(component.name, prop.name),
        type=_TYPES.get(prop.type, "string"),
        required=prop.required,
        default=prop.default,
        description=prop.description,
        pattern=pattern,
    )


def _details(component: Component, brought: list[str]) -> Mapping[str, Any]:
    return {
        "base": component.base,
        "description": " ".join(component.description.split()),
        "versions": list(component.versions),
        "brings": brought,
        "properties": [_property(p) for p in component.properties.values() if p.advertised],
        "ports": [_port(p) for p in component.ports],
        "min_ram_mb": {role: r.min_ram_mb for role, r in component.resources.items()},
        "jobs": [job.model_dump(mode="json") for job in component.jobs],
    }


def _property(prop: Property) -> Mapping[str, Any]:
    return {
        "name": prop.name,
        "title": prop.title,
        "type": prop.type,
        "default": prop.default,
        "required": prop.required,
        "values": list(prop.values),
        "minimum": prop.minimum,
        "maximum": prop.maximum,
        "pattern": prop.pattern,
        "generated": prop.generate is not None,
        "description": prop.description,
    }


def _port(port: Port) -> Mapping[str, Any]:
    return {
        "port": port.port,
        "role": port.role,
        "name": port.name,
        "expose": port.expose,
        "scheme": port.scheme,
        "path": port.path,
        "web": port.is_page,
    }
