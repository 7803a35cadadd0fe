"""The messages between Heat's API and its engine, which here stay in one process.

The listeners of oslo.messaging's driver ``fake`` look 20 times a second each whether there is a
message: so each message waits, and an idle Heat computes all day. This replaces the pause between
two looks by one that a message ends.
"""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import Any

REPLACED = (
    "oslo_messaging._drivers.impl_fake:FakeExchange.deliver_message",
    "oslo_messaging._drivers.impl_fake:time",
)
USED: tuple[str, ...] = ()
READ_FOR = {"oslo.messaging": "18.3.1"}

#: the longest an idle listener sleeps, in seconds: it looks whether it was stopped
LISTENER_PAUSE_S = 0.5


def apply() -> None:
    """Let a message wake those who listen."""
    from oslo_messaging._drivers import impl_fake

    arrived = threading.Condition()
    count = 0
    seen = threading.local()
    deliver = impl_fake.FakeExchange.deliver_message

    def deliver_and_wake(exchange: Any, *args: Any, **more: Any) -> None:
        nonlocal count
        deliver(exchange, *args, **more)
        with arrived:
            count += 1
            arrived.notify_all()

    def sleep(_seconds: float) -> None:
        with arrived:
            # one that came since this thread last looked must not wait
            if getattr(seen, "count", None) == count:
                arrived.wait(LISTENER_PAUSE_S)
            seen.count = count

    impl_fake.FakeExchange.deliver_message = deliver_and_wake
    impl_fake.time = SimpleNamespace(time=time.time, sleep=sleep)
