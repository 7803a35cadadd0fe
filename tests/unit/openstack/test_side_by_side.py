"""What is asked ahead: at the same time, once, and with the same outcome as asked when needed."""

from __future__ import annotations

import contextlib
import gc
import threading
import weakref
from collections.abc import Iterator
from functools import partial

import pytest

from disco import request_id
from disco.openstack import side_by_side
from disco.openstack.side_by_side import Begun
from tests.support.cloud import until


@pytest.fixture
def no_place(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(side_by_side, "_PLACES", threading.BoundedSemaphore(1))
    with side_by_side._PLACES:
        yield


def test_steps_run_at_the_same_time() -> None:
    both = threading.Barrier(3, timeout=10)
    begun = [Begun(both.wait), Begun(both.wait)]
    both.wait()
    assert sorted([0, 1, 2]) > sorted(each.result() for each in begun)


def test_the_answer_is_asked_for_once_however_often_it_is_wanted() -> None:
    asked: list[int] = []
    begun = Begun(lambda: asked.append(1) or len(asked))
    assert [begun.result() for _ in range(3)] == [1, 1, 1]


def test_an_error_is_raised_where_the_answer_is_wanted() -> None:
    def fails() -> None:
        raise LookupError("gone")

    begun = Begun(fails)
    for _ in range(2):
        with pytest.raises(LookupError, match="gone"):
            begun.result()


def test_where_there_is_no_place_the_caller_asks_itself(no_place: None) -> None:
    begun = Begun(threading.current_thread)
    assert not begun.is_begun
    assert begun.result() is threading.current_thread()


def test_a_place_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(side_by_side, "_PLACES", threading.BoundedSemaphore(1))
    for number in range(5):
        assert Begun(lambda: number).result() == number  # noqa: B023
        assert side_by_side._PLACES.acquire(timeout=10)
        side_by_side._PLACES.release()


def test_a_system_without_threads_slows_down_and_fails_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    monkeypatch.setattr(side_by_side, "_PLACES", threading.BoundedSemaphore(1))
    assert [Begun(lambda: 7).result() for _ in range(3)] == [7, 7, 7]


def test_what_turned_out_not_to_be_wanted_is_done_by_who_wants_it_after_all() -> None:
    asked: list[str] = []
    begun = Begun(lambda: asked.append(threading.current_thread().name), unless=lambda: True)
    begun.result()
    assert asked == [threading.current_thread().name]


def test_calls_carry_the_id_of_the_request_that_they_are_for() -> None:
    mine = request_id.begin(None)
    assert Begun(request_id.current).result() == mine


class Kept:
    """What a question is asked with."""


@pytest.mark.parametrize("status", [200, 500])
def test_nothing_is_kept_of_what_was_asked(status: int) -> None:
    """Connections are closed with the login, and not when garbage is looked for."""
    gc.collect()
    gc.disable()
    try:
        login = Kept()
        gone = weakref.ref(login)

        def ask(_: object) -> int:
            if status != 200:
                raise ValueError("no")
            return status

        begun = Begun(partial(ask, login))
        with contextlib.suppress(ValueError):
            begun.result()  # an assertion would keep it
        del begun, login
        until(lambda: gone() is None, 5, "the thread's end")
    finally:
        gc.enable()
