"""The graph of ``component:state`` pairs that a request spans."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from disco.components.expressions import evaluate_condition
from disco.components.install_plan import Step
from disco.components.models import Component
from disco.errors import ComponentError

#: What a cluster is complete with.
ROOT = Step("heat", "end")
#: What injected components become requirements of, as in the original.
ATTACHMENT = Step("shell", "end")

Edges = dict[Step, tuple[Step, ...]]
Values = Mapping[str, Mapping[str, object]]


def build_graph(
    components: Mapping[str, Component],
    injected: Iterable[Step],
    values: Values,
    root: Step = ROOT,
) -> Edges:
    """Every step that ``root`` needs, with the steps that each requires directly.

    Raises:
        ComponentError: a requirement leads to what ``components`` does not have.
    """
    attached = tuple(sorted(set(injected)))
    edges: Edges = {}
    wished: list[tuple[Step, Step]] = []
    waiting = [root]
    while waiting:
        step = waiting.pop()
        if step in edges:
            continue
        if step.component not in components:
            raise ComponentError(f"unknown component {step.component!r}")
        needed, optional = _list_required(components, step, values.get(step.component, {}))
        wished += [(step, other) for other in optional]
        if step == ATTACHMENT:
            needed.update(attached)
        edges[step] = tuple(sorted(needed))
        waiting.extend(edges[step])
    for step, other in wished:
        if other in edges and other not in edges[step]:
            edges[step] = tuple(sorted([*edges[step], other]))
    return edges


def _list_required(
    components: Mapping[str, Component], step: Step, values: Mapping[str, object]
) -> tuple[set[Step], set[Step]]:
    """What the step needs, and what it only comes after."""
    component = components[step.component]
    if step.state not in component.states:
        raise ComponentError(f"the component {step.component!r} has no state {step.state!r}")
    place = component.states.index(step.state)
    needed = {Step(step.component, component.states[place - 1])} if place else set()
    after: set[Step] = set()
    for requirement in component.requires.get(step.state, ()):
        if requirement.when is None or evaluate_condition(requirement.when, values):
            target = components.get(requirement.component)
            state = requirement.state or (target.default_state if target else "")
            (after if requirement.optional else needed).add(Step(requirement.component, state))
    return needed, after
