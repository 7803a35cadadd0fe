"""``/disco/<uuid>/events``: what happened to a cluster, and what happens to it now.

Who follows reads a first page with its own credentials, in a thread, so that whatever is wrong
with the request is answered with a status. Then it waits in the server's loop, and one reader of
the cluster tells all. Where the server has no such loop, a follower holds a thread. Nobody is
served for longer than a minute or after it hung up, and each can continue where it stopped:
with ``since``, or with the ``Last-Event-ID`` that browsers send.
"""

from __future__ import annotations

import contextlib
import threading
from typing import TypeVar

import falcon

from disco.api.http.audit import Initiator, note_initiator
from disco.api.http.client_connection import ClientConnection
from disco.api.http.occi import choose
from disco.api.http.parking import LOT, WAITED, Lot, Park
from disco.api.keystone.credentials import read_credentials
from disco.api.resources.event_followers import (
    MAX_FOLLOWERS,
    MAX_WAIT,
    ParkedFollower,
    Place,
    StreamFollower,
    ThreadStream,
    WaitingFollower,
    wait_in_thread,
)
from disco.api.resources.event_messages import OFFERED, STREAM, list_page
from disco.api.service import Service
from disco.clusters.cluster_id import parse_id
from disco.clusters.cluster_reader import Followed
from disco.clusters.readers import Readers
from disco.errors import Fault, InvalidRequest
from disco.openstack.session import Login
from disco.status.events import EventPage
from disco.untrusted import Malformed, read_int

Kind = TypeVar("Kind", bound=ParkedFollower)


class EventList:
    """The events of a cluster, as text, JSON, lines of JSON, or a stream."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._places = threading.BoundedSemaphore(MAX_FOLLOWERS)
        self._readers = Readers(service.clusters.follow)

    def on_get(self, request: falcon.Request, response: falcon.Response, uuid: str) -> None:
        """All events, or those after ``since``; with ``wait`` when there is one."""
        media_type = choose(request, OFFERED)
        waited: WaitingFollower | None = request.env.get(WAITED)
        if waited is not None:
            note_initiator(request, Initiator.of(waited.login))
            if waited.error is not None:
                # others that waited are answered with the same one
                raise waited.error.with_traceback(None)
            page = waited.page
        else:
            wait = _seconds(request)
            login = self._service.log_in(request)
            lot: Lot | None = request.env.get(LOT)
            if media_type == STREAM:
                self._stream(request, response, uuid, login, lot)
                return
            page = self._page(request, uuid, login, lot, wait)
        address = f"{request.prefix}{self._service.kind.location}{uuid}/events"
        list_page(response, page, address, media_type)

    def _page(
        self, request: falcon.Request, uuid: str, login: Login, lot: Lot | None, wait: int
    ) -> EventPage:
        """The events that there are, or the next ones within so many seconds.

        Raises:
            Park: there are none, and the server's loop waits for them.
        """
        since, ask_nodes = _since(request), _ask_nodes(request)
        if lot is not None and wait:
            followed = Followed.by(login, parse_id(uuid) or uuid, ask_nodes)
            with self._readers.alone(followed, login):
                page = self._readers.page_for(followed, login, since or "")
                # what was at rest a moment ago may have been changed since
                if page is None or (page.at_rest and page.events):
                    page = next(self._service.clusters.follow(login, uuid, since, ask_nodes))
                if page.events:
                    self._readers.remember(followed, login, since or "", page)
                    return page
                self._readers.open(followed, login, since or "", page)
            waiting = self._parked(WaitingFollower, request, followed, login, page, wait, lot)
            waiting.context = request.context
            raise Park(waiting)
        pages = self._service.clusters.follow(login, uuid, since, ask_nodes)
        page = next(pages)
        if not page.events and wait:
            page = wait_in_thread(page, pages, wait, ClientConnection(request), self._places)
        return page

    def _stream(
        self,
        request: falcon.Request,
        response: falcon.Response,
        uuid: str,
        login: Login,
        lot: Lot | None,
    ) -> None:
        since, ask_nodes = _since(request), _ask_nodes(request)
        followed = Followed.by(login, parse_id(uuid) or uuid, ask_nodes)
        pages = self._service.clusters.follow(login, uuid, since, ask_nodes)
        if lot is None:
            # here, so that errors of the request are answered with a status
            page = next(pages)
        else:
            with self._readers.alone(followed, login):
                known = self._readers.page_for(followed, login, since or "")
                page = next(pages) if known is None or known.at_rest else known
                if not page.at_rest:
                    self._readers.open(followed, login, since or "", page)
        if since and page.at_rest and not page.events:
            # a browser does not reconnect after a 204 (WHATWG HTML, server-sent events)
            response.status = falcon.HTTP_204
            return
        response.content_type = STREAM
        response.set_header("X-Accel-Buffering", "no")
        if lot is None or page.at_rest:
            # here, and not when the server begins to send, so that it can be refused
            place = None if page.at_rest else Place(self._places)
            response.stream = ThreadStream(page, pages, place, ClientConnection(request))
        else:
            response.stream = self._parked(
                StreamFollower, request, followed, login, page, MAX_WAIT, lot
            )

    def _parked(
        self,
        kind: type[Kind],
        request: falcon.Request,
        followed: Followed,
        login: Login,
        page: EventPage,
        seconds: float,
        lot: Lot,
    ) -> Kind:
        credentials = read_credentials(request)

        def renew(old: Login) -> Login:
            return self._service.sessions.renew(old, credentials)

        return kind(self._readers, followed, login, renew, page, seconds, Place(lot.places))


def _since(request: falcon.Request) -> str | None:
    return request.get_param("since") or request.get_header("Last-Event-ID") or None


def _ask_nodes(request: falcon.Request) -> bool:
    return request.get_param("nodes") != "false"


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
