"""The present workers of a cluster and those requested: from a request to a change.

A pool is the plain workers, or one of the groups; each is scaled by itself. A request
changes only the pools that it names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from disco.attributes import GROUPS, LEFT_WORKERS, REMOVE, SLAVE_COUNT
from disco.errors import Conflict, Fault, InvalidRequest
from disco.heat.stack_resources import StackResource
from disco.heat.stacks import Stack
from disco.heat.template import resize
from disco.heat.updates import StackUpdate
from disco.worker_numbers import MOST, PLAIN, read_groups, server_number, server_resource


@dataclass(frozen=True)
class Workers:
    """The workers of a cluster: group by number, of those that work and of the others."""

    healthy: Mapping[int, str]
    broken: Mapping[int, str]


@dataclass(frozen=True)
class Change:
    """The workers after a change, the new ones among them, and those to remove: group by number."""

    wanted: Mapping[int, str]
    fresh: Mapping[int, str]
    leaving: Mapping[int, str]

    @property
    def attribute(self) -> str:
        """The attribute to name in faults: that of groups where only groups change."""
        pools = {*self.fresh.values(), *self.leaving.values()}
        return SLAVE_COUNT if PLAIN in pools or not pools else GROUPS

    def counts(self) -> dict[str, int]:
        """The number of workers of each pool after the change."""
        return dict(Counter(self.wanted.values()))


def present(
    stack: Stack,
    update: StackUpdate,
    template: resize.Template,
    resources: Mapping[str, StackResource],
) -> Workers:
    """The present workers; a new one counts as working once it has signalled."""
    silent: set[int] = set()
    last = resize.joining(template)
    if last is not None and not _is_complete(resources, last[0]):
        handle, numbers = last
        signals = update.signals(handle)
        model = resize.Model.of(template)
        silent = {n for n in numbers if signals.get(model.name_of(n)) != "SUCCESS"}
    # workers that a failed change was to remove have left the template
    groups = read_groups(stack.attributes.get(LEFT_WORKERS, ""))
    groups |= resize.workers(template)
    healthy: dict[int, str] = {}
    broken: dict[int, str] = {}
    for name, resource in resources.items():
        number = server_number(name)
        if number is None or (not resource.physical_id and resource.status.is_untouched):
            continue
        works = resource.physical_id and not resource.status.is_failed and number not in silent
        (healthy if works else broken)[number] = groups.get(number, PLAIN)
    return Workers(dict(sorted(healthy.items())), dict(sorted(broken.items())))


def change(
    template: resize.Template, workers: Workers, counts: Mapping[str, int], remove: str
) -> Change:
    """The workers after the change: the lowest numbers, without those named for removal.

    Args:
        template: the present one.
        workers: the present ones.
        counts: the number of workers of each pool that the request names.
        remove: the workers to remove, by host names or numbers.

    Raises:
        InvalidRequest: with every fault.
    """
    named = _named(template, workers, remove)
    faults: list[Fault] = []
    wanted: dict[int, str] = {}
    fresh: dict[int, str] = {}
    taken = {*workers.healthy, *workers.broken, *resize.workers(template)}
    free = (n for n in range(1, 2 * MOST) if n not in taken)
    for group in sorted({PLAIN, *resize.workers(template).values()}):
        mine = [n for n, its in workers.healthy.items() if its == group]
        have = [n for n in mine if n not in named]
        number = counts.get(group, len(have))
        if len(have) < len(mine):
            faults += _contradictions(group, len(mine), len(have), number)
        elif not have and group not in counts:
            number = 1  # none works, and none was named for removal
        kept = have[:number]
        new = [next(free) for _ in range(number - len(kept))]
        wanted |= dict.fromkeys([*kept, *new], group)
        fresh |= dict.fromkeys(new, group)
    if faults:
        raise InvalidRequest.of(faults)
    leaving = {n: g for n, g in workers.healthy.items() if n not in wanted}
    return Change(dict(sorted(wanted.items())), dict(sorted(fresh.items())), leaving)


def _contradictions(group: str, before: int, left: int, number: int) -> Iterator[Fault]:
    """Faults of a request that names workers of a pool for removal."""
    which = f' of the group "{group}"' if group else ""
    if number != left:
        yield Fault(
            REMOVE,
            f"removing {before - left} of {before} workers{which} leaves {left}, but {number} are"
            " requested",
            f"{GROUPS if group else SLAVE_COUNT} of {left}, or without a number",
            "contradiction",
        )
    elif left < 1:
        yield Fault(REMOVE, f"all workers{which} would be removed", "fewer of them")


def _named(template: resize.Template, workers: Workers, text: str) -> set[int]:
    """The workers that the request names, by host name or number."""
    model = resize.Model.of(template)
    known = {model.name_of(n): n for n in workers.healthy}
    numbers = {str(n): n for n in workers.healthy}
    words = [word for word in text.replace(",", " ").split() if word]
    unknown = [w for w in words if w not in known and w not in numbers]
    if unknown:
        message = f"unknown worker: {', '.join(unknown)}"
        fault = Fault(REMOVE, message, ", ".join(known), "unknown-worker")
        raise InvalidRequest.of([fault])
    return {known.get(w, numbers.get(w, 0)) for w in words}


def _is_complete(resources: Mapping[str, StackResource], handle: str) -> bool:
    """Whether the wait condition of this handle of new workers is satisfied."""
    condition = resources.get(f"{resize.JOINED}{handle.removeprefix(resize.JOIN_SIGNAL)}")
    return condition is not None and condition.status.is_complete


# -- whether a cluster can be given other workers at all ----------------------


def check_complete(template: resize.Template, resources: Mapping[str, StackResource]) -> None:
    """Refuse to change a cluster that never worked.

    Raises:
        Conflict: with the advice to retry it.
    """
    ready = resources.get(resize.READY)
    if resize.waits(template) and (ready is None or not ready.status.is_complete):
        # an update that failed before it got so far has left the condition as it was
        raise Conflict(
            "The cluster was never complete; it cannot be scaled.",
            hint="Retry the create (action retry), or delete the cluster.",
        )


def is_ours(template: resize.Template) -> bool:
    """Whether workers can be copied in this template."""
    try:
        model = resize.Model.of(template)
        server = template["resources"][server_resource(model.number)]["properties"]
        return "@@JOINS@@" in server["user_data"]["str_replace"]["params"]
    except (LookupError, TypeError, ValueError):
        return False
