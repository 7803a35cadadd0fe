"""A stack may be worked on as often as its user wants."""

from __future__ import annotations

import threading

import pytest
from heat.engine import service

from disco.embedded.patches import ended_threads


@pytest.fixture
def group(monkeypatch: pytest.MonkeyPatch) -> service.ThreadGroup:
    """A group that may have three threads."""
    monkeypatch.setattr(service.ThreadGroup, "add_thread", service.ThreadGroup.add_thread)
    ended_threads.apply()
    made = service.ThreadGroup()
    # as with the backend of threads, which a process chooses once for all
    made.thread_pool_size, made.threads, made._lock = 3, [], threading.Lock()
    return made


def test_threads_that_ended_make_room_for_others(group: service.ThreadGroup) -> None:
    done: list[int] = []
    for number in range(10):
        group.add_thread(done.append, number).join()
    assert done == list(range(10))


def test_threads_that_run_are_limited_as_before(group: service.ThreadGroup) -> None:
    release = threading.Event()
    running = [group.add_thread(release.wait) for _ in range(3)]
    with pytest.raises(RuntimeError, match="Maximum number of threads"):
        group.add_thread(release.wait)
    release.set()
    for thread in running:
        thread.join()
    group.add_thread(release.wait).join()
