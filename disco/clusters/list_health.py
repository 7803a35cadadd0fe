"""How the clusters of a list are now, with next to no question to the cloud.

Heat calls a cluster complete whose daemons have died since. So a list can have the masters asked,
one after the other, for two seconds: those first that were not asked for longest. What one said is
told in every list of this process for a while, also in those that ask nobody; of the rest nothing
is told. The cloud itself is asked once for the address of a master, and once a minute for the
floating IPs of a project.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from cachetools import LRUCache, TTLCache

from disco.attributes import HEALTH, HEALTH_REASON, PHASE
from disco.clusters.health_view import ClusterHealth, Status
from disco.clusters.list_progress import Progress
from disco.clusters.monitoring import Monitoring, Watched
from disco.errors import DiscoError
from disco.heat.stacks import Stack, Stacks
from disco.openstack.session import Login

#: seconds that a list waits for the masters of its clusters, and for one of them
SECONDS, OF_ONE = 2.0, 1.0
#: seconds after which a master is asked again, which asks its own nodes as often
AGAIN_S = 5.0
#: seconds for which a list tells what it said
GOOD_FOR_S = 30.0
#: nodes of all clusters that are remembered
_REMEMBERED = 20_000
#: clusters of a list that are looked at together
_AT_ONCE = 500
#: projects that are remembered
_PROJECTS = 4096
_MAX_REASON = 300

#: a project's cluster as it was after one change: each has its own roles, nodes and addresses
Key = tuple[str, str, str]


@dataclass
class _Known:
    watched: Watched
    asked: float = float("-inf")
    told: tuple[Status, str] | None = None


class ListHealth:
    """Asks and remembers how clusters are; shared by all requests, safe for threads."""

    def __init__(self, monitoring: Monitoring) -> None:
        self._monitoring = monitoring
        self._known: LRUCache[Key, _Known] = LRUCache(
            _REMEMBERED, getsizeof=lambda known: len(known.watched.nodes)
        )
        #: projects of whose clusters something is told
        self._lately: TTLCache[str, None] = TTLCache(_PROJECTS, GOOD_FOR_S + 1, time.monotonic)
        self._lock = threading.Lock()

    def knows(self, login: Login) -> bool:
        """Whether something may be told of a cluster of the caller's project."""
        with self._lock:
            return login.project_id in self._lately

    def read(
        self, login: Login, listed: Iterable[tuple[Stack, Progress]], ask: bool
    ) -> Iterator[tuple[Stack, Progress]]:
        """Each stack with its progress, and how it is as far as that is known.

        ``ask`` has the masters asked.
        """
        until = time.monotonic() + SECONDS
        rest = iter(listed)
        # one after the other where nobody is asked: who reads them may keep what is made of each
        while some := list(islice(rest, _AT_ONCE if ask else 1)):
            if ask:
                self._ask(login, [s for s, told in some if _may_deceive(told)], until)
            for stack, told in some:
                health = self._told(login, stack) if _may_deceive(told) else {}
                yield stack, {**told, **health}

    def _ask(self, login: Login, stacks: Iterable[Stack], until: float) -> None:
        """Ask until then, by the monotonic clock; who cannot be asked is left as it was."""
        now = time.monotonic()
        asked = ((self._asked(login, stack), stack) for stack in stacks)
        due = sorted((p for p in asked if p[0] <= now - AGAIN_S), key=lambda pair: pair[0])
        found: list[_Known] = []
        for _, stack in due:
            if time.monotonic() >= until:
                break
            if known := self._find(login, stack):
                found.append(known)
        self._monitoring.know_addresses(login, [known.watched for known in found])
        for known in found:
            left = until - time.monotonic()
            if left <= 0:
                return
            try:
                health = self._monitoring.look(login, known.watched, min(OF_ONE, left))
            except DiscoError:  # as many nodes are read as may be at a time
                continue
            known.told, known.asked = _in_short(health), time.monotonic()
            with self._lock:
                self._lately[login.project_id] = None

    def _asked(self, login: Login, stack: Stack) -> float:
        """When its master was asked last."""
        with self._lock:
            known = self._known.get(_key(login, stack))
        return known.asked if known else float("-inf")

    def _told(self, login: Login, stack: Stack) -> Progress:
        """What was said of a cluster lately."""
        with self._lock:
            known = self._known.get(_key(login, stack))
        if known is None or known.told is None or time.monotonic() > known.asked + GOOD_FOR_S:
            return {}
        status, reason = known.told
        return {HEALTH: status, **({HEALTH_REASON: reason} if reason else {})}

    def _find(self, login: Login, stack: Stack) -> _Known | None:
        key = _key(login, stack)
        with self._lock:
            known = self._known.get(key)
        if known is None:
            try:
                # a list has no outputs, and so no addresses
                known = _Known(Watched.of(Stacks(login).get(stack.name)))
            except DiscoError:
                return None
            with self._lock, contextlib.suppress(ValueError):  # of one that has more nodes
                self._known[key] = known
        return known


def _may_deceive(progress: Progress) -> bool:
    """Whether a cluster is one of those that Heat calls complete, and may not work."""
    return progress.get(PHASE) == "complete"


def _key(login: Login, stack: Stack) -> Key:
    return login.project_id, stack.stack_id, stack.updated or ""


def _in_short(health: ClusterHealth) -> tuple[Status, str]:
    """A cluster is no healthier than its last check: only another one says that it works again."""
    check = health.check
    if check is not None and check.status == "failed":
        why = ": ".join(filter(None, (check.node, check.step, check.reason)))
        return "unhealthy", f"the last check failed: {why}"[:_MAX_REASON]
    return health.status, health.reason[:_MAX_REASON]
