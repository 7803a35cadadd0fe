"""Connections that wait for something to be said, in the loop of a worker and without a thread.

The loop notices that a client has gone, sends what others hand over, says now and then that
the answer is alive, and ends what has waited long enough. It does a little of that in each of its
turns, so that a thousand connections to which something is said at once delay nobody.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import math
import select
import selectors
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

from disco.api.http.client_connection import MAX_UNTAKEN
from disco.api.http.parking import Park
from disco.server.outgoing import MAX_KEPT

#: connections that wait at a time in a process
MAX_PARKED = 2000
#: seconds between two heartbeats: only a write shows that a client without a network has gone
HEARTBEAT_S = 5.0
#: pieces of work in one turn of the loop, and seconds after which no further one is begun: a
#: write takes 30 microseconds, and milliseconds where threads compute meanwhile
WORK, TURN_S = 32, 0.002
#: answers that are made anew at a time, and seconds between two of them: who is answered asks
#: again at once, and threads that compute are no faster together and delay all others
MAX_RESUMED, RESUME_EVERY_S = 2, 0.003
#: bytes of one piece and of what was not taken yet, beyond which an answer ends: the client
#: goes on with what is left
MAX_PIECE = 2 * 1024 * 1024
#: bytes for the end of an answer, which must not be what makes the loop wait
_END = 64
#: bytes that all connections together leave untaken; who has most is closed beyond
MAX_KEPT_BYTES = 64 * 1024 * 1024
_GONE = getattr(select, "EPOLLRDHUP", 0)


class ParkedConnection:
    """A connection in its seat; the application's side of it is safe for threads."""

    def __init__(self, lot: ParkingLot, connection: Any, park: Park) -> None:
        self.connection, self.park = connection, park
        self.is_there = True
        self.is_writing = False
        self.number: int = connection.sock.fileno()
        #: bytes that the client has not taken
        self.kept = 0
        self._lot = lot

    def send(self, data: bytes, last: bool = False) -> None:
        """Have the loop send a piece of the stream."""
        self._lot.hand_over(partial(self._lot.send, self, data, last))

    def resume(self) -> None:
        """Have the loop give the request to a thread."""
        self._lot.hand_over(partial(self._lot.resume, self))


