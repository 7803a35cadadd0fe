"""Few threads have a slot at a time, and a thread that waits gives its slot up."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from disco.embedded.patches.thread_limit import ThreadLimit

#: seconds after which a thread would stand still for ever
LONG = 30


def test_no_more_than_two_threads_have_a_slot_and_all_get_one() -> None:
    limit, lock = ThreadLimit(2), threading.Lock()
    now, most = 0, 0
    second = threading.Barrier(2)

    def work(number: int) -> int:
        nonlocal now, most
        with limit.hold():
            with lock:
                now += 1
                most = max(most, now)
            if number < 2:
                second.wait(LONG)  # two do have one at once
            with lock:
                now -= 1
        return number

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(work, range(40))) == list(range(40))
    assert most == 2


def test_a_thread_that_waits_for_another_lets_it_have_the_only_slot() -> None:
    limit, has, done = ThreadLimit(1), threading.Event(), threading.Event()

    def waits() -> bool:
        with limit.hold():
            has.set()
            return limit.wrap_waiting(done.wait)(LONG)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(waits)
        assert has.wait(LONG)
        pool.submit(limit.wrap_computing(done.set))
        assert first.result()


def test_a_slot_within_a_slot_is_the_same_and_ends_with_the_outer_one() -> None:
    limit = ThreadLimit(1)
    got = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        with limit.hold():
            with limit.hold():
                pass
            other = pool.submit(limit.wrap_computing(got.set))
            assert not got.is_set()
            assert not other.done()
        other.result(LONG)
    assert got.is_set()


def test_a_failure_gives_the_slot_back() -> None:
    limit = ThreadLimit(1)
    with pytest.raises(ZeroDivisionError), limit.hold(), limit.release():
        _ = 1 / 0
    with pytest.raises(ZeroDivisionError):
        limit.wrap_computing(lambda: 1 / 0)()
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(limit.wrap_computing(lambda: True)).result(LONG)


def test_without_a_slot_there_is_none_to_give_up() -> None:
    limit = ThreadLimit(1)
    assert limit.wrap_waiting(lambda: "waited")() == "waited"
    assert limit.wrap_computing(lambda: "computed")() == "computed"
