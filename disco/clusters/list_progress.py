"""What the clusters of a list are doing, with as few questions as can be.

Heat's list tells most of it. It does not tell of a cluster that was resumed whether it works
again, nor of one whose time is over whether its nodes are off: Heat calls both complete. Those
are asked one after the other, for two seconds a list: the phase of the rest is left out until the
next list. An answer is remembered for half a minute.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator

from cachetools import LRUCache

from disco.attributes import PHASE
from disco.clusters.end_tag import tagged_end
from disco.errors import DiscoError
from disco.heat.stack_status import RESUME_COMPLETE
from disco.heat.stacks import Stack, Stacks
from disco.openstack.session import Login
from disco.status.phase import failure_attributes, phase_of

#: seconds that a list waits for the answers of clusters
SECONDS = 2.0
#: seconds that an answer is good for
FRESH_S = 30.0
_REMEMBERED = 1024

Key = tuple[str, str, str]
Progress = dict[str, str]


def follows_from_list(stack: Stack) -> bool:
    """Whether what a list tells of a stack follows from what Heat lists, now and later."""
    if stack.status == RESUME_COMPLETE:
        return False  # its check may have failed, or fail
    end = tagged_end(stack.tags)
    # else nodes will be off, and nobody says so
    return end is None or end.credential is not None


class ListProgress:
    """Reads the progress of listed clusters; shared by all requests, safe for threads."""

    def __init__(self, ask: Callable[[Login, Stack], Progress]) -> None:
        """``ask`` gives the attributes of a stack's progress, as the cluster's page has them."""
        self._ask = ask
        self._known: LRUCache[Key, tuple[float, Progress]] = LRUCache(_REMEMBERED)
        self._lock = threading.Lock()

    def read(self, login: Login, stacks: Iterable[Stack]) -> Iterator[tuple[Stack, Progress]]:
        """Each stack with its phase, and why it failed; no phase where that is not known yet."""
        deadline = time.monotonic() + SECONDS
        for stack in stacks:
            phase = phase_of(stack, tagged_end(stack.tags))
            if phase is not None:
                why = failure_attributes(stack) if phase == "failed" else {}
                yield stack, {PHASE: phase, **why}
            elif stack.status.is_complete:
                yield stack, self._of_complete(login, stack, deadline)
            else:
                yield stack, {}

    def _of_complete(self, login: Login, stack: Stack, deadline: float) -> Progress:
        # each resume has its own time, and each project its own roles
        key = (login.project_id, stack.stack_id, stack.updated or "")
        with self._lock:
            until, told = self._known.get(key, (0.0, {}))
        if time.monotonic() < until:
            return told
        if time.monotonic() >= deadline:
            return {}
        try:
            # a list has no outputs, and so no addresses
            told = self._ask(login, Stacks(login).get(stack.name))
        except DiscoError:
            return {}
        if told.get(PHASE) == "checking":
            return told
        with self._lock:
            self._known[key] = (time.monotonic() + FRESH_S, told)
        return told
