"""Another number of workers for a cluster that exists: what is checked, and one update.

Nothing is kept between two requests: who is there, who works and what the last change
was comes from the stack. So a change that failed is repeated by asking again, with the
same number or with another.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from disco.attributes import CREATED_WORKERS, REMOVE, SLAVE_COUNT, WORKERS
from disco.components.leaving import declaring, objections
from disco.components.model import InstallPlan
from disco.components.properties import CheckedProperties
from disco.drafts import HEAT, Drafts
from disco.errors import Conflict, Fault, InvalidRequest
from disco.heat import growth, room
from disco.heat.catalogue import CloudCatalogue
from disco.heat.render import MAX_WAIT, WAIT_MARGIN
from disco.heat.session import Login
from disco.heat.stacks import Stack
from disco.heat.updates import Part, StackUpdate

#: Heat's own deadline for the stack comes after those of its wait conditions
STACK_MARGIN_MINUTES = 15


@dataclass(frozen=True)
class Workers:
    """The workers of a cluster by number: those that work, and the others that are there."""

    healthy: tuple[int, ...]
    broken: tuple[int, ...]


@dataclass(frozen=True)
class Change:
    """Who is to be there, who of them is new, and who leaves."""

    wanted: tuple[int, ...]
    fresh: tuple[int, ...]
    leaving: tuple[int, ...]


class Scaling:
    """One request for another number of workers."""

    def __init__(
        self, login: Login, stack: Stack, drafts: Drafts, attributes: Mapping[str, str]
    ) -> None:
        """``attributes`` are those of the request; ``stack`` is the cluster's."""
        self._login = login
        self._stack = stack
        self._drafts = drafts
        self._asked = attributes
        self._update = StackUpdate(login, stack)

    def run(self) -> None:
        """Check everything, and hand the change to Heat.

        Raises:
            InvalidRequest: with every fault; nothing was written.
            Conflict: not in the cluster's present state.
        """
        check_state(self._stack)
        checked, plan, number = self._check()
        template = self._update.template()
        parts = self._update.parts()
        if not is_ours(template) or plan is None:
            raise Conflict(
                "This cluster cannot be scaled: it was made by an older DISCO, or from"
                " frameworks that are no longer here.",
                hint="Create a new cluster with as many workers as you need.",
                code="not-scalable",
            )
        check_complete(template, parts)
        workers = self._workers(template, parts)
        change = self._change(template, workers, number)
        faults = [*self._objections(template, checked, plan, workers, change)]
        made = self._made(template, checked, plan, change)
        faults += self._room(template, checked, made, change)
        if faults:
            raise InvalidRequest.of(faults)
        if self._stack.status.endswith("_COMPLETE") and change.wanted == growth.workers(template):
            return
        self._send(made, checked, plan, change)

    # -- what is asked for ------------------------------------------------

    def _check(self) -> tuple[CheckedProperties, InstallPlan | None, int | None]:
        """The cluster's properties with the number asked for; None if only names were given."""
        merged = {**self._stack.attributes}
        number = self._asked.get(SLAVE_COUNT)
        if number is not None:
            merged[SLAVE_COUNT] = number
        elif not self._asked.get(REMOVE):
            fault = Fault(SLAVE_COUNT, "missing", "the number of workers", "missing-attribute")
            raise InvalidRequest.of([fault])
        checked, plan, faults = self._drafts.check(merged)
        mine = [f for f in faults if f.attribute == SLAVE_COUNT]
        if mine:
            raise InvalidRequest.of(mine)
        wanted = checked.values["heat"].get("slavecount")
        if faults or not isinstance(wanted, int):
            plan = None
        return checked, plan, wanted if number is not None and isinstance(wanted, int) else None

    def _workers(self, template: growth.Template, parts: Mapping[str, Part]) -> Workers:
        """Who is there; a new worker works when it has said so."""
        silent: set[int] = set()
        last = growth.joining(template)
        if last is not None and not _is_complete(parts, last[0]):
            handle, numbers = last
            said = self._update.signals(handle)
            model = growth.Model.of(template)
            silent = {n for n in numbers if said.get(model.name_of(n)) != "SUCCESS"}
        others = growth.of_groups(template)
        healthy: list[int] = []
        broken: list[int] = []
        for name, part in parts.items():
            number = growth.worker_number(name)
            if number is None or number in others:
                continue
            if not part.id and part.status.startswith("INIT"):
                continue
            works = part.id and not part.status.endswith("_FAILED") and number not in silent
            (healthy if works else broken).append(number)
        return Workers(tuple(sorted(healthy)), tuple(sorted(broken)))

    def _change(self, template: growth.Template, workers: Workers, number: int | None) -> Change:
        """Which workers there will be: the lowest numbers, but for those named to leave."""
        named = self._named(template, workers)
        have = [n for n in workers.healthy if n not in named]
        if number is None:
            number = len(have)
        if named and number != len(have):
            fault = Fault(
                REMOVE,
                f"{len(named)} of {len(workers.healthy)} workers are to leave,"
                f" and {number} are to be there",
                f"{SLAVE_COUNT} of {len(have)}, or none",
                "contradiction",
            )
            raise InvalidRequest.of([fault])
        if number < 1:
            fault = Fault(REMOVE, "no worker would be left", "fewer of them")
            raise InvalidRequest.of([fault])
        kept = have[:number]
        taken = {*workers.healthy, *workers.broken, *growth.of_groups(template)}
        free = (n for n in range(1, len(taken) + number + 1) if n not in taken)
        fresh = [next(free) for _ in range(number - len(kept))]
        leaving = [n for n in workers.healthy if n not in kept]
        return Change(tuple(sorted([*kept, *fresh])), tuple(fresh), tuple(leaving))

    def _named(self, template: growth.Template, workers: Workers) -> set[int]:
        """The workers that the request names, by host name or number."""
        text = self._asked.get(REMOVE, "")
        model = growth.Model.of(template)
        known = {model.name_of(n): n for n in workers.healthy}
        numbers = {str(n): n for n in workers.healthy}
        words = [word for word in text.replace(",", " ").split() if word]
        unknown = [w for w in words if w not in known and w not in numbers]
        if unknown:
            fault = Fault(
                REMOVE,
                f"there is no worker {', '.join(unknown)}",
                ", ".join(known),
                "unknown-worker",
            )
            raise InvalidRequest.of([fault])
        return {known.get(w, numbers.get(w, 0)) for w in words}

    # -- what speaks against it -------------------------------------------

    def _objections(
        self,
        template: growth.Template,
        checked: CheckedProperties,
        plan: InstallPlan,
        workers: Workers,
        change: Change,
    ) -> Iterator[Fault]:
        """What the frameworks do not allow."""
        if not change.leaving:
            return
        created = self._created(workers)
        for message, allowed in objections(
            plan, checked.values, created, change.leaving, len(change.wanted)
        ):
            yield Fault(SLAVE_COUNT, message, allowed, "workers-needed")
        needy = [c.title for c in declaring(plan) if c.scale_in and c.scale_in.data]
        if needy and not growth.waits(template):
            yield Fault(
                SLAVE_COUNT,
                f"{', '.join(needy)}: workers must be emptied before they go, and this cluster's"
                " nodes cannot tell when they are",
                "a cluster that was created with the wait condition",
                "no-wait-condition",
            )

    def _created(self, workers: Workers) -> int:
        """How many workers the cluster was created with: what frameworks decided then holds."""
        text = self._stack.attributes.get(CREATED_WORKERS, "")
        now = self._stack.attributes.get(SLAVE_COUNT, "")
        return int(text or now or len(workers.healthy))

    def _room(
        self,
        template: growth.Template,
        checked: CheckedProperties,
        made: growth.Template,
        change: Change,
    ) -> Iterator[Fault]:
        """What there is no room for, of the new workers alone."""
        if not change.fresh:
            return
        known = room.known_addresses(self._update.files().get("worker.sh", ""))
        yield from room.limits(made, change.fresh, known)
        skip = self._asked.get(f"{HEAT}.skipquota", "").lower() in ("true", "yes", "1")
        yield from room.in_the_cloud(
            CloudCatalogue(self._login),
            template,
            made,
            change.fresh,
            len(change.wanted),
            not (skip or checked.values["heat"].get("skipquota")),
        )

    # -- the change -------------------------------------------------------

    def _made(
        self,
        template: growth.Template,
        checked: CheckedProperties,
        plan: InstallPlan,
        change: Change,
    ) -> growth.Template:
        wait = min(self._seconds(checked) + WAIT_MARGIN, MAX_WAIT)
        scripts = [c.scale_in for c in declaring(plan) if c.scale_in and c.scale_in.script]
        drain = min(sum(s.timeout for s in scripts) + WAIT_MARGIN, MAX_WAIT)
        drained = change.leaving if scripts else ()
        return growth.with_workers(template, change.wanted, change.fresh, drained, wait, drain)

    @staticmethod
    def _seconds(checked: CheckedProperties) -> int:
        return int(str(checked.values["heat"]["timeout"])) * 60

    def _send(
        self,
        made: growth.Template,
        checked: CheckedProperties,
        plan: InstallPlan,
        change: Change,
    ) -> None:
        before = self._stack.attributes
        attributes = dict(before)
        attributes[SLAVE_COUNT] = str(len(change.wanted))
        attributes.setdefault(CREATED_WORKERS, before.get(SLAVE_COUNT, ""))
        attributes[WORKERS] = growth.ranges(change.wanted)
        scripts = [c.scale_in.timeout for c in declaring(plan) if c.scale_in and c.scale_in.script]
        seconds = self._seconds(checked) + (sum(scripts) if change.leaving else 0)
        tags = with_count(self._stack.tags, len(change.wanted))
        self._update.send(made, attributes, tags, seconds // 60 + STACK_MARGIN_MINUTES)


def check_state(stack: Stack) -> None:
    """Refuse what a cluster in this state cannot be asked for.

    Raises:
        Conflict: with what to do.
    """
    action, _, state = stack.status.partition("_")
    if state == "IN_PROGRESS":
        raise Conflict(
            f"The cluster is busy: {stack.status}.", hint="Repeat the request when it is done."
        )
    if action == "SUSPEND":
        raise Conflict("The cluster is suspended.", hint="Resume it first.")
    if state == "FAILED" and action != "UPDATE":
        hint = "Delete it and create it anew."
        if action == "CREATE":
            hint = "Retry the create (action retry), or delete the cluster."
        elif action == "RESUME":
            hint = "Resume it again."
        raise Conflict(f"The cluster is {stack.status}; it cannot be scaled.", hint=hint)


def check_complete(template: growth.Template, parts: Mapping[str, Part]) -> None:
    """Refuse to change a cluster that never worked.

    Raises:
        Conflict: retry is what it needs.
    """
    ready = parts.get(growth.READY)
    if growth.waits(template) and (ready is None or not ready.status.endswith("_COMPLETE")):
        # after a change that failed before its turn came, it is still what it was
        raise Conflict(
            "The cluster was never complete; it cannot be scaled.",
            hint="Retry the create (action retry), or delete the cluster.",
        )


def is_ours(template: growth.Template) -> bool:
    """Whether the template is one that workers can be copied in."""
    try:
        model = growth.Model.of(template)
        server = template["resources"][f"worker_{model.number}"]["properties"]
        return "@@JOINS@@" in server["user_data"]["str_replace"]["params"]
    except (LookupError, TypeError, ValueError):
        return False


def _is_complete(parts: Mapping[str, Part], handle: str) -> bool:
    """Whether the wait condition of this handle of new workers is satisfied."""
    condition = parts.get(f"{growth.JOINED}{handle.removeprefix(growth.JOIN_SIGNAL)}")
    return condition is not None and condition.status.endswith("_COMPLETE")


def with_count(tags: Sequence[str], workers: int) -> list[str]:
    """The tags of a stack that has another number of workers now."""
    prefix = "disco-workers="
    return [f"{prefix}{workers}" if tag.startswith(prefix) else tag for tag in tags]


def of_workers(names: Collection[str]) -> bool:
    """Whether attributes of a request ask for other workers."""
    return bool({SLAVE_COUNT, REMOVE} & set(names))
