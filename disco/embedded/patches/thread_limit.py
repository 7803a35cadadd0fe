"""Turns: few threads of a process compute at a time, however many there are.

More of them would not be faster, since Python runs one at a time. They only wait for
each other, for the interpreter and for sqlite's write lock, and wake often to look: that was
a fifth of the processor time that Heat took.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")


class Turns:
    """At most ``width`` threads have a turn at a time.

    Who has one and waits for something gives it up meanwhile: else those that
    are waited for might never get one. Who gives a turn up holds no lock that
    is taken by others with a turn: they would keep it, and wait for that lock.
    """

    def __init__(self, width: int) -> None:
        self._free = threading.Semaphore(width)
        self._mine = threading.local()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Have a turn; a thread that has one keeps it."""
        if getattr(self._mine, "has", False):
            yield
            return
        with self._free:
            self._mine.has = True
            try:
                yield
            finally:
                self._mine.has = False

    @contextmanager
    def given_up(self) -> Iterator[None]:
        """Wait without a turn, and take one again; nothing for a thread that has none."""
        if not getattr(self._mine, "has", False):
            yield
            return
        self._mine.has = False
        self._free.release()
        try:
            yield
        finally:
            self._free.acquire()
            self._mine.has = True

    def computing(self, call: Callable[..., T]) -> Callable[..., T]:
        """``call`` as a function that has a turn."""

        def with_turn(*args: Any, **more: Any) -> T:
            with self.taken():
                return call(*args, **more)

        return with_turn

    def waiting(self, call: Callable[..., T]) -> Callable[..., T]:
        """``call`` as a function that has none."""

        def without_turn(*args: Any, **more: Any) -> T:
            with self.given_up():
                return call(*args, **more)

        return without_turn


#: of a process of the embedded cloud; two, because sqlite computes without the interpreter
TURNS = Turns(2)
