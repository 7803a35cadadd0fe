"""What a process has seen of clouds, so that it can ask sooner, and for less.

It decides nothing: whatever is answered or refused is what the cloud says now. It may be old, and
may be lost at any time: with the process, with every login where sessions are not kept, and
where there is more than it has room for.
"""

from __future__ import annotations

import threading
from typing import Any

from cachetools import LRUCache

#: entries of a process; the least used go first
MOST = 1024
#: what it is of: the project and its cloud's region first, so that no project has another's
Key = tuple[str | None, ...]


class Memory:
    """Entries by key; safe for threads. No secrets belong into it."""

    def __init__(self, most: int = MOST) -> None:
        self._kept: LRUCache[Key, Any] = LRUCache(most)
        self._lock = threading.Lock()

    def recall(self, key: Key) -> Any:
        """What was kept; None for nothing."""
        with self._lock:
            return self._kept.get(key)

    def keep(self, key: Key, value: object) -> None:
        """Remember a value in the place of the one before."""
        with self._lock:
            self._kept[key] = value

    def forget(self, key: Key) -> None:
        """Remember nothing of it."""
        with self._lock:
            self._kept.pop(key, None)
