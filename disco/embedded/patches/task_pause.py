"""The pauses between two steps of a task of Heat's, such as two looks at a server.

Heat waits 1 s, which is right for a remote cloud. Here the first steps follow each other faster,
and the pause grows with the time that a task takes. While a task waits, it gives up its place
among the threads that compute (`thread_limit`). ``ENABLE_SLEEP`` would add a second between the
resources that a stack begins with. This replaces the pause and that switch.
"""

from __future__ import annotations

import time
from typing import Any

from disco.embedded.patches.thread_limit import THREAD_LIMIT

REPLACED = ("heat.engine.scheduler:TaskRunner._sleep", "heat.engine.scheduler:ENABLE_SLEEP")
USED: tuple[str, ...] = ()
READ_FOR = {"openstack-heat": "27.0.1"}

#: seconds between two steps at first: each look costs some ten milliseconds
FIRST_PAUSE_S = 0.2


def apply() -> None:
    """Shorten the pauses."""
    from heat.engine import scheduler

    def sleep(runner: Any, wait_time: float | None) -> None:
        if wait_time is not None:
            began = vars(runner).setdefault("began", time.monotonic())
            elapsed = time.monotonic() - began
            with THREAD_LIMIT.release():
                time.sleep(min(wait_time, max(FIRST_PAUSE_S, elapsed / 20)))

    scheduler.TaskRunner._sleep = sleep
    scheduler.ENABLE_SLEEP = False
