"""The keys of Heat's sync points are read by one thread at a time.

Python 3.11 counts how deep a syntax tree is in one place for all threads, so that two that read
one at the same moment now and then fail: "AST constructor recursion depth mismatch", and with it
the action of a stack (once in a soak of 5,714 requests). This replaces the function that reads a
key as Python's own notation: only one thread is in it.
"""

from __future__ import annotations

import threading
from typing import Any

REPLACED = ("heat.engine.sync_point:_str_unpack_tuple",)
USED: tuple[str, ...] = ()
READ_FOR = {"openstack-heat": "27.0.1"}


def apply() -> None:
    """Have Heat read one key at a time."""
    from heat.engine import sync_point

    read, lock = sync_point._str_unpack_tuple, threading.Lock()

    def read_alone(text: str) -> Any:
        with lock:
            return read(text)

    sync_point._str_unpack_tuple = read_alone
