"""The order in which a cluster's components are installed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from disco.components.models import Component


@dataclass(frozen=True, order=True)
class Step:
    """A node of the resolved graph."""

    component: str
    state: str

    def __str__(self) -> str:
        return f"{self.component}:{self.state}"


@dataclass(frozen=True)
class InstallPlan:
    """The resolved graph, in an order in which every requirement comes first.

    The order is a function of the request alone: ties are broken by name.
    """

    steps: tuple[Step, ...]
    #: step -> the steps it requires directly; the graph a preview shows
    edges: Mapping[Step, tuple[Step, ...]]
    components: Mapping[str, Component]
    #: chosen version by component
    versions: Mapping[str, str]

    @property
    def frameworks(self) -> tuple[str, ...]:
        """Names of the components that are not of the base, in plan order."""
        seen = dict.fromkeys(s.component for s in self.steps)
        return tuple(n for n in seen if not self.components[n].base)
