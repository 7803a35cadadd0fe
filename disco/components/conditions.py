"""Which of a component's declared parts one cluster has: their ``when`` conditions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from disco.components.expressions import FRAMEWORKS, evaluate_condition
from disco.components.models import Component, Daemon, Port, Role


def select_daemons(
    component: Component, role: Role, values: Mapping[str, object], frameworks: Sequence[str]
) -> tuple[Daemon, ...]:
    """Return the daemons that run on nodes of a role.

    Args:
        component: what declares them.
        role: of the node.
        values: the component's typed properties.
        frameworks: names of what the cluster carries.

    Raises:
        ComponentError: a condition cannot be evaluated.
    """
    names = {**values, FRAMEWORKS: tuple(frameworks)}
    daemons = component.roles[role].daemons if role in component.roles else ()
    return tuple(d for d in daemons if d.when is None or evaluate_condition(d.when, names))


def select_ports(
    component: Component, values: Mapping[str, object], frameworks: Sequence[str]
) -> tuple[Port, ...]:
    """Return the ports that are listened on; arguments and errors as for ``select_daemons``."""
    names = {**values, FRAMEWORKS: tuple(frameworks)}
    return tuple(p for p in component.ports if p.when is None or evaluate_condition(p.when, names))
