"""Checks the ``...components.<component>.<property>`` attributes of a request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from disco.attributes import (
    COMPONENT_PREFIX,
    ENVIRONMENT_PREFIX,
    component_attribute,
    has_secret_twin,
    open_twin,
    secret_twin,
)
from disco.components import graph
from disco.components.install_plan import Step
from disco.components.loader import Catalogue
from disco.components.models import Component
from disco.components.value_text import check_text
from disco.components.values import Property, describe_allowed, parse_value
from disco.errors import ComponentError, Fault, InvalidRequest
from disco.suggestions import suggest
from disco.url_passwords import mask_passwords

_SOUNDS_SECRET = re.compile(
    r"(password|passwd|secret|token|(secret|access|private|account|api)[._-]?key)$", re.I
)


@dataclass(frozen=True)
class CheckedProperties:
    """The component attributes of a request, typed and checked.

    Attributes:
        values: typed values by component and property, defaults filled in;
            None for what is optional, was not given and has no default.
            All components of the catalogue are in it; no secrets are.
        secrets: secret values as given, likewise.
        wanted: secrets that were not given and are to be made: their length
            in characters by component and property.
        secret_attributes: names of the attributes that carried a secret.
        unknown: attribute names that no component has, each with the closest
            known name, where there is one.
        faults: everything that is wrong.
    """

    values: Mapping[str, Mapping[str, object]]
    secrets: Mapping[str, Mapping[str, str]] = field(repr=False)
    wanted: Mapping[str, Mapping[str, int]]
    secret_attributes: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()

    def raise_faults(self) -> None:
        """Raise all faults as one InvalidRequest, if there are any."""
        if self.faults:
            raise InvalidRequest.of(self.faults)


def check_properties(
    catalogue: Catalogue, attributes: Mapping[str, str], injected: Mapping[str, str]
) -> CheckedProperties:
    """Type and check all component attributes among ``attributes``; raises nothing.

    Values are checked for every component; a required property is missed only
    in components that the request leads to.
    """
    given, unknown = _sort_attributes(catalogue, attributes)
    faults: list[Fault] = []
    values = {name: _type_values(c, given.get(name, {}), faults) for name, c in catalogue.items()}
    reached = _find_reached(catalogue, injected, values)
    for name in sorted(reached):
        faults.extend(_find_missing(catalogue[name], given.get(name, {})))
    secrets, wanted = _collect_secrets(catalogue, given, reached)
    faults.extend(_find_doubled(secrets, given))
    hidden = {component_attribute(c, p) for c, named in secrets.items() for p in named}
    order = {name: place for place, name in enumerate(attributes)}
    faults.sort(key=lambda f: order.get(f.attribute or "", len(order)))
    return CheckedProperties(
        values, secrets, wanted, tuple(n for n in attributes if n in hidden), unknown, tuple(faults)
    )


_Given = dict[str, dict[str, str]]  # component -> property or family member -> text


def _sort_attributes(
    catalogue: Catalogue, attributes: Mapping[str, str]
) -> tuple[_Given, tuple[str, ...]]:
    known = catalogue.properties()
    given: _Given = {}
    unknown = []
    for name, text in attributes.items():
        if not name.startswith(COMPONENT_PREFIX):
            continue
        component, _, prop = name.removeprefix(COMPONENT_PREFIX).partition(".")
        if component in catalogue and _find_declared(catalogue[component], prop):
            given.setdefault(component, {})[prop] = text
        else:
            meant = suggest(name, known)
            unknown.append(f"{name} (did you mean {meant}?)" if meant else name)
    return given, tuple(unknown)


def _find_declared(component: Component, name: str) -> Property | None:
    """The property that takes ``name``: its own first, then the longest family."""
    own = component.properties.get(name)
    if own is not None and not own.family:
        return own
    families = [
        p
        for p in component.properties.values()
        if p.family and name.startswith(p.name[:-1]) and len(name) >= len(p.name)
    ]
    return max(families, key=lambda p: len(p.name), default=None)


def _type_values(
    component: Component, given: Mapping[str, str], faults: list[Fault]
) -> dict[str, object]:
    values: dict[str, object] = {}
    families: dict[str, dict[str, object]] = {}
    for prop in component.properties.values():
        if prop.type == "secret":
            continue
        if prop.family:
            values[prop.key] = families[prop.name] = {}
        else:
            values[prop.key] = _type_default(prop)
    for name, text in given.items():
        taker = _find_declared(component, name)
        if taker is None or (not text.strip() and (not taker.family or taker.type == "secret")):
            continue  # an empty value is one that was not given
        try:
            check_text(text, taker.type == "secret")
            value = parse_value(taker, text)
        except ValueError as error:
            attribute = component_attribute(component.name, name)
            said = mask_passwords(str(error))
            faults.append(Fault(attribute, said, describe_allowed(taker), "bad-value"))
            continue
        if taker.type == "secret":
            continue
        if taker.family:
            families[taker.name][name[len(taker.name) - 1 :]] = value
        else:
            values[taker.key] = value
    return values


def _type_default(prop: Property) -> object:
    if prop.default is None or prop.default == "":
        return prop.default
    return parse_value(prop, prop.default)


def _find_reached(
    catalogue: Catalogue, injected: Mapping[str, str], values: graph.Values
) -> frozenset[str]:
    """The components that the request leads to; what is unknown is the resolver's to refuse."""
    wanted = {n: s for n, s in injected.items() if n in catalogue}
    steps = [
        Step(n, s if s in catalogue[n].states else catalogue[n].default_state)
        for n, s in wanted.items()
    ]
    try:
        edges = graph.build_graph(catalogue, steps, values)
    except ComponentError:
        return frozenset(wanted)
    return frozenset(step.component for step in edges)


