"""Events as a client gets them: lines for people, JSON, and server-sent events."""

from __future__ import annotations

import json
import threading
from typing import TypedDict

import falcon

from disco.errors import DiscoError, NotFound
from disco.heat.stack_status import DELETE_COMPLETE
from disco.status.events import EventData, EventPage, as_data, as_text
from disco.untrusted import to_utf8

STREAM = "text/event-stream"
LINES = "application/x-ndjson"
JSON = "application/json"
OFFERED = ("text/plain", JSON, LINES, "application/jsonl", STREAM, "application/occi+json")
#: milliseconds until a browser comes back
RETRY = 1000
#: a comment of a stream in which nothing happens
STILL_HERE = b": still here\n\n"


class EventsBody(TypedDict):
    """The events of a cluster since a marker."""

    stack_status: str
    at_rest: bool
    marker: str
    events: list[EventData]


def list_page(response: falcon.Response, page: EventPage, address: str, media_type: str) -> None:
    """Answer with one page; ``address`` is that of the events."""
    response.append_link(f"{address}?since={page.marker}", "next")
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


class _Last(threading.local):
    """The page that a thread has written last: a thousand followers are told the same."""

    page: EventPage | None = None
    text = b""


_LAST = _Last()


def begin_stream(page: EventPage) -> bytes:
    """The first messages of a stream."""
    return f"retry: {RETRY}\n\n".encode() + messages(page)


def messages(page: EventPage) -> bytes:
    """A page's events as messages."""
    if _LAST.page is not page:
        _LAST.text = b"".join(
            to_utf8(f"id: {event.id}\ndata: {_json(as_data(event))}\n\n") for event in page.events
        )
        _LAST.page = page
    return _LAST.text


def end_of(page: EventPage) -> bytes:
    """The message that a cluster is at rest."""
    return _named("end", {"stack_status": page.status})


def end_by(error: DiscoError) -> bytes:
    """The message that nothing more is told, and why."""
    if isinstance(error, NotFound):
        return _named("end", {"stack_status": DELETE_COMPLETE})
    return _named("error", {"code": error.code, "message": error.message})


def _named(name: str, data: dict[str, str]) -> bytes:
    return to_utf8(f"event: {name}\ndata: {_json(data)}\n\n")


def _json(data: object) -> str:
    return json.dumps(data, ensure_ascii=False)