class ParkingLot:
    """The connections of one worker that wait; all but ``hand_over`` is for its loop."""

    def __init__(
        self,
        most: int,
        wake: Callable[[], None],
        answer: Callable[[Any, Park], None],
        finish: Callable[[Any, bool], None],
        drop: Callable[[Any], None],
    ) -> None:
        """Made by a worker, which tells what is to be done with connections.

        Args:
            most: connections that may wait.
            wake: has the loop take a turn.
            answer: begins to answer a request anew, in a thread.
            finish: sends the rest of an answer; whether the connection is kept then.
            drop: closes a connection.
        """
        self.places = threading.BoundedSemaphore(most)
        self._wake, self._answer, self._finish, self._drop = wake, answer, finish, drop
        self._poller: Any = None
        self._gone: Any = None
        self._seats: dict[int, ParkedConnection] = {}
        #: what threads have handed over, and what the loop has to do at some time
        self._work: deque[Callable[[], None]] = deque()
        self._is_awake = False
        self._due: list[tuple[float, int, ParkedConnection]] = []
        self._count = itertools.count()
        self._resumed = 0
        self._next_resume = 0.0
        self._kept = 0
        self._to_resume: deque[ParkedConnection] = deque()

    def open(self, poller: Any) -> None:
        """Begin, in the worker's process."""
        self._poller = poller
        # a poller of its own: only that clients have gone is to be told, not what they send
        self._gone = select.epoll()
        poller.register(self._gone.fileno(), selectors.EVENT_READ, self._on_gone)

    def close(self) -> None:
        """Close what is still here, when the worker ends."""
        for seat in list(self._seats.values()):
            self._leave(seat)
        self._gone.close()

    def __len__(self) -> int:
        return len(self._seats)

    def hand_over(self, work: Callable[[], None]) -> None:
        """Have the loop do something; safe for threads."""
        self._work.append(work)
        if not self._is_awake:
            self._is_awake = True
            self._wake()

    def take(self, connection: Any, park: Park) -> None:
        """Seat a connection whose thread has nothing to say yet."""
        seat = ParkedConnection(self, connection, park)
        client = connection.sock
        client.setblocking(False)
        try:
            self._gone.register(seat.number, _GONE)
        except (OSError, ValueError):
            park.close()
            self._drop(connection)
            return
        self._seats[seat.number] = seat
        self._plan(seat)
        self._note_untaken(seat)
        park.waiting.begin(seat)

    # -- turns ----------------------------------------------------------------------

    def pause(self, most: float) -> float:
        """Seconds that the loop may wait for something else."""
        if self._work:
            return 0.0
        due = self._due[0][0] if self._due else math.inf
        if self._to_resume and self._resumed < MAX_RESUMED:
            due = min(due, self._next_resume)
        return min(most, max(0.0, due - time.monotonic()))

    def turn(self, is_alive: bool) -> None:
        """Do some of what is to be done; a worker that stops ends what waits."""
        if not is_alive:
            for seat in itertools.islice(list(self._seats.values()), WORK):
                self._end(seat)
        self._is_awake = False
        now = began = time.monotonic()
        for _ in range(WORK):
            if now - began > TURN_S:
                break
            if self._due and self._due[0][0] <= now:
                self._look_at(heapq.heappop(self._due)[2], now)
            elif self._work:
                self._work.popleft()()
            else:
                break
            now = time.monotonic()
        if self._to_resume and self._resumed < MAX_RESUMED and now >= self._next_resume:
            self._next_resume = now + RESUME_EVERY_S
            self._answer_anew(self._to_resume.popleft())

    def _plan(self, seat: ParkedConnection) -> None:
        """When to look at it next."""
        waiting = seat.park.waiting
        when = waiting.until
        if waiting.heartbeat:
            when = min(when, time.monotonic() + HEARTBEAT_S)
        if len(self._due) > 2 * len(self._seats) + _END:
            # who was answered before its time is not remembered until then
            self._due = [entry for entry in self._due if entry[2].is_there]
            heapq.heapify(self._due)
        heapq.heappush(self._due, (when, next(self._count), seat))

    def _look_at(self, seat: ParkedConnection, now: float) -> None:
        if not seat.is_there:
            return
        waiting = seat.park.waiting
        if now >= waiting.until or not waiting.heartbeat:
            self._end(seat)
            return
        self.send(seat, waiting.heartbeat, False)
        if seat.is_there:
            self._plan(seat)

    def _on_gone(self, _: Any) -> None:
        for number, _events in self._gone.poll(0, WORK):
            if seat := self._seats.get(number):
                self._break_off(seat)

    # -- what is said to a connection -------------------------------------------------

    def send(self, seat: ParkedConnection, data: bytes, last: bool) -> None:
        """Send a piece of a stream, and keep what the client does not take yet."""
        if not seat.is_there:
            return
        kept = seat.connection.outgoing.kept
        if kept > MAX_UNTAKEN or kept + len(data) > MAX_PIECE:
            self._end(seat)
            return
        try:
            if data:
                seat.park.response.write(data)
        except OSError:
            self._break_off(seat)
            return
        if last:
            self._end(seat)
        else:
            self._note_untaken(seat)

    def _note_untaken(self, seat: ParkedConnection) -> None:
        """Wait for the client to take what it has not; all together leave so much at most."""
        kept: int = seat.connection.outgoing.kept
        self._kept += kept - seat.kept
        seat.kept = kept
        if not kept:
            self._stop_writing(seat)
        elif not seat.is_writing:
            seat.is_writing = True
            self._poller.register(
                seat.connection.sock, selectors.EVENT_WRITE, partial(self._on_writable, seat)
            )
        while self._kept > MAX_KEPT_BYTES:
            self._break_off(max(self._seats.values(), key=lambda one: one.kept))

    def _on_writable(self, seat: ParkedConnection, _: Any) -> None:
        if not seat.is_there:
            return
        try:
            seat.connection.outgoing.flush()
        except OSError:
            self._break_off(seat)
        else:
            self._note_untaken(seat)

    def _stop_writing(self, seat: ParkedConnection) -> None:
        if seat.is_writing:
            seat.is_writing = False
            with contextlib.suppress(OSError, KeyError, ValueError):
                self._poller.unregister(seat.connection.sock)

    def resume(self, seat: ParkedConnection) -> None:
        """Answer the request anew, as soon as few others are."""
        if seat.is_there:
            self._free(seat)
            self._to_resume.append(seat)

    def _answer_anew(self, seat: ParkedConnection) -> None:
        self._resumed += 1
        self._answer(seat.connection, seat.park)

    def answered(self) -> None:
        """A request that was resumed has its answer."""
        self._resumed -= 1

    def _end(self, seat: ParkedConnection) -> None:
        """The time is over: a stream ends, and another request is answered with what there is."""
        if seat.park.answer is None:
            self.resume(seat)
            return
        self._leave(seat)
        try:
            if seat.connection.outgoing.kept > MAX_KEPT - _END:
                raise BlockingIOError
            seat.park.response.close()
        except OSError:
            self._drop(seat.connection)
            return
        self._finish(seat.connection, not seat.park.response.should_close())

    def _break_off(self, seat: ParkedConnection) -> None:
        """The client has gone, or leaves too much."""
        if seat.park.answer is None:
            # answered to nobody, so that the application writes down that it was asked
            self.resume(seat)
            return
        self._leave(seat)
        self._drop(seat.connection)

    def _leave(self, seat: ParkedConnection) -> None:
        self._free(seat)
        seat.park.close()

    def _free(self, seat: ParkedConnection) -> None:
        """Its seat is another's."""
        seat.is_there = False
        self._stop_writing(seat)
        self._kept -= seat.kept
        seat.kept = 0
        self._seats.pop(seat.number, None)
        with contextlib.suppress(OSError, ValueError):
            self._gone.unregister(seat.number)
