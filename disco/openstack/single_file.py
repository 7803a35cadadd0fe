"""What several threads want at once, done by one of them while the others wait for it."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from weakref import WeakValueDictionary


class SingleFile:
    """A lock for each thing that is done; safe for threads."""

    def __init__(self, seconds: float) -> None:
        """``seconds``: for which one waits for another: what is slow is done side by side."""
        self._seconds = seconds
        self._locks: WeakValueDictionary[Hashable, threading.Lock] = WeakValueDictionary()
        self._looking = threading.Lock()

    @contextmanager
    def alone(self, key: Hashable) -> Iterator[None]:
        """While this is done: who comes meanwhile finds it done afterwards."""
        with self._looking:
            lock = self._locks.setdefault(key, threading.Lock())
        is_held = lock.acquire(timeout=self._seconds)
        try:
            yield
        finally:
            if is_held:
                lock.release()