def _find_missing(component: Component, given: Mapping[str, str]) -> Iterator[Fault]:
    for prop in component.properties.values():
        if prop.unless and given.get(prop.unless, "").strip():
            continue
        if prop.required and not given.get(prop.name, "").strip():
            message = "is empty" if prop.name in given else "is required"
            attribute = component_attribute(component.name, prop.name)
            yield Fault(attribute, message, describe_allowed(prop), "missing-attribute")


def _collect_secrets(
    catalogue: Catalogue, given: _Given, reached: frozenset[str]
) -> tuple[dict[str, dict[str, str]], dict[str, dict[str, int]]]:
    secrets: dict[str, dict[str, str]] = {}
    wanted: dict[str, dict[str, int]] = {}
    for name, component in catalogue.items():
        for prop in component.properties.values():
            if prop.type != "secret":
                continue
            if prop.family:
                for member, text in given.get(name, {}).items():
                    if text.strip() and _find_declared(component, member) is prop:
                        secrets.setdefault(name, {})[member] = text
                continue
            text = given.get(name, {}).get(prop.name, "")
            if text.strip():
                secrets.setdefault(name, {})[prop.name] = text
            elif prop.generate is not None and name in reached:
                wanted.setdefault(name, {})[prop.name] = prop.generate
    return secrets, wanted


def list_open_secrets(attributes: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence for each value that everybody is shown, and whose name is a secret's."""
    for name in attributes:
        component, _, prop = name.removeprefix(COMPONENT_PREFIX).partition(".")
        if component == name or not _SOUNDS_SECRET.search(prop):
            continue
        if has_secret_twin(prop):
            twin = component_attribute(component, secret_twin(prop))
            yield f"{name} is shown to all who see the cluster. If it is secret, send it as {twin}"
        elif name.startswith(ENVIRONMENT_PREFIX):
            yield (
                f"{name} is shown to all who see the cluster, and to everybody on its nodes. If it"
                " is secret, have the program read it from a file that you put there"
            )


def _find_doubled(secrets: Mapping[str, Mapping[str, str]], given: _Given) -> Iterator[Fault]:
    """Faults of values that are given as a secret, and openly, too."""
    for component, own in secrets.items():
        for name in own:
            plain = open_twin(name)
            if plain != name and plain in given[component]:
                message = f"is given as {name}, too"
                yield Fault(component_attribute(component, plain), message, "one of the two")
