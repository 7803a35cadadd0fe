"""Which of a component's declared parts one cluster has: their ``when`` conditions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from disco.components.expressions import holds
from disco.components.model import Component, Daemon, Port, Role

#: The name under which a condition finds the names of the plan's frameworks.
FRAMEWORKS = "frameworks"
#: The name under which ``scale_in`` finds how many workers the cluster was created with.
WORKERS = "workers"


def daemons(
    component: Component, role: Role, values: Mapping[str, object], frameworks: Sequence[str]
) -> tuple[Daemon, ...]:
    """The daemons that run on nodes of a role.

    Args:
        component: what declares them.
        role: of the node.
        values: the component's typed properties.
        frameworks: names of what the cluster carries.

    Raises:
        ComponentError: a condition cannot be evaluated.
    """
    plan = component.roles.get(role)
    names = {**values, FRAMEWORKS: tuple(frameworks)}
    return tuple(d for d in (plan.daemons if plan else ()) if not d.when or holds(d.when, names))


def ports(
    component: Component, values: Mapping[str, object], frameworks: Sequence[str]
) -> tuple[Port, ...]:
    """The ports that are listened on; arguments and errors as for ``daemons``."""
    names = {**values, FRAMEWORKS: tuple(frameworks)}
    return tuple(p for p in component.ports if not p.when or holds(p.when, names))
