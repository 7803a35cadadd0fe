"""Followers in threads and in the server's loop: their places, what they are told, their end."""

from __future__ import annotations

import gc
import threading
import types
import weakref
from typing import Any, TypeVar
from unittest import mock

import pytest

from disco import metrics
from disco.api.http.parking import Park
from disco.api.resources import event_followers
from disco.api.resources.event_followers import (
    MAX_FOLLOWERS,
    ParkedFollower,
    Place,
    StreamFollower,
    ThreadStream,
    WaitingFollower,
)
from disco.clusters.cluster_reader import Followed
from disco.clusters.readers import Readers
from disco.errors import Busy, CloudTimeout, DiscoError, NotFound
from disco.heat.stack_status import StackStatus
from disco.openstack.session import Login
from disco.server.gunicorn_app import THREADS
from disco.status import node_logs
from disco.status.events import EventPage
from disco.status.stack_history import Event

DONE = Event("2026-01-02T03:04:05Z", "heat", None, "worker_1", "create", "done", id="h1")
Kind = TypeVar("Kind", bound=ParkedFollower)
LOGIN = Login(mock.Mock(), "project", "user", 0.0, None)


def page(*new: Event, status: str = "CREATE_IN_PROGRESS") -> EventPage:
    stack_status = StackStatus(status)
    return EventPage(new, "h1", stack_status, not stack_status.is_in_progress)


def followers() -> float:
    return metrics.REGISTRY.get_sample_value("disco_followers") or 0.0


def test_a_place_is_taken_while_a_stream_is_served_and_given_back_once() -> None:
    places = threading.BoundedSemaphore(1)
    place = Place(places)
    messages = ThreadStream(page(), iter([page(DONE)] * 9), place, mock.Mock(is_gone=False))
    assert followers() == 1
    with pytest.raises(Busy):
        Place(places)
    assert next(messages).startswith(b"retry:")
    messages.close()
    messages.close()
    assert followers() == 0
    Place(places).give_back()


def test_a_stream_that_never_began_gives_its_place_back() -> None:
    places = threading.BoundedSemaphore(1)
    ThreadStream(page(), iter(()), Place(places), mock.Mock()).close()
    Place(places).give_back()
    assert followers() == 0


@pytest.mark.parametrize("state", ["is_gone", "is_stuck"])
def test_a_stream_ends_when_its_client_does_not_take_it(state: str) -> None:
    there = {"is_gone": False, "is_stuck": False}
    client = mock.Mock(**{**there, state: True})
    with mock.patch.object(event_followers, "PAUSE", 0):
        told = list(ThreadStream(page(), iter([page(DONE)]), None, client))
    assert b"".join(told) == b"retry: 1000\n\n"


def test_followers_and_readings_of_nodes_leave_threads_for_others() -> None:
    assert MAX_FOLLOWERS + node_logs.MAX_READINGS <= THREADS - 4


# -- in the server's loop ---------------------------------------------------------


class Seat:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[tuple[bytes, bool]] = []
        self.resumed = 0

    def send(self, data: bytes, last: bool = False) -> None:
        self.sent.append((data, last))

    def resume(self) -> None:
        self.resumed += 1


def parked(kind: type[Kind], readers: Any = None) -> tuple[Kind, Seat]:
    followed = Followed.by(LOGIN, "11111111-1111-4111-8111-111111111111", True)
    place = Place(threading.BoundedSemaphore(1))
    follower = kind(
        readers or mock.Mock(Readers), followed, LOGIN, lambda old: old, page(), 60, place
    )
    seat = Seat()
    follower.begin(seat)
    return follower, seat


def test_a_stream_tells_what_is_known_and_is_parked() -> None:
    follower, _ = parked(StreamFollower)
    assert next(follower) == b"retry: 1000\n\n"
    with pytest.raises(Park):
        next(follower)
    follower.close()
    follower.close()
    assert followers() == 0


def test_a_stream_is_told_what_is_new_and_ends_when_the_cluster_is_at_rest() -> None:
    follower, seat = parked(StreamFollower)
    follower.told(page())
    assert seat.sent == []
    follower.told(page(DONE))
    follower.told(page(status="CREATE_COMPLETE"))
    follower.told(page(DONE))  # a reader that does not know yet
    assert [last for _, last in seat.sent] == [False, True]
    assert seat.sent[0][0].startswith(b"id: h1\ndata: {")
    assert seat.sent[1][0] == b'event: end\ndata: {"stack_status": "CREATE_COMPLETE"}\n\n'
    follower.close()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (NotFound("gone"), b'event: end\ndata: {"stack_status": "DELETE_COMPLETE"}\n\n'),
        (
            CloudTimeout("late"),
            b'event: error\ndata: {"code": "cloud-timeout", "message": "late"}\n\n',
        ),
        (None, b""),
    ],
)
def test_a_stream_says_why_it_ends(error: DiscoError | None, said: bytes) -> None:
    follower, seat = parked(StreamFollower)
    follower.failed(error)
    follower.failed(error)
    assert seat.sent == [(said, True)]
    follower.close()


def test_who_waits_is_answered_once_with_the_first_events() -> None:
    readers = mock.Mock(Readers)
    follower, seat = parked(WaitingFollower, readers)
    follower.told(page(status="UPDATE_IN_PROGRESS"))
    assert (seat.resumed, follower.page.status) == (0, "UPDATE_IN_PROGRESS")
    follower.told(page(DONE))
    follower.told(page())
    assert (seat.resumed, follower.page.events) == (1, (DONE,))
    readers.leave.assert_called_once()
    follower.close()


def test_what_a_waiting_follower_holds_is_given_back() -> None:
    follower, _ = parked(WaitingFollower)
    follower.context = mock.Mock()
    follower.failed(CloudTimeout("late"))
    follower.close()
    follower.context.follower.close.assert_called_once_with()
    assert followers() == 0


@pytest.mark.parametrize("kind", [StreamFollower, WaitingFollower])
def test_where_no_cluster_can_be_read_any_more_it_is_said(kind: type[ParkedFollower]) -> None:
    readers = mock.Mock(Readers)
    readers.join.side_effect = Busy("Too many.")
    follower, seat = parked(kind, readers)
    assert seat.resumed or seat.sent[0][1]
    follower.close()


def _nothing(*_: object) -> None:
    """Remembers nobody."""


@pytest.mark.parametrize("kind", [StreamFollower, WaitingFollower])
def test_who_is_gone_leaves_no_garbage_that_has_to_be_looked_for(
    kind: type[ParkedFollower],
) -> None:
    """A look at all objects of a process stops it, for as long as there are many."""
    # a mock would remember the follower
    follower, seat = parked(kind, types.SimpleNamespace(join=_nothing, leave=_nothing))
    seat.follower = follower  # type: ignore[attr-defined]  # as the server's seat has it
    gone = weakref.ref(follower)
    gc.disable()
    try:
        follower.close()
        del follower, seat
        assert gone() is None
    finally:
        gc.enable()
