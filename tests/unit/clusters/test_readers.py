"""Readers share a few threads, begin with the first follower and end with the last."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from unittest import mock

import pytest

from disco import metrics
from disco.clusters import cluster_reader, readers
from disco.clusters.cluster_reader import Followed, Listener
from disco.clusters.readers import MAX_OF_PROJECT, MAX_THREADS, Readers
from disco.errors import Busy, DiscoError
from disco.heat.stack_status import StackStatus
from disco.openstack.session import Login
from disco.status.events import EventPage
from disco.status.stack_history import Event

PAGE = EventPage((), "ha", StackStatus("CREATE_IN_PROGRESS"), False)
SOON = 20


class Ear(Listener):
    """Notices that it is told something."""

    def __init__(self, who: Login) -> None:
        super().__init__(who, "ha")
        self.heard, self.ended = threading.Event(), threading.Event()
        self.error: DiscoError | None = None

    def renew(self) -> Login:
        return self.login

    def told(self, page: EventPage) -> None:
        self.heard.set()

    def failed(self, error: DiscoError | None) -> None:
        self.error = error
        self.ended.set()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (readers, cluster_reader):
        monkeypatch.setattr(module, "PAUSE", 0.01)
    monkeypatch.setattr(cluster_reader, "LINGER", 0.05)


def login(project: str = "p") -> Login:
    return Login(mock.Mock(), project, "u", 0.0, None)


def followed(who: Login, number: int = 0) -> Followed:
    return Followed.by(who, f"cluster-{number}", True)


def pages(*_: object) -> Iterator[EventPage]:
    while True:
        yield PAGE


def left() -> int:
    return sum(thread.name == "readers" for thread in threading.enumerate())


def wait_until_none_is_left() -> None:
    for thread in threading.enumerate():
        if thread.name == "readers":
            thread.join(SOON)
    assert left() == 0


def test_a_cluster_is_read_as_long_as_somebody_follows() -> None:
    made, who = Readers(pages), login()
    ears = [Ear(who) for _ in range(50)]
    for ear in ears:
        made.join(followed(who), ear, PAGE)
    assert all(ear.heard.wait(SOON) for ear in ears)
    assert left() == 1
    assert metrics.REGISTRY.get_sample_value("disco_event_readers") == 1
    for ear in ears:
        made.leave(followed(who), ear)
    wait_until_none_is_left()
    assert metrics.REGISTRY.get_sample_value("disco_event_readers") == 0


def test_many_clusters_take_few_threads_and_one_project_not_all_of_them() -> None:
    held, entered = threading.Event(), threading.Semaphore(0)

    def slow(who: Login, *_: object) -> Iterator[EventPage]:
        while True:
            if who.project_id == "slow":
                entered.release()
                held.wait(SOON)
            yield PAGE

    made, slow_one, other = Readers(slow), login("slow"), login("other")
    ears = [Ear(slow_one) for _ in range(8)]
    for number, ear in enumerate(ears):
        made.join(followed(slow_one, number), ear, PAGE)
    for _ in range(MAX_OF_PROJECT):
        assert entered.acquire(timeout=SOON)
    # its nodes hold as many threads as they may; another project's cluster is read
    quick_one = Ear(other)
    made.join(followed(other), quick_one, PAGE)
    assert quick_one.heard.wait(SOON)
    assert left() <= MAX_THREADS
    assert not any(ear.heard.is_set() for ear in ears)
    held.set()
    assert all(ear.heard.wait(SOON) for ear in ears)
    for number, ear in enumerate(ears):
        made.leave(followed(slow_one, number), ear)
    made.leave(followed(other), quick_one)
    wait_until_none_is_left()


def test_a_reader_that_has_gone_meanwhile_begins_behind_what_is_known() -> None:
    """The page that somebody has taken long to be sent is not sent again."""
    event = Event("t", "heat", None, "x", "create", "done", id="ha")
    made, who = Readers(pages), login()
    ear = Ear(who)
    ear.told = mock.Mock(side_effect=lambda page: ear.heard.set())  # type: ignore[method-assign]
    made.join(followed(who), ear, replace(PAGE, events=(event,)))
    assert ear.heard.wait(SOON)
    made.leave(followed(who), ear)
    assert all(not call.args[0].events for call in ear.told.mock_calls)
    wait_until_none_is_left()


def test_beyond_their_bound_a_cluster_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "MAX_READERS", 2)
    made, who = Readers(pages), login()
    for number in (0, 1, 0, 1):
        made.open(followed(who, number), who, "", PAGE)
    with pytest.raises(Busy) as refused:
        made.open(followed(who, 2), who, "", PAGE)
    assert refused.value.retry_after == readers.RETRY_AFTER


def test_where_no_thread_can_be_started_followers_are_refused_and_later_ones_are_served(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is raised in the server's loop would end its process, and all connections with it."""
    made, who = Readers(pages), login()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", mock.Mock(side_effect=RuntimeError("no more")))
        for number in range(MAX_THREADS + 1):
            with pytest.raises(Busy):
                made.join(followed(who, number), ear := Ear(who), PAGE)
            made.leave(followed(who, number), ear)
    later = Ear(who)
    made.join(followed(who), later, PAGE)
    assert later.heard.wait(SOON)
    made.leave(followed(who), later)
    wait_until_none_is_left()


def test_a_fault_of_ours_ends_the_followers_and_not_the_thread() -> None:
    def broken(who: Login, cluster: str, *_: object) -> Iterator[EventPage]:
        if cluster == "cluster-0":
            raise ZeroDivisionError
        yield from pages()

    made, who = Readers(broken), login()
    bad, good = Ear(who), Ear(who)
    made.join(followed(who, 0), bad, PAGE)
    made.join(followed(who, 1), good, PAGE)
    assert bad.ended.wait(SOON)
    assert bad.error is not None
    assert "ZeroDivision" not in bad.error.message
    assert good.heard.wait(SOON)
    # the cluster can be followed again
    again = Ear(who)
    made.join(followed(who, 0), again, PAGE)
    assert again.ended.wait(SOON)
    made.leave(followed(who, 1), good)
    wait_until_none_is_left()
