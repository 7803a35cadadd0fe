"""Which workers may leave a cluster: what its components declare under ``scale_in``."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from disco.components.expressions import FRAMEWORKS, WORKERS, evaluate_number
from disco.components.install_plan import InstallPlan
from disco.components.models import Component


def list_scale_in_components(plan: InstallPlan) -> list[Component]:
    """Return the plan's components that declare ``scale_in``, in plan order."""
    names = dict.fromkeys(step.component for step in plan.steps)
    return [plan.components[name] for name in names if plan.components[name].scale_in]


def list_shortages(
    plan: InstallPlan, values: Mapping[str, Mapping[str, object]], workers: int
) -> Iterator[str]:
    """Yield which of the plan's components ask for more workers than there will be, and why.

    Args:
        plan: what the cluster will carry.
        values: typed properties by component.
        workers: how many there will be.

    Raises:
        ComponentError: a declaration cannot be evaluated.
    """
    for component in list_scale_in_components(plan):
        rule = component.scale_in
        if rule is None or rule.least is None:
            continue
        least = evaluate_number(rule.least, _names(plan, component, values, workers))
        if workers < least:
            yield f"{component.title}: {rule.reason}: {least} are needed, and there are {workers}"


def _names(
    plan: InstallPlan,
    component: Component,
    values: Mapping[str, Mapping[str, object]],
    created: int,
) -> dict[str, object]:
    """What a component's declarations can speak of."""
    own = values.get(component.name, {})
    return {**own, FRAMEWORKS: tuple(plan.frameworks), WORKERS: created}


def list_objections(
    plan: InstallPlan,
    values: Mapping[str, Mapping[str, object]],
    created: int,
    leaving: Collection[int],
    left: int,
) -> Iterator[tuple[str, str | None]]:
    """Yield why these workers may not leave, and what would be allowed.

    Args:
        plan: what the cluster carries.
        values: typed properties by component.
        created: how many workers the cluster was created with.
        leaving: their numbers.
        left: how many workers stay.

    Raises:
        ComponentError: a declaration cannot be evaluated.
    """
    for component in list_scale_in_components(plan):
        rule = component.scale_in
        assert rule is not None
        names = _names(plan, component, values, created)
        if rule.refuse is not None:
            yield f"{component.title}: {rule.refuse}", "no fewer workers than there are"
            continue
        if rule.keep is not None:
            keep = evaluate_number(rule.keep, names)
            kept = sorted(n for n in leaving if n <= keep)
            if kept:
                which = ", ".join(map(str, kept))
                yield (
                    f"{component.title}: {rule.reason} (worker {which})",
                    f"workers with a number above {keep}",
                )
        if rule.least is not None:
            least = evaluate_number(rule.least, names)
            if left < least:
                yield f"{component.title}: {rule.reason}", f"{least} workers or more"
