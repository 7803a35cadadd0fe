"""Changing the number of workers of a cluster: checks, and one update of its stack.

Nothing is kept between two requests: the present workers, their health and the last change
are read from the stack. So a change that failed is repeated by the same request, or by one
for another number.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from disco.attributes import (
    CREATED_WORKERS,
    GROUP_WORKERS,
    GROUPS,
    LEFT_WORKERS,
    REMOVE,
    SLAVE_COUNT,
    WORKERS,
)
from disco.clusters import capacity
from disco.clusters.ahead import ActionAhead, skips_quotas
from disco.clusters.plan import Planner
from disco.clusters.worker_set import (
    Change,
    change,
    check_complete,
    is_ours,
    present,
)
from disco.components.install_plan import InstallPlan
from disco.components.properties import CheckedProperties
from disco.components.scale_in import list_objections, list_scale_in_components
from disco.components.worker_groups import read_count_changes, replace_counts
from disco.errors import Conflict, Fault, InvalidRequest
from disco.heat.stacks import STACK_MARGIN_MINUTES, Stack
from disco.heat.template import resize
from disco.heat.template.stack import MAX_WAIT, WAIT_MARGIN
from disco.heat.updates import StackUpdate
from disco.openstack.session import Login
from disco.worker_numbers import PLAIN, write_groups, write_ranges


class ScaleRequest:
    """One request for another number of workers."""

    def __init__(
        self,
        login: Login,
        stack: Stack,
        planner: Planner,
        attributes: Mapping[str, str],
        ahead: ActionAhead,
        update: StackUpdate | None = None,
    ) -> None:
        """``attributes`` are those of the request; ``stack`` is the cluster's.

        ``ahead`` may have begun to ask, and ``update`` may have read the stack.
        """
        self._stack = stack
        self._planner = planner
        self._asked = attributes
        self._cloud = ahead.cloud
        self._update = update or StackUpdate(login, stack, ahead.reads)

    def run(self) -> None:
        """Check everything, and hand the change to Heat.

        Raises:
            InvalidRequest: with every fault; nothing was written.
            Conflict: not in the cluster's present state.
        """
        checked, plan, counts = self._check()
        template = self._update.template()
        resources = self._update.resources()
        if not is_ours(template) or plan is None:
            raise Conflict(
                "This cluster cannot be scaled: it was created by an older DISCO, or with"
                " frameworks that this service does not have any more.",
                hint="Create a new cluster with as many workers as you need.",
                code="not-scalable",
            )
        check_complete(template, resources)
        workers = present(self._stack, self._update, template, resources)
        asked = change(template, workers, counts, self._asked.get(REMOVE, ""))
        script = self._update.files().get("worker.sh", "")
        faults = [*self._objections(template, checked, plan, asked, script)]
        made = self._made(template, checked, plan, asked)
        faults += self._room(template, checked, made, asked, script)
        if faults:
            raise InvalidRequest.of(faults)
        same = asked.wanted == resize.workers(template)
        if self._stack.status.is_complete and same:
            return
        self._send(made, checked, plan, asked)

    # -- what is asked for ------------------------------------------------

    def _check(self) -> tuple[CheckedProperties, InstallPlan | None, dict[str, int]]:
        """The cluster's properties with the numbers asked for, and these by group."""
        merged = {**self._stack.attributes}
        number = self._asked.get(SLAVE_COUNT)
        if number is not None:
            merged[SLAVE_COUNT] = number
        elif not self._asked.get(REMOVE) and GROUPS not in self._asked:
            fault = Fault(SLAVE_COUNT, "missing", "the number of workers", "missing-attribute")
            raise InvalidRequest.of([fault])
        request = self._planner.validate(merged)
        checked, plan, faults = request.checked, request.install, request.faults
        mine = [f for f in faults if f.attribute == SLAVE_COUNT]
        counts: dict[str, int] = {}
        if GROUPS in self._asked:
            try:
                counts = read_count_changes(self._asked[GROUPS], merged.get(GROUPS, ""))
            except InvalidRequest as error:
                mine += error.faults
        if mine:
            raise InvalidRequest.of(mine)
        wanted = checked.values["heat"].get("slavecount")
        if faults or not isinstance(wanted, int):
            plan = None
        elif number is not None:
            counts[PLAIN] = wanted
        return checked, plan, counts

    # -- what speaks against it -------------------------------------------

    def _objections(
        self,
        template: resize.Template,
        checked: CheckedProperties,
        plan: InstallPlan,
        asked: Change,
        script: str,
    ) -> Iterator[Fault]:
        """Faults of what the frameworks do not allow."""
        if not asked.leaving:
            return
        # what they decided when the cluster was created holds
        created = capacity.created_with(script) or len(resize.workers(template))
        for message, allowed in list_objections(
            plan, checked.values, created, asked.leaving, len(asked.wanted)
        ):
            yield Fault(asked.attribute, message, allowed, "workers-needed")
        needy = [c.title for c in list_scale_in_components(plan) if c.scale_in and c.scale_in.data]
        if needy and not resize.waits(template):
            yield Fault(
                asked.attribute,
                f"{', '.join(needy)}: workers must be emptied before they are removed, and this"
                " cluster's nodes cannot report that",
                "a cluster that was created with waitcondition=true",
                "no-wait-condition",
            )

    def _room(
        self,
        template: resize.Template,
        checked: CheckedProperties,
        made: resize.Template,
        asked: Change,
        script: str,
    ) -> Iterator[Fault]:
        """Faults of capacity: of addresses, quotas and flavors, for the new workers."""
        if not asked.fresh:
            return
        yield from capacity.limits(
            made, asked.fresh, capacity.known_addresses(script), asked.attribute
        )
        growing = set(asked.fresh.values())
        yield from capacity.in_the_cloud(
            self._cloud,
            template,
            made,
            asked.fresh,
            sum(number for group, number in asked.counts().items() if group in growing),
            not (skips_quotas(self._asked) or checked.values["heat"].get("skipquota")),
            self._update.resources_now,
        )

    # -- the change -------------------------------------------------------

    def _made(
        self,
        template: resize.Template,
        checked: CheckedProperties,
        plan: InstallPlan,
        asked: Change,
    ) -> resize.Template:
        wait = min(_seconds(checked) + WAIT_MARGIN, MAX_WAIT)
        drain = min(_drain_seconds(plan) + WAIT_MARGIN, MAX_WAIT)
        drained = asked.leaving if _drain_seconds(plan) else ()
        return resize.with_workers(
            template, asked.wanted, asked.fresh, drained, wait, drain, asked.wanted
        )

    def _send(
        self, made: resize.Template, checked: CheckedProperties, plan: InstallPlan, asked: Change
    ) -> None:
        before = self._stack.attributes
        plain = [n for n, group in asked.wanted.items() if group == PLAIN]
        attributes = dict(before)
        attributes[SLAVE_COUNT] = str(len(plain))
        attributes.setdefault(CREATED_WORKERS, before.get(SLAVE_COUNT, ""))
        attributes[WORKERS] = write_ranges(plain)
        attributes[GROUP_WORKERS] = write_groups(asked.wanted)
        attributes[LEFT_WORKERS] = write_groups(asked.leaving)
        if before.get(GROUPS):
            attributes[GROUPS] = replace_counts(before[GROUPS], asked.counts())
        for note in (GROUP_WORKERS, LEFT_WORKERS):
            if not attributes[note]:
                del attributes[note]
        seconds = _seconds(checked) + (_drain_seconds(plan) if asked.leaving else 0)
        tags = with_count(self._stack.tags, len(plain))
        self._update.send(made, attributes, tags, seconds // 60 + STACK_MARGIN_MINUTES)


def _seconds(checked: CheckedProperties) -> int:
    """A node's deadline."""
    return int(str(checked.values["heat"]["timeout"])) * 60


def _drain_seconds(plan: InstallPlan) -> int:
    """Seconds that emptying workers may take; 0 where no framework empties them."""
    rules = [component.scale_in for component in list_scale_in_components(plan)]
    return sum(rule.timeout for rule in rules if rule and rule.script)


def with_count(tags: Sequence[str], workers: int) -> list[str]:
    """The tags of a stack that has another number of workers now."""
    prefix = "disco-workers="
    return [f"{prefix}{workers}" if tag.startswith(prefix) else tag for tag in tags]


def of_workers(names: Collection[str]) -> bool:
    """Whether attributes of a request ask for other workers."""
    return bool({SLAVE_COUNT, GROUPS, REMOVE} & set(names))
