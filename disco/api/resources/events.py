"""``/disco/<uuid>/events``: what happened to a cluster, and what happens to it now.

A follower holds a thread of its server process while it waits. So few are served at a
time, none for longer than a minute, and each can continue where it stopped: with
``since``, or with the ``Last-Event-ID`` that browsers send.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from typing import TypedDict

import falcon

from disco.api.http.occi import choose
from disco.api.service import Service
from disco.errors import DiscoError, Fault, InvalidRequest, NotFound
from disco.heat.stack_status import DELETE_COMPLETE
from disco.status.events import EventData, EventPage, as_data, as_text
from disco.untrusted import Malformed, read_int

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
#: milliseconds until a browser comes back
RETRY = 1000


class EventsBody(TypedDict):
    """The events of a cluster since a marker."""

    stack_status: str
    at_rest: bool
    marker: str
    events: list[EventData]


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
            self._stream(response, first, pages, since is not None)
            return
        if not first.events and wait:
            first = self._wait(first, pages, wait)
        self._list(request, response, first, uuid, media_type)

    def _wait(self, first: EventPage, pages: Iterator[EventPage], seconds: int) -> EventPage:
        """The first pages that are any; ``first`` after so many seconds, or if too many wait."""
        if not self._places.acquire(blocking=False):
            return first
        try:
            deadline = time.monotonic() + seconds
            while not first.events and time.monotonic() < deadline:
                time.sleep(min(PAUSE, max(deadline - time.monotonic(), 0)))
                first = next(pages)
        finally:
            self._places.release()
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
            response.text = as_text(page.events)
        elif media_type in (LINES, "application/jsonl"):
            response.content_type = media_type
            response.text = "".join(f"{_json(event)}\n" for event in events)
        else:
            response.media = EventsBody(
                stack_status=page.status, at_rest=page.at_rest, marker=page.marker, events=events
            )

    def _stream(
        self, response: falcon.Response, first: EventPage, pages: Iterator[EventPage], again: bool
    ) -> None:
        if again and first.at_rest and not first.events:
            # a browser does not reconnect after a 204 (WHATWG HTML, server-sent events)
            response.status = falcon.HTTP_204
            return
        response.content_type = STREAM
        response.set_header("X-Accel-Buffering", "no")
        response.stream = _messages(first, pages, self._places)


def _messages(
    first: EventPage, pages: Iterator[EventPage], places: threading.Semaphore
) -> Iterator[bytes]:
    """Server-sent events until the cluster is at rest, the time is up or the client has gone."""
    yield f"retry: {RETRY}\n\n".encode()
    yield _message(first)
    # without a place the client has all there is so far, and reconnects
    if not first.at_rest and places.acquire(blocking=False):
        try:
            for more in _ticks(pages):
                if more is None:
                    yield b": still here\n\n"
                    continue
                first = more
                if more.events:
                    yield _message(more)
                if more.at_rest:
                    break
        except NotFound:
            yield _named("end", {"stack_status": DELETE_COMPLETE})
            return
        except DiscoError as error:
            yield _named("error", {"code": error.code, "message": error.message})
            return
        finally:
            places.release()
    if first.at_rest:
        yield _named("end", {"stack_status": first.status})


def _ticks(pages: Iterator[EventPage]) -> Iterator[EventPage | None]:
    """A page at each look; None when it is time to see whether the client is there."""
    deadline = time.monotonic() + MAX_WAIT
    said = time.monotonic()
    while time.monotonic() < deadline:
        time.sleep(PAUSE)
        yield next(pages)
        if time.monotonic() - said >= HEARTBEAT:
            said = time.monotonic()
            yield None


def _message(page: EventPage) -> bytes:
    return b"".join(
        f"id: {event.id}\ndata: {_json(as_data(event))}\n\n".encode() for event in page.events
    )


def _named(name: str, data: dict[str, str]) -> bytes:
    return f"event: {name}\ndata: {_json(data)}\n\n".encode()


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
