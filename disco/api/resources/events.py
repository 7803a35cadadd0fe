"""``/disco/<uuid>/events``: what happened to a cluster, and what happens to it now.

A follower holds a thread of its server process while it waits. So few are served at a
time and others refused, none is served for longer than a minute or after it hung up, and each
can continue where it stopped: with ``since``, or with the ``Last-Event-ID`` that browsers send.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Generator, Iterator
from typing import TypedDict

import falcon

from disco.api.http.client_connection import ClientConnection
from disco.api.http.occi import choose
from disco.api.service import Service
from disco.errors import Busy, DiscoError, Fault, InvalidRequest, NotFound
from disco.heat.stack_status import DELETE_COMPLETE
from disco.metrics import FOLLOWERS, REFUSED
from disco.status.events import EventData, EventPage, as_data, as_text
from disco.untrusted import Malformed, read_int, to_utf8

STREAM = "text/event-stream"
LINES = "application/x-ndjson"
JSON = "application/json"
OFFERED = ("text/plain", JSON, LINES, "application/jsonl", STREAM, "application/occi+json")
#: the most seconds that a follower is served
MAX_WAIT = 60
#: seconds between two looks at the cluster
PAUSE = 1.0
#: seconds between two comments: only a write shows that the client has gone
HEARTBEAT = 5.0
#: followers of a process at a time: the server has twice as many threads
MAX_FOLLOWERS = 8
#: seconds after which a follower that was refused may ask again
RETRY_AFTER = 5
#: milliseconds until a browser comes back
RETRY = 1000


class EventsBody(TypedDict):
    """The events of a cluster since a marker."""

    stack_status: str
    at_rest: bool
    marker: str
    events: list[EventData]


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


class EventList:
    """The events of a cluster, as text, JSON, lines of JSON, or a stream."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._places = threading.BoundedSemaphore(MAX_FOLLOWERS)

    def on_get(self, request: falcon.Request, response: falcon.Response, uuid: str) -> None:
        """All events, or those after ``since``; with ``wait`` when there is one."""
        media_type = choose(request, OFFERED)
        wait = _seconds(request)
        since = request.get_param("since") or request.get_header("Last-Event-ID") or None
        ask_nodes = request.get_param("nodes") != "false"
        login = self._service.log_in(request)
        pages = self._service.clusters.follow(login, uuid, since, ask_nodes)
        first = next(pages)  # here, so that errors of the request are answered with a status
        if media_type == STREAM:
            self._stream(request, response, first, pages)
            return
        if not first.events and wait:
            first = self._wait(first, pages, wait, ClientConnection(request))
        self._list(request, response, first, uuid, media_type)

    def _wait(
        self, first: EventPage, pages: Iterator[EventPage], seconds: int, client: ClientConnection
    ) -> EventPage:
        """The first page with events; the last one after so many seconds, or without a client.

        Raises:
            Busy: too many wait already.
        """
        deadline = time.monotonic() + seconds
        place = Place(self._places)
        try:
            while not first.events and time.monotonic() < deadline and not client.is_gone:
                time.sleep(min(PAUSE, max(deadline - time.monotonic(), 0)))
                if client.is_gone:
                    break
                first = next(pages)
        finally:
            place.give_back()
        return first

    def _list(
        self,
        request: falcon.Request,
        response: falcon.Response,
        page: EventPage,
        uuid: str,
        media_type: str,
    ) -> None:
        path = f"{self._service.kind.location}{uuid}/events"
        response.append_link(f"{request.prefix}{path}?since={page.marker}", "next")
        events = [as_data(event) for event in page.events]
        if media_type == "text/plain":
            response.content_type = "text/plain; charset=utf-8"
            response.data = to_utf8(as_text(page.events))
        elif media_type in (LINES, "application/jsonl"):
            response.content_type = media_type
            response.data = to_utf8("".join(f"{_json(event)}\n" for event in events))
        else:
            response.media = EventsBody(
                stack_status=page.status, at_rest=page.at_rest, marker=page.marker, events=events
            )

    def _stream(
        self,
        request: falcon.Request,
        response: falcon.Response,
        first: EventPage,
        pages: Iterator[EventPage],
    ) -> None:
        again = bool(request.get_param("since") or request.get_header("Last-Event-ID"))
        if again and first.at_rest and not first.events:
            # a browser does not reconnect after a 204 (WHATWG HTML, server-sent events)
            response.status = falcon.HTTP_204
            return
        # here, and not when the server begins to send, so that it can be refused with a status
        place = None if first.at_rest else Place(self._places)
        response.content_type = STREAM
        response.set_header("X-Accel-Buffering", "no")
        response.stream = _Messages(first, pages, place, ClientConnection(request))


class _Messages:
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
        yield f"retry: {RETRY}\n\n".encode()
        yield _message(page)
        try:
            for more in _ticks(page, pages, client):
                if more is None:
                    yield b": still here\n\n"
                    continue
                page = more
                if page.events:
                    yield _message(page)
                if page.at_rest:
                    break
        except NotFound:
            yield _named("end", {"stack_status": DELETE_COMPLETE})
            return
        except DiscoError as error:
            yield _named("error", {"code": error.code, "message": error.message})
            return
        if page.at_rest:
            yield _named("end", {"stack_status": page.status})


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


def _message(page: EventPage) -> bytes:
    return b"".join(
        to_utf8(f"id: {event.id}\ndata: {_json(as_data(event))}\n\n") for event in page.events
    )


def _named(name: str, data: dict[str, str]) -> bytes:
    return to_utf8(f"event: {name}\ndata: {_json(data)}\n\n")


def _json(data: object) -> str:
    return json.dumps(data, ensure_ascii=False)


def _seconds(request: falcon.Request) -> int:
    """The parameter ``wait``.

    Raises:
        InvalidRequest: not a number, or too many seconds.
    """
    text = request.get_param("wait") or "0"
    with contextlib.suppress(Malformed):
        return read_int(text, 0, MAX_WAIT)
    fault = Fault("wait", f'"{text[:32]}" is not a number of seconds to wait', f"0 to {MAX_WAIT}")
    raise InvalidRequest.of([fault])
