"""The readers of the clusters that are followed now, and the few threads that they share."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from contextlib import AbstractContextManager
from dataclasses import replace

from disco.clusters.cluster_reader import PAUSE, ClusterReader, Follow, Followed, Listener
from disco.errors import Busy, DiscoError
from disco.metrics import READERS, REFUSED
from disco.openstack.session import Login
from disco.openstack.single_file import SingleFile
from disco.status.events import EventPage

LOG = logging.getLogger(__name__)

#: clusters that a process reads at a time; each costs three calls to the cloud a second
MAX_READERS = 64
#: threads that read them, and those of one project's clusters among them: its nodes may drip
MAX_THREADS, MAX_OF_PROJECT = 4, 2
#: seconds for which who comes waits for another one's first page
ALONE_S = 2.0
#: seconds after which a follower that was refused may ask again
RETRY_AFTER = 5


class Readers:
    """One reader for each cluster that somebody follows; safe for threads."""

    def __init__(self, follow: Follow) -> None:
        self._follow = follow
        self._readers: dict[Followed, ClusterReader] = {}
        self._changed = threading.Condition()
        self._threads = 0
        self._first_pages = SingleFile(ALONE_S)

    def alone(self, followed: Followed, login: Login) -> AbstractContextManager[None]:
        """While a login reads a cluster for itself: who comes with it meanwhile need not."""
        return self._first_pages.alone((followed, id(login)))

    def page_for(self, followed: Followed, login: Login, since: str) -> EventPage | None:
        """What is known since a marker; None where the login has to read for itself."""
        with self._changed:
            reader = self._readers.get(followed)
        return reader.page_for(login, since) if reader else None

    def open(self, followed: Followed, login: Login, since: str, first: EventPage) -> None:
        """See that a cluster is read, from the page on that a login has read since a marker.

        Raises:
            Busy: as many clusters are read as may be at a time.
        """
        with self._changed:
            self._opened(followed, since, first).note(login)

    def remember(self, followed: Followed, login: Login, since: str, page: EventPage) -> None:
        """As ``open``, for who has what it wants; for those who come next, if there is room."""
        with self._changed:
            if followed in self._readers or len(self._readers) < MAX_READERS:
                self._opened(followed, since, page).note(login)

    def join(self, followed: Followed, listener: Listener, page: EventPage) -> None:
        """Tell somebody what is new after the page that it has; ``leave`` ends it.

        Raises:
            Busy: the cluster is not read any more, and there is no place to read it anew.
        """
        # where the reader has gone meanwhile, a new one begins behind that page
        nothing = replace(page, events=())
        with self._changed:
            reader = self._opened(followed, listener.marker, nothing)
            reader.add(listener)
            if reader.is_over and reader.has(listener):
                # it ended while it was looked up, and has told its own followers already
                self._opened(followed, listener.marker, nothing).add(listener)
            self._start_thread()
            self._changed.notify()

    def leave(self, followed: Followed, listener: Listener) -> None:
        """Tell it nothing more."""
        with self._changed:
            reader = self._readers.get(followed)
        if reader is not None:
            reader.remove(listener)

    def _opened(self, followed: Followed, since: str, first: EventPage) -> ClusterReader:
        known = self._readers.get(followed)
        if known is not None and not known.is_old:
            return known
        self._forget()
        if followed not in self._readers and len(self._readers) >= MAX_READERS:
            REFUSED.labels("followers").inc()
            raise Busy(
                "Too many clusters are followed now.",
                hint=f"Repeat the request after {RETRY_AFTER} s, or without wait.",
                retry_after=RETRY_AFTER,
            )
        reader = self._readers[followed] = ClusterReader(followed, self._follow, since, first)
        READERS.set(len(self._readers))
        return reader

    def _forget(self) -> None:
        """Forget the readers that are over, and those whose followers have gone."""
        for followed, reader in list(self._readers.items()):
            if not reader.is_busy and (reader.is_over or reader.is_forgotten):
                del self._readers[followed]
        READERS.set(len(self._readers))

    def _start_thread(self) -> None:
        if self._threads >= min(MAX_THREADS, len(self._readers)):
            return
        self._threads += 1
        try:
            threading.Thread(target=self._run, name="readers", daemon=True).start()
        except RuntimeError:  # the system has none left
            self._threads -= 1
            if not self._threads:
                REFUSED.labels("followers").inc()
                raise Busy("No thread can be started.", retry_after=RETRY_AFTER) from None

    def _run(self) -> None:
        """Look at what is due until nothing is left to be read."""
        while (reader := self._next()) is not None:
            try:
                reader.look()
            except Exception:
                LOG.exception("the reader of a cluster's events has failed")
                reader.end(DiscoError("The service cannot read the cluster's events."))
            with self._changed:
                reader.is_busy = False
                self._changed.notify()

    def _next(self) -> ClusterReader | None:
        """The reader that is due first, when it is; None where the thread is not needed."""
        with self._changed:
            while True:
                self._forget()
                if self._threads > len(self._readers):
                    self._threads -= 1
                    return None
                busy = Counter(f.project_id for f, r in self._readers.items() if r.is_busy)
                free = [
                    reader
                    for followed, reader in self._readers.items()
                    if not reader.is_busy and busy[followed.project_id] < MAX_OF_PROJECT
                ]
                first = min(free, key=lambda reader: reader.due, default=None)
                now = time.monotonic()
                if first is not None and first.due <= now:
                    first.is_busy, first.due = True, now + PAUSE
                    return first
                self._changed.wait(PAUSE if first is None else first.due - now)
