"""Threads that want the same wait for one of them, and not for long."""

from __future__ import annotations

import threading

from disco.openstack.single_file import SingleFile

SOON = 20


def test_who_wants_the_same_waits_and_who_wants_another_thing_does_not() -> None:
    file = SingleFile(SOON)
    order = []
    inside, go_on = threading.Event(), threading.Event()

    def first() -> None:
        with file.alone("key"):
            inside.set()
            go_on.wait(SOON)
            order.append("first")

    def second() -> None:
        with file.alone("key"):
            order.append("second")

    threads = [threading.Thread(target=one) for one in (first, second)]
    threads[0].start()
    assert inside.wait(SOON)
    threads[1].start()
    with file.alone("other"):
        order.append("other")
    go_on.set()
    for thread in threads:
        thread.join(SOON)
    assert order == ["other", "first", "second"]
    assert not file._locks


def test_nobody_waits_long_for_what_is_slow() -> None:
    file = SingleFile(0.01)
    with file.alone("key"), file.alone("key"):
        pass
    with file.alone("key"):
        pass
