"""Few threads have a turn at a time, and who waits stands in nobody's way."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from disco.embedded.patches.thread_limit import Turns

#: seconds after which a thread would stand still for ever
LONG = 30


def test_no_more_than_two_have_a_turn_and_all_get_one() -> None:
    turns, lock = Turns(2), threading.Lock()
    now, most = 0, 0
    second = threading.Barrier(2)

    def work(number: int) -> int:
        nonlocal now, most
        with turns.taken():
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


def test_who_waits_for_another_lets_it_have_the_only_turn() -> None:
    turns, has, done = Turns(1), threading.Event(), threading.Event()

    def waits() -> bool:
        with turns.taken():
            has.set()
            return turns.waiting(done.wait)(LONG)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(waits)
        assert has.wait(LONG)
        pool.submit(turns.computing(done.set))
        assert first.result()


def test_a_turn_within_a_turn_is_the_same_and_ends_with_the_outer_one() -> None:
    turns = Turns(1)
    got = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        with turns.taken():
            with turns.taken():
                pass
            other = pool.submit(turns.computing(got.set))
            assert not got.is_set()
            assert not other.done()
        other.result(LONG)
    assert got.is_set()


def test_a_failure_gives_the_turn_back() -> None:
    turns = Turns(1)
    with pytest.raises(ZeroDivisionError), turns.taken(), turns.given_up():
        _ = 1 / 0
    with pytest.raises(ZeroDivisionError):
        turns.computing(lambda: 1 / 0)()
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(turns.computing(lambda: True)).result(LONG)


def test_without_a_turn_there_is_none_to_give_up() -> None:
    turns = Turns(1)
    assert turns.waiting(lambda: "waited")() == "waited"
    assert turns.computing(lambda: "computed")() == "computed"
