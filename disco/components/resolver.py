"""Expands the injected dictionary into an ordered install plan."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

from disco.attributes import (
    INJECT,
    component_attribute,
)
from disco.components import graph
from disco.components.install_plan import InstallPlan, Step
from disco.components.loader import Catalogue
from disco.components.models import Component
from disco.errors import Fault, InvalidRequest
from disco.suggestions import suggest


def resolve_plan(
    catalogue: Catalogue,
    injected: Mapping[str, str],
    properties: Mapping[str, Mapping[str, object]],
) -> InstallPlan:
    """Return the plan of a cluster that carries ``injected``.

    Args:
        catalogue: all components.
        injected: names with '', a state or a version, of ``parse_injection``.
        properties: typed values, ``CheckedProperties.values``; conditions of
            requirements look at them.

    Raises:
        InvalidRequest: an unknown component, state or version, or a cycle,
            whose path is shown.
    """
    faults: list[Fault] = []
    versions = _default_versions(catalogue, properties)
    wanted: list[Step] = []
    for name, value in injected.items():
        component = catalogue.get(name)
        if component is None:
            faults.append(_describe_unknown_component(catalogue, name))
            continue
        if not value or value in component.states:
            wanted.append(Step(name, value or component.default_state))
        elif value in component.versions:
            wanted.append(Step(name, component.default_state))
            faults.extend(_choose_version(versions, properties, name, value))
        else:
            faults.append(_describe_unknown_value(component, value))
    if faults:
        raise InvalidRequest.of(faults)
    edges = graph.build_graph(catalogue, wanted, properties)
    steps = _order_steps(edges)
    components = {s.component: catalogue[s.component] for s in sorted(edges)}
    return InstallPlan(
        steps=steps,
        edges=dict(sorted(edges.items())),
        components=components,
        versions={name: versions[name] for name in components if name in versions},
    )


def _default_versions(
    catalogue: Catalogue, properties: Mapping[str, Mapping[str, object]]
) -> dict[str, str]:
    """The version that each component has unless the injection names another."""
    return {
        name: str(properties.get(name, {}).get("version") or component.versions[0])
        for name, component in catalogue.items()
        if component.versions
    }


def _choose_version(
    versions: dict[str, str],
    properties: Mapping[str, Mapping[str, object]],
    name: str,
    version: str,
) -> list[Fault]:
    given = properties.get(name, {}).get("version")
    versions[name] = version
    if given is None or given == version:
        return []
    attribute = component_attribute(name, "version")
    message = f"{name} is requested in version {version!r}, but {attribute} is {given!r}"
    return [Fault(INJECT, message, "one of the two", "version-conflict")]


def _describe_unknown_component(catalogue: Catalogue, name: str) -> Fault:
    shown = name if len(name) <= 60 else f"{name[:57]}..."
    meant = suggest(name, catalogue)
    message = f"unknown component {shown!r}"
    if meant:
        message += f"; did you mean {meant!r}?"
    return Fault(INJECT, message, ", ".join(catalogue.frameworks), "unknown-component")


def _describe_unknown_value(component: Component, value: str) -> Fault:
    shown = value if len(value) <= 60 else f"{value[:57]}..."
    message = f"{component.name} has no state or version {shown!r}"
    choices = [f"state {s}" for s in component.states]
    choices += [f"version {v}" for v in component.versions]
    return Fault(INJECT, message, ", ".join(["empty", *choices]), "unknown-state-or-version")


def _order_steps(edges: graph.Edges) -> tuple[Step, ...]:
    """Every requirement first, ties broken by name."""
    sorter: TopologicalSorter[Step] = TopologicalSorter(edges)
    try:
        sorter.prepare()
    except CycleError as error:
        raise InvalidRequest.of([_describe_cycle(error.args[1])]) from None
    order: list[Step] = []
    ready: list[Step] = []
    while sorter.is_active():
        for step in sorter.get_ready():
            heapq.heappush(ready, step)
        step = heapq.heappop(ready)
        order.append(step)
        sorter.done(step)
    return tuple(order)


def _describe_cycle(cycle: list[Step]) -> Fault:
    """A fault that shows the cycle as "needs" arrows, begun at its first step by name."""
    ring = list(reversed(cycle))[:-1]  # graphlib lists predecessors first
    start = ring.index(min(ring))
    path = [*ring[start:], *ring[:start], ring[start]]
    shown = " -> ".join(str(step) for step in path)
    return Fault(
        INJECT,
        f"the components require each other in a circle: {shown}",
        "components that do not require each other",
        "dependency-cycle",
    )
