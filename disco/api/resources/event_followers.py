"""Those who follow a cluster's events: in the server's loop where it can, else in a thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator
from typing import Any

from disco.api.http.client_connection import ClientConnection
from disco.api.http.parking import Park, Seat
from disco.api.resources.event_messages import (
    STILL_HERE,
    begin_stream,
    end_by,
    end_of,
    messages,
)
from disco.clusters.cluster_reader import PAUSE, Followed, Listener
from disco.clusters.readers import RETRY_AFTER, Readers
from disco.errors import Busy, DiscoError
from disco.metrics import FOLLOWERS, REFUSED
from disco.openstack.session import Login
from disco.status.events import EventPage

#: the most seconds that a follower is served
MAX_WAIT = 60
#: seconds between two comments: only a write shows that the client has gone
HEARTBEAT = 5.0
#: followers at a time that hold a thread, where the server has no place for them in its loop
MAX_FOLLOWERS = 8


class Place:
    """One follower's place, which is given back once."""

    def __init__(self, places: threading.Semaphore) -> None:
        """Take it.

        Raises:
            Busy: there is none.
        """
        if not places.acquire(blocking=False):
            REFUSED.labels("followers").inc()
            raise Busy(
                "Too many clients follow events now.",
                hint=f"Repeat the request after {RETRY_AFTER} s, or without wait.",
                retry_after=RETRY_AFTER,
            )
        self._places: threading.Semaphore | None = places
        FOLLOWERS.inc()

    def give_back(self) -> None:
        """Let another follower have it."""
        places, self._places = self._places, None
        if places is not None:
            FOLLOWERS.dec()
            places.release()


# -- in the server's loop -------------------------------------------------------------


class ParkedFollower(Listener):
    """A follower whose connection is in a seat of the server's loop.

    Attributes:
        page: the last one that it was told.
        until: when it is not served any longer, by the monotonic clock.
        heartbeat: what shows that the client is there.
    """

    heartbeat = b""

    def __init__(
        self,
        readers: Readers,
        followed: Followed,
        login: Login,
        renew: Callable[[Login], Login],
        page: EventPage,
        seconds: float,
        place: Place,
    ) -> None:
        """``page`` is what it has read itself; ``renew`` gives a session of its credentials."""
        super().__init__(login, page.marker)
        self.page = page
        self.until = time.monotonic() + seconds
        self._readers, self._followed, self._renew = readers, followed, renew
        self._place = place
        self._seat: Seat | None = None
        self._is_over = False

    def begin(self, seat: Seat) -> None:
        """Be told from now on what the cluster's reader finds."""
        self._seat = seat
        try:
            self._readers.join(self._followed, self, self.page)
        except DiscoError as error:
            self.failed(error)

    def renew(self) -> Login:
        """The session of its credentials.

        Raises:
            AuthenticationFailed: Keystone refuses them now.
        """
        return self._renew(self.login)

    def close(self) -> None:
        """Give back what it holds."""
        self._is_over = True
        # which refers to this, and would stay until garbage is looked for
        self._seat = None
        self._readers.leave(self._followed, self)
        self._place.give_back()


class WaitingFollower(ParkedFollower):
    """Waits for a page with events.

    Attributes:
        error: why there is none; None where nothing failed.
        context: of the request, for its second part.
    """

    error: DiscoError | None = None
    context: Any = None

    def told(self, page: EventPage) -> None:
        """Be answered where something is new."""
        if self._is_over:
            return
        self.page = page
        if page.events:
            self._answer()

    def failed(self, error: DiscoError | None) -> None:
        """Be answered with the error; without one with what there was."""
        self.error = error
        self._answer()

    def _answer(self) -> None:
        seat = self._seat
        if seat is not None and not self._is_over:
            self._is_over = True
            self._readers.leave(self._followed, self)
            seat.resume()

    def close(self) -> None:
        """Give back what it holds, the project's place among it."""
        super().close()
        if follower := getattr(self.context, "follower", None):
            follower.close()


class StreamFollower(ParkedFollower):
    """Is sent what happens, until the cluster is at rest.

    It is also the stream that it is sent: what is known, and then the wish to be parked.
    """

    heartbeat = STILL_HERE
    _has_begun = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._has_begun:
            raise Park(self)
        self._has_begun = True
        return begin_stream(self.page)

    def told(self, page: EventPage) -> None:
        """Send what is new."""
        seat = self._seat
        if seat is None or self._is_over:
            return
        text = messages(page)
        if page.at_rest:
            self._is_over = True
            text += end_of(page)
        if text:
            seat.send(text, page.at_rest)

    def failed(self, error: DiscoError | None) -> None:
        """Say why nothing more comes."""
        seat = self._seat
        if seat is not None and not self._is_over:
            self._is_over = True
            seat.send(b"" if error is None else end_by(error), True)


# -- in a thread ----------------------------------------------------------------------


def wait_in_thread(
    first: EventPage,
    pages: Iterator[EventPage],
    seconds: int,
    client: ClientConnection,
    places: threading.Semaphore,
) -> EventPage:
    """The first page with events; the last one after so many seconds, or without a client.

    Raises:
        Busy: too many wait already.
    """
    deadline = time.monotonic() + seconds
    place = Place(places)
    try:
        while not first.events and time.monotonic() < deadline and not client.is_gone:
            time.sleep(min(PAUSE, max(deadline - time.monotonic(), 0)))
            if client.is_gone:
                break
            first = next(pages)
    finally:
        place.give_back()
    return first


class ThreadStream:
    """Server-sent events until the cluster is at rest, the time is up or the client has gone."""

    def __init__(
        self,
        first: EventPage,
        pages: Iterator[EventPage],
        place: Place | None,
        client: ClientConnection,
    ) -> None:
        """``place`` is given back at the end; None for a cluster at rest."""
        self._place = place
        self._messages = self._tell(first, pages, client)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._messages)

    def close(self) -> None:
        """Called by the server at the end of the answer, also where it never began."""
        self._messages.close()
        if self._place is not None:
            self._place.give_back()

    def _tell(
        self, page: EventPage, pages: Iterator[EventPage], client: ClientConnection
    ) -> Generator[bytes, None, None]:
        yield begin_stream(page)
        try:
            for more in _ticks(page, pages, client):
                if more is None:
                    yield STILL_HERE
                    continue
                page = more
                if page.events:
                    yield messages(page)
                if page.at_rest:
                    break
        except DiscoError as error:
            yield end_by(error)
            return
        if page.at_rest:
            yield end_of(page)


def _ticks(
    first: EventPage, pages: Iterator[EventPage], client: ClientConnection
) -> Iterator[EventPage | None]:
    """A page at each look; None when it is time to see whether the client is there."""
    deadline = time.monotonic() + MAX_WAIT
    said = time.monotonic()
    if first.at_rest:
        return
    while time.monotonic() < deadline:
        time.sleep(PAUSE)
        if client.is_gone or client.is_stuck:
            return
        yield next(pages)
        if time.monotonic() - said >= HEARTBEAT:
            said = time.monotonic()
            yield None
