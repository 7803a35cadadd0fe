"""Few threads of a process compute at a time, however many there are.

More of them would not be faster, since Python runs one at a time. They only wait for each other,
for the interpreter and for sqlite's write lock, and wake often to look: that was a fifth of the
processor time that Heat took. This replaces two methods of oslo.messaging: the one that carries out
a call takes a slot, the one that waits for an answer gives it up meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

REPLACED = (
    "oslo_messaging.rpc.dispatcher:RPCDispatcher.dispatch",
    "oslo_messaging.rpc.client:_BaseCallContext.call",
)
USED: tuple[str, ...] = ()
READ_FOR = {"oslo.messaging": "18.3.1"}

T = TypeVar("T")


class ThreadLimit:
    """At most ``width`` threads have a slot at a time.

    A thread that has one and waits for something gives it up meanwhile: else those that it waits
    for might never get one. A thread that gives its slot up must hold no lock that others take
    with a slot: they would keep the slot, and wait for the lock.
    """

    def __init__(self, width: int) -> None:
        self._free = threading.Semaphore(width)
        self._own = threading.local()

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Have a slot; a thread that has one keeps it."""
        if getattr(self._own, "slot", False):
            yield
            return
        with self._free:
            self._own.slot = True
            try:
                yield
            finally:
                self._own.slot = False

    @contextmanager
    def release(self) -> Iterator[None]:
        """Wait without a slot, and take one again; nothing for a thread that has none."""
        if not getattr(self._own, "slot", False):
            yield
            return
        self._own.slot = False
        self._free.release()
        try:
            yield
        finally:
            self._free.acquire()
            self._own.slot = True

    def wrap_computing(self, call: Callable[..., T]) -> Callable[..., T]:
        """``call`` as a function that holds a slot."""

        def call_with_slot(*args: Any, **more: Any) -> T:
            with self.hold():
                return call(*args, **more)

        return call_with_slot

    def wrap_waiting(self, call: Callable[..., T]) -> Callable[..., T]:
        """``call`` as a function that gives up the slot of its caller."""

        def call_without_slot(*args: Any, **more: Any) -> T:
            with self.release():
                return call(*args, **more)

        return call_without_slot


#: of a process of the embedded cloud; two, because sqlite computes without the interpreter
THREAD_LIMIT = ThreadLimit(2)


def apply() -> None:
    """Limit the threads of this process that carry out calls."""
    from oslo_messaging.rpc import client, dispatcher

    dispatch, call = dispatcher.RPCDispatcher.dispatch, client._BaseCallContext.call
    dispatcher.RPCDispatcher.dispatch = THREAD_LIMIT.wrap_computing(dispatch)
    client._BaseCallContext.call = THREAD_LIMIT.wrap_waiting(call)
