"""What a stack's threads have done is forgotten when they have ended.

Heat starts a thread for each event of a stack, keeps every one that it ever started, and refuses
to start more than a thousand: after some dozens of actions, or a create of hundreds of servers, a
stack stays IN_PROGRESS for ever ("Maximum number of threads reached"). This replaces the
method that starts one: threads that have ended are removed first.
"""

from __future__ import annotations

import threading
from typing import Any

REPLACED = ("heat.engine.service:ThreadGroup.add_thread",)
USED: tuple[str, ...] = ()
READ_FOR = {"openstack-heat": "27.0.1", "oslo.service": "4.8.0"}


def apply() -> None:
    """Have Heat count the threads that run."""
    from heat.engine import service

    add = service.ThreadGroup.add_thread

    def add_thread(group: Any, func: Any, *args: Any, **more: Any) -> threading.Thread:
        with group._lock:
            group.threads = [thread for thread in group.threads if thread.is_alive()]
        added: threading.Thread = add(group, func, *args, **more)
        return added

    service.ThreadGroup.add_thread = add_thread
